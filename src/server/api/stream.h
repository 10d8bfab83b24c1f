/* Event streams (server-sent events). Each reads the journal at its own pace: it holds a place, not
 * a backlog, so a slow client costs one small buffer. */
#ifndef ML_SERVER_STREAM_H
#define ML_SERVER_STREAM_H

#include "engine/engine.h"
#include "server/query.h"

struct request;
struct server;
struct stream;

struct streams {
    struct server *server;
    pthread_mutex_t
        lock; /* taken within the engine's own: no call to the engine while it is held */
    struct stream *first; /* all that are open */
    uint32_t count;
    uint32_t waiting; /* of them: for the next event */
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
/* Gives quiet streams a sign of life when one is due. */
void streams_beat(struct server *server, int64_t now_ms);

/* GET /v1/stream?after=SEQ */
extern const char *const stream_parameters[];
void stream_run(struct request *request);

#endif
