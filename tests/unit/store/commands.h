/* The commands that a world is made of, for whoever puts together a life of them. */
#ifndef ML_TESTS_STORE_COMMANDS_H
#define ML_TESTS_STORE_COMMANDS_H

#include "world.h"

/* What source partner is: 0 as in world_release; 1 without version 1, a canary, and nobody is told;
 * 2 without a contract; 3 not there. */
enum { WORLD_PARTNERS = 4 };
struct policy_release *world_release_of(const char *people, const char *pools, unsigned partner);

/* 0: no idempotency key. */
void world_command_key(struct core_command *command, uint64_t key);
/* Returns the lead's number; NULL and 0 leave a field out. */
uint64_t world_submit_any(struct world *world, const char *source, const char *email,
                          const char *country, const char *form, int64_t employees, uint64_t key);
struct core_command world_refusal(struct world *world, const char *source, uint32_t contract,
                                  const char *violation);
struct core_command world_discarding(uint64_t letter);
struct core_command world_switching(enum core_switch_cause cause, uint32_t version);
struct core_command world_contacting(uint64_t lead);
struct core_command world_assignment(uint64_t lead, const char *rep);
void world_tick(struct world *world);

#endif
