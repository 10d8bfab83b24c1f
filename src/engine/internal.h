/* The inside of the engine, shared by its files only.
 *
 * Who owns what: the engine thread owns core, journal and `decision`; the projector thread owns
 * store; `lock` guards the queue, the ring, the projector's backlog, the lists of waiters and
 * listeners and the metrics. Nothing slow is done while it is held. */
#ifndef ML_ENGINE_INTERNAL_H
#define ML_ENGINE_INTERNAL_H

#include "engine/engine.h"

#include <pthread.h>
#include <time.h>

enum {
    BATCH_COMMANDS_MAX = 2048, /* requests are taken whole: a batch may pass it by one group */
    BATCH_EVENTS_MAX = 8192,
    /* Of what commands put into their events, which JSON may spell six times as long; a batch may
     * pass it by one group too. */
    BATCH_BYTES_MAX = 16 * 1024 * 1024,
    PROJECT_EVENTS_MAX = 16384, /* of one transaction of the view */
    RING_BATCHES_MAX = 4096,
};
#define RING_BYTES_MAX (32u * 1024 * 1024)

/* One durable write and everything about it. Immutable once published; the last reference frees it.
 */
struct batch {
    atomic_uint references;
    uint64_t first_seq;
    size_t count;
    int64_t durable_us;
    struct arena arena; /* events and what they borrow */
    struct core_event **events;
    struct journal_record *records; /* data point into `encoded` */
    size_t capacity;
    struct buffer encoded;
    struct batch *next; /* in the projector's backlog */
};

struct engine {
    struct engine_options options;
    char directory[4096];
    struct core *core;
    struct journal *journal;
    struct store *store;
    char *store_path;
    struct core_decision decision; /* scratch of the engine thread: large */

    pthread_mutex_t lock;
    pthread_cond_t work;    /* for the engine thread: something was queued, or stop */
    pthread_cond_t backlog; /* for the projector: something was published, or stop */
    pthread_t engine_thread, projector_thread;
    bool threads, stopping, engine_done;

    struct engine_request *queue_first, **queue_last;
    uint32_t queued;

    struct batch *backlog_first, **backlog_last;
    size_t backlog_bytes;

    struct batch *ring[RING_BATCHES_MAX]; /* [ring_first, ring_end) modulo its size */
    uint64_t ring_first, ring_end;
    size_t ring_bytes;

    struct engine_waiter *waiters;
    struct engine_listener *listeners;
    struct policy_release *release;  /* active, one reference */
    struct policy_rollout *rollouts; /* of its sources; owned */
    uint64_t rollouts_changed;       /* core_rollouts_changed that they are of */
    struct core_counts counts;
    struct engine_metrics metrics;

    _Atomic uint64_t durable_seq, view_seq;
    _Atomic int64_t free_bytes;
    int64_t free_checked_us;
    struct outside *outside; /* outside.c */
    int64_t watched_us;      /* when CORE_WATCH last found nothing more to do; 0: not yet */
};

/* ---- batch.c */
struct batch *batch_new(uint64_t first_seq);
void batch_ref(struct batch *batch);
void batch_unref(struct batch *batch); /* takes NULL */
/* Encodes the event and keeps a copy that no longer borrows from the command. `core` must have
 * applied everything before the event and not yet the event itself. */
void batch_add(struct batch *batch, const struct core *core, const struct core_event *event);
/* After the last event: makes the records point to their text. */
void batch_seal(struct batch *batch);

/* ---- bus.c */
void bus_publish(struct engine *engine, struct batch *batch); /* takes over one reference */
void bus_release(struct engine *engine);

/* ---- engine.c */
/* Takes over from the core what others may ask for: the active release, the rollouts. With the lock
 * held, on the thread that steps. */
void engine_take_release(struct engine *engine);

/* ---- outside.c: on the thread that steps */
struct outside *outside_new(void);
void outside_free(struct outside *outside); /* takes NULL */
/* A receipt came. */
void outside_returned(struct engine *engine, uint64_t delivery);
/* Those that were given back may be handed out again. */
void outside_take_back(struct engine *engine);
/* What is due and durable goes out. */
void outside_hand_out(struct engine *engine, int64_t now_us);
/* When more of it will be due; INT64_MAX: nothing is known to be. */
int64_t outside_due_us(const struct engine *engine);
uint32_t outside_under_way(const struct engine *engine, uint32_t destination);

/* ---- metrics.c */
void histogram_add(struct engine_histogram *histogram, int64_t value_us);
/* On the thread that steps. */
void metrics_count_trouble(struct engine *engine);

/* ---- recover.c */
int engine_recover(struct engine *engine, void (*progress)(void *, uint64_t, uint64_t),
                   void *context, struct error *err);

/* ---- step.c, project.c, queue.c: bodies of the threads */
void *engine_thread_main(void *argument);
void *projector_thread_main(void *argument);
/* The oldest requests, as many as a batch holds; NULL when there are none. */
struct engine_request *queue_take(struct engine *engine);
/* For waiting on the engine's conditions. */
struct timespec engine_deadline(int64_t from_now_us);
void engine_die(struct engine *engine, const struct error *err);

#endif
