/* POST /v1/exceptions/resolve: many exceptions with one cause, such as all that a vendor's outage
 * left behind. On a query thread: they are found in the view and resolved in groups, each on its
 * own: what cannot be is told and stays open. */
#include "server/api/exceptions.h"

#include "base/id.h"
#include "server/api/gate.h"
#include "server/api/members.h"
#include "server/intake/submission.h"
#include "server/internal.h"

enum {
    BULK_MAX = 1000, /* of one call */
    GROUP_MAX = 64,  /* go to the engine together */
};

enum outcome {
    OUTCOME_RESOLVED,
    OUTCOME_GONE,   /* was not open any more */
    OUTCOME_FAILED, /* could not be; stays as it was */
    OUTCOMES,
};
static const char *const outcome_names[OUTCOMES] = {"resolved", "gone", "failed"};

struct bulk {
    struct request *request;
    struct core_command command; /* that each is resolved with */
    uint64_t *numbers;
    size_t number_count;
    bool more; /* there are more that fit */
    struct bytes key;
    struct engine_result *results; /* of the first `done` */
    size_t done;
    struct error stopped; /* why the rest was not tried; no code: all were */
    struct gate gate;
};

/* ---- which ones */

enum {
    IDS = RESOLUTION_MEMBERS,
    KIND,
    QUEUE,
    TEAM,
    CLAIMED,
    LEAD,
    AFTER,
    LIMIT,
    MEMBERS,
};

static bool take_ids(struct bulk *bulk, struct json_object *ids)
{
    bulk->number_count = json_object_array_length(ids);
    for (size_t i = 0; i < bulk->number_count; i++)
        if (!entity_id_parse(ID_EXCEPTION, json_text(json_object_array_get_idx(ids, i)),
                             &bulk->numbers[i]))
            return members_refuse(bulk->request, arena_printf(&bulk->request->arena, "/ids/%zu", i),
                                  "must be the id of an exception, such as \"X1024\"");
    return true;
}

static bool find(struct bulk *bulk, const struct member_value *values)
{
    struct request *request = bulk->request;
    struct store_exception_filter filter = {
        .kind = values[KIND].text,
        .queue = values[QUEUE].text,
        .team = values[TEAM].text,
        .state = BYTES_LITERAL("open"),
    };
    struct error err;
    uint64_t after = 0;
    exception_claimed(values[CLAIMED].text, &filter);
    size_t limit = values[LIMIT].present ? (size_t)values[LIMIT].integer : BULK_MAX;
    if (values[LEAD].present && !lead_id_parse(values[LEAD].text, &filter.lead))
        return members_refuse(request, "/lead", "must be the id of a lead, such as \"L1024\"");
    if (values[AFTER].present && !entity_id_parse(ID_EXCEPTION, values[AFTER].text, &after))
        return members_refuse(request, "/after",
                              "must be `next` of the answer before, such as \"X1024\"");
    /* One more tells whether there are more. */
    int code = store_find_exceptions(request->reader->store, &filter, after, limit + 1,
                                     bulk->numbers, &bulk->number_count, &err);
    if (code != 0) {
        request_refuse_error(request, code, &err);
        return false;
    }
    bulk->more = bulk->number_count > limit;
    if (bulk->more)
        bulk->number_count = limit;
    return true;
}

/* Reads the body and finds the exceptions. False: the request has been refused. */
static bool choose(struct bulk *bulk)
{
    static const struct member members[MEMBERS] = {
        RESOLUTION_TABLE,
        [IDS] = {"ids", MEMBER_LIST, .most = BULK_MAX},
        [KIND] = {"kind", MEMBER_TEXT, .most = POLICY_NAME_MAX},
        [QUEUE] = {"queue", MEMBER_TEXT, .most = POLICY_NAME_MAX},
        [TEAM] = {"team", MEMBER_TEXT, .most = POLICY_NAME_MAX},
        [CLAIMED] = {"claimed", MEMBER_TEXT, .most = 256},
        [LEAD] = {"lead", MEMBER_TEXT, .most = LEAD_ID_TEXT_SIZE},
        [AFTER] = {"after", MEMBER_TEXT, .most = LEAD_ID_TEXT_SIZE},
        [LIMIT] = {"limit", MEMBER_INTEGER, .least = 1, .most = BULK_MAX},
    };
    struct member_value values[MEMBERS];
    struct request *request = bulk->request;
    if (!request_key(request, &bulk->key) || !members_read(request, members, MEMBERS, values) ||
        !exception_read_resolution(request, values, &bulk->command))
        return false;
    bool filtered = values[KIND].text.size + values[QUEUE].text.size + values[TEAM].text.size +
                        values[CLAIMED].text.size + values[LEAD].text.size >
                    0;
    if (values[IDS].present == filtered) {
        request_refuse(request, PROBLEM_INVALID_BODY,
                       "say which exceptions: {\"ids\": [\"X12\", …]}, or by \"kind\", \"queue\", "
                       "\"team\", \"claimed\" and \"lead\"; one of the two");
        return false;
    }
    if (bulk->command.resolve.action == CORE_RESOLVED_MERGE)
        return members_refuse(request, "/action",
                              "cannot be merge for many at once; merge leads one by one");
    bulk->numbers = arena_array(&request->arena, BULK_MAX + 1, sizeof *bulk->numbers);
    gate_wait_view(&bulk->gate, request->server->engine);
    return values[IDS].present ? take_ids(bulk, values[IDS].json) : find(bulk, values);
}

/* ---- what became of them */

static enum outcome judge(const struct engine_result *result, struct problem *problem)
{
    if (submission_accepted(result, problem))
        return OUTCOME_RESOLVED;
    return result->refusal == 0 && result->status == CORE_NOT_FOUND ? OUTCOME_GONE : OUTCOME_FAILED;
}

static void write_result(const struct engine_result *result, uint64_t number, enum outcome outcome,
                         const struct problem *problem, struct json_writer *json)
{
    char id[LEAD_ID_TEXT_SIZE];
    entity_id_print(ID_EXCEPTION, number, id);
    json_object_open(json);
    json_member(json, "exception", bytes_of(id));
    json_member(json, "outcome", bytes_of(outcome_names[outcome]));
    if (outcome != OUTCOME_RESOLVED)
        json_member(json, "message", bytes_of(problem->detail));
    else if (result->lead != 0) {
        lead_id_print(result->lead, id);
        json_member(json, "lead", bytes_of(id));
        json_member(json, "place", bytes_of(core_place_name(result->place)));
        json_member_if(json, "owner", bytes_of(result->owner));
    }
    json_object_close(json);
}

static void write_answer(struct bulk *bulk)
{
    struct json_writer *json = request_answer_json(bulk->request, 200);
    struct problem problem;
    uint64_t counts[OUTCOMES] = {0};
    bool more = bulk->more || bulk->done < bulk->number_count;
    json_object_open(json);
    json_key(json, "results");
    json_array_open(json);
    for (size_t i = 0; i < bulk->done; i++) {
        enum outcome outcome = judge(&bulk->results[i], &problem);
        counts[outcome]++;
        write_result(&bulk->results[i], bulk->numbers[i], outcome, &problem, json);
    }
    json_array_close(json);
    for (int i = 0; i < OUTCOMES; i++)
        json_member_unsigned(json, outcome_names[i], counts[i]);
    json_member_unsigned(json, "seq", engine_durable_seq(bulk->request->server->engine));
    json_member_bool(json, "more", more);
    if (more && bulk->done > 0) {
        char next[LEAD_ID_TEXT_SIZE];
        entity_id_print(ID_EXCEPTION, bulk->numbers[bulk->done - 1], next);
        json_member(json, "next", bytes_of(next));
    }
    if (bulk->stopped.code != 0)
        json_member(json, "stopped", bytes_of(bulk->stopped.message));
    json_object_close(json);
}

/* ---- doing it */

static int run_group(struct bulk *bulk, struct error *err)
{
    struct request *request = bulk->request;
    struct core_command commands[GROUP_MAX];
    size_t count = bulk->number_count - bulk->done;
    if (count > GROUP_MAX)
        count = GROUP_MAX;
    for (size_t i = 0; i < count; i++) {
        commands[i] = bulk->command;
        commands[i].entity = bulk->numbers[bulk->done + i];
        submission_set_key(&commands[i], request->path, bulk->key, commands[i].entity,
                           buffer_bytes(&request->body));
    }
    struct engine_request group = {
        .commands = commands, .results = bulk->results + bulk->done, .count = count};
    int code = request_go_on(request, err);
    if (code == 0)
        code = gate_submit(&bulk->gate, request->server->engine, &group, err);
    if (code == 0)
        bulk->done += count;
    return code;
}

static void run(struct bulk *bulk)
{
    struct error err = {0};
    int code = 0;
    bulk->results =
        arena_array(&bulk->request->arena, bulk->number_count + 1, sizeof *bulk->results);
    while (code == 0 && bulk->done < bulk->number_count)
        code = run_group(bulk, &err);
    if (code != 0 && bulk->done == 0) {
        request_refuse_error(bulk->request, code, &err);
        return;
    }
    bulk->stopped = err;
    write_answer(bulk);
}

void exception_bulk_run(struct request *request)
{
    struct bulk bulk = {
        .request = request,
        .command = {.type = CORE_RESOLVE, .actor = request->caller.name},
    };
    gate_init(&bulk.gate);
    if (choose(&bulk))
        run(&bulk);
    gate_release(&bulk.gate);
}
