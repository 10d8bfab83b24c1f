/* Looks ready-made sources up; what they are stands in spec/kinds/. */
#include "policy/edge/kind.h"

const struct policy_kind *policy_kind_find(struct bytes name)
{
    for (size_t i = 0; i < policy_kind_count; i++)
        if (bytes_is(name, policy_kinds[i].name))
            return &policy_kinds[i];
    return NULL;
}
