/* Files of a directory, by the path of a request. */
#include "server/web/directory.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *const types[][2] = {
    {".html", "text/html; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
};

/* Letters, digits and "/-_.", but no two dots in a row. */
static bool is_plain(struct bytes path)
{
    for (size_t i = 0; i < path.size; i++) {
        char c = path.data[i];
        bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                    strchr("/-_.", c) != NULL;
        if (!good || c == '\0' || (c == '.' && i > 0 && path.data[i - 1] == '.'))
            return false;
    }
    return path.size > 0 && path.data[0] == '/';
}

enum { FILE_NAME_SIZE = 4096 };

static bool file_name(const char *directory, struct bytes path, char name[static FILE_NAME_SIZE])
{
    const char *dot = memrchr(path.data, '.', path.size);
    const char *end = bytes_is(path, "/") ? "index.html" : dot == NULL ? ".html" : "";
    int size = snprintf(name, FILE_NAME_SIZE, "%s%.*s%s", directory, BYTES_ARG(path), end);
    return is_plain(path) && size < FILE_NAME_SIZE;
}

bool web_directory_has(const char *directory, struct bytes path)
{
    char name[FILE_NAME_SIZE];
    return file_name(directory, path, name) && access(name, R_OK) == 0;
}

const char *web_directory_read(const char *directory, struct bytes path, struct buffer *out)
{
    char name[FILE_NAME_SIZE], piece[16 * 1024];
    FILE *file = file_name(directory, path, name) ? fopen(name, "rbe") : NULL;
    if (file == NULL)
        return NULL;
    size_t size;
    while ((size = fread(piece, 1, sizeof piece, file)) > 0)
        buffer_append(out, piece, size);
    bool whole = ferror(file) == 0;
    fclose(file);
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; whole && i < sizeof types / sizeof *types; i++)
        if (strcmp(dot, types[i][0]) == 0)
            return types[i][1];
    return NULL;
}
