/* Timestamps and durations: reading, writing, arithmetic within the range, parts in any zone. */
#include "library.h"

static void timestamps_are_read_as_rfc_3339_has_them(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"string(timestamp('2026-11-23T09:30:00Z'))", "'2026-11-23T09:30:00Z'"},
        {"string(timestamp('2026-11-23T09:30:00.250Z'))", "'2026-11-23T09:30:00.25Z'"},
        {"string(timestamp('2026-11-23T09:30:00.1234567899Z'))",
         "'2026-11-23T09:30:00.123456789Z'"},
        {"string(timestamp('2026-11-23T09:30:00+05:30'))", "'2026-11-23T04:00:00Z'"},
        {"string(timestamp('2024-02-29T00:00:00-00:30'))", "'2024-02-29T00:30:00Z'"},
        {"string(timestamp('0001-01-01T00:00:00Z'))", "'0001-01-01T00:00:00Z'"},
        {"string(timestamp('9999-12-31T23:59:59.999999999Z'))", "'9999-12-31T23:59:59.999999999Z'"},
        {"string(timestamp(0))", "'1970-01-01T00:00:00Z'"},
        {"string(timestamp(-1))", "'1969-12-31T23:59:59Z'"},
        {"int(timestamp('2004-09-16T23:59:59.9Z'))", "1095379199"},
        {"timestamp(timestamp(5)) == timestamp(5)", "true"},
    };
    EXPECT_EACH(examples);
}

static void what_is_no_timestamp_is_an_error(void **state)
{
    (void)state;
    static const char *const sources[] = {
        "timestamp('')",
        "timestamp('2026-11-23')",
        "timestamp('2026-11-23T09:30:00')",
        "timestamp('2026-11-23T09:30Z')",
        "timestamp('2026-11-23T09:30:00.Z')",
        "timestamp('2026-11-23T09:30:00Z ')",
        "timestamp('2026-02-29T00:00:00Z')",
        "timestamp('2026-13-01T00:00:00Z')",
        "timestamp('2026-11-00T00:00:00Z')",
        "timestamp('2026-11-23T24:00:00Z')",
        "timestamp('2026-11-23T09:60:00Z')",
        "timestamp('2026-11-23T09:30:00+24:00')",
        "timestamp('2026-11-23T09:30:00+0100')",
        "timestamp('0000-01-01T00:00:00Z')",
        "timestamp('10000-01-01T00:00:00Z')",
        "timestamp('0001-01-01T00:00:00+00:01')",
        "timestamp(-62135596801)",
        "timestamp(253402300800)",
        "timestamp(9223372036854775807)",
    };
    EXPECT_ERRORS(sources);
    expect_error("timestamp('soon')", "range: \"soon\" is no timestamp of the years 0001 to 9999, "
                                      "such as 2026-11-23T09:30:00Z");
}

static void durations_are_read_as_sums_of_units(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"string(duration('1h30m0.5s'))", "'5400.5s'"},
        {"string(duration('1000000s'))", "'1000000s'"},
        {"string(duration('-1.5h'))", "'-5400s'"},
        {"string(duration('+2m'))", "'120s'"},
        {"string(duration('0'))", "'0s'"},
        {"string(duration('.5s'))", "'0.5s'"},
        {"string(duration('1ms2us3ns'))", "'0.001002003s'"},
        {"string(duration('1\u00b5s')) + string(duration('1\u03bcs'))", "'0.000001s0.000001s'"},
        {"string(duration('-1ns'))", "'-0.000000001s'"},
        {"string(duration('9223372036.854775807s'))", "'9223372036.854775807s'"},
        {"duration(duration('1s')) == duration('1000ms')", "true"},
    };
    EXPECT_EACH(examples);
    static const char *const bad[] = {
        "duration('')",     "duration('-')",      "duration('5')",   "duration('1d')",
        "duration('.s')",   "duration('1s2')",    "duration(' 1s')", "duration('1s ')",
        "duration('--1s')", "duration('1.5.5s')", "duration('s')",   "duration('1S')",
    };
    EXPECT_ERRORS(bad);
    expect_error("duration('soon')", "\"soon\" is no duration, such as 1h30m or 0.5s");
}

static void results_outside_the_range_are_errors(void **state)
{
    (void)state;
    static const char *const sources[] = {
        "duration('9223372036.854775808s')",
        "duration('99999999999999999999999999h')",
        "duration('9223372036s9223372036s')",
        "duration('9000000000s') + duration('9000000000s')",
        "duration('-9000000000s') - duration('9000000000s')",
        "timestamp('9999-12-31T23:59:59Z') + duration('1s')",
        "timestamp('0001-01-01T00:00:00Z') - duration('1ns')",
        "timestamp('0001-01-01T00:00:00Z') - timestamp('9999-12-31T23:59:59Z')",
    };
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++)
        if (strncmp(evaluate_printed(sources[i]), "error: range: ", 14) != 0)
            fail_msg("%s gives %s", sources[i], evaluate_printed(sources[i]));
}

static void times_are_added_and_subtracted(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"timestamp(10) + duration('5s') == timestamp(15)", "true"},
        {"duration('5s') + timestamp(10) == timestamp(15)", "true"},
        {"timestamp(10) - duration('10.5s') == timestamp('1969-12-31T23:59:59.5Z')", "true"},
        {"string(timestamp(10) - timestamp('1970-01-01T00:00:10.25Z'))", "'-0.25s'"},
        {"string(duration('1s') - duration('1ns'))", "'0.999999999s'"},
        {"string(duration('0.6s') + duration('0.6s'))", "'1.2s'"},
        {"string(duration('-0.6s') + duration('0.5s'))", "'-0.1s'"},
        {"timestamp(1) < timestamp(2) && duration('1s') > duration('-1h')", "true"},
        {"timestamp('1970-01-01T00:00:00.5Z') == timestamp(0)", "false"},
    };
    EXPECT_EACH(examples);
}

static void parts_are_those_of_utc(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"timestamp('2009-02-13T23:31:30.123456789Z').getFullYear()", "2009"},
        {"timestamp('2009-02-13T23:31:30.123456789Z').getMonth()", "1"},
        {"timestamp('2009-02-13T23:31:30.123456789Z').getDayOfMonth()", "12"},
        {"timestamp('2009-02-13T23:31:30.123456789Z').getDate()", "13"},
        {"timestamp('2009-02-13T23:31:30.123456789Z').getDayOfWeek()", "5"},
        {"timestamp('2009-02-13T23:31:30.123456789Z').getDayOfYear()", "43"},
        {"timestamp('2009-02-13T23:31:30.123456789Z').getHours()", "23"},
        {"timestamp('2009-02-13T23:31:30.123456789Z').getMinutes()", "31"},
        {"timestamp('2009-02-13T23:31:30.123456789Z').getSeconds()", "30"},
        {"timestamp('2009-02-13T23:31:30.123456789Z').getMilliseconds()", "123"},
    };
    EXPECT_EACH(examples);
}

static void parts_in_a_zone_are_what_its_clocks_show(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"timestamp('2009-02-13T23:31:30Z').getDate('Australia/Sydney')", "14"},
        {"timestamp('2009-12-31T23:31:30Z').getFullYear('Asia/Tokyo')", "2010"},
        {"timestamp('2009-12-31T23:31:30Z').getMonth('Asia/Tokyo')", "0"},
        {"timestamp('2009-12-31T23:31:30Z').getDayOfYear('Asia/Tokyo')", "0"},
        {"timestamp('2009-02-13T02:00:00Z').getDayOfMonth('America/St_Johns')", "11"},
        {"timestamp('2009-02-13T23:31:30Z').getDayOfWeek('+02:00')", "6"},
        {"timestamp('2009-02-13T23:31:30Z').getHours('02:00')", "1"},
        {"timestamp('2009-02-13T23:31:30Z').getMinutes('Asia/Kathmandu')", "16"},
        {"timestamp('2009-02-13T23:31:30Z').getSeconds('-00:00')", "30"},
        {"timestamp('2009-02-13T23:31:30.5Z').getMilliseconds('UTC')", "500"},
        {"timestamp('2026-03-29T00:59:59Z').getHours('Europe/Berlin')", "1"},
        {"timestamp('2026-03-29T01:00:00Z').getHours('Europe/Berlin')", "3"},
    };
    EXPECT_EACH(examples);
    expect_error("timestamp(0).getHours('Europe/Atlantis')",
                 "no time zone \"Europe/Atlantis\"; write it like Europe/Berlin or +02:00");
    expect_error("timestamp(0).getMilliseconds('../UTC')",
                 "no time zone \"../UTC\"; write it like Europe/Berlin or +02:00");
}

static void durations_are_told_in_whole_units(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"duration('10000s').getHours()", "2"},
        {"duration('3730s').getMinutes()", "62"},
        {"duration('-3730.9s').getSeconds()", "-3730"},
        {"duration('123.321456789s').getMilliseconds()", "321"},
        {"int(duration('1m'))", "60000000000"},
    };
    EXPECT_EACH(examples);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(timestamps_are_read_as_rfc_3339_has_them), TEST(what_is_no_timestamp_is_an_error),
        TEST(durations_are_read_as_sums_of_units),      TEST(results_outside_the_range_are_errors),
        TEST(times_are_added_and_subtracted),           TEST(parts_are_those_of_utc),
        TEST(parts_in_a_zone_are_what_its_clocks_show), TEST(durations_are_told_in_whole_units),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
