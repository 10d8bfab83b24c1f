/* Sources with the versions of their contracts and what became of their records. */
#include "store/internal.h"
#include "store/print.h"

#include <inttypes.h>

/* ---- a version, and in what it differs from the active one */

enum { DIFFERENCES_SHOWN = 20 };

static int print_differences(struct store_reader *reader, struct bytes source, int64_t version,
                             struct json_writer *json, struct error *err)
{
    STORE_QUERY_AUTO *rows = NULL;
    int code = store_query(reader, STORE_QUERY_DIFFERENCES, &rows, err);
    if (code != 0)
        return code;
    store_bind_text(rows, 1, source);
    sqlite3_bind_int64(rows, 2, version);
    sqlite3_bind_int64(rows, 3, DIFFERENCES_SHOWN);
    json_key(json, "differences");
    json_array_open(json);
    while ((code = store_sqlite_step(rows, reader->path, err)) == 1) {
        json_object_open(json);
        json_member(json, "outcome", store_column_text(rows, 0));
        json_member_if(json, "detail", store_column_text(rows, 1));
        json_member_integer(json, "count", sqlite3_column_int64(rows, 2));
        json_member_integer(json, "first_seq", sqlite3_column_int64(rows, 3));
        json_member_integer(json, "last_seq", sqlite3_column_int64(rows, 4));
        json_object_close(json);
    }
    json_array_close(json);
    return code;
}

static int print_version(struct store_reader *reader, struct bytes source, sqlite3_stmt *row,
                         struct json_writer *json, struct error *err)
{
    static const char *const shadows[STORE_SHADOWS] = {"same", "differs", "refused", "accepted"};
    int64_t compared = 0;
    json_object_open(json);
    json_member_integer(json, "version", sqlite3_column_int64(row, 0));
    json_member_integer(json, "accepted", sqlite3_column_int64(row, 1));
    json_member_integer(json, "refused", sqlite3_column_int64(row, 2));
    json_key(json, "shadow");
    json_object_open(json);
    for (int i = 0; i < STORE_SHADOWS; i++) {
        json_member_integer(json, shadows[i], sqlite3_column_int64(row, 3 + i));
        compared += sqlite3_column_int64(row, 3 + i);
    }
    json_object_close(json);
    int code = 0;
    if (compared > sqlite3_column_int64(row, 3))
        code = print_differences(reader, source, sqlite3_column_int64(row, 0), json, err);
    json_object_close(json);
    return code;
}

static int print_versions(struct store_reader *reader, struct bytes source,
                          struct json_writer *json, struct error *err)
{
    STORE_QUERY_AUTO *rows = NULL;
    int code = store_query(reader, STORE_QUERY_VERSIONS, &rows, err);
    if (code != 0)
        return code;
    store_bind_text(rows, 1, source);
    json_key(json, "versions");
    json_array_open(json);
    while (code == 0 && (code = store_sqlite_step(rows, reader->path, err)) == 1)
        code = print_version(reader, source, rows, json, err);
    json_array_close(json);
    return code;
}

/* ---- a source */

static void print_number_if(struct json_writer *json, const char *key, int64_t number)
{
    if (number != 0)
        json_member_integer(json, key, number);
}

static void print_rollout(sqlite3_stmt *row, struct json_writer *json)
{
    print_number_if(json, "active", sqlite3_column_int64(row, 2));
    print_number_if(json, "candidate", sqlite3_column_int64(row, 3));
    print_number_if(json, "previous", sqlite3_column_int64(row, 4));
    json_member(json, "mode", store_column_text(row, 5));
    if (!bytes_is(store_column_text(row, 5), policy_rollout_mode_name(POLICY_CANARY)))
        return;
    json_key(json, "percent");
    json_double(json, (double)sqlite3_column_int64(row, 6) / 100);
    /* The view's time says whether the window that was counted is over. */
    bool over = sqlite3_column_int64(row, 14) >= sqlite3_column_int64(row, 7);
    json_key(json, "window");
    json_object_open(json);
    json_member_time(json, "ends_at", over ? 0 : sqlite3_column_int64(row, 7));
    json_member_integer(json, "accepted", over ? 0 : sqlite3_column_int64(row, 8));
    json_member_integer(json, "refused", over ? 0 : sqlite3_column_int64(row, 9));
    json_object_close(json);
}

static int print_source(struct store_reader *reader, sqlite3_stmt *row, struct json_writer *json,
                        struct error *err)
{
    json_object_open(json);
    json_member(json, "id", store_column_text(row, 0));
    json_member_bool(json, "present", sqlite3_column_int(row, 1) != 0);
    print_rollout(row, json);
    json_member_if(json, "switched_by", store_column_text(row, 13));
    if (sqlite3_column_int64(row, 12) != 0)
        json_member_time(json, "switched_at", sqlite3_column_int64(row, 12));
    json_member_integer(json, "dead_letters", sqlite3_column_int64(row, 15));
    json_member_time(json, "next_notice_at", sqlite3_column_int64(row, 10));
    json_member_time(json, "last_notice_at", sqlite3_column_int64(row, 11));
    int code = print_versions(reader, store_column_text(row, 0), json, err);
    json_object_close(json);
    return code;
}

int store_read_sources(struct store_reader *reader, struct json_writer *json, struct error *err)
{
    STORE_QUERY_AUTO *rows = NULL;
    int code = store_query(reader, STORE_QUERY_SOURCES, &rows, err);
    if (code != 0)
        return code;
    json_array_open(json);
    while (code == 0 && (code = store_sqlite_step(rows, reader->path, err)) == 1)
        code = print_source(reader, rows, json, err);
    json_array_close(json);
    return code;
}

int store_read_source(struct store_reader *reader, struct bytes id, struct json_writer *json,
                      struct error *err)
{
    STORE_QUERY_AUTO *row = NULL;
    int code = store_query(reader, STORE_QUERY_SOURCE, &row, err);
    if (code != 0)
        return code;
    store_bind_text(row, 1, id);
    code = store_sqlite_step(row, reader->path, err);
    if (code == 0)
        return error_set(err, ML_ENOTFOUND, "", "there is no source \"%.*s\"", BYTES_ARG(id));
    return code < 0 ? code : print_source(reader, row, json, err);
}
