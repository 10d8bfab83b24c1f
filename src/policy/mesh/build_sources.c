/* sources/ → where leads come in: constants, renames, and the table of payload members. */
#include "policy/internal.h"

#include <stdlib.h>

static const char **field_names(struct policy_build *build)
{
    const struct policy_schema *schema = &build->release->schema;
    const char **names = arena_array(&build->scratch, schema->count + 1, sizeof *names);
    for (size_t i = 0; i < schema->count; i++)
        names[i] = schema->fields[i].name;
    return names;
}

uint32_t policy_build_field(struct policy_build *build, const struct policy_node *key)
{
    const struct policy_schema *schema = &build->release->schema;
    uint32_t field = policy_field_find(schema, key->text);
    if (field == POLICY_NONE && schema->count > 0)
        policy_report(build, key, "lead.schema.json has no field `%.*s`%s", POLICY_CLIP(key->text),
                      policy_hint(build, key->text, field_names(build), schema->count));
    return field;
}

static bool read_strings(struct arena *arena, const struct policy_node *node, struct cel_value *ret)
{
    if (node->kind != POLICY_NODE_LIST || node->count > POLICY_LIST_MAX)
        return false;
    struct cel_value *items = arena_array(arena, node->count, sizeof *items);
    uint32_t count = 0;
    for (const struct policy_item *item = node->items; item != NULL; item = item->next) {
        if (item->value->kind != POLICY_NODE_TEXT)
            return false;
        items[count++] = cel_string(arena_copy(arena, item->value->text));
    }
    *ret = (struct cel_value){.kind = CEL_LIST, .count = count, .items = items};
    return true;
}

/* The node as a value of the field's type. */
static bool read_value(struct arena *arena, const struct policy_field *field,
                       const struct policy_node *node, struct cel_value *ret)
{
    double number;
    switch (field->type) {
    case POLICY_STRING:
        *ret = cel_string(arena_copy(arena, node->text));
        return node->kind == POLICY_NODE_TEXT;
    case POLICY_INTEGER: *ret = cel_int(node->integer); return node->kind == POLICY_NODE_INTEGER;
    case POLICY_BOOLEAN: *ret = cel_bool(node->boolean); return node->kind == POLICY_NODE_BOOLEAN;
    case POLICY_NUMBER:
        if (!policy_node_number(node, &number))
            return false;
        *ret = cel_double(number);
        return true;
    case POLICY_STRINGS: return read_strings(arena, node, ret);
    }
    return false;
}

bool policy_build_value(struct policy_build *build, struct arena *arena,
                        const struct policy_field *field, const struct policy_node *node,
                        struct cel_value *ret)
{
    if (!read_value(arena, field, node, ret)) {
        policy_report(build, node, "the field `%s` is of type %s, got %s", field->name,
                      policy_types[field->type], policy_node_describe(&build->scratch, node));
        return false;
    }
    const char *wrong = policy_value_check(field, ret, &build->scratch);
    if (wrong != NULL)
        policy_report(build, node, "the field `%s` %s", field->name, wrong);
    return wrong == NULL;
}

static void build_constants(struct policy_build *build, const struct policy_node *node,
                            struct policy_source *source)
{
    const struct policy_schema *schema = &build->release->schema;
    struct cel_value *constants = arena_array(build->arena, schema->count, sizeof *constants);
    source->constants = constants;
    for (const struct policy_item *item =
             policy_node_items(policy_node_get(node, "constants"), POLICY_NODE_OBJECT);
         item != NULL; item = item->next) {
        uint32_t at = policy_build_field(build, item->key);
        if (at == POLICY_NONE || item->value->kind == POLICY_NODE_NULL ||
            item->value->kind == POLICY_NODE_OBJECT)
            continue;
        struct cel_value value;
        if (policy_build_value(build, build->arena, &schema->fields[at], item->value, &value))
            constants[at] = value;
    }
}

static void build_renames(struct policy_build *build, const struct policy_node *node,
                          struct policy_source *source, struct policy_members *members)
{
    const struct policy_schema *schema = &build->release->schema;
    for (const struct policy_item *item =
             policy_node_items(policy_node_get(node, "map"), POLICY_NODE_OBJECT);
         item != NULL; item = item->next) {
        uint32_t field = policy_build_field(build, item->key);
        struct bytes member = policy_node_text(item->value);
        if (field == POLICY_NONE || member.size == 0 || members->by_field[field] != NULL)
            continue;
        if (source->constants[field].kind != CEL_ABSENT) {
            policy_report(build, item->key,
                          "`%.*s` has a constant and a mapping; keep one of the two",
                          POLICY_CLIP(item->key->text));
            continue;
        }
        uint32_t taken = policy_index_add(&members->index, member, field);
        if (taken != POLICY_NONE) {
            policy_report(build, item->value,
                          "the payload member `%.*s` already stands for `%s`; map it once",
                          POLICY_CLIP(member), schema->fields[taken].name);
            continue;
        }
        members->by_field[field] = arena_string(build->arena, member);
    }
}

/* The renames in canonical order, whatever the order in the file. */
static void list_renames(struct policy_build *build, const struct policy_members *members,
                         struct policy_source *source)
{
    size_t count = build->release->schema.count;
    const char **from = arena_array(build->arena, count, sizeof *from);
    uint32_t *to = arena_array(build->arena, count, sizeof *to);
    for (uint32_t field = 0; field < count; field++) {
        if (members->by_field[field] == NULL)
            continue;
        from[source->rename_count] = members->by_field[field];
        to[source->rename_count++] = field;
    }
    source->rename_from = from;
    source->rename_to = to;
}

/* Fields without a mapping are read under their own names, unless another field took that. */
static void finish_members(struct policy_build *build, struct policy_members *members)
{
    const struct policy_schema *schema = &build->release->schema;
    members->names = arena_array(build->arena, schema->count, sizeof *members->names);
    for (uint32_t field = 0; field < schema->count; field++) {
        const char *name = schema->fields[field].name;
        if (members->by_field[field] == NULL &&
            policy_index_add(&members->index, bytes_of(name), field) == POLICY_NONE)
            members->by_field[field] = name;
    }
    /* The index borrows names from the documents, which go: put lasting ones in their place. */
    policy_index_init(&members->index, build->arena, schema->count);
    for (uint32_t field = 0; field < schema->count; field++) {
        const char *name = members->by_field[field];
        if (name == NULL)
            continue;
        policy_index_add(&members->index, bytes_of(name), field);
        members->names[members->name_count++] = name;
    }
}

static void build_source(struct policy_build *build, const struct policy_node *node,
                         struct policy_source *source, struct policy_members *members)
{
    size_t field_count = build->release->schema.count;
    source->name = policy_build_text(build, policy_node_get(node, "source"));
    source->title = policy_build_text(build, policy_node_get(node, "title"));
    if (source->title[0] == '\0')
        source->title = source->name;
    const struct policy_node *owner = policy_node_get(node, "owner");
    source->owner = policy_build_text(build, owner);
    policy_build_owner(build, owner);
    build_constants(build, node, source);
    members->by_field = arena_array(build->arena, field_count, sizeof *members->by_field);
    policy_index_init(&members->index, &build->scratch, field_count * 2);
    build_renames(build, node, source, members);
    list_renames(build, members, source);
    finish_members(build, members);
    policy_build_contracts(build, node, source);
    policy_build_reception(build, node, source);
}

static int compare_sources(const void *left, const void *right)
{
    const struct policy_node *a = *(const struct policy_node *const *)left;
    const struct policy_node *b = *(const struct policy_node *const *)right;
    struct bytes name_a = policy_node_text(policy_node_get(a, "source"));
    struct bytes name_b = policy_node_text(policy_node_get(b, "source"));
    size_t shorter = name_a.size < name_b.size ? name_a.size : name_b.size;
    int order = shorter > 0 ? memcmp(name_a.data, name_b.data, shorter) : 0;
    if (order == 0)
        order = (name_a.size > name_b.size) - (name_a.size < name_b.size);
    if (order == 0 && a->document != NULL && b->document != NULL)
        order = strcmp(a->document->path, b->document->path);
    return order;
}

static int compare_files(const void *left, const void *right)
{
    const struct policy_file *a = left, *b = right;
    return strcmp(a->path, b->path);
}

/* A schema that a kind brought is stored like one of the mesh's own: a later version of the program
 * may have another. */
static void take_kind_schemas(struct policy_build *build)
{
    if (build->kind_schema_count == 0)
        return;
    size_t count = build->data_count + build->kind_schema_count;
    struct policy_file *data = arena_array(&build->scratch, count, sizeof *data);
    if (build->data_count > 0)
        memcpy(data, build->data, build->data_count * sizeof *data);
    memcpy(data + build->data_count, build->kind_schemas, build->kind_schema_count * sizeof *data);
    qsort(data, count, sizeof *data, compare_files);
    build->data = data;
    build->data_count = count;
}

void policy_build_sources(struct policy_build *build)
{
    struct policy_block *block = (struct policy_block *)build->release;
    size_t count = build->source_count;
    policy_contract_schemas_begin(build);
    build->kind_schemas =
        arena_array(&build->scratch, count * POLICY_CONTRACTS_MAX, sizeof *build->kind_schemas);
    if (count > 0)
        qsort(build->sources, count, sizeof *build->sources, compare_sources);
    struct policy_source *sources = arena_array(build->arena, count, sizeof *sources);
    const struct policy_node **origins = arena_array(&build->scratch, count, sizeof *origins);
    block->members = arena_array(build->arena, count, sizeof *block->members);
    policy_index_init(&block->sources, build->arena, count);
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        const struct policy_node *name = policy_node_get(build->sources[i], "source");
        if (policy_node_text(name).size == 0)
            continue;
        sources[used] = (struct policy_source){0};
        block->members[used] = (struct policy_members){0};
        build_source(build, build->sources[i], &sources[used], &block->members[used]);
        uint32_t taken =
            policy_index_add(&block->sources, bytes_of(sources[used].name), (uint32_t)used);
        if (taken == POLICY_NONE)
            origins[used++] = name;
        else
            policy_report(build, name, "the source `%.*s` is also in %s, line %u; rename one",
                          POLICY_CLIP(name->text),
                          origins[taken]->document ? origins[taken]->document->path : "",
                          policy_node_place(origins[taken]).line);
    }
    build->release->sources = sources;
    build->release->source_count = used;
    policy_contract_schemas_finish(build);
    take_kind_schemas(build);
}
