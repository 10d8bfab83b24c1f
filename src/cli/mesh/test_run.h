/* Runs one test of a mesh: a core of its own, filled with what the test gives, led through time as
 * the engine leads its core. No journal, no files, no clock. */
#ifndef ML_CLI_TEST_RUN_H
#define ML_CLI_TEST_RUN_H

#include "core/core.h"
#include "policy/mesh/scenario.h"

/* What became of one lead of a test. Reps and pools are indices into the release. */
struct test_lead {
    uint64_t number;
    const struct cel_value *values;
    struct hash128 person;
    int64_t came_us;
    enum core_place place;
    uint32_t class_index;
    int64_t score;
    uint32_t route, rep, pool, through; /* POLICY_NONE: none */
    bool on_call, known;
    const char *kind, *team; /* of an exception or a nurture; may be "" */
    struct core_candidates candidates;
    struct policy_expectation got; /* all of it, as the files would say it */
};

enum { TEST_ALL_LEADS = -1 };

struct test_difference {
    int64_t lead; /* from 0, or TEST_ALL_LEADS */
    enum policy_expected member;
    const char *what; /* "owner"; of a count "owners, ada" */
    const char *expected, *got;
};

struct test_outcome {
    const struct policy_scenario *scenario;
    struct arena arena; /* of all that follows */
    struct test_lead *leads;
    size_t lead_count;
    struct test_difference *differences; /* none: the test passed */
    size_t difference_count;
};

/* Which routes and classes some test has led to. */
struct test_coverage {
    bool *routes, *classes; /* by index */
};

/* The caller ends with test_outcome_release. The release outlives the outcome. */
void test_run(struct policy_release *release, const struct policy_scenario *scenario,
              struct test_coverage *coverage, struct test_outcome *ret);
void test_outcome_release(struct test_outcome *outcome);

#endif
