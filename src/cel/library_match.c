/* matches(): does a pattern of RE2's syntax occur in a text? PCRE2 does the work, in one of two
 * ways.
 *
 * A short text is searched by its usual matcher, which is fast and tries one alternative after the
 * other, but only as long as it gets by with few steps. Otherwise the other algorithm follows all
 * alternatives at once: one pass over the text, whatever the pattern. There the search is the
 * pattern behind "anything", anchored. Neither touches the heap. */
#define PCRE2_CODE_UNIT_WIDTH 8

#include "cel/library.h"
#include "cel/pattern.h"

#include <pcre2.h>
#include <stdalign.h>
#include <stdio.h>

#define BEFORE "(?s:.*?)(?:"

enum {
    PATTERN_MAX = 16 * 1024, /* bytes */
    MESSAGE_SIZE = 256,
    SEARCH_TEXT_MAX = 512,   /* bytes of a text that the usual matcher gets */
    SEARCH_STEPS = 40000,    /* its steps on one text */
    STATES_MAX = 640,        /* alternatives followed at once */
    WORK_MAX = 400000000,    /* characters times the square of the alternatives */
    INTS_PER_STATE = 6,      /* of PCRE2's work space: three for this step, three for the next */
    CONTEXTS_SIZE = 1024,    /* bytes: contexts and match data of one match */
    FRAMES_SIZE = 24 * 1024, /* bytes that the usual matcher wants beside them */
};

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

/* One pattern, compiled for both ways. */
struct pattern {
    const pcre2_code *search; /* NULL when only one text is going to be searched */
    const pcre2_code *pass;
};

static pcre2_code *compile_copy(struct memory *memory, struct bytes copy, uint32_t options,
                                int *ret_error)
{
    pcre2_general_context *general = pcre2_general_context_create(memory_take, memory_give, memory);
    pcre2_compile_context *context = general ? pcre2_compile_context_create(general) : NULL;
    *ret_error = PCRE2_ERROR_HEAP_FAILED;
    if (context == NULL)
        return NULL;
    pcre2_set_newline(context, PCRE2_NEWLINE_LF);
    PCRE2_SIZE offset; /* of the copy: it tells a reader nothing */
    return pcre2_compile((PCRE2_SPTR)copy.data, copy.size,
                         options | PCRE2_UTF | PCRE2_DOLLAR_ENDONLY | PCRE2_NO_AUTO_CAPTURE |
                             PCRE2_NEVER_BACKSLASH_C,
                         ret_error, &offset, context);
}

/* A copy of the pattern with BEFORE in front of it and ")" behind; NULL and a message, an empty one
 * says that the memory ran out. */
static char *wrap(struct memory *memory, struct bytes pattern, size_t *ret_size,
                  char message[static MESSAGE_SIZE])
{
    struct bytes excerpt = cel_text_excerpt(pattern);
    if (pattern.size > PATTERN_MAX) {
        (void)snprintf(message, MESSAGE_SIZE, "the pattern \"%.*s…\" is longer than 16 KiB",
                       BYTES_ARG(excerpt));
        return NULL;
    }
    size_t before = strlen(BEFORE), size, offset;
    char *copy = memory->alloc(memory->owner, before + cel_pattern_copy_size(pattern.size) + 1);
    if (copy == NULL)
        return NULL;
    memcpy(copy, BEFORE, before);
    const char *problem = cel_pattern_copy(pattern, copy + before, &size, &offset);
    if (problem != NULL) {
        struct bytes read = {pattern.data, offset};
        (void)snprintf(message, MESSAGE_SIZE, "invalid pattern \"%.*s\", character %lld: %s",
                       BYTES_ARG(excerpt), (long long)cel_character_count(read), problem);
        return NULL;
    }
    copy[before + size] = ')';
    *ret_size = before + size + 1;
    return copy;
}

/* False and a message; an empty one says that the memory ran out. */
static bool compile_pattern(struct memory *memory, struct bytes pattern, bool both,
                            struct pattern *ret, char message[static MESSAGE_SIZE])
{
    message[0] = '\0';
    size_t size, before = strlen(BEFORE);
    char *copy = wrap(memory, pattern, &size, message);
    if (copy == NULL)
        return false;
    int error = 0;
    *ret = (struct pattern){0};
    ret->pass = compile_copy(memory, (struct bytes){copy, size}, PCRE2_ANCHORED, &error);
    if (ret->pass != NULL && both)
        ret->search =
            compile_copy(memory, (struct bytes){copy + before, size - before - 1}, 0, &error);
    if (ret->pass != NULL && (ret->search != NULL || !both))
        return true;
    if (error != PCRE2_ERROR_HEAP_FAILED) {
        PCRE2_UCHAR text[128];
        pcre2_get_error_message(error, text, sizeof text);
        (void)snprintf(message, MESSAGE_SIZE, "invalid pattern \"%.*s\": %s",
                       BYTES_ARG(cel_text_excerpt(pattern)), text);
    }
    return false;
}

/* ---- matching */

/* The part of the stack that a match takes its memory from. */
struct room {
    char *bytes; /* aligned for any type */
    size_t used, size;
};

static void *alloc_in_room(void *owner, size_t size)
{
    struct room *room = owner;
    size = (size + alignof(max_align_t) - 1) / alignof(max_align_t) * alignof(max_align_t);
    if (size > room->size - room->used)
        return NULL;
    room->used += size;
    return room->bytes + (room->used - size);
}

struct contexts {
    pcre2_match_context *match;
    pcre2_match_data *data;
};

/* `memory` takes from a room of CONTEXTS_SIZE at least, which is enough. */
static struct contexts make_contexts(struct memory *memory)
{
    pcre2_general_context *general = pcre2_general_context_create(memory_take, memory_give, memory);
    ML_ASSERT(general != NULL);
    struct contexts contexts = {pcre2_match_context_create(general),
                                pcre2_match_data_create(1, general)};
    ML_ASSERT(contexts.match != NULL && contexts.data != NULL);
    return contexts;
}

/* By the usual matcher; PCRE2_ERROR_MATCHLIMIT or another error when it does not get by. Its limit
 * counts anew at each character of the text. */
static int search(const pcre2_code *code, struct bytes text)
{
    alignas(max_align_t) char bytes[CONTEXTS_SIZE + FRAMES_SIZE];
    struct room room = {bytes, 0, sizeof bytes};
    struct memory memory = {alloc_in_room, &room};
    struct contexts contexts = make_contexts(&memory);
    pcre2_set_match_limit(contexts.match, SEARCH_STEPS / ((uint32_t)text.size + 1));
    return pcre2_match(code, (PCRE2_SPTR)text.data, text.size, 0, 0, contexts.data, contexts.match);
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

static int pass(const pcre2_code *code, struct bytes text)
{
    alignas(max_align_t) char bytes[CONTEXTS_SIZE];
    struct room room = {bytes, 0, sizeof bytes};
    struct memory memory = {alloc_in_room, &room};
    struct contexts contexts = make_contexts(&memory);
    int workspace[2 + STATES_MAX * INTS_PER_STATE];
    return pcre2_dfa_match(code, (PCRE2_SPTR)text.data, text.size, 0, PCRE2_DFA_SHORTEST,
                           contexts.data, contexts.match, workspace,
                           2 + states_for(text.size) * INTS_PER_STATE);
}

/* What PCRE2 says: 0 and more is a match. */
static int run(const struct pattern *pattern, struct bytes text)
{
    if (text.data == NULL)
        text.data = "";
    if (pattern->search != NULL && text.size <= SEARCH_TEXT_MAX) {
        int result = search(pattern->search, text);
        if (result >= 0 || result == PCRE2_ERROR_NOMATCH)
            return result;
    }
    return pass(pattern->pass, text);
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

/* A pattern that was compiled with the program lies in front of its text, which says so by its
 * count: a number that a string, which has no use for a count, does not have by chance. */
enum { PREPARED = 0x7E3C519A };

static bool is_prepared(const struct cel_value *text, struct pattern *ret)
{
    if (text->count != PREPARED)
        return false;
    memcpy((void *)ret, text->string.data - sizeof *ret, sizeof *ret);
    return true;
}

static struct cel_value matches(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    struct bytes text = arguments[0].string;
    struct pattern pattern;
    if (is_prepared(&arguments[1], &pattern))
        return outcome(scratch, run(&pattern, text), text.size);
    struct memory memory = {alloc_in_scratch, scratch};
    char message[MESSAGE_SIZE];
    size_t used = scratch == NULL ? 0 : scratch->used;
    bool compiled = compile_pattern(&memory, arguments[1].string, false, &pattern, message);
    int result = compiled ? run(&pattern, text) : 0;
    if (scratch != NULL)
        scratch->used = used; /* gives the code back */
    if (compiled)
        return outcome(scratch, result, text.size);
    return message[0] == '\0' ? cel_error_exhausted() : cel_error_printf(scratch, "%s", message);
}

static struct cel_value prepare(struct arena *arena, const struct cel_value *text)
{
    struct memory memory = {alloc_in_arena, arena};
    struct pattern pattern;
    char message[MESSAGE_SIZE];
    if (!compile_pattern(&memory, text->string, true, &pattern, message))
        return cel_error(bytes_of(arena_string(arena, bytes_of(message))));
    char *room = arena_alloc(arena, sizeof pattern + text->string.size);
    memcpy(room, (const void *)&pattern, sizeof pattern);
    if (text->string.size > 0)
        memcpy(room + sizeof pattern, text->string.data, text->string.size);
    struct cel_value prepared =
        cel_string((struct bytes){room + sizeof pattern, text->string.size});
    prepared.count = PREPARED;
    return prepared;
}

static const struct cel_overload overloads[] = {
    {"matches", CEL_CALL_EITHER, "ss:b", matches, prepare},
};

const struct cel_library cel_library_match = CEL_LIBRARY(overloads);
