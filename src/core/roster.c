/* The roster: reps, pools and releases, which of them are in force, and who has room. */
#include "core/internal.h"

#include <stdlib.h>

static char *copy_string(struct bytes text)
{
    char *copy = core_allocate(text.size + 1, 1);
    if (text.size > 0)
        memcpy(copy, text.data, text.size);
    return copy;
}

static void free_rep(struct rep *rep)
{
    free(rep->id);
    free(rep->name);
    free(rep->pools);
    free(rep);
}

static void free_pool(struct pool *pool)
{
    free(pool->id);
    free(pool->members);
    heap_release(&pool->waiting);
    free(pool);
}

static void free_release(struct release *release)
{
    policy_release_unref(release->release);
    free(release->reps);
    free(release->pools);
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
    rep->view = (struct core_rep){.id = rep->id, .name = rep->name, .available = true};
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
    pool->last_rep = CORE_NONE;
    heap_init(&pool->waiting, &core_waiting_order);
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
    for (size_t i = 0; i < release->rep_count; i++)
        slot->reps[i] = rep_intern(core, bytes_of(release->reps[i].id));
    for (size_t i = 0; i < release->pool_count; i++)
        slot->pools[i] = pool_intern(core, bytes_of(release->pools[i].id));
    index = core->release_count++;
    core->releases[index] = slot;
    map_put(&core->release_index, hash128_of(&short_id, 1), index);
    return index;
}

/* ---- who is in force, who has room */

void pool_refresh(struct core *core, struct pool *pool)
{
    bool drainable = pool->present && pool->open_members > 0 && pool->waiting.count > 0;
    if (drainable == pool->drainable)
        return;
    pool->drainable = drainable;
    if (drainable)
        core->drainable_pools++;
    else
        core->drainable_pools--;
}

void rep_refresh(struct core *core, uint32_t index)
{
    struct rep *rep = core->reps[index];
    bool open = rep->view.present && rep->view.available && rep->view.load < rep->view.capacity;
    if (open == rep->open)
        return;
    rep->open = open;
    for (uint32_t i = 0; i < rep->pool_count; i++) {
        struct pool *pool = core->pools[rep->pools[i]];
        if (open)
            pool->open_members++;
        else
            pool->open_members--;
        pool_refresh(core, pool);
    }
}

void rep_set(struct core *core, uint32_t index, bool available, uint32_t capacity)
{
    core->reps[index]->view.available = available;
    core->reps[index]->view.capacity = capacity;
    rep_refresh(core, index);
}

/* Everybody out: nobody is present, no pool has members. */
static void clear_roster(struct core *core)
{
    for (uint32_t i = 0; i < core->rep_count; i++) {
        struct rep *rep = core->reps[i];
        rep->view.present = false;
        rep->open = false;
        rep->pool_count = 0;
    }
    for (uint32_t i = 0; i < core->pool_count; i++) {
        struct pool *pool = core->pools[i];
        pool->present = false;
        pool->member_count = 0;
        pool->open_members = 0;
        pool_refresh(core, pool);
    }
}

static void enrol_rep(struct core *core, uint32_t index, const struct policy_rep *declared)
{
    struct rep *rep = core->reps[index];
    rep->view.present = true;
    free(rep->name);
    rep->name = copy_string(bytes_of(declared->name));
    rep->view.name = rep->name;
    /* A capacity set by hand stays until the policy itself says something new. */
    if (rep->view.declared_capacity != declared->capacity) {
        rep->view.declared_capacity = declared->capacity;
        rep->view.capacity = declared->capacity;
    }
}

static bool is_member(const struct pool *pool, uint32_t rep)
{
    for (uint32_t i = 0; i < pool->member_count; i++)
        if (pool->members[i] == rep)
            return true;
    return false;
}

static void enrol_pool(struct core *core, const struct release *slot, uint32_t index,
                       const struct policy_pool *declared)
{
    struct pool *pool = core->pools[index];
    pool->present = true;
    pool->strategy = declared->strategy;
    pool->member_count = (uint32_t)declared->member_count;
    free(pool->members);
    pool->members = core_allocate(declared->member_count, sizeof *pool->members);
    for (uint32_t i = 0; i < pool->member_count; i++) {
        struct rep *rep = core->reps[slot->reps[declared->members[i]]];
        pool->members[i] = slot->reps[declared->members[i]];
        uint32_t *pools = realloc(rep->pools, (rep->pool_count + 1) * sizeof *pools);
        if (pools == NULL)
            panic("out of memory (pools of a rep)");
        rep->pools = pools;
        rep->pools[rep->pool_count++] = index;
    }
    if (!is_member(pool, pool->last_rep))
        pool->last_rep = CORE_NONE;
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
    pool->last_rep = CORE_NONE;
}

void release_activate(struct core *core, uint32_t index)
{
    const struct release *slot = core->releases[index];
    const struct policy_release *release = slot->release;
    core->active = index;
    clear_roster(core);
    for (uint32_t i = 0; i < release->rep_count; i++)
        enrol_rep(core, slot->reps[i], &release->reps[i]);
    for (uint32_t i = 0; i < release->pool_count; i++)
        enrol_pool(core, slot, slot->pools[i], &release->pools[i]);
    core->removed_load = 0;
    for (uint32_t i = 0; i < core->rep_count; i++) {
        rep_refresh(core, i);
        if (!core->reps[i]->view.present)
            core->removed_load += core->reps[i]->view.load;
    }
    for (uint32_t i = 0; i < core->pool_count; i++) {
        if (!core->pools[i]->present)
            displace_waiting(core, core->pools[i]);
        pool_refresh(core, core->pools[i]);
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
                              .waiting = pool->waiting.count,
                              .present = pool->present};
}

uint32_t core_release_count(const struct core *core)
{
    return core->release_count;
}

const struct policy_release *core_release_at(const struct core *core, uint32_t release)
{
    return core->releases[release]->release;
}
