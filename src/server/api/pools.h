/* Pools. */
#ifndef ML_SERVER_POOLS_H
#define ML_SERVER_POOLS_H

struct error;
struct json_object;
struct request;

/* What the view has of all pools, an array; on a query thread. To be put by the caller. */
int pools_read(struct request *request, struct json_object **ret, struct error *err);

/* GET /v1/pools */
void pools_run(struct request *request);

#endif
