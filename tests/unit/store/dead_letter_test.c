/* Dead letters in the view: what becomes of them, how they are listed, and that nothing is lost. */
#include "world.h"

#include "base/json.h"

/* ---- asking */

static int read_one(struct store_reader *reader, const void *context, struct json_writer *json,
                    struct error *err)
{
    return store_read_dead_letter(reader, *(const uint64_t *)context, json, err);
}

static struct json_object *one(struct world *world, uint64_t number)
{
    return world_answer(world, read_one, &number);
}

struct list {
    struct store_dead_letter_filter filter;
    uint32_t limit;
    uint64_t *ret_next;
};

static int read_list(struct store_reader *reader, const void *context, struct json_writer *json,
                     struct error *err)
{
    const struct list *list = context;
    return store_read_dead_letters(reader, &list->filter, list->limit, json, list->ret_next, err);
}

static int read_clusters(struct store_reader *reader, const void *context, struct json_writer *json,
                         struct error *err)
{
    const struct list *list = context;
    return store_read_dead_letter_clusters(reader, &list->filter, list->limit, json, err);
}

/* The ids of all pages of `limit`, joined: "D9 D4". */
static const char *ids(struct world *world, struct store_dead_letter_filter filter, uint32_t limit)
{
    struct buffer text;
    buffer_init(&text, 1024 * 1024);
    do {
        uint64_t next;
        const struct list list = {filter, limit, &next};
        JSON_AUTO *letters = world_answer(world, read_list, &list);
        size_t count = json_object_array_length(letters);
        assert_true(count <= limit && (count == limit || next == 0));
        for (size_t i = 0; i < count; i++)
            buffer_printf(&text, "%s%s", text.size > 0 ? " " : "",
                          json_member_text(json_object_array_get_idx(letters, i), "id").data);
        filter.before = next;
    } while (filter.before != 0);
    const char *all = arena_string(&world->arena, buffer_bytes(&text));
    buffer_release(&text);
    return all;
}

/* What the ids must be, asked of the table directly. */
static const char *expected(struct world *world, const char *where)
{
    const char *sql = arena_printf(&world->arena,
                                   "SELECT coalesce(group_concat('D' || number, ' '), '') FROM "
                                   "(SELECT number FROM dead_letters NOT INDEXED WHERE %s "
                                   "ORDER BY number DESC)",
                                   where);
    return arena_string(&world->arena, bytes_of(world_value(world, sql)));
}

static const char books[] = "SELECT accepted || ' ' || dead_lettered || ' ' || settled || ' ' || "
                            "balanced FROM reconciliation";

/* ---- what becomes of one */

static void a_refused_record_is_kept_whole(void **state)
{
    struct world *world = *state;
    uint64_t number = world_refuse(world, "partner", 1, "/type at /email");
    world_project(world);
    JSON_AUTO *letter = one(world, number);
    assert_int_equal(number, 2);
    assert_member(letter, "id", "D2");
    assert_member_int(letter, "version", 2);
    assert_member(letter, "state", "open");
    assert_member(letter, "source", "partner");
    assert_member_int(letter, "contract", 1);
    assert_member_int(letter, "attempts", 1);
    assert_member(letter, "violation", "/type at /email");
    assert_member(letter, "message", "must not be /type at /email");
    assert_member(letter, "captured_at", "2023-11-14T22:13:20.000000Z");
    assert_member(letter, "media_type", "application/json");
    assert_member(letter, "payload", "{\"email\": 7}");
    assert_member_null(letter, "lead");
    assert_member(json_object_object_get(letter, "headers"), "user-agent", "them");
    struct json_object *errors = json_object_object_get(letter, "errors");
    assert_member(json_object_array_get_idx(errors, 0), "pointer", "/email");
    assert_value(world, books, "1 1 0 1");
}

static void what_is_no_text_is_shown_as_base64_and_fetched_as_it_came(void **state)
{
    struct world *world = *state;
    struct policy_release *release = core_release(world->core);
    static const struct bytes payloads[] = {BYTES_LITERAL("a\0b"), BYTES_LITERAL("\xff\xfe")};
    static const char *const encoded[] = {"YQBi", "//4="};
    for (size_t i = 0; i < 2; i++) {
        struct core_command command = {.type = CORE_REFUSE,
                                       .refuse = {.release = release,
                                                  .violation = BYTES_LITERAL("json"),
                                                  .payload = payloads[i]}};
        assert_int_equal(world_run(world, command), CORE_OK);
        uint64_t number = world->decision->dead_letter;
        world_project(world);
        JSON_AUTO *letter = one(world, number);
        assert_member(letter, "payload_base64", encoded[i]);
        assert_member_null(letter, "payload");
        struct store_dead_letter fetched;
        assert_int_equal(
            store_fetch_dead_letter(world_reader(world), number, &world->arena, &fetched, NULL), 0);
        assert_true(bytes_equal(fetched.payload, payloads[i]));
    }
}

static void a_replay_makes_a_lead_that_came_when_the_record_came(void **state)
{
    struct world *world = *state;
    uint64_t number = world_refuse(world, "partner", 1, "/type at /email");
    world->now_us += HOUR;
    uint64_t lead = world_replay(world, number, "kim@example.com");
    world_project(world);
    JSON_AUTO *letter = one(world, number);
    assert_member(letter, "state", "replayed");
    assert_member(letter, "lead", arena_printf(&world->arena, "L%d", (int)lead));
    assert_member(letter, "newest_at", "2023-11-14T23:13:20.000000Z");
    assert_member(letter, "payload", "{\"email\": 7}"); /* somebody may want to look */
    struct json_object *shown = world_lead(world, lead);
    assert_member(shown, "captured_at", "2023-11-14T22:13:20.000000Z");
    assert_member(shown, "dead_letter", "D2");
    assert_member_int(shown, "contract", 1);
    assert_value(world, books, "1 0 0 1");
}

static void a_replay_of_a_known_person_is_merged(void **state)
{
    struct world *world = *state;
    uint64_t lead = world_submit(world, "kim@example.com", NULL, NULL);
    uint64_t number = world_refuse(world, "partner", 1, "/type at /email");
    assert_int_equal(world_replay(world, number, "kim@example.com"), lead);
    world_project(world);
    assert_value(world, "SELECT state || lead FROM dead_letters", "merged2");
    assert_value(world, books, "2 0 1 1");
}

static void a_replay_that_reopens_a_lead_is_merged(void **state)
{
    struct world *world = *state;
    uint64_t lead = world_submit(world, "kim@example.com", NULL, NULL);
    world_contact(world, lead);
    world_outcome(world, lead, false);
    uint64_t number = world_refuse(world, "partner", 1, "/type at /email");
    world->now_us += HOUR;
    assert_int_equal(world_replay(world, number, "kim@example.com"), lead);
    world_project(world);
    assert_value(world, "SELECT state || lead FROM dead_letters", "merged2");
    assert_value(world, "SELECT reopened || ' ' || dead_letter FROM leads", "1 6");
    assert_value(world, books, "2 0 1 1");
}

static void a_replay_that_is_refused_again_stays_open_with_the_new_mistakes(void **state)
{
    struct world *world = *state;
    uint64_t number = world_refuse(world, "partner", 1, "/type at /email");
    world->now_us += HOUR;
    world_refuse_again(world, number, 3, "/enum at /country");
    world_project(world);
    JSON_AUTO *letter = one(world, number);
    assert_member(letter, "state", "open");
    assert_member_int(letter, "attempts", 2);
    assert_member_int(letter, "contract", 3);
    assert_member(letter, "violation", "/enum at /country");
    assert_member(letter, "captured_at", "2023-11-14T22:13:20.000000Z");
    assert_member(letter, "newest_at", "2023-11-14T23:13:20.000000Z");
    assert_value(world, books, "1 1 0 1");
    assert_value(world, "SELECT sum(refused) FROM source_versions", "1"); /* one record */
}

static void a_discarded_record_is_forgotten_but_for_what_it_was(void **state)
{
    struct world *world = *state;
    uint64_t number = world_refuse(world, "partner", 1, "/type at /email");
    world_discard(world, number);
    world_project(world);
    JSON_AUTO *letter = one(world, number);
    assert_member(letter, "state", "discarded");
    assert_member(letter, "reason", "a test of theirs");
    assert_member(letter, "violation", "/type at /email");
    assert_member_null(letter, "payload");
    assert_member_null(letter, "headers");
    assert_value(world, "SELECT count(*) FROM dead_letter_payloads", "0");
    assert_value(world, books, "1 0 1 1");
}

static void nobody_comes_for_it_in_time_and_it_expires(void **state)
{
    struct world *world = *state;
    world_refuse(world, "partner", 1, "/type at /email");
    world_pass(world, 30 * 24 * HOUR - SECOND);
    world_project(world);
    assert_value(world, "SELECT state FROM dead_letters", "open");
    world_pass(world, SECOND);
    world_project(world);
    assert_value(world, "SELECT state || reason FROM dead_letters", "discardedexpired");
}

static void one_that_never_was_is_not_found(void **state)
{
    struct world *world = *state;
    struct buffer out;
    struct json_writer json;
    struct error err = {0};
    struct store_dead_letter letter;
    buffer_init(&out, 1024);
    json_begin(&json, &out);
    assert_int_equal(store_read_dead_letter(world_reader(world), 12, &json, &err), ML_ENOTFOUND);
    assert_string_equal(err.place, "D12");
    assert_int_equal(out.size, 0);
    assert_int_equal(store_fetch_dead_letter(world_reader(world), 12, &world->arena, &letter, &err),
                     ML_ENOTFOUND);
    buffer_release(&out);
}

/* ---- lists */

static void make_some(struct world *world)
{
    static const char *const violations[] = {"/type at /a", "/enum at /b", "/type at /c"};
    for (int i = 0; i < 40; i++) {
        const char *source = i % 5 == 0 ? "web" : "partner";
        uint64_t letter =
            world_refuse(world, source, (uint32_t)(i % 5 == 0 ? 0 : 1 + i % 2), violations[i % 3]);
        world->now_us += SECOND;
        if (i % 7 == 1)
            world_discard(world, letter);
        if (i % 7 == 2)
            world_replay(world, letter, i % 2 ? "kim@example.com" : "lee@example.com");
        if (i % 7 == 3)
            world_refuse_again(world, letter, 2, "/enum at /b");
    }
    world_project(world);
}

static void every_filter_selects_what_the_rows_say(void **state)
{
    struct world *world = *state;
    make_some(world);
    static const struct {
        struct store_dead_letter_filter filter;
        const char *where;
    } cases[] = {
        {{.contract = -1}, "1"},
        {{.contract = 0}, "contract = 0"},
        {{.contract = 2}, "contract = 2"},
        {{.contract = -1, .source = BYTES_LITERAL("web")}, "source = 'web'"},
        {{.contract = -1, .source = BYTES_LITERAL("nobody")}, "0"},
        {{.contract = -1, .state = BYTES_LITERAL("open")}, "state = 'open'"},
        {{.contract = -1, .state = BYTES_LITERAL("discarded")}, "state = 'discarded'"},
        {{.contract = -1, .state = BYTES_LITERAL("merged")}, "state = 'merged'"},
        {{.contract = -1, .violation = BYTES_LITERAL("/enum at /b")}, "violation = '/enum at /b'"},
        {{.contract = 1,
          .source = BYTES_LITERAL("partner"),
          .state = BYTES_LITERAL("open"),
          .violation = BYTES_LITERAL("/type at /a")},
         "contract = 1 AND source = 'partner' AND state = 'open' AND violation = '/type at /a'"},
        {{.contract = -1, .source = BYTES_LITERAL("partner"), .state = BYTES_LITERAL("replayed")},
         "source = 'partner' AND state = 'replayed'"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *all = expected(world, cases[i].where);
        for (uint32_t limit = 1; limit <= 41; limit += 8)
            assert_string_equal(ids(world, cases[i].filter, limit), all);
    }
}

static void those_to_be_replayed_come_oldest_first(void **state)
{
    struct world *world = *state;
    make_some(world);
    const struct store_dead_letter_filter filter = {.contract = -1,
                                                    .source = BYTES_LITERAL("partner")};
    uint64_t numbers[64], after = 0;
    size_t count, all = 0;
    do {
        assert_int_equal(
            store_find_dead_letters(world_reader(world), &filter, after, 5, numbers, &count, NULL),
            0);
        assert_true(count <= 5);
        for (size_t i = 0; i < count; i++) {
            assert_true(numbers[i] > after);
            after = numbers[i];
        }
        all += count;
    } while (count == 5);
    assert_string_equal(arena_printf(&world->arena, "%zu", all),
                        world_value(world,
                                    "SELECT count(*) FROM dead_letters WHERE state = 'open' AND "
                                    "source = 'partner'"));
}

static void clusters_put_the_largest_first_with_its_newest_examples(void **state)
{
    struct world *world = *state;
    for (int i = 0; i < 7; i++) {
        world_refuse(world, "partner", 1, i < 5 ? "/type at /a" : "/type at /b");
        world->now_us += SECOND;
    }
    world_refuse(world, "partner", 2, "/type at /a");
    uint64_t gone = world_refuse(world, "partner", 2, "/type at /a");
    world_discard(world, gone);
    world_project(world);
    const struct list list = {.filter = {.contract = -1}, .limit = 2};
    JSON_AUTO *clusters = world_answer(world, read_clusters, &list);
    assert_int_equal(json_object_array_length(clusters), 2);
    struct json_object *largest = json_object_array_get_idx(clusters, 0);
    assert_member(largest, "source", "partner");
    assert_member(largest, "violation", "/type at /a");
    assert_member_int(largest, "contract", 1);
    assert_member_int(largest, "count", 5);
    assert_member(largest, "message", "must not be /type at /a");
    assert_member(largest, "first_at", "2023-11-14T22:13:20.000000Z");
    assert_member(largest, "last_at", "2023-11-14T22:13:24.000000Z");
    assert_int_equal(json_object_array_length(json_object_object_get(largest, "examples")), 5);
    assert_member_int(json_object_array_get_idx(clusters, 1), "count", 2);
    const struct list second = {.filter = {.contract = 2, .source = BYTES_LITERAL("partner")},
                                .limit = 10};
    JSON_AUTO *others = world_answer(world, read_clusters, &second);
    assert_int_equal(json_object_array_length(others), 1);
    assert_member_int(json_object_array_get_idx(others, 0), "count", 1);
}

static void a_state_that_does_not_exist_and_a_page_too_large_are_refused(void **state)
{
    struct world *world = *state;
    struct buffer out;
    struct json_writer json;
    uint64_t next;
    buffer_init(&out, 1024);
    json_begin(&json, &out);
    const struct store_dead_letter_filter wrong = {.contract = -1, .state = BYTES_LITERAL("gone")};
    const struct store_dead_letter_filter all = {.contract = -1};
    struct error err = {0};
    assert_int_equal(store_read_dead_letters(world_reader(world), &wrong, 10, &json, &next, &err),
                     ML_EINVAL);
    assert_non_null(strstr(err.message, "open, replayed, merged or discarded"));
    assert_int_equal(store_read_dead_letter_clusters(world_reader(world), &wrong, 10, &json, &err),
                     ML_EINVAL);
    assert_int_equal(
        store_read_dead_letters(world_reader(world), &all, STORE_PAGE_MAX + 1, &json, &next, &err),
        ML_EINVAL);
    buffer_release(&out);
}

/* A list of a million must not look at each: every search is led by an index, and nothing is sorted
 * but the groups of clusters. */
static void the_indexes_lead_every_search(void **state)
{
    static const char *const searches[] = {
        "SELECT number FROM dead_letters INDEXED BY dead_letters_source WHERE state = 'open' AND "
        "source = 'a' AND number < 9 ORDER BY number DESC",
        "SELECT number FROM dead_letters INDEXED BY dead_letters_violation WHERE state = 'open' "
        "AND violation = 'a' AND number < 9 ORDER BY number DESC",
        "SELECT number FROM dead_letters INDEXED BY dead_letters_state WHERE state = 'open' AND "
        "number < 9 ORDER BY number DESC",
        "SELECT source, contract, violation, count(*), max(number), max(captured_us) FROM "
        "dead_letters INDEXED BY dead_letters_open WHERE state = 'open' AND source = 'a' "
        "GROUP BY source, contract, violation",
    };
    for (size_t i = 0; i < sizeof searches / sizeof *searches; i++) {
        const char *plan = world_plan(*state, searches[i]);
        assert_non_null(strstr(plan, "SEARCH"));
        assert_null(strstr(plan, "TEMP B-TREE"));
    }
}

#define WORLD_TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(a_refused_record_is_kept_whole),
        WORLD_TEST(what_is_no_text_is_shown_as_base64_and_fetched_as_it_came),
        WORLD_TEST(a_replay_makes_a_lead_that_came_when_the_record_came),
        WORLD_TEST(a_replay_of_a_known_person_is_merged),
        WORLD_TEST(a_replay_that_reopens_a_lead_is_merged),
        WORLD_TEST(a_replay_that_is_refused_again_stays_open_with_the_new_mistakes),
        WORLD_TEST(a_discarded_record_is_forgotten_but_for_what_it_was),
        WORLD_TEST(nobody_comes_for_it_in_time_and_it_expires),
        WORLD_TEST(one_that_never_was_is_not_found),
        WORLD_TEST(every_filter_selects_what_the_rows_say),
        WORLD_TEST(those_to_be_replayed_come_oldest_first),
        WORLD_TEST(clusters_put_the_largest_first_with_its_newest_examples),
        WORLD_TEST(a_state_that_does_not_exist_and_a_page_too_large_are_refused),
        WORLD_TEST(the_indexes_lead_every_search),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
