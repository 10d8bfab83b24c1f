/* Fairness: what each member of a pool should have had, had, and why the two differ. Looks at the
 * core just before each event of a retrace (engine_retrace); does no I/O of its own.
 *
 * Of every assignment through a pool its members should have shares that add up to one:
 *   round_robin, sticky   the same for all
 *   weighted              by weight
 *   least_loaded          by capacity
 *   score_ordered         the same for all of the tier that the lead's score entitles to
 * whether they were there or not. For each member then, exactly:
 *   had = fair - missed + gained + strategy
 * missed    its shares of assignments that were made while it could take none, by reason;
 * gained    what its share was larger because others could not, while it could;
 * strategy  the rest: whose turn it happened to be, who was less loaded, whose person came back.
 *
 * Counted are assignments by the policy, in the pool that gave the owner (the overflow pool, if one
 * helped out). Not counted: those by hand, by routes to a rep, and to somebody on call, who is
 * asked because no member can be. */
#ifndef ML_ENGINE_FAIRNESS_H
#define ML_ENGINE_FAIRNESS_H

#include "base/json_writer.h"
#include "core/core.h"

struct fairness;

struct fairness_options {
    struct bytes pool; /* only this one; empty: all */
    int64_t from_us;   /* assignments from then on; 0: all */
    int64_t to_us;     /* before then; 0: all */
};

/* `options` are borrowed until fairness_free. */
struct fairness *fairness_new(const struct fairness_options *options);
void fairness_free(struct fairness *fairness); /* takes NULL */

/* An engine_observer whose context is the struct fairness: 0, or 1 when what follows does not
 * matter. */
int fairness_observe(void *context, const struct core *core, const struct core_event *event,
                     struct error *err);

/* The report as a JSON object (spec/openapi.yaml, Fairness). ML_ENOTFOUND when the one pool that
 * was asked for never existed. */
int fairness_write(const struct fairness *fairness, struct json_writer *json, struct error *err);

#endif
