/* GET /v1/routing-contract: the policy in force as a document that other systems can read (B1). */
#ifndef ML_SERVER_ROUTING_CONTRACT_H
#define ML_SERVER_ROUTING_CONTRACT_H

#include "server/request.h"

/* The document, spec/routing-contract.schema.json. `activated_us` 0: not known yet. */
void contract_write(const struct policy_release *release, int64_t activated_us,
                    struct json_writer *json);

/* Parts of it (routing_contract_clock.c): a class as an item of `classes`; and, as members of the
 * object that is open, what the policy does about time and trouble. */
void contract_write_class(const struct policy_release *release, const struct policy_class *class,
                          struct json_writer *json);
void contract_write_clock(const struct policy_release *release, struct json_writer *json);
/* Likewise (routing_contract_outside.c), what leaves the process. */
void contract_write_outside(const struct policy_release *release, struct json_writer *json);

void contract_run(struct request *request);

#endif
