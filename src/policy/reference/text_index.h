/* Texts to what belongs to them, for millions of them: records that hold number, text and payload
 * side by side, those of one bucket of the hash behind each other, and a directory of one place per
 * bucket. With about three records a bucket the directory is small enough to stay in the
 * processor's cache, so that a lookup waits for memory once: for the bucket. `script/bench lookup`
 * compares it with uthash. Built in two steps, then immutable. */
#ifndef ML_POLICY_TEXT_INDEX_H
#define ML_POLICY_TEXT_INDEX_H

#include "base/arena.h"

#include <stdint.h>

enum {
    TEXT_INDEX_TEXT_MAX = UINT16_MAX,    /* bytes of one text */
    TEXT_INDEX_PAYLOAD_MAX = 512 * 1024, /* bytes of one payload */
    TEXT_INDEX_HEADER = 10,              /* number; size and part of the hash; size of the text */
    TEXT_INDEX_ALIGNMENT = 4,            /* of records; places count in it: 16 GiB at the most */
};

/* A record: what was put. */
struct text_record {
    uint32_t number;
    struct bytes text;
    const char *payload; /* right behind the text; not aligned */
};

struct text_index {
    const uint32_t *starts; /* of each bucket; and the end */
    unsigned shift;         /* the hash's upper bits are the bucket */
    const char *records;
    const uint32_t *places; /* of each record in the order they were put */
    size_t count;
};

/* False when the text is not there. */
bool text_index_find(const struct text_index *index, struct bytes text, struct text_record *ret);
/* The record that was put as number `order`, from 0. */
struct text_record text_index_at(const struct text_index *index, size_t order);

/* ---- building: records in the order they come, found by open addressing */

struct text_builder {
    uint64_t *slots; /* 0: free; else the hash's upper half, and the record's place + 1 */
    uint64_t mask;
    char *records;
    size_t used; /* bytes */
    size_t size;
    size_t count;
};

/* For up to `count` records with so many bytes of texts and payloads in all. `work` holds all of it
 * until the index is made. */
void text_builder_init(struct text_builder *builder, size_t count, size_t bytes,
                       struct arena *work);
/* Adds a record and returns its payload, to be filled by the caller. NULL when the text is there
 * already: then *ret_earlier is its number. */
char *text_builder_put(struct text_builder *builder, struct bytes text, uint32_t number,
                       size_t payload_size, uint32_t *ret_earlier);
/* Makes the index, in `arena`. */
void text_builder_finish(const struct text_builder *builder, struct arena *arena,
                         struct text_index *ret);

#endif
