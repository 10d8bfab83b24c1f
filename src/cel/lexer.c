/* Source text to tokens. Reads bytes once, from left to right, and looks at most three ahead. */
#include "cel/lexer.h"

#include "cel/ast.h"

static const struct {
    char text[3];
    enum token_kind kind;
} punctuation[] = {
    /* Two characters before one, so that `<=` is not `<`. */
    {"==", TOKEN_EQUAL},         {"!=", TOKEN_NOT_EQUAL},  {"<=", TOKEN_LESS_EQUAL},
    {">=", TOKEN_GREATER_EQUAL}, {"&&", TOKEN_AND},        {"||", TOKEN_OR},
    {"<", TOKEN_LESS},           {">", TOKEN_GREATER},     {"!", TOKEN_NOT},
    {"+", TOKEN_PLUS},           {"-", TOKEN_MINUS},       {"*", TOKEN_STAR},
    {"/", TOKEN_SLASH},          {"%", TOKEN_PERCENT},     {"?", TOKEN_QUESTION},
    {":", TOKEN_COLON},          {".", TOKEN_DOT},         {",", TOKEN_COMMA},
    {"(", TOKEN_PAREN_OPEN},     {")", TOKEN_PAREN_CLOSE}, {"[", TOKEN_BRACKET_OPEN},
    {"]", TOKEN_BRACKET_CLOSE},  {"{", TOKEN_BRACE_OPEN},  {"}", TOKEN_BRACE_CLOSE},
};

static const struct {
    const char *text;
    enum token_kind kind;
} words[] = {
    {"in", TOKEN_IN},
    {"true", TOKEN_TRUE},
    {"false", TOKEN_FALSE},
    {"null", TOKEN_NULL},
    {"as", TOKEN_RESERVED},
    {"break", TOKEN_RESERVED},
    {"const", TOKEN_RESERVED},
    {"continue", TOKEN_RESERVED},
    {"else", TOKEN_RESERVED},
    {"for", TOKEN_RESERVED},
    {"function", TOKEN_RESERVED},
    {"if", TOKEN_RESERVED},
    {"import", TOKEN_RESERVED},
    {"let", TOKEN_RESERVED},
    {"loop", TOKEN_RESERVED},
    {"package", TOKEN_RESERVED},
    {"namespace", TOKEN_RESERVED},
    {"return", TOKEN_RESERVED},
    {"var", TOKEN_RESERVED},
    {"void", TOKEN_RESERVED},
    {"while", TOKEN_RESERVED},
};

/* What people write who come from another language. */
static const struct {
    char character;
    const char *advice;
} mistaken[] = {
    {'=', "`=` does not compare; write `==`"},
    {'&', "`&` is no operator; write `&&`"},
    {'|', "`|` is no operator; write `||`"},
    {'`', "back quotes are for a field's name, behind a dot: lead.`utm-source`"},
};

/* The character `ahead` of the current one; 0 past the end. */
static char peek(const struct lexer *lexer, uint32_t ahead)
{
    size_t at = (size_t)lexer->offset + ahead;
    return at < lexer->unit->source.size ? lexer->unit->source.data[at] : '\0';
}

static bool at_end(const struct lexer *lexer)
{
    return lexer->offset >= lexer->unit->source.size;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_name_start(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_name(char c)
{
    return is_name_start(c) || is_digit(c);
}

static void skip_blanks(struct lexer *lexer)
{
    for (;;) {
        char c = peek(lexer, 0);
        if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f') {
            lexer->offset++;
        } else if (c == '/' && peek(lexer, 1) == '/') {
            while (!at_end(lexer) && peek(lexer, 0) != '\n')
                lexer->offset++;
        } else {
            return;
        }
    }
}

static struct token finish(const struct lexer *lexer, enum token_kind kind, uint32_t start)
{
    return (struct token){kind, start, lexer->offset};
}

static struct bytes text_of(const struct lexer *lexer, uint32_t start)
{
    return (struct bytes){lexer->unit->source.data + start, lexer->offset - start};
}

static struct token read_number(struct lexer *lexer)
{
    uint32_t start = lexer->offset;
    enum token_kind kind = TOKEN_INT;
    if (peek(lexer, 0) == '0' && (peek(lexer, 1) == 'x' || peek(lexer, 1) == 'X')) {
        lexer->offset += 2;
        while (is_hex(peek(lexer, 0)))
            lexer->offset++;
    } else {
        while (is_digit(peek(lexer, 0)))
            lexer->offset++;
        if (peek(lexer, 0) == '.' && is_digit(peek(lexer, 1))) {
            kind = TOKEN_DOUBLE;
            lexer->offset++;
            while (is_digit(peek(lexer, 0)))
                lexer->offset++;
        }
        char sign = peek(lexer, 1);
        uint32_t exponent = sign == '+' || sign == '-' ? 2 : 1;
        if ((peek(lexer, 0) == 'e' || peek(lexer, 0) == 'E') && is_digit(peek(lexer, exponent))) {
            kind = TOKEN_DOUBLE;
            lexer->offset += exponent;
            while (is_digit(peek(lexer, 0)))
                lexer->offset++;
        }
    }
    if (kind == TOKEN_INT && (peek(lexer, 0) == 'u' || peek(lexer, 0) == 'U')) {
        kind = TOKEN_UINT;
        lexer->offset++;
    }
    if (is_name(peek(lexer, 0))) {
        while (is_name(peek(lexer, 0)))
            lexer->offset++;
        kind = TOKEN_MISTAKE;
        cel_unit_fail(lexer->unit, ML_EINVAL, start, "`%.*s` is not a number",
                      BYTES_ARG(cel_text_cut(text_of(lexer, start))));
    }
    return finish(lexer, kind, start);
}

/* How many letters (r, b, br) stand before a quote here; -1 when this is no string. */
static int string_prefix(const struct lexer *lexer)
{
    uint32_t letters = 0;
    if (peek(lexer, letters) == 'b' || peek(lexer, letters) == 'B')
        letters++;
    if (peek(lexer, letters) == 'r' || peek(lexer, letters) == 'R')
        letters++;
    char quote = peek(lexer, letters);
    return quote == '"' || quote == '\'' ? (int)letters : -1;
}

static struct token fail_with(struct lexer *lexer, uint32_t start, const char *advice)
{
    cel_unit_fail(lexer->unit, ML_EINVAL, start, "%s", advice);
    return finish(lexer, TOKEN_MISTAKE, start);
}

static struct token read_string(struct lexer *lexer, uint32_t prefix)
{
    uint32_t start = lexer->offset;
    char first = peek(lexer, 0);
    char last = prefix > 0 ? peek(lexer, prefix - 1) : '\0';
    enum token_kind kind = first == 'b' || first == 'B' ? TOKEN_BYTES : TOKEN_STRING;
    bool raw = last == 'r' || last == 'R';
    lexer->offset += prefix;
    char quote = peek(lexer, 0);
    bool triple = peek(lexer, 1) == quote && peek(lexer, 2) == quote;
    lexer->offset += triple ? 3 : 1;
    while (!at_end(lexer)) {
        char c = peek(lexer, 0);
        if (c == quote && (!triple || (peek(lexer, 1) == quote && peek(lexer, 2) == quote))) {
            lexer->offset += triple ? 3 : 1;
            return finish(lexer, kind, start);
        }
        if (!triple && (c == '\n' || c == '\r'))
            return fail_with(lexer, start,
                             "this string does not end on its line; close it, write \\n for a "
                             "line break, or use triple quotes");
        bool escape = c == '\\' && !raw && peek(lexer, 1) != '\n';
        lexer->offset += escape ? 2 : 1;
    }
    lexer->offset = (uint32_t)lexer->unit->source.size;
    return fail_with(lexer, start, "this string is not closed");
}

static struct token read_word(struct lexer *lexer)
{
    uint32_t start = lexer->offset;
    while (is_name(peek(lexer, 0)))
        lexer->offset++;
    struct bytes text = text_of(lexer, start);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (bytes_is(text, words[i].text))
            return finish(lexer, words[i].kind, start);
    return finish(lexer, TOKEN_NAME, start);
}

static bool is_quoted_name(char c)
{
    return is_name(c) || c == '.' || c == '-' || c == '/' || c == ' ';
}

static bool read_quoted_name(struct lexer *lexer, struct token *ret)
{
    uint32_t length = 1;
    while (is_quoted_name(peek(lexer, length)))
        length++;
    if (length == 1 || peek(lexer, length) != '`')
        return false;
    uint32_t start = lexer->offset;
    lexer->offset += length + 1;
    *ret = finish(lexer, TOKEN_QUOTED_NAME, start);
    return true;
}

static struct token fail_character(struct lexer *lexer)
{
    uint32_t start = lexer->offset;
    char c = peek(lexer, 0);
    for (size_t i = 0; i < sizeof mistaken / sizeof *mistaken; i++)
        if (c == mistaken[i].character)
            return fail_with(lexer, start, mistaken[i].advice);
    do
        lexer->offset++;
    while (((unsigned char)peek(lexer, 0) & 0xC0) == 0x80);
    if ((unsigned char)c < 0x20 || c == 0x7F)
        cel_unit_fail(lexer->unit, ML_EINVAL, start, "an unexpected control character, %d", c);
    else
        cel_unit_fail(lexer->unit, ML_EINVAL, start, "an unexpected character `%.*s`",
                      BYTES_ARG(text_of(lexer, start)));
    return finish(lexer, TOKEN_MISTAKE, start);
}

static struct token read_punctuation(struct lexer *lexer)
{
    uint32_t start = lexer->offset;
    for (size_t i = 0; i < sizeof punctuation / sizeof *punctuation; i++) {
        const char *text = punctuation[i].text;
        if (text[0] != peek(lexer, 0) || (text[1] != '\0' && text[1] != peek(lexer, 1)))
            continue;
        lexer->offset += text[1] != '\0' ? 2 : 1;
        return finish(lexer, punctuation[i].kind, start);
    }
    return fail_character(lexer);
}

struct token cel_lexer_next(struct lexer *lexer)
{
    skip_blanks(lexer);
    if (at_end(lexer))
        return finish(lexer, TOKEN_END, lexer->offset);
    char c = peek(lexer, 0);
    if (is_digit(c) || (c == '.' && is_digit(peek(lexer, 1))))
        return read_number(lexer);
    int prefix = string_prefix(lexer);
    if (prefix >= 0)
        return read_string(lexer, (uint32_t)prefix);
    if (is_name_start(c))
        return read_word(lexer);
    struct token quoted;
    if (c == '`' && read_quoted_name(lexer, &quoted))
        return quoted;
    return read_punctuation(lexer);
}
