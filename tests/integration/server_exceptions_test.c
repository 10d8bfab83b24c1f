/* Exceptions over HTTP: listed by urgency, claimed, released, resolved one by one and many at once;
 * what is asked wrongly is told before anything is done. */
#include "server_fixture.h"

#include "base/id.h"
#include "clock_mesh.h"

#include <inttypes.h>

static struct fixture fixture;

static int open_server(void **state)
{
    (void)state;
    size_t count;
    const struct policy_file *files = clock_mesh_files(&count);
    fixture_serve(&fixture, files, count);
    return 0;
}

static int close_server(void **state)
{
    (void)state;
    fixture_close(&fixture);
    return 0;
}

/* ---- asking */

static void post(const char *path, const char *json, struct reply *reply)
{
    request_json(&fixture, "POST", path, json, reply);
}

/* Sends a lead and returns its id. */
static const char *send_lead(const char *json)
{
    static char id[LEAD_ID_TEXT_SIZE];
    struct reply reply;
    post("/v1/sources/web/leads", json, &reply);
    assert_int_equal(reply.status, 201);
    snprintf(id, sizeof id, "%s", reply_text(&reply, "lead"));
    reply_release(&reply);
    return id;
}

static struct json_object *list(const struct reply *reply, const char *name)
{
    struct json_object *array = json_object_object_get(reply->json, name);
    assert_true(json_object_is_type(array, json_type_array));
    return array;
}

/* A lead that nobody can call, which is in the exception whose id is returned. */
static const char *lose_lead(const char *email)
{
    static char id[LEAD_ID_TEXT_SIZE];
    char json[128], path[128];
    struct reply reply;
    snprintf(json, sizeof json, "{\"email\":\"%s\"}", email);
    snprintf(path, sizeof path, "/v1/exceptions?lead=%s", send_lead(json));
    request_get_now(&fixture, path, &reply);
    assert_int_equal(reply.status, 200);
    assert_int_equal(json_object_array_length(list(&reply, "exceptions")), 1);
    snprintf(id, sizeof id, "%s",
             json_member_text(json_object_array_get_idx(list(&reply, "exceptions"), 0), "id").data);
    reply_release(&reply);
    return id;
}

/* POST /v1/exceptions/{id}/{verb} */
static void act(const char *id, const char *verb, const char *headers, const char *json,
                struct reply *reply)
{
    char path[128], all[256];
    snprintf(path, sizeof path, "/v1/exceptions/%s/%s", id, verb);
    snprintf(all, sizeof all, "%s%s", headers,
             json[0] != '\0' ? "Content-Type: application/json\r\n" : "");
    request_send(&fixture, "POST", path, all, bytes_of(json), reply);
}

static void read_exception(const char *id, struct reply *reply)
{
    char path[64];
    snprintf(path, sizeof path, "/v1/exceptions/%s", id);
    request_get_now(&fixture, path, reply);
    assert_int_equal(reply->status, 200);
}

#define DECISION "\"cause\":\"bad_data\",\"remediation\":\"asked for the address\""

/* ---- looking */

static void what_waits_for_a_decision_is_listed_with_its_deadline(void **state)
{
    (void)state;
    struct reply reply;
    const char *id = lose_lead("listed@x.example");
    read_exception(id, &reply);
    assert_string_equal(reply_text(&reply, "kind"), "missing_email");
    assert_string_equal(reply_text(&reply, "state"), "open");
    assert_string_equal(reply_text(&reply, "team"), "desk");
    assert_int_equal(json_member_time_us(reply.json, "due_at") -
                         json_member_time_us(reply.json, "opened_at"),
                     INT64_C(86400) * 1000000);
    char etag[64];
    snprintf(etag, sizeof etag, "\"%" PRId64 "\"", reply_number(&reply, "version"));
    assert_string_equal(reply_header(&reply, "ETag"), etag);
    reply_release(&reply);
}

static void pages_follow_each_other_without_a_gap(void **state)
{
    (void)state;
    struct reply first, second;
    lose_lead("page1@x.example");
    lose_lead("page2@x.example");
    request_get_now(&fixture, "/v1/exceptions?queue=&kind=missing_email&limit=1", &first);
    assert_int_equal(json_object_array_length(list(&first, "exceptions")), 1);
    assert_non_null(strstr(reply_header(&first, "Link"), "kind=missing_email"));
    char path[512];
    snprintf(path, sizeof path, "%s", strchr(reply_header(&first, "Link"), '<') + 1);
    *strchr(path, '>') = '\0';
    request_get(&fixture, path, &second);
    assert_int_equal(second.status, 200);
    struct bytes one =
        json_member_text(json_object_array_get_idx(list(&first, "exceptions"), 0), "id");
    struct bytes two =
        json_member_text(json_object_array_get_idx(list(&second, "exceptions"), 0), "id");
    assert_false(bytes_equal(one, two));
    reply_release(&first);
    reply_release(&second);
}

static void clusters_count_by_kind(void **state)
{
    (void)state;
    struct reply reply;
    lose_lead("cluster@x.example");
    request_get_now(&fixture, "/v1/exceptions/clusters", &reply);
    assert_int_equal(reply.status, 200);
    struct json_object *cluster = json_object_array_get_idx(list(&reply, "clusters"), 0);
    assert_true(bytes_is(json_member_text(cluster, "kind"), "missing_email"));
    assert_true(json_member_int(cluster, "count", 0) >= 1);
    reply_release(&reply);
}

static size_t count_of(const char *path, const char *name)
{
    struct reply reply;
    request_get_now(&fixture, path, &reply);
    assert_int_equal(reply.status, 200);
    size_t count = json_object_array_length(list(&reply, name));
    reply_release(&reply);
    return count;
}

static void who_the_lead_is_stands_in_the_list_and_in_the_one(void **state)
{
    (void)state;
    struct reply reply;
    char id[LEAD_ID_TEXT_SIZE], path[64];
    snprintf(path, sizeof path, "/v1/exceptions?lead=%s",
             send_lead("{\"email\":\"ada@x.example\",\"company\":\"Analytical Ltd\"}"));
    request_get_now(&fixture, path, &reply);
    struct json_object *row = json_object_array_get_idx(list(&reply, "exceptions"), 0);
    struct json_object *summary = json_object_object_get(row, "summary");
    assert_string_equal(json_member_text(summary, "name").data, "ada@x.example");
    assert_string_equal(json_member_text(summary, "company").data, "Analytical Ltd");
    snprintf(id, sizeof id, "%s", json_member_text(row, "id").data);
    reply_release(&reply);
    read_exception(id, &reply);
    summary = json_object_object_get(reply.json, "summary");
    assert_string_equal(json_member_text(summary, "company").data, "Analytical Ltd");
    reply_release(&reply);
}

static void what_nobody_has_claimed_can_be_asked_for(void **state)
{
    (void)state;
    struct reply reply;
    char id[LEAD_ID_TEXT_SIZE];
    snprintf(id, sizeof id, "%s", lose_lead("taken@x.example"));
    lose_lead("free@x.example");
    size_t free_before = count_of("/v1/exceptions?claimed=nobody", "exceptions");
    act(id, "claim", "", "", &reply);
    reply_release(&reply);
    assert_int_equal(count_of("/v1/exceptions?claimed=nobody", "exceptions"), free_before - 1);
    assert_int_equal(count_of("/v1/exceptions?claimed=local", "exceptions"), 1);
    assert_int_equal(count_of("/v1/exceptions?claimed=kim", "exceptions"), 0);
    assert_int_equal(count_of("/v1/exceptions/clusters?claimed=kim", "clusters"), 0);
    request_get_now(&fixture, "/v1/exceptions/clusters?claimed=nobody", &reply);
    struct json_object *cluster = json_object_array_get_idx(list(&reply, "clusters"), 0);
    assert_int_equal(json_member_int(cluster, "count", 0), free_before - 1);
    assert_true(bytes_is(json_member_text(cluster, "queue"), "validation"));
    reply_release(&reply);
    act(id, "release", "", "{}", &reply);
    reply_release(&reply);
}

static void questions_with_mistakes_are_told_what_they_may_be(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        int status;
        const char *type, *says;
    } cases[] = {
        {"/v1/exceptions?state=opne", 400, "invalid-parameter", "did you mean \\\"open\\\""},
        {"/v1/exceptions?lead=X1", 400, "invalid-parameter", "L1024"},
        {"/v1/exceptions?after=nonsense", 400, "invalid-parameter", "`next`"},
        {"/v1/exceptions?limit=0", 400, "invalid-parameter", "from 1 to 1000"},
        {"/v1/exceptions?kinds=x", 400, "invalid-parameter", "did you mean `kind`"},
        {"/v1/exceptions/L12", 404, "not-found", "X1024"},
        {"/v1/exceptions/X999999", 404, "not-found", "X999999"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct reply reply;
        request_get(&fixture, cases[i].path, &reply);
        assert_problem_says(&reply, cases[i].status, cases[i].type, cases[i].says);
    }
}

/* ---- acting on one */

static void a_claim_needs_no_body_and_can_be_given_up(void **state)
{
    (void)state;
    struct reply reply;
    char id[LEAD_ID_TEXT_SIZE];
    snprintf(id, sizeof id, "%s", lose_lead("claim@x.example"));
    act(id, "claim", "", "", &reply);
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply_text(&reply, "id"), id);
    assert_string_equal(reply_text(&reply, "claimed_by"), "local");
    assert_int_equal(reply_number(&reply, "version"), reply_number(&reply, "seq"));
    reply_release(&reply);
    read_exception(id, &reply);
    assert_string_equal(reply_text(&reply, "claimed_by"), "local");
    reply_release(&reply);
    act(id, "claim", "", "{\"note\":\"again\"}", &reply);
    assert_true(json_object_get_boolean(json_object_object_get(reply.json, "unchanged")));
    reply_release(&reply);
    act(id, "release", "", "{}", &reply);
    assert_int_equal(reply.status, 200);
    reply_release(&reply);
    read_exception(id, &reply);
    assert_null(json_object_object_get(reply.json, "claimed_by"));
    reply_release(&reply);
}

static void assigning_gives_the_lead_an_owner(void **state)
{
    (void)state;
    struct reply reply;
    char id[LEAD_ID_TEXT_SIZE];
    snprintf(id, sizeof id, "%s", lose_lead("assign@x.example"));
    act(id, "resolve", "", "{\"action\":\"assign\",\"rep\":\"ben\"," DECISION "}", &reply);
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply_text(&reply, "state"), "resolved");
    assert_string_equal(reply_text(&reply, "place"), "owned");
    assert_string_equal(reply_text(&reply, "owner"), "ben");
    reply_release(&reply);
    read_exception(id, &reply);
    assert_string_equal(reply_text(&reply, "state"), "resolved");
    assert_string_equal(reply_text(&reply, "cause"), "bad_data");
    assert_string_equal(reply_text(&reply, "remediation"), "asked for the address");
    reply_release(&reply);
}

static void what_is_resolved_cannot_be_resolved_again(void **state)
{
    (void)state;
    struct reply reply;
    const char *disqualify = "{\"action\":\"disqualify\"," DECISION "}";
    char id[LEAD_ID_TEXT_SIZE];
    snprintf(id, sizeof id, "%s", lose_lead("twice@x.example"));
    act(id, "resolve", "Idempotency-Key: once\r\n", disqualify, &reply);
    assert_string_equal(reply_text(&reply, "place"), "closed");
    reply_release(&reply);
    act(id, "resolve", "Idempotency-Key: once\r\n", disqualify, &reply);
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply_header(&reply, "Idempotency-Replayed"), "true");
    assert_string_equal(reply_text(&reply, "id"), id);
    reply_release(&reply);
    act(id, "resolve", "", disqualify, &reply);
    assert_problem_says(&reply, 404, "not-found", id);
}

static void a_stale_version_is_refused_with_the_present_one(void **state)
{
    (void)state;
    struct reply reply;
    char id[LEAD_ID_TEXT_SIZE];
    snprintf(id, sizeof id, "%s", lose_lead("stale@x.example"));
    act(id, "claim", "", "", &reply);
    int64_t version = reply_number(&reply, "version");
    reply_release(&reply);
    act(id, "resolve", "If-Match: \"1\"\r\n", "{\"action\":\"requeue\"," DECISION "}", &reply);
    assert_problem(&reply, 412, "stale-version");
    assert_int_equal(reply_number(&reply, "current_version"), version);
    reply_release(&reply);
    char header[64];
    snprintf(header, sizeof header, "If-Match: \"%" PRId64 "\"\r\n", version);
    act(id, "resolve", header, "{\"action\":\"requeue\"," DECISION "}", &reply);
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply_text(&reply, "place"), "owned");
    reply_release(&reply);
}

static void merging_makes_one_of_two(void **state)
{
    (void)state;
    struct reply reply;
    char json[256], into[LEAD_ID_TEXT_SIZE];
    snprintf(into, sizeof into, "%s", send_lead("{\"email\":\"whole@x.example\",\"phone\":\"1\"}"));
    snprintf(json, sizeof json, "{\"action\":\"merge\",\"into\":\"%s\"," DECISION "}", into);
    act(lose_lead("part@x.example"), "resolve", "", json, &reply);
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply_text(&reply, "place"), "closed");
    reply_release(&reply);
}

static void a_person_may_open_one_about_a_lead(void **state)
{
    (void)state;
    struct reply reply;
    char path[64], lead[LEAD_ID_TEXT_SIZE], id[LEAD_ID_TEXT_SIZE];
    snprintf(lead, sizeof lead, "%s", send_lead("{\"email\":\"odd@x.example\",\"phone\":\"2\"}"));
    snprintf(path, sizeof path, "/v1/leads/%s/exceptions", lead);
    post(path, "{\"kind\":\"fraud_suspected\",\"note\":\"three times from one address\"}", &reply);
    assert_int_equal(reply.status, 201);
    snprintf(id, sizeof id, "%s", reply_text(&reply, "id"));
    assert_string_equal(reply_text(&reply, "place"), "owned");
    assert_non_null(strstr(reply_header(&reply, "Location"), id));
    reply_release(&reply);
    read_exception(id, &reply);
    assert_string_equal(reply_text(&reply, "lead"), lead);
    reply_release(&reply);
    post(path, "{\"kind\":\"fraud_suspected\",\"note\":\"once more\"}", &reply);
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply_text(&reply, "id"), id);
    reply_release(&reply);
    act(id, "resolve", "", "{\"action\":\"dismiss\"," DECISION "}", &reply);
    assert_string_equal(reply_text(&reply, "place"), "owned");
    reply_release(&reply);
}

static void what_becomes_of_it_is_in_the_history_of_its_lead(void **state)
{
    (void)state;
    struct reply reply;
    char path[64], lead[LEAD_ID_TEXT_SIZE], id[LEAD_ID_TEXT_SIZE];
    snprintf(lead, sizeof lead, "%s", send_lead("{\"email\":\"told@x.example\",\"phone\":\"2\"}"));
    snprintf(path, sizeof path, "/v1/leads/%s/exceptions", lead);
    post(path, "{\"note\":\"who is this?\"}", &reply);
    snprintf(id, sizeof id, "%s", reply_text(&reply, "id"));
    reply_release(&reply);
    snprintf(path, sizeof path, "/v1/leads/%s/events", lead);
    request_get_now(&fixture, path, &reply);
    assert_int_equal(reply.status, 200);
    struct json_object *events = list(&reply, "events");
    size_t count = json_object_array_length(events);
    assert_int_equal(count, 3); /* captured, assigned, opened */
    struct json_object *newest = json_object_array_get_idx(events, count - 1);
    assert_string_equal(json_member_text(newest, "subject").data, id);
    reply_release(&reply);
}

static void decisions_with_mistakes_name_them_and_do_nothing(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        const char *says;
    } cases[] = {
        {"{\"action\":\"assign\",\"rep\":\"ben\"}", "/cause"},
        {"{\"action\":\"assign\",\"rep\":\"ben\",\"cause\":\"bad_data\"}", "/remediation"},
        {"{\"action\":\"requeue\",\"cause\":\"bad_data\",\"remediation\":\" \\n \"}",
         "/remediation"},
        {"{\"action\":\"assgn\"," DECISION "}", "did you mean assign?"},
        {"{\"action\":\"overtaken\"," DECISION "}", "must be assign"},
        {"{\"action\":\"assign\"," DECISION "}", "is required to assign"},
        {"{\"action\":\"merge\",\"into\":\"12\"," DECISION "}", "L1024"},
        {"{\"action\":\"requeue\",\"rep\":\"ben\"," DECISION "}", "belongs to the action"},
        {"{\"action\":\"requeue\",\"cause\":\"bad_date\",\"remediation\":\"x\"}",
         "did you mean \\\"bad_data\\\""},
        {"{\"action\":\"requeue\",\"cause\":\"weather\",\"remediation\":\"x\"}",
         "\\\"bad_data\\\", \\\"vendor_outage\\\""},
        {"{\"action\":\"requeue\",\"reason\":\"x\"," DECISION "}", "/reason"},
    };
    char id[LEAD_ID_TEXT_SIZE];
    snprintf(id, sizeof id, "%s", lose_lead("mistakes@x.example"));
    uint64_t before = engine_durable_seq(fixture.engine);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct reply reply;
        act(id, "resolve", "", cases[i].json, &reply);
        assert_problem_says(&reply, 422, "invalid-body", cases[i].says);
    }
    assert_int_equal(engine_durable_seq(fixture.engine), before);
}

/* ---- many at once */

static void resolve_many(const char *which, struct reply *reply)
{
    char json[512];
    snprintf(json, sizeof json, "{\"action\":\"requeue\"," DECISION ",%s}", which);
    post("/v1/exceptions/resolve", json, reply);
    assert_int_equal(reply->status, 200);
}

static void many_are_resolved_by_what_they_have_in_common(void **state)
{
    (void)state;
    struct reply reply;
    lose_lead("many1@x.example");
    lose_lead("many2@x.example");
    resolve_many("\"kind\":\"missing_email\",\"limit\":1", &reply);
    assert_int_equal(reply_number(&reply, "resolved"), 1);
    assert_true(json_object_get_boolean(json_object_object_get(reply.json, "more")));
    char which[128];
    snprintf(which, sizeof which, "\"kind\":\"missing_email\",\"after\":\"%s\"",
             reply_text(&reply, "next"));
    reply_release(&reply);
    resolve_many(which, &reply);
    assert_true(reply_number(&reply, "resolved") >= 1);
    assert_int_equal(reply_number(&reply, "failed"), 0);
    assert_false(json_object_get_boolean(json_object_object_get(reply.json, "more")));
    reply_release(&reply);
    request_get_now(&fixture, "/v1/exceptions?kind=missing_email", &reply);
    assert_int_equal(json_object_array_length(list(&reply, "exceptions")), 0);
    reply_release(&reply);
}

static void what_somebody_is_at_is_left_to_them(void **state)
{
    (void)state;
    struct reply reply;
    char id[LEAD_ID_TEXT_SIZE];
    snprintf(id, sizeof id, "%s", lose_lead("mine@x.example"));
    lose_lead("anybodys@x.example");
    act(id, "claim", "", "", &reply);
    reply_release(&reply);
    resolve_many("\"claimed\":\"nobody\"", &reply);
    assert_true(reply_number(&reply, "resolved") >= 1);
    reply_release(&reply);
    read_exception(id, &reply);
    assert_string_equal(reply_text(&reply, "state"), "open");
    reply_release(&reply);
    assert_int_equal(count_of("/v1/exceptions?claimed=nobody", "exceptions"), 0);
    resolve_many("\"claimed\":\"local\"", &reply);
    assert_int_equal(reply_number(&reply, "resolved"), 1);
    reply_release(&reply);
}

static void each_is_resolved_on_its_own(void **state)
{
    (void)state;
    struct reply reply;
    char which[128];
    snprintf(which, sizeof which, "\"ids\":[\"X999999\",\"%s\"]", lose_lead("own@x.example"));
    resolve_many(which, &reply);
    assert_int_equal(reply_number(&reply, "resolved"), 1);
    assert_int_equal(reply_number(&reply, "gone"), 1);
    struct json_object *first = json_object_array_get_idx(list(&reply, "results"), 0);
    assert_true(bytes_is(json_member_text(first, "exception"), "X999999"));
    assert_true(bytes_is(json_member_text(first, "outcome"), "gone"));
    reply_release(&reply);
}

static void a_group_must_be_named_and_cannot_be_merged(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        const char *says;
    } cases[] = {
        {"{\"action\":\"dismiss\"," DECISION "}", "say which exceptions"},
        {"{\"action\":\"dismiss\",\"ids\":[\"X1\"],\"kind\":\"manual\"," DECISION "}",
         "one of the two"},
        {"{\"action\":\"dismiss\",\"ids\":[\"12\"]," DECISION "}", "/ids/0"},
        {"{\"action\":\"merge\",\"into\":\"L1\",\"kind\":\"manual\"," DECISION "}", "one by one"},
        {"{\"action\":\"dismiss\",\"kind\":\"manual\"}", "/cause"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct reply reply;
        post("/v1/exceptions/resolve", cases[i].json, &reply);
        assert_problem_says(&reply, 422, "invalid-body", cases[i].says);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_waits_for_a_decision_is_listed_with_its_deadline),
        cmocka_unit_test(pages_follow_each_other_without_a_gap),
        cmocka_unit_test(clusters_count_by_kind),
        cmocka_unit_test(who_the_lead_is_stands_in_the_list_and_in_the_one),
        cmocka_unit_test(what_nobody_has_claimed_can_be_asked_for),
        cmocka_unit_test(questions_with_mistakes_are_told_what_they_may_be),
        cmocka_unit_test(a_claim_needs_no_body_and_can_be_given_up),
        cmocka_unit_test(assigning_gives_the_lead_an_owner),
        cmocka_unit_test(what_is_resolved_cannot_be_resolved_again),
        cmocka_unit_test(a_stale_version_is_refused_with_the_present_one),
        cmocka_unit_test(merging_makes_one_of_two),
        cmocka_unit_test(a_person_may_open_one_about_a_lead),
        cmocka_unit_test(what_becomes_of_it_is_in_the_history_of_its_lead),
        cmocka_unit_test(decisions_with_mistakes_name_them_and_do_nothing),
        cmocka_unit_test(many_are_resolved_by_what_they_have_in_common),
        cmocka_unit_test(what_somebody_is_at_is_left_to_them),
        cmocka_unit_test(each_is_resolved_on_its_own),
        cmocka_unit_test(a_group_must_be_named_and_cannot_be_merged),
    };
    return cmocka_run_group_tests(tests, open_server, close_server);
}
