/* Civil calendar arithmetic after Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms". */
#include "base/time.h"

#include <inttypes.h>
#include <stdio.h>

/* 0001-01-01T00:00:00Z and the last microsecond of 9999, UTC. */
#define TIME_MIN_US (INT64_C(-62135596800) * TIME_US_PER_SECOND)
#define TIME_MAX_US (INT64_C(253402300800) * TIME_US_PER_SECOND - 1)

int64_t time_days(int32_t year, unsigned month, unsigned day)
{
    int64_t from_march = (int64_t)year - (month <= 2);
    int64_t era = (from_march >= 0 ? from_march : from_march - 399) / 400;
    int64_t year_of_era = from_march - era * 400;
    int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year -
           719468;
}

void time_civil(int64_t days, int32_t *ret_year, uint8_t *ret_month, uint8_t *ret_day)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t day_of_era = days - era * 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t from_march = (5 * day_of_year + 2) / 153;
    int64_t month = from_march < 10 ? from_march + 3 : from_march - 9;
    *ret_day = (uint8_t)(day_of_year - (153 * from_march + 2) / 5 + 1);
    *ret_month = (uint8_t)month;
    *ret_year = (int32_t)(year_of_era + era * 400 + (month <= 2));
}

unsigned time_days_in_month(int32_t year, unsigned month)
{
    static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days[month - 1];
}

static char *put_digits(char *at, unsigned value, int width)
{
    for (int i = width - 1; i >= 0; i--) {
        at[i] = (char)('0' + value % 10);
        value /= 10;
    }
    return at + width;
}

void time_print(int64_t time_us, char text[static TIME_TEXT_SIZE])
{
    int64_t days = time_us / TIME_US_PER_DAY;
    int64_t rest = time_us % TIME_US_PER_DAY;
    if (rest < 0) {
        rest += TIME_US_PER_DAY;
        days--;
    }
    int32_t year;
    uint8_t month, day;
    time_civil(days, &year, &month, &day);
    unsigned second_of_day = (unsigned)(rest / TIME_US_PER_SECOND);
    char *at = text;
    at = put_digits(at, (unsigned)year, 4);
    *at++ = '-';
    at = put_digits(at, month, 2);
    *at++ = '-';
    at = put_digits(at, day, 2);
    *at++ = 'T';
    at = put_digits(at, second_of_day / 3600, 2);
    *at++ = ':';
    at = put_digits(at, second_of_day / 60 % 60, 2);
    *at++ = ':';
    at = put_digits(at, second_of_day % 60, 2);
    *at++ = '.';
    at = put_digits(at, (unsigned)(rest % TIME_US_PER_SECOND), 6);
    *at++ = 'Z';
    *at = '\0';
}

/* Reads exactly `width` digits at *at and moves it; false when they are not there. */
static bool take_digits(struct bytes text, size_t *at, int width, unsigned *ret)
{
    unsigned value = 0;
    for (int i = 0; i < width; i++, (*at)++) {
        if (*at >= text.size || text.data[*at] < '0' || text.data[*at] > '9')
            return false;
        value = value * 10 + (unsigned)(text.data[*at] - '0');
    }
    *ret = value;
    return true;
}

static bool take_char(struct bytes text, size_t *at, const char *allowed)
{
    if (*at >= text.size || text.data[*at] == '\0' || strchr(allowed, text.data[*at]) == NULL)
        return false;
    (*at)++;
    return true;
}

static bool take_fraction(struct bytes text, size_t *at, int64_t *ret_us)
{
    *ret_us = 0;
    if (!take_char(text, at, "."))
        return true;
    int64_t scale = TIME_US_PER_SECOND / 10;
    size_t start = *at;
    for (; *at < text.size && text.data[*at] >= '0' && text.data[*at] <= '9'; (*at)++) {
        *ret_us += (text.data[*at] - '0') * scale;
        scale /= 10;
    }
    return *at > start;
}

static bool take_offset(struct bytes text, size_t *at, int64_t *ret_us)
{
    *ret_us = 0;
    if (take_char(text, at, "Zz"))
        return true;
    bool west = *at < text.size && text.data[*at] == '-';
    unsigned hours, minutes;
    if (!take_char(text, at, "+-") || !take_digits(text, at, 2, &hours) ||
        !take_char(text, at, ":") || !take_digits(text, at, 2, &minutes) || hours > 23 ||
        minutes > 59)
        return false;
    *ret_us = (int64_t)(hours * 60 + minutes) * 60 * TIME_US_PER_SECOND;
    if (west)
        *ret_us = -*ret_us;
    return true;
}

static int refuse_time(struct bytes text, struct error *err)
{
    return error_set(err, ML_EINVAL, "",
                     "\"%.*s\" is not an RFC 3339 time; write it like 2026-11-23T09:30:00Z",
                     (int)(text.size > 64 ? 64 : text.size), text.data ? text.data : "");
}

int time_parse(struct bytes text, int64_t *ret_time_us, struct error *err)
{
    size_t at = 0;
    unsigned year, month, day, hour, minute, second;
    int64_t fraction_us, offset_us;
    bool good = take_digits(text, &at, 4, &year) && take_char(text, &at, "-") &&
                take_digits(text, &at, 2, &month) && take_char(text, &at, "-") &&
                take_digits(text, &at, 2, &day) && take_char(text, &at, "Tt ") &&
                take_digits(text, &at, 2, &hour) && take_char(text, &at, ":") &&
                take_digits(text, &at, 2, &minute) && take_char(text, &at, ":") &&
                take_digits(text, &at, 2, &second) && take_fraction(text, &at, &fraction_us) &&
                take_offset(text, &at, &offset_us) && at == text.size;
    good = good && year >= 1 && month >= 1 && month <= 12 && day >= 1 &&
           day <= time_days_in_month((int32_t)year, month) && hour <= 23 && minute <= 59 &&
           second <= 60;
    if (!good)
        return refuse_time(text, err);
    int64_t seconds = time_days((int32_t)year, month, day) * 86400 +
                      (int64_t)(hour * 3600 + minute * 60 + second);
    int64_t time_us = seconds * TIME_US_PER_SECOND + fraction_us - offset_us;
    /* The offset may lead out of the years that can be printed. */
    if (time_us < TIME_MIN_US || time_us > TIME_MAX_US)
        return refuse_time(text, err);
    *ret_time_us = time_us;
    return 0;
}

static const struct {
    const char *name;
    int64_t us;
} duration_units[] = {
    {"d", INT64_C(86400000000)}, {"h", INT64_C(3600000000)}, {"m", INT64_C(60000000)},
    {"s", INT64_C(1000000)},     {"ms", INT64_C(1000)},      {"us", INT64_C(1)},
};
enum { DURATION_UNITS = sizeof duration_units / sizeof *duration_units };

static bool take_unit(struct bytes text, size_t *at, int64_t *ret_us)
{
    size_t start = *at;
    while (*at < text.size && text.data[*at] >= 'a' && text.data[*at] <= 'z')
        (*at)++;
    struct bytes name = {text.data + start, *at - start};
    for (size_t i = 0; i < DURATION_UNITS; i++)
        if (bytes_is(name, duration_units[i].name)) {
            *ret_us = duration_units[i].us;
            return true;
        }
    return false;
}

int duration_parse(struct bytes text, int64_t *ret_duration_us, struct error *err)
{
    int64_t total = 0;
    size_t at = 0;
    bool good = text.size > 0;
    while (good && at < text.size) {
        int64_t number = 0, unit_us = 0, part;
        size_t start = at;
        for (; good && at < text.size && text.data[at] >= '0' && text.data[at] <= '9'; at++)
            good = !__builtin_mul_overflow(number, 10, &number) &&
                   !__builtin_add_overflow(number, text.data[at] - '0', &number);
        good = good && at > start && take_unit(text, &at, &unit_us) &&
               !__builtin_mul_overflow(number, unit_us, &part) &&
               !__builtin_add_overflow(total, part, &total);
    }
    if (!good)
        return error_set(err, ML_EINVAL, "",
                         "\"%.*s\" is not a duration; write it like 60s, 5m, 4h or 1h30m",
                         (int)(text.size > 64 ? 64 : text.size), text.data ? text.data : "");
    *ret_duration_us = total;
    return 0;
}

void duration_print(int64_t duration_us, char text[static DURATION_TEXT_SIZE])
{
    size_t at = 0;
    int64_t rest = duration_us < 0 ? 0 : duration_us;
    text[0] = '\0';
    for (size_t i = 0; i < DURATION_UNITS; i++) {
        int64_t count = rest / duration_units[i].us;
        rest %= duration_units[i].us;
        if (count == 0)
            continue;
        int size = snprintf(text + at, DURATION_TEXT_SIZE - at, "%" PRId64 "%s", count,
                            duration_units[i].name);
        if (size < 0 || (size_t)size >= DURATION_TEXT_SIZE - at)
            break;
        at += (size_t)size;
    }
    if (at == 0)
        snprintf(text, DURATION_TEXT_SIZE, "0s");
}
