/* Telephone numbers: digits out of what people write, then the country code, then the national
 * number by the plan of its country. */
#include "contract/normalize_internal.h"

#include "contract/internal.h"

#include <stdio.h>
#include <strings.h>

enum {
    DIGITS_MAX = 24,
    E164_DIGITS_MAX = 15,
    EXTENSION_DIGITS_MAX = 11,
    NORTH_AMERICA = 1,
    MEXICO = 52,
};

struct number {
    char digits[DIGITS_MAX + 1];
    size_t count;
    bool plus; /* it began with a country code */
    char extension[CONTRACT_EXTENSION_SIZE];
};

/* ---- reading */

/* 0 to 9 in the scripts that phones' keyboards write; -1. */
static int digit_value(uint32_t code)
{
    static const uint32_t zeros[] = {'0', 0xFF10, 0x660, 0x6F0, 0x966};
    for (size_t i = 0; i < sizeof zeros / sizeof *zeros; i++)
        if (code >= zeros[i] && code < zeros[i] + 10)
            return (int)(code - zeros[i]);
    return -1;
}

/* Blanks, dashes, points, brackets, and the invisible marks that copying brings along. */
static bool is_separator(uint32_t code)
{
    return (code < 0x80 && code >= ' ' && strchr(" -./()[]~", (int)code) != NULL) ||
           (code >= '\t' && code <= '\r') || code == 0xA0 || code == 0xAD ||
           (code >= 0x2000 && code <= 0x2015) || (code >= 0x2028 && code <= 0x202F) ||
           code == 0x2060 || (code >= 0x2066 && code <= 0x2069) || code == 0x2212 ||
           code == 0x3000 || code == 0xFEFF;
}

/* The text behind the word that begins an extension; `data` NULL when none stands here. */
static struct bytes extension_at(const char *at, const char *end)
{
    static const char *const words[] = {";ext=", "extension", "extn", "ext",
                                        "x",     "#",         ",",    "durchwahl"};
    struct bytes rest = {at, (size_t)(end - at)};
    if (memchr(";eExX#,dD", *at, 9) == NULL)
        return (struct bytes){NULL, 0};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        struct bytes behind = normalize_without(rest, words[i]);
        if (behind.size < rest.size)
            return behind;
    }
    return (struct bytes){NULL, 0};
}

static bool read_extension(struct bytes text, struct number *number)
{
    size_t size = 0;
    const char *at = text.data, *end = text.data + text.size;
    while (at < end) {
        uint32_t code;
        at += contract_utf8_get(at, end, &code);
        int digit = digit_value(code);
        if (digit < 0 && (is_separator(code) || code == ':'))
            continue;
        if (digit < 0 || size == EXTENSION_DIGITS_MAX)
            return false;
        number->extension[size++] = (char)('0' + digit);
    }
    number->extension[size] = '\0';
    return size > 0;
}

static const char too_long[] = "has too many digits for a telephone number";
static const char no_number[] =
    "is no telephone number; write it with digits, such as +49 30 123456";

/* "+49 (0)30", "0049 (0)30": the trunk prefix, for those who dial from inside the country. */
static bool is_optional_zero(struct bytes text, const struct number *number)
{
    return text.size >= 3 && memcmp(text.data, "(0)", 3) == 0 && number->count > 0 &&
           (number->plus || number->digits[0] == '0');
}

/* NULL, or what is wrong. */
static const char *read_number(struct bytes text, struct number *number)
{
    const char *at = text.data, *end = text.data + text.size;
    *number = (struct number){.count = 0};
    while (at < end) {
        uint32_t code;
        struct bytes extension =
            number->count > 0 ? extension_at(at, end) : (struct bytes){NULL, 0};
        if (extension.data != NULL)
            return read_extension(extension, number)
                       ? NULL
                       : "has an extension that is no number of up to 11 digits";
        if (is_optional_zero((struct bytes){at, (size_t)(end - at)}, number)) {
            at += 3;
            continue;
        }
        at += contract_utf8_get(at, end, &code);
        int digit = digit_value(code);
        if (digit >= 0 && number->count == DIGITS_MAX)
            return too_long;
        if (digit >= 0)
            number->digits[number->count++] = (char)('0' + digit);
        else if ((code == '+' || code == 0xFF0B) && number->count == 0 && !number->plus)
            number->plus = true;
        else if (!is_separator(code))
            return no_number;
    }
    return number->count > 0 ? NULL : no_number;
}

/* ---- country codes and plans */

static const struct country *plan_of(unsigned calling)
{
    for (size_t i = 0; i < contract_country_count; i++)
        if (contract_countries[i].calling == calling)
            return &contract_countries[i]; /* those that share a code share a plan */
    return NULL;
}

/* No code begins another, so the first that fits is it. Those of one digit are 1 and 7. */
static const struct country *read_calling(struct bytes digits, size_t *ret_size)
{
    unsigned calling = 0;
    for (size_t i = 0; i < 3 && i < digits.size; i++) {
        calling = calling * 10 + (unsigned)(digits.data[i] - '0');
        bool known = calling >= 10 || calling == 1 || calling == 7;
        const struct country *plan = known ? plan_of(calling) : NULL;
        *ret_size = i + 1;
        if (plan != NULL)
            return plan;
    }
    return NULL;
}

/* What is dialled in that country in front of a country code; 00 where nothing is said. */
static struct bytes without_international_prefix(const struct country *from, struct bytes digits)
{
    static const struct {
        uint16_t calling;
        const char *prefixes[4];
    } others[] = {
        {1, {"011"}},
        {7, {"810"}},
        {53, {"119"}},
        {55, {"0015", "0021", "0014", "0031"}},
        {57, {"009", "007", "005"}},
        {61, {"0011"}},
        {62, {"001", "008", "007"}},
        {65, {"001", "000"}},
        {66, {"001"}},
        {81, {"010"}},
        {82, {"001", "002"}},
        {234, {"009"}},
        {254, {"000"}},
        {255, {"000"}},
        {256, {"000"}},
        {375, {"810"}},
        {852, {"001"}},
        {855, {"001", "007"}},
        {886, {"002"}},
        {972, {"012", "013", "014"}},
        {992, {"810"}},
        {993, {"810"}},
        {998, {"810"}},
    };
    for (size_t i = 0; from != NULL && i < sizeof others / sizeof *others; i++)
        for (size_t p = 0; others[i].calling == from->calling && p < 4; p++)
            if (others[i].prefixes[p] != NULL &&
                normalize_without(digits, others[i].prefixes[p]).size < digits.size)
                return normalize_without(digits, others[i].prefixes[p]);
    return normalize_without(digits, "00");
}

static bool fits(const struct country *plan, struct bytes national)
{
    if (national.size < plan->shortest || national.size > plan->longest ||
        (plan->trunk[0] == '0' && national.data[0] == '0'))
        return false;
    /* Area code and exchange of the North American plan begin with 2 to 9. */
    return plan->calling != NORTH_AMERICA || (national.data[0] >= '2' && national.data[3] >= '2');
}

/* Without the trunk prefix. One of zeros is never part of a number; another may be, and is taken
 * away only from what is too long. */
static struct bytes without_trunk(const struct country *plan, struct bytes national)
{
    if (plan->calling == MEXICO && national.size == 11 && national.data[0] == '1')
        return (struct bytes){national.data + 1, 10}; /* mobile numbers until 2019 */
    for (const char *trunk = plan->trunk; *trunk != '\0';) {
        size_t size = strcspn(trunk, "|");
        if (national.size > size && memcmp(national.data, trunk, size) == 0 &&
            (trunk[0] == '0' || national.size > plan->longest) &&
            national.size - size >= plan->shortest)
            return (struct bytes){national.data + size, national.size - size};
        trunk += size + (trunk[size] == '|');
    }
    return national;
}

/* ---- putting together */

struct attempt {
    const struct country *plan;
    struct bytes national;
};

static bool attempt_international(struct bytes digits, struct attempt *ret)
{
    size_t size = 0;
    ret->plan = read_calling(digits, &size);
    if (ret->plan == NULL)
        return false;
    ret->national =
        without_trunk(ret->plan, (struct bytes){digits.data + size, digits.size - size});
    return fits(ret->plan, ret->national);
}

/* A number without plus and prefix: national, unless it begins with the country's own code, as
 * numbers do that lost their plus in a spreadsheet. */
static bool attempt_national(const struct country *home, struct bytes digits, struct attempt *ret)
{
    char calling[8];
    struct attempt coded;
    snprintf(calling, sizeof calling, "%u", home->calling);
    bool has_code = digits.size >= strlen(calling) &&
                    memcmp(digits.data, calling, strlen(calling)) == 0 &&
                    attempt_international(digits, &coded);
    ret->plan = home;
    ret->national = without_trunk(home, digits);
    bool good = fits(home, ret->national);
    bool bare = ret->national.size == digits.size && home->trunk[0] == '0' &&
                home->shortest != home->longest;
    if (has_code && (!good || (bare && coded.national.size >= 7)))
        *ret = coded;
    return good || has_code;
}

static int print(const struct attempt *attempt, const struct number *number, struct bytes text,
                 struct contract_phone *ret, struct error *err)
{
    char e164[40];
    int size = snprintf(e164, sizeof e164, "+%u%.*s", attempt->plan->calling,
                        BYTES_ARG(attempt->national));
    if (size > E164_DIGITS_MAX + 1)
        return normalize_fail(err, text, "%s", too_long);
    memcpy(ret->e164, e164, (size_t)size + 1);
    memcpy(ret->extension, number->extension, sizeof ret->extension);
    return 0;
}

static int fail_length(struct bytes text, const struct attempt *attempt, struct error *err)
{
    if (attempt->plan == NULL)
        return normalize_fail(err, text, "begins with a country code that no country has");
    if (attempt->plan->calling == NORTH_AMERICA)
        return normalize_fail(err, text,
                              "is no number of the North American plan: 10 digits behind +1, area "
                              "code and exchange begin with 2 to 9");
    if (attempt->national.size >= attempt->plan->shortest &&
        attempt->national.size <= attempt->plan->longest)
        return normalize_fail(err, text, "has too many zeros in front of the area code");
    return normalize_fail(err, text, "has %zu digits behind +%u, where numbers have %u to %u",
                          attempt->national.size, attempt->plan->calling, attempt->plan->shortest,
                          attempt->plan->longest);
}

int contract_normalize_phone(struct bytes text, struct bytes country, struct contract_phone *ret,
                             struct error *err)
{
    struct number number;
    struct attempt attempt = {NULL, {NULL, 0}};
    const struct country *home = country_find(country);
    if (country.size > 0 && (home == NULL || home->calling == 0))
        return normalize_fail(err, country,
                              "is no country with telephones; give its two letters, "
                              "such as DE");
    const char *wrong = bytes_is_utf8(text)
                            ? read_number(normalize_without(normalize_trim(text), "tel:"), &number)
                            : no_number;
    if (wrong != NULL)
        return normalize_fail(err, text, "%s", wrong);
    struct bytes digits = {number.digits, number.count};
    struct bytes called = number.plus ? digits : without_international_prefix(home, digits);
    if (number.plus || called.size < digits.size) {
        if (!attempt_international(called, &attempt))
            return fail_length(text, &attempt, err);
        return print(&attempt, &number, text, ret, err);
    }
    if (home == NULL)
        return normalize_fail(err, text,
                              "has no country code; write it with one, such as "
                              "+49 30 123456");
    if (!attempt_national(home, digits, &attempt))
        return fail_length(text, &attempt, err);
    return print(&attempt, &number, text, ret, err);
}
