/* The function table: operators and functions with their signatures and what they do. Adding one
 * is adding rows; checker, compiler and evaluator find them here. */
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

/* Moves the ASCII letters from `from` on by `distance`; what has none of them is returned as it is.
 */
static struct cel_value shift_letters(struct cel_scratch *scratch, const struct cel_value *argument,
                                      char from, int distance)
{
    struct bytes source = argument->string;
    size_t i = 0;
    while (i < source.size && (unsigned char)(source.data[i] - from) >= 26)
        i++;
    if (i == source.size)
        return *argument;
    char *text = cel_scratch_alloc(scratch, source.size);
    if (text == NULL)
        return cel_error_exhausted();
    memcpy(text, source.data, source.size);
    for (; i < source.size; i++)
        if ((unsigned char)(text[i] - from) < 26)
            text[i] = (char)(text[i] + distance);
    return cel_string((struct bytes){text, source.size});
}

static struct cel_value lower_ascii(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    return shift_letters(scratch, arguments, 'A', 'a' - 'A');
}

static struct cel_value upper_ascii(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    return shift_letters(scratch, arguments, 'a', 'A' - 'a');
}

static struct cel_value identity(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    (void)scratch;
    return arguments[0];
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
    {"lowerAscii", CEL_CALL_MEMBER, "s:s", lower_ascii},
    {"upperAscii", CEL_CALL_MEMBER, "s:s", upper_ascii},
    {"dyn", CEL_CALL_GLOBAL, "A:*", identity},
};

enum { OVERLOAD_COUNT = sizeof overloads / sizeof *overloads };

const struct cel_overload *cel_overload_at(uint32_t index)
{
    ML_ASSERT(index < OVERLOAD_COUNT);
    return &overloads[index];
}

uint32_t cel_overload_count(void)
{
    return OVERLOAD_COUNT;
}

bool cel_function_find(struct bytes name, enum cel_call_style style, uint32_t *ret_first,
                       uint32_t *ret_end)
{
    for (uint32_t i = 0; i < OVERLOAD_COUNT; i++) {
        if ((overloads[i].styles & style) == 0 || !bytes_is(name, overloads[i].name))
            continue;
        uint32_t end = i;
        while (end < OVERLOAD_COUNT && bytes_is(name, overloads[end].name))
            end++;
        *ret_first = i;
        *ret_end = end;
        return true;
    }
    return false;
}

/* ---- choosing by type, when it is checked */

struct binding {
    const struct cel_type *a; /* NULL until a parameter says what A is */
    const struct cel_type *b;
};

static enum cel_type_kind letter_type(char letter)
{
    switch (letter) {
    case 'n': return CEL_TYPE_NULL;
    case 'b': return CEL_TYPE_BOOL;
    case 'i': return CEL_TYPE_INT;
    case 'u': return CEL_TYPE_UINT;
    case 'd': return CEL_TYPE_DOUBLE;
    case 's': return CEL_TYPE_STRING;
    case 'y': return CEL_TYPE_BYTES;
    case 'L': return CEL_TYPE_LIST;
    case 'M': return CEL_TYPE_MAP;
    default: return CEL_TYPE_DYN;
    }
}

static bool bind(struct arena *arena, const struct cel_type **variable, const struct cel_type *type)
{
    if (type == NULL)
        type = cel_type_basic(CEL_TYPE_DYN);
    if (*variable != NULL && !cel_types_match(*variable, type))
        return false;
    *variable = *variable == NULL ? type : cel_types_join(arena, *variable, type);
    return true;
}

static bool accepts(struct arena *arena, char letter, const struct cel_type *type,
                    struct binding *binding)
{
    if (letter == 'A' || letter == 'B')
        return bind(arena, letter == 'A' ? &binding->a : &binding->b, type);
    enum cel_type_kind kind = letter_type(letter);
    if (kind == CEL_TYPE_DYN || type->kind == CEL_TYPE_DYN)
        return true;
    if (kind == CEL_TYPE_LIST && type->kind == kind)
        return bind(arena, &binding->a, type->element);
    if (kind == CEL_TYPE_MAP && type->kind == kind)
        return bind(arena, &binding->a, type->key) && bind(arena, &binding->b, type->element);
    return type->kind == kind;
}

static const struct cel_type *result_type(struct arena *arena, char letter,
                                          const struct binding *binding)
{
    switch (letter) {
    case 'A': return binding->a;
    case 'B': return binding->b;
    case 'L': return cel_type_list(arena, binding->a);
    case 'M': return cel_type_map(arena, binding->a, binding->b);
    default: return cel_type_basic(letter_type(letter));
    }
}

/* The result of this overload for these arguments, or NULL. */
static const struct cel_type *apply(struct arena *arena, const struct cel_overload *overload,
                                    const struct cel_type *const *arguments, uint32_t count)
{
    struct binding binding = {NULL, NULL};
    const char *letter = overload->signature;
    for (uint32_t i = 0; i < count; i++, letter++)
        if (*letter == ':' || !accepts(arena, *letter, arguments[i], &binding))
            return NULL;
    return *letter == ':' ? result_type(arena, letter[1], &binding) : NULL;
}

bool cel_function_resolve(struct arena *arena, uint32_t first, uint32_t end,
                          const struct cel_type *const *arguments, uint32_t count,
                          struct cel_resolution *ret)
{
    struct cel_resolution found = {0, 0, NULL};
    for (uint32_t i = first; i < end; i++) {
        const struct cel_type *result = apply(arena, &overloads[i], arguments, count);
        if (result == NULL)
            continue;
        bool dyn = found.type != NULL && !cel_types_match(found.type, result);
        found.first = found.type == NULL ? i : found.first;
        found.end = i + 1;
        found.type = dyn                  ? cel_type_basic(CEL_TYPE_DYN)
                     : found.type == NULL ? result
                                          : cel_types_join(arena, found.type, result);
    }
    if (found.type == NULL)
        return false;
    *ret = found;
    return true;
}

/* ---- choosing by kind, when it runs */

static bool takes(char letter, enum cel_kind kind)
{
    switch (letter) {
    case 'n': return kind == CEL_NULL;
    case 'b': return kind == CEL_BOOL;
    case 'i': return kind == CEL_INT;
    case 'u': return kind == CEL_UINT;
    case 'd': return kind == CEL_DOUBLE;
    case 's': return kind == CEL_STRING;
    case 'y': return kind == CEL_BYTES;
    case 'L': return kind == CEL_LIST;
    case 'M': return kind == CEL_MAP;
    case ':': return false;
    default: return true;
    }
}

struct cel_value cel_function_call(struct cel_scratch *scratch, uint32_t first, uint32_t end,
                                   const struct cel_value *arguments, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (arguments[i].kind == CEL_ERROR)
            return arguments[i];
    for (uint32_t o = first; o < end; o++) {
        uint32_t i = 0;
        while (i < count && takes(overloads[o].signature[i], arguments[i].kind))
            i++;
        if (i == count && overloads[o].signature[i] == ':')
            return overloads[o].call(scratch, arguments);
    }
    return cel_error_overload(scratch, overloads[first].name, arguments, count);
}
