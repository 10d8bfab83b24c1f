/* From one type to another: bool, int, uint, double, string, bytes, dyn, type. A value that the
 * other type has no room for is an error; what is cut is only the fraction of a double. */
#include "cel/library.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static struct cel_value identity(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    (void)scratch;
    return arguments[0];
}

static struct cel_value range(struct cel_scratch *scratch, const char *type)
{
    return cel_error_printf(scratch, "range: too small or too large for %s", type);
}

static struct cel_value unreadable(struct cel_scratch *scratch, struct bytes text, const char *type)
{
    return cel_error_printf(scratch, "\"%.*s\" is no %s", BYTES_ARG(cel_text_excerpt(text)), type);
}

/* ---- bool */

static struct cel_value bool_string(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    static const struct {
        const char *text;
        bool value;
    } known[] = {
        {"true", true},   {"True", true}, {"TRUE", true},   {"t", true},
        {"T", true},      {"1", true},    {"false", false}, {"False", false},
        {"FALSE", false}, {"f", false},   {"F", false},     {"0", false},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (bytes_is(arguments[0].string, known[i].text))
            return cel_bool(known[i].value);
    return unreadable(scratch, arguments[0].string, "bool, such as true");
}

/* ---- int and uint */

static struct cel_value int_uint(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    return arguments[0].uinteger > INT64_MAX ? range(scratch, "int")
                                             : cel_int((int64_t)arguments[0].uinteger);
}

/* Both ends are left out: a double there may stand for a number beyond. */
static struct cel_value int_double(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    double number = arguments[0].number;
    return number > -0x1p63 && number < 0x1p63 ? cel_int((int64_t)number) : range(scratch, "int");
}

/* Digits up to `max`; false and `ret_large` when they are more. */
static bool read_digits(struct bytes digits, uint64_t max, uint64_t *ret, bool *ret_large)
{
    *ret = 0;
    *ret_large = false;
    for (size_t i = 0; i < digits.size; i++) {
        uint64_t digit = (uint64_t)(unsigned char)digits.data[i] - '0';
        if (digit > 9)
            return false;
        *ret_large = *ret_large || *ret > (max - digit) / 10;
        *ret = *ret_large ? 0 : *ret * 10 + digit;
    }
    return digits.size > 0 && !*ret_large;
}

static struct cel_value int_string(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    struct bytes text = arguments[0].string, digits = text;
    bool negative = text.size > 0 && text.data[0] == '-';
    if (negative || (text.size > 0 && text.data[0] == '+'))
        digits = (struct bytes){text.data + 1, text.size - 1};
    uint64_t magnitude;
    bool large;
    if (!read_digits(digits, (uint64_t)INT64_MAX + negative, &magnitude, &large))
        return large ? range(scratch, "int") : unreadable(scratch, text, "int");
    return cel_int((int64_t)(negative ? 0 - magnitude : magnitude));
}

static struct cel_value uint_int(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    return arguments[0].integer < 0 ? range(scratch, "uint") : cel_uint(arguments[0].uinteger);
}

static struct cel_value uint_double(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    double number = arguments[0].number;
    return number >= 0 && number < 0x1p64 ? cel_uint((uint64_t)number) : range(scratch, "uint");
}

static struct cel_value uint_string(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    uint64_t number;
    bool large;
    if (!read_digits(arguments[0].string, UINT64_MAX, &number, &large))
        return large ? range(scratch, "uint") : unreadable(scratch, arguments[0].string, "uint");
    return cel_uint(number);
}

/* ---- double */

static struct cel_value double_int(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    (void)scratch;
    return cel_double((double)arguments[0].integer);
}

static struct cel_value double_uint(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    (void)scratch;
    return cel_double((double)arguments[0].uinteger);
}

static size_t count_digits(const char *at)
{
    size_t count = 0;
    while (at[count] >= '0' && at[count] <= '9')
        count++;
    return count;
}

/* A decimal number behind its sign: strtod reads more than CEL does. */
static bool is_decimal(const char *at)
{
    size_t whole = count_digits(at), fraction = 0;
    at += whole;
    if (*at == '.') {
        fraction = count_digits(at + 1);
        at += 1 + fraction;
    }
    if (whole + fraction == 0)
        return false;
    if (*at == 'e' || *at == 'E') {
        at += at[1] == '+' || at[1] == '-' ? 2 : 1;
        size_t exponent = count_digits(at);
        if (exponent == 0)
            return false;
        at += exponent;
    }
    return *at == '\0';
}

static bool is_name(const char *text, const char *lower)
{
    for (; *lower != '\0' && (*text | 0x20) == *lower; lower++)
        text++;
    return *text == *lower;
}

static struct cel_value double_string(struct cel_scratch *scratch,
                                      const struct cel_value *arguments)
{
    enum { SHORT = 64 };
    struct bytes source = arguments[0].string;
    char held[SHORT], *text = held;
    if (source.size >= SHORT) {
        text = cel_scratch_alloc(scratch, source.size + 1);
        if (text == NULL)
            return cel_error_exhausted();
    }
    if (source.size > 0)
        memcpy(text, source.data, source.size);
    text[source.size] = '\0';
    const char *magnitude = text + (*text == '-' || *text == '+');
    if (strlen(text) != source.size)
        return unreadable(scratch, source, "double");
    if (is_name(magnitude, "infinity") || is_name(magnitude, "inf"))
        return cel_double(*text == '-' ? -INFINITY : INFINITY);
    if (is_name(magnitude, "nan"))
        return cel_double(NAN);
    if (!is_decimal(magnitude))
        return unreadable(scratch, source, "double");
    double number = strtod(text, NULL);
    return isinf(number) ? range(scratch, "double") : cel_double(number);
}

/* ---- a double as text */

/* 0.digits times ten to the power of `point`. */
struct decimal {
    char digits[24];
    int count;
    int point;
};

/* Sixteen digits that read back where the nearest sixteen do not, but those on the other side of
 * the number: seen next to powers of two. */
static void shorten(char text[static 40], double magnitude)
{
    char shorter[40];
    size_t last = 16; /* "d.ddddddddddddddd", the sixteenth digit, and behind it the one to drop */
    for (int step = 0; step <= 1; step++) {
        memcpy(shorter, text, last + 1);
        shorter[last] = (char)(shorter[last] + step);
        memcpy(shorter + last + 1, text + last + 2, strlen(text + last + 2) + 1);
        if (shorter[last] <= '9' && strtod(shorter, NULL) == magnitude) {
            memcpy(text, shorter, sizeof shorter);
            return;
        }
    }
}

/* Fifteen digits survive the way there and back, seventeen always do; only the smallest numbers
 * have fewer that suffice. */
static struct decimal shortest(double magnitude)
{
    char text[40];
    for (int digits = magnitude < DBL_MIN ? 1 : 15; digits <= 16; digits++) {
        (void)snprintf(text, sizeof text, "%.*e", digits - 1, magnitude);
        if (strtod(text, NULL) == magnitude)
            break;
        if (digits == 16) {
            (void)snprintf(text, sizeof text, "%.16e", magnitude);
            shorten(text, magnitude);
            break;
        }
    }
    struct decimal decimal = {.point = 1};
    const char *at = text;
    for (; *at != 'e'; at++)
        if (*at != '.')
            decimal.digits[decimal.count++] = *at;
    decimal.point += (int)strtol(at + 1, NULL, 10);
    while (decimal.count > 1 && decimal.digits[decimal.count - 1] == '0')
        decimal.count--;
    return decimal;
}

static char *put(char *at, const char *text, int size)
{
    memcpy(at, text, (size_t)size);
    return at + size;
}

static char *put_zeros(char *at, int count)
{
    if (count > 0)
        memset(at, '0', (size_t)count);
    return at + (count > 0 ? count : 0);
}

static char *put_positional(char *at, const struct decimal *decimal)
{
    int before = decimal->point < decimal->count ? decimal->point : decimal->count;
    if (before <= 0)
        *at++ = '0';
    else
        at = put(at, decimal->digits, before);
    at = put_zeros(at, decimal->point - decimal->count);
    if (decimal->point >= decimal->count)
        return at;
    *at++ = '.';
    at = put_zeros(at, -decimal->point);
    int from = before > 0 ? before : 0;
    return put(at, decimal->digits + from, decimal->count - from);
}

static char *put_scientific(char *at, const struct decimal *decimal)
{
    *at++ = decimal->digits[0];
    if (decimal->count > 1) {
        *at++ = '.';
        at = put(at, decimal->digits + 1, decimal->count - 1);
    }
    return at + snprintf(at, 8, "e%+03d", decimal->point - 1);
}

size_t cel_double_print(double number, bool positional, char text[static CEL_DOUBLE_TEXT_SIZE])
{
    if (isnan(number))
        return (size_t)snprintf(text, CEL_DOUBLE_TEXT_SIZE, "NaN");
    if (isinf(number))
        return (size_t)snprintf(text, CEL_DOUBLE_TEXT_SIZE, number < 0 ? "-Infinity" : "Infinity");
    char *at = text;
    if (signbit(number))
        *at++ = '-';
    struct decimal decimal = shortest(fabs(number));
    bool usual = decimal.point > -4 && decimal.point <= 21;
    at = positional || usual ? put_positional(at, &decimal) : put_scientific(at, &decimal);
    *at = '\0';
    return (size_t)(at - text);
}

/* ---- string and bytes */

static struct cel_value copied(struct cel_scratch *scratch, const char *text, size_t size)
{
    struct cel_text out = cel_text_begin(scratch);
    cel_text_append(&out, (struct bytes){text, size});
    return cel_text_end(&out);
}

static struct cel_value string_bool(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    (void)scratch;
    return cel_string(arguments[0].boolean ? BYTES_LITERAL("true") : BYTES_LITERAL("false"));
}

static struct cel_value string_int(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    char text[24];
    int size = snprintf(text, sizeof text, "%" PRId64, arguments[0].integer);
    return copied(scratch, text, (size_t)size);
}

static struct cel_value string_uint(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    char text[24];
    int size = snprintf(text, sizeof text, "%" PRIu64, arguments[0].uinteger);
    return copied(scratch, text, (size_t)size);
}

static struct cel_value string_double(struct cel_scratch *scratch,
                                      const struct cel_value *arguments)
{
    char text[CEL_DOUBLE_TEXT_SIZE];
    return copied(scratch, text, cel_double_print(arguments[0].number, false, text));
}

static struct cel_value string_bytes(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    (void)scratch;
    return bytes_is_utf8(arguments[0].string) ? cel_string(arguments[0].string)
                                              : cel_error(BYTES_LITERAL("invalid UTF-8"));
}

static struct cel_value string_timestamp(struct cel_scratch *scratch,
                                         const struct cel_value *arguments)
{
    char text[CEL_TIME_TEXT_SIZE];
    return copied(scratch, text, cel_timestamp_print(arguments[0].time, text));
}

static struct cel_value string_duration(struct cel_scratch *scratch,
                                        const struct cel_value *arguments)
{
    char text[CEL_TIME_TEXT_SIZE];
    return copied(scratch, text, cel_duration_print(arguments[0].time, text));
}

static struct cel_value bytes_string(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    (void)scratch;
    return (struct cel_value){.kind = CEL_BYTES, .string = arguments[0].string};
}

static struct cel_value type_of(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    (void)scratch;
    return cel_kind_type(arguments[0].kind);
}

/* ---- the table */

static const struct cel_overload overloads[] = {
    {"bool", CEL_CALL_GLOBAL, "b:b", identity},
    {"bool", CEL_CALL_GLOBAL, "s:b", bool_string},
    {"int", CEL_CALL_GLOBAL, "i:i", identity},
    {"int", CEL_CALL_GLOBAL, "u:i", int_uint},
    {"int", CEL_CALL_GLOBAL, "d:i", int_double},
    {"int", CEL_CALL_GLOBAL, "s:i", int_string},
    {"uint", CEL_CALL_GLOBAL, "u:u", identity},
    {"uint", CEL_CALL_GLOBAL, "i:u", uint_int},
    {"uint", CEL_CALL_GLOBAL, "d:u", uint_double},
    {"uint", CEL_CALL_GLOBAL, "s:u", uint_string},
    {"double", CEL_CALL_GLOBAL, "d:d", identity},
    {"double", CEL_CALL_GLOBAL, "i:d", double_int},
    {"double", CEL_CALL_GLOBAL, "u:d", double_uint},
    {"double", CEL_CALL_GLOBAL, "s:d", double_string},
    {"string", CEL_CALL_GLOBAL, "s:s", identity},
    {"string", CEL_CALL_GLOBAL, "b:s", string_bool},
    {"string", CEL_CALL_GLOBAL, "i:s", string_int},
    {"string", CEL_CALL_GLOBAL, "u:s", string_uint},
    {"string", CEL_CALL_GLOBAL, "d:s", string_double},
    {"string", CEL_CALL_GLOBAL, "y:s", string_bytes},
    {"string", CEL_CALL_GLOBAL, "t:s", string_timestamp},
    {"string", CEL_CALL_GLOBAL, "r:s", string_duration},
    {"bytes", CEL_CALL_GLOBAL, "y:y", identity},
    {"bytes", CEL_CALL_GLOBAL, "s:y", bytes_string},
    {"dyn", CEL_CALL_GLOBAL, "A:*", identity},
    {"type", CEL_CALL_GLOBAL, "A:T(A)", type_of},
};

const struct cel_library cel_library_convert = CEL_LIBRARY(overloads);
