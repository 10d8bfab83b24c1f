/* SQLite, as this part uses it: opening, running, binding, and what its result codes mean to a
 * person. Every failure of a view has the same way out: it can be made again from the journal. */
#include "store/internal.h"

#include <errno.h>

static int code_of(int rc, int number)
{
    bool is_full = number == ENOSPC || number == EDQUOT;
    bool is_denied = number == EACCES || number == EPERM || number == EROFS;
    switch (rc & 0xff) {
    case SQLITE_FULL: return ML_ENOSPC;
    case SQLITE_IOERR: return is_full ? ML_ENOSPC : ML_EIO;
    case SQLITE_CANTOPEN:
        return is_denied          ? ML_EDENIED
               : is_full          ? ML_ENOSPC
               : number == ENOENT ? ML_ENOTFOUND
                                  : ML_EIO;
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_READONLY: return ML_EDENIED;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL: return ML_EBUSY;
    default: return ML_ECORRUPT; /* CORRUPT, NOTADB, and tables that are not ours */
    }
}

static const char *advice_of(int code)
{
    switch (code) {
    case ML_ENOSPC: return "free space on the disk and start again";
    case ML_EDENIED: return "make the data directory and its files writable for this user";
    case ML_EBUSY: return "another process holds the file: stop it or try again";
    case ML_ENOTFOUND: return "start the server once, or run `meshline rebuild`";
    case ML_EIO: return "check the disk and start again";
    default: return "run `meshline rebuild` to make it anew from the journal";
    }
}

int store_sqlite_failed(sqlite3 *db, int rc, const char *path, const char *doing, struct error *err)
{
    if (rc == SQLITE_NOMEM || rc == SQLITE_IOERR_NOMEM)
        panic("out of memory (SQLite, %s)", path);
    int primary = rc & 0xff;
    bool is_system = primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN;
    int number = is_system ? sqlite3_system_errno(db) : 0;
    int code = code_of(rc, number);
    return error_set(err, code, path, "cannot %s: %s%s%s; %s", doing,
                     code == ML_ECORRUPT ? sqlite3_errmsg(db) : sqlite3_errstr(rc),
                     number ? ": " : "", number ? strerror(number) : "", advice_of(code));
}

int store_sqlite_open(const char *path, const char *vfs, int flags, sqlite3 **ret,
                      struct error *err)
{
    sqlite3 *db = NULL;
    /* One thread at a time per handle: SQLite's own locks would only cost. */
    int rc = sqlite3_open_v2(path, &db, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, vfs);
    if (rc != SQLITE_OK) {
        int code = store_sqlite_failed(db, rc, path, "open the view", err);
        sqlite3_close(db);
        return code;
    }
    sqlite3_busy_timeout(db, 5000);
    *ret = db;
    return 0;
}

int store_sqlite_exec(sqlite3 *db, const char *path, const char *sql, struct error *err)
{
    int rc = sqlite3_exec(db, sql, NULL, NULL, NULL);
    return rc == SQLITE_OK ? 0 : store_sqlite_failed(db, rc, path, "use the view", err);
}

int store_sqlite_prepare(sqlite3 *db, const char *path, const char *sql, sqlite3_stmt **ret,
                         struct error *err)
{
    int rc = sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, ret, NULL);
    return rc == SQLITE_OK ? 0 : store_sqlite_failed(db, rc, path, "read the view's tables", err);
}

int store_sqlite_step(sqlite3_stmt *statement, const char *path, struct error *err)
{
    int rc = sqlite3_step(statement);
    if (rc == SQLITE_ROW)
        return 1;
    int code = 0;
    if (rc != SQLITE_DONE)
        code = store_sqlite_failed(
            sqlite3_db_handle(statement), rc, path,
            sqlite3_stmt_readonly(statement) ? "read the view" : "write to the view", err);
    sqlite3_reset(statement);
    return code;
}

int store_sqlite_run(sqlite3_stmt *statement, const char *path, struct error *err)
{
    int code = store_sqlite_step(statement, path, err);
    ML_ASSERT(code <= 0);
    return code;
}

static int read_number(sqlite3 *db, const char *path, const char *sql, int64_t *ret,
                       struct error *err)
{
    STORE_STATEMENT_AUTO *statement = NULL;
    int code = store_sqlite_prepare(db, path, sql, &statement, err);
    if (code == 0)
        code = store_sqlite_step(statement, path, err);
    if (code < 0)
        return code;
    *ret = code == 1 ? sqlite3_column_int64(statement, 0) : 0;
    return 0;
}

int store_sqlite_numbers(sqlite3_stmt *statement, const char *path, uint64_t *ret_numbers,
                         size_t *ret_count, struct error *err)
{
    size_t count = 0;
    int code;
    while ((code = store_sqlite_step(statement, path, err)) == 1)
        ret_numbers[count++] = (uint64_t)sqlite3_column_int64(statement, 0);
    if (code == 0)
        *ret_count = count;
    return code;
}

int store_sqlite_check_format(sqlite3 *db, const char *path, struct error *err)
{
    int64_t application = 0, version = 0;
    int code = read_number(db, path, "PRAGMA application_id", &application, err);
    if (code == 0)
        code = read_number(db, path, "PRAGMA user_version", &version, err);
    if (code != 0)
        return code;
    if (application != STORE_APPLICATION_ID)
        return error_set(err, ML_ECORRUPT, path,
                         "this is another program's database, not a view of the journal; move it "
                         "away and run `meshline rebuild`");
    if (version != STORE_FORMAT_VERSION)
        return error_set(err, ML_EVERSION, path,
                         "the view has format %lld, this version reads format %d; run `meshline "
                         "rebuild` to make it anew from the journal",
                         (long long)version, STORE_FORMAT_VERSION);
    return 0;
}

void store_bind_text(sqlite3_stmt *statement, int at, struct bytes text)
{
    if (text.size == 0)
        sqlite3_bind_null(statement, at);
    else
        sqlite3_bind_text64(statement, at, text.data, text.size, SQLITE_STATIC, SQLITE_UTF8);
}

void store_bind_string(sqlite3_stmt *statement, int at, struct bytes text)
{
    sqlite3_bind_text64(statement, at, text.size > 0 ? text.data : "", text.size, SQLITE_STATIC,
                        SQLITE_UTF8);
}

void store_bind_time(sqlite3_stmt *statement, int at, int64_t time_us)
{
    if (time_us == 0)
        sqlite3_bind_null(statement, at);
    else
        sqlite3_bind_int64(statement, at, time_us);
}

void store_bind_number(sqlite3_stmt *statement, int at, uint64_t number)
{
    if (number == 0)
        sqlite3_bind_null(statement, at);
    else
        sqlite3_bind_int64(statement, at, (int64_t)number);
}

/* Big-endian, so that the blob reads like the printed hash. */
void store_bind_key(sqlite3_stmt *statement, int at, struct hash128 key,
                    unsigned char room[static STORE_KEY_SIZE])
{
    for (int i = 0; i < 8; i++) {
        room[i] = (unsigned char)(key.high >> (56 - 8 * i));
        room[8 + i] = (unsigned char)(key.low >> (56 - 8 * i));
    }
    if (hash128_is_none(key))
        sqlite3_bind_null(statement, at);
    else
        sqlite3_bind_blob(statement, at, room, STORE_KEY_SIZE, SQLITE_STATIC);
}

struct bytes store_column_text(sqlite3_stmt *statement, int at)
{
    const char *text = (const char *)sqlite3_column_text(statement, at);
    return (struct bytes){text, text ? (size_t)sqlite3_column_bytes(statement, at) : 0};
}

struct hash128 store_column_key(sqlite3_stmt *statement, int at)
{
    struct hash128 key = {0};
    const unsigned char *bytes = sqlite3_column_blob(statement, at);
    if (bytes == NULL || sqlite3_column_bytes(statement, at) != STORE_KEY_SIZE)
        return key;
    for (int i = 0; i < 8; i++) {
        key.high = key.high << 8 | bytes[i];
        key.low = key.low << 8 | bytes[8 + i];
    }
    return key;
}
