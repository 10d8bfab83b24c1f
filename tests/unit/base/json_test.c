/* JSON is read strictly: what RFC 8259 does not allow, and what two readers could understand
 * differently (RFC 7493), is refused with the place where it stands. */
#include "base/json.h"

#include "unit.h"

static void assert_reads_as(const char *text, const char *printed)
{
    JSON_AUTO *value = NULL;
    struct error err = {0};
    if (json_parse(bytes_of(text), &value, &err) != 0)
        fail_msg("%s: %s: %s", text, err.place, err.message);
    assert_string_equal(json_object_to_json_string_ext(value, JSON_C_TO_STRING_NOSLASHESCAPE),
                        printed);
}

static void assert_refused(struct bytes text, int code)
{
    JSON_AUTO *value = NULL;
    struct error err = {0};
    int got = json_parse(text, &value, &err);
    if (got == 0)
        fail_msg("%.*s was read as %s", BYTES_ARG(text), json_object_to_json_string(value));
    if (got != code)
        fail_msg("%.*s was refused with %d: %s", BYTES_ARG(text), got, err.message);
    assert_null(value);
    assert_int_equal(err.code, code);
    assert_true(err.message[0] != '\0');
}

static void every_kind_of_value_is_read(void **state)
{
    (void)state;
    static const char *const same[] = {
        "{}",
        "[]",
        "null",
        "true",
        "false",
        "0",
        "-1",
        "9223372036854775807",
        "-9223372036854775808",
        "1.5",
        "\"\"",
        "\"text\"",
        "{\"a\":{\"a\":[1,{\"a\":2},\"a\"]},\"b\":null}",
        "[1,\"a:b\",[],{}]",
    };
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        assert_reads_as(same[i], same[i]);
}

static void white_space_around_a_value_is_allowed(void **state)
{
    (void)state;
    assert_reads_as(" \t\r\n{ \"a\" : [ 1 , 2 ] } \t\r\n", "{\"a\":[1,2]}");
    assert_reads_as(" 7 ", "7");
    assert_reads_as("true\n", "true");
}

static void escapes_are_decoded(void **state)
{
    (void)state;
    JSON_AUTO *value = NULL;
    assert_int_equal(
        json_parse(BYTES_LITERAL("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00fc\\ud83d\\ude00\""), &value,
                   NULL),
        0);
    assert_true(bytes_is(json_text(value), "\"\\/\b\f\n\r\t\xC3\xBC\xF0\x9F\x98\x80"));
}

static void what_is_not_json_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "{",
        "}",
        "[",
        "[1",
        "[1,",
        "[1,]",
        "[,1]",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1",
        "{\"a\":1,}",
        "{a:1}",
        "{'a':1}",
        "['a']",
        "\"open",
        "\"\\x\"",
        "\"\\u12\"",
        "tru",
        "True",
        "nul",
        "NULL",
        "01",
        "-",
        "-01",
        "1.",
        ".5",
        "+1",
        "1e",
        "1e+",
        "0x10",
        "NaN",
        "Infinity",
        "-Infinity",
        "[1 2]",
        "{\"a\":1 \"b\":2}",
        "[1]]",
        "{} {}",
        "1 2",
        "/* c */ 1",
        "// c\n1",
        "1 // c",
        "undefined",
        "\"a\nb\"",
        "\"a\tb\"",
        "[1,,2]",
        "{1:2}",
        "{\"a\":1,,\"b\":2}",
        " ",
        "\xEF\xBB\xBF{}",
        "--1",
        "1.5.5",
        "\"\\ud800\"",
        "\"\\udc00\"",
        "\"\\u0000\"",
        "{\"a\\u0000b\":1}",
        "{\"a\\ud800b\":1}",
        "\"\\ud800\\u0041\"",
        "\"\\ud83d\\ud83d\"",
        "[1.]",
        "1.e5",
        "-.5",
        "falsy",
        "\"\\U0041\"",
        "{\"a\":}",
        "[\x01]",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_refused(bytes_of(bad[i]), ML_EINVAL);
}

static void empty_text_and_nul_bytes_are_refused(void **state)
{
    (void)state;
    assert_refused((struct bytes){NULL, 0}, ML_EINVAL);
    assert_refused((struct bytes){"\"a\0b\"", 5}, ML_EINVAL);
    assert_refused((struct bytes){"{}\0", 3}, ML_EINVAL);
}

static void text_that_is_not_utf8_is_refused(void **state)
{
    (void)state;
    assert_refused(BYTES_LITERAL("\"\xFF\""), ML_EINVAL);
    assert_refused(BYTES_LITERAL("\"\xC3\""), ML_EINVAL);
    assert_refused(BYTES_LITERAL("\"\xC0\xAF\""), ML_EINVAL);
    assert_refused(BYTES_LITERAL("\"\xED\xA0\x80\""), ML_EINVAL);
    assert_refused(BYTES_LITERAL("{\"\xFF\":1}"), ML_EINVAL);
}

static void numbers_that_do_not_fit_are_not_bent_to_fit(void **state)
{
    (void)state;
    static const char *const large[] = {
        "9223372036854775808",
        "-9223372036854775809",
        "99999999999999999999",
        "1e400",
        "-1e400",
        "1000000000000000000000000000000000000000000000000000000000000000000000",
    };
    for (size_t i = 0; i < sizeof large / sizeof *large; i++) {
        struct error err = {0};
        JSON_AUTO *value = NULL;
        assert_int_equal(json_parse(bytes_of(large[i]), &value, &err), ML_EINVAL);
        assert_non_null(strstr(err.message, "send it as text"));
        assert_string_equal(err.place, "byte 1");
    }
    assert_reads_as("1e300", "1e300");
    assert_reads_as("-0", "0");
}

static void nesting_is_bounded(void **state)
{
    (void)state;
    char text[2 * JSON_DEPTH_MAX + 3];
    memset(text, '[', JSON_DEPTH_MAX + 1);
    memset(text + JSON_DEPTH_MAX + 1, ']', JSON_DEPTH_MAX + 1);
    assert_refused((struct bytes){text, sizeof text - 1}, ML_ELIMIT);
    memset(text, '[', sizeof text);
    assert_refused((struct bytes){text, sizeof text}, ML_ELIMIT);
    memset(text + JSON_DEPTH_MAX - 1, ']', JSON_DEPTH_MAX - 1);
    JSON_AUTO *value = NULL;
    assert_int_equal(json_parse((struct bytes){text, 2 * (JSON_DEPTH_MAX - 1)}, &value, NULL), 0);
}

static void a_key_twice_in_one_object_is_refused_by_name(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *key;
        const char *place;
    } cases[] = {
        {"{\"a\":1,\"a\":2}", "\"a\"", "byte 8"},
        {"{\"a\":1,\"b\":{\"a\":1},\"b\":2}", "\"b\"", "byte 20"},
        {"[{\"x\":[{\"k\":1,\"l\":2,\"k\":3}]}]", "\"k\"", "byte 21"},
        {"{\"a\" : 1, \"a\" : 1}", "\"a\"", "byte 11"},
        {"{\"\":1,\"\":2}", "\"\"", "byte 7"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        JSON_AUTO *value = NULL;
        struct error err = {0};
        assert_int_equal(json_parse(bytes_of(cases[i].text), &value, &err), ML_EINVAL);
        assert_non_null(strstr(err.message, cases[i].key));
        assert_string_equal(err.place, cases[i].place);
    }
}

static void a_key_twice_in_two_spellings_is_refused(void **state)
{
    (void)state;
    JSON_AUTO *value = NULL;
    struct error err = {0};
    assert_int_equal(json_parse(BYTES_LITERAL("{\"a\":1,\"\\u0061\":2}"), &value, &err), ML_EINVAL);
    assert_non_null(strstr(err.message, "twice"));
}

static void the_same_key_in_different_objects_is_fine(void **state)
{
    (void)state;
    assert_reads_as("[{\"a\":1},{\"a\":2}]", "[{\"a\":1},{\"a\":2}]");
    assert_reads_as("{\"a\":{\"a\":{\"a\":\"a\"}}}", "{\"a\":{\"a\":{\"a\":\"a\"}}}");
    assert_reads_as("{\"a:b\":\":\\\":\"}", "{\"a:b\":\":\\\":\"}");
}

static void the_place_of_a_mistake_is_told(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *place;
        const char *message;
    } cases[] = {
        {"{\"a\":1,}", "byte 8", "not valid JSON"},
        {"[1, x]", "byte 5", "not valid JSON"},
        {"{} x", "byte 4", "more text"},
        {"{\"a\":", "byte 6", "ends too early"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        JSON_AUTO *value = NULL;
        struct error err = {0};
        assert_int_equal(json_parse(bytes_of(cases[i].text), &value, &err), ML_EINVAL);
        if (strcmp(err.place, cases[i].place) != 0 || strstr(err.message, cases[i].message) == NULL)
            fail_msg("%s: got \"%s\" \"%s\"", cases[i].text, err.place, err.message);
    }
}

static void a_mistake_does_not_spoil_the_next_reading(void **state)
{
    (void)state;
    static const char *const bad[] = {"{\"a\":[1,", "\"open", "tru", "[[[[", "{\"a\":1}}"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_refused(bytes_of(bad[i]), ML_EINVAL);
        assert_reads_as("{\"b\":2}", "{\"b\":2}");
    }
}

static void members_are_read_by_name_and_type(void **state)
{
    (void)state;
    JSON_AUTO *value = NULL;
    assert_int_equal(
        json_parse(
            BYTES_LITERAL("{\"text\":\"Ada\",\"number\":-7,\"time\":\"2026-11-23T09:30:00Z\","
                          "\"null\":null,\"half\":0.5}"),
            &value, NULL),
        0);
    assert_true(bytes_is(json_member_text(value, "text"), "Ada"));
    assert_true(bytes_is(json_member_text(value, "number"), ""));
    assert_true(bytes_is(json_member_text(value, "absent"), ""));
    assert_true(bytes_is(json_member_text(value, "null"), ""));
    assert_int_equal(json_member_int(value, "number", 1), -7);
    assert_int_equal(json_member_int(value, "text", 1), 1);
    assert_int_equal(json_member_int(value, "half", 1), 1);
    assert_int_equal(json_member_int(value, "absent", 1), 1);
    assert_true(json_member_time_us(value, "time") == INT64_C(1795426200000000));
    assert_true(json_member_time_us(value, "text") == 0);
    assert_true(json_member_time_us(value, "absent") == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_value_is_read),
        cmocka_unit_test(white_space_around_a_value_is_allowed),
        cmocka_unit_test(escapes_are_decoded),
        cmocka_unit_test(what_is_not_json_is_refused),
        cmocka_unit_test(empty_text_and_nul_bytes_are_refused),
        cmocka_unit_test(text_that_is_not_utf8_is_refused),
        cmocka_unit_test(numbers_that_do_not_fit_are_not_bent_to_fit),
        cmocka_unit_test(nesting_is_bounded),
        cmocka_unit_test(a_key_twice_in_one_object_is_refused_by_name),
        cmocka_unit_test(a_key_twice_in_two_spellings_is_refused),
        cmocka_unit_test(the_same_key_in_different_objects_is_fine),
        cmocka_unit_test(the_place_of_a_mistake_is_told),
        cmocka_unit_test(a_mistake_does_not_spoil_the_next_reading),
        cmocka_unit_test(members_are_read_by_name_and_type),
    };
    return cmocka_run_group_tests_name("base_json", tests, NULL, NULL);
}
