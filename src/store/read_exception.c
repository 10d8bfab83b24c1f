/* One exception with everything: its history, what a person should do, and what happens by itself.
 *
 * As in a list (read_exceptions.c), and of an open one:
 *    "recommended": "ask the sender for an address",
 *    "fallback": {"action": "team", "team": "revops", "pool": "dach", "at": …}
 * and always:
 *    "history": [{"time": …, "seq": 12, "what": "opened", "actor": "", "note": "…"}]            */
#include "store/print.h"

/* The release in force, compiled once for as long as it is. */
static int active_release(struct store_reader *reader, const struct policy_release **ret,
                          struct error *err)
{
    STORE_STATEMENT_AUTO *row = NULL;
    int code = store_sqlite_prepare(reader->db, reader->path,
                                    "SELECT id, canonical FROM releases WHERE active", &row, err);
    if (code == 0)
        code = store_sqlite_step(row, reader->path, err);
    if (code < 0)
        return code;
    *ret = NULL;
    if (code == 0)
        return 0;
    if (reader->active == NULL || !bytes_is(store_column_text(row, 0), reader->active->id_text)) {
        policy_release_unref(reader->active);
        reader->active = NULL;
        code = policy_release_from_canonical(store_column_text(row, 1), &reader->active, err);
        if (code != 0)
            return code;
    }
    *ret = reader->active;
    return 0;
}

static void print_fallback(const struct policy_release *release,
                           const struct policy_fallback *fallback, int64_t due_us,
                           struct json_writer *json)
{
    json_key(json, "fallback");
    json_object_open(json);
    json_member(json, "action", bytes_of(policy_fall_back_action_name(fallback->action)));
    if (fallback->action == POLICY_FALL_BACK_POOL)
        json_member(json, "pool", bytes_of(release->pools[fallback->pool].id));
    if (fallback->action == POLICY_FALL_BACK_TEAM)
        json_member(json, "team", bytes_of(fallback->team));
    json_member_time(json, "at", due_us);
    json_object_close(json);
}

/* What is to be done about an open one. */
static int print_prospect(struct store_reader *reader, sqlite3_stmt *row, struct json_writer *json,
                          struct error *err)
{
    const struct policy_release *release;
    int code = active_release(reader, &release, err);
    if (code != 0 || release == NULL)
        return code;
    const struct policy_exception *settings =
        policy_exception_find(release, store_column_text(row, 3));
    bool holding = sqlite3_column_int(row, 9) != 0; /* then its own are among its lead's */
    size_t had = (size_t)sqlite3_column_int64(row, 37) +
                 (holding ? 0 : (size_t)sqlite3_column_int64(row, 13));
    json_member(json, "recommended", bytes_of(settings->recommended));
    print_fallback(
        release,
        &settings->fallbacks[had < settings->fallback_count ? had : settings->fallback_count - 1],
        sqlite3_column_int64(row, 12), json);
    return 0;
}

static int print_history(struct store_reader *reader, uint64_t number, struct json_writer *json,
                         struct error *err)
{
    STORE_STATEMENT_AUTO *rows = NULL;
    int code = store_sqlite_prepare(reader->db, reader->path,
                                    "SELECT time_us, seq, event, actor, text FROM exception_events "
                                    "WHERE exception = ?1 ORDER BY seq",
                                    &rows, err);
    if (code != 0)
        return code;
    sqlite3_bind_int64(rows, 1, (int64_t)number);
    json_key(json, "history");
    json_array_open(json);
    while ((code = store_sqlite_step(rows, reader->path, err)) == 1) {
        json_object_open(json);
        json_member_time(json, "time", sqlite3_column_int64(rows, 0));
        json_member_integer(json, "seq", sqlite3_column_int64(rows, 1));
        json_member(json, "what", store_column_text(rows, 2));
        json_member(json, "actor", store_column_text(rows, 3));
        json_member(json, "note", store_column_text(rows, 4));
        json_object_close(json);
    }
    json_array_close(json);
    return code;
}

int store_read_exception(struct store_reader *reader, uint64_t number, struct json_writer *json,
                         struct error *err)
{
    STORE_STATEMENT_AUTO *row = NULL;
    char id[LEAD_ID_TEXT_SIZE];
    int code = store_sqlite_prepare(reader->db, reader->path,
                                    "SELECT " STORE_EXCEPTION_COLUMNS " FROM exceptions AS e "
                                    "LEFT JOIN leads ON leads.number = e.lead WHERE e.number = ?1",
                                    &row, err);
    if (code != 0)
        return code;
    sqlite3_bind_int64(row, 1, (int64_t)number);
    code = store_sqlite_step(row, reader->path, err);
    if (code < 0)
        return code;
    entity_id_print(ID_EXCEPTION, number, id);
    if (code == 0)
        return error_set(err, ML_ENOTFOUND, id, "there is no exception %s", id);
    json_object_open(json);
    store_print_exception(row, json);
    code = bytes_is(store_column_text(row, 2), "open") ? print_prospect(reader, row, json, err) : 0;
    if (code == 0)
        code = print_history(reader, number, json, err);
    json_object_close(json);
    return code;
}
