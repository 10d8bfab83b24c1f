/* Filling a core from the store instead of from the whole journal. The result must equal a replay
 * (I2): core_digest decides whether it does. */
#include "core/internal.h"

void core_load_reserve(struct core *core, uint64_t leads, uint64_t open)
{
    map_reserve(&core->identities, leads);
    map_reserve(&core->leads, open);
    map_reserve(&core->closed, leads > open ? leads - open : 0);
}

uint32_t core_load_release(struct core *core, struct policy_release *release, bool active)
{
    uint32_t index = release_intern(core, release);
    if (active)
        release_activate(core, index);
    return index;
}

void core_load_rep(struct core *core, struct bytes id, bool available, uint32_t capacity,
                   uint32_t declared_capacity)
{
    uint32_t rep = rep_intern(core, id);
    core->reps[rep]->view.declared_capacity = declared_capacity;
    rep_set(core, rep, available, capacity);
}

void core_load_pool(struct core *core, struct bytes id, struct bytes last_rep)
{
    uint32_t pool = pool_intern(core, id);
    core->pools[pool]->last_rep = last_rep.size > 0 ? rep_intern(core, last_rep) : CORE_NONE;
}

static void place_loaded(struct core *core, struct core_lead *lead, uint32_t rep, bool held)
{
    if (rep != CORE_NONE) {
        lead_own(core, lead, rep);
        return;
    }
    core->counts.waiting++;
    if (!held)
        lead_wait(core, lead);
}

void core_load_lead(struct core *core, const struct core_lead_load *load)
{
    struct core_lead *lead = lead_new(core);
    uint32_t rep = load->lead.rep;
    *lead = load->lead;
    lead->rep = CORE_NONE;
    lead->next = lead->previous = NULL;
    lead->packed = NULL;
    lead->timer_position = lead->waiting_position = HEAP_NONE;
    lead->urgency = (uint16_t)lead_class(core, lead)->urgency;
    lead_set_attributes(core, lead, load->values);
    map_put(&core->leads, map_number_key(lead->number), (uintptr_t)lead);
    if (!hash128_is_none(lead->key))
        map_put(&core->identities, lead->key, lead->number);
    heap_insert(&core->timers, lead);
    core->counts.accepted++;
    place_loaded(core, lead, rep, load->held);
}

void core_load_closed(struct core *core, uint64_t number, struct hash128 key, uint64_t last_seq,
                      bool qualified)
{
    if (!hash128_is_none(key))
        map_put(&core->identities, key, number);
    map_put(&core->closed, map_number_key(number), closed_pack(last_seq, qualified));
    core->counts.accepted++;
    if (qualified)
        core->counts.qualified++;
    else
        core->counts.disqualified++;
}

void core_load_idempotency(struct core *core, struct hash128 key, uint64_t fingerprint,
                           uint64_t lead, uint64_t seq, int64_t time_us)
{
    const struct idempotency entry = {key, fingerprint, lead, seq, time_us};
    idempotency_put(core, &entry);
}

void core_load_finish(struct core *core, uint64_t seq, int64_t time_us, uint64_t touchpoints,
                      uint64_t late)
{
    core->seq = seq;
    core->time_us = time_us;
    core->counts.touchpoints = touchpoints;
    core->counts.late = late;
    idempotency_expire(core);
}
