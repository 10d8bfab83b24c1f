/* The JSON of events about promises and exceptions, and of what names them. */
#include "core/codec.h"

#include "base/id.h"

/* ---- small things that many have */

void encoder_lead(struct json_writer *json, const char *key, uint64_t number)
{
    char id[LEAD_ID_TEXT_SIZE];
    if (number == 0)
        return;
    lead_id_print(number, id);
    json_member(json, key, bytes_of(id));
}

void encoder_entity(struct json_writer *json, const char *key, enum id_letter letter,
                    uint64_t number)
{
    char id[LEAD_ID_TEXT_SIZE];
    if (number == 0)
        return;
    entity_id_print(letter, number, id);
    json_member(json, key, bytes_of(id));
}

void encoder_time_if(struct json_writer *json, const char *key, int64_t time_us)
{
    if (time_us != 0)
        json_member_time(json, key, time_us);
}

void encoder_rep_if(struct json_writer *json, const struct core *core, const char *key,
                    uint32_t rep)
{
    if (rep != CORE_NONE)
        json_member(json, key, bytes_of(core_rep_id(core, rep)));
}

int decoder_lead(struct decoder *d, const char *key, uint64_t *ret)
{
    struct bytes id = json_member_text(d->object, key);
    return id.size == 0 || lead_id_parse(id, ret) ? 0 : decoder_corrupt(d, key);
}

int decoder_entity(struct decoder *d, const char *key, enum id_letter letter, uint64_t *ret)
{
    struct bytes id = json_member_text(d->object, key);
    return id.size == 0 || entity_id_parse(letter, id, ret) ? 0 : decoder_corrupt(d, key);
}

int64_t decoder_time(struct decoder *d, const char *key)
{
    return json_member_time_us(d->object, key);
}

int decoder_objective(struct decoder *d, enum policy_objective *ret)
{
    const char *names[POLICY_OBJECTIVES];
    for (int i = 0; i < POLICY_OBJECTIVES; i++)
        names[i] = policy_objective_name((enum policy_objective)i);
    unsigned objective = 0;
    int code = decoder_word(d, "objective", names, POLICY_OBJECTIVES, &objective);
    *ret = (enum policy_objective)objective;
    return code;
}

/* ---- the subject */

static enum id_letter letter_of(enum core_event_type type)
{
    static const enum id_letter letters[CORE_EVENT_TYPES] = {
        [CORE_EXCEPTION_OPENED] = ID_EXCEPTION,   [CORE_EXCEPTION_CLAIMED] = ID_EXCEPTION,
        [CORE_EXCEPTION_RELEASED] = ID_EXCEPTION, [CORE_EXCEPTION_ESCALATED] = ID_EXCEPTION,
        [CORE_EXCEPTION_RESOLVED] = ID_EXCEPTION, [CORE_SURGE_STARTED] = ID_SURGE,
        [CORE_SURGE_PEAKED] = ID_SURGE,           [CORE_SURGE_ENDED] = ID_SURGE,
        [CORE_ALERT_PENDING] = ID_ALERT,          [CORE_ALERT_FIRING] = ID_ALERT,
        [CORE_ALERT_RESOLVED] = ID_ALERT,         [CORE_SILENCE_SET] = ID_SILENCE,
        [CORE_SILENCE_ENDED] = ID_SILENCE,        [CORE_INCIDENT_OPENED] = ID_INCIDENT,
        [CORE_INCIDENT_NOTED] = ID_INCIDENT,      [CORE_INCIDENT_CLOSED] = ID_INCIDENT,
        [CORE_REMEDIATION_DONE] = ID_INCIDENT,    [CORE_REMEDIATION_LATE] = ID_INCIDENT,
        [CORE_DELIVERY_DELIVERED] = ID_DELIVERY,  [CORE_DELIVERY_RETRIED] = ID_DELIVERY,
        [CORE_DELIVERY_FAILED] = ID_DELIVERY,     [CORE_DELIVERY_REQUEUED] = ID_DELIVERY,
        [CORE_DELIVERY_DISCARDED] = ID_DELIVERY,
    };
    return letters[type];
}

bool core_event_subject(const struct core_event *event, char text[static LEAD_ID_TEXT_SIZE])
{
    enum id_letter letter = letter_of(event->type);
    text[0] = '\0';
    if (letter != 0)
        entity_id_print(letter, event->entity, text);
    else if (event->lead != 0)
        lead_id_print(event->lead, text);
    else if (event->dead_letter != 0)
        dead_letter_id_print(event->dead_letter, text);
    return text[0] != '\0';
}

int decoder_entity_subject(struct decoder *d, struct bytes subject, bool *ret_is_entity)
{
    enum id_letter letter = letter_of(d->event->type);
    *ret_is_entity = letter != 0;
    if (letter == 0)
        return 0;
    if (!entity_id_parse(letter, subject, &d->event->entity))
        return decoder_corrupt(d, "subject");
    return letter == ID_EXCEPTION ? decoder_lead(d, "lead", &d->event->lead) : 0;
}

/* ---- deadlines that are not on the wall clock */

void encoder_deadlines(struct json_writer *json, const int64_t deadlines[static POLICY_OBJECTIVES])
{
    bool any = false;
    for (int i = 0; i < POLICY_OBJECTIVES; i++) {
        if (deadlines[i] == 0)
            continue;
        if (!any) {
            json_key(json, "deadlines");
            json_object_open(json);
        }
        any = true;
        json_member_time(json, policy_objective_name((enum policy_objective)i), deadlines[i]);
    }
    if (any)
        json_object_close(json);
}

void decoder_deadlines(struct decoder *d, int64_t deadlines[static POLICY_OBJECTIVES])
{
    struct json_object *object = json_object_object_get(d->object, "deadlines");
    for (int i = 0; i < POLICY_OBJECTIVES; i++)
        deadlines[i] =
            object != NULL
                ? json_member_time_us(object, policy_objective_name((enum policy_objective)i))
                : 0;
}

int decoder_measure(struct decoder *d, enum core_measure *ret)
{
    const char *names[CORE_MEASURES];
    if (json_object_object_get(d->object, "measure") == NULL)
        return 0;
    for (int i = 0; i < CORE_MEASURES; i++)
        names[i] = core_measure_name((enum core_measure)i);
    unsigned measure = 0;
    int code = decoder_word(d, "measure", names, CORE_MEASURES, &measure);
    *ret = (enum core_measure)measure;
    return code;
}

/* ---- ladders, acknowledgement, enrichment */

void clock_write_escalated(struct json_writer *json, const struct core *core,
                           const struct core_event *event)
{
    json_member(json, "objective", bytes_of(policy_objective_name(event->escalated.objective)));
    if (event->escalated.step != CORE_NONE)
        json_member_unsigned(json, "step", event->escalated.step);
    json_member(json, "action", bytes_of(policy_action_name(event->escalated.action)));
    encoder_rep_if(json, core, "rep", event->escalated.rep);
    encoder_rep_if(json, core, "manager", event->escalated.manager);
    json_member_if(json, "team", event->escalated.team);
    encoder_time_if(json, "planned_at", event->escalated.planned_us);
    json_member_time(json, "due_at", event->escalated.due_us);
}

int clock_read_escalated(struct decoder *d)
{
    struct core_event *event = d->event;
    const char *actions[POLICY_ACTIONS];
    for (int i = 0; i < POLICY_ACTIONS; i++)
        actions[i] = policy_action_name((enum policy_action)i);
    unsigned action = 0;
    int code = decoder_objective(d, &event->escalated.objective);
    if (code == 0)
        code = decoder_word(d, "action", actions, POLICY_ACTIONS, &action);
    if (code == 0)
        code = decoder_rep_if(d, "rep", &event->escalated.rep);
    if (code == 0)
        code = decoder_rep_if(d, "manager", &event->escalated.manager);
    event->escalated.action = (enum policy_action)action;
    event->escalated.step = (uint32_t)json_member_int(d->object, "step", CORE_NONE);
    event->escalated.team = decoder_text(d, "team");
    event->escalated.planned_us = decoder_time(d, "planned_at");
    event->escalated.due_us = decoder_time(d, "due_at");
    return code;
}

void clock_write_acknowledged(struct json_writer *json, const struct core *core,
                              const struct core_event *event)
{
    (void)core;
    json_member_if(json, "note", event->acknowledged.note);
    json_member_time(json, "until", event->acknowledged.until_us);
    json_member_time(json, "due_at", event->acknowledged.due_us);
}

int clock_read_acknowledged(struct decoder *d)
{
    d->event->acknowledged.note = decoder_text(d, "note");
    d->event->acknowledged.until_us = decoder_time(d, "until");
    d->event->acknowledged.due_us = decoder_time(d, "due_at");
    return 0;
}

void clock_write_enriched(struct json_writer *json, const struct core *core,
                          const struct core_event *event)
{
    const struct policy_release *release = core_release_at(core, event->enriched.release);
    json_member(json, "provider", event->enriched.provider);
    json_member(json, "class", bytes_of(release->classes[event->enriched.class_index].name));
    json_member_integer(json, "score", event->enriched.score);
    if (event->enriched.more)
        json_member_bool(json, "more", true);
    json_member_time(json, "due_at", event->enriched.due_us);
    encoder_deadlines(json, event->enriched.deadlines);
    json_key(json, "attributes"); /* last, for core_event_attributes */
    if (event->enriched.attributes.size > 0)
        json_raw(json, event->enriched.attributes);
    else
        policy_record_write_json(&release->schema, event->enriched.values, json);
}

int clock_read_enriched(struct decoder *d)
{
    struct core_event *event = d->event;
    const struct core_lead *lead = lead_get(d->core, event->lead);
    if (lead == NULL)
        return decoder_corrupt(d, "subject");
    event->enriched.provider = decoder_text(d, "provider");
    event->enriched.score = json_member_int(d->object, "score", 0);
    event->enriched.more = decoder_bool(d, "more");
    event->enriched.due_us = decoder_time(d, "due_at");
    decoder_deadlines(d, event->enriched.deadlines);
    event->enriched.release = lead->release;
    event->enriched.class_index = lead->class_index; /* old journals do not say: it stayed */
    const struct policy_release *release = core_release_at(d->core, lead->release);
    int code = json_object_object_get(d->object, "class") != NULL
                   ? decoder_class(d, release, &event->enriched.class_index)
                   : 0;
    return code < 0 ? code
                    : decoder_attributes(d, &release->schema, &event->enriched.values,
                                         &event->enriched.attributes);
}

/* ---- exceptions */

void clock_write_exception(struct json_writer *json, const struct core *core,
                           const struct core_event *event)
{
    bool opened = event->type == CORE_EXCEPTION_OPENED;
    encoder_lead(json, "lead", event->lead);
    if (event->type == CORE_EXCEPTION_CLAIMED || event->type == CORE_EXCEPTION_RELEASED) {
        json_member_if(json, "note", event->exception.context);
        return;
    }
    if (opened) {
        json_member(json, "kind", event->exception.kind);
        json_member_if(json, "queue", event->exception.queue);
        if (event->exception.about == CORE_ABOUT_SOURCE)
            json_member(json, "source", bytes_of(core_source_id(core, event->exception.index)));
        if (event->exception.about == CORE_ABOUT_POOL)
            json_member(json, "pool", bytes_of(core_pool_id(core, event->exception.index)));
        if (event->exception.about == CORE_ABOUT_DESTINATION)
            json_member(json, "destination",
                        bytes_of(core_destination_id(core, event->exception.index)));
    } else {
        json_member(json, "action",
                    bytes_of(policy_fall_back_action_name(event->exception.action)));
        json_member_unsigned(json, "count", event->exception.count);
    }
    json_member_if(json, "team", event->exception.team);
    json_member_if(json, "context", event->exception.context);
    json_member_time(json, "due_at", event->exception.due_us);
}

/* Of the members lead, source, destination and pool the one that is there says what it is about. */
static int read_about(struct decoder *d)
{
    static const struct {
        enum core_about about;
        uint32_t (*find)(const struct core *core, struct bytes id);
    } abouts[] = {
        {CORE_ABOUT_SOURCE, core_source_find},
        {CORE_ABOUT_DESTINATION, core_destination_find},
        {CORE_ABOUT_POOL, core_pool_find},
    };
    struct core_event *event = d->event;
    event->exception.about = CORE_ABOUT_LEAD;
    event->exception.index = CORE_NONE;
    if (event->lead != 0)
        return 0;
    const char *member = core_about_name(CORE_ABOUT_POOL);
    for (size_t i = 0; i < sizeof abouts / sizeof *abouts; i++) {
        const char *name = core_about_name(abouts[i].about);
        if (json_object_object_get(d->object, name) == NULL)
            continue;
        event->exception.about = abouts[i].about;
        event->exception.index = abouts[i].find(d->core, json_member_text(d->object, name));
        member = name;
        break;
    }
    return event->exception.index == CORE_NONE ? decoder_corrupt(d, member) : 0;
}

int clock_read_exception(struct decoder *d)
{
    struct core_event *event = d->event;
    if (event->type == CORE_EXCEPTION_CLAIMED || event->type == CORE_EXCEPTION_RELEASED) {
        event->exception.context = decoder_text(d, "note");
        return 0;
    }
    event->exception.kind = decoder_text(d, "kind");
    event->exception.queue = decoder_text(d, "queue");
    event->exception.team = decoder_text(d, "team");
    event->exception.context = decoder_text(d, "context");
    event->exception.due_us = decoder_time(d, "due_at");
    if (event->type == CORE_EXCEPTION_OPENED)
        return event->exception.kind.size == 0 ? decoder_corrupt(d, "kind") : read_about(d);
    const char *actions[POLICY_FALL_BACK_ACTIONS];
    for (int i = 0; i < POLICY_FALL_BACK_ACTIONS; i++)
        actions[i] = policy_fall_back_action_name((enum policy_fall_back_action)i);
    unsigned action = 0;
    int code = decoder_word(d, "action", actions, POLICY_FALL_BACK_ACTIONS, &action);
    event->exception.action = (enum policy_fall_back_action)action;
    event->exception.count = decoder_u32(d, "count");
    return code;
}

void clock_write_resolved(struct json_writer *json, const struct core *core,
                          const struct core_event *event)
{
    (void)core;
    encoder_lead(json, "lead", event->lead);
    json_member(json, "action", bytes_of(core_resolution_name(event->resolved.action)));
    if (event->resolved.automatic)
        json_member_bool(json, "automatic", true);
    json_member_if(json, "cause", event->resolved.cause);
    json_member_if(json, "remediation", event->resolved.remediation);
    encoder_lead(json, "into", event->resolved.into);
}

int clock_read_resolved(struct decoder *d)
{
    struct core_event *event = d->event;
    const char *actions[CORE_RESOLUTIONS];
    for (int i = 0; i < CORE_RESOLUTIONS; i++)
        actions[i] = core_resolution_name((enum core_resolution)i);
    unsigned action = 0;
    int code = decoder_word(d, "action", actions, CORE_RESOLUTIONS, &action);
    event->resolved.action = (enum core_resolution)action;
    event->resolved.automatic = decoder_bool(d, "automatic");
    event->resolved.cause = decoder_text(d, "cause");
    event->resolved.remediation = decoder_text(d, "remediation");
    return code < 0 ? code : decoder_lead(d, "into", &event->resolved.into);
}
