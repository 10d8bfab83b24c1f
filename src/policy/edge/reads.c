/* The words of an expression, as far as they tell what is read of a record. */
#include "policy/edge/reads.h"

static bool is_letter(char c)
{
    return ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '_';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* '\0' behind the end, which is no part of an expression. */
static char at_or_end(struct bytes text, size_t at)
{
    return at < text.size ? text.data[at] : '\0';
}

static size_t skip_blanks(struct bytes text, size_t at)
{
    while (at < text.size && strchr(" \t\r\n", text.data[at]) != NULL)
        at++;
    return at;
}

static size_t skip_word(struct bytes text, size_t at)
{
    while (at < text.size && (is_letter(text.data[at]) || is_digit(text.data[at])))
        at++;
    return at;
}

/* Behind the text literal that starts at the quote. */
static size_t skip_literal(struct bytes text, size_t at)
{
    char quote = text.data[at];
    bool triple = at_or_end(text, at + 1) == quote && at_or_end(text, at + 2) == quote;
    for (at += triple ? 3 : 1; at < text.size; at++) {
        if (text.data[at] == '\\')
            at++;
        else if (text.data[at] == quote && !triple)
            return at + 1;
        else if (text.data[at] == quote && at_or_end(text, at + 1) == quote &&
                 at_or_end(text, at + 2) == quote)
            return at + 3;
    }
    return text.size;
}

static size_t skip_comment(struct bytes text, size_t at)
{
    const char *end = memchr(text.data + at, '\n', text.size - at);
    return end == NULL ? text.size : (size_t)(end - text.data);
}

bool policy_reads_find(struct bytes expression, const char *name, size_t *at)
{
    char before = '\0'; /* the last that is no blank */
    while (*at < expression.size) {
        size_t start = *at;
        char c = expression.data[start];
        if (c == '"' || c == '\'') {
            *at = skip_literal(expression, start);
        } else if (c == '/' && at_or_end(expression, start + 1) == '/') {
            *at = skip_comment(expression, start);
        } else if (is_letter(c)) {
            *at = skip_word(expression, start);
            struct bytes word = {expression.data + start, *at - start};
            if (before != '.' && bytes_is(word, name))
                return true;
        } else {
            ++*at;
        }
        before = strchr(" \t\r\n", c) != NULL ? before : c;
    }
    return false;
}

static bool take_name(struct bytes expression, size_t start, size_t *at, struct bytes *ret_name)
{
    start = skip_blanks(expression, start);
    size_t end = skip_word(expression, start);
    if (!is_letter(at_or_end(expression, start)) ||
        at_or_end(expression, skip_blanks(expression, end)) == '(')
        return false;
    *ret_name = (struct bytes){expression.data + start, end - start};
    *at = end;
    return true;
}

static bool take_index(struct bytes expression, size_t start, size_t *at, struct bytes *ret_name)
{
    start = skip_blanks(expression, start);
    size_t end = start;
    char first = at_or_end(expression, start);
    size_t quote = first == '"' || first == '\'';
    if (quote != 0)
        end = skip_literal(expression, start);
    while (quote == 0 && is_digit(at_or_end(expression, end)))
        end++;
    size_t close = skip_blanks(expression, end);
    if (end < start + 2 * quote || end == start || at_or_end(expression, close) != ']')
        return false;
    *ret_name = (struct bytes){expression.data + start + quote, end - start - 2 * quote};
    *at = close + 1;
    return ret_name->size == 0 || memchr(ret_name->data, '\\', ret_name->size) == NULL;
}

bool policy_reads_member(struct bytes expression, size_t *at, struct bytes *ret_name)
{
    size_t start = skip_blanks(expression, *at);
    char c = at_or_end(expression, start);
    if (c != '.' && c != '[')
        return false;
    start = skip_blanks(expression, start + 1);
    start += at_or_end(expression, start) == '?';
    return c == '.' ? take_name(expression, start, at, ret_name)
                    : take_index(expression, start, at, ret_name);
}
