/* The journal's word on deliveries: what was due, by which event, and the receipts. Read from the
 * bus, as any subscriber may. */
#include "base/id.h"
#include "cli/client.h"
#include "cli/demo/demo_outcome.h"

#include <inttypes.h>
#include <stdio.h>

enum { PAGE = 1000, DUES_MAX = 64 };

static void mark(struct map *set, struct bytes text)
{
    if (text.size > 0)
        map_put(set, hash128_of(&text, 1), 1);
}

static size_t stand_in_of(const struct demo *demo, struct bytes name)
{
    size_t i = 0;
    while (i < DEMO_STAND_INS && !bytes_is(name, demo->stand_ins.items[i].name))
        i++;
    return i;
}

/* The n-th of an event's dues is the delivery 64 * seq + n. */
static void take_dues(const struct demo *demo, struct demo_ledger *ledger,
                      struct json_object *event, struct json_object *data, uint64_t seq)
{
    struct json_object *dues = json_object_object_get(data, "dues");
    for (size_t n = 0; dues != NULL && n < json_object_array_length(dues); n++) {
        size_t to = stand_in_of(demo, json_member_text(json_object_array_get_idx(dues, n), "to"));
        if (to == DEMO_STAND_INS)
            continue;
        map_put(&ledger->due[to], map_number_key(DUES_MAX * seq + n), 1);
        if (to != DEMO_CHAT)
            continue;
        mark(&ledger->subjects, json_member_text(event, "subject"));
        mark(&ledger->subjects, json_member_text(data, "lead"));
    }
}

/* "crm-17" is its 17th request. */
static uint64_t request_number(struct bytes id)
{
    uint64_t number = 0;
    const char *dash = memrchr(id.data != NULL ? id.data : "", '-', id.size);
    if (dash == NULL ||
        !number_parse((struct bytes){dash + 1, (size_t)(id.data + id.size - dash - 1)}, &number))
        return 0;
    return number;
}

static void take_receipt(const struct demo *demo, struct demo_ledger *ledger,
                         struct json_object *event, struct json_object *data)
{
    uint64_t number;
    size_t to = stand_in_of(demo, json_member_text(data, "destination"));
    if (to < DEMO_STAND_INS &&
        entity_id_parse(ID_DELIVERY, json_member_text(event, "subject"), &number))
        map_put(&ledger->receipts[to], map_number_key(number),
                request_number(json_member_text(data, "response_id")));
}

static void take_event(const struct demo *demo, struct demo_ledger *ledger,
                       struct json_object *event, uint64_t *ret_seq)
{
    uint64_t seq;
    struct json_object *data = json_object_object_get(event, "data");
    if (!number_parse(json_member_text(event, "id"), &seq))
        return;
    *ret_seq = seq;
    take_dues(demo, ledger, event, data, seq);
    mark(&ledger->domains, json_member_text(json_object_object_get(data, "attributes"), "domain"));
    if (bytes_is(json_member_text(event, "type"), "meshline.delivery.delivered"))
        take_receipt(demo, ledger, event, data);
}

static int take_page(const struct demo *demo, struct demo_ledger *ledger, struct bytes page,
                     uint64_t *ret_seq, size_t *ret_count, struct error *err)
{
    *ret_count = 0;
    while (page.size > 0) {
        const char *stop = memchr(page.data, '\n', page.size);
        size_t size = stop != NULL ? (size_t)(stop - page.data) : page.size;
        size_t whole = stop != NULL ? size + 1 : size;
        JSON_AUTO *event = NULL;
        int code = json_parse((struct bytes){page.data, size}, &event, err);
        if (code < 0)
            return code;
        take_event(demo, ledger, event, ret_seq);
        page = (struct bytes){page.data + whole, page.size - whole};
        ++*ret_count;
    }
    return 0;
}

static int read_events(const struct demo *demo, struct client *client, struct demo_ledger *ledger,
                       struct error *err)
{
    uint64_t seq = 0;
    size_t count = PAGE;
    int code = 0;
    while (code == 0 && count > 0) {
        char path[96];
        struct client_answer answer;
        const struct client_call call = {.method = "GET", .path = path};
        snprintf(path, sizeof path, "/v1/events?after=%" PRIu64 "&limit=%d", seq, PAGE);
        code = client_call(client, &call, &answer, err);
        if (code == 0)
            code = client_check(&answer, err);
        if (code == 0)
            code = take_page(demo, ledger, buffer_bytes(&answer.body), &seq, &count, err);
        client_answer_release(&answer);
    }
    return code;
}

int demo_ledger_make(const struct demo *demo, struct demo_ledger *ret, struct error *err)
{
    const struct client_options options = {.url = demo->server.url, .token = demo->token};
    struct client *client = NULL;
    for (size_t i = 0; i < DEMO_STAND_INS; i++) {
        map_init(&ret->due[i]);
        map_init(&ret->receipts[i]);
    }
    map_init(&ret->subjects);
    map_init(&ret->domains);
    int code = client_open(&options, &client, err);
    if (code == 0)
        code = read_events(demo, client, ret, err);
    client_close(client);
    return code;
}

void demo_ledger_release(struct demo_ledger *ledger)
{
    for (size_t i = 0; i < DEMO_STAND_INS; i++) {
        map_release(&ledger->due[i]);
        map_release(&ledger->receipts[i]);
    }
    map_release(&ledger->subjects);
    map_release(&ledger->domains);
}
