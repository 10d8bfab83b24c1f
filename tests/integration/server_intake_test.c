/* Intake of single leads: what is answered to good and to bad records. */
#include "server_fixture.h"

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

static void post(const char *json, struct reply *reply)
{
    request_json(&fixture, "POST", "/v1/sources/website/leads", json, reply);
}

static void a_lead_is_created_and_has_an_owner(void **state)
{
    (void)state;
    struct reply reply;
    post("{\"email\":\"a@example.com\",\"full_name\":\"A\",\"country\":\"FR\",\"form\":\"demo\"}",
         &reply);
    assert_int_equal(reply.status, 201);
    assert_string_equal(reply_text(&reply, "state"), "assigned");
    assert_string_equal(reply_text(&reply, "place"), "owned");
    assert_string_equal(reply_text(&reply, "pool"), "europe");
    assert_string_equal(reply_text(&reply, "route"), "europe");
    assert_string_equal(reply_text(&reply, "class"), "hot");
    assert_string_equal(reply_text(&reply, "release"), fixture.release);
    assert_int_equal(reply_number(&reply, "score"), 10);
    assert_true(reply_number(&reply, "seq") > 0);
    char expected[64];
    snprintf(expected, sizeof expected, "/v1/leads/%s", reply_text(&reply, "lead"));
    assert_string_equal(reply_header(&reply, "Location"), expected);
    snprintf(expected, sizeof expected, "\"%lld\"", (long long)reply_number(&reply, "version"));
    assert_string_equal(reply_header(&reply, "ETag"), expected);
    assert_string_equal(reply_header(&reply, "X-Content-Type-Options"), "nosniff");
    assert_string_equal(reply_header(&reply, "Cache-Control"), "no-store");
    reply_release(&reply);
}

static void a_known_person_is_the_same_lead(void **state)
{
    (void)state;
    struct reply reply;
    char id[32];
    snprintf(id, sizeof id, "L%llu", (unsigned long long)submit_lead(&fixture, "b@example.com"));
    post("{\"email\":\"B@example.com \"}", &reply);
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply_text(&reply, "lead"), id);
    assert_true(json_object_get_boolean(json_object_object_get(reply.json, "known")));
    assert_string_equal(reply_header(&reply, "Location"), "");
    reply_release(&reply);
}

static void an_idempotent_repeat_is_answered_as_such(void **state)
{
    (void)state;
    const char *headers = "Content-Type: application/json\r\nIdempotency-Key: order-1\r\n";
    const char *path = "/v1/sources/website/leads";
    struct reply first, again, other;
    request_send(&fixture, "POST", path, headers, BYTES_LITERAL("{\"email\":\"c@example.com\"}"),
                 &first);
    request_send(&fixture, "POST", path, headers, BYTES_LITERAL("{\"email\":\"c@example.com\"}"),
                 &again);
    request_send(&fixture, "POST", path, headers, BYTES_LITERAL("{\"email\":\"d@example.com\"}"),
                 &other);
    assert_int_equal(first.status, 201);
    assert_string_equal(reply_header(&first, "Idempotency-Replayed"), "");
    assert_int_equal(again.status, 200);
    assert_string_equal(reply_header(&again, "Idempotency-Replayed"), "true");
    assert_int_equal(reply_number(&again, "seq"), reply_number(&first, "seq"));
    assert_problem(&other, 422, "key-reused");
    reply_release(&first);
    reply_release(&again);
    reply_release(&other);
}

static void malformed_bodies_are_kept_and_refused_with_their_place(void **state)
{
    (void)state;
    static char deep[200];
    memset(deep, '[', sizeof deep - 1);
    const struct {
        const char *body;
        const char *says;
    } cases[] = {
        {"", "empty"},
        {"{\"email\":", "at 1:10"},
        {"{\"email\":\"a@b.c\"} x", "at 1:19"},
        {"{email:1}", "at 1:2"},
        {"{\"email\":\"\xff\xfe\"}", "not valid UTF-8"},
        {"{\"email\":\"a@b.c\",\"email\":\"d@e.f\"}", "twice"},
        {deep, "more than 32 levels deep"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct reply reply;
        post(cases[i].body, &reply);
        assert_problem(&reply, 400, "malformed-json");
        assert_int_equal(reply_text(&reply, "dead_letter")[0], 'D');
        if (strstr(reply_text(&reply, "detail"), cases[i].says) == NULL)
            fail_msg("\"%s\" is not in: %s", cases[i].says, reply_text(&reply, "detail"));
        reply_release(&reply);
    }
}

static void every_mistake_of_a_record_is_named(void **state)
{
    (void)state;
    struct reply reply;
    post("{\"contry\":\"DE\",\"employees\":\"many\",\"form\":\"fax\"}", &reply);
    assert_problem(&reply, 422, "invalid-lead");
    assert_int_equal(reply_text(&reply, "dead_letter")[0], 'D');
    struct json_object *errors = json_object_object_get(reply.json, "errors");
    assert_int_equal(json_object_array_length(errors), 4);
    const char *pointers[] = {"/contry", "/employees", "/form", "/email"};
    for (size_t i = 0; i < 4; i++)
        assert_string_equal(json_member_text(json_object_array_get_idx(errors, i), "pointer").data,
                            pointers[i]);
    assert_non_null(
        strstr(json_member_text(json_object_array_get_idx(errors, 0), "message").data, "country"));
    reply_release(&reply);
    post("[1]", &reply);
    assert_problem(&reply, 422, "invalid-lead");
    reply_release(&reply);
}

static void an_unknown_source_gets_a_suggestion(void **state)
{
    (void)state;
    struct reply reply;
    request_json(&fixture, "POST", "/v1/sources/web-site/leads", "{}", &reply);
    assert_problem(&reply, 404, "unknown-source");
    assert_non_null(strstr(reply_text(&reply, "detail"), "did you mean \"website\"?"));
    reply_release(&reply);
}

static void other_types_are_refused(void **state)
{
    (void)state;
    const char *headers[] = {"", "Content-Type: text/plain\r\n",
                             "Content-Type: application/json\r\nContent-Encoding: br\r\n"};
    struct reply reply;
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
        request_send(&fixture, "POST", "/v1/sources/website/leads", headers[i],
                     BYTES_LITERAL("{\"email\":\"a@b.c\"}"), &reply);
        assert_problem(&reply, 415, "unsupported-media-type");
        reply_release(&reply);
    }
    request_send(&fixture, "POST", "/v1/sources/website/leads",
                 "Content-Type: application/json; charset=utf-8\r\nAccept: text/html\r\n",
                 BYTES_LITERAL("{\"email\":\"a@b.c\"}"), &reply);
    assert_problem(&reply, 406, "not-acceptable");
    reply_release(&reply);
}

static void a_malformed_idempotency_key_is_refused(void **state)
{
    (void)state;
    struct reply reply;
    request_send(&fixture, "POST", "/v1/sources/website/leads",
                 "Content-Type: application/json\r\nIdempotency-Key: a b\r\n",
                 BYTES_LITERAL("{\"email\":\"a@b.c\"}"), &reply);
    assert_problem(&reply, 400, "invalid-header");
    reply_release(&reply);
}

static void a_body_past_the_ceiling_is_refused_before_it_is_sent(void **state)
{
    (void)state;
    struct client client;
    struct reply reply;
    client_open(&client, &fixture);
    client_send(&client, BYTES_LITERAL("POST /v1/sources/website/leads HTTP/1.1\r\n"
                                       "Host: localhost\r\nContent-Type: application/json\r\n"
                                       "Expect: 100-continue\r\nContent-Length: 99999999\r\n\r\n"));
    assert_true(client_read(&client, &reply));
    assert_problem(&reply, 413, "body-too-large");
    assert_string_equal(reply_header(&reply, "Connection"), "close");
    reply_release(&reply);
    client_close(&client);
}

static void a_chunked_body_past_the_ceiling_is_refused(void **state)
{
    (void)state;
    enum { CHUNK = 0x10000, CHUNKS = 6 };
    static char chunk[CHUNK];
    struct client client;
    struct reply reply;
    memset(chunk, ' ', sizeof chunk);
    client_open(&client, &fixture);
    client_send(&client, BYTES_LITERAL("POST /v1/sources/website/leads HTTP/1.1\r\n"
                                       "Host: localhost\r\nContent-Type: application/json\r\n"
                                       "Transfer-Encoding: chunked\r\n\r\n"));
    for (int i = 0; i < CHUNKS; i++) {
        client_send(&client, BYTES_LITERAL("10000\r\n"));
        client_send(&client, (struct bytes){chunk, sizeof chunk});
        client_send(&client, BYTES_LITERAL("\r\n"));
    }
    client_send(&client, BYTES_LITERAL("0\r\n\r\n"));
    assert_true(client_read(&client, &reply));
    assert_problem(&reply, 413, "body-too-large");
    reply_release(&reply);
    client_close(&client);
}

static void large_headers_are_refused(void **state)
{
    (void)state;
    static char value[40000];
    char head[128];
    struct client client;
    struct reply reply;
    memset(value, 'x', sizeof value);
    client_open(&client, &fixture);
    int size = snprintf(head, sizeof head, "GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Large: ");
    client_send(&client, (struct bytes){head, (size_t)size});
    client_send(&client, (struct bytes){value, sizeof value});
    client_send(&client, BYTES_LITERAL("\r\n\r\n"));
    assert_true(client_read(&client, &reply));
    assert_int_equal(reply.status, 431);
    reply_release(&reply);
    client_close(&client);
}

static void a_connection_is_kept_through_refusals(void **state)
{
    (void)state;
    struct client client;
    struct reply reply;
    client_open(&client, &fixture);
    client_send(&client, BYTES_LITERAL("POST /v1/nowhere HTTP/1.1\r\nHost: localhost\r\n"
                                       "Content-Length: 5\r\n\r\nabcde"));
    assert_true(client_read(&client, &reply));
    assert_problem(&reply, 404, "not-found");
    reply_release(&reply);
    client_send(&client, BYTES_LITERAL("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    assert_true(client_read(&client, &reply));
    assert_int_equal(reply.status, 200);
    reply_release(&reply);
    client_close(&client);
}

static void requests_may_be_pipelined(void **state)
{
    (void)state;
    enum { REQUESTS = 5 };
    struct client client;
    client_open(&client, &fixture);
    for (int i = 0; i < REQUESTS; i++) {
        char request[256], body[64];
        int size = snprintf(body, sizeof body, "{\"email\":\"p%d@example.com\"}", i);
        int head = snprintf(request, sizeof request,
                            "POST /v1/sources/website/leads HTTP/1.1\r\nHost: localhost\r\n"
                            "Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
                            size, body);
        client_send(&client, (struct bytes){request, (size_t)head});
    }
    int64_t last = 0;
    for (int i = 0; i < REQUESTS; i++) {
        struct reply reply;
        assert_true(client_read(&client, &reply));
        assert_int_equal(reply.status, 201);
        assert_true(reply_number(&reply, "seq") > last);
        last = reply_number(&reply, "seq");
        reply_release(&reply);
    }
    client_close(&client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lead_is_created_and_has_an_owner),
        cmocka_unit_test(a_known_person_is_the_same_lead),
        cmocka_unit_test(an_idempotent_repeat_is_answered_as_such),
        cmocka_unit_test(malformed_bodies_are_kept_and_refused_with_their_place),
        cmocka_unit_test(every_mistake_of_a_record_is_named),
        cmocka_unit_test(an_unknown_source_gets_a_suggestion),
        cmocka_unit_test(other_types_are_refused),
        cmocka_unit_test(a_malformed_idempotency_key_is_refused),
        cmocka_unit_test(a_body_past_the_ceiling_is_refused_before_it_is_sent),
        cmocka_unit_test(a_chunked_body_past_the_ceiling_is_refused),
        cmocka_unit_test(large_headers_are_refused),
        cmocka_unit_test(a_connection_is_kept_through_refusals),
        cmocka_unit_test(requests_may_be_pipelined),
    };
    return cmocka_run_group_tests(tests, open_server, close_server);
}
