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
#define BEHIND "\\E)" /* ends a \Q that the pattern leaves open */

enum {
    PATTERN_MAX = 16 * 1024, /* bytes */
    MESSAGE_SIZE = 256,
    STATES_MAX = 640,     /* alternatives followed at once */
    WORK_MAX = 400000000, /* characters times the square of the alternatives */
    INTS_PER_STATE = 6,   /* of PCRE2's work space: three for this step, three for the next */
    CONTEXTS_SIZE = 1024, /* bytes: contexts and match data of one match */
    GROUP_DEPTH_MAX = 200,
};

/* ---- the syntax: what RE2 and PCRE2 read the same way */

struct scan {
    const char *at, *end;
    int depth;   /* of groups */
    bool repeat; /* the last thing was a repetition */
    const char *problem;
};

static bool refuse(struct scan *scan, const char *problem)
{
    scan->problem = problem;
    return false;
}

/* Behind a backslash. */
static bool scan_escape(struct scan *scan)
{
    if (scan->at == scan->end)
        return refuse(scan, "a backslash at the end");
    char letter = *scan->at++;
    if (letter >= '1' && letter <= '9')
        return refuse(scan, "references back to a group are not supported");
    bool is_letter = (letter | 0x20) >= 'a' && (letter | 0x20) <= 'z';
    if (is_letter && strchr("AbBzdDsSwWpPxaftnrvQE", letter) == NULL)
        return refuse(scan, "an escape that is not known");
    if (letter != 'Q')
        return true;
    const char *close = memmem(scan->at, (size_t)(scan->end - scan->at), "\\E", 2);
    scan->at = close == NULL ? scan->end : close + 2;
    return true;
}

/* Behind the bracket that opens a class, up to behind the one that closes it. */
static bool scan_class(struct scan *scan)
{
    if (scan->at < scan->end && *scan->at == '^')
        scan->at++;
    for (bool first = true; scan->at < scan->end; first = false) {
        char c = *scan->at++;
        if (c == ']' && !first)
            return true;
        if (c == '\\' && !scan_escape(scan))
            return false;
        if (c == '[' && scan->at < scan->end && *scan->at == ':') {
            const char *close = memmem(scan->at, (size_t)(scan->end - scan->at), ":]", 2);
            scan->at = close == NULL ? scan->at : close + 2;
        }
    }
    return refuse(scan, "a [ without its ]");
}

/* Behind "(?": flags or a name. */
static bool scan_group(struct scan *scan)
{
    struct bytes rest = {scan->at, (size_t)(scan->end - scan->at)};
    size_t name = rest.size > 1 && memcmp(rest.data, "P<", 2) == 0 ? 2
                  : rest.size > 1 && rest.data[0] == '<'           ? 1
                                                                   : 0;
    if (name > 0 && name < rest.size && rest.data[name] != '=' && rest.data[name] != '!') {
        scan->at += name;
        return true;
    }
    while (scan->at < scan->end && *scan->at != '\0' && strchr("imsU-", *scan->at) != NULL)
        scan->at++;
    if (scan->at < scan->end && *scan->at == ')') { /* flags for what follows; no group */
        scan->at++;
        scan->depth--;
        return true;
    }
    return scan->at < scan->end && *scan->at == ':'
               ? true
               : refuse(scan, "a kind of group that is not supported");
}

static bool scan_open(struct scan *scan)
{
    if (++scan->depth > GROUP_DEPTH_MAX)
        return refuse(scan, "too many groups inside each other");
    if (scan->at < scan->end && *scan->at == '*')
        return refuse(scan, "a * has nothing to repeat");
    if (scan->at == scan->end || *scan->at != '?')
        return true;
    scan->at++;
    return scan_group(scan);
}

static bool scan_one(struct scan *scan)
{
    bool repeated = scan->repeat;
    scan->repeat = false;
    char c = *scan->at++;
    switch (c) {
    case '\\': return scan_escape(scan);
    case '[': return scan_class(scan);
    case '(': return scan_open(scan);
    case ')': return --scan->depth >= 0 || refuse(scan, "a ) without its (");
    case '+':
        if (repeated)
            return refuse(scan, "a + behind a repetition");
        break;
    default: break;
    }
    /* A ? behind a repetition makes it lazy, which ends it. */
    scan->repeat = c == '*' || c == '+' || c == '}' || (c == '?' && !repeated);
    return true;
}

/* NULL, or what is wrong and at which byte. */
static const char *find_problem(struct bytes pattern, size_t *ret_offset)
{
    struct scan scan = {pattern.data,
                        pattern.size == 0 ? pattern.data : pattern.data + pattern.size, 0, false,
                        NULL};
    while (scan.at < scan.end && scan_one(&scan))
        continue;
    if (scan.problem == NULL && scan.depth > 0)
        scan.problem = "a ( without its )";
    *ret_offset = pattern.size == 0 ? 0 : (size_t)(scan.at - pattern.data);
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

static void describe(char message[static MESSAGE_SIZE], struct bytes pattern, size_t offset,
                     const char *problem)
{
    struct bytes before = {pattern.data, offset < pattern.size ? offset : pattern.size};
    (void)snprintf(message, MESSAGE_SIZE, "invalid pattern \"%.*s\", character %lld: %s",
                   BYTES_ARG(cel_text_excerpt(pattern)), (long long)cel_character_count(before),
                   problem);
}

static pcre2_code *compile_wrapped(struct memory *memory, struct bytes pattern, int *ret_error,
                                   size_t *ret_offset)
{
    size_t size = strlen(BEFORE) + pattern.size + strlen(BEHIND);
    char *text = memory->alloc(memory->owner, size);
    pcre2_general_context *general = pcre2_general_context_create(memory_take, memory_give, memory);
    pcre2_compile_context *context = general ? pcre2_compile_context_create(general) : NULL;
    *ret_error = PCRE2_ERROR_NOMEMORY;
    if (text == NULL || context == NULL)
        return NULL;
    memcpy(text, BEFORE, strlen(BEFORE));
    if (pattern.size > 0)
        memcpy(text + strlen(BEFORE), pattern.data, pattern.size);
    memcpy(text + size - strlen(BEHIND), BEHIND, strlen(BEHIND));
    pcre2_set_newline(context, PCRE2_NEWLINE_LF);
    return pcre2_compile((PCRE2_SPTR)text, size,
                         PCRE2_UTF | PCRE2_ANCHORED | PCRE2_DOLLAR_ENDONLY | PCRE2_NO_AUTO_CAPTURE |
                             PCRE2_NEVER_BACKSLASH_C,
                         ret_error, ret_offset, context);
}

/* NULL and a message; an empty one says that the memory ran out. */
static pcre2_code *compile_pattern(struct memory *memory, struct bytes pattern,
                                   char message[static MESSAGE_SIZE])
{
    size_t offset = 0;
    const char *problem =
        pattern.size > PATTERN_MAX ? "it is longer than 16 KiB" : find_problem(pattern, &offset);
    if (problem != NULL) {
        describe(message, pattern, offset, problem);
        return NULL;
    }
    int error;
    pcre2_code *code = compile_wrapped(memory, pattern, &error, &offset);
    message[0] = '\0';
    if (code != NULL || error == PCRE2_ERROR_NOMEMORY || error == PCRE2_ERROR_HEAP_FAILED)
        return code;
    PCRE2_UCHAR text[128];
    pcre2_get_error_message(error, text, sizeof text);
    describe(message, pattern, offset > strlen(BEFORE) ? offset - strlen(BEFORE) : 0,
             (const char *)text);
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
