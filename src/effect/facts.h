/* What a provider's answer says of a lead: `map`, `verdict` and `found` of its options, whoever
 * gave the answer. */
#ifndef ML_EFFECT_FACTS_H
#define ML_EFFECT_FACTS_H

#include "effect/ask.h"

/* Reads the fields of `map` into ret->values, by the schema of the release with its limits; what
 * does not fit is left out and named in ret->excerpt. Reads `verdict` as well. `response` is set
 * already. Whatever it comes to, ret->outcome is OK, unless an expression cannot be evaluated for
 * another reason than a member that is not there: PERMANENT. */
void facts_read(const struct ask *ask, struct core_receipt *ret);
/* `found` says that there is nothing to read: ret is OK, without values. */
bool facts_are_missing(const struct ask *ask, struct core_receipt *ret);
/* Makes a row or other facts of our own visible as response.body. */
void facts_show(const struct ask *ask, const struct cel_value *body);

#endif
