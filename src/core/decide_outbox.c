/* Deliveries: what events bring about outside, what comes of it, when to try again and when to give
 * up; the breaker of each destination. */
#include "core/decider.h"

#include <stdarg.h>
#include <stdio.h>

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

void outbox_decide_dues(struct decider *d)
{
    for (size_t i = 0; i < d->out->event_count; i++) {
        struct core_event *event = &d->out->events[i];
        enrich_decide_dues(d, event);
        notify_decide_dues(d, event);
    }
}

void outbox_decide_receipt(struct decider *d)
{
    d->out->status = CORE_UNCHANGED;
}

void outbox_decide_requeue(struct decider *d)
{
    d->out->status = CORE_UNCHANGED;
}

void outbox_decide_drop(struct decider *d)
{
    d->out->status = CORE_UNCHANGED;
}

void outbox_decide_set_destination(struct decider *d)
{
    d->out->status = CORE_UNCHANGED;
}

bool outbox_decide_due(struct decider *d)
{
    (void)d;
    return false;
}

void outbox_decide_retry(struct decider *d, uint64_t lead, uint32_t destination,
                         struct bytes reason)
{
    (void)d;
    (void)lead;
    (void)destination;
    (void)reason;
}

struct core_event *outbox_emit_settled(struct decider *d, enum core_event_type type,
                                       const struct core_delivery *delivery,
                                       const struct core_receipt *receipt)
{
    (void)delivery;
    (void)receipt;
    return decider_emit(d, type, NULL);
}
