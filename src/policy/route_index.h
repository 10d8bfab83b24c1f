/* Routes compiled together: which of thousands may match a lead, in a few hundred nanoseconds. Only
 * a filter: whoever asks evaluates the conditions of the candidates. Each conjunct of each route's
 * demand (cel/predicate.h) is one bit; each indexed field contributes the set of bits that its
 * value admits; their intersection, in order, are the candidates. */
#ifndef ML_POLICY_ROUTE_INDEX_H
#define ML_POLICY_ROUTE_INDEX_H

#include "cel/predicate.h"
#include "policy/policy.h"

/* `demands` has one per route. In `arena`. */
const struct policy_route_index *policy_route_index_new(const struct cel_demand *demands,
                                                        size_t count, struct arena *arena);

/* Walks the candidates for one lead in order of routes. */
struct policy_route_walk {
    const struct policy_route_index *index;
    /* Private: the sets that the lead's values admit, and where the walk is. */
    const uint64_t *sets[64];
    uint32_t set_count;
    uint32_t word;
    uint64_t bits;
};

/* `variables` as cel_evaluate takes them. */
void policy_route_walk_init(struct policy_route_walk *walk, const struct policy_route_index *index,
                            const struct cel_value *variables, uint32_t from);
/* The next route that may match, each once, rising; POLICY_NONE at the end. */
uint32_t policy_route_walk_next(struct policy_route_walk *walk);

#endif
