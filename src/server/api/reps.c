/* Reps: what the view has of them, and changing them. */
#include "server/api/reps.h"

#include "base/json.h"
#include "server/api/members.h"
#include "server/intake/submission.h"
#include "server/internal.h"

void reps_run(struct request *request)
{
    struct error err;
    struct json_writer *json = request_answer_json(request, 200);
    json_object_open(json);
    json_key(json, "reps");
    int code = store_read_reps(request->reader->store, json, &err);
    json_object_close(json);
    if (code != 0)
        request_refuse_error(request, code, &err);
}

void rep_run(struct request *request)
{
    struct error err;
    struct json_writer *json = request_answer_json(request, 200);
    int code = store_read_rep(request->reader->store, request->segments[0], json, &err);
    if (code != 0)
        request_refuse_error(request, code, &err);
}

void rep_change_run(struct request *request)
{
    enum { AVAILABLE, CAPACITY, MEMBERS };
    static const struct member members[MEMBERS] = {
        [AVAILABLE] = {"available", MEMBER_BOOLEAN},
        [CAPACITY] = {"capacity", MEMBER_INTEGER, .least = 0, .most = 100000},
    };
    struct member_value values[MEMBERS];
    struct core_command *command = &request->submission.command;
    struct bytes key;
    *command = (struct core_command){.type = CORE_SET_REP, .actor = request->caller.name};
    if (!request_key(request, &key) || !members_read(request, members, MEMBERS, values))
        return;
    if (!values[AVAILABLE].present && !values[CAPACITY].present) {
        request_refuse(request, PROBLEM_INVALID_BODY,
                       "say what to change: `available`, `capacity` or both");
        return;
    }
    submission_set_key(command, request->path, key, 0, buffer_bytes(&request->body));
    command->set_rep.rep = request->segments[0];
    command->set_rep.available = values[AVAILABLE].present ? values[AVAILABLE].boolean : -1;
    command->set_rep.capacity = values[CAPACITY].present ? values[CAPACITY].integer : -1;
    request_submit(request);
}

void rep_change_finish(struct request *request)
{
    const struct engine_result *result = &request->submission.result;
    if (!submission_accepted(result, &request->problem)) {
        request_refuse_filled(request);
        return;
    }
    struct json_writer *json = request_answer_json(request, 200);
    json_object_open(json);
    json_member(json, "rep", request->segments[0]);
    json_member_unsigned(json, "seq", result->seq);
    if (result->status == CORE_UNCHANGED)
        json_member_bool(json, "unchanged", true);
    if (result->status == CORE_REPEATED)
        json_member_bool(json, "replayed", true);
    json_object_close(json);
    request->answer.replayed = result->status == CORE_REPEATED;
}
