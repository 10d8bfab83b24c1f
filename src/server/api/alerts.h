/* Alerts, the silences that keep them quiet, and surges. */
#ifndef ML_SERVER_ALERTS_H
#define ML_SERVER_ALERTS_H

#include "server/request.h"

/* GET /v1/alerts, /v1/silences, /v1/surges and /v1/incidents: ?open=true&before=ID&limit=N, newest
 * first */
extern const char *const trouble_parameters[];
void alerts_run(struct request *request);
void silences_run(struct request *request);
void surges_run(struct request *request);
void incidents_run(struct request *request);

/* POST /v1/silences, DELETE /v1/silences/{id}; entity_finish answers. */
void silence_set_run(struct request *request);
void silence_end_run(struct request *request);

#endif
