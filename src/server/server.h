/* The HTTP API over an engine: intake, leads, reps, events, streams, reconciliation, health.
 *
 * `workers` threads of libmicrohttpd parse and answer and never wait: a connection is suspended
 * while the engine or a query works for it. One more thread accepts connections and keeps
 * deadlines; a few run queries. The server borrows the engine and must be stopped and freed before
 * it is closed. */
#ifndef ML_SERVER_SERVER_H
#define ML_SERVER_SERVER_H

#include "base/error.h"
#include "engine/engine.h"

struct effects;
struct server;

/* Ceilings and patience; 0 takes the default named here. */
struct server_limits {
    uint32_t connections;    /* open at once: 4,096; past it new ones get 503 and are closed */
    uint32_t streams;        /* of them event streams: 256 */
    uint32_t queries;        /* waiting to be run: 1,024; past it 503 */
    uint32_t header_bytes;   /* request line and headers, taken in any case: 8 KiB (431 past it) */
    uint32_t body_bytes;     /* of one JSON body, and of one NDJSON line: 256 KiB */
    uint32_t batch_lines;    /* of one NDJSON body: 100,000 */
    uint64_t batch_bytes;    /* of one NDJSON body: 256 MiB */
    uint64_t result_bytes;   /* of NDJSON results held for all connections together: 256 MiB */
    uint32_t header_ms;      /* from connecting to the end of the headers: 10,000 */
    uint32_t body_ms;        /* for a body, and for each further 256 KiB of it: 30,000 */
    uint32_t idle_ms;        /* between two requests: 75,000 */
    uint32_t changes_behind; /* events that a page may be behind and still be told of: 50,000 */
    uint32_t heartbeat_ms;   /* between two signs of life on a quiet stream: 15,000 */
    uint32_t picture_ms;     /* a picture of the lead path is shown to others for: 1,000 */
    uint32_t grace_ms;       /* server_stop waits this long for bodies still on their way: 5,000 */
};

struct server_options {
    const char *listen;      /* "127.0.0.1:8080" or "[::1]:8080"; port 0: any free one */
    const char *directory;   /* the data directory: state.db and tokens.json are read here */
    const char *tokens_path; /* NULL: DIRECTORY/tokens.json */
    uint32_t workers;        /* 0: 2 */
    uint32_t query_threads;  /* 0: 2 */
    struct server_limits limits;
    /* Where `meshline demo` says how it goes, borrowed as long as the server lives; NULL: no demo.
     */
    const char *demo_directory;
    const char *web_directory; /* web pages from there; NULL: those that are compiled in */
    uint64_t min_free_bytes;   /* not ready below it; as in engine_options; 0: 64 MiB */
    struct engine *engine;     /* borrowed */
    /* Borrowed, and closed after server_stop; NULL: nobody outside can be asked. */
    struct effects *effects;
    /* Something an operator should know (a tokens file that cannot be read); may be NULL. Any
     * thread. */
    void (*report)(void *context, const char *sentence);
    void *context;
};

/* Listens and serves. ML_EINVAL for an address that makes no sense, ML_EDENIED for one beyond
 * loopback without tokens, ML_EBUSY when the port is in use. */
int server_start(const struct server_options *options, struct server **ret, struct error *err);

/* The port that it listens on. */
uint16_t server_port(const struct server *server);

/* Accepts no more, answers what it accepted, ends the event streams, stops the threads. Once. */
void server_stop(struct server *server);
/* After server_stop; takes NULL. */
void server_free(struct server *server);

#endif
