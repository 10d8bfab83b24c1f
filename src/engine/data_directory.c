/* The data directory: one process at a time. The lock is the kernel's (flock), so it ends with the
 * process however that ends; the pid inside is only for the message. */
#include "engine/engine.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

struct data_directory {
    char *path;
    int lock;
};

static int refuse_path(const char *path, struct error *err)
{
    switch (errno) {
    case ENOENT:
        return error_set(
            err, ML_ENOTFOUND, path,
            "no such data directory; `meshline serve` makes one where its parent exists");
    case EACCES:
    case EPERM:
    case EROFS:
        return error_set(err, ML_EDENIED, path,
                         "the data directory cannot be written (%m); give it to the user that runs "
                         "meshline");
    case ENOTDIR: return error_set(err, ML_EINVAL, path, "this is not a directory");
    case ENOSPC: return error_set(err, ML_ENOSPC, path, "the disk is full");
    default: return error_set(err, ML_EIO, path, "cannot be used as data directory: %m");
    }
}

static int refuse_locked(const char *path, int lock, struct error *err)
{
    char holder[32] = "";
    ssize_t size = pread(lock, holder, sizeof holder - 1, 0);
    long pid = size > 0 ? strtol(holder, NULL, 10) : 0;
    if (pid > 0)
        return error_set(err, ML_EBUSY, path,
                         "the data directory is in use by process %ld; stop it first", pid);
    return error_set(err, ML_EBUSY, path, "the data directory is in use by another process");
}

static int take_lock(const char *path, int *ret, struct error *err)
{
    char name[4200];
    snprintf(name, sizeof name, "%s/lock", path);
    int lock = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock < 0)
        return refuse_path(path, err);
    if (flock(lock, LOCK_EX | LOCK_NB) != 0) {
        int code = refuse_locked(path, lock, err);
        close(lock);
        return code;
    }
    char pid[32];
    int size = snprintf(pid, sizeof pid, "%ld\n", (long)getpid());
    if (ftruncate(lock, 0) != 0 || pwrite(lock, pid, (size_t)size, 0) != size) {
        int code = refuse_path(path, err);
        close(lock);
        return code;
    }
    *ret = lock;
    return 0;
}

int data_directory_open(const char *path, bool create, struct data_directory **ret,
                        struct error *err)
{
    struct stat status;
    if (create && mkdir(path, 0700) != 0 && errno != EEXIST)
        return refuse_path(path, err);
    if (stat(path, &status) != 0)
        return refuse_path(path, err);
    if (!S_ISDIR(status.st_mode))
        return error_set(err, ML_EINVAL, path, "this is not a directory");
    int lock = -1;
    int code = take_lock(path, &lock, err);
    if (code < 0)
        return code;
    struct data_directory *directory = calloc(1, sizeof *directory);
    char *copy = strdup(path);
    if (directory == NULL || copy == NULL)
        panic("out of memory (data directory)");
    directory->path = copy;
    directory->lock = lock;
    *ret = directory;
    return 0;
}

void data_directory_close(struct data_directory *directory)
{
    if (directory == NULL)
        return;
    close(directory->lock);
    free(directory->path);
    free(directory);
}

const char *data_directory_path(const struct data_directory *directory)
{
    return directory->path;
}

int64_t data_directory_free_bytes(const struct data_directory *directory)
{
    struct statvfs status;
    if (statvfs(directory->path, &status) != 0)
        return -1;
    return (int64_t)status.f_bavail * (int64_t)status.f_frsize;
}
