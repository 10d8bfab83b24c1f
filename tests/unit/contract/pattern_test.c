/* Patterns mean what ECMA-262 says, and never stall. */
#include "support.h"

#include "contract/pattern.h"

#include <stdlib.h>

static struct contract_pattern *pattern_of(const char *source)
{
    struct contract_pattern *pattern;
    char problem[300];
    if (!contract_pattern_new(bytes_of(source), &pattern, problem, sizeof problem))
        fail_msg("%s: %s", source, problem);
    return pattern;
}

static enum contract_match run(const char *source, struct bytes text)
{
    struct contract_pattern *pattern = pattern_of(source);
    struct contract_matcher *matcher = contract_matcher_new();
    int64_t work = INT64_C(400000000);
    enum contract_match match = contract_pattern_match(pattern, text, matcher, &work);
    contract_matcher_free(matcher);
    contract_pattern_free(pattern);
    return match;
}

static void matches(const char *source, const char *text)
{
    if (run(source, bytes_of(text)) != CONTRACT_MATCH)
        fail_msg("%s should match %s", source, text);
}

static void does_not_match(const char *source, const char *text)
{
    if (run(source, bytes_of(text)) != CONTRACT_NO_MATCH)
        fail_msg("%s should not match %s", source, text);
}

static void a_pattern_is_searched_for_anywhere(void **state)
{
    (void)state;
    matches("b+", "abbc");
    does_not_match("^b+", "abbc");
    matches("", "");
}

static void the_end_is_the_end(void **state)
{
    (void)state;
    matches("^abc$", "abc");
    does_not_match("^abc$", "abc\n");
}

static void digits_and_words_are_ascii(void **state)
{
    (void)state;
    does_not_match("^\\d$", "৪");
    does_not_match("^\\w$", "é");
    matches("^\\D$", "৪");
    matches("^\\W$", "é");
    matches("^[^\\d]$", "৪");
}

static void space_is_unicode_s_and_the_byte_order_mark(void **state)
{
    (void)state;
    const char *const spaces[] = {" ", "\t", "\v", "\f", "\u00a0", "\ufeff", "\u2029", "\u2003"};
    for (size_t i = 0; i < sizeof spaces / sizeof *spaces; i++) {
        matches("^\\s$", spaces[i]);
        matches("^[\\s]$", spaces[i]);
        does_not_match("^\\S$", spaces[i]);
        does_not_match("^[\\S]$", spaces[i]);
    }
    does_not_match("^\\s$", "\u200b");
    matches("^\\S$", "\u200b");
    does_not_match("^\\s$", "x");
}

static void the_dot_is_all_but_line_ends(void **state)
{
    (void)state;
    does_not_match("^.$", "\n");
    does_not_match("^.$", "\r");
    does_not_match("^.$", "\u2028");
    matches("^.$", "\xc2\x85");
    matches("^.$", "🐲");
}

static void code_points_are_characters(void **state)
{
    (void)state;
    matches("^🐲*$", "🐲🐲");
    does_not_match("^🐲*$", "🐉");
    matches("^\\ud83d\\udc32$", "🐲");
    matches("^\\u{1F432}$", "🐲");
    matches("^[\\u{1F400}-\\u{1F4FF}]$", "🐲");
    matches("^\\x41\\u0042\\cM\\0?$", "AB\r");
}

static void properties_of_unicode(void **state)
{
    (void)state;
    matches("^\\p{Letter}+$", "Écolé");
    matches("^\\p{L}\\p{Ll}$", "Éa");
    matches("^\\p{digit}+$", "৪২");
    matches("^\\p{Nd}$", "৪");
    matches("^\\p{Script=Greek}$", "λ");
    matches("^\\p{General_Category=Uppercase_Letter}$", "Ä");
    matches("^[\\p{Lu}\\d]+$", "Ä1");
    does_not_match("^\\P{L}$", "a");
    matches("^\\p{Alphabetic}$", "x");
}

static void empty_classes_never_match_or_always(void **state)
{
    (void)state;
    does_not_match("[]", "a");
    matches("^[^]$", "\n");
    matches("^[[:digit:]]$", ":]");
}

static void groups_and_what_refers_back(void **state)
{
    (void)state;
    matches("^(a)(b)?\\2$", "a"); /* a group that took no part is empty */
    matches("^(?<x>ab)\\k<x>$", "abab");
    matches("(?<!a)b", "cb");
    does_not_match("(?<!a)b", "ab");
    matches("^(?=a)a(?!b)", "ac");
    matches("^a-b\\-[a\\-z]$", "a-b--");
}

static void what_patterns_do_not_have_is_refused(void **state)
{
    (void)state;
    const char *const wrong[] = {
        "\\a",     "\\Z",          "\\Qa\\E",      "(?>a)",      "a++", "a*+", "(?i)a", "(?#)",
        "(*FAIL)", "[b-a]",        "a{2,1}",       "(",          ")",   "[a",  "\\",    "*",
        "\\1",     "\\p{No such}", "\\p{Nothing}", "\\u{110000}"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct contract_pattern *pattern;
        char problem[300] = "";
        if (contract_pattern_new(bytes_of(wrong[i]), &pattern, problem, sizeof problem))
            fail_msg("%s should be refused", wrong[i]);
        assert_null(pattern);
        assert_true(problem[0] != '\0');
    }
}

static struct bytes repeated(char c, size_t count, char last)
{
    char *text = malloc(count);
    assert_non_null(text);
    memset(text, c, count);
    text[count - 1] = last;
    return (struct bytes){text, count};
}

static void no_pattern_stalls(void **state)
{
    (void)state;
    const char *const hostile[] = {"^(a+)+$",
                                   "^(a|a)*$",
                                   "^(a|aa)+$",
                                   "(.*)*(.*)*x",
                                   "(a*)*b",
                                   "a*a*a*a*a*[bc]",
                                   "(?=(a+)+$)b",
                                   "^(([a-z])+.)+[A-Z]([a-z])+$",
                                   "(x+x+)+y",
                                   "^(a?){40}a{40}$",
                                   "^(?:a(?:a(?:a|a)*|a)*)*$",
                                   "(?<!b)(a+)+c",
                                   "^(a*)*\\1$",
                                   "(\\w+\\s?)*$x"};
    const size_t sizes[] = {30, 1000, 5000, 200 * 1000};
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++)
        for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
            struct bytes text = repeated('a', sizes[s], '!');
            assert_int_not_equal(run(hostile[i], text), CONTRACT_MATCH);
            free((char *)(uintptr_t)text.data);
        }
}

static void long_texts_are_passed_once(void **state)
{
    (void)state;
    struct bytes text = repeated('a', 1000 * 1000, '!');
    assert_int_equal(run("^a+!$", text), CONTRACT_MATCH);
    assert_int_equal(run("a![^!]", text), CONTRACT_NO_MATCH);
    assert_int_equal(run("[a-z]*[0-9]", text), CONTRACT_NO_MATCH);
    free((char *)(uintptr_t)text.data);
}

static void too_much_work_is_an_error_that_says_so(void **state)
{
    (void)state;
    char instance[600];
    memset(instance, 'a', sizeof instance);
    instance[0] = '"';
    memcpy(instance + 590, "!\"", 3);
    const char *found = errors("{\"not\":{\"pattern\":\"^(a*)*\\\\1[bc]$\"}}", instance);
    assert_non_null(strstr(found, "too much work"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pattern_is_searched_for_anywhere),
        cmocka_unit_test(the_end_is_the_end),
        cmocka_unit_test(digits_and_words_are_ascii),
        cmocka_unit_test(space_is_unicode_s_and_the_byte_order_mark),
        cmocka_unit_test(the_dot_is_all_but_line_ends),
        cmocka_unit_test(code_points_are_characters),
        cmocka_unit_test(properties_of_unicode),
        cmocka_unit_test(empty_classes_never_match_or_always),
        cmocka_unit_test(groups_and_what_refers_back),
        cmocka_unit_test(what_patterns_do_not_have_is_refused),
        cmocka_unit_test(no_pattern_stalls),
        cmocka_unit_test(long_texts_are_passed_once),
        cmocka_unit_test(too_much_work_is_an_error_that_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
