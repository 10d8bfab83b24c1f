/* Explanations: why this one, and for everybody else of the pools that were asked, why not. */
#include "core/driver.h"

#include "base/json.h"
#include "engine/explain.h"

static const char roomy[] = "defaults: {capacity: 10}\nreps: [{id: ana}, {id: ben}, {id: cem}]\n";
#define REST "  - {id: all, strategy: round_robin, members: [ana]}\n"

static struct driver *company(const char *people, const char *pools)
{
    struct driver *driver = driver_new_empty();
    struct policy_release *release = driver_release(people, pools);
    assert_int_equal(driver_activate(driver, release), CORE_OK);
    policy_release_unref(release);
    return driver;
}

/* What the members say about a lead from Germany that came now. */
static struct json_object *ask(struct driver *driver)
{
    struct policy_release *release = core_release(driver->core);
    struct cel_value values[POLICY_FIELDS_MAX] = {0};
    struct buffer text;
    struct json_writer json;
    struct json_object *tree;
    values[policy_field_find(&release->schema, BYTES_LITERAL("country"))] =
        cel_string(BYTES_LITERAL("DE"));
    const struct core_command command = {.type = CORE_SUBMIT,
                                         .time_us = driver->now_us,
                                         .submit = {.release = release, .values = values}};
    core_decide(driver->core, &command, core_seq(driver->core) + 1, &driver->decision);
    assert_int_equal(driver->decision.event_count, 2);
    buffer_init(&text, 1 << 20);
    json_begin(&json, &text);
    explain_write_members(driver->core, &driver->decision.events[1], &json);
    assert_int_equal(json_parse(buffer_bytes(&text), &tree, NULL), 0);
    buffer_release(&text);
    return tree;
}

static const char *why(struct json_object *members, const char *pool, const char *rep)
{
    for (size_t i = 0; i < json_object_array_length(members); i++) {
        struct json_object *member = json_object_array_get_idx(members, i);
        if (bytes_is(json_member_text(member, "pool"), pool) &&
            bytes_is(json_member_text(member, "rep"), rep))
            return json_member_text(member, "why").data;
    }
    return "is not listed";
}

static void a_rotation_has_a_next_one(void **state)
{
    (void)state;
    struct driver *driver = company(roomy, NULL);
    driver_submit(driver, NULL, "DE", NULL);
    JSON_AUTO *members = ask(driver);
    assert_string_equal(why(members, "dach", "ben"), "next in turn");
    assert_string_equal(why(members, "dach", "ana"), "not next in turn");
    assert_string_equal(why(members, "dach", "cem"), "is not listed");
    driver_free(driver);
}

static void loads_are_compared_in_numbers(void **state)
{
    (void)state;
    struct driver *driver = company(
        roomy, "pools:\n  - {id: dach, strategy: least_loaded, members: [ana, ben, cem]}\n" REST);
    for (int i = 0; i < 4; i++)
        driver_submit(driver, NULL, "DE", NULL);
    JSON_AUTO *members = ask(driver);
    assert_string_equal(why(members, "dach", "ben"), "least loaded: 1 of 10");
    assert_string_equal(why(members, "dach", "ana"), "more loaded: 2 of 10");
    assert_string_equal(why(members, "dach", "cem"),
                        "as loaded: 1 of 10, and had a lead more recently");
    driver_free(driver);
}

static void who_could_not_is_told_why(void **state)
{
    (void)state;
    struct driver *driver = company(
        "calendars: [{id: never, time_zone: UTC, hours: {mon: \"00:00-00:01\"},\n"
        "             closed: [\"2020-01-01/2090-01-01\"]}]\n"
        "defaults: {capacity: 10, calendar: always}\n"
        "reps: [{id: ana, calendar: never}, {id: ben}, {id: cem}, {id: dia, capacity: {open: 9,"
        " per_hour: 1}}, {id: eva}]\n",
        "pools:\n  - {id: dach, strategy: round_robin, members: [ana, ben, cem, dia, eva]}\n" REST);
    driver_set_rep(driver, "ben", 0, -1);
    driver_set_rep(driver, "cem", -1, 0);
    driver_submit(driver, NULL, "DE", NULL);
    driver_submit(driver, NULL, "DE", NULL);
    JSON_AUTO *members = ask(driver);
    assert_string_equal(why(members, "dach", "ana"), "on a holiday");
    assert_string_equal(why(members, "dach", "ben"), "set away by hand");
    assert_string_equal(why(members, "dach", "cem"), "at capacity: 0 of 0");
    assert_string_equal(why(members, "dach", "dia"), "had 1 of 1 new leads this hour");
    assert_string_equal(why(members, "dach", "eva"), "next in turn");
    driver_free(driver);
}

static void overflow_lists_both_pools(void **state)
{
    (void)state;
    struct driver *driver = company(
        roomy, "pools:\n  - {id: dach, strategy: round_robin, members: [ana], overflow: all}\n"
               "  - {id: all, strategy: round_robin, members: [ana, ben, cem]}\n");
    driver_set_rep(driver, "ana", 0, -1);
    JSON_AUTO *members = ask(driver);
    assert_string_equal(why(members, "dach", "ana"), "set away by hand");
    assert_string_equal(why(members, "all", "ana"), "set away by hand");
    assert_string_equal(why(members, "all", "ben"), "next in turn");
    assert_int_equal(json_object_array_length(members), 4);
    driver_free(driver);
}

static void those_on_call_are_asked_in_order(void **state)
{
    (void)state;
    struct driver *driver = company(
        roomy, "pools:\n  - {id: dach, strategy: round_robin, members: [ana], off_duty: on_call,"
               " on_call: [ana, ben, cem]}\n" REST);
    driver_set_rep(driver, "ana", 0, -1);
    JSON_AUTO *members = ask(driver);
    assert_string_equal(why(members, "dach", "ben"), "on call, the first who could be asked");
    assert_string_equal(why(members, "dach", "cem"), "on call, behind ben");
    driver_free(driver);
}

static void tiers_are_told_apart(void **state)
{
    (void)state;
    struct driver *driver = company(
        roomy, "pools:\n  - {id: dach, strategy: score_ordered, tiers: [{name: top, min_score: "
               "100}, {name: low}], members: [{rep: ana, tier: top}, {rep: ben, tier: low},"
               " {rep: cem, tier: low}]}\n" REST);
    driver_submit(driver, NULL, "DE", NULL);
    JSON_AUTO *members = ask(driver);
    assert_string_equal(why(members, "dach", "ana"), "of another tier than this score asks for");
    assert_string_equal(why(members, "dach", "ben"), "had a lead more recently");
    assert_string_equal(why(members, "dach", "cem"), "waited longest in the tier for this score");
    driver_free(driver);
}

static void nobody_is_chosen_for_a_lead_that_waits(void **state)
{
    (void)state;
    struct driver *driver = company(roomy, NULL);
    driver_set_rep(driver, "ana", 0, -1);
    driver_set_rep(driver, "ben", 0, -1);
    JSON_AUTO *members = ask(driver);
    assert_int_equal(json_object_array_length(members), 2);
    for (size_t i = 0; i < 2; i++)
        assert_null(json_object_object_get(json_object_array_get_idx(members, i), "chosen"));
    driver_free(driver);
}

/* ---- the lead */

static void classes_and_routes_are_tried_up_to_the_one_that_matched(void **state)
{
    (void)state;
    struct driver *driver = company(roomy, NULL);
    const struct policy_release *release = core_release(driver->core);
    struct cel_value values[POLICY_FIELDS_MAX] = {0};
    struct buffer text;
    struct json_writer json;
    values[policy_field_find(&release->schema, BYTES_LITERAL("country"))] =
        cel_string(BYTES_LITERAL("AT"));
    values[policy_field_find(&release->schema, BYTES_LITERAL("employees"))] = cel_int(7);
    const struct explain_lead lead = {
        .release = release,
        .active = true,
        .subject = {.values = values, .time_us = driver->now_us},
    };
    buffer_init(&text, 1 << 20);
    json_begin(&json, &text);
    json_object_open(&json);
    explain_write_lead(&lead, &driver->arena, &json);
    json_object_close(&json);
    JSON_AUTO *tree = NULL;
    assert_int_equal(json_parse(buffer_bytes(&text), &tree, NULL), 0);
    struct json_object *classes = json_object_object_get(tree, "classes");
    struct json_object *routes = json_object_object_get(tree, "routes");
    assert_int_equal(json_object_array_length(classes), 2);
    assert_string_equal(json_member_text(json_object_array_get_idx(classes, 0), "outcome").data,
                        "failed"); /* form is absent */
    assert_string_equal(json_member_text(json_object_array_get_idx(classes, 1), "outcome").data,
                        "matched");
    assert_int_equal(json_object_array_length(routes), 2);
    assert_string_equal(json_member_text(json_object_array_get_idx(routes, 0), "outcome").data,
                        "false");
    assert_string_equal(json_member_text(json_object_array_get_idx(routes, 1), "pool").data,
                        "dach");
    struct json_object *score = json_object_object_get(tree, "score");
    struct json_object *parts = json_object_object_get(score, "values");
    assert_int_equal(json_member_int(score, "value", 0), 14);
    assert_int_equal(json_object_array_length(parts), 1);
    assert_string_equal(json_member_text(json_object_array_get_idx(parts, 0), "expression").data,
                        "lead.employees");
    assert_string_equal(json_member_text(json_object_array_get_idx(parts, 0), "value").data, "7");
    struct json_object *told =
        json_object_object_get(json_object_array_get_idx(routes, 0), "values");
    assert_string_equal(json_member_text(json_object_array_get_idx(told, 0), "expression").data,
                        "lead.employees > 1000");
    assert_string_equal(json_member_text(json_object_array_get_idx(told, 1), "value").data, "7");
    buffer_release(&text);
    driver_free(driver);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rotation_has_a_next_one),
        cmocka_unit_test(loads_are_compared_in_numbers),
        cmocka_unit_test(who_could_not_is_told_why),
        cmocka_unit_test(overflow_lists_both_pools),
        cmocka_unit_test(those_on_call_are_asked_in_order),
        cmocka_unit_test(tiers_are_told_apart),
        cmocka_unit_test(nobody_is_chosen_for_a_lead_that_waits),
        cmocka_unit_test(classes_and_routes_are_tried_up_to_the_one_that_matched),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
