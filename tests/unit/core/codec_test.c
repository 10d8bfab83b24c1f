/* Events about promises, exceptions, surges, alerts and incidents as the journal holds them: what
 * is read is what was written, what their schemas say, and what is damaged is told by its member.
 * The events are made by hand, with every member that they can have. */
#include "driver.h"

#include "base/id.h"

#include <stdio.h>

#define T (INT64_C(1700000500) * SECOND)

static struct driver *driver;
static uint64_t lead;

static int open_driver(void **state)
{
    (void)state;
    driver = driver_new();
    lead = driver_submit(driver, "ada@x.example", NULL, NULL);
    return 0;
}

static int close_driver(void **state)
{
    (void)state;
    driver_free(driver); /* checks all that was kept against its schema */
    return 0;
}

static const char *encode(const struct core_event *event)
{
    struct buffer text;
    buffer_init(&text, 1 << 20);
    core_event_encode(driver->core, event, &text);
    const char *copy = arena_string(&driver->arena, buffer_bytes(&text));
    buffer_release(&text);
    return copy;
}

static int decode(enum core_event_type type, const char *subject, const char *data,
                  struct core_event *ret, struct error *err)
{
    const struct core_record record = {core_seq(driver->core) + 1, T,
                                       bytes_of(core_event_type_name(type)), bytes_of(subject),
                                       bytes_of(data)};
    return core_event_decode(driver->core, &record, &driver->arena, ret, err);
}

/* Written, read and written again it is the same; returned as it was read. */
static struct core_event check_round_trip(struct core_event event)
{
    char subject[LEAD_ID_TEXT_SIZE];
    struct error err = {0};
    struct core_event read;
    event.seq = core_seq(driver->core) + 1;
    event.time_us = T;
    event.actor = BYTES_LITERAL("ana");
    core_event_subject(&event, subject);
    const char *written = encode(&event);
    if (decode(event.type, subject, written, &read, &err) != 0)
        fail_msg("%s in %s", err.message, written);
    assert_string_equal(encode(&read), written);
    assert_int_equal(read.lead, event.lead);
    assert_int_equal(read.entity, event.entity);
    struct driver_event *kept = &driver->events[driver->count++];
    kept->type = event.type;
    kept->data = strdup(written);
    return read;
}

static struct core_event of_lead(enum core_event_type type)
{
    return (struct core_event){
        .type = type, .lead = lead, .previous = core_lead_find(driver->core, lead)->last_seq};
}

static struct core_event of_entity(enum core_event_type type)
{
    return (struct core_event){.type = type, .entity = 12};
}

/* ---- */

static void ladders_and_what_owners_say(void **state)
{
    (void)state;
    struct core_event event = of_lead(CORE_LEAD_ESCALATED);
    event.escalated.objective = POLICY_CONTACTED;
    event.escalated.action = POLICY_NOTIFY;
    event.escalated.step = 0;
    event.escalated.rep = core_rep_find(driver->core, BYTES_LITERAL("ana"));
    event.escalated.manager = core_rep_find(driver->core, BYTES_LITERAL("cem"));
    event.escalated.team = BYTES_LITERAL("inside");
    event.escalated.planned_us = T - SECOND;
    event.escalated.due_us = T + SECOND;
    struct core_event read = check_round_trip(event);
    assert_int_equal(read.escalated.step, 0);
    assert_int_equal(read.escalated.manager, event.escalated.manager);
    assert_int_equal(read.escalated.planned_us, T - SECOND);
    event.escalated.step = event.escalated.rep = event.escalated.manager = CORE_NONE;
    event.escalated.team = (struct bytes){0};
    read = check_round_trip(event);
    assert_int_equal(read.escalated.step, CORE_NONE);
    assert_int_equal(read.escalated.rep, CORE_NONE);
    event = of_lead(CORE_LEAD_ACKNOWLEDGED);
    event.acknowledged.note = BYTES_LITERAL("calls at three");
    event.acknowledged.until_us = T + SECOND;
    event.acknowledged.due_us = T + 2 * SECOND;
    assert_int_equal(check_round_trip(event).acknowledged.until_us, T + SECOND);
}

static void enrichment_keeps_the_values_and_their_text(void **state)
{
    (void)state;
    struct policy_release *release = core_release(driver->core);
    struct cel_value values[POLICY_FIELDS_MAX] = {0};
    uint32_t form = policy_field_find(&release->schema, BYTES_LITERAL("form"));
    values[form] = cel_string(BYTES_LITERAL("a \",\"attributes\":{\" in the middle"));
    struct core_event event = of_lead(CORE_LEAD_ENRICHED);
    event.enriched.provider = BYTES_LITERAL("x\",\"attributes\":{}");
    event.enriched.values = values;
    event.enriched.score = -7;
    event.enriched.due_us = T + SECOND;
    struct core_event read = check_round_trip(event);
    assert_int_equal(read.enriched.score, -7);
    assert_true(bytes_equal(read.enriched.values[form].string, values[form].string));
    assert_memory_equal(read.enriched.attributes.data, "{\"form\":", 8);
}

static void placing_says_what_moved_and_which_plan_had_a_part(void **state)
{
    (void)state;
    struct core_event event = of_lead(CORE_LEAD_EXCEPTED);
    event.entity = core_seq(driver->core) + 1; /* it begins an exception */
    event.placed.rep = event.placed.through = event.placed.turn = CORE_NONE;
    event.placed.pool = event.placed.kept_from = event.placed.route = CORE_NONE;
    event.placed.release = core_lead_find(driver->core, lead)->release;
    event.placed.cause = CORE_CAUSE_ESCALATED;
    event.placed.kind = BYTES_LITERAL("objective_late");
    event.placed.team = BYTES_LITERAL("ops");
    event.placed.queue = BYTES_LITERAL("late");
    event.placed.surge = 4;
    event.placed.measure = CORE_MEASURE_TRIAGE;
    event.placed.deadlines[POLICY_CONTACTED] = T + 5 * SECOND;
    event.placed.due_us = T + SECOND;
    struct core_event read = check_round_trip(event);
    assert_true(bytes_is(read.placed.queue, "late"));
    assert_int_equal(read.placed.surge, 4);
    assert_int_equal(read.placed.measure, CORE_MEASURE_TRIAGE);
    assert_int_equal(read.placed.deadlines[POLICY_CONTACTED], T + 5 * SECOND);
    assert_int_equal(read.placed.deadlines[POLICY_ASSIGNED], 0);
    event = of_lead(CORE_LEAD_DISQUALIFIED);
    event.outcome.into = 3;
    assert_int_equal(check_round_trip(event).outcome.into, 3);
    event = of_lead(CORE_LEAD_LATE);
    event.late.objective = POLICY_ENRICHED;
    event.late.objective_due_us = T;
    event.late.count = 1;
    event.late.due_us = T + SECOND;
    assert_int_equal(check_round_trip(event).late.objective, POLICY_ENRICHED);
}

static void exceptions_name_what_they_are_about(void **state)
{
    (void)state;
    static const enum core_about abouts[] = {CORE_ABOUT_LEAD, CORE_ABOUT_SOURCE, CORE_ABOUT_POOL};
    for (int i = 0; i < CORE_ABOUTS; i++) {
        struct core_event event = of_entity(CORE_EXCEPTION_OPENED);
        event.exception.about = abouts[i];
        event.exception.kind = BYTES_LITERAL("capacity_overrun");
        event.exception.queue = BYTES_LITERAL("capacity");
        event.exception.team = BYTES_LITERAL("ops");
        event.exception.context = BYTES_LITERAL("four wait");
        event.exception.due_us = T + SECOND;
        if (abouts[i] == CORE_ABOUT_LEAD) {
            event.lead = lead;
            event.previous = lead;
        }
        struct core_event read = check_round_trip(event);
        assert_int_equal(read.exception.about, abouts[i]);
        assert_int_equal(read.exception.index, abouts[i] == CORE_ABOUT_LEAD ? CORE_NONE : 0);
    }
    struct core_event event = of_entity(CORE_EXCEPTION_CLAIMED);
    event.lead = lead;
    event.previous = lead;
    event.exception.context = BYTES_LITERAL("mine");
    assert_true(bytes_is(check_round_trip(event).exception.context, "mine"));
    event.type = CORE_EXCEPTION_RELEASED;
    check_round_trip(event);
    event.type = CORE_EXCEPTION_ESCALATED;
    event.exception.action = POLICY_FALL_BACK_TEAM;
    event.exception.team = BYTES_LITERAL("ops");
    event.exception.count = 2;
    event.exception.due_us = T + SECOND;
    assert_int_equal(check_round_trip(event).exception.action, POLICY_FALL_BACK_TEAM);
    event = of_entity(CORE_EXCEPTION_RESOLVED);
    event.lead = lead;
    event.previous = lead;
    event.resolved.action = CORE_RESOLVED_MERGE;
    event.resolved.automatic = true;
    event.resolved.cause = BYTES_LITERAL("bad_data");
    event.resolved.remediation = BYTES_LITERAL("told them");
    event.resolved.into = 9;
    struct core_event read = check_round_trip(event);
    assert_true(read.resolved.automatic);
    assert_int_equal(read.resolved.into, 9);
}

static void surges_count_what_their_plan_touched(void **state)
{
    (void)state;
    struct core_event event = of_entity(CORE_SURGE_STARTED);
    event.surge.kind = CORE_SERIES_CAMPAIGN;
    event.surge.name = BYTES_LITERAL("spring \"26\"");
    event.surge.window_count = 90;
    event.surge.expected = 1250;
    assert_int_equal(check_round_trip(event).surge.kind, CORE_SERIES_CAMPAIGN);
    event.type = CORE_SURGE_PEAKED;
    event.surge.peak_us = T - SECOND;
    check_round_trip(event);
    event.type = CORE_SURGE_ENDED;
    event.surge.leads = 70;
    event.surge.measures[CORE_MEASURE_OVERFLOW] = 40;
    event.surge.measures[CORE_MEASURE_RELAXED] = 2;
    event.surge.expired = true;
    struct core_event read = check_round_trip(event);
    assert_int_equal(read.surge.measures[CORE_MEASURE_OVERFLOW], 40);
    assert_int_equal(read.surge.measures[CORE_MEASURE_NURTURE], 0);
    assert_true(read.surge.expired);
}

static void alerts_silences_and_pages(void **state)
{
    (void)state;
    static const enum core_event_type types[] = {CORE_ALERT_PENDING, CORE_ALERT_FIRING,
                                                 CORE_ALERT_RESOLVED};
    for (size_t i = 0; i < 3; i++) {
        struct core_event event = of_entity(types[i]);
        event.alert.rule = BYTES_LITERAL("hot-missed");
        event.alert.label = BYTES_LITERAL("hot");
        event.alert.value = 1250;
        event.alert.since_us = T - SECOND;
        event.alert.fired = types[i] == CORE_ALERT_RESOLVED;
        assert_int_equal(check_round_trip(event).alert.fired, event.alert.fired);
    }
    struct core_event event = of_entity(CORE_SILENCE_SET);
    event.silence.rule = BYTES_LITERAL("hot-missed");
    event.silence.label = BYTES_LITERAL("hot");
    event.silence.until_us = T + SECOND;
    event.silence.reason = BYTES_LITERAL("a drill");
    check_round_trip(event);
    event.type = CORE_SILENCE_ENDED;
    event.silence.reason = (struct bytes){0};
    check_round_trip(event);
    static const uint64_t alerts[] = {12, 14};
    event = (struct core_event){.type = CORE_PAGE_DUE};
    event.page.team = BYTES_LITERAL("ops");
    event.page.rep = core_rep_find(driver->core, BYTES_LITERAL("ben"));
    event.page.repeated = event.page.urgent = true;
    event.page.alerts = alerts;
    event.page.alert_count = 2;
    struct core_event read = check_round_trip(event);
    assert_int_equal(read.page.rep, event.page.rep);
    assert_memory_equal(read.page.alerts, alerts, sizeof alerts);
    event.page.rep = CORE_NONE;
    assert_int_equal(check_round_trip(event).page.rep, CORE_NONE);
}

static void incidents_and_what_is_left_to_do(void **state)
{
    (void)state;
    static const struct bytes causes[] = {{"staffing", 8}, {"bad_data", 8}};
    const struct core_remediation items[] = {{BYTES_LITERAL("hire"), BYTES_LITERAL("ana"), T + 1},
                                             {BYTES_LITERAL("ask"), BYTES_LITERAL("ben"), T + 2}};
    struct core_event event = of_entity(CORE_INCIDENT_OPENED);
    event.incident.title = BYTES_LITERAL("hot leads wait");
    event.incident.team = BYTES_LITERAL("ops");
    event.incident.class_name = BYTES_LITERAL("hot");
    event.incident.objective = POLICY_CONTACTED;
    event.incident.attained = 7000;
    event.incident.norm = 9500;
    event.incident.alert = 11;
    struct core_event read = check_round_trip(event);
    assert_int_equal(read.incident.objective, POLICY_CONTACTED);
    assert_int_equal(read.incident.alert, 11);
    event = of_entity(CORE_INCIDENT_NOTED);
    event.incident.text = BYTES_LITERAL("they are two today");
    check_round_trip(event);
    event.type = CORE_INCIDENT_CLOSED;
    event.incident.causes = causes;
    event.incident.cause_count = 2;
    event.incident.items = items;
    event.incident.item_count = 2;
    read = check_round_trip(event);
    assert_true(bytes_is(read.incident.causes[1], "bad_data"));
    assert_true(bytes_is(read.incident.items[0].owner, "ana"));
    assert_int_equal(read.incident.items[1].due_us, T + 2);
    event = of_entity(CORE_REMEDIATION_DONE);
    event.remediation.item = 1;
    event.remediation.note = BYTES_LITERAL("in place");
    assert_int_equal(check_round_trip(event).remediation.item, 1);
    event.type = CORE_REMEDIATION_LATE;
    event.remediation.note = (struct bytes){0};
    event.remediation.next_us = T + SECOND;
    check_round_trip(event);
}

/* ---- */

static void what_is_damaged_is_told_by_its_member(void **state)
{
    (void)state;
    static const struct {
        enum core_event_type type;
        const char *subject, *data, *member;
    } bad[] = {
        {CORE_EXCEPTION_OPENED, "L3", "{}", "`subject`"},
        {CORE_ALERT_FIRING, "X3", "{\"rule\":\"a\"}", "`subject`"},
        {CORE_EXCEPTION_OPENED, "X3", "{\"lead\":\"lead three\",\"kind\":\"manual\"}", "`lead`"},
        {CORE_EXCEPTION_OPENED, "X3", "{\"pool\":\"all\"}", "`kind`"},
        {CORE_EXCEPTION_OPENED, "X3", "{\"kind\":\"manual\",\"pool\":\"none\"}", "`pool`"},
        {CORE_EXCEPTION_OPENED, "X3", "{\"kind\":\"manual\",\"source\":\"none\"}", "`source`"},
        {CORE_EXCEPTION_ESCALATED, "X3", "{\"action\":\"shout\"}", "`action`"},
        {CORE_EXCEPTION_RESOLVED, "X3", "{\"action\":\"wait\"}", "`action`"},
        {CORE_EXCEPTION_RESOLVED, "X3", "{\"action\":\"merge\",\"into\":\"X9\"}", "`into`"},
        {CORE_LEAD_ESCALATED, "L3", "{\"objective\":\"sold\",\"action\":\"remind\"}",
         "`objective`"},
        {CORE_LEAD_ESCALATED, "L3",
         "{\"objective\":\"contacted\",\"action\":\"remind\",\"rep\":\"nobody\"}", "`rep`"},
        {CORE_LEAD_ENRICHED, "L999", "{\"attributes\":{}}", "`subject`"},
        {CORE_LEAD_ENRICHED, "L3", "{\"provider\":\"x\"}", "`attributes`"},
        {CORE_SURGE_STARTED, "S3", "{\"kind\":\"weather\"}", "`kind`"},
        {CORE_ALERT_PENDING, "A3", "{\"value\":3}", "`rule`"},
        {CORE_SILENCE_SET, "Z3", "{\"rule\":\"a\"}", "`until`"},
        {CORE_PAGE_DUE, "", "{\"urgent\":true}", "`alerts`"},
        {CORE_PAGE_DUE, "", "{\"alerts\":[\"L1\"]}", "`alerts`"},
        {CORE_PAGE_DUE, "", "{\"alerts\":[\"A1\"],\"rep\":\"nobody\"}", "`rep`"},
        {CORE_INCIDENT_OPENED, "I3", "{\"class\":\"hot\"}", "`objective`"},
        {CORE_INCIDENT_CLOSED, "I3", "{\"text\":\"x\",\"items\":[]}", "`causes`"},
        {CORE_INCIDENT_CLOSED, "I3", "{\"text\":\"x\",\"causes\":[]}", "`items`"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct core_event event;
        struct error err = {0};
        char subject[LEAD_ID_TEXT_SIZE];
        snprintf(subject, sizeof subject, "%s", bad[i].subject);
        if (strcmp(subject, "L3") == 0 && bad[i].type != CORE_EXCEPTION_OPENED)
            lead_id_print(lead, subject);
        assert_int_equal(decode(bad[i].type, subject, bad[i].data, &event, &err), ML_ECORRUPT);
        if (strstr(err.message, bad[i].member) == NULL)
            fail_msg("%s is not in: %s", bad[i].member, err.message);
    }
}

static void a_journal_from_before_there_were_clocks_is_read(void **state)
{
    (void)state;
    struct core_event event;
    struct error err = {0};
    char subject[LEAD_ID_TEXT_SIZE];
    lead_id_print(lead, subject);
    assert_int_equal(decode(CORE_LEAD_QUEUED, subject,
                            "{\"prev\":3,\"pool\":\"all\",\"route\":\"everyone\","
                            "\"cause\":\"routed\",\"due_at\":\"2026-01-05T09:00:00Z\"}",
                            &event, &err),
                     0);
    assert_int_equal(event.placed.surge, 0);
    assert_int_equal(event.placed.measure, CORE_MEASURE_NONE);
    for (int i = 0; i < POLICY_OBJECTIVES; i++)
        assert_int_equal(event.placed.deadlines[i], 0);
    assert_int_equal(decode(CORE_LEAD_LATE, subject,
                            "{\"prev\":3,\"objective\":\"assigned\",\"objective_due_at\":"
                            "\"2026-01-05T09:00:00Z\",\"count\":1,"
                            "\"due_at\":\"2026-01-05T09:00:00Z\"}",
                            &event, &err),
                     0);
    assert_int_equal(event.late.objective, POLICY_ASSIGNED);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_driver, close_driver)
    const struct CMUnitTest tests[] = {
        TEST(ladders_and_what_owners_say),
        TEST(enrichment_keeps_the_values_and_their_text),
        TEST(placing_says_what_moved_and_which_plan_had_a_part),
        TEST(exceptions_name_what_they_are_about),
        TEST(surges_count_what_their_plan_touched),
        TEST(alerts_silences_and_pages),
        TEST(incidents_and_what_is_left_to_do),
        TEST(what_is_damaged_is_told_by_its_member),
        TEST(a_journal_from_before_there_were_clocks_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
