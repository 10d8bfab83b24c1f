/* Messages: read from the journal, and printed as JSON. */
#include "effect/message.h"

#include "base/hash.h"
#include "base/json_writer.h"
#include "base/time.h"
#include "effect/fold.h"
#include "effect/value.h"

#include <inttypes.h>
#include <stdio.h>

/* ---- reading */

struct wanted {
    struct arena *arena;
    uint64_t seq;
    int64_t time_us;
    enum core_event_type type;
    struct bytes subject, data;
    bool found;
};

static int take_record(void *context, const struct journal_record *record, struct error *err)
{
    struct wanted *wanted = context;
    (void)err;
    wanted->found = record->seq == wanted->seq;
    wanted->time_us = record->time_us;
    wanted->type = core_event_type_parse(record->type);
    wanted->subject = arena_copy(wanted->arena, record->subject);
    wanted->data = arena_copy(wanted->arena, record->data);
    return 0;
}

static int read_event(struct engine *engine, struct journal_reader *reader, uint64_t seq,
                      struct arena *arena, struct wanted *ret, struct error *err)
{
    *ret = (struct wanted){.arena = arena, .seq = seq};
    int code = engine_read(engine, reader, seq, 1, take_record, ret, err);
    if (code < 0)
        return code;
    char place[32];
    (void)snprintf(place, sizeof place, "event %" PRIu64, seq);
    if (!ret->found)
        return error_set(err, ML_ENOTFOUND, place, "the journal does not reach back to it");
    if (ret->type == 0)
        return error_set(err, ML_ECORRUPT, place, "its type is not known to this version");
    return 0;
}

/* What is to be done outside is nobody's business there: it names the other destinations. */
static struct bytes leave_out_dues(struct bytes data, struct arena *arena)
{
    struct bytes key, value;
    size_t at = 0, before = 0;
    while (fold_member(data, &at, &key, &value)) {
        if (!bytes_is(key, "dues")) {
            before = at;
            continue;
        }
        /* With the comma before it, or the one behind when it is the first. */
        size_t from = before > 0 ? before : 1, to = before > 0 ? at : at + (data.data[at] == ',');
        char *rest = arena_alloc(arena, data.size);
        memcpy(rest, data.data, from);
        memcpy(rest + from, data.data + to, data.size - to);
        return (struct bytes){rest, data.size - (to - from)};
    }
    return data;
}

static int fold_lead(struct engine *engine, struct journal_reader *reader, struct wanted *event,
                     struct effect_message *ret, struct error *err)
{
    struct fold fold = {.message = ret, .arena = event->arena};
    bool more = fold_add(&fold, event->seq, event->time_us, event->type, event->data);
    while (more) {
        uint64_t seq = fold.previous, newer = event->seq;
        int code = seq < newer ? read_event(engine, reader, seq, event->arena, event, err)
                               : error_set(err, ML_ECORRUPT, "", "an event names a later one");
        if (code < 0)
            return code;
        more = fold_add(&fold, seq, event->time_us, event->type, event->data);
    }
    return 0;
}

/* Values are only for expressions and texts; who sends JSON as it is does not need them. */
static bool needs_values(const struct policy_destination *destination, enum policy_purpose purpose)
{
    return destination->expression_count > 0 || purpose != POLICY_DELIVER;
}

static const struct cel_value *read_values(const struct policy_release *release,
                                           struct bytes attributes, struct arena *arena)
{
    JSON_AUTO *json = NULL;
    struct cel_value *values = arena_array(arena, release->schema.count + 1, sizeof *values);
    if (json_parse(attributes, &json, NULL) < 0)
        return values;
    policy_record_from_canonical(&release->schema, json, arena, values);
    for (size_t i = 0; i < release->schema.count; i++)
        values[i] = effect_value_copy(&values[i], arena); /* the tree goes */
    return values;
}

int effect_message_load(struct engine *engine, struct journal_reader *reader,
                        const struct engine_delivery *delivery, struct arena *arena,
                        struct effect_message *ret, struct error *err)
{
    struct wanted event;
    *ret = (struct effect_message){
        .number = delivery->number,
        .purpose = delivery->purpose,
        .attempt = delivery->attempt,
        .digest = delivery->digest,
        .target = arena_copy(arena, bytes_of(delivery->target)),
        .external_id = bytes_of(delivery->external_id),
        .lead = delivery->lead,
    };
    entity_id_print(ID_DELIVERY, delivery->number, ret->id);
    int code =
        read_event(engine, reader, core_delivery_event(delivery->number), arena, &event, err);
    if (code < 0)
        return code;
    ret->seq = event.seq;
    ret->time_us = event.time_us;
    ret->type = event.type;
    ret->subject = event.subject;
    ret->data = leave_out_dues(event.data, arena);
    if (ret->lead == 0)
        return 0;
    code = fold_lead(engine, reader, &event, ret, err);
    if (code == 0 && needs_values(delivery->destination, delivery->purpose))
        ret->values = read_values(delivery->release, ret->attributes, arena);
    return code;
}

const char *effect_messages_id(const struct effect_message *const *messages, size_t count,
                               struct arena *arena)
{
    uint64_t sum = 0;
    const struct effect_message *first = messages[0];
    if (count == 1)
        return first->id;
    for (size_t i = 0; i < count; i++) {
        const struct bytes id = bytes_of(messages[i]->id);
        sum += hash128_of(&id, 1).high;
        if (messages[i]->number < first->number)
            first = messages[i];
    }
    return arena_printf(arena, "%s-%016" PRIx64, first->id, sum);
}

/* ---- printing */

static void write_owner(const struct effect_message *message, const struct policy_release *release,
                        struct json_writer *json)
{
    if (message->rep.size == 0)
        return;
    uint32_t index = policy_rep_find(release, message->rep);
    const struct policy_rep *rep = index != POLICY_NONE ? &release->reps[index] : NULL;
    json_key(json, "owner");
    json_object_open(json);
    json_member(json, "id", message->rep);
    if (rep != NULL) {
        json_member(json, "name", bytes_of(rep->name));
        json_member_if(json, "email", bytes_of(rep->email));
        json_member_if(json, "team", bytes_of(rep->team));
    }
    json_object_close(json);
}

static void write_time_if(struct json_writer *json, const char *key, int64_t time_us)
{
    if (time_us != 0)
        json_member_time(json, key, time_us);
}

static void write_lead(const struct effect_message *message, const struct policy_release *release,
                       struct json_writer *json)
{
    char id[LEAD_ID_TEXT_SIZE];
    lead_id_print(message->lead, id);
    json_key(json, "lead");
    json_object_open(json);
    json_member(json, "id", bytes_of(id));
    json_member_unsigned(json, "version", message->version);
    json_member(json, "state", message->state);
    json_member(json, "place", message->place);
    json_member(json, "class", message->class_name);
    json_member_integer(json, "score", message->score);
    json_member_if(json, "route", message->route);
    json_member_if(json, "pool", message->pool);
    json_member(json, "source", message->source);
    write_owner(message, release, json);
    json_member_if(json, "external_id", message->external_id);
    json_member_time(json, "captured_at", message->captured_us);
    write_time_if(json, "assigned_at", message->assigned_us);
    write_time_if(json, "contacted_at", message->contacted_us);
    write_time_if(json, "due_at", message->due_us);
    if (release->notifications.url != NULL && release->notifications.url[0] != '\0') {
        char url[512];
        int size = snprintf(url, sizeof url, "%s/leads/%s", release->notifications.url, id);
        if (size > 0 && (size_t)size < sizeof url)
            json_member(json, "url", (struct bytes){url, (size_t)size});
    }
    if (message->attributes.size > 0) {
        json_key(json, "attributes");
        json_raw(json, message->attributes);
    }
    json_object_close(json);
}

struct bytes effect_message_json(const struct effect_message *message,
                                 const struct policy_release *release, struct arena *arena)
{
    enum { FRAME = 4096 }; /* what is not data and attributes, roughly */
    struct buffer out;
    struct json_writer json;
    buffer_init(&out, JOURNAL_DATA_MAX * 2);
    (void)buffer_reserve(&out, message->data.size + message->attributes.size + FRAME);
    json_begin(&json, &out);
    json_object_open(&json);
    json_member(&json, "type", bytes_of(core_event_type_name(message->type)));
    json_member_time(&json, "timestamp", message->time_us);
    json_member(&json, "id", bytes_of(message->id));
    json_member_unsigned(&json, "seq", message->seq);
    json_member_if(&json, "subject", message->subject);
    if (message->purpose != POLICY_DELIVER) {
        json_member(&json, "purpose", bytes_of(policy_purpose_name(message->purpose)));
        json_member_if(&json, "target", message->target);
    }
    json_key(&json, "data");
    json_raw(&json, message->data);
    if (message->lead != 0)
        write_lead(message, release, &json);
    json_object_close(&json);
    struct bytes text = arena_copy(arena, buffer_bytes(&out));
    buffer_release(&out);
    return text;
}
