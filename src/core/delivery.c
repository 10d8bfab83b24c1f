/* Deliveries: their memory, their order, and the one place each is in (I8). */
#include "core/outbox_state.h"

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

const struct heap_operations delivery_ready_order = {due_before, ready_position, due_key},
                             delivery_waiting_order = {since_before, time_position, since_key},
                             delivery_failed_order = {number_before, time_position, number_key},
                             delivery_aside_order = {number_before, aside_position, number_key};

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

struct delivery *deliveries_pending(const struct core *core, uint64_t lead, uint32_t destination)
{
    return group_first(core->outbox, group_key(GROUP_LANE, lead, destination));
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
    if (!first) {
        /* Between one that stands in front of the one that is out, and that one. */
        delivery->ahead = next != NULL && delivery->previous->ahead;
        return;
    }
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
    const char *told = is_event_of_lead(view->lead, view->purpose) ? view->owner : view->target;
    if (delivery != NULL)
        outbox->free = delivery->next;
    else
        delivery = arena_alloc(&outbox->memory, sizeof *delivery);
    ML_ASSERT(delivery_get(core, view->number) == NULL);
    *delivery = (struct delivery){.number = view->number,
                                  .lead = view->lead,
                                  .since_us = view->since_us,
                                  .due_us = view->due_us,
                                  .told = told[0] == '\0' ? "" : core_word(core, bytes_of(told)),
                                  .ready_position = HEAP_NONE,
                                  .time_position = HEAP_NONE,
                                  .aside_position = HEAP_NONE,
                                  .attempts = view->attempts,
                                  .destination = (uint16_t)view->destination,
                                  .state = view->state,
                                  .purpose = view->purpose,
                                  .step = view->step,
                                  .status = view->status,
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
    const bool event = is_event_of_lead(delivery->lead, delivery->purpose);
    *ret = (struct core_delivery){.number = delivery->number,
                                  .lead = delivery->lead,
                                  .destination = delivery->destination,
                                  .attempts = delivery->attempts,
                                  .target = event ? "" : delivery->told,
                                  .owner = event ? delivery->told : "",
                                  .status = delivery->status,
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
