/* The grammar of RFC 8259, read once before json-c, which lets pass what others refuse or read
 * differently: NaN, single quotes, bare control characters, overlong UTF-8, \u0000 (which ends its
 * keys), half surrogates, and integers beyond 64 bits (which it bends to fit). Allocates nothing.
 */
#include "base/json.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

struct scanner {
    struct bytes text;
    size_t at;
    int depth;
    size_t members; /* seen so far, at all levels */
    struct error *err;
};

static int refuse(struct scanner *scanner, int code, const char *message)
{
    char place[32];
    snprintf(place, sizeof place, "byte %zu", scanner->at + 1);
    if (scanner->at >= scanner->text.size)
        message = "the JSON text ends too early";
    return error_set(scanner->err, code, place, "%s", message);
}

/* The byte at hand; 0 at the end, and nowhere in valid JSON. */
static char peek(const struct scanner *scanner)
{
    return scanner->at < scanner->text.size ? scanner->text.data[scanner->at] : '\0';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static void skip_blanks(struct scanner *scanner)
{
    for (char c = peek(scanner); c == ' ' || c == '\t' || c == '\r' || c == '\n'; c = peek(scanner))
        scanner->at++;
}

static bool skip_digits(struct scanner *scanner)
{
    size_t start = scanner->at;
    while (is_digit(peek(scanner)))
        scanner->at++;
    return scanner->at > start;
}

/* Four hexadecimal digits; -1, standing on what is none, when they are not there. */
static int take_hex(struct scanner *scanner)
{
    int value = 0;
    for (int i = 0; i < 4; i++, scanner->at++) {
        char c = peek(scanner), lower = (char)(c | 0x20);
        if (is_digit(c))
            value = value * 16 + (c - '0');
        else if (lower >= 'a' && lower <= 'f')
            value = value * 16 + (lower - 'a' + 10);
        else
            return -1;
    }
    return value;
}

static bool take(struct scanner *scanner, char expected)
{
    bool there = peek(scanner) == expected;
    scanner->at += there;
    return there;
}

/* Behind "\u". */
static int scan_unicode_escape(struct scanner *scanner)
{
    int unit = take_hex(scanner);
    if (unit < 0)
        return refuse(scanner, ML_EINVAL, "\\u takes four hexadecimal digits");
    if (unit == 0)
        return refuse(scanner, ML_EINVAL, "the character \\u0000 is not allowed in text");
    if (unit >= 0xDC00 && unit <= 0xDFFF)
        return refuse(scanner, ML_EINVAL, "the second half of a surrogate pair without the first");
    if (unit < 0xD800 || unit > 0xDBFF)
        return 0;
    unit = take(scanner, '\\') && take(scanner, 'u') ? take_hex(scanner) : -1;
    if (unit < 0xDC00 || unit > 0xDFFF)
        return refuse(scanner, ML_EINVAL, "the first half of a surrogate pair without the second");
    return 0;
}

/* To the next byte of a string that means something: this is where most of the time goes. */
static void skip_plain(struct scanner *scanner)
{
    const char *data = scanner->text.data;
    size_t at = scanner->at;
    while (at < scanner->text.size && (unsigned char)data[at] >= 0x20 && data[at] != '"' &&
           data[at] != '\\')
        at++;
    scanner->at = at;
}

static int scan_string(struct scanner *scanner)
{
    scanner->at++;
    for (char c; skip_plain(scanner), (c = peek(scanner)) != '"';) {
        if (c != '\\')
            return refuse(scanner, ML_EINVAL,
                          "a control character in text; write it as an escape such as \\n");
        scanner->at++;
        c = peek(scanner);
        if (c == '\0' || strchr("\"\\/bfnrtu", c) == NULL)
            return refuse(scanner, ML_EINVAL, "no such escape in JSON text");
        scanner->at++;
        if (c == 'u' && scan_unicode_escape(scanner) != 0)
            return ML_EINVAL;
    }
    scanner->at++;
    return 0;
}

/* Whether the number survives in int64_t or, with point or exponent, in a finite double. */
static bool number_fits(struct bytes number, bool integer)
{
    char text[64];
    if (integer && number.size <= 18)
        return true;
    if (number.size >= sizeof text)
        return false;
    memcpy(text, number.data, number.size);
    text[number.size] = '\0';
    if (!integer)
        return isfinite(strtod(text, NULL)) != 0;
    errno = 0;
    (void)strtoll(text, NULL, 10);
    return errno == 0;
}

static int scan_number(struct scanner *scanner)
{
    size_t start = scanner->at;
    take(scanner, '-');
    if (!take(scanner, '0') && !skip_digits(scanner))
        return refuse(scanner, ML_EINVAL, "not valid JSON: a number needs a digit here");
    bool point = take(scanner, '.');
    if (point && !skip_digits(scanner))
        return refuse(scanner, ML_EINVAL, "not valid JSON: a digit is expected behind the point");
    bool exponent = take(scanner, 'e') || take(scanner, 'E');
    if (exponent) {
        if (!take(scanner, '+'))
            take(scanner, '-');
        if (!skip_digits(scanner))
            return refuse(scanner, ML_EINVAL, "not valid JSON: an exponent needs a digit");
    }
    struct bytes number = {scanner->text.data + start, scanner->at - start};
    if (number_fits(number, !point && !exponent))
        return 0;
    char place[32];
    snprintf(place, sizeof place, "byte %zu", start + 1);
    return error_set(scanner->err, ML_EINVAL, place,
                     "the number %.*s does not fit in 64 bits; send it as text",
                     (int)(number.size > 40 ? 40 : number.size), number.data);
}

static int scan_literal(struct scanner *scanner)
{
    static const struct bytes literals[] = {{"true", 4}, {"false", 5}, {"null", 4}};
    struct bytes rest = {scanner->text.data + scanner->at, scanner->text.size - scanner->at};
    for (size_t i = 0; i < sizeof literals / sizeof *literals; i++) {
        size_t size = rest.size < literals[i].size ? rest.size : literals[i].size;
        if (memcmp(rest.data, literals[i].data, size) != 0)
            continue;
        scanner->at += size; /* to the end of the text when it is cut off in the literal */
        if (size == literals[i].size)
            return 0;
    }
    return refuse(scanner, ML_EINVAL, "not valid JSON: no value begins like this");
}

static int scan_value(struct scanner *scanner);

static int scan_member(struct scanner *scanner)
{
    if (peek(scanner) != '"')
        return refuse(scanner, ML_EINVAL, "not valid JSON: a key in double quotes is expected");
    if (scan_string(scanner) != 0)
        return ML_EINVAL;
    skip_blanks(scanner);
    if (!take(scanner, ':'))
        return refuse(scanner, ML_EINVAL, "not valid JSON: a colon is expected behind the key");
    scanner->members++;
    return scan_value(scanner);
}

static int scan_container(struct scanner *scanner, char close)
{
    if (++scanner->depth > JSON_DEPTH_MAX)
        return refuse(scanner, ML_ELIMIT, "the JSON is nested more than 32 levels deep");
    _Static_assert(JSON_DEPTH_MAX == 32, "the sentence above says so");
    scanner->at++;
    skip_blanks(scanner);
    bool more = peek(scanner) != close;
    while (more) {
        skip_blanks(scanner);
        int code = close == '}' ? scan_member(scanner) : scan_value(scanner);
        if (code != 0)
            return code;
        skip_blanks(scanner);
        more = take(scanner, ',');
    }
    if (!take(scanner, close))
        return refuse(scanner, ML_EINVAL,
                      "not valid JSON: a comma or the closing bracket is expected");
    scanner->depth--;
    return 0;
}

/* Recursion is as deep as the JSON, which is bounded. */
static int scan_value(struct scanner *scanner)
{
    skip_blanks(scanner);
    char c = peek(scanner);
    switch (c) {
    case '{': return scan_container(scanner, '}');
    case '[': return scan_container(scanner, ']');
    case '"': return scan_string(scanner);
    default: return c == '-' || is_digit(c) ? scan_number(scanner) : scan_literal(scanner);
    }
}

int json_check(struct bytes text, size_t *ret_members, struct error *err)
{
    struct scanner scanner = {.text = text, .err = err};
    if (text.size == 0)
        return error_set(err, ML_EINVAL, "", "empty text where JSON was expected");
    if (!bytes_is_utf8(text))
        return error_set(err, ML_EINVAL, "", "not valid JSON: the text is not UTF-8");
    int code = scan_value(&scanner);
    if (code != 0)
        return code;
    skip_blanks(&scanner);
    if (scanner.at < text.size)
        return refuse(&scanner, ML_EINVAL, "there is more text after the JSON value");
    *ret_members = scanner.members;
    return 0;
}
