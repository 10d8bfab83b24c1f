/* notifications.yaml: who is told by what, and the texts; and what people.yaml says of one rep. */
#include "mesh.h"

#include "base/time.h"
#include "policy/calendar/calendar.h"

#define MINUTE (60 * TIME_US_PER_SECOND)
#define FILE_NAME "notifications.yaml"
#define MAIL \
    "destination: mail\nkind: email\nserver: smtp://mail.example\nfrom: leads@example.com\n"
#define CHAT "destination: chat\nkind: slack\nurl: {env: CHAT}\nevents: [lead.assigned]\n"
#define HOOK "destination: hook\nkind: webhook\nurl: https://x.example/\nevents: [lead.assigned]\n"
#define EXPORT "destination: export\nkind: ndjson\npath: a\nevents: [\"*\"]\n"
#define CRM                                            \
    "destination: crm\nkind: rest\nevents: [lead.*]\n" \
    "create: {url: '\"https://crm.example/\"', id: response.body.id}\n"
#define PEOPLE                                                                    \
    "calendars: [{id: day, time_zone: UTC, hours: {mon-fri: \"09:00-17:00\"}}]\n" \
    "defaults: {calendar: day}\n"                                                 \
    "reps:\n"                                                                     \
    "  - {id: ana, email: ana@example.com, team: north}\n"                        \
    "  - {id: ben, team: north}\n"

static void set_up(struct mesh *mesh)
{
    mesh_init(mesh);
    mesh_set(mesh, "people.yaml", PEOPLE "  - {id: cleo}\n");
    mesh_set(mesh, "destinations/mail.yaml", MAIL);
    mesh_set(mesh, "destinations/chat.yaml", CHAT);
    mesh_set(mesh, "destinations/hook.yaml", HOOK);
    mesh_set(mesh, "destinations/export.yaml", EXPORT);
    mesh_set(mesh, "destinations/crm.yaml", CRM);
    mesh_set(mesh, FILE_NAME, "channels: {reps: mail}\n");
}

static uint32_t destination(const struct policy_release *release, const char *name)
{
    uint32_t found = policy_destination_find(release, bytes_of(name));
    assert_int_not_equal(found, POLICY_NONE);
    return found;
}

static void each_kind_of_people_has_a_channel(void **state)
{
    (void)state;
    struct mesh mesh;
    set_up(&mesh);
    mesh_set(&mesh, FILE_NAME,
             "url: https://leads.example.com\n"
             "channels:\n"
             "  reps: {via: mail, hours: own, digest: 15m}\n"
             "  managers: {via: mail, hours: day}\n"
             "  teams: chat\n"
             "  partners_by_webhook: hook\n");
    struct policy_release *release = mesh_compile(&mesh);
    const struct policy_notifications *notifications = &release->notifications;
    const struct policy_channel *reps = &notifications->channels[POLICY_REPS];
    const struct policy_channel *managers = &notifications->channels[POLICY_MANAGERS];
    assert_int_equal(reps->destination, destination(release, "mail"));
    assert_true(reps->own_hours);
    assert_null(reps->hours);
    assert_int_equal(reps->digest_us, 15 * MINUTE);
    assert_false(managers->own_hours);
    assert_string_equal(managers->hours->id, "day");
    assert_int_equal(managers->digest_us, 0);
    assert_int_equal(notifications->channels[POLICY_TEAMS].destination,
                     destination(release, "chat"));
    assert_int_equal(notifications->channels[POLICY_ON_CALL].destination, POLICY_NONE);
    assert_int_equal(notifications->channels[POLICY_PARTNERS_BY_EMAIL].destination, POLICY_NONE);
    assert_int_equal(notifications->channels[POLICY_PARTNERS_BY_WEBHOOK].destination,
                     destination(release, "hook"));
    assert_string_equal(notifications->url, "https://leads.example.com");
    assert_int_equal(notifications->muted, 1u << POLICY_ASSIGNMENT);
    policy_release_unref(release);
}

static void channels_are_what_people_read(void **state)
{
    (void)state;
    struct mesh mesh;
    set_up(&mesh);
    mesh_set(&mesh, FILE_NAME,
             "channels:\n"
             "  reps: mial\n"
             "  managers: export\n"
             "  teams: {via: crm, hours: own}\n"
             "  on_call: {via: mail, hours: night, digest: 10ms}\n"
             "  partners_by_email: chat\n"
             "  partners_by_webhook: mail\n");
    mesh_refused(&mesh, FILE_NAME ":2:9: there is no destination `mial`; did you mean `mail`?",
                 FILE_NAME ":3:13: `export` is of the kind ndjson, which people do not read; name "
                           "one of the kind email, slack or webhook",
                 FILE_NAME ":4:16: `crm` is of the kind rest, which people do not read; name one "
                           "of the kind email, slack or webhook",
                 FILE_NAME ":4:28: `teams` are no people with hours of their own; name a calendar "
                           "of people.yaml",
                 FILE_NAME ":5:31: no calendar `night` under `calendars` in people.yaml; add it "
                           "there",
                 FILE_NAME ":5:46: `digest` must be at least 1s, which is what timers keep, got "
                           "`10ms`",
                 FILE_NAME ":6:22: `partners_by_email` needs a destination of the kind email, and "
                           "`chat` is of the kind slack",
                 FILE_NAME ":7:24: `partners_by_webhook` needs a destination of the kind webhook, "
                           "and `mail` is of the kind email");
}

static void what_is_muted_is_said_or_assignments(void **state)
{
    (void)state;
    struct mesh mesh;
    set_up(&mesh);
    mesh_set(&mesh, FILE_NAME, "channels: {reps: mail}\nmute: [ticket, reminder]\n");
    struct policy_release *release = mesh_compile(&mesh);
    assert_int_equal(release->notifications.muted, 1u << POLICY_TICKET | 1u << POLICY_REMINDER);
    policy_release_unref(release);
    mesh_set(&mesh, FILE_NAME, "channels: {reps: mail}\nmute: []\n");
    release = mesh_compile(&mesh);
    assert_int_equal(release->notifications.muted, 0);
    policy_release_unref(release);
    mesh_set(&mesh, FILE_NAME, "channels: {reps: mail}\nmute: [deliver]\n");
    mesh_refused(&mesh, FILE_NAME ":2:8: an item of `mute` must be one of assignment, reminder, "
                                  "escalation, exception, page, ticket, notice, remediation, got "
                                  "`deliver`");
}

static void texts_have_expressions_in_them(void **state)
{
    (void)state;
    struct mesh mesh;
    set_up(&mesh);
    mesh_set(
        &mesh, FILE_NAME,
        "channels: {reps: mail}\n"
        "templates:\n"
        "  reminder:\n"
        "    subject: 'Call {{ lead.email }}'\n"
        "    text: 'Now, {{owner.name}}: {{ lead.email }} {{ lead.employees }} { } {{ 1 }}'\n");
    struct policy_release *release = mesh_compile(&mesh);
    const struct policy_template *reminder = &release->notifications.templates[POLICY_REMINDER];
    assert_string_equal(reminder->subject, "Call {{ lead.email }}");
    assert_null(reminder->html);
    static const char *const expressions[] = {"lead.email", "owner.name", "lead.employees", "1"};
    assert_int_equal(reminder->expression_count, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(reminder->expressions[i].text, expressions[i]);
        assert_non_null(reminder->expressions[i].program);
    }
    assert_null(release->notifications.templates[POLICY_PAGE].text);
    policy_release_unref(release);
}

static void mistakes_in_texts_have_their_place(void **state)
{
    (void)state;
    struct mesh mesh;
    set_up(&mesh);
    mesh_set(&mesh, FILE_NAME,
             "channels: {reps: mail}\n"
             "templates:\n"
             "  page: {subject: 'Ä {{ lead.emial }}', text: '{{ lead.tags }} {{ }}'}\n"
             "  ticket:\n"
             "    text: |\n"
             "      Hello\n"
             "      {{ lead.email + 5 }}\n"
             "      {{ lead.email\n"
             "  remind: {text: a}\n");
    mesh_refused(&mesh, FILE_NAME ":3:30: no such field `lead.emial`, did you mean `lead.email`?",
                 FILE_NAME ":3:51: `lead.tags` gives a list or a map, which is no text; take "
                           "something out of it",
                 FILE_NAME ":3:64: there is no expression between {{ and }}",
                 FILE_NAME ":7:21: `+` does not combine string with int",
                 FILE_NAME ":8:7: this {{ is never closed; write }} behind the expression",
                 FILE_NAME ":9:3: unknown key `remind` in `templates`; did you mean `reminder`?");
}

static void a_rep_may_be_told_otherwise(void **state)
{
    (void)state;
    struct mesh mesh;
    set_up(&mesh);
    mesh_set(&mesh, "people.yaml",
             PEOPLE "  - id: cleo\n"
                    "    contact: {via: chat, address: U0123}\n"
                    "    external: {crm: \"57\", hook: c1}\n");
    struct policy_release *release = mesh_compile(&mesh);
    assert_null(release->reps[0].contact);
    const struct policy_contact *cleo = release->reps[2].contact;
    assert_int_equal(cleo->destination, destination(release, "chat"));
    assert_string_equal(cleo->address, "U0123");
    assert_int_equal(cleo->external_count, 2);
    assert_int_equal(cleo->external[0].destination, destination(release, "crm"));
    assert_string_equal(cleo->external[0].id, "57");
    policy_release_unref(release);
}

static void ways_to_a_rep_lead_somewhere(void **state)
{
    (void)state;
    struct mesh mesh;
    set_up(&mesh);
    mesh_set(&mesh, "people.yaml",
             PEOPLE "  - {id: cleo, contact: {via: mail}, external: {crn: \"5\", crm: 6}}\n"
                    "  - {id: dan, contact: {via: mail, address: none}}\n"
                    "  - {id: eve, contact: {via: hook, address: evil}}\n"
                    "  - {id: flo, contact: {via: export}}\n");
    mesh_refused(&mesh,
                 "people.yaml:6:25: there is no address to send mail to; give the rep an `email`, "
                 "or `contact` an `address`",
                 "people.yaml:6:49: there is no destination `crn`; did you mean `crm`?",
                 "people.yaml:6:64: `crm` must be a text, got the number `6`; put it in quotes",
                 "people.yaml:7:45: `address` must be an e-mail address, because `mail` sends "
                 "mail, got `none`",
                 "people.yaml:8:45: `address` must be an address that begins with https:// or "
                 "http://, because `hook` is a webhook, got `evil`",
                 "people.yaml:9:30: `export` is of the kind ndjson, which people do not read; "
                 "name one of the kind email, slack or webhook");
}

static void a_release_keeps_it(void **state)
{
    (void)state;
    struct mesh mesh;
    set_up(&mesh);
    mesh_set(&mesh, "people.yaml",
             PEOPLE "  - {id: cleo, contact: {via: chat, address: U0123}, external: {crm: c}}\n");
    mesh_set(&mesh, FILE_NAME,
             "url: https://leads.example.com\n"
             "channels: {reps: {via: mail, hours: own, digest: 15m}, teams: {via: chat, hours: "
             "day}}\n"
             "mute: []\n"
             "templates: {page: {subject: '{{ lead.email }}'}}\n");
    struct policy_release *release = mesh_compile(&mesh), *again = NULL;
    struct error error = {0};
    assert_int_equal(policy_release_from_canonical(release->canonical, &again, &error), 0);
    assert_string_equal(again->id_text, release->id_text);
    const struct policy_notifications *notifications = &again->notifications;
    assert_true(notifications->channels[POLICY_REPS].own_hours);
    assert_int_equal(notifications->channels[POLICY_REPS].digest_us, 15 * MINUTE);
    assert_string_equal(notifications->channels[POLICY_TEAMS].hours->id, "day");
    assert_int_equal(notifications->muted, 0);
    assert_string_equal(notifications->url, "https://leads.example.com");
    assert_string_equal(notifications->templates[POLICY_PAGE].subject, "{{ lead.email }}");
    assert_int_equal(notifications->templates[POLICY_PAGE].expression_count, 1);
    assert_string_equal(again->reps[2].contact->address, "U0123");
    assert_int_equal(again->reps[2].contact->external_count, 1);
    policy_release_unref(again);
    policy_release_unref(release);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_of_people_has_a_channel),
        cmocka_unit_test(channels_are_what_people_read),
        cmocka_unit_test(what_is_muted_is_said_or_assignments),
        cmocka_unit_test(texts_have_expressions_in_them),
        cmocka_unit_test(mistakes_in_texts_have_their_place),
        cmocka_unit_test(a_rep_may_be_told_otherwise),
        cmocka_unit_test(ways_to_a_rep_lead_somewhere),
        cmocka_unit_test(a_release_keeps_it),
    };
    return cmocka_run_group_tests_name("policy_notifications", tests, NULL, NULL);
}
