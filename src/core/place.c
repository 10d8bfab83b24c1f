/* Who gets a lead: the walk over routes that ends at a rep or in a waiting queue, and the choice
 * within a pool. Reads the state, changes nothing. */
#include "core/internal.h"

static void pass_over(struct core_candidates *candidates, uint32_t rep, const struct rep *who,
                      uint32_t excluded)
{
    if (candidates->passed_count == CORE_PASSED_OVER_MAX)
        return;
    uint32_t at = candidates->passed_count++;
    candidates->passed[at].rep = rep;
    candidates->passed[at].reason = rep == excluded ? CORE_PASSED_EXCLUDED
                                    : !who->view.available || !who->view.present ? CORE_PASSED_AWAY
                                                                                 : CORE_PASSED_FULL;
}

static void count_candidate(struct core_candidates *candidates, const struct rep *who)
{
    candidates->members++;
    if (!who->view.available || !who->view.present)
        candidates->away++;
    else if (who->view.load >= who->view.capacity)
        candidates->full++;
}

/* Where the rotation goes on: behind the member who had the last turn. */
static uint32_t rotation_start(const struct pool *pool)
{
    for (uint32_t i = 0; i < pool->member_count; i++)
        if (pool->members[i] == pool->last_rep)
            return i + 1 == pool->member_count ? 0 : i + 1;
    return 0;
}

/* load/capacity smaller, without division; equal goes to the earlier in the rotation. */
static bool less_loaded(const struct rep *a, const struct rep *b)
{
    return (uint64_t)a->view.load * b->view.capacity < (uint64_t)b->view.load * a->view.capacity;
}

uint32_t place_in_pool(const struct core *core, uint32_t pool_index, uint32_t excluded,
                       struct core_candidates *candidates)
{
    const struct pool *pool = core->pools[pool_index];
    uint32_t chosen = CORE_NONE;
    uint32_t at = rotation_start(pool);
    for (uint32_t i = 0; i < pool->member_count; i++, at++) {
        if (at >= pool->member_count)
            at = 0;
        uint32_t rep = pool->members[at];
        const struct rep *who = core->reps[rep];
        count_candidate(candidates, who);
        if (!who->open || rep == excluded) {
            if (chosen == CORE_NONE || pool->strategy == POLICY_LEAST_LOADED)
                pass_over(candidates, rep, who, excluded);
            continue;
        }
        if (chosen == CORE_NONE ||
            (pool->strategy == POLICY_LEAST_LOADED && less_loaded(who, core->reps[chosen])))
            chosen = rep;
    }
    return chosen;
}

/* The next route behind `route` that matches; route_count when none does. */
static uint32_t next_route(const struct policy_release *release, uint32_t route, uint32_t source,
                           const struct cel_value *values)
{
    struct arena arena;
    arena_init(&arena);
    const char *message;
    do
        route++;
    while (route < release->route_count &&
           policy_route_try(release, route, source, values, &arena, &message) != POLICY_MATCHED);
    arena_release(&arena);
    return route;
}

/* No pool of the lead's own release is left: the active release's catch-all takes it. */
static void place_displaced(const struct core *core, uint32_t excluded, struct placement *ret)
{
    const struct release *active = core->releases[core->active];
    const struct policy_route *last = &active->release->routes[active->release->route_count - 1];
    ret->route = CORE_NONE;
    ret->pool = last->target == POLICY_TO_POOL ? active->pools[last->target_index] : CORE_NONE;
    ret->rep = CORE_NONE;
    if (ret->pool != CORE_NONE)
        ret->rep = place_in_pool(core, ret->pool, excluded, &ret->candidates);
    ret->held = ret->rep == CORE_NONE && ret->pool == CORE_NONE;
}

void place_by_routes(const struct core *core, uint32_t release_index, uint32_t source,
                     const struct cel_value *values, uint32_t first_route, uint32_t excluded,
                     struct placement *ret)
{
    const struct release *slot = core->releases[release_index];
    const struct policy_release *release = slot->release;
    uint32_t route = first_route;
    for (; route < release->route_count; route = next_route(release, route, source, values)) {
        const struct policy_route *rule = &release->routes[route];
        if (rule->target == POLICY_TO_REP) {
            uint32_t rep = slot->reps[rule->target_index];
            const struct rep *who = core->reps[rep];
            count_candidate(&ret->candidates, who);
            if (who->open && rep != excluded) {
                ret->rep = rep;
                ret->pool = CORE_NONE;
                ret->route = route;
                return;
            }
            pass_over(&ret->candidates, rep, who, excluded);
            continue; /* a named rep without room: the routes below decide */
        }
        uint32_t pool = slot->pools[rule->target_index];
        if (!core->pools[pool]->present)
            continue;
        ret->pool = pool;
        ret->route = route;
        ret->rep = place_in_pool(core, pool, excluded, &ret->candidates);
        /* With nobody but the excluded rep free, waiting in the open queue would hand it straight
         * back: it is held until its timer fires. */
        ret->held = ret->rep == CORE_NONE && excluded != CORE_NONE;
        return;
    }
    place_displaced(core, excluded, ret);
}
