/* Opening, claiming, releasing and resolving one exception. */
#include "server/api/causes.h"
#include "server/api/entity.h"
#include "server/api/exceptions.h"
#include "server/api/members.h"
#include "server/internal.h"

/* The kinds that the release knows, for a suggestion. */
static bool check_kind(struct request *request, struct bytes kind)
{
    struct policy_release *release = engine_release_ref(request->server->engine);
    const char *names[POLICY_KINDS_MAX];
    size_t count = 0;
    bool known = kind.size == 0 || release == NULL;
    for (size_t i = 0; release != NULL && i < release->exception_count && i < POLICY_KINDS_MAX;
         i++) {
        names[count++] = release->exceptions[i].kind;
        known = known || bytes_is(kind, release->exceptions[i].kind);
    }
    if (!known) {
        const char *near = bytes_suggest(kind, names, count);
        members_refuse(
            request, "/kind",
            near != NULL ? arena_printf(&request->arena,
                                        "is no kind of exception of the mesh; did you mean "
                                        "\"%s\"?",
                                        near)
                         : "is no kind of exception of the mesh; \"manual\" is for what has none");
    }
    policy_release_unref(release);
    return known;
}

void exception_open_run(struct request *request)
{
    enum { KIND, NOTE, TEAM, MEMBERS };
    static const struct member members[MEMBERS] = {
        [KIND] = {"kind", MEMBER_TEXT, .most = POLICY_NAME_MAX},
        [NOTE] = {"note", MEMBER_TEXT, .required = true, .most = CORE_TEXT_MAX},
        [TEAM] = {"team", MEMBER_TEXT, .most = POLICY_NAME_MAX},
    };
    struct member_value values[MEMBERS];
    struct core_command *command = &request->submission.command;
    if (!entity_prepare(request, CORE_OPEN_EXCEPTION) || !request_lead(request, &command->lead) ||
        !members_read(request, members, MEMBERS, values) || !check_kind(request, values[KIND].text))
        return;
    command->open_exception.kind = values[KIND].text;
    command->open_exception.note = values[NOTE].text;
    command->open_exception.team = values[TEAM].text;
    request_submit(request);
}

static void take(struct request *request, enum core_command_type type)
{
    static const struct member note = {"note", MEMBER_TEXT, .most = CORE_TEXT_MAX};
    struct member_value value;
    struct core_command *command = &request->submission.command;
    if (!entity_prepare(request, type) ||
        !entity_segment(request, 0, ID_EXCEPTION, &command->entity) ||
        !members_read(request, &note, 1, &value))
        return;
    command->claim.note = value.text;
    request_submit(request);
}

void exception_claim_run(struct request *request)
{
    take(request, CORE_CLAIM);
}

void exception_release_run(struct request *request)
{
    take(request, CORE_RELEASE);
}

/* ---- resolving */

static bool read_action(struct request *request, struct bytes text, enum core_resolution *ret)
{
    const char *names[CORE_RESOLVED_OVERTAKEN]; /* which happens only by itself */
    for (int i = 0; i < CORE_RESOLVED_OVERTAKEN; i++) {
        *ret = (enum core_resolution)i;
        names[i] = core_resolution_name(*ret);
        if (bytes_is(text, names[i]))
            return true;
    }
    const char *near = bytes_suggest(text, names, CORE_RESOLVED_OVERTAKEN);
    return members_refuse(request, "/action",
                          arena_printf(&request->arena,
                                       "must be assign, retry, requeue, disqualify, merge or "
                                       "dismiss%s%s%s",
                                       near != NULL ? "; did you mean " : "",
                                       near != NULL ? near : "", near != NULL ? "?" : ""));
}

/* A member that belongs to one action: there if it must be, and not with others. */
static bool check_member(struct request *request, const struct member_value *value,
                         const char *name, enum core_resolution action,
                         enum core_resolution of_action, bool required)
{
    const char *pointer = arena_printf(&request->arena, "/%s", name);
    if (action != of_action && value->present)
        return members_refuse(request, pointer,
                              arena_printf(&request->arena,
                                           "belongs to the action \"%s\"; leave it out",
                                           core_resolution_name(of_action)));
    if (action == of_action && required && value->text.size == 0)
        return members_refuse(
            request, pointer,
            arena_printf(&request->arena, "is required to %s", core_resolution_name(of_action)));
    return true;
}

bool exception_read_resolution(struct request *request, const struct member_value *values,
                               struct core_command *command)
{
    enum core_resolution action;
    if (!read_action(request, values[RESOLUTION_ACTION].text, &action) ||
        !check_member(request, &values[RESOLUTION_REP], "rep", action, CORE_RESOLVED_ASSIGN,
                      true) ||
        !check_member(request, &values[RESOLUTION_POOL], "pool", action, CORE_RESOLVED_REQUEUE,
                      false) ||
        !check_member(request, &values[RESOLUTION_INTO], "into", action, CORE_RESOLVED_MERGE,
                      true) ||
        !cause_check(request, "/cause", values[RESOLUTION_CAUSE].text))
        return false;
    command->resolve.action = action;
    command->resolve.cause = values[RESOLUTION_CAUSE].text;
    command->resolve.remediation = values[RESOLUTION_REMEDIATION].text;
    command->resolve.rep = values[RESOLUTION_REP].text;
    command->resolve.pool = values[RESOLUTION_POOL].text;
    command->resolve.into = 0;
    return action != CORE_RESOLVED_MERGE ||
           lead_id_parse(values[RESOLUTION_INTO].text, &command->resolve.into) ||
           members_refuse(request, "/into", "must be the id of a lead, such as \"L1024\"");
}

void exception_resolve_run(struct request *request)
{
    static const struct member members[RESOLUTION_MEMBERS] = {RESOLUTION_TABLE};
    struct member_value values[RESOLUTION_MEMBERS];
    struct core_command *command = &request->submission.command;
    if (entity_prepare(request, CORE_RESOLVE) &&
        entity_segment(request, 0, ID_EXCEPTION, &command->entity) &&
        members_read(request, members, RESOLUTION_MEMBERS, values) &&
        exception_read_resolution(request, values, command))
        request_submit(request);
}
