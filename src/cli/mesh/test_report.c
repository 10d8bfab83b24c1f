/* Reports of `meshline test`. Everything is gathered in buffers, so that files are written whole.
 */
#include "cli/mesh/test_report.h"

#include "cli/mesh/test_why.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { REPORT_MAX = 64 * 1024 * 1024, WHY_MAX = 256 * 1024 };

void test_report_init(struct test_report *report, const char *root,
                      const struct policy_release *release, bool as_json)
{
    *report =
        (struct test_report){.root = root, .release = release, .as_json = as_json, .file = ""};
    buffer_init(&report->why, WHY_MAX);
    buffer_init(&report->results, REPORT_MAX);
    buffer_init(&report->cases, REPORT_MAX);
    buffer_init(&report->suites, REPORT_MAX);
    json_begin(&report->json, &report->results);
    json_array_open(&report->json);
}

void test_report_release(struct test_report *report)
{
    buffer_release(&report->why);
    buffer_release(&report->results);
    buffer_release(&report->cases);
    buffer_release(&report->suites);
}

/* ---- XML */

/* For attributes and text; control characters that XML cannot hold become "?". */
static void escape_xml(struct buffer *out, struct bytes text)
{
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        switch (c) {
        case '&': buffer_printf(out, "&amp;"); break;
        case '<': buffer_printf(out, "&lt;"); break;
        case '>': buffer_printf(out, "&gt;"); break;
        case '"': buffer_printf(out, "&quot;"); break;
        default:
            buffer_append_char(out, (unsigned char)c < ' ' && c != '\n' && c != '\t' ? '?' : c);
        }
    }
}

static void attribute(struct buffer *out, const char *name, const char *value)
{
    buffer_printf(out, " %s=\"", name);
    escape_xml(out, bytes_of(value));
    buffer_append_char(out, '"');
}

static void add_case(struct test_report *report, const struct test_outcome *outcome,
                     int64_t took_us)
{
    const struct policy_scenario *scenario = outcome->scenario;
    struct buffer *out = &report->cases;
    buffer_printf(out, "    <testcase");
    attribute(out, "classname", scenario->file);
    attribute(out, "name", scenario->name);
    attribute(out, "file", scenario->file);
    buffer_printf(out, " line=\"%u\" time=\"%.6f\"", scenario->line, (double)took_us / 1e6);
    if (outcome->difference_count == 0) {
        buffer_printf(out, "/>\n");
        return;
    }
    const struct test_difference *first = &outcome->differences[0];
    struct buffer message;
    buffer_init(&message, WHY_MAX);
    buffer_printf(&message, "%s: expected %s, got %s", first->what, first->expected, first->got);
    buffer_printf(out, ">\n      <failure");
    attribute(out, "message", buffer_string(&message));
    buffer_printf(out, ">");
    escape_xml(out, buffer_bytes(&report->why));
    buffer_printf(out, "</failure>\n    </testcase>\n");
    buffer_release(&message);
}

static void close_suite(struct test_report *report)
{
    size_t count = report->file_passed + report->file_failed;
    if (count > 0) {
        struct buffer *out = &report->suites;
        buffer_printf(out, "  <testsuite");
        attribute(out, "name", report->file);
        buffer_printf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"0\" time=\"%.6f\">\n", count,
                      report->file_failed, (double)report->file_took_us / 1e6);
        buffer_append_bytes(out, buffer_bytes(&report->cases));
        buffer_printf(out, "  </testsuite>\n");
    }
    buffer_clear(&report->cases);
}

int test_report_write_junit(struct test_report *report, const char *path, struct error *err)
{
    FILE *file = fopen(path, "we");
    if (file == NULL)
        return error_set(err, errno == EACCES ? ML_EDENIED : ML_EIO, path, "cannot be made: %m");
    fprintf(file,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            "<testsuites name=\"meshline test\" tests=\"%zu\" failures=\"%zu\" errors=\"0\" "
            "time=\"%.6f\">\n",
            report->passed + report->failed, report->failed, (double)report->took_us / 1e6);
    fwrite(report->suites.data, 1, report->suites.size, file);
    fputs("</testsuites>\n", file);
    bool written = ferror(file) == 0;
    if (fclose(file) != 0 || !written)
        return error_set(err, ML_EIO, path, "cannot be written: %m");
    return 0;
}

/* ---- JSON */

static void add_result(struct test_report *report, const struct test_outcome *outcome)
{
    struct json_writer *json = &report->json;
    json_object_open(json);
    json_member(json, "file", bytes_of(outcome->scenario->file));
    json_member_unsigned(json, "line", outcome->scenario->line);
    json_member(json, "name", bytes_of(outcome->scenario->name));
    json_member_bool(json, "ok", outcome->difference_count == 0);
    json_key(json, "differences");
    json_array_open(json);
    for (size_t i = 0; i < outcome->difference_count; i++) {
        const struct test_difference *difference = &outcome->differences[i];
        json_object_open(json);
        if (difference->lead != TEST_ALL_LEADS)
            json_member_integer(json, "lead", difference->lead + 1);
        json_member(json, "what", bytes_of(difference->what));
        json_member(json, "expected", bytes_of(difference->expected));
        json_member(json, "got", bytes_of(difference->got));
        json_object_close(json);
    }
    json_array_close(json);
    if (outcome->difference_count > 0)
        json_member(json, "why", buffer_bytes(&report->why));
    json_object_close(json);
}

/* ---- one test */

static void print_file(const struct test_report *report)
{
    size_t count = report->file_passed + report->file_failed;
    if (count == 0 || report->as_json)
        return;
    if (report->file_failed == 0)
        printf("%s: %zu passed\n", report->file, report->file_passed);
    else
        printf("%s: %zu passed, %zu failed\n", report->file, report->file_passed,
               report->file_failed);
}

static void turn_to_file(struct test_report *report, const char *file)
{
    if (strcmp(report->file, file) == 0)
        return;
    print_file(report);
    close_suite(report);
    report->file = file;
    report->file_passed = report->file_failed = 0;
    report->file_took_us = 0;
}

void test_report_add(struct test_report *report, const struct test_outcome *outcome,
                     int64_t took_us)
{
    const struct policy_scenario *scenario = outcome->scenario;
    bool passed = outcome->difference_count == 0;
    turn_to_file(report, scenario->file);
    buffer_clear(&report->why);
    if (!passed)
        test_why_print(report->release, outcome, &report->why);
    if (!passed && !report->as_json)
        printf("%s/%s:%u: failed: %s\n%s\n", report->root, scenario->file, scenario->line,
               scenario->name, buffer_string(&report->why));
    add_result(report, outcome);
    add_case(report, outcome, took_us);
    report->passed += passed;
    report->failed += !passed;
    report->file_passed += passed;
    report->file_failed += !passed;
    report->took_us += took_us;
    report->file_took_us += took_us;
}

/* ---- all of them */

/* A list of named things, some of which were reached. */
struct reach {
    const char *what;
    const bool *reached;
    size_t count;
    const char *(*name)(const struct policy_release *, size_t);
};

static const char *route_name(const struct policy_release *release, size_t at)
{
    return release->routes[at].name;
}

static const char *class_name(const struct policy_release *release, size_t at)
{
    return release->classes[at].name;
}

static size_t count_reached(const struct reach *reach)
{
    size_t count = 0;
    for (size_t i = 0; i < reach->count; i++)
        count += reach->reached[i];
    return count;
}

static void print_reach(const struct test_report *report, const struct reach *reach)
{
    enum { SHOWN = 50 };
    size_t reached = count_reached(reach), shown = 0;
    printf("%s reached by tests: %zu of %zu", reach->what, reached, reach->count);
    for (size_t i = 0; i < reach->count && shown < SHOWN; i++)
        if (!reach->reached[i])
            printf("%s%s", shown++ == 0 ? "; never: " : ", ", reach->name(report->release, i));
    if (reach->count - reached > shown)
        printf(" and %zu more", reach->count - reached - shown);
    printf("\n");
}

static void write_reach(const struct test_report *report, const struct reach *reach,
                        struct json_writer *json)
{
    json_key(json, reach->what);
    json_object_open(json);
    json_member_unsigned(json, "reached", count_reached(reach));
    json_member_unsigned(json, "of", reach->count);
    json_key(json, "never");
    json_array_open(json);
    for (size_t i = 0; i < reach->count; i++)
        if (!reach->reached[i])
            json_string(json, bytes_of(reach->name(report->release, i)));
    json_array_close(json);
    json_object_close(json);
}

static void print_json(struct test_report *report, const struct reach *reaches, size_t count)
{
    struct buffer out;
    struct json_writer json;
    buffer_init(&out, 2 * REPORT_MAX);
    json_begin(&json, &out);
    json_array_close(&report->json);
    json_object_open(&json);
    json_member_bool(&json, "ok", report->failed == 0);
    json_member_unsigned(&json, "passed", report->passed);
    json_member_unsigned(&json, "failed", report->failed);
    json_key(&json, "tests");
    json_raw(&json, buffer_bytes(&report->results));
    if (count > 0) {
        json_key(&json, "coverage");
        json_object_open(&json);
        for (size_t i = 0; i < count; i++)
            write_reach(report, &reaches[i], &json);
        json_object_close(&json);
    }
    json_object_close(&json);
    printf("%s\n", buffer_string(&out));
    buffer_release(&out);
}

void test_report_finish(struct test_report *report, const struct test_coverage *coverage)
{
    const struct policy_release *release = report->release;
    turn_to_file(report, "");
    if (report->as_json && coverage == NULL) {
        print_json(report, NULL, 0);
        return;
    }
    struct reach reaches[2] = {{0}};
    if (coverage != NULL) {
        reaches[0] = (struct reach){"routes", coverage->routes, release->route_count, route_name};
        reaches[1] = (struct reach){"classes", coverage->classes, release->class_count, class_name};
    }
    if (report->as_json) {
        print_json(report, reaches, 2);
        return;
    }
    printf("\n%zu passed, %zu failed in %.0f ms\n", report->passed, report->failed,
           (double)report->took_us / 1e3);
    for (size_t i = 0; coverage != NULL && i < 2; i++)
        print_reach(report, &reaches[i]);
}
