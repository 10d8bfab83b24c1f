/* An arena hands out aligned memory that lives until the arena is released or reset. */
#include "base/arena.h"

#include "unit.h"

#include <stdalign.h>

static int with_arena(void **state)
{
    static struct arena arena;
    arena_init(&arena);
    *state = &arena;
    return 0;
}

static int without_arena(void **state)
{
    arena_release(*state);
    return 0;
}

static void memory_is_aligned_for_any_type(void **state)
{
    struct arena *arena = *state;
    for (size_t size = 0; size < 200; size++) {
        void *memory = arena_alloc(arena, size);
        assert_non_null(memory);
        assert_int_equal((uintptr_t)memory % alignof(max_align_t), 0);
    }
}

static void pieces_never_overlap(void **state)
{
    struct arena *arena = *state;
    enum { PIECES = 500 };
    unsigned char *pieces[PIECES];
    size_t sizes[PIECES];
    uint64_t seed = 1;
    for (size_t i = 0; i < PIECES; i++) {
        sizes[i] = random_next(&seed) % 9000;
        pieces[i] = arena_alloc(arena, sizes[i]);
        memset(pieces[i], (int)(i & 0xFF), sizes[i]);
    }
    for (size_t i = 0; i < PIECES; i++)
        for (size_t j = 0; j < sizes[i]; j++)
            assert_int_equal(pieces[i][j], i & 0xFF);
}

static void a_piece_may_be_larger_than_any_chunk(void **state)
{
    struct arena *arena = *state;
    size_t size = 5 * 1024 * 1024;
    char *large = arena_alloc(arena, size);
    memset(large, 'x', size);
    char *small = arena_alloc(arena, 10);
    memset(small, 'y', 10);
    assert_int_equal(large[0], 'x');
    assert_int_equal(large[size - 1], 'x');
    assert_true(arena->used >= size + 10);
}

static void an_array_grows_and_keeps_what_is_in_it(void **state)
{
    struct arena *arena = *state;
    uint32_t *numbers = NULL;
    size_t capacity = 0;
    for (uint32_t i = 0; i < 1000; i++) {
        numbers = arena_grow(arena, numbers, i, &capacity, sizeof *numbers);
        assert_true(capacity > i);
        numbers[i] = i;
    }
    for (uint32_t i = 0; i < 1000; i++)
        assert_int_equal(numbers[i], i);
    assert_ptr_equal(arena_grow(arena, numbers, capacity - 1, &capacity, sizeof *numbers), numbers);
}

static void zalloc_and_array_are_zeroed_even_in_reused_memory(void **state)
{
    struct arena *arena = *state;
    memset(arena_alloc(arena, 2000), 0xFF, 2000);
    arena_reset(arena);
    unsigned char *zeroed = arena_zalloc(arena, 1000);
    uint32_t *numbers = arena_array(arena, 250, sizeof *numbers);
    for (size_t i = 0; i < 1000; i++)
        assert_int_equal(zeroed[i], 0);
    for (size_t i = 0; i < 250; i++)
        assert_int_equal(numbers[i], 0);
}

static void an_array_of_nothing_is_allowed(void **state)
{
    assert_non_null(arena_array(*state, 0, 8));
    assert_non_null(arena_array(*state, 8, 0));
}

static void reset_keeps_a_chunk_for_reuse(void **state)
{
    struct arena *arena = *state;
    void *first = arena_alloc(arena, 100);
    assert_true(arena->used >= 100);
    arena_reset(arena);
    assert_int_equal(arena->used, 0);
    assert_ptr_equal(arena_alloc(arena, 100), first);
}

static void reset_gives_back_a_large_chunk(void **state)
{
    struct arena *arena = *state;
    arena_alloc(arena, 1024 * 1024);
    arena_reset(arena);
    assert_null(arena->chunks);
    assert_int_equal(arena->used, 0);
    assert_non_null(arena_alloc(arena, 1));
}

static void reset_of_a_fresh_arena_does_nothing(void **state)
{
    arena_reset(*state);
    arena_reset(*state);
    assert_non_null(arena_alloc(*state, 1));
}

static void a_released_arena_may_be_used_again(void **state)
{
    struct arena *arena = *state;
    arena_alloc(arena, 100);
    arena_release(arena);
    assert_int_equal(arena->used, 0);
    memset(arena_alloc(arena, 100), 1, 100);
    arena_release(arena);
    arena_release(arena);
}

static void a_copy_is_apart_from_its_source_and_ends_in_nul(void **state)
{
    char source[] = "ab\0cd";
    struct bytes copy = arena_copy(*state, (struct bytes){source, 5});
    source[0] = 'z';
    assert_int_equal(copy.size, 5);
    assert_memory_equal(copy.data, "ab\0cd", 6);
    struct bytes empty = arena_copy(*state, (struct bytes){NULL, 0});
    assert_int_equal(empty.size, 0);
    assert_string_equal(empty.data, "");
}

static void string_and_printf_give_terminated_text(void **state)
{
    assert_string_equal(arena_string(*state, BYTES_LITERAL("lead")), "lead");
    assert_string_equal(arena_printf(*state, "%s-%d", "L", 1024), "L-1024");
    assert_string_equal(arena_printf(*state, "%s", ""), "");
    const char *padded = arena_printf(*state, "%10000d", 7);
    assert_int_equal(strlen(padded), 10000);
}

static void overflow_size(void)
{
    struct arena arena;
    arena_init(&arena);
    arena_alloc(&arena, SIZE_MAX);
}

static void overflow_product(void)
{
    struct arena arena;
    arena_init(&arena);
    arena_array(&arena, SIZE_MAX / 2, 3);
}

static void sizes_that_overflow_abort(void **state)
{
    (void)state;
    assert_panics(overflow_size, "assertion failed");
    assert_panics(overflow_product, "assertion failed");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(memory_is_aligned_for_any_type, with_arena, without_arena),
        cmocka_unit_test_setup_teardown(pieces_never_overlap, with_arena, without_arena),
        cmocka_unit_test_setup_teardown(a_piece_may_be_larger_than_any_chunk, with_arena,
                                        without_arena),
        cmocka_unit_test_setup_teardown(an_array_grows_and_keeps_what_is_in_it, with_arena,
                                        without_arena),
        cmocka_unit_test_setup_teardown(zalloc_and_array_are_zeroed_even_in_reused_memory,
                                        with_arena, without_arena),
        cmocka_unit_test_setup_teardown(an_array_of_nothing_is_allowed, with_arena, without_arena),
        cmocka_unit_test_setup_teardown(reset_keeps_a_chunk_for_reuse, with_arena, without_arena),
        cmocka_unit_test_setup_teardown(reset_gives_back_a_large_chunk, with_arena, without_arena),
        cmocka_unit_test_setup_teardown(reset_of_a_fresh_arena_does_nothing, with_arena,
                                        without_arena),
        cmocka_unit_test_setup_teardown(a_released_arena_may_be_used_again, with_arena,
                                        without_arena),
        cmocka_unit_test_setup_teardown(a_copy_is_apart_from_its_source_and_ends_in_nul, with_arena,
                                        without_arena),
        cmocka_unit_test_setup_teardown(string_and_printf_give_terminated_text, with_arena,
                                        without_arena),
        cmocka_unit_test(sizes_that_overflow_abort),
    };
    return cmocka_run_group_tests_name("base_arena", tests, NULL, NULL);
}
