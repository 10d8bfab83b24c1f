/* Why a lead of a test went where it went, for people. */
#ifndef ML_CLI_TEST_WHY_H
#define ML_CLI_TEST_WHY_H

#include "cli/mesh/test_run.h"

/* Appends the differences of a failed test, each lead's with the reasons for what came instead, in
 * lines that begin with four blanks. */
void test_why_print(const struct policy_release *release, const struct test_outcome *outcome,
                    struct buffer *out);

#endif
