/* What each kind of event makes of a lead's row, of reps and of pools. */
#include "world.h"

static void a_captured_and_assigned_lead_has_its_owner_and_the_reason(void **state)
{
    struct world *world = *state;
    uint64_t number = world_submit(world, "Kim@Example.com", "DE", "demo");
    world_project(world);
    struct json_object *lead = world_lead(world, number);
    assert_member(lead, "id", "L2");
    assert_member_int(lead, "version", 3);
    assert_member(lead, "state", "assigned");
    assert_member(lead, "place", "owned");
    assert_member(lead, "owner", "ana");
    assert_member(lead, "pool", "dach");
    assert_member(lead, "route", "dach");
    assert_member(lead, "class", "hot");
    assert_member(lead, "source", "web");
    assert_member_int(lead, "score", 0);
    assert_member(lead, "captured_at", "2023-11-14T22:13:20.000000Z");
    assert_member(lead, "assigned_at", "2023-11-14T22:13:20.000000Z");
    assert_member(lead, "due_at", "2023-11-14T22:15:50.000000Z"); /* half of the objective */
    assert_member_null(lead, "contacted_at");
    assert_member_null(lead, "closed_at");
    struct json_object *attributes = json_object_object_get(lead, "attributes");
    assert_member(attributes, "email", "Kim@Example.com");
    assert_member(attributes, "form", "demo");
    assert_value(world, "SELECT key_kind || length(key) FROM leads", "email16");
    assert_value(world, "SELECT load FROM reps WHERE id = 'ana'", "1");
    assert_value(world, "SELECT last_rep FROM pools WHERE id = 'dach'", "ana");
}

static void a_lead_that_nobody_has_room_for_waits_in_its_pool(void **state)
{
    struct world *world = *state;
    for (int i = 0; i < 4; i++)
        world_submit(world, NULL, "DE", NULL);
    uint64_t number = world_submit(world, NULL, "DE", NULL);
    world_project(world);
    struct json_object *lead = world_lead(world, number);
    assert_member(lead, "state", "captured");
    assert_member(lead, "place", "waiting");
    assert_member_null(lead, "owner");
    assert_member(lead, "pool", "dach");
    assert_member_null(lead, "assigned_at");
    assert_value(world, "SELECT waiting FROM pools WHERE id = 'dach'", "1");
    assert_value(world, "SELECT key_kind FROM leads", "NULL");
}

static void a_contact_is_remembered_once_and_moves_the_state(void **state)
{
    struct world *world = *state;
    uint64_t number = world_submit(world, "kim@example.com", "DE", NULL);
    world->now_us += SECOND;
    world_contact(world, number);
    world->now_us += SECOND;
    world_contact(world, number);
    world_project(world);
    struct json_object *lead = world_lead(world, number);
    assert_member(lead, "state", "contacted");
    assert_member(lead, "place", "owned");
    assert_member(lead, "contacted_at", "2023-11-14T22:13:21.000000Z");
    assert_member_int(lead, "version", 5);
}

static void a_closed_lead_keeps_its_owner_for_people_but_frees_the_room(void **state)
{
    struct world *world = *state;
    uint64_t number = world_submit(world, "kim@example.com", "DE", NULL);
    world_contact(world, number);
    world_project(world);
    assert_value(world, "SELECT load FROM reps WHERE id = 'ana'", "1");
    world_outcome(world, number, true);
    world_project(world);
    struct json_object *lead = world_lead(world, number);
    assert_member(lead, "state", "qualified");
    assert_member(lead, "place", "closed");
    assert_member(lead, "owner", "ana");
    assert_member(lead, "closed_at", "2023-11-14T22:13:20.000000Z");
    assert_member_null(lead, "due_at");
    assert_value(world, "SELECT load FROM reps WHERE id = 'ana'", "0");
}

static void a_person_who_comes_again_is_a_touchpoint_not_a_lead(void **state)
{
    struct world *world = *state;
    uint64_t number = world_submit(world, "kim@example.com", "DE", NULL);
    world_project(world);
    assert_int_equal(world_submit(world, " KIM@example.com", "FR", "demo"), number);
    world_project(world);
    struct json_object *lead = world_lead(world, number);
    assert_member_int(lead, "touchpoints", 1);
    assert_member_int(lead, "version", 4);
    assert_member(lead, "class", "standard");
    assert_member(json_object_object_get(lead, "attributes"), "country", "DE");
    assert_value(world, "SELECT accepted || ' ' || touchpoints FROM meta", "1 1");
}

static void a_disqualified_person_who_comes_again_starts_anew_on_the_same_lead(void **state)
{
    struct world *world = *state;
    uint64_t number = world_submit(world, "kim@example.com", "DE", NULL);
    world_contact(world, number);
    world_outcome(world, number, false);
    world_project(world);
    world->now_us += HOUR;
    assert_int_equal(world_submit(world, "kim@example.com", "FR", "demo"), number);
    world_project(world);
    struct json_object *lead = world_lead(world, number);
    assert_member(lead, "state", "assigned");
    assert_member(lead, "class", "hot");
    assert_member(lead, "route", "everyone");
    assert_member_int(lead, "reopened", 1);
    assert_member(lead, "captured_at", "2023-11-14T23:13:20.000000Z");
    assert_member_null(lead, "contacted_at");
    assert_member_null(lead, "closed_at");
    assert_member(json_object_object_get(lead, "attributes"), "country", "FR");
    assert_value(world, "SELECT accepted FROM meta", "1");
}

static void a_lead_handed_back_goes_to_the_next(void **state)
{
    struct world *world = *state;
    uint64_t number = world_submit(world, "kim@example.com", "DE", NULL);
    world_project(world);
    world_hand_back(world, number);
    world_project(world);
    struct json_object *lead = world_lead(world, number);
    assert_member(lead, "owner", "ben");
    assert_value(world, "SELECT load FROM reps WHERE id = 'ana'", "0");
    assert_value(world, "SELECT load FROM reps WHERE id = 'ben'", "1");
    assert_value(world, "SELECT last_rep FROM pools WHERE id = 'dach'", "ben");
}

static void between_return_and_placement_a_lead_waits_in_no_pool(void **state)
{
    struct world *world = *state;
    uint64_t number = world_submit(world, "kim@example.com", "DE", NULL);
    world_hand_back(world, number);
    world_project_some(world, 3); /* captured, assigned, returned */
    struct json_object *lead = world_lead(world, number);
    assert_member(lead, "state", "captured");
    assert_member(lead, "place", "waiting");
    assert_member_null(lead, "owner");
    assert_member_null(lead, "pool");
    assert_member(lead, "route", "dach");
}

static void an_assignment_by_hand_leaves_the_turn_alone(void **state)
{
    struct world *world = *state;
    uint64_t number = world_submit(world, "kim@example.com", "DE", NULL);
    world_assign(world, number, "cem");
    world_project(world);
    struct json_object *lead = world_lead(world, number);
    assert_member(lead, "owner", "cem");
    assert_member(lead, "route", "dach");
    assert_value(world, "SELECT last_rep FROM pools WHERE id = 'dach'", "ana");
    assert_value(world, "SELECT last_rep FROM pools WHERE id = 'all'", "NULL");
    assert_value(world, "SELECT load FROM reps WHERE id = 'ana'", "0");
    assert_value(world, "SELECT load FROM reps WHERE id = 'cem'", "1");
}

static void a_missed_promise_is_counted_on_the_lead_and_in_all(void **state)
{
    struct world *world = *state;
    uint64_t number = world_submit(world, "kim@example.com", "DE", "demo");
    world_project(world);
    world_pass(world, 6 * 60 * SECOND);
    world_project(world);
    struct json_object *lead = world_lead(world, number);
    assert_member_int(lead, "late_count", 1);
    assert_member(lead, "state", "assigned");
    assert_value(world, "SELECT late FROM meta", "1");
}

static void a_rep_set_by_hand_shows_the_new_capacity(void **state)
{
    struct world *world = *state;
    world_set_rep(world, "ben", 0, 9);
    world_project(world);
    assert_value(world,
                 "SELECT available || ' ' || capacity || ' ' || declared_capacity FROM reps "
                 "WHERE id = 'ben'",
                 "0 9 2");
}

static void a_new_release_replaces_the_roster_and_keeps_what_was_set_by_hand(void **state)
{
    struct world *world = *state;
    world_set_rep(world, "ana", -1, 9);
    world_set_rep(world, "ben", 0, -1);
    world_activate(world,
                   "reps:\n  - {id: ana, name: Anna, capacity: 2}\n"
                   "  - {id: cem, name: Cem, capacity: 2}\n"
                   "  - {id: eva, name: Eva, capacity: 4}\n",
                   "pools:\n  - {id: dach, members: [eva, ana]}\n"
                   "  - {id: all, members: [ana]}\n");
    world_project(world);
    assert_value(world, "SELECT group_concat(id || present, ' ') FROM reps ORDER BY number",
                 "ana1 ben0 cem1 eva1");
    assert_value(world, "SELECT name || capacity FROM reps WHERE id = 'ana'", "Anna9");
    assert_value(world, "SELECT capacity || available FROM reps WHERE id = 'eva'", "41");
    assert_value(world, "SELECT available FROM reps WHERE id = 'ben'", "0");
    assert_value(world, "SELECT group_concat(rep, ' ') FROM pool_members WHERE pool = 'dach'",
                 "eva ana");
    assert_value(world, "SELECT count(*) || sum(active) FROM releases", "21");
    assert_value(world, "SELECT active FROM releases WHERE number = 2", "1");
}

static void a_release_that_comes_back_is_not_stored_twice(void **state)
{
    struct world *world = *state;
    world_activate(world, "reps:\n  - {id: cem, name: Cem, capacity: 2}\n",
                   "pools:\n  - {id: all, members: [cem]}\n");
    world->now_us += HOUR;
    world_activate(world, world_people, world_pools);
    world_project(world);
    assert_value(world, "SELECT count(*) FROM releases", "2");
    assert_value(world,
                 "SELECT number || ' ' || (activated_us - 1700000000000000) FROM releases "
                 "WHERE active",
                 "1 3600000000");
}

static void leads_in_a_pool_that_is_gone_wait_to_be_routed_anew(void **state)
{
    struct world *world = *state;
    for (int i = 0; i < 6; i++)
        world_submit(world, NULL, "DE", NULL);
    world_project_some(world, world->count - world->projected - 1);
    assert_value(world, "SELECT waiting FROM pools WHERE id = 'dach'", "1");
    world_activate(world, world_people, "pools:\n  - {id: all, members: [ana, ben, cem]}\n");
    world_project(world);
    assert_value(world, "SELECT present || waiting FROM pools WHERE id = 'dach'", "00");
    assert_value(world, "SELECT last_rep FROM pools WHERE id = 'dach'", "NULL");
    assert_value(world, "SELECT count(*) FROM leads WHERE place = 'waiting' AND pool IS NULL", "2");
    world_pass(world, 0);
    world_project(world);
    assert_value(world, "SELECT count(*) FROM leads WHERE place = 'waiting' AND pool IS NULL", "0");
}

/* Only ana works for dach, and she hands it back: it is held rather than given to her again. */
static uint64_t submit_held(struct world *world)
{
    world_set_rep(world, "ben", 0, -1);
    uint64_t number = world_submit(world, "kim@example.com", "DE", NULL);
    world_hand_back(world, number);
    return number;
}

static void a_held_lead_is_held_until_it_has_an_owner(void **state)
{
    struct world *world = *state;
    uint64_t number = submit_held(world);
    world_project(world);
    struct json_object *lead = world_lead(world, number);
    assert_member(lead, "place", "waiting");
    assert_member(lead, "held", "true");
    assert_member(lead, "pool", "dach");
    world_assign(world, number, "cem");
    world_project(world);
    lead = world_lead(world, number);
    assert_member(lead, "place", "owned");
    assert_member(lead, "held", "false");
}

static void a_held_lead_in_a_pool_that_is_gone_is_routed_anew(void **state)
{
    struct world *world = *state;
    uint64_t number = submit_held(world);
    world_activate(world, world_people, "pools:\n  - {id: all, members: [ana, ben, cem]}\n");
    world_pass(world, 0);
    world_project(world);
    assert_member(world_lead(world, number), "pool", "all");
    assert_member(world_lead(world, number), "place", "owned");
    assert_value(world, "SELECT waiting FROM pools WHERE id = 'dach'", "0");
}

static void an_idempotency_key_is_kept_two_days(void **state)
{
    struct world *world = *state;
    struct core_command command = {.type = CORE_SET_REP,
                                   .idempotency = {5, 6},
                                   .fingerprint = UINT64_MAX,
                                   .set_rep = {BYTES_LITERAL("ana"), -1, 5}};
    assert_int_equal(world_run(world, command), CORE_OK);
    world_project(world);
    assert_value(world, "SELECT seq || ' ' || hex(key) || ' ' || fingerprint FROM idempotency",
                 "2 00000000000000050000000000000006 -1");
    world->now_us += CORE_IDEMPOTENCY_US - 1;
    world_set_rep(world, "ben", -1, 6);
    world_project(world);
    assert_value(world, "SELECT count(*) FROM idempotency", "1");
    world->now_us += 1;
    world_set_rep(world, "ben", -1, 7);
    world_project(world);
    assert_value(world, "SELECT count(*) FROM idempotency", "0");
}

static void a_batch_that_cannot_be_projected_leaves_no_trace(void **state)
{
    struct world *world = *state;
    world_submit(world, "kim@example.com", "DE", NULL);
    struct hash256 before = world_digest(world);
    struct core_event good = world->events[1], bad = world->events[2];
    bad.lead = 999;
    const struct core_event *events[] = {&good, &bad};
    struct error err = {0};
    assert_int_equal(store_apply(world->store, world->core, events, 2, &err), ML_ECORRUPT);
    assert_non_null(strstr(err.message, "L999"));
    assert_non_null(strstr(err.message, "meshline rebuild"));
    assert_int_equal(store_applied_seq(world->store), 1);
    struct hash256 after = world_digest(world);
    assert_same(&before, &after);
    world_project(world); /* and the true batch goes through */
    assert_value(world, "SELECT load FROM reps WHERE id = 'ana'", "1");
}

#define WORLD_TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(a_captured_and_assigned_lead_has_its_owner_and_the_reason),
        WORLD_TEST(a_lead_that_nobody_has_room_for_waits_in_its_pool),
        WORLD_TEST(a_contact_is_remembered_once_and_moves_the_state),
        WORLD_TEST(a_closed_lead_keeps_its_owner_for_people_but_frees_the_room),
        WORLD_TEST(a_person_who_comes_again_is_a_touchpoint_not_a_lead),
        WORLD_TEST(a_disqualified_person_who_comes_again_starts_anew_on_the_same_lead),
        WORLD_TEST(a_lead_handed_back_goes_to_the_next),
        WORLD_TEST(between_return_and_placement_a_lead_waits_in_no_pool),
        WORLD_TEST(an_assignment_by_hand_leaves_the_turn_alone),
        WORLD_TEST(a_missed_promise_is_counted_on_the_lead_and_in_all),
        WORLD_TEST(a_rep_set_by_hand_shows_the_new_capacity),
        WORLD_TEST(a_new_release_replaces_the_roster_and_keeps_what_was_set_by_hand),
        WORLD_TEST(a_release_that_comes_back_is_not_stored_twice),
        WORLD_TEST(leads_in_a_pool_that_is_gone_wait_to_be_routed_anew),
        WORLD_TEST(a_held_lead_is_held_until_it_has_an_owner),
        WORLD_TEST(a_held_lead_in_a_pool_that_is_gone_is_routed_anew),
        WORLD_TEST(an_idempotency_key_is_kept_two_days),
        WORLD_TEST(a_batch_that_cannot_be_projected_leaves_no_trace),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
