/* The core of the standard library: arithmetic, sizes, parts of text. Adding a function is adding
 * rows to a table like the one at the end; overloads.c finds them. */
#include "cel/internal.h"

/* ---- arithmetic */

static struct cel_value overflow(void)
{
    return cel_error(BYTES_LITERAL("integer overflow"));
}

static struct cel_value division_by_zero(void)
{
    return cel_error(BYTES_LITERAL("division by zero"));
}

static struct cel_value cel_uint(uint64_t uinteger)
{
    return (struct cel_value){.kind = CEL_UINT, .uinteger = uinteger};
}

static struct cel_value add_int(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    (void)scratch;
    int64_t result;
    return __builtin_add_overflow(arguments[0].integer, arguments[1].integer, &result)
               ? overflow()
               : cel_int(result);
}

static struct cel_value add_uint(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    (void)scratch;
    uint64_t result;
    return __builtin_add_overflow(arguments[0].uinteger, arguments[1].uinteger, &result)
               ? overflow()
               : cel_uint(result);
}

static struct cel_value add_double(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    (void)scratch;
    return cel_double(arguments[0].number + arguments[1].number);
}

static struct cel_value add_text(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    struct bytes a = arguments[0].string, b = arguments[1].string;
    if (a.size == 0 || b.size == 0)
        return a.size == 0 ? arguments[1] : arguments[0];
    char *text = cel_scratch_alloc(scratch, a.size + b.size);
    if (text == NULL)
        return cel_error_exhausted();
    memcpy(text, a.data, a.size);
    memcpy(text + a.size, b.data, b.size);
    return (struct cel_value){.kind = arguments[0].kind, .string = {text, a.size + b.size}};
}

static struct cel_value add_list(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    const struct cel_value *a = &arguments[0], *b = &arguments[1];
    if (a->count == 0 || b->count == 0)
        return a->count == 0 ? *b : *a;
    size_t count = (size_t)a->count + b->count;
    struct cel_value *items =
        count > UINT32_MAX ? NULL : cel_scratch_alloc(scratch, count * sizeof *items);
    if (items == NULL)
        return cel_error_exhausted();
    memcpy(items, a->items, a->count * sizeof *items);
    memcpy(items + a->count, b->items, b->count * sizeof *items);
    return (struct cel_value){.kind = CEL_LIST, .count = (uint32_t)count, .items = items};
}

static struct cel_value subtract_int(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    (void)scratch;
    int64_t result;
    return __builtin_sub_overflow(arguments[0].integer, arguments[1].integer, &result)
               ? overflow()
               : cel_int(result);
}

static struct cel_value subtract_uint(struct cel_scratch *scratch,
                                      const struct cel_value *arguments)
{
    (void)scratch;
    uint64_t result;
    return __builtin_sub_overflow(arguments[0].uinteger, arguments[1].uinteger, &result)
               ? overflow()
               : cel_uint(result);
}

static struct cel_value subtract_double(struct cel_scratch *scratch,
                                        const struct cel_value *arguments)
{
    (void)scratch;
    return cel_double(arguments[0].number - arguments[1].number);
}

static struct cel_value multiply_int(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    (void)scratch;
    int64_t result;
    return __builtin_mul_overflow(arguments[0].integer, arguments[1].integer, &result)
               ? overflow()
               : cel_int(result);
}

static struct cel_value multiply_uint(struct cel_scratch *scratch,
                                      const struct cel_value *arguments)
{
    (void)scratch;
    uint64_t result;
    return __builtin_mul_overflow(arguments[0].uinteger, arguments[1].uinteger, &result)
               ? overflow()
               : cel_uint(result);
}

static struct cel_value multiply_double(struct cel_scratch *scratch,
                                        const struct cel_value *arguments)
{
    (void)scratch;
    return cel_double(arguments[0].number * arguments[1].number);
}

static struct cel_value divide_int(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    (void)scratch;
    if (arguments[1].integer == 0)
        return division_by_zero();
    if (arguments[0].integer == INT64_MIN && arguments[1].integer == -1)
        return overflow();
    return cel_int(arguments[0].integer / arguments[1].integer);
}

static struct cel_value divide_uint(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    (void)scratch;
    return arguments[1].uinteger == 0 ? division_by_zero()
                                      : cel_uint(arguments[0].uinteger / arguments[1].uinteger);
}

/* IEEE 754 has an answer for a zero divisor. */
static struct cel_value divide_double(struct cel_scratch *scratch,
                                      const struct cel_value *arguments)
{
    (void)scratch;
    return cel_double(arguments[0].number / arguments[1].number);
}

static struct cel_value modulo_int(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    (void)scratch;
    if (arguments[1].integer == 0)
        return cel_error(BYTES_LITERAL("modulus by zero"));
    if (arguments[0].integer == INT64_MIN && arguments[1].integer == -1)
        return overflow();
    return cel_int(arguments[0].integer % arguments[1].integer);
}

static struct cel_value modulo_uint(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    (void)scratch;
    return arguments[1].uinteger == 0 ? cel_error(BYTES_LITERAL("modulus by zero"))
                                      : cel_uint(arguments[0].uinteger % arguments[1].uinteger);
}

static struct cel_value negate_int(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    (void)scratch;
    return arguments[0].integer == INT64_MIN ? overflow() : cel_int(-arguments[0].integer);
}

static struct cel_value negate_double(struct cel_scratch *scratch,
                                      const struct cel_value *arguments)
{
    (void)scratch;
    return cel_double(-arguments[0].number);
}

/* ---- text and sizes */

/* In characters: every byte that does not continue one begins one. */
static struct cel_value size_string(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    (void)scratch;
    int64_t characters = 0;
    for (size_t i = 0; i < arguments[0].string.size; i++)
        characters += ((unsigned char)arguments[0].string.data[i] & 0xC0) != 0x80;
    return cel_int(characters);
}

static struct cel_value size_bytes(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    (void)scratch;
    return cel_int((int64_t)arguments[0].string.size);
}

static struct cel_value size_items(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    (void)scratch;
    return cel_int(arguments[0].count);
}

static struct cel_value contains(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    (void)scratch;
    struct bytes text = arguments[0].string, part = arguments[1].string;
    return cel_bool(part.size == 0 || (text.size >= part.size &&
                                       memmem(text.data, text.size, part.data, part.size) != NULL));
}

static struct cel_value starts_with(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    (void)scratch;
    struct bytes text = arguments[0].string, part = arguments[1].string;
    return cel_bool(text.size >= part.size &&
                    bytes_equal((struct bytes){text.data, part.size}, part));
}

static struct cel_value ends_with(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    (void)scratch;
    struct bytes text = arguments[0].string, part = arguments[1].string;
    if (part.size == 0 || text.size < part.size)
        return cel_bool(part.size == 0);
    return cel_bool(memcmp(text.data + text.size - part.size, part.data, part.size) == 0);
}

/* ---- the table */

enum { EITHER = CEL_CALL_GLOBAL | CEL_CALL_MEMBER };

static const struct cel_overload overloads[] = {
    {"+", CEL_CALL_OPERATOR, "ii:i", add_int},
    {"+", CEL_CALL_OPERATOR, "uu:u", add_uint},
    {"+", CEL_CALL_OPERATOR, "dd:d", add_double},
    {"+", CEL_CALL_OPERATOR, "ss:s", add_text},
    {"+", CEL_CALL_OPERATOR, "yy:y", add_text},
    {"+", CEL_CALL_OPERATOR, "LL:L", add_list},
    {"-", CEL_CALL_OPERATOR, "ii:i", subtract_int},
    {"-", CEL_CALL_OPERATOR, "uu:u", subtract_uint},
    {"-", CEL_CALL_OPERATOR, "dd:d", subtract_double},
    {"-", CEL_CALL_OPERATOR, "i:i", negate_int},
    {"-", CEL_CALL_OPERATOR, "d:d", negate_double},
    {"*", CEL_CALL_OPERATOR, "ii:i", multiply_int},
    {"*", CEL_CALL_OPERATOR, "uu:u", multiply_uint},
    {"*", CEL_CALL_OPERATOR, "dd:d", multiply_double},
    {"/", CEL_CALL_OPERATOR, "ii:i", divide_int},
    {"/", CEL_CALL_OPERATOR, "uu:u", divide_uint},
    {"/", CEL_CALL_OPERATOR, "dd:d", divide_double},
    {"%", CEL_CALL_OPERATOR, "ii:i", modulo_int},
    {"%", CEL_CALL_OPERATOR, "uu:u", modulo_uint},
    {"size", EITHER, "s:i", size_string},
    {"size", EITHER, "y:i", size_bytes},
    {"size", EITHER, "L:i", size_items},
    {"size", EITHER, "M:i", size_items},
    {"contains", CEL_CALL_MEMBER, "ss:b", contains},
    {"startsWith", CEL_CALL_MEMBER, "ss:b", starts_with},
    {"endsWith", CEL_CALL_MEMBER, "ss:b", ends_with},
};

const struct cel_library cel_library_core = {overloads, sizeof overloads / sizeof *overloads};
