/* Where a lead goes because more is known of it: another route, a check that holds it, and what may
 * never happen to it. I5 to I9 are looked at after every event. */
#include "enriching.h"

#include <string.h>

/* ---- another route */

static void a_more_specific_route_gives_the_lead_another_owner(void **state)
{
    (void)state;
    struct driver *d = enriching_usual();
    uint64_t lead = driver_submit(d, "jo@x.example", "DE", NULL);
    assert_string_equal(driver_owner(d, lead), "ana");
    enriching_answer(d, lead, KNOWS(2000));
    assert_string_equal(driver_owner(d, lead), "cem");
    exceptions_assert_newest(d, CORE_LEAD_RETURNED, "cause", "enriched");
    exceptions_assert_newest(d, CORE_LEAD_ASSIGNED, "cause", "enriched");
    exceptions_assert_newest(d, CORE_LEAD_ASSIGNED, "route", "big");
    exceptions_finish(d);
}

static void a_lead_that_waits_is_rerouted_too(void **state)
{
    (void)state;
    struct driver *d = enriching_usual();
    driver_set_rep(d, "ana", 0, -1);
    driver_set_rep(d, "ben", 0, -1);
    uint64_t lead = driver_submit(d, "jo@x.example", "DE", NULL);
    assert_string_equal(driver_owner(d, lead), "");
    enriching_answer(d, lead, KNOWS(2000));
    assert_string_equal(driver_owner(d, lead), "cem");
    assert_int_equal(driver_count(d, CORE_LEAD_RETURNED), 0);
    exceptions_finish(d);
}

static void whom_somebody_talks_to_is_not_rerouted(void **state)
{
    (void)state;
    struct driver *d = enriching_usual();
    uint64_t lead = driver_submit(d, "jo@x.example", "DE", NULL);
    driver_contact(d, lead);
    enriching_answer(d, lead, KNOWS(2000));
    assert_string_equal(driver_owner(d, lead), "ana");
    assert_string_equal(enriching_class(d, lead), "hot");
    exceptions_finish(d);
}

static void after_its_time_a_lead_is_not_rerouted(void **state)
{
    (void)state;
    struct driver *d = enriching_usual();
    uint64_t in_time = driver_submit(d, "jo@x.example", "DE", NULL);
    driver_pass(d, 10 * MINUTE);
    enriching_answer(d, in_time, KNOWS(2000));
    assert_string_equal(driver_owner(d, in_time), "cem");
    uint64_t late = driver_submit(d, "mo@x.example", "DE", NULL);
    const struct core_lead *found = core_lead_find(d->core, late);
    uint32_t owner = found->rep;
    driver_pass(d, 10 * MINUTE + 1);
    enriching_answer(d, late, KNOWS(2000));
    assert_int_equal(core_lead_find(d->core, late)->rep, owner);
    exceptions_finish(d);
}

static void a_less_specific_route_changes_nothing(void **state)
{
    (void)state;
    struct driver *d = enriching_usual();
    uint64_t lead = driver_submit_sized(d, "jo@x.example", "FR", NULL, 2000);
    assert_string_equal(driver_owner(d, lead), "cem");
    driver_enrich(d, lead, 10);
    assert_string_equal(driver_owner(d, lead), "cem");
    exceptions_finish(d);
}

static void by_the_mesh_any_other_route_may_do(void **state)
{
    (void)state;
    struct driver *d =
        enriching_driver(PIPELINE_WITH("  reroute: {within: 10m, more_specific: false}\n"), 3);
    uint64_t lead = driver_submit_sized(d, "jo@x.example", "DE", NULL, 2000);
    assert_string_equal(driver_owner(d, lead), "cem");
    driver_enrich(d, lead, 10);
    assert_string_equal(driver_owner(d, lead), "ana");
    exceptions_finish(d);
}

static void without_leave_nothing_is_rerouted(void **state)
{
    (void)state;
    struct driver *d = enriching_driver(PIPELINE_WITH("  reroute: off\n"), 3);
    uint64_t lead = driver_submit(d, "jo@x.example", "DE", NULL);
    enriching_answer(d, lead, KNOWS(2000));
    assert_string_equal(driver_owner(d, lead), "ana");
    exceptions_finish(d);
}

static void enrichment_changes_an_owner_once(void **state)
{
    (void)state;
    struct driver *d = enriching_usual();
    driver_set_rep(d, "ana", 0, -1);
    driver_set_rep(d, "ben", 0, -1);
    uint64_t lead = driver_submit(d, "jo@x.example", "FR", NULL);
    assert_string_equal(driver_owner(d, lead), "cem");
    driver_set_rep(d, "ana", 1, -1);
    enriching_answer(d, lead, KNOWS_NOTHING);
    enriching_answer(d, lead, KNOWS_COUNTRY("DE")); /* zen overwrites: to the pool dach */
    assert_string_equal(driver_owner(d, lead), "ana");
    driver_enrich(d, lead, 2000);
    assert_string_equal(driver_owner(d, lead), "ana"); /* not back to cem */
    assert_string_equal(enriching_class(d, lead), "hot");
    exceptions_finish(d);
}

static void whom_a_person_gave_the_lead_to_keeps_it(void **state)
{
    (void)state;
    struct driver *d = enriching_usual();
    uint64_t lead = driver_submit(d, "jo@x.example", "DE", NULL);
    assert_int_equal(driver_assign(d, lead, "ben"), CORE_OK);
    enriching_answer(d, lead, KNOWS(2000));
    assert_string_equal(driver_owner(d, lead), "ben");
    exceptions_finish(d);
}

static void an_owner_who_is_in_the_other_pool_keeps_the_lead(void **state)
{
    (void)state;
    struct driver *d = enriching_usual();
    uint64_t lead = driver_submit(d, "jo@x.example", NULL, NULL);
    assert_string_equal(driver_owner(d, lead), "ana"); /* of pool all */
    enriching_answer(d, lead, KNOWS_COUNTRY("DE"));
    assert_string_equal(driver_owner(d, lead), "ana"); /* of pool dach, too */
    assert_int_equal(driver_count(d, CORE_LEAD_RETURNED), 0);
    exceptions_finish(d);
}

static void a_route_that_held_all_along_is_no_news(void **state)
{
    (void)state;
    struct driver *d = enriching_usual();
    driver_set_rep(d, "cem", 0, -1);
    uint64_t lead = driver_submit_sized(d, "jo@x.example", NULL, NULL, 2000);
    assert_string_equal(driver_owner(d, lead), "ana");
    driver_set_rep(d, "cem", 1, -1); /* who would have got it */
    enriching_answer(d, lead, KNOWS_COUNTRY("FR"));
    assert_string_equal(driver_owner(d, lead), "ana");
    exceptions_finish(d);
}

static void a_route_to_somebody_without_room_is_none(void **state)
{
    (void)state;
    struct driver *d = enriching_usual();
    driver_set_rep(d, "cem", 0, -1);
    uint64_t lead = driver_submit(d, "jo@x.example", "DE", NULL);
    enriching_answer(d, lead, KNOWS(2000));
    assert_string_equal(driver_owner(d, lead), "ana");
    assert_int_equal(driver_count(d, CORE_LEAD_RETURNED), 0);
    exceptions_finish(d);
}

/* ---- checks */

static void a_verdict_takes_the_lead_before_a_person(void **state)
{
    (void)state;
    struct driver *d = enriching_usual();
    uint64_t lead = driver_submit(d, "jo@x.example", "FR", NULL);
    enriching_answer(d, lead, KNOWS(20));
    enriching_answer(d, lead, SUSPECTS("a disposable address"));
    assert_string_equal(driver_owner(d, lead), "");
    assert_int_equal(core_lead_find(d->core, lead)->place, CORE_PLACE_EXCEPTION);
    exceptions_assert_newest(d, CORE_LEAD_EXCEPTED, "kind", "fraud_suspected");
    exceptions_assert_newest(d, CORE_LEAD_EXCEPTED, "reason", "a disposable address");
    exceptions_assert_newest(d, CORE_LEAD_RETURNED, "reason", "a disposable address");
    assert_true(enriching_is_done(d, lead));
    exceptions_finish(d);
}

/* What is kept of a text from outside ends with a whole character: the journal is UTF-8. */
static void a_long_verdict_is_told_in_whole_characters(void **state)
{
    (void)state;
    char verdict[301];
    struct driver *d = enriching_usual();
    uint64_t lead = driver_submit(d, "jo@x.example", "FR", NULL);
    for (size_t i = 0; i + 3 < sizeof verdict; i += 3)
        memcpy(verdict + i, "\xe2\x82\xac", 4);
    enriching_answer(d, lead, KNOWS(20));
    enriching_answer(d, lead, SUSPECTS(verdict));
    assert_int_equal(core_lead_find(d->core, lead)->place, CORE_PLACE_EXCEPTION);
    exceptions_finish(d);
}

static void a_lead_that_waits_is_held_likewise(void **state)
{
    (void)state;
    struct driver *d = enriching_usual();
    driver_set_rep(d, "ana", 0, -1);
    driver_set_rep(d, "ben", 0, -1);
    uint64_t lead = driver_submit(d, "jo@x.example", "DE", NULL);
    enriching_answer(d, lead, KNOWS(20));
    enriching_answer(d, lead, SUSPECTS("a bot"));
    assert_int_equal(core_lead_find(d->core, lead)->place, CORE_PLACE_EXCEPTION);
    assert_int_equal(driver_count(d, CORE_LEAD_RETURNED), 0);
    exceptions_finish(d);
}

static void whom_somebody_talks_to_stays_and_a_person_is_told(void **state)
{
    (void)state;
    struct driver *d = enriching_usual();
    uint64_t lead = driver_submit(d, "jo@x.example", "DE", NULL);
    driver_contact(d, lead);
    enriching_answer(d, lead, KNOWS(20));
    enriching_answer(d, lead, SUSPECTS("a bot"));
    assert_string_equal(driver_owner(d, lead), "ana");
    exceptions_assert_newest(d, CORE_EXCEPTION_OPENED, "kind", "fraud_suspected");
    exceptions_assert_newest(d, CORE_EXCEPTION_OPENED, "context", "a bot");
    /* Nobody answers: the team is reminded, and the lead is not closed behind the rep's back. */
    driver_pass(d, INT64_C(30) * 3600 * SECOND);
    assert_true(driver_count(d, CORE_EXCEPTION_ESCALATED) > 0);
    assert_int_equal(driver_count(d, CORE_LEAD_DISQUALIFIED), 0);
    assert_string_equal(driver_owner(d, lead), "ana");
    exceptions_finish(d);
}

static void nobody_else_is_asked_of_a_lead_that_is_held(void **state)
{
    (void)state;
    struct driver *d =
        enriching_driver("pipeline: inbound\nowner: ops\n"
                         "classes: [{name: all, objectives: {enriched: 2m}}]\n"
                         "routes: [{name: everyone, to: {pool: all}}]\n"
                         "enrichment:\n  providers:\n"
                         "    - {provider: shield, hold: fraud_suspected}\n    - clear\n",
                         2);
    uint64_t fine = driver_submit(d, "a@x.example", NULL, NULL);
    enriching_answer(d, fine, KNOWS_NOTHING);
    enriching_assert_asked(d, fine, "clear");
    uint64_t held = driver_submit(d, "b@x.example", NULL, NULL);
    enriching_answer(d, held, SUSPECTS("a bot"));
    enriching_assert_asked(d, held, "");
    exceptions_finish(d);
}

/* ---- what people say */

static void what_a_person_says_counts_at_once_and_moves_the_lead_likewise(void **state)
{
    (void)state;
    struct driver *d = enriching_usual();
    uint64_t lead = driver_submit_sized(d, "jo@x.example", "DE", NULL, 10);
    assert_int_equal(driver_enrich(d, lead, 2000), CORE_OK);
    assert_true(enriching_is_done(d, lead));
    enriching_assert_says(d, "employees", "2000");
    assert_string_equal(driver_owner(d, lead), "cem");
    exceptions_finish(d);
}

int main(void)
{
#define TEST(name) cmocka_unit_test(name)
    const struct CMUnitTest tests[] = {
        TEST(a_more_specific_route_gives_the_lead_another_owner),
        TEST(a_lead_that_waits_is_rerouted_too),
        TEST(whom_somebody_talks_to_is_not_rerouted),
        TEST(after_its_time_a_lead_is_not_rerouted),
        TEST(a_less_specific_route_changes_nothing),
        TEST(by_the_mesh_any_other_route_may_do),
        TEST(without_leave_nothing_is_rerouted),
        TEST(enrichment_changes_an_owner_once),
        TEST(whom_a_person_gave_the_lead_to_keeps_it),
        TEST(an_owner_who_is_in_the_other_pool_keeps_the_lead),
        TEST(a_route_that_held_all_along_is_no_news),
        TEST(a_route_to_somebody_without_room_is_none),
        TEST(a_verdict_takes_the_lead_before_a_person),
        TEST(a_long_verdict_is_told_in_whole_characters),
        TEST(a_lead_that_waits_is_held_likewise),
        TEST(whom_somebody_talks_to_stays_and_a_person_is_told),
        TEST(nobody_else_is_asked_of_a_lead_that_is_held),
        TEST(what_a_person_says_counts_at_once_and_moves_the_lead_likewise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
