/* The life of a batch. Its worker reads lines into groups and hands full groups to the engine; at
 * most GROUPS_MAX are unanswered, then the connection is suspended until the oldest is. When the
 * connection is lost, what was submitted is still made durable: the groups outlive the request.
 *
 * `lock` guards `done`, `waiting` and `unanswered`; all else is the worker's. */
#include "server/batch.h"

#include "base/id.h"
#include "base/json.h"
#include "server/internal.h"
#include "server/submission.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    GROUP_LINES = 256,
    GROUPS_MAX = 4,
    GROUPS_KEPT = 32,
    RESULTS_CEILING = 128 * 1024 * 1024,
    RESULTS_FULL = 64 * 1024 * 1024, /* from here on problems are printed without their details */
};

/* What became of one line. */
struct entry {
    uint64_t line;
    int32_t command;      /* index in the group; -1: refused before the engine */
    unsigned status;      /* of a refusal */
    struct bytes problem; /* of a refusal: JSON, in the group's arena */
};

struct group {
    struct engine_request request;
    struct core_command commands[GROUP_LINES];
    struct engine_result results[GROUP_LINES];
    struct json_object *payloads[GROUP_LINES]; /* by entry; NULL where there is none */
    struct entry entries[GROUP_LINES];
    size_t entry_count, command_count;
    struct arena arena;
    struct batch *batch;
    bool done;
    struct group *next;
};

struct batch {
    struct batch_pool *pool;
    struct request *request;
    struct policy_release *release;
    uint32_t source;
    struct bytes key; /* Idempotency-Key of the request */
    struct line_splitter splitter;
    uint64_t line;
    bool full;                   /* the ceiling of lines or bytes was passed: the rest is ignored */
    struct group *current;       /* being filled; or NULL */
    struct group *first, **last; /* handed in, oldest first */
    size_t group_count;
    uint64_t held;          /* bytes of results, as counted in the pool */
    atomic_uint references; /* the request's and one for each unanswered group */
    pthread_mutex_t lock;
    uint32_t unanswered;
    bool waiting; /* suspended until the oldest group is done */
};

struct batch_pool {
    pthread_mutex_t lock;
    pthread_cond_t drained;
    struct group *kept;
    size_t kept_count;
    size_t unanswered; /* groups that the engine has */
    _Atomic uint64_t held;
};

/* ---- the pool */

struct batch_pool *batch_pool_new(void)
{
    struct batch_pool *pool = calloc(1, sizeof *pool);
    if (pool == NULL)
        panic("out of memory (batch pool)");
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->drained, NULL);
    return pool;
}

static void group_free(struct group *group)
{
    arena_release(&group->arena);
    free(group);
}

void batch_pool_free(struct batch_pool *pool)
{
    if (pool == NULL)
        return;
    while (pool->kept != NULL) {
        struct group *group = pool->kept;
        pool->kept = group->next;
        group_free(group);
    }
    pthread_cond_destroy(&pool->drained);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
}

static void pool_count(struct batch_pool *pool, int change)
{
    pthread_mutex_lock(&pool->lock);
    pool->unanswered += (size_t)change;
    if (pool->unanswered == 0)
        pthread_cond_broadcast(&pool->drained);
    pthread_mutex_unlock(&pool->lock);
}

void batch_pool_drain(struct batch_pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    while (pool->unanswered > 0)
        pthread_cond_wait(&pool->drained, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
}

uint64_t batch_pool_held(const struct batch_pool *pool)
{
    return atomic_load_explicit(&pool->held, memory_order_relaxed);
}

static struct group *group_take(struct batch *batch)
{
    struct batch_pool *pool = batch->pool;
    pthread_mutex_lock(&pool->lock);
    struct group *group = pool->kept;
    if (group != NULL) {
        pool->kept = group->next;
        pool->kept_count--;
    }
    pthread_mutex_unlock(&pool->lock);
    if (group == NULL) {
        group = calloc(1, sizeof *group);
        if (group == NULL)
            panic("out of memory (batch)");
        arena_init(&group->arena);
    }
    group->batch = batch;
    group->entry_count = group->command_count = 0;
    group->done = false;
    group->next = NULL;
    return group;
}

static void group_give_back(struct batch_pool *pool, struct group *group)
{
    for (size_t i = 0; i < group->entry_count; i++)
        json_object_put(group->payloads[i]);
    arena_reset(&group->arena);
    pthread_mutex_lock(&pool->lock);
    bool keep = pool->kept_count < GROUPS_KEPT;
    if (keep) {
        group->next = pool->kept;
        pool->kept = group;
        pool->kept_count++;
    }
    pthread_mutex_unlock(&pool->lock);
    if (!keep)
        group_free(group);
}

/* ---- the batch */

static void batch_unref(struct batch *batch)
{
    if (atomic_fetch_sub(&batch->references, 1) > 1)
        return;
    while (batch->first != NULL) {
        struct group *group = batch->first;
        batch->first = group->next;
        group_give_back(batch->pool, group);
    }
    if (batch->current != NULL)
        group_give_back(batch->pool, batch->current);
    line_splitter_release(&batch->splitter);
    policy_release_unref(batch->release);
    pthread_mutex_destroy(&batch->lock);
    free(batch);
}

/* On the engine's thread. */
static void group_complete(struct engine_request *request)
{
    struct group *group = request->context;
    struct batch *batch = group->batch;
    struct batch_pool *pool = batch->pool;
    pthread_mutex_lock(&batch->lock);
    group->done = true;
    batch->unanswered--;
    bool wake = batch->waiting;
    batch->waiting = false;
    struct request *waiting = batch->request;
    pthread_mutex_unlock(&batch->lock);
    if (wake && waiting->running)
        request_resume(waiting);
    else if (wake)
        request_resume_receiving(waiting);
    batch_unref(batch);
    pool_count(pool, -1);
}

static void refuse_commands(struct group *group, int code, const struct error *err)
{
    for (size_t i = 0; i < group->command_count; i++) {
        struct engine_result *result = &group->results[i];
        *result = (struct engine_result){.refusal = code};
        snprintf(result->message, sizeof result->message, "%s", err->message);
    }
    group->done = true;
}

static void hand_in(struct batch *batch)
{
    struct group *group = batch->current;
    struct error err = {0};
    batch->current = NULL;
    *batch->last = group;
    batch->last = &group->next;
    batch->group_count++;
    if (group->command_count == 0) {
        group->done = true;
        return;
    }
    group->request = (struct engine_request){.commands = group->commands,
                                             .results = group->results,
                                             .count = group->command_count,
                                             .complete = group_complete,
                                             .context = group};
    pthread_mutex_lock(&batch->lock);
    batch->unanswered++;
    pthread_mutex_unlock(&batch->lock);
    atomic_fetch_add(&batch->references, 1);
    pool_count(batch->pool, 1);
    int code = engine_submit(batch->request->server->engine, &group->request, &err);
    if (code == 0)
        return;
    refuse_commands(group, code, &err);
    pthread_mutex_lock(&batch->lock);
    batch->unanswered--;
    pthread_mutex_unlock(&batch->lock);
    atomic_fetch_sub(&batch->references, 1);
    pool_count(batch->pool, -1);
}

/* ---- results */

static void write_refusal(struct json_writer *json, unsigned status, struct bytes problem)
{
    json_member_unsigned(json, "status", status);
    if (json->out->size > RESULTS_FULL)
        return;
    json_key(json, "problem");
    json_raw(json, problem);
}

static void write_result(struct batch *batch, const struct group *group, const struct entry *entry,
                         struct json_writer *json)
{
    const struct engine_result *result = &group->results[entry->command];
    struct problem *problem = &batch->request->problem;
    if (submission_accepted(result, problem)) {
        json_member_unsigned(json, "status",
                             submission_status(&group->commands[entry->command], result));
        submission_write(result, json);
        return;
    }
    json_member_unsigned(json, "status", problem_type_of(problem->kind)->status);
    if (json->out->size > RESULTS_FULL)
        return;
    json_key(json, "problem");
    problem_write(problem, json);
}

static void write_group(struct batch *batch, const struct group *group)
{
    struct buffer *out = &batch->request->answer.body;
    size_t before = out->size;
    struct json_writer json;
    for (size_t i = 0; i < group->entry_count; i++) {
        const struct entry *entry = &group->entries[i];
        json_begin(&json, out);
        json_object_open(&json);
        json_member_unsigned(&json, "line", entry->line);
        if (entry->command < 0)
            write_refusal(&json, entry->status, entry->problem);
        else
            write_result(batch, group, entry, &json);
        json_object_close(&json);
        buffer_append_char(out, '\n');
    }
    uint64_t more = out->size - before;
    batch->held += more;
    atomic_fetch_add_explicit(&batch->pool->held, more, memory_order_relaxed);
}

static bool oldest_is_done(struct batch *batch)
{
    pthread_mutex_lock(&batch->lock);
    bool done = batch->first != NULL && batch->first->done;
    pthread_mutex_unlock(&batch->lock);
    return done;
}

/* Prints what is done, in order. */
static void harvest(struct batch *batch)
{
    while (oldest_is_done(batch)) {
        struct group *group = batch->first;
        batch->first = group->next;
        if (batch->first == NULL)
            batch->last = &batch->first;
        batch->group_count--;
        write_group(batch, group);
        group_give_back(batch->pool, group);
    }
}

enum wait { WAIT_OVER, WAIT_SUSPENDED, WAIT_REFUSED };

/* Suspends until the oldest group is done, unless it already is. */
static enum wait wait_for_oldest(struct batch *batch)
{
    enum wait outcome = WAIT_OVER;
    pthread_mutex_lock(&batch->lock);
    if (batch->first != NULL && !batch->first->done) {
        peer_move(batch->request->peer, PEER_WORKING, 0);
        batch->waiting = request_suspend(batch->request);
        outcome = batch->waiting ? WAIT_SUSPENDED : WAIT_REFUSED;
    }
    pthread_mutex_unlock(&batch->lock);
    if (outcome == WAIT_REFUSED)
        request_refuse(batch->request, PROBLEM_STOPPING,
                       "the server is stopping; some lines may have been taken: send them again "
                       "with the same Idempotency-Key");
    return outcome;
}

/* ---- lines */

static struct entry *entry_add(struct batch *batch)
{
    struct group *group = batch->current;
    struct entry *entry = &group->entries[group->entry_count];
    group->payloads[group->entry_count++] = NULL;
    *entry = (struct entry){.line = batch->line, .command = -1};
    return entry;
}

static void refuse_line(struct batch *batch, struct entry *entry, const struct problem *problem)
{
    struct buffer text;
    struct json_writer json;
    buffer_init(&text, 64 * 1024);
    json_begin(&json, &text);
    problem_write(problem, &json);
    entry->status = problem_type_of(problem->kind)->status;
    entry->problem = text.overflow ? BYTES_LITERAL("{}")
                                   : arena_copy(&batch->current->arena, buffer_bytes(&text));
    buffer_release(&text);
}

static bool read_record(struct batch *batch, struct bytes line, struct core_command *command)
{
    struct group *group = batch->current;
    struct request *request = batch->request;
    *command = (struct core_command){.actor = request->caller.name};
    line = arena_copy(&group->arena, line); /* the command points into it */
    if (!submission_read(batch->release, batch->source, line, &group->arena,
                         &group->payloads[group->entry_count - 1], command, &request->problem))
        return false;
    submission_set_key(command, request->segments[0], batch->key, batch->line, line);
    return true;
}

static void take_line(struct batch *batch, enum line_kind kind, struct bytes line)
{
    const struct server_limits *limits = &batch->request->server->limits;
    struct problem *problem = &batch->request->problem;
    struct group *group = batch->current;
    struct entry *entry = entry_add(batch);
    struct core_command *command = &group->commands[group->command_count];
    if (batch->line > limits->batch_lines) {
        problem_set(problem, PROBLEM_BODY_TOO_LARGE,
                    "one request may have %" PRIu32
                    " lines; this line and all after it were not taken",
                    limits->batch_lines);
        batch->full = true;
    } else if (kind == LINE_TOO_LONG) {
        problem_set(problem, PROBLEM_BODY_TOO_LARGE,
                    "the line is longer than the %" PRIu32 " bytes that are allowed",
                    limits->body_bytes);
    } else if (read_record(batch, line, command)) {
        entry->command = (int32_t)group->command_count++;
        return;
    }
    refuse_line(batch, entry, problem);
}

static bool is_blank(struct bytes line)
{
    for (size_t i = 0; i < line.size; i++)
        if (line.data[i] != ' ' && line.data[i] != '\t')
            return false;
    return true;
}

/* Room for one more line; false: suspended until there is some. */
static bool make_room(struct batch *batch)
{
    if (batch->current != NULL && batch->current->entry_count < GROUP_LINES)
        return true;
    if (batch->current != NULL)
        hand_in(batch);
    harvest(batch);
    while (batch->group_count >= GROUPS_MAX) {
        if (wait_for_oldest(batch) != WAIT_OVER)
            return false;
        harvest(batch);
    }
    batch->current = group_take(batch);
    return true;
}

/* A slow sender's lines do not wait for a full group: whenever the engine has nothing of ours, it
 * gets what there is. */
static void keep_engine_busy(struct batch *batch)
{
    pthread_mutex_lock(&batch->lock);
    bool idle = batch->unanswered == 0;
    pthread_mutex_unlock(&batch->lock);
    if (idle && batch->current != NULL && batch->current->command_count > 0)
        hand_in(batch);
}

static size_t batch_receive(struct request *request, struct bytes data)
{
    struct batch *batch = request->state;
    size_t size = data.size;
    harvest(batch);
    while (data.size > 0 && !batch->full) {
        struct bytes line;
        if (!make_room(batch))
            return size - data.size;
        enum line_kind kind = line_next(&batch->splitter, &data, &line);
        if (kind == LINE_NONE)
            break;
        batch->line++;
        if (kind == LINE_TOO_LONG || !is_blank(line))
            take_line(batch, kind, line);
    }
    if (request->body_received + size > request->server->limits.batch_bytes)
        batch->full = true;
    keep_engine_busy(batch);
    return size;
}

static void finish_lines(struct batch *batch)
{
    struct bytes line;
    if (batch->full)
        return;
    enum line_kind kind = line_last(&batch->splitter, &line);
    if (kind == LINE_NONE || (kind == LINE_WHOLE && is_blank(line)))
        return;
    batch->line++;
    /* Room was made before the piece that this line came in, and it took none of it. */
    if (batch->current == NULL)
        batch->current = group_take(batch);
    take_line(batch, kind, line);
}

/* ---- the request's steps */

static void batch_dispose(struct request *request)
{
    struct batch *batch = request->state;
    atomic_fetch_sub_explicit(&batch->pool->held, batch->held, memory_order_relaxed);
    batch_unref(batch);
}

static bool check_headers(struct request *request, struct bytes *ret_key)
{
    const struct server_limits *limits = &request->server->limits;
    uint64_t size;
    if (batch_pool_held(request->server->batches) > limits->result_bytes) {
        request_refuse(request, PROBLEM_BUSY,
                       "too many batches are being answered; try again in a second");
        return false;
    }
    if (!request_key(request, ret_key))
        return false;
    if (!number_parse(request_header(request, "Content-Length"), &size) ||
        size <= limits->batch_bytes)
        return true;
    request_refuse(request, PROBLEM_BODY_TOO_LARGE,
                   "the body has %" PRIu64 " bytes; at most %" PRIu64
                   " are allowed: send it in several requests",
                   size, limits->batch_bytes);
    return false;
}

static struct batch *batch_new(struct request *request, struct policy_release *release,
                               uint32_t source, struct bytes key)
{
    struct batch *batch = calloc(1, sizeof *batch);
    if (batch == NULL)
        panic("out of memory (batch)");
    batch->pool = request->server->batches;
    batch->request = request;
    batch->release = release;
    batch->source = source;
    batch->key = key;
    batch->last = &batch->first;
    atomic_init(&batch->references, 1);
    pthread_mutex_init(&batch->lock, NULL);
    line_splitter_init(&batch->splitter, request->server->limits.body_bytes);
    return batch;
}

void batch_begin(struct request *request)
{
    struct bytes key;
    struct policy_release *release = engine_release_ref(request->server->engine);
    if (release == NULL) {
        request_refuse(request, PROBLEM_NO_POLICY, "no routing policy is active yet");
        return;
    }
    uint32_t source = submission_source(release, request->segments[0], &request->problem);
    if (source == POLICY_NONE)
        request_refuse_filled(request);
    if (source == POLICY_NONE || !check_headers(request, &key)) {
        policy_release_unref(release);
        return;
    }
    request->answer.body.ceiling = RESULTS_CEILING;
    request->state = batch_new(request, release, source, key);
    request->receive = batch_receive;
    request->dispose = batch_dispose;
}

void batch_finish(struct request *request)
{
    struct batch *batch = request->state;
    harvest(batch);
    while (batch->group_count > 0) {
        if (wait_for_oldest(batch) != WAIT_OVER)
            return;
        harvest(batch);
    }
    counters_add(&request->server->counters.lines, batch->line);
    request->answer.status = 200;
    request->answer.content_type = "application/x-ndjson";
}

void batch_run(struct request *request)
{
    struct batch *batch = request->state;
    finish_lines(batch);
    if (batch->current != NULL)
        hand_in(batch);
    batch_finish(request);
}
