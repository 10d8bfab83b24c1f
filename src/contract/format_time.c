/* Dates, times and durations by RFC 3339 and its appendix A. */
#include "contract/format.h"

#include "base/time.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Exactly `count` digits at `at`; -1 when they are not there. */
static int number_at(struct bytes text, size_t at, size_t count)
{
    int value = 0;
    if (text.size < at + count)
        return -1;
    for (size_t i = at; i < at + count; i++) {
        if (!is_digit(text.data[i]))
            return -1;
        value = value * 10 + (text.data[i] - '0');
    }
    return value;
}

bool contract_format_date(struct bytes text)
{
    if (text.size != 10 || text.data[4] != '-' || text.data[7] != '-')
        return false;
    int year = number_at(text, 0, 4), month = number_at(text, 5, 2), day = number_at(text, 8, 2);
    if (year < 0 || month < 1 || month > 12)
        return false;
    return day >= 1 && day <= (int)time_days_in_month(year, (unsigned)month);
}

/* The offset in minutes at the end of a time; false when it is none. */
static bool read_offset(struct bytes text, int *ret_minutes)
{
    *ret_minutes = 0;
    if (text.size == 1)
        return (text.data[0] | 32) == 'z';
    if (text.size != 6 || (text.data[0] != '+' && text.data[0] != '-') || text.data[3] != ':')
        return false;
    int hours = number_at(text, 1, 2), minutes = number_at(text, 4, 2);
    if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59)
        return false;
    *ret_minutes = (text.data[0] == '-' ? -1 : 1) * (hours * 60 + minutes);
    return true;
}

bool contract_format_time(struct bytes text)
{
    int hour = number_at(text, 0, 2), minute = number_at(text, 3, 2);
    int second = number_at(text, 6, 2), offset;
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60 ||
        text.data[2] != ':' || text.data[5] != ':')
        return false;
    size_t at = 8;
    if (at < text.size && text.data[at] == '.') {
        at++;
        if (number_at(text, at, 1) < 0)
            return false;
        while (at < text.size && is_digit(text.data[at]))
            at++;
    }
    if (!read_offset((struct bytes){text.data + at, text.size - at}, &offset))
        return false;
    /* A leap second is put in at the end of a day of UTC. */
    const int day = 24 * 60;
    return second < 60 || (hour * 60 + minute - offset + 2 * day) % day == day - 1;
}

bool contract_format_date_time(struct bytes text)
{
    return text.size > 11 && (text.data[10] | 32) == 't' &&
           contract_format_date((struct bytes){text.data, 10}) &&
           contract_format_time((struct bytes){text.data + 11, text.size - 11});
}

/* A run of "number unit", each unit the next one in `units` after the first, without gaps. */
static bool units_follow(struct bytes text, const char *units, size_t *at)
{
    const char *expected = NULL;
    while (*at < text.size && text.data[*at] != 'T') {
        size_t digits = *at;
        while (*at < text.size && is_digit(text.data[*at]))
            ++*at;
        if (*at == digits || *at == text.size)
            return false;
        char unit = text.data[(*at)++];
        if (expected == NULL)
            expected = unit == '\0' ? NULL : strchr(units, unit);
        if (expected == NULL || *expected != unit)
            return false;
        expected++;
    }
    return expected != NULL;
}

bool contract_format_duration(struct bytes text)
{
    size_t at = 1;
    if (text.size < 3 || text.data[0] != 'P')
        return false;
    if (text.data[text.size - 1] == 'W')
        return units_follow(text, "W", &at) && at == text.size;
    if (text.data[at] != 'T' && !units_follow(text, "YMD", &at))
        return false;
    if (at == text.size)
        return true;
    at++;
    return units_follow(text, "HMS", &at) && at == text.size;
}
