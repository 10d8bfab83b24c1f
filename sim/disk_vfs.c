/* SQLite's view of the fake disk: files, locks between connections, and the shared memory of WAL.
 *
 * Behaves as the unix VFS does where SQLite can tell: short reads are filled with zeros, the first
 * sync of a new log or rollback journal also makes its name durable. */
#include "disk_internal.h"

#include <stdlib.h>

enum { SECTOR_SIZE = 4096 };

/* A connection's file. After a crash it belongs to a process that is no more: generation differs.
 */
struct disk_handle {
    sqlite3_file base;
    struct disk *disk;
    struct disk_inode *inode;
    struct disk_handle *next; /* on the same inode */
    unsigned generation;
    int lock;                   /* SQLITE_LOCK_… */
    const char *directory_path; /* whose directory the next sync makes durable; borrowed; or NULL */
    struct disk_shm *shm;
    unsigned shm_shared; /* a bit a lock */
    unsigned shm_exclusive;
};

static struct disk_handle *handle_of(sqlite3_file *file)
{
    return (struct disk_handle *)file;
}

static bool is_dead(const struct disk_handle *handle)
{
    return handle->disk->down || handle->generation != handle->disk->generation;
}

/* ---- shared memory */

static void shm_release(struct disk_handle *handle)
{
    struct disk_shm *shm = handle->shm;
    handle->shm = NULL;
    handle->shm_shared = handle->shm_exclusive = 0;
    if (shm == NULL || --shm->holders > 0)
        return;
    if (handle->inode->shm == shm)
        handle->inode->shm = NULL;
    for (int i = 0; i < shm->count; i++)
        free(shm->regions[i]);
    free(shm->regions);
    free(shm);
}

static void shm_hold(struct disk_handle *handle)
{
    struct disk_inode *inode = handle->inode;
    if (inode->shm == NULL)
        inode->shm = calloc(1, sizeof *inode->shm);
    if (inode->shm == NULL)
        panic("out of memory (fake disk)");
    handle->shm = inode->shm;
    handle->shm->holders++;
}

static int shm_map(sqlite3_file *file, int region, int size, int extend, void volatile **ret)
{
    struct disk_handle *handle = handle_of(file);
    *ret = NULL;
    if (is_dead(handle))
        return SQLITE_IOERR_SHMMAP;
    if (handle->shm == NULL)
        shm_hold(handle);
    struct disk_shm *shm = handle->shm;
    if (region >= shm->count && !extend)
        return SQLITE_OK;
    while (region >= shm->count) {
        shm->regions = reallocarray(shm->regions, (size_t)shm->count + 1, sizeof *shm->regions);
        void *memory = calloc(1, (size_t)size);
        if (shm->regions == NULL || memory == NULL)
            panic("out of memory (fake disk)");
        shm->regions[shm->count++] = memory;
    }
    ML_ASSERT(shm->regions != NULL);
    *ret = shm->regions[region];
    return SQLITE_OK;
}

static int shm_lock(sqlite3_file *file, int offset, int count, int flags)
{
    struct disk_handle *handle = handle_of(file);
    if (is_dead(handle))
        return SQLITE_IOERR_SHMLOCK;
    unsigned mask = ((1u << count) - 1u) << offset;
    if (flags & SQLITE_SHM_UNLOCK) {
        handle->shm_shared &= ~mask;
        handle->shm_exclusive &= ~mask;
        return SQLITE_OK;
    }
    bool exclusive = (flags & SQLITE_SHM_EXCLUSIVE) != 0;
    for (struct disk_handle *other = handle->inode->handles; other != NULL; other = other->next) {
        unsigned held = other->shm_exclusive | (exclusive ? other->shm_shared : 0);
        if (other != handle && (held & mask) != 0)
            return SQLITE_BUSY;
    }
    *(exclusive ? &handle->shm_exclusive : &handle->shm_shared) |= mask;
    return SQLITE_OK;
}

static void shm_barrier(sqlite3_file *file)
{
    (void)file; /* one thread */
}

static int shm_unmap(sqlite3_file *file, int delete_it)
{
    (void)delete_it; /* memory goes with its last holder */
    shm_release(handle_of(file));
    return SQLITE_OK;
}

/* ---- files */

static int file_close(sqlite3_file *file)
{
    struct disk_handle *handle = handle_of(file);
    struct disk_handle **link = &handle->inode->handles;
    while (*link != NULL && *link != handle)
        link = &(*link)->next;
    if (*link == handle)
        *link = handle->next;
    shm_release(handle);
    disk_inode_unref(handle->disk, handle->inode);
    return SQLITE_OK;
}

static int file_read(sqlite3_file *file, void *to, int size, sqlite3_int64 offset)
{
    struct disk_handle *handle = handle_of(file);
    if (is_dead(handle))
        return SQLITE_IOERR_READ;
    size_t done = 0;
    int rc = disk_read(handle->disk, handle->inode, to, (size_t)size, (size_t)offset, &done);
    if (rc != SQLITE_OK || done == (size_t)size)
        return rc;
    memset((char *)to + done, 0, (size_t)size - done);
    return SQLITE_IOERR_SHORT_READ;
}

static int file_write(sqlite3_file *file, const void *from, int size, sqlite3_int64 offset)
{
    struct disk_handle *handle = handle_of(file);
    if (is_dead(handle))
        return SQLITE_IOERR_WRITE;
    int rc = disk_write(handle->disk, handle->inode, from, (size_t)size, (size_t)offset);
    return rc == SQLITE_IOERR ? SQLITE_IOERR_WRITE : rc;
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    struct disk_handle *handle = handle_of(file);
    if (is_dead(handle) || disk_truncate(handle->disk, handle->inode, (size_t)size) != SQLITE_OK)
        return SQLITE_IOERR_TRUNCATE;
    return SQLITE_OK;
}

static int file_sync(sqlite3_file *file, int flags)
{
    (void)flags;
    struct disk_handle *handle = handle_of(file);
    if (is_dead(handle) || disk_sync(handle->disk, handle->inode) != SQLITE_OK)
        return SQLITE_IOERR_FSYNC;
    if (handle->directory_path != NULL) {
        /* Like the unix VFS, which does not tell when this fails. */
        const char *path = handle->directory_path;
        handle->directory_path = NULL;
        disk_sync_directory(handle->disk, path, disk_directory_length(path));
    }
    return handle->disk->down ? SQLITE_IOERR_FSYNC : SQLITE_OK;
}

static int file_size(sqlite3_file *file, sqlite3_int64 *ret)
{
    struct disk_handle *handle = handle_of(file);
    *ret = (sqlite3_int64)handle->inode->current.size;
    return is_dead(handle) ? SQLITE_IOERR_FSTAT : SQLITE_OK;
}

/* The strongest lock of the other connections. */
static int other_lock(const struct disk_handle *handle)
{
    int strongest = SQLITE_LOCK_NONE;
    for (struct disk_handle *other = handle->inode->handles; other != NULL; other = other->next)
        if (other != handle && other->lock > strongest)
            strongest = other->lock;
    return strongest;
}

static int file_lock(sqlite3_file *file, int level)
{
    struct disk_handle *handle = handle_of(file);
    if (is_dead(handle))
        return SQLITE_IOERR_LOCK;
    if (handle->lock >= level)
        return SQLITE_OK;
    int other = other_lock(handle);
    if (other >= SQLITE_LOCK_PENDING ||
        (level >= SQLITE_LOCK_RESERVED && other >= SQLITE_LOCK_RESERVED))
        return SQLITE_BUSY;
    if (level == SQLITE_LOCK_EXCLUSIVE && other >= SQLITE_LOCK_SHARED) {
        handle->lock = SQLITE_LOCK_PENDING; /* keeps new readers out */
        return SQLITE_BUSY;
    }
    handle->lock = level;
    return SQLITE_OK;
}

static int file_unlock(sqlite3_file *file, int level)
{
    struct disk_handle *handle = handle_of(file);
    if (handle->lock > level)
        handle->lock = level;
    return SQLITE_OK;
}

static int file_check_reserved_lock(sqlite3_file *file, int *ret)
{
    struct disk_handle *handle = handle_of(file);
    *ret = other_lock(handle) >= SQLITE_LOCK_RESERVED || handle->lock >= SQLITE_LOCK_RESERVED;
    return is_dead(handle) ? SQLITE_IOERR_CHECKRESERVEDLOCK : SQLITE_OK;
}

static int file_control(sqlite3_file *file, int operation, void *argument)
{
    (void)file;
    (void)operation;
    (void)argument;
    return SQLITE_NOTFOUND;
}

static int file_sector_size(sqlite3_file *file)
{
    (void)file;
    return SECTOR_SIZE;
}

static int file_characteristics(sqlite3_file *file)
{
    (void)file;
    return SQLITE_IOCAP_POWERSAFE_OVERWRITE; /* as the unix VFS; a torn write keeps its neighbours
                                              */
}

static const sqlite3_io_methods io_methods = {
    .iVersion = 2,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_unlock,
    .xCheckReservedLock = file_check_reserved_lock,
    .xFileControl = file_control,
    .xSectorSize = file_sector_size,
    .xDeviceCharacteristics = file_characteristics,
    .xShmMap = shm_map,
    .xShmLock = shm_lock,
    .xShmBarrier = shm_barrier,
    .xShmUnmap = shm_unmap,
};

/* ---- the VFS */

static struct disk *disk_of(sqlite3_vfs *vfs)
{
    return vfs->pAppData;
}

static int vfs_open(sqlite3_vfs *vfs, sqlite3_filename path, sqlite3_file *file, int flags,
                    int *ret_flags)
{
    struct disk *disk = disk_of(vfs);
    struct disk_handle *handle = handle_of(file);
    *handle = (struct disk_handle){.disk = disk, .generation = disk->generation};
    if (disk->down)
        return SQLITE_IOERR;
    struct disk_inode *inode = path != NULL ? disk_find(disk, path) : NULL;
    bool is_new = inode == NULL;
    if (is_new && (flags & SQLITE_OPEN_CREATE) == 0)
        return SQLITE_CANTOPEN;
    int rc = is_new ? disk_create(disk, path, &inode) : SQLITE_OK;
    if (rc != SQLITE_OK)
        return rc;
    if (!is_new)
        inode->references++;
    bool is_log = flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL);
    if (is_new && is_log)
        handle->directory_path = path;
    handle->inode = inode;
    handle->next = inode->handles;
    inode->handles = handle;
    handle->base.pMethods = &io_methods;
    if (ret_flags != NULL)
        *ret_flags = flags;
    return SQLITE_OK;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *path, int sync_directory)
{
    struct disk *disk = disk_of(vfs);
    int rc = disk_remove(disk, path);
    if (rc == SQLITE_OK && sync_directory)
        rc = disk_sync_directory(disk, path, disk_directory_length(path));
    return rc == SQLITE_IOERR ? SQLITE_IOERR_DELETE : rc;
}

static int vfs_access(sqlite3_vfs *vfs, const char *path, int flags, int *ret)
{
    struct disk *disk = disk_of(vfs);
    *ret = 0;
    if (disk->down)
        return SQLITE_IOERR_ACCESS;
    struct disk_inode *inode = disk_find(disk, path);
    *ret = inode != NULL && (flags != SQLITE_ACCESS_EXISTS || inode->current.size > 0);
    return SQLITE_OK;
}

static int vfs_full_pathname(sqlite3_vfs *vfs, const char *path, int size, char *ret)
{
    (void)vfs;
    sqlite3_snprintf(size, ret, "%s", path);
    return SQLITE_OK;
}

static int vfs_randomness(sqlite3_vfs *vfs, int size, char *ret)
{
    struct disk *disk = disk_of(vfs);
    for (int i = 0; i < size; i++)
        ret[i] = (char)disk_random(&disk->randomness);
    return size;
}

static int vfs_sleep(sqlite3_vfs *vfs, int microseconds)
{
    (void)vfs;
    return microseconds;
}

/* Moves with the I/Os, so that it is deterministic and never stands still for ever. */
static int vfs_current_time64(sqlite3_vfs *vfs, sqlite3_int64 *ret)
{
    static const sqlite3_int64 start =
        INT64_C(212570827200000); /* 2024-01-01 as Julian day in ms */
    *ret = start + (sqlite3_int64)disk_of(vfs)->io_count;
    return SQLITE_OK;
}

static int vfs_current_time(sqlite3_vfs *vfs, double *ret)
{
    sqlite3_int64 milliseconds;
    vfs_current_time64(vfs, &milliseconds);
    *ret = (double)milliseconds / 86400000.0;
    return SQLITE_OK;
}

static int vfs_last_error(sqlite3_vfs *vfs, int size, char *ret)
{
    (void)vfs;
    if (size > 0)
        *ret = '\0';
    return 0; /* no errno stands behind these failures */
}

void disk_vfs_init(struct disk *disk)
{
    disk->vfs = (sqlite3_vfs){
        .iVersion = 2,
        .szOsFile = sizeof(struct disk_handle),
        .mxPathname = 1024,
        .pAppData = disk,
        .xOpen = vfs_open,
        .xDelete = vfs_delete,
        .xAccess = vfs_access,
        .xFullPathname = vfs_full_pathname,
        .xRandomness = vfs_randomness,
        .xSleep = vfs_sleep,
        .xCurrentTime = vfs_current_time,
        .xCurrentTimeInt64 = vfs_current_time64,
        .xGetLastError = vfs_last_error,
    };
}
