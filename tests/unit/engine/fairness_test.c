/* The fairness report: who should have had what, and why not. Checked by hand on small stories, and
 * against a slow account that looks at every member at every assignment on long ones. */
#include "core/driver.h"

#include "base/json.h"
#include "engine/fairness.h"

#include <math.h>
#include <stdlib.h>

static const char calendared[] =
    "calendars: [{id: never, time_zone: UTC, hours: {mon: \"00:00-00:01\"},\n"
    "             closed: [\"2020-01-01/2090-01-01\"]}]\n"
    "defaults: {capacity: 100, calendar: always}\nreps:\n"
    "  - {id: ana}\n  - {id: ben}\n  - {id: cem, calendar: never}\n";

static const char roomy[] = "defaults: {capacity: 100}\nreps: [{id: ana}, {id: ben}, {id: cem}]\n";

/* ---- walking the events that the driver kept */

typedef void (*observer)(void *context, const struct core *core, const struct core_event *event);

static void walk(const struct driver *driver, struct fairness *fairness, observer also,
                 void *context)
{
    struct core *core = core_new();
    struct arena arena;
    arena_init(&arena);
    int code = 0;
    for (size_t i = 0; i < driver->count && code == 0; i++) {
        const struct driver_event *kept = &driver->events[i];
        struct core_event event;
        const struct core_record stored = {i + 1, kept->time_us,
                                           bytes_of(core_event_type_name(kept->type)),
                                           bytes_of(kept->subject), bytes_of(kept->data)};
        assert_int_equal(core_event_decode(core, &stored, &arena, &event, NULL), 0);
        code = fairness_observe(fairness, core, &event, NULL);
        if (also != NULL && code == 0)
            also(context, core, &event);
        core_apply(core, &event);
        core_event_dispose(&event);
    }
    if (code == 0)
        assert_int_equal(fairness_observe(fairness, core, NULL, NULL), 0);
    arena_release(&arena);
    core_free(core);
}

static struct json_object *report(const struct driver *driver,
                                  const struct fairness_options *options, observer also,
                                  void *context)
{
    struct fairness *fairness = fairness_new(options);
    struct buffer text;
    struct json_writer json;
    struct json_object *tree;
    walk(driver, fairness, also, context);
    buffer_init(&text, 1 << 20);
    json_begin(&json, &text);
    assert_int_equal(fairness_write(fairness, &json, NULL), 0);
    assert_int_equal(json_parse(buffer_bytes(&text), &tree, NULL), 0);
    buffer_release(&text);
    fairness_free(fairness);
    return tree;
}

static struct json_object *member_of(struct json_object *tree, const char *pool, const char *rep)
{
    struct json_object *pools = json_object_object_get(tree, "pools");
    for (size_t i = 0; i < json_object_array_length(pools); i++) {
        struct json_object *entry = json_object_array_get_idx(pools, i);
        struct json_object *members = json_object_object_get(entry, "members");
        if (!bytes_is(json_member_text(entry, "pool"), pool))
            continue;
        for (size_t m = 0; m < json_object_array_length(members); m++)
            if (bytes_is(json_member_text(json_object_array_get_idx(members, m), "rep"), rep))
                return json_object_array_get_idx(members, m);
    }
    fail_msg("%s is not in pool %s of %s", rep, pool, json_object_to_json_string(tree));
    return NULL;
}

static double number(struct json_object *object, const char *name)
{
    return json_object_get_double(json_object_object_get(object, name));
}

static void assert_number(struct json_object *object, const char *name, double expected)
{
    if (fabs(number(object, name) - expected) > 1e-5)
        fail_msg("%s is %g, expected %g: %s", name, number(object, name), expected,
                 json_object_to_json_string(object));
}

static void assert_adds_up(struct json_object *tree)
{
    struct json_object *pools = json_object_object_get(tree, "pools");
    for (size_t i = 0; i < json_object_array_length(pools); i++) {
        struct json_object *members =
            json_object_object_get(json_object_array_get_idx(pools, i), "members");
        for (size_t m = 0; m < json_object_array_length(members); m++) {
            struct json_object *member = json_object_array_get_idx(members, m);
            assert_number(member, "had",
                          number(member, "fair") - number(member, "missed") +
                              number(member, "gained") + number(member, "strategy"));
        }
    }
}

static struct driver *company(const char *people, const char *pools)
{
    struct driver *driver = driver_new_empty();
    struct policy_release *release = driver_release(people, pools);
    assert_int_equal(driver_activate(driver, release), CORE_OK);
    policy_release_unref(release);
    return driver;
}

static const struct fairness_options everything;

/* ---- stories */

static void equal_turns_are_as_they_should_be(void **state)
{
    (void)state;
    struct driver *driver = company(roomy, NULL);
    for (int i = 0; i < 10; i++)
        driver_submit(driver, NULL, "DE", NULL);
    JSON_AUTO *tree = report(driver, &everything, NULL, NULL);
    struct json_object *ana = member_of(tree, "dach", "ana");
    assert_number(ana, "had", 5);
    assert_number(ana, "fair", 5);
    assert_number(ana, "missed", 0);
    assert_string_equal(json_member_text(ana, "reason").data, "as it should be");
    assert_int_equal(json_member_int(tree, "assigned", 0), 10);
    driver_free(driver);
}

static void who_was_away_missed_and_the_others_gained(void **state)
{
    (void)state;
    struct driver *driver = company(roomy, NULL);
    driver_submit(driver, NULL, "DE", NULL);
    driver_submit(driver, NULL, "DE", NULL);
    driver_set_rep(driver, "ana", 0, -1);
    for (int i = 0; i < 6; i++)
        driver_submit(driver, NULL, "DE", NULL);
    JSON_AUTO *tree = report(driver, &everything, NULL, NULL);
    struct json_object *ana = member_of(tree, "dach", "ana"), *ben = member_of(tree, "dach", "ben");
    assert_number(ana, "had", 1);
    assert_number(ana, "fair", 4);
    assert_number(ana, "missed", 3);
    assert_number(json_object_object_get(ana, "missed_by"), "away", 3);
    assert_string_equal(json_member_text(ana, "reason").data, "3.0 fewer: away (3.0)");
    assert_number(ben, "had", 7);
    assert_number(ben, "gained", 3);
    assert_string_equal(json_member_text(ben, "reason").data,
                        "3.0 more: others could take none (3.0)");
    driver_free(driver);
}

static void a_holiday_is_a_reason_of_its_own(void **state)
{
    (void)state;
    struct driver *driver =
        company(calendared, "pools:\n  - {id: dach, strategy: round_robin, members: [ana, cem]}\n"
                            "  - {id: all, strategy: round_robin, members: [ben]}\n");
    for (int i = 0; i < 4; i++)
        driver_submit(driver, NULL, "DE", NULL);
    JSON_AUTO *tree = report(driver, &everything, NULL, NULL);
    struct json_object *cem = member_of(tree, "dach", "cem");
    assert_number(cem, "fair", 2);
    assert_number(json_object_object_get(cem, "missed_by"), "holiday", 2);
    assert_string_equal(json_member_text(cem, "reason").data, "2.0 fewer: on a holiday (2.0)");
    assert_adds_up(tree);
    driver_free(driver);
}

static void a_weight_is_a_larger_share(void **state)
{
    (void)state;
    struct driver *driver =
        company(roomy, "pools:\n  - {id: dach, strategy: weighted, members: [{rep: ana, weight: 3},"
                       " ben]}\n  - {id: all, strategy: round_robin, members: [cem]}\n");
    for (int i = 0; i < 8; i++)
        driver_submit(driver, NULL, "DE", NULL);
    JSON_AUTO *tree = report(driver, &everything, NULL, NULL);
    assert_number(member_of(tree, "dach", "ana"), "fair", 6);
    assert_number(member_of(tree, "dach", "ana"), "had", 6);
    assert_number(member_of(tree, "dach", "ben"), "fair", 2);
    driver_free(driver);
}

static void the_least_loaded_share_by_capacity(void **state)
{
    (void)state;
    struct driver *driver =
        company("reps: [{id: ana, capacity: 30}, {id: ben, capacity: 10}, {id: cem}]\n"
                "defaults: {capacity: 5}\n",
                "pools:\n  - {id: dach, strategy: least_loaded, members: [ana, ben]}\n"
                "  - {id: all, strategy: round_robin, members: [cem]}\n");
    for (int i = 0; i < 16; i++)
        driver_submit(driver, NULL, "DE", NULL);
    JSON_AUTO *tree = report(driver, &everything, NULL, NULL);
    assert_number(member_of(tree, "dach", "ana"), "fair", 12);
    assert_number(member_of(tree, "dach", "ana"), "had", 12);
    driver_free(driver);
}

static void who_has_work_from_elsewhere_gets_less_of_the_least_loaded(void **state)
{
    (void)state;
    struct driver *driver =
        company(roomy, "pools:\n  - {id: dach, strategy: round_robin, members: [ana]}\n"
                       "  - {id: all, strategy: least_loaded, members: [ana, ben]}\n");
    for (int i = 0; i < 4; i++)
        driver_submit(driver, NULL, "DE", NULL);
    for (int i = 0; i < 4; i++)
        driver_submit(driver, NULL, "FR", NULL);
    JSON_AUTO *tree = report(driver, &everything, NULL, NULL);
    assert_string_equal(json_member_text(member_of(tree, "all", "ana"), "reason").data,
                        "2.0 fewer: more loaded than the others (2.0)");
    assert_string_equal(json_member_text(member_of(tree, "all", "ben"), "reason").data,
                        "2.0 more: less loaded than the others (2.0)");
    driver_free(driver);
}

static void a_tier_shares_what_its_scores_entitle_to(void **state)
{
    (void)state;
    struct driver *driver = company(
        roomy, "pools:\n  - {id: dach, strategy: score_ordered, tiers: [{name: top, min_score: "
               "100}, {name: low}], members: [{rep: ana, tier: top}, {rep: ben, tier: low},"
               " {rep: cem, tier: low}]}\n  - {id: all, strategy: round_robin, members: [cem]}\n");
    for (int i = 0; i < 4; i++) {
        driver_submit_sized(driver, NULL, "DE", NULL, 60); /* score 120 */
        driver_submit_sized(driver, NULL, "DE", NULL, 10);
    }
    driver_set_rep(driver, "ana", 0, -1);
    driver_submit_sized(driver, NULL, "DE", NULL, 60); /* goes down a tier */
    JSON_AUTO *tree = report(driver, &everything, NULL, NULL);
    struct json_object *ana = member_of(tree, "dach", "ana"), *ben = member_of(tree, "dach", "ben");
    assert_number(ana, "fair", 5);
    assert_number(ana, "missed", 1);
    assert_number(ben, "fair", 2);
    assert_number(ben, "gained", 0.5);
    assert_adds_up(tree);
    driver_free(driver);
}

static void work_by_hand_and_routes_to_a_rep_do_not_count(void **state)
{
    (void)state;
    struct driver *driver = company(roomy, NULL);
    uint64_t lead = driver_submit(driver, NULL, "DE", NULL);
    driver_assign(driver, lead, "cem");
    driver_submit_sized(driver, NULL, "FR", NULL, 5000); /* route `big`, to cem */
    JSON_AUTO *tree = report(driver, &everything, NULL, NULL);
    assert_int_equal(json_member_int(tree, "assigned", 0), 1);
    assert_number(member_of(tree, "all", "cem"), "had", 0);
    driver_free(driver);
}

static void a_window_counts_only_what_is_in_it(void **state)
{
    (void)state;
    struct driver *driver = company(roomy, NULL);
    driver_set_rep(driver, "ana", 0, -1); /* known although it is before the window */
    driver_submit(driver, NULL, "DE", NULL);
    driver->now_us += 60 * SECOND;
    struct fairness_options options = {.from_us = driver->now_us, .to_us = driver->now_us + SECOND};
    driver_submit(driver, NULL, "DE", NULL);
    driver_submit(driver, NULL, "DE", NULL);
    driver->now_us += SECOND;
    driver_submit(driver, NULL, "DE", NULL);
    JSON_AUTO *tree = report(driver, &options, NULL, NULL);
    assert_int_equal(json_member_int(tree, "assigned", 0), 2);
    assert_number(member_of(tree, "dach", "ana"), "missed", 1);
    driver_free(driver);
}

static void a_pool_that_never_was_is_an_error(void **state)
{
    (void)state;
    struct driver *driver = company(roomy, NULL);
    const struct fairness_options options = {.pool = BYTES_LITERAL("dahc")};
    struct fairness *fairness = fairness_new(&options);
    struct buffer text;
    struct json_writer json;
    struct error err;
    walk(driver, fairness, NULL, NULL);
    buffer_init(&text, 1 << 20);
    json_begin(&json, &text);
    assert_int_equal(fairness_write(fairness, &json, &err), ML_ENOTFOUND);
    assert_non_null(strstr(err.message, "dahc"));
    buffer_release(&text);
    fairness_free(fairness);
    driver_free(driver);
}

/* ---- the slow account */

struct slow {
    double fair[3], missed[3], gained[3], had[3];
};

static void look_at_everybody(void *context, const struct core *core,
                              const struct core_event *event)
{
    struct slow *slow = context;
    if (event->type != CORE_LEAD_ASSIGNED || event->placed.cause == CORE_CAUSE_MANUAL ||
        event->placed.pool == CORE_NONE ||
        strcmp(core_pool_id(core, event->placed.pool), "dach") != 0)
        return;
    double all = 0, open = 0;
    uint32_t pool = event->placed.pool, count = core_member_count(core, pool);
    for (uint32_t i = 0; i < count; i++) {
        const struct core_member member = core_member_at(core, pool, i);
        double weight = core_rep_at(core, member.rep)->capacity;
        all += weight;
        open += member.readiness == CORE_REP_OPEN ? weight : 0;
    }
    slow->had[event->placed.rep]++;
    for (uint32_t i = 0; i < count; i++) {
        const struct core_member member = core_member_at(core, pool, i);
        double weight = core_rep_at(core, member.rep)->capacity;
        double fair = all > 0 ? weight / all : 0;
        slow->fair[member.rep] += fair;
        if (member.readiness != CORE_REP_OPEN)
            slow->missed[member.rep] += fair;
        else if (open > 0)
            slow->gained[member.rep] += weight / open - fair;
    }
}

static void live_a_little(struct driver *driver, unsigned *seed)
{
    static const char *const reps[] = {"ana", "ben", "cem"};
    const char *rep = reps[rand_r(seed) % 3];
    uint64_t lead = 1 + (uint64_t)rand_r(seed) % core_seq(driver->core);
    switch (rand_r(seed) % 8) {
    case 0: driver_set_rep(driver, rep, rand_r(seed) % 2, -1); break;
    case 1: driver_set_rep(driver, rep, -1, rand_r(seed) % 12); break;
    case 2: driver_outcome(driver, lead, rand_r(seed) % 2 == 0); break;
    case 3: driver_hand_back(driver, lead); break;
    case 4: driver_assign(driver, lead, rep); break;
    default: driver_submit(driver, NULL, "DE", NULL); break;
    }
    driver_pass(driver, (rand_r(seed) % 120) * SECOND);
}

static void it_agrees_with_looking_at_everybody(void **state)
{
    (void)state;
    static const char *const reps[] = {"ana", "ben", "cem"};
    for (unsigned round = 1; round <= 5; round++) {
        unsigned seed = round;
        struct slow slow = {0};
        struct driver *driver = company(
            roomy, "pools:\n  - {id: dach, strategy: least_loaded, members: [ana, ben, cem]}\n"
                   "  - {id: all, strategy: round_robin, members: [ana]}\n");
        for (int i = 0; i < 300 && driver->count < DRIVER_EVENTS_MAX - 100; i++)
            live_a_little(driver, &seed);
        JSON_AUTO *tree = report(driver, &everything, look_at_everybody, &slow);
        for (uint32_t i = 0; i < 3; i++) {
            struct json_object *member = member_of(tree, "dach", reps[i]);
            uint32_t rep = core_rep_find(driver->core, bytes_of(reps[i]));
            assert_number(member, "had", slow.had[rep]);
            assert_number(member, "fair", slow.fair[rep]);
            assert_number(member, "missed", slow.missed[rep]);
            assert_number(member, "gained", slow.gained[rep]);
        }
        assert_adds_up(tree);
        driver_free(driver);
    }
}

static void a_new_release_settles_the_old_accounts(void **state)
{
    (void)state;
    struct driver *driver = company(roomy, NULL);
    for (int i = 0; i < 4; i++)
        driver_submit(driver, NULL, "DE", NULL);
    struct policy_release *release =
        driver_release(roomy, "pools:\n  - {id: dach, strategy: round_robin, members: [ben, cem]}\n"
                              "  - {id: all, strategy: round_robin, members: [ana]}\n");
    assert_int_equal(driver_activate(driver, release), CORE_OK);
    policy_release_unref(release);
    for (int i = 0; i < 4; i++)
        driver_submit(driver, NULL, "DE", NULL);
    JSON_AUTO *tree = report(driver, &everything, NULL, NULL);
    assert_number(member_of(tree, "dach", "ana"), "fair", 2);
    assert_number(member_of(tree, "dach", "ben"), "fair", 4);
    assert_number(member_of(tree, "dach", "cem"), "fair", 2);
    assert_false(
        json_object_get_boolean(json_object_object_get(member_of(tree, "dach", "ana"), "member")));
    assert_adds_up(tree);
    driver_free(driver);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_turns_are_as_they_should_be),
        cmocka_unit_test(who_was_away_missed_and_the_others_gained),
        cmocka_unit_test(a_holiday_is_a_reason_of_its_own),
        cmocka_unit_test(a_weight_is_a_larger_share),
        cmocka_unit_test(the_least_loaded_share_by_capacity),
        cmocka_unit_test(who_has_work_from_elsewhere_gets_less_of_the_least_loaded),
        cmocka_unit_test(a_tier_shares_what_its_scores_entitle_to),
        cmocka_unit_test(work_by_hand_and_routes_to_a_rep_do_not_count),
        cmocka_unit_test(a_window_counts_only_what_is_in_it),
        cmocka_unit_test(a_pool_that_never_was_is_an_error),
        cmocka_unit_test(it_agrees_with_looking_at_everybody),
        cmocka_unit_test(a_new_release_settles_the_old_accounts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
