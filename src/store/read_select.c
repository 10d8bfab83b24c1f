/* Any SELECT, for reports: what they show can be asked again by hand. */
#include "store/print.h"

static void print_value(sqlite3_stmt *row, int at, struct json_writer *json)
{
    switch (sqlite3_column_type(row, at)) {
    case SQLITE_INTEGER: json_integer(json, sqlite3_column_int64(row, at)); break;
    case SQLITE_FLOAT: json_double(json, sqlite3_column_double(row, at)); break;
    case SQLITE_TEXT: json_string(json, store_column_text(row, at)); break;
    default: json_null(json); break; /* blobs are nothing to show */
    }
}

static void bind_span(sqlite3_stmt *rows, int64_t from_us, int64_t to_us)
{
    int from = sqlite3_bind_parameter_index(rows, ":from_us");
    int to = sqlite3_bind_parameter_index(rows, ":to_us");
    if (from > 0)
        sqlite3_bind_int64(rows, from, from_us);
    if (to > 0)
        sqlite3_bind_int64(rows, to, to_us);
}

static int prepare(struct store_reader *reader, const char *sql, sqlite3_stmt **ret,
                   struct error *err)
{
    const char *rest = NULL;
    int rc = sqlite3_prepare_v2(reader->db, sql, -1, ret, &rest);
    if (rc != SQLITE_OK)
        return error_set(err, ML_EINVAL, "select", "this is no query of the view: %s",
                         sqlite3_errmsg(reader->db));
    rest += strspn(rest, " \t\r\n;");
    if (*ret == NULL || *rest != '\0' || !sqlite3_stmt_readonly(*ret) ||
        sqlite3_column_count(*ret) == 0)
        return error_set(err, ML_EINVAL, "select", "one SELECT is asked for, and nothing else");
    return 0;
}

int store_read_select(struct store_reader *reader, const char *sql, int64_t from_us, int64_t to_us,
                      struct json_writer *json, struct error *err)
{
    STORE_STATEMENT_AUTO *rows = NULL;
    int code = prepare(reader, sql, &rows, err);
    if (code != 0)
        return code;
    bind_span(rows, from_us, to_us);
    json_array_open(json);
    while ((code = store_sqlite_step(rows, reader->path, err)) == 1) {
        json_object_open(json);
        for (int at = 0; at < sqlite3_column_count(rows); at++) {
            json_key_bytes(json, bytes_of(sqlite3_column_name(rows, at)));
            print_value(rows, at, json);
        }
        json_object_close(json);
    }
    json_array_close(json);
    return code;
}
