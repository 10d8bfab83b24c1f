/* Posts from web pages: which origins a source allows, and what browsers ask beforehand. */
#ifndef ML_SERVER_CORS_H
#define ML_SERVER_CORS_H

#include "server/request.h"

/* Lets the page that posts read the answer. False: pages of its origin may not post to the source,
 * and the request has been refused. Sources that declare no origins do not look at them. */
bool cors_check(struct request *request, const struct policy_source *source);

/* OPTIONS on a source: the preflight of a post. */
void preflight_run(struct request *request);

#endif
