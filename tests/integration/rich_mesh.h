/* A mesh with one of everything: strategies, limits, calendars, overflow, on call, groups, samples,
 * tables, accounts, exceptions, nurture. */
#ifndef ML_TESTS_INTEGRATION_RICH_MESH_H
#define ML_TESTS_INTEGRATION_RICH_MESH_H

#include "policy/policy.h"

/* Static storage. Leads go by their `country`: DE to the round-robin pool `dach` (ana, ben), which
 * overflows into `rest` (least loaded: ana, ben, cem, dia); US to the weighted pool `us` (ana 2,
 * cem 1); XX to pool `night`, whose only member dia never works, with cem on call; AQ to an
 * exception for team `desk`; MOON to nurture; a company of the accounts to its owner by name. The
 * source `web` sends leads as they are; `partner` sends {"mail": "…"} under a contract: version 1,
 * in force, wants an address, version 2 a name at x.example. */
const struct policy_file *rich_mesh_files(size_t *ret_count);

#endif
