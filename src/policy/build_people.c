/* people.yaml → reps and their teams. */
#include "policy/internal.h"

/* The item's place among the reps; reports an id that is taken. */
static bool add_rep(struct policy_build *build, struct policy_index *index,
                    const struct policy_node **ids, size_t at, const struct policy_node *id)
{
    uint32_t taken = policy_index_add(index, bytes_of(build->release->reps[at].id), (uint32_t)at);
    if (taken == POLICY_NONE) {
        ids[at] = id;
        return true;
    }
    policy_report(build, id, "the rep id `%.*s` is given twice; first on line %u",
                  POLICY_CLIP(id->text), policy_node_place(ids[taken]).line);
    return false;
}

static void add_team(struct policy_build *build, size_t rep)
{
    struct bytes team = bytes_of(build->release->reps[rep].team);
    build->team_of[rep] = POLICY_NONE;
    if (team.size == 0)
        return;
    uint32_t known = policy_index_add(&build->teams, team, (uint32_t)build->team_count);
    if (known == POLICY_NONE) {
        known = (uint32_t)build->team_count;
        build->team_names[build->team_count++] = build->release->reps[rep].team;
    }
    build->team_of[rep] = known;
}

static uint32_t capacity_of(const struct policy_node *node, uint32_t fallback)
{
    return node != NULL && node->kind == POLICY_NODE_INTEGER && node->integer >= 0 &&
                   node->integer <= POLICY_CAPACITY_MAX
               ? (uint32_t)node->integer
               : fallback;
}

static struct policy_rep build_rep(struct policy_build *build, const struct policy_node *node,
                                   uint32_t default_capacity)
{
    struct policy_rep rep = {
        .id = policy_build_text(build, policy_node_get(node, "id")),
        .name = policy_build_text(build, policy_node_get(node, "name")),
        .email = policy_build_text(build, policy_node_get(node, "email")),
        .team = policy_build_text(build, policy_node_get(node, "team")),
        .time_zone = policy_build_text(build, policy_node_get(node, "time_zone")),
        .country = policy_build_text(build, policy_node_get(node, "country")),
        .capacity = capacity_of(policy_node_get(node, "capacity"), default_capacity),
    };
    if (rep.name[0] == '\0')
        rep.name = rep.id;
    return rep;
}

void policy_build_people(struct policy_build *build)
{
    struct policy_index *index = &((struct policy_block *)build->release)->reps;
    const struct policy_node *list = policy_node_get(build->people, "reps");
    const struct policy_item *item = policy_node_items(list, POLICY_NODE_LIST);
    size_t count = item == NULL ? 0 : list->count;
    if (item != NULL && policy_build_too_many(build, list, "reps", POLICY_REPS_MAX))
        count = POLICY_REPS_MAX;
    uint32_t default_capacity =
        capacity_of(policy_node_get(policy_node_get(build->people, "defaults"), "capacity"),
                    POLICY_CAPACITY_DEFAULT);
    struct policy_rep *reps = arena_array(build->arena, count, sizeof *reps);
    const struct policy_node **ids = arena_array(&build->scratch, count, sizeof *ids);
    build->team_of = arena_array(&build->scratch, count, sizeof *build->team_of);
    build->team_names = arena_array(&build->scratch, count, sizeof *build->team_names);
    policy_index_init(index, build->arena, count);
    policy_index_init(&build->teams, &build->scratch, count);
    build->release->reps = reps;
    size_t used = 0;
    for (size_t i = 0; i < count; i++, item = item->next) {
        const struct policy_node *id = policy_node_get(item->value, "id");
        if (policy_node_text(id).size == 0)
            continue;
        reps[used] = build_rep(build, item->value, default_capacity);
        if (!add_rep(build, index, ids, used, id))
            continue;
        add_team(build, used);
        used++;
    }
    build->release->rep_count = used;
}
