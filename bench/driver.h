/* The engine in this process, without HTTP: leads as JSON text go in as the server would give them.
 */
#ifndef BENCH_DRIVER_H
#define BENCH_DRIVER_H

#include "payload.h"

#include "engine/engine.h"
#include "policy/edge/edge.h"

#include <semaphore.h>

struct driver {
    struct engine *engine;
    struct policy_release *release;
    struct policy_edge_scratch *scratch;
    struct payload payloads[PAYLOAD_VARIANTS];
};

/* Without an engine: the mesh and the leads only. */
void driver_prepare(struct driver *driver, const char *mesh);
/* A running engine (both threads) with the mesh active on the fresh data directory `data`. */
void driver_open(struct driver *driver, const char *mesh, const char *data);
void driver_close(struct driver *driver);

/* A group of submissions, or of commands that follow on them. Large: not for the stack. */
struct driver_group {
    struct driver *driver;
    struct engine_request request;
    struct core_command commands[ENGINE_GROUP_MAX];
    struct engine_result results[ENGINE_GROUP_MAX];
    struct arena arena; /* what the commands' text points into */
    sem_t done;
};

struct driver_group *driver_group_new(struct driver *driver);
void driver_group_free(struct driver_group *group);
/* `count` submissions of the people numbered from `first`. */
void driver_group_fill(struct driver_group *group, uint64_t first, size_t count);
/* Gives the first `count` commands to the engine and waits until they are durable; waits for room
 * when the engine is busy. */
void driver_group_run(struct driver_group *group, size_t count);

/* One submission of person `number`, read as the server would. It lives in `arena`. */
void driver_command_read(const struct driver *driver, uint64_t number, struct arena *arena,
                         struct core_command *ret);

#endif
