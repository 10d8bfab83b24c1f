/* Ready-made sources: what each makes of what its vendor sends. The samples are short forms of the
 * vendors' documented ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "contract/schema.h"
#include "kind_reader.h"

static struct arena arena;

static int open_arena(void **state)
{
    (void)state;
    arena_init(&arena);
    return 0;
}

static int close_arena(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

static void assert_reads(const char *kind, const char *body, const char *expected)
{
    assert_string_equal(kind_read(kind, bytes_of(body), &arena), expected);
}

static void assert_says(const char *kind, const char *body, const char *part)
{
    const char *text = kind_read(kind, bytes_of(body), &arena);
    if (strstr(text, part) == NULL)
        fail_msg("\"%s\" is not in: %s", part, text);
}

/* ---- all of them */

static void every_kind_compiles(void **state)
{
    (void)state;
    assert_int_equal(policy_kind_count, 7);
    for (size_t i = 0; i < policy_kind_count; i++) {
        const char *mistake = kind_mistake(&policy_kinds[i], &arena);
        if (mistake != NULL)
            fail_msg("%s: %s", policy_kinds[i].name, mistake);
        assert_ptr_equal(policy_kind_find(bytes_of(policy_kinds[i].name)), &policy_kinds[i]);
        assert_true(policy_kinds[i].mapping_count > 5);
    }
    assert_null(policy_kind_find(BYTES_LITERAL("typeforms")));
}

/* The published page of a source shows the first example of its schema. */
static void every_kind_reads_its_own_example(void **state)
{
    (void)state;
    for (size_t i = 0; i < policy_kind_count; i++) {
        const struct contract_instance *schema;
        struct buffer text;
        struct json_writer json;
        assert_int_equal(
            contract_instance_parse(bytes_of(policy_kinds[i].schema), NULL, &arena, &schema, NULL),
            0);
        const struct contract_instance *examples =
            contract_instance_find(schema, BYTES_LITERAL("examples"));
        assert_non_null(examples);
        buffer_init(&text, 64 * 1024);
        json_begin(&json, &text);
        contract_instance_write(&examples->items[0], &json);
        const char *read = kind_read(policy_kinds[i].name, buffer_bytes(&text), &arena);
        if (strstr(read, "email=") == NULL)
            fail_msg("%s: %s", policy_kinds[i].name, read);
        buffer_release(&text);
    }
}

static void what_another_program_sends_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < policy_kind_count; i++)
        assert_says(policy_kinds[i].name, "{\"status\":\"firing\",\"alerts\":[]}", "refused: ");
}

/* ---- Typeform */

#define TYPEFORM(answers)                                                                      \
    "{\"event_id\":\"e\",\"event_type\":\"form_response\",\"form_response\":{\"form_id\":"     \
    "\"lT4Z3j\",\"token\":\"a3a1\",\"submitted_at\":\"2026-01-18T18:17:02Z\",\"definition\":{" \
    "\"title\":\"Demo\"},\"answers\":[" answers "]}}"
#define TYPEFORM_ALWAYS                                                           \
    "key=a3a1 external_id=a3a1 submitted_at=timestamp(\"2026-01-18T18:17:02Z\") " \
    "form_id=lT4Z3j form_name=Demo"

static void typeform_answers_go_by_type_and_reference(void **state)
{
    (void)state;
    assert_reads("typeform",
                 TYPEFORM("{\"type\":\"email\",\"email\":\"Laura@Example.com\",\"field\":"
                          "{\"id\":\"1\",\"type\":\"email\"}},"
                          "{\"type\":\"phone_number\",\"phone_number\":\"+34 912 34 56 78\","
                          "\"field\":{\"id\":\"2\",\"type\":\"phone_number\"}},"
                          "{\"type\":\"text\",\"text\":\"Laura\",\"field\":{\"id\":\"3\",\"type\":"
                          "\"short_text\",\"ref\":\"first_name\"}},"
                          "{\"type\":\"choice\",\"choice\":{\"label\":\"Spain\"},\"field\":"
                          "{\"id\":\"4\",\"type\":\"dropdown\",\"ref\":\"country\"}},"
                          "{\"type\":\"boolean\",\"boolean\":true,\"field\":{\"id\":\"5\","
                          "\"type\":\"legal\"}},"
                          "{\"type\":\"number\",\"number\":5,\"field\":{\"id\":\"6\","
                          "\"type\":\"rating\"}}"),
                 TYPEFORM_ALWAYS " email=Laura@example.com phone=+34912345678 first_name=Laura "
                                 "country=ES consent=true");
}

static void typeform_answers_may_be_missing(void **state)
{
    (void)state;
    assert_reads("typeform", TYPEFORM(""), TYPEFORM_ALWAYS);
}

static void typeform_events_that_are_no_response_are_skipped(void **state)
{
    (void)state;
    assert_reads("typeform", "{\"event_type\":\"form_response_partial\"}",
                 "skipped: a Typeform event of type form_response_partial is no finished response "
                 "to a form");
}

static void an_address_that_is_none_is_refused_by_its_field(void **state)
{
    (void)state;
    assert_says("typeform",
                TYPEFORM("{\"type\":\"email\",\"email\":\"laura at example\",\"field\":"
                         "{\"id\":\"1\",\"type\":\"email\"}}"),
                "refused: email: ");
}

/* ---- HubSpot */

static void hubspot_submissions_go_by_the_names_of_fields(void **state)
{
    (void)state;
    assert_reads("hubspot",
                 "{\"submittedAt\":1719252562899,\"conversionId\":\"c-1\",\"values\":["
                 "{\"name\":\"email\",\"value\":\"t@sample.example\",\"objectTypeId\":\"0-1\"},"
                 "{\"name\":\"firstname\",\"value\":\"Tess\"},{\"name\":\"phone\",\"value\":\"\"},"
                 "{\"name\":\"mobilephone\",\"value\":\"0171 2345\"}],"
                 "\"pageUrl\":\"https://www.hubspot.example/c\"}",
                 "key=submission:c-1 external_id=c-1 "
                 "submitted_at=timestamp(\"2024-06-24T18:09:22Z\") "
                 "page=https://www.hubspot.example/c email=t@sample.example phone=0171 2345 "
                 "first_name=Tess");
}

#define HUBSPOT_EVENT(type, object)                                        \
    "{\"eventId\":100,\"portalId\":44237313,\"occurredAt\":1731612159499," \
    "\"subscriptionType\":\"" type "\",\"objectId\":" object "}"

/* HubSpot gives two events the same eventId: the contact tells records apart. */
static void hubspot_events_are_one_record_each_and_only_new_contacts_make_leads(void **state)
{
    (void)state;
    assert_reads(
        "hubspot",
        "[" HUBSPOT_EVENT("contact.creation", "123") "," HUBSPOT_EVENT(
            "contact.propertyChange", "123") "," HUBSPOT_EVENT("contact.creation", "124") "]",
        "key=contact:44237313:123 external_id=123 "
        "submitted_at=timestamp(\"2024-11-14T19:22:39Z\")\n"
        "key=contact:44237313:123 skipped: a HubSpot event of type "
        "contact.propertyChange makes no new lead\n"
        "key=contact:44237313:124 external_id=124 "
        "submitted_at=timestamp(\"2024-11-14T19:22:39Z\")");
}

/* ---- Meta */

static void meta_notifications_are_split_into_leads_with_exact_ids(void **state)
{
    (void)state;
    assert_reads("meta",
                 "{\"object\":\"page\",\"entry\":[{\"id\":1,\"changes\":[{\"field\":\"leadgen\","
                 "\"value\":{\"leadgen_id\":9007199254740993,\"page_id\":2,\"form_id\":3,"
                 "\"adgroup_id\":4,\"ad_id\":5,\"created_time\":1440120384}},{\"field\":\"feed\","
                 "\"value\":{}}]}]}",
                 "key=notification:9007199254740993 external_id=9007199254740993 "
                 "submitted_at=timestamp(\"2015-08-21T01:26:24Z\") form_id=3 page_id=2 ad_id=5 "
                 "adgroup_id=4 campaign=5\nskipped: a change of feed is no lead");
}

/* The same external id, but another key: the lead completes what its notification began. */
static void meta_leads_go_by_the_names_of_fields(void **state)
{
    (void)state;
    assert_reads("meta",
                 "{\"id\":\"9007199254740993\",\"created_time\":\"2026-08-13T06:00:00+0000\","
                 "\"form_id\":\"F1\",\"campaign_id\":\"C1\",\"campaign_name\":\"Spring\","
                 "\"field_data\":[{\"name\":\"full_name\",\"values\":[\"Maria del Mar\"]},"
                 "{\"name\":\"email\",\"values\":[\"m@meta.example\"]},"
                 "{\"name\":\"phone_number\",\"values\":[\"+919999999999\"]},"
                 "{\"name\":\"city\",\"values\":[]}]}",
                 "key=lead:9007199254740993 external_id=9007199254740993 "
                 "submitted_at=timestamp(\"2026-08-13T06:00:00Z\") form_id=F1 campaign_id=C1 "
                 "campaign=Spring email=m@meta.example phone=+919999999999 name=Maria del Mar "
                 "first_name=Maria last_name=del Mar");
}

static void meta_test_leads_are_skipped(void **state)
{
    (void)state;
    assert_reads(
        "meta",
        "{\"field_data\":[{\"name\":\"email\",\"values\":[\"test@fb.example\"]},"
        "{\"name\":\"full_name\",\"values\":[\"<test lead: dummy data for full_name>\"]}]}",
        "skipped: a test lead");
}

/* ---- Google Ads */

#define GOOGLE(more)                                                                        \
    "{\"lead_id\":\"L1\",\"user_column_data\":[{\"column_name\":\"Full Name\","             \
    "\"string_value\":\"Ada Byron\",\"column_id\":\"FULL_NAME\"},{\"string_value\":"        \
    "\"ada@google.example\",\"column_id\":\"EMAIL\"},{\"string_value\":\"\",\"column_id\":" \
    "\"CITY\"},{\"string_value\":\"Germany\",\"column_id\":\"COUNTRY\"}],\"form_id\":"      \
    "349080077126,\"campaign_id\":9007199254740993" more "}"

static void google_columns_go_by_their_ids_and_numbers_stay_exact(void **state)
{
    (void)state;
    assert_reads("google-ads", GOOGLE(",\"google_key\":\"secret\""),
                 "key=L1 external_id=L1 form_id=349080077126 campaign_id=9007199254740993 "
                 "campaign=9007199254740993 email=ada@google.example name=Ada Byron "
                 "first_name=Ada last_name=Byron country=DE");
}

static void google_test_leads_are_skipped(void **state)
{
    (void)state;
    assert_reads("google-ads", GOOGLE(",\"is_test\":true"), "key=L1 skipped: a test lead");
}

static void a_time_without_zone_is_refused_where_the_mesh_asks_for_it(void **state)
{
    (void)state;
    assert_says("google-ads", GOOGLE(",\"lead_submit_time\":\"2026-01-18 18:17:02\""),
                "refused: submitted_at: ");
}

/* ---- LinkedIn */

static void linkedin_notifications_make_leads_with_ids_only(void **state)
{
    (void)state;
    assert_reads("linkedin",
                 "{\"type\":\"LEAD_ACTION\",\"leadGenFormResponse\":"
                 "\"urn:li:leadGenFormResponse:1a2b-4\",\"leadGenForm\":\"urn:li:form:1\","
                 "\"leadAction\":\"CREATED\",\"occurredAt\":1686182358881,\"associatedEntity\":"
                 "{\"sponsoredCreative\":\"urn:li:sponsoredCreative:456\"}}",
                 "key=notification:urn:li:leadGenFormResponse:1a2b-4 external_id=1a2b-4 "
                 "submitted_at=timestamp(\"2023-06-07T23:59:18Z\") form_id=urn:li:form:1 "
                 "ad_id=urn:li:sponsoredCreative:456");
    assert_says("linkedin", "{\"leadGenFormResponse\":\"urn:li:r:1\",\"leadAction\":\"DELETED\"}",
                "skipped: a lead action DELETED makes no new lead");
}

#define LINKEDIN(test, answer)                                                                     \
    "{\"id\":\"1a2b-4\",\"submittedAt\":1706741502694,\"testLead\":" test ",\"leadMetadata\":"     \
    "{\"sponsoredLeadMetadata\":{\"campaign\":\"urn:li:sponsoredCampaign:3\"}},"                   \
    "\"formResponse\":{\"consentResponses\":[{\"accepted\":true},{\"accepted\":false}],"           \
    "\"answers\":[{\"answerDetails\":{\"textQuestionAnswer\":{\"answer\":\"Ada\"}},"               \
    "\"questionId\":20502584796},{\"answerDetails\":{\"textQuestionAnswer\":{\"answer\":\"" answer \
    "\"}},\"questionId\":2}]}}"

/* Answers carry only the ids of questions: the kind finds the address, the mesh maps the rest. */
static void linkedin_responses_show_the_address_and_all_consents_together(void **state)
{
    (void)state;
    assert_reads("linkedin", LINKEDIN("false", "ada@linkedin.example"),
                 "key=response:1a2b-4 external_id=1a2b-4 "
                 "submitted_at=timestamp(\"2024-01-31T22:51:42Z\") "
                 "campaign_id=urn:li:sponsoredCampaign:3 campaign=urn:li:sponsoredCampaign:3 "
                 "email=ada@linkedin.example consent=false");
    assert_reads("linkedin", LINKEDIN("true", "ada@linkedin.example"),
                 "key=response:1a2b-4 skipped: a test lead");
}

/* ---- Salesforce */

static void salesforce_forms_go_by_their_fields_and_empty_ones_are_absent(void **state)
{
    (void)state;
    assert_reads("salesforce",
                 "{\"oid\":\"00D\",\"first_name\":\"Jane\",\"last_name\":\"Doe\",\"email\":"
                 "\"jane@sf.example\",\"phone\":\"\",\"company\":\"Example & S\u00f6hne GmbH\","
                 "\"country_code\":\"US\",\"state\":\"\",\"state_code\":\"CA\",\"zip\":\"94043\","
                 "\"emailOptOut\":\"1\",\"00N000000000001\":\"custom\"}",
                 "email=jane@sf.example name=Jane Doe first_name=Jane last_name=Doe "
                 "company=Example & S\u00f6hne GmbH region=CA postal_code=94043 country=US "
                 "consent=false");
}

static void salesforce_wants_a_last_name_of_its_own_length(void **state)
{
    (void)state;
    assert_says("salesforce", "{\"email\":\"jane@sf.example\"}", "last_name");
    assert_says("salesforce", "{\"last_name\":\"\"}", "refused: ");
}

/* ---- Webflow */

#define WEBFLOW(data)                                                                           \
    "{\"triggerType\":\"form_submission\",\"payload\":{\"name\":\"Contact Us\",\"data\":{" data \
    "},\"submittedAt\":\"2026-09-14T12:35:16.117Z\",\"id\":\"6321\",\"formId\":\"F\"}}"

/* A number lost its +, and whether it had one is not known: it stays the digits that came. */
static void webflow_fields_go_by_their_names_whatever_their_writing(void **state)
{
    (void)state;
    assert_reads("webflow",
                 WEBFLOW("\"First Name\":\"Zaphod\",\"LAST-NAME\":\"Beeblebrox\",\"email\":"
                         "\"z@webflow.example\",\"Phone Number\":15550000000,\"City\":\"\","
                         "\"Company\":null,\"Consent\":\"on\",\"Heads\":2"),
                 "key=6321 external_id=6321 submitted_at=timestamp(\"2026-09-14T12:35:16.117Z\") "
                 "form_id=F form_name=Contact Us email=z@webflow.example phone=15550000000 "
                 "first_name=Zaphod last_name=Beeblebrox consent=true");
}

static void webflow_events_that_are_no_submission_are_skipped(void **state)
{
    (void)state;
    assert_reads("webflow", "{\"triggerType\":\"site_publish\",\"payload\":{}}",
                 "skipped: a Webflow event of type site_publish is no form submission");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_compiles),
        cmocka_unit_test(every_kind_reads_its_own_example),
        cmocka_unit_test(what_another_program_sends_is_refused),
        cmocka_unit_test(typeform_answers_go_by_type_and_reference),
        cmocka_unit_test(typeform_answers_may_be_missing),
        cmocka_unit_test(typeform_events_that_are_no_response_are_skipped),
        cmocka_unit_test(an_address_that_is_none_is_refused_by_its_field),
        cmocka_unit_test(hubspot_submissions_go_by_the_names_of_fields),
        cmocka_unit_test(hubspot_events_are_one_record_each_and_only_new_contacts_make_leads),
        cmocka_unit_test(meta_notifications_are_split_into_leads_with_exact_ids),
        cmocka_unit_test(meta_leads_go_by_the_names_of_fields),
        cmocka_unit_test(meta_test_leads_are_skipped),
        cmocka_unit_test(google_columns_go_by_their_ids_and_numbers_stay_exact),
        cmocka_unit_test(google_test_leads_are_skipped),
        cmocka_unit_test(a_time_without_zone_is_refused_where_the_mesh_asks_for_it),
        cmocka_unit_test(linkedin_notifications_make_leads_with_ids_only),
        cmocka_unit_test(linkedin_responses_show_the_address_and_all_consents_together),
        cmocka_unit_test(salesforce_forms_go_by_their_fields_and_empty_ones_are_absent),
        cmocka_unit_test(salesforce_wants_a_last_name_of_its_own_length),
        cmocka_unit_test(webflow_fields_go_by_their_names_whatever_their_writing),
        cmocka_unit_test(webflow_events_that_are_no_submission_are_skipped),
    };
    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
