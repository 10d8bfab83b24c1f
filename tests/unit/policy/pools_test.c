/* Strategies, weights, tiers, overflow, and what a pool does when nobody can take a lead. */
#include "mesh.h"

#include <stdio.h>

static struct policy_release *compile_pools(const char *pools)
{
    struct mesh mesh;
    mesh_init(&mesh);
    mesh_set(&mesh, "pools.yaml", pools);
    return mesh_compile(&mesh);
}

#define NORTH "  - {id: north, members: [{team: north}]}\n"
#define pools_refused(pools, ...) file_refused("pools.yaml", "pools:\n" pools, __VA_ARGS__)

static void weights_are_of_reps_and_teams(void **state)
{
    (void)state;
    struct policy_release *release =
        compile_pools("pools:\n" NORTH "  - id: all\n    strategy: weighted\n"
                      "    members: [{team: north, weight: 3}, {rep: ben, weight: 5}, cleo]\n");
    const struct policy_pool *pool = &release->pools[1];
    assert_int_equal(pool->strategy, POLICY_WEIGHTED);
    assert_int_equal(pool->otherwise, POLICY_WEIGHTED);
    assert_int_equal(pool->member_count, 3);
    assert_int_equal(pool->members[0].rep, 0);
    assert_int_equal(pool->members[0].weight, 3);
    /* In the place of the team, with what is said of the rep alone. */
    assert_int_equal(pool->members[1].rep, 1);
    assert_int_equal(pool->members[1].weight, 5);
    assert_int_equal(pool->members[2].weight, 1);
    policy_release_unref(release);
}

static void tiers_fall_and_the_last_takes_the_rest(void **state)
{
    (void)state;
    struct policy_release *release = compile_pools(
        "pools:\n" NORTH "  - id: all\n    strategy: score_ordered\n"
        "    tiers: [{name: senior, min_score: 200}, {name: middle, min_score: -8}, {name: low}]\n"
        "    members: [{rep: ana, tier: senior}, {rep: ben, tier: middle}, cleo]\n");
    const struct policy_pool *pool = &release->pools[1];
    assert_int_equal(pool->tier_count, 3);
    assert_true(pool->tier_scores[0] == 200 && pool->tier_scores[1] == -8);
    assert_true(pool->tier_scores[2] == INT64_MIN);
    assert_int_equal(pool->members[0].tier, 0);
    assert_int_equal(pool->members[1].tier, 1);
    assert_int_equal(pool->members[2].tier, 2);
    assert_int_equal(release->pools[0].tier_count, 1);
    assert_true(release->pools[0].tier_scores[0] == INT64_MIN);
    policy_release_unref(release);
}

static void a_sticky_pool_shares_new_people_by_another_strategy(void **state)
{
    (void)state;
    struct policy_release *release = compile_pools(
        "pools:\n  - {id: north, strategy: sticky, otherwise: least_loaded, members: [ana]}\n"
        "  - {id: all, strategy: sticky, members: [ana]}\n");
    assert_int_equal(release->pools[0].strategy, POLICY_STICKY);
    assert_int_equal(release->pools[0].otherwise, POLICY_LEAST_LOADED);
    assert_int_equal(release->pools[1].otherwise, POLICY_ROUND_ROBIN);
    policy_release_unref(release);
}

static void overflow_is_the_relief_unless_another_is_named(void **state)
{
    (void)state;
    struct policy_release *release = compile_pools(
        "pools:\n  - {id: north, members: [ana], overflow: all}\n"
        "  - {id: all, members: [ana]}\n"
        "  - {id: night, members: [ben], overflow: all, off_duty: on_call, on_call: [cleo, ana]}\n"
        "  - {id: day, members: [ben], overflow: all, off_duty: wait, full: overflow}\n");
    const struct policy_pool *pools = release->pools;
    assert_int_equal(pools[0].overflow, 1);
    assert_int_equal(pools[0].off_duty, POLICY_RELIEF_OVERFLOW);
    assert_int_equal(pools[0].full, POLICY_RELIEF_OVERFLOW);
    assert_int_equal(pools[1].overflow, POLICY_NONE);
    assert_int_equal(pools[1].off_duty, POLICY_RELIEF_WAIT);
    assert_int_equal(pools[1].full, POLICY_RELIEF_WAIT);
    assert_int_equal(pools[2].off_duty, POLICY_RELIEF_ON_CALL);
    assert_int_equal(pools[2].full, POLICY_RELIEF_OVERFLOW);
    assert_int_equal(pools[2].on_call_count, 2);
    assert_int_equal(pools[2].on_call[0], 2);
    assert_int_equal(pools[3].off_duty, POLICY_RELIEF_WAIT);
    policy_release_unref(release);
}

static void the_stored_form_gives_the_same_pools(void **state)
{
    (void)state;
    struct policy_release *release = compile_pools(
        "pools:\n  - {id: north, members: [ana], overflow: all}\n"
        "  - id: all\n    strategy: sticky\n    otherwise: score_ordered\n"
        "    tiers: [{name: senior, min_score: 200}, {name: low}]\n"
        "    members: [{rep: ana, tier: senior}, cleo]\n"
        "    off_duty: on_call\n    on_call: [ben]\n"
        "  - {id: heavy, strategy: weighted, members: [{rep: ben, weight: 7}, ana]}\n");
    struct policy_release *again = NULL;
    struct error error;
    assert_int_equal(policy_release_from_canonical(release->canonical, &again, &error), 0);
    assert_string_equal(again->id_text, release->id_text);
    assert_int_equal(again->pools[0].overflow, 1);
    assert_int_equal(again->pools[1].otherwise, POLICY_SCORE_ORDERED);
    assert_int_equal(again->pools[1].members[0].tier, 0);
    assert_int_equal(again->pools[1].members[1].tier, 1);
    assert_int_equal(again->pools[1].off_duty, POLICY_RELIEF_ON_CALL);
    assert_int_equal(again->pools[1].on_call[0], 1);
    assert_int_equal(again->pools[2].members[0].weight, 7);
    policy_release_unref(again);
    policy_release_unref(release);
}

/* ---- mistakes */

static void mistakes_about_members_are_named(void **state)
{
    (void)state;
    pools_refused(NORTH "  - {id: all, members: [{rep: ana, weight: 2}, {rep: ben, tier: x}, "
                        "{weight: 1}, {rep: cleo, team: north}, {team: north}, {team: north}]}\n",
                  "pools.yaml:3:44: `weight` is for `strategy: weighted`; remove it",
                  "pools.yaml:3:65: `tier` is for `strategy: score_ordered`; remove it",
                  "pools.yaml:3:69: a member is either {rep: …} or {team: …}; give exactly one of "
                  "the two",
                  "pools.yaml:3:78: `weight` is for `strategy: weighted`; remove it",
                  "pools.yaml:3:82: a member is either {rep: …} or {team: …}; give exactly one of "
                  "the two",
                  "pools.yaml:3:130: the team `north` is listed twice; keep one");
}

static void a_pool_needs_somebody_with_capacity(void **state)
{
    (void)state;
    struct mesh mesh;
    mesh_init(&mesh);
    mesh_set(&mesh, "people.yaml",
             "reps:\n  - {id: ana, team: north, capacity: 0}\n  - {id: ben, capacity: 3}\n"
             "  - {id: cleo}\n");
    mesh_refused(&mesh, "pools.yaml:2:50: nobody in the pool `north` has any capacity, so it never "
                        "takes a lead; raise somebody's `capacity` above 0");
}

static void mistakes_about_tiers_are_named(void **state)
{
    (void)state;
    pools_refused(
        NORTH "  - {id: a, strategy: score_ordered, members: [ana]}\n"
              "  - {id: b, members: [ana], tiers: [{name: x}]}\n"
              "  - id: all\n    strategy: score_ordered\n"
              "    tiers: [{name: x, min_score: 5}, {name: y, min_score: 5}, {name: x}, {name: z, "
              "min_score: 1}]\n"
              "    members: [{rep: ana, tier: w}]\n",
        "pools.yaml:3:5: `strategy: score_ordered` needs `tiers`, such as [{name: senior, "
        "min_score: 100}, {name: junior}]",
        "pools.yaml:4:36: `tiers` are for `strategy: score_ordered`; remove them",
        "pools.yaml:7:59: the tiers must fall: `min_score` is 5 here and no less than in the tier "
        "before; put the best tier first",
        "pools.yaml:7:63: only the last tier is without `min_score`; say from which score on the "
        "tier takes leads",
        "pools.yaml:7:70: the tier `x` is given twice; keep one",
        "pools.yaml:7:95: the last tier takes every lead: remove its `min_score`, or add a tier "
        "without one behind it",
        "pools.yaml:8:32: the pool has no tier `w`");
}

static void an_overflow_circle_is_named(void **state)
{
    (void)state;
    pools_refused("  - {id: north, members: [ana], overflow: all}\n"
                  "  - {id: all, members: [ana], overflow: third}\n"
                  "  - {id: third, members: [ana], overflow: all}\n"
                  "  - {id: self, members: [ana], overflow: self}\n",
                  "pools.yaml:3:41: the overflow goes in a circle: all → third → all; break it at "
                  "one pool",
                  "pools.yaml:5:42: the overflow goes in a circle: self → self; break it at one "
                  "pool");
}

static void reliefs_that_cannot_work_are_named(void **state)
{
    (void)state;
    pools_refused(
        NORTH "  - {id: all, members: [ana], overflow: nort}\n"
              "  - {id: a, members: [ana], off_duty: overflow, full: overflow}\n"
              "  - {id: b, members: [ana], off_duty: on_call}\n"
              "  - {id: c, members: [ana], on_call: [ben]}\n"
              "  - {id: d, members: [ana], overflow: north, off_duty: wait, full: wait}\n"
              "  - {id: e, members: [ana], off_duty: on_call, on_call: [ben, bem, ben]}\n"
              "  - {id: f, members: [ana], otherwise: weighted}\n"
              "  - {id: g, members: [ana], full: on_call}\n",
        "pools.yaml:3:41: no pool `nort` in pools.yaml; did you mean `north`?",
        "pools.yaml:4:39: the pool has no `overflow`; name the pool that leads overflow to, or "
        "write `wait`",
        "pools.yaml:4:55: the pool has no `overflow`; name the pool that leads overflow to, or "
        "write `wait`",
        "pools.yaml:5:39: nobody is on call; list the reps under `on_call`",
        "pools.yaml:6:38: nobody here is ever called; write `off_duty: on_call`, or remove the "
        "list",
        "pools.yaml:7:39: no lead ever overflows: neither `off_duty` nor `full` is `overflow`; "
        "change one, or remove this",
        "pools.yaml:8:63: no rep `bem` in people.yaml; did you mean `ben`?",
        "pools.yaml:8:68: `ben` is on call twice; keep one",
        "pools.yaml:9:40: `otherwise` says who takes a lead that a sticky pool does not know; "
        "remove it, or write `strategy: sticky`",
        "pools.yaml:10:35: `full` must be one of wait, overflow, got `on_call`");
}

static void an_overflow_chain_has_an_end(void **state)
{
    (void)state;
    static char text[4096];
    size_t size =
        (size_t)snprintf(text, sizeof text, "pools:\n" NORTH "  - {id: all, members: [ana]}\n");
    for (int i = 0; i < 18; i++)
        size += (size_t)snprintf(text + size, sizeof text - size,
                                 "  - {id: p%02d, members: [ana], overflow: %s}\n", i,
                                 i == 17 ? "all"
                                         : (const char[]){'p', (char)('0' + (i + 1) / 10),
                                                          (char)('0' + (i + 1) % 10), 0});
    file_refused("pools.yaml", text,
                 "pools.yaml:6:41: from `p02` on the overflow passes more than 16 pools; shorten "
                 "the chain");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weights_are_of_reps_and_teams),
        cmocka_unit_test(tiers_fall_and_the_last_takes_the_rest),
        cmocka_unit_test(a_sticky_pool_shares_new_people_by_another_strategy),
        cmocka_unit_test(overflow_is_the_relief_unless_another_is_named),
        cmocka_unit_test(the_stored_form_gives_the_same_pools),
        cmocka_unit_test(mistakes_about_members_are_named),
        cmocka_unit_test(a_pool_needs_somebody_with_capacity),
        cmocka_unit_test(mistakes_about_tiers_are_named),
        cmocka_unit_test(an_overflow_circle_is_named),
        cmocka_unit_test(reliefs_that_cannot_work_are_named),
        cmocka_unit_test(an_overflow_chain_has_an_end),
    };
    return cmocka_run_group_tests_name("policy_pools", tests, NULL, NULL);
}
