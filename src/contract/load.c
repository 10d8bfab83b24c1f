/* Schema documents: where the schemas in them stand, which URIs and anchors they have, and what a
 * reference means. Only places where the dialect's keywords have schemas are looked at, so that an
 * "$id" in an example names nothing. */
#include "contract/internal.h"

#include "contract/uri.h"

#include <stdio.h>

enum { ANCHOR_SIZE_MAX = 256, ANCHORS_MAX = 1000 };

static struct hash128 uri_key(struct bytes uri)
{
    return hash128_of(&uri, 1);
}

static struct resource *resource_find(struct compiler *compiler, struct bytes uri)
{
    uint64_t *found = map_find(&compiler->resources, uri_key(uri));
    return found == NULL ? NULL : (struct resource *)(uintptr_t)*found;
}

/* The first one of a URI keeps it; false when it is another one's. */
static bool resource_register(struct compiler *compiler, struct resource *resource,
                              struct bytes uri)
{
    const struct resource *known = resource_find(compiler, uri);
    if (known == NULL)
        map_put(&compiler->resources, uri_key(uri), (uint64_t)(uintptr_t)resource);
    return known == NULL || known == resource;
}

struct place *contract_place_of(struct compiler *compiler, const struct contract_instance *instance)
{
    uint64_t *found = map_find(&compiler->places, map_number_key((uint64_t)(uintptr_t)instance));
    return found == NULL ? NULL : (struct place *)(uintptr_t)*found;
}

/* ---- places */

static void print_index(uint32_t index, struct buffer *out)
{
    char text[16];
    (void)snprintf(text, sizeof text, "%u", index);
    contract_pointer_append(out, bytes_of(text));
}

void contract_place_print(const struct place *place, bool whole_document, struct buffer *out)
{
    if (place->parent == NULL || (!whole_document && place == place->resource->root))
        return;
    contract_place_print(place->parent, whole_document, out);
    contract_pointer_append(out, place->keyword);
    if (place->name.data != NULL)
        contract_pointer_append(out, place->name);
    if (place->index != PLACE_NO_INDEX)
        print_index(place->index, out);
}

static struct place *place_new(struct compiler *compiler, const struct place *parent,
                               const struct contract_instance *instance, struct bytes keyword)
{
    struct place *place = arena_zalloc(compiler->arena, sizeof *place);
    place->parent = parent;
    place->resource = parent == NULL ? NULL : parent->resource;
    place->instance = instance;
    place->keyword = keyword;
    place->index = PLACE_NO_INDEX;
    return place;
}

/* ---- what a schema calls itself */

static bool is_anchor_name(struct bytes name)
{
    for (size_t i = 0; i < name.size; i++) {
        char c = name.data[i];
        bool letter = ((c | 32) >= 'a' && (c | 32) <= 'z') || c == '_';
        bool other = (c >= '0' && c <= '9') || c == '-' || c == '.';
        if (!letter && !(other && i > 0))
            return false;
    }
    return name.size > 0 && name.size <= ANCHOR_SIZE_MAX;
}

const struct anchor *contract_anchor_find(const struct resource *resource, struct bytes name)
{
    for (const struct anchor *anchor = resource->anchors; anchor != NULL; anchor = anchor->next)
        if (bytes_equal(anchor->name, name))
            return anchor;
    return NULL;
}

static void add_anchor(struct compiler *compiler, struct place *place, struct bytes name,
                       bool dynamic)
{
    const struct anchor *known = contract_anchor_find(place->resource, name);
    if (known != NULL && known->place != place) {
        contract_mistake(compiler, place, dynamic ? "$dynamicAnchor" : "$anchor",
                         "the anchor \"%.*s\" is given twice in one schema", BYTES_ARG(name));
        return;
    }
    if (place->resource->anchor_count++ >= ANCHORS_MAX) { /* they are searched one by one */
        if (place->resource->anchor_count == ANCHORS_MAX + 1)
            contract_mistake(compiler, place, NULL,
                             "has one anchor too many: a schema has at most %d", ANCHORS_MAX);
        return;
    }
    struct anchor *anchor = arena_zalloc(compiler->arena, sizeof *anchor);
    *anchor = (struct anchor){place->resource->anchors, name, place, dynamic};
    place->resource->anchors = anchor;
}

static void read_anchor(struct compiler *compiler, struct place *place, const char *keyword,
                        bool dynamic)
{
    const struct contract_instance *value =
        contract_instance_find(place->instance, bytes_of(keyword));
    if (value == NULL)
        return;
    if (value->kind != CONTRACT_STRING || !is_anchor_name(value->text))
        contract_mistake(compiler, place, keyword,
                         "must be a name: a letter or _, then letters, digits, - _ and .");
    else
        add_anchor(compiler, place, value->text, dynamic);
}

static void read_anchors(struct compiler *compiler, struct place *place)
{
    const struct contract_instance *recursive =
        contract_instance_find(place->instance, BYTES_LITERAL("$recursiveAnchor"));
    if (place->resource->draft != DRAFT_7)
        read_anchor(compiler, place, "$anchor", false);
    if (place->resource->draft == DRAFT_2020)
        read_anchor(compiler, place, "$dynamicAnchor", true);
    if (place->resource->draft == DRAFT_2019 && recursive != NULL &&
        recursive->kind == CONTRACT_BOOLEAN && recursive->boolean)
        add_anchor(compiler, place, BYTES_LITERAL(""), true);
}

/* In draft-07 "$ref" hides what is beside it, and "#name" as "$id" is an anchor. */
static struct bytes read_id(struct compiler *compiler, struct place *place)
{
    const struct bytes none = {NULL, 0};
    const struct contract_instance *id =
        contract_instance_find(place->instance, BYTES_LITERAL("$id"));
    bool old = place->resource->draft == DRAFT_7;
    if (id == NULL || (old && contract_instance_find(place->instance, BYTES_LITERAL("$ref"))))
        return none;
    if (id->kind != CONTRACT_STRING) {
        contract_mistake(compiler, place, "$id", "must be a text: the URI of the schema");
        return none;
    }
    struct bytes fragment = contract_uri_split(id->text).fragment;
    if (old && fragment.size > 0 && id->text.data[0] == '#') {
        add_anchor(compiler, place, fragment, false);
        return none;
    }
    if (fragment.size > 0) {
        contract_mistake(compiler, place, "$id",
                         "must not have a fragment (what stands behind #); "
                         "use \"$anchor\" for a name inside the document");
        return none;
    }
    return contract_uri_without_fragment(id->text);
}

static struct resource *resource_new(struct compiler *compiler, struct bytes uri,
                                     struct bytes document, struct place *root)
{
    struct resource *resource = arena_zalloc(compiler->arena, sizeof *resource);
    resource->uri = uri;
    resource->document = document;
    resource->root = root;
    root->resource = resource;
    return resource;
}

/* A schema with an $id is a resource of its own, wherever it stands. */
static void enter_resource(struct compiler *compiler, struct place *place)
{
    struct resource *outer = place->resource;
    struct bytes id = read_id(compiler, place);
    if (id.data == NULL)
        return;
    struct bytes uri = contract_uri_resolve(outer->uri, id, compiler->arena);
    if (outer->root == place) { /* the root of a document: its own name for itself */
        outer->uri = uri;
        (void)resource_register(compiler, outer, uri);
        return;
    }
    struct resource *resource = resource_new(compiler, uri, outer->document, place);
    contract_dialect(compiler, resource, outer);
    if (!resource_register(compiler, resource, uri) &&
        bytes_equal(resource_find(compiler, uri)->document, outer->document))
        contract_mistake(compiler, place, "$id",
                         "two schemas of the document have the URI \"%.*s\"", BYTES_ARG(uri));
}

/* ---- scanning */

static void scan(struct compiler *compiler, struct place *place);

static struct place *scan_child(struct compiler *compiler, struct place *parent,
                                const struct contract_instance *instance, const char *keyword,
                                struct bytes name, uint32_t index)
{
    struct place *place = place_new(compiler, parent, instance, bytes_of(keyword));
    place->name = name;
    place->index = index;
    scan(compiler, place);
    return place;
}

static void scan_list(struct compiler *compiler, struct place *place, const char *keyword,
                      const struct contract_instance *value)
{
    for (uint32_t i = 0; value->kind == CONTRACT_ARRAY && i < value->count; i++)
        scan_child(compiler, place, &value->items[i], keyword, (struct bytes){NULL, 0}, i);
}

static void scan_map(struct compiler *compiler, struct place *place, const struct keyword *keyword,
                     const struct contract_instance *value)
{
    for (uint32_t i = 0; value->kind == CONTRACT_OBJECT && i < value->count; i++) {
        const struct contract_member *member = &value->members[i];
        if (keyword->shape == SHAPE_DEPENDENCIES && member->value.kind == CONTRACT_ARRAY)
            continue;
        scan_child(compiler, place, &member->value, keyword->name, member->name, PLACE_NO_INDEX);
    }
}

static void scan_keyword(struct compiler *compiler, struct place *place,
                         const struct keyword *keyword, const struct contract_instance *value)
{
    bool list = keyword->shape == SHAPE_LIST ||
                (keyword->shape == SHAPE_ITEMS && value->kind == CONTRACT_ARRAY);
    if (list)
        scan_list(compiler, place, keyword->name, value);
    else if (keyword->shape == SHAPE_MAP || keyword->shape == SHAPE_DEPENDENCIES)
        scan_map(compiler, place, keyword, value);
    else if (keyword->shape != SHAPE_VALUE)
        scan_child(compiler, place, value, keyword->name, (struct bytes){NULL, 0}, PLACE_NO_INDEX);
}

static void scan(struct compiler *compiler, struct place *place)
{
    const struct contract_instance *schema = place->instance;
    map_put(&compiler->places, map_number_key((uint64_t)(uintptr_t)schema),
            (uint64_t)(uintptr_t)place);
    if (schema->kind != CONTRACT_OBJECT)
        return;
    enter_resource(compiler, place);
    read_anchors(compiler, place);
    for (uint32_t i = 0; i < schema->count; i++) {
        const struct keyword *keyword =
            contract_keyword_find(place->resource, schema->members[i].name);
        if (keyword != NULL)
            scan_keyword(compiler, place, keyword, &schema->members[i].value);
    }
}

/* ---- documents */

static void note_unreadable(struct compiler *compiler, struct bytes uri, const struct error *err)
{
    struct contract_diagnostics *diagnostics = compiler->diagnostics;
    if (diagnostics->count == CONTRACT_DIAGNOSTICS_MAX) {
        diagnostics->more++;
        return;
    }
    struct contract_diagnostic *item = &diagnostics->items[diagnostics->count++];
    *item = (struct contract_diagnostic){.document = arena_copy(&diagnostics->arena, uri)};
    item->position = arena_copy(&diagnostics->arena, bytes_of(err->place));
    item->message =
        bytes_of(arena_printf(&diagnostics->arena, "the schema is not readable: %s", err->message));
}

struct resource *contract_load(struct compiler *compiler, struct bytes uri, struct bytes text)
{
    const struct contract_instance *root;
    struct error err;
    struct bytes kept = arena_copy(compiler->arena, text);
    const struct contract_limits *limits =
        compiler->options == NULL ? NULL : compiler->options->limits;
    if (contract_instance_parse(kept, limits, compiler->arena, &root, &err) != 0) {
        note_unreadable(compiler, uri, &err);
        return NULL;
    }
    struct place *place = place_new(compiler, NULL, root, (struct bytes){NULL, 0});
    struct bytes name = arena_copy(compiler->arena, contract_uri_without_fragment(uri));
    struct resource *resource = resource_new(compiler, name, name, place);
    (void)resource_register(compiler, resource, name);
    contract_dialect(compiler, resource, NULL);
    scan(compiler, place);
    return resource;
}

static struct resource *load_option(struct compiler *compiler, size_t index)
{
    const struct contract_document *document = &compiler->options->documents[index];
    if (compiler->documents[index] == NULL)
        compiler->documents[index] = contract_load(compiler, document->uri, document->text);
    return compiler->documents[index];
}

/* Documents are read when they are first asked for: by the URI they were given, or, when that finds
 * nothing, all of them, since one may call itself, or a part of itself, by the URI in question. */
struct resource *contract_resource_of(struct compiler *compiler, struct bytes uri)
{
    struct resource *known = resource_find(compiler, uri);
    size_t count = compiler->options == NULL ? 0 : compiler->options->document_count;
    if (known != NULL)
        return known;
    for (size_t i = 0; i < count; i++)
        if (bytes_equal(contract_uri_without_fragment(compiler->options->documents[i].uri), uri))
            return load_option(compiler, i);
    struct bytes standard = contract_metaschema(uri);
    if (standard.size > 0)
        return contract_load(compiler, uri, standard);
    if (compiler->all_loaded)
        return NULL;
    compiler->all_loaded = true;
    for (size_t i = 0; i < count; i++)
        (void)load_option(compiler, i);
    return resource_find(compiler, uri);
}

/* ---- references */

static struct bytes percent_decode(struct compiler *compiler, struct bytes text)
{
    char *out = arena_alloc(compiler->arena, text.size + 1);
    size_t size = 0;
    for (size_t i = 0; i < text.size; i++) {
        unsigned value = 0;
        bool hex = text.data[i] == '%' && text.size - i > 2;
        for (size_t j = 1; hex && j <= 2; j++) {
            char c = text.data[i + j];
            int digit = c >= '0' && c <= '9'                 ? c - '0'
                        : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10
                                                             : -1;
            hex = digit >= 0;
            value = value * 16 + (unsigned)(digit < 0 ? 0 : digit);
        }
        out[size++] = hex ? (char)value : text.data[i];
        i += hex ? 2 : 0;
    }
    return (struct bytes){out, size};
}

/* Walks a JSON Pointer from a schema. What it passes that is no schema gets a place too, so that it
 * can be named; where it ends is a schema from now on. */
static struct place *walk(struct compiler *compiler, struct place *from, struct bytes pointer)
{
    struct place *at = from;
    while (pointer.size > 0 && at != NULL) {
        const char *slash = memchr(pointer.data + 1, '/', pointer.size - 1);
        size_t size = slash == NULL ? pointer.size : (size_t)(slash - pointer.data);
        struct bytes token = {pointer.data + 1, size - 1};
        const struct contract_instance *next = contract_instance_step(at->instance, token);
        pointer = (struct bytes){pointer.data + size, pointer.size - size};
        if (next == NULL)
            return NULL;
        struct place *known = contract_place_of(compiler, next);
        if (known != NULL) {
            at = known;
            continue;
        }
        at = place_new(compiler, at, next, arena_copy(compiler->arena, token));
        if (pointer.size == 0)
            scan(compiler, at);
    }
    return at;
}

static struct place *resolve_fragment(struct compiler *compiler, struct resource *resource,
                                      struct bytes fragment, const struct anchor **ret_anchor)
{
    struct bytes name = percent_decode(compiler, fragment);
    if (name.size == 0 || name.data[0] == '/')
        return walk(compiler, resource->root, name);
    const struct anchor *anchor = contract_anchor_find(resource, name);
    if (anchor == NULL)
        return NULL;
    *ret_anchor = anchor->dynamic ? anchor : NULL;
    return anchor->place;
}

struct place *contract_resolve(struct compiler *compiler, const struct place *from,
                               const char *keyword, struct bytes reference,
                               const struct anchor **ret_anchor)
{
    struct bytes full = contract_uri_resolve(from->resource->uri, reference, compiler->arena);
    struct resource *resource = contract_resource_of(compiler, contract_uri_without_fragment(full));
    *ret_anchor = NULL;
    if (resource == NULL) {
        contract_mistake(compiler, from, keyword,
                         "refers to \"%.*s\", which is not among the schemas given (nothing is "
                         "fetched)",
                         BYTES_ARG(full));
        return NULL;
    }
    struct bytes fragment = contract_uri_split(full).fragment;
    struct place *place = resolve_fragment(compiler, resource, fragment, ret_anchor);
    if (place == NULL)
        contract_mistake(compiler, from, keyword,
                         "refers to \"%.*s\", but there is no \"#%.*s\" "
                         "in that schema",
                         BYTES_ARG(full), BYTES_ARG(fragment));
    return place;
}
