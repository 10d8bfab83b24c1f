/* Who a lead is, by the attributes that meshes have for it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "store/print.h"

#include <stdio.h>

/* What is told of a lead with these attributes, as a JSON object. */
static const char *person_of(const char *attributes)
{
    static char told[4096];
    struct json_writer json;
    struct buffer out;
    buffer_init(&out, sizeof told);
    json_begin(&json, &out);
    json_object_open(&json);
    store_print_person(bytes_of(attributes), &json);
    json_object_close(&json);
    snprintf(told, sizeof told, "%s", buffer_string(&out));
    buffer_release(&out);
    return told;
}

static void a_person_is_told_by_name_then_by_address(void **state)
{
    (void)state;
    static const struct {
        const char *attributes, *told;
    } cases[] = {
        {"{\"first_name\":\"Ada\",\"last_name\":\"Byron\",\"email\":\"ada@x.example\"}",
         "{\"name\":\"Ada Byron\"}"},
        {"{\"given_name\":\"Ada\",\"family_name\":\"Byron\"}", "{\"name\":\"Ada Byron\"}"},
        {"{\"last_name\":\"Byron\",\"company\":\"Analytical Ltd\"}",
         "{\"name\":\"Byron\",\"company\":\"Analytical Ltd\"}"},
        {"{\"full_name\":\"Ada Byron\",\"organization\":\"Analytical Ltd\"}",
         "{\"name\":\"Ada Byron\",\"company\":\"Analytical Ltd\"}"},
        {"{\"first_name\":\" \",\"phone\":\"+49 30 1\",\"email\":\"ada@x.example\"}",
         "{\"name\":\"ada@x.example\"}"},
        {"{\"phone\":\"+49 30 1\"}", "{\"name\":\"+49 30 1\"}"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(person_of(cases[i].attributes), cases[i].told);
}

static void a_company_alone_is_no_person(void **state)
{
    (void)state;
    assert_string_equal(person_of("{\"company\":\"Analytical Ltd\",\"external_id\":\"A-1\"}"),
                        "{\"company\":\"Analytical Ltd\"}");
    assert_string_equal(person_of("{\"name\":\"Analytical\",\"company\":\"Analytical\"}"),
                        "{\"company\":\"Analytical\"}");
    assert_string_equal(person_of("{\"domain\":\"analytical.example\"}"),
                        "{\"company\":\"analytical.example\"}");
    assert_string_equal(person_of("{\"external_id\":\"A-1\"}"), "{\"name\":\"A-1\"}");
}

static void what_tells_nothing_is_left_out(void **state)
{
    (void)state;
    static const char *const attributes[] = {
        "",
        "{}",
        "{\"country\":\"DE\",\"employees\":12}",
        "{\"name\":\"\",\"company\":\" \\t\\n\",\"email\":17}",
    };
    for (size_t i = 0; i < sizeof attributes / sizeof *attributes; i++)
        assert_string_equal(person_of(attributes[i]), "{}");
}

static void names_stay_short_and_whole_characters(void **state)
{
    (void)state;
    /* "x", and behind it characters of two bytes, so that the limit falls into one of them. */
    struct buffer attributes, expected;
    buffer_init(&attributes, 1000);
    buffer_init(&expected, 1000);
    buffer_printf(&attributes, "{\"company\":\"x");
    buffer_printf(&expected, "{\"company\":\"x");
    for (int i = 0; i < STORE_TEXT_CUT; i++) {
        buffer_printf(&attributes, "\xc3\xa4");
        if (i < (STORE_TEXT_CUT - 1) / 2)
            buffer_printf(&expected, "\xc3\xa4");
    }
    buffer_printf(&attributes, "\"}");
    buffer_printf(&expected, "\"}");
    assert_string_equal(person_of(buffer_string(&attributes)), buffer_string(&expected));
    buffer_release(&attributes);
    buffer_release(&expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_person_is_told_by_name_then_by_address),
        cmocka_unit_test(a_company_alone_is_no_person),
        cmocka_unit_test(what_tells_nothing_is_left_out),
        cmocka_unit_test(names_stay_short_and_whole_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
