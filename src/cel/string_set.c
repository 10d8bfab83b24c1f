/* `lead.country in ["DE", "AT", …]` as one lookup. */
#include "cel/program.h"

#include "base/text_hash.h"

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
        uint64_t slot = text_hash(string) & (capacity - 1);
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
    uint64_t slot = text_hash(string) & set->mask;
    for (; set->slots[slot].data != NULL; slot = (slot + 1) & set->mask)
        if (bytes_equal(set->slots[slot], string))
            return true;
    return false;
}
