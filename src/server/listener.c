/* One thread accepts connections and hands them to the workers in turn, so that each gets its
 * share; and four times a second it does what is due: deadlines, tokens, signs of life. */
#include "server/internal.h"

#include "base/id.h"
#include "base/json.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TICK_MS = 250, BACKLOG = 1024, HOST_SIZE = 256 };

/* ---- the address */

static int refuse_address(const char *address, struct error *err)
{
    return error_set(err, ML_EINVAL, address,
                     "the address to listen on must be HOST:PORT, such as 127.0.0.1:8080 or "
                     "[::1]:8080");
}

/* "[::1]:8080" → "::1", "8080". */
static int split_address(const char *address, char host[static HOST_SIZE], const char **ret_port,
                         struct error *err)
{
    const char *colon = strrchr(address, ':');
    if (colon == NULL || colon == address)
        return refuse_address(address, err);
    struct bytes name = {address, (size_t)(colon - address)};
    if (name.data[0] == '[' && name.data[name.size - 1] == ']')
        name = (struct bytes){name.data + 1, name.size - 2};
    else if (memchr(name.data, ':', name.size) != NULL)
        return refuse_address(address, err);
    uint64_t port;
    if (name.size == 0 || name.size >= HOST_SIZE || !number_parse(bytes_of(colon + 1), &port) ||
        port > 65535)
        return refuse_address(address, err);
    memcpy(host, name.data, name.size);
    host[name.size] = '\0';
    *ret_port = colon + 1;
    return 0;
}

static bool is_loopback(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET)
        return ntohl(((const struct sockaddr_in *)address)->sin_addr.s_addr) >> 24 == 127;
    return address->sa_family == AF_INET6 &&
           IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)address)->sin6_addr);
}

static int refuse_bind(const char *address, int reason, struct error *err)
{
    if (reason == EADDRINUSE)
        return error_set(err, ML_EBUSY, address,
                         "another process listens on this port; stop it or choose another with "
                         "--listen");
    if (reason == EACCES)
        return error_set(err, ML_EDENIED, address,
                         "this port is reserved for the system; choose one from 1024 on");
    return error_set(err, ML_EINVAL, address, "cannot listen here: %s", strerror(reason));
}

static uint16_t port_of(int fd)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } address = {.v6 = {0}};
    socklen_t size = sizeof address;
    getsockname(fd, &address.any, &size);
    return ntohs(address.any.sa_family == AF_INET6 ? address.v6.sin6_port : address.v4.sin_port);
}

static int bind_to(struct server *server, const struct addrinfo *info, const char *address,
                   struct error *err)
{
    int yes = 1;
    int fd = socket(info->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return refuse_bind(address, errno, err);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(fd, info->ai_addr, info->ai_addrlen) != 0 || listen(fd, BACKLOG) != 0) {
        int reason = errno;
        close(fd);
        return refuse_bind(address, reason, err);
    }
    server->port = port_of(fd);
    server->listen_fd = fd;
    return 0;
}

int listener_open(struct server *server, const char *address, struct error *err)
{
    char host[HOST_SIZE];
    const char *port = NULL;
    int code = split_address(address, host, &port, err);
    if (code != 0)
        return code;
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
    struct addrinfo *info;
    int reason = getaddrinfo(host, port, &hints, &info);
    if (reason != 0)
        return error_set(err, ML_EINVAL, address, "\"%s\" is not a known address: %s", host,
                         gai_strerror(reason));
    server->loopback = is_loopback(info->ai_addr);
    if (!server->loopback && tokens_active(server->access.tokens) == 0)
        code =
            error_set(err, ML_EDENIED, address,
                      "this address can be reached from other machines, and there are no tokens: "
                      "make one with `meshline token add NAME --role admin`, or listen on "
                      "127.0.0.1");
    else
        code = bind_to(server, info, address, err);
    freeaddrinfo(info);
    return code;
}

/* ---- accepting */

static const char too_many[] =
    "HTTP/1.1 503 Service Unavailable\r\n"
    "Connection: close\r\n"
    "Retry-After: 1\r\n"
    "Content-Type: application/problem+json\r\n"
    "Content-Length: 122\r\n\r\n"
    "{\"type\":\"/problems/busy\",\"title\":\"Too much at once\",\"status\":503,"
    "\"detail\":\"too many connections are open; try again soon\"}";

static bool is_full(struct server *server)
{
    pthread_mutex_lock(&server->peers.lock);
    bool full = server->peers.count >= server->limits.connections;
    pthread_mutex_unlock(&server->peers.lock);
    return full;
}

static void turn_away(struct server *server, int fd)
{
    counters_add(&server->counters.turned_away, 1);
    (void)!send(fd, too_many, sizeof too_many - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
    shutdown(fd, SHUT_RDWR);
    close(fd);
}

/* False: there are no more for now. */
static bool accept_one(struct server *server)
{
    struct sockaddr_storage address;
    socklen_t size = sizeof address;
    int fd = accept4(server->listen_fd, (struct sockaddr *)&address, &size,
                     SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS))
        poll(NULL, 0, TICK_MS); /* the connection stays where it is until somebody else's ends */
    if (fd < 0)
        return errno == ECONNABORTED || errno == EINTR;
    if (is_full(server)) {
        turn_away(server, fd);
        return true;
    }
    uint64_t turn =
        atomic_fetch_add_explicit(&server->counters.connections, 1, memory_order_relaxed);
    /* On failure the daemon closes the socket itself. */
    MHD_add_connection(server->workers[turn % server->worker_count], fd,
                       (struct sockaddr *)&address, size);
    return true;
}

/* ---- the thread */

static void do_what_is_due(struct server *server)
{
    int64_t now_ms = peer_clock_ms();
    peers_sweep(&server->peers, now_ms);
    access_refresh(server);
    streams_beat(server, now_ms);
}

static void stop_accepting(struct server *server)
{
    if (server->listen_fd >= 0)
        close(server->listen_fd);
    server->listen_fd = -1;
}

static void wait_and_accept(struct server *server)
{
    /* A negative descriptor is left out by poll. */
    struct pollfd polled[] = {{.fd = server->wake_fd, .events = POLLIN},
                              {.fd = server->listen_fd, .events = POLLIN}};
    if (poll(polled, 2, TICK_MS) <= 0)
        return;
    uint64_t signals;
    if (polled[0].revents != 0)
        (void)!read(server->wake_fd, &signals, sizeof signals);
    if (polled[1].revents != 0)
        for (int i = 0; i < BACKLOG && accept_one(server); i++)
            ;
}

static void *run_listener(void *context)
{
    struct server *server = context;
    int64_t due_ms = 0;
    int state;
    while ((state = atomic_load(&server->listening)) != LISTENING_OVER) {
        if (state == LISTENING_ENDED)
            stop_accepting(server);
        wait_and_accept(server);
        if (peer_clock_ms() < due_ms)
            continue;
        do_what_is_due(server);
        due_ms = peer_clock_ms() + TICK_MS;
    }
    stop_accepting(server);
    json_thread_release(); /* of reading tokens */
    return NULL;
}

int listener_start(struct server *server, struct error *err)
{
    server->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (server->wake_fd < 0 || pthread_create(&server->listener, NULL, run_listener, server) != 0)
        return error_set(err, ML_EBUSY, "", "the system refuses another thread");
    server->listener_started = true;
    return 0;
}

static void move_to(struct server *server, enum listening state)
{
    uint64_t one = 1;
    atomic_store(&server->listening, state);
    (void)!write(server->wake_fd, &one, sizeof one);
}

void listener_end(struct server *server)
{
    move_to(server, LISTENING_ENDED);
}

void listener_stop(struct server *server)
{
    if (server->listener_started) {
        move_to(server, LISTENING_OVER);
        pthread_join(server->listener, NULL);
    }
    stop_accepting(server);
    if (server->wake_fd >= 0)
        close(server->wake_fd);
    server->wake_fd = -1;
}
