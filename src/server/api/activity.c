/* What comes, minute by minute, and what has become of it by where it came from. */
#include "server/api/activity.h"

#include "server/api/listing.h"
#include "server/api/objectives.h"
#include "server/internal.h"

#define MINUTE_US (INT64_C(60) * 1000000)

enum { MINUTES_DEFAULT = 60 };

/* ---- GET /v1/activity */

enum { ACTIVITY_MINUTES, ACTIVITY_BY };
const char *const activity_parameters[] = {"minutes", "by", NULL};

void activity_run(struct request *request)
{
    static const char *const names[] = {"total", "source", "campaign"};
    struct error err;
    uint64_t minutes;
    enum store_dimension by = STORE_DIMENSIONS;
    if (!request_number(request, ACTIVITY_MINUTES, 1, STORE_ACTIVITY_MAX, MINUTES_DEFAULT,
                        &minutes) ||
        !listing_check_word(request, ACTIVITY_BY, names, 3))
        return;
    store_dimension_parse(request->parameters[ACTIVITY_BY], &by);
    const int64_t now_us = engine_now_us(request->server->engine);
    const int64_t to_us = now_us - now_us % MINUTE_US + MINUTE_US;
    const int64_t from_us = to_us - (int64_t)minutes * MINUTE_US;
    struct json_writer *json = request_answer_json(request, 200);
    json_object_open(json);
    json_member(json, "by",
                by == STORE_DIMENSIONS ? BYTES_LITERAL("total")
                                       : bytes_of(store_dimension_name(by)));
    json_member_time(json, "from", from_us);
    json_member_time(json, "to", to_us);
    int code =
        store_read_activity(request->reader->store, by, from_us, (uint32_t)minutes, json, &err);
    json_object_close(json);
    if (code != 0)
        request_refuse_error(request, code, &err);
}

/* ---- GET /v1/attribution */

enum { ATTRIBUTION_BY, ATTRIBUTION_FROM, ATTRIBUTION_TO };
const char *const attribution_parameters[] = {"by", "from", "to", NULL};

void attribution_run(struct request *request)
{
    static const char *const names[] = {"campaign", "source", "partner"};
    struct error err;
    int64_t from_us, to_us;
    enum store_dimension by = STORE_BY_CAMPAIGN;
    if (!listing_check_word(request, ATTRIBUTION_BY, names, 3) ||
        !objectives_span(request, ATTRIBUTION_FROM, ATTRIBUTION_TO, &from_us, &to_us))
        return;
    store_dimension_parse(request->parameters[ATTRIBUTION_BY], &by);
    struct json_writer *json = request_answer_json(request, 200);
    json_object_open(json);
    json_member(json, "by", bytes_of(store_dimension_name(by)));
    json_member_time(json, "from", from_us);
    json_member_time(json, "to", to_us);
    int code = store_read_attribution(request->reader->store, by, from_us, to_us, json, &err);
    json_object_close(json);
    if (code != 0)
        request_refuse_error(request, code, &err);
}
