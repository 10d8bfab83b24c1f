/* Sift up, sift down (Williams 1964). */
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
    *heap = (struct heap){.operations = heap->operations};
}

void *heap_first(const struct heap *heap)
{
    return heap->count > 0 ? heap->items[0] : NULL;
}

static void place(struct heap *heap, uint32_t at, void *item)
{
    heap->items[at] = item;
    *heap->operations->position(item) = at;
}

static void sift_up(struct heap *heap, uint32_t at, void *item)
{
    while (at > 0) {
        uint32_t parent = (at - 1) / 2;
        if (!heap->operations->before(item, heap->items[parent]))
            break;
        place(heap, at, heap->items[parent]);
        at = parent;
    }
    place(heap, at, item);
}

static void sift_down(struct heap *heap, uint32_t at, void *item)
{
    for (;;) {
        uint32_t child = 2 * at + 1;
        if (child >= heap->count)
            break;
        if (child + 1 < heap->count &&
            heap->operations->before(heap->items[child + 1], heap->items[child]))
            child++;
        if (!heap->operations->before(heap->items[child], item))
            break;
        place(heap, at, heap->items[child]);
        at = child;
    }
    place(heap, at, item);
}

void heap_insert(struct heap *heap, void *item)
{
    ML_ASSERT(*heap->operations->position(item) == HEAP_NONE);
    if (heap->count == heap->capacity) {
        uint32_t capacity = heap->capacity ? heap->capacity * 2 : 64;
        void **items = realloc(heap->items, capacity * sizeof *items);
        if (items == NULL)
            panic("out of memory (heap of %u items)", capacity);
        heap->items = items;
        heap->capacity = capacity;
    }
    sift_up(heap, heap->count++, item);
}

void heap_update(struct heap *heap, void *item)
{
    uint32_t at = *heap->operations->position(item);
    ML_ASSERT(at < heap->count && heap->items[at] == item);
    sift_up(heap, at, item);
    at = *heap->operations->position(item);
    sift_down(heap, at, item);
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
    place(heap, at, last);
    heap_update(heap, last);
}
