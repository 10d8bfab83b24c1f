/* matches(): the syntax of RE2, searched for anywhere, in bounded work. */
#include "library.h"

static void a_pattern_is_searched_for_anywhere(void **state)
{
    (void)state;
    expect_true("'abcd'.matches('bc') && matches('abcd', 'bc')");
    expect_true("'cows'.matches('') && ''.matches('') && ''.matches('^$')");
    expect_true("'grey'.matches('gr(a|e)y') && !'groy'.matches('gr(a|e)y')");
    expect_true("'hello'.matches('^he') && !'hello'.matches('^el')");
    expect_true("'hello'.matches('lo$') && !'hello\\n'.matches('lo$')");
    expect_true("!'a\\nb'.matches('a.b') && 'a\\nb'.matches('(?s)a.b')");
    expect_true("'a\\nb'.matches('(?m)^b$') && 'ABC'.matches('(?i)abc')");
    expect_true("'aBc'.matches('a(?i:b)c') && !'ABC'.matches('a(?i:b)c')");
    expect_true("'someone@example.com'.matches('^[a-zA-Z0-9._%+-]+@[a-z0-9.-]+\\\\.[a-z]{2,}$')");
    expect_true("'+49 89 1234'.matches(r'^\\+\\d{1,3}( \\d+)+$')");
}

static void characters_are_code_points(void **state)
{
    (void)state;
    expect_true("'\U0001F431\U0001F600\U0001F600'.matches('(a|\U0001F600){2}')");
    expect_true("'\u00e9'.matches('^.$') && '\u03a9'.matches(r'^\\p{Greek}$')");
    expect_true("'a\u00e9\u00e9b'.matches('^a\u00e9+b$') && '\u00c9'.matches('(?i)^\u00e9$')");
}

static void every_item_may_be_repeated(void **state)
{
    (void)state;
    static const char *const sources[] = {
        "'aXXb'.matches(r'^aX+b$')",        "'aXXb'.matches(r'^aX+?b$')",
        "'aXXb'.matches(r'^a\\x58+b$')",    "'aXXb'.matches(r'^a\\x{58}+b$')",
        "'aXXb'.matches(r'^a\\pL+b$')",     "'aXXb'.matches(r'^a\\p{Lu}+b$')",
        "'aXXb'.matches(r'^a[^a-z]+b$')",   "'aXXb'.matches(r'^a[[:upper:]]+b$')",
        "'aXXb'.matches(r'^a.+b$')",        "'aXXb'.matches(r'^a\\w+b$')",
        "'aXXb'.matches(r'^a(X)+b$')",      "'aXXb'.matches(r'^aX{1,}b$')",
        "'aXXb'.matches(r'^aX{2}b$')",      "'aXXb'.matches(r'^aX*?X{0,3}b?$')",
        "'a..b'.matches(r'^a\\Q.\\E+b$')",  "'a.*b'.matches(r'^a\\Q.*\\Eb$')",
        "'a.*'.matches(r'^a\\Q.*')",        "'a]]c'.matches(r'^a[]]+c$')",
        "'x{,3}'.matches(r'^x{,3}$')",      "'x{a'.matches(r'x{a')",
        "'(+)'.matches(r'^\\(\\+\\)$')",    "'abab'.matches(r'^(?P<two>ab)+$')",
        "'abab'.matches(r'^(?<two>ab)+$')", "'a-b'.matches(r'^a[+-]b$')",
    };
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++)
        expect_true(sources[i]);
    expect_false("'ab'.matches(r'^a\\Q.\\E+b$') || ''.matches('^a+$') || 'ab'.matches('^aX+b$')");
}

/* Given to the expression as a value, so that it is a mistake when it runs. */
static const char *match_printed(struct bytes pattern, struct bytes text)
{
    struct cel_value held[VARIABLES];
    memcpy(held, values, sizeof held);
    held[ANYTHING] = (struct cel_value){.kind = CEL_STRING, .string = text};
    held[HELD] = (struct cel_value){.kind = CEL_STRING, .string = pattern};
    struct cel_scratch scratch = {scratch_memory, sizeof scratch_memory, 0};
    struct cel_value value =
        cel_evaluate(compile(bytes_of("anything.matches(held)")), held, &scratch);
    return value.kind == CEL_BOOL ? value.boolean ? "true" : "false"
                                  : arena_printf(&arena, "%.*s", BYTES_ARG(value.string));
}

static void patterns_of_another_syntax_are_errors(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "(a",
        "a)",
        "a)b(c",
        "[a",
        "[^]",
        "[[:alpha:]",
        "\\",
        "[\\",
        "a**",
        "a++",
        "a?+",
        "a{2}{3}",
        "a*{2}",
        "+",
        "^*",
        "a|*",
        "(*ACCEPT)",
        "(?=a)",
        "(?!a)",
        "(?<=a)",
        "(?<!a)",
        "(?>a)",
        "(?#a)",
        "(?|a)",
        "(?R)",
        "(?1)",
        "(?&a)",
        "(?P=a)",
        "(?P>a)",
        "(?(1)a)",
        "(?C)",
        "(?x)a b",
        "(?i",
        "(?",
        "(?P<a",
        "(a)\\1",
        "\\g1",
        "\\k<a>",
        "\\K",
        "\\R",
        "\\X",
        "\\C",
        "\\G",
        "\\Z",
        "\\x{zz}",
        "\\p{Nope}",
        "(((a{1,100}){1,100}){1,100})",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const char *printed = match_printed(bytes_of(bad[i]), BYTES_LITERAL("text"));
        if (strncmp(printed, "invalid pattern \"", 17) != 0)
            fail_msg("\"%s\" gives %s", bad[i], printed);
    }
    assert_string_equal(match_printed(BYTES_LITERAL("\u00e9(a"), BYTES_LITERAL("a")),
                        "invalid pattern \"\u00e9(a\", character 3: a ( without its )");
}

static void hostile_patterns_are_bounded(void **state)
{
    (void)state;
    static const char *const patterns[] = {
        "(a|a|aa)+$x",     "((a*)*)*b",         "(a?){300}b",       "(.*)(.*)(.*)(.*)x",
        "(a+)+(a+)+$x",    "([a-z]+)*!",        "(a{0,50}){0,50}b", ".{1,500}b",
        "((((a*)*)*)*)*b", "(?i)(\\w+\\s?)+$!", "(|a)+b",           "(.*a){20}b",
    };
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++)
        for (size_t size = 10; size <= 40000; size *= 8) {
            const char *printed = match_printed(bytes_of(patterns[i]), repeat("a", size));
            if (strcmp(printed, "false") != 0 &&
                strncmp(printed, "matches: the pattern takes too much work", 40) != 0)
                fail_msg("\"%s\" on %zu gives %s", patterns[i], size, printed);
        }
    struct bytes deep = repeat("(", 900);
    assert_int_equal(strncmp(match_printed(deep, deep), "invalid pattern", 15), 0);
    struct bytes wide = repeat("a+", 10000);
    assert_int_equal(strncmp(match_printed(wide, wide), "the pattern", 11), 0);
}

static void long_texts_are_searched_in_one_pass(void **state)
{
    (void)state;
    struct bytes text = repeat("word ", 12000);
    assert_string_equal(match_printed(BYTES_LITERAL("(\\w+\\s)+$"), text), "true");
    assert_string_equal(match_printed(BYTES_LITERAL(".+@.+"), text), "false");
    assert_string_equal(match_printed(BYTES_LITERAL("[^,]+,"), text), "false");
}

static void text_that_is_no_utf_8_is_an_error(void **state)
{
    (void)state;
    assert_string_equal(match_printed(BYTES_LITERAL("a"), BYTES_LITERAL("a\xFF")),
                        "matches: the text is not valid UTF-8");
}

/* The pattern as a constant, in the other way of matching: "true", "false" or "invalid pattern". */
static const char *match_constant(struct bytes pattern, struct bytes text)
{
    char literal[4 * 24 + 1] = "";
    for (size_t i = 0; i < pattern.size; i++)
        (void)snprintf(literal + 4 * i, 5, "\\x%02x", (unsigned char)pattern.data[i]);
    const char *source = arena_printf(&arena, "anything.matches('%s')", literal);
    const struct cel_program *program = NULL;
    if (cel_program_compile(&environment, bytes_of(source), NULL, &arena, &program, NULL) != 0)
        return "invalid pattern";
    struct cel_value held[VARIABLES];
    memcpy(held, values, sizeof held);
    held[ANYTHING] = (struct cel_value){.kind = CEL_STRING, .string = text};
    struct cel_value value = cel_evaluate(program, held, NULL);
    assert_int_equal(value.kind, CEL_BOOL);
    return value.boolean ? "true" : "false";
}

static void patterns_of_any_kind_match_both_ways(void **state)
{
    (void)state;
    static const char alphabet[] = "aab()[]{}|*+?.^$\\-:,<>=!QEPpxd01i";
    uint64_t seed = 7;
    int matched = 0;
    for (int i = 0; i < 20000; i++) {
        char pattern[24];
        size_t size = 0;
        while (size < sizeof pattern) {
            seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            pattern[size++] = alphabet[(seed >> 33) % (sizeof alphabet - 1)];
            if ((seed >> 50) % 8 == 0)
                break;
        }
        struct bytes text = BYTES_LITERAL("ab+\u00e9aa0");
        const char *printed = match_printed((struct bytes){pattern, size}, text);
        const char *constant = match_constant((struct bytes){pattern, size}, text);
        if (strncmp(printed, constant, strlen(constant)) != 0)
            fail_msg("\"%.*s\" gives %s and, as a constant, %s", (int)size, pattern, printed,
                     constant);
        matched += strcmp(printed, "true") == 0;
        if (i % 500 == 0) {
            arena_release(&arena);
            arena_init(&arena);
        }
    }
    assert_true(matched > 1000);
}

static void invalid_utf_8_in_a_pattern_is_an_error(void **state)
{
    (void)state;
    const char *printed = match_printed(BYTES_LITERAL("a\xC3"), BYTES_LITERAL("a"));
    assert_int_equal(strncmp(printed, "invalid pattern", 15), 0);
}

static void a_constant_pattern_is_compiled_with_the_program(void **state)
{
    (void)state;
    const struct cel_program *program = compile(bytes_of("lead.country.matches('^D[EK]$')"));
    for (int i = 0; i < 3; i++) { /* without any scratch */
        struct cel_value value = cel_evaluate(program, values, NULL);
        assert_true(value.kind == CEL_BOOL && value.boolean);
    }
    expect_false("'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'.matches('^((a*)*)*$b')");
    expect_mistake("lead.country.matches('(a')", 1, 22,
                   "invalid pattern \"(a\", character 2: a ( without its )");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_pattern_is_searched_for_anywhere),
        TEST(characters_are_code_points),
        TEST(every_item_may_be_repeated),
        TEST(patterns_of_another_syntax_are_errors),
        TEST(hostile_patterns_are_bounded),
        TEST(long_texts_are_searched_in_one_pass),
        TEST(text_that_is_no_utf_8_is_an_error),
        TEST(patterns_of_any_kind_match_both_ways),
        TEST(invalid_utf_8_in_a_pattern_is_an_error),
        TEST(a_constant_pattern_is_compiled_with_the_program),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
