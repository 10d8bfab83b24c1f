/* A queue and its threads. */
#include "server/query.h"

#include "base/json.h"

#include <stdlib.h>

static struct query_job *take(struct queries *queries)
{
    pthread_mutex_lock(&queries->lock);
    while (queries->first == NULL && !queries->stopping)
        pthread_cond_wait(&queries->wake, &queries->lock);
    struct query_job *job = queries->first;
    if (job != NULL) {
        queries->first = job->next;
        if (queries->first == NULL)
            queries->last = &queries->first;
        queries->waiting--;
    }
    pthread_mutex_unlock(&queries->lock);
    return job;
}

static void *run_queries(void *context)
{
    struct query_thread *thread = context;
    struct query_job *job;
    while ((job = take(thread->queries)) != NULL)
        job->run(job, &thread->reader);
    json_thread_release();
    return NULL;
}

static bool push(struct queries *queries, struct query_job *job, uint32_t waiting_max)
{
    job->next = NULL;
    pthread_mutex_lock(&queries->lock);
    bool room = queries->waiting < waiting_max;
    if (room) {
        *queries->last = job;
        queries->last = &job->next;
        queries->waiting++;
        pthread_cond_signal(&queries->wake);
    }
    pthread_mutex_unlock(&queries->lock);
    return room;
}

bool queries_push(struct queries *queries, struct query_job *job)
{
    return push(queries, job, queries->waiting_max);
}

void queries_push_always(struct queries *queries, struct query_job *job)
{
    push(queries, job, UINT32_MAX);
}

static int start_thread(struct query_thread *thread, const char *state_path,
                        struct journal *journal, struct error *err)
{
    int code = store_reader_open(state_path, NULL, &thread->reader.store, err);
    if (code != 0)
        return code;
    code = journal_reader_open(journal, &thread->reader.journal, err);
    if (code == 0 && pthread_create(&thread->thread, NULL, run_queries, thread) != 0)
        code = error_set(err, ML_EBUSY, "", "the system refuses another thread");
    if (code != 0) {
        journal_reader_close(thread->reader.journal);
        store_reader_close(thread->reader.store);
    }
    return code;
}

int queries_start(struct queries *queries, size_t threads, uint32_t waiting_max,
                  const char *state_path, struct journal *journal, struct error *err)
{
    *queries = (struct queries){.waiting_max = waiting_max};
    queries->last = &queries->first;
    pthread_mutex_init(&queries->lock, NULL);
    pthread_cond_init(&queries->wake, NULL);
    queries->threads = calloc(threads, sizeof *queries->threads);
    if (queries->threads == NULL)
        panic("out of memory (query threads)");
    for (size_t i = 0; i < threads; i++) {
        queries->threads[i].queries = queries;
        int code = start_thread(&queries->threads[i], state_path, journal, err);
        if (code != 0)
            return code;
        queries->thread_count++;
    }
    return 0;
}

void queries_stop(struct queries *queries)
{
    pthread_mutex_lock(&queries->lock);
    queries->stopping = true;
    pthread_cond_broadcast(&queries->wake);
    pthread_mutex_unlock(&queries->lock);
    for (size_t i = 0; i < queries->thread_count; i++) {
        pthread_join(queries->threads[i].thread, NULL);
        journal_reader_close(queries->threads[i].reader.journal);
        store_reader_close(queries->threads[i].reader.store);
    }
    free(queries->threads);
    pthread_cond_destroy(&queries->wake);
    pthread_mutex_destroy(&queries->lock);
}
