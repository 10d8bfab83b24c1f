/* The world outside, for the simulator: systems that take deliveries and providers that answer,
 * behind a network that loses, delays, repeats and reorders. It remembers what really arrived, over
 * every crash of the engine, and holds that against what the journal says. */
#ifndef ML_SIM_NETWORK_H
#define ML_SIM_NETWORK_H

#include "engine/engine.h"
#include "random.h"

struct simulation;
struct network;

/* What happened at all. */
enum network_exercise {
    NETWORK_DELIVERED,
    NETWORK_RETRIED,
    NETWORK_FAILED,
    NETWORK_LATE_SUCCESS, /* of one that had been given up */
    NETWORK_EXPIRED,
    NETWORK_SKIPPED,
    NETWORK_DISCARDED,
    NETWORK_REQUEUED,
    NETWORK_TWICE,  /* arrived more than once: told apart by its key */
    NETWORK_UNSURE, /* arrived, and the engine heard nothing */
    NETWORK_OPENED,
    NETWORK_HALF_OPEN,
    NETWORK_CLOSED,
    NETWORK_DISABLED,
    NETWORK_PAUSED,
    NETWORK_ENRICHED,
    NETWORK_REROUTED,
    NETWORK_HELD, /* by a check */
    NETWORK_TOLD, /* a notification */
    NETWORK_SYNCED,
    NETWORK_SYNC_REFUSED,
    NETWORK_EXERCISES,
};
extern const char *const network_exercises[NETWORK_EXERCISES];

struct network *network_new(struct simulation *simulation);
void network_free(struct network *network);                    /* takes NULL */
const uint64_t *network_counts(const struct network *network); /* by enum network_exercise */

/* An engine was opened: what it hands out comes here. */
void network_connect(struct network *network, struct engine *engine);
/* The engine is gone: what was under way is forgotten by it, not by those whom it reached. */
void network_forget(struct network *network);
/* Something happens out there, or a person does something about a destination. */
void network_act(struct network *network);
/* From now on everything arrives and is answered. True: something was on its way, or is due and
 * only its destination's pace keeps it back. */
bool network_settle(struct network *network);
/* Whatever a person can do so that everything ends: what is paused or disabled goes on. */
void network_repair(struct network *network);

/* Takes note of an event; what cannot be true fails the simulation. */
void network_follow(struct network *network, const struct journal_record *record,
                    struct json_object *data);
/* The core, caught up with, agrees. */
void network_check(struct network *network);
/* At the end: each delivery has ended, or waits at a destination that the release in force has not.
 */
void network_check_converged(struct network *network);

#endif
