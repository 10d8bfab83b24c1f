/* The keywords of the vocabularies validation, format, content and meta-data. */
#include "contract/internal.h"

#include "contract/number.h"

static const char *const type_names[] = {"null",  "boolean", "number", "string",
                                         "array", "object",  "integer"};
enum { TYPE_INTEGER = 6, TYPE_COUNT = 7 };

static bool read_type(struct node *node, const struct contract_instance *name, unsigned *types)
{
    (void)node;
    for (unsigned i = 0; name->kind == CONTRACT_STRING && i < TYPE_COUNT; i++)
        if (bytes_is(name->text, type_names[i])) {
            *types |= 1u << i;
            return true;
        }
    return false;
}

void contract_compile_type(struct compiler *compiler, struct node *node,
                           const struct keyword *keyword, const struct contract_instance *value)
{
    unsigned types = 0;
    bool good = true;
    if (value->kind == CONTRACT_ARRAY) {
        good = value->count > 0;
        for (uint32_t i = 0; i < value->count && good; i++)
            good = read_type(node, &value->items[i], &types);
    } else {
        good = read_type(node, value, &types);
    }
    if (!good) {
        struct buffer shown;
        buffer_init(&shown, 1024);
        contract_instance_describe(value, &shown);
        contract_mistake(compiler, node->place, keyword->name,
                         "must be one of \"string\", \"number\", \"integer\", \"boolean\", "
                         "\"object\", \"array\" and \"null\", or a list of them, got %.*s",
                         BYTES_ARG(buffer_bytes(&shown)));
        buffer_release(&shown);
        return;
    }
    bool numbers = (types & 1u << CONTRACT_NUMBER) != 0, whole = (types & 1u << TYPE_INTEGER) != 0;
    node->integers = whole && !numbers;
    node->types = (uint8_t)((types & TYPE_ANY) | (whole ? 1u << CONTRACT_NUMBER : 0));
}

void contract_compile_const(struct compiler *compiler, struct node *node,
                            const struct keyword *keyword, const struct contract_instance *value)
{
    (void)keyword;
    contract_value_rules(compiler, node)->constant = value;
}

/* The texts among the choices are found by their hash: lists of countries are long. */
static void index_texts(struct compiler *compiler, struct value_rules *rules)
{
    const struct contract_instance *choices = rules->choices;
    uint32_t size = 8;
    while (size < 2 * choices->count)
        size *= 2;
    rules->texts = arena_array(compiler->arena, size, sizeof(const struct contract_instance *));
    rules->text_mask = size - 1;
    rules->only_texts = true;
    for (uint32_t i = 0; i < choices->count; i++) {
        const struct contract_instance *choice = &choices->items[i];
        if (choice->kind != CONTRACT_STRING) {
            rules->only_texts = false;
            continue;
        }
        uint32_t at = (uint32_t)contract_name_hash(choice->text) & rules->text_mask;
        while (rules->texts[at] != NULL)
            at = (at + 1) & rules->text_mask;
        rules->texts[at] = choice;
    }
}

void contract_compile_enum(struct compiler *compiler, struct node *node,
                           const struct keyword *keyword, const struct contract_instance *value)
{
    if (value->kind != CONTRACT_ARRAY) {
        contract_mistake(compiler, node->place, keyword->name, "must be a list of values");
        return;
    }
    struct value_rules *rules = contract_value_rules(compiler, node);
    rules->choices = value;
    index_texts(compiler, rules);
}

void contract_compile_bound(struct compiler *compiler, struct node *node,
                            const struct keyword *keyword, const struct contract_instance *value)
{
    static const struct contract_instance zero = {
        .kind = CONTRACT_NUMBER, .text = {"0", 1}, .integer = 0};
    bool multiple = strcmp(keyword->name, "multipleOf") == 0;
    if (value->kind != CONTRACT_NUMBER) {
        bool draft_4 = value->kind == CONTRACT_BOOLEAN && keyword->name[0] == 'e';
        contract_mistake(compiler, node->place, keyword->name, "must be a number%s",
                         draft_4 ? ": the limit itself, which is not included" : "");
        return;
    }
    if (multiple && contract_number_compare(value, &zero) <= 0) {
        contract_mistake(compiler, node->place, keyword->name, "must be above 0");
        return;
    }
    struct number_rules *rules = contract_number_rules(compiler, node);
    if (multiple)
        rules->multiple_of = value;
    else if (strcmp(keyword->name, "minimum") == 0)
        rules->minimum = value;
    else if (strcmp(keyword->name, "maximum") == 0)
        rules->maximum = value;
    else if (strcmp(keyword->name, "exclusiveMinimum") == 0)
        rules->above = value;
    else
        rules->below = value;
}

static uint64_t *count_slot(struct compiler *compiler, struct node *node, const char *name)
{
    bool least = name[1] == 'i'; /* min…, max… */
    const char *what = name + 3;
    if (strcmp(what, "Length") == 0) {
        struct string_rules *rules = contract_string_rules(compiler, node);
        return least ? &rules->length_min : &rules->length_max;
    }
    if (strcmp(what, "Properties") == 0) {
        struct object_rules *rules = contract_object_rules(compiler, node);
        return least ? &rules->count_min : &rules->count_max;
    }
    struct array_rules *rules = contract_array_rules(compiler, node);
    if (strcmp(what, "Contains") == 0)
        return least ? &rules->contains_min : &rules->contains_max;
    return least ? &rules->count_min : &rules->count_max;
}

void contract_compile_count(struct compiler *compiler, struct node *node,
                            const struct keyword *keyword, const struct contract_instance *value)
{
    bool integer = value->kind == CONTRACT_NUMBER && value->numeric != CONTRACT_DECIMAL;
    if (!integer || (value->numeric == CONTRACT_INT64 ? value->integer < 0 : value->number < 0)) {
        contract_mistake(compiler, node->place, keyword->name, "must be a whole number from 0 on");
        return;
    }
    *count_slot(compiler, node, keyword->name) =
        value->numeric == CONTRACT_INT64 ? (uint64_t)value->integer : UINT64_MAX;
}

void contract_compile_pattern(struct compiler *compiler, struct node *node,
                              const struct keyword *keyword, const struct contract_instance *value)
{
    if (value->kind != CONTRACT_STRING) {
        contract_mistake(compiler, node->place, keyword->name,
                         "must be a text: a regular expression");
        return;
    }
    struct string_rules *rules = contract_string_rules(compiler, node);
    rules->pattern = contract_pattern_of(compiler, node, keyword->name, value->text);
    rules->pattern_text = value->text;
}

void contract_compile_format(struct compiler *compiler, struct node *node,
                             const struct keyword *keyword, const struct contract_instance *value)
{
    if (value->kind != CONTRACT_STRING) {
        contract_mistake(compiler, node->place, keyword->name, "must be the name of a format");
        return;
    }
    bool asserts = (compiler->options != NULL && compiler->options->assert_format) ||
                   (node->place->resource->vocabularies & VOCABULARY_FORMAT_ASSERTION) != 0;
    const struct contract_format *format = contract_format_find(value->text);
    if (asserts && format != NULL)
        contract_string_rules(compiler, node)->format = format;
}

void contract_compile_unique(struct compiler *compiler, struct node *node,
                             const struct keyword *keyword, const struct contract_instance *value)
{
    if (value->kind != CONTRACT_BOOLEAN)
        contract_mistake(compiler, node->place, keyword->name, "must be true or false");
    else if (value->boolean)
        contract_array_rules(compiler, node)->unique = true;
}

/* ---- names */

static bool are_names(struct compiler *compiler, const struct node *node, const char *keyword,
                      const struct contract_instance *list)
{
    bool good = list->kind == CONTRACT_ARRAY;
    for (uint32_t i = 0; good && i < list->count; i++)
        good = list->items[i].kind == CONTRACT_STRING;
    if (!good)
        contract_mistake(compiler, node->place, keyword, "must be a list of names");
    return good;
}

void contract_compile_required(struct compiler *compiler, struct node *node,
                               const struct keyword *keyword, const struct contract_instance *value)
{
    if (are_names(compiler, node, keyword->name, value))
        contract_object_rules(compiler, node)->required = value;
}

/* Makes room for `more` dependencies behind those that are there. */
static struct dependency *more_dependencies(struct compiler *compiler, struct object_rules *rules,
                                            uint32_t more)
{
    struct dependency *all =
        arena_array(compiler->arena, rules->dependency_count + (size_t)more, sizeof *all);
    if (rules->dependency_count > 0)
        memcpy(all, rules->dependencies, rules->dependency_count * sizeof *all);
    rules->dependencies = all;
    return all;
}

void contract_compile_dependencies(struct compiler *compiler, struct node *node,
                                   const struct keyword *keyword,
                                   const struct contract_instance *value)
{
    bool mixed = keyword->shape == SHAPE_DEPENDENCIES, only_names = keyword->shape == SHAPE_VALUE;
    if (value->kind != CONTRACT_OBJECT) {
        contract_mistake(compiler, node->place, keyword->name, "must be an object of %s",
                         only_names ? "lists of names" : "schemas");
        return;
    }
    struct object_rules *rules = contract_object_rules(compiler, node);
    more_dependencies(compiler, rules, value->count);
    for (uint32_t i = 0; i < value->count; i++) {
        const struct contract_member *member = &value->members[i];
        bool names = only_names || (mixed && member->value.kind == CONTRACT_ARRAY);
        if (names && !are_names(compiler, node, keyword->name, &member->value))
            return;
        rules->dependencies[rules->dependency_count++] = (struct dependency){
            .name = member->name,
            .keyword = keyword->name,
            .schema = names ? NULL : contract_node_of(compiler, &member->value),
            .required = names ? &member->value : NULL,
        };
    }
}

void contract_compile_dependent_required(struct compiler *compiler, struct node *node,
                                         const struct keyword *keyword,
                                         const struct contract_instance *value)
{
    contract_compile_dependencies(compiler, node, keyword, value);
}

/* ---- what only informs */

void contract_compile_text(struct compiler *compiler, struct node *node,
                           const struct keyword *keyword, const struct contract_instance *value)
{
    if (value->kind != CONTRACT_STRING)
        contract_mistake(compiler, node->place, keyword->name, "must be a text");
}

void contract_compile_flag(struct compiler *compiler, struct node *node,
                           const struct keyword *keyword, const struct contract_instance *value)
{
    if (value->kind != CONTRACT_BOOLEAN)
        contract_mistake(compiler, node->place, keyword->name, "must be true or false");
}

void contract_compile_examples(struct compiler *compiler, struct node *node,
                               const struct keyword *keyword, const struct contract_instance *value)
{
    if (value->kind != CONTRACT_ARRAY)
        contract_mistake(compiler, node->place, keyword->name, "must be a list of values");
}
