/* Times as people, forms and old software write them. */
#include "contract/normalize_internal.h"

#include "base/time.h"
#include "base/zone.h"

#include <stdio.h>

enum { YEAR_MIN = 1900, YEAR_MAX = 9999, SECONDS_PER_DAY = 86400 };

/* What is left of the text, and what has been read of it. */
struct reading {
    struct bytes rest;
    int year, month, day;
    int32_t second; /* of the day */
    int32_t microsecond;
    bool has_offset;
    int32_t offset; /* seconds ahead of UTC */
    const struct zone *zone;
    bool unclear; /* day and month could be either way round */
};

/* ---- pieces */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return ((c | 32) >= 'a' && (c | 32) <= 'z') || (unsigned char)c >= 0x80;
}

static char first(const struct reading *reading)
{
    return reading->rest.size > 0 ? reading->rest.data[0] : '\0';
}

static void skip(struct reading *reading, size_t size)
{
    if (size > 0)
        reading->rest = (struct bytes){reading->rest.data + size, reading->rest.size - size};
}

static bool take(struct reading *reading, char c)
{
    bool taken = reading->rest.size > 0 && reading->rest.data[0] == c;
    skip(reading, taken);
    return taken;
}

static void skip_any(struct reading *reading, const char *characters)
{
    while (reading->rest.size > 0 && first(reading) != '\0' &&
           strchr(characters, first(reading)) != NULL)
        skip(reading, 1);
}

static size_t digits_at(const struct reading *reading)
{
    size_t count = 0;
    while (count < reading->rest.size && is_digit(reading->rest.data[count]))
        count++;
    return count;
}

/* Takes exactly `count` digits that are there. */
static int take_digits(struct reading *reading, size_t count)
{
    int value = 0;
    for (size_t i = 0; i < count; i++)
        value = value * 10 + (reading->rest.data[i] - '0');
    skip(reading, count);
    return value;
}

/* A number of one or two digits; -1 when there is none. */
static int take_small(struct reading *reading)
{
    size_t count = digits_at(reading);
    return count >= 1 && count <= 2 ? take_digits(reading, count) : -1;
}

static struct bytes take_word(struct reading *reading)
{
    struct bytes word = {reading->rest.data, 0};
    while (word.size < reading->rest.size && is_letter(reading->rest.data[word.size]))
        word.size++;
    skip(reading, word.size);
    return word;
}

/* ---- the date */

/* Which of the names a word is: at least its first three letters; -1. */
static int find_name(struct bytes word, const char *const *names, int count)
{
    for (int i = 0; i < count && word.size >= 3; i++) {
        char start[16];
        snprintf(start, sizeof start, "%.*s", (int)(word.size < 15 ? word.size : 15), names[i]);
        if (normalize_is(word, start))
            return i;
    }
    return -1;
}

static int month_of(struct bytes word)
{
    static const char *const english[] = {"january",   "february", "march",    "april",
                                          "may",       "june",     "july",     "august",
                                          "september", "october",  "november", "december"};
    static const char *const german[] = {"januar",    "februar", "märz",     "april",
                                         "mai",       "juni",    "juli",     "august",
                                         "september", "oktober", "november", "dezember"};
    int month = find_name(word, english, 12);
    if (month < 0)
        month = find_name(word, german, 12);
    if (month < 0 && normalize_is(word, "sept"))
        month = 8;
    return month + 1;
}

static void skip_weekday(struct reading *reading)
{
    static const char *const days[] = {"monday",     "tuesday", "wednesday", "thursday", "friday",
                                       "saturday",   "sunday",  "montag",    "dienstag", "mittwoch",
                                       "donnerstag", "freitag", "samstag",   "sonntag"};
    struct reading ahead = *reading;
    struct bytes word = take_word(&ahead);
    bool two = word.size == 2 && take(&ahead, '.'); /* "Mo." */
    if (!two && find_name(word, days, 14) < 0)
        return;
    *reading = ahead;
    skip_any(reading, "., ");
}

static bool take_year(struct reading *reading)
{
    if (digits_at(reading) != 4)
        return false;
    reading->year = take_digits(reading, 4);
    return true;
}

/* 2026-01-02, 2026/1/2, 2026.1.2 */
static bool read_year_first(struct reading *reading)
{
    reading->year = take_digits(reading, 4);
    char separator = first(reading);
    if (separator != '-' && separator != '/' && separator != '.')
        return false;
    skip(reading, 1);
    reading->month = take_small(reading);
    if (!take(reading, separator))
        return false;
    reading->day = take_small(reading);
    return true;
}

/* 2.1.2026, 1/2/2026, 2-1-2026: a point always has the day in front. */
static bool read_numbers(struct reading *reading, int one, enum contract_date_order order)
{
    char separator = first(reading);
    skip(reading, 1);
    skip_any(reading, separator == '.' ? " " : "");
    int two = take_small(reading);
    if (two < 0 || !take(reading, separator))
        return false;
    skip_any(reading, separator == '.' ? " " : "");
    if (separator == '.' || one > 12)
        order = CONTRACT_DAY_FIRST;
    else if (two > 12)
        order = CONTRACT_MONTH_FIRST;
    reading->unclear = order == CONTRACT_DATE_UNKNOWN && one != two;
    reading->day = order == CONTRACT_MONTH_FIRST ? two : one;
    reading->month = order == CONTRACT_MONTH_FIRST ? one : two;
    return take_year(reading);
}

/* 2 Jan 2026, 2. Januar 2026, 02-Jan-2026; the day is read. */
static bool read_day_month(struct reading *reading, int day)
{
    reading->day = day;
    skip_any(reading, ". -");
    reading->month = month_of(take_word(reading));
    skip_any(reading, "., -");
    return reading->month > 0 && take_year(reading);
}

/* January 2, 2026; Jan 2nd 2026 */
static bool read_month_day(struct reading *reading)
{
    reading->month = month_of(take_word(reading));
    skip_any(reading, ". ");
    reading->day = take_small(reading);
    struct bytes ending = take_word(reading);
    if (reading->month == 0 || reading->day < 0 ||
        (ending.size > 0 && !normalize_is(ending, "st") && !normalize_is(ending, "nd") &&
         !normalize_is(ending, "rd") && !normalize_is(ending, "th")))
        return false;
    skip_any(reading, ", ");
    return take_year(reading);
}

static bool read_date(struct reading *reading, enum contract_date_order order)
{
    if (is_letter(first(reading))) {
        skip_weekday(reading);
        if (is_letter(first(reading)))
            return read_month_day(reading);
    }
    size_t digits = digits_at(reading);
    if (digits == 8) {
        reading->year = take_digits(reading, 4);
        reading->month = take_digits(reading, 2);
        reading->day = take_digits(reading, 2);
        return true;
    }
    if (digits == 4)
        return read_year_first(reading);
    int one = take_small(reading);
    if (one < 0 || reading->rest.size < 2)
        return false;
    bool point_then_word = first(reading) == '.' && !is_digit(reading->rest.data[1]) &&
                           (reading->rest.data[1] != ' ' || reading->rest.size < 3 ||
                            !is_digit(reading->rest.data[2]));
    bool dash_then_word = first(reading) == '-' && is_letter(reading->rest.data[1]);
    if (first(reading) == ' ' || point_then_word || dash_then_word)
        return read_day_month(reading, one);
    return strchr("./-", first(reading)) != NULL && read_numbers(reading, one, order);
}

/* ---- the time of day */

static bool read_half(struct reading *reading, int *hour)
{
    struct reading ahead = *reading;
    skip_any(&ahead, " ");
    bool afternoon = (first(&ahead) | 32) == 'p';
    if (!afternoon && (first(&ahead) | 32) != 'a')
        return true;
    skip(&ahead, 1);
    take(&ahead, '.');
    if ((first(&ahead) | 32) != 'm')
        return true; /* some other word: its turn comes */
    skip(&ahead, 1);
    take(&ahead, '.');
    if (is_letter(first(&ahead)))
        return true;
    *reading = ahead;
    if (*hour < 1 || *hour > 12)
        return false;
    *hour = *hour % 12 + (afternoon ? 12 : 0);
    return true;
}

static void read_fraction(struct reading *reading)
{
    int32_t unit = 100000;
    for (; is_digit(first(reading)); unit /= 10) {
        reading->microsecond += unit * (first(reading) - '0');
        skip(reading, 1);
    }
}

/* 14:30, 14:30:05.25, 2:30 pm, 2pm; 143005 behind a T. */
static bool read_clock(struct reading *reading)
{
    int hour, minute = 0, second = 0;
    size_t digits = digits_at(reading);
    bool basic = digits == 4 || digits == 6;
    if (!basic && digits != 1 && digits != 2)
        return false;
    hour = take_digits(reading, basic ? 2 : digits);
    if (basic) {
        minute = take_digits(reading, 2);
        second = digits == 6 ? take_digits(reading, 2) : 0;
    } else if (take(reading, ':')) {
        minute = digits_at(reading) == 2 ? take_digits(reading, 2) : -1;
        if (take(reading, ':'))
            second = digits_at(reading) == 2 ? take_digits(reading, 2) : -1;
    } else {
        struct reading ahead = *reading;
        skip_any(&ahead, " ");
        if ((first(&ahead) | 32) != 'a' && (first(&ahead) | 32) != 'p')
            return false; /* an hour alone needs am or pm */
    }
    if (reading->rest.size > 1 && (first(reading) == '.' || first(reading) == ',') &&
        is_digit(reading->rest.data[1])) {
        skip(reading, 1);
        read_fraction(reading);
    }
    if (!read_half(reading, &hour) || hour > 23 || minute < 0 || minute > 59 || second < 0 ||
        second > 60)
        return false;
    reading->second = hour * 3600 + minute * 60 + second;
    return true;
}

/* ---- the zone */

static bool read_offset(struct reading *reading)
{
    int sign = first(reading) == '-' ? -1 : 1;
    skip(reading, 1);
    size_t digits = digits_at(reading);
    if (digits != 1 && digits != 2 && digits != 4)
        return false;
    int hours = take_digits(reading, digits == 4 ? 2 : digits), minutes = 0;
    if (digits == 4)
        minutes = take_digits(reading, 2);
    else if (take(reading, ':'))
        minutes = digits_at(reading) == 2 ? take_digits(reading, 2) : 60;
    if (hours > 23 || minutes > 59)
        return false;
    reading->has_offset = true;
    reading->offset = sign * (hours * 3600 + minutes * 60);
    return true;
}

static bool read_zone(struct reading *reading)
{
    skip_any(reading, " ");
    if (first(reading) == '+' || first(reading) == '-')
        return read_offset(reading);
    struct bytes name = reading->rest;
    if (name.size == 0)
        return true;
    if (normalize_is(name, "z") || normalize_is(name, "utc") || normalize_is(name, "gmt")) {
        reading->has_offset = true;
        skip(reading, name.size);
        return true;
    }
    struct bytes behind = normalize_without(normalize_without(name, "utc"), "gmt");
    if (behind.size < name.size && (behind.data[0] == '+' || behind.data[0] == '-')) {
        reading->rest = behind;
        return read_offset(reading);
    }
    if (memchr(name.data, '/', name.size) == NULL)
        return false;
    reading->zone = zone_find(name);
    skip(reading, name.size);
    return reading->zone != NULL;
}

/* ---- all of it */

static bool read_rest(struct reading *reading)
{
    bool basic = take(reading, 'T') || take(reading, 't');
    skip_any(reading, ", ");
    struct reading ahead = *reading;
    struct bytes word = take_word(&ahead);
    if (normalize_is(word, "at") || normalize_is(word, "um")) {
        *reading = ahead;
        skip_any(reading, " ");
    }
    if (is_digit(first(reading)) ? !read_clock(reading) : basic)
        return false;
    skip_any(reading, " ");
    ahead = *reading;
    word = take_word(&ahead);
    if (normalize_is(word, "uhr") || normalize_is(word, "h"))
        *reading = ahead;
    if (!read_zone(reading))
        return false;
    /* "Fri Jan 02 2026 03:04:05 GMT+0100 (CET)", as JavaScript prints it. */
    skip_any(reading, " ");
    if (reading->has_offset && first(reading) == '(' &&
        reading->rest.data[reading->rest.size - 1] == ')')
        skip(reading, reading->rest.size);
    return reading->rest.size == 0;
}

static bool exists(const struct reading *reading)
{
    if (reading->year < YEAR_MIN || reading->year > YEAR_MAX || reading->month < 1 ||
        reading->month > 12)
        return false;
    return reading->day >= 1 &&
           reading->day <= (int)time_days_in_month(reading->year, (unsigned)reading->month);
}

/* Seconds or milliseconds since 1970, as software sends them. */
static bool read_count(struct bytes text, int64_t *ret_time_us)
{
    int64_t value = 0;
    for (size_t i = 0; i < text.size; i++) {
        if (!is_digit(text.data[i]) || i >= 13)
            return false;
        value = value * 10 + (text.data[i] - '0');
    }
    if (text.size != 10 && text.size != 13)
        return false;
    *ret_time_us = value * (text.size == 10 ? TIME_US_PER_SECOND : TIME_US_PER_MS);
    return true;
}

static int64_t instant(const struct reading *reading, const struct zone *zone)
{
    int64_t days = time_days(reading->year, (unsigned)reading->month, (unsigned)reading->day);
    int32_t second = reading->second;
    if (reading->has_offset || second > SECONDS_PER_DAY)
        return (days * SECONDS_PER_DAY + second - reading->offset) * TIME_US_PER_SECOND +
               reading->microsecond;
    return zone_instant(zone, days, second) * TIME_US_PER_SECOND + reading->microsecond;
}

int contract_normalize_time(struct bytes text, const struct contract_time_options *options,
                            int64_t *ret_time_us, struct error *err)
{
    static const struct contract_time_options none = {.order = CONTRACT_DATE_UNKNOWN};
    struct reading reading = {.rest = normalize_trim(text)};
    if (options == NULL)
        options = &none;
    if (read_count(reading.rest, ret_time_us))
        return 0;
    if (!read_date(&reading, options->order) || !read_rest(&reading))
        return normalize_fail(err, text,
                              "is no time that can be read; send it like "
                              "2026-11-23T09:30:00+01:00");
    if (reading.unclear)
        return normalize_fail(err, text,
                              "may be day/month or month/day; send it like 2026-11-23, "
                              "or say which comes first");
    if (!exists(&reading))
        return normalize_fail(err, text, "names a day that does not exist, or a year before %d",
                              YEAR_MIN);
    const struct zone *zone = reading.zone;
    if (zone == NULL && options->zone.size > 0)
        zone = zone_find(options->zone);
    if (zone == NULL && !reading.has_offset && options->zone.size > 0)
        return normalize_fail(err, options->zone,
                              "is no time zone; one looks like Europe/Berlin or +01:00");
    if (zone == NULL && !reading.has_offset)
        return normalize_fail(err, text,
                              "does not say its time zone; end it with Z or an offset "
                              "such as +01:00");
    *ret_time_us = instant(&reading, zone);
    return 0;
}
