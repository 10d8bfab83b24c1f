/* The way of leads by the release in force, as a picture that lives. */
#ifndef ML_SERVER_LEAD_PATH_H
#define ML_SERVER_LEAD_PATH_H

struct request;

/* GET /v1/lead-path?minutes=60 */
extern const char *const lead_path_parameters[];
void lead_path_run(struct request *request);

#endif
