/* One segment of the journal as a SQLite file: opening, what describes it, creation, sealing.
 *
 * The file is made in one transaction in rollback mode and only then switched to WAL, so that a
 * crash leaves it either empty (half made: the next opening discards it) or whole. */
#include "journal/internal.h"

#include <stdio.h>
#include <stdlib.h>

/* Measured on a 2-core machine with 1 KiB records: 8 KiB pages append about 155,000 records/s in
 * batches of 256 and cost batches of 1 to 16 nothing over 4 KiB pages. Copying the log back every
 * 2 MiB keeps the stall that an append can meet near 5 ms (8 MiB: 13 to 35 ms) at no loss of rate.
 */
enum { PAGE_BYTES = 8192, CHECKPOINT_PAGES = 2 * 1024 * 1024 / PAGE_BYTES };

enum { APPENDER_PATIENCE_MS = 1000, READER_PATIENCE_MS = 10000 };

#define APPLICATION_ID 0x4D4C6A6E /* "MLjn", so that file(1) and we recognise the file */

#define RECORDS_SQL                                                                           \
    "CREATE TABLE records (seq INTEGER PRIMARY KEY, time_us INTEGER NOT NULL, type TEXT NOT " \
    "NULL, "                                                                                  \
    "subject TEXT NOT NULL, data TEXT NOT NULL, hash BLOB NOT NULL) STRICT"
#define SEGMENT_SQL                                                                       \
    "CREATE TABLE segment (format_version INTEGER NOT NULL, first_seq INTEGER NOT NULL, " \
    "previous_hash BLOB NOT NULL) STRICT"

static const char reading[] = "read this segment of the journal";
static const char preparing[] = "prepare this segment of the journal for appending";

static int corrupt(const struct segment *segment, const char *what, struct error *err)
{
    return error_set(err, ML_ECORRUPT, segment->path,
                     "%s; keep a copy of the file and restore it from a backup", what);
}

/* ---- connection */

static int remember_wal_pages(void *context, sqlite3 *db, const char *schema, int pages)
{
    (void)db;
    (void)schema;
    ((struct segment *)context)->wal_pages = (uint64_t)pages;
    return SQLITE_OK;
}

static int prepare_reading(struct segment *segment, struct error *err)
{
#define COLUMNS "SELECT seq, time_us, type, subject, data, hash FROM records "
    int rc =
        segment_prepare(segment, COLUMNS "WHERE seq >= ? ORDER BY seq", &segment->select_from, err);
    if (rc == 0)
        rc = segment_prepare(segment, "SELECT hash, time_us FROM records WHERE seq = ?",
                             &segment->select_one, err);
    if (rc == 0)
        rc = segment_prepare(segment, "SELECT max(seq) FROM records", &segment->select_last, err);
    return rc;
#undef COLUMNS
}

static int prepare_appending(struct segment *segment, struct error *err)
{
    int rc = segment_prepare(segment, "BEGIN IMMEDIATE", &segment->begin, err);
    if (rc == 0)
        rc = segment_prepare(segment, "INSERT INTO records VALUES (?, ?, ?, ?, ?, ?)",
                             &segment->insert, err);
    if (rc == 0)
        rc = segment_prepare(segment, "PRAGMA page_count", &segment->page_count, err);
    if (rc == 0)
        rc = segment_prepare(segment, "COMMIT", &segment->commit, err);
    return rc;
}

/* The answer comes before the commit of the switch, which can still fail. A VFS without shared
 * memory answers with another mode instead of an error. */
static int switch_to_wal(struct segment *segment, struct error *err)
{
    sqlite3_stmt *statement;
    int rc = segment_prepare(segment, "PRAGMA journal_mode = WAL", &statement, err);
    if (rc != 0)
        return rc;
    int step = sqlite3_step(statement);
    bool is_wal =
        step == SQLITE_ROW && strcmp((const char *)sqlite3_column_text(statement, 0), "wal") == 0;
    if (is_wal)
        step = sqlite3_step(statement);
    if (step == SQLITE_ROW)
        rc = error_set(err, ML_EIO, segment->path,
                       "this file system does not support SQLite's write-ahead log (no shared "
                       "memory); put the data directory on a local disk");
    else if (step != SQLITE_DONE)
        rc = sqlite_failed(segment->db, step, segment->path, preparing, err);
    sqlite3_finalize(statement);
    return rc;
}

/* The names of the file and of its log must be as durable as the records that will be acknowledged.
 * The log is made by the first reading; SQLite syncs its name later, but does not tell when that
 * fails. */
static int make_names_durable(const struct journal_home *home, struct segment *segment,
                              struct error *err)
{
    int rc = segment_execute(segment, "SELECT count(*) FROM segment", preparing, err);
    return rc == 0 ? home->files.sync_directory(home->files.context, home->directory, err) : rc;
}

/* Every pragma that decides about durability is set here, for every appending connection. */
static int configure_appending(const struct journal_home *home, struct segment *segment,
                               struct error *err)
{
    static const char sql[] = "PRAGMA synchronous = FULL; PRAGMA cache_size = -16384; "
                              "PRAGMA wal_autocheckpoint = 0";
    sqlite3_busy_timeout(segment->db, APPENDER_PATIENCE_MS);
    int rc = segment_execute(segment, sql, preparing, err);
    if (rc == 0)
        rc = switch_to_wal(segment, err);
    if (rc != 0)
        return rc;
    if (sqlite3_db_readonly(segment->db, "main") != 0)
        return sqlite_failed(segment->db, SQLITE_READONLY, segment->path,
                             "write this segment of the journal", err);
    int64_t page_bytes = 0;
    rc = segment_query_number(segment, "PRAGMA page_size", &page_bytes, err);
    segment->page_bytes = (uint64_t)page_bytes;
    sqlite3_wal_hook(segment->db, remember_wal_pages, segment);
    if (rc == 0)
        rc = prepare_appending(segment, err);
    return rc == 0 ? make_names_durable(home, segment, err) : rc;
}

static int configure_reading(struct segment *segment, struct error *err)
{
    sqlite3_busy_timeout(segment->db, READER_PATIENCE_MS);
    return segment_execute(segment, "PRAGMA query_only = 1; PRAGMA cell_size_check = 1", reading,
                           err);
}

/* ---- what describes the segment */

static int check_version(struct segment *segment, int64_t version, struct error *err)
{
    if (version <= JOURNAL_FORMAT_VERSION)
        return 0;
    return error_set(err, ML_EVERSION, segment->path,
                     "this journal has format %lld, made by a newer meshline; this one reads up to "
                     "format %d: upgrade meshline",
                     (long long)version, JOURNAL_FORMAT_VERSION);
}

static int read_row(struct segment *segment, int64_t version, sqlite3_stmt *statement,
                    struct error *err)
{
    int step = sqlite3_step(statement);
    if (step == SQLITE_DONE)
        return corrupt(segment, "the row that describes this segment is missing", err);
    if (step != SQLITE_ROW)
        return sqlite_failed(segment->db, step, segment->path, reading, err);
    const void *hash = sqlite3_column_blob(statement, 2);
    if (sqlite3_column_type(statement, 0) != SQLITE_INTEGER ||
        sqlite3_column_type(statement, 1) != SQLITE_INTEGER ||
        sqlite3_column_type(statement, 2) != SQLITE_BLOB ||
        sqlite3_column_int64(statement, 0) != version ||
        sqlite3_column_bytes(statement, 2) != HASH256_SIZE || hash == NULL)
        return corrupt(segment, "the row that describes this segment is damaged", err);
    if ((uint64_t)sqlite3_column_int64(statement, 1) != segment->first_seq)
        return corrupt(segment, "the file's name and its first record do not agree", err);
    memcpy(segment->previous_hash.data, hash, HASH256_SIZE);
    step = sqlite3_step(statement);
    return step == SQLITE_DONE ? 0 : corrupt(segment, "it is described by more than one row", err);
}

static int check_schema(struct segment *segment, struct error *err)
{
    int64_t ours = 0, all = 0;
    int rc = segment_query_number(segment, "SELECT count(*) FROM sqlite_schema", &all, err);
    if (rc == 0)
        rc = segment_query_number(
            segment,
            "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = "
            "tbl_name AND (name = 'records' AND sql = '" RECORDS_SQL
            "' OR name = 'segment' AND sql = '" SEGMENT_SQL "')",
            &ours, err);
    if (rc == 0 && (all != 2 || ours != 2))
        rc = corrupt(segment, "its tables are not those of a journal", err);
    return rc;
}

/* In this order: a newer format may have other tables, so the version is judged before them. */
static int check_description(struct segment *segment, struct error *err)
{
    int64_t objects = 0, application = 0, version = 0;
    int rc = segment_query_number(segment, "SELECT count(*) FROM sqlite_schema", &objects, err);
    if (rc == 0)
        rc = segment_query_number(segment, "PRAGMA application_id", &application, err);
    if (rc == 0)
        rc = segment_query_number(segment, "PRAGMA user_version", &version, err);
    if (rc != 0)
        return rc;
    if (objects == 0 && application == 0 && version == 0) {
        segment->half_made = true;
        return 0;
    }
    if (application != APPLICATION_ID)
        return corrupt(segment, "this file is not a journal of meshline", err);
    rc = check_version(segment, version, err);
    if (rc == 0)
        rc = check_schema(segment, err);
    if (rc != 0)
        return rc;
    sqlite3_stmt *statement;
    rc = segment_prepare(segment, "SELECT format_version, first_seq, previous_hash FROM segment",
                         &statement, err);
    if (rc == 0)
        rc = read_row(segment, version, statement, err);
    sqlite3_finalize(statement);
    return rc;
}

/* ---- opening and closing */

static int open_checked(const struct journal_home *home, const struct segment_entry *entry,
                        enum segment_use use, struct segment *segment, struct error *err)
{
    int rc = segment_connect(home, entry, use, segment, err);
    if (rc == 0)
        rc = configure_reading(segment, err);
    if (rc == 0)
        rc = check_description(segment, err);
    if (rc != 0 || segment->half_made)
        return rc;
    if (use == SEGMENT_APPEND)
        rc = segment_execute(segment, "PRAGMA query_only = 0", "write this segment of the journal",
                             err);
    if (rc == 0 && use == SEGMENT_APPEND)
        rc = configure_appending(home, segment, err);
    if (rc == 0)
        rc = prepare_reading(segment, err);
    return rc;
}

int segment_open(const struct journal_home *home, const struct segment_entry *entry,
                 enum segment_use use, struct segment *ret, struct error *err)
{
    *ret = (struct segment){.path = journal_home_path(home, entry->first_seq),
                            .first_seq = entry->first_seq};
    int rc = open_checked(home, entry, use, ret, err);
    if (rc != 0)
        segment_close(ret);
    return rc;
}

void segment_close(struct segment *segment)
{
    sqlite3_finalize(segment->select_from);
    sqlite3_finalize(segment->select_one);
    sqlite3_finalize(segment->select_last);
    sqlite3_finalize(segment->begin);
    sqlite3_finalize(segment->insert);
    sqlite3_finalize(segment->page_count);
    sqlite3_finalize(segment->commit);
    sqlite3_close_v2(segment->db);
    free(segment->path);
    *segment = (struct segment){0};
}

/* ---- creation */

static int insert_row(struct segment *segment, struct error *err)
{
    sqlite3_stmt *statement;
    int rc = segment_prepare(segment, "INSERT INTO segment VALUES (?, ?, ?)", &statement, err);
    if (rc != 0)
        return rc;
    sqlite3_bind_int64(statement, 1, JOURNAL_FORMAT_VERSION);
    sqlite3_bind_int64(statement, 2, (int64_t)segment->first_seq);
    sqlite3_bind_blob(statement, 3, segment->previous_hash.data, HASH256_SIZE, SQLITE_STATIC);
    int step = sqlite3_step(statement);
    if (step != SQLITE_DONE)
        rc = sqlite_failed(segment->db, step, segment->path, "create this segment of the journal",
                           err);
    sqlite3_finalize(statement);
    return rc;
}

static int create(const struct journal_home *home, struct segment *segment, struct error *err)
{
    static const char doing[] = "create this segment of the journal";
    int rc = segment_connect_new(home, segment, err);
    char sql[1024];
    snprintf(sql, sizeof sql,
             "PRAGMA page_size = %d; PRAGMA synchronous = FULL; BEGIN IMMEDIATE; "
             "PRAGMA application_id = %d; PRAGMA user_version = %d; " RECORDS_SQL "; " SEGMENT_SQL,
             PAGE_BYTES, APPLICATION_ID, JOURNAL_FORMAT_VERSION);
    if (rc == 0)
        rc = segment_execute(segment, sql, doing, err);
    if (rc == 0)
        rc = insert_row(segment, err);
    if (rc == 0)
        rc = segment_execute(segment, "COMMIT", doing, err);
    if (rc == 0)
        rc = configure_appending(home, segment, err);
    if (rc == 0)
        rc = prepare_reading(segment, err);
    return rc;
}

int segment_create(const struct journal_home *home, const struct journal_tail *after,
                   struct segment *ret, struct error *err)
{
    uint64_t first_seq = after->seq + 1;
    *ret = (struct segment){.path = journal_home_path(home, first_seq),
                            .first_seq = first_seq,
                            .previous_hash = after->hash};
    int rc = create(home, ret, err);
    if (rc != 0)
        segment_close(ret);
    return rc;
}

/* ---- the write-ahead log and the file as a whole */

static int checkpoint(struct segment *segment, int mode, struct error *err)
{
    int rc = sqlite3_wal_checkpoint_v2(segment->db, "main", mode, NULL, NULL);
    if (rc == SQLITE_OK) {
        segment->wal_pages = 0;
        return 0;
    }
    if (rc == SQLITE_BUSY) /* readers: the log stays, durable, for another time */
        return 0;
    return sqlite_failed(segment->db, rc, segment->path,
                         "copy the journal's write-ahead log back into this segment", err);
}

int segment_checkpoint(struct segment *segment, struct error *err)
{
    if (segment->wal_pages < CHECKPOINT_PAGES)
        return 0;
    return checkpoint(segment, SQLITE_CHECKPOINT_PASSIVE, err);
}

int segment_seal(struct segment *segment, struct error *err)
{
    return checkpoint(segment, SQLITE_CHECKPOINT_TRUNCATE, err);
}

int segment_check_join(const struct segment *segment, const struct journal_tail *before,
                       struct error *err)
{
    if (segment->first_seq <= before->seq)
        return error_set(err, ML_ECORRUPT, segment->path,
                         "this segment begins at record %llu, but the segment before ends at %llu; "
                         "restore both from a backup",
                         (unsigned long long)segment->first_seq, (unsigned long long)before->seq);
    if (segment->first_seq != before->seq + 1)
        return error_set(err, ML_ECORRUPT, segment->path,
                         "records %llu to %llu are missing: this segment begins at %llu; restore "
                         "the segments before it from a backup",
                         (unsigned long long)before->seq + 1,
                         (unsigned long long)segment->first_seq - 1,
                         (unsigned long long)segment->first_seq);
    if (memcmp(&segment->previous_hash, &before->hash, sizeof before->hash) != 0)
        return error_set(err, ML_ECORRUPT, segment->path,
                         "this segment does not follow record %llu, the last of the segment "
                         "before: one of the two was changed; restore both from a backup",
                         (unsigned long long)before->seq);
    return 0;
}

int segment_check_structure(struct segment *segment, struct error *err)
{
    int64_t first = 0;
    int rc = segment_query_number(segment, "SELECT min(seq) FROM records", &first, err);
    if (rc == 0 && first != 0 && (uint64_t)first != segment->first_seq)
        rc = corrupt(segment, "it holds records from before its beginning", err);
    if (rc != 0)
        return rc;
    sqlite3_stmt *statement;
    rc = segment_prepare(segment, "PRAGMA integrity_check(1)", &statement, err);
    if (rc != 0)
        return rc;
    int step = sqlite3_step(statement);
    const char *answer =
        step == SQLITE_ROW ? (const char *)sqlite3_column_text(statement, 0) : NULL;
    if (step != SQLITE_ROW)
        rc = sqlite_failed(segment->db, step, segment->path, "check this segment of the journal",
                           err);
    else if (answer == NULL || strcmp(answer, "ok") != 0)
        rc = corrupt(segment, answer ? answer : "its structure is damaged", err);
    sqlite3_finalize(statement);
    return rc;
}
