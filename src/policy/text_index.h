/* Texts to what belongs to them: open addressing, linear probing, eight bytes a slot (32 bits of
 * the hash, 32 of the record's place), and records that hold number, text and payload side by side.
 * So a lookup touches two places in memory: the slot and the record. Filled once, then immutable.
 * Written for reference data of millions of rows; `script/bench lookup` compares it with uthash. */
#ifndef ML_POLICY_TEXT_INDEX_H
#define ML_POLICY_TEXT_INDEX_H

#include "base/arena.h"

#include <stdint.h>

enum {
    TEXT_INDEX_TEXT_MAX = UINT16_MAX, /* bytes of one text */
    TEXT_INDEX_ALIGNMENT = 4,
    TEXT_INDEX_HEADER = 6, /* number and size of the text */
};

struct text_index {
    uint64_t *slots; /* 0: free; else the hash's high half, and the record's place + 1 */
    uint64_t mask;
    char *records; /* one behind the other, in the order they were put */
    size_t count;
    size_t used; /* bytes */
    size_t size; /* bytes; at most 16 GiB */
};

/* A record: what was put. */
struct text_record {
    uint32_t number;
    struct bytes text;
    const char *payload; /* right behind the text; not aligned */
};

/* What `count` records take at the most, given the bytes of their texts and payloads. */
static inline size_t text_index_size(size_t count, size_t bytes)
{
    return count * (TEXT_INDEX_HEADER + TEXT_INDEX_ALIGNMENT - 1) + bytes;
}

/* An index for up to `count` records of `size` bytes in all (text_index_size). */
void text_index_init(struct text_index *index, size_t count, size_t size, struct arena *arena);
/* Adds a record and returns its payload, to be filled by the caller. NULL when the text is there
 * already; *ret_place is the place of the one or the other record. */
char *text_index_put(struct text_index *index, struct bytes text, uint32_t number,
                     size_t payload_size, uint32_t *ret_place);
/* False when the text is not there. */
bool text_index_find(const struct text_index *index, struct bytes text, struct text_record *ret);
/* Records in the order they were put: the first one is at 0, the next one behind it. */
struct text_record text_index_at(const struct text_index *index, uint32_t place);
/* The place behind a record that has no payload. */
uint32_t text_index_next(const struct text_index *index, uint32_t place);

#endif
