/* Optional values: optional.of, none, ofNonZeroValue and what they are asked. Selecting from them
 * (`a.?b`, `a[?i]`) is done by the evaluator. */
#include "cel/internal.h"

struct cel_value cel_optional(struct cel_scratch *scratch, const struct cel_value *value)
{
    if (value == NULL)
        return (struct cel_value){.kind = CEL_OPTIONAL};
    struct cel_value *held = cel_scratch_alloc(scratch, sizeof *held);
    if (held == NULL)
        return cel_error_exhausted();
    *held = *value;
    return (struct cel_value){.kind = CEL_OPTIONAL, .count = 1, .items = held};
}

static struct cel_value optional_of(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    return cel_optional(scratch, arguments);
}

static struct cel_value optional_none(struct cel_scratch *scratch,
                                      const struct cel_value *arguments)
{
    (void)arguments;
    return cel_optional(scratch, NULL);
}

static bool is_zero(const struct cel_value *value)
{
    switch (value->kind) {
    case CEL_ABSENT:
    case CEL_NULL: return true;
    case CEL_BOOL: return !value->boolean;
    case CEL_INT: return value->integer == 0;
    case CEL_UINT: return value->uinteger == 0;
    case CEL_DOUBLE: return value->number == 0;
    case CEL_STRING:
    case CEL_BYTES: return value->string.size == 0;
    case CEL_LIST:
    case CEL_MAP: return value->count == 0;
    case CEL_TIMESTAMP:
    case CEL_DURATION: return value->time.seconds == 0 && value->time.nanoseconds == 0;
    case CEL_OPTIONAL: return value->items == NULL;
    default: return false;
    }
}

static struct cel_value optional_of_nonzero(struct cel_scratch *scratch,
                                            const struct cel_value *arguments)
{
    return cel_optional(scratch, is_zero(arguments) ? NULL : arguments);
}

static struct cel_value has_value(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    (void)scratch;
    return cel_bool(arguments[0].items != NULL);
}

static struct cel_value value(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    (void)scratch;
    return arguments[0].items != NULL ? *arguments[0].items
                                      : cel_error(BYTES_LITERAL("optional.none() has no value"));
}

static struct cel_value unwrap_list(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    const struct cel_value *list = &arguments[0];
    struct cel_value *items = NULL;
    uint32_t count = 0;
    if (list->count > 0 &&
        (items = cel_scratch_alloc(scratch, list->count * sizeof *items)) == NULL)
        return cel_error_exhausted();
    for (uint32_t i = 0; i < list->count; i++) {
        if (list->items[i].kind != CEL_OPTIONAL)
            return cel_error_overload(scratch, "optional.unwrap", arguments, 1);
        if (list->items[i].items != NULL)
            items[count++] = *list->items[i].items;
    }
    return (struct cel_value){.kind = CEL_LIST, .count = count, .items = items};
}

static struct cel_value first_of(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    return cel_optional(scratch, arguments[0].count > 0 ? arguments[0].items : NULL);
}

static struct cel_value last_of(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    uint32_t count = arguments[0].count;
    return cel_optional(scratch, count > 0 ? &arguments[0].items[count - 1] : NULL);
}

/* `or` and `orValue` are no functions: what stands behind them may be an error that does not
 * matter, so the generator makes jumps of them. Their rows give them names and types. */
static struct cel_value or_else(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    (void)scratch;
    return arguments[0].items != NULL ? arguments[0] : arguments[1];
}

static struct cel_value or_value(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    (void)scratch;
    return arguments[0].items != NULL ? *arguments[0].items : arguments[1];
}

static const struct cel_overload overloads[] = {
    {"optional.of", CEL_CALL_GLOBAL, "A:O", optional_of},
    {"optional.none", CEL_CALL_GLOBAL, ":O", optional_none},
    {"optional.ofNonZeroValue", CEL_CALL_GLOBAL, "A:O", optional_of_nonzero},
    {"optional.unwrap", CEL_CALL_GLOBAL, "L(O):L", unwrap_list},
    {"unwrapOpt", CEL_CALL_MEMBER, "L(O):L", unwrap_list},
    {"hasValue", CEL_CALL_MEMBER, "O:b", has_value},
    {"value", CEL_CALL_MEMBER, "O:A", value},
    {"or", CEL_CALL_MEMBER, "OO:O", or_else},
    {"orValue", CEL_CALL_MEMBER, "OA:A", or_value},
    {"first", CEL_CALL_MEMBER, "L:O", first_of},
    {"last", CEL_CALL_MEMBER, "L:O", last_of},
};

const struct cel_library cel_library_optional = {overloads, sizeof overloads / sizeof *overloads};
