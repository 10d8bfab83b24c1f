/* The keywords that lead to other schemas. */
#include "contract/internal.h"

static bool expect(struct compiler *compiler, const struct node *node, const char *keyword,
                   const struct contract_instance *value, enum contract_kind kind, const char *what)
{
    if (value->kind == kind)
        return true;
    contract_mistake(compiler, node->place, keyword, "must be %s", what);
    return false;
}

/* ---- references */

void contract_compile_reference(struct compiler *compiler, struct node *node,
                                const struct keyword *keyword,
                                const struct contract_instance *value)
{
    const struct anchor *anchor;
    if (!expect(compiler, node, keyword->name, value, CONTRACT_STRING, "a text: a reference"))
        return;
    struct place *place =
        contract_resolve(compiler, node->place, keyword->name, value->text, &anchor);
    if (place == NULL)
        return;
    struct logic_rules *rules = contract_logic_rules(compiler, node);
    rules->reference = contract_node_of(compiler, place->instance);
    rules->reference_keyword = keyword->name;
}

/* It is dynamic when what it leads to at first is a dynamic anchor; otherwise it is a plain
 * reference. In 2019-09 the anchor has no name. */
void contract_compile_dynamic_reference(struct compiler *compiler, struct node *node,
                                        const struct keyword *keyword,
                                        const struct contract_instance *value)
{
    const struct anchor *anchor;
    if (!expect(compiler, node, keyword->name, value, CONTRACT_STRING, "a text: a reference"))
        return;
    struct place *place =
        contract_resolve(compiler, node->place, keyword->name, value->text, &anchor);
    if (place == NULL)
        return;
    if (keyword->drafts == DRAFT_2019) {
        anchor = contract_anchor_find(place->resource, BYTES_LITERAL(""));
        anchor = anchor != NULL && anchor->place == place ? anchor : NULL;
    }
    struct logic_rules *rules = contract_logic_rules(compiler, node);
    rules->dynamic = contract_node_of(compiler, place->instance);
    rules->dynamic_keyword = keyword->name;
    if (anchor != NULL)
        rules->dynamic_name = anchor->name;
}

/* ---- one schema, or a list of them */

static struct node **schema_slot(struct compiler *compiler, struct node *node, const char *name)
{
    if (strcmp(name, "unevaluatedItems") == 0)
        return &node->unevaluated_items;
    if (strcmp(name, "unevaluatedProperties") == 0)
        return &node->unevaluated_properties;
    if (strcmp(name, "additionalProperties") == 0)
        return &contract_object_rules(compiler, node)->rest;
    if (strcmp(name, "propertyNames") == 0)
        return &contract_object_rules(compiler, node)->names;
    if (strcmp(name, "contains") == 0)
        return &contract_array_rules(compiler, node)->contains;
    struct logic_rules *rules = contract_logic_rules(compiler, node);
    if (strcmp(name, "not") == 0)
        return &rules->negated;
    if (strcmp(name, "if") == 0)
        return &rules->condition;
    return strcmp(name, "then") == 0 ? &rules->consequence : &rules->alternative;
}

static void compile_rest_items(struct compiler *compiler, struct node *node, const char *keyword,
                               const struct contract_instance *value)
{
    struct array_rules *rules = contract_array_rules(compiler, node);
    rules->rest = contract_node_of(compiler, value);
    rules->rest_keyword = keyword;
}

void contract_compile_schema(struct compiler *compiler, struct node *node,
                             const struct keyword *keyword, const struct contract_instance *value)
{
    if (strcmp(keyword->name, "additionalItems") == 0) {
        const struct contract_instance *items = contract_member_of(node, "items");
        if (items != NULL && items->kind == CONTRACT_ARRAY)
            compile_rest_items(compiler, node, keyword->name, value);
        return;
    }
    *schema_slot(compiler, node, keyword->name) = contract_node_of(compiler, value);
}

void contract_compile_check_only(struct compiler *compiler, struct node *node,
                                 const struct keyword *keyword,
                                 const struct contract_instance *value)
{
    (void)node;
    (void)keyword;
    (void)contract_node_of(compiler, value);
}

static struct node_list nodes_of(struct compiler *compiler, const struct contract_instance *list)
{
    struct node_list nodes = {arena_array(compiler->arena, list->count, sizeof(struct node *)),
                              list->count};
    for (uint32_t i = 0; i < list->count; i++)
        nodes.nodes[i] = contract_node_of(compiler, &list->items[i]);
    return nodes;
}

void contract_compile_list(struct compiler *compiler, struct node *node,
                           const struct keyword *keyword, const struct contract_instance *value)
{
    if (!expect(compiler, node, keyword->name, value, CONTRACT_ARRAY, "a list of schemas"))
        return;
    if (value->count == 0) {
        contract_mistake(compiler, node->place, keyword->name, "must have at least one schema");
        return;
    }
    struct logic_rules *rules = contract_logic_rules(compiler, node);
    struct node_list *list = keyword->name[0] == 'o'   ? &rules->one
                             : keyword->name[1] == 'l' ? &rules->all
                                                       : &rules->any;
    *list = nodes_of(compiler, value);
}

/* `prefixItems`, and `items` in all its meanings. */
void contract_compile_items(struct compiler *compiler, struct node *node,
                            const struct keyword *keyword, const struct contract_instance *value)
{
    bool prefix = keyword->shape == SHAPE_LIST;
    bool list = value->kind == CONTRACT_ARRAY;
    if (!prefix && list && node->place->resource->draft == DRAFT_2020) {
        contract_mistake(compiler, node->place, keyword->name,
                         "must be one schema for all items; a list of schemas is written as "
                         "\"prefixItems\" since 2020-12");
        return;
    }
    if (!prefix && !list) {
        compile_rest_items(compiler, node, keyword->name, value);
        return;
    }
    if (!expect(compiler, node, keyword->name, value, CONTRACT_ARRAY, "a list of schemas"))
        return;
    struct node_list nodes = nodes_of(compiler, value);
    struct array_rules *rules = contract_array_rules(compiler, node);
    rules->prefix = nodes.nodes;
    rules->prefix_count = nodes.count;
    rules->prefix_keyword = keyword->name;
}

/* ---- objects */

/* Schemas nobody refers to are compiled as well: their mistakes are mistakes. */
void contract_compile_definitions(struct compiler *compiler, struct node *node,
                                  const struct keyword *keyword,
                                  const struct contract_instance *value)
{
    if (!expect(compiler, node, keyword->name, value, CONTRACT_OBJECT, "an object of schemas"))
        return;
    for (uint32_t i = 0; i < value->count; i++)
        (void)contract_node_of(compiler, &value->members[i].value);
}

void contract_compile_properties(struct compiler *compiler, struct node *node,
                                 const struct keyword *keyword,
                                 const struct contract_instance *value)
{
    if (expect(compiler, node, keyword->name, value, CONTRACT_OBJECT, "an object of schemas"))
        contract_object_rules(compiler, node)->named = value;
}

void contract_compile_patterns(struct compiler *compiler, struct node *node,
                               const struct keyword *keyword, const struct contract_instance *value)
{
    if (!expect(compiler, node, keyword->name, value, CONTRACT_OBJECT, "an object of schemas"))
        return;
    struct object_rules *rules = contract_object_rules(compiler, node);
    rules->patterns = arena_array(compiler->arena, value->count, sizeof *rules->patterns);
    for (uint32_t i = 0; i < value->count; i++) {
        const struct contract_member *member = &value->members[i];
        rules->patterns[rules->pattern_count++] = (struct pattern_property){
            .text = member->name,
            .pattern = contract_pattern_of(compiler, node, keyword->name, member->name),
            .schema = contract_node_of(compiler, &member->value),
        };
    }
}

static struct property *property_slot(const struct object_rules *rules, struct bytes name)
{
    uint64_t hash = contract_name_hash(name);
    uint32_t at = (uint32_t)hash & rules->property_mask;
    while (rules->properties[at].used && !bytes_equal(rules->properties[at].name, name))
        at = (at + 1) & rules->property_mask;
    struct property *slot = &rules->properties[at];
    slot->name = name;
    slot->hash = hash;
    slot->used = true;
    return slot;
}

void contract_finish_object(struct compiler *compiler, struct node *node)
{
    struct object_rules *rules = node->object;
    if (rules == NULL)
        return;
    uint32_t named = rules->named == NULL ? 0 : rules->named->count;
    uint32_t required = rules->required == NULL ? 0 : rules->required->count;
    uint32_t size = 4;
    while (size < 2 * ((size_t)named + required))
        size *= 2;
    rules->properties = arena_array(compiler->arena, size, sizeof *rules->properties);
    rules->property_mask = size - 1;
    for (uint32_t i = 0; i < named; i++) {
        const struct contract_member *member = &rules->named->members[i];
        property_slot(rules, member->name)->schema = contract_node_of(compiler, &member->value);
    }
    for (uint32_t i = 0; i < required; i++) {
        struct property *slot = property_slot(rules, rules->required->items[i].text);
        rules->required_count += !slot->required;
        slot->required = true;
    }
}
