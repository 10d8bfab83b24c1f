/* iCalendar files: when their events are busy. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/time.h"
#include "policy/calendar/calendar.h"

#include <libical/ical.h>
#include <stdio.h>
#include <stdlib.h>

#define CALENDAR(content) "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n" content "END:VCALENDAR\r\n"
#define EVENT(content) "BEGIN:VEVENT\r\n" content "END:VEVENT\r\n"

struct found {
    struct arena arena;
    struct policy_interval *times;
    size_t count;
};

static int setup(void **state)
{
    static struct found found;
    arena_init(&found.arena);
    *state = &found;
    return 0;
}

static int teardown(void **state)
{
    struct found *found = *state;
    arena_release(&found->arena);
    return 0;
}

static void read_in(struct found *found, const char *zone, struct bytes text)
{
    struct error err;
    if (policy_ical_read(text, zone_find(bytes_of(zone)), &found->arena, &found->times,
                         &found->count, &err) != 0)
        fail_msg("%s", err.message);
}

/* "2026-11-23T09:00Z" */
static void print_minute(int64_t time_us, char text[static TIME_TEXT_SIZE])
{
    time_print(time_us, text);
    memcpy(text + 16, "Z", 2);
}

/* The first times, one a line, "from/to"; "+3" for how many more there are. */
static void check_first(void **state, const char *text, size_t most, const char *expected)
{
    struct found *found = *state;
    char *lines = arena_zalloc(&found->arena, 64 * (most + 2));
    char from[TIME_TEXT_SIZE], to[TIME_TEXT_SIZE];
    size_t size = 0;
    read_in(found, "Europe/Berlin", bytes_of(text));
    for (size_t i = 0; i < found->count && i < most; i++) {
        print_minute(found->times[i].from_us, from);
        print_minute(found->times[i].to_us, to);
        size += (size_t)sprintf(lines + size, "%s/%s\n", from, to);
    }
    if (found->count > most)
        sprintf(lines + size, "+%zu\n", found->count - most);
    assert_string_equal(lines, expected);
}

static void check(void **state, const char *text, const char *expected)
{
    check_first(state, text, 16, expected);
}

static void check_refused(void **state, struct bytes text, int code, const char *message)
{
    struct found *found = *state;
    struct error err;
    int status = policy_ical_read(text, NULL, &found->arena, &found->times, &found->count, &err);
    if (status != code || strstr(err.message, message) == NULL)
        fail_msg("%d: %s", status, status != 0 ? err.message : "");
}

/* ---- single events */

static void a_time_may_be_utc_floating_or_in_a_zone(void **state)
{
    check(state,
          CALENDAR(EVENT("UID:1\r\nDTSTART:20261123T090000Z\r\nDTEND:20261123T100000Z\r\n")
                       EVENT("UID:2\r\nDTSTART:20261124T090000\r\nDTEND:20261124T100000\r\n")
                           EVENT("UID:3\r\nDTSTART;TZID=America/New_York:20261125T090000\r\n"
                                 "DTEND;TZID=America/New_York:20261125T100000\r\n")),
          "2026-11-23T09:00Z/2026-11-23T10:00Z\n"
          "2026-11-24T08:00Z/2026-11-24T09:00Z\n"
          "2026-11-25T14:00Z/2026-11-25T15:00Z\n");
}

static void a_whole_day_is_a_day_where_the_calendar_is(void **state)
{
    check(state,
          CALENDAR(EVENT("UID:1\r\nDTSTART;VALUE=DATE:20261225\r\nDTEND;VALUE=DATE:20261227\r\n")
                       EVENT("UID:2\r\nDTSTART;VALUE=DATE:20261231\r\n")
                           EVENT("UID:3\r\nDTSTART;VALUE=DATE:20270503\r\n"
                                 "DTEND;VALUE=DATE:20270503\r\n")),
          "2026-12-24T23:00Z/2026-12-26T23:00Z\n"
          "2026-12-30T23:00Z/2026-12-31T23:00Z\n"
          "2027-05-02T22:00Z/2027-05-03T22:00Z\n");
}

static void a_duration_may_stand_for_the_end(void **state)
{
    /* A day is a day on the calendar, also the one with 25 hours. */
    check(state,
          CALENDAR(EVENT("UID:1\r\nDTSTART:20261123T090000Z\r\nDURATION:PT1H30M\r\n")
                       EVENT("UID:2\r\nDTSTART:20261024T090000\r\nDURATION:P1DT1H\r\n")
                           EVENT("UID:3\r\nDTSTART;VALUE=DATE:20261201\r\nDURATION:P1W\r\n")),
          "2026-10-24T07:00Z/2026-10-25T09:00Z\n"
          "2026-11-23T09:00Z/2026-11-23T10:30Z\n"
          "2026-11-30T23:00Z/2026-12-07T23:00Z\n");
}

static void what_is_free_or_cancelled_or_takes_no_time_is_not_busy(void **state)
{
    check(state,
          CALENDAR(EVENT("UID:1\r\nDTSTART:20261123T090000Z\r\nDURATION:PT1H\r\n"
                         "TRANSP:TRANSPARENT\r\n")
                       EVENT("UID:2\r\nDTSTART:20261123T090000Z\r\nDURATION:PT1H\r\n"
                             "STATUS:CANCELLED\r\n") EVENT("UID:3\r\nDTSTART:20261123T090000Z\r\n")
                           EVENT("UID:4\r\nDTSTART:20261123T120000Z\r\nDURATION:PT1H\r\n"
                                 "TRANSP:OPAQUE\r\nSTATUS:CONFIRMED\r\n")),
          "2026-11-23T12:00Z/2026-11-23T13:00Z\n");
}

static void what_overlaps_is_merged(void **state)
{
    check(state,
          CALENDAR(EVENT("UID:1\r\nDTSTART:20261123T110000Z\r\nDURATION:PT1H\r\n")
                       EVENT("UID:2\r\nDTSTART:20261123T090000Z\r\nDURATION:PT1H\r\n")
                           EVENT("UID:3\r\nDTSTART:20261123T093000Z\r\nDURATION:PT1H30M\r\n")),
          "2026-11-23T09:00Z/2026-11-23T12:00Z\n");
}

static void alarms_to_dos_and_texts_do_not_matter(void **state)
{
    check(state,
          "\xEF\xBB\xBF" CALENDAR(
              "X-WR-CALNAME:Team\r\nBEGIN:VTODO\r\nDTSTART:20261123T090000Z\r\nDURATION:PT9H\r\n"
              "END:VTODO\r\n" EVENT("UID:1\r\nSUMMARY:Caf\xC3\xA9\\, with\r\n  a folded line\r\n"
                                    "DTSTART:2026112\r\n 3T090000Z\r\nDURATION:PT1H\r\n"
                                    "BEGIN:VALARM\r\nTRIGGER:-PT15M\r\nDURATION:PT15M\r\n"
                                    "REPEAT:9\r\nEND:VALARM\r\nSTATUS:WHATEVER\r\n"
                                    "X-ODD;X-P=\"a:b;c\":yes\r\n")),
          "2026-11-23T09:00Z/2026-11-23T10:00Z\n");
}

static void lines_may_end_in_a_line_feed_alone(void **state)
{
    check(state,
          "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20261123T09\n 0000Z\nDURATION:PT1H\nEND:VEVENT\n"
          "\nEND:VCALENDAR",
          "2026-11-23T09:00Z/2026-11-23T10:00Z\n");
}

static void published_busy_times_are_read(void **state)
{
    check(state,
          CALENDAR("BEGIN:VFREEBUSY\r\nDTSTART:20261101T000000Z\r\nDTEND:20261201T000000Z\r\n"
                   "FREEBUSY;FBTYPE=BUSY:20261123T090000Z/PT1H,20261124T090000Z/20261124T110000Z"
                   "\r\nFREEBUSY;FBTYPE=FREE:20261125T090000Z/PT8H\r\nEND:VFREEBUSY\r\n"),
          "2026-11-23T09:00Z/2026-11-23T10:00Z\n"
          "2026-11-24T09:00Z/2026-11-24T11:00Z\n");
}

static void an_empty_calendar_is_never_busy(void **state)
{
    check(state, CALENDAR(""), "");
}

/* ---- what repeats */

static void a_holiday_comes_every_year_until_2100(void **state)
{
    check_first(state,
                CALENDAR(EVENT("UID:1\r\nDTSTART;VALUE=DATE:20201225\r\nRRULE:FREQ=YEARLY\r\n")), 2,
                "2020-12-24T23:00Z/2020-12-25T23:00Z\n"
                "2021-12-24T23:00Z/2021-12-25T23:00Z\n"
                "+78\n");
}

static void what_repeats_is_unrolled_from_2020(void **state)
{
    check_first(state,
                CALENDAR(EVENT("UID:1\r\nDTSTART;VALUE=DATE:16040229\r\nRRULE:FREQ=YEARLY\r\n")), 2,
                "2020-02-28T23:00Z/2020-02-29T23:00Z\n"
                "2024-02-28T23:00Z/2024-02-29T23:00Z\n"
                "+18\n");
}

static void a_weekly_meeting_keeps_its_time_on_the_wall(void **state)
{
    check(state,
          CALENDAR(EVENT("UID:1\r\nDTSTART;TZID=Europe/Berlin:20261019T090000\r\n"
                         "DTEND;TZID=Europe/Berlin:20261019T100000\r\n"
                         "RRULE:FREQ=WEEKLY;COUNT=3\r\n")),
          "2026-10-19T07:00Z/2026-10-19T08:00Z\n"
          "2026-10-26T08:00Z/2026-10-26T09:00Z\n"
          "2026-11-02T08:00Z/2026-11-02T09:00Z\n");
}

static void a_meeting_has_exceptions(void **state)
{
    /* One left out, one moved, one cancelled on its own, one more. */
    check(state,
          CALENDAR(EVENT("UID:1\r\nDTSTART;TZID=Europe/Berlin:20261102T090000\r\n"
                         "DURATION:PT1H\r\nRRULE:FREQ=WEEKLY;UNTIL=20261207T080000Z\r\n"
                         "EXDATE;TZID=Europe/Berlin:20261109T090000\r\n"
                         "RDATE;TZID=Europe/Berlin:20261211T090000\r\n")
                       EVENT("UID:1\r\nRECURRENCE-ID;TZID=Europe/Berlin:20261116T090000\r\n"
                             "DTSTART;TZID=Europe/Berlin:20261117T140000\r\nDURATION:PT2H\r\n")
                           EVENT("UID:1\r\nRECURRENCE-ID:20261123T080000Z\r\n"
                                 "DTSTART:20261123T080000Z\r\nSTATUS:CANCELLED\r\n")
                               EVENT("UID:2\r\nRECURRENCE-ID:20261130T080000Z\r\n"
                                     "DTSTART:20261201T080000Z\r\nDURATION:PT1H\r\n")),
          "2026-11-02T08:00Z/2026-11-02T09:00Z\n"
          "2026-11-17T13:00Z/2026-11-17T15:00Z\n"
          "2026-11-30T08:00Z/2026-11-30T09:00Z\n"
          "2026-12-01T08:00Z/2026-12-01T09:00Z\n"
          "2026-12-07T08:00Z/2026-12-07T09:00Z\n"
          "2026-12-11T08:00Z/2026-12-11T09:00Z\n");
}

static void exceptions_may_be_days_and_lists(void **state)
{
    check(state,
          CALENDAR(EVENT("UID:1\r\nDTSTART:20261123T090000Z\r\nDURATION:PT1H\r\n"
                         "RRULE:FREQ=DAILY;COUNT=5\r\n"
                         "EXDATE;VALUE=DATE:20261124,20261126\r\n")
                       EVENT("UID:2\r\nDTSTART;VALUE=DATE:20261201\r\n"
                             "RRULE:FREQ=DAILY;COUNT=4;INTERVAL=2\r\n"
                             "EXDATE;VALUE=DATE:20261203,20261205\r\n")),
          "2026-11-23T09:00Z/2026-11-23T10:00Z\n"
          "2026-11-25T09:00Z/2026-11-25T10:00Z\n"
          "2026-11-27T09:00Z/2026-11-27T10:00Z\n"
          "2026-11-30T23:00Z/2026-12-01T23:00Z\n"
          "2026-12-06T23:00Z/2026-12-07T23:00Z\n");
}

static void more_dates_may_have_their_own_length(void **state)
{
    check(state,
          CALENDAR(EVENT("UID:1\r\nDTSTART:20261123T090000Z\r\nDURATION:PT1H\r\n"
                         "RDATE:20261124T090000Z,20261125T090000Z\r\n"
                         "RDATE;VALUE=PERIOD:20261126T090000Z/PT3H,"
                         "20261127T090000Z/20261127T091500Z\r\n")),
          "2026-11-23T09:00Z/2026-11-23T10:00Z\n"
          "2026-11-24T09:00Z/2026-11-24T10:00Z\n"
          "2026-11-25T09:00Z/2026-11-25T10:00Z\n"
          "2026-11-26T09:00Z/2026-11-26T12:00Z\n"
          "2026-11-27T09:00Z/2026-11-27T09:15Z\n");
}

/* Where libical's own iterator can be trusted to end, it must agree: both unroll the rule from the
 * same start. */
static void check_like_libical(const char *start, const char *text)
{
    enum { COMPARED = 40 };
    char line[512];
    struct arena arena;
    struct policy_interval *times;
    size_t count, at = 0;
    struct error err;
    arena_init(&arena);
    snprintf(line, sizeof line,
             CALENDAR(EVENT("UID:1\r\nDTSTART:%s\r\nDURATION:PT1S\r\nRRULE:%s\r\n")), start, text);
    if (policy_ical_read(bytes_of(line), NULL, &arena, &times, &count, &err) != 0)
        fail_msg("%s: %s", text, err.message);
    icalrecur_iterator *iterator =
        icalrecur_iterator_new(icalrecurrencetype_from_string(text), icaltime_from_string(start));
    assert_non_null(iterator);
    for (; at < COMPARED; at++) {
        struct icaltimetype next = icalrecur_iterator_next(iterator);
        if (icaltime_is_null_time(next) || next.year >= 2100) {
            assert_int_equal(count, at);
            break;
        }
        assert_true(at < count);
        int64_t seconds = time_days(next.year, (unsigned)next.month, (unsigned)next.day) * 86400 +
                          next.hour * 3600 + next.minute * 60 + next.second;
        if (times[at].from_us != seconds * TIME_US_PER_SECOND)
            fail_msg("%s: the %zuth should be %s", text, at, icaltime_as_ical_string(next));
    }
    icalrecur_iterator_free(iterator);
    arena_release(&arena);
}

static void rules_mean_what_rfc_5545_says(void **state)
{
    static const char *const rules[][2] = {
        {"20260902T090000", "FREQ=DAILY;COUNT=10"},
        {"20260902T090000", "FREQ=DAILY;INTERVAL=10;COUNT=5"},
        {"20260101T090000", "FREQ=YEARLY;UNTIL=20290131T140000;BYMONTH=1;BYDAY=SU,MO,TU,WE,TH"},
        {"20260902T090000", "FREQ=WEEKLY;INTERVAL=2;WKST=SU"},
        {"20260901T090000", "FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=MO,WE,FR"},
        {"20260901T090000", "FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=MO;BYDAY=TU,SU"},
        {"20260904T090000", "FREQ=MONTHLY;COUNT=10;BYDAY=1FR"},
        {"20260906T090000", "FREQ=MONTHLY;INTERVAL=2;BYDAY=1SU,-1SU"},
        {"20260921T090000", "FREQ=MONTHLY;COUNT=6;BYDAY=-2MO"},
        {"20260928T090000", "FREQ=MONTHLY;BYMONTHDAY=-3"},
        {"20260930T090000", "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=1,-1"},
        {"20260131T090000", "FREQ=MONTHLY"},
        {"20260910T090000", "FREQ=MONTHLY;INTERVAL=18;BYMONTHDAY=10,11,12"},
        {"20260310T090000", "FREQ=YEARLY;INTERVAL=2;BYMONTH=1,2,3"},
        {"20260101T090000", "FREQ=YEARLY;INTERVAL=3;BYYEARDAY=1,100,200,-1"},
        {"20260518T090000", "FREQ=YEARLY;BYDAY=20MO"},
        {"20260511T090000", "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO,WE"},
        {"20260305T090000", "FREQ=YEARLY;BYMONTH=3;BYDAY=TH"},
        {"20260604T090000", "FREQ=YEARLY;BYDAY=TH;BYMONTH=6,7,8"},
        {"20260213T090000", "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13"},
        {"20260912T090000", "FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13"},
        {"20241105T090000", "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8"},
        {"20260903T090000", "FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3"},
        {"20260929T090000", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2"},
        {"20260902T090000", "FREQ=HOURLY;INTERVAL=3;UNTIL=20260902T170000"},
        {"20260902T090000", "FREQ=MINUTELY;INTERVAL=90;COUNT=4"},
        {"20260902T090000", "FREQ=DAILY;COUNT=40;BYHOUR=9,10,11;BYMINUTE=0,20,40"},
        {"20260902T090000", "FREQ=DAILY;BYMONTH=1;BYMONTHDAY=1,15"},
        {"20240229T090000", "FREQ=YEARLY"},
        {"20240229T090000", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-1"},
        {"20260104T090000", "FREQ=WEEKLY;BYMONTH=1,6;BYDAY=SU,SA;WKST=SU"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        check_like_libical(rules[i][0], rules[i][1]);
}

static void week_53_is_in_the_years_that_have_one(void **state)
{
    /* libical takes the last days of 2031, which are in week 1 of 2032. */
    check(state,
          CALENDAR(EVENT("UID:1\r\nDTSTART:20261228T090000Z\r\nDURATION:PT1H\r\n"
                         "RRULE:FREQ=YEARLY;BYWEEKNO=53;BYDAY=MO;COUNT=3\r\n")),
          "2026-12-28T09:00Z/2026-12-28T10:00Z\n"
          "2032-12-27T09:00Z/2032-12-27T10:00Z\n"
          "2037-12-28T09:00Z/2037-12-28T10:00Z\n");
}

/* ---- time zones */

#define NOWHERE                                                                               \
    "BEGIN:VTIMEZONE\r\nTZID:Nowhere\r\n"                                                     \
    "BEGIN:STANDARD\r\nDTSTART:16011028T030000\r\nTZOFFSETFROM:+0345\r\nTZOFFSETTO:+0245\r\n" \
    "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\r\nEND:STANDARD\r\n"                             \
    "BEGIN:DAYLIGHT\r\nDTSTART:16010325T020000\r\nTZOFFSETFROM:+0245\r\nTZOFFSETTO:+0345\r\n" \
    "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3\r\nEND:DAYLIGHT\r\nEND:VTIMEZONE\r\n"

static void a_file_may_define_its_zones(void **state)
{
    /* Also behind the event that uses it. */
    check(state,
          CALENDAR(EVENT("UID:1\r\nDTSTART;TZID=Nowhere:20260328T090000\r\nDURATION:PT1H\r\n"
                         "RRULE:FREQ=DAILY;COUNT=2\r\n")
                       NOWHERE EVENT("UID:2\r\nDTSTART;TZID=\"Nowhere\":20261025T090000\r\n"
                                     "DURATION:PT1H\r\n")),
          "2026-03-28T06:15Z/2026-03-28T07:15Z\n"
          "2026-03-29T05:15Z/2026-03-29T06:15Z\n"
          "2026-10-25T06:15Z/2026-10-25T07:15Z\n");
}

static void readings_that_are_skipped_or_double_are_those_of_base_zone(void **state)
{
    check(state,
          CALENDAR(NOWHERE EVENT("DTSTART;TZID=Nowhere:20260329T023000\r\nDURATION:PT1H\r\n")
                       EVENT("DTSTART;TZID=Nowhere:20261025T023000\r\nDURATION:PT1H\r\n")),
          "2026-03-28T23:45Z/2026-03-29T00:45Z\n"
          "2026-10-24T22:45Z/2026-10-24T23:45Z\n");
}

static void zones_have_many_names(void **state)
{
    check(
        state,
        CALENDAR(EVENT("DTSTART;TZID=W. Europe Standard Time:20261123T090000\r\nDURATION:PT1H\r\n")
                     EVENT("DTSTART;TZID=/tools.example/2026/Asia/Kolkata:20261124T090000\r\n"
                           "DURATION:PT1H\r\n")),
        "2026-11-23T08:00Z/2026-11-23T09:00Z\n"
        "2026-11-24T03:30Z/2026-11-24T04:30Z\n");
}

/* ---- bad files */

static void mistakes_name_the_line(void **state)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"", "line 1: the file has no BEGIN:VCALENDAR"},
        {"name: not a calendar\n", "line 1: this is not an iCalendar file"},
        {"BEGIN:VCALENDAR\n", "line 1: the file ends without END:VCALENDAR"},
        {CALENDAR("BEGIN:VEVENT\r\n"), "line 4: END:VCALENDAR where END:VEVENT is due"},
        {"END:VCALENDAR\n", "line 1: this is not an iCalendar file"},
        {CALENDAR(EVENT("UID:1\r\n")), "line 3: the event has no DTSTART"},
        {CALENDAR(EVENT("DTSTART:tomorrow\r\n")), "line 3: "},
        {CALENDAR(EVENT("DTSTART:20260230T090000Z\r\n")), "line 3: the DTSTART"},
        {CALENDAR(EVENT("DTSTART\r\n")), "line 3: "},
        {CALENDAR(EVENT("DTSTART;TZID=Mars/Phobos:20261123T090000\r\n")),
         "line 3: there is no time zone \"Mars/Phobos\""},
        {CALENDAR(EVENT("DTSTART:20261123T090000Z\r\nRRULE:FREQ=SOMETIMES\r\n")), "line 3: "},
        {CALENDAR(EVENT("DTSTART:20261123T090000Z\r\nRRULE:RSCALE=HEBREW;FREQ=YEARLY\r\n")),
         "the calendar HEBREW; only GREGORIAN"},
        {CALENDAR(EVENT("DTSTART:20261123T090000Z\r\nDURATION:-PT1H\r\n")), "line 3: the DURATION"},
        {CALENDAR("BEGIN:VTIMEZONE\r\nTZID:X\r\nEND:VTIMEZONE\r\n"),
         "line 3: the VTIMEZONE has neither STANDARD nor DAYLIGHT"},
        {CALENDAR("BEGIN:VTIMEZONE\r\nEND:VTIMEZONE\r\n"), "line 3: the VTIMEZONE has no TZID"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_refused(state, bytes_of(cases[i].text), ML_EINVAL, cases[i].message);
    check_refused(state, BYTES_LITERAL("BEGIN:VCAL\0ENDAR\r\n"), ML_EINVAL, "line 1: a zero byte");
}

static void rules_that_repeat_too_often_are_refused_soon(void **state)
{
    check_refused(state,
                  BYTES_LITERAL(CALENDAR(EVENT("DTSTART:20260101T000000Z\r\nDURATION:PT1S\r\n"
                                               "RRULE:FREQ=SECONDLY\r\n"))),
                  ML_ELIMIT, "line 3: this event and those before it repeat too often");
    check_refused(state,
                  BYTES_LITERAL(CALENDAR(
                      EVENT("DTSTART:20260101T000000Z\r\nRRULE:FREQ=DAILY;COUNT=3\r\n")
                          EVENT("DTSTART:20260101T000000Z\r\nRRULE:FREQ=MINUTELY;INTERVAL=2\r\n"))),
                  ML_ELIMIT, "line 7: ");
}

static void a_rule_that_never_comes_true_is_never_busy(void **state)
{
    check(state,
          CALENDAR(EVENT("DTSTART:20260101T000000Z\r\nDURATION:PT1H\r\n"
                         "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30\r\n")),
          "");
}

static void of_too_many_times_the_first_are_kept(void **state)
{
    struct found *found = *state;
    /* Every day, then twice a day: 29,000 and 58,000 until 2100. */
    read_in(found, "UTC",
            BYTES_LITERAL(CALENDAR(EVENT("DTSTART:20200101T090000Z\r\nDURATION:PT1H\r\n"
                                         "RRULE:FREQ=DAILY;BYHOUR=9,14\r\n")
                                       EVENT("DTSTART:20150101T170000Z\r\nDURATION:PT1H\r\n"))));
    assert_int_equal(found->count, POLICY_CLOSED_MAX);
    char first[TIME_TEXT_SIZE], last[TIME_TEXT_SIZE];
    print_minute(found->times[0].from_us, first);
    print_minute(found->times[found->count - 1].from_us, last);
    assert_string_equal(first, "2020-01-01T09:00Z");
    assert_string_equal(last, "2047-05-18T14:00Z");
    check_refused(state,
                  BYTES_LITERAL(CALENDAR(EVENT("DTSTART:20200101T090000Z\r\nDURATION:PT1M\r\n"
                                               "RRULE:FREQ=HOURLY\r\n"))),
                  ML_ELIMIT, "more than 20000 busy times before 2030");
}

static void nesting_has_a_limit(void **state)
{
    struct buffer text;
    buffer_init(&text, POLICY_ICAL_MAX);
    for (int i = 0; i < 20; i++)
        buffer_printf(&text, "BEGIN:VCALENDAR\r\n");
    check_refused(state, buffer_bytes(&text), ML_ELIMIT, "line 17: components are nested too deep");
    buffer_release(&text);
}

static void long_lines_are_refused_only_where_they_matter(void **state)
{
    struct found *found = *state;
    struct buffer text;
    buffer_init(&text, POLICY_ICAL_MAX);
    buffer_printf(&text, "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:20261123T090000Z\r\n"
                         "DURATION:PT1H\r\nATTACH;ENCODING=BASE64:");
    for (int i = 0; i < 100000; i++)
        buffer_printf(&text, "QUJD,");
    buffer_printf(&text, "\r\nEXDATE:20261124T090000Z");
    size_t size = text.size;
    buffer_printf(&text, "\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n");
    read_in(found, "UTC", buffer_bytes(&text));
    assert_int_equal(found->count, 1);
    text.size = size;
    for (int i = 0; i < 400; i++)
        buffer_printf(&text, ",20261124T090000Z");
    check_refused(state, buffer_bytes(&text), ML_ELIMIT, "line 6: the line is too long");
    buffer_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(a_time_may_be_utc_floating_or_in_a_zone),
        TEST(a_whole_day_is_a_day_where_the_calendar_is),
        TEST(a_duration_may_stand_for_the_end),
        TEST(what_is_free_or_cancelled_or_takes_no_time_is_not_busy),
        TEST(what_overlaps_is_merged),
        TEST(alarms_to_dos_and_texts_do_not_matter),
        TEST(lines_may_end_in_a_line_feed_alone),
        TEST(published_busy_times_are_read),
        TEST(an_empty_calendar_is_never_busy),
        TEST(a_holiday_comes_every_year_until_2100),
        TEST(what_repeats_is_unrolled_from_2020),
        TEST(a_weekly_meeting_keeps_its_time_on_the_wall),
        TEST(a_meeting_has_exceptions),
        TEST(exceptions_may_be_days_and_lists),
        TEST(more_dates_may_have_their_own_length),
        TEST(rules_mean_what_rfc_5545_says),
        TEST(week_53_is_in_the_years_that_have_one),
        TEST(a_file_may_define_its_zones),
        TEST(readings_that_are_skipped_or_double_are_those_of_base_zone),
        TEST(zones_have_many_names),
        TEST(mistakes_name_the_line),
        TEST(rules_that_repeat_too_often_are_refused_soon),
        TEST(a_rule_that_never_comes_true_is_never_busy),
        TEST(of_too_many_times_the_first_are_kept),
        TEST(nesting_has_a_limit),
        TEST(long_lines_are_refused_only_where_they_matter),
    };
    return cmocka_run_group_tests_name("policy_ical", tests, NULL, NULL);
}
