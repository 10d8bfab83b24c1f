/* What the view knows of destinations, beside what the mesh says of them; pausing and resuming. No
 * options are told: addresses, too, may hold a secret. */
#include "server/api/destinations.h"

#include "base/json.h"
#include "server/api/members.h"
#include "server/intake/submission.h"
#include "server/internal.h"

enum { LIST_CEILING = 16 * 1024 * 1024 };

/* ---- looking */

static void add_text(struct json_object *item, const char *name, const char *text)
{
    if (text != NULL && text[0] != '\0')
        json_object_object_add(item, name, json_object_new_string(text));
}

static void add_number(struct json_object *item, const char *name, uint64_t number)
{
    json_object_object_add(item, name, json_object_new_int64((int64_t)number));
}

static struct json_object *events_of(const struct policy_destination *declared)
{
    struct json_object *events = json_object_new_array();
    for (size_t i = 0; i < declared->event_count; i++)
        json_object_array_add(events, json_object_new_string(declared->events[i]));
    return events;
}

/* What the mesh says. */
static void add_declared(struct json_object *item, const struct policy_destination *declared)
{
    json_object_object_add(item, "provider", json_object_new_boolean(declared->provider));
    add_text(item, "kind", policy_destination_kind_name(declared->kind));
    add_text(item, "title", declared->title);
    add_text(item, "owner", declared->owner);
    add_text(item, "team", declared->team);
    if (!declared->provider)
        json_object_object_add(item, "events", events_of(declared));
    add_text(item, "when", declared->when_text);
    add_number(item, "concurrency", declared->concurrency);
    if (declared->rate > 0)
        add_number(item, "rate", declared->rate);
    if (declared->per_day > 0)
        add_number(item, "per_day", declared->per_day);
    if (declared->sync.field_count > 0)
        json_object_object_add(item, "two_way", json_object_new_boolean(true));
}

static void add_under_way(struct json_object *item, struct bytes name,
                          const struct engine_metrics *metrics)
{
    for (size_t i = 0; i < metrics->destination_count; i++)
        if (bytes_is(name, metrics->destinations[i].name))
            add_number(item, "under_way", metrics->destinations[i].under_way);
}

/* One of the view's, or each of them, with what the mesh and the engine know. */
static void complete(struct request *request, struct json_object *answer)
{
    struct engine_metrics metrics;
    struct policy_release *release = engine_release_ref(request->server->engine);
    bool is_list = json_object_is_type(answer, json_type_array);
    engine_metrics_read(request->server->engine, &metrics);
    for (size_t i = 0; i < (is_list ? json_object_array_length(answer) : 1); i++) {
        struct json_object *item = is_list ? json_object_array_get_idx(answer, i) : answer;
        struct bytes name = json_member_text(item, "name");
        uint32_t declared = release != NULL ? policy_destination_find(release, name) : POLICY_NONE;
        if (declared != POLICY_NONE)
            add_declared(item, &release->destinations[declared]);
        add_under_way(item, name, &metrics);
    }
    policy_release_unref(release);
}

/* `name` empty: all of them. */
static int read_view(struct request *request, struct bytes name, struct json_object **ret,
                     struct error *err)
{
    struct buffer text;
    struct json_writer json;
    struct store_reader *store = request->reader->store;
    buffer_init(&text, LIST_CEILING);
    json_begin(&json, &text);
    int code = name.size > 0 ? store_read_destination(store, name, &json, err)
                             : store_read_destinations(store, &json, err);
    if (code == 0)
        code = json_parse(buffer_bytes(&text), ret, err);
    buffer_release(&text);
    return code;
}

static struct bytes print(struct json_object *json)
{
    return bytes_of(json_object_to_json_string_ext(json, JSON_C_TO_STRING_PLAIN |
                                                             JSON_C_TO_STRING_NOSLASHESCAPE));
}

void destinations_run(struct request *request)
{
    struct error err;
    JSON_AUTO *list = NULL;
    int code = read_view(request, (struct bytes){0}, &list, &err);
    if (code != 0) {
        request_refuse_error(request, code, &err);
        return;
    }
    complete(request, list);
    struct json_writer *json = request_answer_json(request, 200);
    json_object_open(json);
    json_key(json, "destinations");
    json_raw(json, print(list));
    json_object_close(json);
}

void destination_run(struct request *request)
{
    struct error err;
    JSON_AUTO *item = NULL;
    int code = read_view(request, request->segments[0], &item, &err);
    if (code != 0) {
        request_refuse_error(request, code, &err);
        return;
    }
    complete(request, item);
    json_raw(request_answer_json(request, 200), print(item));
}

void destination_reconciliation_run(struct request *request)
{
    struct error err;
    struct store_destination_reconciliation terms;
    int code = store_read_destination_reconciliation(request->reader->store, request->segments[0],
                                                     &terms, &err);
    if (code != 0) {
        request_refuse_error(request, code, &err);
        return;
    }
    struct json_writer *json = request_answer_json(request, 200);
    json_object_open(json);
    json_member(json, "destination", request->segments[0]);
    json_member_unsigned(json, "seq", terms.seq);
    json_member_unsigned(json, "due", terms.due);
    json_member_unsigned(json, "delivered", terms.delivered);
    json_member_unsigned(json, "pending", terms.pending);
    json_member_unsigned(json, "failed", terms.failed);
    json_member_unsigned(json, "discarded", terms.discarded);
    json_member_unsigned(json, "unknown", terms.unknown);
    json_member_bool(json, "balanced", terms.balanced);
    json_object_close(json);
}

/* ---- holding and letting go */

static void change(struct request *request, enum core_destination_change change)
{
    const struct member reason = {"reason", MEMBER_TEXT,
                                  .required = change == CORE_DESTINATION_PAUSED,
                                  .most = CORE_TEXT_MAX};
    struct member_value value;
    struct core_command *command = &request->submission.command;
    struct bytes key;
    *command = (struct core_command){.type = CORE_SET_DESTINATION, .actor = request->caller.name};
    if (!request_key(request, &key) || !members_read(request, &reason, 1, &value))
        return;
    submission_set_key(command, request->path, key, 0, buffer_bytes(&request->body));
    command->set_destination.destination = request->segments[0];
    command->set_destination.change = change;
    command->set_destination.reason = value.text;
    request_submit(request);
}

void destination_pause_run(struct request *request)
{
    change(request, CORE_DESTINATION_PAUSED);
}

void destination_resume_run(struct request *request)
{
    change(request, CORE_DESTINATION_RESUMED);
}

void destination_change_finish(struct request *request)
{
    const struct engine_result *result = &request->submission.result;
    bool paused = request->submission.command.set_destination.change == CORE_DESTINATION_PAUSED;
    if (!submission_accepted(result, &request->problem)) {
        request_refuse_filled(request);
        return;
    }
    struct json_writer *json = request_answer_json(request, 200);
    json_object_open(json);
    json_member(json, "destination", request->segments[0]);
    json_member_unsigned(json, "seq", result->seq);
    json_member_bool(json, "paused", paused);
    if (result->status == CORE_UNCHANGED)
        json_member_bool(json, "unchanged", true);
    if (result->status == CORE_REPEATED)
        json_member_bool(json, "replayed", true);
    json_object_close(json);
    request->answer.replayed = result->status == CORE_REPEATED;
}
