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
    QUESTION,
    CAMPAIGN,
    PARTNER,
    FROM,
    TO,
    OBJECTIVE,
    OUTCOME,
    TURNED_FROM,
    TURNED_TO,
    OPEN,
    SORT,
    LIMIT,
    CURSOR,
};
const char *const leads_parameters[] = {
    "state",       "place",     "rep",      "pool",    "class", "source", "route",     "email",
    "late",        "q",         "campaign", "partner", "from",  "to",     "objective", "outcome",
    "turned_from", "turned_to", "open",     "sort",    "limit", "cursor", NULL};

enum { PAGE_DEFAULT = 100, DELIVERIES_SHOWN = 20 };

static const char *const sorts[] = {
    [STORE_NEWEST] = "newest", [STORE_OLDEST] = "oldest", [STORE_DUE] = "due"};

static bool check_words(struct request *request)
{
    const char *states[CORE_STATES], *places[CORE_PLACES], *objectives[POLICY_OBJECTIVES];
    static const char *const booleans[] = {"true", "false"};
    for (int i = 0; i < CORE_STATES; i++)
        states[i] = core_state_name((enum core_state)i);
    for (int i = 0; i < CORE_PLACES; i++)
        places[i] = core_place_name((enum core_place)i);
    for (int i = 0; i < POLICY_OBJECTIVES; i++)
        objectives[i] = policy_objective_name((enum policy_objective)i);
    return listing_check_word(request, STATE, states, CORE_STATES) &&
           listing_check_word(request, PLACE, places, CORE_PLACES) &&
           listing_check_word(request, LATE, booleans, 2) &&
           listing_check_word(request, OBJECTIVE, objectives, POLICY_OBJECTIVES) &&
           listing_check_word(request, OPEN, booleans, 2);
}

/* False: the request has been refused. */
static bool read_outcome(struct request *request, struct store_lead_filter *filter)
{
    const char *names[STORE_OUTCOMES - 1];
    for (int i = 1; i < STORE_OUTCOMES; i++)
        names[i - 1] = store_outcome_name((enum store_outcome)i);
    if (!listing_check_word(request, OUTCOME, names, STORE_OUTCOMES - 1))
        return false;
    for (int i = 1; i < STORE_OUTCOMES; i++)
        if (bytes_is(request->parameters[OUTCOME], names[i - 1]))
            filter->outcome = (enum store_outcome)i;
    return listing_time(request, TURNED_FROM, &filter->turned_from_us) &&
           listing_time(request, TURNED_TO, &filter->turned_to_us);
}

static bool read_sort(struct request *request, struct store_lead_filter *filter)
{
    enum { SORTS = sizeof sorts / sizeof *sorts };
    if (!listing_check_word(request, SORT, sorts, SORTS))
        return false;
    for (int i = 0; i < SORTS; i++)
        if (bytes_is(request->parameters[SORT], sorts[i]))
            filter->sort = (enum store_sort)i;
    return request_number(request, CURSOR, 1, UINT64_MAX, 0, &filter->cursor);
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
        .q = given[QUESTION],
        .campaign = given[CAMPAIGN],
        .partner = given[PARTNER],
        .objective = given[OBJECTIVE],
        .late = bytes_is(given[LATE], "true"),
        .only = bytes_is(given[OPEN], "true")    ? STORE_ONLY_OPEN
                : bytes_is(given[OPEN], "false") ? STORE_ONLY_CLOSED
                                                 : STORE_OPEN_AND_CLOSED,
    };
    return check_words(request) && listing_time(request, FROM, &filter->from_us) &&
           listing_time(request, TO, &filter->to_us) && read_outcome(request, filter) &&
           read_sort(request, filter);
}

static void write_end(struct request *request, const struct store_page_end *end, uint64_t limit,
                      struct json_writer *json)
{
    json_member_bool(json, "complete", end->complete);
    if (end->reached_us != 0)
        json_member_time(json, "reached_at", end->reached_us);
    if (end->next == 0)
        return;
    json_member_unsigned(json, "next_cursor", end->next);
    request->answer.link = listing_next_link(request, limit, "cursor",
                                             arena_printf(&request->arena, "%" PRIu64, end->next));
}

void leads_run(struct request *request)
{
    struct error err;
    struct store_lead_filter filter;
    struct store_page_end end = {0};
    uint64_t limit;
    if (!read_filter(request, &filter) ||
        !request_number(request, LIMIT, 1, STORE_PAGE_MAX, PAGE_DEFAULT, &limit))
        return;
    struct json_writer *json = request_answer_json(request, 200);
    json_object_open(json);
    json_key(json, "leads");
    int code = store_read_leads(request->reader->store, &filter, (uint32_t)limit, json, &end, &err);
    if (code == ML_EINVAL) { /* what only goes wrong together with other parameters */
        request_refuse(request, PROBLEM_INVALID_PARAMETER, "%s", err.message);
        return;
    }
    if (code != 0) {
        request_refuse_error(request, code, &err);
        return;
    }
    write_end(request, &end, limit, json);
    json_object_close(json);
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
