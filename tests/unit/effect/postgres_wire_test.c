/* A database that is not there, or that says nothing: nobody waits for it longer than allowed, and
 * one that may not be reached hears nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "effect/http.h"
#include "effect/postgres_wire.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Takes connections, and never says a word. */
static int listen_silently(char port[static 8])
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(fd, 4), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    (void)snprintf(port, 8, "%u", ntohs(address.sin_port));
    return fd;
}

static int connect_to(struct postgres_wire *wire, const char *port, struct error *err)
{
    const char *const keys[] = {"host", "port", "user", "password", "sslmode", NULL};
    const char *const values[] = {"127.0.0.1", port, "loader", "s3cret", "disable", NULL};
    return postgres_wire_connect(wire, keys, values, err);
}

static void a_silent_one_is_not_waited_for(void **state)
{
    struct postgres_wire wire = {.timeout_us = 200000, .private_network = true};
    struct error err = {0};
    char port[8];
    (void)state;
    int server = listen_silently(port);
    int64_t before_us = http_clock_us();
    assert_int_equal(connect_to(&wire, port, &err), ML_EIO);
    assert_string_equal(err.message, "PostgreSQL: no answer in time");
    assert_null(wire.connection);
    assert_true(http_clock_us() - before_us >= 200000);
    assert_true(http_clock_us() - before_us < 10000000);
    close(server);
}

static void one_in_a_private_network_hears_nothing(void **state)
{
    struct postgres_wire wire = {.timeout_us = 5000000};
    struct error err = {0};
    char port[8], heard;
    (void)state;
    int server = listen_silently(port);
    assert_int_equal(connect_to(&wire, port, &err), ML_EIO);
    assert_non_null(strstr(err.message, "leads to this machine (loopback)"));
    assert_non_null(strstr(err.message, "private_network: true"));
    int client = accept(server, NULL, NULL);
    assert_true(client >= 0);
    assert_int_equal(read(client, &heard, 1), 0);
    close(client);
    close(server);
}

static void one_that_is_not_there_is_told_at_once(void **state)
{
    struct postgres_wire wire = {.timeout_us = 5000000, .private_network = true};
    struct error err = {0};
    char port[8];
    (void)state;
    close(listen_silently(port));
    assert_int_equal(connect_to(&wire, port, &err), ML_EIO);
    assert_non_null(strstr(err.message, "refused"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_silent_one_is_not_waited_for),
        cmocka_unit_test(one_in_a_private_network_hears_nothing),
        cmocka_unit_test(one_that_is_not_there_is_told_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
