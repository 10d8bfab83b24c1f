/* The life of a batch. Its worker reads records into groups and hands full groups to the engine; at
 * most GROUPS_MAX are unanswered, then the connection is suspended until the oldest is. When the
 * connection is lost, what was submitted is still made durable: the groups outlive the request.
 *
 * `lock` guards `done`, `waiting` and `unanswered`; all else is the worker's. */
#include "server/intake/batch.h"

#include "base/id.h"
#include "server/intake/batch_group.h"
#include "server/intake/feed.h"
#include "server/intake/inbound_headers.h"
#include "server/intake/intake.h"
#include "server/intake/submission.h"
#include "server/intake/traffic.h"
#include "server/internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    GROUPS_MAX = 4,
    RESULTS_CEILING = 128 * 1024 * 1024,
    RESULTS_FULL = 64 * 1024 * 1024, /* from here on problems are printed without their details */
};

static const struct batch_style lines_style = {"line", "", "\n", RESULTS_FULL, false};
static const struct batch_style items_style = {"record", ",", "", RESULTS_FULL, false};
static const struct batch_style receipts_style = {"record", ",", "", RESULTS_FULL, true};

struct batch {
    struct batch_pool *pool;
    struct request *request;
    const struct batch_style *style;
    struct intake intake;
    struct reception reception; /* its release is a reference */
    struct arena arena;         /* what they point to, and the items */
    struct buffer body;         /* what the items point to */
    struct feed feed;           /* of a stream */
    const struct contract_inbound *items;
    size_t item_count, item_at;
    uint64_t records;
    bool full;                         /* nothing more is read: a ceiling, or the end */
    bool partly;                       /* a record was not taken */
    struct problem put_off;            /* why some of the items could not be taken now, if any */
    struct batch_group *current;       /* being filled; or NULL */
    struct batch_group *first, **last; /* handed in, oldest first */
    size_t group_count;
    uint64_t held;          /* bytes of results, as counted in the pool */
    atomic_uint references; /* the request's and one for each unanswered group */
    pthread_mutex_t lock;
    uint32_t unanswered;
    bool waiting; /* suspended until the oldest group is done */
};

static void batch_unref(struct batch *batch)
{
    if (atomic_fetch_sub(&batch->references, 1) > 1)
        return;
    while (batch->first != NULL) {
        struct batch_group *group = batch->first;
        batch->first = group->next;
        batch_group_give_back(batch->pool, group);
    }
    if (batch->current != NULL)
        batch_group_give_back(batch->pool, batch->current);
    if (batch->style == &lines_style)
        feed_release(&batch->feed);
    policy_release_unref(batch->reception.release);
    buffer_release(&batch->body);
    arena_release(&batch->arena);
    pthread_mutex_destroy(&batch->lock);
    free(batch);
}

/* ---- groups */

/* On the engine's thread. */
static void group_complete(struct engine_request *request)
{
    struct batch_group *group = request->context;
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
    batch_pool_count(pool, -1);
}

static void refuse_commands(struct batch_group *group, int code, const struct error *err)
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
    struct batch_group *group = batch->current;
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
    batch_pool_count(batch->pool, 1);
    int code = engine_submit(batch->request->server->engine, &group->request, &err);
    if (code == 0)
        return;
    refuse_commands(group, code, &err);
    pthread_mutex_lock(&batch->lock);
    batch->unanswered--;
    pthread_mutex_unlock(&batch->lock);
    atomic_fetch_sub(&batch->references, 1);
    batch_pool_count(batch->pool, -1);
}

static void note_put_off(struct batch *batch, const struct batch_group *group)
{
    const struct engine_result *failed = NULL;
    struct error err = {0};
    for (size_t i = 0; i < group->command_count && failed == NULL; i++)
        if (group->results[i].refusal != 0)
            failed = &group->results[i];
    if (failed == NULL || batch->put_off.kind != PROBLEM_NONE)
        return;
    error_set(&err, failed->refusal, "",
              "of the %zu records not all could be taken: %s; send the same body again, under the "
              "same Idempotency-Key if it had one",
              batch->item_count, failed->message);
    problem_set_error(&batch->put_off, failed->refusal, &err);
}

static void write_group(struct batch *batch, const struct batch_group *group)
{
    struct buffer *out = &batch->request->answer.body;
    size_t before = out->size;
    if (!batch_group_write(group, batch->style, out))
        batch->partly = true;
    note_put_off(batch, group);
    uint64_t more = out->size - before;
    batch->held += more;
    batch_pool_hold(batch->pool, more);
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
        struct batch_group *group = batch->first;
        batch->first = group->next;
        if (batch->first == NULL)
            batch->last = &batch->first;
        batch->group_count--;
        write_group(batch, group);
        batch_group_give_back(batch->pool, group);
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
                       "the server is stopping; some records may have been taken: send them again "
                       "with the same Idempotency-Key");
    return outcome;
}

/* Room for one more record; false: suspended until there is some. */
static bool make_room(struct batch *batch)
{
    if (batch->current != NULL && !batch_group_is_full(batch->current))
        return true;
    if (batch->current != NULL)
        hand_in(batch);
    harvest(batch);
    while (batch->group_count >= GROUPS_MAX) {
        if (wait_for_oldest(batch) != WAIT_OVER)
            return false;
        harvest(batch);
    }
    batch->current = batch_group_take(batch->pool, batch);
    /* A long batch sees what was switched meanwhile. */
    intake_rollout(batch->request->server, &batch->reception);
    return true;
}

/* A slow sender's records do not wait for a full group: whenever the engine has nothing of ours, it
 * gets what there is. */
static void keep_engine_busy(struct batch *batch)
{
    pthread_mutex_lock(&batch->lock);
    bool idle = batch->unanswered == 0;
    pthread_mutex_unlock(&batch->lock);
    if (idle && batch->current != NULL && batch->current->command_count > 0)
        hand_in(batch);
}

/* ---- records */

/* A record on its way in. */
struct incoming {
    enum feed_result kind;
    struct feed_record record;
    const struct contract_inbound *item; /* of a body that holds several */
    struct error err;
};

static void next_incoming(struct batch *batch, struct incoming *ret)
{
    *ret = (struct incoming){.kind = FEED_END};
    if (batch->items == NULL) {
        ret->kind = feed_next(&batch->feed, &batch->current->arena, &ret->record, &ret->err);
    } else if (batch->item_at < batch->item_count) {
        ret->kind = FEED_RECORD;
        ret->item = &batch->items[batch->item_at++];
        ret->record.line = batch->item_at;
    }
}

/* A row as an object, which is how it is kept should it be refused. */
static struct bytes print_fields(const struct contract_instance *fields, struct arena *arena)
{
    struct buffer text;
    struct json_writer json;
    buffer_init(&text, 64 * 1024 * 1024);
    json_begin(&json, &text);
    contract_instance_write(fields, &json);
    struct bytes printed = arena_copy(arena, buffer_bytes(&text));
    buffer_release(&text);
    return printed;
}

static void read_incoming(struct batch *batch, const struct incoming *incoming,
                          struct received *ret)
{
    struct arena *arena = &batch->current->arena;
    const struct feed_record *record = &incoming->record;
    struct contract_inbound inbound = {0};
    if (incoming->item != NULL) {
        inbound = *incoming->item;
    } else if (incoming->kind == FEED_MISTAKE) {
        inbound.text = arena_copy(arena, record->text);
        inbound.media_type = BYTES_LITERAL("text/csv");
        inbound.error = &incoming->err;
    } else if (record->fields != NULL) {
        inbound.text = print_fields(record->fields, arena);
        inbound.media_type = BYTES_LITERAL(CONTRACT_ROW_TYPE);
        inbound.payload = record->fields;
        inbound.texts = true;
    } else {
        struct bytes line = arena_copy(arena, record->text); /* the command points into it */
        reception_read_json(&batch->reception, line, record->line, arena, ret);
        return;
    }
    reception_read(&batch->reception, &inbound, record->line, 0, arena, ret);
}

static void read_record(struct batch *batch, const struct incoming *incoming,
                        struct batch_entry *entry)
{
    struct batch_group *group = batch->current;
    struct received received;
    read_incoming(batch, incoming, &received);
    intake_count(&batch->intake, &received);
    if (received.outcome == RECEPTION_SKIPPED) {
        entry->skipped = received.reason;
        return;
    }
    if (received.outcome == RECEPTION_REFUSED)
        batch_entry_refuse(group, entry, &received.problem);
    group->commands[group->command_count] = received.command;
    entry->command = (int32_t)group->command_count++;
}

/* Why a record is refused before it is looked at; false when it is not. */
static bool refuse_unread(struct batch *batch, const struct incoming *incoming,
                          struct problem *problem)
{
    const struct server_limits *limits = &batch->request->server->limits;
    if (incoming->kind == FEED_BROKEN) {
        enum problem_kind kind = incoming->err.code == ML_ELIMIT ? PROBLEM_BODY_TOO_LARGE
                                 : strcmp(incoming->err.place, "Content-Encoding") == 0
                                     ? PROBLEM_MALFORMED_ENCODING
                                     : PROBLEM_UNREADABLE;
        problem_set(problem, kind, "%s%s%s", incoming->err.message,
                    incoming->err.place[0] != '\0' ? ", at " : "", incoming->err.place);
        batch->full = true;
        return true;
    }
    if (batch->records > limits->batch_lines) {
        problem_set(problem, PROBLEM_BODY_TOO_LARGE,
                    "one request may have %" PRIu32
                    " lines; this line and all after it were not taken",
                    limits->batch_lines);
        batch->full = true;
        return true;
    }
    if (incoming->kind == FEED_TOO_LONG) {
        problem_set(problem, PROBLEM_BODY_TOO_LARGE,
                    "the line is longer than the %" PRIu32 " bytes that are allowed",
                    limits->body_bytes);
        return true;
    }
    bool admitted = incoming->item != NULL; /* with the request */
    return !admitted && !intake_admit(&batch->intake, problem);
}

static void take_record(struct batch *batch, const struct incoming *incoming)
{
    struct batch_group *group = batch->current;
    struct problem *problem = &batch->request->problem;
    batch->records++;
    bool unread = refuse_unread(batch, incoming, problem);
    struct batch_entry *entry = &group->entries[group->entry_count++];
    *entry = (struct batch_entry){.number = incoming->record.line, .command = -1};
    if (incoming->kind == FEED_BROKEN)
        entry->number = batch->feed.line + 1;
    if (unread)
        batch_entry_refuse(group, entry, problem);
    else
        read_record(batch, incoming, entry);
}

/* Reads what is there. False: suspended until there is room for more, or the request has been
 * refused. */
static bool pump(struct batch *batch)
{
    struct incoming incoming;
    while (!batch->full) {
        if (!make_room(batch))
            return false;
        next_incoming(batch, &incoming);
        if (incoming.kind == FEED_MORE)
            return true;
        if (incoming.kind == FEED_END)
            break;
        take_record(batch, &incoming);
        if (incoming.kind == FEED_BROKEN && batch->records == 1) {
            /* Nothing was read before: the body as a whole is refused. */
            request_refuse_filled(batch->request);
            return false;
        }
    }
    batch->full = true;
    return true;
}

/* ---- the request's steps */

static size_t batch_receive(struct request *request, struct bytes data)
{
    struct batch *batch = request->state;
    struct scratch_pool *scratches = request->server->scratches;
    size_t left = 0;
    harvest(batch);
    batch->reception.scratch = scratch_pool_take(scratches);
    feed_push(&batch->feed, data);
    if (!pump(batch) && request->answer.status == 0)
        left = feed_give_back(&batch->feed);
    scratch_pool_give_back(scratches, batch->reception.scratch);
    keep_engine_busy(batch);
    return data.size - left;
}

static void batch_dispose(struct request *request)
{
    struct batch *batch = request->state;
    batch_pool_let_go(batch->pool, batch->held);
    batch_unref(batch);
}

static bool check_room(struct request *request)
{
    const struct server_limits *limits = &request->server->limits;
    uint64_t size;
    if (batch_pool_held(request->server->batches) > limits->result_bytes) {
        request_refuse(request, PROBLEM_BUSY,
                       "too many batches are being answered; try again in a second");
        return false;
    }
    if (!number_parse(request_header(request, "Content-Length"), &size) ||
        size <= limits->batch_bytes)
        return true;
    request_refuse(request, PROBLEM_BODY_TOO_LARGE,
                   "the body has %" PRIu64 " bytes; at most %" PRIu64
                   " are allowed: send it in several requests",
                   size, limits->batch_bytes);
    return false;
}

static struct batch *batch_new(struct request *request, const struct batch_style *style,
                               struct bytes key)
{
    struct batch *batch = calloc(1, sizeof *batch);
    if (batch == NULL)
        panic("out of memory (batch)");
    batch->pool = request->server->batches;
    batch->request = request;
    batch->style = style;
    batch->intake = *request->intake;
    intake_reception(request, key, &batch->reception);
    policy_release_ref(batch->reception.release);
    arena_init(&batch->arena);
    batch->last = &batch->first;
    atomic_init(&batch->references, 1);
    pthread_mutex_init(&batch->lock, NULL);
    request->answer.body.ceiling = RESULTS_CEILING;
    request->state = batch;
    request->dispose = batch_dispose;
    return batch;
}

/* What the commands of a stream point to must stay when the request is over. */
static void keep_texts(struct batch *batch)
{
    struct reception *reception = &batch->reception;
    reception->actor = arena_copy(&batch->arena, reception->actor);
    reception->key = arena_copy(&batch->arena, reception->key);
    reception->headers = arena_copy(&batch->arena, inbound_headers_print(batch->request));
}

void batch_begin(struct request *request, const struct feed_options *options)
{
    struct bytes key;
    if (!request_key(request, &key) || !check_room(request))
        return;
    struct batch *batch = batch_new(request, &lines_style, key);
    keep_texts(batch);
    feed_init(&batch->feed, options);
    scratch_pool_give_back(request->server->scratches, batch->reception.scratch);
    request->receive = batch_receive;
}

void batch_finish(struct request *request)
{
    struct batch *batch = request->state;
    struct scratch_pool *scratches = request->server->scratches;
    batch->reception.scratch = scratch_pool_take(scratches);
    bool read = pump(batch);
    scratch_pool_give_back(scratches, batch->reception.scratch);
    if (!read)
        return;
    if (batch->current != NULL)
        hand_in(batch);
    harvest(batch);
    while (batch->group_count > 0) {
        if (wait_for_oldest(batch) != WAIT_OVER)
            return;
        harvest(batch);
    }
    counters_add(&request->server->counters.lines, batch->records);
    request->answer.status = 200;
    request->answer.content_type = "application/x-ndjson";
    if (batch->style == &lines_style)
        return;
    if (batch->put_off.kind != PROBLEM_NONE) {
        request->problem = batch->put_off;
        request_refuse_filled(request);
        return;
    }
    request->answer.status = batch->partly ? 207 : 200;
    request->answer.content_type = "application/json";
    buffer_append_bytes(&request->answer.body, BYTES_LITERAL("]}"));
}

void batch_run(struct request *request)
{
    struct batch *batch = request->state;
    feed_end(&batch->feed);
    batch_finish(request);
}

void batch_run_items(struct request *request, const struct contract_inbound *items, size_t count,
                     struct bytes key)
{
    const struct batch_style *style = request->caller.visitor ? &receipts_style : &items_style;
    struct batch *batch = batch_new(request, style, key);
    batch->arena = request->arena;
    batch->body = request->body;
    arena_init(&request->arena);
    buffer_init(&request->body, request->server->limits.body_bytes);
    keep_texts(batch);
    scratch_pool_give_back(request->server->scratches, batch->reception.scratch);
    batch->items = items;
    batch->item_count = count;
    /* Senders of such bodies look at the status only, and send again all of it or nothing. */
    traffic_admit_rest(batch->intake.traffic, batch->intake.declaration, count - 1);
    buffer_append_bytes(&request->answer.body, BYTES_LITERAL("{\"results\":["));
    batch_finish(request);
}
