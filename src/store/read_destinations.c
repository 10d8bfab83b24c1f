/* Destinations, what became of everything that was due there, and links.
 *
 *   {"name": "crm", "title": "The CRM", "kind": "rest", "provider": false, "present": true,
 *    "breaker": "open", "paused": false, "disabled": false, "failures": 5, "openings": 1,
 *    "open_until": …, "resumed_at": …, "attempts_today": 120,
 *    "deliveries": {"pending": 3, "delivered": 117, "failed": 0, "discarded": 0},
 *    "oldest_pending_at": …, "last_attempt_at": …, "last_failure_at": …, "last_failure": "…",
 *    "latency": {"attempts": 117, "p50_us": 1200, "p99_us": 9000},
 *    "change": {"change": "opened", "at": …, "by": "kim", "reason": "…"}} */
#include "store/print.h"

#include <stdlib.h>

enum { LATENCY_ATTEMPTS = 1000 };

#define COLUMNS                                                                                  \
    "name, title, kind, provider, present, breaker, paused, disabled, failures, openings, "      \
    "open_until_us, resumed_us, CASE WHEN day_us = m.time_us - m.time_us % 86400000000 "         \
    "THEN attempts_today ELSE 0 END, pending, delivered, failed, discarded, "                    \
    "(SELECT created_us FROM deliveries WHERE number = (SELECT min(number) FROM deliveries "     \
    "INDEXED BY deliveries_state WHERE destination = name AND state = 'pending')), attempt_us, " \
    "failure_us, failure, change, changed_us, changed_by, reason "                               \
    "FROM destinations AS d, meta AS m "

/* ---- latency */

static int compare(const void *a, const void *b)
{
    const int64_t *left = a, *right = b;
    return *left < *right ? -1 : *left > *right;
}

/* Of the newest ones that arrived, those answered from a cache left out. */
static int print_latency(struct store_reader *reader, struct bytes name, struct json_writer *json,
                         struct error *err)
{
    static const char sql[] =
        "SELECT took_us, cached FROM deliveries INDEXED BY deliveries_state WHERE "
        "destination = ?1 AND state = 'delivered' ORDER BY number DESC LIMIT ?2";
    STORE_STATEMENT_AUTO *rows = NULL;
    int64_t took[LATENCY_ATTEMPTS];
    size_t count = 0;
    int code = store_sqlite_prepare(reader->db, reader->path, sql, &rows, err);
    if (code != 0)
        return code;
    store_bind_string(rows, 1, name);
    sqlite3_bind_int(rows, 2, LATENCY_ATTEMPTS);
    while ((code = store_sqlite_step(rows, reader->path, err)) == 1)
        if (sqlite3_column_int(rows, 1) == 0)
            took[count++] = sqlite3_column_int64(rows, 0);
    if (code < 0 || count == 0)
        return code;
    qsort(took, count, sizeof *took, compare);
    json_key(json, "latency");
    json_object_open(json);
    json_member_unsigned(json, "attempts", count);
    json_member_integer(json, "p50_us", took[count / 2]);
    json_member_integer(json, "p99_us", took[count * 99 / 100]);
    json_object_close(json);
    return 0;
}

/* ---- destinations */

static void print_change(sqlite3_stmt *row, struct json_writer *json)
{
    if (sqlite3_column_type(row, 21) == SQLITE_NULL)
        return;
    json_key(json, "change");
    json_object_open(json);
    json_member(json, "change", store_column_text(row, 21));
    json_member_time(json, "at", sqlite3_column_int64(row, 22));
    json_member_if(json, "by", store_column_text(row, 23));
    json_member_if(json, "reason", store_column_text(row, 24));
    json_object_close(json);
}

static void print_counts(sqlite3_stmt *row, struct json_writer *json)
{
    static const char *const states[] = {"pending", "delivered", "failed", "discarded"};
    json_key(json, "deliveries");
    json_object_open(json);
    for (int i = 0; i < 4; i++)
        json_member_integer(json, states[i], sqlite3_column_int64(row, 13 + i));
    json_object_close(json);
}

static int print_destination(struct store_reader *reader, sqlite3_stmt *row,
                             struct json_writer *json, struct error *err)
{
    json_object_open(json);
    json_member(json, "name", store_column_text(row, 0));
    json_member(json, "title", store_column_text(row, 1));
    json_member(json, "kind", store_column_text(row, 2));
    json_member_bool(json, "provider", sqlite3_column_int(row, 3) != 0);
    json_member_bool(json, "present", sqlite3_column_int(row, 4) != 0);
    json_member(json, "breaker", store_column_text(row, 5));
    json_member_bool(json, "paused", sqlite3_column_int(row, 6) != 0);
    json_member_bool(json, "disabled", sqlite3_column_int(row, 7) != 0);
    json_member_integer(json, "failures", sqlite3_column_int64(row, 8));
    json_member_integer(json, "openings", sqlite3_column_int64(row, 9));
    if (bytes_is(store_column_text(row, 5), "open"))
        json_member_time(json, "open_until", sqlite3_column_int64(row, 10));
    store_print_time_if(json, "resumed_at", sqlite3_column_int64(row, 11));
    json_member_integer(json, "attempts_today", sqlite3_column_int64(row, 12));
    print_counts(row, json);
    store_print_time_if(json, "oldest_pending_at", sqlite3_column_int64(row, 17));
    store_print_time_if(json, "last_attempt_at", sqlite3_column_int64(row, 18));
    store_print_time_if(json, "last_failure_at", sqlite3_column_int64(row, 19));
    json_member_if(json, "last_failure", store_column_text(row, 20));
    int code = print_latency(reader, store_column_text(row, 0), json, err);
    print_change(row, json);
    json_object_close(json);
    return code;
}

static int print_all(struct store_reader *reader, struct json_writer *json, struct error *err)
{
    STORE_STATEMENT_AUTO *rows = NULL;
    int code = store_sqlite_prepare(reader->db, reader->path, "SELECT " COLUMNS "ORDER BY name",
                                    &rows, err);
    json_array_open(json);
    while (code == 0 && (code = store_sqlite_step(rows, reader->path, err)) == 1)
        code = print_destination(reader, rows, json, err);
    json_array_close(json);
    return code;
}

int store_read_destinations(struct store_reader *reader, struct json_writer *json,
                            struct error *err)
{
    int code = store_read_begin(reader, err);
    return code == 0 ? store_read_end(reader, print_all(reader, json, err), err) : code;
}

static int not_there(struct bytes name, struct error *err)
{
    return error_set(err, ML_ENOTFOUND, "", "there is no destination \"%.*s\"", BYTES_ARG(name));
}

static int print_one(struct store_reader *reader, struct bytes name, struct json_writer *json,
                     struct error *err)
{
    STORE_STATEMENT_AUTO *row = NULL;
    int code = store_sqlite_prepare(reader->db, reader->path, "SELECT " COLUMNS "WHERE name = ?1",
                                    &row, err);
    if (code != 0)
        return code;
    store_bind_string(row, 1, name);
    code = store_sqlite_step(row, reader->path, err);
    if (code == 0)
        return not_there(name, err);
    return code < 0 ? code : print_destination(reader, row, json, err);
}

int store_read_destination(struct store_reader *reader, struct bytes name, struct json_writer *json,
                           struct error *err)
{
    int code = store_read_begin(reader, err);
    return code == 0 ? store_read_end(reader, print_one(reader, name, json, err), err) : code;
}

/* ---- what became of everything that was due there */

/* Whatever had an attempt that was not good has a reason. */
static const char reconciliation_sql[] =
    "SELECT applied_seq, count(d.number), count(*) FILTER (WHERE d.state = 'delivered'), "
    "count(*) FILTER (WHERE d.state = 'pending'), count(*) FILTER (WHERE d.state = 'failed'), "
    "count(*) FILTER (WHERE d.state = 'discarded'), "
    "(SELECT count(*) FROM deliveries AS u INDEXED BY deliveries_reason WHERE "
    "u.destination = ?1 AND u.state IN ('pending', 'failed') AND u.reason IS NOT NULL AND "
    "EXISTS (SELECT 1 FROM attempts WHERE delivery = u.number AND attempts.outcome = 'transient' "
    "AND attempts.status IS NULL)), n.pending, n.failed, n.delivered, n.discarded "
    "FROM meta, destinations AS n LEFT JOIN deliveries AS d INDEXED BY deliveries_state "
    "ON d.destination = n.name WHERE n.name = ?1 GROUP BY n.name";

int store_read_destination_reconciliation(struct store_reader *reader, struct bytes name,
                                          struct store_destination_reconciliation *ret,
                                          struct error *err)
{
    STORE_STATEMENT_AUTO *row = NULL;
    int code = store_sqlite_prepare(reader->db, reader->path, reconciliation_sql, &row, err);
    if (code != 0)
        return code;
    store_bind_string(row, 1, name);
    code = store_sqlite_step(row, reader->path, err);
    if (code != 1)
        return code < 0 ? code : not_there(name, err);
    uint64_t numbers[11];
    for (int i = 0; i < 11; i++)
        numbers[i] = (uint64_t)sqlite3_column_int64(row, i);
    *ret = (struct store_destination_reconciliation){.seq = numbers[0],
                                                     .due = numbers[1],
                                                     .delivered = numbers[2],
                                                     .pending = numbers[3],
                                                     .failed = numbers[4],
                                                     .discarded = numbers[5],
                                                     .unknown = numbers[6]};
    /* Against what was counted event by event. */
    ret->balanced = ret->due == ret->delivered + ret->pending + ret->failed + ret->discarded &&
                    ret->pending == numbers[7] && ret->failed == numbers[8] &&
                    ret->delivered == numbers[9] && ret->discarded == numbers[10];
    return 0;
}

int store_each_delivered(struct store_reader *reader, struct bytes destination,
                         void (*visit)(void *context, uint64_t number, uint64_t lead,
                                       struct bytes external_id),
                         void *context, struct error *err)
{
    static const char sql[] =
        "SELECT number, lead, external_id FROM deliveries INDEXED BY deliveries_state WHERE "
        "destination = ?1 AND state = 'delivered' AND purpose = 'deliver' ORDER BY number";
    STORE_STATEMENT_AUTO *rows = NULL;
    int code = store_sqlite_prepare(reader->db, reader->path, sql, &rows, err);
    if (code != 0)
        return code;
    store_bind_string(rows, 1, destination);
    while ((code = store_sqlite_step(rows, reader->path, err)) == 1)
        visit(context, (uint64_t)sqlite3_column_int64(rows, 0),
              (uint64_t)sqlite3_column_int64(rows, 1), store_column_text(rows, 2));
    return code;
}

/* ---- links
 *
 *   [{"destination": "crm", "external_id": "003xx", "known": [{"field": "owner", "value": "ana",
 *     "changed_at": …}]}] */

static int print_values(struct store_reader *reader, uint64_t lead, struct bytes destination,
                        struct json_writer *json, struct error *err)
{
    STORE_STATEMENT_AUTO *rows = NULL;
    int code = store_sqlite_prepare(reader->db, reader->path,
                                    "SELECT 'owner', owner, owner_us FROM links WHERE lead = ?1 "
                                    "AND destination = ?2 AND owner_value IS NOT NULL "
                                    "UNION ALL SELECT 'status', status, status_us FROM links "
                                    "WHERE lead = ?1 AND destination = ?2 AND status_value IS NOT "
                                    "NULL UNION ALL SELECT field, text, changed_us FROM "
                                    "link_values WHERE lead = ?1 AND destination = ?2",
                                    &rows, err);
    if (code != 0)
        return code;
    sqlite3_bind_int64(rows, 1, (int64_t)lead);
    store_bind_string(rows, 2, destination);
    json_key(json, "known");
    json_array_open(json);
    while ((code = store_sqlite_step(rows, reader->path, err)) == 1) {
        json_object_open(json);
        json_member(json, "field", store_column_text(rows, 0));
        json_member(json, "value", store_column_text(rows, 1));
        json_member_time(json, "changed_at", sqlite3_column_int64(rows, 2));
        json_object_close(json);
    }
    json_array_close(json);
    return code;
}

int store_read_links(struct store_reader *reader, uint64_t lead, struct json_writer *json,
                     struct error *err)
{
    STORE_STATEMENT_AUTO *rows = NULL;
    int code = store_sqlite_prepare(reader->db, reader->path,
                                    "SELECT destination, external_id FROM links WHERE lead = ?1 "
                                    "ORDER BY destination",
                                    &rows, err);
    if (code != 0)
        return code;
    sqlite3_bind_int64(rows, 1, (int64_t)lead);
    json_array_open(json);
    while (code == 0 && (code = store_sqlite_step(rows, reader->path, err)) == 1) {
        json_object_open(json);
        json_member(json, "destination", store_column_text(rows, 0));
        json_member_if(json, "external_id", store_column_text(rows, 1));
        code = print_values(reader, lead, store_column_text(rows, 0), json, err);
        json_object_close(json);
    }
    json_array_close(json);
    return code;
}

int store_find_link(struct store_reader *reader, struct bytes destination, struct bytes external_id,
                    uint64_t *ret_lead, struct error *err)
{
    STORE_STATEMENT_AUTO *row = NULL;
    int code = store_sqlite_prepare(reader->db, reader->path,
                                    "SELECT lead FROM links INDEXED BY links_external WHERE "
                                    "destination = ?1 AND external_id = ?2 AND external_id <> '' "
                                    "ORDER BY lead DESC LIMIT 1",
                                    &row, err);
    if (code != 0)
        return code;
    store_bind_string(row, 1, destination);
    store_bind_string(row, 2, external_id);
    code = store_sqlite_step(row, reader->path, err);
    if (code < 0)
        return code;
    *ret_lead = code == 1 ? (uint64_t)sqlite3_column_int64(row, 0) : 0;
    return 0;
}
