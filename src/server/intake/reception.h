/* From a record that came in to the command that the engine gets: a lead to submit, or a dead
 * letter to keep. What single requests, batches and replays share. */
#ifndef ML_SERVER_RECEPTION_H
#define ML_SERVER_RECEPTION_H

#include "contract/inbound.h"
#include "engine/engine.h"
#include "policy/edge/edge.h"
#include "server/problem.h"

/* What the records of one request have in common. Borrows everything. */
struct reception {
    struct policy_release *release;
    uint32_t source;
    struct policy_rollout rollout;
    uint32_t declared;    /* version that the sender says it sends; 0: does not say */
    struct bytes actor;   /* who sends */
    struct bytes key;     /* Idempotency-Key; empty: none */
    struct bytes headers; /* JSON object, for dead letters */
    struct policy_edge_scratch *scratch;
};

enum reception_outcome {
    RECEPTION_LEAD,    /* the command submits it */
    RECEPTION_REFUSED, /* the command keeps it as a dead letter; `problem` says what is wrong */
    RECEPTION_SKIPPED, /* no command: `reason` */
};

struct received {
    enum reception_outcome outcome;
    struct core_command command;
    struct problem problem;
    const char *reason;
};

/* `reason` of a record whose honeypot was filled in. */
extern const char reception_honeypot[];

/* How deep JSON may be nested, for contract_inbound_read. */
enum { RECEPTION_DEPTH_MAX = 32 };

/* Reads one record; `line` tells those of one batch apart (0: it is alone), `dead_letter` is set
 * for a replay. Everything in *ret lives in `arena`, in the reception or in `inbound`. */
void reception_read(const struct reception *reception, const struct contract_inbound *inbound,
                    uint64_t line, uint64_t dead_letter, struct arena *arena, struct received *ret);
/* The same straight from JSON text, many times faster, for a lead without any mistake of a source
 * without a contract. False says nothing but that the record must be read as above. */
bool reception_read_text(const struct reception *reception, struct bytes text, uint64_t line,
                         struct arena *arena, struct received *ret);
/* Reads a record that is JSON text, the fast way or the other. */
void reception_read_json(const struct reception *reception, struct bytes text, uint64_t line,
                         struct arena *arena, struct received *ret);

/* Scratches for those who read on several threads, kept for the next reader. */
struct scratch_pool;
struct scratch_pool *scratch_pool_new(void);
void scratch_pool_free(struct scratch_pool *pool); /* takes NULL */
struct policy_edge_scratch *scratch_pool_take(struct scratch_pool *pool);
void scratch_pool_give_back(struct scratch_pool *pool, struct policy_edge_scratch *scratch);

#endif
