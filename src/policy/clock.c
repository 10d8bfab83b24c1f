/* The words of clock.h, and what the standard kinds of exceptions are unless a mesh says more. */
#include "policy/internal.h"

const char *const policy_objectives[] = {"enriched", "assigned", "contacted", "qualified", NULL};
const char *const policy_actions[] = {"remind",   "notify",    "take_back",
                                      "overflow", "exception", NULL};
const char *const policy_metrics[] = {
    [POLICY_ENRICHMENT_TIMEOUT_RATE] = "enrichment_timeout_rate",
    [POLICY_SURGE_ACTIVE] = "surge",
    [POLICY_UNASSIGNED_BACKLOG] = "unassigned_backlog",
    [POLICY_OLDEST_UNASSIGNED] = "oldest_unassigned",
    [POLICY_UNASSIGNED_LATE] = "unassigned_late",
    [POLICY_LATE_RATE] = "late_rate",
    [POLICY_LATE_COUNT] = "late_count",
    [POLICY_BURN_RATE] = "burn_rate",
    [POLICY_DEAD_LETTER_RATE] = "dead_letter_rate",
    [POLICY_DELIVERY_FAILURES] = "delivery_failures",
    [POLICY_OPEN_EXCEPTIONS] = "open_exceptions",
    [POLICY_METRICS] = NULL,
};

const char *policy_objective_name(enum policy_objective objective)
{
    return policy_objectives[objective];
}

const char *policy_action_name(enum policy_action action)
{
    return policy_actions[action];
}

const char *policy_fall_back_action_name(enum policy_fall_back_action action)
{
    static const char *const names[POLICY_FALL_BACK_ACTIONS] = {"remind", "requeue",    "pool",
                                                                "team",   "disqualify", "dismiss"};
    return names[action];
}

const char *policy_metric_name(enum policy_metric metric)
{
    return policy_metrics[metric];
}

uint32_t policy_team_find(const struct policy_release *release, struct bytes id)
{
    return policy_index_find(&policy_block_of(release)->teams, id);
}

bool policy_cause_allowed(const struct policy_release *release, struct bytes name)
{
    for (size_t i = 0; i < release->cause_count; i++)
        if (bytes_is(name, release->causes[i].name))
            return true;
    return release->cause_count == 0 && name.size > 0;
}

/* ---- the standard kinds */

#define HOUR_US (INT64_C(3600) * 1000000)

static const struct policy_fallback remind[] = {{POLICY_FALL_BACK_REMIND, POLICY_NONE, "", 0}};
static const struct policy_fallback requeue[] = {{POLICY_FALL_BACK_REQUEUE, POLICY_NONE, "", 0}};
static const struct policy_fallback dismiss[] = {{POLICY_FALL_BACK_DISMISS, POLICY_NONE, "", 0}};
static const struct policy_fallback disqualify[] = {
    {POLICY_FALL_BACK_DISQUALIFY, POLICY_NONE, "", 0}};

const struct policy_exception policy_standard_exceptions[] = {
    {"enrichment_timeout", "Enrichment did not answer", "triage", "", 4 * HOUR_US,
     "Check who the person is, and route the lead again if it belongs elsewhere.", dismiss, 1,
     POLICY_NONE},
    {"missing_email", "No e-mail address", "validation", "", 24 * HOUR_US,
     "Find the address, or disqualify the lead.", disqualify, 1, POLICY_NONE},
    {"capacity_overrun", "More leads than people can take", "capacity", "", HOUR_US,
     "Raise somebody's capacity, or add people to the pool.", remind, 1, POLICY_NONE},
    {"account_review", "Good fit, little intent", "accounts", "", 48 * HOUR_US,
     "Decide whether the account is worth an approach, and by whom.", requeue, 1, POLICY_NONE},
    {"contract_violation", "Records break their contract", "contracts", "", 24 * HOUR_US,
     "Mend the sender or the contract, then replay the dead letters.", remind, 1, POLICY_NONE},
    {"delivery_failed", "A delivery failed for good", "deliveries", "", 24 * HOUR_US,
     "Mend the destination, then retry.", remind, 1, POLICY_NONE},
    {"objective_late", "Nobody kept the promise", "late", "", 4 * HOUR_US,
     "Call the person yourself, or give the lead to somebody who will.", requeue, 1, POLICY_NONE},
    {"ownership_gap", "Nobody answers for this lead", "ownership", "", 4 * HOUR_US,
     "Give the account an owner, then the lead.", remind, 1, POLICY_NONE},
    {"duplicate_conflict", "Perhaps a lead that is known already", "duplicates", "", 24 * HOUR_US,
     "Merge the two, or dismiss if they are different people.", dismiss, 1, POLICY_NONE},
    {"fraud_suspected", "Perhaps not a person", "fraud", "", 24 * HOUR_US,
     "Look at what came with it, and what the check found; disqualify, or route it again.",
     disqualify, 1, POLICY_NONE},
    {"manual", "Somebody asks for a decision", "triage", "", 24 * HOUR_US,
     "Read the note and decide.", remind, 1, POLICY_NONE},
};
const size_t policy_standard_exception_count =
    sizeof policy_standard_exceptions / sizeof *policy_standard_exceptions;

const struct policy_exception *policy_exception_find(const struct policy_release *release,
                                                     struct bytes kind)
{
    const struct policy_exception *manual = NULL;
    for (size_t i = 0; i < release->exception_count; i++) {
        if (bytes_is(kind, release->exceptions[i].kind))
            return &release->exceptions[i];
        if (strcmp(release->exceptions[i].kind, "manual") == 0)
            manual = &release->exceptions[i];
    }
    return manual;
}
