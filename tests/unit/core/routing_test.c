/* Who gets a lead: routes, strategies, capacity, waiting, hand-backs, overrides. */
#include "driver.h"

#include <stdio.h>

static void a_lead_is_captured_and_assigned_in_one_command(void **state)
{
    (void)state;
    struct driver *d = driver_new();
    uint64_t lead = driver_submit(d, "a@x.example", "DE", NULL);
    assert_int_equal(d->decision.status, CORE_OK);
    assert_int_equal(d->decision.event_count, 2);
    assert_int_equal(d->decision.events[0].type, CORE_LEAD_CAPTURED);
    assert_int_equal(d->decision.events[1].type, CORE_LEAD_ASSIGNED);
    assert_int_equal(lead, d->decision.events[0].seq);
    assert_string_equal(driver_owner(d, lead), "ana");
    driver_free(d);
}

static void round_robin_takes_turns(void **state)
{
    (void)state;
    struct driver *d = driver_new();
    const char *const expected[] = {"ana", "ben", "ana", "ben"};
    for (int i = 0; i < 4; i++) {
        char email[32];
        snprintf(email, sizeof email, "l%d@x.example", i);
        assert_string_equal(driver_owner(d, driver_submit(d, email, "DE", NULL)), expected[i]);
    }
    driver_free(d);
}

static void least_loaded_looks_at_the_share_of_capacity(void **state)
{
    (void)state;
    struct driver *d = driver_new();
    driver_set_rep(d, "cem", -1, 10);
    /* One lead weighs 1/2 on ana and ben but 1/10 on cem: after one each, cem gets the next four.
     */
    for (int i = 0; i < 3; i++) {
        char email[32];
        snprintf(email, sizeof email, "l%d@x.example", i);
        driver_submit(d, email, "FR", NULL);
    }
    for (int i = 3; i < 7; i++) {
        char email[32];
        snprintf(email, sizeof email, "l%d@x.example", i);
        assert_string_equal(driver_owner(d, driver_submit(d, email, "FR", NULL)), "cem");
    }
    driver_free(d);
}

/* Several commands in one batch: nobody is drained between them. */
static void who_comes_does_not_pass_who_waits(void **state)
{
    (void)state;
    struct driver *d = driver_new();
    uint64_t leads[6];
    for (int i = 0; i < 6; i++) {
        char email[32];
        snprintf(email, sizeof email, "l%d@x.example", i);
        leads[i] = driver_submit(d, email, "FR", NULL);
    }
    uint64_t hot = driver_submit(d, "hot@x.example", "FR", "demo");
    driver_run(d, (struct core_command){.type = CORE_OUTCOME, .lead = leads[0]});
    driver_run(d, driver_submission(d, "late@x.example", "FR", NULL, -1));
    uint64_t late = d->decision.lead;
    assert_string_equal(driver_owner(d, late), "");
    driver_tick(d);
    assert_string_not_equal(driver_owner(d, hot), "");
    assert_string_equal(driver_owner(d, late), "");
    driver_check_replay(d);
    driver_free(d);
}

static void nobody_passes_capacity_and_the_rest_waits(void **state)
{
    (void)state;
    struct driver *d = driver_new();
    uint64_t leads[6];
    for (int i = 0; i < 6; i++) {
        char email[32];
        snprintf(email, sizeof email, "l%d@x.example", i);
        leads[i] = driver_submit(d, email, "DE", NULL);
    }
    assert_string_equal(driver_owner(d, leads[3]), "ben");
    assert_string_equal(driver_owner(d, leads[4]), "");
    assert_string_equal(driver_owner(d, leads[5]), "");
    for (size_t i = 0; i < d->count; i++)
        if (d->events[i].type == CORE_LEAD_ASSIGNED)
            assert_true(d->events[i].load <= d->events[i].capacity);
    struct core_counts counts = core_counts(d->core);
    assert_int_equal(counts.owned, 4);
    assert_int_equal(counts.waiting, 2);
    driver_free(d);
}

static void the_queue_drains_by_urgency_then_age(void **state)
{
    (void)state;
    struct driver *d = driver_new();
    driver_set_rep(d, "ana", -1, 0);
    driver_set_rep(d, "ben", -1, 0);
    uint64_t old = driver_submit(d, "old@x.example", "DE", NULL);
    d->now_us += SECOND;
    uint64_t young = driver_submit(d, "young@x.example", "DE", NULL);
    d->now_us += SECOND;
    uint64_t hot = driver_submit(d, "hot@x.example", "DE", "demo");
    driver_set_rep(d, "ben", -1, 1);
    assert_string_equal(driver_owner(d, hot), "ben");
    driver_set_rep(d, "ana", -1, 1);
    assert_string_equal(driver_owner(d, old), "ana");
    assert_string_equal(driver_owner(d, young), "");
    driver_outcome(d, hot, false);
    assert_string_equal(driver_owner(d, young), "ben");
    driver_free(d);
}

static void whoever_is_away_gets_nothing_new_and_keeps_the_old(void **state)
{
    (void)state;
    struct driver *d = driver_new();
    uint64_t first = driver_submit(d, "a@x.example", "DE", NULL);
    assert_string_equal(driver_owner(d, first), "ana");
    driver_set_rep(d, "ana", 0, -1);
    uint64_t second = driver_submit(d, "b@x.example", "DE", NULL);
    uint64_t third = driver_submit(d, "c@x.example", "DE", NULL);
    assert_string_equal(driver_owner(d, first), "ana");
    assert_string_equal(driver_owner(d, second), "ben");
    assert_string_equal(driver_owner(d, third), "ben");
    driver_free(d);
}

static void a_decision_says_who_was_passed_over_and_why(void **state)
{
    (void)state;
    struct driver *d = driver_new();
    driver_set_rep(d, "ana", 0, -1);
    driver_submit(d, "b@x.example", "DE", NULL);
    const struct core_candidates *candidates = &d->decision.events[1].placed.candidates;
    assert_int_equal(candidates->members, 2);
    assert_int_equal(candidates->away, 1);
    assert_int_equal(candidates->passed_count, 1);
    assert_string_equal(core_rep_id(d->core, candidates->passed[0].rep), "ana");
    assert_int_equal(candidates->passed[0].reason, CORE_REP_AWAY);
    driver_free(d);
}

static void a_lead_handed_back_goes_to_somebody_else(void **state)
{
    (void)state;
    struct driver *d = driver_new();
    uint64_t lead = driver_submit(d, "a@x.example", "DE", NULL);
    assert_int_equal(driver_hand_back(d, lead), CORE_OK);
    assert_string_equal(driver_owner(d, lead), "ben");
    driver_free(d);
}

static void with_nobody_else_free_a_returned_lead_is_held_and_offered_again_later(void **state)
{
    (void)state;
    struct driver *d = driver_new();
    driver_set_rep(d, "ben", 0, -1);
    uint64_t lead = driver_submit(d, "a@x.example", "DE", NULL);
    driver_hand_back(d, lead);
    assert_string_equal(driver_owner(d, lead), "");
    driver_pass(d, 5 * 60 * SECOND);
    assert_string_equal(driver_owner(d, lead), "ana");
    driver_free(d);
}

static void a_held_lead_goes_to_the_first_other_who_has_room(void **state)
{
    (void)state;
    struct driver *d = driver_new();
    driver_set_rep(d, "ben", 0, -1);
    uint64_t lead = driver_submit(d, "a@x.example", "DE", NULL);
    assert_int_equal(driver_hand_back(d, lead), CORE_OK);
    assert_string_equal(driver_owner(d, lead), "");
    driver_set_rep(d, "ana", -1, 5); /* ana gave it back: her room is none for it */
    assert_string_equal(driver_owner(d, lead), "");
    driver_set_rep(d, "ben", 1, -1);
    assert_string_equal(driver_owner(d, lead), "ben");
    driver_free(d);
}

static void a_manual_assignment_may_pass_capacity_and_says_so(void **state)
{
    (void)state;
    struct driver *d = driver_new();
    driver_set_rep(d, "cem", -1, 0);
    uint64_t lead = driver_submit(d, "a@x.example", "DE", NULL);
    assert_int_equal(driver_assign(d, lead, "cem"), CORE_OK);
    assert_true(d->decision.events[0].placed.overridden);
    assert_int_equal(d->decision.events[0].previous, lead + 1); /* the version it replaces (I6) */
    assert_string_equal(driver_owner(d, lead), "cem");
    assert_int_equal(driver_assign(d, lead, "cem"), CORE_UNCHANGED);
    assert_int_equal(driver_assign(d, lead, "zoe"), CORE_NOT_FOUND);
    driver_free(d);
}

static void a_manual_assignment_needs_cause_and_remediation(void **state)
{
    (void)state;
    struct driver *d = driver_new();
    uint64_t lead = driver_submit(d, "a@x.example", "DE", NULL);
    enum core_status status =
        driver_run(d, (struct core_command){
                          .type = CORE_ASSIGN, .lead = lead, .assign.rep = BYTES_LITERAL("cem")});
    assert_int_equal(status, CORE_INVALID);
    assert_int_equal(d->decision.event_count, 0);
    assert_non_null(strstr(d->decision.message, "cause"));
    driver_free(d);
}

static void a_removed_rep_and_pool_leave_no_lead_behind(void **state)
{
    (void)state;
    struct driver *d = driver_new();
    uint64_t owned = driver_submit(d, "a@x.example", "DE", NULL);
    assert_string_equal(driver_owner(d, owned), "ana");
    driver_set_rep(d, "ben", 0, -1);
    driver_submit(d, "b@x.example", "DE", NULL);
    uint64_t waiting = driver_submit(d, "c@x.example", "DE", NULL);
    assert_string_equal(driver_owner(d, waiting), "");
    struct policy_release *without_ana = driver_release(
        "defaults: {capacity: 5}\nreps:\n  - {id: ben, name: Ben}\n  - {id: cem, name: Cem}\n",
        "pools:\n  - {id: dach, title: DACH, strategy: round_robin, members: [ben]}\n"
        "  - {id: all, title: All, strategy: least_loaded, members: [cem]}\n");
    driver_activate(d, without_ana);
    driver_set_rep(d, "ben", 1, -1);
    driver_pass(d, 600 * SECOND);
    assert_string_equal(driver_owner(d, owned), "ben");
    assert_string_equal(driver_owner(d, waiting), "ben");
    policy_release_unref(without_ana);
    driver_free(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lead_is_captured_and_assigned_in_one_command),
        cmocka_unit_test(round_robin_takes_turns),
        cmocka_unit_test(least_loaded_looks_at_the_share_of_capacity),
        cmocka_unit_test(nobody_passes_capacity_and_the_rest_waits),
        cmocka_unit_test(who_comes_does_not_pass_who_waits),
        cmocka_unit_test(the_queue_drains_by_urgency_then_age),
        cmocka_unit_test(whoever_is_away_gets_nothing_new_and_keeps_the_old),
        cmocka_unit_test(a_decision_says_who_was_passed_over_and_why),
        cmocka_unit_test(a_lead_handed_back_goes_to_somebody_else),
        cmocka_unit_test(with_nobody_else_free_a_returned_lead_is_held_and_offered_again_later),
        cmocka_unit_test(a_held_lead_goes_to_the_first_other_who_has_room),
        cmocka_unit_test(a_manual_assignment_may_pass_capacity_and_says_so),
        cmocka_unit_test(a_manual_assignment_needs_cause_and_remediation),
        cmocka_unit_test(a_removed_rep_and_pool_leave_no_lead_behind),
    };
    return cmocka_run_group_tests_name("core routing", tests, NULL, NULL);
}
