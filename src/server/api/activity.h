/* What comes, and what becomes of it: by the minute, and by where it came from. */
#ifndef ML_SERVER_API_ACTIVITY_H
#define ML_SERVER_API_ACTIVITY_H

#include "server/request.h"

extern const char *const activity_parameters[];
void activity_run(struct request *request);

extern const char *const attribution_parameters[];
void attribution_run(struct request *request);

#endif
