/* Types of macros: each makes names known to its body, and gives them back. */
#include "cel/ast.h"

#define BASIC(kind) cel_type_basic(CEL_TYPE_##kind)

static bool fail_type(struct cel_unit *unit, const struct ast_node *node, const struct ast_node *at,
                      const char *format, const struct cel_type *type)
{
    char text[CEL_TYPE_TEXT_SIZE];
    cel_unit_fail(unit, ML_EINVAL, at->start, format, ast_macro_text(node->macro),
                  cel_type_print(unit, type, text));
    return false;
}

static bool is_kind(const struct cel_unit *unit, const struct cel_type *type,
                    enum cel_type_kind kind)
{
    enum cel_type_kind found = cel_type_resolve(unit, type)->kind;
    return found == kind || found == CEL_TYPE_DYN || found == CEL_TYPE_PARAMETER;
}

/* The names of the node are known until `leave`. */
static void enter(struct cel_unit *unit, struct ast_node *node)
{
    for (uint32_t i = 0; i < node->local_count; i++) {
        node->locals[i].outer = unit->scope;
        unit->scope = &node->locals[i];
    }
}

static void leave(struct cel_unit *unit, const struct ast_node *node)
{
    if (node->local_count > 0)
        unit->scope = node->locals[0].outer;
}

/* What each name stands for in turn. A list has elements, and positions when two are asked for; a
 * map has keys, and values. */
static bool type_variables(struct cel_unit *unit, struct ast_node *node)
{
    const struct cel_type *range = cel_type_resolve(unit, node->first->type), *key, *element;
    switch (range->kind) {
    case CEL_TYPE_LIST:
        key = BASIC(INT);
        element = cel_type_resolve(unit, range->element);
        break;
    case CEL_TYPE_MAP:
        key = cel_type_resolve(unit, range->key);
        element = cel_type_resolve(unit, range->element);
        break;
    case CEL_TYPE_DYN:
    case CEL_TYPE_PARAMETER: key = element = BASIC(DYN); break;
    default: return fail_type(unit, node, node->first, "`%s` needs a list or a map, not %s", range);
    }
    if (node->local_count == 1) {
        node->locals[0].type = range->kind == CEL_TYPE_MAP ? key : element;
        return true;
    }
    node->locals[0].type = key;
    node->locals[1].type = element;
    return true;
}

static bool is_condition(enum ast_macro macro)
{
    return macro == AST_MACRO_ALL || macro == AST_MACRO_EXISTS || macro == AST_MACRO_EXISTS_ONE ||
           macro == AST_MACRO_FILTER;
}

static const struct cel_type *result_type(struct cel_unit *unit, const struct ast_node *node)
{
    const struct cel_type *body = node->last->type;
    switch (node->macro) {
    case AST_MACRO_FILTER:
    case AST_MACRO_SORT_BY: return cel_type_of(unit->work, CEL_TYPE_LIST, node->locals[0].type);
    case AST_MACRO_MAP: return cel_type_of(unit->work, CEL_TYPE_LIST, body);
    case AST_MACRO_TRANSFORM_MAP: return cel_type_map(unit->work, node->locals[0].type, body);
    case AST_MACRO_TRANSFORM_ENTRY: return body;
    default: return BASIC(BOOL);
    }
}

static bool check_parts(struct cel_unit *unit, struct ast_node *node)
{
    for (struct ast_node *part = node->first->next; part != NULL; part = part->next) {
        if (!cel_check_node(unit, part))
            return false;
        bool condition = part != node->last || is_condition(node->macro);
        if (condition && !is_kind(unit, part->type, CEL_TYPE_BOOL))
            return fail_type(unit, node, part, "`%s` needs a condition, a bool, not %s",
                             part->type);
    }
    if (node->macro == AST_MACRO_TRANSFORM_ENTRY && !is_kind(unit, node->last->type, CEL_TYPE_MAP))
        return fail_type(unit, node, node->last, "`%s` needs a map of what is to be added, not %s",
                         node->last->type);
    return true;
}

static bool check_comprehension(struct cel_unit *unit, struct ast_node *node)
{
    if (!cel_check_node(unit, node->first) || !type_variables(unit, node))
        return false;
    enter(unit, node);
    bool checked = check_parts(unit, node);
    leave(unit, node);
    if (checked)
        node->type = result_type(unit, node);
    return checked;
}

/* Each value knows the names of those before it. */
static bool check_values(struct cel_unit *unit, struct ast_node *node)
{
    struct ast_local *outside = unit->scope, *local = node->locals;
    bool checked = true;
    for (struct ast_node *part = node->first; checked && part != NULL; part = part->next, local++) {
        checked = cel_check_node(unit, part);
        if (!checked || part == node->last)
            break;
        local->type = part->type;
        local->outer = unit->scope;
        unit->scope = local;
    }
    unit->scope = outside;
    if (checked)
        node->type = node->last->type;
    return checked;
}

static bool check_optional_map(struct cel_unit *unit, struct ast_node *node)
{
    if (!cel_check_node(unit, node->first))
        return false;
    const struct cel_type *operand = cel_type_resolve(unit, node->first->type);
    if (!is_kind(unit, operand, CEL_TYPE_OPTIONAL))
        return fail_type(unit, node, node->first, "`%s` needs an optional, not %s", operand);
    node->locals[0].type =
        operand->kind == CEL_TYPE_OPTIONAL ? cel_type_resolve(unit, operand->element) : BASIC(DYN);
    enter(unit, node);
    bool checked = cel_check_node(unit, node->last);
    leave(unit, node);
    if (!checked)
        return false;
    bool flat = node->macro == AST_MACRO_OPTIONAL_FLAT_MAP;
    if (flat && !is_kind(unit, node->last->type, CEL_TYPE_OPTIONAL))
        return fail_type(unit, node, node->last, "`%s` needs an optional as its result, not %s",
                         node->last->type);
    node->type =
        flat ? node->last->type : cel_type_of(unit->work, CEL_TYPE_OPTIONAL, node->last->type);
    return true;
}

bool cel_check_macro(struct cel_unit *unit, struct ast_node *node)
{
    switch (node->kind) {
    case AST_COMPREHENSION: return check_comprehension(unit, node);
    case AST_OPTIONAL_MAP: return check_optional_map(unit, node);
    default: return check_values(unit, node);
    }
}
