/* Events out of their JSON: every word and name that is not known is told by its member. */
#include "core/codec.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

int decoder_corrupt(struct decoder *d, const char *member)
{
    return error_set(
        d->err, ML_ECORRUPT, d->place,
        "event %s: `%s` is missing or names nothing known; the journal does not fit this "
        "version: run `meshline verify`",
        core_event_type_name(d->event->type), member);
}

struct bytes decoder_text(struct decoder *d, const char *key)
{
    struct bytes text = json_member_text(d->object, key);
    return text.size > 0 ? arena_copy(d->arena, text) : (struct bytes){0};
}

int decoder_word(struct decoder *d, const char *key, const char *const *words, size_t count,
                 unsigned *ret)
{
    struct bytes text = json_member_text(d->object, key);
    for (size_t i = 0; i < count; i++)
        if (bytes_is(text, words[i])) {
            *ret = (unsigned)i;
            return 0;
        }
    return decoder_corrupt(d, key);
}

static int read_cause(struct decoder *d, enum core_cause *ret)
{
    const char *names[CORE_CAUSES];
    for (int i = 0; i < CORE_CAUSES; i++)
        names[i] = core_cause_name((enum core_cause)i);
    unsigned cause = 0;
    int code = decoder_word(d, "cause", names, CORE_CAUSES, &cause);
    *ret = (enum core_cause)cause;
    return code;
}

uint32_t decoder_u32(struct decoder *d, const char *key)
{
    return (uint32_t)json_member_int(d->object, key, 0);
}

bool decoder_bool(struct decoder *d, const char *key)
{
    return json_object_get_boolean(json_object_object_get(d->object, key));
}

/* Whether the subject is a dead letter; else it is an entity, a lead, or there is none. */
static bool is_about_record(enum core_event_type type)
{
    return type == CORE_RECORD_REFUSED || type == CORE_RECORD_RETRIED ||
           type == CORE_RECORD_DISCARDED;
}

static int read_common(struct decoder *d, struct bytes subject)
{
    struct core_event *event = d->event;
    bool is_entity;
    int code = decoder_entity_subject(d, subject, &is_entity);
    if (code < 0)
        return code;
    bool fits = is_about_record(event->type)
                    ? dead_letter_id_parse(subject, &event->dead_letter)
                    : is_entity || subject.size == 0 || lead_id_parse(subject, &event->lead);
    if (!fits)
        return decoder_corrupt(d, "subject");
    if (event->type == CORE_LEAD_EXCEPTED)
        event->entity = event->seq; /* it begins the exception */
    event->previous = (uint64_t)json_member_int(d->object, "prev", 0);
    event->actor = decoder_text(d, "actor");
    struct bytes idempotency = json_member_text(d->object, "idempotency");
    if (idempotency.size > 0) {
        if (!hash128_parse(idempotency, &event->idempotency))
            return decoder_corrupt(d, "idempotency");
        const char *fingerprint = json_member_text(d->object, "fingerprint").data;
        event->fingerprint = fingerprint ? strtoull(fingerprint, NULL, 16) : 0;
    }
    return outbox_read_dues(d);
}

/* The value of the last member of an encoded object. Its marker cannot occur earlier: what stands
 * before are names whose quotes are escaped. */
static struct bytes last_member(struct bytes data, struct bytes marker)
{
    const char *found = memmem(data.data, data.size, marker.data, marker.size);
    if (found == NULL)
        return (struct bytes){0};
    const char *start = found + marker.size;
    return (struct bytes){start, (size_t)(data.data + data.size - 1 - start)};
}

/* Behind the string, or the value, that begins at `at`. What is read was parsed before. */
static const char *skip_string(const char *at, const char *end)
{
    for (at++; at < end && *at != '"'; at++)
        at += *at == '\\';
    return at < end ? at + 1 : end;
}

static const char *skip_value(const char *at, const char *end)
{
    int depth = 0;
    while (at < end) {
        if (*at == '"') {
            at = skip_string(at, end);
        } else {
            depth += *at == '{' || *at == '[';
            depth -= *at == '}' || *at == ']';
            if (depth < 0)
                return at; /* the end of what holds it */
            at++;
        }
        if (depth == 0 && (at == end || *at == ',' || *at == '}'))
            return at;
    }
    return end;
}

struct bytes decoder_raw(struct decoder *d, const char *key)
{
    const char *at = d->data.data, *end = at + d->data.size;
    size_t size = strlen(key);
    if (json_object_object_get(d->object, key) == NULL)
        return (struct bytes){0};
    while (at < end && *at++ != '{') {
    }
    while (at < end) { /* core_event_encode puts no blanks between members */
        const char *name = at + 1, *value = skip_string(at, end) + 1;
        const char *next = skip_value(value, end);
        if ((size_t)(value - name) == size + 2 && memcmp(name, key, size) == 0)
            return arena_copy(d->arena, (struct bytes){value, (size_t)(next - value)});
        at = next + 1;
    }
    return (struct bytes){0};
}

struct bytes core_event_attributes(struct bytes data)
{
    return last_member(data, BYTES_LITERAL(",\"attributes\":"));
}

static int read_activated(struct decoder *d)
{
    const struct bytes canonical = last_member(d->data, BYTES_LITERAL(",\"canonical\":"));
    if (canonical.size == 0)
        return decoder_corrupt(d, "canonical");
    struct policy_release *release;
    int code = policy_release_from_canonical(canonical, &release, d->err);
    if (code < 0)
        return code;
    if (!bytes_is(json_member_text(d->object, "release"), release->id_text)) {
        policy_release_unref(release);
        return decoder_corrupt(d, "release");
    }
    d->event->activated.release = release;
    return 0;
}

static int read_rep_index(struct decoder *d, const char *key, uint32_t *ret)
{
    *ret = core_rep_find(d->core, json_member_text(d->object, key));
    return *ret == CORE_NONE ? decoder_corrupt(d, key) : 0;
}

int decoder_rep_if(struct decoder *d, const char *key, uint32_t *ret)
{
    *ret = CORE_NONE;
    return json_object_object_get(d->object, key) == NULL ? 0 : read_rep_index(d, key, ret);
}

static int read_rep(struct decoder *d)
{
    d->event->rep.available = decoder_bool(d, "available");
    d->event->rep.capacity = decoder_u32(d, "capacity");
    return read_rep_index(d, "rep", &d->event->rep.rep);
}

static int read_shifted(struct decoder *d)
{
    const char *names[POLICY_TIME_OFF + 1];
    for (int i = 0; i <= POLICY_TIME_OFF; i++)
        names[i] = policy_duty_name((enum policy_duty)i);
    unsigned duty = 0;
    int code = decoder_word(d, "duty", names, POLICY_TIME_OFF + 1, &duty);
    d->event->shifted.duty = (enum policy_duty)duty;
    int64_t until_us = json_member_time_us(d->object, "until");
    d->event->shifted.until_us = until_us == 0 ? INT64_MAX : until_us;
    return code < 0 ? code : read_rep_index(d, "rep", &d->event->shifted.rep);
}

int decoder_class(struct decoder *d, const struct policy_release *release, uint32_t *ret)
{
    struct bytes name = json_member_text(d->object, "class");
    for (uint32_t i = 0; i < release->class_count; i++)
        if (bytes_is(name, release->classes[i].name)) {
            *ret = i;
            return 0;
        }
    return decoder_corrupt(d, "class");
}

static int read_key(struct decoder *d)
{
    if (json_member_text(d->object, "key_kind").size == 0)
        return 0;
    unsigned kind = 0;
    int code = decoder_word(d, "key_kind", codec_key_kinds, CODEC_KEY_KINDS, &kind);
    d->event->captured.key_kind = (enum policy_key_kind)kind;
    if (code == 0 && !hash128_parse(json_member_text(d->object, "key"), &d->event->captured.key))
        return decoder_corrupt(d, "key");
    return code;
}

/* The tree goes, the values stay: what they point to moves into the arena. */
static void keep_values(struct decoder *d, struct cel_value *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (values[i].kind == CEL_STRING)
            values[i].string = arena_copy(d->arena, values[i].string);
        if (values[i].kind != CEL_LIST || values[i].count == 0)
            continue;
        struct cel_value *items = arena_array(d->arena, values[i].count, sizeof *items);
        memcpy(items, values[i].items, values[i].count * sizeof *items);
        keep_values(d, items, values[i].count);
        values[i].items = items;
    }
}

int decoder_release_source(struct decoder *d, uint32_t *ret_release, uint32_t *ret_source)
{
    *ret_release = core_release_find(d->core, json_member_text(d->object, "release"));
    if (*ret_release == CORE_NONE)
        return decoder_corrupt(d, "release");
    *ret_source = policy_source_find(core_release_at(d->core, *ret_release),
                                     json_member_text(d->object, "source"));
    return *ret_source == POLICY_NONE ? decoder_corrupt(d, "source") : 0;
}

int decoder_attributes(struct decoder *d, const struct policy_schema *schema,
                       const struct cel_value **ret_values, struct bytes *ret_text)
{
    struct json_object *attributes = json_object_object_get(d->object, "attributes");
    if (!json_object_is_type(attributes, json_type_object))
        return decoder_corrupt(d, "attributes");
    struct cel_value *values = arena_array(d->arena, schema->count + 1, sizeof *values);
    policy_record_from_canonical(schema, attributes, d->arena, values);
    keep_values(d, values, schema->count);
    *ret_values = values;
    *ret_text = arena_copy(d->arena, core_event_attributes(d->data));
    return 0;
}

static int read_submission(struct decoder *d)
{
    struct core_event *event = d->event;
    int code = decoder_release_source(d, &event->captured.release, &event->captured.source);
    if (code == 0)
        code = edge_read_reading(d);
    if (code < 0)
        return code;
    const struct policy_release *release = core_release_at(d->core, event->captured.release);
    code = decoder_attributes(d, &release->schema, &event->captured.values,
                              &event->captured.attributes);
    if (code < 0 || event->type == CORE_LEAD_TOUCHED)
        return code;
    decoder_deadlines(d, event->captured.deadlines);
    event->captured.unasked = decoder_bool(d, "unasked");
    code = decoder_entity(d, "surge", ID_SURGE, &event->captured.surge);
    if (code < 0)
        return code;
    event->captured.score = json_member_int(d->object, "score", 0);
    event->captured.due_us = json_member_time_us(d->object, "due_at");
    code = decoder_class(d, release, &event->captured.class_index);
    return code < 0 ? code : read_key(d);
}

static int read_passed(struct decoder *d, struct json_object *list,
                       struct core_candidates *candidates)
{
    size_t length = list != NULL ? json_object_array_length(list) : 0;
    for (size_t i = 0; i < length && i < CORE_PASSED_OVER_MAX; i++) {
        struct json_object *item = json_object_array_get_idx(list, i);
        uint32_t rep = core_rep_find(d->core, json_member_text(item, "rep"));
        struct bytes why = json_member_text(item, "why");
        if (rep == CORE_NONE)
            return decoder_corrupt(d, "candidates.passed_over");
        candidates->passed[i].rep = rep;
        candidates->passed[i].reason = CORE_REP_UNKNOWN;
        for (int reason = 0; reason < CORE_READINESSES; reason++)
            if (bytes_is(why, core_readiness_name((enum core_readiness)reason)))
                candidates->passed[i].reason = (enum core_readiness)reason;
        candidates->passed_count++;
    }
    return 0;
}

static int read_route(struct decoder *d)
{
    const struct core_lead *lead = lead_get(d->core, d->event->lead);
    if (lead == NULL)
        return decoder_corrupt(d, "subject");
    d->event->placed.release = lead->release;
    d->event->placed.route = CORE_NONE;
    struct bytes name = json_member_text(d->object, "route");
    if (name.size == 0)
        return 0;
    d->event->placed.route = policy_route_find(core_release_at(d->core, lead->release), name);
    return d->event->placed.route == POLICY_NONE ? decoder_corrupt(d, "route") : 0;
}

static int read_pool(struct decoder *d, const char *key, uint32_t *ret)
{
    struct bytes pool = json_member_text(d->object, key);
    *ret = pool.size > 0 ? core_pool_find(d->core, pool) : CORE_NONE;
    return pool.size > 0 && *ret == CORE_NONE ? decoder_corrupt(d, key) : 0;
}

static int read_candidates(struct decoder *d)
{
    struct core_candidates *ret = &d->event->placed.candidates;
    struct json_object *candidates = json_object_object_get(d->object, "candidates");
    ret->members = (uint32_t)json_member_int(candidates, "members", 0);
    ret->full = (uint32_t)json_member_int(candidates, "full", 0);
    ret->away = (uint32_t)json_member_int(candidates, "away", 0);
    ret->off_duty = (uint32_t)json_member_int(candidates, "off_duty", 0);
    ret->limited = (uint32_t)json_member_int(candidates, "limited", 0);
    return read_passed(d, json_object_object_get(candidates, "passed_over"), ret);
}

static int read_placed(struct decoder *d)
{
    struct core_event *event = d->event;
    event->placed.rep = CORE_NONE;
    if (read_pool(d, "pool", &event->placed.pool) < 0 ||
        read_pool(d, "through", &event->placed.through) < 0)
        return ML_ECORRUPT;
    int code = event->type == CORE_LEAD_ASSIGNED ? read_rep_index(d, "rep", &event->placed.rep) : 0;
    if (code < 0 || (code = read_cause(d, &event->placed.cause)) < 0 || (code = read_route(d)) < 0)
        return code;
    event->placed.turn = (uint32_t)json_member_int(d->object, "turn", CORE_NONE);
    event->placed.day_end_us = json_member_time_us(d->object, "day_ends_at");
    event->placed.on_call = decoder_bool(d, "on_call");
    event->placed.kind = decoder_text(d, "kind");
    event->placed.team = decoder_text(d, "team");
    event->placed.queue = decoder_text(d, "queue");
    event->placed.held = decoder_bool(d, "held");
    struct bytes kept_from = json_member_text(d->object, "kept_from");
    event->placed.kept_from = kept_from.size > 0 ? core_rep_find(d->core, kept_from) : CORE_NONE;
    event->placed.overridden = decoder_bool(d, "override");
    event->placed.load = decoder_u32(d, "load");
    event->placed.capacity = decoder_u32(d, "capacity");
    event->placed.reason = decoder_text(d, "reason");
    event->placed.remediation = decoder_text(d, "remediation");
    event->placed.due_us = json_member_time_us(d->object, "due_at");
    decoder_deadlines(d, event->placed.deadlines);
    event->placed.until_us = decoder_time(d, "until_at");
    if ((code = decoder_entity(d, "surge", ID_SURGE, &event->placed.surge)) < 0 ||
        (code = decoder_measure(d, &event->placed.measure)) < 0)
        return code;
    return read_candidates(d);
}

static int read_returned(struct decoder *d)
{
    d->event->returned.reason = decoder_text(d, "reason");
    int code = read_rep_index(d, "rep", &d->event->returned.rep);
    return code < 0 ? code : read_cause(d, &d->event->returned.cause);
}

static int read_contacted(struct decoder *d)
{
    d->event->contacted.channel = decoder_text(d, "channel");
    d->event->contacted.note = decoder_text(d, "note");
    d->event->contacted.due_us = json_member_time_us(d->object, "due_at");
    return 0;
}

static int read_outcome(struct decoder *d)
{
    d->event->outcome.reason = decoder_text(d, "reason");
    return decoder_lead(d, "into", &d->event->outcome.into);
}

static int read_late(struct decoder *d)
{
    d->event->late.objective_due_us = json_member_time_us(d->object, "objective_due_at");
    d->event->late.count = decoder_u32(d, "count");
    d->event->late.due_us = json_member_time_us(d->object, "due_at");
    return decoder_objective(d, &d->event->late.objective);
}

static int (*const readers[CORE_EVENT_TYPES])(struct decoder *) = {
    [CORE_RELEASE_ACTIVATED] = read_activated,
    [CORE_REP_CHANGED] = read_rep,
    [CORE_REP_SHIFTED] = read_shifted,
    [CORE_LEAD_EXCEPTED] = read_placed,
    [CORE_LEAD_NURTURED] = read_placed,
    [CORE_LEAD_CAPTURED] = read_submission,
    [CORE_LEAD_REOPENED] = read_submission,
    [CORE_LEAD_TOUCHED] = read_submission,
    [CORE_LEAD_ASSIGNED] = read_placed,
    [CORE_LEAD_QUEUED] = read_placed,
    [CORE_LEAD_RETURNED] = read_returned,
    [CORE_LEAD_CONTACTED] = read_contacted,
    [CORE_LEAD_QUALIFIED] = read_outcome,
    [CORE_LEAD_DISQUALIFIED] = read_outcome,
    [CORE_LEAD_LATE] = read_late,
    [CORE_RECORD_REFUSED] = edge_read_refused,
    [CORE_RECORD_RETRIED] = edge_read_refused,
    [CORE_RECORD_DISCARDED] = edge_read_discarded,
    [CORE_SOURCE_SWITCHED] = edge_read_switched,
    [CORE_NOTICE_DUE] = edge_read_notice,
    [CORE_LEAD_ESCALATED] = clock_read_escalated,
    [CORE_LEAD_ACKNOWLEDGED] = clock_read_acknowledged,
    [CORE_LEAD_ENRICHED] = clock_read_enriched,
    [CORE_EXCEPTION_OPENED] = clock_read_exception,
    [CORE_EXCEPTION_CLAIMED] = clock_read_exception,
    [CORE_EXCEPTION_RELEASED] = clock_read_exception,
    [CORE_EXCEPTION_ESCALATED] = clock_read_exception,
    [CORE_EXCEPTION_RESOLVED] = clock_read_resolved,
    [CORE_SURGE_STARTED] = watch_read_surge,
    [CORE_SURGE_PEAKED] = watch_read_surge,
    [CORE_SURGE_ENDED] = watch_read_surge,
    [CORE_ALERT_PENDING] = watch_read_alert,
    [CORE_ALERT_FIRING] = watch_read_alert,
    [CORE_ALERT_RESOLVED] = watch_read_alert,
    [CORE_SILENCE_SET] = watch_read_silence,
    [CORE_SILENCE_ENDED] = watch_read_silence,
    [CORE_PAGE_DUE] = watch_read_page,
    [CORE_INCIDENT_OPENED] = watch_read_incident,
    [CORE_INCIDENT_NOTED] = watch_read_incident,
    [CORE_INCIDENT_CLOSED] = watch_read_incident,
    [CORE_REMEDIATION_DONE] = watch_read_remediation,
    [CORE_REMEDIATION_LATE] = watch_read_remediation,
    [CORE_DELIVERY_DELIVERED] = outbox_read_delivery,
    [CORE_DELIVERY_RETRIED] = outbox_read_delivery,
    [CORE_DELIVERY_FAILED] = outbox_read_delivery,
    [CORE_DELIVERY_REQUEUED] = outbox_read_delivery,
    [CORE_DELIVERY_DISCARDED] = outbox_read_delivery,
    [CORE_DESTINATION_CHANGED] = outbox_read_destination,
    [CORE_SYNC_APPLIED] = outbox_read_sync,
    [CORE_SYNC_REFUSED] = outbox_read_sync,
};

int core_event_decode(const struct core *core, const struct core_record *record,
                      struct arena *arena, struct core_event *ret, struct error *err)
{
    struct decoder d = {
        .core = core, .data = record->data, .arena = arena, .event = ret, .err = err};
    struct bytes type = record->type;
    snprintf(d.place, sizeof d.place, "journal seq %" PRIu64, record->seq);
    *ret = (struct core_event){
        .type = core_event_type_parse(type), .seq = record->seq, .time_us = record->time_us};
    if (ret->type == 0)
        return error_set(
            err, ML_EVERSION, d.place,
            "event type \"%.*s\" is unknown; the journal was written by a newer version",
            (int)(type.size > 64 ? 64 : type.size), type.data ? type.data : "");
    JSON_AUTO *object = NULL;
    int code = json_parse(record->data, &object, err);
    if (code < 0)
        return error_set(err, ML_ECORRUPT, d.place, "the event is not valid JSON");
    d.object = object;
    code = read_common(&d, record->subject);
    return code < 0 ? code : readers[ret->type](&d);
}

void core_event_dispose(struct core_event *event)
{
    if (event->type == CORE_RELEASE_ACTIVATED)
        policy_release_unref(event->activated.release);
}
