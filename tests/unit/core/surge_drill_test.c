/* The surge drill: a morning as usual, then ten times as many leads for ten minutes and not a rep
 * more. In virtual time; each event also goes through its journal form into a second core. */
#include "driver.h"

#include <stdio.h>
#include <stdlib.h>

#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)

enum { REPS = 40, EXTRA = 10, DESK = 5, EVENTS_MAX = 65536, CHECK_EVERY = 500 };

static const int64_t morning_us = INT64_C(1700121600) * SECOND; /* 08:00 UTC, a Thursday */
#define SURGE_FROM (morning_us + 200 * MINUTE)
#define SURGE_TO (SURGE_FROM + 10 * MINUTE)
#define EVERY_US (5 * SECOND)
#define HANDLING_US (20 * MINUTE)

static const char schema_json[] =
    "{\"type\":\"object\",\"properties\":{\"email\":{\"type\":\"string\"},"
    "\"country\":{\"type\":\"string\"},\"form\":{\"type\":\"string\"},"
    "\"campaign\":{\"type\":\"string\"},\"employees\":{\"type\":\"integer\"}}}";
static const char pipeline_yaml[] =
    "pipeline: inbound\nowner: ops\nclasses:\n"
    "  - {name: hot, when: 'lead.form == \"demo\"', objectives: {assigned: 60s}}\n"
    "  - {name: standard, objectives: {assigned: 30m, contacted: 8h}}\n"
    "escalation: []\n"
    "score: lead.employees\n"
    "routes: [{name: everyone, to: {pool: all}}]\n"
    "surge:\n"
    "  detect: {start: 3x, end: 1.5x, window: 5m, at_least: 100}\n"
    "  exempt: [hot]\n"
    "  per_hour: 12\n"
    "  overflow: extra\n"
    "  triage: desk\n"
    "  nurture: {below: 50, after: 7d}\n";

enum outcome { ASSIGNED, OVERFLOWED, TRIAGED, PUT_ASIDE, WAITING, OUTCOMES };

struct person {
    bool hot;
    uint64_t surge;
    int64_t captured_us, assigned_us; /* 0: not yet */
    bool placed;
    enum outcome first; /* where it went as it came */
};

struct drill {
    struct core *core, *mirror;
    struct arena arena;
    struct core_decision decision;
    int64_t now_us;
    struct person people[EVENTS_MAX]; /* by number of the lead */
    uint64_t work[EVENTS_MAX];        /* leads in order of their first assignment */
    size_t taken, done;
    size_t arrived;
    /* By what the events said. */
    uint64_t leads[EVENTS_MAX], measures[EVENTS_MAX][CORE_MEASURES]; /* by number of the surge */
    uint64_t ended_campaign;
    size_t started, ended;
};

/* ---- what events say */

static enum outcome first_place(const struct core_event *event)
{
    switch (event->placed.measure) {
    case CORE_MEASURE_OVERFLOW: return OVERFLOWED;
    case CORE_MEASURE_TRIAGE: return TRIAGED;
    case CORE_MEASURE_NURTURE: return PUT_ASIDE;
    default: return event->type == CORE_LEAD_ASSIGNED ? ASSIGNED : WAITING;
    }
}

static void note_placed(struct drill *drill, const struct core_event *event)
{
    struct person *person = &drill->people[event->lead];
    if (event->placed.surge != 0)
        drill->measures[event->placed.surge][event->placed.measure]++;
    if (!person->placed)
        person->first = first_place(event);
    person->placed = true;
    if (event->type != CORE_LEAD_ASSIGNED)
        return;
    assert_true(event->placed.load <= event->placed.capacity && !event->placed.overridden);
    assert_int_equal(person->assigned_us, 0); /* nobody loses a lead here */
    person->assigned_us = event->time_us;
    drill->work[drill->taken++] = event->lead;
}

static void note_ended(struct drill *drill, const struct core_event *event)
{
    assert_false(event->surge.expired);
    assert_int_equal(event->surge.leads, drill->leads[event->entity]);
    for (int measure = 0; measure < CORE_MEASURES; measure++)
        assert_int_equal(event->surge.measures[measure], drill->measures[event->entity][measure]);
    drill->ended++;
    if (event->surge.kind == CORE_SERIES_CAMPAIGN)
        drill->ended_campaign = event->entity;
}

static void note(struct drill *drill, const struct core_event *event)
{
    switch (event->type) {
    case CORE_LEAD_CAPTURED:
        drill->people[event->lead] = (struct person){.hot = event->captured.class_index == 0,
                                                     .surge = event->captured.surge,
                                                     .captured_us = event->time_us};
        drill->leads[event->captured.surge]++;
        break;
    case CORE_LEAD_ASSIGNED:
    case CORE_LEAD_QUEUED:
    case CORE_LEAD_NURTURED: note_placed(drill, event); break;
    case CORE_SURGE_STARTED: drill->started++; break;
    case CORE_SURGE_ENDED: note_ended(drill, event); break;
    default: break;
    }
}

static size_t run(struct drill *drill, struct core_command command)
{
    command.time_us = drill->now_us;
    core_decide(drill->core, &command, core_seq(drill->core) + 1, &drill->decision);
    for (size_t i = 0; i < drill->decision.event_count; i++) {
        const struct core_event *event = &drill->decision.events[i];
        assert_true(event->seq < EVENTS_MAX);
        driver_mirror(drill->core, event, drill->mirror);
        core_apply(drill->core, event);
        note(drill, event);
        char text[256];
        if (event->seq % CHECK_EVERY == 0 && core_check(drill->core, text, sizeof text) != NULL)
            fail_msg("%s", text);
    }
    return drill->decision.event_count;
}

/* ---- the day */

static void arrive(struct drill *drill)
{
    struct policy_release *release = core_release(drill->core);
    struct cel_value values[POLICY_FIELDS_MAX] = {0};
    size_t number = drill->arrived++;
    const char *email = arena_printf(&drill->arena, "p%zu@x.example", number);
    values[release->schema.email] = cel_string(bytes_of(email));
    values[release->schema.campaign] = cel_string(BYTES_LITERAL("spring"));
    values[policy_field_find(&release->schema, BYTES_LITERAL("employees"))] =
        cel_int((int64_t)(number * 37 % 100));
    if (number % 10 == 0)
        values[policy_field_find(&release->schema, BYTES_LITERAL("form"))] =
            cel_string(BYTES_LITERAL("demo"));
    struct core_command command = {
        .type = CORE_SUBMIT, .submit.release = release, .submit.values = values};
    command.submit.key_kind =
        policy_business_key(release, 0, values, &drill->arena, &command.submit.key);
    run(drill, command);
    arena_reset(&drill->arena);
}

static void tick(struct drill *drill)
{
    while (core_due_us(drill->core) <= drill->now_us)
        run(drill, (struct core_command){.type = CORE_TICK});
}

static void handle(struct drill *drill)
{
    uint64_t lead = drill->work[drill->done++];
    run(drill, (struct core_command){
                   .type = CORE_CONTACT, .lead = lead, .contact.channel = BYTES_LITERAL("phone")});
    run(drill, (struct core_command){.type = CORE_OUTCOME, .lead = lead});
}

static int64_t handling_us(const struct drill *drill)
{
    return drill->done == drill->taken
               ? INT64_MAX
               : drill->people[drill->work[drill->done]].assigned_us + HANDLING_US;
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static void pass_until(struct drill *drill, int64_t end_us)
{
    int64_t arrival_us = drill->now_us, watch_us = drill->now_us;
    while (drill->now_us < end_us) {
        int64_t next_us = earlier(earlier(arrival_us, watch_us), handling_us(drill));
        next_us = earlier(next_us, core_due_us(drill->core));
        drill->now_us = next_us > drill->now_us ? next_us : drill->now_us;
        tick(drill);
        while (handling_us(drill) <= drill->now_us)
            handle(drill);
        if (arrival_us <= drill->now_us) {
            arrive(drill);
            bool many = drill->now_us >= SURGE_FROM && drill->now_us < SURGE_TO;
            arrival_us = drill->now_us + (many ? EVERY_US / 10 : EVERY_US);
        }
        if (watch_us <= drill->now_us) {
            while (run(drill, (struct core_command){.type = CORE_WATCH}) > 0)
                continue;
            watch_us = drill->now_us + CORE_WATCH_US;
        }
    }
}

static void add_pool(struct buffer *people, struct buffer *pools, const char *pool, int count)
{
    buffer_printf(pools, "  - {id: %s, strategy: least_loaded, members: [", pool);
    for (int i = 0; i < count; i++) {
        buffer_printf(people, "  - {id: %s%d}\n", pool, i);
        buffer_printf(pools, "%s%s%d", i > 0 ? ", " : "", pool, i);
    }
    buffer_printf(pools, "]}\n");
}

static struct drill *drill_new(void)
{
    struct drill *drill = calloc(1, sizeof *drill);
    assert_non_null(drill);
    arena_init(&drill->arena);
    drill->core = core_new();
    drill->mirror = core_new();
    drill->now_us = morning_us;
    struct buffer people, pools;
    buffer_init(&people, 1 << 16);
    buffer_init(&pools, 1 << 16);
    buffer_printf(&people, "defaults: {capacity: 10}\nreps:\n");
    buffer_printf(&pools, "pools:\n");
    add_pool(&people, &pools, "all", REPS);
    add_pool(&people, &pools, "extra", EXTRA);
    add_pool(&people, &pools, "desk", DESK);
    const struct policy_file files[] = {
        {"lead.schema.json", bytes_of(schema_json)},
        {"people.yaml", buffer_bytes(&people)},
        {"pools.yaml", buffer_bytes(&pools)},
        {"pipelines/inbound.yaml", bytes_of(pipeline_yaml)},
    };
    struct policy_release *release = driver_release_with(files, 4);
    run(drill, (struct core_command){.type = CORE_ACTIVATE, .activate.release = release});
    policy_release_unref(release);
    buffer_release(&people);
    buffer_release(&pools);
    return drill;
}

static void drill_free(struct drill *drill)
{
    core_free(drill->core);
    core_free(drill->mirror);
    arena_release(&drill->arena);
    free(drill);
}

/* ---- the proof */

static void ten_times_as_many_leads_for_ten_minutes(void **state)
{
    (void)state;
    struct drill *drill = drill_new();
    pass_until(drill, SURGE_FROM);
    assert_int_equal(drill->started, 0);
    pass_until(drill, SURGE_TO + 2 * HOUR);
    assert_int_equal(drill->started, 2); /* of the campaign, and of its source */
    assert_int_equal(drill->ended, 2);
    assert_int_equal(core_surge_count(drill->core), 0);

    size_t hot = 0, in_time = 0, by_outcome[OUTCOMES] = {0}, others = 0;
    for (size_t i = 0; i < EVENTS_MAX; i++) {
        const struct person *person = &drill->people[i];
        if (person->captured_us >= SURGE_FROM && person->captured_us < SURGE_TO && person->hot) {
            hot++;
            in_time += person->assigned_us != 0 &&
                       person->assigned_us - person->captured_us <= 60 * SECOND;
        }
        if (person->surge == 0)
            continue;
        assert_false(person->hot); /* hot leads are exempt */
        assert_true(person->placed);
        assert_true(person->assigned_us != 0); /* two hours later everybody had an owner */
        by_outcome[person->first]++;
        others++;
    }
    assert_true(hot >= 120);
    assert_true(in_time * 100 >= hot * 99);

    uint64_t number = drill->ended_campaign;
    const uint64_t *measures = drill->measures[number];
    assert_int_equal(others, drill->leads[number]);
    assert_true(others > 800);
    assert_int_equal(by_outcome[OVERFLOWED], measures[CORE_MEASURE_OVERFLOW]);
    assert_int_equal(by_outcome[TRIAGED], measures[CORE_MEASURE_TRIAGE]);
    assert_int_equal(by_outcome[PUT_ASIDE], measures[CORE_MEASURE_NURTURE]);
    assert_true(by_outcome[WAITING] >= measures[CORE_MEASURE_PACED]); /* or all are full */
    assert_true(measures[CORE_MEASURE_PACED] > 0);
    for (int outcome = 0; outcome < OUTCOMES; outcome++)
        assert_true(by_outcome[outcome] > 0);

    const struct hash256 here = core_digest(drill->core), there = core_digest(drill->mirror);
    assert_memory_equal(&here, &there, sizeof here);
    drill_free(drill);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ten_times_as_many_leads_for_ten_minutes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
