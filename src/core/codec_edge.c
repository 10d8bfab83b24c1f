/* Events about dead letters, versions and notices as JSON and back. */
#include "core/codec.h"

#include "base/id.h"

#include <sodium.h>
#include <stdlib.h>

enum { MODES = POLICY_CANARY + 1, SHORT_ID = 16 };

static void write_raw(struct json_writer *json, const char *key, struct bytes text)
{
    if (text.size == 0)
        return;
    json_key(json, key);
    json_raw(json, text);
}

static void write_dead_letter(struct json_writer *json, uint64_t number)
{
    char id[LEAD_ID_TEXT_SIZE];
    dead_letter_id_print(number, id);
    json_string(json, bytes_of(id));
}

static struct bytes boolean_text(bool value)
{
    return value ? BYTES_LITERAL("true") : (struct bytes){0};
}

/* ---- how a lead's record was read */

void edge_write_reading(struct json_writer *json, const struct core_event *event)
{
    if (event->type != CORE_LEAD_TOUCHED && event->captured.captured_us != event->time_us)
        json_member_time(json, "captured_at", event->captured.captured_us);
    if (event->dead_letter != 0) {
        json_key(json, "dead_letter");
        write_dead_letter(json, event->dead_letter);
    }
    if (event->captured.contract != 0)
        json_member_unsigned(json, "contract", event->captured.contract);
    write_raw(json, "shadow", event->captured.shadow);
}

int edge_read_reading(struct decoder *d)
{
    struct core_event *event = d->event;
    struct bytes letter = json_member_text(d->object, "dead_letter");
    if (letter.size > 0 && !dead_letter_id_parse(letter, &event->dead_letter))
        return decoder_corrupt(d, "dead_letter");
    event->captured.contract = decoder_u32(d, "contract");
    event->captured.shadow = decoder_raw(d, "shadow");
    event->captured.captured_us = json_member_time_us(d->object, "captured_at");
    if (event->captured.captured_us == 0)
        event->captured.captured_us = event->time_us;
    return 0;
}

/* ---- refused records */

/* As text where JSON can hold it. Control characters are six bytes each there: what has many is no
 * text that somebody reads, and would swell the journal. */
static bool is_text(struct bytes payload)
{
    enum { ESCAPED_EXTRA = 5, BASE64_PART = 3 }; /* base64 is a third longer */
    size_t controls = 0;
    for (size_t i = 0; i < payload.size; i++) {
        unsigned char c = (unsigned char)payload.data[i];
        if (c == '\0')
            return false;
        controls += c < ' ' && c != '\t' && c != '\n' && c != '\r';
    }
    return controls * ESCAPED_EXTRA <= payload.size / BASE64_PART + ESCAPED_EXTRA &&
           bytes_is_utf8(payload);
}

/* Else as base64. */
static void write_payload(struct json_writer *json, struct bytes payload)
{
    if (is_text(payload)) {
        json_member(json, "payload", payload);
        return;
    }
    size_t size = sodium_base64_encoded_len(payload.size, sodium_base64_VARIANT_ORIGINAL);
    char *text = core_allocate(size, 1);
    sodium_bin2base64(text, size, (const unsigned char *)payload.data, payload.size,
                      sodium_base64_VARIANT_ORIGINAL);
    json_member(json, "payload_base64", (struct bytes){text, size - 1});
    free(text);
}

static int read_payload(struct json_object *object, struct arena *arena, struct bytes *ret)
{
    struct json_object *text = json_object_object_get(object, "payload");
    if (text != NULL) {
        *ret = arena_copy(arena, json_text(text));
        return 0;
    }
    struct bytes encoded = json_member_text(object, "payload_base64");
    char *decoded = arena_alloc(arena, encoded.size + 1);
    size_t size;
    if (encoded.size == 0 ||
        sodium_base642bin((unsigned char *)decoded, encoded.size, encoded.data, encoded.size, NULL,
                          &size, NULL, sodium_base64_VARIANT_ORIGINAL) != 0)
        return ML_ECORRUPT;
    *ret = (struct bytes){decoded, size};
    return 0;
}

int core_event_payload(struct bytes data, struct arena *arena, struct bytes *ret, struct error *err)
{
    JSON_AUTO *object = NULL;
    if (json_parse(data, &object, NULL) < 0 || read_payload(object, arena, ret) < 0)
        return error_set(err, ML_ECORRUPT, "",
                         "the event of a refused record holds no payload; run `meshline verify`");
    return 0;
}

void edge_write_refused(struct json_writer *json, const struct core *core,
                        const struct core_event *event)
{
    const struct policy_release *release = core_release_at(core, event->refused.release);
    json_member(json, "source", bytes_of(release->sources[event->refused.source].name));
    json_member(json, "release", (struct bytes){release->id_text, SHORT_ID});
    if (event->refused.contract != 0)
        json_member_unsigned(json, "contract", event->refused.contract);
    write_raw(json, "canary", boolean_text(event->refused.canary));
    json_member(json, "violation", event->refused.violation);
    json_member(json, "message", event->refused.message);
    write_raw(json, "errors", event->refused.errors);
    write_raw(json, "shadow", event->refused.shadow);
    if (event->type == CORE_RECORD_RETRIED)
        return;
    json_member_if(json, "media_type", event->refused.media_type);
    write_raw(json, "headers", event->refused.headers);
    write_payload(json, event->refused.payload); /* last */
}

int edge_read_refused(struct decoder *d)
{
    struct core_event *event = d->event;
    int code = decoder_release_source(d, &event->refused.release, &event->refused.source);
    if (code < 0)
        return code;
    event->refused.contract = decoder_u32(d, "contract");
    event->refused.canary = decoder_bool(d, "canary");
    event->refused.violation = decoder_text(d, "violation");
    event->refused.message = decoder_text(d, "message");
    event->refused.errors = decoder_raw(d, "errors");
    event->refused.shadow = decoder_raw(d, "shadow");
    if (event->type == CORE_RECORD_RETRIED)
        return 0;
    event->refused.media_type = decoder_text(d, "media_type");
    event->refused.headers = decoder_raw(d, "headers");
    if (read_payload(d->object, d->arena, &event->refused.payload) < 0)
        return decoder_corrupt(d, "payload");
    return 0;
}

void edge_write_discarded(struct json_writer *json, const struct core *core,
                          const struct core_event *event)
{
    (void)core;
    json_member(json, "reason", event->discarded.reason);
}

int edge_read_discarded(struct decoder *d)
{
    d->event->discarded.reason = decoder_text(d, "reason");
    return 0;
}

/* ---- versions */

void edge_write_switched(struct json_writer *json, const struct core *core,
                         const struct core_event *event)
{
    const struct policy_rollout *rollout = &event->switched.rollout;
    json_member(json, "source", bytes_of(core_source_id(core, event->switched.source)));
    json_member(json, "cause", bytes_of(core_switch_cause_name(event->switched.cause)));
    json_member_unsigned(json, "active", rollout->active);
    json_member(json, "mode", bytes_of(policy_rollout_mode_name(rollout->mode)));
    if (rollout->candidate != 0)
        json_member_unsigned(json, "candidate", rollout->candidate);
    if (rollout->share != 0)
        json_member_unsigned(json, "share", rollout->share);
    if (rollout->previous != 0)
        json_member_unsigned(json, "previous", rollout->previous);
    if (event->switched.cause == CORE_SWITCH_FELL_BACK) {
        json_member_unsigned(json, "accepted", event->switched.accepted);
        json_member_unsigned(json, "refused", event->switched.refused);
    }
    json_member_if(json, "note", event->switched.note);
}

static int read_source(struct decoder *d, uint32_t *ret)
{
    *ret = core_source_find(d->core, json_member_text(d->object, "source"));
    return *ret == CORE_NONE ? decoder_corrupt(d, "source") : 0;
}

int edge_read_switched(struct decoder *d)
{
    struct core_event *event = d->event;
    const char *causes[CORE_SWITCH_CAUSES], *modes[MODES];
    for (int i = 0; i < MODES; i++)
        modes[i] = policy_rollout_mode_name((enum policy_rollout_mode)i);
    for (int i = 0; i < CORE_SWITCH_CAUSES; i++)
        causes[i] = core_switch_cause_name((enum core_switch_cause)i);
    unsigned cause = 0, mode = 0;
    int code = read_source(d, &event->switched.source);
    if (code == 0)
        code = decoder_word(d, "cause", causes, CORE_SWITCH_CAUSES, &cause);
    if (code == 0)
        code = decoder_word(d, "mode", modes, MODES, &mode);
    event->switched.cause = (enum core_switch_cause)cause;
    event->switched.rollout = (struct policy_rollout){.active = decoder_u32(d, "active"),
                                                      .candidate = decoder_u32(d, "candidate"),
                                                      .previous = decoder_u32(d, "previous"),
                                                      .mode = (enum policy_rollout_mode)mode,
                                                      .share = decoder_u32(d, "share")};
    event->switched.accepted = decoder_u32(d, "accepted");
    event->switched.refused = decoder_u32(d, "refused");
    event->switched.note = decoder_text(d, "note");
    return code;
}

/* ---- notices */

static void write_item(struct json_writer *json, const struct core_notice_item *item)
{
    json_object_open(json);
    json_member_unsigned(json, "contract", item->contract);
    json_member(json, "violation", item->violation);
    json_member(json, "message", item->message);
    json_member_unsigned(json, "count", item->count);
    json_key(json, "examples");
    json_array_open(json);
    for (int i = 0; i < CORE_NOTICE_EXAMPLES_MAX && item->examples[i] != 0; i++)
        write_dead_letter(json, item->examples[i]);
    json_array_close(json);
    json_object_close(json);
}

void edge_write_notice(struct json_writer *json, const struct core *core,
                       const struct core_event *event)
{
    json_member(json, "source", bytes_of(core_source_id(core, event->notice.source)));
    json_member_bool(json, "digest", event->notice.digest);
    if (event->notice.since_us != 0)
        json_member_time(json, "since", event->notice.since_us);
    if (event->notice.next_us != 0)
        json_member_time(json, "next_at", event->notice.next_us);
    json_member_unsigned(json, "total", event->notice.total);
    json_key(json, "items");
    json_array_open(json);
    for (uint32_t i = 0; i < event->notice.item_count; i++)
        write_item(json, &event->notice.items[i]);
    json_array_close(json);
    if (event->notice.more > 0)
        json_member_unsigned(json, "more", event->notice.more);
    json_key(json, "targets");
    json_array_open(json);
    for (uint32_t i = 0; i < event->notice.target_count; i++)
        json_string(json, event->notice.targets[i]);
    json_array_close(json);
}

static struct bytes keep(struct decoder *d, struct bytes text)
{
    return text.size > 0 ? arena_copy(d->arena, text) : text;
}

static int read_item(struct decoder *d, struct json_object *object, struct core_notice_item *ret)
{
    ret->contract = (uint32_t)json_member_int(object, "contract", 0);
    ret->violation = keep(d, json_member_text(object, "violation"));
    ret->message = keep(d, json_member_text(object, "message"));
    ret->count = (uint64_t)json_member_int(object, "count", 0);
    struct json_object *examples = json_object_object_get(object, "examples");
    size_t count = examples != NULL ? json_object_array_length(examples) : 0;
    for (size_t i = 0; i < count && i < CORE_NOTICE_EXAMPLES_MAX; i++)
        if (!dead_letter_id_parse(json_text(json_object_array_get_idx(examples, i)),
                                  &ret->examples[i]))
            return decoder_corrupt(d, "items.examples");
    return 0;
}

static int read_items(struct decoder *d)
{
    struct json_object *list = json_object_object_get(d->object, "items");
    if (!json_object_is_type(list, json_type_array))
        return decoder_corrupt(d, "items");
    uint32_t count = (uint32_t)json_object_array_length(list);
    struct core_notice_item *items = arena_array(d->arena, count + 1, sizeof *items);
    int code = 0;
    for (uint32_t i = 0; i < count && code == 0; i++)
        code = read_item(d, json_object_array_get_idx(list, i), &items[i]);
    d->event->notice.items = items;
    d->event->notice.item_count = count;
    if (code == 0 && !d->event->notice.digest && count != 1)
        return decoder_corrupt(d, "items"); /* the first of its kind is one */
    return code;
}

static int read_targets(struct decoder *d)
{
    struct json_object *list = json_object_object_get(d->object, "targets");
    if (!json_object_is_type(list, json_type_array))
        return decoder_corrupt(d, "targets");
    uint32_t count = (uint32_t)json_object_array_length(list);
    struct bytes *targets = arena_array(d->arena, count + 1, sizeof *targets);
    for (uint32_t i = 0; i < count; i++)
        targets[i] = keep(d, json_text(json_object_array_get_idx(list, i)));
    d->event->notice.targets = targets;
    d->event->notice.target_count = count;
    return 0;
}

int edge_read_notice(struct decoder *d)
{
    struct core_event *event = d->event;
    event->notice.digest = decoder_bool(d, "digest");
    event->notice.since_us = json_member_time_us(d->object, "since");
    event->notice.next_us = json_member_time_us(d->object, "next_at");
    event->notice.total = (uint64_t)json_member_int(d->object, "total", 0);
    event->notice.more = decoder_u32(d, "more");
    int code = read_source(d, &event->notice.source);
    if (code == 0)
        code = read_items(d);
    return code < 0 ? code : read_targets(d);
}
