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
        [CEL_OPTIONAL] = "optional", [CEL_TABLE] = "table",   [CEL_IP] = "ip",
        [CEL_CIDR] = "cidr",
    };
    return names[kind];
}

/* ---- types as values */

static const struct type_name {
    const char *name;
    enum cel_kind kind;
    enum cel_type_kind type;
} type_names[] = {
    {"null_type", CEL_NULL, CEL_TYPE_NULL},
    {"bool", CEL_BOOL, CEL_TYPE_BOOL},
    {"int", CEL_INT, CEL_TYPE_INT},
    {"uint", CEL_UINT, CEL_TYPE_UINT},
    {"double", CEL_DOUBLE, CEL_TYPE_DOUBLE},
    {"string", CEL_STRING, CEL_TYPE_STRING},
    {"bytes", CEL_BYTES, CEL_TYPE_BYTES},
    {"list", CEL_LIST, CEL_TYPE_LIST},
    {"map", CEL_MAP, CEL_TYPE_MAP},
    {"type", CEL_TYPE, CEL_TYPE_TYPE},
    {"google.protobuf.Timestamp", CEL_TIMESTAMP, CEL_TYPE_TIMESTAMP},
    {"google.protobuf.Duration", CEL_DURATION, CEL_TYPE_DURATION},
    {"optional_type", CEL_OPTIONAL, CEL_TYPE_OPTIONAL},
    {"net.IP", CEL_IP, CEL_TYPE_IP},
    {"net.CIDR", CEL_CIDR, CEL_TYPE_CIDR},
};

static struct cel_value type_value(const char *name)
{
    return (struct cel_value){.kind = CEL_TYPE, .string = bytes_of(name)};
}

/* A record and a table are maps to who reads them. */
struct cel_value cel_kind_type(enum cel_kind kind)
{
    for (size_t i = 0; i < sizeof type_names / sizeof *type_names; i++)
        if (type_names[i].kind == kind)
            return type_value(type_names[i].name);
    return type_value("map");
}

struct cel_value cel_type_named(struct bytes name, enum cel_type_kind *ret_type)
{
    for (size_t i = 0; i < sizeof type_names / sizeof *type_names; i++) {
        if (!bytes_is(name, type_names[i].name))
            continue;
        *ret_type = type_names[i].type;
        return type_value(type_names[i].name);
    }
    return (struct cel_value){.kind = CEL_ABSENT};
}

/* ---- order and equality */

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

static enum cel_order compare_times(struct cel_time a, struct cel_time b)
{
    if (a.seconds != b.seconds)
        return order_of(a.seconds<b.seconds, a.seconds> b.seconds);
    return order_of(a.nanoseconds<b.nanoseconds, a.nanoseconds> b.nanoseconds);
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
    case CEL_DURATION: return compare_times(a->time, b->time);
    default: return CEL_ORDER_NONE;
    }
}

/* A list may hold one list many times over, and so on inward: what is visited is counted, not what
 * there is. */
static bool spend(uint32_t *steps, uint64_t count)
{
    bool enough = *steps > count;
    *steps = enough ? *steps - (uint32_t)count : 0;
    return enough;
}

static bool equal_items(const struct cel_value *a, const struct cel_value *b, uint32_t *steps)
{
    if (a->count != b->count || !spend(steps, 1 + a->count / 16))
        return false;
    for (uint32_t i = 0; i < a->count; i++)
        if (!cel_value_equal_within(&a->items[i], &b->items[i], steps))
            return false;
    return true;
}

static bool equal_maps(const struct cel_value *a, const struct cel_value *b, uint32_t *steps)
{
    if (a->count != b->count || !spend(steps, 1 + (uint64_t)a->count * a->count / 32))
        return false;
    for (size_t i = 0; i < a->count; i++) {
        const struct cel_value *other = cel_map_find(b, &a->items[2 * i]);
        if (other == NULL || !cel_value_equal_within(&a->items[2 * i + 1], other, steps))
            return false;
    }
    return true;
}

bool cel_value_equal_within(const struct cel_value *a, const struct cel_value *b, uint32_t *steps)
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
    case CEL_RECORD: return equal_items(a, b, steps);
    case CEL_MAP: return equal_maps(a, b, steps);
    case CEL_TIMESTAMP:
    case CEL_DURATION: return compare_times(a->time, b->time) == CEL_ORDER_EQUAL;
    case CEL_OPTIONAL:
        if (a->items == NULL || b->items == NULL)
            return a->items == b->items;
        return spend(steps, 1) && cel_value_equal_within(a->items, b->items, steps);
    case CEL_TABLE: return a->table == b->table;
    case CEL_IP:
    case CEL_CIDR:
        return a->count == b->count && memcmp(a->address, b->address, a->count & 0xFF) == 0;
    default: return false;
    }
}

bool cel_value_equal(const struct cel_value *a, const struct cel_value *b)
{
    uint32_t steps = CEL_STEPS_MAX;
    return cel_value_equal_within(a, b, &steps);
}

/* Nearly every key is a text: no need to ask what else may be equal to it. */
static const struct cel_value *find_text(const struct cel_value *map, struct bytes key)
{
    for (size_t i = 0; i < map->count; i++) {
        const struct cel_value *pair = &map->items[2 * i];
        if (pair->kind == CEL_STRING && bytes_equal(pair->string, key))
            return pair + 1;
    }
    return NULL;
}

const struct cel_value *cel_map_find(const struct cel_value *map, const struct cel_value *key)
{
    if (key->kind == CEL_STRING)
        return find_text(map, key->string);
    for (size_t i = 0; i < map->count; i++)
        if (cel_value_equal(&map->items[2 * i], key))
            return &map->items[2 * i + 1];
    return NULL;
}
