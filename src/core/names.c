/* The words of the core, and the table of the life cycle. */
#include "core/core.h"

static const char *const event_names[CORE_EVENT_TYPES] = {
    [CORE_RELEASE_ACTIVATED] = "release.activated",
    [CORE_REP_CHANGED] = "rep.changed",
    [CORE_REP_SHIFTED] = "rep.shifted",
    [CORE_LEAD_CAPTURED] = "lead.captured",
    [CORE_LEAD_REOPENED] = "lead.reopened",
    [CORE_LEAD_TOUCHED] = "lead.touched",
    [CORE_LEAD_ASSIGNED] = "lead.assigned",
    [CORE_LEAD_QUEUED] = "lead.queued",
    [CORE_LEAD_EXCEPTED] = "lead.excepted",
    [CORE_LEAD_NURTURED] = "lead.nurtured",
    [CORE_LEAD_RETURNED] = "lead.returned",
    [CORE_LEAD_CONTACTED] = "lead.contacted",
    [CORE_LEAD_QUALIFIED] = "lead.qualified",
    [CORE_LEAD_DISQUALIFIED] = "lead.disqualified",
    [CORE_LEAD_LATE] = "lead.late",
    [CORE_RECORD_REFUSED] = "record.refused",
    [CORE_RECORD_RETRIED] = "record.retried",
    [CORE_RECORD_DISCARDED] = "record.discarded",
    [CORE_SOURCE_SWITCHED] = "source.switched",
    [CORE_NOTICE_DUE] = "notice.due",
    [CORE_LEAD_ESCALATED] = "lead.escalated",
    [CORE_LEAD_ACKNOWLEDGED] = "lead.acknowledged",
    [CORE_LEAD_ENRICHED] = "lead.enriched",
    [CORE_EXCEPTION_OPENED] = "exception.opened",
    [CORE_EXCEPTION_CLAIMED] = "exception.claimed",
    [CORE_EXCEPTION_RELEASED] = "exception.released",
    [CORE_EXCEPTION_ESCALATED] = "exception.escalated",
    [CORE_EXCEPTION_RESOLVED] = "exception.resolved",
    [CORE_SURGE_STARTED] = "surge.started",
    [CORE_SURGE_PEAKED] = "surge.peaked",
    [CORE_SURGE_ENDED] = "surge.ended",
    [CORE_ALERT_PENDING] = "alert.pending",
    [CORE_ALERT_FIRING] = "alert.firing",
    [CORE_ALERT_RESOLVED] = "alert.resolved",
    [CORE_SILENCE_SET] = "silence.set",
    [CORE_SILENCE_ENDED] = "silence.ended",
    [CORE_PAGE_DUE] = "page.due",
    [CORE_INCIDENT_OPENED] = "incident.opened",
    [CORE_INCIDENT_NOTED] = "incident.noted",
    [CORE_INCIDENT_CLOSED] = "incident.closed",
    [CORE_REMEDIATION_DONE] = "remediation.done",
    [CORE_REMEDIATION_LATE] = "remediation.late",
    [CORE_DELIVERY_DELIVERED] = "delivery.delivered",
    [CORE_DELIVERY_RETRIED] = "delivery.retried",
    [CORE_DELIVERY_FAILED] = "delivery.failed",
    [CORE_DELIVERY_REQUEUED] = "delivery.requeued",
    [CORE_DELIVERY_DISCARDED] = "delivery.discarded",
    [CORE_DESTINATION_CHANGED] = "destination.changed",
    [CORE_SYNC_APPLIED] = "sync.applied",
    [CORE_SYNC_REFUSED] = "sync.refused",
};

const char *core_event_type_name(enum core_event_type type)
{
    ML_ASSERT(type > 0 && type < CORE_EVENT_TYPES);
    return event_names[type];
}

enum core_event_type core_event_type_parse(struct bytes name)
{
    for (int type = 1; type < CORE_EVENT_TYPES; type++)
        if (bytes_is(name, event_names[type]))
            return (enum core_event_type)type;
    return (enum core_event_type)0;
}

const char *core_cause_name(enum core_cause cause)
{
    static const char *const names[CORE_CAUSES] = {
        "routed",    "drained",   "returned", "manual",   "displaced",
        "reentered", "escalated", "resolved", "enriched", "synced"};
    return names[cause];
}

const char *core_readiness_name(enum core_readiness readiness)
{
    static const char *const names[CORE_READINESSES] = {
        [CORE_REP_OPEN] = "open",
        [CORE_REP_AWAY] = "away",
        [CORE_REP_OFF_HOURS] = "off_hours",
        [CORE_REP_HOLIDAY] = "holiday",
        [CORE_REP_TIME_OFF] = "time_off",
        [CORE_REP_FULL] = "full",
        [CORE_REP_HOUR_LIMIT] = "hour_limit",
        [CORE_REP_DAY_LIMIT] = "day_limit",
        [CORE_REP_PACED] = "paced",
        [CORE_REP_RETURNED_IT] = "excluded",
        [CORE_REP_UNKNOWN] = "unknown",
    };
    return names[readiness];
}

const char *core_switch_cause_name(enum core_switch_cause cause)
{
    static const char *const names[CORE_SWITCH_CAUSES] = {
        [CORE_SWITCH_SHADOW] = "shadow",     [CORE_SWITCH_CANARY] = "canary",
        [CORE_SWITCH_PROMOTED] = "promoted", [CORE_SWITCH_ROLLED_BACK] = "rolled_back",
        [CORE_SWITCH_STOPPED] = "stopped",   [CORE_SWITCH_FELL_BACK] = "fell_back",
    };
    return names[cause];
}

const char *core_about_name(enum core_about about)
{
    static const char *const names[CORE_ABOUTS] = {"lead", "source", "pool", "destination"};
    return names[about];
}

const char *core_resolution_name(enum core_resolution resolution)
{
    static const char *const names[CORE_RESOLUTIONS] = {
        "assign", "retry", "requeue", "disqualify", "merge", "dismiss", "overtaken"};
    return names[resolution];
}

const char *core_measure_name(enum core_measure measure)
{
    static const char *const names[CORE_MEASURES] = {"none",    "overflow", "triage",
                                                     "nurture", "paced",    "relaxed"};
    return names[measure];
}

const char *core_series_kind_name(enum core_series_kind kind)
{
    static const char *const names[CORE_SERIES_KINDS] = {
        "source", "campaign", "refused", "met", "late", "exception", "cause", "delivery_failed"};
    return names[kind];
}

const char *core_outcome_name(enum core_outcome outcome)
{
    static const char *const names[CORE_OUTCOMES] = {"ok",   "transient", "permanent",
                                                     "gone", "skipped",   "expired"};
    return names[outcome];
}

const char *core_destination_change_name(enum core_destination_change change)
{
    static const char *const names[CORE_DESTINATION_CHANGES] = {"opened", "half_open", "closed",
                                                                "paused", "resumed",   "disabled"};
    return names[change];
}

const char *core_delivery_state_name(enum core_delivery_state state)
{
    static const char *const names[CORE_DELIVERY_STATES] = {"pending", "delivered", "failed",
                                                            "discarded", "unrouted"};
    return names[state];
}

const char *core_breaker_name(enum core_breaker breaker)
{
    static const char *const names[CORE_BREAKERS] = {"closed", "open", "half_open"};
    return names[breaker];
}

const char *core_state_name(enum core_state state)
{
    static const char *const names[CORE_STATES] = {"captured", "assigned", "contacted", "qualified",
                                                   "disqualified"};
    return names[state];
}

const char *core_place_name(enum core_place place)
{
    static const char *const names[CORE_PLACES] = {"owned", "waiting", "exception", "nurture",
                                                   "closed"};
    return names[place];
}

bool core_move_allowed(enum core_state from, enum core_state to)
{
    /* One row a state: captured is also where a lead stands that waits again after a hand-back. */
    static const bool moves[CORE_STATES][CORE_STATES] = {
        [CORE_CAPTURED] =
            {[CORE_CAPTURED] = true, [CORE_ASSIGNED] = true, [CORE_DISQUALIFIED] = true},
        [CORE_ASSIGNED] = {[CORE_CAPTURED] = true,
                           [CORE_ASSIGNED] = true,
                           [CORE_CONTACTED] = true,
                           [CORE_DISQUALIFIED] = true},
        [CORE_CONTACTED] = {[CORE_CAPTURED] = true,
                            [CORE_ASSIGNED] = true,
                            [CORE_CONTACTED] = true,
                            [CORE_QUALIFIED] = true,
                            [CORE_DISQUALIFIED] = true},
        [CORE_DISQUALIFIED] = {[CORE_CAPTURED] = true}, /* reopened: the person came again */
    };
    return moves[from][to];
}
