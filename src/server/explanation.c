/* Explains a lead from its own events and the release that decided it: the routes are tried again,
 * in order, on the attributes that were captured; who was chosen and who was passed over stands in
 * the events (B8). */
#include "server/explanation.h"

#include "base/id.h"
#include "base/json.h"
#include "server/events.h"
#include "server/internal.h"

#include <stdio.h>

enum { HISTORY_MAX = 1000, RELEASE_CEILING = 16 * 1024 * 1024 };

struct explanation {
    struct request *request;
    uint64_t number;
    struct lead_history history;
    const struct journal_record *capture; /* the newest: captured or reopened */
    struct json_object *captured;         /* its data */
    struct policy_release *release;       /* that decided it */
    bool active;                          /* it is still the one in force */
    struct json_writer *json;
};

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

static int gather(struct explanation *e, struct error *err)
{
    int code = read_history(e, err);
    if (code == 0)
        code = json_parse(e->capture->data, &e->captured, err);
    return code == 0 ? load_release(e, err) : code;
}

/* ---- printing */

static void copy_member(struct json_writer *json, struct json_object *object, const char *name)
{
    struct json_object *value = json_object_object_get(object, name);
    if (value == NULL)
        return;
    json_key(json, name);
    json_raw(json, bytes_of(json_object_to_json_string_ext(
                       value, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)));
}

static const struct policy_class *find_class(const struct policy_release *release,
                                             struct bytes name)
{
    for (size_t i = 0; i < release->class_count; i++)
        if (bytes_is(name, release->classes[i].name))
            return &release->classes[i];
    return NULL;
}

static void write_capture(struct explanation *e)
{
    struct json_writer *json = e->json;
    struct bytes name = json_member_text(e->captured, "class");
    const struct policy_class *class = find_class(e->release, name);
    json_member_time(json, "captured_at", e->capture->time_us);
    copy_member(json, e->captured, "source");
    json_key(json, "class");
    json_object_open(json);
    json_member(json, "name", name);
    if (class != NULL && class->when_text != NULL)
        json_member(json, "when", bytes_of(class->when_text));
    json_object_close(json);
    json_key(json, "score");
    json_object_open(json);
    json_member_integer(json, "value", json_member_int(e->captured, "score", 0));
    if (e->release->score_text != NULL)
        json_member(json, "expression", bytes_of(e->release->score_text));
    json_object_close(json);
    copy_member(json, e->captured, "attributes");
}

static void write_target(struct json_writer *json, const struct policy_release *release,
                         const struct policy_route *route)
{
    if (route->target == POLICY_TO_POOL)
        json_member(json, "pool", bytes_of(release->pools[route->target_index].id));
    else if (route->target == POLICY_TO_REP && route->target_index != POLICY_NONE)
        json_member(json, "rep", bytes_of(release->reps[route->target_index].id));
    else if (route->target == POLICY_TO_REP)
        json_member(json, "rep_expression", bytes_of(route->rep_text));
    else if (route->target == POLICY_TO_EXCEPTION)
        json_member(json, "exception", bytes_of(route->kind));
    else
        json_member(json, "nurture", bytes_of(route->kind));
}

static void write_steps(struct json_writer *json, const struct policy_trial *trial)
{
    if (trial->step_count == 0)
        return;
    json_key(json, "values");
    json_array_open(json);
    for (size_t i = 0; i < trial->step_count; i++) {
        json_object_open(json);
        json_member(json, "expression", bytes_of(trial->steps[i].text));
        json_member(json, "value", bytes_of(trial->steps[i].value));
        json_object_close(json);
    }
    json_array_close(json);
}

/* False after the one that matched. */
static bool write_route(struct explanation *e, uint32_t index, struct policy_inputs *inputs)
{
    static const char *const outcomes[] = {[POLICY_MATCHED] = "matched",
                                           [POLICY_FALSE] = "false",
                                           [POLICY_FAILED] = "failed",
                                           [POLICY_NOT_SAMPLED] = "not_sampled"};
    const struct policy_route *route = &e->release->routes[index];
    struct policy_trial trial;
    policy_route_try(inputs, index, &e->request->arena, &trial);
    json_object_open(e->json);
    json_member(e->json, "route", bytes_of(route->name));
    json_member_if(e->json, "group", bytes_of(route->group));
    json_member(e->json, "outcome", bytes_of(outcomes[trial.outcome]));
    json_member_if(e->json, "when", bytes_of(route->when_text));
    json_member_if(e->json, "error", bytes_of(trial.message));
    write_steps(e->json, &trial);
    write_target(e->json, e->release, route);
    json_object_close(e->json);
    return trial.outcome != POLICY_MATCHED;
}

static void write_account(struct json_writer *json, const struct policy_inputs *inputs)
{
    static const char *const kinds[] = {"none", "domain", "name", "similar"};
    if (inputs->release->accounts == NULL)
        return;
    json_key(json, "account");
    json_object_open(json);
    json_member(json, "match", bytes_of(kinds[inputs->match]));
    if (inputs->match != POLICY_MATCH_NONE) {
        json_key(json, "score");
        json_double(json, inputs->match_score);
    }
    json_object_close(json);
}

static void write_routes(struct explanation *e)
{
    struct arena *arena = &e->request->arena;
    struct cel_value *values = arena_array(arena, e->release->schema.count + 1, sizeof *values);
    uint32_t source = policy_source_find(e->release, json_member_text(e->captured, "source"));
    policy_record_from_canonical(&e->release->schema,
                                 json_object_object_get(e->captured, "attributes"), arena, values);
    struct policy_subject subject = {
        .source = source, .values = values, .time_us = e->capture->time_us};
    if (!hash128_parse(json_member_text(e->captured, "key"), &subject.person))
        subject.person = (struct hash128){0};
    struct policy_inputs *inputs = arena_alloc(arena, sizeof *inputs);
    if (source != POLICY_NONE) {
        policy_inputs_init(inputs, e->release, &subject);
        write_account(e->json, inputs);
    }
    json_key(e->json, "routes");
    json_array_open(e->json);
    for (uint32_t i = 0; source != POLICY_NONE && i < e->release->route_count; i++)
        if (!write_route(e, i, inputs))
            break;
    json_array_close(e->json);
}

static const char *strategy_of(const struct policy_release *release, struct bytes pool)
{
    uint32_t index = policy_pool_find(release, pool);
    if (index == POLICY_NONE)
        return NULL;
    return policy_strategy_name(release->pools[index].strategy);
}

/* One placement, or the end of one: what the event says, and the strategy behind it. */
static void write_decision(struct explanation *e, const struct journal_record *record)
{
    static const char *const members[] = {
        "rep",         "pool", "through",  "route",      "cause",    "kind",
        "team",        "load", "capacity", "on_call",    "override", "reason",
        "remediation", "held", "actor",    "candidates", "due_at"};
    JSON_AUTO *data = NULL;
    if (json_parse(record->data, &data, NULL) != 0)
        return;
    json_object_open(e->json);
    json_member_unsigned(e->json, "seq", record->seq);
    json_member_time(e->json, "at", record->time_us);
    json_member(e->json, "event", record->type);
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        copy_member(e->json, data, members[i]);
    json_member_if(e->json, "strategy",
                   bytes_of(strategy_of(e->release, json_member_text(data, "pool"))));
    json_object_close(e->json);
}

static void write_decisions(struct explanation *e)
{
    static const enum core_event_type types[] = {CORE_LEAD_ASSIGNED, CORE_LEAD_QUEUED,
                                                 CORE_LEAD_RETURNED, CORE_LEAD_EXCEPTED,
                                                 CORE_LEAD_NURTURED};
    json_key(e->json, "decisions");
    json_array_open(e->json);
    for (size_t i = e->history.count; i > 0; i--)
        for (size_t t = 0; t < sizeof types / sizeof *types; t++)
            if (bytes_is(e->history.records[i - 1].type, core_event_type_name(types[t])))
                write_decision(e, &e->history.records[i - 1]);
    json_array_close(e->json);
}

static int write_explanation(struct explanation *e, struct error *err)
{
    char id[LEAD_ID_TEXT_SIZE];
    e->json = request_answer_json(e->request, 200);
    lead_id_print(e->number, id);
    json_object_open(e->json);
    json_member(e->json, "lead", bytes_of(id));
    json_member(e->json, "release", bytes_of(e->release->id_text));
    json_member_bool(e->json, "release_active", e->active);
    write_capture(e);
    write_routes(e);
    write_decisions(e);
    json_key(e->json, "now");
    int code = store_read_lead(e->request->reader->store, e->number, e->json, err);
    json_object_close(e->json);
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
