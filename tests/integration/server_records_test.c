/* Records in every format that sources send, through contracts, and what becomes of those that
 * cannot be leads. */
#include "rich_mesh.h"
#include "server_fixture.h"

#include <zlib.h>

enum { FILES_MAX = 32, BODY_MAX = 64 * 1024 };

#define LEADS(source) "/v1/sources/" source "/leads"
#define JSON "Content-Type: application/json\r\n"
#define NDJSON "Content-Type: application/x-ndjson\r\n"
#define CSV "Content-Type: text/csv; charset=utf-8\r\n"
#define FORM "Content-Type: application/x-www-form-urlencoded\r\n"
#define GZIP "Content-Encoding: gzip\r\n"
#define EVENT "ce-specversion: 1.0\r\nce-id: 7\r\nce-source: /partner\r\nce-type: lead\r\n" JSON
#define PAGE "https://www.acme.example"

static struct fixture fixture;
static struct reply reply;

#define SCHEMA(members, required)                                                  \
    BYTES_LITERAL("{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\"," \
                  "\"type\":\"object\",\"required\":[" required "],\"properties\":{" members "}}")

static const struct policy_file more[] = {
    /* Version 1 is in force, version 2 calls things by other names. */
    {"sources/portal.yaml",
     BYTES_LITERAL("source: portal\nowner: ops\ncontract: 1\n"
                   "key: payload.id\n"
                   "skip: 'payload.type == \"ping\"'\n"
                   "versions:\n"
                   "  - version: 1\n"
                   "    mapping: {email: payload.email, employees: payload.size}\n"
                   "  - version: 2\n"
                   "    mapping: {email: payload.contact.mail}\n")},
    {"contracts/portal/1.json",
     SCHEMA("\"email\":{\"type\":\"string\"},\"size\":{\"type\":\"integer\"},"
            "\"id\":{\"type\":\"string\"},\"type\":{\"type\":\"string\"}",
            "\"email\"")},
    {"contracts/portal/2.json",
     SCHEMA("\"contact\":{\"type\":\"object\",\"properties\":{\"mail\":{\"type\":\"string\"}},"
            "\"required\":[\"mail\"]},\"id\":{\"type\":\"string\"},\"type\":{\"type\":\"string\"}",
            "\"contact\"")},
    /* Version 2 is tried beside version 1. */
    {"sources/shadowed.yaml", BYTES_LITERAL("source: shadowed\nowner: ops\ncontract: 1\n"
                                            "mapping: {email: payload.email}\n"
                                            "versions: [{version: 1}, {version: 2}]\n"
                                            "candidate: {version: 2, mode: shadow}\n")},
    {"contracts/shadowed/1.json", SCHEMA("\"email\":{\"type\":\"string\"}", "\"email\"")},
    {"contracts/shadowed/2.json",
     SCHEMA("\"email\":{\"type\":\"string\"}", "\"email\",\"country\"")},
    {"sources/form.yaml",
     BYTES_LITERAL("source: form\nowner: ops\nhoneypot: website_url\n"
                   "redirect: " PAGE "/thanks\nredirect_error: " PAGE "/sorry\n"
                   "origins: [\"" PAGE "\"]\nopen: true\n")},
    {"sources/plain.yaml", BYTES_LITERAL("source: plain\nowner: ops\n")},
    {"sources/slow.yaml",
     BYTES_LITERAL("source: slow\nowner: ops\nrate: {per_second: 1, burst: 2}\n")},
    {"sources/slower.yaml",
     BYTES_LITERAL("source: slower\nowner: ops\nrate: {per_second: 1, burst: 2}\n")},
    /* Several records in one payload. */
    {"sources/pages.yaml", BYTES_LITERAL("source: pages\nowner: ops\n"
                                         "split: payload.entries\nkey: payload.id\n"
                                         "mapping: {email: payload.email}\n"
                                         "versions: [{version: 1}]\n")},
    {"contracts/pages/1.json",
     SCHEMA("\"email\":{\"type\":\"string\"},\"id\":{\"type\":\"string\"}", "\"email\"")},
    {"sources/calls.yaml", BYTES_LITERAL("source: calls\nowner: ops\n"
                                         "split: payload.entries\n"
                                         "mapping: {email: payload.email}\n"
                                         "versions: [{version: 1}]\n"
                                         "rate: {per_second: 1, burst: 2}\n")},
    {"contracts/calls/1.json", SCHEMA("\"email\":{\"type\":\"string\"}", "\"email\"")},
};

static int open_server(void **state)
{
    (void)state;
    struct policy_file files[FILES_MAX];
    size_t base, count = sizeof more / sizeof *more;
    const struct policy_file *rich = rich_mesh_files(&base);
    assert_true(base + count <= FILES_MAX);
    memcpy(files, more, sizeof more);
    memcpy(files + count, rich, base * sizeof *rich);
    fixture_open(&fixture);
    fixture_activate(&fixture, files, base + count);
    fixture.limits = (struct server_limits){.body_bytes = BODY_MAX, .batch_bytes = 100000};
    fixture_start(&fixture);
    return 0;
}

static int close_server(void **state)
{
    (void)state;
    fixture_close(&fixture);
    return 0;
}

static int release_reply(void **state)
{
    (void)state;
    reply_release(&reply);
    return 0;
}

/* The earlier answer is given back. */
static void send_bytes(const char *path, const char *headers, struct bytes body)
{
    reply_release(&reply);
    request_send(&fixture, "POST", path, headers, body, &reply);
}

static void post(const char *path, const char *headers, const char *body)
{
    send_bytes(path, headers, bytes_of(body));
}

static void expect(int status)
{
    if (reply.status != status)
        fail_msg("expected %d, got %d: %.*s", status, reply.status,
                 BYTES_ARG(buffer_bytes(&reply.body)));
}

/* The dead letter of the answer, looked up. The caller's. */
static struct json_object *kept(void)
{
    char path[64];
    struct json_object *letter;
    snprintf(path, sizeof path, "/v1/dead-letters/%s", reply_text(&reply, "dead_letter"));
    reply_release(&reply);
    /* The view follows the journal: ask it to have caught up. */
    char headers[64];
    snprintf(headers, sizeof headers, "Min-Seq: %llu\r\n",
             (unsigned long long)engine_durable_seq(fixture.engine));
    request_send(&fixture, "GET", path, headers, (struct bytes){0}, &reply);
    expect(200);
    letter = json_object_get(reply.json);
    return letter;
}

static void expect_member(struct json_object *object, const char *name, const char *expected)
{
    struct bytes text = json_member_text(object, name);
    if (!bytes_is(text, expected))
        fail_msg("expected %s \"%s\" in %s", name, expected, json_object_to_json_string(object));
}

static int64_t reconciled(const char *term)
{
    struct reply books;
    char headers[64];
    snprintf(headers, sizeof headers, "Min-Seq: %llu\r\n",
             (unsigned long long)engine_durable_seq(fixture.engine));
    request_send(&fixture, "GET", "/v1/reconciliation", headers, (struct bytes){0}, &books);
    assert_int_equal(books.status, 200);
    struct json_object *terms = json_object_object_get(books.json, "terms");
    int64_t count = json_member_int(terms != NULL ? terms : books.json, term, -1);
    if (count < 0)
        fail_msg("no %s in %s", term, json_object_to_json_string(books.json));
    reply_release(&books);
    return count;
}

/* The result of a line, the caller's. */
static struct json_object *line_result(int64_t line)
{
    struct bytes rest = buffer_bytes(&reply.body);
    while (rest.size > 0) {
        const char *end = memchr(rest.data, '\n', rest.size);
        struct json_object *result;
        assert_non_null(end);
        size_t size = (size_t)(end - rest.data);
        assert_int_equal(json_parse((struct bytes){rest.data, size}, &result, NULL), 0);
        if (json_member_int(result, "line", 0) == line)
            return result;
        json_object_put(result);
        rest = (struct bytes){end + 1, rest.size - size - 1};
    }
    fail_msg("no result for line %d in %.*s", (int)line, BYTES_ARG(buffer_bytes(&reply.body)));
    return NULL;
}

static void expect_line(int64_t line, int64_t status)
{
    struct json_object *result = line_result(line);
    if (json_member_int(result, "status", 0) != status)
        fail_msg("line %d: expected %d, got %s", (int)line, (int)status,
                 json_object_to_json_string(result));
    json_object_put(result);
}

static struct bytes pack(const char *text, size_t size)
{
    static unsigned char packed[64 * 1024];
    z_stream stream = {0};
    assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    stream.next_in = (z_const unsigned char *)text;
    stream.avail_in = (unsigned)size;
    stream.next_out = packed;
    stream.avail_out = sizeof packed;
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    struct bytes result = {(const char *)packed, stream.total_out};
    deflateEnd(&stream);
    return result;
}

/* ---- contracts and dead letters */

static void a_record_is_read_by_its_contract(void **state)
{
    (void)state;
    post(LEADS("portal"), JSON, "{\"email\":\"a1@b.example\",\"size\":40}");
    expect(201);
}

static void a_record_that_breaks_its_contract_is_kept_whole(void **state)
{
    (void)state;
    static const char body[] = "{\"email\":\"a2@b.example\", \"size\":\"many\"}";
    int64_t before = reconciled("dead_lettered");
    post(LEADS("portal"), JSON "User-Agent: portal/3\r\nX-Request-Id: r-9\r\nCookie: secret=1\r\n",
         body);
    assert_problem(&reply, 422, "invalid-lead");
    struct json_object *error =
        json_object_array_get_idx(json_object_object_get(reply.json, "errors"), 0);
    expect_member(error, "pointer", "/size");
    expect_member(error, "rule", "/properties/size/type");
    assert_true(json_member_text(error, "message").size > 0);
    assert_int_equal(reconciled("dead_lettered"), before + 1);
    struct json_object *letter = kept(), *headers = json_object_object_get(letter, "headers");
    expect_member(letter, "source", "portal");
    assert_int_equal(json_member_int(letter, "contract", 0), 1);
    expect_member(letter, "violation", "/properties/size/type at /size");
    expect_member(letter, "payload", body);
    expect_member(headers, "user-agent", "portal/3");
    expect_member(headers, "x-request-id", "r-9");
    assert_null(json_object_object_get(headers, "cookie"));
    json_object_put(letter);
}

static void what_is_no_json_is_kept_too(void **state)
{
    (void)state;
    post(LEADS("portal"), JSON, "{\"email\":");
    assert_problem(&reply, 400, "malformed-json");
    struct json_object *letter = kept();
    expect_member(letter, "violation", "unreadable: JSON");
    expect_member(letter, "payload", "{\"email\":");
    json_object_put(letter);
}

static void a_record_that_the_contract_skips_is_acknowledged(void **state)
{
    (void)state;
    int64_t accepted = reconciled("accepted");
    post(LEADS("portal"), JSON, "{\"type\":\"ping\"}");
    expect(200);
    assert_true(strlen(reply_text(&reply, "skipped")) > 0);
    assert_int_equal(reconciled("accepted"), accepted);
}

static void a_sender_may_say_which_version_it_sends(void **state)
{
    (void)state;
    post(LEADS("portal"), JSON "Contract-Version: 2\r\n",
         "{\"contact\":{\"mail\":\"a3@b.example\"}}");
    expect(201);
    post(LEADS("portal"), JSON "Contract-Version: seven\r\n", "{}");
    assert_problem(&reply, 400, "invalid-header");
}

/* The sender is ahead of us, or behind: the record waits for its version. */
static void a_record_of_a_version_that_is_not_there_is_kept(void **state)
{
    (void)state;
    post(LEADS("portal"), JSON "Contract-Version: 7\r\n", "{\"mail\":\"a7@b.example\"}");
    assert_problem(&reply, 422, "invalid-lead");
    assert_non_null(strstr(reply_text(&reply, "detail"), "it has 1 and 2"));
    struct json_object *letter = kept();
    expect_member(letter, "violation", "unknown contract version");
    expect_member(letter, "payload", "{\"mail\":\"a7@b.example\"}");
    expect_member(json_object_object_get(letter, "headers"), "contract-version", "7");
    json_object_put(letter);
    post(LEADS("plain"), JSON "Contract-Version: 1\r\n", "{}");
    assert_problem(&reply, 422, "invalid-lead");
    assert_true(strlen(reply_text(&reply, "dead_letter")) > 0);
}

static void the_senders_own_id_makes_repeats_known(void **state)
{
    (void)state;
    char lead[32];
    post(LEADS("portal"), JSON, "{\"email\":\"a4@b.example\",\"id\":\"deal-1\"}");
    expect(201);
    snprintf(lead, sizeof lead, "%s", reply_text(&reply, "lead"));
    post(LEADS("portal"), JSON, "{\"email\":\"other@b.example\",\"id\":\"deal-1\"}");
    expect(200);
    assert_string_equal(reply_text(&reply, "lead"), lead);
    assert_string_equal(reply_header(&reply, "Idempotency-Replayed"), "true");
}

static void a_refused_record_that_is_repeated_is_kept_once(void **state)
{
    (void)state;
    char letter[32];
    const char *headers = JSON "Idempotency-Key: broken-1\r\n";
    post(LEADS("portal"), headers, "{\"email\":5}");
    expect(422);
    snprintf(letter, sizeof letter, "%s", reply_text(&reply, "dead_letter"));
    int64_t before = reconciled("dead_lettered");
    post(LEADS("portal"), headers, "{\"email\":5}");
    expect(422);
    assert_string_equal(reply_text(&reply, "dead_letter"), letter);
    assert_string_equal(reply_header(&reply, "Idempotency-Replayed"), "true");
    assert_int_equal(reconciled("dead_lettered"), before);
    /* Corrected by the sender, it takes its dead letter's place. */
    post(LEADS("portal"), headers, "{\"email\":\"a5@b.example\"}");
    expect(201);
    assert_int_equal(reconciled("dead_lettered"), before - 1);
}

static void a_candidate_in_shadow_is_only_compared(void **state)
{
    (void)state;
    post(LEADS("shadowed"), JSON, "{\"email\":\"sh1@b.example\"}");
    expect(201);
    reply_release(&reply);
    request_get(&fixture, "/v1/sources/shadowed", &reply);
    expect(200);
    assert_non_null(strstr(json_object_to_json_string(reply.json), "\"shadow\""));
}

/* ---- forms */

static void a_form_is_a_lead_and_the_browser_goes_on(void **state)
{
    (void)state;
    post(LEADS("form"), FORM "Accept: text/html,*/*;q=0.8\r\nOrigin: " PAGE "\r\n",
         "email=f1%40b.example&country=DE&website_url=");
    expect(303);
    assert_string_equal(reply_header(&reply, "Location"), PAGE "/thanks");
    assert_string_equal(reply_header(&reply, "Access-Control-Allow-Origin"), PAGE);
    assert_int_equal(reply.body.size, 0);
}

/* Browsers make up a boundary each time that they send a form. */
static void a_form_in_parts_that_is_sent_again_is_known(void **state)
{
    (void)state;
    static const char *const boundaries[] = {"one", "two"}, *const mails[] = {"m1", "m1", "m2"};
    for (size_t i = 0; i < 3; i++) {
        char headers[256], body[256];
        const char *boundary = boundaries[i % 2];
        snprintf(headers, sizeof headers,
                 "Content-Type: multipart/form-data; boundary=%s\r\nIdempotency-Key: parts\r\n",
                 boundary);
        snprintf(
            body, sizeof body,
            "--%s\r\nContent-Disposition: form-data; name=\"email\"\r\n\r\n%s@parts.example\r\n"
            "--%s--\r\n",
            boundary, mails[i], boundary);
        post(LEADS("plain"), headers, body);
        expect((int[]){201, 200, 422}[i]);
    }
    assert_problem(&reply, 422, "key-reused");
}

static void a_form_that_is_refused_is_kept_and_the_browser_goes_elsewhere(void **state)
{
    (void)state;
    int64_t before = reconciled("dead_lettered");
    post(LEADS("form"), FORM, "fax=1");
    expect(303);
    assert_string_equal(reply_header(&reply, "Location"), PAGE "/sorry");
    assert_int_equal(reconciled("dead_lettered"), before + 1);
}

static void a_filled_honeypot_looks_like_success(void **state)
{
    (void)state;
    int64_t accepted = reconciled("accepted");
    post(LEADS("form"), FORM, "email=bot%40b.example&website_url=http://spam.example");
    expect(303);
    assert_string_equal(reply_header(&reply, "Location"), PAGE "/thanks");
    assert_int_equal(reconciled("accepted"), accepted);
    post(LEADS("form"), JSON, "{\"email\":\"bot@b.example\",\"website_url\":\"x\"}");
    expect(200);
    assert_string_equal(reply_text(&reply, "skipped"), "honeypot");
    assert_int_equal(reconciled("accepted"), accepted);
}

static void a_form_without_a_redirection_is_answered_in_json(void **state)
{
    (void)state;
    post(LEADS("plain"), "Content-Type: multipart/form-data; boundary=x\r\n",
         "--x\r\nContent-Disposition: form-data; name=\"email\"\r\n\r\n"
         "f2@b.example\r\n--x--\r\n");
    expect(201);
    post(LEADS("plain"), "Content-Type: multipart/form-data; boundary=x\r\n", "--x\r\nCont");
    assert_problem(&reply, 422, "unreadable");
    struct json_object *letter = kept();
    expect_member(letter, "violation", "unreadable: form");
    json_object_put(letter);
}

/* ---- pages of other origins */

static void a_preflight_is_answered_for_declared_origins(void **state)
{
    (void)state;
    request_send(&fixture, "OPTIONS", LEADS("form"),
                 "Origin: " PAGE "\r\nAccess-Control-Request-Method: POST\r\n", (struct bytes){0},
                 &reply);
    expect(204);
    assert_string_equal(reply_header(&reply, "Access-Control-Allow-Origin"), PAGE);
    assert_string_equal(reply_header(&reply, "Access-Control-Allow-Methods"), "POST");
    assert_non_null(strstr(reply_header(&reply, "Access-Control-Allow-Headers"), "Content-Type"));
    reply_release(&reply);
    request_send(&fixture, "OPTIONS", LEADS("form"), "Origin: https://evil.example\r\n",
                 (struct bytes){0}, &reply);
    assert_problem(&reply, 403, "foreign-origin");
    assert_string_equal(reply_header(&reply, "Access-Control-Allow-Origin"), "");
}

static void a_post_from_a_foreign_page_is_refused(void **state)
{
    (void)state;
    post(LEADS("form"), JSON "Origin: http://localhost:3000\r\n", "{\"email\":\"x@b.example\"}");
    assert_problem(&reply, 403, "foreign-origin");
}

/* ---- events */

static void an_event_in_binary_mode_is_a_lead(void **state)
{
    (void)state;
    post(LEADS("portal"), EVENT, "{\"email\":\"e1@b.example\"}");
    expect(201);
    post(LEADS("portal"), EVENT, "{\"email\":\"e2@b.example\"}");
    expect(200);
    assert_string_equal(reply_header(&reply, "Idempotency-Replayed"), "true");
}

static void an_event_that_is_none_is_kept_with_its_headers(void **state)
{
    (void)state;
    post(LEADS("portal"), "ce-specversion: 1.0\r\nce-id: 8\r\nce-type: lead\r\n" JSON, "{}");
    assert_problem(&reply, 422, "unreadable");
    struct json_object *letter = kept();
    expect_member(letter, "violation", "unreadable: CloudEvent");
    expect_member(json_object_object_get(letter, "headers"), "ce-id", "8");
    json_object_put(letter);
}

static void each_event_of_a_batch_has_its_result(void **state)
{
    (void)state;
    post(LEADS("portal"), "Content-Type: application/cloudevents-batch+json\r\n",
         "[{\"specversion\":\"1.0\",\"id\":\"b1\",\"source\":\"/s\",\"type\":\"t\","
         "\"data\":{\"email\":\"e3@b.example\"}},"
         "{\"specversion\":\"1.0\",\"id\":\"b2\",\"source\":\"/s\",\"type\":\"t\","
         "\"data\":{\"email\":3}},"
         "{\"specversion\":\"1.0\",\"id\":\"b3\",\"type\":\"t\"}]");
    expect(207);
    struct json_object *results = json_object_object_get(reply.json, "results");
    assert_int_equal(json_object_array_length(results), 3);
    static const int statuses[] = {201, 422, 422};
    for (size_t i = 0; i < 3; i++) {
        struct json_object *result = json_object_array_get_idx(results, i);
        assert_int_equal(json_member_int(result, "record", 0), (int64_t)i + 1);
        assert_int_equal(json_member_int(result, "status", 0), statuses[i]);
        assert_int_equal(json_object_object_get(result, "dead_letter") != NULL, i > 0);
    }
    post(LEADS("portal"), "Content-Type: application/cloudevents-batch+json\r\n",
         "[{\"specversion\":\"1.0\",\"id\":\"b4\",\"source\":\"/s\",\"type\":\"t\","
         "\"data\":{\"email\":\"e4@b.example\"}},"
         "{\"specversion\":\"1.0\",\"id\":\"b5\",\"source\":\"/s\",\"type\":\"t\","
         "\"data\":{\"email\":\"e5@b.example\"}}]");
    expect(200);
}

static void a_payload_of_several_records_is_split(void **state)
{
    (void)state;
    post(
        LEADS("pages"), JSON,
        "{\"entries\":[{\"email\":\"p1@b.example\",\"id\":\"1\"},{\"mail\":\"p2\",\"id\":\"2\"}]}");
    expect(207);
    struct json_object *results = json_object_object_get(reply.json, "results");
    assert_int_equal(json_object_array_length(results), 2);
    assert_int_equal(json_member_int(json_object_array_get_idx(results, 0), "status", 0), 201);
    struct json_object *second = json_object_array_get_idx(results, 1);
    assert_int_equal(json_member_int(second, "status", 0), 422);
    /* Kept as a record of its own, which is what will be replayed. */
    char path[64], headers[64];
    snprintf(path, sizeof path, "/v1/dead-letters/%s",
             json_member_text(second, "dead_letter").data);
    snprintf(headers, sizeof headers, "Min-Seq: %llu\r\n",
             (unsigned long long)engine_durable_seq(fixture.engine));
    reply_release(&reply);
    request_send(&fixture, "GET", path, headers, (struct bytes){0}, &reply);
    expect_member(reply.json, "payload", "{\"mail\":\"p2\",\"id\":\"2\"}");
}

/* More than may be unanswered at once: the request waits, and goes on. */
static void a_payload_may_hold_a_thousand_records_and_more(void **state)
{
    (void)state;
    enum { RECORDS = 1500 };
    struct buffer body;
    buffer_init(&body, BODY_MAX);
    for (int i = 0; i < RECORDS; i++)
        buffer_printf(&body, "%s{\"email\":\"m%d@b.example\"}", i == 0 ? "{\"entries\":[" : ",", i);
    buffer_printf(&body, "]}");
    send_bytes(LEADS("pages"), JSON, buffer_bytes(&body));
    expect(200);
    struct json_object *results = json_object_object_get(reply.json, "results");
    assert_int_equal(json_object_array_length(results), RECORDS);
    for (size_t i = 0; i < RECORDS; i++) {
        struct json_object *result = json_object_array_get_idx(results, i);
        assert_int_equal(json_member_int(result, "record", 0), (int64_t)i + 1);
        assert_int_equal(json_member_int(result, "status", 0), 201);
    }
    buffer_release(&body);
}

/* Vendors send a body again as a whole or not at all: a part of it cannot be put off. */
static void a_payload_of_several_records_passes_the_rate_as_a_whole(void **state)
{
    (void)state;
    post(LEADS("calls"), JSON,
         "{\"entries\":[{\"email\":\"call1@b.example\"},{\"email\":\"call2@b.example\"},"
         "{\"email\":\"call3@b.example\"},{\"email\":\"call4@b.example\"}]}");
    expect(200);
    post(LEADS("calls"), JSON, "{\"email\":\"call5@b.example\"}");
    assert_problem(&reply, 429, "rate-limited");
    assert_string_equal(reply_header(&reply, "Retry-After"), "3");
}

/* Whoever sees a status of success does not send again. */
static void a_payload_of_which_a_part_cannot_be_taken_now_is_to_be_sent_again(void **state)
{
    (void)state;
    static const char body[] = "{\"entries\":[{\"email\":\"full1@b.example\",\"id\":\"full1\"},"
                               "{\"email\":\"full2@b.example\",\"id\":\"full2\"}]}";
    int64_t free_bytes = atomic_exchange(&fixture.free_bytes, 1024);
    do /* the engine looks once a second */
        post(LEADS("pages"), JSON, body);
    while (reply.status == 200);
    assert_problem(&reply, 507, "disk-full");
    assert_non_null(strstr(reply_text(&reply, "detail"), "send the same body again"));
    atomic_store(&fixture.free_bytes, free_bytes);
    do
        post(LEADS("pages"), JSON, body);
    while (reply.status == 507);
    expect(200);
}

/* ---- many records */

static void lines_that_are_refused_are_kept(void **state)
{
    (void)state;
    post(LEADS("portal"), NDJSON,
         "{\"email\":\"n1@b.example\"}\n{\"email\":1}\n{\"type\":\"ping\"}\n\n{\n");
    expect(200);
    expect_line(1, 201);
    expect_line(2, 422);
    expect_line(3, 200);
    expect_line(5, 400);
    struct json_object *result = line_result(2);
    assert_int_equal(json_member_text(result, "dead_letter").data[0], 'D');
    json_object_put(result);
    result = line_result(3);
    assert_true(json_member_text(result, "skipped").size > 0);
    json_object_put(result);
}

static void rows_are_records_and_ragged_ones_are_kept(void **state)
{
    (void)state;
    post(LEADS("plain"), CSV,
         "\xEF\xBB\xBF"
         "email;country\nc1@b.example;DE\nc2@b.example\n\"c3@b.example\";\"A\nT\"\n");
    expect(200);
    assert_string_equal(reply_header(&reply, "Content-Type"), "application/x-ndjson");
    expect_line(2, 201);
    expect_line(3, 422);
    expect_line(4, 201);
    struct json_object *result = line_result(3);
    assert_non_null(json_object_object_get(result, "dead_letter"));
    json_object_put(result);
}

static void a_row_that_breaks_the_lead_is_kept_as_an_object(void **state)
{
    (void)state;
    post(LEADS("plain"), CSV, "email,fax\nc4@b.example,1\n");
    expect_line(2, 422);
    struct json_object *result = line_result(2);
    char path[64], headers[64];
    snprintf(path, sizeof path, "/v1/dead-letters/%s",
             json_member_text(result, "dead_letter").data);
    snprintf(headers, sizeof headers, "Min-Seq: %llu\r\n",
             (unsigned long long)engine_durable_seq(fixture.engine));
    json_object_put(result);
    reply_release(&reply);
    request_send(&fixture, "GET", path, headers, (struct bytes){0}, &reply);
    expect_member(reply.json, "payload", "{\"email\":\"c4@b.example\",\"fax\":\"1\"}");
}

static void rows_without_usable_names_are_refused_as_a_whole(void **state)
{
    (void)state;
    int64_t accepted = reconciled("accepted");
    post(LEADS("plain"), CSV, "email,email\nc5@b.example,x\n");
    assert_problem(&reply, 422, "unreadable");
    assert_non_null(strstr(reply_text(&reply, "detail"), "same name"));
    post(LEADS("plain"), CSV, "");
    assert_problem(&reply, 422, "unreadable");
    post(LEADS("plain"), "Content-Type: text/csv; charset=koi8-r\r\n", "email\n");
    assert_problem(&reply, 415, "unsupported-media-type");
    assert_int_equal(reconciled("accepted"), accepted);
}

static void rows_may_be_in_another_encoding(void **state)
{
    (void)state;
    post(LEADS("plain"), "Content-Type: text/csv; charset=iso-8859-1\r\n",
         "email,company\nc6@b.example,M\xFCller\n");
    expect_line(2, 201);
}

/* ---- gzip */

static void bodies_in_gzip_are_read(void **state)
{
    (void)state;
    static const char json[] = "{\"email\":\"z1@b.example\"}";
    static const char lines[] = "{\"email\":\"z2@b.example\"}\n{\"email\":\"z3@b.example\"}";
    static const char rows[] = "email\nz4@b.example\n";
    send_bytes(LEADS("plain"), JSON GZIP, pack(json, sizeof json - 1));
    expect(201);
    send_bytes(LEADS("plain"), NDJSON GZIP, pack(lines, sizeof lines - 1));
    expect_line(1, 201);
    expect_line(2, 201);
    send_bytes(LEADS("plain"), CSV GZIP, pack(rows, sizeof rows - 1));
    expect_line(2, 201);
}

static void gzip_that_is_broken_or_cut_off_is_refused_and_not_kept(void **state)
{
    (void)state;
    static const char json[] = "{\"email\":\"z5@b.example\"}";
    static const char lines[] = "{\"email\":\"z6@b.example\"}\n{\"email\":\"z7@b.example\"}\n";
    int64_t accepted = reconciled("accepted");
    struct bytes packed = pack(json, sizeof json - 1);
    packed.size -= 4;
    send_bytes(LEADS("plain"), JSON GZIP, packed);
    assert_problem(&reply, 400, "malformed-encoding");
    send_bytes(LEADS("plain"), NDJSON GZIP, BYTES_LITERAL("{\"email\":\"z@b.example\"}\n"));
    assert_problem(&reply, 400, "malformed-encoding");
    assert_int_equal(reconciled("accepted"), accepted);
    /* What came whole in front of the cut is taken. */
    packed = pack(lines, sizeof lines - 1);
    packed.size -= 4;
    send_bytes(LEADS("plain"), NDJSON GZIP, packed);
    expect_line(1, 201);
    expect_line(2, 201);
    expect_line(3, 400);
}

static void a_bomb_is_refused(void **state)
{
    (void)state;
    static char zeros[5 * 1024 * 1024];
    memset(zeros, ' ', sizeof zeros);
    send_bytes(LEADS("plain"), JSON GZIP, pack(zeros, sizeof zeros));
    assert_problem(&reply, 413, "body-too-large");
    send_bytes(LEADS("plain"), NDJSON GZIP, pack(zeros, sizeof zeros));
    assert_problem(&reply, 413, "body-too-large");
    memset(zeros, '\n', sizeof zeros);
    send_bytes(LEADS("plain"), NDJSON GZIP, pack(zeros, sizeof zeros));
    assert_problem(&reply, 413, "body-too-large");
}

/* ---- rates */

static void records_beyond_the_rate_are_put_off(void **state)
{
    (void)state;
    post(LEADS("slow"), JSON, "{\"email\":\"r1@b.example\"}");
    expect(201);
    post(LEADS("slow"), JSON, "{\"email\":\"r2@b.example\"}");
    expect(201);
    post(LEADS("slow"), JSON, "{\"email\":\"r3@b.example\"}");
    assert_problem(&reply, 429, "rate-limited");
    assert_string_equal(reply_header(&reply, "Retry-After"), "1");
    post(LEADS("slower"), NDJSON,
         "{\"email\":\"r4@b.example\"}\n{\"email\":4}\n{\"email\":\"r5@b.example\"}\n");
    expect_line(1, 201);
    expect_line(2, 422);
    expect_line(3, 429);
}

static void what_passes_is_counted(void **state)
{
    (void)state;
    request_get(&fixture, "/metrics", &reply);
    const char *text = buffer_string(&reply.body);
    assert_non_null(strstr(text, "meshline_records_total{source=\"form\",outcome=\"honeypot\"} 2"));
    assert_non_null(strstr(text, "meshline_records_total{source=\"slow\",outcome=\"limited\"} 1"));
    assert_non_null(strstr(text, "meshline_records_total{source=\"portal\",outcome=\"skipped\"}"));
    assert_non_null(strstr(text, "meshline_records_total{source=\"plain\",outcome=\"refused\"}"));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
#define CASE(name) cmocka_unit_test_setup_teardown(name, NULL, release_reply)
        CASE(a_record_is_read_by_its_contract),
        CASE(a_record_that_breaks_its_contract_is_kept_whole),
        CASE(what_is_no_json_is_kept_too),
        CASE(a_record_that_the_contract_skips_is_acknowledged),
        CASE(a_sender_may_say_which_version_it_sends),
        CASE(a_record_of_a_version_that_is_not_there_is_kept),
        CASE(the_senders_own_id_makes_repeats_known),
        CASE(a_refused_record_that_is_repeated_is_kept_once),
        CASE(a_candidate_in_shadow_is_only_compared),
        CASE(a_form_is_a_lead_and_the_browser_goes_on),
        CASE(a_form_in_parts_that_is_sent_again_is_known),
        CASE(a_form_that_is_refused_is_kept_and_the_browser_goes_elsewhere),
        CASE(a_filled_honeypot_looks_like_success),
        CASE(a_form_without_a_redirection_is_answered_in_json),
        CASE(a_preflight_is_answered_for_declared_origins),
        CASE(a_post_from_a_foreign_page_is_refused),
        CASE(an_event_in_binary_mode_is_a_lead),
        CASE(an_event_that_is_none_is_kept_with_its_headers),
        CASE(each_event_of_a_batch_has_its_result),
        CASE(a_payload_of_several_records_is_split),
        CASE(a_payload_may_hold_a_thousand_records_and_more),
        CASE(a_payload_of_several_records_passes_the_rate_as_a_whole),
        CASE(a_payload_of_which_a_part_cannot_be_taken_now_is_to_be_sent_again),
        CASE(lines_that_are_refused_are_kept),
        CASE(rows_are_records_and_ragged_ones_are_kept),
        CASE(a_row_that_breaks_the_lead_is_kept_as_an_object),
        CASE(rows_without_usable_names_are_refused_as_a_whole),
        CASE(rows_may_be_in_another_encoding),
        CASE(bodies_in_gzip_are_read),
        CASE(gzip_that_is_broken_or_cut_off_is_refused_and_not_kept),
        CASE(a_bomb_is_refused),
        CASE(records_beyond_the_rate_are_put_off),
        CASE(what_passes_is_counted),
    };
    return cmocka_run_group_tests(tests, open_server, close_server);
}
