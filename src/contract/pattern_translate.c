/* ECMA-262 patterns to PCRE2's. What both read the same way is copied; what they read differently
 * is rewritten: \s and the dot, classes, code points, property names. What ECMA-262 does not have
 * (atomic groups, possessive repetitions, \A, \Z, \Q, conditions, verbs) is refused.
 *
 * More lenient than the standard in two things that people write: any punctuation may be escaped,
 * and a brace or bracket that closes nothing stands for itself. */
#include "contract/pattern.h"

#include "contract/internal.h"

#include <stdlib.h>

enum { GROUP_DEPTH_MAX = 100, REPEAT_MAX = 65535 };

struct scan {
    const char *start, *at, *end;
    struct buffer *out;
    const char *problem;
    uint32_t depth;
    uint32_t groups; /* that capture, in the whole pattern */
    bool atom;       /* the last thing can be repeated */
};

/* White space and line ends of ECMA-262 12.2 and 12.3, and all but them. */
#define SPACE_CLASS                                                                      \
    "\\x{9}-\\x{d}\\x{20}\\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}" \
    "\\x{205f}\\x{3000}\\x{feff}"
#define NOT_SPACE_CLASS                                                              \
    "\\x{0}-\\x{8}\\x{e}-\\x{1f}\\x{21}-\\x{9f}\\x{a1}-\\x{167f}\\x{1681}-\\x{1fff}" \
    "\\x{200b}-\\x{2027}\\x{202a}-\\x{202e}\\x{2030}-\\x{205e}\\x{2060}-\\x{2fff}"   \
    "\\x{3001}-\\x{fefe}\\x{ff00}-\\x{10ffff}"

/* Names of general categories (Unicode's PropertyValueAliases) that PCRE2 knows by two letters. */
static const struct {
    const char *name, *code;
} categories[] = {
    {"Cased_Letter", "L&"},
    {"Close_Punctuation", "Pe"},
    {"Connector_Punctuation", "Pc"},
    {"Control", "Cc"},
    {"Currency_Symbol", "Sc"},
    {"Dash_Punctuation", "Pd"},
    {"Decimal_Number", "Nd"},
    {"Enclosing_Mark", "Me"},
    {"Final_Punctuation", "Pf"},
    {"Format", "Cf"},
    {"Initial_Punctuation", "Pi"},
    {"LC", "L&"},
    {"Letter", "L"},
    {"Letter_Number", "Nl"},
    {"Line_Separator", "Zl"},
    {"Lowercase_Letter", "Ll"},
    {"Mark", "M"},
    {"Combining_Mark", "M"},
    {"Math_Symbol", "Sm"},
    {"Modifier_Letter", "Lm"},
    {"Modifier_Symbol", "Sk"},
    {"Nonspacing_Mark", "Mn"},
    {"Number", "N"},
    {"Open_Punctuation", "Ps"},
    {"Other", "C"},
    {"Other_Letter", "Lo"},
    {"Other_Number", "No"},
    {"Other_Punctuation", "Po"},
    {"Other_Symbol", "So"},
    {"Paragraph_Separator", "Zp"},
    {"Private_Use", "Co"},
    {"Punctuation", "P"},
    {"Separator", "Z"},
    {"Space_Separator", "Zs"},
    {"Spacing_Mark", "Mc"},
    {"Surrogate", "Cs"},
    {"Symbol", "S"},
    {"Titlecase_Letter", "Lt"},
    {"Unassigned", "Cn"},
    {"Uppercase_Letter", "Lu"},
    {"cntrl", "Cc"},
    {"digit", "Nd"},
    {"punct", "P"},
};

static bool refuse(struct scan *scan, const char *problem)
{
    scan->problem = problem;
    return false;
}

static void put(struct scan *scan, const char *text)
{
    buffer_append(scan->out, text, strlen(text));
}

static void put_code(struct scan *scan, uint32_t code)
{
    buffer_printf(scan->out, "\\x{%x}", code);
}

static bool is_letter(char c)
{
    return (c | 32) >= 'a' && (c | 32) <= 'z';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static char peek(const struct scan *scan, size_t ahead)
{
    return (size_t)(scan->end - scan->at) > ahead ? scan->at[ahead] : '\0';
}

static int hex_value(char c)
{
    if (is_digit(c))
        return c - '0';
    return (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
}

/* ---- escapes */

static bool read_hex(struct scan *scan, int digits, uint32_t *ret)
{
    *ret = 0;
    for (int i = 0; i < digits; i++, scan->at++) {
        int value = hex_value(peek(scan, 0));
        if (value < 0)
            return refuse(scan, "\\x takes two hexadecimal digits, \\u four, or braces");
        *ret = *ret * 16 + (uint32_t)value;
    }
    return true;
}

/* Behind "\u". Two escapes of surrogates are one code point; half of a pair matches nothing. */
static bool read_unicode(struct scan *scan, uint32_t *ret)
{
    if (peek(scan, 0) != '{') {
        uint32_t low = 0;
        if (!read_hex(scan, 4, ret))
            return false;
        if (*ret < 0xD800 || *ret > 0xDBFF || peek(scan, 0) != '\\' || peek(scan, 1) != 'u')
            return true;
        const char *back = scan->at;
        scan->at += 2;
        if (peek(scan, 0) != '{' && read_hex(scan, 4, &low) && low >= 0xDC00 && low <= 0xDFFF)
            *ret = 0x10000 + ((*ret - 0xD800) << 10) + (low - 0xDC00);
        else
            scan->at = back;
        return scan->problem == NULL;
    }
    scan->at++;
    *ret = 0;
    if (peek(scan, 0) == '}')
        return refuse(scan, "\\u{} needs a code point");
    for (; peek(scan, 0) != '}'; scan->at++) {
        int value = hex_value(peek(scan, 0));
        *ret = *ret * 16 + (uint32_t)(value < 0 ? 0 : value);
        if (value < 0 || *ret > 0x10FFFF)
            return refuse(scan, "\\u{…} takes a code point up to 10FFFF");
    }
    scan->at++;
    return true;
}

/* The code point that an escape stands for, or false without a problem when it is no such escape.
 * `at` is behind the backslash; it is moved only when something was read. */
static bool read_character_escape(struct scan *scan, bool in_class, uint32_t *ret)
{
    static const char controls[] = "fnrtv", values[] = "\f\n\r\t\v";
    char letter = peek(scan, 0);
    const char *control = letter == '\0' ? NULL : strchr(controls, letter);
    scan->at++;
    if (control != NULL) {
        *ret = (uint32_t)values[control - controls];
        return true;
    }
    if (letter == 'b' && in_class) {
        *ret = '\b';
        return true;
    }
    if (letter == '0' && !is_digit(peek(scan, 0))) {
        *ret = 0;
        return true;
    }
    if (letter == 'c' && is_letter(peek(scan, 0))) {
        *ret = (uint32_t)*scan->at++ & 31;
        return true;
    }
    if (letter == 'x')
        return read_hex(scan, 2, ret);
    if (letter == 'u')
        return read_unicode(scan, ret);
    if (letter > ' ' && letter < 0x7F && !is_letter(letter) && !is_digit(letter)) {
        *ret = (uint32_t)letter;
        return true;
    }
    scan->at--;
    return false;
}

static const char *category_code(struct bytes name)
{
    for (size_t i = 0; i < sizeof categories / sizeof *categories; i++)
        if (bytes_is(name, categories[i].name))
            return categories[i].code;
    return NULL;
}

/* Behind "\p" or "\P": {Name} or {Name=Value}. */
static bool put_property(struct scan *scan, char letter)
{
    const char *close =
        peek(scan, 0) == '{' ? memchr(scan->at, '}', (size_t)(scan->end - scan->at)) : NULL;
    if (close == NULL || close == scan->at + 1)
        return refuse(scan, "\\p takes the name of a property in braces");
    struct bytes name = {scan->at + 1, (size_t)(close - scan->at) - 1};
    for (size_t i = 0; i < name.size; i++)
        if (!is_letter(name.data[i]) && !is_digit(name.data[i]) && name.data[i] != '_' &&
            name.data[i] != '=')
            return refuse(scan, "\\p takes the name of a property in braces");
    const char *equals = memchr(name.data, '=', name.size);
    scan->at = close + 1;
    buffer_printf(scan->out, "\\%c{", letter);
    if (equals != NULL) {
        struct bytes key = {name.data, (size_t)(equals - name.data)};
        name = (struct bytes){equals + 1, (size_t)(close - equals) - 1};
        if (bytes_is(key, "Script") || bytes_is(key, "sc"))
            put(scan, "sc:");
        else if (bytes_is(key, "Script_Extensions") || bytes_is(key, "scx"))
            put(scan, "scx:");
        else if (!bytes_is(key, "General_Category") && !bytes_is(key, "gc"))
            return refuse(scan, "a property of Unicode that is not known");
    }
    const char *code = category_code(name);
    if (code != NULL)
        put(scan, code);
    else
        buffer_append_bytes(scan->out, name);
    put(scan, "}");
    return true;
}

/* \d \D \w \W \s \S \p{…}, as the inside of a class; false when it is none of them. */
static bool put_set(struct scan *scan, bool *ret_found)
{
    char letter = peek(scan, 0);
    *ret_found = letter != '\0' && strchr("dDwWsSpP", letter) != NULL;
    if (!*ret_found)
        return true;
    scan->at++;
    if (letter == 'p' || letter == 'P')
        return put_property(scan, letter);
    if (letter == 's')
        put(scan, SPACE_CLASS);
    else if (letter == 'S')
        put(scan, NOT_SPACE_CLASS);
    else
        buffer_printf(scan->out, "\\%c", letter);
    return true;
}

static bool is_surrogate(uint32_t code)
{
    return code >= 0xD800 && code <= 0xDFFF;
}

/* \1 and \k<name>: references back. */
static bool put_reference(struct scan *scan)
{
    if (peek(scan, 0) == 'k') {
        const char *close =
            peek(scan, 1) == '<' ? memchr(scan->at, '>', (size_t)(scan->end - scan->at)) : NULL;
        if (close == NULL)
            return refuse(scan, "\\k takes the name of a group in < and >");
        buffer_append_char(scan->out, '\\');
        buffer_append(scan->out, scan->at, (size_t)(close + 1 - scan->at));
        scan->at = close + 1;
        return true;
    }
    uint32_t number = 0;
    for (; is_digit(peek(scan, 0)) && number < 10000; scan->at++)
        number = number * 10 + (uint32_t)(peek(scan, 0) - '0');
    if (number == 0 || number > scan->groups)
        return refuse(scan, "a reference back to a group that is not there");
    buffer_printf(scan->out, "\\g{%u}", number);
    return true;
}

static bool put_escape(struct scan *scan)
{
    char letter = peek(scan, 0);
    bool found;
    uint32_t code;
    if (scan->at == scan->end)
        return refuse(scan, "a backslash at the end");
    scan->atom = true;
    if (letter == 'b' || letter == 'B') {
        scan->at++;
        scan->atom = false;
        buffer_printf(scan->out, "\\%c", letter);
        return true;
    }
    if (letter == 'k' || (is_digit(letter) && letter != '0'))
        return put_reference(scan);
    if (letter != '\0' && strchr("sSpPdDwW", letter) != NULL) {
        put(scan, letter == 's' || letter == 'S' ? "[" : "");
        if (!put_set(scan, &found))
            return false;
        put(scan, letter == 's' || letter == 'S' ? "]" : "");
        return true;
    }
    if (read_character_escape(scan, false, &code)) {
        if (is_surrogate(code))
            put(scan, "(?!)");
        else
            put_code(scan, code);
        return true;
    }
    return scan->problem == NULL ? refuse(scan, "an escape that patterns do not have") : false;
}

/* ---- classes */

/* One member of a class: a set (already written), or a code point in *ret_code. */
static bool read_class_atom(struct scan *scan, bool *ret_is_set, uint32_t *ret_code)
{
    *ret_is_set = false;
    if (peek(scan, 0) != '\\') {
        scan->at += contract_utf8_get(scan->at, scan->end, ret_code);
        return true;
    }
    scan->at++;
    if (scan->at == scan->end)
        return refuse(scan, "a backslash at the end");
    if (!put_set(scan, ret_is_set) || *ret_is_set)
        return scan->problem == NULL;
    if (read_character_escape(scan, true, ret_code))
        return true;
    return scan->problem == NULL ? refuse(scan, "an escape that patterns do not have") : false;
}

static void put_range(struct scan *scan, uint32_t low, uint32_t high)
{
    if (low < 0xD800 && high > 0xDFFF) { /* PCRE2 has no surrogates */
        put_range(scan, low, 0xD7FF);
        low = 0xE000;
    }
    if (is_surrogate(low))
        low = 0xE000;
    if (is_surrogate(high))
        high = 0xD7FF;
    if (low > high)
        return;
    put_code(scan, low);
    if (high > low) {
        put(scan, "-");
        put_code(scan, high);
    }
}

static bool put_class_member(struct scan *scan)
{
    uint32_t low = 0, high = 0;
    bool low_is_set, high_is_set;
    if (!read_class_atom(scan, &low_is_set, &low))
        return false;
    bool range = peek(scan, 0) == '-' && scan->end - scan->at > 1 && scan->at[1] != ']';
    if (!range || low_is_set) {
        if (!low_is_set)
            put_range(scan, low, low);
        return true;
    }
    scan->at++;
    if (!read_class_atom(scan, &high_is_set, &high))
        return false;
    if (high_is_set) { /* [a-\d]: each for itself, and the set is written already */
        put_code(scan, '-');
        put_range(scan, low, low);
        return true;
    }
    if (low > high)
        return refuse(scan, "a range in a class that ends before it begins");
    put_range(scan, low, high);
    return true;
}

/* Behind "[". A class without anything in it never matches, one without any exception always. */
static bool put_class(struct scan *scan)
{
    bool negated = peek(scan, 0) == '^';
    scan->at += negated;
    size_t open = scan->out->size;
    put(scan, negated ? "[^" : "[");
    size_t inside = scan->out->size;
    while (scan->at < scan->end && *scan->at != ']')
        if (!put_class_member(scan))
            return false;
    if (scan->at == scan->end)
        return refuse(scan, "a [ without its ]");
    scan->at++;
    scan->atom = true;
    if (scan->out->size == inside) {
        scan->out->size = open;
        put(scan, negated ? "(?s:.)" : "(?!)");
    } else {
        put(scan, "]");
    }
    return true;
}

/* ---- groups and repetitions */

static bool put_group_name(struct scan *scan)
{
    const char *close = memchr(scan->at, '>', (size_t)(scan->end - scan->at));
    if (close == NULL || close == scan->at + 2)
        return refuse(scan, "a group's name ends with >");
    for (const char *c = scan->at + 2; c < close; c++)
        if (!is_letter(*c) && !(is_digit(*c) && c > scan->at + 2) && *c != '_')
            return refuse(scan, "a group's name has letters, digits and underscores");
    if (close - scan->at - 2 > 32)
        return refuse(scan, "a group's name has at most 32 characters");
    buffer_append(scan->out, scan->at, (size_t)(close + 1 - scan->at));
    scan->at = close + 1;
    return true;
}

static bool put_open(struct scan *scan)
{
    static const char *const kinds[] = {"?:", "?=", "?!", "?<=", "?<!"};
    if (++scan->depth > GROUP_DEPTH_MAX)
        return refuse(scan, "too many groups inside each other");
    scan->atom = false;
    put(scan, "(");
    if (peek(scan, 0) == '*')
        return refuse(scan, "a * has nothing to repeat");
    if (peek(scan, 0) != '?')
        return true;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        size_t size = strlen(kinds[i]);
        if ((size_t)(scan->end - scan->at) >= size && memcmp(scan->at, kinds[i], size) == 0) {
            put(scan, kinds[i]);
            scan->at += size;
            return true;
        }
    }
    if (peek(scan, 1) == '<')
        return put_group_name(scan);
    return refuse(scan, "a kind of group that patterns do not have");
}

/* {2}, {2,} or {2,5}: its size, or 0 when the brace is just a brace. */
static size_t braces_size(const struct scan *scan, uint32_t bounds[2])
{
    size_t at = 1;
    bounds[0] = bounds[1] = 0;
    for (int i = 0; i < 2; i++) {
        size_t digits = at;
        for (; is_digit(peek(scan, at)); at++)
            if (bounds[i] <= REPEAT_MAX)
                bounds[i] = bounds[i] * 10 + (uint32_t)(peek(scan, at) - '0');
        if (at == digits && i == 0)
            return 0;
        if (i == 1 && at == digits)
            bounds[1] = UINT32_MAX;
        if (i == 0 && peek(scan, at) == ',')
            at++;
        else if (i == 0) {
            bounds[1] = bounds[0];
            break;
        }
    }
    return peek(scan, at) == '}' ? at + 1 : 0;
}

static bool put_repetition(struct scan *scan, size_t braces, const uint32_t bounds[2])
{
    if (!scan->atom)
        return refuse(scan, "a repetition has nothing to repeat");
    if (braces > 0 && bounds[0] > bounds[1])
        return refuse(scan, "a repetition whose least is above its most");
    if (braces > 0 &&
        (bounds[0] > REPEAT_MAX || (bounds[1] > REPEAT_MAX && bounds[1] != UINT32_MAX)))
        return refuse(scan, "a repetition of more than 65535 times");
    size_t size = braces > 0 ? braces : 1;
    buffer_append(scan->out, scan->at, size);
    scan->at += size;
    if (peek(scan, 0) == '?') {
        put(scan, "?");
        scan->at++;
    }
    scan->atom = false;
    return true;
}

static bool put_other(struct scan *scan)
{
    uint32_t code;
    char c = *scan->at;
    if (c == '^' || c == '$' || c == '|') {
        scan->atom = false;
        buffer_append_char(scan->out, c);
        scan->at++;
        return true;
    }
    scan->atom = true;
    if (c == '.') {
        put(scan, "[^\\n\\r\\x{2028}\\x{2029}]");
        scan->at++;
        return true;
    }
    size_t size = contract_utf8_get(scan->at, scan->end, &code);
    if (is_letter(c) || is_digit(c) || code >= 0x80)
        buffer_append(scan->out, scan->at, size);
    else
        put_code(scan, code);
    scan->at += size;
    return true;
}

static bool put_one(struct scan *scan)
{
    uint32_t bounds[2];
    char c = *scan->at;
    size_t braces = c == '{' ? braces_size(scan, bounds) : 0;
    if (c == '*' || c == '+' || c == '?' || braces > 0)
        return put_repetition(scan, braces, bounds);
    if (c == '\\') {
        scan->at++;
        return put_escape(scan);
    }
    if (c == '[') {
        scan->at++;
        return put_class(scan);
    }
    if (c == '(') {
        scan->at++;
        return put_open(scan);
    }
    if (c != ')')
        return put_other(scan);
    if (scan->depth-- == 0)
        return refuse(scan, "a ) without its (");
    scan->at++;
    scan->atom = true;
    put(scan, ")");
    return true;
}

/* Groups that capture, which \1 may name before they come. */
static uint32_t count_groups(struct bytes source)
{
    uint32_t count = 0;
    bool in_class = false;
    for (size_t i = 0; i < source.size; i++) {
        char c = source.data[i];
        if (c == '\\')
            i++;
        else if (c == '[' || c == ']')
            in_class = c == '[' || (in_class && c != ']');
        else if (c == '(' && !in_class)
            count += i + 1 == source.size || source.data[i + 1] != '?' ||
                     (i + 3 < source.size && source.data[i + 2] == '<' &&
                      source.data[i + 3] != '=' && source.data[i + 3] != '!');
    }
    return count;
}

const char *contract_pattern_translate(struct bytes source, struct buffer *out, size_t *ret_at)
{
    const char *start = source.size == 0 ? "" : source.data;
    struct scan scan = {.start = start, .at = start, .end = start + source.size, .out = out};
    *ret_at = 0;
    if (source.size > CONTRACT_PATTERN_SIZE_MAX)
        return "a pattern has at most 16 KiB";
    if (!bytes_is_utf8(source))
        return "the pattern is not UTF-8";
    scan.groups = count_groups(source);
    while (scan.at < scan.end && put_one(&scan))
        continue;
    if (scan.problem == NULL && scan.depth > 0)
        scan.problem = "a ( without its )";
    *ret_at = (size_t)(scan.at - start);
    return scan.problem;
}
