/* What leaves the process, as the view has it: what was due and what became of it, so that a core
 * loaded from the view goes on like the one that made the events (I2), and that people find every
 * receipt. */
#include "outbox_world.h"

#include "base/id.h"
#include "base/json.h"

#include <stdio.h>

static int setup(void **state)
{
    struct world *world = *state = world_new();
    outside_activate(world, 0);
    world_project(world);
    return 0;
}

/* ---- I2 */

static void a_loaded_core_has_the_same_deliveries(void **state)
{
    struct world *world = *state;
    uint64_t seed = 1;
    for (int i = 0; i < 50; i++) {
        outside_live(world, &seed, 30);
        world_project(world);
        world_check_reload(world);
    }
    /* The life was rich enough to prove something. */
    static const char *const rich[] = {
        "SELECT count(DISTINCT state) = 5 FROM deliveries",
        "SELECT count(DISTINCT purpose) > 4 FROM deliveries",
        "SELECT count(*) > 50 FROM deliveries WHERE state = 'pending'",
        "SELECT count(*) > 5 FROM deliveries WHERE state = 'failed'",
        "SELECT count(*) > 100 FROM deliveries WHERE state = 'delivered'",
        "SELECT max(attempts) > 4 FROM deliveries",
        "SELECT count(DISTINCT outcome) > 4 FROM attempts",
        "SELECT sum(openings) + sum(paused) + sum(disabled) > 0 FROM destinations",
        "SELECT sum(delivered_ever) > sum(delivered) FROM destinations",
        "SELECT count(*) > 20 FROM links",
        "SELECT count(*) > 20 FROM links WHERE owner = 'ben' OR status = 'qualified'",
        "SELECT count(*) > 0 FROM link_values",
        "SELECT count(*) > 0 FROM exceptions WHERE kind = 'delivery_failed' AND state = 'open'",
        "SELECT count(DISTINCT about) = 2 FROM exceptions WHERE kind = 'delivery_failed'",
        "SELECT count(*) > 0 FROM leads WHERE class = 'hot'",
        "SELECT count(*) > 0 FROM leads WHERE enrichment >= 2",
        "SELECT count(*) > 0 FROM series_hours WHERE kind = 'delivery_failed'",
        "SELECT balanced FROM reconciliation",
    };
    bool all = true;
    for (size_t i = 0; i < sizeof rich / sizeof *rich; i++) {
        const bool is_so = strcmp(world_value(world, rich[i]), "1") == 0;
        if (!is_so)
            print_error("not true: %s\n", rich[i]);
        all &= is_so;
    }
    assert_true(all);
}

static void the_size_of_batches_does_not_show(void **state)
{
    struct world *world = *state;
    uint64_t seed = 5;
    outside_live(world, &seed, 500);
    struct hash256 one = world_rebuild(world, 1);
    static const size_t sizes[] = {3, 64, 1000};
    for (size_t i = 0; i < 3; i++) {
        struct hash256 many = world_rebuild(world, sizes[i]);
        assert_same(&one, &many);
    }
}

static void a_view_goes_on_after_it_was_closed(void **state)
{
    struct world *world = *state;
    uint64_t seed = 9;
    for (int i = 0; i < 5; i++) {
        outside_live(world, &seed, 100);
        world_project(world);
        world_reopen(world);
    }
    outside_live(world, &seed, 100);
    world_project(world);
    struct hash256 here = world_digest(world), there = world_rebuild(world, 50);
    assert_same(&here, &there);
}

static void what_was_counted_is_what_is_there(void **state)
{
    struct world *world = *state;
    static const char *const names[] = {"crm", "log", "chat", "clear", "zen"};
    uint64_t seed = 13;
    outside_live(world, &seed, 800);
    world_project(world);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct store_destination_reconciliation counted;
        assert_int_equal(store_read_destination_reconciliation(world_reader(world),
                                                               bytes_of(names[i]), &counted, NULL),
                         0);
        assert_true(counted.balanced);
        assert_int_equal(counted.seq, core_seq(world->core));
        assert_int_equal(
            counted.pending,
            core_destination_at(world->core, core_destination_find(world->core, bytes_of(names[i])))
                ->pending);
    }
}

/* ---- reading */

struct question {
    struct store_delivery_filter filter;
    uint64_t number;
    uint32_t limit;
    uint64_t *ret_next;
};

static int read_page(struct store_reader *reader, const void *context, struct json_writer *json,
                     struct error *err)
{
    const struct question *question = context;
    return store_read_deliveries(reader, &question->filter, question->limit, json,
                                 question->ret_next, err);
}

static int read_one(struct store_reader *reader, const void *context, struct json_writer *json,
                    struct error *err)
{
    const struct question *question = context;
    return store_read_delivery(reader, question->number, json, err);
}

static int read_clusters(struct store_reader *reader, const void *context, struct json_writer *json,
                         struct error *err)
{
    const struct question *question = context;
    return store_read_delivery_clusters(reader, &question->filter, 100, json, err);
}

static int read_destination(struct store_reader *reader, const void *context,
                            struct json_writer *json, struct error *err)
{
    return store_read_destination(reader, bytes_of((const char *)context), json, err);
}

static int read_links(struct store_reader *reader, const void *context, struct json_writer *json,
                      struct error *err)
{
    const struct question *question = context;
    return store_read_links(reader, question->number, json, err);
}

static void every_attempt_is_kept_also_when_it_is_sent_again(void **state)
{
    struct world *world = *state;
    const uint64_t lead = outside_submit(world, "ana@example.com");
    const uint64_t number = outside_take(world, "crm");
    assert_int_equal(outside_answer(world, number, CORE_OUTCOME_TRANSIENT), CORE_OK);
    assert_int_equal(outside_take(world, "crm"), number); /* the others wait behind it */
    assert_int_equal(outside_answer(world, number, CORE_OUTCOME_OK), CORE_OK);
    assert_int_equal(outside_requeue(world, number), CORE_OK);
    assert_int_equal(outside_take(world, "crm"), number);
    assert_int_equal(outside_answer(world, number, CORE_OUTCOME_OK), CORE_OK);
    world_project(world);
    const struct question question = {.number = number};
    JSON_AUTO *delivery = world_answer(world, read_one, &question);
    char id[LEAD_ID_TEXT_SIZE];
    entity_id_print(ID_DELIVERY, number, id);
    assert_member(delivery, "id", id);
    lead_id_print(lead, id);
    assert_member(delivery, "lead", id);
    assert_member(delivery, "subject", id);
    assert_member(delivery, "event", "lead.captured");
    assert_member(delivery, "destination", "crm");
    assert_member(delivery, "purpose", "deliver");
    assert_member(delivery, "state", "delivered");
    assert_member_null(delivery, "reason");
    struct json_object *receipts = json_object_object_get(delivery, "receipts");
    assert_int_equal(json_object_array_length(receipts), 3);
    static const char *const outcomes[] = {"transient", "ok", "ok"};
    for (size_t i = 0; i < 3; i++) {
        struct json_object *receipt = json_object_array_get_idx(receipts, i);
        assert_member(receipt, "outcome", outcomes[i]);
        assert_member_int(receipt, "took_us", SECOND);
        assert_member(receipt, "excerpt", "hm");
    }
    struct json_object *first = json_object_array_get_idx(receipts, 0);
    assert_member_null(first, "status"); /* nobody answered */
    assert_member(first, "reason", "no answer came");
}

static void notifications_say_whom_they_are_for_also_those_that_nobody_gets(void **state)
{
    struct world *world = *state;
    uint64_t next;
    outside_submit(world, "ana@example.com");
    world_pass(world, HOUR);
    world_project(world);
    const struct question told = {
        .filter.target = BYTES_LITERAL("rep:ana"), .limit = 100, .ret_next = &next};
    JSON_AUTO *page = world_answer(world, read_page, &told);
    struct json_object *newest = json_object_array_get_idx(page, 0);
    assert_member(newest, "purpose", "reminder");
    assert_member(newest, "destination", "chat");
    const struct question untold = {
        .filter.state = BYTES_LITERAL("unrouted"), .limit = 100, .ret_next = &next};
    JSON_AUTO *nobody = world_answer(world, read_page, &untold);
    newest = json_object_array_get_idx(nobody, 0);
    assert_member(newest, "purpose", "escalation");
    assert_member(newest, "target", "rep:cem");
    assert_member_null(newest, "destination");
}

/* The filter as SQL; the pages together must be what it finds. */
static void check_filter(struct world *world, const struct store_delivery_filter *filter,
                         const char *where)
{
    struct question question = {.filter = *filter, .limit = 7};
    uint64_t next = 0, count = 0;
    int64_t last = INT64_MAX;
    do {
        question.ret_next = &next;
        question.filter.before = next;
        next = 0;
        JSON_AUTO *page = world_answer(world, read_page, &question);
        for (size_t i = 0; i < json_object_array_length(page); i++, count++) {
            struct json_object *item = json_object_array_get_idx(page, i);
            uint64_t number = 0;
            const char *id = json_object_get_string(json_object_object_get(item, "id"));
            assert_true(entity_id_parse(ID_DELIVERY, bytes_of(id), &number));
            assert_true((int64_t)number < last); /* newest first, each once */
            last = (int64_t)number;
        }
    } while (next != 0);
    char sql[300], expected[24];
    snprintf(sql, sizeof sql, "SELECT count(*) FROM deliveries WHERE %s", where);
    snprintf(expected, sizeof expected, "%u", (unsigned)count);
    assert_value(world, sql, expected);
    uint64_t *numbers = arena_array(&world->arena, count + 1, sizeof *numbers);
    size_t found = 0;
    assert_int_equal(
        store_find_deliveries(world_reader(world), filter, 0, count + 1, numbers, &found, NULL), 0);
    assert_int_equal(found, count);
    for (size_t i = 1; i < found; i++)
        assert_true(numbers[i - 1] < numbers[i]);
}

static void pages_are_what_their_filters_say(void **state)
{
    struct world *world = *state;
    uint64_t seed = 21;
    outside_live(world, &seed, 600);
    world_project(world);
    const int64_t from_us = world->now_us - HOUR, to_us = from_us + HOUR / 2;
    char since[100];
    snprintf(since, sizeof since,
             "created_us >= %" PRId64 " AND created_us < %" PRId64 " AND state = 'delivered'",
             from_us, to_us);
    const struct {
        struct store_delivery_filter filter;
        const char *where;
    } filters[] = {
        {{.lead = 0}, "1"},
        {{.destination = BYTES_LITERAL("crm")}, "destination = 'crm'"},
        {{.state = BYTES_LITERAL("pending")}, "state = 'pending'"},
        {{.state = BYTES_LITERAL("unrouted")}, "state = 'unrouted'"},
        {{.destination = BYTES_LITERAL("log"), .state = BYTES_LITERAL("delivered")},
         "destination = 'log' AND state = 'delivered'"},
        {{.purpose = BYTES_LITERAL("deliver")}, "purpose = 'deliver'"},
        {{.purpose = BYTES_LITERAL("reminder"), .state = BYTES_LITERAL("pending")},
         "purpose = 'reminder' AND state = 'pending'"},
        {{.purpose = BYTES_LITERAL("enrich"), .destination = BYTES_LITERAL("zen")},
         "purpose = 'enrich' AND destination = 'zen'"},
        {{.target = BYTES_LITERAL("rep:ben")}, "target = 'rep:ben'"},
        {{.reason = BYTES_LITERAL("no answer came")}, "reason = 'no answer came'"},
        {{.reason = BYTES_LITERAL("no answer came"), .state = BYTES_LITERAL("pending")},
         "reason = 'no answer came' AND state = 'pending'"},
        {{.lead = 2}, "lead = 2"},
        {{.state = BYTES_LITERAL("delivered"), .from_us = from_us, .to_us = from_us + HOUR / 2},
         since},
        {{.destination = BYTES_LITERAL("nowhere")}, "0"},
    };
    for (size_t i = 0; i < sizeof filters / sizeof *filters; i++)
        check_filter(world, &filters[i].filter, filters[i].where);
}

static void a_state_or_purpose_that_does_not_exist_is_refused(void **state)
{
    struct world *world = *state;
    const struct store_delivery_filter filters[] = {{.state = BYTES_LITERAL("lost")},
                                                    {.purpose = BYTES_LITERAL("fun")}};
    for (size_t i = 0; i < 2; i++) {
        uint64_t number;
        size_t count;
        struct error err;
        assert_int_equal(
            store_find_deliveries(world_reader(world), &filters[i], 0, 1, &number, &count, &err),
            ML_EINVAL);
    }
}

static void clusters_tell_why(void **state)
{
    struct world *world = *state;
    for (int i = 0; i < 3; i++)
        outside_submit(world, arena_printf(&world->arena, "p%d@example.com", i));
    for (int i = 0; i < 3; i++)
        outside_answer(world, outside_take(world, "crm"), CORE_OUTCOME_PERMANENT);
    world_project(world);
    const struct question question = {
        .filter = {.destination = BYTES_LITERAL("crm"), .state = BYTES_LITERAL("failed")}};
    JSON_AUTO *clusters = world_answer(world, read_clusters, &question);
    assert_int_equal(json_object_array_length(clusters), 1);
    struct json_object *cluster = json_object_array_get_idx(clusters, 0);
    assert_member(cluster, "reason", "no answer came");
    assert_member_int(cluster, "count", 3);
    assert_int_equal(json_object_array_length(json_object_object_get(cluster, "examples")), 2);
}

static void a_destination_shows_how_it_is(void **state)
{
    struct world *world = *state;
    for (int i = 0; i < 6; i++)
        outside_submit(world, arena_printf(&world->arena, "p%d@example.com", i));
    outside_answer(world, outside_take(world, "crm"), CORE_OUTCOME_OK);
    for (int i = 0; i < 3; i++)
        outside_answer(world, outside_take(world, "crm"), CORE_OUTCOME_TRANSIENT);
    outside_set(world, "log", CORE_DESTINATION_PAUSED);
    world_project(world);
    JSON_AUTO *crm = world_answer(world, read_destination, "crm");
    assert_member(crm, "kind", "rest");
    assert_member(crm, "breaker", "open");
    assert_member_int(crm, "failures", 3);
    assert_member_int(crm, "attempts_today", 4);
    assert_member(crm, "last_failure", "no answer came");
    struct json_object *latency = json_object_object_get(crm, "latency");
    assert_member_int(latency, "attempts", 1);
    assert_member_int(latency, "p99_us", SECOND);
    assert_member(json_object_object_get(crm, "change"), "change", "opened");
    assert_member_int(json_object_object_get(crm, "deliveries"), "delivered", 1);
    JSON_AUTO *log = world_answer(world, read_destination, "log");
    assert_member(json_object_object_get(log, "change"), "by", "mia");
    assert_member(json_object_object_get(log, "change"), "reason", "maintenance");
    assert_value(world,
                 "SELECT group_concat(subject || ' ' || kind) FROM timeline WHERE kind = "
                 "'destination.changed'",
                 "crm destination.changed,log destination.changed");
    struct json_writer json;
    struct buffer out;
    struct error err;
    buffer_init(&out, 1000);
    json_begin(&json, &out);
    assert_int_equal(store_read_destination(world_reader(world), BYTES_LITERAL("erp"), &json, &err),
                     ML_ENOTFOUND);
    buffer_release(&out);
}

static void an_attempt_without_an_answer_leaves_it_unknown_whether_it_arrived(void **state)
{
    struct world *world = *state;
    outside_submit(world, "ana@example.com");
    outside_answer(world, outside_take(world, "crm"), CORE_OUTCOME_TRANSIENT);
    outside_submit(world, "ben@example.com");
    world_project(world);
    struct store_destination_reconciliation counted;
    assert_int_equal(store_read_destination_reconciliation(world_reader(world),
                                                           BYTES_LITERAL("crm"), &counted, NULL),
                     0);
    assert_int_equal(counted.due, 4);
    assert_int_equal(counted.pending, 4);
    assert_int_equal(counted.unknown, 1);
    assert_true(counted.balanced);
}

static void a_lead_shows_what_it_is_in_the_crm(void **state)
{
    struct world *world = *state;
    const uint64_t lead = outside_submit(world, "ana@example.com");
    const struct core_receipt receipt = {.outcome = CORE_OUTCOME_OK,
                                         .status = 201,
                                         .external_id = BYTES_LITERAL("0042"),
                                         .owner = BYTES_LITERAL("ana")};
    outside_receive(world, outside_take(world, "crm"), &receipt);
    assert_int_equal(outside_sync(world, lead, "ben", "0042"), CORE_OK);
    world_project(world);
    world_check_reload(world);
    const struct question question = {.number = lead};
    JSON_AUTO *links = world_answer(world, read_links, &question);
    assert_int_equal(json_object_array_length(links), 1);
    struct json_object *link = json_object_array_get_idx(links, 0);
    assert_member(link, "destination", "crm");
    assert_member(link, "external_id", "0042");
    struct json_object *owner = json_object_array_get_idx(json_object_object_get(link, "known"), 0);
    assert_member(owner, "field", "owner");
    assert_member(owner, "value", "ben");
    uint64_t found = 0;
    assert_int_equal(store_find_link(world_reader(world), BYTES_LITERAL("crm"),
                                     BYTES_LITERAL("0042"), &found, NULL),
                     0);
    assert_int_equal(found, lead);
    assert_int_equal(
        store_find_link(world_reader(world), BYTES_LITERAL("crm"), BYTES_LITERAL(""), &found, NULL),
        0);
    assert_int_equal(found, 0);
}

static void take_note(void *context, uint64_t number, uint64_t lead, struct bytes external_id)
{
    snprintf(context, 100, "%llu %llu %.*s", (unsigned long long)core_delivery_event(number),
             (unsigned long long)lead, BYTES_ARG(external_id));
}

static void what_was_delivered_can_be_compared_with_what_is_there(void **state)
{
    struct world *world = *state;
    const uint64_t lead = outside_submit(world, "ana@example.com");
    const struct core_receipt receipt = {
        .outcome = CORE_OUTCOME_OK, .status = 201, .external_id = BYTES_LITERAL("0042")};
    outside_receive(world, outside_take(world, "crm"), &receipt);
    world_project(world);
    char note[100] = "", expected[100];
    assert_int_equal(
        store_each_delivered(world_reader(world), BYTES_LITERAL("crm"), take_note, note, NULL), 0);
    snprintf(expected, sizeof expected, "%llu %llu 0042", (unsigned long long)lead,
             (unsigned long long)lead);
    assert_string_equal(note, expected);
}

/* A lead whose enrichment answers after so long, which the CRM has after three seconds, and which
 * is contacted ten seconds later. */
static void contact_after(struct world *world, int64_t enriched_us)
{
    const uint64_t lead = outside_submit(world, "ana@example.com");
    const struct core_command enrich = {
        .type = CORE_ENRICH,
        .lead = lead,
        .enrich = {.provider = BYTES_LITERAL("hand"),
                   .values =
                       arena_zalloc(&world->arena, POLICY_FIELDS_MAX * sizeof(struct cel_value)),
                   .arena = &world->arena}};
    const int64_t captured_us = world->now_us;
    world->now_us = captured_us + enriched_us;
    assert_int_equal(world_run(world, enrich), CORE_OK);
    world->now_us = captured_us + 3 * SECOND;
    for (uint64_t number; (number = outside_take(world, "crm")) != 0;)
        assert_int_equal(outside_answer(world, number, CORE_OUTCOME_OK), CORE_OK);
    world->now_us += 10 * SECOND;
    world_contact(world, lead);
    world_project(world);
}

static void the_time_until_the_crm_knew_is_not_the_rep_s(void **state)
{
    contact_after(*state, 0);
    assert_value(*state,
                 "SELECT enrichment_us || ' ' || crm_write_us || ' ' || rep_us FROM latency_counts",
                 "0 3000000 10000000");
}

static void what_enrichment_took_is_not_counted_for_the_crm_again(void **state)
{
    contact_after(*state, 2 * SECOND);
    assert_value(*state,
                 "SELECT enrichment_us || ' ' || crm_write_us || ' ' || rep_us FROM latency_counts",
                 "2000000 1000000 10000000");
}

static void an_event_about_a_delivery_that_is_not_there_is_damage(void **state)
{
    struct world *world = *state;
    outside_submit(world, "ana@example.com");
    const uint64_t number = outside_take(world, "crm");
    world_project(world);
    struct hash256 before = world_digest(world);
    assert_int_equal(outside_answer(world, number, CORE_OUTCOME_TRANSIENT), CORE_OK);
    struct core_event event = world->events[world->projected];
    event.entity += 64 * 1000;
    const struct core_event *damaged = &event;
    struct error err = {0};
    assert_int_equal(store_apply(world->store, world->core, &damaged, 1, &err), ML_ECORRUPT);
    assert_non_null(strstr(err.message, "meshline rebuild"));
    struct hash256 after = world_digest(world);
    assert_same(&before, &after);
    world_project(world); /* as it really was */
    world_check_reload(world);
}

int main(void)
{
#define IN_A_WORLD(test) cmocka_unit_test_setup_teardown(test, setup, world_teardown)
    const struct CMUnitTest tests[] = {
        IN_A_WORLD(a_loaded_core_has_the_same_deliveries),
        IN_A_WORLD(the_size_of_batches_does_not_show),
        IN_A_WORLD(a_view_goes_on_after_it_was_closed),
        IN_A_WORLD(what_was_counted_is_what_is_there),
        IN_A_WORLD(every_attempt_is_kept_also_when_it_is_sent_again),
        IN_A_WORLD(notifications_say_whom_they_are_for_also_those_that_nobody_gets),
        IN_A_WORLD(pages_are_what_their_filters_say),
        IN_A_WORLD(a_state_or_purpose_that_does_not_exist_is_refused),
        IN_A_WORLD(clusters_tell_why),
        IN_A_WORLD(a_destination_shows_how_it_is),
        IN_A_WORLD(an_attempt_without_an_answer_leaves_it_unknown_whether_it_arrived),
        IN_A_WORLD(a_lead_shows_what_it_is_in_the_crm),
        IN_A_WORLD(what_was_delivered_can_be_compared_with_what_is_there),
        IN_A_WORLD(the_time_until_the_crm_knew_is_not_the_rep_s),
        IN_A_WORLD(what_enrichment_took_is_not_counted_for_the_crm_again),
        IN_A_WORLD(an_event_about_a_delivery_that_is_not_there_is_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
