/* Macros: calls that are more than calls, because they name variables or do not evaluate all of
 * their arguments. Each is turned into its own kind of node as soon as it is parsed. */
#include "cel/ast.h"

static const struct {
    const char *name;
    uint32_t arguments;
    uint32_t variables;
    enum ast_macro macro;
} macros[] = {
    {"all", 2, 1, AST_MACRO_ALL},
    {"all", 3, 2, AST_MACRO_ALL},
    {"exists", 2, 1, AST_MACRO_EXISTS},
    {"exists", 3, 2, AST_MACRO_EXISTS},
    {"exists_one", 2, 1, AST_MACRO_EXISTS_ONE},
    {"exists_one", 3, 2, AST_MACRO_EXISTS_ONE},
    {"existsOne", 2, 1, AST_MACRO_EXISTS_ONE},
    {"existsOne", 3, 2, AST_MACRO_EXISTS_ONE},
    {"filter", 2, 1, AST_MACRO_FILTER},
    {"map", 2, 1, AST_MACRO_MAP},
    {"map", 3, 1, AST_MACRO_MAP},
    {"transformList", 3, 2, AST_MACRO_MAP},
    {"transformList", 4, 2, AST_MACRO_MAP},
    {"transformMap", 3, 2, AST_MACRO_TRANSFORM_MAP},
    {"transformMap", 4, 2, AST_MACRO_TRANSFORM_MAP},
    {"transformMapEntry", 3, 2, AST_MACRO_TRANSFORM_ENTRY},
    {"transformMapEntry", 4, 2, AST_MACRO_TRANSFORM_ENTRY},
    {"sortBy", 2, 1, AST_MACRO_SORT_BY},
    {"optMap", 2, 1, AST_MACRO_OPTIONAL_MAP},
    {"optFlatMap", 2, 1, AST_MACRO_OPTIONAL_FLAT_MAP},
};

const char *ast_macro_text(enum ast_macro macro)
{
    for (size_t i = 0; i < sizeof macros / sizeof *macros; i++)
        if (macros[i].macro == macro)
            return macros[i].name;
    return "";
}

static struct ast_node *fail(struct cel_unit *unit, const struct ast_node *node,
                             const char *message)
{
    cel_unit_fail(unit, ML_EINVAL, node->place, "%s", message);
    return NULL;
}

/* Takes the next argument, which names a variable, out of the call. */
static bool take_variable(struct cel_unit *unit, struct ast_node *call, struct ast_node *before)
{
    struct ast_node *variable = before != NULL ? before->next : call->first;
    if (variable->kind != AST_NAME || variable->rooted) {
        cel_unit_fail(unit, ML_EINVAL, variable->start,
                      "`%.*s` takes the name of a variable here, such as `x`",
                      BYTES_ARG(call->name));
        return false;
    }
    for (uint32_t i = 0; i < call->local_count; i++) {
        if (bytes_equal(call->locals[i].name, variable->name)) {
            cel_unit_fail(unit, ML_EINVAL, variable->start,
                          "`%.*s` needs two names, not `%.*s` twice", BYTES_ARG(call->name),
                          BYTES_ARG(cel_text_cut(variable->name)));
            return false;
        }
    }
    call->locals[call->local_count++].name = variable->name;
    call->count--;
    *(before != NULL ? &before->next : &call->first) = variable->next;
    return true;
}

static struct ast_node *expand_comprehension(struct cel_unit *unit, struct ast_node *call, size_t m)
{
    call->locals = arena_array(unit->work, macros[m].variables, sizeof *call->locals);
    for (uint32_t i = 0; i < macros[m].variables; i++)
        if (!take_variable(unit, call, call->first))
            return NULL;
    call->macro = macros[m].macro;
    call->kind = call->macro == AST_MACRO_OPTIONAL_MAP || call->macro == AST_MACRO_OPTIONAL_FLAT_MAP
                     ? AST_OPTIONAL_MAP
                     : AST_COMPREHENSION;
    return call;
}

/* ---- has, and those of the namespace `cel` */

/* has(a.b) asks instead of reading. */
static struct ast_node *expand_has(struct cel_unit *unit, struct ast_node *call)
{
    struct ast_node *field = call->first;
    if (call->count != 1 || field->kind != AST_SELECT || field->test || field->maybe)
        return fail(unit, call, "`has` takes one field, such as `has(lead.email)`");
    field->test = true;
    field->start = call->start;
    field->end = call->end;
    return field;
}

static struct ast_node *expand_bind(struct cel_unit *unit, struct ast_node *call)
{
    if (call->count != 3)
        return fail(unit, call, "`cel.bind` takes a name, a value and an expression");
    call->locals = arena_array(unit->work, 1, sizeof *call->locals);
    if (!take_variable(unit, call, NULL))
        return NULL;
    call->kind = AST_BIND;
    return call;
}

static struct ast_node *expand_block(struct cel_unit *unit, struct ast_node *call)
{
    struct ast_node *list = call->first;
    if (call->count != 2 || list->kind != AST_LIST)
        return fail(unit, call, "`cel.block` takes a list and an expression");
    call->locals = arena_array(unit->work, list->count, sizeof *call->locals);
    call->local_count = list->count;
    for (uint32_t i = 0; i < list->count; i++)
        call->locals[i].name = bytes_of(arena_printf(unit->work, "@index%u", i));
    call->kind = AST_BLOCK;
    call->count = list->count + 1;
    if (list->count > 0) {
        list->last->next = list->next;
        call->first = list->first;
    } else {
        call->first = list->next;
    }
    return call;
}

/* cel.index(0), cel.iterVar(0, 1): names that no source can spell. */
static struct ast_node *expand_hidden_name(struct cel_unit *unit, struct ast_node *call,
                                           const char *prefix, uint32_t count)
{
    const char *name = prefix;
    for (const struct ast_node *child = call->first; child != NULL; child = child->next) {
        if (child->kind != AST_LITERAL || child->literal.kind != CEL_INT ||
            child->literal.integer < 0)
            return fail(unit, call, "this takes numbers written out");
        name = arena_printf(unit->work, "%s%s%lld", name, child == call->first ? "" : ":",
                            (long long)child->literal.integer);
    }
    if (call->count != count)
        return fail(unit, call, "this takes another number of arguments");
    call->kind = AST_NAME;
    call->name = bytes_of(name);
    call->first = call->last = NULL;
    call->count = 0;
    return call;
}

static struct ast_node *expand_cel(struct cel_unit *unit, struct ast_node *call)
{
    bool bind = bytes_is(call->name, "bind"), block = bytes_is(call->name, "block");
    bool index = bytes_is(call->name, "index"), variable = bytes_is(call->name, "iterVar");
    if (!bind && !block && !index && !variable)
        return call;
    call->first = call->first->next; /* the namespace */
    call->count--;
    call->member = false;
    if (bind || block)
        return bind ? expand_bind(unit, call) : expand_block(unit, call);
    return index ? expand_hidden_name(unit, call, "@index", 1)
                 : expand_hidden_name(unit, call, "@it:", 2);
}

struct ast_node *cel_macro_expand(struct cel_unit *unit, struct ast_node *call)
{
    if (!call->member)
        return bytes_is(call->name, "has") && !call->rooted ? expand_has(unit, call) : call;
    const struct ast_node *receiver = call->first;
    if (receiver->kind == AST_NAME && bytes_is(receiver->name, "cel"))
        return expand_cel(unit, call);
    for (size_t i = 0; i < sizeof macros / sizeof *macros; i++)
        if (macros[i].arguments + 1 == call->count && bytes_is(call->name, macros[i].name))
            return expand_comprehension(unit, call, i);
    return call;
}
