/* A fast hash of short texts, eight bytes at a time, for tables within one process. Not keyed and
 * not stable between versions: only for keys that nobody outside chooses (or that are compared
 * anyway, in tables that no outsider can fill). Everything else uses BLAKE2b (base/hash.h). */
#ifndef ML_BASE_TEXT_HASH_H
#define ML_BASE_TEXT_HASH_H

#include "base/bytes.h"

#include <stdint.h>

/* Multiply and fold; the upper half depends on all bits, the lower one on all of the upper. */
static inline uint64_t text_hash_mix(uint64_t state, uint64_t word)
{
    uint64_t mixed = (state ^ word) * UINT64_C(0x9E3779B97F4A7C15);
    return mixed ^ mixed >> 32;
}

static inline uint64_t text_word(const char *data)
{
    uint64_t word;
    memcpy(&word, data, sizeof word);
    return word;
}

/* A text of up to eight bytes as a number, without a loop or a call: pieces that may overlap. Equal
 * for texts of one size only when they are equal. */
static inline uint64_t text_short_word(struct bytes text)
{
    uint32_t low, high;
    if (text.size >= sizeof low) {
        memcpy(&low, text.data, sizeof low);
        memcpy(&high, text.data + text.size - sizeof high, sizeof high);
        return (uint64_t)high << 32 | low;
    }
    if (text.size == 0)
        return 0;
    const unsigned char *data = (const unsigned char *)text.data;
    return (uint64_t)data[0] << 16 | (uint64_t)data[text.size / 2] << 8 | data[text.size - 1];
}

static inline uint64_t text_hash(struct bytes text)
{
    uint64_t state = text.size;
    if (text.size <= sizeof state)
        return text_hash_mix(state, text_short_word(text));
    const char *next = text.data, *last = text.data + text.size - sizeof state;
    for (; next < last; next += sizeof state)
        state = text_hash_mix(state, text_word(next));
    return text_hash_mix(state, text_word(last));
}

#endif
