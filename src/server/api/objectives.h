/* How promises are kept: GET /v1/objectives, the heatmap's data, and GET /v1/latency, where the
 * time to first contact goes. */
#ifndef ML_SERVER_OBJECTIVES_H
#define ML_SERVER_OBJECTIVES_H

#include "server/request.h"

extern const char *const objectives_parameters[];
void objectives_run(struct request *request);
extern const char *const latency_parameters[];
void latency_run(struct request *request);

/* From two parameters, times or dates, the whole hours that hold what is between them; the last
 * week unless said, at most 400 days. False: the request has been refused. */
bool objectives_span(struct request *request, size_t from, size_t to, int64_t *ret_from_us,
                     int64_t *ret_to_us);

#endif
