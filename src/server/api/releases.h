/* The release in force, and what was in force before. */
#ifndef ML_SERVER_RELEASES_H
#define ML_SERVER_RELEASES_H

struct request;

void release_run(struct request *request);
/* GET /v1/releases?limit=20&before=SEQ */
extern const char *const releases_parameters[];
void releases_run(struct request *request);

#endif
