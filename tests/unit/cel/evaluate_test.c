/* Operators: exact arithmetic, comparison across numbers, and logic that looks past errors. */
#include "unit.h"

static void int_arithmetic_is_exact_or_an_error(void **state)
{
    (void)state;
    expect("7 / 2", "3");
    expect("-7 / 2", "-3");
    expect("-7 % 2", "-1");
    expect_error("9223372036854775807 + 1", "integer overflow");
    expect_error("-9223372036854775808 - 1", "integer overflow");
    expect_error("5000000000 * 5000000000", "integer overflow");
    expect_error("-9223372036854775808 / -1", "integer overflow");
    expect_error("-9223372036854775808 % -1", "integer overflow");
    expect_error("-(-9223372036854775808)", "integer overflow");
    expect_error("1 / 0", "division by zero");
    expect_error("1 % 0", "modulus by zero");
}

static void uint_arithmetic_is_exact_or_an_error(void **state)
{
    (void)state;
    expect("7u / 2u", "3u");
    expect("7u % 4u", "3u");
    expect("18446744073709551614u + 1u", "18446744073709551615u");
    expect_error("18446744073709551615u + 1u", "integer overflow");
    expect_error("1u - 2u", "integer overflow");
    expect_error("18446744073709551615u * 2u", "integer overflow");
    expect_error("1u / 0u", "division by zero");
    expect_error("1u % 0u", "modulus by zero");
}

static void double_arithmetic_is_that_of_ieee_754(void **state)
{
    (void)state;
    expect_true("1.0 / 0.0 > 1e308");
    expect_true("-1.0 / 0.0 < -1e308");
    expect_false("0.0 / 0.0 == 0.0 / 0.0");
    expect_true("0.0 / 0.0 != 0.0 / 0.0");
    expect_true("0.0 == -0.0");
    expect("-(1.5)", "-1.5000000000000000");
}

static void numbers_are_not_promoted(void **state)
{
    (void)state;
    expect_error("dyn(1) + 1.0", "no such overload: `+` on int and double");
    expect_error("held + 1", "no such overload: `+` on uint and int");
    expect("held * held", "4u");
}

static void text_and_lists_concatenate(void **state)
{
    (void)state;
    expect("'a' + lead.country + ''", "'aDE'");
    expect("b'a' + b'b'", "b'ab'");
    expect("size([1] + [2, limit])", "3");
    expect("size(lead.tags + [])", "2");
    expect("(['x'] + lead.tags)[2]", "'webinar'");
}

static void numbers_of_different_kinds_compare(void **state)
{
    (void)state;
    expect_true("1 == 1.0 && 1 == 1u && 1u == 1.0");
    expect_true("1 != 1.5 && -1 != 18446744073709551615u");
    expect_true("-1 < 0u && 0u > -1 && 1.5 > 1 && 1u < 1.5");
    expect_true("9223372036854775807 < 9223372036854775808u");
    expect_true("lead.intent > 82 && lead.intent < 83");
    expect_false("0.0 / 0.0 < 1 || 0.0 / 0.0 >= 1");
}

static void order_is_that_of_code_points(void **state)
{
    (void)state;
    expect_true("'abc' < 'abcd' && 'a' < '\u00e1' && '\uffff' < '\U00010000'");
    expect_true("'Z' < 'a' && '' < 'a' && 'b' >= 'b'");
    expect_true("b'\\x00' < b'\\xff'");
    expect_true("false < true && true <= true");
    expect_error("dyn('a') < 1", "no such overload: `<` on string and int");
    expect_error("dyn([1]) >= dyn([0])", "no such overload: `>=` on list and list");
}

static void equality_never_fails(void **state)
{
    (void)state;
    expect_false("dyn('1') == 1");
    expect_false("dyn([]) == null");
    expect_true("null == null");
    expect_true("[1, 2.0, 'a'] == [1.0, 2, 'a']");
    expect_false("[1, 2] == [1]");
    expect_true("{'a': 1, 'b': [2]} == {'b': [2.0], 'a': 1u}");
    expect_false("{'a': 1} == {'b': 1}");
    expect_true("lead == lead && lead.partner == lead.partner");
}

static void and_is_false_when_either_side_is(void **state)
{
    (void)state;
    expect_false("false && 1 / 0 > 0");
    expect_false("1 / 0 > 0 && false");
    expect_false("1 / 0 > 0 && true && false");
    expect_error("1 / 0 > 0 && true", "division by zero");
    expect_error("true && 1 / 0 > 0", "division by zero");
    expect_error("1 / 0 > 0 && 1 % 0 > 0", "division by zero");
    expect_false("dyn('a') && false");
    expect_error("dyn('a') && true", "no such overload: `&&` on string and bool");
}

static void or_is_true_when_either_side_is(void **state)
{
    (void)state;
    expect_true("true || 1 / 0 > 0");
    expect_true("1 / 0 > 0 || true");
    expect_true("1 / 0 > 0 || false || true");
    expect_error("1 / 0 > 0 || false", "division by zero");
    expect_error("false || 1 / 0 > 0", "division by zero");
    expect_true("dyn('a') || true");
    expect_error("dyn('a') || false", "no such overload: `||` on string and bool");
}

static void not_passes_errors_on(void **state)
{
    (void)state;
    expect_error("!(1 / 0 > 0)", "division by zero");
    expect_error("!dyn(1)", "no such overload: `!` on int");
}

static void a_conditional_evaluates_one_branch(void **state)
{
    (void)state;
    expect("limit > 1 ? 1 : 1 / 0", "1");
    expect("limit < 1 ? 1 / 0 : 2", "2");
    expect_error("1 / 0 > 0 ? 1 : 2", "division by zero");
    expect_error("dyn(1) ? 1 : 2", "no such overload: `? :` on int");
    expect("(lead.email == '' ? 1 : 2) == 1 || true", "true");
}

static void errors_pass_through_every_other_operator(void **state)
{
    (void)state;
    static const char *const failing[] = {
        "1 / nothing + 1", "[1, nothing]",       "{'a': nothing}", "{nothing: 1}",
        "nothing == 1",    "nothing in [1]",     "1 in [nothing]", "nothing < 1",
        "size([nothing])", "lead.tags[nothing]", "-nothing",       "[nothing][0]",
        "dyn(nothing)",    "nothing in dyn([])",
    };
    for (size_t i = 0; i < sizeof failing / sizeof *failing; i++)
        expect_error(failing[i], "no value for variable: nothing");
}

static void indexes_count_from_zero_and_stay_inside(void **state)
{
    (void)state;
    expect("lead.tags[0]", "'trial'");
    expect("lead.tags[dyn(1u)]", "'webinar'");
    expect("lead.tags[dyn(1.0)]", "'webinar'");
    expect_error("lead.tags[2]", "invalid argument: index out of range");
    expect_error("lead.tags[-1]", "invalid argument: no position in a list");
    expect_error("lead.tags[dyn(0.5)]", "invalid argument: no position in a list");
    expect_error("lead.tags[dyn('0')]", "invalid argument: no position in a list");
    expect_error("lead.tags[dyn(1e300)]", "invalid argument: no position in a list");
    expect_error("anything[0]", "no such overload: `[]` on string and int");
}

static void maps_are_read_by_key(void **state)
{
    (void)state;
    expect("counts['emea'] + counts.apac", "7");
    expect("{1: 'a'}[dyn(1.0)]", "'a'");
    expect_error("counts['latam']", "no such key");
    expect_error("counts.latam", "no such key: counts.latam");
    expect_error("{1: 2, 1u: 3}", "repeated key in a map");
    expect_error("{dyn(1.5): 2}", "no such overload: `{}` on double");
    expect_error("anything.name", "no such overload: `.` on string");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(int_arithmetic_is_exact_or_an_error),
        TEST(uint_arithmetic_is_exact_or_an_error),
        TEST(double_arithmetic_is_that_of_ieee_754),
        TEST(numbers_are_not_promoted),
        TEST(text_and_lists_concatenate),
        TEST(numbers_of_different_kinds_compare),
        TEST(order_is_that_of_code_points),
        TEST(equality_never_fails),
        TEST(and_is_false_when_either_side_is),
        TEST(or_is_true_when_either_side_is),
        TEST(not_passes_errors_on),
        TEST(a_conditional_evaluates_one_branch),
        TEST(errors_pass_through_every_other_operator),
        TEST(indexes_count_from_zero_and_stay_inside),
        TEST(maps_are_read_by_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
