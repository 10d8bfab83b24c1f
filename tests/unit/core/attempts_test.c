/* What comes of attempts: when they are repeated, and when a destination is left alone (A3, C2, E4,
 * I8). */
#include "sending.h"

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#define ASSIGNED "[lead.assigned]"

static struct driver *driver_of_one(const char *more, uint64_t *ret_lead)
{
    struct driver *d = outbox_driver_of(ASSIGNED, more);
    *ret_lead = driver_submit(d, "a@x.example", NULL, NULL);
    return d;
}

/* One failed attempt; how long until the next one is due. */
static int64_t fail_once(struct driver *d)
{
    uint64_t number = outbox_attempt(d, "crm", CORE_OUTCOME_TRANSIENT);
    return outbox_known(d, number).due_us - d->now_us;
}

static void let_be_due(struct driver *d)
{
    int64_t due_us = core_outbox_due_us(d->core, outbox_destination(d, "crm"));
    assert_int_not_equal(due_us, INT64_MAX);
    if (due_us > d->now_us)
        driver_pass(d, due_us - d->now_us);
}

/* ---- when to try again */

static void attempts_are_repeated_at_once_then_soon_then_ever_more_rarely(void **state)
{
    (void)state;
    uint64_t lead;
    struct driver *d = driver_of_one(STUBBORN, &lead);
    assert_int_equal(fail_once(d), 0); /* immediately, once */
    static const struct {
        int64_t least_us, most_us;
    } bounds[] = {
        {SECOND / 1000, 2 * SECOND}, {SECOND / 1000, 3 * SECOND}, {MINUTE / 2, MINUTE},
        {MINUTE, 2 * MINUTE},        {2 * MINUTE, 4 * MINUTE},    {2 * MINUTE, 4 * MINUTE},
    };
    for (size_t i = 0; i < sizeof bounds / sizeof *bounds; i++) {
        let_be_due(d);
        assert_in_range(fail_once(d), bounds[i].least_us, bounds[i].most_us);
    }
    exceptions_finish(d);
}

/* Full jitter: those that failed together do not come back together. */
static void deliveries_that_failed_together_come_back_apart(void **state)
{
    (void)state;
    enum { COUNT = 40 };
    struct driver *d = outbox_driver_of(ASSIGNED, STUBBORN);
    uint64_t numbers[COUNT];
    int64_t first_us = INT64_MAX, last_us = 0;
    for (int i = 0; i < COUNT; i++) {
        char email[32];
        snprintf(email, sizeof email, "p%d@x.example", i);
        driver_submit(d, email, NULL, NULL);
    }
    for (int turn = 0; turn < 2; turn++)
        for (int i = 0; i < COUNT; i++)
            numbers[i] = outbox_attempt(d, "crm", CORE_OUTCOME_TRANSIENT);
    for (int i = 0; i < COUNT; i++) {
        int64_t due_us = outbox_known(d, numbers[i]).due_us - d->now_us;
        first_us = due_us < first_us ? due_us : first_us;
        last_us = due_us > last_us ? due_us : last_us;
    }
    assert_true(first_us < SECOND / 4 && last_us > 2 * SECOND - SECOND / 4);
    exceptions_finish(d);
}

static void the_answer_may_ask_for_more_time(void **state)
{
    (void)state;
    uint64_t lead;
    struct driver *d = driver_of_one(STUBBORN, &lead);
    struct core_receipt busy = {.outcome = CORE_OUTCOME_TRANSIENT,
                                .status = 429,
                                .retry_after_us = 5 * MINUTE,
                                .reason = BYTES_LITERAL("it answered 429")};
    uint64_t number = outbox_take(d, "crm");
    assert_int_equal(outbox_receive(d, number, &busy), CORE_OK);
    assert_int_equal(outbox_known(d, number).due_us, d->now_us + 5 * MINUTE);
    let_be_due(d);
    assert_int_equal(outbox_take(d, "crm"), number);
    busy.retry_after_us = 1; /* less than it would wait anyway */
    assert_int_equal(outbox_receive(d, number, &busy), CORE_OK);
    assert_true(outbox_known(d, number).due_us > d->now_us + 1);
    let_be_due(d);
    assert_int_equal(outbox_take(d, "crm"), number);
    busy.retry_after_us = DAY; /* longer than it may take in all */
    assert_int_equal(outbox_receive(d, number, &busy), CORE_OK);
    assert_int_equal(outbox_known(d, number).state, CORE_DELIVERY_IS_FAILED);
    exceptions_finish(d);
}

static void it_is_given_up_when_its_time_is_over(void **state)
{
    (void)state;
    uint64_t lead;
    struct driver *d = driver_of_one(STUBBORN, &lead);
    int64_t began_us = d->now_us;
    uint64_t number;
    uint32_t attempts = 0;
    do {
        let_be_due(d);
        number = outbox_attempt(d, "crm", CORE_OUTCOME_TRANSIENT);
        attempts++;
    } while (outbox_known(d, number).state == CORE_DELIVERY_PENDING);
    assert_in_range(d->now_us - began_us, 20 * MINUTE, 30 * MINUTE);
    assert_int_equal(outbox_known(d, number).attempts, attempts);
    struct json_object *event = driver_newest(d, CORE_DELIVERY_FAILED);
    const char *reason = json_object_get_string(json_object_object_get(event, "reason"));
    assert_memory_equal(reason, "not delivered within 30m", strlen("not delivered within 30m"));
    json_object_put(event);
    exceptions_finish(d);
}

static void what_was_refused_is_not_repeated(void **state)
{
    (void)state;
    uint64_t lead;
    struct driver *d = driver_of_one(PATIENCE, &lead);
    uint64_t number = outbox_attempt(d, "crm", CORE_OUTCOME_PERMANENT);
    assert_int_equal(outbox_known(d, number).state, CORE_DELIVERY_IS_FAILED);
    assert_int_equal(outbox_take(d, "crm"), 0);
    exceptions_finish(d);
}

static void only_one_receipt_counts(void **state)
{
    (void)state;
    uint64_t lead;
    struct driver *d = driver_of_one(PATIENCE, &lead);
    uint64_t number = outbox_attempt(d, "crm", CORE_OUTCOME_OK);
    assert_int_equal(outbox_answer(d, number, CORE_OUTCOME_OK), CORE_UNCHANGED);
    assert_int_equal(outbox_answer(d, number, CORE_OUTCOME_TRANSIENT), CORE_UNCHANGED);
    assert_int_equal(outbox_answer(d, 12345, CORE_OUTCOME_OK), CORE_UNCHANGED);
    assert_int_equal(outbox_answer(d, number, CORE_OUTCOME_EXPIRED), CORE_UNCHANGED);
    assert_int_equal(driver_count(d, CORE_DELIVERY_DELIVERED), 1);
    exceptions_finish(d);
}

static void long_answers_are_cut_between_characters(void **state)
{
    (void)state;
    uint64_t lead;
    struct driver *d = driver_of_one(PATIENCE, &lead);
    char text[2 * CORE_EXCERPT_MAX + 1];
    for (size_t i = 0; i + 1 < sizeof text; i += 2)
        memcpy(text + i, "\xc3\xa9", 2);
    text[0] = 'x';
    memmove(text + 1, text + 2, sizeof text - 3); /* two-byte characters, at odd places */
    const struct core_receipt receipt = {.outcome = CORE_OUTCOME_OK,
                                         .excerpt = {text, 2 * CORE_EXCERPT_MAX - 1},
                                         .response_id = {text, 2 * CORE_EXCERPT_MAX - 1}};
    assert_int_equal(outbox_receive(d, outbox_take(d, "crm"), &receipt), CORE_OK);
    struct json_object *event = driver_newest(d, CORE_DELIVERY_DELIVERED);
    assert_int_equal(json_object_get_string_len(json_object_object_get(event, "excerpt")),
                     CORE_EXCERPT_MAX - 1);
    assert_int_equal(json_object_get_string_len(json_object_object_get(event, "response_id")),
                     CORE_RECEIPT_TEXT_MAX - 1);
    json_object_put(event);
    exceptions_finish(d);
}

/* ---- the breaker */

static struct driver *driver_of_many(int count)
{
    struct driver *d = outbox_driver_of(ASSIGNED, PATIENCE);
    for (int i = 0; i < count; i++) {
        char email[32];
        snprintf(email, sizeof email, "p%d@x.example", i);
        driver_submit(d, email, NULL, NULL);
    }
    return d;
}

static void a_destination_that_keeps_failing_is_left_alone_for_a_while(void **state)
{
    (void)state;
    struct driver *d = driver_of_many(5);
    const struct core_destination *crm = outbox_state(d, "crm");
    outbox_attempt(d, "crm", CORE_OUTCOME_TRANSIENT);
    outbox_attempt(d, "crm", CORE_OUTCOME_TRANSIENT);
    outbox_attempt(d, "crm", CORE_OUTCOME_OK); /* not in a row */
    outbox_attempt(d, "crm", CORE_OUTCOME_TRANSIENT);
    outbox_attempt(d, "crm", CORE_OUTCOME_TRANSIENT);
    assert_int_equal(crm->breaker, CORE_BREAKER_CLOSED);
    uint64_t late = outbox_take(d, "crm");
    outbox_attempt(d, "crm", CORE_OUTCOME_TRANSIENT);
    assert_int_equal(crm->breaker, CORE_BREAKER_OPEN);
    assert_true(core_destination_is_closed(d->core, outbox_destination(d, "crm")));
    assert_in_range(crm->open_until_us - d->now_us, 30 * SECOND, 33 * SECOND);
    outbox_answer(d, late, CORE_OUTCOME_TRANSIENT); /* began before; opens it no further */
    assert_int_equal(driver_count(d, CORE_DESTINATION_CHANGED), 1);
    assert_int_equal(crm->failures, 4);
    exceptions_finish(d);
}

static void a_probe_decides_whether_it_is_closed_again(void **state)
{
    (void)state;
    struct driver *d = driver_of_many(5);
    const struct core_destination *crm = outbox_state(d, "crm");
    for (int i = 0; i < 3; i++)
        outbox_attempt(d, "crm", CORE_OUTCOME_TRANSIENT);
    static const int64_t pauses[] = {MINUTE, 2 * MINUTE, 2 * MINUTE};
    for (size_t i = 0; i < 3; i++) {
        driver_pass(d, crm->open_until_us - d->now_us);
        assert_int_equal(crm->breaker, CORE_BREAKER_HALF_OPEN);
        assert_false(core_destination_is_closed(d->core, outbox_destination(d, "crm")));
        outbox_attempt(d, "crm", CORE_OUTCOME_TRANSIENT);
        assert_int_equal(crm->breaker, CORE_BREAKER_OPEN);
        assert_in_range(crm->open_until_us - d->now_us, pauses[i], pauses[i] / 10 * 11);
    }
    driver_check_replay(d);
    driver_pass(d, crm->open_until_us - d->now_us);
    outbox_attempt(d, "crm", CORE_OUTCOME_PERMANENT); /* it answers: that is enough */
    assert_int_equal(crm->breaker, CORE_BREAKER_CLOSED);
    assert_int_equal(crm->openings, 0);
    assert_int_equal(crm->failures, 0);
    exceptions_finish(d);
}

static void an_answer_from_the_cache_says_nothing_of_the_destination(void **state)
{
    (void)state;
    struct driver *d = driver_of_many(4);
    const struct core_destination *crm = outbox_state(d, "crm");
    outbox_attempt(d, "crm", CORE_OUTCOME_TRANSIENT);
    const struct core_receipt cached = {.outcome = CORE_OUTCOME_OK, .cached = true};
    outbox_receive(d, outbox_take(d, "crm"), &cached);
    assert_int_equal(crm->failures, 1);
    assert_int_equal(crm->attempts_today, 1);
    driver_pass(d, DAY);
    driver_submit(d, "late@x.example", NULL, NULL);
    outbox_attempt(d, "crm", CORE_OUTCOME_OK);
    assert_int_equal(crm->attempts_today, 1); /* of this day */
    exceptions_finish(d);
}

/* ---- paused, gone */

static void a_paused_destination_waits_and_its_time_stands_still(void **state)
{
    (void)state;
    uint64_t lead;
    struct driver *d = driver_of_one(PATIENCE, &lead);
    const struct core_destination *crm = outbox_state(d, "crm");
    assert_int_equal(outbox_set(d, "crm", CORE_DESTINATION_PAUSED), CORE_OK);
    assert_int_equal(outbox_set(d, "crm", CORE_DESTINATION_PAUSED), CORE_UNCHANGED);
    assert_true(crm->paused);
    driver_submit(d, "b@x.example", NULL, NULL);
    assert_int_equal(crm->pending, 2); /* they are queued all the same */
    driver_pass(d, 3 * HOUR);
    assert_int_equal(crm->pending, 2);
    assert_int_equal(outbox_set(d, "crm", CORE_DESTINATION_RESUMED), CORE_OK);
    assert_int_equal(outbox_set(d, "crm", CORE_DESTINATION_RESUMED), CORE_UNCHANGED);
    outbox_attempt(d, "crm", CORE_OUTCOME_TRANSIENT);
    assert_int_equal(crm->failed, 0); /* their time counts anew */
    assert_int_equal(outbox_drain(d, "crm"), 2);
    exceptions_assert_refused(
        d,
        (struct core_command){.type = CORE_SET_DESTINATION,
                              .set_destination.destination = BYTES_LITERAL("elsewhere")},
        CORE_NOT_FOUND, "no destination \"elsewhere\"");
    exceptions_assert_refused(
        d,
        (struct core_command){.type = CORE_SET_DESTINATION,
                              .set_destination.destination = BYTES_LITERAL("crm"),
                              .set_destination.change = CORE_DESTINATION_PAUSED},
        CORE_INVALID, "`reason` is missing");
    exceptions_finish(d);
}

static void one_that_is_gone_is_disabled_until_it_is_resumed(void **state)
{
    (void)state;
    struct driver *d = driver_of_many(2);
    const struct core_destination *crm = outbox_state(d, "crm");
    uint64_t number = outbox_attempt(d, "crm", CORE_OUTCOME_GONE);
    assert_true(crm->disabled);
    assert_int_equal(outbox_known(d, number).state, CORE_DELIVERY_PENDING);
    assert_int_equal(crm->failed, 0);
    exceptions_assert_newest(d, CORE_EXCEPTION_OPENED, "kind", "delivery_failed");
    exceptions_assert_newest(d, CORE_EXCEPTION_OPENED, "context",
                             "crm says that it is gone for good: nothing is sent to it until "
                             "somebody resumes it");
    driver_pass(d, DAY);
    assert_int_equal(crm->pending, 2);
    outbox_set(d, "crm", CORE_DESTINATION_RESUMED);
    assert_false(crm->disabled);
    exceptions_assert_newest(d, CORE_EXCEPTION_RESOLVED, "action", "overtaken");
    assert_int_equal(outbox_drain(d, "crm"), 2);
    exceptions_finish(d);
}

/* ---- what nobody could try in time */

static void what_waits_behind_a_breaker_for_too_long_is_given_up(void **state)
{
    (void)state;
    struct driver *d = driver_of_many(4);
    const struct core_destination *crm = outbox_state(d, "crm");
    for (int i = 0; i < 3; i++)
        outbox_attempt(d, "crm", CORE_OUTCOME_TRANSIENT);
    driver_pass(d, 29 * MINUTE);
    assert_int_equal(crm->pending, 4);
    driver_pass(d, MINUTE + 11 * SECOND); /* an attempt that began in time would be back */
    assert_int_equal(crm->pending, 0);
    assert_int_equal(crm->failed, 4);
    struct json_object *event = driver_newest(d, CORE_DELIVERY_FAILED);
    assert_string_equal(json_object_get_string(json_object_object_get(event, "outcome")),
                        "expired");
    json_object_put(event);
    exceptions_finish(d);
}

static void a_late_success_settles_what_was_given_up(void **state)
{
    (void)state;
    uint64_t lead;
    struct driver *d = driver_of_one(PATIENCE, &lead);
    uint64_t number = outbox_take(d, "crm");
    driver_pass(d, HOUR);
    assert_int_equal(outbox_known(d, number).state, CORE_DELIVERY_IS_FAILED);
    assert_int_equal(exceptions_count(d, CORE_ABOUT_LEAD, lead), 1);
    assert_int_equal(outbox_answer(d, number, CORE_OUTCOME_TRANSIENT), CORE_UNCHANGED);
    assert_int_equal(outbox_answer(d, number, CORE_OUTCOME_OK), CORE_OK);
    assert_false(outbox_knows(d, number));
    assert_int_equal(exceptions_count(d, CORE_ABOUT_LEAD, lead), 0); /* and what came of it */
    exceptions_assert_newest(d, CORE_EXCEPTION_RESOLVED, "action", "overtaken");
    exceptions_finish(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(attempts_are_repeated_at_once_then_soon_then_ever_more_rarely),
        cmocka_unit_test(deliveries_that_failed_together_come_back_apart),
        cmocka_unit_test(the_answer_may_ask_for_more_time),
        cmocka_unit_test(it_is_given_up_when_its_time_is_over),
        cmocka_unit_test(what_was_refused_is_not_repeated),
        cmocka_unit_test(only_one_receipt_counts),
        cmocka_unit_test(long_answers_are_cut_between_characters),
        cmocka_unit_test(a_destination_that_keeps_failing_is_left_alone_for_a_while),
        cmocka_unit_test(a_probe_decides_whether_it_is_closed_again),
        cmocka_unit_test(an_answer_from_the_cache_says_nothing_of_the_destination),
        cmocka_unit_test(a_paused_destination_waits_and_its_time_stands_still),
        cmocka_unit_test(one_that_is_gone_is_disabled_until_it_is_resumed),
        cmocka_unit_test(what_waits_behind_a_breaker_for_too_long_is_given_up),
        cmocka_unit_test(a_late_success_settles_what_was_given_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
