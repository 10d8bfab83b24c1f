/* Lengths of time as people say them, and the times that they type. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/time.h"
#include "cli/spans.h"

static const int64_t second = TIME_US_PER_SECOND;
static const int64_t now = INT64_C(1795428000000000); /* 2026-11-23T10:00:00Z */

static void assert_span(int64_t span_us, const char *text)
{
    char span[SPAN_TEXT_SIZE];
    span_print(span_us, span);
    assert_string_equal(span, text);
}

static void a_span_has_one_unit_of_which_there_are_two_at_least(void **state)
{
    (void)state;
    assert_span(0, "0 s");
    assert_span(-5 * second, "0 s");
    assert_span(119 * second, "119 s");
    assert_span(120 * second, "2 m");
    assert_span(7199 * second, "119 m");
    assert_span(7200 * second, "2 h");
    assert_span(172799 * second, "47 h");
    assert_span(172800 * second, "2 d");
    assert_span(INT64_MAX, "106751991 d");
}

static void assert_left(int64_t due_us, const char *text)
{
    char left[SPAN_TEXT_SIZE];
    span_left_print(due_us, now, left);
    assert_string_equal(left, text);
}

static void a_deadline_is_ahead_or_behind(void **state)
{
    (void)state;
    assert_left(now + 720 * second, "12 m left");
    assert_left(now, "0 s left");
    assert_left(now - 10800 * second, "3 h late");
    assert_left(0, "-");
}

static void what_never_was_has_no_age(void **state)
{
    char age[SPAN_TEXT_SIZE];
    (void)state;
    span_age_print(now - 600 * second, now, age);
    assert_string_equal(age, "10 m");
    span_age_print(0, now, age);
    assert_string_equal(age, "-");
}

static void assert_instant(const char *text, bool ahead, int64_t expected)
{
    int64_t instant;
    assert_true(instant_parse(text, now, ahead, &instant));
    assert_int_equal(instant, expected);
}

static void times_are_dates_instants_and_spans(void **state)
{
    int64_t instant;
    (void)state;
    assert_instant("2026-11-23", false, now - 10 * 3600 * second);
    assert_instant("2026-11-23T11:00:00+01:00", false, now);
    assert_instant("2h", false, now - 7200 * second);
    assert_instant("2h", true, now + 7200 * second);
    static const char *const wrong[] = {"", "yesterday", "2026-11", "2026-02-30", "-2h"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(instant_parse(wrong[i], now, false, &instant));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_span_has_one_unit_of_which_there_are_two_at_least),
        cmocka_unit_test(a_deadline_is_ahead_or_behind),
        cmocka_unit_test(what_never_was_has_no_age),
        cmocka_unit_test(times_are_dates_instants_and_spans),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
