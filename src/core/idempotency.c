/* Idempotency keys: a ring in order of time beside an index, each remembered for
 * CORE_IDEMPOTENCY_US. */
#include "core/internal.h"

#include <stdlib.h>

static struct idempotency *idempotency_at(const struct core *core, uint64_t position)
{
    return &core->idempotency[position & (core->idempotency_capacity - 1)];
}

static void grow_idempotency(struct core *core)
{
    size_t capacity = core->idempotency_capacity ? core->idempotency_capacity * 2 : 64;
    struct idempotency *ring = core_allocate(capacity, sizeof *ring);
    for (uint64_t p = core->idempotency_first; p < core->idempotency_end; p++)
        ring[p & (capacity - 1)] = *idempotency_at(core, p);
    free(core->idempotency);
    core->idempotency = ring;
    core->idempotency_capacity = capacity;
}

void idempotency_put(struct core *core, const struct idempotency *entry)
{
    if (core->idempotency_end - core->idempotency_first == core->idempotency_capacity)
        grow_idempotency(core);
    *idempotency_at(core, core->idempotency_end) = *entry;
    map_put(&core->idempotency_index, entry->key, core->idempotency_end);
    core->idempotency_end++;
}

void idempotency_expire(struct core *core)
{
    while (core->idempotency_first < core->idempotency_end) {
        const struct idempotency *oldest = idempotency_at(core, core->idempotency_first);
        if (oldest->time_us > core->time_us - CORE_IDEMPOTENCY_US)
            break;
        const uint64_t *position = map_find(&core->idempotency_index, oldest->key);
        if (position != NULL && *position == core->idempotency_first)
            map_remove(&core->idempotency_index, oldest->key);
        core->idempotency_first++;
    }
}

const struct idempotency *idempotency_find(const struct core *core, struct hash128 key,
                                           int64_t now_us)
{
    if (hash128_is_none(key))
        return NULL;
    const uint64_t *position = map_find(&core->idempotency_index, key);
    if (position == NULL)
        return NULL;
    const struct idempotency *entry = idempotency_at(core, *position);
    return entry->time_us > now_us - CORE_IDEMPOTENCY_US ? entry : NULL;
}
