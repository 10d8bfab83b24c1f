/* Texts as numbers: counters come event after event under the same few names. */
#include "store/internal.h"

#include "base/text_hash.h"

#include <stdlib.h>

static struct hash128 key_of(struct bytes text)
{
    return hash128_of(&text, 1);
}

uint32_t store_name_find(struct store_names *names, struct bytes text)
{
    uint32_t *recent = &names->recent[text_hash(text) % STORE_NAMES_RECENT];
    if (*recent != 0 && bytes_equal(store_name_at(names, *recent - 1), text))
        return *recent - 1;
    const uint64_t *found = map_find(&names->index, key_of(text));
    if (found == NULL)
        return CORE_NONE;
    *recent = (uint32_t)*found + 1;
    return (uint32_t)*found;
}

uint32_t store_name_add(struct store_names *names, struct bytes text)
{
    names->items = store_grow(names->items, names->count, sizeof *names->items);
    names->items[names->count] = store_copy(text);
    map_put(&names->index, key_of(text), names->count);
    return names->count++;
}

uint32_t store_name_get(struct store_names *names, struct bytes text)
{
    uint32_t found = store_name_find(names, text);
    return found != CORE_NONE ? found : store_name_add(names, text);
}

void store_names_release(struct store_names *names)
{
    for (uint32_t i = 0; i < names->count; i++)
        free(names->items[i]);
    free(names->items);
    map_release(&names->index);
    *names = (struct store_names){0};
}

struct bytes store_text_cut(struct bytes text)
{
    const char *end = text.size > 0 ? memchr(text.data, '\0', text.size) : NULL;
    if (end != NULL)
        text.size = (size_t)(end - text.data);
    if (text.size <= STORE_TEXT_CUT)
        return text;
    size_t size = STORE_TEXT_CUT;
    while (size > 0 && ((unsigned char)text.data[size] & 0xc0) == 0x80)
        size--;
    return (struct bytes){text.data, size};
}

struct bytes store_text_whole(struct bytes text)
{
    size_t start = text.size; /* of the last character */
    while (start > 0 && ((unsigned char)text.data[start - 1] & 0xc0) == 0x80)
        start--;
    if (start > 0 && start < text.size + 1 && (unsigned char)text.data[start - 1] >= 0xc0)
        start--;
    struct bytes last = {text.data + start, text.size - start};
    return bytes_is_utf8(last) ? text : (struct bytes){text.data, start};
}
