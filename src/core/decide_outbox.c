/* Deliveries: what events bring about outside, and what people do with deliveries and destinations.
 * What comes of attempts is decide_receipt.c. */
#include "core/decider.h"
#include "core/outbox_state.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- dues */

void outbox_add_due(struct decider *d, struct core_event *event, const struct core_due *due)
{
    struct core_decision *out = d->out;
    ML_ASSERT(out->due_count < CORE_DUES_MAX && event->due_count < CORE_DUES_OF_EVENT_MAX);
    if (event->due_count == 0)
        event->dues = &out->dues[out->due_count];
    out->dues[out->due_count++] = *due;
    event->due_count++;
}

struct bytes outbox_text(struct decider *d, const char *format, ...)
{
    struct core_decision *out = d->out;
    char *text = out->due_text + out->due_text_size;
    size_t room = sizeof out->due_text - out->due_text_size;
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(text, room, format, arguments);
    va_end(arguments);
    ML_ASSERT(size >= 0 && (size_t)size < room);
    out->due_text_size += (size_t)size + 1;
    return (struct bytes){text, (size_t)size};
}

/* What conditions of destinations are asked about: a lead as it is behind the newest event about it
 * so far, by the release in force. Large; made only when some destination has a condition. */
struct conditions {
    const struct decider *d;
    uint64_t lead;                        /* 0: none yet */
    const struct policy_release *release; /* of the values; NULL: nothing is known of the lead */
    const struct cel_value *values;       /* NULL: the core's, still packed */
    uint32_t source;                      /* in that release */
    bool prepared;
    uint32_t asked, met; /* a bit for each destination of the release in force */
    struct arena arena;
    struct cel_value unpacked[POLICY_FIELDS_MAX], converted[POLICY_FIELDS_MAX];
    struct policy_subject subject;
    struct policy_inputs inputs;
};

static void know(struct conditions *c, uint32_t release, uint32_t source,
                 const struct cel_value *values)
{
    c->release = c->d->core->releases[release]->release;
    c->source = source;
    c->values = values;
    c->prepared = false;
    c->asked = c->met = 0;
}

/* What the event says of its lead. */
static void follow(struct conditions *c, const struct core_event *event)
{
    const struct core_lead *lead = lead_get(c->d->core, event->lead);
    bool begins = event->type == CORE_LEAD_CAPTURED || event->type == CORE_LEAD_REOPENED ||
                  (event->type == CORE_LEAD_TOUCHED && lead == NULL);
    if (c->lead != event->lead) {
        c->lead = event->lead;
        c->release = NULL;
        if (lead != NULL)
            know(c, lead->release, lead->source, NULL);
    }
    if (begins)
        know(c, event->captured.release, event->captured.source, event->captured.values);
    else if (event->type == CORE_LEAD_ENRICHED && lead != NULL)
        know(c, lead->release, lead->source, event->enriched.values);
}

/* A lead keeps the release that decided it: its values are read as the one in force has them. */
static void prepare(struct conditions *c)
{
    const struct policy_release *active = core_release(c->d->core);
    const struct core_lead *lead = lead_get(c->d->core, c->lead);
    const char *source = c->release->sources[c->source].name;
    uint32_t index = policy_source_find(active, bytes_of(source));
    if (c->values == NULL) {
        policy_record_unpack(&c->release->schema, (struct bytes){lead->packed, lead->packed_size},
                             &c->arena, c->unpacked);
        c->values = c->unpacked;
    }
    if (c->release != active) {
        policy_record_convert(&c->release->schema, c->values, &active->schema, c->converted);
        c->values = c->converted;
    }
    c->subject = (struct policy_subject){.source = index != POLICY_NONE ? index : 0,
                                         .values = c->values,
                                         .person = lead != NULL ? lead->key : (struct hash128){0},
                                         .time_us = c->d->command->time_us};
    policy_inputs_init(&c->inputs, active, &c->subject);
    c->inputs.variables[POLICY_SOURCE] = cel_string(bytes_of(source));
    c->prepared = true;
}

/* A condition that ends in an error does not hold. */
static bool holds(struct conditions *c, uint32_t declared)
{
    const uint32_t bit = UINT32_C(1) << declared;
    if (c->lead == 0 || c->release == NULL)
        return false;
    if ((c->asked & bit) == 0) {
        if (!c->prepared)
            prepare(c);
        const struct cel_value value =
            cel_evaluate(core_release(c->d->core)->destinations[declared].when, c->inputs.variables,
                         &c->inputs.scratch);
        c->asked |= bit;
        if (value.kind == CEL_BOOL && value.boolean)
            c->met |= bit;
    }
    return (c->met & bit) != 0;
}

/* To those who asked for events of its type, which those of deliveries are not among. A change that
 * came from a system is not sent back there. */
static void subscribe(struct decider *d, struct core_event *event, struct conditions *conditions)
{
    const struct outbox *outbox = d->core->outbox;
    const struct policy_release *release = core_release(d->core);
    uint32_t left = outbox->subscribers[event->type];
    if (conditions != NULL && event->lead != 0)
        follow(conditions, event);
    for (uint32_t i = 0; i < POLICY_DESTINATIONS_MAX && left >> i != 0; i++) {
        uint32_t index = outbox->declared[i];
        if ((left >> i & 1) == 0 || index == d->synced_destination)
            continue;
        if (release->destinations[i].when != NULL &&
            (conditions == NULL || event->lead == 0 || !holds(conditions, i)))
            continue;
        outbox_add_due(d, event,
                       &(struct core_due){.destination = index, .purpose = POLICY_DELIVER});
    }
}

static bool has_conditions(const struct policy_release *release)
{
    for (size_t i = 0; i < release->destination_count; i++)
        if (!release->destinations[i].provider && release->destinations[i].when != NULL)
            return true;
    return false;
}

static void decide_dues(struct decider *d, struct conditions *conditions)
{
    for (size_t i = 0; i < d->out->event_count; i++) {
        struct core_event *event = &d->out->events[i];
        subscribe(d, event, conditions);
        enrich_decide_dues(d, event);
        notify_decide_dues(d, event);
    }
}

/* Apart, because it is large. */
__attribute__((noinline)) static void decide_dues_by_conditions(struct decider *d)
{
    struct conditions conditions;
    conditions.d = d;
    conditions.lead = 0;
    arena_init(&conditions.arena);
    decide_dues(d, &conditions);
    arena_release(&conditions.arena);
}

void outbox_decide_dues(struct decider *d)
{
    const struct policy_release *release = core_release(d->core);
    if (release == NULL)
        return; /* the first one is only being activated */
    if (has_conditions(release))
        decide_dues_by_conditions(d);
    else
        decide_dues(d, NULL);
}

/* ---- deliveries by hand */

static struct core_event *emit_of(struct decider *d, enum core_event_type type,
                                  const struct core_delivery *delivery, struct bytes reason)
{
    struct core_event *event = outbox_emit_about(d, type, delivery);
    event->delivery.reason = reason;
    event->delivery.due_us = type == CORE_DELIVERY_REQUEUED ? d->command->time_us : 0;
    return event;
}

static bool reason_is_given(struct decider *d, struct bytes reason, const char *what)
{
    if (!decider_text_fits(d, "reason", reason))
        return false;
    if (reason.size == 0)
        decider_refuse(d, CORE_INVALID, "say why %s: `reason` is missing", what);
    return reason.size > 0;
}

static bool is_declared(struct decider *d, uint32_t index, struct bytes name)
{
    if (index != CORE_NONE && core_destination_declared(d->core, index) != NULL)
        return true;
    decider_refuse(d, CORE_NOT_FOUND, "there is no destination \"%.*s\" in the active release",
                   (int)(name.size > 64 ? 64 : name.size), name.data ? name.data : "");
    return false;
}

/* One that was settled before, as the view remembers it. */
static bool remember(struct decider *d, struct core_delivery *ret)
{
    const struct core_command *command = d->command;
    uint64_t seq = core_delivery_event(command->entity);
    if (seq == 0 || seq > d->core->seq || command->requeue.destination.size == 0) {
        decider_refuse(d, CORE_NOT_FOUND,
                       "there is no delivery M%" PRIu64 " that could be sent again",
                       command->entity);
        return false;
    }
    if (command->requeue.purpose >= POLICY_PURPOSES || command->requeue.purpose == POLICY_ENRICH) {
        decider_refuse(d, CORE_INVALID,
                       "delivery M%" PRIu64 " asked a provider, and that is over: enrich its lead "
                       "by hand instead",
                       command->entity);
        return false;
    }
    struct bytes target = command->requeue.target;
    *ret = (struct core_delivery){
        .number = command->entity,
        .lead = command->requeue.about,
        .destination = core_destination_find(d->core, command->requeue.destination),
        .target =
            outbox_text(d, "%.*s",
                        (int)(target.size > CORE_TARGET_TEXT ? CORE_TARGET_TEXT : target.size),
                        target.data ? target.data : "")
                .data,
        .purpose = (uint8_t)command->requeue.purpose};
    return is_declared(d, ret->destination, command->requeue.destination);
}

void outbox_decide_requeue(struct decider *d)
{
    const struct core_command *command = d->command;
    struct core_delivery delivery;
    d->out->entity = command->entity;
    if (!reason_is_given(d, command->requeue.reason, "it is to be sent again"))
        return;
    if (core_delivery_find(d->core, command->entity, &delivery)) {
        const char *name = core_destination_id(d->core, delivery.destination);
        if (!is_declared(d, delivery.destination, bytes_of(name)))
            return;
    } else if (!remember(d, &delivery)) {
        return;
    }
    emit_of(d, CORE_DELIVERY_REQUEUED, &delivery, command->requeue.reason);
    outbox_emit_overtaken(d, &delivery);
}

void outbox_decide_drop(struct decider *d)
{
    const struct core_command *command = d->command;
    struct core_delivery delivery;
    d->out->entity = command->entity;
    if (!reason_is_given(d, command->drop.reason, "it is not to be sent"))
        return;
    if (!core_delivery_find(d->core, command->entity, &delivery)) {
        decider_refuse(d, CORE_NOT_FOUND,
                       "delivery M%" PRIu64 " is neither pending nor failed: there is nothing to "
                       "discard",
                       command->entity);
        return;
    }
    emit_of(d, CORE_DELIVERY_DISCARDED, &delivery, command->drop.reason);
    outbox_emit_overtaken(d, &delivery);
}

/* ---- by their exception */

enum { RETRY_MAX = 60 }; /* with one command; another exception tells of the others */

static void retry(struct decider *d, const struct delivery *delivery, struct bytes reason)
{
    struct core_delivery view;
    delivery_show(delivery, &view);
    emit_of(d, CORE_DELIVERY_REQUEUED, &view, reason);
}

static int by_number(const void *a, const void *b)
{
    const struct delivery *x = *(const struct delivery *const *)a;
    const struct delivery *y = *(const struct delivery *const *)b;
    return x->number < y->number ? -1 : x->number > y->number;
}

/* It failed in a life of its lead that is over. */
static bool is_of_life_before(const struct core *core, const struct delivery *delivery)
{
    const struct core_lead *lead = lead_get(core, delivery->lead);
    return lead != NULL && delivery->since_us < lead->captured_us;
}

/* The oldest of those that are about no open lead, or were not when they were given up. */
static size_t retry_loose(struct decider *d, uint32_t index, struct bytes reason)
{
    const struct destination *destination = d->core->outbox->destinations[index];
    const struct delivery **loose = core_allocate(destination->failed.count, sizeof *loose);
    size_t count = 0;
    for (uint32_t i = 0; i < destination->failed.count; i++) {
        const struct delivery *at = destination->failed.items[i];
        if (delivery_is_loose(d->core, at->lead, at->purpose) || is_of_life_before(d->core, at))
            loose[count++] = at;
    }
    qsort(loose, count, sizeof *loose, by_number);
    for (size_t i = 0; i < count && i < RETRY_MAX; i++)
        retry(d, loose[i], reason);
    free(loose);
    return count;
}

size_t outbox_decide_retry(struct decider *d, uint64_t lead, uint32_t destination,
                           struct bytes reason)
{
    size_t count = 0;
    if (lead == 0)
        count = retry_loose(d, destination, reason);
    for (const struct delivery *at = lead != 0 ? deliveries_failed(d->core, lead) : NULL;
         at != NULL; at = at->next)
        if (count++ < RETRY_MAX)
            retry(d, at, reason);
    return count > RETRY_MAX ? count - RETRY_MAX : 0;
}

/* ---- destinations by hand */

void outbox_decide_set_destination(struct decider *d)
{
    const struct core_command *command = d->command;
    enum core_destination_change change = command->set_destination.change;
    uint32_t index = core_destination_find(d->core, command->set_destination.destination);
    if (!is_declared(d, index, command->set_destination.destination))
        return;
    const struct core_destination *view = core_destination_at(d->core, index);
    if (change != CORE_DESTINATION_PAUSED && change != CORE_DESTINATION_RESUMED) {
        decider_refuse(d, CORE_INVALID, "a destination can be paused and resumed by hand");
        return;
    }
    if (command->if_version != 0 && command->if_version != view->last_seq) {
        decider_refuse(d, CORE_STALE,
                       "destination %s is at version %" PRIu64 ", not %" PRIu64
                       ": read it again, then decide",
                       core_destination_id(d->core, index), view->last_seq, command->if_version);
        return;
    }
    bool pauses = change == CORE_DESTINATION_PAUSED;
    if (!decider_text_fits(d, "reason", command->set_destination.reason) ||
        (pauses && !reason_is_given(d, command->set_destination.reason, "it is paused")))
        return;
    bool unchanged = pauses
                         ? view->paused
                         : !view->paused && !view->disabled && view->breaker == CORE_BREAKER_CLOSED;
    if (unchanged) {
        d->out->status = CORE_UNCHANGED;
        return;
    }
    outbox_emit_changed(d, index, change, command->set_destination.reason);
    if (!pauses)
        outbox_emit_back(d, index);
}
