/* Promises and trouble in the view: a core loaded from the view equals the one that made them;
 * batches do not show; what runs is what the leads say. recount_test.c counts again. */
#include "clock_world.h"

#include <inttypes.h>
#include <stdio.h>

static int setup(void **state)
{
    struct world *world = *state = world_new();
    clock_activate(world, 0);
    return 0;
}

static bool is_true(struct world *world, const char *sql)
{
    return strcmp(world_value(world, sql), "1") == 0;
}

/* ---- reload and batches */

static void a_loaded_core_has_the_same_promises_and_trouble(void **state)
{
    struct world *world = *state;
    uint64_t seed = 1;
    bool pending = false, firing = false, acknowledged = false;
    for (int i = 0; i < 60; i++) {
        clock_live(world, &seed, 12);
        world_project(world);
        world_check_reload(world);
        pending |= is_true(world, "SELECT count(*) > 0 FROM alerts WHERE state = 'pending'");
        firing |= is_true(world, "SELECT count(*) > 0 FROM alerts WHERE state = 'firing'");
        acknowledged |= is_true(world, "SELECT count(acknowledged_us) > 0 FROM leads");
    }
    /* The life was rich enough to prove something. */
    static const char *const rich[] = {
        "SELECT count(*) > 3 FROM exceptions WHERE state = 'open'",
        "SELECT count(DISTINCT kind) > 3 FROM exceptions",
        "SELECT count(DISTINCT resolution) = 7 FROM exceptions",
        "SELECT count(*) > 0 FROM exceptions WHERE about = 'pool'",
        "SELECT count(*) > 0 FROM exceptions WHERE about = 'source'",
        "SELECT count(*) > 0 FROM exceptions WHERE state = 'open' AND claimed_by = 'kim'",
        "SELECT count(*) > 3 FROM exception_events WHERE event = 'escalated'",
        "SELECT count(*) > 1 FROM surges WHERE ended_us IS NOT NULL",
        "SELECT sum(leads) > 10 AND sum(paced) + sum(nurture) + sum(overflow) > 0 FROM surges",
        "SELECT count(*) > 0 FROM alerts WHERE told_us IS NOT NULL",
        "SELECT count(*) > 3 FROM silences",
        "SELECT count(*) > 0 FROM incidents WHERE opened_by = ''",
        "SELECT count(*) > 0 FROM incidents WHERE items_open > 0",
        "SELECT count(*) > 0 FROM leads WHERE merged_into IS NOT NULL",
        "SELECT count(*) > 0 FROM leads WHERE surge IS NOT NULL",
        "SELECT max(fallbacks) > 1 FROM leads",
        "SELECT count(*) > 0 FROM leads WHERE until_us IS NOT NULL",
        "SELECT count(DISTINCT purpose) >= 5 FROM deliveries",
        "SELECT count(*) > 0 FROM series_hours WHERE surged",
        "SELECT balanced FROM reconciliation",
    };
    bool all = pending && firing && acknowledged;
    for (size_t i = 0; i < sizeof rich / sizeof *rich; i++) {
        bool is_so = is_true(world, rich[i]);
        if (!is_so)
            print_error("not true: %s\n", rich[i]);
        all &= is_so;
    }
    assert_true(all);
}

static void the_size_of_batches_does_not_show(void **state)
{
    struct world *world = *state;
    uint64_t seed = 7;
    for (int i = 0; i < 3; i++) {
        clock_live(world, &seed, 150);
        struct hash256 one = world_rebuild(world, 1);
        static const size_t sizes[] = {2, 13, 1000};
        for (size_t k = 0; k < 3; k++) {
            struct hash256 many = world_rebuild(world, sizes[k]);
            assert_same(&one, &many);
        }
    }
}

static void a_view_goes_on_after_it_was_closed(void **state)
{
    struct world *world = *state;
    uint64_t seed = 11;
    for (int i = 0; i < 6; i++) {
        clock_live(world, &seed, 60);
        world_project(world);
        world_reopen(world);
    }
    world_check_reload(world);
    struct hash256 here = world_digest(world), there = world_rebuild(world, 50);
    assert_same(&here, &there);
}

/* What runs, asked of the rows of the leads themselves. */
static void what_runs_is_what_the_leads_say(void **state)
{
    static const char sql[] =
        "WITH o(objective, bit) AS (VALUES ('enriched', 0), ('assigned', 1), ('contacted', 2), "
        "('qualified', 3)), runs AS (SELECT leads.*, objective FROM leads, o WHERE CASE bit "
        "WHEN 0 THEN enriched_due_us IS NOT NULL AND enriched_us IS NULL "
        "WHEN 1 THEN assigned_due_us IS NOT NULL AND first_assigned_us IS NULL "
        "WHEN 2 THEN contacted_due_us IS NOT NULL AND contacted_us IS NULL "
        "ELSE qualified_due_us IS NOT NULL AND closed_us IS NULL END "
        "AND late >> bit & 1 = 0 AND void >> bit & 1 = 0), d(dimension) AS (VALUES ('class'), "
        "('campaign'), ('source'), ('partner'), ('pool'), ('rep')), recount AS (SELECT dimension, "
        "objective, coalesce(CASE dimension WHEN 'class' THEN class WHEN 'campaign' THEN campaign "
        "WHEN 'source' THEN source WHEN 'partner' THEN partner WHEN 'pool' THEN pool ELSE rep END, "
        "'') AS value, class, count(*) AS running FROM runs, d GROUP BY 1, 2, 3, 4), "
        "kept AS (SELECT dimension, objective, value, class, running FROM objective_running) "
        "SELECT (SELECT count(*) FROM (SELECT * FROM recount EXCEPT SELECT * FROM kept)) + "
        "(SELECT count(*) FROM (SELECT * FROM kept EXCEPT SELECT * FROM recount))";
    struct world *world = *state;
    uint64_t seed = 31;
    for (int i = 0; i < 8; i++) {
        clock_live(world, &seed, 40);
        world_project(world);
        assert_value(world, sql, "0");
    }
    assert_value(world, "SELECT count(*) > 10 FROM objective_running", "1");
}

/* ---- series: what the view keeps is what the core keeps */

struct series_sums {
    uint64_t hours, minutes, surged, rows;
};

static void add_series(void *context, enum core_series_kind kind, struct bytes name, bool hours,
                       int64_t start_us, uint32_t number, bool surged)
{
    struct series_sums *sums = context;
    (void)kind;
    (void)name;
    (void)start_us;
    if (number == 0 && !surged)
        return;
    sums->rows++;
    sums->surged += surged;
    *(hours ? &sums->hours : &sums->minutes) += number;
}

static void series_are_those_of_the_core(void **state)
{
    struct world *world = *state;
    uint64_t seed = 41;
    clock_live(world, &seed, 400);
    world_project(world);
    struct series_sums sums = {0};
    core_series_each(world->core, add_series, &sums);
    char expected[100];
    snprintf(expected, sizeof expected, "%" PRIu64 " %" PRIu64 " %" PRIu64, sums.hours,
             sums.minutes, sums.surged);
    assert_value(world,
                 "SELECT (SELECT sum(count) FROM series_hours WHERE hour > time_us / 3600000000 - "
                 "840) || ' ' || (SELECT coalesce(sum(count), 0) FROM series_minutes WHERE minute "
                 "> time_us / 60000000 - 360) || ' ' || (SELECT sum(surged) FROM series_hours "
                 "WHERE hour > time_us / 3600000000 - 840) FROM meta",
                 expected);
    assert_true(sums.surged > 0);
    /* Each record counts once by source; the same from the events. */
    uint64_t records = 0;
    for (size_t i = 0; i < world->count; i++)
        records += world->events[i].type == CORE_LEAD_CAPTURED ||
                   world->events[i].type == CORE_LEAD_REOPENED ||
                   world->events[i].type == CORE_LEAD_TOUCHED;
    snprintf(expected, sizeof expected, "%" PRIu64, records);
    assert_value(world, "SELECT sum(count) FROM series_hours WHERE kind = 'source'", expected);
}

static void minutes_that_nobody_asks_for_are_forgotten(void **state)
{
    struct world *world = *state;
    for (int i = 0; i < 20; i++) {
        const struct clock_lead lead = {.source = "web", .country = "DE"};
        clock_submit(world, &lead);
        world->now_us += HOUR;
        world_tick(world);
        world_project(world);
    }
    assert_value(world, "SELECT max(minute) - min(minute) < 400 FROM series_minutes", "1");
    world_check_reload(world);
}

/* ---- where the time goes */

static void the_parts_of_the_time_to_contact_add_up(void **state)
{
    struct world *world = *state;
    const struct clock_lead lead = {
        .email = "kim@example.com", .country = "DE", .form = "demo", .intent = 80};
    world_set_rep(world, "ana", 0, -1);
    world_set_rep(world, "ben", 0, -1);
    uint64_t number = clock_submit(world, &lead); /* nobody is there */
    world->now_us += 20 * SECOND;
    world_set_rep(world, "ana", 1, -1);
    world_tick(world);
    world->now_us += 30 * SECOND;
    assert_int_equal(clock_enrich(world, number, 90), CORE_OK);
    world->now_us += 60 * SECOND;
    world_contact(world, number);
    world_project(world);
    assert_value(world,
                 "SELECT class || ' ' || count || ' ' || intake_us || ' ' || routing_us || ' ' || "
                 "waiting_us || ' ' || triage_us || ' ' || enrichment_us || ' ' || rep_us "
                 "FROM latency_counts",
                 "hot 1 0 0 20000000 0 30000000 60000000");
}

#define CLOCK_TEST(name) cmocka_unit_test_setup_teardown(name, setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLOCK_TEST(a_loaded_core_has_the_same_promises_and_trouble),
        CLOCK_TEST(the_size_of_batches_does_not_show),
        CLOCK_TEST(a_view_goes_on_after_it_was_closed),
        CLOCK_TEST(what_runs_is_what_the_leads_say),
        CLOCK_TEST(series_are_those_of_the_core),
        CLOCK_TEST(minutes_that_nobody_asks_for_are_forgotten),
        CLOCK_TEST(the_parts_of_the_time_to_contact_add_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
