/* POST /v1/sources/{source}/leads: one lead as JSON, or many as NDJSON (batch.c). */
#include "server/intake.h"

#include "server/batch.h"
#include "server/internal.h"
#include "server/media.h"
#include "server/submission.h"

void intake_begin(struct request *request)
{
    struct bytes type = request_header(request, "Content-Type");
    struct bytes encoding = request_header(request, "Content-Encoding");
    if (!access_check_source(request, request->segments[0]))
        return;
    if (encoding.size > 0 && !bytes_is(encoding, "identity")) {
        request_refuse(request, PROBLEM_UNSUPPORTED_MEDIA_TYPE,
                       "the body must be sent without Content-Encoding");
        return;
    }
    if (media_type_is(type, "application/json")) {
        request_accepts(request, "application/json");
        return;
    }
    if (media_type_is(type, "application/x-ndjson") || media_type_is(type, "application/ndjson")) {
        if (access_check_stream(request) && request_accepts(request, "application/x-ndjson"))
            batch_begin(request);
        return;
    }
    request_refuse(request, PROBLEM_UNSUPPORTED_MEDIA_TYPE,
                   "send one lead as `Content-Type: application/json` or one a line as "
                   "`application/x-ndjson`");
}

static bool prepare(struct request *request, struct submission *submission)
{
    submission->release = engine_release_ref(request->server->engine);
    if (submission->release == NULL) {
        request_refuse(request, PROBLEM_NO_POLICY, "no routing policy is active yet");
        return false;
    }
    uint32_t source =
        submission_source(submission->release, request->segments[0], &request->problem);
    if (source == POLICY_NONE ||
        !submission_read(submission->release, source, buffer_bytes(&request->body), &request->arena,
                         &submission->payload, &submission->command, &request->problem)) {
        request_refuse_filled(request);
        return false;
    }
    struct bytes key;
    if (!request_key(request, &key))
        return false;
    submission->command.actor = request->caller.name;
    submission_set_key(&submission->command, request->segments[0], key, 0,
                       buffer_bytes(&request->body));
    return true;
}

void intake_run(struct request *request)
{
    if (request->state != NULL) {
        batch_run(request);
        return;
    }
    request->submission.command = (struct core_command){0};
    if (!access_check_signature(request, buffer_bytes(&request->body)))
        return;
    if (prepare(request, &request->submission))
        request_submit(request);
}

void intake_finish(struct request *request)
{
    if (request->state != NULL)
        batch_finish(request);
    else
        submission_finish(request);
}
