/* Liveness and readiness, and the meaning of problem types. */
#include "server/api/health.h"

#include "server/internal.h"

enum { LAG_MAX = 200000 }; /* events: some seconds of the fastest intake */

void healthz_run(struct request *request)
{
    struct json_writer *json = request_answer_json(request, 200);
    json_object_open(json);
    json_member(json, "status", BYTES_LITERAL("ok"));
    json_object_close(json);
}

/* What keeps the server from taking leads, or NULL. */
static const char *why_not_ready(struct server *server, const struct engine_metrics *metrics,
                                 bool active)
{
    if (atomic_load_explicit(&server->stopping, memory_order_relaxed) != STOPPING_NOT)
        return "the server is stopping";
    if (!active)
        return "no routing policy is active";
    if (metrics->free_bytes >= 0 && (uint64_t)metrics->free_bytes < server->min_free_bytes)
        return "the disk is nearly full";
    if (metrics->durable_seq - metrics->view_seq > LAG_MAX)
        return "the view is far behind the journal";
    return NULL;
}

void readyz_run(struct request *request)
{
    struct server *server = request->server;
    struct engine_metrics metrics;
    struct policy_release *release = engine_release_ref(server->engine);
    engine_metrics_read(server->engine, &metrics);
    const char *reason = why_not_ready(server, &metrics, release != NULL);
    struct json_writer *json = request_answer_json(request, reason == NULL ? 200 : 503);
    json_object_open(json);
    json_member(json, "status", bytes_of(reason == NULL ? "ready" : "not_ready"));
    json_member_if(json, "reason", bytes_of(reason));
    json_member_unsigned(json, "journal_seq", metrics.durable_seq);
    json_member_unsigned(json, "view_seq", metrics.view_seq);
    json_member_unsigned(json, "view_lag", metrics.durable_seq - metrics.view_seq);
    json_member_integer(json, "free_bytes", metrics.free_bytes);
    json_member_if(json, "release", bytes_of(release != NULL ? release->id_text : NULL));
    json_object_close(json);
    policy_release_unref(release);
}

void problem_run(struct request *request)
{
    enum problem_kind kind = problem_kind_parse(request->segments[0]);
    if (kind == PROBLEM_NONE) {
        request_refuse(request, PROBLEM_NOT_FOUND, "there is no problem type of that name");
        return;
    }
    const struct problem_type *type = problem_type_of(kind);
    struct json_writer *json = request_answer_json(request, 200);
    json_object_open(json);
    json_member(json, "type", bytes_of(type->type));
    json_member_unsigned(json, "status", type->status);
    json_member(json, "title", bytes_of(type->title));
    json_member(json, "about", bytes_of(type->about));
    json_object_close(json);
}
