/* What an answer over HTTP means, by its status. */
#include "effect/kind.h"

#include "base/time.h"

#include <curl/curl.h>
#include <stdarg.h>
#include <stdio.h>
#include <strings.h>

/* A wait that is longer than any retry is no wait but a mistake. */
#define RETRY_AFTER_MAX_US (30 * TIME_US_PER_DAY)

static struct bytes find_header(const struct effect_answer *answer, const char *name)
{
    for (size_t i = 0; i < answer->header_count; i++)
        if (bytes_is(answer->headers[i].name, name))
            return answer->headers[i].value;
    return (struct bytes){0};
}

/* Whole seconds, or a date in one of the three forms of RFC 9110. */
static int64_t read_retry_after(struct bytes text, int64_t now_us)
{
    char date[64];
    uint64_t seconds;
    int64_t wait_us = 0;
    if (number_parse(text, &seconds)) {
        wait_us = seconds < (uint64_t)(RETRY_AFTER_MAX_US / TIME_US_PER_SECOND)
                      ? (int64_t)seconds * TIME_US_PER_SECOND
                      : RETRY_AFTER_MAX_US;
    } else if (text.size > 0 && text.size < sizeof date) {
        memcpy(date, text.data, text.size);
        date[text.size] = '\0';
        time_t at = curl_getdate(date, NULL);
        if (at > 0)
            wait_us = (int64_t)at * TIME_US_PER_SECOND - now_us;
    }
    if (wait_us < 0)
        return 0;
    return wait_us < RETRY_AFTER_MAX_US ? wait_us : RETRY_AFTER_MAX_US;
}

/* How many bytes the character at `at` has; 0: it is none in UTF-8. */
static size_t measure_character(const char *at, const char *end)
{
    size_t left = (size_t)(end - at);
    for (size_t size = 1; size <= 4 && size <= left; size++)
        if (bytes_is_utf8((struct bytes){at, size}))
            return size;
    return 0;
}

static struct bytes clean(struct bytes body, size_t most, struct arena *arena)
{
    size_t room = body.size < most ? body.size : most;
    char *text = arena_alloc(arena, room + 1);
    const char *at = body.data, *end = at + body.size;
    size_t size = 0;
    while (at < end && size < room) {
        size_t length = measure_character(at, end);
        if (length > room - size)
            break;
        bool plain = length > 1 || (length == 1 && (unsigned char)*at >= 0x20 && *at != 0x7f);
        if (plain)
            memcpy(text + size, at, length);
        else
            text[size] = length == 0 ? '?' : ' ';
        size += plain ? length : 1;
        at += length > 0 ? length : 1;
    }
    while (size > 0 && text[size - 1] == ' ')
        size--;
    return (struct bytes){text, size};
}

struct bytes effect_excerpt(struct bytes body, struct arena *arena)
{
    return clean(body, CORE_EXCERPT_MAX, arena);
}

static bool is_clean(struct bytes text, size_t most)
{
    for (size_t i = 0; i < text.size && i < most; i++)
        if ((unsigned char)text.data[i] < 0x20 || text.data[i] == 0x7f)
            return false;
    return text.size <= most && bytes_is_utf8(text);
}

void effect_receipt_clean(struct core_receipt *receipt, struct arena *arena)
{
    const struct {
        struct bytes *text;
        size_t most;
        bool names; /* a part of it would name another thing */
    } texts[] = {{&receipt->response_id, CORE_RECEIPT_TEXT_MAX, false},
                 {&receipt->reason, CORE_RECEIPT_TEXT_MAX, false},
                 {&receipt->excerpt, CORE_EXCERPT_MAX, false},
                 {&receipt->verdict, CORE_RECEIPT_TEXT_MAX, false},
                 {&receipt->external_id, CORE_RECEIPT_TEXT_MAX, true},
                 {&receipt->owner, CORE_RECEIPT_TEXT_MAX, true},
                 {&receipt->status_there, CORE_RECEIPT_TEXT_MAX, true}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (!is_clean(*texts[i].text, texts[i].most))
            *texts[i].text =
                texts[i].names ? (struct bytes){0} : clean(*texts[i].text, texts[i].most, arena);
}

static bool repeats(struct bytes text, const struct bytes *secrets, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (secrets[i].size > 0 && text.size >= secrets[i].size &&
            memmem(text.data, text.size, secrets[i].data, secrets[i].size) != NULL)
            return true;
    return false;
}

void effect_receipt_hide(struct core_receipt *receipt, const struct bytes *secrets, size_t count)
{
    static const struct bytes left_out = BYTES_LITERAL("left out: it repeats a secret of ours");
    struct bytes *const told[] = {&receipt->response_id, &receipt->reason, &receipt->excerpt,
                                  &receipt->verdict};
    for (size_t i = 0; i < sizeof told / sizeof *told; i++)
        if (repeats(*told[i], secrets, count))
            *told[i] = left_out;
    if (repeats(receipt->external_id, secrets, count))
        receipt->external_id = (struct bytes){0};
}

static enum core_outcome outcome_of(uint32_t status)
{
    if (status >= 200 && status < 300)
        return CORE_OUTCOME_OK;
    if (status == 410)
        return CORE_OUTCOME_GONE;
    if (status == 408 || status == 425 || status == 429 || status >= 500)
        return CORE_OUTCOME_TRANSIENT;
    return CORE_OUTCOME_PERMANENT;
}

static const char *explain(uint32_t status)
{
    switch (status) {
    case 401:
    case 403: return "; check its secrets and what they allow";
    case 404: return ": there is nothing at that address";
    case 408: return ": it waited too long for us";
    case 410: return ": it is gone for good";
    case 413: return ": the message is too large for it";
    case 429: return ": too many requests";
    default:
        return status >= 300 && status < 400 ? ", a redirect: give the address it leads to" : "";
    }
}

void effect_judge(const struct effect_answer *answer, struct effect_attempt *attempt,
                  struct core_receipt *ret)
{
    ret->outcome = outcome_of(answer->status);
    ret->status = answer->status;
    ret->excerpt = effect_excerpt(answer->body, attempt->arena);
    if (ret->outcome == CORE_OUTCOME_TRANSIENT)
        ret->retry_after_us = read_retry_after(find_header(answer, "retry-after"), attempt->now_us);
    if (ret->outcome != CORE_OUTCOME_OK)
        ret->reason = bytes_of(arena_printf(attempt->arena, "the answer was %u%s", answer->status,
                                            explain(answer->status)));
}

void effect_refuse(struct effect_attempt *attempt, struct core_receipt *ret, const char *format,
                   ...)
{
    char text[CORE_RECEIPT_TEXT_MAX + 1];
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    ret->outcome = CORE_OUTCOME_PERMANENT;
    ret->reason = arena_copy(attempt->arena,
                             (struct bytes){text, size < 0                     ? 0
                                                  : (size_t)size < sizeof text ? (size_t)size
                                                                               : sizeof text - 1});
}
