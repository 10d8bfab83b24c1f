/* How each place of the lead path is, and why. What is worst is said. */
#include "server/api/path_graph.h"

#include <inttypes.h>
#include <stdio.h>

static void judge(struct path_node *node, enum path_health health, const char *reason)
{
    node->health = health;
    node->reason = reason;
}

static const char *plural(uint64_t count, const char *one, const char *many)
{
    return count == 1 ? one : many;
}

/* ---- sources and contracts */

/* Version UINT32_MAX: of all versions. */
static uint64_t refused(const struct store_path_health *health, struct bytes source,
                        uint32_t version)
{
    uint64_t count = 0;
    for (size_t i = 0; i < health->refusal_count; i++)
        if (bytes_equal(health->refusals[i].source, source) &&
            (version == UINT32_MAX || health->refusals[i].contract == version))
            count += health->refusals[i].count;
    return count;
}

/* More refused than taken is bad. */
static void judge_refusals(struct path_graph *graph, struct path_node *node, uint64_t count)
{
    if (count > 0)
        judge(node, count > node->count ? PATH_BAD : PATH_WARNING,
              arena_printf(graph->arena,
                           "%" PRIu64 " record%s broke the contract and wait%s as dead letter%s",
                           count, plural(count, "", "s"), plural(count, "s", ""),
                           plural(count, "", "s")));
}

static void judge_source(struct path_graph *graph, struct path_node *node,
                         const struct store_path_health *health)
{
    for (size_t i = 0; i < health->surge_count; i++) {
        const struct store_running_surge *surge = &health->surges[i];
        if (bytes_equal(surge->source, node->name))
            judge(node, PATH_WARNING,
                  arena_printf(graph->arena,
                               "in surge: it began with %" PRIu64
                               " leads where %.1f were to be expected",
                               surge->arrivals, (double)surge->expected / 100.0));
    }
    judge_refusals(graph, node, refused(health, node->name, UINT32_MAX));
}

/* ---- promises */

static void judge_class(struct path_graph *graph, struct path_node *node)
{
    if (node->late > 0)
        judge(node, node->late * 2 > node->count ? PATH_BAD : PATH_WARNING,
              arena_printf(graph->arena, "%" PRIu64 " of %" PRIu64 " missed a promise", node->late,
                           node->count));
}

/* ---- people */

/* In a list by id; NULL: it is not there. */
static struct json_object *find_pool(struct json_object *pools, struct bytes id)
{
    size_t low = 0, high = json_object_array_length(pools);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        struct json_object *pool = json_object_array_get_idx(pools, middle);
        struct bytes other = json_member_text(pool, "id");
        int order = memcmp(other.data, id.data, other.size < id.size ? other.size : id.size);
        if (order == 0 && other.size == id.size)
            return pool;
        if (order < 0 || (order == 0 && other.size < id.size))
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static void judge_pool(struct path_graph *graph, struct path_node *node, struct json_object *pools)
{
    struct json_object *pool = find_pool(pools, node->name);
    if (pool == NULL || node->former)
        return;
    int64_t waiting = json_member_int(pool, "waiting", 0);
    bool nobody = json_member_int(pool, "on_duty", 0) == 0;
    bool full = json_member_int(pool, "room", 0) == 0;
    const char *queue = waiting > 0 ? arena_printf(graph->arena, "; %" PRId64 " lead%s wait%s",
                                                   waiting, plural((uint64_t)waiting, "", "s"),
                                                   plural((uint64_t)waiting, "s", ""))
                                    : "";
    if (nobody)
        judge(node, waiting > 0 ? PATH_BAD : PATH_WARNING,
              arena_printf(graph->arena, "nobody is on duty%s", queue));
    else if (full)
        judge(node, waiting > 0 ? PATH_BAD : PATH_WARNING,
              arena_printf(graph->arena, "nobody who is on duty has room%s", queue));
    else if (waiting > 0)
        judge(node, PATH_WARNING, queue + strlen("; "));
}

static int judge_rep(struct path_graph *graph, struct path_node *node, struct store_reader *reader,
                     struct error *err)
{
    enum { REP_CEILING = 64 * 1024 };
    struct buffer text;
    struct json_writer json;
    JSON_AUTO *rep = NULL;
    buffer_init(&text, REP_CEILING);
    json_begin(&json, &text);
    int code = store_read_rep(reader, node->name, &json, err);
    if (code == 0)
        code = json_parse(buffer_bytes(&text), &rep, err);
    buffer_release(&text);
    if (code == ML_ENOTFOUND)
        return 0; /* the view is yet to show the release */
    if (code != 0)
        return code;
    struct bytes duty = json_member_text(rep, "duty");
    if (!json_object_get_boolean(json_object_object_get(rep, "available")))
        judge(node, PATH_WARNING, "set away by hand");
    else if (!bytes_is(duty, "on_duty"))
        judge(node, PATH_WARNING, "not on duty");
    else if (json_member_int(rep, "load", 0) >= json_member_int(rep, "capacity", 0))
        judge(node, PATH_WARNING,
              arena_printf(graph->arena, "no room: %" PRId64 " open leads",
                           json_member_int(rep, "load", 0)));
    return 0;
}

static void judge_exception(struct path_graph *graph, struct path_node *node,
                            const struct store_path_health *health)
{
    for (size_t i = 0; i < health->exception_count; i++) {
        const struct store_open_exceptions *open = &health->exceptions[i];
        if (!bytes_equal(open->kind, node->name))
            continue;
        const char *late =
            open->expired > 0
                ? arena_printf(graph->arena, ", %" PRIu64 " of them past a deadline", open->expired)
                : "";
        judge(node, open->expired > 0 ? PATH_BAD : PATH_WARNING,
              arena_printf(graph->arena, "%" PRIu64 " wait%s for a decision%s", open->count,
                           plural(open->count, "s", ""), late));
    }
}

/* ---- systems */

static void judge_state(struct path_graph *graph, struct path_node *node,
                        const struct store_destination_state *state)
{
    const char *pending = state->pending > 0
                              ? arena_printf(graph->arena, "; %" PRIu64 " wait%s", state->pending,
                                             plural(state->pending, "s", ""))
                              : "";
    if (state->disabled)
        judge(node, PATH_BAD, arena_printf(graph->arena, "it said that it is gone%s", pending));
    else if (bytes_is(state->breaker, "open"))
        judge(node, PATH_BAD,
              arena_printf(graph->arena, "its breaker is open%s%s%.*s", pending,
                           state->failure.size > 0 ? ": " : "", BYTES_ARG(state->failure)));
    else if (state->paused)
        judge(node, PATH_WARNING, arena_printf(graph->arena, "paused by a person%s", pending));
    else if (bytes_is(state->breaker, "half_open"))
        judge(node, PATH_WARNING, arena_printf(graph->arena, "it is being probed%s", pending));
    else if (state->failed > 0)
        judge(node, PATH_WARNING,
              arena_printf(graph->arena,
                           "%" PRIu64 " could not be delivered and wait%s for a person",
                           state->failed, plural(state->failed, "s", "")));
}

static void judge_destination(struct path_graph *graph, struct path_node *node,
                              const struct store_path_health *health)
{
    for (size_t i = 0; i < health->destination_count; i++)
        if (bytes_equal(health->destinations[i].name, node->name))
            judge_state(graph, node, &health->destinations[i]);
}

/* ---- all of them */

int path_health_judge(struct path_graph *graph, const struct store_path_health *health,
                      struct json_object *pools, struct store_reader *reader, struct error *err)
{
    int code = 0;
    for (size_t i = 0; code == 0 && i < graph->node_count; i++) {
        struct path_node *node = &graph->nodes[i];
        judge(node, node->count > 0 ? PATH_OK : PATH_IDLE, NULL);
        switch (node->kind) {
        case PATH_SOURCE: judge_source(graph, node, health); break;
        case PATH_CONTRACT:
            judge_refusals(graph, node, refused(health, node->name, node->version));
            break;
        case PATH_CLASS: judge_class(graph, node); break;
        case PATH_POOL: judge_pool(graph, node, pools); break;
        case PATH_REP: code = judge_rep(graph, node, reader, err); break;
        case PATH_EXCEPTION: judge_exception(graph, node, health); break;
        case PATH_PROVIDER:
        case PATH_DESTINATION: judge_destination(graph, node, health); break;
        case PATH_ROUTE:
        case PATH_NURTURE:
        case PATH_KINDS: break;
        }
    }
    return code;
}
