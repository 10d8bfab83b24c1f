/* matches(): does a pattern of RE2's syntax occur in a text? PCRE2 compiles it, but what only a
 * backtracking matcher has (references back, looking around, atomic groups) is refused, and the
 * matching is done by PCRE2's other algorithm, which follows all alternatives at once: one pass
 * over the text, no backtracking, no heap. A search is the pattern behind "anything", anchored, so
 * that even the search is one pass. */
#define PCRE2_CODE_UNIT_WIDTH 8

#include "cel/library.h"

#include <pcre2.h>
#include <stdalign.h>
#include <stdio.h>

#define BEFORE "(?s:.*?)(?:"

enum {
    PATTERN_MAX = 16 * 1024, /* bytes */
    MESSAGE_SIZE = 256,
    STATES_MAX = 640,     /* alternatives followed at once */
    WORK_MAX = 400000000, /* characters times the square of the alternatives */
    INTS_PER_STATE = 6,   /* of PCRE2's work space: three for this step, three for the next */
    CONTEXTS_SIZE = 1024, /* bytes: contexts and match data of one match */
    GROUP_DEPTH_MAX = 200,
};

/* ---- the syntax: what RE2 and PCRE2 read the same way
 *
 * The pattern is copied on the way, and changed in one thing: x+ becomes xx*. PCRE2 counts the
 * turns of x+, and a turn that began at each character of the text would be an alternative of its
 * own, where x* is a single one. */

struct scan {
    const char *at, *end;
    char *out; /* room for copy_size() of the pattern */
    size_t size;
    size_t item; /* where in `out` the last single character or class is, or NO_ITEM */
    int depth;   /* of groups */
    bool repeat; /* the last thing was a repetition */
    const char *problem;
};

#define NO_ITEM SIZE_MAX

/* Bytes of a copy at the most: a quoted character that is repeated becomes \.\.* */
static size_t copy_size(size_t pattern_size)
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

/* Copies the pattern to `out`, of copy_size(): its size, or what is wrong and at which byte. */
static const char *copy_pattern(struct bytes pattern, char *out, size_t *ret_size,
                                size_t *ret_offset)
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

/* ---- compiling */

/* Where PCRE2 takes its memory from; it is given back as a whole. */
struct memory {
    void *(*alloc)(void *owner, size_t size);
    void *owner;
};

static void *memory_take(size_t size, void *context)
{
    const struct memory *memory = context;
    return memory->alloc(memory->owner, size);
}

static void memory_give(void *piece, void *context)
{
    (void)piece;
    (void)context;
}

static void *alloc_in_arena(void *owner, size_t size)
{
    return arena_alloc(owner, size);
}

static void *alloc_in_scratch(void *owner, size_t size)
{
    return cel_scratch_alloc(owner, size);
}

static pcre2_code *compile_copy(struct memory *memory, struct bytes copy, int *ret_error)
{
    pcre2_general_context *general = pcre2_general_context_create(memory_take, memory_give, memory);
    pcre2_compile_context *context = general ? pcre2_compile_context_create(general) : NULL;
    *ret_error = PCRE2_ERROR_HEAP_FAILED;
    if (context == NULL)
        return NULL;
    pcre2_set_newline(context, PCRE2_NEWLINE_LF);
    PCRE2_SIZE offset; /* of the copy: it tells a reader nothing */
    return pcre2_compile((PCRE2_SPTR)copy.data, copy.size,
                         PCRE2_UTF | PCRE2_ANCHORED | PCRE2_DOLLAR_ENDONLY | PCRE2_NO_AUTO_CAPTURE |
                             PCRE2_NEVER_BACKSLASH_C,
                         ret_error, &offset, context);
}

/* The pattern behind "anything". */
static const char *wrap(struct bytes pattern, char *copy, size_t *ret_size, size_t *ret_offset)
{
    size_t size;
    memcpy(copy, BEFORE, strlen(BEFORE));
    const char *problem = copy_pattern(pattern, copy + strlen(BEFORE), &size, ret_offset);
    copy[strlen(BEFORE) + size] = ')';
    *ret_size = strlen(BEFORE) + size + 1;
    return problem;
}

/* NULL and a message; an empty one says that the memory ran out. */
static pcre2_code *compile_pattern(struct memory *memory, struct bytes pattern,
                                   char message[static MESSAGE_SIZE])
{
    message[0] = '\0';
    struct bytes excerpt = cel_text_excerpt(pattern);
    if (pattern.size > PATTERN_MAX) {
        (void)snprintf(message, MESSAGE_SIZE, "the pattern \"%.*s…\" is longer than 16 KiB",
                       BYTES_ARG(excerpt));
        return NULL;
    }
    char *copy = memory->alloc(memory->owner, strlen(BEFORE) + copy_size(pattern.size) + 1);
    if (copy == NULL)
        return NULL;
    size_t size, offset;
    const char *problem = wrap(pattern, copy, &size, &offset);
    if (problem != NULL) {
        struct bytes before = {pattern.data, offset};
        (void)snprintf(message, MESSAGE_SIZE, "invalid pattern \"%.*s\", character %lld: %s",
                       BYTES_ARG(excerpt), (long long)cel_character_count(before), problem);
        return NULL;
    }
    int error;
    pcre2_code *code = compile_copy(memory, (struct bytes){copy, size}, &error);
    if (code != NULL || error == PCRE2_ERROR_HEAP_FAILED)
        return code;
    PCRE2_UCHAR text[128];
    pcre2_get_error_message(error, text, sizeof text);
    (void)snprintf(message, MESSAGE_SIZE, "invalid pattern \"%.*s\": %s", BYTES_ARG(excerpt), text);
    return NULL;
}

/* ---- matching */

/* A few hundred bytes of the stack, which is all that a match takes beside its work space. */
struct contexts {
    size_t used;
    alignas(max_align_t) char bytes[CONTEXTS_SIZE];
};

static void *alloc_in_contexts(void *owner, size_t size)
{
    struct contexts *contexts = owner;
    size = (size + alignof(max_align_t) - 1) / alignof(max_align_t) * alignof(max_align_t);
    if (size > CONTEXTS_SIZE - contexts->used)
        return NULL;
    contexts->used += size;
    return contexts->bytes + (contexts->used - size);
}

/* Work grows with the text and the square of the alternatives followed at once: the longer the
 * text, the fewer may be. */
static size_t states_for(size_t text_size)
{
    size_t states = STATES_MAX;
    while (states > 16 && states * states > WORK_MAX / (text_size + 1))
        states -= states / 8 + 1;
    return states;
}

/* What PCRE2 says: 0 and more is a match. */
static int run(const pcre2_code *code, struct bytes text)
{
    struct contexts contexts = {.used = 0};
    struct memory memory = {alloc_in_contexts, &contexts};
    pcre2_general_context *general =
        pcre2_general_context_create(memory_take, memory_give, &memory);
    ML_ASSERT(general != NULL);
    pcre2_match_context *context = pcre2_match_context_create(general);
    pcre2_match_data *data = pcre2_match_data_create(1, general);
    ML_ASSERT(context != NULL && data != NULL);
    int workspace[2 + STATES_MAX * INTS_PER_STATE];
    return pcre2_dfa_match(code, (PCRE2_SPTR)(text.size > 0 ? text.data : ""), text.size, 0,
                           PCRE2_DFA_SHORTEST, data, context, workspace,
                           2 + states_for(text.size) * INTS_PER_STATE);
}

static struct cel_value outcome(struct cel_scratch *scratch, int result, size_t text_size)
{
    if (result >= 0)
        return cel_bool(true);
    if (result == PCRE2_ERROR_NOMATCH)
        return cel_bool(false);
    if (result <= PCRE2_ERROR_UTF8_ERR1 && result >= PCRE2_ERROR_UTF8_ERR21)
        return cel_error(BYTES_LITERAL("matches: the text is not valid UTF-8"));
    return cel_error_printf(
        scratch, "matches: the pattern takes too much work on a text of %zu bytes", text_size);
}

/* A pattern that was compiled with the program has the code in front of its text, and says so by
 * its count. */
static const pcre2_code *prepared_code(const struct cel_value *pattern)
{
    const pcre2_code *code = NULL;
    if (pattern->count > 0)
        memcpy((void *)&code, pattern->string.data - sizeof(void *), sizeof(void *));
    return code;
}

static struct cel_value matches(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    struct bytes text = arguments[0].string;
    const pcre2_code *code = prepared_code(&arguments[1]);
    if (code != NULL)
        return outcome(scratch, run(code, text), text.size);
    struct memory memory = {alloc_in_scratch, scratch};
    char message[MESSAGE_SIZE];
    size_t used = scratch == NULL ? 0 : scratch->used;
    code = compile_pattern(&memory, arguments[1].string, message);
    int result = code == NULL ? 0 : run(code, text);
    if (scratch != NULL)
        scratch->used = used; /* gives the code back */
    if (code != NULL)
        return outcome(scratch, result, text.size);
    return message[0] == '\0' ? cel_error_exhausted() : cel_error_printf(scratch, "%s", message);
}

/* Copies the text behind a pointer to its code, all of it in the arena of the program. */
static struct cel_value prepare(struct arena *arena, const struct cel_value *pattern)
{
    struct memory memory = {alloc_in_arena, arena};
    char message[MESSAGE_SIZE];
    struct bytes text = pattern->string;
    pcre2_code *code = compile_pattern(&memory, text, message);
    if (code == NULL)
        return cel_error(bytes_of(arena_string(arena, bytes_of(message))));
    char *room = arena_alloc(arena, sizeof(void *) + text.size);
    memcpy(room, (const void *)&code, sizeof(void *));
    if (text.size > 0)
        memcpy(room + sizeof(void *), text.data, text.size);
    struct cel_value prepared = cel_string((struct bytes){room + sizeof(void *), text.size});
    prepared.count = 1;
    return prepared;
}

static const struct cel_overload overloads[] = {
    {"matches", CEL_CALL_EITHER, "ss:b", matches, prepare},
};

const struct cel_library cel_library_match = CEL_LIBRARY(overloads);
