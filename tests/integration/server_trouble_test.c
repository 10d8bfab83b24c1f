/* Alerts, silences, surges and incidents over HTTP. */
#include "server_fixture.h"

#include "base/id.h"
#include "base/time.h"
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

static struct json_object *list(const struct reply *reply, const char *name)
{
    struct json_object *array = json_object_object_get(reply->json, name);
    assert_true(json_object_is_type(array, json_type_array));
    return array;
}

/* The item of a list with that id; NULL when it is not there. */
static bool is_listed(const char *path, const char *name, const char *id)
{
    struct reply reply;
    bool found = false;
    request_get_now(&fixture, path, &reply);
    assert_int_equal(reply.status, 200);
    struct json_object *items = list(&reply, name);
    for (size_t i = 0; i < json_object_array_length(items); i++)
        found = found || bytes_is(json_member_text(json_object_array_get_idx(items, i), "id"), id);
    reply_release(&reply);
    return found;
}

static void open_incident(const char *title, char ret_id[static LEAD_ID_TEXT_SIZE])
{
    char json[256];
    struct reply reply;
    snprintf(json, sizeof json, "{\"title\":\"%s\",\"team\":\"leads\"}", title);
    post("/v1/incidents", json, &reply);
    assert_int_equal(reply.status, 201);
    snprintf(ret_id, LEAD_ID_TEXT_SIZE, "%s", reply_text(&reply, "id"));
    assert_non_null(strstr(reply_header(&reply, "Location"), ret_id));
    reply_release(&reply);
}

static void act(const char *id, const char *call, const char *json, struct reply *reply)
{
    char path[96];
    snprintf(path, sizeof path, "/v1/incidents/%s/%s", id, call);
    post(path, json, reply);
}

/* ---- lists */

static void lists_are_there_when_nothing_is_wrong(void **state)
{
    (void)state;
    static const char *const names[] = {"alerts", "surges"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[64];
        struct reply reply;
        snprintf(path, sizeof path, "/v1/%s?open=true", names[i]);
        request_get_now(&fixture, path, &reply);
        assert_int_equal(reply.status, 200);
        assert_int_equal(json_object_array_length(list(&reply, names[i])), 0);
        reply_release(&reply);
    }
}

static void cursors_are_ids(void **state)
{
    (void)state;
    struct reply reply;
    request_get(&fixture, "/v1/alerts?before=12", &reply);
    assert_problem_says(&reply, 400, "invalid-parameter", "A1024");
    request_get(&fixture, "/v1/surges?before=A12", &reply);
    assert_problem_says(&reply, 400, "invalid-parameter", "S1024");
    request_get(&fixture, "/v1/incidents?open=yes", &reply);
    assert_problem_says(&reply, 400, "invalid-parameter", "true or false");
}

/* ---- silences */

static void a_silence_is_set_and_ended(void **state)
{
    (void)state;
    struct reply reply;
    char id[LEAD_ID_TEXT_SIZE], path[64];
    post("/v1/silences", "{\"rule\":\"unassigned-backlog\",\"for\":\"2h\",\"reason\":\"we know\"}",
         &reply);
    assert_int_equal(reply.status, 201);
    assert_string_equal(reply_text(&reply, "state"), "active");
    snprintf(id, sizeof id, "%s", reply_text(&reply, "id"));
    reply_release(&reply);
    assert_true(is_listed("/v1/silences?open=true", "silences", id));
    snprintf(path, sizeof path, "/v1/silences/%s", id);
    request_send(&fixture, "DELETE", path, "", (struct bytes){0}, &reply);
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply_text(&reply, "state"), "ended");
    reply_release(&reply);
    assert_false(is_listed("/v1/silences?open=true", "silences", id));
    assert_true(is_listed("/v1/silences", "silences", id));
    request_send(&fixture, "DELETE", path, "", (struct bytes){0}, &reply);
    assert_problem_says(&reply, 404, "not-found", id);
}

static void the_same_silence_under_one_key_is_one(void **state)
{
    (void)state;
    struct reply first, second;
    const char *headers = "Content-Type: application/json\r\nIdempotency-Key: quiet\r\n";
    struct bytes body =
        BYTES_LITERAL("{\"rule\":\"surge\",\"for\":\"1h\",\"reason\":\"a test of the campaign\"}");
    request_send(&fixture, "POST", "/v1/silences", headers, body, &first);
    request_send(&fixture, "POST", "/v1/silences", headers, body, &second);
    assert_int_equal(first.status, 201);
    assert_int_equal(second.status, 200);
    assert_string_equal(json_member_text(second.json, "id").data,
                        json_member_text(first.json, "id").data);
    reply_release(&first);
    reply_release(&second);
}

static void silences_with_mistakes_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *json, *says;
    } cases[] = {
        {"{\"rule\":\"surge\",\"for\":\"1h\"}", "/reason"},
        {"{\"rule\":\"surges\",\"for\":\"1h\",\"reason\":\"x\"}", "did you mean \\\"surge\\\""},
        {"{\"for\":\"1h\",\"reason\":\"x\"}", "which alerts"},
        {"{\"rule\":\"surge\",\"reason\":\"x\"}", "how long"},
        {"{\"rule\":\"surge\",\"for\":\"1h\",\"until\":\"2026-01-01T00:00:00Z\",\"reason\":\"x\"}",
         "one of the two"},
        {"{\"rule\":\"surge\",\"for\":\"long\",\"reason\":\"x\"}", "/for"},
        {"{\"rule\":\"surge\",\"until\":\"tomorrow\",\"reason\":\"x\"}", "/until"},
        {"{\"rule\":\"surge\",\"until\":\"2020-01-01T00:00:00Z\",\"reason\":\"x\"}", "over"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct reply reply;
        post("/v1/silences", cases[i].json, &reply);
        assert_problem_says(&reply, 422, "invalid-body", cases[i].says);
    }
}

/* ---- incidents */

static void an_incident_goes_from_its_opening_to_its_last_item(void **state)
{
    (void)state;
    struct reply reply;
    char id[LEAD_ID_TEXT_SIZE], path[64];
    open_incident("half of the calls came late", id);
    assert_true(is_listed("/v1/incidents?open=true", "incidents", id));
    act(id, "notes", "{\"text\":\"the telephone system was down\"}", &reply);
    assert_int_equal(reply.status, 200);
    reply_release(&reply);
    act(id, "close",
        "{\"text\":\"no calls for an hour\",\"causes\":[\"vendor_outage\"],\"items\":["
        "{\"title\":\"a second line\",\"owner\":\"ben\",\"due\":\"2099-12-01\"},"
        "{\"title\":\"an alert\",\"owner\":\"ana\",\"due\":\"2099-12-01T09:00:00+01:00\"}]}",
        &reply);
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply_text(&reply, "state"), "closed");
    reply_release(&reply);
    act(id, "items/2/done", "{\"note\":\"it is there\"}", &reply);
    assert_int_equal(reply.status, 200);
    reply_release(&reply);
    snprintf(path, sizeof path, "/v1/incidents/%s", id);
    request_get_now(&fixture, path, &reply);
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply_text(&reply, "state"), "closed");
    assert_non_null(strstr(buffer_string(&reply.body), "the telephone system was down"));
    struct json_object *items = list(&reply, "items");
    assert_int_equal(json_object_array_length(items), 2);
    struct json_object *last = json_object_array_get_idx(items, 1);
    assert_int_equal(json_member_int(last, "n", -1), 2);
    assert_true(json_object_get_boolean(json_object_object_get(last, "done")));
    /* A date counts until its end. */
    int64_t due_us;
    assert_int_equal(time_parse(BYTES_LITERAL("2099-12-02T00:00:00Z"), &due_us, NULL), 0);
    assert_int_equal(json_member_time_us(json_object_array_get_idx(items, 0), "due"), due_us);
    reply_release(&reply);
    act(id, "items/2/done", "{}", &reply);
    assert_problem_says(&reply, 409, "wrong-state", "done already");
}

static void a_postmortem_with_gaps_does_not_close_an_incident(void **state)
{
    (void)state;
    static const struct {
        const char *json, *says;
    } cases[] = {
        {"{\"causes\":[\"bad_data\"],\"items\":[]}", "/text"},
        {"{\"text\":\"x\",\"causes\":[],\"items\":[]}", "/causes"},
        {"{\"text\":\"x\",\"causes\":[\"weather\"],"
         "\"items\":[{\"title\":\"x\",\"owner\":\"ben\",\"due\":\"2099-12-01\"}]}",
         "/causes/0"},
        {"{\"text\":\"x\",\"causes\":[\"bad_data\"],"
         "\"items\":[{\"title\":\"x\",\"due\":\"2099-12-01\"}]}",
         "/items/0/owner"},
        {"{\"text\":\"x\",\"causes\":[\"bad_data\"],"
         "\"items\":[{\"title\":\"x\",\"owner\":\"ben\",\"due\":\"soon\"}]}",
         "/items/0/due"},
        {"{\"text\":\"x\",\"causes\":[\"bad_data\"],"
         "\"items\":[{\"title\":\"x\",\"owner\":\"ben\",\"due\":\"2020-01-01\"}]}",
         "past"},
        {"{\"text\":\"x\",\"causes\":[\"bad_data\"],\"items\":[\"x\"]}", "/items/0"},
    };
    char id[LEAD_ID_TEXT_SIZE];
    struct reply reply;
    open_incident("gaps", id);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        act(id, "close", cases[i].json, &reply);
        assert_problem_says(&reply, 422, "invalid-body", cases[i].says);
    }
    act(id, "items/1/done", "{}", &reply);
    assert_problem_says(&reply, 409, "wrong-state", "no items");
    act(id, "items/x/done", "{}", &reply);
    assert_problem_says(&reply, 404, "not-found", "from 1");
    act("I999999", "notes", "{\"text\":\"x\"}", &reply);
    assert_problem_says(&reply, 404, "not-found", "I999999");
    post("/v1/incidents", "{\"title\":\"x\",\"team\":\"lads\"}", &reply);
    assert_problem_says(&reply, 422, "invalid-body", "lads");
}

/* ---- for machines */

static void metrics_tell_what_is_open(void **state)
{
    (void)state;
    struct reply reply;
    char id[LEAD_ID_TEXT_SIZE];
    open_incident("for the metrics", id);
    request_get(&fixture, "/metrics", &reply);
    assert_int_equal(reply.status, 200);
    assert_non_null(strstr(buffer_string(&reply.body), "\nmeshline_exceptions 0\n"));
    assert_non_null(strstr(buffer_string(&reply.body), "\nmeshline_alerts_firing 0\n"));
    assert_non_null(strstr(buffer_string(&reply.body), "\nmeshline_incidents "));
    reply_release(&reply);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_are_there_when_nothing_is_wrong),
        cmocka_unit_test(cursors_are_ids),
        cmocka_unit_test(a_silence_is_set_and_ended),
        cmocka_unit_test(the_same_silence_under_one_key_is_one),
        cmocka_unit_test(silences_with_mistakes_are_refused),
        cmocka_unit_test(an_incident_goes_from_its_opening_to_its_last_item),
        cmocka_unit_test(a_postmortem_with_gaps_does_not_close_an_incident),
        cmocka_unit_test(metrics_tell_what_is_open),
    };
    return cmocka_run_group_tests(tests, open_server, close_server);
}
