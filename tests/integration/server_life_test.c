/* Starting where one must not, slow clients, ceilings of connections, and stopping under load. */
#include "server_fixture.h"

#include <pthread.h>
#include <sched.h>

static struct fixture fixture;

static int open_engine(void **state)
{
    (void)state;
    fixture_open(&fixture);
    return 0;
}

static int close_engine(void **state)
{
    (void)state;
    fixture_close(&fixture);
    return 0;
}

static int start_at(const char *address, struct error *err)
{
    struct server *server = NULL;
    const struct server_options options = {
        .listen = address, .directory = fixture.directory, .engine = fixture.engine};
    int code = server_start(&options, &server, err);
    if (code == 0) {
        server_stop(server);
        server_free(server);
    }
    return code;
}

static void an_address_for_others_needs_tokens(void **state)
{
    (void)state;
    struct error err = {0};
    char text[TOKEN_TEXT_SIZE], id[TOKEN_ID_SIZE];
    assert_int_equal(start_at("0.0.0.0:0", &err), ML_EDENIED);
    assert_non_null(strstr(err.message, "meshline token add"));
    fixture_token(&fixture, ROLE_READ, NULL, text, id);
    assert_int_equal(start_at("0.0.0.0:0", &err), 0);
}

static void an_address_that_makes_no_sense_is_refused(void **state)
{
    (void)state;
    const char *addresses[] = {"8080",   ":8080",          "127.0.0.1",      "127.0.0.1:70000",
                               "::1:80", "127.0.0.1:http", "no such host:80"};
    for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++) {
        struct error err = {0};
        assert_int_equal(start_at(addresses[i], &err), ML_EINVAL);
        assert_string_equal(err.place, addresses[i]);
    }
}

static void a_port_in_use_is_refused(void **state)
{
    (void)state;
    struct error err = {0};
    char address[32];
    fixture_start(&fixture);
    snprintf(address, sizeof address, "127.0.0.1:%u", fixture.port);
    assert_int_equal(start_at(address, &err), ML_EBUSY);
    assert_non_null(strstr(err.message, "listens on this port"));
}

static void another_host_is_refused_without_tokens(void **state)
{
    (void)state;
    const struct {
        const char *headers;
        int status;
    } cases[] = {
        {"Host: localhost:8080\r\n", 200},
        {"Host: 127.0.0.1\r\n", 200},
        {"Host: [::1]:99\r\n", 200},
        {"Host: evil.example\r\n", 421},
        {"Host: 127.0.0.1.evil.example\r\n", 421},
        {"Host: localhost:3000\r\nOrigin: http://localhost:3000\r\n", 200},
        {"Host: localhost:8080\r\nOrigin: http://localhost:3000\r\n", 421},
        {"Host: 127.0.0.1:3000\r\nOrigin: http://localhost:3000\r\n", 421},
        {"Host: localhost\r\nOrigin: https://evil.example\r\n", 421},
        {"Host: localhost\r\nOrigin: null\r\n", 421},
    };
    fixture_start(&fixture);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct client client;
        struct reply reply;
        char request[256];
        client_open(&client, &fixture);
        int size = snprintf(request, sizeof request, "GET /v1/release HTTP/1.1\r\n%s\r\n",
                            cases[i].headers);
        client_send(&client, (struct bytes){request, (size_t)size});
        assert_true(client_read(&client, &reply));
        if (reply.status != cases[i].status)
            fail_msg("%s: expected %d, got %d", cases[i].headers, cases[i].status, reply.status);
        reply_release(&reply);
        client_close(&client);
    }
}

static void slow_clients_are_told_and_cut_off(void **state)
{
    (void)state;
#define HALF_A_LEAD                                                  \
    "POST /v1/sources/website/leads HTTP/1.1\r\nHost: localhost\r\n" \
    "Content-Type: application/json\r\nContent-Length: 50\r\n\r\n{\"email\":"
    const char *beginnings[] = {"", "GET /heal", "GET /healthz HTTP/1.1\r\nHost: loc", HALF_A_LEAD};
    fixture.limits = (struct server_limits){.header_ms = 1, .body_ms = 1};
    fixture_start(&fixture);
    for (size_t i = 0; i < sizeof beginnings / sizeof *beginnings; i++) {
        struct client client;
        struct reply reply;
        client_open(&client, &fixture);
        client_send(&client, bytes_of(beginnings[i]));
        assert_true(client_read(&client, &reply));
        assert_problem(&reply, 408, "slow-client");
        assert_false(client_read_until(&client, "anything more"));
        reply_release(&reply);
        client_close(&client);
    }
}

static void an_idle_connection_is_closed_silently(void **state)
{
    (void)state;
    struct client client;
    struct reply reply;
    fixture.limits = (struct server_limits){.idle_ms = 1};
    fixture_start(&fixture);
    client_open(&client, &fixture);
    client_send(&client, BYTES_LITERAL("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    assert_true(client_read(&client, &reply));
    assert_int_equal(reply.status, 200);
    assert_false(client_read_until(&client, "x"));
    assert_int_equal(client.in.size, 0);
    reply_release(&reply);
    client_close(&client);
}

static void connections_past_the_ceiling_are_turned_away(void **state)
{
    (void)state;
    struct client first, second;
    struct reply reply;
    fixture.limits = (struct server_limits){.connections = 1};
    fixture_start(&fixture);
    client_open(&first, &fixture);
    client_send(&first, BYTES_LITERAL("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    assert_true(client_read(&first, &reply));
    reply_release(&reply);
    client_open(&second, &fixture);
    assert_true(client_read(&second, &reply));
    assert_problem(&reply, 503, "busy");
    reply_release(&reply);
    client_close(&second);
    client_close(&first);
}

static void a_nearly_full_disk_is_noticed_before_it_is_full(void **state)
{
    (void)state;
    struct reply reply;
    int status;
    fixture_start(&fixture);
    fixture.free_bytes = 1024;
    do { /* the engine looks once a second */
        request_json(&fixture, "POST", "/v1/sources/website/leads",
                     "{\"email\":\"disk@example.com\"}", &reply);
        status = reply.status;
        if (status > 201)
            assert_problem(&reply, 507, "disk-full");
        reply_release(&reply);
    } while (status <= 201);
    request_send(&fixture, "POST", "/v1/sources/website/leads",
                 "Content-Type: application/x-ndjson\r\n",
                 BYTES_LITERAL("{\"email\":\"disk2@example.com\"}\n"), &reply);
    assert_int_equal(reply.status, 200);
    assert_non_null(strstr(buffer_string(&reply.body), "\"line\":1,\"status\":507"));
    reply_release(&reply);
    request_get(&fixture, "/readyz", &reply);
    assert_int_equal(reply.status, 503);
    assert_string_equal(reply_text(&reply, "reason"), "the disk is nearly full");
    reply_release(&reply);
}

static void a_refused_body_is_read_so_that_the_answer_arrives(void **state)
{
    (void)state;
    enum { SIZE = 2 * 1024 * 1024 };
    static char body[SIZE];
    struct reply reply;
    memset(body, ' ', sizeof body);
    fixture_start(&fixture);
    request_send(&fixture, "POST", "/v1/sources/website/leads",
                 "Content-Type: application/json\r\n", (struct bytes){body, sizeof body}, &reply);
    assert_problem(&reply, 413, "body-too-large");
    reply_release(&reply);
}

/* ---- stopping */

struct sender {
    pthread_t thread;
    int index;
    unsigned acknowledged; /* answered 201 */
    uint64_t last_seq;
};

static void *send_until_refused(void *context)
{
    struct sender *sender = context;
    struct client client;
    client_open(&client, &fixture);
    for (int i = 0;; i++) {
        char body[64], request[256];
        struct reply reply;
        int size =
            snprintf(body, sizeof body, "{\"email\":\"s%d-%d@example.com\"}", sender->index, i);
        int head = snprintf(request, sizeof request,
                            "POST /v1/sources/website/leads HTTP/1.1\r\nHost: localhost\r\n"
                            "Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
                            size, body);
        client_send(&client, (struct bytes){request, (size_t)head});
        if (!client_read(&client, &reply)) {
            reply_release(&reply);
            break;
        }
        if (reply.status == 201) {
            __atomic_add_fetch(&sender->acknowledged, 1, __ATOMIC_RELAXED);
            sender->last_seq = (uint64_t)reply_number(&reply, "seq");
        }
        reply_release(&reply);
    }
    client_close(&client);
    json_thread_release();
    return NULL;
}

/* Each sender has one request under way: at most that one may go without an answer, and then
 * nothing of it was taken. */
static void stopping_answers_what_was_accepted(void **state)
{
    (void)state;
    enum { SENDERS = 8 };
    struct sender senders[SENDERS];
    unsigned acknowledged = 0;
    fixture_start(&fixture);
    for (int i = 0; i < SENDERS; i++) {
        senders[i] = (struct sender){.index = i};
        pthread_create(&senders[i].thread, NULL, send_until_refused, &senders[i]);
    }
    for (int i = 0; i < SENDERS; i++)
        while (__atomic_load_n(&senders[i].acknowledged, __ATOMIC_RELAXED) < 20)
            sched_yield();
    fixture_stop(&fixture);
    for (int i = 0; i < SENDERS; i++) {
        pthread_join(senders[i].thread, NULL);
        acknowledged += senders[i].acknowledged;
    }
    struct engine_metrics metrics;
    engine_metrics_read(fixture.engine, &metrics);
    assert_int_equal(metrics.counts.accepted, acknowledged);
}

static void stopping_does_not_wait_for_a_body_that_never_comes(void **state)
{
    (void)state;
    struct client client;
    struct reply reply;
    fixture.limits = (struct server_limits){.grace_ms = 1};
    fixture_start(&fixture);
    client_open(&client, &fixture);
    client_send(&client, BYTES_LITERAL("POST /v1/sources/website/leads HTTP/1.1\r\n"
                                       "Host: localhost\r\nContent-Type: application/json\r\n"
                                       "Expect: 100-continue\r\nContent-Length: 50\r\n\r\n"));
    assert_true(client_read_until(&client, "100 Continue\r\n\r\n"));
    fixture_stop(&fixture);
    assert_true(client_read(&client, &reply));
    assert_problem(&reply, 408, "slow-client");
    reply_release(&reply);
    client_close(&client);
}

int main(void)
{
#define WITH_ENGINE(test) cmocka_unit_test_setup_teardown(test, open_engine, close_engine)
    const struct CMUnitTest tests[] = {
        WITH_ENGINE(an_address_for_others_needs_tokens),
        WITH_ENGINE(an_address_that_makes_no_sense_is_refused),
        WITH_ENGINE(a_port_in_use_is_refused),
        WITH_ENGINE(another_host_is_refused_without_tokens),
        WITH_ENGINE(slow_clients_are_told_and_cut_off),
        WITH_ENGINE(an_idle_connection_is_closed_silently),
        WITH_ENGINE(connections_past_the_ceiling_are_turned_away),
        WITH_ENGINE(a_nearly_full_disk_is_noticed_before_it_is_full),
        WITH_ENGINE(a_refused_body_is_read_so_that_the_answer_arrives),
        WITH_ENGINE(stopping_answers_what_was_accepted),
        WITH_ENGINE(stopping_does_not_wait_for_a_body_that_never_comes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
