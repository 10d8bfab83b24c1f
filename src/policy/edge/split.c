/* Several records in one payload, as some vendors send them. */
#include "contract/value.h"
#include "policy/edge/internal.h"

/* The pieces of `list`; false when one of them has no form in JSON. */
static bool take_pieces(const struct cel_value *list, const struct contract_origin *origin,
                        const struct policy_payload *payload, struct arena *arena,
                        const struct policy_payload **ret)
{
    struct policy_payload *pieces = arena_array(arena, list->count, sizeof *pieces);
    struct contract_instance *instances = arena_array(arena, list->count, sizeof *instances);
    for (uint32_t i = 0; i < list->count; i++) {
        if (contract_instance_from_cel(&list->items[i], origin, arena, &instances[i], NULL) < 0)
            return false;
        pieces[i] = (struct policy_payload){&instances[i], payload->event};
    }
    *ret = pieces;
    return true;
}

void policy_edge_split(const struct policy_release *release, uint32_t source,
                       const struct policy_payload *payload, struct policy_edge_scratch *scratch,
                       struct arena *arena, const struct policy_payload **ret, size_t *ret_count)
{
    const struct cel_program *split = release->sources[source].split;
    struct cel_value data;
    *ret = payload;
    *ret_count = 1;
    if (split == NULL ||
        policy_edge_set_variables(release, source, payload, scratch, arena, &data, NULL) < 0)
        return;
    struct cel_value list = policy_edge_evaluate(scratch, split);
    if (list.kind != CEL_LIST || list.count == 0)
        return;
    const struct contract_origin *origin = contract_origin_new(payload->data, &data, arena);
    if (take_pieces(&list, origin, payload, arena, ret))
        *ret_count = list.count;
}
