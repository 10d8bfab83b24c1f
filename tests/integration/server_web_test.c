/* Web pages, as a browser and other programs ask for them. */
#include "server_fixture.h"

#include "server/web/web.h"

#include <zlib.h>

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

/* A program may be built without its pages; then there is nothing to ask for. */
static void need_pages(void)
{
    if (web_asset_find(BYTES_LITERAL("/")) == NULL)
        skip();
}

static void ask(const char *path, const char *headers, struct reply *reply)
{
    request_send(&fixture, "GET", path, headers, (struct bytes){0}, reply);
}

#define BROWSER "Accept: text/html,application/xhtml+xml,*/*;q=0.8\r\n"

static bool body_has(const struct reply *reply, const char *text)
{
    return memmem(reply->body.data, reply->body.size, text, strlen(text)) != NULL;
}

/* The path of the application's script, as its page names it. */
static void script_path(char path[static 128])
{
    struct reply reply;
    ask("/", "", &reply);
    const char *at = memmem(reply.body.data, reply.body.size, "/assets/app-", 12);
    assert_non_null(at);
    const char *end = memchr(at, '"', reply.body.size - (size_t)(at - reply.body.data));
    assert_non_null(end);
    snprintf(path, 128, "%.*s", (int)(end - at), at);
    reply_release(&reply);
}

static void the_page_may_load_nothing_but_its_own(void **state)
{
    (void)state;
    struct reply reply;
    need_pages();
    ask("/", BROWSER, &reply);
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply_header(&reply, "Content-Type"), "text/html; charset=utf-8");
    const char *policy = reply_header(&reply, "Content-Security-Policy");
    assert_non_null(strstr(policy, "default-src 'none'; script-src 'self'; style-src 'self'"));
    assert_non_null(strstr(policy, "frame-ancestors 'none'"));
    assert_null(strstr(policy, "unsafe"));
    assert_string_equal(reply_header(&reply, "Cache-Control"), "no-cache");
    assert_true(body_has(&reply, "<div id=\"app\">"));
    reply_release(&reply);
}

static void pages_of_the_application_are_its_page(void **state)
{
    (void)state;
    static const char *const paths[] = {"/triage", "/triage/X12",
                                        "/leads?q=kim%40example.com&late"};
    need_pages();
    for (size_t i = 0; i < 3; i++) {
        struct reply reply;
        ask(paths[i], BROWSER, &reply);
        assert_int_equal(reply.status, 200);
        assert_true(body_has(&reply, "<div id=\"app\">"));
        reply_release(&reply);
    }
}

static void programs_and_calls_are_told_that_nothing_is_there(void **state)
{
    (void)state;
    struct reply reply;
    ask("/triage", "Accept: */*\r\n", &reply);
    assert_problem(&reply, 404, "not-found");
    reply_release(&reply);
    ask("/v1/triage", BROWSER, &reply);
    assert_problem(&reply, 404, "not-found");
    reply_release(&reply);
    ask("/assets/app-nothing.js", BROWSER, &reply);
    assert_problem(&reply, 404, "not-found");
    reply_release(&reply);
    request_send(&fixture, "POST", "/triage", BROWSER, (struct bytes){0}, &reply);
    assert_problem(&reply, 404, "not-found");
    reply_release(&reply);
}

static void what_is_named_by_its_content_is_kept_for_ever(void **state)
{
    (void)state;
    char path[128], etag[64], headers[128];
    struct reply reply;
    need_pages();
    script_path(path);
    ask(path, "", &reply);
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply_header(&reply, "Cache-Control"),
                        "public, max-age=31536000, immutable");
    snprintf(etag, sizeof etag, "%s", reply_header(&reply, "ETag"));
    reply_release(&reply);
    snprintf(headers, sizeof headers, "If-None-Match: %s\r\n", etag);
    ask(path, headers, &reply);
    assert_int_equal(reply.status, 304);
    assert_int_equal(reply.body.size, 0);
    reply_release(&reply);
}

static void gzip_is_for_those_who_take_it(void **state)
{
    (void)state;
    static unsigned char plain[4 * 1024 * 1024];
    char path[128];
    struct reply packed, whole;
    uLongf size = sizeof plain;
    need_pages();
    script_path(path);
    ask(path, "", &whole);
    assert_string_equal(reply_header(&whole, "Content-Encoding"), "");
    ask(path, "Accept-Encoding: gzip, br\r\n", &packed);
    assert_string_equal(reply_header(&packed, "Content-Encoding"), "gzip");
    assert_string_equal(reply_header(&packed, "Vary"), "Accept, Accept-Encoding");
    assert_true(packed.body.size < whole.body.size);
    z_stream stream = {.next_in = (Bytef *)packed.body.data,
                       .avail_in = (uInt)packed.body.size,
                       .next_out = plain,
                       .avail_out = (uInt)size};
    assert_int_equal(inflateInit2(&stream, 15 + 16), Z_OK);
    assert_int_equal(inflate(&stream, Z_FINISH), Z_STREAM_END);
    assert_int_equal(stream.total_out, whole.body.size);
    assert_memory_equal(plain, whole.body.data, whole.body.size);
    inflateEnd(&stream);
    reply_release(&packed);
    reply_release(&whole);
}

static void the_documentation_is_there(void **state)
{
    (void)state;
    struct reply reply;
    need_pages();
    ask("/docs/policy", BROWSER, &reply);
    assert_int_equal(reply.status, 200);
    assert_true(body_has(&reply, "<h1"));
    reply_release(&reply);
}

static void who_is_asking(void **state)
{
    (void)state;
    struct reply reply;
    request_get(&fixture, "/v1/me", &reply);
    assert_string_equal(reply_text(&reply, "name"), "local");
    assert_string_equal(reply_text(&reply, "role"), "admin");
    assert_true(reply_is_true(&reply, "open"));
    assert_string_equal(reply_text(&reply, "release"), fixture.release);
    reply_release(&reply);
}

static void where_nobody_has_a_token_people_say_who_they_are(void **state)
{
    (void)state;
    struct reply reply;
    ask("/v1/me", "Acting-As: ana\r\n", &reply);
    assert_string_equal(reply_text(&reply, "name"), "ana");
    reply_release(&reply);
    uint64_t lead = submit_lead(&fixture, "ada@example.com");
    char path[64];
    snprintf(path, sizeof path, "/v1/leads/L%llu/acknowledgement", (unsigned long long)lead);
    request_send(&fixture, "POST", path, "Acting-As: ana\r\n", (struct bytes){0}, &reply);
    assert_int_equal(reply.status, 200);
    reply_release(&reply);
    snprintf(path, sizeof path, "/v1/leads/L%llu/events", (unsigned long long)lead);
    request_get_now(&fixture, path, &reply);
    assert_true(body_has(&reply, "\"actor\":\"ana\""));
    reply_release(&reply);
}

/* What cannot be a name is nobody's. */
static void a_name_has_no_control_characters(void **state)
{
    (void)state;
    struct reply reply;
    ask("/v1/me", "Acting-As: a\tb\r\n", &reply);
    assert_string_equal(reply_text(&reply, "name"), "local");
    reply_release(&reply);
}

static void with_tokens_nobody_says_who_they_are(void **state)
{
    (void)state;
    struct fixture closed;
    char token[TOKEN_TEXT_SIZE], id[TOKEN_ID_SIZE], headers[256];
    struct reply reply;
    fixture_open(&closed);
    fixture_token(&closed, ROLE_READ, NULL, token, id);
    fixture_start(&closed);
    request_send(&closed, "GET", "/v1/me", "Acting-As: ana\r\n", (struct bytes){0}, &reply);
    assert_problem(&reply, 401, "unauthenticated");
    reply_release(&reply);
    snprintf(headers, sizeof headers, "Acting-As: ana\r\nAuthorization: Bearer %s\r\n", token);
    request_send(&closed, "GET", "/v1/me", headers, (struct bytes){0}, &reply);
    assert_string_not_equal(reply_text(&reply, "name"), "ana");
    assert_string_equal(reply_text(&reply, "role"), "read");
    assert_false(reply_is_true(&reply, "open"));
    reply_release(&reply);
    /* Its pages are no secret: they ask for the token. */
    request_send(&closed, "GET", "/", BROWSER, (struct bytes){0}, &reply);
    assert_int_not_equal(reply.status, 401);
    reply_release(&reply);
    fixture_close(&closed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_page_may_load_nothing_but_its_own),
        cmocka_unit_test(pages_of_the_application_are_its_page),
        cmocka_unit_test(programs_and_calls_are_told_that_nothing_is_there),
        cmocka_unit_test(what_is_named_by_its_content_is_kept_for_ever),
        cmocka_unit_test(gzip_is_for_those_who_take_it),
        cmocka_unit_test(the_documentation_is_there),
        cmocka_unit_test(who_is_asking),
        cmocka_unit_test(where_nobody_has_a_token_people_say_who_they_are),
        cmocka_unit_test(a_name_has_no_control_characters),
        cmocka_unit_test(with_tokens_nobody_says_who_they_are),
    };
    return cmocka_run_group_tests(tests, open_server, close_server);
}
