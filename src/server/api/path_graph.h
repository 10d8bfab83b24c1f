/* The lead path as a graph: what the release declares, and the leads that went there. */
#ifndef ML_SERVER_PATH_GRAPH_H
#define ML_SERVER_PATH_GRAPH_H

#include "base/map.h"
#include "engine/engine.h"
#include "store/path.h"

/* In the order of the path. */
enum path_kind {
    PATH_SOURCE,
    PATH_CONTRACT,
    PATH_CLASS,
    PATH_ROUTE,
    PATH_POOL,
    PATH_REP,
    PATH_EXCEPTION,
    PATH_NURTURE,
    PATH_PROVIDER,
    PATH_DESTINATION,
    PATH_KINDS,
};

enum path_health { PATH_OK, PATH_WARNING, PATH_BAD, PATH_IDLE };

struct path_node {
    enum path_kind kind;
    struct bytes name;    /* of a contract that of its source */
    uint32_t version;     /* of a contract */
    const char *title;    /* NULL: none */
    const char *detail;   /* NULL: none */
    bool former;          /* not in the release */
    uint64_t count, late; /* leads, and those that missed a promise; or deliveries */
    enum path_health health;
    const char *reason; /* NULL: it is well */
};

struct path_edge {
    uint32_t from, to; /* nodes */
    uint64_t count;
    bool overflow;
};

/* Everything in the arena but for the maps. */
struct path_graph {
    struct arena *arena;
    struct path_node *nodes;
    struct path_edge *edges;
    size_t node_count, node_capacity, edge_count, edge_capacity;
    struct map node_index, edge_index;
};

void path_graph_init(struct path_graph *graph, struct arena *arena);
void path_graph_release(struct path_graph *graph);
/* What is declared; borrows the release. */
void path_graph_declare(struct path_graph *graph, struct engine *engine,
                        const struct policy_release *release);
/* Counts the leads and deliveries of a path, which it borrows. */
void path_graph_count(struct path_graph *graph, const struct store_path *path);

/* ---- path_health.c */

/* Says of each node how it is; `pools` are those of store_read_pools, in its order. */
int path_health_judge(struct path_graph *graph, const struct store_path_health *health,
                      struct json_object *pools, struct store_reader *reader, struct error *err);

#endif
