/* The loops of the macros that go over lists and maps. On the stack lie the range, an iterator, the
 * result so far and the locals; program.h has the opcodes.
 *
 * What a body leaves in the scratch and nobody keeps is given back before the next element. */
#include "cel/ast.h"
#include "cel/library.h"
#include "cel/program.h"

/* Behind the range. Of the iterator, `count` is the elements that were visited and `uinteger` the
 * scratch used when the newest began. */
enum { ITERATOR = 1, RESULT = 2, LOCALS = 3 };

struct cel_value cel_error_steps(void)
{
    return cel_error(BYTES_LITERAL("the evaluation takes too many steps"));
}

static enum ast_macro macro_of(const struct cel_instruction *i)
{
    return (enum ast_macro)(i->a / CEL_LOOP_SHAPE);
}

static uint32_t locals_of(const struct cel_instruction *i)
{
    return i->a % CEL_LOOP_SHAPE;
}

static struct cel_value *items_of(const struct cel_value *collection)
{
    return (struct cel_value *)collection->items; /* in the scratch while it is being filled */
}

static struct cel_value with_room(struct cel_run *run, enum cel_kind kind, uint32_t count)
{
    size_t size = (size_t)count * (kind == CEL_MAP ? 2 : 1) * sizeof(struct cel_value);
    void *items = size > 0 ? cel_scratch_alloc(run->scratch, size) : NULL;
    if (size > 0 && items == NULL)
        return cel_error_exhausted();
    return (struct cel_value){.kind = kind, .items = items};
}

static struct cel_value initial(struct cel_run *run, enum ast_macro macro, uint32_t count)
{
    switch (macro) {
    case AST_MACRO_ALL: return cel_bool(true);
    case AST_MACRO_EXISTS: return cel_bool(false);
    case AST_MACRO_EXISTS_ONE: return cel_int(0);
    case AST_MACRO_TRANSFORM_MAP: return with_room(run, CEL_MAP, count);
    case AST_MACRO_TRANSFORM_ENTRY: return (struct cel_value){.kind = CEL_MAP};
    default: return with_room(run, CEL_LIST, count);
    }
}

bool cel_loop_begin(struct cel_run *run, const struct cel_instruction *i, struct cel_value *loop)
{
    enum ast_macro macro = macro_of(i);
    bool list_only = macro == AST_MACRO_SORT_BY;
    if (loop->kind == CEL_ERROR)
        return false;
    if (loop->kind != CEL_LIST && (loop->kind != CEL_MAP || list_only)) {
        *loop = cel_error_overload(run->scratch, ast_macro_text(macro), loop, 1);
        return false;
    }
    loop[ITERATOR] = cel_int(0);
    loop[ITERATOR].count = 0;
    loop[RESULT] = initial(run, macro, loop->count);
    if (loop[RESULT].kind == CEL_ERROR) {
        *loop = loop[RESULT];
        return false;
    }
    for (uint32_t l = 0; l < locals_of(i); l++)
        loop[LOCALS + l] = (struct cel_value){.kind = CEL_NULL};
    return true;
}

bool cel_loop_next(struct cel_run *run, const struct cel_instruction *i, struct cel_value *loop)
{
    uint32_t position = loop[ITERATOR].count;
    if (position == loop->count)
        return false;
    if (!cel_run_spend(run, 1)) {
        loop[RESULT] = cel_error_steps();
        return false;
    }
    loop[ITERATOR].count++;
    loop[ITERATOR].uinteger = run->scratch != NULL ? run->scratch->used : 0;
    bool map = loop->kind == CEL_MAP;
    const struct cel_value *element = &loop->items[map ? 2 * (size_t)position : position];
    loop[LOCALS] = *element;
    if (locals_of(i) == 2) {
        loop[LOCALS + 1] = map ? element[1] : *element;
        if (!map)
            loop[LOCALS] = cel_int(position);
    }
    return true;
}

/* Gives back what the body made. Only when nothing of it is kept. */
static void forget(struct cel_run *run, const struct cel_value *loop)
{
    if (run->scratch != NULL && loop[RESULT].kind != CEL_ERROR)
        run->scratch->used = (size_t)loop[ITERATOR].uinteger;
}

static struct cel_value no_condition(struct cel_run *run, const struct cel_value *value)
{
    return value->kind == CEL_ERROR ? *value : cel_error_overload(run->scratch, "? :", value, 1);
}

enum cel_loop_where cel_loop_where(struct cel_run *run, struct cel_value *loop,
                                   const struct cel_value *condition)
{
    if (condition->kind != CEL_BOOL) {
        loop[RESULT] = no_condition(run, condition);
        return CEL_LOOP_STOP;
    }
    forget(run, loop);
    return condition->boolean ? CEL_LOOP_TAKE : CEL_LOOP_PASS;
}

/* ---- what each macro does with what the body gave; false ends the loop */

/* all and exists: one element that decides makes the errors of others not matter. */
static bool step_decide(struct cel_run *run, struct cel_value *loop, const struct cel_value *body,
                        bool deciding)
{
    if (body->kind != CEL_BOOL) {
        if (loop[RESULT].kind != CEL_ERROR)
            loop[RESULT] = body->kind == CEL_ERROR
                               ? *body
                               : cel_error_overload(run->scratch, deciding ? "||" : "&&", body, 1);
        return true;
    }
    forget(run, loop);
    if (body->boolean != deciding)
        return true;
    loop[RESULT] = *body;
    return false;
}

static bool step_count(struct cel_run *run, struct cel_value *loop, const struct cel_value *body)
{
    if (body->kind != CEL_BOOL) {
        loop[RESULT] = no_condition(run, body);
        return false;
    }
    forget(run, loop);
    loop[RESULT].integer += body->boolean;
    return true;
}

static bool step_filter(struct cel_run *run, struct cel_value *loop, const struct cel_value *body)
{
    struct cel_value *result = loop + RESULT;
    switch (cel_loop_where(run, loop, body)) {
    case CEL_LOOP_TAKE: items_of(result)[result->count++] = loop[LOCALS]; return true;
    case CEL_LOOP_PASS: return true;
    default: return false;
    }
}

static bool step_append(struct cel_value *loop, const struct cel_value *body)
{
    if (body->kind == CEL_ERROR) {
        loop[RESULT] = *body;
        return false;
    }
    struct cel_value *result = loop + RESULT;
    items_of(result)[result->count++] = *body;
    return true;
}

static bool step_map(struct cel_value *loop, const struct cel_value *body)
{
    if (body->kind == CEL_ERROR) {
        loop[RESULT] = *body;
        return false;
    }
    struct cel_value *pair = items_of(&loop[RESULT]) + 2 * (size_t)loop[RESULT].count++;
    pair[0] = loop[LOCALS];
    pair[1] = *body;
    return true;
}

/* The map grows by doubling: it is full when its pairs are a power of two, or none yet. */
static bool add_pair(struct cel_run *run, struct cel_value *map, const struct cel_value *pair)
{
    enum { PAIRS_MIN = 4 };
    uint32_t count = map->count;
    if (!cel_run_spend(run, 1 + count / 16)) {
        *map = cel_error_steps();
        return false;
    }
    if (cel_map_find(map, &pair[0]) != NULL) {
        *map = cel_error(BYTES_LITERAL("repeated key in a map"));
        return false;
    }
    if (count == 0 || (count >= PAIRS_MIN && (count & (count - 1)) == 0)) {
        struct cel_value bigger = with_room(run, CEL_MAP, count == 0 ? PAIRS_MIN : count * 2);
        if (bigger.kind == CEL_ERROR) {
            *map = bigger;
            return false;
        }
        if (count > 0)
            memcpy(items_of(&bigger), map->items, 2 * (size_t)count * sizeof *pair);
        map->items = bigger.items;
    }
    memcpy(items_of(map) + 2 * (size_t)count, pair, 2 * sizeof *pair);
    map->count++;
    return true;
}

static bool step_entries(struct cel_run *run, struct cel_value *loop, const struct cel_value *body)
{
    if (body->kind != CEL_MAP) {
        loop[RESULT] = body->kind == CEL_ERROR
                           ? *body
                           : cel_error_overload(run->scratch, "transformMapEntry", body, 1);
        return false;
    }
    for (size_t i = 0; i < body->count; i++)
        if (!add_pair(run, &loop[RESULT], &body->items[2 * i]))
            return false;
    return true;
}

bool cel_loop_step(struct cel_run *run, const struct cel_instruction *i, struct cel_value *loop,
                   const struct cel_value *body)
{
    switch (macro_of(i)) {
    case AST_MACRO_ALL: return step_decide(run, loop, body, false);
    case AST_MACRO_EXISTS: return step_decide(run, loop, body, true);
    case AST_MACRO_EXISTS_ONE: return step_count(run, loop, body);
    case AST_MACRO_FILTER: return step_filter(run, loop, body);
    case AST_MACRO_TRANSFORM_MAP: return step_map(loop, body);
    case AST_MACRO_TRANSFORM_ENTRY: return step_entries(run, loop, body);
    default: return step_append(loop, body);
    }
}

/* ---- the end */

static bool key_precedes(const void *context, uint32_t a, uint32_t b)
{
    const struct cel_value *keys = context;
    return cel_value_compare(&keys[a], &keys[b]) == CEL_ORDER_LESS;
}

static bool has_order(const struct cel_value *keys)
{
    for (uint32_t i = 0; i < keys->count; i++)
        if (keys->items[i].kind != keys->items[0].kind ||
            cel_value_compare(&keys->items[i], &keys->items[0]) == CEL_ORDER_NONE)
            return false;
    return true;
}

/* The elements of the range in the order of the keys that the body made of them. */
static struct cel_value sorted(struct cel_run *run, const struct cel_value *loop)
{
    const struct cel_value *keys = &loop[RESULT];
    uint32_t count = keys->count;
    if (count == 0)
        return *keys;
    if (!has_order(keys))
        return cel_error(
            BYTES_LITERAL("sortBy: the keys are not all of one kind that has an order"));
    struct cel_value list = with_room(run, CEL_LIST, count);
    uint32_t *order = cel_scratch_alloc(run->scratch, 2 * (size_t)count * sizeof *order);
    if (list.kind == CEL_ERROR || order == NULL)
        return cel_error_exhausted();
    for (uint32_t i = 0; i < count; i++)
        order[i] = i;
    cel_order_sort(order, order + count, count, key_precedes, keys->items);
    for (uint32_t i = 0; i < count; i++)
        items_of(&list)[i] = loop->items[order[i]];
    list.count = count;
    return list;
}

void cel_loop_end(struct cel_run *run, const struct cel_instruction *i, struct cel_value *loop)
{
    struct cel_value result = loop[RESULT];
    if (result.kind != CEL_ERROR && macro_of(i) == AST_MACRO_EXISTS_ONE)
        result = cel_bool(result.integer == 1);
    else if (result.kind != CEL_ERROR && macro_of(i) == AST_MACRO_SORT_BY)
        result = sorted(run, loop);
    *loop = result;
}
