/* Runs programs. Every value is judged by the kind it has now, not by the type that was declared,
 * so a null or an absent field where a number was promised is an error value and never a crash.
 *
 * No allocation. Time is bounded by the program, the data it looks at and CEL_STEPS_MAX. */
#include "cel/ast.h"
#include "cel/program.h"

#include <math.h>

static struct cel_value overload_error(struct cel_run *run, const char *symbol,
                                       const struct cel_value *arguments, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (arguments[i].kind == CEL_ERROR)
            return arguments[i];
    return cel_error_overload(run->scratch, symbol, arguments, count);
}

/* ---- reading */

static inline struct cel_value present(struct cel_run *run, const struct cel_value *value,
                                       uint32_t absent)
{
    if (value->kind == CEL_ABSENT && absent != CEL_KEEP_ABSENT)
        return run->program->constants[absent];
    return *value;
}

static inline struct cel_value read_slot(struct cel_run *run, const struct cel_value *record,
                                         const struct cel_instruction *i)
{
    if (record->kind == CEL_RECORD && i->b < record->count)
        return present(run, &record->items[i->b], i->c);
    if (record->kind == CEL_ABSENT)
        return present(run, record, i->c);
    return overload_error(run, ".", record, 1);
}

static const struct cel_value absent_value = {.kind = CEL_ABSENT};

/* Of a map, or of the map in an optional, with absent for none. NULL after an error in `ret`. */
static const struct cel_value *find_key(struct cel_run *run, const struct cel_value *operand,
                                        const struct cel_instruction *i, struct cel_value *ret)
{
    const struct cel_value *map = operand;
    if (operand->kind == CEL_OPTIONAL) {
        if (operand->items == NULL)
            return &absent_value;
        map = operand->items;
    }
    if (map->kind != CEL_MAP) {
        *ret = overload_error(run, ".", map, 1);
        return NULL;
    }
    const struct cel_value *found = cel_map_find(map, &run->program->constants[i->b]);
    return found != NULL ? found : &absent_value;
}

static struct cel_value optional(struct cel_run *run, const struct cel_value *value)
{
    if (value->kind == CEL_ERROR)
        return *value;
    return cel_optional(run->scratch, value->kind == CEL_ABSENT ? NULL : value);
}

/* What is selected from an optional is an optional; has() looks through it. */
static struct cel_value read_key(struct cel_run *run, const struct cel_value *operand,
                                 const struct cel_instruction *i)
{
    struct cel_value failure;
    const struct cel_value *found = find_key(run, operand, i, &failure);
    if (found == NULL)
        return failure;
    if (operand->kind == CEL_OPTIONAL && i->c != CEL_KEEP_ABSENT)
        return optional(run, found);
    return present(run, found, i->c);
}

static struct cel_value maybe_key(struct cel_run *run, const struct cel_value *operand,
                                  const struct cel_instruction *i)
{
    struct cel_value failure;
    const struct cel_value *found = find_key(run, operand, i, &failure);
    return found == NULL ? failure : optional(run, found);
}

static struct cel_value maybe_field(struct cel_run *run, const struct cel_value *operand,
                                    const struct cel_instruction *i)
{
    const struct cel_value *record = operand, *found = &absent_value;
    if (operand->kind == CEL_OPTIONAL)
        record = operand->items != NULL ? operand->items : &absent_value;
    if (record->kind == CEL_RECORD && i->b < record->count)
        found = &record->items[i->b];
    else if (record->kind != CEL_ABSENT)
        return overload_error(run, ".", record, 1);
    return i->a == 1 ? *found : optional(run, found);
}

static struct cel_value look_up(struct cel_run *run, const struct cel_value *pair,
                                const struct cel_instruction *i)
{
    if (pair[0].kind != CEL_TABLE || pair[1].kind != CEL_STRING)
        return overload_error(run, "lookup", pair, 2);
    struct cel_value *row = cel_scratch_alloc(run->scratch, i->b * sizeof *row);
    if (row == NULL)
        return cel_error_exhausted();
    if (!pair[0].table->find(pair[0].table, pair[1].string, row))
        return present(run, &absent_value, i->c);
    return (struct cel_value){.kind = CEL_RECORD, .count = i->b, .items = row};
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

/* NULL after an error in `ret`, which says what is not there or cannot be. */
static const struct cel_value *find_index(struct cel_run *run, const struct cel_value *held,
                                          const struct cel_value *index, struct cel_value *ret,
                                          bool *ret_missing)
{
    *ret_missing = false;
    if (held->kind == CEL_MAP) {
        const struct cel_value *found =
            cel_run_spend(run, held->count / 16) ? cel_map_find(held, index) : NULL;
        if (found == NULL) {
            *ret = run->steps == 0 ? cel_error_steps() : cel_error(BYTES_LITERAL("no such key"));
            *ret_missing = run->steps > 0;
        }
        return found;
    }
    uint64_t position;
    if (held->kind != CEL_LIST) {
        const struct cel_value pair[] = {*held, *index};
        *ret = overload_error(run, "[]", pair, 2);
        return NULL;
    }
    if (!as_index(index, &position)) {
        *ret = cel_error(BYTES_LITERAL("invalid argument: no position in a list"));
        *ret_missing = index->kind == CEL_INT;
        return NULL;
    }
    if (position < held->count)
        return &held->items[position];
    *ret = cel_error(BYTES_LITERAL("invalid argument: index out of range"));
    *ret_missing = true;
    return NULL;
}

/* `maybe` gives an optional in any case; the index of an optional always does. */
static struct cel_value read_index(struct cel_run *run, const struct cel_value *pair, bool maybe)
{
    if (pair[0].kind == CEL_ERROR || pair[1].kind == CEL_ERROR)
        return pair[0].kind == CEL_ERROR ? pair[0] : pair[1];
    const struct cel_value *held = &pair[0];
    struct cel_value failure;
    bool missing;
    if (held->kind == CEL_OPTIONAL) {
        if (held->items == NULL)
            return *held;
        held = held->items;
        maybe = true;
    }
    const struct cel_value *found = find_index(run, held, &pair[1], &failure, &missing);
    if (!maybe)
        return found != NULL ? *found : failure;
    return found == NULL && !missing ? failure : optional(run, found ? found : &absent_value);
}

static inline struct cel_value is_present(const struct cel_value *value)
{
    return value->kind == CEL_ERROR ? *value : cel_bool(value->kind != CEL_ABSENT);
}

/* ---- comparing */

static inline bool is_collection(const struct cel_value *value)
{
    return value->kind == CEL_LIST || value->kind == CEL_MAP;
}

static inline struct cel_value equal(struct cel_run *run, const struct cel_value *pair,
                                     bool negated)
{
    if (pair[0].kind == CEL_STRING && pair[1].kind == CEL_STRING)
        return cel_bool(bytes_equal(pair[0].string, pair[1].string) != negated);
    if (pair[0].kind == CEL_ERROR || pair[1].kind == CEL_ERROR)
        return pair[0].kind == CEL_ERROR ? pair[0] : pair[1];
    bool same = cel_value_equal_within(&pair[0], &pair[1], &run->steps);
    return run->steps > 0 ? cel_bool(same != negated) : cel_error_steps();
}

static inline struct cel_value in_order(struct cel_run *run, const struct cel_value *pair,
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
        return overload_error(run, ast_operator_text((enum ast_operator)i->b), pair, 2);
    return cel_bool((order & i->a) != 0);
}

static struct cel_value in_values(struct cel_run *run, const struct cel_value *pair)
{
    const struct cel_value *value = &pair[0], *held = &pair[1];
    if (value->kind == CEL_STRING && held->kind == CEL_TABLE)
        return cel_bool(held->table->has(held->table, value->string));
    if (value->kind == CEL_ERROR || !is_collection(held))
        return overload_error(run, "in", pair, 2);
    if (!cel_run_spend(run, held->count / 16))
        return cel_error_steps();
    if (held->kind == CEL_MAP)
        return cel_bool(cel_map_find(held, value) != NULL);
    for (uint32_t i = 0; i < held->count; i++)
        if (cel_value_equal_within(value, &held->items[i], &run->steps))
            return cel_bool(true);
    return run->steps > 0 ? cel_bool(false) : cel_error_steps();
}

static inline struct cel_value in_strings(struct cel_run *run, const struct cel_value *value,
                                          uint32_t set)
{
    if (value->kind == CEL_STRING)
        return cel_bool(cel_string_set_has(&run->program->sets[set], value->string));
    return value->kind == CEL_ERROR ? *value : cel_bool(false);
}

/* ---- logic */

static inline bool decides(const struct cel_value *value, bool deciding)
{
    return value->kind == CEL_BOOL && value->boolean == deciding;
}

/* `deciding` is false for && and true for ||: where one operand has it, the other does not matter,
 * even when it is an error. */
static inline struct cel_value join(struct cel_run *run, const struct cel_value *pair,
                                    bool deciding)
{
    if (pair[0].kind == CEL_BOOL && pair[1].kind == CEL_BOOL)
        return cel_bool(pair[0].boolean == deciding || pair[1].boolean == deciding ? deciding
                                                                                   : !deciding);
    if (decides(&pair[0], deciding) || decides(&pair[1], deciding))
        return cel_bool(deciding);
    return overload_error(run, deciding ? "||" : "&&", pair, 2);
}

static inline struct cel_value negate(struct cel_run *run, const struct cel_value *value)
{
    return value->kind == CEL_BOOL ? cel_bool(!value->boolean) : overload_error(run, "!", value, 1);
}

/* ---- making lists and maps: the one being filled is in the scratch, so writing to it is allowed
 */

static struct cel_value new_items(struct cel_run *run, enum cel_kind kind, uint32_t count)
{
    size_t items = (size_t)count * (kind == CEL_MAP ? 2 : 1);
    void *memory =
        items > 0 ? cel_scratch_alloc(run->scratch, items * sizeof(struct cel_value)) : NULL;
    if (items > 0 && memory == NULL)
        return cel_error_exhausted();
    return (struct cel_value){.kind = kind, .items = memory};
}

/* What an optional behind `?` holds; false when there is nothing to add or an error in `made`. */
static bool unwrap(struct cel_run *run, struct cel_value *made, struct cel_value *value)
{
    if (value->kind != CEL_OPTIONAL) {
        *made = overload_error(run, "?", value, 1);
        return false;
    }
    if (value->items == NULL)
        return false;
    *value = *value->items;
    return true;
}

static void add_item(struct cel_run *run, struct cel_value *list, struct cel_value *value,
                     bool spliced)
{
    if (list->kind == CEL_ERROR)
        return;
    if (value->kind == CEL_ERROR)
        *list = *value;
    else if (!spliced || unwrap(run, list, value))
        ((struct cel_value *)list->items)[list->count++] = *value;
}

static bool is_key(const struct cel_value *key)
{
    return key->kind == CEL_BOOL || key->kind == CEL_INT || key->kind == CEL_UINT ||
           key->kind == CEL_STRING;
}

static void add_pair(struct cel_run *run, struct cel_value *map, struct cel_value *pair,
                     bool spliced)
{
    if (map->kind == CEL_ERROR)
        return;
    if (pair[0].kind == CEL_ERROR || pair[1].kind == CEL_ERROR)
        *map = pair[0].kind == CEL_ERROR ? pair[0] : pair[1];
    else if (!is_key(&pair[0]))
        *map = overload_error(run, "{}", pair, 1);
    else if (cel_map_find(map, &pair[0]) != NULL)
        *map = cel_error(BYTES_LITERAL("repeated key in a map"));
    else if (!spliced || unwrap(run, map, &pair[1]))
        memcpy((struct cel_value *)map->items + 2 * (size_t)map->count++, pair, 2 * sizeof *pair);
}

/* ---- optionals */

/* True when what stands behind the `or` is not needed. */
static bool is_settled(struct cel_run *run, struct cel_value *value, bool unwrapped)
{
    if (value->kind == CEL_OPTIONAL && value->items == NULL)
        return false;
    if (value->kind != CEL_OPTIONAL)
        *value = overload_error(run, unwrapped ? "orValue" : "or", value, 1);
    else if (unwrapped)
        *value = *value->items;
    return true;
}

/* Pushes what the optional in `value` holds; false when there is nothing to go on with. */
static bool enter_optional(struct cel_run *run, struct cel_value *value)
{
    if (value->kind != CEL_OPTIONAL)
        *value = overload_error(run, "optMap", value, 1);
    if (value->kind != CEL_OPTIONAL || value->items == NULL)
        return false;
    value[1] = *value->items;
    return true;
}

static struct cel_value leave_optional(struct cel_run *run, const struct cel_value *value,
                                       bool flat)
{
    if (!flat)
        return optional(run, value);
    return value->kind == CEL_OPTIONAL ? *value : overload_error(run, "optFlatMap", value, 1);
}

/* ---- the machine */

struct tracer {
    void (*visit)(void *context, const struct cel_step *step);
    void *context;
};

/* A jump has completed what the instruction before its target completes. */
static void tell(const struct tracer *tracer, const struct cel_run *run, uint32_t completed,
                 const struct cel_value *value)
{
    const struct cel_span *span = &run->program->spans[completed];
    if (span->end == 0 || run->program->code[completed].opcode == CEL_OP_CONSTANT)
        return;
    struct cel_step step = {span->start, span->end, *value};
    tracer->visit(tracer->context, &step);
}

/* Where a run goes on, and with what on top. */
struct flow {
    const struct cel_instruction *next;
    struct cel_value *top;
};

/* The loop of a macro: one instruction of it. */
static struct flow run_loop(struct cel_run *run, const struct cel_instruction *i,
                            struct cel_value *top)
{
    const struct cel_instruction *code = run->program->code, *next = i + 1;
    uint32_t height = 2 + i->a % CEL_LOOP_SHAPE; /* from the range to the last local */
    switch ((enum cel_opcode)i->opcode) {
    case CEL_OP_LOOP:
        if (!cel_loop_begin(run, i, top))
            return (struct flow){code + i->c, top};
        return (struct flow){next, top + height};
    case CEL_OP_LOOP_NEXT:
        return (struct flow){cel_loop_next(run, i, top - height) ? next : code + i->c, top};
    case CEL_OP_LOOP_WHERE:
        switch (cel_loop_where(run, top - 1 - height, top)) {
        case CEL_LOOP_TAKE: return (struct flow){next, top - 1};
        case CEL_LOOP_PASS: return (struct flow){code + i->c, top - 1};
        default: return (struct flow){code + i->b, top - 1};
        }
    case CEL_OP_LOOP_STEP: {
        bool goes_on = cel_loop_step(run, i, top - 1 - height, top);
        return (struct flow){goes_on ? code + i->c : next, top - 1};
    }
    default: cel_loop_end(run, i, top - height); return (struct flow){next, top - height};
    }
}

/* What optionals and tables need. */
static struct flow run_optional(struct cel_run *run, const struct cel_instruction *i,
                                struct cel_value *top)
{
    const struct cel_instruction *next = i + 1, *target = run->program->code + i->b;
    switch ((enum cel_opcode)i->opcode) {
    case CEL_OP_LOOKUP: top--, *top = look_up(run, top, i); break;
    case CEL_OP_MAYBE_FIELD: *top = maybe_field(run, top, i); break;
    case CEL_OP_MAYBE_KEY: *top = maybe_key(run, top, i); break;
    case CEL_OP_MAYBE_INDEX: top--, *top = read_index(run, top, true); break;
    case CEL_OP_MAYBE: *top = optional(run, top); break;
    case CEL_OP_SOME_SKIP: next = is_settled(run, top, i->a == 1) ? target : next; break;
    case CEL_OP_SOME_ENTER:
        if (!enter_optional(run, top))
            return (struct flow){target, top};
        top++;
        break;
    default: top -= 2, *top = leave_optional(run, top + 2, i->a == 1); break;
    }
    return (struct flow){next, top};
}

/* `top` is the uppermost value in use; below the first lies one that is never read. In line twice,
 * with a tracer and, faster, without. */
static inline __attribute__((always_inline)) struct cel_value
run_program(struct cel_run *run, const struct tracer *tracer)
{
    const struct cel_program *program = run->program;
    struct cel_value stack[CEL_STACK_MAX + 1], *top = stack + run->depth;
    memset(stack, 0, (program->depth + 1) * sizeof *stack);
    const struct cel_instruction *i = program->code + run->start;
    for (;;) {
        struct flow flow;
        const struct cel_instruction *next = i + 1;
        switch ((enum cel_opcode)i->opcode) {
        case CEL_OP_RETURN: return *top;
        case CEL_OP_CONSTANT: *++top = program->constants[i->b]; break;
        case CEL_OP_VARIABLE: *++top = present(run, &run->variables[i->a], i->c); break;
        case CEL_OP_SLOT: *++top = read_slot(run, &run->variables[i->a], i); break;
        case CEL_OP_FIELD: *top = read_slot(run, top, i); break;
        case CEL_OP_KEY: *top = read_key(run, top, i); break;
        case CEL_OP_PRESENT: *top = is_present(top); break;
        case CEL_OP_INDEX: top--, *top = read_index(run, top, false); break;
        case CEL_OP_NOT: *top = negate(run, top); break;
        case CEL_OP_EQUAL: top--, *top = equal(run, top, i->a == 1); break;
        case CEL_OP_ORDER: top--, *top = in_order(run, top, i); break;
        case CEL_OP_IN: top--, *top = in_values(run, top); break;
        case CEL_OP_IN_STRINGS: *top = in_strings(run, top, i->b); break;
        case CEL_OP_AND_SKIP: next = decides(top, false) ? program->code + i->b : next; break;
        case CEL_OP_AND: top--, *top = join(run, top, false); break;
        case CEL_OP_OR_SKIP: next = decides(top, true) ? program->code + i->b : next; break;
        case CEL_OP_OR: top--, *top = join(run, top, true); break;
        case CEL_OP_BRANCH:
            if (top->kind != CEL_BOOL) {
                *top = overload_error(run, "? :", top, 1);
                next = program->code + i->c;
                break;
            }
            next = top->boolean ? next : program->code + i->b;
            top--;
            break;
        case CEL_OP_JUMP: next = program->code + i->b; break;
        case CEL_OP_LIST: *++top = new_items(run, CEL_LIST, i->b); break;
        case CEL_OP_ITEM: top--, add_item(run, top, top + 1, i->a == 1); break;
        case CEL_OP_MAP: *++top = new_items(run, CEL_MAP, i->b); break;
        case CEL_OP_PAIR: top -= 2, add_pair(run, top, top + 1, i->a == 1); break;
        case CEL_OP_CALL:
            top -= (int64_t)i->c - 1;
            *top = cel_function_call(run->scratch, &program->calls[i->b], top, i->c);
            break;
        case CEL_OP_LOCAL: top++, *top = stack[i->b]; break;
        case CEL_OP_COLLAPSE: top -= i->a, *top = top[i->a]; break;
        case CEL_OP_LOOP:
        case CEL_OP_LOOP_NEXT:
        case CEL_OP_LOOP_WHERE:
        case CEL_OP_LOOP_STEP:
        case CEL_OP_LOOP_END:
            flow = run_loop(run, i, top);
            top = flow.top, next = flow.next;
            break;
        default: /* of optionals and tables */
            flow = run_optional(run, i, top);
            top = flow.top, next = flow.next;
        }
        if (tracer != NULL)
            tell(tracer, run, (uint32_t)(next - 1 - program->code), top);
        i = next;
    }
}

struct cel_value cel_program_run(struct cel_run *run)
{
    return run_program(run, NULL);
}

static struct cel_run whole(const struct cel_program *program, const struct cel_value *variables,
                            struct cel_scratch *scratch)
{
    if (scratch != NULL)
        scratch->used = 0;
    return (struct cel_run){program, variables, scratch, 0, 0, CEL_STEPS_MAX};
}

struct cel_value cel_evaluate(const struct cel_program *program, const struct cel_value *variables,
                              struct cel_scratch *scratch)
{
    struct cel_run run = whole(program, variables, scratch);
    return run_program(&run, NULL);
}

struct cel_value cel_evaluate_traced(const struct cel_program *program,
                                     const struct cel_value *variables, struct cel_scratch *scratch,
                                     void (*visit)(void *context, const struct cel_step *step),
                                     void *context)
{
    struct cel_run run = whole(program, variables, scratch);
    struct tracer tracer = {visit, context};
    return run_program(&run, &tracer);
}

const struct cel_type *cel_program_type(const struct cel_program *program)
{
    return program->type;
}
