/* The bytes of the fake disk: two images a file, the changes between them, and what a crash makes
 * of them. */
#include "disk_internal.h"

#include <stdlib.h>

enum { SECTOR_BYTES = 512 };

/* SplitMix64 (Steele, Lea, Flood, 2014). */
uint64_t disk_random(uint64_t *stream)
{
    uint64_t z = *stream += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

static void *grow(void *array, size_t *capacity, size_t needed, size_t item)
{
    if (needed <= *capacity)
        return array;
    size_t wanted = *capacity ? *capacity : 16;
    while (wanted < needed)
        wanted *= 2;
    array = reallocarray(array, wanted, item);
    if (array == NULL)
        panic("out of memory (fake disk)");
    *capacity = wanted;
    return array;
}

/* ---- images */

static void image_write(struct disk_image *image, const unsigned char *from, size_t size,
                        size_t offset)
{
    if (size == 0)
        return;
    image->bytes = grow(image->bytes, &image->capacity, offset + size, 1);
    if (offset > image->size)
        memset(image->bytes + image->size, 0, offset - image->size);
    memcpy(image->bytes + offset, from, size);
    if (offset + size > image->size)
        image->size = offset + size;
}

static void image_truncate(struct disk_image *image, size_t size)
{
    if (size < image->size)
        image->size = size;
}

static void image_copy(struct disk_image *to, const struct disk_image *from)
{
    to->size = 0;
    image_write(to, from->bytes, from->size, 0);
}

static void change_apply(struct disk_image *image, const struct disk_change *change)
{
    if (change->bytes == NULL)
        image_truncate(image, change->offset);
    else
        image_write(image, change->bytes, change->size, change->offset);
}

static void pending_add(struct disk_inode *inode, struct disk_change change, const void *from)
{
    if (from != NULL) {
        change.bytes = malloc(change.size ? change.size : 1);
        if (change.bytes == NULL)
            panic("out of memory (fake disk)");
        memcpy(change.bytes, from, change.size);
    }
    inode->pending = grow(inode->pending, &inode->pending_capacity, inode->pending_count + 1,
                          sizeof *inode->pending);
    inode->pending[inode->pending_count++] = change;
}

static void pending_clear(struct disk_inode *inode)
{
    for (size_t i = 0; i < inode->pending_count; i++)
        free(inode->pending[i].bytes);
    inode->pending_count = 0;
}

/* ---- what survives */

static void change_tear(struct disk_image *image, const struct disk_change *change, uint64_t *fate)
{
    size_t done = 0;
    while (done < change->size) {
        size_t size = SECTOR_BYTES - (change->offset + done) % SECTOR_BYTES;
        if (size > change->size - done)
            size = change->size - done;
        if (disk_random(fate) & 1)
            image_write(image, change->bytes + done, size, change->offset + done);
        done += size;
    }
}

/* How a failure treats unsynced writes: mixed is the rule, the two extremes are frequent in life.
 */
enum mood { MOOD_ALL_LOST, MOOD_ALL_KEPT, MOOD_MIXED, MOOD_MIXED_TOO, MOODS };

static void pending_settle(struct disk_inode *inode, uint64_t *fate)
{
    enum mood mood = (enum mood)(disk_random(fate) % MOODS);
    for (size_t i = 0; i < inode->pending_count; i++) {
        const struct disk_change *change = &inode->pending[i];
        uint64_t draw = disk_random(fate) % 4;
        if (mood == MOOD_ALL_KEPT || (mood >= MOOD_MIXED && draw < 2))
            change_apply(&inode->durable, change);
        else if (mood >= MOOD_MIXED && draw == 2 && change->bytes != NULL)
            change_tear(&inode->durable, change, fate);
    }
    pending_clear(inode);
}

static void inode_crash(struct disk_inode *inode, uint64_t *fate)
{
    pending_settle(inode, fate);
    image_copy(&inode->current, &inode->durable);
    inode->handles = NULL;
    inode->shm = NULL;
}

static void name_crash(struct disk *disk, struct disk_name *name)
{
    if (name->current == name->durable)
        return;
    bool keep = disk_random(&disk->fate) & 1;
    struct disk_inode **loser = keep ? &name->durable : &name->current;
    struct disk_inode *winner = keep ? name->current : name->durable;
    if (winner != NULL)
        winner->references++;
    disk_inode_unref(disk, *loser);
    *loser = winner;
}

static void names_sweep(struct disk *disk)
{
    for (struct disk_name **link = &disk->names; *link != NULL;) {
        struct disk_name *name = *link;
        if (name->current == NULL && name->durable == NULL) {
            *link = name->next;
            free(name->path);
            free(name);
        } else {
            link = &name->next;
        }
    }
}

void disk_crash(struct disk *disk)
{
    for (struct disk_inode *inode = disk->inodes; inode != NULL; inode = inode->next)
        inode_crash(inode, &disk->fate);
    for (struct disk_name *name = disk->names; name != NULL; name = name->next)
        name_crash(disk, name);
    names_sweep(disk);
    disk->generation++;
    disk->down = false;
    disk->fault = DISK_FAULT_NONE;
}

/* ---- faults */

void disk_fail_at(struct disk *disk, uint64_t io_number, enum disk_fault fault)
{
    disk->fault_at = io_number;
    disk->fault = fault;
}

uint64_t disk_io_count(const struct disk *disk)
{
    return disk->io_count;
}

uint64_t disk_read_count(const struct disk *disk)
{
    return disk->read_count;
}

bool disk_is_down(const struct disk *disk)
{
    return disk->down;
}

/* Counts a changing I/O and tells what becomes of it. */
static int strike(struct disk *disk, bool grows)
{
    if (disk->down)
        return SQLITE_IOERR;
    disk->io_count++;
    if (disk->io_count < disk->fault_at)
        return SQLITE_OK;
    switch (disk->fault) {
    case DISK_FAULT_NONE:
    case DISK_FAULT_READ_ERROR: return SQLITE_OK;
    case DISK_FAULT_FULL: return grows ? SQLITE_FULL : SQLITE_OK;
    case DISK_FAULT_ERROR: disk->fault = DISK_FAULT_NONE; return SQLITE_IOERR;
    case DISK_FAULT_CRASH: disk->down = true; return SQLITE_IOERR;
    }
    return SQLITE_OK;
}

/* A crash at this very I/O leaves the change in the process's view, for disk_crash to decide. */
static bool crashed_now(const struct disk *disk, bool was_down)
{
    return disk->down && !was_down;
}

/* ---- files */

int disk_read(struct disk *disk, struct disk_inode *inode, void *to, size_t size, size_t offset,
              size_t *ret_size)
{
    if (disk->down)
        return SQLITE_IOERR;
    disk->read_count++;
    if (disk->fault == DISK_FAULT_READ_ERROR && disk->read_count >= disk->fault_at) {
        disk->fault = DISK_FAULT_NONE;
        return SQLITE_IOERR_READ;
    }
    size_t left = offset < inode->current.size ? inode->current.size - offset : 0;
    *ret_size = size < left ? size : left;
    if (*ret_size > 0)
        memcpy(to, inode->current.bytes + offset, *ret_size);
    return SQLITE_OK;
}

int disk_write(struct disk *disk, struct disk_inode *inode, const void *from, size_t size,
               size_t offset)
{
    bool was_down = disk->down;
    int rc = strike(disk, offset + size > inode->current.size);
    if (rc == SQLITE_FULL || was_down)
        return rc;
    /* A crash decides later how much of it arrived, an error decides now. */
    if (rc != SQLITE_OK && !disk->down)
        size = disk_random(&disk->fate) % (size / SECTOR_BYTES + 1) * SECTOR_BYTES;
    pending_add(inode, (struct disk_change){.offset = offset, .size = size}, from);
    image_write(&inode->current, from, size, offset);
    return rc;
}

int disk_truncate(struct disk *disk, struct disk_inode *inode, size_t size)
{
    bool was_down = disk->down;
    int rc = strike(disk, false);
    if (rc != SQLITE_OK && !crashed_now(disk, was_down))
        return rc;
    pending_add(inode, (struct disk_change){.offset = size}, NULL);
    image_truncate(&inode->current, size);
    return rc;
}

/* After a failed sync the pages count as clean, as on Linux: their fate is sealed, and a later sync
 * says nothing about them. */
int disk_sync(struct disk *disk, struct disk_inode *inode)
{
    int rc = strike(disk, false);
    if (rc != SQLITE_OK) {
        if (!disk->down)
            pending_settle(inode, &disk->fate);
        return rc;
    }
    for (size_t i = 0; i < inode->pending_count; i++)
        change_apply(&inode->durable, &inode->pending[i]);
    pending_clear(inode);
    return SQLITE_OK;
}

/* ---- names */

size_t disk_directory_length(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? 0 : (size_t)(slash - path);
}

static struct disk_name *name_find(struct disk *disk, const char *path)
{
    struct disk_name *name = disk->names;
    while (name != NULL && strcmp(name->path, path) != 0)
        name = name->next;
    return name;
}

struct disk_inode *disk_find(struct disk *disk, const char *path)
{
    struct disk_name *name = name_find(disk, path);
    return name == NULL ? NULL : name->current;
}

static struct disk_name *name_make(struct disk *disk, const char *path)
{
    struct disk_name *name = name_find(disk, path);
    if (name != NULL)
        return name;
    name = calloc(1, sizeof *name);
    char *copy = strdup(path);
    if (name == NULL || copy == NULL)
        panic("out of memory (fake disk)");
    *name = (struct disk_name){.path = copy, .next = disk->names};
    disk->names = name;
    return name;
}

void disk_inode_unref(struct disk *disk, struct disk_inode *inode)
{
    if (inode == NULL || --inode->references > 0)
        return;
    struct disk_inode **link = &disk->inodes;
    while (*link != inode)
        link = &(*link)->next;
    *link = inode->next;
    pending_clear(inode);
    free(inode->pending);
    free(inode->current.bytes);
    free(inode->durable.bytes);
    free(inode);
}

int disk_create(struct disk *disk, const char *path, struct disk_inode **ret)
{
    bool was_down = disk->down;
    int rc = strike(disk, true);
    if (rc != SQLITE_OK && !crashed_now(disk, was_down))
        return rc;
    struct disk_inode *inode = calloc(1, sizeof *inode);
    if (inode == NULL)
        panic("out of memory (fake disk)");
    *inode = (struct disk_inode){.references = 1, .next = disk->inodes};
    disk->inodes = inode;
    if (path != NULL) {
        inode->references++;
        name_make(disk, path)->current = inode;
    }
    if (rc == SQLITE_OK)
        *ret = inode;
    else
        disk_inode_unref(disk, inode);
    return rc;
}

int disk_remove(struct disk *disk, const char *path)
{
    struct disk_name *name = name_find(disk, path);
    if (name == NULL || name->current == NULL)
        return disk->down ? SQLITE_IOERR : SQLITE_IOERR_DELETE_NOENT;
    bool was_down = disk->down;
    int rc = strike(disk, false);
    if (rc != SQLITE_OK && !crashed_now(disk, was_down))
        return rc;
    disk_inode_unref(disk, name->current);
    name->current = NULL;
    return rc;
}

int disk_sync_directory(struct disk *disk, const char *directory, size_t length)
{
    int rc = strike(disk, false);
    if (rc != SQLITE_OK)
        return rc;
    for (struct disk_name *name = disk->names; name != NULL; name = name->next) {
        if (name->current == name->durable || disk_directory_length(name->path) != length ||
            strncmp(name->path, directory, length) != 0)
            continue;
        disk_inode_unref(disk, name->durable);
        name->durable = name->current;
        if (name->durable != NULL)
            name->durable->references++;
    }
    names_sweep(disk);
    return SQLITE_OK;
}

/* ---- the directory functions of the journal */

static int files_list(void *context, const char *directory, void (*each)(void *, const char *),
                      void *to, struct error *err)
{
    struct disk *disk = context;
    if (disk->down)
        return error_set(err, ML_EIO, directory, "cannot list the directory: the disk is down");
    size_t length = strlen(directory);
    for (struct disk_name *name = disk->names; name != NULL; name = name->next)
        if (name->current != NULL && disk_directory_length(name->path) == length &&
            strncmp(name->path, directory, length) == 0)
            each(to, name->path + length + 1);
    return 0;
}

static int files_remove(void *context, const char *path, struct error *err)
{
    int rc = disk_remove(context, path);
    if (rc == SQLITE_OK || rc == SQLITE_IOERR_DELETE_NOENT)
        return 0;
    return error_set(err, ML_EIO, path, "cannot remove the file: the disk failed");
}

static int files_sync_directory(void *context, const char *directory, struct error *err)
{
    if (disk_sync_directory(context, directory, strlen(directory)) == SQLITE_OK)
        return 0;
    return error_set(err, ML_EIO, directory, "cannot sync the directory: the disk failed");
}

const struct journal_files *disk_files(struct disk *disk)
{
    return &disk->files;
}

/* ---- life */

struct disk *disk_new(uint64_t seed)
{
    struct disk *disk = calloc(1, sizeof *disk);
    if (disk == NULL)
        panic("out of memory (fake disk)");
    disk->fate = seed;
    disk->randomness = ~seed;
    disk->files = (struct journal_files){disk, files_list, files_remove, files_sync_directory};
    disk_vfs_init(disk);
    return disk;
}

void disk_register(struct disk *disk, const char *name)
{
    disk->vfs.zName = name;
    sqlite3_vfs_register(&disk->vfs, 1);
    sqlite3_randomness(0, NULL); /* seeded anew, from this disk */
}

void disk_free(struct disk *disk)
{
    if (disk == NULL)
        return;
    if (disk->vfs.zName != NULL) {
        sqlite3_vfs_unregister(&disk->vfs);
        sqlite3_randomness(0, NULL);
    }
    for (struct disk_name *name = disk->names; name != NULL; name = name->next) {
        disk_inode_unref(disk, name->current);
        disk_inode_unref(disk, name->durable);
        name->current = name->durable = NULL;
    }
    names_sweep(disk);
    ML_ASSERT(disk->inodes == NULL); /* every connection was closed */
    free(disk);
}

bool disk_file_size(struct disk *disk, const char *path, size_t *ret_size)
{
    struct disk_inode *inode = disk_find(disk, path);
    if (inode != NULL)
        *ret_size = inode->current.size;
    return inode != NULL;
}

void disk_file_flip(struct disk *disk, const char *path, size_t offset, unsigned char mask)
{
    struct disk_inode *inode = disk_find(disk, path);
    ML_ASSERT(inode != NULL && offset < inode->current.size && inode->pending_count == 0);
    inode->current.bytes[offset] ^= mask;
    inode->durable.bytes[offset] ^= mask;
}
