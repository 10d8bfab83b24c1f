/* Name → number tables. The names come from the policy, not from a payload, so nobody outside can
 * choose them to collide: a fast hash of whole words is enough. */
#include "policy/internal.h"

#include "base/text_hash.h"

static uint32_t name_hash(struct bytes name)
{
    return (uint32_t)(text_hash(name) >> 32);
}

void policy_index_init(struct policy_index *index, struct arena *arena, size_t count)
{
    ML_ASSERT(count <= UINT32_MAX / 4);
    uint32_t capacity = 4;
    while (capacity < count * 2)
        capacity *= 2;
    index->slots = arena_array(arena, capacity, sizeof *index->slots);
    index->mask = capacity - 1;
    for (uint32_t i = 0; i < capacity; i++)
        index->slots[i].value = POLICY_NONE;
}

/* The name's slot, or the free one where it belongs. */
static struct policy_index_slot *find_slot(const struct policy_index *index, struct bytes name,
                                           uint32_t hash)
{
    uint32_t at = hash & index->mask;
    while (index->slots[at].value != POLICY_NONE &&
           !(index->slots[at].hash == hash && bytes_equal(index->slots[at].name, name)))
        at = (at + 1) & index->mask;
    return &index->slots[at];
}

uint32_t policy_index_add(struct policy_index *index, struct bytes name, uint32_t value)
{
    uint32_t hash = name_hash(name);
    struct policy_index_slot *slot = find_slot(index, name, hash);
    if (slot->value != POLICY_NONE)
        return slot->value;
    *slot = (struct policy_index_slot){name, hash, value};
    return POLICY_NONE;
}

uint32_t policy_index_find(const struct policy_index *index, struct bytes name)
{
    return index->slots == NULL ? POLICY_NONE : find_slot(index, name, name_hash(name))->value;
}
