/* ndjson: every delivery is a line of a file, for whoever picks files up. Lines are whole: a line
 * that a crash cut off is removed before more is written, and its delivery comes again, under the
 * same `id`. The file is set aside when it is large or old enough.
 *
 * options: path, rotate {size (bytes), every}, keep (files set aside), sync. */
#include "base/json.h"
#include "base/time.h"
#include "effect/kind.h"
#include "effect/options.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct ndjson {
    char path[4096];
    int fd; /* -1: not open */
    int64_t size, began_us;
    int64_t rotate_size, rotate_us; /* 0: never */
    int64_t keep;                   /* files set aside; 0: all */
    bool sync;
};

/* ---- the file */

static void close_file(struct ndjson *file)
{
    if (file->fd >= 0)
        close(file->fd);
    file->fd = -1;
}

/* Behind the last newline; -1: cannot be read. */
static int64_t end_of_lines(int fd, int64_t size)
{
    char piece[4096];
    while (size > 0) {
        size_t want = size < (int64_t)sizeof piece ? (size_t)size : sizeof piece;
        if (pread(fd, piece, want, size - (int64_t)want) != (ssize_t)want)
            return -1;
        const char *newline = memrchr(piece, '\n', want);
        if (newline != NULL)
            return size - (int64_t)want + (newline - piece) + 1;
        size -= (int64_t)want;
    }
    return 0;
}

/* The directories above it, as far as they are missing; what cannot be made shows when the file is
 * opened. */
static void make_directories(const char *path)
{
    char directory[sizeof((struct ndjson *)NULL)->path];
    snprintf(directory, sizeof directory, "%s", path);
    for (char *slash = strchr(directory + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(directory, 0750);
        *slash = '/';
    }
}

/* Somebody may have taken the file away, or put another in its place. */
static bool is_still_there(const struct ndjson *file)
{
    struct stat open_one, named;
    return fstat(file->fd, &open_one) == 0 && stat(file->path, &named) == 0 &&
           open_one.st_ino == named.st_ino && open_one.st_dev == named.st_dev;
}

static int open_file(struct ndjson *file, int64_t now_us, struct error *err)
{
    if (file->fd >= 0 && is_still_there(file))
        return 0;
    close_file(file);
    make_directories(file->path);
    int fd = open(file->path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
    if (fd < 0)
        return error_set(err, errno == EACCES ? ML_EDENIED : ML_EIO, file->path,
                         "the export file cannot be opened: %s", strerror(errno));
    struct stat status;
    int64_t whole = fstat(fd, &status) == 0 ? end_of_lines(fd, status.st_size) : -1;
    if (whole < 0 || (whole < status.st_size && ftruncate(fd, whole) != 0)) {
        close(fd);
        return error_set(err, ML_EIO, file->path, "the export file cannot be read: %s",
                         strerror(errno));
    }
    file->fd = fd;
    file->size = whole;
    /* What is in it already is as old as the file's last change, at least. */
    file->began_us = whole > 0 ? (int64_t)status.st_mtim.tv_sec * TIME_US_PER_SECOND : now_us;
    return 0;
}

/* ---- rotation */

static int compare_names(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

/* One of ours: somebody may keep others beside them, "leads.ndjson.gz". */
static bool is_set_aside(const char *name, const char *prefix)
{
    size_t size = strlen(prefix);
    if (strncmp(name, prefix, size) != 0 || strspn(name + size, "0123456789T") < 15)
        return false;
    return strcmp(name + size + strspn(name + size, "0123456789T."), "Z") == 0;
}

/* Removes the oldest of the files set aside; their names rise with time. */
static void forget_oldest(const struct ndjson *file)
{
    char directory[sizeof file->path];
    snprintf(directory, sizeof directory, "%s", file->path);
    char *slash = strrchr(directory, '/');
    const char *base = slash != NULL ? slash + 1 : directory;
    char prefix[sizeof file->path];
    snprintf(prefix, sizeof prefix, "%s.", base);
    if (slash != NULL)
        *slash = '\0';
    DIR *entries = opendir(slash != NULL ? (slash == directory ? "/" : directory) : ".");
    if (entries == NULL)
        return;
    char **names = NULL;
    size_t count = 0;
    for (struct dirent *entry; (entry = readdir(entries)) != NULL;) {
        if (!is_set_aside(entry->d_name, prefix))
            continue;
        char **more = reallocarray(names, count + 1, sizeof *names);
        if (more == NULL || (more[count] = strdup(entry->d_name)) == NULL)
            panic("out of memory (files set aside)");
        names = more;
        count++;
    }
    if (count > 0)
        qsort(names, count, sizeof *names, compare_names);
    for (size_t i = 0; i < count; i++) {
        if (i + (size_t)file->keep < count)
            unlinkat(dirfd(entries), names[i], 0);
        free(names[i]);
    }
    free(names);
    closedir(entries);
}

/* "leads.ndjson.20261123T131500.000000Z" */
static int set_aside(struct ndjson *file, int64_t now_us, struct error *err)
{
    char time[TIME_TEXT_SIZE], aside[sizeof file->path + TIME_TEXT_SIZE + 1];
    time_print(now_us, time);
    size_t used = 0;
    for (size_t i = 0; time[i] != '\0'; i++)
        if (time[i] != '-' && time[i] != ':')
            time[used++] = time[i];
    time[used] = '\0';
    snprintf(aside, sizeof aside, "%s.%s", file->path, time);
    close_file(file);
    if (rename(file->path, aside) != 0)
        return error_set(err, ML_EIO, file->path, "the export file cannot be set aside: %s",
                         strerror(errno));
    if (file->keep > 0)
        forget_oldest(file);
    return open_file(file, now_us, err);
}

static bool is_full(const struct ndjson *file, int64_t now_us)
{
    if (file->size == 0)
        return false;
    return (file->rotate_size > 0 && file->size >= file->rotate_size) ||
           (file->rotate_us > 0 && now_us - file->began_us >= file->rotate_us);
}

/* ---- the kind */

static int ndjson_open(const struct effect_place *place, void **ret_state, struct error *err)
{
    struct ndjson *file = calloc(1, sizeof *file);
    if (file == NULL)
        panic("out of memory (ndjson)");
    const char *path = options_text(place->options, "path");
    if (path[0] == '/')
        snprintf(file->path, sizeof file->path, "%s", path);
    else
        snprintf(file->path, sizeof file->path, "%s/%s", place->data_directory, path);
    struct json_object *rotate = options_member(place->options, "rotate");
    file->fd = -1;
    file->rotate_size = options_bytes(rotate, "size");
    file->rotate_us = options_duration(rotate, "every", 0);
    file->keep = json_member_int(place->options, "keep", 0);
    file->sync = options_bool(place->options, "sync", true);
    int code = open_file(file, 0, err);
    if (code < 0) {
        free(file);
        return code;
    }
    *ret_state = file;
    return 0;
}

static void ndjson_close(void *state)
{
    struct ndjson *file = state;
    close_file(file);
    free(file);
}

/* All of it, or the file is as it was before. */
static int append(struct ndjson *file, struct bytes lines, struct error *err)
{
    size_t done = 0;
    while (done < lines.size) {
        ssize_t wrote = write(file->fd, lines.data + done, lines.size - done);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0)
            break;
        done += (size_t)wrote;
    }
    if (done == lines.size && (!file->sync || fdatasync(file->fd) == 0)) {
        file->size += (int64_t)lines.size;
        return 0;
    }
    int reason = errno;
    if (ftruncate(file->fd, file->size) != 0)
        close_file(file); /* opening it anew cuts it */
    return error_set(err, reason == ENOSPC ? ML_ENOSPC : ML_EIO, file->path,
                     "the export file cannot be written: %s", strerror(reason));
}

static int write_all(struct ndjson *file, const struct effect_place *place,
                     struct effect_attempt *attempts, size_t count, struct error *err)
{
    int64_t now_us = attempts[0].now_us;
    int code = open_file(file, now_us, err);
    if (code == 0 && is_full(file, now_us))
        code = set_aside(file, now_us, err);
    if (code < 0)
        return code;
    struct buffer lines;
    buffer_init(&lines, EFFECT_BATCH_MAX * (size_t)EFFECT_BODY_MAX);
    for (size_t i = 0; i < count; i++) {
        buffer_append_bytes(&lines, effect_message_json(attempts[i].messages[0], place->release,
                                                        attempts[i].arena));
        buffer_append_char(&lines, '\n');
    }
    code = append(file, buffer_bytes(&lines), err);
    buffer_release(&lines);
    return code;
}

/* ---- what is there: the `id` of each line, of this file and those set aside */

static void list_file(const char *path, struct effect_attempt *attempt)
{
    FILE *lines = fopen(path, "re");
    if (lines == NULL)
        return;
    char *line = NULL;
    size_t room = 0;
    for (ssize_t size; (size = getline(&line, &room, lines)) > 0;) {
        JSON_AUTO *message = NULL;
        if (json_parse((struct bytes){line, (size_t)size}, &message, NULL) == 0)
            attempt->found(attempt->context, json_member_text(message, "id"), (struct bytes){0});
    }
    free(line);
    fclose(lines);
}

static void list_all(const struct ndjson *file, struct effect_attempt *attempt)
{
    char pattern[sizeof file->path + 4];
    snprintf(pattern, sizeof pattern, "%s", file->path);
    list_file(pattern, attempt);
    char *slash = strrchr(pattern, '/');
    char base[sizeof file->path];
    snprintf(base, sizeof base, "%s.", slash + 1);
    *slash = '\0';
    DIR *entries = opendir(pattern[0] != '\0' ? pattern : "/");
    if (entries == NULL)
        return;
    for (struct dirent *entry; (entry = readdir(entries)) != NULL;) {
        char path[2 * sizeof file->path];
        if (!is_set_aside(entry->d_name, base))
            continue;
        snprintf(path, sizeof path, "%s/%s", pattern, entry->d_name);
        list_file(path, attempt);
    }
    closedir(entries);
}

static void ndjson_carry(void *state, const struct effect_place *place,
                         struct effect_attempt *attempts, size_t count, struct core_receipt *rets)
{
    struct ndjson *file = state;
    struct error err = {0};
    if (attempts[0].task == EFFECT_LIST) {
        list_all(file, &attempts[0]);
        rets[0].outcome = CORE_OUTCOME_OK;
        return;
    }
    int code = write_all(file, place, attempts, count, &err);
    for (size_t i = 0; i < count; i++) {
        rets[i].outcome = code == 0 ? CORE_OUTCOME_OK : CORE_OUTCOME_TRANSIENT;
        if (code != 0)
            rets[i].reason = arena_copy(attempts[i].arena, bytes_of(err.message));
    }
}

const struct effect_kind effect_ndjson = {.kind = POLICY_NDJSON,
                                          .open = ndjson_open,
                                          .close = ndjson_close,
                                          .carry = ndjson_carry,
                                          .lists = true};
