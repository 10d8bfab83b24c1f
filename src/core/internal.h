/* The inside of the core: its state and the helpers shared by decide, apply, load and check.
 * Nothing outside src/core includes this. */
#ifndef ML_CORE_INTERNAL_H
#define ML_CORE_INTERNAL_H

#include "base/heap.h"
#include "base/map.h"
#include "core/core.h"

enum { CORE_RELEASES_MAX = 65536 };

struct rep {
    struct core_rep view;    /* what core_rep_at shows */
    char *id, *name;         /* owned; view points here */
    struct core_lead *leads; /* owned open leads, in no order that matters */
    uint32_t *pools;         /* of the active release */
    uint32_t pool_count;
    bool open; /* present, available and below capacity: may take a lead by policy */
};

struct pool {
    char *id; /* owned */
    enum policy_strategy strategy;
    uint32_t *members; /* reps, in declared order */
    uint32_t member_count;
    uint32_t open_members;
    uint32_t last_rep;
    struct heap waiting; /* leads, by urgency, then age */
    bool present;
    bool drainable; /* somebody waits and somebody has room */
};

struct release {
    struct policy_release *release; /* one reference */
    uint32_t *reps;                 /* its reps as core indices */
    uint32_t *pools;
};

struct idempotency {
    struct hash128 key;
    uint64_t fingerprint;
    uint64_t lead;
    uint64_t seq;
    int64_t time_us;
};

struct core {
    uint64_t seq;
    int64_t time_us;
    struct core_counts counts;

    /* Tables of pointers that never move, so that other threads may read the ids (core.h). */
    struct rep **reps;
    struct pool **pools;
    struct release **releases;
    uint32_t rep_count, pool_count, release_count;
    uint32_t active; /* release; CORE_NONE before the first */
    struct map rep_index, pool_index, release_index;

    struct map leads;      /* number → struct core_lead *, open leads */
    struct map identities; /* business key → lead number, open and closed, for ever */
    struct map closed;     /* number → closed_pack(last_seq, qualified) */
    struct heap timers;
    struct heap unrouted;  /* captured or displaced, in no pool's queue; due at once */
    uint64_t removed_load; /* leads still owned by reps who are not in the active release */
    uint32_t drainable_pools;

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

/* ---- roster.c: reps, pools, releases */
void roster_init(struct core *core);
void roster_release(struct core *core);
uint32_t rep_intern(struct core *core, struct bytes id);
uint32_t pool_intern(struct core *core, struct bytes id);
uint32_t release_intern(struct core *core, struct policy_release *release);
/* Makes the release's reps and pools the present ones. */
void release_activate(struct core *core, uint32_t index);
void rep_refresh(struct core *core, uint32_t index);
void pool_refresh(struct core *core, struct pool *pool);
/* Sets availability and capacity as given. */
void rep_set(struct core *core, uint32_t index, bool available, uint32_t capacity);

/* ---- lead.c */
extern const struct heap_operations core_timer_order, core_waiting_order;
struct core_lead *lead_new(struct core *core);
void lead_free(struct core *core, struct core_lead *lead);
struct core_lead *lead_get(const struct core *core, uint64_t number);
void lead_set_attributes(struct core *core, struct core_lead *lead, const struct cel_value *values);
const struct policy_class *lead_class(const struct core *core, const struct core_lead *lead);
/* Places: exactly one of these holds for an open lead. */
void lead_own(struct core *core, struct core_lead *lead, uint32_t rep);
void lead_disown(struct core *core, struct core_lead *lead);
/* Into its pool's queue, or among the unrouted when it has no pool. */
void lead_wait(struct core *core, struct core_lead *lead);
void lead_unwait(struct core *core, struct core_lead *lead);
bool lead_is_held(const struct core_lead *lead);

/* ---- idempotency.c */
void idempotency_put(struct core *core, const struct idempotency *entry);
void idempotency_expire(struct core *core);
/* NULL when unknown or expired at `now_us`. */
const struct idempotency *idempotency_find(const struct core *core, struct hash128 key,
                                           int64_t now_us);

static inline uint64_t closed_pack(uint64_t last_seq, bool qualified)
{
    return last_seq << 1 | (qualified ? 1 : 0);
}

/* ---- place.c: who gets a lead */
struct placement {
    uint32_t rep; /* CORE_NONE: wait */
    uint32_t pool;
    uint32_t route;
    uint32_t route_errors;
    bool held;
    struct core_candidates candidates;
};
/* Walks the routes of `release` from `first_route`, which is known to match. */
void place_by_routes(const struct core *core, uint32_t release, uint32_t source,
                     const struct cel_value *values, uint32_t first_route, uint32_t excluded,
                     struct placement *ret);
/* The pool's choice among members with room, without `excluded`; CORE_NONE when nobody has. */
uint32_t place_in_pool(const struct core *core, uint32_t pool, uint32_t excluded,
                       struct core_candidates *candidates);

/* ---- promise.c: when the next timer of a lead runs out */
int64_t promise_waiting_us(const struct policy_class *class, int64_t captured_us, int64_t now_us,
                           unsigned late_count);
int64_t promise_assigned_us(const struct policy_class *class, const struct core_lead *lead,
                            int64_t captured_us, int64_t now_us);
int64_t promise_contacted_us(const struct policy_class *class, int64_t captured_us, int64_t now_us);
int64_t promise_held_us(const struct policy_class *class, int64_t now_us);
/* After a late event: the next reminder, or the moment of taking the lead back. */
int64_t promise_after_late_us(const struct policy_class *class, const struct core_lead *lead,
                              int64_t now_us, unsigned late_count);
enum core_objective promise_objective(const struct core_lead *lead);
int64_t promise_objective_us(const struct policy_class *class, enum core_objective objective);

#endif
