/* POST /v1/sources/{source}/leads. */
#ifndef ML_SERVER_INTAKE_H
#define ML_SERVER_INTAKE_H

struct request;

void intake_begin(struct request *request);
void intake_run(struct request *request);
void intake_finish(struct request *request);

#endif
