/* Providers: what their answers say of a lead, and what does not fit. */
#include "talk.h"

#include <stdlib.h>

#define HTTP                                                                                    \
    "provider: clear\nkind: http\n"                                                             \
    "auth: {header: {name: X-Api-Key, value: {env: TALK_TOKEN}}}\n"                             \
    "request: {url: '\"https://clear.example/people?email=\" + lead.email'}\n"                  \
    "found: 'has(response.body.person)'\n"                                                      \
    "error: 'response.body.error'\n"                                                            \
    "map:\n"                                                                                    \
    "  employees: 'response.body.person.size'\n"                                                \
    "  country: 'response.body.person.country'\n"                                               \
    "  tags: 'response.body.person.tags'\n"                                                     \
    "verdict: 'response.body.person.risk > 80 ? \"risk \" + string(response.body.person.risk) " \
    ": \"\"'\n"

static void open_provider(struct talk *talk, const char *name, const char *text)
{
    setenv("TALK_TOKEN", "s3cret", 1);
    talk_open(talk, name, "providers/it.yaml", text, NULL, NULL);
    for (size_t i = 0; i < TALK_MESSAGES_MAX; i++)
        talk->messages[i].purpose = POLICY_ENRICH;
}

static const struct cel_value *value_of(const struct talk *talk, const char *field)
{
    uint32_t at = policy_field_find(&talk->release->schema, bytes_of(field));
    assert_non_null(talk->receipt.values);
    assert_ptr_equal(talk->receipt.release, talk->release);
    return &talk->receipt.values[at];
}

static void says_what_it_knows(void **state)
{
    struct talk talk;
    (void)state;
    open_provider(&talk, "clear", HTTP);
    talk_begin(&talk);
    talk_expect(&talk, "GET", "https://clear.example/people?email=jane@acme.example", "");
    assert_string_equal(talk_header(&talk, "X-Api-Key"), "s3cret");
    assert_true(talk.request.cache_key.size > 0);
    talk_answer(&talk, 200,
                "{\"person\":{\"size\":120,\"country\":\"FR\",\"tags\":[\"saas\"],\"risk\":3}}");
    talk_expect_receipt(&talk, CORE_OUTCOME_OK, "");
    assert_int_equal(value_of(&talk, "employees")->integer, 120);
    assert_string_equal(talk_text(&talk, value_of(&talk, "country")->string), "FR");
    assert_int_equal(value_of(&talk, "tags")->count, 1);
    assert_int_equal(value_of(&talk, "phone")->kind, CEL_ABSENT);
    assert_int_equal(talk.receipt.verdict.size, 0);
    assert_false(talk_has(talk.receipt.excerpt, "left out"));
    talk_close(&talk);
}

static void leaves_out_what_does_not_fit_and_says_so(void **state)
{
    struct talk talk;
    (void)state;
    open_provider(&talk, "clear", HTTP);
    talk_begin(&talk);
    talk_answer(&talk, 200, "{\"person\":{\"size\":5000,\"country\":\"XX\",\"tags\":[\"a\"]}}");
    talk_expect_receipt(&talk, CORE_OUTCOME_OK, "");
    assert_int_equal(value_of(&talk, "employees")->kind, CEL_ABSENT);
    assert_int_equal(value_of(&talk, "country")->kind, CEL_ABSENT);
    assert_int_equal(value_of(&talk, "tags")->count, 1);
    assert_true(talk_has(talk.receipt.excerpt, "left out: employees "));
    assert_true(talk_has(talk.receipt.excerpt, "; country "));
    talk_close(&talk);
}

static void gives_a_verdict(void **state)
{
    struct talk talk;
    (void)state;
    open_provider(&talk, "clear", HTTP);
    talk_begin(&talk);
    talk_answer(&talk, 200, "{\"person\":{\"risk\":91}}");
    talk_expect_receipt(&talk, CORE_OUTCOME_OK, "");
    assert_string_equal(talk_text(&talk, talk.receipt.verdict), "risk 91");
    assert_null(talk.receipt.values); /* nothing beside it */
    talk_close(&talk);
}

static void may_know_nobody_of_that_name(void **state)
{
    struct talk talk;
    (void)state;
    open_provider(&talk, "clear", HTTP);
    talk_begin(&talk);
    talk_answer(&talk, 200, "{}");
    talk_expect_receipt(&talk, CORE_OUTCOME_OK, "");
    assert_null(talk.receipt.values);
    talk_begin(&talk);
    talk_answer(&talk, 404, "{\"message\":\"unknown\"}");
    talk_expect_receipt(&talk, CORE_OUTCOME_OK, "");
    talk_close(&talk);
}

static void fails_when_it_says_so_or_makes_no_sense(void **state)
{
    struct talk talk;
    (void)state;
    open_provider(&talk, "clear", HTTP);
    talk_begin(&talk);
    talk_answer(&talk, 200, "{\"error\":\"out of credits\"}");
    talk_expect_receipt(&talk, CORE_OUTCOME_PERMANENT, "it was refused: out of credits");
    talk_begin(&talk);
    talk_answer(&talk, 429, "");
    talk_expect_receipt(&talk, CORE_OUTCOME_TRANSIENT, "the answer was 429: too many requests");
    talk_close(&talk);
    open_provider(&talk, "clear",
                  "provider: clear\nkind: http\nrequest: {url: '\"https://clear.example\"'}\n"
                  "map: {employees: 'response.body.size'}\n");
    talk_begin(&talk);
    talk_answer(&talk, 200, "<html>");
    assert_int_equal(talk.receipt.outcome, CORE_OUTCOME_PERMANENT);
    assert_true(talk_has(talk.receipt.reason, "the answer is not JSON"));
    talk_begin(&talk);
    talk_answer(&talk, 200, "{\"size\":\"many\"}");
    talk_expect_receipt(&talk, CORE_OUTCOME_OK, "");
    assert_true(talk_has(talk.receipt.excerpt, "left out: employees must be an integer"));
    talk_close(&talk);
}

static void is_asked_for_others_under_a_key_of_its_own(void **state)
{
    struct talk talk;
    (void)state;
    open_provider(&talk, "clear",
                  "provider: clear\nkind: http\ncache: 30d\n"
                  "key: 'registrable_domain(lead.email)'\n"
                  "request: {url: '\"https://clear.example\"', body: '{\"d\": lead.email}'}\n"
                  "map: {employees: 'response.body.size'}\n");
    talk_begin(&talk);
    talk_expect(&talk, "POST", "https://clear.example", "{\"d\":\"jane@acme.example\"}");
    assert_string_equal(talk_text(&talk, talk.request.cache_key), "acme.example");
    talk_close(&talk);
}

static void domains_are_known_without_asking(void **state)
{
    struct talk talk;
    (void)state;
    open_provider(&talk, "mail",
                  "provider: mail\nkind: domain\n"
                  "map: {free: 'response.body.free_mail', company: 'response.body.registrable'}\n"
                  "verdict: 'response.body.disposable ? \"disposable\" : \"\"'\n");
    talk_begin(&talk);
    talk_expect_receipt(&talk, CORE_OUTCOME_OK, "");
    assert_false(value_of(&talk, "free")->boolean);
    assert_string_equal(talk_text(&talk, value_of(&talk, "company")->string), "acme.example");
    assert_int_equal(talk.receipt.verdict.size, 0);
    talk_close(&talk);
    open_provider(&talk, "mail",
                  "provider: mail\nkind: domain\nfrom: '\"eve@mailinator.com\"'\n"
                  "verdict: 'response.body.disposable ? \"disposable\" : \"\"'\n");
    talk_begin(&talk);
    assert_string_equal(talk_text(&talk, talk.receipt.verdict), "disposable");
    talk_close(&talk);
    open_provider(&talk, "mail",
                  "provider: mail\nkind: domain\nfrom: '\"x@a.b.co.uk\"'\n"
                  "map: {company: 'response.body.public_suffix'}\n");
    talk_begin(&talk);
    assert_string_equal(talk_text(&talk, value_of(&talk, "company")->string), "co.uk");
    talk_close(&talk);
}

static void rows_of_a_table_are_known_without_asking(void **state)
{
    struct talk talk;
    (void)state;
    open_provider(&talk, "region",
                  "provider: region\nkind: table\ntable: regions\nkey: 'lead.country'\n"
                  "map: {company: 'response.body.region', employees: 'response.body.size'}\n");
    talk_begin(&talk);
    talk_expect_receipt(&talk, CORE_OUTCOME_OK, "");
    assert_string_equal(talk_text(&talk, value_of(&talk, "company")->string), "dach");
    assert_int_equal(value_of(&talk, "employees")->integer, 40);
    talk_close(&talk);
    open_provider(&talk, "region",
                  "provider: region\nkind: table\ntable: regions\nkey: '\"FR\"'\n"
                  "map: {company: 'response.body.region', employees: 'response.body.size'}\n");
    talk_begin(&talk);
    assert_int_equal(value_of(&talk, "employees")->kind, CEL_ABSENT); /* an empty cell */
    talk_close(&talk);
    open_provider(&talk, "region",
                  "provider: region\nkind: table\ntable: regions\nkey: '\"US\"'\n"
                  "map: {company: 'response.body.region'}\n");
    talk_begin(&talk);
    talk_expect_receipt(&talk, CORE_OUTCOME_OK, "");
    assert_null(talk.receipt.values);
    assert_string_equal(talk_text(&talk, talk.receipt.excerpt), "no row for US");
    talk_close(&talk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_what_it_knows),
        cmocka_unit_test(leaves_out_what_does_not_fit_and_says_so),
        cmocka_unit_test(gives_a_verdict),
        cmocka_unit_test(may_know_nobody_of_that_name),
        cmocka_unit_test(fails_when_it_says_so_or_makes_no_sense),
        cmocka_unit_test(is_asked_for_others_under_a_key_of_its_own),
        cmocka_unit_test(domains_are_known_without_asking),
        cmocka_unit_test(rows_of_a_table_are_known_without_asking),
    };
    return cmocka_run_group_tests_name("providers", tests, NULL, NULL);
}
