/* GET /v1/lead-path: the picture of where leads go now, drawn from the release and the view. */
#include "server/api/lead_path.h"

#include "server/api/lead_path_kept.h"
#include "server/api/path_graph.h"
#include "server/api/pools.h"
#include "server/internal.h"

#include <inttypes.h>
#include <stdio.h>

enum { LEAD_PATH_MINUTES };
enum { MINUTES_DEFAULT = 60, MINUTES_MOST = 24 * 60 };
#define MINUTE_US INT64_C(60000000)

const char *const lead_path_parameters[] = {[LEAD_PATH_MINUTES] = "minutes", NULL};

/* ---- where in the journal the minutes begin */

static int keep_time(void *context, const struct journal_record *record, struct error *err)
{
    (void)err;
    *(int64_t *)context = record->time_us;
    return 0;
}

static int time_of(struct request *request, uint64_t seq, int64_t *ret_us, struct error *err)
{
    *ret_us = INT64_MAX;
    return engine_read(request->server->engine, request->reader->journal, seq, 1, keep_time, ret_us,
                       err);
}

/* The first event that is not older; one past the newest when all are. Looks back in steps that
 * double, so that old parts of the journal, which may be archived, are not touched. */
static int seq_at(struct request *request, int64_t time_us, uint64_t *ret_seq, struct error *err)
{
    uint64_t high = engine_durable_seq(request->server->engine) + 1, low = high, step = 1;
    int64_t at_us = INT64_MAX;
    int code = 0;
    while (code == 0 && low > 1 && at_us >= time_us) {
        high = low;
        low = low > step ? low - step : 1;
        step *= 2;
        code = time_of(request, low, &at_us, err);
    }
    if (at_us >= time_us)
        high = low; /* the beginning of the journal */
    while (code == 0 && low < high) {
        uint64_t middle = low + (high - low) / 2;
        code = time_of(request, middle, &at_us, err);
        if (at_us < time_us)
            low = middle + 1;
        else
            high = middle;
    }
    *ret_seq = high;
    return code;
}

/* ---- printing */

static const char *const kind_names[PATH_KINDS] = {
    [PATH_SOURCE] = "source",       [PATH_CONTRACT] = "contract",
    [PATH_CLASS] = "class",         [PATH_ROUTE] = "route",
    [PATH_POOL] = "pool",           [PATH_REP] = "rep",
    [PATH_EXCEPTION] = "exception", [PATH_NURTURE] = "nurture",
    [PATH_PROVIDER] = "provider",   [PATH_DESTINATION] = "destination"};

/* "pool:emea", "contract:website/2". */
static void write_id(struct json_writer *json, const char *key, const struct path_node *node)
{
    struct buffer id;
    enum { ID_CEILING = 4096 };
    buffer_init(&id, ID_CEILING);
    buffer_printf(&id, "%s:%.*s", kind_names[node->kind], BYTES_ARG(node->name));
    if (node->kind == PATH_CONTRACT)
        buffer_printf(&id, "/%" PRIu32, node->version);
    json_member(json, key, buffer_bytes(&id));
    buffer_release(&id);
}

static void write_node(struct json_writer *json, const struct path_node *node)
{
    static const char *const health[] = {
        [PATH_OK] = "ok", [PATH_WARNING] = "warning", [PATH_BAD] = "bad", [PATH_IDLE] = "idle"};
    char version[16];
    struct bytes name = node->name;
    if (node->kind == PATH_CONTRACT)
        name = (struct bytes){version,
                              (size_t)snprintf(version, sizeof version, "%" PRIu32, node->version)};
    json_object_open(json);
    write_id(json, "id", node);
    json_member(json, "kind", bytes_of(kind_names[node->kind]));
    json_member(json, "name", name);
    json_member_if(json, "title", bytes_of(node->title));
    json_member_if(json, "detail", bytes_of(node->detail));
    json_member_unsigned(json, "count", node->count);
    json_member(json, "health", bytes_of(health[node->health]));
    json_member_if(json, "reason", bytes_of(node->reason));
    if (node->former)
        json_member_bool(json, "former", true);
    json_object_close(json);
}

static void write_graph(struct json_writer *json, const struct path_graph *graph)
{
    json_key(json, "nodes");
    json_array_open(json);
    for (int kind = 0; kind < PATH_KINDS; kind++)
        for (size_t i = 0; i < graph->node_count; i++)
            if ((int)graph->nodes[i].kind == kind)
                write_node(json, &graph->nodes[i]);
    json_array_close(json);
    json_key(json, "edges");
    json_array_open(json);
    for (size_t i = 0; i < graph->edge_count; i++) {
        const struct path_edge *edge = &graph->edges[i];
        json_object_open(json);
        write_id(json, "from", &graph->nodes[edge->from]);
        write_id(json, "to", &graph->nodes[edge->to]);
        json_member_unsigned(json, "count", edge->count);
        if (edge->overflow)
            json_member_bool(json, "overflow", true);
        json_object_close(json);
    }
    json_array_close(json);
}

/* ---- the call */

struct picture {
    const struct policy_release *release;
    const struct picture_wish *wish;
    int64_t from_us;
    struct store_path path;
    struct path_graph graph;
};

static int draw(struct request *request, struct picture *picture, struct error *err)
{
    struct store_path_health health;
    struct store_reader *store = request->reader->store;
    JSON_AUTO *pools = NULL;
    uint64_t from_seq = 0;
    int code = seq_at(request, picture->from_us, &from_seq, err);
    if (code == 0)
        code = store_read_path(store, from_seq, STORE_PATH_LEADS_MAX, &request->arena,
                               &picture->path, err);
    if (code == 0 && !picture->path.complete)
        code = time_of(request, picture->path.oldest, &picture->from_us, err);
    if (code == 0)
        code = store_read_path_health(store, from_seq, &request->arena, &health, err);
    if (code == 0)
        code = pools_read(request, &pools, err);
    if (code != 0)
        return code;
    path_graph_declare(&picture->graph, request->server->engine, picture->release);
    path_graph_count(&picture->graph, &picture->path);
    return path_health_judge(&picture->graph, &health, pools, store, err);
}

static void write_picture(const struct picture *picture, struct json_writer *json)
{
    json_object_open(json);
    json_member(json, "release", bytes_of(picture->release->id_text));
    json_member(json, "mesh", bytes_of(picture->release->name));
    json_member_unsigned(json, "seq", picture->wish->seq);
    json_member_unsigned(json, "minutes", picture->wish->minutes);
    json_member_time(json, "at", picture->wish->now_us);
    json_member_time(json, "from", picture->from_us);
    json_member_bool(json, "complete", picture->path.complete);
    json_member_unsigned(json, "leads", picture->path.leads);
    write_graph(json, &picture->graph);
    json_object_close(json);
}

/* Draws what was wished for into the answer, or refuses. */
static void answer_drawn(struct request *request, const struct policy_release *release,
                         const struct picture_wish *wish)
{
    struct error err;
    struct picture picture = {
        .release = release,
        .wish = wish,
        .from_us = wish->now_us - (int64_t)wish->minutes * MINUTE_US,
    };
    path_graph_init(&picture.graph, &request->arena);
    int code = draw(request, &picture, &err);
    if (code == 0)
        write_picture(&picture, request_answer_json(request, 200));
    else
        request_refuse_error(request, code, &err);
    path_graph_release(&picture.graph);
    struct buffer *body = &request->answer.body;
    bool drawn = code == 0 && !body->overflow;
    kept_pictures_put(request->server->pictures, wish,
                      drawn ? buffer_bytes(body) : (struct bytes){0});
}

void lead_path_run(struct request *request)
{
    struct picture_wish wish = {.min_seq = request->min_seq};
    if (!request_number(request, LEAD_PATH_MINUTES, 1, MINUTES_MOST, MINUTES_DEFAULT,
                        &wish.minutes))
        return;
    struct policy_release *release = engine_release_ref(request->server->engine);
    if (release == NULL) {
        request_refuse(request, PROBLEM_NO_POLICY, "no routing policy is active yet");
        return;
    }
    wish.release = release->id_text;
    request_answer_json(request, 200);
    if (!kept_pictures_take(request->server->pictures, &wish, &request->answer.body))
        answer_drawn(request, release, &wish);
    policy_release_unref(release);
}
