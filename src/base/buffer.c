/* Growth by doubling up to the ceiling. */
#include "base/buffer.h"

#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void buffer_init(struct buffer *buffer, size_t ceiling)
{
    *buffer = (struct buffer){.ceiling = ceiling};
}

void buffer_release(struct buffer *buffer)
{
    free(buffer->data);
    *buffer = (struct buffer){.ceiling = buffer->ceiling};
}

void buffer_clear(struct buffer *buffer)
{
    buffer->size = 0;
    buffer->overflow = false;
}

char *buffer_reserve(struct buffer *buffer, size_t size)
{
    if (buffer->overflow || size > buffer->ceiling - buffer->size) {
        buffer->overflow = true;
        return NULL;
    }
    size_t needed = buffer->size + size + 1; /* one for buffer_string's NUL */
    if (needed > buffer->capacity) {
        size_t capacity = buffer->capacity ? buffer->capacity : 256;
        while (capacity < needed)
            capacity *= 2;
        if (capacity > buffer->ceiling + 1)
            capacity = buffer->ceiling + 1;
        char *data = realloc(buffer->data, capacity);
        if (data == NULL)
            panic("out of memory (buffer of %zu bytes)", capacity);
        buffer->data = data;
        buffer->capacity = capacity;
    }
    return buffer->data + buffer->size;
}

void buffer_commit(struct buffer *buffer, size_t size)
{
    ML_ASSERT(buffer->size + size < buffer->capacity);
    buffer->size += size;
}

void buffer_printf(struct buffer *buffer, const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int size = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    ML_ASSERT(size >= 0);
    char *room = buffer_reserve(buffer, (size_t)size);
    if (room != NULL) {
        vsnprintf(room, (size_t)size + 1, format, again);
        buffer->size += (size_t)size;
    }
    va_end(again);
}

const char *buffer_string(struct buffer *buffer)
{
    if (buffer->data == NULL)
        return "";
    buffer->data[buffer->size] = '\0';
    return buffer->data;
}
