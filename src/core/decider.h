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
    /* The lead that the newest event was about, as it is behind that event; number 0: none yet. And
     * whose hours its promises count in: those of its owner and its pool before it was moved. */
    struct core_lead draft;
    uint32_t hours_of_rep, hours_of_pool;
    struct core_next_step first; /* of the lead that arrives, without any surge's parameters */
    /* Of a SYNC: where the change comes from. The events that follow are not sent back there, but
     * for SYNC_REFUSED. Else CORE_NONE. */
    uint32_t synced_destination;
};

__attribute__((format(printf, 3, 4))) void
decider_refuse(struct decider *d, enum core_status status, const char *format, ...);
/* The next event of this decision, its common part filled; `lead` NULL when it is about none. What
 * reaches a milestone is preceded by events that say which promises were missed before. */
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

/* ---- decide_clock.c: promises, ladders, acknowledgement */
void clock_decide_acknowledge(struct decider *d);
/* The timer of a lead that is not in an exception has run out. */
void clock_decide_due(struct decider *d, const struct core_lead *lead);
/* The first promise of a lead in an exception that has run out; false: none has. */
bool clock_decide_late(struct decider *d, const struct core_lead *lead);
/* To be called once for each event that moves a lead, when everything else is in it: says when the
 * lead's timer runs out from then on, and takes the event into the draft. */
void decider_stamp(struct decider *d, struct core_event *event);
/* The same for CAPTURED and REOPENED, with which the draft begins. */
void decider_stamp_captured(struct decider *d, struct core_event *event);
/* Says which of the lead's promises were missed up to now, before an event that reaches a
 * milestone.
 */
void clock_emit_missed(struct decider *d, const struct core_lead *lead);
/* By decider_emit, before an event of that type about the lead. */
void decider_draft(struct decider *d, const struct core_lead *lead, enum core_event_type type);

/* ---- decide_exception.c */
void exception_decide_open(struct decider *d);
void exception_decide_claim(struct decider *d);
void exception_decide_release(struct decider *d);
/* The automatic fallback of one whose deadline has passed. */
void exception_decide_due(struct decider *d, const struct exception *exception);
/* Opens one that does not hold its lead; unless one of that kind is open about the same. */
void exception_emit_opened(struct decider *d, struct bytes kind, enum core_about about,
                           const struct core_lead *lead, uint32_t index, const char *context);
/* Ends the open exceptions about a lead that moves on: the one that holds it, and with `all` the
 * others too. To be called before the events that move it. */
void exception_emit_overtaken(struct decider *d, const struct core_lead *lead, bool all);
/* The same for the one of that kind, when it does not hold its lead. */
void exception_emit_overtaken_kind(struct decider *d, const struct core_lead *lead,
                                   struct bytes kind);
/* By CORE_WATCH: whether a pool has more leads than it can take, or a source open dead letters, or
 * no longer. Emits what changed first, or nothing. */
void exception_decide_watch(struct decider *d);

/* The command's exception when it is open and at the version asked for; else NULL and refused. */
const struct exception *exception_named(struct decider *d);

/* ---- decide_resolve.c: how exceptions end */
void exception_decide_resolve(struct decider *d);
/* Manual assignment of a lead that an exception holds: resolves it. False: the cause is not
 * declared, and the command refused. */
bool exception_resolve_by_assignment(struct decider *d, const struct core_lead *lead);
/* Because what it was about is over. */
void exception_end_overtaken(struct decider *d, const struct exception *exception);
/* What a fallback does that ends it. False: this one does not, the exception goes on. */
bool exception_end_by_itself(struct decider *d, const struct exception *exception,
                             const struct policy_fallback *fallback);

/* ---- decide_surge.c, decide_alert.c, decide_incident.c; …_watch by CORE_WATCH, likewise */
void surge_decide_watch(struct decider *d);
/* The surge that a record belongs to as it arrives, by what was decided of it without a plan; 0:
 * none. Under a plan with overrides it is decided again; `relaxed`: that made a difference. */
uint64_t surge_admit(const struct decider *d, const struct policy_subject *subject,
                     struct policy_decision *decision, bool *ret_relaxed);
void alert_decide_watch(struct decider *d);
void incident_decide_watch(struct decider *d);
void alert_decide_silence(struct decider *d);
void alert_decide_unsilence(struct decider *d);
void incident_decide_open(struct decider *d);
void incident_decide_note(struct decider *d);
void incident_decide_close(struct decider *d);
void incident_decide_finish(struct decider *d);

/* ---- decide_outbox.c, decide_receipt.c: deliveries, destinations */
/* Behind everything else: what the decided events bring about outside. */
void outbox_decide_dues(struct decider *d);
/* One more for the event whose dues are being decided; `due->target` must outlive the decision (see
 * core_decision.dues), outbox_text makes it so. */
void outbox_add_due(struct decider *d, struct core_event *event, const struct core_due *due);
__attribute__((format(printf, 2, 3))) struct bytes outbox_text(struct decider *d,
                                                               const char *format, ...);
/* As much of it as is kept: whole characters, or the journal could not be read. */
struct bytes outbox_cut(struct bytes text, size_t most);
void outbox_decide_receipt(struct decider *d);
void outbox_decide_requeue(struct decider *d);
void outbox_decide_drop(struct decider *d);
void outbox_decide_set_destination(struct decider *d);
/* A step of a tick: a probe is due, a provider that is closed is passed over, or a delivery has had
 * its time. False: nothing is due. */
bool outbox_decide_due(struct decider *d);
/* The deliveries that failed about that lead (or, 0, about none, to that destination) are queued
 * again, as many as one command can: its exception says so. How many are left. */
size_t outbox_decide_retry(struct decider *d, uint64_t lead, uint32_t destination,
                           struct bytes reason);
/* An event about that delivery, which says what it is. */
struct core_event *outbox_emit_about(struct decider *d, enum core_event_type type,
                                     const struct core_delivery *delivery);
struct core_event *outbox_emit_changed(struct decider *d, uint32_t destination,
                                       enum core_destination_change change, struct bytes reason);
/* Behind an event by which one that had failed has not any longer: its exception is over with the
 * last of them. */
void outbox_emit_overtaken(struct decider *d, const struct core_delivery *delivery);
/* Behind its RESUMED: a destination that was gone is back, and nothing else is to be decided. */
void outbox_emit_back(struct decider *d, uint32_t index);
/* So many that failed about the lead, or (NULL) to the destination, are still to be decided about:
 * an exception says so. */
void outbox_emit_left(struct decider *d, const struct core_lead *lead, uint32_t destination,
                      size_t count);
/* What failed about a lead that is being closed is from now on for those who answer for its
 * destinations. */
void outbox_hand_over(struct decider *d, const struct core_lead *lead);
/* DELIVERED, RETRIED or FAILED about that delivery, with what the command says (NULL: no attempt).
 */
struct core_event *outbox_emit_settled(struct decider *d, enum core_event_type type,
                                       const struct core_delivery *delivery,
                                       const struct core_receipt *receipt);

/* ---- decide_enrich.c: providers, checks */
void enrich_decide(struct decider *d);
/* Of CAPTURED and REOPENED: whether the mesh has providers, and not one of them is to be asked
 * about this lead. */
bool enrich_has_no_question(const struct decider *d, const struct core_event *event);
/* The due of the event, if it is one that asks a provider: the first step behind CAPTURED and
 * REOPENED, the next behind what became of the one before. */
void enrich_decide_dues(struct decider *d, struct core_event *event);
/* A provider's delivery is over, well or badly; `receipt` NULL: without an attempt. Emits the
 * DELIVERY_… event and what follows for the lead. */
void enrich_decide_settled(struct decider *d, enum core_event_type type,
                           const struct core_delivery *delivery,
                           const struct core_receipt *receipt);
/* What the lead says with `values` put over what is known, all of its fields: ENRICHED, of which
 * other answers may follow. `values`: by its own schema, in memory that outlives the command. */
void enrich_emit(struct decider *d, const struct core_lead *lead, struct bytes provider,
                 const struct cel_value *values, bool more, struct arena *arena);

/* ---- decide_sync.c: two-way systems */
void sync_decide(struct decider *d);
/* The due of a SYNC_REFUSED: what we have is written there again. */
void sync_decide_dues(struct decider *d, struct core_event *event);

/* ---- decide_notify.c: who is told of the event */
void notify_decide_dues(struct decider *d, struct core_event *event);

/* ---- decide.c, for the others */
/* The command's lead when it is open and at the version asked for; else NULL and refused. */
const struct core_lead *decider_lead(struct decider *d);

/* ---- decide_place.c */
extern const struct placement placement_nowhere;
/* Of a lead that is known; of a new one (NULL) the caller says more. */
void decider_route(struct router *router, const struct decider *d, const struct core_lead *lead,
                   uint32_t excluded);
/* Says where the lead goes, and when its timer runs out there. */
struct core_event *decider_emit_placed(struct decider *d, const struct core_lead *lead,
                                       const struct placement *placement, enum core_cause cause);
/* A known lead needs a place again: its pool decides while it exists, else the routes do. */
void decider_place_again(struct decider *d, const struct core_lead *lead, uint32_t excluded,
                         enum core_cause cause);
/* By the routes of its release, whatever pool it was in; past those to exceptions, or to nurture.
 */
void decider_route_again(struct decider *d, const struct core_lead *lead, uint32_t excluded,
                         enum core_cause cause, unsigned past);
/* Whether that would lead anywhere. */
bool decider_can_route(const struct decider *d, const struct core_lead *lead, unsigned past);
/* Into that pool, or its queue. */
void decider_place_in(struct decider *d, const struct core_lead *lead, uint32_t pool,
                      enum core_cause cause);
/* To that rep, whatever the load. */
void decider_assign(struct decider *d, const struct core_lead *lead, uint32_t rep,
                    enum core_cause cause, struct bytes reason, struct bytes remediation);
/* Before a person of `team`, as an exception that holds it. */
void decider_except(struct decider *d, const struct core_lead *lead, struct bytes kind,
                    struct bytes team, int64_t within_us, enum core_cause cause);
/* From its owner, without saying where it goes. */
void decider_return(struct decider *d, const struct core_lead *lead, enum core_cause cause,
                    struct bytes reason);

#endif
