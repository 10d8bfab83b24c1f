/* A segment's connection to SQLite: how its file is opened, and what SQLite's refusals mean to a
 * person who runs the product. */
#include "base/buffer.h"
#include "journal/internal.h"

#include <errno.h>

/* ---- refusals */

struct meaning {
    int code;
    const char *advice;
};

static struct meaning meaning_of(int rc, int number)
{
    static const struct meaning full = {ML_ENOSPC, "free space on the disk and start again"};
    static const struct meaning denied = {ML_EDENIED, "make the data directory and its files "
                                                      "writable for the user that runs this"};
    static const struct meaning disk = {ML_EIO, "check the disk and start again"};
    static const struct meaning missing = {
        ML_ENOTFOUND, "a file is missing: restore it from a backup, or, if only its -shm file "
                      "is missing after a power loss, start the server once"};
    static const struct meaning busy = {ML_EBUSY,
                                        "another process holds the file: stop it or try again"};
    static const struct meaning corrupt = {
        ML_ECORRUPT, "the file is damaged: keep a copy of it, check the disk, and restore the file "
                     "from a backup"};
    bool is_denied = number == EACCES || number == EPERM || number == EROFS;
    bool is_full = number == ENOSPC || number == EDQUOT;
    switch (rc & 0xff) {
    case SQLITE_FULL: return full;
    case SQLITE_IOERR: return is_full ? full : disk;
    case SQLITE_CANTOPEN:
        return is_denied ? denied : is_full ? full : number == ENOENT ? missing : disk;
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_READONLY: return rc == SQLITE_READONLY_CANTLOCK ? busy : denied;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL: return busy;
    default: return corrupt; /* CORRUPT, NOTADB, and every sign of a schema that is not ours */
    }
}

int sqlite_failed(sqlite3 *db, int rc, const char *path, const char *doing, struct error *err)
{
    if (rc == SQLITE_NOMEM || rc == SQLITE_IOERR_NOMEM)
        panic("out of memory (SQLite, %s)", path);
    int primary = rc & 0xff;
    int number =
        primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN ? sqlite3_system_errno(db) : 0;
    struct meaning meaning = meaning_of(rc, number);
    return error_set(err, meaning.code, path, "cannot %s: %s%s%s; %s", doing, sqlite3_errstr(rc),
                     number ? ": " : "", number ? strerror(number) : "", meaning.advice);
}

/* ---- opening */

/* A path as a SQLite URI (RFC 3986), which alone can ask for immutable and readonly_shm. */
static void print_uri(struct buffer *uri, const char *path, const char *query)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                "/._-~";
    buffer_printf(uri, "file:%s", path[0] == '/' ? "//" : "");
    for (const char *c = path; *c != '\0'; c++) {
        if (strchr(plain, *c) != NULL)
            buffer_append_char(uri, *c);
        else
            buffer_printf(uri, "%%%02X", (unsigned char)*c);
    }
    buffer_printf(uri, "%s", query);
}

struct access {
    int flags;
    const char *query;
};

/* A sealed file without a log beside it never changes again and is read without locks or companion
 * files. Any other file needs its log; beside a running server that is read without writing. */
static int choose_access(const struct journal_home *home, const struct segment_entry *entry,
                         enum segment_use use, const char *path, struct access *ret,
                         struct error *err)
{
    static const struct access writing = {SQLITE_OPEN_READWRITE, ""};
    static const struct access immutable = {SQLITE_OPEN_READONLY, "?immutable=1"};
    static const struct access beside = {SQLITE_OPEN_READONLY, "?readonly_shm=1"};
    *ret = writing;
    if (home->read_only) {
        bool has_wal;
        int rc = journal_home_has_wal(home, entry->first_seq, &has_wal, err);
        *ret = has_wal ? beside : immutable;
        return rc;
    }
    if (use == SEGMENT_SEALED && !entry->has_leftovers && !journal_home_has_wal_content(home, path))
        *ret = immutable;
    return 0;
}

static int connect(const struct journal_home *home, struct access access, struct segment *segment,
                   struct error *err)
{
    struct buffer uri;
    buffer_init(&uri, 64 * 1024);
    print_uri(&uri, segment->path, access.query);
    int flags = access.flags | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    int rc = uri.overflow ? SQLITE_CANTOPEN
                          : sqlite3_open_v2(buffer_string(&uri), &segment->db, flags, home->vfs);
    buffer_release(&uri);
    if (rc != SQLITE_OK)
        return sqlite_failed(segment->db, rc, segment->path, "open this segment of the journal",
                             err);
    return 0;
}

int segment_prepare(struct segment *segment, const char *sql, sqlite3_stmt **ret, struct error *err)
{
    int rc = sqlite3_prepare_v3(segment->db, sql, -1, SQLITE_PREPARE_PERSISTENT, ret, NULL);
    if (rc != SQLITE_OK)
        return sqlite_failed(segment->db, rc, segment->path, "read this segment of the journal",
                             err);
    return 0;
}

int segment_execute(struct segment *segment, const char *sql, const char *doing, struct error *err)
{
    int rc = sqlite3_exec(segment->db, sql, NULL, NULL, NULL);
    return rc == SQLITE_OK ? 0 : sqlite_failed(segment->db, rc, segment->path, doing, err);
}

int segment_query_number(struct segment *segment, const char *sql, int64_t *ret, struct error *err)
{
    sqlite3_stmt *statement;
    int rc = segment_prepare(segment, sql, &statement, err);
    if (rc != 0)
        return rc;
    int step = sqlite3_step(statement);
    *ret = step == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
    if (step != SQLITE_ROW && step != SQLITE_DONE)
        rc = sqlite_failed(segment->db, step, segment->path, "read this segment of the journal",
                           err);
    sqlite3_finalize(statement);
    return rc;
}

int segment_connect(const struct journal_home *home, const struct segment_entry *entry,
                    enum segment_use use, struct segment *segment, struct error *err)
{
    struct access access;
    int rc = choose_access(home, entry, use, segment->path, &access, err);
    return rc == 0 ? connect(home, access, segment, err) : rc;
}

int segment_connect_new(const struct journal_home *home, struct segment *segment, struct error *err)
{
    static const struct access creating = {SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, ""};
    int rc = connect(home, creating, segment, err);
    /* Refused for writing, SQLite tries reading, and that is the failure it tells of. */
    if (rc == ML_ENOTFOUND)
        rc = error_set(err, ML_EDENIED, segment->path,
                       "cannot create this segment of the journal: no permission; make the data "
                       "directory writable for the user that runs this");
    return rc;
}
