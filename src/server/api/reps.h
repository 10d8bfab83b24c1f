/* Reps. */
#ifndef ML_SERVER_REPS_H
#define ML_SERVER_REPS_H

#include "server/request.h"

void reps_run(struct request *request);
void rep_run(struct request *request);
/* PATCH /v1/reps/{id} */
void rep_change_run(struct request *request);
void rep_change_finish(struct request *request);

#endif
