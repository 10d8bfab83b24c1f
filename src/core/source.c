/* Sources, as far as they are not the release's alone: versions in use, the canary's window, what
 * their partners were told. */
#include "core/internal.h"

struct policy_rollout core_rollout_enrol(const struct policy_rollout *current,
                                         const struct policy_source *before,
                                         const struct policy_source *now)
{
    bool declared_anew =
        before == NULL || memcmp(&before->rollout, &now->rollout, sizeof now->rollout) != 0;
    bool gone = (current->active != 0 || now->contract_count > 0) &&
                policy_contract_find(now, current->active) == NULL;
    if (current->candidate != 0 && policy_contract_find(now, current->candidate) == NULL)
        gone = true;
    if (declared_anew || gone)
        return now->rollout;
    struct policy_rollout kept = *current;
    if (kept.previous != 0 && policy_contract_find(now, kept.previous) == NULL)
        kept.previous = 0;
    return kept;
}
