/* What the two halves of the fake disk share: disk.c keeps the bytes and forgets them, disk_vfs.c
 * speaks SQLite's language. */
#ifndef ML_SIM_DISK_INTERNAL_H
#define ML_SIM_DISK_INTERNAL_H

#include "disk.h"

#include <sqlite3.h>

struct disk_image {
    unsigned char *bytes;
    size_t size;
    size_t capacity;
};

/* A change not yet synced: bytes at an offset or, without bytes, a truncation to the offset. */
struct disk_change {
    size_t offset;
    size_t size;
    unsigned char *bytes;
};

/* Memory shared by the connections to one database; lives until the last of them lets go. */
struct disk_shm {
    unsigned holders;
    void **regions;
    int count;
};

struct disk_handle;

struct disk_inode {
    unsigned references; /* names and handles */
    struct disk_image current;
    struct disk_image durable;
    struct disk_change *pending; /* what leads from durable to current, in order */
    size_t pending_count;
    size_t pending_capacity;
    struct disk_handle *handles; /* of this generation: they hold the locks */
    struct disk_shm *shm;        /* borrowed from the handles that hold it */
    struct disk_inode *next;
};

/* A path, with the file it names now and the file it would name after a crash. */
struct disk_name {
    char *path;
    struct disk_inode *current;
    struct disk_inode *durable;
    struct disk_name *next;
};

struct disk {
    sqlite3_vfs vfs; /* pAppData is the disk */
    struct journal_files files;
    uint64_t fate;       /* random stream that decides what survives */
    uint64_t randomness; /* random stream for SQLite */
    uint64_t io_count;
    uint64_t read_count;
    uint64_t fault_at;
    enum disk_fault fault;
    bool down;
    unsigned generation; /* of the process: raised by each crash */
    struct disk_inode *inodes;
    struct disk_name *names;
};

/* All of these return SQLITE_OK or what the armed fault makes of the I/O. */
int disk_read(struct disk *disk, struct disk_inode *inode, void *to, size_t size, size_t offset,
              size_t *ret_size);
int disk_write(struct disk *disk, struct disk_inode *inode, const void *from, size_t size,
               size_t offset);
int disk_truncate(struct disk *disk, struct disk_inode *inode, size_t size);
int disk_sync(struct disk *disk, struct disk_inode *inode);
/* With a NULL path, a file without a name. The caller owns one reference. */
int disk_create(struct disk *disk, const char *path, struct disk_inode **ret);
int disk_remove(struct disk *disk, const char *path);
int disk_sync_directory(struct disk *disk, const char *directory, size_t length);

struct disk_inode *disk_find(struct disk *disk, const char *path);
void disk_inode_unref(struct disk *disk, struct disk_inode *inode);
/* The length of the directory part of a path, without the slash. */
size_t disk_directory_length(const char *path);
uint64_t disk_random(uint64_t *stream);

void disk_vfs_init(struct disk *disk);

#endif
