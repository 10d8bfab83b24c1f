/* Which version of a source's contract reads a record. */
#include "policy/edge/edge.h"

const char *policy_rollout_mode_name(enum policy_rollout_mode mode)
{
    static const char *const names[] = {"none", "shadow", "canary"};
    return names[mode];
}

const struct policy_contract *policy_contract_find(const struct policy_source *source,
                                                   uint32_t version)
{
    for (size_t i = 0; i < source->contract_count; i++)
        if (source->contracts[i].version == version)
            return &source->contracts[i];
    return NULL;
}

/* "1", "1 and 2", "1, 2 and 4" */
static const char *list_versions(const struct policy_source *source, struct arena *arena)
{
    const char *list = arena_printf(arena, "%u", source->contracts[0].version);
    for (size_t i = 1; i < source->contract_count; i++)
        list = arena_printf(arena, "%s%s%u", list, i + 1 < source->contract_count ? ", " : " and ",
                            source->contracts[i].version);
    return list;
}

static const char *refuse_version(const struct policy_source *source, uint32_t declared,
                                  struct arena *arena)
{
    if (source->contract_count == 0)
        return arena_printf(arena,
                            "the source \"%s\" has no versions of a contract; send the record "
                            "without one",
                            source->name);
    return arena_printf(arena, "the source \"%s\" has no version %u of its contract; it has %s",
                        source->name, declared, list_versions(source, arena));
}

/* The same records go to the candidate on every machine and in every replay. */
static bool is_in_share(struct bytes identity, uint32_t share)
{
    enum { HUNDREDTHS_OF_A_PERCENT = 10000 };
    return hash128_of(&identity, 1).high % HUNDREDTHS_OF_A_PERCENT < share;
}

uint32_t policy_edge_version(const struct policy_source *source,
                             const struct policy_rollout *rollout, uint32_t declared,
                             struct bytes identity, struct arena *arena, const char **ret_problem)
{
    *ret_problem = NULL;
    if (declared != 0 && policy_contract_find(source, declared) != NULL)
        return declared;
    if (declared != 0) {
        *ret_problem = refuse_version(source, declared, arena);
        return 0;
    }
    bool chosen = rollout->mode == POLICY_CANARY && is_in_share(identity, rollout->share) &&
                  policy_contract_find(source, rollout->candidate) != NULL;
    uint32_t version = chosen ? rollout->candidate : rollout->active;
    /* Release and rollout change one after the other: what this release does not have is not meant
     * for it. */
    return policy_contract_find(source, version) != NULL ? version : source->rollout.active;
}
