/* Files and times. */
#include "cli/input.h"

#include "base/time.h"

#include <stdio.h>
#include <string.h>

static int read_all(FILE *file, const char *name, struct buffer *out, struct error *err)
{
    enum { PIECE = 64 * 1024 };
    char piece[PIECE];
    size_t size;
    while ((size = fread(piece, 1, sizeof piece, file)) > 0) {
        buffer_append(out, piece, size);
        if (out->overflow)
            return error_set(err, ML_ELIMIT, name, "too large: at most %zu KiB are read",
                             out->ceiling / 1024);
    }
    return ferror(file) ? error_set(err, ML_EIO, name, "cannot be read: %m") : 0;
}

int input_read(const char *path, struct buffer *out, struct error *err)
{
    if (strcmp(path, "-") == 0)
        return read_all(stdin, "standard input", out, err);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return error_set(err, ML_ENOTFOUND, path, "cannot be read: %m");
    int code = read_all(file, path, out, err);
    fclose(file);
    return code;
}

bool input_time(const struct usage *usage, const char *option, const char *text, int64_t *ret_us,
                int *ret_exit)
{
    char whole[TIME_TEXT_SIZE];
    *ret_us = 0;
    if (text == NULL)
        return true;
    bool date = strlen(text) == sizeof "2026-11-23" - 1;
    snprintf(whole, sizeof whole, "%s%s", text, date ? "T00:00:00Z" : "");
    if (time_parse(bytes_of(whole), ret_us, NULL) == 0 && *ret_us > 0)
        return true;
    *ret_exit = usage_refuse(
        usage, "--%s takes a time like 2026-11-23T09:30:00Z or a date, not \"%s\"", option, text);
    return false;
}
