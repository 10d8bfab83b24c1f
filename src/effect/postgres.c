/* postgres: a warehouse. A batch is copied into temporary tables by COPY and merged from there in
 * one transaction: an event that is there already stays as it is, a lead's row is replaced by a
 * newer one only. So a batch that is sent twice, because nobody heard of its commit, changes
 * nothing. The tables are made and kept up to date here (postgres.sql).
 *
 * options: connection (a libpq connection string without a password, or all of it as a secret),
 * password (secret), schema. */
#include "base/time.h"
#include "effect/kind.h"
#include "effect/options.h"
#include "effect/postgres_sql.h"
#include "effect/postgres_wire.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a database may need beyond the time that it gives up by itself. */
#define ANSWER_US TIME_US_PER_SECOND

struct postgres {
    char *connection_text, *password, *schema;
    char *schema_quoted; /* PQfreemem */
    struct postgres_wire wire;
};

/* ---- mistakes */

/* What the data itself is to blame for: trying again would not help. Everything else is how the
 * database is now. */
static bool is_of_data(const PGresult *result)
{
    const char *state = result != NULL ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
    return state != NULL && (strncmp(state, "22", 2) == 0 || strncmp(state, "23", 2) == 0);
}

static int refuse(struct postgres *state, PGresult *result, struct error *err)
{
    const char *message =
        result != NULL ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL;
    if (message == NULL)
        message = postgres_wire_problem(&state->wire);
    int code = error_set(err, is_of_data(result) ? ML_EINVAL : ML_EIO, "", "PostgreSQL: %.*s",
                         (int)strcspn(message, "\n"), message);
    PQclear(result);
    return code;
}

static int run(struct postgres *state, const char *sql, struct error *err)
{
    PGresult *result = postgres_wire_run(&state->wire, sql);
    ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_COPY_IN)
        return refuse(state, result, err);
    PQclear(result);
    return 0;
}

/* ---- connection and tables */

static void disconnect(struct postgres *state)
{
    PQfreemem(state->schema_quoted);
    state->schema_quoted = NULL;
    postgres_wire_disconnect(&state->wire);
}

/* The number of the newest step that was run; 0: none. */
static int find_step(struct postgres *state, int *ret, struct error *err)
{
    PGresult *result = postgres_wire_run(&state->wire, "SELECT max(step) FROM meshline_steps");
    if (PQresultStatus(result) != PGRES_TUPLES_OK)
        return refuse(state, result, err);
    *ret = (int)strtol(PQgetvalue(result, 0, 0), NULL, 10);
    PQclear(result);
    return 0;
}

static int run_steps(struct postgres *state, struct error *err)
{
    int newest = 0;
    int code = find_step(state, &newest, err);
    for (int step = newest + 1; code == 0 && step <= postgres_step_count; step++) {
        char note[80];
        snprintf(note, sizeof note, "INSERT INTO meshline_steps (step) VALUES (%d)", step);
        code = run(state, postgres_steps[step - 1], err);
        if (code == 0)
            code = run(state, note, err);
    }
    return code;
}

/* Under a lock, so that two servers which begin at once do not both do it. */
static int migrate(struct postgres *state, struct error *err)
{
    char sql[1024];
    snprintf(sql, sizeof sql,
             "BEGIN; SELECT pg_advisory_xact_lock(7310293451);"
             "CREATE SCHEMA IF NOT EXISTS %s; SET search_path = %s;"
             "CREATE TABLE IF NOT EXISTS meshline_steps (step integer PRIMARY KEY,"
             " run_at timestamptz NOT NULL DEFAULT now())",
             state->schema_quoted, state->schema_quoted);
    int code = run(state, sql, err);
    if (code == 0)
        code = run_steps(state, err);
    if (code == 0)
        code = run(state, "COMMIT", err);
    return code;
}

static int make_scratch(struct postgres *state, struct error *err)
{
    return run(state,
               "CREATE TEMPORARY TABLE new_events (LIKE events INCLUDING DEFAULTS)"
               " ON COMMIT DELETE ROWS;"
               "CREATE TEMPORARY TABLE new_leads (LIKE leads INCLUDING DEFAULTS)"
               " ON COMMIT DELETE ROWS",
               err);
}

static bool is_connected(const struct postgres *state)
{
    return state->wire.connection != NULL && !state->wire.is_late &&
           PQstatus(state->wire.connection) == CONNECTION_OK;
}

static int connect_to(struct postgres *state, int64_t timeout_us, struct error *err)
{
    if (is_connected(state))
        return 0;
    disconnect(state);
    char seconds[24], milliseconds[24], options[64];
    snprintf(seconds, sizeof seconds, "%" PRId64, timeout_us / 1000000 + 1);
    snprintf(milliseconds, sizeof milliseconds, "%" PRId64, timeout_us / 1000);
    snprintf(options, sizeof options, "-c statement_timeout=%s -c client_min_messages=warning",
             milliseconds);
    const char *const keys[] = {"dbname",           "password",         "connect_timeout",
                                "options",          "application_name", "client_encoding",
                                "tcp_user_timeout", "keepalives_idle",  NULL};
    const char *const values[] = {
        state->connection_text, state->password, seconds, options, "meshline", "UTF8",
        milliseconds,           seconds,         NULL};
    state->wire.timeout_us = timeout_us + ANSWER_US;
    int code = postgres_wire_connect(&state->wire, keys, values, err);
    if (code < 0)
        return code;
    state->schema_quoted =
        PQescapeIdentifier(state->wire.connection, state->schema, strlen(state->schema));
    code = migrate(state, err);
    if (code == 0)
        code = make_scratch(state, err);
    if (code < 0)
        disconnect(state);
    return code;
}

/* ---- rows, in the text form of COPY */

/* Behind a tab unless it is the first of its row. */
static void add_text(struct buffer *rows, bool first, struct bytes text)
{
    if (!first)
        buffer_append_char(rows, '\t');
    for (size_t i = 0; i < text.size; i++) {
        const char *escape = NULL;
        switch (text.data[i]) {
        case '\\': escape = "\\\\"; break;
        case '\t': escape = "\\t"; break;
        case '\n': escape = "\\n"; break;
        case '\r': escape = "\\r"; break;
        default: break;
        }
        if (escape != NULL)
            buffer_append(rows, escape, 2);
        else
            buffer_append_char(rows, text.data[i]);
    }
}

static void add_text_if(struct buffer *rows, struct bytes text)
{
    if (text.size > 0)
        add_text(rows, false, text);
    else
        buffer_append(rows, "\t\\N", 3);
}

static void add_number(struct buffer *rows, int64_t number)
{
    buffer_printf(rows, "\t%" PRId64, number);
}

static void add_time(struct buffer *rows, int64_t time_us)
{
    char text[TIME_TEXT_SIZE] = "";
    if (time_us != 0)
        time_print(time_us, text);
    add_text_if(rows, bytes_of(text));
}

static void add_event(struct buffer *rows, const struct effect_message *message)
{
    char lead[LEAD_ID_TEXT_SIZE] = "";
    if (message->lead != 0)
        lead_id_print(message->lead, lead);
    add_text(rows, true, bytes_of(message->id));
    add_number(rows, (int64_t)message->seq);
    add_text(rows, false, bytes_of(core_event_type_name(message->type)));
    add_time(rows, message->time_us);
    add_text_if(rows, message->subject);
    add_text_if(rows, bytes_of(lead));
    add_text(rows, false, message->data);
    buffer_append_char(rows, '\n');
}

static void add_lead(struct buffer *rows, const struct effect_message *message)
{
    if (message->lead == 0)
        return;
    char id[LEAD_ID_TEXT_SIZE];
    lead_id_print(message->lead, id);
    add_text(rows, true, bytes_of(id));
    add_number(rows, (int64_t)message->seq);
    add_text(rows, false, message->state);
    add_text_if(rows, message->place);
    add_text_if(rows, message->class_name);
    add_number(rows, message->score);
    add_text_if(rows, message->route);
    add_text_if(rows, message->pool);
    add_text_if(rows, message->source);
    add_text_if(rows, message->rep);
    add_time(rows, message->captured_us);
    add_time(rows, message->assigned_us);
    add_time(rows, message->contacted_us);
    add_text(rows, false, message->attributes.size > 0 ? message->attributes : BYTES_LITERAL("{}"));
    buffer_append_char(rows, '\n');
}

static int copy_rows(struct postgres *state, const char *sql, struct effect_attempt *attempts,
                     size_t count,
                     void (*add)(struct buffer *rows, const struct effect_message *message),
                     struct error *err)
{
    int code = run(state, sql, err);
    if (code < 0)
        return code;
    struct buffer rows;
    buffer_init(&rows, EFFECT_BATCH_MAX * (size_t)EFFECT_BODY_MAX);
    for (size_t i = 0; i < count; i++)
        add(&rows, attempts[i].messages[0]);
    bool fits = !rows.overflow && rows.size <= INT_MAX;
    bool sent = postgres_wire_copy(&state->wire, rows.data, rows.size,
                                   fits ? NULL : "the batch is too large");
    buffer_release(&rows);
    PGresult *result = sent ? postgres_wire_next(&state->wire) : NULL;
    if (!sent || PQresultStatus(result) != PGRES_COMMAND_OK)
        code = refuse(state, result, err);
    else
        PQclear(result);
    while (is_connected(state) && (result = postgres_wire_next(&state->wire)) != NULL)
        PQclear(result);
    return code;
}

static int merge(struct postgres *state, struct effect_attempt *attempts, size_t count,
                 struct error *err)
{
    int code = run(state, "BEGIN", err);
    if (code == 0)
        code = copy_rows(state,
                         "COPY new_events (delivery, seq, type, time, subject, lead, data)"
                         " FROM STDIN",
                         attempts, count, add_event, err);
    if (code == 0)
        code = copy_rows(state,
                         "COPY new_leads (id, seq, state, place, class, score, route, pool,"
                         " source, owner, captured_at, assigned_at, contacted_at, attributes)"
                         " FROM STDIN",
                         attempts, count, add_lead, err);
    if (code == 0)
        code = run(state,
                   "INSERT INTO events SELECT * FROM new_events ORDER BY delivery"
                   " ON CONFLICT (delivery) DO NOTHING;"
                   "INSERT INTO leads SELECT DISTINCT ON (id) * FROM new_leads"
                   " ORDER BY id, seq DESC"
                   " ON CONFLICT (id) DO UPDATE SET seq = excluded.seq, state = excluded.state,"
                   " place = excluded.place, class = excluded.class, score = excluded.score,"
                   " route = excluded.route, pool = excluded.pool, source = excluded.source,"
                   " owner = excluded.owner, captured_at = excluded.captured_at,"
                   " assigned_at = excluded.assigned_at, contacted_at = excluded.contacted_at,"
                   " attributes = excluded.attributes, updated_at = excluded.updated_at"
                   " WHERE leads.seq < excluded.seq",
                   err);
    if (code == 0)
        return run(state, "COMMIT", err);
    if (is_connected(state))
        run(state, "ROLLBACK", NULL);
    return code;
}

/* ---- the kind */

static void settle(struct effect_attempt *attempt, int code, const struct error *err,
                   struct core_receipt *ret)
{
    ret->outcome = code == 0           ? CORE_OUTCOME_OK
                   : code == ML_EINVAL ? CORE_OUTCOME_PERMANENT
                                       : CORE_OUTCOME_TRANSIENT;
    if (code != 0)
        ret->reason = arena_copy(attempt->arena, bytes_of(err->message));
}

static void list_events(struct postgres *state, struct effect_attempt *attempt,
                        struct core_receipt *ret)
{
    struct error err = {0};
    int code = 0;
    if (!postgres_wire_send(&state->wire, "SELECT delivery FROM events"))
        code = refuse(state, NULL, &err);
    PGresult *result;
    while (code == 0 && (result = postgres_wire_next(&state->wire)) != NULL) {
        ExecStatusType status = PQresultStatus(result);
        if (status == PGRES_SINGLE_TUPLE)
            attempt->found(attempt->context, bytes_of(PQgetvalue(result, 0, 0)), (struct bytes){0});
        else if (status != PGRES_TUPLES_OK) {
            code = refuse(state, result, &err);
            break;
        }
        PQclear(result);
    }
    if (code == 0 && !is_connected(state))
        code = refuse(state, NULL, &err);
    if (code != 0)
        disconnect(state); /* rows may be under way that nobody wants */
    settle(attempt, code, &err, ret);
}

/* One row that the database refuses must not hold up the others: they are sent one by one. */
static void postgres_carry(void *memory, const struct effect_place *place,
                           struct effect_attempt *attempts, size_t count, struct core_receipt *rets)
{
    struct postgres *state = memory;
    struct error err = {0};
    int code = connect_to(state, place->declared->timeout_us, &err);
    if (code == 0 && attempts[0].task == EFFECT_LIST) {
        list_events(state, &attempts[0], &rets[0]);
        return;
    }
    if (code == 0)
        code = merge(state, attempts, count, &err);
    bool one_by_one = code == ML_EINVAL && count > 1;
    for (size_t i = 0; i < count; i++) {
        if (one_by_one && (code == 0 || code == ML_EINVAL)) { /* else it is the database */
            err = (struct error){0};
            code = connect_to(state, place->declared->timeout_us, &err);
            if (code == 0)
                code = merge(state, &attempts[i], 1, &err);
        }
        settle(&attempts[i], code, &err, &rets[i]);
    }
}

static void postgres_close(void *memory)
{
    struct postgres *state = memory;
    disconnect(state);
    effect_secret_free(state->connection_text);
    free(state->schema);
    effect_secret_free(state->password);
    free(state);
}

/* An option that is a text or a secret; to be freed like a secret. NULL when there is none. */
static int read_text(const struct effect_place *place, const char *key, char **ret,
                     struct error *err)
{
    struct json_object *option = options_member(place->options, key);
    if (json_object_is_type(option, json_type_string))
        *ret = strdup(json_object_get_string(option));
    else if (option != NULL)
        return effect_secret_read(place->secrets, option, ret, err);
    return 0;
}

static int postgres_open(const struct effect_place *place, void **ret_state, struct error *err)
{
    struct postgres *state = calloc(1, sizeof *state);
    if (state == NULL)
        panic("out of memory (postgres)");
    const char *schema = options_text(place->options, "schema");
    state->schema = strdup(schema[0] != '\0' ? schema : "meshline");
    int code = read_text(place, "connection", &state->connection_text, err);
    if (code == 0)
        code = read_text(place, "password", &state->password, err);
    if (code < 0) {
        postgres_close(state);
        return code;
    }
    state->wire.private_network = place->declared->private_network;
    *ret_state = state;
    return 0;
}

const struct effect_kind effect_postgres = {.kind = POLICY_POSTGRES,
                                            .open = postgres_open,
                                            .close = postgres_close,
                                            .carry = postgres_carry,
                                            .lists = true};
