/* What a condition came to and why: for explanations, not for deciding. */
#include "policy/internal.h"

static void try_condition(struct policy_inputs *inputs, const struct cel_program *when,
                          struct arena *arena, struct policy_trial *ret)
{
    *ret = (struct policy_trial){.outcome = POLICY_MATCHED, .message = ""};
    if (when == NULL)
        return;
    struct cel_value value = cel_evaluate(when, inputs->variables, &inputs->scratch);
    if (value.kind == CEL_BOOL) {
        ret->outcome = value.boolean ? POLICY_MATCHED : POLICY_FALSE;
        return;
    }
    ret->outcome = POLICY_FAILED;
    ret->message = value.kind == CEL_ERROR ? arena_string(arena, value.string)
                                           : "the condition is neither true nor false";
}

void policy_class_try(struct policy_inputs *inputs, uint32_t class_index, struct arena *arena,
                      struct policy_trial *ret)
{
    ML_ASSERT(class_index < inputs->release->class_count);
    try_condition(inputs, inputs->release->classes[class_index].when, arena, ret);
}

void policy_route_try(struct policy_inputs *inputs, uint32_t route, struct arena *arena,
                      struct policy_trial *ret)
{
    ML_ASSERT(route < inputs->release->route_count);
    const struct policy_route *entry = &inputs->release->routes[route];
    try_condition(inputs, entry->when, arena, ret);
    if (ret->outcome == POLICY_MATCHED && !policy_route_samples(inputs, entry))
        ret->outcome = POLICY_NOT_SAMPLED;
}
