/* The core functions on text and collections, and what they do when memory runs out. */
#include "unit.h"

static void size_counts_characters_bytes_and_items(void **state)
{
    (void)state;
    expect("size('\u00e9\U0001F600x')", "3");
    expect("'abc'.size()", "3");
    expect("size(b'\u00e9')", "2");
    expect("lead.tags.size()", "2");
    expect("size(counts)", "2");
    expect("size(dyn('ab'))", "2");
    expect_error("size(dyn(1))", "no such overload: `size` on int");
}

static void text_is_searched_at_both_ends_and_inside(void **state)
{
    (void)state;
    expect_true("'foobar'.startsWith('foo') && 'foobar'.endsWith('bar')");
    expect_false("'foobar'.startsWith('bar') || 'foobar'.endsWith('foo')");
    expect_true("'foobar'.contains('oba') && !'foobar'.contains('abo')");
    expect_true("''.contains('') && 'a'.startsWith('') && 'a'.endsWith('')");
    expect_false("''.contains('a') || ''.startsWith('a') || ''.endsWith('a')");
    expect_false("'ab'.contains('abc') || 'bc'.endsWith('abc') || 'ab'.startsWith('abc')");
}

static void null_and_absent_arguments_are_errors(void **state)
{
    (void)state;
    expect_error("lead.email.contains('x')", "no such key: lead.email");
    expect_error("dyn(null).contains('x')", "no such overload: `contains` on null and string");
}

static void results_live_in_the_scratch(void **state)
{
    (void)state;
    struct cel_scratch scratch = {scratch_memory, sizeof scratch_memory, 77};
    const struct cel_program *program = compile(bytes_of("lead.country + '-' + lead.country"));
    struct cel_value value = cel_evaluate(program, values, &scratch);
    assert_int_equal(value.kind, CEL_STRING);
    assert_true(bytes_is(value.string, "DE-DE"));
    assert_in_range((uintptr_t)value.string.data, (uintptr_t)scratch_memory,
                    (uintptr_t)scratch_memory + scratch.used);
    size_t used = scratch.used;
    cel_evaluate(program, values, &scratch);
    assert_int_equal(scratch.used, used);
}

/* Every size up to the one that suffices: an error, never a write outside. */
static void running_out_of_scratch_is_an_error(void **state)
{
    (void)state;
    static const char *const sources[] = {
        "lead.country + lead.country == 'DEDE'", "[limit, limit] + [1] == [500, 500, 1]",
        "lead.country.lowerAscii() == 'de'", "{'a': limit}.a == 500"};
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
        const struct cel_program *program = compile(bytes_of(sources[i]));
        bool enough = false;
        for (size_t size = 0; size < 400; size++) {
            char *memory = size > 0 ? test_malloc(size) : NULL;
            struct cel_scratch scratch = {memory, size, 0};
            struct cel_value value = cel_evaluate(program, values, &scratch);
            if (value.kind == CEL_ERROR)
                assert_true(
                    bytes_is(value.string, "the result does not fit the memory of an evaluation"));
            else
                assert_true(value.kind == CEL_BOOL && value.boolean);
            assert_true(!enough || value.kind == CEL_BOOL);
            enough = value.kind == CEL_BOOL;
            test_free(memory);
        }
        assert_true(enough);
    }
}

static void conditions_need_no_scratch(void **state)
{
    (void)state;
    const struct cel_program *program =
        compile(bytes_of("lead.country in ['DE'] && lead.employees >= 500 && has(lead.vip)"));
    struct cel_value value = cel_evaluate(program, values, NULL);
    assert_true(value.kind == CEL_BOOL && value.boolean);
    value = cel_evaluate(compile(bytes_of("!anything")), values, NULL);
    assert_true(value.kind == CEL_ERROR && bytes_is(value.string, "no such overload"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(size_counts_characters_bytes_and_items),
        TEST(text_is_searched_at_both_ends_and_inside),
        TEST(null_and_absent_arguments_are_errors),
        TEST(results_live_in_the_scratch),
        TEST(running_out_of_scratch_is_an_error),
        TEST(conditions_need_no_scratch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
