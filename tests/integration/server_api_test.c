/* Looking and acting: leads, reps, pools, events, reconciliation, health; and what wrong calls get.
 */
#include "server_fixture.h"

#include <inttypes.h>

static struct fixture fixture;

static int open_server(void **state)
{
    (void)state;
    fixture_open(&fixture);
    fixture_start(&fixture);
    return 0;
}

static int close_server(void **state)
{
    (void)state;
    fixture_close(&fixture);
    return 0;
}

static void get_lead(uint64_t number, const char *rest, struct reply *reply)
{
    char path[96];
    snprintf(path, sizeof path, "/v1/leads/L%" PRIu64 "%s", number, rest);
    request_get_now(&fixture, path, reply);
}

/* POST to /v1/leads/L<number>/<call> under a version (0: none). */
static void act(uint64_t number, const char *call, uint64_t version, const char *json,
                struct reply *reply)
{
    char path[96], headers[128];
    snprintf(path, sizeof path, "/v1/leads/L%" PRIu64 "/%s", number, call);
    int size = snprintf(headers, sizeof headers, "Content-Type: application/json\r\n");
    if (version != 0)
        snprintf(headers + size, sizeof headers - (size_t)size, "If-Match: \"%" PRIu64 "\"\r\n",
                 version);
    request_send(&fixture, "POST", path, headers, bytes_of(json), reply);
}

static size_t list_length(const struct reply *reply, const char *member)
{
    struct json_object *list = json_object_object_get(reply->json, member);
    assert_true(json_object_is_type(list, json_type_array));
    return json_object_array_length(list);
}

/* ---- reading leads */

static void a_lead_is_read_with_its_version(void **state)
{
    (void)state;
    struct reply reply;
    uint64_t number = submit_lead(&fixture, "read@example.com");
    get_lead(number, "", &reply);
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply_text(&reply, "state"), "assigned");
    struct json_object *attributes = json_object_object_get(reply.json, "attributes");
    assert_string_equal(json_member_text(attributes, "email").data, "read@example.com");
    char version[32];
    snprintf(version, sizeof version, "\"%" PRId64 "\"", reply_number(&reply, "version"));
    assert_string_equal(reply_header(&reply, "ETag"), version);
    reply_release(&reply);
}

static void an_unknown_lead_is_not_found(void **state)
{
    (void)state;
    const char *paths[] = {"/v1/leads/L99999999", "/v1/leads/17", "/v1/leads/L0",
                           "/v1/leads/L99999999/events", "/v1/leads/L99999999/explanation"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        struct reply reply;
        request_get(&fixture, paths[i], &reply);
        assert_problem(&reply, 404, "not-found");
        reply_release(&reply);
    }
}

static void leads_are_listed_by_pages(void **state)
{
    (void)state;
    struct reply first, second;
    char path[256];
    for (int i = 0; i < 3; i++) {
        char email[64];
        snprintf(email, sizeof email, "page%d@example.com", i);
        submit_lead(&fixture, email);
    }
    request_get_now(&fixture, "/v1/leads?limit=2&source=website&place=owned", &first);
    assert_int_equal(first.status, 200);
    assert_int_equal(list_length(&first, "leads"), 2);
    const char *link = reply_header(&first, "Link");
    assert_non_null(strstr(link, ">; rel=\"next\""));
    assert_non_null(strstr(link, "place=owned&source=website&limit=2&cursor="));
    snprintf(path, sizeof path, "%.*s", (int)(strchr(link, '>') - link - 1), link + 1);
    request_get(&fixture, path, &second);
    assert_int_equal(second.status, 200);
    assert_true(list_length(&second, "leads") >= 1);
    reply_release(&first);
    reply_release(&second);
}

static void leads_are_found_by_address(void **state)
{
    (void)state;
    struct reply reply;
    submit_lead(&fixture, "needle@example.com");
    request_get_now(&fixture, "/v1/leads?email=Needle%40example.com", &reply);
    assert_int_equal(reply.status, 200);
    assert_int_equal(list_length(&reply, "leads"), 1);
    reply_release(&reply);
    request_get_now(&fixture, "/v1/leads?email=nobody%40example.com", &reply);
    assert_int_equal(list_length(&reply, "leads"), 0);
    reply_release(&reply);
}

static void wrong_parameters_are_named(void **state)
{
    (void)state;
    const struct {
        const char *path;
        const char *says;
    } cases[] = {
        {"/v1/leads?stat=assigned", "did you mean `state`?"},
        {"/v1/leads?state=asigned", "did you mean \"assigned\"?"},
        {"/v1/dead-letters?state=closed", "must be open, replayed, merged or discarded"},
        {"/v1/leads?limit=0", "from 1 to 1000"},
        {"/v1/leads?limit=many", "\"many\""},
        {"/v1/leads?cursor=-1", "`cursor`"},
        {"/v1/leads?rep=%ff", "UTF-8"},
        {"/v1/events?after=x", "`after`"},
        {"/v1/reps?after=1", "no query parameter"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct reply reply;
        request_get(&fixture, cases[i].path, &reply);
        assert_problem(&reply, 400, "invalid-parameter");
        if (strstr(reply_text(&reply, "detail"), cases[i].says) == NULL)
            fail_msg("\"%s\" is not in: %s", cases[i].says, reply_text(&reply, "detail"));
        reply_release(&reply);
    }
}

/* ---- acting on leads */

static void a_lead_goes_through_its_life(void **state)
{
    (void)state;
    struct reply contact, outcome, again, lead;
    uint64_t number = submit_lead(&fixture, "life@example.com");
    act(number, "contacts", 0, "{\"channel\":\"phone\",\"note\":\"called back\"}", &contact);
    assert_int_equal(contact.status, 200);
    assert_string_equal(reply_text(&contact, "state"), "contacted");
    act(number, "outcome", (uint64_t)reply_number(&contact, "version"),
        "{\"outcome\":\"qualified\",\"reason\":\"budget\"}", &outcome);
    assert_int_equal(outcome.status, 200);
    assert_string_equal(reply_text(&outcome, "state"), "qualified");
    assert_string_equal(reply_text(&outcome, "place"), "closed");
    act(number, "outcome", 0, "{\"outcome\":\"disqualified\",\"reason\":\"no\"}", &again);
    assert_true(again.status == 404 || again.status == 409);
    get_lead(number, "", &lead);
    assert_string_equal(reply_text(&lead, "state"), "qualified");
    reply_release(&contact);
    reply_release(&outcome);
    reply_release(&again);
    reply_release(&lead);
}

static void a_stale_version_is_refused_with_the_current_one(void **state)
{
    (void)state;
    struct reply contact, stale;
    uint64_t number = submit_lead(&fixture, "stale@example.com");
    act(number, "contacts", 0, "{\"channel\":\"mail\"}", &contact);
    assert_int_equal(contact.status, 200);
    act(number, "contacts", number, "{\"channel\":\"mail\"}", &stale);
    assert_problem(&stale, 412, "stale-version");
    assert_int_equal(reply_number(&stale, "current_version"), reply_number(&contact, "version"));
    reply_release(&contact);
    reply_release(&stale);
}

static void a_lead_is_assigned_by_hand_and_handed_back(void **state)
{
    (void)state;
    struct reply assigned, back, events;
    uint64_t number = submit_lead(&fixture, "hand@example.com");
    act(number, "assignment", 0,
        "{\"rep\":\"ben\",\"cause\":\"language\",\"remediation\":\"add a language route\"}",
        &assigned);
    assert_int_equal(assigned.status, 200);
    assert_string_equal(reply_text(&assigned, "owner"), "ben");
    act(number, "hand-back", 0, "{\"reason\":\"on leave\"}", &back);
    assert_int_equal(back.status, 200);
    assert_true(reply_number(&back, "seq") > reply_number(&assigned, "seq"));
    get_lead(number, "/events", &events);
    assert_true(list_length(&events, "events") >= 5);
    reply_release(&assigned);
    reply_release(&back);
    reply_release(&events);
}

static void bodies_of_actions_are_checked(void **state)
{
    (void)state;
    uint64_t number = submit_lead(&fixture, "checked@example.com");
    const struct {
        const char *call;
        const char *body;
        int status;
        const char *type;
    } cases[] = {
        {"contacts", "{\"chanel\":\"phone\"}", 422, "invalid-body"},
        {"contacts", "{\"channel\":7}", 422, "invalid-body"},
        {"contacts", "[]", 422, "invalid-body"},
        {"contacts", "{", 400, "malformed-json"},
        {"outcome", "{\"outcome\":\"maybe\"}", 422, "invalid-body"},
        {"assignment", "{\"rep\":\"ben\"}", 422, "invalid-body"},
        {"assignment", "{\"rep\":\"nobody\",\"cause\":\"x\",\"remediation\":\"y\"}", 404,
         "not-found"},
        {"hand-back", "{\"reason\":\"\"}", 422, "invalid-body"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct reply reply;
        act(number, cases[i].call, 0, cases[i].body, &reply);
        assert_problem(&reply, cases[i].status, cases[i].type);
        reply_release(&reply);
    }
}

static void a_malformed_version_is_refused(void **state)
{
    (void)state;
    struct reply reply;
    char path[64];
    snprintf(path, sizeof path, "/v1/leads/L%" PRIu64 "/contacts",
             submit_lead(&fixture, "etag@example.com"));
    request_send(&fixture, "POST", path, "Content-Type: application/json\r\nIf-Match: \"abc\"\r\n",
                 BYTES_LITERAL("{\"channel\":\"phone\"}"), &reply);
    assert_problem(&reply, 400, "invalid-header");
    reply_release(&reply);
}

/* ---- history and reasons */

static void the_events_of_a_lead_are_told_oldest_first(void **state)
{
    (void)state;
    struct reply reply, contact;
    uint64_t number = submit_lead(&fixture, "events@example.com");
    act(number, "contacts", 0, "{\"channel\":\"phone\"}", &contact);
    reply_release(&contact);
    get_lead(number, "/events", &reply);
    assert_int_equal(reply.status, 200);
    const char *types[] = {"meshline.lead.captured", "meshline.lead.assigned",
                           "meshline.lead.contacted"};
    struct json_object *events = json_object_object_get(reply.json, "events");
    assert_int_equal(json_object_array_length(events), 3);
    char id[32];
    snprintf(id, sizeof id, "L%" PRIu64, number);
    for (size_t i = 0; i < 3; i++) {
        struct json_object *event = json_object_array_get_idx(events, i);
        assert_string_equal(json_member_text(event, "specversion").data, "1.0");
        assert_string_equal(json_member_text(event, "type").data, types[i]);
        assert_string_equal(json_member_text(event, "source").data, "/meshline/starter");
        assert_string_equal(json_member_text(event, "subject").data, id);
        assert_true(json_member_time_us(event, "time") > 0);
        assert_true(json_object_is_type(json_object_object_get(event, "data"), json_type_object));
    }
    reply_release(&reply);
}

static void a_long_history_is_told_by_pages(void **state)
{
    (void)state;
    struct reply reply, older;
    char path[128];
    uint64_t number = submit_lead(&fixture, "pages@example.com");
    get_lead(number, "/events?limit=1", &reply);
    assert_int_equal(list_length(&reply, "events"), 1);
    const char *link = reply_header(&reply, "Link");
    assert_non_null(strstr(link, "rel=\"prev\""));
    snprintf(path, sizeof path, "%.*s", (int)(strchr(link, '>') - link - 1), link + 1);
    request_get(&fixture, path, &older);
    assert_int_equal(older.status, 200);
    struct json_object *event =
        json_object_array_get_idx(json_object_object_get(older.json, "events"), 0);
    assert_string_equal(json_member_text(event, "type").data, "meshline.lead.captured");
    reply_release(&reply);
    reply_release(&older);
}

static void an_explanation_says_why_this_owner(void **state)
{
    (void)state;
    struct reply reply;
    uint64_t number = submit_lead(&fixture, "why@example.com");
    get_lead(number, "/explanation", &reply);
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply_text(&reply, "release"), fixture.release);
    struct json_object *routes = json_object_object_get(reply.json, "routes");
    assert_int_equal(json_object_array_length(routes), 2);
    struct json_object *first = json_object_array_get_idx(routes, 0);
    assert_string_equal(json_member_text(first, "route").data, "large-accounts");
    assert_string_equal(json_member_text(first, "outcome").data, "false");
    assert_non_null(strstr(json_member_text(first, "when").data, "lead.employees"));
    struct json_object *second = json_object_array_get_idx(routes, 1);
    assert_string_equal(json_member_text(second, "route").data, "europe");
    assert_string_equal(json_member_text(second, "outcome").data, "matched");
    assert_string_equal(json_member_text(second, "pool").data, "europe");
    struct json_object *decisions = json_object_object_get(reply.json, "decisions");
    assert_true(json_object_array_length(decisions) >= 1);
    struct json_object *decision = json_object_array_get_idx(decisions, 0);
    assert_string_equal(json_member_text(decision, "cause").data, "routed");
    assert_int_equal(json_member_int(json_object_object_get(decision, "candidates"), "members", 0),
                     2);
    reply_release(&reply);
}

static void the_only_source_need_not_be_named_in_a_question(void **state)
{
    (void)state;
    struct reply reply;
    request_json(&fixture, "POST", "/v1/explanations",
                 "{\"lead\":{\"email\":\"only@example.com\",\"country\":\"FR\"}}", &reply);
    assert_int_equal(reply.status, 200);
    assert_int_equal(list_length(&reply, "decisions"), 1);
    reply_release(&reply);
}

/* ---- reps, pools, release */

static void reps_are_listed_and_changed(void **state)
{
    (void)state;
    struct reply reply;
    request_get_now(&fixture, "/v1/reps", &reply);
    assert_int_equal(reply.status, 200);
    assert_int_equal(list_length(&reply, "reps"), 4);
    reply_release(&reply);
    request_json(&fixture, "PATCH", "/v1/reps/dirk", "{\"available\":false,\"capacity\":7}",
                 &reply);
    assert_int_equal(reply.status, 200);
    assert_true(reply_number(&reply, "seq") > 0);
    reply_release(&reply);
    request_get_now(&fixture, "/v1/reps/dirk", &reply);
    assert_int_equal(reply.status, 200);
    assert_int_equal(reply_number(&reply, "capacity"), 7);
    assert_false(json_object_get_boolean(json_object_object_get(reply.json, "available")));
    reply_release(&reply);
    request_json(&fixture, "PATCH", "/v1/reps/dirk", "{\"available\":true,\"capacity\":1000}",
                 &reply);
    reply_release(&reply);
}

static void wrong_changes_of_reps_are_refused(void **state)
{
    (void)state;
    const struct {
        const char *path;
        const char *body;
        int status;
        const char *type;
    } cases[] = {
        {"/v1/reps/nobody", "{\"available\":true}", 404, "not-found"},
        {"/v1/reps/ana", "{}", 422, "invalid-body"},
        {"/v1/reps/ana", "{\"capacity\":-1}", 422, "invalid-body"},
        {"/v1/reps/ana", "{\"capacity\":1.5}", 422, "invalid-body"},
        {"/v1/reps/ana", "{\"available\":\"yes\"}", 422, "invalid-body"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct reply reply;
        request_json(&fixture, "PATCH", cases[i].path, cases[i].body, &reply);
        assert_problem(&reply, cases[i].status, cases[i].type);
        reply_release(&reply);
    }
    struct reply reply;
    request_get(&fixture, "/v1/reps/nobody", &reply);
    assert_problem(&reply, 404, "not-found");
    reply_release(&reply);
}

static void pools_and_the_release_are_shown(void **state)
{
    (void)state;
    struct reply reply;
    request_get_now(&fixture, "/v1/pools", &reply);
    assert_int_equal(reply.status, 200);
    assert_int_equal(list_length(&reply, "pools"), 2);
    reply_release(&reply);
    request_get(&fixture, "/v1/release", &reply);
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply_text(&reply, "id"), fixture.release);
    assert_true(
        json_object_is_type(json_object_object_get(reply.json, "canonical"), json_type_object));
    reply_release(&reply);
}

/* ---- the bus and the books */

static void events_come_in_pages(void **state)
{
    (void)state;
    struct reply reply;
    submit_lead(&fixture, "bus@example.com");
    request_get(&fixture, "/v1/events?after=1&limit=2", &reply);
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply_header(&reply, "Content-Type"), "application/x-ndjson");
    assert_non_null(strstr(reply_header(&reply, "Link"), "after=3&limit=2>; rel=\"next\""));
    assert_non_null(strstr(buffer_string(&reply.body), "{\"specversion\":\"1.0\",\"id\":\"2\""));
    assert_non_null(strstr(buffer_string(&reply.body), "\n{\"specversion\":\"1.0\",\"id\":\"3\""));
    reply_release(&reply);
    request_get(&fixture, "/v1/events?after=99999999", &reply);
    assert_int_equal(reply.status, 200);
    assert_int_equal(reply.body.size, 0);
    reply_release(&reply);
}

static void the_reconciliation_balances(void **state)
{
    (void)state;
    struct reply reply;
    submit_lead(&fixture, "balance@example.com");
    request_get_now(&fixture, "/v1/reconciliation", &reply);
    assert_int_equal(reply.status, 200);
    assert_true(json_object_get_boolean(json_object_object_get(reply.json, "balanced")));
    assert_int_equal(reply_number(&reply, "accepted"), reply_number(&reply, "owned") +
                                                           reply_number(&reply, "waiting") +
                                                           reply_number(&reply, "closed"));
    assert_int_equal(reply_number(&reply, "dead_lettered"), 0);
    assert_int_equal(reply_number(&reply, "settled"), 0);
    reply_release(&reply);
}

static void a_read_may_wait_for_a_write_but_not_for_the_future(void **state)
{
    (void)state;
    struct reply reply;
    request_send(&fixture, "GET", "/v1/reps", "Min-Seq: 99999999\r\n", (struct bytes){0}, &reply);
    assert_problem(&reply, 400, "invalid-header");
    reply_release(&reply);
    request_send(&fixture, "GET", "/v1/reps", "Min-Seq: soon\r\n", (struct bytes){0}, &reply);
    assert_problem(&reply, 400, "invalid-header");
    reply_release(&reply);
}

/* ---- the server itself */

static void health_is_told(void **state)
{
    (void)state;
    struct reply reply;
    request_get(&fixture, "/healthz", &reply);
    assert_int_equal(reply.status, 200);
    reply_release(&reply);
    request_get(&fixture, "/readyz", &reply);
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply_text(&reply, "status"), "ready");
    assert_int_equal(reply_number(&reply, "journal_seq"), engine_durable_seq(fixture.engine));
    reply_release(&reply);
    request_get(&fixture, "/metrics", &reply);
    assert_int_equal(reply.status, 200);
    assert_non_null(strstr(buffer_string(&reply.body), "\nmeshline_leads_accepted_total "));
    assert_non_null(strstr(buffer_string(&reply.body), "meshline_http_requests_total{method="));
    assert_non_null(
        strstr(buffer_string(&reply.body), "meshline_append_seconds_bucket{le=\"+Inf\"}"));
    reply_release(&reply);
}

static void the_api_describes_itself(void **state)
{
    (void)state;
    struct reply reply;
    request_get(&fixture, "/openapi.json", &reply);
    assert_int_equal(reply.status, 200);
    assert_non_null(strstr(reply_text(&reply, "openapi"), "3.1"));
    reply_release(&reply);
    request_get(&fixture, "/problems/stale-version", &reply);
    assert_int_equal(reply.status, 200);
    assert_int_equal(reply_number(&reply, "status"), 412);
    reply_release(&reply);
}

static void unknown_paths_and_methods_are_refused(void **state)
{
    (void)state;
    struct reply reply;
    request_get(&fixture, "/v1/lead", &reply);
    assert_problem(&reply, 404, "not-found");
    assert_non_null(strstr(reply_text(&reply, "detail"), "did you mean /v1/leads?"));
    reply_release(&reply);
    request_send(&fixture, "DELETE", "/v1/reps/ana", "", (struct bytes){0}, &reply);
    assert_problem(&reply, 405, "method-not-allowed");
    assert_string_equal(reply_header(&reply, "Allow"), "GET, HEAD, PATCH");
    reply_release(&reply);
    request_send(&fixture, "GET", "/v1/reps", "Accept: text/html\r\n", (struct bytes){0}, &reply);
    assert_problem(&reply, 406, "not-acceptable");
    reply_release(&reply);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lead_is_read_with_its_version),
        cmocka_unit_test(an_unknown_lead_is_not_found),
        cmocka_unit_test(leads_are_listed_by_pages),
        cmocka_unit_test(leads_are_found_by_address),
        cmocka_unit_test(wrong_parameters_are_named),
        cmocka_unit_test(a_lead_goes_through_its_life),
        cmocka_unit_test(a_stale_version_is_refused_with_the_current_one),
        cmocka_unit_test(a_lead_is_assigned_by_hand_and_handed_back),
        cmocka_unit_test(bodies_of_actions_are_checked),
        cmocka_unit_test(a_malformed_version_is_refused),
        cmocka_unit_test(the_events_of_a_lead_are_told_oldest_first),
        cmocka_unit_test(a_long_history_is_told_by_pages),
        cmocka_unit_test(an_explanation_says_why_this_owner),
        cmocka_unit_test(the_only_source_need_not_be_named_in_a_question),
        cmocka_unit_test(reps_are_listed_and_changed),
        cmocka_unit_test(wrong_changes_of_reps_are_refused),
        cmocka_unit_test(pools_and_the_release_are_shown),
        cmocka_unit_test(events_come_in_pages),
        cmocka_unit_test(the_reconciliation_balances),
        cmocka_unit_test(a_read_may_wait_for_a_write_but_not_for_the_future),
        cmocka_unit_test(health_is_told),
        cmocka_unit_test(the_api_describes_itself),
        cmocka_unit_test(unknown_paths_and_methods_are_refused),
    };
    return cmocka_run_group_tests(tests, open_server, close_server);
}
