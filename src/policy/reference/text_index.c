/* The index of texts; see the header. */
#include "policy/reference/text_index.h"

#include "base/error.h"
#include "base/text_hash.h"

/* ---- records */

/* In one word: units of the alignment that a record takes, and bits of its hash. */
enum { UNITS_BITS = 20, UNITS_MASK = (1 << UNITS_BITS) - 1, TAG_BITS = 32 - UNITS_BITS };
_Static_assert((TEXT_INDEX_HEADER + TEXT_INDEX_TEXT_MAX + TEXT_INDEX_PAYLOAD_MAX) /
                       TEXT_INDEX_ALIGNMENT <
                   UNITS_MASK,
               "a record's size fits its bits");

struct header {
    uint32_t number;
    uint32_t word;
    uint16_t text_size;
};

static struct header read_header(const char *record)
{
    struct header header;
    memcpy(&header.number, record, 4);
    memcpy(&header.word, record + 4, 4);
    memcpy(&header.text_size, record + 8, 2);
    return header;
}

static void write_header(const struct header *header, char *record)
{
    memcpy(record, &header->number, 4);
    memcpy(record + 4, &header->word, 4);
    memcpy(record + 8, &header->text_size, 2);
}

/* The lower bits, for the upper ones are the bucket. */
static uint32_t tag_of(uint64_t hash)
{
    return (uint32_t)(hash & ((1U << TAG_BITS) - 1)) << UNITS_BITS;
}

static size_t units_of(const struct header *header)
{
    return header->word & UNITS_MASK;
}

static struct bytes text_of(const struct header *header, const char *record)
{
    return (struct bytes){record + TEXT_INDEX_HEADER, header->text_size};
}

static const char *record_at(const char *records, size_t place)
{
    return records + place * TEXT_INDEX_ALIGNMENT;
}

static struct text_record read_record(const struct header *header, const char *record)
{
    struct bytes text = text_of(header, record);
    return (struct text_record){header->number, text, text.data + text.size};
}

/* ---- looking up */

bool text_index_find(const struct text_index *index, struct bytes text, struct text_record *ret)
{
    enum { LINE = 64 };
    if (index->count == 0)
        return false;
    uint64_t hash = text_hash(text);
    const uint32_t *start = &index->starts[hash >> index->shift];
    const char *record = record_at(index->records, start[0]);
    const char *end = record_at(index->records, start[1]);
    /* The bucket's lines come together instead of one after the other. */
    __builtin_prefetch(record + LINE);
    __builtin_prefetch(record + 2 * LINE);
    __builtin_prefetch(record + 3 * LINE);
    while (record < end) {
        struct header header = read_header(record);
        if ((header.word & ~(uint32_t)UNITS_MASK) == tag_of(hash) &&
            bytes_equal(text_of(&header, record), text)) {
            *ret = read_record(&header, record);
            return true;
        }
        record += units_of(&header) * TEXT_INDEX_ALIGNMENT;
    }
    return false;
}

struct text_record text_index_at(const struct text_index *index, size_t order)
{
    ML_ASSERT(order < index->count);
    const char *record = record_at(index->records, index->places[order]);
    struct header header = read_header(record);
    return read_record(&header, record);
}

/* ---- building */

void text_builder_init(struct text_builder *builder, size_t count, size_t bytes, struct arena *work)
{
    size_t size = count * (TEXT_INDEX_HEADER + TEXT_INDEX_ALIGNMENT - 1) + bytes;
    ML_ASSERT(count < UINT32_MAX && size / TEXT_INDEX_ALIGNMENT < UINT32_MAX);
    size_t capacity = 4;
    while (capacity < count + count / 2 + 1)
        capacity *= 2;
    *builder = (struct text_builder){
        .slots = arena_array(work, capacity, sizeof *builder->slots),
        .mask = capacity - 1,
        .records = arena_alloc(work, size + 1),
        .size = size,
    };
}

/* The slot of the text, or the free one where it would go. */
static uint64_t find_slot(const struct text_builder *builder, struct bytes text, uint64_t hash)
{
    uint64_t slot = hash & builder->mask;
    for (uint64_t held; (held = builder->slots[slot]) != 0; slot = (slot + 1) & builder->mask) {
        if (held >> 32 != hash >> 32)
            continue;
        const char *record = record_at(builder->records, (uint32_t)held - 1);
        struct header header = read_header(record);
        if (bytes_equal(text_of(&header, record), text))
            break;
    }
    return slot;
}

char *text_builder_put(struct text_builder *builder, struct bytes text, uint32_t number,
                       size_t payload_size, uint32_t *ret_earlier)
{
    ML_ASSERT(text.size <= TEXT_INDEX_TEXT_MAX && payload_size <= TEXT_INDEX_PAYLOAD_MAX);
    uint64_t hash = text_hash(text);
    uint64_t slot = find_slot(builder, text, hash);
    if (builder->slots[slot] != 0) {
        uint32_t place = (uint32_t)builder->slots[slot] - 1;
        *ret_earlier = read_header(record_at(builder->records, place)).number;
        return NULL;
    }
    size_t units = (TEXT_INDEX_HEADER + text.size + payload_size + TEXT_INDEX_ALIGNMENT - 1) /
                   TEXT_INDEX_ALIGNMENT;
    ML_ASSERT(units * TEXT_INDEX_ALIGNMENT <= builder->size - builder->used);
    char *record = builder->records + builder->used;
    struct header header = {number, (uint32_t)units | tag_of(hash), (uint16_t)text.size};
    write_header(&header, record);
    if (text.size > 0)
        memcpy(record + TEXT_INDEX_HEADER, text.data, text.size);
    builder->slots[slot] = hash >> 32 << 32 | (builder->used / TEXT_INDEX_ALIGNMENT + 1);
    builder->used += units * TEXT_INDEX_ALIGNMENT;
    builder->count++;
    return record + TEXT_INDEX_HEADER + text.size;
}

/* Two to four records a bucket, or all in two. */
static unsigned bucket_bits(size_t count)
{
    unsigned bits = 1;
    while ((size_t)4 << bits < count)
        bits++;
    return bits;
}

/* Counting sort by bucket: how much each holds, where each begins, then record by record. */
void text_builder_finish(const struct text_builder *builder, struct arena *arena,
                         struct text_index *ret)
{
    unsigned bits = bucket_bits(builder->count), shift = 64 - bits;
    size_t buckets = (size_t)1 << bits;
    uint32_t *starts = arena_array(arena, buckets + 2, sizeof *starts);
    uint32_t *places = arena_alloc(arena, builder->count * sizeof *places + 1);
    char *records = arena_alloc(arena, builder->used + 1);
    const char *end = builder->records + builder->used;
    /* One further than needed: the second walk moves each start to its end, the next one's start.
     */
    for (const char *record = builder->records; record < end;) {
        struct header header = read_header(record);
        starts[(text_hash(text_of(&header, record)) >> shift) + 2] += header.word & UNITS_MASK;
        record += units_of(&header) * TEXT_INDEX_ALIGNMENT;
    }
    for (size_t i = 2; i < buckets + 2; i++)
        starts[i] += starts[i - 1];
    size_t order = 0;
    for (const char *record = builder->records; record < end; order++) {
        struct header header = read_header(record);
        uint32_t *place = &starts[(text_hash(text_of(&header, record)) >> shift) + 1];
        size_t size = units_of(&header) * TEXT_INDEX_ALIGNMENT;
        memcpy(records + (size_t)*place * TEXT_INDEX_ALIGNMENT, record, size);
        places[order] = *place;
        *place += header.word & UNITS_MASK;
        record += size;
    }
    *ret = (struct text_index){starts, shift, records, places, builder->count};
}
