/* CloudEvents: attributes from headers or from members, then one set of rules for both. */
#include "contract/cloudevent.h"

#include "base/time.h"
#include "contract/header.h"
#include "contract/internal.h"
#include "contract/uri.h"

#include <stdarg.h>
#include <stdio.h>

static const char structured_type[] = "application/cloudevents+json";
static const char batch_type[] = "application/cloudevents-batch+json";

/* One event while it is read. */
struct event_reader {
    struct arena *arena;
    const struct contract_limits *limits;
    struct error *err;
    const char *prefix; /* of places: "ce-", "/" or "/3/" */
    struct contract_member *attributes;
    size_t count, room;
};

static int fail(const struct event_reader *reader, struct bytes name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static int fail(const struct event_reader *reader, struct bytes name, const char *format, ...)
{
    char message[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    bool printable = bytes_is_utf8(name);
    bool content_type = reader->prefix[0] == 'c' && bytes_is(name, "datacontenttype");
    const char *place = "Content-Type";
    if (!content_type)
        place = arena_printf(reader->arena, "%s%.*s", reader->prefix,
                             printable ? (int)name.size : 0, printable ? name.data : "");
    return error_set(reader->err, ML_EINVAL, place, "%s", message);
}

/* A text for a sentence. */
static const char *quote(const struct event_reader *reader, struct bytes text)
{
    struct buffer quoted;
    buffer_init(&quoted, 1024);
    if (bytes_is_utf8(text))
        contract_text_quote(text, &quoted);
    else
        buffer_printf(&quoted, "(it is not UTF-8)");
    const char *string = arena_string(reader->arena, buffer_bytes(&quoted));
    buffer_release(&quoted);
    return string;
}

/* ---- the rules for attributes */

static int add_attribute(struct event_reader *reader, struct bytes name,
                         const struct contract_instance *value)
{
    for (size_t i = 0; i < name.size; i++)
        if ((name.data[i] < 'a' || name.data[i] > 'z') &&
            (name.data[i] < '0' || name.data[i] > '9'))
            return fail(reader, name,
                        "attributes are named with lower-case ASCII letters and digits only");
    if (name.size == 0)
        return fail(reader, name, "an attribute has no name");
    if (reader->count == reader->room)
        return fail(reader, name, "the event has more than %d attributes; send fewer",
                    CONTRACT_CLOUDEVENT_ATTRIBUTES_MAX);
    reader->attributes[reader->count].name = name;
    reader->attributes[reader->count++].value = *value;
    return 0;
}

/* Controls and noncharacters may not stand in a text (Type System). */
static bool is_plain_text(struct bytes text)
{
    const char *at = text.data, *end = at;
    if (text.size > 0)
        end += text.size;
    while (at < end) {
        uint32_t code;
        at += contract_utf8_get(at, end, &code);
        if (code < 0x20 || (code >= 0x7F && code < 0xA0) || (code & 0xFFFE) == 0xFFFE ||
            (code >= 0xFDD0 && code <= 0xFDEF))
            return false;
    }
    return true;
}

/* A media type: type/subtype of tokens, parameters behind it. */
static bool is_media_type(struct bytes text)
{
    struct bytes rest, type = contract_header_head(text, &rest);
    struct contract_parameter parameter;
    size_t slashes = 0;
    bool bad = type.size < 3 || type.data[0] == '/' || type.data[type.size - 1] == '/';
    for (size_t i = 0; i < type.size && !bad; i++) {
        slashes += type.data[i] == '/';
        bad = type.data[i] <= ' ' || type.data[i] > '~' ||
              strchr("()<>@,;:\\\"[]?=", type.data[i]) != NULL;
    }
    while (!bad && contract_header_parameter(&rest, &parameter, &bad))
        continue;
    return !bad && slashes == 1;
}

static bool is_one(struct bytes text)
{
    return bytes_is(text, "1.0");
}

static bool is_reference(struct bytes text)
{
    return contract_uri_is_valid(text, CONTRACT_URI_RELATIVE);
}

static bool is_uri(struct bytes text)
{
    return contract_uri_is_valid(text, CONTRACT_URI);
}

static bool is_time(struct bytes text)
{
    return contract_format_date_time(text);
}

/* The attributes that the specification defines; all are texts that are not empty. */
static const struct rule {
    const char *name;
    bool required;
    bool (*check)(struct bytes text); /* NULL: any text */
    const char *meaning;              /* behind "must be" */
} rules[] = {
    {"specversion", true, is_one, "1.0, the only version that is read"},
    {"id", true, NULL, "a text"},
    {"source", true, is_reference, "a URI or a relative one, such as /partner/form"},
    {"type", true, NULL, "a text"},
    {"datacontenttype", false, is_media_type, "a media type such as application/json"},
    {"dataschema", false, is_uri, "an absolute URI"},
    {"subject", false, NULL, "a text"},
    {"time", false, is_time, "a time such as 2026-11-23T09:30:00Z (RFC 3339)"},
};

static int check_rule(const struct event_reader *reader, const struct rule *rule,
                      const struct contract_instance *value)
{
    struct bytes name = bytes_of(rule->name);
    if (value == NULL)
        return rule->required
                   ? fail(reader, name, "the attribute %s is missing; every event needs it",
                          rule->name)
                   : 0;
    if (value->kind != CONTRACT_STRING)
        return fail(reader, name, "the attribute %s must be a text", rule->name);
    if (value->text.size == 0)
        return fail(reader, name, "the attribute %s is empty; %s", rule->name,
                    rule->required ? "give it a value" : "give it a value or leave it out");
    if (rule->check != NULL && !rule->check(value->text))
        return fail(reader, name, "the attribute %s must be %s, not %s", rule->name, rule->meaning,
                    quote(reader, value->text));
    return 0;
}

static int check_value(const struct event_reader *reader, const struct contract_member *attribute)
{
    const struct contract_instance *value = &attribute->value;
    if (value->kind == CONTRACT_STRING && !is_plain_text(value->text))
        return fail(reader, attribute->name, "the attribute %s holds control characters",
                    quote(reader, attribute->name));
    bool integer = value->kind == CONTRACT_NUMBER && value->numeric == CONTRACT_INT64 &&
                   value->integer >= INT32_MIN && value->integer <= INT32_MAX;
    if (value->kind == CONTRACT_STRING || value->kind == CONTRACT_BOOLEAN || integer)
        return 0;
    return fail(reader, attribute->name,
                "the attribute %s must be a text, true, false or an integer of 32 bits; put "
                "anything else into data",
                quote(reader, attribute->name));
}

static struct bytes text_of(const struct contract_instance *attributes, const char *name)
{
    const struct contract_instance *found = contract_instance_find(attributes, bytes_of(name));
    return found != NULL ? found->text : (struct bytes){NULL, 0};
}

/* All attributes are there: check them and set the event's fields. */
static int finish_attributes(struct event_reader *reader, struct contract_cloudevent *event)
{
    struct contract_instance *attributes = &event->attributes;
    struct error twice;
    int status;
    if (contract_instance_object(reader->attributes, reader->count, reader->arena, attributes,
                                 &twice) < 0)
        return fail(reader, BYTES_LITERAL(""), "%s", twice.message);
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        status = check_rule(reader, &rules[i],
                            contract_instance_find(attributes, bytes_of(rules[i].name)));
        if (status < 0)
            return status;
    }
    for (size_t i = 0; i < reader->count; i++) {
        status = check_value(reader, &reader->attributes[i]);
        if (status < 0)
            return status;
    }
    event->id = text_of(attributes, "id");
    event->source = text_of(attributes, "source");
    event->type = text_of(attributes, "type");
    event->subject = text_of(attributes, "subject");
    event->media_type = text_of(attributes, "datacontenttype");
    event->data_schema = text_of(attributes, "dataschema");
    struct bytes time = text_of(attributes, "time");
    if (time.size > 0 && time_parse(time, &event->time_us, NULL) < 0)
        return fail(reader, BYTES_LITERAL("time"),
                    "the attribute time is not within the years 1 "
                    "to 9999");
    return 0;
}

/* ---- data */

static bool ends_with(struct bytes text, const char *ending)
{
    size_t size = strlen(ending);
    return text.size > size &&
           contract_header_is((struct bytes){text.data + text.size - size, size}, ending);
}

static bool is_json_type(struct bytes media_type)
{
    struct bytes rest, type = contract_header_head(media_type, &rest);
    return ends_with(type, "/json") || ends_with(type, "+json");
}

static bool is_utf8_text_type(struct bytes media_type, struct arena *arena)
{
    struct bytes rest, type = contract_header_head(media_type, &rest);
    struct bytes charset = contract_header_find(media_type, "charset", arena);
    return type.size > 5 && contract_header_is((struct bytes){type.data, 5}, "text/") &&
           (charset.data == NULL || contract_header_is(charset, "utf-8") ||
            contract_header_is(charset, "us-ascii"));
}

/* Data that came as bytes of the event's media type. */
static int read_content(const struct event_reader *reader, struct bytes content,
                        struct contract_cloudevent *event)
{
    if (is_json_type(event->media_type))
        return contract_instance_parse(content, reader->limits, reader->arena, &event->data,
                                       reader->err);
    if (is_utf8_text_type(event->media_type, reader->arena) && bytes_is_utf8(content)) {
        struct contract_instance *text = arena_alloc(reader->arena, sizeof *text);
        *text = contract_instance_string(content);
        event->data = text;
        return 0;
    }
    event->content = content;
    return 0;
}

static int base64_digit(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* RFC 4648, 4: padded, no other characters, no bits left over. */
static bool decode_base64(struct bytes text, struct arena *arena, struct bytes *ret)
{
    size_t padding = 0;
    while (padding < 2 && padding < text.size && text.data[text.size - 1 - padding] == '=')
        padding++;
    if (text.size % 4 != 0)
        return false;
    char *out = arena_alloc(arena, text.size / 4 * 3 + 1);
    size_t size = 0;
    uint32_t bits = 0;
    unsigned count = 0;
    for (size_t i = 0; i < text.size - padding; i++) {
        int digit = base64_digit(text.data[i]);
        if (digit < 0)
            return false;
        bits = (bits << 6 | (uint32_t)digit) & 0xFFFF;
        count += 6;
        if (count >= 8) {
            count -= 8;
            out[size++] = (char)(bits >> count & 0xFF);
        }
    }
    *ret = (struct bytes){out, size};
    return (bits & ((1u << count) - 1)) == 0;
}

static int read_member_data(const struct event_reader *reader, const struct contract_instance *data,
                            const struct contract_instance *encoded,
                            struct contract_cloudevent *event)
{
    struct bytes content;
    if (data != NULL && encoded != NULL)
        return fail(reader, BYTES_LITERAL("data_base64"),
                    "the event has data and data_base64; send one of them");
    if (data != NULL) {
        event->data = data;
        return 0;
    }
    if (encoded == NULL)
        return 0;
    if (encoded->kind != CONTRACT_STRING || !decode_base64(encoded->text, reader->arena, &content))
        return fail(reader, BYTES_LITERAL("data_base64"),
                    "data_base64 must be a text in base64, padded (RFC 4648)");
    if (read_content(reader, content, event) < 0)
        return fail(reader, BYTES_LITERAL("data_base64"),
                    "datacontenttype says JSON, but what data_base64 holds is none");
    return 0;
}

/* ---- binary mode: a header for each attribute */

/* A quoted value is unquoted, then %XX is read once (HTTP binding, 3.1.3.2). */
static int read_header_value(const struct event_reader *reader, struct bytes name,
                             struct bytes value, struct contract_instance *ret)
{
    bool bad = false;
    value = contract_header_trim(value);
    if (value.size >= 2 && value.data[0] == '"' && value.data[value.size - 1] == '"') {
        struct contract_parameter quoted = {.value = {value.data + 1, value.size - 2},
                                            .quoted = true};
        value = contract_header_unquote(&quoted, reader->arena);
    }
    value = contract_percent_decode(value, reader->arena, &bad);
    if (bad)
        return fail(reader, name,
                    "a percent sign must be followed by two hexadecimal digits; write "
                    "the sign itself as %%25");
    if (value.size > 0 && !bytes_is_utf8(value))
        return fail(reader, name, "the value is not UTF-8 after percent-decoding");
    *ret = contract_instance_string(value);
    return 0;
}

static struct bytes lower(struct arena *arena, struct bytes text)
{
    char *copy = arena_alloc(arena, text.size + 1);
    for (size_t i = 0; i < text.size; i++)
        copy[i] =
            (char)(text.data[i] >= 'A' && text.data[i] <= 'Z' ? text.data[i] | 32 : text.data[i]);
    return (struct bytes){copy, text.size};
}

/* The attribute that a header carries; empty for any other header. */
static struct bytes attribute_of(struct bytes header)
{
    if (header.size <= 3 || !contract_header_is((struct bytes){header.data, 3}, "ce-"))
        return (struct bytes){NULL, 0};
    return (struct bytes){header.data + 3, header.size - 3};
}

static int add_header(struct event_reader *reader, const struct contract_header *header)
{
    struct contract_instance value;
    bool content_type = contract_header_is(header->name, "content-type");
    struct bytes name = content_type ? BYTES_LITERAL("datacontenttype")
                                     : lower(reader->arena, attribute_of(header->name));
    if (name.size == 0)
        return 0;
    if (!content_type && bytes_is(name, "datacontenttype"))
        return fail(reader, name,
                    "the media type of the data is in Content-Type; leave ce-datacontenttype out");
    if (bytes_is(name, "data"))
        return fail(reader, name, "data is the body of the request; leave this header out");
    int status = 0;
    if (content_type)
        value = contract_instance_string(contract_header_trim(header->value));
    else
        status = read_header_value(reader, name, header->value, &value);
    if (content_type && value.text.size > 0 && !bytes_is_utf8(value.text))
        return fail(reader, name, "Content-Type is not ASCII");
    return status < 0 ? status : add_attribute(reader, name, &value);
}

static int read_binary(struct event_reader *reader, const struct contract_header *headers,
                       size_t count, struct bytes body, struct contract_cloudevent *event)
{
    for (size_t i = 0; i < count; i++) {
        int status = add_header(reader, &headers[i]);
        if (status < 0)
            return status;
    }
    int status = finish_attributes(reader, event);
    if (status < 0 || body.size == 0)
        return status;
    return read_content(reader, body, event);
}

/* ---- structured mode: a member for each attribute */

static int read_members(struct event_reader *reader, const struct contract_instance *object,
                        struct contract_cloudevent *event)
{
    const struct contract_instance *data = NULL, *encoded = NULL;
    if (object->kind != CONTRACT_OBJECT)
        return fail(reader, BYTES_LITERAL(""),
                    "an event is an object with specversion, id, source "
                    "and type");
    for (uint32_t i = 0; i < object->count; i++) {
        const struct contract_member *member = &object->members[i];
        if (bytes_is(member->name, "data")) {
            data = &member->value;
        } else if (bytes_is(member->name, "data_base64")) {
            encoded = member->value.kind == CONTRACT_NULL ? NULL : &member->value;
        } else if (member->value.kind != CONTRACT_NULL) { /* null means: not there */
            int status = add_attribute(reader, member->name, &member->value);
            if (status < 0)
                return status;
        }
    }
    int status = finish_attributes(reader, event);
    return status < 0 ? status : read_member_data(reader, data, encoded, event);
}

static struct event_reader reader_new(struct arena *arena, const struct contract_limits *limits,
                                      struct error *err, const char *prefix, size_t attributes)
{
    size_t room = attributes < CONTRACT_CLOUDEVENT_ATTRIBUTES_MAX
                      ? attributes
                      : CONTRACT_CLOUDEVENT_ATTRIBUTES_MAX;
    struct event_reader reader = {
        .arena = arena, .limits = limits, .err = err, .prefix = prefix, .room = room};
    reader.attributes = arena_array(arena, room, sizeof *reader.attributes);
    return reader;
}

static int read_batch(const struct contract_instance *list, const struct contract_limits *limits,
                      struct arena *arena, struct contract_cloudevents *ret, struct error *err)
{
    if (list->kind != CONTRACT_ARRAY)
        return error_set(err, ML_EINVAL, "", "the body of a batch is a list of events");
    if (list->count > CONTRACT_CLOUDEVENTS_MAX)
        return error_set(err, ML_ELIMIT, "", "the batch has more than %d events; send several",
                         CONTRACT_CLOUDEVENTS_MAX);
    struct contract_cloudevent_entry *entries = arena_array(arena, list->count, sizeof *entries);
    for (uint32_t i = 0; i < list->count; i++) {
        struct error problem;
        const char *prefix = arena_printf(arena, "/%u/", i);
        const struct contract_instance *object = &list->items[i];
        size_t members = object->kind == CONTRACT_OBJECT ? object->count : 0;
        struct event_reader reader = reader_new(arena, limits, &problem, prefix, members);
        if (read_members(&reader, object, &entries[i].event) == 0)
            continue;
        struct error *kept = arena_alloc(arena, sizeof *kept);
        *kept = problem;
        entries[i].error = kept;
    }
    ret->count = list->count;
    ret->entries = entries;
    return 0;
}

/* ---- requests */

static struct bytes content_type_of(const struct contract_header *headers, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (contract_header_is(headers[i].name, "content-type"))
            return headers[i].value;
    return (struct bytes){NULL, 0};
}

enum contract_cloudevent_mode contract_cloudevent_mode(const struct contract_header *headers,
                                                       size_t count)
{
    static const char *const required[] = {"specversion", "id", "source", "type"};
    struct bytes value = content_type_of(headers, count), rest;
    struct bytes type = value.size > 0 ? contract_header_head(value, &rest) : value;
    if (contract_header_is(type, structured_type))
        return CONTRACT_CLOUDEVENT_STRUCTURED;
    if (contract_header_is(type, batch_type))
        return CONTRACT_CLOUDEVENT_BATCH;
    for (size_t i = 0; i < count; i++)
        for (size_t r = 0; r < sizeof required / sizeof *required; r++)
            if (contract_header_is(attribute_of(headers[i].name), required[r]))
                return CONTRACT_CLOUDEVENT_BINARY;
    return CONTRACT_CLOUDEVENT_NONE;
}

static int read_structured(struct bytes content_type, struct bytes body,
                           const struct contract_limits *limits, struct arena *arena,
                           struct contract_cloudevents *ret, struct error *err)
{
    const struct contract_instance *instance;
    struct bytes charset = contract_header_find(content_type, "charset", arena);
    if (charset.data != NULL && !contract_header_is(charset, "utf-8"))
        return error_set(err, ML_EINVAL, "Content-Type", "events in JSON are sent as UTF-8");
    int status = contract_instance_parse(body, limits, arena, &instance, err);
    if (status < 0)
        return status;
    if (ret->mode == CONTRACT_CLOUDEVENT_BATCH)
        return read_batch(instance, limits, arena, ret, err);
    size_t members = instance->kind == CONTRACT_OBJECT ? instance->count : 0;
    struct event_reader reader = reader_new(arena, limits, err, "/", members);
    struct contract_cloudevent_entry *entry = arena_zalloc(arena, sizeof *entry);
    ret->count = 1;
    ret->entries = entry;
    return read_members(&reader, instance, &entry->event);
}

int contract_cloudevent_parse(const struct contract_header *headers, size_t count,
                              struct bytes body, const struct contract_limits *limits,
                              struct arena *arena, struct contract_cloudevents *ret,
                              struct error *err)
{
    struct contract_cloudevents events = {.mode = contract_cloudevent_mode(headers, count)};
    int status;
    if (events.mode == CONTRACT_CLOUDEVENT_NONE)
        return error_set(err, ML_EINVAL, "",
                         "the request holds no CloudEvent: neither ce- headers "
                         "nor Content-Type %s",
                         structured_type);
    if (events.mode == CONTRACT_CLOUDEVENT_BINARY) {
        struct event_reader reader = reader_new(arena, limits, err, "ce-", count);
        struct contract_cloudevent_entry *entry = arena_zalloc(arena, sizeof *entry);
        events.count = 1;
        events.entries = entry;
        status = read_binary(&reader, headers, count, body, &entry->event);
    } else {
        status =
            read_structured(content_type_of(headers, count), body, limits, arena, &events, err);
    }
    if (status == 0)
        *ret = events;
    return status;
}
