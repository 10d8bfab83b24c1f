/* Types: naming them, and finding out whether one may stand for another. Parameters (the element of
 * an empty list, the A of a signature) are bound to what they meet, as in the algorithm of cel-go's
 * checker: the more general of the types that a parameter meets is kept. */
#include "cel/internal.h"

#include <stdio.h>

static const struct cel_type basic_types[] = {
    [CEL_TYPE_DYN] = {CEL_TYPE_DYN},
    [CEL_TYPE_NULL] = {CEL_TYPE_NULL},
    [CEL_TYPE_BOOL] = {CEL_TYPE_BOOL},
    [CEL_TYPE_INT] = {CEL_TYPE_INT},
    [CEL_TYPE_UINT] = {CEL_TYPE_UINT},
    [CEL_TYPE_DOUBLE] = {CEL_TYPE_DOUBLE},
    [CEL_TYPE_STRING] = {CEL_TYPE_STRING},
    [CEL_TYPE_BYTES] = {CEL_TYPE_BYTES},
    [CEL_TYPE_LIST] = {CEL_TYPE_LIST},
    [CEL_TYPE_MAP] = {CEL_TYPE_MAP},
    [CEL_TYPE_RECORD] = {CEL_TYPE_RECORD},
    [CEL_TYPE_TIMESTAMP] = {CEL_TYPE_TIMESTAMP},
    [CEL_TYPE_DURATION] = {CEL_TYPE_DURATION},
    [CEL_TYPE_TYPE] = {CEL_TYPE_TYPE},
    [CEL_TYPE_OPTIONAL] = {CEL_TYPE_OPTIONAL},
    [CEL_TYPE_TABLE] = {CEL_TYPE_TABLE},
    [CEL_TYPE_IP] = {CEL_TYPE_IP},
    [CEL_TYPE_CIDR] = {CEL_TYPE_CIDR},
};

const struct cel_type *cel_type_basic(enum cel_type_kind kind)
{
    return &basic_types[kind];
}

const struct cel_type *cel_type_of(struct arena *arena, enum cel_type_kind kind,
                                   const struct cel_type *element)
{
    struct cel_type *type = arena_zalloc(arena, sizeof *type);
    type->kind = kind;
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

/* ---- parameters */

struct cel_binding_change {
    uint32_t parameter;
    const struct cel_type *before;
};

/* Room for one more of `count` items of `size` bytes; `items` moves when it has to grow. */
static void *grow(struct cel_unit *unit, void *items, uint32_t count, uint32_t *room, size_t size)
{
    if (count < *room)
        return items;
    *room = *room == 0 ? 32 : *room * 2;
    void *bigger = arena_array(unit->work, *room, size);
    if (count > 0)
        memcpy(bigger, items, count * size);
    return bigger;
}

const struct cel_type *cel_type_parameter(struct cel_unit *unit)
{
    struct cel_bindings *bindings = &unit->bindings;
    struct cel_type *type = arena_zalloc(unit->work, sizeof *type);
    type->kind = CEL_TYPE_PARAMETER;
    type->parameter = bindings->count;
    bindings->types = grow(unit, (void *)bindings->types, bindings->count, &bindings->room,
                           sizeof(const struct cel_type *));
    bindings->types[bindings->count++] = NULL;
    return type;
}

static void bind(struct cel_unit *unit, const struct cel_type *parameter,
                 const struct cel_type *type)
{
    struct cel_bindings *bindings = &unit->bindings;
    bindings->trail = grow(unit, bindings->trail, bindings->trail_count, &bindings->trail_room,
                           sizeof *bindings->trail);
    bindings->trail[bindings->trail_count++] =
        (struct cel_binding_change){parameter->parameter, bindings->types[parameter->parameter]};
    bindings->types[parameter->parameter] = type;
}

static void roll_back(struct cel_unit *unit, uint32_t trail_count)
{
    struct cel_bindings *bindings = &unit->bindings;
    while (bindings->trail_count > trail_count) {
        const struct cel_binding_change *change = &bindings->trail[--bindings->trail_count];
        bindings->types[change->parameter] = change->before;
    }
}

const struct cel_type *cel_type_resolve(const struct cel_unit *unit, const struct cel_type *type)
{
    type = inner(type);
    while (type->kind == CEL_TYPE_PARAMETER && unit->bindings.types[type->parameter] != NULL)
        type = unit->bindings.types[type->parameter];
    return type;
}

static const struct cel_type *copy_type(const struct cel_unit *unit, struct arena *arena,
                                        const struct cel_type *type, bool settle)
{
    if (type == NULL)
        return NULL;
    type = cel_type_resolve(unit, type);
    switch (type->kind) {
    case CEL_TYPE_PARAMETER: return settle ? cel_type_basic(CEL_TYPE_DYN) : type;
    case CEL_TYPE_LIST:
    case CEL_TYPE_OPTIONAL:
    case CEL_TYPE_TYPE:
        return cel_type_of(arena, type->kind, copy_type(unit, arena, type->element, settle));
    case CEL_TYPE_MAP:
        return cel_type_map(arena, copy_type(unit, arena, type->key, settle),
                            copy_type(unit, arena, type->element, settle));
    case CEL_TYPE_ABSTRACT: {
        struct cel_type *copy = arena_zalloc(arena, sizeof *copy);
        struct cel_field *fields = arena_array(arena, type->field_count, sizeof *fields);
        *copy = *type;
        copy->name = arena_string(arena, bytes_of(type->name));
        for (size_t i = 0; i < type->field_count; i++)
            fields[i].type = copy_type(unit, arena, type->fields[i].type, settle);
        copy->fields = fields;
        return copy;
    }
    default: return type;
    }
}

const struct cel_type *cel_type_substitute(const struct cel_unit *unit, const struct cel_type *type)
{
    return copy_type(unit, unit->work, type, false);
}

const struct cel_type *cel_type_settle(const struct cel_unit *unit, struct arena *arena,
                                       const struct cel_type *type)
{
    return copy_type(unit, arena, type, true);
}

/* ---- printing */

static size_t print_at(const struct cel_unit *unit, const struct cel_type *type, char *text,
                       size_t size, size_t used);

/* "(int, string)" for what is not NULL of the parts; nothing when all are. */
static size_t print_parts(const struct cel_unit *unit, const struct cel_type *const *parts,
                          size_t count, char *text, size_t size, size_t used)
{
    const char *separator = "(";
    for (size_t i = 0; i < count; i++) {
        if (parts[i] == NULL || used >= size)
            continue;
        used += (size_t)snprintf(text + used, size - used, "%s", separator);
        used = print_at(unit, parts[i], text, size, used);
        separator = ", ";
    }
    if (used < size && *separator == ',')
        used += (size_t)snprintf(text + used, size - used, ")");
    return used;
}

static size_t print_at(const struct cel_unit *unit, const struct cel_type *type, char *text,
                       size_t size, size_t used)
{
    static const char *const names[] = {
        [CEL_TYPE_DYN] = "dyn",
        [CEL_TYPE_NULL] = "null",
        [CEL_TYPE_BOOL] = "bool",
        [CEL_TYPE_INT] = "int",
        [CEL_TYPE_UINT] = "uint",
        [CEL_TYPE_DOUBLE] = "double",
        [CEL_TYPE_STRING] = "string",
        [CEL_TYPE_BYTES] = "bytes",
        [CEL_TYPE_LIST] = "list",
        [CEL_TYPE_MAP] = "map",
        [CEL_TYPE_RECORD] = "record",
        [CEL_TYPE_TIMESTAMP] = "timestamp",
        [CEL_TYPE_TYPE] = "type",
        [CEL_TYPE_DURATION] = "duration",
        [CEL_TYPE_OPTIONAL] = "optional",
        [CEL_TYPE_TABLE] = "table",
        [CEL_TYPE_IP] = "ip",
        [CEL_TYPE_CIDR] = "cidr",
        [CEL_TYPE_PARAMETER] = "dyn",
    };
    enum { PARTS_MAX = 4 };
    const struct cel_type *parts[PARTS_MAX] = {NULL};
    type = cel_type_resolve(unit, type);
    if (used >= size)
        return used;
    const char *name = type->kind == CEL_TYPE_ABSTRACT ? type->name : names[type->kind];
    used += (size_t)snprintf(text + used, size - used, "%s", name);
    switch (type->kind) {
    case CEL_TYPE_MAP: parts[1] = inner(type->key); /* fallthrough */
    case CEL_TYPE_LIST:
    case CEL_TYPE_OPTIONAL: parts[2] = inner(type->element); break;
    case CEL_TYPE_ABSTRACT:
        for (size_t i = 0; i < type->field_count && i < PARTS_MAX; i++)
            parts[i] = inner(type->fields[i].type);
        break;
    default: break;
    }
    return print_parts(unit, parts, PARTS_MAX, text, size, used);
}

const char *cel_type_print(const struct cel_unit *unit, const struct cel_type *type,
                           char text[static CEL_TYPE_TEXT_SIZE])
{
    print_at(unit, type, text, CEL_TYPE_TEXT_SIZE, 0);
    return text;
}

/* ---- matching */

static bool assign(struct cel_unit *unit, const struct cel_type *wanted,
                   const struct cel_type *given);

static bool mentions(const struct cel_unit *unit, const struct cel_type *type,
                     const struct cel_type *parameter)
{
    if (type == NULL)
        return false;
    if (type->kind == CEL_TYPE_PARAMETER)
        return type->parameter == parameter->parameter ||
               mentions(unit, unit->bindings.types[type->parameter], parameter);
    if (type->kind == CEL_TYPE_RECORD || type->kind == CEL_TYPE_TABLE)
        return false;
    for (size_t i = 0; i < type->field_count; i++)
        if (mentions(unit, type->fields[i].type, parameter))
            return true;
    return mentions(unit, type->key, parameter) || mentions(unit, type->element, parameter);
}

/* `a` says no more than `b`: it is dyn or unknown, or has such parts. */
static bool as_general(const struct cel_unit *unit, const struct cel_type *a,
                       const struct cel_type *b)
{
    a = cel_type_resolve(unit, a);
    b = cel_type_resolve(unit, b);
    if (a->kind == CEL_TYPE_DYN || a->kind == CEL_TYPE_PARAMETER)
        return true;
    if (a->kind != b->kind)
        return false;
    switch (a->kind) {
    case CEL_TYPE_LIST:
    case CEL_TYPE_OPTIONAL: return as_general(unit, a->element, b->element);
    case CEL_TYPE_MAP:
        return as_general(unit, a->key, b->key) && as_general(unit, a->element, b->element);
    case CEL_TYPE_ABSTRACT:
        for (size_t i = 0; i < a->field_count; i++)
            if (!as_general(unit, a->fields[i].type, b->fields[i].type))
                return false;
        return true;
    default: return true;
    }
}

static const struct cel_type *more_general(const struct cel_unit *unit, const struct cel_type *a,
                                           const struct cel_type *b)
{
    return as_general(unit, a, b) ? a : b;
}

/* Whether the parameter may stand for `type` too. `ret_bound`: it stood for something before. */
static bool substitute(struct cel_unit *unit, const struct cel_type *parameter,
                       const struct cel_type *type, bool *ret_bound)
{
    const struct cel_type *bound = unit->bindings.types[parameter->parameter];
    *ret_bound = bound != NULL;
    if (type->kind == CEL_TYPE_PARAMETER && type->parameter == parameter->parameter)
        return *ret_bound = true;
    if (bound != NULL) {
        if (bound == type)
            return true;
        if (!assign(unit, type, bound))
            return false;
        const struct cel_type *general = more_general(unit, type, bound);
        if (general != bound && !mentions(unit, general, parameter))
            bind(unit, parameter, general);
        return true;
    }
    if (mentions(unit, type, parameter))
        return false;
    bind(unit, parameter, type);
    return true;
}

/* As the protocol buffers that the specification is written for have it. */
static bool is_nullable(const struct cel_type *type)
{
    return type->kind == CEL_TYPE_NULL || type->kind == CEL_TYPE_TIMESTAMP ||
           type->kind == CEL_TYPE_DURATION || type->kind == CEL_TYPE_OPTIONAL ||
           type->kind == CEL_TYPE_ABSTRACT || type->kind == CEL_TYPE_RECORD;
}

static bool assign_abstract(struct cel_unit *unit, const struct cel_type *wanted,
                            const struct cel_type *given)
{
    if (strcmp(wanted->name, given->name) != 0 || wanted->field_count != given->field_count)
        return false;
    for (size_t i = 0; i < wanted->field_count; i++)
        if (!assign(unit, wanted->fields[i].type, given->fields[i].type))
            return false;
    return true;
}

static bool assign(struct cel_unit *unit, const struct cel_type *wanted,
                   const struct cel_type *given)
{
    bool bound = false;
    wanted = inner(wanted);
    given = inner(given);
    if (given->kind == CEL_TYPE_PARAMETER) {
        if (substitute(unit, given, wanted, &bound))
            return true;
        if (bound)
            return false;
    }
    if (wanted->kind == CEL_TYPE_PARAMETER)
        return substitute(unit, wanted, given, &bound);
    if (wanted->kind == CEL_TYPE_DYN || given->kind == CEL_TYPE_DYN)
        return true;
    if (wanted->kind == CEL_TYPE_NULL || given->kind == CEL_TYPE_NULL)
        return is_nullable(wanted->kind == CEL_TYPE_NULL ? given : wanted);
    if (wanted->kind != given->kind)
        return false;
    switch (wanted->kind) {
    case CEL_TYPE_LIST:
    case CEL_TYPE_OPTIONAL: return assign(unit, wanted->element, given->element);
    case CEL_TYPE_MAP:
        return assign(unit, wanted->key, given->key) &&
               assign(unit, wanted->element, given->element);
    case CEL_TYPE_ABSTRACT: return assign_abstract(unit, wanted, given);
    case CEL_TYPE_RECORD:
    case CEL_TYPE_TABLE: return wanted->fields == given->fields;
    default: return true;
    }
}

bool cel_types_match(struct cel_unit *unit, const struct cel_type *wanted,
                     const struct cel_type *given)
{
    uint32_t before = unit->bindings.trail_count;
    if (assign(unit, wanted, given))
        return true;
    roll_back(unit, before);
    return false;
}

static bool is_number(const struct cel_type *type)
{
    return type->kind == CEL_TYPE_INT || type->kind == CEL_TYPE_UINT ||
           type->kind == CEL_TYPE_DOUBLE;
}

/* Wider than the checkers of other implementations: every declared field may hold null, and numbers
 * of different kinds compare at run time anyway. */
bool cel_types_equatable(struct cel_unit *unit, const struct cel_type *a, const struct cel_type *b)
{
    if (cel_types_match(unit, a, b))
        return true;
    a = cel_type_resolve(unit, a);
    b = cel_type_resolve(unit, b);
    if (a->kind == CEL_TYPE_NULL || b->kind == CEL_TYPE_NULL || (is_number(a) && is_number(b)))
        return true;
    if (a->kind != b->kind)
        return false;
    switch (a->kind) {
    case CEL_TYPE_LIST:
    case CEL_TYPE_OPTIONAL: return cel_types_equatable(unit, a->element, b->element);
    case CEL_TYPE_MAP:
        return cel_types_equatable(unit, a->key, b->key) &&
               cel_types_equatable(unit, a->element, b->element);
    default: return false;
    }
}

static bool is_ordered(const struct cel_type *type)
{
    switch (type->kind) {
    case CEL_TYPE_DYN:
    case CEL_TYPE_PARAMETER:
    case CEL_TYPE_BOOL:
    case CEL_TYPE_INT:
    case CEL_TYPE_UINT:
    case CEL_TYPE_DOUBLE:
    case CEL_TYPE_STRING:
    case CEL_TYPE_BYTES:
    case CEL_TYPE_TIMESTAMP:
    case CEL_TYPE_DURATION: return true;
    default: return false;
    }
}

bool cel_types_ordered(struct cel_unit *unit, const struct cel_type *a, const struct cel_type *b)
{
    return is_ordered(cel_type_resolve(unit, a)) && is_ordered(cel_type_resolve(unit, b)) &&
           cel_types_equatable(unit, a, b);
}

const struct cel_type *cel_types_join(struct cel_unit *unit, const struct cel_type *a,
                                      const struct cel_type *b)
{
    if (!cel_types_match(unit, a, b))
        return cel_type_basic(CEL_TYPE_DYN);
    a = cel_type_resolve(unit, a);
    b = cel_type_resolve(unit, b);
    if (a->kind == CEL_TYPE_NULL)
        return b;
    return b->kind == CEL_TYPE_NULL ? a : more_general(unit, a, b);
}
