/* Exceptions by kind, causes, surges, alert rules and incidents. */
#include "mesh.h"

#define MINUTE_US (INT64_C(60) * 1000000)
#define HOUR_US (60 * MINUTE_US)
#define DAY_US (24 * HOUR_US)

#define HEAD                                                                                    \
    "pipeline: inbound\nowner: ops\nparams: {least: 5, share: 0.5, home: DE, on: true}\n"       \
    "classes: [{name: hot, when: 'lead.employees > 100', objectives: {assigned: 60s}}, {name: " \
    "rest}]\n"
#define ROUTES "routes:\n  - {name: others, to: {pool: all}}\n"

#define pipeline_refused(text, ...) file_refused("pipelines/inbound.yaml", text, __VA_ARGS__)

static struct policy_release *compile(const char *path, const char *text)
{
    struct mesh mesh;
    mesh_init(&mesh);
    mesh_set(&mesh, path, text);
    return mesh_compile(&mesh);
}

/* From its stored form; the other is let go. */
static struct policy_release *stored(struct policy_release *release)
{
    struct policy_release *again = NULL;
    struct error error = {0};
    assert_int_equal(policy_release_from_canonical(release->canonical, &again, &error), 0);
    assert_string_equal(again->id_text, release->id_text);
    policy_release_unref(release);
    return again;
}

static const struct policy_exception *kind(const struct policy_release *release, const char *name)
{
    return policy_exception_find(release, bytes_of(name));
}

/* ---- exceptions */

static void the_standard_kinds_need_no_words(void **state)
{
    (void)state;
    struct policy_release *release = stored(compile("mesh.yaml", MESH_NAME));
    assert_int_equal(release->exception_count, 11);
    assert_string_equal(kind(release, "missing_email")->queue, "validation");
    assert_true(kind(release, "missing_email")->within_us == DAY_US);
    assert_int_equal(kind(release, "missing_email")->fallbacks[0].action,
                     POLICY_FALL_BACK_DISQUALIFY);
    assert_int_equal(kind(release, "enrichment_timeout")->triage, POLICY_NONE);
    assert_string_equal(kind(release, "of_nobody")->kind, "manual");
    policy_release_unref(release);
}

static void a_pipeline_changes_what_it_says_and_no_more(void **state)
{
    (void)state;
    static const char text[] = HEAD
        "exceptions:\n"
        "  enrichment_timeout: {triage: all, team: north}\n"
        "  missing_email: {title: Address wanted, within: 12h}\n"
        "  objective_late: {recommended: Ring., fallback: [requeue, {team: ops, within: 24h}, "
        "{remind: 4h}, {pool: north}, disqualify]}\n"
        "  legal_hold: {team: ops, fallback: {pool: north}}\n"
        "routes:\n"
        "  - {name: held, when: 'lead.consent', to: {exception: legal_hold}}\n"
        "  - {name: mail, when: '!has(lead.email)', to: {exception: missing_email, team: north, "
        "within: 3h}}\n"
        "  - {name: others, to: {pool: all}}\n";
    struct policy_release *release = stored(compile("pipelines/inbound.yaml", text));
    assert_int_equal(release->exception_count, 12);
    assert_int_equal(kind(release, "enrichment_timeout")->triage, 1);
    assert_string_equal(kind(release, "enrichment_timeout")->team, "north");
    assert_true(kind(release, "enrichment_timeout")->within_us == 4 * HOUR_US);
    assert_string_equal(kind(release, "missing_email")->title, "Address wanted");
    assert_int_equal(kind(release, "missing_email")->fallback_count, 1);
    const struct policy_exception *late = kind(release, "objective_late");
    assert_string_equal(late->recommended, "Ring.");
    assert_int_equal(late->fallback_count, 5);
    assert_int_equal(late->fallbacks[0].action, POLICY_FALL_BACK_REQUEUE);
    assert_int_equal(late->fallbacks[1].action, POLICY_FALL_BACK_TEAM);
    assert_string_equal(late->fallbacks[1].team, "ops");
    assert_true(late->fallbacks[1].within_us == DAY_US);
    assert_int_equal(late->fallbacks[2].action, POLICY_FALL_BACK_REMIND);
    assert_true(late->fallbacks[2].within_us == 4 * HOUR_US);
    assert_int_equal(late->fallbacks[3].action, POLICY_FALL_BACK_POOL);
    assert_int_equal(late->fallbacks[3].pool, 0);
    assert_int_equal(late->fallbacks[4].action, POLICY_FALL_BACK_DISQUALIFY);
    assert_string_equal(kind(release, "legal_hold")->queue, "legal_hold");
    assert_true(kind(release, "legal_hold")->within_us == DAY_US);
    /* A route has the kind's team and time, unless it says another. */
    assert_string_equal(release->routes[0].team, "ops");
    assert_true(release->routes[0].delay_us == DAY_US);
    assert_string_equal(release->routes[1].team, "north");
    assert_true(release->routes[1].delay_us == 3 * HOUR_US);
    policy_release_unref(release);
}

static void mistakes_about_exceptions_are_named(void **state)
{
    (void)state;
    pipeline_refused(
        HEAD "exceptions:\n"
             "  missing_emial: {team: north}\n"
             "  missing_email: {triage: all, team: nort, within: 1ms}\n"
             "  objective_late: {fallback: [disqualify, requeue, requeu, {}]}\n"
             "  account_review: {fallback: {pool: al}}\n"
             "  manual: {fallback: {remind: 4h, within: 2h}}\n"
             "  capacity_overrun: {fallback: [requeue, {team: ops}, dismiss]}\n"
             "  ownership_gap: {fallback: dismiss}\n"
             "routes:\n"
             "  - {name: gap, when: 'lead.consent', to: {exception: ownership_gap}}\n"
             "  - {name: others, to: {pool: all}}\n",
        "pipelines/inbound.yaml:6:3: no route and no check of the enrichment leads to an "
        "exception `missing_emial`, which is no standard kind; did you mean `missing_email`?",
        "pipelines/inbound.yaml:7:27: `triage` is the pool that takes leads whose enrichment is "
        "late: it goes with `enrichment_timeout`; remove it",
        "pipelines/inbound.yaml:7:38: `nort` is neither an owner in mesh.yaml nor a team in "
        "people.yaml; did you mean `north`?",
        "pipelines/inbound.yaml:7:52: `within` must be at least 1s, which is what timers keep, got "
        "`1ms`",
        "pipelines/inbound.yaml:8:43: never reached: behind `disqualify` there is nothing left to "
        "decide; remove it",
        "pipelines/inbound.yaml:8:52: a fallback is one of remind, requeue, disqualify, dismiss, "
        "{remind: 4h}, {pool: …} and {team: …, within: 4h}, got `requeu`; did you mean `requeue`?",
        "pipelines/inbound.yaml:8:60: a fallback does one thing: {remind: 4h}, {pool: …} or {team: "
        "…, within: 4h}",
        "pipelines/inbound.yaml:9:37: no pool `al` in pools.yaml; did you mean `all`?",
        "pipelines/inbound.yaml:10:43: `within` goes with `team`; remove it",
        "pipelines/inbound.yaml:11:33: `capacity_overrun` is about no single lead, so nothing can "
        "be routed or closed; write remind, {team: …} or dismiss",
        "pipelines/inbound.yaml:12:29: an exception `ownership_gap` holds its lead, which would be "
        "nowhere when it is dismissed; write requeue, {pool: …} or disqualify");
}

/* ---- causes */

static void causes_are_those_declared_or_any_word(void **state)
{
    (void)state;
    struct policy_release *release = stored(compile("mesh.yaml", MESH_NAME));
    assert_true(policy_cause_allowed(release, BYTES_LITERAL("anything")));
    assert_false(policy_cause_allowed(release, BYTES_LITERAL("")));
    policy_release_unref(release);
    release = stored(
        compile("mesh.yaml", MESH_NAME "causes: [{name: bad_data, title: Wrong}, {name: spam}]\n"));
    assert_int_equal(release->cause_count, 2);
    assert_string_equal(release->causes[0].title, "Wrong");
    assert_true(policy_cause_allowed(release, BYTES_LITERAL("spam")));
    assert_false(policy_cause_allowed(release, BYTES_LITERAL("anything")));
    policy_release_unref(release);
    file_refused("mesh.yaml", MESH_NAME "causes: [{name: spam}, {name: spam}]\n",
                 "mesh.yaml:3:31: the cause `spam` is listed twice; keep one");
}

/* ---- surges */

static void a_surge_is_noticed_without_a_plan(void **state)
{
    (void)state;
    struct policy_release *release = stored(compile("mesh.yaml", MESH_NAME));
    const struct policy_detection *detection = &release->surge.detection;
    assert_false(release->surge.planned);
    assert_int_equal(detection->start, 300);
    assert_int_equal(detection->end, 150);
    assert_true(detection->window_us == 5 * MINUTE_US);
    assert_int_equal(detection->at_least, 20);
    policy_release_unref(release);
}

static void a_plan_says_what_is_done(void **state)
{
    (void)state;
    struct policy_release *release =
        stored(compile("pipelines/inbound.yaml",
                       HEAD "surge:\n"
                            "  detect: {start: 4.25x, end: 2x, window: 10m, at_least: 7}\n"
                            "  exempt: [hot]\n  per_hour: 6\n  overflow: all\n  triage: north\n"
                            "  params: {least: 9, share: 1, home: FR, on: false}\n"
                            "  nurture: {below: 40, after: 7d}\n  at_most: 2h\n" ROUTES));
    const struct policy_surge_plan *plan = &release->surge.plan;
    assert_true(release->surge.planned);
    assert_int_equal(release->surge.detection.start, 425);
    assert_int_equal(release->surge.detection.end, 200);
    assert_true(release->surge.detection.window_us == 10 * MINUTE_US);
    assert_int_equal(release->surge.detection.at_least, 7);
    assert_true(plan->exempt == 1);
    assert_int_equal(plan->per_hour, 6);
    assert_int_equal(plan->overflow, 1);
    assert_int_equal(plan->triage, 0);
    assert_int_equal(plan->override_count, 4);
    assert_true(plan->overrides[0].param == 0 && plan->overrides[0].value.integer == 9);
    assert_true(plan->overrides[1].value.kind == CEL_DOUBLE &&
                plan->overrides[1].value.number == 1.0);
    assert_true(bytes_is(plan->overrides[2].value.string, "FR"));
    assert_true(plan->overrides[3].value.kind == CEL_BOOL && !plan->overrides[3].value.boolean);
    assert_true(plan->nurture && plan->nurture_below == 40 && plan->nurture_after_us == 7 * DAY_US);
    assert_true(plan->at_most_us == 2 * HOUR_US);
    policy_release_unref(release);
}

static void a_plan_may_be_short(void **state)
{
    (void)state;
    struct policy_release *release =
        stored(compile("pipelines/inbound.yaml", HEAD "surge: {nurture: {after: 1d}}\n" ROUTES));
    const struct policy_surge_plan *plan = &release->surge.plan;
    assert_true(release->surge.planned);
    assert_true(plan->exempt == 0 && plan->per_hour == 0);
    assert_true(plan->overflow == POLICY_NONE && plan->triage == POLICY_NONE);
    assert_true(plan->nurture && plan->nurture_below == INT64_MAX);
    assert_true(plan->at_most_us == 12 * HOUR_US);
    policy_release_unref(release);
}

static void mistakes_about_surges_are_named(void **state)
{
    (void)state;
    pipeline_refused(
        HEAD "surge:\n"
             "  detect: {start: 2x, end: 2x, window: 90s, at_least: 0}\n"
             "  exempt: [hot, rest, hto]\n  per_hour: 0\n  overflow: all\n  triage: all\n"
             "  params: {least: 1.5, leats: 1, share: a}\n"
             "  nurture: {below: 40}\n  at_most: 30s\n" ROUTES,
        "pipelines/inbound.yaml:6:28: a surge must end below the rate it starts at: `end` is 2.00x "
        "and `start` 2.00x",
        "pipelines/inbound.yaml:6:40: `window` must be whole minutes from 1m to 60m, got `90s`",
        "pipelines/inbound.yaml:6:55: `at_least` must be between 1 and 1000000, got `0`",
        "pipelines/inbound.yaml:7:11: every class is exempt, so the plan is for nobody; leave one "
        "out",
        "pipelines/inbound.yaml:7:23: no class is called `hto`; did you mean `hot`?",
        "pipelines/inbound.yaml:8:13: `per_hour` must be between 1 and 10000, got `0`",
        "pipelines/inbound.yaml:10:11: never reached: `triage` is asked behind `overflow`, and "
        "both are `all`",
        "pipelines/inbound.yaml:11:19: the param `least` is a whole number, got the number `1.5`",
        "pipelines/inbound.yaml:11:24: the pipeline has no param `leats`; did you mean `least`?",
        "pipelines/inbound.yaml:11:41: the param `share` is a number, got the text `a`",
        "pipelines/inbound.yaml:12:12: `after` is missing in `nurture`",
        "pipelines/inbound.yaml:13:12: the plan would end before a surge can: `at_most` must not "
        "be less than the window of `detect`");
    pipeline_refused(HEAD
                     "surge: {detect: {start: 1x, end: 1.5x, window: 2h}, exempt: [hot]}\n" ROUTES,
                     "pipelines/inbound.yaml:5:8: the plan does nothing: give it `per_hour`, "
                     "`overflow`, `triage`, `params` or `nurture`, or leave only `detect`",
                     "pipelines/inbound.yaml:5:25: `start` must be above 1x: what is as usual is "
                     "no surge",
                     "pipelines/inbound.yaml:5:34: a surge must end below the rate it starts at: "
                     "`end` is 1.50x and `start` 1.00x",
                     "pipelines/inbound.yaml:5:48: `window` must be whole minutes from 1m to 60m, "
                     "got `2h`");
}

/* ---- alerts */

static const struct policy_alert *rule(const struct policy_release *release, const char *name)
{
    for (size_t i = 0; i < release->alerting.rule_count; i++)
        if (strcmp(release->alerting.rules[i].name, name) == 0)
            return &release->alerting.rules[i];
    return NULL;
}

static void rules_are_built_in(void **state)
{
    (void)state;
    struct policy_release *release = stored(compile("mesh.yaml", MESH_NAME));
    assert_int_equal(release->alerting.rule_count, 11);
    assert_true(release->alerting.group_us == MINUTE_US / 2);
    const struct policy_alert *timeouts = rule(release, "enrichment-timeouts");
    assert_int_equal(timeouts->metric, POLICY_ENRICHMENT_TIMEOUT_RATE);
    assert_true(timeouts->over == 500 && timeouts->window_us == 15 * MINUTE_US &&
                timeouts->for_us == 2 * MINUTE_US && timeouts->at_least == 20);
    assert_int_equal(rule(release, "no-owner-in-time")->class_index, 0);
    assert_int_equal(rule(release, "no-owner-in-time")->objective, POLICY_ASSIGNED);
    assert_true(rule(release, "oldest-unassigned")->over == 30 * MINUTE_US);
    const struct policy_alert *burn = rule(release, "burn-rate");
    assert_true(burn->over == 1440 && burn->target == 9500 && burn->window_us == HOUR_US &&
                burn->short_window_us == 5 * MINUTE_US && burn->at_least == 100);
    assert_int_equal(burn->class_index, POLICY_NONE);
    assert_true(rule(release, "hot-missed")->over == 1000);
    assert_true(rule(release, "hot-missed")->window_us == 7 * DAY_US);
    assert_string_equal(rule(release, "surge")->team, "");
    policy_release_unref(release);
}

static void an_entry_changes_only_what_it_says(void **state)
{
    (void)state;
    struct policy_release *release = stored(compile(
        "alerts.yaml",
        "group: 2m\n"
        "alerts:\n"
        "  - {name: enrichment-timeouts, over: 7.5%, team: north, page: false, repeat: 0s}\n"
        "  - {name: open-exceptions, off: true}\n"
        "  - {name: burn-rate, over: 6, window: 6h, short_window: 30m, target: 99.5%}\n"
        "  - {name: hot-missed, class: '*', objective: assigned, incident: true}\n"
        "  - name: few\n    metric: late_count\n    over: 3\n    class: hot\n"
        "    objective: assigned\n    window: 24h\n    for: 5m\n"));
    assert_int_equal(release->alerting.rule_count, 11);
    assert_true(release->alerting.group_us == 2 * MINUTE_US);
    const struct policy_alert *timeouts = rule(release, "enrichment-timeouts");
    assert_true(timeouts->over == 750 && timeouts->window_us == 15 * MINUTE_US);
    assert_string_equal(timeouts->team, "north");
    assert_true(!timeouts->page && timeouts->repeat_us == 0);
    assert_null(rule(release, "open-exceptions"));
    const struct policy_alert *burn = rule(release, "burn-rate");
    assert_true(burn->over == 600 && burn->target == 9950 && burn->window_us == 6 * HOUR_US &&
                burn->short_window_us == 30 * MINUTE_US);
    assert_int_equal(rule(release, "hot-missed")->class_index, POLICY_NONE);
    assert_int_equal(rule(release, "hot-missed")->objective, POLICY_ASSIGNED);
    assert_true(rule(release, "hot-missed")->incident);
    const struct policy_alert *few = rule(release, "few");
    assert_true(few->over == 3 && few->window_us == DAY_US && few->for_us == 5 * MINUTE_US);
    assert_int_equal(few->class_index, 0);
    assert_true(!few->page && few->repeat_us == DAY_US);
    policy_release_unref(release);
}

static void mistakes_about_alerts_are_named(void **state)
{
    (void)state;
    file_refused(
        "alerts.yaml",
        "alerts:\n"
        "  - {name: surge, metric: late_rate}\n"
        "  - {name: surge, window: 5m}\n"
        "  - {name: open-exception, off: true}\n"
        "  - {name: mine, over: 5}\n"
        "  - {name: a, metric: late_rate, over: 5, window: 36d, class: hott, team: nort}\n"
        "  - {name: b, metric: burn_rate, over: 0, target: 100%, window: 5m}\n"
        "  - {name: c, metric: oldest_unassigned, over: 5%, window: 1h, at_least: 3, class: hot}\n"
        "  - {name: d, metric: late_count, over: 1.5, window: 7h30m}\n"
        "  - {name: e, metric: late_count, class: rest, objective: contacted}\n"
        "  - {name: f, metric: shares, over: 1}\n",
        "alerts.yaml:2:27: the built-in rule `surge` measures `surge`; give one that measures "
        "something else another name",
        "alerts.yaml:3:12: the rule `surge` is given twice; first on line 2",
        "alerts.yaml:4:12: no built-in rule is called `open-exception`; did you mean "
        "`open-exceptions`?",
        "alerts.yaml:5:12: no built-in rule is called `mine`; one of your own needs a `metric`",
        "alerts.yaml:6:40: `over` must be a percentage such as 5% for `metric: late_rate`, got `5`",
        "alerts.yaml:6:51: `window` must be whole minutes up to 6h, or whole hours up to 35d, got "
        "`36d`",
        "alerts.yaml:6:63: no class is called `hott`; did you mean `hot`?",
        "alerts.yaml:6:75: `nort` is neither an owner in mesh.yaml nor a team in people.yaml; did "
        "you mean `north`?",
        "alerts.yaml:7:5: `short_window` must be shorter than `window`: both must burn",
        "alerts.yaml:7:40: `over` must be a number above 0 such as 14.4 for `metric: burn_rate`, "
        "got `0`",
        "alerts.yaml:7:51: `target` must be above 0% and below 100%, or nothing may ever be late",
        "alerts.yaml:8:48: `over` must be a duration such as 30m for `metric: oldest_unassigned`, "
        "got `5%`",
        "alerts.yaml:8:60: `window` means nothing for `metric: oldest_unassigned`; remove it",
        "alerts.yaml:8:74: `at_least` means nothing for `metric: oldest_unassigned`; remove it",
        "alerts.yaml:8:84: `class` means nothing for `metric: oldest_unassigned`; remove it",
        "alerts.yaml:9:41: `over` must be a whole number such as 20 for `metric: late_count`, got "
        "`1.5`",
        "alerts.yaml:9:54: `window` must be whole minutes up to 6h, or whole hours up to 35d, got "
        "`7h30m`",
        "alerts.yaml:10:5: `over` is missing: above what does the rule fire?",
        "alerts.yaml:10:42: never fires: the class `rest` does not promise `contacted`",
        "alerts.yaml:11:23: `metric` must be one of enrichment_timeout_rate, surge, "
        "unassigned_backlog, oldest_unassigned, unassigned_late, late_rate, late_count, burn_rate, "
        "dead_letter_rate, delivery_failures, open_exceptions, got `shares`");
}

/* ---- incidents */

static void incidents_open_at_a_tenth_unless_said(void **state)
{
    (void)state;
    struct policy_release *release = stored(compile("mesh.yaml", MESH_NAME));
    assert_int_equal(release->incidents.drop, 1000);
    assert_true(release->incidents.window_us == DAY_US &&
                release->incidents.norm_us == 28 * DAY_US);
    assert_int_equal(release->incidents.at_least, 20);
    assert_string_equal(release->incidents.team, "");
    policy_release_unref(release);
    release = stored(compile("mesh.yaml", MESH_NAME "incidents: {drop: 0%, window: 12h, norm: 14d, "
                                                    "at_least: 5, team: north}\n"));
    assert_int_equal(release->incidents.drop, 0);
    assert_true(release->incidents.window_us == 12 * HOUR_US);
    assert_true(release->incidents.norm_us == 14 * DAY_US);
    assert_int_equal(release->incidents.at_least, 5);
    assert_string_equal(release->incidents.team, "north");
    policy_release_unref(release);
    file_refused("mesh.yaml",
                 MESH_NAME "incidents: {drop: a tenth, window: 90m, norm: 35d, team: south}\n",
                 "mesh.yaml:3:19: `drop` must be a percentage such as 5%, at most 100%, with two "
                 "decimals at most, got `a tenth`",
                 "mesh.yaml:3:36: `window` must be whole hours up to 35d, got `90m`",
                 "mesh.yaml:3:47: `window` and the `norm` before it must be at most 35d together",
                 "mesh.yaml:3:58: `south` is neither an owner in mesh.yaml nor a team in "
                 "people.yaml; did you mean `north`?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_standard_kinds_need_no_words),
        cmocka_unit_test(a_pipeline_changes_what_it_says_and_no_more),
        cmocka_unit_test(mistakes_about_exceptions_are_named),
        cmocka_unit_test(causes_are_those_declared_or_any_word),
        cmocka_unit_test(a_surge_is_noticed_without_a_plan),
        cmocka_unit_test(a_plan_says_what_is_done),
        cmocka_unit_test(a_plan_may_be_short),
        cmocka_unit_test(mistakes_about_surges_are_named),
        cmocka_unit_test(rules_are_built_in),
        cmocka_unit_test(an_entry_changes_only_what_it_says),
        cmocka_unit_test(mistakes_about_alerts_are_named),
        cmocka_unit_test(incidents_open_at_a_tenth_unless_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
