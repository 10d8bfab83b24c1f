/* Which member of the payload an expression reads, so that an error can point at it. Looks at the
 * words only: where it is not sure it says nothing. */
#include "policy/edge/internal.h"

enum { POINTER_MAX = 1024 };

static bool is_letter(char c)
{
    return ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '_';
}

static bool is_word(char c)
{
    return is_letter(c) || (c >= '0' && c <= '9');
}

/* Behind the text literal that starts at the quote. */
static const char *skip_literal(const char *at)
{
    char quote = *at;
    bool triple = at[1] == quote && at[2] == quote;
    at += triple ? 3 : 1;
    while (*at != '\0') {
        if (*at == quote && (!triple || (at[1] == quote && at[2] == quote)))
            return at + (triple ? 3 : 1);
        at += *at == '\\' && at[1] != '\0' ? 2 : 1;
    }
    return at;
}

/* ".name" or ".?name", but for a call; NULL when it is neither. */
static const char *take_member(const char *at, struct buffer *pointer)
{
    const char *name = at + 1 + (at[1] == '?');
    const char *end = name;
    if (!is_letter(*name))
        return NULL;
    while (is_word(*end))
        end++;
    if (*end == '(')
        return NULL;
    contract_pointer_append(pointer, (struct bytes){name, (size_t)(end - name)});
    return end;
}

/* ["name"], ['name'] or [3], with a ? or without; NULL for anything else in there. */
static const char *take_index(const char *at, struct buffer *pointer)
{
    const char *from = at + 1 + (at[1] == '?'), *to = from;
    bool quoted = *from == '"' || *from == '\'';
    if (quoted)
        to = skip_literal(from);
    else
        while (*to >= '0' && *to <= '9')
            to++;
    if (*to != ']' || to == from)
        return NULL;
    struct bytes token = {from + quoted, (size_t)(to - from) - (quoted ? 2 : 0)};
    if (token.size > 0 && memchr(token.data, '\\', token.size) != NULL)
        return NULL;
    contract_pointer_append(pointer, token);
    return to + 1;
}

/* What is selected behind "payload". */
static const char *take_selection(const char *at, struct buffer *pointer)
{
    for (;;) {
        const char *next = *at == '.'   ? take_member(at, pointer)
                           : *at == '[' ? take_index(at, pointer)
                                        : NULL;
        if (next == NULL)
            return at;
        at = next;
    }
}

/* As pointers go: "/contact/email" starts with "/contact" and not with "/con". */
static bool starts_with(const char *pointer, const char *start)
{
    size_t size = strlen(start);
    return strncmp(pointer, start, size) == 0 && (pointer[size] == '\0' || pointer[size] == '/');
}

/* The next "payload" that is a name of its own; NULL: there is none. Gives the place behind it. */
static const char *find_payload(const char *at)
{
    char before = ' ';
    while (*at != '\0') {
        if (*at == '"' || *at == '\'') {
            at = skip_literal(at);
            before = '"';
            continue;
        }
        if (!is_letter(*at)) {
            before = *at++;
            continue;
        }
        const char *start = at;
        while (is_word(*at))
            at++;
        if (before != '.' && bytes_is((struct bytes){start, (size_t)(at - start)}, "payload"))
            return at;
        before = 'a';
    }
    return NULL;
}

const char *policy_edge_reference(const char *expression, struct arena *arena)
{
    const char *found = NULL;
    struct buffer selected;
    buffer_init(&selected, POINTER_MAX);
    for (const char *at = find_payload(expression); at != NULL; at = find_payload(at)) {
        buffer_clear(&selected);
        at = take_selection(at, &selected);
        const char *pointer = arena_string(arena, buffer_bytes(&selected));
        bool nested = found == NULL || starts_with(pointer, found);
        if (selected.overflow || (!nested && !starts_with(found, pointer))) {
            found = NULL;
            break;
        }
        found = nested ? pointer : found;
    }
    buffer_release(&selected);
    return found;
}
