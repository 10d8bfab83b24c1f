/* Who gets which event, in which order, and what people do with deliveries (A5, I2, I8). */
#include "sending.h"

#include <stdio.h>
#include <string.h>

#define ASSIGNED "[lead.assigned]"

/* ---- who gets what */

static void a_destination_gets_the_events_that_it_asks_for(void **state)
{
    (void)state;
    struct driver *d = outbox_driver_of("[lead.captured, lead.contacted]", PATIENCE);
    uint64_t lead = driver_submit(d, "a@x.example", NULL, NULL);
    assert_int_equal(outbox_state(d, "crm")->pending, 1);
    uint64_t number = outbox_attempt(d, "crm", CORE_OUTCOME_OK);
    assert_string_equal(outbox_about(d, number), "lead.captured");
    assert_int_equal(number, core_delivery_number(lead, 0));
    driver_contact(d, lead);
    assert_string_equal(outbox_about(d, outbox_attempt(d, "crm", CORE_OUTCOME_OK)),
                        "lead.contacted");
    driver_outcome(d, lead, true);
    assert_int_equal(outbox_take(d, "crm"), 0);
    exceptions_finish(d);
}

static void a_condition_is_asked_about_the_lead_as_it_is_behind_the_event(void **state)
{
    (void)state;
    struct driver *d =
        outbox_driver_of("[lead.captured, lead.enriched]",
                         "when: 'lead.employees > 100 && source == \"web\"'\n" PATIENCE);
    driver_submit_sized(d, "small@x.example", NULL, NULL, 5);
    uint64_t unknown = driver_submit_sized(d, "unknown@x.example", NULL, NULL, -1);
    assert_int_equal(outbox_take(d, "crm"), 0); /* what ends in an error does not hold */
    uint64_t large = driver_submit_sized(d, "large@x.example", NULL, NULL, 500);
    assert_int_equal(outbox_attempt(d, "crm", CORE_OUTCOME_OK), core_delivery_number(large, 0));
    driver_enrich(d, unknown, 200);
    assert_string_equal(outbox_about(d, outbox_attempt(d, "crm", CORE_OUTCOME_OK)),
                        "lead.enriched");
    exceptions_finish(d);
}

static void events_about_no_lead_go_only_where_there_is_no_condition(void **state)
{
    (void)state;
    const struct policy_file files[] = {
        {"destinations/all.yaml",
         BYTES_LITERAL(DESTINATION("all", "[rep.changed, lead.captured]", PATIENCE))},
        {"destinations/some.yaml",
         BYTES_LITERAL(DESTINATION("some", "[rep.changed, lead.captured]",
                                   "when: 'has(lead.email)'\n" PATIENCE))}};
    struct driver *d = outbox_driver(files, 2);
    driver_set_rep(d, "ana", 0, -1);
    assert_int_equal(outbox_drain(d, "all"), 1);
    assert_int_equal(outbox_drain(d, "some"), 0);
    driver_submit(d, "a@x.example", NULL, NULL);
    assert_int_equal(outbox_drain(d, "all"), 1);
    assert_int_equal(outbox_drain(d, "some"), 1);
    exceptions_finish(d);
}

static void what_becomes_of_deliveries_is_not_delivered(void **state)
{
    (void)state;
    struct driver *d = outbox_driver_of("[lead.*]", PATIENCE);
    driver_submit(d, "a@x.example", NULL, NULL);
    assert_int_equal(outbox_drain(d, "crm"), 2); /* captured, assigned */
    outbox_set(d, "crm", CORE_DESTINATION_PAUSED);
    assert_int_equal(outbox_state(d, "crm")->pending, 0);
    exceptions_finish(d);
}

/* ---- order */

static void of_one_lead_only_the_oldest_delivery_is_handed_out(void **state)
{
    (void)state;
    struct driver *d = outbox_driver_of("[lead.*]", PATIENCE);
    driver_submit(d, "a@x.example", NULL, NULL);
    uint64_t first = outbox_take(d, "crm");
    assert_string_equal(outbox_about(d, first), "lead.captured");
    assert_int_equal(outbox_take(d, "crm"), 0);
    outbox_answer(d, first, CORE_OUTCOME_TRANSIENT); /* again at once, and still before the other */
    assert_int_equal(outbox_take(d, "crm"), first);
    outbox_answer(d, first, CORE_OUTCOME_OK);
    uint64_t second = outbox_take(d, "crm");
    assert_string_equal(outbox_about(d, second), "lead.assigned");
    outbox_answer(d, second, CORE_OUTCOME_OK);
    exceptions_finish(d);
}

static void leads_do_not_wait_for_each_other(void **state)
{
    (void)state;
    struct driver *d = outbox_driver_of("[lead.*]", PATIENCE);
    uint64_t first = driver_submit(d, "a@x.example", NULL, NULL);
    uint64_t second = driver_submit(d, "b@x.example", NULL, NULL);
    uint64_t of_first = outbox_take(d, "crm"), of_second = outbox_take(d, "crm");
    assert_int_equal(of_first, core_delivery_number(first, 0));
    assert_int_equal(of_second, core_delivery_number(second, 0));
    assert_int_equal(outbox_take(d, "crm"), 0);
    outbox_answer(d, of_second, CORE_OUTCOME_OK);
    assert_string_equal(outbox_about(d, outbox_take(d, "crm")), "lead.assigned");
    exceptions_finish(d);
}

static void what_failed_lets_the_next_one_go(void **state)
{
    (void)state;
    struct driver *d = outbox_driver_of("[lead.*]", PATIENCE);
    driver_submit(d, "a@x.example", NULL, NULL);
    uint64_t first = outbox_attempt(d, "crm", CORE_OUTCOME_PERMANENT);
    assert_int_equal(outbox_known(d, first).state, CORE_DELIVERY_IS_FAILED);
    assert_string_equal(outbox_about(d, outbox_take(d, "crm")), "lead.assigned");
    exceptions_finish(d);
}

static void what_is_queued_again_does_not_overtake_one_under_way(void **state)
{
    (void)state;
    struct driver *d = outbox_driver_of("[lead.captured, lead.assigned]", PATIENCE);
    driver_submit(d, "a@x.example", NULL, NULL);
    uint64_t first = outbox_attempt(d, "crm", CORE_OUTCOME_PERMANENT);
    uint64_t second = outbox_take(d, "crm");
    assert_int_equal(outbox_requeue(d, first), CORE_OK);
    assert_int_equal(outbox_take(d, "crm"), 0); /* the other one is not back yet */
    outbox_answer(d, second, CORE_OUTCOME_TRANSIENT);
    assert_int_equal(outbox_take(d, "crm"), first); /* and it is the older one */
    assert_int_equal(outbox_take(d, "crm"), 0);
    outbox_answer(d, first, CORE_OUTCOME_OK);
    assert_int_equal(outbox_take(d, "crm"), second);
    exceptions_finish(d);
}

/* Behind one that was queued again: what stands between it and the one that is out waits too. */
static void of_several_queued_again_none_overtakes_one_under_way(void **state)
{
    (void)state;
    struct driver *d = outbox_driver_of("[lead.*]", PATIENCE);
    uint64_t lead = driver_submit(d, "a@x.example", NULL, NULL);
    uint64_t first = outbox_attempt(d, "crm", CORE_OUTCOME_PERMANENT);
    uint64_t second = outbox_attempt(d, "crm", CORE_OUTCOME_PERMANENT);
    driver_contact(d, lead);
    uint64_t third = outbox_take(d, "crm");
    driver_assign(d, lead, "cem");
    uint64_t fourth = core_delivery_number(core_seq(d->core), 0);
    assert_int_equal(outbox_requeue(d, first), CORE_OK);
    assert_int_equal(outbox_requeue(d, second), CORE_OK);
    assert_int_equal(outbox_take(d, "crm"), 0);
    assert_int_equal(outbox_drop(d, fourth), CORE_OK); /* the others are looked at anew */
    assert_int_equal(outbox_take(d, "crm"), 0);
    outbox_answer(d, third, CORE_OUTCOME_TRANSIENT);
    assert_int_equal(outbox_attempt(d, "crm", CORE_OUTCOME_OK), first);
    assert_int_equal(outbox_attempt(d, "crm", CORE_OUTCOME_OK), second);
    assert_int_equal(outbox_take(d, "crm"), third);
    exceptions_finish(d);
}

static void what_is_handed_back_is_handed_out_again(void **state)
{
    (void)state;
    struct driver *d = outbox_driver_of(ASSIGNED, PATIENCE);
    driver_submit(d, "a@x.example", NULL, NULL);
    uint64_t number = outbox_take(d, "crm");
    assert_int_equal(core_outbox_due_us(d->core, outbox_destination(d, "crm")), INT64_MAX);
    core_outbox_give_back(d->core, number);
    core_outbox_give_back(d->core, number); /* told twice */
    core_outbox_give_back(d->core, 77);     /* unknown */
    assert_int_equal(core_outbox_due_us(d->core, outbox_destination(d, "crm")), d->now_us);
    assert_int_equal(outbox_take(d, "crm"), number);
    exceptions_finish(d);
}

/* ---- by hand */

static void a_delivered_one_can_be_sent_once_more_under_its_number(void **state)
{
    (void)state;
    struct driver *d = outbox_driver_of(ASSIGNED, PATIENCE);
    uint64_t lead = driver_submit(d, "a@x.example", NULL, NULL);
    uint64_t number = outbox_attempt(d, "crm", CORE_OUTCOME_OK);
    assert_false(outbox_knows(d, number));
    assert_int_equal(outbox_requeue(d, number), CORE_NOT_FOUND); /* what it was is not said */
    struct core_command command = {.type = CORE_REQUEUE,
                                   .entity = number,
                                   .requeue.destination = BYTES_LITERAL("crm"),
                                   .requeue.about = lead,
                                   .requeue.reason = BYTES_LITERAL("they lost it")};
    assert_int_equal(driver_run(d, command), CORE_OK);
    assert_int_equal(outbox_known(d, number).lead, lead);
    assert_int_equal(outbox_take(d, "crm"), number);
    command.entity = core_delivery_number(9999, 0); /* of an event that never was */
    exceptions_assert_refused(d, command, CORE_NOT_FOUND, "there is no delivery");
    command.entity = number + 1;
    command.requeue.destination = BYTES_LITERAL("elsewhere");
    exceptions_assert_refused(d, command, CORE_NOT_FOUND, "no destination \"elsewhere\"");
    command.requeue.destination = BYTES_LITERAL("crm");
    command.requeue.purpose = POLICY_ENRICH;
    exceptions_assert_refused(d, command, CORE_INVALID, "enrich its lead");
    command.requeue.reason = (struct bytes){0};
    exceptions_assert_refused(d, command, CORE_INVALID, "`reason` is missing");
    exceptions_finish(d);
}

static void a_pending_one_that_is_queued_again_is_due_at_once(void **state)
{
    (void)state;
    struct driver *d = outbox_driver_of(ASSIGNED, STUBBORN);
    driver_submit(d, "a@x.example", NULL, NULL);
    uint64_t number = outbox_attempt(d, "crm", CORE_OUTCOME_TRANSIENT);
    outbox_attempt(d, "crm", CORE_OUTCOME_TRANSIENT);
    assert_true(outbox_known(d, number).due_us > d->now_us);
    assert_int_equal(outbox_requeue(d, number), CORE_OK);
    assert_int_equal(outbox_known(d, number).attempts, 2);
    assert_int_equal(outbox_take(d, "crm"), number);
    assert_int_equal(outbox_requeue(d, number), CORE_OK);
    assert_int_equal(outbox_take(d, "crm"), 0); /* that is the attempt */
    exceptions_finish(d);
}

static void a_dropped_one_is_not_sent(void **state)
{
    (void)state;
    struct driver *d = outbox_driver_of("[lead.*]", PATIENCE);
    driver_submit(d, "a@x.example", NULL, NULL);
    uint64_t number = outbox_take(d, "crm");
    assert_int_equal(outbox_drop(d, number), CORE_OK);
    assert_false(outbox_knows(d, number));
    assert_int_equal(outbox_answer(d, number, CORE_OUTCOME_OK), CORE_UNCHANGED);
    assert_string_equal(outbox_about(d, outbox_take(d, "crm")), "lead.assigned");
    exceptions_assert_refused(d,
                              (struct core_command){.type = CORE_DROP,
                                                    .entity = number,
                                                    .drop.reason = BYTES_LITERAL("again")},
                              CORE_NOT_FOUND, "neither pending nor failed");
    exceptions_finish(d);
}

/* ---- a policy without the destination */

static void a_destination_that_left_keeps_what_is_pending_until_it_is_back(void **state)
{
    (void)state;
    const struct policy_file crm = {"destinations/crm.yaml",
                                    BYTES_LITERAL(DESTINATION("crm", ASSIGNED, PATIENCE))};
    struct driver *d = outbox_driver(&crm, 1);
    driver_submit(d, "a@x.example", NULL, NULL);
    uint64_t number = outbox_attempt(d, "crm", CORE_OUTCOME_TRANSIENT);
    outbox_activate_files(d, NULL, 0);
    assert_true(core_destination_is_closed(d->core, outbox_destination(d, "crm")));
    assert_null(core_destination_declared(d->core, outbox_destination(d, "crm")));
    driver_submit(d, "b@x.example", NULL, NULL);
    assert_int_equal(outbox_state(d, "crm")->pending, 1);
    exceptions_assert_refused(d,
                              (struct core_command){.type = CORE_REQUEUE,
                                                    .entity = number,
                                                    .requeue.reason = BYTES_LITERAL("now")},
                              CORE_NOT_FOUND, "no destination \"crm\"");
    driver_pass(d, 2 * DAY); /* its time stands still */
    assert_true(outbox_knows(d, number));
    driver_check_replay(d);
    outbox_activate_files(d, &crm, 1);
    assert_false(core_destination_is_closed(d->core, outbox_destination(d, "crm")));
    driver_tick(d);
    assert_int_equal(outbox_drop(d, number), CORE_OK);
    exceptions_finish(d);
}

/* ---- what is remembered */

static void links_say_what_the_other_system_knows(void **state)
{
    (void)state;
    struct driver *d = outbox_driver_of(ASSIGNED, PATIENCE);
    uint64_t lead = driver_submit(d, "a@x.example", NULL, NULL);
    uint32_t crm = outbox_destination(d, "crm");
    assert_null(core_link_find(d->core, lead, crm));
    const struct core_receipt receipt = {.outcome = CORE_OUTCOME_OK,
                                         .status = 201,
                                         .external_id = BYTES_LITERAL("00Q1"),
                                         .owner = BYTES_LITERAL("ana"),
                                         .status_there = BYTES_LITERAL("assigned")};
    assert_int_equal(outbox_receive(d, outbox_take(d, "crm"), &receipt), CORE_OK);
    const struct core_link *link = core_link_find(d->core, lead, crm);
    assert_non_null(link);
    assert_string_equal(link->external_id, "00Q1");
    assert_int_equal(link->value_count, 2);
    assert_string_equal(link->values[0].name, "owner");
    assert_int_equal(link->values[0].value, core_link_value(BYTES_LITERAL("ana")));
    assert_string_equal(link->values[1].name, "status");
    assert_int_equal(link->values[1].changed_us, d->now_us);
    exceptions_finish(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_destination_gets_the_events_that_it_asks_for),
        cmocka_unit_test(a_condition_is_asked_about_the_lead_as_it_is_behind_the_event),
        cmocka_unit_test(events_about_no_lead_go_only_where_there_is_no_condition),
        cmocka_unit_test(what_becomes_of_deliveries_is_not_delivered),
        cmocka_unit_test(of_one_lead_only_the_oldest_delivery_is_handed_out),
        cmocka_unit_test(leads_do_not_wait_for_each_other),
        cmocka_unit_test(what_failed_lets_the_next_one_go),
        cmocka_unit_test(what_is_queued_again_does_not_overtake_one_under_way),
        cmocka_unit_test(of_several_queued_again_none_overtakes_one_under_way),
        cmocka_unit_test(what_is_handed_back_is_handed_out_again),
        cmocka_unit_test(a_delivered_one_can_be_sent_once_more_under_its_number),
        cmocka_unit_test(a_pending_one_that_is_queued_again_is_due_at_once),
        cmocka_unit_test(a_dropped_one_is_not_sent),
        cmocka_unit_test(a_destination_that_left_keeps_what_is_pending_until_it_is_back),
        cmocka_unit_test(links_say_what_the_other_system_knows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
