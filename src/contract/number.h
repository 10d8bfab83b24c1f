/* Exact arithmetic on JSON numbers as they are written: nothing is rounded, however large or fine.
 */
#ifndef ML_CONTRACT_NUMBER_H
#define ML_CONTRACT_NUMBER_H

#include "contract/instance.h"

/* Reads a JSON number that is known to be well-formed. False when it has too many digits or its
 * exponent is absurd. */
bool contract_number_read(struct bytes text, struct contract_instance *ret);

/* -1, 0 or 1. */
int contract_number_compare(const struct contract_instance *a, const struct contract_instance *b);
/* True when `number` is `divisor` times an integer; `divisor` is above 0. */
bool contract_number_is_multiple(const struct contract_instance *number,
                                 const struct contract_instance *divisor);
/* The same for numbers that are equal. */
uint64_t contract_number_hash(const struct contract_instance *number);

#endif
