/* What is sent to others: what is due, how that went, and what a person does about it. */
#ifndef ML_SERVER_DELIVERIES_H
#define ML_SERVER_DELIVERIES_H

#include "server/request.h"

/* GET /v1/deliveries, newest first */
extern const char *const deliveries_parameters[];
void deliveries_run(struct request *request);
/* GET /v1/deliveries/clusters: by destination, state and reason */
extern const char *const delivery_clusters_parameters[];
void delivery_clusters_run(struct request *request);
/* GET /v1/deliveries/{id}: with every attempt */
void delivery_run(struct request *request);

/* POST /v1/deliveries/{id}/retry, on a query thread: what it was is asked of the view */
void delivery_retry_run(struct request *request);
/* POST /v1/deliveries/{id}/discard; entity_finish answers */
void delivery_discard_run(struct request *request);
/* POST /v1/deliveries/replay: many at once, on a query thread */
void delivery_replay_run(struct request *request);

/* ---- what deliveries are chosen by, in a query or in a body */

enum {
    DELIVERY_DESTINATION,
    DELIVERY_STATE,
    DELIVERY_PURPOSE,
    DELIVERY_TARGET,
    DELIVERY_LEAD,
    DELIVERY_REASON,
    DELIVERY_FROM,
    DELIVERY_TO,
    DELIVERY_FILTERS,
};
extern const char *const delivery_filter_names[DELIVERY_FILTERS];
/* Reads what is given (NULL data: it is not). On a query thread. False: *ret_wrong is the one with
 * the mistake and *ret_mistake says what it must be, in the request's arena. */
bool delivery_filter_read(struct request *request, const struct bytes texts[DELIVERY_FILTERS],
                          struct store_delivery_filter *ret, size_t *ret_wrong,
                          const char **ret_mistake);

#endif
