/* Deliveries: pages, one with all its receipts, clusters.
 *
 *   {"id": "M770", "seq": 12, "event": "lead.assigned", "lead": "L9", "destination": "crm",
 *    "purpose": "deliver", "subject": "L9", "state": "failed", "attempts": 8, "created_at": …,
 *    "since_at": …, "due_at": … (pending), "settled_at": …, "reason": "…", "external_id": "…",
 *    "last_attempt": {"attempt": 8, "outcome": "transient", "status": 503, "started_at": …,
 *                     "took_us": 1200, "cached": false, "response_id": "…", "excerpt": "…"}} */
#include "store/print.h"
#include "store/search.h"

#include <stdlib.h>

#define COLUMNS                                                                            \
    "number, seq, event, lead, destination, purpose, target, subject, state, created_us, " \
    "since_us, due_us, attempts, step, digest, settled_us, external_id, reason, "          \
    "settled_us, attempts, outcome, status, started_us, took_us, cached, response_id, excerpt "
enum { ATTEMPT = 18 }; /* where its columns begin */

/* ---- printing */

/* An attempt's columns: time, attempt, outcome, status, started_us, took_us, cached, response_id,
 * excerpt. */
static void print_attempt(sqlite3_stmt *row, int at, struct json_writer *json)
{
    json_member_integer(json, "attempt", sqlite3_column_int64(row, at + 1));
    json_member(json, "outcome", store_column_text(row, at + 2));
    if (sqlite3_column_type(row, at + 3) != SQLITE_NULL)
        json_member_integer(json, "status", sqlite3_column_int64(row, at + 3));
    store_print_time_if(json, "started_at", sqlite3_column_int64(row, at + 4));
    json_member_integer(json, "took_us", sqlite3_column_int64(row, at + 5));
    json_member_bool(json, "cached", sqlite3_column_int(row, at + 6) != 0);
    json_member_if(json, "response_id", store_column_text(row, at + 7));
    json_member_if(json, "excerpt", store_column_text(row, at + 8));
}

static void print_last_attempt(sqlite3_stmt *row, struct json_writer *json)
{
    if (sqlite3_column_type(row, ATTEMPT + 2) == SQLITE_NULL)
        return;
    json_key(json, "last_attempt");
    json_object_open(json);
    print_attempt(row, ATTEMPT, json);
    json_object_close(json);
}

/* Members of an object that is open. */
static void print_members(sqlite3_stmt *row, struct json_writer *json)
{
    const bool pending = bytes_is(store_column_text(row, 8), "pending");
    store_print_id(json, "id", ID_DELIVERY, sqlite3_column_int64(row, 0));
    json_member_integer(json, "seq", sqlite3_column_int64(row, 1));
    json_member(json, "event", store_column_text(row, 2));
    store_print_lead_id(json, "lead", sqlite3_column_int64(row, 3));
    json_member_if(json, "destination", store_column_text(row, 4));
    json_member(json, "purpose", store_column_text(row, 5));
    json_member_if(json, "target", store_column_text(row, 6));
    json_member_if(json, "subject", store_column_text(row, 7));
    json_member(json, "state", store_column_text(row, 8));
    json_member_integer(json, "attempts", sqlite3_column_int64(row, 12));
    json_member_time(json, "created_at", sqlite3_column_int64(row, 9));
    json_member_time(json, "since_at", sqlite3_column_int64(row, 10));
    if (pending)
        json_member_time(json, "due_at", sqlite3_column_int64(row, 11));
    if (bytes_is(store_column_text(row, 5), "enrich"))
        json_member_integer(json, "step", sqlite3_column_int64(row, 13));
    else if (sqlite3_column_int(row, 14) != 0)
        json_member_bool(json, "digest", true);
    store_print_time_if(json, "settled_at", sqlite3_column_int64(row, 15));
    json_member_if(json, "external_id", store_column_text(row, 16));
    json_member_if(json, "reason", store_column_text(row, 17));
    print_last_attempt(row, json);
}

/* ---- pages */

static int print_page(struct store_reader *reader, const uint64_t *numbers, size_t count,
                      struct json_writer *json, struct error *err)
{
    STORE_STATEMENT_AUTO *row = NULL;
    int code = store_sqlite_prepare(
        reader->db, reader->path, "SELECT " COLUMNS "FROM deliveries WHERE number = ?1", &row, err);
    json_array_open(json);
    for (size_t i = 0; code == 0 && i < count; i++) {
        sqlite3_bind_int64(row, 1, (int64_t)numbers[i]);
        code = store_sqlite_step(row, reader->path, err);
        if (code == 1) {
            json_object_open(json);
            print_members(row, json);
            json_object_close(json);
            code = 0;
        }
        sqlite3_reset(row);
    }
    json_array_close(json);
    return code;
}

static int read_page(struct store_reader *reader, const struct store_delivery_filter *filter,
                     uint32_t limit, struct json_writer *json, uint64_t *ret_next,
                     struct error *err)
{
    struct store_search search = {.filter = filter, .newest = true, .limit = (size_t)limit + 1};
    uint64_t *numbers = NULL, from = 0;
    size_t count = 0;
    int code =
        store_delivery_times(reader, filter->from_us, filter->to_us, &from, &search.below, err);
    search.above = from > 0 ? from - 1 : 0;
    if (filter->before > 0 && filter->before < search.below)
        search.below = filter->before;
    if (code == 0)
        code = store_deliveries_search(reader, &search, &numbers, &count, err);
    if (code == 0)
        code = print_page(reader, numbers, count < limit ? count : limit, json, err);
    if (code == 0)
        *ret_next = count > limit ? numbers[limit - 1] : 0;
    free(numbers);
    return code;
}

int store_read_deliveries(struct store_reader *reader, const struct store_delivery_filter *filter,
                          uint32_t limit, struct json_writer *json, uint64_t *ret_next,
                          struct error *err)
{
    int code = store_limit_check(limit, "deliveries", err);
    if (code == 0)
        code = store_delivery_filter_check(filter, err);
    if (code == 0)
        code = store_read_begin(reader, err);
    if (code != 0)
        return code;
    code = read_page(reader, filter, limit, json, ret_next, err);
    return store_read_end(reader, code, err);
}

static int find(struct store_reader *reader, const struct store_search *like, uint64_t after,
                uint64_t *ret_numbers, size_t *ret_count, struct error *err)
{
    struct store_search search = *like;
    uint64_t *numbers = NULL, from = 0;
    size_t count = 0;
    int code = store_delivery_times(reader, like->filter->from_us, like->filter->to_us, &from,
                                    &search.below, err);
    search.above = from > after + 1 ? from - 1 : after;
    if (code == 0)
        code = store_deliveries_search(reader, &search, &numbers, &count, err);
    if (code != 0)
        return code;
    if (count > 0)
        memcpy(ret_numbers, numbers, count * sizeof *numbers);
    *ret_count = count;
    free(numbers);
    return 0;
}

int store_find_deliveries(struct store_reader *reader, const struct store_delivery_filter *filter,
                          uint64_t after, size_t limit, uint64_t *ret_numbers, size_t *ret_count,
                          struct error *err)
{
    const struct store_search search = {.filter = filter, .limit = limit};
    int code = store_delivery_filter_check(filter, err);
    if (code == 0)
        code = store_read_begin(reader, err);
    if (code != 0)
        return code;
    code = find(reader, &search, after, ret_numbers, ret_count, err);
    return store_read_end(reader, code, err);
}

/* ---- one */

static int not_there(uint64_t number, struct error *err)
{
    char id[LEAD_ID_TEXT_SIZE];
    entity_id_print(ID_DELIVERY, number, id);
    return error_set(err, ML_ENOTFOUND, id, "there is no delivery %s", id);
}

/* Where the other columns of an attempt and its reason stand in both halves: that which delivered
 * it is in its own row. */
static const char receipts_sql[] =
    "SELECT seq, time_us, attempt, outcome, status, started_us, took_us, cached, response_id, "
    "excerpt, reason FROM attempts WHERE delivery = ?1 "
    "UNION ALL SELECT 9223372036854775807, settled_us, attempts, outcome, status, started_us, "
    "took_us, cached, response_id, excerpt, NULL FROM deliveries WHERE number = ?1 AND "
    "state = 'delivered' ORDER BY 1";

static int print_receipts(struct store_reader *reader, uint64_t number, struct json_writer *json,
                          struct error *err)
{
    STORE_STATEMENT_AUTO *rows = NULL;
    int code = store_sqlite_prepare(reader->db, reader->path, receipts_sql, &rows, err);
    if (code != 0)
        return code;
    sqlite3_bind_int64(rows, 1, (int64_t)number);
    json_key(json, "receipts");
    json_array_open(json);
    while ((code = store_sqlite_step(rows, reader->path, err)) == 1) {
        json_object_open(json);
        json_member_time(json, "at", sqlite3_column_int64(rows, 1));
        print_attempt(rows, 1, json);
        json_member_if(json, "reason", store_column_text(rows, 10));
        json_object_close(json);
    }
    json_array_close(json);
    return code;
}

static int read_one(struct store_reader *reader, uint64_t number, struct json_writer *json,
                    struct error *err)
{
    STORE_STATEMENT_AUTO *row = NULL;
    int code = store_sqlite_prepare(
        reader->db, reader->path, "SELECT " COLUMNS "FROM deliveries WHERE number = ?1", &row, err);
    if (code != 0)
        return code;
    sqlite3_bind_int64(row, 1, (int64_t)number);
    code = store_sqlite_step(row, reader->path, err);
    if (code != 1)
        return code < 0 ? code : not_there(number, err);
    json_object_open(json);
    print_members(row, json);
    code = print_receipts(reader, number, json, err);
    json_object_close(json);
    return code;
}

int store_read_delivery(struct store_reader *reader, uint64_t number, struct json_writer *json,
                        struct error *err)
{
    int code = store_read_begin(reader, err);
    if (code != 0)
        return code;
    code = read_one(reader, number, json, err);
    return store_read_end(reader, code, err);
}

int store_fetch_delivery(struct store_reader *reader, uint64_t number, struct arena *arena,
                         struct store_delivery_reference *ret, struct error *err)
{
    STORE_STATEMENT_AUTO *row = NULL;
    struct store_delivery_reference found = {.number = number};
    int code = store_sqlite_prepare(reader->db, reader->path,
                                    "SELECT lead, destination, target, state, purpose FROM "
                                    "deliveries WHERE number = ?1",
                                    &row, err);
    if (code != 0)
        return code;
    sqlite3_bind_int64(row, 1, (int64_t)number);
    code = store_sqlite_step(row, reader->path, err);
    if (code != 1)
        return code < 0 ? code : not_there(number, err);
    found.lead = (uint64_t)sqlite3_column_int64(row, 0);
    found.destination = arena_copy(arena, store_column_text(row, 1));
    found.target = arena_copy(arena, store_column_text(row, 2));
    found.state = arena_copy(arena, store_column_text(row, 3));
    if (!store_purpose_parse(store_column_text(row, 4), &found.purpose))
        return error_set(err, ML_ECORRUPT, reader->path,
                         "the delivery's purpose does not exist; run `meshline rebuild`");
    *ret = found;
    return 0;
}

/* ---- clusters: of those that have a reason */

enum cluster_parameter { FROM = 1, TO, MOST, LEAD, TEXTS };

static int prepare_clusters(struct store_reader *reader, const struct store_delivery_filter *filter,
                            sqlite3_stmt **ret, struct error *err)
{
    static const char *const columns[] = {"destination", "state", "purpose", "target", "reason"};
    const struct bytes texts[] = {filter->destination, filter->state, filter->purpose,
                                  filter->target, filter->reason};
    enum { COUNT = sizeof columns / sizeof *columns };
    struct buffer sql;
    buffer_init(&sql, 2048);
    buffer_printf(&sql, "SELECT destination, state, reason, count(*), min(number), max(number), "
                        "min(created_us), max(created_us) FROM deliveries INDEXED BY "
                        "deliveries_reason WHERE reason IS NOT NULL AND number >= ?1 AND "
                        "number < ?2 AND (?4 = 0 OR lead = ?4)");
    for (int i = 0; i < COUNT; i++)
        if (texts[i].size > 0)
            buffer_printf(&sql, " AND %s = ?%d", columns[i], TEXTS + i);
    buffer_printf(&sql, " GROUP BY 1, 2, 3 ORDER BY 4 DESC, 1, 2, 3 LIMIT ?3");
    int code = store_sqlite_prepare(reader->db, reader->path, buffer_string(&sql), ret, err);
    buffer_release(&sql);
    for (int i = 0; code == 0 && i < COUNT; i++)
        store_bind_string(*ret, TEXTS + i, texts[i]);
    return code;
}

static void print_cluster(sqlite3_stmt *row, struct json_writer *json)
{
    char id[LEAD_ID_TEXT_SIZE];
    const int64_t oldest = sqlite3_column_int64(row, 4), newest = sqlite3_column_int64(row, 5);
    json_object_open(json);
    json_member_if(json, "destination", store_column_text(row, 0));
    json_member(json, "state", store_column_text(row, 1));
    json_member(json, "reason", store_column_text(row, 2));
    json_member_integer(json, "count", sqlite3_column_int64(row, 3));
    json_member_time(json, "oldest_at", sqlite3_column_int64(row, 6));
    json_member_time(json, "newest_at", sqlite3_column_int64(row, 7));
    json_key(json, "examples");
    json_array_open(json);
    entity_id_print(ID_DELIVERY, (uint64_t)newest, id);
    json_string(json, bytes_of(id));
    entity_id_print(ID_DELIVERY, (uint64_t)oldest, id);
    if (oldest != newest)
        json_string(json, bytes_of(id));
    json_array_close(json);
    json_object_close(json);
}

int store_read_delivery_clusters(struct store_reader *reader,
                                 const struct store_delivery_filter *filter, uint32_t limit,
                                 struct json_writer *json, struct error *err)
{
    STORE_STATEMENT_AUTO *rows = NULL;
    uint64_t from = 0, to = INT64_MAX;
    int code = store_limit_check(limit, "clusters", err);
    if (code == 0)
        code = store_delivery_filter_check(filter, err);
    if (code == 0)
        code = store_delivery_times(reader, filter->from_us, filter->to_us, &from, &to, err);
    if (code == 0)
        code = prepare_clusters(reader, filter, &rows, err);
    if (code != 0)
        return code;
    sqlite3_bind_int64(rows, FROM, (int64_t)from);
    sqlite3_bind_int64(rows, TO, (int64_t)to);
    sqlite3_bind_int64(rows, MOST, limit);
    sqlite3_bind_int64(rows, LEAD, (int64_t)filter->lead);
    json_array_open(json);
    while ((code = store_sqlite_step(rows, reader->path, err)) == 1)
        print_cluster(rows, json);
    json_array_close(json);
    return code;
}
