/* Sending again, and giving up. */
#include "server/api/deliveries.h"

#include "base/id.h"
#include "server/api/entity.h"
#include "server/api/members.h"
#include "server/api/requeue.h"
#include "server/intake/submission.h"
#include "server/internal.h"

static const struct member reason_member = {"reason", MEMBER_TEXT, .required = true,
                                            .most = CORE_TEXT_MAX};

/* ---- one */

void delivery_discard_run(struct request *request)
{
    struct member_value reason;
    struct core_command *command = &request->submission.command;
    if (!entity_prepare(request, CORE_DROP) ||
        !entity_segment(request, 0, ID_DELIVERY, &command->entity) ||
        !members_read(request, &reason_member, 1, &reason))
        return;
    command->drop.reason = reason.text;
    request_submit(request);
}

static void answer_one(const struct requeue *requeue)
{
    struct request *request = requeue->request;
    const struct requeue_item *item = requeue->items;
    char id[LEAD_ID_TEXT_SIZE];
    if (item->outcome == REQUEUE_GONE) {
        request_refuse(request, PROBLEM_NOT_FOUND, "%s", item->message);
        return;
    }
    if (item->outcome == REQUEUE_UNROUTED) {
        request_refuse(request, PROBLEM_WRONG_STATE, "%s", item->message);
        return;
    }
    if (!submission_accepted(&item->result, &request->problem)) {
        request_refuse_filled(request);
        return;
    }
    struct json_writer *json = request_answer_json(request, 200);
    entity_id_print(ID_DELIVERY, item->number, id);
    json_object_open(json);
    json_member(json, "id", bytes_of(id));
    json_member_unsigned(json, "seq", item->result.seq);
    json_member(json, "state", BYTES_LITERAL("pending"));
    if (item->result.status == CORE_REPEATED)
        json_member_bool(json, "replayed", true);
    if (item->result.status == CORE_UNCHANGED)
        json_member_bool(json, "unchanged", true);
    json_object_close(json);
    request->answer.replayed = item->result.status == CORE_REPEATED;
}

void delivery_retry_run(struct request *request)
{
    struct error err;
    struct member_value reason;
    struct requeue_item item = {0};
    struct requeue requeue = {.request = request, .items = &item, .count = 1};
    if (!entity_segment(request, 0, ID_DELIVERY, &item.number) ||
        !request_key(request, &requeue.key) || !members_read(request, &reason_member, 1, &reason))
        return;
    requeue.reason = reason.text;
    gate_init(&requeue.gate);
    gate_wait_view(&requeue.gate, request->server->engine);
    int code = requeue_run(&requeue, &err);
    gate_release(&requeue.gate);
    if (code != 0)
        request_refuse_error(request, code, &err);
    else
        answer_one(&requeue);
}

/* ---- many */

struct replay {
    struct requeue requeue;
    bool more; /* there are more that fit */
};

static void set_numbers(struct replay *replay, const uint64_t *numbers, size_t count)
{
    struct requeue *requeue = &replay->requeue;
    requeue->items = arena_array(&requeue->request->arena, count + 1, sizeof *requeue->items);
    requeue->count = count;
    for (size_t i = 0; i < count; i++)
        requeue->items[i] = (struct requeue_item){.number = numbers[i]};
}

static bool take_ids(struct replay *replay, struct json_object *ids, uint64_t *numbers)
{
    struct request *request = replay->requeue.request;
    size_t count = json_object_array_length(ids);
    for (size_t i = 0; i < count; i++)
        if (!entity_id_parse(ID_DELIVERY, json_text(json_object_array_get_idx(ids, i)),
                             &numbers[i]))
            return members_refuse(request, arena_printf(&request->arena, "/ids/%zu", i),
                                  "must be the id of a delivery, such as \"M1024\"");
    set_numbers(replay, numbers, count);
    return true;
}

/* The same names as in the query of GET. */
static bool read_filter(struct request *request, struct json_object *object,
                        struct store_delivery_filter *ret)
{
    struct member members[DELIVERY_FILTERS];
    struct member_value values[DELIVERY_FILTERS];
    struct bytes texts[DELIVERY_FILTERS];
    size_t wrong = 0, given = 0;
    const char *mistake;
    for (size_t i = 0; i < DELIVERY_FILTERS; i++)
        members[i] = (struct member){
            .name = delivery_filter_names[i], .type = MEMBER_TEXT, .most = CORE_TEXT_MAX};
    if (!members_read_within(request, "/filter", object, members, DELIVERY_FILTERS, values))
        return false;
    for (size_t i = 0; i < DELIVERY_FILTERS; i++) {
        texts[i] = values[i].text;
        given += values[i].present;
    }
    if (given == 0)
        return members_refuse(request, "/filter",
                              "must name something, such as {\"destination\": \"crm\"}");
    if (!delivery_filter_read(request, texts, ret, &wrong, &mistake))
        return members_refuse(
            request, arena_printf(&request->arena, "/filter/%s", delivery_filter_names[wrong]),
            mistake);
    if (ret->state.size == 0)
        ret->state = bytes_of(core_delivery_state_name(CORE_DELIVERY_IS_FAILED));
    return true;
}

static bool find(struct replay *replay, const struct store_delivery_filter *filter, uint64_t after,
                 size_t limit, uint64_t *numbers)
{
    struct error err;
    size_t count;
    struct request *request = replay->requeue.request;
    /* One more tells whether there are more. */
    int code = store_find_deliveries(request->reader->store, filter, after, limit + 1, numbers,
                                     &count, &err);
    if (code != 0) {
        request_refuse_error(request, code, &err);
        return false;
    }
    replay->more = count > limit;
    set_numbers(replay, numbers, replay->more ? limit : count);
    return true;
}

enum { IDS, FILTER, AFTER, LIMIT, REASON, MEMBERS };

/* Reads the body and finds the deliveries. False: the request has been refused. */
static bool choose(struct replay *replay)
{
    static const struct member members[MEMBERS] = {
        [IDS] = {"ids", MEMBER_LIST, .most = REQUEUE_MAX},
        [FILTER] = {"filter", MEMBER_OBJECT},
        [AFTER] = {"after", MEMBER_TEXT, .most = LEAD_ID_TEXT_SIZE},
        [LIMIT] = {"limit", MEMBER_INTEGER, .least = 1, .most = REQUEUE_MAX},
        [REASON] = {"reason", MEMBER_TEXT, .required = true, .most = CORE_TEXT_MAX},
    };
    struct member_value values[MEMBERS];
    struct store_delivery_filter filter;
    struct requeue *requeue = &replay->requeue;
    struct request *request = requeue->request;
    uint64_t after = 0;
    if (!request_key(request, &requeue->key) || !members_read(request, members, MEMBERS, values))
        return false;
    requeue->reason = values[REASON].text;
    if (values[IDS].present == values[FILTER].present) {
        request_refuse(request, PROBLEM_INVALID_BODY,
                       "say which deliveries: {\"ids\": [\"M12\", …]} or {\"filter\": "
                       "{\"destination\": \"crm\"}}; one of the two");
        return false;
    }
    if (values[AFTER].present && !entity_id_parse(ID_DELIVERY, values[AFTER].text, &after))
        return members_refuse(request, "/after",
                              "must be `next` of the answer before, such as \"M1024\"");
    uint64_t *numbers = arena_array(&request->arena, REQUEUE_MAX + 1, sizeof *numbers);
    size_t limit = values[LIMIT].present ? (size_t)values[LIMIT].integer : REQUEUE_MAX;
    gate_wait_view(&requeue->gate, request->server->engine);
    if (values[IDS].present)
        return take_ids(replay, values[IDS].json, numbers);
    return read_filter(request, values[FILTER].json, &filter) &&
           find(replay, &filter, after, limit, numbers);
}

static void answer(const struct replay *replay)
{
    const struct requeue *requeue = &replay->requeue;
    struct json_writer *json = request_answer_json(requeue->request, 200);
    bool more = replay->more || requeue->done < requeue->count;
    json_object_open(json);
    requeue_write(requeue, json);
    json_member_unsigned(json, "seq", engine_durable_seq(requeue->request->server->engine));
    json_member_bool(json, "more", more);
    if (more && requeue->done > 0) {
        char next[LEAD_ID_TEXT_SIZE];
        entity_id_print(ID_DELIVERY, requeue->items[requeue->done - 1].number, next);
        json_member(json, "next", bytes_of(next));
    }
    json_object_close(json);
}

void delivery_replay_run(struct request *request)
{
    struct error err;
    struct replay replay = {.requeue = {.request = request}};
    gate_init(&replay.requeue.gate);
    if (choose(&replay)) {
        int code = requeue_run(&replay.requeue, &err);
        if (code != 0 && replay.requeue.done == 0)
            request_refuse_error(request, code, &err);
        else
            answer(&replay);
    }
    gate_release(&replay.requeue.gate);
}
