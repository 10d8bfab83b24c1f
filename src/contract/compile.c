/* Schema documents to a program. Places become nodes when something leads to them; a queue keeps
 * the depth of references off the stack. Mistakes are gathered, so that one look shows them all. */
#include "contract/internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { MESSAGE_MAX = 4096, POINTER_MAX = 16 * 1024, PATTERNS_MAX = 5000 };

/* ---- diagnostics */

void contract_diagnostics_init(struct contract_diagnostics *diagnostics)
{
    arena_init(&diagnostics->arena);
    diagnostics->count = diagnostics->more = 0;
}

void contract_diagnostics_release(struct contract_diagnostics *diagnostics)
{
    arena_release(&diagnostics->arena);
    diagnostics->count = diagnostics->more = 0;
}

void contract_mistake(struct compiler *compiler, const struct place *place, const char *keyword,
                      const char *format, ...)
{
    struct contract_diagnostics *diagnostics = compiler->diagnostics;
    if (diagnostics->count == CONTRACT_DIAGNOSTICS_MAX) {
        diagnostics->more++;
        return;
    }
    char message[MESSAGE_MAX];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    struct buffer pointer;
    buffer_init(&pointer, POINTER_MAX);
    contract_place_print(place, true, &pointer);
    if (keyword != NULL)
        contract_pointer_append(&pointer, bytes_of(keyword));
    struct contract_diagnostic *item = &diagnostics->items[diagnostics->count++];
    *item = (struct contract_diagnostic){
        .document = arena_copy(&diagnostics->arena, place->resource->document),
        .pointer = arena_copy(&diagnostics->arena, buffer_bytes(&pointer)),
    };
    item->message = bytes_of(arena_printf(
        &diagnostics->arena, "`%.*s` %s",
        BYTES_ARG(pointer.size == 0 ? BYTES_LITERAL("the schema") : item->pointer), message));
    buffer_release(&pointer);
}

/* ---- nodes */

static void queue_push(struct compiler *compiler, struct node *node)
{
    if (compiler->queue_count == compiler->queue_room) {
        compiler->queue_room = compiler->queue_room == 0 ? 64 : compiler->queue_room * 2;
        compiler->queue =
            reallocarray(compiler->queue, compiler->queue_room, sizeof *compiler->queue);
        if (compiler->queue == NULL)
            panic("out of memory (schema)");
    }
    compiler->queue[compiler->queue_count++] = node;
}

struct node *contract_node_of(struct compiler *compiler, const struct contract_instance *instance)
{
    struct place *place = contract_place_of(compiler, instance);
    ML_ASSERT(place != NULL); /* keywords lead to where the scan has been */
    if (place->node == NULL) {
        place->node = arena_zalloc(compiler->arena, sizeof *place->node);
        place->node->place = place;
        place->node->types = TYPE_ANY;
        compiler->node_count++;
        queue_push(compiler, place->node);
    }
    return place->node;
}

const struct contract_instance *contract_member_of(const struct node *node, const char *name)
{
    return contract_instance_find(node->place->instance, bytes_of(name));
}

#define RULES_OF(kind, member)                                                                 \
    struct kind##_rules *contract_##kind##_rules(struct compiler *compiler, struct node *node) \
    {                                                                                          \
        if (node->member == NULL)                                                              \
            node->member = arena_zalloc(compiler->arena, sizeof *node->member);                \
        return node->member;                                                                   \
    }
RULES_OF(number, number)
RULES_OF(logic, logic)
RULES_OF(value, value)

struct string_rules *contract_string_rules(struct compiler *compiler, struct node *node)
{
    if (node->string == NULL) {
        node->string = arena_zalloc(compiler->arena, sizeof *node->string);
        node->string->length_max = UINT64_MAX;
    }
    return node->string;
}

struct array_rules *contract_array_rules(struct compiler *compiler, struct node *node)
{
    if (node->array == NULL) {
        node->array = arena_zalloc(compiler->arena, sizeof *node->array);
        node->array->count_max = node->array->contains_max = UINT64_MAX;
        node->array->contains_min = 1;
    }
    return node->array;
}

struct object_rules *contract_object_rules(struct compiler *compiler, struct node *node)
{
    if (node->object == NULL) {
        node->object = arena_zalloc(compiler->arena, sizeof *node->object);
        node->object->count_max = UINT64_MAX;
    }
    return node->object;
}

const struct contract_pattern *contract_pattern_of(struct compiler *compiler,
                                                   const struct node *node, const char *keyword,
                                                   struct bytes text)
{
    struct contract_schema *schema = compiler->schema;
    char problem[300];
    struct contract_pattern *pattern;
    for (size_t i = 0; i < schema->pattern_count; i++)
        if (bytes_equal(contract_pattern_source(schema->patterns[i]), text))
            return schema->patterns[i];
    if (schema->pattern_count == PATTERNS_MAX || compiler->pattern_bytes > CONTRACT_PATTERNS_SIZE) {
        contract_mistake(compiler, node->place, keyword,
                         "is one pattern too many: together they take too much memory");
        return NULL;
    }
    if (!contract_pattern_new(text, &pattern, problem, sizeof problem)) {
        contract_mistake(compiler, node->place, keyword,
                         "must be a regular expression (ECMA-262): %s", problem);
        return NULL;
    }
    compiler->pattern_bytes += contract_pattern_memory(pattern);
    if (schema->pattern_count == schema->pattern_room) {
        schema->pattern_room = schema->pattern_room == 0 ? 16 : schema->pattern_room * 2;
        schema->patterns =
            reallocarray(schema->patterns, schema->pattern_room, sizeof *schema->patterns);
        if (schema->patterns == NULL)
            panic("out of memory (schema)");
    }
    schema->patterns[schema->pattern_count++] = pattern;
    return pattern;
}

static void check_dialect(struct compiler *compiler, struct resource *resource)
{
    if (!resource->unknown_dialect)
        return;
    resource->unknown_dialect = false; /* once is enough */
    contract_mistake(compiler, resource->root, "$schema",
                     "names a metaschema that is not known here; use "
                     "\"https://json-schema.org/draft/2020-12/schema\"");
}

/* Any of them may turn out to be where a $dynamicRef leads, once the resource is entered. */
static void compile_dynamic_anchors(struct compiler *compiler, struct resource *resource)
{
    const struct anchor *anchor = resource->anchors;
    for (; anchor != resource->anchors_compiled; anchor = anchor->next)
        if (anchor->dynamic)
            (void)contract_node_of(compiler, anchor->place->instance);
    resource->anchors_compiled = resource->anchors;
}

static void compile_keywords(struct compiler *compiler, struct node *node)
{
    const struct contract_instance *schema = node->place->instance;
    const struct resource *resource = node->place->resource;
    bool only_reference = resource->draft == DRAFT_7 && contract_member_of(node, "$ref") != NULL;
    for (uint32_t i = 0; i < schema->count; i++) {
        const struct contract_member *member = &schema->members[i];
        const struct keyword *keyword = contract_keyword_find(resource, member->name);
        if (keyword != NULL && (!only_reference || bytes_is(member->name, "$ref")))
            keyword->compile(compiler, node, keyword, &member->value);
    }
    if (!only_reference)
        contract_finish_object(compiler, node);
}

static void compile_node(struct compiler *compiler, struct node *node)
{
    const struct contract_instance *schema = node->place->instance;
    check_dialect(compiler, node->place->resource);
    compile_dynamic_anchors(compiler, node->place->resource);
    if (schema->kind == CONTRACT_BOOLEAN)
        node->never = !schema->boolean;
    else if (schema->kind == CONTRACT_OBJECT)
        compile_keywords(compiler, node);
    else
        contract_mistake(compiler, node->place, NULL, "must be a schema: an object, true or false");
    node->anything = !node->never && node->types == TYPE_ANY && !node->integers &&
                     node->value == NULL && node->number == NULL && node->string == NULL &&
                     node->array == NULL && node->object == NULL && node->logic == NULL &&
                     node->unevaluated_items == NULL && node->unevaluated_properties == NULL;
}

/* ---- loops: schemas that lead back to themselves without a step into the instance */

static void push_if(struct compiler *compiler, struct node *node)
{
    if (node != NULL && node->visit != VISIT_DONE)
        queue_push(compiler, node);
}

static void push_list(struct compiler *compiler, const struct node_list *list)
{
    for (uint32_t i = 0; i < list->count; i++)
        push_if(compiler, list->nodes[i]);
}

/* Where a $dynamicRef leads is known only when it runs; a loop of those ends at the ceiling. */
static void push_same_place(struct compiler *compiler, const struct node *node)
{
    const struct logic_rules *logic = node->logic;
    if (logic != NULL) {
        push_if(compiler, logic->reference);
        push_if(compiler, logic->dynamic_name.data == NULL ? logic->dynamic : NULL);
        push_list(compiler, &logic->all);
        push_list(compiler, &logic->any);
        push_list(compiler, &logic->one);
        push_if(compiler, logic->negated);
        push_if(compiler, logic->condition);
        push_if(compiler, logic->consequence);
        push_if(compiler, logic->alternative);
    }
    for (uint32_t i = 0; node->object != NULL && i < node->object->dependency_count; i++)
        push_if(compiler, node->object->dependencies[i].schema);
}

/* Depth first, with the queue as its stack: a node met again while it is open closes a loop. */
static void find_loops(struct compiler *compiler, struct node *start)
{
    compiler->queue_count = 0;
    push_if(compiler, start);
    while (compiler->queue_count > 0) {
        struct node *node = compiler->queue[compiler->queue_count - 1];
        if (node->visit != VISIT_NONE) {
            compiler->queue_count--;
            node->visit = VISIT_DONE;
            continue;
        }
        node->visit = VISIT_OPEN;
        size_t before = compiler->queue_count;
        push_same_place(compiler, node);
        for (size_t i = before; i < compiler->queue_count;) {
            struct node *next = compiler->queue[i];
            if (next->visit == VISIT_NONE) {
                i++;
                continue;
            }
            contract_mistake(compiler, node->place, NULL,
                             "refers back to itself without looking at a member or item: "
                             "validation would never end");
            compiler->queue[i] = compiler->queue[--compiler->queue_count];
        }
    }
}

/* ---- the whole */

static void compile_queue(struct compiler *compiler)
{
    struct node **nodes = NULL;
    size_t count = 0, room = 0;
    while (compiler->queue_count > 0) {
        struct node *node = compiler->queue[--compiler->queue_count];
        if (compiler->node_count > CONTRACT_SCHEMAS_MAX) {
            contract_mistake(compiler, node->place, NULL,
                             "is one schema too many: at most %d are read", CONTRACT_SCHEMAS_MAX);
            break;
        }
        compile_node(compiler, node);
        if (count == room) {
            room = room == 0 ? 64 : room * 2;
            nodes = reallocarray(nodes, room, sizeof *nodes);
            if (nodes == NULL)
                panic("out of memory (schema)");
        }
        nodes[count++] = node;
    }
    for (size_t i = 0; i < count && compiler->diagnostics->count == 0; i++)
        find_loops(compiler, nodes[i]);
    free(nodes);
}

int contract_schema_compile(struct bytes uri, struct bytes text,
                            const struct contract_options *options, struct contract_schema **ret,
                            struct contract_diagnostics *diagnostics)
{
    size_t documents = options == NULL ? 0 : options->document_count;
    struct contract_schema *schema = calloc(1, sizeof *schema);
    if (schema == NULL)
        panic("out of memory (schema)");
    arena_init(&schema->arena);
    struct compiler compiler = {.schema = schema, .arena = &schema->arena, .options = options};
    compiler.diagnostics = diagnostics;
    compiler.documents = arena_array(&schema->arena, documents, sizeof(struct resource *));
    map_init(&compiler.places);
    map_init(&compiler.resources);
    size_t before = diagnostics->count + diagnostics->more;
    struct resource *root = contract_load(&compiler, uri, text);
    if (root != NULL) {
        schema->root = contract_node_of(&compiler, root->root->instance);
        compile_queue(&compiler);
    }
    map_release(&compiler.places);
    map_release(&compiler.resources);
    free(compiler.queue);
    *ret = NULL;
    if (diagnostics->count + diagnostics->more > before) {
        contract_schema_free(schema);
        return ML_EINVAL;
    }
    *ret = schema;
    return 0;
}

void contract_schema_free(struct contract_schema *schema)
{
    if (schema == NULL)
        return;
    for (size_t i = 0; i < schema->pattern_count; i++)
        contract_pattern_free(schema->patterns[i]);
    free(schema->patterns);
    arena_release(&schema->arena);
    free(schema);
}
