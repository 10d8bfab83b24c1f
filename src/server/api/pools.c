/* Pools: what the view has of their members and queues, with what the active release declares of
 * them. */
#include "server/api/pools.h"

#include "base/json.h"
#include "server/internal.h"

enum { POOLS_CEILING = 64 * 1024 * 1024 };

static void add_text(struct json_object *object, const char *name, const char *value)
{
    if (value[0] != '\0')
        json_object_object_add(object, name, json_object_new_string(value));
}

static void add_on_call(const struct policy_release *release, const struct policy_pool *declared,
                        struct json_object *pool)
{
    if (declared->on_call_count == 0)
        return;
    struct json_object *list = json_object_new_array();
    for (size_t i = 0; i < declared->on_call_count; i++)
        json_object_array_add(list, json_object_new_string(release->reps[declared->on_call[i]].id));
    json_object_object_add(pool, "on_call", list);
}

static void add_tiers(const struct policy_pool *declared, struct json_object *pool)
{
    if (declared->tier_count < 2)
        return;
    struct json_object *list = json_object_new_array();
    for (size_t i = 0; i + 1 < declared->tier_count; i++)
        json_object_array_add(list, json_object_new_int64(declared->tier_scores[i]));
    json_object_object_add(pool, "tier_scores", list);
}

static void add_declared(const struct policy_release *release, struct json_object *pool)
{
    uint32_t index = policy_pool_find(release, json_member_text(pool, "id"));
    if (index == POLICY_NONE)
        return;
    const struct policy_pool *declared = &release->pools[index];
    add_text(pool, "team", declared->team);
    if (declared->strategy == POLICY_STICKY)
        add_text(pool, "otherwise", policy_strategy_name(declared->otherwise));
    add_text(pool, "off_duty", policy_relief_name(declared->off_duty));
    add_text(pool, "when_full", policy_relief_name(declared->full));
    add_on_call(release, declared, pool);
    add_tiers(declared, pool);
}

int pools_read(struct request *request, struct json_object **ret, struct error *err)
{
    struct buffer text;
    struct json_writer json;
    buffer_init(&text, POOLS_CEILING);
    json_begin(&json, &text);
    int code = store_read_pools(request->reader->store, &json, err);
    if (code == 0)
        code = json_parse(buffer_bytes(&text), ret, err);
    buffer_release(&text);
    return code;
}

void pools_run(struct request *request)
{
    struct error err;
    JSON_AUTO *pools = NULL;
    int code = pools_read(request, &pools, &err);
    if (code != 0) {
        request_refuse_error(request, code, &err);
        return;
    }
    struct policy_release *release = engine_release_ref(request->server->engine);
    for (size_t i = 0; release != NULL && i < json_object_array_length(pools); i++)
        add_declared(release, json_object_array_get_idx(pools, i));
    policy_release_unref(release);
    struct json_writer *json = request_answer_json(request, 200);
    json_object_open(json);
    json_key(json, "pools");
    json_raw(json, bytes_of(json_object_to_json_string_ext(
                       pools, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)));
    json_object_close(json);
}
