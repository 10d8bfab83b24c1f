/* What the function libraries share: messages and text made in the scratch, characters of UTF-8,
 * and how numbers and times are written. The libraries themselves are tables; overloads.c looks
 * functions up in them. */
#ifndef ML_CEL_LIBRARY_H
#define ML_CEL_LIBRARY_H

#include "cel/internal.h"

/* In library_NAME.c each. */
extern const struct cel_library cel_library_convert, cel_library_encode, cel_library_format,
    cel_library_lists, cel_library_match, cel_library_math, cel_library_network,
    cel_library_strings, cel_library_time;

/* An initialiser for a library whose overloads are the array of that name in the same file. */
#define CEL_LIBRARY(overloads)                             \
    {                                                      \
        overloads, sizeof(overloads) / sizeof *(overloads) \
    }

enum { CEL_CALL_EITHER = CEL_CALL_GLOBAL | CEL_CALL_MEMBER };

static inline struct cel_value cel_uint(uint64_t uinteger)
{
    return (struct cel_value){.kind = CEL_UINT, .uinteger = uinteger};
}

static inline struct cel_value cel_list(const struct cel_value *items, size_t count)
{
    return (struct cel_value){.kind = CEL_LIST, .count = (uint32_t)count, .items = items};
}

static inline struct cel_value cel_time_value(enum cel_kind kind, struct cel_time time)
{
    return (struct cel_value){.kind = kind, .time = time};
}

/* An error with a message of at most 255 bytes, in the scratch. */
struct cel_value cel_error_printf(struct cel_scratch *scratch, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* A text as part of a message: short enough to be read, cut between characters. */
struct bytes cel_text_excerpt(struct bytes text);

/* ---- a text that grows at the end of the scratch; nothing else is allocated meanwhile */

struct cel_text {
    struct cel_scratch *scratch; /* may be NULL */
    size_t start;
    bool exhausted;
};

struct cel_text cel_text_begin(struct cel_scratch *scratch);
void cel_text_append(struct cel_text *text, struct bytes piece);
/* The string, or the error that the scratch is exhausted. */
struct cel_value cel_text_end(struct cel_text *text);

/* ---- UTF-8, which strings are */

/* Bytes of the character that starts at `at`, at least 1. */
size_t cel_character_size(struct bytes text, size_t at);
int64_t cel_character_count(struct bytes text);
/* The byte offset of the character at `index`, up to the one behind the last; false past that. */
bool cel_character_offset(struct bytes text, int64_t index, size_t *ret);

/* ---- numbers and times as text; all give the size */

enum { CEL_DOUBLE_TEXT_SIZE = 352, CEL_TIME_TEXT_SIZE = 48, CEL_ADDRESS_TEXT_SIZE = 48 };

/* The shortest decimal that reads back as the same double: "0.1", "1e+21", "NaN", "-Infinity".
 * `positional` never uses an exponent. */
size_t cel_double_print(double number, bool positional, char text[static CEL_DOUBLE_TEXT_SIZE]);
/* "2026-11-23T09:30:00.25Z". */
size_t cel_timestamp_print(struct cel_time time, char text[static CEL_TIME_TEXT_SIZE]);
/* "-1.5s". */
size_t cel_duration_print(struct cel_time time, char text[static CEL_TIME_TEXT_SIZE]);
/* "192.168.0.1", "2001:db8::1", of a network with "/24" behind it. */
size_t cel_address_print(const struct cel_value *value, char text[static CEL_ADDRESS_TEXT_SIZE]);

/* Sorts numbers so that `precedes(context, a, b)` is false for every later a and earlier b; equals
 * keep their order. `spare` has room for as many. */
void cel_order_sort(uint32_t *order, uint32_t *spare, size_t count,
                    bool (*precedes)(const void *context, uint32_t a, uint32_t b),
                    const void *context);

#endif
