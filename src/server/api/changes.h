/* What pages live on: a stream that says what has changed, not how. */
#ifndef ML_SERVER_CHANGES_H
#define ML_SERVER_CHANGES_H

struct request;

/* GET /v1/changes?after=SEQ&every=MS */
extern const char *const changes_parameters[];
void changes_run(struct request *request);

#endif
