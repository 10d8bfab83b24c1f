/* Times are RFC 3339 outside and microseconds inside; durations are sums of units. */
#include "base/time.h"

#include "unit.h"

static int64_t parsed(const char *text)
{
    int64_t time_us = -1;
    struct error err = {0};
    if (time_parse(bytes_of(text), &time_us, &err) != 0)
        fail_msg("%s", err.message);
    return time_us;
}

static const struct {
    int64_t time_us;
    const char *text;
} known_times[] = {
    {INT64_C(0), "1970-01-01T00:00:00.000000Z"},
    {INT64_C(1), "1970-01-01T00:00:00.000001Z"},
    {INT64_C(-1), "1969-12-31T23:59:59.999999Z"},
    {INT64_C(951782400000000), "2000-02-29T00:00:00.000000Z"},
    {INT64_C(951868800000000), "2000-03-01T00:00:00.000000Z"},
    {INT64_C(1000000000000000), "2001-09-09T01:46:40.000000Z"},
    {INT64_C(1795426200000000), "2026-11-23T09:30:00.000000Z"},
    {INT64_C(2147483647999999), "2038-01-19T03:14:07.999999Z"},
    {INT64_C(4107542399000000), "2100-02-28T23:59:59.000000Z"},
    {INT64_C(4107542400000000), "2100-03-01T00:00:00.000000Z"},
    {INT64_C(-62135596800000000), "0001-01-01T00:00:00.000000Z"},
    {INT64_C(253402300799999999), "9999-12-31T23:59:59.999999Z"},
};

static void known_times_print_and_read_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof known_times / sizeof *known_times; i++) {
        char text[TIME_TEXT_SIZE];
        time_print(known_times[i].time_us, text);
        assert_string_equal(text, known_times[i].text);
        assert_true(parsed(text) == known_times[i].time_us);
    }
}

static void every_day_of_many_years_reads_back(void **state)
{
    (void)state;
    for (int64_t day = -719162; day <= 2932896; day += 13) {
        int64_t time_us = day * TIME_US_PER_DAY + 12345678901;
        char text[TIME_TEXT_SIZE];
        time_print(time_us, text);
        assert_true(parsed(text) == time_us);
    }
}

static void offsets_are_taken_away(void **state)
{
    (void)state;
    int64_t noon = parsed("2026-11-23T12:00:00Z");
    assert_true(parsed("2026-11-23T13:00:00+01:00") == noon);
    assert_true(parsed("2026-11-23T08:30:00-03:30") == noon);
    assert_true(parsed("2026-11-23T12:00:00-00:00") == noon);
    assert_true(parsed("2026-11-24T02:00:00+14:00") == noon);
    assert_true(parsed("2026-11-22T12:01:00-23:59") == noon);
}

static void the_spellings_of_rfc_3339_are_read(void **state)
{
    (void)state;
    int64_t time_us = parsed("2026-11-23T09:30:00Z");
    assert_true(parsed("2026-11-23t09:30:00z") == time_us);
    assert_true(parsed("2026-11-23 09:30:00Z") == time_us);
    assert_true(parsed("2026-11-23T09:30:00.5Z") == time_us + 500000);
    assert_true(parsed("2026-11-23T09:30:00.123456Z") == time_us + 123456);
    assert_true(parsed("2026-11-23T09:30:00.123456999Z") == time_us + 123456);
    assert_true(parsed("2026-11-23T09:30:00.00000000000000000001Z") == time_us);
}

static void a_leap_second_is_the_next_minute(void **state)
{
    (void)state;
    assert_true(parsed("2016-12-31T23:59:60Z") == parsed("2017-01-01T00:00:00Z"));
}

static void what_is_not_a_time_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "2026",
        "2026-11-23",
        "2026-11-23T09:30Z",
        "2026-11-23T09:30:00",
        "2026-11-23T09:30:00.Z",
        "2026-11-23T09:30:00+01",
        "2026-11-23T09:30:00+0100",
        "2026-11-23T09:30:00+24:00",
        "2026-11-23T09:30:00+01:60",
        "2026-11-23T09:30:00Z ",
        " 2026-11-23T09:30:00Z",
        "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z",
        "2026-11-31T00:00:00Z",
        "2026-11-00T00:00:00Z",
        "2026-02-29T00:00:00Z",
        "2100-02-29T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "2026-11-23T24:00:00Z",
        "2026-11-23T09:60:00Z",
        "2026-11-23T09:30:61Z",
        "26-11-23T09:30:00Z",
        "2026/11/23T09:30:00Z",
        "-2026-11-23T09:30:00Z",
        "2026-11-23X09:30:00Z",
        "20261123T093000Z",
        "2026-1-23T09:30:00Z",
        "yesterday",
        "0001-01-01T00:00:00+00:01",
        "9999-12-31T23:59:00-00:01",
        "9999-12-31T23:59:60Z",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int64_t time_us = 42;
        struct error err = {0};
        if (time_parse(bytes_of(bad[i]), &time_us, &err) != ML_EINVAL)
            fail_msg("\"%s\" was taken for a time", bad[i]);
        assert_int_equal(err.code, ML_EINVAL);
        assert_non_null(strstr(err.message, bad[i]));
        assert_non_null(strstr(err.message, "2026-11-23T09:30:00Z"));
        assert_true(time_us == 42);
    }
}

static void times_from_hostile_input_are_quoted_only_in_part(void **state)
{
    (void)state;
    char text[5000];
    memset(text, '9', sizeof text);
    int64_t time_us;
    struct error err = {0};
    assert_int_equal(time_parse((struct bytes){text, sizeof text}, &time_us, &err), ML_EINVAL);
    assert_true(strlen(err.message) < 200);
    assert_int_equal(time_parse((struct bytes){NULL, 0}, &time_us, NULL), ML_EINVAL);
    assert_int_equal(time_parse((struct bytes){"2026-11-23T09:30:00\0", 20}, &time_us, NULL),
                     ML_EINVAL);
}

static const struct {
    const char *text;
    int64_t duration_us;
    const char *printed;
} durations[] = {
    {"0s", 0, "0s"},
    {"0d", 0, "0s"},
    {"1us", 1, "1us"},
    {"250ms", 250000, "250ms"},
    {"60s", INT64_C(60000000), "1m"},
    {"5m", INT64_C(300000000), "5m"},
    {"90m", INT64_C(5400000000), "1h30m"},
    {"1h30m", INT64_C(5400000000), "1h30m"},
    {"30m1h", INT64_C(5400000000), "1h30m"},
    {"4h", INT64_C(14400000000), "4h"},
    {"24h", INT64_C(86400000000), "1d"},
    {"14d", INT64_C(1209600000000), "14d"},
    {"1d1h1m1s1ms1us", INT64_C(90061001001), "1d1h1m1s1ms1us"},
    {"007s", INT64_C(7000000), "7s"},
    {"9223372036854775807us", INT64_MAX, "106751991d4h54s775ms807us"},
};

static void durations_read_and_print_in_largest_units(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof durations / sizeof *durations; i++) {
        int64_t duration_us = -1;
        struct error err = {0};
        if (duration_parse(bytes_of(durations[i].text), &duration_us, &err) != 0)
            fail_msg("%s", err.message);
        assert_true(duration_us == durations[i].duration_us);
        char text[DURATION_TEXT_SIZE];
        duration_print(duration_us, text);
        assert_string_equal(text, durations[i].printed);
    }
}

static void printed_durations_read_back(void **state)
{
    (void)state;
    uint64_t seed = 9;
    for (int i = 0; i < 10000; i++) {
        int64_t duration_us = (int64_t)(random_next(&seed) >> (1 + random_next(&seed) % 60));
        char text[DURATION_TEXT_SIZE];
        duration_print(duration_us, text);
        int64_t again = -1;
        assert_int_equal(duration_parse(bytes_of(text), &again, NULL), 0);
        assert_true(again == duration_us);
    }
}

static void what_is_not_a_duration_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "5",
        "m",
        "5 m",
        " 5m",
        "5m ",
        "-5m",
        "+5m",
        "1.5h",
        "5M",
        "5min",
        "5mm",
        "5m3",
        "1y",
        "9223372036854775808us",
        "106751992d",
        "99999999999999999999s",
        "106751991d24h",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int64_t duration_us = 42;
        struct error err = {0};
        if (duration_parse(bytes_of(bad[i]), &duration_us, &err) != ML_EINVAL)
            fail_msg("\"%s\" was taken for a duration", bad[i]);
        assert_non_null(strstr(err.message, "1h30m"));
        assert_true(duration_us == 42);
    }
    assert_int_equal(duration_parse((struct bytes){"5m\0", 3}, &(int64_t){0}, NULL), ML_EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_times_print_and_read_back),
        cmocka_unit_test(every_day_of_many_years_reads_back),
        cmocka_unit_test(offsets_are_taken_away),
        cmocka_unit_test(the_spellings_of_rfc_3339_are_read),
        cmocka_unit_test(a_leap_second_is_the_next_minute),
        cmocka_unit_test(what_is_not_a_time_is_refused),
        cmocka_unit_test(times_from_hostile_input_are_quoted_only_in_part),
        cmocka_unit_test(durations_read_and_print_in_largest_units),
        cmocka_unit_test(printed_durations_read_back),
        cmocka_unit_test(what_is_not_a_duration_is_refused),
    };
    return cmocka_run_group_tests_name("base_time", tests, NULL, NULL);
}
