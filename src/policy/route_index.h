/* Routes compiled together: which of thousands may match a lead, in a few hundred nanoseconds. Only
 * a filter: whoever asks evaluates the conditions of the candidates. Each conjunct of each route's
 * demand (cel/predicate.h) is one bit; each indexed field contributes the set of bits that its
 * value admits; their intersection, in order, are the candidates. A field that would cost more than
 * it saves is not indexed. */
#ifndef ML_POLICY_ROUTE_INDEX_H
#define ML_POLICY_ROUTE_INDEX_H

#include "cel/predicate.h"
#include "policy/policy.h"

/* `demands` has one per route. In `arena`; borrows the values of the demands, which must live as
 * long. Immutable; used by several threads at once. About 100 MiB at the most, whatever the
 * demands: where that does not suffice, it admits more than it had to. */
const struct policy_route_index *policy_route_index_new(const struct cel_demand *demands,
                                                        size_t count, struct arena *arena);

/* Private from here to the end of the walk. */
enum {
    POLICY_ROUTE_SETS_MAX = 64, /* indexed fields; further ones are left to the conditions */
    POLICY_ROUTE_BLOCK = 8,     /* words that are intersected at once */
};

/* Bits that are different from a set: few, so a set of its own would be a waste. */
struct policy_route_flip {
    uint32_t word; /* rising; UINT32_MAX ends the list */
    uint64_t bits;
};

struct policy_route_set {
    const uint64_t *words;
    const struct policy_route_flip *flips; /* NULL: the words are all there is */
};

/* Walks the candidates for one lead in order of routes. */
struct policy_route_walk {
    const struct policy_route_index *index;
    /* Private: the sets that the lead's values admit, and where the walk is. */
    struct policy_route_set sets[POLICY_ROUTE_SETS_MAX];
    uint32_t set_count;
    uint32_t block;                    /* after the one that `bits` belongs to */
    uint32_t word;                     /* in `bits` */
    uint32_t last;                     /* the route that came last */
    uint64_t bits[POLICY_ROUTE_BLOCK]; /* candidates that are left of the block */
};

/* `variables` as cel_evaluate takes them; borrowed for the call. */
void policy_route_walk_init(struct policy_route_walk *walk, const struct policy_route_index *index,
                            const struct cel_value *variables, uint32_t from);
/* The next route that may match, each once, rising; POLICY_NONE at the end. */
uint32_t policy_route_walk_next(struct policy_route_walk *walk);

#endif
