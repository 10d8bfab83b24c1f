/* The server's own structure: what its files share. */
#ifndef ML_SERVER_INTERNAL_H
#define ML_SERVER_INTERNAL_H

#include "server/access/access.h"
#include "server/api/stream.h"
#include "server/counters.h"
#include "server/peer.h"
#include "server/query.h"
#include "server/server.h"

struct MHD_Daemon;

enum { SERVER_WORKERS_MAX = 64 };

enum listening {
    LISTENING,       /* accepts connections */
    LISTENING_ENDED, /* accepts no more, but keeps deadlines */
    LISTENING_OVER,  /* the thread ends */
};

/* How far server_stop is. */
enum stopping {
    STOPPING_NOT,
    STOPPING_SOON, /* every answer closes its connection */
    STOPPING_NOW,  /* nothing may wait any more */
};

struct server {
    struct engine *engine;
    struct effects *effects;     /* or NULL */
    struct server_limits limits; /* defaults filled in */
    uint64_t min_free_bytes;
    void (*report)(void *context, const char *sentence);
    void *context;
    const char *demo_directory; /* borrowed: this is the server of a demo; NULL: it is not */
    char *web_directory;        /* pages are read from there; NULL: those that are compiled in */
    char *address;              /* as given in the options, for messages */
    int listen_fd;
    int wake_fd; /* eventfd: ends the listener's thread */
    uint16_t port;
    bool loopback;
    _Atomic int listening; /* enum listening */
    bool listener_started;
    pthread_t listener;
    struct MHD_Daemon *workers[SERVER_WORKERS_MAX];
    uint32_t worker_count;
    struct peers peers;
    struct access access;
    struct queries queries;
    struct queries retraces; /* one thread for what goes through the whole journal */
    bool queries_started, retraces_started, streams_started;
    _Atomic bool retracing;   /* one such query is under way */
    _Atomic uint32_t exports; /* of dead letters, being sent */
    struct streams streams;
    struct counters counters;
    struct buffer openapi; /* the document as JSON */
    struct batch_pool *batches;
    struct scratch_pool *scratches; /* of readers of records */
    struct traffic_set *traffic;
    struct kept_pictures *pictures; /* of the lead path */
    int64_t started_ms;
    _Atomic int stopping;       /* enum stopping */
    _Atomic uint32_t requests;  /* being received, worked on or answered */
    _Atomic uint32_t suspended; /* of them waiting for somebody else */
};

void server_report(struct server *server, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* listener.c: the thread that accepts, and that does what is due every so often. */
/* Binds and listens; fills listen_fd, port and loopback. */
int listener_open(struct server *server, const char *address, struct error *err);
int listener_start(struct server *server, struct error *err);
/* Accepts no more; what is due every so often goes on. */
void listener_end(struct server *server);
void listener_stop(struct server *server);

/* routes.c */
extern const struct route server_routes[];
extern const size_t server_route_count;

#endif
