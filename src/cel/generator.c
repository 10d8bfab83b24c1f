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
    struct cel_scratch scratch;
};

enum { FOLD_MEMORY = 256 * 1024 };

static void generate(struct generator *generator, const struct ast_node *node);

/* ---- pieces */

/* `effect` is how many values the stack grows by. Returns the instruction's index. */
static uint32_t emit(struct generator *generator, const struct ast_node *node,
                     struct cel_instruction instruction, int effect)
{
    uint32_t index = generator->count++;
    ML_ASSERT(generator->count < generator->room);
    generator->code[index] = instruction;
    generator->spans[index] = (struct cel_span){node->start, node->end};
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

/* Moves what the evaluation made out of its scratch; the rest already lives in the arena. */
static struct cel_value keep(struct generator *generator, struct cel_value value)
{
    struct arena *arena = generator->unit->arena;
    const char *start = generator->scratch.memory;
    const char *data = value.kind == CEL_LIST || value.kind == CEL_MAP ? (const char *)value.items
                                                                       : value.string.data;
    bool points = value.kind == CEL_LIST || value.kind == CEL_MAP || value.kind == CEL_STRING ||
                  value.kind == CEL_BYTES;
    if (!points || data < start || data >= start + generator->scratch.size)
        return value;
    if (value.kind == CEL_STRING || value.kind == CEL_BYTES) {
        value.string = arena_copy(arena, value.string);
        return value;
    }
    size_t count = (size_t)value.count * (value.kind == CEL_MAP ? 2 : 1);
    struct cel_value *items = arena_array(arena, count, sizeof *items);
    for (size_t i = 0; i < count; i++)
        items[i] = keep(generator, value.items[i]);
    value.items = items;
    return value;
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
    if (generator->count - start <= 1 || generator->unknowns != before->unknowns ||
        generator->depth_max > CEL_STACK_MAX)
        return;
    if (generator->scratch.memory == NULL) {
        generator->scratch.memory = arena_alloc(generator->unit->work, FOLD_MEMORY);
        generator->scratch.size = FOLD_MEMORY;
    }
    generator->code[generator->count] = (struct cel_instruction){CEL_OP_RETURN};
    generator->scratch.used = 0;
    struct cel_program program = view(generator);
    struct cel_value value = cel_program_run(&program, start, NULL, &generator->scratch);
    if (value.kind == CEL_ERROR) {
        /* Whatever contains this is not known here either; trying again would only cost time. */
        generator->unknowns++;
        return;
    }
    value = keep(generator, value);
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
    emit(generator, node,
         (struct cel_instruction){CEL_OP_VARIABLE, (uint16_t)node->index, .c = absent}, 1);
}

/* Inside has() what is absent stays absent to the end: has(lead.company.size) is false when there
 * is no company, as an unset message field of the specification is an empty message. */
static void generate_field(struct generator *generator, const struct ast_node *node, bool keep)
{
    const struct ast_node *operand = node->first;
    uint32_t absent = keep ? CEL_KEEP_ABSENT : absent_error(generator, node);
    bool known = operand->kind == AST_VARIABLE &&
                 generator->unit->environment->variables[operand->index].value != NULL;
    if (operand->kind == AST_VARIABLE && !known) {
        generator->unknowns++;
        emit(generator, node,
             (struct cel_instruction){CEL_OP_SLOT, (uint16_t)operand->index, node->index, absent},
             1);
        return;
    }
    if (operand->kind == AST_FIELD && !operand->test)
        generate_field(generator, operand, true);
    else if (operand->kind == AST_VARIABLE)
        generate_variable(generator, operand, true);
    else
        generate(generator, operand);
    emit(generator, node, (struct cel_instruction){CEL_OP_FIELD, 0, node->index, absent}, 0);
}

static void generate_selection(struct generator *generator, const struct ast_node *node, bool keep)
{
    generate(generator, node->first);
    uint32_t absent = keep ? CEL_KEEP_ABSENT : absent_error(generator, node);
    struct bytes name = arena_copy(generator->unit->arena, node->name);
    uint32_t key = add_constant(generator, cel_string(name));
    emit(generator, node, (struct cel_instruction){CEL_OP_KEY, 0, key, absent}, 0);
}

static void generate_name(struct generator *generator, const struct ast_node *node)
{
    if (node->kind == AST_VARIABLE)
        generate_variable(generator, node, node->test);
    else if (node->kind == AST_FIELD)
        generate_field(generator, node, node->test);
    else
        generate_selection(generator, node, node->test);
    if (node->test)
        emit(generator, node, (struct cel_instruction){CEL_OP_PRESENT}, 0);
}

/* ---- operators */

static bool is_strings(const struct cel_value *value)
{
    if (value->kind != CEL_LIST)
        return false;
    for (uint32_t i = 0; i < value->count; i++)
        if (value->items[i].kind != CEL_STRING)
            return false;
    return true;
}

static void generate_membership(struct generator *generator, const struct ast_node *node)
{
    generate(generator, node->first);
    uint32_t start = generator->count;
    generate(generator, node->last);
    const struct cel_instruction *last = &generator->code[start];
    if (generator->count - start == 1 && last->opcode == CEL_OP_CONSTANT &&
        is_strings(&generator->constants[last->b])) {
        uint32_t set = generator->set_count++;
        generator->sets[set] =
            cel_string_set_make(generator->unit->arena, &generator->constants[last->b]);
        generator->count = start;
        generator->depth--;
        emit(generator, node, (struct cel_instruction){CEL_OP_IN_STRINGS, .b = set}, 0);
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

static void generate_call(struct generator *generator, const struct ast_node *node)
{
    for (const struct ast_node *child = node->first; child != NULL; child = child->next) {
        uint32_t start = generator->count;
        generate(generator, child);
        if (child->next == NULL)
            prepare_argument(generator, child, start, &node->call.call);
    }
    generator->calls[generator->call_count] = node->call.call;
    emit(generator, node,
         (struct cel_instruction){CEL_OP_CALL, .b = generator->call_count++, .c = node->count},
         1 - (int)node->count);
}

static const struct cel_instruction simple_operations[] = {
    [AST_NOT] = {CEL_OP_NOT},
    [AST_EQUAL] = {CEL_OP_EQUAL, 0},
    [AST_NOT_EQUAL] = {CEL_OP_EQUAL, 1},
    [AST_LESS] = {CEL_OP_ORDER, CEL_ORDER_LESS, AST_LESS},
    [AST_LESS_EQUAL] = {CEL_OP_ORDER, CEL_ORDER_LESS | CEL_ORDER_EQUAL, AST_LESS_EQUAL},
    [AST_GREATER] = {CEL_OP_ORDER, CEL_ORDER_GREATER, AST_GREATER},
    [AST_GREATER_EQUAL] = {CEL_OP_ORDER, CEL_ORDER_GREATER | CEL_ORDER_EQUAL, AST_GREATER_EQUAL},
    [AST_INDEX] = {CEL_OP_INDEX},
};

static void generate_operation(struct generator *generator, const struct ast_node *node)
{
    switch (node->operation) {
    case AST_IN: generate_membership(generator, node); return;
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
    struct ast_node part = *node->first; /* the chain so far, for its place in the source */
    uint32_t previous = UINT32_MAX;      /* the jumps wait in a chain through their targets */
    generate(generator, node->first);
    for (const struct ast_node *child = node->first->next; child != NULL; child = child->next) {
        skip.b = previous;
        previous = emit(generator, &part, skip, 0);
        generate(generator, child);
        part.end = child->end;
        emit(generator, child->next != NULL ? &part : node, join, -1);
    }
    while (previous != UINT32_MAX) {
        uint32_t jump = previous;
        previous = generator->code[jump].b;
        land_here(generator, jump);
    }
}

static void generate_conditional(struct generator *generator, const struct ast_node *node)
{
    const struct ast_node *then = node->first->next;
    generate(generator, node->first);
    uint32_t branch = emit(generator, node, (struct cel_instruction){CEL_OP_BRANCH}, -1);
    generate(generator, then);
    uint32_t jump = emit(generator, node, (struct cel_instruction){CEL_OP_JUMP}, -1);
    land_here(generator, branch);
    generate(generator, node->last);
    land_here(generator, jump);
    generator->code[branch].c = generator->count;
}

/* ---- lists and maps */

static void generate_list(struct generator *generator, const struct ast_node *node)
{
    uint32_t position = 0;
    emit(generator, node, (struct cel_instruction){CEL_OP_LIST, .b = node->count}, 1);
    for (const struct ast_node *child = node->first; child != NULL; child = child->next) {
        generate(generator, child);
        emit(generator, node, (struct cel_instruction){CEL_OP_ITEM, .b = position++}, -1);
    }
}

static void generate_map(struct generator *generator, const struct ast_node *node)
{
    uint32_t position = 0;
    emit(generator, node, (struct cel_instruction){CEL_OP_MAP, .b = node->count / 2}, 1);
    for (const struct ast_node *key = node->first; key != NULL; key = key->next->next) {
        generate(generator, key);
        generate(generator, key->next);
        emit(generator, node, (struct cel_instruction){CEL_OP_PAIR, .b = position++}, -2);
    }
}

static void generate(struct generator *generator, const struct ast_node *node)
{
    struct generator before = *generator;
    switch (node->kind) {
    case AST_LITERAL: emit_constant(generator, node, node->literal); break;
    case AST_CALL: generate_call(generator, node); break;
    case AST_OPERATION: generate_operation(generator, node); break;
    case AST_LOGIC: generate_logic(generator, node); break;
    case AST_CONDITIONAL: generate_conditional(generator, node); break;
    case AST_LIST: generate_list(generator, node); break;
    case AST_MAP: generate_map(generator, node); break;
    case AST_NAME:
    case AST_SELECT:
    case AST_VARIABLE:
    case AST_FIELD: generate_name(generator, node); break;
    }
    fold(generator, node, before.count, &before);
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
    /* A node makes two instructions at the most and costs its parent two; one more returns. */
    uint32_t room = 4 * unit->nodes + 3;
    struct generator generator = {
        .unit = unit,
        .room = room,
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
