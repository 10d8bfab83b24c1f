/* The link of the chain depends on the link before and on every field of the record, so that
 * nothing in the history can be changed without all later links telling. */
#include "support.h"

static struct journal_record sample(void)
{
    return (struct journal_record){
        .seq = 7,
        .time_us = 1700000000000000,
        .type = BYTES_LITERAL("lead.captured"),
        .subject = BYTES_LITERAL("L7"),
        .data = BYTES_LITERAL("{\"email\":\"a@example.com\"}"),
    };
}

static bool differs(const struct hash256 *previous, const struct journal_record *record)
{
    struct hash256 zero = {0};
    struct journal_record original = sample();
    struct hash256 before = journal_record_hash(&zero, &original);
    struct hash256 after = journal_record_hash(previous, record);
    return memcmp(&before, &after, sizeof before) != 0;
}

static void the_same_record_behind_the_same_link_gives_the_same_link(void **state)
{
    (void)state;
    struct hash256 zero = {0};
    struct journal_record record = sample();
    record.hash.data[0] = 1; /* its own hash is no input */
    assert_false(differs(&zero, &record));
}

static void every_field_and_the_link_before_count(void **state)
{
    (void)state;
    struct hash256 zero = {0}, other = {.data = {[31] = 1}};
    struct journal_record record = sample();
    assert_true(differs(&other, &record));
    record.seq++;
    assert_true(differs(&zero, &record));
    record = sample();
    record.time_us--;
    assert_true(differs(&zero, &record));
    record = sample();
    record.type = BYTES_LITERAL("lead.assigned");
    assert_true(differs(&zero, &record));
    record = sample();
    record.subject = BYTES_LITERAL("L8");
    assert_true(differs(&zero, &record));
    record = sample();
    record.data = BYTES_LITERAL("{\"email\":\"b@example.com\"}");
    assert_true(differs(&zero, &record));
}

static void bytes_cannot_move_from_one_field_to_the_next(void **state)
{
    (void)state;
    struct hash256 zero = {0};
    struct journal_record record = sample();
    record.type = BYTES_LITERAL("lead.capturedL");
    record.subject = BYTES_LITERAL("7");
    assert_true(differs(&zero, &record));
}

static void the_link_is_what_format_1_says(void **state)
{
    (void)state;
    struct hash256 zero = {0};
    struct journal_record record = sample();
    struct hash256 hash = journal_record_hash(&zero, &record);
    char text[HASH256_TEXT_SIZE];
    hash256_print(&hash, text);
    /* Computed apart: BLAKE2b-256 over length-prefixed pieces. It must never change. */
    assert_string_equal(text, "b0a8ecd1d11a590c608f491d8e3d22c915ba6a7edd6da0b027c60329daad4559");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_record_behind_the_same_link_gives_the_same_link),
        cmocka_unit_test(every_field_and_the_link_before_count),
        cmocka_unit_test(bytes_cannot_move_from_one_field_to_the_next),
        cmocka_unit_test(the_link_is_what_format_1_says),
    };
    return cmocka_run_group_tests_name("journal_link", tests, NULL, NULL);
}
