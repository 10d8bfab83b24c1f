/* The progress file of `meshline send`. */
#include "cli/send/send_place.h"

#include "base/json.h"
#include "base/json_writer.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

enum { PLACE_FILE_MAX = 8192, PLACE_PATH_MAX = 4200 };

static void place_path(const char *file, const char *suffix, char path[static PLACE_PATH_MAX])
{
    snprintf(path, PLACE_PATH_MAX, "%s.meshline-progress%s", file, suffix);
}

static int refuse_content(const char *path, struct error *err)
{
    return error_set(err, ML_EINVAL, path,
                     "this is not a progress file of `meshline send`; remove it to send the file "
                     "from its beginning");
}

int send_place_read(const char *file, const char *source, uint64_t *ret_number, struct error *err)
{
    char path[PLACE_PATH_MAX], text[PLACE_FILE_MAX];
    JSON_AUTO *tree = NULL;
    place_path(file, "", path);
    *ret_number = 0;
    FILE *in = fopen(path, "re");
    if (in == NULL && errno == ENOENT)
        return 0;
    if (in == NULL)
        return error_set(err, ML_EIO, path, "cannot be read: %m");
    size_t size = fread(text, 1, sizeof text, in);
    fclose(in);
    if (json_parse((struct bytes){text, size}, &tree, NULL) < 0)
        return refuse_content(path, err);
    struct bytes written = json_member_text(tree, "source");
    int64_t number = json_member_int(tree, "acknowledged", -1);
    if (number < 0 || written.size == 0)
        return refuse_content(path, err);
    if (!bytes_is(written, source))
        return error_set(err, ML_EINVAL, path,
                         "the file was being sent to source \"%.*s\", not \"%s\"; remove this "
                         "progress file to send it from its beginning",
                         BYTES_ARG(written), source);
    *ret_number = (uint64_t)number;
    return 0;
}

int send_place_write(const char *file, const char *source, uint64_t number, struct error *err)
{
    char path[PLACE_PATH_MAX], fresh[PLACE_PATH_MAX];
    struct buffer text;
    struct json_writer json;
    place_path(file, "", path);
    place_path(file, ".new", fresh);
    buffer_init(&text, PLACE_FILE_MAX);
    json_begin(&json, &text);
    json_object_open(&json);
    json_member(&json, "source", bytes_of(source));
    json_member_unsigned(&json, "acknowledged", number);
    json_object_close(&json);
    buffer_append_char(&text, '\n');
    FILE *out = fopen(fresh, "we");
    bool written = out != NULL && fwrite(text.data, 1, text.size, out) == text.size;
    if (out != NULL && fclose(out) != 0)
        written = false;
    buffer_release(&text);
    if (!written || rename(fresh, path) != 0)
        return error_set(err, ML_EIO, path, "cannot be written (it makes --resume possible): %m");
    return 0;
}

void send_place_remove(const char *file)
{
    char path[PLACE_PATH_MAX];
    place_path(file, "", path);
    unlink(path);
}
