/* string.format: clauses %s %d %f %e %b %o %x %X, with a precision for %f and %e, and %%. */
#include "cel/library.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

enum {
    PRECISION_DEFAULT = 6,
    PRECISION_MAX = 100,
    NUMBER_SIZE = 512, /* the largest double has 309 digits in front of its point */
};

struct formatter {
    struct cel_scratch *scratch;
    struct cel_text out;
    struct cel_value error; /* CEL_ABSENT while all is well */
};

static void put(struct formatter *formatter, struct bytes piece)
{
    cel_text_append(&formatter->out, piece);
}

static bool failed(const struct formatter *formatter)
{
    return formatter->out.exhausted || formatter->error.kind == CEL_ERROR;
}

static void fail_kind(struct formatter *formatter, const char *what, const struct cel_value *value)
{
    if (formatter->error.kind != CEL_ERROR)
        formatter->error =
            cel_error_printf(formatter->scratch, "error during formatting: %s, was given %s", what,
                             cel_kind_name(value->kind));
}

/* ---- %s: what a person would read, strings without quotes */

static void put_any(struct formatter *formatter, const struct cel_value *value);

static void put_list(struct formatter *formatter, const struct cel_value *list)
{
    put(formatter, BYTES_LITERAL("["));
    for (uint32_t i = 0; i < list->count && !failed(formatter); i++) {
        put(formatter, i > 0 ? BYTES_LITERAL(", ") : (struct bytes){0});
        put_any(formatter, &list->items[i]);
    }
    put(formatter, BYTES_LITERAL("]"));
}

static bool precedes(const void *context, uint32_t a, uint32_t b)
{
    const struct bytes *keys = context;
    size_t common = keys[a].size < keys[b].size ? keys[a].size : keys[b].size;
    int order = common > 0 ? memcmp(keys[a].data, keys[b].data, common) : 0;
    return order != 0 ? order < 0 : keys[a].size < keys[b].size;
}

/* Room at the far end of the scratch, while the text grows at the near one. NULL when it is used
 * up. */
static void *take_from_end(struct formatter *formatter, size_t size, size_t alignment)
{
    struct cel_scratch *scratch = formatter->scratch;
    size_t slack = (size_t)((uintptr_t)(scratch->memory + scratch->size) & (alignment - 1));
    size_t free_size = scratch->size - scratch->used;
    if (free_size < slack || size > (free_size - slack) / alignment * alignment) {
        formatter->out.exhausted = true;
        return NULL;
    }
    size = (size + alignment - 1) / alignment * alignment;
    scratch->size -= slack + size;
    return scratch->memory + scratch->size;
}

/* Prints a key and moves it to the far end. */
static struct bytes keep_key(struct formatter *formatter, const struct cel_value *key)
{
    size_t start = formatter->scratch->used;
    put_any(formatter, key);
    if (failed(formatter))
        return (struct bytes){0};
    size_t size = formatter->scratch->used - start;
    char *kept = take_from_end(formatter, size, 1);
    if (kept == NULL)
        return (struct bytes){0};
    memcpy(kept, formatter->scratch->memory + start, size);
    formatter->scratch->used = start;
    return (struct bytes){kept, size};
}

/* In the order of the keys as they are printed, so that equal maps print equally. */
static void put_map(struct formatter *formatter, const struct cel_value *map)
{
    size_t whole = formatter->scratch->size;
    struct bytes *keys = take_from_end(formatter, map->count * sizeof *keys, sizeof(void *));
    uint32_t *order = take_from_end(formatter, 2 * map->count * sizeof *order, sizeof(void *));
    for (uint32_t i = 0; i < map->count && !failed(formatter); i++) {
        keys[i] = keep_key(formatter, &map->items[2 * (size_t)i]);
        order[i] = i;
    }
    if (!failed(formatter))
        cel_order_sort(order, order + map->count, map->count, precedes, keys);
    put(formatter, BYTES_LITERAL("{"));
    for (uint32_t i = 0; i < map->count && !failed(formatter); i++) {
        put(formatter, i > 0 ? BYTES_LITERAL(", ") : (struct bytes){0});
        put(formatter, keys[order[i]]);
        put(formatter, BYTES_LITERAL(": "));
        put_any(formatter, &map->items[2 * (size_t)order[i] + 1]);
    }
    put(formatter, BYTES_LITERAL("}"));
    formatter->scratch->size = whole;
}

static void put_integer(struct formatter *formatter, const struct cel_value *value)
{
    char text[24];
    int size = value->kind == CEL_INT ? snprintf(text, sizeof text, "%" PRId64, value->integer)
                                      : snprintf(text, sizeof text, "%" PRIu64, value->uinteger);
    put(formatter, (struct bytes){text, (size_t)size});
}

static void put_double(struct formatter *formatter, double number)
{
    char text[CEL_DOUBLE_TEXT_SIZE];
    put(formatter, (struct bytes){text, cel_double_print(number, true, text)});
}

static void put_bytes(struct formatter *formatter, const struct cel_value *value)
{
    if (bytes_is_utf8(value->string))
        put(formatter, value->string);
    else
        fail_kind(formatter, "string clause can only be used on bytes that are valid UTF-8", value);
}

static void put_address(struct formatter *formatter, const struct cel_value *value)
{
    char text[CEL_ADDRESS_TEXT_SIZE];
    put(formatter, (struct bytes){text, cel_address_print(value, text)});
}

static void put_time(struct formatter *formatter, const struct cel_value *value)
{
    char text[CEL_TIME_TEXT_SIZE];
    size_t size = value->kind == CEL_TIMESTAMP ? cel_timestamp_print(value->time, text)
                                               : cel_duration_print(value->time, text);
    put(formatter, (struct bytes){text, size});
}

static void put_any(struct formatter *formatter, const struct cel_value *value)
{
    switch (value->kind) {
    case CEL_NULL: put(formatter, BYTES_LITERAL("null")); break;
    case CEL_BOOL:
        put(formatter, value->boolean ? BYTES_LITERAL("true") : BYTES_LITERAL("false"));
        break;
    case CEL_INT:
    case CEL_UINT: put_integer(formatter, value); break;
    case CEL_DOUBLE: put_double(formatter, value->number); break;
    case CEL_STRING:
    case CEL_TYPE: put(formatter, value->string); break;
    case CEL_BYTES: put_bytes(formatter, value); break;
    case CEL_TIMESTAMP:
    case CEL_DURATION: put_time(formatter, value); break;
    case CEL_LIST: put_list(formatter, value); break;
    case CEL_MAP: put_map(formatter, value); break;
    case CEL_IP:
    case CEL_CIDR: put_address(formatter, value); break;
    default:
        fail_kind(formatter,
                  "string clause can only be used on strings, bools, bytes, ints, doubles, maps, "
                  "lists, types, durations, and timestamps",
                  value);
    }
}

/* ---- numbers */

static void put_decimal(struct formatter *formatter, const struct cel_value *value)
{
    if (value->kind == CEL_INT || value->kind == CEL_UINT)
        put_integer(formatter, value);
    else if (value->kind == CEL_DOUBLE)
        put_double(formatter, value->number);
    else
        fail_kind(formatter, "decimal clause can only be used on integers", value);
}

/* %f and %e. */
static void put_fraction(struct formatter *formatter, const struct cel_value *value, char clause,
                         int precision)
{
    double number = value->kind == CEL_INT    ? (double)value->integer
                    : value->kind == CEL_UINT ? (double)value->uinteger
                                              : value->number;
    if (value->kind != CEL_INT && value->kind != CEL_UINT && value->kind != CEL_DOUBLE) {
        fail_kind(formatter,
                  clause == 'f' ? "fixed-point clause can only be used on doubles"
                                : "scientific clause can only be used on doubles",
                  value);
        return;
    }
    if (!isfinite(number)) {
        put_double(formatter, number);
        return;
    }
    char text[NUMBER_SIZE];
    int size = clause == 'f' ? snprintf(text, sizeof text, "%.*f", precision, number)
                             : snprintf(text, sizeof text, "%.*e", precision, number);
    put(formatter, (struct bytes){text, (size_t)size});
}

static void put_based(struct formatter *formatter, bool negative, uint64_t magnitude, unsigned bits,
                      const char *digits)
{
    char text[72];
    size_t at = sizeof text;
    do {
        text[--at] = digits[magnitude & ((1U << bits) - 1)];
        magnitude >>= bits;
    } while (magnitude > 0);
    if (negative)
        text[--at] = '-';
    put(formatter, (struct bytes){text + at, sizeof text - at});
}

static void put_integer_based(struct formatter *formatter, const struct cel_value *value,
                              unsigned bits, const char *digits)
{
    bool negative = value->kind == CEL_INT && value->integer < 0;
    put_based(formatter, negative, negative ? 0 - value->uinteger : value->uinteger, bits, digits);
}

static void put_hex_text(struct formatter *formatter, struct bytes text, const char *digits)
{
    for (size_t i = 0; i < text.size && !failed(formatter); i++) {
        unsigned char byte = (unsigned char)text.data[i];
        put(formatter, (struct bytes){(char[]){digits[byte >> 4], digits[byte & 15]}, 2});
    }
}

/* %b, %o, %x and %X. */
static void put_radix(struct formatter *formatter, const struct cel_value *value, char clause)
{
    const char *digits = clause == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
    bool hex = clause == 'x' || clause == 'X';
    if (value->kind == CEL_INT || value->kind == CEL_UINT)
        put_integer_based(formatter, value, hex ? 4 : clause == 'o' ? 3 : 1, digits);
    else if (clause == 'b' && value->kind == CEL_BOOL)
        put(formatter, value->boolean ? BYTES_LITERAL("1") : BYTES_LITERAL("0"));
    else if (hex && (value->kind == CEL_STRING || value->kind == CEL_BYTES))
        put_hex_text(formatter, value->string, digits);
    else
        fail_kind(formatter,
                  hex ? "only integers, byte buffers, and strings can be formatted as hex"
                  : clause == 'o' ? "octal clause can only be used on integers"
                                  : "only integers and bools can be formatted as binary",
                  value);
}

/* ---- clauses */

/* ".3" in front of the letter; -1 when it is no precision. */
static int read_precision(struct bytes format, size_t *at)
{
    if (*at == format.size || format.data[*at] != '.')
        return PRECISION_DEFAULT;
    int precision = 0;
    size_t start = ++*at;
    for (; *at < format.size && format.data[*at] >= '0' && format.data[*at] <= '9'; ++*at)
        if (precision <= PRECISION_MAX)
            precision = precision * 10 + (format.data[*at] - '0');
    return *at > start && precision <= PRECISION_MAX ? precision : -1;
}

static void fail_clause(struct formatter *formatter, const char *problem, struct bytes clause)
{
    formatter->error =
        cel_error_printf(formatter->scratch, "could not parse formatting clause: %s \"%.*s\"",
                         problem, BYTES_ARG(cel_text_excerpt(clause)));
}

/* Reads the clause behind a % and writes the value as it says. */
static void put_clause(struct formatter *formatter, struct bytes format, size_t *at,
                       const struct cel_value *value)
{
    size_t start = *at;
    int precision = read_precision(format, at);
    struct bytes clause = {format.data + start, *at - start};
    if (precision < 0 || *at == format.size) {
        fail_clause(formatter,
                    precision < 0 ? "no precision up to 100:" : "it ends early:", clause);
        return;
    }
    size_t letter_size = cel_character_size(format, *at);
    char letter = format.data[*at];
    switch (letter) {
    case 's': put_any(formatter, value); break;
    case 'd': put_decimal(formatter, value); break;
    case 'f':
    case 'e': put_fraction(formatter, value, letter, precision); break;
    case 'b':
    case 'o':
    case 'x':
    case 'X': put_radix(formatter, value, letter); break;
    default:
        fail_clause(formatter, "unrecognized formatting clause",
                    (struct bytes){format.data + *at, letter_size});
    }
    *at += letter_size;
}

static struct cel_value format(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    struct bytes source = arguments[0].string;
    const struct cel_value *values = &arguments[1];
    struct formatter formatter = {.scratch = scratch, .out = cel_text_begin(scratch)};
    uint32_t used = 0;
    for (size_t at = 0; at < source.size && !failed(&formatter);) {
        const char *next = memchr(source.data + at, '%', source.size - at);
        size_t end = next == NULL ? source.size : (size_t)(next - source.data);
        put(&formatter, (struct bytes){source.data + at, end - at});
        at = end + 1;
        if (next == NULL)
            break;
        if (at < source.size && source.data[at] == '%') {
            put(&formatter, BYTES_LITERAL("%"));
            at++;
        } else if (used == values->count) {
            formatter.error = cel_error_printf(scratch,
                                               "index %u out of range: format has more "
                                               "clauses than values",
                                               used);
        } else {
            put_clause(&formatter, source, &at, &values->items[used++]);
        }
    }
    return formatter.error.kind == CEL_ERROR ? formatter.error : cel_text_end(&formatter.out);
}

static const struct cel_overload overloads[] = {
    {"format", CEL_CALL_MEMBER, "sL(*):s", format},
};

const struct cel_library cel_library_format = CEL_LIBRARY(overloads);
