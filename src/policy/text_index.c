/* The index of texts; see the header. */
#include "policy/text_index.h"

#include "base/error.h"

/* Multiply to 128 bits and fold, as wyhash does (Wang Yi, github.com/wangyi-fudan/wyhash). Not
 * keyed: only the mesh's author chooses what is in an index; a lookup walks over members alone. */
static uint64_t mix(uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t read_word(const char *data)
{
    uint64_t word;
    memcpy(&word, data, sizeof word);
    return word;
}

/* Up to eight bytes without a call: two halves that may overlap. */
static uint64_t read_short(const char *data, size_t size)
{
    if (size >= 4) {
        uint32_t low, high;
        memcpy(&low, data, 4);
        memcpy(&high, data + size - 4, 4);
        return (uint64_t)high << 32 | low;
    }
    if (size == 0)
        return 0;
    const unsigned char *bytes = (const unsigned char *)data;
    return (uint64_t)bytes[0] << 16 | (uint64_t)bytes[size / 2] << 8 | bytes[size - 1];
}

static uint64_t hash_text(struct bytes text)
{
    static const uint64_t k1 = UINT64_C(0xA0761D6478BD642F), k2 = UINT64_C(0xE7037ED1A0B428DB);
    uint64_t state = text.size ^ k1;
    const char *data = text.data;
    size_t left = text.size;
    for (; left > 8; left -= 8, data += 8)
        state = mix(state ^ read_word(data), k2);
    state = mix(state ^ (left == 8 ? read_word(data) : read_short(data, left)), k2);
    return mix(state ^ k1, k2);
}

void text_index_init(struct text_index *index, size_t count, size_t size, struct arena *arena)
{
    ML_ASSERT(count < UINT32_MAX && size / TEXT_INDEX_ALIGNMENT < UINT32_MAX);
    size_t capacity = 4;
    while (capacity < count + count / 2 + 1)
        capacity *= 2;
    *index = (struct text_index){
        .slots = arena_array(arena, capacity, sizeof *index->slots),
        .mask = capacity - 1,
        .records = arena_alloc(arena, size + 1),
        .size = size,
    };
}

/* The slot of the text, or the free one where it would go. */
static uint64_t find_slot(const struct text_index *index, struct bytes text, uint64_t hash)
{
    uint64_t slot = hash & index->mask;
    for (uint64_t held; (held = index->slots[slot]) != 0; slot = (slot + 1) & index->mask)
        if (held >> 32 == hash >> 32 &&
            bytes_equal(text_index_at(index, (uint32_t)held - 1).text, text))
            break;
    return slot;
}

/* What a record takes, in units of the alignment. */
static size_t record_units(size_t bytes)
{
    return (TEXT_INDEX_HEADER + bytes + TEXT_INDEX_ALIGNMENT - 1) / TEXT_INDEX_ALIGNMENT;
}

char *text_index_put(struct text_index *index, struct bytes text, uint32_t number,
                     size_t payload_size, uint32_t *ret_place)
{
    ML_ASSERT(text.size <= TEXT_INDEX_TEXT_MAX);
    uint64_t hash = hash_text(text);
    uint64_t slot = find_slot(index, text, hash);
    if (index->slots[slot] != 0) {
        *ret_place = (uint32_t)index->slots[slot] - 1;
        return NULL;
    }
    size_t size = record_units(text.size + payload_size) * TEXT_INDEX_ALIGNMENT;
    ML_ASSERT(size <= index->size - index->used);
    char *record = index->records + index->used;
    uint32_t place = (uint32_t)(index->used / TEXT_INDEX_ALIGNMENT);
    uint16_t text_size = (uint16_t)text.size;
    memcpy(record, &number, sizeof number);
    memcpy(record + sizeof number, &text_size, sizeof text_size);
    if (text.size > 0)
        memcpy(record + TEXT_INDEX_HEADER, text.data, text.size);
    index->used += size;
    index->count++;
    index->slots[slot] = hash >> 32 << 32 | (place + 1);
    *ret_place = place;
    return record + TEXT_INDEX_HEADER + text.size;
}

bool text_index_find(const struct text_index *index, struct bytes text, struct text_record *ret)
{
    uint64_t held = index->slots[find_slot(index, text, hash_text(text))];
    if (held == 0)
        return false;
    *ret = text_index_at(index, (uint32_t)held - 1);
    return true;
}

struct text_record text_index_at(const struct text_index *index, uint32_t place)
{
    const char *record = index->records + (size_t)place * TEXT_INDEX_ALIGNMENT;
    struct text_record found;
    uint16_t size;
    memcpy(&found.number, record, sizeof found.number);
    memcpy(&size, record + sizeof found.number, sizeof size);
    found.text = (struct bytes){record + TEXT_INDEX_HEADER, size};
    found.payload = record + TEXT_INDEX_HEADER + size;
    return found;
}

uint32_t text_index_next(const struct text_index *index, uint32_t place)
{
    return place + (uint32_t)record_units(text_index_at(index, place).text.size);
}
