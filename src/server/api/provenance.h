/* GET /v1/leads/{id}/provenance: where each attribute comes from, and the path through places. */
#ifndef ML_SERVER_PROVENANCE_H
#define ML_SERVER_PROVENANCE_H

#include "server/request.h"

void provenance_run(struct request *request);

#endif
