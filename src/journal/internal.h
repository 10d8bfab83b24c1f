/* What the files of the SQLite journal share: where it lives, which segments there are, and one
 * segment (one SQLite file) opened for appending or for reading. */
#ifndef ML_JOURNAL_INTERNAL_H
#define ML_JOURNAL_INTERNAL_H

#include "base/arena.h"
#include "journal/journal.h"

#include <pthread.h>
#include <sqlite3.h>

/* ---- home.c: the directory, the VFS and the names in it. Immutable once made, so shared freely
 * between threads. */

struct journal_home {
    char *directory;
    char *vfs; /* NULL: SQLite's default */
    struct journal_files files;
    bool read_only;
};

void journal_home_init(struct journal_home *home, const char *directory,
                       const struct journal_sqlite_options *options);
void journal_home_release(struct journal_home *home);
/* DIRECTORY/journal-%020llu.db; the caller frees it. */
char *journal_home_path(const struct journal_home *home, uint64_t first_seq);
/* Whether a write-ahead log that is not empty lies beside the segment file `path`. */
bool journal_home_has_wal_content(const struct journal_home *home, const char *path);
/* Whether any, perhaps empty, lies there: as long as one does, a process may have it open. */
int journal_home_has_wal(const struct journal_home *home, uint64_t first_seq, bool *ret,
                         struct error *err);
/* Removes a segment file and what SQLite keeps beside it. */
int journal_home_discard(const struct journal_home *home, uint64_t first_seq, struct error *err);

struct segment_entry {
    uint64_t first_seq; /* also the file's name */
    bool has_leftovers; /* a -wal, -shm or -journal file lay beside it when it was listed */
};

struct segment_list {
    struct segment_entry *entries; /* ascending */
    size_t count;
    size_t capacity;
};

void segment_list_release(struct segment_list *list);
void segment_list_add(struct segment_list *list, struct segment_entry entry);
/* The index of the segment that `seq` belongs to: the last one to begin at or before it. False when
 * every segment begins later. */
bool segment_list_find(const struct segment_list *list, uint64_t seq, size_t *ret);
/* Replaces the list by what the directory holds. */
int segment_list_read(struct segment_list *list, const struct journal_home *home,
                      struct error *err);

/* ---- one segment: one SQLite file. */

enum segment_use {
    SEGMENT_APPEND, /* by the one writer */
    SEGMENT_FOLLOW, /* read the newest segment while it grows */
    SEGMENT_SEALED, /* read a segment that gets no more records */
};

struct segment {
    char *path; /* owned */
    uint64_t first_seq;
    struct hash256 previous_hash; /* of the last record of the segment before */
    uint64_t page_bytes;
    bool half_made;     /* its creation was interrupted: it holds nothing at all */
    uint64_t wal_pages; /* in the write-ahead log and not yet known to be copied back */
    sqlite3 *db;
    sqlite3_stmt *select_from;
    sqlite3_stmt *select_one;
    sqlite3_stmt *select_last;
    sqlite3_stmt *begin; /* this and the following: only for SEGMENT_APPEND */
    sqlite3_stmt *insert;
    sqlite3_stmt *page_count;
    sqlite3_stmt *commit;
};

/* ---- connection.c: for the files that make up the segment. */

/* Opens the file in the way that its use and the journal's ask for; `path` must be set. */
int segment_connect(const struct journal_home *home, const struct segment_entry *entry,
                    enum segment_use use, struct segment *segment, struct error *err);
int segment_connect_new(const struct journal_home *home, struct segment *segment,
                        struct error *err);
int segment_prepare(struct segment *segment, const char *sql, sqlite3_stmt **ret,
                    struct error *err);
/* `doing` is for the sentence of the error: see sqlite_failed. */
int segment_execute(struct segment *segment, const char *sql, const char *doing, struct error *err);
/* The first column of the first row, or 0. */
int segment_query_number(struct segment *segment, const char *sql, int64_t *ret, struct error *err);
/* Turns a failure of SQLite into ours: "cannot DOING: why; what to do". Called before the
 * connection is used again. */
int sqlite_failed(sqlite3 *db, int rc, const char *path, const char *doing, struct error *err);

/* ---- segment.c and records.c */

/* Opens and checks what describes the segment, not its records. A segment that is `half_made` can
 * only be closed. ML_ECORRUPT, ML_EVERSION, ML_EDENIED, ML_EIO. On failure nothing stays open. */
int segment_open(const struct journal_home *home, const struct segment_entry *entry,
                 enum segment_use use, struct segment *ret, struct error *err);
/* Makes a new segment, durable and empty, that follows the record `after`; open for appending. */
int segment_create(const struct journal_home *home, const struct journal_tail *after,
                   struct segment *ret, struct error *err);
/* Takes a zeroed or a closed segment. */
void segment_close(struct segment *segment);

/* ML_ECORRUPT unless the segment continues right behind the record `before`. */
int segment_check_join(const struct segment *segment, const struct journal_tail *before,
                       struct error *err);
/* The last record, whose link is checked; `tail` stays as it is when the segment is empty. */
int segment_tail(struct segment *segment, struct journal_tail *tail, struct error *err);
/* The place in the chain just before `seq`, which must be in the segment or right behind its last
 * record; *ret_found is false when it is further behind. */
int segment_position(struct segment *segment, uint64_t seq, struct journal_tail *ret,
                     bool *ret_found, struct error *err);

/* Records copied out of one read transaction, so that no transaction outlasts a visit. */
enum { CHUNK_RECORDS = 1024, CHUNK_BYTES = 256 * 1024 };

struct chunk {
    struct arena arena; /* holds the records' bytes */
    struct journal_record *records;
    size_t count;
};

void chunk_init(struct chunk *chunk);
void chunk_release(struct chunk *chunk);

/* Fills `chunk` with at most `limit` records that follow `chain` and moves `chain` to the last of
 * them; none at the end of the segment. On failure the chunk holds the good ones before the bad. */
int segment_read(struct segment *segment, struct journal_tail *chain, size_t limit,
                 struct chunk *chunk, struct error *err);
/* SQLite's own check of the file's structure. */
int segment_check_structure(struct segment *segment, struct error *err);

/* One durable transaction; fills seq and hash of each record, moves `tail` to the last, and tells
 * the segment's size. Nothing is changed on failure. */
int segment_append(struct segment *segment, struct journal_tail *tail,
                   struct journal_record *records, size_t count, uint64_t *ret_bytes,
                   struct error *err);
/* Copies the write-ahead log back when it has grown long enough. */
int segment_checkpoint(struct segment *segment, struct error *err);
/* Copies it back whole and empties it, so that the segment is one file. Readers that are in the way
 * for long leave that to the next opening of the journal. */
int segment_seal(struct segment *segment, struct error *err);

/* ---- sqlite.c and sqlite_reader.c: the backend. */

struct sqlite_journal {
    struct journal base;
    struct journal_home home;
    uint64_t segment_bytes;
    struct segment newest; /* open for appending; closed when read-only */
    bool newest_full;
    struct journal_tail tail;
    struct error refusal; /* code not 0: the first failed append; no further ones are taken */
    pthread_mutex_t lock; /* guards `segments`, which readers consult */
    struct segment_list segments;
};

enum segment_place { SEGMENT_PLACE_NONE, SEGMENT_PLACE_SEALED, SEGMENT_PLACE_NEWEST };

/* The segment that `seq` belongs to, where there is one. A journal opened read-only looks into the
 * directory when it knows of no later segment, since another process makes them. */
int sqlite_journal_find(struct sqlite_journal *journal, uint64_t seq, struct segment_entry *ret,
                        enum segment_place *ret_place, struct error *err);

int sqlite_reader_open(struct journal *journal, struct journal_reader **ret, struct error *err);

#endif
