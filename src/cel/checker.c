/* Types every node from the leaves up, resolves names, fields and overloads, and reports the first
 * thing that cannot work. What it calls dyn is checked again when the program runs. */
#include "cel/ast.h"

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
        if (!cel_check_node(unit, child))
            return false;
    return true;
}

static enum cel_type_kind kind_of(const struct cel_unit *unit, const struct ast_node *node)
{
    return cel_type_resolve(unit, node->type)->kind;
}

static bool is_open(enum cel_type_kind kind)
{
    return kind == CEL_TYPE_DYN || kind == CEL_TYPE_PARAMETER;
}

static bool is_bool(const struct cel_unit *unit, const struct ast_node *node)
{
    enum cel_type_kind kind = kind_of(unit, node);
    return kind == CEL_TYPE_BOOL || is_open(kind);
}

static const struct cel_type *optional_of(struct cel_unit *unit, const struct cel_type *type)
{
    return cel_type_of(unit->work, CEL_TYPE_OPTIONAL, type);
}

static const struct cel_type *literal_type(const struct cel_value *value)
{
    switch (value->kind) {
    case CEL_ERROR: return BASIC(DYN);
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

/* `fields` are those of the operand's record, or of the record in the optional that it is. */
static bool check_record_field(struct cel_unit *unit, struct ast_node *node,
                               const struct cel_type *record, bool optional)
{
    for (size_t i = 0; i < record->field_count; i++) {
        if (bytes_is(node->name, record->fields[i].name)) {
            node->kind = optional || node->maybe ? AST_OPTIONAL_FIELD : AST_FIELD;
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
    if (!cel_check_node(unit, node->first))
        return false;
    const struct cel_type *operand = cel_type_resolve(unit, node->first->type);
    bool optional = operand->kind == CEL_TYPE_OPTIONAL;
    if (optional)
        operand = cel_type_resolve(unit, operand->element);
    char text[CEL_TYPE_TEXT_SIZE];
    switch (operand->kind) {
    case CEL_TYPE_RECORD:
        if (!check_record_field(unit, node, operand, optional))
            return false;
        break;
    case CEL_TYPE_PARAMETER:
    case CEL_TYPE_DYN: node->type = BASIC(DYN); break;
    case CEL_TYPE_MAP: node->type = operand->element ? operand->element : BASIC(DYN); break;
    case CEL_TYPE_TABLE:
        cel_unit_fail(unit, ML_EINVAL, node->place, "a table is asked for a row: table[key].%.*s",
                      BYTES_ARG(cel_text_cut(node->name)));
        return false;
    default:
        cel_unit_fail(unit, ML_EINVAL, node->place, "no such field `%.*s`: %s has no fields",
                      BYTES_ARG(cel_text_cut(node->name)), cel_type_print(unit, operand, text));
        return false;
    }
    if (optional || node->maybe)
        node->type = optional_of(unit, node->type);
    return true;
}

static bool check_name(struct cel_unit *unit, struct ast_node *node)
{
    if (cel_names_resolve(unit, node) != 0)
        return false;
    if (node->kind == AST_LITERAL)
        return true;
    if (node->kind == AST_VARIABLE)
        node->type = unit->environment->variables[node->index].type;
    else if (node->kind == AST_LOCAL)
        node->type = node->locals->type;
    else if (!check_selection(unit, node))
        return false;
    if (node->test)
        node->type = BASIC(BOOL);
    return true;
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
    const struct cel_type *left = node->first->type;
    const struct cel_type *right = cel_type_resolve(unit, node->last->type);
    const struct cel_type *element = right->kind == CEL_TYPE_MAP ? right->key : right->element;
    node->type = BASIC(BOOL);
    if (right->kind == CEL_TYPE_TABLE)
        element = BASIC(STRING);
    else if (right->kind != CEL_TYPE_LIST && right->kind != CEL_TYPE_MAP && !is_open(right->kind))
        return fail(unit, node, "`%s` looks in a list, a map or a table, not in %s", right, NULL);
    if (element == NULL || cel_types_equatable(unit, left, element))
        return true;
    return fail(unit, node, "`%s` never finds %s in %s", left, right);
}

/* table[key], lookup(table, key): a row, whose fields are those of the table. */
static bool check_lookup(struct cel_unit *unit, struct ast_node *node)
{
    const struct cel_type *table = cel_type_resolve(unit, node->first->type);
    struct cel_type *row = arena_zalloc(unit->arena, sizeof *row);
    *row = (struct cel_type){
        .kind = CEL_TYPE_RECORD, .fields = table->fields, .field_count = table->field_count};
    node->kind = AST_LOOKUP;
    node->type = node->maybe ? optional_of(unit, row) : row;
    enum cel_type_kind key = kind_of(unit, node->last);
    if (key == CEL_TYPE_STRING || is_open(key))
        return true;
    char text[CEL_TYPE_TEXT_SIZE];
    cel_unit_fail(unit, ML_EINVAL, node->last->start, "the key of a table is a string, not %s",
                  cel_type_print(unit, node->last->type, text));
    return false;
}

static bool check_index(struct cel_unit *unit, struct ast_node *node)
{
    const struct cel_type *operand = cel_type_resolve(unit, node->first->type);
    const struct cel_type *index = cel_type_resolve(unit, node->last->type);
    if (operand->kind == CEL_TYPE_TABLE)
        return check_lookup(unit, node);
    bool optional = operand->kind == CEL_TYPE_OPTIONAL || node->maybe;
    if (operand->kind == CEL_TYPE_OPTIONAL)
        operand = cel_type_resolve(unit, operand->element);
    bool map = operand->kind == CEL_TYPE_MAP;
    if (!map && operand->kind != CEL_TYPE_LIST && !is_open(operand->kind))
        return fail(unit, node, "`%s` needs a list, a map or a table, not %s", operand, NULL);
    node->type = operand->element ? operand->element : BASIC(DYN);
    if (optional)
        node->type = optional_of(unit, node->type);
    if (map && operand->key != NULL && !cel_types_equatable(unit, operand->key, index))
        return fail(unit, node, "`%s` does not find in %s by %s", operand, index);
    if (operand->kind == CEL_TYPE_LIST && index->kind != CEL_TYPE_INT && !is_open(index->kind))
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
        kind_of(unit, other) == CEL_TYPE_DOUBLE) {
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
        return is_bool(unit, node->first) ||
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
        if (!cel_check_node(unit, child))
            return false;
        if (!is_bool(unit, child)) {
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
    if (!is_bool(unit, condition)) {
        cel_unit_fail(unit, ML_EINVAL, condition->start, "the condition before `?` is %s, not bool",
                      cel_type_print(unit, condition->type, text_a));
        return false;
    }
    bool null = kind_of(unit, then) == CEL_TYPE_NULL || kind_of(unit, otherwise) == CEL_TYPE_NULL;
    if (!null && !cel_types_match(unit, then->type, otherwise->type)) {
        cel_unit_fail(unit, ML_EINVAL, node->place,
                      "`? :` gives %s or %s; both must be of one type",
                      cel_type_print(unit, then->type, text_a),
                      cel_type_print(unit, otherwise->type, text_b));
        return false;
    }
    if (null)
        node->type = kind_of(unit, then) == CEL_TYPE_NULL ? otherwise->type : then->type;
    else
        node->type = cel_types_join(unit, then->type, otherwise->type);
    return true;
}

/* ---- lists, maps, calls */

/* The type of an item or a value, or with `?` before it what its optional holds. */
static bool item_type(struct cel_unit *unit, const struct ast_node *item, bool spliced,
                      const struct cel_type **ret)
{
    const struct cel_type *type = cel_type_resolve(unit, item->type);
    char text[CEL_TYPE_TEXT_SIZE];
    *ret = type;
    if (!spliced || is_open(type->kind))
        return true;
    if (type->kind == CEL_TYPE_OPTIONAL) {
        *ret = type->element;
        return true;
    }
    cel_unit_fail(unit, ML_EINVAL, item->start, "`?` needs an optional behind it, not %s",
                  cel_type_print(unit, type, text));
    return false;
}

static bool check_list(struct cel_unit *unit, struct ast_node *node)
{
    const struct cel_type *element = cel_type_parameter(unit), *type;
    if (!check_children(unit, node))
        return false;
    for (const struct ast_node *child = node->first; child != NULL; child = child->next) {
        if (!item_type(unit, child, child->spliced, &type))
            return false;
        element = cel_types_join(unit, element, type);
    }
    node->type = cel_type_of(unit->work, CEL_TYPE_LIST, element);
    return true;
}

static bool is_key(const struct cel_unit *unit, const struct ast_node *key)
{
    enum cel_type_kind kind = kind_of(unit, key);
    return kind == CEL_TYPE_BOOL || kind == CEL_TYPE_INT || kind == CEL_TYPE_UINT ||
           kind == CEL_TYPE_STRING || is_open(kind);
}

static bool check_map(struct cel_unit *unit, struct ast_node *node)
{
    const struct cel_type *key = cel_type_parameter(unit), *element = cel_type_parameter(unit);
    const struct cel_type *type;
    if (!check_children(unit, node))
        return false;
    for (const struct ast_node *child = node->first; child != NULL; child = child->next->next) {
        if (!is_key(unit, child)) {
            char text[CEL_TYPE_TEXT_SIZE];
            cel_unit_fail(unit, ML_EINVAL, child->start,
                          "the key of a map is a bool, int, uint or string, not %s",
                          cel_type_print(unit, child->type, text));
            return false;
        }
        if (!item_type(unit, child->next, child->spliced, &type))
            return false;
        key = cel_types_join(unit, key, child->type);
        element = cel_types_join(unit, element, type);
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
    struct cel_call call = cel_names_resolve_call(unit, node);
    bool lookup = !node->member && node->count == 2 && bytes_is(node->name, "lookup");
    if (call.count == 0 && !lookup) {
        cel_names_fail_function(unit, node);
        return false;
    }
    if (!check_children(unit, node))
        return false;
    if (lookup && kind_of(unit, node->first) == CEL_TYPE_TABLE)
        return check_lookup(unit, node);
    if (call.count == 0) {
        cel_unit_fail(unit, ML_EINVAL, node->place, "`lookup` takes a table and a key");
        return false;
    }
    const struct cel_type **arguments = arena_array(unit->work, node->count, sizeof *arguments);
    uint32_t count = 0;
    for (const struct ast_node *child = node->first; child != NULL; child = child->next)
        arguments[count++] = child->type;
    if (!cel_function_resolve(unit, call, arguments, count, &node->call))
        return fail_call(unit, node, call.overloads[0]);
    node->type = node->call.type;
    return true;
}

static bool check_kind(struct cel_unit *unit, struct ast_node *node)
{
    switch (node->kind) {
    case AST_LITERAL:
        if (node->type == NULL)
            node->type = literal_type(&node->literal);
        return true;
    case AST_CALL: return check_call(unit, node);
    case AST_OPERATION: return check_operation(unit, node);
    case AST_LOGIC: return check_logic(unit, node);
    case AST_CONDITIONAL: return check_conditional(unit, node);
    case AST_LIST: return check_list(unit, node);
    case AST_MAP: return check_map(unit, node);
    case AST_COMPREHENSION:
    case AST_BIND:
    case AST_BLOCK:
    case AST_OPTIONAL_MAP: return cel_check_macro(unit, node);
    case AST_NAME:
    case AST_SELECT:
    case AST_VARIABLE:
    case AST_LOCAL:
    case AST_FIELD:
    case AST_OPTIONAL_FIELD:
    case AST_LOOKUP: return check_name(unit, node);
    }
    return false;
}

/* In unchecked mode a mistake waits until the expression runs: the node becomes that error. */
static bool soften(struct cel_unit *unit, struct ast_node *node)
{
    if (unit->code != ML_EINVAL)
        return false;
    const char *message = arena_printf(unit->arena, "%s", unit->diagnostic->message);
    unit->code = 0;
    *unit->diagnostic = (struct cel_diagnostic){{0, 0}, ""};
    node->kind = AST_LITERAL;
    node->test = false;
    node->literal = cel_error(bytes_of(message));
    node->type = BASIC(DYN);
    return true;
}

bool cel_check_node(struct cel_unit *unit, struct ast_node *node)
{
    bool good = check_kind(unit, node);
    if (!unit->unchecked)
        return good;
    if (!good)
        return soften(unit, node);
    if (node->type->kind != CEL_TYPE_RECORD && node->type->kind != CEL_TYPE_TABLE)
        node->type = BASIC(DYN);
    return true;
}

int cel_check(struct cel_unit *unit, struct ast_node *root, const struct cel_type *expected)
{
    char wanted[CEL_TYPE_TEXT_SIZE], found[CEL_TYPE_TEXT_SIZE];
    if (cel_check_node(unit, root) && expected != NULL &&
        !cel_types_match(unit, expected, root->type))
        cel_unit_fail(unit, ML_EINVAL, root->start, "this is %s, but %s is needed here",
                      cel_type_print(unit, root->type, found),
                      cel_type_print(unit, expected, wanted));
    return unit->code;
}
