/* The strings extension: positions in characters, pieces, letters, quotes. */
#include "library.h"

static void positions_count_characters(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"'ta\u00a9o'.charAt(2)", "'\u00a9'"},
        {"'hello'.charAt(5)", "''"},
        {"'ta\u00a9o\u00a9\u03b1T'.indexOf('\u00a9')", "2"},
        {"'ta\u00a9o\u00a9\u03b1T'.indexOf('\u00a9', 3)", "4"},
        {"'tacocat'.indexOf('')", "0"},
        {"'tacocat'.indexOf('', 3)", "3"},
        {"'tacocat'.indexOf('none')", "-1"},
        {"'tacocat'.indexOf('cat', 7)", "-1"},
        {"'ta\u00a9o\u00a9\u03b1T'.lastIndexOf('\u00a9')", "4"},
        {"'ta\u00a9o\u00a9\u03b1T'.lastIndexOf('\u00a9', 3)", "2"},
        {"'tacocat'.lastIndexOf('')", "7"},
        {"'tacocat'.lastIndexOf('', 3)", "3"},
        {"''.lastIndexOf('@@')", "-1"},
        {"'hello wello'.lastIndexOf('ello', 6)", "1"},
        {"'ta\u00a9o\u00a9\u03b1T'.substring(4)", "'\u00a9\u03b1T'"},
        {"'ta\u00a9o\u00a9\u03b1T'.substring(2, 4)", "'\u00a9o'"},
        {"'tacocat'.substring(7)", "''"},
        {"'tacocat'.substring(4, 4)", "''"},
        {"''.substring(0) + ''.charAt(0)", "''"},
    };
    EXPECT_EACH(examples);
}

static void positions_outside_are_errors(void **state)
{
    (void)state;
    expect_error("'tacocat'.charAt(30)", "index out of range: 30");
    expect_error("'tacocat'.charAt(-1)", "index out of range: -1");
    expect_error("'tacocat'.indexOf('a', 30)", "index out of range: 30");
    expect_error("'tacocat'.indexOf('a', -1)", "index out of range: -1");
    expect_error("'tacocat'.lastIndexOf('a', 30)", "index out of range: 30");
    expect_error("'tacocat'.lastIndexOf('a', -1)", "index out of range: -1");
    expect_error("'tacocat'.substring(8)", "index out of range: 8");
    expect_error("'tacocat'.substring(1, 50)", "index out of range: 50");
    expect_error("'tacocat'.substring(-2, 1)", "index out of range: -2");
    expect_error("'tacocat'.substring(4, 3)", "invalid substring range. start: 4, end: 3");
    expect_error("'a'.charAt(9223372036854775807)", "index out of range: 9223372036854775807");
}

static void ascii_letters_change_case_and_no_others(void **state)
{
    (void)state;
    expect("'Hello, W\u00d6RLD@[`{'.lowerAscii()", "'hello, w\u00d6rld@[`{'");
    expect("'Hello, w\u00f6rld@[`{'.upperAscii()", "'HELLO, W\u00f6RLD@[`{'");
    expect("''.lowerAscii() + 'az'.upperAscii() + 'AZ'.lowerAscii()", "'AZaz'");
}

static void text_is_replaced(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"'{0} days {0} hours'.replace('{0}', '2')", "'2 days 2 hours'"},
        {"'{0} days {0} hours'.replace('{0}', '2', 1)", "'2 days {0} hours'"},
        {"'{0} days {0} hours'.replace('{0}', '2', -1)", "'2 days 2 hours'"},
        {"'{0} days {0} hours'.replace('{0}', '2', 0)", "'{0} days {0} hours'"},
        {"'aaa'.replace('aa', 'b')", "'ba'"},
        {"'abc'.replace('b', '')", "'ac'"},
        {"'abc'.replace('abc', '')", "''"},
        {"'abc'.replace('x', 'y')", "'abc'"},
        {"'1 \u00a9 \u03b1'.replace('', '_')", "'_1_ _\u00a9_ _\u03b1_'"},
        {"'abc'.replace('', '_', 2)", "'_a_bc'"},
        {"''.replace('', 'x')", "'x'"},
    };
    EXPECT_EACH(examples);
}

static void text_is_split_and_joined(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"'hello world'.split(' ') == ['hello', 'world']", "true"},
        {"'a,b,c'.split(',', 0) == []", "true"},
        {"'a,b,c'.split(',', 1) == ['a,b,c']", "true"},
        {"'a,b,c'.split(',', 2) == ['a', 'b,c']", "true"},
        {"'a,b,c'.split(',', 9) == ['a', 'b', 'c']", "true"},
        {"'o\u00a9o\u00a9o'.split('\u00a9', -1) == ['o', 'o', 'o']", "true"},
        {"'a\u00a9b'.split('') == ['a', '\u00a9', 'b']", "true"},
        {"'a\u00a9b'.split('', 2) == ['a', '\u00a9b']", "true"},
        {"''.split('') == []", "true"},
        {"''.split(',') == ['']", "true"},
        {"',a,'.split(',') == ['', 'a', '']", "true"},
        {"['x', 'y'].join() + ['x', 'y'].join('-')", "'xyx-y'"},
        {"[].join() + [].join('-') + ['x'].join('-')", "'x'"},
        {"lead.tags.join(' & ')", "'trial & webinar'"},
    };
    EXPECT_EACH(examples);
    expect_error("['a', dyn(1)].join('-')", "no such overload: `join` on int");
}

static void spaces_of_unicode_are_trimmed(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"' \\f\\n\\r\\t\\vtext  '.trim()", "'text'"},
        {"'\\u0085\\u00a0\\u1680text\\u2000\\u2028\\u3000'.trim()", "'text'"},
        {"'\\u200btext\\u200b'.trim().size()", "6"},
        {"'a b'.trim() + ' '.trim() + ''.trim()", "'a b'"},
    };
    EXPECT_EACH(examples);
}

static void text_is_reversed_by_characters(void **state)
{
    (void)state;
    expect("'Ta\u00a9oC\u03b1t'.reverse()", "'t\u03b1Co\u00a9aT'");
    expect("''.reverse()", "''");
}

static void quotes_escape_what_would_not_print(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"strings.quote('a\\tb\\n\"c\"\\\\')", "'\"a\\tb\\n\\\"c\\\"\\\\\"'"},
        {"strings.quote('\\a\\b\\f\\r\\v')", "'\"\\a\\b\\f\\r\\v\"'"},
        {"strings.quote('\u03b1\U0001F600')", "'\"\u03b1\U0001F600\"'"},
        {"strings.quote('')", "'\"\"'"},
    };
    EXPECT_EACH(examples);
}

static void results_need_room(void **state)
{
    (void)state;
    expect_any_scratch("lead.country.replace('', '--')", BYTES_LITERAL("--D--E--"));
    expect_any_scratch("lead.tags.join(',').split('r').join('r').reverse()",
                       BYTES_LITERAL("ranibew,lairt"));
    expect_any_scratch("strings.quote(lead.country.lowerAscii())", BYTES_LITERAL("\"de\""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(positions_count_characters),
        TEST(positions_outside_are_errors),
        TEST(ascii_letters_change_case_and_no_others),
        TEST(text_is_replaced),
        TEST(text_is_split_and_joined),
        TEST(spaces_of_unicode_are_trimmed),
        TEST(text_is_reversed_by_characters),
        TEST(quotes_escape_what_would_not_print),
        TEST(results_need_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
