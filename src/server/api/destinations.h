/* Systems that are written to, and providers that are asked: how they fare, and holding them. */
#ifndef ML_SERVER_DESTINATIONS_H
#define ML_SERVER_DESTINATIONS_H

#include "server/request.h"

/* GET /v1/destinations, /v1/destinations/{name} */
void destinations_run(struct request *request);
void destination_run(struct request *request);

/* POST /v1/destinations/{name}/pause, /resume */
void destination_pause_run(struct request *request);
void destination_resume_run(struct request *request);
void destination_change_finish(struct request *request);

/* GET /v1/destinations/{name}/reconciliation: counted in the view */
void destination_reconciliation_run(struct request *request);
/* POST the same: compared with what is really there, on the thread of long questions */
bool destination_compare_retraces(const struct request *request);
void destination_compare_run(struct request *request);

/* POST /v1/destinations/{name}/changes: a two-way destination tells of one */
void destination_told_run(struct request *request);
void destination_told_finish(struct request *request);

#endif
