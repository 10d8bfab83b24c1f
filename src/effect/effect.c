/* The effects' life: opened before the engine starts, closed before it ends. */
#include "effect/internal.h"

#include "base/json.h"

#include <stdlib.h>

enum { BATCH_DEFAULT = 256 };

/* ---- from the engine's thread */

static void grow_inbox(struct effects *effects, size_t count)
{
    size_t capacity = effects->inbox_capacity == 0 ? 256 : effects->inbox_capacity;
    while (capacity < effects->inbox_count + count)
        capacity *= 2;
    if (capacity == effects->inbox_capacity)
        return;
    effects->inbox = reallocarray(effects->inbox, capacity, sizeof *effects->inbox);
    if (effects->inbox == NULL)
        panic("out of memory (%zu deliveries)", capacity);
    effects->inbox_capacity = capacity;
}

static void take_deliveries(void *context, const struct engine_delivery *deliveries, size_t count)
{
    struct effects *effects = context;
    pthread_mutex_lock(&effects->lock);
    grow_inbox(effects, count);
    memcpy(effects->inbox + effects->inbox_count, deliveries, count * sizeof *deliveries);
    effects->inbox_count += count;
    bool wake = effects_rouse(effects);
    pthread_mutex_unlock(&effects->lock);
    if (wake)
        http_wake(effects->http);
}

static void on_transfer(void *context, struct http_transfer *transfer)
{
    struct effects *effects = context;
    struct job *job = transfer->context;
    if (effects->is_ending)
        job_give_back(job);
    else
        job_answered(job);
}

/* ---- life */

static char *copy(const char *text)
{
    char *ret = strdup(text != NULL ? text : "");
    if (ret == NULL)
        panic("out of memory (a path)");
    return ret;
}

int effects_open(const struct effect_options *options, struct effects **ret, struct error *err)
{
    struct effects *effects = calloc(1, sizeof *effects);
    if (effects == NULL)
        panic("out of memory (effects)");
    effects->options = *options;
    effects->engine = options->engine;
    effects->data_directory = copy(options->data_directory);
    effects->mesh_directory = copy(options->mesh_directory);
    effects->secrets.mesh_directory = effects->mesh_directory;
    effects->unsent_last = &effects->unsent;
    if (options->batch_max == 0 || options->batch_max > ENGINE_GROUP_MAX)
        effects->options.batch_max = BATCH_DEFAULT;
    pthread_mutex_init(&effects->lock, NULL);
    pthread_mutex_init(&effects->view_lock, NULL);
    cache_init(&effects->cache);
    int code = journal_reader_open(engine_journal(effects->engine), &effects->reader, err);
    if (code == 0)
        code = http_new(on_transfer, effects, &effects->http, err);
    if (code < 0) {
        effects_close(effects, 0);
        return code;
    }
    const struct engine_outside outside = {.context = effects, .send = take_deliveries};
    engine_set_outside(effects->engine, &outside);
    *ret = effects;
    return 0;
}

int effects_start(struct effects *effects, struct error *err)
{
    if (pthread_create(&effects->thread, NULL, effects_main, effects) != 0)
        return error_set(err, ML_EIO, "effects", "no thread can be had");
    effects->is_started = true;
    return 0;
}

static void stop(struct effects *effects, int64_t grace_us)
{
    pthread_mutex_lock(&effects->lock);
    effects->is_stopping = true;
    effects->grace_us = grace_us;
    pthread_mutex_unlock(&effects->lock);
    if (!effects->is_started)
        return;
    http_wake(effects->http);
    pthread_join(effects->thread, NULL);
}

static void free_inbox(struct effects *effects)
{
    for (size_t i = 0; i < effects->inbox_count; i++) {
        engine_give_back(effects->engine, effects->inbox[i].number);
        policy_release_unref(effects->inbox[i].release);
    }
    free(effects->inbox);
    free(effects->taken);
}

static void free_jobs(struct effects *effects)
{
    while (effects->digests != NULL) {
        struct job *job = effects->digests;
        effects->digests = job->next;
        job_give_back(job);
    }
    while (effects->idle != NULL) {
        struct job *job = effects->idle;
        effects->idle = job->next;
        arena_release(&job->arena);
        free(job->deliveries);
        free(job);
    }
}

void effects_reread(struct effects *effects)
{
    atomic_store(&effects->rereads, true);
    http_wake(effects->http);
}

void effects_close(struct effects *effects, int64_t grace_us)
{
    if (effects == NULL)
        return;
    engine_set_outside(effects->engine, NULL);
    stop(effects, grace_us);
    effects->is_ending = true;
    carriers_release(effects);
    if (effects->http != NULL)
        http_break_off(effects->http);
    effects_drain(effects);
    errands_release(effects);
    receipts_release(effects);
    free_inbox(effects);
    free_jobs(effects);
    editions_release(effects);
    http_free(effects->http);
    cache_release(&effects->cache);
    journal_reader_close(effects->reader);
    json_object_put(effects->cursors);
    pthread_mutex_destroy(&effects->view_lock);
    pthread_mutex_destroy(&effects->lock);
    free(effects->data_directory);
    free(effects->mesh_directory);
    free(effects);
}
