/* Event streams (server-sent events). Each reads the journal at its own pace: it holds a place, not
 * a backlog, so a slow client costs one small buffer. */
#ifndef ML_SERVER_STREAM_H
#define ML_SERVER_STREAM_H

#include "base/buffer.h"
#include "engine/engine.h"
#include "server/query.h"

struct request;
struct server;
struct stream;

/* What a stream says. */
struct stream_kind {
    /* On a query thread: appends to `out` what there is from next_seq on, and moves next_seq; it
     * may set due_ms. Nothing appended: there is nothing. False: it cannot be read, the stream
     * ends. */
    bool (*fill)(struct stream *stream, struct query_reader *reader);
};

enum stream_state { STREAM_READY, STREAM_FILLING, STREAM_WAITING, STREAM_RESTING };

/* The first member of what a kind keeps of a stream. */
struct stream {
    const struct stream_kind *kind;
    struct streams *streams;
    struct request *request;
    enum stream_state state;
    struct buffer out;
    size_t sent; /* of `out` */
    bool failed; /* nothing more comes */
    uint64_t next_seq;
    int64_t due_ms;    /* not filled again before */
    int64_t active_ms; /* when it last got something */
    struct query_job fill;
    struct stream *next, *previous;
};

struct streams {
    struct server *server;
    pthread_mutex_t
        lock; /* taken within the engine's own: no call to the engine while it is held */
    struct stream *first; /* all that are open */
    uint32_t count;
    uint32_t waiting; /* of them: for the next event */
    int64_t due_ms;   /* when the first of those that rest goes on; INT64_MAX: none rests */
    bool ending;
    bool waking; /* `wake` is queued */
    uint64_t durable_seq;
    struct engine_listener listener;
    struct query_job wake;
};

void streams_start(struct server *server);
/* Ends every stream; their connections close. */
void streams_end(struct server *server);
/* After the workers have stopped and before the query threads do. */
void streams_stop(struct server *server);
/* Gives quiet streams a sign of life when one is due; those that rested long enough go on. */
void streams_beat(struct server *server, int64_t now_ms);

/* ---- for kinds; in the request's `run` */

/* Where a stream begins: Last-Event-ID (a client that comes back) before the query parameter
 * `parameter`, without both the newest event. False: it is no number and has been refused. */
bool stream_place(struct request *request, size_t parameter, uint64_t *ret_after);
/* Makes a stream the answer of the request, beginning behind `after`. `size` bytes of what the kind
 * keeps, zeroed, are the stream's until it is over, which the request sees to. NULL: too many are
 * open, and the request has been refused. What the client gets at once is appended to `out`. */
struct stream *stream_open(struct request *request, const struct stream_kind *kind, size_t size,
                           uint64_t after);

/* GET /v1/stream?after=SEQ */
extern const char *const stream_parameters[];
void stream_run(struct request *request);

#endif
