/* Reading events back, as a client that follows the bus or asks after one lead. */
#include "server/api/events.h"

#include "base/id.h"
#include "base/json.h"
#include "server/api/cloudevent.h"
#include "server/internal.h"

#include <inttypes.h>
#include <stdlib.h>

enum {
    LIMIT_DEFAULT = 100,
    LIMIT_MAX = 1000,
    PAGE_BYTES = 8 * 1024 * 1024, /* a page ends early here: an event may be megabytes */
};

const char *const events_parameters[] = {"after", "limit", NULL};
const char *const lead_events_parameters[] = {"before", "limit", NULL};

struct page {
    struct buffer *out;
    struct bytes source;
    uint64_t last_seq;
};

enum { PAGE_FULL = 1 };

static int write_line(void *context, const struct journal_record *record, struct error *err)
{
    (void)err;
    struct page *page = context;
    struct json_writer json;
    if (page->out->size > PAGE_BYTES)
        return PAGE_FULL;
    json_begin(&json, page->out);
    cloudevent_write(record, page->source, &json);
    buffer_append_char(page->out, '\n');
    page->last_seq = record->seq;
    return 0;
}

void events_run(struct request *request)
{
    struct engine *engine = request->server->engine;
    struct error err;
    uint64_t after, limit;
    if (!request_number(request, EVENTS_AFTER, 0, UINT64_MAX - 1, 0, &after) ||
        !request_number(request, EVENTS_LIMIT, 1, LIMIT_MAX, LIMIT_DEFAULT, &limit))
        return;
    struct page page = {.out = &request->answer.body,
                        .source = cloudevent_source(engine, &request->arena),
                        .last_seq = after};
    int code =
        engine_read(engine, request->reader->journal, after + 1, limit, write_line, &page, &err);
    if (code < 0) {
        request_refuse_error(request, code, &err);
        return;
    }
    request->answer.status = 200;
    request->answer.content_type = "application/x-ndjson";
    /* Always there: a client that has caught up asks again at the same place later. */
    request->answer.link = arena_printf(
        &request->arena, "</v1/events?after=%" PRIu64 "&limit=%" PRIu64 ">; rel=\"next\"",
        page.last_seq, limit);
}

/* ---- one lead */

struct walk {
    struct arena *arena;
    struct lead_history *history;
    uint64_t previous;
};

static int keep_record(void *context, const struct journal_record *record, struct error *err)
{
    struct walk *walk = context;
    JSON_AUTO *data = NULL;
    int code = json_parse(record->data, &data, err);
    if (code != 0)
        return code;
    struct journal_record *copy = &walk->history->records[walk->history->count++];
    *copy = *record;
    copy->type = arena_copy(walk->arena, record->type);
    copy->subject = arena_copy(walk->arena, record->subject);
    copy->data = arena_copy(walk->arena, record->data);
    walk->previous = (uint64_t)json_member_int(data, "prev", 0);
    return 0;
}

int lead_history_read(struct request *request, uint64_t newest, size_t limit,
                      struct lead_history *ret, struct error *err)
{
    *ret = (struct lead_history){0};
    ret->records = arena_array(&request->arena, limit, sizeof *ret->records);
    struct walk walk = {.arena = &request->arena, .history = ret};
    uint64_t seq = newest;
    while (seq != 0 && ret->count < limit) {
        walk.previous = 0;
        int code = engine_read(request->server->engine, request->reader->journal, seq, 1,
                               keep_record, &walk, err);
        if (code != 0)
            return code;
        /* Links only lead back: a damaged one cannot lead in circles. */
        seq = walk.previous < seq ? walk.previous : 0;
    }
    ret->more = seq;
    return 0;
}

/* An event of an exception about a lead is one of the lead as well, and names it in its data. */
static bool is_event_of(const struct lead_history *history, uint64_t number)
{
    char id[LEAD_ID_TEXT_SIZE];
    JSON_AUTO *data = NULL;
    if (history->count == 0)
        return false;
    lead_id_print(number, id);
    return bytes_is(history->records[0].subject, id) ||
           (json_parse(history->records[0].data, &data, NULL) == 0 &&
            bytes_is(json_member_text(data, "lead"), id));
}

static void write_history(struct request *request, uint64_t number,
                          const struct lead_history *history, uint64_t limit)
{
    char id[LEAD_ID_TEXT_SIZE];
    struct bytes source = cloudevent_source(request->server->engine, &request->arena);
    struct json_writer *json = request_answer_json(request, 200);
    lead_id_print(number, id);
    json_object_open(json);
    json_member(json, "lead", bytes_of(id));
    json_key(json, "events");
    json_array_open(json);
    for (size_t i = history->count; i > 0; i--)
        cloudevent_write(&history->records[i - 1], source, json);
    json_array_close(json);
    json_object_close(json);
    if (history->more != 0)
        request->answer.link =
            arena_printf(&request->arena,
                         "</v1/leads/%s/events?before=%" PRIu64 "&limit=%" PRIu64 ">; rel=\"prev\"",
                         id, history->more + 1, limit);
}

/* `before` is one past an event of this lead, as Link gave it. */
void lead_events_run(struct request *request)
{
    struct error err;
    struct store_lead_reference reference;
    struct lead_history history;
    uint64_t number, before, limit;
    if (!request_lead(request, &number) ||
        !request_number(request, LEAD_EVENTS_BEFORE, 2, UINT64_MAX, 0, &before) ||
        !request_number(request, LEAD_EVENTS_LIMIT, 1, LIMIT_MAX, LIMIT_DEFAULT, &limit))
        return;
    int code = store_read_lead_reference(request->reader->store, number, &reference, &err);
    if (code == 0)
        code = lead_history_read(request, before != 0 ? before - 1 : reference.last_seq, limit,
                                 &history, &err);
    if (code != 0) {
        request_refuse_error(request, code, &err);
        return;
    }
    if (!is_event_of(&history, number)) {
        request_refuse(request, PROBLEM_INVALID_PARAMETER,
                       "`before` must be what a Link of this lead's events gave");
        return;
    }
    write_history(request, number, &history, limit);
}
