/* What classes promise, on which clock, and the ladders of what is done about it. */
#include "mesh.h"

#include "policy/calendar/calendar.h"

#define MINUTE_US (INT64_C(60) * 1000000)
#define HOUR_US (60 * MINUTE_US)
#define DAY_US (24 * HOUR_US)

#define PEOPLE                                                                              \
    "calendars:\n  - {id: hq, time_zone: Europe/Berlin, hours: {mon-fri: '09:00-17:00'}}\n" \
    "defaults: {calendar: always}\n"                                                        \
    "teams: [{id: north, title: The north, manager: ben, email: north@example.com}]\n"      \
    "reps: [{id: ana, team: north}, {id: ben, team: north}, {id: cleo, team: south}]\n"
#define POOLS                                                                               \
    "pools:\n"                                                                              \
    "  - {id: north, members: [{team: north}], overflow: all, team: north, calendar: hq}\n" \
    "  - {id: all, members: [cleo], overflow: last}\n"                                      \
    "  - {id: last, members: [ana]}\n"
#define ROUTES                                                                                 \
    "routes: [{name: north, when: 'lead.employees > 5', to: {pool: north}}, {name: rest, to: " \
    "{pool: north}}]\n"
#define HEAD "pipeline: inbound\nowner: ops\n"

static void mesh_with(struct mesh *mesh, const char *pipeline)
{
    mesh_init(mesh);
    mesh_set(mesh, "people.yaml", PEOPLE);
    mesh_set(mesh, "pools.yaml", POOLS);
    mesh_set(mesh, "pipelines/inbound.yaml", pipeline);
}

static struct policy_release *compile(const char *pipeline)
{
    struct mesh mesh;
    mesh_with(&mesh, pipeline);
    return mesh_compile(&mesh);
}

#define refused(pipeline, ...)             \
    do {                                   \
        struct mesh mesh_;                 \
        mesh_with(&mesh_, pipeline);       \
        mesh_refused(&mesh_, __VA_ARGS__); \
    } while (0)

static const struct policy_step *step_of(const struct policy_release *release, size_t class_index,
                                         enum policy_objective objective, size_t at)
{
    const struct policy_escalation *ladder = &release->classes[class_index].ladders[objective];
    assert_true(at < ladder->count);
    return &ladder->steps[at];
}

/* ---- promises */

static void an_objective_may_have_a_clock_of_its_own(void **state)
{
    (void)state;
    struct policy_release *release = compile(
        HEAD "calendar: hq\nclasses:\n"
             "  - name: all\n"
             "    objectives: {enriched: 2m, assigned: 60s, contacted: {within: 4h, clock: wall}, "
             "qualified: 2d, clock: business}\n"
             "    acknowledgement: 1h\n" ROUTES);
    const struct policy_class *entry = &release->classes[0];
    assert_true(entry->objectives[POLICY_ENRICHED].within_us == 2 * MINUTE_US);
    assert_false(entry->objectives[POLICY_ENRICHED].business); /* answers come at any hour */
    assert_true(entry->objectives[POLICY_ASSIGNED].business);
    assert_true(entry->objectives[POLICY_CONTACTED].within_us == 4 * HOUR_US);
    assert_false(entry->objectives[POLICY_CONTACTED].business);
    assert_true(entry->objectives[POLICY_QUALIFIED].business);
    assert_true(entry->acknowledged_us == HOUR_US);
    assert_string_equal(release->calendar->id, "hq");
    assert_ptr_equal(release->pools[0].calendar, release->calendar);
    assert_null(release->pools[1].calendar);
    policy_release_unref(release);
}

static void an_acknowledgement_lasts_a_day_unless_said(void **state)
{
    (void)state;
    struct policy_release *release = compile(HEAD "classes: [{name: all}]\n" ROUTES);
    assert_true(release->classes[0].acknowledged_us == DAY_US);
    assert_null(release->calendar);
    policy_release_unref(release);
}

static void promises_that_cannot_be_kept_are_mistakes(void **state)
{
    (void)state;
    refused(HEAD
            "calendar: hk\nclasses:\n"
            "  - {name: a, when: 'lead.employees == 1', objectives: {assigned: 999ms}}\n"
            "  - {name: b, objectives: {contacted: {clock: business}, qualified: soon}}\n" ROUTES,
            "pipelines/inbound.yaml:3:11: no calendar `hk` under `calendars` in people.yaml; did "
            "you mean `hq`?",
            "pipelines/inbound.yaml:5:67: `assigned` must be at least 1s, which is what timers "
            "keep, got `999ms`",
            "pipelines/inbound.yaml:6:39: `within` is missing in `contacted`",
            "pipelines/inbound.yaml:6:69: `qualified` must be a duration such as 60s, 5m, 4h or "
            "1h30m, got `soon`");
}

static void business_hours_need_a_calendar(void **state)
{
    (void)state;
    refused(HEAD "classes:\n"
                 "  - {name: a, when: 'lead.employees == 1', objectives: {assigned: 5m, clock: "
                 "business}}\n"
                 "  - {name: b, objectives: {enriched: {within: 5m, clock: business}}}\n" ROUTES,
            "pipelines/inbound.yaml:4:78: business hours need a calendar where neither the owner "
            "nor the pool has one: give the pipeline a `calendar` of people.yaml",
            "pipelines/inbound.yaml:5:58: enrichment answers at any hour: `enriched` is on the "
            "wall clock; remove this");
}

/* ---- teams */

static void a_team_has_a_manager_and_needs_no_entry(void **state)
{
    (void)state;
    struct policy_release *release = compile(HEAD "classes: [{name: all}]\n" ROUTES);
    assert_int_equal(release->team_count, 2);
    uint32_t north = policy_team_find(release, BYTES_LITERAL("north"));
    uint32_t south = policy_team_find(release, BYTES_LITERAL("south"));
    assert_int_equal(policy_team_find(release, BYTES_LITERAL("west")), POLICY_NONE);
    assert_string_equal(release->teams[north].title, "The north");
    assert_int_equal(release->teams[north].manager, 1);
    assert_string_equal(release->teams[north].email, "north@example.com");
    assert_string_equal(release->teams[south].title, "south");
    assert_int_equal(release->teams[south].manager, POLICY_NONE);
    assert_string_equal(release->pools[0].team, "north");
    assert_string_equal(release->pools[1].team, "");
    policy_release_unref(release);
}

static void teams_that_are_not_right_are_named(void **state)
{
    (void)state;
    struct mesh mesh;
    mesh_init(&mesh);
    mesh_set(&mesh, "people.yaml",
             "teams: [{id: north, manager: bem}, {id: north}, {id: idle}]\n"
             "reps: [{id: ana, team: north}, {id: ben, team: north}, {id: cleo}]\n");
    mesh_set(&mesh, "pools.yaml",
             "pools: [{id: north, members: [{team: idle}, ana], team: nort},\n"
             "  {id: all, members: [ana], calendar: hq}]\n");
    mesh_refused(&mesh, "people.yaml:1:30: no rep `bem` in people.yaml; did you mean `ben`?",
                 "people.yaml:1:41: the team id `north` is given twice; keep one",
                 "pools.yaml:1:38: no rep in people.yaml is of the team `idle`",
                 "pools.yaml:1:57: no team `nort` in people.yaml; did you mean `north`?",
                 "pools.yaml:2:39: no calendar `hq` under `calendars` in people.yaml; add it "
                 "there");
}

/* ---- ladders */

static void what_the_mesh_leaves_open_is_built_in(void **state)
{
    (void)state;
    struct policy_release *release =
        compile(HEAD "classes:\n"
                     "  - {name: fast, when: 'lead.employees == 1', objectives: {assigned: 60s, "
                     "contacted: 5m, qualified: 2d}}\n"
                     "  - {name: slow, objectives: {assigned: 1h, contacted: 4h}}\n" ROUTES);
    static const struct {
        enum policy_objective objective;
        enum policy_action action;
        uint32_t percent;
        int64_t fast_us, slow_us;
    } expected[] = {
        {POLICY_CONTACTED, POLICY_REMIND, 50, 0, 0},
        {POLICY_CONTACTED, POLICY_NOTIFY, 100, 0, 0},
        {POLICY_CONTACTED, POLICY_TAKE_BACK, 0, 10 * MINUTE_US, 4 * HOUR_US},
        {POLICY_CONTACTED, POLICY_EXCEPT, 0, 30 * MINUTE_US, 12 * HOUR_US},
        {POLICY_ASSIGNED, POLICY_NOTIFY, 0, 0, 0},
        {POLICY_ASSIGNED, POLICY_EXCEPT, 0, 10 * MINUTE_US, 3 * HOUR_US},
    };
    for (size_t i = 0; i < 2; i++) {
        size_t at[POLICY_OBJECTIVES] = {0};
        for (size_t s = 0; s < sizeof expected / sizeof *expected; s++) {
            enum policy_objective objective = expected[s].objective;
            const struct policy_step *step = step_of(release, i, objective, at[objective]++);
            assert_int_equal(step->action, expected[s].action);
            assert_int_equal(step->percent, expected[s].percent);
            assert_true(step->after_us == (i == 0 ? expected[s].fast_us : expected[s].slow_us));
        }
        for (size_t o = 0; o < POLICY_OBJECTIVES; o++)
            assert_int_equal(release->classes[i].ladders[o].count, at[o]);
    }
    policy_release_unref(release);
}

static void a_class_has_its_own_ladder_or_that_of_the_pipeline(void **state)
{
    (void)state;
    struct policy_release *release =
        compile(HEAD "classes:\n"
                     "  - name: hot\n    when: 'lead.employees == 1'\n"
                     "    objectives: {contacted: 5m, assigned: 1m}\n"
                     "    escalation:\n"
                     "      - {at: 50%, do: remind, on_duty: true}\n"
                     "      - {after: 0s, do: notify, team: south}\n"
                     "      - {objective: assigned, after: 2m, do: overflow, pool: last}\n"
                     "      - {after: 30m, do: exception, team: ops, within: 1h}\n"
                     "  - {name: none, when: 'lead.employees == 2', objectives: {contacted: 5m}, "
                     "escalation: []}\n"
                     "  - {name: rest, objectives: {contacted: 4h}}\n"
                     "escalation:\n"
                     "  - {after: 1h, do: take_back}\n"
                     "  - {after: 2h, do: overflow}\n" ROUTES);
    const struct policy_step *step = step_of(release, 0, POLICY_CONTACTED, 0);
    assert_int_equal(step->action, POLICY_REMIND);
    assert_int_equal(step->percent, 50);
    assert_true(step->on_duty);
    step = step_of(release, 0, POLICY_CONTACTED, 1);
    assert_true(step->percent == 0 && step->after_us == 0 && !step->on_duty);
    assert_string_equal(step->team, "south");
    step = step_of(release, 0, POLICY_CONTACTED, 2);
    assert_int_equal(step->action, POLICY_EXCEPT);
    assert_string_equal(step->team, "ops");
    assert_true(step->within_us == HOUR_US);
    step = step_of(release, 0, POLICY_ASSIGNED, 0);
    assert_int_equal(step->action, POLICY_OVERFLOW);
    assert_int_equal(step->pool, 2);
    for (size_t o = 0; o < POLICY_OBJECTIVES; o++)
        assert_int_equal(release->classes[1].ladders[o].count, 0);
    assert_int_equal(release->classes[2].ladders[POLICY_CONTACTED].count, 2);
    assert_int_equal(step_of(release, 2, POLICY_CONTACTED, 1)->pool, POLICY_NONE);
    policy_release_unref(release);
}

static void the_stored_form_promises_the_same(void **state)
{
    (void)state;
    struct policy_release *release = compile(
        HEAD "calendar: hq\nclasses:\n"
             "  - {name: hot, when: 'lead.employees == 1', objectives: {contacted: 5m}}\n"
             "  - name: rest\n    objectives: {assigned: 1m, contacted: 4h, clock: business}\n"
             "    escalation:\n"
             "      - {at: 7%, do: remind, on_duty: true}\n"
             "      - {objective: assigned, after: 0s, do: overflow, pool: last}\n"
             "      - {after: 90m, do: exception, team: south, within: 1h}\n" ROUTES);
    struct policy_release *again = NULL;
    struct error error = {0};
    assert_int_equal(policy_release_from_canonical(release->canonical, &again, &error), 0);
    assert_string_equal(again->id_text, release->id_text);
    assert_string_equal(again->calendar->id, "hq");
    assert_string_equal(again->pools[0].calendar->id, "hq");
    assert_string_equal(again->pools[0].team, "north");
    assert_int_equal(again->team_count, 2);
    assert_int_equal(again->teams[0].manager, 1);
    for (size_t i = 0; i < release->class_count; i++)
        for (size_t o = 0; o < POLICY_OBJECTIVES; o++) {
            const struct policy_promise *promise = &release->classes[i].objectives[o];
            const struct policy_escalation *ladder = &release->classes[i].ladders[o];
            assert_true(again->classes[i].objectives[o].within_us == promise->within_us);
            assert_int_equal(again->classes[i].objectives[o].business, promise->business);
            assert_int_equal(again->classes[i].ladders[o].count, ladder->count);
            for (size_t s = 0; s < ladder->count; s++) {
                const struct policy_step *a = &ladder->steps[s],
                                         *b = &again->classes[i].ladders[o].steps[s];
                assert_true(a->action == b->action && a->percent == b->percent &&
                            a->after_us == b->after_us && a->on_duty == b->on_duty &&
                            a->pool == b->pool && a->within_us == b->within_us);
                assert_string_equal(a->team, b->team);
            }
        }
    policy_release_unref(again);
    policy_release_unref(release);
}

/* A release of format 3, as journals from before there were ladders have them. */
static void an_older_release_promises_what_it_did(void **state)
{
    (void)state;
    static const char text[] =
        "{\"format\":3,\"mesh\":{\"name\":\"old\",\"owners\":[{\"name\":\"ops\",\"role\":"
        "\"routing\"}],\"systems\":[],\"dead_letters\":{\"keep\":\"90d\"}},"
        "\"lead\":{\"type\":\"object\",\"additionalProperties\":false,\"required\":[],"
        "\"properties\":{\"email\":{\"type\":\"string\"}}},"
        "\"people\":{\"reps\":[{\"id\":\"ana\",\"name\":\"Ana\",\"team\":\"north\","
        "\"capacity\":5}]},"
        "\"pools\":{\"pools\":[{\"id\":\"all\",\"title\":\"all\",\"strategy\":"
        "\"round_robin\",\"members\":[\"ana\"],\"off_duty\":\"wait\",\"full\":\"wait\"}]},"
        "\"sources\":[{\"source\":\"web\",\"title\":\"web\",\"constants\":{},\"map\":{}}],"
        "\"pipeline\":{\"pipeline\":\"inbound\",\"owner\":\"ops\",\"classes\":[{\"name\":"
        "\"all\",\"objectives\":{\"assigned\":\"500ms\",\"contacted\":\"5m\"}}],"
        "\"routes\":[{\"name\":\"late\",\"when\":\"has(lead.email)\",\"to\":{\"exception\":"
        "\"manual\",\"within\":\"1d\"}},{\"name\":\"all\",\"to\":{\"pool\":\"all\"}}]}}";
    struct policy_release *release = NULL;
    struct error error = {0};
    assert_int_equal(
        policy_release_from_canonical((struct bytes){text, sizeof text - 1}, &release, &error), 0);
    const struct policy_class *entry = &release->classes[0];
    assert_true(entry->objectives[POLICY_ASSIGNED].within_us == 500000);
    assert_true(entry->objectives[POLICY_CONTACTED].within_us == 5 * MINUTE_US);
    for (size_t o = 0; o < POLICY_OBJECTIVES; o++)
        assert_int_equal(entry->ladders[o].count, 0);
    assert_int_equal(release->exception_count, 11);
    assert_true(release->routes[0].delay_us == DAY_US);
    assert_int_equal(release->alerting.rule_count, 0);
    assert_int_equal(release->incidents.drop, 0);
    assert_false(release->surge.planned);
    assert_int_equal(release->team_count, 1);
    policy_release_unref(release);
}

#define LADDER(steps)                                                                             \
    HEAD "classes: [{name: all, objectives: {assigned: 1m, contacted: 5m}}]\nescalation:\n" steps \
        ROUTES

static void steps_that_are_never_reached_are_mistakes(void **state)
{
    (void)state;
    refused(LADDER("  - {after: 5m, do: notify}\n"
                   "  - {at: 50%, do: remind}\n"
                   "  - {after: 5m, do: notify}\n"
                   "  - {after: 9m, do: exception}\n"
                   "  - {after: 20m, do: take_back}\n"
                   "  - {objective: qualified, at: 50%, do: remind}\n"
                   "  - {objective: assigned, after: 0s, do: take_back}\n"),
            "pipelines/inbound.yaml:6:5: the steps of `contacted` must stand in the order of time: "
            "this one comes before that on line 5",
            "pipelines/inbound.yaml:7:5: the same step as on line 5, at the same time; keep one",
            "pipelines/inbound.yaml:9:5: never reached: the exception on line 8 ends the ladder of "
            "`contacted`; put this before it, or into the fallback of `objective_late`",
            "pipelines/inbound.yaml:10:5: never reached: no class that climbs this ladder promises "
            "`qualified`; add it to the `objectives` of one, or remove the step",
            "pipelines/inbound.yaml:11:42: `take_back` asks the owner, and until the lead is "
            "assigned there is none; write `notify`, `overflow` or `exception`");
}

static void steps_that_make_no_sense_are_mistakes(void **state)
{
    (void)state;
    refused(LADDER("  - {at: 101%, do: remind}\n"
                   "  - {at: 0.5%, do: remind}\n"
                   "  - {do: remind}\n"
                   "  - {at: 50%, after: 5m, do: notify, pool: last}\n"
                   "  - {after: 5m, do: shout}\n"
                   "  - {after: 6m, do: take_back, team: nort, within: 5m}\n"
                   "  - {after: 7m, do: overflow, pool: lats}\n"
                   "  - {objective: enriched, after: 7m, do: notify}\n"),
            "pipelines/inbound.yaml:5:10: `at` must be a percentage such as 5%, at most 100%, with "
            "two decimals at most, got `101%`",
            "pipelines/inbound.yaml:6:10: `at` must be from 1% to 100% of the objective without "
            "decimals, got `0.5%`",
            "pipelines/inbound.yaml:7:5: say when: `at` a part of the objective, such as 50%, or "
            "`after` it was missed, such as 10m; exactly one of the two",
            "pipelines/inbound.yaml:8:5: say when: `at` a part of the objective, such as 50%, or "
            "`after` it was missed, such as 10m; exactly one of the two",
            "pipelines/inbound.yaml:8:44: `pool` goes with `overflow`; remove it",
            "pipelines/inbound.yaml:9:21: `do` must be one of remind, notify, take_back, overflow, "
            "exception, got `shout`",
            "pipelines/inbound.yaml:10:38: `nort` is neither an owner in mesh.yaml nor a team in "
            "people.yaml; did you mean `north`?",
            "pipelines/inbound.yaml:10:38: `team` goes with `notify` or `exception`; remove it",
            "pipelines/inbound.yaml:10:52: `within` goes with `exception`; remove it",
            "pipelines/inbound.yaml:11:37: no pool `lats` in pools.yaml; did you mean `last`?",
            "pipelines/inbound.yaml:12:17: `objective` must be one of assigned, contacted, "
            "qualified, got `enriched`");
}

static void a_ladder_does_not_lead_in_a_circle(void **state)
{
    (void)state;
    /* north overflows into all, and that into last. */
    struct policy_release *release = compile(LADDER("  - {after: 1m, do: overflow, pool: all}\n"));
    policy_release_unref(release);
    refused(HEAD
            "classes: [{name: all, objectives: {contacted: 5m}}]\nescalation:\n"
            "  - {after: 1m, do: overflow, pool: north}\n"
            "routes: [{name: some, when: 'lead.employees > 5', to: {pool: last}}, {name: rest, "
            "to: {pool: north}}]\n",
            "pipelines/inbound.yaml:5:37: the overflow goes in a circle: leads of the route `some` "
            "are in `last`, this step moves them into `north`, and that overflows into `last` "
            "again");
    refused(
        LADDER("  - {after: 1m, do: overflow, pool: last}\n"
               "  - {after: 2m, do: overflow, pool: all}\n"
               "  - {after: 3m, do: overflow, pool: last}\n"),
        "pipelines/inbound.yaml:6:37: the overflow goes in a circle: the step on line 5 moves "
        "leads into `last`, this one into `all`, and that overflows into `last` again",
        "pipelines/inbound.yaml:7:5: never does anything: the step on line 5 has moved the lead "
        "into `last` already");
}

static void a_ladder_that_nobody_climbs_is_a_mistake(void **state)
{
    (void)state;
    refused(HEAD "classes: [{name: all, objectives: {contacted: 5m}, escalation: [{objective: "
                 "assigned, after: 1m, do: notify}]}]\n"
                 "escalation: [{at: 50%, do: remind}]\n" ROUTES,
            "pipelines/inbound.yaml:3:65: never reached: the class `all` does not promise "
            "`assigned`; add it to its `objectives`, or remove the step",
            "pipelines/inbound.yaml:4:13: never climbed: every class has an `escalation` of its "
            "own; remove this one");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_objective_may_have_a_clock_of_its_own),
        cmocka_unit_test(an_acknowledgement_lasts_a_day_unless_said),
        cmocka_unit_test(promises_that_cannot_be_kept_are_mistakes),
        cmocka_unit_test(business_hours_need_a_calendar),
        cmocka_unit_test(a_team_has_a_manager_and_needs_no_entry),
        cmocka_unit_test(teams_that_are_not_right_are_named),
        cmocka_unit_test(what_the_mesh_leaves_open_is_built_in),
        cmocka_unit_test(a_class_has_its_own_ladder_or_that_of_the_pipeline),
        cmocka_unit_test(the_stored_form_promises_the_same),
        cmocka_unit_test(an_older_release_promises_what_it_did),
        cmocka_unit_test(steps_that_are_never_reached_are_mistakes),
        cmocka_unit_test(steps_that_make_no_sense_are_mistakes),
        cmocka_unit_test(a_ladder_does_not_lead_in_a_circle),
        cmocka_unit_test(a_ladder_that_nobody_climbs_is_a_mistake),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
