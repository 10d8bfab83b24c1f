/* Bundling: an embedded `$id` and a reference that are written alike mean the same, wherever the
 * document was read from. */
#include "contract/bundle.h"

#include "contract/uri.h"

struct embedded {
    struct bytes uri; /* as the outer document says it */
    const struct contract_instance *root;
};

struct run {
    const struct contract_library *from;
    struct arena *arena;
    struct embedded items[CONTRACT_BUNDLE_MAX];
    size_t count;
};

/* ---- what is referred to */

static void scan(struct run *run, const struct contract_instance *value, struct bytes base);

static bool is_known(const struct run *run, struct bytes uri)
{
    for (size_t i = 0; i < run->count; i++)
        if (bytes_equal(run->items[i].uri, uri))
            return true;
    return false;
}

/* A reference in the document `base`, as the outermost document would write it. Leading ".." stay:
 * where that document lies is not known here. */
static struct bytes join(struct run *run, struct bytes base, struct bytes uri)
{
    const char *slash = base.size > 0 ? memrchr(base.data, '/', base.size) : NULL;
    if (slash == NULL || uri.data[0] == '/' || contract_uri_split(uri).scheme.data != NULL)
        return uri;
    return bytes_of(arena_printf(run->arena, "%.*s%.*s", (int)(slash + 1 - base.data), base.data,
                                 BYTES_ARG(uri)));
}

static void follow(struct run *run, struct bytes reference, struct bytes base)
{
    struct bytes uri = contract_uri_without_fragment(reference);
    if (uri.size == 0)
        return;
    uri = join(run, base, uri);
    const struct contract_instance *root = contract_library_find(run->from, uri);
    if (root == NULL || is_known(run, uri) || run->count == CONTRACT_BUNDLE_MAX)
        return;
    run->items[run->count++] = (struct embedded){uri, root};
    scan(run, root, uri);
}

static void scan(struct run *run, const struct contract_instance *value, struct bytes base)
{
    for (uint32_t i = 0; value->kind == CONTRACT_ARRAY && i < value->count; i++)
        scan(run, &value->items[i], base);
    for (uint32_t i = 0; value->kind == CONTRACT_OBJECT && i < value->count; i++) {
        const struct contract_member *member = &value->members[i];
        bool refers = bytes_is(member->name, "$ref") || bytes_is(member->name, "$dynamicRef");
        if (refers && member->value.kind == CONTRACT_STRING)
            follow(run, member->value.text, base);
        else
            scan(run, &member->value, base);
    }
}

bool contract_bundle_needed(const struct contract_library *library, struct arena *arena)
{
    struct run *run = arena_alloc(arena, sizeof *run);
    *run = (struct run){.from = library, .arena = arena};
    scan(run, library->root, (struct bytes){0});
    return run->count > 0;
}

/* ---- writing */

static void write_members(const struct contract_instance *object, const char *without,
                          struct json_writer *json)
{
    for (uint32_t i = 0; object->kind == CONTRACT_OBJECT && i < object->count; i++) {
        if (bytes_is(object->members[i].name, without))
            continue;
        json_key_bytes(json, object->members[i].name);
        contract_instance_write(&object->members[i].value, json);
    }
}

/* A schema that is true or false cannot say who it is. */
static void write_embedded(const struct embedded *item, struct json_writer *json)
{
    json_key_bytes(json, item->uri);
    json_object_open(json);
    json_member(json, "$id", item->uri);
    write_members(item->root, "$id", json);
    if (item->root->kind != CONTRACT_OBJECT) {
        json_key(json, "allOf");
        json_array_open(json);
        contract_instance_write(item->root, json);
        json_array_close(json);
    }
    json_object_close(json);
}

void contract_bundle(const struct contract_library *library, struct arena *arena,
                     struct buffer *out)
{
    struct json_writer json;
    struct run *run = arena_alloc(arena, sizeof *run);
    *run = (struct run){.from = library, .arena = arena};
    scan(run, library->root, (struct bytes){0});
    json_begin(&json, out);
    if (run->count == 0) {
        contract_instance_write(library->root, &json);
        return;
    }
    const struct contract_instance *own =
        contract_instance_find(library->root, BYTES_LITERAL("$defs"));
    json_object_open(&json);
    write_members(library->root, "$defs", &json);
    json_key(&json, "$defs");
    json_object_open(&json);
    if (own != NULL)
        write_members(own, "", &json);
    for (size_t i = 0; i < run->count; i++)
        write_embedded(&run->items[i], &json);
    json_object_close(&json);
    json_object_close(&json);
}
