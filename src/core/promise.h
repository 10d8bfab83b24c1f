/* When a lead's one timer runs out, and what for. Reads the state, changes nothing. */
#ifndef ML_CORE_PROMISE_H
#define ML_CORE_PROMISE_H

#include "core/internal.h"

enum promise_what {
    PROMISE_LATE,     /* the deadline of `objective` */
    PROMISE_UNTIL,    /* the end of being held, of nurture, of the last chance */
    PROMISE_RETURN,   /* its class gives an owner no more time without contact */
    PROMISE_STEP,     /* `step` of the ladder of `objective` */
    PROMISE_REMINDER, /* nothing else is left: no limbo (A2) */
};

struct promise_next {
    enum promise_what what;
    int64_t time_us;
    int64_t planned_us;              /* STEP: by the ladder alone, before it waited for anybody */
    enum policy_objective objective; /* the one that is missed, or is pending */
    uint32_t step;
};

/* What is next for a lead that is in no exception; at equal times deadlines come first. May be in
 * the past: then it is due now. Never INT64_MAX. */
struct promise_next promise_next(const struct core *core, const struct core_lead *lead,
                                 int64_t now_us);

/* The milestone that its ladder is about: the first that is missing of assigned, contacted and
 * qualified. */
enum policy_objective promise_pending(const struct core_lead *lead);

/* As the release in force declares them; NULL: it does not. */
const struct policy_rep *promise_owner(const struct core *core, uint32_t rep);
const struct policy_pool *promise_pool(const struct core *core, uint32_t pool);

/* Whose hours count for a lead of that owner or in that pool (either may be CORE_NONE), by the
 * release in force: the owner's, else the pool's, else the pipeline's; NULL: the wall clock. */
const struct policy_calendar *promise_calendar(const struct core *core, uint32_t rep,
                                               uint32_t pool);

/* When so much time has passed on that calendar (NULL: the wall clock). Where the calendar has no
 * such time within its horizon, by the wall clock and a year more: late, but never lost. */
int64_t promise_after_us(const struct policy_calendar *calendar, int64_t from_us,
                         int64_t amount_us);
/* The deadline that leaves as much working time on calendar `to` as `deadline_us` did on `from`. */
int64_t promise_carry_us(const struct policy_calendar *from, const struct policy_calendar *to,
                         int64_t now_us, int64_t deadline_us);

/* The ladder of what is pending was climbed to its end, where a person decided. */
bool promise_ladder_ended(const struct core *core, const struct core_lead *lead);
/* After that: when a person has to decide again, on the calendar of whoever has it now. */
int64_t promise_last_chance_us(const struct core *core, const struct core_lead *lead, uint32_t rep,
                               uint32_t pool, int64_t now_us);

/* The pool that an OVERFLOW step leads to, as the core's index; CORE_NONE: there is none now. */
uint32_t promise_overflow(const struct core *core, const struct core_lead *lead,
                          const struct policy_step *step);

/* ---- check_promise.c */
/* For the digest: everything of a lead that is here decided by. */
void promises_print(const struct core_lead *lead, struct buffer *text);
/* NULL when timer and promises of an open lead agree; else a sentence in `text`. */
const char *promises_check(const struct core_lead *lead, char *text, size_t size);

#endif
