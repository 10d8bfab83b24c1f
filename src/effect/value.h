/* Values of expressions from JSON and back, and out of the memory they were made in. Pure. */
#ifndef ML_EFFECT_VALUE_H
#define ML_EFFECT_VALUE_H

#include "base/arena.h"
#include "base/json.h"
#include "base/json_writer.h"
#include "cel/cel.h"

/* A map, list, string, int (or double where it has a fraction), bool or null; all of it in `arena`.
 */
struct cel_value effect_value_of_json(struct json_object *json, struct arena *arena);
/* A deep copy in `arena`. Tables stay where they are. */
struct cel_value effect_value_copy(const struct cel_value *value, struct arena *arena);
/* Times as RFC 3339, durations as seconds ("1.5s"), bytes in base64; what JSON cannot hold is null.
 */
void effect_value_write(const struct cel_value *value, struct json_writer *json);
/* A string as it is, a number, boolean, time or duration printed. False: it is none of these. */
bool effect_value_text(const struct cel_value *value, struct arena *arena, struct bytes *ret);

/* Maps of texts: an array of pairs to be filled. */
struct effect_pairs {
    struct cel_value *items; /* two for each pair */
    uint32_t count, capacity;
};
void effect_pairs_init(struct effect_pairs *pairs, uint32_t capacity, struct arena *arena);
void effect_pairs_add(struct effect_pairs *pairs, const char *key, struct cel_value value);
struct cel_value effect_pairs_map(const struct effect_pairs *pairs);

#endif
