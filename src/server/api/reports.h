/* GET /v1/reports/{period}: what a team looks at every day, week and month. */
#ifndef ML_SERVER_REPORTS_H
#define ML_SERVER_REPORTS_H

#include "server/request.h"

extern const char *const report_parameters[];
void report_run(struct request *request);

#endif
