/* A batch: events of one durable write, typed and encoded, shared by everybody who reads the bus.
 */
#include "engine/internal.h"

#include "base/id.h"

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

/* What the event borrows from the command must outlive the command's reply. */
static void keep_texts(struct batch *batch, struct core_event *event)
{
    keep(batch, &event->actor);
    switch (event->type) {
    case CORE_LEAD_ASSIGNED:
    case CORE_LEAD_QUEUED:
        keep(batch, &event->placed.reason);
        keep(batch, &event->placed.remediation);
        break;
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
    default: break;
    }
}

static bool is_submission(const struct core_event *event)
{
    return event->type == CORE_LEAD_CAPTURED || event->type == CORE_LEAD_REOPENED ||
           event->type == CORE_LEAD_TOUCHED;
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
    struct journal_record *record = &batch->records[batch->count];
    *record = (struct journal_record){
        .seq = event->seq,
        .time_us = event->time_us,
        .type = bytes_of(core_event_type_name(event->type)),
        .data = {NULL, batch->encoded.size - start}, /* placed by batch_seal */
    };
    if (event->lead != 0 || event->dead_letter != 0) {
        char *id = arena_alloc(&batch->arena, LEAD_ID_TEXT_SIZE);
        if (event->lead != 0)
            lead_id_print(event->lead, id);
        else
            dead_letter_id_print(event->dead_letter, id);
        record->subject = bytes_of(id);
    }
    batch->events[batch->count++] = kept;
}

void batch_seal(struct batch *batch)
{
    const char *at = batch->encoded.data;
    for (size_t i = 0; i < batch->count; i++) {
        batch->records[i].data.data = at;
        at += batch->records[i].data.size;
        if (!is_submission(batch->events[i]))
            continue;
        batch->events[i]->captured.attributes = core_event_attributes(batch->records[i].data);
        batch->events[i]->captured.values = NULL; /* they were the command's */
    }
}
