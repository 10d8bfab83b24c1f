/* What stands in the sections, row by row. */
#include "unit.h"

#include <sqlite3.h>

#define assert_row(report, id, index, text) \
    assert_string_equal(company_row(report, id, index), text)

/* ---- daily */

static void a_day_shows_promises_kept_hour_by_hour(void **state)
{
    JSON_AUTO *report = company_json(*state, REPORT_DAILY, NULL, NULL);
    assert_int_equal(company_row_count(report, "hours"), 3); /* 23:00 was the day before */
    assert_row(report, "hours", 0,
               "{\"line\":\"hot: assigned\",\"bucket\":8,\"met\":9,\"late\":1}");
    assert_row(report, "hours", 1,
               "{\"line\":\"hot: assigned\",\"bucket\":9,\"met\":2,\"late\":0}");
    assert_row(report, "hours", 2,
               "{\"line\":\"hot: contacted\",\"bucket\":9,\"met\":1,\"late\":3}");
}

static void the_oldest_leads_that_a_promise_was_missed_for_come_with_their_owners(void **state)
{
    JSON_AUTO *report = company_json(*state, REPORT_DAILY, NULL, NULL);
    assert_int_equal(company_row_count(report, "stale-leads"), 2);
    assert_row(
        report, "stale-leads", 0,
        "{\"lead\":\"L20\",\"class\":\"hot\",\"place\":\"waiting\",\"owner\":\"\",\"team\":"
        "\"\",\"campaign\":\"<script>alert(1)</script>\",\"missed\":\"assigned\",\"late_us\":"
        "262500000000,\"captured_us\":1795165200000000}");
    assert_row(report, "stale-leads", 1,
               "{\"lead\":\"L10\",\"class\":\"hot\",\"place\":\"owned\",\"owner\":\"ana\",\"team\":"
               "\"north\",\"campaign\":\"fair\",\"missed\":\"contacted\",\"late_us\":244800000000,"
               "\"captured_us\":1795168800000000}");
    assert_row(report, "stale-owners", 1,
               "{\"owner\":\"ana\",\"team\":\"north\",\"leads\":1,\"oldest_us\":259200000000,"
               "\"load\":3,\"capacity\":5,\"duty\":\"on_duty\"}");
}

static void open_exceptions_are_counted_by_queue_and_age(void **state)
{
    JSON_AUTO *report = company_json(*state, REPORT_DAILY, NULL, NULL);
    assert_int_equal(company_row_count(report, "open-exceptions"), 1);
    assert_row(report, "open-exceptions", 0,
               "{\"queue\":\"validation\",\"team\":\"north\",\"open\":2,\"unclaimed\":2,\"hour\":1,"
               "\"hours\":0,\"day\":0,\"older\":1,\"oldest_us\":174600000000,\"next_due_us\":"
               "1795431600000000}");
}

static void a_day_that_is_over_shows_the_exceptions_that_were_open_at_its_end(void **state)
{
    JSON_AUTO *report = company_json(*state, REPORT_DAILY, "2026-11-22", NULL);
    assert_row(report, "open-exceptions", 0,
               "{\"queue\":\"validation\",\"team\":\"north\",\"open\":1,\"unclaimed\":1,\"hour\":0,"
               "\"hours\":0,\"day\":0,\"older\":1,\"oldest_us\":138600000000,\"next_due_us\":"
               "1795431600000000}");
}

static void alerts_that_only_were_pending_did_not_fire(void **state)
{
    JSON_AUTO *report = company_json(*state, REPORT_DAILY, NULL, NULL);
    assert_int_equal(company_row_count(report, "alerts"), 1);
    assert_row(report, "alerts", 0,
               "{\"alert\":\"A200\",\"rule\":\"surge\",\"label\":\"fair\",\"team\":\"north\","
               "\"told\":\"page\",\"fired_us\":1795420800000000,\"resolved_us\":1795423500000000,"
               "\"lasted_us\":2700000000}");
}

static void a_surge_that_still_runs_lasts_until_now(void **state)
{
    JSON_AUTO *report = company_json(*state, REPORT_DAILY, NULL, NULL);
    assert_row(report, "surges", 0,
               "{\"surge\":\"S300\",\"kind\":\"campaign\",\"name\":\"fair\",\"started_us\":"
               "1795420800000000,\"lasted_us\":7200000000,\"times\":\"10.0 x\",\"leads\":40,"
               "\"overflow\":12,\"triage\":3,\"nurture\":5,\"paced\":7,\"relaxed\":9}");
}

static void what_waits_stands_beside_the_room_there_is(void **state)
{
    JSON_AUTO *report = company_json(*state, REPORT_DAILY, NULL, NULL);
    assert_row(report, "waiting", 0,
               "{\"pool\":\"dach\",\"waiting\":1,\"oldest_us\":262800000000,\"room\":2}");
}

static void latency_is_the_mean_of_each_part(void **state)
{
    JSON_AUTO *report = company_json(*state, REPORT_DAILY, NULL, NULL);
    assert_row(report, "latency", 0,
               "{\"class\":\"hot\",\"leads\":4,\"intake_us\":1000000,\"routing_us\":0,"
               "\"waiting_us\":60000000,\"triage_us\":0,\"enrichment_us\":0,\"crm_write_us\":0,"
               "\"rep_us\":3600000000}");
}

/* ---- weekly */

static void a_week_counts_causes_that_people_gave(void **state)
{
    JSON_AUTO *report = company_json(*state, REPORT_WEEKLY, NULL, NULL);
    assert_int_equal(company_row_count(report, "causes"), 1);
    struct json_object *row = json_object_array_get_idx(
        json_object_object_get(company_section(report, "causes"), "rows"), 0);
    assert_int_equal(json_member_int(row, "resolved", 0), 2);
    assert_int_equal(json_member_int(row, "people", 0), 2);
    assert_true(bytes_is(json_member_text(row, "cause"), "bad_data"));
    assert_int_equal(json_object_get_int64(json_object_object_get(row, "mean_us")), 7200000000);
    assert_row(report, "remediations", 1,
               "{\"exception\":\"X102\",\"kind\":\"missing_email\",\"cause\":\"bad_data\","
               "\"resolution\":\"assign\",\"who\":\"mia\",\"resolved_us\":1795417200000000,"
               "\"remediation\":\"asked <by phone>\"}");
    assert_row(report, "fallbacks", 0,
               "{\"kind\":\"enrichment_timeout\",\"queue\":\"triage\",\"team\":\"north\","
               "\"resolution\":\"dismiss\",\"resolved\":1,\"claimed\":0}");
}

static void exceptions_are_compared_with_the_week_before(void **state)
{
    JSON_AUTO *report = company_json(*state, REPORT_WEEKLY, NULL, NULL);
    assert_row(report, "kinds", 0,
               "{\"kind\":\"missing_email\",\"opened\":3,\"before\":2,\"open\":2}");
}

static void campaigns_stand_against_capacity(void **state)
{
    JSON_AUTO *report = company_json(*state, REPORT_WEEKLY, NULL, NULL);
    assert_row(report, "capacity", 0,
               "{\"campaign\":\"spring | sale\",\"came\":2,\"assigned_in_time\":0.0,"
               "\"without_owner\":1,\"contacted_in_time\":null,\"waiting\":0,\"overflow\":null,"
               "\"triage\":null,\"nurture\":null,\"paced\":null}");
    assert_row(report, "capacity", 1,
               "{\"campaign\":\"fair\",\"came\":10,\"assigned_in_time\":100.0,\"without_owner\":0,"
               "\"contacted_in_time\":null,\"waiting\":0,\"overflow\":12,\"triage\":3,"
               "\"nurture\":5,\"paced\":7}");
}

static void overflow_is_a_lead_in_another_pool_than_its_routes(void **state)
{
    JSON_AUTO *report = company_json(*state, REPORT_WEEKLY, NULL, NULL);
    assert_int_equal(company_row_count(report, "overflow"), 1);
    assert_row(report, "overflow", 0,
               "{\"declared\":\"dach\",\"given\":\"world\",\"leads\":1,\"owned\":1,"
               "\"contacted_late\":0}");
}

static void promises_are_shown_by_whoever_could_have_kept_them(void **state)
{
    JSON_AUTO *report = company_json(*state, REPORT_WEEKLY, NULL, NULL);
    assert_row(
        report, "by-rep", 0,
        "{\"value\":\"ana\",\"objective\":\"contacted\",\"met\":1,\"late\":3,\"within\":25.0,"
        "\"mean_us\":60000000}");
    assert_row(
        report, "by-class", 1,
        "{\"value\":\"hot\",\"objective\":\"assigned\",\"met\":11,\"late\":1,\"within\":91.7,"
        "\"mean_us\":51666666}");
    assert_int_equal(company_row_count(report, "by-partner"), 0);
    assert_row(report, "reminders", 0,
               "{\"target\":\"rep:ana\",\"reminders\":2,\"escalations\":0,\"leads\":1}");
}

/* ---- monthly */

static void a_month_shows_whether_it_becomes_better(void **state)
{
    JSON_AUTO *report = company_json(*state, REPORT_MONTHLY, NULL, NULL);
    assert_row(report, "weeks", 1,
               "{\"line\":\"hot: contacted\",\"bucket\":0,\"met\":99,\"late\":1}");
    assert_row(report, "weeks", 2,
               "{\"line\":\"hot: contacted\",\"bucket\":3,\"met\":8,\"late\":3}");
}

static void incidents_come_with_postmortem_timeline_and_what_is_to_be_done(void **state)
{
    JSON_AUTO *report = company_json(*state, REPORT_MONTHLY, NULL, NULL);
    assert_row(
        report, "incidents", 0,
        "{\"incident\":\"I400\",\"state\":\"closed\",\"title\":\"Hot leads are contacted "
        "late\",\"team\":\"north\",\"promise\":\"hot: contacted\",\"attained\":70.0,\"norm\":"
        "95.0,\"opened_us\":1794312000000000,\"lasted_us\":21600000000,\"causes\":"
        "\"vendor_outage\",\"what_happened\":\"the CRM was down\",\"items_open\":1}");
    assert_int_equal(company_row_count(report, "timelines"), 2);
    assert_row(report, "timelines", 1,
               "{\"incident\":\"I400\",\"time_us\":1794315600000000,\"what\":\"note\",\"subject\":"
               "\"\",\"who\":\"mia\",\"text\":\"called the vendor\"}");
    assert_row(
        report, "remediation-items", 0,
        "{\"incident\":\"I400\",\"number\":1,\"title\":\"second provider\",\"owner\":\"tom\","
        "\"due_us\":1795132800000000,\"state\":\"late\",\"done_us\":null,\"note\":\"\"}");
    assert_row(report, "remediation-items", 1,
               "{\"incident\":\"I400\",\"number\":2,\"title\":\"runbook\",\"owner\":\"mia\","
               "\"due_us\":1795132800000000,\"state\":\"done\",\"done_us\":1794441600000000,"
               "\"note\":\"written\"}");
}

static void the_change_log_is_newest_first(void **state)
{
    JSON_AUTO *report = company_json(*state, REPORT_MONTHLY, NULL, NULL);
    assert_int_equal(company_row_count(report, "changes"), 2);
    assert_row(report, "changes", 0,
               "{\"time_us\":1795338000000000,\"what\":\"source.switched\",\"subject\":\"website\","
               "\"who\":\"ops\",\"text\":\"canary of version 2\"}");
}

/* ---- the queries */

static size_t count_rows(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *statement;
    size_t count = 0;
    if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sqlite3_errmsg(db), sql);
    assert_int_equal(sqlite3_bind_parameter_count(statement), 0);
    while (sqlite3_step(statement) == SQLITE_ROW)
        count++;
    sqlite3_finalize(statement);
    return count;
}

static void every_query_runs_as_it_is_printed(void **state)
{
    struct company *company = *state;
    size_t queries = 0;
    sqlite3 *db;
    assert_int_equal(sqlite3_open_v2(company->path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    for (enum report_period period = 0; period < REPORT_PERIODS; period++) {
        JSON_AUTO *report = company_json(company, period, NULL, NULL);
        struct json_object *sections = json_object_object_get(report, "sections");
        for (size_t i = 0; i < json_object_array_length(sections); i++) {
            struct json_object *section = json_object_array_get_idx(sections, i);
            struct json_object *rows = json_object_object_get(section, "rows");
            struct bytes query = json_member_text(section, "query");
            assert_int_equal(count_rows(db, query.data), json_object_array_length(rows));
            queries++;
        }
    }
    sqlite3_close(db);
    assert_true(queries > 30);
}

#define FILLED(test) cmocka_unit_test_setup_teardown(test, company_setup, company_teardown)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        FILLED(a_day_shows_promises_kept_hour_by_hour),
        FILLED(the_oldest_leads_that_a_promise_was_missed_for_come_with_their_owners),
        FILLED(open_exceptions_are_counted_by_queue_and_age),
        FILLED(a_day_that_is_over_shows_the_exceptions_that_were_open_at_its_end),
        FILLED(alerts_that_only_were_pending_did_not_fire),
        FILLED(a_surge_that_still_runs_lasts_until_now),
        FILLED(what_waits_stands_beside_the_room_there_is),
        FILLED(latency_is_the_mean_of_each_part),
        FILLED(a_week_counts_causes_that_people_gave),
        FILLED(exceptions_are_compared_with_the_week_before),
        FILLED(campaigns_stand_against_capacity),
        FILLED(overflow_is_a_lead_in_another_pool_than_its_routes),
        FILLED(promises_are_shown_by_whoever_could_have_kept_them),
        FILLED(a_month_shows_whether_it_becomes_better),
        FILLED(incidents_come_with_postmortem_timeline_and_what_is_to_be_done),
        FILLED(the_change_log_is_newest_first),
        FILLED(every_query_runs_as_it_is_printed),
    };
    assert_int_equal(argc, 2);
    company_file = argv[1];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
