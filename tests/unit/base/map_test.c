/* A map behaves like the obvious table of pairs, whatever is put, replaced and removed, also when
 * all keys crowd into the same slots. */
#include "base/map.h"

#include "unit.h"

static void an_empty_map_finds_and_removes_nothing(void **state)
{
    (void)state;
    struct map map;
    map_init(&map);
    assert_null(map_find(&map, map_number_key(1)));
    assert_false(map_remove(&map, map_number_key(1)));
    assert_int_equal(map.count, 0);
    map_release(&map);
    map_release(&map);
}

static void a_value_is_found_replaced_and_removed(void **state)
{
    (void)state;
    struct map map;
    map_init(&map);
    struct hash128 key = {7, 9};
    map_put(&map, key, 1);
    assert_int_equal(*map_find(&map, key), 1);
    map_put(&map, key, 2);
    assert_int_equal(*map_find(&map, key), 2);
    assert_int_equal(map.count, 1);
    assert_null(map_find(&map, (struct hash128){9, 7}));
    assert_true(map_remove(&map, key));
    assert_null(map_find(&map, key));
    assert_false(map_remove(&map, key));
    assert_int_equal(map.count, 0);
    map_release(&map);
}

static void a_value_may_be_changed_in_place(void **state)
{
    (void)state;
    struct map map;
    map_init(&map);
    map_put(&map, map_number_key(5), 10);
    *map_find(&map, map_number_key(5)) += 5;
    assert_int_equal(*map_find(&map, map_number_key(5)), 15);
    map_release(&map);
}

static void keys_with_a_zero_half_are_keys(void **state)
{
    (void)state;
    struct map map;
    map_init(&map);
    map_put(&map, (struct hash128){0, 1}, 1);
    map_put(&map, (struct hash128){1, 0}, 2);
    assert_int_equal(*map_find(&map, (struct hash128){0, 1}), 1);
    assert_int_equal(*map_find(&map, (struct hash128){1, 0}), 2);
    map_release(&map);
}

static void numbers_make_different_keys(void **state)
{
    (void)state;
    struct map map;
    map_init(&map);
    enum { NUMBERS = 100000 };
    for (uint64_t i = 0; i < NUMBERS; i++)
        map_put(&map, map_number_key(i), i * 3);
    assert_int_equal(map.count, NUMBERS);
    for (uint64_t i = 0; i < NUMBERS; i++)
        assert_int_equal(*map_find(&map, map_number_key(i)), i * 3);
    assert_null(map_find(&map, map_number_key(NUMBERS)));
    map_release(&map);
}

static void reserved_room_is_not_outgrown(void **state)
{
    (void)state;
    for (size_t count = 1; count < 3000; count += 37) {
        struct map map;
        map_init(&map);
        map_reserve(&map, count);
        const struct map_entry *entries = map.entries;
        for (uint64_t i = 0; i < count; i++)
            map_put(&map, map_number_key(i), i);
        assert_ptr_equal(map.entries, entries);
        assert_int_equal(map.count, count);
        map_release(&map);
    }
}

static void reserving_less_than_there_is_changes_nothing(void **state)
{
    (void)state;
    struct map map;
    map_init(&map);
    for (uint64_t i = 0; i < 1000; i++)
        map_put(&map, map_number_key(i), i);
    size_t capacity = map.capacity;
    map_reserve(&map, 10);
    assert_int_equal(map.capacity, capacity);
    assert_int_equal(*map_find(&map, map_number_key(999)), 999);
    map_release(&map);
}

/* The model: one slot for each of a few keys, 0 when absent. */
enum { MODEL_KEYS = 300, MODEL_STEPS = 100000 };

static void assert_behaves_like_a_table(struct hash128 (*key_of)(uint64_t number), uint64_t seed)
{
    static uint64_t model[MODEL_KEYS];
    memset(model, 0, sizeof model);
    size_t count = 0;
    struct map map;
    map_init(&map);
    for (uint64_t step = 1; step <= MODEL_STEPS; step++) {
        uint64_t random = random_next(&seed);
        uint64_t number = random % MODEL_KEYS;
        if (random >> 63) {
            count += model[number] == 0;
            map_put(&map, key_of(number), step);
            model[number] = step;
        } else {
            assert_int_equal(map_remove(&map, key_of(number)), model[number] != 0);
            count -= model[number] != 0;
            model[number] = 0;
        }
        assert_int_equal(map.count, count);
        uint64_t probe = (random >> 20) % MODEL_KEYS;
        const uint64_t *found = map_find(&map, key_of(probe));
        assert_int_equal(found ? *found : 0, model[probe]);
    }
    for (uint64_t i = 0; i < MODEL_KEYS; i++) {
        const uint64_t *found = map_find(&map, key_of(i));
        assert_int_equal(found ? *found : 0, model[i]);
    }
    map_release(&map);
}

static struct hash128 scattered(uint64_t number)
{
    uint64_t seed = number;
    return (struct hash128){random_next(&seed), random_next(&seed)};
}

/* The two halves cancel: every key wants the same slot. */
static struct hash128 crowded(uint64_t number)
{
    return (struct hash128){number + 1, number + 1};
}

/* A few homes next to each other, so that runs meet and wrap around the end of the table. */
static struct hash128 bunched(uint64_t number)
{
    return (struct hash128){number + 1, (number + 1) ^ (number % 5)};
}

static void scattered_keys_behave_like_a_table(void **state)
{
    (void)state;
    assert_behaves_like_a_table(scattered, 1);
}

static void keys_of_one_slot_behave_like_a_table(void **state)
{
    (void)state;
    assert_behaves_like_a_table(crowded, 2);
}

static void keys_of_few_slots_behave_like_a_table(void **state)
{
    (void)state;
    assert_behaves_like_a_table(bunched, 3);
}

static void put_the_none_key(void)
{
    struct map map;
    map_init(&map);
    map_put(&map, (struct hash128){0, 0}, 1);
}

static void the_none_key_is_refused(void **state)
{
    (void)state;
    assert_panics(put_the_none_key, "assertion failed");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_map_finds_and_removes_nothing),
        cmocka_unit_test(a_value_is_found_replaced_and_removed),
        cmocka_unit_test(a_value_may_be_changed_in_place),
        cmocka_unit_test(keys_with_a_zero_half_are_keys),
        cmocka_unit_test(numbers_make_different_keys),
        cmocka_unit_test(reserved_room_is_not_outgrown),
        cmocka_unit_test(reserving_less_than_there_is_changes_nothing),
        cmocka_unit_test(scattered_keys_behave_like_a_table),
        cmocka_unit_test(keys_of_one_slot_behave_like_a_table),
        cmocka_unit_test(keys_of_few_slots_behave_like_a_table),
        cmocka_unit_test(the_none_key_is_refused),
    };
    return cmocka_run_group_tests_name("base_map", tests, NULL, NULL);
}
