/* Cross-origin posts (Fetch standard, 3.2). */
#include "server/access/cors.h"

#include "server/access/origin.h"
#include "server/intake/submission.h"
#include "server/internal.h"

bool cors_check(struct request *request, const struct policy_source *source)
{
    struct bytes origin = request_header(request, "Origin");
    if (origin.size == 0 || source->origin_count == 0)
        return true;
    if (!origin_allowed(source, origin)) {
        request_refuse(request, PROBLEM_FOREIGN_ORIGIN,
                       "the source \"%s\" takes no posts from pages of \"%.*s\"; its `origins` "
                       "name those that may",
                       source->name, (int)(origin.size < 200 ? origin.size : 200), origin.data);
        return false;
    }
    request->answer.allow_origin = arena_string(&request->arena, origin);
    return true;
}

void preflight_run(struct request *request)
{
    struct policy_release *release = engine_release_ref(request->server->engine);
    if (release == NULL) {
        request_refuse(request, PROBLEM_NO_POLICY, "no routing policy is active yet");
        return;
    }
    uint32_t source = submission_source(release, request->segments[0], &request->problem);
    if (source == POLICY_NONE) {
        request_refuse_filled(request);
    } else if (cors_check(request, &release->sources[source])) {
        request->answer.status = 204;
        request->answer.allow_headers = "Authorization, Content-Type, Content-Encoding, "
                                        "Contract-Version, Idempotency-Key";
    }
    policy_release_unref(release);
}
