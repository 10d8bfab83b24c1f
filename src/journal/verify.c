/* Proof of the whole history: every record's link, every join of segments, every file's structure.
 *
 * Opens segments by itself, so that a journal too damaged to be opened can still be examined. */
#include "journal/internal.h"

struct walk {
    const struct journal_home *home;
    struct journal_tail chain; /* the last good record */
    struct chunk chunk;
    struct journal_verification result;
};

static int walk_records(struct walk *walk, struct segment *segment, struct error *err)
{
    int rc;
    do {
        rc = segment_read(segment, &walk->chain, CHUNK_RECORDS, &walk->chunk, err);
        walk->result.records += walk->chunk.count;
    } while (rc == 0 && walk->chunk.count > 0);
    return rc;
}

static int walk_segment(struct walk *walk, const struct segment_entry *entry, bool newest,
                        struct error *err)
{
    struct segment segment;
    int rc =
        segment_open(walk->home, entry, newest ? SEGMENT_FOLLOW : SEGMENT_SEALED, &segment, err);
    if (rc != 0)
        return rc;
    if (segment.half_made && !newest)
        rc = error_set(err, ML_ECORRUPT, segment.path,
                       "this segment is empty although others follow it; restore it from a backup");
    if (!segment.half_made) {
        walk->result.segments++;
        rc = segment_check_join(&segment, &walk->chain, err);
        if (rc == 0)
            rc = walk_records(walk, &segment, err);
        if (rc == 0)
            rc = segment_check_structure(&segment, err);
    }
    segment_close(&segment);
    return rc;
}

static int walk_all(struct walk *walk, struct error *err)
{
    struct segment_list list = {0};
    int rc = segment_list_read(&list, walk->home, err);
    for (size_t i = 0; i < list.count && rc == 0; i++)
        rc = walk_segment(walk, &list.entries[i], i + 1 == list.count, err);
    segment_list_release(&list);
    return rc;
}

int journal_sqlite_verify(const char *directory, const struct journal_sqlite_options *options,
                          struct journal_verification *ret, struct error *err)
{
    struct journal_home home;
    struct walk walk = {.home = &home};
    journal_home_init(&home, directory, options);
    chunk_init(&walk.chunk);
    struct error failure = {0};
    int rc = walk_all(&walk, &failure);
    chunk_release(&walk.chunk);
    journal_home_release(&home);
    walk.result.hash = walk.chain.hash;
    *ret = walk.result;
    if (rc == ML_ECORRUPT) {
        ret->first_bad_seq = walk.chain.seq + 1;
        return error_set(err, rc, failure.place, "the first bad record is %llu: %s",
                         (unsigned long long)ret->first_bad_seq, failure.message);
    }
    if (rc != 0 && err != NULL)
        *err = failure;
    return rc;
}
