/* libpq with an end: nothing here waits longer than the destination allows, whatever the other side
 * does, and nothing is said to an address that may not be reached. For the one thread that owns the
 * connection. */
#ifndef ML_EFFECT_POSTGRES_WIRE_H
#define ML_EFFECT_POSTGRES_WIRE_H

#include "base/error.h"

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

struct postgres_wire {
    PGconn *connection;   /* NULL: none */
    int64_t timeout_us;   /* of each step: connecting, a result, the rows of a COPY */
    bool private_network; /* may be reached */
    int64_t deadline_us;  /* of the step under way, by http_clock_us */
    bool is_late;         /* it was not answered in time: the connection is of no use any more */
};

/* As PQconnectdbParams, keys and values NULL-terminated. ML_EIO: there is no connection then. */
int postgres_wire_connect(struct postgres_wire *wire, const char *const *keys,
                          const char *const *values, struct error *err);
/* Takes none. */
void postgres_wire_disconnect(struct postgres_wire *wire);
/* As PQexec: the last result, the caller's, or the one that asks for a COPY's rows. NULL: none
 * came, which postgres_wire_problem explains. */
PGresult *postgres_wire_run(struct postgres_wire *wire, const char *sql);
/* The same for a command that is under way. NULL: there are no more, or none came. */
PGresult *postgres_wire_next(struct postgres_wire *wire);
/* A command whose results are asked for one by one, by row. */
bool postgres_wire_send(struct postgres_wire *wire, const char *sql);
/* The rows of a COPY, all of them, and its end; `refusal`: instead, why it is to be given up. The
 * result is next. */
bool postgres_wire_copy(struct postgres_wire *wire, const char *rows, size_t size,
                        const char *refusal);
/* One line; lives until the next call. */
const char *postgres_wire_problem(const struct postgres_wire *wire);

#endif
