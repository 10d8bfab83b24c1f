/* A heap gives its items in order whatever was inserted, removed and moved before, and each item
 * knows its own place. */
#include "base/heap.h"

#include "unit.h"

struct item {
    uint32_t key;
    uint32_t number; /* breaks ties, so that the order is total */
    uint32_t position;
};

static bool item_before(const void *a, const void *b)
{
    const struct item *left = a, *right = b;
    return left->key != right->key ? left->key < right->key : left->number < right->number;
}

static uint32_t *item_position(void *item)
{
    return &((struct item *)item)->position;
}

static int64_t item_key(const void *item)
{
    return ((const struct item *)item)->key;
}

static const struct heap_operations operations = {item_before, item_position, NULL};
static const struct heap_operations keyed = {item_before, item_position, item_key};

static void assert_consistent(const struct heap *heap)
{
    for (uint32_t i = 0; i < heap->count; i++) {
        assert_int_equal(((struct item *)heap->items[i])->position, i);
        if (i > 0)
            assert_false(item_before(heap->items[i], heap->items[(i - 1) / 4]));
    }
}

static void an_empty_heap_has_no_first(void **state)
{
    (void)state;
    struct heap heap;
    heap_init(&heap, &operations);
    assert_null(heap_first(&heap));
    heap_release(&heap);
    heap_release(&heap);
}

static void items_come_out_in_order(void **state)
{
    (void)state;
    enum { ITEMS = 1000 };
    static struct item items[ITEMS];
    struct heap heap;
    heap_init(&heap, &operations);
    uint64_t seed = 3;
    for (uint32_t i = 0; i < ITEMS; i++) {
        items[i] = (struct item){(uint32_t)(random_next(&seed) % 100), i, HEAP_NONE};
        heap_insert(&heap, &items[i]);
    }
    assert_consistent(&heap);
    struct item *previous = NULL;
    for (uint32_t i = 0; i < ITEMS; i++) {
        struct item *item = heap_first(&heap);
        if (previous != NULL)
            assert_true(item_before(previous, item));
        heap_remove(&heap, item);
        assert_int_equal(item->position, HEAP_NONE);
        previous = item;
    }
    assert_null(heap_first(&heap));
    heap_release(&heap);
}

static void removing_what_is_not_there_does_nothing(void **state)
{
    (void)state;
    struct heap heap;
    heap_init(&heap, &operations);
    struct item in = {1, 0, HEAP_NONE}, out = {2, 1, HEAP_NONE};
    heap_insert(&heap, &in);
    heap_remove(&heap, &out);
    assert_int_equal(heap.count, 1);
    heap_remove(&heap, &in);
    heap_remove(&heap, &in);
    assert_int_equal(heap.count, 0);
    heap_release(&heap);
}

static void a_changed_key_moves_the_item_either_way(void **state)
{
    (void)state;
    struct item items[] = {{10, 0, HEAP_NONE}, {20, 1, HEAP_NONE}, {30, 2, HEAP_NONE}};
    struct heap heap;
    heap_init(&heap, &operations);
    for (int i = 0; i < 3; i++)
        heap_insert(&heap, &items[i]);
    items[2].key = 5;
    heap_update(&heap, &items[2]);
    assert_ptr_equal(heap_first(&heap), &items[2]);
    items[2].key = 40;
    heap_update(&heap, &items[2]);
    assert_ptr_equal(heap_first(&heap), &items[0]);
    heap_update(&heap, &items[1]);
    assert_consistent(&heap);
    heap_release(&heap);
}

static struct item *least(struct item *items, uint32_t count)
{
    struct item *best = NULL;
    for (uint32_t i = 0; i < count; i++)
        if (items[i].position != HEAP_NONE && (best == NULL || item_before(&items[i], best)))
            best = &items[i];
    return best;
}

static void check_any_mixture(const struct heap_operations *by)
{
    enum { ITEMS = 200, STEPS = 20000 };
    static struct item items[ITEMS];
    struct heap heap;
    heap_init(&heap, by);
    for (uint32_t i = 0; i < ITEMS; i++)
        items[i] = (struct item){0, i, HEAP_NONE};
    uint64_t seed = 11;
    for (int step = 0; step < STEPS; step++) {
        uint64_t random = random_next(&seed);
        struct item *item = &items[random % ITEMS];
        if (item->position == HEAP_NONE) {
            item->key = (uint32_t)(random >> 32) % 64;
            heap_insert(&heap, item);
        } else if (random >> 63) {
            heap_remove(&heap, item);
        } else {
            item->key = (uint32_t)(random >> 32) % 64;
            heap_update(&heap, item);
        }
        assert_ptr_equal(heap_first(&heap), least(items, ITEMS));
    }
    assert_consistent(&heap);
    heap_release(&heap);
}

static void any_mixture_of_work_keeps_the_order(void **state)
{
    (void)state;
    check_any_mixture(&operations);
    check_any_mixture(&keyed);
}

static void insert_twice(void)
{
    struct heap heap;
    heap_init(&heap, &operations);
    struct item item = {1, 0, HEAP_NONE};
    heap_insert(&heap, &item);
    heap_insert(&heap, &item);
}

static void update_what_is_not_there(void)
{
    struct heap heap;
    heap_init(&heap, &operations);
    struct item item = {1, 0, HEAP_NONE};
    heap_update(&heap, &item);
}

static void misuse_aborts(void **state)
{
    (void)state;
    assert_panics(insert_twice, "assertion failed");
    assert_panics(update_what_is_not_there, "assertion failed");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_heap_has_no_first),
        cmocka_unit_test(items_come_out_in_order),
        cmocka_unit_test(removing_what_is_not_there_does_nothing),
        cmocka_unit_test(a_changed_key_moves_the_item_either_way),
        cmocka_unit_test(any_mixture_of_work_keeps_the_order),
        cmocka_unit_test(misuse_aborts),
    };
    return cmocka_run_group_tests_name("base_heap", tests, NULL, NULL);
}
