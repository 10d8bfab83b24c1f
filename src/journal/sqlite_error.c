/* What SQLite's result codes mean to a person who runs the product. */
#include "journal/internal.h"

#include <errno.h>

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
