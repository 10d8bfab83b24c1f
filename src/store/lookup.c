/* The look-ups by rep and by business key. A plain index would cost a random page for every lead,
 * more than all the rest of its projection; so leads are added thousands at a time, in key order.
 * Leads up to `through` are covered, exactly; newer ones are found by looking at them.
 *
 * Keys go into runs, one per extension: a key is looked for in each, and no run is ever touched
 * again. Reps are few, so theirs is one sorted table. */
#include "store/internal.h"

enum { EXTEND_AT = 16384 }; /* leads; also what a query may have to look at one by one */

int store_lookup_read(struct store *store, struct error *err)
{
    STORE_STATEMENT_AUTO *statement = NULL;
    int code = store_sqlite_prepare(
        store->db, store->path,
        "SELECT through, (SELECT count(*) FROM leads WHERE number > through) "
        "FROM (SELECT coalesce(max(through), 0) AS through FROM lead_index_runs)",
        &statement, err);
    if (code == 0)
        code = store_sqlite_step(statement, store->path, err);
    if (code < 0)
        return code;
    store->indexed_through = (uint64_t)sqlite3_column_int64(statement, 0);
    store->unindexed = (uint64_t)sqlite3_column_int64(statement, 1);
    return 0;
}

static int change(struct store *store, enum store_statement which, const struct store_row *row,
                  uint32_t rep, struct error *err)
{
    if (rep == CORE_NONE)
        return 0;
    sqlite3_stmt *statement = store->statements[which];
    store_bind_text(statement, 1, bytes_of(store->roster.reps[rep].id));
    sqlite3_bind_int64(statement, 2, (int64_t)row->number);
    return store_run(store, which, err);
}

int store_lookup_follow(struct store *store, const struct store_row *row, struct error *err)
{
    if (row->number > store->indexed_through || row->rep == row->indexed_rep)
        return 0;
    int code = change(store, STORE_REP_INDEX_REMOVE, row, row->indexed_rep, err);
    return code == 0 ? change(store, STORE_REP_INDEX_ADD, row, row->rep, err) : code;
}

static int run_extension(struct store *store, const char *sql, struct error *err)
{
    STORE_STATEMENT_AUTO *statement = NULL;
    int code = store_sqlite_prepare(store->db, store->path, sql, &statement, err);
    if (code != 0)
        return code;
    sqlite3_bind_int64(statement, 1, (int64_t)store->indexed_through);
    /* No lead is newer than the newest event. */
    sqlite3_bind_int64(statement, 2, (int64_t)store->meta.applied_seq);
    return store_sqlite_run(statement, store->path, err);
}

int store_lookup_extend(struct store *store, struct error *err)
{
    static const char *const steps[] = {
        "INSERT INTO lead_rep_index SELECT rep, number FROM leads "
        "WHERE number > ?1 AND number <= ?2 AND rep IS NOT NULL ORDER BY rep, number",
        "INSERT INTO lead_key_index SELECT ?2, substr(key, 1, 8), number FROM leads "
        "WHERE number > ?1 AND number <= ?2 AND key IS NOT NULL ORDER BY 2, 3",
        "INSERT INTO lead_index_runs SELECT ?2 WHERE ?1 < ?2",
    };
    if (store->unindexed < EXTEND_AT)
        return 0;
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        int code = run_extension(store, steps[i], err);
        if (code != 0)
            return code;
    }
    store->indexed_through = store->meta.applied_seq;
    store->unindexed = 0;
    return 0;
}
