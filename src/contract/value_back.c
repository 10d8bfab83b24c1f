/* Values of the expression language to instances. */
#include "contract/value.h"

#include "base/time.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- what came of a payload as it is */

struct known {
    const struct cel_value *items;
    const struct contract_instance *instance;
};

struct contract_origin {
    size_t count;
    struct known known[]; /* by items */
};

static int compare_known(const void *left, const void *right)
{
    uintptr_t a = (uintptr_t)((const struct known *)left)->items;
    uintptr_t b = (uintptr_t)((const struct known *)right)->items;
    return (a > b) - (a < b);
}

static bool is_container(const struct contract_instance *instance)
{
    return (instance->kind == CONTRACT_ARRAY || instance->kind == CONTRACT_OBJECT) &&
           instance->count > 0;
}

static const struct contract_instance *child(const struct contract_instance *parent, uint32_t i)
{
    return parent->kind == CONTRACT_ARRAY ? &parent->items[i] : &parent->members[i].value;
}

static size_t count_containers(const struct contract_instance *instance)
{
    size_t count = 1;
    if (!is_container(instance))
        return 0;
    for (uint32_t i = 0; i < instance->count; i++)
        count += count_containers(child(instance, i));
    return count;
}

static void note_containers(struct contract_origin *origin,
                            const struct contract_instance *instance, const struct cel_value *value)
{
    if (!is_container(instance))
        return;
    origin->known[origin->count++] = (struct known){value->items, instance};
    for (uint32_t i = 0; i < instance->count; i++)
        note_containers(origin, child(instance, i),
                        &value->items[instance->kind == CONTRACT_ARRAY ? i : 2 * (size_t)i + 1]);
}

const struct contract_origin *contract_origin_new(const struct contract_instance *origin,
                                                  const struct cel_value *origin_value,
                                                  struct arena *arena)
{
    size_t count = count_containers(origin);
    struct contract_origin *known =
        arena_alloc(arena, sizeof *known + count * sizeof *known->known);
    known->count = 0;
    note_containers(known, origin, origin_value);
    if (count > 0)
        qsort(known->known, count, sizeof *known->known, compare_known);
    return known;
}

static const struct contract_instance *find_known(const struct contract_origin *origin,
                                                  const struct cel_value *value)
{
    if (origin == NULL || origin->count == 0 || value->count == 0 ||
        (value->kind != CEL_LIST && value->kind != CEL_MAP))
        return NULL;
    const struct known wanted = {.items = value->items};
    const struct known *found =
        bsearch(&wanted, origin->known, origin->count, sizeof *origin->known, compare_known);
    return found != NULL && found->instance->count == value->count ? found->instance : NULL;
}

/* ---- what an expression has made */

static int from_value(const struct cel_value *value, const struct contract_origin *origin,
                      uint32_t depth, struct arena *arena, struct contract_instance *ret,
                      struct error *err);

static int from_number(const char *text, struct contract_instance *ret, struct error *err)
{
    return contract_instance_number(bytes_of(text), ret, err);
}

static int from_double(double number, struct arena *arena, struct contract_instance *ret,
                       struct error *err)
{
    if (!isfinite(number))
        return error_set(err, ML_EINVAL, "", "a number that is not finite has no place in JSON");
    char text[32];
    for (int digits = 15; digits <= 17; digits++) {
        (void)snprintf(text, sizeof text, "%.*g", digits, number);
        if (strtod(text, NULL) == number)
            break;
    }
    return from_number(arena_string(arena, bytes_of(text)), ret, err);
}

static int from_list(const struct cel_value *value, const struct contract_origin *origin,
                     uint32_t depth, struct arena *arena, struct contract_instance *ret,
                     struct error *err)
{
    struct contract_instance *items = arena_array(arena, value->count, sizeof *items);
    int status = 0;
    for (uint32_t i = 0; i < value->count && status == 0; i++)
        status = from_value(&value->items[i], origin, depth + 1, arena, &items[i], err);
    *ret =
        (struct contract_instance){.kind = CONTRACT_ARRAY, .count = value->count, .items = items};
    return status;
}

static int from_map(const struct cel_value *value, const struct contract_origin *origin,
                    uint32_t depth, struct arena *arena, struct contract_instance *ret,
                    struct error *err)
{
    struct contract_member *members = arena_array(arena, value->count, sizeof *members);
    int status = 0;
    for (uint32_t i = 0; i < value->count && status == 0; i++) {
        const struct cel_value *pair = &value->items[2 * (size_t)i];
        if (pair->kind != CEL_STRING)
            return error_set(err, ML_EINVAL, "", "the names of an object's members must be texts");
        members[i].name = pair->string;
        status = from_value(pair + 1, origin, depth + 1, arena, &members[i].value, err);
    }
    return status < 0 ? status : contract_instance_object(members, value->count, arena, ret, err);
}

static int from_time(struct cel_time time, struct arena *arena, struct contract_instance *ret)
{
    char text[TIME_TEXT_SIZE];
    time_print(time.seconds * TIME_US_PER_SECOND + time.nanoseconds / 1000, text);
    *ret = contract_instance_string(arena_copy(arena, bytes_of(text)));
    return 0;
}

static int from_value(const struct cel_value *value, const struct contract_origin *origin,
                      uint32_t depth, struct arena *arena, struct contract_instance *ret,
                      struct error *err)
{
    const struct contract_instance *known = find_known(origin, value);
    if (known != NULL) {
        *ret = *known;
        return 0;
    }
    if (depth >= CONTRACT_DEPTH_MAX)
        return error_set(err, ML_ELIMIT, "", "the value lies too deep");
    *ret = (struct contract_instance){.kind = CONTRACT_NULL};
    switch (value->kind) {
    case CEL_NULL:
    case CEL_ABSENT: return 0;
    case CEL_BOOL:
        *ret = (struct contract_instance){.kind = CONTRACT_BOOLEAN, .boolean = value->boolean};
        return 0;
    case CEL_INT: return from_number(arena_printf(arena, "%" PRId64, value->integer), ret, err);
    case CEL_UINT: return from_number(arena_printf(arena, "%" PRIu64, value->uinteger), ret, err);
    case CEL_DOUBLE: return from_double(value->number, arena, ret, err);
    case CEL_STRING: *ret = contract_instance_string(arena_copy(arena, value->string)); return 0;
    case CEL_TIMESTAMP: return from_time(value->time, arena, ret);
    case CEL_LIST: return from_list(value, origin, depth, arena, ret, err);
    case CEL_MAP: return from_map(value, origin, depth, arena, ret, err);
    default: return error_set(err, ML_EINVAL, "", "the value has no form in JSON");
    }
}

int contract_instance_from_cel(const struct cel_value *value, const struct contract_origin *origin,
                               struct arena *arena, struct contract_instance *ret,
                               struct error *err)
{
    return from_value(value, origin, 0, arena, ret, err);
}
