/* The outbox: destinations, who is handed out next, and what a tick has to do. */
#include "core/outbox_state.h"

#include "base/time.h"

#include <stdlib.h>

/* ---- life */

struct outbox *outbox_new(void)
{
    struct outbox *outbox = core_allocate(1, sizeof *outbox);
    outbox->destinations = core_allocate(CORE_DESTINATIONS_MAX, sizeof *outbox->destinations);
    heap_init(&outbox->discarded, &delivery_aside_order);
    arena_init(&outbox->memory);
    return outbox;
}

void outbox_free(struct outbox *outbox)
{
    if (outbox == NULL)
        return;
    for (uint32_t i = 0; i < outbox->destination_count; i++) {
        struct destination *destination = outbox->destinations[i];
        struct heap *heaps[] = {&destination->ready, &destination->waiting, &destination->failed,
                                &destination->passable};
        for (size_t h = 0; h < sizeof heaps / sizeof *heaps; h++)
            heap_release(heaps[h]);
        free(destination->id);
        free(destination);
    }
    links_release(outbox);
    heap_release(&outbox->discarded);
    map_release(&outbox->destination_index);
    map_release(&outbox->deliveries);
    map_release(&outbox->groups);
    arena_release(&outbox->memory);
    free(outbox->destinations);
    free(outbox);
}

/* ---- destinations */

uint32_t core_destination_find(const struct core *core, struct bytes id)
{
    const uint64_t *found = map_find(&core->outbox->destination_index, hash128_of(&id, 1));
    return found != NULL ? (uint32_t)*found : CORE_NONE;
}

uint32_t destination_intern(struct core *core, struct bytes id)
{
    struct outbox *outbox = core->outbox;
    uint32_t index = core_destination_find(core, id);
    if (index != CORE_NONE)
        return index;
    if (outbox->destination_count == CORE_DESTINATIONS_MAX)
        panic("more than %d destinations over the journal's life", CORE_DESTINATIONS_MAX);
    struct destination *destination = core_allocate(1, sizeof *destination);
    destination->id = copy_string(id);
    heap_init(&destination->ready, &delivery_ready_order);
    heap_init(&destination->waiting, &delivery_waiting_order);
    heap_init(&destination->failed, &delivery_failed_order);
    heap_init(&destination->passable, &delivery_aside_order);
    index = outbox->destination_count++;
    outbox->destinations[index] = destination;
    map_put(&outbox->destination_index, hash128_of(&id, 1), index);
    return index;
}

static void subscribe(struct outbox *outbox, const struct policy_destination *policy,
                      uint32_t declared)
{
    for (size_t i = 0; !policy->provider && i < policy->event_count; i++) {
        enum core_event_type type = core_event_type_parse(bytes_of(policy->events[i]));
        if (type != 0)
            outbox->subscribers[type] |= UINT32_C(1) << declared;
    }
}

void outbox_activate(struct core *core, const struct policy_release *release)
{
    struct outbox *outbox = core->outbox;
    for (uint32_t i = 0; i < outbox->destination_count; i++) {
        outbox->destinations[i]->view.present = false;
        outbox->destinations[i]->policy = NULL;
    }
    memset(outbox->subscribers, 0, sizeof outbox->subscribers);
    ML_ASSERT(release->destination_count <= POLICY_DESTINATIONS_MAX);
    for (uint32_t i = 0; i < release->destination_count; i++) {
        const struct policy_destination *policy = &release->destinations[i];
        uint32_t index = destination_intern(core, bytes_of(policy->name));
        struct destination *destination = outbox->destinations[index];
        destination->policy = policy;
        destination->view.present = true;
        destination->view.declared = i;
        outbox->declared[i] = index;
        subscribe(outbox, policy, i);
    }
}

uint32_t core_destination_count(const struct core *core)
{
    return core->outbox->destination_count;
}

const struct core_destination *core_destination_at(const struct core *core, uint32_t destination)
{
    return &core->outbox->destinations[destination]->view;
}

const char *core_destination_id(const struct core *core, uint32_t destination)
{
    return core->outbox->destinations[destination]->id;
}

const struct policy_destination *core_destination_declared(const struct core *core,
                                                           uint32_t destination)
{
    return core->outbox->destinations[destination]->policy;
}

bool destination_is_closed(const struct destination *destination)
{
    const struct core_destination *view = &destination->view;
    return !view->present || view->paused || view->disabled || view->breaker == CORE_BREAKER_OPEN;
}

bool core_destination_is_closed(const struct core *core, uint32_t destination)
{
    return destination_is_closed(core->outbox->destinations[destination]);
}

/* ---- handing out */

bool core_outbox_take(struct core *core, uint32_t destination, int64_t now_us,
                      struct core_delivery *ret)
{
    struct heap *ready = &core->outbox->destinations[destination]->ready;
    struct delivery *delivery = heap_first(ready);
    if (delivery == NULL || delivery->due_us > now_us)
        return false;
    heap_remove(ready, delivery);
    delivery->leased = true;
    delivery_show(delivery, ret);
    ret->digest = ret->digest && ret->purpose != POLICY_ENRICH;
    return true;
}

void core_outbox_give_back(struct core *core, uint64_t number)
{
    struct delivery *delivery = delivery_get(core, number);
    if (delivery != NULL)
        delivery_return(core, delivery);
}

int64_t core_outbox_due_us(const struct core *core, uint32_t destination)
{
    const struct delivery *delivery = heap_first(&core->outbox->destinations[destination]->ready);
    return delivery != NULL ? delivery->due_us : INT64_MAX;
}

int64_t core_outbox_oldest_us(const struct core *core, uint32_t destination)
{
    const struct delivery *delivery = heap_first(&core->outbox->destinations[destination]->waiting);
    return delivery != NULL ? delivery->since_us : 0;
}

/* ---- what a tick has to do */

int64_t destination_end_us(const struct destination *destination, int64_t since_us)
{
    const struct core_destination *view = &destination->view;
    if (!view->present || view->paused || view->disabled)
        return INT64_MAX;
    int64_t from_us = since_us > view->resumed_us ? since_us : view->resumed_us;
    return from_us + destination->policy->retry.within_us;
}

/* By the time of the newest event, so that a tick finds what it was called for. */
static bool is_spent(const struct core *core, const struct destination *destination)
{
    const struct core_destination *view = &destination->view;
    uint32_t per_day = destination->policy != NULL ? destination->policy->per_day : 0;
    return per_day > 0 && view->attempts_today >= per_day &&
           core->time_us < view->day_us + TIME_US_PER_DAY;
}

bool destination_is_passed_over(const struct core *core, const struct destination *destination)
{
    return destination->passable.count > 0 &&
           (destination_is_closed(destination) || is_spent(core, destination));
}

int64_t destination_due_us(const struct core *core, const struct destination *destination)
{
    const struct core_destination *view = &destination->view;
    const struct delivery *oldest = heap_first(&destination->waiting);
    int64_t due_us = INT64_MAX;
    if (destination_is_passed_over(core, destination))
        return INT64_MIN;
    if (view->present && view->breaker == CORE_BREAKER_OPEN)
        due_us = view->open_until_us;
    int64_t end_us = oldest != NULL ? destination_end_us(destination, oldest->since_us) : INT64_MAX;
    if (end_us != INT64_MAX)
        end_us += destination->policy->timeout_us; /* an attempt may be under way */
    return end_us < due_us ? end_us : due_us;
}

int64_t outbox_due_us(const struct core *core)
{
    const struct outbox *outbox = core->outbox;
    int64_t due_us = outbox->discarded.count > 0 ? INT64_MIN : INT64_MAX;
    for (uint32_t i = 0; i < outbox->destination_count && due_us > INT64_MIN; i++) {
        int64_t other_us = destination_due_us(core, outbox->destinations[i]);
        due_us = other_us < due_us ? other_us : due_us;
    }
    return due_us;
}
