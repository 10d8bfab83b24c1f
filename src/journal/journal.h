/* The durable, ordered, hash-chained log: the truth of the product (I1, I2, I10).
 *
 * A small port with a table of operations, so that a replicated log can stand behind it later;
 * journal_sqlite_open is the embedded backend. Sequences start at 1 and have no gaps. One thread
 * appends. Readers (journal_reader) may be used by other threads, one thread per reader. */
#ifndef ML_JOURNAL_JOURNAL_H
#define ML_JOURNAL_JOURNAL_H

#include "base/bytes.h"
#include "base/error.h"
#include "base/hash.h"

#include <stdint.h>

/* What an appender gives; all bytes are borrowed for the call. */
struct journal_record {
    uint64_t seq;         /* filled by read; ignored by append, which numbers from expected_seq */
    int64_t time_us;      /* UTC microseconds, as stamped by the engine */
    struct bytes type;    /* such as "lead.assigned"; 1 to 64 bytes */
    struct bytes subject; /* such as a lead id; may be empty; at most 64 bytes */
    struct bytes data;    /* a JSON object, UTF-8; at most JOURNAL_DATA_MAX bytes */
    struct hash256 hash;  /* of this record and the one before; filled by read and append */
};

enum { JOURNAL_FORMAT_VERSION = 1, JOURNAL_DATA_MAX = 16 * 1024 * 1024 };

struct journal;
struct journal_reader;

struct journal_tail {
    uint64_t seq;        /* of the last record; 0 when the journal is empty */
    int64_t time_us;     /* of the last record; 0 when empty */
    struct hash256 hash; /* of the last record; all zero when empty */
};

/* Called for each record in order; the record is borrowed for the call. Non-zero stops the reading
 * and is returned to the caller of the reading function. */
typedef int (*journal_visit)(void *context, const struct journal_record *record, struct error *err);

struct journal_operations {
    int (*append)(struct journal *journal, uint64_t expected_seq, struct journal_record *records,
                  size_t count, struct error *err);
    struct journal_tail (*tail)(const struct journal *journal);
    int (*reader_open)(struct journal *journal, struct journal_reader **ret, struct error *err);
    void (*close)(struct journal *journal);
};

struct journal_reader_operations {
    int (*read)(struct journal_reader *reader, uint64_t from_seq, uint64_t limit,
                journal_visit visit, void *context, struct error *err);
    void (*close)(struct journal_reader *reader);
};

/* Backends embed these as their first member. */
struct journal {
    const struct journal_operations *operations;
};
struct journal_reader {
    const struct journal_reader_operations *operations;
};

/* Appends `count` (1 to 65,536) records as expected_seq, expected_seq+1, …, durable when it returns
 * 0, all or nothing; fills each record's seq and hash. ML_ECONFLICT when the tail is not
 * expected_seq - 1 (another writer); ML_EINVAL or ML_ELIMIT for a record outside its ranges:
 * nothing has happened. ML_ENOSPC, ML_EIO or any other code: the disk refused, the caller must stop
 * (I10); the journal refuses every append from then on, with the first refusal's code. */
static inline int journal_append(struct journal *journal, uint64_t expected_seq,
                                 struct journal_record *records, size_t count, struct error *err)
{
    return journal->operations->append(journal, expected_seq, records, count, err);
}

/* The last durable record; for the appending thread. */
static inline struct journal_tail journal_tail(const struct journal *journal)
{
    return journal->operations->tail(journal);
}

/* A reader with its own handles, safe beside appends. It sees what was appended before each read.
 */
static inline int journal_reader_open(struct journal *journal, struct journal_reader **ret,
                                      struct error *err)
{
    return journal->operations->reader_open(journal, ret, err);
}

/* Visits at most `limit` records (0: all) from `from_seq` on, in order. 0 at the end of the log.
 * Every record's link is checked before it is shown: ML_ECORRUPT names the first bad one, after the
 * good ones before it have been visited. `visit` runs outside any transaction and may be slow. */
static inline int journal_read(struct journal_reader *reader, uint64_t from_seq, uint64_t limit,
                               journal_visit visit, void *context, struct error *err)
{
    return reader->operations->read(reader, from_seq, limit, visit, context, err);
}

/* Both take NULL. Readers are closed before their journal. */
void journal_reader_close(struct journal_reader *reader);
void journal_close(struct journal *journal);

/* The link of the chain: BLAKE2b-256 over the previous hash and every field of the record. */
struct hash256 journal_record_hash(const struct hash256 *previous,
                                   const struct journal_record *record);

/* ---- SQLite backend: DIRECTORY/journal-%020llu.db, one file a segment, named by its first seq. */

/* What SQLite's VFS does not offer: directories. Paths are as given to journal_sqlite_open. */
struct journal_files {
    void *context; /* handed to each function; outlives the journal */
    /* Calls `each` for every file name in the directory (no path, any order). ML_ENOTFOUND. */
    int (*list)(void *context, const char *directory, void (*each)(void *to, const char *name),
                void *to, struct error *err);
    /* A file that is not there is no error. */
    int (*remove)(void *context, const char *path, struct error *err);
    /* Makes creations and removals in the directory durable. */
    int (*sync_directory)(void *context, const char *directory, struct error *err);
};

struct journal_sqlite_options {
    uint64_t segment_bytes; /* a segment at least this large is sealed; 0 means 256 MiB */
    const char *vfs;        /* SQLite VFS name, NULL for the default; the simulator plugs in here */
    bool read_only;         /* for tools beside a running server: opens, reads, never writes */
    const struct journal_files *files; /* goes with `vfs`; NULL for the real file system; copied */
};

/* Opens or creates (the directory must exist); `options` may be NULL. Checks the last record and
 * that segments join, not every record. ML_ENOTFOUND without the directory, ML_EVERSION for a newer
 * format, ML_ECORRUPT when segments do not join, ML_EDENIED, ML_ENOSPC or ML_EIO when the directory
 * cannot be written. The path is copied. One process at a time may open it for writing: the caller
 * holds the lock. With read_only the tail is that of the moment of opening and append is
 * ML_EDENIED. */
int journal_sqlite_open(const char *directory, const struct journal_sqlite_options *options,
                        struct journal **ret, struct error *err);

struct journal_verification {
    uint64_t records;       /* good records walked */
    uint64_t segments;      /* files walked */
    struct hash256 hash;    /* of the last good record; all zero when there is none */
    uint64_t first_bad_seq; /* 0 when the whole chain holds */
};

/* Walks the whole chain and each file's structure. Returns 0 when every link holds; ML_ECORRUPT
 * with the first bad record's sequence and file in `err` and in ret (filled in both cases). Records
 * appended meanwhile may or may not be walked. */
int journal_sqlite_verify(const char *directory, const struct journal_sqlite_options *options,
                          struct journal_verification *ret, struct error *err);

#endif
