/* I2: the view is a function of the journal however it was cut into batches, and a core loaded from
 * the view equals the one that made the events. */
#include "commands.h"

static void the_size_of_batches_does_not_show(void **state)
{
    struct world *world = *state;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        world_live(world, seed, 150);
        struct hash256 one = world_rebuild(world, 1);
        static const size_t sizes[] = {2, 7, 512};
        for (size_t i = 0; i < 3; i++) {
            struct hash256 many = world_rebuild(world, sizes[i]);
            assert_same(&one, &many);
        }
    }
    world_project(world);
    struct hash256 here = world_digest(world), there = world_rebuild(world, 3);
    assert_same(&here, &there);
}

static void a_loaded_core_equals_the_one_that_made_the_events(void **state)
{
    struct world *world = *state;
    bool held = false, reopened = false;
    world_check_reload(world); /* of nothing at all */
    for (uint64_t seed = 1; seed <= 40; seed++) {
        world_live(world, seed, 25);
        world_project(world);
        world_check_reload(world);
        held |= strcmp(world_value(world, "SELECT sum(held) FROM leads"), "0") != 0;
        reopened |= strcmp(world_value(world, "SELECT sum(reopened) FROM leads"), "0") != 0;
    }
    struct core_counts counts = core_counts(world->core);
    /* The life was rich enough to prove something. */
    assert_true(counts.owned > 5 && counts.waiting > 5);
    if (counts.qualified == 0 || counts.disqualified < 3)
        fail_msg("only %d and %d were closed", (int)counts.qualified, (int)counts.disqualified);
    assert_true(counts.touchpoints > 50 && counts.late > 50);
    assert_string_not_equal(world_value(world, "SELECT count(*) FROM idempotency"), "0");
    assert_true(held && reopened);
    assert_true(counts.dead_lettered > 5 && counts.settled > 5);
    assert_value(world, "SELECT count(DISTINCT state) FROM dead_letters", "4");
    assert_value(world, "SELECT count(*) > 10 FROM violations", "1");
    assert_value(world, "SELECT sum(shadow_refused) > 0 FROM source_versions", "1");
    assert_value(world, "SELECT balanced FROM reconciliation", "1");
}

static void a_view_goes_on_after_it_was_closed_with_the_loaded_core(void **state)
{
    struct world *world = *state;
    world_live(world, 3, 200);
    world_project(world);
    world_reopen(world);
    world_live(world, 4, 200);
    world_project(world);
    world_check_reload(world);
    struct hash256 here = world_digest(world), there = world_rebuild(world, 10);
    assert_same(&here, &there);
}

static void keys_that_expired_count_no_more_even_before_they_are_deleted(void **state)
{
    struct world *world = *state;
    world_activate(world, world_people, world_pools);
    for (unsigned i = 0; i < 3000; i++) {
        struct core_command command = {.type = CORE_SET_REP,
                                       .idempotency = {1, i + 1},
                                       .set_rep = {BYTES_LITERAL("ana"), -1, i % 2 + 3}};
        assert_int_equal(world_run(world, command), CORE_OK);
    }
    world_project(world);
    struct hash256 before = world_digest(world);
    world->now_us += CORE_IDEMPOTENCY_US;
    world_set_rep(world, "ben", -1, 8);
    world_project(world);
    /* A small batch deletes a small bite … */
    assert_string_not_equal(world_value(world, "SELECT count(*) FROM idempotency"), "0");
    world_check_reload(world);
    struct hash256 after = world_digest(world), rebuilt = world_rebuild(world, 500);
    assert_memory_not_equal(&before, &after, sizeof before);
    assert_same(&after, &rebuilt);
    /* … and the next batches the rest. */
    for (int i = 0; i < 3; i++) {
        world_set_rep(world, "ben", -1, 9 + i);
        world_project(world);
    }
    assert_value(world, "SELECT count(*) FROM idempotency", "0");
}

/* What both cores would make of a replay. */
static void check_replay_decided_alike(struct world *world, uint64_t letter)
{
    struct policy_release *release = core_release(world->core);
    struct core *loaded = core_new();
    assert_int_equal(store_load_core(world->store, loaded, NULL), 0);
    struct cel_value *values = arena_array(&world->arena, release->schema.count, sizeof *values);
    struct core_command command = {.type = CORE_SUBMIT,
                                   .time_us = world->now_us,
                                   .dead_letter = letter,
                                   .submit.source =
                                       policy_source_find(release, bytes_of("partner")),
                                   .submit.values = values};
    command.submit.release = release;
    core_decide(world->core, &command, core_seq(world->core) + 1, world->decision);
    const enum core_status status = world->decision->status;
    command.submit.release = core_release(loaded);
    core_decide(loaded, &command, core_seq(loaded) + 1, world->decision);
    assert_int_equal(status, world->decision->status);
    core_free(loaded);
}

/* The key of a refused record is forgotten after two days, and may be used anew. */
static void an_old_key_of_a_dead_letter_decides_the_same_after_a_restart(void **state)
{
    struct world *world = *state;
    world_activate(world, world_people, world_pools);
    struct core_command refusal = world_refusal(world, "partner", 1, "/type at /email");
    world_command_key(&refusal, 7);
    assert_int_equal(world_run(world, refusal), CORE_OK);
    const uint64_t letter = world->decision->dead_letter;
    world_pass(world, CORE_IDEMPOTENCY_US + HOUR);
    world_submit_any(world, "partner", "kim@example.com", NULL, NULL, 0, 7);
    assert_int_equal(world->decision->status, CORE_OK);
    world_project(world);
    check_replay_decided_alike(world, letter);
}

static void activate_partner(struct world *world, unsigned partner)
{
    struct policy_release *release = world_release_of(world_people, world_pools, partner);
    const struct core_command command = {.type = CORE_ACTIVATE, .activate.release = release};
    assert_int_equal(world_run(world, command), CORE_OK);
    policy_release_unref(release);
}

static void a_source_that_comes_back_begins_with_what_it_declares(void **state)
{
    struct world *world = *state;
    activate_partner(world, 0);
    assert_int_equal(world_run(world, world_switching(CORE_SWITCH_PROMOTED, 2)), CORE_OK);
    activate_partner(world, 3); /* not there */
    activate_partner(world, 0);
    world_project(world);
    assert_value(world, "SELECT active || mode FROM sources WHERE id = 'partner'", "1shadow");
    world_check_reload(world);
}

static void damaged_rows_are_named_and_rebuilding_is_advised(void **state)
{
    struct world *world = *state;
    world_activate(world, world_people, world_pools);
    world_submit(world, "kim@example.com", "DE", NULL);
    world_refuse(world, "partner", 1, "/type at /email");
    world_project(world);
    static const char *const damages[] = {
        "UPDATE leads SET class = 'gone'",         "UPDATE leads SET route = 'gone'",
        "UPDATE leads SET rep = 'gone'",           "UPDATE leads SET state = 'gone'",
        "UPDATE leads SET release = 77",           "DELETE FROM lead_attributes",
        "UPDATE sources SET mode = 'gone'",        "UPDATE sources SET number = number + 100",
        "UPDATE dead_letters SET source = 'gone'", "UPDATE violations SET examples = '7'",
    };
    for (size_t i = 0; i < sizeof damages / sizeof *damages; i++) {
        const char *path = world_path(world, "damaged.db");
        store_close(world->store); /* so that all is in the one file */
        world_copy_file(world->path, path);
        assert_int_equal(store_open(world->path, NULL, &world->store, NULL), 0);
        world_execute(path, damages[i]);
        struct store *store = NULL;
        struct core *core = core_new();
        struct error err = {0};
        int code = store_open(path, NULL, &store, &err);
        if (code == 0)
            code = store_load_core(store, core, &err);
        assert_int_equal(code, ML_ECORRUPT);
        assert_string_equal(err.place, path);
        assert_non_null(strstr(err.message, "meshline rebuild"));
        core_free(core);
        store_close(store);
    }
}

#define WORLD_TEST(name) cmocka_unit_test_setup_teardown(name, world_setup_empty, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(the_size_of_batches_does_not_show),
        WORLD_TEST(a_loaded_core_equals_the_one_that_made_the_events),
        WORLD_TEST(a_view_goes_on_after_it_was_closed_with_the_loaded_core),
        WORLD_TEST(keys_that_expired_count_no_more_even_before_they_are_deleted),
        WORLD_TEST(an_old_key_of_a_dead_letter_decides_the_same_after_a_restart),
        WORLD_TEST(a_source_that_comes_back_begins_with_what_it_declares),
        WORLD_TEST(damaged_rows_are_named_and_rebuilding_is_advised),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
