/* Records in another system: found first, then made or brought up to date; sessions; pages. */
#include "talk.h"

#include <stdlib.h>

#define CRM                                                                               \
    "destination: crm\nkind: rest\nevents: [lead.assigned]\n"                             \
    "auth: {bearer: {env: TALK_TOKEN}}\n"                                                 \
    "headers: {X-Team: '\"sales\"'}\n"                                                    \
    "find:\n"                                                                             \
    "  url: '\"https://crm.example/leads?ref=\" + meta.id'\n"                             \
    "  id: 'response.body.items.size() > 0 ? string(response.body.items[0].id) : \"\"'\n" \
    "create:\n"                                                                           \
    "  url: '\"https://crm.example/leads\"'\n"                                            \
    "  body: '{\"ref\": meta.id, \"mail\": lead.email}'\n"                                \
    "  id: 'response.body.id'\n"
#define UPDATE                                                \
    "update:\n"                                               \
    "  url: '\"https://crm.example/leads/\" + external_id'\n" \
    "  body: '{\"owner\": owner.id}'\n"                       \
    "writes: {owner: true, status: true}\n"

static void open_crm(struct talk *talk, const char *text)
{
    setenv("TALK_TOKEN", "s3cret", 1);
    talk_open(talk, "crm", "destinations/crm.yaml", text, NULL, NULL);
}

static void makes_what_is_not_there(void **state)
{
    struct talk talk;
    (void)state;
    open_crm(&talk, CRM UPDATE);
    assert_int_equal(talk_begin(&talk), EFFECT_ASK);
    talk_expect(&talk, "GET", "https://crm.example/leads?ref=L12", "");
    assert_string_equal(talk_header(&talk, "Authorization"), "Bearer s3cret");
    assert_string_equal(talk_header(&talk, "X-Team"), "sales");
    talk_answer(&talk, 200, "{\"items\":[]}");
    talk_expect(&talk, "POST", "https://crm.example/leads",
                "{\"ref\":\"L12\",\"mail\":\"jane@acme.example\"}");
    assert_string_equal(talk_header(&talk, "Content-Type"), "application/json");
    assert_string_equal(talk_header(&talk, "Idempotency-Key"), "M1280");
    talk_answer(&talk, 201, "{\"id\":77}");
    talk_expect_receipt(&talk, CORE_OUTCOME_OK, "");
    assert_string_equal(talk_text(&talk, talk.receipt.external_id), "77");
    assert_string_equal(talk_text(&talk, talk.receipt.owner), "ana");
    assert_string_equal(talk_text(&talk, talk.receipt.status_there), "assigned");
    assert_string_equal(talk_text(&talk, talk.receipt.response_id), "req-7");
    talk_close(&talk);
}

/* The answer to an attempt before this one was lost: no second record. */
static void brings_up_to_date_what_is_found(void **state)
{
    struct talk talk;
    (void)state;
    open_crm(&talk, CRM UPDATE);
    talk_begin(&talk);
    talk_answer(&talk, 200, "{\"items\":[{\"id\":77}]}");
    talk_expect(&talk, "PATCH", "https://crm.example/leads/77", "{\"owner\":\"ana\"}");
    talk_answer(&talk, 204, "");
    talk_expect_receipt(&talk, CORE_OUTCOME_OK, "");
    assert_string_equal(talk_text(&talk, talk.receipt.external_id), "77");
    talk_close(&talk);
}

static void is_done_when_it_is_there_and_nothing_updates(void **state)
{
    struct talk talk;
    (void)state;
    open_crm(&talk, CRM);
    talk_begin(&talk);
    talk_answer(&talk, 200, "{\"items\":[{\"id\":77}]}");
    talk_expect_receipt(&talk, CORE_OUTCOME_OK, "");
    assert_string_equal(talk_text(&talk, talk.receipt.external_id), "77");
    assert_int_equal(talk.receipt.owner.size, 0);
    talk_close(&talk);
}

static void remembers_ids_and_finds_again_what_was_deleted(void **state)
{
    struct talk talk;
    (void)state;
    open_crm(&talk, CRM UPDATE "ids: cached\nca_file: crm.pem\n");
    talk.messages[0].external_id = BYTES_LITERAL("55");
    talk_begin(&talk);
    talk_expect(&talk, "PATCH", "https://crm.example/leads/55", "{\"owner\":\"ana\"}");
    assert_string_equal(talk.request.ca_file, "crm.pem");
    talk_answer(&talk, 404, "");
    talk_expect(&talk, "GET", "https://crm.example/leads?ref=L12", "");
    talk_answer(&talk, 404, "");
    talk_expect(&talk, "POST", "https://crm.example/leads",
                "{\"ref\":\"L12\",\"mail\":\"jane@acme.example\"}");
    talk_close(&talk);
}

static void asks_for_ids_unless_it_may_remember_them(void **state)
{
    struct talk talk;
    (void)state;
    open_crm(&talk, CRM UPDATE);
    talk.messages[0].external_id = BYTES_LITERAL("55");
    talk_begin(&talk);
    talk_expect(&talk, "GET", "https://crm.example/leads?ref=L12", "");
    talk_close(&talk);
}

/* Whoever takes an answer that cannot be read for "none" makes records twice. */
static void makes_nothing_when_the_answer_to_find_cannot_be_read(void **state)
{
    struct talk talk;
    (void)state;
    open_crm(&talk, CRM);
    talk_begin(&talk);
    talk_answer(&talk, 200, "<html>maintenance</html>");
    assert_int_equal(talk.step, EFFECT_DONE);
    assert_int_equal(talk.receipt.outcome, CORE_OUTCOME_PERMANENT);
    assert_true(talk_has(talk.receipt.reason, "`find/id` cannot be worked out"));
    talk_begin(&talk);
    talk_answer(&talk, 503, "");
    talk_expect_receipt(&talk, CORE_OUTCOME_TRANSIENT, "the answer was 503");
    talk_close(&talk);
}

static void reads_errors_that_come_with_200(void **state)
{
    struct talk talk;
    (void)state;
    open_crm(&talk, "destination: crm\nkind: rest\nevents: [lead.assigned]\n"
                    "create:\n"
                    "  url: '\"https://crm.example/rpc\"'\n"
                    "  body: '{\"method\": \"create\", \"params\": [meta.id]}'\n"
                    "  ok: '!has(response.body.error)'\n"
                    "  error: 'string(response.body.error[0])'\n");
    talk_begin(&talk);
    talk_expect(&talk, "POST", "https://crm.example/rpc",
                "{\"method\":\"create\",\"params\":[\"L12\"]}");
    talk_answer(&talk, 200, "{\"error\":[\"UserError\",\"no\"]}");
    talk_expect_receipt(&talk, CORE_OUTCOME_PERMANENT, "it was refused: UserError");
    talk_begin(&talk);
    talk_answer(&talk, 200, "{\"result\":[1]}");
    talk_expect_receipt(&talk, CORE_OUTCOME_OK, "");
    talk_close(&talk);
}

#define SESSION                                                 \
    "destination: crm\nkind: rest\nevents: [lead.assigned]\n"   \
    "login:\n"                                                  \
    "  url: '\"https://crm.example/login\"'\n"                  \
    "  secret: {env: TALK_TOKEN}\n"                             \
    "  body: '{\"user\": \"meshline\", \"password\": token}'\n" \
    "  token: 'response.body.session'\n"                        \
    "  header: {Authorization: '\"Session \" + token'}\n"       \
    "create: {url: '\"https://crm.example/leads\"', body: '{\"ref\": meta.id}'}\n"

static void logs_in_once_and_again_when_the_session_is_over(void **state)
{
    struct talk talk;
    (void)state;
    open_crm(&talk, SESSION);
    talk_begin(&talk);
    talk_expect(&talk, "POST", "https://crm.example/login",
                "{\"user\":\"meshline\",\"password\":\"s3cret\"}");
    assert_null(talk_header(&talk, "Authorization"));
    talk_answer(&talk, 200, "{\"session\":\"abc\"}");
    talk_expect(&talk, "POST", "https://crm.example/leads", "{\"ref\":\"L12\"}");
    assert_string_equal(talk_header(&talk, "Authorization"), "Session abc");
    talk_answer(&talk, 200, "{}");
    talk_expect_receipt(&talk, CORE_OUTCOME_OK, "");

    talk_begin(&talk); /* the session is still there */
    talk_expect(&talk, "POST", "https://crm.example/leads", "{\"ref\":\"L12\"}");
    talk_answer(&talk, 401, "");
    talk_expect(&talk, "POST", "https://crm.example/login",
                "{\"user\":\"meshline\",\"password\":\"s3cret\"}");
    talk_answer(&talk, 200, "{\"session\":\"def\"}");
    assert_string_equal(talk_header(&talk, "Authorization"), "Session def");
    talk_answer(&talk, 401, ""); /* once is enough */
    assert_int_equal(talk.step, EFFECT_DONE);
    assert_int_equal(talk.receipt.outcome, CORE_OUTCOME_PERMANENT);
    talk_close(&talk);
}

static void waits_when_it_cannot_log_in(void **state)
{
    struct talk talk;
    (void)state;
    open_crm(&talk, SESSION);
    talk_begin(&talk);
    talk_answer(&talk, 403, "");
    assert_int_equal(talk.receipt.outcome, CORE_OUTCOME_TRANSIENT);
    assert_true(talk_has(talk.receipt.reason, "the login did not succeed"));
    talk_begin(&talk);
    talk_answer(&talk, 200, "{\"hello\":1}");
    talk_expect_receipt(&talk, CORE_OUTCOME_TRANSIENT, "the login was answered without a token");
    talk_close(&talk);
}

static void says_which_expression_failed(void **state)
{
    struct talk talk;
    (void)state;
    open_crm(&talk, "destination: crm\nkind: rest\nevents: [lead.assigned]\n"
                    "create: {url: '\"https://crm.example\"', body: '{\"phone\": lead.phone}'}\n");
    talk_begin(&talk);
    talk_expect_receipt(&talk, CORE_OUTCOME_PERMANENT,
                        "`create/body` cannot be worked out: no such key: lead.phone");
    talk_close(&talk);
}

static void lists_page_by_page(void **state)
{
    struct talk talk;
    (void)state;
    open_crm(&talk, CRM "list:\n"
                        "  url: '\"https://crm.example/all?after=\" + cursor'\n"
                        "  records: 'response.body.items'\n"
                        "  key: 'record.ref'\n"
                        "  id: 'record.id'\n"
                        "  next: 'response.body.next'\n");
    talk_begin_task(&talk, EFFECT_LIST, "");
    talk_expect(&talk, "GET", "https://crm.example/all?after=", "");
    talk_answer(&talk, 200, "{\"items\":[{\"ref\":\"L1\",\"id\":5},{\"id\":6}],\"next\":\"p2\"}");
    talk_expect(&talk, "GET", "https://crm.example/all?after=p2", "");
    talk_answer(&talk, 200, "{\"items\":[{\"ref\":\"L2\",\"id\":7}]}");
    talk_expect_receipt(&talk, CORE_OUTCOME_OK, "");
    assert_int_equal(talk.record_count, 2); /* the one without a reference is not ours */
    assert_string_equal(talk.records[0].key, "L1");
    assert_string_equal(talk.records[0].id, "5");
    assert_string_equal(talk.records[1].key, "L2");
    talk_begin_task(&talk, EFFECT_LIST, "");
    talk_answer(&talk, 200, "{\"items\":7}");
    assert_int_equal(talk.receipt.outcome, CORE_OUTCOME_PERMANENT);
    assert_true(talk_has(talk.receipt.reason, "no list of records"));
    talk_close(&talk);
}

#define SYNC                                                           \
    CRM "sync:\n"                                                      \
        "  poll:\n"                                                    \
        "    every: 10s\n"                                             \
        "    url: '\"https://crm.example/changes?since=\" + cursor'\n" \
        "    records: 'response.body'\n"                               \
        "    cursor: 'record.at > cursor ? record.at : cursor'\n"      \
        "  lead: 'record.ref'\n"                                       \
        "  fields: {owner: {from: 'record.owner', authority: theirs}}\n"

static void polls_from_where_it_ended(void **state)
{
    struct talk talk;
    (void)state;
    open_crm(&talk, SYNC);
    talk_begin_task(&talk, EFFECT_POLL, "3");
    talk_expect(&talk, "GET", "https://crm.example/changes?since=3", "");
    talk_answer(&talk, 200, "[{\"ref\":\"L1\",\"at\":\"5\"},{\"ref\":\"L2\",\"at\":\"4\"}]");
    assert_int_equal(talk.record_count, 2);
    assert_string_equal(talk.records[0].cursor, "5");
    assert_string_equal(talk.records[1].cursor, "5");
    talk_expect(&talk, "GET", "https://crm.example/changes?since=5", ""); /* perhaps more */
    talk_answer(&talk, 200, "[{\"ref\":\"L1\",\"at\":\"5\"}]");
    talk_expect_receipt(&talk, CORE_OUTCOME_OK, "");
    talk_close(&talk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(makes_what_is_not_there),
        cmocka_unit_test(brings_up_to_date_what_is_found),
        cmocka_unit_test(is_done_when_it_is_there_and_nothing_updates),
        cmocka_unit_test(remembers_ids_and_finds_again_what_was_deleted),
        cmocka_unit_test(asks_for_ids_unless_it_may_remember_them),
        cmocka_unit_test(makes_nothing_when_the_answer_to_find_cannot_be_read),
        cmocka_unit_test(reads_errors_that_come_with_200),
        cmocka_unit_test(logs_in_once_and_again_when_the_session_is_over),
        cmocka_unit_test(waits_when_it_cannot_log_in),
        cmocka_unit_test(says_which_expression_failed),
        cmocka_unit_test(lists_page_by_page),
        cmocka_unit_test(polls_from_where_it_ended),
    };
    return cmocka_run_group_tests_name("rest", tests, NULL, NULL);
}
