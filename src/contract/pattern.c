/* Matching within limits. Short texts go to PCRE2's compiled code with a match limit; texts that
 * are long, or that need more, go to its other matcher, which follows all alternatives at once and
 * so passes the text a single time: there the work is the text's length times what may be followed.
 *
 * The match limit counts anew at each character where a match might begin, and does not count the
 * turns of a loop over single characters: so the texts must be short for it to be a limit. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "contract/pattern.h"

#include "base/error.h"

#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    SHORT_TEXT_MAX = 1024,       /* bytes */
    STEPS_PER_TEXT = 512 * 1024, /* of the first matcher, over all places a match might begin at */
    INTS_PER_STATE = 3,          /* as PCRE2 uses its work space */
    STATES_MAX = 1000,
    PASS_CALLS = 1024 * 1024, /* of look-arounds, times the characters of the text */
    JIT_STACK_START = 32 * 1024,
    JIT_STACK_MAX = 128 * 1024,
    TRANSLATED_MAX = 1024 * 1024,
};
#define PASS_WORK_MAX INT64_C(400000000)

struct contract_pattern {
    char *source;
    size_t source_size;
    pcre2_code *search;
    pcre2_code *pass; /* begins with any text, so that one pass finds a match wherever it is */
};

struct contract_matcher {
    pcre2_match_data *data;
    pcre2_match_context *context;
    pcre2_jit_stack *stack;
    int workspace[2 + STATES_MAX * INTS_PER_STATE];
};

static pcre2_code *compile(struct buffer *text, uint32_t more, char *problem, size_t problem_size)
{
    int code;
    size_t offset;
    uint32_t options = PCRE2_UTF | PCRE2_NO_UTF_CHECK | PCRE2_DOLLAR_ENDONLY |
                       PCRE2_MATCH_UNSET_BACKREF | PCRE2_NEVER_BACKSLASH_C | more;
    pcre2_code *compiled =
        pcre2_compile((PCRE2_SPTR)buffer_string(text), text->size, options, &code, &offset, NULL);
    if (compiled != NULL)
        return compiled;
    PCRE2_UCHAR message[200];
    pcre2_get_error_message(code, message, sizeof message);
    (void)snprintf(problem, problem_size, "%s", (const char *)message);
    return NULL;
}

static bool compile_both(struct contract_pattern *pattern, struct buffer *text, char *problem,
                         size_t problem_size)
{
    struct buffer pass;
    pattern->search = compile(text, 0, problem, problem_size);
    if (pattern->search == NULL)
        return false;
    (void)pcre2_jit_compile(pattern->search, PCRE2_JIT_COMPLETE); /* without it, just slower */
    buffer_init(&pass, TRANSLATED_MAX + 32);
    buffer_printf(&pass, "(?s:.*?)(?:");
    buffer_append_bytes(&pass, buffer_bytes(text));
    buffer_append_char(&pass, ')');
    pattern->pass = compile(&pass, PCRE2_ANCHORED, problem, problem_size);
    buffer_release(&pass);
    return pattern->pass != NULL;
}

bool contract_pattern_new(struct bytes source, struct contract_pattern **ret, char *problem,
                          size_t problem_size)
{
    struct contract_pattern *pattern = calloc(1, sizeof *pattern);
    struct buffer text;
    size_t at;
    if (pattern == NULL)
        panic("out of memory (pattern)");
    buffer_init(&text, TRANSLATED_MAX);
    const char *wrong = contract_pattern_translate(source, &text, &at);
    bool good = wrong == NULL && !text.overflow;
    if (wrong != NULL)
        (void)snprintf(problem, problem_size, "%s, at character %zu", wrong, at + 1);
    else if (text.overflow)
        (void)snprintf(problem, problem_size, "the pattern is too large");
    good = good && compile_both(pattern, &text, problem, problem_size);
    buffer_release(&text);
    if (good) {
        pattern->source = malloc(source.size + 1);
        if (pattern->source == NULL)
            panic("out of memory (pattern)");
        memcpy(pattern->source, source.size == 0 ? "" : source.data, source.size);
        pattern->source_size = source.size;
    } else {
        contract_pattern_free(pattern);
        pattern = NULL;
    }
    *ret = pattern;
    return good;
}

void contract_pattern_free(struct contract_pattern *pattern)
{
    if (pattern == NULL)
        return;
    pcre2_code_free(pattern->search);
    pcre2_code_free(pattern->pass);
    free(pattern->source);
    free(pattern);
}

struct bytes contract_pattern_source(const struct contract_pattern *pattern)
{
    return (struct bytes){pattern->source, pattern->source_size};
}

size_t contract_pattern_memory(const struct contract_pattern *pattern)
{
    size_t search = 0, compiled = 0, passing = 0;
    (void)pcre2_pattern_info(pattern->search, PCRE2_INFO_SIZE, &search);
    (void)pcre2_pattern_info(pattern->search, PCRE2_INFO_JITSIZE, &compiled);
    (void)pcre2_pattern_info(pattern->pass, PCRE2_INFO_SIZE, &passing);
    return sizeof *pattern + pattern->source_size + search + compiled + passing;
}

struct contract_matcher *contract_matcher_new(void)
{
    struct contract_matcher *matcher = calloc(1, sizeof *matcher);
    if (matcher == NULL)
        panic("out of memory (matcher)");
    matcher->data = pcre2_match_data_create(1, NULL);
    matcher->context = pcre2_match_context_create(NULL);
    matcher->stack = pcre2_jit_stack_create(JIT_STACK_START, JIT_STACK_MAX, NULL);
    if (matcher->data == NULL || matcher->context == NULL)
        panic("out of memory (matcher)");
    pcre2_jit_stack_assign(matcher->context, NULL, matcher->stack);
    pcre2_set_heap_limit(matcher->context, 1024); /* KiB, where there is no compiled code */
    return matcher;
}

void contract_matcher_free(struct contract_matcher *matcher)
{
    if (matcher == NULL)
        return;
    pcre2_match_data_free(matcher->data);
    pcre2_match_context_free(matcher->context);
    pcre2_jit_stack_free(matcher->stack);
    free(matcher);
}

/* Work grows with the text and the square of the alternatives followed at once. */
static size_t states_for(size_t text_size, int64_t work)
{
    int64_t most = work < PASS_WORK_MAX ? work : PASS_WORK_MAX;
    int64_t states = STATES_MAX;
    while (states > 16 && states * states > most / ((int64_t)text_size + 1))
        states -= states / 8 + 1;
    return (size_t)states;
}

static int pass(const struct contract_pattern *pattern, struct bytes text,
                struct contract_matcher *matcher, int64_t *work)
{
    size_t states = states_for(text.size, *work);
    *work -= (int64_t)text.size * 16;
    pcre2_set_match_limit(matcher->context, PASS_CALLS / ((uint32_t)text.size + 1) + 2);
    int result = pcre2_dfa_match(pattern->pass, (PCRE2_SPTR)text.data, text.size, 0,
                                 PCRE2_DFA_SHORTEST | PCRE2_NO_UTF_CHECK, matcher->data,
                                 matcher->context, matcher->workspace, 2 + states * INTS_PER_STATE);
    if (result < 0 && result != PCRE2_ERROR_NOMATCH)
        *work -= (int64_t)(states * states) * (int64_t)text.size / 16;
    return result;
}

enum contract_match contract_pattern_match(const struct contract_pattern *pattern,
                                           struct bytes text, struct contract_matcher *matcher,
                                           int64_t *work)
{
    int result = PCRE2_ERROR_MATCHLIMIT;
    if (text.data == NULL)
        text.data = "";
    if (*work <= 0)
        return CONTRACT_TOO_MUCH_WORK;
    if (text.size <= SHORT_TEXT_MAX) {
        uint32_t limit = STEPS_PER_TEXT / ((uint32_t)text.size + 16);
        pcre2_set_match_limit(matcher->context, limit);
        result = pcre2_match(pattern->search, (PCRE2_SPTR)text.data, text.size, 0,
                             PCRE2_NO_UTF_CHECK, matcher->data, matcher->context);
        *work -= (int64_t)text.size;
        if (result < 0 && result != PCRE2_ERROR_NOMATCH)
            *work -= STEPS_PER_TEXT;
    }
    if (result < 0 && result != PCRE2_ERROR_NOMATCH)
        result = pass(pattern, text, matcher, work);
    if (result >= 0)
        return CONTRACT_MATCH;
    return result == PCRE2_ERROR_NOMATCH ? CONTRACT_NO_MATCH : CONTRACT_TOO_MUCH_WORK;
}
