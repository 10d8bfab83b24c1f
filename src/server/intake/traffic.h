/* What passes at each source: the limit of its rate, and counts for /metrics. A source is known by
 * its name, for as long as the server runs, whatever releases come and go. */
#ifndef ML_SERVER_TRAFFIC_H
#define ML_SERVER_TRAFFIC_H

#include "base/buffer.h"
#include "policy/policy.h"

#include <stdatomic.h>

/* ---- a rate: so many a second, and so many at once after a pause */

/* Zeroed: nothing has passed yet. Any thread. */
struct rate {
    _Atomic int64_t due_ns; /* when all that was taken would have passed, one after the other */
};

/* Takes one. 0, or how long to wait (nanoseconds) until one can be taken; then nothing was.
 * `per_second` from 1; `burst` 0 stands for a second's worth. `now_ns` from a clock that never goes
 * back. */
int64_t rate_take(struct rate *rate, uint32_t per_second, uint32_t burst, int64_t now_ns);
/* Takes `count` more at once, whatever is left: those who come after wait for as long. */
void rate_owe(struct rate *rate, uint32_t per_second, uint64_t count, int64_t now_ns);

/* ---- sources */

enum traffic_outcome {
    TRAFFIC_LEAD,     /* read, and handed to the engine */
    TRAFFIC_REFUSED,  /* a dead letter */
    TRAFFIC_SKIPPED,  /* the contract says that it is no lead */
    TRAFFIC_HONEYPOT, /* a form that a machine filled in */
    TRAFFIC_LIMITED,  /* beyond the rate */
    TRAFFIC_OUTCOMES,
};

/* One source; lives as long as the set. */
struct traffic {
    char *name;
    struct rate rate;
    _Atomic uint64_t counts[TRAFFIC_OUTCOMES];
    struct traffic *next; /* the set's */
};

struct traffic_set;
struct traffic_set *traffic_set_new(void);
void traffic_set_free(struct traffic_set *set); /* takes NULL */

/* The source of that name, from now on known: only for names that a mesh declares. Any thread. */
struct traffic *traffic_find(struct traffic_set *set, struct bytes name);
void traffic_count(struct traffic *traffic, enum traffic_outcome outcome);
/* Whether one more record may pass now. False: counted as limited, and *ret_wait_s is when to come
 * again, in whole seconds from 1. */
bool traffic_admit(struct traffic *traffic, const struct policy_source *source,
                   uint32_t *ret_wait_s);
/* `count` more that came with one that was admitted, and pass with it. */
void traffic_admit_rest(struct traffic *traffic, const struct policy_source *source,
                        uint64_t count);
/* As Prometheus metrics. */
void traffic_write(struct traffic_set *set, struct buffer *out);

#endif
