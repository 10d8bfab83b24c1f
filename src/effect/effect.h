/* Everything that leaves the process. One thread with one libcurl multi handle carries deliveries
 * out over HTTP and SMTP: connections are reused, TLS certificates are always verified, nothing
 * waits for anything else. Destinations whose libraries block (files, PostgreSQL, NATS) have a
 * thread each. What came of an attempt goes back to the engine as a command; this part decides
 * nothing: when to try again, when to give up and what that means is the core's.
 *
 * A restart forgets what was under way; the engine hands it out again (I8: at least once, under the
 * same key). */
#ifndef ML_EFFECT_EFFECT_H
#define ML_EFFECT_EFFECT_H

#include "engine/engine.h"

struct effects;

struct effect_options {
    struct engine *engine;
    const char *data_directory; /* relative paths of files that are written count from here */
    const char *mesh_directory; /* relative paths of secret files count from here; may be "" */
    /* Told once for each destination that cannot work as it is set up (a secret that is missing, a
     * file that cannot be written), when it is noticed; its deliveries fail for a while and are
     * tried again. Any thread. */
    void (*complain)(void *context, const char *destination, const struct error *err);
    void *context;
    uint32_t batch_max; /* receipts in one request to the engine; 0: 256 */
};

/* ML_EIO when libcurl or a thread cannot be had. Makes itself the engine's outside; `engine` must
 * not have started yet. */
int effects_open(const struct effect_options *options, struct effects **ret, struct error *err);
int effects_start(struct effects *effects, struct error *err);
/* Secrets are read anew before the next attempt: files may have others in them. Any thread. */
void effects_reread(struct effects *effects);
/* Gives those under way up to `grace_us`, then breaks off; before engine_close. Takes NULL. */
void effects_close(struct effects *effects, int64_t grace_us);

/* What a destination says that it has, compared with what was delivered: by whoever can list.
 * Called on any thread; `found` is called on an effect thread for each key (a delivery "M12" or a
 * lead "L12"), `done` once at the end. ML_ENOTFOUND, ML_EINVAL when this kind cannot list, ML_EBUSY
 * when it is being listed. */
struct effect_listing {
    void *context;
    void (*found)(void *context, struct bytes key, struct bytes external_id);
    void (*done)(void *context, const struct error *err); /* err->code 0: all was listed */
};
int effects_list(struct effects *effects, const char *destination,
                 const struct effect_listing *listing, struct error *err);

/* A change that a two-way destination tells of, one record as it sent it; decided like one that was
 * polled. `done` is called once, on another thread: the core's status (CORE_OK applied,
 * CORE_UNCHANGED nothing new, or refused) with its message; CORE_INVALID with `message` when the
 * record cannot be read. ML_ENOTFOUND, ML_EINVAL (it takes no changes), ML_EBUSY. */
struct effect_change {
    void *context;
    void (*done)(void *context, enum core_status status, uint64_t lead, const char *message);
};
int effects_change(struct effects *effects, const char *destination, struct bytes record,
                   const struct effect_change *change, struct error *err);

#endif
