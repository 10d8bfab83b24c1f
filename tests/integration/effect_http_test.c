/* Requests to servers that delay, reset, trickle and lie: what comes of each is bounded in time and
 * size, and says in a sentence what was wrong. And what is never sent at all. */
#include "hostile_server.h"

#include "effect/http.h"

#include <dlfcn.h>
#include <netdb.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

struct exchange {
    struct hostile *server;
    struct http *http;
    struct arena arena;
    struct effect_request request;
    struct http_transfer transfer;
    bool is_done;
};

static void on_complete(void *context, struct http_transfer *transfer)
{
    (void)context;
    ((struct exchange *)transfer->context)->is_done = true;
}

static int open_exchange(void **state)
{
    struct exchange *exchange = test_calloc(1, sizeof *exchange);
    struct error err;
    exchange->server = hostile_open();
    assert_int_equal(http_new(on_complete, NULL, &exchange->http, &err), 0);
    arena_init(&exchange->arena);
    *state = exchange;
    return 0;
}

static int close_exchange(void **state)
{
    struct exchange *exchange = *state;
    http_free(exchange->http);
    hostile_close(exchange->server);
    arena_release(&exchange->arena);
    test_free(exchange);
    return 0;
}

static const char *url_of(struct exchange *exchange, const char *path)
{
    return arena_printf(&exchange->arena, "http://127.0.0.1:%u%s", hostile_port(exchange->server),
                        path);
}

/* Runs until it is over. */
static void run(struct exchange *exchange, bool private_network)
{
    exchange->is_done = false;
    exchange->transfer = (struct http_transfer){.request = &exchange->request,
                                                .arena = &exchange->arena,
                                                .timeout_us = 1000000,
                                                .private_network = private_network,
                                                .context = exchange};
    http_begin(exchange->http, &exchange->transfer);
    while (!exchange->is_done)
        http_run(exchange->http, 100000);
}

static void ask(struct exchange *exchange, const char *method, const char *path)
{
    exchange->request.method = method;
    exchange->request.url = url_of(exchange, path);
    run(exchange, true);
}

static void assert_reason(const struct exchange *exchange, enum http_end end, const char *part)
{
    char reason[512];
    snprintf(reason, sizeof reason, "%.*s", BYTES_ARG(exchange->transfer.reason));
    assert_int_equal(exchange->transfer.end, end);
    if (strstr(reason, part) == NULL)
        fail_msg("the reason is \"%s\", without \"%s\"", reason, part);
}

static void assert_answer(const struct exchange *exchange, uint32_t status, const char *body)
{
    char text[512];
    snprintf(text, sizeof text, "%.*s", BYTES_ARG(exchange->transfer.answer.body));
    assert_int_equal(exchange->transfer.end, HTTP_ANSWERED);
    assert_int_equal(exchange->transfer.answer.status, status);
    assert_string_equal(text, body);
}

/* ---- names: libcurl asks this resolver */

#define HANGING "hanging.example"

static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool hangs; /* of HANGING nothing is heard */
    unsigned asked, answered;
} names = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static int hang(void)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 20; /* so that even a test that fails has an end */
    pthread_mutex_lock(&names.lock);
    names.asked++;
    int code = 0;
    while (names.hangs && code == 0)
        code = pthread_cond_timedwait(&names.changed, &names.lock, &until);
    names.answered++;
    pthread_cond_broadcast(&names.changed);
    pthread_mutex_unlock(&names.lock);
    return EAI_NONAME;
}

int getaddrinfo(const char *restrict name, const char *restrict service,
                const struct addrinfo *restrict req, struct addrinfo **restrict pai)
{
    int (*libc)(const char *, const char *, const struct addrinfo *, struct addrinfo **);
    if (name != NULL && strcmp(name, HANGING) == 0)
        return hang();
    *(void **)&libc = dlsym(RTLD_NEXT, "getaddrinfo");
    return libc(name, service, req, pai);
}

static void set_hanging(bool hangs)
{
    pthread_mutex_lock(&names.lock);
    names.hangs = hangs;
    pthread_cond_broadcast(&names.changed);
    while (!hangs && names.answered < names.asked)
        pthread_cond_wait(&names.changed, &names.lock);
    pthread_mutex_unlock(&names.lock);
}

/* ---- well behaved */

static void takes_an_answer_with_its_headers_and_keeps_the_connection(void **state)
{
    struct exchange *exchange = *state;
    exchange->request.body = BYTES_LITERAL("{\"a\":1}");
    exchange->request.headers[0] =
        (struct effect_header){BYTES_LITERAL("X-Key"), BYTES_LITERAL("one")};
    exchange->request.headers[1] = (struct effect_header){BYTES_LITERAL("X-Empty"), {0}};
    exchange->request.header_count = 2;
    for (int i = 0; i < 3; i++) {
        ask(exchange, "POST", "/fine");
        assert_answer(exchange, 200, "ok");
        assert_int_equal(exchange->transfer.answer.header_count, 1);
        assert_true(bytes_is(exchange->transfer.answer.headers[0].name, "content-length"));
        assert_true(bytes_is(exchange->transfer.answer.headers[0].value, "2"));
    }
    const struct hostile_request *request = hostile_request(exchange->server, 2);
    assert_int_equal(request->connection, 0);
    assert_string_equal(request->body, "{\"a\":1}");
    assert_string_equal(hostile_header(request, "x-key"), "one");
    assert_string_equal(hostile_header(request, "content-type"), "application/json");
    assert_string_equal(hostile_header(request, "expect"), "");
    assert_non_null(strstr(request->head, "X-Empty:\r\n"));
}

static void sends_the_method_it_is_told(void **state)
{
    static const char *const methods[] = {"GET", "PATCH", "PUT", "DELETE", "GET", "POST"};
    struct exchange *exchange = *state;
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        bool has_body = methods[i][0] == 'P';
        exchange->request.body = has_body ? BYTES_LITERAL("x") : (struct bytes){0};
        ask(exchange, methods[i], "/fine");
        assert_answer(exchange, 200, "ok");
        const struct hostile_request *request = hostile_request(exchange->server, i);
        assert_int_equal(strncmp(request->head, methods[i], strlen(methods[i])), 0);
        assert_string_equal(request->body, has_body ? "x" : "");
    }
}

/* ---- badly behaved */

static void gives_up_when_no_whole_answer_comes_in_time(void **state)
{
    static const char *const paths[] = {"/silent", "/trickle"};
    struct exchange *exchange = *state;
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        ask(exchange, "POST", paths[i]);
        assert_reason(exchange, HTTP_BROKEN, "no whole answer from 127.0.0.1 in 1000 ms");
        assert_in_range(exchange->transfer.answer.took_us, 900000, 15000000);
    }
}

static void says_when_the_connection_is_reset_or_nobody_is_there(void **state)
{
    struct exchange *exchange = *state;
    ask(exchange, "POST", "/reset");
    assert_reason(exchange, HTTP_BROKEN, "closed the connection before it had answered");
    exchange->request.url = "http://127.0.0.1:1/";
    run(exchange, true);
    assert_reason(exchange, HTTP_BROKEN, "nobody takes connections at 127.0.0.1");
    exchange->request.url = "http://no-such-host.invalid/";
    run(exchange, true);
    assert_int_equal(exchange->transfer.end, HTTP_BROKEN);
}

static void reads_no_more_than_its_ceilings(void **state)
{
    struct exchange *exchange = *state;
    ask(exchange, "POST", "/endless");
    assert_reason(exchange, HTTP_BROKEN, "the answer is longer than 1024 KiB");
    assert_int_equal(exchange->transfer.answer.status, 200);
    ask(exchange, "POST", "/heads");
    assert_reason(exchange, HTTP_BROKEN, "the headers of the answer are longer than 64 KiB");
}

static void believes_no_lie_about_lengths(void **state)
{
    struct exchange *exchange = *state;
    hostile_answer(exchange->server, "/long",
                   "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort");
    hostile_answer(exchange->server, "/short",
                   "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok, and HTTP/1.1 500 Evil\r\n\r\n");
    hostile_answer(exchange->server, "/huge",
                   "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\nx");
    hostile_answer(exchange->server, "/chunks",
                   "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nbad\r\n0\r\n\r\n");
    hostile_answer(exchange->server, "/cut",
                   "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel");
    hostile_answer(exchange->server, "/garbage", "SSH-2.0-OpenSSH_9.2\r\n");
    ask(exchange, "POST", "/long");
    assert_reason(exchange, HTTP_BROKEN, "the answer ended before its length");
    ask(exchange, "POST", "/short");
    assert_answer(exchange, 200, "ok");
    ask(exchange, "POST", "/fine"); /* not with what was left over */
    assert_answer(exchange, 200, "ok");
    ask(exchange, "POST", "/huge");
    assert_reason(exchange, HTTP_BROKEN, "the answer is longer than 1024 KiB");
    ask(exchange, "POST", "/chunks");
    assert_int_equal(exchange->transfer.end, HTTP_BROKEN);
    ask(exchange, "POST", "/cut");
    assert_int_equal(exchange->transfer.end, HTTP_BROKEN);
    ask(exchange, "POST", "/garbage");
    assert_reason(exchange, HTTP_BROKEN, "what came is no answer of HTTP");
}

/* ---- redirects */

static void follows_redirects_of_get_only_and_not_for_ever(void **state)
{
    struct exchange *exchange = *state;
    hostile_answer(exchange->server, "/loop",
                   "HTTP/1.1 302 Found\r\nLocation: /loop\r\nContent-Length: 0\r\n\r\n");
    hostile_answer(exchange->server, "/once",
                   "HTTP/1.1 301 Moved\r\nLocation: /fine?x=1\r\nContent-Length: 0\r\n\r\n");
    hostile_answer(
        exchange->server, "/file",
        "HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n");
    ask(exchange, "POST", "/once");
    assert_answer(exchange, 301, "");
    ask(exchange, "GET", "/once");
    assert_answer(exchange, 200, "ok");
    assert_string_equal(hostile_request(exchange->server, 2)->path, "/fine?x=1");
    ask(exchange, "GET", "/file");
    assert_answer(exchange, 302, "");
    size_t before = hostile_count(exchange->server);
    ask(exchange, "GET", "/loop");
    assert_reason(exchange, HTTP_BROKEN, "from one address to the next too often");
    assert_int_equal(hostile_count(exchange->server) - before, EFFECT_REDIRECTS_MAX + 1);
}

static void takes_no_secret_along_to_another_server(void **state)
{
    struct exchange *exchange = *state;
    struct hostile *other = hostile_open();
    char answer[256];
    snprintf(
        answer, sizeof answer,
        "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:%u/taken\r\nContent-Length: 0\r\n\r\n",
        hostile_port(other));
    hostile_answer(exchange->server, "/away", answer);
    exchange->request.headers[0] =
        (struct effect_header){BYTES_LITERAL("Authorization"), BYTES_LITERAL("Bearer secret")};
    exchange->request.header_count = 1;
    ask(exchange, "GET", "/away");
    assert_answer(exchange, 200, "ok");
    assert_string_equal(hostile_header(hostile_request(exchange->server, 0), "authorization"),
                        "Bearer secret");
    assert_string_equal(hostile_header(hostile_request(other, 0), "authorization"), "");
    hostile_close(other);
}

/* ---- what is not reached */

static void reaches_no_private_network_by_any_name(void **state)
{
    static const char *const hosts[] = {"127.0.0.1",
                                        "localhost",
                                        "[::1]",
                                        "2130706433",
                                        "0x7f.1",
                                        "0.0.0.0",
                                        "[::ffff:127.0.0.1]",
                                        "[64:ff9b::7f00:1]",
                                        "10.1.2.3",
                                        "169.254.169.254",
                                        "192.168.0.1",
                                        "[fd00::1]"};
    struct exchange *exchange = *state;
    exchange->request.method = "GET";
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
        exchange->request.url = arena_printf(&exchange->arena, "http://%s:%u/", hosts[i],
                                             hostile_port(exchange->server));
        run(exchange, false);
        assert_reason(exchange, HTTP_BROKEN, "set `private_network: true`");
    }
    assert_int_equal(hostile_count(exchange->server), 0);
}

static void does_not_reuse_a_connection_that_another_may_have(void **state)
{
    struct exchange *exchange = *state;
    ask(exchange, "GET", "/fine");
    assert_answer(exchange, 200, "ok");
    run(exchange, false);
    assert_reason(exchange, HTTP_BROKEN, "set `private_network: true`");
    assert_int_equal(hostile_count(exchange->server), 1);
}

static void sends_nothing_that_breaks_out_of_its_line(void **state)
{
    static const struct {
        struct effect_header header;
        const char *reason;
    } cases[] = {
        {{BYTES_LITERAL("X-Key"), BYTES_LITERAL("a\r\nX-Evil: 1")}, "control character"},
        {{BYTES_LITERAL("X-Key"), BYTES_LITERAL("a\nb")}, "control character"},
        {{BYTES_LITERAL("X-Key"), {"a\0b", 3}}, "control character"},
        {{BYTES_LITERAL("X Key"), BYTES_LITERAL("a")}, "a name that cannot be one"},
        {{BYTES_LITERAL("X-Key: a\r\nX-Evil"), BYTES_LITERAL("a")}, "a name that cannot be one"},
        {{BYTES_LITERAL("Content-Length"), BYTES_LITERAL("1")}, "about the length"},
        {{BYTES_LITERAL("transfer-encoding"), BYTES_LITERAL("chunked")}, "about the length"},
    };
    static const char *const urls[] = {"",
                                       "http://127.0.0.1/a b",
                                       "http://127.0.0.1/\r\nX-Evil: 1",
                                       "file:///etc/passwd",
                                       "gopher://127.0.0.1/",
                                       "smtp://127.0.0.1/"};
    struct exchange *exchange = *state;
    exchange->request.header_count = 1;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        exchange->request.headers[0] = cases[i].header;
        ask(exchange, "POST", "/fine");
        assert_reason(exchange, HTTP_REFUSED, cases[i].reason);
    }
    exchange->request.header_count = 0;
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        exchange->request.url = urls[i];
        run(exchange, true);
        assert_reason(exchange, HTTP_REFUSED, "its address");
    }
    exchange->request.url = url_of(exchange, "/fine");
    exchange->request.method = "GET / HTTP/1.1\r\nX-Evil: 1\r\n";
    run(exchange, true);
    assert_reason(exchange, HTTP_REFUSED, "its method");
    assert_int_equal(hostile_count(exchange->server), 0);
}

static void trusts_no_certificate_that_does_not_verify(void **state)
{
    struct exchange *exchange = *state;
    exchange->request.method = "POST";
    exchange->request.url =
        arena_printf(&exchange->arena, "https://127.0.0.1:%u/", hostile_port(exchange->server));
    hostile_answer(exchange->server, "/", "");
    run(exchange, true); /* what answers there speaks no TLS at all */
    assert_int_equal(exchange->transfer.end, HTTP_BROKEN);
}

/* One thread serves all destinations: it must not wait for a name of one of them. */
static void waits_for_no_name_longer_than_for_an_answer(void **state)
{
    struct exchange *exchange = *state;
    set_hanging(true);
    exchange->request.method = "POST";
    exchange->request.url = "http://" HANGING "/";
    int64_t before_us = http_clock_us();
    run(exchange, true);
    int64_t took_us = http_clock_us() - before_us;
    set_hanging(false);
    assert_reason(exchange, HTTP_BROKEN, "no whole answer");
    assert_true(took_us < 10000000);
    ask(exchange, "POST", "/fine");
    assert_answer(exchange, 200, "ok");
}

static void breaks_off_what_is_under_way(void **state)
{
    struct exchange *exchange = *state;
    exchange->request.method = "POST";
    exchange->request.url = url_of(exchange, "/silent");
    exchange->transfer = (struct http_transfer){.request = &exchange->request,
                                                .arena = &exchange->arena,
                                                .timeout_us = 60000000,
                                                .private_network = true,
                                                .context = exchange};
    http_begin(exchange->http, &exchange->transfer);
    while (hostile_count(exchange->server) == 0)
        http_run(exchange->http, 10000);
    http_break_off(exchange->http);
    assert_true(exchange->is_done);
    assert_int_equal(exchange->transfer.end, HTTP_BROKEN);
}

#define EXCHANGE(test) cmocka_unit_test_setup_teardown(test, open_exchange, close_exchange)

int main(void)
{
    const struct CMUnitTest tests[] = {
        EXCHANGE(takes_an_answer_with_its_headers_and_keeps_the_connection),
        EXCHANGE(sends_the_method_it_is_told),
        EXCHANGE(gives_up_when_no_whole_answer_comes_in_time),
        EXCHANGE(says_when_the_connection_is_reset_or_nobody_is_there),
        EXCHANGE(reads_no_more_than_its_ceilings),
        EXCHANGE(believes_no_lie_about_lengths),
        EXCHANGE(follows_redirects_of_get_only_and_not_for_ever),
        EXCHANGE(takes_no_secret_along_to_another_server),
        EXCHANGE(reaches_no_private_network_by_any_name),
        EXCHANGE(does_not_reuse_a_connection_that_another_may_have),
        EXCHANGE(sends_nothing_that_breaks_out_of_its_line),
        EXCHANGE(trusts_no_certificate_that_does_not_verify),
        EXCHANGE(waits_for_no_name_longer_than_for_an_answer),
        EXCHANGE(breaks_off_what_is_under_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
