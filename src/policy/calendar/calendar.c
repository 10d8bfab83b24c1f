/* Duty: what a calendar and time off say about an instant, and when that changes. Works on
 * instants: each part of a local day is turned into the two instants between which it lasts, so
 * that days of 23 or 25 hours need no case of their own. */
#include "policy/calendar/calendar.h"

#include "base/time.h"

#include <stdlib.h>

enum { DAY = 86400 /* seconds */ };

#define SEARCH_US (INT64_C(366) * TIME_US_PER_DAY)

static int by_start(const void *a, const void *b)
{
    const struct policy_interval *first = a, *second = b;
    return (first->from_us > second->from_us) - (first->from_us < second->from_us);
}

size_t policy_intervals_merge(struct policy_interval *intervals, size_t count)
{
    if (count == 0)
        return 0;
    qsort(intervals, count, sizeof *intervals, by_start);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (intervals[i].to_us <= intervals[i].from_us)
            continue;
        struct policy_interval *last = kept > 0 ? &intervals[kept - 1] : NULL;
        if (last == NULL || intervals[i].from_us > last->to_us)
            intervals[kept++] = intervals[i];
        else if (intervals[i].to_us > last->to_us)
            last->to_us = intervals[i].to_us;
    }
    return kept;
}

/* Whether the instant is in one of the intervals; then *ret_until_us is its end, otherwise the
 * start of the next one (INT64_MAX: there is none). */
static bool within(const struct policy_interval *intervals, size_t count, int64_t time_us,
                   int64_t *ret_until_us)
{
    size_t low = 0, high = count; /* the first that ends after the instant */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (intervals[middle].to_us > time_us)
            high = middle;
        else
            low = middle + 1;
    }
    if (low == count) {
        *ret_until_us = INT64_MAX;
        return false;
    }
    bool inside = intervals[low].from_us <= time_us;
    *ret_until_us = inside ? intervals[low].to_us : intervals[low].from_us;
    return inside;
}

static int64_t seconds_of(int64_t time_us)
{
    int64_t seconds = time_us / TIME_US_PER_SECOND;
    return seconds - (time_us % TIME_US_PER_SECOND < 0);
}

/* Days since 1970 of the local date at an instant. */
static int64_t local_day(const struct zone *zone, int64_t time_us)
{
    int64_t seconds = seconds_of(time_us);
    int64_t local = seconds + zone_offset(zone, seconds);
    return local / DAY - (local % DAY < 0);
}

static int64_t instant_us(const struct zone *zone, int64_t day, int32_t second)
{
    if (second > DAY) {
        day++;
        second -= DAY;
    }
    return zone_instant(zone, day, second) * TIME_US_PER_SECOND;
}

static unsigned weekday_of(int64_t day)
{
    return (unsigned)(((day + 4) % 7 + 7) % 7); /* 1970-01-01 was a Thursday */
}

static bool is_round_the_clock(const struct policy_calendar *calendar)
{
    for (int i = 0; i < 7; i++)
        if (calendar->hour_count[i] != 1 || calendar->hours[i][0].from != 0 ||
            calendar->hours[i][0].to < DAY)
            return false;
    return true;
}

/* Whether the instant is in the weekly hours, and when these end or next begin. Yesterday is looked
 * at too, for shifts over midnight; a week ahead finds the next opening if there is any. */
static bool in_hours(const struct policy_calendar *calendar, int64_t time_us, int64_t *ret_until_us)
{
    *ret_until_us = INT64_MAX;
    if (is_round_the_clock(calendar))
        return true;
    int64_t today = local_day(calendar->zone, time_us);
    for (int64_t day = today - 1; day <= today + 8; day++) {
        unsigned weekday = weekday_of(day);
        for (unsigned i = 0; i < calendar->hour_count[weekday]; i++) {
            const struct policy_hours *hours = &calendar->hours[weekday][i];
            int64_t from_us = instant_us(calendar->zone, day, hours->from);
            int64_t to_us = instant_us(calendar->zone, day, hours->to);
            if (from_us <= time_us && time_us < to_us) {
                *ret_until_us = to_us;
                return true;
            }
            if (from_us > time_us && from_us < to_us && from_us < *ret_until_us)
                *ret_until_us = from_us;
        }
        /* Hours of the day after the next opening cannot come before it. */
        if (*ret_until_us != INT64_MAX && day > today)
            break;
    }
    return false;
}

/* What holds at an instant, and up to when nothing that it hangs on changes. */
static enum policy_duty look(const struct policy_calendar *calendar,
                             const struct policy_interval *time_off, size_t time_off_count,
                             int64_t time_us, int64_t *ret_until_us)
{
    int64_t until_us;
    bool off = within(time_off, time_off_count, time_us, ret_until_us);
    if (off)
        return POLICY_TIME_OFF;
    if (calendar == NULL)
        return POLICY_ON_DUTY;
    bool closed = within(calendar->closed, calendar->closed_count, time_us, &until_us);
    *ret_until_us = until_us < *ret_until_us ? until_us : *ret_until_us;
    if (closed)
        return POLICY_HOLIDAY;
    bool open = in_hours(calendar, time_us, &until_us);
    *ret_until_us = until_us < *ret_until_us ? until_us : *ret_until_us;
    return open ? POLICY_ON_DUTY : POLICY_OFF_HOURS;
}

enum policy_duty policy_calendar_at(const struct policy_calendar *calendar,
                                    const struct policy_interval *time_off, size_t time_off_count,
                                    int64_t time_us, int64_t *ret_until_us)
{
    int64_t until_us;
    enum policy_duty duty = look(calendar, time_off, time_off_count, time_us, &until_us);
    while (until_us != INT64_MAX && until_us - time_us < SEARCH_US) {
        int64_t next_us;
        if (look(calendar, time_off, time_off_count, until_us, &next_us) != duty)
            break;
        until_us = next_us;
    }
    bool far = until_us != INT64_MAX && until_us - time_us > SEARCH_US;
    *ret_until_us = far ? time_us + SEARCH_US : until_us;
    return duty;
}

enum policy_duty policy_duty_at(const struct policy_release *release, uint32_t rep, int64_t time_us,
                                int64_t *ret_until_us)
{
    ML_ASSERT(rep < release->rep_count);
    const struct policy_rep *who = &release->reps[rep];
    return policy_calendar_at(who->calendar, who->time_off, who->time_off_count, time_us,
                              ret_until_us);
}

static const struct zone *zone_of_rep(const struct policy_rep *rep)
{
    const struct zone *zone = NULL;
    if (rep->time_zone != NULL && rep->time_zone[0] != '\0')
        zone = zone_find(bytes_of(rep->time_zone));
    if (zone == NULL && rep->calendar != NULL)
        zone = rep->calendar->zone;
    return zone != NULL ? zone : zone_find(BYTES_LITERAL("+00:00"));
}

int64_t policy_day_end_us(const struct policy_release *release, uint32_t rep, int64_t time_us)
{
    ML_ASSERT(rep < release->rep_count);
    const struct zone *zone = zone_of_rep(&release->reps[rep]);
    return instant_us(zone, local_day(zone, time_us) + 1, 0);
}

const char *policy_duty_name(enum policy_duty duty)
{
    static const char *const names[] = {"on_duty", "off_hours", "holiday", "time_off"};
    return names[duty];
}
