/* Sources in the view: versions in use, what each read, what a candidate would have done, whom to
 * tell. */
#include "world.h"

#include "base/json.h"

static int read_source(struct store_reader *reader, const void *context, struct json_writer *json,
                       struct error *err)
{
    return store_read_source(reader, bytes_of(context), json, err);
}

static int read_sources(struct store_reader *reader, const void *context, struct json_writer *json,
                        struct error *err)
{
    (void)context;
    return store_read_sources(reader, json, err);
}

struct page {
    uint64_t before;
    uint32_t limit;
    uint64_t *ret_next;
};

static int read_deliveries(struct store_reader *reader, const void *context,
                           struct json_writer *json, struct error *err)
{
    const struct page *page = context;
    const struct store_delivery_filter filter = {.before = page->before};
    return store_read_deliveries(reader, &filter, page->limit, json, page->ret_next, err);
}

static struct json_object *partner(struct world *world)
{
    world_project(world);
    return world_answer(world, read_source, "partner");
}

static struct json_object *version_of(struct json_object *source, int64_t version)
{
    struct json_object *versions = json_object_object_get(source, "versions");
    for (size_t i = 0; i < json_object_array_length(versions); i++) {
        struct json_object *at = json_object_array_get_idx(versions, i);
        if (json_member_int(at, "version", -1) == version)
            return at;
    }
    fail_msg("version %d is not shown", (int)version);
    return NULL;
}

/* ---- rollout */

static void a_source_starts_as_its_release_declares(void **state)
{
    struct world *world = *state;
    JSON_AUTO *source = partner(world);
    assert_member(source, "id", "partner");
    assert_true(json_object_get_boolean(json_object_object_get(source, "present")));
    assert_member_int(source, "active", 1);
    assert_member_int(source, "candidate", 2);
    assert_member(source, "mode", "shadow");
    assert_member_null(source, "previous");
    assert_member_null(source, "percent");
    JSON_AUTO *all = world_answer(world, read_sources, NULL);
    assert_int_equal(json_object_array_length(all), 3);
    assert_member(json_object_array_get_idx(all, 0), "id", "csv");
    assert_member(json_object_array_get_idx(all, 0), "mode", "none");
}

static void people_switch_versions(void **state)
{
    struct world *world = *state;
    world_switch(world, CORE_SWITCH_CANARY, 3);
    JSON_AUTO *canary = partner(world);
    assert_member(canary, "mode", "canary");
    assert_member_int(canary, "candidate", 3);
    assert_member(canary, "percent", "25.0");
    assert_member(canary, "switched_by", "canary");
    assert_member(canary, "switched_at", "2023-11-14T22:13:20.000000Z");
    world_switch(world, CORE_SWITCH_PROMOTED, 0);
    JSON_AUTO *promoted = partner(world);
    assert_member_int(promoted, "active", 3);
    assert_member_int(promoted, "previous", 1);
    assert_member_null(promoted, "candidate");
    world_switch(world, CORE_SWITCH_ROLLED_BACK, 0);
    JSON_AUTO *back = partner(world);
    assert_member_int(back, "active", 1);
    assert_member(back, "switched_by", "rolled_back");
}

static void a_canary_that_breaks_is_given_up_and_its_window_shows(void **state)
{
    struct world *world = *state;
    world_switch(world, CORE_SWITCH_CANARY, 2);
    world_submit_read(world, "a@example.com", 2, NULL);
    JSON_AUTO *before = partner(world);
    struct json_object *window = json_object_object_get(before, "window");
    assert_member_int(window, "accepted", 1);
    assert_member_int(window, "refused", 0);
    assert_member(window, "ends_at", "2023-11-14T23:13:20.000000Z");
    world_refuse(world, "partner", 2, "/type at /email");
    JSON_AUTO *after = partner(world);
    assert_member(after, "mode", "none");
    assert_member(after, "switched_by", "fell_back");
    assert_value(world, "SELECT canary FROM dead_letters", "1");
}

static void what_people_switched_outlives_a_release_that_says_the_same(void **state)
{
    struct world *world = *state;
    world_switch(world, CORE_SWITCH_PROMOTED, 0);
    world_activate(world, "reps: [{id: cem}]\n", "pools: [{id: all, members: [cem]}]\n");
    JSON_AUTO *source = partner(world);
    assert_member_int(source, "active", 2);
    assert_value(world,
                 "SELECT declared_active || declared_candidate || declared_mode FROM "
                 "sources WHERE id = 'partner'",
                 "12shadow");
}

/* ---- counts */

static void each_version_counts_what_it_read(void **state)
{
    struct world *world = *state;
    world_submit_read(world, "a@example.com", 1, NULL);
    world_submit_read(world, "a@example.com", 1, NULL); /* known: a record all the same */
    world_submit_read(world, "b@example.com", 2, NULL);
    world_refuse(world, "partner", 2, "/type at /email");
    JSON_AUTO *source = partner(world);
    assert_member_int(version_of(source, 1), "accepted", 2);
    assert_member_int(version_of(source, 1), "refused", 0);
    assert_member_int(version_of(source, 2), "accepted", 1);
    assert_member_int(version_of(source, 2), "refused", 1);
    assert_member_int(source, "dead_letters", 1);
}

#define BROKEN                                                               \
    "{\"contract\":2,\"outcome\":\"refused\",\"pointer\":\"/people/3/age\"," \
    "\"rule\":\"/type\",\"message\":\"must be an integer\"}"

static void a_candidate_in_the_shadow_is_compared(void **state)
{
    struct world *world = *state;
    static const char *const shadows[] = {
        "{\"contract\":2,\"outcome\":\"same\"}",
        "{\"contract\":2,\"outcome\":\"same\"}",
        "{\"contract\":2,\"outcome\":\"differs\",\"fields\":[\"country\",\"phone\"]}",
        "{\"contract\":2,\"outcome\":\"differs\",\"fields\":[\"country\",\"phone\"]}",
        "{\"contract\":2,\"outcome\":\"accepted\"}",
        BROKEN,
    };
    for (size_t i = 0; i < sizeof shadows / sizeof *shadows; i++) {
        world_submit_read(world, NULL, 1, shadows[i]);
        world_project(world); /* a batch each */
    }
    world_submit_read(world, NULL, 1, BROKEN);
    JSON_AUTO *source = partner(world);
    struct json_object *version = version_of(source, 2);
    struct json_object *shadow = json_object_object_get(version, "shadow");
    assert_member_int(shadow, "same", 2);
    assert_member_int(shadow, "differs", 2);
    assert_member_int(shadow, "accepted", 1);
    assert_member_int(shadow, "refused", 2);
    struct json_object *differences = json_object_object_get(version, "differences");
    assert_int_equal(json_object_array_length(differences), 3);
    struct json_object *newest = json_object_array_get_idx(differences, 0);
    assert_member(newest, "outcome", "refused");
    assert_non_null(strstr(json_member_text(newest, "detail").data, "/people/-/age"));
    assert_member_int(newest, "count", 2);
    assert_value(world, "SELECT detail || count FROM shadow_differences WHERE outcome = 'differs'",
                 "country, phone2");
}

static void kinds_of_differences_are_bounded_and_none_is_uncounted(void **state)
{
    struct world *world = *state;
    for (int i = 0; i < 230; i++) {
        const char *shadow = arena_printf(
            &world->arena, "{\"contract\":2,\"outcome\":\"differs\",\"fields\":[\"f%d\"]}", i);
        world_submit_read(world, NULL, 1, shadow);
        if (i % 50 == 0)
            world_project(world);
    }
    world_submit_read(world, NULL, 1,
                      "{\"contract\":2,\"outcome\":\"differs\",\"fields\":[\"f3\"]}");
    world_project(world);
    assert_value(world, "SELECT count(*) || ' ' || sum(count) FROM shadow_differences", "201 231");
    assert_value(world, "SELECT count FROM shadow_differences WHERE detail = '(others)'", "30");
    assert_value(world, "SELECT count FROM shadow_differences WHERE detail = 'f3'", "2");
    struct hash256 here = world_digest(world), there = world_rebuild(world, 7);
    assert_same(&here, &there);
}

static void a_candidate_that_nobody_understands_is_damage(void **state)
{
    struct world *world = *state;
    world_submit_read(world, NULL, 1, "{\"contract\":2,\"outcome\":\"wondrous\"}");
    const struct core_event *event = &world->events[world->projected];
    struct error err = {0};
    assert_int_equal(store_apply(world->store, world->core, &event, 1, &err), ML_ECORRUPT);
    assert_non_null(strstr(err.message, "wondrous"));
}

/* ---- notices */

static void the_first_violation_of_a_kind_is_told_at_once_and_more_in_a_digest(void **state)
{
    struct world *world = *state;
    for (int i = 0; i < 3; i++)
        world_refuse(world, "partner", 1, "/type at /email");
    world_project(world);
    assert_value(world, "SELECT count(*) || group_concat(target) FROM deliveries",
                 "2https://partner.example/hook,mailto:it@partner.example");
    assert_value(world, "SELECT kind || count || examples FROM violations",
                 "/type at /email2[5,4,2]");
    world_pass(world, 6 * HOUR);
    world_project(world);
    uint64_t next;
    const struct page page = {.limit = 2, .ret_next = &next};
    JSON_AUTO *newest = world_answer(world, read_deliveries, &page);
    assert_int_equal(json_object_array_length(newest), 2);
    struct json_object *delivery = json_object_array_get_idx(newest, 0);
    assert_member(delivery, "purpose", "notice");
    assert_member(delivery, "event", "notice.due");
    assert_member(delivery, "subject", "partner");
    assert_member(delivery, "target", "mailto:it@partner.example");
    assert_member(delivery, "state", "unrouted"); /* there is no channel */
    const struct page rest = {.before = next, .limit = 2, .ret_next = &next};
    JSON_AUTO *older = world_answer(world, read_deliveries, &rest);
    assert_int_equal(json_object_array_length(older), 2);
    assert_int_equal(next, 0);
}

static void kinds_beyond_the_bound_are_told_as_others(void **state)
{
    struct world *world = *state;
    for (int i = 0; i < CORE_VIOLATIONS_MAX + 5; i++)
        world_refuse(world, "partner", 1, arena_printf(&world->arena, "/required at /field%d", i));
    world_project(world);
    assert_value(world, "SELECT count(*) FROM violations", "100");
    assert_value(world, "SELECT kind || count FROM violations ORDER BY position DESC LIMIT 1",
                 "other5");
    struct core *loaded = core_new();
    assert_int_equal(store_load_core(world->store, loaded, NULL), 0);
    struct hash256 live = core_digest(world->core), again = core_digest(loaded);
    core_free(loaded);
    assert_same(&live, &again);
}

static void a_source_that_never_was_is_not_found(void **state)
{
    struct buffer out;
    struct json_writer json;
    struct error err = {0};
    buffer_init(&out, 1024);
    json_begin(&json, &out);
    assert_int_equal(store_read_source(world_reader(*state), BYTES_LITERAL("gone"), &json, &err),
                     ML_ENOTFOUND);
    assert_non_null(strstr(err.message, "gone"));
    buffer_release(&out);
}

#define WORLD_TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(a_source_starts_as_its_release_declares),
        WORLD_TEST(people_switch_versions),
        WORLD_TEST(a_canary_that_breaks_is_given_up_and_its_window_shows),
        WORLD_TEST(what_people_switched_outlives_a_release_that_says_the_same),
        WORLD_TEST(each_version_counts_what_it_read),
        WORLD_TEST(a_candidate_in_the_shadow_is_compared),
        WORLD_TEST(kinds_of_differences_are_bounded_and_none_is_uncounted),
        WORLD_TEST(a_candidate_that_nobody_understands_is_damage),
        WORLD_TEST(the_first_violation_of_a_kind_is_told_at_once_and_more_in_a_digest),
        WORLD_TEST(kinds_beyond_the_bound_are_told_as_others),
        WORLD_TEST(a_source_that_never_was_is_not_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
