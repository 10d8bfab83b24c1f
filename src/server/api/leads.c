/* Reading leads from the view. */
#include "server/api/leads.h"

#include "server/api/listing.h"
#include "server/internal.h"

#include <inttypes.h>

enum {
    STATE,
    PLACE,
    REP,
    POOL,
    CLASS,
    SOURCE,
    ROUTE,
    EMAIL,
    LATE,
    LIMIT,
    CURSOR,
};
const char *const leads_parameters[] = {"state", "place", "rep",  "pool",  "class",  "source",
                                        "route", "email", "late", "limit", "cursor", NULL};

enum { PAGE_DEFAULT = 100, DELIVERIES_SHOWN = 20 };

static bool check_words(struct request *request)
{
    const char *states[CORE_STATES], *places[CORE_PLACES];
    static const char *const booleans[] = {"true", "false"};
    for (int i = 0; i < CORE_STATES; i++)
        states[i] = core_state_name((enum core_state)i);
    for (int i = 0; i < CORE_PLACES; i++)
        places[i] = core_place_name((enum core_place)i);
    return listing_check_word(request, STATE, states, CORE_STATES) &&
           listing_check_word(request, PLACE, places, CORE_PLACES) &&
           listing_check_word(request, LATE, booleans, 2);
}

static bool read_filter(struct request *request, struct store_lead_filter *filter)
{
    const struct bytes *given = request->parameters;
    *filter = (struct store_lead_filter){
        .state = given[STATE],
        .place = given[PLACE],
        .rep = given[REP],
        .pool = given[POOL],
        .class_name = given[CLASS],
        .source = given[SOURCE],
        .route = given[ROUTE],
        .email = given[EMAIL],
        .late = bytes_is(given[LATE], "true"),
    };
    return check_words(request) &&
           request_number(request, CURSOR, 1, UINT64_MAX, 0, &filter->before);
}

void leads_run(struct request *request)
{
    struct error err;
    struct store_lead_filter filter;
    uint64_t limit, cursor = 0;
    if (!read_filter(request, &filter) ||
        !request_number(request, LIMIT, 1, STORE_PAGE_MAX, PAGE_DEFAULT, &limit))
        return;
    struct json_writer *json = request_answer_json(request, 200);
    json_object_open(json);
    json_key(json, "leads");
    int code =
        store_read_leads(request->reader->store, &filter, (uint32_t)limit, json, &cursor, &err);
    if (code != 0) {
        request_refuse_error(request, code, &err);
        return;
    }
    if (cursor != 0)
        json_member_unsigned(json, "next_cursor", cursor);
    json_object_close(json);
    if (cursor != 0)
        request->answer.link = listing_next_link(request, limit, "cursor",
                                                 arena_printf(&request->arena, "%" PRIu64, cursor));
}

/* ---- one */

/* Into an object of the answer that is open no more: its end is taken back. */
static void reopen(struct request *request, struct json_writer *json)
{
    struct buffer *body = &request->answer.body;
    if (body->size > 0 && body->data[body->size - 1] == '}')
        body->size--;
    json->comma = true;
}

/* What it is in other systems, and what was sent about it last. */
static int write_outside(struct request *request, uint64_t number, struct json_writer *json,
                         struct error *err)
{
    const struct store_delivery_filter filter = {.lead = number};
    struct store_reader *store = request->reader->store;
    uint64_t more = 0;
    reopen(request, json);
    json_key(json, "links");
    int code = store_read_links(store, number, json, err);
    if (code != 0)
        return code;
    json_key(json, "deliveries");
    code = store_read_deliveries(store, &filter, DELIVERIES_SHOWN, json, &more, err);
    if (more != 0)
        json_member_bool(json, "more_deliveries", true);
    json_object_close(json);
    return code;
}

void lead_run(struct request *request)
{
    struct error err;
    uint64_t number;
    if (!request_lead(request, &number))
        return;
    struct json_writer *json = request_answer_json(request, 200);
    int code = store_read_lead(request->reader->store, number, json, &err);
    if (code == 0)
        code = write_outside(request, number, json, &err);
    if (code != 0) {
        request_refuse_error(request, code, &err);
        return;
    }
    request->answer.version = listing_version(request);
}
