/* Events as the journal holds them: what is read is what was written, what their schemas say, and
 * what is damaged is told by its member. Those about promises, exceptions, surges, alerts and
 * incidents are made by hand, with every member that they can have; of the others there is one of
 * each type. */
#include "trip.h"

#include <stdio.h>

static struct trip trip;
static uint64_t lead;
static struct driver *driver;

static int open_trip(void **state)
{
    (void)state;
    trip_open(&trip);
    lead = trip.lead;
    driver = trip.driver;
    return 0;
}

static int close_trip(void **state)
{
    (void)state;
    trip_close(&trip);
    return 0;
}

/* ---- */

static void ladders_and_what_owners_say(void **state)
{
    (void)state;
    struct core_event event = trip_of_lead(&trip, CORE_LEAD_ESCALATED);
    event.escalated.objective = POLICY_CONTACTED;
    event.escalated.action = POLICY_NOTIFY;
    event.escalated.step = 0;
    event.escalated.rep = core_rep_find(driver->core, BYTES_LITERAL("ana"));
    event.escalated.manager = core_rep_find(driver->core, BYTES_LITERAL("cem"));
    event.escalated.team = BYTES_LITERAL("inside");
    event.escalated.planned_us = T - SECOND;
    event.escalated.due_us = T + SECOND;
    struct core_event read = trip_check(&trip, event);
    assert_int_equal(read.escalated.step, 0);
    assert_int_equal(read.escalated.manager, event.escalated.manager);
    assert_int_equal(read.escalated.planned_us, T - SECOND);
    event.escalated.step = event.escalated.rep = event.escalated.manager = CORE_NONE;
    event.escalated.team = (struct bytes){0};
    read = trip_check(&trip, event);
    assert_int_equal(read.escalated.step, CORE_NONE);
    assert_int_equal(read.escalated.rep, CORE_NONE);
    event = trip_of_lead(&trip, CORE_LEAD_ACKNOWLEDGED);
    event.acknowledged.note = BYTES_LITERAL("calls at three");
    event.acknowledged.until_us = T + SECOND;
    event.acknowledged.due_us = T + 2 * SECOND;
    assert_int_equal(trip_check(&trip, event).acknowledged.until_us, T + SECOND);
}

static void enrichment_keeps_the_values_and_their_text(void **state)
{
    (void)state;
    struct policy_release *release = core_release(driver->core);
    struct cel_value values[POLICY_FIELDS_MAX] = {0};
    uint32_t form = policy_field_find(&release->schema, BYTES_LITERAL("form"));
    values[form] = cel_string(BYTES_LITERAL("a \",\"attributes\":{\" in the middle"));
    struct core_event event = trip_of_lead(&trip, CORE_LEAD_ENRICHED);
    event.enriched.release = core_lead_find(driver->core, lead)->release;
    event.enriched.provider = BYTES_LITERAL("x\",\"attributes\":{}");
    event.enriched.values = values;
    event.enriched.score = -7;
    event.enriched.due_us = T + SECOND;
    struct core_event read = trip_check(&trip, event);
    assert_int_equal(read.enriched.score, -7);
    assert_int_equal(read.enriched.class_index, 0);
    assert_false(read.enriched.more);
    assert_true(bytes_equal(read.enriched.values[form].string, values[form].string));
    assert_memory_equal(read.enriched.attributes.data, "{\"form\":", 8);
    event.enriched.class_index = 1;
    event.enriched.more = true;
    event.enriched.deadlines[POLICY_CONTACTED] = T + 9 * SECOND;
    read = trip_check(&trip, event);
    assert_int_equal(read.enriched.class_index, 1);
    assert_true(read.enriched.more);
    assert_int_equal(read.enriched.deadlines[POLICY_CONTACTED], T + 9 * SECOND);
    assert_int_equal(read.enriched.deadlines[POLICY_ASSIGNED], 0);
}

static void placing_says_what_moved_and_which_plan_had_a_part(void **state)
{
    (void)state;
    struct core_event event = trip_of_lead(&trip, CORE_LEAD_EXCEPTED);
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
    struct core_event read = trip_check(&trip, event);
    assert_true(bytes_is(read.placed.queue, "late"));
    assert_int_equal(read.placed.surge, 4);
    assert_int_equal(read.placed.measure, CORE_MEASURE_TRIAGE);
    assert_int_equal(read.placed.deadlines[POLICY_CONTACTED], T + 5 * SECOND);
    assert_int_equal(read.placed.deadlines[POLICY_ASSIGNED], 0);
    event = trip_of_lead(&trip, CORE_LEAD_DISQUALIFIED);
    event.outcome.into = 3;
    assert_int_equal(trip_check(&trip, event).outcome.into, 3);
    event = trip_of_lead(&trip, CORE_LEAD_LATE);
    event.late.objective = POLICY_ENRICHED;
    event.late.objective_due_us = T;
    event.late.count = 1;
    event.late.due_us = T + SECOND;
    assert_int_equal(trip_check(&trip, event).late.objective, POLICY_ENRICHED);
}

static void exceptions_name_what_they_are_about(void **state)
{
    (void)state;
    static const enum core_about abouts[] = {CORE_ABOUT_LEAD, CORE_ABOUT_SOURCE, CORE_ABOUT_POOL,
                                             CORE_ABOUT_DESTINATION};
    for (int i = 0; i < CORE_ABOUTS; i++) {
        struct core_event event = trip_of_entity(CORE_EXCEPTION_OPENED);
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
        struct core_event read = trip_check(&trip, event);
        assert_int_equal(read.exception.about, abouts[i]);
        assert_int_equal(read.exception.index, abouts[i] == CORE_ABOUT_LEAD ? CORE_NONE : 0);
    }
    struct core_event event = trip_of_entity(CORE_EXCEPTION_CLAIMED);
    event.lead = lead;
    event.previous = lead;
    event.exception.context = BYTES_LITERAL("mine");
    assert_true(bytes_is(trip_check(&trip, event).exception.context, "mine"));
    event.type = CORE_EXCEPTION_RELEASED;
    trip_check(&trip, event);
    event.type = CORE_EXCEPTION_ESCALATED;
    event.exception.action = POLICY_FALL_BACK_TEAM;
    event.exception.team = BYTES_LITERAL("ops");
    event.exception.count = 2;
    event.exception.due_us = T + SECOND;
    assert_int_equal(trip_check(&trip, event).exception.action, POLICY_FALL_BACK_TEAM);
    event = trip_of_entity(CORE_EXCEPTION_RESOLVED);
    event.lead = lead;
    event.previous = lead;
    event.resolved.action = CORE_RESOLVED_MERGE;
    event.resolved.automatic = true;
    event.resolved.cause = BYTES_LITERAL("bad_data");
    event.resolved.remediation = BYTES_LITERAL("told them");
    event.resolved.into = 9;
    struct core_event read = trip_check(&trip, event);
    assert_true(read.resolved.automatic);
    assert_int_equal(read.resolved.into, 9);
}

static void surges_count_what_their_plan_touched(void **state)
{
    (void)state;
    struct core_event event = trip_of_entity(CORE_SURGE_STARTED);
    event.surge.kind = CORE_SERIES_CAMPAIGN;
    event.surge.name = BYTES_LITERAL("spring \"26\"");
    event.surge.window_count = 90;
    event.surge.expected = 1250;
    assert_int_equal(trip_check(&trip, event).surge.kind, CORE_SERIES_CAMPAIGN);
    event.type = CORE_SURGE_PEAKED;
    event.surge.peak_us = T - SECOND;
    trip_check(&trip, event);
    event.type = CORE_SURGE_ENDED;
    event.surge.leads = 70;
    event.surge.measures[CORE_MEASURE_OVERFLOW] = 40;
    event.surge.measures[CORE_MEASURE_RELAXED] = 2;
    event.surge.expired = true;
    struct core_event read = trip_check(&trip, event);
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
        struct core_event event = trip_of_entity(types[i]);
        event.alert.rule = BYTES_LITERAL("hot-missed");
        event.alert.label = BYTES_LITERAL("hot");
        event.alert.value = 1250;
        event.alert.since_us = T - SECOND;
        event.alert.fired = types[i] == CORE_ALERT_RESOLVED;
        assert_int_equal(trip_check(&trip, event).alert.fired, event.alert.fired);
    }
    struct core_event event = trip_of_entity(CORE_SILENCE_SET);
    event.silence.rule = BYTES_LITERAL("hot-missed");
    event.silence.label = BYTES_LITERAL("hot");
    event.silence.until_us = T + SECOND;
    event.silence.reason = BYTES_LITERAL("a drill");
    trip_check(&trip, event);
    event.type = CORE_SILENCE_ENDED;
    event.silence.reason = (struct bytes){0};
    trip_check(&trip, event);
    static const uint64_t alerts[] = {12, 14};
    event = (struct core_event){.type = CORE_PAGE_DUE};
    event.page.team = BYTES_LITERAL("ops");
    event.page.rep = core_rep_find(driver->core, BYTES_LITERAL("ben"));
    event.page.repeated = event.page.urgent = true;
    event.page.alerts = alerts;
    event.page.alert_count = 2;
    event.page.what = BYTES_LITERAL("surge (fair), backlog");
    struct core_event read = trip_check(&trip, event);
    assert_int_equal(read.page.rep, event.page.rep);
    assert_memory_equal(read.page.alerts, alerts, sizeof alerts);
    event.page.rep = CORE_NONE;
    assert_int_equal(trip_check(&trip, event).page.rep, CORE_NONE);
}

static void incidents_and_what_is_left_to_do(void **state)
{
    (void)state;
    static const struct bytes causes[] = {{"staffing", 8}, {"bad_data", 8}};
    const struct core_remediation items[] = {{BYTES_LITERAL("hire"), BYTES_LITERAL("ana"), T + 1},
                                             {BYTES_LITERAL("ask"), BYTES_LITERAL("ben"), T + 2}};
    struct core_event event = trip_of_entity(CORE_INCIDENT_OPENED);
    event.incident.title = BYTES_LITERAL("hot leads wait");
    event.incident.team = BYTES_LITERAL("ops");
    event.incident.class_name = BYTES_LITERAL("hot");
    event.incident.objective = POLICY_CONTACTED;
    event.incident.attained = 7000;
    event.incident.norm = 9500;
    event.incident.alert = 11;
    struct core_event read = trip_check(&trip, event);
    assert_int_equal(read.incident.objective, POLICY_CONTACTED);
    assert_int_equal(read.incident.alert, 11);
    event = trip_of_entity(CORE_INCIDENT_NOTED);
    event.incident.text = BYTES_LITERAL("they are two today");
    trip_check(&trip, event);
    event.type = CORE_INCIDENT_CLOSED;
    event.incident.causes = causes;
    event.incident.cause_count = 2;
    event.incident.items = items;
    event.incident.item_count = 2;
    read = trip_check(&trip, event);
    assert_true(bytes_is(read.incident.causes[1], "bad_data"));
    assert_true(bytes_is(read.incident.items[0].owner, "ana"));
    assert_int_equal(read.incident.items[1].due_us, T + 2);
    event = trip_of_entity(CORE_REMEDIATION_DONE);
    event.remediation.item = 1;
    event.remediation.note = BYTES_LITERAL("in place");
    assert_int_equal(trip_check(&trip, event).remediation.item, 1);
    event.type = CORE_REMEDIATION_LATE;
    event.remediation.note = (struct bytes){0};
    event.remediation.next_us = T + SECOND;
    trip_check(&trip, event);
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
        {CORE_EXCEPTION_OPENED, "X3", "{\"kind\":\"manual\",\"destination\":\"none\"}",
         "`destination`"},
        {CORE_EXCEPTION_ESCALATED, "X3", "{\"action\":\"shout\"}", "`action`"},
        {CORE_EXCEPTION_RESOLVED, "X3", "{\"action\":\"wait\"}", "`action`"},
        {CORE_EXCEPTION_RESOLVED, "X3", "{\"action\":\"merge\",\"into\":\"X9\"}", "`into`"},
        {CORE_LEAD_ESCALATED, "L3", "{\"objective\":\"sold\",\"action\":\"remind\"}",
         "`objective`"},
        {CORE_LEAD_ESCALATED, "L3",
         "{\"objective\":\"contacted\",\"action\":\"remind\",\"rep\":\"nobody\"}", "`rep`"},
        {CORE_LEAD_ENRICHED, "L999", "{\"attributes\":{}}", "`subject`"},
        {CORE_LEAD_ENRICHED, "L3", "{\"provider\":\"x\"}", "`attributes`"},
        {CORE_LEAD_ENRICHED, "L3", "{\"provider\":\"x\",\"class\":\"lost\"}", "`class`"},
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
        char subject[LEAD_ID_TEXT_SIZE];
        snprintf(subject, sizeof subject, "%s", bad[i].subject);
        if (strcmp(subject, "L3") == 0 && bad[i].type != CORE_EXCEPTION_OPENED)
            lead_id_print(lead, subject);
        trip_check_damaged(&trip, bad[i].type, subject, bad[i].data, bad[i].member);
    }
}

static void a_journal_from_before_there_were_clocks_is_read(void **state)
{
    (void)state;
    struct core_event event;
    struct error err = {0};
    char subject[LEAD_ID_TEXT_SIZE];
    lead_id_print(lead, subject);
    assert_int_equal(trip_decode(&trip, CORE_LEAD_QUEUED, subject,
                                 "{\"prev\":3,\"pool\":\"all\",\"route\":\"everyone\","
                                 "\"cause\":\"routed\",\"due_at\":\"2026-01-05T09:00:00Z\"}",
                                 &event, &err),
                     0);
    assert_int_equal(event.placed.surge, 0);
    assert_int_equal(event.placed.measure, CORE_MEASURE_NONE);
    for (int i = 0; i < POLICY_OBJECTIVES; i++)
        assert_int_equal(event.placed.deadlines[i], 0);
    assert_int_equal(trip_decode(&trip, CORE_LEAD_LATE, subject,
                                 "{\"prev\":3,\"objective\":\"assigned\",\"objective_due_at\":"
                                 "\"2026-01-05T09:00:00Z\",\"count\":1,"
                                 "\"due_at\":\"2026-01-05T09:00:00Z\"}",
                                 &event, &err),
                     0);
    assert_int_equal(event.late.objective, POLICY_ASSIGNED);
}

/* ---- every type there is */

/* What the command did, event by event, while the leads are as it left them. */
static void act(struct core_command command)
{
    size_t from = driver->count;
    driver_run(driver, command);
    size_t to = driver->count;
    assert_true(to > from);
    for (size_t i = from; i < to; i++)
        trip_check_kept(&trip, &driver->events[i]);
}

static void what_happens_to_leads(void **state)
{
    (void)state;
    const struct bytes because = BYTES_LITERAL("because");
    trip_check_kept(&trip, &driver->events[0]); /* the release was activated */
    act(driver_submission(driver, "bob@x.example", "DE", "demo", 12));
    uint64_t number = driver->decision.lead;
    act(driver_submission(driver, "bob@x.example", "DE", "demo", 12)); /* touched */
    act((struct core_command){.type = CORE_CONTACT, .lead = number, .contact.note = because});
    act((struct core_command){.type = CORE_HAND_BACK, .lead = number, .hand_back.reason = because});
    act((struct core_command){.type = CORE_OUTCOME, .lead = number, .outcome.reason = because});
    act(driver_submission(driver, "bob@x.example", "DE", "demo", 12)); /* reopened */
    act((struct core_command){.type = CORE_CONTACT, .lead = number, .contact.note = because});
    act((struct core_command){.type = CORE_OUTCOME, .lead = number, .outcome.qualified = true});
    const char *reps[] = {"ana", "ben", "cem"};
    for (size_t i = 0; i < sizeof reps / sizeof *reps; i++)
        act((struct core_command){
            .type = CORE_SET_REP, .set_rep.rep = bytes_of(reps[i]), .set_rep.capacity = 0});
    act(driver_submission(driver, "cy@x.example", "DE", "demo", 12));
    assert_int_equal(driver_count(driver, CORE_LEAD_QUEUED) > 0, true);
}

static void what_happens_to_records(void **state)
{
    (void)state;
    uint64_t letter = driver_refuse(driver, 0, "type");
    trip_check_kept(&trip, &driver->events[driver->count - 1]);
    struct core_command again = driver_refusal(driver, 0, "required");
    again.dead_letter = letter;
    act(again);
    act((struct core_command){
        .type = CORE_DISCARD, .dead_letter = letter, .discard.reason = BYTES_LITERAL("spam")});
}

static void what_else_there_is_to_say(void **state)
{
    (void)state;
    const struct core_notice_item item = {.violation = BYTES_LITERAL("type"),
                                          .message = BYTES_LITERAL("must be a string"),
                                          .count = 3,
                                          .examples = {7, 5}};
    const struct bytes target = BYTES_LITERAL("mailto:ops@partner.example");
    struct core_event event = {.type = CORE_NOTICE_DUE};
    event.notice.digest = true;
    event.notice.total = 3;
    event.notice.items = &item;
    event.notice.item_count = event.notice.target_count = 1;
    event.notice.targets = &target;
    assert_int_equal(trip_check(&trip, event).notice.items[0].examples[1], 5);
    event = (struct core_event){.type = CORE_SOURCE_SWITCHED};
    event.switched.cause = CORE_SWITCH_PROMOTED;
    event.switched.rollout.active = 2;
    assert_int_equal(trip_check(&trip, event).switched.rollout.active, 2);
    event = (struct core_event){.type = CORE_REP_SHIFTED};
    event.shifted.duty = POLICY_TIME_OFF;
    event.shifted.until_us = T + SECOND;
    assert_int_equal(trip_check(&trip, event).shifted.until_us, T + SECOND);
    event = trip_of_lead(&trip, CORE_LEAD_NURTURED);
    event.placed.rep = event.placed.through = event.placed.turn = CORE_NONE;
    event.placed.pool = event.placed.kept_from = event.placed.route = CORE_NONE;
    event.placed.release = core_lead_find(driver->core, lead)->release;
    event.placed.cause = CORE_CAUSE_ENRICHED;
    event.placed.kind = BYTES_LITERAL("too_early");
    event.placed.due_us = event.placed.until_us = T + SECOND;
    assert_int_equal(trip_check(&trip, event).placed.cause, CORE_CAUSE_ENRICHED);
}

static void what_leaves_and_comes_back(void **state)
{
    (void)state;
    for (int type = CORE_DELIVERY_DELIVERED; type <= CORE_DELIVERY_DISCARDED; type++) {
        struct core_event event = trip_of_entity((enum core_event_type)type);
        event.delivery.attempt = 1;
        event.delivery.outcome =
            type == CORE_DELIVERY_DELIVERED ? CORE_OUTCOME_OK : CORE_OUTCOME_TRANSIENT;
        event.delivery.due_us = type == CORE_DELIVERY_RETRIED || type == CORE_DELIVERY_REQUEUED;
        if (type == CORE_DELIVERY_REQUEUED || type == CORE_DELIVERY_DISCARDED)
            event.delivery.outcome = CORE_OUTCOME_OK;
        trip_check(&trip, event);
    }
    trip_check(&trip, (struct core_event){.type = CORE_DESTINATION_CHANGED});
    struct core_event event = trip_of_lead(&trip, CORE_SYNC_APPLIED);
    event.sync.field = BYTES_LITERAL("owner");
    trip_check(&trip, event);
    event.type = CORE_SYNC_REFUSED;
    event.sync.reason = BYTES_LITERAL("there is no such rep");
    trip_check(&trip, event);
}

static void no_type_of_event_was_forgotten(void **state)
{
    (void)state;
    for (int type = 1; type < CORE_EVENT_TYPES; type++)
        if (!trip_has_seen((enum core_event_type)type))
            fail_msg("%s was not there and back", core_event_type_name((enum core_event_type)type));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_trip, close_trip)
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
        TEST(what_happens_to_leads),
        TEST(what_happens_to_records),
        TEST(what_else_there_is_to_say),
        TEST(what_leaves_and_comes_back),
        cmocka_unit_test(no_type_of_event_was_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
