/* A map of entries that also stand in a list, by when they were last asked for. */
#include "effect/cache.h"

#include <stdlib.h>

void cache_init(struct cache *cache)
{
    *cache = (struct cache){0};
    map_init(&cache->entries);
}

static size_t weigh(const struct cache_entry *entry)
{
    return sizeof *entry + entry->size;
}

static void unlink_entry(struct cache *cache, struct cache_entry *entry)
{
    *(entry->newer != NULL ? &entry->newer->older : &cache->newest) = entry->older;
    *(entry->older != NULL ? &entry->older->newer : &cache->oldest) = entry->newer;
}

static void link_newest(struct cache *cache, struct cache_entry *entry)
{
    entry->newer = NULL;
    entry->older = cache->newest;
    *(cache->newest != NULL ? &cache->newest->newer : &cache->oldest) = entry;
    cache->newest = entry;
}

static void drop(struct cache *cache, struct cache_entry *entry)
{
    unlink_entry(cache, entry);
    map_remove(&cache->entries, entry->key);
    cache->bytes -= weigh(entry);
    free(entry);
}

void cache_release(struct cache *cache)
{
    while (cache->oldest != NULL)
        drop(cache, cache->oldest);
    map_release(&cache->entries);
}

struct hash128 cache_key_of(const char *destination, struct bytes key)
{
    const struct bytes pieces[] = {bytes_of(destination), key};
    return hash128_of(pieces, sizeof pieces / sizeof *pieces);
}

static struct cache_entry *find(const struct cache *cache, struct hash128 key)
{
    uint64_t *place = map_find(&cache->entries, key);
    return place != NULL ? (struct cache_entry *)(uintptr_t)*place : NULL;
}

bool cache_find(struct cache *cache, struct hash128 key, int64_t now_us, struct arena *arena,
                struct effect_answer *ret)
{
    struct cache_entry *entry = find(cache, key);
    if (entry == NULL)
        return false;
    if (entry->until_us <= now_us) {
        drop(cache, entry);
        return false;
    }
    unlink_entry(cache, entry);
    link_newest(cache, entry);
    *ret = (struct effect_answer){
        .status = entry->status,
        .body = arena_copy(arena, (struct bytes){entry->body, entry->size}),
    };
    return true;
}

void cache_put(struct cache *cache, struct hash128 key, const struct effect_answer *answer,
               int64_t until_us)
{
    struct cache_entry *entry = find(cache, key);
    if (entry != NULL)
        drop(cache, entry);
    entry = malloc(sizeof *entry + answer->body.size);
    if (entry == NULL)
        panic("out of memory (answers of providers)");
    *entry = (struct cache_entry){
        .key = key, .until_us = until_us, .status = answer->status, .size = answer->body.size};
    if (entry->size > 0)
        memcpy(entry->body, answer->body.data, entry->size);
    map_put(&cache->entries, key, (uint64_t)(uintptr_t)entry);
    link_newest(cache, entry);
    cache->bytes += weigh(entry);
    while (cache->entries.count > CACHE_ENTRIES_MAX || cache->bytes > CACHE_BYTES_MAX)
        drop(cache, cache->oldest);
}
