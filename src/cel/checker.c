/* Types every node from the leaves up, resolves names, fields and overloads, and reports the first
 * thing that cannot work. What it calls dyn is checked again when the program runs. */
#include "cel/ast.h"

static bool check(struct cel_unit *unit, struct ast_node *node);

#define BASIC(kind) cel_type_basic(CEL_TYPE_##kind)

/* `format` says what the node's operator cannot do with one type or two. */
static bool fail(struct cel_unit *unit, const struct ast_node *node, const char *format,
                 const struct cel_type *a, const struct cel_type *b)
{
    char text_a[CEL_TYPE_TEXT_SIZE], text_b[CEL_TYPE_TEXT_SIZE];
    const char *symbol = ast_operator_text(node->operation);
    cel_unit_fail(unit, ML_EINVAL, node->place, format, symbol, cel_type_print(unit, a, text_a),
                  b ? cel_type_print(unit, b, text_b) : "");
    return false;
}

static bool check_children(struct cel_unit *unit, struct ast_node *node)
{
    for (struct ast_node *child = node->first; child != NULL; child = child->next)
        if (!check(unit, child))
            return false;
    return true;
}

static bool is_bool(const struct cel_type *type)
{
    return type->kind == CEL_TYPE_BOOL || type->kind == CEL_TYPE_DYN;
}

static const struct cel_type *literal_type(const struct cel_value *value)
{
    switch (value->kind) {
    case CEL_BOOL: return BASIC(BOOL);
    case CEL_INT: return BASIC(INT);
    case CEL_UINT: return BASIC(UINT);
    case CEL_DOUBLE: return BASIC(DOUBLE);
    case CEL_STRING: return BASIC(STRING);
    case CEL_BYTES: return BASIC(BYTES);
    default: return BASIC(NULL);
    }
}

/* ---- names and fields */

static bool check_record_field(struct cel_unit *unit, struct ast_node *node)
{
    const struct cel_type *record = node->first->type;
    for (size_t i = 0; i < record->field_count; i++) {
        if (bytes_is(node->name, record->fields[i].name)) {
            node->kind = AST_FIELD;
            node->index = (uint32_t)i;
            node->type = record->fields[i].type;
            return true;
        }
    }
    cel_names_fail_field(unit, node);
    return false;
}

static bool check_selection(struct cel_unit *unit, struct ast_node *node)
{
    if (!check(unit, node->first))
        return false;
    const struct cel_type *operand = node->first->type;
    char text[CEL_TYPE_TEXT_SIZE];
    switch (operand->kind) {
    case CEL_TYPE_RECORD: return check_record_field(unit, node);
    case CEL_TYPE_DYN: node->type = BASIC(DYN); return true;
    case CEL_TYPE_MAP: node->type = operand->element ? operand->element : BASIC(DYN); return true;
    default:
        cel_unit_fail(unit, ML_EINVAL, node->place, "no such field `%.*s`: %s has no fields",
                      BYTES_ARG(cel_text_cut(node->name)), cel_type_print(unit, operand, text));
        return false;
    }
}

static bool check_name(struct cel_unit *unit, struct ast_node *node)
{
    if (cel_names_resolve(unit, node) != 0)
        return false;
    bool checked = node->kind == AST_VARIABLE || check_selection(unit, node);
    if (node->kind == AST_VARIABLE)
        node->type = unit->environment->variables[node->index].type;
    if (node->test)
        node->type = BASIC(BOOL);
    return checked;
}

/* ---- operators */

static bool check_equality(struct cel_unit *unit, struct ast_node *node)
{
    const struct cel_type *left = node->first->type, *right = node->last->type;
    node->type = BASIC(BOOL);
    bool order = node->operation != AST_EQUAL && node->operation != AST_NOT_EQUAL;
    if (order ? cel_types_ordered(unit, left, right) : cel_types_equatable(unit, left, right))
        return true;
    return fail(unit, node, "`%s` does not compare %s with %s", left, right);
}

static bool check_membership(struct cel_unit *unit, struct ast_node *node)
{
    const struct cel_type *left = node->first->type, *right = node->last->type;
    node->type = BASIC(BOOL);
    if (right->kind != CEL_TYPE_LIST && right->kind != CEL_TYPE_MAP && right->kind != CEL_TYPE_DYN)
        return fail(unit, node, "`%s` looks in a list or a map, not in %s", right, NULL);
    const struct cel_type *element = right->kind == CEL_TYPE_MAP ? right->key : right->element;
    if (element == NULL || cel_types_equatable(unit, left, element))
        return true;
    return fail(unit, node, "`%s` never finds %s in %s", left, right);
}

static bool is_index(const struct cel_type *type)
{
    return type->kind == CEL_TYPE_INT || type->kind == CEL_TYPE_DYN;
}

static bool check_index(struct cel_unit *unit, struct ast_node *node)
{
    const struct cel_type *operand = node->first->type, *index = node->last->type;
    bool map = operand->kind == CEL_TYPE_MAP;
    if (!map && operand->kind != CEL_TYPE_LIST && operand->kind != CEL_TYPE_DYN)
        return fail(unit, node, "`%s` needs a list or a map, not %s", operand, NULL);
    node->type = operand->element ? operand->element : BASIC(DYN);
    if (map && operand->key != NULL && !cel_types_equatable(unit, operand->key, index))
        return fail(unit, node, "`%s` does not find in %s by %s", operand, index);
    if (operand->kind == CEL_TYPE_LIST && !is_index(index))
        return fail(unit, node, "`%s` needs an int as the position in a list, not %s", index, NULL);
    return true;
}

/* int * double is the mistake most often made: say how it is written. */
static bool fail_arithmetic(struct cel_unit *unit, const struct ast_node *node)
{
    const struct ast_node *left = node->first, *right = node->last;
    if (node->count == 1)
        return fail(unit, node, "`%s` does not apply to %s", left->type, NULL);
    const struct ast_node *literal = left->kind == AST_LITERAL ? left : right;
    const struct ast_node *other = literal == left ? right : left;
    if (literal->kind == AST_LITERAL && literal->literal.kind == CEL_INT &&
        other->type->kind == CEL_TYPE_DOUBLE) {
        cel_unit_fail(unit, ML_EINVAL, node->place,
                      "`%s` does not combine int with double; write `%lld.0`",
                      ast_operator_text(node->operation), (long long)literal->literal.integer);
        return false;
    }
    return fail(unit, node, "`%s` does not combine %s with %s", left->type, right->type);
}

static bool check_arithmetic(struct cel_unit *unit, struct ast_node *node)
{
    const struct cel_type *arguments[] = {node->first->type, node->last->type};
    struct cel_call call =
        cel_function_find(unit, bytes_of(ast_operator_text(node->operation)), CEL_CALL_OPERATOR);
    if (!cel_function_resolve(unit, call, arguments, node->count, &node->call))
        return fail_arithmetic(unit, node);
    node->type = node->call.type;
    return true;
}

static bool check_operation(struct cel_unit *unit, struct ast_node *node)
{
    if (!check_children(unit, node))
        return false;
    switch (node->operation) {
    case AST_NOT:
        node->type = BASIC(BOOL);
        return is_bool(node->first->type) ||
               fail(unit, node, "`%s` needs a bool, not %s", node->first->type, NULL);
    case AST_EQUAL:
    case AST_NOT_EQUAL:
    case AST_LESS:
    case AST_LESS_EQUAL:
    case AST_GREATER:
    case AST_GREATER_EQUAL: return check_equality(unit, node);
    case AST_IN: return check_membership(unit, node);
    case AST_INDEX: return check_index(unit, node);
    default: return check_arithmetic(unit, node);
    }
}

static bool check_logic(struct cel_unit *unit, struct ast_node *node)
{
    node->type = BASIC(BOOL);
    for (struct ast_node *child = node->first; child != NULL; child = child->next) {
        if (!check(unit, child))
            return false;
        if (!is_bool(child->type)) {
            char text[CEL_TYPE_TEXT_SIZE];
            cel_unit_fail(unit, ML_EINVAL, child->start, "`%s` needs a bool on each side, not %s",
                          ast_operator_text(node->operation),
                          cel_type_print(unit, child->type, text));
            return false;
        }
    }
    return true;
}

static bool check_conditional(struct cel_unit *unit, struct ast_node *node)
{
    if (!check_children(unit, node))
        return false;
    const struct ast_node *condition = node->first, *then = condition->next,
                          *otherwise = node->last;
    char text_a[CEL_TYPE_TEXT_SIZE], text_b[CEL_TYPE_TEXT_SIZE];
    if (!is_bool(condition->type)) {
        cel_unit_fail(unit, ML_EINVAL, condition->start, "the condition before `?` is %s, not bool",
                      cel_type_print(unit, condition->type, text_a));
        return false;
    }
    bool null = then->type->kind == CEL_TYPE_NULL || otherwise->type->kind == CEL_TYPE_NULL;
    if (!null && !cel_types_match(unit, then->type, otherwise->type)) {
        cel_unit_fail(unit, ML_EINVAL, node->place,
                      "`? :` gives %s or %s; both must be of one type",
                      cel_type_print(unit, then->type, text_a),
                      cel_type_print(unit, otherwise->type, text_b));
        return false;
    }
    if (null)
        node->type = then->type->kind == CEL_TYPE_NULL ? otherwise->type : then->type;
    else
        node->type = cel_types_join(unit, then->type, otherwise->type);
    return true;
}

/* ---- lists, maps, calls */

static bool check_list(struct cel_unit *unit, struct ast_node *node)
{
    const struct cel_type *element = cel_type_parameter(unit);
    if (!check_children(unit, node))
        return false;
    for (const struct ast_node *child = node->first; child != NULL; child = child->next)
        element = cel_types_join(unit, element, child->type);
    node->type = cel_type_of(unit->work, CEL_TYPE_LIST, element);
    return true;
}

static bool is_key(const struct cel_type *type)
{
    return type->kind == CEL_TYPE_BOOL || type->kind == CEL_TYPE_INT ||
           type->kind == CEL_TYPE_UINT || type->kind == CEL_TYPE_STRING ||
           type->kind == CEL_TYPE_DYN;
}

static bool check_map(struct cel_unit *unit, struct ast_node *node)
{
    const struct cel_type *key = cel_type_parameter(unit), *element = cel_type_parameter(unit);
    if (!check_children(unit, node))
        return false;
    for (const struct ast_node *child = node->first; child != NULL; child = child->next->next) {
        if (!is_key(child->type)) {
            char text[CEL_TYPE_TEXT_SIZE];
            cel_unit_fail(unit, ML_EINVAL, child->start,
                          "the key of a map is a bool, int, uint or string, not %s",
                          cel_type_print(unit, child->type, text));
            return false;
        }
        key = cel_types_join(unit, key, child->type);
        element = cel_types_join(unit, element, child->next->type);
    }
    node->type = cel_type_map(unit->work, key, element);
    return true;
}

static bool fail_call(struct cel_unit *unit, const struct ast_node *node,
                      const struct cel_overload *overload)
{
    bool variadic;
    uint32_t wanted = cel_signature_count(overload->signature, &variadic) - node->member;
    uint32_t given = node->count - node->member;
    struct bytes name = cel_text_cut(node->name);
    if (wanted != given && !variadic) {
        cel_unit_fail(unit, ML_EINVAL, node->place, "`%.*s` takes %u argument%s, not %u",
                      BYTES_ARG(name), wanted, wanted == 1 ? "" : "s", given);
        return false;
    }
    const char *list = "", *separator = "";
    for (const struct ast_node *child = node->first; child != NULL; child = child->next) {
        char text[CEL_TYPE_TEXT_SIZE];
        list = arena_printf(unit->work, "%s%s%s", list, separator,
                            cel_type_print(unit, child->type, text));
        separator = " and ";
    }
    cel_unit_fail(unit, ML_EINVAL, node->place, "`%.*s` does not take %s", BYTES_ARG(name), list);
    return false;
}

static bool check_call(struct cel_unit *unit, struct ast_node *node)
{
    enum cel_call_style style = node->member ? CEL_CALL_MEMBER : CEL_CALL_GLOBAL;
    struct cel_call call = cel_function_find(unit, node->name, style);
    if (call.count == 0) {
        cel_names_fail_function(unit, node);
        return false;
    }
    if (!check_children(unit, node))
        return false;
    const struct cel_type **arguments = arena_array(unit->work, node->count, sizeof *arguments);
    uint32_t count = 0;
    for (const struct ast_node *child = node->first; child != NULL; child = child->next)
        arguments[count++] = child->type;
    if (!cel_function_resolve(unit, call, arguments, count, &node->call))
        return fail_call(unit, node, call.overloads[0]);
    node->type = node->call.type;
    return true;
}

static bool check(struct cel_unit *unit, struct ast_node *node)
{
    switch (node->kind) {
    case AST_LITERAL: node->type = literal_type(&node->literal); return true;
    case AST_CALL: return check_call(unit, node);
    case AST_OPERATION: return check_operation(unit, node);
    case AST_LOGIC: return check_logic(unit, node);
    case AST_CONDITIONAL: return check_conditional(unit, node);
    case AST_LIST: return check_list(unit, node);
    case AST_MAP: return check_map(unit, node);
    case AST_NAME:
    case AST_SELECT:
    case AST_VARIABLE:
    case AST_FIELD: return check_name(unit, node);
    }
    return false;
}

int cel_check(struct cel_unit *unit, struct ast_node *root, const struct cel_type *expected)
{
    char wanted[CEL_TYPE_TEXT_SIZE], found[CEL_TYPE_TEXT_SIZE];
    if (check(unit, root) && expected != NULL && !cel_types_match(unit, root->type, expected))
        cel_unit_fail(unit, ML_EINVAL, root->start, "this is %s, but %s is needed here",
                      cel_type_print(unit, root->type, found),
                      cel_type_print(unit, expected, wanted));
    return unit->code;
}
