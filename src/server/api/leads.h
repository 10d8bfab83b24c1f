/* Looking at leads and acting on them. */
#ifndef ML_SERVER_LEADS_H
#define ML_SERVER_LEADS_H

#include "server/request.h"

/* GET /v1/leads, with filters */
extern const char *const leads_parameters[];
void leads_run(struct request *request);
/* GET /v1/leads/{id} */
void lead_run(struct request *request);

/* POST /v1/leads/{id}/contacts, /outcome, /assignment, /hand-back; submission_finish answers */
void lead_contact_run(struct request *request);
void lead_outcome_run(struct request *request);
void lead_assignment_run(struct request *request);
void lead_hand_back_run(struct request *request);

#endif
