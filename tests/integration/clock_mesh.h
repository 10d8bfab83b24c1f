/* A mesh with promises: short objectives, a ladder, kinds of exceptions, a taxonomy of causes. */
#ifndef ML_TESTS_INTEGRATION_CLOCK_MESH_H
#define ML_TESTS_INTEGRATION_CLOCK_MESH_H

#include "policy/policy.h"

/* Static storage. Leads of the source `web` with a phone go round robin to ana and ben (pool `all`,
 * 1000 each); those without to the exception `missing_email` of team `desk`, due in a day. Class
 * `hot` (form "demo") is promised an owner in 60 s and contact in 5 min; class `standard` contact
 * in 4 h. Causes: bad_data, vendor_outage. Teams: desk (reps ana, ben), leads. */
const struct policy_file *clock_mesh_files(size_t *ret_count);

#endif
