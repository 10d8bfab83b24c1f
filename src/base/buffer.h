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
void buffer_append(struct buffer *buffer, const void *data, size_t size);
void buffer_append_bytes(struct buffer *buffer, struct bytes data);
void buffer_append_char(struct buffer *buffer, char character);
void buffer_printf(struct buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Room for `size` more bytes, or NULL past the ceiling; commit with buffer_commit. */
char *buffer_reserve(struct buffer *buffer, size_t size);
void buffer_commit(struct buffer *buffer, size_t size);
/* The content with a NUL behind it; valid until the next write. */
const char *buffer_string(struct buffer *buffer);

static inline struct bytes buffer_bytes(const struct buffer *buffer)
{
    return (struct bytes){buffer->data, buffer->size};
}

#endif
