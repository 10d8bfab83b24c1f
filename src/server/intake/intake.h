/* POST /v1/sources/{source}/leads. */
#ifndef ML_SERVER_INTAKE_H
#define ML_SERVER_INTAKE_H

#include "server/intake/reception.h"

struct inflater;
struct request;
struct server;
struct traffic;

/* What is known of the request before its records are read; in its arena. The release is that of
 * request->submission. */
struct intake {
    uint32_t source;
    const struct policy_source *declaration; /* in the release */
    struct traffic *traffic;
    uint32_t version; /* that the sender says it sends; 0: does not say */
    const struct contract_header *headers;
    size_t header_count;
    struct bytes content_type;
    bool form;                 /* the body is that of an HTML form */
    struct inflater *inflater; /* of a body in gzip that is collected */
    struct received *received; /* the one record */
};

void intake_begin(struct request *request);
void intake_run(struct request *request);
void intake_finish(struct request *request);

/* Fills in what the records of the request have in common, with a scratch that the caller gives
 * back to server->scratches; all borrowed from the request. */
void intake_reception(struct request *request, struct bytes key, struct reception *ret);
/* Which versions of the source's contract are used now, into reception->rollout. */
void intake_rollout(struct server *server, struct reception *reception);
/* Counts a record that was read. */
void intake_count(const struct intake *intake, const struct received *received);
/* Refuses a record that is beyond the source's rate: false, and the problem is set. */
bool intake_admit(const struct intake *intake, struct problem *problem);

#endif
