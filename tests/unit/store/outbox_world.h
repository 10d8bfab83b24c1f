/* The company of world.h with systems around it: a CRM that is two-way, a file that gets every
 * event of leads, a chat that people are told by, and two providers; and a life in which all of
 * them fail, come back, are paused and leave. */
#ifndef ML_TESTS_STORE_OUTBOX_WORLD_H
#define ML_TESTS_STORE_OUTBOX_WORLD_H

#include "commands.h"

/* Destinations crm (rest: captured, assigned, contacted; two-way: owner, status, country), log
 * (ndjson: lead.*, silence.set), chat (slack: reps and teams are told by it; managers are not
 * told), providers clear and zen (asked while employees are unknown). Class hot has more than 500
 * employees. `variant` 1 is without log and zen, and the CRM gives up sooner. */
struct policy_release *outside_release(unsigned variant);
void outside_activate(struct world *world, unsigned variant);
uint64_t outside_submit(struct world *world, const char *email);

/* Hands out what is due to that destination; its number, 0 for none. */
uint64_t outside_take(struct world *world, const char *destination);
/* What came of an attempt. */
enum core_status outside_receive(struct world *world, uint64_t number,
                                 const struct core_receipt *receipt);
enum core_status outside_answer(struct world *world, uint64_t number, enum core_outcome outcome);
enum core_status outside_requeue(struct world *world, uint64_t number);
enum core_status outside_drop(struct world *world, uint64_t number);
enum core_status outside_set(struct world *world, const char *destination,
                             enum core_destination_change change);
/* The owner that the CRM says the lead has; its country as well, which leads do not have. */
enum core_status outside_sync(struct world *world, uint64_t lead, const char *owner,
                              const char *external_id);
void outside_live(struct world *world, uint64_t *seed, size_t commands);

#endif
