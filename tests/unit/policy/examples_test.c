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
    assert_true(release->pool_count >= 5);
    assert_true(release->rep_count >= 40);
    assert_true(release->schema.count >= 22);
    expect_fixed_point(release);
    policy_release_unref(release);
    arena_release(&arena);
}

/* The routes of acme are pinned down by its own tests, in examples/acme/tests. */
static void every_rep_of_acme_can_get_a_lead(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    struct policy_release *release = compile_example("acme", &arena);
    bool *reached = arena_array(&arena, release->rep_count, sizeof *reached);
    for (size_t i = 0; i < release->route_count; i++)
        if (release->routes[i].target == POLICY_TO_REP && release->routes[i].rep_text == NULL)
            reached[release->routes[i].target_index] = true;
    for (size_t i = 0; i < release->pool_count; i++) {
        const struct policy_pool *pool = &release->pools[i];
        for (size_t j = 0; j < pool->member_count; j++)
            reached[pool->members[j].rep] = true;
        for (size_t j = 0; j < pool->on_call_count; j++)
            reached[pool->on_call[j]] = true;
    }
    for (size_t i = 0; i < release->rep_count; i++)
        if (!reached[i])
            fail_msg("no route or pool leads to %s", release->reps[i].id);
    policy_release_unref(release);
    arena_release(&arena);
}

static void acme_shows_every_strategy_and_target(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    struct policy_release *release = compile_example("acme", &arena);
    unsigned strategies = 0, targets = 0;
    for (size_t i = 0; i < release->pool_count; i++)
        strategies |= 1u << release->pools[i].strategy;
    for (size_t i = 0; i < release->route_count; i++)
        targets |= 1u << release->routes[i].target;
    assert_int_equal(strategies, 1u << POLICY_ROUND_ROBIN | 1u << POLICY_WEIGHTED |
                                     1u << POLICY_LEAST_LOADED | 1u << POLICY_SCORE_ORDERED |
                                     1u << POLICY_STICKY);
    assert_int_equal(targets, 1u << POLICY_TO_POOL | 1u << POLICY_TO_REP |
                                  1u << POLICY_TO_EXCEPTION | 1u << POLICY_TO_NURTURE);
    policy_release_unref(release);
    arena_release(&arena);
}

static void outbox_shows_every_kind_of_destination(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    struct policy_release *release = compile_example("outbox", &arena);
    unsigned kinds = 0;
    for (size_t i = 0; i < release->destination_count; i++)
        kinds |= 1u << release->destinations[i].kind;
    assert_int_equal(kinds, (1u << POLICY_DESTINATION_KINDS) - 1);
    for (int i = 0; i < POLICY_AUDIENCES; i++)
        assert_int_not_equal(release->notifications.channels[i].destination, POLICY_NONE);
    assert_true(release->enrichment.reroute.allowed);
    expect_fixed_point(release);
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
        cmocka_unit_test(acme_shows_every_strategy_and_target),
        cmocka_unit_test(outbox_shows_every_kind_of_destination),
        cmocka_unit_test(the_built_in_starter_is_the_one_on_disk),
    };
    return cmocka_run_group_tests_name("policy_examples", tests, NULL, NULL);
}
