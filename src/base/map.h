/* Hash map from a 128-bit key to a 64-bit value: open addressing, linear probing, 24 bytes a slot.
 * Written by hand because it holds the three indexes of the core with a million entries each;
 * `script/bench map` compares it with uthash. Keys of well-mixed bits (hashes) or plain numbers. */
#ifndef ML_BASE_MAP_H
#define ML_BASE_MAP_H

#include "base/hash.h"

struct map_entry {
    struct hash128 key; /* hash128_is_none: the slot is free */
    uint64_t value;
};

struct map {
    struct map_entry *entries;
    size_t capacity; /* 0 or a power of two */
    size_t count;
};

static inline struct hash128 map_number_key(uint64_t number)
{
    return (struct hash128){1, number};
}

void map_init(struct map *map);
void map_release(struct map *map);
/* Makes room for `count` entries in all, so that loading does not rehash. */
void map_reserve(struct map *map, size_t count);
/* The value's place, valid until the next insert or remove; NULL when absent. */
uint64_t *map_find(const struct map *map, struct hash128 key);
/* Inserts or replaces; the key must not be "none". */
void map_put(struct map *map, struct hash128 key, uint64_t value);
/* False when it was not there. */
bool map_remove(struct map *map, struct hash128 key);

#endif
