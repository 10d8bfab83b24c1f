/* Which days a report is about: calendar days, ISO weeks and months of a time zone. */
#include "base/time.h"
#include "report/internal.h"

#include <stdio.h>

static const char *const month_names[] = {"January",   "February", "March",    "April",
                                          "May",       "June",     "July",     "August",
                                          "September", "October",  "November", "December"};
static const char *const day_names[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                        "Thursday", "Friday", "Saturday"};

/* 0 is Sunday; 1970-01-01 was a Thursday. */
static int weekday_of(int64_t days)
{
    return (int)((days % 7 + 11) % 7);
}

/* The first day of the period that has `days` in it, and the first behind it. */
static void find_days(enum report_period period, int64_t days, int64_t *ret_first, int64_t *ret_end)
{
    int32_t year;
    uint8_t month, day;
    *ret_first = days;
    *ret_end = days + 1;
    if (period == REPORT_WEEKLY) {
        *ret_first = days - (weekday_of(days) + 6) % 7;
        *ret_end = *ret_first + 7;
    } else if (period == REPORT_MONTHLY) {
        time_civil(days, &year, &month, &day);
        *ret_first = time_days(year, month, 1);
        *ret_end = *ret_first + time_days_in_month(year, month);
    }
}

/* Of ISO 8601: the week belongs to the year that its Thursday is in. */
static void print_week(int64_t monday, char *text, size_t size)
{
    int32_t year, end_year, own_year;
    uint8_t month, day, end_month, end_day;
    time_civil(monday + 3, &own_year, &month, &day);
    int week = (int)((monday + 3 - time_days(own_year, 1, 1)) / 7) + 1;
    time_civil(monday, &year, &month, &day);
    time_civil(monday + 6, &end_year, &end_month, &end_day);
    snprintf(text, size, "Week %d of %d: %d %s to %d %s %d", week, own_year, day,
             month_names[month - 1], end_day, month_names[end_month - 1], end_year);
}

static void print_title(enum report_period period, int64_t first, char *text, size_t size)
{
    int32_t year;
    uint8_t month, day;
    time_civil(first, &year, &month, &day);
    switch (period) {
    case REPORT_DAILY:
        snprintf(text, size, "%s, %d %s %d", day_names[weekday_of(first)], day,
                 month_names[month - 1], year);
        break;
    case REPORT_WEEKLY: print_week(first, text, size); break;
    default: snprintf(text, size, "%s %d", month_names[month - 1], year);
    }
}

/* The day that an instant is on, in the zone. */
static int64_t day_of(const struct zone *zone, int64_t time_us)
{
    struct zone_local local;
    zone_local(zone, time_us / TIME_US_PER_SECOND, &local);
    return time_days(local.year, local.month, local.day);
}

static int find_day(const struct report_request *request, const struct zone *zone, int64_t *ret,
                    struct error *err)
{
    char midnight[40];
    int64_t time_us, first, end;
    struct bytes at = request->at;
    *ret = day_of(zone, request->now_us);
    if (at.size == 0)
        return 0;
    if (bytes_is(at, "last")) {
        find_days(request->period, *ret, &first, &end);
        *ret = first - 1;
        return 0;
    }
    if (time_parse(at, &time_us, NULL) == 0) {
        *ret = day_of(zone, time_us);
        return 0;
    }
    snprintf(midnight, sizeof midnight, "%.*sT00:00:00Z", (int)(at.size < 16 ? at.size : 16),
             at.data);
    if (time_parse(bytes_of(midnight), &time_us, NULL) < 0)
        return error_set(err, ML_EINVAL, "at",
                         "\"%.*s\" is no date; one looks like 2026-11-23, and \"last\" is the %s "
                         "before this one",
                         (int)(at.size < 80 ? at.size : 80), at.data,
                         request->period == REPORT_DAILY    ? "day"
                         : request->period == REPORT_WEEKLY ? "week"
                                                            : "month");
    *ret = time_us / TIME_US_PER_DAY; /* a date is a day of the zone, wherever that is */
    return 0;
}

int report_span_find(const struct report_request *request, const struct zone *zone,
                     struct report_span *ret, struct error *err)
{
    int64_t day, first, end;
    int code = find_day(request, zone, &day, err);
    if (code < 0)
        return code;
    find_days(request->period, day, &first, &end);
    ret->from_us = zone_instant(zone, first, 0) * TIME_US_PER_SECOND;
    ret->to_us = zone_instant(zone, end, 0) * TIME_US_PER_SECOND;
    if (ret->from_us > request->now_us)
        return error_set(err, ML_EINVAL, "at", "\"%.*s\" has not come yet", BYTES_ARG(request->at));
    ret->until_us = ret->to_us < request->now_us ? ret->to_us : request->now_us;
    print_title(request->period, first, ret->title, sizeof ret->title);
    return 0;
}
