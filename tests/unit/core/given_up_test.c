/* What was given up: somebody has to decide, about the lead or about the destination (A3, E1). */
#include "sending.h"

#include <json-c/json.h>
#include <string.h>

#define ASSIGNED "[lead.assigned]"

static struct driver *driver_of_one(const char *more, uint64_t *ret_lead)
{
    struct driver *d = outbox_driver_of(ASSIGNED, more);
    *ret_lead = driver_submit(d, "a@x.example", NULL, NULL);
    return d;
}

/* ---- exceptions */

static void what_failed_is_an_exception_with_its_history(void **state)
{
    (void)state;
    struct driver *d = outbox_driver_of("[lead.*]", PATIENCE);
    uint64_t lead = driver_submit(d, "a@x.example", NULL, NULL);
    outbox_attempt(d, "crm", CORE_OUTCOME_PERMANENT);
    struct core_exception exception = exceptions_one(d, CORE_ABOUT_LEAD, lead);
    assert_string_equal(exception.kind, "delivery_failed");
    assert_string_equal(exception.team, "desk"); /* of the destination */
    assert_false(exception.holding);
    struct json_object *event = driver_newest(d, CORE_EXCEPTION_OPENED);
    const char *context = json_object_get_string(json_object_object_get(event, "context"));
    assert_non_null(strstr(context, "to crm, 1 attempt: it answered 503"));
    json_object_put(event);
    outbox_attempt(d, "crm", CORE_OUTCOME_PERMANENT);
    assert_int_equal(exceptions_count(d, CORE_ABOUT_LEAD, lead), 1);
    assert_int_equal(core_series_sum(d->core, CORE_SERIES_FAILED, BYTES_LITERAL("crm"),
                                     d->now_us / HOUR * HOUR, d->now_us / HOUR * HOUR + HOUR),
                     2);
    exceptions_finish(d);
}

static void its_exception_retries_what_failed(void **state)
{
    (void)state;
    struct driver *d = outbox_driver_of("[lead.*]", PATIENCE);
    uint64_t lead = driver_submit(d, "a@x.example", NULL, NULL);
    uint64_t first = outbox_attempt(d, "crm", CORE_OUTCOME_PERMANENT);
    uint64_t second = outbox_attempt(d, "crm", CORE_OUTCOME_PERMANENT);
    struct core_exception exception = exceptions_one(d, CORE_ABOUT_LEAD, lead);
    assert_int_equal(exceptions_resolve(d, exception.number, CORE_RESOLVED_RETRY), CORE_OK);
    assert_int_equal(d->decision.entity, exception.number);
    assert_int_equal(d->decision.lead, lead);
    assert_int_equal(outbox_state(d, "crm")->failed, 0);
    assert_string_equal(driver_owner(d, lead), "ana"); /* the lead stays where it is */
    assert_int_equal(outbox_attempt(d, "crm", CORE_OUTCOME_OK), first);
    assert_int_equal(outbox_attempt(d, "crm", CORE_OUTCOME_OK), second);
    assert_int_equal(exceptions_count(d, CORE_ABOUT_LEAD, lead), 0);
    exceptions_finish(d);
}

static void dismissed_it_stays_failed_and_may_be_queued_by_hand(void **state)
{
    (void)state;
    uint64_t lead;
    struct driver *d = driver_of_one(PATIENCE, &lead);
    uint64_t number = outbox_attempt(d, "crm", CORE_OUTCOME_PERMANENT);
    struct core_exception exception = exceptions_one(d, CORE_ABOUT_LEAD, lead);
    assert_int_equal(exceptions_resolve(d, exception.number, CORE_RESOLVED_DISMISS), CORE_OK);
    assert_int_equal(outbox_known(d, number).state, CORE_DELIVERY_IS_FAILED);
    assert_int_equal(outbox_requeue(d, number), CORE_OK);
    assert_int_equal(outbox_attempt(d, "crm", CORE_OUTCOME_OK), number);
    exceptions_finish(d);
}

static void the_exception_is_over_with_the_last_that_failed(void **state)
{
    (void)state;
    struct driver *d = outbox_driver_of("[lead.*]", PATIENCE);
    uint64_t lead = driver_submit(d, "a@x.example", NULL, NULL);
    uint64_t first = outbox_attempt(d, "crm", CORE_OUTCOME_PERMANENT);
    uint64_t second = outbox_attempt(d, "crm", CORE_OUTCOME_PERMANENT);
    outbox_requeue(d, second);
    assert_int_equal(exceptions_count(d, CORE_ABOUT_LEAD, lead), 1);
    outbox_drop(d, first);
    assert_int_equal(exceptions_count(d, CORE_ABOUT_LEAD, lead), 0);
    exceptions_finish(d);
}

static void when_its_lead_is_closed_the_destination_has_the_exception(void **state)
{
    (void)state;
    struct driver *d = outbox_driver_of("[lead.captured, lead.assigned]", PATIENCE);
    uint64_t lead = driver_submit(d, "a@x.example", NULL, NULL);
    uint64_t first = outbox_attempt(d, "crm", CORE_OUTCOME_PERMANENT);
    uint64_t second = outbox_attempt(d, "crm", CORE_OUTCOME_PERMANENT);
    driver_outcome(d, lead, false);
    assert_int_equal(exceptions_count(d, CORE_ABOUT_LEAD, lead), 0);
    struct core_exception exception =
        exceptions_one(d, CORE_ABOUT_DESTINATION, 0); /* one for both */
    assert_int_equal(exceptions_resolve(d, exception.number, CORE_RESOLVED_RETRY), CORE_OK);
    assert_int_equal(outbox_attempt(d, "crm", CORE_OUTCOME_OK), first);
    assert_int_equal(outbox_attempt(d, "crm", CORE_OUTCOME_OK), second);
    exceptions_finish(d);
}

/* Its failures are the lead's again, but who was to decide about them is the same. */
static void when_its_lead_comes_again_the_exception_of_the_destination_still_ends_it(void **state)
{
    (void)state;
    struct driver *d = outbox_driver_of("[lead.captured, lead.assigned]", PATIENCE);
    uint64_t lead = driver_submit(d, "a@x.example", NULL, NULL);
    uint64_t first = outbox_attempt(d, "crm", CORE_OUTCOME_PERMANENT);
    outbox_drain(d, "crm");
    driver_outcome(d, lead, false);
    struct core_exception exception = exceptions_one(d, CORE_ABOUT_DESTINATION, 0);
    driver_pass(d, MINUTE);
    driver_submit(d, "a@x.example", NULL, NULL);
    assert_int_equal(driver_count(d, CORE_LEAD_REOPENED), 1);
    outbox_drain(d, "crm");
    assert_int_equal(exceptions_resolve(d, exception.number, CORE_RESOLVED_RETRY), CORE_OK);
    assert_int_equal(outbox_state(d, "crm")->failed, 0);
    assert_int_equal(outbox_attempt(d, "crm", CORE_OUTCOME_OK), first);
    exceptions_finish(d);
}

static void what_somebody_dismissed_stays_dismissed_when_its_lead_is_closed(void **state)
{
    (void)state;
    uint64_t lead;
    struct driver *d = driver_of_one(PATIENCE, &lead);
    outbox_attempt(d, "crm", CORE_OUTCOME_PERMANENT);
    struct core_exception exception = exceptions_one(d, CORE_ABOUT_LEAD, lead);
    assert_int_equal(exceptions_resolve(d, exception.number, CORE_RESOLVED_DISMISS), CORE_OK);
    driver_outcome(d, lead, false);
    assert_int_equal(exceptions_count(d, CORE_ABOUT_DESTINATION, 0), 0);
    exceptions_finish(d);
}

static void of_very_many_the_rest_is_another_exception(void **state)
{
    (void)state;
    enum { COUNT = 70 };
    struct driver *d = outbox_driver_of("[rep.changed]", STUBBORN);
    for (int i = 0; i < COUNT; i++)
        driver_set_rep(d, "ana", i % 2, -1);
    for (int i = 0; i < COUNT; i++)
        outbox_attempt(d, "crm", CORE_OUTCOME_PERMANENT);
    struct core_exception all = exceptions_one(d, CORE_ABOUT_DESTINATION, 0);
    assert_int_equal(exceptions_resolve(d, all.number, CORE_RESOLVED_RETRY), CORE_OK);
    assert_int_equal(outbox_state(d, "crm")->pending, 60);
    struct core_exception rest = exceptions_one(d, CORE_ABOUT_DESTINATION, 0);
    assert_int_not_equal(rest.number, all.number);
    exceptions_assert_newest(d, CORE_EXCEPTION_OPENED, "context",
                             "10 more failed and are not sent again yet");
    assert_int_equal(exceptions_resolve(d, rest.number, CORE_RESOLVED_RETRY), CORE_OK);
    assert_int_equal(outbox_state(d, "crm")->pending, COUNT);
    assert_int_equal(exceptions_count(d, CORE_ABOUT_DESTINATION, 0), 0);
    exceptions_finish(d);
}

static void also_of_one_lead(void **state)
{
    (void)state;
    enum { COUNT = 65 };
    struct driver *d = outbox_driver_of("[lead.assigned]", STUBBORN);
    uint64_t lead = driver_submit(d, "a@x.example", NULL, NULL);
    for (int i = 1; i < COUNT; i++)
        driver_assign(d, lead, i % 2 == 1 ? "ben" : "cem");
    for (int i = 0; i < COUNT; i++)
        outbox_attempt(d, "crm", CORE_OUTCOME_PERMANENT);
    struct core_exception all = exceptions_one(d, CORE_ABOUT_LEAD, lead);
    assert_int_equal(exceptions_resolve(d, all.number, CORE_RESOLVED_RETRY), CORE_OK);
    assert_int_equal(outbox_state(d, "crm")->pending, 60);
    struct core_exception rest = exceptions_one(d, CORE_ABOUT_LEAD, lead);
    assert_string_equal(rest.team, "desk");
    assert_int_equal(exceptions_resolve(d, rest.number, CORE_RESOLVED_RETRY), CORE_OK);
    assert_int_equal(outbox_drain(d, "crm"), COUNT);
    exceptions_finish(d);
}

static void of_a_closed_lead_it_is_about_the_destination(void **state)
{
    (void)state;
    struct driver *d = outbox_driver_of("[lead.captured, lead.qualified]", PATIENCE);
    uint64_t leads[2];
    leads[0] = driver_submit(d, "a@x.example", NULL, NULL);
    leads[1] = driver_submit(d, "b@x.example", NULL, NULL);
    uint64_t before = outbox_attempt(d, "crm", CORE_OUTCOME_PERMANENT); /* while it was open */
    for (int i = 0; i < 2; i++) {
        driver_contact(d, leads[i]);
        driver_outcome(d, leads[i], true);
    }
    assert_int_equal(exceptions_count(d, CORE_ABOUT_LEAD, leads[0]), 0);
    uint64_t behind = outbox_attempt(d, "crm", CORE_OUTCOME_PERMANENT);
    assert_int_equal(outbox_known(d, behind).lead, leads[1]);
    struct core_exception exception = exceptions_one(d, CORE_ABOUT_DESTINATION, 0);
    assert_int_equal(exception.index, outbox_destination(d, "crm"));
    assert_string_equal(exception.team, "desk");
    driver_check_replay(d);
    assert_int_equal(exceptions_resolve(d, exception.number, CORE_RESOLVED_RETRY), CORE_OK);
    assert_int_equal(outbox_known(d, before).state, CORE_DELIVERY_PENDING);
    assert_int_equal(outbox_known(d, behind).state, CORE_DELIVERY_PENDING);
    outbox_attempt(d, "crm", CORE_OUTCOME_PERMANENT);
    assert_int_equal(exceptions_count(d, CORE_ABOUT_DESTINATION, 0), 1);
    outbox_drop(d, before);
    outbox_drop(d, behind);
    outbox_drain(d, "crm");
    assert_int_equal(exceptions_count(d, CORE_ABOUT_DESTINATION, 0), 0);
    exceptions_finish(d);
}

/* ---- notifications */

static const struct policy_file told[] = {
    {"destinations/mail.yaml",
     BYTES_LITERAL("destination: mail\nkind: email\nserver: \"smtp://mail.example:25\"\n"
                   "from: leads@acme.example\n" PATIENCE)},
    {"notifications.yaml", BYTES_LITERAL("channels: {reps: mail}\nmute: []\n")}};

static void an_address_that_is_gone_fails_alone(void **state)
{
    (void)state;
    struct driver *d = outbox_driver(told, 2);
    uint64_t lead = driver_submit(d, "a@x.example", NULL, NULL);
    uint64_t number = outbox_attempt(d, "mail", CORE_OUTCOME_GONE);
    assert_string_equal(outbox_known(d, number).target, "rep:ana");
    assert_int_equal(outbox_known(d, number).state, CORE_DELIVERY_IS_FAILED);
    assert_false(outbox_state(d, "mail")->disabled);
    assert_int_equal(exceptions_count(d, CORE_ABOUT_LEAD, lead), 0);
    struct core_exception exception = exceptions_one(d, CORE_ABOUT_DESTINATION, 0);
    assert_int_equal(exceptions_resolve(d, exception.number, CORE_RESOLVED_RETRY), CORE_OK);
    assert_int_equal(outbox_attempt(d, "mail", CORE_OUTCOME_OK), number);
    exceptions_finish(d);
}

static void notifications_about_one_lead_do_not_wait_for_each_other(void **state)
{
    (void)state;
    struct driver *d = outbox_driver(told, 2);
    uint64_t lead = driver_submit(d, "a@x.example", NULL, NULL);
    driver_assign(d, lead, "ben");
    uint64_t first = outbox_take(d, "mail"), second = outbox_take(d, "mail");
    assert_true(first != 0 && second != 0);
    assert_string_equal(outbox_known(d, first).target, "rep:ana");
    assert_string_equal(outbox_known(d, second).target, "rep:ben");
    exceptions_finish(d);
}

static void a_notification_has_its_time_from_when_it_may_be_told(void **state)
{
    (void)state;
    const struct policy_file files[] = {
        told[0],
        {"notifications.yaml",
         BYTES_LITERAL("channels: {reps: {via: mail, digest: 24h}}\nmute: []\n")}};
    struct driver *d = outbox_driver(files, 2);
    driver_submit(d, "a@x.example", NULL, NULL);
    int64_t due_us = core_outbox_due_us(d->core, outbox_destination(d, "mail"));
    assert_int_equal(due_us % DAY, 0);
    driver_pass(d, due_us - d->now_us + 29 * MINUTE);
    outbox_attempt(d, "mail", CORE_OUTCOME_OK);
    exceptions_finish(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_failed_is_an_exception_with_its_history),
        cmocka_unit_test(its_exception_retries_what_failed),
        cmocka_unit_test(dismissed_it_stays_failed_and_may_be_queued_by_hand),
        cmocka_unit_test(the_exception_is_over_with_the_last_that_failed),
        cmocka_unit_test(when_its_lead_is_closed_the_destination_has_the_exception),
        cmocka_unit_test(when_its_lead_comes_again_the_exception_of_the_destination_still_ends_it),
        cmocka_unit_test(what_somebody_dismissed_stays_dismissed_when_its_lead_is_closed),
        cmocka_unit_test(of_very_many_the_rest_is_another_exception),
        cmocka_unit_test(also_of_one_lead),
        cmocka_unit_test(of_a_closed_lead_it_is_about_the_destination),
        cmocka_unit_test(an_address_that_is_gone_fails_alone),
        cmocka_unit_test(notifications_about_one_lead_do_not_wait_for_each_other),
        cmocka_unit_test(a_notification_has_its_time_from_when_it_may_be_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
