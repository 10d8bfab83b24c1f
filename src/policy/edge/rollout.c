/* Which version of a source's contract reads a record. */
#include "policy/edge/edge.h"

const char *policy_rollout_mode_name(enum policy_rollout_mode mode)
{
    static const char *const names[] = {"none", "shadow", "canary"};
    return names[mode];
}

const struct policy_contract *policy_contract_find(const struct policy_source *source,
                                                   uint32_t version)
{
    for (size_t i = 0; i < source->contract_count; i++)
        if (source->contracts[i].version == version)
            return &source->contracts[i];
    return NULL;
}
