/* Tokens to a syntax tree: recursive descent with precedence climbing for the binary operators.
 * Every way to nest passes through `enter`, so no input can exhaust the stack. */
#include "cel/ast.h"
#include "cel/lexer.h"

struct parser {
    struct cel_unit *unit;
    struct lexer lexer;
    struct token token; /* the next one, not yet used */
    uint32_t last_end;  /* where the token before it ended */
    uint32_t depth;
};

static struct ast_node *parse_expression(struct parser *parser);
static struct ast_node *parse_unary(struct parser *parser);

/* ---- operators */

static const char *const operator_texts[] = {
    [AST_ADD] = "+",
    [AST_SUBTRACT] = "-",
    [AST_MULTIPLY] = "*",
    [AST_DIVIDE] = "/",
    [AST_MODULO] = "%",
    [AST_NEGATE] = "-",
    [AST_NOT] = "!",
    [AST_EQUAL] = "==",
    [AST_NOT_EQUAL] = "!=",
    [AST_LESS] = "<",
    [AST_LESS_EQUAL] = "<=",
    [AST_GREATER] = ">",
    [AST_GREATER_EQUAL] = ">=",
    [AST_IN] = "in",
    [AST_INDEX] = "[]",
    [AST_AND] = "&&",
    [AST_OR] = "||",
};

const char *ast_operator_text(enum ast_operator operation)
{
    return operator_texts[operation];
}

enum { PRECEDENCE_OR = 1, PRECEDENCE_AND, PRECEDENCE_RELATION, PRECEDENCE_SUM, PRECEDENCE_PRODUCT };

static const struct {
    enum token_kind token;
    enum ast_operator operation;
    int precedence;
} binaries[] = {
    {TOKEN_OR, AST_OR, PRECEDENCE_OR},
    {TOKEN_AND, AST_AND, PRECEDENCE_AND},
    {TOKEN_EQUAL, AST_EQUAL, PRECEDENCE_RELATION},
    {TOKEN_NOT_EQUAL, AST_NOT_EQUAL, PRECEDENCE_RELATION},
    {TOKEN_LESS, AST_LESS, PRECEDENCE_RELATION},
    {TOKEN_LESS_EQUAL, AST_LESS_EQUAL, PRECEDENCE_RELATION},
    {TOKEN_GREATER, AST_GREATER, PRECEDENCE_RELATION},
    {TOKEN_GREATER_EQUAL, AST_GREATER_EQUAL, PRECEDENCE_RELATION},
    {TOKEN_IN, AST_IN, PRECEDENCE_RELATION},
    {TOKEN_PLUS, AST_ADD, PRECEDENCE_SUM},
    {TOKEN_MINUS, AST_SUBTRACT, PRECEDENCE_SUM},
    {TOKEN_STAR, AST_MULTIPLY, PRECEDENCE_PRODUCT},
    {TOKEN_SLASH, AST_DIVIDE, PRECEDENCE_PRODUCT},
    {TOKEN_PERCENT, AST_MODULO, PRECEDENCE_PRODUCT},
};

/* ---- tokens */

static struct token advance(struct parser *parser)
{
    struct token used = parser->token;
    parser->last_end = used.end;
    parser->token = cel_lexer_next(&parser->lexer);
    return used;
}

static bool accept(struct parser *parser, enum token_kind kind)
{
    if (parser->token.kind != kind)
        return false;
    advance(parser);
    return true;
}

static struct bytes token_text(const struct parser *parser, struct token token)
{
    return (struct bytes){parser->unit->source.data + token.start, token.end - token.start};
}

struct bytes cel_text_cut(struct bytes text)
{
    if (text.size <= AST_TEXT_MAX)
        return text;
    text.size = AST_TEXT_MAX;
    while (text.size > 0 && ((unsigned char)text.data[text.size] & 0xC0) == 0x80)
        text.size--;
    return text;
}

/* What stands here instead of `wanted`, in words. */
static void *fail_expected(struct parser *parser, const char *wanted)
{
    static const struct {
        const char *word;
        const char *symbol;
    } foreign[] = {{"and", "&&"}, {"or", "||"}, {"not", "!"}, {"AND", "&&"},
                   {"OR", "||"},  {"NOT", "!"}, {"is", "=="}};
    struct token token = parser->token;
    struct bytes text = cel_text_cut(token_text(parser, token));
    if (token.kind == TOKEN_END) {
        cel_unit_fail(parser->unit, ML_EINVAL, token.start,
                      "the expression ends where %s is needed", wanted);
        return NULL;
    }
    if (token.kind == TOKEN_QUOTED_NAME)
        cel_unit_fail(parser->unit, ML_EINVAL, token.start,
                      "a name in back quotes stands behind a dot: lead.%.*s", BYTES_ARG(text));
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++)
        if (bytes_is(text, foreign[i].word))
            cel_unit_fail(parser->unit, ML_EINVAL, token.start, "unexpected `%s`; write `%s`",
                          foreign[i].word, foreign[i].symbol);
    cel_unit_fail(parser->unit, ML_EINVAL, token.start, "expected %s, found %s`%.*s`", wanted,
                  token.kind == TOKEN_RESERVED ? "the reserved word " : "", BYTES_ARG(text));
    return NULL;
}

static bool expect(struct parser *parser, enum token_kind kind, const char *wanted)
{
    if (accept(parser, kind))
        return true;
    fail_expected(parser, wanted);
    return false;
}

/* ---- nodes */

static bool enter(struct parser *parser)
{
    if (++parser->depth <= CEL_DEPTH_MAX)
        return true;
    cel_unit_fail(parser->unit, ML_ELIMIT, parser->token.start,
                  "the expression is nested more than %d deep", CEL_DEPTH_MAX);
    return false;
}

static void leave(struct parser *parser)
{
    parser->depth--;
}

static struct ast_node *new_node(struct parser *parser, enum ast_kind kind, uint32_t start,
                                 uint32_t place)
{
    if (++parser->unit->nodes > CEL_NODES_MAX) {
        cel_unit_fail(parser->unit, ML_ELIMIT, start,
                      "the expression has more than %d parts; put long lists into a variable",
                      CEL_NODES_MAX);
        return NULL;
    }
    struct ast_node *node = arena_zalloc(parser->unit->work, sizeof *node);
    node->kind = kind;
    node->start = start;
    node->end = parser->last_end;
    node->place = place;
    node->height = 1;
    return node;
}

/* Takes a parsed child; false when there is none or the tree grows too high. */
static bool add_child(struct parser *parser, struct ast_node *node, struct ast_node *child)
{
    if (node == NULL || child == NULL)
        return false;
    if (child->height >= node->height)
        node->height = child->height + 1;
    if (node->height > CEL_DEPTH_MAX) {
        cel_unit_fail(parser->unit, ML_ELIMIT, node->place,
                      "the expression is nested more than %d deep", CEL_DEPTH_MAX);
        return false;
    }
    if (node->last != NULL)
        node->last->next = child;
    else
        node->first = child;
    node->last = child;
    node->count++;
    node->end = parser->last_end;
    return true;
}

static struct ast_node *new_operation(struct parser *parser, enum ast_operator operation,
                                      struct ast_node *left, struct ast_node *right, uint32_t place)
{
    bool logic = operation == AST_AND || operation == AST_OR;
    if (logic && left->kind == AST_LOGIC && left->operation == operation)
        return add_child(parser, left, right) ? left : NULL;
    struct ast_node *node = new_node(parser, logic ? AST_LOGIC : AST_OPERATION, left->start, place);
    if (node == NULL)
        return NULL;
    node->operation = operation;
    return add_child(parser, node, left) && add_child(parser, node, right) ? node : NULL;
}

/* ---- grammar, from the inside out */

/* Expressions up to the closing token, which is used up; a comma may precede it in lists and maps.
 */
static bool parse_items(struct parser *parser, struct ast_node *node, enum token_kind close,
                        const char *wanted)
{
    while (parser->token.kind != close) {
        bool spliced = node->kind != AST_CALL && accept(parser, TOKEN_QUESTION);
        if (!add_child(parser, node, parse_expression(parser)))
            return false;
        node->last->spliced = spliced;
        if (node->kind == AST_MAP && (!expect(parser, TOKEN_COLON, "`:` and a value") ||
                                      !add_child(parser, node, parse_expression(parser))))
            return false;
        if (parser->token.kind == close)
            break;
        if (!expect(parser, TOKEN_COMMA, wanted))
            return false;
        if (node->kind == AST_CALL && parser->token.kind == close) {
            fail_expected(parser, "another argument");
            return false;
        }
    }
    advance(parser);
    node->end = parser->last_end;
    return true;
}

static struct ast_node *parse_literal(struct parser *parser, uint32_t start, bool negative)
{
    struct cel_value value;
    struct token token = advance(parser);
    if (!cel_literal_decode(parser->unit, token, negative, &value))
        return NULL;
    struct ast_node *node = new_node(parser, AST_LITERAL, start, start);
    if (node != NULL)
        node->literal = value;
    return node;
}

static struct ast_node *parse_parentheses(struct parser *parser)
{
    struct token open = advance(parser);
    struct ast_node *node = parse_expression(parser);
    if (node == NULL || !expect(parser, TOKEN_PAREN_CLOSE, "`)`"))
        return NULL;
    node->start = open.start;
    node->end = parser->last_end;
    return node;
}

static struct ast_node *parse_collection(struct parser *parser, enum ast_kind kind,
                                         enum token_kind close, const char *wanted)
{
    struct token open = advance(parser);
    struct ast_node *node = new_node(parser, kind, open.start, open.start);
    return node != NULL && parse_items(parser, node, close, wanted) ? node : NULL;
}

static struct ast_node *parse_arguments(struct parser *parser, struct ast_node *call)
{
    advance(parser);
    if (!parse_items(parser, call, TOKEN_PAREN_CLOSE, "`,` or `)`"))
        return NULL;
    return cel_macro_expand(parser->unit, call);
}

/* A leading dot means the outermost scope. */
static struct ast_node *parse_name(struct parser *parser)
{
    uint32_t start = parser->token.start;
    bool rooted = accept(parser, TOKEN_DOT);
    if (parser->token.kind != TOKEN_NAME)
        return fail_expected(parser, "a name");
    struct token token = advance(parser);
    bool called = parser->token.kind == TOKEN_PAREN_OPEN;
    struct ast_node *node = new_node(parser, called ? AST_CALL : AST_NAME, start, token.start);
    if (node == NULL)
        return NULL;
    node->name = token_text(parser, token);
    node->rooted = rooted;
    return called ? parse_arguments(parser, node) : node;
}

static struct ast_node *parse_primary(struct parser *parser)
{
    switch (parser->token.kind) {
    case TOKEN_TRUE:
    case TOKEN_FALSE:
    case TOKEN_NULL:
    case TOKEN_INT:
    case TOKEN_UINT:
    case TOKEN_DOUBLE:
    case TOKEN_STRING:
    case TOKEN_BYTES: return parse_literal(parser, parser->token.start, false);
    case TOKEN_PAREN_OPEN: return parse_parentheses(parser);
    case TOKEN_BRACKET_OPEN:
        return parse_collection(parser, AST_LIST, TOKEN_BRACKET_CLOSE, "`,` or `]`");
    case TOKEN_BRACE_OPEN:
        return parse_collection(parser, AST_MAP, TOKEN_BRACE_CLOSE, "`,` or `}`");
    case TOKEN_NAME:
    case TOKEN_DOT: return parse_name(parser);
    default: return fail_expected(parser, "a value, a field or `(`");
    }
}

static struct ast_node *parse_selection(struct parser *parser, struct ast_node *operand)
{
    advance(parser);
    bool maybe = accept(parser, TOKEN_QUESTION);
    struct token token = parser->token;
    bool quoted = token.kind == TOKEN_QUOTED_NAME;
    if (token.kind != TOKEN_NAME && token.kind != TOKEN_RESERVED && !quoted)
        return fail_expected(parser, "a field's name");
    advance(parser);
    bool called = !quoted && !maybe && parser->token.kind == TOKEN_PAREN_OPEN;
    struct ast_node *node =
        new_node(parser, called ? AST_CALL : AST_SELECT, operand->start, token.start);
    if (!add_child(parser, node, operand))
        return NULL;
    node->name = token_text(parser, token);
    node->quoted = quoted;
    node->maybe = maybe;
    if (quoted)
        node->name = (struct bytes){node->name.data + 1, node->name.size - 2};
    node->member = called;
    return called ? parse_arguments(parser, node) : node;
}

static struct ast_node *parse_index(struct parser *parser, struct ast_node *operand)
{
    struct token open = advance(parser);
    bool maybe = accept(parser, TOKEN_QUESTION);
    struct ast_node *index = parse_expression(parser);
    if (index == NULL || !expect(parser, TOKEN_BRACKET_CLOSE, "`]`"))
        return NULL;
    struct ast_node *node = new_operation(parser, AST_INDEX, operand, index, open.start);
    if (node != NULL)
        node->maybe = maybe;
    return node;
}

static struct ast_node *parse_member(struct parser *parser, struct ast_node *node)
{
    while (node != NULL) {
        if (parser->token.kind == TOKEN_DOT)
            node = parse_selection(parser, node);
        else if (parser->token.kind == TOKEN_BRACKET_OPEN)
            node = parse_index(parser, node);
        else
            break;
    }
    return node;
}

static struct ast_node *parse_prefixed(struct parser *parser, enum ast_operator operation)
{
    struct token sign = advance(parser);
    bool number = parser->token.kind == TOKEN_INT || parser->token.kind == TOKEN_DOUBLE;
    /* The sign belongs to the number: the smallest int has no positive twin. */
    if (operation == AST_NEGATE && number)
        return parse_member(parser, parse_literal(parser, sign.start, true));
    struct ast_node *operand = parse_unary(parser);
    if (operand == NULL)
        return NULL;
    struct ast_node *node = new_node(parser, AST_OPERATION, sign.start, sign.start);
    if (node != NULL)
        node->operation = operation;
    return add_child(parser, node, operand) ? node : NULL;
}

static struct ast_node *parse_unary(struct parser *parser)
{
    if (!enter(parser))
        return NULL;
    struct ast_node *node;
    if (parser->token.kind == TOKEN_NOT)
        node = parse_prefixed(parser, AST_NOT);
    else if (parser->token.kind == TOKEN_MINUS)
        node = parse_prefixed(parser, AST_NEGATE);
    else
        node = parse_member(parser, parse_primary(parser));
    leave(parser);
    return node;
}

static int find_binary(enum token_kind token)
{
    for (size_t i = 0; i < sizeof binaries / sizeof *binaries; i++)
        if (binaries[i].token == token)
            return (int)i;
    return -1;
}

/* All binary operators associate to the left. */
static struct ast_node *parse_binary(struct parser *parser, int precedence)
{
    struct ast_node *left = parse_unary(parser);
    while (left != NULL) {
        int i = find_binary(parser->token.kind);
        if (i < 0 || binaries[i].precedence < precedence)
            break;
        struct token token = advance(parser);
        struct ast_node *right = parse_binary(parser, binaries[i].precedence + 1);
        if (right == NULL)
            return NULL;
        left = new_operation(parser, binaries[i].operation, left, right, token.start);
    }
    return left;
}

static struct ast_node *parse_conditional(struct parser *parser, struct ast_node *condition)
{
    struct token question = advance(parser);
    struct ast_node *then = parse_binary(parser, PRECEDENCE_OR);
    if (then == NULL || !expect(parser, TOKEN_COLON, "`:`"))
        return NULL;
    struct ast_node *otherwise = parse_expression(parser);
    if (otherwise == NULL)
        return NULL;
    struct ast_node *node = new_node(parser, AST_CONDITIONAL, condition->start, question.start);
    return add_child(parser, node, condition) && add_child(parser, node, then) &&
                   add_child(parser, node, otherwise)
               ? node
               : NULL;
}

static struct ast_node *parse_expression(struct parser *parser)
{
    if (!enter(parser))
        return NULL;
    struct ast_node *node = parse_binary(parser, PRECEDENCE_OR);
    if (node != NULL && parser->token.kind == TOKEN_QUESTION)
        node = parse_conditional(parser, node);
    leave(parser);
    return node;
}

struct ast_node *cel_parse(struct cel_unit *unit)
{
    struct parser parser = {.unit = unit, .lexer = {.unit = unit}};
    advance(&parser);
    struct ast_node *root = parse_expression(&parser);
    if (root != NULL && parser.token.kind != TOKEN_END)
        root = fail_expected(&parser, "an operator such as `&&`");
    return unit->code == 0 ? root : NULL;
}
