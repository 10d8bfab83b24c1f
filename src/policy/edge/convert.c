/* What an expression of a mapping gave, as a value of the lead's field. */
#include "policy/edge/internal.h"

#include "base/time.h"

#include <inttypes.h>
#include <math.h>

struct bytes policy_edge_keep(const struct policy_edge_scratch *scratch, struct bytes text,
                              struct arena *arena)
{
    uintptr_t at = (uintptr_t)text.data, from = (uintptr_t)scratch->memory;
    return at >= from && at < from + sizeof scratch->memory ? arena_copy(arena, text) : text;
}

/* Items of a list come from the scratch more often than not: all of them are kept, with the list.
 */
static struct cel_value keep(const struct policy_edge_scratch *scratch,
                             const struct cel_value *value, struct arena *arena)
{
    struct cel_value kept = *value;
    if (value->kind == CEL_STRING)
        kept.string = policy_edge_keep(scratch, value->string, arena);
    if (value->kind != CEL_LIST)
        return kept;
    struct cel_value *items = arena_array(arena, value->count, sizeof *items);
    for (uint32_t i = 0; i < value->count; i++)
        items[i] = cel_string(policy_edge_keep(scratch, value->items[i].string, arena));
    kept.items = items;
    return kept;
}

static struct bytes print_time(struct cel_time time, struct arena *arena)
{
    char text[TIME_TEXT_SIZE];
    time_print(time.seconds * TIME_US_PER_SECOND + time.nanoseconds / 1000, text);
    return arena_copy(arena, bytes_of(text));
}

/* What is no text, where one is wanted. */
static struct cel_value as_text(const struct cel_value *value, struct arena *arena)
{
    switch (value->kind) {
    case CEL_INT: return cel_string(bytes_of(arena_printf(arena, "%" PRId64, value->integer)));
    case CEL_UINT: return cel_string(bytes_of(arena_printf(arena, "%" PRIu64, value->uinteger)));
    case CEL_TIMESTAMP: return cel_string(print_time(value->time, arena));
    default: return *value;
    }
}

const char *policy_edge_convert(const struct policy_field *field, const struct cel_value *value,
                                const struct policy_edge_scratch *scratch, struct arena *arena,
                                struct cel_value *ret)
{
    static const struct cel_value nothing = {.kind = CEL_ABSENT};
    if (value->kind == CEL_OPTIONAL)
        value = value->items != NULL ? value->items : &nothing;
    struct cel_value text = field->type == POLICY_STRING ? as_text(value, arena) : *value;
    struct cel_value fit;
    if (text.kind == CEL_UINT && text.uinteger <= INT64_MAX)
        text = cel_int((int64_t)text.uinteger);
    const char *wrong = policy_value_fit(field, &text, arena, &fit);
    if (wrong == NULL)
        *ret = keep(scratch, &fit, arena);
    return wrong;
}
