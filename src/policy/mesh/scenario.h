/* The routing tests of a mesh, the files in tests/, read and checked against the release that the
 * other files make. They are no part of a release nor of its id. Running them takes a core and is
 * not done here. */
#ifndef ML_POLICY_SCENARIO_H
#define ML_POLICY_SCENARIO_H

#include "policy/policy.h"

/* Ceilings of all tests of a mesh together, and of one. */
enum {
    POLICY_SCENARIOS_MAX = 10000,
    POLICY_SCENARIO_LEADS_MAX = 20000, /* that are written down in all tests */
    POLICY_SCENARIO_REPEAT_MAX = 1000,
};

/* What a test may expect of a lead. Everything is compared as text. */
enum policy_expected {
    POLICY_EXPECTED_CLASS,
    POLICY_EXPECTED_SCORE,
    POLICY_EXPECTED_ROUTE,
    POLICY_EXPECTED_PLACE,
    POLICY_EXPECTED_OWNER,
    POLICY_EXPECTED_POOL,
    POLICY_EXPECTED_THROUGH, /* the pool that it overflowed into */
    POLICY_EXPECTED_ON_CALL, /* "true": given to somebody on call, duty hours aside */
    POLICY_EXPECTED_EXCEPTION,
    POLICY_EXPECTED_TEAM,
    POLICY_EXPECTED_NURTURE,
    POLICY_EXPECTED_ACCOUNT, /* the first column of the accounts' table */
    POLICY_EXPECTED_KNOWN,   /* "true": a touchpoint on an earlier lead of the test */
    POLICY_EXPECTED_MEMBERS,
};

const char *policy_expected_name(enum policy_expected member); /* "on_call", as the files say */

/* What stands for nobody and nothing: `owner: none`. */
#define POLICY_EXPECTED_NONE "none"

struct policy_expectation {
    const char *texts[POLICY_EXPECTED_MEMBERS]; /* NULL: whatever comes */
};

/* How many of a test's leads: `owners: {ada: 3}`, `routes: {…}`, `places: {…}`. */
struct policy_expected_count {
    enum policy_expected member;
    const char *text;
    uint32_t count;
};

/* How a rep is at the start of a test. */
struct policy_scenario_rep {
    uint32_t rep;
    bool away;
    int64_t capacity; /* -1: as declared */
    uint32_t load;    /* open leads owned already; none of them new today */
};

struct policy_scenario {
    const char *file; /* "tests/dach.yaml" */
    uint32_t line;
    const char *name;
    int64_t time_us;  /* when the first lead comes */
    int64_t every_us; /* from lead to lead; 0: all at once */
    int64_t until_us; /* when the expectations hold; 0: each when its lead has just come */
    uint32_t source;
    const struct cel_value *const *leads; /* schema.count values each */
    size_t lead_count;
    uint32_t repeat; /* how often the only lead comes, each time from another person; else 1 */
    uint32_t before; /* the rep who had these people before; POLICY_NONE: they are new */
    const struct policy_scenario_rep *reps; /* those that are not simply as declared */
    size_t rep_count;
    const struct policy_expectation *expected; /* one for all, or one for each lead */
    size_t expected_count;
    const struct policy_expected_count *counts;
    size_t count_count;
};

/* By file, in the order of the files. Borrows the release that it was made with. */
struct policy_scenarios {
    struct arena arena;
    const struct policy_scenario *items;
    size_t count;
};

void policy_scenarios_release(struct policy_scenarios *scenarios);

/* policy_release_compile, which checks the tests as well, and keeps them. On success the caller
 * owns one reference of *ret, and *ret_scenarios, which it releases before that reference. */
int policy_scenarios_compile(const struct policy_file *files, size_t count,
                             struct policy_diagnostics *diagnostics, struct policy_release **ret,
                             struct policy_scenarios *ret_scenarios, struct error *err);

/* How many leads come in a test. */
size_t policy_scenario_lead_count(const struct policy_scenario *scenario);
/* The values of the lead that comes `at`th, from 0; those made here live in `arena`. */
const struct cel_value *policy_scenario_lead(const struct policy_release *release,
                                             const struct policy_scenario *scenario, size_t at,
                                             struct arena *arena);

#endif
