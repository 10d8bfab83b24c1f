/* The projector: published batches → state.db, behind the journal and off the engine's thread. */
#include "base/json.h"
#include "engine/internal.h"

#include <stdlib.h>

/* The oldest published batches, up to one transaction's worth; NULL when there is nothing to do. */
static struct batch *take_backlog(struct engine *engine, size_t *ret_events)
{
    pthread_mutex_lock(&engine->lock);
    struct batch *first = engine->backlog_first;
    struct batch **end = &engine->backlog_first;
    *ret_events = 0;
    while (*end != NULL &&
           (*ret_events == 0 || *ret_events + (*end)->count <= PROJECT_EVENTS_MAX)) {
        *ret_events += (*end)->count;
        end = &(*end)->next;
    }
    engine->backlog_first = *end;
    if (engine->backlog_first == NULL)
        engine->backlog_last = &engine->backlog_first;
    *end = NULL;
    pthread_mutex_unlock(&engine->lock);
    return first;
}

static int project_events(struct engine *engine, const struct batch *first, size_t count,
                          struct error *err)
{
    const struct core_event **events = calloc(count, sizeof *events);
    if (events == NULL)
        panic("out of memory (projection of %zu events)", count);
    size_t at = 0;
    for (const struct batch *batch = first; batch != NULL; batch = batch->next)
        for (size_t i = 0; i < batch->count; i++)
            events[at++] = batch->events[i];
    int code = store_apply(engine->store, engine->core, events, count, err);
    free(events);
    return code;
}

static struct engine_waiter *take_waiters(struct engine *engine, uint64_t seq)
{
    struct engine_waiter *ready = NULL;
    for (struct engine_waiter **at = &engine->waiters; *at != NULL;) {
        struct engine_waiter *waiter = *at;
        if (waiter->seq > seq) {
            at = &waiter->next;
            continue;
        }
        *at = waiter->next;
        waiter->next = ready;
        ready = waiter;
    }
    return ready;
}

static void announce(struct engine *engine, struct batch *first)
{
    int64_t now_us = engine->options.world.now_us(engine->options.world.context);
    uint64_t seq = store_applied_seq(engine->store);
    pthread_mutex_lock(&engine->lock);
    atomic_store_explicit(&engine->view_seq, seq, memory_order_release);
    for (struct batch *batch = first; batch != NULL; batch = batch->next) {
        engine->backlog_bytes -= batch->encoded.size;
        histogram_add(&engine->metrics.view_lag, now_us - batch->durable_us);
    }
    struct engine_waiter *ready = take_waiters(engine, seq);
    pthread_mutex_unlock(&engine->lock);
    while (ready != NULL) {
        struct engine_waiter *next = ready->next;
        ready->notify(ready);
        ready = next;
    }
}

int engine_project(struct engine *engine, struct error *err)
{
    size_t count;
    struct batch *first = take_backlog(engine, &count);
    if (first == NULL)
        return 0;
    int code = project_events(engine, first, count, err);
    if (code == 0)
        announce(engine, first);
    while (first != NULL) {
        struct batch *next = first->next;
        batch_unref(first);
        first = next;
    }
    return code < 0 ? code : (int)count;
}

void engine_wait_view(struct engine *engine, struct engine_waiter *waiter)
{
    pthread_mutex_lock(&engine->lock);
    bool ready = engine_view_seq(engine) >= waiter->seq;
    if (!ready) {
        waiter->next = engine->waiters;
        engine->waiters = waiter;
        pthread_cond_signal(&engine->backlog);
    }
    pthread_mutex_unlock(&engine->lock);
    if (ready)
        waiter->notify(waiter);
}

/* A transaction costs nearly the same for ten leads as for a thousand, and its disk is the
 * journal's: the projector lets a little work gather, unless somebody waits for the view. */
#define GATHER_US INT64_C(10000)
enum { GATHER_BYTES = 1024 * 1024 };

/* With the lock held. */
static bool is_worth_projecting(const struct engine *engine)
{
    return engine->waiters != NULL || engine->engine_done || engine->stopping ||
           engine->backlog_bytes >= GATHER_BYTES;
}

/* False when there is nothing left and nothing more will come. */
static bool wait_for_backlog(struct engine *engine)
{
    pthread_mutex_lock(&engine->lock);
    while (engine->backlog_first == NULL && !engine->engine_done)
        pthread_cond_wait(&engine->backlog, &engine->lock);
    struct timespec until = engine_deadline(GATHER_US);
    int reason = 0;
    while (!is_worth_projecting(engine) && reason == 0)
        reason = pthread_cond_timedwait(&engine->backlog, &engine->lock, &until);
    bool more = engine->backlog_first != NULL;
    pthread_mutex_unlock(&engine->lock);
    return more;
}

void *projector_thread_main(void *argument)
{
    struct engine *engine = argument;
    struct error err = {0};
    while (wait_for_backlog(engine)) {
        if (engine_project(engine, &err) < 0) {
            engine_die(engine, &err);
            break;
        }
    }
    json_thread_release(); /* of reading what candidates made of records */
    return NULL;
}
