/* Incidents: what happened, and what is done so that it does not happen again. */
#ifndef ML_SERVER_INCIDENTS_H
#define ML_SERVER_INCIDENTS_H

#include "server/request.h"

/* GET /v1/incidents/{id}, with its timeline */
void incident_run(struct request *request);

/* Writes; entity_finish answers. */
void incident_open_run(struct request *request);
void incident_note_run(struct request *request);
void incident_close_run(struct request *request);
void incident_item_run(struct request *request); /* POST /v1/incidents/{id}/items/{n}/done */

#endif
