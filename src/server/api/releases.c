/* Releases as the engine has the one in force, and the view the history of them. */
#include "server/api/releases.h"

#include "server/api/listing.h"
#include "server/internal.h"
#include "store/releases.h"

#include <inttypes.h>
#include <stdio.h>

enum { RELEASES_LIMIT, RELEASES_BEFORE };
enum { LIMIT_DEFAULT = 20, LIMIT_MAX = 200 };

const char *const releases_parameters[] = {
    [RELEASES_LIMIT] = "limit", [RELEASES_BEFORE] = "before", NULL};

static void write_release(const struct policy_release *release, int64_t activated_us,
                          struct bytes activator, struct json_writer *json)
{
    json_object_open(json);
    json_member(json, "id", bytes_of(release->id_text));
    json_member(json, "mesh", bytes_of(release->name));
    json_member(json, "pipeline", bytes_of(release->pipeline));
    json_member(json, "owner", bytes_of(release->owner));
    json_member_time(json, "activated_at", activated_us);
    json_key(json, "activated_by");
    if (activator.size > 0)
        json_string(json, activator);
    else
        json_null(json);
    json_key(json, "canonical");
    json_raw(json, release->canonical);
    json_object_close(json);
}

void release_run(struct request *request)
{
    struct error err;
    struct store_reader *store = request->reader->store;
    struct bytes activator = {0};
    int64_t activated_us = 0;
    struct policy_release *release = engine_release_ref(request->server->engine);
    if (release == NULL) {
        request_refuse(request, PROBLEM_NO_POLICY, "no routing policy is active yet");
        return;
    }
    struct bytes id = bytes_of(release->id_text);
    int code = store_read_activation(store, id, &activated_us, &err);
    if (code == 0)
        code = store_read_activator(store, id, &request->arena, &activator, &err);
    if (code == 0)
        write_release(release, activated_us, activator, request_answer_json(request, 200));
    else
        request_refuse_error(request, code, &err);
    policy_release_unref(release);
}

void releases_run(struct request *request)
{
    struct error err;
    uint64_t limit, before, next = 0;
    char cursor[24];
    if (!request_number(request, RELEASES_LIMIT, 1, LIMIT_MAX, LIMIT_DEFAULT, &limit) ||
        !request_number(request, RELEASES_BEFORE, 1, INT64_MAX, 0, &before))
        return;
    struct json_writer *json = request_answer_json(request, 200);
    json_object_open(json);
    json_key(json, "releases");
    int code =
        store_read_activations(request->reader->store, before, (uint32_t)limit, json, &next, &err);
    json_object_close(json);
    if (code != 0) {
        request_refuse_error(request, code, &err);
        return;
    }
    snprintf(cursor, sizeof cursor, "%" PRIu64, next);
    if (next != 0)
        request->answer.link = listing_next_link(request, limit, "before", cursor);
}
