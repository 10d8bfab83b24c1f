/* What is to be sent to others, and how that went. */
#ifndef ML_SERVER_DELIVERIES_H
#define ML_SERVER_DELIVERIES_H

#include "server/request.h"

/* GET /v1/deliveries, newest first */
extern const char *const deliveries_parameters[];
void deliveries_run(struct request *request);

#endif
