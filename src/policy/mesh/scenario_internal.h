/* What the readers of tests share. Not for other parts. */
#ifndef ML_POLICY_SCENARIO_INTERNAL_H
#define ML_POLICY_SCENARIO_INTERNAL_H

#include "policy/internal.h"
#include "policy/mesh/scenario.h"

/* Tests being read. */
struct scenario_reading {
    struct policy_build *build;
    struct arena *arena; /* of the tests */
    /* What expectations may name: name → index. */
    struct policy_index classes, routes, nurtures;
    bool sound;        /* nothing else of the mesh is mistaken */
    size_t lead_total; /* written down so far, in all tests */
    /* By rep: where the test being read has it, if `test` is that test. */
    struct scenario_slot {
        uint32_t test; /* from 1 */
        uint32_t at;
    } * slots;
    uint32_t test;
};

/* Reads `files`, the roots of those in tests/ in the order of their names (some may be NULL), into
 * ret->items; ret->arena is there already. What is mistaken is reported. */
void policy_build_scenarios(struct policy_build *build, const struct policy_node *const *files,
                            size_t count, struct policy_scenarios *ret);

/* Names to suggest from; in the scratch arena. */
struct scenario_names {
    const char **items;
    size_t count;
};
struct scenario_names scenario_rep_names(struct policy_build *build);

/* Index of the rep that `node` names; POLICY_NONE, reported, when there is none. */
uint32_t scenario_find_rep(struct policy_build *build, const struct policy_node *node);

/* What is given: `node` has what the test itself says and `defaults` what its file says; both may
 * be NULL. `test` is the whole test. False, reported, when no lead can come of it. */
bool scenario_build_given(struct scenario_reading *reading, const struct policy_node *test,
                          const struct policy_node *defaults, struct policy_scenario *scenario);

extern const char *const policy_scenario_places[]; /* where a lead may be expected */

/* What is expected; `node` is a mapping for all leads or a list with one for each. */
void scenario_build_expected(struct scenario_reading *reading, const struct policy_node *node,
                             struct policy_scenario *scenario);

#endif
