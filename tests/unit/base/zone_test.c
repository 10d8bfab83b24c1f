/* Zones against instants that the published rules of each country give, and readings that the
 * clocks skip or show twice. */
#include "base/zone.h"

#include "base/time.h"
#include "base/zone_file.h"

#include "unit.h"

#include <pthread.h>
#include <stdlib.h>

enum { HOUR = 3600, DAY = 86400 };

static int64_t at(const char *text)
{
    int64_t time_us = 0;
    if (time_parse(bytes_of(text), &time_us, NULL) != 0)
        fail_msg("%s", text);
    return time_us / TIME_US_PER_SECOND;
}

static const struct zone *zone(const char *name)
{
    const struct zone *found = zone_find(bytes_of(name));
    if (found == NULL)
        fail_msg("no zone %s", name);
    return found;
}

/* The change happens at `instant`, not a second earlier. */
static const struct {
    const char *name, *instant;
    int32_t before, after;
} changes[] = {
    {"Europe/Berlin", "2026-03-29T01:00:00Z", 1 * HOUR, 2 * HOUR},
    {"Europe/Berlin", "2026-10-25T01:00:00Z", 2 * HOUR, 1 * HOUR},
    {"Europe/Berlin", "1980-04-06T01:00:00Z", 1 * HOUR, 2 * HOUR},
    {"Europe/Berlin", "2100-03-28T01:00:00Z", 1 * HOUR, 2 * HOUR},
    {"Europe/Berlin", "2100-10-31T01:00:00Z", 2 * HOUR, 1 * HOUR},
    {"America/New_York", "2026-03-08T07:00:00Z", -5 * HOUR, -4 * HOUR},
    {"America/New_York", "2026-11-01T06:00:00Z", -4 * HOUR, -5 * HOUR},
    {"America/New_York", "2105-03-08T07:00:00Z", -5 * HOUR, -4 * HOUR},
    {"Australia/Lord_Howe", "2026-04-04T15:00:00Z", 11 * HOUR, 10 * HOUR + HOUR / 2},
    {"Australia/Lord_Howe", "2026-10-03T15:30:00Z", 10 * HOUR + HOUR / 2, 11 * HOUR},
    {"Australia/Lord_Howe", "2100-04-03T15:00:00Z", 11 * HOUR, 10 * HOUR + HOUR / 2},
    {"Pacific/Apia", "2011-12-30T10:00:00Z", -10 * HOUR, 14 * HOUR},
    {"Asia/Kolkata", "1945-10-14T17:30:00Z", 6 * HOUR + HOUR / 2, 5 * HOUR + HOUR / 2},
    {"Europe/London", "1972-03-19T02:00:00Z", 0, 1 * HOUR},
};

static void clocks_change_at_the_published_second(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        int64_t instant = at(changes[i].instant);
        int32_t before = zone_offset(zone(changes[i].name), instant - 1);
        int32_t after = zone_offset(zone(changes[i].name), instant);
        if (before != changes[i].before || after != changes[i].after)
            fail_msg("%s %s: %d, %d", changes[i].name, changes[i].instant, before, after);
    }
}

static const struct {
    const char *name, *instant;
    int32_t offset;
} offsets[] = {
    {"UTC", "2026-11-23T09:30:00Z", 0},
    {"Asia/Kolkata", "2026-11-23T09:30:00Z", 5 * HOUR + HOUR / 2},
    {"Asia/Kolkata", "2100-07-01T00:00:00Z", 5 * HOUR + HOUR / 2},
    {"Asia/Kathmandu", "2026-11-23T09:30:00Z", 5 * HOUR + 45 * 60},
    {"America/Argentina/Buenos_Aires", "2026-11-23T09:30:00Z", -3 * HOUR},
    {"Etc/GMT+5", "2026-11-23T09:30:00Z", -5 * HOUR},
    {"Europe/Berlin", "9999-07-01T00:00:00Z", 2 * HOUR},
    {"Europe/Berlin", "0001-01-01T00:00:00Z", 53 * 60 + 28},
    {"Europe/Dublin", "2100-01-15T00:00:00Z", 0},
    {"Europe/Dublin", "2100-07-15T00:00:00Z", 1 * HOUR},
    {"America/Sao_Paulo", "2100-01-15T00:00:00Z", -3 * HOUR},
    {"Pacific/Auckland", "2100-01-01T00:00:00Z", 13 * HOUR},
    {"+02:00", "2026-11-23T09:30:00Z", 2 * HOUR},
    {"02:00", "2026-11-23T09:30:00Z", 2 * HOUR},
    {"-05:30", "2026-11-23T09:30:00Z", -5 * HOUR - HOUR / 2},
    {"-00:30", "2026-11-23T09:30:00Z", -HOUR / 2},
    {"+23:59", "2026-11-23T09:30:00Z", DAY - 60},
};

static void a_zone_tells_its_offset(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof offsets / sizeof *offsets; i++) {
        int32_t offset = zone_offset(zone(offsets[i].name), at(offsets[i].instant));
        if (offset != offsets[i].offset)
            fail_msg("%s %s: %d", offsets[i].name, offsets[i].instant, offset);
    }
}

static void a_zone_is_found_again(void **state)
{
    (void)state;
    assert_ptr_equal(zone("Europe/Vienna"), zone("Europe/Vienna"));
    assert_ptr_equal(zone("+01:30"), zone("+01:30"));
}

static void what_is_not_a_zone_is_not_found(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "Europe",
        "Europe/",
        "Europe/Atlantis",
        "europe/berlin/x",
        "/usr/share/zoneinfo/UTC",
        "/UTC",
        "../zoneinfo/UTC",
        "Europe/../UTC",
        "./UTC",
        "zone.tab",
        "tzdata.zi",
        "leapseconds",
        "localtime",
        "posixrules",
        "right/Europe/Berlin",
        "+2:00",
        "+02:60",
        "+24:00",
        "+0200",
        "+02:00 ",
        "++02:00",
        "-",
        "CET-1CEST,M3.5.0,M10.5.0",
        "AVeryLongNameThatNoZoneHasAVeryLongNameThatNoZoneHasAVeryLongNameThatNoZoneHas",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (zone_find(bytes_of(bad[i])) != NULL)
            fail_msg("\"%s\" was taken for a zone", bad[i]);
    assert_null(zone_find((struct bytes){"UTC\0", 4}));
    assert_null(zone_find((struct bytes){NULL, 0}));
}

static void the_wall_shows_date_and_time(void **state)
{
    (void)state;
    struct zone_local local;
    zone_local(zone("Europe/Berlin"), at("2026-10-24T22:30:15Z"), &local);
    assert_int_equal(local.year, 2026);
    assert_int_equal(local.month, 10);
    assert_int_equal(local.day, 25);
    assert_int_equal(local.hour, 0);
    assert_int_equal(local.minute, 30);
    assert_int_equal(local.second, 15);
    assert_int_equal(local.weekday, 0);
    assert_int_equal(local.day_of_year, 297);
    zone_local(zone("America/New_York"), at("1969-12-31T23:59:59Z"), &local);
    assert_int_equal(local.day, 31);
    assert_int_equal(local.hour, 18);
    assert_int_equal(local.weekday, 3);
    assert_int_equal(local.day_of_year, 364);
    zone_local(zone("-01:00"), at("0001-01-01T00:00:00Z"), &local);
    assert_int_equal(local.year, 0);
    assert_int_equal(local.hour, 23);
}

static const struct {
    const char *name;
    const char *reading; /* as if it were UTC */
    const char *instant;
} readings[] = {
    {"Europe/Berlin", "2026-07-01T09:00:00Z", "2026-07-01T07:00:00Z"},
    {"Europe/Berlin", "2026-03-29T01:59:59Z", "2026-03-29T00:59:59Z"},
    {"Europe/Berlin", "2026-03-29T02:30:00Z", "2026-03-29T01:30:00Z"}, /* skipped: 03:30 */
    {"Europe/Berlin", "2026-03-29T03:00:00Z", "2026-03-29T01:00:00Z"},
    {"Europe/Berlin", "2026-10-25T02:30:00Z", "2026-10-25T00:30:00Z"}, /* twice: the first */
    {"Europe/Berlin", "2026-10-25T03:00:00Z", "2026-10-25T02:00:00Z"},
    {"America/New_York", "2026-03-08T02:30:00Z", "2026-03-08T07:30:00Z"},
    {"America/New_York", "2026-11-01T01:30:00Z", "2026-11-01T05:30:00Z"},
    {"Australia/Lord_Howe", "2026-10-04T02:15:00Z", "2026-10-03T15:45:00Z"},
    {"Australia/Lord_Howe", "2026-04-05T01:45:00Z", "2026-04-04T14:45:00Z"},
    {"Pacific/Apia", "2011-12-29T23:59:59Z", "2011-12-30T09:59:59Z"},
    {"Pacific/Apia", "2011-12-30T12:00:00Z", "2011-12-30T22:00:00Z"}, /* there was no such day */
    {"Pacific/Apia", "2011-12-31T00:00:00Z", "2011-12-30T10:00:00Z"},
    {"Asia/Kolkata", "2026-01-01T00:00:00Z", "2025-12-31T18:30:00Z"},
    {"+14:00", "2026-01-01T00:00:00Z", "2025-12-31T10:00:00Z"},
};

static void a_reading_of_the_wall_is_an_instant(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof readings / sizeof *readings; i++) {
        int64_t local = at(readings[i].reading);
        int64_t instant = zone_instant(zone(readings[i].name), local / DAY, (int32_t)(local % DAY));
        if (instant != at(readings[i].instant))
            fail_msg("%s %s: %lld", readings[i].name, readings[i].reading, (long long)instant);
    }
    assert_true(zone_instant(zone("UTC"), 0, DAY) == DAY);
}

static void readings_and_instants_agree_wherever_the_clocks_run(void **state)
{
    (void)state;
    static const char *const names[] = {"Europe/Berlin", "America/New_York", "Pacific/Apia",
                                        "Australia/Lord_Howe", "Africa/Casablanca"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        for (int64_t t = at("1990-01-01T00:17:00Z"); t < at("2060-01-01T00:00:00Z"); t += 40000) {
            int64_t local = t + zone_offset(zone(names[i]), t);
            int64_t again = zone_instant(zone(names[i]), local / DAY, (int32_t)(local % DAY));
            assert_true(again <= t);
            assert_true(again + zone_offset(zone(names[i]), again) == local);
        }
}

static void days_and_dates_are_the_same(void **state)
{
    (void)state;
    assert_true(time_days(1970, 1, 1) == 0);
    assert_true(time_days(2000, 3, 1) == 11017);
    assert_true(time_days(1, 1, 1) == -719162);
    assert_true(time_days(9999, 12, 31) == 2932896);
    for (int64_t days = -719200; days < 2932900; days += 7) {
        int32_t year;
        uint8_t month, day;
        time_civil(days, &year, &month, &day);
        assert_true(time_days(year, month, day) == days);
    }
}

static void rules_of_every_form_are_read(void **state)
{
    (void)state;
    static const char *const good[] = {
        "UTC0",
        "CET-1CEST,M3.5.0,M10.5.0/3",
        "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0",
        "EST5EDT,0/0,J365/25",
        "<-02>2<-01>,M3.5.0/-1,M10.5.0/0",
        "IST-2IDT,M3.4.4/26,M10.5.0",
        "AAA3BBB2:30:15,J60/167,365/-167",
    };
    static const char *const bad[] = {
        "",
        "CE-1",
        "CET",
        "CET-25",
        "CET-1CEST",
        "CET-1CEST,M3.5.0",
        "CET-1CEST,M13.5.0,M10.5.0",
        "CET-1CEST,M3.6.0,M10.5.0",
        "CET-1CEST,M3.5.7,M10.5.0",
        "CET-1CEST,M3.5.0,M10.5.0/168",
        "CET-1CEST,M3.5.0,M10.5.0/3x",
        "CET-1CEST,J0,J365",
        "CET-1CEST,J1,J366",
        "CET-1CEST,00001,J365",
        "<+01-1",
    };
    struct zone_rule rule;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        if (!zone_rule_parse(good[i], strlen(good[i]), &rule))
            fail_msg("\"%s\" was refused", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (zone_rule_parse(bad[i], strlen(bad[i]), &rule))
            fail_msg("\"%s\" was taken for a rule", bad[i]);
}

/* A file of version 2 with no transition, one type and a rule. */
static size_t make_file(unsigned char data[static 256], const char *rule)
{
    static const unsigned char header[44] = {'T', 'Z', 'i', 'f', '2', [39] = 1, [43] = 4};
    size_t size = 0;
    for (int block = 0; block < 2; block++) {
        memcpy(data + size, header, sizeof header);
        memcpy(data + size + sizeof header, "\0\0\x0e\x10\0\0CET", 10);
        size += sizeof header + 10;
    }
    size += (size_t)snprintf((char *)data + size, 256 - size, "\n%s\n", rule);
    return size;
}

static void a_file_is_read_and_a_broken_one_refused(void **state)
{
    (void)state;
    unsigned char data[256];
    size_t size = make_file(data, "CET-1CEST,M3.5.0,M10.5.0/3");
    struct zone_file file;
    assert_true(zone_file_parse(data, size, &file));
    assert_int_equal(file.before, HOUR);
    assert_int_equal(file.count, 0);
    assert_true(file.has_rule && file.rule.summer);
    for (size_t cut = 0; cut < size; cut++) {
        unsigned char *copy = malloc(cut + 1); /* of its own, so that reading past it is seen */
        assert_non_null(copy);
        memcpy(copy, data, cut);
        assert_false(zone_file_parse(copy, cut, &file));
        free(copy);
    }
    for (size_t i = 0; i < size * 8; i++) {
        data[i / 8] ^= (unsigned char)(1U << (i % 8));
        if (zone_file_parse(data, size, &file))
            free(file.transitions);
        data[i / 8] ^= (unsigned char)(1U << (i % 8));
    }
}

static void *look_up(void *context)
{
    static const char *const names[] = {"Asia/Tokyo", "Asia/Seoul", "Asia/Dubai", "Europe/Rome"};
    const struct zone **found = context;
    for (int i = 0; i < 4000; i++)
        found[i % 4] = zone_find(bytes_of(names[i % 4]));
    return NULL;
}

static void threads_find_the_same_zone(void **state)
{
    (void)state;
    enum { THREADS = 4 };
    pthread_t threads[THREADS];
    const struct zone *found[THREADS][4];
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, look_up, found[i]), 0);
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (size_t i = 0; i < THREADS; i++)
        for (size_t k = 0; k < 4; k++) {
            assert_non_null(found[i][k]);
            assert_ptr_equal(found[i][k], found[0][k]);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clocks_change_at_the_published_second),
        cmocka_unit_test(a_zone_tells_its_offset),
        cmocka_unit_test(a_zone_is_found_again),
        cmocka_unit_test(what_is_not_a_zone_is_not_found),
        cmocka_unit_test(the_wall_shows_date_and_time),
        cmocka_unit_test(a_reading_of_the_wall_is_an_instant),
        cmocka_unit_test(readings_and_instants_agree_wherever_the_clocks_run),
        cmocka_unit_test(days_and_dates_are_the_same),
        cmocka_unit_test(rules_of_every_form_are_read),
        cmocka_unit_test(a_file_is_read_and_a_broken_one_refused),
        cmocka_unit_test(threads_find_the_same_zone),
    };
    return cmocka_run_group_tests_name("base_zone", tests, NULL, NULL);
}
