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

#endif
