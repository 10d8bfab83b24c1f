/* When a group of a batch's records goes to the engine. */
#include "server/intake/batch_group.h"

#include "unit.h"

#include "server/intake/batch.h"

static struct batch_pool *pool;
static struct batch_group *group;

static int take_group(void **state)
{
    (void)state;
    pool = batch_pool_new();
    group = batch_group_take(pool, NULL);
    return 0;
}

static int give_group_back(void **state)
{
    (void)state;
    batch_group_give_back(pool, group);
    batch_pool_free(pool);
    return 0;
}

static void many_small_records_go_together(void **state)
{
    (void)state;
    for (; group->entry_count < BATCH_GROUP_RECORDS; group->entry_count++) {
        assert_false(batch_group_is_full(group));
        arena_alloc(&group->arena, 2000);
    }
    assert_true(batch_group_is_full(group));
}

/* Or a few senders of the largest records would hold gigabytes. */
static void of_large_records_a_few_are_enough(void **state)
{
    (void)state;
    enum { RECORD_BYTES = 256 * 1024 };
    for (; !batch_group_is_full(group); group->entry_count++)
        arena_alloc(&group->arena, RECORD_BYTES);
    assert_in_range(group->entry_count, 2, 16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(many_small_records_go_together, take_group,
                                        give_group_back),
        cmocka_unit_test_setup_teardown(of_large_records_a_few_are_enough, take_group,
                                        give_group_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
