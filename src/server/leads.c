/* Reading leads from the view. */
#include "server/leads.h"

#include "base/json.h"
#include "server/internal.h"

#include <ctype.h>
#include <inttypes.h>

enum {
    STATE,
    PLACE,
    REP,
    POOL,
    CLASS,
    SOURCE,
    ROUTE,
    EMAIL,
    LATE,
    LIMIT,
    CURSOR,
};
const char *const leads_parameters[] = {"state", "place", "rep",  "pool",  "class",  "source",
                                        "route", "email", "late", "limit", "cursor", NULL};

enum { PAGE_DEFAULT = 100 };

/* A word of a fixed list, or nothing. */
static bool check_word(struct request *request, size_t parameter, const char *const *words,
                       size_t count)
{
    struct bytes text = request->parameters[parameter];
    if (text.data == NULL)
        return true;
    for (size_t i = 0; i < count; i++)
        if (bytes_is(text, words[i]))
            return true;
    const char *near = bytes_suggest(text, words, count);
    request_refuse(request, PROBLEM_INVALID_PARAMETER, "`%s` cannot be \"%.*s\"%s%s%s",
                   leads_parameters[parameter], (int)(text.size > 40 ? 40 : text.size), text.data,
                   near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
    return false;
}

static bool check_words(struct request *request)
{
    const char *states[CORE_STATES], *places[CORE_PLACES];
    static const char *const booleans[] = {"true", "false"};
    for (int i = 0; i < CORE_STATES; i++)
        states[i] = core_state_name((enum core_state)i);
    for (int i = 0; i < CORE_PLACES; i++)
        places[i] = core_place_name((enum core_place)i);
    return check_word(request, STATE, states, CORE_STATES) &&
           check_word(request, PLACE, places, CORE_PLACES) &&
           check_word(request, LATE, booleans, 2);
}

static bool read_filter(struct request *request, struct store_lead_filter *filter)
{
    const struct bytes *given = request->parameters;
    *filter = (struct store_lead_filter){
        .state = given[STATE],
        .place = given[PLACE],
        .rep = given[REP],
        .pool = given[POOL],
        .class_name = given[CLASS],
        .source = given[SOURCE],
        .route = given[ROUTE],
        .email = given[EMAIL],
        .late = bytes_is(given[LATE], "true"),
    };
    return check_words(request) &&
           request_number(request, CURSOR, 1, UINT64_MAX, 0, &filter->before);
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

static const char *next_link(struct request *request, uint64_t limit, uint64_t cursor)
{
    struct buffer link;
    buffer_init(&link, 16 * 1024);
    buffer_append_bytes(&link, BYTES_LITERAL("</v1/leads?"));
    for (size_t i = STATE; i <= LATE; i++)
        if (request->parameters[i].data != NULL)
            append_parameter(&link, leads_parameters[i], request->parameters[i]);
    buffer_printf(&link, "limit=%" PRIu64 "&cursor=%" PRIu64 ">; rel=\"next\"", limit, cursor);
    const char *text = arena_string(&request->arena, buffer_bytes(&link));
    buffer_release(&link);
    return text;
}

void leads_run(struct request *request)
{
    struct error err;
    struct store_lead_filter filter;
    uint64_t limit, cursor = 0;
    if (!read_filter(request, &filter) ||
        !request_number(request, LIMIT, 1, STORE_PAGE_MAX, PAGE_DEFAULT, &limit))
        return;
    struct json_writer *json = request_answer_json(request, 200);
    json_object_open(json);
    json_key(json, "leads");
    int code =
        store_read_leads(request->reader->store, &filter, (uint32_t)limit, json, &cursor, &err);
    if (code != 0) {
        request_refuse_error(request, code, &err);
        return;
    }
    if (cursor != 0)
        json_member_unsigned(json, "next_cursor", cursor);
    json_object_close(json);
    if (cursor != 0)
        request->answer.link = next_link(request, limit, cursor);
}

void lead_run(struct request *request)
{
    struct error err;
    uint64_t number;
    if (!request_lead(request, &number))
        return;
    struct json_writer *json = request_answer_json(request, 200);
    int code = store_read_lead(request->reader->store, number, json, &err);
    if (code != 0) {
        request_refuse_error(request, code, &err);
        return;
    }
    /* The version that ETag names must be that of this very answer. */
    JSON_AUTO *lead = NULL;
    if (json_parse(buffer_bytes(&request->answer.body), &lead, &err) == 0)
        request->answer.version = (uint64_t)json_member_int(lead, "version", 0);
}
