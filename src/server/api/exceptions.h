/* Exceptions for people: what waits for a decision, and deciding it. */
#ifndef ML_SERVER_EXCEPTIONS_H
#define ML_SERVER_EXCEPTIONS_H

#include "server/request.h"

/* What `claimed` asks for: "nobody", or who is at it. */
void exception_claimed(struct bytes text, struct store_exception_filter *filter);

/* GET /v1/exceptions, most urgent first */
extern const char *const exceptions_parameters[];
void exceptions_run(struct request *request);
/* GET /v1/exceptions/clusters: by kind and cause */
extern const char *const exception_clusters_parameters[];
void exception_clusters_run(struct request *request);
/* GET /v1/exceptions/{id} */
void exception_run(struct request *request);

/* Writes about one; entity_finish answers. */
void exception_open_run(struct request *request); /* POST /v1/leads/{id}/exceptions */
void exception_claim_run(struct request *request);
void exception_release_run(struct request *request);
void exception_resolve_run(struct request *request);

/* POST /v1/exceptions/resolve: many at once, on a query thread */
void exception_bulk_run(struct request *request);

/* The members of a body that say how an exception is resolved; they stand first in a table. */
enum {
    RESOLUTION_ACTION,
    RESOLUTION_CAUSE,
    RESOLUTION_REMEDIATION,
    RESOLUTION_REP,
    RESOLUTION_POOL,
    RESOLUTION_INTO,
    RESOLUTION_MEMBERS,
};
#define RESOLUTION_TABLE                                                                    \
    [RESOLUTION_ACTION] = {"action", MEMBER_TEXT, .required = true, .most = 16},            \
    [RESOLUTION_CAUSE] = {"cause", MEMBER_TEXT, .required = true, .most = POLICY_NAME_MAX}, \
    [RESOLUTION_REMEDIATION] = {"remediation", MEMBER_TEXT, .required = true,               \
                                .most = CORE_TEXT_MAX},                                     \
    [RESOLUTION_REP] = {"rep", MEMBER_TEXT, .most = 256},                                   \
    [RESOLUTION_POOL] = {"pool", MEMBER_TEXT, .most = 256},                                 \
    [RESOLUTION_INTO] = {"into", MEMBER_TEXT, .most = LEAD_ID_TEXT_SIZE}
struct member_value;
/* Fills command->resolve. False: the request has been refused. */
bool exception_read_resolution(struct request *request, const struct member_value *values,
                               struct core_command *command);

#endif
