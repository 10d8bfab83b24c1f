/* Reps and pools. */
#include "store/print.h"

static bool flag(sqlite3_stmt *row, int at)
{
    return sqlite3_column_int(row, at) != 0;
}

/* A limit and how much of it is used, where one is declared. The view's time says whether the
 * window that was counted is over. */
static void print_limit(sqlite3_stmt *row, struct json_writer *json, int at, const char *limit,
                        const char *used)
{
    int end = at + (at - 13) + 2; /* hour_end_us is column 15, day_end_us 17 */
    if (sqlite3_column_int64(row, at) == 0)
        return;
    bool over = sqlite3_column_int64(row, 19) >= sqlite3_column_int64(row, end);
    json_member_integer(json, limit, sqlite3_column_int64(row, at));
    json_member_integer(json, used, over ? 0 : sqlite3_column_int64(row, end + 1));
}

static void print_rep(sqlite3_stmt *row, struct json_writer *json)
{
    json_object_open(json);
    json_member(json, "id", store_column_text(row, 0));
    json_member(json, "name", store_column_text(row, 1));
    json_member_if(json, "email", store_column_text(row, 2));
    json_member_if(json, "team", store_column_text(row, 3));
    json_member_if(json, "time_zone", store_column_text(row, 4));
    json_member_if(json, "country", store_column_text(row, 5));
    json_member_bool(json, "present", flag(row, 6));
    json_member_bool(json, "available", flag(row, 7));
    json_member_integer(json, "capacity", sqlite3_column_int64(row, 8));
    json_member_integer(json, "declared_capacity", sqlite3_column_int64(row, 9));
    json_member_integer(json, "load", sqlite3_column_int64(row, 10));
    json_member(json, "duty", store_column_text(row, 11));
    json_member_time(json, "duty_until", sqlite3_column_int64(row, 12));
    print_limit(row, json, 13, "per_hour", "this_hour");
    print_limit(row, json, 14, "per_day", "today");
    store_print_json(json, "pools", store_column_text(row, 20), "[]");
    json_object_close(json);
}

static void print_pool(sqlite3_stmt *row, struct json_writer *json)
{
    json_object_open(json);
    json_member(json, "id", store_column_text(row, 0));
    json_member_if(json, "title", store_column_text(row, 1));
    json_member(json, "strategy", store_column_text(row, 2));
    json_member_bool(json, "present", flag(row, 3));
    json_member_if(json, "overflow", store_column_text(row, 11));
    json_member_if(json, "last_rep", store_column_text(row, 4));
    json_member_integer(json, "members", sqlite3_column_int64(row, 7));
    json_member_integer(json, "available", sqlite3_column_int64(row, 8));
    json_member_integer(json, "on_duty", sqlite3_column_int64(row, 12));
    json_member_integer(json, "full", sqlite3_column_int64(row, 13));
    json_member_integer(json, "room", sqlite3_column_int64(row, 14));
    json_member_integer(json, "capacity", sqlite3_column_int64(row, 9));
    json_member_integer(json, "load", sqlite3_column_int64(row, 10));
    json_member_integer(json, "waiting", sqlite3_column_int64(row, 5));
    json_member_time(json, "oldest_waiting_at", sqlite3_column_int64(row, 6));
    store_print_json(json, "roster", store_column_text(row, 15), "[]");
    json_object_close(json);
}

static int print_all(struct store_reader *reader, enum store_query query,
                     void (*print)(sqlite3_stmt *, struct json_writer *), struct json_writer *json,
                     struct error *err)
{
    STORE_QUERY_AUTO *rows = NULL;
    int code = store_query(reader, query, &rows, err);
    if (code != 0)
        return code;
    json_array_open(json);
    while ((code = store_sqlite_step(rows, reader->path, err)) == 1)
        print(rows, json);
    json_array_close(json);
    return code;
}

int store_read_reps(struct store_reader *reader, struct json_writer *json, struct error *err)
{
    return print_all(reader, STORE_QUERY_REPS, print_rep, json, err);
}

int store_read_pools(struct store_reader *reader, struct json_writer *json, struct error *err)
{
    return print_all(reader, STORE_QUERY_POOLS, print_pool, json, err);
}

int store_read_rep(struct store_reader *reader, struct bytes id, struct json_writer *json,
                   struct error *err)
{
    STORE_QUERY_AUTO *row = NULL;
    int code = store_query(reader, STORE_QUERY_REP, &row, err);
    if (code != 0)
        return code;
    store_bind_text(row, 1, id);
    code = store_sqlite_step(row, reader->path, err);
    if (code == 1)
        print_rep(row, json);
    if (code == 0)
        return error_set(err, ML_ENOTFOUND, "", "there is no rep \"%.*s\"", BYTES_ARG(id));
    return code < 0 ? code : 0;
}
