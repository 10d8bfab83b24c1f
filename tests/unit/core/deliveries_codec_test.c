/* Events about deliveries, destinations and two-way systems as the journal holds them, and what
 * other events bring about outside. */
#include "trip.h"

static struct trip trip;
static uint32_t crm, mail;

static int open_trip(void **state)
{
    (void)state;
    trip_open(&trip);
    crm = core_destination_find(trip.driver->core, BYTES_LITERAL("crm"));
    mail = core_destination_find(trip.driver->core, BYTES_LITERAL("mail"));
    return 0;
}

static int close_trip(void **state)
{
    (void)state;
    trip_close(&trip);
    return 0;
}

static struct core_event of_delivery(enum core_event_type type, uint32_t destination)
{
    struct core_event event = {.type = type, .entity = core_delivery_number(19, 2)};
    event.delivery.destination = destination;
    return event;
}

/* ---- */

static void a_receipt_that_says_nothing_special_is_short(void **state)
{
    (void)state;
    struct core_event event = of_delivery(CORE_DELIVERY_DELIVERED, crm);
    char subject[LEAD_ID_TEXT_SIZE];
    event.delivery.attempt = 1;
    assert_string_equal(trip_encode(&trip, &event), "{\"destination\":\"crm\",\"attempt\":1}");
    assert_true(core_event_subject(&event, subject));
    assert_string_equal(subject, "M1218"); /* 19 * 64 + 2 */
    assert_int_equal(trip_check(&trip, event).delivery.outcome, CORE_OUTCOME_OK);
}

static void a_receipt_says_all_that_is_known(void **state)
{
    (void)state;
    struct core_event event = of_delivery(CORE_DELIVERY_DELIVERED, crm);
    event.delivery.about = trip.lead;
    event.delivery.attempt = 3;
    event.delivery.status = 201;
    event.delivery.started_us = T - 2 * SECOND;
    event.delivery.took_us = 81234;
    event.delivery.response_id = BYTES_LITERAL("req-\"9\"");
    event.delivery.excerpt = BYTES_LITERAL("{\"id\":\"00Q7\"}");
    event.delivery.external_id = BYTES_LITERAL("00Q7");
    event.delivery.owner = BYTES_LITERAL("ana");
    event.delivery.status_there = BYTES_LITERAL("contacted");
    struct core_event read = trip_check(&trip, event);
    assert_int_equal(read.delivery.destination, crm);
    assert_int_equal(read.delivery.purpose, POLICY_DELIVER);
    assert_int_equal(read.delivery.about, trip.lead);
    assert_int_equal(read.lead, 0); /* it is no event of the lead */
    assert_int_equal(read.delivery.attempt, 3);
    assert_int_equal(read.delivery.status, 201);
    assert_int_equal(read.delivery.started_us, T - 2 * SECOND);
    assert_int_equal(read.delivery.took_us, 81234);
    assert_false(read.delivery.cached);
    assert_true(bytes_is(read.delivery.response_id, "req-\"9\""));
    assert_true(bytes_is(read.delivery.excerpt, "{\"id\":\"00Q7\"}"));
    assert_true(bytes_is(read.delivery.external_id, "00Q7"));
    assert_true(bytes_is(read.delivery.owner, "ana"));
    assert_true(bytes_is(read.delivery.status_there, "contacted"));
}

static void every_outcome_is_told(void **state)
{
    (void)state;
    for (int outcome = CORE_OUTCOME_TRANSIENT; outcome < CORE_OUTCOMES; outcome++) {
        struct core_event event = of_delivery(CORE_DELIVERY_FAILED, mail);
        event.delivery.purpose = POLICY_ESCALATION;
        event.delivery.target = BYTES_LITERAL("team:desk");
        event.delivery.outcome = (enum core_outcome)outcome;
        event.delivery.reason = BYTES_LITERAL("3 attempts in 24 hours");
        struct core_event read = trip_check(&trip, event);
        assert_int_equal(read.delivery.outcome, outcome);
        assert_int_equal(read.delivery.purpose, POLICY_ESCALATION);
        assert_true(bytes_is(read.delivery.target, "team:desk"));
        assert_true(bytes_is(read.delivery.reason, "3 attempts in 24 hours"));
    }
    for (int outcome = CORE_OUTCOME_TRANSIENT; outcome <= CORE_OUTCOME_GONE; outcome += 2) {
        struct core_event event = of_delivery(CORE_DELIVERY_RETRIED, crm);
        event.delivery.outcome = (enum core_outcome)outcome;
        event.delivery.attempt = 1;
        event.delivery.due_us = T + SECOND;
        assert_int_equal(trip_check(&trip, event).delivery.due_us, T + SECOND);
    }
}

static void a_provider_says_which_step_it_was(void **state)
{
    (void)state;
    struct core_event event =
        of_delivery(CORE_DELIVERY_DELIVERED,
                    core_destination_find(trip.driver->core, BYTES_LITERAL("domains")));
    event.delivery.purpose = POLICY_ENRICH;
    event.delivery.about = trip.lead;
    event.delivery.step = 2;
    event.delivery.attempt = 1;
    event.delivery.cached = true;
    struct core_event read = trip_check(&trip, event);
    assert_int_equal(read.delivery.purpose, POLICY_ENRICH);
    assert_int_equal(read.delivery.step, 2);
    assert_true(read.delivery.cached);
}

static void destinations_change(void **state)
{
    (void)state;
    for (int change = 0; change < CORE_DESTINATION_CHANGES; change++) {
        struct core_event event = {.type = CORE_DESTINATION_CHANGED};
        char subject[LEAD_ID_TEXT_SIZE];
        event.destination.destination = mail;
        event.destination.change = (enum core_destination_change)change;
        event.destination.reason = BYTES_LITERAL("5 failures in a row");
        event.destination.until_us = change == CORE_DESTINATION_OPENED ? T + SECOND : 0;
        assert_false(core_event_subject(&event, subject));
        struct core_event read = trip_check(&trip, event);
        assert_int_equal(read.destination.destination, mail);
        assert_int_equal(read.destination.change, change);
        assert_int_equal(read.destination.until_us, event.destination.until_us);
    }
}

static void changes_of_other_systems(void **state)
{
    (void)state;
    struct core_event event = trip_of_lead(&trip, CORE_SYNC_APPLIED);
    event.sync.destination = crm;
    event.sync.field = BYTES_LITERAL("owner");
    event.sync.theirs = BYTES_LITERAL("ben");
    event.sync.ours = BYTES_LITERAL("ana");
    event.sync.change = BYTES_LITERAL("v17");
    event.sync.changed_us = T - SECOND;
    event.sync.external_id = BYTES_LITERAL("00Q7");
    event.sync.value = UINT64_C(0xfedcba9876543210); /* more than JSON's numbers hold safely */
    struct core_event read = trip_check(&trip, event);
    assert_int_equal(read.sync.destination, crm);
    assert_true(bytes_is(read.sync.theirs, "ben"));
    assert_true(bytes_is(read.sync.change, "v17"));
    assert_int_equal(read.sync.changed_us, T - SECOND);
    assert_true(read.sync.value == event.sync.value);
    event.type = CORE_SYNC_REFUSED;
    event.sync.reason = BYTES_LITERAL("there is no rep \"ben\"");
    assert_true(bytes_equal(trip_check(&trip, event).sync.reason, event.sync.reason));
    event.lead = event.previous = 0; /* of a lead that is closed */
    assert_int_equal(trip_check(&trip, event).lead, 0);
}

static void what_is_to_be_done_outside_is_damaged(void **state)
{
    (void)state;
    static const char *const dues[] = {
        "{}",
        "[]",
        "[{}]",
        "[7]",
        "[{\"purpose\":\"page\"}]",
        "[{\"to\":7}]",
        "[{\"to\":\"nowhere\"}]",
        "[{\"to\":\"crm\",\"purpose\":\"sing\"}]",
    };
    for (size_t i = 0; i < sizeof dues / sizeof *dues; i++)
        trip_check_damaged(&trip, CORE_REMEDIATION_DONE, "I3",
                           arena_printf(&trip.driver->arena, "{\"dues\":%s,\"item\":0}", dues[i]),
                           "`dues`");
    struct buffer many;
    buffer_init(&many, 4096);
    buffer_printf(&many, "{\"dues\":[{\"to\":null}");
    for (int i = 0; i < CORE_DUES_OF_EVENT_MAX; i++)
        buffer_printf(&many, ",{\"to\":null}");
    buffer_printf(&many, "],\"item\":0}");
    trip_check_damaged(&trip, CORE_REMEDIATION_DONE, "I3", buffer_string(&many), "`dues`");
    buffer_release(&many);
}

static void what_is_damaged_is_told_by_its_member(void **state)
{
    (void)state;
    static const struct {
        enum core_event_type type;
        const char *subject, *data, *member;
    } bad[] = {
        {CORE_DELIVERY_DELIVERED, "L3", "{\"destination\":\"crm\"}", "`subject`"},
        {CORE_DELIVERY_DELIVERED, "", "{\"destination\":\"crm\"}", "`subject`"},
        {CORE_DELIVERY_DELIVERED, "M70", "{}", "`destination`"},
        {CORE_DELIVERY_RETRIED, "M70", "{\"destination\":\"nowhere\"}", "`destination`"},
        {CORE_DELIVERY_FAILED, "M70", "{\"destination\":\"crm\",\"lead\":\"M70\"}", "`lead`"},
        {CORE_DELIVERY_FAILED, "M70", "{\"destination\":\"crm\",\"purpose\":\"sing\"}",
         "`purpose`"},
        {CORE_DELIVERY_FAILED, "M70", "{\"destination\":\"crm\",\"outcome\":\"odd\"}", "`outcome`"},
        {CORE_DESTINATION_CHANGED, "", "{\"change\":\"paused\"}", "`destination`"},
        {CORE_DESTINATION_CHANGED, "", "{\"destination\":\"crm\"}", "`change`"},
        {CORE_SYNC_APPLIED, "L3", "{\"field\":\"owner\"}", "`destination`"},
        {CORE_SYNC_REFUSED, "L3", "{\"destination\":\"crm\"}", "`field`"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        trip_check_damaged(&trip, bad[i].type, bad[i].subject, bad[i].data, bad[i].member);
}

static void a_journal_from_before_there_were_deliveries_is_read(void **state)
{
    (void)state;
    struct core_event event;
    struct error err = {0};
    char subject[LEAD_ID_TEXT_SIZE];
    lead_id_print(trip.lead, subject);
    assert_int_equal(
        trip_decode(&trip, CORE_LEAD_ENRICHED, subject,
                    "{\"prev\":3,\"provider\":\"x\",\"score\":4,"
                    "\"due_at\":\"2026-01-05T09:00:00Z\",\"attributes\":{\"form\":\"demo\"}}",
                    &event, &err),
        0);
    assert_int_equal(event.enriched.class_index,
                     core_lead_find(trip.driver->core, trip.lead)->class_index);
    assert_false(event.enriched.more);
    assert_int_equal(event.due_count, 0);
    assert_null(event.dues);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_trip, close_trip)
    const struct CMUnitTest tests[] = {
        TEST(a_receipt_that_says_nothing_special_is_short),
        TEST(a_receipt_says_all_that_is_known),
        TEST(every_outcome_is_told),
        TEST(a_provider_says_which_step_it_was),
        TEST(destinations_change),
        TEST(changes_of_other_systems),
        TEST(what_is_to_be_done_outside_is_damaged),
        TEST(what_is_damaged_is_told_by_its_member),
        TEST(a_journal_from_before_there_were_deliveries_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
