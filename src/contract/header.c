/* Parameters of header fields. */
#include "contract/header.h"

#include <strings.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

struct bytes contract_header_trim(struct bytes text)
{
    while (text.size > 0 && is_blank(text.data[0]))
        text = (struct bytes){text.data + 1, text.size - 1};
    while (text.size > 0 && is_blank(text.data[text.size - 1]))
        text.size--;
    return text;
}

bool contract_header_is(struct bytes text, const char *name)
{
    return text.size == strlen(name) && strncasecmp(text.data, name, text.size) == 0;
}

static struct bytes behind(struct bytes text, size_t size)
{
    if (size == 0) /* also of a text without data */
        return text;
    return (struct bytes){text.data + size, text.size - size};
}

static size_t find(struct bytes text, char c)
{
    const char *found = text.size > 0 ? memchr(text.data, c, text.size) : NULL;
    return found != NULL ? (size_t)(found - text.data) : text.size;
}

struct bytes contract_header_head(struct bytes value, struct bytes *ret_rest)
{
    size_t end = find(value, ';');
    *ret_rest = behind(value, end);
    return contract_header_trim((struct bytes){value.data, end});
}

/* The size of the quoted text at the beginning, with both quotes; 0 when it is not closed. */
static size_t quoted_size(struct bytes text)
{
    for (size_t i = 1; i < text.size; i++) {
        if (text.data[i] == '"')
            return i + 1;
        if (text.data[i] == '\\')
            i++;
    }
    return 0;
}

bool contract_header_parameter(struct bytes *rest, struct contract_parameter *ret, bool *ret_bad)
{
    *ret_bad = false;
    while (rest->size > 0 && (is_blank(rest->data[0]) || rest->data[0] == ';'))
        *rest = behind(*rest, 1);
    if (rest->size == 0)
        return false;
    size_t equals = find(*rest, '=');
    size_t semicolon = find(*rest, ';');
    *ret_bad = equals == rest->size || semicolon < equals;
    if (*ret_bad)
        return false;
    ret->name = contract_header_trim((struct bytes){rest->data, equals});
    struct bytes value = contract_header_trim(behind(*rest, equals + 1));
    ret->quoted = value.size > 0 && value.data[0] == '"';
    size_t size = ret->quoted ? quoted_size(value) : find(value, ';');
    *ret_bad = ret->name.size == 0 || (ret->quoted && size == 0);
    if (*ret_bad)
        return false;
    *rest = behind(value, size);
    if (ret->quoted) {
        ret->value = (struct bytes){value.data + 1, size - 2};
        struct bytes next = contract_header_trim(*rest);
        *ret_bad = next.size > 0 && next.data[0] != ';';
        return !*ret_bad;
    }
    ret->value = contract_header_trim((struct bytes){value.data, size});
    return true;
}

struct bytes contract_header_find(struct bytes value, const char *name, struct arena *arena)
{
    struct bytes rest;
    struct contract_parameter parameter;
    bool bad;
    contract_header_head(value, &rest);
    while (contract_header_parameter(&rest, &parameter, &bad))
        if (contract_header_is(parameter.name, name))
            return contract_header_unquote(&parameter, arena);
    return (struct bytes){NULL, 0};
}

struct bytes contract_header_unquote(const struct contract_parameter *parameter,
                                     struct arena *arena)
{
    struct bytes value = parameter->value;
    if (!parameter->quoted || find(value, '\\') == value.size)
        return value;
    char *copy = arena_alloc(arena, value.size);
    size_t size = 0;
    for (size_t i = 0; i < value.size; i++) {
        bool escape = value.data[i] == '\\' && i + 1 < value.size &&
                      (value.data[i + 1] == '"' || value.data[i + 1] == '\\');
        copy[size++] = value.data[escape ? ++i : i];
    }
    return (struct bytes){copy, size};
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 32);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

struct bytes contract_percent_decode(struct bytes text, struct arena *arena, bool *ret_bad)
{
    if (ret_bad != NULL)
        *ret_bad = false;
    if (find(text, '%') == text.size)
        return text;
    char *copy = arena_alloc(arena, text.size);
    size_t size = 0;
    for (size_t i = 0; i < text.size; i++) {
        int high = -1, low = -1;
        if (text.data[i] == '%' && text.size - i > 2) {
            high = hex_value(text.data[i + 1]);
            low = hex_value(text.data[i + 2]);
        }
        if (high >= 0 && low >= 0) {
            copy[size++] = (char)(high * 16 + low);
            i += 2;
            continue;
        }
        if (text.data[i] == '%' && ret_bad != NULL)
            *ret_bad = true;
        copy[size++] = text.data[i];
    }
    return (struct bytes){copy, size};
}
