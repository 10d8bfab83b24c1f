/* Open leads: their memory, their order, and the one place each is in (I5, I6). */
#include "core/watch.h"

#include <stdlib.h>

static bool timer_before(const void *a, const void *b)
{
    const struct core_lead *x = a, *y = b;
    return x->due_us != y->due_us ? x->due_us < y->due_us : x->number < y->number;
}

static uint32_t *timer_position(void *item)
{
    return &((struct core_lead *)item)->timer_position;
}

/* Urgency first, then score, then age; numbers rise with time and settle the rest. */
static bool waiting_before(const void *a, const void *b)
{
    const struct core_lead *x = a, *y = b;
    if (x->urgency != y->urgency)
        return x->urgency < y->urgency;
    if (x->score != y->score)
        return x->score > y->score;
    return x->captured_us != y->captured_us ? x->captured_us < y->captured_us
                                            : x->number < y->number;
}

static uint32_t *waiting_position(void *item)
{
    return &((struct core_lead *)item)->waiting_position;
}

static bool age_before(const void *a, const void *b)
{
    const struct core_lead *x = a, *y = b;
    return x->captured_us != y->captured_us ? x->captured_us < y->captured_us
                                            : x->number < y->number;
}

static uint32_t *age_position(void *item)
{
    return &((struct core_lead *)item)->age_position;
}

static int64_t age_key(const void *lead)
{
    return ((const struct core_lead *)lead)->captured_us;
}

static bool rep_before(const void *a, const void *b)
{
    const struct rep *x = a, *y = b;
    return x->due_us != y->due_us ? x->due_us < y->due_us : strcmp(x->id, y->id) < 0;
}

static uint32_t *rep_timer_position(void *item)
{
    return &((struct rep *)item)->timer_position;
}

static int64_t timer_key(const void *lead)
{
    return ((const struct core_lead *)lead)->due_us;
}

const struct heap_operations core_rep_order = {rep_before, rep_timer_position};
const struct heap_operations core_timer_order = {timer_before, timer_position, timer_key};
const struct heap_operations core_waiting_order = {waiting_before, waiting_position};
const struct heap_operations core_age_order = {age_before, age_position, age_key};

struct core_lead *lead_new(struct core *core)
{
    struct core_lead *lead = core->free_leads;
    if (lead != NULL)
        core->free_leads = lead->next;
    else
        lead = arena_alloc(&core->lead_memory, sizeof *lead);
    *lead = (struct core_lead){.rep = CORE_NONE,
                               .pool = CORE_NONE,
                               .before = CORE_NONE,
                               .kept_from = CORE_NONE,
                               .place = CORE_PLACE_WAITING,
                               .route = CORE_NONE,
                               .timer_position = HEAP_NONE,
                               .waiting_position = HEAP_NONE,
                               .age_position = HEAP_NONE};
    return lead;
}

void lead_free(struct core *core, struct core_lead *lead)
{
    free(lead->packed);
    lead->packed = NULL;
    lead->next = core->free_leads;
    core->free_leads = lead;
}

struct core_lead *lead_get(const struct core *core, uint64_t number)
{
    const uint64_t *found = map_find(&core->leads, map_number_key(number));
    return found != NULL ? (struct core_lead *)(uintptr_t)*found : NULL;
}

struct core_lead *lead_of_event(struct core *core, const struct core_event *event)
{
    struct core_lead *lead = lead_get(core, event->lead);
    if (lead == NULL)
        panic("event %llu is about lead L%llu, which is not open", (unsigned long long)event->seq,
              (unsigned long long)event->lead);
    ML_ASSERT(lead->last_seq == event->previous);
    lead->last_seq = event->seq;
    return lead;
}

const struct core_lead *core_lead_find(const struct core *core, uint64_t number)
{
    return lead_get(core, number);
}

bool core_closed_find(const struct core *core, uint64_t number, enum core_state *ret_state)
{
    const uint64_t *closed = map_find(&core->closed, map_number_key(number));
    if (closed == NULL)
        return false;
    *ret_state = *closed & 1 ? CORE_QUALIFIED : CORE_DISQUALIFIED;
    return true;
}

void core_leads_each(const struct core *core, void (*visit)(void *, const struct core_lead *),
                     void *context)
{
    for (size_t i = 0; i < core->leads.capacity; i++)
        if (!hash128_is_none(core->leads.entries[i].key))
            visit(context, (const struct core_lead *)(uintptr_t)core->leads.entries[i].value);
}

void lead_set_attributes(struct core *core, struct core_lead *lead, const struct cel_value *values)
{
    buffer_clear(&core->packing);
    policy_record_pack(&core->releases[lead->release]->release->schema, values, &core->packing);
    ML_ASSERT(!core->packing.overflow);
    free(lead->packed);
    lead->packed = core_allocate(core->packing.size, 1);
    if (core->packing.size > 0)
        memcpy(lead->packed, core->packing.data, core->packing.size);
    lead->packed_size = (uint32_t)core->packing.size;
}

const struct policy_class *lead_class(const struct core *core, const struct core_lead *lead)
{
    return &core->releases[lead->release]->release->classes[lead->class_index];
}

static void change_load(struct core *core, uint32_t index, int by)
{
    struct rep *rep = core->reps[index];
    rep->view.load += (uint32_t)by;
    if (!rep->view.present)
        core->removed_load += (uint64_t)(int64_t)by;
    rep_refresh(core, index);
}

void lead_own(struct core *core, struct core_lead *lead, uint32_t rep)
{
    struct rep *owner = core->reps[rep];
    lead->rep = rep;
    lead->place = CORE_PLACE_OWNED;
    lead->previous = NULL;
    lead->next = owner->leads;
    if (owner->leads != NULL)
        owner->leads->previous = lead;
    owner->leads = lead;
    core->counts.owned++;
    change_load(core, rep, 1);
}

void lead_disown(struct core *core, struct core_lead *lead)
{
    struct rep *owner = core->reps[lead->rep];
    if (lead->previous != NULL)
        lead->previous->next = lead->next;
    else
        owner->leads = lead->next;
    if (lead->next != NULL)
        lead->next->previous = lead->previous;
    core->counts.owned--;
    change_load(core, lead->rep, -1);
    lead->rep = CORE_NONE;
    lead->next = lead->previous = NULL;
}

/* NULL: it waits for its timer only. */
static struct heap *queue_of(struct core *core, const struct core_lead *lead)
{
    if (lead->pool == CORE_NONE)
        return lead->held ? NULL : &core->unrouted;
    struct pool *pool = core->pools[lead->pool];
    return lead->held ? &pool->held : &pool->waiting;
}

static void enqueue(struct core *core, struct core_lead *lead)
{
    struct heap *queue = queue_of(core, lead);
    lead->place = CORE_PLACE_WAITING;
    core->counts.waiting++;
    heap_insert(&core->ages, lead);
    if (queue != NULL)
        heap_insert(queue, lead);
    if (lead->pool != CORE_NONE)
        pool_refresh(core, lead->pool);
}

void lead_wait(struct core *core, struct core_lead *lead)
{
    lead->held = false;
    lead->kept_from = CORE_NONE;
    enqueue(core, lead);
}

void lead_hold(struct core *core, struct core_lead *lead, uint32_t kept_from)
{
    lead->held = true;
    lead->kept_from = kept_from;
    enqueue(core, lead);
}

void lead_unwait(struct core *core, struct core_lead *lead)
{
    struct heap *queue = queue_of(core, lead);
    core->counts.waiting--;
    heap_remove(&core->ages, lead);
    if (queue != NULL)
        heap_remove(queue, lead);
    lead->held = false;
    lead->kept_from = CORE_NONE;
    if (lead->pool != CORE_NONE)
        pool_refresh(core, lead->pool);
}

void lead_reclass(struct core *core, struct core_lead *lead, uint32_t class_index, int64_t score)
{
    struct heap *queue = lead->place == CORE_PLACE_WAITING ? queue_of(core, lead) : NULL;
    lead->score = score;
    lead->class_index = (uint16_t)class_index;
    lead->urgency = (uint16_t)lead_class(core, lead)->urgency;
    if (queue == NULL)
        return;
    heap_update(queue, lead);
    if (lead->pool != CORE_NONE)
        pool_refresh(core, lead->pool);
}

void lead_put(struct core *core, struct core_lead *lead, enum core_place place)
{
    lead->place = (uint8_t)place;
    if (place == CORE_PLACE_EXCEPTION)
        core->counts.exception++;
    else
        core->counts.nurture++;
    surge_take_aside(core, lead);
}

void lead_leave(struct core *core, struct core_lead *lead)
{
    switch (lead->place) {
    case CORE_PLACE_OWNED: lead_disown(core, lead); break;
    case CORE_PLACE_EXCEPTION:
        exception_leave(core, lead);
        core->counts.exception--;
        break;
    case CORE_PLACE_NURTURE:
        surge_leave_aside(core, lead);
        core->counts.nurture--;
        break;
    default: lead_unwait(core, lead);
    }
}
