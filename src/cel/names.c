/* Names: which variable or field is meant, and which one was probably meant. */
#include "cel/ast.h"

/* The name at the bottom of `a.b.c`, or NULL when the node is no such chain. The top of one may be
 * inside has(); a has() further down is a value. */
static struct ast_node *chain_root(struct ast_node *top)
{
    struct ast_node *node = top;
    while (node->kind == AST_SELECT && !node->quoted && !node->maybe &&
           (node == top || !node->test))
        node = node->first;
    return node->kind == AST_NAME ? node : NULL;
}

/* True when the chain, written without blanks, is `name`. */
static bool chain_spells(const struct ast_node *node, struct bytes name)
{
    for (; node->kind == AST_SELECT; node = node->first) {
        struct bytes last = node->name;
        if (name.size <= last.size || name.data[name.size - last.size - 1] != '.' ||
            memcmp(name.data + name.size - last.size, last.data, last.size) != 0)
            return false;
        name.size -= last.size + 1;
    }
    return bytes_equal(node->name, name);
}

static struct ast_local *find_local(const struct cel_unit *unit, struct bytes name)
{
    struct ast_local *local = unit->scope;
    while (local != NULL && !bytes_equal(local->name, name))
        local = local->outer;
    return local;
}

/* ---- the container: in "a.b" the name x means a.b.x, a.x or x, the first that is known */

/* The container a name is looked up in first; what has a dot in front is looked up at the top. */
static struct bytes innermost(const struct cel_unit *unit, bool rooted)
{
    return bytes_of(rooted ? NULL : unit->environment->container);
}

/* Moves on to the next container outside; false behind the last, which is empty. */
static bool outward(struct bytes *container)
{
    if (container->size == 0)
        return false;
    do
        container->size--;
    while (container->size > 0 && container->data[container->size] != '.');
    return true;
}

/* What of `name` stands behind the container; false when it is not in it. */
static bool within(struct bytes name, struct bytes container, struct bytes *ret)
{
    *ret = name;
    if (container.size == 0)
        return true;
    if (name.size <= container.size || name.data[container.size] != '.' ||
        memcmp(name.data, container.data, container.size) != 0)
        return false;
    *ret = (struct bytes){name.data + container.size + 1, name.size - container.size - 1};
    return true;
}

static bool find_variable(const struct cel_environment *environment, struct bytes container,
                          const struct ast_node *node, uint32_t *ret)
{
    for (size_t i = 0; i < environment->count; i++) {
        struct bytes name;
        if (within(bytes_of(environment->variables[i].name), container, &name) &&
            chain_spells(node, name)) {
            *ret = (uint32_t)i;
            return true;
        }
    }
    return false;
}

static const char *chain_text(struct arena *arena, const struct ast_node *node)
{
    if (node->kind == AST_NAME)
        return arena_string(arena, node->name);
    return arena_printf(arena, "%s.%.*s", chain_text(arena, node->first), BYTES_ARG(node->name));
}

/* Variables such as territory.dach make `territory` the name of a family: its first, or NULL. */
static const char *find_family(const struct cel_environment *environment, struct bytes root)
{
    for (size_t i = 0; i < environment->count; i++) {
        const char *name = environment->variables[i].name;
        if (strncmp(name, root.data, root.size) == 0 && name[root.size] == '.')
            return name;
    }
    return NULL;
}

/* The record variable that has exactly this field: `country` was meant to be `lead.country`. */
static const char *find_owner(const struct cel_environment *environment, struct bytes field)
{
    for (size_t i = 0; i < environment->count; i++) {
        const struct cel_type *type = environment->variables[i].type;
        for (size_t f = 0; type->kind == CEL_TYPE_RECORD && f < type->field_count; f++)
            if (bytes_is(field, type->fields[f].name))
                return environment->variables[i].name;
    }
    return NULL;
}

/* The nearest variable; a dotted one is offered by its first part when one part was written. */
static const char *suggest_variable(struct cel_unit *unit, const char *text, bool dotted)
{
    const struct cel_environment *environment = unit->environment;
    const char **names = arena_array(unit->work, environment->count, sizeof *names);
    for (size_t i = 0; i < environment->count; i++) {
        const char *name = environment->variables[i].name;
        const char *dot = strchr(name, '.');
        names[i] = dot != NULL && !dotted
                       ? arena_string(unit->work, (struct bytes){name, (size_t)(dot - name)})
                       : name;
    }
    return bytes_suggest(bytes_of(text), names, environment->count);
}

/* ---- what was probably meant */

static int fail_variable(struct cel_unit *unit, const struct ast_node *top,
                         const struct ast_node *root)
{
    const char *relative = find_family(unit->environment, root->name);
    bool dotted = top != root && relative != NULL;
    const char *text = chain_text(unit->work, dotted ? top : root);
    const char *owner = relative ? NULL : find_owner(unit->environment, root->name);
    struct bytes cut = cel_text_cut(bytes_of(text));
    if (owner != NULL)
        return cel_unit_fail(unit, ML_EINVAL, root->place,
                             "no such variable `%.*s`, did you mean `%s.%.*s`?", BYTES_ARG(cut),
                             owner, BYTES_ARG(cut));
    const char *suggestion = relative && !dotted ? relative : suggest_variable(unit, text, dotted);
    if (suggestion == NULL)
        return cel_unit_fail(unit, ML_EINVAL, root->place, "no such variable `%.*s`",
                             BYTES_ARG(cut));
    return cel_unit_fail(unit, ML_EINVAL, root->place,
                         "no such variable `%.*s`, did you mean `%s`?", BYTES_ARG(cut), suggestion);
}

/* `int` as a value; it stays a name when there is no such type. */
static bool resolve_type(struct cel_unit *unit, struct ast_node *node)
{
    enum cel_type_kind kind;
    struct cel_value type = cel_type_named(bytes_of(chain_text(unit->work, node)), &kind);
    if (type.kind == CEL_ABSENT || node->test)
        return false;
    node->kind = AST_LITERAL;
    node->literal = type;
    node->type = cel_type_of(unit->work, CEL_TYPE_TYPE, cel_type_basic(kind));
    return true;
}

static bool resolve_prefix(struct cel_unit *unit, struct ast_node *prefix, bool rooted)
{
    struct bytes container = innermost(unit, rooted);
    do {
        uint32_t index;
        if (find_variable(unit->environment, container, prefix, &index)) {
            prefix->kind = AST_VARIABLE;
            prefix->index = index;
            return true;
        }
    } while (outward(&container));
    return resolve_type(unit, prefix);
}

int cel_names_resolve(struct cel_unit *unit, struct ast_node *node)
{
    struct ast_node *root = chain_root(node);
    if (root == NULL)
        return 0;
    struct ast_local *local = root->rooted ? NULL : find_local(unit, root->name);
    if (local != NULL) {
        root->kind = AST_LOCAL;
        root->locals = local;
        return 0;
    }
    for (struct ast_node *prefix = node;; prefix = prefix->first) {
        if (resolve_prefix(unit, prefix, root->rooted))
            return 0;
        if (prefix == root)
            return fail_variable(unit, node, root);
    }
}

/* ---- calls */

static struct cel_call find_function(struct cel_unit *unit, const char *name, bool rooted)
{
    struct bytes container = innermost(unit, rooted);
    for (;;) {
        const char *qualified =
            container.size > 0 ? arena_printf(unit->work, "%.*s.%s", BYTES_ARG(container), name)
                               : name;
        struct cel_call call = cel_function_find(unit, bytes_of(qualified), CEL_CALL_GLOBAL);
        if (call.count > 0 || !outward(&container))
            return call;
    }
}

struct cel_call cel_names_resolve_call(struct cel_unit *unit, struct ast_node *node)
{
    const char *name = arena_string(unit->work, node->name);
    if (!node->member)
        return find_function(unit, name, node->rooted);
    struct ast_node *receiver = node->first, *root = chain_root(receiver);
    if (root != NULL && !receiver->test && (root->rooted || find_local(unit, root->name) == NULL)) {
        name = arena_printf(unit->work, "%s.%s", chain_text(unit->work, receiver), name);
        struct cel_call call = find_function(unit, name, root->rooted);
        if (call.count > 0) {
            node->member = false;
            node->name = bytes_of(call.overloads[0]->name);
            node->first = receiver->next;
            node->count--;
            return call;
        }
    }
    return cel_function_find(unit, node->name, CEL_CALL_MEMBER);
}

/* `math.greatst` is no call on a variable `math`: the functions of that namespace are meant. */
static bool fail_qualified(struct cel_unit *unit, struct ast_node *node)
{
    struct ast_node *root = node->member ? chain_root(node->first) : NULL;
    uint32_t index;
    if (root == NULL || find_local(unit, root->name) != NULL ||
        find_variable(unit->environment, (struct bytes){NULL, 0}, root, &index))
        return false;
    const char **names;
    uint32_t count = cel_function_names(unit, &names), used = 0;
    for (uint32_t i = 0; i < count; i++) {
        struct bytes rest;
        if (within(bytes_of(names[i]), root->name, &rest))
            names[used++] = names[i];
    }
    if (used == 0)
        return false;
    const char *text = arena_printf(unit->work, "%s.%.*s", chain_text(unit->work, node->first),
                                    BYTES_ARG(node->name));
    const char *suggestion = bytes_suggest(bytes_of(text), names, used);
    cel_unit_fail(unit, ML_EINVAL, root->place, "no such function `%.*s`%s%s%s",
                  BYTES_ARG(cel_text_cut(bytes_of(text))), suggestion ? ", did you mean `" : "",
                  suggestion ? suggestion : "", suggestion ? "`?" : "");
    return true;
}

/* ---- fields */

/* "lead.contry" as it was written, or "contry" when the operand is longer than a path. */
static const char *field_path(struct cel_unit *unit, const struct ast_node *node, const char *field)
{
    const struct ast_node *operand = node->first;
    if (operand->kind != AST_VARIABLE && operand->kind != AST_FIELD)
        return field;
    return arena_printf(unit->work, "%.*s.%s", (int)(operand->end - operand->start),
                        unit->source.data + operand->start, field);
}

int cel_names_fail_field(struct cel_unit *unit, const struct ast_node *node)
{
    const struct cel_type *record = cel_type_resolve(unit, node->first->type);
    if (record->kind == CEL_TYPE_OPTIONAL)
        record = cel_type_resolve(unit, record->element);
    const char **names = arena_array(unit->work, record->field_count, sizeof *names);
    for (size_t i = 0; i < record->field_count; i++)
        names[i] = record->fields[i].name;
    const char *suggestion = bytes_suggest(node->name, names, record->field_count);
    const char *path = field_path(unit, node, arena_string(unit->work, node->name));
    struct bytes cut = cel_text_cut(bytes_of(path));
    if (suggestion == NULL)
        return cel_unit_fail(unit, ML_EINVAL, node->place, "no such field `%.*s`", BYTES_ARG(cut));
    return cel_unit_fail(unit, ML_EINVAL, node->place, "no such field `%.*s`, did you mean `%s`?",
                         BYTES_ARG(cut), field_path(unit, node, suggestion));
}

int cel_names_fail_function(struct cel_unit *unit, struct ast_node *node)
{
    if (fail_qualified(unit, node))
        return unit->code;
    struct bytes cut = cel_text_cut(node->name);
    enum cel_call_style other = node->member ? CEL_CALL_GLOBAL : CEL_CALL_MEMBER;
    if (cel_function_find(unit, node->name, other).count > 0)
        return cel_unit_fail(unit, ML_EINVAL, node->place,
                             node->member ? "`%.*s` is called as %.*s(value), not on a value"
                                          : "`%.*s` is called on a value: value.%.*s(...)",
                             BYTES_ARG(cut), BYTES_ARG(cut));
    const char **names;
    uint32_t count = cel_function_names(unit, &names);
    const char *suggestion = bytes_suggest(node->name, names, count);
    if (suggestion == NULL)
        return cel_unit_fail(unit, ML_EINVAL, node->place, "no such function `%.*s`",
                             BYTES_ARG(cut));
    return cel_unit_fail(unit, ML_EINVAL, node->place,
                         "no such function `%.*s`, did you mean `%s`?", BYTES_ARG(cut), suggestion);
}
