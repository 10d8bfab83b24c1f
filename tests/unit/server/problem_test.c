/* Problems as RFC 9457 wants them. */
#include "unit.h"

#include "base/json.h"
#include "server/problem.h"

static struct problem problem;
static struct buffer text;

static int open_buffer(void **state)
{
    (void)state;
    buffer_init(&text, 65536);
    return 0;
}

static int close_buffer(void **state)
{
    (void)state;
    buffer_release(&text);
    return 0;
}

/* The problem read back; the caller's. */
static struct json_object *written(void)
{
    struct json_writer json;
    struct json_object *object = NULL;
    struct error err;
    json_begin(&json, &text);
    problem_write(&problem, &json);
    if (json_parse(buffer_bytes(&text), &object, &err) != 0)
        fail_msg("%s: %s", err.message, buffer_string(&text));
    return object;
}

static void a_problem_names_its_type_title_status_and_detail(void **state)
{
    (void)state;
    problem_set(&problem, PROBLEM_STALE_VERSION, "the lead is at version %d", 9);
    problem.current_version = 9;
    struct json_object *object = written();
    assert_string_equal(json_member_text(object, "type").data, "/problems/stale-version");
    assert_string_equal(json_member_text(object, "title").data, "It has changed meanwhile");
    assert_int_equal(json_member_int(object, "status", 0), 412);
    assert_string_equal(json_member_text(object, "detail").data, "the lead is at version 9");
    assert_int_equal(json_member_int(object, "current_version", 0), 9);
    json_object_put(object);
}

static void mistakes_have_pointers(void **state)
{
    (void)state;
    problem_set(&problem, PROBLEM_INVALID_LEAD, "two mistakes");
    problem.errors.items[0] = (struct policy_problem){"/a", "must be \"x\"", NULL};
    problem.errors.items[1] = (struct policy_problem){"/b~1c", "is required", "/required"};
    problem.errors.count = 2;
    problem.errors.more = 3;
    struct json_object *object = written(), *errors = json_object_object_get(object, "errors");
    assert_int_equal(json_object_array_length(errors), 2);
    assert_string_equal(json_member_text(json_object_array_get_idx(errors, 0), "message").data,
                        "must be \"x\"");
    assert_null(json_member_text(json_object_array_get_idx(errors, 0), "rule").data);
    assert_string_equal(json_member_text(json_object_array_get_idx(errors, 1), "rule").data,
                        "/required");
    assert_string_equal(json_member_text(json_object_array_get_idx(errors, 1), "pointer").data,
                        "/b~1c");
    assert_int_equal(json_member_int(object, "more_errors", 0), 3);
    json_object_put(object);
}

static void a_record_that_was_kept_is_named(void **state)
{
    (void)state;
    problem_set(&problem, PROBLEM_INVALID_LEAD, "one mistake");
    problem.dead_letter = 12;
    struct json_object *object = written();
    assert_string_equal(json_member_text(object, "dead_letter").data, "D12");
    json_object_put(object);
}

static void a_new_problem_has_nothing_of_the_last(void **state)
{
    (void)state;
    problem_set(&problem, PROBLEM_INVALID_LEAD, "x");
    problem.errors.count = 1;
    problem.current_version = problem.dead_letter = 4;
    problem.retry_after_s = 5;
    problem_set(&problem, PROBLEM_NOT_FOUND, "y");
    assert_int_equal(problem.errors.count, 0);
    assert_int_equal(problem.current_version, 0);
    assert_int_equal(problem.dead_letter, 0);
    assert_int_equal(problem.retry_after_s, 0);
}

static void any_bytes_may_be_quoted(void **state)
{
    (void)state;
    static char long_text[2000];
    memset(long_text, 'x', sizeof long_text - 1);
    memcpy(long_text + PROBLEM_DETAIL_SIZE - 3, "\xe2\x82\xac", 3); /* cut by the ceiling */
    const char *texts[] = {"\xff\xfe", "a\xc3", "\"\\\n\x01", long_text};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        buffer_clear(&text);
        problem_set(&problem, PROBLEM_NOT_FOUND, "%s", texts[i]);
        json_object_put(written());
    }
}

static void every_kind_is_complete_and_found_by_its_name(void **state)
{
    (void)state;
    for (enum problem_kind kind = PROBLEM_NONE + 1; kind < PROBLEM_KINDS; kind++) {
        const struct problem_type *type = problem_type_of(kind);
        assert_int_equal(strncmp(type->type, "/problems/", 10), 0);
        assert_in_range(type->status, 400, 599);
        assert_true(strlen(type->title) > 0 && strlen(type->about) > 0);
        assert_int_equal(problem_kind_parse(bytes_of(type->type + 10)), kind);
    }
    assert_int_equal(problem_kind_parse(BYTES_LITERAL("no-such")), PROBLEM_NONE);
}

int main(void)
{
#define WITH_BUFFER(test) cmocka_unit_test_setup_teardown(test, open_buffer, close_buffer)
    const struct CMUnitTest tests[] = {
        WITH_BUFFER(a_problem_names_its_type_title_status_and_detail),
        WITH_BUFFER(mistakes_have_pointers),
        WITH_BUFFER(a_record_that_was_kept_is_named),
        WITH_BUFFER(a_new_problem_has_nothing_of_the_last),
        WITH_BUFFER(any_bytes_may_be_quoted),
        WITH_BUFFER(every_kind_is_complete_and_found_by_its_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
