/* The checked tree to a program. What depends on no variable is evaluated here, once, and becomes a
 * constant; a failure stays in the program, because `false && 1/0 > 0` is false. */
#include "cel/ast.h"
#include "cel/program.h"

struct generator {
    struct cel_unit *unit;
    struct cel_instruction *code;
    struct cel_span *spans;
    struct cel_value *constants;
    struct cel_string_set *sets;
    struct cel_call *calls;
    uint32_t room; /* of each of the five arrays */
    uint32_t count;
    uint32_t constant_count;
    uint32_t set_count;
    uint32_t call_count;
    uint32_t unknowns; /* parts so far whose value only an evaluation shows */
    uint32_t depth;    /* values on the stack at this point of the program */
    uint32_t depth_max;
    uint32_t outermost;  /* the lowest place of a local that the current part names */
    uint32_t quiet;      /* inside this many macros, whose parts are not traced */
    uint32_t fold_steps; /* left for evaluating constants */
    uint64_t repeats;    /* how often this place runs, as far as the ranges around it are known */
    struct cel_scratch scratch;
};

enum { FOLD_MEMORY = 256 * 1024, FOLD_STEPS = 100 * 1000 };

static void generate(struct generator *generator, const struct ast_node *node);

/* ---- pieces */

/* `node` is what the instruction completes, or NULL; `effect` is how many values the stack grows
 * by. Returns the instruction's index. */
static uint32_t emit(struct generator *generator, const struct ast_node *node,
                     struct cel_instruction instruction, int effect)
{
    uint32_t index = generator->count++;
    ML_ASSERT(generator->count < generator->room);
    generator->code[index] = instruction;
    generator->spans[index] = generator->quiet > 0 || node == NULL
                                  ? (struct cel_span){0, 0}
                                  : (struct cel_span){node->start, node->end};
    generator->depth = (uint32_t)((int)generator->depth + effect);
    if (generator->depth > generator->depth_max)
        generator->depth_max = generator->depth;
    return index;
}

static void land_here(struct generator *generator, uint32_t jump)
{
    generator->code[jump].b = generator->count;
}

static uint32_t add_constant(struct generator *generator, struct cel_value value)
{
    ML_ASSERT(generator->constant_count < generator->room);
    generator->constants[generator->constant_count] = value;
    return generator->constant_count++;
}

static void emit_constant(struct generator *generator, const struct ast_node *node,
                          struct cel_value value)
{
    uint32_t index = add_constant(generator, value);
    emit(generator, node, (struct cel_instruction){CEL_OP_CONSTANT, .b = index}, 1);
}

/* ---- constants */

/* Moves what the evaluation made out of its scratch; the rest already lives in the arena. Values
 * that one list holds many times become many: false when that takes more than `room`. */
static bool keep(struct generator *generator, struct cel_value *value, size_t *room)
{
    struct arena *arena = generator->unit->arena;
    const char *start = generator->scratch.memory;
    bool text = value->kind == CEL_STRING || value->kind == CEL_BYTES;
    bool items = value->kind == CEL_LIST || value->kind == CEL_MAP || value->kind == CEL_RECORD ||
                 value->kind == CEL_OPTIONAL;
    const char *data = text ? value->string.data : items ? (const char *)value->items : NULL;
    if (data == NULL || data < start || data >= start + FOLD_MEMORY)
        return true;
    size_t count = (size_t)value->count * (value->kind == CEL_MAP ? 2 : 1);
    size_t size = text ? value->string.size : count * sizeof *value;
    if (size > *room)
        return false;
    *room -= size;
    if (text) {
        value->string = arena_copy(arena, value->string);
        return true;
    }
    struct cel_value *copies = arena_array(arena, count, sizeof *copies);
    for (size_t i = 0; i < count; i++) {
        copies[i] = value->items[i];
        if (!keep(generator, &copies[i], room))
            return false;
    }
    value->items = copies;
    return true;
}

static struct cel_program view(const struct generator *generator)
{
    return (struct cel_program){.code = generator->code,
                                .constants = generator->constants,
                                .sets = generator->sets,
                                .calls = generator->calls,
                                .spans = generator->spans,
                                .count = generator->count,
                                .depth = generator->depth_max};
}

/* Replaces the instructions since `start` by their result, when there is one. */
static void fold(struct generator *generator, const struct ast_node *node, uint32_t start,
                 const struct generator *before)
{
    bool known = generator->unknowns == before->unknowns && generator->outermost > before->depth;
    if (generator->count - start <= 1 || !known || generator->depth_max > CEL_STACK_MAX)
        return;
    if (generator->scratch.memory == NULL) {
        generator->scratch.memory = arena_alloc(generator->unit->work, FOLD_MEMORY);
        generator->scratch.size = FOLD_MEMORY;
    }
    generator->code[generator->count] = (struct cel_instruction){CEL_OP_RETURN};
    generator->scratch.used = 0;
    struct cel_program program = view(generator);
    struct cel_run run = {&program, NULL,          &generator->scratch,
                          start,    before->depth, generator->fold_steps};
    struct cel_value value = cel_program_run(&run);
    generator->fold_steps = run.steps;
    size_t room = FOLD_MEMORY;
    if (value.kind == CEL_ERROR || !keep(generator, &value, &room)) {
        /* Whatever contains this is not known here either; trying again would only cost time. */
        generator->unknowns++;
        return;
    }
    generator->count = start;
    generator->constant_count = before->constant_count;
    generator->set_count = before->set_count;
    generator->call_count = before->call_count;
    generator->depth = before->depth;
    emit_constant(generator, node, value);
}

/* ---- names and fields */

/* The error that reading an absent value gives: "no such key: lead.email". */
static uint32_t absent_error(struct generator *generator, const struct ast_node *node)
{
    const struct cel_unit *unit = generator->unit;
    const char *text =
        node->kind == AST_VARIABLE
            ? arena_printf(unit->arena, "no value for variable: %s",
                           unit->environment->variables[node->index].name)
            : arena_printf(unit->arena, "no such key: %.*s", (int)(node->end - node->start),
                           unit->source.data + node->start);
    return add_constant(generator, cel_error(bytes_of(text)));
}

static void generate_variable(struct generator *generator, const struct ast_node *node, bool keep)
{
    const struct cel_value *value = generator->unit->environment->variables[node->index].value;
    if (value != NULL && value->kind != CEL_ABSENT) {
        emit_constant(generator, node, *value);
        return;
    }
    generator->unknowns++;
    uint32_t absent = keep ? CEL_KEEP_ABSENT : absent_error(generator, node);
    emit(generator, node->test ? NULL : node,
         (struct cel_instruction){CEL_OP_VARIABLE, (uint16_t)node->index, .c = absent}, 1);
}

static void generate_local(struct generator *generator, const struct ast_node *node)
{
    uint32_t position = node->locals->position;
    if (position < generator->outermost)
        generator->outermost = position;
    emit(generator, node, (struct cel_instruction){CEL_OP_LOCAL, .b = position}, 1);
}

/* A row that is not there is absent: its fields are, and an optional of it is none. */
static void generate_lookup(struct generator *generator, const struct ast_node *node, bool keep)
{
    generate(generator, node->first);
    generate(generator, node->last);
    uint32_t absent = keep || node->maybe ? CEL_KEEP_ABSENT : absent_error(generator, node);
    uint32_t fields = (uint32_t)cel_type_resolve(generator->unit, node->first->type)->field_count;
    emit(generator, node->maybe ? NULL : node,
         (struct cel_instruction){CEL_OP_LOOKUP, .b = fields, .c = absent}, -1);
    if (node->maybe)
        emit(generator, node, (struct cel_instruction){CEL_OP_MAYBE}, 0);
}

static void generate_field(struct generator *generator, const struct ast_node *node, bool keep);

/* What a field is read from. Inside has() and before a field what is absent stays absent to the
 * end: has(lead.company.size) is false when there is no company, as an unset message field of the
 * specification is an empty message. */
static void generate_record(struct generator *generator, const struct ast_node *node)
{
    if (node->kind == AST_FIELD && !node->test)
        generate_field(generator, node, true);
    else if (node->kind == AST_VARIABLE && !node->test)
        generate_variable(generator, node, true);
    else if (node->kind == AST_LOOKUP)
        generate_lookup(generator, node, true);
    else
        generate(generator, node);
}

static void generate_field(struct generator *generator, const struct ast_node *node, bool keep)
{
    const struct ast_node *operand = node->first, *completed = node->test ? NULL : node;
    uint32_t absent = keep ? CEL_KEEP_ABSENT : absent_error(generator, node);
    bool known = operand->kind == AST_VARIABLE &&
                 generator->unit->environment->variables[operand->index].value != NULL;
    if (operand->kind == AST_VARIABLE && !known) {
        generator->unknowns++;
        emit(generator, completed,
             (struct cel_instruction){CEL_OP_SLOT, (uint16_t)operand->index, node->index, absent},
             1);
        return;
    }
    generate_record(generator, operand);
    emit(generator, completed, (struct cel_instruction){CEL_OP_FIELD, 0, node->index, absent}, 0);
}

static void generate_optional_field(struct generator *generator, const struct ast_node *node)
{
    generate_record(generator, node->first);
    emit(generator, node->test ? NULL : node,
         (struct cel_instruction){CEL_OP_MAYBE_FIELD, node->test, node->index, 0}, 0);
}

static void generate_selection(struct generator *generator, const struct ast_node *node, bool keep)
{
    generate(generator, node->first);
    uint32_t absent = keep ? CEL_KEEP_ABSENT : absent_error(generator, node);
    struct bytes name = arena_copy(generator->unit->arena, node->name);
    uint32_t key = add_constant(generator, cel_string(name));
    uint16_t opcode = node->maybe ? CEL_OP_MAYBE_KEY : CEL_OP_KEY;
    emit(generator, node->test ? NULL : node, (struct cel_instruction){opcode, 0, key, absent}, 0);
}

static void generate_name(struct generator *generator, const struct ast_node *node)
{
    switch (node->kind) {
    case AST_VARIABLE: generate_variable(generator, node, node->test); break;
    case AST_LOCAL: generate_local(generator, node); break;
    case AST_FIELD: generate_field(generator, node, node->test); break;
    case AST_OPTIONAL_FIELD: generate_optional_field(generator, node); break;
    default: generate_selection(generator, node, node->test);
    }
    if (node->test)
        emit(generator, node, (struct cel_instruction){CEL_OP_PRESENT}, 0);
}

/* ---- operators */

/* The set that all programs share, when the operand is a variable that has one. */
static const struct cel_string_set *shared_set(const struct generator *generator,
                                               const struct ast_node *node)
{
    return node->kind == AST_VARIABLE ? generator->unit->environment->variables[node->index].set
                                      : NULL;
}

static void generate_membership(struct generator *generator, const struct ast_node *node)
{
    generate(generator, node->first);
    uint32_t start = generator->count;
    generate(generator, node->last);
    const struct cel_instruction *last = &generator->code[start];
    const struct cel_string_set *set = NULL;
    if (generator->count - start == 1 && last->opcode == CEL_OP_CONSTANT) {
        set = shared_set(generator, node->last);
        if (set == NULL)
            set = cel_string_set_new(generator->unit->arena, &generator->constants[last->b]);
    }
    if (set != NULL) {
        uint32_t at = generator->set_count++;
        generator->sets[at] = *set;
        generator->count = start;
        generator->depth--;
        emit(generator, node, (struct cel_instruction){CEL_OP_IN_STRINGS, .b = at}, 0);
        return;
    }
    emit(generator, node, (struct cel_instruction){CEL_OP_IN}, -1);
}

/* Readies the constant that the instructions since `start` are, when the function wants that. */
static void prepare_argument(struct generator *generator, const struct ast_node *node,
                             uint32_t start, const struct cel_call *call)
{
    const struct cel_instruction *last = &generator->code[start];
    if (call->count != 1 || call->overloads[0]->prepare == NULL || generator->count - start != 1 ||
        last->opcode != CEL_OP_CONSTANT || generator->constants[last->b].kind != CEL_STRING)
        return;
    struct cel_unit *unit = generator->unit;
    struct cel_value prepared =
        call->overloads[0]->prepare(unit->arena, &generator->constants[last->b]);
    if (prepared.kind != CEL_ERROR)
        generator->constants[last->b] = prepared;
    else if (!unit->unchecked) /* there it is an error when it runs */
        cel_unit_fail(unit, ML_EINVAL, node->start, "%.*s", BYTES_ARG(prepared.string));
}

/* a.or(b), a.orValue(b): b is not needed, nor its errors, when a is some. */
static uint32_t generate_some_skip(struct generator *generator, const struct ast_node *node)
{
    bool value = bytes_is(node->name, "orValue");
    if (!node->member || node->count != 2 || (!value && !bytes_is(node->name, "or")))
        return UINT32_MAX;
    return emit(generator, NULL, (struct cel_instruction){CEL_OP_SOME_SKIP, value}, 0);
}

static void generate_call(struct generator *generator, const struct ast_node *node)
{
    uint32_t skip = UINT32_MAX;
    for (const struct ast_node *child = node->first; child != NULL; child = child->next) {
        uint32_t start = generator->count;
        generate(generator, child);
        if (child == node->last)
            prepare_argument(generator, child, start, &node->call.call);
        if (child == node->first)
            skip = generate_some_skip(generator, node);
    }
    generator->calls[generator->call_count] = node->call.call;
    emit(generator, node,
         (struct cel_instruction){CEL_OP_CALL, .b = generator->call_count++, .c = node->count},
         1 - (int)node->count);
    if (skip != UINT32_MAX)
        land_here(generator, skip);
}

static const struct cel_instruction simple_operations[] = {
    [AST_NOT] = {CEL_OP_NOT},
    [AST_EQUAL] = {CEL_OP_EQUAL, 0},
    [AST_NOT_EQUAL] = {CEL_OP_EQUAL, 1},
    [AST_LESS] = {CEL_OP_ORDER, CEL_ORDER_LESS, AST_LESS},
    [AST_LESS_EQUAL] = {CEL_OP_ORDER, CEL_ORDER_LESS | CEL_ORDER_EQUAL, AST_LESS_EQUAL},
    [AST_GREATER] = {CEL_OP_ORDER, CEL_ORDER_GREATER, AST_GREATER},
    [AST_GREATER_EQUAL] = {CEL_OP_ORDER, CEL_ORDER_GREATER | CEL_ORDER_EQUAL, AST_GREATER_EQUAL},
};

static void generate_index(struct generator *generator, const struct ast_node *node)
{
    generate(generator, node->first);
    generate(generator, node->last);
    uint16_t opcode = node->maybe ? CEL_OP_MAYBE_INDEX : CEL_OP_INDEX;
    emit(generator, node, (struct cel_instruction){opcode}, -1);
}

static void generate_operation(struct generator *generator, const struct ast_node *node)
{
    switch (node->operation) {
    case AST_IN: generate_membership(generator, node); return;
    case AST_INDEX: generate_index(generator, node); return;
    case AST_ADD:
    case AST_SUBTRACT:
    case AST_MULTIPLY:
    case AST_DIVIDE:
    case AST_MODULO:
    case AST_NEGATE: generate_call(generator, node); return;
    default:
        for (const struct ast_node *child = node->first; child != NULL; child = child->next)
            generate(generator, child);
        emit(generator, node, simple_operations[node->operation], 1 - (int)node->count);
    }
}

/* a && b && c: each operand may decide; then the jump leads behind the last. */
static void generate_logic(struct generator *generator, const struct ast_node *node)
{
    bool and = node->operation == AST_AND;
    struct cel_instruction skip = {and? CEL_OP_AND_SKIP : CEL_OP_OR_SKIP};
    struct cel_instruction join = {and? CEL_OP_AND : CEL_OP_OR};
    uint32_t previous = UINT32_MAX; /* the jumps wait in a chain through their targets */
    generate(generator, node->first);
    for (const struct ast_node *child = node->first->next; child != NULL; child = child->next) {
        skip.b = previous;
        previous = emit(generator, NULL, skip, 0);
        generate(generator, child);
        emit(generator, child->next != NULL ? NULL : node, join, -1);
    }
    while (previous != UINT32_MAX) {
        uint32_t jump = previous;
        previous = generator->code[jump].b;
        land_here(generator, jump);
    }
}

/* The last jump leads nowhere else: it is there to complete the whole. */
static void generate_conditional(struct generator *generator, const struct ast_node *node)
{
    const struct ast_node *then = node->first->next;
    generate(generator, node->first);
    uint32_t branch = emit(generator, NULL, (struct cel_instruction){CEL_OP_BRANCH}, -1);
    generate(generator, then);
    uint32_t jump = emit(generator, NULL, (struct cel_instruction){CEL_OP_JUMP}, -1);
    land_here(generator, branch);
    generate(generator, node->last);
    uint32_t last = emit(generator, node, (struct cel_instruction){CEL_OP_JUMP}, 0);
    land_here(generator, jump);
    land_here(generator, last);
    generator->code[branch].c = generator->count;
}

/* ---- lists and maps */

static void generate_list(struct generator *generator, const struct ast_node *node)
{
    emit(generator, node->count == 0 ? node : NULL,
         (struct cel_instruction){CEL_OP_LIST, .b = node->count}, 1);
    for (const struct ast_node *child = node->first; child != NULL; child = child->next) {
        generate(generator, child);
        emit(generator, child == node->last ? node : NULL,
             (struct cel_instruction){CEL_OP_ITEM, child->spliced}, -1);
    }
}

static void generate_map(struct generator *generator, const struct ast_node *node)
{
    emit(generator, node->count == 0 ? node : NULL,
         (struct cel_instruction){CEL_OP_MAP, .b = node->count / 2}, 1);
    for (const struct ast_node *key = node->first; key != NULL; key = key->next->next) {
        generate(generator, key);
        generate(generator, key->next);
        emit(generator, key->next == node->last ? node : NULL,
             (struct cel_instruction){CEL_OP_PAIR, key->spliced}, -2);
    }
}

/* ---- macros */

/* Work that is certain to be too much is said before anything runs. */
static uint64_t known_repeats(struct generator *generator, const struct ast_node *node)
{
    const struct cel_instruction *last = &generator->code[generator->count - 1];
    if (last->opcode != CEL_OP_CONSTANT)
        return generator->repeats;
    uint64_t repeats = generator->repeats * generator->constants[last->b].count;
    if (generator->constants[last->b].kind != CEL_LIST &&
        generator->constants[last->b].kind != CEL_MAP)
        return generator->repeats;
    bool decides_early = node->macro == AST_MACRO_ALL || node->macro == AST_MACRO_EXISTS;
    if (repeats > CEL_STEPS_MAX && !decides_early)
        cel_unit_fail(generator->unit, ML_ELIMIT, node->place,
                      "the macros around this run it %llu times, more than the %d steps that an "
                      "evaluation may take",
                      (unsigned long long)repeats, CEL_STEPS_MAX);
    return decides_early || repeats > CEL_STEPS_MAX ? generator->repeats : repeats;
}

static void generate_comprehension(struct generator *generator, const struct ast_node *node)
{
    const struct ast_node *filter = node->count == 3 ? node->first->next : NULL;
    uint16_t shape = (uint16_t)((uint32_t)node->macro * CEL_LOOP_SHAPE + node->local_count);
    uint32_t locals = node->local_count, where = UINT32_MAX, range = generator->depth + 1;
    uint64_t repeats = generator->repeats;
    generate(generator, node->first);
    generator->repeats = known_repeats(generator, node);
    generator->quiet++;
    uint32_t loop =
        emit(generator, NULL, (struct cel_instruction){CEL_OP_LOOP, shape}, 2 + (int)locals);
    for (uint32_t i = 0; i < locals; i++)
        node->locals[i].position = range + 3 + i;
    uint32_t next = emit(generator, NULL, (struct cel_instruction){CEL_OP_LOOP_NEXT, shape}, 0);
    if (filter != NULL) {
        generate(generator, filter);
        where =
            emit(generator, NULL, (struct cel_instruction){CEL_OP_LOOP_WHERE, shape, 0, next}, -1);
    }
    generate(generator, node->last);
    emit(generator, NULL, (struct cel_instruction){CEL_OP_LOOP_STEP, shape, 0, next}, -1);
    generator->quiet--;
    generator->code[next].c = generator->count;
    if (where != UINT32_MAX)
        land_here(generator, where);
    emit(generator, node, (struct cel_instruction){CEL_OP_LOOP_END, shape}, -2 - (int)locals);
    generator->code[loop].c = generator->count;
    generator->repeats = repeats;
}

/* The values stay on the stack, where the names find them, until the body is done. */
static void generate_values(struct generator *generator, const struct ast_node *node)
{
    struct ast_local *local = node->locals;
    const struct ast_node *child = node->first;
    generator->quiet++;
    for (; child != node->last; child = child->next, local++) {
        generate(generator, child);
        local->position = generator->depth;
    }
    generate(generator, child);
    generator->quiet--;
    uint16_t count = (uint16_t)(node->count - 1);
    emit(generator, node, (struct cel_instruction){CEL_OP_COLLAPSE, count}, -(int)count);
}

static void generate_optional_map(struct generator *generator, const struct ast_node *node)
{
    generate(generator, node->first);
    generator->quiet++;
    uint32_t enter = emit(generator, NULL, (struct cel_instruction){CEL_OP_SOME_ENTER}, 1);
    node->locals[0].position = generator->depth;
    generate(generator, node->last);
    generator->quiet--;
    bool flat = node->macro == AST_MACRO_OPTIONAL_FLAT_MAP;
    emit(generator, node, (struct cel_instruction){CEL_OP_SOME_LEAVE, flat}, -2);
    land_here(generator, enter);
}

/* ---- any node */

static void generate_kind(struct generator *generator, const struct ast_node *node)
{
    switch (node->kind) {
    case AST_LITERAL: emit_constant(generator, node, node->literal); break;
    case AST_CALL: generate_call(generator, node); break;
    case AST_OPERATION: generate_operation(generator, node); break;
    case AST_LOGIC: generate_logic(generator, node); break;
    case AST_CONDITIONAL: generate_conditional(generator, node); break;
    case AST_LIST: generate_list(generator, node); break;
    case AST_MAP: generate_map(generator, node); break;
    case AST_COMPREHENSION: generate_comprehension(generator, node); break;
    case AST_BIND:
    case AST_BLOCK: generate_values(generator, node); break;
    case AST_OPTIONAL_MAP: generate_optional_map(generator, node); break;
    case AST_LOOKUP: generate_lookup(generator, node, false); break;
    case AST_NAME:
    case AST_SELECT:
    case AST_VARIABLE:
    case AST_FIELD:
    case AST_OPTIONAL_FIELD:
    case AST_LOCAL: generate_name(generator, node); break;
    }
}

static void generate(struct generator *generator, const struct ast_node *node)
{
    struct generator before = *generator;
    generator->outermost = UINT32_MAX;
    generate_kind(generator, node);
    fold(generator, node, before.count, &before);
    /* Names of macros inside the node are nobody's business outside. */
    if (generator->outermost > before.depth || generator->outermost > before.outermost)
        generator->outermost = before.outermost;
}

/* ---- the whole */

static const void *keep_array(struct arena *arena, const void *items, size_t count, size_t size)
{
    void *copy = arena_alloc(arena, count * size);
    memcpy(copy, items, count * size);
    return copy;
}

static const struct cel_program *seal(const struct generator *generator,
                                      const struct ast_node *root)
{
    struct arena *arena = generator->unit->arena;
    struct cel_program *program = arena_alloc(arena, sizeof *program);
    *program = (struct cel_program){
        .code = keep_array(arena, generator->code, generator->count, sizeof *generator->code),
        .spans = keep_array(arena, generator->spans, generator->count, sizeof *generator->spans),
        .constants = keep_array(arena, generator->constants, generator->constant_count,
                                sizeof *generator->constants),
        .sets = keep_array(arena, generator->sets, generator->set_count, sizeof *generator->sets),
        .calls =
            keep_array(arena, generator->calls, generator->call_count, sizeof *generator->calls),
        .type = cel_type_settle(generator->unit, arena, root->type),
        .source = generator->unit->source,
        .count = generator->count,
        .depth = generator->depth_max,
    };
    return program;
}

int cel_program_generate(struct cel_unit *unit, const struct ast_node *root,
                         const struct cel_program **ret)
{
    /* A node makes five instructions at the most and costs its parent two; one more returns. */
    uint32_t room = 7 * unit->nodes + 3;
    struct generator generator = {
        .unit = unit,
        .room = room,
        .outermost = UINT32_MAX,
        .fold_steps = FOLD_STEPS,
        .repeats = 1,
        .code = arena_array(unit->work, room, sizeof *generator.code),
        .spans = arena_array(unit->work, room, sizeof *generator.spans),
        .constants = arena_array(unit->work, room, sizeof *generator.constants),
        .sets = arena_array(unit->work, room, sizeof *generator.sets),
        .calls = arena_array(unit->work, room, sizeof *generator.calls),
    };
    generate(&generator, root);
    emit(&generator, root, (struct cel_instruction){CEL_OP_RETURN}, 0);
    if (generator.depth_max > CEL_STACK_MAX)
        return cel_unit_fail(unit, ML_ELIMIT, root->start,
                             "the expression needs more than %d values at once; nest it less",
                             CEL_STACK_MAX);
    if (unit->code != 0)
        return unit->code;
    *ret = seal(&generator, root);
    return 0;
}
