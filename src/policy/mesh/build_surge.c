/* surge: of the pipeline: how a surge is told from a busy day, and what is done about it. */
#include "policy/internal.h"

#include "base/time.h"

#include <inttypes.h>
#include <math.h>

#define MINUTE_US (60 * TIME_US_PER_SECOND)
#define AT_MOST_DEFAULT_US (12 * 60 * MINUTE_US)
#define NURTURE_MIN_US (60 * MINUTE_US)

enum { START_DEFAULT = 300, END_DEFAULT = 150, AT_LEAST_DEFAULT = 20, WINDOW_MAX_MINUTES = 60 };
#define WINDOW_DEFAULT_US (5 * MINUTE_US)

/* ---- detection */

static uint32_t read_times(const struct policy_node *node, uint32_t otherwise)
{
    int64_t times;
    return policy_hundredths_parse(policy_node_text(node), "x", &times) ? (uint32_t)times
                                                                        : otherwise;
}

static void build_detection(struct policy_build *build, const struct policy_node *node,
                            struct policy_detection *ret)
{
    const struct policy_node *window = policy_node_get(node, "window"),
                             *least = policy_node_get(node, "at_least"),
                             *end = policy_node_get(node, "end");
    *ret = (struct policy_detection){
        .start = read_times(policy_node_get(node, "start"), START_DEFAULT),
        .end = read_times(end, END_DEFAULT),
        .window_us = window == NULL ? WINDOW_DEFAULT_US : policy_build_duration(window),
        .at_least = AT_LEAST_DEFAULT,
    };
    if (least != NULL && least->kind == POLICY_NODE_INTEGER && least->integer > 0)
        ret->at_least = (uint32_t)least->integer;
    if (ret->start <= 100)
        policy_report(build, policy_node_get(node, "start"),
                      "`start` must be above 1x: what is as usual is no surge");
    if (ret->end >= ret->start)
        policy_report(build, end != NULL ? end : policy_node_get(node, "start"),
                      "a surge must end below the rate it starts at: `end` is %" PRIu32
                      ".%02" PRIu32 "x and `start` %" PRIu32 ".%02" PRIu32 "x",
                      ret->end / 100, ret->end % 100, ret->start / 100, ret->start % 100);
    if (ret->window_us % MINUTE_US != 0 || ret->window_us > WINDOW_MAX_MINUTES * MINUTE_US)
        policy_report(build, window, "`window` must be whole minutes from 1m to %dm, got `%.*s`",
                      WINDOW_MAX_MINUTES, POLICY_CLIP(policy_node_text(window)));
}

/* ---- the plan */

static void build_exempt(struct policy_build *build, const struct policy_node *list,
                         struct policy_surge_plan *plan)
{
    const struct policy_release *release = build->release;
    const char *names[POLICY_CLASSES_MAX];
    for (size_t i = 0; i < release->class_count; i++)
        names[i] = release->classes[i].name;
    for (const struct policy_item *item = policy_node_items(list, POLICY_NODE_LIST); item != NULL;
         item = item->next) {
        struct bytes name = policy_node_text(item->value);
        size_t at = 0;
        while (at < release->class_count && !bytes_is(name, names[at]))
            at++;
        if (at < release->class_count)
            plan->exempt |= UINT64_C(1) << at;
        else if (name.size > 0)
            policy_report(build, item->value, "no class is called `%.*s`%s", POLICY_CLIP(name),
                          policy_hint(build, name, names, release->class_count));
    }
    bool all = release->class_count > 0;
    for (size_t i = 0; i < release->class_count; i++)
        all = all && (plan->exempt >> i & 1) != 0;
    if (all)
        policy_report(build, list,
                      "every class is exempt, so the plan is for nobody; leave one out");
}

static const char *kind_word(enum cel_kind kind)
{
    switch (kind) {
    case CEL_BOOL: return "true or false";
    case CEL_INT: return "a whole number";
    case CEL_DOUBLE: return "a number";
    default: return "a text";
    }
}

/* The node as a value of the param's type; CEL_ABSENT when it is of another. */
static struct cel_value read_override(struct policy_build *build, const struct policy_node *node,
                                      enum cel_kind kind)
{
    double number;
    if (kind == CEL_BOOL && node->kind == POLICY_NODE_BOOLEAN)
        return cel_bool(node->boolean);
    if (kind == CEL_INT && node->kind == POLICY_NODE_INTEGER)
        return cel_int(node->integer);
    if (kind == CEL_DOUBLE && policy_node_number(node, &number) && isfinite(number))
        return cel_double(number);
    if (kind == CEL_STRING && node->kind == POLICY_NODE_TEXT)
        return cel_string(arena_copy(build->arena, node->text));
    return (struct cel_value){.kind = CEL_ABSENT};
}

static uint32_t find_param(struct policy_build *build, const struct policy_node *key)
{
    const struct policy_release *release = build->release;
    const char *names[POLICY_PARAMS_MAX];
    for (size_t i = 0; i < release->param_count; i++) {
        names[i] = release->params[i].name;
        if (bytes_is(key->text, names[i]))
            return (uint32_t)i;
    }
    const char *hint = policy_hint(build, key->text, names, release->param_count);
    policy_report(build, key, "the pipeline has no param `%.*s`%s", POLICY_CLIP(key->text),
                  hint[0] != '\0' ? hint : "; add it to `params`");
    return POLICY_NONE;
}

static void build_overrides(struct policy_build *build, const struct policy_node *node,
                            struct policy_surge_plan *plan)
{
    const struct policy_item *item = policy_node_items(node, POLICY_NODE_OBJECT);
    if (item == NULL || policy_build_too_many(build, node, "params", POLICY_OVERRIDES_MAX))
        return;
    struct policy_override *overrides = arena_array(build->arena, node->count, sizeof *overrides);
    for (; item != NULL; item = item->next) {
        uint32_t param = find_param(build, item->key);
        if (param == POLICY_NONE)
            continue;
        enum cel_kind kind = build->release->params[param].value.kind;
        struct cel_value value = read_override(build, item->value, kind);
        if (value.kind == CEL_ABSENT && kind != CEL_ABSENT)
            policy_report(build, item->value, "the param `%s` is %s, got %s",
                          build->release->params[param].name, kind_word(kind),
                          policy_node_describe(&build->scratch, item->value));
        overrides[plan->override_count++] = (struct policy_override){param, value};
    }
    plan->overrides = overrides;
}

static void build_nurture(struct policy_build *build, const struct policy_node *node,
                          struct policy_surge_plan *plan)
{
    const struct policy_node *below = policy_node_get(node, "below"),
                             *after = policy_node_get(node, "after");
    plan->nurture_below = INT64_MAX;
    plan->nurture = node != NULL;
    if (below != NULL && below->kind == POLICY_NODE_INTEGER)
        plan->nurture_below = below->integer;
    plan->nurture_after_us = policy_build_duration(after);
    if (build->from_files && plan->nurture_after_us > 0 && plan->nurture_after_us < NURTURE_MIN_US)
        policy_report(build, after, "`after` must be at least 1h, got `%.*s`",
                      POLICY_CLIP(after->text));
}

static bool is_planned(const struct policy_node *node)
{
    static const char *const parts[] = {"exempt", "per_hour", "overflow", "triage",
                                        "params", "nurture",  "at_most"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (policy_node_get(node, parts[i]) != NULL)
            return true;
    return false;
}

static void check_plan(struct policy_build *build, const struct policy_node *node,
                       const struct policy_surge *surge)
{
    const struct policy_surge_plan *plan = &surge->plan;
    const struct policy_node *at_most = policy_node_get(node, "at_most"),
                             *triage = policy_node_get(node, "triage");
    if (plan->per_hour == 0 && plan->overflow == POLICY_NONE && plan->triage == POLICY_NONE &&
        plan->override_count == 0 && !plan->nurture && policy_node_get(node, "params") == NULL)
        policy_report(build, node,
                      "the plan does nothing: give it `per_hour`, `overflow`, `triage`, `params` "
                      "or `nurture`, or leave only `detect`");
    if (plan->triage != POLICY_NONE && plan->triage == plan->overflow)
        policy_report(build, triage,
                      "never reached: `triage` is asked behind `overflow`, and both are `%s`",
                      build->release->pools[plan->triage].id);
    if (at_most != NULL && plan->at_most_us < surge->detection.window_us)
        policy_report(build, at_most,
                      "the plan would end before a surge can: `at_most` must not be less than the "
                      "window of `detect`");
}

void policy_build_surge(struct policy_build *build)
{
    const struct policy_node *node = policy_node_get(build->pipeline, "surge");
    const struct policy_node *per_hour = policy_node_get(node, "per_hour"),
                             *at_most = policy_node_get(node, "at_most");
    struct policy_surge *surge = &build->release->surge;
    struct policy_surge_plan *plan = &surge->plan;
    build_detection(build, policy_node_get(node, "detect"), &surge->detection);
    surge->planned = is_planned(node);
    build_exempt(build, policy_node_get(node, "exempt"), plan);
    if (per_hour != NULL && per_hour->kind == POLICY_NODE_INTEGER && per_hour->integer > 0)
        plan->per_hour = (uint32_t)per_hour->integer;
    plan->overflow = policy_build_pool(build, policy_node_get(node, "overflow"));
    plan->triage = policy_build_pool(build, policy_node_get(node, "triage"));
    build_overrides(build, policy_node_get(node, "params"), plan);
    build_nurture(build, policy_node_get(node, "nurture"), plan);
    plan->at_most_us = at_most == NULL ? AT_MOST_DEFAULT_US : policy_build_duration(at_most);
    if (surge->planned && build->from_files)
        check_plan(build, node, surge);
}
