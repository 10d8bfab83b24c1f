/* Which kind does what. */
#include "effect/kind.h"

const struct effect_kind *const effect_kinds[POLICY_DESTINATION_KINDS + 1] = {
    [POLICY_NDJSON] = &effect_ndjson,
    [POLICY_NATS] = &effect_nats,
    [POLICY_POSTGRES] = &effect_postgres,
    [POLICY_DESTINATION_KINDS] = NULL,
};
