/* Promises and trouble in the view: counters equal a recount from the events, cell by cell; a core
 * loaded from the view equals the one that made them; batches do not show. */
#include "clock_world.h"

#include "base/map.h"

#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

static int setup(void **state)
{
    struct world *world = *state = world_new();
    clock_activate(world, 0);
    return 0;
}

static void check_reload(struct world *world)
{
    struct core *loaded = core_new();
    struct error err = {0};
    if (store_load_core(world->store, loaded, &err) != 0)
        fail_msg("%s: %s", err.place, err.message);
    struct hash256 expected = core_digest(world->core), got = core_digest(loaded);
    char text[256];
    const char *complaint = core_check(loaded, text, sizeof text);
    if (complaint != NULL)
        fail_msg("%s", complaint);
    core_free(loaded);
    assert_same(&expected, &got);
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
        check_reload(world);
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
        "SELECT count(DISTINCT kind) = 5 FROM deliveries",
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
        store_close(world->store);
        assert_int_equal(store_open(world->path, NULL, &world->store, NULL), 0);
        struct core *loaded = core_new();
        assert_int_equal(store_load_core(world->store, loaded, NULL), 0);
        core_free(world->core);
        world->core = loaded;
    }
    check_reload(world);
    struct hash256 here = world_digest(world), there = world_rebuild(world, 50);
    assert_same(&here, &there);
}

/* ---- the recount: from the events alone, by nothing that the view uses */

struct told {
    uint64_t number;
    const char *class_name, *source;
    char campaign[32], partner[32];
    const char *pool, *rep; /* "" none */
    int64_t captured_us, due_us[POLICY_OBJECTIVES];
    bool reached[POLICY_OBJECTIVES], late[POLICY_OBJECTIVES], gone;
};

/* A cell by its name; the hour and what became of promises in it. */
struct cell {
    char name[200];
    uint64_t turns[4];
    int64_t sum_us;
};

struct recount {
    struct told *leads;
    size_t lead_count;
    struct cell *cells;
    size_t cell_count;
};

static struct told *told_of(struct recount *recount, uint64_t number)
{
    for (size_t i = 0; i < recount->lead_count; i++)
        if (recount->leads[i].number == number)
            return &recount->leads[i];
    recount->leads = realloc(recount->leads, (recount->lead_count + 1) * sizeof *recount->leads);
    assert_non_null(recount->leads);
    struct told *added = &recount->leads[recount->lead_count++];
    *added = (struct told){.number = number};
    return added;
}

static struct cell *cell_of(struct recount *recount, const char *name)
{
    for (size_t i = 0; i < recount->cell_count; i++)
        if (strcmp(recount->cells[i].name, name) == 0)
            return &recount->cells[i];
    recount->cells = realloc(recount->cells, (recount->cell_count + 1) * sizeof *recount->cells);
    assert_non_null(recount->cells);
    struct cell *added = &recount->cells[recount->cell_count++];
    *added = (struct cell){0};
    snprintf(added->name, sizeof added->name, "%s", name);
    return added;
}

enum { MET, LATE, LATE_MET, VOID };

static void count(struct recount *recount, const struct told *lead, const char *objective,
                  int64_t time_us, int how, int64_t took_us)
{
    const char *const values[][2] = {{"class", lead->class_name}, {"campaign", lead->campaign},
                                     {"source", lead->source},    {"partner", lead->partner},
                                     {"pool", lead->pool},        {"rep", lead->rep}};
    size_t dimensions = strcmp(objective, "captured") == 0 ? 4 : 6;
    for (size_t i = 0; i < dimensions; i++) {
        char name[200];
        snprintf(name, sizeof name, "%s|%s|%s|%s|%" PRId64, values[i][0], objective, values[i][1],
                 lead->class_name, time_us / HOUR);
        struct cell *cell = cell_of(recount, name);
        cell->turns[how]++;
        cell->sum_us += took_us;
    }
}

static const char *const objectives[] = {"enriched", "assigned", "contacted", "qualified"};

static void reach(struct recount *recount, struct told *lead, int objective, int64_t time_us)
{
    bool first = !lead->reached[objective];
    lead->reached[objective] = true;
    if (first && lead->due_us[objective] != 0)
        count(recount, lead, objectives[objective], time_us, lead->late[objective] ? LATE_MET : MET,
              time_us - lead->captured_us);
}

static void begin(struct world *world, struct recount *recount, const struct core_event *event)
{
    const struct policy_release *release = core_release_at(world->core, event->captured.release);
    const struct policy_class *class = &release->classes[event->captured.class_index];
    const struct cel_value *campaign = &event->captured.values[release->schema.campaign];
    const struct cel_value *partner = &event->captured.values[release->schema.partner];
    struct told *lead = told_of(recount, event->lead);
    *lead = (struct told){.number = event->lead,
                          .class_name = class->name,
                          .source = release->sources[event->captured.source].name,
                          .pool = "",
                          .rep = "",
                          .captured_us = event->captured.captured_us};
    if (campaign->kind == CEL_STRING)
        snprintf(lead->campaign, sizeof lead->campaign, "%.*s", BYTES_ARG(campaign->string));
    if (partner->kind == CEL_STRING)
        snprintf(lead->partner, sizeof lead->partner, "%.*s", BYTES_ARG(partner->string));
    for (int i = 0; i < POLICY_OBJECTIVES; i++)
        if (class->objectives[i].within_us > 0)
            lead->due_us[i] = lead->captured_us + class->objectives[i].within_us;
    count(recount, lead, "captured", event->time_us, MET, 0);
}

static void place(struct world *world, struct recount *recount, const struct core_event *event)
{
    struct told *lead = told_of(recount, event->lead);
    uint32_t pool = event->placed.pool;
    bool assigned = event->type == CORE_LEAD_ASSIGNED;
    lead->pool = pool != CORE_NONE ? core_pool_id(world->core, pool) : "";
    lead->rep = assigned ? core_rep_id(world->core, event->placed.rep) : "";
    if (assigned)
        reach(recount, lead, POLICY_ASSIGNED, event->time_us);
}

static void close_lead(struct recount *recount, const struct core_event *event)
{
    struct told *lead = told_of(recount, event->lead);
    reach(recount, lead, POLICY_QUALIFIED, event->time_us);
    for (int i = 0; i < POLICY_OBJECTIVES; i++)
        if (lead->due_us[i] != 0 && !lead->reached[i] && !lead->late[i])
            count(recount, lead, objectives[i], event->time_us, VOID, 0);
    lead->gone = true;
}

static void take(struct world *world, struct recount *recount, const struct core_event *event)
{
    struct told *lead;
    switch (event->type) {
    case CORE_LEAD_CAPTURED:
    case CORE_LEAD_REOPENED: begin(world, recount, event); break;
    case CORE_LEAD_ASSIGNED:
    case CORE_LEAD_QUEUED:
    case CORE_LEAD_EXCEPTED:
    case CORE_LEAD_NURTURED: place(world, recount, event); break;
    case CORE_LEAD_RETURNED:
        lead = told_of(recount, event->lead);
        lead->pool = lead->rep = "";
        break;
    case CORE_LEAD_CONTACTED:
        reach(recount, told_of(recount, event->lead), POLICY_CONTACTED, event->time_us);
        break;
    case CORE_LEAD_ENRICHED:
        reach(recount, told_of(recount, event->lead), POLICY_ENRICHED, event->time_us);
        break;
    case CORE_LEAD_QUALIFIED:
    case CORE_LEAD_DISQUALIFIED: close_lead(recount, event); break;
    case CORE_LEAD_LATE:
        lead = told_of(recount, event->lead);
        if (!lead->late[event->late.objective])
            count(recount, lead, objectives[event->late.objective], event->time_us, LATE, 0);
        lead->late[event->late.objective] = true;
        break;
    default: break;
    }
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct cell *)a)->name, ((const struct cell *)b)->name);
}

static void check_cells(struct world *world, struct recount *recount)
{
    static const char sql[] =
        "SELECT dimension || '|' || objective || '|' || value || '|' || class || '|' || hour, met, "
        "late, late_met, void, sum_us FROM objective_counts ORDER BY 1";
    sqlite3 *db;
    sqlite3_stmt *rows;
    size_t at = 0;
    qsort(recount->cells, recount->cell_count, sizeof *recount->cells, by_name);
    assert_int_equal(sqlite3_open_v2(world->path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &rows, NULL), SQLITE_OK);
    for (; sqlite3_step(rows) == SQLITE_ROW; at++) {
        assert_true(at < recount->cell_count);
        assert_string_equal((const char *)sqlite3_column_text(rows, 0), recount->cells[at].name);
        for (int i = 0; i < 4; i++)
            assert_int_equal(sqlite3_column_int64(rows, 1 + i), recount->cells[at].turns[i]);
        assert_int_equal(sqlite3_column_int64(rows, 5), recount->cells[at].sum_us);
    }
    assert_int_equal(at, recount->cell_count);
    sqlite3_finalize(rows);
    sqlite3_close(db);
}

static void every_counter_equals_a_recount_from_the_events(void **state)
{
    struct world *world = *state;
    struct recount recount = {0};
    uint64_t seed = 23;
    for (int i = 0; i < 10; i++) {
        clock_live(world, &seed, 60);
        world_project_some(world, (world->count - world->projected) / 2); /* cut anywhere */
        world_project(world);
    }
    for (size_t i = 0; i < world->count; i++)
        take(world, &recount, &world->events[i]);
    check_cells(world, &recount);
    assert_true(recount.cell_count > 300);
    /* As many have a bucket as were reached. */
    assert_value(world,
                 "SELECT count(*) FROM objective_counts WHERE objective <> 'captured' AND "
                 "met + late_met > 0 AND length(histogram) = 0",
                 "0");
    free(recount.leads);
    free(recount.cells);
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
        "'') AS value, class, count(*) AS running FROM runs, d GROUP BY 1, 2, 3, 4) "
        "SELECT (SELECT count(*) FROM (SELECT * FROM recount EXCEPT SELECT * FROM "
        "objective_running)) + (SELECT count(*) FROM (SELECT * FROM objective_running EXCEPT "
        "SELECT * FROM recount))";
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
    check_reload(world);
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
        CLOCK_TEST(every_counter_equals_a_recount_from_the_events),
        CLOCK_TEST(what_runs_is_what_the_leads_say),
        CLOCK_TEST(series_are_those_of_the_core),
        CLOCK_TEST(minutes_that_nobody_asks_for_are_forgotten),
        CLOCK_TEST(the_parts_of_the_time_to_contact_add_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
