/* Deliveries that ask providers: who is passed over when it takes nothing, and what is left of them
 * when their lead is closed (C1, C2). What answers do to leads is another test. */
#include "sending.h"

#include <json-c/json.h>
#include <string.h>

#define PROVIDER(name, more) "provider: " name "\nkind: domain\n" more
#define WAITS "retry: {within: 30m}\nbreaker: {failures: 2, pause: 30s, longest: 1m}\n"

static const char pipeline[] =
    "pipeline: inbound\nowner: ops\n"
    "classes: [{name: standard, objectives: {assigned: 5m}}]\n"
    "escalation: []\n"
    "enrichment: {providers: [one, {provider: two, when: 'has(lead.country)'}]}\n"
    "routes:\n  - {name: everyone, to: {pool: all}}\n";

static struct driver *driver_of(const char *one, const char *two)
{
    const struct policy_file files[] = {{"pipelines/inbound.yaml", bytes_of(pipeline)},
                                        {"providers/one.yaml", bytes_of(one)},
                                        {"providers/two.yaml", bytes_of(two)}};
    return outbox_driver(files, sizeof files / sizeof *files);
}

static struct driver *driver_of_two(void)
{
    return driver_of(PROVIDER("one", WAITS), PROVIDER("two", WAITS));
}

static void assert_newest_failure(const struct driver *d, const char *provider, const char *outcome)
{
    struct json_object *event = driver_newest(d, CORE_DELIVERY_FAILED);
    assert_string_equal(json_object_get_string(json_object_object_get(event, "destination")),
                        provider);
    assert_string_equal(json_object_get_string(json_object_object_get(event, "outcome")), outcome);
    json_object_put(event);
}

static void a_closed_provider_is_passed_over_where_another_can_be_asked(void **state)
{
    (void)state;
    struct driver *d = driver_of_two();
    driver_submit(d, "a@x.example", "DE", NULL);
    assert_int_equal(outbox_state(d, "one")->pending, 1);
    outbox_set(d, "one", CORE_DESTINATION_PAUSED);
    assert_int_equal(outbox_state(d, "one")->pending, 0);
    assert_int_equal(outbox_state(d, "two")->pending, 1);
    assert_newest_failure(d, "one", "skipped");
    driver_submit(d, "b@x.example", "DE", NULL); /* and so it goes on */
    assert_int_equal(outbox_state(d, "one")->pending, 0);
    assert_int_equal(outbox_state(d, "two")->pending, 2);
    assert_int_equal(driver_count(d, CORE_EXCEPTION_OPENED), 0);
    assert_int_equal(outbox_state(d, "one")->failed, 0); /* it will not be asked again */
    exceptions_finish(d);
}

static void a_check_is_never_passed_over(void **state)
{
    (void)state;
    const struct policy_file files[] = {
        {"pipelines/inbound.yaml",
         BYTES_LITERAL("pipeline: inbound\nowner: ops\n"
                       "classes: [{name: standard, objectives: {assigned: 5m}}]\n"
                       "enrichment: {providers: [{provider: one, hold: fraud_suspected}, two]}\n"
                       "routes:\n  - {name: everyone, to: {pool: all}}\n")},
        {"providers/one.yaml",
         BYTES_LITERAL(PROVIDER("one", WAITS "verdict: string(response.body.disposable)\n"))},
        {"providers/two.yaml", BYTES_LITERAL(PROVIDER("two", WAITS))}};
    struct driver *d = outbox_driver(files, sizeof files / sizeof *files);
    driver_submit(d, "a@x.example", "DE", NULL);
    outbox_set(d, "one", CORE_DESTINATION_PAUSED);
    driver_pass(d, 10 * MINUTE);
    assert_int_equal(outbox_state(d, "one")->pending, 1);
    assert_int_equal(driver_count(d, CORE_DELIVERY_FAILED), 0);
    outbox_set(d, "one", CORE_DESTINATION_RESUMED);
    assert_int_equal(outbox_drain(d, "one"), 1); /* it is asked when it is back */
    assert_int_equal(outbox_state(d, "two")->pending, 1);
    exceptions_finish(d);
}

static void where_no_other_can_be_asked_it_waits_until_it_is_back(void **state)
{
    (void)state;
    struct driver *d = driver_of_two();
    driver_submit(d, "a@x.example", NULL, NULL); /* the condition of the other does not hold */
    outbox_set(d, "one", CORE_DESTINATION_PAUSED);
    driver_pass(d, HOUR);
    assert_int_equal(outbox_state(d, "one")->pending, 1);
    outbox_set(d, "one", CORE_DESTINATION_RESUMED);
    outbox_attempt(d, "one", CORE_OUTCOME_OK);
    exceptions_finish(d);
}

static void an_open_breaker_hands_its_leads_on(void **state)
{
    (void)state;
    struct driver *d = driver_of_two();
    for (int i = 0; i < 4; i++) {
        const char email[] = {(char)('a' + i), '@', 'x', '.', 'd', 'e', '\0'};
        driver_submit(d, email, i == 3 ? NULL : "DE", NULL);
    }
    uint64_t under_way = outbox_take(d, "one");
    outbox_attempt(d, "one", CORE_OUTCOME_TRANSIENT);
    outbox_attempt(d, "one", CORE_OUTCOME_TRANSIENT);
    assert_int_equal(outbox_state(d, "one")->breaker, CORE_BREAKER_OPEN);
    assert_int_equal(outbox_state(d, "one")->pending, 1); /* that which nobody else can answer */
    assert_int_equal(outbox_state(d, "two")->pending, 3);
    assert_int_equal(outbox_answer(d, under_way, CORE_OUTCOME_OK), CORE_UNCHANGED); /* too late */
    driver_pass(d, outbox_state(d, "one")->open_until_us - d->now_us);
    driver_submit(d, "e@x.example", "DE", NULL);
    assert_int_equal(outbox_state(d, "one")->pending, 2); /* half open: it is asked */
    outbox_attempt(d, "one", CORE_OUTCOME_OK);
    exceptions_finish(d);
}

static void one_whose_day_is_spent_is_passed_over_until_the_next(void **state)
{
    (void)state;
    struct driver *d = driver_of(PROVIDER("one", "per_day: 1\n" WAITS), PROVIDER("two", WAITS));
    driver_submit(d, "a@x.example", "DE", NULL);
    driver_submit(d, "b@x.example", "DE", NULL);
    outbox_attempt(d, "one", CORE_OUTCOME_OK);
    assert_int_equal(outbox_state(d, "one")->pending, 0);
    assert_newest_failure(d, "one", "skipped");
    driver_pass(d, DAY);
    driver_submit(d, "c@x.example", "DE", NULL);
    outbox_attempt(d, "one", CORE_OUTCOME_OK);
    exceptions_finish(d);
}

static void one_that_is_gone_hands_on_what_it_was_asked(void **state)
{
    (void)state;
    struct driver *d = driver_of_two();
    driver_submit(d, "a@x.example", "DE", NULL);
    outbox_attempt(d, "one", CORE_OUTCOME_GONE);
    assert_true(outbox_state(d, "one")->disabled);
    assert_int_equal(outbox_state(d, "one")->pending, 0);
    assert_int_equal(outbox_state(d, "two")->pending, 1);
    exceptions_finish(d);
}

static void one_that_left_the_policy_is_passed_over(void **state)
{
    (void)state;
    struct driver *d = driver_of_two();
    driver_submit(d, "a@x.example", "DE", NULL);
    const struct policy_file files[] = {
        {"providers/two.yaml", BYTES_LITERAL(PROVIDER("two", WAITS))},
        {"pipelines/inbound.yaml", BYTES_LITERAL("pipeline: inbound\nowner: ops\n"
                                                 "classes: [{name: standard}]\n"
                                                 "escalation: []\n"
                                                 "enrichment: {providers: [two]}\n"
                                                 "routes: [{name: all, to: {pool: all}}]\n")}};
    outbox_activate_files(d, files, 2);
    assert_int_equal(outbox_state(d, "one")->pending, 0);
    assert_int_equal(outbox_state(d, "two")->pending, 1);
    exceptions_finish(d);
}

static void what_nobody_answered_in_time_opens_no_exception(void **state)
{
    (void)state;
    struct driver *d = driver_of_two();
    driver_submit(d, "a@x.example", NULL, NULL);
    driver_pass(d, HOUR);
    assert_newest_failure(d, "one", "expired");
    assert_int_equal(outbox_state(d, "one")->pending, 0);
    assert_int_equal(driver_count(d, CORE_EXCEPTION_OPENED), 0); /* promises see to that */
    exceptions_finish(d);
}

static void of_a_closed_lead_nothing_more_is_asked(void **state)
{
    (void)state;
    struct driver *d = driver_of_two();
    uint64_t lead = driver_submit(d, "a@x.example", NULL, NULL);
    uint64_t other = driver_submit(d, "b@x.example", "DE", NULL);
    uint64_t under_way = outbox_take(d, "one");
    assert_int_equal(under_way, core_delivery_number(lead, 0));
    driver_run(d, (struct core_command){.type = CORE_OUTCOME, .lead = lead});
    driver_run(d, (struct core_command){.type = CORE_OUTCOME, .lead = other});
    assert_int_equal(outbox_take(d, "one"), 0);
    driver_tick(d);
    assert_int_equal(outbox_state(d, "one")->pending, 0);
    assert_int_equal(outbox_state(d, "two")->pending, 0);
    assert_int_equal(driver_count(d, CORE_DELIVERY_DISCARDED), 2);
    assert_int_equal(outbox_answer(d, under_way, CORE_OUTCOME_OK), CORE_UNCHANGED);
    exceptions_finish(d);
}

static void one_that_comes_back_before_that_is_asked_about_all_the_same(void **state)
{
    (void)state;
    struct driver *d = driver_of_two();
    uint64_t lead = driver_submit(d, "a@x.example", "DE", NULL);
    driver_run(d, (struct core_command){.type = CORE_OUTCOME, .lead = lead});
    driver_run(d, driver_submission(d, "a@x.example", "DE", NULL, -1)); /* in the same batch */
    assert_int_equal(driver_count(d, CORE_LEAD_REOPENED), 1);
    driver_tick(d);
    assert_int_equal(driver_count(d, CORE_DELIVERY_DISCARDED), 0);
    assert_int_equal(outbox_drain(d, "one"), 2);
    exceptions_finish(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_closed_provider_is_passed_over_where_another_can_be_asked),
        cmocka_unit_test(a_check_is_never_passed_over),
        cmocka_unit_test(where_no_other_can_be_asked_it_waits_until_it_is_back),
        cmocka_unit_test(an_open_breaker_hands_its_leads_on),
        cmocka_unit_test(one_whose_day_is_spent_is_passed_over_until_the_next),
        cmocka_unit_test(one_that_is_gone_hands_on_what_it_was_asked),
        cmocka_unit_test(one_that_left_the_policy_is_passed_over),
        cmocka_unit_test(what_nobody_answered_in_time_opens_no_exception),
        cmocka_unit_test(of_a_closed_lead_nothing_more_is_asked),
        cmocka_unit_test(one_that_comes_back_before_that_is_asked_about_all_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
