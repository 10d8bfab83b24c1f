/* Working time of reps and teams: weekly hours in a time zone, minus what is closed (holidays, and
 * the busy times of iCalendar files). Immutable once made; pure but for the machine's time zone
 * database (base/zone.h). */
#ifndef ML_POLICY_CALENDAR_H
#define ML_POLICY_CALENDAR_H

#include "base/zone.h"
#include "policy/policy.h"

/* Part of a day: seconds from midnight, half-open. `from` below 86400; `to` up to 172800: what is
 * past 86400 is a shift that runs into the next day. */
struct policy_hours {
    int32_t from;
    int32_t to;
};

enum { POLICY_HOURS_MAX = 16, POLICY_CLOSED_MAX = 20000, POLICY_ICAL_MAX = 4 * 1024 * 1024 };

struct policy_calendar {
    const char *id;
    const char *zone_name;
    const struct zone *zone;
    struct policy_hours
        hours[7][POLICY_HOURS_MAX]; /* by weekday, 0 is Sunday; by time, not touching */
    uint8_t hour_count[7];
    const struct policy_interval *closed; /* by time, not touching */
    size_t closed_count;
};

/* "09:00-12:30, 13:30-18:00" (also "24:00" as an end, "22:00-06:00" over midnight, "closed") into
 * hours of one day, sorted and merged. ML_EINVAL says what is wrong with the text. */
int policy_hours_parse(struct bytes text, struct policy_hours ret[static POLICY_HOURS_MAX],
                       uint8_t *ret_count, struct error *err);
/* "mon", "mon-fri", "sat,sun", "fri-mon", "daily", in any case: a bit per weekday, 1 << 0 is
 * Sunday. ML_EINVAL. */
int policy_weekdays_parse(struct bytes text, unsigned *ret_days, struct error *err);
/* "2026-12-24" (the whole local day), "2026-12-24/2027-01-02" (both days included),
 * "2026-12-24T09:00/2026-12-24T24:00" (local times), or with full RFC 3339 times. `zone` NULL: UTC.
 * ML_EINVAL. */
int policy_interval_parse(struct bytes text, const struct zone *zone, struct policy_interval *ret,
                          struct error *err);
/* The times when events of an iCalendar file (RFC 5545) are busy: transparent and cancelled events
 * left out, floating times and whole days read in `zone` (NULL: UTC). Sorted and merged.
 * Recurrences are unrolled from 2020 up to the year 2100; of more than POLICY_CLOSED_MAX times the
 * first are kept, as long as they last until 2030. Errors, all with the line: ML_EINVAL what is
 * wrong, ML_ELIMIT what is too large or repeats too often. Thread-safe. */
int policy_ical_read(struct bytes text, const struct zone *zone, struct arena *arena,
                     struct policy_interval **ret, size_t *ret_count, struct error *err);
/* Sorts by time, leaves out what is empty and merges what overlaps or touches, in place; returns
 * how many are left. */
size_t policy_intervals_merge(struct policy_interval *intervals, size_t count);

/* Whether somebody with this calendar (NULL: always open) and this time off is on duty at an
 * instant, and the next instant after it when that changes (INT64_MAX: never; searched a year
 * ahead, after which a year is the answer). */
enum policy_duty policy_calendar_at(const struct policy_calendar *calendar,
                                    const struct policy_interval *time_off, size_t time_off_count,
                                    int64_t time_us, int64_t *ret_until_us);

#endif
