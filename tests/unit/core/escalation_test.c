/* Ladders: what happens, and when, while a promise about a lead is in danger; acknowledgement,
 * enrichment, and that nothing is ever forgotten. */
#include "driver.h"

#include "base/time.h"

#include <stdio.h>

#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

static const char people[] = "defaults: {capacity: 50}\n"
                             "teams:\n  - {id: sales, manager: cem}\n  - {id: desk}\n"
                             "reps:\n  - {id: ana, team: sales}\n  - {id: ben, team: sales}\n"
                             "  - {id: cem, team: desk}\n  - {id: dora}\n";
static const char pools[] = "pools:\n"
                            "  - {id: first, strategy: round_robin, members: [ana, ben]}\n"
                            "  - {id: second, strategy: round_robin, members: [cem, dora],"
                            " team: desk, overflow: third}\n"
                            "  - {id: third, strategy: round_robin, members: [dora]}\n";

/* A lead in pool `first`, contact promised within an hour; `ladder` and more lines of the pipeline.
 */
static struct driver *climbing(const char *ladder, const char *more)
{
    char pipeline[2048];
    snprintf(pipeline, sizeof pipeline,
             "pipeline: inbound\nowner: ops\n%s"
             "classes:\n  - {name: standard, objectives: {assigned: 5m, contacted: 1h}}\n"
             "score: 'has(lead.employees) ? lead.employees : 0'\n"
             "escalation: [%s]\n"
             "routes:\n  - {name: everyone, to: {pool: first}}\n",
             more, ladder);
    struct driver *d = driver_new_empty();
    struct policy_release *release = driver_release_of(people, pools, pipeline);
    assert_int_equal(driver_activate(d, release), CORE_OK);
    policy_release_unref(release);
    return d;
}

static void finish(struct driver *d)
{
    driver_check_replay(d);
    driver_free(d);
}

/* What ladders did: "remind@30 notify@60", in minutes since `from_us`. */
static const char *climbed(const struct driver *d, int64_t from_us)
{
    static char text[1024];
    size_t size = 0;
    text[0] = '\0';
    for (size_t i = 0; i < d->count; i++) {
        struct json_object *event;
        if (d->events[i].type != CORE_LEAD_ESCALATED)
            continue;
        assert_int_equal(json_parse(bytes_of(d->events[i].data), &event, NULL), 0);
        const struct bytes action = json_member_text(event, "action");
        size += (size_t)snprintf(text + size, sizeof text - size, "%s%.*s@%lld",
                                 size > 0 ? " " : "", BYTES_ARG(action),
                                 (long long)((d->events[i].time_us - from_us) / MINUTE));
        json_object_put(event);
    }
    return text;
}

#define WHOLE_LADDER                                                                             \
    "{at: 50%, do: remind}, {at: 80%, do: notify}, {after: 0s, do: take_back},"                  \
    " {after: 30m, do: overflow, pool: second}, {after: 2h, do: exception, team: desk, within: " \
    "1d}"

static void a_ladder_is_climbed_step_by_step(void **state)
{
    (void)state;
    struct driver *d = climbing(WHOLE_LADDER, "");
    int64_t from_us = d->now_us;
    uint64_t lead = driver_submit(d, "jo@x.example", NULL, NULL);
    assert_string_equal(driver_owner(d, lead), "ana");
    driver_pass(d, HOUR);
    assert_string_equal(driver_owner(d, lead), "ben");
    driver_pass(d, 30 * MINUTE);
    assert_string_equal(driver_owner(d, lead), "cem");
    driver_pass(d, 90 * MINUTE);
    assert_int_equal(core_lead_find(d->core, lead)->place, CORE_PLACE_EXCEPTION);
    assert_string_equal(climbed(d, from_us),
                        "remind@30 notify@48 take_back@60 overflow@90 exception@180");
    assert_int_equal(driver_count(d, CORE_LEAD_LATE), 1);

    struct json_object *event = driver_newest(d, CORE_LEAD_EXCEPTED);
    assert_true(bytes_is(json_member_text(event, "kind"), "objective_late"));
    assert_true(bytes_is(json_member_text(event, "team"), "desk"));
    assert_true(bytes_is(json_member_text(event, "cause"), "escalated"));
    json_object_put(event);
    finish(d);
}

static void no_step_is_taken_twice_whoever_has_the_lead(void **state)
{
    (void)state;
    struct driver *d = climbing("{at: 50%, do: remind}, {at: 80%, do: notify}", "");
    int64_t from_us = d->now_us;
    uint64_t lead = driver_submit(d, "jo@x.example", NULL, NULL);
    driver_pass(d, 31 * MINUTE);
    driver_hand_back(d, lead);
    driver_assign(d, lead, "dora");
    driver_assign(d, lead, "ana");
    driver_pass(d, 29 * MINUTE);
    assert_string_equal(climbed(d, from_us), "remind@30 notify@48");
    finish(d);
}

static void contact_ends_the_ladder(void **state)
{
    (void)state;
    struct driver *d = climbing(WHOLE_LADDER, "");
    int64_t from_us = d->now_us;
    uint64_t lead = driver_submit(d, "jo@x.example", NULL, NULL);
    driver_pass(d, 40 * MINUTE);
    driver_contact(d, lead);
    driver_pass(d, 10 * HOUR);
    assert_string_equal(climbed(d, from_us), "remind@30");
    assert_int_equal(driver_count(d, CORE_LEAD_LATE), 0);
    finish(d);
}

static void the_manager_of_the_owners_team_is_notified(void **state)
{
    (void)state;
    struct driver *d = climbing("{at: 80%, do: notify}, {after: 0s, do: notify, team: desk}", "");
    driver_submit(d, "jo@x.example", NULL, NULL);
    driver_pass(d, 50 * MINUTE);
    struct json_object *event = driver_newest(d, CORE_LEAD_ESCALATED);
    assert_true(bytes_is(json_member_text(event, "rep"), "ana"));
    assert_true(bytes_is(json_member_text(event, "team"), "sales"));
    assert_true(bytes_is(json_member_text(event, "manager"), "cem"));
    json_object_put(event);
    driver_pass(d, 10 * MINUTE);
    event = driver_newest(d, CORE_LEAD_ESCALATED);
    assert_true(bytes_is(json_member_text(event, "team"), "desk"));
    assert_int_equal(json_member_text(event, "manager").size, 0); /* it has none */
    json_object_put(event);
    finish(d);
}

static void a_step_that_cannot_apply_is_left_out(void **state)
{
    (void)state;
    /* Pool `first` overflows into nothing, and who waits has no owner. */
    struct driver *d = climbing("{objective: assigned, at: 50%, do: notify},"
                                " {objective: assigned, after: 1m, do: overflow},"
                                " {objective: assigned, after: 5m, do: overflow, pool: second},"
                                " {at: 50%, do: remind}",
                                "");
    driver_set_rep(d, "ana", 0, -1);
    driver_set_rep(d, "ben", 0, -1);
    int64_t from_us = d->now_us;
    uint64_t lead = driver_submit(d, "jo@x.example", NULL, NULL);
    driver_pass(d, 10 * MINUTE);
    assert_string_equal(climbed(d, from_us), "notify@2 overflow@10");
    assert_string_equal(driver_owner(d, lead), "cem");
    struct json_object *event = driver_newest(d, CORE_LEAD_ESCALATED);
    assert_int_equal(json_member_int(event, "step", 0), 2);
    json_object_put(event);
    finish(d);
}

static void a_newer_release_may_take_a_step_away_but_hastens_none(void **state)
{
    (void)state;
    struct driver *d = climbing("{after: 10m, do: overflow, pool: second},"
                                " {after: 1h, do: exception, team: desk}",
                                "");
    int64_t from_us = d->now_us;
    uint64_t lead = driver_submit(d, "jo@x.example", NULL, NULL);
    struct policy_release *after = driver_release_of(
        people, "pools:\n  - {id: first, strategy: round_robin, members: [ana, ben]}\n",
        "pipeline: inbound\nowner: ops\nclasses:\n  - {name: standard}\n"
        "routes:\n  - {name: everyone, to: {pool: first}}\n");
    driver_pass(d, 65 * MINUTE); /* the timer is set for the first step by then */
    driver_activate(d, after);
    policy_release_unref(after);
    driver_pass(d, 55 * MINUTE - 1);
    assert_int_equal(core_lead_find(d->core, lead)->place, CORE_PLACE_OWNED);
    driver_pass(d, 1);
    assert_string_equal(climbed(d, from_us), "remind@70 exception@120");
    finish(d);
}

static void a_step_may_wait_until_somebody_is_on_duty(void **state)
{
    (void)state;
    static const char office[] =
        "calendars:\n  - {id: office, time_zone: UTC,"
        " hours: {daily: '09:00-17:00'}}\n"
        "reps:\n  - {id: ana, calendar: office}\n  - {id: ben, calendar: always}\n";
    static const char pipeline[] = "pipeline: inbound\nowner: ops\nclasses:\n"
                                   "  - {name: standard, objectives: {contacted: 1h}}\n"
                                   "escalation: [{at: 50%, do: remind, on_duty: true},"
                                   " {at: 80%, do: notify}]\n"
                                   "routes:\n  - {name: everyone, to: {pool: all}}\n";
    struct driver *d = driver_new_empty();
    struct policy_release *release = driver_release_of(
        office, "pools:\n  - {id: all, strategy: round_robin, members: [ana]}\n", pipeline);
    /* 22:13:20 UTC: the lead waits until nine, and is late by then. */
    driver_activate(d, release);
    policy_release_unref(release);
    int64_t night_us = d->now_us;
    uint64_t lead = driver_submit(d, "jo@x.example", NULL, NULL);
    driver_assign(d, lead, "ana"); /* a person may */
    driver_pass(d, 2 * HOUR);
    assert_int_equal(driver_count(d, CORE_LEAD_ESCALATED), 0);
    assert_int_equal(driver_count(d, CORE_LEAD_LATE), 1);
    driver_pass(d, 9 * HOUR);
    assert_string_equal(climbed(d, night_us), "remind@646 notify@646");
    struct json_object *event = driver_newest(d, CORE_LEAD_ESCALATED);
    assert_int_equal(json_member_time_us(event, "planned_at"), night_us + 48 * MINUTE);
    json_object_put(event);
    finish(d);
}

static void who_gets_a_late_lead_has_a_moment_to_act(void **state)
{
    (void)state;
    struct driver *d = climbing("{after: 10m, do: take_back}", "");
    int64_t from_us = d->now_us;
    driver_set_rep(d, "ana", 0, -1);
    driver_set_rep(d, "ben", 0, -1);
    uint64_t lead = driver_submit(d, "jo@x.example", NULL, NULL);
    driver_pass(d, 3 * HOUR);
    driver_set_rep(d, "ana", 1, -1);
    assert_string_equal(driver_owner(d, lead), "ana");
    driver_pass(d, 10 * MINUTE - 1);
    assert_string_equal(climbed(d, from_us), "");
    driver_pass(d, 1);
    assert_string_equal(climbed(d, from_us), "take_back@190");
    finish(d);
}

static void a_month_later_every_step_is_taken_once_and_in_order(void **state)
{
    (void)state;
    struct driver *d = climbing(WHOLE_LADDER, "");
    driver_submit(d, "jo@x.example", NULL, NULL);
    int64_t from_us = d->now_us += 30 * DAY; /* the clock jumps */
    driver_tick(d);
    assert_int_equal(driver_count(d, CORE_LEAD_LATE), 1);
    assert_string_equal(climbed(d, from_us), "remind@0 notify@0 take_back@0");
    driver_pass(d, HOUR); /* two others had it for ten minutes each */
    assert_string_equal(climbed(d, from_us),
                        "remind@0 notify@0 take_back@0 overflow@10 exception@20");
    assert_int_equal(driver_count(d, CORE_LEAD_LATE), 1);
    finish(d);
}

static void without_anything_else_to_wait_for_there_is_a_reminder_a_day(void **state)
{
    (void)state;
    struct driver *d = climbing("", "");
    uint64_t lead = driver_submit(d, "jo@x.example", NULL, NULL);
    driver_contact(d, lead);
    driver_pass(d, 3 * DAY);
    assert_int_equal(driver_count(d, CORE_LEAD_ESCALATED), 3);
    struct json_object *event = driver_newest(d, CORE_LEAD_ESCALATED);
    assert_true(bytes_is(json_member_text(event, "action"), "remind"));
    assert_true(bytes_is(json_member_text(event, "objective"), "qualified"));
    assert_null(json_object_object_get(event, "step"));
    json_object_put(event);
    finish(d);
}

/* ---- acknowledgement */

static void an_owner_who_has_it_is_left_in_peace_but_the_promise_runs(void **state)
{
    (void)state;
    struct driver *d = climbing("{at: 50%, do: remind}, {after: 0s, do: take_back}", "");
    int64_t from_us = d->now_us;
    uint64_t lead = driver_submit(d, "jo@x.example", NULL, NULL);
    assert_int_equal(driver_acknowledge(d, lead), CORE_OK);
    driver_pass(d, DAY - 1);
    assert_string_equal(climbed(d, from_us), "");
    assert_int_equal(driver_count(d, CORE_LEAD_LATE), 1);
    driver_pass(d, 1); /* a day is the default */
    assert_string_equal(climbed(d, from_us), "remind@1440 take_back@1440");
    finish(d);
}

static void the_word_of_one_owner_does_not_bind_the_next(void **state)
{
    (void)state;
    struct driver *d = climbing("{at: 50%, do: remind}", "");
    int64_t from_us = d->now_us;
    uint64_t lead = driver_submit(d, "jo@x.example", NULL, NULL);
    driver_acknowledge(d, lead);
    driver_pass(d, 10 * MINUTE);
    driver_assign(d, lead, "dora");
    driver_pass(d, HOUR);
    assert_string_equal(climbed(d, from_us), "remind@30");
    finish(d);
}

static void what_nobody_owns_cannot_be_acknowledged(void **state)
{
    (void)state;
    struct driver *d = climbing("", "");
    driver_set_rep(d, "ana", 0, -1);
    driver_set_rep(d, "ben", 0, -1);
    uint64_t lead = driver_submit(d, "jo@x.example", NULL, NULL);
    assert_int_equal(driver_acknowledge(d, lead), CORE_WRONG_STATE);
    assert_int_equal(driver_acknowledge(d, 999), CORE_NOT_FOUND);
    driver_outcome(d, lead, false);
    assert_int_equal(driver_acknowledge(d, lead), CORE_WRONG_STATE);
    driver_free(d);
}

/* ---- enrichment */

static const char enriching[] =
    "pipeline: inbound\nowner: ops\n"
    "classes:\n  - {name: standard, objectives: {enriched: 2m, contacted: 1h}}\n"
    "score: 'has(lead.employees) ? lead.employees : 0'\n"
    "escalation: []\n"
    "exceptions:\n  enrichment_timeout: {triage: second, within: 4h}\n"
    "routes:\n  - {name: everyone, to: {pool: first}}\n";

static struct driver *enriched(void)
{
    struct driver *d = driver_new_empty();
    struct policy_release *release = driver_release_of(people, pools, enriching);
    assert_int_equal(driver_activate(d, release), CORE_OK);
    policy_release_unref(release);
    return d;
}

static void an_answer_in_time_is_merged_and_scored(void **state)
{
    (void)state;
    struct driver *d = enriched();
    uint64_t lead = driver_submit(d, "jo@x.example", "DE", NULL);
    driver_pass(d, MINUTE);
    assert_int_equal(driver_enrich(d, lead, 700), CORE_OK);
    assert_int_equal(core_lead_find(d->core, lead)->score, 700);
    struct json_object *event = driver_newest(d, CORE_LEAD_ENRICHED);
    struct json_object *attributes = json_object_object_get(event, "attributes");
    assert_true(bytes_is(json_member_text(attributes, "country"), "DE"));
    assert_int_equal(json_member_int(attributes, "employees", 0), 700);
    json_object_put(event);
    driver_pass(d, HOUR - MINUTE);
    assert_int_equal(driver_count(d, CORE_LEAD_LATE), 1); /* the contact, nothing else */
    assert_string_equal(driver_owner(d, lead), "ana");
    finish(d);
}

static void without_an_answer_the_triage_pool_and_a_person_see_to_it(void **state)
{
    (void)state;
    struct driver *d = enriched();
    uint64_t lead = driver_submit(d, "jo@x.example", "DE", NULL);
    driver_pass(d, 2 * MINUTE);
    assert_int_equal(driver_count(d, CORE_LEAD_LATE), 1);
    assert_string_equal(driver_owner(d, lead), "cem");
    struct json_object *event = driver_newest(d, CORE_EXCEPTION_OPENED);
    assert_true(bytes_is(json_member_text(event, "kind"), "enrichment_timeout"));
    json_object_put(event);
    /* The answer comes after all: nobody needs to look at it any more. */
    driver_pass(d, MINUTE);
    assert_int_equal(driver_enrich(d, lead, 700), CORE_OK);
    event = driver_newest(d, CORE_EXCEPTION_RESOLVED);
    assert_true(bytes_is(json_member_text(event, "action"), "overtaken"));
    json_object_put(event);
    assert_string_equal(driver_owner(d, lead), "cem");
    finish(d);
}

static void a_person_who_is_talked_to_is_not_taken_from_the_owner(void **state)
{
    (void)state;
    struct driver *d = enriched();
    uint64_t lead = driver_submit(d, "jo@x.example", "DE", NULL);
    driver_contact(d, lead);
    driver_pass(d, 2 * MINUTE);
    assert_string_equal(driver_owner(d, lead), "ana");
    assert_int_equal(driver_count(d, CORE_EXCEPTION_OPENED), 1);
    finish(d);
}

static void a_new_score_changes_the_turn_of_a_lead_that_waits(void **state)
{
    (void)state;
    struct driver *d = enriched();
    driver_set_rep(d, "ana", 0, -1);
    driver_set_rep(d, "ben", 0, -1);
    uint64_t first = driver_submit_sized(d, "a@x.example", "DE", NULL, 10);
    uint64_t second = driver_submit_sized(d, "b@x.example", "DE", NULL, 5);
    driver_enrich(d, second, 700);
    driver_set_rep(d, "ana", 1, 1);
    assert_string_equal(driver_owner(d, second), "ana");
    assert_string_equal(driver_owner(d, first), "");
    finish(d);
}

static void an_answer_is_read_by_the_release_it_was_read_under(void **state)
{
    (void)state;
    struct driver *d = enriched();
    uint64_t lead = driver_submit(d, "jo@x.example", "DE", NULL);
    struct policy_release *before = policy_release_ref(core_release(d->core));
    const struct policy_file other = {
        "lead.schema.json",
        BYTES_LITERAL("{\"type\":\"object\",\"properties\":{\"employees\":{\"type\":\"integer\"},"
                      "\"country\":{\"type\":\"string\"},\"form\":{\"type\":\"string\"},"
                      "\"email\":{\"type\":\"string\"}}}")};
    struct policy_release *after = driver_release_with(&other, 1);
    struct cel_value values[POLICY_FIELDS_MAX] = {0};
    values[policy_field_find(&before->schema, BYTES_LITERAL("employees"))] = cel_int(31);
    driver_activate(d, after); /* while the answer is on its way to the core */
    assert_int_equal(
        driver_run(d, (struct core_command){.type = CORE_ENRICH,
                                            .lead = lead,
                                            .enrich.provider = BYTES_LITERAL("firmographics"),
                                            .enrich.values = values,
                                            .enrich.release = before,
                                            .enrich.arena = &d->arena}),
        CORE_OK);
    assert_int_equal(core_lead_find(d->core, lead)->score, 31);
    struct json_object *event = driver_newest(d, CORE_LEAD_ENRICHED);
    assert_int_equal(json_member_int(json_object_object_get(event, "attributes"), "employees", 0),
                     31);
    json_object_put(event);
    policy_release_unref(before);
    policy_release_unref(after);
    finish(d);
}

static void enrichment_is_refused_where_it_makes_no_sense(void **state)
{
    (void)state;
    struct driver *d = enriched();
    uint64_t lead = driver_submit(d, "jo@x.example", "DE", NULL);
    assert_int_equal(driver_enrich(d, 999, 1), CORE_NOT_FOUND);
    const struct core_command nameless = {.type = CORE_ENRICH, .lead = lead};
    assert_int_equal(driver_run(d, nameless), CORE_INVALID);
    driver_outcome(d, lead, false);
    assert_int_equal(driver_enrich(d, lead, 1), CORE_WRONG_STATE);
    driver_free(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ladder_is_climbed_step_by_step),
        cmocka_unit_test(no_step_is_taken_twice_whoever_has_the_lead),
        cmocka_unit_test(contact_ends_the_ladder),
        cmocka_unit_test(the_manager_of_the_owners_team_is_notified),
        cmocka_unit_test(a_step_that_cannot_apply_is_left_out),
        cmocka_unit_test(a_newer_release_may_take_a_step_away_but_hastens_none),
        cmocka_unit_test(a_step_may_wait_until_somebody_is_on_duty),
        cmocka_unit_test(who_gets_a_late_lead_has_a_moment_to_act),
        cmocka_unit_test(a_month_later_every_step_is_taken_once_and_in_order),
        cmocka_unit_test(without_anything_else_to_wait_for_there_is_a_reminder_a_day),
        cmocka_unit_test(an_owner_who_has_it_is_left_in_peace_but_the_promise_runs),
        cmocka_unit_test(the_word_of_one_owner_does_not_bind_the_next),
        cmocka_unit_test(what_nobody_owns_cannot_be_acknowledged),
        cmocka_unit_test(an_answer_in_time_is_merged_and_scored),
        cmocka_unit_test(without_an_answer_the_triage_pool_and_a_person_see_to_it),
        cmocka_unit_test(a_person_who_is_talked_to_is_not_taken_from_the_owner),
        cmocka_unit_test(a_new_score_changes_the_turn_of_a_lead_that_waits),
        cmocka_unit_test(an_answer_is_read_by_the_release_it_was_read_under),
        cmocka_unit_test(enrichment_is_refused_where_it_makes_no_sense),
    };
    return cmocka_run_group_tests_name("core escalation", tests, NULL, NULL);
}
