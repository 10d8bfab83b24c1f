/* Runs programs. Every value is judged by the kind it has now, not by the type that was declared,
 * so a null or an absent field where a number was promised is an error value and never a crash.
 *
 * No allocation and no loop backwards: time is bounded by the program and the data it looks at. */
#include "cel/ast.h"
#include "cel/program.h"

#include <math.h>

struct machine {
    const struct cel_program *program;
    const struct cel_value *variables;
    struct cel_scratch *scratch;
};

static struct cel_value overload_error(struct machine *machine, const char *symbol,
                                       const struct cel_value *arguments, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (arguments[i].kind == CEL_ERROR)
            return arguments[i];
    return cel_error_overload(machine->scratch, symbol, arguments, count);
}

/* ---- reading */

static inline struct cel_value present(struct machine *machine, const struct cel_value *value,
                                       uint32_t absent)
{
    if (value->kind == CEL_ABSENT && absent != CEL_KEEP_ABSENT)
        return machine->program->constants[absent];
    return *value;
}

static inline struct cel_value read_slot(struct machine *machine, const struct cel_value *record,
                                         const struct cel_instruction *i)
{
    if (record->kind == CEL_RECORD && i->b < record->count)
        return present(machine, &record->items[i->b], i->c);
    if (record->kind == CEL_ABSENT)
        return present(machine, record, i->c);
    return overload_error(machine, ".", record, 1);
}

static struct cel_value read_key(struct machine *machine, const struct cel_value *map,
                                 const struct cel_instruction *i)
{
    static const struct cel_value absent = {.kind = CEL_ABSENT};
    if (map->kind != CEL_MAP)
        return overload_error(machine, ".", map, 1);
    const struct cel_value *found = cel_map_find(map, &machine->program->constants[i->b]);
    return present(machine, found ? found : &absent, i->c);
}

/* A number of any kind that is whole counts as an index. */
static bool as_index(const struct cel_value *value, uint64_t *ret)
{
    switch (value->kind) {
    case CEL_INT: *ret = (uint64_t)value->integer; return value->integer >= 0;
    case CEL_UINT: *ret = value->uinteger; return true;
    case CEL_DOUBLE:
        if (!(value->number >= 0 && value->number <= UINT32_MAX))
            return false;
        *ret = (uint64_t)value->number;
        return (double)*ret == value->number;
    default: return false;
    }
}

static struct cel_value read_index(struct machine *machine, const struct cel_value *pair)
{
    const struct cel_value *held = &pair[0], *index = &pair[1];
    if (held->kind == CEL_ERROR || index->kind == CEL_ERROR)
        return held->kind == CEL_ERROR ? *held : *index;
    if (held->kind == CEL_MAP) {
        const struct cel_value *found = cel_map_find(held, index);
        return found ? *found : cel_error(BYTES_LITERAL("no such key"));
    }
    if (held->kind != CEL_LIST)
        return overload_error(machine, "[]", pair, 2);
    uint64_t position;
    if (!as_index(index, &position))
        return cel_error(BYTES_LITERAL("invalid argument: no position in a list"));
    if (position >= held->count)
        return cel_error(BYTES_LITERAL("invalid argument: index out of range"));
    return held->items[position];
}

static inline struct cel_value is_present(const struct cel_value *value)
{
    return value->kind == CEL_ERROR ? *value : cel_bool(value->kind != CEL_ABSENT);
}

/* ---- comparing */

static inline struct cel_value equal(const struct cel_value *pair, bool negated)
{
    if (pair[0].kind == CEL_ERROR || pair[1].kind == CEL_ERROR)
        return pair[0].kind == CEL_ERROR ? pair[0] : pair[1];
    return cel_bool(cel_value_equal(&pair[0], &pair[1]) != negated);
}

static inline struct cel_value in_order(struct machine *machine, const struct cel_value *pair,
                                        const struct cel_instruction *i)
{
    const struct cel_value *a = &pair[0], *b = &pair[1];
    enum cel_order order;
    if (a->kind == CEL_INT && b->kind == CEL_INT)
        order = a->integer < b->integer   ? CEL_ORDER_LESS
                : a->integer > b->integer ? CEL_ORDER_GREATER
                                          : CEL_ORDER_EQUAL;
    else
        order = cel_value_compare(a, b);
    if (order == CEL_ORDER_NONE)
        return overload_error(machine, ast_operator_text((enum ast_operator)i->b), pair, 2);
    return cel_bool((order & i->a) != 0);
}

static struct cel_value in_values(struct machine *machine, const struct cel_value *pair)
{
    const struct cel_value *value = &pair[0], *held = &pair[1];
    if (value->kind == CEL_ERROR || (held->kind != CEL_LIST && held->kind != CEL_MAP))
        return overload_error(machine, "in", pair, 2);
    if (held->kind == CEL_MAP)
        return cel_bool(cel_map_find(held, value) != NULL);
    for (uint32_t i = 0; i < held->count; i++)
        if (cel_value_equal(value, &held->items[i]))
            return cel_bool(true);
    return cel_bool(false);
}

static inline struct cel_value in_strings(struct machine *machine, const struct cel_value *value,
                                          uint32_t set)
{
    if (value->kind == CEL_STRING)
        return cel_bool(cel_string_set_has(&machine->program->sets[set], value->string));
    return value->kind == CEL_ERROR ? *value : cel_bool(false);
}

/* ---- logic */

static inline bool decides(const struct cel_value *value, bool deciding)
{
    return value->kind == CEL_BOOL && value->boolean == deciding;
}

/* `deciding` is false for && and true for ||: where one operand has it, the other does not matter,
 * even when it is an error. */
static inline struct cel_value join(struct machine *machine, const struct cel_value *pair,
                                    bool deciding)
{
    if (pair[0].kind == CEL_BOOL && pair[1].kind == CEL_BOOL)
        return cel_bool(pair[0].boolean == deciding || pair[1].boolean == deciding ? deciding
                                                                                   : !deciding);
    if (decides(&pair[0], deciding) || decides(&pair[1], deciding))
        return cel_bool(deciding);
    return overload_error(machine, deciding ? "||" : "&&", pair, 2);
}

static inline struct cel_value negate(struct machine *machine, const struct cel_value *value)
{
    return value->kind == CEL_BOOL ? cel_bool(!value->boolean)
                                   : overload_error(machine, "!", value, 1);
}

/* ---- making lists and maps: the one being filled is in the scratch, so writing to it is allowed
 */

static struct cel_value new_items(struct machine *machine, enum cel_kind kind, uint32_t count)
{
    size_t items = (size_t)count * (kind == CEL_MAP ? 2 : 1);
    void *memory =
        items > 0 ? cel_scratch_alloc(machine->scratch, items * sizeof(struct cel_value)) : NULL;
    if (items > 0 && memory == NULL)
        return cel_error_exhausted();
    return (struct cel_value){.kind = kind, .count = count, .items = memory};
}

static void set_item(struct cel_value *list, const struct cel_value *value, uint32_t position)
{
    if (list->kind == CEL_ERROR)
        return;
    if (value->kind == CEL_ERROR)
        *list = *value;
    else
        ((struct cel_value *)list->items)[position] = *value;
}

static bool is_key(const struct cel_value *key)
{
    return key->kind == CEL_BOOL || key->kind == CEL_INT || key->kind == CEL_UINT ||
           key->kind == CEL_STRING;
}

static void set_pair(struct machine *machine, struct cel_value *map, const struct cel_value *pair,
                     uint32_t position)
{
    if (map->kind == CEL_ERROR)
        return;
    struct cel_value filled = *map;
    filled.count = position;
    if (pair[0].kind == CEL_ERROR || pair[1].kind == CEL_ERROR)
        *map = pair[0].kind == CEL_ERROR ? pair[0] : pair[1];
    else if (!is_key(&pair[0]))
        *map = overload_error(machine, "{}", pair, 1);
    else if (cel_map_find(&filled, &pair[0]) != NULL)
        *map = cel_error(BYTES_LITERAL("repeated key in a map"));
    else
        memcpy((struct cel_value *)map->items + 2 * (size_t)position, pair, 2 * sizeof *pair);
}

/* ---- the machine */

/* `top` is the uppermost value in use; below the first lies one that is never read. */
struct cel_value cel_program_run(const struct cel_program *program, uint32_t start,
                                 const struct cel_value *variables, struct cel_scratch *scratch)
{
    struct cel_value stack[CEL_STACK_MAX + 1], *top = stack;
    memset(stack, 0, (program->depth + 1) * sizeof *stack);
    struct machine context = {program, variables, scratch}, *machine = &context;
    const struct cel_instruction *i = program->code + start;
    for (;;) {
        const struct cel_instruction *next = i + 1;
        switch ((enum cel_opcode)i->opcode) {
        case CEL_OP_RETURN: return *top;
        case CEL_OP_CONSTANT: *++top = program->constants[i->b]; break;
        case CEL_OP_VARIABLE: *++top = present(machine, &variables[i->a], i->c); break;
        case CEL_OP_SLOT: *++top = read_slot(machine, &variables[i->a], i); break;
        case CEL_OP_FIELD: *top = read_slot(machine, top, i); break;
        case CEL_OP_KEY: *top = read_key(machine, top, i); break;
        case CEL_OP_PRESENT: *top = is_present(top); break;
        case CEL_OP_INDEX: top--, *top = read_index(machine, top); break;
        case CEL_OP_NOT: *top = negate(machine, top); break;
        case CEL_OP_EQUAL: top--, *top = equal(top, i->a == 1); break;
        case CEL_OP_ORDER: top--, *top = in_order(machine, top, i); break;
        case CEL_OP_IN: top--, *top = in_values(machine, top); break;
        case CEL_OP_IN_STRINGS: *top = in_strings(machine, top, i->b); break;
        case CEL_OP_AND_SKIP: next = decides(top, false) ? program->code + i->b : next; break;
        case CEL_OP_AND: top--, *top = join(machine, top, false); break;
        case CEL_OP_OR_SKIP: next = decides(top, true) ? program->code + i->b : next; break;
        case CEL_OP_OR: top--, *top = join(machine, top, true); break;
        case CEL_OP_BRANCH:
            if (top->kind != CEL_BOOL) {
                *top = overload_error(machine, "? :", top, 1);
                next = program->code + i->c;
                break;
            }
            next = top->boolean ? next : program->code + i->b;
            top--;
            break;
        case CEL_OP_JUMP: next = program->code + i->b; break;
        case CEL_OP_LIST: *++top = new_items(machine, CEL_LIST, i->b); break;
        case CEL_OP_ITEM: top--, set_item(top, top + 1, i->b); break;
        case CEL_OP_MAP: *++top = new_items(machine, CEL_MAP, i->b); break;
        case CEL_OP_PAIR: top -= 2, set_pair(machine, top, top + 1, i->b); break;
        case CEL_OP_CALL:
            top -= (int64_t)i->c - 1;
            *top = cel_function_call(scratch, &program->calls[i->b], top, i->c);
            break;
        }
        i = next;
    }
}

struct cel_value cel_evaluate(const struct cel_program *program, const struct cel_value *variables,
                              struct cel_scratch *scratch)
{
    if (scratch != NULL)
        scratch->used = 0;
    return cel_program_run(program, 0, variables, scratch);
}

const struct cel_type *cel_program_type(const struct cel_program *program)
{
    return program->type;
}
