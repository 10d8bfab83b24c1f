/* Looking at exceptions. */
#include "server/api/exceptions.h"

#include "base/json.h"
#include "server/api/entity.h"
#include "server/api/listing.h"
#include "server/internal.h"

enum { PAGE_DEFAULT = 100 };

/* What both lists can be narrowed by, first in both tables. */
enum { KIND, QUEUE, TEAM, STATE, CAUSE, CLAIMED, FILTERS };

enum { LIST_LEAD = FILTERS, LIST_AFTER, LIST_LIMIT };
const char *const exceptions_parameters[] = {"kind",    "queue", "team",  "state", "cause",
                                             "claimed", "lead",  "after", "limit", NULL};

enum { CLUSTERS_LIMIT = FILTERS };
const char *const exception_clusters_parameters[] = {"kind",  "queue",   "team",  "state",
                                                     "cause", "claimed", "limit", NULL};

void exception_claimed(struct bytes text, struct store_exception_filter *filter)
{
    filter->unclaimed = bytes_is(text, "nobody");
    filter->claimed_by = filter->unclaimed ? (struct bytes){0} : text;
}

static bool read_filter(struct request *request, struct store_exception_filter *ret)
{
    static const char *const states[] = {"open", "resolved"};
    const struct bytes *given = request->parameters;
    *ret = (struct store_exception_filter){
        .kind = given[KIND],
        .queue = given[QUEUE],
        .team = given[TEAM],
        .state = given[STATE],
        .cause = given[CAUSE],
    };
    exception_claimed(given[CLAIMED], ret);
    return listing_check_word(request, STATE, states, 2);
}

/* Those that are to be decided, unless something else is asked for: only what is resolved has a
 * cause. */
static struct bytes state_of(const struct store_exception_filter *filter)
{
    if (filter->state.size > 0)
        return filter->state;
    return filter->cause.size > 0 ? BYTES_LITERAL("resolved") : BYTES_LITERAL("open");
}

static bool read_lead(struct request *request, uint64_t *ret)
{
    struct bytes text = request->parameters[LIST_LEAD];
    *ret = 0;
    if (text.data == NULL || lead_id_parse(text, ret))
        return true;
    request_refuse(request, PROBLEM_INVALID_PARAMETER,
                   "`lead` must be the id of a lead, such as L1024");
    return false;
}

void exceptions_run(struct request *request)
{
    struct error err;
    struct store_exception_filter filter;
    struct bytes next = {0};
    uint64_t limit;
    if (!read_filter(request, &filter) || !read_lead(request, &filter.lead) ||
        !request_number(request, LIST_LIMIT, 1, STORE_PAGE_MAX, PAGE_DEFAULT, &limit))
        return;
    filter.state = state_of(&filter);
    struct json_writer *json = request_answer_json(request, 200);
    json_object_open(json);
    json_key(json, "exceptions");
    int code =
        store_read_exceptions(request->reader->store, &filter, request->parameters[LIST_AFTER],
                              (uint32_t)limit, &request->arena, json, &next, &err);
    if (code == ML_EINVAL) {
        request_refuse(request, PROBLEM_INVALID_PARAMETER, "%s", err.message);
        return;
    }
    if (code != 0) {
        request_refuse_error(request, code, &err);
        return;
    }
    json_member_if(json, "next", next);
    json_object_close(json);
    if (next.size > 0)
        request->answer.link =
            listing_next_link(request, limit, "after", arena_string(&request->arena, next));
}

void exception_clusters_run(struct request *request)
{
    struct error err;
    struct store_exception_filter filter;
    uint64_t limit;
    if (!read_filter(request, &filter) ||
        !request_number(request, CLUSTERS_LIMIT, 1, STORE_PAGE_MAX, PAGE_DEFAULT, &limit))
        return;
    filter.state = state_of(&filter);
    struct json_writer *json = request_answer_json(request, 200);
    json_object_open(json);
    json_key(json, "clusters");
    int code =
        store_read_exception_clusters(request->reader->store, &filter, (uint32_t)limit, json, &err);
    json_object_close(json);
    if (code != 0)
        request_refuse_error(request, code, &err);
}

void exception_run(struct request *request)
{
    struct error err;
    uint64_t number;
    if (!entity_segment(request, 0, ID_EXCEPTION, &number))
        return;
    struct json_writer *json = request_answer_json(request, 200);
    int code = store_read_exception(request->reader->store, number, json, &err);
    if (code != 0)
        request_refuse_error(request, code, &err);
    else
        request->answer.version = listing_version(request);
}
