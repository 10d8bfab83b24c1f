/* What people are told: texts that they can act on, in Slack's form and as e-mail. */
#include "talk.h"

#include "base/json.h"
#include "effect/mime.h"
#include "effect/template.h"

#include <stdio.h>
#include <stdlib.h>

#define MAIL                                                             \
    "destination: mail\nkind: email\nevents: [lead.assigned]\n"          \
    "server: smtp://mail.example:587\nfrom: Leads <leads@example.com>\n" \
    "user: leads\npassword: {env: TALK_TOKEN}\nto: '[\"a@example.com\", lead.email]'\n"
#define CHAT "destination: chat\nkind: slack\nevents: [lead.assigned]\nurl: {env: TALK_URL}\n"
#define PAGES "url: https://leads.example.com/\n"

static void open_mail(struct talk *talk, const char *notifications)
{
    setenv("TALK_TOKEN", "s3cret", 1);
    talk_open(talk, "mail", "destinations/mail.yaml", MAIL, "notifications.yaml", notifications);
}

static void open_chat(struct talk *talk, const char *text)
{
    setenv("TALK_URL", "https://hooks.example/T0/B0/x", 1);
    talk_open(talk, "chat", "destinations/chat.yaml", text, "notifications.yaml", PAGES);
}

static void notify(struct talk *talk, size_t i, enum policy_purpose purpose, const char *target,
                   const char *data)
{
    talk->messages[i].purpose = purpose;
    talk->messages[i].target = bytes_of(target);
    talk->messages[i].data = bytes_of(data);
}

static struct effect_text fill(struct talk *talk, size_t count)
{
    struct effect_recipient recipient;
    struct effect_text text;
    effect_recipient_find(talk->release, talk->place.declared, talk->messages[0].target,
                          &talk->arena, &recipient);
    effect_template_fill(talk->release, talk->said, count, &recipient, TALK_NOW, &talk->arena,
                         &text);
    return text;
}

/* ---- texts */

static void a_rep_is_told_who_and_by_when(void **state)
{
    struct talk talk;
    (void)state;
    open_mail(&talk, PAGES);
    notify(&talk, 0, POLICY_ASSIGNMENT, "rep:ana", "{}");
    struct effect_text text = fill(&talk, 1);
    assert_string_equal(talk_text(&talk, text.subject),
                        "New lead for you: Jane Doe of Acme & Sons, standard");
    /* Captured at 10:00 UTC, contact within 4 hours, by the clock in Berlin. */
    assert_true(talk_has(text.text, "Please contact them by Mon 23 Nov 15:00 (Europe/Berlin)."));
    assert_true(talk_has(text.text, "E-mail: jane@acme.example\n"));
    assert_true(talk_has(text.text, "Open the lead: https://leads.example.com/leads/L12\n"));
    assert_true(talk_has(text.html, "Jane Doe of Acme &amp; Sons is yours."));
    assert_true(talk_has(text.html, "href=\"https://leads.example.com/leads/L12\""));
    assert_int_equal(text.missing.size, 0);
    talk_close(&talk);
}

static void every_purpose_says_what_to_do(void **state)
{
    static const struct {
        enum policy_purpose purpose;
        const char *target, *data, *subject, *text;
    } cases[] = {
        {POLICY_REMINDER, "rep:ana", "{\"objective\":\"contacted\"}",
         "Reminder: Jane Doe of Acme & Sons has not been contacted yet",
         "Record what you did, or hand it back if you cannot."},
        {POLICY_ESCALATION, "rep:ben",
         "{\"objective\":\"assigned\",\"rep\":\"ana\",\"team\":\"sdr\"}",
         "Escalation: Jane Doe of Acme & Sons has no owner yet", "Its owner is ana."},
        {POLICY_EXCEPTION, "team:sdr",
         "{\"kind\":\"fraud_suspected\",\"context\":\"risk 91\",\"due_at\":"
         "\"2026-11-23T12:00:00Z\"}",
         "Decision needed: fraud suspected, Jane Doe of Acme & Sons",
         "risk 91\nWithout a decision the fallback is taken at Mon 23 Nov 12:00 (UTC)."},
        {POLICY_PAGE, "rep:ana", "{\"alerts\":[\"A5\",\"A6\"],\"urgent\":true,\"team\":\"sdr\"}",
         "Page: A5, A6", "These alerts are firing: A5, A6."},
        {POLICY_TICKET, "rep:ana",
         "{\"alerts\":[\"A5\"],\"urgent\":false,\"team\":\"sdr\",\"what\":\"surge (spring-fair)\"}",
         "Ticket: surge (spring-fair)", "These alerts are firing: surge (spring-fair)."},
        {POLICY_NOTICE, "mailto:p@partner.example",
         "{\"source\":\"web\",\"total\":3,\"items\":[{\"contract\":2,\"violation\":"
         "\"/email is missing\",\"message\":\"must be given\",\"count\":3}]}",
         "Records of web break the contract",
         "3 of them: /email is missing (contract 2). For example: must be given."},
        {POLICY_REMEDIATION, "owner:ops", "{\"item\":1}", "Late: item 2 of the postmortem of L12",
         "is late, and it is yours."},
    };
    struct talk talk;
    (void)state;
    open_mail(&talk, PAGES);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        notify(&talk, 0, cases[i].purpose, cases[i].target, cases[i].data);
        struct effect_text text = fill(&talk, 1);
        assert_string_equal(talk_text(&talk, text.subject), cases[i].subject);
        assert_true(talk_has(text.text, cases[i].text));
        assert_true(talk_has(text.html, "</html>"));
    }
    talk_close(&talk);
}

static void templates_name_what_is_missing(void **state)
{
    struct talk talk;
    struct effect_text text;
    (void)state;
    open_mail(&talk,
              "templates:\n"
              "  assignment:\n"
              "    subject: 'Hi {{ target.name }}: {{ lead.name }}'\n"
              "    text: 'Call {{ lead.phone }}, score {{ meta.score }} of {{lead.company}}.'\n"
              "    html: '<p>{{ lead.company }} {{ lead.phone }}</p>'\n");
    notify(&talk, 0, POLICY_ASSIGNMENT, "rep:ana", "{}");
    text = fill(&talk, 1);
    assert_string_equal(talk_text(&talk, text.subject), "Hi Ana Reyes: Jane Doe");
    assert_string_equal(talk_text(&talk, text.text), "Call –, score 0 of Acme & Sons.");
    assert_true(talk_has(text.html, "<p>Acme &amp; Sons –</p>"));
    assert_string_equal(talk_text(&talk, text.missing), "lead.phone");
    talk_close(&talk);
}

#define HOOK                                                      \
    "destination: hook\nkind: webhook\nevents: [lead.assigned]\n" \
    "url: https://ours.example/in\n"                              \
    "headers: {X-Key: {env: TALK_TOKEN}, X-Kind: leads}\n"

/* What is secret between us and who stands in `url` is nothing for an address from outside. */
static void partners_get_no_header_that_is_secret(void **state)
{
    struct talk talk;
    (void)state;
    setenv("TALK_TOKEN", "s3cret", 1);
    talk_open(&talk, "hook", "destinations/hook.yaml", HOOK, "notifications.yaml", PAGES);
    assert_int_equal(talk_begin(&talk), EFFECT_ASK);
    assert_string_equal(talk.request.url, "https://ours.example/in");
    assert_string_equal(talk_header(&talk, "X-Key"), "s3cret");
    assert_false(talk.request.guarded);
    notify(&talk, 0, POLICY_NOTICE, "https://partner.example/notices", "{}");
    assert_int_equal(talk_begin(&talk), EFFECT_ASK);
    assert_string_equal(talk.request.url, "https://partner.example/notices");
    assert_true(talk.request.guarded);
    assert_null(talk_header(&talk, "X-Key"));
    assert_string_equal(talk_header(&talk, "X-Kind"), "leads");
    talk_close(&talk);
}

/* Tried again in other company, under the key of the first, receivers would take it for a repeat of
 * what they have, and nobody would hear of the others. */
static void told_in_other_company_it_is_another_message(void **state)
{
    struct talk talk;
    (void)state;
    open_mail(&talk, PAGES);
    for (size_t i = 0; i < 3; i++) {
        notify(&talk, i, POLICY_ASSIGNMENT, "rep:ana", "{}");
        talk.messages[i].number = 100 + i;
        (void)snprintf(talk.messages[i].id, sizeof talk.messages[i].id, "M%zu", 100 + i);
    }
    const struct effect_message *const *said = talk.said;
    const struct effect_message *const turned[] = {said[1], said[0]};
    const char *both = effect_messages_id(said, 2, &talk.arena);
    assert_string_equal(effect_messages_id(said, 1, &talk.arena), "M100");
    assert_int_equal(strncmp(both, "M100-", 5), 0);
    assert_true(strlen(both) <= EFFECT_ID_MAX);
    assert_string_equal(effect_messages_id(turned, 2, &talk.arena), both);
    assert_string_not_equal(effect_messages_id(said, 3, &talk.arena), both);
    talk_close(&talk);
}

static void several_are_told_together(void **state)
{
    struct talk talk;
    (void)state;
    open_mail(&talk, PAGES);
    for (size_t i = 0; i < 3; i++)
        notify(&talk, i, POLICY_ASSIGNMENT, "rep:ana", "{}");
    struct effect_text text = fill(&talk, 3);
    assert_string_equal(talk_text(&talk, text.subject), "3 things for you");
    const char *first = strstr(talk_text(&talk, text.text), "* New lead for you");
    assert_non_null(first);
    assert_non_null(strstr(first + 1, "* New lead for you"));
    assert_false(talk_has(text.text, "Please contact")); /* briefly */
    talk_close(&talk);
}

/* ---- e-mail */

static void mail_goes_to_its_person(void **state)
{
    struct talk talk;
    (void)state;
    open_mail(&talk, PAGES);
    notify(&talk, 0, POLICY_ASSIGNMENT, "rep:ana", "{}");
    talk_begin(&talk);
    assert_int_equal(talk.step, EFFECT_ASK);
    assert_null(talk.request.method);
    assert_string_equal(talk.request.url, "smtp://mail.example:587");
    assert_string_equal(talk.request.from, "leads@example.com");
    assert_string_equal(talk.request.to[0], "ana@example.com");
    assert_null(talk.request.to[1]);
    assert_string_equal(talk.request.user, "leads");
    assert_string_equal(talk.request.password, "s3cret");
    assert_true(talk.request.starttls); /* it is not on this machine */
    assert_true(talk_has(talk.request.body, "\r\nMessage-ID: <M1280@example.com>\r\n"));
    assert_true(talk_has(talk.request.body, "\r\nDate: Mon, 23 Nov 2026 10:00:00 +0000\r\n"));
    assert_true(talk_has(talk.request.body, "\r\nAuto-Submitted: auto-generated\r\n"));
    talk_answer(&talk, 250, "250 2.0.0 ok: queued as 7");
    talk_expect_receipt(&talk, CORE_OUTCOME_OK, "");
    talk_close(&talk);
}

static void mail_of_events_goes_where_the_mesh_says(void **state)
{
    struct talk talk;
    (void)state;
    open_mail(&talk, PAGES);
    talk_begin(&talk);
    assert_string_equal(talk.request.to[0], "a@example.com");
    assert_string_equal(talk.request.to[1], "jane@acme.example");
    assert_null(talk.request.to[2]);
    talk_close(&talk);
}

static void answers_of_mail_servers_are_told_apart(void **state)
{
    static const struct {
        uint32_t status;
        enum core_outcome outcome;
    } cases[] = {{452, CORE_OUTCOME_TRANSIENT},
                 {421, CORE_OUTCOME_TRANSIENT},
                 {550, CORE_OUTCOME_PERMANENT},
                 {535, CORE_OUTCOME_TRANSIENT}};
    struct talk talk;
    (void)state;
    open_mail(&talk, PAGES);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        talk_begin(&talk);
        talk_answer(&talk, cases[i].status, "no");
        assert_int_equal(talk.receipt.outcome, cases[i].outcome);
        assert_int_equal(talk.receipt.status, cases[i].status);
    }
    talk_close(&talk);
}

static void mail_for_nobody_is_refused(void **state)
{
    struct talk talk;
    (void)state;
    open_mail(&talk, PAGES);
    notify(&talk, 0, POLICY_ASSIGNMENT, "rep:ben", "{}");
    talk_begin(&talk);
    talk_expect_receipt(&talk, CORE_OUTCOME_PERMANENT,
                        "rep:ben has no e-mail address; add it to people.yaml or mesh.yaml");
    notify(&talk, 0, POLICY_NOTICE, "mailto:x@y.example\r\nBcc: z@y.example", "{}");
    talk_begin(&talk);
    assert_int_equal(talk.receipt.outcome, CORE_OUTCOME_PERMANENT);
    assert_true(talk_has(talk.receipt.reason, "is no e-mail address"));
    talk_close(&talk);
}

static void headers_cannot_be_broken_out_of(void **state)
{
    static const char *const to[] = {"a@example.com", "b@example.com", NULL};
    struct arena arena;
    (void)state;
    arena_init(&arena);
    struct mime_mail mail = {.from = BYTES_LITERAL("Büro <leads@example.com>"),
                             .to = to,
                             .subject = BYTES_LITERAL("Hi\r\nBcc: eve@example.com"),
                             .id = "M7",
                             .time_us = TALK_NOW,
                             .text = BYTES_LITERAL("a = b\n.\nlast \n"),
                             .html = BYTES_LITERAL("<p>ü</p>")};
    struct bytes text = mime_write(&mail, &arena);
    assert_false(talk_has(text, "\nBcc:"));
    assert_true(talk_has(text, "Subject: =?UTF-8?B?SGkgIEJjYzogZXZlQGV4YW1wbGUuY29t?=\r\n"));
    assert_true(talk_has(text, "From: =?UTF-8?B?QsO8cm8=?= <leads@example.com>\r\n"));
    assert_true(talk_has(text, "To: <a@example.com>,\r\n <b@example.com>\r\n"));
    assert_true(talk_has(text, "a =3D b\r\n.\r\nlast=20\r\n"));
    assert_true(talk_has(text, "<p>=C3=BC</p>\r\n--=_M7--\r\n"));
    for (const char *at = text.data, *end = text.data + text.size; at < end;) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        assert_non_null(newline);
        assert_true(newline[-1] == '\r' && newline - at <= 79);
        at = newline + 1;
    }
    arena_release(&arena);
}

static void long_lines_and_subjects_are_folded(void **state)
{
    static const char *const to[] = {"a@example.com", NULL};
    char words[1201], umlauts[601];
    struct arena arena;
    (void)state;
    arena_init(&arena);
    for (size_t i = 0; i < 1200; i++)
        words[i] = i % 7 == 6 ? ' ' : 'x';
    for (size_t i = 0; i < 600; i += 2)
        memcpy(umlauts + i, "ü", 2);
    words[1200] = umlauts[600] = '\0';
    struct mime_mail mail = {.from = BYTES_LITERAL("leads@example.com"),
                             .to = to,
                             .id = "M7",
                             .time_us = TALK_NOW,
                             .subject = bytes_of(umlauts),
                             .text = bytes_of(words)};
    for (int round = 0; round < 2; round++) {
        struct bytes text = mime_write(&mail, &arena);
        for (const char *at = text.data, *end = text.data + text.size; at < end;) {
            const char *newline = memchr(at, '\n', (size_t)(end - at));
            assert_true(newline != NULL && newline - at <= 79);
            at = newline + 1;
        }
        mail.subject = bytes_of(words);
    }
    arena_release(&arena);
}

/* ---- Slack */

static struct json_object *body_of(const struct talk *talk)
{
    struct json_object *body = NULL;
    assert_int_equal(talk->step, EFFECT_ASK);
    assert_int_equal(json_parse(talk->request.body, &body, NULL), 0);
    return body;
}

static void slack_shows_lead_clock_owner_and_link(void **state)
{
    struct talk talk;
    (void)state;
    open_chat(&talk, CHAT "channel: '#leads'\n");
    notify(&talk, 0, POLICY_ASSIGNMENT, "rep:ana", "{}");
    talk_begin(&talk);
    JSON_AUTO *body = body_of(&talk);
    struct json_object *blocks = NULL;
    assert_string_equal(talk.request.url, "https://hooks.example/T0/B0/x");
    assert_true(bytes_is(json_member_text(body, "channel"), "#leads"));
    assert_true(bytes_is(json_member_text(body, "text"),
                         "New lead for you: Jane Doe of Acme &amp; Sons, standard"));
    assert_true(json_object_object_get_ex(body, "blocks", &blocks));
    assert_int_equal(json_object_array_length(blocks), 4);
    assert_true(talk_has(talk.request.body, "*Contact by*\\nMon 23 Nov 15:00 (Europe/Berlin)"));
    assert_true(talk_has(talk.request.body, "*Owner*\\nana"));
    assert_true(talk_has(talk.request.body, "<https://leads.example.com/leads/L12|Open the lead>"));
    talk_answer(&talk, 200, "ok");
    talk_expect_receipt(&talk, CORE_OUTCOME_OK, "");
    talk_close(&talk);
}

static void slack_takes_the_words_of_the_mesh(void **state)
{
    struct talk talk;
    (void)state;
    open_chat(&talk, CHAT "text: '\"<!here> \" + lead.name'\n");
    talk_begin(&talk);
    JSON_AUTO *body = body_of(&talk);
    /* What leads say of themselves cannot call everybody. */
    assert_true(bytes_is(json_member_text(body, "text"), "&lt;!here&gt; Jane Doe"));
    assert_false(json_object_object_get_ex(body, "blocks", NULL));
    talk_close(&talk);
}

static void slack_lists_what_is_told_together(void **state)
{
    struct talk talk;
    struct json_object *blocks = NULL;
    (void)state;
    open_chat(&talk, CHAT);
    for (size_t i = 0; i < 3; i++)
        notify(&talk, i, POLICY_REMINDER, "rep:ana", "{\"objective\":\"contacted\"}");
    talk.attempt.count = 3;
    talk_begin(&talk);
    JSON_AUTO *body = body_of(&talk);
    assert_true(json_object_object_get_ex(body, "blocks", &blocks));
    assert_int_equal(json_object_array_length(blocks), 4); /* a head and three lines */
    talk_close(&talk);
}

static void slack_is_gone_when_the_webhook_is(void **state)
{
    struct talk talk;
    (void)state;
    open_chat(&talk, CHAT);
    talk_begin(&talk);
    talk_answer(&talk, 410, "channel_is_archived");
    assert_int_equal(talk.receipt.outcome, CORE_OUTCOME_GONE);
    talk_close(&talk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rep_is_told_who_and_by_when),
        cmocka_unit_test(every_purpose_says_what_to_do),
        cmocka_unit_test(templates_name_what_is_missing),
        cmocka_unit_test(several_are_told_together),
        cmocka_unit_test(partners_get_no_header_that_is_secret),
        cmocka_unit_test(told_in_other_company_it_is_another_message),
        cmocka_unit_test(mail_goes_to_its_person),
        cmocka_unit_test(mail_of_events_goes_where_the_mesh_says),
        cmocka_unit_test(answers_of_mail_servers_are_told_apart),
        cmocka_unit_test(mail_for_nobody_is_refused),
        cmocka_unit_test(headers_cannot_be_broken_out_of),
        cmocka_unit_test(long_lines_and_subjects_are_folded),
        cmocka_unit_test(slack_shows_lead_clock_owner_and_link),
        cmocka_unit_test(slack_takes_the_words_of_the_mesh),
        cmocka_unit_test(slack_lists_what_is_told_together),
        cmocka_unit_test(slack_is_gone_when_the_webhook_is),
    };
    return cmocka_run_group_tests_name("notify", tests, NULL, NULL);
}
