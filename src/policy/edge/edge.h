/* The edge: from a record as a sender wrote it to the canonical lead that everything else sees, or
 * to the list of what is wrong with it. One function for every way in: single requests, batches,
 * replays of dead letters, `meshline map`.
 *
 * Pure. A release may be used by several threads at once, each with its own scratch. */
#ifndef ML_POLICY_EDGE_EDGE_H
#define ML_POLICY_EDGE_EDGE_H

#include "policy/policy.h"

struct policy_edge_scratch;
struct policy_edge_scratch *policy_edge_scratch_new(void);
void policy_edge_scratch_free(struct policy_edge_scratch *scratch); /* takes NULL */

/* A record, read. */
struct policy_payload {
    const struct contract_instance *data;
    /* The context attributes of the CloudEvent that it came in, the variable `event`; else NULL. */
    const struct contract_instance *event;
    /* It came from a form or a table: without a contract to say what they are, its texts are read
     * as the types of the lead's fields. */
    bool texts;
};

enum policy_edge_outcome {
    POLICY_EDGE_LEAD,
    POLICY_EDGE_REFUSED, /* the contract, the mapping or the canonical lead does not allow it */
    POLICY_EDGE_SKIPPED, /* the contract says that such a record is no lead */
};

struct policy_edge_result {
    enum policy_edge_outcome outcome;
    uint32_t version;                /* of the contract; 0: none */
    struct cel_value *values;        /* LEAD: schema.count of them */
    struct policy_problems problems; /* REFUSED: at least one */
    const char *skip_reason;         /* SKIPPED */
    struct bytes key; /* the sender's own id of the record; empty: none. REFUSED has one as well */
};

/* Validates `payload` under the source's contract of that version (which must be there; 0 when the
 * source has none) and maps it. Everything in *ret lives in `arena`, in the
 * payload or in the release. */
void policy_edge_read(const struct policy_release *release, uint32_t source, uint32_t version,
                      const struct policy_payload *payload, struct policy_edge_scratch *scratch,
                      struct arena *arena, struct policy_edge_result *ret);

/* Several records in one payload, as some vendors send them: the pieces in order; the payload
 * itself when the source's kind knows no such thing, or when the payload is not as the kind expects
 * (then the contract says what is wrong). *ret lives in `arena`; never 0 pieces. */
void policy_edge_split(const struct policy_release *release, uint32_t source,
                       const struct policy_payload *payload, struct policy_edge_scratch *scratch,
                       struct arena *arena, const struct policy_payload **ret, size_t *ret_count);

/* The version that reads a record: `declared` (0: none) when the sender says which one it sends;
 * else by share the candidate or the active one; what `rollout` says of another release, whose
 * versions the source does not have, counts for nothing. `identity` decides the share and must be
 * the same whenever the same record is sent again. 0 with `problem` set to a sentence in `arena`
 * when `declared` is not a version of the source; 0 and NULL when the source has no contract. */
uint32_t policy_edge_version(const struct policy_source *source,
                             const struct policy_rollout *rollout, uint32_t declared,
                             struct bytes identity, struct arena *arena, const char **ret_problem);

/* What the candidate makes of a record that was read by the active version, as the JSON object that
 * events keep: {"contract":3,"outcome":"same"}, or "differs" with `fields` (names), or "refused"
 * with `pointer`, `rule` and `message` of the first problem, or "accepted" where the active version
 * refused or skipped it. In `arena`. */
struct bytes policy_edge_shadow(const struct policy_release *release, uint32_t source,
                                uint32_t candidate, const struct policy_payload *payload,
                                const struct policy_edge_result *active,
                                struct policy_edge_scratch *scratch, struct arena *arena);

/* The kind of a violation, for clusters and notices: rule and pointer of the first problem,
 * positions in lists as "-": "/properties/employees/type at /people/-/employees". In `arena`. */
struct bytes policy_edge_violation(const struct policy_problems *problems, struct arena *arena);

#endif
