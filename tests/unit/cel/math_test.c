/* The math extension. */
#include "library.h"

static void the_greatest_and_the_least_keep_their_kind(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"math.greatest(5)", "5"},
        {"math.greatest(5.4, 10, 3u, -5.0)", "10"},
        {"math.greatest(-3, 3u)", "3u"},
        {"math.greatest(1, 1.797693e308) == 1.797693e308", "true"},
        {"math.greatest([5.5, 10.5, -5.0])", "10.500000000000000"},
        {"math.greatest(limit, 7)", "500"},
        {"math.greatest(18446744073709551615u, 1, 2.0)", "18446744073709551615u"},
        {"math.greatest(-9223372036854775808, -1.0)", "-1.0000000000000000"},
        {"math.least(5.4, 10, 3u, -5)", "-5"},
        {"math.least([3, 1, 2])", "1"},
        {"math.least(1u, 1)", "1u"},
        {"math.least(lead.employees, 100, 200)", "100"},
    };
    EXPECT_EACH(examples);
    static const char *const bad[] = {"math.greatest([])", "math.least(dyn('a'))",
                                      "math.greatest([dyn(1), dyn('a')])",
                                      "math.least(dyn([true]))"};
    EXPECT_ERRORS(bad);
    expect_mistake("math.greatest('a')", 1, 6, "`math.greatest` does not take string");
    expect_mistake("math.least(1, 2.0, lead.country)", 1, 6,
                   "`math.least` does not take int and double and string");
}

static void doubles_are_rounded(void **state)
{
    (void)state;
    expect_true("math.ceil(1.2) == 2.0 && math.ceil(-1.2) == -1.0");
    expect_true("math.floor(1.2) == 1.0 && math.floor(-1.2) == -2.0");
    expect_true("math.round(1.5) == 2.0 && math.round(-1.5) == -2.0 && math.round(2.5) == 3.0");
    expect_true("math.trunc(1.9) == 1.0 && math.trunc(-1.9) == -1.0");
    expect_true("math.isNaN(math.round(0.0 / 0.0))");
    expect_error("math.floor(dyn(1))", "no such overload: `math.floor` on int");
}

static void doubles_tell_what_they_are(void **state)
{
    (void)state;
    expect_true("math.isNaN(0.0 / 0.0) && !math.isNaN(1.0)");
    expect_true("math.isInf(-1.0 / 0.0) && !math.isInf(0.0 / 0.0)");
    expect_true("math.isFinite(1.5) && !math.isFinite(1.0 / 0.0) && !math.isFinite(0.0 / 0.0)");
}

static void size_and_sign_keep_the_kind(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"math.abs(-11)", "11"},
        {"math.abs(11u)", "11u"},
        {"math.abs(-11.5)", "11.500000000000000"},
        {"math.sign(-42)", "-1"},
        {"math.sign(0u)", "0u"},
        {"math.sign(9u)", "1u"},
        {"math.sign(-0.5)", "-1.0000000000000000"},
        {"math.isNaN(math.sign(0.0 / 0.0))", "true"},
        {"math.sqrt(81)", "9.0000000000000000"},
        {"math.sqrt(16u) + math.sqrt(2.25)", "5.5000000000000000"},
        {"math.isNaN(math.sqrt(-15))", "true"},
    };
    EXPECT_EACH(examples);
    expect_error("math.abs(-9223372036854775808)", "integer overflow");
}

static void bits_are_those_of_two_complement(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"math.bitAnd(-3, -5)", "-7"},
        {"math.bitAnd(3u, 2u)", "2u"},
        {"math.bitOr(4, -2)", "-2"},
        {"math.bitOr(1u, 4u)", "5u"},
        {"math.bitXor(4, -2)", "-6"},
        {"math.bitXor(1u, 3u)", "2u"},
        {"math.bitNot(1)", "-2"},
        {"math.bitNot(0u)", "18446744073709551615u"},
        {"math.bitShiftLeft(-1, 2)", "-4"},
        {"math.bitShiftLeft(1, 63)", "-9223372036854775808"},
        {"math.bitShiftLeft(1u, 64)", "0u"},
        {"math.bitShiftRight(-1024, 3)", "2305843009213693824"},
        {"math.bitShiftRight(1024u, 2)", "256u"},
        {"math.bitShiftRight(-1, 9223372036854775807)", "0"},
    };
    EXPECT_EACH(examples);
    expect_error("math.bitShiftLeft(1u, -1)", "math.bitShiftLeft: negative offset");
    expect_error("math.bitShiftRight(1, -1)", "math.bitShiftRight: negative offset");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_greatest_and_the_least_keep_their_kind),
        TEST(doubles_are_rounded),
        TEST(doubles_tell_what_they_are),
        TEST(size_and_sign_keep_the_kind),
        TEST(bits_are_those_of_two_complement),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
