/* Events as JSON; codec_read.c reads them back. spec/events/ describes every
 * member; names, never indices, so that a journal can be read by anything for decades. */
#include "core/codec.h"

#include "base/id.h"

#include <inttypes.h>
#include <stdio.h>

const char *const codec_key_kinds[CODEC_KEY_KINDS] = {
    [POLICY_KEY_NONE] = "",
    [POLICY_KEY_EMAIL] = "email",
    [POLICY_KEY_PHONE] = "phone",
    [POLICY_KEY_EXTERNAL_ID] = "external_id",
};
enum { SHORT_ID = 16 };

static void write_hash(struct json_writer *json, const char *key, struct hash128 hash)
{
    char text[HASH128_TEXT_SIZE];
    hash128_print(hash, text);
    json_member(json, key, bytes_of(text));
}

static void write_common(struct json_writer *json, const struct core *core,
                         const struct core_event *event)
{
    if (event->previous != 0)
        json_member_unsigned(json, "prev", event->previous);
    json_member_if(json, "actor", event->actor);
    if (!hash128_is_none(event->idempotency)) {
        char fingerprint[17];
        snprintf(fingerprint, sizeof fingerprint, "%016" PRIx64, event->fingerprint);
        write_hash(json, "idempotency", event->idempotency);
        json_member(json, "fingerprint", bytes_of(fingerprint));
    }
    outbox_write_dues(json, core, event);
}

static void write_activated(struct json_writer *json, const struct core *core,
                            const struct core_event *event)
{
    (void)core;
    const struct policy_release *release = event->activated.release;
    json_member(json, "release", bytes_of(release->id_text));
    json_member(json, "mesh", bytes_of(release->name));
    json_member(json, "pipeline", bytes_of(release->pipeline));
    json_member(json, "owner", bytes_of(release->owner));
    json_key(json, "canonical"); /* last: the decoder takes these very bytes, which the id covers */
    json_raw(json, release->canonical);
}

static void write_rep(struct json_writer *json, const struct core *core,
                      const struct core_event *event)
{
    json_member(json, "rep", bytes_of(core_rep_id(core, event->rep.rep)));
    json_member_bool(json, "available", event->rep.available);
    json_member_unsigned(json, "capacity", event->rep.capacity);
}

static void write_shifted(struct json_writer *json, const struct core *core,
                          const struct core_event *event)
{
    json_member(json, "rep", bytes_of(core_rep_id(core, event->shifted.rep)));
    json_member(json, "duty", bytes_of(policy_duty_name(event->shifted.duty)));
    if (event->shifted.until_us != INT64_MAX)
        json_member_time(json, "until", event->shifted.until_us);
}

static void write_submission(struct json_writer *json, const struct core *core,
                             const struct core_event *event)
{
    const struct policy_release *release = core_release_at(core, event->captured.release);
    json_member(json, "source", bytes_of(release->sources[event->captured.source].name));
    json_member(json, "release", (struct bytes){release->id_text, SHORT_ID});
    if (event->type != CORE_LEAD_TOUCHED) {
        json_member(json, "class", bytes_of(release->classes[event->captured.class_index].name));
        json_member_integer(json, "score", event->captured.score);
        if (event->captured.key_kind != POLICY_KEY_NONE) {
            json_member(json, "key_kind", bytes_of(codec_key_kinds[event->captured.key_kind]));
            write_hash(json, "key", event->captured.key);
        }
        json_member_time(json, "due_at", event->captured.due_us);
        encoder_entity(json, "surge", ID_SURGE, event->captured.surge);
        encoder_deadlines(json, event->captured.deadlines);
        if (event->captured.unasked)
            json_member_bool(json, "unasked", true);
    }
    edge_write_reading(json, event);
    json_key(json, "attributes"); /* last, for core_event_attributes */
    if (event->captured.attributes.size > 0)
        json_raw(json, event->captured.attributes);
    else
        policy_record_write_json(&release->schema, event->captured.values, json);
}

static void write_candidates(struct json_writer *json, const struct core *core,
                             const struct core_candidates *candidates)
{
    json_key(json, "candidates");
    json_object_open(json);
    json_member_unsigned(json, "members", candidates->members);
    json_member_unsigned(json, "full", candidates->full);
    json_member_unsigned(json, "away", candidates->away);
    if (candidates->off_duty > 0)
        json_member_unsigned(json, "off_duty", candidates->off_duty);
    if (candidates->limited > 0)
        json_member_unsigned(json, "limited", candidates->limited);
    if (candidates->passed_count > 0) {
        json_key(json, "passed_over");
        json_array_open(json);
        for (uint32_t i = 0; i < candidates->passed_count; i++) {
            json_object_open(json);
            json_member(json, "rep", bytes_of(core_rep_id(core, candidates->passed[i].rep)));
            json_member(json, "why", bytes_of(core_readiness_name(candidates->passed[i].reason)));
            json_object_close(json);
        }
        json_array_close(json);
    }
    json_object_close(json);
}

static void write_placed(struct json_writer *json, const struct core *core,
                         const struct core_event *event)
{
    if (event->type == CORE_LEAD_ASSIGNED)
        json_member(json, "rep", bytes_of(core_rep_id(core, event->placed.rep)));
    if (event->placed.pool != CORE_NONE)
        json_member(json, "pool", bytes_of(core_pool_id(core, event->placed.pool)));
    if (event->placed.through != CORE_NONE)
        json_member(json, "through", bytes_of(core_pool_id(core, event->placed.through)));
    if (event->placed.turn != CORE_NONE)
        json_member_unsigned(json, "turn", event->placed.turn);
    const struct policy_release *release = core_release_at(core, event->placed.release);
    if (event->placed.route != CORE_NONE)
        json_member(json, "route", bytes_of(release->routes[event->placed.route].name));
    json_member(json, "cause", bytes_of(core_cause_name(event->placed.cause)));
    if (event->placed.held)
        json_member_bool(json, "held", true);
    if (event->placed.kept_from != CORE_NONE)
        json_member(json, "kept_from", bytes_of(core_rep_id(core, event->placed.kept_from)));
    if (event->type == CORE_LEAD_ASSIGNED) {
        json_member_unsigned(json, "load", event->placed.load);
        json_member_unsigned(json, "capacity", event->placed.capacity);
    }
    if (event->placed.day_end_us != 0)
        json_member_time(json, "day_ends_at", event->placed.day_end_us);
    if (event->placed.on_call)
        json_member_bool(json, "on_call", true);
    if (event->placed.overridden)
        json_member_bool(json, "override", true);
    json_member_if(json, "kind", event->placed.kind);
    json_member_if(json, "team", event->placed.team);
    json_member_if(json, "queue", event->placed.queue);
    encoder_entity(json, "surge", ID_SURGE, event->placed.surge);
    if (event->placed.measure != CORE_MEASURE_NONE)
        json_member(json, "measure", bytes_of(core_measure_name(event->placed.measure)));
    json_member_if(json, "reason", event->placed.reason);
    json_member_if(json, "remediation", event->placed.remediation);
    json_member_time(json, "due_at", event->placed.due_us);
    encoder_deadlines(json, event->placed.deadlines);
    encoder_time_if(json, "until_at", event->placed.until_us);
    if (event->placed.candidates.members > 0)
        write_candidates(json, core, &event->placed.candidates);
}

static void write_returned(struct json_writer *json, const struct core *core,
                           const struct core_event *event)
{
    json_member(json, "rep", bytes_of(core_rep_id(core, event->returned.rep)));
    json_member(json, "cause", bytes_of(core_cause_name(event->returned.cause)));
    json_member_if(json, "reason", event->returned.reason);
}

static void write_contacted(struct json_writer *json, const struct core *core,
                            const struct core_event *event)
{
    (void)core;
    json_member_if(json, "channel", event->contacted.channel);
    json_member_if(json, "note", event->contacted.note);
    json_member_time(json, "due_at", event->contacted.due_us);
}

static void write_outcome(struct json_writer *json, const struct core *core,
                          const struct core_event *event)
{
    (void)core;
    json_member_if(json, "reason", event->outcome.reason);
    encoder_lead(json, "into", event->outcome.into);
}

static void write_late(struct json_writer *json, const struct core *core,
                       const struct core_event *event)
{
    (void)core;
    json_member(json, "objective", bytes_of(policy_objective_name(event->late.objective)));
    json_member_time(json, "objective_due_at", event->late.objective_due_us);
    json_member_unsigned(json, "count", event->late.count);
    json_member_time(json, "due_at", event->late.due_us);
}

void core_event_encode(const struct core *core, const struct core_event *event, struct buffer *out)
{
    static void (*const writers[CORE_EVENT_TYPES])(struct json_writer *, const struct core *,
                                                   const struct core_event *) = {
        [CORE_RELEASE_ACTIVATED] = write_activated,
        [CORE_REP_CHANGED] = write_rep,
        [CORE_REP_SHIFTED] = write_shifted,
        [CORE_LEAD_EXCEPTED] = write_placed,
        [CORE_LEAD_NURTURED] = write_placed,
        [CORE_LEAD_CAPTURED] = write_submission,
        [CORE_LEAD_REOPENED] = write_submission,
        [CORE_LEAD_TOUCHED] = write_submission,
        [CORE_LEAD_ASSIGNED] = write_placed,
        [CORE_LEAD_QUEUED] = write_placed,
        [CORE_LEAD_RETURNED] = write_returned,
        [CORE_LEAD_CONTACTED] = write_contacted,
        [CORE_LEAD_QUALIFIED] = write_outcome,
        [CORE_LEAD_DISQUALIFIED] = write_outcome,
        [CORE_LEAD_LATE] = write_late,
        [CORE_RECORD_REFUSED] = edge_write_refused,
        [CORE_RECORD_RETRIED] = edge_write_refused,
        [CORE_RECORD_DISCARDED] = edge_write_discarded,
        [CORE_SOURCE_SWITCHED] = edge_write_switched,
        [CORE_NOTICE_DUE] = edge_write_notice,
        [CORE_LEAD_ESCALATED] = clock_write_escalated,
        [CORE_LEAD_ACKNOWLEDGED] = clock_write_acknowledged,
        [CORE_LEAD_ENRICHED] = clock_write_enriched,
        [CORE_EXCEPTION_OPENED] = clock_write_exception,
        [CORE_EXCEPTION_CLAIMED] = clock_write_exception,
        [CORE_EXCEPTION_RELEASED] = clock_write_exception,
        [CORE_EXCEPTION_ESCALATED] = clock_write_exception,
        [CORE_EXCEPTION_RESOLVED] = clock_write_resolved,
        [CORE_SURGE_STARTED] = watch_write_surge,
        [CORE_SURGE_PEAKED] = watch_write_surge,
        [CORE_SURGE_ENDED] = watch_write_surge,
        [CORE_ALERT_PENDING] = watch_write_alert,
        [CORE_ALERT_FIRING] = watch_write_alert,
        [CORE_ALERT_RESOLVED] = watch_write_alert,
        [CORE_SILENCE_SET] = watch_write_silence,
        [CORE_SILENCE_ENDED] = watch_write_silence,
        [CORE_PAGE_DUE] = watch_write_page,
        [CORE_INCIDENT_OPENED] = watch_write_incident,
        [CORE_INCIDENT_NOTED] = watch_write_incident,
        [CORE_INCIDENT_CLOSED] = watch_write_incident,
        [CORE_REMEDIATION_DONE] = watch_write_remediation,
        [CORE_REMEDIATION_LATE] = watch_write_remediation,
        [CORE_DELIVERY_DELIVERED] = outbox_write_delivery,
        [CORE_DELIVERY_RETRIED] = outbox_write_delivery,
        [CORE_DELIVERY_FAILED] = outbox_write_delivery,
        [CORE_DELIVERY_REQUEUED] = outbox_write_delivery,
        [CORE_DELIVERY_DISCARDED] = outbox_write_delivery,
        [CORE_DESTINATION_CHANGED] = outbox_write_destination,
        [CORE_SYNC_APPLIED] = outbox_write_sync,
        [CORE_SYNC_REFUSED] = outbox_write_sync,
    };
    struct json_writer json;
    json_begin(&json, out);
    json_object_open(&json);
    write_common(&json, core, event);
    writers[event->type](&json, core, event);
    json_object_close(&json);
}
