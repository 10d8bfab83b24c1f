/* Nodes and edges of the lead path. What a release declares comes first and in its order; what
 * leads met beside it (a pool that is gone, a route of an older release) is added when it is met.
 */
#include "server/api/path_graph.h"

enum { SAMPLE_ALL = 10000 };

/* ---- growing */

void path_graph_init(struct path_graph *graph, struct arena *arena)
{
    *graph = (struct path_graph){.arena = arena};
    map_init(&graph->node_index);
    map_init(&graph->edge_index);
}

void path_graph_release(struct path_graph *graph)
{
    map_release(&graph->node_index);
    map_release(&graph->edge_index);
}

/* The node of that kind and name. One that is met here first is a former one, until it is declared.
 */
static uint32_t find_node(struct path_graph *graph, enum path_kind kind, struct bytes name,
                          uint32_t version)
{
    const struct bytes parts[] = {
        {(const char *)&kind, sizeof kind}, {(const char *)&version, sizeof version}, name};
    struct hash128 key = hash128_of(parts, sizeof parts / sizeof *parts);
    const uint64_t *known = map_find(&graph->node_index, key);
    if (known != NULL)
        return (uint32_t)*known;
    graph->nodes = arena_grow(graph->arena, graph->nodes, graph->node_count, &graph->node_capacity,
                              sizeof *graph->nodes);
    graph->nodes[graph->node_count] =
        (struct path_node){.kind = kind, .name = name, .version = version, .former = true};
    map_put(&graph->node_index, key, graph->node_count);
    return (uint32_t)graph->node_count++;
}

static uint32_t declare(struct path_graph *graph, enum path_kind kind, const char *name,
                        const char *title, const char *detail)
{
    uint32_t at = find_node(graph, kind, bytes_of(name), 0);
    struct path_node *node = &graph->nodes[at];
    node->former = false;
    if (title != NULL && strcmp(title, name) != 0)
        node->title = title;
    if (detail != NULL && detail[0] != '\0')
        node->detail = detail;
    return at;
}

static struct path_edge *find_edge(struct path_graph *graph, uint32_t from, uint32_t to)
{
    struct hash128 key = {(uint64_t)from + 1, (uint64_t)to + 1};
    const uint64_t *known = map_find(&graph->edge_index, key);
    if (known != NULL)
        return &graph->edges[*known];
    graph->edges = arena_grow(graph->arena, graph->edges, graph->edge_count, &graph->edge_capacity,
                              sizeof *graph->edges);
    graph->edges[graph->edge_count] = (struct path_edge){.from = from, .to = to};
    map_put(&graph->edge_index, key, graph->edge_count);
    return &graph->edges[graph->edge_count++];
}

/* ---- what is declared */

/* "in force", "canary, 5 %"; NULL: neither in force nor tried. */
static const char *describe_version(struct arena *arena, const struct policy_rollout *rollout,
                                    uint32_t version)
{
    if (version == rollout->active)
        return "in force";
    if (version != rollout->candidate || rollout->mode == POLICY_NO_CANDIDATE)
        return NULL;
    if (rollout->mode == POLICY_SHADOW)
        return "in the shadow, only compared";
    return arena_printf(arena, "canary, %g %% of the records", rollout->share / 100.0);
}

static void declare_source(struct path_graph *graph, struct engine *engine,
                           const struct policy_release *release, uint32_t index)
{
    const struct policy_source *source = &release->sources[index];
    struct policy_rollout rollout;
    engine_rollout(engine, release, index, &rollout);
    uint32_t node = declare(graph, PATH_SOURCE, source->name, source->title, NULL);
    for (size_t i = 0; i < source->contract_count; i++) {
        uint32_t version = source->contracts[i].version;
        const char *detail = describe_version(graph->arena, &rollout, version);
        if (detail == NULL)
            continue;
        uint32_t contract = find_node(graph, PATH_CONTRACT, bytes_of(source->name), version);
        graph->nodes[contract].former = false;
        graph->nodes[contract].detail = detail;
        find_edge(graph, node, contract);
    }
}

static const char *describe_pool(struct arena *arena, const struct policy_pool *pool)
{
    const char *strategy = policy_strategy_name(pool->strategy);
    if (pool->strategy == POLICY_STICKY)
        strategy =
            arena_printf(arena, "%s, else %s", strategy, policy_strategy_name(pool->otherwise));
    return arena_printf(arena, "%s, %zu member%s", strategy, pool->member_count,
                        pool->member_count == 1 ? "" : "s");
}

static void declare_pools(struct path_graph *graph, const struct policy_release *release)
{
    for (size_t i = 0; i < release->pool_count; i++) {
        const struct policy_pool *pool = &release->pools[i];
        declare(graph, PATH_POOL, pool->id, pool->title, describe_pool(graph->arena, pool));
    }
    for (size_t i = 0; i < release->pool_count; i++) {
        const struct policy_pool *pool = &release->pools[i];
        if (pool->overflow == POLICY_NONE)
            continue;
        uint32_t from = find_node(graph, PATH_POOL, bytes_of(pool->id), 0);
        uint32_t to = find_node(graph, PATH_POOL, bytes_of(release->pools[pool->overflow].id), 0);
        find_edge(graph, from, to)->overflow = true;
    }
}

static const char *describe_route(struct arena *arena, const struct policy_route *route)
{
    const char *when = route->when_text != NULL ? route->when_text : "always";
    return route->sample == SAMPLE_ALL
               ? when
               : arena_printf(arena, "%s, %g %% of them", when, route->sample / 100.0);
}

/* Where a route leads; POLICY_NONE when the lead itself says it (a rep by expression). */
static uint32_t declare_target(struct path_graph *graph, const struct policy_release *release,
                               const struct policy_route *route)
{
    switch (route->target) {
    case POLICY_TO_POOL:
        return find_node(graph, PATH_POOL, bytes_of(release->pools[route->target_index].id), 0);
    case POLICY_TO_REP:
        if (route->target_index == POLICY_NONE)
            return POLICY_NONE;
        const struct policy_rep *rep = &release->reps[route->target_index];
        return declare(graph, PATH_REP, rep->id, rep->name, rep->team);
    case POLICY_TO_EXCEPTION:
        return declare(graph, PATH_EXCEPTION, route->kind,
                       policy_exception_find(release, bytes_of(route->kind))->title, route->team);
    case POLICY_TO_NURTURE: return declare(graph, PATH_NURTURE, route->kind, NULL, NULL);
    }
    return POLICY_NONE;
}

static void declare_routes(struct path_graph *graph, const struct policy_release *release)
{
    for (size_t i = 0; i < release->route_count; i++) {
        const struct policy_route *route = &release->routes[i];
        declare(graph, PATH_ROUTE, route->name, NULL, describe_route(graph->arena, route));
    }
    for (size_t i = 0; i < release->route_count; i++) {
        const struct policy_route *route = &release->routes[i];
        uint32_t to = declare_target(graph, release, route);
        if (to != POLICY_NONE)
            find_edge(graph, find_node(graph, PATH_ROUTE, bytes_of(route->name), 0), to);
    }
}

void path_graph_declare(struct path_graph *graph, struct engine *engine,
                        const struct policy_release *release)
{
    for (uint32_t i = 0; i < release->source_count; i++)
        declare_source(graph, engine, release, i);
    for (size_t i = 0; i < release->class_count; i++) {
        const struct policy_class *class = &release->classes[i];
        declare(graph, PATH_CLASS, class->name, NULL,
                class->when_text != NULL ? class->when_text : "all others");
    }
    declare_pools(graph, release);
    declare_routes(graph, release);
    for (size_t i = 0; i < release->destination_count; i++) {
        const struct policy_destination *destination = &release->destinations[i];
        declare(graph, destination->provider ? PATH_PROVIDER : PATH_DESTINATION, destination->name,
                destination->title, policy_destination_kind_name(destination->kind));
    }
}

/* ---- what leads met */

/* POLICY_NONE: nowhere yet, or nowhere any more. */
static uint32_t target_of(struct path_graph *graph, const struct store_way *way)
{
    if (bytes_is(way->place, "exception") && way->kind.size > 0)
        return find_node(graph, PATH_EXCEPTION, way->kind, 0);
    if (bytes_is(way->place, "nurture") && way->kind.size > 0)
        return find_node(graph, PATH_NURTURE, way->kind, 0);
    if (way->pool.size > 0)
        return find_node(graph, PATH_POOL, way->pool, 0);
    return way->rep.size > 0 ? find_node(graph, PATH_REP, way->rep, 0) : POLICY_NONE;
}

enum { STATIONS_MAX = 5 };

/* The nodes of a way, in order. */
static size_t stations_of(struct path_graph *graph, const struct store_way *way,
                          uint32_t ret[static STATIONS_MAX])
{
    size_t count = 0;
    ret[count++] = find_node(graph, PATH_SOURCE, way->source, 0);
    if (way->contract != 0)
        ret[count++] = find_node(graph, PATH_CONTRACT, way->source, way->contract);
    if (way->class_name.size > 0)
        ret[count++] = find_node(graph, PATH_CLASS, way->class_name, 0);
    if (way->route.size > 0)
        ret[count++] = find_node(graph, PATH_ROUTE, way->route, 0);
    uint32_t target = target_of(graph, way);
    if (target != POLICY_NONE)
        ret[count++] = target;
    return count;
}

static void count_way(struct path_graph *graph, const struct store_way *way)
{
    uint32_t stations[STATIONS_MAX];
    size_t count = stations_of(graph, way, stations);
    for (size_t i = 0; i < count; i++) {
        graph->nodes[stations[i]].count += way->leads;
        graph->nodes[stations[i]].late += way->late;
        if (i > 0)
            find_edge(graph, stations[i - 1], stations[i])->count += way->leads;
    }
}

/* Events are sent from where the leads are; providers are asked about leads of a class. */
static void count_delivery(struct path_graph *graph, const struct store_way *way,
                           const struct store_way_delivery *delivery)
{
    uint32_t stations[STATIONS_MAX];
    size_t count = stations_of(graph, way, stations);
    uint32_t from = delivery->asked && way->class_name.size > 0
                        ? find_node(graph, PATH_CLASS, way->class_name, 0)
                        : stations[count - 1];
    uint32_t to = find_node(graph, delivery->asked ? PATH_PROVIDER : PATH_DESTINATION,
                            delivery->destination, 0);
    graph->nodes[to].count += delivery->count;
    find_edge(graph, from, to)->count += delivery->count;
}

void path_graph_count(struct path_graph *graph, const struct store_path *path)
{
    for (size_t i = 0; i < path->way_count; i++)
        count_way(graph, &path->ways[i]);
    for (size_t i = 0; i < path->delivery_count; i++)
        count_delivery(graph, &path->ways[path->deliveries[i].way], &path->deliveries[i]);
}
