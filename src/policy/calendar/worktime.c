/* Arithmetic of working time. Time is walked in stretches. Where the clocks do not change, the
 * weekly hours are a list that repeats, and any number of weeks costs one division. Around a change
 * of the clocks the hours of the days are listed as the instants between which they last. In both,
 * a stretch is a list with running sums, which binary searches answer from; what is closed cuts
 * stretches into pieces. */
#include "policy/calendar/worktime.h"

enum {
    DAY = 86400, /* seconds */
    WEEK = 7 * DAY,
    FIRST_SUNDAY = 3 * DAY, /* 1970-01-04; weeks begin on Sundays, as in struct policy_calendar */
    /* Hours that reach into a stretch begin or end up to two days away from it, and the clock is
     * read with the offsets up to a day and a zone's offset away from these. */
    MARGIN = 4 * DAY,
    PROBE = 2 * DAY,    /* no zone changes its clocks twice in two days (base/zone.c) */
    REGULAR = 4 * WEEK, /* at most at once: a short span should not pay for looking far ahead */
    IRREGULAR = 4 * DAY,
    /* Local days whose hours can reach into an irregular stretch: two before its first (a shift
     * ends on the day after it began, and the clocks may skip a day), that one, and those that
     * follow: as many as it is long, one that is skipped, one that comes again. */
    DAYS_BEFORE = 2,
    DAYS = DAYS_BEFORE + IRREGULAR / DAY + 3,
    PARTS_MAX = DAYS * POLICY_HOURS_MAX,
};

_Static_assert(PARTS_MAX >= 8 * POLICY_HOURS_MAX, "a week, and what runs over its end");

/* When it is open, in microseconds from an origin: a list that repeats. */
struct pattern {
    int64_t period_us;
    size_t count;
    struct policy_interval parts[PARTS_MAX]; /* by time, not touching, in [0, period) */
    int64_t before_us[PARTS_MAX + 1];        /* open time of the parts before; last: of all */
};

/* Intervals that do not count; those before the walk's time are left behind. */
struct closed {
    const struct policy_interval *next, *end;
};

struct walk {
    const struct policy_calendar *calendar;
    struct closed closed[2]; /* the calendar's and the time off */
    int64_t time_us;         /* up to here it has been walked */
    int64_t limit_us;
    /* The stretch: up to `stretch_us` it is open when `pattern` says so, seen from `origin_us`. */
    const struct pattern *pattern;
    int64_t origin_us, stretch_us;
    struct pattern week, irregular;
};

static int64_t divide_down(int64_t value, int64_t by)
{
    return value / by - (value % by < 0);
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* ---- patterns */

/* Parts may come in any order, overlap and reach out of the period, of which they are cut. */
static void pattern_finish(struct pattern *pattern)
{
    for (size_t i = 0; i < pattern->count; i++) {
        struct policy_interval *part = &pattern->parts[i];
        part->from_us = part->from_us > 0 ? part->from_us : 0;
        part->to_us = least(part->to_us, pattern->period_us);
    }
    pattern->count = policy_intervals_merge(pattern->parts, pattern->count);
    pattern->before_us[0] = 0;
    for (size_t i = 0; i < pattern->count; i++)
        pattern->before_us[i + 1] =
            pattern->before_us[i] + pattern->parts[i].to_us - pattern->parts[i].from_us;
}

static void pattern_add(struct pattern *pattern, int64_t from_us, int64_t to_us)
{
    ML_ASSERT(pattern->count < PARTS_MAX);
    pattern->parts[pattern->count++] = (struct policy_interval){from_us, to_us};
}

/* The week from Sunday on, on clocks that do not change. */
static void pattern_of_week(struct pattern *pattern, const struct policy_calendar *calendar)
{
    const int64_t period_us = WEEK * TIME_US_PER_SECOND;
    pattern->period_us = period_us;
    pattern->count = 0;
    if (calendar == NULL)
        pattern_add(pattern, 0, period_us);
    for (int day = 0; calendar != NULL && day < 7; day++)
        for (unsigned i = 0; i < calendar->hour_count[day]; i++) {
            const struct policy_hours *hours = &calendar->hours[day][i];
            int64_t from_us = (day * DAY + hours->from) * TIME_US_PER_SECOND;
            int64_t to_us = (day * DAY + hours->to) * TIME_US_PER_SECOND;
            pattern_add(pattern, from_us, to_us);
            if (to_us > period_us)
                pattern_add(pattern, 0, to_us - period_us);
        }
    pattern_finish(pattern);
}

/* Open time in [0, offset). */
static int64_t pattern_open(const struct pattern *pattern, int64_t offset_us)
{
    int64_t rest_us = offset_us % pattern->period_us;
    size_t low = 0, high = pattern->count; /* the number of parts that begin before the rest */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (pattern->parts[middle].from_us < rest_us)
            low = middle + 1;
        else
            high = middle;
    }
    int64_t open_us = offset_us / pattern->period_us * pattern->before_us[pattern->count] +
                      pattern->before_us[low];
    if (low > 0 && pattern->parts[low - 1].to_us > rest_us)
        open_us -= pattern->parts[low - 1].to_us - rest_us;
    return open_us;
}

/* The first offset by which it has been open for `open_us`, above 0, since 0. It is ever open. */
static int64_t pattern_reaching(const struct pattern *pattern, int64_t open_us)
{
    int64_t whole_us = pattern->before_us[pattern->count];
    int64_t periods = (open_us - 1) / whole_us;
    int64_t rest_us = open_us - periods * whole_us; /* 1 to whole_us */
    size_t low = 0, high = pattern->count - 1;      /* the part in which the rest is reached */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (pattern->before_us[middle + 1] < rest_us)
            low = middle + 1;
        else
            high = middle;
    }
    return periods * pattern->period_us + pattern->parts[low].from_us + rest_us -
           pattern->before_us[low];
}

/* ---- stretches */

static int64_t instant_us(const struct zone *zone, int64_t day, int32_t second)
{
    bool next_day = second > DAY;
    return zone_instant(zone, day + next_day, second - next_day * DAY) * TIME_US_PER_SECOND;
}

static void irregular_stretch(struct walk *walk, int64_t second)
{
    const struct policy_calendar *calendar = walk->calendar;
    struct pattern *pattern = &walk->irregular;
    pattern->period_us = IRREGULAR * TIME_US_PER_SECOND;
    pattern->count = 0;
    walk->pattern = pattern;
    walk->origin_us = second * TIME_US_PER_SECOND;
    walk->stretch_us = walk->origin_us + pattern->period_us;
    int64_t first = divide_down(second + zone_offset(calendar->zone, second), DAY) - DAYS_BEFORE;
    for (int64_t day = first; day < first + DAYS; day++) {
        int64_t weekday = ((day - FIRST_SUNDAY / DAY) % 7 + 7) % 7;
        for (unsigned i = 0; i < calendar->hour_count[weekday]; i++) {
            const struct policy_hours *hours = &calendar->hours[weekday][i];
            pattern_add(pattern, instant_us(calendar->zone, day, hours->from) - walk->origin_us,
                        instant_us(calendar->zone, day, hours->to) - walk->origin_us);
        }
    }
    pattern_finish(pattern);
}

/* Sets the stretch that begins at the walk's time. */
static void find_stretch(struct walk *walk)
{
    walk->pattern = &walk->week;
    walk->origin_us = walk->time_us;
    walk->stretch_us = walk->limit_us;
    if (walk->calendar == NULL || walk->week.count == 0)
        return; /* always the same */
    const struct zone *zone = walk->calendar->zone;
    int64_t second = divide_down(walk->time_us, TIME_US_PER_SECOND);
    int64_t end = least(second + REGULAR, walk->limit_us / TIME_US_PER_SECOND + 1);
    int32_t offset = zone_offset(zone, second - MARGIN);
    int64_t probe = second - MARGIN;
    while (probe < end + MARGIN && zone_offset(zone, probe + PROBE) == offset)
        probe += PROBE;
    end = least(end, probe - MARGIN);
    if (end <= second) {
        irregular_stretch(walk, second);
        return;
    }
    int64_t week = divide_down(second + offset - FIRST_SUNDAY, WEEK);
    walk->origin_us = (week * WEEK + FIRST_SUNDAY - offset) * TIME_US_PER_SECOND;
    walk->stretch_us = end * TIME_US_PER_SECOND;
}

/* ---- walking */

static struct closed closed_after(const struct policy_interval *intervals, size_t count,
                                  int64_t time_us)
{
    size_t low = 0, high = count; /* the first that ends after the time */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (intervals[middle].to_us > time_us)
            high = middle;
        else
            low = middle + 1;
    }
    return count == 0 ? (struct closed){NULL, NULL}
                      : (struct closed){intervals + low, intervals + count};
}

static void walk_init(struct walk *walk, const struct policy_worktime *worktime, int64_t from_us,
                      int64_t limit_us)
{
    const struct policy_calendar *calendar = worktime->calendar;
    int64_t first_us = time_days(2, 1, 1) * TIME_US_PER_DAY;
    int64_t last_us = time_days(9999, 1, 1) * TIME_US_PER_DAY;
    walk->calendar = calendar;
    walk->time_us = from_us > first_us ? from_us : first_us;
    walk->limit_us = least(limit_us, last_us);
    walk->stretch_us = INT64_MIN;
    walk->closed[0] = closed_after(calendar != NULL ? calendar->closed : NULL,
                                   calendar != NULL ? calendar->closed_count : 0, walk->time_us);
    walk->closed[1] = closed_after(worktime->time_off, worktime->time_off_count, walk->time_us);
    pattern_of_week(&walk->week, calendar);
}

/* Moves on to the first time at which nothing is closed; returns when that ends. */
static int64_t leave_closed(struct walk *walk)
{
    int64_t until_us = walk->limit_us;
    for (unsigned clear = 0; clear < 2;) { /* as many lists in a row have let the time pass */
        for (unsigned i = 0; i < 2; i++) {
            struct closed *closed = &walk->closed[i];
            while (closed->next < closed->end && closed->next->to_us <= walk->time_us)
                closed->next++;
            bool inside = closed->next < closed->end && closed->next->from_us <= walk->time_us;
            if (inside)
                walk->time_us = closed->next->to_us;
            clear = inside ? 0 : clear + 1;
        }
    }
    for (unsigned i = 0; i < 2; i++)
        if (walk->closed[i].next < walk->closed[i].end)
            until_us = least(until_us, walk->closed[i].next->from_us);
    return until_us;
}

/* The next piece of the walk: in one stretch, with nothing closed. False at the limit. */
static bool walk_next(struct walk *walk, struct policy_interval *ret)
{
    int64_t until_us = leave_closed(walk);
    if (walk->time_us >= walk->limit_us)
        return false;
    if (walk->time_us >= walk->stretch_us)
        find_stretch(walk);
    *ret = (struct policy_interval){walk->time_us, least(until_us, walk->stretch_us)};
    walk->time_us = ret->to_us;
    return true;
}

int64_t policy_worktime_between(const struct policy_worktime *worktime, int64_t from_us,
                                int64_t to_us)
{
    struct walk walk;
    struct policy_interval piece;
    walk_init(&walk, worktime, from_us, to_us);
    int64_t open_us = 0;
    while (walk_next(&walk, &piece))
        open_us += pattern_open(walk.pattern, piece.to_us - walk.origin_us) -
                   pattern_open(walk.pattern, piece.from_us - walk.origin_us);
    return open_us;
}

int64_t policy_worktime_after(const struct policy_worktime *worktime, int64_t from_us,
                              int64_t amount_us)
{
    ML_ASSERT(amount_us >= 0);
    if (amount_us == 0) { /* working instants are those behind which a microsecond has passed */
        int64_t first_us = policy_worktime_after(worktime, from_us, 1);
        return first_us == INT64_MAX ? first_us : first_us - 1;
    }
    struct walk walk;
    struct policy_interval piece;
    int64_t limit_us = from_us > INT64_MAX - POLICY_WORKTIME_HORIZON_US
                           ? INT64_MAX
                           : from_us + POLICY_WORKTIME_HORIZON_US;
    walk_init(&walk, worktime, from_us, limit_us);
    while (walk_next(&walk, &piece)) {
        int64_t before_us = pattern_open(walk.pattern, piece.from_us - walk.origin_us);
        int64_t open_us = pattern_open(walk.pattern, piece.to_us - walk.origin_us) - before_us;
        if (open_us >= amount_us)
            return walk.origin_us + pattern_reaching(walk.pattern, before_us + amount_us);
        amount_us -= open_us;
    }
    return INT64_MAX;
}
