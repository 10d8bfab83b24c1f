/* The simulated company: a few releases of its policy, and the people who write to it. */
#ifndef ML_SIM_COMPANY_H
#define ML_SIM_COMPANY_H

#include "policy/policy.h"

enum { COMPANY_RELEASES = 4, COMPANY_REPS = 10 };

/* Compiles release number `which`: they differ in reps, pools, strategies and routes, so that
 * changing between them removes owners and queues under open leads. Owned by the caller. */
struct policy_release *company_release(unsigned which);
/* "rep3"; static storage. */
const char *company_rep(unsigned rep);

#endif
