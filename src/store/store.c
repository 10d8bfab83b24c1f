/* The write handle of the view: opening, creating, closing. */
#include "store/internal.h"

#include <stdio.h>
#include <stdlib.h>

/* In the order of enum store_statement. Parameters of a lead's row stand in the order of its
 * columns, so that insert and update bind alike. */
static const char *const statement_text[STORE_STATEMENTS] = {
    [STORE_BEGIN] = "BEGIN IMMEDIATE",
    [STORE_COMMIT] = "COMMIT",
    [STORE_ROLLBACK] = "ROLLBACK",
    [STORE_META_WRITE] = "UPDATE meta SET applied_seq = ?1, time_us = ?2, accepted = ?3, "
                         "touchpoints = ?4, late = ?5, refused = ?6, replayed = ?7 WHERE one = 1",
    [STORE_LEAD_READ] =
        "SELECT number, last_seq, state, place, source, class, urgency, score, route, pool, rep, "
        "release, captured_us, assigned_us, contacted_us, closed_us, due_us, late_count, held, "
        "touchpoints, reopened, key_kind, key, before_rep, kind, team, kept_from, contract, "
        "dead_letter, campaign, partner, enriched_us, first_assigned_us, enriched_due_us, "
        "assigned_due_us, contacted_due_us, qualified_due_us, late, void, steps, acknowledged_us, "
        "surge, fallbacks, merged_into, place_since_us, intake_us, routing_us, waiting_us, "
        "triage_us, enrichment_us, until_us, measures, enrichment FROM leads WHERE number = ?1",
    [STORE_LEAD_INSERT] =
        "INSERT INTO leads (number, last_seq, state, place, source, class, urgency, score, route, "
        "pool, rep, release, captured_us, assigned_us, contacted_us, closed_us, due_us, "
        "late_count, held, touchpoints, reopened, key_kind, key, before_rep, kind, team, "
        "kept_from, contract, dead_letter, campaign, partner, enriched_us, first_assigned_us, "
        "enriched_due_us, assigned_due_us, contacted_due_us, qualified_due_us, late, void, steps, "
        "acknowledged_us, surge, fallbacks, merged_into, place_since_us, intake_us, routing_us, "
        "waiting_us, triage_us, enrichment_us, until_us, measures, enrichment) VALUES "
        "(?1, ?2, ?3, ?4, ?5, ?6, "
        "?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, "
        "?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31, ?32, ?33, ?34, ?35, ?36, ?37, ?38, ?39, ?40, ?41, "
        "?42, ?43, ?44, ?45, ?46, ?47, ?48, ?49, ?50, ?51, ?52, ?53)",
    [STORE_LEAD_ADVANCE] =
        "UPDATE leads SET last_seq = ?2, state = ?3, contacted_us = ?4, due_us = ?5, "
        "late_count = ?6, touchpoints = ?7, late = ?8, steps = ?9 WHERE number = ?1",
    [STORE_LEAD_UPDATE] =
        "UPDATE leads SET last_seq = ?2, state = ?3, place = ?4, source = ?5, class = ?6, "
        "urgency = ?7, score = ?8, route = ?9, pool = ?10, rep = ?11, release = ?12, "
        "captured_us = ?13, assigned_us = ?14, contacted_us = ?15, closed_us = ?16, due_us = ?17, "
        "late_count = ?18, held = ?19, touchpoints = ?20, reopened = ?21, key_kind = ?22, "
        "key = ?23, before_rep = ?24, kind = ?25, team = ?26, kept_from = ?27, contract = ?28, "
        "dead_letter = ?29, campaign = ?30, partner = ?31, enriched_us = ?32, first_assigned_us = "
        "?33, enriched_due_us = ?34, assigned_due_us = ?35, contacted_due_us = ?36, "
        "qualified_due_us = ?37, late = ?38, void = ?39, steps = ?40, acknowledged_us = ?41, surge "
        "= ?42, fallbacks = ?43, merged_into = ?44, place_since_us = ?45, intake_us = ?46, "
        "routing_us = ?47, waiting_us = ?48, triage_us = ?49, enrichment_us = ?50, until_us = ?51, "
        "measures = ?52, enrichment = ?53 WHERE number = ?1",
    [STORE_ATTRIBUTES_WRITE] = "INSERT OR REPLACE INTO lead_attributes VALUES (?1, ?2)",
    [STORE_IDEMPOTENCY_INSERT] = "INSERT INTO idempotency (seq, key, fingerprint, lead, time_us) "
                                 "VALUES (?1, ?2, ?3, ?4, ?5)",
    [STORE_IDEMPOTENCY_OLDEST] = "SELECT seq, time_us FROM idempotency ORDER BY seq LIMIT 1",
    [STORE_IDEMPOTENCY_EXPIRE] = "DELETE FROM idempotency WHERE seq < ?1 AND time_us <= ?2",
    [STORE_REP_UPDATE] =
        "UPDATE reps SET available = ?2, capacity = ?3, load = ?4, duty = ?5, duty_until_us = ?6, "
        "hour_end_us = ?7, hour_count = ?8, day_end_us = ?9, day_count = ?10, "
        "last_assigned_seq = ?11 WHERE number = ?1",
    [STORE_POOL_UPDATE] =
        "UPDATE pools SET last_rep = ?2, waiting = ?3, turn = ?4 WHERE number = ?1",
    [STORE_REP_INDEX_ADD] = "INSERT INTO lead_rep_index (rep, lead) VALUES (?1, ?2)",
    [STORE_RUN_ADD] = "INSERT INTO lead_index_runs (through) VALUES (?1)",
    [STORE_KEY_INDEX_ADD] = "INSERT INTO lead_key_index (run, first_key, entries) "
                            "VALUES (?1, ?2, ?3)",
    [STORE_REP_INDEX_REMOVE] = "DELETE FROM lead_rep_index WHERE rep = ?1 AND lead = ?2",
    [STORE_DEAD_LETTER_ADD] =
        "INSERT INTO dead_letters (number, last_seq, state, source, contract, canary, captured_us, "
        "newest_us, attempts, violation, message, errors) "
        "VALUES (?1, ?1, 'open', ?2, ?3, ?4, ?5, ?5, 1, ?6, ?7, ?8)",
    [STORE_DEAD_LETTER_RETRY] =
        "UPDATE dead_letters SET last_seq = ?2, newest_us = ?3, attempts = attempts + 1, "
        "contract = ?4, canary = ?5, violation = ?6, message = ?7, errors = ?8 "
        "WHERE number = ?1 AND state = 'open'",
    [STORE_DEAD_LETTER_SETTLE] =
        "UPDATE dead_letters SET last_seq = ?2, newest_us = ?3, state = ?4, lead = ?5, reason = ?6 "
        "WHERE number = ?1 AND state = 'open'",
    [STORE_PAYLOAD_ADD] =
        "INSERT INTO dead_letter_payloads (dead_letter, media_type, headers, payload) "
        "VALUES (?1, ?2, ?3, ?4)",
    [STORE_PAYLOAD_REMOVE] = "DELETE FROM dead_letter_payloads WHERE dead_letter = ?1",
    [STORE_SOURCE_UPDATE] =
        "UPDATE sources SET present = ?2, active = ?3, candidate = ?4, previous = ?5, mode = ?6, "
        "share = ?7, declared_active = ?8, declared_candidate = ?9, declared_previous = ?10, "
        "declared_mode = ?11, declared_share = ?12, window_end_us = ?13, window_accepted = ?14, "
        "window_refused = ?15, notice_us = ?16, last_notice_us = ?17, switched_us = ?18, "
        "switch_cause = ?19 WHERE number = ?1",
    [STORE_VERSION_WRITE] =
        "INSERT OR REPLACE INTO source_versions (source, version, accepted, refused, shadow_same, "
        "shadow_differs, shadow_refused, shadow_accepted) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    [STORE_DIFFERENCE_COUNT] =
        "UPDATE shadow_differences SET count = count + ?5, last_seq = max(last_seq, ?6) "
        "WHERE source = ?1 AND version = ?2 AND outcome = ?3 AND detail = ?4",
    [STORE_DIFFERENCE_ADD] =
        "INSERT INTO shadow_differences (source, version, outcome, detail, count, last_seq, "
        "first_seq) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    [STORE_VIOLATION_WRITE] =
        "INSERT OR REPLACE INTO violations (source, position, contract, kind, message, count, "
        "examples, first_us, last_us) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    [STORE_VIOLATIONS_REMOVE] = "DELETE FROM violations WHERE source = ?1",
};

/* Larger pages and a small log measured best: appends fill pages, and a checkpoint stays short
 * enough not to show in the view's lag. Durability is the journal's business: NORMAL loses at most
 * the newest batches in a power loss, and they are projected again. */
static const char pragmas[] = "PRAGMA page_size = 8192;"
                              "PRAGMA journal_mode = WAL;"
                              "PRAGMA synchronous = NORMAL;"
                              "PRAGMA wal_autocheckpoint = 500;"
                              "PRAGMA journal_size_limit = 67108864;"
                              "PRAGMA cache_size = -32768;"
                              "PRAGMA secure_delete = FAST;"
                              "PRAGMA temp_store = MEMORY;";

int store_run(struct store *store, enum store_statement statement, struct error *err)
{
    return store_sqlite_run(store->statements[statement], store->path, err);
}

/* ---- opening */

static bool is_empty(sqlite3 *db, const char *path, int *ret_code, struct error *err)
{
    STORE_STATEMENT_AUTO *statement = NULL;
    *ret_code =
        store_sqlite_prepare(db, path, "SELECT 1 FROM sqlite_schema LIMIT 1", &statement, err);
    if (*ret_code == 0)
        *ret_code = store_sqlite_step(statement, path, err);
    bool empty = *ret_code == 0;
    if (*ret_code == 1)
        *ret_code = 0;
    return empty;
}

/* All or nothing: a crash leaves an empty file, which is created again. */
static int create_tables(struct store *store, struct error *err)
{
    char header[128];
    snprintf(header, sizeof header,
             "PRAGMA application_id = %d; PRAGMA user_version = %d;"
             "INSERT INTO meta VALUES (1, 0, 0, 0, 0, 0, 0, 0); COMMIT",
             STORE_APPLICATION_ID, STORE_FORMAT_VERSION);
    int code = store_sqlite_exec(store->db, store->path, "BEGIN IMMEDIATE", err);
    if (code == 0)
        code = store_sqlite_exec(store->db, store->path, store_schema, err);
    if (code == 0)
        code = store_sqlite_exec(store->db, store->path, header, err);
    return code;
}

static int prepare_file(struct store *store, struct error *err)
{
    int code;
    bool empty = is_empty(store->db, store->path, &code, err);
    if (code != 0)
        return code;
    /* A foreign file must be refused before anything is changed in it. */
    if (!empty && (code = store_sqlite_check_format(store->db, store->path, err)) != 0)
        return code;
    code = store_sqlite_exec(store->db, store->path, pragmas, err);
    return code == 0 && empty ? create_tables(store, err) : code;
}

static int prepare_statements(struct store *store, struct error *err)
{
    int code = 0;
    for (int i = 0; code == 0 && i < STORE_STATEMENTS; i++)
        code = store_sqlite_prepare(store->db, store->path, statement_text[i],
                                    &store->statements[i], err);
    return code;
}

static int read_meta(struct store *store, struct error *err)
{
    STORE_STATEMENT_AUTO *statement = NULL;
    int code = store_sqlite_prepare(
        store->db, store->path,
        "SELECT applied_seq, time_us, accepted, touchpoints, late, refused, replayed FROM meta",
        &statement, err);
    if (code == 0)
        code = store_sqlite_step(statement, store->path, err);
    if (code < 0)
        return code;
    if (code == 0)
        return error_set(err, ML_ECORRUPT, store->path,
                         "table meta is empty; run `meshline rebuild`");
    store->meta = (struct store_meta){
        .applied_seq = (uint64_t)sqlite3_column_int64(statement, 0),
        .time_us = sqlite3_column_int64(statement, 1),
        .accepted = (uint64_t)sqlite3_column_int64(statement, 2),
        .touchpoints = (uint64_t)sqlite3_column_int64(statement, 3),
        .late = (uint64_t)sqlite3_column_int64(statement, 4),
        .refused = (uint64_t)sqlite3_column_int64(statement, 5),
        .replayed = (uint64_t)sqlite3_column_int64(statement, 6),
    };
    return 0;
}

int store_memory_read(struct store *store, struct error *err)
{
    int code = read_meta(store, err);
    if (code == 0)
        code = store_roster_read(store, err);
    if (code == 0)
        code = store_sources_read(store, err);
    if (code == 0)
        code = store_destinations_read(store, err);
    if (code == 0)
        code = store_counts_read(store, err);
    if (code == 0)
        code = store_surges_read(store, err);
    if (code == 0)
        code = store_series_read(store, err);
    store_active_keep(store, NULL);
    if (code == 0)
        code = store_lookup_read(store, err);
    if (code == 0)
        code = store_blocks_read(store, err);
    store->stale = code != 0;
    return code;
}

int store_open(const char *path, const char *vfs, struct store **ret, struct error *err)
{
    struct store *store = calloc(1, sizeof *store);
    if (store == NULL || (store->path = strdup(path)) == NULL)
        panic("out of memory (view)");
    arena_init(&store->arena);
    map_init(&store->row_index);
    int code =
        store_sqlite_open(path, vfs, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, &store->db, err);
    if (code == 0)
        code = prepare_file(store, err);
    if (code == 0)
        code = prepare_statements(store, err);
    if (code == 0)
        code = store_memory_read(store, err);
    if (code != 0) {
        store_close(store);
        return code;
    }
    *ret = store;
    return 0;
}

void store_close(struct store *store)
{
    if (store == NULL)
        return;
    for (int i = 0; i < STORE_STATEMENTS; i++)
        sqlite3_finalize(store->statements[i]);
    for (size_t i = 0; i < store->sql_count; i++)
        sqlite3_finalize(store->sql[i].statement);
    sqlite3_close(store->db);
    store_roster_release(&store->roster);
    store_sources_release(&store->sources);
    store_destinations_release(&store->destinations);
    store_counts_release(&store->counts);
    store_series_release(&store->series);
    store_surges_release(&store->surges);
    store_active_keep(store, NULL);
    map_release(&store->row_index);
    store_cohorts_clear(&store->cohorts);
    free(store->cohorts.items);
    arena_release(&store->arena);
    free(store->rows);
    free(store->lookup.leads);
    free(store->path);
    free(store);
}

uint64_t store_applied_seq(const struct store *store)
{
    return store->meta.applied_seq;
}
