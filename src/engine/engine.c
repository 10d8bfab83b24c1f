/* Life of the engine: opening, threads, closing, and the small looks from other threads. */
#include "engine/internal.h"

#include <stdio.h>
#include <stdlib.h>

static void set_defaults(struct engine_options *options)
{
    if (options->queue_max == 0)
        options->queue_max = 65536;
    if (options->min_free_bytes == 0)
        options->min_free_bytes = UINT64_C(64) << 20;
    if (options->lag_max_bytes == 0)
        options->lag_max_bytes = UINT64_C(256) << 20;
}

static void init_locks(struct engine *engine)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_mutex_init(&engine->lock, NULL);
    pthread_cond_init(&engine->work, &attributes);
    pthread_cond_init(&engine->backlog, &attributes);
    pthread_condattr_destroy(&attributes);
}

static struct engine *engine_new(const struct engine_options *options)
{
    struct engine *engine = calloc(1, sizeof *engine);
    if (engine == NULL)
        panic("out of memory (engine)");
    engine->options = *options;
    set_defaults(&engine->options);
    snprintf(engine->directory, sizeof engine->directory, "%s", options->directory);
    if (asprintf(&engine->store_path, "%s/state.db", options->directory) < 0)
        panic("out of memory (path)");
    engine->queue_last = &engine->queue_first;
    engine->backlog_last = &engine->backlog_first;
    atomic_init(&engine->free_bytes, -1);
    init_locks(engine);
    engine->core = core_new();
    engine->outside = outside_new();
    return engine;
}

static void take_rollouts(struct engine *engine)
{
    const struct policy_release *release = engine->release;
    free(engine->rollouts);
    engine->rollouts = calloc(release->source_count + 1, sizeof *engine->rollouts);
    if (engine->rollouts == NULL)
        panic("out of memory (rollouts)");
    for (size_t i = 0; i < release->source_count; i++) {
        uint32_t source = core_source_find(engine->core, bytes_of(release->sources[i].name));
        engine->rollouts[i] = core_source_at(engine->core, source)->rollout;
    }
}

void engine_take_release(struct engine *engine)
{
    struct policy_release *active = core_release(engine->core);
    uint64_t changed = core_rollouts_changed(engine->core);
    if (active == NULL || (active == engine->release && changed == engine->rollouts_changed))
        return;
    policy_release_ref(active);
    policy_release_unref(engine->release);
    engine->release = active;
    engine->rollouts_changed = changed;
    take_rollouts(engine);
}

static void take_stock(struct engine *engine)
{
    engine_take_release(engine);
    engine->counts = core_counts(engine->core);
    atomic_store(&engine->durable_seq, journal_tail(engine->journal).seq);
    atomic_store(&engine->view_seq, store_applied_seq(engine->store));
}

int engine_open(const struct engine_options *options, void (*progress)(void *, uint64_t, uint64_t),
                void *context, struct engine **ret, struct error *err)
{
    struct engine *engine = engine_new(options);
    int code = journal_sqlite_open(options->directory, options->journal, &engine->journal, err);
    if (code == 0)
        code = engine_recover(engine, progress, context, err);
    if (code < 0) {
        engine_close(engine);
        return code;
    }
    take_stock(engine);
    *ret = engine;
    return 0;
}

int engine_start(struct engine *engine, struct error *err)
{
    if (pthread_create(&engine->engine_thread, NULL, engine_thread_main, engine) != 0)
        return error_set(err, ML_EIO, "", "cannot start the engine thread: %m");
    if (pthread_create(&engine->projector_thread, NULL, projector_thread_main, engine) != 0)
        panic("cannot start the projector thread");
    engine->threads = true;
    return 0;
}

static void stop_threads(struct engine *engine)
{
    pthread_mutex_lock(&engine->lock);
    engine->stopping = true;
    pthread_cond_signal(&engine->work);
    pthread_cond_signal(&engine->backlog);
    pthread_mutex_unlock(&engine->lock);
    pthread_join(engine->engine_thread, NULL);
    pthread_join(engine->projector_thread, NULL);
}

void engine_close(struct engine *engine)
{
    if (engine == NULL)
        return;
    if (engine->threads)
        stop_threads(engine);
    bus_release(engine);
    store_close(engine->store);
    journal_close(engine->journal);
    core_free(engine->core);
    outside_free(engine->outside);
    policy_release_unref(engine->release);
    free(engine->rollouts);
    pthread_cond_destroy(&engine->work);
    pthread_cond_destroy(&engine->backlog);
    pthread_mutex_destroy(&engine->lock);
    free(engine->store_path);
    free(engine);
}

struct policy_release *engine_release_ref(struct engine *engine)
{
    pthread_mutex_lock(&engine->lock);
    struct policy_release *release =
        engine->release != NULL ? policy_release_ref(engine->release) : NULL;
    pthread_mutex_unlock(&engine->lock);
    return release;
}

void engine_rollout(struct engine *engine, const struct policy_release *release, uint32_t source,
                    struct policy_rollout *ret)
{
    pthread_mutex_lock(&engine->lock);
    *ret = release == engine->release ? engine->rollouts[source] : release->sources[source].rollout;
    pthread_mutex_unlock(&engine->lock);
}

uint64_t engine_durable_seq(const struct engine *engine)
{
    return atomic_load_explicit(&engine->durable_seq, memory_order_acquire);
}

int64_t engine_now_us(const struct engine *engine)
{
    return engine->options.world.now_us(engine->options.world.context);
}

uint64_t engine_view_seq(const struct engine *engine)
{
    return atomic_load_explicit(&engine->view_seq, memory_order_acquire);
}

const struct core *engine_core(const struct engine *engine)
{
    return engine->core;
}

struct journal *engine_journal(struct engine *engine)
{
    return engine->journal;
}
