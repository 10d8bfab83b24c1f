/* Handing out deliveries that are due, when they are durable, and counting who is under way: within
 * each destination's concurrency, rate and budget. What is under way is no part of the state: after
 * a restart nothing is, and the core offers all of it again (I8). On the engine's thread, but for
 * engine_give_back. */
#include "base/map.h"
#include "engine/internal.h"

#include <stdlib.h>

/* Attempts may come so much before their even pace. */
#define BURST_US INT64_C(100000)

struct lane {
    uint32_t under_way;
    int64_t next_us; /* when the next attempt would be by an even pace */
};

struct outside {
    pthread_mutex_t gate; /* held while something is handed out: then nobody else takes its place */
    struct engine_outside port;
    struct map under_way; /* delivery → destination */
    struct lane *lanes;   /* by destination */
    uint32_t lane_count;
    int64_t due_us; /* when there is more to hand out that is not yet due; INT64_MAX: unknown */
    /* Guarded by the engine's lock. */
    uint64_t *given_back;
    size_t given_count, given_capacity;
};

struct outside *outside_new(void)
{
    struct outside *outside = calloc(1, sizeof *outside);
    if (outside == NULL)
        panic("out of memory (outside)");
    pthread_mutex_init(&outside->gate, NULL);
    map_init(&outside->under_way);
    outside->due_us = INT64_MAX;
    return outside;
}

void outside_free(struct outside *outside)
{
    if (outside == NULL)
        return;
    map_release(&outside->under_way);
    free(outside->lanes);
    free(outside->given_back);
    pthread_mutex_destroy(&outside->gate);
    free(outside);
}

void engine_set_outside(struct engine *engine, const struct engine_outside *outside)
{
    pthread_mutex_lock(&engine->outside->gate);
    engine->outside->port = outside != NULL ? *outside : (struct engine_outside){0};
    pthread_mutex_unlock(&engine->outside->gate);
}

void engine_give_back(struct engine *engine, uint64_t delivery)
{
    struct outside *outside = engine->outside;
    pthread_mutex_lock(&engine->lock);
    if (outside->given_count == outside->given_capacity) {
        outside->given_capacity = outside->given_capacity == 0 ? 64 : 2 * outside->given_capacity;
        outside->given_back =
            reallocarray(outside->given_back, outside->given_capacity, sizeof *outside->given_back);
        if (outside->given_back == NULL)
            panic("out of memory (deliveries given back)");
    }
    outside->given_back[outside->given_count++] = delivery;
    pthread_cond_signal(&engine->work);
    pthread_mutex_unlock(&engine->lock);
}

void outside_returned(struct engine *engine, uint64_t delivery)
{
    struct outside *outside = engine->outside;
    uint64_t *destination = map_find(&outside->under_way, map_number_key(delivery));
    if (destination == NULL)
        return; /* of a life before, or told twice */
    outside->lanes[*destination].under_way--;
    map_remove(&outside->under_way, map_number_key(delivery));
}

void outside_take_back(struct engine *engine)
{
    struct outside *outside = engine->outside;
    pthread_mutex_lock(&engine->lock);
    uint64_t *numbers = outside->given_back;
    size_t count = outside->given_count;
    outside->given_back = NULL;
    outside->given_count = outside->given_capacity = 0;
    pthread_mutex_unlock(&engine->lock);
    for (size_t i = 0; i < count; i++) {
        outside_returned(engine, numbers[i]);
        core_outbox_give_back(engine->core, numbers[i]);
    }
    free(numbers);
}

uint32_t outside_under_way(const struct engine *engine, uint32_t destination)
{
    const struct outside *outside = engine->outside;
    return destination < outside->lane_count ? outside->lanes[destination].under_way : 0;
}

static void make_lanes(struct outside *outside, uint32_t count)
{
    if (count <= outside->lane_count)
        return;
    outside->lanes = reallocarray(outside->lanes, count, sizeof *outside->lanes);
    if (outside->lanes == NULL)
        panic("out of memory (lanes of %u destinations)", count);
    memset(outside->lanes + outside->lane_count, 0,
           (count - outside->lane_count) * sizeof *outside->lanes);
    outside->lane_count = count;
}

/* What its budget leaves for the day of UTC that it is now. */
static uint32_t left_today(const struct core_destination *state,
                           const struct policy_destination *declared, int64_t now_us)
{
    bool is_today = now_us - state->day_us < 24 * INT64_C(3600000000);
    uint32_t spent = is_today ? state->attempts_today : 0;
    return spent < declared->per_day ? declared->per_day - spent : 0;
}

/* How many more attempts may begin now. */
static uint32_t room_of(const struct engine *engine, uint32_t index,
                        const struct policy_destination *declared, int64_t now_us)
{
    const struct lane *lane = &engine->outside->lanes[index];
    const struct core_destination *state = core_destination_at(engine->core, index);
    uint32_t most = state->breaker == CORE_BREAKER_HALF_OPEN ? 1 : declared->concurrency;
    if (declared->per_day > 0) {
        uint32_t left = left_today(state, declared, now_us);
        most = left < most ? left : most;
    }
    return lane->under_way < most ? most - lane->under_way : 0;
}

/* By the destination's rate; false: not before *ret_us. */
static bool keep_pace(struct lane *lane, uint32_t rate, int64_t now_us, int64_t *ret_us)
{
    if (rate == 0)
        return true;
    if (lane->next_us > now_us + BURST_US) {
        *ret_us = lane->next_us - BURST_US;
        return false;
    }
    lane->next_us = (lane->next_us > now_us ? lane->next_us : now_us) + 1000000 / rate;
    return true;
}

static void describe(struct engine *engine, const struct core_delivery *delivery,
                     const struct policy_destination *declared, struct engine_delivery *ret)
{
    const struct core_link *link =
        core_link_find(engine->core, delivery->lead, delivery->destination);
    *ret = (struct engine_delivery){.number = delivery->number,
                                    .lead = delivery->lead,
                                    .purpose = (enum policy_purpose)delivery->purpose,
                                    .attempt = delivery->attempts + 1,
                                    .step = delivery->step,
                                    .digest = delivery->digest,
                                    .since_us = delivery->since_us,
                                    .release = policy_release_ref(core_release(engine->core)),
                                    .destination = declared,
                                    .external_id = link == NULL ? "" : link->external_id,
                                    .target = delivery->target}; /* a word of the core */
}

/* What is due at one destination, as far as it takes it. */
static void hand_out(struct engine *engine, uint32_t index, int64_t now_us)
{
    enum { HAND_MAX = 64 };
    struct outside *outside = engine->outside;
    struct lane *lane = &outside->lanes[index];
    const struct policy_destination *declared = core_destination_declared(engine->core, index);
    if (declared == NULL || core_destination_is_closed(engine->core, index))
        return;
    struct engine_delivery handed[HAND_MAX];
    size_t count = 0;
    int64_t due_us = INT64_MAX;
    bool empty = false;
    for (uint32_t room = room_of(engine, index, declared, now_us); room > 0 && !empty; room--) {
        struct core_delivery delivery;
        due_us = core_outbox_due_us(engine->core, index);
        if (due_us > now_us || !keep_pace(lane, declared->rate, now_us, &due_us))
            break;
        empty = !core_outbox_take(engine->core, index, now_us, &delivery);
        if (empty)
            break;
        describe(engine, &delivery, declared, &handed[count++]);
        /* One that was given up and queued again may still be under way from before. */
        lane->under_way += map_find(&outside->under_way, map_number_key(delivery.number)) == NULL;
        map_put(&outside->under_way, map_number_key(delivery.number), index);
        due_us = INT64_MAX; /* unless there is room to look again */
        if (count == HAND_MAX) {
            outside->port.send(outside->port.context, handed, count);
            count = 0;
        }
    }
    if (count > 0)
        outside->port.send(outside->port.context, handed, count);
    if (due_us < outside->due_us)
        outside->due_us = due_us;
}

void outside_hand_out(struct engine *engine, int64_t now_us)
{
    struct outside *outside = engine->outside;
    uint32_t count = core_release(engine->core) != NULL ? core_destination_count(engine->core) : 0;
    outside->due_us = INT64_MAX;
    make_lanes(outside, count);
    pthread_mutex_lock(&outside->gate);
    for (uint32_t i = 0; i < count && outside->port.send != NULL; i++)
        hand_out(engine, i, now_us);
    pthread_mutex_unlock(&outside->gate);
}

int64_t outside_due_us(const struct engine *engine)
{
    return engine->outside->due_us;
}
