/* GET /v1/fairness: the share each rep should have had and had, with the reason for each
 * difference. */
#ifndef ML_SERVER_FAIRNESS_H
#define ML_SERVER_FAIRNESS_H

#include "server/request.h"

extern const char *const fairness_parameters[];
bool fairness_retraces(const struct request *request);
void fairness_begin(struct request *request);
void fairness_run(struct request *request);

#endif
