/* Whose web pages may post to a source. */
#ifndef ML_SERVER_ORIGIN_H
#define ML_SERVER_ORIGIN_H

#include "policy/policy.h"

/* Whether the value of a request's Origin header is one that the source declares. False for a
 * request without one, and at a source that declares none. */
bool origin_allowed(const struct policy_source *source, struct bytes origin);

#endif
