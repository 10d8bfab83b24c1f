/* How promises are kept: GET /v1/objectives, the heatmap's data, and GET /v1/latency, where the
 * time to first contact goes. */
#ifndef ML_SERVER_OBJECTIVES_H
#define ML_SERVER_OBJECTIVES_H

#include "server/request.h"

extern const char *const objectives_parameters[];
void objectives_run(struct request *request);
extern const char *const latency_parameters[];
void latency_run(struct request *request);

#endif
