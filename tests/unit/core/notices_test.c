/* Who is told that records break a contract: of the first of a kind at once, of more of the same by
 * a digest (D2). */
#include "driver.h"

#include <stdio.h>

#define HOUR (3600 * SECOND)
#define TOLD                                                                             \
    "contract: 1\n"                                                                      \
    "notify: {webhook: \"https://partner.example/hook\", emails: [ops@partner.example]," \
    " every: 1h}\n"

static struct driver *driver_with(const char *source)
{
    struct driver *d = driver_new_empty();
    struct policy_release *release = driver_release_edge(source, "90d");
    assert_int_equal(driver_activate(d, release), CORE_OK);
    policy_release_unref(release);
    return d;
}

static int open_driver(void **state)
{
    *state = driver_with(TOLD);
    return 0;
}

static int close_driver(void **state)
{
    driver_free(*state);
    return 0;
}

/* The newest notice; the caller frees it. */
static struct json_object *check_notice(struct driver *d, size_t notices, bool digest,
                                        uint64_t total, size_t items)
{
    assert_int_equal(driver_count(d, CORE_NOTICE_DUE), notices);
    struct json_object *notice = driver_newest(d, CORE_NOTICE_DUE);
    assert_int_equal(json_object_get_boolean(json_object_object_get(notice, "digest")), digest);
    assert_int_equal(json_member_int(notice, "total", -1), total);
    assert_int_equal(json_object_array_length(json_object_object_get(notice, "items")), items);
    driver_check_replay(d);
    return notice;
}

static struct json_object *item_of(struct json_object *notice, size_t index)
{
    return json_object_array_get_idx(json_object_object_get(notice, "items"), index);
}

static const char *target_of(struct json_object *notice, size_t index)
{
    return json_object_get_string(
        json_object_array_get_idx(json_object_object_get(notice, "targets"), index));
}

static void the_first_of_a_kind_is_told_at_once(void **state)
{
    struct driver *d = *state;
    uint64_t number = driver_refuse(d, 1, "a");
    assert_int_equal(number, core_seq(d->core) - 1); /* the notice stands right behind it */
    struct json_object *notice = check_notice(d, 1, false, 1, 1);
    struct json_object *item = item_of(notice, 0);
    assert_true(bytes_is(json_member_text(item, "violation"), "a"));
    assert_true(bytes_is(json_member_text(item, "message"), "must be a string, got a number"));
    assert_int_equal(json_member_int(item, "contract", 0), 1);
    assert_int_equal(json_member_int(item, "count", 0), 1);
    char example[24];
    snprintf(example, sizeof example, "D%llu", (unsigned long long)number);
    struct json_object *examples = json_object_object_get(item, "examples");
    assert_int_equal(json_object_array_length(examples), 1);
    assert_string_equal(json_object_get_string(json_object_array_get_idx(examples, 0)), example);
    assert_string_equal(target_of(notice, 0), "https://partner.example/hook");
    assert_string_equal(target_of(notice, 1), "mailto:ops@partner.example");
    assert_int_equal(json_member_time_us(notice, "next_at"), d->now_us + HOUR);
    json_object_put(notice);
}

static void more_of_the_same_waits_for_the_digest(void **state)
{
    struct driver *d = *state;
    int64_t first_us = d->now_us;
    driver_refuse(d, 1, "a");
    for (int i = 0; i < 7; i++)
        driver_refuse(d, 1, "a");
    driver_pass(d, HOUR / 2);
    driver_refuse(d, 1, "b"); /* another kind: at once */
    struct json_object *notice = check_notice(d, 2, false, 1, 1);
    assert_int_equal(json_member_time_us(notice, "next_at"), first_us + HOUR);
    json_object_put(notice);
    driver_refuse(d, 2, "a"); /* of another version: another kind */
    json_object_put(check_notice(d, 3, false, 1, 1));
    driver_refuse(d, 1, "b");
    uint64_t newest = driver_refuse(d, 1, "a");
    assert_int_equal(core_due_us(d->core), first_us + HOUR);
    driver_pass(d, HOUR / 2);

    notice = check_notice(d, 4, true, 9, 2); /* 7 + 1 of "a", 1 of "b" */
    assert_int_equal(json_member_time_us(notice, "since"), first_us);
    assert_int_equal(json_member_time_us(notice, "next_at"), first_us + 2 * HOUR);
    assert_int_equal(json_member_int(item_of(notice, 0), "count", 0), 8);
    assert_int_equal(json_member_int(item_of(notice, 1), "count", 0), 1);
    struct json_object *examples = json_object_object_get(item_of(notice, 0), "examples");
    assert_int_equal(json_object_array_length(examples), CORE_NOTICE_EXAMPLES_MAX);
    char example[24];
    snprintf(example, sizeof example, "D%llu", (unsigned long long)newest);
    assert_string_equal(json_object_get_string(json_object_array_get_idx(examples, 0)), example);
    assert_string_equal(target_of(notice, 1), "mailto:ops@partner.example");
    json_object_put(notice);
}

static void a_kind_that_did_not_come_again_is_forgotten(void **state)
{
    struct driver *d = *state;
    driver_refuse(d, 1, "a");
    driver_refuse(d, 1, "b");
    driver_refuse(d, 1, "b");
    driver_pass(d, HOUR);
    json_object_put(check_notice(d, 3, true, 1, 1));
    assert_int_equal(core_violation_count(d->core, 0), 1);
    driver_refuse(d, 1, "b");
    assert_int_equal(driver_count(d, CORE_NOTICE_DUE), 3);
    driver_refuse(d, 1, "a"); /* the first again */
    json_object_put(check_notice(d, 4, false, 1, 1));
}

static void when_nothing_came_nobody_is_told_and_nothing_runs(void **state)
{
    struct driver *d = *state;
    driver_refuse(d, 1, "a");
    driver_pass(d, HOUR);
    struct json_object *notice = check_notice(d, 2, true, 0, 0);
    assert_int_equal(json_object_array_length(json_object_object_get(notice, "targets")), 0);
    assert_null(json_object_object_get(notice, "next_at"));
    json_object_put(notice);
    assert_int_equal(core_violation_count(d->core, 0), 0);
    assert_int_equal(core_source_at(d->core, 0)->notice_us, 0);
    driver_pass(d, 24 * HOUR);
    assert_int_equal(driver_count(d, CORE_NOTICE_DUE), 2);
    driver_refuse(d, 1, "a");
    json_object_put(check_notice(d, 3, false, 1, 1));
}

static void a_digest_names_the_most_frequent_and_counts_the_rest(void **state)
{
    struct driver *d = *state;
    char kind[16];
    uint64_t total = 0;
    for (int i = 0; i < 25; i++) {
        snprintf(kind, sizeof kind, "kind %02d", i);
        for (int n = 0; n <= i + 1; n++)
            driver_refuse(d, 1, kind);
        total += (uint64_t)i + 1;
    }
    driver_pass(d, HOUR);
    struct json_object *notice = check_notice(d, 26, true, total, CORE_NOTICE_ITEMS_MAX);
    assert_int_equal(json_member_int(notice, "more", 0), 5);
    assert_true(bytes_is(json_member_text(item_of(notice, 0), "violation"), "kind 24"));
    assert_int_equal(json_member_int(item_of(notice, 0), "count", 0), 25);
    assert_true(bytes_is(json_member_text(item_of(notice, 19), "violation"), "kind 05"));
    json_object_put(notice);
}

static void beyond_a_hundred_kinds_the_rest_is_one(void **state)
{
    struct driver *d = *state;
    char kind[16];
    for (int i = 0; i < 150; i++) {
        snprintf(kind, sizeof kind, "kind %d", i);
        driver_refuse(d, 1, kind);
    }
    assert_int_equal(core_violation_count(d->core, 0), CORE_VIOLATIONS_MAX);
    struct json_object *notice = check_notice(d, CORE_VIOLATIONS_MAX, false, 1, 1);
    assert_true(bytes_is(json_member_text(item_of(notice, 0), "violation"), "other"));
    json_object_put(notice);
    driver_pass(d, HOUR);
    notice = check_notice(d, CORE_VIOLATIONS_MAX + 1, true, 50, 1);
    assert_true(bytes_is(json_member_text(item_of(notice, 0), "violation"), "other"));
    assert_int_equal(json_member_int(item_of(notice, 0), "contract", -1), 0);
    json_object_put(notice);
}

static void who_did_not_ask_is_not_told(void **state)
{
    (void)state;
    struct driver *d = driver_with("contract: 1\n");
    driver_refuse(d, 1, "a");
    assert_int_equal(driver_count(d, CORE_NOTICE_DUE), 0);
    assert_int_equal(core_violation_count(d->core, 0), 0);
    driver_free(d);
}

static void who_no_longer_asks_is_not_told(void **state)
{
    struct driver *d = *state;
    driver_refuse(d, 1, "a");
    driver_refuse(d, 1, "a");
    struct policy_release *release = driver_release_edge("contract: 1\n", "90d");
    assert_int_equal(driver_activate(d, release), CORE_OK);
    policy_release_unref(release);
    driver_refuse(d, 1, "b");
    driver_pass(d, HOUR);
    struct json_object *notice = check_notice(d, 2, true, 0, 0);
    assert_int_equal(json_object_array_length(json_object_object_get(notice, "targets")), 0);
    json_object_put(notice);
    assert_int_equal(core_violation_count(d->core, 0), 0);
}

static void a_record_can_break_a_canary_and_be_told_of(void **state)
{
    (void)state;
    struct driver *d =
        driver_with(TOLD "candidate: {version: 2, mode: canary, percent: 50,\n"
                         "            fall_back: {percent: 5, records: 1, within: 1m}}\n");
    driver_refuse(d, 2, "a");
    assert_int_equal(d->decision.event_count, 3);
    assert_int_equal(driver_count(d, CORE_NOTICE_DUE), 1);
    assert_int_equal(driver_count(d, CORE_SOURCE_SWITCHED), 1);
    driver_check_replay(d);
    driver_free(d);
}

/* The server was off: the next digest is a whole period away, not one after the other. */
static void a_late_digest_begins_a_new_period(void **state)
{
    struct driver *d = *state;
    driver_refuse(d, 1, "a");
    driver_refuse(d, 1, "a");
    d->now_us += 5 * HOUR;
    driver_tick(d);
    struct json_object *notice = check_notice(d, 2, true, 1, 1);
    assert_true(json_member_time_us(notice, "next_at") == d->now_us + HOUR);
    json_object_put(notice);
}

int main(void)
{
#define WITH_DRIVER(test) cmocka_unit_test_setup_teardown(test, open_driver, close_driver)
    const struct CMUnitTest tests[] = {
        WITH_DRIVER(the_first_of_a_kind_is_told_at_once),
        WITH_DRIVER(more_of_the_same_waits_for_the_digest),
        WITH_DRIVER(a_kind_that_did_not_come_again_is_forgotten),
        WITH_DRIVER(when_nothing_came_nobody_is_told_and_nothing_runs),
        WITH_DRIVER(a_digest_names_the_most_frequent_and_counts_the_rest),
        WITH_DRIVER(beyond_a_hundred_kinds_the_rest_is_one),
        cmocka_unit_test(who_did_not_ask_is_not_told),
        WITH_DRIVER(who_no_longer_asks_is_not_told),
        cmocka_unit_test(a_record_can_break_a_canary_and_be_told_of),
        WITH_DRIVER(a_late_digest_begins_a_new_period),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
