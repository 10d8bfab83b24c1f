/* POST /v1/explanations: what would be decided about a lead that came now. The engine decides it
 * against its state and forgets it: nothing is recorded, nobody's turn is over. */
#include "server/api/explanation.h"

#include "engine/explain.h"
#include "server/intake/submission.h"
#include "server/internal.h"

enum { MEMBERS_CEILING = 64 * 1024 * 1024 };

/* What the engine said, copied on its thread: the rest is written on the worker's. */
struct hypothesis {
    uint32_t source;
    struct policy_release *release; /* a reference: the one it was decided under */
    uint64_t known;                 /* the lead of the same person that there is; 0: none */
    int64_t time_us;
    struct explain_event placed; /* the last event of the decision; no data: none */
};

static void dispose(struct request *request)
{
    const struct hypothesis *hypothesis = request->state;
    policy_release_unref(hypothesis->release);
}

/* ---- asking */

/* Mistakes are in the lead, which is a member of the body. */
static void refuse_lead(struct request *request)
{
    struct policy_problems *errors = &request->problem.errors;
    for (size_t i = 0; i < errors->count; i++)
        errors->items[i].pointer =
            arena_printf(&request->arena, "/lead%s", errors->items[i].pointer);
    request_refuse_filled(request);
}

/* The body's `lead`, checked to be an object, and its `source`. */
static bool read_body(struct request *request, struct bytes *ret_source, struct bytes *ret_lead)
{
    struct json_object **body = &request->submission.payload;
    struct error err;
    if (json_parse(buffer_bytes(&request->body), body, &err) != 0) {
        request_refuse(request, PROBLEM_MALFORMED_JSON, "%s%s%s", err.message,
                       err.place[0] ? ", at " : "", err.place);
        return false;
    }
    struct json_object *lead = json_object_object_get(*body, "lead");
    if (!json_object_is_type(lead, json_type_object)) {
        request_refuse(request, PROBLEM_INVALID_BODY,
                       "the body must be an object {\"source\": …, \"lead\": {…}}, with the lead "
                       "as that source would send it");
        return false;
    }
    *ret_source = json_member_text(*body, "source");
    *ret_lead = arena_copy(&request->arena,
                           bytes_of(json_object_to_json_string_ext(lead, JSON_C_TO_STRING_PLAIN)));
    return true;
}

/* A mesh with one source needs no name of it. */
static bool find_source(struct request *request, struct bytes name, uint32_t *ret)
{
    const struct policy_release *release = request->submission.release;
    *ret = 0;
    if (name.size == 0 && release->source_count == 1)
        return true;
    if (name.size == 0) {
        request_refuse(request, PROBLEM_INVALID_BODY,
                       "`source` is missing: say which of the %zu sources sends the lead",
                       release->source_count);
        return false;
    }
    *ret = submission_source(release, name, &request->problem);
    if (*ret != POLICY_NONE)
        return true;
    request_refuse_filled(request);
    return false;
}

static bool prepare(struct request *request, struct hypothesis *hypothesis)
{
    struct submission *submission = &request->submission;
    struct bytes source, lead;
    struct policy_rollout rollout;
    submission->command = (struct core_command){0};
    submission->release = engine_release_ref(request->server->engine);
    if (submission->release == NULL) {
        request_refuse(request, PROBLEM_NO_POLICY, "no routing policy is active yet");
        return false;
    }
    if (!read_body(request, &source, &lead) || !find_source(request, source, &hypothesis->source))
        return false;
    engine_rollout(request->server->engine, submission->release, hypothesis->source, &rollout);
    bool good = submission_suppose(submission->release, hypothesis->source, &rollout, lead,
                                   &request->arena, &submission->command, &request->problem);
    if (!good)
        refuse_lead(request);
    return good;
}

/* On the engine's thread. */
static void look(struct engine_request *group, const struct core *core,
                 const struct core_decision *decision)
{
    struct request *request = group->context;
    struct hypothesis *hypothesis = request->state;
    struct buffer text;
    struct json_writer json;
    if (decision->event_count == 0)
        return;
    const struct core_event *last = &decision->events[decision->event_count - 1];
    hypothesis->release = policy_release_ref(core_release(core));
    hypothesis->time_us = last->time_us;
    if (decision->status == CORE_KNOWN)
        hypothesis->known = decision->lead;
    buffer_init(&text, MEMBERS_CEILING);
    core_event_encode(core, last, &text);
    hypothesis->placed = (struct explain_event){
        .time_us = last->time_us,
        .type = bytes_of(core_event_type_name(last->type)),
        .data = arena_copy(&request->arena, buffer_bytes(&text)),
    };
    if (explanation_retraces(request) &&
        (last->type == CORE_LEAD_ASSIGNED || last->type == CORE_LEAD_QUEUED)) {
        buffer_clear(&text);
        json_begin(&json, &text);
        explain_write_members(core, last, &json);
        hypothesis->placed.members = arena_copy(&request->arena, buffer_bytes(&text));
    }
    buffer_release(&text);
}

void hypothesis_run(struct request *request)
{
    struct hypothesis *hypothesis = arena_zalloc(&request->arena, sizeof *hypothesis);
    if (!explanation_check(request))
        return;
    request->state = hypothesis;
    request->dispose = dispose;
    if (prepare(request, hypothesis))
        request_look(request, look);
}

/* ---- answering */

static void write_explanation(struct request *request, const struct hypothesis *hypothesis)
{
    const struct submission *submission = &request->submission;
    const struct policy_release *release = hypothesis->release;
    struct cel_value *values =
        arena_array(&request->arena, release->schema.count + 1, sizeof *values);
    struct json_writer *json = request_answer_json(request, 200);
    /* A release that was activated meanwhile reads the lead its own way. */
    const char *source = submission->release->sources[hypothesis->source].name;
    policy_record_convert(&submission->release->schema, submission->command.submit.values,
                          &release->schema, values);
    const struct explain_lead lead = {
        .release = release,
        .active = true,
        .subject = {.source = policy_source_find(release, bytes_of(source)),
                    .values = values,
                    .person = submission->command.submit.key,
                    .time_us = hypothesis->time_us},
    };
    explain_write_hypothesis(&lead, hypothesis->known, &hypothesis->placed, &request->arena, json);
}

void hypothesis_finish(struct request *request)
{
    const struct hypothesis *hypothesis = request->state;
    if (submission_accepted(&request->submission.result, &request->problem))
        write_explanation(request, hypothesis);
    else
        request_refuse_filled(request);
}
