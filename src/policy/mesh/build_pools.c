/* pools.yaml → pools: teams become their members, names their numbers, and what a pool does when
 * nobody can take a lead is checked to be possible. */
#include "policy/internal.h"

enum { MEMBERSHIPS_MAX = 4 * 1000 * 1000 }; /* of all pools */

/* Members of the pool being built. */
struct gathering {
    struct policy_membership *members; /* room for every rep */
    size_t count;
    uint32_t *place;    /* by rep: its place among `members`, when seen */
    uint32_t *seen_in;  /* by rep: number of the last pool it was put into, from 1 */
    uint32_t *named_in; /* the same, under its own name */
    uint32_t *teams_in; /* by team: the last pool that listed it */
    uint32_t pool;      /* number of this pool, from 1 */
    const struct policy_node *tiers;
};

/* What stands beside a member's name. */
struct standing {
    uint32_t weight, tier;
};

static void gather(struct gathering *gathering, uint32_t rep, struct standing standing, bool named)
{
    if (gathering->seen_in[rep] != gathering->pool) {
        gathering->seen_in[rep] = gathering->pool;
        gathering->place[rep] = (uint32_t)gathering->count++;
    } else if (!named) {
        return; /* what is said of the rep alone counts before what is said of the team */
    }
    gathering->members[gathering->place[rep]] =
        (struct policy_membership){rep, standing.weight, standing.tier};
}

/* The rep of that id; POLICY_NONE, reported, when there is none. */
static uint32_t find_rep(struct policy_build *build, const struct policy_node *node)
{
    const struct policy_release *release = build->release;
    struct bytes id = policy_node_text(node);
    if (id.size == 0)
        return POLICY_NONE;
    uint32_t rep = policy_rep_find(release, id);
    if (rep != POLICY_NONE || release->rep_count == 0)
        return rep; /* without reps: reported already, and no name could be right */
    const char *hint = "";
    if (policy_index_find(&build->teams, id) != POLICY_NONE) {
        hint = arena_printf(&build->scratch, "; for the whole team write {team: %.*s}",
                            POLICY_CLIP(id));
    } else if (!policy_report_full(build)) {
        const char **ids = arena_array(&build->scratch, release->rep_count + 1, sizeof *ids);
        for (size_t i = 0; i < release->rep_count; i++)
            ids[i] = release->reps[i].id;
        hint = policy_hint(build, id, ids, release->rep_count);
    } else {
        return POLICY_NONE;
    }
    policy_report(build, node, "no rep `%.*s` in people.yaml%s", POLICY_CLIP(id), hint);
    return POLICY_NONE;
}

static void gather_rep(struct policy_build *build, const struct policy_node *node,
                       struct standing standing, struct gathering *gathering)
{
    uint32_t rep = find_rep(build, node);
    if (rep == POLICY_NONE)
        return;
    if (gathering->named_in[rep] == gathering->pool)
        policy_report(build, node, "the member `%.*s` is listed twice; keep one",
                      POLICY_CLIP(node->text));
    gathering->named_in[rep] = gathering->pool;
    gather(gathering, rep, standing, true);
}

static void gather_team(struct policy_build *build, const struct policy_node *node,
                        struct standing standing, struct gathering *gathering)
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
    if (gathering->teams_in[team] == gathering->pool) {
        policy_report(build, node, "the team `%.*s` is listed twice; keep one", POLICY_CLIP(name));
        return;
    }
    gathering->teams_in[team] = gathering->pool;
    bool manned = false;
    for (uint32_t rep = 0; rep < build->release->rep_count; rep++)
        if (build->team_of[rep] == team) {
            gather(gathering, rep, standing, false);
            manned = true;
        }
    if (!manned)
        policy_report(build, node, "no rep in people.yaml is of the team `%.*s`",
                      POLICY_CLIP(name));
}

/* ---- weights and tiers */

static enum policy_strategy strategy_of(const struct policy_node *node,
                                        enum policy_strategy fallback)
{
    uint32_t strategy = policy_choice(policy_strategies, policy_node_text(node));
    return strategy == POLICY_NONE ? fallback : (enum policy_strategy)strategy;
}

static bool uses(const struct policy_pool *pool, enum policy_strategy strategy)
{
    return pool->strategy == strategy || pool->otherwise == strategy;
}

static void build_strategy(struct policy_build *build, const struct policy_node *node,
                           struct policy_pool *pool)
{
    const struct policy_node *otherwise = policy_node_get(node, "otherwise");
    pool->strategy = strategy_of(policy_node_get(node, "strategy"), POLICY_ROUND_ROBIN);
    pool->otherwise = pool->strategy == POLICY_STICKY ? strategy_of(otherwise, POLICY_ROUND_ROBIN)
                                                      : pool->strategy;
    if (pool->otherwise == POLICY_STICKY)
        pool->otherwise = POLICY_ROUND_ROBIN; /* reported: it is not among the choices */
    if (otherwise != NULL && pool->strategy != POLICY_STICKY)
        policy_report(build, otherwise,
                      "`otherwise` says who takes a lead that a sticky pool does not know; remove "
                      "it, or write `strategy: sticky`");
}

/* The least score of one tier; `above` is that of the tier before. */
static int64_t build_tier(struct policy_build *build, const struct policy_node *node, bool last,
                          int64_t above)
{
    const struct policy_node *least = policy_node_get(node, "min_score");
    if (last) {
        if (least != NULL)
            policy_report(build, least,
                          "the last tier takes every lead: remove its `min_score`, or add a tier "
                          "without one behind it");
        return INT64_MIN;
    }
    if (least == NULL) {
        if (node->kind == POLICY_NODE_OBJECT)
            policy_report(build, node,
                          "only the last tier is without `min_score`; say from which score on the "
                          "tier takes leads");
        return above;
    }
    if (least->kind != POLICY_NODE_INTEGER)
        return above; /* reported already */
    if (least->integer >= above)
        policy_report(build, least,
                      "the tiers must fall: `min_score` is %.*s here and no less than in the tier "
                      "before; put the best tier first",
                      POLICY_CLIP(least->text));
    return least->integer;
}

static bool check_tiers(struct policy_build *build, const struct policy_node *node,
                        const struct policy_node *list, bool wanted)
{
    if (list != NULL && !wanted)
        policy_report(build, list, "`tiers` are for `strategy: score_ordered`; remove them");
    if (list == NULL && wanted)
        policy_report(build, node,
                      "`strategy: score_ordered` needs `tiers`, such as [{name: senior, min_score: "
                      "100}, {name: junior}]");
    return wanted && list != NULL && list->kind == POLICY_NODE_LIST && list->count > 0 &&
           !policy_build_too_many(build, list, "tiers", POLICY_TIERS_MAX);
}

static void build_tiers(struct policy_build *build, const struct policy_node *node,
                        struct policy_pool *pool)
{
    static const int64_t every_score = INT64_MIN;
    const struct policy_node *list = policy_node_get(node, "tiers");
    pool->tier_scores = &every_score;
    pool->tier_count = 1;
    if (!check_tiers(build, node, list, uses(pool, POLICY_SCORE_ORDERED)))
        return;
    int64_t *scores = arena_array(build->arena, list->count, sizeof *scores);
    struct policy_index names;
    policy_index_init(&names, &build->scratch, list->count);
    const struct policy_item *item = list->items;
    for (size_t i = 0; item != NULL; i++, item = item->next) {
        const struct policy_node *name = policy_node_get(item->value, "name");
        if (policy_node_text(name).size > 0 &&
            policy_index_add(&names, name->text, 0) != POLICY_NONE)
            policy_report(build, name, "the tier `%.*s` is given twice; keep one",
                          POLICY_CLIP(name->text));
        scores[i] =
            build_tier(build, item->value, item->next == NULL, i == 0 ? INT64_MAX : scores[i - 1]);
    }
    pool->tier_scores = scores;
    pool->tier_count = list->count;
}

static uint32_t find_tier(struct policy_build *build, const struct policy_node *node,
                          const struct gathering *gathering, const struct policy_pool *pool)
{
    uint32_t last = (uint32_t)pool->tier_count - 1, at = 0;
    struct bytes name = policy_node_text(node);
    if (name.size == 0)
        return last;
    if (!uses(pool, POLICY_SCORE_ORDERED)) {
        policy_report(build, node, "`tier` is for `strategy: score_ordered`; remove it");
        return last;
    }
    const char **names = arena_array(&build->scratch, pool->tier_count + 1, sizeof *names);
    size_t count = 0;
    for (const struct policy_item *item = policy_node_items(gathering->tiers, POLICY_NODE_LIST);
         item != NULL && at < pool->tier_count; item = item->next, at++) {
        struct bytes tier = policy_node_text(policy_node_get(item->value, "name"));
        if (bytes_equal(tier, name))
            return at;
        if (tier.size > 0)
            names[count++] = arena_string(&build->scratch, tier);
    }
    if (count > 0)
        policy_report(build, node, "the pool has no tier `%.*s`%s", POLICY_CLIP(name),
                      policy_hint(build, name, names, count));
    return last;
}

static struct standing standing_of(struct policy_build *build, const struct policy_node *node,
                                   const struct gathering *gathering,
                                   const struct policy_pool *pool)
{
    const struct policy_node *weight = policy_node_get(node, "weight");
    struct standing standing = {
        .weight = 1,
        .tier = find_tier(build, policy_node_get(node, "tier"), gathering, pool),
    };
    if (weight == NULL)
        return standing;
    if (!uses(pool, POLICY_WEIGHTED))
        policy_report(build, weight, "`weight` is for `strategy: weighted`; remove it");
    if (weight->kind == POLICY_NODE_INTEGER && weight->integer >= 1 &&
        weight->integer <= POLICY_WEIGHT_MAX)
        standing.weight = (uint32_t)weight->integer;
    return standing;
}

/* ---- members */

static void gather_member(struct policy_build *build, const struct policy_node *node,
                          struct gathering *gathering, const struct policy_pool *pool)
{
    const struct policy_node *rep = policy_node_get(node, "rep");
    const struct policy_node *team = policy_node_get(node, "team");
    struct standing standing = standing_of(build, node, gathering, pool);
    if (node->kind == POLICY_NODE_TEXT)
        gather_rep(build, node, standing, gathering);
    else if (node->kind == POLICY_NODE_OBJECT && (rep != NULL) == (team != NULL))
        policy_report(build, node,
                      "a member is either {rep: …} or {team: …}; give exactly one of the two");
    else if (rep != NULL)
        gather_rep(build, rep, standing, gathering);
    else
        gather_team(build, team, standing, gathering);
}

/* A pool that could never hand a lead to anybody. */
static void check_capacity(struct policy_build *build, const struct policy_node *members,
                           const struct policy_pool *pool)
{
    for (size_t i = 0; i < pool->member_count; i++)
        if (build->release->reps[pool->members[i].rep].capacity > 0)
            return;
    if (build->from_files && pool->member_count > 0)
        policy_report(build, members,
                      "nobody in the pool `%s` has any capacity, so it never takes a lead; raise "
                      "somebody's `capacity` above 0",
                      pool->id);
}

static void build_members(struct policy_build *build, const struct policy_node *node,
                          struct gathering *gathering, struct policy_pool *pool)
{
    const struct policy_node *members = policy_node_get(node, "members");
    gathering->count = 0;
    gathering->pool++;
    gathering->tiers = policy_node_get(node, "tiers");
    for (const struct policy_item *item = policy_node_items(members, POLICY_NODE_LIST);
         item != NULL; item = item->next)
        gather_member(build, item->value, gathering, pool);
    bool fitted = build->membership_count <= MEMBERSHIPS_MAX;
    build->membership_count += gathering->count;
    if (build->membership_count > MEMBERSHIPS_MAX) {
        if (fitted)
            policy_report(build, node, "with this the pools have more than %d members in all",
                          MEMBERSHIPS_MAX);
        return;
    }
    struct policy_membership *copy = arena_array(build->arena, gathering->count, sizeof *copy);
    if (gathering->count > 0)
        memcpy(copy, gathering->members, gathering->count * sizeof *copy);
    pool->members = copy;
    pool->member_count = gathering->count;
    check_capacity(build, members, pool);
}

/* ---- what happens when nobody can */

static void build_on_call(struct policy_build *build, const struct policy_node *list,
                          struct policy_pool *pool)
{
    const struct policy_item *item = policy_node_items(list, POLICY_NODE_LIST);
    if (item == NULL || policy_build_too_many(build, list, "reps on call", POLICY_ON_CALL_MAX))
        return;
    uint32_t *reps = arena_array(build->arena, list->count, sizeof *reps);
    for (; item != NULL; item = item->next) {
        uint32_t rep = find_rep(build, item->value);
        bool doubled = false;
        for (size_t i = 0; i < pool->on_call_count; i++)
            doubled = doubled || reps[i] == rep;
        if (rep == POLICY_NONE)
            continue;
        if (doubled)
            policy_report(build, item->value, "`%.*s` is on call twice; keep one",
                          POLICY_CLIP(item->value->text));
        else if (build->from_files && build->release->reps[rep].capacity == 0)
            policy_report(build, item->value,
                          "`%.*s` is on call with a capacity of 0 and takes no lead; raise it",
                          POLICY_CLIP(item->value->text));
        reps[pool->on_call_count++] = rep;
    }
    pool->on_call = reps;
}

static enum policy_relief relief_of(struct policy_build *build, const struct policy_node *node,
                                    bool overflow)
{
    uint32_t relief = policy_choice(policy_reliefs, policy_node_text(node));
    if (relief == POLICY_RELIEF_OVERFLOW && !overflow)
        policy_report(build, node,
                      "the pool has no `overflow`; name the pool that leads overflow to, or write "
                      "`wait`");
    if (relief != POLICY_NONE)
        return (enum policy_relief)relief;
    return overflow ? POLICY_RELIEF_OVERFLOW : POLICY_RELIEF_WAIT;
}

static void build_relief(struct policy_build *build, const struct policy_node *node,
                         struct policy_pool *pool)
{
    const struct policy_node *overflow = policy_node_get(node, "overflow");
    const struct policy_node *off_duty = policy_node_get(node, "off_duty");
    const struct policy_node *on_call = policy_node_get(node, "on_call");
    pool->overflow = POLICY_NONE; /* the name is looked up when all pools are known */
    pool->off_duty = relief_of(build, off_duty, overflow != NULL);
    pool->full = relief_of(build, policy_node_get(node, "full"), overflow != NULL);
    if (pool->full == POLICY_RELIEF_ON_CALL)
        pool->full = POLICY_RELIEF_WAIT; /* reported: it is not among the choices */
    build_on_call(build, on_call, pool);
    if (pool->off_duty == POLICY_RELIEF_ON_CALL && on_call == NULL)
        policy_report(build, off_duty, "nobody is on call; list the reps under `on_call`");
    if (pool->off_duty != POLICY_RELIEF_ON_CALL && on_call != NULL)
        policy_report(build, on_call,
                      "nobody here is ever called; write `off_duty: on_call`, or remove the list");
    if (overflow != NULL && pool->off_duty != POLICY_RELIEF_OVERFLOW &&
        pool->full != POLICY_RELIEF_OVERFLOW)
        policy_report(build, overflow,
                      "no lead ever overflows: neither `off_duty` nor `full` is `overflow`; change "
                      "one, or remove this");
}

static struct policy_pool build_pool(struct policy_build *build, const struct policy_node *node,
                                     struct gathering *gathering)
{
    struct policy_pool pool = {
        .id = policy_build_text(build, policy_node_get(node, "id")),
        .title = policy_build_text(build, policy_node_get(node, "title")),
        .team = policy_build_people_team(build, policy_node_get(node, "team")),
        .calendar = policy_build_calendar(build, policy_node_get(node, "calendar")),
    };
    if (pool.title[0] == '\0')
        pool.title = pool.id;
    build_strategy(build, node, &pool);
    build_tiers(build, node, &pool);
    build_members(build, node, gathering, &pool);
    build_relief(build, node, &pool);
    return pool;
}

/* ---- overflow chains */

uint32_t policy_build_pool(struct policy_build *build, const struct policy_node *node)
{
    const struct policy_release *release = build->release;
    struct bytes id = policy_node_text(node);
    uint32_t pool = id.size == 0 ? POLICY_NONE : policy_pool_find(release, id);
    if (id.size == 0 || pool != POLICY_NONE || release->pool_count == 0 ||
        policy_report_full(build))
        return pool;
    const char **ids = arena_array(&build->scratch, release->pool_count + 1, sizeof *ids);
    for (size_t i = 0; i < release->pool_count; i++)
        ids[i] = release->pools[i].id;
    policy_report(build, node, "no pool `%.*s` in pools.yaml%s", POLICY_CLIP(id),
                  policy_hint(build, id, ids, release->pool_count));
    return POLICY_NONE;
}

/* "a → b → a", from the pool `at` around. */
static const char *name_cycle(struct policy_build *build, const struct policy_pool *pools,
                              uint32_t start)
{
    const char *names = pools[start].id;
    uint32_t at = pools[start].overflow;
    for (size_t i = 0; i < POLICY_OVERFLOW_MAX && at != start; i++, at = pools[at].overflow)
        names = arena_printf(&build->scratch, "%s → %s", names, pools[at].id);
    return arena_printf(&build->scratch, "%s → %s", names, at == start ? pools[start].id : "…");
}

/* Each pool has at most one overflow, so every walk ends or runs into a cycle; the walk that a pool
 * was last seen in tells the two apart, and each cycle is found once. */
static void check_chains(struct policy_build *build, struct policy_pool *pools, size_t count)
{
    uint32_t *walk = arena_array(&build->scratch, count, sizeof *walk);
    uint32_t *length = arena_array(&build->scratch, count, sizeof *length);
    uint32_t *chain = arena_array(&build->scratch, count, sizeof *chain);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t at = i, steps = 0;
        while (at != POLICY_NONE && walk[at] == 0) {
            walk[at] = i + 1;
            chain[steps++] = at;
            at = pools[at].overflow;
        }
        if (at != POLICY_NONE && walk[at] == i + 1) {
            const struct policy_node *node = policy_node_get(build->pool_nodes[at], "overflow");
            policy_report(build, node, "the overflow goes in a circle: %s; break it at one pool",
                          name_cycle(build, pools, at));
            pools[at].overflow = POLICY_NONE;
            at = POLICY_NONE;
        }
        uint32_t behind = at == POLICY_NONE ? 0 : length[at];
        while (steps > 0) {
            length[chain[--steps]] = ++behind;
            if (behind == POLICY_OVERFLOW_MAX + 1)
                policy_report(build, policy_node_get(build->pool_nodes[chain[steps]], "overflow"),
                              "from `%s` on the overflow passes more than %d pools; shorten the "
                              "chain",
                              pools[chain[steps]].id, POLICY_OVERFLOW_MAX);
        }
    }
}

/* ---- all pools */

static struct gathering new_gathering(struct policy_build *build)
{
    size_t count = build->release->rep_count;
    struct arena *scratch = &build->scratch;
    return (struct gathering){
        .members = arena_array(scratch, count, sizeof(struct policy_membership)),
        .place = arena_array(scratch, count, sizeof(uint32_t)),
        .seen_in = arena_array(scratch, count, sizeof(uint32_t)),
        .named_in = arena_array(scratch, count, sizeof(uint32_t)),
        .teams_in = arena_array(scratch, build->team_count, sizeof(uint32_t)),
    };
}

void policy_build_pools(struct policy_build *build)
{
    struct policy_index *index = &((struct policy_block *)build->release)->pools;
    const struct policy_node *list = policy_node_get(build->pools, "pools");
    const struct policy_item *item = policy_node_items(list, POLICY_NODE_LIST);
    size_t count = item == NULL ? 0 : list->count;
    if (item != NULL && policy_build_too_many(build, list, "pools", POLICY_POOLS_MAX))
        count = POLICY_POOLS_MAX;
    struct policy_pool *pools = arena_array(build->arena, count, sizeof *pools);
    const struct policy_node **nodes = arena_array(&build->scratch, count, sizeof *nodes);
    struct gathering gathering = new_gathering(build);
    policy_index_init(index, build->arena, count);
    size_t used = 0;
    for (size_t i = 0; i < count; i++, item = item->next) {
        const struct policy_node *id = policy_node_get(item->value, "id");
        if (policy_node_text(id).size == 0)
            continue;
        pools[used] = build_pool(build, item->value, &gathering);
        uint32_t taken = policy_index_add(index, bytes_of(pools[used].id), (uint32_t)used);
        if (taken == POLICY_NONE)
            nodes[used++] = item->value;
        else
            policy_report(build, id, "the pool id `%.*s` is given twice; first on line %u",
                          POLICY_CLIP(id->text),
                          policy_node_place(policy_node_get(nodes[taken], "id")).line);
    }
    build->release->pools = pools;
    build->release->pool_count = used;
    build->pool_nodes = nodes;
    for (size_t i = 0; i < used; i++)
        pools[i].overflow = policy_build_pool(build, policy_node_get(nodes[i], "overflow"));
    check_chains(build, pools, used);
}
