/* Heap of borrowed items, four children to a parent; each item stores its own position so that it
 * can be removed or moved in O(log n). Used for the timers and the waiting queues. */
#ifndef ML_BASE_HEAP_H
#define ML_BASE_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HEAP_NONE UINT32_MAX

struct heap_operations {
    /* A strict total order: true when `a` must come out before `b`. */
    bool (*before)(const void *a, const void *b);
    /* Where the item keeps its position; HEAP_NONE when it is in no heap. */
    uint32_t *(*position)(void *item);
    /* A number that orders most items as `before` does: of two with different keys the smaller one
     * comes first, and only equal ones are asked. The heap keeps it beside the item, so that
     * comparing touches no item. NULL: `before` is always asked. */
    int64_t (*key)(const void *item);
};

struct heap {
    const struct heap_operations *operations;
    void **items;
    int64_t *keys; /* of the items */
    uint32_t count;
    uint32_t capacity;
};

void heap_init(struct heap *heap, const struct heap_operations *operations);
/* Frees the heap, not the items; their positions are left as they are. */
void heap_release(struct heap *heap);
/* The first item, or NULL. */
void *heap_first(const struct heap *heap);
/* The item must not be in the heap already. */
void heap_insert(struct heap *heap, void *item);
/* Nothing happens when the item is not in the heap. */
void heap_remove(struct heap *heap, void *item);
/* After the item's key has changed. */
void heap_update(struct heap *heap, void *item);

#endif
