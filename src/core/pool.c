/* A pool's members: who of them may take a lead, and whose turn it is. Everything is kept so that
 * the next one is found, and a change recorded, in O(log members). Who never appears here: leads,
 * routes, time. */
#include "core/watch.h"

#include <stdlib.h>

/* ---- orders of the open members */

/* Whoever waited longest for a lead comes first; new reps, who never had one, before all. */
static bool longer_idle(const struct seat *a, const struct seat *b)
{
    uint64_t x = a->owner->view.last_assigned, y = b->owner->view.last_assigned;
    return x != y ? x < y : a->position < b->position;
}

static bool idle_before(const void *a, const void *b)
{
    return longer_idle(a, b);
}

/* The smaller share of the capacity in use, without division. */
static bool load_before(const void *a, const void *b)
{
    const struct seat *x = a, *y = b;
    uint64_t x_load = (uint64_t)x->owner->view.load * y->owner->view.capacity;
    uint64_t y_load = (uint64_t)y->owner->view.load * x->owner->view.capacity;
    return x_load != y_load ? x_load < y_load : longer_idle(x, y);
}

static uint32_t *seat_heap_position(void *item)
{
    return &((struct seat *)item)->heap_position;
}

static const struct heap_operations idle_order = {idle_before, seat_heap_position};
static const struct heap_operations load_order = {load_before, seat_heap_position};

static bool in_rotation(const struct pool *pool)
{
    return pool->order == POLICY_ROUND_ROBIN || pool->order == POLICY_WEIGHTED;
}

/* ---- the rotation */

struct turn {
    uint64_t at; /* place in the round, from 0 to TURN_ROUND */
    uint32_t seat;
};

#define TURN_ROUND (UINT64_C(1) << 40)

static int earlier_turn(const void *a, const void *b)
{
    const struct turn *x = a, *y = b;
    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    return x->seat < y->seat ? -1 : x->seat > y->seat;
}

static uint32_t common_weight(const struct pool *pool)
{
    uint32_t common = 0;
    for (uint32_t i = 0; i < pool->member_count; i++)
        for (uint32_t weight = pool->seats[i].weight, rest; weight != 0; weight = rest) {
            rest = common % weight;
            common = weight;
        }
    return common > 0 ? common : 1;
}

/* Each member's turns spread evenly over one round: of weights 2 and 1, a b a. Ties go by declared
 * order, so that equal weights are plain round robin. */
static void spread_turns(struct pool *pool)
{
    uint32_t common = common_weight(pool);
    for (uint32_t i = 0; i < pool->member_count; i++) {
        pool->seats[i].weight /= common;
        pool->seats[i].first_slot = pool->slot_count;
        pool->slot_count += pool->seats[i].weight;
    }
    struct turn *turns = core_allocate(pool->slot_count, sizeof *turns);
    for (uint32_t i = 0, n = 0; i < pool->member_count; i++) {
        uint64_t weight = pool->seats[i].weight;
        for (uint64_t k = 0; k < weight; k++)
            turns[n++] = (struct turn){(2 * k + 1) * TURN_ROUND / (2 * weight), i};
    }
    qsort(turns, pool->slot_count, sizeof *turns, earlier_turn);
    pool->slots = core_allocate(pool->slot_count, sizeof *pool->slots);
    pool->seat_slots = core_allocate(pool->slot_count, sizeof *pool->seat_slots);
    uint32_t *filled = core_allocate(pool->member_count, sizeof *filled);
    for (uint32_t slot = 0; slot < pool->slot_count; slot++) {
        uint32_t seat = turns[slot].seat;
        pool->slots[slot] = seat;
        pool->seat_slots[pool->seats[seat].first_slot + filled[seat]++] = slot;
    }
    free(filled);
    free(turns);
}

/* ---- making and clearing */

void pool_release(struct pool *pool)
{
    free(pool->seats);
    free(pool->slots);
    free(pool->seat_slots);
    free(pool->on_call);
    free(pool->feeders);
    bitset_release(&pool->open_slots);
    bitset_release(&pool->closed_seats);
    for (uint32_t i = 0; i < POLICY_TIERS_MAX; i++) {
        heap_release(&pool->tiers[i]);
        pool->tiers[i] = (struct heap){0};
    }
}

void pool_clear(struct pool *pool)
{
    pool_release(pool);
    pool->seats = NULL;
    pool->slots = pool->seat_slots = pool->on_call = pool->feeders = NULL;
    pool->member_count = pool->slot_count = pool->on_call_count = pool->feeder_count = 0;
    pool->tier_count = 0;
    pool->overflow = CORE_NONE;
    memset(pool->by_readiness, 0, sizeof pool->by_readiness);
    pool->present = false;
}

static void take_seats(struct core *core, uint32_t index, const struct release *slot,
                       const struct policy_pool *declared)
{
    struct pool *pool = core->pools[index];
    pool->member_count = (uint32_t)declared->member_count;
    pool->seats = core_allocate(pool->member_count, sizeof *pool->seats);
    for (uint32_t i = 0; i < pool->member_count; i++) {
        const struct policy_membership *member = &declared->members[i];
        uint32_t rep = slot->reps[member->rep];
        pool->seats[i] =
            (struct seat){.owner = core->reps[rep],
                          .rep = rep,
                          .pool = index,
                          .position = i,
                          .tier = member->tier,
                          .weight = pool->order == POLICY_WEIGHTED ? member->weight : 1,
                          .heap_position = HEAP_NONE};
    }
}

void pool_seat(struct core *core, uint32_t index, const struct release *slot,
               const struct policy_pool *declared)
{
    struct pool *pool = core->pools[index];
    pool->present = true;
    pool->strategy = declared->strategy;
    pool->order = declared->otherwise;
    pool->overflow =
        declared->overflow == POLICY_NONE ? CORE_NONE : slot->pools[declared->overflow];
    pool->off_duty = declared->off_duty;
    pool->full = declared->full;
    pool->tier_count = (uint32_t)declared->tier_count;
    pool->tier_scores = declared->tier_scores;
    take_seats(core, index, slot, declared);
    bitset_init(&pool->closed_seats, pool->member_count);
    if (in_rotation(pool)) {
        spread_turns(pool);
        bitset_init(&pool->open_slots, pool->slot_count);
    }
    for (uint32_t i = 0; i < POLICY_TIERS_MAX; i++)
        heap_init(&pool->tiers[i], pool->order == POLICY_LEAST_LOADED ? &load_order : &idle_order);
    pool->on_call_count = (uint32_t)declared->on_call_count;
    pool->on_call = core_allocate(pool->on_call_count, sizeof *pool->on_call);
    for (uint32_t i = 0; i < pool->on_call_count; i++)
        pool->on_call[i] = slot->reps[declared->on_call[i]];
    pool->turn = CORE_NONE; /* slots mean others now; the last rep is who is remembered */
}

/* ---- changes */

static struct heap *heap_of(struct pool *pool, const struct seat *seat)
{
    return &pool->tiers[pool->order == POLICY_SCORE_ORDERED ? seat->tier : 0];
}

static void open_seat(struct pool *pool, struct seat *seat)
{
    bitset_remove(&pool->closed_seats, seat->position);
    if (!in_rotation(pool)) {
        heap_insert(heap_of(pool, seat), seat);
        return;
    }
    for (uint32_t i = 0; i < seat->weight; i++)
        bitset_add(&pool->open_slots, pool->seat_slots[seat->first_slot + i]);
}

static void close_seat(struct pool *pool, struct seat *seat)
{
    bitset_add(&pool->closed_seats, seat->position);
    if (!in_rotation(pool)) {
        heap_remove(heap_of(pool, seat), seat);
        return;
    }
    for (uint32_t i = 0; i < seat->weight; i++)
        bitset_remove(&pool->open_slots, pool->seat_slots[seat->first_slot + i]);
}

void pool_update(struct pool *pool, struct seat *seat, enum core_readiness before)
{
    enum core_readiness now = seat->owner->view.readiness;
    pool->by_readiness[before]--;
    pool->by_readiness[now]++;
    bool was_open = before == CORE_REP_OPEN, open = now == CORE_REP_OPEN;
    if (open && !was_open)
        open_seat(pool, seat);
    else if (!open && was_open)
        close_seat(pool, seat);
    else if (open && !in_rotation(pool))
        heap_update(heap_of(pool, seat), seat);
}

/* ---- whose turn it is */

/* Behind the last turn; when only its rep is known, behind that rep's first slot. */
static uint32_t rotation_start(const struct core *core, uint32_t index)
{
    const struct pool *pool = core->pools[index];
    if (pool->turn != CORE_NONE)
        return pool->turn + 1;
    const struct seat *last = pool_seat_of(core, index, pool->last_rep);
    return last == NULL ? 0 : pool->seat_slots[last->first_slot] + 1;
}

/* The slot after the last turn whose owner may take the lead. A rep who comes back takes the next
 * turn like everybody else: what was missed is not made up for. */
static uint32_t next_in_turn(const struct core *core, uint32_t index, uint32_t excluded,
                             uint32_t *ret_turn)
{
    const struct pool *pool = core->pools[index];
    uint32_t slot = bitset_next(&pool->open_slots, rotation_start(core, index));
    bool wrapped = false;
    for (;;) {
        if (slot == BITSET_NONE) {
            if (wrapped)
                return CORE_NONE;
            wrapped = true;
            slot = bitset_next(&pool->open_slots, 0);
            continue;
        }
        uint32_t rep = pool->seats[pool->slots[slot]].rep;
        if (rep != excluded) {
            *ret_turn = slot;
            return rep;
        }
        slot = bitset_next(&pool->open_slots, slot + 1);
    }
}

/* The first in the heap but for the excluded one, who hides at most the next two. */
static uint32_t first_in_heap(const struct heap *heap, uint32_t excluded)
{
    const struct seat *first = heap_first(heap);
    if (first == NULL)
        return CORE_NONE;
    if (first->rep != excluded)
        return first->rep;
    const struct seat *best = NULL;
    for (uint32_t i = 1; i < 3 && i < heap->count; i++)
        if (best == NULL || heap->operations->before(heap->items[i], best))
            best = heap->items[i];
    return best == NULL ? CORE_NONE : best->rep;
}

/* The tier that the score entitles to; if nobody of it is open a lower one, at last a higher one.
 */
static uint32_t next_by_score(const struct pool *pool, int64_t score, uint32_t excluded)
{
    uint32_t entitled = policy_tier_for(pool->tier_scores, pool->tier_count, score);
    for (uint32_t tier = entitled; tier < pool->tier_count; tier++) {
        uint32_t rep = first_in_heap(&pool->tiers[tier], excluded);
        if (rep != CORE_NONE)
            return rep;
    }
    for (uint32_t tier = entitled; tier-- > 0;) {
        uint32_t rep = first_in_heap(&pool->tiers[tier], excluded);
        if (rep != CORE_NONE)
            return rep;
    }
    return CORE_NONE;
}

uint32_t pool_next(const struct core *core, uint32_t index, int64_t score, uint32_t excluded,
                   uint32_t *ret_turn)
{
    const struct pool *pool = core->pools[index];
    *ret_turn = CORE_NONE;
    if (in_rotation(pool))
        return next_in_turn(core, index, excluded, ret_turn);
    if (pool->order == POLICY_SCORE_ORDERED)
        return next_by_score(pool, score, excluded);
    return first_in_heap(&pool->tiers[0], excluded);
}

uint32_t pool_next_paced(const struct core *core, uint32_t index, uint32_t excluded)
{
    const struct pool *pool = core->pools[index];
    if (pool->by_readiness[CORE_REP_PACED] == 0)
        return CORE_NONE;
    const struct seat *best = NULL;
    for (uint32_t at = bitset_next(&pool->closed_seats, 0); at != BITSET_NONE;
         at = bitset_next(&pool->closed_seats, at + 1)) {
        const struct seat *seat = &pool->seats[at];
        if (seat->owner->view.readiness == CORE_REP_PACED && seat->rep != excluded &&
            (best == NULL || longer_idle(seat, best)))
            best = seat;
    }
    return best == NULL ? CORE_NONE : best->rep;
}

const struct seat *pool_seat_of(const struct core *core, uint32_t pool, uint32_t rep)
{
    if (rep == CORE_NONE)
        return NULL;
    const struct rep *who = core->reps[rep];
    for (uint32_t i = 0; i < who->seat_count; i++)
        if (who->seats[i]->pool == pool)
            return who->seats[i];
    return NULL;
}

enum policy_relief pool_relief(const struct pool *pool)
{
    uint32_t off_duty = 0;
    for (int reason = 0; reason < CORE_READINESSES; reason++)
        if (core_readiness_is_off_duty((enum core_readiness)reason))
            off_duty += pool->by_readiness[reason];
    return off_duty == pool->member_count ? pool->off_duty : pool->full;
}

bool pool_can_take_waiting(const struct core *core, uint32_t index)
{
    const struct pool *pool = core->pools[index];
    const struct core_lead *first = heap_first(&pool->waiting);
    return first != NULL &&
           (pool->relieves ||
            (pool->relieves_exempt && surge_exempts(core, first->release, first->class_index)));
}

bool pool_can_take_held(const struct core *core, uint32_t index)
{
    const struct pool *pool = core->pools[index];
    const struct core_lead *first = heap_first(&pool->held);
    if (first == NULL)
        return false;
    uint32_t open = pool->by_readiness[CORE_REP_OPEN];
    const struct seat *kept_from = pool_seat_of(core, index, first->kept_from);
    return kept_from != NULL && kept_from->owner->view.readiness == CORE_REP_OPEN ? open > 1
                                                                                  : open > 0;
}
