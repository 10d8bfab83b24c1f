/* Many leads in one request: results by line, bad lines beside good ones, ceilings, repeats. */
#include "server_fixture.h"

#include <inttypes.h>
#include <sched.h>

static struct fixture fixture;

#define NDJSON "Content-Type: application/x-ndjson\r\n"

static int open_server(void **state)
{
    (void)state;
    fixture_open(&fixture);
    fixture.limits = (struct server_limits){.batch_lines = 5000, .body_bytes = 4096};
    fixture_start(&fixture);
    return 0;
}

static int close_server(void **state)
{
    (void)state;
    fixture_close(&fixture);
    return 0;
}

static void post(const char *headers, struct bytes body, struct reply *reply)
{
    request_send(&fixture, "POST", "/v1/sources/website/leads", headers, body, reply);
}

/* The result of line `line` (from 1), the caller's. */
static struct json_object *result_of(const struct reply *reply, int64_t line)
{
    struct bytes rest = buffer_bytes(&reply->body);
    while (rest.size > 0) {
        const char *end = memchr(rest.data, '\n', rest.size);
        assert_non_null(end);
        size_t size = (size_t)(end - rest.data);
        struct json_object *result;
        assert_int_equal(json_parse((struct bytes){rest.data, size}, &result, NULL), 0);
        if (json_member_int(result, "line", 0) == line)
            return result;
        json_object_put(result);
        rest = (struct bytes){end + 1, rest.size - size - 1};
    }
    fail_msg("no result for line %" PRId64 " in %.*s", line, BYTES_ARG(buffer_bytes(&reply->body)));
    return NULL;
}

static void assert_status(const struct reply *reply, int64_t line, int64_t status)
{
    struct json_object *result = result_of(reply, line);
    if (json_member_int(result, "status", 0) != status)
        fail_msg("line %" PRId64 ": expected %" PRId64 ", got %s", line, status,
                 json_object_to_json_string(result));
    json_object_put(result);
}

static size_t count_lines(const struct reply *reply)
{
    size_t count = 0;
    for (size_t i = 0; i < reply->body.size; i++)
        count += reply->body.data[i] == '\n';
    return count;
}

static void append_lead(struct buffer *body, const char *prefix, int number)
{
    buffer_printf(body, "{\"email\":\"%s%d@example.com\",\"country\":\"US\"}\n", prefix, number);
}

static void each_line_has_its_result(void **state)
{
    (void)state;
    struct reply reply;
    post(NDJSON,
         BYTES_LITERAL("{\"email\":\"one@example.com\"}\n"
                       "{\"email\":17}\n"
                       "\n"
                       "not json\r\n"
                       "{\"email\":\"one@example.com\"}\r\n"
                       "{\"email\":\"two@example.com\"}"),
         &reply);
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply_header(&reply, "Content-Type"), "application/x-ndjson");
    assert_int_equal(count_lines(&reply), 5);
    assert_status(&reply, 1, 201);
    assert_status(&reply, 2, 422);
    assert_status(&reply, 4, 400);
    assert_status(&reply, 5, 200);
    assert_status(&reply, 6, 201);
    struct json_object *result = result_of(&reply, 2);
    struct json_object *problem = json_object_object_get(result, "problem");
    assert_string_equal(json_member_text(problem, "type").data, "/problems/invalid-lead");
    assert_int_equal(json_member_text(result, "dead_letter").data[0], 'D');
    json_object_put(result);
    reply_release(&reply);
}

static void thousands_of_lines_are_taken_in_order(void **state)
{
    (void)state;
    enum { LINES = 5000 };
    struct buffer body;
    struct reply reply;
    buffer_init(&body, 16 * 1024 * 1024);
    for (int i = 0; i < LINES; i++)
        append_lead(&body, "many", i);
    post(NDJSON, buffer_bytes(&body), &reply);
    assert_int_equal(reply.status, 200);
    assert_int_equal(count_lines(&reply), LINES);
    struct bytes rest = buffer_bytes(&reply.body);
    for (int i = 1; i <= LINES; i++) {
        char expected[48];
        int size = snprintf(expected, sizeof expected, "{\"line\":%d,\"status\":201,", i);
        assert_memory_equal(rest.data, expected, (size_t)size);
        const char *end = memchr(rest.data, '\n', rest.size);
        rest = (struct bytes){end + 1, rest.size - (size_t)(end + 1 - rest.data)};
    }
    reply_release(&reply);
    buffer_release(&body);
}

static void a_body_in_small_pieces_is_the_same(void **state)
{
    (void)state;
    enum { LINES = 20 };
    struct client client;
    struct reply reply;
    struct buffer body;
    char head[200];
    buffer_init(&body, 65536);
    for (int i = 0; i < LINES; i++)
        append_lead(&body, "piece", i);
    client_open(&client, &fixture);
    int size = snprintf(head, sizeof head,
                        "POST /v1/sources/website/leads HTTP/1.1\r\nHost: localhost\r\n" NDJSON
                        "Content-Length: %zu\r\n\r\n",
                        body.size);
    client_send(&client, (struct bytes){head, (size_t)size});
    for (size_t at = 0; at < body.size; at += 7)
        client_send(&client,
                    (struct bytes){body.data + at, body.size - at < 7 ? body.size - at : 7});
    assert_true(client_read(&client, &reply));
    assert_int_equal(count_lines(&reply), LINES);
    for (int i = 1; i <= LINES; i++)
        assert_status(&reply, i, 201);
    reply_release(&reply);
    client_close(&client);
    buffer_release(&body);
}

static void a_line_past_the_ceiling_stops_no_other(void **state)
{
    (void)state;
    struct buffer body;
    struct reply reply;
    buffer_init(&body, 1024 * 1024);
    append_lead(&body, "before", 1);
    for (int i = 0; i < 100000; i++)
        buffer_append_char(&body, 'x');
    buffer_append_char(&body, '\n');
    append_lead(&body, "after", 1);
    post(NDJSON, buffer_bytes(&body), &reply);
    assert_status(&reply, 1, 201);
    assert_status(&reply, 2, 413);
    assert_status(&reply, 3, 201);
    reply_release(&reply);
    buffer_release(&body);
}

static void lines_past_the_ceiling_are_not_taken(void **state)
{
    (void)state;
    enum { LINES = 5010 };
    struct buffer body;
    struct reply reply, known;
    buffer_init(&body, 16 * 1024 * 1024);
    for (int i = 0; i < LINES; i++)
        append_lead(&body, "over", i);
    post(NDJSON, buffer_bytes(&body), &reply);
    assert_int_equal(count_lines(&reply), 5001);
    assert_status(&reply, 5000, 201);
    assert_status(&reply, 5001, 413);
    reply_release(&reply);
    request_json(&fixture, "POST", "/v1/sources/website/leads",
                 "{\"email\":\"over5001@example.com\"}", &known);
    assert_int_equal(known.status, 201);
    reply_release(&known);
    buffer_release(&body);
}

static void a_repeat_under_the_same_key_makes_nothing_new(void **state)
{
    (void)state;
    struct bytes body =
        BYTES_LITERAL("{\"email\":\"k1@example.com\"}\n{\"email\":\"k2@example.com\"}\n");
    struct reply first, again;
    post(NDJSON "Idempotency-Key: batch-7\r\n", body, &first);
    post(NDJSON "Idempotency-Key: batch-7\r\n", body, &again);
    for (int64_t line = 1; line <= 2; line++) {
        struct json_object *made = result_of(&first, line), *repeat = result_of(&again, line);
        assert_int_equal(json_member_int(made, "status", 0), 201);
        assert_int_equal(json_member_int(repeat, "status", 0), 200);
        assert_true(json_object_get_boolean(json_object_object_get(repeat, "replayed")));
        assert_int_equal(json_member_int(repeat, "seq", 1), json_member_int(made, "seq", 2));
        json_object_put(made);
        json_object_put(repeat);
    }
    reply_release(&first);
    reply_release(&again);
}

static void an_unknown_source_is_refused_as_a_whole(void **state)
{
    (void)state;
    struct reply reply;
    request_send(&fixture, "POST", "/v1/sources/fax/leads", NDJSON, BYTES_LITERAL("{}\n"), &reply);
    assert_problem(&reply, 404, "unknown-source");
    reply_release(&reply);
}

static void an_empty_batch_has_no_results(void **state)
{
    (void)state;
    struct reply reply;
    post(NDJSON, BYTES_LITERAL("\n \n"), &reply);
    assert_int_equal(reply.status, 200);
    assert_int_equal(reply.body.size, 0);
    reply_release(&reply);
}

static void a_client_that_leaves_loses_nothing_that_was_taken(void **state)
{
    (void)state;
    struct client client;
    struct reply reply;
    uint64_t before = engine_durable_seq(fixture.engine);
    client_open(&client, &fixture);
    client_send(&client, BYTES_LITERAL("POST /v1/sources/website/leads HTTP/1.1\r\n"
                                       "Host: localhost\r\n" NDJSON "Content-Length: 1000\r\n\r\n"
                                       "{\"email\":\"gone@example.com\"}\n{\"ema"));
    while (engine_durable_seq(fixture.engine) == before)
        sched_yield();
    client_close(&client);
    request_json(&fixture, "POST", "/v1/sources/website/leads", "{\"email\":\"gone@example.com\"}",
                 &reply);
    assert_int_equal(reply.status, 200);
    reply_release(&reply);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_line_has_its_result),
        cmocka_unit_test(thousands_of_lines_are_taken_in_order),
        cmocka_unit_test(a_body_in_small_pieces_is_the_same),
        cmocka_unit_test(a_line_past_the_ceiling_stops_no_other),
        cmocka_unit_test(lines_past_the_ceiling_are_not_taken),
        cmocka_unit_test(a_repeat_under_the_same_key_makes_nothing_new),
        cmocka_unit_test(an_unknown_source_is_refused_as_a_whole),
        cmocka_unit_test(an_empty_batch_has_no_results),
        cmocka_unit_test(a_client_that_leaves_loses_nothing_that_was_taken),
    };
    return cmocka_run_group_tests(tests, open_server, close_server);
}
