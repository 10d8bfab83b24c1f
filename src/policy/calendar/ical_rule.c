/* Recurrence rules of RFC 5545, 3.3.10, unrolled. libical reads the rule; the unrolling is ours,
 * because libical's iterator searches as long as it takes, and a rule that never comes true
 * (February 30th) in a file of thousands would keep it busy for hours. Here each rule is a question
 * that is put to day after day, and each day asked is a step that is paid for. */
#include "policy/calendar/ical.h"

#include "base/time.h"

#include <stdlib.h>

enum {
    SET_MAX = 8192,    /* occurrences in one period of a rule with BYSETPOS */
    WEEK_YEAR_LAP = 3, /* days that week 1 may begin before its year */
    VISIT_STEPS = 5,   /* what an occurrence costs, in steps */
};

static unsigned weekday_of(int64_t day)
{
    return (unsigned)(((day + 4) % 7 + 7) % 7);
}

/* ---- from libical's form */

static uint64_t bits_of(const short *list, size_t size, bool back)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < size && list[i] != ICAL_RECURRENCE_ARRAY_MAX; i++) {
        int value = back ? -list[i] : list[i];
        if (value >= 0 && value < 64)
            bits |= UINT64_C(1) << value;
    }
    return bits;
}

static void set_year_days(struct ical_rule *rule, const short *list)
{
    for (size_t i = 0; i < ICAL_BY_YEARDAY_SIZE && list[i] != ICAL_RECURRENCE_ARRAY_MAX; i++) {
        int value = abs(list[i]);
        if (value < 1 || value > 366)
            continue;
        uint64_t *bits = list[i] > 0 ? rule->year_days : rule->year_days_back;
        bits[value / 64] |= UINT64_C(1) << (value % 64);
        rule->by_year_day = true;
    }
}

static void set_weekdays(struct ical_rule *rule, const short *list)
{
    for (size_t i = 0; i < ICAL_BY_DAY_SIZE && list[i] != ICAL_RECURRENCE_ARRAY_MAX; i++) {
        int weekday = (int)icalrecurrencetype_day_day_of_week(list[i]) - 1;
        int position = icalrecurrencetype_day_position(list[i]);
        if (weekday < 0 || weekday > 6 || abs(position) > 53)
            continue;
        uint64_t *bits = position < 0 ? rule->nth_back : rule->nth;
        bits[weekday] |= UINT64_C(1) << abs(position);
        rule->by_day = true;
    }
}

static void set_positions(struct ical_rule *rule, const short *list, struct arena *arena)
{
    while (rule->position_count < ICAL_BY_SETPOS_SIZE &&
           list[rule->position_count] != ICAL_RECURRENCE_ARRAY_MAX)
        rule->position_count++;
    if (rule->position_count == 0)
        return;
    int16_t *positions = arena_array(arena, rule->position_count, sizeof *positions);
    memcpy(positions, list, rule->position_count * sizeof *positions);
    rule->positions = positions;
}

int ical_rule_init(struct ical_rule *rule, const struct icalrecurrencetype *source,
                   struct arena *arena, struct error *err)
{
    if (source->freq > ICAL_YEARLY_RECURRENCE)
        return error_set(err, ML_EINVAL, "", "the rule has no FREQ");
    if (source->rscale != NULL && strcasecmp(source->rscale, "GREGORIAN") != 0)
        return error_set(err, ML_EINVAL, "",
                         "the rule counts in the calendar %.32s; only GREGORIAN is supported",
                         source->rscale);
    *rule = (struct ical_rule){
        .frequency = source->freq,
        .interval = source->interval > 0 ? source->interval : 1,
        .count = source->count > 0 ? source->count : 0,
        .week_start = (unsigned)(source->week_start + 6) % 7,
        .months = (uint32_t)bits_of(source->by_month, ICAL_BY_MONTH_SIZE, false),
        .month_days = (uint32_t)bits_of(source->by_month_day, ICAL_BY_MONTHDAY_SIZE, false),
        .month_days_back = (uint32_t)bits_of(source->by_month_day, ICAL_BY_MONTHDAY_SIZE, true),
        .hours = (uint32_t)bits_of(source->by_hour, ICAL_BY_HOUR_SIZE, false),
        .weeks = bits_of(source->by_week_no, ICAL_BY_WEEKNO_SIZE, false),
        .weeks_back = bits_of(source->by_week_no, ICAL_BY_WEEKNO_SIZE, true),
        .minutes = bits_of(source->by_minute, ICAL_BY_MINUTE_SIZE, false),
        .seconds = bits_of(source->by_second, ICAL_BY_SECOND_SIZE, false),
    };
    set_year_days(rule, source->by_year_day);
    set_weekdays(rule, source->by_day);
    set_positions(rule, source->by_set_pos, arena);
    if (rule->positions != NULL && rule->frequency < ICAL_DAILY_RECURRENCE)
        return error_set(err, ML_EINVAL, "",
                         "the rule has BYSETPOS within less than a day, which is not supported");
    return 0;
}

/* ---- days */

/* A day seen from all sides. */
struct day {
    int64_t number; /* since 1970 */
    int32_t year;
    uint8_t month, month_day, month_length;
    unsigned weekday;
    int32_t year_day, year_length; /* from 1 */
};

static void day_init(struct day *day, int64_t number)
{
    day->number = number;
    time_civil(number, &day->year, &day->month, &day->month_day);
    int64_t first = time_days(day->year, 1, 1);
    day->year_day = (int32_t)(number - first) + 1;
    day->year_length = (int32_t)(time_days(day->year + 1, 1, 1) - first);
    int64_t next_month =
        day->month == 12 ? first + day->year_length : time_days(day->year, day->month + 1U, 1);
    day->month_length = (uint8_t)(next_month - (number - day->month_day + 1));
    day->weekday = weekday_of(number);
}

/* The week that a day is in: week 1 is the first with four days or more in its year. */
struct week {
    int32_t year;
    int32_t number, count; /* from 1; of the year */
};

static void week_init(struct week *week, const struct day *day, unsigned week_start)
{
    int64_t middle = day->number - (day->weekday + 7 - week_start) % 7 + WEEK_YEAR_LAP;
    struct day in_year;
    day_init(&in_year, middle);
    week->year = in_year.year;
    week->number = (in_year.year_day - 1) / 7 + 1;
    week->count = week->number + (in_year.year_length - in_year.year_day) / 7;
}

static bool has_bit(uint64_t bits, int32_t n)
{
    return n >= 0 && n < 64 && (bits >> n & 1) != 0;
}

static bool weekday_matches(const struct ical_rule *rule, const struct day *day)
{
    uint64_t nth = rule->nth[day->weekday], back = rule->nth_back[day->weekday];
    if (has_bit(nth, 0))
        return true;
    bool yearly = rule->frequency == ICAL_YEARLY_RECURRENCE;
    if (rule->frequency == ICAL_MONTHLY_RECURRENCE || (yearly && rule->months != 0))
        return has_bit(nth, (day->month_day - 1) / 7 + 1) ||
               has_bit(back, (day->month_length - day->month_day) / 7 + 1);
    if (yearly)
        return has_bit(nth, (day->year_day - 1) / 7 + 1) ||
               has_bit(back, (day->year_length - day->year_day) / 7 + 1);
    return nth != 0 || back != 0; /* a number means nothing here */
}

static bool week_matches(const struct ical_rule *rule, const struct day *day)
{
    struct week week;
    week_init(&week, day, rule->week_start);
    return has_bit(rule->weeks, week.number) ||
           has_bit(rule->weeks_back, week.count - week.number + 1);
}

static bool year_day_matches(const struct ical_rule *rule, const struct day *day)
{
    int32_t back = day->year_length - day->year_day + 1;
    return has_bit(rule->year_days[day->year_day / 64], day->year_day % 64) ||
           has_bit(rule->year_days_back[back / 64], back % 64);
}

/* What the start says where the rule is silent. */
static bool start_matches(const struct ical_rule *rule, const struct day *day,
                          const struct day *start)
{
    bool by_month_day = (rule->month_days | rule->month_days_back) != 0;
    bool by_week = (rule->weeks | rule->weeks_back) != 0;
    switch (rule->frequency) {
    case ICAL_YEARLY_RECURRENCE:
        if (rule->by_day || rule->by_year_day || by_month_day)
            return true;
        if (by_week)
            return day->weekday == start->weekday;
        return day->month_day == start->month_day &&
               (rule->months != 0 || day->month == start->month);
    case ICAL_MONTHLY_RECURRENCE:
        return rule->by_day || rule->by_year_day || by_month_day ||
               day->month_day == start->month_day;
    case ICAL_WEEKLY_RECURRENCE: return rule->by_day || day->weekday == start->weekday;
    default: return true;
    }
}

static bool day_matches(const struct ical_rule *rule, const struct day *day,
                        const struct day *start)
{
    if ((rule->month_days | rule->month_days_back) != 0 &&
        !has_bit(rule->month_days, day->month_day) &&
        !has_bit(rule->month_days_back, day->month_length - day->month_day + 1))
        return false;
    if (rule->by_day && !weekday_matches(rule, day))
        return false;
    if (rule->by_year_day && !year_day_matches(rule, day))
        return false;
    if ((rule->weeks | rule->weeks_back) != 0 && !week_matches(rule, day))
        return false;
    return start_matches(rule, day, start);
}

/* ---- the walk */

struct occurrence {
    int64_t day;
    int32_t second;
};

struct walk {
    const struct ical_rule *rule;
    struct day start;
    struct week start_week;
    int32_t start_second;
    int64_t last_day;
    unsigned weekdays; /* those that can match at all, a bit each */
    uint32_t months;   /* likewise; bit 1 is January */
    int64_t *steps;
    int32_t visited;
    ical_visit *visit;
    void *context;
    bool done;
    int64_t set_period;
    struct occurrence *set; /* SET_MAX of them, with BYSETPOS */
    size_t set_size;
};

/* The period that a day is in, counted from the one of the start. */
static int64_t period_of(const struct walk *walk, const struct day *day)
{
    const struct ical_rule *rule = walk->rule;
    switch (rule->frequency) {
    case ICAL_YEARLY_RECURRENCE:
        if ((rule->weeks | rule->weeks_back) != 0) {
            struct week week;
            week_init(&week, day, rule->week_start);
            return week.year - walk->start_week.year;
        }
        return day->year - walk->start.year;
    case ICAL_MONTHLY_RECURRENCE:
        return (int64_t)(day->year - walk->start.year) * 12 + day->month - walk->start.month;
    case ICAL_WEEKLY_RECURRENCE: {
        int64_t first = walk->start.number - (walk->start.weekday + 7 - rule->week_start) % 7;
        return (day->number - first) / 7; /* no day before the week of the start is asked */
    }
    default: return day->number - walk->start.number;
    }
}

/* The next day worth asking when this one's period is left out, or its month. */
static int64_t next_after(const struct walk *walk, const struct day *day, int64_t period)
{
    const struct ical_rule *rule = walk->rule;
    bool by_week = (rule->weeks | rule->weeks_back) != 0;
    int64_t next_month = day->number - day->month_day + 1 + day->month_length;
    if (!has_bit(walk->months, day->month))
        return next_month;
    switch (rule->frequency) {
    case ICAL_YEARLY_RECURRENCE: return by_week ? day->number + 1 : time_days(day->year + 1, 1, 1);
    case ICAL_MONTHLY_RECURRENCE: return next_month;
    case ICAL_DAILY_RECURRENCE: return day->number + rule->interval - period % rule->interval;
    default: return day->number + 1;
    }
}

static void visit(struct walk *walk, int64_t day, int32_t second)
{
    bool before =
        day < walk->start.number || (day == walk->start.number && second < walk->start_second);
    if (before || walk->done)
        return;
    walk->visited++;
    *walk->steps -= VISIT_STEPS;
    walk->done = *walk->steps < 0 || !walk->visit(walk->context, day, second) ||
                 (walk->rule->count != 0 && walk->visited >= walk->rule->count);
}

static void flush_set(struct walk *walk)
{
    /* In order of time whatever the order of the list. */
    for (size_t i = 0; i < walk->set_size; i++)
        for (size_t p = 0; p < walk->rule->position_count; p++) {
            int64_t position = walk->rule->positions[p];
            int64_t index = position > 0 ? position - 1 : (int64_t)walk->set_size + position;
            if (index == (int64_t)i) {
                visit(walk, walk->set[i].day, walk->set[i].second);
                break;
            }
        }
    walk->set_size = 0;
}

static void found(struct walk *walk, int64_t day, int32_t second)
{
    if (walk->set == NULL)
        visit(walk, day, second);
    else if (walk->set_size < SET_MAX)
        walk->set[walk->set_size++] = (struct occurrence){day, second};
    else
        *walk->steps = -1;
}

/* Whether a time within the day is one that frequencies of less than a day come to. */
static bool time_is_due(const struct walk *walk, int64_t day, int32_t second)
{
    int64_t unit;
    switch (walk->rule->frequency) {
    case ICAL_HOURLY_RECURRENCE: unit = 3600; break;
    case ICAL_MINUTELY_RECURRENCE: unit = 60; break;
    case ICAL_SECONDLY_RECURRENCE: unit = 1; break;
    default: return true;
    }
    int64_t here = (day * 86400 + second) / unit;
    int64_t start = (walk->start.number * 86400 + walk->start_second) / unit;
    return (here - start) % walk->rule->interval == 0;
}

static uint64_t listed(uint64_t bits, bool finer, int32_t of_start)
{
    if (bits != 0)
        return bits;
    return finer ? UINT64_MAX : UINT64_C(1) << of_start;
}

static void walk_day(struct walk *walk, int64_t day)
{
    const struct ical_rule *rule = walk->rule;
    int32_t start = walk->start_second;
    uint64_t hours = listed(rule->hours, rule->frequency <= ICAL_HOURLY_RECURRENCE, start / 3600);
    uint64_t minutes =
        listed(rule->minutes, rule->frequency <= ICAL_MINUTELY_RECURRENCE, start / 60 % 60);
    uint64_t seconds =
        listed(rule->seconds, rule->frequency == ICAL_SECONDLY_RECURRENCE, start % 60);
    for (int32_t hour = 0; hour < 24; hour++) {
        if (!has_bit(hours, hour))
            continue;
        for (int32_t minute = 0; minute < 60; minute++) {
            if (!has_bit(minutes, minute))
                continue;
            for (int32_t second = 0; second < 60; second++) {
                int32_t time = hour * 3600 + minute * 60 + second;
                if (!has_bit(seconds, second))
                    continue;
                if (walk->done || --*walk->steps < 0)
                    return;
                if (time_is_due(walk, day, time))
                    found(walk, day, time);
            }
        }
    }
}

/* Narrows down the days that are worth a closer look. */
static void set_filters(struct walk *walk)
{
    const struct ical_rule *rule = walk->rule;
    bool by_month_day = (rule->month_days | rule->month_days_back) != 0;
    bool by_week = (rule->weeks | rule->weeks_back) != 0;
    walk->weekdays = 0x7F;
    if (rule->by_day) {
        walk->weekdays = 0;
        for (unsigned i = 0; i < 7; i++)
            if ((rule->nth[i] | rule->nth_back[i]) != 0)
                walk->weekdays |= 1U << i;
    } else if (rule->frequency == ICAL_WEEKLY_RECURRENCE) {
        walk->weekdays = 1U << walk->start.weekday;
    }
    walk->months = rule->months != 0 ? rule->months : UINT32_MAX;
    if (rule->months == 0 && rule->frequency == ICAL_YEARLY_RECURRENCE && !rule->by_day &&
        !rule->by_year_day && !by_month_day && !by_week)
        walk->months = UINT32_C(1) << walk->start.month;
}

/* With BYSETPOS the whole period counts, also what of it is before the start. */
static int64_t first_day(const struct walk *walk)
{
    const struct day *start = &walk->start;
    if (walk->set == NULL)
        return start->number;
    switch (walk->rule->frequency) {
    case ICAL_YEARLY_RECURRENCE: return start->number - start->year_day + 1;
    case ICAL_MONTHLY_RECURRENCE: return start->number - start->month_day + 1;
    case ICAL_WEEKLY_RECURRENCE:
        return start->number - (start->weekday + 7 - walk->rule->week_start) % 7;
    default: return start->number;
    }
}

static void walk_days(struct walk *walk)
{
    const struct ical_rule *rule = walk->rule;
    for (int64_t number = first_day(walk); number <= walk->last_day && !walk->done;) {
        if (--*walk->steps < 0)
            return;
        if ((walk->weekdays >> weekday_of(number) & 1) == 0) {
            number++;
            continue;
        }
        struct day day;
        day_init(&day, number);
        int64_t period = period_of(walk, &day);
        bool in_month = has_bit(walk->months, day.month);
        bool in_period = rule->frequency < ICAL_DAILY_RECURRENCE || period % rule->interval == 0;
        if (!in_month || !in_period) {
            number = next_after(walk, &day, period);
            continue;
        }
        if (period != walk->set_period) {
            flush_set(walk);
            walk->set_period = period;
        }
        if (day_matches(rule, &day, &walk->start))
            walk_day(walk, number);
        number++;
    }
    flush_set(walk);
}

int ical_rule_expand(const struct ical_rule *rule, const struct ical_moment *start,
                     int64_t last_day, int64_t *steps, ical_visit *visit_one, void *context)
{
    int64_t left = *steps;
    struct walk walk = {.rule = rule,
                        .start_second = start->second,
                        .last_day = last_day,
                        .steps = &left,
                        .visit = visit_one,
                        .context = context};
    day_init(&walk.start, start->day);
    week_init(&walk.start_week, &walk.start, rule->week_start);
    set_filters(&walk);
    if (rule->positions != NULL && (walk.set = calloc(SET_MAX, sizeof *walk.set)) == NULL)
        panic("out of memory");
    walk_days(&walk);
    free(walk.set);
    *steps = left;
    return left < 0 ? ML_ELIMIT : 0;
}
