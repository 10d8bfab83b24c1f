/* Ids, and the answers to writes. */
#include "server/api/entity.h"

#include "server/intake/submission.h"
#include "server/internal.h"

#include <inttypes.h>

/* What a write answers. */
struct outcome {
    enum id_letter letter; /* 0: no such command */
    bool made;             /* by the command: its first event */
    const char *state;     /* what it is in when all went well */
    const char *path;      /* where it can be read, with the id behind; or NULL */
};

static const struct outcome outcomes[] = {
    [CORE_OPEN_EXCEPTION] = {ID_EXCEPTION, true, "open", "/v1/exceptions/"},
    [CORE_CLAIM] = {ID_EXCEPTION, false, "open", NULL},
    [CORE_RELEASE] = {ID_EXCEPTION, false, "open", NULL},
    [CORE_RESOLVE] = {ID_EXCEPTION, false, "resolved", NULL},
    [CORE_SILENCE] = {ID_SILENCE, true, "active", NULL},
    [CORE_UNSILENCE] = {ID_SILENCE, false, "ended", NULL},
    [CORE_OPEN_INCIDENT] = {ID_INCIDENT, true, "open", "/v1/incidents/"},
    [CORE_NOTE_INCIDENT] = {ID_INCIDENT, false, "open", NULL},
    [CORE_CLOSE_INCIDENT] = {ID_INCIDENT, false, "closed", NULL},
    [CORE_FINISH_REMEDIATION] = {ID_INCIDENT, false, "closed", NULL},
    [CORE_DROP] = {ID_DELIVERY, false, "discarded", NULL},
};

/* ---- ids */

static const char *describe(enum id_letter letter)
{
    switch (letter) {
    case ID_EXCEPTION: return "an exception";
    case ID_SURGE: return "a surge";
    case ID_ALERT: return "an alert";
    case ID_SILENCE: return "a silence";
    case ID_INCIDENT: return "an incident";
    case ID_DELIVERY: return "a delivery";
    }
    return "anything";
}

bool entity_segment(struct request *request, size_t segment, enum id_letter letter,
                    uint64_t *ret_number)
{
    struct bytes id = request->segments[segment];
    if (entity_id_parse(letter, id, ret_number))
        return true;
    request_refuse(request, PROBLEM_NOT_FOUND,
                   "\"%.*s\" is no id of %s; those look like \"%c1024\"",
                   (int)(id.size > 40 ? 40 : id.size), id.data, describe(letter), letter);
    return false;
}

bool entity_parameter(struct request *request, size_t parameter, enum id_letter letter,
                      uint64_t *ret_number)
{
    struct bytes text = request->parameters[parameter];
    *ret_number = 0;
    if (text.data == NULL || entity_id_parse(letter, text, ret_number))
        return true;
    request_refuse(request, PROBLEM_INVALID_PARAMETER,
                   "`%s` must be the id of %s, such as %c1024, not \"%.*s\"",
                   request->route->parameters[parameter], describe(letter), letter,
                   (int)(text.size > 40 ? 40 : text.size), text.data);
    return false;
}

/* ---- writes */

bool entity_prepare(struct request *request, enum core_command_type type)
{
    struct core_command *command = &request->submission.command;
    struct bytes key;
    *command = (struct core_command){.type = type, .actor = request->caller.name};
    if (!request_if_match(request, &command->if_version) || !request_key(request, &key))
        return false;
    submission_set_key(command, request->path, key, 0, buffer_bytes(&request->body));
    return true;
}

static void write_lead(const struct engine_result *result, struct json_writer *json)
{
    char id[LEAD_ID_TEXT_SIZE];
    lead_id_print(result->lead, id);
    json_member(json, "lead", bytes_of(id));
    json_member(json, "lead_state", bytes_of(core_state_name(result->state)));
    json_member(json, "place", bytes_of(core_place_name(result->place)));
    json_member_if(json, "owner", bytes_of(result->owner));
    json_member_if(json, "pool", bytes_of(result->pool));
}

static void answer(struct request *request, const struct outcome *outcome, uint64_t number)
{
    const struct engine_result *result = &request->submission.result;
    bool made = outcome->made && result->status == CORE_OK;
    struct json_writer *json = request_answer_json(request, made ? 201 : 200);
    char id[LEAD_ID_TEXT_SIZE];
    entity_id_print(outcome->letter, number, id);
    json_object_open(json);
    json_member(json, "id", bytes_of(id));
    json_member_unsigned(json, "seq", result->seq);
    if (result->entity_version != 0)
        json_member_unsigned(json, "version", result->entity_version);
    json_member(json, "state", bytes_of(outcome->state));
    if (request->submission.command.type == CORE_CLAIM)
        json_member(json, "claimed_by", request->caller.name);
    if (result->lead != 0)
        write_lead(result, json);
    if (result->status == CORE_REPEATED)
        json_member_bool(json, "replayed", true);
    if (result->status == CORE_UNCHANGED)
        json_member_bool(json, "unchanged", true);
    json_object_close(json);
    request->answer.version = result->entity_version;
    request->answer.replayed = result->status == CORE_REPEATED;
    if (made && outcome->path != NULL)
        request->answer.where = arena_printf(&request->arena, "%s%s", outcome->path, id);
}

void entity_finish(struct request *request)
{
    const struct submission *submission = &request->submission;
    const struct engine_result *result = &submission->result;
    if (!submission_accepted(result, &request->problem)) {
        request_refuse_filled(request);
        return;
    }
    /* A key remembers the place of the event, which gives what was made its number. */
    uint64_t number = result->entity != 0 ? result->entity : result->seq;
    answer(request, &outcomes[submission->command.type], number);
}
