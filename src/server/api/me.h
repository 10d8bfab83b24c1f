/* Who is asking, and whom they are asking: what a page needs before anything else. */
#ifndef ML_SERVER_ME_H
#define ML_SERVER_ME_H

struct request;

/* GET /v1/me */
void me_run(struct request *request);

#endif
