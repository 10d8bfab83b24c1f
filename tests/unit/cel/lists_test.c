/* The lists and sets extensions. */
#include "library.h"

static void parts_of_a_list_are_lists(void **state)
{
    (void)state;
    expect_true("[1, 2, 3, 4].slice(1, 3) == [2, 3] && [1].slice(1, 1) == []");
    expect_true("[1, 2, 2, 3, 3.0, 3u].distinct() == [1, 2, 3]");
    expect_true("['b', 'b', 'c', 'a', 'c'].distinct() == ['b', 'c', 'a'] && [].distinct() == []");
    expect_true("[1, [2, [3, 4]], [], [5]].flatten() == [1, 2, [3, 4], 5]");
    expect_true("[1, [2, [3, [4]]]].flatten(2) == [1, 2, 3, [4]] && [[1]].flatten(0) == [[1]]");
    static const char *const bad[] = {"[1, 2].slice(-1, 1)", "[1, 2].slice(2, 1)",
                                      "[1, 2].slice(0, 3)", "[1].flatten(-1)"};
    EXPECT_ERRORS(bad);
}

static void lists_are_put_in_order(void **state)
{
    (void)state;
    expect_true("lists.range(4) == [0, 1, 2, 3] && lists.range(0) == [] && lists.range(-1) == []");
    expect_true("[5, 3, 1, 2].reverse() == [2, 1, 3, 5] && [].reverse() == []");
    expect_true("[3, 2, 1, 2].sort() == [1, 2, 2, 3] && [].sort() == [] && [1].sort() == [1]");
    expect_true("['b', 'c', 'a', ''].sort() == ['', 'a', 'b', 'c']");
    expect_true("[timestamp(3), timestamp(1)].sort() == [timestamp(1), timestamp(3)]");
    expect_true("[true, false].sort() == [false, true]");
    expect_true("[9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 10].sort() == lists.range(11)");
    static const char *const bad[] = {"[1, dyn('b')].sort()", "[[1, 2]].sort()",
                                      "[1, dyn(2.0)].sort()", "lists.range(1000000)",
                                      "lists.range(9223372036854775807)"};
    EXPECT_ERRORS(bad);
}

static void lists_are_sets_by_equality(void **state)
{
    (void)state;
    expect_true("sets.contains([], []) && !sets.contains([], [1])");
    expect_true("sets.contains([1, 2, 3, 4], [2, 3]) && !sets.contains([1], [1, 2])");
    expect_true("sets.equivalent([1], [1, 1]) && sets.equivalent([], [])");
    expect_true("!sets.equivalent([1, 2], [1]) && !sets.equivalent([1], [1, 2])");
    expect_true("sets.intersects([1, 2], [2, 3]) && !sets.intersects([1], [])");
    expect_true("sets.intersects([[1], [2, 3]], [[1, 2], [2, 3]])");
    expect_true("sets.contains(territory.dach, [lead.country])");
}

static void long_lists_are_not_compared_each_with_each(void **state)
{
    (void)state;
    enum { COUNT = 2000 };
    struct cel_value items[COUNT], held[VARIABLES];
    for (int i = 0; i < COUNT; i++)
        items[i] = (struct cel_value){.kind = CEL_INT, .integer = i};
    memcpy(held, values, sizeof held);
    held[ANYTHING] = (struct cel_value){.kind = CEL_LIST, .count = COUNT, .items = items};
    static const char *const sources[] = {
        "sets.contains(anything, anything)", "sets.equivalent(anything, anything)",
        "sets.intersects(anything, anything)", "anything.distinct().size() > 0"};
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
        struct cel_scratch scratch = {scratch_memory, sizeof scratch_memory, 0};
        struct cel_value value = cel_evaluate(compile(bytes_of(sources[i])), held, &scratch);
        assert_int_equal(value.kind, CEL_ERROR);
        assert_non_null(memmem(value.string.data, value.string.size, "too long", 8));
    }
    struct cel_scratch scratch = {scratch_memory, sizeof scratch_memory, 0};
    struct cel_value value =
        cel_evaluate(compile(bytes_of("sets.contains(anything, [1, 1999])")), held, &scratch);
    assert_true(value.kind == CEL_BOOL && value.boolean);
}

static void results_need_room(void **state)
{
    (void)state;
    expect_any_scratch("lead.tags.reverse().sort().distinct().join('+')",
                       BYTES_LITERAL("trial+webinar"));
    expect_any_scratch("[lead.tags, ['x']].flatten().join('+')", BYTES_LITERAL("trial+webinar+x"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(parts_of_a_list_are_lists),  TEST(lists_are_put_in_order),
        TEST(lists_are_sets_by_equality), TEST(long_lists_are_not_compared_each_with_each),
        TEST(results_need_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
