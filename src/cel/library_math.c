/* The math extension. The greatest and the least compare numbers of all three kinds; everything
 * else keeps the kind it is given. */
#include "cel/library.h"

#include <math.h>

/* ---- greatest and least: of the arguments or of one list of them */

static bool is_number(const struct cel_value *value)
{
    return value->kind == CEL_INT || value->kind == CEL_UINT || value->kind == CEL_DOUBLE;
}

/* The first of those that no other is ahead of. */
static struct cel_value extreme(struct cel_scratch *scratch, const struct cel_value *list,
                                enum cel_order ahead, const char *name)
{
    if (list->count == 0)
        return cel_error_printf(scratch, "%s: there is no number", name);
    const struct cel_value *found = NULL;
    for (uint32_t i = 0; i < list->count; i++) {
        const struct cel_value *item = &list->items[i];
        if (!is_number(item))
            return cel_error_overload(scratch, name, item, 1);
        if (found == NULL || cel_value_compare(item, found) == ahead)
            found = item;
    }
    return *found;
}

static struct cel_value greatest(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    return extreme(scratch, arguments, CEL_ORDER_GREATER, "math.greatest");
}

static struct cel_value least(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    return extreme(scratch, arguments, CEL_ORDER_LESS, "math.least");
}

/* ---- rounding and kinds of doubles */

static struct cel_value round_up(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    (void)scratch;
    return cel_double(ceil(arguments[0].number));
}

static struct cel_value round_down(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    (void)scratch;
    return cel_double(floor(arguments[0].number));
}

/* Halves go away from zero. */
static struct cel_value round_nearest(struct cel_scratch *scratch,
                                      const struct cel_value *arguments)
{
    (void)scratch;
    return cel_double(round(arguments[0].number));
}

static struct cel_value truncate_double(struct cel_scratch *scratch,
                                        const struct cel_value *arguments)
{
    (void)scratch;
    return cel_double(trunc(arguments[0].number));
}

static struct cel_value is_nan(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    (void)scratch;
    return cel_bool(isnan(arguments[0].number));
}

static struct cel_value is_infinite(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    (void)scratch;
    return cel_bool(isinf(arguments[0].number));
}

static struct cel_value is_finite(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    (void)scratch;
    return cel_bool(isfinite(arguments[0].number));
}

/* ---- size and sign */

static struct cel_value identity(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    (void)scratch;
    return arguments[0];
}

static struct cel_value abs_int(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    (void)scratch;
    int64_t number = arguments[0].integer;
    if (number == INT64_MIN)
        return cel_error(BYTES_LITERAL("integer overflow"));
    return cel_int(number < 0 ? -number : number);
}

static struct cel_value abs_double(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    (void)scratch;
    return cel_double(fabs(arguments[0].number));
}

static struct cel_value sign_int(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    (void)scratch;
    int64_t number = arguments[0].integer;
    return cel_int((number > 0) - (number < 0));
}

static struct cel_value sign_uint(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    (void)scratch;
    return cel_uint(arguments[0].uinteger > 0);
}

static struct cel_value sign_double(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    (void)scratch;
    double number = arguments[0].number;
    return isnan(number) ? arguments[0] : cel_double((number > 0) - (number < 0));
}

static struct cel_value sqrt_int(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    (void)scratch;
    return cel_double(sqrt((double)arguments[0].integer));
}

static struct cel_value sqrt_uint(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    (void)scratch;
    return cel_double(sqrt((double)arguments[0].uinteger));
}

static struct cel_value sqrt_double(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    (void)scratch;
    return cel_double(sqrt(arguments[0].number));
}

/* ---- bits: an int and a uint share their 64, so one function serves both and keeps the kind */

static struct cel_value with_bits(const struct cel_value *like, uint64_t bits)
{
    return like->kind == CEL_INT ? cel_int((int64_t)bits) : cel_uint(bits);
}

static struct cel_value bit_and(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    (void)scratch;
    return with_bits(arguments, arguments[0].uinteger & arguments[1].uinteger);
}

static struct cel_value bit_or(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    (void)scratch;
    return with_bits(arguments, arguments[0].uinteger | arguments[1].uinteger);
}

static struct cel_value bit_xor(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    (void)scratch;
    return with_bits(arguments, arguments[0].uinteger ^ arguments[1].uinteger);
}

static struct cel_value bit_not(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    (void)scratch;
    return with_bits(arguments, ~arguments[0].uinteger);
}

static struct cel_value negative_offset(const char *name, struct cel_scratch *scratch)
{
    return cel_error_printf(scratch, "%s: negative offset", name);
}

static struct cel_value shift_left(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    int64_t distance = arguments[1].integer;
    if (distance < 0)
        return negative_offset("math.bitShiftLeft", scratch);
    return with_bits(arguments, distance > 63 ? 0 : arguments[0].uinteger << distance);
}

/* Zeros come in from the left, for an int too. */
static struct cel_value shift_right(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    int64_t distance = arguments[1].integer;
    if (distance < 0)
        return negative_offset("math.bitShiftRight", scratch);
    return with_bits(arguments, distance > 63 ? 0 : arguments[0].uinteger >> distance);
}

/* ---- the table */

static const struct cel_overload overloads[] = {
    {"math.greatest", CEL_CALL_GLOBAL, "i+:i", greatest},
    {"math.greatest", CEL_CALL_GLOBAL, "u+:u", greatest},
    {"math.greatest", CEL_CALL_GLOBAL, "d+:d", greatest},
    {"math.greatest", CEL_CALL_GLOBAL, "L(i):i", greatest},
    {"math.greatest", CEL_CALL_GLOBAL, "L(u):u", greatest},
    {"math.greatest", CEL_CALL_GLOBAL, "L(d):d", greatest},
    {"math.greatest", CEL_CALL_GLOBAL, "L(*):*", greatest},
    {"math.greatest", CEL_CALL_GLOBAL, "N+:*", greatest},
    {"math.least", CEL_CALL_GLOBAL, "i+:i", least},
    {"math.least", CEL_CALL_GLOBAL, "u+:u", least},
    {"math.least", CEL_CALL_GLOBAL, "d+:d", least},
    {"math.least", CEL_CALL_GLOBAL, "L(i):i", least},
    {"math.least", CEL_CALL_GLOBAL, "L(u):u", least},
    {"math.least", CEL_CALL_GLOBAL, "L(d):d", least},
    {"math.least", CEL_CALL_GLOBAL, "L(*):*", least},
    {"math.least", CEL_CALL_GLOBAL, "N+:*", least},
    {"math.ceil", CEL_CALL_GLOBAL, "d:d", round_up},
    {"math.floor", CEL_CALL_GLOBAL, "d:d", round_down},
    {"math.round", CEL_CALL_GLOBAL, "d:d", round_nearest},
    {"math.trunc", CEL_CALL_GLOBAL, "d:d", truncate_double},
    {"math.isNaN", CEL_CALL_GLOBAL, "d:b", is_nan},
    {"math.isInf", CEL_CALL_GLOBAL, "d:b", is_infinite},
    {"math.isFinite", CEL_CALL_GLOBAL, "d:b", is_finite},
    {"math.abs", CEL_CALL_GLOBAL, "i:i", abs_int},
    {"math.abs", CEL_CALL_GLOBAL, "u:u", identity},
    {"math.abs", CEL_CALL_GLOBAL, "d:d", abs_double},
    {"math.sign", CEL_CALL_GLOBAL, "i:i", sign_int},
    {"math.sign", CEL_CALL_GLOBAL, "u:u", sign_uint},
    {"math.sign", CEL_CALL_GLOBAL, "d:d", sign_double},
    {"math.sqrt", CEL_CALL_GLOBAL, "i:d", sqrt_int},
    {"math.sqrt", CEL_CALL_GLOBAL, "u:d", sqrt_uint},
    {"math.sqrt", CEL_CALL_GLOBAL, "d:d", sqrt_double},
    {"math.bitAnd", CEL_CALL_GLOBAL, "ii:i", bit_and},
    {"math.bitAnd", CEL_CALL_GLOBAL, "uu:u", bit_and},
    {"math.bitOr", CEL_CALL_GLOBAL, "ii:i", bit_or},
    {"math.bitOr", CEL_CALL_GLOBAL, "uu:u", bit_or},
    {"math.bitXor", CEL_CALL_GLOBAL, "ii:i", bit_xor},
    {"math.bitXor", CEL_CALL_GLOBAL, "uu:u", bit_xor},
    {"math.bitNot", CEL_CALL_GLOBAL, "i:i", bit_not},
    {"math.bitNot", CEL_CALL_GLOBAL, "u:u", bit_not},
    {"math.bitShiftLeft", CEL_CALL_GLOBAL, "ii:i", shift_left},
    {"math.bitShiftLeft", CEL_CALL_GLOBAL, "ui:u", shift_left},
    {"math.bitShiftRight", CEL_CALL_GLOBAL, "ii:i", shift_right},
    {"math.bitShiftRight", CEL_CALL_GLOBAL, "ui:u", shift_right},
};

const struct cel_library cel_library_math = CEL_LIBRARY(overloads);
