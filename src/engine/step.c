/* One step of the engine: take what is queued, decide and apply, one durable write, then reply and
 * publish (I1). Runs on the engine thread, or on the simulator's only one. */
#include "engine/internal.h"

#include <stdlib.h>
#include <time.h>

/* How often the disk is asked for its free space. */
#define FREE_CHECK_US INT64_C(1000000)

static int64_t world_now_us(struct engine *engine)
{
    return engine->options.world.now_us(engine->options.world.context);
}

/* The only "now" there is: the world's clock, kept from going backwards (I3). */
static int64_t stamp_us(struct engine *engine)
{
    int64_t now_us = world_now_us(engine);
    int64_t last_us = core_time_us(engine->core);
    return now_us > last_us ? now_us : last_us;
}

/* By the world's own clock: the engine's stands still after the world's was set back. */
static void check_free_bytes(struct engine *engine)
{
    int64_t now_us = world_now_us(engine), checked_us = engine->free_checked_us;
    if (checked_us != 0 && now_us >= checked_us && now_us - checked_us < FREE_CHECK_US)
        return;
    engine->free_checked_us = now_us;
    atomic_store_explicit(&engine->free_bytes,
                          engine->options.world.free_bytes(engine->options.world.context),
                          memory_order_relaxed);
}

static void run_command(struct engine *engine, const struct core_command *command,
                        struct batch *batch)
{
    core_decide(engine->core, command, batch->first_seq + batch->count, &engine->decision);
    for (size_t i = 0; i < engine->decision.event_count; i++) {
        const struct core_event *event = &engine->decision.events[i];
        batch_add(batch, engine->core, event);
        core_apply(engine->core, event);
    }
}

/* Whatever is due now, a step at a time, until nothing is or the batch is full. */
static void run_due(struct engine *engine, int64_t now_us, struct batch *batch)
{
    const struct core_command tick = {.type = CORE_TICK, .time_us = now_us};
    while (batch->count < BATCH_EVENTS_MAX && core_due_us(engine->core) <= now_us)
        run_command(engine, &tick, batch);
}

/* Every few seconds a look at what is counted over time. When that was the last time is not part of
 * the state: a look that finds nothing leaves no trace. */
static void run_watch(struct engine *engine, int64_t now_us, struct batch *batch)
{
    if (engine->watched_us != 0 && now_us - engine->watched_us < CORE_WATCH_US)
        return;
    /* Room of its own: when so much comes in that every batch is full, a surge is to be seen. */
    enum { WATCH_EVENTS_MAX = 1024 };
    const struct core_command watch = {.type = CORE_WATCH, .time_us = now_us};
    size_t most = batch->count + WATCH_EVENTS_MAX;
    do {
        if (batch->count >= most)
            return; /* the next step goes on */
        run_command(engine, &watch, batch);
    } while (engine->decision.event_count > 0);
    engine->watched_us = now_us;
    metrics_count_trouble(engine);
}

static void describe_lead(const struct core *core, struct engine_result *result)
{
    const struct core_lead *lead = core_lead_find(core, result->lead);
    if (lead == NULL) {
        result->place = CORE_PLACE_CLOSED;
        core_closed_find(core, result->lead, &result->state);
        return;
    }
    const struct policy_release *release = core_release_at(core, lead->release);
    result->state = (enum core_state)lead->state;
    result->place = (enum core_place)lead->place;
    result->version = lead->last_seq;
    result->score = lead->score;
    result->captured_us = lead->captured_us;
    result->assigned_us = lead->assigned_us;
    result->owner = lead->rep != CORE_NONE ? core_rep_id(core, lead->rep) : NULL;
    result->pool = lead->pool != CORE_NONE ? core_pool_id(core, lead->pool) : NULL;
    result->route = lead->route != CORE_NONE ? release->routes[lead->route].name : NULL;
    result->class_name = release->classes[lead->class_index].name;
    result->release = release->id_text;
}

/* A decision that was taken says it; else the core knows of those that are open. */
static uint64_t find_entity_version(const struct engine *engine, uint64_t entity)
{
    const struct core_decision *decision = &engine->decision;
    struct core_exception exception;
    for (size_t i = decision->event_count; i-- > 0;)
        if (decision->events[i].entity == entity)
            return decision->events[i].seq;
    if (core_exception_find(engine->core, entity, &exception))
        return exception.last_seq;
    for (size_t i = 0; i < core_incident_count(engine->core); i++)
        if (core_incident_at(engine->core, i)->number == entity)
            return core_incident_at(engine->core, i)->last_seq;
    return 0;
}

static void fill_result(struct engine *engine, const struct core_command *command,
                        struct engine_result *result)
{
    uint64_t entity = engine->decision.entity != 0 ? engine->decision.entity : command->entity;
    *result = (struct engine_result){.status = engine->decision.status,
                                     .lead = engine->decision.lead,
                                     .dead_letter = engine->decision.dead_letter,
                                     .entity = entity,
                                     .seq = engine->decision.seq};
    memcpy(result->message, engine->decision.message, sizeof result->message);
    if (result->lead != 0)
        describe_lead(engine->core, result);
    if (entity != 0)
        result->entity_version = find_entity_version(engine, entity);
}

/* Decides and leaves it at that. */
static void show_command(struct engine *engine, struct engine_request *request, size_t index,
                         const struct batch *batch)
{
    core_decide(engine->core, &request->commands[index], batch->first_seq + batch->count,
                &engine->decision);
    request->look(request, engine->core, &engine->decision);
    request->results[index] = (struct engine_result){.status = engine->decision.status,
                                                     .dead_letter = engine->decision.dead_letter};
    memcpy(request->results[index].message, engine->decision.message,
           sizeof request->results[index].message);
}

static void run_request(struct engine *engine, struct engine_request *request, int64_t now_us,
                        struct batch *batch)
{
    for (size_t i = 0; i < request->count; i++) {
        request->commands[i].time_us = now_us;
        if (request->look != NULL) {
            show_command(engine, request, i, batch);
            continue;
        }
        run_command(engine, &request->commands[i], batch);
        if (request->commands[i].type == CORE_RECEIPT)
            outside_returned(engine, request->commands[i].entity);
        fill_result(engine, &request->commands[i], &request->results[i]);
        run_due(engine, now_us, batch);
    }
}

static int write_batch(struct engine *engine, struct batch *batch, struct error *err)
{
    int64_t before_us = world_now_us(engine);
    int code = journal_append(engine->journal, batch->first_seq, batch->records, batch->count, err);
    if (code < 0)
        return code;
    batch->durable_us = world_now_us(engine);
    pthread_mutex_lock(&engine->lock);
    histogram_add(&engine->metrics.append, batch->durable_us - before_us);
    engine->metrics.batches++;
    engine->metrics.events += batch->count;
    engine->counts = core_counts(engine->core);
    engine_take_release(engine);
    pthread_mutex_unlock(&engine->lock);
    return 0;
}

static void measure(struct engine *engine, const struct engine_request *request, int64_t now_us)
{
    if (request->look != NULL)
        return;
    engine->metrics.commands += request->count;
    for (size_t i = 0; i < request->count; i++)
        if (request->commands[i].type == CORE_SUBMIT && request->results[i].status == CORE_OK &&
            request->results[i].owner != NULL)
            histogram_add(&engine->metrics.assignment, now_us - request->received_us);
}

/* Only now does anybody hear of it (I1). */
static void reply(struct engine *engine, struct engine_request *requests)
{
    int64_t now_us = world_now_us(engine);
    pthread_mutex_lock(&engine->lock);
    for (struct engine_request *request = requests; request != NULL; request = request->next)
        measure(engine, request, now_us);
    pthread_mutex_unlock(&engine->lock);
    while (requests != NULL) {
        struct engine_request *next = requests->next; /* complete() may free it */
        requests->complete(requests);
        requests = next;
    }
}

int engine_step(struct engine *engine, struct error *err)
{
    int64_t now_us = stamp_us(engine);
    check_free_bytes(engine);
    outside_take_back(engine);
    struct engine_request *requests = queue_take(engine);
    struct batch *batch = batch_new(core_seq(engine->core) + 1);
    run_due(engine, now_us, batch);
    for (struct engine_request *request = requests; request != NULL; request = request->next)
        run_request(engine, request, now_us, batch);
    run_watch(engine, now_us, batch);
    size_t count = batch->count;
    int code = 0;
    if (count > 0) {
        batch_seal(batch);
        code = write_batch(engine, batch, err);
    }
    if (code < 0) {
        batch_unref(batch);
        return code; /* nobody was answered: as if it had never been asked for (I10) */
    }
    if (count > 0)
        bus_publish(engine, batch);
    else
        batch_unref(batch);
    reply(engine, requests);
    outside_hand_out(engine, now_us);
    return (int)count;
}

void engine_die(struct engine *engine, const struct error *err)
{
    engine->options.world.fatal(engine->options.world.context, err);
}

struct timespec engine_deadline(int64_t from_now_us)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += (long)(from_now_us % 1000000) * 1000;
    until.tv_sec += (time_t)(from_now_us / 1000000) + until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    return until;
}

/* Sleeps until something is queued, a timer is due or the engine stops; false when it is to end. */
static bool wait_for_work(struct engine *engine)
{
    /* Short enough that timers and the disk check are never late by a second. */
    enum { NAP_MAX_MS = 500 };
    int64_t due_us = core_due_us(engine->core), now_us = world_now_us(engine);
    if (outside_due_us(engine) < due_us)
        due_us = outside_due_us(engine);
    int64_t nap_us = NAP_MAX_MS * INT64_C(1000);
    if (due_us <= now_us)
        nap_us = 0;
    else if (due_us - now_us < nap_us)
        nap_us = due_us - now_us;
    struct timespec until = engine_deadline(nap_us);
    pthread_mutex_lock(&engine->lock);
    if (engine->queue_first == NULL && !engine->stopping && nap_us > 0)
        pthread_cond_timedwait(&engine->work, &engine->lock, &until);
    bool more = engine->queue_first != NULL || !engine->stopping;
    pthread_mutex_unlock(&engine->lock);
    return more;
}

void *engine_thread_main(void *argument)
{
    struct engine *engine = argument;
    struct error err = {0};
    while (wait_for_work(engine)) {
        if (engine_step(engine, &err) < 0) {
            engine_die(engine, &err);
            break;
        }
    }
    pthread_mutex_lock(&engine->lock);
    engine->engine_done = true;
    pthread_cond_signal(&engine->backlog);
    pthread_mutex_unlock(&engine->lock);
    return NULL;
}
