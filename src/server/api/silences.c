/* Keeping alerts quiet for a while. */
#include "base/time.h"
#include "server/api/alerts.h"
#include "server/api/entity.h"
#include "server/api/members.h"
#include "server/internal.h"

enum { RULE, LABEL, FOR, UNTIL, REASON, MEMBERS };

/* A rule that nobody has written is a slip of the pen. */
static bool check_rule(struct request *request, struct bytes rule)
{
    struct policy_release *release = engine_release_ref(request->server->engine);
    const char *names[POLICY_ALERTS_MAX];
    size_t count = 0;
    bool known = rule.size == 0 || release == NULL;
    for (size_t i = 0; release != NULL && i < release->alerting.rule_count && i < POLICY_ALERTS_MAX;
         i++) {
        names[count++] = release->alerting.rules[i].name;
        known = known || bytes_is(rule, release->alerting.rules[i].name);
    }
    if (!known) {
        const char *near = bytes_suggest(rule, names, count);
        members_refuse(request, "/rule",
                       arena_printf(&request->arena, "is no alert rule of the mesh%s%s%s",
                                    near != NULL ? "; did you mean \"" : "",
                                    near != NULL ? near : "", near != NULL ? "\"?" : ""));
    }
    policy_release_unref(release);
    return known;
}

static bool read_end(struct request *request, const struct member_value *values, int64_t *ret_us)
{
    int64_t length_us;
    if (values[FOR].present == values[UNTIL].present) {
        request_refuse(request, PROBLEM_INVALID_BODY,
                       "say how long: `for`, such as \"2h\", or `until`, a time; one of the two");
        return false;
    }
    if (values[UNTIL].present)
        return members_time(request, "/until", values[UNTIL].text, ret_us);
    if (duration_parse(values[FOR].text, &length_us, NULL) != 0 || length_us <= 0)
        return members_refuse(request, "/for",
                              "must be a length of time like \"30m\", \"2h\" or \"7d\"");
    *ret_us = engine_now_us(request->server->engine) + length_us;
    return true;
}

void silence_set_run(struct request *request)
{
    static const struct member members[MEMBERS] = {
        [RULE] = {"rule", MEMBER_TEXT, .most = POLICY_NAME_MAX},
        [LABEL] = {"label", MEMBER_TEXT, .most = CORE_SERIES_NAME_MAX},
        [FOR] = {"for", MEMBER_TEXT, .most = 40},
        [UNTIL] = {"until", MEMBER_TEXT, .most = 40},
        [REASON] = {"reason", MEMBER_TEXT, .required = true, .most = CORE_TEXT_MAX},
    };
    struct member_value values[MEMBERS];
    struct core_command *command = &request->submission.command;
    if (!entity_prepare(request, CORE_SILENCE) ||
        !members_read(request, members, MEMBERS, values) || !check_rule(request, values[RULE].text))
        return;
    if (values[RULE].text.size + values[LABEL].text.size == 0) {
        request_refuse(request, PROBLEM_INVALID_BODY,
                       "say which alerts: by `rule`, by `label` (a class, source or campaign), or "
                       "both");
        return;
    }
    if (!read_end(request, values, &command->silence.until_us))
        return;
    command->silence.rule = values[RULE].text;
    command->silence.label = values[LABEL].text;
    command->silence.reason = values[REASON].text;
    request_submit(request);
}

void silence_end_run(struct request *request)
{
    struct core_command *command = &request->submission.command;
    if (entity_prepare(request, CORE_UNSILENCE) &&
        entity_segment(request, 0, ID_SILENCE, &command->entity))
        request_submit(request);
}
