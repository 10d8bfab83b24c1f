/* Class, score and route of a lead, and why a route did not match. */
#include "mesh.h"

static struct policy_release *compile_with(const char *pipeline)
{
    struct mesh mesh;
    mesh_init(&mesh);
    mesh_set(&mesh, "sources/ads.yaml", "source: ads\n");
    mesh_set(&mesh, "pipelines/inbound.yaml", pipeline);
    return mesh_compile(&mesh);
}

static struct policy_decision decide(const struct policy_release *release, const char *source,
                                     const char *country, int64_t employees)
{
    struct cel_value values[POLICY_FIELDS_MAX] = {0};
    if (country != NULL)
        values[3] = cel_string(bytes_of(country));
    if (employees >= 0)
        values[4] = cel_int(employees);
    struct policy_subject subject = {.source = policy_source_find(release, bytes_of(source)),
                                     .values = values};
    struct policy_inputs inputs;
    struct policy_decision decision;
    policy_inputs_init(&inputs, release, &subject);
    policy_decide(&inputs, &decision);
    return decision;
}

static void the_first_that_is_true_wins(void **state)
{
    (void)state;
    struct policy_release *release = compile_with(MESH_PIPELINE);
    struct policy_decision decision = decide(release, "web", "FR", 600);
    assert_int_equal(decision.class_index, 0);
    assert_int_equal(decision.route_index, 0);
    assert_int_equal(decision.score, 1200);
    decision = decide(release, "web", "DE", 600);
    assert_int_equal(decision.route_index, 1);
    decision = decide(release, "web", "DE", 50);
    assert_int_equal(decision.class_index, 1);
    assert_int_equal(decision.route_index, 2);
    policy_release_unref(release);
}

static void a_condition_about_an_absent_field_does_not_match(void **state)
{
    (void)state;
    struct policy_release *release = compile_with(MESH_PIPELINE);
    struct policy_decision decision = decide(release, "web", NULL, -1);
    assert_int_equal(decision.class_index, 1);
    assert_int_equal(decision.route_index, 2);
    assert_true(decision.score_failed);
    assert_int_equal(decision.score, 0);
    policy_release_unref(release);
}

static void the_source_can_be_asked(void **state)
{
    (void)state;
    struct policy_release *release =
        compile_with("pipeline: inbound\nowner: ops\nclasses: [{name: rest}]\nroutes:\n"
                     "  - {name: a, when: 'source == \"ads\"', to: {rep: ana}}\n"
                     "  - {name: others, to: {pool: all}}\n");
    assert_int_equal(decide(release, "ads", NULL, -1).route_index, 0);
    assert_int_equal(decide(release, "web", NULL, -1).route_index, 1);
    policy_release_unref(release);
}

static void the_score_is_rounded_and_bounded(void **state)
{
    (void)state;
    static const struct {
        const char *score;
        int64_t expected;
        bool failed;
    } cases[] = {
        {"2.5", 3, false},           {"-2.5", -3, false},          {"7", 7, false},
        {"1e300", INT64_MAX, false}, {"-1e300", INT64_MIN, false}, {"1 / 0", 0, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena;
        arena_init(&arena);
        struct policy_release *release =
            compile_with(arena_printf(&arena,
                                      "pipeline: inbound\nowner: ops\nclasses: [{name: rest}]\n"
                                      "score: '%s'\nroutes: [{name: others, to: {pool: all}}]\n",
                                      cases[i].score));
        struct policy_decision decision = decide(release, "web", NULL, -1);
        assert_int_equal(decision.score, cases[i].expected);
        assert_int_equal(decision.score_failed, cases[i].failed);
        policy_release_unref(release);
        arena_release(&arena);
    }
}

static void a_pipeline_without_score_scores_zero(void **state)
{
    (void)state;
    struct policy_release *release =
        compile_with("pipeline: inbound\nowner: ops\nclasses: [{name: rest}]\n"
                     "routes: [{name: others, to: {pool: all}}]\n");
    struct policy_decision decision = decide(release, "web", NULL, -1);
    assert_int_equal(decision.score, 0);
    assert_false(decision.score_failed);
    policy_release_unref(release);
}

static void each_route_explains_itself(void **state)
{
    (void)state;
    struct policy_release *release = compile_with(MESH_PIPELINE);
    struct cel_value values[POLICY_FIELDS_MAX] = {0};
    struct policy_subject subject = {.values = values};
    struct policy_inputs inputs;
    struct policy_trial trial;
    struct arena arena;
    arena_init(&arena);
    values[4] = cel_int(600);
    policy_inputs_init(&inputs, release, &subject);
    policy_route_try(&inputs, 0, &arena, &trial);
    assert_int_equal(trial.outcome, POLICY_FAILED);
    assert_non_null(strstr(trial.message, "country"));
    policy_route_try(&inputs, 1, &arena, &trial);
    assert_int_equal(trial.outcome, POLICY_MATCHED);
    assert_string_equal(trial.message, "");
    policy_route_try(&inputs, 2, &arena, &trial);
    assert_int_equal(trial.outcome, POLICY_MATCHED);
    values[4] = cel_int(5);
    policy_route_try(&inputs, 1, &arena, &trial);
    assert_int_equal(trial.outcome, POLICY_FALSE);
    arena_release(&arena);
    policy_release_unref(release);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_that_is_true_wins),
        cmocka_unit_test(a_condition_about_an_absent_field_does_not_match),
        cmocka_unit_test(the_source_can_be_asked),
        cmocka_unit_test(the_score_is_rounded_and_bounded),
        cmocka_unit_test(a_pipeline_without_score_scores_zero),
        cmocka_unit_test(each_route_explains_itself),
    };
    return cmocka_run_group_tests_name("policy_decide", tests, NULL, NULL);
}
