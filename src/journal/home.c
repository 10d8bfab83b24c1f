/* Where the journal lives: the directory, the names of its segments, and the real file system as
 * the default table of directory functions. */
#include "base/id.h"
#include "journal/internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define NAME_PREFIX "journal-"
enum { NAME_DIGITS = 20 };

/* ---- the real file system */

static int directory_failed(const char *directory, const char *doing, struct error *err)
{
    int number = errno;
    if (number == ENOENT)
        return error_set(err, ML_ENOTFOUND, directory,
                         "the data directory does not exist: create it or name another one");
    if (number == ENOTDIR)
        return error_set(err, ML_EINVAL, directory,
                         "this is not a directory: name the data directory");
    int code = number == EACCES || number == EPERM || number == EROFS ? ML_EDENIED : ML_EIO;
    return error_set(err, code, directory, "cannot %s: %s; check the disk and the permissions",
                     doing, strerror(number));
}

static int real_list(void *context, const char *directory, void (*each)(void *, const char *),
                     void *to, struct error *err)
{
    (void)context;
    DIR *stream = opendir(directory);
    if (stream == NULL)
        return directory_failed(directory, "open the data directory", err);
    for (;;) {
        errno = 0;
        struct dirent *entry = readdir(stream);
        if (entry == NULL)
            break;
        each(to, entry->d_name);
    }
    int rc = errno == 0 ? 0 : directory_failed(directory, "list the data directory", err);
    closedir(stream);
    return rc;
}

static int real_remove(void *context, const char *path, struct error *err)
{
    (void)context;
    if (unlink(path) == 0 || errno == ENOENT)
        return 0;
    return directory_failed(path, "remove this file", err);
}

static int real_sync_directory(void *context, const char *directory, struct error *err)
{
    (void)context;
    int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return directory_failed(directory, "open the data directory", err);
    int rc = fsync(fd) == 0 ? 0 : directory_failed(directory, "sync the data directory", err);
    close(fd);
    return rc;
}

static const struct journal_files real_files = {
    .list = real_list,
    .remove = real_remove,
    .sync_directory = real_sync_directory,
};

/* ---- the home */

static char *print(const char *format, ...) __attribute__((format(printf, 1, 2)));

static char *print(const char *format, ...)
{
    char *text;
    va_list arguments;
    va_start(arguments, format);
    int size = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (size < 0)
        panic("out of memory (path)");
    return text;
}

void journal_home_init(struct journal_home *home, const char *directory,
                       const struct journal_sqlite_options *options)
{
    *home = (struct journal_home){.directory = print("%s", directory), .files = real_files};
    if (options == NULL)
        return;
    home->read_only = options->read_only;
    if (options->vfs != NULL)
        home->vfs = print("%s", options->vfs);
    if (options->files != NULL)
        home->files = *options->files;
}

void journal_home_release(struct journal_home *home)
{
    free(home->directory);
    free(home->vfs);
    *home = (struct journal_home){0};
}

char *journal_home_path(const struct journal_home *home, uint64_t first_seq)
{
    return print("%s/" NAME_PREFIX "%0*llu.db", home->directory, NAME_DIGITS,
                 (unsigned long long)first_seq);
}

bool journal_home_has_wal_content(const struct journal_home *home, const char *path)
{
    sqlite3_vfs *vfs = sqlite3_vfs_find(home->vfs);
    int exists = 0;
    char *whole = print("%s-wal", path);
    if (vfs != NULL)
        vfs->xAccess(vfs, whole, SQLITE_ACCESS_EXISTS, &exists); /* empty files do not count */
    free(whole);
    return exists != 0;
}

struct name_search {
    char name[64];
    bool found;
};

static void name_search_add(void *to, const char *name)
{
    struct name_search *search = to;
    search->found |= strcmp(name, search->name) == 0;
}

int journal_home_has_wal(const struct journal_home *home, uint64_t first_seq, bool *ret,
                         struct error *err)
{
    struct name_search search = {0};
    snprintf(search.name, sizeof search.name, NAME_PREFIX "%0*llu.db-wal", NAME_DIGITS,
             (unsigned long long)first_seq);
    int rc = home->files.list(home->files.context, home->directory, name_search_add, &search, err);
    *ret = search.found;
    return rc;
}

int journal_home_discard(const struct journal_home *home, uint64_t first_seq, struct error *err)
{
    /* The database last: as long as it lies there, the next opening finds the rest again. */
    static const char *const suffixes[] = {"-wal", "-journal", "-shm", ""};
    char *path = journal_home_path(home, first_seq);
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < sizeof suffixes / sizeof suffixes[0]; i++) {
        char *whole = print("%s%s", path, suffixes[i]);
        rc = home->files.remove(home->files.context, whole, err);
        free(whole);
    }
    free(path);
    if (rc == 0)
        rc = home->files.sync_directory(home->files.context, home->directory, err);
    return rc;
}

/* ---- the list of segments */

void segment_list_release(struct segment_list *list)
{
    free(list->entries);
    *list = (struct segment_list){0};
}

void segment_list_add(struct segment_list *list, struct segment_entry entry)
{
    if (list->count == list->capacity) {
        list->capacity = list->capacity ? 2 * list->capacity : 16;
        list->entries = reallocarray(list->entries, list->capacity, sizeof *list->entries);
        if (list->entries == NULL)
            panic("out of memory (list of %zu segments)", list->capacity);
    }
    list->entries[list->count++] = entry;
}

bool segment_list_find(const struct segment_list *list, uint64_t seq, size_t *ret)
{
    size_t low = 0, high = list->count; /* all before low begin at or before seq, none from high */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (list->entries[middle].first_seq <= seq)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0)
        return false;
    *ret = low - 1;
    return true;
}

/* The entry that a file name tells of; false for files that are not ours. A file beside a segment
 * gives an entry as well, to be merged with the segment's own. */
static bool name_parse(const char *name, struct segment_entry *ret, bool *ret_is_segment)
{
    size_t prefix = strlen(NAME_PREFIX);
    if (strncmp(name, NAME_PREFIX, prefix) != 0 || strlen(name) < prefix + NAME_DIGITS)
        return false;
    const char *digits = name + prefix;
    size_t zeros = strspn(digits, "0");
    if (zeros >= NAME_DIGITS)
        return false;
    uint64_t first_seq;
    if (!number_parse((struct bytes){digits + zeros, NAME_DIGITS - zeros}, &first_seq))
        return false;
    const char *rest = digits + NAME_DIGITS;
    bool is_beside = strcmp(rest, ".db-wal") == 0 || strcmp(rest, ".db-shm") == 0 ||
                     strcmp(rest, ".db-journal") == 0;
    *ret_is_segment = strcmp(rest, ".db") == 0;
    *ret = (struct segment_entry){first_seq, is_beside};
    return *ret_is_segment || is_beside;
}

struct listing {
    struct segment_list segments;
    struct segment_list beside;
};

static void listing_add(void *to, const char *name)
{
    struct listing *listing = to;
    struct segment_entry entry;
    bool is_segment;
    if (name_parse(name, &entry, &is_segment))
        segment_list_add(is_segment ? &listing->segments : &listing->beside, entry);
}

static int entry_compare(const void *a, const void *b)
{
    uint64_t left = ((const struct segment_entry *)a)->first_seq;
    uint64_t right = ((const struct segment_entry *)b)->first_seq;
    return (left > right) - (left < right);
}

int segment_list_read(struct segment_list *list, const struct journal_home *home, struct error *err)
{
    struct listing listing = {0};
    int rc = home->files.list(home->files.context, home->directory, listing_add, &listing, err);
    if (rc == 0 && listing.segments.count > 0) {
        qsort(listing.segments.entries, listing.segments.count, sizeof(struct segment_entry),
              entry_compare);
        for (size_t i = 0; i < listing.beside.count; i++) {
            uint64_t first_seq = listing.beside.entries[i].first_seq;
            size_t at;
            if (segment_list_find(&listing.segments, first_seq, &at) &&
                listing.segments.entries[at].first_seq == first_seq)
                listing.segments.entries[at].has_leftovers = true;
        }
    }
    segment_list_release(&listing.beside);
    if (rc != 0) {
        segment_list_release(&listing.segments);
        return rc;
    }
    segment_list_release(list);
    *list = listing.segments;
    return 0;
}
