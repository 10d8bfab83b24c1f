/* Arithmetic of working time: how much of it lies between two instants, and when an amount of it
 * has passed. What counts is the time that policy_calendar_at calls on duty: weekly hours on the
 * clock of the zone, without closed days and time off. Pure; thread-safe. */
#ifndef ML_POLICY_WORKTIME_H
#define ML_POLICY_WORKTIME_H

#include "base/time.h"
#include "policy/calendar/calendar.h"

/* Whose time: a pool's or an owner's calendar, and what a rep has taken off. All borrowed. */
struct policy_worktime {
    const struct policy_calendar *calendar; /* NULL: always open */
    const struct policy_interval *time_off; /* by time, not overlapping */
    size_t time_off_count;
};

/* How far ahead policy_worktime_after looks: about twenty years. */
#define POLICY_WORKTIME_HORIZON_US (INT64_C(20) * 366 * TIME_US_PER_DAY)

/* Instants are of the years 2 to 9998; there is no working time outside of these. Both functions
 * cost a few steps per week, one per closed interval, and some hundred around each change of the
 * clocks: a microsecond or three for spans of days, fifteen for a year. Beyond 2037 a year costs
 * ten times as much, because the time zone database has rules there instead of a table. */

/* The working time in [from, to), in microseconds; 0 unless `from` is before `to`. */
int64_t policy_worktime_between(const struct policy_worktime *worktime, int64_t from_us,
                                int64_t to_us);
/* The first instant, not before `from_us`, by which `amount_us` (0 or more) of working time have
 * passed since `from_us`: the end of the day's work when that is just used up. For 0, the first
 * working instant from `from_us` on. INT64_MAX: not within the horizon. */
int64_t policy_worktime_after(const struct policy_worktime *worktime, int64_t from_us,
                              int64_t amount_us);

#endif
