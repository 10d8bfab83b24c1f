/* What an evaluation makes: strings, lists and messages in the caller's memory. */
#include "cel/internal.h"

#include <stdalign.h>
#include <stdio.h>

void *cel_scratch_alloc(struct cel_scratch *scratch, size_t size)
{
    if (scratch == NULL || scratch->memory == NULL)
        return NULL;
    uintptr_t next = (uintptr_t)scratch->memory + scratch->used;
    size_t padding = (size_t)(-next & (alignof(struct cel_value) - 1));
    size_t free_size = scratch->size - scratch->used;
    if (padding > free_size || size > free_size - padding)
        return NULL;
    scratch->used += padding + size;
    return scratch->memory + (scratch->used - size);
}

struct cel_value cel_error_exhausted(void)
{
    return cel_error(BYTES_LITERAL("the result does not fit the memory of an evaluation"));
}

struct cel_value cel_error_overload(struct cel_scratch *scratch, const char *function,
                                    const struct cel_value *arguments, size_t count)
{
    enum { TEXT_MAX = 128 };
    char *text = cel_scratch_alloc(scratch, TEXT_MAX);
    if (text == NULL)
        return cel_error(BYTES_LITERAL("no such overload"));
    size_t used = (size_t)snprintf(text, TEXT_MAX, "no such overload: `%s` on ", function);
    for (size_t i = 0; i < count && used < TEXT_MAX; i++)
        used += (size_t)snprintf(text + used, TEXT_MAX - used, "%s%s", i > 0 ? " and " : "",
                                 cel_kind_name(arguments[i].kind));
    return cel_error((struct bytes){text, used < TEXT_MAX ? used : TEXT_MAX - 1});
}
