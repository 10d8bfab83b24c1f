/* A release's life: one block of memory, shared and counted; and finding things in it by name. */
#include "policy/internal.h"

#include <stdlib.h>

struct policy_block *policy_block_new(void)
{
    struct policy_block *block = calloc(1, sizeof *block);
    if (block == NULL)
        panic("out of memory (release)");
    atomic_init(&block->references, 1);
    arena_init(&block->arena);
    return block;
}

struct policy_release *policy_release_ref(struct policy_release *release)
{
    struct policy_block *block = (struct policy_block *)release;
    atomic_fetch_add_explicit(&block->references, 1, memory_order_relaxed);
    return release;
}

void policy_release_unref(struct policy_release *release)
{
    struct policy_block *block = (struct policy_block *)release;
    if (block == NULL ||
        atomic_fetch_sub_explicit(&block->references, 1, memory_order_acq_rel) != 1)
        return;
    for (struct policy_owned_schema *owned = block->schemas; owned != NULL; owned = owned->next)
        contract_schema_free(owned->schema);
    arena_release(&block->arena);
    free(block);
}

uint32_t policy_source_find(const struct policy_release *release, struct bytes name)
{
    return policy_index_find(&policy_block_of(release)->sources, name);
}

uint32_t policy_rep_find(const struct policy_release *release, struct bytes id)
{
    return policy_index_find(&policy_block_of(release)->reps, id);
}

uint32_t policy_pool_find(const struct policy_release *release, struct bytes id)
{
    return policy_index_find(&policy_block_of(release)->pools, id);
}

uint32_t policy_route_find(const struct policy_release *release, struct bytes name)
{
    return policy_index_find(&policy_block_of(release)->routes, name);
}

uint32_t policy_field_find(const struct policy_schema *schema, struct bytes name)
{
    return policy_index_find(schema->index, name);
}

const char *policy_strategy_name(enum policy_strategy strategy)
{
    return policy_strategies[strategy];
}

const char *policy_relief_name(enum policy_relief relief)
{
    static const char *const names[] = {[POLICY_RELIEF_WAIT] = "wait",
                                        [POLICY_RELIEF_OVERFLOW] = "overflow",
                                        [POLICY_RELIEF_ON_CALL] = "on_call"};
    return names[relief];
}
