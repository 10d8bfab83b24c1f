/* Reading a destination's options, which `meshline check` has seen: what is missing has a default,
 * what is wrong cannot be there. */
#ifndef ML_EFFECT_OPTIONS_H
#define ML_EFFECT_OPTIONS_H

#include <json.h>
#include <stdbool.h>
#include <stdint.h>

/* NULL when there is none; `options` may be NULL. */
struct json_object *options_member(struct json_object *options, const char *key);
/* The text; "" when there is none. Lives as long as the options. */
const char *options_text(struct json_object *options, const char *key);
bool options_bool(struct json_object *options, const char *key, bool fallback);
/* "5m" → microseconds. */
int64_t options_duration(struct json_object *options, const char *key, int64_t fallback);
/* 1048576 or "100MB" (kB, MB, GB; kB is 1,000) → bytes; 0 when there is none. */
int64_t options_bytes(struct json_object *options, const char *key);

#endif
