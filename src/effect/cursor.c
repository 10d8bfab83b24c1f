/* The file of cursors, replaced whole. */
#include "effect/cursor.h"

#include "base/json.h"
#include "effect/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static void name_file(const struct effects *effects, const char *suffix, char *path, size_t size)
{
    (void)snprintf(path, size, "%s/cursors.json%s", effects->data_directory, suffix);
}

static void load(struct effects *effects)
{
    char path[4200];
    if (effects->cursors != NULL)
        return;
    name_file(effects, "", path, sizeof path);
    effects->cursors = json_object_from_file(path);
    if (!json_object_is_type(effects->cursors, json_type_object)) {
        json_object_put(effects->cursors);
        effects->cursors = json_object_new_object();
    }
}

struct bytes cursors_get(struct effects *effects, const char *destination)
{
    load(effects);
    return json_member_text(effects->cursors, destination);
}

void cursors_set(struct effects *effects, const char *destination, struct bytes cursor)
{
    load(effects);
    if (bytes_equal(json_member_text(effects->cursors, destination), cursor))
        return;
    json_object_object_add(effects->cursors, destination,
                           json_object_new_string_len(cursor.data, (int)cursor.size));
    effects->cursors_changed = true;
}

static int write_file(const char *path, const char *text)
{
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0)
        return -1;
    size_t size = strlen(text), done = 0;
    ssize_t part = 0;
    while (done < size && (part = write(file, text + done, size - done)) > 0)
        done += (size_t)part;
    int code = done == size && fsync(file) == 0 ? 0 : -1;
    return close(file) == 0 ? code : -1;
}

void cursors_save(struct effects *effects)
{
    char path[4200], part[4200];
    struct error err;
    if (!effects->cursors_changed)
        return;
    effects->cursors_changed = false; /* a disk that refuses is told once for each change */
    name_file(effects, "", path, sizeof path);
    name_file(effects, ".part", part, sizeof part);
    const char *text = json_object_to_json_string_ext(effects->cursors, JSON_C_TO_STRING_PLAIN);
    if (write_file(part, text) == 0 && rename(part, path) == 0)
        return;
    error_set(&err, ML_EIO, path, "where polls ended cannot be kept: %s", strerror(errno));
    if (effects->options.complain != NULL)
        effects->options.complain(effects->options.context, "cursors", &err);
}
