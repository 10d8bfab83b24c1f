/* Queueing deliveries again, each on its own: one that cannot be stops no other. On a query thread.
 */
#ifndef ML_SERVER_REQUEUE_H
#define ML_SERVER_REQUEUE_H

#include "server/api/gate.h"
#include "server/request.h"

enum { REQUEUE_MAX = 1000 }; /* of one call */

enum requeue_outcome {
    REQUEUE_QUEUED,
    REQUEUE_GONE,     /* the view does not know it */
    REQUEUE_UNROUTED, /* it is for nobody */
    REQUEUE_FAILED,   /* could not be; stays as it was */
    REQUEUE_OUTCOMES,
};

struct requeue_item {
    uint64_t number;
    enum requeue_outcome outcome;
    const char *message; /* unless it is queued */
    struct engine_result result;
};

struct requeue {
    struct request *request;
    struct gate gate;
    struct bytes reason, key;
    struct requeue_item *items; /* in the request's arena */
    size_t count, done;
    struct error stopped; /* why the rest was not tried; no code: all were */
};

/* Does all of them; *err and stopped say why some were not tried. */
int requeue_run(struct requeue *requeue, struct error *err);
/* Members of an open object: `results`, and how many of each outcome. */
void requeue_write(const struct requeue *requeue, struct json_writer *json);

#endif
