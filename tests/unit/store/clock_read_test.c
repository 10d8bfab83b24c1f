/* What the API shows of promises and trouble. */
#include "clock_world.h"

#include "base/json.h"

#include <json-c/json.h>
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

static struct json_object *item(struct json_object *array, size_t at)
{
    return json_object_array_get_idx(array, at);
}

static uint64_t submit(struct world *world, const char *email, const char *form, int64_t intent)
{
    const struct clock_lead lead = {.email = email,
                                    .form = form,
                                    .country = "DE",
                                    .campaign = "spring",
                                    .partner = "acme",
                                    .intent = intent};
    return clock_submit(world, &lead);
}

/* ---- a lead */

static void a_lead_tells_its_promises(void **state)
{
    struct world *world = *state;
    uint64_t number = submit(world, "kim@example.com", "demo", 80);
    world_project(world);
    struct json_object *lead = world_lead(world, number);
    struct json_object *objectives = member(lead, "objectives");
    assert_member(member(objectives, "assigned"), "state", "met");
    assert_member(member(objectives, "contacted"), "state", "running");
    assert_member(member(objectives, "contacted"), "due_at", "2023-11-14T22:18:20.000000Z");
    assert_member(lead, "campaign", "spring");
    clock_pass(world, 6 * 60 * SECOND);
    world_project(world);
    objectives = member(world_lead(world, number), "objectives");
    assert_member(member(objectives, "contacted"), "state", "late");
    assert_member_int(member(objectives, "contacted"), "steps", 1);
    assert_member(member(objectives, "enriched"), "state", "late");
}

/* ---- exceptions */

struct exceptions {
    struct store_exception_filter filter;
    const char *after;
    uint32_t limit;
    char next[100];
};

static int read_exceptions(struct store_reader *reader, const void *context,
                           struct json_writer *json, struct error *err)
{
    struct exceptions *asked = (struct exceptions *)(uintptr_t)context;
    struct arena arena;
    struct bytes next = {0};
    arena_init(&arena);
    int code = store_read_exceptions(reader, &asked->filter, bytes_of(asked->after), asked->limit,
                                     &arena, json, &next, err);
    snprintf(asked->next, sizeof asked->next, "%.*s", BYTES_ARG(next));
    arena_release(&arena);
    return code;
}

static int read_exception(struct store_reader *reader, const void *context,
                          struct json_writer *json, struct error *err)
{
    return store_read_exception(reader, *(const uint64_t *)context, json, err);
}

static int read_clusters(struct store_reader *reader, const void *context, struct json_writer *json,
                         struct error *err)
{
    return store_read_exception_clusters(reader, context, 100, json, err);
}

static uint64_t exception_of(struct world *world, uint64_t lead)
{
    for (size_t i = world->count; i > 0; i--)
        if (world->events[i - 1].lead == lead && world->events[i - 1].type == CORE_LEAD_EXCEPTED)
            return world->events[i - 1].seq;
    fail_msg("no exception");
    return 0;
}

static void exceptions_come_by_deadline_in_pages(void **state)
{
    struct world *world = *state;
    enum { LEADS = 5 };
    for (int i = 0; i < LEADS; i++) {
        submit(world, NULL, i % 2 == 0 ? "demo" : NULL, 10 * i);
        world->now_us += (i % 2) * SECOND; /* two at a time have the same deadline */
    }
    world_project(world);
    JSON_AUTO *all = world_answer(world, read_exceptions, &(struct exceptions){.limit = 100});
    assert_int_equal(json_object_array_length(all), LEADS);
    assert_member(item(all, 0), "kind", "missing_email");
    assert_member(item(all, 0), "queue", "validation");
    assert_member(item(all, 0), "team", "north");
    assert_member(item(all, 0), "about", "lead");
    assert_member(member(item(all, 0), "summary"), "class", "hot"); /* before the standard one */
    assert_member(member(item(all, 1), "summary"), "class", "standard");
    for (uint32_t limit = 1; limit <= LEADS + 1; limit++) {
        struct exceptions asked = {.limit = limit};
        char after[100] = "";
        size_t seen = 0;
        do {
            asked.after = after;
            JSON_AUTO *page = world_answer(world, read_exceptions, &asked);
            for (size_t i = 0; i < json_object_array_length(page); i++, seen++)
                assert_string_equal(json_object_to_json_string(item(page, i)),
                                    json_object_to_json_string(item(all, seen)));
            snprintf(after, sizeof after, "%s", asked.next);
        } while (after[0] != '\0');
        assert_int_equal(seen, LEADS);
    }
}

static void exceptions_tell_who_their_lead_is(void **state)
{
    struct world *world = *state;
    const struct clock_lead told = {.name = "Ada Byron", .company = "Analytical Ltd", .intent = 80};
    uint64_t number = exception_of(world, clock_submit(world, &told));
    submit(world, NULL, NULL, 10);
    world_project(world);
    JSON_AUTO *all = world_answer(world, read_exceptions, &(struct exceptions){.limit = 10});
    struct json_object *first = member(item(all, 0), "summary");
    assert_member(first, "name", "Ada Byron");
    assert_member(first, "company", "Analytical Ltd");
    assert_null(member(member(item(all, 1), "summary"), "name"));
    assert_null(member(member(item(all, 1), "summary"), "company"));
    JSON_AUTO *one = world_answer(world, read_exception, &number);
    assert_member(member(one, "summary"), "name", "Ada Byron");
}

static void claim(struct world *world, uint64_t number, const char *who)
{
    world_run(world,
              (struct core_command){.type = CORE_CLAIM, .actor = bytes_of(who), .entity = number});
}

static size_t open_exceptions(struct world *world, const struct store_exception_filter *filter)
{
    const struct exceptions asked = {.filter = *filter, .limit = 10};
    JSON_AUTO *page = world_answer(world, read_exceptions, &asked);
    return json_object_array_length(page);
}

static void what_nobody_has_claimed_is_found_and_counted(void **state)
{
    struct world *world = *state;
    uint64_t claimed = exception_of(world, submit(world, NULL, "demo", 80)), numbers[4];
    uint64_t free = exception_of(world, submit(world, NULL, NULL, 20));
    const struct store_exception_filter nobody = {.unclaimed = true},
                                        kim = {.claimed_by = BYTES_LITERAL("kim")};
    size_t count;
    claim(world, claimed, "kim");
    world_project(world);
    assert_int_equal(open_exceptions(world, &nobody), 1);
    assert_int_equal(open_exceptions(world, &kim), 1);
    assert_int_equal(
        store_find_exceptions(world_reader(world), &nobody, 0, 4, numbers, &count, NULL), 0);
    assert_int_equal(count, 1);
    assert_int_equal(numbers[0], free);
    JSON_AUTO *clusters = world_answer(world, read_clusters, &nobody);
    assert_int_equal(json_object_array_length(clusters), 1);
    assert_member_int(item(clusters, 0), "count", 1);
    assert_int_equal(json_object_array_length(member(item(clusters, 0), "examples")), 1);
    world_run(world, (struct core_command){
                         .type = CORE_RELEASE, .actor = BYTES_LITERAL("kim"), .entity = claimed});
    world_project(world);
    assert_int_equal(open_exceptions(world, &nobody), 2);
    assert_int_equal(open_exceptions(world, &kim), 0);
}

static void a_cluster_tells_the_queue_that_all_of_it_is_in(void **state)
{
    struct world *world = *state;
    submit(world, NULL, "demo", 80);
    submit(world, NULL, NULL, 20);
    world_project(world);
    const struct store_exception_filter any = {0}, one = {.queue = BYTES_LITERAL("addresses")};
    JSON_AUTO *same = world_answer(world, read_clusters, &any);
    assert_member(item(same, 0), "queue", "validation");
    clock_activate(world, 1); /* has another queue for the same kind */
    submit(world, NULL, NULL, 30);
    world_project(world);
    JSON_AUTO *mixed = world_answer(world, read_clusters, &any);
    assert_int_equal(json_object_array_length(mixed), 1);
    assert_member_int(item(mixed, 0), "count", 3);
    assert_null(member(item(mixed, 0), "queue"));
    JSON_AUTO *narrowed = world_answer(world, read_clusters, &one);
    assert_member_int(item(narrowed, 0), "count", 1);
    assert_member(item(narrowed, 0), "queue", "addresses");
}

static void filters_of_exceptions_select(void **state)
{
    struct world *world = *state;
    uint64_t lead = submit(world, NULL, "demo", 80);
    uint64_t other = submit(world, NULL, NULL, 20);
    clock_resolve(world, exception_of(world, other), CORE_RESOLVED_DISQUALIFY, NULL, 0);
    world_project(world);
    const struct {
        struct store_exception_filter filter;
        size_t count;
    } cases[] = {
        {{.state = BYTES_LITERAL("open")}, 1},
        {{.state = BYTES_LITERAL("resolved")}, 1},
        {{.cause = BYTES_LITERAL("bad_data")}, 1},
        {{.cause = BYTES_LITERAL("vendor_outage")}, 0},
        {{.kind = BYTES_LITERAL("missing_email")}, 1},
        {{.kind = BYTES_LITERAL("manual")}, 0},
        {{.queue = BYTES_LITERAL("validation"), .team = BYTES_LITERAL("north")}, 1},
        {{.team = BYTES_LITERAL("south")}, 0},
        {{.claimed_by = BYTES_LITERAL("kim")}, 0},
        {{.lead = lead}, 1},
        {{.lead = other}, 0},
        {{.lead = other, .state = BYTES_LITERAL("resolved")}, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct exceptions asked = {.filter = cases[i].filter, .limit = 10};
        JSON_AUTO *page = world_answer(world, read_exceptions, &asked);
        assert_int_equal(json_object_array_length(page), cases[i].count);
    }
    uint64_t numbers[4];
    size_t count;
    const struct store_exception_filter open = {.kind = BYTES_LITERAL("missing_email")};
    assert_int_equal(store_find_exceptions(world_reader(world), &open, 0, 4, numbers, &count, NULL),
                     0);
    assert_int_equal(count, 1);
    assert_int_equal(numbers[0], exception_of(world, lead));
}

static void an_exception_tells_its_history_and_what_happens_by_itself(void **state)
{
    struct world *world = *state;
    uint64_t lead = submit(world, NULL, "demo", 80), number = exception_of(world, lead);
    world_run(world, (struct core_command){.type = CORE_CLAIM,
                                           .actor = BYTES_LITERAL("kim"),
                                           .entity = number,
                                           .claim.note = BYTES_LITERAL("mine")});
    world_project(world);
    JSON_AUTO *open = world_answer(world, read_exception, &number);
    assert_member(open, "state", "open");
    assert_member(open, "claimed_by", "kim");
    assert_member(member(open, "fallback"), "action", "disqualify");
    assert_non_null(member(open, "recommended"));
    struct json_object *history = member(open, "history");
    assert_int_equal(json_object_array_length(history), 2);
    assert_member(item(history, 1), "what", "claimed");
    assert_member(item(history, 1), "note", "mine");
    clock_resolve(world, number, CORE_RESOLVED_REQUEUE, NULL, 0);
    world_project(world);
    JSON_AUTO *over = world_answer(world, read_exception, &number);
    assert_member(over, "state", "resolved");
    assert_member(over, "action", "requeue");
    assert_member(over, "resolved_by", "kim");
    assert_member(over, "cause", "bad_data");
    assert_member(over, "remediation", "told them");
    assert_member_null(over, "fallback");
    JSON_AUTO *clusters = world_answer(world, read_clusters, &(struct store_exception_filter){0});
    assert_int_equal(json_object_array_length(clusters), 1);
    assert_member(item(clusters, 0), "cause", "bad_data");
    assert_member_int(item(clusters, 0), "count", 1);
}

static void what_is_no_exception_is_said_so(void **state)
{
    struct world *world = *state;
    struct error err = {0};
    struct json_writer json;
    struct buffer out;
    struct arena arena;
    struct bytes next;
    world_project(world);
    arena_init(&arena);
    buffer_init(&out, 1000);
    json_begin(&json, &out);
    struct store_reader *reader = world_reader(world);
    assert_int_equal(store_read_exception(reader, 77, &json, &err), ML_ENOTFOUND);
    assert_string_equal(err.place, "X77");
    assert_int_equal(store_read_incident(reader, 77, &json, &err), ML_ENOTFOUND);
    static const char *const wrong[] = {"x", "1_2_3", "1_2_3_4_5", "1__3_4", "-"};
    const struct store_exception_filter any = {0}, odd = {.state = BYTES_LITERAL("half")};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(
            store_read_exceptions(reader, &any, bytes_of(wrong[i]), 1, &arena, &json, &next, &err),
            ML_EINVAL);
    assert_int_equal(
        store_read_exceptions(reader, &odd, (struct bytes){0}, 1, &arena, &json, &next, &err),
        ML_EINVAL);
    assert_int_equal(
        store_read_exceptions(reader, &any, (struct bytes){0}, 0, &arena, &json, &next, &err),
        ML_EINVAL);
    buffer_release(&out);
    arena_release(&arena);
}

/* ---- objectives */

static int read_objectives(struct store_reader *reader, const void *context,
                           struct json_writer *json, struct error *err)
{
    return store_read_objectives(reader, context, 1000, json, err);
}

static int read_latency(struct store_reader *reader, const void *context, struct json_writer *json,
                        struct error *err)
{
    (void)context;
    return store_read_latency(reader, 0, WORLD_START_US + 1000 * HOUR, json, err);
}

static void objectives_are_counted_for_a_span_and_hour_by_hour(void **state)
{
    struct world *world = *state;
    uint64_t kim = submit(world, "kim@example.com", "demo", 80);
    world->now_us += 60 * SECOND;
    world_contact(world, kim);
    submit(world, "lea@example.com", "demo", 80);
    clock_pass(world, 400 * SECOND);
    world_project(world);
    struct store_objective_query query = {.by = STORE_BY_CAMPAIGN,
                                          .from_us = WORLD_START_US - WORLD_START_US % HOUR,
                                          .to_us =
                                              WORLD_START_US - WORLD_START_US % HOUR + 24 * HOUR,
                                          .objective = BYTES_LITERAL("contacted")};
    JSON_AUTO *span = world_answer(world, read_objectives, &query);
    assert_int_equal(json_object_array_length(span), 1);
    struct json_object *row = item(span, 0);
    assert_member(row, "value", "spring");
    assert_member(row, "class", "hot");
    assert_member(row, "objective", "contacted");
    assert_member_int(row, "met", 1);
    assert_member_int(row, "late", 1);
    assert_member_int(row, "running", 0);
    assert_true(json_object_get_double(member(row, "share")) == 0.5);
    assert_member_int(row, "mean_us", 60 * SECOND);
    int64_t p50_us = json_object_get_int64(member(row, "p50_us"));
    assert_true(p50_us >= 32 * SECOND && p50_us <= 64 * SECOND);
    query.cells = true;
    JSON_AUTO *cells = world_answer(world, read_objectives, &query);
    assert_member(item(cells, 0), "hour", "2023-11-14T22:00:00.000000Z");
    query.value = BYTES_LITERAL("autumn");
    JSON_AUTO *none = world_answer(world, read_objectives, &query);
    assert_int_equal(json_object_array_length(none), 0);
    JSON_AUTO *latency = world_answer(world, read_latency, NULL);
    assert_member_int(member(latency, "total"), "count", 1);
}

/* ---- the rest of it, out of a rich life */

static int read_alerts(struct store_reader *reader, const void *context, struct json_writer *json,
                       struct error *err)
{
    uint64_t next;
    return store_read_alerts(reader, context != NULL, 0, 1000, json, &next, err);
}

static int read_silences(struct store_reader *reader, const void *context, struct json_writer *json,
                         struct error *err)
{
    uint64_t next;
    return store_read_silences(reader, context != NULL, 0, 1000, json, &next, err);
}

static int read_surges(struct store_reader *reader, const void *context, struct json_writer *json,
                       struct error *err)
{
    uint64_t next;
    return store_read_surges(reader, context != NULL, 0, 1000, json, &next, err);
}

static int read_incidents(struct store_reader *reader, const void *context,
                          struct json_writer *json, struct error *err)
{
    uint64_t next;
    return store_read_incidents(reader, context != NULL, 0, 1000, json, &next, err);
}

static int read_incident(struct store_reader *reader, const void *context, struct json_writer *json,
                         struct error *err)
{
    return store_read_incident(reader, *(const uint64_t *)context, json, err);
}

static void check_count(struct world *world,
                        int (*read)(struct store_reader *, const void *, struct json_writer *,
                                    struct error *),
                        const void *open, const char *sql)
{
    char count[24];
    JSON_AUTO *answer = world_answer(world, read, open);
    snprintf(count, sizeof count, "%zu", json_object_array_length(answer));
    assert_value(world, sql, count);
}

static void lists_show_all_or_what_is_open(void **state)
{
    struct world *world = *state;
    uint64_t seed = 5;
    clock_live(world, &seed, 200);
    world_project(world);
    check_count(world, read_alerts, NULL, "SELECT count(*) FROM alerts");
    check_count(world, read_alerts, "", "SELECT count(*) FROM alerts WHERE state <> 'resolved'");
    check_count(world, read_silences, NULL, "SELECT count(*) FROM silences");
    check_count(world, read_surges, NULL, "SELECT count(*) FROM surges");
    check_count(world, read_surges, "", "SELECT count(*) FROM surges WHERE ended_us IS NULL");
    check_count(world, read_incidents, NULL, "SELECT count(*) FROM incidents");
    check_count(world, read_incidents, "", "SELECT count(*) FROM incidents WHERE state = 'open'");
}

static void an_incident_has_its_story(void **state)
{
    struct world *world = *state;
    world_set_rep(world, "ana", 0, -1);
    world_run(world, (struct core_command){.type = CORE_OPEN_INCIDENT,
                                           .actor = BYTES_LITERAL("kim"),
                                           .incident = {.title = BYTES_LITERAL("phones are down"),
                                                        .team = BYTES_LITERAL("north")}});
    uint64_t number = world->decision->entity;
    world_run(world, (struct core_command){.type = CORE_NOTE_INCIDENT,
                                           .actor = BYTES_LITERAL("lea"),
                                           .entity = number,
                                           .incident.text = BYTES_LITERAL("a cable")});
    const struct bytes cause = BYTES_LITERAL("vendor_outage");
    const struct core_remediation todo = {BYTES_LITERAL("a second cable"), BYTES_LITERAL("ana"),
                                          world->now_us + HOUR};
    world_run(world, (struct core_command){.type = CORE_CLOSE_INCIDENT,
                                           .actor = BYTES_LITERAL("kim"),
                                           .entity = number,
                                           .incident = {.text = BYTES_LITERAL("it broke"),
                                                        .causes = &cause,
                                                        .cause_count = 1,
                                                        .items = &todo,
                                                        .item_count = 1}});
    world_project(world);
    JSON_AUTO *incident = world_answer(world, read_incident, &number);
    assert_member(incident, "state", "closed");
    assert_member(incident, "title", "phones are down");
    assert_member(incident, "text", "it broke");
    assert_member_int(incident, "items_open", 1);
    assert_string_equal(json_object_get_string(item(member(incident, "causes"), 0)),
                        "vendor_outage");
    assert_member(item(member(incident, "items"), 0), "owner", "ana");
    struct json_object *timeline = member(incident, "timeline");
    size_t count = json_object_array_length(timeline);
    assert_true(count >= 5); /* the release, the rep, opened, noted, closed */
    assert_member(item(timeline, count - 1), "kind", "incident.closed");
    assert_member(item(timeline, count - 2), "what", "a cable");
    assert_member(item(timeline, count - 2), "by", "lea");
}

/* ---- any SELECT */

static int read_select(struct store_reader *reader, const void *context, struct json_writer *json,
                       struct error *err)
{
    return store_read_select(reader, context, 5, 7, json, err);
}

static void a_select_is_answered_and_nothing_else(void **state)
{
    struct world *world = *state;
    world_project(world);
    JSON_AUTO *rows = world_answer(
        world, read_select, "SELECT :from_us AS a, :to_us AS b, 'x' AS c, NULL AS d, 1.5 AS e;\n");
    assert_string_equal(json_object_to_json_string_ext(rows, JSON_C_TO_STRING_PLAIN),
                        "[{\"a\":5,\"b\":7,\"c\":\"x\",\"d\":null,\"e\":1.5}]");
    static const char *const wrong[] = {"", "DELETE FROM leads", "SELECT 1; SELECT 2", "SELEC",
                                        "SELECT nothing FROM leads"};
    struct json_writer json;
    struct buffer out;
    buffer_init(&out, 1000);
    json_begin(&json, &out);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(store_read_select(world_reader(world), wrong[i], 0, 0, &json, NULL),
                         ML_EINVAL);
    buffer_release(&out);
}

#define CLOCK_TEST(name) cmocka_unit_test_setup_teardown(name, setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLOCK_TEST(a_lead_tells_its_promises),
        CLOCK_TEST(exceptions_come_by_deadline_in_pages),
        CLOCK_TEST(exceptions_tell_who_their_lead_is),
        CLOCK_TEST(what_nobody_has_claimed_is_found_and_counted),
        CLOCK_TEST(a_cluster_tells_the_queue_that_all_of_it_is_in),
        CLOCK_TEST(filters_of_exceptions_select),
        CLOCK_TEST(an_exception_tells_its_history_and_what_happens_by_itself),
        CLOCK_TEST(what_is_no_exception_is_said_so),
        CLOCK_TEST(objectives_are_counted_for_a_span_and_hour_by_hour),
        CLOCK_TEST(lists_show_all_or_what_is_open),
        CLOCK_TEST(an_incident_has_its_story),
        CLOCK_TEST(a_select_is_answered_and_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
