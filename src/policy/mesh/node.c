/* Reading the document tree, whichever format it came from. */
#include "policy/internal.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

const struct policy_node *policy_node_get(const struct policy_node *object, const char *key)
{
    for (const struct policy_item *item = policy_node_items(object, POLICY_NODE_OBJECT);
         item != NULL; item = item->next)
        if (bytes_is(item->key->text, key))
            return item->value->kind == POLICY_NODE_NULL ? NULL : item->value;
    return NULL;
}

const struct policy_item *policy_node_items(const struct policy_node *node,
                                            enum policy_node_kind kind)
{
    return node != NULL && node->kind == kind ? node->items : NULL;
}

struct bytes policy_node_text(const struct policy_node *node)
{
    return node != NULL && node->kind == POLICY_NODE_TEXT ? node->text : (struct bytes){0};
}

bool policy_node_number(const struct policy_node *node, double *ret)
{
    if (node != NULL && node->kind == POLICY_NODE_INTEGER)
        *ret = (double)node->integer;
    else if (node != NULL && node->kind == POLICY_NODE_NUMBER)
        *ret = node->number;
    else
        return false;
    return true;
}

const char *policy_node_describe(struct arena *arena, const struct policy_node *node)
{
    static const char *const kinds[] = {
        [POLICY_NODE_BOOLEAN] = "the truth value",
        [POLICY_NODE_INTEGER] = "the number",
        [POLICY_NODE_NUMBER] = "the number",
        [POLICY_NODE_TEXT] = "the text",
    };
    switch (node->kind) {
    case POLICY_NODE_NULL: return "nothing";
    case POLICY_NODE_LIST: return "a list";
    case POLICY_NODE_OBJECT: return "a mapping";
    default: return arena_printf(arena, "%s `%.*s`", kinds[node->kind], POLICY_CLIP(node->text));
    }
}

static bool is_one_of(struct bytes text, const char *const *words)
{
    for (; *words != NULL; words++)
        if (bytes_is(text, *words))
            return true;
    return false;
}

static size_t skip_digits(struct bytes text, size_t at)
{
    while (at < text.size && text.data[at] >= '0' && text.data[at] <= '9')
        at++;
    return at;
}

/* [-+]? ( "." digits | digits [ "." digits? ] ) [ [eE] [-+]? digits ] */
static bool is_number(struct bytes text, bool *ret_integer)
{
    size_t at = text.size > 0 && (text.data[0] == '-' || text.data[0] == '+');
    size_t digits = skip_digits(text, at), whole = digits - at;
    *ret_integer = whole > 0 && digits == text.size;
    at = digits;
    if (at < text.size && text.data[at] == '.') {
        digits = skip_digits(text, at + 1);
        if (whole == 0 && digits == at + 1)
            return false;
        at = digits;
    } else if (whole == 0) {
        return false;
    }
    if (at < text.size && (text.data[at] | 0x20) == 'e') {
        at++;
        at += at < text.size && (text.data[at] == '-' || text.data[at] == '+');
        digits = skip_digits(text, at);
        if (digits == at)
            return false;
        at = digits;
    }
    return at == text.size;
}

/* 0x1F and 0o17. */
static bool is_based(struct bytes text, int *ret_base)
{
    if (text.size < 3 || text.data[0] != '0' || (text.data[1] != 'x' && text.data[1] != 'o'))
        return false;
    *ret_base = text.data[1] == 'x' ? 16 : 8;
    for (size_t i = 2; i < text.size; i++) {
        const char *allowed = *ret_base == 16 ? "0123456789abcdefABCDEF" : "01234567";
        if (strchr(allowed, text.data[i]) == NULL)
            return false;
    }
    return true;
}

static bool resolve_integer(struct policy_node *node)
{
    int base = 10;
    bool integer = false;
    bool based = is_based(node->text, &base);
    if (!based && !(is_number(node->text, &integer) && integer))
        return false;
    errno = 0;
    long long value = strtoll(node->text.data + (based ? 2 : 0), NULL, base);
    if (errno == ERANGE)
        return false;
    node->kind = POLICY_NODE_INTEGER;
    node->integer = value;
    return true;
}

void policy_scalar_resolve(struct policy_node *node)
{
    static const char *const nulls[] = {"", "~", "null", "Null", "NULL", NULL};
    static const char *const trues[] = {"true", "True", "TRUE", NULL};
    static const char *const falses[] = {"false", "False", "FALSE", NULL};
    bool integer;
    if (is_one_of(node->text, nulls)) {
        node->kind = POLICY_NODE_NULL;
    } else if (is_one_of(node->text, trues) || is_one_of(node->text, falses)) {
        node->kind = POLICY_NODE_BOOLEAN;
        node->boolean = is_one_of(node->text, trues);
    } else if (!resolve_integer(node) && is_number(node->text, &integer)) {
        double number = strtod(node->text.data, NULL);
        if (isfinite(number)) {
            node->kind = POLICY_NODE_NUMBER;
            node->number = number;
        }
    }
}
