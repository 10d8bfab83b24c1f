/* The keywords that apply schemas to the same value: references, combinations, conditions. */
#include "contract/internal.h"

static bool apply(struct run *run, const struct frame *frame, const struct node *node,
                  const char *keyword, struct marks *marks)
{
    struct frame inside = frame_inside(frame, node, frame->value, keyword);
    return contract_evaluate(run, &inside, marks);
}

static bool apply_at(struct run *run, const struct frame *frame, const struct node_list *list,
                     const char *keyword, uint32_t index, struct marks *marks)
{
    struct frame inside = frame_inside(frame, list->nodes[index], frame->value, keyword);
    inside.index = index;
    return contract_evaluate(run, &inside, marks);
}

/* ---- references */

/* The outermost resource on the way here that has the dynamic anchor. */
static const struct node *dynamic_target(struct run *run, const struct frame *frame)
{
    const struct logic_rules *rules = frame->node->logic;
    const struct node *target = rules->dynamic;
    const struct resource *seen = NULL;
    for (const struct frame *at = frame; rules->dynamic_name.data != NULL && at != NULL;
         at = at->outer) {
        const struct resource *resource = at->node->place->resource;
        if (resource == seen)
            continue;
        seen = resource;
        run->work--;
        const struct anchor *anchor = contract_anchor_find(resource, rules->dynamic_name);
        if (anchor != NULL && anchor->dynamic)
            target = anchor->place->node;
    }
    return target;
}

/* ---- combinations: what holds is found out first, without a word; only when that is a fault are
 * the branches gone through again for their errors, and that only so deep, since each level of it
 * doubles the work. */

enum { EXPLAINED_DEPTH = 3 };

/* A branch may fail: what it marks counts only when it holds. */
static bool try_branch(struct run *run, const struct frame *frame, const struct node_list *list,
                       const char *keyword, uint32_t index, struct marks *marks)
{
    if (marks == NULL)
        return apply_at(run, frame, list, keyword, index, NULL);
    struct marks own = contract_marks_new(run, frame->value);
    bool good = apply_at(run, frame, list, keyword, index, &own);
    if (good)
        contract_marks_merge(marks, &own);
    return good;
}

static void explain_branches(struct run *run, const struct frame *frame,
                             const struct node_list *list, const char *keyword)
{
    if (!contract_run_describes(run) || run->branches == EXPLAINED_DEPTH)
        return;
    run->branches++;
    for (uint32_t i = 0; i < list->count && !run->broken; i++)
        (void)apply_at(run, frame, list, keyword, i, NULL);
    run->branches--;
}

static bool check_any(struct run *run, const struct frame *frame, struct marks *marks)
{
    const struct node_list *list = &frame->node->logic->any;
    struct reporter *reporter = run->reporter;
    bool found = false;
    run->reporter = NULL;
    for (uint32_t i = 0; i < list->count && (!found || marks != NULL); i++) {
        found |= try_branch(run, frame, list, "anyOf", i, marks);
        if (run->broken)
            return false;
    }
    run->reporter = reporter;
    if (found)
        return true;
    FAULT(run, frame, "anyOf",
          "must match one of the %u schemas in \"anyOf\" at least; see the errors of each",
          list->count);
    explain_branches(run, frame, list, "anyOf");
    return false;
}

static bool check_one(struct run *run, const struct frame *frame, struct marks *marks)
{
    const struct node_list *list = &frame->node->logic->one;
    struct reporter *reporter = run->reporter;
    uint32_t found = 0, first = 0, second = 0;
    run->reporter = NULL;
    for (uint32_t i = 0; i < list->count && found < 2; i++) {
        bool holds = try_branch(run, frame, list, "oneOf", i, marks);
        if (run->broken)
            return false;
        first = holds && found == 0 ? i : first;
        second = holds && found == 1 ? i : second;
        found += holds;
    }
    run->reporter = reporter;
    if (found == 1)
        return true;
    if (found > 1)
        return FAULT(run, frame, "oneOf",
                     "must match exactly one of the %u schemas in \"oneOf\", but matches numbers "
                     "%u and %u (counted from 0)",
                     list->count, first, second);
    FAULT(run, frame, "oneOf",
          "must match exactly one of the %u schemas in \"oneOf\", but matches none; see the errors "
          "of each",
          list->count);
    explain_branches(run, frame, list, "oneOf");
    return false;
}

/* The verdict of a schema whose errors are nobody's. */
static bool holds_quietly(struct run *run, const struct frame *frame, const struct node *node,
                          const char *keyword, struct marks *marks)
{
    struct reporter *reporter = run->reporter;
    run->reporter = NULL;
    bool holds = apply(run, frame, node, keyword, marks);
    run->reporter = reporter;
    return holds;
}

static bool check_not(struct run *run, const struct frame *frame)
{
    bool holds = holds_quietly(run, frame, frame->node->logic->negated, "not", NULL);
    if (run->broken)
        return false;
    return !holds || FAULT(run, frame, "not", "must not be what \"not\" describes%s",
                           contract_got(run, frame->value));
}

static bool check_condition(struct run *run, const struct frame *frame, struct marks *marks)
{
    const struct logic_rules *rules = frame->node->logic;
    if (rules->consequence == NULL && rules->alternative == NULL && marks == NULL)
        return true;
    struct marks own = {0};
    if (marks != NULL)
        own = contract_marks_new(run, frame->value);
    bool holds = holds_quietly(run, frame, rules->condition, "if", marks == NULL ? NULL : &own);
    if (run->broken)
        return false;
    if (holds && marks != NULL)
        contract_marks_merge(marks, &own);
    const struct node *next = holds ? rules->consequence : rules->alternative;
    return next == NULL || apply(run, frame, next, holds ? "then" : "else", marks);
}

/* ---- all of them */

static bool check_all(struct run *run, const struct frame *frame, struct marks *marks)
{
    const struct node_list *list = &frame->node->logic->all;
    bool good = true;
    for (uint32_t i = 0; i < list->count && !contract_run_stops(run, good); i++)
        good &= apply_at(run, frame, list, "allOf", i, marks);
    return good;
}

bool contract_evaluate_logic(struct run *run, const struct frame *frame, struct marks *marks)
{
    const struct logic_rules *rules = frame->node->logic;
    bool good = true;
    if (rules->reference != NULL)
        good &= apply(run, frame, rules->reference, rules->reference_keyword, marks);
    if (rules->dynamic != NULL && !contract_run_stops(run, good))
        good &= apply(run, frame, dynamic_target(run, frame), rules->dynamic_keyword, marks);
    if (rules->all.count > 0 && !contract_run_stops(run, good))
        good &= check_all(run, frame, marks);
    if (rules->any.count > 0 && !contract_run_stops(run, good))
        good &= check_any(run, frame, marks);
    if (rules->one.count > 0 && !contract_run_stops(run, good))
        good &= check_one(run, frame, marks);
    if (rules->negated != NULL && !contract_run_stops(run, good))
        good &= check_not(run, frame);
    if (rules->condition != NULL && !contract_run_stops(run, good))
        good &= check_condition(run, frame, marks);
    return good;
}
