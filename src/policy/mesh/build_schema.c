/* lead.schema.json → the canonical lead's fields, and their types for expressions. */
#include "policy/internal.h"

#include <math.h>

static const struct cel_type field_types[] = {
    [POLICY_STRING] = {.kind = CEL_TYPE_STRING},
    [POLICY_INTEGER] = {.kind = CEL_TYPE_INT},
    [POLICY_NUMBER] = {.kind = CEL_TYPE_DOUBLE},
    [POLICY_BOOLEAN] = {.kind = CEL_TYPE_BOOL},
    [POLICY_STRINGS] = {.kind = CEL_TYPE_LIST, .element = &policy_type_string},
};

static void build_allowed(struct policy_build *build, const struct policy_node *list,
                          struct policy_field *field)
{
    if (list == NULL || list->kind != POLICY_NODE_LIST || list->count == 0)
        return;
    const char **allowed = arena_array(build->arena, list->count, sizeof *allowed);
    struct policy_index seen;
    policy_index_init(&seen, &build->scratch, list->count);
    for (const struct policy_item *item = list->items; item != NULL; item = item->next) {
        struct bytes text = policy_node_text(item->value);
        if (text.size == 0)
            continue;
        if (policy_index_add(&seen, text, 0) != POLICY_NONE)
            policy_report(build, item->value, "`%.*s` is listed twice; keep one",
                          POLICY_CLIP(text));
        else
            allowed[field->allowed_count++] = arena_string(build->arena, text);
    }
    field->allowed = allowed;
}

/* Which keyword goes with which types. */
static void check_keywords(struct policy_build *build, const struct policy_node *node,
                           const struct policy_field *field)
{
    static const struct {
        const char *keyword;
        unsigned types; /* bits by enum policy_type */
        const char *words;
    } table[] = {
        {"enum", 1 << POLICY_STRING, "string"},
        {"maxLength", 1 << POLICY_STRING, "string"},
        {"minimum", 1 << POLICY_INTEGER | 1 << POLICY_NUMBER, "integer or number"},
        {"maximum", 1 << POLICY_INTEGER | 1 << POLICY_NUMBER, "integer or number"},
        {"items", 1 << POLICY_STRINGS, "array"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const struct policy_node *value = policy_node_get(node, table[i].keyword);
        if (value != NULL && (table[i].types & 1u << field->type) == 0)
            policy_report(build, value, "`%s` is for fields of type %s; `%s` is of type %s",
                          table[i].keyword, table[i].words, field->name, policy_types[field->type]);
    }
    if (field->type == POLICY_STRINGS && policy_node_get(node, "items") == NULL)
        policy_report(build, node, "the array `%s` needs `\"items\": {\"type\": \"string\"}`",
                      field->name);
    if (field->minimum > field->maximum)
        policy_report(build, policy_node_get(node, "minimum"),
                      "the minimum of `%s` is above its maximum; nothing would fit", field->name);
}

static void build_field(struct policy_build *build, const struct policy_item *item,
                        struct policy_field *field, struct cel_field *cel_field)
{
    const struct policy_node *node = item->value;
    uint32_t type = policy_choice(policy_types, policy_node_text(policy_node_get(node, "type")));
    const struct policy_node *pii = policy_node_get(node, "x-pii");
    const struct policy_node *length = policy_node_get(node, "maxLength");
    *field = (struct policy_field){
        .name = arena_string(build->arena, item->key->text),
        .type = type == POLICY_NONE ? POLICY_STRING : (enum policy_type)type,
        .pii = pii != NULL && pii->kind == POLICY_NODE_BOOLEAN && pii->boolean,
        .max_length = POLICY_STRING_MAX,
        .minimum = -INFINITY,
        .maximum = INFINITY,
    };
    if (length != NULL && length->kind == POLICY_NODE_INTEGER && length->integer >= 1 &&
        length->integer <= POLICY_STRING_MAX)
        field->max_length = (uint32_t)length->integer;
    policy_node_number(policy_node_get(node, "minimum"), &field->minimum);
    policy_node_number(policy_node_get(node, "maximum"), &field->maximum);
    build_allowed(build, policy_node_get(node, "enum"), field);
    *cel_field = (struct cel_field){field->name, &policy_type_unknown};
    if (type == POLICY_NONE)
        return;
    cel_field->type = &field_types[type];
    check_keywords(build, node, field);
}

static void build_required(struct policy_build *build, struct policy_field *fields, size_t count)
{
    const char **names = arena_array(&build->scratch, count + 1, sizeof *names);
    for (size_t i = 0; i < count; i++)
        names[i] = fields[i].name;
    const struct policy_node *list = policy_node_get(build->lead, "required");
    for (const struct policy_item *item = policy_node_items(list, POLICY_NODE_LIST); item != NULL;
         item = item->next) {
        struct bytes name = policy_node_text(item->value);
        if (name.size == 0)
            continue;
        uint32_t field = policy_field_find(&build->release->schema, name);
        if (field == POLICY_NONE)
            policy_report(build, item->value, "`required` names `%.*s`, which is no property%s",
                          POLICY_CLIP(name), policy_hint(build, name, names, count));
        else if (fields[field].required)
            policy_report(build, item->value, "`%.*s` is listed twice in `required`; keep one",
                          POLICY_CLIP(name));
        else
            fields[field].required = true;
    }
}

void policy_build_schema(struct policy_build *build)
{
    struct policy_schema *schema = &build->release->schema;
    const struct policy_node *properties = policy_node_get(build->lead, "properties");
    const struct policy_item *items = policy_node_items(properties, POLICY_NODE_OBJECT);
    size_t count = items == NULL ? 0 : properties->count;
    if (items != NULL && policy_build_too_many(build, properties, "fields", POLICY_FIELDS_MAX))
        count = POLICY_FIELDS_MAX;
    struct policy_field *fields = arena_array(build->arena, count, sizeof *fields);
    struct cel_field *cel_fields = arena_array(build->arena, count, sizeof *cel_fields);
    struct policy_index *index = &((struct policy_block *)build->release)->fields;
    policy_index_init(index, build->arena, count);
    *schema = (struct policy_schema){.fields = fields, .additional = true, .index = index};
    for (; items != NULL && schema->count < count; items = items->next) {
        size_t at = schema->count;
        build_field(build, items, &fields[at], &cel_fields[at]);
        /* A doubled key has been reported as such. */
        if (policy_index_add(index, bytes_of(fields[at].name), (uint32_t)at) == POLICY_NONE)
            schema->count++;
        else
            count--;
    }
    schema->email = policy_field_find(schema, BYTES_LITERAL("email"));
    schema->phone = policy_field_find(schema, BYTES_LITERAL("phone"));
    schema->external_id = policy_field_find(schema, BYTES_LITERAL("external_id"));
    schema->campaign = policy_field_find(schema, BYTES_LITERAL("campaign"));
    schema->partner = policy_field_find(schema, BYTES_LITERAL("partner"));
    const struct policy_node *additional = policy_node_get(build->lead, "additionalProperties");
    if (additional != NULL && additional->kind == POLICY_NODE_BOOLEAN)
        schema->additional = additional->boolean;
    build_required(build, fields, schema->count);
    build->lead_type = arena_zalloc(build->arena, sizeof *build->lead_type);
    *build->lead_type = (struct cel_type){
        .kind = CEL_TYPE_RECORD, .fields = cel_fields, .field_count = schema->count};
}
