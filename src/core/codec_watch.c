/* The JSON of events about surges, alerts, silences, pages and incidents. */
#include "core/codec.h"

#include "base/id.h"

static struct bytes keep(struct decoder *d, struct bytes text)
{
    return text.size > 0 ? arena_copy(d->arena, text) : (struct bytes){0};
}

/* The list in a member; NULL when there is none, or too much in it. */
static struct json_object *list_of(struct decoder *d, const char *key, size_t most,
                                   uint32_t *ret_count)
{
    struct json_object *list = json_object_object_get(d->object, key);
    if (!json_object_is_type(list, json_type_array) || json_object_array_length(list) > most)
        return NULL;
    *ret_count = (uint32_t)json_object_array_length(list);
    return list;
}

static uint64_t decoder_number(struct json_object *object, const char *key)
{
    return (uint64_t)json_member_int(object, key, 0);
}

/* ---- surges */

static void write_measures(struct json_writer *json, const uint64_t measures[static CORE_MEASURES])
{
    json_key(json, "measures");
    json_object_open(json);
    for (int i = 1; i < CORE_MEASURES; i++)
        if (measures[i] != 0)
            json_member_unsigned(json, core_measure_name((enum core_measure)i), measures[i]);
    json_object_close(json);
}

void watch_write_surge(struct json_writer *json, const struct core *core,
                       const struct core_event *event)
{
    (void)core;
    json_member(json, "kind", bytes_of(core_series_kind_name(event->surge.kind)));
    json_member(json, "name", event->surge.name);
    json_member_unsigned(json, "count", event->surge.window_count);
    json_member_unsigned(json, "expected", event->surge.expected);
    encoder_time_if(json, "peak_at", event->surge.peak_us);
    if (event->type != CORE_SURGE_ENDED)
        return;
    json_member_unsigned(json, "leads", event->surge.leads);
    write_measures(json, event->surge.measures);
    if (event->surge.expired)
        json_member_bool(json, "expired", true);
}

int watch_read_surge(struct decoder *d)
{
    struct core_event *event = d->event;
    const char *const kinds[] = {core_series_kind_name(CORE_SERIES_SOURCE),
                                 core_series_kind_name(CORE_SERIES_CAMPAIGN)};
    unsigned kind = 0;
    int code = decoder_word(d, "kind", kinds, sizeof kinds / sizeof *kinds, &kind);
    event->surge.kind = kind == 0 ? CORE_SERIES_SOURCE : CORE_SERIES_CAMPAIGN;
    event->surge.name = decoder_text(d, "name");
    event->surge.window_count = decoder_u32(d, "count");
    event->surge.expected = decoder_u32(d, "expected");
    event->surge.peak_us = decoder_time(d, "peak_at");
    event->surge.leads = decoder_number(d->object, "leads");
    event->surge.expired = decoder_bool(d, "expired");
    struct json_object *measures = json_object_object_get(d->object, "measures");
    for (int i = 1; i < CORE_MEASURES; i++)
        event->surge.measures[i] =
            decoder_number(measures, core_measure_name((enum core_measure)i));
    return code;
}

/* ---- alerts, silences, pages */

void watch_write_alert(struct json_writer *json, const struct core *core,
                       const struct core_event *event)
{
    (void)core;
    json_member(json, "rule", event->alert.rule);
    json_member_if(json, "label", event->alert.label);
    json_member_integer(json, "value", event->alert.value);
    json_member_time(json, "since", event->alert.since_us);
    if (event->alert.fired)
        json_member_bool(json, "fired", true);
}

int watch_read_alert(struct decoder *d)
{
    struct core_event *event = d->event;
    event->alert.rule = decoder_text(d, "rule");
    event->alert.label = decoder_text(d, "label");
    event->alert.value = json_member_int(d->object, "value", 0);
    event->alert.since_us = decoder_time(d, "since");
    event->alert.fired = decoder_bool(d, "fired");
    return event->alert.rule.size == 0 ? decoder_corrupt(d, "rule") : 0;
}

void watch_write_silence(struct json_writer *json, const struct core *core,
                         const struct core_event *event)
{
    (void)core;
    json_member_if(json, "rule", event->silence.rule);
    json_member_if(json, "label", event->silence.label);
    json_member_time(json, "until", event->silence.until_us);
    json_member_if(json, "reason", event->silence.reason);
}

int watch_read_silence(struct decoder *d)
{
    d->event->silence.rule = decoder_text(d, "rule");
    d->event->silence.label = decoder_text(d, "label");
    d->event->silence.until_us = decoder_time(d, "until");
    d->event->silence.reason = decoder_text(d, "reason");
    return d->event->silence.until_us == 0 ? decoder_corrupt(d, "until") : 0;
}

void watch_write_page(struct json_writer *json, const struct core *core,
                      const struct core_event *event)
{
    char id[LEAD_ID_TEXT_SIZE];
    json_member_if(json, "team", event->page.team);
    encoder_rep_if(json, core, "rep", event->page.rep);
    if (event->page.repeated)
        json_member_bool(json, "repeated", true);
    json_member_bool(json, "urgent", event->page.urgent);
    json_key(json, "alerts");
    json_array_open(json);
    for (uint32_t i = 0; i < event->page.alert_count; i++) {
        entity_id_print(ID_ALERT, event->page.alerts[i], id);
        json_string(json, bytes_of(id));
    }
    json_array_close(json);
    json_member_if(json, "what", event->page.what);
}

int watch_read_page(struct decoder *d)
{
    struct core_event *event = d->event;
    event->page.team = decoder_text(d, "team");
    event->page.what = decoder_text(d, "what");
    event->page.repeated = decoder_bool(d, "repeated");
    event->page.urgent = decoder_bool(d, "urgent");
    struct json_object *list = list_of(d, "alerts", CORE_PAGE_ALERTS_MAX, &event->page.alert_count);
    if (list == NULL)
        return decoder_corrupt(d, "alerts");
    uint64_t *alerts = arena_array(d->arena, event->page.alert_count + 1, sizeof *alerts);
    for (uint32_t i = 0; i < event->page.alert_count; i++)
        if (!entity_id_parse(ID_ALERT, json_text(json_object_array_get_idx(list, i)), &alerts[i]))
            return decoder_corrupt(d, "alerts");
    event->page.alerts = alerts;
    return decoder_rep_if(d, "rep", &event->page.rep);
}

/* ---- incidents */

static void write_postmortem(struct json_writer *json, const struct core_event *event)
{
    json_key(json, "causes");
    json_array_open(json);
    for (uint32_t i = 0; i < event->incident.cause_count; i++)
        json_string(json, event->incident.causes[i]);
    json_array_close(json);
    json_key(json, "items");
    json_array_open(json);
    for (uint32_t i = 0; i < event->incident.item_count; i++) {
        const struct core_remediation *item = &event->incident.items[i];
        json_object_open(json);
        json_member(json, "title", item->title);
        json_member(json, "owner", item->owner);
        json_member_time(json, "due_at", item->due_us);
        json_object_close(json);
    }
    json_array_close(json);
}

void watch_write_incident(struct json_writer *json, const struct core *core,
                          const struct core_event *event)
{
    (void)core;
    if (event->type != CORE_INCIDENT_OPENED) {
        json_member(json, "text", event->incident.text);
        if (event->type == CORE_INCIDENT_CLOSED)
            write_postmortem(json, event);
        return;
    }
    json_member(json, "title", event->incident.title);
    json_member_if(json, "team", event->incident.team);
    if (event->incident.class_name.size > 0) {
        json_member(json, "class", event->incident.class_name);
        json_member(json, "objective", bytes_of(policy_objective_name(event->incident.objective)));
        json_member_unsigned(json, "attained", event->incident.attained);
        json_member_unsigned(json, "norm", event->incident.norm);
    }
    encoder_entity(json, "alert", ID_ALERT, event->incident.alert);
}

static int read_causes(struct decoder *d)
{
    struct core_event *event = d->event;
    struct json_object *list =
        list_of(d, "causes", CORE_INCIDENT_CAUSES_MAX, &event->incident.cause_count);
    if (list == NULL)
        return decoder_corrupt(d, "causes");
    struct bytes *causes = arena_array(d->arena, event->incident.cause_count + 1, sizeof *causes);
    for (uint32_t i = 0; i < event->incident.cause_count; i++)
        causes[i] = keep(d, json_text(json_object_array_get_idx(list, i)));
    event->incident.causes = causes;
    return 0;
}

static int read_items(struct decoder *d)
{
    struct core_event *event = d->event;
    struct json_object *list = list_of(d, "items", CORE_ITEMS_MAX, &event->incident.item_count);
    if (list == NULL)
        return decoder_corrupt(d, "items");
    struct core_remediation *items =
        arena_array(d->arena, event->incident.item_count + 1, sizeof *items);
    for (uint32_t i = 0; i < event->incident.item_count; i++) {
        struct json_object *item = json_object_array_get_idx(list, i);
        items[i].title = keep(d, json_member_text(item, "title"));
        items[i].owner = keep(d, json_member_text(item, "owner"));
        items[i].due_us = json_member_time_us(item, "due_at");
    }
    event->incident.items = items;
    return 0;
}

int watch_read_incident(struct decoder *d)
{
    struct core_event *event = d->event;
    if (event->type != CORE_INCIDENT_OPENED) {
        event->incident.text = decoder_text(d, "text");
        int code = event->type == CORE_INCIDENT_CLOSED ? read_causes(d) : 0;
        return code < 0 || event->type != CORE_INCIDENT_CLOSED ? code : read_items(d);
    }
    event->incident.title = decoder_text(d, "title");
    event->incident.team = decoder_text(d, "team");
    event->incident.class_name = decoder_text(d, "class");
    event->incident.attained = decoder_u32(d, "attained");
    event->incident.norm = decoder_u32(d, "norm");
    int code =
        event->incident.class_name.size > 0 ? decoder_objective(d, &event->incident.objective) : 0;
    return code < 0 ? code : decoder_entity(d, "alert", ID_ALERT, &event->incident.alert);
}

void watch_write_remediation(struct json_writer *json, const struct core *core,
                             const struct core_event *event)
{
    (void)core;
    json_member_unsigned(json, "item", event->remediation.item);
    json_member_if(json, "note", event->remediation.note);
    encoder_time_if(json, "next_at", event->remediation.next_us);
}

int watch_read_remediation(struct decoder *d)
{
    d->event->remediation.item = decoder_u32(d, "item");
    d->event->remediation.note = decoder_text(d, "note");
    d->event->remediation.next_us = decoder_time(d, "next_at");
    return 0;
}
