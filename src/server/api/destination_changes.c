/* POST /v1/destinations/{name}/changes: a two-way destination tells of a change as it happens,
 * instead of being asked for it. What the record means is read by the destination's expressions, on
 * the effect thread; what may come of it is the core's to decide. */
#include "server/api/destinations.h"

#include "base/id.h"
#include "effect/effect.h"
#include "server/intake/submission.h"
#include "server/internal.h"

#include <stdio.h>

/* On another thread. */
static void decided(void *context, enum core_status status, uint64_t lead, const char *message)
{
    struct request *request = context;
    struct engine_result *result = &request->submission.result;
    *result = (struct engine_result){.status = status, .lead = lead};
    snprintf(result->message, sizeof result->message, "%s", message != NULL ? message : "");
    request_resume(request);
}

static void refuse(struct request *request, int code, const struct error *err)
{
    if (code == ML_EINVAL)
        request_refuse(request, PROBLEM_WRONG_STATE, "%s", err->message);
    else
        request_refuse_error(request, code, err);
}

void destination_told_run(struct request *request)
{
    struct error err;
    struct effects *effects = request->server->effects;
    const struct effect_change change = {.context = request, .done = decided};
    const char *name = arena_string(&request->arena, request->segments[0]);
    if (!access_check_signature(request, buffer_bytes(&request->body)) ||
        !access_check_source(request, access_sender(request)))
        return;
    if (effects == NULL) {
        request_refuse(request, PROBLEM_OUTSIDE, "this server talks to no other system");
        return;
    }
    if (!request_suspend(request)) {
        request_refuse(request, PROBLEM_STOPPING, "the server is stopping; nothing was done");
        return;
    }
    int code = effects_change(effects, name, buffer_bytes(&request->body), &change, &err);
    if (code == 0)
        return;
    refuse(request, code, &err);
    request_resume(request);
}

void destination_told_finish(struct request *request)
{
    const struct engine_result *result = &request->submission.result;
    char id[LEAD_ID_TEXT_SIZE];
    if (!submission_accepted(result, &request->problem)) {
        request_refuse_filled(request);
        return;
    }
    struct json_writer *json = request_answer_json(request, 200);
    json_object_open(json);
    json_member(json, "outcome",
                bytes_of(result->status == CORE_UNCHANGED ? "unchanged" : "decided"));
    if (result->lead != 0) {
        lead_id_print(result->lead, id);
        json_member(json, "lead", bytes_of(id));
    }
    json_member_if(json, "message", bytes_of(result->message));
    json_object_close(json);
}
