/* An instance as a value of the expression language, for mappings. */
#ifndef ML_CONTRACT_VALUE_H
#define ML_CONTRACT_VALUE_H

#include "cel/cel.h"
#include "contract/instance.h"

/* Objects become maps, lists stay lists; a number is an int when it is an integer that fits,
 * however it is written, and a double otherwise. *ret lives in `arena` and shares the instance's
 * texts. ML_EINVAL for a number outside double, ML_ELIMIT deeper than CEL_DEPTH_MAX; `err->place`
 * is the JSON Pointer. */
int contract_instance_to_cel(const struct contract_instance *instance, struct arena *arena,
                             struct cel_value *ret, struct error *err);

/* The way back, for what an expression made of a payload: an int, uint or double becomes a number,
 * a timestamp its RFC 3339 text. Lists and maps that came of a payload as they are (the same items)
 * are that payload's own, their numbers as they were written; `origin` and `origin_value` are that
 * payload and what contract_instance_to_cel made of it. *ret lives in `arena` (texts
 * are copied). ML_EINVAL for what JSON has not: a map with other keys than texts, or with one
 * twice; bytes, types and the like. */
struct contract_origin;
const struct contract_origin *contract_origin_new(const struct contract_instance *origin,
                                                  const struct cel_value *origin_value,
                                                  struct arena *arena);
int contract_instance_from_cel(const struct cel_value *value, const struct contract_origin *origin,
                               struct arena *arena, struct contract_instance *ret,
                               struct error *err);

#endif
