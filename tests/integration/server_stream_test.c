/* Event streams: what is new arrives, a client that comes back misses nothing, quiet and slow
 * clients. */
#include "server_fixture.h"

#include <inttypes.h>
#include <stdlib.h>

static struct fixture fixture;

static int open_server(void **state)
{
    (void)state;
    fixture_open(&fixture);
    fixture.limits = (struct server_limits){.heartbeat_ms = 1, .streams = 3};
    fixture_start(&fixture);
    return 0;
}

static int close_server(void **state)
{
    (void)state;
    fixture_close(&fixture);
    return 0;
}

static void open_stream(struct client *client, const char *query, const char *headers)
{
    char request[256];
    client_open(client, &fixture);
    int size = snprintf(request, sizeof request,
                        "GET /v1/stream%s HTTP/1.1\r\nHost: localhost\r\n%s\r\n", query, headers);
    client_send(client, (struct bytes){request, (size_t)size});
    assert_true(client_read_until(client, "retry: 2000\n\n"));
}

static void what_is_new_arrives(void **state)
{
    (void)state;
    struct client client;
    char id[64], subject[64];
    open_stream(&client, "", "Accept: text/event-stream\r\n");
    assert_true(client_read_until(&client, "Content-Type: text/event-stream"));
    uint64_t number = submit_lead(&fixture, "new@example.com");
    snprintf(id, sizeof id, "id: %" PRIu64 "\ndata: {\"specversion\":\"1.0\"", number);
    snprintf(subject, sizeof subject, "\"subject\":\"L%" PRIu64 "\"", number);
    assert_true(client_read_until(&client, id));
    assert_true(client_read_until(&client, subject));
    assert_true(client_read_until(&client, "\"type\":\"meshline.lead.assigned\""));
    client_close(&client);
}

static void a_client_that_comes_back_misses_nothing(void **state)
{
    (void)state;
    struct client client;
    char header[64], query[64], first[64];
    uint64_t number = submit_lead(&fixture, "back@example.com");
    snprintf(header, sizeof header, "Last-Event-ID: %" PRIu64 "\r\n", number);
    snprintf(query, sizeof query, "?after=%" PRIu64, number - 1);
    snprintf(first, sizeof first, "retry: 2000\n\n");
    open_stream(&client, "", header);
    snprintf(first, sizeof first, "id: %" PRIu64 "\n", number + 1);
    assert_true(client_read_until(&client, first));
    assert_false(client.in.size > 0 &&
                 strstr(buffer_string(&client.in), "meshline.lead.captured") != NULL);
    client_close(&client);
    open_stream(&client, query, "");
    assert_true(client_read_until(&client, "meshline.lead.captured"));
    client_close(&client);
}

/* What came behind the headers, without the chunks that it came in, which end anywhere. */
static void collect_content(struct client *client, struct buffer *out)
{
    const char *at = strstr(buffer_string(&client->in), "\r\n\r\n");
    at = at != NULL ? at + 4 : NULL;
    while (at != NULL) {
        char *line;
        size_t size = strtoul(at, &line, 16), there = strlen(line);
        if (there < 2)
            return;
        there -= 2;
        buffer_append(out, line + 2, size < there ? size : there);
        at = size + 2 <= there ? line + 2 + size + 2 : NULL;
    }
}

static void the_whole_history_can_be_followed(void **state)
{
    (void)state;
    enum { LEADS = 300 };
    struct client client;
    struct buffer content;
    char last[64];
    uint64_t number = 0;
    buffer_init(&content, 64 * 1024 * 1024);
    for (int i = 0; i < LEADS; i++) {
        char email[64];
        snprintf(email, sizeof email, "history%d@example.com", i);
        number = submit_lead(&fixture, email);
    }
    open_stream(&client, "?after=0", "");
    snprintf(last, sizeof last, "id: %" PRIu64 "\n", number);
    assert_true(client_read_until(&client, last));
    /* Every seq once and in order. */
    collect_content(&client, &content);
    const char *at = buffer_string(&content);
    for (uint64_t seq = 1; seq <= number; seq++) {
        char id[64];
        snprintf(id, sizeof id, "id: %" PRIu64 "\ndata:", seq);
        at = strstr(at, id);
        if (at == NULL)
            fail_msg("event %" PRIu64 " did not come, or not in order", seq);
    }
    buffer_release(&content);
    client_close(&client);
}

static void a_quiet_stream_gives_signs_of_life(void **state)
{
    (void)state;
    struct client client;
    open_stream(&client, "", "");
    assert_true(client_read_until(&client, ": still here\n\n"));
    submit_lead(&fixture, "quiet@example.com");
    assert_true(client_read_until(&client, "quiet@example.com"));
    client_close(&client);
}

static void a_client_that_does_not_read_holds_up_nobody(void **state)
{
    (void)state;
    struct client slow, other;
    open_stream(&slow, "?after=0", "");
    open_stream(&other, "", "");
    submit_lead(&fixture, "others@example.com");
    assert_true(client_read_until(&other, "others@example.com"));
    client_close(&slow);
    client_close(&other);
}

static void wrong_places_are_refused(void **state)
{
    (void)state;
    struct reply reply;
    request_send(&fixture, "GET", "/v1/stream", "Last-Event-ID: x\r\n", (struct bytes){0}, &reply);
    assert_problem(&reply, 400, "invalid-header");
    reply_release(&reply);
    request_get(&fixture, "/v1/stream?after=99999999", &reply);
    assert_problem(&reply, 400, "invalid-parameter");
    reply_release(&reply);
}

static void no_more_streams_than_the_ceiling(void **state)
{
    (void)state;
    struct client clients[3];
    struct reply reply = {0};
    /* Streams of earlier tests end when their clients' going is noticed. */
    for (int i = 0; i < 3; i++) {
        bool opened = false;
        while (!opened) {
            client_open(&clients[i], &fixture);
            client_send(&clients[i],
                        BYTES_LITERAL("GET /v1/stream HTTP/1.1\r\nHost: localhost\r\n\r\n"));
            assert_true(client_read_until(&clients[i], "\r\n\r\n"));
            opened = strstr(buffer_string(&clients[i].in), "HTTP/1.1 200") != NULL;
            if (!opened)
                client_close(&clients[i]);
        }
    }
    request_get(&fixture, "/v1/stream", &reply);
    assert_problem(&reply, 503, "busy");
    assert_string_equal(reply_header(&reply, "Retry-After"), "1");
    reply_release(&reply);
    for (int i = 0; i < 3; i++)
        client_close(&clients[i]);
}

static void stopping_ends_the_streams(void **state)
{
    (void)state;
    struct client client;
    struct reply reply;
    do { /* as above */
        client_open(&client, &fixture);
        client_send(&client, BYTES_LITERAL("GET /v1/stream HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        assert_true(client_read_until(&client, "\r\n\r\n"));
        if (strstr(buffer_string(&client.in), "HTTP/1.1 200") != NULL)
            break;
        client_close(&client);
    } while (true);
    fixture_stop(&fixture);
    assert_true(client_read(&client, &reply)); /* whole: the last chunk came */
    assert_int_equal(reply.status, 200);
    reply_release(&reply);
    client_close(&client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_new_arrives),
        cmocka_unit_test(a_client_that_comes_back_misses_nothing),
        cmocka_unit_test(the_whole_history_can_be_followed),
        cmocka_unit_test(a_quiet_stream_gives_signs_of_life),
        cmocka_unit_test(a_client_that_does_not_read_holds_up_nobody),
        cmocka_unit_test(wrong_places_are_refused),
        cmocka_unit_test(no_more_streams_than_the_ceiling),
        cmocka_unit_test(stopping_ends_the_streams),
    };
    return cmocka_run_group_tests(tests, open_server, close_server);
}
