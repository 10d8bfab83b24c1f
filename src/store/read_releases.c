/* What was in force when. */
#include "store/releases.h"

#include "store/print.h"

/* {"seq": 12, "id": "…", "mesh": "acme", "pipeline": "inbound", "activated_at": …, "actor": "kim",
 *  "active": true} */
static void print_activation(sqlite3_stmt *row, struct json_writer *json)
{
    struct bytes actor = store_column_text(row, 5);
    json_object_open(json);
    json_member_integer(json, "seq", sqlite3_column_int64(row, 0));
    json_member(json, "id", store_column_text(row, 1));
    json_member(json, "mesh", store_column_text(row, 2));
    json_member(json, "pipeline", store_column_text(row, 3));
    json_member_time(json, "activated_at", sqlite3_column_int64(row, 4));
    json_key(json, "actor");
    if (actor.size > 0)
        json_string(json, actor);
    else
        json_null(json);
    json_member_bool(json, "active", sqlite3_column_int(row, 6) != 0);
    json_object_close(json);
}

int store_read_activations(struct store_reader *reader, uint64_t before, uint32_t limit,
                           struct json_writer *json, uint64_t *ret_next, struct error *err)
{
    static const char sql[] =
        "SELECT timeline.seq, releases.id, canonical ->> '$.mesh.name', "
        "canonical ->> '$.pipeline.pipeline', time_us, actor, "
        "timeline.seq = (SELECT max(seq) FROM timeline WHERE kind = 'release.activated') "
        "FROM timeline JOIN releases ON releases.id >= timeline.subject AND "
        "releases.id < timeline.subject || 'g' WHERE kind = 'release.activated' AND "
        "timeline.seq < ?1 ORDER BY timeline.seq DESC LIMIT ?2";
    int code = store_limit_check(limit, "activations", err);
    return code == 0
               ? store_print_page(reader, sql, before, limit, print_activation, json, ret_next, err)
               : code;
}

int store_read_activator(struct store_reader *reader, struct bytes id, struct arena *arena,
                         struct bytes *ret, struct error *err)
{
    static const char sql[] =
        "SELECT (SELECT actor FROM timeline INDEXED BY timeline_time WHERE time_us = activated_us "
        "AND kind = 'release.activated' ORDER BY seq DESC LIMIT 1) FROM releases WHERE id = ?1";
    STORE_STATEMENT_AUTO *row = NULL;
    *ret = (struct bytes){0};
    int code = store_sqlite_prepare(reader->db, reader->path, sql, &row, err);
    if (code != 0)
        return code;
    store_bind_string(row, 1, id);
    code = store_sqlite_step(row, reader->path, err);
    if (code == 1)
        *ret = arena_copy(arena, store_column_text(row, 0));
    return code < 0 ? code : 0;
}
