/* Why src/base/map.c exists: a million 128-bit keys in it and in uthash, time and memory of each.
 * Prints one line, the medians of some rounds; find_ratio above 1 means that ours is faster. */
#include "base/map.h"
#include "base/error.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* The keys are hashes already: uthash need not hash them again. */
#define HASH_FUNCTION(key, size, hash) ((hash) = (unsigned)((const struct hash128 *)(key))->low)
#include <uthash.h>

enum { KEYS = 1000000, ROUNDS = 5, ROUNDS_QUICK = 3 };

struct measurement {
    double insert_ns;
    double find_ns;
    double bytes_per_entry;
};

static double now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static size_t allocated_bytes(void)
{
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

/* splitmix64 (Vigna). */
static uint64_t random_next(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

static struct hash128 *new_keys(uint64_t seed)
{
    struct hash128 *keys = malloc(KEYS * sizeof *keys);
    ML_ASSERT(keys != NULL);
    for (size_t i = 0; i < KEYS; i++)
        keys[i] = (struct hash128){random_next(&seed), random_next(&seed)};
    return keys;
}

/* Finding in the order of insertion would flatter whoever allocates in that order. */
static uint32_t *new_shuffle(uint64_t seed)
{
    uint32_t *order = malloc(KEYS * sizeof *order);
    ML_ASSERT(order != NULL);
    for (uint32_t i = 0; i < KEYS; i++)
        order[i] = i;
    for (uint32_t i = KEYS - 1; i > 0; i--) {
        uint32_t j = (uint32_t)(random_next(&seed) % (i + 1));
        uint32_t kept = order[i];
        order[i] = order[j];
        order[j] = kept;
    }
    return order;
}

static struct measurement measure_map(const struct hash128 *keys, const uint32_t *order)
{
    struct map map;
    size_t before = allocated_bytes();
    map_init(&map);
    double start = now_ns();
    for (size_t i = 0; i < KEYS; i++)
        map_put(&map, keys[i], i);
    double inserted = now_ns();
    size_t bytes = allocated_bytes() - before;
    double found_from = now_ns();
    for (size_t i = 0; i < KEYS; i++) {
        const uint64_t *value = map_find(&map, keys[order[i]]);
        ML_ASSERT(value != NULL && *value == order[i]);
    }
    double found = now_ns();
    map_release(&map);
    return (struct measurement){(inserted - start) / KEYS, (found - found_from) / KEYS,
                                (double)bytes / KEYS};
}

struct pair {
    struct hash128 key;
    uint64_t value;
    UT_hash_handle hh;
};

/* Put means insert or replace, as map_put does. */
/* NOLINTBEGIN(readability-function-size): uthash is all macros */
static void pair_put(struct pair **pairs, const struct hash128 *key, uint64_t value)
{
    struct pair *pair;
    HASH_FIND(hh, *pairs, key, sizeof *key, pair);
    if (pair == NULL) {
        pair = malloc(sizeof *pair);
        ML_ASSERT(pair != NULL);
        pair->key = *key;
        HASH_ADD(hh, *pairs, key, sizeof *key, pair);
    }
    pair->value = value;
}

static void pairs_free(struct pair *pairs)
{
    struct pair *pair = pairs;
    HASH_CLEAR(hh, pairs);
    while (pair != NULL) {
        struct pair *next = pair->hh.next;
        free(pair);
        pair = next;
    }
}

static struct measurement measure_uthash(const struct hash128 *keys, const uint32_t *order)
{
    struct pair *pairs = NULL;
    size_t before = allocated_bytes();
    double start = now_ns();
    for (size_t i = 0; i < KEYS; i++)
        pair_put(&pairs, &keys[i], i);
    double inserted = now_ns();
    size_t bytes = allocated_bytes() - before;
    double found_from = now_ns();
    for (size_t i = 0; i < KEYS; i++) {
        struct pair *pair;
        HASH_FIND(hh, pairs, &keys[order[i]], sizeof *keys, pair);
        ML_ASSERT(pair != NULL && pair->value == order[i]);
    }
    double found = now_ns();
    pairs_free(pairs);
    return (struct measurement){(inserted - start) / KEYS, (found - found_from) / KEYS,
                                (double)bytes / KEYS};
}

/* NOLINTEND(readability-function-size) */

static int compare_doubles(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

static double median(const double *values, int count)
{
    double sorted[ROUNDS];
    memcpy(sorted, values, (size_t)count * sizeof *sorted);
    qsort(sorted, (size_t)count, sizeof *sorted, compare_doubles);
    return sorted[count / 2];
}

int main(int argc, char **argv)
{
    int rounds = argc > 1 && strcmp(argv[1], "--quick") == 0 ? ROUNDS_QUICK : ROUNDS;
    struct measurement ours = {0}, theirs = {0};
    double insert[2][ROUNDS], find[2][ROUNDS];
    struct hash128 *keys = new_keys(1);
    uint32_t *order = new_shuffle(2);
    for (int i = 0; i < rounds; i++) {
        ours = measure_map(keys, order);
        theirs = measure_uthash(keys, order);
        insert[0][i] = ours.insert_ns;
        insert[1][i] = theirs.insert_ns;
        find[0][i] = ours.find_ns;
        find[1][i] = theirs.find_ns;
    }
    printf("map insert_ns=%.1f find_ns=%.1f bytes_per_entry=%.1f uthash_insert_ns=%.1f "
           "uthash_find_ns=%.1f uthash_bytes_per_entry=%.1f find_ratio=%.2f\n",
           median(insert[0], rounds), median(find[0], rounds), ours.bytes_per_entry,
           median(insert[1], rounds), median(find[1], rounds), theirs.bytes_per_entry,
           median(find[1], rounds) / median(find[0], rounds));
    free(order);
    free(keys);
    return 0;
}
