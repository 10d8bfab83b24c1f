/* Literals mean what the specification says, to the last escape and the last bit. */
#include "unit.h"

static void integers_are_decimal_or_hexadecimal(void **state)
{
    (void)state;
    expect("0", "0");
    expect("42", "42");
    expect("0x2A", "42");
    expect("-0x2a", "-42");
    expect("123u", "123u");
    expect("0xFFU", "255u");
}

static void integers_reach_to_the_ends_of_their_range(void **state)
{
    (void)state;
    expect("9223372036854775807", "9223372036854775807");
    expect("-9223372036854775808", "-9223372036854775808");
    expect("- 9223372036854775808", "-9223372036854775808");
    expect("18446744073709551615u", "18446744073709551615u");
    expect("0xffffffffffffffffu", "18446744073709551615u");
}

static void numbers_out_of_range_are_mistakes(void **state)
{
    (void)state;
    expect_mistake("9223372036854775808", 1, 1,
                   "9223372036854775808 is not a number that fits an int of 64 bits");
    expect_mistake("1 + -9223372036854775809", 1, 6,
                   "-9223372036854775809 is not a number that fits an int of 64 bits");
    expect_mistake("18446744073709551616u", 1, 1,
                   "18446744073709551616u is not a number that fits a uint of 64 bits");
    expect_mistake("1e999", 1, 1, "1e999 is too large for a double");
    expect_mistake("0x", 1, 1, "0x is not a number that fits an int of 64 bits");
    expect_mistake("12px", 1, 1, "`12px` is not a number");
}

static void doubles_have_a_fraction_or_an_exponent(void **state)
{
    (void)state;
    expect("1.5", "1.5000000000000000");
    expect(".25", "0.25000000000000000");
    expect("1e3", "1000.0000000000000");
    expect("-2.5E+1", "-25.000000000000000");
    expect("25e-1", "2.5000000000000000");
    expect_true("1e-324 == 0.0");
}

static void words_are_bool_and_null(void **state)
{
    (void)state;
    expect("true", "true");
    expect("false", "false");
    expect("null", "null");
}

static void quotes_are_single_double_or_triple(void **state)
{
    (void)state;
    expect("'a\"b'", "'a\"b'");
    expect("\"a'b\"", "'a'b'");
    expect("'''a'b''c'''", "'a'b''c'");
    expect("\"\"\"a\nb\"\"\"", "'a\nb'");
    expect("''", "''");
    expect("''''''", "''");
}

static void escapes_stand_for_characters(void **state)
{
    (void)state;
    expect("'\\a\\b\\f\\n\\r\\t\\v'", "'\a\b\f\n\r\t\v'");
    expect("'\\\\ \\? \\\" \\' \\`'", "'\\ ? \" ' `'");
    expect("'\\x41\\X42\\103'", "'ABC'");
    expect("'\\u00e9\\U0001F600'", "'\u00e9\U0001F600'");
    /* In text a number names a character, in bytes a byte. */
    expect("'\\xe9' == '\\u00e9' && '\\351' == '\\u00e9'", "true");
    expect("size(b'\\xe9')", "1");
    expect("b'\\303\\251' == b'\u00e9'", "true");
}

static void raw_text_keeps_its_backslashes(void **state)
{
    (void)state;
    expect("r'\\d+\\n'", "'\\d+\\n'");
    expect("R\"\"\"\\\"\"\"", "'\\'");
    expect("br'\\x41'", "b'\\x41'");
    expect("b'abc'", "b'abc'");
}

static void wrong_escapes_are_mistakes(void **state)
{
    (void)state;
    expect_mistake("'a\\q'", 1, 3, "`\\q` is no escape sequence; write \\\\ for a backslash");
    expect_mistake("'\\ud800'", 1, 2, "`\\u` names no Unicode character");
    expect_mistake("'\\U00110000'", 1, 2, "`\\U` names no Unicode character");
    expect_mistake("'\\x4'", 1, 2, "`\\x` needs its digits: \\x41, \\u00e9, \\U0001f600 or \\101");
    expect_mistake("b'\\u0041'", 1, 3, "`\\u` is no escape sequence; write \\\\ for a backslash");
    expect_mistake("'\\400'", 1, 2, "`\\4` is no escape sequence; write \\\\ for a backslash");
}

static void text_must_be_closed(void **state)
{
    (void)state;
    expect_mistake("lead.country == 'DE", 1, 17, "this string is not closed");
    expect_mistake("'''a''", 1, 1, "this string is not closed");
    expect_mistake("'a\\", 1, 1, "this string is not closed");
    const char *line_break = "this string does not end on its line; close it, write \\n for a line "
                             "break, or use triple quotes";
    expect_mistake("'a\nb'", 1, 1, line_break);
    expect_mistake("'a\\\nb'", 1, 1, line_break);
}

static void lists_and_maps_hold_expressions(void **state)
{
    (void)state;
    expect("size([1, 'two', 3.0,])", "3");
    expect("[1, 2 + 3][1]", "5");
    expect("size([])", "0");
    expect("{'a': 1, 'b': limit}['b']", "500");
    expect("{'a': 1,}.a", "1");
    expect("size({})", "0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(integers_are_decimal_or_hexadecimal),
        TEST(integers_reach_to_the_ends_of_their_range),
        TEST(numbers_out_of_range_are_mistakes),
        TEST(doubles_have_a_fraction_or_an_exponent),
        TEST(words_are_bool_and_null),
        TEST(quotes_are_single_double_or_triple),
        TEST(escapes_stand_for_characters),
        TEST(raw_text_keeps_its_backslashes),
        TEST(wrong_escapes_are_mistakes),
        TEST(text_must_be_closed),
        TEST(lists_and_maps_hold_expressions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
