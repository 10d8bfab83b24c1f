/* Copying a directory of small texts. */
#include "cli/demo/demo_mesh.h"

#include "base/buffer.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { FILE_MAX = 16 * 1024 * 1024, PATH_SIZE = 4200 };

static int read_file(const char *path, struct buffer *text, struct error *err)
{
    char piece[16384];
    size_t got;
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return error_set(err, ML_EIO, path, "cannot be read: %m");
    while ((got = fread(piece, 1, sizeof piece, file)) > 0)
        buffer_append(text, piece, got);
    bool bad = ferror(file) != 0;
    fclose(file);
    if (text->overflow)
        return error_set(err, ML_ELIMIT, path, "is larger than %d bytes", FILE_MAX);
    return bad ? error_set(err, ML_EIO, path, "cannot be read") : 0;
}

static int write_file(const char *path, struct bytes text, struct error *err)
{
    FILE *file = fopen(path, "we");
    if (file == NULL)
        return error_set(err, ML_EIO, path, "cannot be written: %m");
    bool good = fwrite(text.data, 1, text.size, file) == text.size;
    good = fclose(file) == 0 && good;
    return good ? 0 : error_set(err, ML_EIO, path, "cannot be written");
}

static const struct demo_blank *blank_at(const char *text, const struct demo_blank *blanks)
{
    for (; blanks->name != NULL; blanks++)
        if (strncmp(text, blanks->name, strlen(blanks->name)) == 0)
            return blanks;
    return NULL;
}

static void fill_in(const char *text, const struct demo_blank *blanks, struct buffer *out)
{
    while (*text != '\0') {
        size_t plain = strcspn(text, "@");
        buffer_append(out, text, plain);
        text += plain;
        const struct demo_blank *blank = *text == '@' ? blank_at(text, blanks) : NULL;
        if (blank != NULL) {
            buffer_append_bytes(out, bytes_of(blank->value));
            text += strlen(blank->name);
        } else if (*text == '@') {
            buffer_append_char(out, *text++);
        }
    }
}

static int copy_file(const char *from, const char *to, const struct demo_blank *blanks,
                     struct error *err)
{
    struct buffer text, filled;
    buffer_init(&text, FILE_MAX);
    buffer_init(&filled, FILE_MAX);
    int code = read_file(from, &text, err);
    if (code == 0) {
        fill_in(buffer_string(&text), blanks, &filled);
        code = write_file(to, buffer_bytes(&filled), err);
    }
    buffer_release(&text);
    buffer_release(&filled);
    return code;
}

static int make_directory(const char *path, struct error *err)
{
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return error_set(err, ML_EIO, path, "cannot be made: %m");
    return 0;
}

static int copy_entry(const char *from, const char *to, const struct demo_blank *blanks,
                      struct error *err)
{
    struct stat status;
    if (stat(from, &status) != 0)
        return error_set(err, ML_EIO, from, "cannot be read: %m");
    return S_ISDIR(status.st_mode) ? demo_mesh_copy(from, to, blanks, err)
                                   : copy_file(from, to, blanks, err);
}

static int copy_entries(DIR *directory, const char *from, const char *to,
                        const struct demo_blank *blanks, struct error *err)
{
    char source[PATH_SIZE], target[PATH_SIZE];
    const struct dirent *entry;
    int code = 0;
    while (code == 0 && (entry = readdir(directory)) != NULL) {
        if (entry->d_name[0] == '.' || strcmp(entry->d_name, "tests") == 0)
            continue;
        snprintf(source, sizeof source, "%s/%s", from, entry->d_name);
        snprintf(target, sizeof target, "%s/%s", to, entry->d_name);
        code = copy_entry(source, target, blanks, err);
    }
    return code;
}

int demo_mesh_copy(const char *from, const char *to, const struct demo_blank *blanks,
                   struct error *err)
{
    int code = make_directory(to, err);
    if (code < 0)
        return code;
    DIR *directory = opendir(from);
    if (directory == NULL)
        return error_set(err, ML_EIO, from, "cannot be read: %m");
    code = copy_entries(directory, from, to, blanks, err);
    closedir(directory);
    return code;
}
