/* What is promised about a lead, on which clock, and how each promise ends. */
#include "driver.h"

#include "base/time.h"

#include <stdio.h>

#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)

/* ---- how promises end */

static const struct policy_class promising = {.name = "hot",
                                              .objectives = {[POLICY_ASSIGNED] = {MINUTE, false},
                                                             [POLICY_CONTACTED] = {HOUR, false},
                                                             [POLICY_QUALIFIED] = {0, false}}};

struct told {
    struct core_promises promises;
    struct core_turned turned[POLICY_OBJECTIVES];
    size_t count;
};

static void tell(struct told *told, enum core_event_type type, int64_t time_us)
{
    const struct core_event event = {.type = type, .time_us = time_us};
    told->count = core_promises_take(&told->promises, &promising, 0, &event, told->turned);
}

static void tell_late(struct told *told, enum policy_objective objective, int64_t time_us)
{
    const struct core_event event = {
        .type = CORE_LEAD_LATE, .time_us = time_us, .late.objective = objective};
    told->count = core_promises_take(&told->promises, &promising, 0, &event, told->turned);
}

static void assert_turned(const struct told *told, size_t index, enum policy_objective objective,
                          enum core_turn how, int64_t took_us)
{
    assert_true(index < told->count);
    assert_int_equal(told->turned[index].objective, objective);
    assert_string_equal(core_turn_name(told->turned[index].how), core_turn_name(how));
    assert_int_equal(told->turned[index].took_us, took_us);
}

static void a_milestone_in_time_meets_its_promise_once(void **state)
{
    (void)state;
    struct told told = {0};
    tell(&told, CORE_LEAD_CAPTURED, 0);
    assert_int_equal(told.count, 0);
    assert_int_equal(told.promises.due_us[POLICY_ASSIGNED], MINUTE);
    assert_int_equal(told.promises.due_us[POLICY_CONTACTED], HOUR);
    assert_int_equal(told.promises.due_us[POLICY_QUALIFIED], 0);
    tell(&told, CORE_LEAD_ASSIGNED, 5 * SECOND);
    assert_int_equal(told.count, 1);
    assert_turned(&told, 0, POLICY_ASSIGNED, CORE_MET, 5 * SECOND);
    tell(&told, CORE_LEAD_ASSIGNED, 9 * SECOND); /* to somebody else */
    assert_int_equal(told.count, 0);
    assert_int_equal(told.promises.reached_us[POLICY_ASSIGNED], 5 * SECOND);
}

static void a_late_promise_may_be_kept_after_all(void **state)
{
    (void)state;
    struct told told = {0};
    tell(&told, CORE_LEAD_CAPTURED, 0);
    tell_late(&told, POLICY_ASSIGNED, MINUTE);
    assert_turned(&told, 0, POLICY_ASSIGNED, CORE_LATE, 0);
    assert_false(core_promise_is_running(&told.promises, POLICY_ASSIGNED));
    tell_late(&told, POLICY_ASSIGNED, 2 * MINUTE);
    assert_int_equal(told.count, 0);
    tell(&told, CORE_LEAD_ASSIGNED, 3 * MINUTE);
    assert_turned(&told, 0, POLICY_ASSIGNED, CORE_LATE_MET, 3 * MINUTE);
}

static void what_nobody_promised_never_turns(void **state)
{
    (void)state;
    struct told told = {0};
    tell(&told, CORE_LEAD_CAPTURED, 0);
    tell(&told, CORE_LEAD_ENRICHED, SECOND);
    assert_int_equal(told.count, 0);
    assert_int_equal(told.promises.reached_us[POLICY_ENRICHED], SECOND);
    tell_late(&told, POLICY_QUALIFIED, SECOND); /* journals of older versions say such things */
    assert_int_equal(told.count, 0);
    assert_int_equal(told.promises.late, 0);
}

static void closing_a_lead_voids_what_was_still_to_come(void **state)
{
    (void)state;
    struct told told = {0};
    tell(&told, CORE_LEAD_CAPTURED, 0);
    tell_late(&told, POLICY_ASSIGNED, MINUTE);
    tell(&told, CORE_LEAD_DISQUALIFIED, 2 * MINUTE);
    assert_int_equal(told.count, 1); /* late stays late */
    assert_turned(&told, 0, POLICY_CONTACTED, CORE_VOID, 0);
    assert_int_equal(told.promises.reached_us[POLICY_QUALIFIED], 2 * MINUTE);
}

static void a_lead_that_comes_again_is_promised_everything_anew(void **state)
{
    (void)state;
    struct told told = {0};
    tell(&told, CORE_LEAD_CAPTURED, 0);
    tell(&told, CORE_LEAD_ASSIGNED, SECOND);
    tell(&told, CORE_LEAD_DISQUALIFIED, 2 * SECOND);
    struct core_event event = {.type = CORE_LEAD_REOPENED, .time_us = HOUR};
    event.captured.captured_us = HOUR;
    assert_int_equal(core_promises_take(&told.promises, &promising, HOUR, &event, told.turned), 0);
    assert_int_equal(told.promises.due_us[POLICY_ASSIGNED], HOUR + MINUTE);
    assert_int_equal(told.promises.reached_us[POLICY_ASSIGNED], 0);
    assert_int_equal(told.promises.void_, 0);
}

/* ---- the business clock */

static int64_t at(const char *text)
{
    int64_t time_us;
    if (time_parse(bytes_of(text), &time_us, NULL) < 0)
        fail_msg("%s is not a time", text);
    return time_us;
}

static const struct core_promises *promises_of(struct driver *d, uint64_t lead)
{
    const struct core_lead *found = core_lead_find(d->core, lead);
    assert_non_null(found);
    return &found->promises;
}

static void assert_time(int64_t time_us, const char *expected)
{
    char text[TIME_TEXT_SIZE], wanted[TIME_TEXT_SIZE];
    time_print(time_us, text);
    time_print(at(expected), wanted);
    assert_string_equal(text, wanted);
}

static const char business[] = "pipeline: inbound\nowner: ops\n%s"
                               "classes:\n  - {name: standard, objectives: {contacted: {within: 4h,"
                               " clock: business}}}\nescalation: []\n"
                               "routes:\n  - {name: everyone, to: {pool: all}}\n";

/* A core where `people` work; `calendar`: a line of the pipeline. */
static struct driver *at_work(const char *people, const char *pools, const char *calendar)
{
    char pipeline[1024];
    snprintf(pipeline, sizeof pipeline, business, calendar);
    struct driver *d = driver_new_empty();
    struct policy_release *release = driver_release_of(people, pools, pipeline);
    assert_int_equal(driver_activate(d, release), CORE_OK);
    policy_release_unref(release);
    return d;
}

static const char two_offices[] =
    "calendars:\n"
    "  - {id: berlin, time_zone: Europe/Berlin,"
    " hours: {mon-fri: '09:00-18:00'}}\n"
    "  - {id: york, time_zone: America/New_York,"
    " hours: {mon-fri: '09:00-18:00'}}\n"
    "defaults: {capacity: 9}\n"
    "reps:\n  - {id: ana, calendar: berlin,"
    " time_off: ['2026-11-30/2026-12-04']}\n"
    "  - {id: ben, calendar: york}\n  - {id: cem, calendar: always}\n";

static void working_time_passes_over_nights_and_weekends(void **state)
{
    (void)state;
    struct driver *d =
        at_work(two_offices, "pools:\n  - {id: all, strategy: round_robin, members: [ana]}\n",
                "calendar: berlin\n");
    d->now_us = at("2026-11-20T16:00:00Z"); /* a Friday, 17:00 in Berlin */
    driver_tick(d);
    uint64_t lead = driver_submit(d, "jo@x.example", "DE", NULL);
    assert_string_equal(driver_owner(d, lead), "ana");
    assert_time(promises_of(d, lead)->due_us[POLICY_CONTACTED], "2026-11-23T11:00:00Z");
    driver_pass(d, at("2026-11-23T10:59:59Z") - d->now_us);
    assert_int_equal(driver_count(d, CORE_LEAD_LATE), 0);
    driver_pass(d, SECOND);
    assert_int_equal(driver_count(d, CORE_LEAD_LATE), 1);
    driver_check_replay(d);
    driver_free(d);
}

static void time_off_does_not_stop_the_clock(void **state)
{
    (void)state;
    struct driver *d =
        at_work(two_offices, "pools:\n  - {id: all, strategy: round_robin, members: [ana]}\n",
                "calendar: berlin\n");
    d->now_us = at("2026-11-27T16:00:00Z"); /* the Friday before a week off */
    driver_tick(d);
    uint64_t lead = driver_submit(d, "jo@x.example", "DE", NULL);
    assert_time(promises_of(d, lead)->due_us[POLICY_CONTACTED], "2026-11-30T11:00:00Z");
    driver_free(d);
}

static void what_is_left_is_carried_to_another_office(void **state)
{
    (void)state;
    struct driver *d =
        at_work(two_offices, "pools:\n  - {id: all, strategy: round_robin, members: [ana]}\n",
                "calendar: york\n");
    d->now_us = at("2026-11-19T15:00:00Z"); /* Thursday: two hours of work left in Berlin */
    driver_tick(d);
    uint64_t lead = driver_submit(d, "jo@x.example", "DE", NULL);
    assert_time(promises_of(d, lead)->due_us[POLICY_CONTACTED], "2026-11-20T10:00:00Z");
    driver_pass(d, HOUR);
    assert_int_equal(driver_assign(d, lead, "ben"), CORE_OK);
    /* Three hours left, at 11:00 in New York. */
    assert_time(promises_of(d, lead)->due_us[POLICY_CONTACTED], "2026-11-19T19:00:00Z");
    driver_pass(d, HOUR);
    assert_int_equal(driver_assign(d, lead, "cem"), CORE_OK);
    /* Who has no calendar works by the pipeline's, which is New York's. */
    assert_time(promises_of(d, lead)->due_us[POLICY_CONTACTED], "2026-11-19T19:00:00Z");
    driver_pass(d, HOUR);
    assert_int_equal(driver_assign(d, lead, "ana"), CORE_OK);
    /* At 19:00 in Berlin, one hour left. */
    assert_time(promises_of(d, lead)->due_us[POLICY_CONTACTED], "2026-11-20T09:00:00Z");
    driver_check_replay(d);
    driver_free(d);
}

static void owner_then_pool_then_pipeline_say_whose_hours_count(void **state)
{
    (void)state;
    struct driver *d = at_work(two_offices,
                               "pools:\n  - {id: all, strategy: round_robin, members: [cem],"
                               " calendar: york}\n",
                               "calendar: berlin\n");
    d->now_us = at("2026-11-19T15:00:00Z"); /* 10:00 in New York */
    driver_tick(d);
    uint64_t lead = driver_submit(d, "jo@x.example", "DE", NULL);
    assert_string_equal(driver_owner(d, lead), "cem"); /* who has no calendar */
    assert_time(promises_of(d, lead)->due_us[POLICY_CONTACTED], "2026-11-19T19:00:00Z");
    assert_int_equal(driver_assign(d, lead, "ana"), CORE_OK);
    assert_time(promises_of(d, lead)->due_us[POLICY_CONTACTED], "2026-11-20T10:00:00Z");
    driver_check_replay(d);
    driver_free(d);
}

/* People who work from midnight to six every day, and what became of four hours that were promised
 * on the Saturday at five before the clocks change on the Sunday. */
static const struct change {
    const char *zone;
    const char *from, *until;
} changes[] = {
    {"Europe/Berlin", "2026-03-28T04:00:00Z", "2026-03-29T02:00:00Z"},
    {"Europe/Berlin", "2026-10-24T03:00:00Z", "2026-10-25T01:00:00Z"},
    {"America/New_York", "2026-03-07T10:00:00Z", "2026-03-08T08:00:00Z"},
    {"America/New_York", "2026-10-31T09:00:00Z", "2026-11-01T07:00:00Z"},
    {"Australia/Sydney", "2026-04-03T18:00:00Z", "2026-04-04T16:00:00Z"},
    {"Australia/Sydney", "2026-10-02T19:00:00Z", "2026-10-03T17:00:00Z"},
};

static void an_hour_of_work_is_an_hour_when_the_clocks_change(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        char people[512];
        snprintf(people, sizeof people,
                 "calendars:\n  - {id: night, time_zone: %s, hours: {daily: '00:00-06:00'}}\n"
                 "reps:\n  - {id: ana, calendar: night, capacity: 5}\n",
                 changes[i].zone);
        struct driver *d =
            at_work(people, "pools:\n  - {id: all, strategy: round_robin, members: [ana]}\n",
                    "calendar: night\n");
        d->now_us = at(changes[i].from);
        driver_tick(d);
        uint64_t lead = driver_submit(d, "jo@x.example", "DE", NULL);
        assert_string_equal(driver_owner(d, lead), "ana");
        assert_time(promises_of(d, lead)->due_us[POLICY_CONTACTED], changes[i].until);
        driver_pass(d, at(changes[i].until) - d->now_us - 1);
        assert_int_equal(driver_count(d, CORE_LEAD_LATE), 0);
        driver_pass(d, 1);
        assert_int_equal(driver_count(d, CORE_LEAD_LATE), 1);
        driver_check_replay(d);
        driver_free(d);
    }
}

static void a_calendar_that_never_opens_again_loses_no_promise(void **state)
{
    (void)state;
    struct driver *d = at_work(
        "calendars:\n  - {id: gone, time_zone: UTC, hours: {mon: '09:00-10:00'},"
        " closed: ['2026-01-01/2060-12-31']}\n"
        "reps:\n  - {id: ana, calendar: gone}\n",
        "pools:\n  - {id: all, strategy: round_robin, members: [ana]}\n", "calendar: gone\n");
    d->now_us = at("2026-11-19T15:00:00Z");
    driver_tick(d);
    uint64_t lead = driver_submit(d, "jo@x.example", "DE", NULL);
    assert_time(promises_of(d, lead)->due_us[POLICY_CONTACTED], "2027-11-19T19:00:00Z");
    driver_check_replay(d);
    driver_free(d);
}

static void in_nurture_the_clock_stands_still(void **state)
{
    (void)state;
    static const char pipeline[] = "pipeline: inbound\nowner: ops\nclasses:\n"
                                   "  - {name: standard, objectives: {assigned: 5m, contacted: 1h},"
                                   " escalation: []}\n"
                                   "routes:\n"
                                   "  - {name: later, when: 'lead.form == \"news\"',"
                                   " to: {nurture: news, after: 7d}}\n"
                                   "  - {name: everyone, to: {pool: all}}\n";
    struct driver *d = driver_new_empty();
    struct policy_release *release = driver_release_of(NULL, NULL, pipeline);
    driver_activate(d, release);
    policy_release_unref(release);
    uint64_t lead = driver_submit(d, "jo@x.example", "DE", "news");
    driver_pass(d, 7 * 24 * HOUR - 1);
    assert_int_equal(driver_count(d, CORE_LEAD_LATE), 0);
    driver_pass(d, 1);
    assert_string_equal(driver_owner(d, lead), "ana");
    assert_int_equal(driver_count(d, CORE_LEAD_LATE), 0);
    driver_pass(d, HOUR); /* promised anew when it came back */
    assert_int_equal(driver_count(d, CORE_LEAD_LATE), 1);
    driver_check_replay(d);
    driver_free(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_milestone_in_time_meets_its_promise_once),
        cmocka_unit_test(a_late_promise_may_be_kept_after_all),
        cmocka_unit_test(what_nobody_promised_never_turns),
        cmocka_unit_test(closing_a_lead_voids_what_was_still_to_come),
        cmocka_unit_test(a_lead_that_comes_again_is_promised_everything_anew),
        cmocka_unit_test(working_time_passes_over_nights_and_weekends),
        cmocka_unit_test(time_off_does_not_stop_the_clock),
        cmocka_unit_test(what_is_left_is_carried_to_another_office),
        cmocka_unit_test(owner_then_pool_then_pipeline_say_whose_hours_count),
        cmocka_unit_test(an_hour_of_work_is_an_hour_when_the_clocks_change),
        cmocka_unit_test(a_calendar_that_never_opens_again_loses_no_promise),
        cmocka_unit_test(in_nurture_the_clock_stands_still),
    };
    return cmocka_run_group_tests_name("core promises", tests, NULL, NULL);
}
