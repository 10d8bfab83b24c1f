/* Keys of sources, as their senders meet them: signed requests, handshakes, and what a token still
 * does. Nobody has a token at first, so everyone on this machine may do everything else. */
#include "server_fixture.h"

#include <sodium.h>
#include <time.h>

enum { FILES_MAX = 32, HEADERS_SIZE = 1024 };

#define LEADS(source) "/v1/sources/" source "/leads"
#define META_SECRET "app-secret-of-meta"
#define LINKEDIN_SECRET "client-secret-of-linkedin"
#define HUBSPOT_SECRET "client-secret-of-hubspot"
#define HUBSPOT_URL "https://leads.acme.example" LEADS("hubspot")
#define ORGANISATION "00D000000000062"
#define UUID "890e4665-4dfe-4ab1-b689-ed553bceeed0"

static struct fixture fixture;
static struct key_made portal, portal_next, typeform, google, meta, linkedin, hubspot, salesforce;

static void make_key(enum key_kind kind, const char *source, const char *name, const char *secret,
                     struct key_made *ret)
{
    char path[128];
    struct error err = {0};
    const struct key_request request = {.kind = kind,
                                        .source = bytes_of(source),
                                        .name = bytes_of(name),
                                        .url = bytes_of(kind == KEY_HUBSPOT ? HUBSPOT_URL : ""),
                                        .secret = bytes_of(secret)};
    snprintf(path, sizeof path, "%s/tokens.json", fixture.directory);
    if (tokens_add_key(path, &request, 1, ret, &err) != 0)
        fail_msg("tokens_add_key: %s", err.message);
}

/* The starter's mesh, and a source for each kind. */
static void activate_mesh(void)
{
    static const struct policy_file more[] = {
        {.path = "sources/portal.yaml", .content = BYTES_LITERAL("source: portal\n")},
        {.path = "sources/leaver.yaml", .content = BYTES_LITERAL("source: leaver\n")},
        {.path = "sources/typeform.yaml", .content = BYTES_LITERAL("source: typeform\n")},
        {.path = "sources/google.yaml", .content = BYTES_LITERAL("source: google\n")},
        {.path = "sources/meta.yaml", .content = BYTES_LITERAL("source: meta\n")},
        {.path = "sources/hubspot.yaml", .content = BYTES_LITERAL("source: hubspot\n")},
        {.path = "sources/salesforce.yaml", .content = BYTES_LITERAL("source: salesforce\n")},
        {.path = "sources/pages.yaml",
         .content = BYTES_LITERAL("source: pages\nopen: true\n"
                                  "origins: [\"https://www.acme.example\"]\n")},
    };
    struct policy_file files[FILES_MAX];
    const struct policy_file *starter;
    size_t starters, count = sizeof more / sizeof *more;
    memcpy(files, more, sizeof more);
    policy_starter_files(&starter, &starters);
    assert_true(starters + count <= FILES_MAX);
    /* Its own tests name no source, which is good only while there is one. */
    for (size_t i = 0; i < starters; i++)
        if (strncmp(starter[i].path, "tests/", 6) != 0)
            files[count++] = starter[i];
    fixture_activate(&fixture, files, count);
}

/* A key that was given up before the server began. */
static void make_and_revoke_key(const char *source)
{
    char path[128];
    struct key_made key;
    make_key(KEY_SIGNATURE, source, NULL, NULL, &key);
    snprintf(path, sizeof path, "%s/tokens.json", fixture.directory);
    assert_int_equal(tokens_revoke(path, bytes_of(key.id), 2, NULL), 0);
}

static int open_server(void **state)
{
    (void)state;
    fixture_open(&fixture);
    activate_mesh();
    make_key(KEY_SIGNATURE, "portal", "Acme's portal", NULL, &portal);
    make_key(KEY_SIGNATURE, "portal", "Acme's portal, new", NULL, &portal_next);
    make_and_revoke_key("leaver");
    make_key(KEY_TYPEFORM, "typeform", NULL, NULL, &typeform);
    make_key(KEY_GOOGLE_ADS, "google", NULL, NULL, &google);
    make_key(KEY_META, "meta", NULL, META_SECRET, &meta);
    make_key(KEY_LINKEDIN, "meta", NULL, LINKEDIN_SECRET, &linkedin);
    make_key(KEY_HUBSPOT, "hubspot", NULL, HUBSPOT_SECRET, &hubspot);
    make_key(KEY_SALESFORCE, "salesforce", NULL, ORGANISATION, &salesforce);
    fixture_start(&fixture);
    return 0;
}

static int close_server(void **state)
{
    (void)state;
    fixture_close(&fixture);
    return 0;
}

/* ---- signing */

static void mac(struct bytes key, const char *text, unsigned char out[static 32])
{
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, (const unsigned char *)key.data, key.size);
    crypto_auth_hmacsha256_update(&state, (const unsigned char *)text, strlen(text));
    crypto_auth_hmacsha256_final(&state, out);
}

static void mac_base64(struct bytes key, const char *text, char out[static 64])
{
    unsigned char digest[32];
    mac(key, text, digest);
    sodium_bin2base64(out, 64, digest, sizeof digest, sodium_base64_VARIANT_ORIGINAL);
}

/* The headers of Standard Webhooks for this body, signed `ago_s` seconds ago. */
static void sign(const struct key_made *key, const char *id, int64_t ago_s, const char *body,
                 char headers[static HEADERS_SIZE])
{
    unsigned char secret[64];
    char text[1024], signature[64];
    size_t size = 0;
    const char *encoded = key->secret + sizeof "whsec_" - 1;
    assert_int_equal(sodium_base642bin(secret, sizeof secret, encoded, strlen(encoded), NULL, &size,
                                       NULL, sodium_base64_VARIANT_ORIGINAL),
                     0);
    int64_t timestamp = (int64_t)time(NULL) - ago_s;
    snprintf(text, sizeof text, "%s.%lld.%s", id, (long long)timestamp, body);
    mac_base64((struct bytes){(const char *)secret, size}, text, signature);
    snprintf(headers, HEADERS_SIZE,
             "Content-Type: application/json\r\nwebhook-id: %s\r\nwebhook-timestamp: %lld\r\n"
             "webhook-signature: v1,AAAA v1,%s\r\n",
             id, (long long)timestamp, signature);
}

static void post(const char *path, const char *headers, const char *body, struct reply *reply)
{
    request_send(&fixture, "POST", path, headers, bytes_of(body), reply);
}

/* As a proxy or tunnel hands it on: with the name that the world knows the server by. */
static void send_from_outside(const char *method, const char *path, const char *headers,
                              const char *body, struct reply *reply)
{
    struct client client;
    char head[2 * HEADERS_SIZE];
    snprintf(head, sizeof head,
             "%s %s HTTP/1.1\r\nHost: leads.acme.example\r\n%sContent-Length: %zu\r\n\r\n%s",
             method, path, headers, strlen(body), body);
    client_open(&client, &fixture);
    client_send(&client, bytes_of(head));
    assert_true(client_read(&client, reply));
    client_close(&client);
}

static void assert_refused(struct reply *reply, const char *says)
{
    assert_problem(reply, 401, "unauthenticated");
    if (strstr(reply_text(reply, "detail"), says) == NULL)
        fail_msg("\"%s\" is not in: %s", says, reply_text(reply, "detail"));
    reply_release(reply);
}

static uint64_t durable(void)
{
    return engine_durable_seq(fixture.engine);
}

/* ---- Standard Webhooks */

static void a_signed_lead_is_taken_in_the_name_of_its_key(void **state)
{
    (void)state;
    const struct {
        const struct key_made *key;
        const char *id;
        const char *body;
        const char *actor;
    } cases[] = {
        {&portal, "msg_1", "{\"email\":\"one@example.com\"}", "\"actor\":\"Acme's portal\""},
        {&portal_next, "msg_2", "{\"email\":\"two@example.com\"}",
         "\"actor\":\"Acme's portal, new\""},
    };
    for (size_t i = 0; i < 2; i++) {
        char headers[HEADERS_SIZE], path[64];
        struct reply reply;
        sign(cases[i].key, cases[i].id, 0, cases[i].body, headers);
        post(LEADS("portal"), headers, cases[i].body, &reply);
        assert_int_equal(reply.status, 201);
        snprintf(path, sizeof path, "/v1/events?after=%lld",
                 (long long)reply_number(&reply, "seq") - 1);
        reply_release(&reply);
        request_get(&fixture, path, &reply);
        assert_non_null(strstr(buffer_string(&reply.body), cases[i].actor));
        reply_release(&reply);
    }
}

static void what_comes_through_a_proxy_may_be_signed_too(void **state)
{
    (void)state;
    static const char body[] = "{\"email\":\"proxy@example.com\"}";
    char headers[HEADERS_SIZE];
    struct reply reply;
    sign(&portal, "msg_proxy", 0, body, headers);
    send_from_outside("POST", LEADS("portal"), headers, body, &reply);
    assert_int_equal(reply.status, 201);
    reply_release(&reply);
    send_from_outside("POST", LEADS("website"), headers, body, &reply);
    assert_problem(&reply, 421, "wrong-host");
    reply_release(&reply);
}

static void an_unsigned_lead_is_refused_even_from_this_machine(void **state)
{
    (void)state;
    struct reply reply;
    uint64_t before = durable();
    request_json(&fixture, "POST", LEADS("portal"), "{\"email\":\"no@example.com\"}", &reply);
    assert_string_equal(reply_header(&reply, "WWW-Authenticate"), "Bearer realm=\"meshline\"");
    assert_refused(&reply, "webhook-signature is missing");
    assert_int_equal(durable(), before);
    /* Elsewhere this machine is trusted as before. */
    request_json(&fixture, "POST", LEADS("website"), "{\"email\":\"web@example.com\"}", &reply);
    assert_int_equal(reply.status, 201);
    reply_release(&reply);
}

static void what_was_changed_or_kept_too_long_is_refused(void **state)
{
    (void)state;
    static const char body[] = "{\"email\":\"late@example.com\"}";
    char headers[HEADERS_SIZE];
    struct reply reply;
    uint64_t before = durable();
    sign(&portal, "msg_late", 400, body, headers);
    post(LEADS("portal"), headers, body, &reply);
    assert_refused(&reply, "in the past");
    sign(&portal, "msg_early", -400, body, headers);
    post(LEADS("portal"), headers, body, &reply);
    assert_refused(&reply, "in the future");
    sign(&portal, "msg_changed", 0, body, headers);
    post(LEADS("portal"), headers, "{\"email\":\"evil@example.com\"}", &reply);
    assert_refused(&reply, "is not the signature of this request");
    assert_int_equal(durable(), before);
}

static void a_repeat_under_the_same_id_makes_no_second_event(void **state)
{
    (void)state;
    static const char body[] = "{\"email\":\"again@example.com\"}";
    char headers[HEADERS_SIZE];
    struct reply reply;
    sign(&portal, "msg_again", 0, body, headers);
    post(LEADS("portal"), headers, body, &reply);
    assert_int_equal(reply.status, 201);
    reply_release(&reply);
    uint64_t after = durable();
    post(LEADS("portal"), headers, body, &reply);
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply_header(&reply, "Idempotency-Replayed"), "true");
    reply_release(&reply);
    assert_int_equal(durable(), after);
}

static void a_token_that_is_none_does_not_help(void **state)
{
    (void)state;
    struct reply reply;
    post(LEADS("portal"), "Content-Type: application/json\r\nAuthorization: Bearer mlt_x\r\n",
         "{\"email\":\"no@example.com\"}", &reply);
    assert_refused(&reply, "not known here");
}

static void many_records_in_one_body_need_a_token(void **state)
{
    (void)state;
    static const char body[] = "{\"email\":\"a@example.com\"}\n";
    struct reply reply;
    post(LEADS("portal"), "Content-Type: application/x-ndjson\r\n", body, &reply);
    assert_refused(&reply, "many records");
}

/* ---- vendors */

static void typeform_signs_the_body(void **state)
{
    (void)state;
    static const char body[] = "{\"email\":\"form@example.com\"}";
    char signature[64], headers[HEADERS_SIZE];
    struct reply reply;
    mac_base64(bytes_of(typeform.secret), body, signature);
    snprintf(headers, sizeof headers,
             "Content-Type: application/json\r\nTypeform-Signature: sha256=%s\r\n", signature);
    post(LEADS("typeform"), headers, body, &reply);
    assert_int_equal(reply.status, 201);
    reply_release(&reply);
    post(LEADS("typeform"), headers, "{\"email\":\"form@example.org\"}", &reply);
    assert_refused(&reply, "Typeform-Signature is not");
    post(LEADS("portal"), headers, body, &reply);
    assert_refused(&reply, "webhook-signature is missing");
}

/* The newest event is of a record whose text is blotted out. */
static void assert_last_is_without(const char *text)
{
    char path[64];
    struct reply reply;
    snprintf(path, sizeof path, "/v1/events?after=%llu", (unsigned long long)durable() - 1);
    request_get(&fixture, path, &reply);
    assert_non_null(strstr(buffer_string(&reply.body), "google_key"));
    assert_non_null(strstr(buffer_string(&reply.body), "*****"));
    assert_null(strstr(buffer_string(&reply.body), text));
    reply_release(&reply);
}

static void google_ads_puts_its_key_into_the_body(void **state)
{
    (void)state;
    const struct {
        const char *format;
        const char *says;
    } cases[] = {
        {"{\"email\":\"ads@example.com\",\"google_key\":\"%sx\"}", "not the one"},
        {"{\"email\":\"ads@example.com\",\"other\":\"%s\"}", "\"google_key\" is missing"},
        {"{\"email\":\"ads@example.com\",\"google_key\":\"%s\"", "\"google_key\" is missing"},
    };
    char body[256];
    struct reply reply;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        snprintf(body, sizeof body, cases[i].format, google.secret);
        request_json(&fixture, "POST", LEADS("google"), body, &reply);
        assert_refused(&reply, cases[i].says);
    }
    /* It is let in: that the starter's lead has no such field is another matter. */
    snprintf(body, sizeof body, "{\"google_key\":\"%s\"}", google.secret);
    request_json(&fixture, "POST", LEADS("google"), body, &reply);
    assert_int_equal(reply.status, 422);
    reply_release(&reply);
    /* And what is kept of it shows the key to nobody, also when the sender's encoder writes a
     * character of it as an escape. */
    assert_last_is_without(google.secret + 1);
    snprintf(body, sizeof body, "{\"google_key\":\"\\u%04x%s\"}", google.secret[0],
             google.secret + 1);
    request_json(&fixture, "POST", LEADS("google"), body, &reply);
    assert_int_equal(reply.status, 422);
    reply_release(&reply);
    assert_last_is_without(google.secret + 1);
}

static void hubspot_signs_the_address_that_it_knows(void **state)
{
    (void)state;
    static const char body[] = "{\"email\":\"hub@example.com\"}";
    char text[256], signature[64], headers[HEADERS_SIZE];
    long long now_ms = (long long)time(NULL) * 1000;
    static const char *const urls[] = {HUBSPOT_URL, HUBSPOT_URL "?other"};
    for (size_t i = 0; i < 2; i++) {
        struct reply reply;
        snprintf(text, sizeof text, "POST%s%s%lld", urls[i], body, now_ms);
        mac_base64(BYTES_LITERAL(HUBSPOT_SECRET), text, signature);
        snprintf(headers, sizeof headers,
                 "Content-Type: application/json\r\nX-HubSpot-Request-Timestamp: %lld\r\n"
                 "X-HubSpot-Signature-v3: %s\r\n",
                 now_ms, signature);
        send_from_outside("POST", LEADS("hubspot"), headers, body, &reply);
        assert_int_equal(reply.status, i == 0 ? 201 : 401);
        reply_release(&reply);
    }
}

static void salesforce_names_its_organisation_in_the_form(void **state)
{
    (void)state;
    static const char headers[] = "Content-Type: application/x-www-form-urlencoded\r\n";
    struct reply reply;
    post(LEADS("salesforce"), headers, "email=a%40example.com&oid=00D000000000063", &reply);
    assert_refused(&reply, "not the one");
    post(LEADS("salesforce"), headers, "email=a%40example.com", &reply);
    assert_refused(&reply, "\"oid\" is missing");
    post(LEADS("salesforce"), "Content-Type: application/json\r\n",
         "{\"oid\":\"" ORGANISATION "\"}", &reply);
    assert_refused(&reply, "\"oid\" is missing");
    post(LEADS("salesforce"), headers, "email=a%40example.com&oid=" ORGANISATION, &reply);
    /* It is let in: that the starter's lead has no such field is another matter. */
    assert_int_equal(reply.status, 422);
    reply_release(&reply);
}

static void of_two_keys_the_one_whose_signature_came_is_spoken_of(void **state)
{
    (void)state;
    struct reply reply;
    post(LEADS("meta"), "Content-Type: application/json\r\nX-LI-Signature: 00\r\n", "{}", &reply);
    assert_refused(&reply, "X-LI-Signature is not");
    post(LEADS("meta"), "Content-Type: application/json\r\n", "{}", &reply);
    assert_refused(&reply, "X-Hub-Signature-256 is missing");
}

/* ---- open pages */

static void a_declared_page_of_an_open_source_needs_no_key(void **state)
{
    (void)state;
    char path[64];
    struct reply reply;
    static const char from_page[] = "Content-Type: application/json\r\n"
                                    "Origin: https://www.acme.example\r\n";
    send_from_outside("POST", LEADS("pages"), from_page, "{\"email\":\"page@example.com\"}",
                      &reply);
    assert_int_equal(reply.status, 201);
    snprintf(path, sizeof path, "/v1/events?after=%lld",
             (long long)reply_number(&reply, "seq") - 1);
    reply_release(&reply);
    request_get(&fixture, path, &reply);
    assert_non_null(strstr(buffer_string(&reply.body), "\"actor\":\"web page\""));
    reply_release(&reply);
    send_from_outside("POST", LEADS("website"), from_page, "{\"email\":\"page@example.com\"}",
                      &reply);
    assert_problem(&reply, 421, "wrong-host");
    reply_release(&reply);
}

/* Whoever can open a page could ask by it who is known here, and who looks after whom. */
static void a_page_learns_nothing_of_leads(void **state)
{
    (void)state;
    static const char *const from_page = "Content-Type: application/json\r\n"
                                         "Origin: https://www.acme.example\r\n";
    static const char *const many = "Content-Type: application/x-ndjson\r\n"
                                    "Origin: https://www.acme.example\r\n";
    struct reply reply;
    request_json(&fixture, "POST", LEADS("website"), "{\"email\":\"known@example.com\"}", &reply);
    assert_int_equal(reply.status, 201);
    reply_release(&reply);
    static const char *const mails[] = {"{\"email\":\"known@example.com\"}",
                                        "{\"email\":\"unknown@example.com\"}"};
    for (size_t i = 0; i < 2; i++) {
        send_from_outside("POST", LEADS("pages"), from_page, mails[i], &reply);
        assert_int_equal(reply.status, 201);
        assert_int_equal(json_object_object_length(reply.json), 1);
        assert_true(reply_number(&reply, "seq") > 0);
        assert_string_equal(reply_header(&reply, "Location"), "");
        assert_string_equal(reply_header(&reply, "ETag"), "");
        reply_release(&reply);
    }
    send_from_outside("POST", LEADS("pages"), many, "{}\n", &reply);
    assert_refused(&reply, "many records");
}

static void another_page_does(void **state)
{
    (void)state;
    static const char *const headers[] = {
        "Content-Type: application/json\r\nOrigin: https://www.evil.example\r\n",
        "Content-Type: application/json\r\nOrigin: null\r\n",
        "Content-Type: application/json\r\n",
    };
    for (size_t i = 0; i < 3; i++) {
        struct reply reply;
        send_from_outside("POST", LEADS("pages"), headers[i], "{\"email\":\"no@example.com\"}",
                          &reply);
        assert_problem(&reply, 421, "wrong-host");
        reply_release(&reply);
    }
}

/* ---- handshakes */

static void metas_challenge_is_sent_back(void **state)
{
    (void)state;
    char path[256];
    struct reply reply;
    snprintf(path, sizeof path,
             LEADS("meta") "?hub.mode=subscribe&hub.verify_token=%s&hub.challenge=1158201444",
             meta.verify);
    send_from_outside("GET", path, "", "", &reply);
    assert_int_equal(reply.status, 200);
    assert_string_equal(buffer_string(&reply.body), "1158201444");
    assert_string_equal(reply_header(&reply, "Content-Type"), "text/plain; charset=utf-8");
    reply_release(&reply);
}

static void without_the_verify_token_it_is_not(void **state)
{
    (void)state;
    struct reply reply;
    static const char *const paths[] = {
        LEADS("meta") "?hub.mode=subscribe&hub.verify_token=guess&hub.challenge=1",
        LEADS("meta") "?hub.mode=subscribe&hub.verify_token=&hub.challenge=1",
        LEADS("meta") "?hub.mode=subscribe&hub.challenge=1",
        LEADS("portal") "?hub.mode=subscribe&hub.verify_token=&hub.challenge=1",
        LEADS("nowhere") "?hub.mode=subscribe&hub.verify_token=guess&hub.challenge=1",
        LEADS("portal") "?challengeCode=" UUID,
        LEADS("nowhere") "?challengeCode=" UUID,
    };
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        request_get(&fixture, paths[i], &reply);
        assert_problem(&reply, 403, "forbidden");
        reply_release(&reply);
    }
}

static void linkedins_challenge_is_signed(void **state)
{
    (void)state;
    unsigned char digest[32];
    char expected[65];
    struct reply reply;
    mac(BYTES_LITERAL(LINKEDIN_SECRET), UUID, digest);
    sodium_bin2hex(expected, sizeof expected, digest, sizeof digest);
    request_get(&fixture, LEADS("meta") "?challengeCode=" UUID, &reply);
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply_text(&reply, "challengeCode"), UUID);
    assert_string_equal(reply_text(&reply, "challengeResponse"), expected);
    reply_release(&reply);
}

static void a_handshake_signs_nothing_else(void **state)
{
    (void)state;
    struct reply reply;
    static const char *const paths[] = {
        LEADS("meta") "?challengeCode=hmacsha256%3D%7B%7D",
        LEADS("meta") "?challengeCode=",
        LEADS("meta") "?hub.mode=unsubscribe&hub.verify_token=x&hub.challenge=1",
        LEADS("meta") "?hub.mode=subscribe&hub.verify_token=x&hub.challenge=%3Cscript%3E%20",
    };
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        request_get(&fixture, paths[i], &reply);
        assert_problem(&reply, 400, "invalid-parameter");
        reply_release(&reply);
    }
    request_get(&fixture, LEADS("meta"), &reply);
    assert_problem(&reply, 405, "method-not-allowed");
    assert_non_null(strstr(reply_header(&reply, "Allow"), "POST"));
    reply_release(&reply);
}

/* ---- with tokens; last, because from here on everybody needs one */

static void post_as(const char *token, const char *path, const char *body, struct reply *reply)
{
    char headers[256];
    snprintf(headers, sizeof headers,
             "Content-Type: application/json\r\nAuthorization: Bearer %s\r\n", token);
    post(path, headers, body, reply);
}

static void a_token_works_beside_signatures(void **state)
{
    (void)state;
    char operate[TOKEN_TEXT_SIZE], web[TOKEN_TEXT_SIZE], id[TOKEN_ID_SIZE], headers[HEADERS_SIZE];
    static const char body[] = "{\"email\":\"closed@example.com\"}";
    struct reply reply;
    int status;
    fixture_token(&fixture, ROLE_OPERATE, NULL, operate, id);
    fixture_token(&fixture, ROLE_SOURCE, "website", web, id);
    do { /* the server looks at the file several times a second */
        request_get(&fixture, "/v1/release", &reply);
        status = reply.status;
        reply_release(&reply);
    } while (status == 200);
    post_as(operate, LEADS("portal"), "{\"email\":\"operate@example.com\"}", &reply);
    assert_int_equal(reply.status, 201);
    reply_release(&reply);
    post_as(web, LEADS("portal"), "{\"email\":\"web2@example.com\"}", &reply);
    assert_problem(&reply, 403, "forbidden");
    reply_release(&reply);
    sign(&portal, "msg_closed", 0, body, headers);
    post(LEADS("portal"), headers, body, &reply);
    assert_int_equal(reply.status, 201);
    reply_release(&reply);
    post(LEADS("website"), headers, body, &reply);
    assert_refused(&reply, "asks for a token");
}

static void revoking_the_last_key_opens_nothing(void **state)
{
    (void)state;
    struct reply reply;
    post(LEADS("leaver"), "Content-Type: application/json\r\n", "{\"email\":\"last@example.com\"}",
         &reply);
    assert_refused(&reply, "asks for a token");
}

static void a_revoked_key_stops_working(void **state)
{
    (void)state;
    char path[128], headers[HEADERS_SIZE], id[32];
    static const char body[] = "{\"email\":\"revoked@example.com\"}";
    struct reply reply;
    int status, attempt = 0;
    snprintf(path, sizeof path, "%s/tokens.json", fixture.directory);
    assert_int_equal(tokens_revoke(path, bytes_of(portal.id), 1, NULL), 0);
    do {
        snprintf(id, sizeof id, "msg_r%d", attempt++);
        sign(&portal, id, 0, body, headers);
        post(LEADS("portal"), headers, body, &reply);
        status = reply.status;
        reply_release(&reply);
    } while (status != 401);
    sign(&portal_next, "msg_next", 0, body, headers);
    post(LEADS("portal"), headers, body, &reply);
    assert_int_equal(reply.status, 200);
    reply_release(&reply);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_signed_lead_is_taken_in_the_name_of_its_key),
        cmocka_unit_test(what_comes_through_a_proxy_may_be_signed_too),
        cmocka_unit_test(an_unsigned_lead_is_refused_even_from_this_machine),
        cmocka_unit_test(revoking_the_last_key_opens_nothing),
        cmocka_unit_test(what_was_changed_or_kept_too_long_is_refused),
        cmocka_unit_test(a_repeat_under_the_same_id_makes_no_second_event),
        cmocka_unit_test(a_token_that_is_none_does_not_help),
        cmocka_unit_test(many_records_in_one_body_need_a_token),
        cmocka_unit_test(typeform_signs_the_body),
        cmocka_unit_test(google_ads_puts_its_key_into_the_body),
        cmocka_unit_test(hubspot_signs_the_address_that_it_knows),
        cmocka_unit_test(salesforce_names_its_organisation_in_the_form),
        cmocka_unit_test(of_two_keys_the_one_whose_signature_came_is_spoken_of),
        cmocka_unit_test(a_declared_page_of_an_open_source_needs_no_key),
        cmocka_unit_test(a_page_learns_nothing_of_leads),
        cmocka_unit_test(another_page_does),
        cmocka_unit_test(metas_challenge_is_sent_back),
        cmocka_unit_test(without_the_verify_token_it_is_not),
        cmocka_unit_test(linkedins_challenge_is_signed),
        cmocka_unit_test(a_handshake_signs_nothing_else),
        cmocka_unit_test(a_token_works_beside_signatures),
        cmocka_unit_test(a_revoked_key_stops_working),
    };
    return cmocka_run_group_tests(tests, open_server, close_server);
}
