/* A stream is in one of five states, under the lock:
 *
 *   READY ──(worker sent all)──► FILLING ──(something there)──► READY
 *     │                           ▲   │
 *     │                           │   └─(nothing)─► WAITING ──(event)──► FILLING
 *     │                           │                    │  ▲
 *     │                           │     READY ◄────────┘  │  (heartbeat or end)
 *     └─(not due yet)─► RESTING ──┴─(due)─────────────────┘
 *
 * In READY the buffer is the worker's; in FILLING a query thread's; in FILLING, WAITING and RESTING
 * the connection is suspended, so the request cannot end meanwhile. */
#include "server/api/stream.h"

#include "base/id.h"
#include "server/api/cloudevent.h"
#include "server/internal.h"

#include <inttypes.h>
#include <microhttpd.h>
#include <stdlib.h>

enum {
    FILL_BYTES = 64 * 1024,          /* as much is read ahead of the client */
    FILL_EVENTS = 512,               /* at once */
    FILL_CEILING = 32 * 1024 * 1024, /* one event may be that large: a release */
    BLOCK_SIZE = 16 * 1024,
};

/* ---- events, each as it is */

struct event_stream {
    struct stream stream;
    struct bytes source;
};

enum { STREAM_FULL = 1, STREAM_AFTER = 0 };

const char *const stream_parameters[] = {[STREAM_AFTER] = "after", NULL};

static int write_event(void *context, const struct journal_record *record, struct error *err)
{
    (void)err;
    struct event_stream *events = context;
    struct stream *stream = &events->stream;
    struct json_writer json;
    if (stream->out.size > FILL_BYTES)
        return STREAM_FULL;
    buffer_printf(&stream->out, "id: %" PRIu64 "\ndata: ", record->seq);
    json_begin(&json, &stream->out);
    cloudevent_write(record, events->source, &json);
    buffer_append(&stream->out, "\n\n", 2);
    stream->next_seq = record->seq + 1;
    return 0;
}

static bool fill_events(struct stream *stream, struct query_reader *reader)
{
    struct error err;
    return engine_read(stream->streams->server->engine, reader->journal, stream->next_seq,
                       FILL_EVENTS, write_event, stream, &err) >= 0;
}

static const struct stream_kind event_kind = {fill_events};

/* ---- filling, on a query thread */

static bool fill(struct stream *stream, struct query_reader *reader)
{
    if (stream->out.capacity > (size_t)FILL_BYTES * 4)
        buffer_release(&stream->out);
    buffer_clear(&stream->out);
    stream->sent = 0;
    if (stream->kind->fill(stream, reader) && !stream->out.overflow)
        return true;
    buffer_clear(&stream->out);
    return false;
}

/* Hands a filled stream to its worker, or lets it wait. */
static void fill_run(struct query_job *job, struct query_reader *reader)
{
    struct stream *stream = (struct stream *)((char *)job - offsetof(struct stream, fill));
    struct streams *streams = stream->streams;
    for (;;) {
        stream->failed = !fill(stream, reader);
        pthread_mutex_lock(&streams->lock);
        bool wait = !stream->failed && stream->out.size == 0 && !streams->ending;
        if (wait && stream->next_seq <= streams->durable_seq) {
            pthread_mutex_unlock(&streams->lock);
            continue; /* something came after we looked */
        }
        stream->state = wait ? STREAM_WAITING : STREAM_READY;
        streams->waiting += wait;
        pthread_mutex_unlock(&streams->lock);
        if (!wait)
            request_resume(stream->request);
        return;
    }
}

static void start_filling(struct stream *stream)
{
    stream->state = STREAM_FILLING;
    queries_push_always(&stream->streams->server->queries, &stream->fill);
}

/* With the lock held: what rests goes on, if there is something to go on with. */
static void end_rest(struct stream *stream)
{
    struct streams *streams = stream->streams;
    if (stream->next_seq <= streams->durable_seq) {
        start_filling(stream);
        return;
    }
    stream->state = STREAM_WAITING;
    streams->waiting++;
}

/* With the lock held. */
static void end_rests(struct streams *streams, int64_t now_ms)
{
    if (now_ms < streams->due_ms)
        return;
    streams->due_ms = INT64_MAX;
    for (struct stream *stream = streams->first; stream != NULL; stream = stream->next)
        if (stream->state == STREAM_RESTING && stream->due_ms <= now_ms)
            end_rest(stream);
        else if (stream->state == STREAM_RESTING && stream->due_ms < streams->due_ms)
            streams->due_ms = stream->due_ms;
}

/* Something was published: every waiting stream looks at it. */
static void wake_run(struct query_job *job, struct query_reader *reader)
{
    (void)reader;
    struct streams *streams = (struct streams *)((char *)job - offsetof(struct streams, wake));
    pthread_mutex_lock(&streams->lock);
    streams->waking = false;
    for (struct stream *stream = streams->first; stream != NULL; stream = stream->next)
        if (stream->state == STREAM_WAITING && stream->next_seq <= streams->durable_seq) {
            streams->waiting--;
            start_filling(stream);
        }
    end_rests(streams, peer_clock_ms());
    pthread_mutex_unlock(&streams->lock);
}

/* On the engine's thread. Streams that rest do not make it wake anybody before they are due. */
static void published(struct engine_listener *listener, uint64_t durable_seq)
{
    struct streams *streams = listener->context;
    pthread_mutex_lock(&streams->lock);
    streams->durable_seq = durable_seq;
    bool wanted = streams->waiting > 0 ||
                  (streams->due_ms != INT64_MAX && streams->due_ms <= peer_clock_ms());
    bool wake = wanted && !streams->waking;
    streams->waking |= wake;
    pthread_mutex_unlock(&streams->lock);
    if (wake)
        queries_push_always(&streams->server->queries, &streams->wake);
}

/* ---- sending, on the worker */

/* With the lock held. */
static void rest(struct stream *stream)
{
    stream->state = STREAM_RESTING;
    if (stream->due_ms < stream->streams->due_ms)
        stream->streams->due_ms = stream->due_ms;
}

static ssize_t read_stream(void *context, uint64_t position, char *out, size_t size)
{
    (void)position;
    struct stream *stream = context;
    struct streams *streams = stream->streams;
    size_t left = stream->out.size - stream->sent;
    if (left > 0) {
        size_t part = left < size ? left : size;
        memcpy(out, stream->out.data + stream->sent, part);
        stream->sent += part;
        return (ssize_t)part;
    }
    pthread_mutex_lock(&streams->lock);
    stream->active_ms = peer_clock_ms();
    bool ending = streams->ending || stream->failed || !request_suspend(stream->request);
    if (!ending && stream->due_ms > stream->active_ms)
        rest(stream);
    else if (!ending)
        start_filling(stream);
    pthread_mutex_unlock(&streams->lock);
    return ending ? MHD_CONTENT_READER_END_OF_STREAM : 0;
}

static void stream_dispose(struct request *request)
{
    struct stream *stream = request->state;
    struct streams *streams = stream->streams;
    pthread_mutex_lock(&streams->lock);
    if (stream->previous != NULL)
        stream->previous->next = stream->next;
    else
        streams->first = stream->next;
    if (stream->next != NULL)
        stream->next->previous = stream->previous;
    streams->count--;
    pthread_mutex_unlock(&streams->lock);
    buffer_release(&stream->out);
    free(stream);
}

/* ---- opening */

bool stream_place(struct request *request, size_t parameter, uint64_t *ret_after)
{
    struct bytes last = request_header(request, "Last-Event-ID");
    if (!request_number(request, parameter, 0, UINT64_MAX - 1,
                        engine_durable_seq(request->server->engine), ret_after))
        return false;
    if (last.size == 0 || (number_parse(last, ret_after) && *ret_after < UINT64_MAX))
        return true;
    request_refuse(request, PROBLEM_INVALID_HEADER,
                   "Last-Event-ID must be the id of an event, a whole number");
    return false;
}

static struct stream *stream_new(struct request *request, const struct stream_kind *kind,
                                 size_t size, uint64_t after)
{
    struct stream *stream = calloc(1, size);
    if (stream == NULL)
        panic("out of memory (stream)");
    stream->kind = kind;
    stream->streams = &request->server->streams;
    stream->request = request;
    stream->next_seq = after + 1;
    stream->active_ms = peer_clock_ms();
    stream->fill.run = fill_run;
    buffer_init(&stream->out, FILL_CEILING);
    /* Sent at once, so that the client knows that it is connected. */
    buffer_append_bytes(&stream->out, BYTES_LITERAL("retry: 2000\n\n"));
    return stream;
}

/* False: too many are open. */
static bool enlist(struct streams *streams, struct stream *stream, uint32_t most)
{
    pthread_mutex_lock(&streams->lock);
    bool room = streams->count < most && !streams->ending;
    if (room) {
        stream->next = streams->first;
        if (streams->first != NULL)
            streams->first->previous = stream;
        streams->first = stream;
        streams->count++;
    }
    pthread_mutex_unlock(&streams->lock);
    return room;
}

struct stream *stream_open(struct request *request, const struct stream_kind *kind, size_t size,
                           uint64_t after)
{
    struct stream *stream = stream_new(request, kind, size, after);
    if (!enlist(stream->streams, stream, request->server->limits.streams)) {
        buffer_release(&stream->out);
        free(stream);
        request_refuse(request, PROBLEM_BUSY, "%" PRIu32 " event streams are open; no more can be",
                       request->server->limits.streams);
        return NULL;
    }
    request->state = stream;
    request->dispose = stream_dispose;
    request->answer.response =
        MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK_SIZE, read_stream, stream, NULL);
    if (request->answer.response == NULL)
        panic("out of memory (stream)");
    request->answer.status = 200;
    request->answer.content_type = "text/event-stream";
    return stream;
}

void stream_run(struct request *request)
{
    struct engine *engine = request->server->engine;
    uint64_t after, durable = engine_durable_seq(engine);
    if (!stream_place(request, STREAM_AFTER, &after))
        return;
    if (after > durable) {
        request_refuse(request, PROBLEM_INVALID_PARAMETER,
                       "event %" PRIu64 " lies in the future; the newest is %" PRIu64, after,
                       durable);
        return;
    }
    struct stream *stream = stream_open(request, &event_kind, sizeof(struct event_stream), after);
    if (stream != NULL)
        ((struct event_stream *)stream)->source = cloudevent_source(engine, &request->arena);
}

/* ---- all of them */

void streams_start(struct server *server)
{
    struct streams *streams = &server->streams;
    *streams = (struct streams){
        .server = server,
        .listener = {.notify = published, .context = streams},
        .wake = {.run = wake_run},
        .due_ms = INT64_MAX,
    };
    pthread_mutex_init(&streams->lock, NULL);
    engine_listen(server->engine, &streams->listener);
    uint64_t durable = engine_durable_seq(server->engine);
    pthread_mutex_lock(&streams->lock);
    if (streams->durable_seq < durable)
        streams->durable_seq = durable;
    pthread_mutex_unlock(&streams->lock);
}

/* With the lock held: a suspended stream goes to its worker with what is in its buffer. */
static void hand_over(struct stream *stream)
{
    if (stream->state == STREAM_WAITING)
        stream->streams->waiting--;
    stream->state = STREAM_READY;
    request_resume(stream->request);
}

void streams_beat(struct server *server, int64_t now_ms)
{
    struct streams *streams = &server->streams;
    pthread_mutex_lock(&streams->lock);
    end_rests(streams, now_ms);
    for (struct stream *stream = streams->first; stream != NULL; stream = stream->next)
        if (stream->state == STREAM_WAITING &&
            now_ms - stream->active_ms >= server->limits.heartbeat_ms) {
            buffer_clear(&stream->out);
            buffer_append_bytes(&stream->out, BYTES_LITERAL(": still here\n\n"));
            stream->sent = 0;
            hand_over(stream);
        }
    pthread_mutex_unlock(&streams->lock);
}

/* The buffer of a stream that rests has been sent. */
void streams_end(struct server *server)
{
    struct streams *streams = &server->streams;
    pthread_mutex_lock(&streams->lock);
    streams->ending = true;
    for (struct stream *stream = streams->first; stream != NULL; stream = stream->next)
        if (stream->state == STREAM_WAITING || stream->state == STREAM_RESTING)
            hand_over(stream);
    pthread_mutex_unlock(&streams->lock);
}

void streams_stop(struct server *server)
{
    engine_unlisten(server->engine, &server->streams.listener);
}
