/* The valid mesh, and comparing mistakes with what a test expects. */
#include "mesh.h"

#include <stdio.h>

void mesh_init(struct mesh *mesh)
{
    *mesh = (struct mesh){0};
    mesh_set(mesh, "mesh.yaml", MESH_NAME);
    mesh_set(mesh, "lead.schema.json", MESH_LEAD);
    mesh_set(mesh, "people.yaml", MESH_PEOPLE);
    mesh_set(mesh, "pools.yaml", MESH_POOLS);
    mesh_set(mesh, "sources/web.yaml", MESH_SOURCE);
    mesh_set(mesh, "pipelines/inbound.yaml", MESH_PIPELINE);
}

void mesh_set_bytes(struct mesh *mesh, const char *path, struct bytes content)
{
    size_t at = 0;
    while (at < mesh->count && strcmp(mesh->files[at].path, path) != 0)
        at++;
    assert_true(at < MESH_FILES_MAX);
    mesh->files[at] = (struct policy_file){path, content};
    if (at == mesh->count)
        mesh->count++;
}

void mesh_set(struct mesh *mesh, const char *path, const char *text)
{
    if (text != NULL) {
        mesh_set_bytes(mesh, path, bytes_of(text));
        return;
    }
    for (size_t i = 0; i < mesh->count; i++)
        if (strcmp(mesh->files[i].path, path) == 0) {
            mesh->files[i] = mesh->files[--mesh->count];
            return;
        }
}

static void print_mistakes(const struct policy_diagnostics *diagnostics)
{
    for (size_t i = 0; i < diagnostics->count; i++)
        print_message("# %s:%u:%u: %s\n", diagnostics->items[i].file, diagnostics->items[i].line,
                      diagnostics->items[i].column, diagnostics->items[i].message);
}

struct policy_release *mesh_compile(const struct mesh *mesh)
{
    struct policy_diagnostics diagnostics;
    struct policy_release *release = NULL;
    struct error error = {0};
    policy_diagnostics_init(&diagnostics);
    int status = policy_release_compile(mesh->files, mesh->count, &diagnostics, &release, &error);
    print_mistakes(&diagnostics);
    assert_int_equal(status, 0);
    policy_diagnostics_release(&diagnostics);
    return release;
}

static bool is_expected(const struct policy_diagnostic *diagnostic, const char *expected)
{
    char text[2048];
    snprintf(text, sizeof text, "%s:%u:%u: %s", diagnostic->file, diagnostic->line,
             diagnostic->column, diagnostic->message);
    return expected != NULL && strcmp(text, expected) == 0;
}

void mesh_expect_refused(const struct mesh *mesh, const char *const *expected, const char *file,
                         int line)
{
    struct policy_diagnostics diagnostics;
    struct policy_release *release = NULL;
    struct error error = {0};
    policy_diagnostics_init(&diagnostics);
    int status = policy_release_compile(mesh->files, mesh->count, &diagnostics, &release, &error);
    size_t count = 0;
    bool same = status == ML_EINVAL && release == NULL && error.code == ML_EINVAL;
    for (; expected[count] != NULL; count++)
        same = same && count < diagnostics.count &&
               is_expected(&diagnostics.items[count], expected[count]);
    same = same && count == diagnostics.count;
    if (!same) {
        print_message("# expected\n");
        for (size_t i = 0; i < count; i++)
            print_message("# %s\n", expected[i]);
        print_message("# got\n");
        print_mistakes(&diagnostics);
    }
    policy_diagnostics_release(&diagnostics);
    if (!same)
        _fail(file, line);
}

void mesh_expect_file_refused(const char *path, const char *text, const char *const *expected,
                              const char *file, int line)
{
    struct mesh mesh;
    mesh_init(&mesh);
    mesh_set(&mesh, path, text);
    mesh_expect_refused(&mesh, expected, file, line);
}
