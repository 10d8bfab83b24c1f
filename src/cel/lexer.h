/* Tokens of CEL source: where each is and what it is; literals are decoded by literal.c. */
#ifndef ML_CEL_LEXER_H
#define ML_CEL_LEXER_H

#include "cel/internal.h"

enum token_kind {
    TOKEN_END,
    TOKEN_MISTAKE, /* the unit holds it */
    TOKEN_NAME,
    TOKEN_QUOTED_NAME, /* `a-b` in back quotes, after a dot */
    TOKEN_RESERVED,    /* a word that is no name, but may stand after a dot */
    TOKEN_IN,
    TOKEN_TRUE,
    TOKEN_FALSE,
    TOKEN_NULL,
    TOKEN_INT,
    TOKEN_UINT,
    TOKEN_DOUBLE,
    TOKEN_STRING,
    TOKEN_BYTES,
    TOKEN_EQUAL,
    TOKEN_NOT_EQUAL,
    TOKEN_LESS,
    TOKEN_LESS_EQUAL,
    TOKEN_GREATER,
    TOKEN_GREATER_EQUAL,
    TOKEN_AND,
    TOKEN_OR,
    TOKEN_NOT,
    TOKEN_PLUS,
    TOKEN_MINUS,
    TOKEN_STAR,
    TOKEN_SLASH,
    TOKEN_PERCENT,
    TOKEN_QUESTION,
    TOKEN_COLON,
    TOKEN_DOT,
    TOKEN_COMMA,
    TOKEN_PAREN_OPEN,
    TOKEN_PAREN_CLOSE,
    TOKEN_BRACKET_OPEN,
    TOKEN_BRACKET_CLOSE,
    TOKEN_BRACE_OPEN,
    TOKEN_BRACE_CLOSE,
};

struct token {
    enum token_kind kind;
    uint32_t start; /* bytes of the source, from and up to */
    uint32_t end;
};

struct lexer {
    struct cel_unit *unit;
    uint32_t offset;
};

struct token cel_lexer_next(struct lexer *lexer);

/* Decodes a token of a literal kind; `negative` is a minus sign before a number. False after a
 * mistake, which the unit then holds. Text lives in the unit's source or arena. */
bool cel_literal_decode(struct cel_unit *unit, struct token token, bool negative,
                        struct cel_value *ret);

#endif
