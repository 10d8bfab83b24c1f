/* `lead.country in ["DE", "AT", …]` as one lookup. */
#include "cel/program.h"

/* Multiply and fold, eight bytes at a time. Not keyed: only the policy's author chooses what is in
 * the set, and a lookup walks over members alone. */
static uint64_t mix(uint64_t state, uint64_t word)
{
    uint64_t mixed = (state ^ word) * UINT64_C(0x9E3779B97F4A7C15);
    return mixed ^ mixed >> 29;
}

static uint64_t read_word(const char *data, size_t size)
{
    uint64_t word = 0;
    memcpy(&word, data, size);
    return word;
}

/* Up to eight bytes without a loop or a call: two halves that may overlap. */
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

static uint64_t hash(struct bytes string)
{
    uint64_t state = string.size;
    const char *data = string.data;
    size_t left = string.size;
    for (; left > 8; left -= 8, data += 8)
        state = mix(state, read_word(data, 8));
    return mix(state, read_short(data, left));
}

static bool is_strings(const struct cel_value *value)
{
    if (value->kind != CEL_LIST)
        return false;
    for (uint32_t i = 0; i < value->count; i++)
        if (value->items[i].kind != CEL_STRING)
            return false;
    return true;
}

const struct cel_string_set *cel_string_set_new(struct arena *arena, const struct cel_value *list)
{
    if (!is_strings(list))
        return NULL;
    uint32_t capacity = 4;
    while (capacity / 2 < list->count)
        capacity *= 2;
    struct bytes *slots = arena_array(arena, capacity, sizeof *slots);
    for (uint32_t i = 0; i < list->count; i++) {
        struct bytes string = list->items[i].string;
        uint64_t slot = hash(string) & (capacity - 1);
        while (slots[slot].data != NULL && !bytes_equal(slots[slot], string))
            slot = (slot + 1) & (capacity - 1);
        slots[slot] = string.size > 0 ? string : (struct bytes){"", 0};
    }
    struct cel_string_set *set = arena_alloc(arena, sizeof *set);
    *set = (struct cel_string_set){slots, capacity - 1};
    return set;
}

bool cel_string_set_has(const struct cel_string_set *set, struct bytes string)
{
    uint64_t slot = hash(string) & set->mask;
    for (; set->slots[slot].data != NULL; slot = (slot + 1) & set->mask)
        if (bytes_equal(set->slots[slot], string))
            return true;
    return false;
}
