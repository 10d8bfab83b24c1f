/* The other side of the effects benchmark: takes whatever is posted and says so, as cheaply as one
 * thread can. Prints its address and serves until it is ended.
 *
 *   /ok…      204, counted        /enrich   what a provider knows, counted
 *   /hole…    no answer, ever     /count    how many were answered, as text */
#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CONNECTIONS_MAX = 4096, BUFFER = 64 * 1024, EVENTS = 256 };

struct connection {
    size_t used;
    char data[BUFFER];
};

static struct connection *connections[CONNECTIONS_MAX];
static uint64_t answered;

static int listen_on_any_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, size) != 0 ||
        listen(listener, SOMAXCONN) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &size) != 0)
        panic("cannot listen: %s", strerror(errno));
    printf("http://127.0.0.1:%u\n", (unsigned)ntohs(address.sin_port));
    fflush(stdout);
    return listener;
}

static void reply(int socket, const char *text, size_t size)
{
    if (write(socket, text, size) != (ssize_t)size)
        shutdown(socket, SHUT_RDWR);
}

static void answer(int socket, const char *path)
{
    static const char ok[] = "HTTP/1.1 204 No Content\r\n\r\n";
    static const char known[] = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                                "Content-Length: 42\r\n\r\n"
                                "{\"employees\": 250, \"industry\": \"software\"}";
    if (strncmp(path, "/hole", 5) == 0)
        return;
    if (strncmp(path, "/count", 6) == 0) {
        char count[24], text[128];
        snprintf(count, sizeof count, "%llu\n", (unsigned long long)answered);
        int size = snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s",
                            strlen(count), count);
        reply(socket, text, (size_t)size);
        return;
    }
    answered++;
    if (strncmp(path, "/enrich", 7) == 0)
        reply(socket, known, sizeof known - 1);
    else
        reply(socket, ok, sizeof ok - 1);
}

/* The size of the request at the beginning of the buffer, or 0: it is not whole yet. */
static size_t request_size(char *data, size_t used)
{
    char *end = memmem(data, used, "\r\n\r\n", 4);
    if (end == NULL)
        return 0;
    *end = '\0';
    const char *length = strcasestr(data, "\r\nContent-Length:");
    *end = '\r';
    size_t size = (size_t)(end - data) + 4;
    if (length != NULL)
        size += strtoul(length + strlen("\r\nContent-Length:"), NULL, 10);
    return size <= used ? size : 0;
}

static void serve(int socket, struct connection *connection)
{
    ssize_t got = read(socket, connection->data + connection->used, BUFFER - connection->used);
    if (got <= 0) {
        if (got == 0 || errno != EAGAIN) {
            close(socket);
            free(connections[socket]);
            connections[socket] = NULL;
        }
        return;
    }
    connection->used += (size_t)got;
    for (size_t size; (size = request_size(connection->data, connection->used)) > 0;) {
        const char *path = memchr(connection->data, ' ', size);
        answer(socket, path != NULL ? path + 1 : "");
        connection->used -= size;
        memmove(connection->data, connection->data + size, connection->used);
    }
}

static void take_connections(int listener, int events)
{
    int on = 1, socket;
    while ((socket = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0) {
        struct epoll_event event = {.events = EPOLLIN, .data.fd = socket};
        if (socket >= CONNECTIONS_MAX ||
            (connections[socket] = malloc(sizeof **connections)) == NULL) {
            close(socket);
            continue;
        }
        connections[socket]->used = 0;
        setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        epoll_ctl(events, EPOLL_CTL_ADD, socket, &event);
    }
}

int main(void)
{
    int listener = listen_on_any_port(), events = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
    if (events < 0 || epoll_ctl(events, EPOLL_CTL_ADD, listener, &event) != 0)
        panic("no epoll: %s", strerror(errno));
    for (;;) {
        struct epoll_event ready[EVENTS];
        int count = epoll_wait(events, ready, EVENTS, -1);
        for (int i = 0; i < count; i++) {
            int socket = ready[i].data.fd;
            if (socket == listener)
                take_connections(listener, events);
            else if (connections[socket] != NULL)
                serve(socket, connections[socket]);
        }
    }
}
