/* The page around the sections: its forms, which time it is about, and what it refuses. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

static void assert_says(const char *text, const char *part)
{
    assert_non_null(text);
    if (strstr(text, part) != NULL)
        return;
    print_error("%s\n", text);
    fail_msg("\"%s\" is not in it", part);
}

static void assert_silent(const char *text, const char *part)
{
    if (strstr(text, part) != NULL)
        fail_msg("\"%s\" is in the report", part);
}

/* ---- forms */

static void a_cell_of_the_heatmap_has_its_number_beside_the_colour(void **state)
{
    const char *text = company_report(*state, REPORT_DAILY, REPORT_HTML, NULL, NULL);
    assert_says(text, "<td class=\"h3\" title=\"9 of 10 in time\">90</td>");
    assert_says(text, "<td class=\"h4\" title=\"2 of 2 in time\">100</td>");
    assert_says(text, "<td class=\"h0\" title=\"1 of 4 in time\">25</td>");
    assert_says(text, "<td class=\"o\">·</td>");
}

static void a_page_brings_all_that_it_needs(void **state)
{
    for (enum report_period period = 0; period < REPORT_PERIODS; period++) {
        const char *text = company_report(*state, period, REPORT_HTML, NULL, NULL);
        assert_says(text, "<!doctype html>");
        assert_says(text, "prefers-color-scheme:dark");
        assert_says(text, "@media print");
        assert_says(text, "name=\"viewport\"");
        assert_silent(text, "<script");
        assert_silent(text, "<link");
        assert_silent(text, "http://");
        assert_silent(text, "https://");
    }
}

static void what_anybody_may_send_is_no_markup(void **state)
{
    assert_says(company_report(*state, REPORT_DAILY, REPORT_HTML, NULL, NULL),
                "<td>&lt;script&gt;alert(1)&lt;/script&gt;</td>");
    assert_says(company_report(*state, REPORT_WEEKLY, REPORT_HTML, NULL, NULL),
                "asked &lt;by phone&gt;");
    const char *text = company_report(*state, REPORT_DAILY, REPORT_MARKDOWN, NULL, NULL);
    assert_says(text, "&lt;script>alert(1)&lt;/script>");
    text = company_report(*state, REPORT_WEEKLY, REPORT_MARKDOWN, NULL, NULL);
    assert_says(text, "| spring \\| sale | 2 | 0.0 % | 1 |");
}

static void markdown_has_tables_and_folded_queries(void **state)
{
    const char *text = company_report(*state, REPORT_DAILY, REPORT_MARKDOWN, NULL, NULL);
    assert_says(text, "# Monday, 23 November 2026\n");
    assert_says(text, "as of 2026-11-23 10:00, event 500; it is not over yet.");
    assert_says(text, "| Promise kept: first owner | 91.7 % of 12 |\n");
    assert_says(text, "| L10 | hot | Ana | north |");
    assert_says(text, "| hot: first owner | · | · | · | · | · | · | · | · | 90 | 100 | · |");
    assert_says(text, "| A200 | surge | fair | north | page | 2026-11-23 08:00 | 2026-11-23 08:45 "
                      "| 45 m |\n");
    assert_says(text, "<details><summary>Query</summary>\n\n```sql\nSELECT ");
    assert_says(text, "hour >= 1795392000000000 / 3600000000");
    assert_silent(text, ":from_us");
}

static void json_has_the_rows_as_they_came(void **state)
{
    JSON_AUTO *report = company_json(*state, REPORT_DAILY, NULL, NULL);
    assert_true(bytes_is(json_member_text(report, "report"), "daily"));
    assert_true(bytes_is(json_member_text(report, "from"), "2026-11-23T00:00:00.000000Z"));
    assert_true(bytes_is(json_member_text(report, "to"), "2026-11-24T00:00:00.000000Z"));
    assert_true(bytes_is(json_member_text(report, "as_of"), "2026-11-23T10:00:00.000000Z"));
    assert_int_equal(json_member_int(report, "seq", 0), 500);
}

static void a_view_in_which_nothing_happened_says_what_that_means(void **state)
{
    const char *text = company_report(*state, REPORT_DAILY, REPORT_MARKDOWN, NULL, NULL);
    assert_says(text, "No open lead is late.");
    assert_says(text, "No exception was open.");
    assert_says(text, "There was no surge.");
    text = company_report(*state, REPORT_MONTHLY, REPORT_HTML, NULL, NULL);
    assert_says(text, "There was no incident.");
}

/* ---- times */

static void assert_title(void **state, enum report_period period, const char *at, const char *zone,
                         const char *title, const char *from)
{
    JSON_AUTO *report = company_json(*state, period, at, zone);
    assert_string_equal(json_member_text(report, "title").data, title);
    assert_string_equal(json_member_text(report, "from").data, from);
}

static void a_report_is_about_the_day_week_or_month_of_a_date(void **state)
{
    assert_title(state, REPORT_DAILY, "2026-11-20", NULL, "Friday, 20 November 2026",
                 "2026-11-20T00:00:00.000000Z");
    assert_title(state, REPORT_WEEKLY, "2026-11-22", NULL,
                 "Week 47 of 2026: 16 November to 22 November 2026", "2026-11-16T00:00:00.000000Z");
    assert_title(state, REPORT_WEEKLY, "2021-01-03", NULL,
                 "Week 53 of 2020: 28 December to 3 January 2021", "2020-12-28T00:00:00.000000Z");
    assert_title(state, REPORT_MONTHLY, "2024-02-29T23:59:59Z", NULL, "February 2024",
                 "2024-02-01T00:00:00.000000Z");
}

static void without_a_date_it_is_about_now_and_last_is_the_one_before(void **state)
{
    assert_title(state, REPORT_DAILY, NULL, NULL, "Monday, 23 November 2026",
                 "2026-11-23T00:00:00.000000Z");
    assert_title(state, REPORT_DAILY, "last", NULL, "Sunday, 22 November 2026",
                 "2026-11-22T00:00:00.000000Z");
    assert_title(state, REPORT_WEEKLY, "last", NULL,
                 "Week 47 of 2026: 16 November to 22 November 2026", "2026-11-16T00:00:00.000000Z");
    assert_title(state, REPORT_MONTHLY, "last", NULL, "October 2026",
                 "2026-10-01T00:00:00.000000Z");
}

static void days_begin_where_the_zone_says(void **state)
{
    assert_title(state, REPORT_DAILY, NULL, "Europe/Berlin", "Monday, 23 November 2026",
                 "2026-11-22T23:00:00.000000Z");
    assert_title(state, REPORT_DAILY, "2026-11-23", "America/New_York", "Monday, 23 November 2026",
                 "2026-11-23T05:00:00.000000Z");
    JSON_AUTO *report = company_json(*state, REPORT_DAILY, NULL, "Europe/Berlin");
    assert_int_equal(company_row_count(report, "hours"), 4); /* 23:00 UTC is of this day */
}

static size_t count_columns(const char *text)
{
    const char *line = strstr(text, "| hot: first contact |");
    size_t count = 0;
    assert_non_null(line);
    for (; *line != '\n'; line++)
        count += *line == '|';
    return count - 2; /* the line's name, and the end */
}

static void days_on_which_the_clocks_change_have_23_or_25_hours(void **state)
{
    struct company *company = *state;
    company->now_us = INT64_C(1777000000000000); /* April 2026: nothing turned since then */
    const char *text =
        company_report(company, REPORT_DAILY, REPORT_HTML, "2026-03-29", "Europe/Berlin");
    assert_says(text, "No objective turned.");
    company->now_us = INT64_C(1795428000000000);
    text = company_report(company, REPORT_DAILY, REPORT_MARKDOWN, "2026-11-03", NULL);
    assert_int_equal(count_columns(text), 24);
    text = company_report(company, REPORT_MONTHLY, REPORT_MARKDOWN, NULL, "Europe/Berlin");
    assert_int_equal(count_columns(text), 5);
    assert_says(text, "| 22–28 | 29–30 |");
}

/* ---- refusals */

static void assert_refused(void **state, const char *at, const char *zone, const char *place,
                           const char *sentence)
{
    struct company *company = *state;
    struct error err = {0};
    const struct report_request request = {
        .at = bytes_of(at), .zone = bytes_of(zone), .now_us = company->now_us};
    buffer_clear(&company->text);
    assert_int_equal(report_write(company->reader, &request, &company->text, &err), ML_EINVAL);
    assert_string_equal(err.place, place);
    assert_says(err.message, sentence);
    assert_int_equal(company->text.size, 0);
}

static void what_cannot_be_read_is_refused_with_what_can(void **state)
{
    assert_refused(state, "yesterday", NULL, "at", "one looks like 2026-11-23");
    assert_refused(state, "2026-13-01", NULL, "at", "is no date");
    assert_refused(state, "2026-11-24", NULL, "at", "has not come yet");
    assert_refused(state, NULL, "Berlin", "zone", "Europe/Berlin");
}

static void a_report_that_does_not_fit_is_an_error(void **state)
{
    struct company *company = *state;
    struct buffer small;
    const struct report_request request = {.now_us = company->now_us};
    buffer_init(&small, 1000);
    assert_int_equal(report_write(company->reader, &request, &small, NULL), ML_ELIMIT);
    buffer_release(&small);
}

#define FILLED(test) cmocka_unit_test_setup_teardown(test, company_setup, company_teardown)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        FILLED(a_cell_of_the_heatmap_has_its_number_beside_the_colour),
        FILLED(a_page_brings_all_that_it_needs),
        FILLED(what_anybody_may_send_is_no_markup),
        FILLED(markdown_has_tables_and_folded_queries),
        FILLED(json_has_the_rows_as_they_came),
        cmocka_unit_test_setup_teardown(a_view_in_which_nothing_happened_says_what_that_means,
                                        company_setup_empty, company_teardown),
        FILLED(a_report_is_about_the_day_week_or_month_of_a_date),
        FILLED(without_a_date_it_is_about_now_and_last_is_the_one_before),
        FILLED(days_begin_where_the_zone_says),
        FILLED(days_on_which_the_clocks_change_have_23_or_25_hours),
        FILLED(what_cannot_be_read_is_refused_with_what_can),
        FILLED(a_report_that_does_not_fit_is_an_error),
    };
    assert_int_equal(argc, 2);
    company_file = argv[1];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
