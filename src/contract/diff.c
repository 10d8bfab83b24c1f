/* Comparing two schemas: the walk, references, and what no rule covers. */
#include "contract/diff_internal.h"

#include "contract/internal.h"

#include <stdarg.h>
#include <stdio.h>

const char *contract_effect_name(enum contract_effect effect)
{
    static const char *const names[] = {"compatible", "cannot_tell", "breaking"};
    return names[effect];
}

/* ---- notes */

const char *diff_pointer(struct diff_run *run, const char *base, struct bytes token)
{
    struct buffer pointer;
    buffer_init(&pointer, 1024 * 1024);
    buffer_printf(&pointer, "%s", base);
    contract_pointer_append(&pointer, token);
    const char *text = arena_string(run->arena, buffer_bytes(&pointer));
    buffer_release(&pointer);
    return text;
}

const char *diff_describe(struct diff_run *run, const struct contract_instance *value)
{
    struct buffer text;
    buffer_init(&text, 1024);
    contract_instance_describe(value, &text);
    const char *string = arena_string(run->arena, buffer_bytes(&text));
    buffer_release(&text);
    return string;
}

static enum contract_effect worst(enum contract_effect a, enum contract_effect b)
{
    return a > b ? a : b;
}

static void truncate(struct diff_run *run)
{
    run->result->truncated = true;
    run->result->senders = worst(run->result->senders, CONTRACT_CANNOT_TELL);
    run->result->mapping = worst(run->result->mapping, CONTRACT_CANNOT_TELL);
}

void diff_note(struct diff_run *run, const struct diff_pair *pair, const char *keyword,
               enum contract_effect senders, enum contract_effect mapping, const char *rule,
               const char *format, ...)
{
    struct contract_diff *result = run->result;
    result->senders = worst(result->senders, senders);
    result->mapping = worst(result->mapping, mapping);
    if (result->count == CONTRACT_CHANGES_MAX) {
        truncate(run);
        return;
    }
    char message[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    bool in_old =
        pair->new == NULL || (keyword != NULL && diff_member(pair->new, keyword) == NULL &&
                              diff_member(pair->old, keyword) != NULL);
    const char *at = in_old ? pair->old_at : pair->new_at;
    if (keyword != NULL)
        at = diff_pointer(run, at, bytes_of(keyword));
    const char *where = pair->field[0] == '\0' ? "the record" : pair->field;
    run->changes[result->count++] = (struct contract_change){
        .senders = senders,
        .mapping = mapping,
        .rule = rule,
        .pointer = bytes_of(at),
        .in_old = in_old,
        .field = bytes_of(pair->field),
        .message = bytes_of(arena_printf(run->arena, "%s: %s", where, message)),
    };
}

/* ---- schemas */

const struct contract_instance *diff_member(const struct contract_instance *schema,
                                            const char *keyword)
{
    return contract_instance_find(schema, bytes_of(keyword));
}

static bool is_false(const struct contract_instance *schema)
{
    return schema != NULL && schema->kind == CONTRACT_BOOLEAN && !schema->boolean;
}

/* Keywords that say nothing about which records are valid. */
static bool is_annotation(struct bytes keyword)
{
    static const char *const names[] = {
        "title",      "description", "$comment",         "examples",        "default",
        "$schema",    "deprecated",  "readOnly",         "writeOnly",       "$defs",
        "$id",        "definitions", "contentMediaType", "contentEncoding", "contentSchema",
        "$vocabulary"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (bytes_is(keyword, names[i]))
            return true;
    return keyword.size > 2 && memcmp(keyword.data, "x-", 2) == 0;
}

/* Keywords that have rules. */
static bool is_ruled(struct bytes keyword)
{
    static const char *const names[] = {"$ref",
                                        "type",
                                        "enum",
                                        "const",
                                        "minimum",
                                        "maximum",
                                        "exclusiveMinimum",
                                        "exclusiveMaximum",
                                        "multipleOf",
                                        "minLength",
                                        "maxLength",
                                        "minItems",
                                        "maxItems",
                                        "minProperties",
                                        "maxProperties",
                                        "uniqueItems",
                                        "pattern",
                                        "format",
                                        "properties",
                                        "required",
                                        "additionalProperties",
                                        "items"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (bytes_is(keyword, names[i]))
            return true;
    return false;
}

static bool holds_reference(const struct contract_instance *value)
{
    if (value->kind == CONTRACT_ARRAY)
        for (uint32_t i = 0; i < value->count; i++)
            if (holds_reference(&value->items[i]))
                return true;
    if (value->kind == CONTRACT_OBJECT)
        for (uint32_t i = 0; i < value->count; i++)
            if (bytes_is(value->members[i].name, "$ref") ||
                bytes_is(value->members[i].name, "$dynamicRef") ||
                holds_reference(&value->members[i].value))
                return true;
    return false;
}

/* ---- references */

/* What a schema that is nothing but a $ref refers to, in the same document; otherwise itself. */
static const struct contract_instance *follow(struct diff_run *run,
                                              const struct contract_instance *root,
                                              const struct contract_instance *schema,
                                              const char **at)
{
    for (int hops = 0; hops < 32; hops++) {
        const struct contract_instance *reference = diff_member(schema, "$ref");
        if (reference == NULL || reference->kind != CONTRACT_STRING || reference->text.size == 0 ||
            reference->text.data[0] != '#' ||
            memchr(reference->text.data, '%', reference->text.size) != NULL)
            return schema;
        for (uint32_t i = 0; i < schema->count; i++)
            if (!is_annotation(schema->members[i].name) &&
                !bytes_is(schema->members[i].name, "$ref"))
                return schema;
        struct bytes pointer = {reference->text.data + 1, reference->text.size - 1};
        const struct contract_instance *target = contract_instance_at(root, pointer);
        if (target == NULL)
            return schema;
        *at = arena_string(run->arena, pointer);
        schema = target;
    }
    return schema;
}

/* A reference that was not followed: the same one to the same definitions is no change. */
static void compare_references(struct diff_run *run, const struct diff_pair *pair)
{
    const struct contract_instance *old = diff_member(pair->old, "$ref");
    const struct contract_instance *new = diff_member(pair->new, "$ref");
    if (old == NULL && new == NULL)
        return;
    if (old != NULL && new != NULL && contract_instance_equal(old, new) && run->same_definitions)
        return;
    diff_note(run, pair, "$ref", CONTRACT_CANNOT_TELL, CONTRACT_CANNOT_TELL, "reference_changed",
              "a reference cannot be compared: it leads out of the document, has other keywords "
              "beside it, or is on one side only");
}

/* ---- keywords without a rule */

static void compare_unruled(struct diff_run *run, const struct diff_pair *pair,
                            const struct contract_instance *side, bool second)
{
    if (side == NULL || side->kind != CONTRACT_OBJECT)
        return;
    for (uint32_t i = 0; i < side->count; i++) {
        struct bytes name = side->members[i].name;
        if (is_annotation(name) || is_ruled(name))
            continue;
        const struct contract_instance *value = &side->members[i].value;
        const struct contract_instance *other =
            contract_instance_find(second ? pair->old : pair->new, name);
        if (other != NULL && (second || (contract_instance_equal(value, other) &&
                                         (run->same_definitions || !holds_reference(value)))))
            continue;
        const char *keyword = arena_string(run->arena, name);
        diff_note(run, pair, keyword, CONTRACT_CANNOT_TELL, CONTRACT_CANNOT_TELL, "keyword_changed",
                  "%s %s; what that means is not decided by rule",
                  name.size <= 60 ? keyword : "a keyword",
                  other != NULL ? "differs"
                  : second      ? "is new"
                                : "is gone");
    }
}

/* ---- the walk */

/* False when this pair was met before; also when there have been too many. */
static bool enter(struct diff_run *run, const struct diff_pair *pair)
{
    struct bytes both[2] = {{(const char *)&pair->old, sizeof pair->old},
                            {(const char *)&pair->new, sizeof pair->new}};
    struct hash128 key = hash128_of(both, 2);
    if (map_find(&run->seen, key) != NULL)
        return false;
    map_put(&run->seen, key, 1);
    if (run->depth < CONTRACT_DIFF_DEPTH_MAX && run->seen.count <= CONTRACT_DIFF_PAIRS_MAX)
        return true;
    truncate(run);
    return false;
}

void diff_compare(struct diff_run *run, const struct diff_pair *pair_given)
{
    struct diff_pair pair = *pair_given;
    pair.old = follow(run, run->old_root, pair.old, &pair.old_at);
    pair.new = follow(run, run->new_root, pair.new, &pair.new_at);
    if (is_false(pair.old) || !enter(run, &pair))
        return; /* what nothing passed can only be loosened */
    if (is_false(pair.new)) {
        diff_note(run, &pair, NULL, CONTRACT_BREAKING, CONTRACT_BREAKING, "nothing_allowed",
                  "no value is allowed any more");
        return;
    }
    run->depth++;
    compare_references(run, &pair);
    diff_values(run, &pair);
    diff_objects(run, &pair);
    diff_arrays(run, &pair);
    compare_unruled(run, &pair, pair.old, false);
    compare_unruled(run, &pair, pair.new, true);
    run->depth--;
}

static bool same_member(const struct contract_instance *old, const struct contract_instance *new,
                        const char *name)
{
    const struct contract_instance *a = diff_member(old, name), *b = diff_member(new, name);
    return a == NULL || b == NULL ? a == b : contract_instance_equal(a, b);
}

void contract_diff(const struct contract_instance *old_schema,
                   const struct contract_instance *new_schema, struct arena *arena,
                   struct contract_diff *ret)
{
    *ret = (struct contract_diff){.count = 0};
    struct diff_run run = {
        .arena = arena, .old_root = old_schema, .new_root = new_schema, .result = ret};
    if (contract_instance_equal(old_schema, new_schema))
        return;
    run.same_definitions = same_member(old_schema, new_schema, "$defs") &&
                           same_member(old_schema, new_schema, "definitions") &&
                           same_member(old_schema, new_schema, "$id");
    run.changes = arena_array(arena, CONTRACT_CHANGES_MAX, sizeof *run.changes);
    map_init(&run.seen);
    struct diff_pair pair = {old_schema, new_schema, "", "", ""};
    diff_compare(&run, &pair);
    map_release(&run.seen);
    ret->changes = run.changes;
}
