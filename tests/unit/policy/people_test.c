/* Capacity by the hour and day, calendars, time off. */
#include "mesh.h"

#include "policy/calendar/calendar.h"

#include "base/time.h"

#define CALENDARS                                                                \
    "calendars:\n"                                                               \
    "  - id: office\n"                                                           \
    "    time_zone: Europe/Berlin\n"                                             \
    "    hours: {mon-fri: \"09:00-12:30, 13:30-18:00\", sat: \"10:00-14:00\"}\n" \
    "    closed: [\"2026-12-25\", \"2026-12-27/2026-12-31\"]\n"                  \
    "    ical: [calendars/holidays.ics]\n"                                       \
    "  - {id: nights, time_zone: America/New_York, hours: {daily: \"22:00-06:00\"}}\n"
#define HOLIDAYS                                                               \
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\nBEGIN:VEVENT\r\n" \
    "UID:1\r\nDTSTAMP:20260101T000000Z\r\nDTSTART;VALUE=DATE:20261103\r\n"     \
    "DTEND;VALUE=DATE:20261104\r\nSUMMARY:Off\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"

static void set_people(struct mesh *mesh, const char *people)
{
    mesh_init(mesh);
    mesh_set(mesh, "people.yaml", people);
    mesh_set(mesh, "calendars/holidays.ics", HOLIDAYS);
}

static enum policy_duty duty(const struct policy_release *release, const char *rep,
                             const char *time)
{
    int64_t time_us, until_us;
    assert_int_equal(time_parse(bytes_of(time), &time_us, NULL), 0);
    enum policy_duty found =
        policy_duty_at(release, policy_rep_find(release, bytes_of(rep)), time_us, &until_us);
    assert_true(until_us > time_us);
    return found;
}

#define PEOPLE                                                                          \
    CALENDARS "defaults: {capacity: {open: 9, per_day: 4}, calendar: office}\n"         \
              "reps:\n"                                                                 \
              "  - {id: ana, team: north, capacity: {open: 25, per_hour: 5}}\n"         \
              "  - {id: ben, team: north, capacity: 3, calendar: always}\n"             \
              "  - id: cleo\n"                                                          \
              "    calendar: nights\n"                                                  \
              "    time_zone: Asia/Tokyo\n"                                             \
              "    time_off: [\"2026-11-30T13:00/2026-11-30T17:00\", \"2026-12-02\"]\n" \
              "    time_off_ical: [calendars/holidays.ics]\n"

static void check_people(const struct policy_release *release)
{
    const struct policy_rep *reps = release->reps;
    assert_int_equal(reps[0].capacity, 25);
    assert_int_equal(reps[0].per_hour, 5);
    assert_int_equal(reps[0].per_day, 4);
    assert_int_equal(reps[1].capacity, 3);
    assert_int_equal(reps[1].per_hour, 0);
    assert_int_equal(reps[2].capacity, 9);
    assert_string_equal(reps[0].time_zone, "Europe/Berlin");
    assert_string_equal(reps[1].time_zone, "");
    assert_string_equal(reps[2].time_zone, "Asia/Tokyo");
    assert_int_equal(release->calendar_count, 2);
    assert_ptr_equal(reps[0].calendar, release->calendars[0]);
    assert_null(reps[1].calendar);
    assert_int_equal(reps[2].time_off_count, 3);
    /* A Monday in Berlin, +01:00. */
    assert_int_equal(duty(release, "ana", "2026-11-23T08:30:00Z"), POLICY_ON_DUTY);
    assert_int_equal(duty(release, "ana", "2026-11-23T12:00:00Z"), POLICY_OFF_HOURS);
    assert_int_equal(duty(release, "ana", "2026-12-25T09:00:00Z"), POLICY_HOLIDAY);
    assert_int_equal(duty(release, "ana", "2026-11-03T09:00:00Z"), POLICY_HOLIDAY);
    assert_int_equal(duty(release, "ben", "2026-12-25T03:00:00Z"), POLICY_ON_DUTY);
    assert_int_equal(duty(release, "cleo", "2026-11-24T04:00:00Z"), POLICY_ON_DUTY);
    assert_int_equal(duty(release, "cleo", "2026-11-30T05:00:00Z"), POLICY_TIME_OFF);
    assert_int_equal(duty(release, "cleo", "2026-12-02T04:00:00Z"), POLICY_TIME_OFF);
}

static void reps_have_limits_calendars_and_time_off(void **state)
{
    (void)state;
    struct mesh mesh;
    set_people(&mesh, PEOPLE);
    struct policy_release *release = mesh_compile(&mesh), *again = NULL;
    struct error error;
    check_people(release);
    assert_int_equal(policy_release_from_canonical(release->canonical, &again, &error), 0);
    assert_string_equal(again->id_text, release->id_text);
    policy_release_unref(release);
    check_people(again);
    policy_release_unref(again);
}

static void every_rep_has_a_calendar_when_there_are_any(void **state)
{
    (void)state;
    struct mesh mesh;
    set_people(&mesh,
               CALENDARS "reps:\n  - {id: ana, team: north}\n  - {id: ben, calendar: offise}\n"
                         "  - {id: cleo, calendar: always}\n");
    mesh_refused(&mesh,
                 "people.yaml:9:10: the rep `ana` has no calendar; give one of `calendars`, or "
                 "`always` (or one for everybody under `defaults`)",
                 "people.yaml:10:25: no calendar `offise` under `calendars`; did you mean "
                 "`office`?");
}

static void without_calendars_everybody_is_always_there(void **state)
{
    (void)state;
    struct mesh mesh;
    mesh_init(&mesh);
    struct policy_release *release = mesh_compile(&mesh);
    assert_int_equal(release->calendar_count, 0);
    assert_int_equal(duty(release, "ana", "2026-12-25T03:00:00Z"), POLICY_ON_DUTY);
    policy_release_unref(release);
}

static void mistakes_about_time_are_named(void **state)
{
    (void)state;
    struct mesh mesh;
    set_people(&mesh,
               "calendars:\n"
               "  - {id: always, time_zone: Europe/Berlim, hours: {mon-fri: 9-17}}\n"
               "  - {id: b, time_zone: UTC, hours: {mon: closed, mon-tue: \"08:00-09:00\", "
               "mun: closed}}\n"
               "  - {id: c, time_zone: UTC, hours: {mon: closed}}\n"
               "  - {id: c, time_zone: UTC, hours: {daily: \"00:00-24:00\"}, closed: [2026-13-01],"
               " ical: [calendars/holiday.ics]}\n"
               "  - {id: d, time_zone: UTC, hours: {daily: \"00:00-24:00\"}, closed: [2026-13-01],"
               " ical: [calendars/holiday.ics]}\n"
               "defaults: {calendar: d}\n"
               "reps: [{id: ana, team: north, time_zone: Mars/Base}, {id: ben}, {id: cleo}]\n");
    struct policy_diagnostics diagnostics;
    struct policy_release *release = NULL;
    struct error error;
    static const struct {
        uint32_t line, column;
        const char *word;
    } expected[] = {
        {2, 10, "`always` stands for"},
        {2, 29, "no time zone `Europe/Berlim`"},
        {2, 61, "9-17"},
        {3, 50, "Monday a second time"},
        {3, 74, "mun"},
        {4, 36, "never open"},
        {5, 10, "given twice"},
        {6, 69, "2026-13-01"},
        {6, 89, "calendars/holidays.ics"},
        {8, 42, "Mars/Base"},
    };
    policy_diagnostics_init(&diagnostics);
    assert_int_equal(policy_release_compile(mesh.files, mesh.count, &diagnostics, &release, &error),
                     ML_EINVAL);
    for (size_t i = 0; i < diagnostics.count; i++)
        print_message("# %u:%u %s\n", diagnostics.items[i].line, diagnostics.items[i].column,
                      diagnostics.items[i].message);
    assert_int_equal(diagnostics.count, sizeof expected / sizeof *expected);
    for (size_t i = 0; i < diagnostics.count; i++) {
        assert_int_equal(diagnostics.items[i].line, expected[i].line);
        assert_int_equal(diagnostics.items[i].column, expected[i].column);
        assert_non_null(strstr(diagnostics.items[i].message, expected[i].word));
    }
    policy_diagnostics_release(&diagnostics);
}

static void a_broken_icalendar_file_is_named(void **state)
{
    (void)state;
    struct mesh mesh;
    struct policy_diagnostics diagnostics;
    struct policy_release *release = NULL;
    struct error error;
    set_people(&mesh, PEOPLE);
    mesh_set(&mesh, "calendars/holidays.ics", "holidays: none\n");
    policy_diagnostics_init(&diagnostics);
    assert_int_equal(policy_release_compile(mesh.files, mesh.count, &diagnostics, &release, &error),
                     ML_EINVAL);
    assert_int_equal(diagnostics.count, 1);
    assert_string_equal(diagnostics.items[0].file, "calendars/holidays.ics");
    policy_diagnostics_release(&diagnostics);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reps_have_limits_calendars_and_time_off),
        cmocka_unit_test(every_rep_has_a_calendar_when_there_are_any),
        cmocka_unit_test(without_calendars_everybody_is_always_there),
        cmocka_unit_test(mistakes_about_time_are_named),
        cmocka_unit_test(a_broken_icalendar_file_is_named),
    };
    return cmocka_run_group_tests_name("policy_people", tests, NULL, NULL);
}
