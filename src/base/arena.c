/* Chunked bump allocation. */
#include "base/arena.h"

#include "base/error.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { CHUNK_SIZE_MIN = 4096, CHUNK_SIZE_KEPT = 256 * 1024, CHUNK_SIZE_MAX = 1024 * 1024 };

struct arena_chunk {
    struct arena_chunk *older;
    size_t size; /* bytes behind the header */
    alignas(max_align_t) char data[];
};

void arena_init(struct arena *arena)
{
    *arena = (struct arena){0};
}

static void free_chunks(struct arena_chunk *chunk)
{
    while (chunk != NULL) {
        struct arena_chunk *older = chunk->older;
        free(chunk);
        chunk = older;
    }
}

void arena_release(struct arena *arena)
{
    free_chunks(arena->chunks);
    *arena = (struct arena){0};
}

void arena_reset(struct arena *arena)
{
    struct arena_chunk *kept = arena->chunks;
    if (kept != NULL && kept->size > CHUNK_SIZE_KEPT) {
        arena_release(arena);
        return;
    }
    if (kept != NULL) {
        free_chunks(kept->older);
        kept->older = NULL;
        arena->next = kept->data;
        arena->end = kept->data + kept->size;
    }
    arena->used = 0;
}

static void add_chunk(struct arena *arena, size_t size)
{
    size_t wanted = arena->chunks ? arena->chunks->size * 2 : CHUNK_SIZE_MIN;
    if (wanted > CHUNK_SIZE_MAX)
        wanted = CHUNK_SIZE_MAX;
    if (wanted < size)
        wanted = size;
    struct arena_chunk *chunk = malloc(sizeof *chunk + wanted);
    if (chunk == NULL)
        panic("out of memory (arena chunk of %zu bytes)", wanted);
    chunk->older = arena->chunks;
    chunk->size = wanted;
    arena->chunks = chunk;
    arena->next = chunk->data;
    arena->end = chunk->data + wanted;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    ML_ASSERT(size <= SIZE_MAX / 4);
    size_t rounded = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
    if (arena->next == NULL || (size_t)(arena->end - arena->next) < rounded)
        add_chunk(arena, rounded);
    void *memory = arena->next;
    arena->next += rounded;
    arena->used += rounded;
    return memory;
}

void *arena_zalloc(struct arena *arena, size_t size)
{
    return memset(arena_alloc(arena, size), 0, size);
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
    ML_ASSERT(size == 0 || count <= SIZE_MAX / 4 / size);
    return arena_zalloc(arena, count * size);
}

void *arena_grow(struct arena *arena, void *items, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity)
        return items;
    *capacity = *capacity > 0 ? *capacity * 2 : 64;
    void *more = arena_array(arena, *capacity, size);
    if (count > 0)
        memcpy(more, items, count * size);
    return more;
}

struct bytes arena_copy(struct arena *arena, struct bytes source)
{
    char *copy = arena_alloc(arena, source.size + 1);
    if (source.size > 0)
        memcpy(copy, source.data, source.size);
    copy[source.size] = '\0';
    return (struct bytes){copy, source.size};
}

const char *arena_string(struct arena *arena, struct bytes source)
{
    return arena_copy(arena, source).data;
}

const char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int size = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    ML_ASSERT(size >= 0);
    char *text = arena_alloc(arena, (size_t)size + 1);
    vsnprintf(text, (size_t)size + 1, format, again);
    va_end(again);
    return text;
}
