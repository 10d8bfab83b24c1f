/* contracts/ → compiled schemas: which schema may refer to which, and what is mistaken in one at
 * its line in the file. Nothing is ever fetched: a schema refers to itself or to contracts/shared/.
 */
#include "policy/internal.h"

#include "contract/uri.h"

#include <stdlib.h>

static const char shared_folder[] = "contracts/shared/";

/* ---- the files */

static bool begins_with(const char *path, const char *start)
{
    return strncmp(path, start, strlen(start)) == 0;
}

void policy_contract_schemas_begin(struct policy_build *build)
{
    policy_index_init(&build->contract_files, &build->scratch, build->data_count);
    build->contract_used = arena_array(&build->scratch, build->data_count, sizeof(bool));
    build->contract_shared =
        arena_array(&build->scratch, build->data_count, sizeof *build->contract_shared);
    for (uint32_t i = 0; i < build->data_count; i++) {
        const struct policy_file *file = &build->data[i];
        if (!begins_with(file->path, "contracts/"))
            continue;
        policy_index_add(&build->contract_files, bytes_of(file->path), i);
        if (begins_with(file->path, shared_folder))
            build->contract_shared[build->contract_shared_count++] = file;
    }
}

/* For those who publish contracts. */
static void keep_shared(struct policy_build *build)
{
    size_t count = build->contract_shared_count;
    struct policy_file *files = arena_array(build->arena, count, sizeof *files);
    for (size_t i = 0; i < count; i++)
        files[i] = (struct policy_file){
            arena_string(build->arena, bytes_of(build->contract_shared[i]->path)),
            arena_copy(build->arena, build->contract_shared[i]->content)};
    build->release->shared_schemas = files;
    build->release->shared_schema_count = count;
}

const char *policy_contract_path(struct policy_build *build, const char *source, uint32_t version)
{
    return arena_printf(build->arena, "contracts/%s/%u.json", source, version);
}

struct bytes policy_contract_schema_text(struct policy_build *build, const char *path)
{
    uint32_t at = policy_index_find(&build->contract_files, bytes_of(path));
    if (at == POLICY_NONE)
        return (struct bytes){0};
    build->contract_used[at] = true;
    return build->data[at].content;
}

/* ---- what a schema may refer to */

static struct bytes own_id(struct arena *arena, struct bytes text)
{
    const struct contract_instance *root;
    struct error err;
    if (contract_instance_parse(text, NULL, arena, &root, &err) != 0)
        return (struct bytes){0}; /* compiling says why */
    const struct contract_instance *id = contract_instance_find(root, BYTES_LITERAL("$id"));
    return id != NULL && id->kind == CONTRACT_STRING ? id->text : (struct bytes){0};
}

/* The documents around one schema. */
struct surroundings {
    struct contract_document *documents;
    const char **paths; /* by document: its file */
    size_t count;
};

static void add(struct surroundings *around, struct bytes uri, const struct policy_file *file)
{
    around->documents[around->count] = (struct contract_document){uri, file->content};
    around->paths[around->count++] = file->path;
}

/* contracts/shared/NAME.json is known by its path, and as shared/NAME.json beside the schema,
 * wherever that says it is: so people write it, and so do those who publish it at an $id. */
static void surround(struct policy_build *build, const char *path, struct bytes text,
                     struct surroundings *ret)
{
    enum { NAMES_EACH = 4 };
    size_t count = build->contract_shared_count;
    struct arena *scratch = &build->scratch;
    *ret = (struct surroundings){
        .documents = arena_array(scratch, count * NAMES_EACH, sizeof *ret->documents),
        .paths = arena_array(scratch, count * NAMES_EACH, sizeof *ret->paths),
    };
    if (count == 0)
        return;
    struct bytes id = own_id(scratch, text);
    struct bytes published = contract_uri_resolve(bytes_of(path), id, scratch);
    for (size_t i = 0; i < count; i++) {
        const struct policy_file *file = build->contract_shared[i];
        struct bytes beside = bytes_of(file->path + strlen("contracts/"));
        struct bytes above = bytes_of(arena_printf(scratch, "../%.*s", BYTES_ARG(beside)));
        add(ret, bytes_of(file->path), file);
        add(ret, contract_uri_resolve(bytes_of(path), beside, scratch), file);
        if (id.size == 0)
            continue;
        add(ret, contract_uri_resolve(published, beside, scratch), file);
        add(ret, contract_uri_resolve(published, above, scratch), file);
    }
}

/* ---- mistakes at their places */

static uint32_t read_number(struct bytes text, size_t *at)
{
    uint32_t number = 0;
    for (; *at < text.size && text.data[*at] >= '0' && text.data[*at] <= '9'; (*at)++)
        number = number < 100000000 ? number * 10 + (uint32_t)(text.data[*at] - '0') : number;
    return number;
}

/* "line:column". */
static struct policy_place place_of_position(struct bytes position)
{
    size_t at = 0;
    struct policy_place place = {0, 0};
    place.line = read_number(position, &at);
    at++;
    place.column = read_number(position, &at);
    return place;
}

/* A token of a JSON Pointer, with ~0 and ~1 as what they stand for. */
static struct bytes read_token(struct arena *arena, struct bytes pointer, size_t *at)
{
    char *out = arena_alloc(arena, pointer.size + 1);
    size_t size = 0;
    for ((*at)++; *at < pointer.size && pointer.data[*at] != '/'; (*at)++) {
        bool escape = pointer.data[*at] == '~' && *at + 1 < pointer.size;
        if (escape)
            (*at)++;
        out[size++] = !escape ? pointer.data[*at] : pointer.data[*at] == '1' ? '/' : '~';
    }
    return (struct bytes){out, size};
}

static const struct policy_node *step(const struct policy_node *node, struct bytes token)
{
    size_t at = 0;
    uint32_t index = read_number(token, &at);
    for (const struct policy_item *item = policy_node_items(node, POLICY_NODE_OBJECT); item != NULL;
         item = item->next)
        if (bytes_equal(item->key->text, token))
            return item->value;
    const struct policy_item *item = policy_node_items(node, POLICY_NODE_LIST);
    for (; item != NULL && index > 0; index--)
        item = item->next;
    return item == NULL ? NULL : item->value;
}

/* The innermost thing on the way that has a place. */
static const struct policy_node *walk(struct arena *arena, const struct policy_node *root,
                                      struct bytes pointer)
{
    size_t at = 0;
    while (at < pointer.size) {
        const struct policy_node *next = step(root, read_token(arena, pointer, &at));
        if (next == NULL)
            break;
        root = next;
    }
    return root;
}

/* The files of one schema's mistakes, each read once for its places. */
struct reporter {
    struct policy_build *build;
    const char *path;
    const struct surroundings *around;
    const struct policy_node *origin; /* for a schema that has no file */
    struct policy_document document;  /* the last one read */
};

static const char *file_of(const struct reporter *reporter, struct bytes uri)
{
    for (size_t i = 0; i < reporter->around->count; i++)
        if (bytes_equal(reporter->around->documents[i].uri, uri))
            return reporter->around->paths[i];
    return reporter->path;
}

static void report_in_file(struct reporter *reporter, const char *path,
                           const struct contract_diagnostic *mistake)
{
    struct policy_build *build = reporter->build;
    struct policy_place place = place_of_position(mistake->position);
    if (place.line == 0 && reporter->document.path != path) {
        uint32_t at = policy_index_find(&build->contract_files, bytes_of(path));
        reporter->document = (struct policy_document){.path = path};
        if (at != POLICY_NONE)
            reporter->document.content = build->data[at].content;
        policy_document_read(build, &reporter->document);
    }
    if (place.line == 0 && reporter->document.root != NULL)
        place = policy_node_place(walk(&build->scratch, reporter->document.root, mistake->pointer));
    policy_report_at(build, path, place, "%.*s", BYTES_ARG(mistake->message));
}

static void report_all(struct reporter *reporter, const struct contract_diagnostics *mistakes)
{
    struct policy_build *build = reporter->build;
    for (size_t i = 0; i < mistakes->count && !policy_report_full(build); i++) {
        const struct contract_diagnostic *mistake = &mistakes->items[i];
        const char *path = file_of(reporter, mistake->document);
        if (build->from_files &&
            policy_index_find(&build->contract_files, bytes_of(path)) != POLICY_NONE)
            report_in_file(reporter, path, mistake);
        else
            policy_report(build, reporter->origin, "the schema %s: %.*s", path,
                          BYTES_ARG(mistake->message));
    }
    if (mistakes->more > 0)
        policy_report_at(build, reporter->path, (struct policy_place){0, 0},
                         "%zu more mistakes in this schema are not shown; correct these first",
                         mistakes->more);
}

/* ---- compiling */

static struct contract_schema *compile(struct policy_build *build, const char *path,
                                       struct bytes text, const struct policy_node *origin)
{
    struct surroundings around;
    struct contract_diagnostics mistakes;
    struct contract_schema *schema = NULL;
    surround(build, path, text, &around);
    contract_diagnostics_init(&mistakes);
    struct contract_options options = {
        .assert_format = true,
        .documents = around.documents,
        .document_count = around.count,
    };
    if (contract_schema_compile(bytes_of(path), text, &options, &schema, &mistakes) != 0) {
        struct reporter reporter = {build, path, &around, origin, {0}};
        report_all(&reporter, &mistakes);
        schema = NULL;
    }
    contract_diagnostics_release(&mistakes);
    return schema;
}

const struct contract_schema *policy_contract_schema_build(struct policy_build *build,
                                                           const char *path, struct bytes text,
                                                           const struct policy_node *origin)
{
    struct policy_block *block = (struct policy_block *)build->release;
    struct contract_schema *schema = compile(build, path, text, origin);
    if (schema == NULL)
        return NULL;
    struct policy_owned_schema *owned = arena_zalloc(build->arena, sizeof *owned);
    *owned = (struct policy_owned_schema){block->schemas, schema};
    block->schemas = owned;
    return schema;
}

void policy_contract_schemas_finish(struct policy_build *build)
{
    keep_shared(build);
    if (!build->from_files)
        return;
    for (size_t i = 0; i < build->contract_shared_count; i++) {
        const struct policy_file *file = build->contract_shared[i];
        contract_schema_free(compile(build, file->path, file->content, NULL));
    }
    for (size_t i = 0; i < build->data_count; i++) {
        const char *path = build->data[i].path;
        if (!begins_with(path, "contracts/") || begins_with(path, shared_folder) ||
            build->contract_used[i])
            continue;
        const char *name = path + strlen("contracts/");
        policy_report_at(build, path, (struct policy_place){0, 0},
                         "no source names this version; list it under `versions` of the source "
                         "`%.*s`, or delete the file",
                         (int)strcspn(name, "/"), name);
    }
}
