/* What the API's names mean to people: one vocabulary for lead, leads, reps and explain. */
#ifndef ML_CLI_WORDS_H
#define ML_CLI_WORDS_H

#include "base/bytes.h"
#include "base/json.h"

/* "at capacity" for "full"; the name itself when it is a new one. Static storage, or `name`'s. */
struct bytes words_readiness(struct bytes name);
/* "outside working hours" for "off_hours". */
struct bytes words_duty(struct bytes name);
/* "next in turn of those who could take it" for "round_robin". */
struct bytes words_strategy(struct bytes name);
/* "by the policy, on arrival" for "routed". */
struct bytes words_cause(struct bytes name);

#endif
