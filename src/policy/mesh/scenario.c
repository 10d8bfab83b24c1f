/* Tests, from their files to what a runner needs: every name in them is looked up, so that a test
 * which refers to nothing is a mistake and not a test that never fails. */
#include "policy/mesh/scenario_internal.h"

#include <inttypes.h>

/* ---- what is expected */

static void report_unknown(struct policy_build *build, const struct policy_node *node,
                           const char *what, const char *where, struct scenario_names names)
{
    policy_report(build, node, "no %s `%.*s` in %s%s", what, POLICY_CLIP(node->text), where,
                  policy_hint(build, node->text, names.items, names.count));
}

static void check_class(struct scenario_reading *reading, const struct policy_node *node)
{
    const struct policy_release *release = reading->build->release;
    if (policy_index_find(&reading->classes, node->text) != POLICY_NONE ||
        release->class_count == 0 || policy_report_full(reading->build))
        return;
    struct scenario_names names = {.count = release->class_count};
    names.items = arena_array(&reading->build->scratch, names.count, sizeof *names.items);
    for (size_t i = 0; i < names.count; i++)
        names.items[i] = release->classes[i].name;
    report_unknown(reading->build, node, "class", "the pipeline", names);
}

static void check_route(struct scenario_reading *reading, const struct policy_node *node)
{
    const struct policy_release *release = reading->build->release;
    if (policy_index_find(&reading->routes, node->text) != POLICY_NONE ||
        release->route_count == 0 || policy_report_full(reading->build))
        return;
    struct scenario_names names = {.count = release->route_count};
    names.items = arena_array(&reading->build->scratch, names.count, sizeof *names.items);
    for (size_t i = 0; i < names.count; i++)
        names.items[i] = release->routes[i].name;
    report_unknown(reading->build, node, "route", "the pipeline", names);
}

static void check_nurture(struct scenario_reading *reading, const struct policy_node *node)
{
    const struct policy_release *release = reading->build->release;
    if (policy_index_find(&reading->nurtures, node->text) != POLICY_NONE ||
        policy_report_full(reading->build))
        return;
    struct scenario_names names = {.count = 0};
    names.items =
        arena_array(&reading->build->scratch, release->route_count + 1, sizeof *names.items);
    for (size_t i = 0; i < release->route_count; i++)
        if (release->routes[i].target == POLICY_TO_NURTURE)
            names.items[names.count++] = release->routes[i].kind;
    policy_report(reading->build, node, "no route leads to the nurture `%.*s`%s",
                  POLICY_CLIP(node->text),
                  policy_hint(reading->build, node->text, names.items, names.count));
}

static void check_pool(struct scenario_reading *reading, const struct policy_node *node)
{
    const struct policy_release *release = reading->build->release;
    if (policy_pool_find(release, node->text) != POLICY_NONE || release->pool_count == 0 ||
        bytes_is(node->text, POLICY_EXPECTED_NONE) || policy_report_full(reading->build))
        return;
    struct scenario_names names = {.count = release->pool_count};
    names.items = arena_array(&reading->build->scratch, names.count, sizeof *names.items);
    for (size_t i = 0; i < names.count; i++)
        names.items[i] = release->pools[i].id;
    report_unknown(reading->build, node, "pool", "pools.yaml", names);
}

static void check_owner(struct scenario_reading *reading, const struct policy_node *node)
{
    if (!bytes_is(node->text, POLICY_EXPECTED_NONE))
        scenario_find_rep(reading->build, node);
}

static void check_team(struct scenario_reading *reading, const struct policy_node *node)
{
    policy_build_team(reading->build, node);
}

static void check_exception(struct scenario_reading *reading, const struct policy_node *node)
{
    const struct policy_release *release = reading->build->release;
    const char *kinds[POLICY_KINDS_MAX];
    for (size_t i = 0; i < release->exception_count; i++) {
        kinds[i] = release->exceptions[i].kind;
        if (bytes_is(node->text, kinds[i]))
            return;
    }
    policy_report(reading->build, node, "no kind of exception is called `%.*s`%s",
                  POLICY_CLIP(node->text),
                  policy_hint(reading->build, node->text, kinds, release->exception_count));
}

static void check_account(struct scenario_reading *reading, const struct policy_node *node)
{
    struct policy_build *build = reading->build;
    if (build->accounts == NULL)
        policy_report(build, node,
                      "accounts.yaml says what accounts there are, and the mesh has none");
}

/* By enum policy_expected; NULL: the shape has said all. */
static void (*const checks[POLICY_EXPECTED_MEMBERS])(struct scenario_reading *,
                                                     const struct policy_node *) = {
    [POLICY_EXPECTED_CLASS] = check_class,         [POLICY_EXPECTED_ROUTE] = check_route,
    [POLICY_EXPECTED_OWNER] = check_owner,         [POLICY_EXPECTED_POOL] = check_pool,
    [POLICY_EXPECTED_THROUGH] = check_pool,        [POLICY_EXPECTED_TEAM] = check_team,
    [POLICY_EXPECTED_NURTURE] = check_nurture,     [POLICY_EXPECTED_ACCOUNT] = check_account,
    [POLICY_EXPECTED_EXCEPTION] = check_exception,
};

static const char *text_of(struct arena *arena, const struct policy_node *node)
{
    switch (node->kind) {
    case POLICY_NODE_TEXT: return arena_string(arena, node->text);
    case POLICY_NODE_BOOLEAN: return node->boolean ? "true" : "false";
    case POLICY_NODE_INTEGER: return arena_printf(arena, "%" PRId64, node->integer);
    default: return NULL; /* reported */
    }
}

static void build_expectation(struct scenario_reading *reading, const struct policy_node *node,
                              struct policy_expectation *ret)
{
    for (int member = 0; member < POLICY_EXPECTED_MEMBERS; member++) {
        const struct policy_node *value =
            policy_node_get(node, policy_expected_name((enum policy_expected)member));
        if (value == NULL)
            continue;
        ret->texts[member] = text_of(reading->arena, value);
        if (checks[member] != NULL && value->kind == POLICY_NODE_TEXT)
            checks[member](reading, value);
    }
}

static const struct {
    const char *key;
    enum policy_expected member;
} count_keys[] = {
    {"owners", POLICY_EXPECTED_OWNER},
    {"routes", POLICY_EXPECTED_ROUTE},
    {"places", POLICY_EXPECTED_PLACE},
};
enum { COUNT_KEYS = sizeof count_keys / sizeof *count_keys };

static void check_place(struct policy_build *build, const struct policy_node *node)
{
    enum { PLACES = 5 };
    if (policy_choice(policy_scenario_places, node->text) == POLICY_NONE &&
        !policy_report_full(build))
        policy_report(build, node,
                      "a place is one of owned, waiting, exception, nurture, closed, got `%.*s`%s",
                      POLICY_CLIP(node->text),
                      policy_hint(build, node->text, policy_scenario_places, PLACES));
}

static void build_counts(struct scenario_reading *reading, const struct policy_node *node,
                         struct policy_scenario *scenario)
{
    size_t most = 0;
    for (size_t i = 0; i < COUNT_KEYS; i++) {
        const struct policy_node *counts = policy_node_get(node, count_keys[i].key);
        most += policy_node_items(counts, POLICY_NODE_OBJECT) == NULL ? 0 : counts->count;
    }
    struct policy_expected_count *list = arena_array(reading->arena, most, sizeof *list);
    for (size_t i = 0; i < COUNT_KEYS; i++) {
        const struct policy_node *counts = policy_node_get(node, count_keys[i].key);
        for (const struct policy_item *item = policy_node_items(counts, POLICY_NODE_OBJECT);
             item != NULL; item = item->next) {
            if (count_keys[i].member == POLICY_EXPECTED_PLACE)
                check_place(reading->build, item->key);
            else
                checks[count_keys[i].member](reading, item->key);
            if (item->value->kind == POLICY_NODE_INTEGER && item->value->integer >= 0 &&
                item->value->integer <= POLICY_CAPACITY_MAX)
                list[scenario->count_count++] = (struct policy_expected_count){
                    count_keys[i].member, arena_string(reading->arena, item->key->text),
                    (uint32_t)item->value->integer};
        }
    }
    scenario->counts = list;
}

void scenario_build_expected(struct scenario_reading *reading, const struct policy_node *node,
                             struct policy_scenario *scenario)
{
    const struct policy_item *item = policy_node_items(node, POLICY_NODE_LIST);
    size_t count = item == NULL ? 1 : node->count;
    struct policy_expectation *list = arena_array(reading->arena, count, sizeof *list);
    scenario->expected = list;
    scenario->expected_count = count;
    if (item == NULL) {
        build_expectation(reading, node, &list[0]);
        build_counts(reading, node, scenario);
        return;
    }
    for (size_t i = 0; i < count; i++, item = item->next)
        build_expectation(reading, item->value, &list[i]);
    size_t leads = policy_scenario_lead_count(scenario);
    if (count != leads)
        policy_report(reading->build, node,
                      "`expect` lists %zu leads, and %zu come; list one for each", count, leads);
}

/* ---- files */

static void build_test(struct scenario_reading *reading, const struct policy_node *test,
                       const struct policy_node *defaults, struct policy_scenario *scenario)
{
    scenario->file = arena_string(reading->arena, bytes_of(test->document->path));
    scenario->line = policy_node_place(test).line;
    scenario->name = arena_string(reading->arena, policy_node_text(policy_node_get(test, "name")));
    if (scenario_build_given(reading, test, defaults, scenario))
        scenario_build_expected(reading, policy_node_get(test, "expect"), scenario);
}

static void index_names(struct scenario_reading *reading)
{
    struct policy_build *build = reading->build;
    const struct policy_release *release = build->release;
    policy_index_init(&reading->classes, &build->scratch, release->class_count);
    policy_index_init(&reading->routes, &build->scratch, release->route_count);
    policy_index_init(&reading->nurtures, &build->scratch, release->route_count);
    for (uint32_t i = 0; i < release->class_count; i++)
        policy_index_add(&reading->classes, bytes_of(release->classes[i].name), i);
    for (uint32_t i = 0; i < release->route_count; i++) {
        policy_index_add(&reading->routes, bytes_of(release->routes[i].name), i);
        if (release->routes[i].target == POLICY_TO_NURTURE)
            policy_index_add(&reading->nurtures, bytes_of(release->routes[i].kind), i);
    }
}

void policy_build_scenarios(struct policy_build *build, const struct policy_node *const *files,
                            size_t count, struct policy_scenarios *ret)
{
    struct scenario_reading reading = {
        .build = build, .arena = &ret->arena, .sound = build->diagnostics->count == 0};
    size_t most = 0;
    if (count == 0 || build->release->schema.count == 0)
        return;
    index_names(&reading);
    reading.slots = arena_array(&build->scratch, build->release->rep_count, sizeof *reading.slots);
    for (size_t i = 0; i < count; i++) {
        const struct policy_node *tests = policy_node_get(files[i], "tests");
        most += policy_node_items(tests, POLICY_NODE_LIST) == NULL ? 0 : tests->count;
    }
    most = most < POLICY_SCENARIOS_MAX ? most : POLICY_SCENARIOS_MAX;
    struct policy_scenario *items = arena_array(&ret->arena, most, sizeof *items);
    ret->items = items;
    for (size_t i = 0; i < count; i++) {
        const struct policy_node *defaults = policy_node_get(files[i], "defaults");
        const struct policy_node *tests = policy_node_get(files[i], "tests");
        for (const struct policy_item *item = policy_node_items(tests, POLICY_NODE_LIST);
             item != NULL; item = item->next) {
            if (ret->count == most) {
                policy_report(build, item->value, "a mesh has at most %d tests; remove some",
                              POLICY_SCENARIOS_MAX);
                return;
            }
            if (item->value->kind == POLICY_NODE_OBJECT)
                build_test(&reading, item->value, defaults, &items[ret->count++]);
        }
    }
}

void policy_scenarios_release(struct policy_scenarios *scenarios)
{
    arena_release(&scenarios->arena);
    scenarios->items = NULL;
    scenarios->count = 0;
}

/* ---- leads as they come */

size_t policy_scenario_lead_count(const struct policy_scenario *scenario)
{
    return scenario->lead_count * scenario->repeat;
}

/* The same text for somebody else: "jo@x.example" → "jo+2@x.example", "+49 170" → "+49 170 00002".
 */
static struct cel_value another(const struct cel_value *value, bool email, size_t number,
                                struct arena *arena)
{
    if (value->kind != CEL_STRING)
        return *value;
    struct bytes text = value->string;
    const char *at = text.size > 0 && email ? memchr(text.data, '@', text.size) : NULL;
    size_t before = at == NULL ? text.size : (size_t)(at - text.data);
    struct bytes rest = {text.data + before, text.size - before};
    const char *made = arena_printf(arena, email ? "%.*s+%zu%.*s" : "%.*s %05zu%.*s", (int)before,
                                    text.data != NULL ? text.data : "", number, BYTES_ARG(rest));
    return cel_string(bytes_of(made));
}

const struct cel_value *policy_scenario_lead(const struct policy_release *release,
                                             const struct policy_scenario *scenario, size_t at,
                                             struct arena *arena)
{
    const struct policy_schema *schema = &release->schema;
    if (scenario->repeat == 1 || at == 0)
        return scenario->leads[at];
    struct cel_value *values = arena_array(arena, schema->count, sizeof *values);
    memcpy(values, scenario->leads[0], schema->count * sizeof *values);
    const uint32_t keys[] = {schema->email, schema->phone, schema->external_id};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (keys[i] != POLICY_NONE)
            values[keys[i]] = another(&values[keys[i]], keys[i] == schema->email, at + 1, arena);
    return values;
}
