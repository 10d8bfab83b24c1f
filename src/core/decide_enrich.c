/* Enrichment: which provider is asked next, and what an answer does to a lead: what is known of it,
 * its class and score, and with them its promises and perhaps its owner; checks that hold it.
 *
 * A lead is never kept waiting for any of this: it is placed by what its sender said, and what
 * comes later is an event of its own. What a provider says fills gaps, unless the mesh lets it
 * overwrite what is known, so that an answer that comes twice says nothing new. */
#include "core/decider.h"
#include "core/promise.h"
#include "core/watch.h"

#include "base/time.h"

/* Of a promise that another class makes: nobody is late the moment that it is made. */
#define LEAST_MAX_US (10 * 60 * TIME_US_PER_SECOND)

/* ---- the waterfall */

/* What expressions about the lead see: in a surge with the parameters of its plan. */
static struct policy_subject subject_of(const struct decider *d, const struct core_lead *lead,
                                        const struct cel_value *values)
{
    const struct policy_surge *policy = &d->core->releases[lead->release]->release->surge;
    const struct surge *running = surge_get(d->core, lead->surge);
    struct policy_subject subject = {.source = lead->source,
                                     .values = values,
                                     .person = lead->key,
                                     .time_us = d->command->time_us};
    if (running != NULL && running->view.planned && policy->planned) {
        subject.overrides = policy->plan.overrides;
        subject.override_count = policy->plan.override_count;
    }
    return subject;
}

/* The next step from `from` on, by what is known of the lead. */
static struct core_next_step next_step(const struct decider *d, const struct core_lead *lead,
                                       const struct cel_value *values, uint32_t from)
{
    const struct policy_release *release = d->core->releases[lead->release]->release;
    const struct policy_subject subject = subject_of(d, lead, values);
    struct policy_inputs inputs;
    if (from >= release->enrichment.step_count)
        return (struct core_next_step){.step = CORE_NONE};
    policy_inputs_init(&inputs, release, &subject);
    return enrichment_next(&inputs, from);
}

static void unpack(const struct decider *d, const struct core_lead *lead, struct arena *arena,
                   struct cel_value *ret)
{
    policy_record_unpack(&d->core->releases[lead->release]->release->schema,
                         (struct bytes){lead->packed, lead->packed_size}, arena, ret);
}

/* The step of the lead's waterfall that the delivery is; NULL: it is of an earlier life of it. */
static const struct policy_provider_step *
step_of(const struct decider *d, const struct core_lead *lead, const struct core_delivery *delivery)
{
    const struct policy_release *release = d->core->releases[lead->release]->release;
    if (delivery->step >= release->enrichment.step_count)
        return NULL;
    const struct policy_provider_step *step = &release->enrichment.steps[delivery->step];
    const char *provider = release->destinations[step->provider].name;
    return strcmp(provider, core_destination_id(d->core, delivery->destination)) == 0 ? step : NULL;
}

/* `passable`: another step could be asked instead, should that provider take nothing. */
static void add_due(struct decider *d, struct core_event *event,
                    const struct policy_release *release, uint32_t step, bool passable)
{
    const char *provider = release->destinations[release->enrichment.steps[step].provider].name;
    outbox_add_due(
        d, event,
        &(struct core_due){.destination = core_destination_find(d->core, bytes_of(provider)),
                           .purpose = POLICY_ENRICH,
                           .step = step,
                           .digest = passable});
}

/* In a surge, whose plan may have other parameters, it is asked again. */
static struct core_next_step first_step(const struct decider *d, const struct core_event *event)
{
    const struct core_lead arriving = {.number = event->lead,
                                       .key = event->captured.key,
                                       .surge = event->captured.surge,
                                       .release = event->captured.release,
                                       .source = (uint16_t)event->captured.source};
    return event->captured.surge != 0 ? next_step(d, &arriving, event->captured.values, 0)
                                      : d->first;
}

static bool has_steps(const struct decider *d, const struct core_event *event)
{
    return d->core->releases[event->captured.release]->release->enrichment.step_count > 0;
}

bool enrich_has_no_question(const struct decider *d, const struct core_event *event)
{
    return has_steps(d, event) && first_step(d, event).step == CORE_NONE;
}

static void add_first_due(struct decider *d, struct core_event *event)
{
    const struct policy_release *release = d->core->releases[event->captured.release]->release;
    if (!has_steps(d, event))
        return;
    const struct core_next_step first = first_step(d, event);
    if (first.step != CORE_NONE)
        add_due(d, event, release, first.step, first.passable);
}

void enrich_decide_dues(struct decider *d, struct core_event *event)
{
    switch (event->type) {
    case CORE_LEAD_CAPTURED:
    case CORE_LEAD_REOPENED: add_first_due(d, event); break;
    case CORE_DELIVERY_DELIVERED:
    case CORE_DELIVERY_FAILED:
        if (event->delivery.purpose == POLICY_ENRICH && event->delivery.next_step > 0)
            add_due(d, event,
                    d->core->releases[lead_get(d->core, event->delivery.about)->release]->release,
                    event->delivery.next_step - 1, event->delivery.next_passable);
        break;
    case CORE_SYNC_REFUSED: sync_decide_dues(d, event); break;
    default: break;
    }
}

/* ---- what an answer says of the lead */

/* Puts what is new over what is known (`ret`); `gaps`: only where nothing is. False: that is as it
 * was. */
static bool merge(const struct decider *d, const struct core_lead *lead,
                  const struct policy_release *read_under, const struct cel_value *news, bool gaps,
                  struct cel_value *ret)
{
    const struct policy_schema *schema = &d->core->releases[lead->release]->release->schema;
    struct cel_value converted[POLICY_FIELDS_MAX];
    if (news == NULL)
        return false;
    if (read_under == NULL)
        read_under = core_release(d->core);
    policy_record_convert(&read_under->schema, news, schema, converted);
    for (size_t i = 0; i < schema->count; i++)
        if (converted[i].kind != CEL_ABSENT && (!gaps || ret[i].kind == CEL_ABSENT))
            ret[i] = converted[i];
    struct buffer packed;
    buffer_init(&packed, UINT32_MAX);
    policy_record_pack(schema, ret, &packed);
    bool changed =
        !bytes_equal(buffer_bytes(&packed), (struct bytes){lead->packed, lead->packed_size});
    buffer_release(&packed);
    return changed;
}

/* When another class promises that, if that is sooner than what is promised; else 0. What was
 * reached, or is late, stays so; what nurture has stopped is promised anew when that is over. */
static int64_t sooner_us(const struct decider *d, const struct policy_promise *promise,
                         enum policy_objective objective)
{
    const struct core_lead *draft = &d->draft;
    const struct core_promises *promises = &draft->promises;
    int64_t now_us = d->command->time_us, due_us = promises->due_us[objective];
    bool stopped = draft->place == CORE_PLACE_NURTURE && objective != POLICY_ENRICHED;
    if (promise->within_us == 0 || promises->reached_us[objective] != 0 || stopped ||
        (promises->late >> objective & 1) != 0 || (due_us != 0 && due_us <= now_us))
        return 0;
    const struct policy_calendar *calendar =
        promise->business ? promise_calendar(d->core, draft->rep, draft->pool) : NULL;
    int64_t least_us =
        promise->within_us / 2 < LEAST_MAX_US ? promise->within_us / 2 : LEAST_MAX_US;
    int64_t sooner = promise_after_us(calendar, draft->captured_us, promise->within_us);
    if (sooner < now_us + least_us)
        sooner = promise_after_us(calendar, now_us, least_us);
    return due_us == 0 || sooner < due_us ? sooner : 0;
}

/* The event, with the class and score that follow from all that is known; returns the route that
 * would be the lead's. */
static uint32_t emit(struct decider *d, const struct core_lead *lead, struct bytes provider,
                     const struct cel_value *values, bool more, struct arena *arena)
{
    const struct policy_release *release = d->core->releases[lead->release]->release;
    const struct policy_subject subject = subject_of(d, lead, values);
    struct policy_inputs inputs;
    struct policy_decision decision;
    policy_inputs_init(&inputs, release, &subject);
    policy_decide(&inputs, &decision);
    if (!more) {
        exception_emit_overtaken_kind(d, lead, BYTES_LITERAL("enrichment_timeout"));
        clock_emit_missed(d, lead);
    }
    struct core_event *event = decider_emit(d, CORE_LEAD_ENRICHED, lead);
    event->enriched.provider = provider;
    event->enriched.values = values;
    event->enriched.attributes = attributes_print(&release->schema, values, arena);
    event->enriched.release = lead->release;
    event->enriched.class_index = decision.class_index;
    event->enriched.score = decision.score;
    event->enriched.more = more;
    const struct policy_class *class = &release->classes[decision.class_index];
    for (int i = 0; i < POLICY_OBJECTIVES && decision.class_index != d->draft.class_index; i++)
        if (more || i != POLICY_ENRICHED)
            event->enriched.deadlines[i] =
                sooner_us(d, &class->objectives[i], (enum policy_objective)i);
    decider_stamp(d, event);
    return decision.route_index;
}

void enrich_emit(struct decider *d, const struct core_lead *lead, struct bytes provider,
                 const struct cel_value *values, bool more, struct arena *arena)
{
    emit(d, lead, provider, values, more, arena);
}

/* ---- where the lead goes because of it */

static bool is_contacted(const struct core_lead *lead)
{
    return lead->promises.reached_us[POLICY_CONTACTED] != 0;
}

static bool may_reroute(const struct decider *d, const struct core_lead *lead)
{
    const struct policy_reroute *rule =
        &d->core->releases[lead->release]->release->enrichment.reroute;
    return rule->allowed && (lead->enrichment & CORE_ENRICHMENT_SETTLED) == 0 &&
           !is_contacted(lead) && d->command->time_us - lead->captured_us <= rule->within_us &&
           (lead->place == CORE_PLACE_OWNED || lead->place == CORE_PLACE_WAITING);
}

static bool route_fits(const struct decider *d, const struct core_lead *lead, uint32_t route)
{
    const struct policy_reroute *rule =
        &d->core->releases[lead->release]->release->enrichment.reroute;
    if (rule->more_specific)
        return route != CORE_NONE && lead->route != CORE_NONE && route < lead->route;
    return route != CORE_NONE && route != lead->route;
}

/* It would have another owner there, or wait in another pool. */
static bool is_elsewhere(const struct decider *d, const struct core_lead *lead,
                         const struct placement *placement)
{
    if (placement->place == CORE_PLACE_OWNED && placement->rep == lead->rep)
        return false;
    return placement->pool == CORE_NONE ||
           (placement->pool != lead->pool &&
            (lead->rep == CORE_NONE || pool_seat_of(d->core, placement->pool, lead->rep) == NULL));
}

/* Not only somebody has room there by now: the route was not the first that held before. */
static bool is_new(const struct decider *d, const struct core_lead *lead, uint32_t route)
{
    struct cel_value before[POLICY_FIELDS_MAX];
    struct policy_inputs inputs;
    struct arena arena;
    arena_init(&arena);
    unpack(d, lead, &arena, before);
    const struct policy_subject subject = subject_of(d, lead, before);
    policy_inputs_init(&inputs, d->core->releases[lead->release]->release, &subject);
    const bool differs = policy_route_next(&inputs, 0) != route;
    arena_release(&arena);
    return differs;
}

/* By routes that more is known for now, once in the life of a lead. */
static void reroute(struct decider *d, const struct core_lead *lead, const struct cel_value *values,
                    uint32_t first_route)
{
    struct router router;
    struct placement placement = placement_nowhere;
    if (!may_reroute(d, lead) || !route_fits(d, lead, first_route) || !is_new(d, lead, first_route))
        return;
    decider_route(&router, d, &d->draft, lead->held ? lead->kept_from : CORE_NONE);
    router.subject.values = values;
    place_by_routes(&router, first_route, &placement);
    if (!route_fits(d, lead, placement.route) || !is_elsewhere(d, lead, &placement))
        return;
    if (lead->rep != CORE_NONE)
        decider_return(d, lead, CORE_CAUSE_ENRICHED, BYTES_LITERAL("more is known of it"));
    decider_emit_placed(d, lead, &placement, CORE_CAUSE_ENRICHED);
}

/* The lead is of another class, perhaps, and other routes are its own. */
static void move(struct decider *d, const struct core_lead *lead, const struct cel_value *values,
                 uint32_t route)
{
    bool exempt = surge_exempts(d->core, lead->release, d->draft.class_index);
    if (surge_put_aside(lead) && exempt) /* its class was never to be put aside */
        decider_place_again(d, &d->draft, CORE_NONE, CORE_CAUSE_REENTERED);
    else
        reroute(d, lead, values, route);
}

/* ---- checks */

static bool finds_fault(const struct policy_provider_step *step, const struct core_receipt *receipt)
{
    return receipt != NULL && step->hold[0] != '\0' && receipt->verdict.size > 0;
}

/* Whom somebody talks to already is not taken away, and what a person has to decide about stays. */
static bool can_hold(const struct core_lead *lead)
{
    return lead->place != CORE_PLACE_EXCEPTION && !is_contacted(lead);
}

static void hold(struct decider *d, const struct core_lead *lead,
                 const struct policy_provider_step *step, struct bytes verdict)
{
    const struct bytes kind = bytes_of(step->hold);
    const struct bytes said = outbox_cut(verdict, CORE_RECEIPT_TEXT_MAX);
    const struct bytes why = outbox_text(d, "%.*s", BYTES_ARG(said));
    if (!can_hold(lead)) {
        exception_emit_opened(d, kind, CORE_ABOUT_LEAD, lead, CORE_NONE, why.data);
        return;
    }
    if (lead->rep != CORE_NONE)
        decider_return(d, lead, CORE_CAUSE_ENRICHED, why);
    decider_except(d, lead, kind, (struct bytes){0}, 0, CORE_CAUSE_ENRICHED);
    d->out->events[d->out->event_count - 1].placed.reason = why;
}

/* ---- a provider has answered, or will not */

struct settlement {
    const struct core_lead *lead;
    const struct policy_provider_step *step;
    const struct core_receipt *receipt; /* NULL: there was no attempt */
    struct bytes provider;
    struct cel_value *values; /* with the answer */
    bool answered, changed, faulty;
    struct core_next_step next;
};

/* Something new; that somebody has answered at all; or that this was the last who was asked. What
 * runs out of its time with nobody there to say so is late long since. */
static bool is_told(const struct settlement *s)
{
    bool known = (s->lead->enrichment & CORE_ENRICHMENT_ANSWERED) != 0;
    bool reached = s->lead->promises.reached_us[POLICY_ENRICHED] != 0;
    if (s->receipt == NULL || s->changed)
        return s->changed;
    if (s->next.step != CORE_NONE)
        return s->answered && !known;
    return (s->answered || known) && !reached;
}

static bool overwrites(const struct decider *d, const struct core_lead *lead,
                       const struct policy_provider_step *step)
{
    return d->core->releases[lead->release]->release->destinations[step->provider].overwrite;
}

static void follow(struct decider *d, const struct settlement *s)
{
    uint32_t route = CORE_NONE;
    if (is_told(s))
        route =
            emit(d, s->lead, s->provider, s->values, s->next.step != CORE_NONE, s->receipt->arena);
    if (s->faulty)
        hold(d, s->lead, s->step, s->receipt->verdict);
    else if (s->changed)
        move(d, s->lead, s->values, route);
}

void enrich_decide_settled(struct decider *d, enum core_event_type type,
                           const struct core_delivery *delivery, const struct core_receipt *receipt)
{
    const struct core_lead *lead = lead_get(d->core, delivery->lead);
    struct core_event *event = outbox_emit_settled(d, type, delivery, receipt);
    d->out->lead = delivery->lead;
    struct settlement s = {.lead = lead, .receipt = receipt, .next = {.step = CORE_NONE}};
    if (lead == NULL || (s.step = step_of(d, lead, delivery)) == NULL)
        return;
    struct arena own;
    arena_init(&own);
    struct arena *arena = receipt != NULL ? receipt->arena : &own;
    const struct policy_schema *schema = &d->core->releases[lead->release]->release->schema;
    s.values = arena_array(arena, schema->count + 1, sizeof *s.values);
    unpack(d, lead, arena, s.values);
    s.provider = bytes_of(core_destination_id(d->core, delivery->destination));
    s.answered = type == CORE_DELIVERY_DELIVERED && receipt != NULL;
    s.changed = s.answered && merge(d, lead, receipt->release, receipt->values,
                                    !overwrites(d, lead, s.step), s.values);
    s.faulty = s.answered && finds_fault(s.step, receipt);
    if (!s.faulty || !can_hold(lead))
        s.next = next_step(d, lead, s.values, delivery->step + 1);
    event->delivery.next_step = s.next.step != CORE_NONE ? s.next.step + 1 : 0;
    event->delivery.next_passable = s.next.passable;
    follow(d, &s);
    arena_release(&own);
}

/* ---- what people, and other systems, say of a lead */

void enrich_decide(struct decider *d)
{
    const struct core_command *command = d->command;
    const struct core_lead *lead = decider_lead(d);
    if (lead == NULL || !decider_text_fits(d, "provider", command->enrich.provider))
        return;
    if (command->enrich.provider.size == 0) {
        decider_refuse(d, CORE_INVALID, "enrichment needs a `provider`: who it was that answered");
        return;
    }
    struct arena *arena = command->enrich.arena;
    const struct policy_schema *schema = &d->core->releases[lead->release]->release->schema;
    struct cel_value *values = arena_array(arena, schema->count + 1, sizeof *values);
    unpack(d, lead, arena, values);
    bool changed = merge(d, lead, command->enrich.release, command->enrich.values, false, values);
    uint32_t route = emit(d, lead, command->enrich.provider, values, false, arena);
    if (changed)
        move(d, lead, values, route);
}
