/* Conversions: exact ranges, and text that reads back as the same value. */
#include "library.h"

static void numbers_become_other_numbers_within_their_range(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"int(9223372036854775807u)", "9223372036854775807"},
        {"int(-123.456)", "-123"},
        {"int(11.9)", "11"},
        {"int(9223372036854774784.0)", "9223372036854774784"},
        {"uint(1729)", "1729u"},
        {"uint(3.99)", "3u"},
        {"uint(-0.0)", "0u"},
        {"double(9223372036854775807) == 9223372036854775808.0", "true"},
        {"double(18446744073709551615u) == 18446744073709551616.0", "true"},
    };
    EXPECT_EACH(examples);
    static const char *const bad[] = {
        "int(9223372036854775808u)",
        "int(9223372036854775808.0)",
        "int(-9223372036854775808.0)",
        "int(1e99)",
        "int(0.0 / 0.0)",
        "uint(-1)",
        "uint(-0.5)",
        "uint(18446744073709551616.0)",
        "uint(1.0 / 0.0)",
    };
    EXPECT_ERRORS(bad);
    expect_error("uint(-1)", "range: too small or too large for uint");
}

static void numbers_are_read_from_text(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"int('-9223372036854775808') + 1", "-9223372036854775807"},
        {"int('+5')", "5"},
        {"int('007')", "7"},
        {"uint('18446744073709551615')", "18446744073709551615u"},
        {"double('-5.43e-21') == -5.43e-21", "true"},
        {"double('.5') + double('5.') + double('1E1')", "15.500000000000000"},
        {"1.0 / double('-0.0') == double('-Infinity')", "true"},
        {"double('nan') == double('nan')", "false"},
        {"double('1e-999') == 0.0", "true"},
        {"double('0000000000000000000000000000000000000000000000000000000000000000000001.5')",
         "1.5000000000000000"},
    };
    EXPECT_EACH(examples);
    static const char *const bad[] = {
        "int('')",
        "int('-')",
        "int('1.0')",
        "int(' 1')",
        "int('0x1')",
        "int('9223372036854775808')",
        "int('-9223372036854775809')",
        "uint('-1')",
        "uint('+1')",
        "uint('18446744073709551616')",
        "double('')",
        "double('.')",
        "double('1e')",
        "double('0x10')",
        "double('1_0')",
        "double(' 1')",
        "double('1 ')",
        "double('1e999')",
        "double('1\\000')",
        "double('infinit')",
    };
    EXPECT_ERRORS(bad);
    expect_error("int('ten')", "\"ten\" is no int");
}

static void bools_are_read_from_the_usual_words(void **state)
{
    (void)state;
    expect_true("bool('true') && bool('True') && bool('TRUE') && bool('t') && bool('1')");
    expect_false("bool('false') || bool('False') || bool('FALSE') || bool('f') || bool('0')");
    static const char *const bad[] = {"bool('TrUe')", "bool('yes')", "bool('')", "bool(' true')"};
    EXPECT_ERRORS(bad);
}

static void values_are_written_as_text(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"string(-9223372036854775808)", "'-9223372036854775808'"},
        {"string(18446744073709551615u)", "'18446744073709551615'"},
        {"string(true) + string(false)", "'truefalse'"},
        {"string('as it is')", "'as it is'"},
        {"string(b'\\303\\251')", "'\u00e9'"},
        {"bytes('\u00e9') == b'\\303\\251'", "true"},
        {"bytes('\\377') == b'\\377'", "false"},
    };
    EXPECT_EACH(examples);
    expect_error("string(b'\\377')", "invalid UTF-8");
}

static void doubles_are_written_as_shortly_as_they_can_be_read_back(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"string(-4.5e-3)", "'-0.0045'"},
        {"string(0.1)", "'0.1'"},
        {"string(0.1 + 0.2)", "'0.30000000000000004'"},
        {"string(5.075883674631299e-116)", "'5.075883674631299e-116'"},
        {"string(2.0)", "'2'"},
        {"string(-0.0)", "'-0'"},
        {"string(1000000.0)", "'1000000'"},
        {"string(123456789.125)", "'123456789.125'"},
        {"string(0.0001)", "'0.0001'"},
        {"string(0.00001)", "'1e-05'"},
        {"string(6.02214e23)", "'6.02214e+23'"},
        {"string(1.7976931348623157e308)", "'1.7976931348623157e+308'"},
        {"string(5e-324)", "'5e-324'"},
        {"string(1.0 / 0.0) + string(-1.0 / 0.0)", "'Infinity-Infinity'"},
        {"string(0.0 / 0.0)", "'NaN'"},
    };
    EXPECT_EACH(examples);
}

static void written_doubles_read_back(void **state)
{
    (void)state;
    uint64_t seed = 1;
    const struct cel_program *program =
        compile(bytes_of("double(string(double(anything))) == double(anything)"));
    for (int i = 0; i < 20000; i++) {
        seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        double number;
        memcpy(&number, &seed, sizeof number);
        if (number != number)
            continue;
        struct cel_value held[VARIABLES];
        memcpy(held, values, sizeof held);
        held[ANYTHING] = (struct cel_value){.kind = CEL_DOUBLE, .number = number};
        struct cel_scratch scratch = {scratch_memory, sizeof scratch_memory, 0};
        struct cel_value same = cel_evaluate(program, held, &scratch);
        if (same.kind != CEL_BOOL || !same.boolean)
            fail_msg("%.17g does not read back", number);
    }
}

static void a_value_tells_its_type(void **state)
{
    (void)state;
    expect_true("type(1) == type(2) && type(1) != type(1u) && type(1.0) != type(1)");
    expect_true("type('a') == type(lead.country) && type(type(1)) == type(type('a'))");
    expect_true("type([1]) == type(['a']) && type({1: 2}) == type(counts)");
    expect_true("type(timestamp(0)) != type(duration('0s'))");
}

static void text_needs_room(void **state)
{
    (void)state;
    expect_any_scratch("string(limit) + string(0.1)", BYTES_LITERAL("5000.1"));
    expect_any_scratch("string(timestamp(limit))", BYTES_LITERAL("1970-01-01T00:08:20Z"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(numbers_become_other_numbers_within_their_range),
        TEST(numbers_are_read_from_text),
        TEST(bools_are_read_from_the_usual_words),
        TEST(values_are_written_as_text),
        TEST(doubles_are_written_as_shortly_as_they_can_be_read_back),
        TEST(written_doubles_read_back),
        TEST(a_value_tells_its_type),
        TEST(text_needs_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
