/* The example meshes are right, and the starter that `meshline init` writes is the one on disk. */
#include "directory.h"

static struct policy_release *compile_example(const char *name, struct arena *arena)
{
    struct mesh mesh;
    directory_read(name, arena, &mesh);
    return mesh_compile(&mesh);
}

static void expect_fixed_point(const struct policy_release *release)
{
    struct policy_release *again = NULL;
    struct error error = {0};
    assert_int_equal(policy_release_from_canonical(release->canonical, &again, &error), 0);
    assert_string_equal(again->id_text, release->id_text);
    assert_int_equal(again->route_count, release->route_count);
    policy_release_unref(again);
}

static void the_starter_compiles(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    struct policy_release *release = compile_example("starter", &arena);
    assert_int_equal(release->source_count, 1);
    assert_int_equal(release->class_count, 2);
    assert_int_equal(release->route_count, 3);
    assert_int_equal(release->pool_count, 2);
    assert_int_equal(release->rep_count, 4);
    expect_fixed_point(release);
    policy_release_unref(release);
    arena_release(&arena);
}

static void acme_compiles(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    struct policy_release *release = compile_example("acme", &arena);
    assert_int_equal(release->source_count, 4);
    assert_int_equal(release->class_count, 3);
    assert_true(release->route_count >= 12);
    assert_int_equal(release->pool_count, 5);
    assert_int_equal(release->rep_count, 40);
    assert_true(release->schema.count >= 22);
    expect_fixed_point(release);
    policy_release_unref(release);
    arena_release(&arena);
}

static void every_rep_of_acme_can_get_a_lead(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    struct policy_release *release = compile_example("acme", &arena);
    bool *reached = arena_array(&arena, release->rep_count, sizeof *reached);
    for (size_t i = 0; i < release->route_count; i++) {
        const struct policy_route *route = &release->routes[i];
        if (route->target == POLICY_TO_REP) {
            reached[route->target_index] = true;
            continue;
        }
        if (route->target != POLICY_TO_POOL)
            continue;
        const struct policy_pool *pool = &release->pools[route->target_index];
        for (size_t j = 0; j < pool->member_count; j++)
            reached[pool->members[j].rep] = true;
    }
    for (size_t i = 0; i < release->rep_count; i++)
        if (!reached[i])
            fail_msg("no route leads to %s", release->reps[i].id);
    policy_release_unref(release);
    arena_release(&arena);
}

static void acme_routes_as_its_comments_say(void **state)
{
    (void)state;
    static const struct {
        const char *source, *payload, *class_name, *route;
    } cases[] = {
        {"website", "{\"country\":\"DE\",\"form\":\"demo\"}", "hot", "dach"},
        {"website", "{\"country\":\"US\",\"form\":\"newsletter\"}", "low", "north-america"},
        {"website", "{\"country\":\"FR\",\"employees\":8000}", "low", "enterprise-size"},
        {"website", "{\"country\":\"SE\",\"domain\":\"nordlager.example\"}", "low",
         "named-accounts-north"},
        {"website", "{\"country\":\"AQ\",\"firstName\":\"Kim\"}", "low", "everyone"},
        {"partner-portal", "{\"country\":\"SG\",\"employees\":1500,\"deal_registration\":\"D1\"}",
         "standard", "enterprise-partner"},
        {"ad-platform", "{\"country\":\"JP\",\"intent\":85,\"lead_id\":\"x\"}", "hot", "asia"},
        {"webinars", "{\"country\":\"BR\",\"fit\":95,\"sessions\":[\"picking\"]}", "standard",
         "account-based"},
    };
    struct arena arena;
    arena_init(&arena);
    struct policy_release *release = compile_example("acme", &arena);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct json_object *payload = NULL;
        struct cel_value values[POLICY_FIELDS_MAX];
        struct policy_problems problems;
        struct policy_decision decision;
        uint32_t source = policy_source_find(release, bytes_of(cases[i].source));
        assert_int_equal(json_parse(bytes_of(cases[i].payload), &payload, NULL), 0);
        assert_int_equal(
            policy_record_from_json(release, source, payload, &arena, values, &problems), 0);
        struct policy_subject subject = {.source = source, .values = values};
        struct policy_inputs inputs;
        policy_inputs_init(&inputs, release, &subject);
        policy_decide(&inputs, &decision);
        assert_string_equal(release->classes[decision.class_index].name, cases[i].class_name);
        assert_string_equal(release->routes[decision.route_index].name, cases[i].route);
        assert_false(decision.score_failed);
        json_object_put(payload);
    }
    policy_release_unref(release);
    arena_release(&arena);
}

static void the_built_in_starter_is_the_one_on_disk(void **state)
{
    (void)state;
    struct arena arena;
    struct mesh mesh;
    const struct policy_file *files;
    size_t count;
    arena_init(&arena);
    directory_read("starter", &arena, &mesh);
    policy_starter_files(&files, &count);
    assert_int_equal(count, mesh.count);
    for (size_t i = 0; i < count; i++) {
        size_t at = 0;
        while (at < mesh.count && strcmp(mesh.files[at].path, files[i].path) != 0)
            at++;
        assert_true(at < mesh.count);
        assert_true(bytes_equal(mesh.files[at].content, files[i].content));
    }
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_starter_compiles),
        cmocka_unit_test(acme_compiles),
        cmocka_unit_test(every_rep_of_acme_can_get_a_lead),
        cmocka_unit_test(acme_routes_as_its_comments_say),
        cmocka_unit_test(the_built_in_starter_is_the_one_on_disk),
    };
    return cmocka_run_group_tests_name("policy_examples", tests, NULL, NULL);
}
