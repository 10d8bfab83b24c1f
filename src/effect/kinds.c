/* Which kind does what. */
#include "effect/kind.h"

const struct effect_kind *const effect_kinds[POLICY_DESTINATION_KINDS + 1] = {
    [POLICY_DESTINATION_KINDS] = NULL,
};
