/* Reads an example mesh from disk. */
#include "directory.h"

#include <dirent.h>
#include <stdio.h>

static struct bytes read_file(const char *path, struct arena *arena)
{
    static char text[1 << 20];
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        fail_msg("cannot open %s", path);
    size_t size = fread(text, 1, sizeof text, file);
    fclose(file);
    assert_true(size < sizeof text);
    return arena_copy(arena, (struct bytes){text, size});
}

static void read_folder(const char *root, const char *folder, struct arena *arena,
                        struct mesh *mesh)
{
    const char *path = arena_printf(arena, "%s/%s", root, folder);
    DIR *directory = opendir(path);
    if (directory == NULL) {
        fail_msg("cannot open %s", path);
        return;
    }
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        if (entry->d_name[0] == '.')
            continue;
        const char *name =
            arena_printf(arena, "%s%s%s", folder, folder[0] ? "/" : "", entry->d_name);
        if (entry->d_type == DT_DIR)
            read_folder(root, name, arena, mesh);
        else
            mesh_set_bytes(mesh, name, read_file(arena_printf(arena, "%s/%s", root, name), arena));
    }
    closedir(directory);
}

void directory_read(const char *name, struct arena *arena, struct mesh *mesh)
{
    *mesh = (struct mesh){0};
    read_folder(arena_printf(arena, "%s/%s", EXAMPLES_DIRECTORY, name), "", arena, mesh);
}
