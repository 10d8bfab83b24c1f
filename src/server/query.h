/* Threads that run what reads files: queries on state.db, pages of the journal. Workers never do,
 * so a slow query delays no intake. */
#ifndef ML_SERVER_QUERY_H
#define ML_SERVER_QUERY_H

#include "journal/journal.h"
#include "store/store.h"

#include <pthread.h>

/* What a query thread reads with; its own. */
struct query_reader {
    struct store_reader *store;
    struct journal_reader *journal;
};

/* The owner keeps it until `run` is called, and never queues it twice. */
struct query_job {
    void (*run)(struct query_job *job, struct query_reader *reader);
    struct query_job *next; /* the queue's */
};

struct query_thread {
    pthread_t thread;
    struct queries *queries;
    struct query_reader reader;
};

struct queries {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct query_job *first, **last;
    uint32_t waiting, waiting_max;
    bool stopping;
    struct query_thread *threads;
    size_t thread_count;
};

/* Opens a reader for each of `threads` on the journal and on the view at `state_path`; starts them.
 */
int queries_start(struct queries *queries, size_t threads, uint32_t waiting_max,
                  const char *state_path, struct journal *journal, struct error *err);
/* Runs what is queued, then ends the threads. Also after a failed start. */
void queries_stop(struct queries *queries);
/* False: too many are waiting. */
bool queries_push(struct queries *queries, struct query_job *job);
/* For jobs whose number is bounded elsewhere. */
void queries_push_always(struct queries *queries, struct query_job *job);

#endif
