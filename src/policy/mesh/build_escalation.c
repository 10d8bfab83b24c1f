/* Escalation ladders: the class's own, else the pipeline's, else a built-in one for what the class
 * promises. Steps that can never be reached are mistakes. */
#include "policy/internal.h"

#include "base/time.h"

#define PATIENCE_US (INT64_C(600) * TIME_US_PER_SECOND) /* of the built-in ladder, at least */
#define LONGEST_US (366 * TIME_US_PER_DAY)

/* The steps of one list, by objective. */
struct steps {
    struct policy_step items[POLICY_OBJECTIVES][POLICY_STEPS_MAX];
    const struct policy_node *nodes[POLICY_OBJECTIVES][POLICY_STEPS_MAX];
    size_t count[POLICY_OBJECTIVES];
};

/* ---- one step */

static bool is_true(const struct policy_node *node)
{
    return node != NULL && node->kind == POLICY_NODE_BOOLEAN && node->boolean;
}

/* When, against the moment the objective is missed: parts of it lie before, delays behind. */
static int64_t moment_of(const struct policy_step *step)
{
    return step->percent > 0 ? (int64_t)step->percent - 100 : step->after_us;
}

/* False, reported, when that is not said. */
static bool read_moment(struct policy_build *build, const struct policy_node *node,
                        struct policy_step *step)
{
    const struct policy_node *at = policy_node_get(node, "at");
    const struct policy_node *after = policy_node_get(node, "after");
    int64_t share = 0;
    if ((at != NULL) == (after != NULL)) {
        policy_report(build, node,
                      "say when: `at` a part of the objective, such as 50%%, or `after` it was "
                      "missed, such as 10m; exactly one of the two");
        return false;
    }
    step->after_us = policy_build_duration(after);
    if (at == NULL)
        return true;
    if (!policy_hundredths_parse(policy_node_text(at), "%", &share) || share > 10000)
        return false; /* reported already */
    step->percent = (uint32_t)(share / 100);
    if (share >= 100 && share % 100 == 0)
        return true;
    policy_report(build, at,
                  "`at` must be from 1%% to 100%% of the objective without decimals, got `%.*s`",
                  POLICY_CLIP(at->text));
    return false;
}

static void check_companions(struct policy_build *build, const struct policy_node *node,
                             enum policy_action action)
{
    static const struct {
        const char *key, *of;
        unsigned actions;
    } table[] = {
        {"pool", "overflow", 1u << POLICY_OVERFLOW},
        {"team", "notify` or `exception", 1u << POLICY_NOTIFY | 1u << POLICY_EXCEPT},
        {"within", "exception", 1u << POLICY_EXCEPT},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const struct policy_node *stranger = policy_node_get(node, table[i].key);
        if (stranger != NULL && (table[i].actions >> action & 1) == 0)
            policy_report(build, stranger, "`%s` goes with `%s`; remove it", table[i].key,
                          table[i].of);
    }
}

static bool any_overflow(const struct policy_release *release)
{
    for (size_t i = 0; i < release->pool_count; i++)
        if (release->pools[i].overflow != POLICY_NONE)
            return true;
    return release->pool_count == 0; /* reported as such */
}

/* False when it is not known what the step does, and when, which is reported. */
static bool read_step(struct policy_build *build, const struct policy_node *node,
                      struct policy_step *step, enum policy_objective *ret_objective)
{
    const struct policy_node *what = policy_node_get(node, "do");
    const struct policy_node *pool = policy_node_get(node, "pool");
    const struct policy_node *objective = policy_node_get(node, "objective");
    uint32_t action = policy_choice(policy_actions, policy_node_text(what));
    uint32_t pushed = objective == NULL
                          ? POLICY_CONTACTED
                          : policy_choice(policy_objectives, policy_node_text(objective));
    if (action == POLICY_NONE || pushed == POLICY_NONE || pushed == POLICY_ENRICHED)
        return false;
    *ret_objective = (enum policy_objective)pushed;
    *step = (struct policy_step){
        .action = (enum policy_action)action,
        .on_duty = is_true(policy_node_get(node, "on_duty")),
        .pool = policy_build_pool(build, pool),
        .team = policy_build_team(build, policy_node_get(node, "team")),
        .within_us = policy_build_timer(build, policy_node_get(node, "within"), "within"),
    };
    bool timed = read_moment(build, node, step);
    check_companions(build, node, step->action);
    if (build->from_files && pushed == POLICY_ASSIGNED &&
        (step->action == POLICY_REMIND || step->action == POLICY_TAKE_BACK))
        policy_report(build, what,
                      "`%s` asks the owner, and until the lead is assigned there is none; write "
                      "`notify`, `overflow` or `exception`",
                      policy_action_name(step->action));
    if (build->from_files && step->action == POLICY_OVERFLOW && pool == NULL &&
        !any_overflow(build->release))
        policy_report(build, what, "no pool has an `overflow`; say into which `pool`");
    return timed;
}

/* ---- the steps before it */

static bool same_act(const struct policy_step *a, const struct policy_step *b)
{
    return a->action == b->action && a->pool == b->pool && strcmp(a->team, b->team) == 0;
}

static void check_order(struct policy_build *build, const struct policy_node *node,
                        const struct policy_step *step, const struct steps *steps,
                        enum policy_objective objective)
{
    size_t count = steps->count[objective];
    for (size_t i = 0; i < count; i++) {
        const struct policy_step *before = &steps->items[objective][i];
        unsigned line = policy_node_place(steps->nodes[objective][i]).line;
        if (before->action == POLICY_EXCEPT) {
            policy_report(build, node,
                          "never reached: the exception on line %u ends the ladder of `%s`; put "
                          "this before it, or into the fallback of `objective_late`",
                          line, policy_objective_name(objective));
            return;
        }
        if (moment_of(before) == moment_of(step) && same_act(before, step)) {
            policy_report(build, node, "the same step as on line %u, at the same time; keep one",
                          line);
            return;
        }
        if (before->action == POLICY_OVERFLOW && same_act(before, step) &&
            step->pool != POLICY_NONE) {
            policy_report(build, node,
                          "never does anything: the step on line %u has moved the lead into `%s` "
                          "already",
                          line, build->release->pools[step->pool].id);
            return;
        }
    }
    if (count > 0 && moment_of(&steps->items[objective][count - 1]) > moment_of(step))
        policy_report(build, node,
                      "the steps of `%s` must stand in the order of time: this one comes before "
                      "that on line %u",
                      policy_objective_name(objective),
                      policy_node_place(steps->nodes[objective][count - 1]).line);
}

static void read_list(struct policy_build *build, const struct policy_node *list,
                      struct steps *steps)
{
    for (const struct policy_item *item = policy_node_items(list, POLICY_NODE_LIST); item != NULL;
         item = item->next) {
        struct policy_step step;
        enum policy_objective objective;
        if (!read_step(build, item->value, &step, &objective))
            continue;
        if (build->from_files)
            check_order(build, item->value, &step, steps, objective);
        size_t count = steps->count[objective];
        if (count == POLICY_STEPS_MAX) {
            policy_report(build, item->value, "more than %d steps of `%s`; that is the most",
                          POLICY_STEPS_MAX, policy_objective_name(objective));
            return;
        }
        steps->nodes[objective][count] = item->value;
        steps->items[objective][count] = step;
        steps->count[objective]++;
    }
}

/* ---- the ladders of the classes */

static void give(struct policy_build *build, const struct steps *steps, struct policy_class *entry)
{
    for (size_t o = 0; o < POLICY_OBJECTIVES; o++) {
        if (entry->objectives[o].within_us == 0 || steps->count[o] == 0)
            continue;
        size_t size = steps->count[o] * sizeof steps->items[o][0];
        struct policy_step *copy = arena_array(build->arena, steps->count[o], sizeof *copy);
        memcpy(copy, steps->items[o], size);
        entry->ladders[o] = (struct policy_escalation){copy, steps->count[o]};
    }
}

static unsigned promised(const struct policy_class *entry)
{
    unsigned objectives = 0;
    for (size_t o = 0; o < POLICY_OBJECTIVES; o++)
        objectives |= entry->objectives[o].within_us > 0 ? 1u << o : 0;
    return objectives;
}

/* Steps of objectives that nobody who climbs this ladder promises. `name`: the one class that it is
 * of; NULL: the pipeline's. */
static void check_promised(struct policy_build *build, const struct steps *steps,
                           unsigned objectives, const char *name)
{
    for (size_t o = 0; o < POLICY_OBJECTIVES && build->from_files; o++) {
        const char *objective = policy_objective_name((enum policy_objective)o);
        if (steps->count[o] == 0 || (objectives >> o & 1) != 0)
            continue;
        if (name != NULL)
            policy_report(build, steps->nodes[o][0],
                          "never reached: the class `%s` does not promise `%s`; add it to its "
                          "`objectives`, or remove the step",
                          name, objective);
        else
            policy_report(build, steps->nodes[o][0],
                          "never reached: no class that climbs this ladder promises `%s`; add it "
                          "to the `objectives` of one, or remove the step",
                          objective);
    }
}

static int64_t at_most(int64_t time_us)
{
    return time_us < LONGEST_US ? time_us : LONGEST_US;
}

/* What is done about a promise of which the mesh does not say more. */
static void give_default(struct policy_build *build, struct policy_class *entry)
{
    int64_t contacted_us = entry->objectives[POLICY_CONTACTED].within_us;
    int64_t assigned_us = entry->objectives[POLICY_ASSIGNED].within_us;
    int64_t patience_us = contacted_us < PATIENCE_US ? PATIENCE_US : contacted_us;
    struct steps *steps = arena_zalloc(&build->scratch, sizeof *steps);
    const struct policy_step step = {.pool = POLICY_NONE, .team = ""};
    struct policy_step *contacted = steps->items[POLICY_CONTACTED];
    struct policy_step *assigned = steps->items[POLICY_ASSIGNED];
    for (size_t i = 0; i < 4; i++)
        contacted[i] = assigned[i] = step;
    contacted[0].action = POLICY_REMIND;
    contacted[0].percent = 50;
    contacted[1].action = POLICY_NOTIFY;
    contacted[1].percent = 100;
    contacted[2].action = POLICY_TAKE_BACK;
    contacted[2].after_us = at_most(patience_us);
    contacted[3].action = POLICY_EXCEPT;
    contacted[3].after_us = at_most(3 * patience_us);
    assigned[0].action = POLICY_NOTIFY;
    assigned[1].action = POLICY_EXCEPT;
    assigned[1].after_us = at_most(3 * assigned_us < PATIENCE_US ? PATIENCE_US : 3 * assigned_us);
    steps->count[POLICY_CONTACTED] = 4;
    steps->count[POLICY_ASSIGNED] = 2;
    give(build, steps, entry);
}

void policy_build_escalations(struct policy_build *build, struct policy_class *classes,
                              const struct policy_node *const *nodes, size_t count)
{
    const struct policy_node *common = policy_node_get(build->pipeline, "escalation");
    struct steps *steps = arena_zalloc(&build->scratch, sizeof *steps);
    unsigned climbing = 0;
    bool shared = false;
    read_list(build, common, steps);
    for (size_t i = 0; i < count; i++) {
        const struct policy_node *list = policy_node_get(nodes[i], "escalation");
        if (list != NULL) {
            struct steps *own = arena_zalloc(&build->scratch, sizeof *own);
            read_list(build, list, own);
            check_promised(build, own, promised(&classes[i]), classes[i].name);
            give(build, own, &classes[i]);
        } else if (common != NULL) {
            climbing |= promised(&classes[i]);
            shared = true;
            give(build, steps, &classes[i]);
        } else if (build->from_files) {
            give_default(build, &classes[i]);
        }
    }
    if (shared)
        check_promised(build, steps, climbing, NULL);
    else if (common != NULL && common->count > 0 && count > 0 && build->from_files)
        policy_report(build, common,
                      "never climbed: every class has an `escalation` of its own; remove this one");
}

/* ---- circles */

static bool overflows_into(const struct policy_pool *pools, uint32_t from, uint32_t to)
{
    uint32_t at = from;
    for (size_t i = 0; i <= POLICY_OVERFLOW_MAX && at != POLICY_NONE; i++, at = pools[at].overflow)
        if (i > 0 && at == to)
            return true;
    return false;
}

/* A step into a pool that gives the lead on to where it came from. */
static void check_circle(struct policy_build *build, const struct policy_node *node,
                         const struct policy_node *list)
{
    const struct policy_release *release = build->release;
    const struct policy_node *into = policy_node_get(node, "pool");
    uint32_t pool =
        policy_node_text(into).size == 0 ? POLICY_NONE : policy_pool_find(release, into->text);
    if (pool == POLICY_NONE || !bytes_is(policy_node_text(policy_node_get(node, "do")), "overflow"))
        return;
    for (size_t i = 0; i < release->route_count; i++) {
        const struct policy_route *route = &release->routes[i];
        if (route->target == POLICY_TO_POOL && route->target_index != POLICY_NONE &&
            overflows_into(release->pools, pool, route->target_index)) {
            policy_report(build, into,
                          "the overflow goes in a circle: leads of the route `%s` are in `%s`, "
                          "this step moves them into `%s`, and that overflows into `%s` again",
                          route->name, release->pools[route->target_index].id,
                          release->pools[pool].id, release->pools[route->target_index].id);
            return;
        }
    }
    for (const struct policy_item *item = policy_node_items(list, POLICY_NODE_LIST);
         item != NULL && item->value != node; item = item->next) {
        struct bytes other = policy_node_text(policy_node_get(item->value, "pool"));
        uint32_t before = other.size == 0 ? POLICY_NONE : policy_pool_find(release, other);
        if (before != POLICY_NONE && overflows_into(release->pools, pool, before)) {
            policy_report(build, into,
                          "the overflow goes in a circle: the step on line %u moves leads into "
                          "`%s`, this one into `%s`, and that overflows into `%s` again",
                          policy_node_place(item->value).line, release->pools[before].id,
                          release->pools[pool].id, release->pools[before].id);
            return;
        }
    }
}

static void check_circles(struct policy_build *build, const struct policy_node *list)
{
    for (const struct policy_item *item = policy_node_items(list, POLICY_NODE_LIST); item != NULL;
         item = item->next)
        check_circle(build, item->value, list);
}

void policy_check_escalations(struct policy_build *build)
{
    if (!build->from_files)
        return;
    check_circles(build, policy_node_get(build->pipeline, "escalation"));
    for (const struct policy_item *item =
             policy_node_items(policy_node_get(build->pipeline, "classes"), POLICY_NODE_LIST);
         item != NULL; item = item->next)
        check_circles(build, policy_node_get(item->value, "escalation"));
}
