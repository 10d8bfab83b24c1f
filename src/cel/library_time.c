/* Timestamps and durations. A timestamp is an instant of the years 0001 to 9999, a duration fits
 * 64 bits of nanoseconds (some 292 years), as in the other implementations of CEL; past that is an
 * error, never a wrong time. */
#include "cel/library.h"

#include "base/time.h"
#include "base/zone.h"

#include <stdio.h>

#define SECONDS_MIN INT64_C(-62135596800) /* 0001-01-01T00:00:00Z */
#define SECONDS_MAX INT64_C(253402300799) /* 9999-12-31T23:59:59Z */
#define NANOSECONDS INT64_C(1000000000)   /* in a second */

__extension__ typedef __int128 wide; /* nanoseconds of any two times, added */

enum { DAY = 86400 }; /* seconds */

/* ---- ranges */

static struct cel_value timestamp_range(void)
{
    return cel_error(BYTES_LITERAL("range: a timestamp has to be of the years 0001 to 9999"));
}

static wide nanoseconds_of(struct cel_time time)
{
    return (wide)time.seconds * NANOSECONDS + time.nanoseconds;
}

static struct cel_value timestamp_at(wide nanoseconds)
{
    wide seconds = nanoseconds / NANOSECONDS, rest = nanoseconds % NANOSECONDS;
    if (rest < 0) {
        rest += NANOSECONDS;
        seconds--;
    }
    if (seconds < SECONDS_MIN || seconds > SECONDS_MAX)
        return timestamp_range();
    return cel_time_value(CEL_TIMESTAMP, (struct cel_time){(int64_t)seconds, (int32_t)rest});
}

static struct cel_value duration_of(wide nanoseconds)
{
    if (nanoseconds < INT64_MIN || nanoseconds > INT64_MAX)
        return cel_error(BYTES_LITERAL("range: a duration has to be below 292 years"));
    struct cel_time time = {(int64_t)(nanoseconds / NANOSECONDS),
                            (int32_t)(nanoseconds % NANOSECONDS)};
    return cel_time_value(CEL_DURATION, time);
}

/* ---- reading timestamps: RFC 3339 */

struct cursor {
    const char *at, *end;
};

static bool take_digits(struct cursor *cursor, int count, uint32_t max, uint32_t *ret)
{
    *ret = 0;
    for (int i = 0; i < count; i++, cursor->at++) {
        if (cursor->at == cursor->end || *cursor->at < '0' || *cursor->at > '9')
            return false;
        *ret = *ret * 10 + (uint32_t)(*cursor->at - '0');
    }
    return *ret <= max;
}

static bool take(struct cursor *cursor, char a, char b)
{
    if (cursor->at == cursor->end || (*cursor->at != a && *cursor->at != b))
        return false;
    cursor->at++;
    return true;
}

static bool take_date(struct cursor *cursor, int64_t *ret_days)
{
    uint32_t year, month, day;
    if (!take_digits(cursor, 4, 9999, &year) || !take(cursor, '-', '-') ||
        !take_digits(cursor, 2, 12, &month) || !take(cursor, '-', '-') ||
        !take_digits(cursor, 2, 31, &day) || month == 0 || day == 0)
        return false;
    *ret_days = time_days((int32_t)year, month, day);
    int32_t same_year;
    uint8_t same_month, same_day;
    time_civil(*ret_days, &same_year, &same_month, &same_day);
    return same_month == month; /* February 30 is a day of March */
}

/* What is finer than a nanosecond is cut. */
static bool take_fraction(struct cursor *cursor, int64_t *ret_nanoseconds)
{
    *ret_nanoseconds = 0;
    if (!take(cursor, '.', '.'))
        return true;
    const char *start = cursor->at;
    for (int64_t scale = NANOSECONDS / 10;
         cursor->at < cursor->end && *cursor->at >= '0' && *cursor->at <= '9'; cursor->at++) {
        *ret_nanoseconds += (*cursor->at - '0') * scale;
        scale /= 10;
    }
    return cursor->at > start;
}

static bool take_clock(struct cursor *cursor, int64_t *ret_nanoseconds)
{
    uint32_t hour, minute, second;
    if (!take_digits(cursor, 2, 23, &hour) || !take(cursor, ':', ':') ||
        !take_digits(cursor, 2, 59, &minute) || !take(cursor, ':', ':') ||
        !take_digits(cursor, 2, 59, &second) || !take_fraction(cursor, ret_nanoseconds))
        return false;
    *ret_nanoseconds += (hour * 3600 + minute * 60 + second) * NANOSECONDS;
    return true;
}

static bool take_offset(struct cursor *cursor, int64_t *ret_seconds)
{
    *ret_seconds = 0;
    if (take(cursor, 'Z', 'z'))
        return true;
    bool west = cursor->at < cursor->end && *cursor->at == '-';
    uint32_t hours, minutes;
    if (!take(cursor, '+', '-') || !take_digits(cursor, 2, 23, &hours) || !take(cursor, ':', ':') ||
        !take_digits(cursor, 2, 59, &minutes))
        return false;
    *ret_seconds = (int64_t)(hours * 60 + minutes) * (west ? -60 : 60);
    return true;
}

static struct cel_value timestamp_string(struct cel_scratch *scratch,
                                         const struct cel_value *arguments)
{
    struct bytes text = arguments[0].string;
    struct cursor cursor = {text.data, text.data == NULL ? NULL : text.data + text.size};
    int64_t days, nanoseconds, offset;
    if (!take_date(&cursor, &days) || !take(&cursor, 'T', 't') ||
        !take_clock(&cursor, &nanoseconds) || !take_offset(&cursor, &offset) ||
        cursor.at != cursor.end)
        return cel_error_printf(scratch,
                                "range: \"%.*s\" is no timestamp of the years 0001 to 9999, such "
                                "as 2026-11-23T09:30:00Z",
                                BYTES_ARG(cel_text_excerpt(text)));
    return timestamp_at(((wide)days * DAY - offset) * NANOSECONDS + nanoseconds);
}

static struct cel_value timestamp_int(struct cel_scratch *scratch,
                                      const struct cel_value *arguments)
{
    (void)scratch;
    return timestamp_at((wide)arguments[0].integer * NANOSECONDS);
}

static struct cel_value identity(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    (void)scratch;
    return arguments[0];
}

static struct cel_value int_timestamp(struct cel_scratch *scratch,
                                      const struct cel_value *arguments)
{
    (void)scratch;
    return cel_int(arguments[0].time.seconds);
}

/* In nanoseconds, which a duration has room for by its range. */
static struct cel_value int_duration(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    (void)scratch;
    wide nanoseconds = nanoseconds_of(arguments[0].time);
    if (nanoseconds < INT64_MIN || nanoseconds > INT64_MAX)
        return duration_of(nanoseconds);
    return cel_int((int64_t)nanoseconds);
}

/* ---- reading durations: as Go writes them, "1h30m0.5s" */

static const struct {
    const char *name;
    int64_t nanoseconds;
} units[] = {
    {"ns", 1},         {"us", 1000},       {"\u00b5s", 1000}, /* micro sign */
    {"\u03bcs", 1000},                                        /* Greek mu */
    {"ms", 1000000},   {"s", NANOSECONDS}, {"m", 60 * NANOSECONDS}, {"h", 3600 * NANOSECONDS},
};

static bool take_unit(struct cursor *cursor, int64_t *ret_nanoseconds)
{
    const char *start = cursor->at;
    while (cursor->at < cursor->end && *cursor->at != '.' &&
           !(*cursor->at >= '0' && *cursor->at <= '9'))
        cursor->at++;
    struct bytes name = {start, (size_t)(cursor->at - start)};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (bytes_is(name, units[i].name)) {
            *ret_nanoseconds = units[i].nanoseconds;
            return true;
        }
    return false;
}

/* "1.5h". Digits past what any duration needs make it too large, or do not matter any more. */
static bool take_quantity(struct cursor *cursor, wide *ret_nanoseconds)
{
    int64_t whole = 0, fraction = 0, scale = 1, unit;
    bool any = false;
    for (; cursor->at < cursor->end && *cursor->at >= '0' && *cursor->at <= '9'; cursor->at++) {
        if (whole < INT64_MAX / 10)
            whole = whole * 10 + (*cursor->at - '0');
        any = true;
    }
    if (take(cursor, '.', '.'))
        for (; cursor->at < cursor->end && *cursor->at >= '0' && *cursor->at <= '9'; cursor->at++) {
            if (scale < NANOSECONDS * NANOSECONDS) {
                fraction = fraction * 10 + (*cursor->at - '0');
                scale *= 10;
            }
            any = true;
        }
    if (!any || !take_unit(cursor, &unit))
        return false;
    *ret_nanoseconds = (wide)whole * unit + (wide)fraction * unit / scale;
    return true;
}

static struct cel_value duration_string(struct cel_scratch *scratch,
                                        const struct cel_value *arguments)
{
    struct bytes text = arguments[0].string;
    struct cursor cursor = {text.data, text.data == NULL ? NULL : text.data + text.size};
    bool negative = cursor.at < cursor.end && *cursor.at == '-';
    (void)take(&cursor, '+', '-');
    wide total = 0, quantity;
    bool good = cursor.at < cursor.end;
    if (cursor.end - cursor.at == 1 && *cursor.at == '0')
        cursor.at++; /* zero needs no unit */
    while (good && cursor.at < cursor.end) {
        good = take_quantity(&cursor, &quantity);
        total += good ? quantity : 0;
        if (total > INT64_MAX) /* also keeps the sum of many from overflowing */
            break;
    }
    if (!good)
        return cel_error_printf(scratch, "\"%.*s\" is no duration, such as 1h30m or 0.5s",
                                BYTES_ARG(cel_text_excerpt(text)));
    return duration_of(negative ? -total : total);
}

/* ---- arithmetic */

static struct cel_value add_to_timestamp(struct cel_scratch *scratch,
                                         const struct cel_value *arguments)
{
    (void)scratch;
    return timestamp_at(nanoseconds_of(arguments[0].time) + nanoseconds_of(arguments[1].time));
}

static struct cel_value add_durations(struct cel_scratch *scratch,
                                      const struct cel_value *arguments)
{
    (void)scratch;
    return duration_of(nanoseconds_of(arguments[0].time) + nanoseconds_of(arguments[1].time));
}

static struct cel_value subtract_from_timestamp(struct cel_scratch *scratch,
                                                const struct cel_value *arguments)
{
    (void)scratch;
    return timestamp_at(nanoseconds_of(arguments[0].time) - nanoseconds_of(arguments[1].time));
}

/* Of two timestamps or two durations. */
static struct cel_value difference(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    (void)scratch;
    return duration_of(nanoseconds_of(arguments[0].time) - nanoseconds_of(arguments[1].time));
}

/* ---- the parts of a timestamp, in UTC or where the second argument says */

enum part { YEAR, MONTH, DAY_OF_MONTH, DATE, WEEKDAY, DAY_OF_YEAR, HOUR, MINUTE, SECOND };

static int64_t part_of(const struct zone_local *local, enum part part)
{
    switch (part) {
    case YEAR: return local->year;
    case MONTH: return local->month - 1;
    case DAY_OF_MONTH: return local->day - 1;
    case DATE: return local->day;
    case WEEKDAY: return local->weekday;
    case DAY_OF_YEAR: return local->day_of_year;
    case HOUR: return local->hour;
    case MINUTE: return local->minute;
    default: return local->second;
    }
}

static struct cel_value read_part(const struct cel_value *timestamp, enum part part)
{
    const struct zone *utc = zone_find(BYTES_LITERAL("+00:00"));
    struct zone_local local;
    zone_local(utc, timestamp->time.seconds, &local);
    return cel_int(part_of(&local, part));
}

static struct cel_value read_local_part(struct cel_scratch *scratch,
                                        const struct cel_value *arguments, enum part part)
{
    const struct zone *zone = zone_find(arguments[1].string);
    if (zone == NULL)
        return cel_error_printf(scratch,
                                "no time zone \"%.*s\"; write it like Europe/Berlin or +02:00",
                                BYTES_ARG(cel_text_excerpt(arguments[1].string)));
    struct zone_local local;
    zone_local(zone, arguments[0].time.seconds, &local);
    return cel_int(part_of(&local, part));
}

/* A function of the table has no other way to know which part it is. */
#define PART(name, part)                                                                         \
    static struct cel_value name(struct cel_scratch *scratch, const struct cel_value *arguments) \
    {                                                                                            \
        (void)scratch;                                                                           \
        return read_part(arguments, part);                                                       \
    }                                                                                            \
    static struct cel_value name##_local(struct cel_scratch *scratch,                            \
                                         const struct cel_value *arguments)                      \
    {                                                                                            \
        return read_local_part(scratch, arguments, part);                                        \
    }

PART(full_year, YEAR)
PART(month, MONTH)
PART(day_of_month, DAY_OF_MONTH)
PART(date, DATE)
PART(day_of_week, WEEKDAY)
PART(day_of_year, DAY_OF_YEAR)
PART(hours, HOUR)
PART(minutes, MINUTE)
PART(seconds, SECOND)

/* No offset has a fraction of a second, but a zone that does not exist is still an error. */
static struct cel_value milliseconds_local(struct cel_scratch *scratch,
                                           const struct cel_value *arguments)
{
    struct cel_value second = read_local_part(scratch, arguments, SECOND);
    return second.kind == CEL_ERROR ? second : cel_int(arguments[0].time.nanoseconds / 1000000);
}

/* Of a timestamp and, as the conformance suite has it, of a duration: what is beside the seconds.
 */
static struct cel_value milliseconds(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    (void)scratch;
    return cel_int(arguments[0].time.nanoseconds / 1000000);
}

/* ---- the whole of a duration in a unit */

static struct cel_value duration_hours(struct cel_scratch *scratch,
                                       const struct cel_value *arguments)
{
    (void)scratch;
    return cel_int(arguments[0].time.seconds / 3600);
}

static struct cel_value duration_minutes(struct cel_scratch *scratch,
                                         const struct cel_value *arguments)
{
    (void)scratch;
    return cel_int(arguments[0].time.seconds / 60);
}

static struct cel_value duration_seconds(struct cel_scratch *scratch,
                                         const struct cel_value *arguments)
{
    (void)scratch;
    return cel_int(arguments[0].time.seconds);
}

/* ---- writing */

/* ".25" of the nanoseconds, or nothing; returns the size. */
static size_t print_fraction(int32_t nanoseconds, char text[static 16])
{
    if (nanoseconds == 0)
        return 0;
    size_t size = (size_t)snprintf(text, 16, ".%09d", nanoseconds);
    while (text[size - 1] == '0')
        size--;
    return size;
}

size_t cel_timestamp_print(struct cel_time time, char text[static CEL_TIME_TEXT_SIZE])
{
    struct zone_local local;
    zone_local(zone_find(BYTES_LITERAL("+00:00")), time.seconds, &local);
    char fraction[16];
    size_t digits = print_fraction(time.nanoseconds, fraction);
    return (size_t)snprintf(text, CEL_TIME_TEXT_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d%.*sZ",
                            local.year, local.month, local.day, local.hour, local.minute,
                            local.second, (int)digits, fraction);
}

size_t cel_duration_print(struct cel_time time, char text[static CEL_TIME_TEXT_SIZE])
{
    bool negative = time.seconds < 0 || time.nanoseconds < 0;
    uint64_t seconds = negative ? 0 - (uint64_t)time.seconds : (uint64_t)time.seconds;
    char fraction[16];
    size_t digits = print_fraction(negative ? -time.nanoseconds : time.nanoseconds, fraction);
    return (size_t)snprintf(text, CEL_TIME_TEXT_SIZE, "%s%llu%.*ss", negative ? "-" : "",
                            (unsigned long long)seconds, (int)digits, fraction);
}

/* ---- the table */

static const struct cel_overload overloads[] = {
    {"timestamp", CEL_CALL_GLOBAL, "t:t", identity},
    {"timestamp", CEL_CALL_GLOBAL, "i:t", timestamp_int},
    {"timestamp", CEL_CALL_GLOBAL, "s:t", timestamp_string},
    {"duration", CEL_CALL_GLOBAL, "r:r", identity},
    {"duration", CEL_CALL_GLOBAL, "s:r", duration_string},
    {"int", CEL_CALL_GLOBAL, "t:i", int_timestamp},
    {"int", CEL_CALL_GLOBAL, "r:i", int_duration},
    {"+", CEL_CALL_OPERATOR, "tr:t", add_to_timestamp},
    {"+", CEL_CALL_OPERATOR, "rt:t", add_to_timestamp},
    {"+", CEL_CALL_OPERATOR, "rr:r", add_durations},
    {"-", CEL_CALL_OPERATOR, "tr:t", subtract_from_timestamp},
    {"-", CEL_CALL_OPERATOR, "tt:r", difference},
    {"-", CEL_CALL_OPERATOR, "rr:r", difference},
    {"getFullYear", CEL_CALL_MEMBER, "t:i", full_year},
    {"getFullYear", CEL_CALL_MEMBER, "ts:i", full_year_local},
    {"getMonth", CEL_CALL_MEMBER, "t:i", month},
    {"getMonth", CEL_CALL_MEMBER, "ts:i", month_local},
    {"getDayOfMonth", CEL_CALL_MEMBER, "t:i", day_of_month},
    {"getDayOfMonth", CEL_CALL_MEMBER, "ts:i", day_of_month_local},
    {"getDate", CEL_CALL_MEMBER, "t:i", date},
    {"getDate", CEL_CALL_MEMBER, "ts:i", date_local},
    {"getDayOfWeek", CEL_CALL_MEMBER, "t:i", day_of_week},
    {"getDayOfWeek", CEL_CALL_MEMBER, "ts:i", day_of_week_local},
    {"getDayOfYear", CEL_CALL_MEMBER, "t:i", day_of_year},
    {"getDayOfYear", CEL_CALL_MEMBER, "ts:i", day_of_year_local},
    {"getHours", CEL_CALL_MEMBER, "t:i", hours},
    {"getHours", CEL_CALL_MEMBER, "ts:i", hours_local},
    {"getHours", CEL_CALL_MEMBER, "r:i", duration_hours},
    {"getMinutes", CEL_CALL_MEMBER, "t:i", minutes},
    {"getMinutes", CEL_CALL_MEMBER, "ts:i", minutes_local},
    {"getMinutes", CEL_CALL_MEMBER, "r:i", duration_minutes},
    {"getSeconds", CEL_CALL_MEMBER, "t:i", seconds},
    {"getSeconds", CEL_CALL_MEMBER, "ts:i", seconds_local},
    {"getSeconds", CEL_CALL_MEMBER, "r:i", duration_seconds},
    {"getMilliseconds", CEL_CALL_MEMBER, "t:i", milliseconds},
    {"getMilliseconds", CEL_CALL_MEMBER, "ts:i", milliseconds_local},
    {"getMilliseconds", CEL_CALL_MEMBER, "r:i", milliseconds},
};

const struct cel_library cel_library_time = CEL_LIBRARY(overloads);
