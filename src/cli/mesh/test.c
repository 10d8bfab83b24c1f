/* meshline test: runs the mesh's own routing tests in memory and says what differed and why. */
#include "cli/cli.h"
#include "cli/mesh/mesh_dir.h"
#include "cli/mesh/test_report.h"

#include <stdio.h>
#include <string.h>

static bool as_json;
static const char *junit_path, *filter;

static const struct option_row options[] = {
    {"junit", OPTION_TEXT, &junit_path, "FILE", "also writes JUnit XML"},
    {"filter", OPTION_TEXT, &filter, "TEXT", "only tests whose name or file holds TEXT"},
    {"json", OPTION_FLAG, &as_json, NULL, "prints JSON"},
};

static const struct usage usage = {
    .command = "test",
    .arguments = "MESH [--filter TEXT] [--junit FILE] [--json]",
    .about = "Runs the tests that the mesh keeps in tests/*.yaml: given leads, a time and who is\n"
             "there, they expect a class, a route, an owner. Each runs in memory, by the same\n"
             "code that routes real leads. For each failure: what was expected, what came, and\n"
             "why. At the end: which routes and classes no test has reached.\n",
    .examples = "  meshline test mesh\n"
                "  meshline test mesh --filter holiday\n"
                "  meshline test mesh --junit build/routing.xml\n"
                "  meshline test mesh --json | jq -e '.coverage.routes.never == []'\n",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .least_operands = 1,
    .most_operands = 1,
    .operand = "MESH, the mesh directory,",
};

static bool is_wanted(const struct policy_scenario *test)
{
    return filter == NULL || strcasestr(test->name, filter) != NULL ||
           strcasestr(test->file, filter) != NULL;
}

static void run_all(struct policy_release *release, const struct policy_scenarios *tests,
                    struct test_report *report)
{
    struct arena arena;
    arena_init(&arena);
    struct test_coverage coverage = {
        .routes = arena_array(&arena, release->route_count, sizeof(bool)),
        .classes = arena_array(&arena, release->class_count, sizeof(bool)),
    };
    for (size_t i = 0; i < tests->count; i++) {
        if (!is_wanted(&tests->items[i]))
            continue;
        struct test_outcome outcome;
        int64_t from_us = clock_monotonic_us();
        test_run(release, &tests->items[i], &coverage, &outcome);
        test_report_add(report, &outcome, clock_monotonic_us() - from_us);
        test_outcome_release(&outcome);
    }
    test_report_finish(report, filter == NULL ? &coverage : NULL);
    arena_release(&arena);
}

/* Nothing to run is a failure: a typing mistake must not look like success. */
static int refuse_none(const char *path, const struct policy_scenarios *tests)
{
    struct error err;
    if (tests->count == 0)
        error_set(&err, ML_ENOTFOUND, path,
                  "the mesh has no tests; write some into %s/tests/routing.yaml", path);
    else
        error_set(&err, ML_ENOTFOUND, path, "none of the %zu tests has \"%s\" in its name or file",
                  tests->count, filter);
    return cli_fail(&err);
}

static int run_tests(const char *path, struct policy_release *release,
                     const struct policy_scenarios *tests)
{
    struct test_report report;
    struct error err;
    size_t wanted = 0;
    for (size_t i = 0; i < tests->count; i++)
        wanted += is_wanted(&tests->items[i]);
    if (wanted == 0)
        return refuse_none(path, tests);
    test_report_init(&report, path, release, as_json);
    run_all(release, tests, &report);
    int exit_code = report.failed == 0 ? CLI_OK : CLI_FAILED;
    if (junit_path != NULL && test_report_write_junit(&report, junit_path, &err) < 0)
        exit_code = cli_fail(&err);
    test_report_release(&report);
    return exit_code;
}

enum { ERRORS_MAX = 4 * 1024 * 1024 };

int command_test(int argc, char **argv)
{
    int first, exit_code;
    struct error err;
    if (!usage_parse(&usage, argc, argv, &first, &exit_code))
        return exit_code;
    char *path = argv[first];
    for (size_t size = strlen(path); size > 1 && path[size - 1] == '/'; size--)
        path[size - 1] = '\0'; /* places are printed behind it */
    struct policy_release *release = NULL;
    struct policy_scenarios tests;
    struct buffer errors;
    struct json_writer json;
    buffer_init(&errors, ERRORS_MAX);
    json_begin(&json, &errors);
    int code = mesh_load_tests(path, &release, &tests, as_json ? &json : NULL, &err);
    if (code == 0) {
        exit_code = run_tests(path, release, &tests);
        policy_scenarios_release(&tests);
        policy_release_unref(release);
    } else if (errors.size > 0) {
        printf("{\"ok\":false,\"errors\":%s}\n", buffer_string(&errors));
        exit_code = CLI_FAILED;
    } else {
        exit_code = cli_fail(&err);
    }
    buffer_release(&errors);
    return exit_code;
}
