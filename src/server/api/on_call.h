/* Who is on call, by the rotations of the release in force. */
#ifndef ML_SERVER_ON_CALL_H
#define ML_SERVER_ON_CALL_H

struct request;

/* GET /v1/on-call?at=TIME&to=TIME */
extern const char *const on_call_parameters[];
void on_call_run(struct request *request);

#endif
