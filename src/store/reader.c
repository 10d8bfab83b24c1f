/* The read handle: opened read-only, so that it can never hold up the writer; a query's snapshot
 * lasts as long as the call. */
#include "store/internal.h"

#include <stdlib.h>

#define SOURCE_COLUMNS                                                                        \
    "id, present, active, candidate, previous, mode, share, window_end_us, window_accepted, " \
    "window_refused, notice_us, last_notice_us, switched_us, switch_cause, "                  \
    "(SELECT time_us FROM meta), (SELECT count(*) FROM dead_letters INDEXED BY "              \
    "dead_letters_source WHERE source = sources.id AND dead_letters.state = 'open')"

/* Joined at once: the members are not indexed by rep. */
#define MEMBER_OF                                                                               \
    "LEFT JOIN (SELECT rep, json_group_array(pool) AS pools FROM (SELECT DISTINCT rep, "        \
    "pool FROM pool_members ORDER BY rep, pool) GROUP BY rep) AS member_of ON member_of.rep = " \
    "reps.id "
#define ON_DUTY "(reps.available AND reps.duty = 'on_duty')"

static const char *const query_text[STORE_QUERIES] = {
    [STORE_QUERY_BEGIN] = "BEGIN",
    [STORE_QUERY_END] = "COMMIT",
    [STORE_QUERY_SEQ] = "SELECT applied_seq FROM meta",
    [STORE_QUERY_LEAD] = "SELECT leads.number, " STORE_LEAD_COLUMNS " FROM leads WHERE number = ?1",
    [STORE_QUERY_REFERENCE] =
        "SELECT last_seq, state, (SELECT id FROM releases WHERE releases.number = leads.release) "
        "FROM leads WHERE number = ?1",
    [STORE_QUERY_KEY_PIECES] =
        "SELECT (SELECT entries FROM lead_key_index WHERE run = through AND first_key <= ?1 "
        "ORDER BY first_key DESC LIMIT 1) FROM lead_index_runs ORDER BY through DESC",
    [STORE_QUERY_KEY_NEWEST] =
        "SELECT number FROM leads NOT INDEXED WHERE number > "
        "(SELECT coalesce(max(through), 0) FROM lead_index_runs) AND key = ?1",
    [STORE_QUERY_KEY_CHECK] = "SELECT 1 FROM leads WHERE number = ?1 AND key = ?2",
    [STORE_QUERY_REPS] =
        "SELECT id, name, email, team, time_zone, country, present, available, capacity, "
        "declared_capacity, load, duty, duty_until_us, per_hour, per_day, hour_end_us, hour_count, "
        "day_end_us, day_count, (SELECT time_us FROM meta), member_of.pools FROM reps " MEMBER_OF
        "ORDER BY id",
    [STORE_QUERY_REP] =
        "SELECT id, name, email, team, time_zone, country, present, available, capacity, "
        "declared_capacity, load, duty, duty_until_us, per_hour, per_day, hour_end_us, hour_count, "
        "day_end_us, day_count, (SELECT time_us FROM meta), member_of.pools FROM reps " MEMBER_OF
        "WHERE id = ?1",
    /* The oldest lead that waits: numbers rise with time, only a reopened lead came later than its
     * number says; so it is among the waiting up to the first that was never reopened. */
    [STORE_QUERY_POOLS] =
        "SELECT pools.id, title, strategy, pools.present, last_rep, waiting, "
        "CASE WHEN waiting > 0 THEN "
        "(SELECT min(captured_us) FROM leads INDEXED BY leads_waiting "
        " WHERE place = 'waiting' AND pool = pools.id AND number <= coalesce("
        "  (SELECT number FROM leads INDEXED BY leads_waiting "
        "   WHERE place = 'waiting' AND pool = pools.id AND reopened = 0 "
        "   ORDER BY number LIMIT 1), 9223372036854775807)) END, "
        "count(reps.id), coalesce(sum(reps.available), 0), coalesce(sum(capacity), 0), "
        "coalesce(sum(load), 0), pools.overflow, "
        "coalesce(sum(" ON_DUTY "), 0), coalesce(sum(" ON_DUTY " AND load >= capacity), 0), "
        "coalesce(sum(iif(" ON_DUTY ", max(capacity - load, 0), 0)), 0), "
        "(SELECT json_group_array(json_object('rep', rep, 'weight', weight, 'tier', tier)) FROM "
        "(SELECT rep, weight, tier FROM pool_members WHERE pool = pools.id ORDER BY position)) "
        "FROM pools LEFT JOIN pool_members ON pool_members.pool = pools.id "
        "LEFT JOIN reps ON reps.id = pool_members.rep GROUP BY pools.id ORDER BY pools.id",
    [STORE_QUERY_RELEASE] = "SELECT canonical FROM releases WHERE id >= ?1 AND id < ?1 || 'g'",
    [STORE_QUERY_ACTIVATION] = "SELECT activated_us FROM releases WHERE id = ?1",
    [STORE_QUERY_RECONCILIATION] =
        "SELECT seq, accepted, owned, waiting, exception, nurture, qualified, disqualified, "
        "dead_lettered, settled, touchpoints, late FROM reconciliation",
    [STORE_QUERY_DEAD_LETTER] = "SELECT " STORE_DEAD_LETTER_COLUMNS
                                ", errors, media_type, headers, payload FROM dead_letters LEFT "
                                "JOIN dead_letter_payloads ON dead_letter = number "
                                "WHERE number = ?1",
    [STORE_QUERY_SOURCES] = "SELECT " SOURCE_COLUMNS " FROM sources ORDER BY id",
    [STORE_QUERY_SOURCE] = "SELECT " SOURCE_COLUMNS " FROM sources WHERE id = ?1",
    [STORE_QUERY_VERSIONS] =
        "SELECT version, accepted, refused, shadow_same, shadow_differs, shadow_refused, "
        "shadow_accepted FROM source_versions WHERE source = ?1 ORDER BY version",
    [STORE_QUERY_DIFFERENCES] =
        "SELECT outcome, detail, count, first_seq, last_seq FROM shadow_differences "
        "WHERE source = ?1 AND version = ?2 ORDER BY last_seq DESC, outcome, detail LIMIT ?3",
};

int store_reader_open(const char *path, const char *vfs, struct store_reader **ret,
                      struct error *err)
{
    struct store_reader *reader = calloc(1, sizeof *reader);
    if (reader == NULL || (reader->path = strdup(path)) == NULL)
        panic("out of memory (reader of the view)");
    int code = store_sqlite_open(path, vfs, SQLITE_OPEN_READONLY, &reader->db, err);
    if (code == 0)
        code = store_sqlite_check_format(reader->db, path, err);
    if (code != 0) {
        store_reader_close(reader);
        return code;
    }
    *ret = reader;
    return 0;
}

void store_reader_close(struct store_reader *reader)
{
    if (reader == NULL)
        return;
    for (int i = 0; i < STORE_QUERIES; i++)
        sqlite3_finalize(reader->queries[i]);
    sqlite3_close(reader->db);
    policy_release_unref(reader->active);
    free(reader->path);
    free(reader);
}

int store_query(struct store_reader *reader, enum store_query query, sqlite3_stmt **ret,
                struct error *err)
{
    sqlite3_stmt **statement = &reader->queries[query];
    int code = 0;
    if (*statement == NULL)
        code = store_sqlite_prepare(reader->db, reader->path, query_text[query], statement, err);
    *ret = *statement;
    return code;
}

int store_query_number(struct store_reader *reader, enum store_query query, uint64_t number,
                       sqlite3_stmt **ret, struct error *err)
{
    int code = store_query(reader, query, ret, err);
    if (code != 0)
        return code;
    sqlite3_bind_int64(*ret, 1, (int64_t)number);
    return store_sqlite_step(*ret, reader->path, err);
}

int store_read_begin(struct store_reader *reader, struct error *err)
{
    sqlite3_stmt *begin;
    int code = store_query(reader, STORE_QUERY_BEGIN, &begin, err);
    return code == 0 ? store_sqlite_run(begin, reader->path, err) : code;
}

int store_read_end(struct store_reader *reader, int code, struct error *err)
{
    sqlite3_stmt *end;
    int ended = store_query(reader, STORE_QUERY_END, &end, code == 0 ? err : NULL);
    if (ended == 0)
        ended = store_sqlite_run(end, reader->path, code == 0 ? err : NULL);
    return code != 0 ? code : ended;
}

int store_read_seq(struct store_reader *reader, uint64_t *ret, struct error *err)
{
    STORE_QUERY_AUTO *row = NULL;
    int code = store_query(reader, STORE_QUERY_SEQ, &row, err);
    if (code == 0)
        code = store_sqlite_step(row, reader->path, err);
    if (code < 0)
        return code;
    *ret = code == 1 ? (uint64_t)sqlite3_column_int64(row, 0) : 0;
    return 0;
}
