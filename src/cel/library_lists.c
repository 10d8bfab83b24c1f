/* The lists and sets extensions: parts and orders of a list, and lists taken as sets. Elements are
 * the same when == says so, across the kinds of numbers. */
#include "cel/library.h"

#include <inttypes.h>

static struct cel_value *new_items(struct cel_scratch *scratch, size_t count)
{
    return count > UINT32_MAX ? NULL : cel_scratch_alloc(scratch, count * sizeof(struct cel_value));
}

/* Comparing each with each is bounded as the macros are. */
static bool too_many(const struct cel_value *a, const struct cel_value *b)
{
    return (uint64_t)a->count * b->count > CEL_STEPS_MAX;
}

static struct cel_value error_too_many(struct cel_scratch *scratch, const char *function)
{
    return cel_error_printf(scratch, "%s: the lists are too long: more than %d comparisons",
                            function, CEL_STEPS_MAX);
}

static bool holds(const struct cel_value *items, size_t count, const struct cel_value *item)
{
    for (size_t i = 0; i < count; i++)
        if (cel_value_equal(&items[i], item))
            return true;
    return false;
}

/* ---- parts */

/* A view of the list: nothing is copied. */
static struct cel_value slice(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    int64_t start = arguments[1].integer, end = arguments[2].integer;
    if (start < 0 || end < start || end > arguments[0].count)
        return cel_error_printf(scratch,
                                "cannot slice(%" PRId64 ", %" PRId64
                                "): a list of %u elements has no such part",
                                start, end, arguments[0].count);
    return start == end ? cel_list(NULL, 0)
                        : cel_list(arguments[0].items + start, (size_t)(end - start));
}

static struct cel_value distinct(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    const struct cel_value *list = &arguments[0];
    if (too_many(list, list))
        return error_too_many(scratch, "distinct");
    struct cel_value *items = new_items(scratch, list->count);
    if (items == NULL)
        return cel_error_exhausted();
    size_t count = 0;
    for (uint32_t i = 0; i < list->count; i++)
        if (!holds(items, count, &list->items[i]))
            items[count++] = list->items[i];
    return cel_list(items, count);
}

/* Appends the elements of lists inside the list, down to `depth` levels, one behind the other in
 * the scratch. False when it is used up. A value is never deeper than CEL_DEPTH_MAX. */
static bool append_flat(struct cel_scratch *scratch, const struct cel_value *list, int64_t depth,
                        struct cel_value **items, size_t *count)
{
    for (uint32_t i = 0; i < list->count; i++) {
        const struct cel_value *item = &list->items[i];
        if (item->kind == CEL_LIST && depth > 0) {
            if (!append_flat(scratch, item, depth - 1, items, count))
                return false;
            continue;
        }
        struct cel_value *room = new_items(scratch, 1);
        if (room == NULL || *count == UINT32_MAX)
            return false;
        *room = *item;
        *items = *count == 0 ? room : *items;
        ++*count;
    }
    return true;
}

static struct cel_value flatten_some(struct cel_scratch *scratch, const struct cel_value *list,
                                     int64_t depth)
{
    if (depth < 0)
        return cel_error(BYTES_LITERAL("flatten: the depth has to be 0 or more"));
    struct cel_value *items = NULL;
    size_t count = 0;
    return append_flat(scratch, list, depth, &items, &count) ? cel_list(items, count)
                                                             : cel_error_exhausted();
}

static struct cel_value flatten(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    return flatten_some(scratch, arguments, 1);
}

static struct cel_value flatten_to(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    return flatten_some(scratch, arguments, arguments[1].integer);
}

/* ---- orders */

static struct cel_value range(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    int64_t count = arguments[0].integer < 0 ? 0 : arguments[0].integer;
    if (count > CEL_STEPS_MAX)
        return cel_error_printf(scratch, "lists.range: at most %d elements", CEL_STEPS_MAX);
    struct cel_value *items = new_items(scratch, (size_t)count);
    if (items == NULL)
        return cel_error_exhausted();
    for (int64_t i = 0; i < count; i++)
        items[i] = cel_int(i);
    return cel_list(items, (size_t)count);
}

static struct cel_value reverse(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    const struct cel_value *list = &arguments[0];
    struct cel_value *items = new_items(scratch, list->count);
    if (items == NULL)
        return cel_error_exhausted();
    for (uint32_t i = 0; i < list->count; i++)
        items[list->count - 1 - i] = list->items[i];
    return cel_list(items, list->count);
}

static bool precedes(const void *context, uint32_t a, uint32_t b)
{
    const struct cel_value *items = context;
    return cel_value_compare(&items[a], &items[b]) == CEL_ORDER_LESS;
}

static struct cel_value sort(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    const struct cel_value *list = &arguments[0];
    if (list->count == 0 || scratch == NULL)
        return list->count == 0 ? *list : cel_error_exhausted();
    for (uint32_t i = 0; i < list->count; i++)
        if (list->items[i].kind != list->items[0].kind ||
            cel_value_compare(&list->items[i], &list->items[i]) == CEL_ORDER_NONE)
            return cel_error(BYTES_LITERAL("sort: list elements must be comparable and all of the "
                                           "same type"));
    struct cel_value *items = new_items(scratch, list->count);
    size_t start = scratch->used;
    uint32_t *order = cel_scratch_alloc(scratch, 2 * sizeof *order * list->count);
    if (items == NULL || order == NULL)
        return cel_error_exhausted();
    for (uint32_t i = 0; i < list->count; i++)
        order[i] = i;
    cel_order_sort(order, order + list->count, list->count, precedes, list->items);
    for (uint32_t i = 0; i < list->count; i++)
        items[i] = list->items[order[i]];
    scratch->used = start; /* gives the order back */
    return cel_list(items, list->count);
}

/* ---- sets */

static bool includes(const struct cel_value *set, const struct cel_value *part)
{
    for (uint32_t i = 0; i < part->count; i++)
        if (!holds(set->items, set->count, &part->items[i]))
            return false;
    return true;
}

static struct cel_value set_contains(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    if (too_many(&arguments[0], &arguments[1]))
        return error_too_many(scratch, "sets.contains");
    return cel_bool(includes(&arguments[0], &arguments[1]));
}

static struct cel_value set_equivalent(struct cel_scratch *scratch,
                                       const struct cel_value *arguments)
{
    if (too_many(&arguments[0], &arguments[1]))
        return error_too_many(scratch, "sets.equivalent");
    return cel_bool(includes(&arguments[0], &arguments[1]) &&
                    includes(&arguments[1], &arguments[0]));
}

static struct cel_value set_intersects(struct cel_scratch *scratch,
                                       const struct cel_value *arguments)
{
    if (too_many(&arguments[0], &arguments[1]))
        return error_too_many(scratch, "sets.intersects");
    for (uint32_t i = 0; i < arguments[0].count; i++)
        if (holds(arguments[1].items, arguments[1].count, &arguments[0].items[i]))
            return cel_bool(true);
    return cel_bool(false);
}

/* ---- the table */

static const struct cel_overload overloads[] = {
    {"slice", CEL_CALL_MEMBER, "Lii:L", slice},
    {"distinct", CEL_CALL_MEMBER, "L:L", distinct},
    {"flatten", CEL_CALL_MEMBER, "L:L(*)", flatten},
    {"flatten", CEL_CALL_MEMBER, "Li:L(*)", flatten_to},
    {"lists.range", CEL_CALL_GLOBAL, "i:L(i)", range},
    {"reverse", CEL_CALL_MEMBER, "L:L", reverse},
    {"sort", CEL_CALL_MEMBER, "L:L", sort},
    {"sets.contains", CEL_CALL_GLOBAL, "LL:b", set_contains},
    {"sets.equivalent", CEL_CALL_GLOBAL, "LL:b", set_equivalent},
    {"sets.intersects", CEL_CALL_GLOBAL, "LL:b", set_intersects},
};

const struct cel_library cel_library_lists = CEL_LIBRARY(overloads);
