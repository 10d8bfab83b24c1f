/* Pools. */
#ifndef ML_SERVER_POOLS_H
#define ML_SERVER_POOLS_H

struct request;

void pools_run(struct request *request);

#endif
