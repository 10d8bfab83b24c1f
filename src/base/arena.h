/* Memory with one lifetime: per request, per batch, per release. Freed whole, never piece by piece.
 * Not thread-safe: one thread at a time owns an arena. Memory that runs out aborts the process. */
#ifndef ML_BASE_ARENA_H
#define ML_BASE_ARENA_H

#include "base/bytes.h"

struct arena_chunk;

struct arena {
    struct arena_chunk *chunks; /* newest first */
    char *next;
    char *end;
    size_t used; /* bytes handed out since init or reset */
};

void arena_init(struct arena *arena);
/* Frees everything; the arena may be used again. */
void arena_release(struct arena *arena);
/* Forgets everything but keeps one chunk of at most 256 KiB for reuse. */
void arena_reset(struct arena *arena);

/* `size` bytes aligned for any type, uninitialised; valid until release or reset. */
void *arena_alloc(struct arena *arena, size_t size);
void *arena_zalloc(struct arena *arena, size_t size);
/* count * size, zeroed; aborts on overflow. */
void *arena_array(struct arena *arena, size_t count, size_t size);
/* Room for one more item behind `count` of `size` bytes each: the same array, or a copy with twice
 * the capacity. NULL with a capacity of 0 is an empty array. */
void *arena_grow(struct arena *arena, void *items, size_t count, size_t *capacity, size_t size);
/* A copy with a terminating NUL behind it (not counted in size). */
struct bytes arena_copy(struct arena *arena, struct bytes source);
const char *arena_string(struct arena *arena, struct bytes source);
const char *arena_printf(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
