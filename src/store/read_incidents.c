/* Incidents, and the story of one.
 *
 *   {"id": "I12", "version": 30, "state": "closed", "title": "…", "team": "sales", "class": "hot",
 *    "objective": "contacted", "attained": 7000, "norm": 9500, "alert": "A5", "opened_at": …,
 *    "opened_by": "", "closed_at": …, "closed_by": "kim", "items": 2, "items_open": 1}
 *
 * Of one, `items` are the items and there are more: "text", "causes": ["…"],
 *   "items": [{"n": 1, "title": "…", "owner": "kim", "due": …, "remind_at": …, "done": false,
 *     "done_at": null, "done_by": "", "note": ""}],
 *   "timeline": [{"time": …, "kind": "alert.firing", "subject": "A5", "what": "…", "by": ""}] */
#include "store/print.h"

/* The story begins so long before the incident. */
#define PROLOGUE_US STORE_US_PER_HOUR
enum { TIMELINE_MAX = 2000 };

#define INCIDENT_COLUMNS                                                              \
    "number, last_seq, state, title, team, class, objective, attained, norm, alert, " \
    "opened_us, opened_by, closed_us, closed_by, items_open, (SELECT count(*) FROM "  \
    "incident_items WHERE incident = number), text, causes FROM incidents "

static void print_members(sqlite3_stmt *row, struct json_writer *json)
{
    store_print_id(json, "id", ID_INCIDENT, sqlite3_column_int64(row, 0));
    json_member_integer(json, "version", sqlite3_column_int64(row, 1));
    json_member(json, "state", store_column_text(row, 2));
    json_member(json, "title", store_column_text(row, 3));
    json_member(json, "team", store_column_text(row, 4));
    json_member_if(json, "class", store_column_text(row, 5));
    json_member_if(json, "objective", store_column_text(row, 6));
    if (sqlite3_column_int64(row, 7) != 0 || sqlite3_column_int64(row, 8) != 0) {
        json_member_integer(json, "attained", sqlite3_column_int64(row, 7));
        json_member_integer(json, "norm", sqlite3_column_int64(row, 8));
    }
    store_print_id(json, "alert", ID_ALERT, sqlite3_column_int64(row, 9));
    json_member_time(json, "opened_at", sqlite3_column_int64(row, 10));
    json_member(json, "opened_by", store_column_text(row, 11));
    json_member_time(json, "closed_at", sqlite3_column_int64(row, 12));
    json_member_if(json, "closed_by", store_column_text(row, 13));
    json_member_integer(json, "items_open", sqlite3_column_int64(row, 14));
}

static void print_incident(sqlite3_stmt *row, struct json_writer *json)
{
    json_object_open(json);
    print_members(row, json);
    json_member_integer(json, "items", sqlite3_column_int64(row, 15));
    json_object_close(json);
}

int store_read_incidents(struct store_reader *reader, bool open, uint64_t before, uint32_t limit,
                         struct json_writer *json, uint64_t *ret_next, struct error *err)
{
    int code = store_limit_check(limit, "incidents", err);
    const char *sql = open ? "SELECT " INCIDENT_COLUMNS
                             "WHERE state = 'open' AND number < ?1 ORDER BY number DESC LIMIT ?2"
                           : "SELECT " INCIDENT_COLUMNS
                             "WHERE number < ?1 ORDER BY number DESC LIMIT ?2";
    return code == 0
               ? store_print_page(reader, sql, before, limit, print_incident, json, ret_next, err)
               : code;
}

/* ---- one */

static void print_item(sqlite3_stmt *row, struct json_writer *json)
{
    json_member_integer(json, "n", sqlite3_column_int64(row, 0) + 1);
    json_member(json, "title", store_column_text(row, 1));
    json_member(json, "owner", store_column_text(row, 2));
    json_member_time(json, "due", sqlite3_column_int64(row, 3));
    json_member_time(json, "remind_at", sqlite3_column_int64(row, 4));
    json_member_bool(json, "done", sqlite3_column_type(row, 5) != SQLITE_NULL);
    json_member_time(json, "done_at", sqlite3_column_int64(row, 5));
    json_member_if(json, "done_by", store_column_text(row, 6));
    json_member_if(json, "note", store_column_text(row, 7));
}

static void print_entry(sqlite3_stmt *row, struct json_writer *json)
{
    json_member_time(json, "time", sqlite3_column_int64(row, 0));
    json_member(json, "kind", store_column_text(row, 1));
    json_member(json, "subject", store_column_text(row, 2));
    json_member(json, "what", store_column_text(row, 3));
    json_member(json, "by", store_column_text(row, 4));
}

/* Members of the incident ?1; ?2 and ?3 are the story's beginning and end. */
static int print_rows(struct store_reader *reader, const char *key, const char *sql,
                      sqlite3_stmt *incident, void (*print)(sqlite3_stmt *, struct json_writer *),
                      struct json_writer *json, struct error *err)
{
    STORE_STATEMENT_AUTO *rows = NULL;
    int code = store_sqlite_prepare(reader->db, reader->path, sql, &rows, err);
    if (code != 0)
        return code;
    int64_t closed_us = sqlite3_column_int64(incident, 12);
    sqlite3_bind_int64(rows, 1, sqlite3_column_int64(incident, 0));
    if (sqlite3_bind_parameter_count(rows) > 1) {
        sqlite3_bind_int64(rows, 2, sqlite3_column_int64(incident, 10) - PROLOGUE_US);
        sqlite3_bind_int64(rows, 3, closed_us != 0 ? closed_us : INT64_MAX);
        sqlite3_bind_int64(rows, 4, TIMELINE_MAX);
    }
    json_key(json, key);
    json_array_open(json);
    while ((code = store_sqlite_step(rows, reader->path, err)) == 1) {
        json_object_open(json);
        print(rows, json);
        json_object_close(json);
    }
    json_array_close(json);
    return code;
}

static int print_story(struct store_reader *reader, sqlite3_stmt *incident,
                       struct json_writer *json, struct error *err)
{
    static const char items[] = "SELECT item, title, owner, due_us, remind_us, done_us, done_by, "
                                "note FROM incident_items WHERE incident = ?1 ORDER BY item";
    static const char timeline[] =
        "SELECT time_us, kind, subject, text, actor FROM ("
        "SELECT seq, time_us, kind, subject, text, actor FROM timeline INDEXED BY timeline_time "
        "WHERE time_us BETWEEN ?2 AND ?3 UNION ALL "
        "SELECT seq, time_us, 'incident.noted', 'I' || incident, text, actor FROM incident_notes "
        "WHERE incident = ?1) ORDER BY seq LIMIT ?4";
    json_object_open(json);
    print_members(incident, json);
    json_member_if(json, "text", store_column_text(incident, 16));
    store_print_json(json, "causes", store_column_text(incident, 17), "[]");
    int code = print_rows(reader, "items", items, incident, print_item, json, err);
    if (code == 0)
        code = print_rows(reader, "timeline", timeline, incident, print_entry, json, err);
    json_object_close(json);
    return code;
}

int store_read_incident(struct store_reader *reader, uint64_t number, struct json_writer *json,
                        struct error *err)
{
    STORE_STATEMENT_AUTO *row = NULL;
    char id[LEAD_ID_TEXT_SIZE];
    int code = store_sqlite_prepare(reader->db, reader->path,
                                    "SELECT " INCIDENT_COLUMNS "WHERE number = ?1", &row, err);
    if (code != 0)
        return code;
    sqlite3_bind_int64(row, 1, (int64_t)number);
    code = store_sqlite_step(row, reader->path, err);
    if (code == 1)
        return print_story(reader, row, json, err);
    entity_id_print(ID_INCIDENT, number, id);
    return code < 0 ? code : error_set(err, ML_ENOTFOUND, id, "there is no incident %s", id);
}
