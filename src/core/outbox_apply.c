/* What events change of deliveries and destinations, and reloading them. */
#include "core/outbox_state.h"

/* ---- deliveries */

static struct delivery *begin(struct core *core, const struct core_delivery *view,
                              struct bytes target)
{
    struct delivery *delivery = delivery_add(core, view);
    if (target.size > 0 && view->purpose != POLICY_DELIVER)
        delivery->told = core_word(core, target);
    return delivery;
}

/* What an event of a lead tells of it: as the event left it. */
static void tell(const struct core *core, struct core_delivery *view)
{
    const struct core_lead *lead = lead_get(core, view->lead);
    const uint64_t *word = map_find(&core->closed, map_number_key(view->lead));
    if (lead == NULL && word == NULL)
        return;
    const struct closed closed = closed_unpack(word != NULL ? *word : 0);
    const uint32_t rep = lead != NULL ? lead->rep : closed.rep;
    view->owner = rep != CORE_NONE ? core->reps[rep]->id : "";
    view->status = (uint8_t)(lead != NULL       ? lead->state
                             : closed.qualified ? CORE_QUALIFIED
                                                : CORE_DISQUALIFIED);
}

static void apply_dues(struct core *core, const struct core_event *event)
{
    for (uint32_t i = 0; i < event->due_count; i++) {
        struct core_delivery view;
        core_delivery_begin(&view, event, i);
        if (view.purpose == POLICY_DELIVER && view.lead != 0)
            tell(core, &view);
        if (view.state == CORE_DELIVERY_PENDING)
            delivery_enter(core, begin(core, &view, event->dues[i].target));
    }
}

static struct delivery *known(const struct core *core, const struct core_event *event)
{
    struct delivery *delivery = delivery_get(core, event->entity);
    if (delivery == NULL)
        panic("event %llu is about delivery M%llu, which is settled",
              (unsigned long long)event->seq, (unsigned long long)event->entity);
    return delivery;
}

/* What the event makes of it. */
static void take(struct delivery *delivery, const struct core_event *event)
{
    struct core_delivery view;
    delivery_show(delivery, &view);
    core_delivery_take(&view, event);
    delivery->state = view.state;
    delivery->attempts = view.attempts;
    delivery->since_us = view.since_us;
    delivery->due_us = view.due_us;
}

static void apply_retried(struct core *core, const struct core_event *event)
{
    struct delivery *delivery = known(core, event);
    ML_ASSERT(delivery->state == CORE_DELIVERY_PENDING);
    take(delivery, event);
    delivery_update(core, delivery);
    delivery_return(core, delivery);
}

/* DELIVERED, FAILED, DISCARDED. Of those that failed providers are not asked again: the waterfall
 * has gone on. */
static void apply_settled(struct core *core, const struct core_event *event)
{
    struct delivery *delivery = known(core, event);
    delivery_leave(core, delivery);
    take(delivery, event);
    if (delivery->state == CORE_DELIVERY_IS_FAILED && delivery->purpose != POLICY_ENRICH)
        delivery_enter(core, delivery);
    else
        delivery_forget(core, delivery);
}

/* One that had been delivered or discarded. */
static struct delivery *begin_anew(struct core *core, const struct core_event *event)
{
    const struct core_delivery view = {.number = event->entity,
                                       .lead = event->delivery.about,
                                       .destination = event->delivery.destination,
                                       .target = "",
                                       .owner = "",
                                       .status = CORE_STATES,
                                       .purpose = (uint8_t)event->delivery.purpose,
                                       .step = (uint8_t)event->delivery.step};
    return begin(core, &view, event->delivery.target);
}

/* One that is handed out stays so: that is the attempt. */
static void apply_requeued(struct core *core, const struct core_event *event)
{
    struct delivery *delivery = delivery_get(core, event->entity);
    if (delivery != NULL && delivery->state == CORE_DELIVERY_PENDING) {
        take(delivery, event);
        delivery_update(core, delivery);
        return;
    }
    if (delivery == NULL)
        delivery = begin_anew(core, event);
    else
        delivery_leave(core, delivery);
    take(delivery, event);
    delivery_enter(core, delivery);
}

void outbox_apply(struct core *core, const struct core_event *event)
{
    struct destination **destinations = core->outbox->destinations;
    switch (event->type) {
    case CORE_LEAD_QUALIFIED:
    case CORE_LEAD_DISQUALIFIED:
    case CORE_LEAD_REOPENED: deliveries_follow_lead(core, event->lead); break;
    case CORE_DELIVERY_DELIVERED:
    case CORE_DELIVERY_FAILED:
    case CORE_DELIVERY_DISCARDED: apply_settled(core, event); break;
    case CORE_DELIVERY_RETRIED: apply_retried(core, event); break;
    case CORE_DELIVERY_REQUEUED: apply_requeued(core, event); break;
    case CORE_DESTINATION_CHANGED:
        core_destination_take(&destinations[event->destination.destination]->view, event);
        break;
    default: break;
    }
    if (core_event_is_of_delivery(event)) {
        struct core_destination *view = &destinations[event->delivery.destination]->view;
        core_destination_take(view, event);
        view->delivered += event->type == CORE_DELIVERY_DELIVERED;
        view->discarded += event->type == CORE_DELIVERY_DISCARDED;
    }
    links_apply(core, event);
    apply_dues(core, event);
}

/* ---- reloading */

void core_load_destination(struct core *core, struct bytes id,
                           const struct core_destination *destination)
{
    struct core_destination *view = &core->outbox->destinations[destination_intern(core, id)]->view;
    struct core_destination now = *destination;
    now.present = view->present;
    now.declared = view->declared;
    now.pending = view->pending;
    now.failed = view->failed;
    *view = now;
}

void core_load_delivery(struct core *core, const struct core_delivery *delivery,
                        struct bytes destination)
{
    struct outbox *outbox = core->outbox;
    if (delivery->purpose == POLICY_ENRICH && delivery->state == CORE_DELIVERY_IS_FAILED)
        return;
    if (outbox->loaded >= outbox->destination_count ||
        !bytes_is(destination, outbox->destinations[outbox->loaded]->id))
        outbox->loaded = destination_intern(core, destination);
    struct core_delivery view = *delivery;
    view.destination = outbox->loaded;
    delivery_enter(core, delivery_add(core, &view));
}
