/* Exceptions: pages by urgency, clusters, numbers. The SQL of lists is put together from fixed
 * pieces; what the caller gives is only ever bound.
 *
 *   {"id": "X12", "version": 14, "state": "open", "kind": "missing_email", "queue": "validation",
 *    "team": "sales", "about": "lead", "lead": "L9" (or "source": "web", "pool": "dach",
 *    "destination": "crm"),
 *    "holding": true, "context": "…", "opened_at": …, "due_at": …, "overdue_us": 0, "expired": 0,
 *    "claimed_by": "kim", "claimed_at": …,
 *    "resolved_at": …, "action": "requeue", "automatic": false, "resolved_by": "kim",
 *    "cause": "bad_data", "remediation": "…", "into": "L4",
 *    "summary": {"name": "Ada Byron", "company": "Analytical Ltd", "class": "hot", "score": 90,
 *      "source": "web", "campaign": "spring", "partner": "", "place": "exception",
 *      "owner": "ana", "pool": "dach", "captured_at": …, "late_count": 1,
 *      "late": ["contacted"]}}                                                                  */
#include "store/print.h"

#include <inttypes.h>
#include <stdio.h>

enum { SQL_MAX = 8192, EXAMPLES = 5 };

/* What the parameters stand for. */
enum parameter {
    LIMIT = 1,
    KIND,
    QUEUE,
    TEAM,
    CLAIMED_BY,
    CAUSE,
    LEAD,
    AFTER,
    AFTER_DUE,
    AFTER_URGENCY,
    AFTER_SCORE,
};

/* ---- printing, in the order of STORE_EXCEPTION_COLUMNS */

static void print_subject(sqlite3_stmt *row, struct json_writer *json)
{
    struct bytes about = store_column_text(row, 6);
    json_member(json, "about", about);
    if (bytes_is(about, "lead"))
        store_print_lead_id(json, "lead", sqlite3_column_int64(row, 7));
    else
        json_member(json,
                    bytes_is(about, "pool")     ? "pool"
                    : bytes_is(about, "source") ? "source"
                                                : "destination",
                    store_column_text(row, 8));
}

static void print_late(sqlite3_stmt *row, struct json_writer *json)
{
    int late = sqlite3_column_int(row, 34);
    json_key(json, "late");
    json_array_open(json);
    for (int i = 0; i < POLICY_OBJECTIVES; i++)
        if ((late >> i & 1) != 0)
            json_string(json, bytes_of(policy_objective_name((enum policy_objective)i)));
    json_array_close(json);
}

static void print_summary(sqlite3_stmt *row, struct json_writer *json)
{
    static const char *const words[] = {"source", "campaign", "partner", "place", "owner", "pool"};
    if (sqlite3_column_type(row, 24) == SQLITE_NULL)
        return;
    json_key(json, "summary");
    json_object_open(json);
    store_print_person(store_column_text(row, 38), json);
    json_member(json, "class", store_column_text(row, 24));
    json_member_integer(json, "score", sqlite3_column_int64(row, 25));
    for (int i = 0; i < 6; i++)
        json_member_if(json, words[i], store_column_text(row, 26 + i));
    json_member_time(json, "captured_at", sqlite3_column_int64(row, 32));
    json_member_integer(json, "late_count", sqlite3_column_int64(row, 33));
    print_late(row, json);
    json_object_close(json);
}

static void print_resolution(sqlite3_stmt *row, struct json_writer *json)
{
    json_member_time(json, "resolved_at", sqlite3_column_int64(row, 16));
    json_member(json, "action", store_column_text(row, 17));
    json_member_bool(json, "automatic", sqlite3_column_int(row, 18) != 0);
    json_member_if(json, "resolved_by", store_column_text(row, 19));
    json_member_if(json, "cause", store_column_text(row, 20));
    json_member_if(json, "remediation", store_column_text(row, 21));
    store_print_lead_id(json, "into", sqlite3_column_int64(row, 22));
}

void store_print_exception(sqlite3_stmt *row, struct json_writer *json)
{
    static const char *const words[] = {"state", "kind", "queue", "team"};
    bool open = bytes_is(store_column_text(row, 2), "open");
    int64_t due_us = sqlite3_column_int64(row, 12), now_us = sqlite3_column_int64(row, 23);
    store_print_id(json, "id", ID_EXCEPTION, sqlite3_column_int64(row, 0));
    json_member_integer(json, "version", sqlite3_column_int64(row, 1));
    for (int i = 0; i < 4; i++)
        json_member(json, words[i], store_column_text(row, 2 + i));
    print_subject(row, json);
    json_member_bool(json, "holding", sqlite3_column_int(row, 9) != 0);
    json_member_if(json, "context", store_column_text(row, 10));
    json_member_time(json, "opened_at", sqlite3_column_int64(row, 11));
    json_member_time(json, "due_at", due_us);
    if (open)
        json_member_integer(json, "overdue_us", now_us > due_us ? now_us - due_us : 0);
    json_member_integer(json, "expired", sqlite3_column_int64(row, 13));
    json_member_if(json, "claimed_by", store_column_text(row, 14));
    store_print_time_if(json, "claimed_at", sqlite3_column_int64(row, 15));
    if (!open)
        print_resolution(row, json);
    print_summary(row, json);
}

/* ---- filters */

static int check_state(const struct store_exception_filter *filter, struct error *err)
{
    if (filter->state.size == 0 || bytes_is(filter->state, "open") ||
        bytes_is(filter->state, "resolved"))
        return 0;
    return error_set(err, ML_EINVAL, "state",
                     "there is no state \"%.*s\"; an exception is open or resolved",
                     BYTES_ARG(filter->state));
}

/* Only resolved ones have a cause. */
static bool wants_resolved(const struct store_exception_filter *filter)
{
    return bytes_is(filter->state, "resolved") ||
           (filter->state.size == 0 && filter->cause.size > 0);
}

static void put_conditions(struct buffer *sql, const struct store_exception_filter *filter,
                           const char *alias)
{
    if (filter->kind.size > 0)
        buffer_printf(sql, " AND %s.kind = ?%d", alias, KIND);
    if (filter->queue.size > 0)
        buffer_printf(sql, " AND %s.queue = ?%d", alias, QUEUE);
    if (filter->team.size > 0)
        buffer_printf(sql, " AND %s.team = ?%d", alias, TEAM);
    if (filter->claimed_by.size > 0)
        buffer_printf(sql, " AND %s.claimed_by = ?%d", alias, CLAIMED_BY);
    if (filter->unclaimed)
        buffer_printf(sql, " AND %s.claimed_by IS NULL", alias);
    if (filter->cause.size > 0)
        buffer_printf(sql, " AND %s.cause = ?%d", alias, CAUSE);
    if (filter->lead != 0)
        buffer_printf(sql, " AND %s.lead = ?%d", alias, LEAD);
}

static int prepare(struct store_reader *reader, struct buffer *sql,
                   const struct store_exception_filter *filter, int64_t limit, sqlite3_stmt **ret,
                   struct error *err)
{
    ML_ASSERT(!sql->overflow);
    int code = store_sqlite_prepare(reader->db, reader->path, buffer_string(sql), ret, err);
    buffer_release(sql);
    if (code != 0)
        return code;
    sqlite3_bind_int64(*ret, LIMIT, limit);
    store_bind_text(*ret, KIND, filter->kind);
    store_bind_text(*ret, QUEUE, filter->queue);
    store_bind_text(*ret, TEAM, filter->team);
    store_bind_text(*ret, CLAIMED_BY, filter->claimed_by);
    store_bind_text(*ret, CAUSE, filter->cause);
    sqlite3_bind_int64(*ret, LEAD, (int64_t)filter->lead);
    return 0;
}

/* ---- pages */

/* Where a page ends: the columns that it is sorted by. */
struct cursor {
    int64_t due_us, urgency, score, number;
};

static bool read_number(struct bytes *rest, int64_t *ret)
{
    bool negative = rest->size > 0 && rest->data[0] == '-';
    size_t from = negative ? 1 : 0, end = from;
    while (end < rest->size && rest->data[end] != '_')
        end++;
    uint64_t number;
    if (!number_parse((struct bytes){rest->data + from, end - from}, &number) || number > INT64_MAX)
        return false;
    *ret = negative ? -(int64_t)number : (int64_t)number;
    *rest = end < rest->size ? (struct bytes){rest->data + end + 1, rest->size - end - 1}
                             : (struct bytes){0};
    return true;
}

static int read_cursor(struct bytes after, bool resolved, struct cursor *ret, struct error *err)
{
    *ret = (struct cursor){INT64_MIN, INT64_MIN, INT64_MIN, resolved ? INT64_MAX : 0};
    if (after.size == 0)
        return 0;
    struct bytes rest = after;
    bool good = resolved ? read_number(&rest, &ret->number)
                         : read_number(&rest, &ret->due_us) && read_number(&rest, &ret->urgency) &&
                               read_number(&rest, &ret->score) && read_number(&rest, &ret->number);
    if (good && rest.size == 0)
        return 0;
    return error_set(err, ML_EINVAL, "after",
                     "\"%.*s\" is not where a page of exceptions ends: give what `next` said",
                     BYTES_ARG(after));
}

static struct bytes print_cursor(sqlite3_stmt *row, bool resolved, struct arena *arena)
{
    const int64_t due_us = sqlite3_column_int64(row, 12), urgency = sqlite3_column_int64(row, 35),
                  score = sqlite3_column_int64(row, 36), number = sqlite3_column_int64(row, 0);
    return bytes_of(resolved ? arena_printf(arena, "%" PRId64, number)
                             : arena_printf(arena, "%" PRId64 "_%" PRId64 "_%" PRId64 "_%" PRId64,
                                            due_us, urgency, score, number));
}

static void put_page(struct buffer *sql, const struct store_exception_filter *filter, bool resolved)
{
    const char *index = filter->lead != 0 ? "exceptions_of_lead"
                        : resolved        ? "exceptions_state"
                                          : "exceptions_open";
    buffer_printf(sql,
                  "SELECT " STORE_EXCEPTION_COLUMNS " FROM exceptions AS e INDEXED BY %s "
                  "LEFT JOIN leads ON leads.number = e.lead WHERE e.state = '%s'",
                  index, resolved ? "resolved" : "open");
    put_conditions(sql, filter, "e");
    if (resolved) {
        buffer_printf(sql, " AND e.number < ?%d ORDER BY e.number DESC LIMIT ?%d", AFTER, LIMIT);
        return;
    }
    buffer_printf(sql,
                  " AND e.due_us >= ?%d AND (e.due_us > ?%d OR (" STORE_EXCEPTION_ORDER
                  ", e.number) > (?%d, ?%d, ?%d)) ORDER BY e.due_us, " STORE_EXCEPTION_ORDER
                  ", e.number LIMIT ?%d",
                  AFTER_DUE, AFTER_DUE, AFTER_URGENCY, AFTER_SCORE, AFTER, LIMIT);
}

static int print_page(struct store_reader *reader, sqlite3_stmt *rows, bool resolved,
                      uint32_t limit, struct arena *arena, struct json_writer *json,
                      struct bytes *ret_next, struct error *err)
{
    struct bytes last = {0};
    uint32_t count = 0;
    int code;
    json_array_open(json);
    while ((code = store_sqlite_step(rows, reader->path, err)) == 1 && count < limit) {
        json_object_open(json);
        store_print_exception(rows, json);
        json_object_close(json);
        if (++count == limit)
            last = print_cursor(rows, resolved, arena);
    }
    json_array_close(json);
    if (code < 0)
        return code;
    *ret_next = code == 1 ? last : (struct bytes){0};
    return 0;
}

int store_read_exceptions(struct store_reader *reader, const struct store_exception_filter *filter,
                          struct bytes after, uint32_t limit, struct arena *arena,
                          struct json_writer *json, struct bytes *ret_next, struct error *err)
{
    STORE_STATEMENT_AUTO *rows = NULL;
    struct cursor cursor;
    struct buffer sql;
    bool resolved = wants_resolved(filter);
    int code = store_limit_check(limit, "exceptions", err);
    if (code == 0)
        code = check_state(filter, err);
    if (code == 0)
        code = read_cursor(after, resolved, &cursor, err);
    if (code != 0)
        return code;
    buffer_init(&sql, SQL_MAX);
    put_page(&sql, filter, resolved);
    code = prepare(reader, &sql, filter, (int64_t)limit + 1, &rows, err);
    if (code != 0)
        return code;
    sqlite3_bind_int64(rows, AFTER, cursor.number);
    sqlite3_bind_int64(rows, AFTER_DUE, cursor.due_us);
    sqlite3_bind_int64(rows, AFTER_URGENCY, cursor.urgency);
    sqlite3_bind_int64(rows, AFTER_SCORE, cursor.score);
    return print_page(reader, rows, resolved, limit, arena, json, ret_next, err);
}

/* ---- numbers, for those who do something with all of them */

int store_find_exceptions(struct store_reader *reader, const struct store_exception_filter *filter,
                          uint64_t after, size_t limit, uint64_t *ret_numbers, size_t *ret_count,
                          struct error *err)
{
    STORE_STATEMENT_AUTO *rows = NULL;
    struct buffer sql;
    buffer_init(&sql, SQL_MAX);
    buffer_printf(&sql,
                  "SELECT e.number FROM exceptions AS e INDEXED BY %s WHERE e.state = 'open' AND "
                  "e.number > ?%d",
                  filter->lead != 0 ? "exceptions_of_lead" : "exceptions_state", AFTER);
    put_conditions(&sql, filter, "e");
    buffer_printf(&sql, " ORDER BY e.number LIMIT ?%d", LIMIT);
    int code = prepare(reader, &sql, filter, (int64_t)limit, &rows, err);
    if (code != 0)
        return code;
    sqlite3_bind_int64(rows, AFTER, after < INT64_MAX ? (int64_t)after : INT64_MAX);
    return store_sqlite_numbers(rows, reader->path, ret_numbers, ret_count, err);
}

/* ---- clusters
 *
 *   {"kind": "missing_email", "queue": "validation", "cause": "bad_data", "state": "resolved",
 *    "count": 12, "oldest_at": …, "newest_at": …, "next_due_at": …, "examples": ["X99", "X98"]} */

static void put_clusters(struct buffer *sql, const struct store_exception_filter *filter)
{
    buffer_printf(sql, "SELECT kind, cause, state, exceptions, oldest, newest, next_due, queue, "
                       "(SELECT json_group_array('X' || number) FROM (SELECT number FROM "
                       "exceptions AS x INDEXED BY exceptions_cause WHERE x.state = c.state AND "
                       "x.kind = c.kind AND x.cause IS c.cause");
    put_conditions(sql, filter, "x");
    buffer_printf(sql,
                  " ORDER BY number DESC LIMIT %d)) FROM (SELECT kind, cause, state, count(*) AS "
                  "exceptions, min(opened_us) AS oldest, max(opened_us) AS newest, "
                  "CASE WHEN state = 'open' THEN min(due_us) END AS next_due, "
                  "CASE WHEN min(queue) = max(queue) THEN min(queue) END AS queue "
                  "FROM exceptions AS e INDEXED BY exceptions_cause WHERE ",
                  EXAMPLES);
    if (filter->state.size > 0)
        buffer_printf(sql, "e.state = '%s'", wants_resolved(filter) ? "resolved" : "open");
    else
        buffer_printf(sql, "e.state IN ('open', 'resolved')");
    put_conditions(sql, filter, "e");
    buffer_printf(sql,
                  " GROUP BY state, kind, cause ORDER BY exceptions DESC, kind, cause LIMIT ?%d) "
                  "AS c ORDER BY exceptions DESC, kind, cause",
                  LIMIT);
}

static void print_cluster(sqlite3_stmt *row, struct json_writer *json)
{
    json_object_open(json);
    json_member(json, "kind", store_column_text(row, 0));
    if (sqlite3_column_type(row, 7) != SQLITE_NULL)
        json_member(json, "queue", store_column_text(row, 7));
    json_member_if(json, "cause", store_column_text(row, 1));
    json_member(json, "state", store_column_text(row, 2));
    json_member_integer(json, "count", sqlite3_column_int64(row, 3));
    json_member_time(json, "oldest_at", sqlite3_column_int64(row, 4));
    json_member_time(json, "newest_at", sqlite3_column_int64(row, 5));
    store_print_time_if(json, "next_due_at", sqlite3_column_int64(row, 6));
    store_print_json(json, "examples", store_column_text(row, 8), "[]");
    json_object_close(json);
}

int store_read_exception_clusters(struct store_reader *reader,
                                  const struct store_exception_filter *filter, uint32_t limit,
                                  struct json_writer *json, struct error *err)
{
    STORE_STATEMENT_AUTO *rows = NULL;
    struct buffer sql;
    int code = store_limit_check(limit, "clusters", err);
    if (code == 0)
        code = check_state(filter, err);
    if (code != 0)
        return code;
    buffer_init(&sql, SQL_MAX);
    put_clusters(&sql, filter);
    code = prepare(reader, &sql, filter, limit, &rows, err);
    if (code != 0)
        return code;
    json_array_open(json);
    while ((code = store_sqlite_step(rows, reader->path, err)) == 1)
        print_cluster(rows, json);
    json_array_close(json);
    return code;
}
