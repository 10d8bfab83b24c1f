/* Prints JSON (RFC 8259) straight into a buffer: commas and escapes are its business, order is the
 * caller's. No tree is built. Text must be valid UTF-8. Overflow shows in the buffer. */
#ifndef ML_BASE_JSON_WRITER_H
#define ML_BASE_JSON_WRITER_H

#include "base/buffer.h"

#include <stdint.h>

struct json_writer {
    struct buffer *out; /* borrowed */
    bool comma;         /* a comma is due before the next element */
};

void json_begin(struct json_writer *writer, struct buffer *out);
void json_object_open(struct json_writer *writer);
void json_object_close(struct json_writer *writer);
void json_array_open(struct json_writer *writer);
void json_array_close(struct json_writer *writer);
/* The name of the next value; `key` is a literal that needs no escaping. */
void json_key(struct json_writer *writer, const char *key);
void json_key_bytes(struct json_writer *writer, struct bytes key);
void json_string(struct json_writer *writer, struct bytes value);
void json_integer(struct json_writer *writer, int64_t value);
void json_unsigned(struct json_writer *writer, uint64_t value);
/* Shortest form that reads back to the same double; infinities and NaN print as null. */
void json_double(struct json_writer *writer, double value);
void json_boolean(struct json_writer *writer, bool value);
void json_null(struct json_writer *writer);
/* Text that already is JSON, copied as it stands. */
void json_raw(struct json_writer *writer, struct bytes json);

/* key and value in one call; the first form skips nothing, the `_if` form skips empty text. */
void json_member(struct json_writer *writer, const char *key, struct bytes value);
void json_member_if(struct json_writer *writer, const char *key, struct bytes value);
void json_member_integer(struct json_writer *writer, const char *key, int64_t value);
void json_member_unsigned(struct json_writer *writer, const char *key, uint64_t value);
void json_member_bool(struct json_writer *writer, const char *key, bool value);
/* RFC 3339 UTC with microseconds; time 0 prints null. */
void json_member_time(struct json_writer *writer, const char *key, int64_t time_us);

#endif
