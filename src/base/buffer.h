/* A growing byte buffer that is born with a ceiling. Passing it is remembered (`overflow`) and the
 * buffer stays as it was before that write, so a caller may write many pieces and check once. */
#ifndef ML_BASE_BUFFER_H
#define ML_BASE_BUFFER_H

#include "base/bytes.h"

struct buffer {
    char *data; /* owned; NULL until the first byte */
    size_t size;
    size_t capacity;
    size_t ceiling; /* bytes; size never passes it */
    bool overflow;
};

void buffer_init(struct buffer *buffer, size_t ceiling);
void buffer_release(struct buffer *buffer);
/* Empties, keeps the memory, forgets overflow. */
void buffer_clear(struct buffer *buffer);
void buffer_printf(struct buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Room for `size` more bytes, or NULL past the ceiling; commit with buffer_commit. */
char *buffer_reserve(struct buffer *buffer, size_t size);
void buffer_commit(struct buffer *buffer, size_t size);
/* The content with a NUL behind it; valid until the next write. */
const char *buffer_string(struct buffer *buffer);

/* Room that is there already is within the ceiling, and the writers of JSON come byte by byte: the
 * short way is worth having in line. */
static inline void buffer_append(struct buffer *buffer, const void *data, size_t size)
{
    bool fits = size < buffer->capacity - buffer->size && !buffer->overflow;
    char *room = fits ? buffer->data + buffer->size : buffer_reserve(buffer, size);
    if (room == NULL || size == 0)
        return;
    memcpy(room, data, size);
    buffer->size += size;
}

static inline void buffer_append_bytes(struct buffer *buffer, struct bytes data)
{
    buffer_append(buffer, data.data, data.size);
}

static inline void buffer_append_char(struct buffer *buffer, char character)
{
    buffer_append(buffer, &character, 1);
}

static inline struct bytes buffer_bytes(const struct buffer *buffer)
{
    return (struct bytes){buffer->data, buffer->size};
}

#endif
