/* Linear probing with backward-shift deletion (Knuth, TAOCP 6.4, algorithm R): no tombstones. */
#include "base/map.h"

#include "base/error.h"

#include <stdlib.h>

/* Full at 3/4: linear probing stays short, memory stays near 36 bytes an entry. */
static size_t limit(size_t capacity)
{
    return capacity - capacity / 4;
}

static size_t home(const struct map *map, struct hash128 key)
{
    uint64_t mixed = (key.low ^ key.high) * UINT64_C(0x9E3779B97F4A7C15);
    return (size_t)(mixed ^ mixed >> 32) & (map->capacity - 1);
}

void map_init(struct map *map)
{
    *map = (struct map){0};
}

void map_release(struct map *map)
{
    free(map->entries);
    *map = (struct map){0};
}

static struct map_entry *slot_of(const struct map *map, struct hash128 key)
{
    size_t at = home(map, key);
    while (!hash128_is_none(map->entries[at].key) && !hash128_equal(map->entries[at].key, key))
        at = (at + 1) & (map->capacity - 1);
    return &map->entries[at];
}

static void resize(struct map *map, size_t capacity)
{
    struct map old = *map;
    map->entries = calloc(capacity, sizeof *map->entries);
    if (map->entries == NULL)
        panic("out of memory (map of %zu slots)", capacity);
    map->capacity = capacity;
    for (size_t i = 0; i < old.capacity; i++)
        if (!hash128_is_none(old.entries[i].key))
            *slot_of(map, old.entries[i].key) = old.entries[i];
    free(old.entries);
}

void map_reserve(struct map *map, size_t count)
{
    size_t capacity = map->capacity ? map->capacity : 64;
    while (limit(capacity) < count)
        capacity *= 2;
    if (capacity != map->capacity)
        resize(map, capacity);
}

uint64_t *map_find(const struct map *map, struct hash128 key)
{
    if (map->count == 0)
        return NULL;
    struct map_entry *slot = slot_of(map, key);
    return hash128_is_none(slot->key) ? NULL : &slot->value;
}

void map_put(struct map *map, struct hash128 key, uint64_t value)
{
    ML_ASSERT(!hash128_is_none(key));
    map_reserve(map, map->count + 1);
    struct map_entry *slot = slot_of(map, key);
    if (hash128_is_none(slot->key))
        map->count++;
    *slot = (struct map_entry){key, value};
}

bool map_remove(struct map *map, struct hash128 key)
{
    if (map->count == 0)
        return false;
    struct map_entry *slot = slot_of(map, key);
    if (hash128_is_none(slot->key))
        return false;
    size_t mask = map->capacity - 1;
    size_t hole = (size_t)(slot - map->entries);
    for (size_t at = (hole + 1) & mask; !hash128_is_none(map->entries[at].key);
         at = (at + 1) & mask) {
        size_t wanted = home(map, map->entries[at].key);
        /* Move back only what would otherwise be unreachable across the hole. */
        if (((at - wanted) & mask) >= ((at - hole) & mask)) {
            map->entries[hole] = map->entries[at];
            hole = at;
        }
    }
    map->entries[hole] = (struct map_entry){0};
    map->count--;
    return true;
}
