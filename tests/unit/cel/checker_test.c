/* The first mistake is found when the policy is loaded, at its place, in words that say what to do.
 */
#include "unit.h"

static void unknown_fields_are_named_with_what_was_meant(void **state)
{
    (void)state;
    expect_mistake("lead.contry == 'DE'", 1, 6,
                   "no such field `lead.contry`, did you mean `lead.country`?");
    expect_mistake("true &&\n  has(lead.emial)", 2, 12,
                   "no such field `lead.emial`, did you mean `lead.email`?");
    expect_mistake("lead.partner.nam", 1, 14,
                   "no such field `lead.partner.nam`, did you mean `lead.partner.name`?");
    expect_mistake("lead.xyzzy", 1, 6, "no such field `lead.xyzzy`");
    expect_mistake("(true ? lead.partner : lead.company).nam", 1, 38,
                   "no such field `nam`, did you mean `name`?");
}

static void unknown_variables_are_named_with_what_was_meant(void **state)
{
    (void)state;
    expect_mistake("leed.country", 1, 1, "no such variable `leed`, did you mean `lead`?");
    expect_mistake("teritory.dach", 1, 1, "no such variable `teritory`, did you mean `territory`?");
    expect_mistake("territory.dahc", 1, 1,
                   "no such variable `territory.dahc`, did you mean `territory.dach`?");
    expect_mistake("country == 'DE'", 1, 1,
                   "no such variable `country`, did you mean `lead.country`?");
    expect_mistake("xyzzy", 1, 1, "no such variable `xyzzy`");
    expect_mistake("territory", 1, 1,
                   "no such variable `territory`, did you mean `territory.dach`?");
}

static void the_longest_dotted_name_wins(void **state)
{
    (void)state;
    expect_true("territory.nordic.big");
    expect("size(territory.nordic)", "1");
    expect("territory . nordic [0]", "'DE'");
}

static void only_records_and_maps_have_fields(void **state)
{
    (void)state;
    expect_mistake("lead.employees.size", 1, 16, "no such field `size`: int has no fields");
    expect_mistake("[1].size", 1, 5, "no such field `size`: list(int) has no fields");
}

static void comparing_names_both_types(void **state)
{
    (void)state;
    expect_mistake("lead.country < 5", 1, 14, "`<` does not compare string with int");
    expect_mistake("lead.employees == 'many'", 1, 16, "`==` does not compare int with string");
    expect_mistake("lead.tags != [1]", 1, 11, "`!=` does not compare list(string) with list(int)");
    expect_mistake("lead.tags >= lead.tags", 1, 11,
                   "`>=` does not compare list(string) with list(string)");
    expect_mistake("null < 1", 1, 6, "`<` does not compare null with int");
    expect_mistake("lead == lead.partner", 1, 6, "`==` does not compare record with record");
}

static void arithmetic_names_both_types(void **state)
{
    (void)state;
    expect_mistake("lead.country + 1", 1, 14, "`+` does not combine string with int");
    expect_mistake("lead.employees * 1u", 1, 16, "`*` does not combine int with uint");
    expect_mistake("5.0 % 2.0", 1, 5, "`%` does not combine double with double");
    expect_mistake("-'a'", 1, 1, "`-` does not apply to string");
    expect_mistake("-(1u)", 1, 1, "`-` does not apply to uint");
    expect_mistake("lead.intent * 2", 1, 13, "`*` does not combine int with double; write `2.0`");
    expect_mistake("[1] + ['a']", 1, 5, "`+` does not combine list(int) with list(string)");
}

static void logic_needs_bools(void **state)
{
    (void)state;
    expect_mistake("lead.country && true", 1, 1, "`&&` needs a bool on each side, not string");
    expect_mistake("true || true || lead.employees", 1, 17,
                   "`||` needs a bool on each side, not int");
    expect_mistake("!lead.country", 1, 1, "`!` needs a bool, not string");
    expect_mistake("lead.country ? 1 : 2", 1, 1, "the condition before `?` is string, not bool");
    expect_mistake("true ? 1 : 'a'", 1, 6, "`? :` gives int or string; both must be of one type");
}

static void membership_needs_something_to_look_in(void **state)
{
    (void)state;
    expect_mistake("'a' in 'abc'", 1, 5, "`in` looks in a list, a map or a table, not in string");
    expect_mistake("1 in lead.tags", 1, 3, "`in` never finds int in list(string)");
    expect_mistake("1 in counts", 1, 3, "`in` never finds int in map(string, int)");
}

static void indexes_fit_what_they_index(void **state)
{
    (void)state;
    expect_mistake("lead.tags['a']", 1, 10,
                   "`[]` needs an int as the position in a list, not string");
    expect_mistake("lead.employees[0]", 1, 15, "`[]` needs a list, a map or a table, not int");
    expect_mistake("counts[1]", 1, 7, "`[]` does not find in map(string, int) by int");
    expect_mistake("{[1]: 2}", 1, 2,
                   "the key of a map is a bool, int, uint or string, not list(int)");
}

static void calls_fit_a_function(void **state)
{
    (void)state;
    expect_mistake("lead.country.startWith('D')", 1, 14,
                   "no such function `startWith`, did you mean `startsWith`?");
    expect_mistake("frobnicate(1)", 1, 1, "no such function `frobnicate`");
    expect_mistake("startsWith(lead.country, 'D')", 1, 1,
                   "`startsWith` is called on a value: value.startsWith(...)");
    expect_mistake("lead.country.dyn()", 1, 14, "`dyn` is called as dyn(value), not on a value");
    expect_mistake("lead.country.contains()", 1, 14, "`contains` takes 1 argument, not 0");
    expect_mistake("size(1, 2, 3, 4, 5)", 1, 1, "`size` takes 1 argument, not 5");
    expect_mistake("lead.country.contains(1)", 1, 14, "`contains` does not take string and int");
    expect_mistake("size(5)", 1, 1, "`size` does not take int");
    expect_mistake("has(lead)", 1, 1, "`has` takes one field, such as `has(lead.email)`");
    expect_mistake("has(1 + 1)", 1, 1, "`has` takes one field, such as `has(lead.email)`");
    expect_mistake("has(lead.email, lead.tags)", 1, 1,
                   "`has` takes one field, such as `has(lead.email)`");
}

static void only_the_first_mistake_is_reported(void **state)
{
    (void)state;
    expect_mistake("lead.contry == 1 && leed.country < 2", 1, 6,
                   "no such field `lead.contry`, did you mean `lead.country`?");
}

static void long_names_are_cut_in_messages(void **state)
{
    (void)state;
    const char *name = repeat("x", 5000).data;
    expect_mistake(name, 1, 1, arena_printf(&arena, "no such variable `%s`", repeat("x", 60).data));
    expect_mistake(arena_printf(&arena, "lead.%s", name), 1, 6,
                   arena_printf(&arena, "no such field `lead.%s`", repeat("x", 55).data));
}

static enum cel_type_kind kind_of(const char *source)
{
    return cel_program_type(compile(bytes_of(source)))->kind;
}

static void every_expression_has_a_type(void **state)
{
    (void)state;
    assert_int_equal(kind_of("lead.employees + 1"), CEL_TYPE_INT);
    assert_int_equal(kind_of("lead.intent / 2.0"), CEL_TYPE_DOUBLE);
    assert_int_equal(kind_of("lead.country in territory.dach"), CEL_TYPE_BOOL);
    assert_int_equal(kind_of("has(lead.email)"), CEL_TYPE_BOOL);
    assert_int_equal(kind_of("lead.tags[0]"), CEL_TYPE_STRING);
    assert_int_equal(kind_of("counts.emea"), CEL_TYPE_INT);
    assert_int_equal(kind_of("lead.partner"), CEL_TYPE_RECORD);
    assert_int_equal(kind_of("anything + anything"), CEL_TYPE_DYN);
    assert_int_equal(kind_of("anything + 1"), CEL_TYPE_INT);
    assert_int_equal(kind_of("dyn(1)"), CEL_TYPE_DYN);
    assert_int_equal(kind_of("true ? null : 1"), CEL_TYPE_INT);
    assert_int_equal(kind_of("null"), CEL_TYPE_NULL);
    assert_int_equal(kind_of("b'a'"), CEL_TYPE_BYTES);
    assert_int_equal(kind_of("{1: 2}"), CEL_TYPE_MAP);
}

static enum cel_type_kind element_of(const char *source)
{
    const struct cel_type *type = cel_program_type(compile(bytes_of(source)));
    assert_int_equal(type->kind, CEL_TYPE_LIST);
    return type->element->kind;
}

static void lists_take_the_narrowest_type_of_their_items(void **state)
{
    (void)state;
    assert_int_equal(element_of("[1, 2]"), CEL_TYPE_INT);
    assert_int_equal(element_of("[1, null]"), CEL_TYPE_DYN);
    assert_int_equal(element_of("[1, 'a']"), CEL_TYPE_DYN);
    assert_int_equal(element_of("[] + [1]"), CEL_TYPE_INT);
    assert_int_equal(element_of("true ? [] : ['a']"), CEL_TYPE_STRING);
    assert_int_equal(element_of("[[], [1]]"), CEL_TYPE_LIST);
}

static void the_result_must_be_of_the_type_expected(void **state)
{
    (void)state;
    const struct cel_program *program;
    struct cel_diagnostic found = {0};
    assert_int_equal(cel_program_compile(&environment, bytes_of("lead.employees"), &type_bool,
                                         &arena, &program, &found),
                     ML_EINVAL);
    assert_string_equal(found.message, "this is int, but bool is needed here");
    assert_int_equal(found.position.column, 1);
    assert_int_equal(cel_program_compile(&environment, bytes_of("lead.employees > 1"), &type_bool,
                                         &arena, &program, &found),
                     0);
    assert_int_equal(
        cel_program_compile(&environment, bytes_of("anything"), &type_bool, &arena, &program, NULL),
        0);
}

static void a_diagnostic_is_optional(void **state)
{
    (void)state;
    const struct cel_program *program;
    assert_int_equal(
        cel_program_compile(&environment, bytes_of("1 +"), NULL, &arena, &program, NULL),
        ML_EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(unknown_fields_are_named_with_what_was_meant),
        TEST(unknown_variables_are_named_with_what_was_meant),
        TEST(the_longest_dotted_name_wins),
        TEST(only_records_and_maps_have_fields),
        TEST(comparing_names_both_types),
        TEST(arithmetic_names_both_types),
        TEST(logic_needs_bools),
        TEST(membership_needs_something_to_look_in),
        TEST(indexes_fit_what_they_index),
        TEST(calls_fit_a_function),
        TEST(only_the_first_mistake_is_reported),
        TEST(long_names_are_cut_in_messages),
        TEST(every_expression_has_a_type),
        TEST(lists_take_the_narrowest_type_of_their_items),
        TEST(the_result_must_be_of_the_type_expected),
        TEST(a_diagnostic_is_optional),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
