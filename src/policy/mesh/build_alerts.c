/* alerts.yaml → rules: the built-in ones, as the mesh changes them, and its own. */
#include "policy/internal.h"

#include "base/time.h"

#include <math.h>

#define MINUTE_US (60 * TIME_US_PER_SECOND)
#define HOUR_US (60 * MINUTE_US)
#define FINE_WINDOW_MAX_US (6 * HOUR_US) /* counted by the minute */
#define WINDOW_MAX_US (35 * TIME_US_PER_DAY)
#define WINDOW_DEFAULT_US HOUR_US
#define SHORT_WINDOW_DEFAULT_US (5 * MINUTE_US)
#define GROUP_DEFAULT_US (INT64_C(30) * TIME_US_PER_SECOND)

enum { RATE_AT_LEAST = 20, BURN_AT_LEAST = 100, TARGET_DEFAULT = 9500, OVER_MAX = 1000000000 };

enum unit { UNIT_COUNT, UNIT_SHARE, UNIT_TIME, UNIT_MULTIPLE };

/* What the rules of a metric may say. */
static const struct traits {
    enum unit unit;
    bool windowed; /* else it is what is so now */
    bool rate;     /* means nothing of a few */
    bool objective, class;
} traits[POLICY_METRICS] = {
    [POLICY_ENRICHMENT_TIMEOUT_RATE] = {UNIT_SHARE, true, true, false, false},
    [POLICY_SURGE_ACTIVE] = {UNIT_COUNT, false, false, false, false},
    [POLICY_UNASSIGNED_BACKLOG] = {UNIT_COUNT, false, false, false, false},
    [POLICY_OLDEST_UNASSIGNED] = {UNIT_TIME, false, false, false, false},
    [POLICY_UNASSIGNED_LATE] = {UNIT_COUNT, true, false, false, true},
    [POLICY_LATE_RATE] = {UNIT_SHARE, true, true, true, true},
    [POLICY_LATE_COUNT] = {UNIT_COUNT, true, false, true, true},
    [POLICY_BURN_RATE] = {UNIT_MULTIPLE, true, true, true, true},
    [POLICY_DEAD_LETTER_RATE] = {UNIT_SHARE, true, true, false, false},
    [POLICY_DELIVERY_FAILURES] = {UNIT_COUNT, true, false, false, false},
    [POLICY_OPEN_EXCEPTIONS] = {UNIT_COUNT, false, false, false, false},
};

#define RULE(rule_name, rule_metric, rule_over) \
    .name = (rule_name), .metric = (rule_metric), .over = (rule_over), .team = ""
#define FOR_ALL .class_index = POLICY_NONE, .objective = POLICY_CONTACTED
#define MOST_URGENT .class_index = 0

/* In every mesh, unless it says otherwise. */
static const struct policy_alert built_in[] = {
    {RULE("enrichment-timeouts", POLICY_ENRICHMENT_TIMEOUT_RATE, 500), FOR_ALL,
     .window_us = 15 * MINUTE_US, .at_least = RATE_AT_LEAST, .for_us = 2 * MINUTE_US, .page = true,
     .repeat_us = 4 * HOUR_US},
    {RULE("surge", POLICY_SURGE_ACTIVE, 0), FOR_ALL, .repeat_us = 24 * HOUR_US},
    {RULE("unassigned-backlog", POLICY_UNASSIGNED_BACKLOG, 50), FOR_ALL, .for_us = 5 * MINUTE_US,
     .page = true, .repeat_us = 4 * HOUR_US},
    {RULE("oldest-unassigned", POLICY_OLDEST_UNASSIGNED, 30 * MINUTE_US), FOR_ALL, .page = true,
     .repeat_us = 4 * HOUR_US},
    {RULE("no-owner-in-time", POLICY_UNASSIGNED_LATE, 0), MOST_URGENT, .objective = POLICY_ASSIGNED,
     .window_us = 15 * MINUTE_US, .page = true, .repeat_us = 4 * HOUR_US},
    {RULE("hot-missed", POLICY_LATE_RATE, 1000), MOST_URGENT, .objective = POLICY_CONTACTED,
     .window_us = 7 * TIME_US_PER_DAY, .at_least = RATE_AT_LEAST, .repeat_us = 24 * HOUR_US},
    {RULE("hot-missed-few", POLICY_LATE_COUNT, 2), MOST_URGENT, .objective = POLICY_CONTACTED,
     .window_us = 24 * HOUR_US, .repeat_us = 24 * HOUR_US},
    {RULE("burn-rate", POLICY_BURN_RATE, 1440), FOR_ALL, .target = TARGET_DEFAULT,
     .window_us = WINDOW_DEFAULT_US, .short_window_us = SHORT_WINDOW_DEFAULT_US,
     .at_least = BURN_AT_LEAST, .page = true, .repeat_us = 4 * HOUR_US},
    {RULE("dead-letters", POLICY_DEAD_LETTER_RATE, 500), FOR_ALL, .window_us = HOUR_US,
     .at_least = RATE_AT_LEAST, .repeat_us = 24 * HOUR_US},
    {RULE("delivery-failures", POLICY_DELIVERY_FAILURES, 0), FOR_ALL, .window_us = HOUR_US,
     .repeat_us = 24 * HOUR_US},
    {RULE("open-exceptions", POLICY_OPEN_EXCEPTIONS, 100), FOR_ALL, .repeat_us = 24 * HOUR_US},
};
enum { BUILT_IN = sizeof built_in / sizeof *built_in };

struct rules {
    struct policy_alert items[BUILT_IN + POLICY_ALERTS_MAX];
    const struct policy_node *nodes[BUILT_IN + POLICY_ALERTS_MAX]; /* NULL: as built in */
    bool off[BUILT_IN + POLICY_ALERTS_MAX];
    size_t count;
};

/* ---- what a rule says */

static bool is_true(const struct policy_node *node, bool otherwise)
{
    return node != NULL && node->kind == POLICY_NODE_BOOLEAN ? node->boolean : otherwise;
}

static bool read_over(const struct policy_node *node, enum unit unit, int64_t *ret)
{
    double number;
    switch (unit) {
    case UNIT_SHARE:
        return policy_hundredths_parse(policy_node_text(node), "%", ret) && *ret <= 10000;
    case UNIT_TIME:
        return node->kind == POLICY_NODE_TEXT && duration_parse(node->text, ret, NULL) == 0 &&
               *ret <= 366 * TIME_US_PER_DAY;
    case UNIT_COUNT:
        *ret = node->integer;
        return node->kind == POLICY_NODE_INTEGER && *ret >= 0 && *ret <= OVER_MAX;
    case UNIT_MULTIPLE:
        if (!policy_node_number(node, &number) || !(number > 0 && number <= OVER_MAX))
            return false;
        *ret = (int64_t)round(number * 100);
        return *ret > 0;
    }
    return false;
}

static void build_over(struct policy_build *build, const struct policy_node *node,
                       struct policy_alert *rule)
{
    static const char *const wanted[] = {
        [UNIT_COUNT] = "a whole number such as 20",
        [UNIT_SHARE] = "a percentage such as 5%",
        [UNIT_TIME] = "a duration such as 30m",
        [UNIT_MULTIPLE] = "a number above 0 such as 14.4",
    };
    enum unit unit = traits[rule->metric].unit;
    int64_t over;
    if (node == NULL)
        return;
    if (read_over(node, unit, &over))
        rule->over = over;
    else
        policy_report(build, node, "`over` must be %s for `metric: %s`, got `%.*s`", wanted[unit],
                      policy_metric_name(rule->metric), POLICY_CLIP(node->text));
}

/* Minutes are kept for six hours, and hours for five weeks. */
static int64_t read_window(struct policy_build *build, const struct policy_node *node,
                           const char *key, int64_t otherwise)
{
    int64_t window_us = policy_build_duration(node);
    if (node == NULL || window_us <= 0)
        return otherwise;
    bool fine = window_us % MINUTE_US == 0 && window_us <= FINE_WINDOW_MAX_US;
    bool coarse = window_us % HOUR_US == 0 && window_us <= WINDOW_MAX_US;
    if (!fine && !coarse)
        policy_report(build, node,
                      "`%s` must be whole minutes up to 6h, or whole hours up to 35d, got `%.*s`",
                      key, POLICY_CLIP(node->text));
    return window_us;
}

static uint32_t find_class(struct policy_build *build, const struct policy_node *node)
{
    const struct policy_release *release = build->release;
    const char *names[POLICY_CLASSES_MAX + 1];
    struct bytes name = policy_node_text(node);
    if (bytes_is(name, "*") || name.size == 0)
        return POLICY_NONE;
    for (size_t i = 0; i < release->class_count; i++) {
        names[i] = release->classes[i].name;
        if (bytes_is(name, names[i]))
            return (uint32_t)i;
    }
    const char *hint = policy_hint(build, name, names, release->class_count);
    policy_report(build, node, "no class is called `%.*s`%s", POLICY_CLIP(name),
                  hint[0] != '\0' ? hint : "; for each on its own write \"*\"");
    return POLICY_NONE;
}

static void check_strangers(struct policy_build *build, const struct policy_node *node,
                            enum policy_metric metric)
{
    const struct traits *of = &traits[metric];
    const struct {
        const char *key;
        bool good;
    } table[] = {
        {"window", of->windowed},
        {"short_window", metric == POLICY_BURN_RATE},
        {"target", metric == POLICY_BURN_RATE},
        {"at_least", of->rate},
        {"objective", of->objective},
        {"class", of->class},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const struct policy_node *stranger = policy_node_get(node, table[i].key);
        if (stranger != NULL && !table[i].good)
            policy_report(build, stranger, "`%s` means nothing for `metric: %s`; remove it",
                          table[i].key, policy_metric_name(metric));
    }
}

/* A rule about a promise that nobody makes never fires. */
static void check_promised(struct policy_build *build, const struct policy_node *node,
                           const struct policy_alert *rule)
{
    const struct policy_release *release = build->release;
    const struct policy_node *class = policy_node_get(node, "class");
    const struct policy_node *objective = policy_node_get(node, "objective");
    bool unknown = class != NULL && rule->class_index == POLICY_NONE &&
                   !bytes_is(policy_node_text(class), "*"); /* reported already */
    if (!traits[rule->metric].class || unknown || (class == NULL && objective == NULL))
        return;
    for (uint32_t i = 0; i < release->class_count; i++)
        if ((rule->class_index == POLICY_NONE || rule->class_index == i) &&
            release->classes[i].objectives[rule->objective].within_us > 0)
            return;
    const char *name = policy_objective_name(rule->objective);
    if (rule->class_index != POLICY_NONE && rule->class_index < release->class_count)
        policy_report(build, class != NULL ? class : objective,
                      "never fires: the class `%s` does not promise `%s`",
                      release->classes[rule->class_index].name, name);
    else
        policy_report(build, objective != NULL ? objective : class,
                      "never fires: no class promises `%s`", name);
}

/* What is unstated stays as it is. */
static void overlay(struct policy_build *build, const struct policy_node *node,
                    struct policy_alert *rule)
{
    const struct policy_node *target = policy_node_get(node, "target"),
                             *delay = policy_node_get(node, "for"),
                             *least = policy_node_get(node, "at_least"),
                             *team = policy_node_get(node, "team"),
                             *class = policy_node_get(node, "class"),
                             *repeat = policy_node_get(node, "repeat"),
                             *short_window = policy_node_get(node, "short_window");
    uint32_t objective =
        policy_choice(policy_objectives, policy_node_text(policy_node_get(node, "objective")));
    int64_t share;
    build_over(build, policy_node_get(node, "over"), rule);
    rule->window_us =
        read_window(build, policy_node_get(node, "window"), "window", rule->window_us);
    rule->short_window_us = read_window(build, short_window, "short_window", rule->short_window_us);
    if (policy_hundredths_parse(policy_node_text(target), "%", &share))
        rule->target = (uint32_t)share;
    if (delay != NULL)
        rule->for_us = policy_build_duration(delay);
    if (least != NULL && least->kind == POLICY_NODE_INTEGER && least->integer > 0)
        rule->at_least = (uint32_t)least->integer;
    if (objective != POLICY_NONE)
        rule->objective = (enum policy_objective)objective;
    if (class != NULL)
        rule->class_index = find_class(build, class);
    if (team != NULL)
        rule->team = policy_build_team(build, team);
    rule->page = is_true(policy_node_get(node, "page"), rule->page);
    rule->incident = is_true(policy_node_get(node, "incident"), rule->incident);
    if (repeat != NULL)
        rule->repeat_us = policy_build_duration(repeat);
    if (!build->from_files)
        return;
    check_strangers(build, node, rule->metric);
    check_promised(build, node, rule);
    if (target != NULL && (rule->target == 0 || rule->target >= 10000))
        policy_report(build, target,
                      "`target` must be above 0%% and below 100%%, or nothing may "
                      "ever be late");
    if (rule->metric == POLICY_BURN_RATE && rule->short_window_us >= rule->window_us)
        policy_report(build, short_window != NULL ? short_window : node,
                      "`short_window` must be shorter than `window`: both must burn");
}

/* ---- rules */

static struct policy_alert new_rule(enum policy_metric metric, bool page)
{
    const struct traits *of = &traits[metric];
    bool burn = metric == POLICY_BURN_RATE;
    return (struct policy_alert){
        .metric = metric,
        .window_us = of->windowed ? WINDOW_DEFAULT_US : 0,
        .short_window_us = burn ? SHORT_WINDOW_DEFAULT_US : 0,
        .target = burn ? TARGET_DEFAULT : 0,
        .at_least = !of->rate ? 0
                    : burn    ? BURN_AT_LEAST
                              : RATE_AT_LEAST,
        .objective = metric == POLICY_UNASSIGNED_LATE ? POLICY_ASSIGNED : POLICY_CONTACTED,
        .class_index = POLICY_NONE,
        .team = "",
        .repeat_us = page ? 4 * HOUR_US : 24 * HOUR_US,
    };
}

static size_t find_rule(const struct rules *rules, struct bytes name)
{
    size_t at = 0;
    while (at < rules->count && !bytes_is(name, rules->items[at].name))
        at++;
    return at;
}

/* One of the mesh's own. */
static void add_rule(struct policy_build *build, const struct policy_node *node,
                     struct rules *rules)
{
    const struct policy_node *name = policy_node_get(node, "name"),
                             *metric = policy_node_get(node, "metric"),
                             *over = policy_node_get(node, "over");
    if (metric == NULL || is_true(policy_node_get(node, "off"), false)) {
        const char *names[BUILT_IN];
        for (size_t i = 0; i < BUILT_IN; i++)
            names[i] = built_in[i].name;
        const char *hint = policy_hint(build, name->text, names, BUILT_IN);
        policy_report(build, name, "no built-in rule is called `%.*s`%s", POLICY_CLIP(name->text),
                      hint[0] != '\0' ? hint : "; one of your own needs a `metric`");
        return;
    }
    if (over == NULL)
        policy_report(build, node, "`over` is missing: above what does the rule fire?");
    uint32_t chosen = policy_choice(policy_metrics, policy_node_text(metric));
    if (chosen == POLICY_NONE)
        return; /* reported already */
    size_t at = rules->count++;
    rules->items[at] =
        new_rule((enum policy_metric)chosen, is_true(policy_node_get(node, "page"), false));
    rules->items[at].name = policy_build_text(build, name);
    rules->nodes[at] = node;
    overlay(build, node, &rules->items[at]);
}

static void take_rule(struct policy_build *build, const struct policy_node *node,
                      struct rules *rules)
{
    const struct policy_node *name = policy_node_get(node, "name"),
                             *metric = policy_node_get(node, "metric");
    if (policy_node_text(name).size == 0)
        return; /* reported already */
    size_t at = find_rule(rules, name->text);
    if (at == rules->count) {
        add_rule(build, node, rules);
        return;
    }
    if (rules->nodes[at] != NULL) {
        policy_report(build, name, "the rule `%.*s` is given twice; first on line %u",
                      POLICY_CLIP(name->text), policy_node_place(rules->nodes[at]).line);
        return;
    }
    rules->nodes[at] = node;
    rules->off[at] = is_true(policy_node_get(node, "off"), false);
    if (metric != NULL &&
        !bytes_is(policy_node_text(metric), policy_metric_name(rules->items[at].metric)))
        policy_report(build, metric,
                      "the built-in rule `%s` measures `%s`; give one that measures something "
                      "else another name",
                      rules->items[at].name, policy_metric_name(rules->items[at].metric));
    else if (!rules->off[at])
        overlay(build, node, &rules->items[at]);
}

static void build_alerts(struct policy_build *build)
{
    const struct policy_node *list = policy_node_get(build->alerts, "alerts");
    const struct policy_node *group = policy_node_get(build->alerts, "group");
    const struct policy_item *item = policy_node_items(list, POLICY_NODE_LIST);
    struct policy_alerting *alerting = &build->release->alerting;
    struct rules *rules = arena_zalloc(&build->scratch, sizeof *rules);
    if (build->from_files) {
        memcpy(rules->items, built_in, sizeof built_in);
        rules->count = BUILT_IN;
    }
    if (item != NULL && policy_build_too_many(build, list, "alerts", POLICY_ALERTS_MAX))
        item = NULL;
    for (; item != NULL; item = item->next)
        take_rule(build, item->value, rules);
    struct policy_alert *kept = arena_array(build->arena, rules->count, sizeof *kept);
    for (size_t i = 0; i < rules->count; i++)
        if (!rules->off[i])
            kept[alerting->rule_count++] = rules->items[i];
    alerting->rules = kept;
    alerting->group_us = group == NULL ? GROUP_DEFAULT_US : policy_build_duration(group);
    if (alerting->rule_count > POLICY_ALERTS_MAX)
        policy_report(build, list, "with the built-in ones %zu rules are too many; %d are the most",
                      alerting->rule_count, POLICY_ALERTS_MAX);
}

/* ---- mesh.yaml: causes and incidents */

static void build_causes(struct policy_build *build)
{
    const struct policy_node *list = policy_node_get(build->mesh, "causes");
    const struct policy_item *item = policy_node_items(list, POLICY_NODE_LIST);
    if (item == NULL || policy_build_too_many(build, list, "causes", POLICY_CAUSES_MAX))
        return;
    struct policy_cause *causes = arena_array(build->arena, list->count, sizeof *causes);
    struct policy_index names;
    size_t count = 0;
    policy_index_init(&names, &build->scratch, list->count);
    for (; item != NULL; item = item->next) {
        const struct policy_node *name = policy_node_get(item->value, "name");
        if (policy_node_text(name).size == 0)
            continue;
        causes[count] = (struct policy_cause){
            .name = policy_build_text(build, name),
            .title = policy_build_text(build, policy_node_get(item->value, "title")),
        };
        if (policy_index_add(&names, bytes_of(causes[count].name), 0) == POLICY_NONE)
            count++;
        else
            policy_report(build, name, "the cause `%.*s` is listed twice; keep one",
                          POLICY_CLIP(name->text));
    }
    build->release->causes = causes;
    build->release->cause_count = count;
}

static int64_t read_hours(struct policy_build *build, const struct policy_node *node,
                          const char *key, int64_t otherwise)
{
    int64_t window_us = policy_build_duration(node);
    if (node == NULL || window_us <= 0)
        return otherwise;
    if (window_us % HOUR_US != 0 || window_us > WINDOW_MAX_US)
        policy_report(build, node, "`%s` must be whole hours up to 35d, got `%.*s`", key,
                      POLICY_CLIP(node->text));
    return window_us;
}

static void build_incidents(struct policy_build *build)
{
    const struct policy_node *node = policy_node_get(build->mesh, "incidents");
    const struct policy_node *drop = policy_node_get(node, "drop"),
                             *norm = policy_node_get(node, "norm"),
                             *least = policy_node_get(node, "at_least");
    struct policy_incident_rule *rule = &build->release->incidents;
    int64_t share;
    *rule = (struct policy_incident_rule){
        .drop = build->from_files ? 1000 : 0, /* of a stored release that says nothing: never */
        .window_us = read_hours(build, policy_node_get(node, "window"), "window", 24 * HOUR_US),
        .norm_us = read_hours(build, norm, "norm", 28 * TIME_US_PER_DAY),
        .at_least = RATE_AT_LEAST,
        .team = policy_build_team(build, policy_node_get(node, "team")),
    };
    if (policy_hundredths_parse(policy_node_text(drop), "%", &share))
        rule->drop = (uint32_t)share;
    if (least != NULL && least->kind == POLICY_NODE_INTEGER && least->integer > 0)
        rule->at_least = (uint32_t)least->integer;
    if (rule->window_us + rule->norm_us > WINDOW_MAX_US)
        policy_report(build, norm != NULL ? norm : node,
                      "`window` and the `norm` before it must be at most 35d together");
    else if (rule->norm_us < rule->window_us)
        policy_report(build, norm != NULL ? norm : node,
                      "`norm` must be no shorter than the `window` that is compared with it");
}

void policy_build_trouble(struct policy_build *build)
{
    build_causes(build);
    build_incidents(build);
    build_alerts(build);
}
