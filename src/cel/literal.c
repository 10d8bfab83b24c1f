/* Literals: what a token of digits or quotes stands for. */
#include "cel/ast.h"
#include "cel/lexer.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

static struct bytes token_text(const struct cel_unit *unit, struct token token)
{
    return (struct bytes){unit->source.data + token.start, token.end - token.start};
}

/* ---- numbers */

static int digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return 16;
}

/* Digits of one base that fit into 64 bits; nothing but digits. */
static bool read_digits(struct bytes text, unsigned base, uint64_t *ret)
{
    uint64_t number = 0;
    for (size_t i = 0; i < text.size; i++) {
        unsigned digit = (unsigned)digit_value(text.data[i]);
        if (digit >= base || __builtin_mul_overflow(number, (uint64_t)base, &number) ||
            __builtin_add_overflow(number, (uint64_t)digit, &number))
            return false;
    }
    *ret = number;
    return text.size > 0;
}

static bool decode_integer(struct cel_unit *unit, struct token token, bool negative,
                           struct cel_value *ret)
{
    struct bytes text = token_text(unit, token);
    if (token.kind == TOKEN_UINT)
        text.size--;
    bool hex = text.size > 1 && (text.data[1] == 'x' || text.data[1] == 'X');
    struct bytes digits = hex ? (struct bytes){text.data + 2, text.size - 2} : text;
    uint64_t magnitude, most = (uint64_t)INT64_MAX + negative;
    bool fits = read_digits(digits, hex ? 16 : 10, &magnitude);
    if (!fits || (token.kind == TOKEN_INT && magnitude > most)) {
        cel_unit_fail(unit, ML_EINVAL, token.start, "%s%.*s is not a number that fits %s",
                      negative ? "-" : "", BYTES_ARG(cel_text_cut(token_text(unit, token))),
                      token.kind == TOKEN_INT ? "an int of 64 bits" : "a uint of 64 bits");
        return false;
    }
    if (token.kind == TOKEN_UINT)
        *ret = (struct cel_value){.kind = CEL_UINT, .uinteger = magnitude};
    else
        *ret = cel_int((int64_t)(negative ? 0 - magnitude : magnitude));
    return true;
}

/* strtod reads the locale's decimal point; the process never leaves the C locale. */
static bool decode_double(struct cel_unit *unit, struct token token, bool negative,
                          struct cel_value *ret)
{
    const char *text = arena_string(unit->work, token_text(unit, token));
    char *end;
    double number = strtod(text, &end);
    ML_ASSERT(*end == '\0');
    if (isinf(number)) {
        cel_unit_fail(unit, ML_EINVAL, token.start, "%.*s is too large for a double",
                      BYTES_ARG(cel_text_cut(bytes_of(text))));
        return false;
    }
    *ret = cel_double(negative ? -number : number);
    return true;
}

/* ---- text */

struct decoder {
    struct cel_unit *unit;
    bool bytes; /* \x and octal are bytes, not code points */
    uint32_t offset;
    uint32_t end;
    char *out;
};

static const char escapes[][2] = {
    {'a', '\a'}, {'b', '\b'},  {'f', '\f'}, {'n', '\n'}, {'r', '\r'},  {'t', '\t'},
    {'v', '\v'}, {'\\', '\\'}, {'?', '?'},  {'"', '"'},  {'\'', '\''}, {'`', '`'},
};

static void put_code_point(struct decoder *decoder, uint32_t c)
{
    char *out = decoder->out;
    if (c < 0x80) {
        *out++ = (char)c;
    } else if (c < 0x800) {
        *out++ = (char)(0xC0 | c >> 6);
        *out++ = (char)(0x80 | (c & 0x3F));
    } else if (c < 0x10000) {
        *out++ = (char)(0xE0 | c >> 12);
        *out++ = (char)(0x80 | (c >> 6 & 0x3F));
        *out++ = (char)(0x80 | (c & 0x3F));
    } else {
        *out++ = (char)(0xF0 | c >> 18);
        *out++ = (char)(0x80 | (c >> 12 & 0x3F));
        *out++ = (char)(0x80 | (c >> 6 & 0x3F));
        *out++ = (char)(0x80 | (c & 0x3F));
    }
    decoder->out = out;
}

static bool fail_escape(struct decoder *decoder, uint32_t start, const char *why)
{
    uint32_t end = start + 2;
    const char *data = decoder->unit->source.data;
    while (end < decoder->end && ((unsigned char)data[end] & 0xC0) == 0x80)
        end++;
    if ((unsigned char)data[start + 1] < 0x20)
        end = start + 1;
    cel_unit_fail(decoder->unit, ML_EINVAL, start, "`%.*s` %s", (int)(end - start), data + start,
                  why);
    return false;
}

/* `count` digits of `base` that name a byte or a code point. */
static bool decode_numeric(struct decoder *decoder, uint32_t start, uint32_t count, unsigned base)
{
    uint64_t code = 0;
    struct bytes digits = {decoder->unit->source.data + decoder->offset, count};
    if (decoder->end - decoder->offset < count || !read_digits(digits, base, &code))
        return fail_escape(decoder, start,
                           "needs its digits: \\x41, \\u00e9, \\U0001f600 or \\101");
    decoder->offset += count;
    if (base == 8 && code > 0xFF)
        return fail_escape(decoder, start, "begins an octal number above \\377");
    if (decoder->bytes) {
        *decoder->out++ = (char)(unsigned char)code;
        return true;
    }
    if (code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF))
        return fail_escape(decoder, start, "names no Unicode character");
    put_code_point(decoder, (uint32_t)code);
    return true;
}

static bool decode_escape(struct decoder *decoder)
{
    uint32_t start = decoder->offset;
    char c = decoder->unit->source.data[start + 1];
    decoder->offset += 2;
    for (size_t i = 0; i < sizeof escapes / sizeof *escapes; i++) {
        if (c == escapes[i][0]) {
            *decoder->out++ = escapes[i][1];
            return true;
        }
    }
    if (c == 'x' || c == 'X')
        return decode_numeric(decoder, start, 2, 16);
    if (c == 'u' && !decoder->bytes)
        return decode_numeric(decoder, start, 4, 16);
    if (c == 'U' && !decoder->bytes)
        return decode_numeric(decoder, start, 8, 16);
    if (c >= '0' && c <= '3') {
        decoder->offset--;
        return decode_numeric(decoder, start, 3, 8);
    }
    return fail_escape(decoder, start, "is no escape sequence; write \\\\ for a backslash");
}

/* No escape is shorter than what it stands for, so the token's size is room enough. */
static bool decode_escapes(struct decoder *decoder, struct bytes *ret)
{
    char *text = arena_alloc(decoder->unit->arena, decoder->end - decoder->offset + 1);
    decoder->out = text;
    while (decoder->offset < decoder->end) {
        char c = decoder->unit->source.data[decoder->offset];
        if (c == '\\') {
            if (!decode_escape(decoder))
                return false;
        } else {
            *decoder->out++ = c;
            decoder->offset++;
        }
    }
    *ret = (struct bytes){text, (size_t)(decoder->out - text)};
    return true;
}

static bool decode_text(struct cel_unit *unit, struct token token, struct cel_value *ret)
{
    const char *data = unit->source.data;
    uint32_t start = token.start;
    bool raw = false;
    while (data[start] != '"' && data[start] != '\'') {
        raw = data[start] == 'r' || data[start] == 'R';
        start++;
    }
    bool triple =
        token.end - start >= 6 && data[start + 1] == data[start] && data[start + 2] == data[start];
    uint32_t quotes = triple ? 3 : 1;
    struct decoder decoder = {unit, token.kind == TOKEN_BYTES, start + quotes, token.end - quotes,
                              NULL};
    struct bytes text = {data + decoder.offset, decoder.end - decoder.offset};
    if (!raw && memchr(text.data, '\\', text.size) != NULL && !decode_escapes(&decoder, &text))
        return false;
    *ret = (struct cel_value){.kind = decoder.bytes ? CEL_BYTES : CEL_STRING, .string = text};
    return true;
}

bool cel_literal_decode(struct cel_unit *unit, struct token token, bool negative,
                        struct cel_value *ret)
{
    switch (token.kind) {
    case TOKEN_INT:
    case TOKEN_UINT: return decode_integer(unit, token, negative, ret);
    case TOKEN_DOUBLE: return decode_double(unit, token, negative, ret);
    case TOKEN_STRING:
    case TOKEN_BYTES: return decode_text(unit, token, ret);
    case TOKEN_TRUE:
    case TOKEN_FALSE: *ret = cel_bool(token.kind == TOKEN_TRUE); return true;
    case TOKEN_NULL: *ret = (struct cel_value){.kind = CEL_NULL}; return true;
    default: panic("cel: token %d is no literal", (int)token.kind);
    }
}
