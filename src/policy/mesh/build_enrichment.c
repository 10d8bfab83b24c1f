/* The pipeline's enrichment → whom to ask of a lead, in which order, and what may follow from it.
 */
#include "policy/internal.h"

/* A lead can be held for what is about it. */
static void check_hold(struct policy_build *build, const struct policy_node *node)
{
    const struct policy_release *release = build->release;
    struct bytes kind = policy_node_text(node);
    const char *names[POLICY_KINDS_MAX];
    if (kind.size == 0)
        return;
    for (size_t i = 0; i < release->exception_count; i++) {
        names[i] = release->exceptions[i].kind;
        if (!bytes_is(kind, names[i]))
            continue;
        if (policy_exception_of_no_lead(kind))
            policy_report(build, node,
                          "`%.*s` is about no single lead and cannot hold one; write a kind such "
                          "as fraud_suspected",
                          POLICY_CLIP(kind));
        return;
    }
    const char *hint = policy_hint(build, kind, names, release->exception_count);
    policy_report(build, node, "there is no kind of exceptions `%.*s`%s", POLICY_CLIP(kind),
                  hint[0] != '\0' ? hint : "; add it to `exceptions` of the pipeline");
}

static void check_verdict(struct policy_build *build, const struct policy_node *hold,
                          uint32_t provider)
{
    const struct policy_release *release = build->release;
    if (hold == NULL || provider == POLICY_NONE || !build->from_files)
        return;
    if (policy_destination_expression(&release->destinations[provider], "verdict") == NULL)
        policy_report(build, hold,
                      "the provider `%s` gives no `verdict`, so it never holds a lead; add one to "
                      "providers/%s.yaml",
                      release->destinations[provider].name, release->destinations[provider].name);
}

static void build_steps(struct policy_build *build, const struct policy_node *list)
{
    const struct policy_item *item = policy_node_items(list, POLICY_NODE_LIST);
    struct policy_enrichment *enrichment = &build->release->enrichment;
    if (item == NULL ||
        policy_build_too_many(build, list, "steps of enrichment", POLICY_PROVIDER_STEPS_MAX))
        return;
    struct policy_provider_step *steps = arena_array(build->arena, list->count, sizeof *steps);
    enrichment->steps = steps;
    for (; item != NULL; item = item->next) {
        const struct policy_node *name = item->value->kind == POLICY_NODE_OBJECT
                                             ? policy_node_get(item->value, "provider")
                                             : item->value;
        const struct policy_node *hold = policy_node_get(item->value, "hold");
        struct policy_provider_step *step = &steps[enrichment->step_count];
        step->provider = policy_build_destination(build, name, true);
        if (step->provider == POLICY_NONE)
            continue;
        step->when = policy_expression_build(build, policy_node_get(item->value, "when"),
                                             &policy_type_bool, &step->when_text);
        step->hold = policy_build_text(build, hold);
        check_hold(build, hold);
        check_verdict(build, hold, step->provider);
        enrichment->step_count++;
    }
}

static void build_reroute(struct policy_build *build, const struct policy_node *node)
{
    struct policy_reroute *reroute = &build->release->enrichment.reroute;
    const struct policy_node *specific = policy_node_get(node, "more_specific");
    reroute->allowed = node != NULL && node->kind == POLICY_NODE_OBJECT;
    if (!reroute->allowed)
        return;
    reroute->within_us = policy_build_timer(build, policy_node_get(node, "within"), "within");
    reroute->more_specific =
        specific == NULL || specific->kind != POLICY_NODE_BOOLEAN || specific->boolean;
}

void policy_build_enrichment(struct policy_build *build)
{
    const struct policy_node *node = policy_node_get(build->pipeline, "enrichment");
    build_steps(build, policy_node_get(node, "providers"));
    build_reroute(build, policy_node_get(node, "reroute"));
}

bool policy_enrichment_holds(const struct policy_release *release, struct bytes kind)
{
    for (size_t i = 0; i < release->enrichment.step_count; i++)
        if (bytes_is(kind, release->enrichment.steps[i].hold))
            return true;
    return false;
}
