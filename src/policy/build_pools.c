/* pools.yaml → pools; teams become their members. */
#include "policy/internal.h"

/* Members of the pool being built. */
struct gathering {
    uint32_t *members; /* room for every rep */
    size_t count;
    uint32_t *seen_in; /* by rep: number of the last pool it was put into, from 1 */
    uint32_t pool;     /* number of this pool, from 1 */
};

static bool gather(struct gathering *gathering, uint32_t rep)
{
    if (gathering->seen_in[rep] == gathering->pool)
        return false;
    gathering->seen_in[rep] = gathering->pool;
    gathering->members[gathering->count++] = rep;
    return true;
}

static void gather_rep(struct policy_build *build, const struct policy_node *node,
                       struct gathering *gathering, struct policy_index *listed)
{
    const struct policy_release *release = build->release;
    struct bytes id = policy_node_text(node);
    uint32_t rep = policy_rep_find(release, id);
    if (id.size == 0)
        return;
    if (rep != POLICY_NONE) {
        if (policy_index_add(listed, id, 0) != POLICY_NONE)
            policy_report(build, node, "the member `%.*s` is listed twice; keep one",
                          POLICY_CLIP(id));
        gather(gathering, rep);
        return;
    }
    if (release->rep_count == 0)
        return; /* reported already, and no name could be right */
    const char *hint = "";
    if (policy_index_find(&build->teams, id) != POLICY_NONE) {
        hint = arena_printf(&build->scratch, "; for the whole team write {team: %.*s}",
                            POLICY_CLIP(id));
    } else {
        const char **ids = arena_array(&build->scratch, release->rep_count + 1, sizeof *ids);
        for (size_t i = 0; i < release->rep_count; i++)
            ids[i] = release->reps[i].id;
        hint = policy_hint(build, id, ids, release->rep_count);
    }
    policy_report(build, node, "no rep `%.*s` in people.yaml%s", POLICY_CLIP(id), hint);
}

static void gather_team(struct policy_build *build, const struct policy_node *node,
                        struct gathering *gathering)
{
    struct bytes name = policy_node_text(node);
    uint32_t team = policy_index_find(&build->teams, name);
    if (name.size == 0 || build->release->rep_count == 0)
        return;
    if (team == POLICY_NONE) {
        policy_report(build, node, "no rep in people.yaml is of the team `%.*s`%s",
                      POLICY_CLIP(name),
                      policy_hint(build, name, build->team_names, build->team_count));
        return;
    }
    for (uint32_t rep = 0; rep < build->release->rep_count; rep++)
        if (build->team_of[rep] == team)
            gather(gathering, rep);
}

static struct policy_pool build_pool(struct policy_build *build, const struct policy_node *node,
                                     struct gathering *gathering)
{
    uint32_t strategy =
        policy_choice(policy_strategies, policy_node_text(policy_node_get(node, "strategy")));
    const struct policy_node *members = policy_node_get(node, "members");
    const struct policy_item *item = policy_node_items(members, POLICY_NODE_LIST);
    struct policy_index listed;
    policy_index_init(&listed, &build->scratch, item == NULL ? 0 : members->count);
    gathering->count = 0;
    gathering->pool++;
    for (; item != NULL; item = item->next) {
        if (item->value->kind == POLICY_NODE_TEXT)
            gather_rep(build, item->value, gathering, &listed);
        else
            gather_team(build, policy_node_get(item->value, "team"), gathering);
    }
    struct policy_pool pool = {
        .id = policy_build_text(build, policy_node_get(node, "id")),
        .title = policy_build_text(build, policy_node_get(node, "title")),
        .strategy = strategy == POLICY_NONE ? POLICY_ROUND_ROBIN : (enum policy_strategy)strategy,
        .member_count = gathering->count,
        .tier_count = 1,
        .overflow = POLICY_NONE,
    };
    static const int64_t every_score = INT64_MIN;
    pool.otherwise = pool.strategy;
    pool.tier_scores = &every_score;
    if (pool.title[0] == '\0')
        pool.title = pool.id;
    struct policy_membership *copy = arena_array(build->arena, gathering->count, sizeof *copy);
    for (size_t i = 0; i < gathering->count; i++)
        copy[i] = (struct policy_membership){.rep = gathering->members[i], .weight = 1};
    pool.members = copy;
    return pool;
}

void policy_build_pools(struct policy_build *build)
{
    struct policy_index *index = &((struct policy_block *)build->release)->pools;
    const struct policy_node *list = policy_node_get(build->pools, "pools");
    const struct policy_item *item = policy_node_items(list, POLICY_NODE_LIST);
    size_t count = item == NULL ? 0 : list->count, rep_count = build->release->rep_count;
    if (item != NULL && policy_build_too_many(build, list, "pools", POLICY_POOLS_MAX))
        count = POLICY_POOLS_MAX;
    struct policy_pool *pools = arena_array(build->arena, count, sizeof *pools);
    const struct policy_node **ids = arena_array(&build->scratch, count, sizeof *ids);
    struct gathering gathering = {
        .members = arena_array(&build->scratch, rep_count, sizeof *gathering.members),
        .seen_in = arena_array(&build->scratch, rep_count, sizeof *gathering.seen_in),
    };
    policy_index_init(index, build->arena, count);
    size_t used = 0;
    for (size_t i = 0; i < count; i++, item = item->next) {
        const struct policy_node *id = policy_node_get(item->value, "id");
        if (policy_node_text(id).size == 0)
            continue;
        pools[used] = build_pool(build, item->value, &gathering);
        uint32_t taken = policy_index_add(index, bytes_of(pools[used].id), (uint32_t)used);
        if (taken == POLICY_NONE)
            ids[used++] = id;
        else
            policy_report(build, id, "the pool id `%.*s` is given twice; first on line %u",
                          POLICY_CLIP(id->text), policy_node_place(ids[taken]).line);
    }
    build->release->pools = pools;
    build->release->pool_count = used;
}
