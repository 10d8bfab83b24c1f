/* The inside of the effects, shared by its files only.
 *
 * Who owns what: the effect thread owns everything but what `lock` guards (the inbox, and what
 * comes back from other threads). A carrier's thread owns the job that it was given, and the state
 * of the destination that it carries to. */
#ifndef ML_EFFECT_INTERNAL_H
#define ML_EFFECT_INTERNAL_H

#include "effect/cache.h"
#include "effect/effect.h"
#include "effect/http.h"
#include "effect/kind.h"

#include <pthread.h>
#include <stdatomic.h>

struct edition;
struct carrier;
struct errand;
struct receipt_group;

/* A destination as one release declares it. Opened when it is first needed, and again after a while
 * when that did not work. */
struct outlet {
    struct edition *edition;
    const struct effect_kind *kind; /* NULL: no such kind is built in */
    struct effect_place place;
    void *state;
    bool is_open;
    int64_t again_us; /* by http_clock_us: not opened before */
    struct error failure;
    struct carrier *carrier; /* of kinds that block */
    bool is_polled;          /* a poll is under way */
    struct errand *poll;     /* that one; NULL */
    int64_t poll_us;         /* by http_clock_us: when the next begins */
};

/* The destinations of a release; lives while it is the active one or something is under way. */
struct edition {
    struct policy_release *release; /* one reference */
    struct edition *next;
    size_t uses; /* jobs */
    bool is_old; /* another one of the same release has taken its place */
    size_t count;
    struct outlet outlets[];
};

enum { JOB_SECRETS_MAX = 8 };

/* One attempt, or with a carrier as many as it has deliveries. */
struct job {
    struct job *next;
    struct effects *effects;
    struct outlet *outlet;
    struct arena arena;
    struct engine_delivery *deliveries; /* owned; their releases are the edition's */
    size_t count, capacity;
    struct effect_message *messages; /* by delivery; in the arena */
    const struct effect_message **pointers;
    struct effect_attempt attempt;
    struct core_receipt *receipts; /* one for all, or of a carrier one each; in the arena */
    struct http_transfer transfer;
    struct effect_request request;
    struct hash128 cache_key;              /* of the last request; none */
    struct bytes secrets[JOB_SECRETS_MAX]; /* that were sent in headers */
    size_t secret_count;
    unsigned turns;
    int64_t begun_us;      /* by http_clock_us */
    int64_t due_us;        /* of a digest that gathers: when it goes */
    bool each;             /* a receipt for each delivery */
    bool asked, cached;    /* somebody; the cache */
    struct errand *errand; /* of LIST and POLL */
};

struct effects {
    struct effect_options options;
    char *data_directory, *mesh_directory; /* owned */
    struct effect_secrets secrets;
    struct engine *engine;
    struct journal_reader *reader; /* the effect thread's */
    struct http *http;
    struct cache cache;
    pthread_t thread;
    bool is_started;

    pthread_mutex_t lock;
    struct engine_delivery *inbox; /* what the engine handed out */
    size_t inbox_count, inbox_capacity;
    struct job *carried;             /* come back from carriers */
    struct receipt_group *completed; /* of the engine */
    struct errand *wanted, *running; /* listings: to be begun; all that are not done */
    struct errand *decided;          /* polls whose changes the engine has decided on */
    bool is_awake, is_stopping;
    int64_t grace_us;

    /* The effect thread's. */
    struct engine_delivery *taken; /* the other half of the inbox */
    size_t taken_capacity;
    struct edition *editions, *active;
    int64_t looked_us; /* when it was last asked which that is */
    struct carrier *carriers;
    struct job *digests; /* gathering */
    struct job *idle;    /* for reuse */
    size_t idle_count;
    size_t under_way; /* jobs begun and not settled */
    struct receipt_group *gathering, *unsent, **unsent_last, *spare;
    size_t groups_out;   /* with the engine */
    int64_t unsent_us;   /* when they are offered again */
    bool is_ending;      /* what is broken off now is nobody's fault */
    atomic_bool rereads; /* secrets are to be read again */
    bool cursors_changed;
    struct json_object *cursors; /* of polls, by destination */

    pthread_mutex_t view_lock; /* guards `view`, opened when it is first asked */
    struct store_reader *view;
};

/* ---- outlet.c */
/* The outlet of a delivery; takes over its reference of the release. */
struct outlet *outlet_find(struct effects *effects, struct engine_delivery *delivery);
/* ML_E…: it cannot be used now; the sentence is told once. On the thread that uses its state. */
int outlet_open(struct effects *effects, struct outlet *outlet, struct error *err);
void outlet_close(struct outlet *outlet);
/* Looks now and then which release is in force, and closes what nobody uses any more. */
void editions_look(struct effects *effects, int64_t now_us);
void editions_release(struct effects *effects);

/* ---- job.c */
struct job *job_new(struct effects *effects, struct outlet *outlet);
/* Gives it back for reuse. */
void job_free(struct job *job);
void job_add(struct job *job, const struct engine_delivery *delivery);
/* The time begins to run; receipts are there to be filled. By the thread that carries it out. */
void job_prepare(struct job *job);
/* Loads the messages, by the same thread. False: one cannot be read, and the receipt says why; its
 * number is 0 then. */
bool job_load(struct job *job, struct journal_reader *reader);
void job_begin(struct job *job);
/* The transfer of a conversation has come to an end. */
void job_answered(struct job *job);
/* Its receipts are there. */
void job_settle(struct job *job);
/* The same outcome for all of its deliveries. */
void job_fail(struct job *job, enum core_outcome outcome, const char *sentence);
/* Nobody has heard of it, or nobody is to know: the engine has its deliveries again. */
void job_give_back(struct job *job);

/* ---- gather.c: what waits for others to go with */
void gather_add(struct effects *effects, struct outlet *outlet,
                const struct engine_delivery *delivery);
/* Begins what has waited long enough. */
void gather_run(struct effects *effects, int64_t now_us);
int64_t gather_due_us(const struct effects *effects); /* INT64_MAX: nothing waits */

/* ---- receipt.c */
/* The job's receipts go to the engine, and then the job is freed. */
void receipts_add(struct effects *effects, struct job *job);
/* Hands over what is gathered, when it is time; takes back what is done. */
void receipts_run(struct effects *effects, int64_t now_us);
int64_t receipts_due_us(const struct effects *effects);
void receipts_take_back(struct effects *effects);
void receipts_release(struct effects *effects);

/* ---- carrier.c */
void carrier_add(struct effects *effects, struct outlet *outlet,
                 const struct engine_delivery *delivery);
/* A job of its own: a listing. */
void carrier_put(struct effects *effects, struct job *job);
/* Takes back what was carried, and gives carriers what has gathered meanwhile. */
void carriers_run(struct effects *effects);
/* Waits for those that carry; what waits behind them is given back. */
void carriers_release(struct effects *effects);

/* ---- errand.c: listings and polls */
void errands_run(struct effects *effects, int64_t now_us);
int64_t errands_due_us(const struct effects *effects);
void errand_prepare(struct job *job);
void errand_settle(struct job *job);
/* The job has carried deliveries to a destination that is perhaps being polled. */
void errand_note_written(struct job *job);
/* What the engine has decided on. */
void errands_take_back(struct effects *effects);
void errands_release(struct effects *effects);

/* ---- loop.c */
void *effects_main(void *argument);
/* Behind its end: until the engine has answered everything that it was given. */
void effects_drain(struct effects *effects);
/* Any thread; with the lock held: true, http_wake is needed after it is released. */
bool effects_rouse(struct effects *effects);

#endif
