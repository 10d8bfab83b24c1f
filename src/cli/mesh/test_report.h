/* What the tests of a mesh came to, as text for people, as JSON, and as JUnit XML. */
#ifndef ML_CLI_TEST_REPORT_H
#define ML_CLI_TEST_REPORT_H

#include "base/json_writer.h"
#include "cli/mesh/test_run.h"

struct test_report {
    const char *root; /* the mesh directory, as the user gave it */
    const struct policy_release *release;
    bool as_json;
    size_t passed, failed;
    int64_t took_us;
    const char *file; /* of the test before; its numbers: */
    size_t file_passed, file_failed;
    int64_t file_took_us;
    struct buffer why;
    struct buffer results; /* JSON */
    struct json_writer json;
    struct buffer cases, suites; /* XML: of this file, of the files before */
};

/* `root` is the mesh directory, for the places of what failed; borrowed. */
void test_report_init(struct test_report *report, const char *root,
                      const struct policy_release *release, bool as_json);
void test_report_release(struct test_report *report);
/* The tests of one file come one after the other. Prints what failed, unless as JSON. */
void test_report_add(struct test_report *report, const struct test_outcome *outcome,
                     int64_t took_us);
/* Prints the sum and what no test has reached; `coverage` is NULL when not all tests were run. */
void test_report_finish(struct test_report *report, const struct test_coverage *coverage);
/* Behind test_report_finish. */
int test_report_write_junit(struct test_report *report, const char *path, struct error *err);

#endif
