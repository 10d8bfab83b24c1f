/* Looking at leads and acting on them. */
#ifndef ML_SERVER_LEADS_H
#define ML_SERVER_LEADS_H

#include "server/request.h"

/* GET /v1/leads, with filters */
extern const char *const leads_parameters[];
void leads_run(struct request *request);
/* GET /v1/leads/{id} */
void lead_run(struct request *request);

/* What writes about a lead share: the lead, If-Match, Idempotency-Key, the actor. False: the
 * request has been refused. */
bool lead_prepare(struct request *request, enum core_command_type type);

/* POST /v1/leads/{id}/contacts, /outcome, /assignment, /hand-back, /acknowledgement, /enrichment;
 * submission_finish answers */
void lead_contact_run(struct request *request);
void lead_outcome_run(struct request *request);
void lead_assignment_run(struct request *request);
void lead_hand_back_run(struct request *request);
void lead_acknowledgement_run(struct request *request);
void lead_enrichment_run(struct request *request);

#endif
