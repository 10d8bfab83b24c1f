/* Payload → command → result → JSON. The hot path of intake runs through here. */
#include "server/intake/submission.h"

#include "base/id.h"
#include "base/json.h"
#include "server/intake/reception.h"

#include <stdio.h>
#include <stdlib.h>

void submission_release(struct submission *submission)
{
    policy_release_unref(submission->release);
    json_object_put(submission->payload);
    submission->release = NULL;
    submission->payload = NULL;
}

void problem_set_error(struct problem *problem, int code, const struct error *err)
{
    static const struct {
        int code;
        enum problem_kind kind;
    } kinds[] = {
        {ML_EBUSY, PROBLEM_BUSY},
        {ML_ENOSPC, PROBLEM_DISK_FULL},
        {ML_ENOTFOUND, PROBLEM_NOT_FOUND},
    };
    enum problem_kind kind = PROBLEM_INTERNAL;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i].code == code)
            kind = kinds[i].kind;
    problem_set(problem, kind, "%s", err->message);
}

uint32_t submission_source(const struct policy_release *release, struct bytes name,
                           struct problem *problem)
{
    uint32_t source = policy_source_find(release, name);
    if (source != POLICY_NONE)
        return source;
    const char **names = calloc(release->source_count + 1, sizeof *names);
    if (names == NULL)
        panic("out of memory (source names)");
    for (size_t i = 0; i < release->source_count; i++)
        names[i] = release->sources[i].name;
    const char *near = bytes_suggest(name, names, release->source_count);
    free(names);
    problem_set(problem, PROBLEM_UNKNOWN_SOURCE,
                "the active mesh \"%s\" has no source \"%.*s\"%s%s%s", release->name,
                (int)(name.size > 80 ? 80 : name.size), name.data, near ? "; did you mean \"" : "",
                near ? near : "", near ? "\"?" : "");
    return POLICY_NONE;
}

bool submission_suppose(struct policy_release *release, uint32_t source,
                        const struct policy_rollout *rollout, struct bytes text,
                        struct arena *arena, struct core_command *command, struct problem *problem)
{
    struct received received;
    const struct reception reception = {.release = release,
                                        .source = source,
                                        .rollout = {.active = rollout->active},
                                        .scratch = policy_edge_scratch_new()};
    reception_read_json(&reception, text, 0, arena, &received);
    policy_edge_scratch_free(reception.scratch);
    *command = received.command;
    if (received.outcome == RECEPTION_LEAD)
        return true;
    if (received.outcome == RECEPTION_SKIPPED) {
        problem_set(problem, PROBLEM_INVALID_LEAD, "its source takes the record for no lead: %s",
                    received.reason);
        return false;
    }
    *problem = received.problem;
    size_t count = problem->errors.count + problem->errors.more;
    if (problem->kind == PROBLEM_INVALID_LEAD)
        snprintf(problem->detail, sizeof problem->detail, "the record has %zu mistake%s", count,
                 count == 1 ? "" : "s");
    return false;
}

void submission_set_key(struct core_command *command, struct bytes scope, struct bytes key,
                        uint64_t line, struct bytes content)
{
    const struct bytes pieces[] = {scope, key, {(const char *)&line, sizeof line}};
    if (key.size == 0)
        return;
    command->idempotency = hash128_of(pieces, sizeof pieces / sizeof *pieces);
    command->fingerprint = hash128_of(&content, 1).low;
}

bool submission_accepted(const struct engine_result *result, struct problem *problem)
{
    static const enum problem_kind kinds[] = {
        [CORE_NOT_FOUND] = PROBLEM_NOT_FOUND,     [CORE_STALE] = PROBLEM_STALE_VERSION,
        [CORE_WRONG_STATE] = PROBLEM_WRONG_STATE, [CORE_INVALID] = PROBLEM_INVALID_BODY,
        [CORE_KEY_REUSED] = PROBLEM_KEY_REUSED,   [CORE_NO_POLICY] = PROBLEM_NO_POLICY,
    };
    if (result->refusal != 0) {
        struct error err;
        error_set(&err, result->refusal, "", "%s",
                  result->message[0] ? result->message : "the server cannot take it now");
        problem_set_error(problem, result->refusal, &err);
        return false;
    }
    if (result->status < CORE_NOT_FOUND)
        return true;
    problem_set(problem, kinds[result->status], "%s", result->message);
    if (result->status == CORE_STALE)
        problem->current_version = result->entity != 0 ? result->entity_version : result->version;
    return false;
}

bool submission_is_kept(const struct engine_result *result)
{
    return result->lead == 0 && result->dead_letter != 0;
}

void submission_set_closed(const struct engine_result *result, struct problem *problem)
{
    problem_set(problem, PROBLEM_INVALID_LEAD,
                "the record was refused before under the same key, and its dead letter is closed; "
                "send it under a new Idempotency-Key if it is to be read again");
    problem->dead_letter = result->dead_letter;
}

unsigned submission_status(const struct core_command *command, const struct engine_result *result)
{
    return command->type == CORE_SUBMIT && result->status == CORE_OK ? 201 : 200;
}

void submission_write(const struct engine_result *result, struct json_writer *json)
{
    char id[LEAD_ID_TEXT_SIZE];
    lead_id_print(result->lead, id);
    json_member(json, "lead", bytes_of(id));
    json_member_unsigned(json, "seq", result->seq);
    if (result->version != 0)
        json_member_unsigned(json, "version", result->version);
    json_member(json, "state", bytes_of(core_state_name(result->state)));
    json_member(json, "place", bytes_of(core_place_name(result->place)));
    json_member_if(json, "owner", bytes_of(result->owner));
    json_member_if(json, "pool", bytes_of(result->pool));
    json_member_if(json, "route", bytes_of(result->route));
    json_member_if(json, "class", bytes_of(result->class_name));
    json_member_integer(json, "score", result->score);
    json_member_if(json, "release", bytes_of(result->release));
    if (result->captured_us != 0)
        json_member_time(json, "captured_at", result->captured_us);
    if (result->assigned_us != 0)
        json_member_time(json, "assigned_at", result->assigned_us);
    if (result->status == CORE_KNOWN)
        json_member_bool(json, "known", true);
    if (result->status == CORE_REPEATED)
        json_member_bool(json, "replayed", true);
    if (result->status == CORE_UNCHANGED)
        json_member_bool(json, "unchanged", true);
}

void submission_finish(struct request *request)
{
    const struct submission *submission = &request->submission;
    const struct engine_result *result = &submission->result;
    if (!submission_accepted(result, &request->problem)) {
        request_refuse_filled(request);
        return;
    }
    if (request->caller.visitor) {
        struct json_writer *receipt = request_answer_json(request, 201);
        json_object_open(receipt);
        json_member_unsigned(receipt, "seq", result->seq);
        json_object_close(receipt);
        return;
    }
    unsigned status = submission_status(&submission->command, result);
    struct json_writer *json = request_answer_json(request, status);
    json_object_open(json);
    submission_write(result, json);
    json_object_close(json);
    request->answer.version = result->version;
    request->answer.location = status == 201 ? result->lead : 0;
    request->answer.replayed = result->status == CORE_REPEATED;
}
