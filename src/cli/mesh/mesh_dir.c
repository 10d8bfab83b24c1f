/* The mesh directory: walks it, reads its files within the policy's ceilings, compiles, reports.
 * Hidden files and README files are not part of a mesh: editors and people leave them there. */
#include "cli/mesh/mesh_dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MESH_DEPTH_MAX = 8, MESH_BYTES_MAX = 64 * 1024 * 1024 };

struct mesh_dir {
    const char *root; /* as the user gave it */
    struct arena arena;
    struct policy_file files[POLICY_FILES_MAX];
    size_t count;
    size_t bytes;
};

static int refuse_io(const char *path, struct error *err)
{
    int code = errno == ENOENT                      ? ML_ENOTFOUND
               : errno == EACCES || errno == EPERM  ? ML_EDENIED
               : errno == ENOTDIR || errno == ELOOP ? ML_EINVAL
                                                    : ML_EIO;
    return error_set(err, code, path, "cannot be read: %m");
}

static const char *join(struct arena *arena, const char *directory, const char *name)
{
    if (directory[0] == '\0')
        return name;
    return arena_printf(arena, "%s/%s", directory, name);
}

static int read_whole(int file, size_t size, const char *full, char *ret, struct error *err)
{
    size_t done = 0;
    while (done < size) {
        ssize_t part = read(file, ret + done, size - done);
        if (part < 0 && errno == EINTR)
            continue;
        if (part < 0)
            return refuse_io(full, err);
        if (part == 0)
            return error_set(err, ML_EIO, full, "became shorter while it was read; try again");
        done += (size_t)part;
    }
    return 0;
}

static int take_file(struct mesh_dir *mesh, const char *path, const char *full, size_t size,
                     struct error *err)
{
    if (mesh->count == POLICY_FILES_MAX)
        return error_set(err, ML_ELIMIT, mesh->root,
                         "a mesh has at most %d files; is this really the mesh directory?",
                         POLICY_FILES_MAX);
    if (size > POLICY_FILE_MAX || mesh->bytes + size > MESH_BYTES_MAX)
        return error_set(err, ML_ELIMIT, full,
                         "too large: a file of a mesh has at most %d MiB, all together at most %d",
                         POLICY_FILE_MAX / 1024 / 1024, MESH_BYTES_MAX / 1024 / 1024);
    int file = open(full, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (file < 0)
        return refuse_io(full, err);
    char *content = arena_alloc(&mesh->arena, size + 1);
    int code = read_whole(file, size, full, content, err);
    close(file);
    if (code < 0)
        return code;
    mesh->bytes += size;
    mesh->files[mesh->count++] =
        (struct policy_file){arena_string(&mesh->arena, bytes_of(path)), {content, size}};
    return 0;
}

static bool is_wanted(const char *name)
{
    size_t size = strlen(name);
    return name[0] != '.' && strncasecmp(name, "README", 6) != 0 && name[size - 1] != '~';
}

static int walk(struct mesh_dir *mesh, const char *relative, int depth, struct error *err);

static int take_entry(struct mesh_dir *mesh, const char *relative, const char *name, int depth,
                      struct error *err)
{
    const char *path = join(&mesh->arena, relative, name);
    const char *full = join(&mesh->arena, mesh->root, path);
    struct stat status;
    if (stat(full, &status) != 0)
        return refuse_io(full, err);
    if (S_ISREG(status.st_mode))
        return take_file(mesh, path, full, (size_t)status.st_size, err);
    if (!S_ISDIR(status.st_mode))
        return error_set(err, ML_EINVAL, full, "is neither a file nor a directory");
    if (depth == MESH_DEPTH_MAX)
        return error_set(err, ML_ELIMIT, full,
                         "directories of a mesh are at most %d deep; is there a link in a circle?",
                         MESH_DEPTH_MAX);
    return walk(mesh, path, depth + 1, err);
}

static int walk(struct mesh_dir *mesh, const char *relative, int depth, struct error *err)
{
    const char *full = join(&mesh->arena, mesh->root, relative);
    if (relative[0] == '\0')
        full = mesh->root;
    struct dirent **entries = NULL;
    /* Sorted, so that mistakes come in the same order on every machine. */
    int count = scandir(full, &entries, NULL, alphasort);
    if (count < 0)
        return refuse_io(full, err);
    int code = 0;
    for (int i = 0; i < count; i++) {
        if (code == 0 && is_wanted(entries[i]->d_name))
            code = take_entry(mesh, relative, entries[i]->d_name, depth, err);
        free(entries[i]);
    }
    free(entries);
    return code;
}

static void print_diagnostics(const struct mesh_dir *mesh,
                              const struct policy_diagnostics *diagnostics)
{
    for (size_t i = 0; i < diagnostics->count; i++) {
        const struct policy_diagnostic *item = &diagnostics->items[i];
        fprintf(stderr, "%s", mesh->root);
        if (item->file != NULL && item->file[0] != '\0')
            fprintf(stderr, "/%s", item->file);
        if (item->line > 0)
            fprintf(stderr, ":%u:%u", item->line, item->column);
        fprintf(stderr, ": error: %s\n", item->message);
    }
}

static void write_diagnostics(const struct policy_diagnostics *diagnostics,
                              struct json_writer *json)
{
    json_array_open(json);
    for (size_t i = 0; i < diagnostics->count; i++) {
        const struct policy_diagnostic *item = &diagnostics->items[i];
        json_object_open(json);
        json_member(json, "file", bytes_of(item->file));
        json_member_integer(json, "line", item->line);
        json_member_integer(json, "column", item->column);
        json_member(json, "message", bytes_of(item->message));
        json_object_close(json);
    }
    json_array_close(json);
}

static int compile(struct mesh_dir *mesh, struct policy_release **ret,
                   struct policy_scenarios *ret_tests, struct json_writer *json, struct error *err)
{
    struct policy_diagnostics diagnostics;
    policy_diagnostics_init(&diagnostics);
    int code =
        policy_scenarios_compile(mesh->files, mesh->count, &diagnostics, ret, ret_tests, err);
    if (json != NULL)
        write_diagnostics(&diagnostics, json);
    else
        print_diagnostics(mesh, &diagnostics);
    if (code < 0 && diagnostics.count > 0)
        error_set(err, code, mesh->root, "%zu mistake%s in the mesh", diagnostics.count,
                  diagnostics.count == 1 ? "" : "s");
    policy_diagnostics_release(&diagnostics);
    return code;
}

int mesh_load_tests(const char *path, struct policy_release **ret,
                    struct policy_scenarios *ret_tests, struct json_writer *json, struct error *err)
{
    struct mesh_dir *mesh = calloc(1, sizeof *mesh);
    if (mesh == NULL)
        panic("out of memory (mesh)");
    arena_init(&mesh->arena);
    size_t size = strlen(path);
    while (size > 1 && path[size - 1] == '/')
        size--;
    mesh->root = arena_string(&mesh->arena, (struct bytes){path, size});
    int code = walk(mesh, "", 0, err);
    if (code == 0)
        code = compile(mesh, ret, ret_tests, json, err);
    arena_release(&mesh->arena);
    free(mesh);
    return code;
}

int mesh_load_json(const char *path, struct policy_release **ret, struct json_writer *json,
                   struct error *err)
{
    struct policy_scenarios tests;
    int code = mesh_load_tests(path, ret, &tests, json, err);
    if (code == 0)
        policy_scenarios_release(&tests);
    return code;
}

int mesh_load(const char *path, struct policy_release **ret, struct error *err)
{
    return mesh_load_json(path, ret, NULL, err);
}
