/* The JSON of deliveries: what an event brings about outside, what came of it, and changes made in
 * other systems. What is usual is left out, for there are many of these. */
#include "core/codec.h"

#include "core/outbox.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static void write_destination(struct json_writer *json, const struct core *core, const char *key,
                              uint32_t destination)
{
    json_member(json, key, bytes_of(core_destination_id(core, destination)));
}

static int read_destination(struct decoder *d, struct json_object *object, const char *key,
                            uint32_t *ret)
{
    *ret = core_destination_find(d->core, json_member_text(object, key));
    return *ret == CORE_NONE ? decoder_corrupt(d, key) : 0;
}

static void write_purpose(struct json_writer *json, enum policy_purpose purpose)
{
    if (purpose != POLICY_DELIVER)
        json_member(json, "purpose", bytes_of(policy_purpose_name(purpose)));
}

static bool read_purpose(struct json_object *object, enum policy_purpose *ret)
{
    struct bytes name = json_member_text(object, "purpose");
    *ret = POLICY_DELIVER;
    for (int purpose = 0; purpose < POLICY_PURPOSES && name.size > 0; purpose++)
        if (bytes_is(name, policy_purpose_name((enum policy_purpose)purpose))) {
            *ret = (enum policy_purpose)purpose;
            return true;
        }
    return name.size == 0;
}

static void write_unsigned_if(struct json_writer *json, const char *key, uint64_t value)
{
    if (value != 0)
        json_member_unsigned(json, key, value);
}

/* ---- dues */

static void write_due(struct json_writer *json, const struct core *core, const struct core_due *due)
{
    json_object_open(json);
    if (due->destination == CORE_NONE) {
        json_key(json, "to");
        json_null(json);
    } else {
        write_destination(json, core, "to", due->destination);
    }
    write_purpose(json, due->purpose);
    json_member_if(json, "target", due->target);
    encoder_time_if(json, "at", due->due_us);
    if (due->digest)
        json_member_bool(json, "digest", true);
    write_unsigned_if(json, "step", due->step);
    json_object_close(json);
}

void outbox_write_dues(struct json_writer *json, const struct core *core,
                       const struct core_event *event)
{
    if (event->due_count == 0)
        return;
    json_key(json, "dues");
    json_array_open(json);
    for (uint32_t i = 0; i < event->due_count; i++)
        write_due(json, core, &event->dues[i]);
    json_array_close(json);
}

static int read_due(struct decoder *d, struct json_object *object, struct core_due *ret)
{
    struct json_object *to = NULL;
    if (!json_object_object_get_ex(object, "to", &to) || !read_purpose(object, &ret->purpose))
        return decoder_corrupt(d, "dues");
    ret->destination = to == NULL ? CORE_NONE : core_destination_find(d->core, json_text(to));
    if (to != NULL && ret->destination == CORE_NONE)
        return decoder_corrupt(d, "dues");
    struct bytes target = json_member_text(object, "target");
    ret->target = target.size > 0 ? arena_copy(d->arena, target) : (struct bytes){0};
    ret->due_us = json_member_time_us(object, "at");
    ret->digest = json_object_get_boolean(json_object_object_get(object, "digest"));
    ret->step = (uint32_t)json_member_int(object, "step", 0);
    return 0;
}

int outbox_read_dues(struct decoder *d)
{
    struct json_object *list = json_object_object_get(d->object, "dues");
    if (list == NULL)
        return 0;
    size_t count = json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0;
    if (count == 0 || count > CORE_DUES_OF_EVENT_MAX)
        return decoder_corrupt(d, "dues");
    struct core_due *dues = arena_array(d->arena, count, sizeof *dues);
    int code = 0;
    for (size_t i = 0; i < count && code == 0; i++)
        code = read_due(d, json_object_array_get_idx(list, i), &dues[i]);
    d->event->dues = dues;
    d->event->due_count = (uint32_t)count;
    return code;
}

/* ---- deliveries */

void outbox_write_delivery(struct json_writer *json, const struct core *core,
                           const struct core_event *event)
{
    write_destination(json, core, "destination", event->delivery.destination);
    encoder_lead(json, "lead", event->delivery.about);
    write_purpose(json, event->delivery.purpose);
    json_member_if(json, "target", event->delivery.target);
    write_unsigned_if(json, "step", event->delivery.step);
    if (event->delivery.outcome != CORE_OUTCOME_OK)
        json_member(json, "outcome", bytes_of(core_outcome_name(event->delivery.outcome)));
    write_unsigned_if(json, "attempt", event->delivery.attempt);
    write_unsigned_if(json, "status", event->delivery.status);
    encoder_time_if(json, "started_at", event->delivery.started_us);
    if (event->delivery.took_us > 0)
        json_member_integer(json, "took_us", event->delivery.took_us);
    if (event->delivery.cached)
        json_member_bool(json, "cached", true);
    json_member_if(json, "response_id", event->delivery.response_id);
    json_member_if(json, "excerpt", event->delivery.excerpt);
    json_member_if(json, "reason", event->delivery.reason);
    json_member_if(json, "external_id", event->delivery.external_id);
    json_member_if(json, "owner", event->delivery.owner);
    json_member_if(json, "status_there", event->delivery.status_there);
    encoder_time_if(json, "due_at", event->delivery.due_us);
}

static int read_outcome(struct decoder *d, enum core_outcome *ret)
{
    const char *names[CORE_OUTCOMES];
    unsigned outcome = 0;
    *ret = CORE_OUTCOME_OK;
    if (json_object_object_get(d->object, "outcome") == NULL)
        return 0;
    for (int i = 0; i < CORE_OUTCOMES; i++)
        names[i] = core_outcome_name((enum core_outcome)i);
    int code = decoder_word(d, "outcome", names, CORE_OUTCOMES, &outcome);
    *ret = (enum core_outcome)outcome;
    return code;
}

int outbox_read_delivery(struct decoder *d)
{
    struct core_event *event = d->event;
    int code = read_destination(d, d->object, "destination", &event->delivery.destination);
    if (code == 0)
        code = decoder_lead(d, "lead", &event->delivery.about);
    if (code == 0 && !read_purpose(d->object, &event->delivery.purpose))
        code = decoder_corrupt(d, "purpose");
    if (code == 0)
        code = read_outcome(d, &event->delivery.outcome);
    event->delivery.target = decoder_text(d, "target");
    event->delivery.step = decoder_u32(d, "step");
    event->delivery.attempt = decoder_u32(d, "attempt");
    event->delivery.status = decoder_u32(d, "status");
    event->delivery.started_us = decoder_time(d, "started_at");
    event->delivery.took_us = json_member_int(d->object, "took_us", 0);
    event->delivery.cached = decoder_bool(d, "cached");
    event->delivery.response_id = decoder_text(d, "response_id");
    event->delivery.excerpt = decoder_text(d, "excerpt");
    event->delivery.reason = decoder_text(d, "reason");
    event->delivery.external_id = decoder_text(d, "external_id");
    event->delivery.owner = decoder_text(d, "owner");
    event->delivery.status_there = decoder_text(d, "status_there");
    event->delivery.due_us = decoder_time(d, "due_at");
    return code;
}

/* ---- destinations */

void outbox_write_destination(struct json_writer *json, const struct core *core,
                              const struct core_event *event)
{
    write_destination(json, core, "destination", event->destination.destination);
    json_member(json, "change", bytes_of(core_destination_change_name(event->destination.change)));
    json_member_if(json, "reason", event->destination.reason);
    encoder_time_if(json, "until_at", event->destination.until_us);
}

int outbox_read_destination(struct decoder *d)
{
    struct core_event *event = d->event;
    const char *names[CORE_DESTINATION_CHANGES];
    for (int i = 0; i < CORE_DESTINATION_CHANGES; i++)
        names[i] = core_destination_change_name((enum core_destination_change)i);
    unsigned change = 0;
    int code = read_destination(d, d->object, "destination", &event->destination.destination);
    if (code == 0)
        code = decoder_word(d, "change", names, CORE_DESTINATION_CHANGES, &change);
    event->destination.change = (enum core_destination_change)change;
    event->destination.reason = decoder_text(d, "reason");
    event->destination.until_us = decoder_time(d, "until_at");
    return code;
}

/* ---- two-way systems */

void outbox_write_sync(struct json_writer *json, const struct core *core,
                       const struct core_event *event)
{
    char value[17];
    write_destination(json, core, "destination", event->sync.destination);
    encoder_lead(json, "lead", event->sync.about);
    json_member(json, "field", event->sync.field);
    json_member_if(json, "theirs", event->sync.theirs);
    json_member_if(json, "ours", event->sync.ours);
    json_member_if(json, "change", event->sync.change);
    json_member_if(json, "reason", event->sync.reason);
    encoder_time_if(json, "changed_at", event->sync.changed_us);
    json_member_if(json, "external_id", event->sync.external_id);
    if (event->sync.value == 0)
        return;
    snprintf(value, sizeof value, "%016" PRIx64, event->sync.value);
    json_member(json, "value", bytes_of(value));
}

int outbox_read_sync(struct decoder *d)
{
    struct core_event *event = d->event;
    const char *value = json_member_text(d->object, "value").data;
    int code = read_destination(d, d->object, "destination", &event->sync.destination);
    if (code == 0)
        code = decoder_lead(d, "lead", &event->sync.about);
    event->sync.field = decoder_text(d, "field");
    event->sync.theirs = decoder_text(d, "theirs");
    event->sync.ours = decoder_text(d, "ours");
    event->sync.change = decoder_text(d, "change");
    event->sync.reason = decoder_text(d, "reason");
    event->sync.changed_us = decoder_time(d, "changed_at");
    event->sync.external_id = decoder_text(d, "external_id");
    event->sync.value = value != NULL ? strtoull(value, NULL, 16) : 0;
    return code < 0 || event->sync.field.size > 0 ? code : decoder_corrupt(d, "field");
}
