/* Comparing media types and ranges. */
#include "server/media.h"

#include <strings.h>

static struct bytes trim(struct bytes text)
{
    while (text.size > 0 && (text.data[0] == ' ' || text.data[0] == '\t'))
        text = (struct bytes){text.data + 1, text.size - 1};
    while (text.size > 0 && (text.data[text.size - 1] == ' ' || text.data[text.size - 1] == '\t'))
        text.size--;
    return text;
}

/* Takes what stands before `separator` off the front of *rest. */
static struct bytes take_until(struct bytes *rest, char separator)
{
    const char *found = rest->size > 0 ? memchr(rest->data, separator, rest->size) : NULL;
    size_t size = found != NULL ? (size_t)(found - rest->data) : rest->size;
    struct bytes part = {rest->data, size};
    size_t skip = found != NULL ? size + 1 : size;
    *rest = (struct bytes){rest->data + skip, rest->size - skip};
    return trim(part);
}

static bool same(struct bytes a, const char *b, size_t size)
{
    return a.size == size && strncasecmp(a.data, b, size) == 0;
}

bool media_type_is(struct bytes header, const char *type)
{
    struct bytes rest = header;
    return same(take_until(&rest, ';'), type, strlen(type));
}

/* "*\/\*", "application/\*" or the type itself. */
static bool range_covers(struct bytes range, const char *type)
{
    size_t size = strlen(type);
    const char *slash = strchr(type, '/');
    size_t prefix = slash != NULL ? (size_t)(slash - type) + 1 : size;
    if (range.size == 3 && memcmp(range.data, "*/*", 3) == 0)
        return true;
    if (range.size == prefix + 1 && range.data[prefix] == '*')
        return strncasecmp(range.data, type, prefix) == 0;
    return same(range, type, size);
}

/* "q=0", "q=0.0", … */
static bool is_refused(struct bytes parameters)
{
    while (parameters.size > 0) {
        struct bytes parameter = take_until(&parameters, ';');
        if (parameter.size < 3 || strncasecmp(parameter.data, "q=", 2) != 0)
            continue;
        for (size_t i = 2; i < parameter.size; i++)
            if (parameter.data[i] >= '1' && parameter.data[i] <= '9')
                return false;
        return true;
    }
    return false;
}

bool accepts(struct bytes header, const char *type)
{
    struct bytes rest = header;
    if (trim(header).size == 0)
        return true;
    while (rest.size > 0) {
        struct bytes parameters = take_until(&rest, ',');
        struct bytes range = take_until(&parameters, ';');
        if (range_covers(range, type) && !is_refused(parameters))
            return true;
    }
    return false;
}
