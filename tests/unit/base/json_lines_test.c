/* JSON over lines: nothing but blanks and line breaks changes. */
#include "unit.h"

#include "base/json_lines.h"

static void assert_lines(const char *json, size_t width, const char *expected)
{
    struct buffer out;
    buffer_init(&out, 4096);
    json_lines(bytes_of(json), width, &out);
    assert_string_equal(buffer_string(&out), expected);
    buffer_release(&out);
}

static void what_fits_stays_on_one_line(void **state)
{
    (void)state;
    assert_lines("{\"a\":1,\"b\":[true,null]}", 80, "{\"a\": 1, \"b\": [true, null]}");
    assert_lines("{}", 1, "{}");
    assert_lines("\"text\"", 1, "\"text\"");
    assert_lines("-1.5e3", 1, "-1.5e3");
}

static void what_does_not_fit_goes_over_lines(void **state)
{
    (void)state;
    assert_lines("{\"a\":1,\"b\":[true,null]}", 17,
                 "{\n  \"a\": 1,\n  \"b\": [\n    true,\n    null\n  ]\n}");
    assert_lines("{\"a\":1,\"b\":[true,null]}", 20, "{\n  \"a\": 1,\n  \"b\": [true, null]\n}");
}

static void blanks_of_the_input_do_not_count_and_those_of_texts_do(void **state)
{
    (void)state;
    assert_lines("{ \"a\" :\n\t1 }", 80, "{\"a\": 1}");
    assert_lines("[\"x, {y}: \\\"z\\\\\"]", 80, "[\"x, {y}: \\\"z\\\\\"]");
    assert_lines("[\"x, {y}: \\\"z\\\\\"]", 4, "[\n  \"x, {y}: \\\"z\\\\\"\n]");
}

static void a_buffer_that_is_full_says_so(void **state)
{
    (void)state;
    struct buffer out;
    buffer_init(&out, 8);
    json_lines(BYTES_LITERAL("[1,2,3,4,5,6,7,8]"), 4, &out);
    assert_true(out.overflow);
    buffer_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_fits_stays_on_one_line),
        cmocka_unit_test(what_does_not_fit_goes_over_lines),
        cmocka_unit_test(blanks_of_the_input_do_not_count_and_those_of_texts_do),
        cmocka_unit_test(a_buffer_that_is_full_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
