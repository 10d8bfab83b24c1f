/* Waiting on a query thread for the engine's threads: for calls that read the view and submit many
 * commands. Workers never wait like this. */
#ifndef ML_SERVER_GATE_H
#define ML_SERVER_GATE_H

#include "engine/engine.h"

#include <pthread.h>

/* Of one thread, for one thing at a time. */
struct gate {
    pthread_mutex_t lock;
    pthread_cond_t opened;
    bool open;
};

void gate_init(struct gate *gate);
void gate_release(struct gate *gate);
/* What was acknowledged before this call is in the view after it. */
void gate_wait_view(struct gate *gate, struct engine *engine);
/* Submits the group and waits until it is durable. The group's `complete` and `context` are the
 * gate's. An error of engine_submit: nothing was done. */
int gate_submit(struct gate *gate, struct engine *engine, struct engine_request *group,
                struct error *err);

#endif
