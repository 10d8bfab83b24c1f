/* Searching leads: among many, where most are in a filled segment of blocks, some are not yet, and
 * of some more became known since; a search that goes on over several pages. */
#include "world.h"

#include "base/json.h"

#include <stdio.h>
#include <stdlib.h>

/* More than two segments of 8,192. */
enum { LEADS = 24000, BATCH = 1500, PERIOD_S = 60 };

static const char *const cities[] = {"Aachen", "Bremen", "Chemnitz"};

/* What is known of the i-th lead: every 1000th is of a company of its own. */
static struct bytes attributes_of(struct world *world, unsigned i)
{
    char company[40] = "Plain Ltd";
    if (i % 1000 == 7)
        snprintf(company, sizeof company, "Unusual%u KG", i / 1000);
    return bytes_of(
        arena_printf(&world->arena,
                     "{\"email\":\"p%u@example.com\",\"company\":\"%s\",\"city\":\"%s\","
                     "\"reference\":\"order-of-a-customer-%u\"}",
                     i, company, cities[i % 3], i));
}

/* The number of the i-th. */
static uint64_t number_of(unsigned i)
{
    return 2 + (uint64_t)i;
}

static int64_t captured_us(unsigned i)
{
    return WORLD_START_US + (int64_t)i * PERIOD_S * SECOND;
}

/* Made by hand, since only the view is tested. */
static void add_leads(struct world *world, unsigned first, unsigned count)
{
    static struct core_event events[BATCH];
    static const struct core_event *pointers[BATCH];
    const struct policy_release *release = core_release(world->core);
    const uint32_t web = policy_source_find(release, BYTES_LITERAL("web"));
    const uint32_t csv = policy_source_find(release, BYTES_LITERAL("csv"));
    for (unsigned i = 0; i < count; i++) {
        events[i] =
            (struct core_event){.type = CORE_LEAD_CAPTURED,
                                .seq = number_of(first + i),
                                .time_us = captured_us(first + i),
                                .lead = number_of(first + i),
                                .captured = {.captured_us = captured_us(first + i),
                                             .source = (first + i) % 5000 == 11 ? csv : web,
                                             .due_us = captured_us(first + i) + HOUR,
                                             .values = arena_array(&world->arena, POLICY_FIELDS_MAX,
                                                                   sizeof(struct cel_value)),
                                             .attributes = attributes_of(world, first + i)}};
        pointers[i] = &events[i];
    }
    assert_int_equal(store_apply(world->store, world->core, pointers, count, NULL), 0);
}

static void add_all(struct world *world)
{
    for (unsigned i = 0; i < LEADS; i += BATCH)
        add_leads(world, i, LEADS - i < BATCH ? LEADS - i : BATCH);
    world->now_us = captured_us(LEADS);
}

/* From now on the lead has `company` instead. */
static void enrich(struct world *world, uint64_t number, const char *company)
{
    struct store_lead_reference lead;
    assert_int_equal(store_read_lead_reference(world_reader(world), number, &lead, NULL), 0);
    struct core_event event = {.type = CORE_LEAD_ENRICHED,
                               .seq = store_applied_seq(world->store) + 1,
                               .time_us = world->now_us,
                               .lead = number,
                               .previous = lead.last_seq,
                               .enriched = {.provider = BYTES_LITERAL("maps"),
                                            .due_us = world->now_us + HOUR,
                                            .attributes = bytes_of(arena_printf(
                                                &world->arena, "{\"company\":\"%s\"}", company))}};
    const struct core_event *pointer = &event;
    struct error err = {0};
    if (store_apply(world->store, world->core, &pointer, 1, &err) != 0)
        fail_msg("%s: %s", err.place, err.message);
}

struct found {
    size_t leads, pages, incomplete;
    uint64_t sum; /* of their numbers */
};

/* All pages; each lead comes in order, no one twice. */
static struct found search(struct world *world, struct store_lead_filter filter, uint32_t limit)
{
    struct found found = {0};
    uint64_t last = 0;
    do {
        struct buffer out;
        struct json_writer json;
        struct store_page_end end;
        struct error err = {0};
        buffer_init(&out, 64 * 1024 * 1024);
        json_begin(&json, &out);
        if (store_read_leads(world_reader(world), &filter, limit, &json, &end, &err) != 0)
            fail_msg("%s: %s", err.place, err.message);
        JSON_AUTO *leads;
        assert_int_equal(json_parse(buffer_bytes(&out), &leads, NULL), 0);
        buffer_release(&out);
        for (size_t i = 0; i < json_object_array_length(leads); i++, found.leads++) {
            struct json_object *id =
                json_object_object_get(json_object_array_get_idx(leads, i), "id");
            uint64_t number = strtoull(json_object_get_string(id) + 1, NULL, 10);
            assert_true(last == 0 || (filter.sort == STORE_OLDEST ? number > last : number < last));
            last = number;
            found.sum += number;
        }
        assert_true(end.complete == (end.reached_us == 0));
        found.incomplete += !end.complete;
        filter.cursor = end.next;
    } while (++found.pages < 1000 && filter.cursor != 0);
    return found;
}

static struct store_lead_filter asking(const char *q)
{
    return (struct store_lead_filter){.q = bytes_of(q)};
}

static void assert_finds(struct world *world, const char *q, size_t leads)
{
    struct found found = search(world, asking(q), 1000);
    if (found.leads != leads)
        fail_msg("\"%s\" finds %zu leads instead of %zu", q, found.leads, leads);
}

static void a_rare_word_is_found_among_many_leads_at_once(void **state)
{
    struct world *world = *state;
    add_all(world);
    assert_value(world, "SELECT count(*) FROM lead_segments", "2");
    for (unsigned i = 0; i < LEADS / 1000; i++) {
        char question[40];
        snprintf(question, sizeof question, "unusual%u kg", i);
        struct found found = search(world, asking(question), 10);
        assert_int_equal(found.incomplete, 0);
        assert_int_equal(found.leads, i == 1 ? 11 : i == 2 ? 5 : 1); /* 10 to 19 */
    }
    assert_finds(world, "P12345@example", 1);
    assert_finds(world, "unusual aachen", 8);
    assert_finds(world, "nowhere", 0);
    assert_int_equal(search(world, asking("UNUSUAL"), 3).pages, 8);
}

static void a_common_word_fills_a_page_and_goes_on(void **state)
{
    struct world *world = *state;
    add_all(world);
    struct found found = search(world, asking("bremen"), 1000);
    assert_int_equal(found.leads, 8000); /* every third from the second on */
    assert_int_equal(found.sum, 8000 * (number_of(1) + number_of(23998)) / 2);
    struct store_lead_filter oldest = asking("bremen");
    oldest.sort = STORE_OLDEST;
    struct found again = search(world, oldest, 999);
    assert_int_equal(again.leads, found.leads);
    assert_int_equal(again.sum, found.sum);
}

/* The first letters of all of them are the same. */
static void a_long_word_is_found_by_its_end(void **state)
{
    struct world *world = *state;
    add_all(world);
    struct found found = search(world, asking("order-of-a-customer-12345"), 10);
    assert_int_equal(found.incomplete, 0);
    assert_int_equal(found.leads, 1);
    assert_int_equal(found.sum, number_of(12345));
}

static void a_search_that_costs_too_much_for_one_call_is_gone_on_with(void **state)
{
    struct world *world = *state;
    add_all(world);
    /* Too short for the blocks to leave any out. */
    struct found found = search(world, asking("7@"), 1000);
    assert_int_equal(found.leads, LEADS / 10);
    const struct store_lead_filter closed = {.class_name = BYTES_LITERAL("nobody's")};
    struct found rows = search(world, closed, 10); /* the same without words */
    assert_int_equal(rows.leads, 0);
    assert_true(rows.pages < 5);
    struct found nothing = search(world, asking("$$"), 10);
    assert_int_equal(nothing.leads, 0);
    assert_true(nothing.incomplete > 0);
}

static void what_becomes_known_later_is_found_as_well(void **state)
{
    struct world *world = *state;
    add_all(world);
    enrich(world, number_of(5), "Lately GmbH");          /* in a block */
    enrich(world, number_of(8191), "Lately Twice");      /* the last of a segment */
    enrich(world, number_of(LEADS - 1), "Lately Alone"); /* in none yet */
    assert_value(world, "SELECT count(*) FROM lead_changes", "2");
    assert_finds(world, "lately", 3);
    assert_finds(world, "lately gmbh", 1);
    assert_finds(world, "p5@", 0); /* its address went with what was known before */
    for (unsigned i = 0; i < 4200; i++)
        enrich(world, number_of(3 * i + 6), "Merged Inc");
    assert_value(world, "SELECT count(*) < 200 FROM lead_changes", "1");
    assert_finds(world, "lately", 3);
    assert_finds(world, "merged inc", 4200);
    /* The same after a restart. */
    store_close(world->store);
    assert_int_equal(store_open(world->path, NULL, &world->store, NULL), 0);
    enrich(world, number_of(9), "Lately Again");
    assert_finds(world, "lately", 4);
    assert_finds(world, "merged inc", 4199);
}

static void a_time_of_capture_and_a_source_lead_to_their_blocks(void **state)
{
    struct world *world = *state;
    add_all(world);
    const struct store_lead_filter span = {.from_us = captured_us(300), .to_us = captured_us(700)};
    struct found found = search(world, span, 150);
    assert_int_equal(found.leads, 400);
    assert_int_equal(found.sum, 400 * (number_of(300) + number_of(699)) / 2);
    const struct store_lead_filter early = {.to_us = captured_us(0)};
    assert_int_equal(search(world, early, 10).leads, 0);
    const struct store_lead_filter late = {.from_us = captured_us(LEADS - 3)};
    assert_int_equal(search(world, late, 10).leads, 3);
    const struct store_lead_filter csv = {.source = BYTES_LITERAL("csv")};
    found = search(world, csv, 10);
    assert_int_equal(found.leads, 5);
    assert_int_equal(found.incomplete, 0);
    const struct store_lead_filter both = {
        .source = BYTES_LITERAL("csv"), .q = BYTES_LITERAL("p5011@"), .from_us = captured_us(1)};
    assert_int_equal(search(world, both, 10).sum, number_of(5011));
}

static void the_id_of_a_lead_finds_that_lead_alone(void **state)
{
    struct world *world = *state;
    add_leads(world, 0, 20);
    enrich(world, number_of(3), "L12 Holding");
    assert_int_equal(search(world, asking("L12"), 10).sum, 12);
    assert_int_equal(search(world, asking("l12"), 10).sum, 12);
    assert_int_equal(search(world, asking("L12"), 10).leads, 1);
    assert_int_equal(search(world, asking("l12 hold"), 10).sum, number_of(3));
    enrich(world, number_of(4), "L999 Ltd");
    assert_int_equal(search(world, asking("L999"), 10).sum,
                     number_of(4)); /* there is no such lead */
}

static void a_question_that_is_too_long_is_refused(void **state)
{
    struct world *world = *state;
    char text[202];
    struct store_page_end end;
    struct error err = {0};
    struct json_writer json = {0};
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    const struct store_lead_filter filter = asking(text);
    assert_int_equal(store_read_leads(world_reader(world), &filter, 1, &json, &end, &err),
                     ML_EINVAL);
    assert_non_null(strstr(err.message, "200 bytes"));
}

#define WORLD_TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(a_rare_word_is_found_among_many_leads_at_once),
        WORLD_TEST(a_common_word_fills_a_page_and_goes_on),
        WORLD_TEST(a_long_word_is_found_by_its_end),
        WORLD_TEST(a_search_that_costs_too_much_for_one_call_is_gone_on_with),
        WORLD_TEST(what_becomes_known_later_is_found_as_well),
        WORLD_TEST(a_time_of_capture_and_a_source_lead_to_their_blocks),
        WORLD_TEST(the_id_of_a_lead_finds_that_lead_alone),
        WORLD_TEST(a_question_that_is_too_long_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
