/* Types: naming them, comparing them, joining them. */
#include "cel/internal.h"

#include <stdio.h>

static const struct cel_type basic_types[] = {
    [CEL_TYPE_DYN] = {CEL_TYPE_DYN},           [CEL_TYPE_NULL] = {CEL_TYPE_NULL},
    [CEL_TYPE_BOOL] = {CEL_TYPE_BOOL},         [CEL_TYPE_INT] = {CEL_TYPE_INT},
    [CEL_TYPE_UINT] = {CEL_TYPE_UINT},         [CEL_TYPE_DOUBLE] = {CEL_TYPE_DOUBLE},
    [CEL_TYPE_STRING] = {CEL_TYPE_STRING},     [CEL_TYPE_BYTES] = {CEL_TYPE_BYTES},
    [CEL_TYPE_LIST] = {CEL_TYPE_LIST},         [CEL_TYPE_MAP] = {CEL_TYPE_MAP},
    [CEL_TYPE_RECORD] = {CEL_TYPE_RECORD},     [CEL_TYPE_TIMESTAMP] = {CEL_TYPE_TIMESTAMP},
    [CEL_TYPE_DURATION] = {CEL_TYPE_DURATION}, [CEL_TYPE_TYPE] = {CEL_TYPE_TYPE},
};

const struct cel_type cel_type_open = {CEL_TYPE_DYN};

const struct cel_type *cel_type_basic(enum cel_type_kind kind)
{
    return &basic_types[kind];
}

const struct cel_type *cel_type_list(struct arena *arena, const struct cel_type *element)
{
    struct cel_type *type = arena_zalloc(arena, sizeof *type);
    type->kind = CEL_TYPE_LIST;
    type->element = element;
    return type;
}

const struct cel_type *cel_type_map(struct arena *arena, const struct cel_type *key,
                                    const struct cel_type *element)
{
    struct cel_type *type = arena_zalloc(arena, sizeof *type);
    type->kind = CEL_TYPE_MAP;
    type->key = key;
    type->element = element;
    return type;
}

/* The interface lets NULL stand for dyn inside lists and maps. */
static const struct cel_type *inner(const struct cel_type *type)
{
    return type ? type : &basic_types[CEL_TYPE_DYN];
}

static size_t print_at(const struct cel_type *type, char *text, size_t size, size_t used)
{
    static const char *const names[] = {
        [CEL_TYPE_DYN] = "dyn",       [CEL_TYPE_NULL] = "null",
        [CEL_TYPE_BOOL] = "bool",     [CEL_TYPE_INT] = "int",
        [CEL_TYPE_UINT] = "uint",     [CEL_TYPE_DOUBLE] = "double",
        [CEL_TYPE_STRING] = "string", [CEL_TYPE_BYTES] = "bytes",
        [CEL_TYPE_LIST] = "list",     [CEL_TYPE_MAP] = "map",
        [CEL_TYPE_RECORD] = "record", [CEL_TYPE_TIMESTAMP] = "timestamp",
        [CEL_TYPE_TYPE] = "type",     [CEL_TYPE_DURATION] = "duration",
    };
    if (used >= size)
        return used;
    used += (size_t)snprintf(text + used, size - used, "%s", names[type->kind]);
    if (type->kind != CEL_TYPE_LIST && type->kind != CEL_TYPE_MAP)
        return used;
    const struct cel_type *parts[] = {type->kind == CEL_TYPE_MAP ? inner(type->key) : NULL,
                                      inner(type->element)};
    const char *separator = "(";
    for (size_t i = 0; i < 2; i++) {
        if (parts[i] == NULL || used >= size)
            continue;
        used += (size_t)snprintf(text + used, size - used, "%s", separator);
        used = print_at(parts[i], text, size, used);
        separator = ", ";
    }
    if (used < size)
        used += (size_t)snprintf(text + used, size - used, ")");
    return used;
}

const char *cel_type_print(const struct cel_type *type, char text[static CEL_TYPE_TEXT_SIZE])
{
    print_at(type, text, CEL_TYPE_TEXT_SIZE, 0);
    return text;
}

static bool is_number(const struct cel_type *type)
{
    return type->kind == CEL_TYPE_INT || type->kind == CEL_TYPE_UINT ||
           type->kind == CEL_TYPE_DOUBLE;
}

/* The common walk of match and equatable: what differs is only what the leaves allow. */
static bool alike(const struct cel_type *a, const struct cel_type *b, bool loose)
{
    a = inner(a);
    b = inner(b);
    if (a->kind == CEL_TYPE_DYN || b->kind == CEL_TYPE_DYN)
        return true;
    if (a->kind != b->kind)
        return loose && ((is_number(a) && is_number(b)) || a->kind == CEL_TYPE_NULL ||
                         b->kind == CEL_TYPE_NULL);
    switch (a->kind) {
    case CEL_TYPE_LIST: return alike(a->element, b->element, loose);
    case CEL_TYPE_MAP: return alike(a->key, b->key, loose) && alike(a->element, b->element, loose);
    case CEL_TYPE_RECORD: return a->fields == b->fields;
    default: return true;
    }
}

bool cel_types_match(const struct cel_type *a, const struct cel_type *b)
{
    return alike(a, b, false);
}

/* Wider than the checkers of other implementations: every declared field may hold null, and numbers
 * of different kinds compare at run time anyway. */
bool cel_types_equatable(const struct cel_type *a, const struct cel_type *b)
{
    return alike(a, b, true);
}

bool cel_types_ordered(const struct cel_type *a, const struct cel_type *b)
{
    static const bool ordered[] = {
        [CEL_TYPE_DYN] = true,   [CEL_TYPE_BOOL] = true,     [CEL_TYPE_INT] = true,
        [CEL_TYPE_UINT] = true,  [CEL_TYPE_DOUBLE] = true,   [CEL_TYPE_STRING] = true,
        [CEL_TYPE_BYTES] = true, [CEL_TYPE_DURATION] = true, [CEL_TYPE_TIMESTAMP] = true,
        [CEL_TYPE_TYPE] = false,
    };
    return ordered[a->kind] && ordered[b->kind] && alike(a, b, true);
}

const struct cel_type *cel_types_join(struct arena *arena, const struct cel_type *a,
                                      const struct cel_type *b)
{
    a = inner(a);
    b = inner(b);
    if (a == &cel_type_open || a->kind == CEL_TYPE_NULL)
        return b;
    if (b == &cel_type_open || b->kind == CEL_TYPE_NULL || a == b)
        return a;
    if (a->kind != b->kind || a->kind == CEL_TYPE_DYN)
        return cel_type_basic(CEL_TYPE_DYN);
    switch (a->kind) {
    case CEL_TYPE_LIST: return cel_type_list(arena, cel_types_join(arena, a->element, b->element));
    case CEL_TYPE_MAP:
        return cel_type_map(arena, cel_types_join(arena, a->key, b->key),
                            cel_types_join(arena, a->element, b->element));
    case CEL_TYPE_RECORD: return a->fields == b->fields ? a : cel_type_basic(CEL_TYPE_DYN);
    default: return a;
    }
}
