/* Where a lead goes: the walk over routes that ends at a rep, in a pool (and from there perhaps in
 * its overflow or with somebody on call), in an exception or in nurture. Reads the state, changes
 * nothing. */
#include "core/watch.h"

/* ---- who was looked at */

static void pass_over(struct core_candidates *candidates, uint32_t rep, enum core_readiness reason)
{
    if (candidates->passed_count == CORE_PASSED_OVER_MAX)
        return;
    uint32_t at = candidates->passed_count++;
    candidates->passed[at].rep = rep;
    candidates->passed[at].reason = reason;
}

static void count_readiness(struct core_candidates *candidates, enum core_readiness readiness,
                            uint32_t count)
{
    switch (readiness) {
    case CORE_REP_AWAY: candidates->away += count; break;
    case CORE_REP_OFF_HOURS:
    case CORE_REP_HOLIDAY:
    case CORE_REP_TIME_OFF: candidates->off_duty += count; break;
    case CORE_REP_FULL: candidates->full += count; break;
    case CORE_REP_HOUR_LIMIT:
    case CORE_REP_DAY_LIMIT:
    case CORE_REP_PACED: candidates->limited += count; break;
    default: break;
    }
}

static void count_members(struct core_candidates *candidates, const struct core *core,
                          uint32_t index, uint32_t excluded)
{
    const struct pool *pool = core->pools[index];
    candidates->members += pool->member_count;
    for (int reason = 0; reason < CORE_READINESSES; reason++)
        count_readiness(candidates, (enum core_readiness)reason, pool->by_readiness[reason]);
    const struct seat *seat = pool_seat_of(core, index, excluded);
    if (seat != NULL)
        pass_over(candidates, excluded, CORE_REP_RETURNED_IT);
    for (uint32_t at = bitset_next(&pool->closed_seats, 0);
         at != BITSET_NONE && candidates->passed_count < CORE_PASSED_OVER_MAX;
         at = bitset_next(&pool->closed_seats, at + 1))
        if (pool->seats[at].rep != excluded)
            pass_over(candidates, pool->seats[at].rep, pool->seats[at].owner->view.readiness);
}

static void count_rep(struct core_candidates *candidates, const struct core *core, uint32_t index,
                      uint32_t excluded)
{
    enum core_readiness readiness =
        index == excluded ? CORE_REP_RETURNED_IT : core->reps[index]->view.readiness;
    candidates->members++;
    count_readiness(candidates, readiness, 1);
    if (readiness != CORE_REP_OPEN)
        pass_over(candidates, index, readiness);
}

/* ---- in a pool */

static bool is_open_to(const struct router *router, uint32_t rep)
{
    enum core_readiness readiness = router->core->reps[rep]->view.readiness;
    return readiness == CORE_REP_OPEN || (readiness == CORE_REP_PACED && router->exempt);
}

/* A sticky pool gives a person back to the member who had them before. */
static bool stick(const struct router *router, uint32_t index, struct placement *ret)
{
    const struct core *core = router->core;
    uint32_t before = router->before;
    if (core->pools[index]->strategy != POLICY_STICKY || before == CORE_NONE ||
        before == router->excluded || pool_seat_of(core, index, before) == NULL ||
        !is_open_to(router, before))
        return false;
    ret->rep = before;
    return true;
}

static bool call_somebody(const struct router *router, const struct pool *pool,
                          struct placement *ret)
{
    for (uint32_t i = 0; i < pool->on_call_count; i++) {
        uint32_t rep = pool->on_call[i];
        if (rep == router->excluded || !rep_can_be_called(router->core->reps[rep]))
            continue;
        ret->rep = rep;
        ret->on_call = true;
        return true;
    }
    return false;
}

/* An owner from the pool, from those it overflows into, or from those on call. */
static bool find_owner(const struct router *router, uint32_t index, struct placement *ret)
{
    const struct core *core = router->core;
    for (int step = 0; index != CORE_NONE && step < POLICY_OVERFLOW_MAX; step++) {
        const struct pool *pool = core->pools[index];
        if (!pool->present)
            return false;
        count_members(&ret->candidates, core, index, router->excluded);
        ret->paced = ret->paced || pool->by_readiness[CORE_REP_PACED] > 0;
        if (!stick(router, index, ret))
            ret->rep = pool_next(core, index, router->score, router->excluded, &ret->turn);
        if (ret->rep != CORE_NONE) {
            ret->through = index == ret->pool ? CORE_NONE : index;
            return true;
        }
        enum policy_relief relief = pool_relief(pool);
        if (relief == POLICY_RELIEF_ON_CALL)
            return call_somebody(router, pool, ret);
        if (relief != POLICY_RELIEF_OVERFLOW)
            return false;
        index = pool->overflow;
    }
    return false;
}

/* ---- in a surge */

/* An owner along the same way from those who have had enough leads for this hour, but for leads of
 * a class that the plan exempts. */
static bool find_paced(const struct router *router, uint32_t index, struct placement *ret)
{
    const struct core *core = router->core;
    for (int step = 0; index != CORE_NONE && step < POLICY_OVERFLOW_MAX; step++) {
        const struct pool *pool = core->pools[index];
        if (!pool->present)
            return false;
        ret->rep = pool_next_paced(core, index, router->excluded);
        if (ret->rep != CORE_NONE) {
            ret->through = index == ret->pool ? CORE_NONE : index;
            return true;
        }
        if (pool_relief(pool) != POLICY_RELIEF_OVERFLOW)
            return false;
        index = pool->overflow;
    }
    return false;
}

/* An owner from the further pools of the plan. */
static bool find_by_plan(const struct router *router, struct placement *ret)
{
    const struct policy_surge_plan *plan = router->plan;
    const struct release *slot = router->core->releases[router->release];
    const struct {
        uint32_t pool;
        enum core_measure measure;
    } further[] = {{plan->overflow, CORE_MEASURE_OVERFLOW}, {plan->triage, CORE_MEASURE_TRIAGE}};
    for (size_t i = 0; i < sizeof further / sizeof *further; i++) {
        if (further[i].pool == POLICY_NONE || slot->pools[further[i].pool] == ret->pool)
            continue;
        if (find_owner(router, slot->pools[further[i].pool], ret)) {
            ret->measure = further[i].measure;
            return true;
        }
    }
    return false;
}

static bool is_put_aside(const struct router *router)
{
    const struct policy_surge_plan *plan = router->plan;
    return plan->nurture && router->arrives &&
           (plan->nurture_below == INT64_MAX || router->score < plan->nurture_below);
}

void router_take_class(struct router *router, uint64_t surge, uint32_t class_index)
{
    const struct core *core = router->core;
    const struct policy_surge *policy = &core->releases[router->release]->release->surge;
    const struct surge *running = surge_get(core, surge);
    router->exempt = surge_exempts(core, router->release, class_index);
    router->urgency = core->releases[router->release]->release->classes[class_index].urgency;
    router->plan = NULL;
    if (running == NULL || !running->view.planned || !policy->planned)
        return;
    router->plan = &policy->plan;
    router->subject.overrides = policy->plan.overrides;
    router->subject.override_count = policy->plan.override_count;
}

/* Somebody has room for the first of those who wait, and it comes before this one: between two
 * commands of a batch nobody is drained, and who comes then must not pass who waits. */
static bool is_behind(const struct router *router, uint32_t index)
{
    const struct pool *pool = router->core->pools[index];
    if (!pool->drainable || !pool_can_take_waiting(router->core, index))
        return false;
    const struct core_lead *first = heap_first(&pool->waiting);
    if (router->lead != NULL)
        return pool->waiting.operations->before(first, router->lead);
    if (first->urgency != router->urgency)
        return first->urgency < router->urgency;
    return first->score >= router->score;
}

void place_in_pool(const struct router *router, uint32_t pool, struct placement *ret)
{
    ret->pool = pool;
    ret->rep = ret->through = ret->turn = CORE_NONE;
    ret->measure = CORE_MEASURE_NONE;
    ret->paced = false;
    bool behind = is_behind(router, pool);
    bool found = !behind && (find_owner(router, pool, ret) ||
                             (router->exempt && find_paced(router, pool, ret)) ||
                             (router->plan != NULL && find_by_plan(router, ret)));
    ret->place = found ? CORE_PLACE_OWNED : CORE_PLACE_WAITING;
    if (!found && !behind && router->plan != NULL) {
        bool aside = is_put_aside(router);
        if (aside)
            ret->place = CORE_PLACE_NURTURE;
        ret->measure = aside        ? CORE_MEASURE_NURTURE
                       : ret->paced ? CORE_MEASURE_PACED
                                    : CORE_MEASURE_NONE;
        if (aside)
            return;
    }
    /* With nobody but the excluded rep free, waiting in the open queue would hand it straight back:
     * it is held for anybody else, and for everybody when its timer fires. */
    ret->held = ret->rep == CORE_NONE && router->excluded != CORE_NONE;
    ret->kept_from = ret->held ? router->excluded : CORE_NONE;
}

/* ---- along the routes */

struct policy_inputs *router_inputs(struct router *router)
{
    if (!router->prepared)
        policy_inputs_init(&router->inputs, router->core->releases[router->release]->release,
                           &router->subject);
    router->prepared = true;
    return &router->inputs;
}

/* The rep a route leads to; CORE_NONE when its expression names nobody. */
static uint32_t route_rep(struct router *router, const struct release *slot, uint32_t route)
{
    const struct policy_route *rule = &slot->release->routes[route];
    uint32_t rep = rule->target_index;
    if (rep == POLICY_NONE)
        rep = policy_route_rep(router_inputs(router), route);
    return rep == POLICY_NONE ? CORE_NONE : slot->reps[rep];
}

/* False: the routes below decide. */
static bool place_by_route(struct router *router, uint32_t route, struct placement *ret)
{
    const struct core *core = router->core;
    const struct release *slot = core->releases[router->release];
    const struct policy_route *rule = &slot->release->routes[route];
    uint32_t rep;
    switch (rule->target) {
    case POLICY_TO_REP:
        rep = route_rep(router, slot, route);
        if (rep == CORE_NONE)
            return false;
        count_rep(&ret->candidates, core, rep, router->excluded);
        if (!is_open_to(router, rep) || rep == router->excluded)
            return false; /* a named rep without room does not stop a lead */
        ret->place = CORE_PLACE_OWNED;
        ret->rep = rep;
        return true;
    case POLICY_TO_POOL:
        if (!core->pools[slot->pools[rule->target_index]]->present)
            return false;
        place_in_pool(router, slot->pools[rule->target_index], ret);
        return true;
    case POLICY_TO_NURTURE:
        ret->place = CORE_PLACE_NURTURE;
        return (router->past & PAST_NURTURE) == 0;
    case POLICY_TO_EXCEPTION:
    default: ret->place = CORE_PLACE_EXCEPTION; return (router->past & PAST_EXCEPTIONS) == 0;
    }
}

/* No route of the lead's own release leads anywhere now: the active release's catch-all takes it.
 */
static void place_displaced(struct router *router, struct placement *ret)
{
    const struct core *core = router->core;
    const struct release *active = core->releases[core->active];
    const struct policy_route *last = &active->release->routes[active->release->route_count - 1];
    ret->place = CORE_PLACE_WAITING;
    ret->route = ret->rep = ret->pool = CORE_NONE;
    if (last->target == POLICY_TO_POOL)
        place_in_pool(router, active->pools[last->target_index], ret);
    else
        ret->held = true;
}

void place_by_routes(struct router *router, uint32_t first_route, struct placement *ret)
{
    const struct policy_release *release = router->core->releases[router->release]->release;
    uint32_t route = first_route;
    while (route < release->route_count) {
        if (place_by_route(router, route, ret)) {
            ret->route = route;
            return;
        }
        if (++route < release->route_count)
            route = policy_route_next(router_inputs(router), route);
    }
    place_displaced(router, ret);
}
