/* Values and types as the conformance file writes them. */
#ifndef ML_TESTS_CONFORMANCE_CEL_VALUE_H
#define ML_TESTS_CONFORMANCE_CEL_VALUE_H

#include "base/buffer.h"
#include "cel/cel.h"

#include <json-c/json.h>

/* {"int": "42"}, {"list": [...]}, …; false when the file says something that is no value. */
bool case_value_read(struct json_object *json, struct arena *arena, struct cel_value *ret);
/* Exactly the same: kinds too, NaN is NaN, the pairs of maps in any order. */
bool case_values_same(const struct cel_value *a, const struct cel_value *b);

/* "list(string)"; NULL when it is no type. */
const struct cel_type *case_type_read(struct bytes text, struct arena *arena);
/* In the words of the specification: "list(optional_type(int))". */
void case_type_print(const struct cel_type *type, struct buffer *out);
/* ["T", "list(T)"] and "T" as a signature of cel.h: "AL(A):A". NULL when it cannot be said. */
const char *case_signature(struct json_object *parameters, struct bytes result,
                           struct arena *arena);

#endif
