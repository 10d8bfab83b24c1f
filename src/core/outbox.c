/* Deliveries and destinations: their memory, their places, and who is handed out next. */
#include "core/outbox_state.h"

#include "base/time.h"

#include <stdlib.h>

_Static_assert(sizeof(struct delivery) <= 80, "a million of them may be pending");

/* ---- orders */

static bool due_before(const void *a, const void *b)
{
    const struct delivery *x = a, *y = b;
    return x->due_us != y->due_us ? x->due_us < y->due_us : x->number < y->number;
}

static uint32_t *ready_position(void *item)
{
    return &((struct delivery *)item)->ready_position;
}

static int64_t due_key(const void *item)
{
    return ((const struct delivery *)item)->due_us;
}

static bool since_before(const void *a, const void *b)
{
    const struct delivery *x = a, *y = b;
    return x->since_us != y->since_us ? x->since_us < y->since_us : x->number < y->number;
}

static uint32_t *time_position(void *item)
{
    return &((struct delivery *)item)->time_position;
}

static int64_t since_key(const void *item)
{
    return ((const struct delivery *)item)->since_us;
}

static bool number_before(const void *a, const void *b)
{
    return ((const struct delivery *)a)->number < ((const struct delivery *)b)->number;
}

static uint32_t *aside_position(void *item)
{
    return &((struct delivery *)item)->aside_position;
}

static int64_t number_key(const void *item)
{
    return (int64_t)((const struct delivery *)item)->number;
}

static const struct heap_operations ready_order = {due_before, ready_position, due_key},
                                    waiting_order = {since_before, time_position, since_key},
                                    failed_order = {number_before, time_position, number_key},
                                    aside_order = {number_before, aside_position, number_key};

/* ---- life */

struct outbox *outbox_new(void)
{
    struct outbox *outbox = core_allocate(1, sizeof *outbox);
    outbox->destinations = core_allocate(CORE_DESTINATIONS_MAX, sizeof *outbox->destinations);
    heap_init(&outbox->discarded, &aside_order);
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
    heap_init(&destination->ready, &ready_order);
    heap_init(&destination->waiting, &waiting_order);
    heap_init(&destination->failed, &failed_order);
    heap_init(&destination->passable, &aside_order);
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

/* ---- groups: the pending ones of a lead to a destination (a lane), those that enrich a lead, and
 * those about a lead that failed */

enum group { GROUP_LANE = 1, GROUP_ENRICH, GROUP_FAILED };

static struct hash128 group_key(enum group group, uint64_t lead, uint32_t destination)
{
    return (struct hash128){(uint64_t)group << 32 | destination, lead};
}

static bool is_event_of_lead(uint64_t lead, uint8_t purpose)
{
    return purpose == POLICY_DELIVER && lead != 0;
}

/* False: it is in none. */
static bool group_of(const struct delivery *delivery, struct hash128 *ret)
{
    bool event = is_event_of_lead(delivery->lead, delivery->purpose);
    if (delivery->state == CORE_DELIVERY_IS_FAILED)
        *ret = group_key(GROUP_FAILED, delivery->lead, 0);
    else if (delivery->purpose == POLICY_ENRICH)
        *ret = group_key(GROUP_ENRICH, delivery->lead, 0);
    else
        *ret = group_key(GROUP_LANE, delivery->lead, delivery->destination);
    return event || delivery->purpose == POLICY_ENRICH;
}

static struct delivery *group_first(const struct outbox *outbox, struct hash128 key)
{
    const uint64_t *found = map_find(&outbox->groups, key);
    return found != NULL ? (struct delivery *)(uintptr_t)*found : NULL;
}

/* What comes before it there; NULL: it is to be the first. New ones come last, and old ones first.
 */
static struct delivery *place_in_group(struct delivery *first, uint64_t number)
{
    if (number > first->previous->number)
        return first->previous;
    struct delivery *before = NULL;
    for (struct delivery *at = first; at->number < number; at = at->next)
        before = at;
    return before;
}

static void group_add(struct outbox *outbox, struct delivery *delivery)
{
    struct hash128 key;
    if (!group_of(delivery, &key))
        return;
    struct delivery *first = group_first(outbox, key);
    struct delivery *before = first != NULL ? place_in_group(first, delivery->number) : NULL;
    if (before == NULL) {
        delivery->next = first;
        delivery->previous = first != NULL ? first->previous : delivery;
        if (first != NULL)
            first->previous = delivery;
        map_put(&outbox->groups, key, (uintptr_t)delivery);
        return;
    }
    delivery->next = before->next;
    delivery->previous = before;
    before->next = delivery;
    *(delivery->next != NULL ? &delivery->next->previous : &first->previous) = delivery;
}

static void group_remove(struct outbox *outbox, struct delivery *delivery)
{
    struct hash128 key;
    if (!group_of(delivery, &key))
        return;
    struct delivery *first = group_first(outbox, key), *next = delivery->next;
    if (delivery != first) {
        delivery->previous->next = next;
        *(next != NULL ? &next->previous : &first->previous) = delivery->previous;
    } else if (next != NULL) {
        next->previous = delivery->previous;
        map_put(&outbox->groups, key, (uintptr_t)next);
    } else {
        map_remove(&outbox->groups, key);
    }
    delivery->next = delivery->previous = NULL;
}

struct delivery *deliveries_failed(const struct core *core, uint64_t lead)
{
    return group_first(core->outbox, group_key(GROUP_FAILED, lead, 0));
}

/* ---- ready */

static void offer(struct outbox *outbox, struct delivery *delivery)
{
    delivery->ahead = false;
    if (!delivery->leased && delivery->ready_position == HEAP_NONE)
        heap_insert(&outbox->destinations[delivery->destination]->ready, delivery);
}

/* One of the lane is handed out: nothing else of it may be. Only those that came before it since,
 * out of their turn, stand in front of it. */
static bool lane_is_under_way(const struct delivery *first)
{
    const struct delivery *at = first;
    while (at->ahead && !at->leased && at->next != NULL)
        at = at->next;
    return at->leased;
}

/* The first of the lane is ready, unless one is under way. */
static void lane_offer(struct outbox *outbox, uint64_t lead, uint32_t destination)
{
    struct delivery *first = group_first(outbox, group_key(GROUP_LANE, lead, destination));
    if (first != NULL && !lane_is_under_way(first))
        offer(outbox, first);
}

/* It has just come to its lane. */
static void lane_enter(struct outbox *outbox, struct delivery *delivery)
{
    struct destination *destination = outbox->destinations[delivery->destination];
    struct delivery *next = delivery->next;
    bool first = group_first(outbox, group_key(GROUP_LANE, delivery->lead,
                                               delivery->destination)) == delivery;
    if (!first)
        return;
    if (next != NULL && next->ready_position == HEAP_NONE) {
        delivery->ahead = true;
        return;
    }
    if (next != NULL)
        heap_remove(&destination->ready, next);
    offer(outbox, delivery);
}

/* ---- places */

bool delivery_is_loose(const struct core *core, uint64_t lead, uint8_t purpose)
{
    return !is_event_of_lead(lead, purpose) || lead_get(core, lead) == NULL;
}

/* A provider is asked only about leads that are open. */
static void place_enrich(struct core *core, struct delivery *delivery)
{
    struct outbox *outbox = core->outbox;
    struct destination *destination = outbox->destinations[delivery->destination];
    heap_remove(&destination->ready, delivery);
    if (lead_get(core, delivery->lead) == NULL) {
        heap_insert(&outbox->discarded, delivery);
        return;
    }
    offer(outbox, delivery);
    if (delivery->digest)
        heap_insert(&destination->passable, delivery);
}

/* Out of the heap that it is in, if any. */
static void leave_aside(struct core *core, struct delivery *delivery)
{
    struct heap *passable = &core->outbox->destinations[delivery->destination]->passable;
    uint32_t at = delivery->aside_position;
    if (at == HEAP_NONE)
        return;
    bool passed = at < passable->count && passable->items[at] == delivery;
    heap_remove(passed ? passable : &core->outbox->discarded, delivery);
}

static void enter_pending(struct core *core, struct delivery *delivery)
{
    struct outbox *outbox = core->outbox;
    struct destination *destination = outbox->destinations[delivery->destination];
    heap_insert(&destination->waiting, delivery);
    destination->view.pending++;
    if (delivery->purpose == POLICY_ENRICH)
        place_enrich(core, delivery);
    else if (is_event_of_lead(delivery->lead, delivery->purpose))
        lane_enter(outbox, delivery);
    else
        offer(outbox, delivery);
}

void delivery_enter(struct core *core, struct delivery *delivery)
{
    struct destination *destination = core->outbox->destinations[delivery->destination];
    group_add(core->outbox, delivery);
    if (delivery->state == CORE_DELIVERY_PENDING) {
        enter_pending(core, delivery);
        return;
    }
    heap_insert(&destination->failed, delivery);
    destination->view.failed++;
    destination->loose += delivery_is_loose(core, delivery->lead, delivery->purpose);
}

void delivery_leave(struct core *core, struct delivery *delivery)
{
    struct outbox *outbox = core->outbox;
    struct destination *destination = outbox->destinations[delivery->destination];
    group_remove(outbox, delivery);
    if (delivery->state == CORE_DELIVERY_IS_FAILED) {
        heap_remove(&destination->failed, delivery);
        destination->view.failed--;
        destination->loose -= delivery_is_loose(core, delivery->lead, delivery->purpose);
        return;
    }
    leave_aside(core, delivery);
    heap_remove(&destination->ready, delivery);
    heap_remove(&destination->waiting, delivery);
    destination->view.pending--;
    delivery->leased = delivery->ahead = false;
    if (is_event_of_lead(delivery->lead, delivery->purpose))
        lane_offer(outbox, delivery->lead, delivery->destination);
}

void delivery_update(struct core *core, struct delivery *delivery)
{
    struct destination *destination = core->outbox->destinations[delivery->destination];
    heap_update(&destination->waiting, delivery);
    if (delivery->ready_position != HEAP_NONE)
        heap_update(&destination->ready, delivery);
}

void delivery_return(struct core *core, struct delivery *delivery)
{
    if (!delivery->leased)
        return;
    delivery->leased = false;
    if (is_event_of_lead(delivery->lead, delivery->purpose))
        lane_offer(core->outbox, delivery->lead, delivery->destination);
    else if (delivery->purpose != POLICY_ENRICH || lead_get(core, delivery->lead) != NULL)
        offer(core->outbox, delivery);
}

void deliveries_follow_lead(struct core *core, uint64_t lead)
{
    struct outbox *outbox = core->outbox;
    bool open = lead_get(core, lead) != NULL;
    for (struct delivery *at = group_first(outbox, group_key(GROUP_ENRICH, lead, 0)); at != NULL;
         at = at->next) {
        leave_aside(core, at);
        place_enrich(core, at);
    }
    for (struct delivery *at = deliveries_failed(core, lead); at != NULL; at = at->next) {
        struct destination *destination = outbox->destinations[at->destination];
        if (open)
            destination->loose--;
        else
            destination->loose++;
    }
}

/* ---- memory */

struct delivery *delivery_add(struct core *core, const struct core_delivery *view)
{
    struct outbox *outbox = core->outbox;
    struct delivery *delivery = outbox->free;
    if (delivery != NULL)
        outbox->free = delivery->next;
    else
        delivery = arena_alloc(&outbox->memory, sizeof *delivery);
    ML_ASSERT(delivery_get(core, view->number) == NULL);
    *delivery = (struct delivery){
        .number = view->number,
        .lead = view->lead,
        .since_us = view->since_us,
        .due_us = view->due_us,
        .target = view->target[0] == '\0' ? "" : core_word(core, bytes_of(view->target)),
        .ready_position = HEAP_NONE,
        .time_position = HEAP_NONE,
        .aside_position = HEAP_NONE,
        .attempts = view->attempts,
        .destination = (uint16_t)view->destination,
        .state = view->state,
        .purpose = view->purpose,
        .step = view->step,
        .digest = view->digest};
    map_put(&outbox->deliveries, map_number_key(view->number), (uintptr_t)delivery);
    return delivery;
}

void delivery_forget(struct core *core, struct delivery *delivery)
{
    struct outbox *outbox = core->outbox;
    map_remove(&outbox->deliveries, map_number_key(delivery->number));
    delivery->next = outbox->free;
    outbox->free = delivery;
}

/* ---- looking */

struct delivery *delivery_get(const struct core *core, uint64_t number)
{
    const uint64_t *found = map_find(&core->outbox->deliveries, map_number_key(number));
    return found != NULL ? (struct delivery *)(uintptr_t)*found : NULL;
}

void delivery_show(const struct delivery *delivery, struct core_delivery *ret)
{
    *ret = (struct core_delivery){.number = delivery->number,
                                  .lead = delivery->lead,
                                  .destination = delivery->destination,
                                  .attempts = delivery->attempts,
                                  .target = delivery->target,
                                  .since_us = delivery->since_us,
                                  .due_us = delivery->due_us,
                                  .state = delivery->state,
                                  .purpose = delivery->purpose,
                                  .step = delivery->step,
                                  .digest = delivery->digest};
}

bool core_delivery_find(const struct core *core, uint64_t number, struct core_delivery *ret)
{
    const struct delivery *delivery = delivery_get(core, number);
    if (delivery != NULL)
        delivery_show(delivery, ret);
    return delivery != NULL;
}

void core_deliveries_each(const struct core *core,
                          void (*visit)(void *, const struct core_delivery *), void *context)
{
    const struct map *map = &core->outbox->deliveries;
    for (size_t i = 0; i < map->capacity; i++) {
        struct core_delivery view;
        if (hash128_is_none(map->entries[i].key))
            continue;
        delivery_show((const struct delivery *)(uintptr_t)map->entries[i].value, &view);
        visit(context, &view);
    }
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
