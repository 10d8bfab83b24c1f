/* Reading what was counted of promises. */
#include "server/api/objectives.h"

#include "base/time.h"
#include "server/api/listing.h"
#include "server/internal.h"

#define HOUR_US (INT64_C(3600) * TIME_US_PER_SECOND)

enum {
    DAYS_DEFAULT = 7,
    DAYS_MAX = 400,
    ROWS_MAX = 1000 * 1000, /* the answer's ceiling is reached before */
};

enum { BY, FROM, TO, CLASS, OBJECTIVE, VALUE, CELLS };
const char *const objectives_parameters[] = {"by",        "from",  "to",    "class",
                                             "objective", "value", "cells", NULL};

enum { LATENCY_FROM, LATENCY_TO };
const char *const latency_parameters[] = {"from", "to", NULL};

static int64_t hour_of(int64_t time_us)
{
    return time_us - time_us % HOUR_US;
}

bool objectives_span(struct request *request, size_t from, size_t to, int64_t *ret_from_us,
                     int64_t *ret_to_us)
{
    if (!listing_time(request, from, ret_from_us) || !listing_time(request, to, ret_to_us))
        return false;
    if (request->parameters[to].data == NULL)
        *ret_to_us = engine_now_us(request->server->engine);
    if (request->parameters[from].data == NULL)
        *ret_from_us = *ret_to_us - DAYS_DEFAULT * TIME_US_PER_DAY;
    if (*ret_from_us < 0 || *ret_to_us <= *ret_from_us) {
        request_refuse(request, PROBLEM_INVALID_PARAMETER,
                       "`to` must be later than `from`, and both after 1970");
        return false;
    }
    *ret_from_us = hour_of(*ret_from_us);
    *ret_to_us = hour_of(*ret_to_us + HOUR_US - 1);
    if (*ret_to_us - *ret_from_us <= DAYS_MAX * TIME_US_PER_DAY)
        return true;
    request_refuse(request, PROBLEM_INVALID_PARAMETER,
                   "from `from` to `to` there are more than %d days; ask for less at once",
                   DAYS_MAX);
    return false;
}

static bool read_dimension(struct request *request, enum store_dimension *ret)
{
    const char *names[STORE_DIMENSIONS];
    *ret = STORE_BY_CLASS;
    for (int i = 0; i < STORE_DIMENSIONS; i++)
        names[i] = store_dimension_name((enum store_dimension)i);
    if (!listing_check_word(request, BY, names, STORE_DIMENSIONS))
        return false;
    if (request->parameters[BY].data != NULL)
        store_dimension_parse(request->parameters[BY], ret);
    return true;
}

static bool read_query(struct request *request, struct store_objective_query *ret)
{
    static const char *const booleans[] = {"true", "false"};
    const char *objectives[POLICY_OBJECTIVES];
    for (int i = 0; i < POLICY_OBJECTIVES; i++)
        objectives[i] = policy_objective_name((enum policy_objective)i);
    *ret = (struct store_objective_query){
        .value = request->parameters[VALUE],
        .class_name = request->parameters[CLASS],
        .objective = request->parameters[OBJECTIVE],
        .cells = bytes_is(request->parameters[CELLS], "true"),
    };
    return read_dimension(request, &ret->by) &&
           listing_check_word(request, OBJECTIVE, objectives, POLICY_OBJECTIVES) &&
           listing_check_word(request, CELLS, booleans, 2) &&
           objectives_span(request, FROM, TO, &ret->from_us, &ret->to_us);
}

static void write_span(struct json_writer *json, int64_t from_us, int64_t to_us)
{
    json_member_time(json, "from", from_us);
    json_member_time(json, "to", to_us);
}

void objectives_run(struct request *request)
{
    struct error err;
    struct store_objective_query query;
    if (!read_query(request, &query))
        return;
    struct json_writer *json = request_answer_json(request, 200);
    json_object_open(json);
    json_member(json, "by", bytes_of(store_dimension_name(query.by)));
    write_span(json, query.from_us, query.to_us);
    json_key(json, "objectives");
    int code = store_read_objectives(request->reader->store, &query, ROWS_MAX, json, &err);
    json_object_close(json);
    if (code != 0)
        request_refuse_error(request, code, &err);
}

void latency_run(struct request *request)
{
    struct error err;
    int64_t from_us, to_us;
    if (!objectives_span(request, LATENCY_FROM, LATENCY_TO, &from_us, &to_us))
        return;
    struct json_writer *json = request_answer_json(request, 200);
    json_object_open(json);
    write_span(json, from_us, to_us);
    json_key(json, "latency");
    int code = store_read_latency(request->reader->store, from_us, to_us, json, &err);
    json_object_close(json);
    if (code != 0)
        request_refuse_error(request, code, &err);
}
