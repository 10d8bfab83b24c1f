/* One field of the route index: from its value to the set of conjuncts that the value admits. */
#ifndef ML_POLICY_ROUTE_COLUMN_H
#define ML_POLICY_ROUTE_COLUMN_H

#include "policy/route_index.h"

/* What one conjunct demands of the field. */
struct policy_route_use {
    uint32_t bit;
    const struct cel_predicate *predicate;
};

struct policy_route_slot {
    uint64_t hash;
    struct cel_value value; /* CEL_ABSENT: the slot is free */
    struct policy_route_set set;
};

enum {
    POLICY_ROUTE_CUT_GROUP = 16,
    POLICY_ROUTE_CUTS_MAX = POLICY_ROUTE_CUT_GROUP * POLICY_ROUTE_CUT_GROUP,
};

struct policy_route_column {
    uint32_t variable;
    uint32_t field;  /* UINT32_MAX: the variable itself */
    uint32_t stride; /* words of one set, whole blocks */
    const uint64_t *absent;
    const uint64_t *present; /* for values that no list names */
    const struct policy_route_slot *slots;
    uint64_t mask; /* slots - 1, a power of two of them */
    /* When there are ranges, numbers are not in the slots. The cuts divide them into 2 n + 1
     * regions: below the first cut, the first cut itself, between it and the second, … One more is
     * that of NaN. Each has a set. */
    const double *cuts; /* rising, filled up with infinity to POLICY_ROUTE_CUTS_MAX */
    double cut_groups[POLICY_ROUTE_CUT_GROUP]; /* the last one of each group of cuts */
    uint32_t cut_count;
    const uint64_t *regions; /* NULL: there are no ranges */
};

/* What all columns together may still take. */
struct policy_route_budget {
    uint32_t values;     /* distinct ones in slots */
    uint32_t postings;   /* pairs of value and list */
    size_t set_bytes;    /* of values */
    size_t region_bytes; /* of one column */
};

/* `uses` by rising bit, one each; `all` is the set of all bits. */
void policy_route_column_build(struct policy_route_column *column,
                               const struct policy_route_use *uses, uint32_t use_count,
                               const uint64_t *all, struct policy_route_budget *budget,
                               struct arena *arena);

/* What `value` admits; CEL_ABSENT when there is none. */
void policy_route_column_find(const struct policy_route_column *column,
                              const struct cel_value *value, struct policy_route_set *ret);

#endif
