/* Instances to values of the expression language. */
#include "contract/value.h"

#include <math.h>
#include <stdio.h>

enum { PLACE_MAX = 150 };

/* The way to what is being converted, for the JSON Pointer of an error. */
struct way {
    const struct way *outer;
    struct bytes name; /* data is NULL: `index` counts */
    uint32_t index;
    uint32_t depth;
};

struct conversion {
    struct arena *arena;
    struct error *err;
};

static void print_way(const struct way *way, struct buffer *out)
{
    char index[16];
    if (way->outer == NULL)
        return;
    print_way(way->outer, out);
    (void)snprintf(index, sizeof index, "%u", way->index);
    contract_pointer_append(out, way->name.data != NULL ? way->name : bytes_of(index));
}

static int fail(const struct conversion *conversion, const struct way *way, int code,
                const char *message)
{
    struct buffer place;
    buffer_init(&place, PLACE_MAX);
    print_way(way, &place);
    error_set(conversion->err, code, buffer_string(&place), "%s", message);
    buffer_release(&place);
    return code;
}

static int convert(const struct conversion *conversion, const struct contract_instance *instance,
                   const struct way *way, struct cel_value *ret);

/* Most of a payload are texts and numbers, which need no way to be told. False: it is something
 * else, or a number outside double. */
static inline bool convert_scalar(const struct contract_instance *instance, struct cel_value *ret)
{
    switch (instance->kind) {
    case CONTRACT_NULL: *ret = (struct cel_value){.kind = CEL_NULL}; return true;
    case CONTRACT_BOOLEAN: *ret = cel_bool(instance->boolean); return true;
    case CONTRACT_STRING: *ret = cel_string(instance->text); return true;
    case CONTRACT_NUMBER:
        *ret = instance->numeric == CONTRACT_INT64 ? cel_int(instance->integer)
                                                   : cel_double(instance->number);
        return instance->numeric == CONTRACT_INT64 || isfinite(instance->number);
    default: return false;
    }
}

static int convert_items(const struct conversion *conversion,
                         const struct contract_instance *instance, const struct way *way,
                         struct cel_value *ret)
{
    struct cel_value *items = arena_alloc(conversion->arena, instance->count * sizeof *items);
    int status = 0;
    for (uint32_t i = 0; i < instance->count && status == 0; i++) {
        if (convert_scalar(&instance->items[i], &items[i]))
            continue;
        struct way next = {.outer = way, .index = i, .depth = way->depth + 1};
        status = convert(conversion, &instance->items[i], &next, &items[i]);
    }
    *ret = (struct cel_value){.kind = CEL_LIST, .count = instance->count, .items = items};
    return status;
}

static int convert_members(const struct conversion *conversion,
                           const struct contract_instance *instance, const struct way *way,
                           struct cel_value *ret)
{
    struct cel_value *items =
        arena_alloc(conversion->arena, 2 * (size_t)instance->count * sizeof *items);
    int status = 0;
    for (uint32_t i = 0; i < instance->count && status == 0; i++) {
        const struct contract_member *member = &instance->members[i];
        items[2 * (size_t)i] = cel_string(member->name);
        if (convert_scalar(&member->value, &items[2 * (size_t)i + 1]))
            continue;
        struct way next = {.outer = way, .name = member->name, .depth = way->depth + 1};
        status = convert(conversion, &member->value, &next, &items[2 * (size_t)i + 1]);
    }
    *ret = (struct cel_value){.kind = CEL_MAP, .count = instance->count, .items = items};
    return status;
}

static int convert(const struct conversion *conversion, const struct contract_instance *instance,
                   const struct way *way, struct cel_value *ret)
{
    if (convert_scalar(instance, ret))
        return 0;
    if (instance->kind == CONTRACT_NUMBER)
        return fail(conversion, way, ML_EINVAL, "the number is too large to calculate with");
    if (way->depth + 1 >= CEL_DEPTH_MAX)
        return fail(conversion, way, ML_ELIMIT, "the value lies too deep");
    return instance->kind == CONTRACT_ARRAY ? convert_items(conversion, instance, way, ret)
                                            : convert_members(conversion, instance, way, ret);
}

int contract_instance_to_cel(const struct contract_instance *instance, struct arena *arena,
                             struct cel_value *ret, struct error *err)
{
    struct conversion conversion = {arena, err};
    struct way way = {.depth = 0};
    return convert(&conversion, instance, &way, ret);
}
