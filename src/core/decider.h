/* What the files that decide share (decide.c, decide_edge.c). */
#ifndef ML_CORE_DECIDER_H
#define ML_CORE_DECIDER_H

#include "core/internal.h"

struct decider {
    const struct core *core;
    const struct core_command *command;
    uint64_t next_seq;
    struct core_decision *out;
    /* Of a record: the open dead letter that it replays, by the command or by its key; or NULL. */
    const struct dead_letter *letter;
    uint64_t known; /* the lead that its key stands for already; 0: none */
    bool unkeyed;   /* its key goes on standing for something else */
};

__attribute__((format(printf, 3, 4))) void
decider_refuse(struct decider *d, enum core_status status, const char *format, ...);
/* The next event of this decision, its common part filled; `lead` NULL when it is about none. */
struct core_event *decider_emit(struct decider *d, enum core_event_type type,
                                const struct core_lead *lead);
bool decider_text_fits(struct decider *d, const char *name, struct bytes text);

/* ---- decide_edge.c */
/* Looks up what is known of a record, a SUBMIT or a REFUSE, by its key and its dead letter. True:
 * that was the answer. */
bool edge_is_repeated(struct decider *d);
/* Puts the key on the event that answers for it. */
void edge_stamp(struct decider *d);
void edge_decide_refuse(struct decider *d);
void edge_decide_discard(struct decider *d);
void edge_decide_switch(struct decider *d);
/* The steps of a tick. */
void edge_decide_digest(struct decider *d, const struct source *source);
void edge_decide_expiry(struct decider *d, const struct dead_letter *letter);

#endif
