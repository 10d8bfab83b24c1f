/* Exceptions by kind: the standard ones, as the pipeline changes them, and its own. */
#include "policy/internal.h"

#include "base/time.h"

#define OWN_WITHIN_US TIME_US_PER_DAY

/* ---- fallbacks */

static const struct {
    const char *word;
    enum policy_fall_back_action action;
} words[] = {
    {"remind", POLICY_FALL_BACK_REMIND},
    {"requeue", POLICY_FALL_BACK_REQUEUE},
    {"disqualify", POLICY_FALL_BACK_DISQUALIFY},
    {"dismiss", POLICY_FALL_BACK_DISMISS},
};
enum { WORDS = sizeof words / sizeof *words };

static bool read_word(struct policy_build *build, const struct policy_node *node,
                      struct policy_fallback *ret)
{
    const char *names[WORDS];
    for (size_t i = 0; i < WORDS; i++) {
        names[i] = words[i].word;
        ret->action = words[i].action;
        if (bytes_is(node->text, words[i].word))
            return true;
    }
    policy_report(build, node,
                  "a fallback is one of remind, requeue, disqualify, dismiss, {remind: 4h}, {pool: "
                  "…} and {team: …, within: 4h}, got `%.*s`%s",
                  POLICY_CLIP(node->text), policy_hint(build, node->text, names, WORDS));
    return false;
}

/* False, reported, when it says nothing that can be done. */
static bool read_fallback(struct policy_build *build, const struct policy_node *node,
                          struct policy_fallback *ret)
{
    const struct policy_node *remind = policy_node_get(node, "remind"),
                             *pool = policy_node_get(node, "pool"),
                             *team = policy_node_get(node, "team"),
                             *within = policy_node_get(node, "within");
    *ret = (struct policy_fallback){.pool = POLICY_NONE, .team = ""};
    if (node->kind == POLICY_NODE_TEXT)
        return read_word(build, node, ret);
    if (node->kind != POLICY_NODE_OBJECT)
        return false; /* reported already */
    if ((remind != NULL) + (pool != NULL) + (team != NULL) != 1) {
        policy_report(build, node,
                      "a fallback does one thing: {remind: 4h}, {pool: …} or {team: …, within: "
                      "4h}");
        return false;
    }
    if (within != NULL && team == NULL)
        policy_report(build, within, "`within` goes with `team`; remove it");
    if (remind != NULL) {
        ret->action = POLICY_FALL_BACK_REMIND;
        ret->within_us = policy_build_timer(build, remind, "remind");
    } else if (pool != NULL) {
        ret->action = POLICY_FALL_BACK_POOL;
        ret->pool = policy_build_pool(build, pool);
        return ret->pool != POLICY_NONE;
    } else {
        ret->action = POLICY_FALL_BACK_TEAM;
        ret->team = policy_build_team(build, team);
        ret->within_us = policy_build_timer(build, within, "within");
    }
    return true;
}

/* Whatever the exception is about, afterwards it is over. */
static bool is_final(const struct policy_fallback *fallback)
{
    return fallback->action == POLICY_FALL_BACK_DISQUALIFY ||
           fallback->action == POLICY_FALL_BACK_DISMISS;
}

static void add_fallback(struct policy_build *build, const struct policy_node *node,
                         struct policy_fallback *fallbacks, size_t *count)
{
    if (!read_fallback(build, node, &fallbacks[*count]))
        return;
    if (build->from_files && *count > 0 && is_final(&fallbacks[*count - 1]))
        policy_report(build, node,
                      "never reached: behind `%s` there is nothing left to decide; remove it",
                      policy_fall_back_action_name(fallbacks[*count - 1].action));
    ++*count;
}

static void build_fallbacks(struct policy_build *build, const struct policy_node *node,
                            struct policy_exception *entry)
{
    const struct policy_item *item = policy_node_items(node, POLICY_NODE_LIST);
    struct policy_fallback fallbacks[POLICY_FALLBACKS_MAX];
    size_t count = 0;
    if (node == NULL ||
        policy_build_too_many(build, item == NULL ? NULL : node, "fallbacks", POLICY_FALLBACKS_MAX))
        return;
    if (item == NULL && node->kind != POLICY_NODE_LIST)
        add_fallback(build, node, fallbacks, &count);
    for (; item != NULL; item = item->next)
        add_fallback(build, item->value, fallbacks, &count);
    if (count == 0)
        return; /* reported already */
    struct policy_fallback *copy = arena_array(build->arena, count, sizeof *copy);
    memcpy(copy, fallbacks, count * sizeof *copy);
    entry->fallbacks = copy;
    entry->fallback_count = count;
}

/* ---- kinds */

static void overlay_text(struct policy_build *build, const struct policy_node *node,
                         const char **text)
{
    if (policy_node_text(node).size > 0)
        *text = policy_build_text(build, node);
}

/* What is unstated stays as it is. */
static void overlay(struct policy_build *build, const struct policy_node *node,
                    struct policy_exception *entry)
{
    const struct policy_node *within = policy_node_get(node, "within"),
                             *triage = policy_node_get(node, "triage"),
                             *team = policy_node_get(node, "team");
    overlay_text(build, policy_node_get(node, "title"), &entry->title);
    overlay_text(build, policy_node_get(node, "queue"), &entry->queue);
    overlay_text(build, policy_node_get(node, "recommended"), &entry->recommended);
    if (team != NULL)
        entry->team = policy_build_team(build, team);
    if (policy_build_duration(within) > 0)
        entry->within_us = policy_build_timer(build, within, "within");
    build_fallbacks(build, policy_node_get(node, "fallback"), entry);
    if (triage == NULL)
        return;
    entry->triage = policy_build_pool(build, triage);
    if (strcmp(entry->kind, "enrichment_timeout") != 0)
        policy_report(build, triage,
                      "`triage` is the pool that takes leads whose enrichment is late: it goes "
                      "with `enrichment_timeout`; remove it");
}

static struct policy_exception own_kind(struct policy_build *build, struct bytes kind)
{
    const char *name = arena_string(build->arena, kind);
    struct policy_exception entry = *policy_exception_find(build->release, BYTES_LITERAL("manual"));
    entry.kind = entry.title = entry.queue = name;
    entry.within_us = OWN_WITHIN_US;
    return entry;
}

static uint32_t find_kind(const struct policy_exception *kinds, size_t count, struct bytes kind)
{
    for (size_t i = 0; i < count; i++)
        if (bytes_is(kind, kinds[i].kind))
            return (uint32_t)i;
    return POLICY_NONE;
}

void policy_build_exceptions(struct policy_build *build)
{
    const struct policy_node *node = policy_node_get(build->pipeline, "exceptions");
    const struct policy_item *item = policy_node_items(node, POLICY_NODE_OBJECT);
    struct policy_exception *kinds = arena_array(build->arena, POLICY_KINDS_MAX, sizeof *kinds);
    size_t count = policy_standard_exception_count;
    memcpy(kinds, policy_standard_exceptions, count * sizeof *kinds);
    build->release->exceptions = kinds;
    build->release->exception_count = count;
    for (; item != NULL; item = item->next) {
        uint32_t at = find_kind(kinds, count, item->key->text);
        if (at == POLICY_NONE && count == POLICY_KINDS_MAX) {
            policy_report(build, item->key, "more than %d kinds of exceptions; that is the most",
                          POLICY_KINDS_MAX);
            return;
        }
        if (at == POLICY_NONE) {
            at = (uint32_t)count++;
            kinds[at] = own_kind(build, item->key->text);
            build->release->exception_count = count;
        }
        overlay(build, item->value, &kinds[at]);
    }
}

/* ---- what cannot come true */

/* A lead that is an exception of this kind is nowhere else. */
static bool routed(const struct policy_release *release, struct bytes kind)
{
    for (size_t i = 0; i < release->route_count; i++)
        if (release->routes[i].target == POLICY_TO_EXCEPTION &&
            bytes_is(kind, release->routes[i].kind))
            return true;
    return policy_enrichment_holds(release, kind);
}

/* No lead can be routed or closed for what is no lead. */
bool policy_exception_of_no_lead(struct bytes kind)
{
    return bytes_is(kind, "capacity_overrun") || bytes_is(kind, "contract_violation");
}

static void check_fallback(struct policy_build *build, const struct policy_node *node,
                           struct bytes kind)
{
    bool dismiss = bytes_is(policy_node_text(node), "dismiss");
    bool person = bytes_is(policy_node_text(node), "remind") ||
                  policy_node_get(node, "remind") != NULL || policy_node_get(node, "team") != NULL;
    if (policy_exception_of_no_lead(kind) && !dismiss && !person)
        policy_report(build, node,
                      "`%.*s` is about no single lead, so nothing can be routed or closed; write "
                      "remind, {team: …} or dismiss",
                      POLICY_CLIP(kind));
    if (dismiss && (bytes_is(kind, "objective_late") || routed(build->release, kind)))
        policy_report(build, node,
                      "an exception `%.*s` holds its lead, which would be nowhere when it is "
                      "dismissed; write requeue, {pool: …} or disqualify",
                      POLICY_CLIP(kind));
}

void policy_check_exceptions(struct policy_build *build)
{
    const struct policy_node *node = policy_node_get(build->pipeline, "exceptions");
    if (!build->from_files)
        return;
    for (const struct policy_item *item = policy_node_items(node, POLICY_NODE_OBJECT); item != NULL;
         item = item->next) {
        struct bytes kind = item->key->text;
        const struct policy_node *fallback = policy_node_get(item->value, "fallback");
        const struct policy_item *one = policy_node_items(fallback, POLICY_NODE_LIST);
        if (policy_choice(policy_exception_kinds, kind) == POLICY_NONE &&
            !routed(build->release, kind))
            policy_report(
                build, item->key,
                "no route and no check of the enrichment leads to an exception `%.*s`, which is "
                "no standard kind%s",
                POLICY_CLIP(kind),
                policy_hint(build, kind, policy_exception_kinds, policy_standard_exception_count));
        if (fallback != NULL && fallback->kind != POLICY_NODE_LIST)
            check_fallback(build, fallback, kind);
        for (; one != NULL; one = one->next)
            check_fallback(build, one->value, kind);
    }
}
