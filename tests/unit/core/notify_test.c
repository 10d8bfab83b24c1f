/* Who is told of what happens, by which channel, and when: everybody by the channel of their kind
 * or by one of their own, within hours, together with other things, or not at all (C3, I4). */
#include "driver.h"

#include "base/time.h"

#include <stdio.h>

#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

/* Tests begin on Tuesday, 14 November 2023, at 22:13:20 UTC. */
static const char people[] = "calendars:\n"
                             "  - {id: office, time_zone: UTC, hours: {mon-fri: \"09:00-17:00\"}}\n"
                             "  - {id: late, time_zone: UTC, hours: {mon-fri: \"14:00-22:20\"}}\n"
                             "  - {id: never, time_zone: UTC, hours: {mon-fri: \"09:00-17:00\"},"
                             " closed: [\"2020-01-01/2099-12-31\"]}\n"
                             "defaults: {capacity: 20, calendar: always}\n"
                             "teams:\n  - {id: sales, manager: cem}\n  - {id: desk}\n"
                             "reps:\n"
                             "  - {id: ana, team: sales, calendar: office,"
                             " time_off: [\"2023-11-15\"]}\n"
                             "  - {id: ben, team: desk}\n"
                             "  - {id: cem, team: sales, contact: {via: chat, address: U7}}\n";
static const char pools[] = "pools:\n  - {id: all, strategy: round_robin, members: [ben]}\n"
                            "  - {id: night, strategy: round_robin, members: [ana],"
                            " off_duty: on_call, on_call: [cem]}\n";
static const char pipeline[] =
    "pipeline: inbound\nowner: ops\n"
    "classes:\n  - {name: standard, objectives: {assigned: 5m, contacted: 1h}}\n"
    "escalation: [{at: 50%, do: remind}, {at: 80%, do: notify}]\n"
    "routes:\n"
    "  - {name: unclear, when: 'lead.form == \"unclear\"',"
    " to: {exception: manual, team: desk, within: 1h}}\n"
    "  - {name: ours, when: 'lead.form == \"ours\"',"
    " to: {exception: manual, team: ops, within: 1h}}\n"
    "  - {name: night, when: 'lead.form == \"night\"', to: {pool: night}}\n"
    "  - {name: everyone, to: {pool: all}}\n";
static const char on_call[] = "rotations:\n"
                              "  - id: desk\n"
                              "    team: desk\n"
                              "    time_zone: UTC\n"
                              "    layers:\n"
                              "      - {name: first, start: 2020-01-06, every: 1w,"
                              " hand_over: \"mon 09:00\", people: [ben]}\n";
#define OFF(name) "  - {name: " name ", off: true}\n"
static const char others_off[] =
    "group: 0s\nalerts:\n" OFF("enrichment-timeouts") OFF("surge") OFF("no-owner-in-time")
        OFF("hot-missed") OFF("hot-missed-few") OFF("burn-rate") OFF("dead-letters")
            OFF("delivery-failures") OFF("open-exceptions") OFF("oldest-unassigned");

#define ALL_BY_MAIL                                                        \
    "channels: {reps: mail, managers: mail, teams: mail, on_call: chat,\n" \
    "  partners_by_email: mail, partners_by_webhook: partners}\nmute: []\n"

/* `alerts`: one rule more, or NULL. Destinations want to be asked for something: nobody sets a
 * silence here. */
static struct policy_release *release_of(const char *notifications, const char *alerts,
                                         struct arena *arena)
{
    const struct policy_file files[] = {
        {"destinations/mail.yaml",
         BYTES_LITERAL("destination: mail\nkind: email\nowner: ops\nevents: [silence.set]\n"
                       "server: \"smtp://mail.example:25\"\n"
                       "from: leads@acme.example\nto: ops@acme.example\n")},
        {"destinations/chat.yaml",
         BYTES_LITERAL("destination: chat\nkind: slack\nowner: ops\nevents: [silence.set]\n"
                       "url: {env: CHAT_URL}\n")},
        {"destinations/partners.yaml",
         BYTES_LITERAL("destination: partners\nkind: webhook\nowner: ops\nevents: "
                       "[silence.set]\nurl: \"https://acme.example/told\"\n"
                       "secret: {env: PARTNERS_SECRET}\n")},
        {"people.yaml", bytes_of(people)},
        {"pools.yaml", bytes_of(pools)},
        {"pipelines/inbound.yaml", bytes_of(pipeline)},
        {"on-call.yaml", bytes_of(on_call)},
        {"alerts.yaml",
         bytes_of(arena_printf(arena, "%s%s", others_off,
                               alerts != NULL ? alerts : OFF("unassigned-backlog")))},
        {"sources/web.yaml", BYTES_LITERAL("source: web\nowner: ops\ncontract: 1\nversions:\n"
                                           "  - {version: 1, mapping: {email: payload.email}}\n"
                                           "notify: {webhook: \"https://partner.example/hook\","
                                           " emails: [ops@partner.example], every: 1h}\n")},
        {"contracts/web/1.json", BYTES_LITERAL("{\"type\":\"object\"}")},
        {"notifications.yaml", bytes_of(notifications)},
    };
    return driver_release_with(files, sizeof files / sizeof *files);
}

static struct driver *driver_told_of(const char *notifications, const char *alerts)
{
    struct driver *d = driver_new_empty();
    struct policy_release *release = release_of(notifications, alerts, &d->arena);
    assert_int_equal(driver_activate(d, release), CORE_OK);
    policy_release_unref(release);
    return d;
}

static struct driver *driver_told(const char *notifications)
{
    return driver_told_of(notifications, NULL);
}

static void finish(struct driver *d)
{
    driver_check_replay(d);
    driver_free(d);
}

/* What the newest event of that type brings about outside, as the journal has it. */
static void check_told(const struct driver *d, enum core_event_type type, const char *dues)
{
    struct json_object *event = driver_newest(d, type);
    struct json_object *list = json_object_object_get(event, "dues");
    assert_string_equal(list == NULL
                            ? ""
                            : json_object_to_json_string_ext(
                                  list, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE),
                        dues);
    json_object_put(event);
}

static uint64_t assigned_to(struct driver *d, const char *rep)
{
    static unsigned made;
    char email[64];
    snprintf(email, sizeof email, "lead%u@x.example", made++);
    uint64_t lead = driver_submit(d, email, NULL, NULL);
    if (strcmp(driver_owner(d, lead), rep) != 0)
        driver_assign(d, lead, rep);
    return lead;
}

/* ---- whom, and by what */

static void owners_are_told_of_a_lead_only_when_the_mesh_says_so(void **state)
{
    (void)state;
    struct driver *d = driver_told("channels: {reps: mail}\n");
    assigned_to(d, "ben");
    check_told(d, CORE_LEAD_ASSIGNED, "");
    finish(d);
    d = driver_told("channels: {reps: mail}\nmute: []\n");
    assigned_to(d, "ben");
    check_told(d, CORE_LEAD_ASSIGNED,
               "[{\"to\":\"mail\",\"purpose\":\"assignment\",\"target\":\"rep:ben\"}]");
    finish(d);
}

static void a_rep_may_have_a_channel_of_their_own(void **state)
{
    (void)state;
    struct driver *d = driver_told("channels: {reps: mail}\nmute: []\n");
    assigned_to(d, "cem");
    check_told(d, CORE_LEAD_ASSIGNED,
               "[{\"to\":\"chat\",\"purpose\":\"assignment\",\"target\":\"rep:cem\"}]");
    finish(d);
}

static void without_a_channel_it_is_recorded_that_nobody_is_told(void **state)
{
    (void)state;
    struct driver *d = driver_told("mute: []\n");
    assigned_to(d, "ben");
    check_told(d, CORE_LEAD_ASSIGNED,
               "[{\"to\":null,\"purpose\":\"assignment\",\"target\":\"rep:ben\"}]");
    finish(d);
}

static void ladders_remind_owners_and_tell_managers_or_the_team(void **state)
{
    (void)state;
    struct driver *d = driver_told("channels: {reps: mail, managers: mail, teams: chat}\n");
    assigned_to(d, "ana");
    driver_pass(d, 30 * MINUTE);
    check_told(d, CORE_LEAD_ESCALATED,
               "[{\"to\":\"mail\",\"purpose\":\"reminder\",\"target\":\"rep:ana\"}]");
    driver_pass(d, 18 * MINUTE); /* her manager is cem, who is told by chat */
    check_told(d, CORE_LEAD_ESCALATED,
               "[{\"to\":\"chat\",\"purpose\":\"escalation\",\"target\":\"rep:cem\"}]");
    finish(d);
    d = driver_told("channels: {reps: mail, managers: mail, teams: chat}\n");
    assigned_to(d, "ben"); /* of a team that nobody manages */
    driver_pass(d, 48 * MINUTE);
    check_told(d, CORE_LEAD_ESCALATED,
               "[{\"to\":\"chat\",\"purpose\":\"escalation\",\"target\":\"team:desk\"}]");
    finish(d);
}

static void who_is_to_decide_is_told_of_exceptions(void **state)
{
    (void)state;
    struct driver *d = driver_told(ALL_BY_MAIL);
    driver_submit(d, "un@x.example", NULL, "unclear");
    check_told(d, CORE_LEAD_EXCEPTED,
               "[{\"to\":\"mail\",\"purpose\":\"exception\",\"target\":\"team:desk\"}]");
    driver_submit(d, "our@x.example", NULL, "ours");
    check_told(d, CORE_LEAD_EXCEPTED,
               "[{\"to\":\"mail\",\"purpose\":\"exception\",\"target\":\"owner:ops\"}]");
    driver_pass(d, 61 * MINUTE); /* nobody decided: they are reminded */
    check_told(d, CORE_EXCEPTION_ESCALATED,
               "[{\"to\":\"mail\",\"purpose\":\"exception\",\"target\":\"owner:ops\"}]");
    uint64_t lead = assigned_to(d, "ben");
    const struct core_command ask = {.type = CORE_OPEN_EXCEPTION,
                                     .lead = lead,
                                     .actor = BYTES_LITERAL("mia"),
                                     .open_exception.note = BYTES_LITERAL("which of the two?"),
                                     .open_exception.team = BYTES_LITERAL("sales")};
    assert_int_equal(driver_run(d, ask), CORE_OK);
    check_told(d, CORE_EXCEPTION_OPENED,
               "[{\"to\":\"mail\",\"purpose\":\"exception\",\"target\":\"team:sales\"}]");
    finish(d);
}

static void partners_are_told_as_their_address_says(void **state)
{
    (void)state;
    struct driver *d = driver_told(ALL_BY_MAIL);
    driver_refuse(d, 1, "type");
    check_told(d, CORE_NOTICE_DUE,
               "[{\"to\":\"partners\",\"purpose\":\"notice\","
               "\"target\":\"https://partner.example/hook\"},"
               "{\"to\":\"mail\",\"purpose\":\"notice\","
               "\"target\":\"mailto:ops@partner.example\"}]");
    finish(d);
}

static void what_is_muted_is_told_to_nobody(void **state)
{
    (void)state;
    struct driver *d =
        driver_told("channels: {reps: mail, managers: mail, teams: mail, on_call: mail,\n"
                    "  partners_by_email: mail, partners_by_webhook: partners}\n"
                    "mute: [assignment, reminder, escalation, exception, page, ticket, notice,"
                    " remediation]\n");
    assigned_to(d, "ben");
    driver_submit(d, "un@x.example", NULL, "unclear");
    driver_refuse(d, 1, "type");
    driver_pass(d, 48 * MINUTE);
    check_told(d, CORE_LEAD_ASSIGNED, "");
    check_told(d, CORE_LEAD_ESCALATED, "");
    check_told(d, CORE_LEAD_EXCEPTED, "");
    check_told(d, CORE_NOTICE_DUE, "");
    finish(d);
}

/* ---- alerts */

/* A pool that nobody can serve. */
static void let_leads_wait(struct driver *d)
{
    char email[64];
    driver_set_rep(d, "ben", 0, -1);
    for (int i = 0; i < 3; i++) {
        snprintf(email, sizeof email, "waits%d@x.example", i);
        driver_submit(d, email, NULL, NULL);
    }
    driver_look(d);
    driver_pass(d, MINUTE);
    driver_look(d);
}

static void who_is_on_call_is_paged_at_any_hour(void **state)
{
    (void)state;
    struct driver *d =
        driver_told_of("channels: {on_call: {via: chat, hours: office, digest: 1h},"
                       " teams: {via: mail, hours: office}}\n",
                       "  - {name: unassigned-backlog, over: 1, for: 0s, team: desk}\n");
    let_leads_wait(d);
    check_told(d, CORE_PAGE_DUE, "[{\"to\":\"chat\",\"purpose\":\"page\",\"target\":\"rep:ben\"}]");
    finish(d);
}

static void with_nobody_on_call_the_team_is_told_at_once(void **state)
{
    (void)state;
    struct driver *d =
        driver_told_of("channels: {on_call: chat, teams: {via: mail, hours: office}}\n",
                       "  - {name: unassigned-backlog, over: 1, for: 0s, team: sales}\n");
    let_leads_wait(d);
    check_told(d, CORE_PAGE_DUE,
               "[{\"to\":\"mail\",\"purpose\":\"page\",\"target\":\"team:sales\"}]");
    finish(d);
}

static void what_is_not_urgent_waits_for_the_morning(void **state)
{
    (void)state;
    struct driver *d = driver_told_of(
        "channels: {on_call: chat, teams: {via: mail, hours: office}}\n",
        "  - {name: unassigned-backlog, over: 1, for: 0s, team: desk, page: false}\n");
    let_leads_wait(d);
    check_told(d, CORE_PAGE_DUE,
               "[{\"to\":\"mail\",\"purpose\":\"ticket\",\"target\":\"team:desk\","
               "\"at\":\"2023-11-15T09:00:00.000000Z\"}]");
    finish(d);
}

/* ---- incidents */

static void check_reminded(const char *owner, const char *dues)
{
    struct driver *d = driver_told(ALL_BY_MAIL);
    const struct bytes cause = BYTES_LITERAL("any");
    const struct core_remediation item = {BYTES_LITERAL("watch it"), bytes_of(owner),
                                          d->now_us + DAY};
    struct core_command command = {.type = CORE_OPEN_INCIDENT};
    command.incident.title = BYTES_LITERAL("the forms are down");
    command.incident.team = BYTES_LITERAL("desk");
    assert_int_equal(driver_run(d, command), CORE_OK);
    command = (struct core_command){.type = CORE_CLOSE_INCIDENT, .entity = d->decision.entity};
    command.incident.text = BYTES_LITERAL("a certificate");
    command.incident.causes = &cause;
    command.incident.items = &item;
    command.incident.cause_count = command.incident.item_count = 1;
    assert_int_equal(driver_run(d, command), CORE_OK);
    driver_pass(d, DAY);
    driver_look(d);
    check_told(d, CORE_REMEDIATION_LATE, dues);
    finish(d);
}

static void who_was_to_do_something_is_reminded(void **state)
{
    (void)state;
    check_reminded("ben", "[{\"to\":\"mail\",\"purpose\":\"remediation\",\"target\":\"rep:ben\"}]");
    check_reminded("sales",
                   "[{\"to\":\"mail\",\"purpose\":\"remediation\",\"target\":\"team:sales\"}]");
    check_reminded("ops",
                   "[{\"to\":\"mail\",\"purpose\":\"remediation\",\"target\":\"owner:ops\"}]");
    /* Somebody that the mesh does not know: by way of the team. */
    check_reminded("the plumber",
                   "[{\"to\":\"mail\",\"purpose\":\"remediation\",\"target\":\"team:desk\"}]");
}

/* ---- when */

static void a_channel_has_hours(void **state)
{
    (void)state;
    struct driver *d = driver_told("channels: {reps: {via: mail, hours: office}}\nmute: []\n");
    assigned_to(d, "ben");
    check_told(d, CORE_LEAD_ASSIGNED,
               "[{\"to\":\"mail\",\"purpose\":\"assignment\",\"target\":\"rep:ben\","
               "\"at\":\"2023-11-15T09:00:00.000000Z\"}]");
    driver_pass(d, 11 * HOUR);
    assigned_to(d, "ben");
    check_told(d, CORE_LEAD_ASSIGNED,
               "[{\"to\":\"mail\",\"purpose\":\"assignment\",\"target\":\"rep:ben\"}]");
    finish(d);
}

static void or_the_hours_of_each(void **state)
{
    (void)state;
    struct driver *d = driver_told("channels: {reps: {via: mail, hours: own}}\nmute: []\n");
    assigned_to(d, "ben"); /* has none */
    check_told(d, CORE_LEAD_ASSIGNED,
               "[{\"to\":\"mail\",\"purpose\":\"assignment\",\"target\":\"rep:ben\"}]");
    assigned_to(d, "ana"); /* is off on the 15th */
    check_told(d, CORE_LEAD_ASSIGNED,
               "[{\"to\":\"mail\",\"purpose\":\"assignment\",\"target\":\"rep:ana\","
               "\"at\":\"2023-11-16T09:00:00.000000Z\"}]");
    finish(d);
}

static void hours_that_never_come_hold_nothing_back(void **state)
{
    (void)state;
    struct driver *d = driver_told("channels: {reps: {via: mail, hours: never}}\nmute: []\n");
    assigned_to(d, "ben");
    check_told(d, CORE_LEAD_ASSIGNED,
               "[{\"to\":\"mail\",\"purpose\":\"assignment\",\"target\":\"rep:ben\"}]");
    finish(d);
}

static void what_comes_within_a_while_is_told_together(void **state)
{
    (void)state;
    struct driver *d = driver_told("channels: {reps: {via: mail, digest: 15m}}\nmute: []\n");
    static const char together[] =
        "[{\"to\":\"mail\",\"purpose\":\"assignment\",\"target\":\"rep:ben\","
        "\"at\":\"2023-11-14T22:15:00.000000Z\",\"digest\":true}]";
    assigned_to(d, "ben");
    check_told(d, CORE_LEAD_ASSIGNED, together);
    driver_pass(d, MINUTE);
    assigned_to(d, "ben");
    check_told(d, CORE_LEAD_ASSIGNED, together);
    driver_pass(d, MINUTE);
    assigned_to(d, "ben");
    check_told(d, CORE_LEAD_ASSIGNED,
               "[{\"to\":\"mail\",\"purpose\":\"assignment\",\"target\":\"rep:ben\","
               "\"at\":\"2023-11-14T22:30:00.000000Z\",\"digest\":true}]");
    finish(d);
}

static void a_digest_keeps_to_hours_too(void **state)
{
    (void)state;
    struct driver *d =
        driver_told("channels: {reps: {via: mail, hours: late, digest: 30m}}\nmute: []\n");
    assigned_to(d, "ben"); /* half past ten would be behind the end of the day */
    check_told(d, CORE_LEAD_ASSIGNED,
               "[{\"to\":\"mail\",\"purpose\":\"assignment\",\"target\":\"rep:ben\","
               "\"at\":\"2023-11-15T14:00:00.000000Z\",\"digest\":true}]");
    finish(d);
}

static void who_is_called_at_night_is_told_at_night(void **state)
{
    (void)state;
    struct driver *d = driver_told("channels: {reps: {via: mail, hours: office}}\nmute: []\n");
    uint64_t lead = driver_submit(d, "owl@x.example", NULL, "night");
    assert_string_equal(driver_owner(d, lead), "cem");
    check_told(d, CORE_LEAD_ASSIGNED,
               "[{\"to\":\"chat\",\"purpose\":\"assignment\",\"target\":\"rep:cem\"}]");
    finish(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(owners_are_told_of_a_lead_only_when_the_mesh_says_so),
        cmocka_unit_test(a_rep_may_have_a_channel_of_their_own),
        cmocka_unit_test(without_a_channel_it_is_recorded_that_nobody_is_told),
        cmocka_unit_test(ladders_remind_owners_and_tell_managers_or_the_team),
        cmocka_unit_test(who_is_to_decide_is_told_of_exceptions),
        cmocka_unit_test(partners_are_told_as_their_address_says),
        cmocka_unit_test(what_is_muted_is_told_to_nobody),
        cmocka_unit_test(who_is_on_call_is_paged_at_any_hour),
        cmocka_unit_test(with_nobody_on_call_the_team_is_told_at_once),
        cmocka_unit_test(what_is_not_urgent_waits_for_the_morning),
        cmocka_unit_test(who_was_to_do_something_is_reminded),
        cmocka_unit_test(a_channel_has_hours),
        cmocka_unit_test(or_the_hours_of_each),
        cmocka_unit_test(hours_that_never_come_hold_nothing_back),
        cmocka_unit_test(what_comes_within_a_while_is_told_together),
        cmocka_unit_test(a_digest_keeps_to_hours_too),
        cmocka_unit_test(who_is_called_at_night_is_told_at_night),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
