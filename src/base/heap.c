/* Sift up, sift down (Williams 1964), with four children to a parent: half as deep, and the keys of
 * all four lie in one line of the cache. */
#include "base/heap.h"

#include "base/error.h"

#include <stdlib.h>

void heap_init(struct heap *heap, const struct heap_operations *operations)
{
    *heap = (struct heap){.operations = operations};
}

void heap_release(struct heap *heap)
{
    free(heap->items);
    free(heap->keys);
    *heap = (struct heap){.operations = heap->operations};
}

void *heap_first(const struct heap *heap)
{
    return heap->count > 0 ? heap->items[0] : NULL;
}

enum { CHILDREN = 4 };

static int64_t key_of(const struct heap *heap, const void *item)
{
    return heap->operations->key != NULL ? heap->operations->key(item) : 0;
}

/* Whether the item with that key must come out before the one at `at`. */
static bool precedes(const struct heap *heap, int64_t key, const void *item, uint32_t at)
{
    if (key != heap->keys[at])
        return key < heap->keys[at];
    return heap->operations->before(item, heap->items[at]);
}

static void place(struct heap *heap, uint32_t at, int64_t key, void *item)
{
    heap->keys[at] = key;
    heap->items[at] = item;
    *heap->operations->position(item) = at;
}

static uint32_t sift_up(struct heap *heap, uint32_t at, int64_t key, void *item)
{
    while (at > 0) {
        uint32_t parent = (at - 1) / CHILDREN;
        if (!precedes(heap, key, item, parent))
            break;
        place(heap, at, heap->keys[parent], heap->items[parent]);
        at = parent;
    }
    place(heap, at, key, item);
    return at;
}

static uint32_t first_child(const struct heap *heap, uint32_t child)
{
    uint32_t end = child + CHILDREN < heap->count ? child + CHILDREN : heap->count, first = child;
    for (uint32_t i = child + 1; i < end; i++)
        if (precedes(heap, heap->keys[i], heap->items[i], first))
            first = i;
    return first;
}

static void sift_down(struct heap *heap, uint32_t at, int64_t key, void *item)
{
    for (;;) {
        uint64_t child = CHILDREN * (uint64_t)at + 1;
        if (child >= heap->count)
            break;
        uint32_t first = first_child(heap, (uint32_t)child);
        if (precedes(heap, key, item, first))
            break;
        place(heap, at, heap->keys[first], heap->items[first]);
        at = first;
    }
    place(heap, at, key, item);
}

static void *grown(void *memory, uint32_t capacity, size_t size)
{
    memory = realloc(memory, capacity * size);
    if (memory == NULL)
        panic("out of memory (heap of %u items)", capacity);
    return memory;
}

void heap_insert(struct heap *heap, void *item)
{
    ML_ASSERT(*heap->operations->position(item) == HEAP_NONE);
    if (heap->count == heap->capacity) {
        uint32_t capacity = heap->capacity ? heap->capacity * 2 : 64;
        heap->items = grown(heap->items, capacity, sizeof *heap->items);
        heap->keys = grown(heap->keys, capacity, sizeof *heap->keys);
        heap->capacity = capacity;
    }
    sift_up(heap, heap->count++, key_of(heap, item), item);
}

void heap_update(struct heap *heap, void *item)
{
    uint32_t at = *heap->operations->position(item);
    ML_ASSERT(at < heap->count && heap->items[at] == item);
    int64_t key = key_of(heap, item);
    sift_down(heap, sift_up(heap, at, key, item), key, item);
}

void heap_remove(struct heap *heap, void *item)
{
    uint32_t at = *heap->operations->position(item);
    if (at == HEAP_NONE)
        return;
    ML_ASSERT(at < heap->count && heap->items[at] == item);
    void *last = heap->items[--heap->count];
    *heap->operations->position(item) = HEAP_NONE;
    if (last == item)
        return;
    place(heap, at, heap->keys[heap->count], last);
    heap_update(heap, last);
}
