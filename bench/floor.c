/* The floor under the intake benchmark: libmicrohttpd as the product sets it up, doing nothing. It
 * reads each body and answers 202 at once: no JSON, no rules, no disk. Prints its address and
 * serves until it is ended. */
#include "base/error.h"

#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum { WORKERS = 2, CONNECTIONS = 4096, MEMORY = 32 * 1024 };

/* Reads the body away; its content would cost what the floor is to show without. */
static enum MHD_Result answer(void *context, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_size, void **state)
{
    static char begun;
    static char body[] = "{\"status\":\"accepted\"}";
    (void)context, (void)url, (void)method, (void)version, (void)upload;
    if (*state == NULL) {
        *state = &begun;
        return MHD_YES;
    }
    if (*upload_size > 0) {
        *upload_size = 0;
        return MHD_YES;
    }
    struct MHD_Response *response =
        MHD_create_response_from_buffer(strlen(body), body, MHD_RESPMEM_PERSISTENT);
    MHD_add_response_header(response, "Content-Type", "application/json");
    enum MHD_Result result = MHD_queue_response(connection, MHD_HTTP_ACCEPTED, response);
    MHD_destroy_response(response);
    return result;
}

static int listen_on_any_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, size) != 0 ||
        listen(listener, SOMAXCONN) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &size) != 0)
        panic("cannot listen: %s", strerror(errno));
    printf("http://127.0.0.1:%u\n", (unsigned)ntohs(address.sin_port));
    fflush(stdout);
    return listener;
}

static struct MHD_Daemon *start_worker(void)
{
    struct MHD_Daemon *worker = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_NO_LISTEN_SOCKET |
            MHD_USE_ITC | MHD_USE_TURBO,
        0, NULL, NULL, answer, NULL, MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MEMORY, MHD_OPTION_END);
    if (worker == NULL)
        panic("libmicrohttpd does not start");
    return worker;
}

int main(void)
{
    struct MHD_Daemon *workers[WORKERS];
    int listener = listen_on_any_port();
    for (int i = 0; i < WORKERS; i++)
        workers[i] = start_worker();
    for (unsigned turn = 0;; turn++) {
        struct sockaddr_in address;
        socklen_t size = sizeof address;
        int connection =
            accept4(listener, (struct sockaddr *)&address, &size, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (connection >= 0)
            MHD_add_connection(workers[turn % WORKERS], connection, (struct sockaddr *)&address,
                               size);
    }
}
