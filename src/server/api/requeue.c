/* Deliveries are read from the view, because the core forgets what was delivered, and go to the
 * engine in groups. */
#include "server/api/requeue.h"

#include "base/id.h"
#include "server/intake/submission.h"
#include "server/internal.h"

enum { GROUP_MAX = 64 };

static const char *const outcome_names[REQUEUE_OUTCOMES] = {"queued", "gone", "unrouted", "failed"};

struct group {
    struct core_command commands[GROUP_MAX];
    struct engine_result results[GROUP_MAX];
    struct requeue_item *items[GROUP_MAX];
    size_t count;
};

/* 1: *command queues it again. 0: it cannot be, and the item says why. */
static int prepare(struct requeue *requeue, struct requeue_item *item, struct core_command *command,
                   struct error *err)
{
    struct request *request = requeue->request;
    struct store_delivery_reference delivery;
    int code =
        store_fetch_delivery(request->reader->store, item->number, &request->arena, &delivery, err);
    if (code == ML_ENOTFOUND) {
        item->outcome = REQUEUE_GONE;
        item->message = arena_string(&request->arena, bytes_of(err->message));
        return 0;
    }
    if (code == 0 && delivery.destination.size == 0) {
        item->outcome = REQUEUE_UNROUTED;
        item->message = "there was no channel by which anybody could be told; what comes after the "
                        "mesh has one (notifications.yaml) is sent";
    }
    if (code != 0 || delivery.destination.size == 0)
        return code;
    *command = (struct core_command){
        .type = CORE_REQUEUE, .actor = request->caller.name, .entity = item->number};
    command->requeue.destination = delivery.destination;
    command->requeue.about = delivery.lead;
    command->requeue.purpose = delivery.purpose;
    command->requeue.target = delivery.target;
    command->requeue.reason = requeue->reason;
    submission_set_key(command, request->path, requeue->key, item->number,
                       buffer_bytes(&request->body));
    return 1;
}

static void judge(struct requeue *requeue, struct requeue_item *item)
{
    struct problem problem;
    bool accepted = submission_accepted(&item->result, &problem);
    item->outcome = accepted ? REQUEUE_QUEUED : REQUEUE_FAILED;
    item->message =
        accepted ? NULL : arena_string(&requeue->request->arena, bytes_of(problem.detail));
}

static int run_group(struct requeue *requeue, struct group *group, struct error *err)
{
    size_t end = requeue->done;
    int code = request_go_on(requeue->request, err);
    group->count = 0;
    for (; code == 0 && end < requeue->count && group->count < GROUP_MAX; end++) {
        struct requeue_item *item = &requeue->items[end];
        int prepared = prepare(requeue, item, &group->commands[group->count], err);
        if (prepared > 0)
            group->items[group->count++] = item;
        else
            code = prepared;
    }
    struct engine_request request = {
        .commands = group->commands, .results = group->results, .count = group->count};
    if (code == 0 && group->count > 0)
        code = gate_submit(&requeue->gate, requeue->request->server->engine, &request, err);
    if (code != 0)
        return code;
    for (size_t i = 0; i < group->count; i++) {
        group->items[i]->result = group->results[i];
        judge(requeue, group->items[i]);
    }
    requeue->done = end;
    return 0;
}

int requeue_run(struct requeue *requeue, struct error *err)
{
    struct group *group = arena_zalloc(&requeue->request->arena, sizeof *group);
    int code = 0;
    while (code == 0 && requeue->done < requeue->count)
        code = run_group(requeue, group, err);
    if (code != 0)
        requeue->stopped = *err;
    return code;
}

void requeue_write(const struct requeue *requeue, struct json_writer *json)
{
    uint64_t counts[REQUEUE_OUTCOMES] = {0};
    char id[LEAD_ID_TEXT_SIZE];
    json_key(json, "results");
    json_array_open(json);
    for (size_t i = 0; i < requeue->done; i++) {
        const struct requeue_item *item = &requeue->items[i];
        counts[item->outcome]++;
        entity_id_print(ID_DELIVERY, item->number, id);
        json_object_open(json);
        json_member(json, "delivery", bytes_of(id));
        json_member(json, "outcome", bytes_of(outcome_names[item->outcome]));
        json_member_if(json, "message", bytes_of(item->message));
        json_object_close(json);
    }
    json_array_close(json);
    for (int i = 0; i < REQUEUE_OUTCOMES; i++)
        json_member_unsigned(json, outcome_names[i], counts[i]);
    if (requeue->stopped.code != 0)
        json_member(json, "stopped", bytes_of(requeue->stopped.message));
}
