/* Explains a lead from its own events and the release that decided it: classes and routes are tried
 * again, in order, on the attributes that were captured; who was chosen and who was passed over
 * stands in the events (B8). Asked for all candidates, it goes through the journal up to the lead's
 * placements and lists everybody as they stood then. */
#include "server/api/explanation.h"

#include "base/id.h"
#include "engine/explain.h"
#include "server/api/events.h"
#include "server/internal.h"

enum { HISTORY_MAX = 1000, RELEASE_CEILING = 256 * 1024 * 1024 };

enum { CANDIDATES };
const char *const explanation_parameters[] = {"candidates", NULL};

struct explanation {
    struct request *request;
    uint64_t number;
    struct lead_history history;
    const struct journal_record *capture; /* the newest: captured or reopened */
    struct json_object *captured;         /* its data */
    struct policy_release *release;       /* that decided it */
    bool active;                          /* it is still the one in force */
    struct bytes *members;                /* by record of the history; NULL: not asked for */
};

bool explanation_retraces(const struct request *request)
{
    return bytes_is(request->parameters[CANDIDATES], "all");
}

bool explanation_check(struct request *request)
{
    struct bytes given = request->parameters[CANDIDATES];
    if (given.data == NULL || bytes_is(given, "all"))
        return true;
    request_refuse(request, PROBLEM_INVALID_PARAMETER, "`candidates` can only be \"all\"");
    return false;
}

void explanation_begin(struct request *request)
{
    explanation_check(request);
}

/* ---- gathering */

static const struct journal_record *find_capture(const struct lead_history *history)
{
    for (size_t i = 0; i < history->count; i++)
        if (bytes_is(history->records[i].type, core_event_type_name(CORE_LEAD_CAPTURED)) ||
            bytes_is(history->records[i].type, core_event_type_name(CORE_LEAD_REOPENED)))
            return &history->records[i];
    return NULL;
}

static int read_history(struct explanation *e, struct error *err)
{
    struct store_lead_reference reference;
    struct lead_history beginning;
    int code = store_read_lead_reference(e->request->reader->store, e->number, &reference, err);
    if (code == 0)
        code = lead_history_read(e->request, reference.last_seq, HISTORY_MAX, &e->history, err);
    if (code != 0)
        return code;
    e->capture = find_capture(&e->history);
    if (e->capture != NULL)
        return 0;
    /* A very long history: its beginning is known by the lead's number. */
    code = lead_history_read(e->request, e->number, 1, &beginning, err);
    if (code == 0)
        e->capture = find_capture(&beginning);
    if (code == 0 && e->capture == NULL)
        code =
            error_set(err, ML_ECORRUPT, "", "the lead has no capture event; run `meshline verify`");
    return code;
}

static int load_release(struct explanation *e, struct error *err)
{
    struct bytes id = json_member_text(e->captured, "release");
    e->release = engine_release_ref(e->request->server->engine);
    if (e->release != NULL && strncmp(e->release->id_text, id.data ? id.data : "-", id.size) == 0) {
        e->active = true;
        return 0;
    }
    policy_release_unref(e->release);
    e->release = NULL;
    struct buffer canonical;
    buffer_init(&canonical, RELEASE_CEILING);
    int code = store_read_release(e->request->reader->store, id, &canonical, err);
    if (code == 0)
        code = policy_release_from_canonical(buffer_bytes(&canonical), &e->release, err);
    buffer_release(&canonical);
    return code;
}

/* ---- all candidates */

static void keep_members(struct explanation *e, const struct core *core,
                         const struct core_event *event)
{
    struct buffer text;
    struct json_writer json;
    if (event->type != CORE_LEAD_ASSIGNED && event->type != CORE_LEAD_QUEUED)
        return;
    for (size_t i = 0; i < e->history.count; i++) {
        if (e->history.records[i].seq != event->seq)
            continue;
        buffer_init(&text, RELEASE_CEILING);
        json_begin(&json, &text);
        explain_write_members(core, event, &json);
        e->members[i] = arena_copy(&e->request->arena, buffer_bytes(&text));
        buffer_release(&text);
    }
}

static int see_event(void *context, const struct core *core, const struct core_event *event,
                     struct error *err)
{
    struct explanation *e = context;
    if (event != NULL && event->lead == e->number)
        keep_members(e, core, event);
    return request_go_on(e->request, err);
}

static int read_members(struct explanation *e, struct error *err)
{
    if (!explanation_retraces(e->request) || e->history.count == 0)
        return 0;
    e->members = arena_array(&e->request->arena, e->history.count, sizeof *e->members);
    return engine_retrace(e->request->reader->journal, e->history.records[0].seq, see_event, e,
                          err);
}

static int gather(struct explanation *e, struct error *err)
{
    int code = read_history(e, err);
    if (code == 0)
        code = json_parse(e->capture->data, &e->captured, err);
    if (code == 0)
        code = load_release(e, err);
    return code == 0 ? read_members(e, err) : code;
}

/* ---- printing */

static int write_lead(struct explanation *e, struct json_writer *json, struct error *err)
{
    struct arena *arena = &e->request->arena;
    struct cel_value *values = arena_array(arena, e->release->schema.count + 1, sizeof *values);
    struct explain_lead lead = {
        .release = e->release,
        .active = e->active,
        .subject = {.source =
                        policy_source_find(e->release, json_member_text(e->captured, "source")),
                    .values = values,
                    .time_us = e->capture->time_us},
        .captured_us = json_member_time_us(e->captured, "captured_at"),
        .class_name = json_member_text(e->captured, "class"),
        .score = json_member_int(e->captured, "score", 0),
    };
    if (lead.subject.source == POLICY_NONE)
        return error_set(err, ML_ECORRUPT, "",
                         "the lead's source is not in its release; run `meshline verify`");
    policy_record_from_canonical(&e->release->schema,
                                 json_object_object_get(e->captured, "attributes"), arena, values);
    if (!hash128_parse(json_member_text(e->captured, "key"), &lead.subject.person))
        lead.subject.person = (struct hash128){0};
    explain_write_lead(&lead, arena, json);
    return 0;
}

static void write_decisions(struct explanation *e, struct json_writer *json)
{
    json_key(json, "decisions");
    json_array_open(json);
    for (size_t i = e->history.count; i > 0; i--) {
        const struct journal_record *record = &e->history.records[i - 1];
        struct explain_event event = {.seq = record->seq,
                                      .time_us = record->time_us,
                                      .type = record->type,
                                      .data = record->data};
        if (e->members != NULL)
            event.members = e->members[i - 1];
        if (explain_is_decision(event.type))
            explain_write_decision(e->release, &event, json);
    }
    json_array_close(json);
}

static int write_explanation(struct explanation *e, struct error *err)
{
    char id[LEAD_ID_TEXT_SIZE];
    struct json_writer *json = request_answer_json(e->request, 200);
    lead_id_print(e->number, id);
    json_object_open(json);
    json_member(json, "lead", bytes_of(id));
    int code = write_lead(e, json, err);
    if (code != 0)
        return code;
    write_decisions(e, json);
    json_key(json, "now");
    code = store_read_lead(e->request->reader->store, e->number, json, err);
    json_object_close(json);
    return code;
}

void explanation_run(struct request *request)
{
    struct error err;
    struct explanation e = {.request = request};
    if (!request_lead(request, &e.number))
        return;
    int code = gather(&e, &err);
    if (code == 0)
        code = write_explanation(&e, &err);
    if (code != 0)
        request_refuse_error(request, code, &err);
    policy_release_unref(e.release);
    json_object_put(e.captured);
}
