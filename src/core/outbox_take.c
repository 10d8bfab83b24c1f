/* What one event says of a delivery, a destination and a link. Used by the core as it applies the
 * event and by the view as it projects it, so that both keep the same (I2). */
#include "core/core.h"

#define US_PER_DAY (INT64_C(24) * 3600 * 1000000)

bool core_event_is_of_delivery(const struct core_event *event)
{
    return event->type >= CORE_DELIVERY_DELIVERED && event->type <= CORE_DELIVERY_DISCARDED;
}

void core_delivery_begin(struct core_delivery *ret, const struct core_event *event, uint32_t index)
{
    const struct core_due *due = &event->dues[index];
    const int64_t begins_us = due->due_us > event->time_us ? due->due_us : event->time_us;
    *ret = (struct core_delivery){.number = core_delivery_number(event->seq, index),
                                  .lead = event->lead,
                                  .destination = due->destination,
                                  .target = "",
                                  .owner = "",
                                  .status = CORE_STATES,
                                  .since_us = begins_us,
                                  .due_us = begins_us,
                                  .state = due->destination == CORE_NONE ? CORE_DELIVERY_UNROUTED
                                                                         : CORE_DELIVERY_PENDING,
                                  .purpose = (uint8_t)due->purpose,
                                  .step = (uint8_t)due->step,
                                  .digest = due->digest};
    if (ret->lead == 0 && core_event_is_of_delivery(event))
        ret->lead = event->delivery.about;
}

void core_delivery_take(struct core_delivery *delivery, const struct core_event *event)
{
    switch (event->type) {
    case CORE_DELIVERY_DELIVERED:
        delivery->state = CORE_DELIVERY_IS_DELIVERED;
        delivery->attempts = event->delivery.attempt;
        break;
    case CORE_DELIVERY_RETRIED:
        delivery->attempts = event->delivery.attempt;
        delivery->due_us = event->delivery.due_us;
        break;
    case CORE_DELIVERY_FAILED:
        delivery->state = CORE_DELIVERY_IS_FAILED;
        delivery->attempts = event->delivery.attempt;
        break;
    case CORE_DELIVERY_REQUEUED:
        delivery->state = CORE_DELIVERY_PENDING;
        delivery->since_us = event->time_us;
        delivery->due_us =
            event->delivery.due_us > event->time_us ? event->delivery.due_us : event->time_us;
        break;
    case CORE_DELIVERY_DISCARDED: delivery->state = CORE_DELIVERY_IS_DISCARDED; break;
    default: break;
    }
}

/* ---- destinations */

static void take_change(struct core_destination *destination, const struct core_event *event)
{
    destination->last_seq = event->seq;
    switch (event->destination.change) {
    case CORE_DESTINATION_OPENED:
        destination->breaker = CORE_BREAKER_OPEN;
        destination->openings++;
        destination->open_until_us = event->destination.until_us;
        break;
    case CORE_DESTINATION_HALF_OPEN: destination->breaker = CORE_BREAKER_HALF_OPEN; break;
    case CORE_DESTINATION_RESUMED:
        destination->paused = destination->disabled = false;
        destination->resumed_us = event->time_us;
        /* fall through */
    case CORE_DESTINATION_CLOSED:
        destination->breaker = CORE_BREAKER_CLOSED;
        destination->failures = destination->openings = 0;
        destination->open_until_us = 0;
        break;
    case CORE_DESTINATION_PAUSED: destination->paused = true; break;
    case CORE_DESTINATION_DISABLED: destination->disabled = true; break;
    case CORE_DESTINATION_CHANGES: break;
    }
}

static void count_attempt(struct core_destination *destination, int64_t time_us)
{
    const int64_t day_us = time_us - time_us % US_PER_DAY;
    if (destination->day_us != day_us)
        destination->attempts_today = 0;
    destination->day_us = day_us;
    destination->attempts_today++;
}

void core_destination_take(struct core_destination *destination, const struct core_event *event)
{
    if (event->type == CORE_DESTINATION_CHANGED) {
        take_change(destination, event);
        return;
    }
    if (event->type != CORE_DELIVERY_DELIVERED && event->type != CORE_DELIVERY_RETRIED &&
        event->type != CORE_DELIVERY_FAILED)
        return;
    const enum core_outcome outcome = event->delivery.outcome;
    if (event->delivery.cached || outcome == CORE_OUTCOME_SKIPPED ||
        outcome == CORE_OUTCOME_EXPIRED)
        return; /* nobody was asked */
    count_attempt(destination, event->time_us);
    if (outcome == CORE_OUTCOME_TRANSIENT)
        destination->failures++;
    else if (outcome == CORE_OUTCOME_OK || outcome == CORE_OUTCOME_PERMANENT)
        destination->failures = 0;
}

/* ---- links */

uint64_t core_link_value(struct bytes text)
{
    const uint64_t value = hash128_of(&text, 1).high;
    return value != 0 ? value : 1;
}

static void add_value(struct core_link_change *change, struct bytes name, struct bytes text,
                      int64_t time_us)
{
    if (text.size == 0)
        return;
    change->values[change->value_count].name = name;
    change->values[change->value_count].value = core_link_value(text);
    change->values[change->value_count++].changed_us = time_us;
}

bool core_link_change_of(const struct core_event *event, struct core_link_change *ret)
{
    *ret = (struct core_link_change){0};
    if (event->type == CORE_DELIVERY_DELIVERED) {
        ret->lead = event->delivery.about;
        ret->destination = event->delivery.destination;
        ret->external_id = event->delivery.external_id;
        add_value(ret, BYTES_LITERAL("owner"), event->delivery.owner, event->time_us);
        add_value(ret, BYTES_LITERAL("status"), event->delivery.status_there, event->time_us);
    } else if (event->type == CORE_SYNC_APPLIED || event->type == CORE_SYNC_REFUSED) {
        ret->lead = event->lead != 0 ? event->lead : event->sync.about;
        ret->destination = event->sync.destination;
        ret->external_id = event->sync.external_id;
        ret->values[0].name = event->sync.field;
        ret->values[0].value = event->sync.value;
        ret->values[0].changed_us =
            event->sync.changed_us != 0 ? event->sync.changed_us : event->time_us;
        ret->value_count = 1;
    }
    return ret->lead != 0 && (ret->external_id.size > 0 || ret->value_count > 0);
}
