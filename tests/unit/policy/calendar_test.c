/* Working time: how it is written, and who is on duty when. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "base/time.h"
#include "policy/calendar/calendar.h"

/* ---- a calendar to ask */

static int64_t at(const char *text)
{
    int64_t time_us;
    struct error err;
    if (time_parse(bytes_of(text), &time_us, &err) != 0)
        fail_msg("%s", err.message);
    return time_us;
}

static struct policy_calendar calendar_in(const char *zone)
{
    struct policy_calendar calendar = {.id = "test", .zone_name = zone};
    calendar.zone = zone_find(bytes_of(zone));
    assert_non_null(calendar.zone);
    return calendar;
}

static void open_on(struct policy_calendar *calendar, const char *days, const char *hours)
{
    unsigned mask;
    struct error err;
    assert_int_equal(policy_weekdays_parse(bytes_of(days), &mask, &err), 0);
    for (unsigned i = 0; i < 7; i++)
        if ((mask >> i & 1) != 0 && policy_hours_parse(bytes_of(hours), calendar->hours[i],
                                                       &calendar->hour_count[i], &err) != 0)
            fail_msg("%s", err.message);
}

static struct policy_interval interval_in(const struct policy_calendar *calendar, const char *text)
{
    struct policy_interval interval;
    struct error err;
    if (policy_interval_parse(bytes_of(text), calendar->zone, &interval, &err) != 0)
        fail_msg("%s", err.message);
    return interval;
}

struct closed {
    struct policy_interval items[8];
};

static void close_at(struct policy_calendar *calendar, struct closed *closed, const char *text)
{
    closed->items[calendar->closed_count++] = interval_in(calendar, text);
    calendar->closed_count = policy_intervals_merge(closed->items, calendar->closed_count);
    calendar->closed = closed->items;
}

/* At `time` it is so, up to `until` ("never": for ever). */
static void check(const struct policy_calendar *calendar, const char *time, const char *duty,
                  const char *until)
{
    int64_t until_us;
    char text[TIME_TEXT_SIZE];
    enum policy_duty found = policy_calendar_at(calendar, NULL, 0, at(time), &until_us);
    assert_string_equal(policy_duty_name(found), duty);
    if (strcmp(until, "never") == 0) {
        assert_true(until_us == INT64_MAX);
        return;
    }
    time_print(until_us, text);
    char expected[TIME_TEXT_SIZE];
    time_print(at(until), expected);
    assert_string_equal(text, expected);
}

static struct policy_calendar berlin_office(void)
{
    struct policy_calendar calendar = calendar_in("Europe/Berlin");
    open_on(&calendar, "mon-fri", "09:00-12:30, 13:30-18:00");
    return calendar;
}

/* ---- duty */

static void a_working_day_has_a_lunch_break(void **state)
{
    (void)state;
    struct policy_calendar calendar = berlin_office();
    /* Monday; Berlin is an hour ahead of UTC in winter. */
    check(&calendar, "2026-11-23T07:59:59Z", "off_hours", "2026-11-23T08:00:00Z");
    check(&calendar, "2026-11-23T08:00:00Z", "on_duty", "2026-11-23T11:30:00Z");
    check(&calendar, "2026-11-23T11:29:59.999999Z", "on_duty", "2026-11-23T11:30:00Z");
    check(&calendar, "2026-11-23T11:30:00Z", "off_hours", "2026-11-23T12:30:00Z");
    check(&calendar, "2026-11-23T12:30:00Z", "on_duty", "2026-11-23T17:00:00Z");
    check(&calendar, "2026-11-23T17:00:00Z", "off_hours", "2026-11-24T08:00:00Z");
}

static void after_friday_comes_monday(void **state)
{
    (void)state;
    struct policy_calendar calendar = berlin_office();
    check(&calendar, "2026-11-20T17:00:00Z", "off_hours", "2026-11-23T08:00:00Z");
    check(&calendar, "2026-11-22T23:59:59Z", "off_hours", "2026-11-23T08:00:00Z");
}

static void a_long_weekend_ends_on_the_day_after_the_holidays(void **state)
{
    (void)state;
    struct policy_calendar calendar = berlin_office();
    struct closed closed;
    close_at(&calendar, &closed, "2026-12-24T12:00/2026-12-24T24:00");
    close_at(&calendar, &closed, "2026-12-25");
    /* Christmas Eve at noon, a day that is closed in part, runs into the holiday. */
    check(&calendar, "2026-12-24T10:00:00Z", "on_duty", "2026-12-24T11:00:00Z");
    check(&calendar, "2026-12-24T11:00:00Z", "holiday", "2026-12-25T23:00:00Z");
    check(&calendar, "2026-12-25T23:00:00Z", "off_hours", "2026-12-28T08:00:00Z");
    assert_int_equal(calendar.closed_count, 1);
}

static void hours_follow_the_wall_clock_through_the_change_to_summer_time(void **state)
{
    (void)state;
    struct policy_calendar calendar = berlin_office();
    /* The clocks go forward on Sunday, 29 March 2026: Friday 09:00 is 08:00Z, Monday 07:00Z. */
    check(&calendar, "2026-03-27T08:00:00Z", "on_duty", "2026-03-27T11:30:00Z");
    check(&calendar, "2026-03-27T17:00:00Z", "off_hours", "2026-03-30T07:00:00Z");
    check(&calendar, "2026-03-30T07:00:00Z", "on_duty", "2026-03-30T10:30:00Z");
}

static void hours_follow_the_wall_clock_through_the_change_to_winter_time(void **state)
{
    (void)state;
    struct policy_calendar calendar = berlin_office();
    /* 25 October 2026. */
    check(&calendar, "2026-10-23T16:00:00Z", "off_hours", "2026-10-26T08:00:00Z");
    check(&calendar, "2026-10-26T07:59:59Z", "off_hours", "2026-10-26T08:00:00Z");
}

static void a_night_shift_is_shorter_or_longer_when_the_clocks_change(void **state)
{
    (void)state;
    struct policy_calendar calendar = calendar_in("Europe/Berlin");
    open_on(&calendar, "sat", "22:00-06:00");
    check(&calendar, "2026-03-28T21:00:00Z", "on_duty", "2026-03-29T04:00:00Z"); /* 7 hours */
    check(&calendar, "2026-10-24T20:00:00Z", "on_duty", "2026-10-25T05:00:00Z"); /* 9 hours */
}

static void a_reading_that_comes_twice_counts_once(void **state)
{
    (void)state;
    struct policy_calendar calendar = calendar_in("Europe/Berlin");
    open_on(&calendar, "sun", "02:15-02:45");
    /* 02:15 is 00:15Z and again 01:15Z. */
    check(&calendar, "2026-10-25T00:15:00Z", "on_duty", "2026-10-25T00:45:00Z");
    check(&calendar, "2026-10-25T01:20:00Z", "off_hours", "2026-11-01T01:15:00Z");
}

static void a_reading_that_is_skipped_moves_forward(void **state)
{
    (void)state;
    struct policy_calendar calendar = calendar_in("Europe/Berlin");
    open_on(&calendar, "sun", "02:30-05:00");
    check(&calendar, "2026-03-29T00:59:59Z", "off_hours", "2026-03-29T01:30:00Z"); /* 03:30 */
    check(&calendar, "2026-03-29T01:30:00Z", "on_duty", "2026-03-29T03:00:00Z");
}

static void a_shift_over_midnight_belongs_to_the_day_it_begins(void **state)
{
    (void)state;
    struct policy_calendar calendar = calendar_in("UTC");
    open_on(&calendar, "fri", "22:00-06:00");
    check(&calendar, "2026-11-27T05:00:00Z", "off_hours", "2026-11-27T22:00:00Z"); /* Friday */
    check(&calendar, "2026-11-27T22:00:00Z", "on_duty", "2026-11-28T06:00:00Z");
    check(&calendar, "2026-11-28T00:00:00Z", "on_duty", "2026-11-28T06:00:00Z");
    check(&calendar, "2026-11-28T06:00:00Z", "off_hours", "2026-12-04T22:00:00Z");
}

static void shifts_that_meet_at_midnight_are_one(void **state)
{
    (void)state;
    struct policy_calendar calendar = calendar_in("UTC");
    open_on(&calendar, "mon", "20:00-24:00");
    open_on(&calendar, "tue", "00:00-04:00");
    check(&calendar, "2026-11-23T21:00:00Z", "on_duty", "2026-11-24T04:00:00Z");
}

static void kolkata_is_half_an_hour_off(void **state)
{
    (void)state;
    struct policy_calendar calendar = calendar_in("Asia/Kolkata");
    open_on(&calendar, "mon-sat", "10:00-19:00");
    check(&calendar, "2026-11-23T04:29:59Z", "off_hours", "2026-11-23T04:30:00Z");
    check(&calendar, "2026-11-23T04:30:00Z", "on_duty", "2026-11-23T13:30:00Z");
    /* Monday there while it is still Sunday here. */
    check(&calendar, "2026-11-22T20:00:00Z", "off_hours", "2026-11-23T04:30:00Z");
}

static void always_open_never_changes(void **state)
{
    (void)state;
    struct policy_calendar calendar = calendar_in("Europe/Berlin");
    open_on(&calendar, "daily", "00:00-24:00");
    check(&calendar, "2026-11-23T04:30:00Z", "on_duty", "never");
    check(NULL, "2026-11-23T04:30:00Z", "on_duty", "never");
}

static void always_open_has_holidays(void **state)
{
    (void)state;
    struct policy_calendar calendar = calendar_in("UTC");
    struct closed closed;
    open_on(&calendar, "daily", "00:00-24:00");
    close_at(&calendar, &closed, "2026-12-25");
    check(&calendar, "2026-11-23T00:00:00Z", "on_duty", "2026-12-25T00:00:00Z");
    check(&calendar, "2026-12-25T12:00:00Z", "holiday", "2026-12-26T00:00:00Z");
    check(&calendar, "2026-12-26T00:00:00Z", "on_duty", "never");
}

static void without_hours_it_is_never_open(void **state)
{
    (void)state;
    struct policy_calendar calendar = calendar_in("UTC");
    open_on(&calendar, "daily", "closed");
    check(&calendar, "2026-11-23T00:00:00Z", "off_hours", "never");
}

static void closed_for_years_is_asked_again_after_a_year(void **state)
{
    (void)state;
    struct policy_calendar calendar = berlin_office();
    struct closed closed;
    close_at(&calendar, &closed, "2026-01-01/2029-12-31");
    check(&calendar, "2026-11-23T00:00:00Z", "holiday", "2027-11-24T00:00:00Z");
    /* Within a year of the end the end is the answer. */
    check(&calendar, "2029-06-01T00:00:00Z", "holiday", "2029-12-31T23:00:00Z");
}

static void time_off_comes_before_everything(void **state)
{
    (void)state;
    struct policy_calendar calendar = berlin_office();
    struct closed closed;
    close_at(&calendar, &closed, "2026-12-25");
    struct policy_interval off[] = {interval_in(&calendar, "2026-11-30T13:00/2026-11-30T17:00"),
                                    interval_in(&calendar, "2026-12-21/2027-01-03")};
    int64_t until_us;
    assert_int_equal(policy_calendar_at(&calendar, off, 2, at("2026-11-30T08:30:00Z"), &until_us),
                     POLICY_ON_DUTY);
    assert_true(until_us == at("2026-11-30T11:30:00Z"));
    assert_int_equal(policy_calendar_at(&calendar, off, 2, at("2026-11-30T12:00:00Z"), &until_us),
                     POLICY_TIME_OFF);
    assert_true(until_us == at("2026-11-30T16:00:00Z"));
    assert_int_equal(policy_calendar_at(&calendar, off, 2, at("2026-11-30T16:00:00Z"), &until_us),
                     POLICY_ON_DUTY);
    assert_true(until_us == at("2026-11-30T17:00:00Z"));
    assert_int_equal(policy_calendar_at(&calendar, off, 2, at("2026-12-25T10:00:00Z"), &until_us),
                     POLICY_TIME_OFF);
    assert_true(until_us == at("2027-01-03T23:00:00Z"));
}

static void without_a_calendar_only_time_off_counts(void **state)
{
    (void)state;
    struct policy_interval off = {at("2026-12-21T00:00:00Z"), at("2026-12-22T00:00:00Z")};
    int64_t until_us;
    assert_int_equal(policy_calendar_at(NULL, &off, 1, at("2026-11-30T03:00:00Z"), &until_us),
                     POLICY_ON_DUTY);
    assert_true(until_us == off.from_us);
    assert_int_equal(policy_calendar_at(NULL, &off, 1, off.from_us, &until_us), POLICY_TIME_OFF);
    assert_true(until_us == off.to_us);
    assert_int_equal(policy_calendar_at(NULL, &off, 1, off.to_us, &until_us), POLICY_ON_DUTY);
    assert_true(until_us == INT64_MAX);
}

/* The search jumps; asking minute by minute must find the same. */
static void the_next_change_is_the_first_one(void **state)
{
    (void)state;
    struct policy_calendar calendar = berlin_office();
    struct closed closed;
    open_on(&calendar, "fri,sat", "21:00-03:30");
    close_at(&calendar, &closed, "2026-10-26T10:00/2026-10-26T16:10");
    int64_t end = at("2026-11-05T00:00:00Z"), step = 60 * TIME_US_PER_SECOND, until_us, next_us;
    int64_t now = at("2026-10-20T00:00:00Z");
    enum policy_duty duty = policy_calendar_at(&calendar, NULL, 0, now, &until_us);
    size_t changes = 0;
    for (now += step; now < end; now += step) {
        enum policy_duty found = policy_calendar_at(&calendar, NULL, 0, now, &next_us);
        assert_int_equal(found != duty, now == until_us);
        changes += found != duty;
        duty = found;
        until_us = next_us;
    }
    assert_in_range(changes, 40, 80);
}

/* ---- reps of a release */

static void a_reps_day_ends_at_midnight_in_the_reps_zone(void **state)
{
    (void)state;
    struct policy_calendar calendar = calendar_in("Asia/Kolkata");
    const struct policy_rep reps[] = {{.id = "a", .time_zone = "Europe/Berlin"},
                                      {.id = "b", .time_zone = "", .calendar = &calendar},
                                      {.id = "c", .time_zone = ""}};
    const struct policy_release release = {.reps = reps, .rep_count = 3};
    int64_t now = at("2026-11-23T22:59:59Z");
    assert_true(policy_day_end_us(&release, 0, now) == at("2026-11-23T23:00:00Z"));
    assert_true(policy_day_end_us(&release, 0, now + TIME_US_PER_SECOND) ==
                at("2026-11-24T23:00:00Z"));
    assert_true(policy_day_end_us(&release, 1, now) == at("2026-11-24T18:30:00Z"));
    assert_true(policy_day_end_us(&release, 2, now) == at("2026-11-24T00:00:00Z"));
    /* The day on which the clocks go back has 25 hours. */
    assert_true(policy_day_end_us(&release, 0, at("2026-10-24T22:00:00Z")) ==
                at("2026-10-25T23:00:00Z"));
}

static void duty_of_a_rep_is_that_of_calendar_and_time_off(void **state)
{
    (void)state;
    struct policy_calendar calendar = berlin_office();
    struct policy_interval off = interval_in(&calendar, "2026-11-24");
    const struct policy_rep rep = {
        .id = "a", .time_zone = "", .calendar = &calendar, .time_off = &off, .time_off_count = 1};
    const struct policy_release release = {.reps = &rep, .rep_count = 1};
    int64_t until_us;
    assert_int_equal(policy_duty_at(&release, 0, at("2026-11-23T18:00:00Z"), &until_us),
                     POLICY_OFF_HOURS);
    assert_true(until_us == at("2026-11-23T23:00:00Z"));
    assert_int_equal(policy_duty_at(&release, 0, until_us, &until_us), POLICY_TIME_OFF);
    assert_true(until_us == at("2026-11-24T23:00:00Z"));
}

/* ---- what people write */

static void check_hours(const char *text, const char *expected)
{
    struct policy_hours hours[POLICY_HOURS_MAX];
    uint8_t count;
    struct error err;
    char found[512] = "";
    size_t size = 0;
    if (policy_hours_parse(bytes_of(text), hours, &count, &err) != 0)
        fail_msg("%s: %s", text, err.message);
    for (unsigned i = 0; i < count; i++)
        size += (size_t)snprintf(found + size, sizeof found - size, "%s%d-%d", i > 0 ? " " : "",
                                 hours[i].from / 60, hours[i].to / 60);
    assert_string_equal(found, expected);
}

static void check_hours_refused(const char *text, const char *message)
{
    struct policy_hours hours[POLICY_HOURS_MAX];
    uint8_t count;
    struct error err;
    assert_int_equal(policy_hours_parse(bytes_of(text), hours, &count, &err), ML_EINVAL);
    assert_string_equal(err.message, message);
}

static void hours_are_sorted_and_merged(void **state)
{
    (void)state;
    check_hours("09:00-12:30, 13:30-18:00", "540-750 810-1080");
    check_hours(" 13:30 - 18:00,9:00-12:30 ", "540-750 810-1080");
    check_hours("09:00-12:00,12:00-13:00,10:00-11:00", "540-780");
    check_hours("00:00-24:00", "0-1440");
    check_hours("22:00-06:00", "1320-1800");
    check_hours("22:00-06:00, 04:00-08:00", "240-480 1320-1800");
    check_hours("closed", "");
    check_hours("Closed", "");
}

static void hours_that_mean_nothing_are_refused(void **state)
{
    (void)state;
    check_hours_refused("9-17", "\"9-17\" is not a part of a day; write it like 09:00-12:30");
    check_hours_refused("09:00-25:00",
                        "\"09:00-25:00\" is not a part of a day; write it like 09:00-12:30");
    check_hours_refused("09:00-12:60",
                        "\"09:00-12:60\" is not a part of a day; write it like 09:00-12:30");
    check_hours_refused("09:00-12:00,", "\"\" is not a part of a day; write it like 09:00-12:30");
    check_hours_refused("24:00-03:00",
                        "\"24:00-03:00\" is not a part of a day; write it like 09:00-12:30");
    check_hours_refused("09:00-09:00",
                        "\"09:00-09:00\" is empty; a whole day is written 00:00-24:00");
    check_hours_refused("", "hours are empty; write them like 09:00-12:30, 13:30-18:00, or closed");
    check_hours_refused("1:00-1:10,2:00-2:10,3:00-3:10,4:00-4:10,5:00-5:10,6:00-6:10,7:00-7:10,"
                        "8:00-8:10,9:00-9:10,10:00-10:10,11:00-11:10,12:00-12:10,13:00-13:10,"
                        "14:00-14:10,15:00-15:10,16:00-16:10,17:00-17:10",
                        "a day has more than 16 parts");
}

static void check_weekdays(const char *text, unsigned expected)
{
    unsigned days;
    struct error err;
    if (policy_weekdays_parse(bytes_of(text), &days, &err) != 0)
        fail_msg("%s: %s", text, err.message);
    assert_int_equal(days, expected);
}

static void weekdays_are_names_ranges_and_lists(void **state)
{
    (void)state;
    check_weekdays("mon", 1U << 1);
    check_weekdays("Monday", 1U << 1);
    check_weekdays("mon-fri", 0x3E);
    check_weekdays("sat,sun", 0x41);
    check_weekdays("mon-wed, FRI", 0x2E);
    check_weekdays("fri-mon", 0x63);
    check_weekdays("daily", 0x7F);
}

static void weekdays_that_are_none_are_refused(void **state)
{
    (void)state;
    unsigned days;
    struct error err;
    assert_int_equal(policy_weekdays_parse(BYTES_LITERAL("mon-frj"), &days, &err), ML_EINVAL);
    assert_string_equal(err.message, "\"frj\" is not a day of the week; did you mean \"fri\"?");
    assert_int_equal(policy_weekdays_parse(BYTES_LITERAL("weekend"), &days, &err), ML_EINVAL);
    assert_string_equal(
        err.message,
        "\"weekend\" is not a day of the week; write mon, mon-fri, \"sat,sun\" or daily");
    assert_int_equal(policy_weekdays_parse(BYTES_LITERAL(""), &days, &err), ML_EINVAL);
    assert_int_equal(policy_weekdays_parse((struct bytes){0}, &days, &err), ML_EINVAL);
    assert_int_equal(policy_weekdays_parse(BYTES_LITERAL("mon,"), &days, &err), ML_EINVAL);
}

static void check_interval(const char *text, const char *from, const char *to)
{
    struct policy_calendar calendar = calendar_in("Europe/Berlin");
    struct policy_interval interval = interval_in(&calendar, text);
    assert_true(interval.from_us == at(from));
    assert_true(interval.to_us == at(to));
}

static void intervals_are_days_and_local_times(void **state)
{
    (void)state;
    check_interval("2026-12-24", "2026-12-23T23:00:00Z", "2026-12-24T23:00:00Z");
    check_interval("2026-12-24/2027-01-02", "2026-12-23T23:00:00Z", "2027-01-02T23:00:00Z");
    check_interval("2026-12-24T09:00/2026-12-24T12:00", "2026-12-24T08:00:00Z",
                   "2026-12-24T11:00:00Z");
    check_interval("2026-12-24T09:00 / 2026-12-24T24:00", "2026-12-24T08:00:00Z",
                   "2026-12-24T23:00:00Z");
    check_interval("2026-12-24T09:00:00Z/2026-12-24T12:00:00+02:00", "2026-12-24T09:00:00Z",
                   "2026-12-24T10:00:00Z");
    check_interval("2026-12-24T12:00/2026-12-27", "2026-12-24T11:00:00Z", "2026-12-27T23:00:00Z");
    /* The days on which the clocks change. */
    check_interval("2026-03-29", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z");
    check_interval("2026-10-25", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z");
}

static void check_interval_refused(const char *text, const char *message)
{
    struct policy_interval interval;
    struct error err;
    assert_int_equal(policy_interval_parse(bytes_of(text), NULL, &interval, &err), ML_EINVAL);
    if (strstr(err.message, message) == NULL)
        fail_msg("%s: %s", text, err.message);
}

static void intervals_that_mean_nothing_are_refused(void **state)
{
    (void)state;
    static const char how[] = "is not a day or a time; write 2026-12-24, 2026-12-24/2027-01-02 or "
                              "2026-12-24T09:00/2026-12-24T12:00";
    check_interval_refused("", how);
    check_interval_refused("Christmas", how);
    check_interval_refused("2026-02-29", how);
    check_interval_refused("2026-13-01", how);
    check_interval_refused("24.12.2026", how);
    check_interval_refused("2026-12-24/", how);
    check_interval_refused("2026-12-24T09:00/2026-12-24T25:00", how);
    check_interval_refused("2026-12-24T09:00", "has no end");
    check_interval_refused("2026-12-24/2026-12-22", "ends before it begins; swap the two");
    check_interval_refused("2026-12-24T09:00/2026-12-24T09:00", "ends before it begins");
}

static void merging_sorts_and_leaves_out_what_is_empty(void **state)
{
    (void)state;
    struct policy_interval some[] = {{50, 60}, {10, 20}, {20, 30}, {35, 35}, {12, 15}, {55, 70}};
    assert_int_equal(policy_intervals_merge(some, 6), 2);
    assert_int_equal(some[0].from_us, 10);
    assert_int_equal(some[0].to_us, 30);
    assert_int_equal(some[1].from_us, 50);
    assert_int_equal(some[1].to_us, 70);
    assert_int_equal(policy_intervals_merge(NULL, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_working_day_has_a_lunch_break),
        cmocka_unit_test(after_friday_comes_monday),
        cmocka_unit_test(a_long_weekend_ends_on_the_day_after_the_holidays),
        cmocka_unit_test(hours_follow_the_wall_clock_through_the_change_to_summer_time),
        cmocka_unit_test(hours_follow_the_wall_clock_through_the_change_to_winter_time),
        cmocka_unit_test(a_night_shift_is_shorter_or_longer_when_the_clocks_change),
        cmocka_unit_test(a_reading_that_comes_twice_counts_once),
        cmocka_unit_test(a_reading_that_is_skipped_moves_forward),
        cmocka_unit_test(a_shift_over_midnight_belongs_to_the_day_it_begins),
        cmocka_unit_test(shifts_that_meet_at_midnight_are_one),
        cmocka_unit_test(kolkata_is_half_an_hour_off),
        cmocka_unit_test(always_open_never_changes),
        cmocka_unit_test(always_open_has_holidays),
        cmocka_unit_test(without_hours_it_is_never_open),
        cmocka_unit_test(closed_for_years_is_asked_again_after_a_year),
        cmocka_unit_test(time_off_comes_before_everything),
        cmocka_unit_test(without_a_calendar_only_time_off_counts),
        cmocka_unit_test(the_next_change_is_the_first_one),
        cmocka_unit_test(a_reps_day_ends_at_midnight_in_the_reps_zone),
        cmocka_unit_test(duty_of_a_rep_is_that_of_calendar_and_time_off),
        cmocka_unit_test(hours_are_sorted_and_merged),
        cmocka_unit_test(hours_that_mean_nothing_are_refused),
        cmocka_unit_test(weekdays_are_names_ranges_and_lists),
        cmocka_unit_test(weekdays_that_are_none_are_refused),
        cmocka_unit_test(intervals_are_days_and_local_times),
        cmocka_unit_test(intervals_that_mean_nothing_are_refused),
        cmocka_unit_test(merging_sorts_and_leaves_out_what_is_empty),
    };
    return cmocka_run_group_tests_name("policy_calendar", tests, NULL, NULL);
}
