/* Groups, samples, params and the places that a route may lead to. */
#include "mesh.h"

#include <stdio.h>

#define HEAD "pipeline: inbound\nowner: ops\nclasses: [{name: rest}]\n"
#define LAST "  - {name: others, to: {pool: all}}\n"

static struct policy_release *compile_routes(const char *routes)
{
    static char text[8192];
    struct mesh mesh;
    mesh_init(&mesh);
    snprintf(text, sizeof text,
             HEAD "params: {big: 500, hot: 80.5, home: FR, strict: true}\n"
                  "routes:\n%s" LAST,
             routes);
    mesh_set(&mesh, "pipelines/inbound.yaml", text);
    return mesh_compile(&mesh);
}

#define routes_refused(routes, ...) \
    file_refused("pipelines/inbound.yaml", HEAD "routes:\n" routes LAST, __VA_ARGS__)

static uint32_t route_of(const struct policy_release *release, const char *country,
                         int64_t employees, struct hash128 person)
{
    struct cel_value values[POLICY_FIELDS_MAX] = {0};
    if (country != NULL)
        values[3] = cel_string(bytes_of(country));
    if (employees >= 0)
        values[4] = cel_int(employees);
    struct policy_subject subject = {.values = values, .person = person};
    struct policy_inputs inputs;
    struct policy_decision decision;
    policy_inputs_init(&inputs, release, &subject);
    policy_decide(&inputs, &decision);
    return decision.route_index;
}

static const struct hash128 nobody = {0, 0};

/* ---- groups */

#define GROUPED                                                                          \
    "  - group: large\n"                                                                 \
    "    when: 'lead.employees >= params.big'\n"                                         \
    "    routes:\n"                                                                      \
    "      - {name: large-french, when: 'lead.country == \"FR\" // home\n"               \
    "          ', to: {pool: north}}\n"                                                  \
    "      - group: rest\n"                                                              \
    "        routes:\n"                                                                  \
    "          - {name: large-german, when: 'lead.country == \"DE\"', to: {rep: ana}}\n" \
    "          - {name: large-other, to: {rep: ben}}\n"

static void a_group_shares_its_condition(void **state)
{
    (void)state;
    struct policy_release *release = compile_routes(GROUPED);
    assert_int_equal(release->route_count, 4);
    assert_string_equal(release->routes[0].group, "large");
    assert_string_equal(release->routes[1].group, "large/rest");
    assert_string_equal(release->routes[3].group, "");
    assert_string_equal(release->routes[1].when_text,
                        "(lead.employees >= params.big) && (lead.country == \"DE\")");
    assert_string_equal(release->routes[2].when_text, "(lead.employees >= params.big)");
    assert_int_equal(route_of(release, "FR", 600, nobody), 0);
    assert_int_equal(route_of(release, "DE", 600, nobody), 1);
    assert_int_equal(route_of(release, "US", 600, nobody), 2);
    assert_int_equal(route_of(release, "FR", 400, nobody), 3);
    policy_release_unref(release);
}

static void mistakes_about_groups_are_named(void **state)
{
    (void)state;
    routes_refused("  - {when: 'lead.employees > 5', routes: [{name: a, to: {pool: all}}]}\n"
                   "  - {group: x, to: {pool: all}, routes: [{name: b, when: 'lead.employees < 2',"
                   " to: {pool: all}}]}\n"
                   "  - {group: y, name: c, to: {pool: all}, when: 'lead.employees == 3'}\n"
                   "  - {group: 'a b', when: 'lead.employees', routes: [{name: d, when: '1', to: "
                   "{pool: all}}]}\n",
                   "pipelines/inbound.yaml:5:5: a group needs a name: `group: …`",
                   "pipelines/inbound.yaml:6:20: `to` belongs to a route, and this is a group; "
                   "move it into its `routes`",
                   "pipelines/inbound.yaml:7:13: a group needs `routes`; add them, or remove "
                   "`group`",
                   "pipelines/inbound.yaml:8:13: `group` must be 1 to 64 letters, digits or _ - . "
                   "@ +, and start with a letter, a digit or _, got `a b`",
                   "pipelines/inbound.yaml:8:27: this is int, but bool is needed here",
                   "pipelines/inbound.yaml:8:70: this is int, but bool is needed here");
}

static void what_a_route_lacks_is_named(void **state)
{
    (void)state;
    routes_refused("  - {when: 'lead.employees > 5', to: {pool: all}}\n"
                   "  - {name: b, when: 'lead.employees > 3'}\n",
                   "pipelines/inbound.yaml:5:5: `name` is missing in an item of `routes`",
                   "pipelines/inbound.yaml:6:5: `to` is missing in an item of `routes`");
}

/* ---- params */

static void params_are_typed_constants(void **state)
{
    (void)state;
    struct policy_release *release = compile_routes(
        "  - {name: home, when: 'params.strict && lead.country == params.home', to: {rep: ana}}\n"
        "  - {name: big, when: 'double(lead.employees) > params.hot', to: {rep: ben}}\n");
    assert_int_equal(release->param_count, 4);
    assert_string_equal(release->params[1].name, "hot");
    assert_true(release->params[1].value.kind == CEL_DOUBLE);
    assert_int_equal(route_of(release, "FR", 0, nobody), 0);
    assert_int_equal(route_of(release, "US", 81, nobody), 1);
    assert_int_equal(route_of(release, "US", 80, nobody), 2);
    policy_release_unref(release);
}

static void a_param_may_be_overridden_for_one_decision(void **state)
{
    (void)state;
    struct policy_release *release =
        compile_routes("  - {name: big, when: 'lead.employees >= params.big', to: {rep: ben}}\n");
    struct cel_value values[POLICY_FIELDS_MAX] = {0};
    values[4] = cel_int(100);
    struct policy_subject subject = {.values = values};
    struct policy_inputs inputs;
    policy_inputs_init(&inputs, release, &subject);
    assert_int_equal(policy_route_next(&inputs, 0), 1);
    inputs.params[0] = cel_int(50);
    assert_int_equal(policy_route_next(&inputs, 0), 0);
    policy_release_unref(release);
}

/* ---- samples */

static void a_sample_is_stable_and_of_the_right_size(void **state)
{
    (void)state;
    struct policy_release *release =
        compile_routes("  - {name: trial, percent: 12.5, to: {rep: ana}}\n"
                       "  - {name: other-trial, percent: 50, to: {rep: ben}}\n");
    enum { PEOPLE = 20000 };
    int taken = 0, others = 0;
    assert_int_equal(release->routes[0].sample, 1250);
    assert_true(release->uses_sample);
    for (uint64_t i = 1; i <= PEOPLE; i++) {
        uint32_t route = route_of(release, NULL, -1, (struct hash128){i, i * 7});
        assert_int_equal(route, route_of(release, "DE", 5, (struct hash128){i, i * 7}));
        taken += route == 0;
        others += route == 1;
    }
    assert_in_range(taken, PEOPLE * 12 / 100, PEOPLE * 13 / 100);
    /* The two samples are independent: half of the rest, not of everybody. */
    assert_in_range(others, (PEOPLE - taken) * 48 / 100, (PEOPLE - taken) * 52 / 100);
    policy_release_unref(release);
}

static void without_a_person_the_values_are_sampled(void **state)
{
    (void)state;
    struct policy_release *release =
        compile_routes("  - {name: trial, percent: 50, to: {rep: ana}}\n");
    int taken = 0;
    for (int64_t i = 0; i < 1000; i++) {
        assert_int_equal(route_of(release, "FR", i, nobody), route_of(release, "FR", i, nobody));
        taken += route_of(release, "FR", i, nobody) == 0;
    }
    assert_in_range(taken, 430, 570);
    policy_release_unref(release);
}

static void percent_has_a_range(void **state)
{
    (void)state;
    routes_refused("  - {name: a, percent: 0, to: {pool: all}}\n"
                   "  - {name: b, percent: 0.125, to: {pool: all}}\n"
                   "  - {name: c, percent: 100.5, to: {pool: all}, when: 'false'}\n",
                   "pipelines/inbound.yaml:5:24: `percent` must be from 0.01 to 100 with at most "
                   "two decimals, got `0`",
                   "pipelines/inbound.yaml:6:5: never reached, with all that follows: the route "
                   "`a` on line 5 has no `when` and takes every lead; move it to the end or give "
                   "it a `when`",
                   "pipelines/inbound.yaml:6:24: `percent` must be from 0.01 to 100 with at most "
                   "two decimals, got `0.125`",
                   "pipelines/inbound.yaml:7:24: `percent` must be from 0.01 to 100 with at most "
                   "two decimals, got `100.5`");
}

/* ---- targets */

static void a_route_leads_to_an_exception_or_nurture(void **state)
{
    (void)state;
    struct policy_release *release = compile_routes(
        "  - {name: no-email, when: '!has(lead.email)', to: {exception: missing_email}}\n"
        "  - {name: abm, when: 'lead.employees > 9', to: {exception: account_review, team: north,"
        " within: 2h}}\n"
        "  - {name: later, when: 'lead.employees < 2', to: {nurture: newsletter, after: 30d}}\n");
    const struct policy_route *routes = release->routes;
    assert_int_equal(routes[0].target, POLICY_TO_EXCEPTION);
    assert_string_equal(routes[0].kind, "missing_email");
    assert_string_equal(routes[0].team, "");
    assert_true(routes[0].delay_us == INT64_C(86400000000));
    assert_string_equal(routes[1].team, "north");
    assert_true(routes[1].delay_us == INT64_C(7200000000));
    assert_int_equal(routes[2].target, POLICY_TO_NURTURE);
    assert_string_equal(routes[2].kind, "newsletter");
    assert_true(routes[2].delay_us == 30 * INT64_C(86400000000));
    policy_release_unref(release);
}

static void an_expression_may_name_the_rep(void **state)
{
    (void)state;
    struct policy_release *release = compile_routes(
        "  - {name: by-tag, when: 'has(lead.external_id)', to: {rep: lead.external_id}}\n"
        "  - {name: by-name, when: 'lead.employees > 1', to: {rep: ben}}\n");
    struct cel_value values[POLICY_FIELDS_MAX] = {0};
    struct policy_subject subject = {.values = values};
    struct policy_inputs inputs;
    values[2] = cel_string(BYTES_LITERAL("cleo"));
    policy_inputs_init(&inputs, release, &subject);
    assert_int_equal(release->routes[0].target_index, POLICY_NONE);
    assert_int_equal(policy_route_rep(&inputs, 0), 2);
    assert_int_equal(policy_route_rep(&inputs, 1), 1);
    values[2] = cel_string(BYTES_LITERAL("who"));
    assert_int_equal(policy_route_rep(&inputs, 0), POLICY_NONE);
    values[2].kind = CEL_ABSENT;
    assert_int_equal(policy_route_rep(&inputs, 0), POLICY_NONE);
    policy_release_unref(release);
}

static void mistakes_about_targets_are_named(void **state)
{
    (void)state;
    routes_refused(
        "  - {name: a, when: 'lead.employees == 1', to: {exception: mising_email}}\n"
        "  - {name: b, when: 'lead.employees == 2', to: {exception: manual, team: nort}}\n"
        "  - {name: c, when: 'lead.employees == 3', to: {nurture: x}}\n"
        "  - {name: d, when: 'lead.employees == 4', to: {nurture: x, after: 5m, team: ops}}\n"
        "  - {name: e, when: 'lead.employees == 5', to: {rep: lead.employees}}\n"
        "  - {name: f, when: 'lead.employees == 6', to: {rep: account.owner}}\n"
        "  - {name: g, when: 'lead.employees == 7', to: {rep: ben.smith}}\n",
        "pipelines/inbound.yaml:5:60: no kind of exception is called `mising_email`; did you mean "
        "`missing_email`?",
        "pipelines/inbound.yaml:6:74: `nort` is neither an owner in mesh.yaml nor a team in "
        "people.yaml; did you mean `north`?",
        "pipelines/inbound.yaml:7:48: say when the lead is routed anew: `after: 30d`",
        "pipelines/inbound.yaml:8:68: `after` must be at least 1h, got `5m`",
        "pipelines/inbound.yaml:8:78: `team` goes with `exception`; remove it",
        "pipelines/inbound.yaml:9:54: this is int, but string is needed here",
        "pipelines/inbound.yaml:10:62: no such field `account.owner` (accounts.yaml says what "
        "accounts there are, and the mesh has none)",
        "pipelines/inbound.yaml:11:54: no rep `ben.smith` in people.yaml");
}

static void the_last_route_has_a_place_for_everybody(void **state)
{
    (void)state;
    file_refused("pipelines/inbound.yaml",
                 HEAD "routes: [{name: a, to: {rep: lead.external_id}}]\n",
                 "pipelines/inbound.yaml:4:10: the last route must have a place for every lead, "
                 "and an expression may name nobody; lead to a pool, a rep by id, an exception or "
                 "nurture");
    file_refused("pipelines/inbound.yaml",
                 HEAD "routes: [{name: a, to: {pool: all}, percent: 99}]\n",
                 "pipelines/inbound.yaml:4:46: the last route must take every lead: add a route "
                 "without a condition behind it");
}

/* ---- what is never reached */

static void a_shadowed_route_is_named(void **state)
{
    (void)state;
    routes_refused(
        "  - {name: a, when: 'lead.country in [\"DE\", \"FR\"] && lead.employees > 10', to: {pool: "
        "all}}\n"
        "  - {name: b, when: 'lead.employees >= 20 && lead.country == \"FR\"', to: {pool: all}}\n"
        "  - {name: c, when: 'lead.employees >= 5 && lead.country == \"FR\"', to: {pool: all}}\n"
        "  - {name: d, when: 'lead.employees > 5 && lead.employees < 5', to: {pool: all}}\n",
        "pipelines/inbound.yaml:6:21: never reached: the route `a` on line 5 takes every lead that "
        "this one asks for; move this one before it, or change a condition",
        "pipelines/inbound.yaml:8:21: the condition of the route `d` can never be true: it "
        "contradicts itself");
}

static void a_sampled_route_shadows_nothing(void **state)
{
    (void)state;
    policy_release_unref(
        compile_routes("  - {name: a, percent: 50, when: 'lead.employees > 10', to: {pool: all}}\n"
                       "  - {name: b, when: 'lead.employees > 10', to: {pool: north}}\n"));
}

/* A rep who is full or away is passed over, and who an expression names may be nobody. */
static void a_route_to_a_rep_shadows_nothing(void **state)
{
    (void)state;
    policy_release_unref(
        compile_routes("  - {name: a, when: 'lead.employees > 10', to: {rep: ana}}\n"
                       "  - {name: b, when: 'lead.employees > 10', to: {pool: north}}\n"
                       "  - {name: c, to: {rep: lead.external_id}}\n"
                       "  - {name: d, to: {rep: ben}}\n"
                       "  - {name: e, when: 'lead.employees < 5', to: {pool: north}}\n"));
}

static void a_shadowed_class_is_named(void **state)
{
    (void)state;
    file_refused("pipelines/inbound.yaml",
                 "pipeline: inbound\nowner: ops\nclasses:\n"
                 "  - {name: hot, when: 'lead.employees > 10'}\n"
                 "  - {name: warm, when: 'lead.employees > 11'}\n"
                 "  - {name: rest}\n"
                 "routes: [{name: others, to: {pool: all}}]\n",
                 "pipelines/inbound.yaml:5:24: never reached: the class `hot` on line 4 takes "
                 "every lead that this one asks for; move this one before it, or change a "
                 "condition");
}

/* ---- the stored form */

static void the_stored_form_gives_the_same_routes(void **state)
{
    (void)state;
    struct policy_release *release = compile_routes(
        GROUPED
        "  - {name: trial, percent: 12.5, when: 'lead.employees == 7', to: {rep: "
        "lead.external_id}}\n"
        "  - {name: later, when: 'lead.employees == 8', to: {nurture: news, after: 1h}}\n"
        "  - {name: ask, when: 'lead.employees == 9', to: {exception: manual, team: ops}}\n");
    struct policy_release *again = NULL;
    struct error error;
    assert_int_equal(policy_release_from_canonical(release->canonical, &again, &error), 0);
    assert_string_equal(again->id_text, release->id_text);
    assert_int_equal(again->route_count, release->route_count);
    for (size_t i = 0; i < again->route_count; i++) {
        const struct policy_route *a = &release->routes[i], *b = &again->routes[i];
        assert_string_equal(a->name, b->name);
        assert_string_equal(a->group, b->group);
        assert_int_equal(a->sample, b->sample);
        assert_int_equal(a->target, b->target);
        assert_string_equal(a->kind, b->kind);
        assert_string_equal(a->team, b->team);
        assert_true(a->delay_us == b->delay_us);
        assert_true((a->rep_text == NULL) == (b->rep_text == NULL));
        assert_true((a->when_text == NULL) == (b->when_text == NULL));
    }
    assert_true(again->params[1].value.kind == CEL_DOUBLE);
    policy_release_unref(again);
    policy_release_unref(release);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_group_shares_its_condition),
        cmocka_unit_test(mistakes_about_groups_are_named),
        cmocka_unit_test(what_a_route_lacks_is_named),
        cmocka_unit_test(params_are_typed_constants),
        cmocka_unit_test(a_param_may_be_overridden_for_one_decision),
        cmocka_unit_test(a_sample_is_stable_and_of_the_right_size),
        cmocka_unit_test(without_a_person_the_values_are_sampled),
        cmocka_unit_test(percent_has_a_range),
        cmocka_unit_test(a_route_leads_to_an_exception_or_nurture),
        cmocka_unit_test(an_expression_may_name_the_rep),
        cmocka_unit_test(mistakes_about_targets_are_named),
        cmocka_unit_test(the_last_route_has_a_place_for_everybody),
        cmocka_unit_test(a_shadowed_route_is_named),
        cmocka_unit_test(a_sampled_route_shadows_nothing),
        cmocka_unit_test(a_route_to_a_rep_shadows_nothing),
        cmocka_unit_test(a_shadowed_class_is_named),
        cmocka_unit_test(the_stored_form_gives_the_same_routes),
    };
    return cmocka_run_group_tests_name("policy_routes", tests, NULL, NULL);
}
