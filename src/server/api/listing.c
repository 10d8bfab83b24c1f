/* Filters and pages. */
#include "server/api/listing.h"

#include "base/json.h"
#include "base/time.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>

/* "open, replayed, merged or discarded". */
static const char *enumerate(struct arena *arena, const char *const *words, size_t count)
{
    struct buffer out;
    buffer_init(&out, 16 * 1024);
    for (size_t i = 0; i < count; i++)
        buffer_printf(&out, "%s%s", i == 0 ? "" : i + 1 < count ? ", " : " or ", words[i]);
    const char *text = arena_string(arena, buffer_bytes(&out));
    buffer_release(&out);
    return text;
}

const char *listing_word_mistake(struct arena *arena, struct bytes text, const char *const *words,
                                 size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (bytes_is(text, words[i]))
            return NULL;
    const char *near = bytes_suggest(text, words, count);
    return arena_printf(arena, "must be %s, not \"%.*s\"%s%s%s", enumerate(arena, words, count),
                        (int)(text.size > 40 ? 40 : text.size), text.data,
                        near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

bool listing_check_word(struct request *request, size_t parameter, const char *const *words,
                        size_t count)
{
    struct bytes text = request->parameters[parameter];
    const char *mistake =
        text.data != NULL ? listing_word_mistake(&request->arena, text, words, count) : NULL;
    if (mistake == NULL)
        return true;
    request_refuse(request, PROBLEM_INVALID_PARAMETER, "`%s` %s",
                   request->route->parameters[parameter], mistake);
    return false;
}

/* One parameter as it stands in a URI's query (RFC 3986: everything but unreserved is escaped). */
static void append_parameter(struct buffer *out, const char *name, struct bytes value)
{
    buffer_append_bytes(out, bytes_of(name));
    buffer_append_char(out, '=');
    for (size_t i = 0; i < value.size; i++) {
        unsigned char c = (unsigned char)value.data[i];
        if (isalnum(c) || strchr("-._~", c) != NULL)
            buffer_append_char(out, (char)c);
        else
            buffer_printf(out, "%%%02X", c);
    }
    buffer_append_char(out, '&');
}

const char *listing_next_link(struct request *request, uint64_t limit, const char *cursor_name,
                              const char *cursor)
{
    const char *const *names = request->route->parameters;
    struct buffer link;
    buffer_init(&link, 16 * 1024);
    buffer_printf(&link, "<%s?", request->route->pattern);
    for (size_t i = 0; names[i] != NULL; i++)
        if (request->parameters[i].data != NULL && strcmp(names[i], "limit") != 0 &&
            strcmp(names[i], cursor_name) != 0)
            append_parameter(&link, names[i], request->parameters[i]);
    buffer_printf(&link, "limit=%" PRIu64 "&%s=%s>; rel=\"next\"", limit, cursor_name, cursor);
    const char *text = arena_string(&request->arena, buffer_bytes(&link));
    buffer_release(&link);
    return text;
}

bool listing_date(struct bytes text, int64_t *ret_us)
{
    enum { DATE_SIZE = sizeof "2026-11-23" - 1 };
    char whole[TIME_TEXT_SIZE];
    if (text.size != DATE_SIZE)
        return false;
    snprintf(whole, sizeof whole, "%.*sT00:00:00Z", BYTES_ARG(text));
    return time_parse(bytes_of(whole), ret_us, NULL) == 0;
}

bool listing_time(struct request *request, size_t parameter, int64_t *ret_us)
{
    struct bytes text = request->parameters[parameter];
    *ret_us = 0;
    if (text.data == NULL || listing_date(text, ret_us) || time_parse(text, ret_us, NULL) == 0)
        return true;
    request_refuse(request, PROBLEM_INVALID_PARAMETER,
                   "`%s` must be a time like 2026-11-23T09:30:00Z or a date like 2026-11-23, not "
                   "\"%.*s\"",
                   request->route->parameters[parameter], (int)(text.size > 40 ? 40 : text.size),
                   text.data);
    return false;
}

uint64_t listing_version(const struct request *request)
{
    JSON_AUTO *answer = NULL;
    if (json_parse(buffer_bytes(&request->answer.body), &answer, NULL) != 0)
        return 0;
    return (uint64_t)json_member_int(answer, "version", 0);
}
