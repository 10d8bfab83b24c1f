/* Enrichment as the core sees it: who is asked next, and what an answer changes of what is known of
 * a lead and promised to it. I5 to I9 are looked at after every event. */
#include "enriching.h"

/* ---- the waterfall */

static void a_lead_is_assigned_at_once_and_enriched_later(void **state)
{
    (void)state;
    struct driver *d = enriching_usual();
    uint64_t lead = driver_submit(d, "jo@x.example", "FR", NULL);
    assert_string_not_equal(driver_owner(d, lead), "");
    assert_false(enriching_is_done(d, lead));
    enriching_assert_asked(d, lead, "clear");
    enriching_answer(d, lead, KNOWS(200));
    assert_int_equal(core_lead_find(d->core, lead)->score, 200);
    exceptions_assert_newest(d, CORE_LEAD_ENRICHED, "provider", "clear");
    enriching_assert_says(d, "employees", "200");
    enriching_assert_says(d, "country", "\"FR\"");
    exceptions_finish(d);
}

static void who_is_asked_next_depends_on_what_is_known_by_then(void **state)
{
    (void)state;
    struct driver *d = enriching_usual();
    uint64_t lead = driver_submit(d, "jo@x.example", "FR", NULL);
    enriching_answer(d, lead, KNOWS(200));
    enriching_assert_asked(d, lead, "shield");
    uint64_t other = driver_submit(d, "mo@x.example", "FR", NULL);
    enriching_answer(d, other, KNOWS_NOTHING);
    enriching_assert_asked(d, other, "zen");
    exceptions_finish(d);
}

static void a_submission_that_was_prepared_asks_the_same(void **state)
{
    (void)state;
    struct driver *d = enriching_usual();
    struct core_command command = driver_submission(d, "jo@x.example", "FR", NULL, 70);
    command.time_us = d->now_us;
    core_submit_prepare(&command, &d->arena);
    assert_int_equal(driver_run(d, command), CORE_OK);
    uint64_t lead = d->decision.lead;
    enriching_assert_asked(d, lead, "clear");
    enriching_answer(d, lead, KNOWS_NOTHING);
    enriching_assert_asked(d, lead, "shield");
    exceptions_finish(d);
}

static void the_promise_is_kept_with_the_last_answer_only(void **state)
{
    (void)state;
    struct driver *d = enriching_usual();
    uint64_t lead = driver_submit(d, "jo@x.example", "FR", NULL);
    enriching_answer(d, lead, KNOWS(200));
    assert_false(enriching_is_done(d, lead));
    enriching_answer(d, lead, KNOWS_NOTHING);
    assert_true(enriching_is_done(d, lead));
    enriching_assert_asked(d, lead, "");
    assert_int_equal(driver_count(d, CORE_LEAD_ENRICHED), 2);
    driver_pass(d, 3 * MINUTE);
    assert_int_equal(driver_count(d, CORE_LEAD_LATE), 0);
    exceptions_finish(d);
}

#define ONE_PROVIDER                                                                  \
    "pipeline: inbound\nowner: ops\nclasses:\n"                                       \
    "  - {name: standard, objectives: {enriched: 2m, assigned: 5m, contacted: 4h}}\n" \
    "escalation: []\nroutes:\n  - {name: everyone, to: {pool: all}}\n"                \
    "enrichment:\n  providers:\n    - {provider: clear, when: 'lead.country == \"DE\"'}\n"

static void nothing_is_promised_of_a_lead_that_nobody_is_asked_about(void **state)
{
    (void)state;
    struct driver *d = enriching_driver(ONE_PROVIDER, 1);
    uint64_t french = driver_submit(d, "jo@x.example", "FR", NULL);
    uint64_t german = driver_submit(d, "mo@x.example", "DE", NULL);
    enriching_assert_asked(d, french, "");
    assert_int_equal(enriching_due_us(d, french, POLICY_ENRICHED), 0);
    enriching_assert_asked(d, german, "clear");
    assert_true(enriching_due_us(d, german, POLICY_ENRICHED) > 0);
    assert_true(enriching_due_us(d, french, POLICY_CONTACTED) > 0);
    exceptions_finish(d);
}

static void when_one_cannot_answer_the_next_is_asked(void **state)
{
    (void)state;
    struct driver *d = enriching_usual();
    uint64_t lead = driver_submit(d, "jo@x.example", "FR", NULL);
    enriching_answer(d, lead, CANNOT);
    enriching_assert_asked(d, lead, "zen");
    assert_int_equal(driver_count(d, CORE_LEAD_ENRICHED), 0);
    enriching_answer(d, lead, KNOWS(70));
    enriching_answer(d, lead, CANNOT);
    assert_true(enriching_is_done(d, lead)); /* with what is known */
    enriching_assert_says(d, "employees", "70");
    assert_int_equal(driver_count(d, CORE_DELIVERY_FAILED), 2);
    assert_int_equal(driver_count(d, CORE_EXCEPTION_OPENED), 0);
    exceptions_finish(d);
}

static void an_answer_without_news_is_remembered_as_an_answer(void **state)
{
    (void)state;
    struct driver *d = enriching_usual();
    uint64_t lead = driver_submit(d, "jo@x.example", "FR", NULL);
    enriching_answer(d, lead, KNOWS_NOTHING);
    enriching_answer(d, lead, CANNOT);
    enriching_answer(d, lead, CANNOT);
    assert_true(enriching_is_done(d, lead));
    exceptions_finish(d);
}

static void when_nobody_answers_the_promise_runs_late_and_a_person_sees_to_it(void **state)
{
    (void)state;
    struct driver *d = enriching_usual();
    uint64_t lead = driver_submit(d, "jo@x.example", "FR", NULL);
    for (int i = 0; i < 3; i++)
        enriching_answer(d, lead, CANNOT);
    enriching_assert_asked(d, lead, "");
    assert_false(enriching_is_done(d, lead));
    driver_pass(d, 2 * MINUTE);
    exceptions_assert_newest(d, CORE_LEAD_LATE, "objective", "enriched");
    exceptions_assert_newest(d, CORE_EXCEPTION_OPENED, "kind", "enrichment_timeout");
    assert_string_not_equal(driver_owner(d, lead), "");
    exceptions_finish(d);
}

static void an_answer_behind_the_deadline_ends_the_exception(void **state)
{
    (void)state;
    struct driver *d = enriching_usual();
    uint64_t lead = driver_submit(d, "jo@x.example", "FR", NULL);
    driver_pass(d, 3 * MINUTE);
    assert_int_equal(driver_count(d, CORE_EXCEPTION_OPENED), 1);
    enriching_answer(d, lead, KNOWS(200));
    assert_int_equal(driver_count(d, CORE_EXCEPTION_RESOLVED), 0); /* shield is asked yet */
    enriching_answer(d, lead, KNOWS_NOTHING);
    exceptions_assert_newest(d, CORE_EXCEPTION_RESOLVED, "action", "overtaken");
    exceptions_finish(d);
}

static void a_provider_that_is_closed_is_passed_over(void **state)
{
    (void)state;
    struct driver *d = enriching_usual();
    driver_run(d, (struct core_command){.type = CORE_SET_DESTINATION,
                                        .set_destination = {.destination = BYTES_LITERAL("clear"),
                                                            .change = CORE_DESTINATION_PAUSED,
                                                            .reason = BYTES_LITERAL("costs")}});
    uint64_t lead = driver_submit(d, "jo@x.example", "FR", NULL);
    driver_tick(d);
    enriching_assert_asked(d, lead, "zen");
    exceptions_assert_newest(d, CORE_DELIVERY_FAILED, "outcome", "skipped");
    exceptions_finish(d);
}

static void a_lead_is_asked_about_by_its_own_release(void **state)
{
    (void)state;
    struct driver *d = enriching_usual();
    uint64_t lead = driver_submit(d, "jo@x.example", "FR", NULL);
    struct policy_release *reversed =
        enriching_release("pipeline: inbound\nowner: ops\nclasses: [{name: all}]\n"
                          "routes: [{name: everyone, to: {pool: all}}]\n"
                          "enrichment: {providers: [shield, zen, clear]}\n",
                          3);
    driver_activate(d, reversed);
    uint64_t other = driver_submit(d, "mo@x.example", "FR", NULL);
    enriching_assert_asked(d, other, "shield");
    enriching_assert_asked(d, lead, "clear");
    enriching_answer(d, lead, CANNOT);
    enriching_assert_asked(d, lead, "zen");
    policy_release_unref(reversed);
    exceptions_finish(d);
}

static void without_providers_the_last_one_is_waited_for(void **state)
{
    (void)state;
    struct driver *d = enriching_usual();
    uint64_t lead = driver_submit(d, "jo@x.example", "FR", NULL);
    struct policy_release *without = driver_release(NULL, NULL);
    struct policy_release *with = policy_release_ref(core_release(d->core));
    driver_activate(d, without); /* the others are passed over */
    enriching_assert_asked(d, lead, "shield");
    driver_activate(d, with);
    enriching_answer(d, lead, KNOWS_NOTHING);
    assert_true(enriching_is_done(d, lead));
    policy_release_unref(without);
    policy_release_unref(with);
    exceptions_finish(d);
}

/* ---- what is merged */

static void answers_fill_gaps_and_do_not_contradict_the_person(void **state)
{
    (void)state;
    struct driver *d = enriching_usual();
    uint64_t lead = driver_submit(d, "jo@x.example", "FR", NULL);
    enriching_answer(d, lead, (struct enriching_answer){.employees = 30, .country = "DE"});
    enriching_assert_says(d, "country", "\"FR\"");
    enriching_assert_says(d, "employees", "30");
    exceptions_finish(d);
}

static void a_provider_may_be_allowed_to_overwrite(void **state)
{
    (void)state;
    struct driver *d = enriching_usual();
    uint64_t lead = driver_submit(d, "jo@x.example", "FR", NULL);
    enriching_answer(d, lead, KNOWS_NOTHING);
    enriching_answer(d, lead,
                     (struct enriching_answer){.employees = 30, .country = "DE"}); /* zen */
    enriching_assert_says(d, "country", "\"DE\"");
    exceptions_finish(d);
}

/* ---- another class */

static void a_hotter_class_makes_promises_sooner(void **state)
{
    (void)state;
    struct driver *d = enriching_usual();
    uint64_t lead = driver_submit(d, "jo@x.example", "FR", NULL);
    int64_t captured_us = d->now_us;
    driver_pass(d, MINUTE);
    enriching_answer(d, lead, KNOWS(700));
    assert_string_equal(enriching_class(d, lead), "hot");
    exceptions_assert_newest(d, CORE_LEAD_ENRICHED, "class", "hot");
    assert_true(enriching_due_us(d, lead, POLICY_CONTACTED) == captured_us + 5 * MINUTE);
    driver_pass(d, 4 * MINUTE);
    exceptions_assert_newest(d, CORE_LEAD_LATE, "objective", "contacted");
    exceptions_finish(d);
}

static void nobody_is_late_the_moment_a_promise_is_made(void **state)
{
    (void)state;
    struct driver *d = enriching_usual();
    uint64_t lead = driver_submit(d, "jo@x.example", "FR", NULL);
    driver_pass(d, HOUR);
    enriching_answer(d, lead, KNOWS(700));
    assert_true(enriching_due_us(d, lead, POLICY_CONTACTED) == d->now_us + 150 * SECOND);
    exceptions_finish(d);
}

static void a_cooler_class_makes_no_promise_later(void **state)
{
    (void)state;
    struct driver *d = enriching_usual();
    uint64_t lead = driver_submit_sized(d, "jo@x.example", "FR", NULL, 700);
    int64_t promised_us = enriching_due_us(d, lead, POLICY_CONTACTED);
    enriching_answer(d, lead, KNOWS_NOTHING);
    driver_enrich(d, lead, 10);
    assert_string_equal(enriching_class(d, lead), "standard");
    assert_true(enriching_due_us(d, lead, POLICY_CONTACTED) == promised_us);
    exceptions_finish(d);
}

static void a_hotter_class_comes_first_where_leads_wait(void **state)
{
    (void)state;
    struct driver *d = enriching_usual();
    for (int i = 0; i < 3; i++)
        driver_set_rep(d, ((const char *const[]){"ana", "ben", "cem"})[i], 0, -1);
    uint64_t first = driver_submit_sized(d, "a@x.example", "FR", NULL, 400);
    uint64_t second = driver_submit(d, "b@x.example", "FR", NULL);
    enriching_answer(d, second, KNOWS(600));
    driver_set_rep(d, "ana", 1, 1);
    assert_string_equal(driver_owner(d, second), "ana");
    assert_string_equal(driver_owner(d, first), "");
    exceptions_finish(d);
}

static void a_lead_before_a_person_changes_its_class_and_stays_there(void **state)
{
    (void)state;
    struct driver *d = enriching_driver(PIPELINE_WITH("exceptions: {manual: {within: 8h}}\n"), 3);
    uint64_t lead = driver_submit(d, "jo@x.example", "FR", NULL);
    enriching_answer(d, lead, KNOWS(20));
    enriching_answer(d, lead, SUSPECTS("a disposable address"));
    assert_int_equal(core_lead_find(d->core, lead)->place, CORE_PLACE_EXCEPTION);
    driver_enrich(d, lead, 700);
    assert_string_equal(enriching_class(d, lead), "hot");
    assert_int_equal(core_lead_find(d->core, lead)->place, CORE_PLACE_EXCEPTION);
    driver_pass(d, 6 * MINUTE);
    exceptions_assert_newest(d, CORE_LEAD_LATE, "objective", "contacted");
    exceptions_finish(d);
}

/* ---- what comes late, or twice */

static void an_answer_that_comes_twice_changes_nothing(void **state)
{
    (void)state;
    struct driver *d = enriching_usual();
    uint64_t lead = driver_submit(d, "jo@x.example", "DE", NULL), delivery;
    enriching_asked(d, lead, &delivery);
    assert_int_equal(enriching_receive(d, delivery, &KNOWS(2000)), CORE_OK);
    size_t before = d->count;
    assert_int_equal(enriching_receive(d, delivery, &KNOWS(2000)), CORE_UNCHANGED);
    assert_int_equal(enriching_receive(d, delivery, &KNOWS(5)), CORE_UNCHANGED);
    assert_int_equal(enriching_receive(d, delivery, &CANNOT), CORE_UNCHANGED);
    assert_int_equal(d->count, before);
    enriching_assert_asked(d, lead, "shield");
    exceptions_finish(d);
}

static void an_answer_of_one_that_was_given_up_does_not_begin_the_waterfall_anew(void **state)
{
    (void)state;
    struct driver *d = enriching_usual();
    uint64_t lead = driver_submit(d, "jo@x.example", "DE", NULL), delivery;
    enriching_asked(d, lead, &delivery);
    assert_int_equal(enriching_receive(d, delivery, &CANNOT), CORE_OK);
    enriching_assert_asked(d, lead, "zen");
    assert_int_equal(enriching_receive(d, delivery, &KNOWS(2000)), CORE_UNCHANGED);
    enriching_assert_asked(d, lead, "zen");
    assert_int_equal(driver_count(d, CORE_LEAD_ENRICHED), 0);
    assert_string_equal(driver_owner(d, lead), "ana");
    exceptions_finish(d);
}

static void a_closed_lead_is_left_alone(void **state)
{
    (void)state;
    struct driver *d = enriching_usual();
    uint64_t lead = driver_submit(d, "jo@x.example", "DE", NULL), delivery;
    enriching_asked(d, lead, &delivery);
    assert_int_equal(driver_run(d, (struct core_command){.type = CORE_OUTCOME, .lead = lead}),
                     CORE_OK);
    enriching_receive(d, delivery, &KNOWS(2000)); /* before the next tick, and behind it */
    enriching_receive(d, delivery, &KNOWS(2000));
    enriching_assert_asked(d, lead, "");
    assert_int_equal(driver_count(d, CORE_LEAD_ENRICHED), 0);
    exceptions_finish(d);
}

static void who_comes_again_is_asked_about_anew(void **state)
{
    (void)state;
    struct driver *d = enriching_usual();
    uint64_t lead = driver_submit(d, "jo@x.example", "DE", NULL), delivery;
    enriching_asked(d, lead, &delivery);
    driver_outcome(d, lead, false);
    driver_pass(d, MINUTE);
    assert_int_equal(driver_submit(d, "jo@x.example", "DE", NULL), lead);
    assert_int_equal(enriching_receive(d, delivery, &KNOWS(2000)), CORE_UNCHANGED);
    enriching_assert_asked(d, lead, "clear");
    enriching_answer(d, lead, KNOWS(2000));
    assert_string_equal(driver_owner(d, lead), "cem");
    exceptions_finish(d);
}

int main(void)
{
#define TEST(name) cmocka_unit_test(name)
    const struct CMUnitTest tests[] = {
        TEST(a_lead_is_assigned_at_once_and_enriched_later),
        TEST(who_is_asked_next_depends_on_what_is_known_by_then),
        TEST(a_submission_that_was_prepared_asks_the_same),
        TEST(the_promise_is_kept_with_the_last_answer_only),
        TEST(nothing_is_promised_of_a_lead_that_nobody_is_asked_about),
        TEST(when_one_cannot_answer_the_next_is_asked),
        TEST(an_answer_without_news_is_remembered_as_an_answer),
        TEST(when_nobody_answers_the_promise_runs_late_and_a_person_sees_to_it),
        TEST(an_answer_behind_the_deadline_ends_the_exception),
        TEST(a_provider_that_is_closed_is_passed_over),
        TEST(a_lead_is_asked_about_by_its_own_release),
        TEST(without_providers_the_last_one_is_waited_for),
        TEST(answers_fill_gaps_and_do_not_contradict_the_person),
        TEST(a_provider_may_be_allowed_to_overwrite),
        TEST(a_hotter_class_makes_promises_sooner),
        TEST(nobody_is_late_the_moment_a_promise_is_made),
        TEST(a_cooler_class_makes_no_promise_later),
        TEST(a_hotter_class_comes_first_where_leads_wait),
        TEST(a_lead_before_a_person_changes_its_class_and_stays_there),
        TEST(an_answer_that_comes_twice_changes_nothing),
        TEST(an_answer_of_one_that_was_given_up_does_not_begin_the_waterfall_anew),
        TEST(a_closed_lead_is_left_alone),
        TEST(who_comes_again_is_asked_about_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
