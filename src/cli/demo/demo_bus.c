/* Following the bus, page by page. */
#include "cli/demo/demo_bus.h"

#include "base/id.h"
#include "cli/cli.h"

#include <inttypes.h>
#include <stdio.h>

enum { FEED_LIMIT = 1000, FEED_EVERY_US = 200000 };

static bool text_is(struct json_object *data, const char *member, const char *value)
{
    return bytes_is(json_member_text(data, member), value);
}

static bool always(struct json_object *data)
{
    (void)data;
    return true;
}

/* To another pool, or to who is on call. */
static bool went_over(struct json_object *data)
{
    return json_member_text(data, "through").size > 0 ||
           json_object_get_boolean(json_object_object_get(data, "on_call"));
}

static bool is_enrichment(struct json_object *data)
{
    return text_is(data, "objective", "enriched");
}

static bool is_timeout(struct json_object *data)
{
    return text_is(data, "kind", "enrichment_timeout");
}

static const struct {
    const char *type;
    bool (*counts)(struct json_object *data);
} counted[DEMO_COUNTS] = {
    [DEMO_ASSIGNED] = {"meshline.lead.assigned", always},
    [DEMO_OVERFLOWED] = {"meshline.lead.assigned", went_over},
    [DEMO_QUEUED] = {"meshline.lead.queued", always},
    [DEMO_NURTURED] = {"meshline.lead.nurtured", always},
    [DEMO_REFUSED] = {"meshline.record.refused", always},
    [DEMO_ENRICHED] = {"meshline.lead.enriched", always},
    [DEMO_ENRICHED_LATE] = {"meshline.lead.late", is_enrichment},
    [DEMO_TRIAGED] = {"meshline.exception.opened", is_timeout},
    [DEMO_REMINDED] = {"meshline.lead.escalated", always},
};

static const char *const stand_in_names[DEMO_STAND_INS] = {"crm", "firmographics", "sales-chat",
                                                           "mail"};

static void take_breaker(struct demo_bus *bus, struct json_object *data, int64_t time_us)
{
    for (size_t i = 0; i < DEMO_STAND_INS; i++) {
        struct demo_breaker *breaker = &bus->breakers[i];
        if (!text_is(data, "destination", stand_in_names[i]))
            continue;
        if (text_is(data, "change", "opened")) {
            breaker->opened++;
            breaker->opened_us = time_us;
        } else if (text_is(data, "change", "closed")) {
            breaker->closed++;
            breaker->closed_us = time_us;
        } else {
            breaker->probed += text_is(data, "change", "half_open");
        }
    }
}

static void copy(char *to, size_t size, struct bytes text)
{
    snprintf(to, size, "%.*s", BYTES_ARG(text));
}

static void take_notice(struct demo_bus *bus, struct json_object *data, uint64_t seq,
                        int64_t time_us)
{
    static const char scheme[] = "mailto:";
    struct json_object *items = json_object_object_get(data, "items");
    struct json_object *targets = json_object_object_get(data, "targets");
    bool about_deals = false;
    for (size_t i = 0; items != NULL && i < json_object_array_length(items); i++) {
        struct bytes message = json_member_text(json_object_array_get_idx(items, i), "message");
        about_deals = about_deals || memmem(message.data, message.size, "deal_", 5) != NULL;
    }
    if (!about_deals)
        return;
    bus->notice = (struct demo_notice){.seq = seq, .due_us = time_us};
    for (size_t i = 0; targets != NULL && i < json_object_array_length(targets); i++) {
        struct bytes to = json_text(json_object_array_get_idx(targets, i));
        if (to.size > sizeof scheme && memcmp(to.data, scheme, sizeof scheme - 1) == 0)
            copy(bus->notice.to, sizeof bus->notice.to,
                 (struct bytes){to.data + sizeof scheme - 1, to.size - (sizeof scheme - 1)});
    }
}

static void take_receipt(struct demo_bus *bus, struct json_object *event, struct json_object *data)
{
    uint64_t delivery;
    struct demo_notice *notice = &bus->notice;
    if (!text_is(data, "destination", stand_in_names[DEMO_MAIL]) ||
        !entity_id_parse(ID_DELIVERY, json_member_text(event, "subject"), &delivery) ||
        delivery / DEMO_DUES_MAX != notice->seq)
        return;
    notice->mailed_us = json_member_time_us(event, "time");
    copy(notice->receipt, sizeof notice->receipt, json_member_text(data, "excerpt"));
}

static void take_event(struct demo_bus *bus, struct json_object *event, int64_t now_us)
{
    uint64_t seq;
    struct bytes type = json_member_text(event, "type");
    struct json_object *data = json_object_object_get(event, "data");
    if (!number_parse(json_member_text(event, "id"), &seq))
        return;
    bus->seen_seq = seq;
    for (size_t i = 0; i < DEMO_COUNTS; i++)
        bus->counts[i] += bytes_is(type, counted[i].type) && counted[i].counts(data);
    if (bytes_is(type, "meshline.destination.changed"))
        take_breaker(bus, data, json_member_time_us(event, "time"));
    else if (bytes_is(type, "meshline.notice.due"))
        take_notice(bus, data, seq, json_member_time_us(event, "time"));
    else if (bytes_is(type, "meshline.delivery.delivered"))
        take_receipt(bus, event, data);
    demo_people_take(bus->people, event, seq, now_us);
}

static void arrived(void *context, const struct demo_reply *reply)
{
    struct demo_bus *bus = context;
    struct bytes rest = reply->body;
    int64_t now_us = clock_monotonic_us();
    size_t count = 0;
    bus->asking = false;
    while (reply->status == 200 && rest.size > 0) {
        const char *stop = memchr(rest.data, '\n', rest.size);
        size_t size = stop != NULL ? (size_t)(stop - rest.data) : rest.size;
        JSON_AUTO *event = NULL;
        if (json_parse((struct bytes){rest.data, size}, &event, NULL) == 0)
            take_event(bus, event, now_us);
        size_t whole = stop != NULL ? size + 1 : size;
        rest = (struct bytes){rest.data + whole, rest.size - whole};
        count++;
    }
    bus->next_ask_us = now_us + (count == FEED_LIMIT ? 0 : FEED_EVERY_US);
}

void demo_bus_init(struct demo_bus *bus, struct demo_http *http, struct demo_people *people)
{
    *bus = (struct demo_bus){.http = http, .people = people};
}

void demo_bus_step(struct demo_bus *bus, int64_t now_us)
{
    char path[96];
    if (bus->asking || now_us < bus->next_ask_us)
        return;
    bus->asking = true;
    snprintf(path, sizeof path, "/v1/events?after=%" PRIu64 "&limit=%d", bus->seen_seq, FEED_LIMIT);
    const struct demo_call call = {.method = "GET", .path = path, .done = arrived, .context = bus};
    demo_http_start(bus->http, &call);
}
