/* Numbers with separators, by the rules of several countries. */
#include "contract/normalize_internal.h"

#include <stdio.h>

enum { DIGITS_MAX = 40 };

struct scanned {
    char digits[DIGITS_MAX + 1];
    size_t count;
    struct {
        char kind;    /* ',', '.', '\'', or a blank */
        size_t place; /* digits in front of it */
    } separators[DIGITS_MAX];
    size_t separator_count;
    char exponent[8]; /* "e-5" or empty */
    bool negative;
};

/* The separator at the beginning and its size; 0 when there is none. */
static size_t separator_at(struct bytes text, char *ret)
{
    static const struct {
        const char *text;
        char kind;
    } separators[] = {{",", ','},
                      {".", '.'},
                      {" ", ' '},
                      {"'", '\''},
                      {"’", '\''},
                      {"\xC2\xA0", ' '},
                      {"\xE2\x80\xAF", ' '},
                      {"\xE2\x80\x89", ' '}};
    for (size_t i = 0; i < sizeof separators / sizeof *separators; i++) {
        size_t size = strlen(separators[i].text);
        if (text.size >= size && memcmp(text.data, separators[i].text, size) == 0) {
            *ret = separators[i].kind;
            return size;
        }
    }
    return 0;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool scan_exponent(struct bytes text, struct scanned *scanned)
{
    size_t at = 1;
    if (text.size > at && (text.data[at] == '+' || text.data[at] == '-'))
        at++;
    if (text.size == at || text.size - at > 3)
        return false;
    for (size_t i = at; i < text.size; i++)
        if (!is_digit(text.data[i]))
            return false;
    snprintf(scanned->exponent, sizeof scanned->exponent, "e%.*s", (int)(text.size - 1),
             text.data + 1);
    return true;
}

static bool scan(struct bytes text, struct scanned *scanned)
{
    struct bytes unsigned_text = normalize_without(text, "+");
    if (unsigned_text.size == text.size)
        unsigned_text = normalize_without(text, "-");
    if (unsigned_text.size == text.size)
        unsigned_text = normalize_without(text, "\xE2\x88\x92"); /* the minus sign */
    scanned->negative = unsigned_text.size < text.size && text.data[0] != '+';
    text = unsigned_text;
    while (text.size > 0) {
        char kind = 0;
        size_t size = separator_at(text, &kind);
        if (size > 0) {
            if (scanned->separator_count == DIGITS_MAX)
                return false;
            scanned->separators[scanned->separator_count].kind = kind;
            scanned->separators[scanned->separator_count++].place = scanned->count;
        } else if (is_digit(text.data[0]) && scanned->count < DIGITS_MAX) {
            scanned->digits[scanned->count++] = text.data[0];
            size = 1;
        } else {
            return (text.data[0] | 32) == 'e' && scanned->count > 0 && scan_exponent(text, scanned);
        }
        text = (struct bytes){text.data + size, text.size - size};
    }
    return scanned->count > 0;
}

/* Which of the separators are decimal points: the last one, or none. */
enum point { NO_POINT, LAST_POINT, EITHER };

static enum point find_point(const struct scanned *scanned, char decimal)
{
    size_t count = scanned->separator_count;
    if (count == 0)
        return NO_POINT;
    char last = scanned->separators[count - 1].kind;
    size_t behind = scanned->count - scanned->separators[count - 1].place;
    if (last != '.' && last != ',')
        return NO_POINT;
    if (decimal != 0)
        return last == decimal ? LAST_POINT : NO_POINT;
    if (count > 1)
        return scanned->separators[0].kind != last ? LAST_POINT : NO_POINT;
    size_t front = scanned->separators[0].place;
    bool groups = behind == 3 && front >= 1 && front <= 3 && scanned->digits[0] != '0';
    return groups ? EITHER : LAST_POINT;
}

/* The first `count` separators part thousands: all of a kind, three digits behind the last, two or
 * three (Indian numbering) between the others, one to three in front. */
static bool are_groups(const struct scanned *scanned, size_t count, size_t digits)
{
    size_t start = 0;
    for (size_t i = 0; i < count; i++) {
        size_t size = scanned->separators[i].place - start;
        if (size < (i == 0 ? 1 : 2) || size > 3 ||
            scanned->separators[i].kind != scanned->separators[0].kind)
            return false;
        start = scanned->separators[i].place;
    }
    return count == 0 || digits - start == 3;
}

/* As JSON writes it: no zeros in front, digits on both sides of the point. */
static void print(const struct scanned *scanned, size_t whole, char *out)
{
    size_t start = 0;
    while (start + 1 < whole && scanned->digits[start] == '0')
        start++;
    snprintf(out, CONTRACT_NUMBER_SIZE, "%s%s%.*s%s%.*s%s", scanned->negative ? "-" : "",
             whole == 0 ? "0" : "", (int)(whole - start), scanned->digits + start,
             whole < scanned->count ? "." : "", (int)(scanned->count - whole),
             scanned->digits + whole, scanned->exponent);
}

int contract_normalize_number(struct bytes text, char decimal,
                              char ret[static CONTRACT_NUMBER_SIZE], struct error *err)
{
    struct scanned scanned = {.count = 0};
    if (!scan(normalize_trim(text), &scanned))
        return normalize_fail(err, text, "is no number; send digits, without unit or currency");
    enum point point = find_point(&scanned, decimal);
    if (point == EITHER)
        return normalize_fail(err, text,
                              "may be thousands or a decimal fraction; leave the separator out or "
                              "say which sign is the decimal point");
    size_t groups = scanned.separator_count - (point == LAST_POINT);
    size_t whole = point == LAST_POINT ? scanned.separators[groups].place : scanned.count;
    bool empty = whole == scanned.count && point == LAST_POINT; /* "5." */
    bool same = point == LAST_POINT && groups > 0 &&
                scanned.separators[0].kind == scanned.separators[groups].kind;
    if (empty || same || !are_groups(&scanned, groups, whole) ||
        (decimal != 0 && groups > 0 && scanned.separators[0].kind == decimal))
        return normalize_fail(err, text,
                              "has separators that part no thousands; send it like 1234.5");
    print(&scanned, whole, ret);
    return 0;
}
