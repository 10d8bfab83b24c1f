/* What comes of attempts: when to try again and when to give up (Brooker, "Exponential Backoff And
 * Jitter", 2015: full jitter), the breaker of each destination, and what has had its time. Chance
 * is a hash of the delivery and its attempt: the same state decides the same. */
#include "core/decider.h"
#include "core/outbox_state.h"

#include "base/text_hash.h"
#include "base/time.h"

#include <inttypes.h>

static const struct bytes kind_failed = BYTES_LITERAL("delivery_failed");

static struct destination *destination_of(const struct decider *d,
                                          const struct core_delivery *delivery)
{
    return d->core->outbox->destinations[delivery->destination];
}

/* From 0 to `most`. */
static int64_t chance(uint64_t number, uint64_t turn, int64_t most)
{
    uint64_t hash = text_hash_mix(text_hash_mix(number, turn), UINT64_C(0x6d65736c696e65));
    return most > 0 ? (int64_t)(hash % ((uint64_t)most + 1)) : 0;
}

/* ---- events */

struct bytes outbox_cut(struct bytes text, size_t most)
{
    if (text.size <= most)
        return text;
    while (most > 0 && ((unsigned char)text.data[most] & 0xc0) == 0x80)
        most--;
    return (struct bytes){text.data, most};
}

struct core_event *outbox_emit_about(struct decider *d, enum core_event_type type,
                                     const struct core_delivery *delivery)
{
    struct core_event *event = decider_emit(d, type, NULL);
    event->entity = delivery->number;
    event->delivery.destination = delivery->destination;
    event->delivery.purpose = (enum policy_purpose)delivery->purpose;
    event->delivery.about = delivery->lead;
    event->delivery.target = bytes_of(delivery->target);
    event->delivery.step = delivery->step;
    event->delivery.attempt = delivery->attempts;
    return event;
}

static void fill_receipt(struct core_event *event, const struct core_receipt *receipt)
{
    event->delivery.outcome = receipt->outcome;
    event->delivery.attempt++;
    event->delivery.status = receipt->status;
    event->delivery.started_us = receipt->started_us;
    event->delivery.took_us = receipt->took_us;
    event->delivery.cached = receipt->cached;
    event->delivery.response_id = outbox_cut(receipt->response_id, CORE_RECEIPT_TEXT_MAX);
    event->delivery.excerpt = outbox_cut(receipt->excerpt, CORE_EXCERPT_MAX);
    event->delivery.reason = outbox_cut(receipt->reason, CORE_RECEIPT_TEXT_MAX);
    if (event->type != CORE_DELIVERY_DELIVERED)
        return;
    event->delivery.external_id = outbox_cut(receipt->external_id, CORE_RECEIPT_TEXT_MAX);
    event->delivery.owner = outbox_cut(receipt->owner, CORE_RECEIPT_TEXT_MAX);
    event->delivery.status_there = outbox_cut(receipt->status_there, CORE_RECEIPT_TEXT_MAX);
}

/* Its time is over: `now_us` is the end, or behind it. */
static bool is_over(const struct destination *destination, const struct core_delivery *delivery,
                    int64_t now_us)
{
    return destination_end_us(destination, delivery->since_us) <= now_us;
}

/* The same for all that fail for the same cause, so that they can be counted together. */
static struct bytes gave_up(struct decider *d, const struct core_delivery *delivery,
                            struct bytes last)
{
    const struct destination *destination = destination_of(d, delivery);
    char within[DURATION_TEXT_SIZE];
    duration_print(destination->policy->retry.within_us, within);
    if (last.size == 0 && destination->view.breaker != CORE_BREAKER_CLOSED)
        last = BYTES_LITERAL("its breaker was open");
    return outbox_cut(outbox_text(d, "not delivered within %s%s%.*s", within,
                                  last.size > 0 ? ": " : "", BYTES_ARG(last)),
                      CORE_RECEIPT_TEXT_MAX);
}

struct core_event *outbox_emit_settled(struct decider *d, enum core_event_type type,
                                       const struct core_delivery *delivery,
                                       const struct core_receipt *receipt)
{
    struct core_event *event = outbox_emit_about(d, type, delivery);
    if (receipt != NULL) {
        fill_receipt(event, receipt);
        if (type == CORE_DELIVERY_FAILED && receipt->outcome == CORE_OUTCOME_TRANSIENT)
            event->delivery.reason = gave_up(d, delivery, event->delivery.reason);
        return event;
    }
    bool over = is_over(destination_of(d, delivery), delivery, d->command->time_us);
    event->delivery.outcome = over ? CORE_OUTCOME_EXPIRED : CORE_OUTCOME_SKIPPED;
    event->delivery.reason =
        over ? gave_up(d, delivery, (struct bytes){0})
             : BYTES_LITERAL("it takes nothing now, and another provider is asked instead");
    return event;
}

struct core_event *outbox_emit_changed(struct decider *d, uint32_t destination,
                                       enum core_destination_change change, struct bytes reason)
{
    struct core_event *event = decider_emit(d, CORE_DESTINATION_CHANGED, NULL);
    event->destination.destination = destination;
    event->destination.change = change;
    event->destination.reason = reason;
    return event;
}

/* ---- exceptions */

void outbox_emit_overtaken(struct decider *d, const struct core_delivery *delivery)
{
    const struct core *core = d->core;
    const struct destination *destination = destination_of(d, delivery);
    const struct delivery *known = delivery_get(core, delivery->number);
    if (known == NULL || known->state != CORE_DELIVERY_IS_FAILED)
        return;
    if (!delivery_is_loose(core, delivery->lead, delivery->purpose)) {
        const struct delivery *first = deliveries_failed(core, delivery->lead);
        if (first == known && first->next == NULL)
            exception_emit_overtaken_kind(d, lead_get(core, delivery->lead), kind_failed);
        return;
    }
    const struct exception *exception = exception_of(destination->exceptions, kind_failed);
    if (destination->loose == 1 && exception != NULL)
        exception_end_overtaken(d, exception);
}

void outbox_emit_back(struct decider *d, uint32_t index)
{
    const struct destination *destination = d->core->outbox->destinations[index];
    const struct exception *exception = exception_of(destination->exceptions, kind_failed);
    if (destination->view.disabled && destination->loose == 0 && exception != NULL)
        exception_end_overtaken(d, exception);
}

/* Somebody has to decide: about the lead, or (NULL) about the destination. */
static void emit_exception(struct decider *d, const struct core_lead *lead, uint32_t index,
                           struct bytes context)
{
    const struct policy_destination *policy = core_destination_declared(d->core, index);
    size_t before = d->out->event_count;
    exception_emit_opened(d, kind_failed, lead != NULL ? CORE_ABOUT_LEAD : CORE_ABOUT_DESTINATION,
                          lead, index, context.data);
    if (d->out->event_count == before || policy == NULL)
        return;
    struct bytes *team = &d->out->events[d->out->event_count - 1].exception.team;
    if (policy->team[0] != '\0')
        *team = bytes_of(policy->team);
    else if (team->size == 0) /* who answers for it, before nobody at all */
        *team = bytes_of(policy->owner);
}

void outbox_emit_left(struct decider *d, const struct core_lead *lead, uint32_t destination,
                      size_t count)
{
    uint32_t index =
        lead != NULL ? deliveries_failed(d->core, lead->number)->destination : destination;
    emit_exception(d, lead, index,
                   outbox_text(d, "%zu more failed and are not sent again yet", count));
}

void outbox_hand_over(struct decider *d, const struct core_lead *lead)
{
    for (const struct delivery *at = deliveries_failed(d->core, lead->number);
         at != NULL && d->out->event_count < CORE_EVENTS_MAX / 2; at = at->next)
        emit_exception(d, NULL, at->destination,
                       outbox_text(d, "M%" PRIu64 " about L%" PRIu64 ", which was closed since",
                                   at->number, lead->number));
}

static void fail_before_somebody(struct decider *d, const struct core_delivery *delivery,
                                 const struct core_receipt *receipt)
{
    const struct core_event *event =
        outbox_emit_settled(d, CORE_DELIVERY_FAILED, delivery, receipt);
    bool loose = delivery_is_loose(d->core, delivery->lead, delivery->purpose);
    uint32_t attempts = event->delivery.attempt;
    emit_exception(d, loose ? NULL : lead_get(d->core, delivery->lead), delivery->destination,
                   outbox_text(d, "M%" PRIu64 " to %s, %u attempt%s: %.*s", delivery->number,
                               core_destination_id(d->core, delivery->destination), attempts,
                               attempts == 1 ? "" : "s", BYTES_ARG(event->delivery.reason)));
}

static void fail(struct decider *d, const struct core_delivery *delivery,
                 const struct core_receipt *receipt)
{
    if (delivery->purpose == POLICY_ENRICH)
        enrich_decide_settled(d, CORE_DELIVERY_FAILED, delivery, receipt);
    else
        fail_before_somebody(d, delivery, receipt);
}

/* ---- when to try again */

static int64_t doubled_us(int64_t from_us, int64_t most_us, uint32_t times)
{
    int64_t us = from_us;
    for (uint32_t i = 0; i < times && us < most_us; i++)
        us *= 2;
    return us < most_us ? us : most_us;
}

/* After so many failed attempts. */
static int64_t backoff_us(const struct policy_retry *retry, uint64_t number, uint32_t attempts)
{
    uint32_t turn = attempts;
    if (turn <= retry->immediate)
        return 0;
    turn -= retry->immediate;
    if (turn <= retry->short_count) {
        int64_t us =
            chance(number, attempts, doubled_us(retry->short_us, retry->short_max_us, turn - 1));
        return us > TIME_US_PER_MS ? us : TIME_US_PER_MS;
    }
    int64_t most_us = doubled_us(retry->long_us, retry->long_max_us, turn - retry->short_count - 1);
    return most_us / 2 + chance(number, attempts, most_us - most_us / 2);
}

static void retry_or_fail(struct decider *d, const struct core_delivery *delivery,
                          const struct core_receipt *receipt)
{
    const struct destination *destination = destination_of(d, delivery);
    if (destination->policy == NULL) { /* it stays where it is until the destination is back */
        outbox_emit_settled(d, CORE_DELIVERY_RETRIED, delivery, receipt)->delivery.due_us =
            d->command->time_us;
        return;
    }
    const struct policy_retry *retry = &destination->policy->retry;
    int64_t wait_us = backoff_us(retry, delivery->number, delivery->attempts + 1);
    int64_t asked_us =
        receipt->retry_after_us < retry->within_us ? receipt->retry_after_us : retry->within_us;
    int64_t due_us = d->command->time_us + (asked_us > wait_us ? asked_us : wait_us);
    if (due_us > destination_end_us(destination, delivery->since_us))
        fail(d, delivery, receipt);
    else
        outbox_emit_settled(d, CORE_DELIVERY_RETRIED, delivery, receipt)->delivery.due_us = due_us;
}

/* ---- the breaker */

static void open_breaker(struct decider *d, const struct core_delivery *delivery,
                         const struct core_receipt *receipt)
{
    const struct destination *destination = destination_of(d, delivery);
    const struct policy_breaker *breaker = &destination->policy->breaker;
    uint32_t failures = destination->view.failures + 1;
    int64_t pause_us =
        doubled_us(breaker->pause_us, breaker->pause_max_us, destination->view.openings);
    struct bytes last = outbox_cut(receipt->reason, CORE_RECEIPT_TEXT_MAX / 2);
    struct bytes reason =
        outbox_text(d, "%u attempt%s in a row failed%s%.*s", failures, failures == 1 ? "" : "s",
                    last.size > 0 ? "; the last one: " : "", BYTES_ARG(last));
    outbox_emit_changed(d, delivery->destination, CORE_DESTINATION_OPENED, reason)
        ->destination.until_us =
        d->command->time_us + pause_us + chance(delivery->number, d->next_seq, pause_us / 10);
}

/* By a receipt that somebody gave. Those of attempts that began before it opened come late, and
 * open it no further. */
static void decide_breaker(struct decider *d, const struct core_delivery *delivery,
                           const struct core_receipt *receipt)
{
    const struct destination *destination = destination_of(d, delivery);
    const struct core_destination *view = &destination->view;
    bool bad = receipt->outcome == CORE_OUTCOME_TRANSIENT;
    if (destination->policy == NULL || receipt->cached || receipt->outcome == CORE_OUTCOME_GONE)
        return;
    uint32_t most = destination->policy->breaker.failures;
    bool half_open = view->breaker == CORE_BREAKER_HALF_OPEN;
    bool opens =
        bad && most > 0 &&
        (half_open || (view->breaker == CORE_BREAKER_CLOSED && view->failures + 1 >= most));
    if (opens)
        open_breaker(d, delivery, receipt);
    else if (half_open)
        outbox_emit_changed(d, delivery->destination, CORE_DESTINATION_CLOSED,
                            bad ? BYTES_LITERAL("it has no breaker any more")
                                : BYTES_LITERAL("the probe was answered"));
}

/* ---- receipts */

/* It said that it is gone for good. Of a target of its own that is true of the target alone. */
static void decide_gone(struct decider *d, const struct core_delivery *delivery,
                        const struct core_receipt *receipt)
{
    if (delivery->target[0] != '\0') {
        fail(d, delivery, receipt);
        return;
    }
    outbox_emit_settled(d, CORE_DELIVERY_RETRIED, delivery, receipt)->delivery.due_us =
        d->command->time_us;
    if (destination_of(d, delivery)->view.disabled)
        return;
    outbox_emit_changed(d, delivery->destination, CORE_DESTINATION_DISABLED,
                        receipt->reason.size > 0
                            ? outbox_cut(receipt->reason, CORE_RECEIPT_TEXT_MAX)
                            : BYTES_LITERAL("it answered that it is gone for good"));
    emit_exception(d, NULL, delivery->destination,
                   outbox_text(d,
                               "%s says that it is gone for good: nothing is sent to it until "
                               "somebody resumes it",
                               core_destination_id(d->core, delivery->destination)));
}

static void decide_delivered(struct decider *d, const struct core_delivery *delivery,
                             const struct core_receipt *receipt)
{
    if (delivery->purpose == POLICY_ENRICH) {
        enrich_decide_settled(d, CORE_DELIVERY_DELIVERED, delivery, receipt);
        return;
    }
    outbox_emit_settled(d, CORE_DELIVERY_DELIVERED, delivery, receipt);
    outbox_emit_overtaken(d, delivery);
}

/* A late success settles what was given up. */
void outbox_decide_receipt(struct decider *d)
{
    const struct core_receipt *receipt = &d->command->receipt;
    struct core_delivery delivery;
    d->out->entity = d->command->entity;
    if (!core_delivery_find(d->core, d->command->entity, &delivery) ||
        (delivery.state == CORE_DELIVERY_IS_FAILED && receipt->outcome != CORE_OUTCOME_OK)) {
        d->out->status = CORE_UNCHANGED;
        return;
    }
    switch (receipt->outcome) {
    case CORE_OUTCOME_OK: decide_delivered(d, &delivery, receipt); break;
    case CORE_OUTCOME_TRANSIENT: retry_or_fail(d, &delivery, receipt); break;
    case CORE_OUTCOME_GONE: decide_gone(d, &delivery, receipt); break;
    case CORE_OUTCOME_PERMANENT: fail(d, &delivery, receipt); break;
    default:
        decider_refuse(d, CORE_INVALID, "an attempt is ok, transient, permanent or gone");
        return;
    }
    decide_breaker(d, &delivery, receipt);
}

/* ---- ticks */

/* What is pending about a lead that is closed has nothing left to enrich. */
static void discard(struct decider *d, const struct delivery *delivery)
{
    struct core_delivery view;
    delivery_show(delivery, &view);
    outbox_emit_about(d, CORE_DELIVERY_DISCARDED, &view)->delivery.reason =
        BYTES_LITERAL("its lead is closed");
}

/* The one that is due first; of equals the first by name: indices are not the same in equal cores.
 */
static uint32_t destination_due(const struct core *core)
{
    const struct outbox *outbox = core->outbox;
    uint32_t first = 0;
    int64_t first_us = INT64_MAX;
    for (uint32_t i = 0; i < outbox->destination_count; i++) {
        const struct destination *destination = outbox->destinations[i];
        int64_t due_us = destination_due_us(core, destination);
        if (due_us < first_us || (due_us == first_us && i > 0 &&
                                  strcmp(destination->id, outbox->destinations[first]->id) < 0)) {
            first = i;
            first_us = due_us;
        }
    }
    return first;
}

bool outbox_decide_due(struct decider *d)
{
    const struct outbox *outbox = d->core->outbox;
    if (outbox_due_us(d->core) > d->command->time_us)
        return false;
    if (outbox->discarded.count > 0) {
        discard(d, heap_first(&outbox->discarded));
        return true;
    }
    uint32_t index = destination_due(d->core);
    const struct destination *destination = outbox->destinations[index];
    struct core_delivery delivery;
    if (destination_is_passed_over(d->core, destination)) {
        delivery_show(heap_first(&destination->passable), &delivery);
        enrich_decide_settled(d, CORE_DELIVERY_FAILED, &delivery, NULL);
        return true;
    }
    const struct core_destination *view = &destination->view;
    if (view->breaker == CORE_BREAKER_OPEN && view->open_until_us <= d->command->time_us) {
        outbox_emit_changed(d, index, CORE_DESTINATION_HALF_OPEN,
                            BYTES_LITERAL("its pause is over: one delivery is tried"));
        return true;
    }
    delivery_show(heap_first(&destination->waiting), &delivery);
    fail(d, &delivery, NULL);
    return true;
}
