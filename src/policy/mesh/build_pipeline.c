/* pipelines/ → classes with what they promise, and score; expressions compiled. */
#include "policy/internal.h"

#include "base/time.h"

#define ACKNOWLEDGED_DEFAULT_US TIME_US_PER_DAY

static void build_score(struct policy_build *build)
{
    const struct policy_node *node = policy_node_get(build->pipeline, "score");
    struct policy_release *release = build->release;
    release->score = policy_expression_build(build, node, NULL, &release->score_text);
    if (release->score == NULL)
        return;
    enum cel_type_kind kind = cel_program_type(release->score)->kind;
    if (kind != CEL_TYPE_INT && kind != CEL_TYPE_DOUBLE && kind != CEL_TYPE_DYN)
        policy_report(build, node, "the score must be a number; `%.*s` is none",
                      POLICY_CLIP(node->text));
}

int64_t policy_build_duration(const struct policy_node *node)
{
    int64_t duration_us;
    struct bytes text = policy_node_text(node);
    return text.size > 0 && duration_parse(text, &duration_us, NULL) == 0 ? duration_us : 0;
}

int64_t policy_build_timer(struct policy_build *build, const struct policy_node *node,
                           const char *key)
{
    int64_t duration_us = policy_build_duration(node);
    if (node == NULL || duration_us == 0 || duration_us >= POLICY_TICK_US || !build->from_files)
        return duration_us;
    policy_report(build, node, "`%s` must be at least 1s, which is what timers keep, got `%.*s`",
                  key, POLICY_CLIP(node->text));
    return 0;
}

/* ---- objectives */

/* False for anything but `business`. */
static bool is_business(const struct policy_node *clock)
{
    return bytes_is(policy_node_text(clock), "business");
}

static void check_business(struct policy_build *build, const struct policy_node *clock,
                           enum policy_objective objective)
{
    if (!build->from_files || !is_business(clock))
        return;
    if (objective == POLICY_ENRICHED)
        policy_report(build, clock,
                      "enrichment answers at any hour: `enriched` is on the wall clock; remove "
                      "this");
    else if (policy_node_get(build->pipeline, "calendar") == NULL)
        policy_report(build, clock,
                      "business hours need a calendar where neither the owner nor the pool has "
                      "one: give the pipeline a `calendar` of people.yaml");
}

static void build_promise(struct policy_build *build, const struct policy_node *objectives,
                          enum policy_objective objective, struct policy_promise *promise)
{
    const char *key = policy_objective_name(objective);
    const struct policy_node *node = policy_node_get(objectives, key);
    const struct policy_node *own = policy_node_get(node, "clock");
    const struct policy_node *within =
        node != NULL && node->kind == POLICY_NODE_OBJECT ? policy_node_get(node, "within") : node;
    const struct policy_node *clock = own != NULL ? own : policy_node_get(objectives, "clock");
    promise->within_us = policy_build_timer(build, within, key);
    promise->business = node != NULL && is_business(clock) && objective != POLICY_ENRICHED;
    if (node != NULL && (own != NULL || objective != POLICY_ENRICHED))
        check_business(build, clock, objective);
}

static void build_class(struct policy_build *build, const struct policy_node *node,
                        struct policy_class *entry)
{
    const struct policy_node *objectives = policy_node_get(node, "objectives");
    const struct policy_node *acknowledgement = policy_node_get(node, "acknowledgement");
    entry->name = policy_build_text(build, policy_node_get(node, "name"));
    entry->return_after_us = policy_build_duration(policy_node_get(node, "return_after"));
    entry->acknowledged_us = acknowledgement == NULL
                                 ? ACKNOWLEDGED_DEFAULT_US
                                 : policy_build_timer(build, acknowledgement, "acknowledgement");
    for (int o = 0; o < POLICY_OBJECTIVES; o++)
        build_promise(build, objectives, (enum policy_objective)o, &entry->objectives[o]);
    entry->when = policy_expression_build(build, policy_node_get(node, "when"), &policy_type_bool,
                                          &entry->when_text);
}

static void build_classes(struct policy_build *build)
{
    const struct policy_node *list = policy_node_get(build->pipeline, "classes");
    const struct policy_item *item = policy_node_items(list, POLICY_NODE_LIST);
    size_t count = item == NULL ? 0 : list->count;
    if (item != NULL && policy_build_too_many(build, list, "classes", POLICY_CLASSES_MAX))
        count = POLICY_CLASSES_MAX;
    struct policy_class *classes = arena_array(build->arena, count, sizeof *classes);
    const struct policy_node **nodes = arena_array(&build->scratch, count, sizeof *nodes);
    struct policy_ladder ladder;
    policy_ladder_init(build, &ladder, "class", count);
    for (size_t i = 0; i < count; i++, item = item->next) {
        nodes[i] = item->value;
        classes[i].urgency = (uint32_t)i;
        build_class(build, nodes[i], &classes[i]);
        policy_ladder_add(build, &ladder, i, nodes[i], policy_node_get(nodes[i], "when"));
    }
    policy_ladder_finish(build, &ladder);
    policy_build_escalations(build, classes, nodes, count);
    build->release->classes = classes;
    build->release->class_count = count;
}

void policy_build_pipeline(struct policy_build *build)
{
    const struct policy_node *owner = policy_node_get(build->pipeline, "owner");
    build->release->pipeline =
        policy_build_text(build, policy_node_get(build->pipeline, "pipeline"));
    build->release->owner = policy_build_text(build, owner);
    policy_build_owner(build, owner);
    build->release->calendar =
        policy_build_calendar(build, policy_node_get(build->pipeline, "calendar"));
    policy_build_exceptions(build);
    build_classes(build);
    build_score(build);
    policy_build_routes(build);
    policy_build_enrichment(build);
    policy_build_surge(build);
    policy_check_exceptions(build);
    policy_check_escalations(build);
}
