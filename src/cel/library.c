/* Text, characters and sorting for the function libraries. */
#include "cel/library.h"

#include <stdarg.h>
#include <stdio.h>

enum { MESSAGE_SIZE = 256, EXCERPT_MAX = 64 };

struct cel_value cel_error_printf(struct cel_scratch *scratch, const char *format, ...)
{
    char *text = cel_scratch_alloc(scratch, MESSAGE_SIZE);
    if (text == NULL)
        return cel_error_exhausted();
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(text, MESSAGE_SIZE, format, arguments);
    va_end(arguments);
    return cel_error((struct bytes){text, size < MESSAGE_SIZE ? (size_t)size : MESSAGE_SIZE - 1});
}

struct bytes cel_text_excerpt(struct bytes text)
{
    if (text.size <= EXCERPT_MAX)
        return text;
    size_t size = EXCERPT_MAX;
    while (size > 0 && ((unsigned char)text.data[size] & 0xC0) == 0x80)
        size--;
    return (struct bytes){text.data, size};
}

/* ---- a growing text */

struct cel_text cel_text_begin(struct cel_scratch *scratch)
{
    bool usable = scratch != NULL && scratch->memory != NULL;
    return (struct cel_text){scratch, usable ? scratch->used : 0, !usable};
}

void cel_text_append(struct cel_text *text, struct bytes piece)
{
    if (text->exhausted || piece.size == 0)
        return;
    struct cel_scratch *scratch = text->scratch;
    if (piece.size > scratch->size - scratch->used) {
        text->exhausted = true;
        return;
    }
    memcpy(scratch->memory + scratch->used, piece.data, piece.size);
    scratch->used += piece.size;
}

struct cel_value cel_text_end(struct cel_text *text)
{
    if (text->exhausted)
        return cel_error_exhausted();
    size_t size = text->scratch->used - text->start;
    return cel_string((struct bytes){text->scratch->memory + text->start, size});
}

/* ---- characters */

size_t cel_character_size(struct bytes text, size_t at)
{
    size_t end = at + 1;
    while (end < text.size && ((unsigned char)text.data[end] & 0xC0) == 0x80)
        end++;
    return end - at;
}

int64_t cel_character_count(struct bytes text)
{
    int64_t count = 0;
    for (size_t i = 0; i < text.size; i++)
        count += ((unsigned char)text.data[i] & 0xC0) != 0x80;
    return count;
}

bool cel_character_offset(struct bytes text, int64_t index, size_t *ret)
{
    if (index < 0)
        return false;
    size_t at = 0;
    for (; index > 0 && at < text.size; index--)
        at += cel_character_size(text, at);
    *ret = at;
    return index == 0;
}

/* ---- sorting: runs of 1, 2, 4, … are merged between the two arrays */

void cel_order_sort(uint32_t *order, uint32_t *spare, size_t count,
                    bool (*precedes)(const void *context, uint32_t a, uint32_t b),
                    const void *context)
{
    uint32_t *from = order, *to = spare;
    for (size_t run = 1; run < count; run *= 2) {
        for (size_t start = 0; start < count; start += 2 * run) {
            size_t middle = start + run < count ? start + run : count;
            size_t end = middle + run < count ? middle + run : count;
            size_t left = start, right = middle;
            for (size_t i = start; i < end; i++) {
                bool take_right =
                    left == middle || (right < end && precedes(context, from[right], from[left]));
                to[i] = take_right ? from[right++] : from[left++];
            }
        }
        uint32_t *filled = to;
        to = from;
        from = filled;
    }
    if (from != order)
        memcpy(order, from, count * sizeof *order);
}
