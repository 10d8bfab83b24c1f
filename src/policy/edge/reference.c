/* Which member of the payload an expression reads, so that an error can point at it. Looks at the
 * words only: where it is not sure it says nothing. */
#include "policy/edge/internal.h"
#include "policy/edge/reads.h"

enum { POINTER_MAX = 1024 };

/* As pointers go: "/contact/email" starts with "/contact" and not with "/con". */
static bool starts_with(const char *pointer, const char *start)
{
    size_t size = strlen(start);
    return strncmp(pointer, start, size) == 0 && (pointer[size] == '\0' || pointer[size] == '/');
}

const char *policy_edge_reference(const char *expression, struct arena *arena)
{
    const char *found = NULL;
    struct bytes text = bytes_of(expression), name;
    struct buffer selected;
    buffer_init(&selected, POINTER_MAX);
    for (size_t at = 0; policy_reads_find(text, "payload", &at);) {
        buffer_clear(&selected);
        while (policy_reads_member(text, &at, &name))
            contract_pointer_append(&selected, name);
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
