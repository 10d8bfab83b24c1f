/* Arithmetic of working time: examples a person can follow, and random calendars whose working
 * time is counted in two slow ways: minute by minute, and from one change of duty to the next. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "base/time.h"
#include "policy/calendar/worktime.h"

#define MINUTE (INT64_C(60) * TIME_US_PER_SECOND)
#define HOUR (60 * MINUTE)

/* ---- examples */

static int64_t at(const char *text)
{
    int64_t time_us;
    struct error err;
    if (time_parse(bytes_of(text), &time_us, &err) != 0)
        fail_msg("%s", err.message);
    return time_us;
}

static struct policy_calendar open_in(const char *zone, const char *days, const char *hours)
{
    struct policy_calendar calendar = {.id = "test", .zone_name = zone};
    struct error err;
    unsigned mask;
    calendar.zone = zone_find(bytes_of(zone));
    assert_non_null(calendar.zone);
    assert_int_equal(policy_weekdays_parse(bytes_of(days), &mask, &err), 0);
    for (unsigned i = 0; i < 7; i++)
        if ((mask >> i & 1) != 0 && policy_hours_parse(bytes_of(hours), calendar.hours[i],
                                                       &calendar.hour_count[i], &err) != 0)
            fail_msg("%s", err.message);
    return calendar;
}

static struct policy_calendar office_in(const char *zone)
{
    return open_in(zone, "mon-fri", "09:00-17:00");
}

static void assert_between(const struct policy_calendar *calendar, const char *from, const char *to,
                           int64_t expected_us)
{
    const struct policy_worktime worktime = {.calendar = calendar};
    assert_int_equal(policy_worktime_between(&worktime, at(from), at(to)), expected_us);
}

static void assert_after(const struct policy_worktime *worktime, const char *from,
                         int64_t amount_us, const char *expected)
{
    char found_text[TIME_TEXT_SIZE], expected_text[TIME_TEXT_SIZE];
    time_print(policy_worktime_after(worktime, at(from), amount_us), found_text);
    time_print(at(expected), expected_text);
    assert_string_equal(found_text, expected_text);
}

static void only_what_lies_in_the_hours_counts(void **state)
{
    (void)state;
    struct policy_calendar office = office_in("UTC");
    /* Friday to Monday. */
    assert_between(&office, "2026-11-20T15:30:00Z", "2026-11-23T10:00:00Z", 150 * MINUTE);
    assert_between(&office, "2026-11-20T10:00:00Z", "2026-11-20T10:00:00.000001Z", 1);
    assert_between(&office, "2026-11-20T16:59:59.999999Z", "2026-11-23T09:00:00Z", 1);
    assert_between(&office, "2026-11-21T00:00:00Z", "2026-11-23T09:00:00Z", 0);
    assert_between(&office, "2026-11-20T10:00:00Z", "2026-11-20T10:00:00Z", 0);
    assert_between(&office, "2026-11-23T10:00:00Z", "2026-11-20T10:00:00Z", 0);
}

static void an_amount_is_used_up_at_the_end_of_the_day_and_not_on_the_next_morning(void **state)
{
    (void)state;
    struct policy_calendar calendar = office_in("UTC");
    struct policy_worktime office = {.calendar = &calendar};
    assert_after(&office, "2026-11-20T15:00:00Z", 2 * HOUR, "2026-11-20T17:00:00Z");
    assert_after(&office, "2026-11-20T15:00:00Z", 2 * HOUR + 1, "2026-11-23T09:00:00.000001Z");
    assert_after(&office, "2026-11-20T20:00:00Z", 4 * HOUR, "2026-11-23T13:00:00Z");
    assert_after(&office, "2026-11-20T15:00:00Z", 82 * HOUR, "2026-12-04T17:00:00Z");
}

static void no_amount_has_passed_at_the_first_working_instant(void **state)
{
    (void)state;
    struct policy_calendar calendar = office_in("UTC");
    struct policy_worktime office = {.calendar = &calendar};
    assert_after(&office, "2026-11-20T15:00:00.000003Z", 0, "2026-11-20T15:00:00.000003Z");
    assert_after(&office, "2026-11-20T17:00:00Z", 0, "2026-11-23T09:00:00Z");
    assert_after(&office, "2026-11-20T16:59:59.999999Z", 0, "2026-11-20T16:59:59.999999Z");
}

static void a_day_is_as_long_as_its_hours_whatever_the_clocks_do(void **state)
{
    (void)state;
    /* The Sundays on which clocks change, both ways, hours away from the change. */
    struct policy_calendar berlin = open_in("Europe/Berlin", "daily", "09:00-17:00");
    assert_between(&berlin, "2026-03-28T00:00:00Z", "2026-03-31T00:00:00Z", 24 * HOUR);
    assert_between(&berlin, "2026-10-24T00:00:00Z", "2026-10-27T00:00:00Z", 24 * HOUR);
    struct policy_worktime berliners = {.calendar = &berlin};
    assert_after(&berliners, "2026-03-28T15:00:00Z", 2 * HOUR, "2026-03-29T08:00:00Z");
    assert_after(&berliners, "2026-10-24T14:00:00Z", 2 * HOUR, "2026-10-25T09:00:00Z");
    struct policy_calendar york = open_in("America/New_York", "daily", "09:00-17:00");
    struct policy_worktime new_yorkers = {.calendar = &york};
    assert_after(&new_yorkers, "2026-03-07T21:00:00Z", 2 * HOUR, "2026-03-08T14:00:00Z");
    assert_after(&new_yorkers, "2026-10-31T20:00:00Z", 2 * HOUR, "2026-11-01T15:00:00Z");
    struct policy_calendar kathmandu = open_in("Asia/Kathmandu", "daily", "09:00-17:00");
    struct policy_worktime kathmandus = {.calendar = &kathmandu};
    assert_after(&kathmandus, "2026-03-29T10:45:00Z", HOUR, "2026-03-30T03:45:00Z");
}

static void a_night_shift_is_as_long_as_the_night(void **state)
{
    (void)state;
    struct policy_calendar berlin = open_in("Europe/Berlin", "sat", "22:00-06:00");
    assert_between(&berlin, "2026-03-21T12:00:00Z", "2026-03-22T12:00:00Z", 8 * HOUR);
    assert_between(&berlin, "2026-03-28T12:00:00Z", "2026-03-29T12:00:00Z", 7 * HOUR);
    assert_between(&berlin, "2026-10-24T12:00:00Z", "2026-10-25T12:00:00Z", 9 * HOUR);
    /* Lord Howe moves its clocks by half an hour. */
    struct policy_calendar howe = open_in("Australia/Lord_Howe", "sat", "22:00-06:00");
    assert_between(&howe, "2026-10-03T00:00:00Z", "2026-10-04T00:00:00Z", 7 * HOUR + 30 * MINUTE);
    assert_between(&howe, "2026-04-04T00:00:00Z", "2026-04-05T00:00:00Z", 8 * HOUR + 30 * MINUTE);
}

static void shifts_that_overlap_count_once(void **state)
{
    (void)state;
    struct policy_calendar calendar = open_in("UTC", "daily", "08:00-12:00, 20:00-09:00");
    /* Each morning the night shift is still there when the day shift comes. */
    assert_between(&calendar, "2026-11-16T12:00:00Z", "2026-11-23T12:00:00Z", 7 * 16 * HOUR);
    calendar = open_in("UTC", "sat", "20:00-09:00"); /* over the end of the week */
    assert_between(&calendar, "2026-11-15T00:00:00Z", "2026-11-16T00:00:00Z", 9 * HOUR);
    assert_between(&calendar, "2026-11-21T00:00:00Z", "2026-11-22T00:00:00Z", 4 * HOUR);
}

static void closed_days_and_time_off_do_not_count_also_where_they_overlap(void **state)
{
    (void)state;
    struct policy_calendar calendar = office_in("UTC");
    const struct policy_interval closed[] = {
        {at("2026-12-24T12:00:00Z"), at("2026-12-27T00:00:00Z")},
        {at("2027-01-01T00:00:00Z"), at("2027-01-02T00:00:00Z")}};
    const struct policy_interval time_off[] = {
        {at("2026-12-23T16:00:00Z"), at("2026-12-24T12:00:00Z")},
        {at("2026-12-26T12:00:00Z"), at("2026-12-31T16:00:00Z")}};
    calendar.closed = closed;
    calendar.closed_count = 2;
    struct policy_worktime rep = {&calendar, time_off, 2};
    const char *before = "2026-12-23T15:00:00Z";
    assert_int_equal(policy_worktime_between(&rep, at(before), at("2027-01-05T00:00:00Z")),
                     10 * HOUR);
    assert_after(&rep, before, HOUR, "2026-12-23T16:00:00Z");
    assert_after(&rep, before, HOUR + 1, "2026-12-31T16:00:00.000001Z");
    assert_after(&rep, before, 3 * HOUR, "2027-01-04T10:00:00Z");
    assert_after(&rep, "2026-12-25T00:00:00Z", 0, "2026-12-31T16:00:00Z");
    /* Without the time off the office is open on the days between the years. */
    assert_between(&calendar, before, "2027-01-05T00:00:00Z", (2 + 3 + 4 * 8 + 8) * HOUR);
}

static void without_a_calendar_all_time_counts(void **state)
{
    (void)state;
    const struct policy_interval away = {at("2026-11-23T12:00:00Z"), at("2026-11-23T14:00:00Z")};
    struct policy_worktime always = {.calendar = NULL}, rep = {NULL, &away, 1};
    int64_t from_us = at("2026-11-23T10:00:00Z"), to_us = at("2036-11-23T10:00:00Z");
    assert_int_equal(policy_worktime_between(&always, from_us, to_us), to_us - from_us);
    assert_int_equal(policy_worktime_between(&rep, from_us, to_us), to_us - from_us - 2 * HOUR);
    assert_int_equal(policy_worktime_after(&always, from_us, to_us - from_us), to_us);
    assert_int_equal(policy_worktime_after(&always, from_us, 0), from_us);
    assert_after(&rep, "2026-11-23T10:00:00Z", 2 * HOUR, "2026-11-23T12:00:00Z");
    assert_after(&rep, "2026-11-23T10:00:00Z", 3 * HOUR, "2026-11-23T15:00:00Z");
}

static void what_never_comes_is_said_and_not_searched_for_ever(void **state)
{
    (void)state;
    struct policy_calendar calendar = open_in("Europe/Berlin", "daily", "closed");
    struct policy_worktime worktime = {.calendar = &calendar}, always = {.calendar = NULL};
    int64_t now_us = at("2026-11-23T10:00:00Z");
    assert_int_equal(policy_worktime_between(&worktime, now_us, INT64_MAX), 0);
    assert_true(policy_worktime_after(&worktime, now_us, 0) == INT64_MAX);
    assert_true(policy_worktime_after(&worktime, now_us, HOUR) == INT64_MAX);
    /* Open, but closed for good. */
    const struct policy_interval closed = {now_us + 8 * HOUR, INT64_MAX};
    calendar = open_in("Europe/Berlin", "daily", "09:00-17:00");
    calendar.closed = &closed;
    calendar.closed_count = 1;
    assert_int_equal(policy_worktime_between(&worktime, now_us, INT64_MAX), 6 * HOUR);
    assert_after(&worktime, "2026-11-23T10:00:00Z", 6 * HOUR, "2026-11-23T16:00:00Z");
    assert_true(policy_worktime_after(&worktime, now_us, 6 * HOUR + 1) == INT64_MAX);
    /* More than the horizon holds; and the ends of what a clock can show. */
    int64_t horizon_us = POLICY_WORKTIME_HORIZON_US;
    assert_int_equal(policy_worktime_after(&always, now_us, horizon_us), now_us + horizon_us);
    assert_true(policy_worktime_after(&always, now_us, horizon_us + 1) == INT64_MAX);
    assert_true(policy_worktime_after(&always, now_us, INT64_MAX) == INT64_MAX);
    assert_true(policy_worktime_after(&always, INT64_MAX, 1) == INT64_MAX);
    assert_true(policy_worktime_after(&worktime, INT64_MIN, 1) == INT64_MAX);
    assert_int_equal(policy_worktime_between(&always, INT64_MIN, INT64_MAX),
                     at("9999-01-01T00:00:00Z") - at("0002-01-01T00:00:00Z"));
}

/* ---- random calendars */

enum { CLOSED = 12, AWAY = 6 };

static uint64_t seed;

static uint64_t random_bits(void)
{
    uint64_t z = seed += UINT64_C(0x9E3779B97F4A7C15); /* Vigna, splitmix64 */
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

/* From 0 to below `limit`. */
static int64_t random_below(int64_t limit)
{
    return (int64_t)(random_bits() % (uint64_t)limit);
}

struct random_office {
    struct policy_calendar calendar;
    struct policy_interval closed[CLOSED], time_off[AWAY];
    struct policy_worktime worktime;
};

static int by_start(const void *a, const void *b)
{
    const struct policy_hours *first = a, *second = b;
    return first->from - second->from;
}

/* Hours of a day, up to five, each up to a day long, in whole steps of seconds. */
static void random_hours(struct policy_calendar *calendar, unsigned day, int32_t step)
{
    struct policy_hours hours[5];
    size_t count = (size_t)random_below(6);
    for (size_t i = 0; i < count; i++) {
        hours[i].from = (int32_t)random_below(86400 / step) * step;
        hours[i].to =
            hours[i].from +
            (int32_t)(1 + random_below((random_below(3) == 0 ? 86400 : 18000) / step)) * step;
    }
    qsort(hours, count, sizeof *hours, by_start);
    struct policy_hours *kept = calendar->hours[day];
    calendar->hour_count[day] = 0;
    for (size_t i = 0; i < count; i++) {
        struct policy_hours *last =
            calendar->hour_count[day] > 0 ? &kept[calendar->hour_count[day] - 1] : NULL;
        if (last == NULL || hours[i].from > last->to)
            kept[calendar->hour_count[day]++] = hours[i];
        else if (hours[i].to > last->to)
            last->to = hours[i].to;
    }
}

static size_t random_closed(struct policy_interval *intervals, size_t limit, int64_t from_us,
                            int64_t to_us, int64_t step_us)
{
    size_t count = (size_t)random_below((int64_t)limit + 1);
    for (size_t i = 0; i < count; i++) {
        int64_t start_us = from_us + random_below((to_us - from_us) / step_us) * step_us;
        int64_t length_us = random_below(3) == 0 ? 5 * TIME_US_PER_DAY : 12 * HOUR;
        intervals[i] = (struct policy_interval){
            start_us, start_us + random_below(length_us / step_us) * step_us};
    }
    return policy_intervals_merge(intervals, count);
}

/* With closed times in [from, to). */
static void random_office(struct random_office *office, int64_t from_us, int64_t to_us,
                          int32_t step)
{
    static const char *const zones[] = {
        "Europe/Berlin",  "America/New_York",  "Asia/Kathmandu", "Australia/Lord_Howe",
        "America/Havana", "Africa/Casablanca", "Africa/Cairo",   "UTC"};
    const char *zone = zones[random_below(sizeof zones / sizeof *zones)];
    *office = (struct random_office){.calendar = {.id = "random", .zone_name = zone}};
    office->calendar.zone = zone_find(bytes_of(zone));
    assert_non_null(office->calendar.zone);
    for (unsigned day = 0; day < 7; day++)
        random_hours(&office->calendar, day, step);
    int64_t step_us = step * TIME_US_PER_SECOND;
    office->calendar.closed = office->closed;
    office->calendar.closed_count = random_closed(office->closed, CLOSED, from_us, to_us, step_us);
    office->worktime =
        (struct policy_worktime){random_below(20) == 0 ? NULL : &office->calendar, office->time_off,
                                 random_closed(office->time_off, AWAY, from_us, to_us, step_us)};
}

static bool on_duty(const struct policy_worktime *worktime, int64_t time_us, int64_t *ret_until_us)
{
    return policy_calendar_at(worktime->calendar, worktime->time_off, worktime->time_off_count,
                              time_us, ret_until_us) == POLICY_ON_DUTY;
}

/* An instant not far from a change of the clocks: late in March, in October or November, or any. */
static int64_t random_start(void)
{
    static const char *const days[] = {"03-06", "03-27", "04-02", "04-23", "10-02",
                                       "10-23", "10-30", "12-28", "02-27"};
    char text[64];
    snprintf(text, sizeof text, "%lld-%sT00:00:00Z", 2020LL + (long long)random_below(40),
             days[random_below(sizeof days / sizeof *days)]);
    return at(text) + random_below(3 * 24 * 60) * MINUTE;
}

static void assert_minutes_agree(const struct random_office *office, int64_t start_us,
                                 const uint32_t *open, int64_t minutes)
{
    for (int i = 0; i < 8; i++) {
        int64_t from = random_below(minutes), to = from + random_below(minutes - from + 1);
        int64_t from_us = start_us + from * MINUTE;
        uint32_t expected = open[to] - open[from];
        if (policy_worktime_between(&office->worktime, from_us, start_us + to * MINUTE) !=
            expected * MINUTE)
            fail_msg("seed %llu: not %u minutes", (unsigned long long)seed, expected);
        if (expected == 0)
            continue;
        /* The first minute at whose end as many have passed. */
        int64_t reached = from;
        while (open[reached] - open[from] < expected)
            reached++;
        if (policy_worktime_after(&office->worktime, from_us, expected * MINUTE) !=
            start_us + reached * MINUTE)
            fail_msg("seed %llu: %u minutes end elsewhere", (unsigned long long)seed, expected);
    }
}

static void minutes_counted_one_by_one_give_the_same(void **state)
{
    (void)state;
    enum { DAYS_MAX = 6, CALENDARS = 1000 };
    static uint32_t open[DAYS_MAX * 24 * 60 + 1]; /* minutes on duty before each */
    for (unsigned round = 0; round < CALENDARS; round++) {
        seed = round * 1000;
        int64_t start_us = random_start(), minutes = (1 + random_below(DAYS_MAX)) * 24 * 60;
        struct random_office office;
        random_office(&office, start_us, start_us + minutes * MINUTE, 60);
        int64_t until_us;
        for (int64_t i = 0; i < minutes; i++)
            open[i + 1] = open[i] + on_duty(&office.worktime, start_us + i * MINUTE, &until_us);
        assert_minutes_agree(&office, start_us, open, minutes);
    }
}

/* What the wall clock shows decides, where no shift begins or ends while the clocks change. */
static bool wall_clock_is_in_hours(const struct policy_calendar *calendar, int64_t time_us)
{
    struct zone_local local;
    zone_local(calendar->zone, time_us / TIME_US_PER_SECOND, &local);
    int32_t second = local.hour * 3600 + local.minute * 60 + local.second;
    for (unsigned back = 0; back < 2; back++) { /* of today, and of yesterday over midnight */
        unsigned day = (local.weekday + 7U - back) % 7;
        int32_t shown = second + (back == 0 ? 0 : 86400);
        for (unsigned i = 0; i < calendar->hour_count[day]; i++)
            if (calendar->hours[day][i].from <= shown && shown < calendar->hours[day][i].to)
                return true;
    }
    return false;
}

static void minutes_read_off_the_wall_clock_give_the_same(void **state)
{
    (void)state;
    static const char *const zones[] = {"Europe/Berlin", "America/New_York", "Asia/Kathmandu",
                                        "Australia/Lord_Howe"};
    enum { MINUTES = 21 * 24 * 60, CALENDARS = 200 };
    static uint32_t open[MINUTES + 1];
    for (unsigned round = 0; round < CALENDARS; round++) {
        seed = round * 1000 + 7;
        int64_t start_us = random_start();
        struct random_office office = {.calendar = {.id = "wall"}};
        office.calendar.zone = zone_find(bytes_of(zones[round % 4]));
        for (unsigned day = 0; day < 7; day++) { /* from some hour of the day into the night */
            office.calendar.hour_count[day] = random_below(4) != 0;
            int32_t from = 3600 * (int32_t)(5 + random_below(19));
            int32_t to = 3600 * (int32_t)(random_below(2) == 0 ? 24 + 5 + random_below(6) : 24);
            office.calendar.hours[day][0] = (struct policy_hours){from, to};
        }
        office.worktime.calendar = &office.calendar;
        for (int64_t i = 0; i < MINUTES; i++)
            open[i + 1] = open[i] + wall_clock_is_in_hours(&office.calendar, start_us + i * MINUTE);
        assert_minutes_agree(&office, start_us, open, MINUTES);
    }
}

/* From one change of duty to the next; exact to the microsecond. */
static int64_t step_between(const struct policy_worktime *worktime, int64_t from_us, int64_t to_us)
{
    int64_t open_us = 0;
    while (from_us < to_us) {
        int64_t until_us;
        bool open = on_duty(worktime, from_us, &until_us);
        until_us = until_us < to_us ? until_us : to_us;
        open_us += open ? until_us - from_us : 0;
        from_us = until_us;
    }
    return open_us;
}

static void years_counted_from_change_to_change_give_the_same(void **state)
{
    (void)state;
    for (unsigned round = 0; round < 400; round++) {
        seed = round * 1000 + 3;
        int64_t start_us = random_start() + random_below(INT64_C(60000000));
        int64_t span_us = random_below((round % 10 == 0 ? 1500 : 200) * TIME_US_PER_DAY);
        struct random_office office;
        random_office(&office, start_us, start_us + span_us + HOUR, 1);
        int64_t end_us = start_us + span_us;
        int64_t expected_us = step_between(&office.worktime, start_us, end_us);
        if (policy_worktime_between(&office.worktime, start_us, end_us) != expected_us)
            fail_msg("round %u: not %lld", round, (long long)expected_us);
        /* The first instant: at it the amount has passed, a microsecond earlier it has not. */
        int64_t reached_us = policy_worktime_after(&office.worktime, start_us, expected_us);
        if (expected_us > 0) {
            assert_true(reached_us > start_us && reached_us <= end_us);
            assert_int_equal(step_between(&office.worktime, reached_us, end_us), 0);
            assert_int_equal(step_between(&office.worktime, reached_us - 1, reached_us), 1);
        }
    }
}

static void spans_may_begin_and_end_while_the_clocks_change(void **state)
{
    (void)state;
    static const struct {
        const char *zone, *change;
    } changes[] = {
        {"Europe/Berlin", "2026-03-29T01:00:00Z"},
        {"Europe/Berlin", "2026-10-25T01:00:00Z"},
        {"America/New_York", "2026-03-08T07:00:00Z"},
        {"America/New_York", "2026-11-01T06:00:00Z"},
        {"Australia/Lord_Howe", "2026-10-03T15:30:00Z"},
        {"Australia/Lord_Howe", "2026-04-04T15:00:00Z"},
        /* Midnight is skipped, or comes twice. */
        {"America/Havana", "2026-03-08T05:00:00Z"},
        {"America/Havana", "2026-11-01T05:00:00Z"},
    };
    for (size_t i = 0; i < sizeof changes / sizeof *changes * 40; i++) {
        seed = i * 1000 + 11;
        struct random_office office = {.calendar = {.id = "changing"}};
        office.calendar.zone = zone_find(bytes_of(changes[i / 40].zone));
        office.worktime.calendar = &office.calendar;
        for (unsigned day = 0; day < 7; day++)
            random_hours(&office.calendar, day, 600);
        int64_t change_us = at(changes[i / 40].change);
        for (int64_t minute = -150; minute < 150; minute += 5) {
            int64_t near_us = change_us + minute * MINUTE;
            int64_t far_us = near_us + (random_below(10 * 24 * 60) - 5 * 24 * 60) * MINUTE;
            int64_t from_us = near_us < far_us ? near_us : far_us;
            int64_t to_us = near_us < far_us ? far_us : near_us;
            if (policy_worktime_between(&office.worktime, from_us, to_us) !=
                step_between(&office.worktime, from_us, to_us))
                fail_msg("%s, round %zu, minute %lld", changes[i / 40].zone, i, (long long)minute);
        }
    }
}

static void a_day_may_have_as_many_parts_as_a_calendar_holds(void **state)
{
    (void)state;
    struct policy_calendar calendar = open_in("Europe/Berlin", "daily", "closed");
    for (unsigned day = 0; day < 7; day++) {
        calendar.hour_count[day] = POLICY_HOURS_MAX;
        for (int32_t i = 0; i < POLICY_HOURS_MAX; i++) /* the last one runs into the next day */
            calendar.hours[day][i] = (struct policy_hours){5400 * i + 4200, 5400 * i + 6000};
    }
    const struct policy_worktime worktime = {.calendar = &calendar};
    assert_between(&calendar, "2026-11-16T00:00:00Z", "2026-11-23T00:00:00Z", 7 * 8 * HOUR);
    int64_t from_us = at("2026-10-20T11:22:33.444555Z"), to_us = from_us + 9 * TIME_US_PER_DAY;
    assert_int_equal(policy_worktime_between(&worktime, from_us, to_us),
                     step_between(&worktime, from_us, to_us));
}

static void there_and_back_again(void **state)
{
    (void)state;
    for (unsigned round = 0; round < 3000; round++) {
        seed = round * 1000 + 5;
        int64_t from_us = random_start() + random_below(INT64_C(60000000)), until_us;
        struct random_office office;
        random_office(&office, from_us, from_us + 30 * TIME_US_PER_DAY, 1);
        const struct policy_worktime *worktime = &office.worktime;
        int64_t amount_us = random_below((round % 7 == 0 ? 4000 : 80) * HOUR);
        int64_t end_us = policy_worktime_after(worktime, from_us, amount_us);
        int64_t more_us = policy_worktime_after(worktime, from_us, amount_us + random_below(HOUR));
        assert_true(more_us >= end_us);
        if (end_us == INT64_MAX) { /* so seldom open that the horizon does not hold the amount */
            int64_t limit_us = from_us + POLICY_WORKTIME_HORIZON_US;
            int64_t all_us = policy_worktime_between(worktime, from_us, limit_us);
            assert_true(all_us == 0 || all_us < amount_us);
            continue;
        }
        int64_t first_us = policy_worktime_after(worktime, from_us, 0);
        assert_true(first_us >= from_us && (amount_us == 0 || first_us < end_us));
        assert_true(on_duty(worktime, first_us, &until_us));
        assert_int_equal(policy_worktime_between(worktime, from_us, first_us), 0);
        assert_int_equal(policy_worktime_between(worktime, from_us, end_us), amount_us);
        if (amount_us > 0)
            assert_int_equal(policy_worktime_between(worktime, from_us, end_us - 1), amount_us - 1);
        /* Parts add up, and none is negative. */
        int64_t middle_us = from_us + random_below(end_us - from_us + 1);
        int64_t one_us = policy_worktime_between(worktime, from_us, middle_us);
        int64_t other_us = policy_worktime_between(worktime, middle_us, end_us);
        assert_true(one_us >= 0 && one_us <= middle_us - from_us && other_us >= 0);
        assert_int_equal(one_us + other_us, amount_us);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_lies_in_the_hours_counts),
        cmocka_unit_test(an_amount_is_used_up_at_the_end_of_the_day_and_not_on_the_next_morning),
        cmocka_unit_test(no_amount_has_passed_at_the_first_working_instant),
        cmocka_unit_test(a_day_is_as_long_as_its_hours_whatever_the_clocks_do),
        cmocka_unit_test(a_night_shift_is_as_long_as_the_night),
        cmocka_unit_test(shifts_that_overlap_count_once),
        cmocka_unit_test(closed_days_and_time_off_do_not_count_also_where_they_overlap),
        cmocka_unit_test(without_a_calendar_all_time_counts),
        cmocka_unit_test(what_never_comes_is_said_and_not_searched_for_ever),
        cmocka_unit_test(minutes_counted_one_by_one_give_the_same),
        cmocka_unit_test(minutes_read_off_the_wall_clock_give_the_same),
        cmocka_unit_test(years_counted_from_change_to_change_give_the_same),
        cmocka_unit_test(spans_may_begin_and_end_while_the_clocks_change),
        cmocka_unit_test(a_day_may_have_as_many_parts_as_a_calendar_holds),
        cmocka_unit_test(there_and_back_again),
    };
    return cmocka_run_group_tests_name("policy_worktime", tests, NULL, NULL);
}
