/* The answers for the API. */
#include "world.h"

#include "base/json.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- asking */

static struct json_object *parsed(struct buffer *out)
{
    struct json_object *answer = NULL;
    struct error err = {0};
    if (json_parse(buffer_bytes(out), &answer, &err) != 0)
        fail_msg("%s: %s", err.message, buffer_string(out));
    buffer_release(out);
    return answer;
}

static struct json_object *page(struct world *world, struct store_lead_filter filter,
                                uint32_t limit, uint64_t *ret_next)
{
    struct buffer out;
    struct json_writer json;
    struct error err = {0};
    struct store_page_end end;
    buffer_init(&out, 16 * 1024 * 1024);
    json_begin(&json, &out);
    if (store_read_leads(world_reader(world), &filter, limit, &json, &end, &err) != 0)
        fail_msg("%s: %s", err.place, err.message);
    assert_true(end.complete);
    *ret_next = end.next;
    return parsed(&out);
}

/* The ids of all pages of `limit` leads, joined: "L9 L4". */
static const char *ids(struct world *world, struct store_lead_filter filter, uint32_t limit)
{
    struct buffer text;
    buffer_init(&text, 1024 * 1024);
    do {
        uint64_t next;
        JSON_AUTO *leads = page(world, filter, limit, &next);
        size_t count = json_object_array_length(leads);
        assert_true(count <= limit && (count == limit || next == 0));
        for (size_t i = 0; i < count; i++) {
            struct json_object *id =
                json_object_object_get(json_object_array_get_idx(leads, i), "id");
            buffer_printf(&text, "%s%s", text.size > 0 ? " " : "", json_object_get_string(id));
        }
        filter.cursor = next;
    } while (filter.cursor != 0);
    const char *all = arena_string(&world->arena, buffer_bytes(&text));
    buffer_release(&text);
    return all;
}

/* What the ids must be, asked of the tables directly. */
static const char *expected(struct world *world, const char *where)
{
    const char *sql = arena_printf(&world->arena,
                                   "SELECT coalesce(group_concat('L' || number, ' '), '') FROM "
                                   "(SELECT number FROM leads NOT INDEXED WHERE %s "
                                   "ORDER BY number DESC)",
                                   where);
    return arena_string(&world->arena, bytes_of(world_value(world, sql)));
}

static struct json_object *
list(struct world *world, int (*read)(struct store_reader *, struct json_writer *, struct error *))
{
    struct buffer out;
    struct json_writer json;
    buffer_init(&out, 1024 * 1024);
    json_begin(&json, &out);
    assert_int_equal(read(world_reader(world), &json, NULL), 0);
    return parsed(&out);
}

/* ---- leads */

static void leads_come_newest_first_in_pages(void **state)
{
    struct world *world = *state;
    for (int i = 0; i < 7; i++)
        world_submit(world, NULL, NULL, NULL);
    world_project(world);
    const char *all = expected(world, "1");
    for (uint32_t limit = 1; limit <= 8; limit++)
        assert_string_equal(ids(world, (struct store_lead_filter){0}, limit), all);
    uint64_t next;
    JSON_AUTO *whole = page(world, (struct store_lead_filter){0}, 7, &next);
    assert_int_equal(json_object_array_length(whole), 7);
    assert_int_equal(next, 0); /* nothing follows a page that happens to be full */
}

static void every_filter_selects_what_the_rows_say(void **state)
{
    struct world *world = *state;
    world_live(world, 3, 60);
    world_live(world, 6, 15);
    world_project(world);
    static const struct {
        struct store_lead_filter filter;
        const char *where;
    } cases[] = {
        {{.state = BYTES_LITERAL("captured")}, "state = 'captured'"},
        {{.state = BYTES_LITERAL("disqualified")}, "state = 'disqualified'"},
        {{.place = BYTES_LITERAL("owned")}, "place = 'owned'"},
        {{.place = BYTES_LITERAL("waiting")}, "place = 'waiting'"},
        {{.place = BYTES_LITERAL("closed")}, "place = 'closed'"},
        {{.rep = BYTES_LITERAL("cem")}, "rep = 'cem'"},
        {{.rep = BYTES_LITERAL("nobody")}, "0"},
        {{.pool = BYTES_LITERAL("all")}, "pool = 'all'"},
        {{.class_name = BYTES_LITERAL("hot")}, "class = 'hot'"},
        {{.source = BYTES_LITERAL("csv")}, "source = 'csv'"},
        {{.route = BYTES_LITERAL("everyone")}, "route = 'everyone'"},
        {{.late = true}, "late_count > 0"},
        {{.late = true, .rep = BYTES_LITERAL("cem")}, "late_count > 0 AND rep = 'cem'"},
        {{.late = true, .place = BYTES_LITERAL("waiting")}, "late_count > 0 AND place = 'waiting'"},
        {{.place = BYTES_LITERAL("waiting"), .pool = BYTES_LITERAL("all")},
         "place = 'waiting' AND pool = 'all'"},
        {{.rep = BYTES_LITERAL("cem"), .place = BYTES_LITERAL("closed")},
         "rep = 'cem' AND place = 'closed'"},
        {{.source = BYTES_LITERAL("web"),
          .class_name = BYTES_LITERAL("standard"),
          .pool = BYTES_LITERAL("all"),
          .route = BYTES_LITERAL("everyone"),
          .state = BYTES_LITERAL("assigned"),
          .place = BYTES_LITERAL("owned"),
          .rep = BYTES_LITERAL("cem")},
         "source = 'web' AND class = 'standard' AND route = 'everyone' AND state = 'assigned' AND "
         "rep = 'cem' AND pool = 'all'"},
    };
    size_t found = 0;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *should = expected(world, cases[i].where);
        found += should[0] != '\0';
        assert_string_equal(ids(world, cases[i].filter, 3), should);
        assert_string_equal(ids(world, cases[i].filter, 1000), should);
    }
    if (found < 14)
        fail_msg("only %zu of the filters find anything", found);
}

static void a_person_is_found_by_any_spelling_of_the_address(void **state)
{
    struct world *world = *state;
    world_submit(world, "other@example.com", NULL, NULL);
    uint64_t number = world_submit(world, "Kim@Example.com", NULL, NULL);
    world_project(world);
    const struct store_lead_filter known = {.email = BYTES_LITERAL(" KIM@example.COM")};
    const struct store_lead_filter unknown = {.email = BYTES_LITERAL("nobody@example.com")};
    const struct store_lead_filter wrong = {.email = BYTES_LITERAL("no address")};
    assert_string_equal(ids(world, known, 10),
                        arena_printf(&world->arena, "L%u", (unsigned)number));
    assert_string_equal(ids(world, unknown, 10), "");
    assert_string_equal(ids(world, wrong, 10), "");
    const struct store_lead_filter both = {.email = known.email, .place = BYTES_LITERAL("closed")};
    assert_string_equal(ids(world, both, 10), "");
}

static void a_filter_that_names_nothing_is_refused(void **state)
{
    struct world *world = *state;
    const struct store_lead_filter filters[] = {{.state = BYTES_LITERAL("open")},
                                                {.place = BYTES_LITERAL("owned' OR 1 --")}};
    struct buffer out;
    struct json_writer json;
    buffer_init(&out, 1024);
    json_begin(&json, &out);
    struct store_page_end end;
    for (size_t i = 0; i < 2; i++) {
        struct error err = {0};
        assert_int_equal(store_read_leads(world_reader(world), &filters[i], 10, &json, &end, &err),
                         ML_EINVAL);
        assert_non_null(strstr(err.message, i == 0 ? "qualified" : "waiting"));
    }
    const struct store_lead_filter any = {0};
    assert_int_equal(store_read_leads(world_reader(world), &any, 0, &json, &end, NULL), ML_EINVAL);
    assert_int_equal(store_read_leads(world_reader(world), &any, 1001, &json, &end, NULL),
                     ML_EINVAL);
    assert_int_equal(out.size, 0);
}

static void a_lead_that_does_not_exist_is_not_found(void **state)
{
    struct world *world = *state;
    struct buffer out;
    struct json_writer json;
    struct error err = {0};
    buffer_init(&out, 1024);
    json_begin(&json, &out);
    assert_int_equal(store_read_lead(world_reader(world), 1, &json, &err), ML_ENOTFOUND);
    assert_non_null(strstr(err.message, "L1"));
    assert_int_equal(out.size, 0);
}

static void a_reference_tells_where_the_history_ends(void **state)
{
    struct world *world = *state;
    uint64_t number = world_submit(world, "kim@example.com", "DE", NULL);
    world_contact(world, number);
    world_project(world);
    struct store_lead_reference reference;
    assert_int_equal(store_read_lead_reference(world_reader(world), number, &reference, NULL), 0);
    assert_int_equal(reference.last_seq, core_seq(world->core));
    assert_int_equal(reference.state, CORE_CONTACTED);
    assert_memory_equal(reference.release, core_release(world->core)->id_text, 16);
    assert_int_equal(strlen(reference.release), 16);
    assert_int_equal(store_read_lead_reference(world_reader(world), 99, &reference, NULL),
                     ML_ENOTFOUND);
}

/* ---- reps, pools, releases */

static void reps_show_their_load_and_room(void **state)
{
    struct world *world = *state;
    world_submit(world, NULL, "DE", NULL);
    world_project(world);
    JSON_AUTO *reps = list(world, store_read_reps);
    assert_int_equal(json_object_array_length(reps), 3);
    struct json_object *ana = json_object_array_get_idx(reps, 0);
    assert_member(ana, "id", "ana");
    assert_member(ana, "name", "Ana");
    assert_member(ana, "team", "north");
    assert_member(ana, "country", "DE");
    assert_member_int(ana, "load", 1);
    assert_member_int(ana, "capacity", 2);
    assert_member(ana, "available", "true");
    assert_member(ana, "present", "true");
    struct buffer out;
    struct json_writer json;
    buffer_init(&out, 4096);
    json_begin(&json, &out);
    assert_int_equal(store_read_rep(world_reader(world), BYTES_LITERAL("ana"), &json, NULL), 0);
    JSON_AUTO *one = parsed(&out);
    assert_true(json_object_equal(one, ana));
    struct error err = {0};
    assert_int_equal(store_read_rep(world_reader(world), BYTES_LITERAL("zoe"), &json, &err),
                     ML_ENOTFOUND);
    assert_non_null(strstr(err.message, "zoe"));
}

static void pools_show_their_members_sum_and_who_waits_longest(void **state)
{
    struct world *world = *state;
    uint64_t first = world_submit(world, "kim@example.com", "DE", NULL);
    world_outcome(world, first, false);
    for (int i = 0; i < 5; i++) {
        world->now_us += SECOND;
        world_submit(world, NULL, "DE", NULL);
    }
    world->now_us += SECOND; /* the oldest number is the newest to wait */
    assert_int_equal(world_submit(world, "kim@example.com", "DE", NULL), first);
    world_project(world);
    JSON_AUTO *pools = list(world, store_read_pools);
    assert_int_equal(json_object_array_length(pools), 2);
    struct json_object *dach = json_object_array_get_idx(pools, 1);
    assert_member(dach, "id", "dach");
    assert_member(dach, "title", "DACH");
    assert_member(dach, "strategy", "round_robin");
    assert_member_int(dach, "members", 2);
    assert_member_int(dach, "available", 2);
    assert_member_int(dach, "capacity", 4);
    assert_member_int(dach, "load", 4);
    assert_member_int(dach, "waiting", 2);
    assert_member(dach, "oldest_waiting_at", "2023-11-14T22:13:25.000000Z");
    struct json_object *all = json_object_array_get_idx(pools, 0);
    assert_member_int(all, "members", 3);
    assert_member_int(all, "waiting", 0);
    assert_member_null(all, "oldest_waiting_at");
}

static void a_pool_where_only_reopened_leads_wait_has_an_oldest_too(void **state)
{
    struct world *world = *state;
    uint64_t first = world_submit(world, "kim@example.com", "DE", NULL);
    world_outcome(world, first, false);
    for (int i = 0; i < 4; i++)
        world_submit(world, NULL, "DE", NULL);
    world->now_us += SECOND;
    world_submit(world, "kim@example.com", "DE", NULL);
    world_project(world);
    JSON_AUTO *pools = list(world, store_read_pools);
    assert_member(json_object_array_get_idx(pools, 1), "oldest_waiting_at",
                  "2023-11-14T22:13:21.000000Z");
}

static void a_release_is_found_by_the_beginning_of_its_id(void **state)
{
    struct world *world = *state;
    const struct policy_release *release = core_release(world->core);
    struct error err = {0};
    static const size_t digits[] = {8, 16, 64};
    for (size_t i = 0; i < 3; i++) {
        struct buffer out;
        buffer_init(&out, 1024 * 1024);
        struct bytes id = {release->id_text, digits[i]};
        assert_int_equal(store_read_release(world_reader(world), id, &out, &err), 0);
        assert_true(bytes_equal(buffer_bytes(&out), release->canonical));
        buffer_release(&out);
    }
    struct buffer out;
    buffer_init(&out, 1024 * 1024);
    assert_int_equal(
        store_read_release(world_reader(world), (struct bytes){release->id_text, 7}, &out, &err),
        ML_EINVAL);
    assert_int_equal(store_read_release(world_reader(world), BYTES_LITERAL("0000000%"), &out, &err),
                     ML_EINVAL);
    assert_int_equal(store_read_release(world_reader(world), BYTES_LITERAL("00000000"), &out, &err),
                     ML_ENOTFOUND);
    store_close(world->store);
    world->store = NULL;
    world_execute(world->path,
                  "INSERT INTO releases SELECT 9, substr(id, 1, 63) || 'x', 1, 0, '{}' "
                  "FROM releases WHERE number = 1");
    assert_int_equal(
        store_read_release(world_reader(world), (struct bytes){release->id_text, 12}, &out, &err),
        ML_ECONFLICT);
    assert_int_equal(out.size, 0);
    buffer_release(&out);
}

/* ---- the identity */

static void the_reconciliation_balances_at_every_step(void **state)
{
    struct world *world = *state;
    world_live(world, 8, 150);
    while (world->projected < world->count) {
        size_t left = world->count - world->projected;
        world_project_some(world, left < 13 ? left : 13);
        struct store_reconciliation sum;
        assert_int_equal(store_read_reconciliation(world_reader(world), &sum, NULL), 0);
        assert_int_equal(sum.seq, store_applied_seq(world->store));
        assert_true(sum.balanced);
    }
    struct store_reconciliation sum;
    assert_int_equal(store_read_reconciliation(world_reader(world), &sum, NULL), 0);
    struct core_counts counts = core_counts(world->core);
    assert_int_equal(sum.accepted, counts.accepted);
    assert_int_equal(sum.owned, counts.owned);
    assert_int_equal(sum.waiting, counts.waiting);
    assert_int_equal(sum.qualified, counts.qualified);
    assert_int_equal(sum.disqualified, counts.disqualified);
    assert_int_equal(sum.closed, counts.qualified + counts.disqualified);
    assert_int_equal(sum.touchpoints, counts.touchpoints);
    assert_int_equal(sum.late, counts.late);
}

static void a_lead_that_is_missing_shows_in_the_reconciliation(void **state)
{
    struct world *world = *state;
    uint64_t number = world_submit(world, NULL, NULL, NULL);
    world_project(world);
    world_execute(world->path, arena_printf(&world->arena, "DELETE FROM leads WHERE number = %u",
                                            (unsigned)number));
    struct store_reconciliation sum;
    assert_int_equal(store_read_reconciliation(world_reader(world), &sum, NULL), 0);
    assert_int_equal(sum.accepted, 1);
    assert_int_equal(sum.owned, 0);
    assert_false(sum.balanced);
}

/* ---- readers beside the writer */

static void a_reader_sees_each_batch_and_never_stops_the_writer(void **state)
{
    struct world *world = *state;
    uint64_t seq;
    for (int i = 0; i < 5; i++) {
        world_submit(world, NULL, NULL, NULL);
        assert_int_equal(store_read_seq(world_reader(world), &seq, NULL), 0);
        assert_int_equal(seq, world->projected);
        world_lead(world, i == 0 ? 0 : 2);
        world_project(world); /* would fail as busy if the reader held anything */
        assert_int_equal(store_read_seq(world_reader(world), &seq, NULL), 0);
        assert_int_equal(seq, core_seq(world->core));
    }
    world_lead(world, 0);
}

#define WORLD_TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
#define EMPTY_TEST(name) cmocka_unit_test_setup_teardown(name, world_setup_empty, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(leads_come_newest_first_in_pages),
        EMPTY_TEST(every_filter_selects_what_the_rows_say),
        WORLD_TEST(a_person_is_found_by_any_spelling_of_the_address),
        WORLD_TEST(a_filter_that_names_nothing_is_refused),
        WORLD_TEST(a_lead_that_does_not_exist_is_not_found),
        WORLD_TEST(a_reference_tells_where_the_history_ends),
        WORLD_TEST(reps_show_their_load_and_room),
        WORLD_TEST(pools_show_their_members_sum_and_who_waits_longest),
        WORLD_TEST(a_pool_where_only_reopened_leads_wait_has_an_oldest_too),
        WORLD_TEST(a_release_is_found_by_the_beginning_of_its_id),
        EMPTY_TEST(the_reconciliation_balances_at_every_step),
        WORLD_TEST(a_lead_that_is_missing_shows_in_the_reconciliation),
        WORLD_TEST(a_reader_sees_each_batch_and_never_stops_the_writer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
