/* Bodies by their media type: one reader for each, all filling the same items. */
#include "contract/inbound.h"

#include "contract/header.h"

#include <stdio.h>
#include <strings.h>

static const char event_type[] = "application/cloudevents+json";

/* One request while it is read. */
struct inbound_reader {
    const struct contract_header *headers;
    size_t header_count;
    struct bytes content_type;
    struct bytes body;
    const struct contract_limits *limits;
    struct arena *arena;
};

static struct bytes content_type_of(const struct contract_header *headers, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (contract_header_is(headers[i].name, "content-type"))
            return contract_header_trim(headers[i].value);
    return (struct bytes){"", 0};
}

static bool ends_with(struct bytes text, const char *ending)
{
    size_t size = strlen(ending);
    return text.size > size &&
           contract_header_is((struct bytes){text.data + text.size - size, size}, ending);
}

static bool is_json(struct bytes content_type)
{
    struct bytes rest, type = contract_header_head(content_type, &rest);
    return contract_header_is(type, "application/json") || contract_header_is(type, "text/json") ||
           (type.size > 12 && strncasecmp(type.data, "application/", 12) == 0 &&
            ends_with(type, "+json"));
}

bool contract_inbound_is_type(const struct contract_header *headers, size_t count)
{
    struct bytes content_type = content_type_of(headers, count);
    return contract_cloudevent_mode(headers, count) != CONTRACT_CLOUDEVENT_NONE ||
           is_json(content_type) || contract_form_is_type(content_type);
}

static void item_fail(const struct inbound_reader *reader, const struct error *err,
                      struct contract_inbound *item)
{
    struct error *kept = arena_alloc(reader->arena, sizeof *kept);
    *kept = *err;
    item->payload = NULL;
    item->error = kept;
}

/* A header's value for a sentence: short, and ASCII. */
static const char *quotable(const struct inbound_reader *reader, struct bytes value)
{
    size_t size = value.size < 100 ? value.size : 100;
    char *copy = arena_alloc(reader->arena, size + 1);
    for (size_t i = 0; i < size; i++)
        copy[i] = (char)(value.data[i] >= ' ' && value.data[i] <= '~' ? value.data[i] : '?');
    copy[size] = '\0';
    return copy;
}

/* ---- JSON and forms */

/* Senders who announce another charset learn that it is the charset which is at fault. */
static void blame_charset(const struct inbound_reader *reader, struct error *err)
{
    struct bytes charset = contract_header_find(reader->content_type, "charset", reader->arena);
    size_t size = strlen(err->message);
    if (bytes_is_utf8(reader->body) || charset.data == NULL || contract_header_is(charset, "utf-8"))
        return;
    snprintf(err->message + size, sizeof err->message - size,
             "; Content-Type says charset=%s, but JSON is sent as UTF-8 (RFC 8259)",
             quotable(reader, charset));
}

static void read_json(const struct inbound_reader *reader, struct contract_inbound *item)
{
    struct error err = {0};
    if (contract_instance_parse(item->text, reader->limits, reader->arena, &item->payload, &err) ==
        0)
        return;
    blame_charset(reader, &err);
    item_fail(reader, &err, item);
}

static void read_form(const struct inbound_reader *reader, struct contract_inbound *item)
{
    struct contract_form *form = arena_zalloc(reader->arena, sizeof *form);
    struct contract_form_limits limits = {0};
    struct error err = {0};
    if (reader->limits != NULL)
        limits.size = reader->limits->size;
    if (contract_form_parse(reader->content_type, reader->body, &limits, reader->arena, form,
                            &err) < 0) {
        item_fail(reader, &err, item);
        return;
    }
    item->payload = &form->fields;
    item->form = form;
    item->texts = true;
}

/* ---- events */

static void read_event(const struct inbound_reader *reader,
                       const struct contract_cloudevent_entry *entry, struct contract_inbound *item)
{
    const struct contract_cloudevent *event = &entry->event;
    struct error err = {0};
    if (entry->error != NULL) {
        item->error = entry->error;
        return;
    }
    item->event = &event->attributes;
    /* A source is a URI: it has no spaces. */
    item->key = bytes_of(
        arena_printf(reader->arena, "%.*s %.*s", BYTES_ARG(event->source), BYTES_ARG(event->id)));
    item->payload = event->data;
    if (item->payload != NULL)
        return;
    if (event->content.data == NULL)
        error_set(&err, ML_EINVAL, "/data", "the event has no data; the lead belongs there");
    else if (event->media_type.size == 0)
        error_set(&err, ML_EINVAL, "Content-Type",
                  "the data of the event has no media type; send it as application/json");
    else
        error_set(&err, ML_EINVAL, "Content-Type",
                  "data of the type %s is not read; send it as application/json",
                  quotable(reader, event->media_type));
    item_fail(reader, &err, item);
}

/* In binary mode the data of an event may be a form. */
static bool is_form_event(const struct inbound_reader *reader,
                          const struct contract_cloudevents *events)
{
    return events->mode == CONTRACT_CLOUDEVENT_BINARY &&
           contract_form_is_type(reader->content_type);
}

/* Each event of a batch alone, as it would have been sent in structured mode. */
static void read_event_texts(const struct inbound_reader *reader, struct contract_inbound *items,
                             size_t count)
{
    const struct contract_instance *list;
    struct error err;
    struct buffer text;
    if (contract_instance_parse(reader->body, reader->limits, reader->arena, &list, &err) < 0)
        return; /* it has just been read */
    buffer_init(&text, 6 * reader->body.size + 64);
    for (size_t i = 0; i < count; i++) {
        struct json_writer json;
        buffer_clear(&text);
        json_begin(&json, &text);
        contract_instance_write(&list->items[i], &json);
        items[i].text = arena_copy(reader->arena, buffer_bytes(&text));
        items[i].media_type = bytes_of(event_type);
    }
    buffer_release(&text);
}

static void read_events(const struct inbound_reader *reader, struct contract_inbounds *ret)
{
    struct contract_inbound *item = arena_zalloc(reader->arena, sizeof *item);
    struct contract_cloudevents events;
    struct error err = {0};
    *item = (struct contract_inbound){.text = reader->body, .media_type = reader->content_type};
    *ret = (struct contract_inbounds){item, 1};
    int status = contract_cloudevent_parse(reader->headers, reader->header_count, reader->body,
                                           reader->limits, reader->arena, &events, &err);
    if (status == 0 && events.count == 0)
        status = error_set(&err, ML_EINVAL, "", "the batch is empty; it holds no events");
    if (status < 0) {
        item_fail(reader, &err, item);
        return;
    }
    if (events.mode == CONTRACT_CLOUDEVENT_BATCH) {
        item = arena_array(reader->arena, events.count, sizeof *item);
        memset(item, 0, events.count * sizeof *item);
        read_event_texts(reader, item, events.count);
        *ret = (struct contract_inbounds){item, events.count};
    }
    for (size_t i = 0; i < events.count; i++)
        read_event(reader, &events.entries[i], &item[i]);
    if (is_form_event(reader, &events)) {
        item->error = NULL;
        read_form(reader, item);
    }
}

void contract_inbound_read(const struct contract_header *headers, size_t count, struct bytes body,
                           const struct contract_limits *limits, struct arena *arena,
                           struct contract_inbounds *ret)
{
    struct inbound_reader reader = {.headers = headers,
                                    .header_count = count,
                                    .content_type = content_type_of(headers, count),
                                    .body = body,
                                    .limits = limits,
                                    .arena = arena};
    if (contract_cloudevent_mode(headers, count) != CONTRACT_CLOUDEVENT_NONE) {
        read_events(&reader, ret);
        return;
    }
    struct bytes rest;
    struct contract_inbound *item = arena_zalloc(arena, sizeof *item);
    item->text = body;
    item->media_type = reader.content_type;
    *ret = (struct contract_inbounds){item, 1};
    if (contract_form_is_type(reader.content_type)) {
        read_form(&reader, item);
    } else if (is_json(reader.content_type)) {
        read_json(&reader, item);
        item->texts =
            contract_header_is(contract_header_head(reader.content_type, &rest), CONTRACT_ROW_TYPE);
    } else {
        struct error err = {0};
        error_set(&err, ML_EINVAL, "Content-Type",
                  "the type \"%s\" is not read; send application/json, a form or a CloudEvent",
                  quotable(&reader, reader.content_type));
        item_fail(&reader, &err, item);
    }
}
