/* A bit set holds what was added and not removed, and finds the next member from anywhere. */
#include "base/bitset.h"

#include "unit.h"

static void an_empty_set_has_no_next(void **state)
{
    (void)state;
    struct bitset set;
    bitset_init(&set, 0);
    assert_int_equal(bitset_next(&set, 0), BITSET_NONE);
    bitset_release(&set);
    bitset_init(&set, 5000);
    assert_int_equal(bitset_next(&set, 0), BITSET_NONE);
    assert_int_equal(bitset_next(&set, 4999), BITSET_NONE);
    assert_int_equal(bitset_next(&set, 5000), BITSET_NONE);
    bitset_release(&set);
}

static void next_is_the_least_member_from_there_on(void **state)
{
    (void)state;
    struct bitset set;
    bitset_init(&set, 300000);
    bitset_add(&set, 0);
    bitset_add(&set, 64);
    bitset_add(&set, 299999);
    assert_int_equal(bitset_next(&set, 0), 0);
    assert_int_equal(bitset_next(&set, 1), 64);
    assert_int_equal(bitset_next(&set, 65), 299999);
    bitset_remove(&set, 299999);
    assert_int_equal(bitset_next(&set, 65), BITSET_NONE);
    assert_true(bitset_has(&set, 64));
    assert_false(bitset_has(&set, 65));
    bitset_release(&set);
}

/* Against a plain array of flags, at sizes around the edges of the levels. */
static void it_agrees_with_a_plain_array(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {1, 2, 63, 64, 65, 4095, 4096, 4097, 10000};
    static bool flags[10000];
    uint64_t random = 88172645463325252;
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        struct bitset set;
        uint32_t size = sizes[s];
        bitset_init(&set, size);
        memset(flags, 0, sizeof flags);
        for (int round = 0; round < 3000; round++) {
            random ^= random << 13, random ^= random >> 7, random ^= random << 17;
            uint32_t number = (uint32_t)(random % size);
            bool add = (random >> 40) % 3 == 0;
            flags[number] = add;
            if (add)
                bitset_add(&set, number);
            else
                bitset_remove(&set, number);
            uint32_t from = (uint32_t)((random >> 20) % size), expected = from;
            while (expected < size && !flags[expected])
                expected++;
            assert_int_equal(bitset_next(&set, from), expected < size ? expected : BITSET_NONE);
        }
        bitset_release(&set);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_set_has_no_next),
        cmocka_unit_test(next_is_the_least_member_from_there_on),
        cmocka_unit_test(it_agrees_with_a_plain_array),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
