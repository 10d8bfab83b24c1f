/* Promises over HTTP: kept or not by class and campaign, hour by hour; where the time went; the
 * owner's acknowledgement; what enrichment brings; reports. */
#include "server_fixture.h"

#include "base/id.h"
#include "clock_mesh.h"

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

static const char *send_lead(const char *json)
{
    static char id[LEAD_ID_TEXT_SIZE];
    struct reply reply;
    request_json(&fixture, "POST", "/v1/sources/web/leads", json, &reply);
    assert_int_equal(reply.status, 201);
    snprintf(id, sizeof id, "%s", reply_text(&reply, "lead"));
    reply_release(&reply);
    return id;
}

static void act(const char *lead, const char *call, const char *json, struct reply *reply)
{
    char path[96];
    snprintf(path, sizeof path, "/v1/leads/%s/%s", lead, call);
    request_json(&fixture, "POST", path, json, reply);
}

static struct json_object *list(const struct reply *reply, const char *name)
{
    struct json_object *array = json_object_object_get(reply->json, name);
    assert_true(json_object_is_type(array, json_type_array));
    return array;
}

/* The row of an objective of a class under a value; NULL when there is none. */
static struct json_object *find_row(const struct reply *reply, const char *value,
                                    const char *class_name, const char *objective)
{
    struct json_object *rows = list(reply, "objectives");
    for (size_t i = 0; i < json_object_array_length(rows); i++) {
        struct json_object *row = json_object_array_get_idx(rows, i);
        if (bytes_is(json_member_text(row, "value"), value) &&
            bytes_is(json_member_text(row, "class"), class_name) &&
            bytes_is(json_member_text(row, "objective"), objective))
            return row;
    }
    return NULL;
}

static void assert_refused(const char *path, int status, const char *type, const char *says)
{
    struct reply reply;
    request_get(&fixture, path, &reply);
    assert_problem(&reply, status, type);
    if (strstr(buffer_string(&reply.body), says) == NULL)
        fail_msg("\"%s\" is not in %s", says, buffer_string(&reply.body));
    reply_release(&reply);
}

/* ---- objectives */

static void a_promise_that_is_kept_is_counted_where_it_belongs(void **state)
{
    (void)state;
    struct reply reply;
    const char *lead = send_lead("{\"email\":\"kept@x.example\",\"phone\":\"1\",\"form\":\"demo\","
                                 "\"campaign\":\"autumn\"}");
    act(lead, "contacts", "{\"channel\":\"phone\"}", &reply);
    assert_int_equal(reply.status, 200);
    reply_release(&reply);
    request_get_now(&fixture, "/v1/objectives?by=campaign&value=autumn", &reply);
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply_text(&reply, "by"), "campaign");
    struct json_object *contacted = find_row(&reply, "autumn", "hot", "contacted");
    assert_int_equal(json_member_int(contacted, "met", -1), 1);
    assert_int_equal(json_member_int(contacted, "late", -1), 0);
    assert_int_equal(json_member_int(find_row(&reply, "autumn", "hot", "assigned"), "met", -1), 1);
    assert_null(find_row(&reply, "autumn", "standard", "contacted"));
    reply_release(&reply);
}

static void cells_are_whole_hours(void **state)
{
    (void)state;
    struct reply reply;
    send_lead("{\"email\":\"cell@x.example\",\"phone\":\"2\",\"form\":\"demo\"}");
    request_get_now(&fixture, "/v1/objectives?cells=true&objective=assigned&class=hot", &reply);
    assert_int_equal(reply.status, 200);
    struct json_object *cell = find_row(&reply, "hot", "hot", "assigned");
    assert_non_null(cell);
    assert_int_equal(json_member_time_us(cell, "hour") % (INT64_C(3600) * 1000000), 0);
    assert_int_equal(json_member_time_us(reply.json, "from") % (INT64_C(3600) * 1000000), 0);
    reply_release(&reply);
}

static void a_promise_that_is_missed_is_late(void **state)
{
    (void)state;
    struct reply reply;
    send_lead("{\"email\":\"late@x.example\",\"phone\":\"3\",\"form\":\"demo\","
              "\"campaign\":\"winter\"}");
    fixture.ahead_us += INT64_C(301) * 1000000;
    /* Whatever is written next makes the engine look at its clock. */
    send_lead("{\"email\":\"next@x.example\",\"phone\":\"4\"}");
    request_get_now(&fixture, "/v1/objectives?by=campaign&value=winter&objective=contacted",
                    &reply);
    assert_int_equal(json_member_int(find_row(&reply, "winter", "hot", "contacted"), "late", -1),
                     1);
    reply_release(&reply);
}

static void the_time_to_first_contact_has_its_parts(void **state)
{
    (void)state;
    struct reply reply;
    request_get_now(&fixture, "/v1/latency", &reply);
    assert_int_equal(reply.status, 200);
    assert_non_null(json_object_object_get(reply.json, "latency"));
    assert_non_null(strstr(buffer_string(&reply.body), "\"crm_write\""));
    reply_release(&reply);
}

static void questions_with_mistakes_are_told_what_they_may_be(void **state)
{
    (void)state;
    assert_refused("/v1/objectives?by=clas", 400, "invalid-parameter", "did you mean \\\"class");
    assert_refused("/v1/objectives?objective=called", 400, "invalid-parameter", "contacted");
    assert_refused("/v1/objectives?from=yesterday", 400, "invalid-parameter", "2026-11-23");
    assert_refused("/v1/objectives?from=2026-11-02&to=2026-11-01", 400, "invalid-parameter",
                   "later than");
    assert_refused("/v1/objectives?from=2020-01-01&to=2026-11-01", 400, "invalid-parameter",
                   "400 days");
    assert_refused("/v1/objectives?cells=yes", 400, "invalid-parameter", "true or false");
    assert_refused("/v1/latency?to=2026-13-01", 400, "invalid-parameter", "to");
}

/* ---- acting on a lead */

static void the_owner_says_that_it_is_theirs(void **state)
{
    (void)state;
    struct reply reply;
    char path[64];
    snprintf(path, sizeof path, "/v1/leads/%s/acknowledgement",
             send_lead("{\"email\":\"ack@x.example\",\"phone\":\"5\",\"form\":\"demo\"}"));
    request_send(&fixture, "POST", path, "", (struct bytes){0}, &reply);
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply_text(&reply, "place"), "owned");
    reply_release(&reply);
    request_json(&fixture, "POST", path, "{\"notes\":\"x\"}", &reply);
    assert_problem(&reply, 422, "invalid-body");
    reply_release(&reply);
}

static void enrichment_adds_to_a_lead_and_its_score(void **state)
{
    (void)state;
    struct reply reply;
    char path[64], lead[LEAD_ID_TEXT_SIZE];
    snprintf(lead, sizeof lead, "%s", send_lead("{\"email\":\"more@x.example\",\"phone\":\"6\"}"));
    act(lead, "enrichment", "{\"provider\":\"vendor\",\"attributes\":{\"employees\":1200}}",
        &reply);
    assert_int_equal(reply.status, 200);
    assert_int_equal(reply_number(&reply, "score"), 1200);
    reply_release(&reply);
    snprintf(path, sizeof path, "/v1/leads/%s", lead);
    request_get_now(&fixture, path, &reply);
    struct json_object *attributes = json_object_object_get(reply.json, "attributes");
    assert_int_equal(json_member_int(attributes, "employees", 0), 1200);
    assert_true(bytes_is(json_member_text(attributes, "phone"), "6"));
    reply_release(&reply);
}

static void attributes_with_mistakes_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *json, *pointer;
    } cases[] = {
        {"{\"provider\":\"v\",\"attributes\":{\"employes\":1}}", "/attributes/employes"},
        {"{\"provider\":\"v\",\"attributes\":{\"employees\":\"many\"}}", "/attributes/employees"},
        {"{\"provider\":\"v\",\"attributes\":{\"employees\":-1}}", "/attributes/employees"},
        {"{\"provider\":\"v\",\"attributes\":[]}", "/attributes"},
        {"{\"attributes\":{}}", "/provider"},
    };
    char lead[LEAD_ID_TEXT_SIZE];
    snprintf(lead, sizeof lead, "%s", send_lead("{\"email\":\"bad@x.example\",\"phone\":\"7\"}"));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct reply reply;
        act(lead, "enrichment", cases[i].json, &reply);
        assert_problem(&reply, 422, "invalid-body");
        struct json_object *error = json_object_array_get_idx(list(&reply, "errors"), 0);
        assert_string_equal(json_member_text(error, "pointer").data, cases[i].pointer);
        reply_release(&reply);
    }
}

/* ---- reports */

static void a_report_comes_in_the_type_that_is_asked_for(void **state)
{
    (void)state;
    static const struct {
        const char *path, *accept, *type;
    } cases[] = {
        {"/v1/reports/daily", "", "application/json"},
        {"/v1/reports/weekly", "Accept: text/html,*/*;q=0.8\r\n", "text/html; charset=utf-8"},
        {"/v1/reports/monthly?format=md", "", "text/markdown; charset=utf-8"},
        {"/v1/reports/daily?at=last&zone=Europe/Berlin", "Accept: */*\r\n", "application/json"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct reply reply;
        request_send(&fixture, "GET", cases[i].path, cases[i].accept, (struct bytes){0}, &reply);
        if (reply.status != 200)
            fail_msg("%s: %d %s", cases[i].path, reply.status, buffer_string(&reply.body));
        assert_string_equal(reply_header(&reply, "Content-Type"), cases[i].type);
        assert_true(reply.body.size > 100);
        reply_release(&reply);
    }
}

static void reports_that_there_are_not_are_refused(void **state)
{
    (void)state;
    assert_refused("/v1/reports/yearly", 404, "not-found", "daily, weekly and monthly");
    assert_refused("/v1/reports/daily?format=pdf", 400, "invalid-parameter", "json, html or md");
    assert_refused("/v1/reports/daily?at=soon", 400, "invalid-parameter", "`at`");
    assert_refused("/v1/reports/daily?zone=Mars/Base", 400, "invalid-parameter", "`zone`");
    struct reply reply;
    request_send(&fixture, "GET", "/v1/reports/daily", "Accept: image/png\r\n", (struct bytes){0},
                 &reply);
    assert_problem(&reply, 406, "not-acceptable");
    reply_release(&reply);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_promise_that_is_kept_is_counted_where_it_belongs),
        cmocka_unit_test(cells_are_whole_hours),
        cmocka_unit_test(a_promise_that_is_missed_is_late),
        cmocka_unit_test(the_time_to_first_contact_has_its_parts),
        cmocka_unit_test(questions_with_mistakes_are_told_what_they_may_be),
        cmocka_unit_test(the_owner_says_that_it_is_theirs),
        cmocka_unit_test(enrichment_adds_to_a_lead_and_its_score),
        cmocka_unit_test(attributes_with_mistakes_are_named),
        cmocka_unit_test(a_report_comes_in_the_type_that_is_asked_for),
        cmocka_unit_test(reports_that_there_are_not_are_refused),
    };
    return cmocka_run_group_tests(tests, open_server, close_server);
}
