/* The bus: durable batches in order. A ring keeps the newest in memory; older ones come from the
 * journal. The projector's backlog hangs here too: it gets every batch. */
#include "engine/internal.h"

static struct batch **ring_slot(struct engine *engine, uint64_t position)
{
    return &engine->ring[position % RING_BATCHES_MAX];
}

/* With the lock held. */
static void drop_oldest(struct engine *engine)
{
    struct batch **slot = ring_slot(engine, engine->ring_first++);
    engine->ring_bytes -= (*slot)->encoded.size;
    batch_unref(*slot);
    *slot = NULL;
}

/* With the lock held. */
static void ring_push(struct engine *engine, struct batch *batch)
{
    while (engine->ring_first < engine->ring_end &&
           (engine->ring_end - engine->ring_first == RING_BATCHES_MAX ||
            engine->ring_bytes + batch->encoded.size > RING_BYTES_MAX))
        drop_oldest(engine);
    *ring_slot(engine, engine->ring_end++) = batch;
    engine->ring_bytes += batch->encoded.size;
}

void bus_publish(struct engine *engine, struct batch *batch)
{
    uint64_t last_seq = batch->first_seq + batch->count - 1;
    batch_ref(batch); /* one for the ring, one for the projector */
    pthread_mutex_lock(&engine->lock);
    ring_push(engine, batch);
    batch->next = NULL;
    *engine->backlog_last = batch;
    engine->backlog_last = &batch->next;
    engine->backlog_bytes += batch->encoded.size;
    atomic_store_explicit(&engine->durable_seq, last_seq, memory_order_release);
    for (struct engine_listener *l = engine->listeners; l != NULL; l = l->next)
        l->notify(l, last_seq);
    pthread_cond_signal(&engine->backlog);
    pthread_mutex_unlock(&engine->lock);
}

void bus_release(struct engine *engine)
{
    while (engine->ring_first < engine->ring_end)
        drop_oldest(engine);
    while (engine->backlog_first != NULL) {
        struct batch *batch = engine->backlog_first;
        engine->backlog_first = batch->next;
        batch_unref(batch);
    }
}

void engine_listen(struct engine *engine, struct engine_listener *listener)
{
    pthread_mutex_lock(&engine->lock);
    listener->next = engine->listeners;
    engine->listeners = listener;
    pthread_mutex_unlock(&engine->lock);
}

void engine_unlisten(struct engine *engine, struct engine_listener *listener)
{
    pthread_mutex_lock(&engine->lock);
    for (struct engine_listener **at = &engine->listeners; *at != NULL; at = &(*at)->next)
        if (*at == listener) {
            *at = listener->next;
            break;
        }
    pthread_mutex_unlock(&engine->lock);
}

/* The batch in memory that holds `seq`, with a reference; NULL when it is no longer there. */
static struct batch *ring_find(struct engine *engine, uint64_t seq)
{
    struct batch *found = NULL;
    pthread_mutex_lock(&engine->lock);
    uint64_t low = engine->ring_first, high = engine->ring_end;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        struct batch *batch = *ring_slot(engine, middle);
        if (seq < batch->first_seq)
            high = middle;
        else if (seq >= batch->first_seq + batch->count)
            low = middle + 1;
        else {
            found = batch;
            batch_ref(found);
            break;
        }
    }
    pthread_mutex_unlock(&engine->lock);
    return found;
}

static int visit_batch(const struct batch *batch, uint64_t *seq, uint64_t *left,
                       journal_visit visit, void *context, struct error *err)
{
    int code = 0;
    for (size_t i = *seq - batch->first_seq; i<batch->count && * left> 0 && code == 0; i++) {
        code = visit(context, &batch->records[i], err);
        (*seq)++;
        (*left)--;
    }
    return code;
}

int engine_read(struct engine *engine, struct journal_reader *reader, uint64_t from_seq,
                uint64_t limit, journal_visit visit, void *context, struct error *err)
{
    uint64_t seq = from_seq > 0 ? from_seq : 1;
    uint64_t left = limit > 0 ? limit : UINT64_MAX;
    int code = 0;
    while (code == 0 && left > 0 && seq <= engine_durable_seq(engine)) {
        struct batch *batch = ring_find(engine, seq);
        if (batch == NULL) {
            /* Older than the ring: one page from the journal, then look again. */
            enum { PAGE = 1024 };
            uint64_t page = left < PAGE ? left : PAGE;
            uint64_t end = engine_durable_seq(engine);
            if (page > end - seq + 1)
                page = end - seq + 1;
            code = journal_read(reader, seq, page, visit, context, err);
            seq += page;
            left -= page;
            continue;
        }
        code = visit_batch(batch, &seq, &left, visit, context, err);
        batch_unref(batch);
    }
    return code;
}
