/* The outage drill: a provider that every lead is asked of is down for an hour of a busy morning.
 * Nobody waits for an owner because of it; the breaker opens, and its probes are few; what is not
 * answered in time goes to triage and before a person, as the policy says; when the provider is
 * back what is still open is asked, and nothing happens twice. In virtual time; each event also
 * goes through its journal form into a second core. */
#include "driver.h"

#include <stdio.h>
#include <stdlib.h>

#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)

enum { REPS = 40, DESK = 10, EVENTS_MAX = 65536, FLIGHTS_MAX = 64, CHECK_EVERY = 500 };

static const int64_t morning_us = INT64_C(1700121600) * SECOND; /* 08:00 UTC, a Thursday */
#define DOWN_FROM (morning_us + 30 * MINUTE)
#define DOWN_TO (DOWN_FROM + HOUR)
#define EVERY_US (5 * SECOND)
#define HANDLING_US (20 * MINUTE) /* from assignment to contact and outcome */
#define ANSWER_US (SECOND / 2)
#define TIMEOUT_US (2 * SECOND)
#define PROMISE_US (10 * MINUTE)

static const char pipeline_yaml[] =
    "pipeline: inbound\nowner: ops\nclasses:\n"
    "  - {name: standard, objectives: {enriched: 10m, assigned: 60s, contacted: 8h}}\n"
    "escalation: []\n"
    "exceptions:\n"
    "  enrichment_timeout: {triage: desk, team: ops, within: 12h, fallback: dismiss}\n"
    "enrichment: {providers: [clear]}\n"
    "routes: [{name: everyone, to: {pool: all}}]\n";
static const char provider_yaml[] =
    "provider: clear\nkind: http\nrequest: {url: '\"https://clear.example/\"'}\n"
    "map: {employees: response.body.employees}\nconcurrency: 8\n"
    "retry: {immediate: 1, short: {times: 5, from: 2s, to: 1m}, long: {from: 1m, to: 5m}}\n"
    "breaker: {failures: 5, pause: 30s, longest: 2m}\n";

struct person {
    int64_t captured_us, assigned_us, contacted_us, enriched_us; /* 0: not yet */
    uint32_t assignments;
    bool late, excepted, is_closed, is_discarded;
};

struct flight {
    uint64_t number;
    int64_t until_us;
    bool arrives;
};

struct drill {
    struct core *core, *mirror;
    struct arena arena;
    struct core_decision decision;
    int64_t now_us;
    struct person people[EVENTS_MAX]; /* by number of the lead */
    uint64_t work[EVENTS_MAX];        /* leads in order of their first assignment */
    size_t taken, done, arrived;
    struct flight flights[FLIGHTS_MAX];
    size_t flight_count;
    size_t attempts_down, opened, closed;
    int64_t opened_us, closed_us; /* first, last */
};

/* ---- what events say */

static void note_assigned(struct drill *drill, const struct core_event *event)
{
    struct person *person = &drill->people[event->lead];
    if (person->assignments++ == 0) {
        person->assigned_us = event->time_us;
        drill->work[drill->taken++] = event->lead;
    }
}

static void note_destination(struct drill *drill, const struct core_event *event)
{
    if (event->destination.change == CORE_DESTINATION_OPENED && drill->opened++ == 0)
        drill->opened_us = event->time_us;
    if (event->destination.change == CORE_DESTINATION_CLOSED) {
        drill->closed++;
        drill->closed_us = event->time_us;
    }
}

static void note(struct drill *drill, const struct core_event *event)
{
    struct person *person = &drill->people[event->lead];
    switch (event->type) {
    case CORE_LEAD_CAPTURED: person->captured_us = event->time_us; break;
    case CORE_LEAD_ASSIGNED: note_assigned(drill, event); break;
    case CORE_LEAD_CONTACTED: person->contacted_us = event->time_us; break;
    case CORE_LEAD_ENRICHED:
        assert_int_equal(person->enriched_us, 0); /* never twice */
        person->enriched_us = event->time_us;
        break;
    case CORE_LEAD_LATE:
        assert_int_equal(event->late.objective, POLICY_ENRICHED);
        person->late = true;
        break;
    case CORE_LEAD_DISQUALIFIED: person->is_closed = true; break;
    case CORE_EXCEPTION_OPENED:
        assert_true(bytes_is(event->exception.kind, "enrichment_timeout"));
        person->excepted = true;
        break;
    case CORE_DELIVERY_DISCARDED: drill->people[event->delivery.about].is_discarded = true; break;
    case CORE_DELIVERY_FAILED: fail_msg("a question was given up"); break;
    case CORE_DESTINATION_CHANGED: note_destination(drill, event); break;
    default: break;
    }
}

static void run(struct drill *drill, struct core_command command)
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
}

/* ---- the morning */

static void arrive(struct drill *drill)
{
    struct policy_release *release = core_release(drill->core);
    struct cel_value values[POLICY_FIELDS_MAX] = {0};
    const char *email = arena_printf(&drill->arena, "p%zu@x.example", drill->arrived++);
    values[release->schema.email] = cel_string(bytes_of(email));
    struct core_command command = {
        .type = CORE_SUBMIT, .submit.release = release, .submit.values = values};
    command.submit.key_kind =
        policy_business_key(release, 0, values, &drill->arena, &command.submit.key);
    run(drill, command);
    arena_reset(&drill->arena);
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

/* ---- the provider, and who asks it */

static bool is_down(int64_t time_us)
{
    return time_us >= DOWN_FROM && time_us < DOWN_TO;
}

static uint32_t provider_of(const struct drill *drill)
{
    return core_destination_find(drill->core, BYTES_LITERAL("clear"));
}

static void ask(struct drill *drill)
{
    uint32_t provider = provider_of(drill);
    const struct core_destination *state = core_destination_at(drill->core, provider);
    size_t most = state->breaker == CORE_BREAKER_HALF_OPEN ? 1 : 8;
    struct core_delivery delivery;
    while (drill->flight_count < most && !core_destination_is_closed(drill->core, provider) &&
           core_outbox_take(drill->core, provider, drill->now_us, &delivery)) {
        bool arrives = !is_down(drill->now_us);
        drill->attempts_down += !arrives;
        drill->flights[drill->flight_count++] = (struct flight){
            delivery.number, drill->now_us + (arrives ? ANSWER_US : TIMEOUT_US), arrives};
    }
}

static size_t next_flight(const struct drill *drill)
{
    size_t first = 0;
    for (size_t i = 1; i < drill->flight_count; i++)
        if (drill->flights[i].until_us < drill->flights[first].until_us)
            first = i;
    return first;
}

static void land(struct drill *drill)
{
    size_t at = next_flight(drill);
    struct flight flight = drill->flights[at];
    drill->flights[at] = drill->flights[--drill->flight_count];
    struct policy_release *release = core_release(drill->core);
    struct cel_value values[POLICY_FIELDS_MAX] = {0};
    values[policy_field_find(&release->schema, BYTES_LITERAL("employees"))] = cel_int(250);
    struct core_command command = {.type = CORE_RECEIPT, .entity = flight.number};
    command.receipt = (struct core_receipt){.outcome = CORE_OUTCOME_TRANSIENT,
                                            .reason = BYTES_LITERAL("no answer within 2s"),
                                            .release = release,
                                            .arena = &drill->arena};
    if (flight.arrives) {
        command.receipt.outcome = CORE_OUTCOME_OK;
        command.receipt.reason = (struct bytes){0};
        command.receipt.values = values;
    }
    run(drill, command);
    if (flight.arrives) /* and once more, late */
        run(drill, command);
    arena_reset(&drill->arena);
}

/* ---- time */

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t next_us(const struct drill *drill, int64_t arrival_us)
{
    int64_t next = earlier(earlier(arrival_us, handling_us(drill)), core_due_us(drill->core));
    if (drill->flight_count > 0)
        next = earlier(next, drill->flights[next_flight(drill)].until_us);
    if (!core_destination_is_closed(drill->core, provider_of(drill)))
        next = earlier(next, core_outbox_due_us(drill->core, provider_of(drill)));
    return next;
}

/* Leads come until `last_us`. */
static void pass_until(struct drill *drill, int64_t last_us, int64_t end_us)
{
    int64_t arrival_us = drill->now_us < last_us ? drill->now_us : INT64_MAX;
    while (drill->now_us < end_us) {
        int64_t next = next_us(drill, arrival_us);
        /* What is due and cannot be handed out waits for what is under way. */
        drill->now_us = next > drill->now_us ? earlier(next, end_us) : drill->now_us + 1000;
        while (core_due_us(drill->core) <= drill->now_us)
            run(drill, (struct core_command){.type = CORE_TICK});
        while (handling_us(drill) <= drill->now_us)
            handle(drill);
        while (drill->flight_count > 0 &&
               drill->flights[next_flight(drill)].until_us <= drill->now_us)
            land(drill);
        if (arrival_us <= drill->now_us) {
            arrive(drill);
            arrival_us = drill->now_us + EVERY_US < last_us ? drill->now_us + EVERY_US : INT64_MAX;
        }
        ask(drill);
    }
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
    buffer_printf(&people, "defaults: {capacity: 100}\nreps:\n");
    buffer_printf(&pools, "pools:\n  - {id: all, strategy: least_loaded, members: [");
    for (int i = 0; i < REPS + DESK; i++) {
        buffer_printf(&people, "  - {id: rep%d}\n", i);
        if (i == REPS)
            buffer_printf(&pools, "]}\n  - {id: desk, strategy: least_loaded, members: [");
        buffer_printf(&pools, "%srep%d", i == 0 || i == REPS ? "" : ", ", i);
    }
    buffer_printf(&pools, "]}\n");
    const struct policy_file files[] = {
        {"people.yaml", buffer_bytes(&people)},
        {"pools.yaml", buffer_bytes(&pools)},
        {"pipelines/inbound.yaml", bytes_of(pipeline_yaml)},
        {"providers/clear.yaml", bytes_of(provider_yaml)},
    };
    struct policy_release *release = driver_release_with(files, sizeof files / sizeof *files);
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

static void check_person(const struct person *person)
{
    /* Nobody waited for an owner, whatever became of the question. */
    assert_int_equal(person->assigned_us, person->captured_us);
    assert_true(person->assignments <= 2); /* the second: by triage */
    assert_int_equal(person->assignments == 2, person->excepted);
    assert_int_equal(person->late, person->excepted);
    bool early = person->enriched_us != 0 && person->enriched_us - person->captured_us < PROMISE_US;
    assert_int_equal(person->late, !early);
    /* Answered in the end, unless it was closed before anybody could. */
    assert_true((person->enriched_us != 0) != person->is_discarded);
    if (person->is_discarded)
        assert_true(person->captured_us + HANDLING_US < DOWN_TO + 5 * MINUTE);
}

static void a_provider_is_down_for_an_hour(void **state)
{
    (void)state;
    struct drill *drill = drill_new();
    pass_until(drill, DOWN_FROM, DOWN_FROM);
    assert_int_equal(drill->opened, 0);
    pass_until(drill, DOWN_TO, DOWN_TO);
    size_t open_at_the_end = 0, down = 0, answered = 0, timed_out = 0;
    for (size_t i = 0; i < EVENTS_MAX; i++)
        open_at_the_end += drill->people[i].captured_us >= DOWN_FROM && !drill->people[i].is_closed;
    pass_until(drill, DOWN_TO + HOUR, DOWN_TO + 2 * HOUR);

    for (size_t i = 0; i < EVENTS_MAX; i++) {
        const struct person *person = &drill->people[i];
        if (person->captured_us == 0)
            continue;
        check_person(person);
        if (person->captured_us < DOWN_FROM || person->captured_us >= DOWN_TO)
            continue;
        down++;
        answered += person->enriched_us != 0;
        timed_out += person->late;
    }
    assert_true(down >= 700);
    assert_true(timed_out > 500 && timed_out < down);
    assert_true(open_at_the_end > 200);
    assert_true(answered >= open_at_the_end * 9 / 10); /* what was still open was asked */

    /* The breaker: open within a minute, few probes, closed soon after the provider was back. */
    assert_true(drill->opened > 0 && drill->opened_us < DOWN_FROM + MINUTE);
    assert_true(drill->attempts_down < 80);
    assert_int_equal(drill->closed, 1);
    assert_true(drill->closed_us >= DOWN_TO && drill->closed_us < DOWN_TO + 3 * MINUTE);
    const struct core_destination *provider = core_destination_at(drill->core, provider_of(drill));
    assert_int_equal(provider->pending, 0);
    assert_int_equal(provider->failed, 0);

    const struct hash256 here = core_digest(drill->core), there = core_digest(drill->mirror);
    assert_memory_equal(&here, &there, sizeof here);
    drill_free(drill);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_provider_is_down_for_an_hour)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
