/* GET /v1/leads/{id}/explanation: why this owner. */
#ifndef ML_SERVER_EXPLANATION_H
#define ML_SERVER_EXPLANATION_H

struct request;

void explanation_run(struct request *request);

#endif
