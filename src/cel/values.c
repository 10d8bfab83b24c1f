/* Equality, order and names of values. Numbers compare across kinds, as the specification's
 * conformance suite has it: an int or uint beside a double is taken as the nearest double. */
#include "cel/internal.h"

#include <math.h>

const char *cel_kind_name(enum cel_kind kind)
{
    static const char *const names[] = {
        [CEL_ABSENT] = "absent",     [CEL_NULL] = "null",     [CEL_BOOL] = "bool",
        [CEL_INT] = "int",           [CEL_UINT] = "uint",     [CEL_DOUBLE] = "double",
        [CEL_STRING] = "string",     [CEL_BYTES] = "bytes",   [CEL_LIST] = "list",
        [CEL_MAP] = "map",           [CEL_RECORD] = "record", [CEL_TIMESTAMP] = "timestamp",
        [CEL_DURATION] = "duration", [CEL_TYPE] = "type",     [CEL_ERROR] = "error",
    };
    return names[kind];
}

static bool is_number(const struct cel_value *value)
{
    return value->kind == CEL_INT || value->kind == CEL_UINT || value->kind == CEL_DOUBLE;
}

static double as_double(const struct cel_value *value)
{
    switch (value->kind) {
    case CEL_INT: return (double)value->integer;
    case CEL_UINT: return (double)value->uinteger;
    default: return value->number;
    }
}

static enum cel_order order_of(bool less, bool greater)
{
    return less ? CEL_ORDER_LESS : greater ? CEL_ORDER_GREATER : CEL_ORDER_EQUAL;
}

static enum cel_order compare_numbers(const struct cel_value *a, const struct cel_value *b)
{
    if (a->kind == CEL_DOUBLE || b->kind == CEL_DOUBLE) {
        double x = as_double(a), y = as_double(b);
        return isnan(x) || isnan(y) ? CEL_ORDER_NAN : order_of(x<y, x> y);
    }
    if (a->kind == CEL_INT && b->kind == CEL_INT)
        return order_of(a->integer<b->integer, a->integer> b->integer);
    /* An int below zero is less than every uint; above, both fit a uint. */
    if (a->kind == CEL_INT && a->integer < 0)
        return CEL_ORDER_LESS;
    if (b->kind == CEL_INT && b->integer < 0)
        return CEL_ORDER_GREATER;
    return order_of(a->uinteger<b->uinteger, a->uinteger> b->uinteger);
}

/* UTF-8 sorts by bytes as by code points. */
static enum cel_order compare_bytes(struct bytes a, struct bytes b)
{
    size_t common = a.size < b.size ? a.size : b.size;
    int order = common > 0 ? memcmp(a.data, b.data, common) : 0;
    if (order == 0)
        return order_of(a.size<b.size, a.size> b.size);
    return order_of(order<0, order> 0);
}

enum cel_order cel_value_compare(const struct cel_value *a, const struct cel_value *b)
{
    if (is_number(a) && is_number(b))
        return compare_numbers(a, b);
    if (a->kind != b->kind)
        return CEL_ORDER_NONE;
    switch (a->kind) {
    case CEL_BOOL: return order_of(a->boolean<b->boolean, a->boolean> b->boolean);
    case CEL_STRING:
    case CEL_BYTES: return compare_bytes(a->string, b->string);
    case CEL_TIMESTAMP:
    case CEL_DURATION: return order_of(a->integer<b->integer, a->integer> b->integer);
    default: return CEL_ORDER_NONE;
    }
}

static bool equal_items(const struct cel_value *a, const struct cel_value *b)
{
    if (a->count != b->count)
        return false;
    for (uint32_t i = 0; i < a->count; i++)
        if (!cel_value_equal(&a->items[i], &b->items[i]))
            return false;
    return true;
}

static bool equal_maps(const struct cel_value *a, const struct cel_value *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++) {
        const struct cel_value *other = cel_map_find(b, &a->items[2 * i]);
        if (other == NULL || !cel_value_equal(&a->items[2 * i + 1], other))
            return false;
    }
    return true;
}

bool cel_value_equal(const struct cel_value *a, const struct cel_value *b)
{
    if (is_number(a) && is_number(b))
        return compare_numbers(a, b) == CEL_ORDER_EQUAL;
    if (a->kind != b->kind)
        return false;
    switch (a->kind) {
    case CEL_ABSENT:
    case CEL_NULL: return true;
    case CEL_BOOL: return a->boolean == b->boolean;
    case CEL_STRING:
    case CEL_BYTES:
    case CEL_TYPE: return bytes_equal(a->string, b->string);
    case CEL_LIST:
    case CEL_RECORD: return equal_items(a, b);
    case CEL_MAP: return equal_maps(a, b);
    case CEL_TIMESTAMP:
    case CEL_DURATION: return a->integer == b->integer;
    default: return false;
    }
}

const struct cel_value *cel_map_find(const struct cel_value *map, const struct cel_value *key)
{
    for (size_t i = 0; i < map->count; i++)
        if (cel_value_equal(&map->items[2 * i], key))
            return &map->items[2 * i + 1];
    return NULL;
}
