/* A buffer grows to its ceiling and not one byte further; overflow is remembered, content kept. */
#include "base/buffer.h"

#include "unit.h"

static void assert_content(struct buffer *buffer, const char *expected)
{
    assert_int_equal(buffer->size, strlen(expected));
    assert_string_equal(buffer_string(buffer), expected);
    assert_true(bytes_is(buffer_bytes(buffer), expected));
}

static void a_new_buffer_is_empty_and_owns_nothing(void **state)
{
    (void)state;
    struct buffer buffer;
    buffer_init(&buffer, 100);
    assert_content(&buffer, "");
    assert_null(buffer.data);
    assert_false(buffer.overflow);
    buffer_release(&buffer);
}

static void pieces_are_joined_in_order(void **state)
{
    (void)state;
    struct buffer buffer;
    buffer_init(&buffer, 1000);
    buffer_append(&buffer, "lead", 4);
    buffer_append_char(&buffer, ' ');
    buffer_append_bytes(&buffer, BYTES_LITERAL("L1024"));
    buffer_printf(&buffer, " -> %s (%d)", "rep", 7);
    assert_content(&buffer, "lead L1024 -> rep (7)");
    assert_false(buffer.overflow);
    buffer_release(&buffer);
}

static void nothing_may_be_appended(void **state)
{
    (void)state;
    struct buffer buffer;
    buffer_init(&buffer, 0);
    buffer_append(&buffer, NULL, 0);
    buffer_append_bytes(&buffer, (struct bytes){NULL, 0});
    buffer_printf(&buffer, "%s", "");
    assert_false(buffer.overflow);
    assert_content(&buffer, "");
    buffer_release(&buffer);
}

static void binary_content_is_kept(void **state)
{
    (void)state;
    struct buffer buffer;
    buffer_init(&buffer, 16);
    buffer_append(&buffer, "a\0b", 3);
    assert_int_equal(buffer.size, 3);
    assert_memory_equal(buffer.data, "a\0b", 3);
    buffer_release(&buffer);
}

static void every_ceiling_is_reached_exactly(void **state)
{
    (void)state;
    for (size_t ceiling = 0; ceiling < 1200; ceiling++) {
        struct buffer buffer;
        buffer_init(&buffer, ceiling);
        for (size_t i = 0; i < ceiling; i++)
            buffer_append_char(&buffer, 'x');
        assert_int_equal(buffer.size, ceiling);
        assert_false(buffer.overflow);
        assert_int_equal(strlen(buffer_string(&buffer)), ceiling);
        buffer_append_char(&buffer, 'y');
        assert_true(buffer.overflow);
        assert_int_equal(buffer.size, ceiling);
        assert_true(buffer.capacity <= ceiling + 1);
        buffer_release(&buffer);
    }
}

static void a_write_past_the_ceiling_leaves_the_content_as_it_was(void **state)
{
    (void)state;
    struct buffer buffer;
    buffer_init(&buffer, 5);
    buffer_append(&buffer, "abc", 3);
    buffer_append(&buffer, "def", 3);
    assert_true(buffer.overflow);
    assert_content(&buffer, "abc");
    buffer_printf(&buffer, "%d", 123456);
    assert_content(&buffer, "abc");
    buffer_release(&buffer);
}

static void overflow_is_remembered_even_by_writes_that_would_fit(void **state)
{
    (void)state;
    struct buffer buffer;
    buffer_init(&buffer, 5);
    buffer_append(&buffer, "too long", 8);
    buffer_append_char(&buffer, 'x');
    assert_true(buffer.overflow);
    assert_content(&buffer, "");
    buffer_release(&buffer);
}

static void clear_forgets_content_and_overflow_and_keeps_memory(void **state)
{
    (void)state;
    struct buffer buffer;
    buffer_init(&buffer, 5);
    buffer_append(&buffer, "abc", 3);
    char *data = buffer.data;
    buffer_append(&buffer, "defghi", 6);
    buffer_clear(&buffer);
    assert_false(buffer.overflow);
    buffer_append(&buffer, "12345", 5);
    assert_content(&buffer, "12345");
    assert_ptr_equal(buffer.data, data);
    buffer_release(&buffer);
}

static void reserved_room_is_committed_in_parts(void **state)
{
    (void)state;
    struct buffer buffer;
    buffer_init(&buffer, 1000);
    char *room = buffer_reserve(&buffer, 600);
    assert_non_null(room);
    memcpy(room, "abcdef", 6);
    buffer_commit(&buffer, 6);
    assert_content(&buffer, "abcdef");
    assert_non_null(buffer_reserve(&buffer, 994));
    assert_null(buffer_reserve(&buffer, 995));
    assert_true(buffer.overflow);
    buffer_release(&buffer);
}

static void a_size_near_the_top_of_size_t_does_not_wrap(void **state)
{
    (void)state;
    struct buffer buffer;
    buffer_init(&buffer, 1000);
    buffer_append_char(&buffer, 'x');
    assert_null(buffer_reserve(&buffer, SIZE_MAX));
    assert_true(buffer.overflow);
    assert_content(&buffer, "x");
    buffer_release(&buffer);
}

static void a_released_buffer_keeps_its_ceiling(void **state)
{
    (void)state;
    struct buffer buffer;
    buffer_init(&buffer, 3);
    buffer_append(&buffer, "abc", 3);
    buffer_release(&buffer);
    assert_content(&buffer, "");
    buffer_append(&buffer, "abcd", 4);
    assert_true(buffer.overflow);
    buffer_release(&buffer);
    buffer_release(&buffer);
}

static void commit_more_than_reserved(void)
{
    struct buffer buffer;
    buffer_init(&buffer, 1000000);
    buffer_reserve(&buffer, 10);
    buffer_commit(&buffer, 100000);
}

static void committing_more_than_was_reserved_aborts(void **state)
{
    (void)state;
    assert_panics(commit_more_than_reserved, "assertion failed");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_buffer_is_empty_and_owns_nothing),
        cmocka_unit_test(pieces_are_joined_in_order),
        cmocka_unit_test(nothing_may_be_appended),
        cmocka_unit_test(binary_content_is_kept),
        cmocka_unit_test(every_ceiling_is_reached_exactly),
        cmocka_unit_test(a_write_past_the_ceiling_leaves_the_content_as_it_was),
        cmocka_unit_test(overflow_is_remembered_even_by_writes_that_would_fit),
        cmocka_unit_test(clear_forgets_content_and_overflow_and_keeps_memory),
        cmocka_unit_test(reserved_room_is_committed_in_parts),
        cmocka_unit_test(a_size_near_the_top_of_size_t_does_not_wrap),
        cmocka_unit_test(a_released_buffer_keeps_its_ceiling),
        cmocka_unit_test(committing_more_than_was_reserved_aborts),
    };
    return cmocka_run_group_tests_name("base_buffer", tests, NULL, NULL);
}
