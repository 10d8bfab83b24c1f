/* Filling a core from the store instead of from the whole journal. The result must equal a replay
 * (I2): core_digest decides whether it does. */
#include "core/watch.h"

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

void core_load_rep(struct core *core, struct bytes id, const struct core_rep *rep)
{
    uint32_t index = rep_intern(core, id);
    struct core_rep *view = &core->reps[index]->view;
    view->available = rep->available;
    view->capacity = rep->capacity;
    view->declared_capacity = rep->declared_capacity;
    view->duty = rep->duty;
    view->duty_until_us = rep->duty_until_us;
    view->hour = rep->hour;
    view->day = rep->day;
    view->last_assigned = rep->last_assigned;
    rep_refresh(core, index);
}

void core_load_pool(struct core *core, struct bytes id, struct bytes last_rep, uint32_t turn)
{
    uint32_t pool = pool_intern(core, id);
    core->pools[pool]->last_rep = last_rep.size > 0 ? rep_intern(core, last_rep) : CORE_NONE;
    core->pools[pool]->turn = turn;
}

void core_load_source(struct core *core, struct bytes id, const struct core_source *source)
{
    struct source *slot = core->sources[source_intern(core, id)];
    slot->view.rollout = source->rollout;
    slot->view.window_end_us = source->window_end_us;
    slot->view.accepted = source->accepted;
    slot->view.refused = source->refused;
    slot->view.notice_us = source->notice_us;
    slot->view.last_notice_us = source->last_notice_us;
    source_set_timer(core, slot);
    core->rollouts_changed++;
}

void core_load_violation(struct core *core, struct bytes source,
                         const struct core_violation *violation)
{
    source_violation_load(core->sources[source_intern(core, source)], violation);
}

void core_load_dead_letter(struct core *core, const struct core_dead_letter *dead_letter,
                           struct bytes source)
{
    struct core_dead_letter view = *dead_letter;
    view.source = source_intern(core, source);
    dead_letter_add(core, &view);
}

static void place_loaded(struct core *core, struct core_lead *lead,
                         const struct core_lead_load *load)
{
    if (load->lead.rep != CORE_NONE)
        lead_own(core, lead, load->lead.rep);
    else if (load->lead.place != CORE_PLACE_WAITING)
        lead_put(core, lead, (enum core_place)load->lead.place);
    else if (load->lead.held)
        lead_hold(core, lead, load->lead.kept_from);
    else
        lead_wait(core, lead);
}

void core_load_lead(struct core *core, const struct core_lead_load *load)
{
    struct core_lead *lead = lead_new(core);
    *lead = load->lead;
    lead->rep = CORE_NONE;
    lead->next = lead->previous = NULL;
    lead->packed = NULL;
    lead->exceptions = NULL;
    lead->timer_position = lead->waiting_position = lead->age_position = HEAP_NONE;
    lead->urgency = (uint16_t)lead_class(core, lead)->urgency;
    lead_set_attributes(core, lead, load->values);
    map_put(&core->leads, map_number_key(lead->number), (uintptr_t)lead);
    if (!hash128_is_none(lead->key))
        map_put(&core->identities, lead->key, lead->number);
    heap_insert(&core->timers, lead);
    core->counts.accepted++;
    place_loaded(core, lead, load);
}

void core_load_closed(struct core *core, uint64_t number, struct hash128 key, uint64_t last_seq,
                      bool qualified, uint32_t rep)
{
    if (!hash128_is_none(key))
        map_put(&core->identities, key, number);
    map_put(&core->closed, map_number_key(number),
            closed_pack((struct closed){last_seq, rep, qualified}));
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
    struct dead_letter *letter = lead == 0 ? dead_letter_get(core, seq) : NULL;
    if (letter != NULL)
        letter->key = key;
}

/* Leads come before surges. */
static void link_aside(void *context, const struct core_lead *lead)
{
    struct core *core = context;
    if (surge_put_aside(lead))
        surge_take_aside(core, lead_get(core, lead->number));
}

void core_load_finish(struct core *core, uint64_t seq, int64_t time_us, uint64_t touchpoints,
                      uint64_t late, uint64_t dead_letters)
{
    core->seq = seq;
    core->time_us = time_us;
    core->counts.touchpoints = touchpoints;
    core->counts.late = late;
    core->counts.accepted += dead_letters;
    core->counts.settled = dead_letters - core->counts.dead_lettered;
    if (core_surge_count(core) > 0)
        core_leads_each(core, link_aside, core);
    idempotency_expire(core);
}
