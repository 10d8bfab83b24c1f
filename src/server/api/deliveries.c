/* Reading deliveries from the view. */
#include "server/api/deliveries.h"

#include "base/id.h"
#include "base/time.h"
#include "server/api/entity.h"
#include "server/api/listing.h"
#include "server/internal.h"

enum { PAGE_DEFAULT = 100 };

const char *const delivery_filter_names[DELIVERY_FILTERS] = {
    "destination", "state", "purpose", "target", "lead", "reason", "from", "to"};

enum { LIST_BEFORE = DELIVERY_FILTERS, LIST_LIMIT };
const char *const deliveries_parameters[] = {"destination", "state",  "purpose", "target",
                                             "lead",        "reason", "from",    "to",
                                             "before",      "limit",  NULL};

enum { CLUSTERS_LIMIT = DELIVERY_FILTERS };
const char *const delivery_clusters_parameters[] = {
    "destination", "state", "purpose", "target", "lead", "reason", "from", "to", "limit", NULL};

/* ---- filters */

/* One that is, or was: what left the mesh keeps its deliveries. */
static const char *check_destination(struct request *request, struct bytes name)
{
    const char *names[POLICY_DESTINATIONS_MAX];
    size_t count = 0;
    const char *mistake = NULL;
    struct buffer unused;
    struct json_writer json;
    struct policy_release *release = engine_release_ref(request->server->engine);
    for (size_t i = 0; release != NULL && i < release->destination_count; i++)
        if (count < POLICY_DESTINATIONS_MAX)
            names[count++] = release->destinations[i].name;
    buffer_init(&unused, 1024 * 1024);
    json_begin(&json, &unused);
    if (listing_word_mistake(&request->arena, name, names, count) != NULL &&
        store_read_destination(request->reader->store, name, &json, NULL) != 0)
        mistake = count > 0 ? listing_word_mistake(&request->arena, name, names, count)
                            : "cannot be asked for: the mesh has no destinations";
    buffer_release(&unused);
    policy_release_unref(release);
    return mistake;
}

static const char *check_state(struct request *request, struct bytes text)
{
    const char *names[CORE_DELIVERY_STATES];
    for (int i = 0; i < CORE_DELIVERY_STATES; i++)
        names[i] = core_delivery_state_name((enum core_delivery_state)i);
    return listing_word_mistake(&request->arena, text, names, CORE_DELIVERY_STATES);
}

static const char *check_purpose(struct request *request, struct bytes text)
{
    const char *names[POLICY_PURPOSES];
    for (int i = 0; i < POLICY_PURPOSES; i++)
        names[i] = policy_purpose_name((enum policy_purpose)i);
    return listing_word_mistake(&request->arena, text, names, POLICY_PURPOSES);
}

/* Whom a notification is for. */
static const char *check_target(struct bytes text)
{
    static const char *const prefixes[] = {
        "rep:", "team:", "owner:", "mailto:", "https://", "http://"};
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        size_t size = strlen(prefixes[i]);
        if (text.size > size && memcmp(text.data, prefixes[i], size) == 0)
            return NULL;
    }
    return "must be somebody who is told something: rep:ID, team:NAME, owner:NAME, mailto:ADDRESS "
           "or https://…";
}

static const char *read_time(struct bytes text, int64_t *ret_us)
{
    if (text.data == NULL || listing_date(text, ret_us) || time_parse(text, ret_us, NULL) == 0)
        return NULL;
    return "must be a time like 2026-11-23T09:30:00Z or a date like 2026-11-23";
}

static const char *find_mistake(struct request *request, size_t which, struct bytes text,
                                struct store_delivery_filter *filter)
{
    switch (which) {
    case DELIVERY_DESTINATION: return check_destination(request, text);
    case DELIVERY_STATE: return check_state(request, text);
    case DELIVERY_PURPOSE: return check_purpose(request, text);
    case DELIVERY_TARGET: return check_target(text);
    case DELIVERY_LEAD:
        return lead_id_parse(text, &filter->lead) ? NULL
                                                  : "must be the id of a lead, such as L1024";
    case DELIVERY_FROM: return read_time(text, &filter->from_us);
    case DELIVERY_TO: return read_time(text, &filter->to_us);
    default: return NULL;
    }
}

bool delivery_filter_read(struct request *request, const struct bytes texts[DELIVERY_FILTERS],
                          struct store_delivery_filter *ret, size_t *ret_wrong,
                          const char **ret_mistake)
{
    *ret = (struct store_delivery_filter){
        .destination = texts[DELIVERY_DESTINATION],
        .state = texts[DELIVERY_STATE],
        .purpose = texts[DELIVERY_PURPOSE],
        .target = texts[DELIVERY_TARGET],
        .reason = texts[DELIVERY_REASON],
    };
    for (size_t i = 0; i < DELIVERY_FILTERS; i++) {
        if (texts[i].data == NULL)
            continue;
        *ret_mistake = find_mistake(request, i, texts[i], ret);
        *ret_wrong = i;
        if (*ret_mistake != NULL)
            return false;
    }
    return true;
}

static bool read_filter(struct request *request, struct store_delivery_filter *ret)
{
    size_t wrong;
    const char *mistake;
    if (delivery_filter_read(request, request->parameters, ret, &wrong, &mistake))
        return true;
    request_refuse(request, PROBLEM_INVALID_PARAMETER, "`%s` %s", delivery_filter_names[wrong],
                   mistake);
    return false;
}

/* ---- the calls */

void deliveries_run(struct request *request)
{
    struct error err;
    struct store_delivery_filter filter;
    uint64_t limit, next = 0;
    char cursor[LEAD_ID_TEXT_SIZE];
    if (!read_filter(request, &filter) ||
        !entity_parameter(request, LIST_BEFORE, ID_DELIVERY, &filter.before) ||
        !request_number(request, LIST_LIMIT, 1, STORE_PAGE_MAX, PAGE_DEFAULT, &limit))
        return;
    struct json_writer *json = request_answer_json(request, 200);
    json_object_open(json);
    json_key(json, "deliveries");
    int code =
        store_read_deliveries(request->reader->store, &filter, (uint32_t)limit, json, &next, &err);
    if (code != 0) {
        request_refuse_error(request, code, &err);
        return;
    }
    if (next != 0) {
        entity_id_print(ID_DELIVERY, next, cursor);
        json_member(json, "next", bytes_of(cursor));
        request->answer.link = listing_next_link(request, limit, "before", cursor);
    }
    json_object_close(json);
}

void delivery_clusters_run(struct request *request)
{
    struct error err;
    struct store_delivery_filter filter;
    uint64_t limit;
    if (!read_filter(request, &filter) ||
        !request_number(request, CLUSTERS_LIMIT, 1, STORE_PAGE_MAX, PAGE_DEFAULT, &limit))
        return;
    struct json_writer *json = request_answer_json(request, 200);
    json_object_open(json);
    json_key(json, "clusters");
    int code =
        store_read_delivery_clusters(request->reader->store, &filter, (uint32_t)limit, json, &err);
    json_object_close(json);
    if (code != 0)
        request_refuse_error(request, code, &err);
}

void delivery_run(struct request *request)
{
    struct error err;
    uint64_t number;
    if (!entity_segment(request, 0, ID_DELIVERY, &number))
        return;
    struct json_writer *json = request_answer_json(request, 200);
    int code = store_read_delivery(request->reader->store, number, json, &err);
    if (code != 0)
        request_refuse_error(request, code, &err);
}
