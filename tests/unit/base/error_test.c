/* An error carries a code, a place and a sentence; too long a sentence is cut, not overrun. */
#include "base/error.h"

#include "base/bytes.h"

#include "unit.h"

static void setting_returns_the_code_and_fills_the_error(void **state)
{
    (void)state;
    struct error err = {0};
    int code = error_set(&err, ML_ENOTFOUND, "pools.yaml:3:5", "no rep \"%s\"", "anna");
    assert_int_equal(code, ML_ENOTFOUND);
    assert_int_equal(err.code, ML_ENOTFOUND);
    assert_string_equal(err.place, "pools.yaml:3:5");
    assert_string_equal(err.message, "no rep \"anna\"");
}

static void nobody_has_to_listen(void **state)
{
    (void)state;
    assert_int_equal(error_set(NULL, ML_EIO, "x", "y"), ML_EIO);
}

static void a_later_error_replaces_an_earlier_one(void **state)
{
    (void)state;
    struct error err = {0};
    error_set(&err, ML_EIO, "a longer place", "a longer sentence");
    error_set(&err, ML_EINVAL, NULL, "short");
    assert_int_equal(err.code, ML_EINVAL);
    assert_string_equal(err.place, "");
    assert_string_equal(err.message, "short");
}

static void long_texts_are_cut(void **state)
{
    (void)state;
    struct error err = {0};
    char text[2000];
    memset(text, 'm', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    error_set(&err, ML_EINVAL, text, "%s", text);
    assert_int_equal(strlen(err.place), sizeof err.place - 1);
    assert_int_equal(strlen(err.message), sizeof err.message - 1);
}

static void a_text_is_never_cut_inside_a_character(void **state)
{
    (void)state;
    static const char *const characters[] = {"x", "\xC3\xBC", "\xE2\x82\xAC", "\xF0\x9F\x98\x80"};
    for (size_t c = 0; c < 4; c++)
        for (size_t offset = 0; offset < 4; offset++) {
            char text[1000] = "abc";
            for (size_t at = offset; at < 900; at += strlen(characters[c]))
                snprintf(text + at, sizeof text - at, "%s", characters[c]);
            struct error err = {0};
            error_set(&err, ML_EINVAL, text, "%s", text);
            assert_true(bytes_is_utf8(bytes_of(err.place)));
            assert_true(bytes_is_utf8(bytes_of(err.message)));
            assert_true(strlen(err.message) >= sizeof err.message - 4);
        }
}

static void every_code_has_a_name_of_its_own(void **state)
{
    (void)state;
    static const struct {
        int code;
        const char *name;
    } cases[] = {
        {0, "ok"},
        {ML_EINVAL, "invalid"},
        {ML_ENOTFOUND, "not_found"},
        {ML_ECONFLICT, "conflict"},
        {ML_EIO, "io"},
        {ML_ENOSPC, "no_space"},
        {ML_ECORRUPT, "corrupt"},
        {ML_EVERSION, "version"},
        {ML_EBUSY, "busy"},
        {ML_ELIMIT, "limit"},
        {ML_EDENIED, "denied"},
        {ML_EDENIED - 1, "unknown"},
        {1, "unknown"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(error_code_name(cases[i].code), cases[i].name);
}

static void fail_with_a_number(void)
{
    panic("slot %d is taken", 42);
}

static void fail_an_assertion(void)
{
    ML_ASSERT(1 + 1 == 3);
}

static void a_panic_says_why_and_aborts(void **state)
{
    (void)state;
    assert_panics(fail_with_a_number, "meshline: internal error: slot 42 is taken\n");
}

static void a_failed_assertion_names_file_and_condition(void **state)
{
    (void)state;
    assert_panics(fail_an_assertion, "error_test.c:");
    assert_panics(fail_an_assertion, "assertion failed: 1 + 1 == 3");
}

static void a_true_assertion_is_silent(void **state)
{
    (void)state;
    int evaluated = 0;
    ML_ASSERT(++evaluated == 1);
    assert_int_equal(evaluated, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(setting_returns_the_code_and_fills_the_error),
        cmocka_unit_test(nobody_has_to_listen),
        cmocka_unit_test(a_later_error_replaces_an_earlier_one),
        cmocka_unit_test(long_texts_are_cut),
        cmocka_unit_test(a_text_is_never_cut_inside_a_character),
        cmocka_unit_test(every_code_has_a_name_of_its_own),
        cmocka_unit_test(a_panic_says_why_and_aborts),
        cmocka_unit_test(a_failed_assertion_names_file_and_condition),
        cmocka_unit_test(a_true_assertion_is_silent),
    };
    return cmocka_run_group_tests_name("base_error", tests, NULL, NULL);
}
