/* What came of attempts, on its way to the engine: in groups, because a group is one wait for the
 * disk. While one is under way the next gathers. What the engine does not take it is offered again;
 * nothing is lost but at the end of the process, when the engine hands all of it out again anyway.
 */
#include "effect/internal.h"

#include <stdlib.h>

/* A group goes at the latest when its first receipt is so old. */
#define GATHER_US INT64_C(5000)
/* After the engine had no room. */
#define AGAIN_US INT64_C(50000)

enum { GROUP_DEFAULT = 256 };

struct receipt_group {
    struct receipt_group *next;
    struct effects *effects;
    struct engine_request request;
    size_t capacity;
    struct job *jobs;
    int64_t begun_us;
};

static void on_complete(struct engine_request *request)
{
    struct receipt_group *group = request->context;
    struct effects *effects = group->effects;
    pthread_mutex_lock(&effects->lock);
    group->next = effects->completed;
    effects->completed = group;
    bool wake = effects_rouse(effects);
    pthread_mutex_unlock(&effects->lock);
    if (wake)
        http_wake(effects->http);
}

static struct receipt_group *group_new(struct effects *effects, size_t size)
{
    size_t capacity = effects->options.batch_max;
    if (size <= capacity && effects->spare != NULL) {
        struct receipt_group *group = effects->spare;
        effects->spare = group->next;
        group->next = NULL;
        return group;
    }
    capacity = size > capacity ? size : capacity;
    struct receipt_group *group = calloc(1, sizeof *group);
    if (group == NULL)
        panic("out of memory (receipts)");
    group->effects = effects;
    group->capacity = capacity;
    group->request = (struct engine_request){
        .commands = calloc(capacity, sizeof *group->request.commands),
        .results = calloc(capacity, sizeof *group->request.results),
        .complete = on_complete,
        .context = group,
    };
    if (group->request.commands == NULL || group->request.results == NULL)
        panic("out of memory (%zu receipts)", capacity);
    return group;
}

static void free_jobs(struct receipt_group *group)
{
    while (group->jobs != NULL) {
        struct job *job = group->jobs;
        group->jobs = job->next;
        job_free(job);
    }
}

static void group_free(struct receipt_group *group)
{
    free_jobs(group);
    free(group->request.commands);
    free(group->request.results);
    free(group);
}

static void group_recycle(struct effects *effects, struct receipt_group *group)
{
    free_jobs(group);
    if (group->capacity != effects->options.batch_max) {
        group_free(group);
        return;
    }
    group->request.count = 0;
    group->next = effects->spare;
    effects->spare = group;
}

/* ---- sending */

static void put_off(struct effects *effects, struct receipt_group *group)
{
    group->next = NULL;
    *effects->unsent_last = group;
    effects->unsent_last = &group->next;
    effects->unsent_us = http_clock_us() + AGAIN_US;
}

static bool offer(struct effects *effects, struct receipt_group *group)
{
    if (engine_submit(effects->engine, &group->request, NULL) < 0)
        return false;
    effects->groups_out++;
    return true;
}

/* Those that wait already come first. */
static void send_gathering(struct effects *effects)
{
    struct receipt_group *group = effects->gathering;
    effects->gathering = NULL;
    if (effects->unsent != NULL || !offer(effects, group))
        put_off(effects, group);
}

static void send_unsent(struct effects *effects, int64_t now_us)
{
    if (effects->unsent == NULL || now_us < effects->unsent_us)
        return;
    while (effects->unsent != NULL) {
        struct receipt_group *group = effects->unsent, *next = group->next;
        if (!offer(effects, group)) {
            effects->unsent_us = now_us + AGAIN_US;
            return;
        }
        effects->unsent = next;
        if (next == NULL)
            effects->unsent_last = &effects->unsent;
    }
}

void receipts_add(struct effects *effects, struct job *job)
{
    struct receipt_group *group = effects->gathering;
    if (group != NULL && group->request.count + job->count > group->capacity) {
        send_gathering(effects);
        group = NULL;
    }
    if (group == NULL) {
        group = effects->gathering = group_new(effects, job->count);
        group->begun_us = http_clock_us();
    }
    for (size_t i = 0; i < job->count; i++)
        group->request.commands[group->request.count++] = (struct core_command){
            .type = CORE_RECEIPT,
            .actor = BYTES_LITERAL("effects"),
            .entity = job->deliveries[i].number,
            .receipt = job->receipts[job->each ? i : 0],
        };
    job->next = group->jobs;
    group->jobs = job;
}

void receipts_take_back(struct effects *effects)
{
    pthread_mutex_lock(&effects->lock);
    struct receipt_group *group = effects->completed;
    effects->completed = NULL;
    pthread_mutex_unlock(&effects->lock);
    while (group != NULL) {
        struct receipt_group *next = group->next;
        effects->groups_out--;
        group_recycle(effects, group);
        group = next;
    }
}

void receipts_run(struct effects *effects, int64_t now_us)
{
    receipts_take_back(effects);
    send_unsent(effects, now_us);
    const struct receipt_group *group = effects->gathering;
    if (group != NULL && (effects->groups_out == 0 || group->request.count == group->capacity ||
                          now_us - group->begun_us >= GATHER_US))
        send_gathering(effects);
}

int64_t receipts_due_us(const struct effects *effects)
{
    int64_t due_us = effects->unsent != NULL ? effects->unsent_us : INT64_MAX;
    if (effects->gathering != NULL && effects->gathering->begun_us + GATHER_US < due_us)
        due_us = effects->gathering->begun_us + GATHER_US;
    return due_us;
}

void receipts_release(struct effects *effects)
{
    receipts_take_back(effects);
    if (effects->gathering != NULL)
        put_off(effects, effects->gathering);
    effects->gathering = NULL;
    while (effects->unsent != NULL) {
        struct receipt_group *group = effects->unsent;
        effects->unsent = group->next;
        group_free(group);
    }
    effects->unsent_last = &effects->unsent;
    while (effects->spare != NULL) {
        struct receipt_group *group = effects->spare;
        effects->spare = group->next;
        group_free(group);
    }
}
