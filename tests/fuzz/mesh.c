/* Fuzz target: a mesh of hostile files. The input is cut at lines "=== path"; what it does not give
 * comes from a small valid mesh, so that one changed file is read to its end. What compiles must
 * decide about a lead, explain it, and come back from its stored form under the same id. */
#include "policy/policy.h"

#include <stdint.h>
#include <stdlib.h>

enum { FILES_MAX = 32, PATH_SIZE = 128, INPUT_MAX = 64 * 1024, ROUTES_MAX = 32 };

static const struct {
    const char *path, *text;
} base[] = {
    {"mesh.yaml", "name: fuzz\nowners: [{name: ops, role: routing}]\n"},
    {"lead.schema.json",
     "{\"type\":\"object\",\"properties\":{\"email\":{\"type\":\"string\"},\"company\":{\"type\":"
     "\"string\"},\"country\":{\"type\":\"string\"},\"employees\":{\"type\":\"integer\"},\"fit\":"
     "{\"type\":\"number\"},\"tags\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}}}}"},
    {"people.yaml", "reps: [{id: ana, team: north}, {id: ben}]\n"},
    {"pools.yaml", "pools: [{id: all, members: [ana, ben]}]\n"},
    {"sources/web.yaml", "source: web\nowner: ops\n"},
    {"pipelines/inbound.yaml", "pipeline: inbound\nowner: ops\nclasses: [{name: rest}]\n"
                               "routes: [{name: rest, to: {pool: all}}]\n"},
};

struct mesh {
    struct policy_file files[FILES_MAX];
    char paths[FILES_MAX][PATH_SIZE];
    size_t count;
};

static void set(struct mesh *mesh, struct bytes path, struct bytes content)
{
    size_t at = 0;
    while (at < mesh->count && !bytes_is(path, mesh->paths[at]))
        at++;
    if (at == FILES_MAX || path.size >= PATH_SIZE || path.size == 0 ||
        memchr(path.data, '\0', path.size) != NULL)
        return;
    memcpy(mesh->paths[at], path.data, path.size);
    mesh->paths[at][path.size] = '\0';
    mesh->files[at] = (struct policy_file){mesh->paths[at], content};
    mesh->count += at == mesh->count;
}

static const char *find_header(const char *text, const char *end)
{
    for (; text + 4 <= end; text++) {
        if (memcmp(text, "=== ", 4) == 0)
            return text;
        text = memchr(text, '\n', (size_t)(end - text));
        if (text == NULL)
            return end;
    }
    return end;
}

static void split(struct mesh *mesh, struct bytes input)
{
    const char *end = input.data + input.size;
    const char *at = find_header(input.data, end);
    while (at + 4 <= end) {
        const char *path = at + 4, *line = memchr(path, '\n', (size_t)(end - path));
        if (line == NULL)
            return;
        at = find_header(line + 1, end);
        set(mesh, (struct bytes){path, (size_t)(line - path)},
            (struct bytes){line + 1, (size_t)(at - line) - 1});
    }
}

static void fill(const struct policy_schema *schema, struct cel_value *values)
{
    for (size_t i = 0; i < schema->count; i++)
        switch (schema->fields[i].type) {
        case POLICY_STRING: values[i] = cel_string(BYTES_LITERAL("jo@blue.example")); break;
        case POLICY_INTEGER: values[i] = cel_int(42); break;
        case POLICY_NUMBER: values[i] = cel_double(0.5); break;
        case POLICY_BOOLEAN: values[i] = cel_bool(true); break;
        default: values[i].kind = CEL_ABSENT; break;
        }
}

static void decide(const struct policy_release *release, struct policy_decision *ret)
{
    struct cel_value values[POLICY_FIELDS_MAX];
    struct policy_subject subject = {.values = values, .time_us = INT64_C(1795392000000000)};
    struct policy_inputs inputs;
    struct policy_trial trial;
    struct arena arena;
    if (release->source_count == 0)
        return;
    arena_init(&arena);
    fill(&release->schema, values);
    policy_inputs_init(&inputs, release, &subject);
    policy_decide(&inputs, ret);
    policy_route_rep(&inputs, ret->route_index);
    for (uint32_t i = 0; i < release->route_count && i < ROUTES_MAX; i++) {
        policy_route_try(&inputs, i, &arena, &trial);
        if (i < ret->route_index && trial.outcome == POLICY_MATCHED)
            abort(); /* deciding and explaining disagree */
    }
    for (uint32_t i = 0; i < release->rep_count && i < ROUTES_MAX; i++) {
        int64_t until_us;
        policy_duty_at(release, i, subject.time_us, &until_us);
        if (until_us <= subject.time_us)
            abort();
    }
    arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct mesh mesh;
    struct policy_diagnostics diagnostics;
    struct policy_release *release = NULL, *again = NULL;
    struct error error;
    if (size > INPUT_MAX)
        return 0;
    mesh.count = 0;
    for (size_t i = 0; i < sizeof base / sizeof *base; i++)
        set(&mesh, bytes_of(base[i].path), bytes_of(base[i].text));
    split(&mesh, (struct bytes){(const char *)data, size});
    policy_diagnostics_init(&diagnostics);
    int status = policy_release_compile(mesh.files, mesh.count, &diagnostics, &release, &error);
    if (status != 0 && (error.message[0] == '\0' || release != NULL))
        abort();
    if (status == 0) {
        struct policy_decision first = {0}, second = {0};
        if (policy_release_from_canonical(release->canonical, &again, &error) != 0 ||
            strcmp(again->id_text, release->id_text) != 0)
            abort();
        decide(release, &first);
        decide(again, &second);
        if (first.route_index != second.route_index || first.score != second.score)
            abort();
        policy_release_unref(again);
    }
    policy_release_unref(release);
    policy_diagnostics_release(&diagnostics);
    return 0;
}
