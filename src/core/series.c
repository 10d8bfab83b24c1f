/* What is counted over time: for each series a ring of minutes and a ring of hours. Slots are
 * cleared when time passes over them, so that counting costs two look-ups and two additions; what
 * is older than a ring is long is never seen, whether its slot was cleared yet or not. */
#include "core/watch.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { HOURS_OF_WEEK = 168, COUNT_TEXT_MAX = 512 };
#define SERIES_SURGED (UINT32_C(1) << 31)

/* ---- rings */

static void advance(uint32_t *slots, int64_t length, int64_t *newest, int64_t to)
{
    if (to <= *newest)
        return;
    int64_t from = to - *newest >= length ? to - length + 1 : *newest + 1;
    for (int64_t at = from; at <= to; at++)
        slots[at % length] = 0;
    *newest = to;
}

/* 0 for what is not in the ring, or no longer at `now`. */
static uint32_t slot_at(const uint32_t *slots, int64_t length, int64_t newest, int64_t now,
                        int64_t at)
{
    if (at < 0 || at > newest || at <= newest - length || at <= now - length)
        return 0;
    return slots[at % length];
}

static void add(uint32_t *slot, uint32_t count)
{
    uint32_t room = (SERIES_SURGED - 1) - (*slot & (SERIES_SURGED - 1));
    *slot += count < room ? count : room;
}

static int64_t minute_of(int64_t time_us)
{
    return time_us / WATCH_MINUTE_US;
}

static int64_t hour_of(int64_t time_us)
{
    return time_us / WATCH_HOUR_US;
}

static uint32_t minute_count(const struct core *core, const struct series *series, int64_t minute)
{
    return slot_at(series->minutes, CORE_SERIES_MINUTES, series->newest_minute,
                   minute_of(core->time_us), minute);
}

/* With SERIES_SURGED. */
static uint32_t hour_slot(const struct core *core, const struct series *series, int64_t hour)
{
    return slot_at(series->hours, CORE_SERIES_HOURS, series->newest_hour, hour_of(core->time_us),
                   hour);
}

/* ---- finding */

/* The series under that name, made when there is none yet. */
static struct series *series_take(struct watch *watch, enum core_series_kind kind,
                                  struct bytes name, int64_t time_us)
{
    struct core_series_name found = core_series_names_take(watch->names, kind, name, time_us);
    struct series **place = &watch->series[found.index];
    if (*place == NULL)
        *place = core_allocate(1, sizeof **place);
    else if (!found.is_new)
        return *place;
    surge_leave_series(*place);
    memset(*place, 0, sizeof **place);
    surge_enter_series(watch, found.index, kind, found.name);
    return *place;
}

struct series *series_find(const struct core *core, enum core_series_kind kind, struct bytes name)
{
    uint32_t index = core_series_names_find(core->watch->names, kind, name);
    return index == CORE_NONE ? NULL : core->watch->series[index];
}

void series_free_all(struct watch *watch)
{
    for (size_t i = 0; i < CORE_SERIES_NAMES; i++)
        free(watch->series[i]);
}

/* ---- counting */

uint32_t series_mark_surged(struct watch *watch, enum core_series_kind kind, struct bytes name,
                            int64_t time_us)
{
    int64_t hour = hour_of(time_us);
    struct series *series = series_take(watch, kind, name, time_us);
    advance(series->hours, CORE_SERIES_HOURS, &series->newest_hour, hour);
    if (hour > series->newest_hour - CORE_SERIES_HOURS)
        series->hours[hour % CORE_SERIES_HOURS] |= SERIES_SURGED;
    return core_series_names_find(watch->names, kind, name);
}

struct counting {
    struct watch *watch;
    int64_t time_us;
};

static void count_one(void *context, enum core_series_kind kind, struct bytes name)
{
    const struct counting *counting = context;
    struct series *series = series_take(counting->watch, kind, name, counting->time_us);
    int64_t minute = minute_of(counting->time_us), hour = hour_of(counting->time_us);
    advance(series->minutes, CORE_SERIES_MINUTES, &series->newest_minute, minute);
    advance(series->hours, CORE_SERIES_HOURS, &series->newest_hour, hour);
    add(&series->minutes[minute % CORE_SERIES_MINUTES], 1);
    add(&series->hours[hour % CORE_SERIES_HOURS], 1);
    if (series->surge != NULL)
        series->hours[hour % CORE_SERIES_HOURS] |= SERIES_SURGED;
}

void series_count(struct watch *watch, const struct core_event *event,
                  const struct core_series_subject *subject)
{
    struct counting counting = {watch, event->time_us};
    core_series_of(event, subject, count_one, &counting);
}

static void count_turned(const struct core_series_subject *subject,
                         void (*count)(void *, enum core_series_kind, struct bytes name),
                         void *context)
{
    for (size_t i = 0; i < subject->turned_count; i++) {
        enum core_turn how = subject->turned[i].how;
        if (how != CORE_MET && how != CORE_LATE)
            continue;
        char name[COUNT_TEXT_MAX];
        int size = snprintf(name, sizeof name, "%.*s/%s", BYTES_ARG(subject->class_name),
                            policy_objective_name(subject->turned[i].objective));
        if (size >= (int)sizeof name)
            size = (int)sizeof name - 1;
        count(context, how == CORE_MET ? CORE_SERIES_MET : CORE_SERIES_LATE,
              (struct bytes){name, (size_t)size});
    }
}

void core_series_of(const struct core_event *event, const struct core_series_subject *subject,
                    void (*count)(void *, enum core_series_kind, struct bytes name), void *context)
{
    switch (event->type) {
    case CORE_LEAD_CAPTURED:
    case CORE_LEAD_REOPENED:
    case CORE_LEAD_TOUCHED:
        count(context, CORE_SERIES_SOURCE, subject->source);
        if (subject->campaign.size > 0)
            count(context, CORE_SERIES_CAMPAIGN, subject->campaign);
        break;
    case CORE_RECORD_REFUSED: count(context, CORE_SERIES_REFUSED, subject->source); break;
    case CORE_LEAD_EXCEPTED: count(context, CORE_SERIES_EXCEPTION, event->placed.kind); break;
    case CORE_DELIVERY_FAILED:
        if (event->delivery.outcome != CORE_OUTCOME_SKIPPED) /* nobody was asked */
            count(context, CORE_SERIES_FAILED, subject->destination);
        break;
    case CORE_EXCEPTION_OPENED: count(context, CORE_SERIES_EXCEPTION, event->exception.kind); break;
    case CORE_EXCEPTION_RESOLVED:
        if (!event->resolved.automatic)
            count(context, CORE_SERIES_CAUSE, event->resolved.cause);
        break;
    default: break;
    }
    count_turned(subject, count, context);
}

/* ---- looking */

uint64_t series_minutes(const struct core *core, const struct series *series, int64_t from,
                        int64_t to)
{
    uint64_t sum = 0;
    for (int64_t minute = from; minute < to; minute++)
        sum += minute_count(core, series, minute);
    return sum;
}

static uint64_t sum_hours(const struct core *core, const struct series *series, int64_t from,
                          int64_t to)
{
    uint64_t sum = 0;
    int64_t end = to <= series->newest_hour ? to : series->newest_hour + 1;
    int64_t start = from > end - CORE_SERIES_HOURS ? from : end - CORE_SERIES_HOURS;
    for (int64_t hour = start; hour < end; hour++)
        sum += hour_slot(core, series, hour) & ~SERIES_SURGED;
    return sum;
}

uint64_t core_series_sum(const struct core *core, enum core_series_kind kind, struct bytes name,
                         int64_t from_us, int64_t to_us)
{
    const struct series *series = series_find(core, kind, name);
    if (series == NULL)
        return 0;
    bool whole_minutes = from_us % WATCH_MINUTE_US == 0 && to_us % WATCH_MINUTE_US == 0;
    if (whole_minutes && minute_of(from_us) > minute_of(core->time_us) - CORE_SERIES_MINUTES) {
        int64_t end = minute_of(to_us);
        if (end > series->newest_minute)
            end = series->newest_minute + 1;
        return series_minutes(core, series, minute_of(from_us), end);
    }
    return sum_hours(core, series, hour_of(from_us), hour_of(to_us + WATCH_HOUR_US - 1));
}

int64_t series_surged_hour(const struct core *core, const struct series *series)
{
    for (int64_t hour = series->newest_hour; hour > series->newest_hour - CORE_SERIES_HOURS; hour--)
        if ((hour_slot(core, series, hour) & SERIES_SURGED) != 0)
            return hour;
    return -1;
}

/* ---- what is to be expected */

/* The first hour in which anything is remembered: what came before it is not known, and itself it
 * may be known in part. */
static int64_t first_hour(const struct core *core, const struct series *series)
{
    for (int64_t hour = series->newest_hour - CORE_SERIES_HOURS + 1; hour < series->newest_hour;
         hour++)
        if (hour_slot(core, series, hour) != 0)
            return hour;
    return series->newest_hour;
}

struct rate { /* sum over weight, of arrivals in an hour */
    uint64_t sum, weight;
    unsigned known;
};

static void weigh(struct rate *rate, uint32_t slot, unsigned weight)
{
    if ((slot & SERIES_SURGED) != 0)
        return;
    rate->sum += (uint64_t)slot * weight;
    rate->weight += weight;
    rate->known++;
}

/* The same hour of past weeks, each older one half as much. */
static struct rate rate_of_hour(const struct core *core, const struct series *series, int64_t hour,
                                int64_t first)
{
    struct rate rate = {0};
    unsigned weight = 1u << (CORE_SERIES_HOURS / HOURS_OF_WEEK);
    for (int64_t at = hour - HOURS_OF_WEEK; at > first && weight > 1; at -= HOURS_OF_WEEK) {
        weight /= 2;
        weigh(&rate, hour_slot(core, series, at), weight);
    }
    return rate;
}

static struct rate rate_of_week(const struct core *core, const struct series *series, int64_t hour,
                                int64_t first)
{
    struct rate rate = {0};
    int64_t from = hour - HOURS_OF_WEEK > first ? hour - HOURS_OF_WEEK : first + 1;
    for (int64_t at = from; at < hour; at++)
        weigh(&rate, hour_slot(core, series, at), 1);
    return rate;
}

/* The minutes from the first that is remembered to the window, when they are as many as it has. */
static struct rate rate_of_minutes(const struct core *core, const struct series *series,
                                   int64_t time_us, int64_t window_us)
{
    int64_t end = minute_of(time_us) + 1 - minute_of(window_us);
    int64_t first = minute_of(time_us) - CORE_SERIES_MINUTES + 1;
    while (first < end && minute_count(core, series, first) == 0)
        first++;
    if (end - first < minute_of(window_us))
        return (struct rate){0};
    return (struct rate){.sum = 60 * series_minutes(core, series, first, end),
                         .weight = (uint64_t)(end - first),
                         .known = 1};
}

bool series_expected(const struct core *core, const struct series *series, int64_t time_us,
                     int64_t window_us, uint32_t *ret)
{
    int64_t hour = hour_of(time_us), first = first_hour(core, series);
    struct rate rate = rate_of_hour(core, series, hour, first);
    if (rate.known < 2)
        rate = rate_of_week(core, series, hour, first);
    if (rate.known == 0)
        rate = rate_of_minutes(core, series, time_us, window_us);
    *ret = 0;
    if (rate.known == 0)
        return false;
    uint64_t expected = rate.sum * 100 * (uint64_t)minute_of(window_us) / (rate.weight * 60);
    *ret = expected < UINT32_MAX ? (uint32_t)expected : UINT32_MAX;
    return true;
}

uint32_t core_series_expected(const struct core *core, enum core_series_kind kind,
                              struct bytes name, int64_t time_us, int64_t window_us)
{
    const struct series *series = series_find(core, kind, name);
    uint32_t expected = 0;
    if (series != NULL)
        series_expected(core, series, time_us, window_us, &expected);
    return expected;
}

/* ---- all of it */

struct visiting {
    const struct core *core;
    void (*visit)(void *, enum core_series_kind kind, struct bytes name, bool hours,
                  int64_t start_us, uint32_t count, bool surged);
    void *context;
};

static void visit_series(void *context, uint32_t index, enum core_series_kind kind,
                         struct bytes name)
{
    const struct visiting *v = context;
    const struct series *series = v->core->watch->series[index];
    if (series == NULL)
        return;
    for (int64_t hour = series->newest_hour - CORE_SERIES_HOURS + 1; hour <= series->newest_hour;
         hour++) {
        uint32_t slot = hour_slot(v->core, series, hour);
        if (slot != 0)
            v->visit(v->context, kind, name, true, hour * WATCH_HOUR_US, slot & ~SERIES_SURGED,
                     (slot & SERIES_SURGED) != 0);
    }
    for (int64_t minute = series->newest_minute - CORE_SERIES_MINUTES + 1;
         minute <= series->newest_minute; minute++) {
        uint32_t count = minute_count(v->core, series, minute);
        if (count != 0)
            v->visit(v->context, kind, name, false, minute * WATCH_MINUTE_US, count, false);
    }
}

void core_series_each(const struct core *core,
                      void (*visit)(void *, enum core_series_kind kind, struct bytes name,
                                    bool hours, int64_t start_us, uint32_t count, bool surged),
                      void *context)
{
    struct visiting visiting = {core, visit, context};
    series_names_each(core->watch->names, visit_series, &visiting);
}

void core_load_series(struct core *core, enum core_series_kind kind, struct bytes name, bool hours,
                      int64_t start_us, uint32_t count, bool surged)
{
    struct series *series = series_take(core->watch, kind, name, start_us);
    int64_t unit_us = hours ? WATCH_HOUR_US : WATCH_MINUTE_US;
    int64_t length = hours ? CORE_SERIES_HOURS : CORE_SERIES_MINUTES;
    uint32_t *slots = hours ? series->hours : series->minutes;
    int64_t *newest = hours ? &series->newest_hour : &series->newest_minute;
    int64_t at = start_us / unit_us;
    advance(slots, length, newest, at);
    if (at <= *newest - length)
        return;
    add(&slots[at % length], count);
    if (surged)
        slots[at % length] |= SERIES_SURGED;
}

/* ---- digest: a sum over the counts, because series have no order */

struct summing {
    uint64_t words[4];
    uint64_t count;
};

static void sum_count(void *context, enum core_series_kind kind, struct bytes name, bool hours,
                      int64_t start_us, uint32_t count, bool surged)
{
    struct summing *summing = context;
    char text[96];
    int size = snprintf(text, sizeof text, "%d %d %" PRId64 " %" PRIu32 " %d", (int)kind, hours,
                        start_us, count, surged);
    const struct bytes pieces[] = {{text, (size_t)size}, name};
    struct hash256 hash = hash256_of(pieces, 2);
    uint64_t words[4];
    memcpy(words, hash.data, sizeof words);
    for (int i = 0; i < 4; i++)
        summing->words[i] += words[i];
    summing->count++;
}

void series_print(const struct core *core, struct buffer *out)
{
    struct summing summing = {0};
    core_series_each(core, sum_count, &summing);
    buffer_printf(out, "series %" PRIu64 " ", summing.count);
    buffer_append(out, summing.words, sizeof summing.words);
}
