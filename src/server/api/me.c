/* GET /v1/me. */
#include "server/api/me.h"

#include "policy/policy.h"
#include "server/internal.h"

void me_run(struct request *request)
{
    struct server *server = request->server;
    struct policy_release *release = engine_release_ref(server->engine);
    const struct caller *caller = &request->caller;
    struct json_writer *json = request_answer_json(request, 200);
    json_object_open(json);
    json_member(json, "name", caller->name);
    json_member(json, "role", bytes_of(role_name(caller->role)));
    json_member_bool(json, "open", caller->open);
    json_member_if(json, "mesh", bytes_of(release != NULL ? release->name : NULL));
    json_member_if(json, "release", bytes_of(release != NULL ? release->id_text : NULL));
    json_member_bool(json, "demo", server->demo_directory != NULL);
    json_object_close(json);
    policy_release_unref(release);
}
