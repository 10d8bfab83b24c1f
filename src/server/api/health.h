/* How the server is: alive, ready, balanced, measured; and what it can do. */
#ifndef ML_SERVER_HEALTH_H
#define ML_SERVER_HEALTH_H

#include "server/request.h"

void healthz_run(struct request *request);
void readyz_run(struct request *request);
void reconciliation_run(struct request *request);
void metrics_run(struct request *request);
/* GET /problems/{name}: what a problem type means. */
void problem_run(struct request *request);

/* The OpenAPI document, kept as YAML and converted once. ML_EINVAL when it is broken. */
int openapi_load(struct buffer *ret_json, struct error *err);
void openapi_run(struct request *request);

#endif
