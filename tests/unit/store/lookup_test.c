/* The look-ups by rep and by business key over many leads, where most are in a filled piece, some
 * are not yet, and some have moved since. */
#include "world.h"

#include "base/json.h"

#include <stdio.h>
#include <stdlib.h>

/* More than two fillings of 8,192. */
enum { LEADS = 20000, BATCH = 1500 };

/* The address of the i-th lead. */
static struct bytes address(struct world *world, unsigned i)
{
    return bytes_of(arena_printf(&world->arena, "p%u@example.com", i));
}

/* Captured and assigned in turn to ana, ben and cem; made by hand, since only the view is tested.
 */
static uint64_t add_leads(struct world *world, unsigned first, unsigned count, uint64_t seq)
{
    static struct core_event events[2 * BATCH];
    static const struct core_event *pointers[2 * BATCH];
    const struct policy_release *release = core_release(world->core);
    for (unsigned i = 0; i < count; i++) {
        struct cel_value values[POLICY_FIELDS_MAX] = {0};
        struct hash128 key;
        values[release->schema.email] = cel_string(address(world, first + i));
        enum policy_key_kind kind = policy_business_key(release, 0, values, &world->arena, &key);
        events[2 * i] = (struct core_event){.type = CORE_LEAD_CAPTURED,
                                            .seq = seq + 2 * i,
                                            .time_us = world->now_us,
                                            .lead = seq + 2 * i,
                                            .captured = {.key_kind = kind,
                                                         .key = key,
                                                         .due_us = world->now_us + HOUR,
                                                         .attributes = BYTES_LITERAL("{}")}};
        events[2 * i + 1] = (struct core_event){.type = CORE_LEAD_ASSIGNED,
                                                .seq = seq + 2 * i + 1,
                                                .time_us = world->now_us,
                                                .lead = seq + 2 * i,
                                                .previous = seq + 2 * i,
                                                .placed = {.rep = (first + i) % 3,
                                                           .pool = 1,
                                                           .route = CORE_NONE,
                                                           .due_us = world->now_us + HOUR}};
        pointers[2 * i] = &events[2 * i];
        pointers[2 * i + 1] = &events[2 * i + 1];
    }
    assert_int_equal(store_apply(world->store, world->core, pointers, 2 * (size_t)count, NULL), 0);
    return seq + 2 * count;
}

static void give(struct world *world, uint64_t number, uint32_t rep)
{
    struct store_lead_reference lead;
    assert_int_equal(store_read_lead_reference(world_reader(world), number, &lead, NULL), 0);
    struct core_event event = {.type = CORE_LEAD_ASSIGNED,
                               .seq = store_applied_seq(world->store) + 1,
                               .time_us = world->now_us,
                               .lead = number,
                               .previous = lead.last_seq,
                               .placed = {.rep = rep,
                                          .pool = CORE_NONE,
                                          .route = CORE_NONE,
                                          .cause = CORE_CAUSE_MANUAL,
                                          .due_us = world->now_us + HOUR}};
    const struct core_event *pointer = &event;
    assert_int_equal(store_apply(world->store, world->core, &pointer, 1, NULL), 0);
}

/* Number of leads over all pages, newest first, no lead twice; *ret_sum adds up their numbers. */
static size_t count_pages(struct world *world, struct store_lead_filter filter, uint64_t *ret_sum)
{
    size_t count = 0;
    uint64_t last = UINT64_MAX;
    struct store_page_end end;
    *ret_sum = 0;
    do {
        struct buffer out;
        struct json_writer json;
        buffer_init(&out, 64 * 1024 * 1024);
        json_begin(&json, &out);
        assert_int_equal(store_read_leads(world_reader(world), &filter, 1000, &json, &end, NULL),
                         0);
        filter.cursor = end.next;
        JSON_AUTO *leads;
        assert_int_equal(json_parse(buffer_bytes(&out), &leads, NULL), 0);
        buffer_release(&out);
        for (size_t i = 0; i < json_object_array_length(leads); i++, count++) {
            struct json_object *id =
                json_object_object_get(json_object_array_get_idx(leads, i), "id");
            uint64_t number = strtoull(json_object_get_string(id) + 1, NULL, 10);
            assert_true(number < last);
            last = number;
            *ret_sum += number;
        }
    } while (filter.cursor != 0);
    return count;
}

static void check_rep(struct world *world, const char *rep)
{
    uint64_t sum;
    size_t count = count_pages(world, (struct store_lead_filter){.rep = bytes_of(rep)}, &sum);
    const char *sql = arena_printf(
        &world->arena, "SELECT count(*) || ' ' || sum(number) FROM leads WHERE rep = '%s'", rep);
    char text[100];
    snprintf(text, sizeof text, "%zu %llu", count, (unsigned long long)sum);
    assert_value(world, sql, text);
}

static void check_all(struct world *world)
{
    check_rep(world, "ana");
    check_rep(world, "ben");
    check_rep(world, "cem");
    uint64_t sum;
    for (unsigned i = 0; i < LEADS; i += 997) {
        const struct store_lead_filter filter = {.email = address(world, i)};
        assert_int_equal(count_pages(world, filter, &sum), 1);
        assert_int_equal(sum, 2 + 2 * (uint64_t)i); /* as add_leads numbers them */
    }
    const struct store_lead_filter nobody = {.email = BYTES_LITERAL("nobody@example.com")};
    assert_int_equal(count_pages(world, nobody, &sum), 0);
}

static void leads_are_found_wherever_they_are_noted(void **state)
{
    struct world *world = *state;
    uint64_t seq = 2;
    for (unsigned i = 0; i < LEADS; i += BATCH)
        seq = add_leads(world, i, LEADS - i < BATCH ? LEADS - i : BATCH, seq);
    assert_value(world, "SELECT count(*) FROM lead_index_runs", "2");
    check_all(world);
    give(world, 2 + 2 * 3, 1);           /* an old one: ana's to ben */
    give(world, 2 + 2 * 3, 2);           /* and to cem */
    give(world, 2 + 2 * 7, 0);           /* another, to ana … */
    give(world, 2 + 2 * 7, 1);           /* … and back to ben */
    give(world, 2 + 2 * (LEADS - 1), 2); /* the newest, which no piece has yet */
    check_all(world);
    /* The same after a restart, when the notes of the newest leads are read from the table. */
    store_close(world->store);
    assert_int_equal(store_open(world->path, NULL, &world->store, NULL), 0);
    give(world, 2 + 2 * (LEADS - 2), 2);
    check_all(world);
    seq = store_applied_seq(world->store) + 1;
    for (unsigned i = 0; i < 7500; i += BATCH)
        seq = add_leads(world, LEADS + i, BATCH, seq);
    assert_value(world, "SELECT count(*) FROM lead_index_runs", "3");
    check_all(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(leads_are_found_wherever_they_are_noted, world_setup,
                                        world_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
