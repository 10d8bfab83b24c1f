/* string.format: what each clause writes of each kind, and what it refuses. */
#include "library.h"

static void text_around_clauses_stays(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"'no substitution'.format([])", "'no substitution'"},
        {"'%%escaped %s%%'.format(['percent'])", "'%escaped percent%'"},
        {"'%d %d, %s'.format([1, 2, 'A'])", "'1 2, A'"},
        {"'\u00a9%s\u00a9'.format(['\u03b1'])", "'\u00a9\u03b1\u00a9'"},
        {"'%s'.format(['more', 'than needed'])", "'more'"},
        {"''.format([])", "''"},
    };
    EXPECT_EACH(examples);
}

static void any_value_is_written_as_text(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"'%s %s %s'.format([null, true, 'a'])", "'null true a'"},
        {"'%s %s %s'.format([-5, 5u, 56.8])", "'-5 5 56.8'"},
        {"'%s'.format([1e22])", "'10000000000000000000000'"},
        {"'%s'.format([0.000001])", "'0.000001'"},
        {"'%s'.format([[double('NaN'), double('Infinity'), double('-Infinity')]])",
         "'[NaN, Infinity, -Infinity]'"},
        {"'%s'.format([b'xyz'])", "'xyz'"},
        {"'%s'.format([type('a')])", "'string'"},
        {"'%s %s'.format([timestamp(0), duration('8747.5s')])", "'1970-01-01T00:00:00Z 8747.5s'"},
        {"'%s'.format([[6, [4.2, 'a string'], []]])", "'[6, [4.2, a string], []]'"},
        {"'%s'.format([{'strKey': 'x', 6: duration('422s'), true: 42}])",
         "'{6: 422s, strKey: x, true: 42}'"},
        {"'%s|%s'.format([{'b': {'y': 1, 'x': 2}, 'a': []}, {}])", "'{a: [], b: {x: 2, y: 1}}|{}'"},
        {"'%s %s'.format([ip('::1'), cidr('10.0.0.0/8')])", "'::1 10.0.0.0/8'"},
    };
    EXPECT_EACH(examples);
    static const char *const bad[] = {"'%s'.format([b'\\377'])", "'%s'.format([[b'\\377']])"};
    EXPECT_ERRORS(bad);
}

static void numbers_are_written_in_every_base(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"'%d %d %d'.format([-128, 128u, 1.5])", "'-128 128 1.5'"},
        {"'%b %b %b %b'.format([5, -5, 64u, true])", "'101 -101 1000000 1'"},
        {"'%o %o %o'.format([11, -11, 65535u])", "'13 -13 177777'"},
        {"'%x %X %x'.format([30, 30, -30])", "'1e 1E -1e'"},
        {"'%x %X'.format(['Hello', b'\\377a'])", "'48656c6c6f FF61'"},
        {"'%x'.format([-9223372036854775808])", "'-8000000000000000'"},
        {"'%b'.format([0])", "'0'"},
    };
    EXPECT_EACH(examples);
}

static void fractions_are_rounded_to_their_precision(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"'%f %f %f'.format([2.71828, 3u, -3])", "'2.718280 3.000000 -3.000000'"},
        {"'%.3f %.0f %.0f %.3f'.format([1.2345, 1.5, 2.5, -123.4999])", "'1.234 2 2 -123.500'"},
        {"'%e %.6e %e'.format([2.71828, 1052.032911275, 2])",
         "'2.718280e+00 1.052033e+03 2.000000e+00'"},
        {"'%e %f %d'.format([double('NaN'), double('Infinity'), double('-Infinity')])",
         "'NaN Infinity -Infinity'"},
        {"'%.100f'.format([0.5]).size()", "102"},
        {"'%.100f'.format([1.7976931348623157e308]).size()", "410"},
    };
    EXPECT_EACH(examples);
}

static void clauses_refuse_other_kinds(void **state)
{
    (void)state;
    static const char *const sources[] = {
        "'%d'.format(['a'])",
        "'%d'.format([null])",
        "'%e'.format(['a'])",
        "'%f'.format([true])",
        "'%x'.format([0.5])",
        "'%X'.format([null])",
        "'%o'.format([true])",
        "'%b'.format([1.0])",
        "'%b'.format(['a'])",
        "'%d'.format([[1]])",
        "'%s'.format([[optional.none()]])",
    };
    EXPECT_ERRORS(sources);
    expect_error("'%d'.format([null])", "error during formatting: decimal clause can only be used "
                                        "on integers, was given null");
}

static void clauses_that_are_none_are_errors(void **state)
{
    (void)state;
    static const char *const sources[] = {
        "'%'.format([1])",     "'%5d'.format([1])",   "'%.'.format([1.0])",
        "'%.3'.format([1.0])", "'%.f'.format([1.0])", "'%.101f'.format([1.0])",
        "'%E'.format([1.0])",  "'% d'.format([1])",   "'%.99999999999999999999f'.format([1.0])",
    };
    EXPECT_ERRORS(sources);
    expect_error("'%a'.format([1])",
                 "could not parse formatting clause: unrecognized formatting clause \"a\"");
    expect_error("'%s %s'.format([1])",
                 "index 1 out of range: format has more clauses than values");
}

static void results_need_room(void **state)
{
    (void)state;
    expect_any_scratch("'%s %d'.format([{'b': limit, 'a': lead.country}, limit])",
                       BYTES_LITERAL("{a: DE, b: 500} 500"));
    expect_any_scratch("'%x'.format([lead.country])", BYTES_LITERAL("4445"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(text_around_clauses_stays),
        TEST(any_value_is_written_as_text),
        TEST(numbers_are_written_in_every_base),
        TEST(fractions_are_rounded_to_their_precision),
        TEST(clauses_refuse_other_kinds),
        TEST(clauses_that_are_none_are_errors),
        TEST(results_need_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
