/* Macros: names that a body knows, loops over lists and maps, errors that do not matter, and the
 * bounds of their work. */
#include "library.h"

static void conditions_over_lists_and_maps(void **state)
{
    (void)state;
    expect_true("lead.tags.all(t, size(t) > 3)");
    expect_true("lead.tags.exists(t, t == 'trial')");
    expect_true("lead.tags.exists_one(t, t.startsWith('web'))");
    expect_false("lead.tags.exists_one(t, size(t) > 3)");
    expect_true("counts.exists(region, counts[region] == 7)");
    expect_true("[].all(x, false)");
    expect_false("[].exists(x, true)");
}

static void an_element_that_decides_absorbs_the_errors_of_others(void **state)
{
    (void)state;
    expect_true("[0, 2].exists(x, 4 / x == 2)");
    expect_false("[0, 2].all(x, 4 / x == 3)");
    expect_error("[0, 2].exists(x, 4 / x == 3)", "division by zero");
    expect_error("[0, 2].all(x, 4 / x == 2)", "division by zero");
    expect_error("[2, 0].exists_one(x, 4 / x == 2)", "division by zero");
    expect_error("[0, 2].filter(x, 4 / x == 2)", "division by zero");
    expect_error("[0, 2].map(x, 4 / x)", "division by zero");
    expect_error("[1].exists(x, anything)", "no such overload: `||` on string");
}

static void lists_are_made_of_what_a_body_gives(void **state)
{
    (void)state;
    expect_true("[1, 2, 3].map(n, n * n) == [1, 4, 9]");
    expect_true("[1, 2, 3].map(n, n > 1, n * n) == [4, 9]");
    expect_true("[1, 2, 3].filter(n, n % 2 == 1) == [1, 3]");
    expect_true("counts.filter(k, counts[k] > 0) == ['emea']");
    expect_true("[[1, 2], [3]].map(l, l.map(n, n + size(l))) == [[3, 4], [4]]");
    expect_true("lead.tags.sortBy(t, size(t) * -1) == ['webinar', 'trial']");
    expect_error("[1, 'a'].sortBy(x, dyn(x))",
                 "sortBy: the keys are not all of one kind that has an order");
}

static void two_names_take_positions_or_keys_too(void **state)
{
    (void)state;
    expect_true("[5, 6].all(i, v, v == i + 5)");
    expect_true("counts.exists(k, v, k == 'emea' && v == 7)");
    expect_true("[5, 6].existsOne(i, v, i == 1)");
    expect_true("[5, 6].transformList(i, v, i > 0, v) == [6]");
    expect_true("counts.transformMap(k, v, v + 1) == {'emea': 8, 'apac': 1}");
    expect_true("['a', 'b'].transformMapEntry(i, v, {v: i}) == {'a': 0, 'b': 1}");
    expect_error("['a', 'a'].transformMapEntry(i, v, {v: i})", "repeated key in a map");
}

static void names_hide_those_outside(void **state)
{
    (void)state;
    expect_true("[1].map(limit, limit) == [1]");
    expect_true("[1].map(x, [2].map(x, x)) == [[2]]");
    expect_true("[1].map(limit, .limit) == [500]");
    expect_true("[{'country': 1}].all(lead, lead.country == 1)");
    expect_true("cel.bind(big, limit * 2, big == 1000 && cel.bind(big, 1, big == 1))");
    expect_true("cel.block([1, cel.index(0) + 1], cel.index(1) == 2)");
    expect_mistake("[1].map(x, x)[0] + x", 1, 20, "no such variable `x`");
}

static void a_bound_error_matters_only_where_it_is_used(void **state)
{
    (void)state;
    expect_true("cel.bind(x, 1 / 0, limit == 500 || x == 1)");
    expect_error("cel.bind(x, 1 / 0, x)", "division by zero");
}

static void mistakes_are_told_with_the_macro(void **state)
{
    (void)state;
    expect_mistake("lead.tags.all(1, true)", 1, 15,
                   "`all` takes the name of a variable here, such as `x`");
    expect_mistake("lead.tags.all(t, t)", 1, 18, "`all` needs a condition, a bool, not string");
    expect_mistake("limit.map(x, x)", 1, 1, "`map` needs a list or a map, not int");
    expect_mistake("[1].exists(a, a, true)", 1, 15, "`exists` needs two names, not `a` twice");
    expect_mistake("[1].transformMapEntry(i, v, v)", 1, 29,
                   "`transformMapEntry` needs a map of what is to be added, not int");
    expect_mistake("cel.bind(x, 1)", 1, 5, "`cel.bind` takes a name, a value and an expression");
    expect_mistake("limit.optMap(x, x)", 1, 1, "`optMap` needs an optional, not int");
}

static void constant_loops_are_worked_out_when_compiling(void **state)
{
    (void)state;
    const struct cel_program *program =
        compile(bytes_of("[1, 2, 3].map(x, x * 2).exists(x, x == 4)"));
    assert_int_equal(cel_evaluate(program, NULL, NULL).kind, CEL_BOOL);
}

/* Nested over one list of a hundred elements that the compiler cannot see. */
static void too_much_work_ends_in_an_error(void **state)
{
    (void)state;
    struct cel_value hundred[100], inputs[VARIABLES];
    for (size_t i = 0; i < 100; i++)
        hundred[i] = cel_int((int64_t)i);
    memcpy(inputs, values, sizeof inputs);
    inputs[ANYTHING] = (struct cel_value){CEL_LIST, 100, .items = hundred};
    const struct cel_program *program = compile(
        bytes_of("anything.all(a, anything.all(b, anything.all(c, anything.all(d, d >= 0))))"));
    struct cel_scratch scratch = {scratch_memory, sizeof scratch_memory, 0};
    struct cel_value value = cel_evaluate(program, inputs, &scratch);
    assert_int_equal(value.kind, CEL_ERROR);
    assert_true(bytes_is(value.string, "the evaluation takes too many steps"));
}

static void work_that_is_known_to_be_too_much_does_not_compile(void **state)
{
    (void)state;
    const char *list = arena_printf(&arena, "[%s0]", repeat("0,", 100).data);
    expect_code(bytes_of(arena_printf(&arena, "%s.map(a, %s.map(b, %s.map(c, a + b + limit)))",
                                      list, list, list)),
                ML_ELIMIT, 1, 627,
                "the macros around this run it 1030301 times, more than the 1000000 steps that an "
                "evaluation may take");
}

/* Twice, four times, eight times the same list: small to hold, endless to walk over. */
static void lists_that_hold_one_list_many_times_are_bounded(void **state)
{
    (void)state;
    const char *doubled = repeat("cel.bind(a, [a, a], ", 50).data;
    const char *closed = repeat(")", 50).data;
    const char *same = arena_printf(&arena, "cel.bind(a, [limit], %sa == a%s)", doubled, closed);
    expect_error(same, "the evaluation takes too many steps");
    const char *constant = arena_printf(&arena, "cel.bind(a, [1], %sa%s).size()", doubled, closed);
    expect(constant, "2");
}

/* A loop whose bodies make strings needs room for one of them only. */
static void memory_of_bodies_is_used_again(void **state)
{
    (void)state;
    struct cel_value many[200], inputs[VARIABLES];
    for (size_t i = 0; i < 200; i++)
        many[i] = values[ANYTHING];
    memcpy(inputs, values, sizeof inputs);
    inputs[ANYTHING] = (struct cel_value){CEL_LIST, 200, .items = many};
    const struct cel_program *program = compile(bytes_of("anything.all(a, a + a == 'texttext')"));
    struct cel_scratch scratch = {scratch_memory, 64, 0};
    struct cel_value value = cel_evaluate(program, inputs, &scratch);
    assert_int_equal(value.kind, CEL_BOOL);
    assert_true(value.boolean);
}

static void any_size_of_scratch_is_safe(void **state)
{
    (void)state;
    const char *source = "lead.tags.transformMapEntry(i, t, {t + 'x': lead.tags.map(u, u + t)})"
                         ".transformList(k, v, [?optional.of(k)].sortBy(x, x)[0] + v[1])[1]";
    const struct cel_program *program = compile(bytes_of(source));
    for (size_t size = 0; size < 2000; size++) {
        char *memory = test_malloc(size + 1);
        struct cel_scratch scratch = {memory, size, 0};
        struct cel_value value = cel_evaluate(program, values, &scratch);
        assert_true(value.kind == CEL_ERROR || value.kind == CEL_STRING);
        test_free(memory);
    }
    expect(source, "'webinarxwebinarwebinar'");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(conditions_over_lists_and_maps),
        TEST(an_element_that_decides_absorbs_the_errors_of_others),
        TEST(lists_are_made_of_what_a_body_gives),
        TEST(two_names_take_positions_or_keys_too),
        TEST(names_hide_those_outside),
        TEST(a_bound_error_matters_only_where_it_is_used),
        TEST(mistakes_are_told_with_the_macro),
        TEST(constant_loops_are_worked_out_when_compiling),
        TEST(too_much_work_ends_in_an_error),
        TEST(work_that_is_known_to_be_too_much_does_not_compile),
        TEST(lists_that_hold_one_list_many_times_are_bounded),
        TEST(memory_of_bodies_is_used_again),
        TEST(any_size_of_scratch_is_safe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
