/* Answers of providers, for as long as their `cache` says: those that were asked for longest ago go
 * first when there are too many. For one thread. */
#ifndef ML_EFFECT_CACHE_H
#define ML_EFFECT_CACHE_H

#include "base/map.h"
#include "effect/kind.h"

enum { CACHE_ENTRIES_MAX = 100000, CACHE_BYTES_MAX = 64 * 1024 * 1024 };

struct cache_entry {
    struct hash128 key;
    int64_t until_us;
    struct cache_entry *newer, *older;
    uint32_t status;
    size_t size;
    char body[];
};

struct cache {
    struct map entries; /* → struct cache_entry * */
    struct cache_entry *newest, *oldest;
    size_t bytes;
};

void cache_init(struct cache *cache);
void cache_release(struct cache *cache);
struct hash128 cache_key_of(const char *destination, struct bytes key);
/* The answer in `arena`, without headers; false: none that still holds at `now_us`. */
bool cache_find(struct cache *cache, struct hash128 key, int64_t now_us, struct arena *arena,
                struct effect_answer *ret);
void cache_put(struct cache *cache, struct hash128 key, const struct effect_answer *answer,
               int64_t until_us);

#endif
