/* Incidents: they open by themselves when a class keeps its promises much less than it used to, or
 * by an alert; closing one takes a postmortem, and what it promises is tracked until done (F2). */
#include "driver.h"

#include <stdio.h>

#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

static const char mesh[] = "name: testing\n"
                           "owners:\n  - {name: ops, role: routing}\n"
                           "causes:\n"
                           "  - {name: bad_data}\n  - {name: staffing}\n  - {name: vendor_outage}\n"
                           "incidents: {drop: 10%, window: 1h, norm: 24h, at_least: 4}\n";

static void activate(struct driver *d, const char *alerts)
{
    const struct policy_file files[] = {
        {"mesh.yaml", bytes_of(mesh)},
        {"alerts.yaml", bytes_of(alerts)},
    };
    struct policy_release *release =
        driver_release_with(files, alerts != NULL ? sizeof files / sizeof *files : 1);
    assert_int_equal(driver_activate(d, release), CORE_OK);
    policy_release_unref(release);
}

static int open_driver(void **state)
{
    struct driver *d = driver_new_empty();
    activate(d, NULL);
    *state = d;
    return 0;
}

static int close_driver(void **state)
{
    driver_check_replay(*state);
    driver_free(*state);
    return 0;
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

/* ---- by themselves */

/* So many hot leads, whose owner is found at once or a minute late. */
static void promise(struct driver *d, size_t count, bool kept)
{
    static unsigned made;
    uint64_t leads[16];
    char email[64];
    driver_set_rep(d, "ana", kept, 100);
    driver_set_rep(d, "ben", kept, 100);
    driver_set_rep(d, "cem", kept, 100);
    assert_true(count <= 16);
    for (size_t i = 0; i < count; i++) {
        snprintf(email, sizeof email, "hot%u@x.example", made++);
        leads[i] = driver_submit(d, email, NULL, "demo");
    }
    driver_pass(d, 61 * SECOND);
    for (size_t i = 0; i < count; i++)
        driver_outcome(d, leads[i], false);
    driver_look(d);
}

static void a_class_that_keeps_less_than_it_used_to_opens_one(void **state)
{
    struct driver *d = *state;
    promise(d, 8, true);
    driver_pass(d, 2 * HOUR);
    promise(d, 3, false);
    assert_int_equal(driver_count(d, CORE_INCIDENT_OPENED), 0); /* three say nothing */
    promise(d, 1, false);
    assert_int_equal(driver_count(d, CORE_INCIDENT_OPENED), 1);
    check_newest(d, CORE_INCIDENT_OPENED, "class", "hot");
    check_newest(d, CORE_INCIDENT_OPENED, "objective", "assigned");
    check_newest(d, CORE_INCIDENT_OPENED, "attained", "0");
    check_newest(d, CORE_INCIDENT_OPENED, "norm", "10000");
    check_newest(d, CORE_INCIDENT_OPENED, "team", "ops");
    check_newest(d, CORE_INCIDENT_OPENED, "title",
                 "class hot: \"assigned\" is kept in 0.00 % of cases, the norm is 100.00 %");
    promise(d, 4, false);
    assert_int_equal(driver_count(d, CORE_INCIDENT_OPENED), 1); /* it is open already */
}

static void a_tenth_less_is_not_yet_an_incident(void **state)
{
    struct driver *d = *state;
    promise(d, 8, true);
    driver_pass(d, 2 * HOUR);
    promise(d, 9, true);
    promise(d, 1, false);
    assert_int_equal(driver_count(d, CORE_INCIDENT_OPENED), 0); /* 90 % of the norm */
    promise(d, 1, false);
    assert_int_equal(driver_count(d, CORE_INCIDENT_OPENED), 1);
}

static void an_alert_opens_one_when_its_rule_says_so(void **state)
{
    struct driver *d = *state;
    activate(d, "alerts:\n"
                "  - {name: backlog, metric: unassigned_backlog, over: 0, incident: true}\n");
    driver_set_rep(d, "ana", 0, -1);
    driver_set_rep(d, "ben", 0, -1);
    driver_set_rep(d, "cem", 0, -1);
    driver_submit(d, "waits@x.example", NULL, NULL);
    driver_look(d);
    assert_int_equal(driver_count(d, CORE_INCIDENT_OPENED), 1);
    check_newest(d, CORE_INCIDENT_OPENED, "title", "backlog: unassigned_backlog is 1");
    assert_int_equal(core_incident_count(d->core), 1);
    const struct core_incident *incident = core_incident_at(d->core, 0);
    assert_string_equal(incident->rule, "backlog");
    assert_int_equal(incident->alert, core_alert_at(d->core, 0)->number);
    driver_set_rep(d, "ana", 1, -1);
    driver_look(d);
    assert_int_equal(core_alert_count(d->core), 0);
    driver_set_rep(d, "ana", 0, -1);
    driver_submit(d, "waits.too@x.example", NULL, NULL);
    driver_look(d); /* fires anew, while the incident is still open */
    assert_int_equal(driver_count(d, CORE_ALERT_FIRING), 2);
    assert_int_equal(driver_count(d, CORE_INCIDENT_OPENED), 1);
}

/* ---- by people */

static struct core_command opening(const char *title)
{
    return (struct core_command){.type = CORE_OPEN_INCIDENT,
                                 .actor = BYTES_LITERAL("ana"),
                                 .incident.title = bytes_of(title)};
}

static uint64_t open_one(struct driver *d)
{
    assert_int_equal(driver_run(d, opening("The vendor's form is down")), CORE_OK);
    assert_int_equal(d->decision.entity, d->decision.seq);
    return d->decision.entity;
}

static const struct bytes causes[] = {{"vendor_outage", 13}, {"bad_data", 8}};

/* Points into `items`, which are due in two days and in one. */
static struct core_command closing(const struct driver *d, uint64_t incident,
                                   struct core_remediation items[2])
{
    items[0] = (struct core_remediation){BYTES_LITERAL("A second form"), BYTES_LITERAL("ana"),
                                         d->now_us + 2 * DAY};
    items[1] = (struct core_remediation){BYTES_LITERAL("Ask the vendor"), BYTES_LITERAL("ben"),
                                         d->now_us + DAY};
    return (struct core_command){.type = CORE_CLOSE_INCIDENT,
                                 .entity = incident,
                                 .incident.text = BYTES_LITERAL("The vendor moved a server."),
                                 .incident.causes = causes,
                                 .incident.cause_count = 2,
                                 .incident.items = items,
                                 .incident.item_count = 2};
}

static void check_refused(struct driver *d, struct core_command command, enum core_status status,
                          const char *says)
{
    assert_int_equal(driver_run(d, command), status);
    if (strstr(d->decision.message, says) == NULL)
        fail_msg("\"%s\" is not in: %s", says, d->decision.message);
}

static void closing_one_takes_a_postmortem(void **state)
{
    struct driver *d = *state;
    struct core_remediation items[2];
    uint64_t number = open_one(d);
    const struct core_command good = closing(d, number, items);
    struct core_command bad = good;
    bad.incident.text = (struct bytes){0};
    check_refused(d, bad, CORE_INVALID, "`text` is required");
    bad = good;
    bad.incident.cause_count = 0;
    check_refused(d, bad, CORE_INVALID, "`causes` is required");
    const struct bytes undeclared = BYTES_LITERAL("gremlins");
    bad.incident.causes = &undeclared;
    bad.incident.cause_count = 1;
    check_refused(d, bad, CORE_INVALID, "mesh.yaml has: bad_data, staffing, vendor_outage");
    bad = good;
    bad.incident.item_count = 0;
    check_refused(d, bad, CORE_INVALID, "`items` is required");
    items[1].owner = (struct bytes){0};
    check_refused(d, good, CORE_INVALID, "item 2 has no `owner`");
    closing(d, number, items);
    items[0].title = (struct bytes){0};
    check_refused(d, good, CORE_INVALID, "item 1 has no `title`");
    closing(d, number, items);
    items[1].due_us = d->now_us;
    check_refused(d, good, CORE_INVALID, "item 2 is due in the past");
    closing(d, number, items);
    assert_int_equal(driver_run(d, good), CORE_OK);
    check_refused(d, good, CORE_WRONG_STATE, "is closed already");
    const struct core_command note = {
        .type = CORE_NOTE_INCIDENT, .entity = number, .incident.text = BYTES_LITERAL("late")};
    check_refused(d, note, CORE_WRONG_STATE, "is closed already");
}

static void what_is_stale_or_unknown_is_refused(void **state)
{
    struct driver *d = *state;
    uint64_t number = open_one(d);
    struct core_command note = {.type = CORE_NOTE_INCIDENT,
                                .entity = number,
                                .if_version = number,
                                .incident.text = BYTES_LITERAL("They answer the phone again.")};
    assert_int_equal(driver_run(d, note), CORE_OK);
    check_refused(d, note, CORE_STALE, "look at it again");
    note.if_version = core_incident_at(d->core, 0)->last_seq;
    assert_int_equal(driver_run(d, note), CORE_OK);
    note.entity = 4711;
    check_refused(d, note, CORE_NOT_FOUND, "I4711");
    note = opening("");
    check_refused(d, note, CORE_INVALID, "`title` is required");
    note = opening("So?");
    note.incident.team = BYTES_LITERAL("nobody");
    check_refused(d, note, CORE_INVALID, "\"nobody\" is neither a team");
}

static struct core_command finishing(uint64_t incident, uint32_t item)
{
    return (struct core_command){.type = CORE_FINISH_REMEDIATION,
                                 .entity = incident,
                                 .remediation.item = item,
                                 .remediation.note = BYTES_LITERAL("in place")};
}

static void what_is_to_be_done_is_asked_for_daily_until_it_is_done(void **state)
{
    struct driver *d = *state;
    struct core_remediation items[2];
    uint64_t number = open_one(d);
    check_refused(d, finishing(number, 0), CORE_WRONG_STATE, "before it is closed");
    driver_run(d, closing(d, number, items));
    driver_pass(d, DAY - SECOND);
    driver_look(d);
    assert_int_equal(driver_count(d, CORE_REMEDIATION_LATE), 0);
    driver_pass(d, SECOND);
    driver_look(d);
    assert_int_equal(driver_count(d, CORE_REMEDIATION_LATE), 1);
    check_newest(d, CORE_REMEDIATION_LATE, "item", "1");
    driver_pass(d, DAY);
    driver_look(d); /* the second one for the second time, and the first one */
    assert_int_equal(driver_count(d, CORE_REMEDIATION_LATE), 3);
    driver_check_replay(d);
    assert_int_equal(driver_run(d, finishing(number, 1)), CORE_OK);
    check_refused(d, finishing(number, 1), CORE_WRONG_STATE, "is done already");
    check_refused(d, finishing(number, 2), CORE_NOT_FOUND, "items 1 to 2, not 3");
    assert_int_equal(driver_run(d, finishing(number, 0)), CORE_OK);
    driver_pass(d, 3 * DAY);
    driver_look(d);
    assert_int_equal(driver_count(d, CORE_REMEDIATION_LATE), 3);
}

static void what_is_closed_does_not_open_again_by_what_it_was_about(void **state)
{
    struct driver *d = *state;
    struct core_remediation items[2];
    promise(d, 8, true);
    driver_pass(d, 2 * HOUR);
    promise(d, 4, false);
    uint64_t number = core_incident_at(d->core, 0)->number;
    assert_int_equal(driver_run(d, closing(d, number, items)), CORE_OK);
    driver_look(d);
    assert_int_equal(driver_count(d, CORE_INCIDENT_OPENED), 1);
    driver_pass(d, 2 * HOUR);
    promise(d, 4, false);
    assert_int_equal(driver_count(d, CORE_INCIDENT_OPENED), 2); /* that is something new */
}

static void what_is_done_is_forgotten_after_five_weeks(void **state)
{
    struct driver *d = *state;
    struct core_remediation items[2];
    uint64_t number = open_one(d);
    driver_run(d, closing(d, number, items));
    driver_run(d, finishing(number, 0));
    driver_pass(d, 36 * DAY);
    open_one(d);
    assert_int_equal(core_incident_count(d->core), 2); /* an item is still to be done */
    driver_run(d, finishing(number, 1));
    open_one(d);
    assert_int_equal(core_incident_count(d->core), 2);
    check_refused(d, finishing(number, 1), CORE_NOT_FOUND, "nothing of it is left");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_driver, close_driver)
    const struct CMUnitTest tests[] = {
        TEST(a_class_that_keeps_less_than_it_used_to_opens_one),
        TEST(a_tenth_less_is_not_yet_an_incident),
        TEST(an_alert_opens_one_when_its_rule_says_so),
        TEST(closing_one_takes_a_postmortem),
        TEST(what_is_stale_or_unknown_is_refused),
        TEST(what_is_to_be_done_is_asked_for_daily_until_it_is_done),
        TEST(what_is_closed_does_not_open_again_by_what_it_was_about),
        TEST(what_is_done_is_forgotten_after_five_weeks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
