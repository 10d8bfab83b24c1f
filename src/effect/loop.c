/* The effect thread: takes what the engine hands out, begins attempts, listens to what comes of
 * them and tells the engine. Nothing here waits but http_run. */
#include "effect/internal.h"

#include "base/json.h"

/* How long it may sleep: releases and stopping are looked at again. */
#define NAP_US INT64_C(500000)

bool effects_rouse(struct effects *effects)
{
    bool wake = !effects->is_awake;
    effects->is_awake = true;
    return wake;
}

static void admit(struct effects *effects, struct engine_delivery *delivery)
{
    struct outlet *outlet = outlet_find(effects, delivery);
    if (outlet->kind != NULL && outlet->kind->carry != NULL) {
        carrier_add(effects, outlet, delivery);
    } else if (delivery->digest) {
        gather_add(effects, outlet, delivery);
    } else {
        struct job *job = job_new(effects, outlet);
        job_add(job, delivery);
        job_begin(job);
    }
}

/* Swaps the two halves of the inbox. */
static void take_inbox(struct effects *effects)
{
    pthread_mutex_lock(&effects->lock);
    struct engine_delivery *taken = effects->inbox;
    size_t count = effects->inbox_count, capacity = effects->inbox_capacity;
    effects->inbox = effects->taken;
    effects->inbox_capacity = effects->taken_capacity;
    effects->inbox_count = 0;
    effects->is_awake = true;
    pthread_mutex_unlock(&effects->lock);
    effects->taken = taken;
    effects->taken_capacity = capacity;
    for (size_t i = 0; i < count; i++)
        admit(effects, &taken[i]);
}

static bool has_more(struct effects *effects)
{
    pthread_mutex_lock(&effects->lock);
    bool more = effects->inbox_count > 0 || effects->carried != NULL ||
                effects->completed != NULL || effects->wanted != NULL || effects->decided != NULL;
    effects->is_awake = more; /* from here on it has to be woken */
    pthread_mutex_unlock(&effects->lock);
    return more;
}

static int64_t nap_us(struct effects *effects)
{
    int64_t now_us = http_clock_us(), due_us = now_us + NAP_US;
    const int64_t dues[] = {gather_due_us(effects), receipts_due_us(effects),
                            errands_due_us(effects)};
    for (size_t i = 0; i < sizeof dues / sizeof *dues; i++)
        due_us = dues[i] < due_us ? dues[i] : due_us;
    return due_us > now_us && !has_more(effects) ? due_us - now_us : 0;
}

void effects_drain(struct effects *effects)
{
    while (effects->groups_out > 0) {
        receipts_take_back(effects);
        errands_take_back(effects);
        if (effects->groups_out > 0 && !has_more(effects))
            http_run(effects->http, NAP_US);
    }
}

static bool is_idle(const struct effects *effects)
{
    return effects->under_way == 0 && effects->groups_out == 0;
}

/* False: it is over. */
static bool goes_on(struct effects *effects, int64_t now_us, int64_t *until_us)
{
    pthread_mutex_lock(&effects->lock);
    bool is_stopping = effects->is_stopping;
    int64_t grace_us = effects->grace_us;
    pthread_mutex_unlock(&effects->lock);
    if (!is_stopping)
        return true;
    if (*until_us == 0)
        *until_us = now_us + grace_us;
    return !is_idle(effects) && now_us < *until_us;
}

void *effects_main(void *argument)
{
    struct effects *effects = argument;
    int64_t until_us = 0, now_us = http_clock_us();
    while (goes_on(effects, now_us, &until_us)) {
        editions_look(effects, now_us);
        take_inbox(effects);
        carriers_run(effects);
        gather_run(effects, now_us);
        if (until_us == 0)
            errands_run(effects, now_us);
        receipts_run(effects, http_clock_us());
        http_run(effects->http, nap_us(effects));
        now_us = http_clock_us();
        receipts_run(effects, now_us);
    }
    json_thread_release();
    return NULL;
}
