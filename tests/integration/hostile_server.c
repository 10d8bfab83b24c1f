/* The hostile server. */
#include "hostile_server.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { ANSWERS_MAX = 32, CONNECTIONS_MAX = 256 };

struct hostile {
    int listener, stop[2];
    uint16_t port;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t came;
    struct {
        char path[64];
        char *bytes;
    } answers[ANSWERS_MAX];
    size_t answer_count;
    struct hostile_request *requests[HOSTILE_REQUESTS_MAX];
    size_t count;
    pthread_t threads[CONNECTIONS_MAX];
    unsigned connections;
};

struct connection {
    struct hostile *server;
    int socket;
    unsigned number;
};

/* ---- what it does */

static bool begins(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* False: the other side has gone, or the test is over. */
static bool nap(struct connection *connection, int ms)
{
    struct pollfd wait[] = {{.fd = connection->server->stop[0], .events = POLLIN},
                            {.fd = connection->socket, .events = POLLRDHUP}};
    return poll(wait, 2, ms) == 0;
}

static bool put(struct connection *connection, const char *data, size_t size)
{
    return send(connection->socket, data, size, MSG_NOSIGNAL) == (ssize_t)size;
}

static bool put_text(struct connection *connection, const char *text)
{
    return put(connection, text, strlen(text));
}

static void repeat(struct connection *connection, const char *first, const char *text, int ms)
{
    bool more = put_text(connection, first);
    while (more && nap(connection, ms))
        more = put_text(connection, text);
}

static void reset(struct connection *connection)
{
    const struct linger linger = {.l_onoff = 1, .l_linger = 0};
    setsockopt(connection->socket, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
}

static char *find_answer(struct hostile *server, const char *path)
{
    char *bytes = NULL;
    pthread_mutex_lock(&server->lock);
    for (size_t i = 0; i < server->answer_count; i++)
        if (strcmp(server->answers[i].path, path) == 0)
            bytes = server->answers[i].bytes;
    pthread_mutex_unlock(&server->lock);
    return bytes;
}

/* True: the connection stays open. */
static bool answer(struct connection *connection, const char *path)
{
    static const char head[] = "HTTP/1.1 200 OK\r\n";
    const char *bytes = find_answer(connection->server, path);
    if (bytes != NULL) {
        put_text(connection, bytes);
    } else if (begins(path, "/silent")) {
        while (nap(connection, 1000)) {
        }
    } else if (begins(path, "/reset")) {
        reset(connection);
    } else if (begins(path, "/trickle")) {
        repeat(connection, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", "x", 20);
    } else if (begins(path, "/endless")) {
        char block[4097];
        memset(block, 'x', sizeof block - 1);
        block[sizeof block - 1] = '\0';
        put_text(connection, head);
        repeat(connection, "\r\n", block, 0);
    } else if (begins(path, "/heads")) {
        repeat(connection, head, "X-More: and more and more and more and more\r\n", 0);
    } else {
        return put_text(connection, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    }
    return false;
}

/* ---- requests */

static size_t read_more(struct connection *connection, char *text, size_t used, size_t room)
{
    struct pollfd wait[] = {{.fd = connection->server->stop[0], .events = POLLIN},
                            {.fd = connection->socket, .events = POLLIN}};
    if (poll(wait, 2, -1) < 0 || wait[0].revents != 0)
        return 0;
    ssize_t got = recv(connection->socket, text + used, room - used - 1, 0);
    if (got <= 0)
        return 0;
    text[used + (size_t)got] = '\0';
    return (size_t)got;
}

const char *hostile_header(const struct hostile_request *request, const char *name)
{
    static _Thread_local char value[1024];
    size_t size = strlen(name);
    for (const char *at = strstr(request->head, "\r\n"); at != NULL; at = strstr(at + 2, "\r\n"))
        if (strncasecmp(at + 2, name, size) == 0 && at[2 + size] == ':') {
            const char *from = at + 3 + size + strspn(at + 3 + size, " ");
            snprintf(value, sizeof value, "%.*s", (int)strcspn(from, "\r"), from);
            return value;
        }
    return "";
}

static bool read_request(struct connection *connection, struct hostile_request *request)
{
    static const size_t most = HOSTILE_TEXT_MAX;
    char *text = calloc(1, most);
    size_t used = 0, got = 0;
    char *end = NULL;
    while (end == NULL && (got = read_more(connection, text, used, most)) > 0) {
        used += got;
        end = strstr(text, "\r\n\r\n");
    }
    if (end != NULL) {
        size_t head = (size_t)(end - text) + 4;
        snprintf(request->head, sizeof request->head, "%.*s", (int)head, text);
        sscanf(request->head, "%*s %255s", request->path);
        size_t size = strtoul(hostile_header(request, "content-length"), NULL, 10);
        while (used < head + size && (got = read_more(connection, text, used, most)) > 0)
            used += got;
        snprintf(request->body, sizeof request->body, "%s", text + head);
    }
    free(text);
    return end != NULL;
}

static void keep(struct hostile *server, struct hostile_request *request)
{
    pthread_mutex_lock(&server->lock);
    if (server->count < HOSTILE_REQUESTS_MAX)
        server->requests[server->count++] = request;
    pthread_cond_broadcast(&server->came);
    pthread_mutex_unlock(&server->lock);
}

static void *serve(void *argument)
{
    struct connection *connection = argument;
    bool stays = true;
    while (stays) {
        struct hostile_request *request = calloc(1, sizeof *request);
        request->connection = connection->number;
        if (!read_request(connection, request)) {
            free(request);
            break;
        }
        char path[sizeof request->path];
        memcpy(path, request->path, sizeof path);
        keep(connection->server, request);
        stays = answer(connection, path);
    }
    close(connection->socket);
    free(connection);
    return NULL;
}

static void *listen_main(void *argument)
{
    struct hostile *server = argument;
    struct pollfd wait[] = {{.fd = server->stop[0], .events = POLLIN},
                            {.fd = server->listener, .events = POLLIN}};
    while (poll(wait, 2, -1) > 0 && wait[0].revents == 0) {
        int socket = accept(server->listener, NULL, NULL);
        if (socket < 0 || server->connections == CONNECTIONS_MAX)
            continue;
        struct connection *connection = calloc(1, sizeof *connection);
        *connection = (struct connection){server, socket, server->connections};
        pthread_create(&server->threads[server->connections++], NULL, serve, connection);
    }
    return NULL;
}

/* ---- life */

struct hostile *hostile_open(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    struct hostile *server = calloc(1, sizeof *server);
    assert_non_null(server);
    server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(server->listener, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(server->listener, SOMAXCONN), 0);
    assert_int_equal(getsockname(server->listener, (struct sockaddr *)&address, &size), 0);
    assert_int_equal(pipe(server->stop), 0);
    server->port = ntohs(address.sin_port);
    pthread_mutex_init(&server->lock, NULL);
    pthread_cond_init(&server->came, NULL);
    assert_int_equal(pthread_create(&server->thread, NULL, listen_main, server), 0);
    return server;
}

void hostile_close(struct hostile *server)
{
    assert_int_equal(write(server->stop[1], "x", 1), 1);
    pthread_join(server->thread, NULL);
    for (unsigned i = 0; i < server->connections; i++)
        pthread_join(server->threads[i], NULL);
    close(server->listener);
    close(server->stop[0]);
    close(server->stop[1]);
    for (size_t i = 0; i < server->count; i++)
        free(server->requests[i]);
    for (size_t i = 0; i < server->answer_count; i++)
        free(server->answers[i].bytes);
    pthread_cond_destroy(&server->came);
    pthread_mutex_destroy(&server->lock);
    free(server);
}

uint16_t hostile_port(const struct hostile *server)
{
    return server->port;
}

void hostile_answer(struct hostile *server, const char *path, const char *bytes)
{
    pthread_mutex_lock(&server->lock);
    assert_true(server->answer_count < ANSWERS_MAX);
    snprintf(server->answers[server->answer_count].path, 64, "%s", path);
    server->answers[server->answer_count++].bytes = strdup(bytes);
    pthread_mutex_unlock(&server->lock);
}

bool hostile_wait(struct hostile *server, size_t count)
{
    struct timespec until;
    int code = 0;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 20;
    pthread_mutex_lock(&server->lock);
    while (server->count < count && code == 0)
        code = pthread_cond_timedwait(&server->came, &server->lock, &until);
    pthread_mutex_unlock(&server->lock);
    return code == 0;
}

size_t hostile_count(struct hostile *server)
{
    pthread_mutex_lock(&server->lock);
    size_t count = server->count;
    pthread_mutex_unlock(&server->lock);
    return count;
}

const struct hostile_request *hostile_request(struct hostile *server, size_t index)
{
    pthread_mutex_lock(&server->lock);
    assert_true(index < server->count);
    const struct hostile_request *request = server->requests[index];
    pthread_mutex_unlock(&server->lock);
    return request;
}
