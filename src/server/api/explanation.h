/* Why this owner: GET /v1/leads/{id}/explanation of a lead that is there, POST /v1/explanations of
 * one that might come. */
#ifndef ML_SERVER_EXPLANATION_H
#define ML_SERVER_EXPLANATION_H

#include <stdbool.h>

struct request;

/* Both calls take ?candidates=all. */
extern const char *const explanation_parameters[];
/* False: `candidates` is another word and the request has been refused. */
bool explanation_check(struct request *request);

void explanation_begin(struct request *request);
bool explanation_retraces(const struct request *request);
void explanation_run(struct request *request);

void hypothesis_run(struct request *request);
void hypothesis_finish(struct request *request);

#endif
