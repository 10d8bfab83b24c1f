/* iCalendar files: when their events are busy. Lines are unfolded and components told apart here;
 * of an event only the lines that bear on time reach libical, which reads their values. What comes
 * of it is copied at once, so that libical never holds more than one event.
 *
 * libical keeps globals (its UTC zone, made when first used): one reading at a time uses it. */
#include "policy/calendar/ical.h"
#include "policy/calendar/calendar.h"

#include "base/time.h"

#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <strings.h>

enum {
    DAY = 86400,               /* seconds */
    DEPTH_MAX = 16,            /* components in components */
    LINE_MAX_SIZE = 64 * 1024, /* bytes of a line that bears on time, unfolded */
    COMMAS_MAX = 300,          /* in one; libical has tables of fixed size */
    LAST_YEAR = 2100,
    LASTING_DAYS_MAX = 36600, /* of one event */
    KEPT_FROM_YEAR = 2020,
    KEPT_UNTIL_YEAR = 2030,
    BUSY_MAX = 8 * POLICY_CLOSED_MAX, /* times before they are merged */
};

enum component { NOTHING, OTHER, CALENDAR, EVENT, FREE_BUSY, ZONE, OBSERVANCE };

/* A time with its end, of RDATE and FREEBUSY. */
struct period {
    struct ical_moment from, to;
    bool has_to;
    int32_t days; /* without `to`: how long */
    int64_t seconds;
    const struct period *next;
};

struct event {
    uint32_t line; /* of its BEGIN */
    const char *uid;
    bool free; /* transparent or cancelled */
    bool has_start, has_end, has_duration, has_recurrence_id;
    struct ical_moment start, end, recurrence_id;
    int32_t days; /* lasting: whole days on the calendar, then seconds */
    int64_t seconds;
    int32_t offset_from, offset_to; /* of an observance */
    const struct ical_rule *rules;
    const struct period *dates;            /* RDATE, FREEBUSY */
    const struct ical_moments *exclusions; /* EXDATE */
    struct event *next;
};

/* An instance of a recurring event that another event stands for. */
struct override {
    const char *uid;
    int64_t at; /* seconds since 1970, UTC */
};

struct reader {
    struct arena arena; /* of the reading */
    struct bytes rest;
    uint32_t line;      /* of what was read last, from 1 */
    struct buffer text; /* the line, unfolded */
    uint32_t next_line;
    enum component stack[DEPTH_MAX];
    const char *names[DEPTH_MAX];
    size_t depth;
    bool any_calendar;
    icalparser *parser;
    struct event *event;  /* being read, an observance too */
    struct event *events; /* in the order of the file */
    struct event **last_event;
    const char *zone_id; /* of the VTIMEZONE being read */
    uint32_t zone_line;
    const struct ical_observance *observances;
    struct ical_zone zones[ICAL_ZONES_MAX];
    size_t zone_count;
    struct ical_zone home; /* of floating times */
    int64_t steps;
    struct override *overrides;
    size_t override_count;
    struct policy_interval *busy; /* BUSY_MAX of them */
    size_t busy_count;
    int64_t horizon_us; /* nothing that begins later is kept */
    struct error *err;
};

static atomic_flag in_libical = ATOMIC_FLAG_INIT;

static int refuse(struct reader *reader, uint32_t line, int code, const char *message)
{
    return error_set(reader->err, code, "", "line %u: %s", line, message);
}

/* ---- lines */

static bool at_fold(struct bytes rest, size_t *ret_skip)
{
    size_t skip = 0;
    if (skip < rest.size && rest.data[skip] == '\r')
        skip++;
    if (skip >= rest.size || rest.data[skip] != '\n')
        return false;
    skip++;
    *ret_skip = skip + 1;
    return skip < rest.size && (rest.data[skip] == ' ' || rest.data[skip] == '\t');
}

/* The next line, unfolded, in reader->text; false at the end. */
static bool next_line(struct reader *reader)
{
    struct bytes *rest = &reader->rest;
    buffer_clear(&reader->text);
    if (rest->size == 0)
        return false;
    reader->line = reader->next_line;
    for (;;) {
        const char *end = memchr(rest->data, '\n', rest->size);
        size_t size = end != NULL ? (size_t)(end - rest->data) : rest->size;
        if (end != NULL && size > 0 && rest->data[size - 1] == '\r')
            size--;
        buffer_append(&reader->text, rest->data, size);
        *rest = (struct bytes){rest->data + size, rest->size - size};
        size_t skip;
        bool folded = at_fold(*rest, &skip);
        reader->next_line += rest->size > 0;
        if (!folded) {
            size_t ending = end != NULL ? (size_t)(end + 1 - rest->data) : 0;
            *rest = (struct bytes){rest->data + ending, rest->size - ending};
            return true;
        }
        *rest = (struct bytes){rest->data + skip, rest->size - skip};
    }
}

static bool same(struct bytes a, const char *name)
{
    return a.size == strlen(name) && strncasecmp(a.data, name, a.size) == 0;
}

static struct bytes trimmed(struct bytes text)
{
    while (text.size > 0 && (unsigned char)text.data[text.size - 1] <= ' ')
        text.size--;
    while (text.size > 0 && (unsigned char)text.data[0] <= ' ')
        text = (struct bytes){text.data + 1, text.size - 1};
    return text;
}

/* "NAME;PARAMETER=…:value": the name, and what is behind the first colon out of quotes. */
static void split_line(struct bytes line, struct bytes *ret_name, struct bytes *ret_value)
{
    size_t name = 0;
    while (name < line.size && line.data[name] != ';' && line.data[name] != ':')
        name++;
    *ret_name = trimmed((struct bytes){line.data, name});
    bool quoted = false;
    size_t at = name;
    for (; at < line.size && (quoted || line.data[at] != ':'); at++)
        quoted ^= line.data[at] == '"';
    *ret_value = at < line.size ? trimmed((struct bytes){line.data + at + 1, line.size - at - 1})
                                : (struct bytes){line.data, 0};
}

/* ---- libical's values */

static bool read_moment(struct icaltimetype time, const char *tzid, struct ical_moment *ret)
{
    if (time.year < 1 || time.year > 9999 || time.month < 1 || time.month > 12 || time.day < 1 ||
        time.day > 31 || time.hour < 0 || time.hour > 24 || time.minute < 0 || time.minute > 59 ||
        time.second < 0 || time.second > 60)
        return false;
    int32_t year;
    uint8_t month, day;
    *ret =
        (struct ical_moment){.day = time_days(time.year, (unsigned)time.month, (unsigned)time.day),
                             .is_date = time.is_date != 0};
    time_civil(ret->day, &year, &month, &day);
    if (month != time.month)
        return false;
    if (ret->is_date)
        return true;
    int32_t second = (time.hour * 60 + time.minute) * 60 + (time.second > 59 ? 59 : time.second);
    ret->day += second / DAY;
    ret->second = second % DAY;
    ret->is_utc = icaltime_is_utc(time) != 0;
    ret->tzid = ret->is_utc ? NULL : tzid;
    return true;
}

static bool read_duration(struct icaldurationtype duration, int32_t *ret_days, int64_t *ret_seconds)
{
    int64_t days = (int64_t)duration.weeks * 7 + duration.days;
    int64_t seconds =
        (int64_t)duration.hours * 3600 + (int64_t)duration.minutes * 60 + duration.seconds;
    if (duration.is_neg || days > LASTING_DAYS_MAX || seconds > (int64_t)LASTING_DAYS_MAX * DAY)
        return false;
    *ret_days = (int32_t)days;
    *ret_seconds = seconds;
    return true;
}

static bool read_period(struct icalperiodtype source, const char *tzid, struct period *ret)
{
    if (!read_moment(source.start, tzid, &ret->from))
        return false;
    if (icaltime_is_null_time(source.end))
        return read_duration(source.duration, &ret->days, &ret->seconds);
    ret->has_to = true;
    return read_moment(source.end, tzid, &ret->to);
}

static bool read_time_value(const icalvalue *value, const char *tzid, struct ical_moment *ret)
{
    icalvalue_kind kind = icalvalue_isa(value);
    bool is_time = kind == ICAL_DATE_VALUE || kind == ICAL_DATETIME_VALUE;
    return is_time && read_moment(icalvalue_get_datetime(value), tzid, ret);
}

/* A value of RDATE or FREEBUSY. */
static bool read_date(struct reader *reader, const icalvalue *value, const char *tzid)
{
    struct event *event = reader->event;
    struct period *period = arena_zalloc(&reader->arena, sizeof *period);
    bool good;
    switch (icalvalue_isa(value)) {
    case ICAL_PERIOD_VALUE: good = read_period(icalvalue_get_period(value), tzid, period); break;
    case ICAL_DATETIMEPERIOD_VALUE: {
        struct icaldatetimeperiodtype either = icalvalue_get_datetimeperiod(value);
        good = icaltime_is_null_time(either.time) ? read_period(either.period, tzid, period)
                                                  : read_moment(either.time, tzid, &period->from);
        period->days = icaltime_is_null_time(either.time) ? period->days : -1;
        break;
    }
    default:
        good = read_time_value(value, tzid, &period->from);
        period->days = -1; /* as long as the event */
    }
    period->next = event->dates;
    event->dates = period;
    return good;
}

static bool read_exclusion(struct reader *reader, const icalvalue *value, const char *tzid)
{
    struct ical_moments *one = arena_zalloc(&reader->arena, sizeof *one);
    one->next = reader->event->exclusions;
    reader->event->exclusions = one;
    return read_time_value(value, tzid, &one->moment);
}

static int read_rule(struct reader *reader, const icalvalue *value)
{
    struct error cause;
    struct ical_rule *rule = arena_zalloc(&reader->arena, sizeof *rule);
    if (icalvalue_isa(value) != ICAL_RECUR_VALUE)
        return refuse(reader, reader->event->line, ML_EINVAL, "the event's RRULE is not a rule");
    struct icalrecurrencetype source = icalvalue_get_recur(value);
    int status = ical_rule_init(rule, &source, &reader->arena, &cause);
    if (status != 0)
        return refuse(reader, reader->event->line, status, cause.message);
    rule->has_until = !icaltime_is_null_time(source.until);
    if (rule->has_until && !read_moment(source.until, NULL, &rule->until))
        return refuse(reader, reader->event->line, ML_EINVAL,
                      "the UNTIL of the event's RRULE is not a date");
    rule->next = reader->event->rules;
    reader->event->rules = rule;
    return 0;
}

static int read_property(struct reader *reader, icalproperty *property)
{
    struct event *event = reader->event;
    const icalvalue *value = icalproperty_get_value(property);
    icalparameter *parameter = icalproperty_get_first_parameter(property, ICAL_TZID_PARAMETER);
    const char *tzid = parameter != NULL ? icalparameter_get_tzid(parameter) : NULL;
    tzid = tzid != NULL && *tzid != '\0' ? arena_string(&reader->arena, bytes_of(tzid)) : NULL;
    bool good = value != NULL;
    switch (good ? icalproperty_isa(property) : ICAL_NO_PROPERTY) {
    case ICAL_DTSTART_PROPERTY:
        good = event->has_start = read_time_value(value, tzid, &event->start);
        break;
    case ICAL_DTEND_PROPERTY:
        good = event->has_end = read_time_value(value, tzid, &event->end);
        break;
    case ICAL_DURATION_PROPERTY:
        good = icalvalue_isa(value) == ICAL_DURATION_VALUE &&
               read_duration(icalvalue_get_duration(value), &event->days, &event->seconds);
        event->has_duration = good;
        break;
    case ICAL_RECURRENCEID_PROPERTY:
        good = event->has_recurrence_id = read_time_value(value, tzid, &event->recurrence_id);
        break;
    case ICAL_RDATE_PROPERTY:
    case ICAL_FREEBUSY_PROPERTY: good = read_date(reader, value, tzid); break;
    case ICAL_EXDATE_PROPERTY: good = read_exclusion(reader, value, tzid); break;
    case ICAL_RRULE_PROPERTY: return read_rule(reader, value);
    case ICAL_TZOFFSETFROM_PROPERTY:
    case ICAL_TZOFFSETTO_PROPERTY: {
        int offset =
            icalvalue_isa(value) == ICAL_UTCOFFSET_VALUE ? icalvalue_get_utcoffset(value) : DAY;
        bool from = icalproperty_isa(property) == ICAL_TZOFFSETFROM_PROPERTY;
        *(from ? &event->offset_from : &event->offset_to) = offset;
        good = offset > -DAY && offset < DAY;
        break;
    }
    default: good = false;
    }
    if (good)
        return 0;
    return error_set(reader->err, ML_EINVAL, "",
                     "line %u: the %s of what begins here is not a time that can be read",
                     event->line, icalproperty_get_property_name(property));
}

/* What libical made of an event's lines, into reader->event. */
static int read_component(struct reader *reader, icalcomponent *component)
{
    int status = 0;
    for (icalproperty *property = icalcomponent_get_first_property(component, ICAL_ANY_PROPERTY);
         property != NULL && status == 0;
         property = icalcomponent_get_next_property(component, ICAL_ANY_PROPERTY)) {
        if (icalproperty_isa(property) == ICAL_XLICERROR_PROPERTY)
            status = error_set(reader->err, ML_EINVAL, "", "line %u: in what begins here: %.200s",
                               reader->event->line, icalproperty_get_xlicerror(property));
        else
            status = read_property(reader, property);
    }
    return status;
}

/* ---- components */

/* Gives libical a line; what it returns is the component that the line ends. */
static icalcomponent *feed(struct reader *reader, struct bytes line)
{
    /* It wants a string that it may write to. */
    return icalparser_add_line(reader->parser, (char *)arena_copy(&reader->arena, line).data);
}

static enum component component_of(enum component parent, struct bytes name)
{
    if (parent == NOTHING && same(name, "VCALENDAR"))
        return CALENDAR;
    if (parent == CALENDAR && same(name, "VEVENT"))
        return EVENT;
    if (parent == CALENDAR && same(name, "VFREEBUSY"))
        return FREE_BUSY;
    if (parent == CALENDAR && same(name, "VTIMEZONE"))
        return ZONE;
    if (parent == ZONE && (same(name, "STANDARD") || same(name, "DAYLIGHT")))
        return OBSERVANCE;
    return OTHER;
}

static bool is_read(enum component component)
{
    return component == EVENT || component == FREE_BUSY || component == OBSERVANCE;
}

static int begin(struct reader *reader, struct bytes name)
{
    if (reader->depth == DEPTH_MAX)
        return refuse(reader, reader->line, ML_ELIMIT, "components are nested too deep");
    enum component parent = reader->depth > 0 ? reader->stack[reader->depth - 1] : NOTHING;
    enum component component = component_of(parent, name);
    reader->any_calendar |= component == CALENDAR;
    reader->names[reader->depth] = arena_string(&reader->arena, name);
    reader->stack[reader->depth++] = component;
    if (component == ZONE) {
        reader->zone_id = NULL;
        reader->zone_line = reader->line;
        reader->observances = NULL;
    }
    if (is_read(component)) {
        reader->event = arena_zalloc(&reader->arena, sizeof *reader->event);
        reader->event->line = reader->line;
        feed(reader, BYTES_LITERAL("BEGIN:VEVENT"));
    }
    return 0;
}

static int end_observance(struct reader *reader)
{
    struct event *event = reader->event;
    if (!event->has_start)
        return refuse(reader, event->line, ML_EINVAL, "this part of a VTIMEZONE has no DTSTART");
    struct ical_observance *observance = arena_zalloc(&reader->arena, sizeof *observance);
    *observance = (struct ical_observance){.start = event->start,
                                           .offset_from = event->offset_from,
                                           .offset_to = event->offset_to,
                                           .rules = event->rules,
                                           .next = reader->observances};
    for (const struct period *date = event->dates; date != NULL; date = date->next) {
        struct ical_moments *one = arena_zalloc(&reader->arena, sizeof *one);
        *one = (struct ical_moments){date->from, observance->dates};
        observance->dates = one;
    }
    reader->observances = observance;
    return 0;
}

static int end_zone(struct reader *reader)
{
    struct error cause;
    if (reader->zone_id == NULL)
        return refuse(reader, reader->zone_line, ML_EINVAL, "the VTIMEZONE has no TZID");
    if (reader->zone_count == ICAL_ZONES_MAX)
        return refuse(reader, reader->zone_line, ML_ELIMIT, "the file has too many time zones");
    struct ical_zone *zone = &reader->zones[reader->zone_count++];
    *zone = (struct ical_zone){.id = reader->zone_id};
    int status =
        ical_zone_define(zone, reader->observances, &reader->steps, &reader->arena, &cause);
    return status == 0 ? 0 : refuse(reader, reader->zone_line, status, cause.message);
}

static int end_event(struct reader *reader, enum component component)
{
    icalcomponent *read = feed(reader, BYTES_LITERAL("END:VEVENT"));
    ML_ASSERT(read != NULL);
    int status = read_component(reader, read);
    icalcomponent_free(read);
    if (status != 0)
        return status;
    if (component == OBSERVANCE)
        return end_observance(reader);
    struct event *event = reader->event;
    if (component == EVENT && !event->has_start)
        return refuse(reader, event->line, ML_EINVAL, "the event has no DTSTART");
    if (component == FREE_BUSY)
        event->has_start = false; /* of the span that was asked about */
    *reader->last_event = event;
    reader->last_event = &event->next;
    return 0;
}

static int end(struct reader *reader, struct bytes name)
{
    if (reader->depth == 0 || !same(name, reader->names[reader->depth - 1]))
        return error_set(reader->err, ML_EINVAL, "", "line %u: END:%.*s where END:%.40s is due",
                         reader->line, (int)(name.size > 40 ? 40 : name.size), name.data,
                         reader->depth > 0 ? reader->names[reader->depth - 1] : "nothing");
    enum component component = reader->stack[--reader->depth];
    if (is_read(component))
        return end_event(reader, component);
    return component == ZONE ? end_zone(reader) : 0;
}

/* ---- properties */

static bool bears_on_time(enum component component, struct bytes name)
{
    static const struct {
        const char *name;
        bool event, free_busy, observance;
    } properties[] = {
        {"DTSTART", true, true, true},         {"DTEND", true, false, false},
        {"DURATION", true, false, false},      {"RRULE", true, false, true},
        {"RDATE", true, false, true},          {"EXDATE", true, false, false},
        {"RECURRENCE-ID", true, false, false}, {"FREEBUSY", false, true, false},
        {"TZOFFSETFROM", false, false, true},  {"TZOFFSETTO", false, false, true},
    };
    for (size_t i = 0; i < sizeof properties / sizeof *properties; i++)
        if (same(name, properties[i].name))
            return component == EVENT       ? properties[i].event
                   : component == FREE_BUSY ? properties[i].free_busy
                                            : properties[i].observance;
    return false;
}

/* FREEBUSY;FBTYPE=FREE says when somebody is free. */
static bool is_free_time(struct bytes line)
{
    static const char free_type[] = ";FBTYPE=FREE";
    size_t size = sizeof free_type - 1;
    for (size_t i = 0; i + size < line.size && line.data[i] != ':'; i++)
        if (strncasecmp(line.data + i, free_type, size) == 0)
            return line.data[i + size] == ':' || line.data[i + size] == ';';
    return false;
}

static int take_time(struct reader *reader, struct bytes line)
{
    size_t commas = 0;
    for (size_t i = 0; i < line.size; i++)
        commas += line.data[i] == ',';
    if (line.size > LINE_MAX_SIZE || commas > COMMAS_MAX)
        return refuse(reader, reader->line, ML_ELIMIT,
                      "the line is too long; give its values in several lines");
    feed(reader, line);
    return 0;
}

static int take_property(struct reader *reader, struct bytes line, struct bytes name,
                         struct bytes value)
{
    enum component component = reader->depth > 0 ? reader->stack[reader->depth - 1] : NOTHING;
    if (component == ZONE && same(name, "TZID"))
        reader->zone_id = arena_string(&reader->arena, value);
    if (!is_read(component))
        return 0;
    struct event *event = reader->event;
    if (same(name, "UID"))
        event->uid = arena_string(&reader->arena, value);
    else if (same(name, "TRANSP"))
        event->free |= same(value, "TRANSPARENT");
    else if (same(name, "STATUS"))
        event->free |= same(value, "CANCELLED");
    else if (bears_on_time(component, name) && !(component == FREE_BUSY && is_free_time(line)))
        return take_time(reader, line);
    return 0;
}

static int read_line(struct reader *reader)
{
    struct bytes line = trimmed(buffer_bytes(&reader->text)), name, value;
    if (line.size == 0)
        return 0;
    if (memchr(line.data, '\0', line.size) != NULL)
        return refuse(reader, reader->line, ML_EINVAL,
                      "a zero byte; this is not an iCalendar file");
    split_line(line, &name, &value);
    if (same(name, "BEGIN"))
        return begin(reader, value);
    if (reader->depth == 0)
        return refuse(reader, reader->line, ML_EINVAL,
                      "this is not an iCalendar file; it begins with BEGIN:VCALENDAR");
    if (same(name, "END"))
        return end(reader, value);
    return take_property(reader, line, name, value);
}

static int read_lines(struct reader *reader)
{
    int status = 0;
    while (status == 0 && next_line(reader))
        status = read_line(reader);
    if (status != 0)
        return status;
    if (reader->depth > 0)
        return error_set(reader->err, ML_EINVAL, "", "line %u: the file ends without END:%.40s",
                         reader->line, reader->names[reader->depth - 1]);
    if (!reader->any_calendar)
        return refuse(reader, 1, ML_EINVAL, "the file has no BEGIN:VCALENDAR");
    return 0;
}

/* ---- busy times */

static int64_t year_us(int32_t year)
{
    return time_days(year, 1, 1) * TIME_US_PER_DAY;
}

/* Merges; of too many drops what is long past, then what is farthest ahead. */
static void compact(struct reader *reader)
{
    reader->busy_count = policy_intervals_merge(reader->busy, reader->busy_count);
    size_t past = 0;
    if (reader->busy_count > POLICY_CLOSED_MAX)
        while (past < reader->busy_count && reader->busy[past].to_us < year_us(KEPT_FROM_YEAR))
            past++;
    reader->busy_count -= past;
    memmove(reader->busy, reader->busy + past, reader->busy_count * sizeof *reader->busy);
    if (reader->busy_count > POLICY_CLOSED_MAX) {
        reader->busy_count = POLICY_CLOSED_MAX;
        reader->horizon_us = reader->busy[POLICY_CLOSED_MAX - 1].to_us;
    }
}

/* False when it begins too late to be kept. */
static bool add_busy(struct reader *reader, int64_t from, int64_t to)
{
    struct policy_interval interval = {from * TIME_US_PER_SECOND, to * TIME_US_PER_SECOND};
    if (interval.from_us > reader->horizon_us)
        return false;
    if (reader->busy_count == BUSY_MAX)
        compact(reader);
    reader->busy[reader->busy_count++] = interval;
    return true;
}

/* Where a moment's clock hangs; NULL after a refusal. */
static const struct ical_zone *zone_of(struct reader *reader, uint32_t line,
                                       const struct ical_moment *moment)
{
    if (moment->tzid == NULL || moment->is_date)
        return &reader->home;
    for (size_t i = 0; i < reader->zone_count; i++)
        if (strcmp(reader->zones[i].id, moment->tzid) == 0)
            return &reader->zones[i];
    const struct zone *known = ical_zone_known(moment->tzid);
    if (known == NULL || reader->zone_count == ICAL_ZONES_MAX) {
        error_set(
            reader->err, ML_EINVAL, "",
            "line %u: there is no time zone \"%.64s\"; name one like Europe/Berlin, or define "
            "it with a VTIMEZONE",
            line, moment->tzid);
        return NULL;
    }
    struct ical_zone *zone = &reader->zones[reader->zone_count++];
    *zone = (struct ical_zone){.id = moment->tzid, .known = known};
    return zone;
}

static int instant_of(struct reader *reader, uint32_t line, const struct ical_moment *moment,
                      int64_t *ret)
{
    const struct ical_zone *zone = zone_of(reader, line, moment);
    if (zone == NULL)
        return ML_EINVAL;
    *ret = moment->is_utc ? moment->day * DAY + moment->second
                          : ical_zone_instant(zone, moment->day, moment->second);
    return 0;
}

/* An event while its occurrences are unrolled. */
struct unrolling {
    struct reader *reader;
    const struct event *event;
    const struct ical_zone *zone; /* of its start */
    bool utc;
    const struct ical_rule *rule;
    int64_t *excluded; /* instants, ascending */
    size_t excluded_count;
    int64_t *excluded_days; /* local days, ascending */
    size_t excluded_day_count;
    const struct override *overrides; /* of the same UID, ascending */
    size_t override_count;
};

static int by_number(const void *a, const void *b)
{
    int64_t first = *(const int64_t *)a, second = *(const int64_t *)b;
    return (first > second) - (first < second);
}

static int by_uid_and_instant(const void *a, const void *b)
{
    const struct override *first = a, *second = b;
    int order = strcmp(first->uid, second->uid);
    return order != 0 ? order : by_number(&first->at, &second->at);
}

static int64_t instant_in(const struct unrolling *unrolling, int64_t day, int32_t second)
{
    if (unrolling->utc)
        return day * DAY + second;
    return ical_zone_instant(unrolling->zone, day, second);
}

static bool has_number(const int64_t *numbers, size_t count, int64_t number)
{
    return count > 0 && bsearch(&number, numbers, count, sizeof number, by_number) != NULL;
}

/* False when it and all that follow begin too late. */
static bool add_occurrence(const struct unrolling *unrolling, int64_t day, int32_t second,
                           int32_t days, int64_t seconds)
{
    struct reader *reader = unrolling->reader;
    const struct event *event = unrolling->event;
    int64_t from = instant_in(unrolling, day, second);
    if (has_number(unrolling->excluded, unrolling->excluded_count, from) ||
        has_number(unrolling->excluded_days, unrolling->excluded_day_count, day))
        return true;
    struct override key = {event->uid, from};
    if (unrolling->override_count > 0 &&
        bsearch(&key, unrolling->overrides, unrolling->override_count, sizeof key,
                by_uid_and_instant) != NULL)
        return true;
    int64_t to = days != 0 ? instant_in(unrolling, day + days, second) : from;
    return add_busy(reader, from, to + seconds);
}

static bool visit_occurrence(void *context, int64_t day, int32_t second)
{
    const struct unrolling *unrolling = context;
    const struct ical_rule *rule = unrolling->rule;
    const struct event *event = unrolling->event;
    if (rule->has_until) {
        const struct ical_moment *until = &rule->until;
        int64_t last = until->day * DAY + (until->is_date ? DAY - 1 : until->second);
        int64_t here = until->is_utc ? instant_in(unrolling, day, second) : day * DAY + second;
        /* Of whole days the date alone counts. */
        if (event->start.is_date ? day > until->day : here > last)
            return false;
    }
    bool long_past = (day + event->days) * TIME_US_PER_DAY + event->seconds * TIME_US_PER_SECOND <
                     year_us(KEPT_FROM_YEAR) - 2 * TIME_US_PER_DAY;
    return long_past || add_occurrence(unrolling, day, second, event->days, event->seconds);
}

/* How long an event lasts, as `days` and `seconds`. */
static int settle_length(struct reader *reader, struct event *event)
{
    if (event->start.is_date) {
        if (event->has_end)
            event->days = (int32_t)(event->end.day - event->start.day > LASTING_DAYS_MAX
                                        ? LASTING_DAYS_MAX
                                        : event->end.day - event->start.day);
        /* Some programs give the same day as its own end. */
        if ((event->has_end && event->days <= 0) || (!event->has_end && !event->has_duration))
            event->days = 1;
        return 0;
    }
    if (!event->has_end)
        return 0;
    int64_t from, to;
    int status = instant_of(reader, event->line, &event->start, &from);
    status = status != 0 ? status : instant_of(reader, event->line, &event->end, &to);
    if (status != 0)
        return status;
    if (to - from > (int64_t)LASTING_DAYS_MAX * DAY)
        return refuse(reader, event->line, ML_ELIMIT, "the event lasts longer than 100 years");
    event->seconds = to > from ? to - from : 0;
    return 0;
}

static int add_dates(struct unrolling *unrolling)
{
    struct reader *reader = unrolling->reader;
    const struct event *event = unrolling->event;
    for (const struct period *date = event->dates; date != NULL; date = date->next) {
        struct unrolling one = *unrolling;
        int64_t from, to;
        one.zone = zone_of(reader, event->line, &date->from);
        one.utc = date->from.is_utc;
        if (one.zone == NULL)
            return ML_EINVAL;
        if (date->has_to) {
            int status = instant_of(reader, event->line, &date->from, &from);
            status = status != 0 ? status : instant_of(reader, event->line, &date->to, &to);
            if (status != 0)
                return status;
            add_occurrence(&one, date->from.day, date->from.second, 0, to > from ? to - from : 0);
        } else if (date->days < 0) {
            add_occurrence(&one, date->from.day, date->from.second, event->days, event->seconds);
        } else {
            add_occurrence(&one, date->from.day, date->from.second, date->days, date->seconds);
        }
    }
    return 0;
}

static int collect_exclusions(struct unrolling *unrolling)
{
    struct reader *reader = unrolling->reader;
    const struct event *event = unrolling->event;
    size_t count = 0;
    for (const struct ical_moments *one = event->exclusions; one != NULL; one = one->next)
        count++;
    unrolling->excluded = arena_array(&reader->arena, count + 1, sizeof *unrolling->excluded);
    unrolling->excluded_days =
        arena_array(&reader->arena, count + 1, sizeof *unrolling->excluded_days);
    for (const struct ical_moments *one = event->exclusions; one != NULL; one = one->next) {
        if (one->moment.is_date) {
            unrolling->excluded_days[unrolling->excluded_day_count++] = one->moment.day;
            continue;
        }
        int64_t *at = &unrolling->excluded[unrolling->excluded_count++];
        int status = instant_of(reader, event->line, &one->moment, at);
        if (status != 0)
            return status;
    }
    qsort(unrolling->excluded, unrolling->excluded_count, sizeof *unrolling->excluded, by_number);
    qsort(unrolling->excluded_days, unrolling->excluded_day_count, sizeof *unrolling->excluded_days,
          by_number);
    return 0;
}

static int by_uid(const void *a, const void *b)
{
    const struct override *first = a, *second = b;
    return strcmp(first->uid, second->uid);
}

static void find_overrides(struct unrolling *unrolling)
{
    const struct reader *reader = unrolling->reader;
    struct override key = {unrolling->event->uid, 0};
    if (key.uid == NULL || unrolling->event->has_recurrence_id || reader->override_count == 0)
        return;
    const struct override *first =
        bsearch(&key, reader->overrides, reader->override_count, sizeof key, by_uid);
    if (first == NULL)
        return;
    const struct override *last = first, *end = reader->overrides + reader->override_count;
    while (first > reader->overrides && strcmp(first[-1].uid, key.uid) == 0)
        first--;
    while (last < end && strcmp(last->uid, key.uid) == 0)
        last++;
    unrolling->overrides = first;
    unrolling->override_count = (size_t)(last - first);
}

static int unroll(struct reader *reader, struct event *event)
{
    struct unrolling unrolling = {.reader = reader, .event = event, .zone = &reader->home};
    if (event->has_start) {
        int status = settle_length(reader, event);
        if (status != 0)
            return status;
        unrolling.zone = zone_of(reader, event->line, &event->start);
        unrolling.utc = event->start.is_utc;
    }
    if (unrolling.zone == NULL)
        return ML_EINVAL;
    int status = collect_exclusions(&unrolling);
    if (status != 0)
        return status;
    find_overrides(&unrolling);
    if (event->has_start && event->rules == NULL)
        add_occurrence(&unrolling, event->start.day, event->start.second, event->days,
                       event->seconds);
    int64_t last_day = time_days(LAST_YEAR, 1, 1) - 1;
    for (const struct ical_rule *rule = event->rules; rule != NULL; rule = rule->next) {
        unrolling.rule = rule;
        status = ical_rule_expand(rule, &event->start, last_day, &reader->steps, visit_occurrence,
                                  &unrolling);
        if (status != 0)
            return refuse(reader, event->line, status,
                          "this event and those before it repeat too often to be unrolled; end the "
                          "rules with UNTIL or COUNT");
    }
    return add_dates(&unrolling);
}

static int collect_overrides(struct reader *reader)
{
    size_t count = 0;
    for (const struct event *event = reader->events; event != NULL; event = event->next)
        count += event->has_recurrence_id && event->uid != NULL;
    reader->overrides = arena_array(&reader->arena, count + 1, sizeof *reader->overrides);
    for (const struct event *event = reader->events; event != NULL; event = event->next) {
        if (!event->has_recurrence_id || event->uid == NULL)
            continue;
        struct override *one = &reader->overrides[reader->override_count++];
        one->uid = event->uid;
        int status = instant_of(reader, event->line, &event->recurrence_id, &one->at);
        if (status != 0)
            return status;
    }
    qsort(reader->overrides, reader->override_count, sizeof *reader->overrides, by_uid_and_instant);
    return 0;
}

static int unroll_all(struct reader *reader)
{
    int status = collect_overrides(reader);
    for (struct event *event = reader->events; event != NULL && status == 0; event = event->next)
        if (!event->free)
            status = unroll(reader, event);
    if (status != 0)
        return status;
    compact(reader);
    if (reader->horizon_us < year_us(KEPT_UNTIL_YEAR))
        return error_set(reader->err, ML_ELIMIT, "",
                         "line 1: there are more than %d busy times before %d; leave out events "
                         "that are over, or end those that repeat",
                         POLICY_CLOSED_MAX, KEPT_UNTIL_YEAR);
    return 0;
}

/* ---- the whole */

static int read_with_libical(struct reader *reader)
{
    while (atomic_flag_test_and_set_explicit(&in_libical, memory_order_acquire))
        sched_yield();
    icalerror_set_errors_are_fatal(0);
    reader->parser = icalparser_new();
    if (reader->parser == NULL)
        panic("out of memory");
    int status = read_lines(reader);
    icalparser_free(reader->parser);
    atomic_flag_clear_explicit(&in_libical, memory_order_release);
    return status;
}

int policy_ical_read(struct bytes text, const struct zone *zone, struct arena *arena,
                     struct policy_interval **ret, size_t *ret_count, struct error *err)
{
    if (text.size > POLICY_ICAL_MAX)
        return error_set(err, ML_ELIMIT, "", "line 1: the file is larger than %d MiB",
                         POLICY_ICAL_MAX / (1024 * 1024));
    if (text.size >= 3 && memcmp(text.data, "\xEF\xBB\xBF", 3) == 0)
        text = (struct bytes){text.data + 3, text.size - 3};
    struct reader *reader = calloc(1, sizeof *reader);
    if (reader == NULL || (reader->busy = calloc(BUSY_MAX, sizeof *reader->busy)) == NULL)
        panic("out of memory");
    arena_init(&reader->arena);
    buffer_init(&reader->text, POLICY_ICAL_MAX + 1);
    reader->rest = text;
    reader->next_line = 1;
    reader->last_event = &reader->events;
    reader->home = (struct ical_zone){
        .id = "", .known = zone != NULL ? zone : zone_find(BYTES_LITERAL("+00:00"))};
    reader->steps = ICAL_STEPS_MAX;
    reader->horizon_us = INT64_MAX;
    reader->err = err;
    int status = read_with_libical(reader);
    status = status != 0 ? status : unroll_all(reader);
    if (status == 0) {
        struct policy_interval *busy = arena_array(arena, reader->busy_count + 1, sizeof *busy);
        memcpy(busy, reader->busy, reader->busy_count * sizeof *busy);
        *ret = busy;
        *ret_count = reader->busy_count;
    }
    buffer_release(&reader->text);
    arena_release(&reader->arena);
    free(reader->busy);
    free(reader);
    return status;
}
