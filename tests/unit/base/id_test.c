/* A lead id is "L" and a number; there is one way to write each. */
#include "base/id.h"

#include "unit.h"

static const struct {
    uint64_t number;
    const char *text;
} ids[] = {
    {1, "L1"},
    {10, "L10"},
    {1024, "L1024"},
    {UINT64_MAX, "L18446744073709551615"},
};

static void ids_print_and_read_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        char text[LEAD_ID_TEXT_SIZE];
        lead_id_print(ids[i].number, text);
        assert_string_equal(text, ids[i].text);
        uint64_t number = 0;
        assert_true(lead_id_parse(bytes_of(text), &number));
        assert_int_equal(number, ids[i].number);
    }
}

static void nothing_else_is_an_id(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",    "L",   "l1",   "1",    "L0",
        "L01", "L1 ", " L1",  "L-1",  "L+1",
        "L1x", "LL1", "L1.0", "L0x1", "L18446744073709551616",
    };
    uint64_t number = 7;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (lead_id_parse(bytes_of(bad[i]), &number))
            fail_msg("\"%s\" was taken for an id", bad[i]);
    assert_false(lead_id_parse((struct bytes){"L1\0", 3}, &number));
    assert_false(lead_id_parse((struct bytes){NULL, 0}, &number));
    assert_int_equal(number, 7);
}

static void an_id_ends_where_its_bytes_end(void **state)
{
    (void)state;
    uint64_t number = 0;
    assert_true(lead_id_parse((struct bytes){"L1234", 3}, &number));
    assert_int_equal(number, 12);
}

static void plain_numbers_are_decimal_and_fit(void **state)
{
    (void)state;
    uint64_t number = 1;
    assert_true(number_parse(BYTES_LITERAL("0"), &number));
    assert_int_equal(number, 0);
    assert_true(number_parse(BYTES_LITERAL("18446744073709551615"), &number));
    assert_true(number == UINT64_MAX);
    number = 7;
    static const char *const bad[] = {"",
                                      "00",
                                      "01",
                                      "-1",
                                      "+1",
                                      " 1",
                                      "1 ",
                                      "1a",
                                      "1e3",
                                      "1.5",
                                      "18446744073709551616",
                                      "99999999999999999999999"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (number_parse(bytes_of(bad[i]), &number))
            fail_msg("\"%s\" was taken for a number", bad[i]);
    assert_int_equal(number, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_print_and_read_back),
        cmocka_unit_test(nothing_else_is_an_id),
        cmocka_unit_test(an_id_ends_where_its_bytes_end),
        cmocka_unit_test(plain_numbers_are_decimal_and_fit),
    };
    return cmocka_run_group_tests_name("base_id", tests, NULL, NULL);
}
