/* The syntax of patterns: what RE2 and PCRE2 read the same way passes, the rest is refused.
 *
 * The pattern is copied on the way, and changed in one thing: x+ becomes xx*. PCRE2 counts the
 * turns of x+, and a turn that began at each character of the text would be an alternative of its
 * own, where x* is a single one. */
#include "cel/pattern.h"

#include "cel/library.h"

enum { GROUP_DEPTH_MAX = 200 };

struct scan {
    const char *at, *end;
    char *out; /* room for cel_pattern_copy_size() */
    size_t size;
    size_t item; /* where in `out` the last single character or class is, or NO_ITEM */
    int depth;   /* of groups */
    bool repeat; /* the last thing was a repetition */
    const char *problem;
};

#define NO_ITEM SIZE_MAX

size_t cel_pattern_copy_size(size_t pattern_size)
{
    return 4 * pattern_size + 4;
}

static bool refuse(struct scan *scan, const char *problem)
{
    scan->problem = problem;
    return false;
}

static void put(struct scan *scan, const char *from, size_t size)
{
    memcpy(scan->out + scan->size, from, size);
    scan->size += size;
}

/* Copies what was read since `start`: one character, however it is written, or a class. */
static bool put_item(struct scan *scan, const char *start)
{
    scan->item = scan->size;
    put(scan, start, (size_t)(scan->at - start));
    return true;
}

/* Behind \Q: the text up to \E stands for itself. */
static bool scan_quoted(struct scan *scan)
{
    const char *close = memmem(scan->at, (size_t)(scan->end - scan->at), "\\E", 2);
    const char *end = close == NULL ? scan->end : close;
    while (scan->at < end) {
        struct bytes rest = {scan->at, (size_t)(end - scan->at)};
        unsigned char c = (unsigned char)*scan->at;
        bool plain =
            c >= 0x80 || (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
        scan->item = scan->size;
        put(scan, "\\", plain ? 0 : 1);
        put(scan, rest.data, cel_character_size(rest, 0));
        scan->at += cel_character_size(rest, 0);
    }
    scan->at = close == NULL ? scan->end : close + 2;
    return true;
}

/* Behind \x or \p: {…} or at most `digits` characters. */
static void skip_code(struct scan *scan, int digits)
{
    if (scan->at < scan->end && *scan->at == '{') {
        const char *close = memchr(scan->at, '}', (size_t)(scan->end - scan->at));
        scan->at = close == NULL ? scan->end : close + 1;
        return;
    }
    for (int i = 0; i < digits && scan->at < scan->end; i++, scan->at++)
        if (((*scan->at | 0x20) < 'a' || (*scan->at | 0x20) > 'z') &&
            (*scan->at < '0' || *scan->at > '9'))
            break;
}

/* Behind a backslash; copies nothing. */
static bool skip_escape(struct scan *scan)
{
    if (scan->at == scan->end)
        return refuse(scan, "a backslash at the end");
    struct bytes rest = {scan->at, (size_t)(scan->end - scan->at)};
    char letter = *scan->at;
    scan->at += cel_character_size(rest, 0);
    if (letter >= '1' && letter <= '9')
        return refuse(scan, "references back to a group are not supported");
    bool is_letter = (letter | 0x20) >= 'a' && (letter | 0x20) <= 'z';
    if (is_letter && strchr("AbBzdDsSwWpPxaftnrv", letter) == NULL)
        return refuse(scan, "an escape that is not known");
    if (letter == 'x' || letter == '0')
        skip_code(scan, 2);
    if (letter == 'p' || letter == 'P')
        skip_code(scan, 1);
    return true;
}

static bool scan_escape(struct scan *scan, const char *start)
{
    char letter = scan->at < scan->end ? *scan->at : '\0';
    if (letter == 'Q' || letter == 'E') {
        scan->at++;
        return letter == 'E' || scan_quoted(scan);
    }
    return skip_escape(scan) && put_item(scan, start);
}

/* Behind the bracket that opens a class, up to behind the one that closes it. */
static bool scan_class(struct scan *scan, const char *start)
{
    if (scan->at < scan->end && *scan->at == '^')
        scan->at++;
    for (bool first = true; scan->at < scan->end; first = false) {
        char c = *scan->at++;
        if (c == ']' && !first)
            return put_item(scan, start);
        if (c == '\\' && !skip_escape(scan))
            return false;
        if (c == '[' && scan->at < scan->end && *scan->at == ':') {
            const char *close = memmem(scan->at, (size_t)(scan->end - scan->at), ":]", 2);
            scan->at = close == NULL ? scan->at : close + 2;
        }
    }
    return refuse(scan, "a [ without its ]");
}

/* Behind "(?": flags or a name. */
static bool scan_group_kind(struct scan *scan)
{
    struct bytes rest = {scan->at, (size_t)(scan->end - scan->at)};
    size_t name = rest.size > 1 && memcmp(rest.data, "P<", 2) == 0 ? 2
                  : rest.size > 1 && rest.data[0] == '<'           ? 1
                                                                   : 0;
    if (name > 0 && name < rest.size && rest.data[name] != '=' && rest.data[name] != '!') {
        const char *close = memchr(rest.data, '>', rest.size);
        scan->at = close == NULL ? scan->end : close + 1;
        return true;
    }
    while (scan->at < scan->end && *scan->at != '\0' && strchr("imsU-", *scan->at) != NULL)
        scan->at++;
    bool flags_only = scan->at < scan->end && *scan->at == ')'; /* for what follows; no group */
    if (!flags_only && (scan->at == scan->end || *scan->at != ':'))
        return refuse(scan, "a kind of group that is not supported");
    scan->at++;
    scan->depth -= flags_only;
    return true;
}

static bool scan_open(struct scan *scan, const char *start)
{
    if (++scan->depth > GROUP_DEPTH_MAX)
        return refuse(scan, "too many groups inside each other");
    if (scan->at < scan->end && *scan->at == '*')
        return refuse(scan, "a * has nothing to repeat");
    if (scan->at < scan->end && *scan->at == '?') {
        scan->at++;
        if (!scan_group_kind(scan))
            return false;
    }
    put(scan, start, (size_t)(scan->at - start));
    return true;
}

/* The size of {2}, {2,} or {2,5} at `at`; 0 when it is no repetition but a brace. */
static size_t repetition_size(const char *at, const char *end)
{
    const char *start = at++;
    const char *digits = at;
    while (at < end && *at >= '0' && *at <= '9')
        at++;
    if (at == digits)
        return 0;
    if (at < end && *at == ',')
        at++;
    while (at < end && *at >= '0' && *at <= '9')
        at++;
    return at < end && *at == '}' ? (size_t)(at + 1 - start) : 0;
}

static bool scan_repetition(struct scan *scan, const char *start, size_t size)
{
    if (scan->repeat && *start != '?')
        return refuse(scan, "a repetition of a repetition");
    struct bytes text = {start, size};
    scan->at = start + size;
    if (scan->item != NO_ITEM && (bytes_is(text, "+") || bytes_is(text, "{1,}"))) {
        put(scan, scan->out + scan->item, scan->size - scan->item);
        put(scan, "*", 1);
    } else {
        put(scan, start, size);
    }
    scan->repeat = !scan->repeat; /* a ? behind a repetition makes it lazy, which ends it */
    scan->item = NO_ITEM;
    return true;
}

static bool scan_one(struct scan *scan)
{
    const char *start = scan->at;
    size_t braces = *start == '{' ? repetition_size(start, scan->end) : 0;
    if (*start == '*' || *start == '+' || *start == '?' || braces > 0)
        return scan_repetition(scan, start, braces > 0 ? braces : 1);
    struct bytes rest = {start, (size_t)(scan->end - start)};
    scan->repeat = false;
    scan->item = NO_ITEM;
    scan->at += cel_character_size(rest, 0);
    switch (*start) {
    case '\\': return scan_escape(scan, start);
    case '[': return scan_class(scan, start);
    case '(': return scan_open(scan, start);
    case ')':
        if (--scan->depth < 0)
            return refuse(scan, "a ) without its (");
        put(scan, start, 1);
        return true;
    case '|':
    case '^':
    case '$': put(scan, start, 1); return true;
    default: return put_item(scan, start);
    }
}

const char *cel_pattern_copy(struct bytes pattern, char *out, size_t *ret_size, size_t *ret_offset)
{
    const char *start = pattern.size == 0 ? "" : pattern.data;
    struct scan scan = {.at = start, .end = start + pattern.size, .item = NO_ITEM};
    scan.out = out;
    while (scan.at < scan.end && scan_one(&scan))
        continue;
    if (scan.problem == NULL && scan.depth > 0)
        scan.problem = "a ( without its )";
    *ret_size = scan.size;
    *ret_offset = (size_t)(scan.at - start);
    return scan.problem;
}
