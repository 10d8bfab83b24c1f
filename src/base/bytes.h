/* A borrowed run of bytes: pointer and length, usually UTF-8, never owned, not NUL-terminated. */
#ifndef ML_BASE_BYTES_H
#define ML_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct bytes {
    const char *data; /* may be NULL when size is 0 */
    size_t size;
};

/* printf("%.*s", BYTES_ARG(b)) */
#define BYTES_ARG(b) (int)(b).size, (b).data ? (b).data : ""
#define BYTES_LITERAL(s) ((struct bytes){"" s, sizeof(s) - 1})

/* A view of a NUL-terminated string; NULL gives an empty view. */
static inline struct bytes bytes_of(const char *string)
{
    return (struct bytes){string, string ? strlen(string) : 0};
}

static inline bool bytes_equal(struct bytes a, struct bytes b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

static inline bool bytes_is(struct bytes a, const char *string)
{
    return bytes_equal(a, bytes_of(string));
}

/* True when `data` is well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms). */
bool bytes_is_utf8(struct bytes data);

/* The candidate nearest to `word` by edit distance, or NULL when none is near enough to suggest. */
const char *bytes_suggest(struct bytes word, const char *const *candidates, size_t count);

#endif
