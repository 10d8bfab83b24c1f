/* pipelines/ → classes and score, with their expressions compiled. */
#include "policy/internal.h"

#include "base/time.h"

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

static void build_classes(struct policy_build *build)
{
    const struct policy_node *list = policy_node_get(build->pipeline, "classes");
    const struct policy_item *item = policy_node_items(list, POLICY_NODE_LIST);
    size_t count = item == NULL ? 0 : list->count;
    if (item != NULL && policy_build_too_many(build, list, "classes", POLICY_CLASSES_MAX))
        count = POLICY_CLASSES_MAX;
    struct policy_class *classes = arena_array(build->arena, count, sizeof *classes);
    struct policy_ladder ladder;
    policy_ladder_init(build, &ladder, "class", count);
    for (size_t i = 0; i < count; i++, item = item->next) {
        const struct policy_node *node = item->value;
        const struct policy_node *objectives = policy_node_get(node, "objectives");
        classes[i] = (struct policy_class){
            .name = policy_build_text(build, policy_node_get(node, "name")),
            .urgency = (uint32_t)i,
            .return_after_us = policy_build_duration(policy_node_get(node, "return_after")),
        };
        for (int o = 0; o < POLICY_OBJECTIVES; o++)
            classes[i].objectives[o].within_us = policy_build_duration(
                policy_node_get(objectives, policy_objective_name((enum policy_objective)o)));
        classes[i].when = policy_expression_build(build, policy_node_get(node, "when"),
                                                  &policy_type_bool, &classes[i].when_text);
        policy_ladder_add(build, &ladder, i, node, policy_node_get(node, "when"));
    }
    policy_ladder_finish(build, &ladder);
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
    build->release->exceptions = policy_standard_exceptions;
    build->release->exception_count = policy_standard_exception_count;
    build_classes(build);
    build_score(build);
    policy_build_routes(build);
}
