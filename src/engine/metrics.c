/* Counters and histograms, read as one snapshot. */
#include "engine/internal.h"

#include <stdio.h>

const int64_t engine_bucket_us[ENGINE_BUCKETS] = {
    100,   250,    500,    1000,   2500,    5000,    10000,    25000,
    50000, 100000, 250000, 500000, 1000000, 2500000, 10000000, 60000000,
};

void histogram_add(struct engine_histogram *histogram, int64_t value_us)
{
    int bucket = 0;
    while (bucket < ENGINE_BUCKETS && value_us > engine_bucket_us[bucket])
        bucket++;
    histogram->counts[bucket]++;
    histogram->sum_us += value_us > 0 ? (uint64_t)value_us : 0;
}

static void count_exception(void *context, const struct core_exception *exception)
{
    struct engine_trouble *trouble = context;
    trouble->exceptions++;
    trouble->exceptions_claimed += exception->claimed_by[0] != '\0';
}

/* Those of the active release. */
static size_t count_destinations(const struct engine *engine,
                                 struct engine_destination_metrics *ret)
{
    const struct core *core = engine->core;
    size_t count = 0;
    for (uint32_t i = 0; i < core_destination_count(core); i++) {
        const struct core_destination *state = core_destination_at(core, i);
        const struct policy_destination *declared = core_destination_declared(core, i);
        if (declared == NULL || count == POLICY_DESTINATIONS_MAX)
            continue;
        ret[count] = (struct engine_destination_metrics){
            .provider = declared->provider,
            .paused = state->paused,
            .disabled = state->disabled,
            .breaker = state->breaker,
            .pending = state->pending,
            .failed = state->failed,
            .delivered = state->delivered,
            .under_way = outside_under_way(engine, i),
            .oldest_us = core_outbox_oldest_us(core, i),
        };
        snprintf(ret[count].name, sizeof ret[count].name, "%s", declared->name);
        count++;
    }
    return count;
}

void metrics_count_trouble(struct engine *engine)
{
    const struct core *core = engine->core;
    struct engine_trouble trouble = {.surges = core_surge_count(core)};
    core_exceptions_each(core, count_exception, &trouble);
    for (size_t i = 0; i < core_alert_count(core); i++) {
        bool firing = core_alert_at(core, i)->state == CORE_ALERT_IS_FIRING;
        trouble.alerts_firing += firing;
        trouble.alerts_pending += !firing;
    }
    for (size_t i = 0; i < core_incident_count(core); i++)
        trouble.incidents += !core_incident_at(core, i)->closed;
    struct engine_destination_metrics destinations[POLICY_DESTINATIONS_MAX];
    size_t count = count_destinations(engine, destinations);
    pthread_mutex_lock(&engine->lock);
    memcpy(engine->metrics.destinations, destinations, count * sizeof *destinations);
    engine->metrics.destination_count = count;
    engine->metrics.trouble = trouble;
    pthread_mutex_unlock(&engine->lock);
}

void engine_metrics_read(struct engine *engine, struct engine_metrics *ret)
{
    pthread_mutex_lock(&engine->lock);
    *ret = engine->metrics;
    ret->counts = engine->counts;
    ret->queued = engine->queued;
    pthread_mutex_unlock(&engine->lock);
    ret->durable_seq = engine_durable_seq(engine);
    ret->view_seq = engine_view_seq(engine);
    ret->free_bytes = atomic_load_explicit(&engine->free_bytes, memory_order_relaxed);
}
