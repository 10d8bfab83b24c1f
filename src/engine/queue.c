/* The command queue: many threads put, the engine thread takes. Bounded: a full queue is an answer
 * (ML_EBUSY), never unbounded memory. */
#include "engine/internal.h"

static int refuse_busy(struct engine *engine, struct error *err, const char *why)
{
    engine->metrics.refused_busy++;
    return error_set(err, ML_EBUSY, "", "%s; try again in a second", why);
}

/* With the lock held. */
static int admit(struct engine *engine, const struct engine_request *request, struct error *err)
{
    int64_t free_bytes = atomic_load_explicit(&engine->free_bytes, memory_order_relaxed);
    if (free_bytes >= 0 && (uint64_t)free_bytes < engine->options.min_free_bytes) {
        engine->metrics.refused_space++;
        return error_set(err, ML_ENOSPC, engine->directory,
                         "only %lld MiB are left on the data directory's disk and %llu are kept in "
                         "reserve: free some space, nothing accepted is lost",
                         (long long)(free_bytes >> 20),
                         (unsigned long long)(engine->options.min_free_bytes >> 20));
    }
    if (engine->stopping)
        return refuse_busy(engine, err, "the server is stopping");
    if (engine->queued + request->count > engine->options.queue_max)
        return refuse_busy(engine, err, "the command queue is full");
    if (engine->backlog_bytes > engine->options.lag_max_bytes)
        return refuse_busy(engine, err, "the view is too far behind the journal");
    return 0;
}

/* Payloads and attributes are what can be large. */
static size_t bytes_of_request(const struct engine_request *request)
{
    size_t bytes = 0;
    for (size_t i = 0; i < request->count; i++) {
        const struct core_command *command = &request->commands[i];
        if (command->type == CORE_SUBMIT)
            bytes += command->submit.attributes.size + command->submit.shadow.size;
        else if (command->type == CORE_REFUSE)
            bytes += command->refuse.payload.size + command->refuse.errors.size +
                     command->refuse.headers.size + command->refuse.shadow.size;
        else if (command->type == CORE_RECEIPT)
            bytes += CORE_EXCERPT_MAX + 2 * CORE_RECEIPT_TEXT_MAX; /* at most */
    }
    return bytes;
}

int engine_submit(struct engine *engine, struct engine_request *request, struct error *err)
{
    ML_ASSERT(request->count > 0 && request->count <= ENGINE_GROUP_MAX);
    request->received_us = engine->options.world.now_us(engine->options.world.context);
    request->bytes = bytes_of_request(request);
    request->next = NULL;
    pthread_mutex_lock(&engine->lock);
    int code = admit(engine, request, err);
    if (code == 0) {
        bool was_empty = engine->queue_first == NULL;
        *engine->queue_last = request;
        engine->queue_last = &request->next;
        engine->queued += (uint32_t)request->count;
        if (was_empty)
            pthread_cond_signal(&engine->work);
    }
    pthread_mutex_unlock(&engine->lock);
    return code;
}

struct engine_request *queue_take(struct engine *engine)
{
    pthread_mutex_lock(&engine->lock);
    struct engine_request *first = engine->queue_first;
    struct engine_request **end = &engine->queue_first;
    uint32_t taken = 0;
    size_t bytes = 0;
    while (*end != NULL && taken < BATCH_COMMANDS_MAX && bytes < BATCH_BYTES_MAX) {
        taken += (uint32_t)(*end)->count;
        bytes += (*end)->bytes;
        end = &(*end)->next;
    }
    engine->queue_first = *end;
    if (engine->queue_first == NULL)
        engine->queue_last = &engine->queue_first;
    *end = NULL;
    engine->queued -= taken;
    pthread_mutex_unlock(&engine->lock);
    return taken > 0 ? first : NULL;
}
