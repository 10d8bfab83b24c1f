/* Placing: what follows from where a lead goes (place.c says where), and the events that say so. */
#include "core/decider.h"
#include "core/promise.h"

#include "base/time.h"

const struct placement placement_nowhere = {.place = CORE_PLACE_WAITING,
                                            .rep = CORE_NONE,
                                            .pool = CORE_NONE,
                                            .through = CORE_NONE,
                                            .turn = CORE_NONE,
                                            .kept_from = CORE_NONE,
                                            .route = CORE_NONE};

static enum core_event_type placed_type(const struct placement *placement)
{
    static const enum core_event_type types[CORE_PLACES] = {
        [CORE_PLACE_OWNED] = CORE_LEAD_ASSIGNED,
        [CORE_PLACE_WAITING] = CORE_LEAD_QUEUED,
        [CORE_PLACE_EXCEPTION] = CORE_LEAD_EXCEPTED,
        [CORE_PLACE_NURTURE] = CORE_LEAD_NURTURED,
    };
    return types[placement->place];
}

/* ---- what the event says besides the place */

static void fill_assigned(const struct decider *d, struct core_event *event, uint32_t index)
{
    const struct rep *rep = d->core->reps[index];
    event->placed.load = rep->view.load + 1;
    event->placed.capacity = rep->view.capacity;
    if (rep->view.per_day > 0)
        event->placed.day_end_us =
            policy_day_end_us(core_release(d->core), rep->declared, d->command->time_us);
}

static void fill_excepted(const struct decider *d, struct core_event *event, struct bytes kind,
                          struct bytes team, int64_t within_us)
{
    const struct policy_exception *settings = policy_exception_find(core_release(d->core), kind);
    event->entity = event->seq;
    event->placed.kind = kind;
    event->placed.queue = bytes_of(settings->queue);
    event->placed.team = team.size > 0 ? team : bytes_of(settings->team);
    event->placed.due_us = d->command->time_us + (within_us > 0 ? within_us : settings->within_us);
}

/* Seconds to five minutes: as long as its class may wait for an owner. */
static int64_t held_until_us(const struct decider *d)
{
    enum { MAX_SECONDS = 5 * 60 };
    int64_t wait_us = lead_class(d->core, &d->draft)->objectives[POLICY_ASSIGNED].within_us;
    if (wait_us <= 0 || wait_us > MAX_SECONDS * TIME_US_PER_SECOND)
        wait_us = MAX_SECONDS * TIME_US_PER_SECOND;
    return d->command->time_us + wait_us;
}

/* By the plan of its surge, and for its pool, which it comes back to. */
static void fill_put_aside(const struct decider *d, struct core_event *event)
{
    const struct policy_surge *policy = &d->core->releases[d->draft.release]->release->surge;
    event->placed.kind = BYTES_LITERAL("surge");
    event->placed.until_us = d->command->time_us + policy->plan.nurture_after_us;
}

static void fill_by_place(const struct decider *d, struct core_event *event,
                          const struct placement *placement)
{
    const struct policy_route *route = NULL;
    if (placement->route != CORE_NONE)
        route = &d->core->releases[d->draft.release]->release->routes[placement->route];
    switch (placement->place) {
    case CORE_PLACE_OWNED: fill_assigned(d, event, placement->rep); break;
    case CORE_PLACE_EXCEPTION:
        if (route != NULL) /* else the caller says which */
            fill_excepted(d, event, bytes_of(route->kind), bytes_of(route->team), route->delay_us);
        break;
    case CORE_PLACE_NURTURE:
        if (placement->measure == CORE_MEASURE_NURTURE) {
            fill_put_aside(d, event);
            break;
        }
        ML_ASSERT(route != NULL);
        event->placed.kind = bytes_of(route->kind);
        event->placed.team = bytes_of(route->team);
        event->placed.until_us = d->command->time_us + route->delay_us;
        break;
    default: event->placed.until_us = placement->held ? held_until_us(d) : 0;
    }
}

/* Out of nurture: what had been promised and was not late is promised anew. */
static void renew_deadlines(const struct decider *d, struct core_event *event)
{
    const struct policy_class *class = lead_class(d->core, &d->draft);
    const struct core_promises *promises = &d->draft.promises;
    for (int i = POLICY_ASSIGNED; i < POLICY_OBJECTIVES; i++) {
        const struct policy_promise *promise = &class->objectives[i];
        if (promise->within_us == 0 || promises->due_us[i] != 0 || promises->reached_us[i] != 0)
            continue;
        const struct policy_calendar *calendar =
            promise->business ? promise_calendar(d->core, event->placed.rep, event->placed.pool)
                              : NULL;
        event->placed.deadlines[i] =
            promise_after_us(calendar, d->command->time_us, promise->within_us);
    }
}

/* Where other hours count from now on, promises by working time keep what is left of it. */
static void carry_deadlines(const struct decider *d, struct core_event *event)
{
    const struct policy_class *class = lead_class(d->core, &d->draft);
    int64_t now_us = d->command->time_us;
    if (event->type == CORE_LEAD_NURTURED)
        return;
    if (d->draft.place == CORE_PLACE_NURTURE) {
        renew_deadlines(d, event);
        return;
    }
    for (int i = 0; i < POLICY_OBJECTIVES; i++) {
        int64_t deadline_us = d->draft.promises.due_us[i];
        if (!class->objectives[i].business || deadline_us <= now_us ||
            !core_promise_is_running(&d->draft.promises, (enum policy_objective)i))
            continue;
        const struct policy_calendar *from =
            promise_calendar(d->core, d->hours_of_rep, d->hours_of_pool);
        const struct policy_calendar *to =
            promise_calendar(d->core, event->placed.rep, event->placed.pool);
        if (from == to)
            return;
        event->placed.deadlines[i] = promise_carry_us(from, to, now_us, deadline_us);
    }
}

/* Whoever gets a lead whose ladder has come to its end has one more length of the promise; then
 * somebody has to decide again. It runs on when others get the lead meanwhile. */
static int64_t last_chance_us(const struct decider *d, const struct core_lead *lead,
                              const struct core_event *event)
{
    bool works = event->type == CORE_LEAD_ASSIGNED ||
                 (event->type == CORE_LEAD_QUEUED && !event->placed.held);
    if (lead == NULL || !works)
        return event->placed.until_us;
    bool runs = lead->until_us != 0 && !lead->held &&
                (lead->place == CORE_PLACE_OWNED || lead->place == CORE_PLACE_WAITING);
    struct core_lead next = d->draft;
    if (event->type == CORE_LEAD_ASSIGNED && next.promises.reached_us[POLICY_ASSIGNED] == 0)
        next.promises.reached_us[POLICY_ASSIGNED] = event->time_us;
    if (!promise_ladder_ended(d->core, &next))
        return 0;
    if (runs)
        return lead->until_us;
    return promise_last_chance_us(d->core, &next, event->placed.rep, event->placed.pool,
                                  event->time_us);
}

static struct core_event *emit(struct decider *d, const struct core_lead *lead,
                               const struct placement *placement, enum core_cause cause)
{
    struct core_event *event = decider_emit(d, placed_type(placement), lead);
    event->placed.rep = placement->rep;
    event->placed.pool = placement->pool;
    event->placed.through = placement->through;
    event->placed.turn = placement->turn;
    event->placed.release = d->draft.release;
    event->placed.route = placement->route;
    event->placed.cause = cause;
    event->placed.held = placement->held;
    event->placed.kept_from = placement->kept_from;
    event->placed.on_call = placement->on_call;
    event->placed.candidates = placement->candidates;
    event->placed.measure = placement->measure;
    event->placed.surge = placement->measure != CORE_MEASURE_NONE ? d->draft.surge : 0;
    fill_by_place(d, event, placement);
    carry_deadlines(d, event);
    event->placed.until_us = last_chance_us(d, lead, event);
    return event;
}

struct core_event *decider_emit_placed(struct decider *d, const struct core_lead *lead,
                                       const struct placement *placement, enum core_cause cause)
{
    struct core_event *event = emit(d, lead, placement, cause);
    decider_stamp(d, event);
    return event;
}

/* ---- where to */

void decider_route(struct router *router, const struct decider *d, const struct core_lead *lead,
                   uint32_t excluded)
{
    router->core = d->core;
    router->excluded = excluded;
    router->past = 0;
    router->prepared = false;
    router->lead = lead;
    router->plan = NULL;
    router->exempt = router->arrives = false;
    if (lead == NULL)
        return;
    router->release = lead->release;
    router->score = lead->score;
    router->before = lead->before;
    router->subject = (struct policy_subject){
        .source = lead->source, .person = lead->key, .time_us = d->command->time_us};
    router_take_class(router, lead->surge, lead->class_index);
}

/* Asks the routes of the lead's own release again: in-flight leads keep what decided them. */
static void reroute(struct router *router, const struct core_lead *lead, struct placement *ret)
{
    const struct policy_release *release = router->core->releases[lead->release]->release;
    struct arena arena;
    arena_init(&arena);
    struct cel_value values[POLICY_FIELDS_MAX];
    policy_record_unpack(&release->schema, (struct bytes){lead->packed, lead->packed_size}, &arena,
                         values);
    router->subject.values = values;
    place_by_routes(router, policy_route_next(router_inputs(router), 0), ret);
    arena_release(&arena);
}

void decider_place_again(struct decider *d, const struct core_lead *lead, uint32_t excluded,
                         enum core_cause cause)
{
    struct router router;
    struct placement placement = placement_nowhere;
    decider_route(&router, d, lead, excluded);
    if (cause == CORE_CAUSE_REENTERED)
        router.past = PAST_NURTURE;
    if (lead->pool == CORE_NONE || !d->core->pools[lead->pool]->present) {
        reroute(&router, lead, &placement);
    } else {
        place_in_pool(&router, lead->pool, &placement);
        placement.route = lead->route;
    }
    decider_emit_placed(d, lead, &placement, cause);
}

static void route_again(const struct decider *d, const struct core_lead *lead, uint32_t excluded,
                        unsigned past, struct placement *ret)
{
    struct router router;
    decider_route(&router, d, lead, excluded);
    router.past = past;
    reroute(&router, lead, ret);
}

bool decider_can_route(const struct decider *d, const struct core_lead *lead, unsigned past)
{
    struct placement placement = placement_nowhere;
    route_again(d, lead, CORE_NONE, past, &placement);
    return placement.place != CORE_PLACE_WAITING || placement.pool != CORE_NONE;
}

void decider_route_again(struct decider *d, const struct core_lead *lead, uint32_t excluded,
                         enum core_cause cause, unsigned past)
{
    struct placement placement = placement_nowhere;
    route_again(d, lead, excluded, past, &placement);
    decider_emit_placed(d, lead, &placement, cause);
}

void decider_place_in(struct decider *d, const struct core_lead *lead, uint32_t pool,
                      enum core_cause cause)
{
    struct router router;
    struct placement placement = placement_nowhere;
    decider_route(&router, d, lead, lead->rep);
    router.plan = NULL; /* there, and nowhere else */
    place_in_pool(&router, pool, &placement);
    decider_emit_placed(d, lead, &placement, cause);
}

void decider_assign(struct decider *d, const struct core_lead *lead, uint32_t rep,
                    enum core_cause cause, struct bytes reason, struct bytes remediation)
{
    struct placement placement = placement_nowhere;
    placement.place = CORE_PLACE_OWNED;
    placement.rep = rep;
    placement.pool = lead->pool;
    struct core_event *event = decider_emit_placed(d, lead, &placement, cause);
    event->placed.overridden = d->core->reps[rep]->view.readiness != CORE_REP_OPEN;
    event->placed.reason = reason;
    event->placed.remediation = remediation;
}

void decider_except(struct decider *d, const struct core_lead *lead, struct bytes kind,
                    struct bytes team, int64_t within_us, enum core_cause cause)
{
    struct placement placement = placement_nowhere;
    placement.place = CORE_PLACE_EXCEPTION;
    struct core_event *event = emit(d, lead, &placement, cause);
    fill_excepted(d, event, kind, team, within_us);
    decider_stamp(d, event);
}

void decider_return(struct decider *d, const struct core_lead *lead, enum core_cause cause,
                    struct bytes reason)
{
    struct core_event *event = decider_emit(d, CORE_LEAD_RETURNED, lead);
    event->returned.rep = lead->rep;
    event->returned.cause = cause;
    event->returned.reason = reason;
    decider_stamp(d, event);
}
