/* The state: tables, lists, heaps and the bookkeeping that keeps them consistent with each other.
 */
#include "core/internal.h"

#include <stdlib.h>

/* ---- leads in order */

static bool timer_before(const void *a, const void *b)
{
    const struct core_lead *x = a, *y = b;
    return x->due_us != y->due_us ? x->due_us < y->due_us : x->number < y->number;
}

static uint32_t *timer_position(void *item)
{
    return &((struct core_lead *)item)->timer_position;
}

/* Urgency first, then age; numbers rise with time and settle the rest. */
static bool waiting_before(const void *a, const void *b)
{
    const struct core_lead *x = a, *y = b;
    if (x->urgency != y->urgency)
        return x->urgency < y->urgency;
    return x->captured_us != y->captured_us ? x->captured_us < y->captured_us
                                            : x->number < y->number;
}

static uint32_t *waiting_position(void *item)
{
    return &((struct core_lead *)item)->waiting_position;
}

static const struct heap_operations timer_order = {timer_before, timer_position};
static const struct heap_operations waiting_order = {waiting_before, waiting_position};

/* ---- the core itself */

static void *allocate(size_t count, size_t size)
{
    void *memory = calloc(count ? count : 1, size);
    if (memory == NULL)
        panic("out of memory (%zu bytes)", count * size);
    return memory;
}

static char *copy_string(struct bytes text)
{
    char *copy = allocate(text.size + 1, 1);
    if (text.size > 0)
        memcpy(copy, text.data, text.size);
    return copy;
}

struct core *core_new(void)
{
    struct core *core = allocate(1, sizeof *core);
    core->reps = allocate(POLICY_REPS_MAX, sizeof *core->reps);
    core->pools = allocate(POLICY_POOLS_MAX, sizeof *core->pools);
    core->releases = allocate(CORE_RELEASES_MAX, sizeof *core->releases);
    core->active = CORE_NONE;
    heap_init(&core->timers, &timer_order);
    heap_init(&core->unrouted, &waiting_order);
    arena_init(&core->lead_memory);
    buffer_init(&core->packing, 1024 * 1024);
    return core;
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

static void free_packed(void *context, const struct core_lead *lead)
{
    (void)context;
    free(lead->packed);
}

void core_free(struct core *core)
{
    if (core == NULL)
        return;
    core_leads_each(core, free_packed, NULL);
    for (uint32_t i = 0; i < core->rep_count; i++)
        free_rep(core->reps[i]);
    for (uint32_t i = 0; i < core->pool_count; i++)
        free_pool(core->pools[i]);
    for (uint32_t i = 0; i < core->release_count; i++)
        free_release(core->releases[i]);
    struct map *maps[] = {
        &core->rep_index,  &core->pool_index, &core->release_index,    &core->leads,
        &core->identities, &core->closed,     &core->idempotency_index};
    for (size_t i = 0; i < sizeof maps / sizeof *maps; i++)
        map_release(maps[i]);
    heap_release(&core->timers);
    heap_release(&core->unrouted);
    arena_release(&core->lead_memory);
    buffer_release(&core->packing);
    free(core->idempotency);
    free(core->reps);
    free(core->pools);
    free(core->releases);
    free(core);
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
    struct rep *rep = allocate(1, sizeof *rep);
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
    struct pool *pool = allocate(1, sizeof *pool);
    pool->id = copy_string(id);
    pool->last_rep = CORE_NONE;
    heap_init(&pool->waiting, &waiting_order);
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
    struct release *slot = allocate(1, sizeof *slot);
    slot->release = policy_release_ref(release);
    slot->reps = allocate(release->rep_count, sizeof *slot->reps);
    slot->pools = allocate(release->pool_count, sizeof *slot->pools);
    for (size_t i = 0; i < release->rep_count; i++)
        slot->reps[i] = rep_intern(core, bytes_of(release->reps[i].id));
    for (size_t i = 0; i < release->pool_count; i++)
        slot->pools[i] = pool_intern(core, bytes_of(release->pools[i].id));
    index = core->release_count++;
    core->releases[index] = slot;
    map_put(&core->release_index, hash128_of(&short_id, 1), index);
    return index;
}

/* ---- reps and pools */

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
    pool->members = allocate(declared->member_count, sizeof *pool->members);
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

/* ---- leads */

struct core_lead *lead_new(struct core *core)
{
    struct core_lead *lead = core->free_leads;
    if (lead != NULL)
        core->free_leads = lead->next;
    else
        lead = arena_alloc(&core->lead_memory, sizeof *lead);
    *lead = (struct core_lead){.rep = CORE_NONE,
                               .pool = CORE_NONE,
                               .route = CORE_NONE,
                               .timer_position = HEAP_NONE,
                               .waiting_position = HEAP_NONE};
    return lead;
}

void lead_free(struct core *core, struct core_lead *lead)
{
    free(lead->packed);
    lead->packed = NULL;
    lead->next = core->free_leads;
    core->free_leads = lead;
}

struct core_lead *lead_get(const struct core *core, uint64_t number)
{
    const uint64_t *found = map_find(&core->leads, map_number_key(number));
    return found != NULL ? (struct core_lead *)(uintptr_t)*found : NULL;
}

const struct core_lead *core_lead_find(const struct core *core, uint64_t number)
{
    return lead_get(core, number);
}

bool core_closed_find(const struct core *core, uint64_t number, enum core_state *ret_state)
{
    const uint64_t *closed = map_find(&core->closed, map_number_key(number));
    if (closed == NULL)
        return false;
    *ret_state = *closed & 1 ? CORE_QUALIFIED : CORE_DISQUALIFIED;
    return true;
}

void core_leads_each(const struct core *core, void (*visit)(void *, const struct core_lead *),
                     void *context)
{
    for (size_t i = 0; i < core->leads.capacity; i++)
        if (!hash128_is_none(core->leads.entries[i].key))
            visit(context, (const struct core_lead *)(uintptr_t)core->leads.entries[i].value);
}

void lead_set_attributes(struct core *core, struct core_lead *lead, const struct cel_value *values)
{
    buffer_clear(&core->packing);
    policy_record_pack(&core->releases[lead->release]->release->schema, values, &core->packing);
    ML_ASSERT(!core->packing.overflow);
    free(lead->packed);
    lead->packed = allocate(core->packing.size, 1);
    if (core->packing.size > 0)
        memcpy(lead->packed, core->packing.data, core->packing.size);
    lead->packed_size = (uint32_t)core->packing.size;
}

const struct policy_class *lead_class(const struct core *core, const struct core_lead *lead)
{
    return &core->releases[lead->release]->release->classes[lead->class_index];
}

bool lead_is_held(const struct core_lead *lead)
{
    return lead->rep == CORE_NONE && lead->waiting_position == HEAP_NONE;
}

static void change_load(struct core *core, uint32_t index, int by)
{
    struct rep *rep = core->reps[index];
    rep->view.load += (uint32_t)by;
    if (!rep->view.present)
        core->removed_load += (uint64_t)(int64_t)by;
    rep_refresh(core, index);
}

void lead_own(struct core *core, struct core_lead *lead, uint32_t rep)
{
    struct rep *owner = core->reps[rep];
    lead->rep = rep;
    lead->previous = NULL;
    lead->next = owner->leads;
    if (owner->leads != NULL)
        owner->leads->previous = lead;
    owner->leads = lead;
    core->counts.owned++;
    change_load(core, rep, 1);
}

void lead_disown(struct core *core, struct core_lead *lead)
{
    struct rep *owner = core->reps[lead->rep];
    if (lead->previous != NULL)
        lead->previous->next = lead->next;
    else
        owner->leads = lead->next;
    if (lead->next != NULL)
        lead->next->previous = lead->previous;
    core->counts.owned--;
    change_load(core, lead->rep, -1);
    lead->rep = CORE_NONE;
    lead->next = lead->previous = NULL;
}

static struct heap *queue_of(struct core *core, const struct core_lead *lead)
{
    return lead->pool == CORE_NONE ? &core->unrouted : &core->pools[lead->pool]->waiting;
}

void lead_wait(struct core *core, struct core_lead *lead)
{
    heap_insert(queue_of(core, lead), lead);
    if (lead->pool != CORE_NONE)
        pool_refresh(core, core->pools[lead->pool]);
}

void lead_unwait(struct core *core, struct core_lead *lead)
{
    heap_remove(queue_of(core, lead), lead);
    if (lead->pool != CORE_NONE)
        pool_refresh(core, core->pools[lead->pool]);
}

/* ---- idempotency keys */

static struct idempotency *idempotency_at(const struct core *core, uint64_t position)
{
    return &core->idempotency[position & (core->idempotency_capacity - 1)];
}

static void grow_idempotency(struct core *core)
{
    size_t capacity = core->idempotency_capacity ? core->idempotency_capacity * 2 : 64;
    struct idempotency *ring = allocate(capacity, sizeof *ring);
    for (uint64_t p = core->idempotency_first; p < core->idempotency_end; p++)
        ring[p & (capacity - 1)] = *idempotency_at(core, p);
    free(core->idempotency);
    core->idempotency = ring;
    core->idempotency_capacity = capacity;
}

void idempotency_put(struct core *core, const struct idempotency *entry)
{
    if (core->idempotency_end - core->idempotency_first == core->idempotency_capacity)
        grow_idempotency(core);
    *idempotency_at(core, core->idempotency_end) = *entry;
    map_put(&core->idempotency_index, entry->key, core->idempotency_end);
    core->idempotency_end++;
}

void idempotency_expire(struct core *core)
{
    while (core->idempotency_first < core->idempotency_end) {
        const struct idempotency *oldest = idempotency_at(core, core->idempotency_first);
        if (oldest->time_us > core->time_us - CORE_IDEMPOTENCY_US)
            break;
        const uint64_t *position = map_find(&core->idempotency_index, oldest->key);
        if (position != NULL && *position == core->idempotency_first)
            map_remove(&core->idempotency_index, oldest->key);
        core->idempotency_first++;
    }
}

const struct idempotency *idempotency_find(const struct core *core, struct hash128 key,
                                           int64_t now_us)
{
    if (hash128_is_none(key))
        return NULL;
    const uint64_t *position = map_find(&core->idempotency_index, key);
    if (position == NULL)
        return NULL;
    const struct idempotency *entry = idempotency_at(core, *position);
    return entry->time_us > now_us - CORE_IDEMPOTENCY_US ? entry : NULL;
}

/* ---- looking */

uint64_t core_seq(const struct core *core)
{
    return core->seq;
}

int64_t core_time_us(const struct core *core)
{
    return core->time_us;
}

struct core_counts core_counts(const struct core *core)
{
    return core->counts;
}

struct policy_release *core_release(const struct core *core)
{
    return core->active == CORE_NONE ? NULL : core->releases[core->active]->release;
}

int64_t core_due_us(const struct core *core)
{
    if (core->unrouted.count > 0 || core->removed_load > 0 || core->drainable_pools > 0)
        return INT64_MIN;
    const struct core_lead *first = heap_first(&core->timers);
    return first != NULL ? first->due_us : INT64_MAX;
}

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
