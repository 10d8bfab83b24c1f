/* A list of named entries that are asked in order, of which the last takes everything: classes and
 * routes. Finds doubled names, entries behind a catch-all, and a list without one. */
#include "policy/internal.h"

void policy_ladder_init(struct policy_build *build, struct policy_ladder *ladder, const char *entry,
                        size_t count)
{
    *ladder = (struct policy_ladder){.entry = entry};
    ladder->name_nodes = arena_array(&build->scratch, count, sizeof *ladder->name_nodes);
    policy_index_init(&ladder->names, &build->scratch, count);
}

void policy_ladder_add(struct policy_build *build, struct policy_ladder *ladder, size_t at,
                       const struct policy_node *node, const struct policy_node *condition)
{
    const struct policy_node *name = policy_node_get(node, "name");
    ladder->last = node;
    ladder->last_condition = condition;
    ladder->name_nodes[at] = name;
    if (policy_node_text(name).size > 0) {
        uint32_t taken = policy_index_add(&ladder->names, name->text, (uint32_t)at);
        if (taken != POLICY_NONE)
            policy_report(build, name, "the %s name `%.*s` is given twice; first on line %u",
                          ladder->entry, POLICY_CLIP(name->text),
                          policy_node_place(ladder->name_nodes[taken]).line);
    }
    if (ladder->catch_all != NULL) {
        if (ladder->unreachable++ == 0)
            ladder->first_unreachable = node;
    } else if (condition == NULL) {
        ladder->catch_all = node;
    }
}

void policy_ladder_finish(struct policy_build *build, const struct policy_ladder *ladder)
{
    if (ladder->last == NULL)
        return;
    if (ladder->unreachable > 0) {
        struct bytes name = policy_node_text(policy_node_get(ladder->catch_all, "name"));
        policy_report(build, ladder->first_unreachable,
                      "never reached, with all that follows: the %s `%.*s` on line %u has no "
                      "`when` and takes every lead; move it to the end or give it a `when`",
                      ladder->entry, POLICY_CLIP(name), policy_node_place(ladder->catch_all).line);
    } else if (ladder->catch_all == NULL) {
        bool own = ladder->last_condition == policy_node_get(ladder->last, "when");
        policy_report(build, ladder->last_condition,
                      "the last %s must take every lead: %sadd a %s without %s behind it",
                      ladder->entry, own ? "remove its `when`, or " : "", ladder->entry,
                      own ? "one" : "a condition");
    }
}
