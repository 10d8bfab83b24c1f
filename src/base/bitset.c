#include "base/bitset.h"

#include "base/error.h"

#include <stdlib.h>

static uint32_t words_for(uint32_t bits)
{
    return (bits + 63) / 64;
}

void bitset_init(struct bitset *set, uint32_t size)
{
    *set = (struct bitset){.size = size};
    size_t total = 0;
    uint32_t bits = size;
    do {
        bits = words_for(bits);
        total += bits > 0 ? bits : 1;
        set->levels++;
    } while (bits > 1);
    ML_ASSERT(set->levels <= BITSET_LEVELS);
    uint64_t *words = calloc(total, sizeof *words);
    if (words == NULL)
        panic("out of memory (bit set)");
    set->words[0] = words;
    bits = words_for(size);
    for (uint32_t level = 1; level < set->levels; level++) {
        set->words[level] = set->words[level - 1] + bits;
        bits = words_for(bits);
    }
}

void bitset_release(struct bitset *set)
{
    free(set->words[0]);
    *set = (struct bitset){0};
}

void bitset_add(struct bitset *set, uint32_t number)
{
    ML_ASSERT(number < set->size);
    for (uint32_t level = 0; level < set->levels; level++) {
        set->words[level][number / 64] |= UINT64_C(1) << number % 64;
        number /= 64;
    }
}

void bitset_remove(struct bitset *set, uint32_t number)
{
    ML_ASSERT(number < set->size);
    for (uint32_t level = 0; level < set->levels; level++) {
        uint64_t *word = &set->words[level][number / 64];
        *word &= ~(UINT64_C(1) << number % 64);
        if (*word != 0)
            return; /* the word above still has a member below it */
        number /= 64;
    }
}

bool bitset_has(const struct bitset *set, uint32_t number)
{
    return number < set->size && (set->words[0][number / 64] >> number % 64 & 1) != 0;
}

uint32_t bitset_next(const struct bitset *set, uint32_t from)
{
    uint32_t level = 0, at = from;
    if (from >= set->size)
        return BITSET_NONE;
    /* Up until some word has a member at or behind the place, */
    for (;;) {
        uint64_t rest = set->words[level][at / 64] >> at % 64;
        if (rest != 0) {
            at += (uint32_t)__builtin_ctzll(rest);
            break;
        }
        at = at / 64 + 1;
        if (++level == set->levels)
            return BITSET_NONE;
        uint32_t bits = set->size;
        for (uint32_t i = 0; i < level; i++)
            bits = words_for(bits);
        if (at >= bits)
            return BITSET_NONE;
    }
    /* then down to its least one. */
    while (level > 0) {
        level--;
        at = at * 64 + (uint32_t)__builtin_ctzll(set->words[level][at]);
    }
    return at;
}
