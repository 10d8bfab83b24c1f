/* POST /v1/sources/{source}/rollout: shadow, canary, promote, roll back, stop. */
#include "server/api/sources.h"

#include "server/api/members.h"
#include "server/intake/submission.h"
#include "server/internal.h"

enum { ACTION, VERSION, PERCENT, NOTE, MEMBERS };

struct action {
    const char *name;
    enum core_switch_cause cause;
    bool version_required, version_allowed;
    bool percent; /* required; not allowed otherwise */
};

static const struct action actions[] = {
    {"shadow", CORE_SWITCH_SHADOW, .version_required = true, .version_allowed = true},
    {"canary", CORE_SWITCH_CANARY, .version_required = true, .version_allowed = true,
     .percent = true},
    {"promote", CORE_SWITCH_PROMOTED, .version_allowed = true},
    {"roll_back", CORE_SWITCH_ROLLED_BACK},
    {"stop", CORE_SWITCH_STOPPED},
};
enum { ACTION_COUNT = sizeof actions / sizeof *actions };

static const struct action *find_action(struct request *request, struct bytes name)
{
    const char *names[ACTION_COUNT];
    for (size_t i = 0; i < ACTION_COUNT; i++) {
        if (bytes_is(name, actions[i].name))
            return &actions[i];
        names[i] = actions[i].name;
    }
    const char *near = bytes_suggest(name, names, ACTION_COUNT);
    request_refuse(request, PROBLEM_INVALID_BODY,
                   "`action` must be shadow, canary, promote, roll_back or stop%s%s%s",
                   near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
    return NULL;
}

/* Whether the members fit the action; refuses when not. */
static bool check_members(struct request *request, const struct action *action,
                          const struct member_value *values)
{
    const char *wrong = NULL;
    if (action->version_required && !values[VERSION].present)
        wrong = "needs `version`, the candidate";
    else if (!action->version_allowed && values[VERSION].present)
        wrong = "takes no `version`";
    else if (action->percent && !values[PERCENT].present)
        wrong = "needs `percent`, the candidate's share of the records, from 0.01 to 100";
    else if (!action->percent && values[PERCENT].present)
        wrong = "takes no `percent`";
    else if (action->percent && values[PERCENT].number < 0.01)
        wrong = "needs a `percent` from 0.01 to 100";
    if (wrong == NULL)
        return true;
    request_refuse(request, PROBLEM_INVALID_BODY, "%s %s", action->name, wrong);
    return false;
}

/* Refuses with the nearest name when the mesh has no such source. */
static bool check_source(struct request *request)
{
    struct policy_release *release = engine_release_ref(request->server->engine);
    if (release == NULL) {
        request_refuse(request, PROBLEM_NO_POLICY, "no routing policy is active yet");
        return false;
    }
    bool known = submission_source(release, request->segments[0], &request->problem) != POLICY_NONE;
    if (!known)
        request_refuse_filled(request);
    policy_release_unref(release);
    return known;
}

void rollout_run(struct request *request)
{
    static const struct member members[MEMBERS] = {
        [ACTION] = {"action", MEMBER_TEXT, .required = true, .most = 16},
        [VERSION] = {"version", MEMBER_INTEGER, .least = 1, .most = 1000 * 1000},
        [PERCENT] = {"percent", MEMBER_NUMBER, .least = 0, .most = 100},
        [NOTE] = {"note", MEMBER_TEXT, .most = CORE_TEXT_MAX},
    };
    struct member_value values[MEMBERS];
    struct core_command *command = &request->submission.command;
    struct bytes key;
    if (!check_source(request) || !request_key(request, &key) ||
        !members_read(request, members, MEMBERS, values))
        return;
    const struct action *action = find_action(request, values[ACTION].text);
    if (action == NULL || !check_members(request, action, values))
        return;
    *command = (struct core_command){.type = CORE_SWITCH, .actor = request->caller.name};
    command->switch_.source = request->segments[0];
    command->switch_.cause = action->cause;
    command->switch_.version = (uint32_t)values[VERSION].integer;
    command->switch_.share = (uint32_t)(values[PERCENT].number * 100 + 0.5);
    command->switch_.note = values[NOTE].text;
    submission_set_key(command, request->path, key, 0, buffer_bytes(&request->body));
    request_submit(request);
}

/* As it is now that the switch is durable. */
static void write_rollout(struct request *request, struct json_writer *json)
{
    struct policy_release *release = engine_release_ref(request->server->engine);
    uint32_t source = policy_source_find(release, request->segments[0]);
    struct policy_rollout rollout = {0};
    if (source != POLICY_NONE)
        engine_rollout(request->server->engine, release, source, &rollout);
    policy_release_unref(release);
    json_member_unsigned(json, "active", rollout.active);
    if (rollout.candidate != 0)
        json_member_unsigned(json, "candidate", rollout.candidate);
    if (rollout.previous != 0)
        json_member_unsigned(json, "previous", rollout.previous);
    json_member(json, "mode", bytes_of(policy_rollout_mode_name(rollout.mode)));
    if (rollout.mode == POLICY_CANARY) {
        json_key(json, "percent");
        json_double(json, rollout.share / 100.0);
    }
}

void rollout_finish(struct request *request)
{
    const struct engine_result *result = &request->submission.result;
    if (!submission_accepted(result, &request->problem)) {
        request_refuse_filled(request);
        return;
    }
    struct json_writer *json = request_answer_json(request, 200);
    json_object_open(json);
    json_member(json, "source", request->segments[0]);
    json_member_unsigned(json, "seq", result->seq);
    write_rollout(request, json);
    if (result->status == CORE_UNCHANGED)
        json_member_bool(json, "unchanged", true);
    if (result->status == CORE_REPEATED)
        json_member_bool(json, "replayed", true);
    json_object_close(json);
    request->answer.replayed = result->status == CORE_REPEATED;
}
