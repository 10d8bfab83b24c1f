/* A reader of the SQLite journal: its own connection, one segment at a time, in short transactions.
 *
 * Belongs to one thread, which need not be the appender's. Shares with the journal only the list of
 * segments. */
#include "journal/internal.h"

#include <stdlib.h>

struct sqlite_reader {
    struct journal_reader base;
    struct sqlite_journal *journal;
    struct segment segment;    /* path NULL: none is open */
    struct journal_tail chain; /* the last record read, where reading on needs no look-up */
    struct chunk chunk;
};

static int corrupt_gap(const struct sqlite_reader *reader, uint64_t seq, struct error *err)
{
    return error_set(err, ML_ECORRUPT, reader->segment.path,
                     "record %llu is missing although later segments exist; restore the file from "
                     "a backup",
                     (unsigned long long)seq);
}

/* Makes `entry` the open segment. *ret_end when it is being made by another process right now. */
static int open_segment(struct sqlite_reader *reader, const struct segment_entry *entry,
                        bool sealed, bool *ret_end, struct error *err)
{
    if (reader->segment.path != NULL && reader->segment.first_seq == entry->first_seq)
        return 0;
    struct journal_tail before = reader->chain;
    segment_close(&reader->segment);
    int rc = segment_open(&reader->journal->home, entry, sealed ? SEGMENT_SEALED : SEGMENT_FOLLOW,
                          &reader->segment, err);
    if (rc != 0)
        return rc;
    if (reader->segment.half_made) {
        segment_close(&reader->segment);
        *ret_end = true;
        return 0;
    }
    bool follows = before.seq > 0 && before.seq + 1 == entry->first_seq;
    return follows ? segment_check_join(&reader->segment, &before, err) : 0;
}

/* Opens the segment that `seq` belongs to and sets the chain just before it. *ret_end when the log
 * ends earlier; *ret_sealed when no more records will come into that segment. */
static int seek(struct sqlite_reader *reader, uint64_t seq, bool *ret_sealed, bool *ret_end,
                struct error *err)
{
    struct segment_entry entry;
    enum segment_place place;
    int rc = sqlite_journal_find(reader->journal, seq, &entry, &place, err);
    *ret_end = place == SEGMENT_PLACE_NONE;
    *ret_sealed = place == SEGMENT_PLACE_SEALED;
    if (rc != 0 || *ret_end)
        return rc;
    rc = open_segment(reader, &entry, *ret_sealed, ret_end, err);
    if (rc != 0 || *ret_end || (seq > 1 && reader->chain.seq + 1 == seq))
        return rc;
    bool found;
    rc = segment_position(&reader->segment, seq, &reader->chain, &found, err);
    if (rc == 0 && !found && *ret_sealed)
        rc = corrupt_gap(reader, seq - 1, err);
    *ret_end = rc == 0 && !found;
    return rc;
}

/* Whether the log really ends before `seq`, where a chunk came back empty. The segment may have
 * been sealed since it was chosen, with records that the chunk did not see. */
static int at_end(struct sqlite_reader *reader, uint64_t seq, bool sealed, bool *ret_end,
                  struct error *err)
{
    if (sealed)
        return corrupt_gap(reader, seq, err);
    struct segment_entry entry;
    enum segment_place place;
    int rc = sqlite_journal_find(reader->journal, seq, &entry, &place, err);
    *ret_end = place == SEGMENT_PLACE_NEWEST && entry.first_seq == reader->segment.first_seq;
    return rc;
}

static int visit_chunk(const struct chunk *chunk, journal_visit visit, void *context,
                       struct error *err)
{
    int rc = 0;
    for (size_t i = 0; i < chunk->count && rc == 0; i++)
        rc = visit(context, &chunk->records[i], err);
    return rc;
}

static int read_records(struct journal_reader *base, uint64_t from_seq, uint64_t limit,
                        journal_visit visit, void *context, struct error *err)
{
    struct sqlite_reader *reader = (struct sqlite_reader *)base;
    uint64_t next = from_seq > 0 ? from_seq : 1;
    uint64_t left = limit > 0 ? limit : UINT64_MAX;
    bool end = false;
    while (left > 0) {
        bool sealed;
        int rc = seek(reader, next, &sealed, &end, err);
        if (rc != 0 || end)
            return rc;
        size_t most = left < CHUNK_RECORDS ? (size_t)left : CHUNK_RECORDS;
        struct error damage = {0}; /* kept apart: visiting the good ones may need err */
        rc = segment_read(&reader->segment, &reader->chain, most, &reader->chunk, &damage);
        int visited = visit_chunk(&reader->chunk, visit, context, err);
        if (visited != 0)
            return visited;
        if (rc != 0) {
            if (err != NULL)
                *err = damage;
            return rc;
        }
        next += reader->chunk.count;
        left -= reader->chunk.count;
        if (reader->chunk.count == 0)
            rc = at_end(reader, next, sealed, &end, err);
        /* Another process may have begun to write a file that was opened as one at rest. */
        if (end && reader->journal->home.read_only)
            segment_close(&reader->segment);
        if (rc != 0 || end)
            return rc;
    }
    return 0;
}

static void close_reader(struct journal_reader *base)
{
    struct sqlite_reader *reader = (struct sqlite_reader *)base;
    segment_close(&reader->segment);
    chunk_release(&reader->chunk);
    free(reader);
}

static const struct journal_reader_operations operations = {
    .read = read_records,
    .close = close_reader,
};

/* The first connection is made by the first read, in the reader's own thread. */
int sqlite_reader_open(struct journal *journal, struct journal_reader **ret, struct error *err)
{
    (void)err;
    struct sqlite_reader *reader = calloc(1, sizeof *reader);
    if (reader == NULL)
        panic("out of memory (journal reader)");
    reader->base.operations = &operations;
    reader->journal = (struct sqlite_journal *)journal;
    chunk_init(&reader->chunk);
    *ret = &reader->base;
    return 0;
}
