/* What a condition demands of the lead, as far as it can be told without evaluating it: used to
 * index routes, and to prove that one condition implies another. */
#ifndef ML_CEL_PREDICATE_H
#define ML_CEL_PREDICATE_H

#include "cel/cel.h"

enum cel_predicate_kind {
    CEL_PREDICATE_ONE_OF,  /* the value is one of `values` (==, in) */
    CEL_PREDICATE_NONE_OF, /* it is present and none of them (!=, !(in)) */
    CEL_PREDICATE_RANGE,   /* a number between low and high */
    CEL_PREDICATE_PRESENT, /* has() */
    CEL_PREDICATE_ABSENT,  /* !has() */
};

struct cel_predicate {
    enum cel_predicate_kind kind;
    uint32_t variable; /* in the environment */
    uint32_t field;    /* slot of a record variable; UINT32_MAX: the variable itself */
    /* null, bool, number, string or bytes. Lists that are constant variables are shared: the same
     * pointer is the same list. */
    const struct cel_value *values;
    uint32_t value_count;
    double low, high;         /* infinities when open */
    bool low_open, high_open; /* the bound itself is excluded */
    bool nan;                 /* NaN is admitted as well: !(x < 5) */
};

/* All of these hold. Ordered by variable, field and kind; what one field has to satisfy is one
 * predicate, or a RANGE and a NONE_OF. */
struct cel_conjunct {
    const struct cel_predicate *predicates;
    size_t count;
};

/* A condition in disjunctive form: when it is true, at least one conjunct holds (always so, but for
 * the parts that cannot be told, which are left out). `exact`: nothing was left out, so the
 * condition is true if and only if one of the conjuncts holds. No conjuncts: never true. */
struct cel_demand {
    const struct cel_conjunct *conjuncts;
    size_t count;
    bool exact;
};

enum {
    CEL_CONJUNCTS_MAX = 16,  /* a disjunction beyond it is one empty, inexact conjunct */
    CEL_PREDICATES_MAX = 24, /* of one conjunct; those beyond are left out */
};

/* Of what has no condition: one empty conjunct, exact. */
extern const struct cel_demand cel_demand_always;

/* `source` must compile in `environment`. The demand lives in `arena`; lists that are constant
 * variables stay where they are. Numbers compare as CEL does (int with double); those of 2^53 and
 * more, which a double cannot tell apart, are not told. */
void cel_demand_of(const struct cel_environment *environment, struct bytes source,
                   struct arena *arena, struct cel_demand *ret);

/* The value, CEL_ABSENT when there is none, satisfies the predicate. */
bool cel_predicate_admits(const struct cel_predicate *predicate, const struct cel_value *value);

/* Certain: whenever `b` holds, `a` does. False says nothing. Asks for `a` to be exact. */
bool cel_demand_implied(const struct cel_demand *a, const struct cel_demand *b);

#endif
