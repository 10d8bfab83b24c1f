/* A schema's fields, one line each. */
#include "contract/outline.h"

enum { LINE_MAX_SIZE = 4096, EXAMPLE_MAX_SIZE = 400, CHOICES_SHOWN = 30 };

struct run {
    struct arena *arena;
    struct contract_outline *outline;
    struct contract_field *fields;
};

static const struct {
    const char *type, *word, *plural;
} type_words[] = {
    {"string", "text", "texts"},     {"integer", "whole number", "whole numbers"},
    {"number", "number", "numbers"}, {"boolean", "true or false", "values true or false"},
    {"object", "object", "objects"}, {"array", "list", "lists"},
    {"null", "null", "nulls"},
};
enum { TYPE_COUNT = sizeof type_words / sizeof *type_words };

static struct bytes text_of(const struct contract_view *view, const char *keyword)
{
    const struct contract_instance *found = contract_view_find(view, keyword);
    return found != NULL && found->kind == CONTRACT_STRING ? found->text : (struct bytes){0};
}

static struct bytes keep(struct run *run, struct buffer *text)
{
    struct bytes kept =
        text->size > 0 ? arena_copy(run->arena, buffer_bytes(text)) : (struct bytes){0};
    buffer_release(text);
    return kept;
}

/* ---- types */

/* Whether that type is allowed: by `type`, or as that of a value that may be chosen. */
static bool is_type(const struct contract_view *view, const char *type)
{
    static const char *const names[] = {
        [CONTRACT_NULL] = "null",     [CONTRACT_BOOLEAN] = "boolean", [CONTRACT_NUMBER] = "number",
        [CONTRACT_STRING] = "string", [CONTRACT_ARRAY] = "array",     [CONTRACT_OBJECT] = "object",
    };
    const struct contract_instance *fixed = contract_view_find(view, "const");
    const struct contract_instance *choices = contract_view_find(view, "enum");
    if (contract_view_find(view, "type") != NULL)
        return contract_view_allows(view, type, false);
    if (fixed != NULL)
        return strcmp(names[fixed->kind], type) == 0;
    for (uint32_t i = 0; choices != NULL && choices->kind == CONTRACT_ARRAY && i < choices->count;
         i++)
        if (strcmp(names[choices->items[i].kind], type) == 0)
            return true;
    return false;
}

static void put_types(const struct contract_view *view, bool plural, struct buffer *out)
{
    size_t start = out->size;
    for (size_t i = 0; i < TYPE_COUNT; i++) {
        if (!is_type(view, type_words[i].type))
            continue;
        buffer_printf(out, "%s%s", out->size > start ? " or " : "",
                      plural ? type_words[i].plural : type_words[i].word);
    }
    if (out->size > start)
        return;
    if (contract_view_find(view, "properties") != NULL)
        buffer_printf(out, plural ? "objects" : "object");
    else if (contract_view_find(view, "items") != NULL)
        buffer_printf(out, plural ? "lists" : "list");
    else
        buffer_printf(out, "anything");
}

static bool is_list(const struct contract_view *view)
{
    return contract_view_allows(view, "array", contract_view_find(view, "items") != NULL);
}

static struct bytes type_of(struct run *run, const struct contract_view *view,
                            const struct contract_view *items)
{
    struct buffer out;
    buffer_init(&out, LINE_MAX_SIZE);
    put_types(view, false, &out);
    if (items->count > 0 && is_list(view)) {
        buffer_printf(&out, " of ");
        put_types(items, true, &out);
    }
    return keep(run, &out);
}

/* ---- rules */

static void separate(struct buffer *out)
{
    if (out->size > 0)
        buffer_printf(out, "; ");
}

/* "1 to 60 characters", "at most 4 items", "at least 1 item"; `one` and `many` may be "". */
static void put_range(const struct contract_view *view, const char *least_keyword,
                      const char *most_keyword, const char *one, const char *many,
                      struct buffer *out)
{
    const struct contract_instance *least = contract_view_find(view, least_keyword);
    const struct contract_instance *most = contract_view_find(view, most_keyword);
    bool has_least = least != NULL && least->kind == CONTRACT_NUMBER;
    bool has_most = most != NULL && most->kind == CONTRACT_NUMBER;
    if (!has_least && !has_most)
        return;
    const struct contract_instance *last = has_most ? most : least;
    const char *unit = bytes_is(last->text, "1") ? one : many;
    separate(out);
    if (has_least && has_most && contract_instance_equal(least, most))
        buffer_printf(out, "exactly %.*s", BYTES_ARG(least->text));
    else if (has_least && has_most)
        buffer_printf(out, "%.*s to %.*s", BYTES_ARG(least->text), BYTES_ARG(most->text));
    else
        buffer_printf(out, "%s %.*s", has_most ? "at most" : "at least", BYTES_ARG(last->text));
    buffer_printf(out, "%s%s", unit[0] != '\0' ? " " : "", unit);
}

static void put_bound(const struct contract_view *view, const char *keyword, const char *words,
                      struct buffer *out)
{
    const struct contract_instance *bound = contract_view_find(view, keyword);
    if (bound == NULL || bound->kind != CONTRACT_NUMBER)
        return;
    separate(out);
    buffer_printf(out, "%s %.*s", words, BYTES_ARG(bound->text));
}

static void put_value(const struct contract_instance *value, struct buffer *out)
{
    struct json_writer json;
    json_begin(&json, out);
    contract_instance_write(value, &json);
}

static void put_choices(const struct contract_view *view, struct buffer *out)
{
    const struct contract_instance *fixed = contract_view_find(view, "const");
    const struct contract_instance *choices = contract_view_find(view, "enum");
    if (fixed != NULL) {
        separate(out);
        buffer_printf(out, "always ");
        put_value(fixed, out);
    }
    if (choices == NULL || choices->kind != CONTRACT_ARRAY)
        return;
    separate(out);
    buffer_printf(out, "one of ");
    for (uint32_t i = 0; i < choices->count && i < CHOICES_SHOWN; i++) {
        buffer_printf(out, "%s", i > 0 ? ", " : "");
        put_value(&choices->items[i], out);
    }
    if (choices->count > CHOICES_SHOWN)
        buffer_printf(out, " and %u more", choices->count - CHOICES_SHOWN);
}

/* What every program that counts in 64 bits keeps to anyway is no rule for a person. */
static bool is_any_64_bit_integer(const struct contract_view *view)
{
    const struct contract_instance *least = contract_view_find(view, "minimum");
    const struct contract_instance *most = contract_view_find(view, "maximum");
    return least != NULL && least->kind == CONTRACT_NUMBER &&
           bytes_is(least->text, "-9223372036854775808") && most != NULL &&
           most->kind == CONTRACT_NUMBER && bytes_is(most->text, "9223372036854775807");
}

static void put_rules(const struct contract_view *view, struct buffer *out)
{
    const struct contract_instance *unique = contract_view_find(view, "uniqueItems");
    struct bytes pattern = text_of(view, "pattern");
    put_choices(view, out);
    put_range(view, "minLength", "maxLength", "character", "characters", out);
    if (!is_any_64_bit_integer(view))
        put_range(view, "minimum", "maximum", "", "", out);
    put_bound(view, "exclusiveMinimum", "more than", out);
    put_bound(view, "exclusiveMaximum", "less than", out);
    put_bound(view, "multipleOf", "a multiple of", out);
    put_range(view, "minItems", "maxItems", "item", "items", out);
    put_range(view, "minProperties", "maxProperties", "member", "members", out);
    if (unique != NULL && unique->kind == CONTRACT_BOOLEAN && unique->boolean) {
        separate(out);
        buffer_printf(out, "no item twice");
    }
    if (pattern.size > 0) {
        separate(out);
        buffer_printf(out, "matches %.*s", BYTES_ARG(pattern));
    }
}

static struct bytes rules_of(struct run *run, const struct contract_view *view,
                             const struct contract_view *items)
{
    struct buffer out, each;
    buffer_init(&out, LINE_MAX_SIZE);
    buffer_init(&each, LINE_MAX_SIZE);
    put_rules(view, &out);
    if (is_list(view))
        put_rules(items, &each);
    if (each.size > 0) {
        separate(&out);
        buffer_printf(&out, "each: %.*s", BYTES_ARG(buffer_bytes(&each)));
    }
    buffer_release(&each);
    return keep(run, &out);
}

static struct bytes example_of(struct run *run, const struct contract_view *view)
{
    const struct contract_instance *examples = contract_view_find(view, "examples");
    struct buffer out;
    if (examples == NULL || examples->kind != CONTRACT_ARRAY || examples->count == 0)
        return (struct bytes){0};
    buffer_init(&out, EXAMPLE_MAX_SIZE);
    put_value(&examples->items[0], &out);
    if (out.overflow)
        buffer_clear(&out);
    return keep(run, &out);
}

/* ---- fields */

static void walk(struct run *run, const struct contract_view *view, struct bytes path,
                 uint32_t depth);

static struct bytes join(struct run *run, struct bytes path, struct bytes name)
{
    return path.size == 0
               ? name
               : bytes_of(arena_printf(run->arena, "%.*s.%.*s", BYTES_ARG(path), BYTES_ARG(name)));
}

static enum contract_need need_of(const struct contract_view *object, struct bytes name)
{
    bool sometimes;
    if (contract_view_requires(object, name, &sometimes))
        return CONTRACT_REQUIRED;
    return sometimes ? CONTRACT_SOMETIMES : CONTRACT_OPTIONAL;
}

static void add_field(struct run *run, const struct contract_view *object, struct bytes path,
                      struct bytes name, uint32_t depth)
{
    struct contract_view view, items;
    struct contract_outline *outline = run->outline;
    if (outline->count == CONTRACT_OUTLINE_FIELDS_MAX || depth == CONTRACT_OUTLINE_DEPTH_MAX) {
        outline->truncated = true;
        return;
    }
    contract_view_property(object, name, true, &view);
    contract_view_items(&view, true, &items);
    const struct contract_instance *old = contract_view_find(&view, "deprecated");
    struct bytes description = text_of(&view, "description");
    struct bytes whole = join(run, path, name);
    run->fields[outline->count++] = (struct contract_field){
        .path = whole,
        .name = name,
        .depth = depth,
        .type = type_of(run, &view, &items),
        .need = need_of(object, name),
        .format = text_of(is_list(&view) ? &items : &view, "format"),
        .rules = rules_of(run, &view, &items),
        .description = description.size > 0 ? description : text_of(&view, "title"),
        .example = example_of(run, &view),
        .deprecated = old != NULL && old->kind == CONTRACT_BOOLEAN && old->boolean,
    };
    walk(run, &view, whole, depth + 1);
    if (is_list(&view))
        walk(run, &items, bytes_of(arena_printf(run->arena, "%.*s[]", BYTES_ARG(whole))),
             depth + 1);
}

static void walk(struct run *run, const struct contract_view *view, struct bytes path,
                 uint32_t depth)
{
    for (size_t i = 0; i < view->count; i++) {
        const struct contract_instance *properties =
            contract_instance_find(view->parts[i].schema, BYTES_LITERAL("properties"));
        if (properties == NULL || properties->kind != CONTRACT_OBJECT)
            continue;
        for (uint32_t m = 0; m < properties->count; m++)
            if (contract_view_is_first(view, i, properties->members[m].name))
                add_field(run, view, path, properties->members[m].name, depth);
    }
}

static bool forbids(const struct contract_view *view, const char *keyword)
{
    const struct contract_instance *others = contract_view_find(view, keyword);
    return others != NULL && others->kind == CONTRACT_BOOLEAN && !others->boolean;
}

void contract_outline(const struct contract_library *library, struct arena *arena,
                      struct contract_outline *ret)
{
    struct contract_view view;
    struct run run = {.arena = arena, .outline = ret};
    *ret = (struct contract_outline){0};
    run.fields = arena_array(arena, CONTRACT_OUTLINE_FIELDS_MAX, sizeof *run.fields);
    contract_view_record(library, true, &view);
    ret->fields = run.fields;
    ret->closed = forbids(&view, "additionalProperties") || forbids(&view, "unevaluatedProperties");
    walk(&run, &view, (struct bytes){0}, 0);
}
