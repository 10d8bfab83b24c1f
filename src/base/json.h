/* Strict JSON reading into a json-c tree: RFC 8259 with nothing after the value, valid UTF-8, no
 * duplicate keys (RFC 7493), bounded nesting. Writing is json_writer.h. */
#ifndef ML_BASE_JSON_H
#define ML_BASE_JSON_H

#include "base/bytes.h"
#include "base/error.h"

#include <json-c/json.h>

enum { JSON_DEPTH_MAX = 32 };

/* Checks the whole of `text` without building anything: RFC 8259, UTF-8, depth, no \u0000, no half
 * surrogates, numbers that fit in int64_t or a finite double. Keys that occur twice are not seen.
 * *ret_members counts the members of all objects. ML_EINVAL or ML_ELIMIT with the place. */
int json_check(struct bytes text, size_t *ret_members, struct error *err);

/* Parses the whole of `text`. The caller owns *ret (json_object_put). ML_EINVAL names the offset or
 * the key. `err->place` is "byte N" where the position is known. */
int json_parse(struct bytes text, struct json_object **ret, struct error *err);

/* Frees what json_parse keeps for the calling thread; for threads that end before the process does.
 */
void json_thread_release(void);

/* The text of a JSON string value; empty for anything else. Borrowed from the tree. */
struct bytes json_text(struct json_object *value);
/* The text of member `key`; empty when there is none or it is not a string. */
struct bytes json_member_text(struct json_object *object, const char *key);
/* The integer of member `key`, or `fallback`. */
int64_t json_member_int(struct json_object *object, const char *key, int64_t fallback);
/* An RFC 3339 time in member `key`, or 0. */
int64_t json_member_time_us(struct json_object *object, const char *key);

/* For __attribute__((cleanup)). */
static inline void json_cleanup(struct json_object **value)
{
    json_object_put(*value);
}
#define JSON_AUTO __attribute__((cleanup(json_cleanup))) struct json_object

#endif
