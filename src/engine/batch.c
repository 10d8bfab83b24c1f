/* A batch: events of one durable write, typed and encoded, shared by everybody who reads the bus.
 */
#include "engine/internal.h"

#include <stdlib.h>

enum { ENCODED_MAX = 1024 * 1024 * 1024 };

struct batch *batch_new(uint64_t first_seq)
{
    struct batch *batch = calloc(1, sizeof *batch);
    if (batch == NULL)
        panic("out of memory (batch)");
    atomic_init(&batch->references, 1);
    batch->first_seq = first_seq;
    arena_init(&batch->arena);
    buffer_init(&batch->encoded, ENCODED_MAX);
    return batch;
}

void batch_ref(struct batch *batch)
{
    atomic_fetch_add_explicit(&batch->references, 1, memory_order_relaxed);
}

void batch_unref(struct batch *batch)
{
    if (batch == NULL ||
        atomic_fetch_sub_explicit(&batch->references, 1, memory_order_acq_rel) != 1)
        return;
    for (size_t i = 0; i < batch->count; i++)
        core_event_dispose(batch->events[i]);
    arena_release(&batch->arena);
    buffer_release(&batch->encoded);
    free(batch->events);
    free(batch->records);
    free(batch);
}

static void grow(struct batch *batch)
{
    size_t capacity = batch->capacity ? batch->capacity * 2 : 64;
    batch->events = realloc(batch->events, capacity * sizeof *batch->events);
    batch->records = realloc(batch->records, capacity * sizeof *batch->records);
    if (batch->events == NULL || batch->records == NULL)
        panic("out of memory (batch of %zu events)", capacity);
    batch->capacity = capacity;
}

static void keep(struct batch *batch, struct bytes *text)
{
    if (text->size > 0)
        *text = arena_copy(&batch->arena, *text);
}

static void keep_refused(struct batch *batch, struct core_event *event)
{
    struct bytes *const texts[] = {&event->refused.violation, &event->refused.message,
                                   &event->refused.errors,    &event->refused.shadow,
                                   &event->refused.headers,   &event->refused.media_type,
                                   &event->refused.payload};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        keep(batch, texts[i]);
}

static void keep_notice(struct batch *batch, struct core_event *event)
{
    struct core_notice_item *items =
        arena_array(&batch->arena, event->notice.item_count + 1, sizeof *items);
    for (uint32_t i = 0; i < event->notice.item_count; i++) {
        items[i] = event->notice.items[i];
        keep(batch, &items[i].violation);
        keep(batch, &items[i].message);
    }
    event->notice.items = items;
    struct bytes *targets =
        arena_array(&batch->arena, event->notice.target_count + 1, sizeof *targets);
    for (uint32_t i = 0; i < event->notice.target_count; i++) {
        targets[i] = event->notice.targets[i];
        keep(batch, &targets[i]);
    }
    event->notice.targets = targets;
}

static void keep_exception(struct batch *batch, struct core_event *event)
{
    keep(batch, &event->exception.kind);
    keep(batch, &event->exception.queue);
    keep(batch, &event->exception.team);
    keep(batch, &event->exception.context);
}

static void keep_placed(struct batch *batch, struct core_event *event)
{
    keep(batch, &event->placed.kind);
    keep(batch, &event->placed.team);
    keep(batch, &event->placed.queue);
    keep(batch, &event->placed.reason);
    keep(batch, &event->placed.remediation);
}

static void keep_page(struct batch *batch, struct core_event *event)
{
    uint64_t *alerts = arena_array(&batch->arena, event->page.alert_count + 1, sizeof *alerts);
    for (uint32_t i = 0; i < event->page.alert_count; i++)
        alerts[i] = event->page.alerts[i];
    event->page.alerts = alerts;
    keep(batch, &event->page.team);
    keep(batch, &event->page.what);
}

static void keep_incident(struct batch *batch, struct core_event *event)
{
    keep(batch, &event->incident.title);
    keep(batch, &event->incident.team);
    keep(batch, &event->incident.class_name);
    keep(batch, &event->incident.text);
    struct bytes *causes =
        arena_array(&batch->arena, event->incident.cause_count + 1, sizeof *causes);
    for (uint32_t i = 0; i < event->incident.cause_count; i++) {
        causes[i] = event->incident.causes[i];
        keep(batch, &causes[i]);
    }
    event->incident.causes = causes;
    struct core_remediation *items =
        arena_array(&batch->arena, event->incident.item_count + 1, sizeof *items);
    for (uint32_t i = 0; i < event->incident.item_count; i++) {
        items[i] = event->incident.items[i];
        keep(batch, &items[i].title);
        keep(batch, &items[i].owner);
    }
    event->incident.items = items;
}

static void keep_delivery(struct batch *batch, struct core_event *event)
{
    struct bytes *texts[] = {
        &event->delivery.target,       &event->delivery.response_id, &event->delivery.excerpt,
        &event->delivery.reason,       &event->delivery.external_id, &event->delivery.owner,
        &event->delivery.status_there,
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        keep(batch, texts[i]);
}

static void keep_sync(struct batch *batch, struct core_event *event)
{
    struct bytes *texts[] = {&event->sync.field,  &event->sync.theirs, &event->sync.ours,
                             &event->sync.change, &event->sync.reason, &event->sync.external_id};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        keep(batch, texts[i]);
}

static void keep_dues(struct batch *batch, struct core_event *event)
{
    struct core_due *dues = arena_array(&batch->arena, event->due_count, sizeof *dues);
    for (uint32_t i = 0; i < event->due_count; i++) {
        dues[i] = event->dues[i];
        keep(batch, &dues[i].target);
    }
    event->dues = dues;
}

/* The same for what happens once in a while. */
static void keep_rare_texts(struct batch *batch, struct core_event *event)
{
    switch (event->type) {
    /* The core has the release already when it comes into force again: then nobody else keeps this
     * one. core_event_dispose lets it go. */
    case CORE_RELEASE_ACTIVATED: policy_release_ref(event->activated.release); break;
    case CORE_LEAD_ESCALATED: keep(batch, &event->escalated.team); break;
    case CORE_LEAD_ACKNOWLEDGED: keep(batch, &event->acknowledged.note); break;
    case CORE_LEAD_ENRICHED: keep(batch, &event->enriched.provider); break;
    case CORE_EXCEPTION_OPENED:
    case CORE_EXCEPTION_CLAIMED:
    case CORE_EXCEPTION_RELEASED:
    case CORE_EXCEPTION_ESCALATED: keep_exception(batch, event); break;
    case CORE_EXCEPTION_RESOLVED:
        keep(batch, &event->resolved.cause);
        keep(batch, &event->resolved.remediation);
        break;
    case CORE_SURGE_STARTED:
    case CORE_SURGE_PEAKED:
    case CORE_SURGE_ENDED: keep(batch, &event->surge.name); break;
    case CORE_ALERT_PENDING:
    case CORE_ALERT_FIRING:
    case CORE_ALERT_RESOLVED:
        keep(batch, &event->alert.rule);
        keep(batch, &event->alert.label);
        break;
    case CORE_SILENCE_SET:
    case CORE_SILENCE_ENDED:
        keep(batch, &event->silence.rule);
        keep(batch, &event->silence.label);
        keep(batch, &event->silence.reason);
        break;
    case CORE_PAGE_DUE: keep_page(batch, event); break;
    case CORE_INCIDENT_OPENED:
    case CORE_INCIDENT_NOTED:
    case CORE_INCIDENT_CLOSED: keep_incident(batch, event); break;
    case CORE_REMEDIATION_DONE:
    case CORE_REMEDIATION_LATE: keep(batch, &event->remediation.note); break;
    case CORE_DESTINATION_CHANGED: keep(batch, &event->destination.reason); break;
    case CORE_SYNC_APPLIED:
    case CORE_SYNC_REFUSED: keep_sync(batch, event); break;
    default: break;
    }
}

/* What the event borrows from the command must outlive the command's reply. */
static void keep_texts(struct batch *batch, struct core_event *event)
{
    keep(batch, &event->actor);
    if (event->due_count > 0)
        keep_dues(batch, event);
    switch (event->type) {
    case CORE_LEAD_ASSIGNED:
    case CORE_LEAD_QUEUED:
    case CORE_LEAD_EXCEPTED:
    case CORE_LEAD_NURTURED: keep_placed(batch, event); break;
    case CORE_LEAD_RETURNED: keep(batch, &event->returned.reason); break;
    case CORE_LEAD_CONTACTED:
        keep(batch, &event->contacted.channel);
        keep(batch, &event->contacted.note);
        break;
    case CORE_LEAD_QUALIFIED:
    case CORE_LEAD_DISQUALIFIED: keep(batch, &event->outcome.reason); break;
    case CORE_LEAD_CAPTURED:
    case CORE_LEAD_REOPENED:
    case CORE_LEAD_TOUCHED: keep(batch, &event->captured.shadow); break;
    case CORE_RECORD_REFUSED:
    case CORE_RECORD_RETRIED: keep_refused(batch, event); break;
    case CORE_RECORD_DISCARDED: keep(batch, &event->discarded.reason); break;
    case CORE_SOURCE_SWITCHED: keep(batch, &event->switched.note); break;
    case CORE_NOTICE_DUE: keep_notice(batch, event); break;
    case CORE_DELIVERY_DELIVERED:
    case CORE_DELIVERY_RETRIED:
    case CORE_DELIVERY_FAILED:
    case CORE_DELIVERY_REQUEUED:
    case CORE_DELIVERY_DISCARDED: keep_delivery(batch, event); break;
    default: keep_rare_texts(batch, event); break;
    }
}

static bool is_submission(const struct core_event *event)
{
    return event->type == CORE_LEAD_CAPTURED || event->type == CORE_LEAD_REOPENED ||
           event->type == CORE_LEAD_TOUCHED;
}

/* Of a submission's values only those that the view counts by: the rest is in `attributes`. */
static void keep_values(struct batch *batch, const struct core *core, struct core_event *event)
{
    const struct policy_schema *schema = &core_release_at(core, event->captured.release)->schema;
    const struct cel_value *given = event->captured.values;
    const uint32_t fields[] = {schema->campaign, schema->partner};
    struct cel_value *kept = arena_array(&batch->arena, schema->count + 1, sizeof *kept);
    for (size_t i = 0; i < schema->count; i++)
        kept[i] = (struct cel_value){.kind = CEL_ABSENT};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        if (fields[i] == POLICY_NONE || given[fields[i]].kind != CEL_STRING)
            continue;
        kept[fields[i]] = given[fields[i]];
        keep(batch, &kept[fields[i]].string);
    }
    event->captured.values = kept;
}

void batch_add(struct batch *batch, const struct core *core, const struct core_event *event)
{
    if (batch->count == batch->capacity)
        grow(batch);
    size_t start = batch->encoded.size;
    core_event_encode(core, event, &batch->encoded);
    ML_ASSERT(!batch->encoded.overflow);

    struct core_event *kept = arena_alloc(&batch->arena, sizeof *kept);
    *kept = *event;
    keep_texts(batch, kept);
    if (is_submission(kept))
        keep_values(batch, core, kept);
    struct journal_record *record = &batch->records[batch->count];
    *record = (struct journal_record){
        .seq = event->seq,
        .time_us = event->time_us,
        .type = bytes_of(core_event_type_name(event->type)),
        .data = {NULL, batch->encoded.size - start}, /* placed by batch_seal */
    };
    char id[LEAD_ID_TEXT_SIZE];
    if (core_event_subject(event, id))
        record->subject = arena_copy(&batch->arena, bytes_of(id));
    batch->events[batch->count++] = kept;
}

void batch_seal(struct batch *batch)
{
    const char *at = batch->encoded.data;
    for (size_t i = 0; i < batch->count; i++) {
        batch->records[i].data.data = at;
        at += batch->records[i].data.size;
        if (batch->events[i]->type == CORE_LEAD_ENRICHED) {
            batch->events[i]->enriched.attributes = core_event_attributes(batch->records[i].data);
            batch->events[i]->enriched.values = NULL; /* they were the command's */
        }
        if (is_submission(batch->events[i]))
            batch->events[i]->captured.attributes = core_event_attributes(batch->records[i].data);
    }
}
