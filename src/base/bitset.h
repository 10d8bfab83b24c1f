/* A set of small numbers that finds its next member in O(log64 n): each level has a bit per
 * non-empty word of the level below. Fixed size once made. */
#ifndef ML_BASE_BITSET_H
#define ML_BASE_BITSET_H

#include <stdbool.h>
#include <stdint.h>

#define BITSET_NONE UINT32_MAX

enum { BITSET_LEVELS = 6 }; /* 64^6 numbers would fit */

struct bitset {
    uint64_t *words[BITSET_LEVELS]; /* from the numbers themselves upwards; one allocation */
    uint32_t levels;
    uint32_t size; /* numbers are below it */
};

/* Empty; frees with bitset_release. */
void bitset_init(struct bitset *set, uint32_t size);
void bitset_release(struct bitset *set);
void bitset_add(struct bitset *set, uint32_t number);
void bitset_remove(struct bitset *set, uint32_t number);
bool bitset_has(const struct bitset *set, uint32_t number);
/* The least member that is at least `from`; BITSET_NONE when there is none. */
uint32_t bitset_next(const struct bitset *set, uint32_t from);

#endif
