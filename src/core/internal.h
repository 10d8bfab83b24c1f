/* The inside of the core: its state and the helpers shared by decide, apply, load and check.
 * Nothing outside src/core includes this. */
#ifndef ML_CORE_INTERNAL_H
#define ML_CORE_INTERNAL_H

#include "base/bitset.h"
#include "base/heap.h"
#include "base/map.h"
#include "core/core.h"

enum { CORE_RELEASES_MAX = 65536, CORE_SOURCES_MAX = 64 * POLICY_SOURCES_MAX };

/* A rep's place in a pool of the active release. */
struct seat {
    const struct rep *owner;
    uint32_t rep;
    uint32_t pool;
    uint32_t position; /* declared order, from 0 */
    uint32_t tier;
    uint32_t weight;
    uint32_t first_slot;    /* in the pool's seat_slots, `weight` of them */
    uint32_t heap_position; /* in its tier's heap */
};

struct rep {
    struct core_rep view;    /* what core_rep_at shows */
    char *id, *name;         /* owned; view points here */
    struct core_lead *leads; /* owned open leads, in no order that matters */
    struct seat **seats;     /* in pools of the active release */
    uint32_t seat_count;
    uint32_t *on_call; /* pools that may call this rep */
    uint32_t on_call_count;
    uint32_t declared;       /* index in the active release */
    uint32_t timer_position; /* in rep_timers */
    int64_t due_us;          /* when duty or limits are to be looked at; INT64_MAX: never */
};

/* How a pool keeps those of its members who may take a lead, so that the next one is found in
 * O(log members): in turn by a rotation of slots (a member of weight 3 has three, spread evenly),
 * by load or by age in a heap for each tier. */
struct pool {
    char *id; /* owned */
    enum policy_strategy strategy;
    enum policy_strategy order; /* the strategy, or what sticky falls back on */
    struct seat *seats;         /* in declared order */
    uint32_t member_count;
    uint32_t *slots;      /* of the rotation: the seat of each */
    uint32_t *seat_slots; /* the slots of each seat */
    uint32_t slot_count;
    struct bitset open_slots;
    struct bitset closed_seats; /* who may not take a lead, by position */
    struct heap tiers[POLICY_TIERS_MAX];
    const int64_t *tier_scores; /* of the active release */
    uint32_t tier_count;
    uint32_t by_readiness[CORE_READINESSES]; /* members */
    uint32_t overflow;                       /* CORE_NONE: none */
    enum policy_relief off_duty, full;
    uint32_t *on_call; /* reps */
    uint32_t on_call_count;
    uint32_t *feeders; /* pools that overflow into this one */
    uint32_t feeder_count;
    uint32_t last_rep;
    uint32_t turn;
    struct heap waiting;          /* leads, by urgency, then score, then age */
    struct heap held;             /* the same, of those who wait for anybody but one */
    struct exception *exceptions; /* open ones about it */
    int64_t excused_us;           /* when somebody last resolved one of them; 0: never */
    bool present;
    bool relieves;        /* a lead that came now would get an owner */
    bool relieves_exempt; /* one of a class that a surge plan exempts would */
    bool drainable;       /* somebody waits, or is held, and would */
};

struct release {
    struct policy_release *release; /* one reference */
    uint32_t *reps;                 /* its reps as core indices */
    uint32_t *pools;
    uint32_t *sources;
};

struct violation {
    struct core_violation view;
    char *kind, *message; /* owned; view points here */
};

struct source {
    struct core_source view;
    char *id;                                          /* owned; view points here */
    struct violation *violations[CORE_VIOLATIONS_MAX]; /* owned, in order of first appearance */
    size_t violation_count;
    uint32_t notice_position;     /* in notices */
    uint32_t open_letters;        /* dead letters of it that are open */
    struct exception *exceptions; /* open ones about it */
    int64_t excused_us;           /* when somebody last resolved one of them; 0: never */
};

/* An open one. */
struct dead_letter {
    struct core_dead_letter view;
    struct hash128 key; /* the idempotency key it came under; none, or no longer remembered */
    struct dead_letter *next, *previous; /* by number */
};

struct idempotency {
    struct hash128 key;
    uint64_t fingerprint;
    uint64_t lead; /* 0 with the seq of a RECORD_REFUSED: a dead letter */
    uint64_t seq;
    int64_t time_us;
};

/* An open one. */
struct exception {
    struct core_exception view;
    char *claimed_by;        /* owned; view points here; NULL: nobody */
    struct exception *next;  /* about the same, by number */
    int64_t timer_us;        /* its deadline or, before that, one of the lead that it holds */
    uint32_t timer_position; /* in core.exception_timers */
};

struct outbox; /* outbox_state.h: deliveries, destinations, links */
struct watch;  /* watch.h: series, surges, alerts, silences, incidents */

struct core {
    uint64_t seq;
    int64_t time_us;
    struct core_counts counts;

    /* Tables of pointers that never move, so that other threads may read the ids (core.h). */
    struct rep **reps;
    struct pool **pools;
    struct release **releases;
    struct source **sources;
    uint32_t rep_count, pool_count, release_count, source_count;
    uint32_t active; /* release; CORE_NONE before the first */
    struct map rep_index, pool_index, release_index, source_index;

    struct map leads;      /* number → struct core_lead *, open leads */
    struct map identities; /* business key → lead number, open and closed, for ever */
    struct map closed;     /* number → closed_pack(last_seq, qualified) */
    struct map merged;     /* number → the lead it was merged into; of closed ones */
    struct heap timers;
    struct heap rep_timers;
    struct heap unrouted;  /* captured or displaced, in no pool's queue; due at once */
    struct heap ages;      /* all that wait, by age */
    uint64_t removed_load; /* leads still owned by reps who are not in the active release */
    uint32_t drainable_pools;

    struct heap notices; /* sources, by when their next digest is due */
    uint64_t rollouts_changed;

    struct map exceptions;        /* number → struct exception *, open ones */
    struct heap exception_timers; /* by timer_us, then number */
    struct map words;             /* hash → const char *, owned; for ever */
    struct watch *watch;
    struct outbox *outbox;

    struct map dead_letters; /* number → struct dead_letter *, open ones */
    struct dead_letter *dead_letters_first, *dead_letters_last;
    struct dead_letter *free_dead_letters; /* recycled, linked by next */
    struct arena dead_letter_memory;

    /* Idempotency keys in order of time: a ring of absolute positions. */
    struct map idempotency_index; /* key → position */
    struct idempotency *idempotency;
    uint64_t idempotency_first, idempotency_end;
    size_t idempotency_capacity; /* a power of two */

    struct core_lead *free_leads; /* recycled, linked by next */
    struct arena lead_memory;
    struct buffer packing; /* scratch of apply */
};

/* ---- state.c */
void *core_allocate(size_t count, size_t size); /* zeroed; aborts when memory runs out */
char *copy_string(struct bytes text);           /* with a NUL behind; the caller frees it */

/* ---- roster.c: reps, pools, releases */
void roster_init(struct core *core);
void roster_release(struct core *core);
uint32_t rep_intern(struct core *core, struct bytes id);
uint32_t pool_intern(struct core *core, struct bytes id);
uint32_t release_intern(struct core *core, struct policy_release *release);
/* Makes the release's reps and pools the present ones. */
void release_activate(struct core *core, uint32_t index);
void rep_refresh(struct core *core, uint32_t index);
void pool_refresh(struct core *core, uint32_t index);
/* Has room and is there, duty hours aside. */
bool rep_can_be_called(const struct rep *rep);

/* ---- pool.c: the members of a pool and whose turn it is */
void pool_clear(struct pool *pool);
void pool_release(struct pool *pool);
/* Builds seats and slots; nobody is open yet. */
void pool_seat(struct core *core, uint32_t index, const struct release *slot,
               const struct policy_pool *declared);
/* After a member's readiness changed from `before`, or the load did. */
void pool_update(struct pool *pool, struct seat *seat, enum core_readiness before);
/* The member who is next by the strategy, without `excluded`; CORE_NONE when nobody is open. */
uint32_t pool_next(const struct core *core, uint32_t index, int64_t score, uint32_t excluded,
                   uint32_t *ret_turn);
/* The member's seat, or NULL. */
const struct seat *pool_seat_of(const struct core *core, uint32_t pool, uint32_t rep);
/* The same among those who are only paced: who waited longest for a lead. */
uint32_t pool_next_paced(const struct core *core, uint32_t index, uint32_t excluded);
enum policy_relief pool_relief(const struct pool *pool);
/* Somebody can take the first of those who wait. */
bool pool_can_take_waiting(const struct core *core, uint32_t index);
/* Somebody can take the first of those held. */
bool pool_can_take_held(const struct core *core, uint32_t index);

/* ---- lead.c */
extern const struct heap_operations core_timer_order, core_waiting_order, core_age_order,
    core_rep_order;
struct core_lead *lead_new(struct core *core);
void lead_free(struct core *core, struct core_lead *lead);
struct core_lead *lead_get(const struct core *core, uint64_t number);
/* The open lead that the event is about, at its new version; a gap in its history is a bug. */
struct core_lead *lead_of_event(struct core *core, const struct core_event *event);
void lead_set_attributes(struct core *core, struct core_lead *lead, const struct cel_value *values);
const struct policy_class *lead_class(const struct core *core, const struct core_lead *lead);
/* Its class and score now, and so its turn where it waits. */
void lead_reclass(struct core *core, struct core_lead *lead, uint32_t class_index, int64_t score);
/* Places: exactly one of these holds for an open lead. */
void lead_own(struct core *core, struct core_lead *lead, uint32_t rep);
void lead_disown(struct core *core, struct core_lead *lead);
/* Into its pool's queue, or among the unrouted when it has no pool. */
void lead_wait(struct core *core, struct core_lead *lead);
void lead_unwait(struct core *core, struct core_lead *lead);
/* Waiting for anybody but `kept_from` (CORE_NONE: for its timer). */
void lead_hold(struct core *core, struct core_lead *lead, uint32_t kept_from);
/* Into an exception or into nurture. */
void lead_put(struct core *core, struct core_lead *lead, enum core_place place);
/* Out of wherever it is. */
void lead_leave(struct core *core, struct core_lead *lead);

/* ---- source.c */
void sources_init(struct core *core);
void sources_release(struct core *core);
uint32_t source_intern(struct core *core, struct bytes id);
/* Makes the sources of a release the present ones; `before` NULL: no release was active. */
void sources_activate(struct core *core, const struct release *before, const struct release *now);
/* After notice_us changed. */
void source_set_timer(struct core *core, struct source *source);
/* A record read by that version counts in the window. */
bool source_is_canary(const struct core_source *source, uint32_t contract);
/* What the window holds at that moment. */
void source_window(const struct core_source *source, int64_t now_us, uint32_t *ret_accepted,
                   uint32_t *ret_refused);
struct violation *source_violation(const struct source *source, uint32_t contract,
                                   struct bytes kind);
/* The same, with contract and kind made those that count when there is no room for a new one. */
struct violation *source_violation_counted(const struct source *source, uint32_t *contract,
                                           struct bytes *kind);
void source_violation_load(struct source *source, const struct core_violation *from);
void source_count_violation(struct source *source, const struct core_event *event);
void source_take_notice(struct core *core, const struct core_event *event);

/* ---- dead_letter.c */
struct dead_letter *dead_letter_get(const struct core *core, uint64_t number); /* NULL: not open */
/* Numbers must rise. */
struct dead_letter *dead_letter_add(struct core *core, const struct core_dead_letter *view);
void dead_letter_remove(struct core *core, struct dead_letter *letter);
/* When the oldest has been kept long enough; INT64_MAX: never. */
int64_t dead_letters_due_us(const struct core *core);

/* ---- prepare.c */
/* Class, score and route of a submission, as `release` reads it, at the command's time; and which
 * provider is asked of it first. */
void submission_decide(const struct core_command *command, const struct policy_release *release,
                       uint32_t source, const struct cel_value *values, struct policy_decision *ret,
                       struct core_next_step *ret_first);
/* The first step of the release's waterfall from `from` on whose condition holds; one that ends in
 * an error does not. */
struct core_next_step enrichment_next(struct policy_inputs *inputs, uint32_t from);
/* As JSON; empty when that would be beyond all measure. */
struct bytes attributes_print(const struct policy_schema *schema, const struct cel_value *values,
                              struct arena *arena);

/* ---- exception.c */
void exceptions_init(struct core *core);
void exceptions_release(struct core *core);
struct exception *exception_get(const struct core *core, uint64_t number); /* NULL: not open */
/* The open one of that kind about the lead, or NULL. */
struct exception *exception_of_lead(const struct core_lead *lead, struct bytes kind);
/* The one that holds the lead, or NULL. */
struct exception *exception_holding(const struct core_lead *lead);
/* The one that holds the lead runs out then, and so does the lead. */
void exception_set_due(struct core *core, struct core_lead *lead, int64_t due_us);
/* The lead leaves the one that holds it; an old journal does not say that this is over. */
void exception_leave(struct core *core, struct core_lead *lead);
/* Open ones by kind about a source or a pool, or NULL. */
struct exception *exception_of(struct exception *first, struct bytes kind);
void exception_apply_opened(struct core *core, const struct core_event *event);  /* and EXCEPTED */
void exception_apply_claimed(struct core *core, const struct core_event *event); /* and RELEASED */
void exception_apply_escalated(struct core *core, const struct core_event *event);
void exception_apply_resolved(struct core *core, const struct core_event *event);
/* ---- check_exception.c */
/* A line for each, by number: for the digest. */
void exceptions_print(const struct core *core, struct buffer *text);
/* NULL when each has a timer, is listed once, and holds its lead exactly if that is in it; else a
 * sentence in `text`. */
const char *exceptions_check(const struct core *core, char *text, size_t size);

/* A text that lives as long as the core, the same pointer for the same text. */
const char *core_word(struct core *core, struct bytes text);

/* ---- watch.h, as far as the core calls it */
struct watch *watch_new(void);
void watch_free(struct watch *watch);
/* After every event: what it adds to the series, and what it says of surges, alerts, silences and
 * incidents. `subject` as for core_series_of. */
void watch_apply(struct core *core, const struct core_event *event,
                 const struct core_series_subject *subject);

/* ---- outbox_state.h, as far as the core calls it */
struct outbox *outbox_new(void);
void outbox_free(struct outbox *outbox);
/* Destinations of the release are the present ones from now on. */
void outbox_activate(struct core *core, const struct policy_release *release);
/* After every event: its dues, and what it says of deliveries, destinations and links. */
void outbox_apply(struct core *core, const struct core_event *event);
/* When a tick has something to do for it; INT64_MAX: never. */
int64_t outbox_due_us(const struct core *core);
/* For the digest, and core_check's part. */
void outbox_print(const struct core *core, struct buffer *text);
const char *outbox_check(const struct core *core, char *text, size_t size);

/* ---- idempotency.c */
void idempotency_put(struct core *core, const struct idempotency *entry);
void idempotency_expire(struct core *core);
/* NULL when unknown or expired at `now_us`. */
const struct idempotency *idempotency_find(const struct core *core, struct hash128 key,
                                           int64_t now_us);

/* What is kept of a closed lead in one word: its newest seq, its last owner, how it ended. */
struct closed {
    uint64_t last_seq; /* below 2^46 */
    uint32_t rep;      /* below POLICY_REPS_MAX, or CORE_NONE */
    bool qualified;
};
static inline uint64_t closed_pack(struct closed closed)
{
    uint64_t rep = closed.rep == CORE_NONE ? 0 : (uint64_t)closed.rep + 1;
    return closed.last_seq << 18 | rep << 1 | (closed.qualified ? 1 : 0);
}
static inline struct closed closed_unpack(uint64_t word)
{
    uint32_t rep = (uint32_t)(word >> 1 & 0x1ffff);
    return (struct closed){word >> 18, rep == 0 ? CORE_NONE : rep - 1, word & 1};
}

/* ---- place.c: where a lead goes */
struct placement {
    enum core_place place;
    uint32_t rep; /* CORE_NONE unless owned */
    uint32_t pool;
    uint32_t through;
    uint32_t turn;
    uint32_t route;
    bool held;
    bool on_call;
    uint32_t kept_from;        /* CORE_NONE unless held */
    bool paced;                /* somebody who was asked is only paced */
    enum core_measure measure; /* of the router's plan */
    struct core_candidates candidates;
};

/* What placing needs to know of a lead. The inputs of expressions are made only when some are
 * evaluated. */
enum { PAST_EXCEPTIONS = 1, PAST_NURTURE = 2 };
struct router {
    const struct core *core;
    uint32_t release;
    struct policy_subject subject;
    int64_t score;
    uint32_t excluded; /* a rep who gave it back, or CORE_NONE */
    uint32_t before;   /* a rep who had the person before, or CORE_NONE */
    unsigned past;     /* routes that are passed over: PAST_… */
    bool prepared;     /* `inputs` is filled */
    /* The lead itself, when it is known; NULL: it is only arriving. */
    const struct core_lead *lead;
    /* By router_take_class. */
    uint32_t urgency;
    const struct policy_surge_plan *plan; /* in force for the lead; NULL: none */
    bool exempt;                          /* paced reps may take it */
    bool arrives;                         /* the plan may put it into nurture; the caller's word */
    struct policy_inputs inputs;
};
/* What follows from the lead's class and its surge (0: it belongs to none), when the router knows
 * the rest. */
void router_take_class(struct router *router, uint64_t surge, uint32_t class_index);

struct policy_inputs *router_inputs(struct router *router);
/* Walks the routes from `first_route`, which is known to match. */
void place_by_routes(struct router *router, uint32_t first_route, struct placement *ret);
/* A pool's choice, overflow and on-call included: an owner, or a place in its queue. */
void place_in_pool(const struct router *router, uint32_t pool, struct placement *ret);

#endif
