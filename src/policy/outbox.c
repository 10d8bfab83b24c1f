/* The words of outbox.h. */
#include "policy/internal.h"

const char *const policy_destination_kinds[] = {
    [POLICY_WEBHOOK] = "webhook",      [POLICY_REST] = "rest",
    [POLICY_SLACK] = "slack",          [POLICY_EMAIL] = "email",
    [POLICY_NDJSON] = "ndjson",        [POLICY_NATS] = "nats",
    [POLICY_POSTGRES] = "postgres",    [POLICY_HTTP] = "http",
    [POLICY_DOMAIN] = "domain",        [POLICY_TABLE] = "table",
    [POLICY_DESTINATION_KINDS] = NULL,
};

const char *policy_destination_kind_name(enum policy_destination_kind kind)
{
    return policy_destination_kinds[kind];
}

const char *const policy_audiences[] = {
    [POLICY_REPS] = "reps",
    [POLICY_MANAGERS] = "managers",
    [POLICY_TEAMS] = "teams",
    [POLICY_ON_CALL] = "on_call",
    [POLICY_PARTNERS_BY_EMAIL] = "partners_by_email",
    [POLICY_PARTNERS_BY_WEBHOOK] = "partners_by_webhook",
    [POLICY_AUDIENCES] = NULL,
};

const char *policy_authority_name(enum policy_authority authority)
{
    static const char *const names[] = {"ours", "theirs", "newest"};
    return names[authority];
}

const char *policy_purpose_name(enum policy_purpose purpose)
{
    static const char *const names[POLICY_PURPOSES] = {[POLICY_DELIVER] = "deliver",
                                                       [POLICY_ENRICH] = "enrich",
                                                       [POLICY_ASSIGNMENT] = "assignment",
                                                       [POLICY_REMINDER] = "reminder",
                                                       [POLICY_ESCALATION] = "escalation",
                                                       [POLICY_EXCEPTION] = "exception",
                                                       [POLICY_PAGE] = "page",
                                                       [POLICY_TICKET] = "ticket",
                                                       [POLICY_NOTICE] = "notice",
                                                       [POLICY_REMEDIATION] = "remediation"};
    return names[purpose];
}

const char *const policy_event_types[] = {
    "release.activated",  "rep.changed",        "rep.shifted",
    "lead.captured",      "lead.reopened",      "lead.touched",
    "lead.assigned",      "lead.queued",        "lead.excepted",
    "lead.nurtured",      "lead.returned",      "lead.contacted",
    "lead.qualified",     "lead.disqualified",  "lead.late",
    "record.refused",     "record.retried",     "record.discarded",
    "source.switched",    "notice.due",         "lead.escalated",
    "lead.acknowledged",  "lead.enriched",      "exception.opened",
    "exception.claimed",  "exception.released", "exception.escalated",
    "exception.resolved", "surge.started",      "surge.peaked",
    "surge.ended",        "alert.pending",      "alert.firing",
    "alert.resolved",     "silence.set",        "silence.ended",
    "page.due",           "incident.opened",    "incident.noted",
    "incident.closed",    "remediation.done",   "remediation.late",
    "sync.applied",       "sync.refused",       NULL};

uint32_t policy_destination_find(const struct policy_release *release, struct bytes name)
{
    for (uint32_t i = 0; i < release->destination_count; i++)
        if (bytes_is(name, release->destinations[i].name))
            return i;
    return POLICY_NONE;
}

const struct policy_expression *
policy_destination_expression(const struct policy_destination *destination, const char *path)
{
    for (size_t i = 0; i < destination->expression_count; i++)
        if (strcmp(destination->expressions[i].path, path) == 0)
            return &destination->expressions[i];
    return NULL;
}
