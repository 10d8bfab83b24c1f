/* Tokens and roles, as a client meets them. */
#include "server_fixture.h"

static struct fixture fixture;
static char source_token[TOKEN_TEXT_SIZE], read_token[TOKEN_TEXT_SIZE],
    operate_token[TOKEN_TEXT_SIZE], admin_token[TOKEN_TEXT_SIZE];
static char read_id[TOKEN_ID_SIZE];

#define LEAD "{\"email\":\"a@example.com\"}"

static int open_server(void **state)
{
    (void)state;
    char id[TOKEN_ID_SIZE];
    fixture_open(&fixture);
    fixture_token(&fixture, ROLE_SOURCE, "website", source_token, id);
    fixture_token(&fixture, ROLE_READ, NULL, read_token, read_id);
    fixture_token(&fixture, ROLE_OPERATE, NULL, operate_token, id);
    fixture_token(&fixture, ROLE_ADMIN, NULL, admin_token, id);
    fixture_start(&fixture);
    return 0;
}

static int close_server(void **state)
{
    (void)state;
    fixture_close(&fixture);
    return 0;
}

static void send_as(const char *token, const char *method, const char *path, const char *body,
                    struct reply *reply)
{
    char headers[256];
    snprintf(headers, sizeof headers,
             "Content-Type: application/json\r\nAuthorization: Bearer %s\r\n", token);
    request_send(&fixture, method, path, headers, bytes_of(body), reply);
}

static void without_a_token_only_health_is_told(void **state)
{
    (void)state;
    struct reply reply;
    const char *open[] = {"/healthz", "/readyz", "/openapi.json"};
    const char *closed[] = {"/v1/leads", "/metrics", "/v1/release", "/v1/stream"};
    for (size_t i = 0; i < 3; i++) {
        request_get(&fixture, open[i], &reply);
        assert_int_equal(reply.status, 200);
        reply_release(&reply);
    }
    for (size_t i = 0; i < 4; i++) {
        request_get(&fixture, closed[i], &reply);
        assert_problem(&reply, 401, "unauthenticated");
        assert_string_equal(reply_header(&reply, "WWW-Authenticate"), "Bearer realm=\"meshline\"");
        reply_release(&reply);
    }
}

static void an_unknown_token_is_refused(void **state)
{
    (void)state;
    const char *tokens[] = {"mlt_unknown", "", "Bearer"};
    for (size_t i = 0; i < 3; i++) {
        struct reply reply;
        send_as(tokens[i], "GET", "/v1/leads", "", &reply);
        assert_problem(&reply, 401, "unauthenticated");
        reply_release(&reply);
    }
}

static void each_role_may_do_its_part(void **state)
{
    (void)state;
    const struct {
        const char *method;
        const char *path;
        const char *body;
        /* What source, read, operate and admin get. */
        int status[4];
    } cases[] = {
        {"POST", "/v1/sources/website/leads", LEAD, {201, 403, 200, 200}},
        {"POST", "/v1/sources/fax/leads", LEAD, {403, 403, 404, 404}},
        {"GET", "/v1/reps", "", {403, 200, 200, 200}},
        {"GET", "/metrics", "", {403, 200, 200, 200}},
        {"PATCH", "/v1/reps/ana", "{\"available\":true}", {403, 403, 200, 200}},
    };
    const char *tokens[] = {source_token, read_token, operate_token, admin_token};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (size_t t = 0; t < 4; t++) {
            struct reply reply;
            send_as(tokens[t], cases[i].method, cases[i].path, cases[i].body, &reply);
            if (reply.status != cases[i].status[t])
                fail_msg("%s %s as token %zu: expected %d, got %d", cases[i].method, cases[i].path,
                         t, cases[i].status[t], reply.status);
            if (reply.status == 403)
                assert_problem(&reply, 403, "forbidden");
            reply_release(&reply);
        }
}

static void a_refusal_names_the_role_that_is_needed(void **state)
{
    (void)state;
    struct reply reply;
    send_as(read_token, "PATCH", "/v1/reps/ana", "{}", &reply);
    assert_problem(&reply, 403, "forbidden");
    assert_non_null(strstr(reply_text(&reply, "detail"), "\"operate\""));
    reply_release(&reply);
}

static void the_actor_of_an_event_is_the_tokens_name(void **state)
{
    (void)state;
    struct reply reply;
    send_as(operate_token, "PATCH", "/v1/reps/ben", "{\"capacity\":3}", &reply);
    assert_int_equal(reply.status, 200);
    char path[64];
    snprintf(path, sizeof path, "/v1/events?after=%lld",
             (long long)reply_number(&reply, "seq") - 1);
    reply_release(&reply);
    send_as(read_token, "GET", path, "", &reply);
    assert_non_null(strstr(buffer_string(&reply.body), "\"actor\":\"operate\""));
    reply_release(&reply);
}

static void a_revoked_token_stops_working(void **state)
{
    (void)state;
    char path[128];
    struct reply reply;
    int status;
    snprintf(path, sizeof path, "%s/tokens.json", fixture.directory);
    assert_int_equal(tokens_revoke(path, bytes_of(read_id), 1, NULL), 0);
    do { /* the server looks at the file several times a second */
        send_as(read_token, "GET", "/v1/release", "", &reply);
        status = reply.status;
        reply_release(&reply);
    } while (status == 200);
    assert_int_equal(status, 401);
}

static void a_broken_tokens_file_changes_nothing_and_is_reported(void **state)
{
    (void)state;
    char path[128];
    struct reply reply;
    snprintf(path, sizeof path, "%s/tokens.json", fixture.directory);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("{\"tokens\":", file);
    fclose(file);
    while (fixture.reports == 0) {
        send_as(admin_token, "GET", "/v1/release", "", &reply);
        assert_int_equal(reply.status, 200);
        reply_release(&reply);
    }
    send_as(admin_token, "GET", "/v1/release", "", &reply);
    assert_int_equal(reply.status, 200);
    reply_release(&reply);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_token_only_health_is_told),
        cmocka_unit_test(an_unknown_token_is_refused),
        cmocka_unit_test(each_role_may_do_its_part),
        cmocka_unit_test(a_refusal_names_the_role_that_is_needed),
        cmocka_unit_test(the_actor_of_an_event_is_the_tokens_name),
        cmocka_unit_test(a_revoked_token_stops_working),
        cmocka_unit_test(a_broken_tokens_file_changes_nothing_and_is_reported),
    };
    return cmocka_run_group_tests(tests, open_server, close_server);
}
