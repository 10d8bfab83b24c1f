/* The leads behind the numbers: what became of promises, of what came, minute by minute and by
 * where it came from; over a life in which everything happens. */
#include "clock_world.h"

#include "base/json.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static int setup(void **state)
{
    struct world *world = *state = world_new();
    clock_activate(world, 0);
    return 0;
}

static struct json_object *member(struct json_object *object, const char *key)
{
    return json_object_object_get(object, key);
}

static const char *text(struct json_object *object, const char *key)
{
    struct json_object *value = member(object, key);
    return value != NULL ? json_object_get_string(value) : "";
}

/* Projected in pieces, with a restart between. */
static void live(struct world *world, uint64_t seed, unsigned rounds)
{
    for (unsigned i = 0; i < rounds; i++) {
        clock_live(world, &seed, 60);
        world_project_some(world, (world->count - world->projected) / 3);
        world_project(world);
        if (i == rounds / 2)
            world_reopen(world);
    }
}

/* ---- leads */

struct asked {
    struct store_lead_filter filter;
    struct store_page_end end;
};

static int read_leads(struct store_reader *reader, const void *context, struct json_writer *json,
                      struct error *err)
{
    struct asked *asked = (struct asked *)(uintptr_t)context;
    return store_read_leads(reader, &asked->filter, STORE_PAGE_MAX, json, &asked->end, err);
}

/* All in one page, which is enough for these lives. */
static struct json_object *leads(struct world *world, struct store_lead_filter filter)
{
    struct asked asked = {.filter = filter};
    struct json_object *list = world_answer(world, read_leads, &asked);
    assert_true(asked.end.complete);
    assert_int_equal(asked.end.next, 0);
    return list;
}

/* What the lead itself says of one of its promises. */
static bool came_out(struct json_object *lead, const char *objective, enum store_outcome outcome)
{
    const char *state = text(member(member(lead, "objectives"), objective), "state");
    bool is_late = strcmp(state, "late") == 0, is_late_met = strcmp(state, "late_met") == 0;
    switch (outcome) {
    case STORE_OUTCOME_ANY: return state[0] != '\0';
    case STORE_OUTCOME_LATE: return is_late || is_late_met;
    case STORE_OUTCOME_OVERDUE: return is_late && strcmp(text(lead, "place"), "closed") != 0;
    default: return strcmp(state, store_outcome_name(outcome)) == 0;
    }
}

static const char *const objectives[] = {"enriched", "assigned", "contacted", "qualified"};

static bool fits(struct json_object *lead, const char *objective, enum store_outcome outcome)
{
    if (objective[0] != '\0')
        return came_out(lead, objective, outcome);
    for (size_t i = 0; i < 4; i++)
        if (came_out(lead, objectives[i], outcome))
            return true;
    return outcome == STORE_OUTCOME_ANY;
}

/* The list is those of `all` that fit, in the same order; returns how many. */
static size_t assert_those(struct json_object *list, struct json_object *all, const char *objective,
                           enum store_outcome outcome)
{
    size_t count = 0;
    for (size_t i = 0; i < json_object_array_length(all); i++) {
        struct json_object *lead = json_object_array_get_idx(all, i);
        if (!fits(lead, objective, outcome))
            continue;
        assert_true(count < json_object_array_length(list));
        assert_string_equal(text(json_object_array_get_idx(list, count++), "id"), text(lead, "id"));
    }
    assert_int_equal(json_object_array_length(list), count);
    return count;
}

static void outcomes_find_the_leads_that_say_so_themselves(void **state)
{
    struct world *world = *state;
    size_t found[STORE_OUTCOMES] = {0};
    live(world, 7, 8);
    JSON_AUTO *all = leads(world, (struct store_lead_filter){0});
    for (int outcome = 0; outcome < STORE_OUTCOMES; outcome++) {
        for (size_t i = 0; i <= 4; i++) {
            const char *objective = i < 4 ? objectives[i] : "";
            JSON_AUTO *list =
                leads(world, (struct store_lead_filter){.objective = bytes_of(objective),
                                                        .outcome = (enum store_outcome)outcome});
            found[outcome] += assert_those(list, all, objective, (enum store_outcome)outcome);
        }
    }
    for (int outcome = 0; outcome < STORE_OUTCOMES; outcome++)
        assert_true(found[outcome] > 3);
}

/* The numbers of GET /v1/objectives and the lists behind them, hour by hour. */
static void the_leads_behind_a_number_are_as_many(void **state)
{
    struct world *world = *state;
    const struct clock_lead kinds[] = {{.email = "a@example.com", .form = "demo", .intent = 50},
                                       {.email = "b@example.com", .form = "demo", .intent = 60}};
    uint64_t kept = clock_submit(world, &kinds[0]);
    clock_submit(world, &kinds[1]);
    world_contact(world, kept);
    clock_pass(world, HOUR + 10 * 60 * SECOND);
    world_project(world);
    static const struct {
        enum store_outcome outcome;
        const char *column;
    } numbers[] = {{STORE_OUTCOME_MET, "met"}, {STORE_OUTCOME_LATE, "late"}};
    int64_t total = 0;
    for (int64_t hour = WORLD_START_US / HOUR; hour < world->now_us / HOUR + 1; hour++) {
        for (size_t i = 0; i < 2; i++) {
            const char *sql = arena_printf(
                &world->arena,
                "SELECT coalesce(sum(%s), 0) FROM objective_counts WHERE dimension = 'class' AND "
                "objective = 'contacted' AND hour = %" PRId64,
                numbers[i].column, hour);
            JSON_AUTO *list =
                leads(world, (struct store_lead_filter){.objective = BYTES_LITERAL("contacted"),
                                                        .outcome = numbers[i].outcome,
                                                        .turned_from_us = hour * HOUR,
                                                        .turned_to_us = (hour + 1) * HOUR});
            size_t count = json_object_array_length(list);
            assert_value(world, sql, arena_printf(&world->arena, "%zu", count));
            total += (int64_t)count;
        }
    }
    assert_int_equal(total, 2);
}

static void open_and_closed_campaign_and_partner_filter(void **state)
{
    struct world *world = *state;
    live(world, 11, 6);
    static const struct {
        struct store_lead_filter filter;
        const char *where;
    } cases[] = {
        {{.only = STORE_ONLY_OPEN}, "place <> 'closed'"},
        {{.only = STORE_ONLY_CLOSED}, "place = 'closed'"},
        {{.campaign = BYTES_LITERAL("Größe")}, "campaign = 'Größe'"},
        {{.campaign = BYTES_LITERAL("")}, "campaign IS NULL"},
        {{.campaign = BYTES_LITERAL("winter")}, "0"},
        {{.partner = BYTES_LITERAL("acme"), .source = BYTES_LITERAL("csv")},
         "partner = 'acme' AND source = 'csv'"},
        {{.place = BYTES_LITERAL("exception")}, "place = 'exception'"},
        {{.place = BYTES_LITERAL("nurture")}, "place = 'nurture'"},
        {{.rep = BYTES_LITERAL("ana"), .outcome = STORE_OUTCOME_LATE}, "rep = 'ana' AND late <> 0"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        JSON_AUTO *list = leads(world, cases[i].filter);
        const char *sql = arena_printf(
            &world->arena, "SELECT count(*) FROM leads NOT INDEXED WHERE %s", cases[i].where);
        assert_value(world, sql,
                     arena_printf(&world->arena, "%zu", json_object_array_length(list)));
    }
}

/* ---- in order of deadlines */

static void what_is_due_first_comes_first(void **state)
{
    struct world *world = *state;
    live(world, 5, 8);
    JSON_AUTO *list = leads(world, (struct store_lead_filter){.sort = STORE_DUE});
    size_t count = json_object_array_length(list), with_deadline = 0;
    const char *last = "";
    for (size_t i = 0; i < count; i++) {
        struct json_object *lead = json_object_array_get_idx(list, i);
        assert_string_not_equal(text(lead, "place"), "closed");
        const char *due = text(member(lead, "next"), "due_at");
        with_deadline += due[0] != '\0';
        assert_true(due[0] != '\0' ? strcmp(last, due) <= 0 && with_deadline == i + 1 : true);
        last = due;
    }
    assert_true(with_deadline > 5);
    assert_value(world, "SELECT count(*) FROM leads WHERE place <> 'closed'",
                 arena_printf(&world->arena, "%zu", count));
    /* In pages, by how many came before. */
    struct asked asked = {.filter = {.sort = STORE_DUE, .cursor = count - 2}};
    JSON_AUTO *end = world_answer(world, read_leads, &asked);
    assert_int_equal(json_object_array_length(end), 2);
    assert_string_equal(text(json_object_array_get_idx(end, 1), "id"),
                        text(json_object_array_get_idx(list, count - 1), "id"));
    assert_int_equal(asked.end.next, 0);
}

static void the_promise_to_look_at_is_the_one_that_is_due_first(void **state)
{
    struct world *world = *state;
    const struct clock_lead hot = {.email = "kim@example.com", .form = "demo", .intent = 50};
    uint64_t number = clock_submit(world, &hot);
    world_project(world);
    struct json_object *next = member(world_lead(world, number), "next");
    assert_member(next, "objective", "enriched"); /* in 2 minutes; assigned it is */
    assert_member(next, "state", "running");
    clock_pass(world, 3 * 60 * SECOND);
    world_project(world);
    next = member(world_lead(world, number), "next");
    assert_member(next, "objective", "enriched");
    assert_member(next, "state", "overdue");
    clock_enrich(world, number, 60);
    world_project(world);
    assert_member(member(world_lead(world, number), "next"), "objective", "contacted");
    world_contact(world, number);
    world_outcome(world, number, true);
    world_project(world);
    assert_member_null(world_lead(world, number), "next");
}

/* ---- attribution */

/* The counters of a dimension against the leads themselves. */
static void check_counts(struct world *world, const char *dimension)
{
    static const char format[] =
        "WITH recount AS (SELECT captured_us / 3600000000 AS hour, coalesce(%s, '') AS value, "
        "count(*), count(contacted_us), sum(state = 'qualified'), sum(state = 'disqualified'), "
        "sum(late_count > 0), coalesce(sum(contacted_us - captured_us), 0) "
        "FROM leads NOT INDEXED GROUP BY 1, 2), counts AS "
        "(SELECT hour, value, captured, contacted, qualified, disqualified, late, contact_us "
        "FROM capture_counts WHERE dimension = '%s' AND captured > 0) "
        "SELECT (SELECT count(*) FROM (SELECT * FROM recount EXCEPT SELECT * FROM counts)) + "
        "(SELECT count(*) FROM (SELECT * FROM counts EXCEPT SELECT * FROM recount))";
    assert_value(world, arena_printf(&world->arena, format, dimension, dimension), "0");
}

static void what_became_of_leads_is_counted_by_where_they_came_from(void **state)
{
    struct world *world = *state;
    live(world, 3, 10);
    check_counts(world, "campaign");
    check_counts(world, "source");
    check_counts(world, "partner");
    assert_value(world, "SELECT sum(reopened) > 2 AND sum(late_count > 0) > 2 FROM leads", "1");
    struct hash256 digest = world_digest(world), rebuilt = world_rebuild(world, 17);
    assert_same(&digest, &rebuilt);
    rebuilt = world_rebuild(world, 5000);
    assert_same(&digest, &rebuilt);
}

static int read_attribution(struct store_reader *reader, const void *context,
                            struct json_writer *json, struct error *err)
{
    const enum store_dimension *by = context;
    json_object_open(json);
    int code = store_read_attribution(reader, *by, 0, INT64_C(1) << 60, json, err);
    json_object_close(json);
    return code;
}

static void attribution_has_the_most_first_and_a_total(void **state)
{
    struct world *world = *state;
    static const char *const campaigns[] = {"spring", "autumn", "spring", NULL, "spring"};
    uint64_t first = 0;
    for (unsigned i = 0; i < 5; i++) {
        const struct clock_lead lead = {.email = arena_printf(&world->arena, "p%u@example.com", i),
                                        .form = "demo",
                                        .campaign = campaigns[i],
                                        .intent = 50};
        uint64_t number = clock_submit(world, &lead);
        first = first == 0 ? number : first;
    }
    world->now_us += 40 * SECOND;
    world_contact(world, first);
    world_outcome(world, first, true);
    world_project(world);
    enum store_dimension by = STORE_BY_CAMPAIGN;
    JSON_AUTO *answer = world_answer(world, read_attribution, &by);
    struct json_object *rows = member(answer, "rows");
    assert_int_equal(json_object_array_length(rows), 3);
    struct json_object *spring = json_object_array_get_idx(rows, 0);
    assert_member(spring, "value", "spring");
    assert_member_int(spring, "captured", 3);
    assert_member_int(spring, "contacted", 1);
    assert_member_int(spring, "qualified", 1);
    assert_member_int(spring, "open", 2);
    assert_member_int(spring, "mean_seconds_to_contact", 40);
    assert_member(json_object_array_get_idx(rows, 1), "value", "");
    assert_member_null(json_object_array_get_idx(rows, 1), "mean_seconds_to_contact");
    assert_member_int(member(answer, "total"), "captured", 5);
    assert_member_null(answer, "others");
}

static void more_rows_than_a_thousand_are_the_others(void **state)
{
    struct world *world = *state;
    enum store_dimension by = STORE_BY_PARTNER;
    world_project(world);
    world_execute(world->path,
                  "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1003) "
                  "INSERT INTO capture_counts SELECT 'partner', 5, 'p' || i, 1 + i, 1, 0, 0, 0, "
                  "2000000 FROM n");
    JSON_AUTO *answer = world_answer(world, read_attribution, &by);
    assert_int_equal(json_object_array_length(member(answer, "rows")), 1000);
    assert_member_int(member(answer, "others"), "captured", 2 + 3 + 4);
    assert_member_int(member(answer, "others"), "mean_seconds_to_contact", 2);
    assert_member_int(member(answer, "total"), "contacted", 1003);
}

/* ---- activity */

struct activity {
    enum store_dimension by;
    int64_t from_us;
    uint32_t minutes;
};

static int read_activity(struct store_reader *reader, const void *context, struct json_writer *json,
                         struct error *err)
{
    const struct activity *activity = context;
    json_object_open(json);
    int code =
        store_read_activity(reader, activity->by, activity->from_us, activity->minutes, json, err);
    json_object_close(json);
    return code;
}

static void every_minute_is_there_with_what_came_in_it(void **state)
{
    struct world *world = *state;
    const int64_t from_us = WORLD_START_US - WORLD_START_US % (60 * SECOND);
    for (unsigned i = 0; i < 3; i++) {
        const struct clock_lead lead = {
            .source = i == 2 ? "csv" : "web",
            .email = i == 1 ? NULL : arena_printf(&world->arena, "p%u@example.com", i),
            .campaign = "spring",
            .intent = 50};
        clock_submit(world, &lead);
        world->now_us += i == 0 ? 0 : 120 * SECOND;
    }
    world_project(world);
    struct activity asked = {STORE_DIMENSIONS, from_us, 5};
    JSON_AUTO *total = world_answer(world, read_activity, &asked);
    struct json_object *minutes = member(total, "minutes");
    static const int64_t accepted[] = {2, 0, 1, 0, 0}, exceptions[] = {1, 0, 0, 0, 0};
    assert_int_equal(json_object_array_length(minutes), 5);
    for (size_t i = 0; i < 5; i++) {
        struct json_object *minute = json_object_array_get_idx(minutes, i);
        assert_member_int(minute, "accepted", accepted[i]);
        assert_member_int(minute, "exceptions", exceptions[i]);
    }
    asked.by = STORE_BY_SOURCE;
    JSON_AUTO *sources = world_answer(world, read_activity, &asked);
    struct json_object *web = json_object_array_get_idx(member(sources, "series"), 0);
    assert_member(web, "value", "web");
    assert_member_int(web, "total", 2);
    assert_string_equal(text(web, "counts"), "[ 2, 0, 0, 0, 0 ]");
    assert_member(json_object_array_get_idx(member(sources, "series"), 1), "value", "csv");
    assert_member_null(sources, "others");
}

static void series_past_fifty_are_shown_together(void **state)
{
    struct world *world = *state;
    world_project(world);
    world_execute(world->path,
                  "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60) "
                  "INSERT INTO series_minutes SELECT 100 + i % 2, 'campaign', 'c' || i, i FROM n");
    const struct activity asked = {STORE_BY_CAMPAIGN, 100 * 60 * SECOND, 2};
    JSON_AUTO *answer = world_answer(world, read_activity, &asked);
    assert_int_equal(json_object_array_length(member(answer, "series")), 50);
    assert_member(json_object_array_get_idx(member(answer, "series"), 0), "value", "c60");
    assert_member_int(member(answer, "others"), "total", 55);
    assert_string_equal(text(member(answer, "others"), "counts"), "[ 30, 25 ]");
}

#define CLOCK_TEST(name) cmocka_unit_test_setup_teardown(name, setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLOCK_TEST(outcomes_find_the_leads_that_say_so_themselves),
        CLOCK_TEST(the_leads_behind_a_number_are_as_many),
        CLOCK_TEST(open_and_closed_campaign_and_partner_filter),
        CLOCK_TEST(what_is_due_first_comes_first),
        CLOCK_TEST(the_promise_to_look_at_is_the_one_that_is_due_first),
        CLOCK_TEST(what_became_of_leads_is_counted_by_where_they_came_from),
        CLOCK_TEST(attribution_has_the_most_first_and_a_total),
        CLOCK_TEST(more_rows_than_a_thousand_are_the_others),
        CLOCK_TEST(every_minute_is_there_with_what_came_in_it),
        CLOCK_TEST(series_past_fifty_are_shown_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
