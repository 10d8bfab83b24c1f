/* Alerts: rules are looked at every few seconds; what holds long enough fires and is told to a team
 * once, together with what fires beside it; a silence keeps it quiet (E5). */
#include "driver.h"

#include <stdio.h>

#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

/* Only what a test is about. */
#define OFF(name) "  - {name: " name ", off: true}\n"
#define OTHERS_OFF             \
    OFF("enrichment-timeouts") \
    OFF("surge")               \
    OFF("no-owner-in-time")    \
    OFF("hot-missed")          \
    OFF("hot-missed-few")      \
    OFF("burn-rate") OFF("dead-letters") OFF("delivery-failures") OFF("open-exceptions")
#define RULES                                                                    \
    "group: 30s\nalerts:\n" OTHERS_OFF                                           \
    "  - {name: unassigned-backlog, over: 1, for: 2m, team: desk, repeat: 4h}\n" \
    "  - {name: oldest-unassigned, over: 10m, team: desk}\n"

static const char teams[] = "defaults: {capacity: 2}\n"
                            "teams:\n  - {id: desk, title: The desk, manager: ana}\n"
                            "reps:\n"
                            "  - {id: ana, name: Ana}\n"
                            "  - {id: ben, name: Ben}\n"
                            "  - {id: cem, name: Cem}\n";
static const char on_call[] = "rotations:\n"
                              "  - id: desk\n"
                              "    team: desk\n"
                              "    time_zone: UTC\n"
                              "    layers:\n"
                              "      - {name: first, start: 2020-01-06, every: 1w,"
                              " hand_over: \"mon 09:00\", people: [ben]}\n";

/* What waits goes on waiting. */
static const char pipeline[] =
    "pipeline: inbound\nowner: ops\nescalation: []\nclasses:\n"
    "  - {name: hot, when: 'lead.form == \"demo\"', objectives: {assigned: 60s, contacted: 5m}}\n"
    "  - {name: standard, objectives: {assigned: 5m, contacted: 4h}}\n"
    "routes:\n  - {name: everyone, to: {pool: all}}\n";

/* Tests begin late in the evening. */
static const char by_day[] = "rotations:\n"
                             "  - id: desk\n"
                             "    team: desk\n"
                             "    time_zone: UTC\n"
                             "    layers:\n"
                             "      - {name: day, start: 2020-01-06, every: 1w,"
                             " hand_over: \"mon 09:00\", hours: {mon-fri: \"09:00-17:00\"},"
                             " people: [ben]}\n";

static void activate_called(struct driver *d, const char *rules, const char *rotations)
{
    const struct policy_file files[] = {
        {"people.yaml", bytes_of(teams)},
        {"on-call.yaml", bytes_of(rotations)},
        {"pipelines/inbound.yaml", bytes_of(pipeline)},
        {"alerts.yaml", bytes_of(rules)},
    };
    struct policy_release *release = driver_release_with(files, sizeof files / sizeof *files);
    assert_int_equal(driver_activate(d, release), CORE_OK);
    policy_release_unref(release);
}

static void activate(struct driver *d, const char *rules)
{
    activate_called(d, rules, on_call);
}

static int open_driver(void **state)
{
    struct driver *d = driver_new_empty();
    activate(d, RULES);
    *state = d;
    return 0;
}

static int close_driver(void **state)
{
    driver_check_replay(*state);
    driver_free(*state);
    return 0;
}

static void set_everybody(struct driver *d, int available)
{
    driver_set_rep(d, "ana", available, -1);
    driver_set_rep(d, "ben", available, -1);
    driver_set_rep(d, "cem", available, -1);
}

/* So many leads that nobody takes. */
static void pile_up(struct driver *d, size_t count)
{
    char email[64];
    set_everybody(d, 0);
    for (size_t i = 0; i < count; i++) {
        snprintf(email, sizeof email, "waits%zu@x.example", i);
        driver_submit(d, email, NULL, NULL);
    }
}

/* Time passes, and then somebody looks. */
static void look_after(struct driver *d, int64_t duration_us)
{
    driver_pass(d, duration_us);
    driver_look(d);
}

static void check_counts(const struct driver *d, size_t pending, size_t firing, size_t resolved)
{
    assert_int_equal(driver_count(d, CORE_ALERT_PENDING), pending);
    assert_int_equal(driver_count(d, CORE_ALERT_FIRING), firing);
    assert_int_equal(driver_count(d, CORE_ALERT_RESOLVED), resolved);
}

static bool newest_has(const struct driver *d, enum core_event_type type, const char *member)
{
    struct json_object *event = driver_newest(d, type);
    bool has = json_object_object_get(event, member) != NULL;
    json_object_put(event);
    return has;
}

static void check_newest(const struct driver *d, enum core_event_type type, const char *member,
                         const char *text)
{
    struct json_object *event = driver_newest(d, type);
    struct json_object *value = json_object_object_get(event, member);
    assert_non_null(value);
    assert_string_equal(json_object_get_string(value), text);
    json_object_put(event);
}

/* ---- */

static void what_holds_long_enough_fires_and_what_holds_no_longer_is_resolved(void **state)
{
    struct driver *d = *state;
    pile_up(d, 1);
    driver_look(d);
    check_counts(d, 0, 0, 0); /* one is not more than one */
    pile_up(d, 2);
    driver_look(d);
    check_counts(d, 1, 0, 0);
    check_newest(d, CORE_ALERT_PENDING, "rule", "unassigned-backlog");
    check_newest(d, CORE_ALERT_PENDING, "value", "2");
    look_after(d, 119 * SECOND);
    check_counts(d, 1, 0, 0);
    look_after(d, SECOND);
    check_counts(d, 1, 1, 0);
    assert_int_equal(core_alert_count(d->core), 1);
    const struct core_alert *alert = core_alert_at(d->core, 0);
    assert_int_equal(alert->state, CORE_ALERT_IS_FIRING);
    assert_string_equal(alert->team, "desk");
    assert_int_equal(alert->since_us, d->now_us);
    set_everybody(d, 1);
    driver_look(d);
    check_counts(d, 1, 1, 1);
    check_newest(d, CORE_ALERT_RESOLVED, "fired", "true");
    assert_int_equal(core_alert_count(d->core), 0);
}

static void what_ends_before_it_fires_never_fired(void **state)
{
    struct driver *d = *state;
    pile_up(d, 2);
    driver_look(d);
    set_everybody(d, 1);
    look_after(d, MINUTE);
    check_counts(d, 1, 0, 1);
    assert_false(newest_has(d, CORE_ALERT_RESOLVED, "fired"));
}

static void the_oldest_that_waits_tells_how_long(void **state)
{
    struct driver *d = *state;
    pile_up(d, 1);
    look_after(d, 10 * MINUTE);
    check_counts(d, 0, 0, 0);
    look_after(d, SECOND);
    check_counts(d, 1, 1, 0); /* without `for` it fires at once */
    check_newest(d, CORE_ALERT_FIRING, "rule", "oldest-unassigned");
    check_newest(d, CORE_ALERT_FIRING, "value", "601000000");
}

static void a_team_is_told_once_of_all_that_fires_together(void **state)
{
    struct driver *d = *state;
    pile_up(d, 2);
    driver_look(d);
    look_after(d, 10 * MINUTE); /* the backlog fires, for two minutes are over */
    look_after(d, SECOND);      /* and now the oldest is too old */
    check_counts(d, 2, 2, 0);
    assert_int_equal(driver_count(d, CORE_PAGE_DUE), 0);
    look_after(d, 29 * SECOND);
    assert_int_equal(driver_count(d, CORE_PAGE_DUE), 1);
    struct json_object *page = driver_newest(d, CORE_PAGE_DUE);
    assert_int_equal(json_object_array_length(json_object_object_get(page, "alerts")), 2);
    json_object_put(page);
    check_newest(d, CORE_PAGE_DUE, "team", "desk");
    check_newest(d, CORE_PAGE_DUE, "urgent", "true");
    check_newest(d, CORE_PAGE_DUE, "rep", "ben"); /* who is on call */
    look_after(d, HOUR);
    assert_int_equal(driver_count(d, CORE_PAGE_DUE), 1);
}

static void in_a_gap_of_the_rotation_the_team_itself_is_told(void **state)
{
    struct driver *d = *state;
    activate_called(d, RULES, by_day);
    pile_up(d, 2);
    driver_look(d);
    look_after(d, 10 * MINUTE);
    look_after(d, 30 * SECOND);
    assert_int_equal(driver_count(d, CORE_PAGE_DUE), 1);
    check_newest(d, CORE_PAGE_DUE, "team", "desk");
    check_newest(d, CORE_PAGE_DUE, "urgent", "true");
    assert_false(newest_has(d, CORE_PAGE_DUE, "rep"));
}

static void what_goes_on_firing_is_told_again(void **state)
{
    struct driver *d = *state;
    pile_up(d, 1);
    look_after(d, 11 * MINUTE);
    look_after(d, 30 * SECOND);
    assert_int_equal(driver_count(d, CORE_PAGE_DUE), 1);
    assert_false(newest_has(d, CORE_PAGE_DUE, "repeated"));
    look_after(d, 4 * HOUR - SECOND);
    assert_int_equal(driver_count(d, CORE_PAGE_DUE), 1);
    look_after(d, SECOND);
    assert_int_equal(driver_count(d, CORE_PAGE_DUE), 2);
    check_newest(d, CORE_PAGE_DUE, "repeated", "true");
}

static void a_ticket_goes_to_the_team_and_without_one_to_the_owner_of_the_pipeline(void **state)
{
    struct driver *d = *state;
    activate(d, "group: 30s\nalerts:\n" OTHERS_OFF
                "  - {name: unassigned-backlog, over: 1, for: 0s, page: false}\n"
                "  - {name: oldest-unassigned, off: true}\n");
    pile_up(d, 2);
    driver_look(d);
    look_after(d, 30 * SECOND);
    check_newest(d, CORE_PAGE_DUE, "team", "ops");
    check_newest(d, CORE_PAGE_DUE, "urgent", "false");
    assert_false(newest_has(d, CORE_PAGE_DUE, "rep"));
}

static void a_rule_that_left_the_mesh_holds_no_longer(void **state)
{
    struct driver *d = *state;
    pile_up(d, 1);
    look_after(d, 11 * MINUTE);
    check_counts(d, 1, 1, 0);
    activate(d, "alerts:\n" OTHERS_OFF OFF("oldest-unassigned") OFF("unassigned-backlog"));
    driver_look(d);
    check_counts(d, 1, 1, 1);
}

/* ---- what is counted */

static void a_rate_means_nothing_of_a_few(void **state)
{
    struct driver *d = *state;
    activate(d, "alerts:\n  - {name: dead-letters, at_least: 4}\n");
    driver_refuse(d, 0, "email/type");
    driver_submit(d, "one@x.example", NULL, NULL);
    driver_submit(d, "two@x.example", NULL, NULL);
    driver_look(d);
    check_counts(d, 0, 0, 0);
    driver_submit(d, "three@x.example", NULL, NULL);
    driver_look(d);
    check_counts(d, 1, 1, 0);
    check_newest(d, CORE_ALERT_FIRING, "label", "web");
    check_newest(d, CORE_ALERT_FIRING, "value", "2500"); /* a quarter */
    look_after(d, 2 * HOUR);
    check_counts(d, 1, 1, 1); /* out of the window */
}

static void each_class_is_looked_at_on_its_own(void **state)
{
    struct driver *d = *state;
    activate(d, "alerts:\n" OTHERS_OFF OFF("oldest-unassigned")
                    OFF("unassigned-backlog") "  - {name: too-late, metric: late_count, objective: "
                                              "assigned, over: 0,"
                                              " window: 15m}\n");
    set_everybody(d, 0);
    driver_submit(d, "hot@x.example", NULL, "demo");
    driver_submit(d, "cold@x.example", NULL, NULL);
    look_after(d, 61 * SECOND);
    check_counts(d, 1, 1, 0);
    check_newest(d, CORE_ALERT_FIRING, "label", "hot");
    look_after(d, 5 * MINUTE);
    check_counts(d, 2, 2, 0);
    check_newest(d, CORE_ALERT_FIRING, "label", "standard");
}

static void a_budget_burns_only_when_both_windows_say_so(void **state)
{
    struct driver *d = *state;
    activate(d, "alerts:\n" OTHERS_OFF OFF("oldest-unassigned")
                    OFF("unassigned-backlog") "  - {name: burns, metric: burn_rate, objective: "
                                              "assigned, over: 2, target: 90%,"
                                              " window: 1h, short_window: 5m, at_least: 4}\n");
    set_everybody(d, 0);
    char email[64];
    for (int i = 0; i < 4; i++) {
        snprintf(email, sizeof email, "hot%d@x.example", i);
        driver_submit(d, email, NULL, "demo");
    }
    look_after(d, 61 * SECOND); /* all are late: ten times what may be */
    check_counts(d, 1, 1, 0);
    check_newest(d, CORE_ALERT_FIRING, "value", "1000");
    look_after(d, 10 * MINUTE); /* the last minutes were quiet */
    check_counts(d, 1, 1, 1);
}

/* ---- silences */

static struct core_command silence(const struct driver *d, const char *rule, const char *label,
                                   int64_t for_us)
{
    return (struct core_command){.type = CORE_SILENCE,
                                 .actor = BYTES_LITERAL("ana"),
                                 .silence.rule = bytes_of(rule),
                                 .silence.label = bytes_of(label),
                                 .silence.until_us = d->now_us + for_us,
                                 .silence.reason = BYTES_LITERAL("a drill")};
}

static void what_is_silenced_fires_and_is_not_told_until_the_silence_is_over(void **state)
{
    struct driver *d = *state;
    assert_int_equal(driver_run(d, silence(d, "oldest-unassigned", NULL, HOUR)), CORE_OK);
    assert_int_equal(d->decision.entity, d->decision.seq);
    pile_up(d, 1);
    look_after(d, 11 * MINUTE);
    check_counts(d, 1, 1, 0);
    look_after(d, 48 * MINUTE);
    assert_int_equal(driver_count(d, CORE_PAGE_DUE), 0);
    driver_check_replay(d);
    look_after(d, MINUTE);
    assert_int_equal(driver_count(d, CORE_PAGE_DUE), 1);
    assert_int_equal(driver_count(d, CORE_SILENCE_ENDED), 0); /* time alone ended it */
    assert_int_equal(driver_run(d, silence(d, NULL, "hot", HOUR)), CORE_OK);
    assert_int_equal(core_silence_count(d->core), 1);
}

static void a_silence_is_ended_by_hand_once(void **state)
{
    struct driver *d = *state;
    driver_run(d, silence(d, NULL, "hot", HOUR));
    uint64_t number = d->decision.entity;
    driver_run(d, silence(d, "oldest-unassigned", NULL, HOUR));
    struct core_command end = {.type = CORE_UNSILENCE, .entity = number, .if_version = number + 1};
    assert_int_equal(driver_run(d, end), CORE_STALE);
    end.if_version = 0;
    assert_int_equal(driver_run(d, end), CORE_OK);
    assert_int_equal(driver_run(d, end), CORE_NOT_FOUND);
    assert_int_equal(core_silence_count(d->core), 1);
    end.entity = core_silence_at(d->core, 0)->number;
    driver_pass(d, HOUR);
    assert_int_equal(driver_run(d, end), CORE_NOT_FOUND); /* over */
}

static void a_silence_that_says_too_little_or_too_much_is_refused(void **state)
{
    struct driver *d = *state;
    const struct {
        struct core_command command;
        const char *says;
    } bad[] = {
        {silence(d, NULL, NULL, HOUR), "name a `rule` or a `label`"},
        {silence(d, "oldest-unasigned", NULL, HOUR), "no rule is called \"oldest-unasigned\""},
        {silence(d, NULL, "warm", HOUR), "no class, source or campaign"},
        {silence(d, NULL, "hot", 0), "is over already"},
        {silence(d, NULL, "hot", 30 * DAY + SECOND), "30 days at most"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(driver_run(d, bad[i].command), CORE_INVALID);
        assert_non_null(strstr(d->decision.message, bad[i].says));
    }
    struct core_command command = silence(d, NULL, "hot", HOUR);
    command.silence.reason = (struct bytes){0};
    assert_int_equal(driver_run(d, command), CORE_INVALID);
    assert_non_null(strstr(d->decision.message, "`reason`"));
    assert_int_equal(driver_run(d, silence(d, NULL, "web", 30 * DAY)), CORE_OK);
}

static void silences_that_are_over_make_room_for_others(void **state)
{
    struct driver *d = *state;
    while (driver_run(d, silence(d, NULL, "hot", HOUR)) == CORE_OK)
        assert_in_range(core_silence_count(d->core), 1, 1000);
    assert_non_null(strstr(d->decision.message, "1000 silences already"));
    d->now_us += HOUR;
    assert_int_equal(driver_run(d, silence(d, NULL, "hot", HOUR)), CORE_OK);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_driver, close_driver)
    const struct CMUnitTest tests[] = {
        TEST(what_holds_long_enough_fires_and_what_holds_no_longer_is_resolved),
        TEST(what_ends_before_it_fires_never_fired),
        TEST(the_oldest_that_waits_tells_how_long),
        TEST(a_team_is_told_once_of_all_that_fires_together),
        TEST(in_a_gap_of_the_rotation_the_team_itself_is_told),
        TEST(what_goes_on_firing_is_told_again),
        TEST(a_ticket_goes_to_the_team_and_without_one_to_the_owner_of_the_pipeline),
        TEST(a_rule_that_left_the_mesh_holds_no_longer),
        TEST(a_rate_means_nothing_of_a_few),
        TEST(each_class_is_looked_at_on_its_own),
        TEST(a_budget_burns_only_when_both_windows_say_so),
        TEST(what_is_silenced_fires_and_is_not_told_until_the_silence_is_over),
        TEST(a_silence_is_ended_by_hand_once),
        TEST(a_silence_that_says_too_little_or_too_much_is_refused),
        TEST(silences_that_are_over_make_room_for_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
