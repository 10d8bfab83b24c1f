/* The embedded backend: segments as SQLite files, one writer, rolled by size.
 *
 * I1: append returns 0 only after the commit was synced. I10: the first failed append is the last:
 * what the disk holds is then unknown until the next opening, so nothing more is taken.
 *
 * The appending thread owns everything but `segments`, which readers in other threads consult under
 * `lock`. A new segment is shown to them only when it is whole. */
#include "journal/internal.h"

#include <stdlib.h>

enum { BATCH_MAX = 65536, TYPE_MAX = 64, SUBJECT_MAX = 64 };
#define SEGMENT_BYTES_DEFAULT (UINT64_C(256) * 1024 * 1024)

/* ---- segments, as readers see them */

int sqlite_journal_find(struct sqlite_journal *journal, uint64_t seq, struct segment_entry *ret,
                        enum segment_place *ret_place, struct error *err)
{
    size_t at = 0;
    int rc = 0;
    pthread_mutex_lock(&journal->lock);
    bool found = segment_list_find(&journal->segments, seq, &at);
    if (journal->home.read_only && (!found || at + 1 == journal->segments.count)) {
        rc = segment_list_read(&journal->segments, &journal->home, err);
        found = segment_list_find(&journal->segments, seq, &at);
    }
    if (found)
        *ret = journal->segments.entries[at];
    *ret_place = !found                             ? SEGMENT_PLACE_NONE
                 : at + 1 < journal->segments.count ? SEGMENT_PLACE_SEALED
                                                    : SEGMENT_PLACE_NEWEST;
    pthread_mutex_unlock(&journal->lock);
    return rc;
}

static void publish(struct sqlite_journal *journal, uint64_t first_seq)
{
    pthread_mutex_lock(&journal->lock);
    segment_list_add(&journal->segments, (struct segment_entry){.first_seq = first_seq});
    pthread_mutex_unlock(&journal->lock);
}

/* ---- appending */

static int check_record(const struct journal_record *record, size_t index, struct error *err)
{
    if (record->type.size < 1 || record->type.size > TYPE_MAX)
        return error_set(err, ML_EINVAL, "journal",
                         "record %zu of the batch has a type of %zu bytes; 1 to %d are allowed",
                         index, record->type.size, TYPE_MAX);
    if (record->subject.size > SUBJECT_MAX)
        return error_set(err, ML_ELIMIT, "journal",
                         "record %zu of the batch has a subject of %zu bytes; at most %d are "
                         "allowed",
                         index, record->subject.size, SUBJECT_MAX);
    if (record->data.size > JOURNAL_DATA_MAX)
        return error_set(err, ML_ELIMIT, "journal",
                         "record %zu of the batch has %zu bytes of data; at most %d are allowed",
                         index, record->data.size, JOURNAL_DATA_MAX);
    return 0;
}

static int check_batch(const struct sqlite_journal *journal, uint64_t expected_seq,
                       const struct journal_record *records, size_t count, struct error *err)
{
    if (journal->home.read_only)
        return error_set(err, ML_EDENIED, journal->home.directory,
                         "the journal was opened for reading only");
    if (journal->refusal.code != 0)
        return error_set(err, journal->refusal.code, journal->refusal.place,
                         "the journal takes no more records since an append failed; restart. It "
                         "had said: %s",
                         journal->refusal.message);
    if (expected_seq != journal->tail.seq + 1)
        return error_set(err, ML_ECONFLICT, journal->home.directory,
                         "cannot append as record %llu: the journal ends at %llu",
                         (unsigned long long)expected_seq, (unsigned long long)journal->tail.seq);
    if (count < 1 || count > BATCH_MAX)
        return error_set(err, ML_EINVAL, "journal", "a batch of %zu records; 1 to %d are allowed",
                         count, BATCH_MAX);
    int rc = 0;
    for (size_t i = 0; i < count && rc == 0; i++)
        rc = check_record(&records[i], i, err);
    return rc;
}

/* Seals the full segment and starts the next. A crash in between leaves a newest segment that is
 * half made, or whole and empty; opening takes care of both. */
static int roll(struct sqlite_journal *journal, struct error *err)
{
    int rc = segment_seal(&journal->newest, err);
    if (rc != 0)
        return rc;
    segment_close(&journal->newest);
    rc = segment_create(&journal->home, &journal->tail, &journal->newest, err);
    if (rc != 0)
        return rc;
    journal->newest_full = false;
    publish(journal, journal->newest.first_seq);
    return 0;
}

static int append(struct journal *base, uint64_t expected_seq, struct journal_record *records,
                  size_t count, struct error *err)
{
    struct sqlite_journal *journal = (struct sqlite_journal *)base;
    int rc = check_batch(journal, expected_seq, records, count, err);
    if (rc != 0)
        return rc;
    struct error failure = {0};
    uint64_t bytes = 0;
    /* Before the batch and not behind it: a refusal here finds nothing written. */
    rc = journal->newest_full ? roll(journal, &failure)
                              : segment_checkpoint(&journal->newest, &failure);
    if (rc == 0)
        rc = segment_append(&journal->newest, &journal->tail, records, count, &bytes, &failure);
    if (rc == 0) {
        journal->newest_full = bytes >= journal->segment_bytes;
        return 0;
    }
    journal->refusal = failure;
    if (err != NULL)
        *err = failure;
    return rc;
}

static struct journal_tail tail(const struct journal *base)
{
    return ((const struct sqlite_journal *)base)->tail;
}

/* ---- opening and closing */

static void close_journal(struct journal *base)
{
    struct sqlite_journal *journal = (struct sqlite_journal *)base;
    segment_close(&journal->newest);
    segment_list_release(&journal->segments);
    journal_home_release(&journal->home);
    pthread_mutex_destroy(&journal->lock);
    free(journal);
}

static const struct journal_operations operations = {
    .append = append,
    .tail = tail,
    .reader_open = sqlite_reader_open,
    .close = close_journal,
};

/* Checks that `segment` follows the tail so far and moves the tail to its last record. */
static int join(struct sqlite_journal *journal, struct segment *segment, struct error *err)
{
    int rc = segment_check_join(segment, &journal->tail, err);
    return rc == 0 ? segment_tail(segment, &journal->tail, err) : rc;
}

/* Closing the last connection to a sealed segment copies back and removes what a crash left beside
 * it. */
static int join_sealed(struct sqlite_journal *journal, struct segment_entry *entry,
                       struct error *err)
{
    struct segment segment;
    int rc = segment_open(&journal->home, entry, SEGMENT_SEALED, &segment, err);
    if (rc != 0)
        return rc;
    if (segment.half_made)
        rc = error_set(err, ML_ECORRUPT, segment.path,
                       "this segment is empty although others follow it; restore it from a backup");
    else
        rc = join(journal, &segment, err);
    segment_close(&segment);
    entry->has_leftovers = false;
    return rc;
}

/* A newest segment whose creation a crash interrupted holds nothing: it is removed, or not looked
 * at by a reader, who cannot know whether it is being made right now. */
static int join_newest(struct sqlite_journal *journal, struct segment_entry *entry,
                       struct error *err)
{
    bool read_only = journal->home.read_only;
    struct segment *newest = &journal->newest;
    int rc = segment_open(&journal->home, entry, read_only ? SEGMENT_FOLLOW : SEGMENT_APPEND,
                          newest, err);
    if (rc != 0)
        return rc;
    bool half_made = newest->half_made;
    if (!half_made)
        rc = join(journal, newest, err);
    if (half_made || read_only)
        segment_close(newest);
    if (half_made) {
        journal->segments.count--;
        if (!read_only)
            rc = journal_home_discard(&journal->home, entry->first_seq, err);
    }
    entry->has_leftovers = false;
    return rc;
}

static int open_segments(struct sqlite_journal *journal, struct error *err)
{
    int rc = segment_list_read(&journal->segments, &journal->home, err);
    size_t count = journal->segments.count;
    for (size_t i = 0; i < count && rc == 0; i++)
        rc = i + 1 < count ? join_sealed(journal, &journal->segments.entries[i], err)
                           : join_newest(journal, &journal->segments.entries[i], err);
    if (rc != 0 || journal->home.read_only || journal->newest.path != NULL)
        return rc;
    /* Made at once, so that a directory that cannot be written is noticed before the first lead. */
    rc = segment_create(&journal->home, &journal->tail, &journal->newest, err);
    if (rc == 0)
        publish(journal, journal->newest.first_seq);
    return rc;
}

int journal_sqlite_open(const char *directory, const struct journal_sqlite_options *options,
                        struct journal **ret, struct error *err)
{
    struct sqlite_journal *journal = calloc(1, sizeof *journal);
    if (journal == NULL)
        panic("out of memory (journal)");
    journal->base.operations = &operations;
    journal->segment_bytes = options != NULL && options->segment_bytes > 0 ? options->segment_bytes
                                                                           : SEGMENT_BYTES_DEFAULT;
    journal_home_init(&journal->home, directory, options);
    pthread_mutex_init(&journal->lock, NULL);
    int rc = open_segments(journal, err);
    if (rc != 0) {
        close_journal(&journal->base);
        return rc;
    }
    *ret = &journal->base;
    return 0;
}
