/* The syntax tree: made by the parser, typed and resolved by the checker, read by the compiler.
 * Nodes live in the work arena of the unit and nowhere outlast the compilation. */
#ifndef ML_CEL_AST_H
#define ML_CEL_AST_H

#include "cel/internal.h"

enum ast_kind {
    AST_LITERAL,     /* literal */
    AST_NAME,        /* name */
    AST_SELECT,      /* operand . name */
    AST_CALL,        /* name(arguments), or receiver.name(arguments) with `member` */
    AST_OPERATION,   /* operator on one or two operands, none of them lazy */
    AST_LOGIC,       /* && or || of two or more operands */
    AST_CONDITIONAL, /* condition, then, otherwise */
    AST_LIST,
    AST_MAP, /* key, value, key, value, … */
    /* Macros: what was an argument that names a variable is in `names`. */
    AST_COMPREHENSION, /* range, filter if any, body */
    AST_BIND,          /* value, body */
    AST_BLOCK,         /* values that `@index0`, `@index1`, … name, body */
    AST_OPTIONAL_MAP,  /* optional, body */
    /* The checker turns names, selections and calls into these. */
    AST_VARIABLE,       /* index in the environment */
    AST_FIELD,          /* operand, index of the slot */
    AST_OPTIONAL_FIELD, /* the same of an optional, or giving one */
    AST_LOCAL,          /* local: what a macro named */
    AST_LOOKUP,         /* table, key */
};

enum ast_macro {
    AST_MACRO_ALL,
    AST_MACRO_EXISTS,
    AST_MACRO_EXISTS_ONE,
    AST_MACRO_FILTER,
    AST_MACRO_MAP, /* map and transformList */
    AST_MACRO_TRANSFORM_MAP,
    AST_MACRO_TRANSFORM_ENTRY,
    AST_MACRO_SORT_BY,
    AST_MACRO_OPTIONAL_MAP,
    AST_MACRO_OPTIONAL_FLAT_MAP,
};

/* A name that a macro makes known to its body. */
struct ast_local {
    struct bytes name;
    const struct cel_type *type;
    uint32_t position;       /* on the stack of the program, set by the generator */
    struct ast_local *outer; /* the next one outside */
};

enum ast_operator {
    AST_ADD,
    AST_SUBTRACT,
    AST_MULTIPLY,
    AST_DIVIDE,
    AST_MODULO,
    AST_NEGATE,
    AST_NOT,
    AST_EQUAL,
    AST_NOT_EQUAL,
    AST_LESS,
    AST_LESS_EQUAL,
    AST_GREATER,
    AST_GREATER_EQUAL,
    AST_IN,
    AST_INDEX,
    AST_AND,
    AST_OR,
};

struct ast_node {
    enum ast_kind kind;
    enum ast_operator operation;
    uint32_t start; /* bytes of the source, from and up to */
    uint32_t end;
    uint32_t place; /* where a mistake is reported: the operator, the field's name */
    uint32_t count; /* children */
    uint32_t height;
    bool member;
    bool quoted;  /* a name in back quotes, which is no part of a dotted variable */
    bool rooted;  /* a name with a dot before it: not of a macro and not in the container */
    bool test;    /* AST_SELECT, AST_VARIABLE, AST_FIELD inside has(): is it there? */
    bool maybe;   /* `a.?b`, `a[?b]`: an optional instead of an error */
    bool spliced; /* `[?a]`, `{?a: b}`: an item or key that may be none */
    enum ast_macro macro;
    uint32_t local_count;
    struct ast_local *locals; /* AST_LOCAL has one, that of the macro */
    struct ast_node *first;
    struct ast_node *last;
    struct ast_node *next; /* sibling */
    struct cel_value literal;
    struct bytes name;
    const struct cel_type *type; /* set by the checker */
    uint32_t index;
    struct cel_resolution call; /* AST_CALL, arithmetic AST_OPERATION */
};

/* As it is written: "<=". */
const char *ast_operator_text(enum ast_operator operation);

/* Makes a macro of a call that is one; other calls stay. NULL after a mistake. */
struct ast_node *cel_macro_expand(struct cel_unit *unit, struct ast_node *call);
/* As it is written: "exists_one". */
const char *ast_macro_text(enum ast_macro macro);

/* NULL after a mistake, which the unit then holds. */
struct ast_node *cel_parse(struct cel_unit *unit);

/* Types and resolves the tree. 0 or the unit's code. */
int cel_check(struct cel_unit *unit, struct ast_node *root, const struct cel_type *expected);

/* The same for one node and what is below it; false when the unit holds a mistake. */
bool cel_check_node(struct cel_unit *unit, struct ast_node *node);
/* check_macros.c: for AST_COMPREHENSION, AST_BIND, AST_BLOCK and AST_OPTIONAL_MAP. */
bool cel_check_macro(struct cel_unit *unit, struct ast_node *node);

/* ---- names.c: from dotted names to variables */

/* Turns the longest prefix of a chain `a.b.c` that names something into an AST_VARIABLE, an
 * AST_LOCAL or, for a type, an AST_LITERAL. Nothing happens to what is not such a chain. 0 or the
 * unit's code when no prefix is known. */
int cel_names_resolve(struct cel_unit *unit, struct ast_node *node);
/* The functions that a call means, seen from the container. `math.greatest(1)` is parsed like a
 * call on a value; when that is the name of a function, the value is taken out of the call. */
struct cel_call cel_names_resolve_call(struct cel_unit *unit, struct ast_node *node);
/* Reports that `node` selects a field that its operand's record does not have. */
int cel_names_fail_field(struct cel_unit *unit, const struct ast_node *node);
/* Reports a call of a function that does not exist or not in this style. */
int cel_names_fail_function(struct cel_unit *unit, struct ast_node *node);

/* Source text cut so that it fits a message; at a character, never inside one. */
enum { AST_TEXT_MAX = 60 };
struct bytes cel_text_cut(struct bytes text);

#endif
