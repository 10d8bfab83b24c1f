/* The engine: the only writer. One thread drains the command queue, decides and applies in memory,
 * appends the batch to the journal, and only then replies and publishes (I1, I10). While one batch
 * is being written the next gathers. A second thread projects published batches into state.db.
 *
 * With threads: engine_start. Without (simulator, tools): engine_step and engine_project by hand.
 */
#ifndef ML_ENGINE_ENGINE_H
#define ML_ENGINE_ENGINE_H

#include "base/error.h"
#include "core/core.h"
#include "journal/journal.h"
#include "store/store.h"

#include <stdatomic.h>

struct engine;

/* What the engine asks of the world; the simulator plugs in its own. */
struct engine_world {
    void *context;
    int64_t (*now_us)(void *context);     /* UTC; may jump, the engine never goes back */
    int64_t (*free_bytes)(void *context); /* left on the data directory's disk; -1: unknown */
    /* Called once, on the engine's thread, when it cannot go on (I10). The process must end. */
    void (*fatal)(void *context, const struct error *err);
};

struct engine_options {
    const char
        *directory; /* holds journal-*.db and state.db; must exist and be locked by the caller */
    const struct journal_sqlite_options *journal; /* NULL: defaults */
    const char *store_vfs;                        /* NULL: SQLite's default */
    struct engine_world world;
    uint32_t queue_max;      /* commands waiting; 0: 65,536; past it submissions get ML_EBUSY */
    uint64_t min_free_bytes; /* refuse commands with ML_ENOSPC below this; 0: 64 MiB */
    uint64_t lag_max_bytes;  /* encoded events not yet projected; past it ML_EBUSY; 0: 256 MiB */
};

/* A delivery that is to be carried out, for whoever does that. */
struct engine_delivery {
    uint64_t number; /* core_delivery_number */
    uint64_t lead;   /* 0: about none */
    enum policy_purpose purpose;
    uint32_t attempt; /* this would be, from 1 */
    uint32_t step;
    bool digest;
    int64_t since_us;
    struct policy_release *release;               /* the active one; one reference, the taker's */
    const struct policy_destination *destination; /* in it */
    const char *external_id; /* the lead's over there, as far as known; lives as long as the engine;
                                never NULL */
    const char *target;      /* of a notification; ""; likewise, never NULL */
};

/* Who carries deliveries out. What came of each returns as one CORE_RECEIPT command by
 * engine_submit, or as engine_give_back when it was not tried. Until then it is under way, and
 * counts against its destination's concurrency. */
struct engine_outside {
    void *context;
    /* Called on the engine's thread, when they are durable: must be quick, must not block. */
    void (*send)(void *context, const struct engine_delivery *deliveries, size_t count);
};

/* Opens journal and view and recovers: core from state.db, then the journal's tail through core and
 * view. A damaged or foreign state.db is set aside and rebuilt. `progress` may be NULL. */
int engine_open(const struct engine_options *options,
                void (*progress)(void *context, uint64_t done, uint64_t total), void *context,
                struct engine **ret, struct error *err);
/* Stops the threads after they have done what was accepted; closes. Takes NULL. */
void engine_close(struct engine *engine);

/* Called now and then with the seq that was reached and the journal's last. */
typedef void (*engine_progress)(void *context, uint64_t done, uint64_t total);

/* Takes `core` from where it is to until_seq (0: the journal's end), and `store` with it unless
 * NULL: it must stand where the core stands. `progress` may be NULL. */
int engine_replay(struct journal *journal, struct core *core, struct store *store,
                  uint64_t until_seq, engine_progress progress, void *context, struct error *err);

/* Sees an event while `core` stands just before it; at the end once more, with NULL. Anything but 0
 * ends the walk and is what engine_retrace returns. */
typedef int (*engine_observer)(void *context, const struct core *core,
                               const struct core_event *event, struct error *err);

/* Goes through the journal from its beginning up to until_seq (0: its end) with a core of its own,
 * and shows every event. For questions about the past; takes the memory of a second core. Any
 * thread, with its own reader. */
int engine_retrace(struct journal_reader *reader, uint64_t until_seq, engine_observer observe,
                   void *context, struct error *err);

/* Before the engine starts; without it deliveries wait. NULL: nothing more is sent once it has
 * returned. Not from within `send`. */
void engine_set_outside(struct engine *engine, const struct engine_outside *outside);
/* Any thread; the engine offers it again later. */
void engine_give_back(struct engine *engine, uint64_t delivery);

/* Starts both threads. */
int engine_start(struct engine *engine, struct error *err);

/* ---- commands, from any thread */

struct engine_result {
    int refusal; /* 0; or ML_EBUSY, ML_ENOSPC: not accepted, nothing happened */
    enum core_status status;
    enum core_state state;
    enum core_place place;
    uint64_t lead;
    uint64_t dead_letter;    /* as in core_decision */
    uint64_t entity;         /* likewise */
    uint64_t version;        /* of the lead, for ETag; 0 when it is closed or unknown */
    uint64_t entity_version; /* of the entity that the command is about or made; 0: unknown */
    uint64_t seq;            /* place of the command's newest event; 0 when it made none */
    int64_t score;
    int64_t captured_us;
    int64_t assigned_us; /* 0: not yet */
    /* Names live as long as the engine; NULL when they do not apply. */
    const char *owner;
    const char *pool;
    const char *route;
    const char *class_name;
    const char *release; /* full id */
    char message[160];   /* of a refusal by the core */
};

/* A group of commands with one completion. The caller owns everything and keeps it until
 * `complete`. */
struct engine_request {
    struct core_command *commands;
    struct engine_result *results;
    size_t count; /* 1 to ENGINE_GROUP_MAX */
    /* Called once after the batch is durable, on the engine's thread: must be quick, must not
     * block. */
    void (*complete)(struct engine_request *request);
    void *context;
    /* NULL: the commands are done. Else nothing is done: what each would come to now is decided,
     * shown to `look` while the core stands before it, and forgotten. On the engine's thread as
     * well, and as quick. */
    void (*look)(struct engine_request *request, const struct core *core,
                 const struct core_decision *decision);
    int64_t received_us;         /* set by engine_submit */
    size_t bytes;                /* set by engine_submit: of what goes into its events */
    struct engine_request *next; /* the queue's */
};
enum { ENGINE_GROUP_MAX = 1024 };

/* Queues the group; `complete` will be called. ML_EBUSY when the queue or the view is too far
 * behind or the engine is stopping, ML_ENOSPC when the disk is nearly full: then `complete` is not
 * called. */
int engine_submit(struct engine *engine, struct engine_request *request, struct error *err);

/* ---- without threads: one batch of whatever is queued or due; one batch of the projector's work.
 * Both return the number of events handled (0: nothing to do) or ML_E…, after which the engine is
 * dead. */
int engine_step(struct engine *engine, struct error *err);
int engine_project(struct engine *engine, struct error *err);

/* ---- looking, from any thread */

/* The active release with a reference of its own; NULL before the first activation. */
struct policy_release *engine_release_ref(struct engine *engine);
/* Which versions of a source's contract are used now, a source of `release` (from
 * engine_release_ref). What an older release declares when it is no longer the active one. */
void engine_rollout(struct engine *engine, const struct policy_release *release, uint32_t source,
                    struct policy_rollout *ret);
uint64_t engine_durable_seq(const struct engine *engine);
/* The world's clock, for questions that are relative to now. */
int64_t engine_now_us(const struct engine *engine);
uint64_t engine_view_seq(const struct engine *engine);

/* The core itself: for the thread that steps the engine only (tests, simulator, tools). */
const struct core *engine_core(const struct engine *engine);
struct journal *engine_journal(struct engine *engine);

/* `notify` is called on the projector's thread, once, when the view has reached `seq`; at once, on
 * the caller's thread, when it already has. The waiter is the caller's until then. */
struct engine_waiter {
    uint64_t seq;
    void (*notify)(struct engine_waiter *waiter);
    void *context;
    struct engine_waiter *next; /* the engine's */
};
void engine_wait_view(struct engine *engine, struct engine_waiter *waiter);

/* ---- the bus: durable events in order, newest from memory, older from the journal */

/* `notify` is called on the engine's thread after each durable batch: must be quick, must not
 * block. The listener is the caller's and must stay until engine_unlisten returns. */
struct engine_listener {
    void (*notify)(struct engine_listener *listener, uint64_t durable_seq);
    void *context;
    struct engine_listener *next; /* the engine's */
};
void engine_listen(struct engine *engine, struct engine_listener *listener);
void engine_unlisten(struct engine *engine, struct engine_listener *listener);

/* Visits up to `limit` durable records from `from_seq` on; `reader` is used when they are no longer
 * in memory. Any thread, each with its own reader. */
int engine_read(struct engine *engine, struct journal_reader *reader, uint64_t from_seq,
                uint64_t limit, journal_visit visit, void *context, struct error *err);

/* ---- numbers for /metrics */

enum { ENGINE_BUCKETS = 16 };
struct engine_histogram {
    uint64_t counts[ENGINE_BUCKETS + 1]; /* the last is +Inf */
    uint64_t sum_us;
};
extern const int64_t engine_bucket_us[ENGINE_BUCKETS]; /* upper bounds */

/* What is open; counted every CORE_WATCH_US. */
struct engine_trouble {
    uint64_t exceptions, exceptions_claimed;
    uint64_t surges;
    uint64_t alerts_pending, alerts_firing;
    uint64_t incidents;
};

/* Of a destination of the release in force; counted every CORE_WATCH_US. */
struct engine_destination_metrics {
    char name[101];
    bool provider, paused, disabled;
    enum core_breaker breaker;
    uint64_t pending, failed, delivered, under_way;
    int64_t oldest_us; /* since when the oldest pending one waits; 0: none */
};

struct engine_metrics {
    struct core_counts counts;
    struct engine_destination_metrics destinations[POLICY_DESTINATIONS_MAX];
    size_t destination_count;
    uint64_t durable_seq, view_seq;
    uint64_t commands, events, batches; /* since start */
    uint64_t refused_busy, refused_space;
    uint32_t queued; /* commands waiting now */
    int64_t free_bytes;
    struct engine_histogram append;     /* one durable write */
    struct engine_histogram assignment; /* received → assigned and durable, routed leads only */
    struct engine_histogram view_lag;   /* durable → visible in state.db, per batch */
    struct engine_trouble trouble;
};
void engine_metrics_read(struct engine *engine, struct engine_metrics *ret);

/* ---- the data directory */

struct data_directory;
/* Opens (creating it when `create`) and locks the directory for one process. ML_EBUSY names the
 * process that holds it; ML_EDENIED when it cannot be written; ML_ENOTFOUND. */
int data_directory_open(const char *path, bool create, struct data_directory **ret,
                        struct error *err);
void data_directory_close(struct data_directory *directory); /* takes NULL */
const char *data_directory_path(const struct data_directory *directory);
int64_t data_directory_free_bytes(const struct data_directory *directory);

#endif
