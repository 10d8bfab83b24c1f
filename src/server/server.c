/* Life of the server: options, workers, the order of starting and stopping. */
#include "server/server.h"

#include "base/json.h"
#include "server/api/health.h"
#include "server/api/lead_path_kept.h"
#include "server/intake/batch.h"
#include "server/intake/reception.h"
#include "server/intake/traffic.h"
#include "server/internal.h"

#include <microhttpd.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum {
    WORKERS_DEFAULT = 2,
    QUERY_THREADS_DEFAULT = 2,
    SILENCE_SECONDS = 120, /* libmicrohttpd's own timeout, behind the deadlines of peer.c */
};

static const struct server_limits default_limits = {
    .connections = 4096,
    .streams = 256,
    .queries = 1024,
    .header_bytes = 8 * 1024,
    .body_bytes = 256 * 1024,
    .batch_lines = 100000,
    .batch_bytes = UINT64_C(256) << 20,
    .result_bytes = UINT64_C(256) << 20,
    .header_ms = 10000,
    .body_ms = 30000,
    .idle_ms = 75000,
    .changes_behind = 50000,
    .heartbeat_ms = 15000,
    .picture_ms = 1000,
    .grace_ms = 5000,
};

void server_report(struct server *server, const char *format, ...)
{
    char sentence[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    if (server->report != NULL)
        server->report(server->context, sentence);
}

/* ---- libmicrohttpd's callbacks, on the workers */

/* The workers are libmicrohttpd's threads: what they keep for themselves goes when they end. */
static pthread_key_t worker_key;

static void worker_ends(void *unused)
{
    (void)unused;
    json_thread_release();
}

static void make_worker_key(void)
{
    if (pthread_key_create(&worker_key, worker_ends) != 0)
        panic("the system has no room for another thread key");
}

static void on_connection(void *context, struct MHD_Connection *connection, void **socket_context,
                          enum MHD_ConnectionNotificationCode code)
{
    struct server *server = context;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        struct peer *peer = calloc(1, sizeof *peer);
        if (peer == NULL)
            panic("out of memory (connection)");
        request_init(&peer->request, server, peer, connection);
        peer->fd =
            MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
        peer_move(peer, PEER_HEADERS, peer_clock_ms() + server->limits.header_ms);
        peers_add(&server->peers, peer);
        *socket_context = peer;
        pthread_setspecific(worker_key, server); /* anything but NULL */
        return;
    }
    struct peer *peer = *socket_context;
    peers_remove(&server->peers, peer);
    request_release(&peer->request);
    free(peer);
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *data,
                                  size_t *size, void **request_context)
{
    (void)context, (void)version;
    struct request *request = *request_context;
    int code;
    if (request == NULL) {
        struct peer *peer =
            MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
        *request_context = &peer->request;
        code = request_begin(&peer->request, url, method);
    } else if (*size > 0) {
        code = request_receive(request, data, size);
    } else {
        code = request_step(request);
    }
    return code == 0 ? MHD_YES : MHD_NO;
}

static void on_completed(void *context, struct MHD_Connection *connection, void **request_context,
                         enum MHD_RequestTerminationCode code)
{
    (void)context, (void)connection, (void)code;
    if (*request_context != NULL)
        request_end(*request_context);
    *request_context = NULL;
}

/* ---- starting */

/* The read buffer begins as half of this and takes the request line and headers whole. */
static size_t connection_memory(const struct server *server)
{
    return (size_t)server->limits.header_bytes * 2;
}

static int start_workers(struct server *server, uint32_t count, struct error *err)
{
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME |
                     MHD_USE_NO_LISTEN_SOCKET | MHD_USE_ITC | MHD_USE_TURBO;
    for (uint32_t i = 0; i < count; i++) {
        struct MHD_Daemon *worker = MHD_start_daemon(
            flags, 0, NULL, NULL, on_request, server, MHD_OPTION_NOTIFY_CONNECTION, on_connection,
            server, MHD_OPTION_NOTIFY_COMPLETED, on_completed, server,
            MHD_OPTION_CONNECTION_MEMORY_LIMIT, connection_memory(server),
            MHD_OPTION_CONNECTION_LIMIT, server->limits.connections + 1,
            MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)SILENCE_SECONDS, MHD_OPTION_END);
        if (worker == NULL)
            return error_set(err, ML_EIO, server->address,
                             "cannot start worker %u of the HTTP server: %m", i + 1);
        server->workers[server->worker_count++] = worker;
    }
    return 0;
}

static void fill_limits(struct server_limits *limits, const struct server_limits *given)
{
    *limits = default_limits;
#define TAKE(name)        \
    if (given->name != 0) \
    limits->name = given->name
    TAKE(connections);
    TAKE(streams);
    TAKE(queries);
    TAKE(header_bytes);
    TAKE(body_bytes);
    TAKE(batch_lines);
    TAKE(batch_bytes);
    TAKE(result_bytes);
    TAKE(header_ms);
    TAKE(body_ms);
    TAKE(idle_ms);
    TAKE(changes_behind);
    TAKE(heartbeat_ms);
    TAKE(picture_ms);
    TAKE(grace_ms);
#undef TAKE
}

static char *path_in(const char *directory, const char *name)
{
    char *path;
    if (asprintf(&path, "%s/%s", directory, name) < 0)
        panic("out of memory (path)");
    return path;
}

static struct server *server_new(const struct server_options *options)
{
    struct server *server = calloc(1, sizeof *server);
    if (server == NULL)
        panic("out of memory (server)");
    server->engine = options->engine;
    server->effects = options->effects;
    server->report = options->report;
    server->context = options->context;
    server->demo_directory = options->demo_directory;
    server->min_free_bytes =
        options->min_free_bytes != 0 ? options->min_free_bytes : UINT64_C(64) << 20;
    server->address = strdup(options->listen);
    if (server->address == NULL)
        panic("out of memory (address)");
    if (options->web_directory != NULL &&
        (server->web_directory = strdup(options->web_directory)) == NULL)
        panic("out of memory (web directory)");
    server->listen_fd = server->wake_fd = -1;
    server->batches = batch_pool_new();
    server->scratches = scratch_pool_new();
    server->traffic = traffic_set_new();
    fill_limits(&server->limits, &options->limits);
    server->pictures = kept_pictures_new(server->engine, server->limits.picture_ms);
    peers_init(&server->peers);
    return server;
}

static int open_access(struct server *server, const struct server_options *options,
                       struct error *err)
{
    char *path = options->tokens_path != NULL ? strdup(options->tokens_path)
                                              : path_in(options->directory, "tokens.json");
    if (path == NULL)
        panic("out of memory (path)");
    int code = access_open(&server->access, path, err);
    free(path);
    return code;
}

static int start_queries(struct server *server, const struct server_options *options,
                         struct error *err)
{
    uint32_t threads = options->query_threads != 0 ? options->query_threads : QUERY_THREADS_DEFAULT;
    char *path = path_in(options->directory, "state.db");
    server->queries_started = true;
    int code = queries_start(&server->queries, threads, server->limits.queries, path,
                             engine_journal(options->engine), err);
    if (code == 0) {
        server->retraces_started = true;
        code = queries_start(&server->retraces, 1, 1, path, engine_journal(options->engine), err);
    }
    free(path);
    return code;
}

static int start(struct server *server, const struct server_options *options, struct error *err)
{
    uint32_t workers = options->workers != 0 ? options->workers : WORKERS_DEFAULT;
    if (workers > SERVER_WORKERS_MAX)
        return error_set(err, ML_EINVAL, "", "at most %d workers make sense", SERVER_WORKERS_MAX);
    int code = open_access(server, options, err);
    if (code == 0)
        code = openapi_load(&server->openapi, err);
    if (code == 0)
        code = listener_open(server, options->listen, err);
    if (code == 0)
        code = start_queries(server, options, err);
    if (code != 0)
        return code;
    streams_start(server);
    server->streams_started = true;
    code = start_workers(server, workers, err);
    /* Last, when everything that a connection may need is there. */
    return code != 0 ? code : listener_start(server, err);
}

int server_start(const struct server_options *options, struct server **ret, struct error *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_worker_key);
    ML_ASSERT(server_route_count <= COUNTERS_ROUTES_MAX);
    if (sodium_init() < 0)
        return error_set(err, ML_EIO, "", "the system's random numbers are not available");
    struct server *server = server_new(options);
    int code = start(server, options, err);
    if (code != 0) {
        server_stop(server);
        server_free(server);
        return code;
    }
    *ret = server;
    return 0;
}

uint16_t server_port(const struct server *server)
{
    return server->port;
}

/* ---- stopping */

static void nap(void)
{
    const struct timespec millisecond = {.tv_nsec = 1000000};
    nanosleep(&millisecond, NULL);
}

/* Until no request is under way, or until the deadline. */
static void wait_for_requests(struct server *server, int64_t deadline_ms)
{
    while (atomic_load(&server->requests) > 0 && peer_clock_ms() < deadline_ms)
        nap();
}

/* What was accepted is answered: the engine completes whatever it took, queries end by themselves.
 * Only those who still have not sent their request are cut off when the grace is over. */
static void let_finish(struct server *server)
{
    atomic_store(&server->stopping, STOPPING_SOON);
    if (server->streams_started)
        streams_end(server);
    wait_for_requests(server, peer_clock_ms() + server->limits.grace_ms);
    atomic_store(&server->stopping, STOPPING_NOW);
    while (atomic_load(&server->suspended) > 0)
        nap();
    peers_sweep(&server->peers, INT64_MAX);
    wait_for_requests(server, peer_clock_ms() + server->limits.grace_ms);
}

void server_stop(struct server *server)
{
    if (server->listener_started) {
        listener_end(server);
        let_finish(server);
    }
    listener_stop(server);
    for (uint32_t i = 0; i < server->worker_count; i++)
        MHD_stop_daemon(server->workers[i]);
    batch_pool_drain(server->batches);
    if (server->streams_started)
        streams_stop(server);
    if (server->queries_started)
        queries_stop(&server->queries);
    if (server->retraces_started)
        queries_stop(&server->retraces);
}

void server_free(struct server *server)
{
    if (server == NULL)
        return;
    access_close(&server->access);
    peers_destroy(&server->peers);
    batch_pool_free(server->batches);
    scratch_pool_free(server->scratches);
    traffic_set_free(server->traffic);
    kept_pictures_free(server->pictures);
    buffer_release(&server->openapi);
    free(server->address);
    free(server->web_directory);
    free(server);
}
