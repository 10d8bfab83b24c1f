/* How tokens group, what is said about those that do not, and where the ceilings are. */
#include "unit.h"

static void products_bind_tighter_than_sums(void **state)
{
    (void)state;
    expect("2 + 3 * 4", "14");
    expect("(2 + 3) * 4", "20");
    expect("20 - 6 / 2", "17");
    expect("-2 * 3", "-6");
}

static void equal_operators_group_to_the_left(void **state)
{
    (void)state;
    expect("20 - 5 - 3", "12");
    expect("100 / 10 / 5", "2");
    expect("17 % 10 % 4", "3");
    expect_true("1 < 2 == true");
}

static void logic_binds_weakest_before_the_conditional(void **state)
{
    (void)state;
    expect_true("true || false && false");
    expect_false("(true || false) && false");
    expect_true("1 + 1 == 2 && !false");
    expect("true ? 1 : false ? 2 : 3", "1");
    expect("false ? 1 : false ? 2 : 3", "3");
    expect("false || true ? 1 : 2", "1");
}

static void prefixes_repeat(void **state)
{
    (void)state;
    expect_true("!!true");
    expect_false("!!!true");
    expect("--5", "5");
    expect("- - -5", "-5");
}

static void members_and_indexes_chain(void **state)
{
    (void)state;
    expect("[[1], [2, 3]][1][0]", "2");
    expect("lead.tags[1].size()", "7");
    expect("{'a': {'b': 5}}.a.b", "5");
    expect("lead.partner.name.contains('cm')", "true");
}

static void blanks_and_comments_do_not_matter(void **state)
{
    (void)state;
    expect(" 1\t+\n2 // and three\r\n + 3 //", "6");
    expect("lead // who\n . employees", "700");
}

static void names_may_be_reserved_or_quoted_behind_a_dot(void **state)
{
    (void)state;
    expect("{'if': 1}.if", "1");
    expect("{'utm-source': 'ad'}.`utm-source`", "'ad'");
    expect("{'a.b/c d': 2}.`a.b/c d`", "2");
    expect_mistake("if", 1, 1, "expected a value, a field or `(`, found the reserved word `if`");
    expect_mistake("`utm-source`", 1, 1,
                   "a name in back quotes stands behind a dot: lead.`utm-source`");
}

static void a_leading_dot_is_the_outermost_scope(void **state)
{
    (void)state;
    expect(".lead.employees", "700");
}

static void what_is_missing_is_named(void **state)
{
    (void)state;
    expect_mistake("", 1, 1, "the expression ends where a value, a field or `(` is needed");
    expect_mistake("1 +", 1, 4, "the expression ends where a value, a field or `(` is needed");
    expect_mistake("(1", 1, 3, "the expression ends where `)` is needed");
    expect_mistake("(1]", 1, 3, "expected `)`, found `]`");
    expect_mistake("[1 2]", 1, 4, "expected `,` or `]`, found `2`");
    expect_mistake("{1 2}", 1, 4, "expected `:` and a value, found `2`");
    expect_mistake("true ? 1", 1, 9, "the expression ends where `:` is needed");
    expect_mistake("lead.", 1, 6, "the expression ends where a field's name is needed");
    expect_mistake("size(1,)", 1, 8, "expected another argument, found `)`");
    expect_mistake("1 2", 1, 3, "expected an operator such as `&&`, found `2`");
}

static void words_of_other_languages_are_translated(void **state)
{
    (void)state;
    expect_mistake("true and false", 1, 6, "unexpected `and`; write `&&`");
    expect_mistake("true OR false", 1, 6, "unexpected `OR`; write `||`");
    expect_mistake("1 = 2", 1, 3, "`=` does not compare; write `==`");
    expect_mistake("true & false", 1, 6, "`&` is no operator; write `&&`");
    expect_mistake("true | false", 1, 6, "`|` is no operator; write `||`");
}

static void positions_count_characters_and_lines(void **state)
{
    (void)state;
    expect_mistake("'\u00e9\U0001F600' + $", 1, 8, "an unexpected character `$`");
    expect_mistake("1 +\n\n  \u00a7", 3, 3, "an unexpected character `\u00a7`");
    expect_mistake("1 + \x01", 1, 5, "an unexpected control character, 1");
}

static void source_must_be_utf8(void **state)
{
    (void)state;
    expect_mistake("'\u00e9' == '\xff'", 1, 9, "the expression is not UTF-8 here");
    expect_mistake("\xc3", 1, 1, "the expression is not UTF-8 here");
}

static void a_nul_is_a_character_like_others(void **state)
{
    (void)state;
    expect_code((struct bytes){"1 \0", 3}, ML_EINVAL, 1, 3, "an unexpected control character, 0");
    struct cel_scratch scratch = {0};
    struct cel_value value = cel_evaluate(compile((struct bytes){"'a\0b'", 5}), values, &scratch);
    assert_int_equal(value.string.size, 3);
}

static void source_has_a_ceiling(void **state)
{
    (void)state;
    struct bytes blanks = repeat(" ", CEL_SOURCE_MAX + 1);
    expect_code(blanks, ML_ELIMIT, 1, 1,
                "the expression has 65537 bytes, more than the 65536 that are allowed");
    ((char *)blanks.data)[0] = '7';
    blanks.size--;
    assert_non_null(compile(blanks));
}

static void nesting_has_a_ceiling_whatever_nests(void **state)
{
    (void)state;
    static const char *const pieces[] = {"(",       "[",      "!",   "-",   "{1:",       "size(",
                                         "true?1:", "true?(", "1+(", "[1,", "lead.tags["};
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        const struct cel_program *program = NULL;
        struct cel_diagnostic found = {0};
        assert_int_equal(cel_program_compile(&environment, repeat(pieces[i], 5000), NULL, &arena,
                                             &program, &found),
                         ML_ELIMIT);
        assert_string_equal(found.message, "the expression is nested more than 250 deep");
    }
}

static void chains_to_the_left_count_as_nesting(void **state)
{
    (void)state;
    const char *sum = arena_printf(&arena, "1%s", repeat("+1", 3000).data);
    expect_code(bytes_of(sum), ML_ELIMIT, 1, 500, "the expression is nested more than 250 deep");
    expect(arena_printf(&arena, "1%s", repeat("+1", 240).data), "241");
}

static void parentheses_nest_up_to_the_ceiling(void **state)
{
    (void)state;
    const char *open = repeat("(", 120).data, *close = repeat(")", 120).data;
    expect(arena_printf(&arena, "%s5%s", open, close), "5");
}

static void logic_of_any_length_is_flat(void **state)
{
    (void)state;
    expect_true(arena_printf(&arena, "false%s", repeat("||lead.employees==700", 2000).data));
    expect_false(arena_printf(&arena, "%sfalse", repeat("lead.employees==700&&", 2000).data));
}

static void the_number_of_parts_has_a_ceiling(void **state)
{
    (void)state;
    const char *list = arena_printf(&arena, "[%s]", repeat("1,", 20000).data);
    expect_code(bytes_of(list), ML_ELIMIT, 1, 32768,
                "the expression has more than 16384 parts; put long lists into a variable");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(products_bind_tighter_than_sums),
        TEST(equal_operators_group_to_the_left),
        TEST(logic_binds_weakest_before_the_conditional),
        TEST(prefixes_repeat),
        TEST(members_and_indexes_chain),
        TEST(blanks_and_comments_do_not_matter),
        TEST(names_may_be_reserved_or_quoted_behind_a_dot),
        TEST(a_leading_dot_is_the_outermost_scope),
        TEST(what_is_missing_is_named),
        TEST(words_of_other_languages_are_translated),
        TEST(positions_count_characters_and_lines),
        TEST(source_must_be_utf8),
        TEST(a_nul_is_a_character_like_others),
        TEST(source_has_a_ceiling),
        TEST(nesting_has_a_ceiling_whatever_nests),
        TEST(chains_to_the_left_count_as_nesting),
        TEST(parentheses_nest_up_to_the_ceiling),
        TEST(logic_of_any_length_is_flat),
        TEST(the_number_of_parts_has_a_ceiling),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
