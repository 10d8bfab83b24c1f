/* Waiting for a database: by poll, with a deadline. */
#include "effect/postgres_wire.h"

#include "effect/guard.h"
#include "effect/http.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <sys/socket.h>

/* ---- waiting */

static void begin_step(struct postgres_wire *wire)
{
    wire->deadline_us = http_clock_us() + wire->timeout_us;
}

/* Until it can be read or, with `write`, written. False: not in time, or never. */
static bool await(struct postgres_wire *wire, bool read, bool write)
{
    struct pollfd socket = {.fd = PQsocket(wire->connection),
                            .events = (short)((read ? POLLIN : 0) | (write ? POLLOUT : 0))};
    int ready = 0;
    do {
        int64_t left_us = wire->deadline_us - http_clock_us();
        int64_t left_ms = left_us > 0 ? (left_us + 999) / 1000 : 0;
        ready = poll(&socket, 1, left_ms < INT_MAX ? (int)left_ms : INT_MAX);
    } while (ready < 0 && errno == EINTR);
    wire->is_late |= ready == 0;
    return ready > 0;
}

const char *postgres_wire_problem(const struct postgres_wire *wire)
{
    return wire->is_late ? "no answer in time" : PQerrorMessage(wire->connection);
}

/* ---- connecting */

/* The address that the name has led to, before anything is said there. NULL: it may be reached, or
 * there is none yet. */
static const char *look_at_peer(const struct postgres_wire *wire)
{
    struct sockaddr_storage address;
    socklen_t size = sizeof address;
    int fd = PQsocket(wire->connection);
    if (wire->private_network || fd < 0 || getpeername(fd, (struct sockaddr *)&address, &size) < 0)
        return NULL;
    return guard_look((const struct sockaddr *)&address);
}

static int refuse(struct postgres_wire *wire, const char *peer, struct error *err)
{
    const char *problem = postgres_wire_problem(wire);
    int code =
        peer != NULL
            ? error_set(err, ML_EIO, "",
                        "PostgreSQL: the connection leads to %s, which is not reached from "
                        "here; if that is meant, set `private_network: true` for this "
                        "destination",
                        peer)
            : error_set(err, ML_EIO, "", "PostgreSQL: %.*s", (int)strcspn(problem, "\n"), problem);
    postgres_wire_disconnect(wire);
    return code;
}

int postgres_wire_connect(struct postgres_wire *wire, const char *const *keys,
                          const char *const *values, struct error *err)
{
    wire->is_late = false;
    begin_step(wire);
    wire->connection = PQconnectStartParams(keys, values, 1);
    if (wire->connection == NULL)
        panic("out of memory (a connection to PostgreSQL)");
    PostgresPollingStatusType next = PGRES_POLLING_WRITING;
    if (PQstatus(wire->connection) == CONNECTION_BAD)
        next = PGRES_POLLING_FAILED;
    while (next != PGRES_POLLING_OK) {
        const char *peer = NULL;
        if (next == PGRES_POLLING_FAILED ||
            !await(wire, next == PGRES_POLLING_READING, next == PGRES_POLLING_WRITING) ||
            (peer = look_at_peer(wire)) != NULL)
            return refuse(wire, peer, err);
        next = PQconnectPoll(wire->connection);
    }
    if (PQsetnonblocking(wire->connection, 1) != 0)
        return refuse(wire, NULL, err);
    return 0;
}

void postgres_wire_disconnect(struct postgres_wire *wire)
{
    PQfinish(wire->connection);
    wire->connection = NULL;
}

/* ---- commands */

/* What is to be sent has been sent; what comes meanwhile is taken, lest both sides wait. */
static bool flush(struct postgres_wire *wire)
{
    int left;
    while ((left = PQflush(wire->connection)) > 0)
        if (!await(wire, true, true) || PQconsumeInput(wire->connection) != 1)
            return false;
    return left == 0;
}

PGresult *postgres_wire_next(struct postgres_wire *wire)
{
    begin_step(wire);
    if (!flush(wire))
        return NULL;
    while (PQisBusy(wire->connection) == 1)
        if (!await(wire, true, false) || PQconsumeInput(wire->connection) != 1)
            return NULL;
    return PQgetResult(wire->connection);
}

PGresult *postgres_wire_run(struct postgres_wire *wire, const char *sql)
{
    PGresult *last = NULL, *result;
    if (PQsendQuery(wire->connection, sql) != 1)
        return NULL;
    while ((result = postgres_wire_next(wire)) != NULL) {
        PQclear(last);
        last = result;
        if (PQresultStatus(result) == PGRES_COPY_IN)
            return last;
    }
    if (!wire->is_late)
        return last;
    PQclear(last);
    return NULL;
}

bool postgres_wire_send(struct postgres_wire *wire, const char *sql)
{
    return PQsendQuery(wire->connection, sql) == 1 && PQsetSingleRowMode(wire->connection) == 1;
}

/* Tries until libpq has room. */
static bool put(struct postgres_wire *wire, const char *rows, size_t size)
{
    int taken;
    while ((taken = PQputCopyData(wire->connection, rows, (int)size)) == 0)
        if (!await(wire, true, true) || PQconsumeInput(wire->connection) != 1)
            return false;
    return taken == 1;
}

bool postgres_wire_copy(struct postgres_wire *wire, const char *rows, size_t size,
                        const char *refusal)
{
    int ended;
    begin_step(wire);
    bool sent = refusal != NULL || size == 0 || put(wire, rows, size);
    if (!sent && wire->is_late)
        return false;
    while ((ended = PQputCopyEnd(wire->connection, refusal)) == 0)
        if (!await(wire, true, true) || PQconsumeInput(wire->connection) != 1)
            return false;
    return sent && ended == 1;
}
