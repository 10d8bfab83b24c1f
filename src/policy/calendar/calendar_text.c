/* How people write working time: hours of a day, days of the week, days and times that are closed.
 * Every refusal shows how it is written. */
#include "policy/calendar/calendar.h"

#include "base/time.h"

#include <stdlib.h>
#include <strings.h>

enum { DAY = 86400 /* seconds */, QUOTE_MAX = 64 };

/* ---- pieces of text */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static struct bytes trim(struct bytes text)
{
    while (text.size > 0 && is_blank(text.data[0]))
        text = (struct bytes){text.data + 1, text.size - 1};
    while (text.size > 0 && is_blank(text.data[text.size - 1]))
        text.size--;
    return text;
}

/* Takes what is in front of the first `separator` off `rest`, trimmed; all of it when there is
 * none. False at the end: an empty text has one empty piece. */
static bool take_piece(struct bytes *rest, char separator, struct bytes *ret)
{
    if (rest->data == NULL)
        return false;
    const char *end = memchr(rest->data, separator, rest->size);
    if (end == NULL) {
        *ret = trim(*rest);
        *rest = (struct bytes){0};
        return true;
    }
    size_t size = (size_t)(end - rest->data);
    *ret = trim((struct bytes){rest->data, size});
    *rest = (struct bytes){end + 1, rest->size - size - 1};
    return true;
}

/* "a-b" into its two sides; without the separator `ret_second` is empty and it says false. */
static bool split(struct bytes text, char separator, struct bytes *ret_first,
                  struct bytes *ret_second)
{
    *ret_first = *ret_second = (struct bytes){0};
    take_piece(&text, separator, ret_first);
    if (text.data == NULL)
        return false;
    *ret_second = trim(text);
    return true;
}

static struct bytes quoted(struct bytes text)
{
    text.size = text.size > QUOTE_MAX ? QUOTE_MAX : text.size;
    return text;
}

/* A number of `least` to `most` digits in front of `text`. */
static bool take_number(struct bytes *text, size_t least, size_t most, int32_t *ret)
{
    size_t size = 0;
    *ret = 0;
    for (; size < most && size < text->size; size++) {
        char c = text->data[size];
        if (c < '0' || c > '9')
            break;
        *ret = *ret * 10 + (c - '0');
    }
    *text = (struct bytes){text->data + size, text->size - size};
    return size >= least;
}

static bool take_char(struct bytes *text, char c)
{
    if (text->size == 0 || text->data[0] != c)
        return false;
    *text = (struct bytes){text->data + 1, text->size - 1};
    return true;
}

/* "9:00", "13:30", "24:00", "23:59:30": seconds from midnight. */
static bool parse_clock(struct bytes text, int32_t *ret_second)
{
    int32_t hour, minute, second = 0;
    if (!take_number(&text, 1, 2, &hour) || !take_char(&text, ':') ||
        !take_number(&text, 2, 2, &minute))
        return false;
    if (take_char(&text, ':') && !take_number(&text, 2, 2, &second))
        return false;
    *ret_second = (hour * 60 + minute) * 60 + second;
    return text.size == 0 && minute < 60 && second < 60 && *ret_second <= DAY;
}

/* ---- hours */

static int by_from(const void *a, const void *b)
{
    const struct policy_hours *first = a, *second = b;
    return first->from - second->from;
}

static uint8_t merge_hours(struct policy_hours *hours, size_t count)
{
    qsort(hours, count, sizeof *hours, by_from);
    uint8_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || hours[i].from > hours[kept - 1].to)
            hours[kept++] = hours[i];
        else if (hours[i].to > hours[kept - 1].to)
            hours[kept - 1].to = hours[i].to;
    }
    return kept;
}

static int parse_span(struct bytes text, struct policy_hours *ret, struct error *err)
{
    struct bytes from, to;
    if (!split(text, '-', &from, &to) || !parse_clock(from, &ret->from) ||
        !parse_clock(to, &ret->to) || ret->from == DAY)
        return error_set(err, ML_EINVAL, "",
                         "\"%.*s\" is not a part of a day; write it like 09:00-12:30",
                         BYTES_ARG(quoted(text)));
    if (ret->from == ret->to)
        return error_set(err, ML_EINVAL, "",
                         "\"%.*s\" is empty; a whole day is written 00:00-24:00",
                         BYTES_ARG(quoted(text)));
    if (ret->to < ret->from)
        ret->to += DAY; /* over midnight */
    return 0;
}

int policy_hours_parse(struct bytes text, struct policy_hours ret[static POLICY_HOURS_MAX],
                       uint8_t *ret_count, struct error *err)
{
    text = trim(text);
    *ret_count = 0;
    if (text.size == 6 && strncasecmp(text.data, "closed", 6) == 0)
        return 0;
    if (text.size == 0)
        return error_set(err, ML_EINVAL, "",
                         "hours are empty; write them like 09:00-12:30, 13:30-18:00, or closed");
    size_t count = 0;
    struct bytes rest = text, piece;
    while (take_piece(&rest, ',', &piece)) {
        if (count == POLICY_HOURS_MAX)
            return error_set(err, ML_EINVAL, "", "a day has more than %d parts", POLICY_HOURS_MAX);
        int status = parse_span(piece, &ret[count], err);
        if (status != 0)
            return status;
        count++;
    }
    *ret_count = merge_hours(ret, count);
    return 0;
}

/* ---- days of the week */

static const char *const weekday_names[] = {
    "sun",    "mon",    "tue",     "wed",       "thu",      "fri",    "sat",
    "sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday",
};
enum { WEEKDAY_NAMES = sizeof weekday_names / sizeof *weekday_names };

static int parse_weekday(struct bytes name, unsigned *ret, struct error *err)
{
    for (unsigned i = 0; i < WEEKDAY_NAMES; i++)
        if (strlen(weekday_names[i]) == name.size &&
            strncasecmp(weekday_names[i], name.data, name.size) == 0) {
            *ret = i % 7;
            return 0;
        }
    const char *near = bytes_suggest(name, weekday_names, WEEKDAY_NAMES);
    if (near != NULL)
        return error_set(err, ML_EINVAL, "",
                         "\"%.*s\" is not a day of the week; did you mean \"%s\"?",
                         BYTES_ARG(quoted(name)), near);
    return error_set(err, ML_EINVAL, "",
                     "\"%.*s\" is not a day of the week; write mon, mon-fri, \"sat,sun\" or daily",
                     BYTES_ARG(quoted(name)));
}

static int parse_weekday_range(struct bytes text, unsigned *days, struct error *err)
{
    struct bytes from_name, to_name;
    unsigned from, to;
    bool range = split(text, '-', &from_name, &to_name);
    int status = parse_weekday(from_name, &from, err);
    if (status != 0)
        return status;
    to = from;
    if (range && (status = parse_weekday(to_name, &to, err)) != 0)
        return status;
    *days |= 1U << from;
    for (unsigned day = from; day != to;) {
        day = (day + 1) % 7;
        *days |= 1U << day;
    }
    return 0;
}

int policy_weekdays_parse(struct bytes text, unsigned *ret_days, struct error *err)
{
    unsigned days = 0;
    struct bytes rest = trim(text), piece;
    if (rest.size == 5 && strncasecmp(rest.data, "daily", 5) == 0) {
        *ret_days = 0x7F;
        return 0;
    }
    if (rest.data == NULL)
        rest.data = "";
    while (take_piece(&rest, ',', &piece)) {
        int status = parse_weekday_range(piece, &days, err);
        if (status != 0)
            return status;
    }
    *ret_days = days;
    return 0;
}

/* ---- intervals */

/* One side of an interval. */
struct moment {
    bool whole_day;
    bool absolute; /* a full RFC 3339 time: `time_us`; otherwise local `day` and `second` */
    int64_t time_us;
    int64_t day;
    int32_t second;
};

static bool parse_date(struct bytes *text, int64_t *ret_day)
{
    int32_t year, month, day, checked_year;
    uint8_t checked_month, checked_day;
    if (!take_number(text, 4, 4, &year) || !take_char(text, '-') ||
        !take_number(text, 2, 2, &month) || !take_char(text, '-') ||
        !take_number(text, 2, 2, &day) || year < 1 || month < 1 || month > 12 || day < 1)
        return false;
    *ret_day = time_days(year, (unsigned)month, (unsigned)day);
    time_civil(*ret_day, &checked_year, &checked_month, &checked_day);
    return checked_day == day && checked_month == month;
}

static bool parse_moment(struct bytes text, struct moment *ret)
{
    *ret = (struct moment){0};
    if (time_parse(text, &ret->time_us, NULL) == 0) {
        ret->absolute = true;
        return true;
    }
    if (!parse_date(&text, &ret->day))
        return false;
    if (text.size == 0) {
        ret->whole_day = true;
        return true;
    }
    return (take_char(&text, 'T') || take_char(&text, ' ')) && parse_clock(text, &ret->second);
}

static int64_t moment_us(const struct moment *moment, const struct zone *zone, bool end)
{
    if (moment->absolute)
        return moment->time_us;
    int64_t day = moment->day + (moment->whole_day && end);
    return zone_instant(zone, day, moment->second) * TIME_US_PER_SECOND;
}

int policy_interval_parse(struct bytes text, const struct zone *zone, struct policy_interval *ret,
                          struct error *err)
{
    if (zone == NULL)
        zone = zone_find(BYTES_LITERAL("+00:00"));
    struct bytes from_text, to_text;
    struct moment from, to;
    text = trim(text);
    bool range = split(text, '/', &from_text, &to_text);
    if (!range)
        to_text = from_text;
    if (!parse_moment(from_text, &from) || !parse_moment(to_text, &to))
        return error_set(err, ML_EINVAL, "",
                         "\"%.*s\" is not a day or a time; write 2026-12-24, 2026-12-24/2027-01-02 "
                         "or 2026-12-24T09:00/2026-12-24T12:00",
                         BYTES_ARG(quoted(text)));
    if (!range && !from.whole_day)
        return error_set(err, ML_EINVAL, "",
                         "\"%.*s\" has no end; write 2026-12-24T09:00/2026-12-24T12:00",
                         BYTES_ARG(quoted(text)));
    struct policy_interval interval = {moment_us(&from, zone, false), moment_us(&to, zone, true)};
    if (interval.to_us <= interval.from_us)
        return error_set(err, ML_EINVAL, "", "\"%.*s\" ends before it begins; swap the two",
                         BYTES_ARG(quoted(text)));
    *ret = interval;
    return 0;
}
