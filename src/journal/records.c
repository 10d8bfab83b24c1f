/* The records inside one segment: read in chunks with every link of the chain checked, and appended
 * in one durable transaction. */
#include "journal/internal.h"

#include <stdlib.h>

static const char reading[] = "read this segment of the journal";

static int corrupt(const struct segment *segment, uint64_t seq, const char *what, struct error *err)
{
    return error_set(err, ML_ECORRUPT, segment->path,
                     "record %llu %s; keep a copy of the file and restore it from a backup",
                     (unsigned long long)seq, what);
}

/* ---- chunks */

void chunk_init(struct chunk *chunk)
{
    *chunk = (struct chunk){.records = calloc(CHUNK_RECORDS, sizeof *chunk->records)};
    if (chunk->records == NULL)
        panic("out of memory (chunk of the journal)");
    arena_init(&chunk->arena);
}

void chunk_release(struct chunk *chunk)
{
    arena_release(&chunk->arena);
    free(chunk->records);
    *chunk = (struct chunk){0};
}

/* ---- reading */

static struct bytes column_bytes(sqlite3_stmt *row, int column)
{
    const char *data = sqlite3_column_blob(row, column);
    return (struct bytes){data, (size_t)sqlite3_column_bytes(row, column)};
}

/* Borrows from the row. False when the row has not the form that append gave it: the hash covers
 * values, so their types are checked apart. */
static bool row_read(sqlite3_stmt *row, struct journal_record *ret)
{
    static const int types[] = {SQLITE_INTEGER, SQLITE_INTEGER, SQLITE_TEXT,
                                SQLITE_TEXT,    SQLITE_TEXT,    SQLITE_BLOB};
    for (int i = 0; i < (int)(sizeof types / sizeof types[0]); i++)
        if (sqlite3_column_type(row, i) != types[i])
            return false;
    struct bytes hash = column_bytes(row, 5);
    if (hash.size != HASH256_SIZE || hash.data == NULL)
        return false;
    *ret = (struct journal_record){
        .seq = (uint64_t)sqlite3_column_int64(row, 0),
        .time_us = sqlite3_column_int64(row, 1),
        .type = column_bytes(row, 2),
        .subject = column_bytes(row, 3),
        .data = column_bytes(row, 4),
    };
    memcpy(ret->hash.data, hash.data, HASH256_SIZE);
    return true;
}

static int row_check(const struct segment *segment, sqlite3_stmt *row,
                     const struct journal_tail *chain, struct journal_record *ret,
                     struct error *err)
{
    uint64_t seq = chain->seq + 1;
    if (!row_read(row, ret))
        return corrupt(segment, seq, "is damaged: it has not the form of a record", err);
    if (ret->seq != seq)
        return corrupt(segment, seq, "is missing", err);
    struct hash256 hash = journal_record_hash(&chain->hash, ret);
    if (memcmp(&hash, &ret->hash, sizeof hash) != 0)
        return corrupt(segment, seq, "was changed: its hash does not match", err);
    return 0;
}

static void chunk_add(struct chunk *chunk, const struct journal_record *record)
{
    size_t size = record->type.size + record->subject.size + record->data.size;
    char *copy = arena_alloc(&chunk->arena, size + 1);
    struct journal_record *added = &chunk->records[chunk->count++];
    *added = *record;
    struct bytes *pieces[] = {&added->type, &added->subject, &added->data};
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        if (pieces[i]->size > 0)
            memcpy(copy, pieces[i]->data, pieces[i]->size);
        pieces[i]->data = copy;
        copy += pieces[i]->size;
    }
}

int segment_read(struct segment *segment, struct journal_tail *chain, size_t limit,
                 struct chunk *chunk, struct error *err)
{
    arena_reset(&chunk->arena);
    chunk->count = 0;
    if (limit > CHUNK_RECORDS)
        limit = CHUNK_RECORDS;
    sqlite3_stmt *rows = segment->select_from;
    sqlite3_bind_int64(rows, 1, (int64_t)(chain->seq + 1));
    int rc = 0;
    while (rc == 0 && chunk->count < limit && chunk->arena.used < CHUNK_BYTES) {
        int step = sqlite3_step(rows);
        if (step == SQLITE_DONE)
            break;
        struct journal_record record = {0};
        if (step != SQLITE_ROW)
            rc = sqlite_failed(segment->db, step, segment->path, reading, err);
        else
            rc = row_check(segment, rows, chain, &record, err);
        if (rc == 0) {
            chunk_add(chunk, &record);
            *chain = (struct journal_tail){record.seq, record.time_us, record.hash};
        }
    }
    sqlite3_reset(rows); /* ends the read transaction */
    return rc;
}

/* The hash and time as the file tells them; they are proved by the record behind. */
static int read_one(struct segment *segment, uint64_t seq, struct journal_tail *ret,
                    bool *ret_found, struct error *err)
{
    sqlite3_stmt *row = segment->select_one;
    sqlite3_bind_int64(row, 1, (int64_t)seq);
    int step = sqlite3_step(row);
    int rc = 0;
    *ret_found = step == SQLITE_ROW;
    if (step == SQLITE_ROW) {
        struct bytes hash = column_bytes(row, 0);
        *ret = (struct journal_tail){.seq = seq, .time_us = sqlite3_column_int64(row, 1)};
        if (hash.size == HASH256_SIZE && hash.data != NULL)
            memcpy(ret->hash.data, hash.data, HASH256_SIZE);
        else
            rc = corrupt(segment, seq, "is damaged: it has no hash", err);
    } else if (step != SQLITE_DONE) {
        rc = sqlite_failed(segment->db, step, segment->path, reading, err);
    }
    sqlite3_reset(row);
    return rc;
}

int segment_position(struct segment *segment, uint64_t seq, struct journal_tail *ret,
                     bool *ret_found, struct error *err)
{
    ML_ASSERT(seq >= segment->first_seq);
    if (seq > segment->first_seq)
        return read_one(segment, seq - 1, ret, ret_found, err);
    *ret = (struct journal_tail){.seq = seq - 1, .hash = segment->previous_hash};
    *ret_found = true;
    return 0;
}

static int read_last(struct segment *segment, bool *ret_empty, uint64_t *ret, struct error *err)
{
    sqlite3_stmt *row = segment->select_last;
    int step = sqlite3_step(row);
    int rc = step == SQLITE_ROW ? 0 : sqlite_failed(segment->db, step, segment->path, reading, err);
    *ret_empty = rc == 0 && sqlite3_column_type(row, 0) == SQLITE_NULL;
    *ret = rc == 0 ? (uint64_t)sqlite3_column_int64(row, 0) : 0;
    sqlite3_reset(row);
    return rc;
}

int segment_tail(struct segment *segment, struct journal_tail *tail, struct error *err)
{
    uint64_t last;
    bool empty;
    int rc = read_last(segment, &empty, &last, err);
    if (rc != 0 || empty)
        return rc;
    if (last < segment->first_seq || last > INT64_MAX)
        return corrupt(segment, segment->first_seq, "is missing: the order of records is damaged",
                       err);
    struct journal_tail chain = {0};
    bool found = false;
    rc = segment_position(segment, last, &chain, &found, err);
    if (rc != 0)
        return rc;
    if (!found)
        return corrupt(segment, last - 1, "is missing", err);
    struct chunk chunk;
    chunk_init(&chunk);
    rc = segment_read(segment, &chain, 1, &chunk, err);
    if (rc == 0 && chunk.count == 0)
        rc = corrupt(segment, last, "is missing", err);
    chunk_release(&chunk);
    if (rc == 0)
        *tail = chain;
    return rc;
}

/* ---- appending */

static int bind(sqlite3_stmt *insert, const struct journal_record *record)
{
    static const struct bytes empty = {"", 0}; /* a NULL pointer would store NULL */
    struct bytes texts[] = {record->type, record->subject, record->data};
    int rc = sqlite3_bind_int64(insert, 1, (int64_t)record->seq);
    if (rc == SQLITE_OK)
        rc = sqlite3_bind_int64(insert, 2, record->time_us);
    for (int i = 0; i < 3 && rc == SQLITE_OK; i++) {
        struct bytes text = texts[i].size > 0 ? texts[i] : empty;
        rc = sqlite3_bind_text(insert, 3 + i, text.data, (int)text.size, SQLITE_STATIC);
    }
    if (rc == SQLITE_OK)
        rc = sqlite3_bind_blob(insert, 6, record->hash.data, HASH256_SIZE, SQLITE_STATIC);
    return rc;
}

/* Steps a statement that returns nothing and makes it ready for the next time. */
static int run(sqlite3_stmt *statement)
{
    int rc = sqlite3_step(statement);
    sqlite3_reset(statement);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int insert_all(struct segment *segment, struct journal_tail *chain,
                      struct journal_record *records, size_t count)
{
    int rc = SQLITE_OK;
    for (size_t i = 0; i < count && rc == SQLITE_OK; i++) {
        struct journal_record *record = &records[i];
        record->seq = chain->seq + 1;
        record->hash = journal_record_hash(&chain->hash, record);
        rc = bind(segment->insert, record);
        if (rc == SQLITE_OK)
            rc = run(segment->insert);
        *chain = (struct journal_tail){record->seq, record->time_us, record->hash};
    }
    return rc;
}

static int measure(struct segment *segment, uint64_t *ret_pages)
{
    int rc = sqlite3_step(segment->page_count);
    if (rc == SQLITE_ROW)
        *ret_pages = (uint64_t)sqlite3_column_int64(segment->page_count, 0);
    sqlite3_reset(segment->page_count);
    return rc == SQLITE_ROW ? SQLITE_OK : rc;
}

static int transaction(struct segment *segment, struct journal_tail *chain,
                       struct journal_record *records, size_t count, uint64_t *ret_pages)
{
    int rc = run(segment->begin);
    if (rc == SQLITE_OK)
        rc = insert_all(segment, chain, records, count);
    if (rc == SQLITE_OK)
        rc = measure(segment, ret_pages);
    if (rc == SQLITE_OK)
        rc = run(segment->commit);
    return rc;
}

int segment_append(struct segment *segment, struct journal_tail *tail,
                   struct journal_record *records, size_t count, uint64_t *ret_bytes,
                   struct error *err)
{
    struct journal_tail chain = *tail;
    uint64_t pages = 0;
    int rc = transaction(segment, &chain, records, count, &pages);
    if (rc == SQLITE_OK) {
        *tail = chain;
        *ret_bytes = pages * segment->page_bytes;
        return 0;
    }
    int code;
    if ((rc & 0xff) == SQLITE_CONSTRAINT)
        code = error_set(err, ML_ECONFLICT, segment->path,
                         "record %llu is there already: another process appends to this journal; "
                         "stop one of the two",
                         (unsigned long long)tail->seq + 1);
    else
        code = sqlite_failed(segment->db, rc, segment->path, "append to the journal", err);
    if (sqlite3_get_autocommit(segment->db) == 0)
        sqlite3_exec(segment->db, "ROLLBACK", NULL, NULL, NULL);
    return code;
}
