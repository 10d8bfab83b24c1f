/* The roster: reps, pools and releases, which of them are in force, and who has room. */
#include "core/watch.h"

#include <stdlib.h>

static void free_rep(struct rep *rep)
{
    free(rep->id);
    free(rep->name);
    free(rep->seats);
    free(rep->on_call);
    free(rep);
}

static void free_pool(struct pool *pool)
{
    free(pool->id);
    pool_release(pool);
    heap_release(&pool->waiting);
    heap_release(&pool->held);
    free(pool);
}

static void free_release(struct release *release)
{
    policy_release_unref(release->release);
    free(release->reps);
    free(release->pools);
    free(release->sources);
    free(release);
}

void roster_init(struct core *core)
{
    core->reps = core_allocate(POLICY_REPS_MAX, sizeof *core->reps);
    core->pools = core_allocate(POLICY_POOLS_MAX, sizeof *core->pools);
    core->releases = core_allocate(CORE_RELEASES_MAX, sizeof *core->releases);
    core->active = CORE_NONE;
}

void roster_release(struct core *core)
{
    for (uint32_t i = 0; i < core->rep_count; i++)
        free_rep(core->reps[i]);
    for (uint32_t i = 0; i < core->pool_count; i++)
        free_pool(core->pools[i]);
    for (uint32_t i = 0; i < core->release_count; i++)
        free_release(core->releases[i]);
    free(core->reps);
    free(core->pools);
    free(core->releases);
}

/* ---- names */

static uint32_t index_find(const struct map *index, struct bytes id)
{
    const uint64_t *found = map_find(index, hash128_of(&id, 1));
    return found != NULL ? (uint32_t)*found : CORE_NONE;
}

uint32_t core_rep_find(const struct core *core, struct bytes id)
{
    return index_find(&core->rep_index, id);
}

uint32_t core_pool_find(const struct core *core, struct bytes id)
{
    return index_find(&core->pool_index, id);
}

uint32_t core_release_find(const struct core *core, struct bytes short_id)
{
    return index_find(&core->release_index, short_id);
}

uint32_t rep_intern(struct core *core, struct bytes id)
{
    uint32_t index = core_rep_find(core, id);
    if (index != CORE_NONE)
        return index;
    if (core->rep_count == POLICY_REPS_MAX)
        panic("more than %d reps over the journal's life", POLICY_REPS_MAX);
    struct rep *rep = core_allocate(1, sizeof *rep);
    rep->id = copy_string(id);
    rep->name = copy_string(id);
    rep->view = (struct core_rep){.id = rep->id,
                                  .name = rep->name,
                                  .available = true,
                                  .duty_until_us = INT64_MAX,
                                  .readiness = CORE_REP_UNKNOWN};
    rep->timer_position = HEAP_NONE;
    rep->due_us = INT64_MAX;
    index = core->rep_count++;
    core->reps[index] = rep;
    map_put(&core->rep_index, hash128_of(&id, 1), index);
    return index;
}

uint32_t pool_intern(struct core *core, struct bytes id)
{
    uint32_t index = core_pool_find(core, id);
    if (index != CORE_NONE)
        return index;
    if (core->pool_count == POLICY_POOLS_MAX)
        panic("more than %d pools over the journal's life", POLICY_POOLS_MAX);
    struct pool *pool = core_allocate(1, sizeof *pool);
    pool->id = copy_string(id);
    pool->last_rep = pool->turn = pool->overflow = CORE_NONE;
    heap_init(&pool->waiting, &core_waiting_order);
    heap_init(&pool->held, &core_waiting_order);
    index = core->pool_count++;
    core->pools[index] = pool;
    map_put(&core->pool_index, hash128_of(&id, 1), index);
    return index;
}

uint32_t release_intern(struct core *core, struct policy_release *release)
{
    struct bytes short_id = {release->id_text, 16};
    uint32_t index = core_release_find(core, short_id);
    if (index != CORE_NONE)
        return index;
    if (core->release_count == CORE_RELEASES_MAX)
        panic("more than %d releases in use", CORE_RELEASES_MAX);
    struct release *slot = core_allocate(1, sizeof *slot);
    slot->release = policy_release_ref(release);
    slot->reps = core_allocate(release->rep_count, sizeof *slot->reps);
    slot->pools = core_allocate(release->pool_count, sizeof *slot->pools);
    slot->sources = core_allocate(release->source_count, sizeof *slot->sources);
    for (size_t i = 0; i < release->rep_count; i++)
        slot->reps[i] = rep_intern(core, bytes_of(release->reps[i].id));
    for (size_t i = 0; i < release->pool_count; i++)
        slot->pools[i] = pool_intern(core, bytes_of(release->pools[i].id));
    for (size_t i = 0; i < release->source_count; i++)
        slot->sources[i] = source_intern(core, bytes_of(release->sources[i].name));
    index = core->release_count++;
    core->releases[index] = slot;
    map_put(&core->release_index, hash128_of(&short_id, 1), index);
    return index;
}

/* ---- who has room */

static bool rep_is_limited(const struct core_window *window, uint32_t limit)
{
    return limit > 0 && window->count >= limit;
}

/* Has had as many leads in this clock hour as a surge plan allows. Hours that were over before the
 * surge began are over, though nobody looked. */
static bool rep_is_paced(const struct core *core, const struct core_rep *view)
{
    return rep_is_limited(&view->hour, core->watch->pace) &&
           view->hour.end_us > core->watch->pace_from_us;
}

static enum core_readiness readiness_of(const struct core *core, const struct rep *rep)
{
    static const enum core_readiness by_duty[] = {
        [POLICY_ON_DUTY] = CORE_REP_OPEN,
        [POLICY_OFF_HOURS] = CORE_REP_OFF_HOURS,
        [POLICY_HOLIDAY] = CORE_REP_HOLIDAY,
        [POLICY_TIME_OFF] = CORE_REP_TIME_OFF,
    };
    const struct core_rep *view = &rep->view;
    if (!view->present)
        return CORE_REP_UNKNOWN;
    if (!view->available)
        return CORE_REP_AWAY;
    if (view->duty != POLICY_ON_DUTY)
        return by_duty[view->duty];
    if (view->load >= view->capacity)
        return CORE_REP_FULL;
    if (rep_is_limited(&view->day, view->per_day))
        return CORE_REP_DAY_LIMIT;
    if (rep_is_limited(&view->hour, view->per_hour))
        return CORE_REP_HOUR_LIMIT;
    if (rep_is_paced(core, view))
        return CORE_REP_PACED;
    return CORE_REP_OPEN;
}

bool rep_can_be_called(const struct rep *rep)
{
    const struct core_rep *view = &rep->view;
    return view->present && view->available && view->duty != POLICY_TIME_OFF &&
           view->load < view->capacity && !rep_is_limited(&view->hour, view->per_hour) &&
           !rep_is_limited(&view->day, view->per_day);
}

/* When the rep is to be looked at again: the calendar's next change, or the end of a limit. */
static int64_t rep_due(const struct core *core, const struct rep *rep)
{
    const struct core_rep *view = &rep->view;
    int64_t due_us = view->duty_until_us;
    if (!view->present)
        return INT64_MAX;
    if ((rep_is_limited(&view->hour, view->per_hour) || rep_is_paced(core, view)) &&
        view->hour.end_us < due_us)
        due_us = view->hour.end_us;
    if (rep_is_limited(&view->day, view->per_day) && view->day.end_us < due_us)
        due_us = view->day.end_us;
    return due_us;
}

static void set_rep_timer(struct core *core, struct rep *rep)
{
    int64_t due_us = rep_due(core, rep);
    if (due_us == rep->due_us)
        return;
    rep->due_us = due_us;
    if (due_us == INT64_MAX)
        heap_remove(&core->rep_timers, rep);
    else if (rep->timer_position == HEAP_NONE)
        heap_insert(&core->rep_timers, rep);
    else
        heap_update(&core->rep_timers, rep);
}

static bool somebody_can_be_called(const struct core *core, const struct pool *pool)
{
    for (uint32_t i = 0; i < pool->on_call_count; i++)
        if (rep_can_be_called(core->reps[pool->on_call[i]]))
            return true;
    return false;
}

static bool pool_can_relieve(const struct core *core, const struct pool *pool)
{
    if (!pool->present)
        return false;
    if (pool->by_readiness[CORE_REP_OPEN] > 0)
        return true;
    switch (pool_relief(pool)) {
    case POLICY_RELIEF_OVERFLOW:
        return pool->overflow != CORE_NONE && core->pools[pool->overflow]->relieves;
    case POLICY_RELIEF_ON_CALL: return somebody_can_be_called(core, pool);
    case POLICY_RELIEF_WAIT:
    default: return false;
    }
}

/* The same for a lead of a class that a surge plan exempts: paced members may take it. */
static bool pool_can_relieve_exempt(const struct core *core, const struct pool *pool)
{
    if (!pool->present)
        return false;
    if (pool->by_readiness[CORE_REP_PACED] > 0)
        return true;
    return pool_relief(pool) == POLICY_RELIEF_OVERFLOW && pool->overflow != CORE_NONE &&
           core->pools[pool->overflow]->relieves_exempt;
}

void pool_refresh(struct core *core, uint32_t index)
{
    struct pool *pool = core->pools[index];
    bool relieved = pool->relieves, relieved_exempt = pool->relieves_exempt;
    pool->relieves = pool_can_relieve(core, pool);
    pool->relieves_exempt = pool->relieves || pool_can_relieve_exempt(core, pool);
    bool drainable = pool_can_take_waiting(core, index) || pool_can_take_held(core, index);
    if (drainable != pool->drainable) {
        pool->drainable = drainable;
        if (drainable)
            core->drainable_pools++;
        else
            core->drainable_pools--;
    }
    if (pool->relieves == relieved && pool->relieves_exempt == relieved_exempt)
        return;
    for (uint32_t i = 0; i < pool->feeder_count; i++) /* chains of overflow have no cycles */
        pool_refresh(core, pool->feeders[i]);
}

void rep_refresh(struct core *core, uint32_t index)
{
    struct rep *rep = core->reps[index];
    enum core_readiness before = rep->view.readiness;
    rep->view.readiness = readiness_of(core, rep);
    set_rep_timer(core, rep);
    for (uint32_t i = 0; i < rep->seat_count; i++) {
        pool_update(core->pools[rep->seats[i]->pool], rep->seats[i], before);
        pool_refresh(core, rep->seats[i]->pool);
    }
    for (uint32_t i = 0; i < rep->on_call_count; i++)
        pool_refresh(core, rep->on_call[i]);
}

/* ---- who is in force */

/* Everybody out: nobody is present, no pool has members. */
static void clear_roster(struct core *core)
{
    for (uint32_t i = 0; i < core->rep_count; i++) {
        struct rep *rep = core->reps[i];
        rep->view.present = false;
        rep->view.readiness = CORE_REP_UNKNOWN;
        rep->view.per_hour = rep->view.per_day = 0;
        rep->seat_count = rep->on_call_count = 0;
        set_rep_timer(core, rep);
    }
    for (uint32_t i = 0; i < core->pool_count; i++) {
        pool_clear(core->pools[i]);
        pool_refresh(core, i);
    }
}

static void enrol_rep(struct core *core, uint32_t index, const struct policy_rep *declared,
                      uint32_t place)
{
    struct rep *rep = core->reps[index];
    rep->view.present = true;
    rep->declared = place;
    free(rep->name);
    rep->name = copy_string(bytes_of(declared->name));
    rep->view.name = rep->name;
    core_rep_enrol(&rep->view, declared, core->time_us);
}

static void append(uint32_t **list, uint32_t *count, uint32_t item)
{
    uint32_t *longer = realloc(*list, (*count + 1) * sizeof *longer);
    if (longer == NULL)
        panic("out of memory (roster)");
    *list = longer;
    longer[(*count)++] = item;
}

/* The members learn of their seats; nobody has one before. */
static void seat_members(struct core *core, uint32_t index)
{
    struct pool *pool = core->pools[index];
    for (uint32_t i = 0; i < pool->member_count; i++) {
        struct rep *rep = core->reps[pool->seats[i].rep];
        struct seat **seats = realloc(rep->seats, (rep->seat_count + 1) * sizeof(struct seat *));
        if (seats == NULL)
            panic("out of memory (seats)");
        rep->seats = seats;
        seats[rep->seat_count++] = &pool->seats[i];
        pool->by_readiness[CORE_REP_UNKNOWN]++;
        bitset_add(&pool->closed_seats, i);
    }
    if (pool_seat_of(core, index, pool->last_rep) == NULL)
        pool->last_rep = CORE_NONE;
    for (uint32_t i = 0; i < pool->on_call_count; i++) {
        struct rep *rep = core->reps[pool->on_call[i]];
        append(&rep->on_call, &rep->on_call_count, index);
    }
    if (pool->overflow != CORE_NONE) {
        struct pool *overflow = core->pools[pool->overflow];
        append(&overflow->feeders, &overflow->feeder_count, index);
    }
}

/* Leads that wait in a pool which is gone are routed anew. */
static void displace_waiting(struct core *core, struct pool *pool)
{
    struct core_lead *lead;
    while ((lead = heap_first(&pool->waiting)) != NULL) {
        heap_remove(&pool->waiting, lead);
        lead->pool = CORE_NONE;
        heap_insert(&core->unrouted, lead);
    }
    while ((lead = heap_first(&pool->held)) != NULL) {
        heap_remove(&pool->held, lead);
        lead->pool = lead->kept_from = CORE_NONE;
        lead->held = false;
        heap_insert(&core->unrouted, lead);
    }
    pool->last_rep = pool->turn = CORE_NONE;
}

void release_activate(struct core *core, uint32_t index)
{
    const struct release *slot = core->releases[index];
    const struct policy_release *release = slot->release;
    outbox_activate(core, slot->release);
    sources_activate(core, core->active == CORE_NONE ? NULL : core->releases[core->active], slot);
    core->active = index;
    clear_roster(core);
    for (uint32_t i = 0; i < release->rep_count; i++)
        enrol_rep(core, slot->reps[i], &release->reps[i], i);
    for (uint32_t i = 0; i < release->pool_count; i++)
        pool_seat(core, slot->pools[i], slot, &release->pools[i]);
    for (uint32_t i = 0; i < release->pool_count; i++)
        seat_members(core, slot->pools[i]);
    core->removed_load = 0;
    for (uint32_t i = 0; i < core->rep_count; i++) {
        rep_refresh(core, i);
        if (!core->reps[i]->view.present)
            core->removed_load += core->reps[i]->view.load;
    }
    for (uint32_t i = 0; i < core->pool_count; i++) {
        if (!core->pools[i]->present)
            displace_waiting(core, core->pools[i]);
        pool_refresh(core, i);
    }
}

/* ---- looking */

uint32_t core_rep_count(const struct core *core)
{
    return core->rep_count;
}

const struct core_rep *core_rep_at(const struct core *core, uint32_t rep)
{
    return &core->reps[rep]->view;
}

const char *core_rep_id(const struct core *core, uint32_t rep)
{
    return core->reps[rep]->id;
}

const char *core_pool_id(const struct core *core, uint32_t pool)
{
    return core->pools[pool]->id;
}

uint32_t core_pool_count(const struct core *core)
{
    return core->pool_count;
}

struct core_pool core_pool_at(const struct core *core, uint32_t index)
{
    const struct pool *pool = core->pools[index];
    return (struct core_pool){.id = pool->id,
                              .last_rep = pool->last_rep,
                              .turn = pool->turn,
                              .waiting = pool->waiting.count + pool->held.count,
                              .present = pool->present};
}

enum policy_relief core_pool_relief(const struct core *core, uint32_t pool)
{
    return pool_relief(core->pools[pool]);
}

uint32_t core_member_count(const struct core *core, uint32_t pool)
{
    return core->pools[pool]->member_count;
}

struct core_member core_member_at(const struct core *core, uint32_t pool, uint32_t position)
{
    const struct seat *seat = &core->pools[pool]->seats[position];
    return (struct core_member){.rep = seat->rep,
                                .weight = seat->weight,
                                .tier = seat->tier,
                                .readiness = seat->owner->view.readiness};
}

uint32_t core_release_count(const struct core *core)
{
    return core->release_count;
}

const struct policy_release *core_release_at(const struct core *core, uint32_t release)
{
    return core->releases[release]->release;
}
