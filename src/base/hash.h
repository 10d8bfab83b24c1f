/* BLAKE2b (RFC 7693, by libsodium) in the two widths used here. Pieces are hashed with their
 * lengths, so ("ab","c") and ("a","bc") differ. */
#ifndef ML_BASE_HASH_H
#define ML_BASE_HASH_H

#include "base/bytes.h"

#include <stdint.h>

enum { HASH256_SIZE = 32, HASH256_TEXT_SIZE = 65, HASH128_TEXT_SIZE = 33 };

/* 128 bits: wide enough that two people never share a key. All zero means "none". */
struct hash128 {
    uint64_t high;
    uint64_t low;
};

struct hash256 {
    unsigned char data[HASH256_SIZE];
};

struct hash128 hash128_of(const struct bytes *pieces, size_t count);
struct hash256 hash256_of(const struct bytes *pieces, size_t count);

static inline bool hash128_equal(struct hash128 a, struct hash128 b)
{
    return a.high == b.high && a.low == b.low;
}

static inline bool hash128_is_none(struct hash128 hash)
{
    return hash.high == 0 && hash.low == 0;
}

/* Lower-case hexadecimal; parsing takes exactly that and returns false for anything else. */
void hash128_print(struct hash128 hash, char text[static HASH128_TEXT_SIZE]);
bool hash128_parse(struct bytes text, struct hash128 *ret);
void hash256_print(const struct hash256 *hash, char text[static HASH256_TEXT_SIZE]);
bool hash256_parse(struct bytes text, struct hash256 *ret);

#endif
