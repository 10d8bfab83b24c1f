/* Sources: what is declared of them, which versions of their contracts are used and how that goes,
 * and switching to others. */
#ifndef ML_SERVER_SOURCES_H
#define ML_SERVER_SOURCES_H

#include "server/request.h"

/* GET /v1/sources */
void sources_run(struct request *request);
/* GET /v1/sources/{source} */
void source_run(struct request *request);
/* POST /v1/sources/{source}/rollout */
void rollout_run(struct request *request);
void rollout_finish(struct request *request);

#endif
