/* Published contracts: the schema of every source and a page about it, for anybody. */
#include "server_fixture.h"

#include "contract/schema.h"

#define LEAD_SCHEMA                                                                        \
    "{\"type\":\"object\",\"required\":[\"email\"],\"additionalProperties\":false,"        \
    "\"properties\":{\"email\":{\"type\":\"string\",\"maxLength\":254},"                   \
    "\"country\":{\"type\":\"string\",\"enum\":[\"DE\",\"US\"]},"                          \
    "\"employees\":{\"type\":\"integer\",\"minimum\":1},\"medium\":{\"type\":\"string\"}," \
    "\"tags\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}},"                       \
    "\"external_id\":{\"type\":\"string\"}}}"

#define FIRST                                                                               \
    "{\"title\":\"Registration\",\"type\":\"object\",\"required\":[\"id\",\"email\"],"      \
    "\"properties\":{\"id\":{\"type\":\"string\",\"pattern\":\"^R-[0-9]+$\",\"examples\":"  \
    "[\"R-1\"]},\"email\":{\"type\":\"string\",\"format\":\"email\"},\"note\":"             \
    "{\"description\":\"<script>alert('1 & 2')</script>\",\"type\":\"string\",\"default\":" \
    "\"it's\"}}}"
#define PERSON                                                                         \
    "{\"type\":\"object\",\"required\":[\"mail\"],\"properties\":{\"mail\":{\"type\":" \
    "\"string\"}}}"
#define SECOND                                                                         \
    "{\"type\":\"object\",\"required\":[\"code\"],\"properties\":{\"code\":{\"type\":" \
    "\"string\",\"pattern\":\"^[A-Z]{3}[0-9]{4}$\"}}}"

static const struct policy_file files[] = {
    {"mesh.yaml", BYTES_LITERAL("name: acme & co\nowners: [{name: ops, role: integrations}]\n")},
    {"lead.schema.json", BYTES_LITERAL(LEAD_SCHEMA)},
    {"people.yaml", BYTES_LITERAL("defaults: {capacity: 10}\nreps: [{id: ana}]\n")},
    {"pools.yaml", BYTES_LITERAL("pools: [{id: all, members: [ana]}]\n")},
    {"pipelines/inbound.yaml",
     BYTES_LITERAL("pipeline: inbound\nowner: ops\nclasses: [{name: standard}]\n"
                   "routes: [{name: everyone, to: {pool: all}}]\n")},
    {"sources/fair.yaml",
     BYTES_LITERAL("source: fair\ntitle: Fair <2026>\nowner: ops\ncontract: 1\n"
                   "mapping: {email: payload.email}\nversions: [{version: 1}, {version: 2}]\n"
                   "candidate: {version: 2}\nrate: {per_second: 50, burst: 100}\nopen: true\n"
                   "origins: [\"https://www.acme.example\"]\n"
                   "notify: {webhook: \"https://partner.example/secret-hook\"}\n")},
    {"contracts/fair/1.json", BYTES_LITERAL(FIRST)},
    {"contracts/fair/2.json", BYTES_LITERAL(SECOND)},
    {"contracts/shared/person.json", BYTES_LITERAL(PERSON)},
    {"sources/talks.yaml", BYTES_LITERAL("source: talks\nowner: ops\n"
                                         "mapping: {email: payload.speaker.mail}\n"
                                         "versions: [{version: 1}]\n")},
    {"contracts/talks/1.json",
     BYTES_LITERAL("{\"type\":\"object\",\"required\":[\"speaker\"],\"properties\":{\"speaker\":"
                   "{\"$ref\":\"shared/person.json\"}}}")},
    {"sources/web.yaml", BYTES_LITERAL("source: web\nowner: ops\nconstants: {medium: search}\n"
                                       "map: {external_id: id}\n")},
    {"sources/forms.yaml", BYTES_LITERAL("source: forms\nowner: ops\nkind: typeform\n")},
};

static struct fixture fixture;

static int open_server(void **state)
{
    (void)state;
    char token[TOKEN_TEXT_SIZE], id[TOKEN_ID_SIZE];
    fixture_open(&fixture);
    fixture_activate(&fixture, files, sizeof files / sizeof *files);
    fixture_token(&fixture, ROLE_ADMIN, NULL, token, id); /* nobody may ask anything without one */
    fixture_start(&fixture);
    return 0;
}

static int close_server(void **state)
{
    (void)state;
    fixture_close(&fixture);
    return 0;
}

static void get(const char *path, struct reply *reply)
{
    request_get(&fixture, path, reply);
    assert_int_equal(reply->status, 200);
}

static void assert_body(const struct reply *reply, const char *expected)
{
    assert_true(bytes_is(buffer_bytes(&reply->body), expected));
}

static bool holds(struct reply *reply, const char *text)
{
    return strstr(buffer_string(&reply->body), text) != NULL;
}

static void assert_holds(struct reply *reply, const char *text)
{
    if (!holds(reply, text))
        fail_msg("\"%s\" is not in: %s", text, buffer_string(&reply->body));
}

/* By itself: nothing else is at hand. */
static void assert_compiles(const struct reply *reply)
{
    struct contract_schema *schema;
    struct contract_diagnostics diagnostics;
    contract_diagnostics_init(&diagnostics);
    assert_int_equal(contract_schema_compile((struct bytes){0}, buffer_bytes(&reply->body), NULL,
                                             &schema, &diagnostics),
                     0);
    contract_diagnostics_release(&diagnostics);
    contract_schema_free(schema);
}

/* ---- schemas */

static void the_schema_in_force_is_published_as_its_file_has_it(void **state)
{
    (void)state;
    struct reply reply;
    get("/v1/contracts/fair", &reply);
    assert_body(&reply, FIRST);
    assert_string_equal(reply_header(&reply, "Content-Type"), "application/schema+json");
    assert_string_equal(reply_header(&reply, "Cache-Control"), "public, max-age=60");
    assert_string_equal(reply_header(&reply, "Link"),
                        "</v1/contracts/fair/1/docs>; rel=\"describedby\"; type=\"text/html\", "
                        "</v1/contracts/fair/1>; rel=\"canonical\"");
    reply_release(&reply);
}

static void every_version_has_a_place(void **state)
{
    (void)state;
    struct reply reply;
    get("/v1/contracts/fair/1", &reply);
    assert_body(&reply, FIRST);
    reply_release(&reply);
    get("/v1/contracts/fair/2", &reply);
    assert_body(&reply, SECOND);
    reply_release(&reply);
}

static void what_is_known_is_not_sent_again(void **state)
{
    (void)state;
    struct reply reply;
    char header[96];
    get("/v1/contracts/fair", &reply);
    snprintf(header, sizeof header, "If-None-Match: %s\r\n", reply_header(&reply, "ETag"));
    reply_release(&reply);
    request_send(&fixture, "GET", "/v1/contracts/fair", header, (struct bytes){0}, &reply);
    assert_int_equal(reply.status, 304);
    assert_int_equal(reply.body.size, 0);
    reply_release(&reply);
    request_send(&fixture, "GET", "/v1/contracts/fair/2", header, (struct bytes){0}, &reply);
    assert_int_equal(reply.status, 200);
    reply_release(&reply);
}

static void what_is_not_there_is_said(void **state)
{
    (void)state;
    static const char *const paths[] = {"/v1/contracts/fair/3", "/v1/contracts/fair/01x",
                                        "/v1/contracts/fair/0", "/v1/contracts/fair/99999999999",
                                        "/v1/contracts/web/1",  "/v1/contracts/fair/3/docs"};
    struct reply reply;
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        request_get(&fixture, paths[i], &reply);
        assert_problem(&reply, 404, "not-found");
        reply_release(&reply);
    }
    request_get(&fixture, "/v1/contracts/fare", &reply);
    assert_problem(&reply, 404, "unknown-source");
    reply_release(&reply);
}

/* A source without versions takes the canonical lead, under its own names. */
static void a_source_without_versions_has_a_schema_too(void **state)
{
    (void)state;
    struct reply reply;
    get("/v1/contracts/web", &reply);
    assert_body(&reply, "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\","
                        "\"title\":\"web\",\"type\":\"object\",\"additionalProperties\":false,"
                        "\"required\":[\"email\"],\"properties\":{"
                        "\"email\":{\"type\":\"string\",\"maxLength\":254},"
                        "\"country\":{\"type\":\"string\",\"enum\":[\"DE\",\"US\"]},"
                        "\"employees\":{\"type\":\"integer\",\"minimum\":1},"
                        "\"medium\":{\"type\":\"string\",\"const\":\"search\",\"description\":"
                        "\"The source sets it; it may be left out\"},"
                        "\"tags\":{\"type\":\"array\",\"items\":{\"type\":\"string\"},"
                        "\"maxItems\":64},"
                        "\"id\":{\"type\":\"string\",\"maxLength\":4096}}}");
    assert_compiles(&reply);
    reply_release(&reply);
}

/* Whoever reads it needs nothing else. */
static void what_a_schema_refers_to_is_inside_of_it(void **state)
{
    (void)state;
    struct reply reply;
    get("/v1/contracts/talks", &reply);
    assert_holds(&reply, "\"$ref\": \"shared/person.json\"");
    assert_holds(&reply, "\"$id\": \"shared/person.json\"");
    assert_compiles(&reply);
    reply_release(&reply);
    get("/v1/contracts/talks/docs", &reply);
    assert_holds(&reply, "<code>speaker.mail</code>");
    assert_holds(&reply, "&quot;speaker&quot;: {&quot;mail&quot;: &quot;ada@acme.example&quot;}");
    reply_release(&reply);
}

/* ---- pages */

static void a_page_says_what_to_send_and_where(void **state)
{
    (void)state;
    struct reply reply;
    char url[96];
    get("/v1/contracts/fair/docs", &reply);
    assert_string_equal(reply_header(&reply, "Content-Type"), "text/html; charset=utf-8");
    assert_string_equal(reply_header(&reply, "Content-Security-Policy"),
                        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'");
    assert_string_equal(reply_header(&reply, "Cache-Control"), "private, max-age=60");
    snprintf(url, sizeof url, "curl http://127.0.0.1:%u/v1/sources/fair/leads", fixture.port);
    assert_holds(&reply, "<h1>Fair &lt;2026&gt;</h1>");
    assert_holds(&reply, "acme &amp; co");
    assert_holds(&reply, "<code>email</code>");
    assert_holds(&reply, "matches ^R-[0-9]+$");
    assert_holds(&reply, "https://www.acme.example");
    assert_holds(&reply, "50 records a second, 100 at once");
    assert_holds(&reply, "100,000 records for one NDJSON or CSV body");
    assert_holds(&reply, "they suit fields of the type text");
    assert_holds(&reply, "Contract-Version: 1");
    assert_holds(&reply, "version 2</a></td><td><span class=\"tag\">candidate");
    assert_holds(&reply, "version 1</a></td><td><span class=\"tag on\">in force");
    reply_release(&reply);
}

static void a_page_runs_nothing_and_tells_no_secret(void **state)
{
    (void)state;
    struct reply reply;
    get("/v1/contracts/fair/docs", &reply);
    assert_false(holds(&reply, "<script"));
    assert_holds(&reply, "&lt;script&gt;alert('1 &amp; 2')");
    assert_false(holds(&reply, "secret-hook"));
    reply_release(&reply);
}

static void the_example_is_one_that_the_contract_takes(void **state)
{
    (void)state;
    struct reply reply;
    get("/v1/contracts/fair/docs", &reply);
    assert_holds(&reply, "&quot;id&quot;: &quot;R-1&quot;, &quot;email&quot;: "
                         "&quot;ada@acme.example&quot;, &quot;note&quot;: "
                         "&quot;it'\\''s&quot;"); /* inside the quotes of a shell */
    assert_false(holds(&reply, "shows the shape only"));
    reply_release(&reply);
    get("/v1/contracts/fair/2/docs", &reply);
    assert_holds(&reply, "shows the shape only"); /* nobody makes that code up */
    reply_release(&reply);
}

static void the_error_on_the_page_is_a_real_one(void **state)
{
    (void)state;
    struct reply reply;
    get("/v1/contracts/fair/docs", &reply);
    assert_holds(&reply, "&quot;rule&quot;: &quot;/required&quot;");
    assert_holds(&reply, "the document must have the member \\&quot;id\\&quot;");
    reply_release(&reply);
}

static void a_page_of_a_ready_made_source_says_what_to_set_up(void **state)
{
    (void)state;
    struct reply reply;
    get("/v1/contracts/forms/docs", &reply);
    assert_holds(&reply, "takes what <strong>Typeform</strong> sends");
    assert_holds(&reply, "form_response.answers[].email");
    assert_false(holds(&reply, "shows the shape only"));
    reply_release(&reply);
    get("/v1/contracts/web/docs", &reply);
    assert_holds(&reply, "This source has no versions");
    assert_holds(&reply, "numbers and yes or no are read from them");
    reply_release(&reply);
}

/* Where TLS ends before the server, its URL is still the one that senders use. */
static void the_page_believes_the_proxy_about_https(void **state)
{
    (void)state;
    struct reply reply;
    request_send(&fixture, "GET", "/v1/contracts/web/docs", "X-Forwarded-Proto: https\r\n",
                 (struct bytes){0}, &reply);
    assert_holds(&reply, "POST https://");
    reply_release(&reply);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_schema_in_force_is_published_as_its_file_has_it),
        cmocka_unit_test(every_version_has_a_place),
        cmocka_unit_test(what_is_known_is_not_sent_again),
        cmocka_unit_test(what_is_not_there_is_said),
        cmocka_unit_test(a_source_without_versions_has_a_schema_too),
        cmocka_unit_test(what_a_schema_refers_to_is_inside_of_it),
        cmocka_unit_test(a_page_says_what_to_send_and_where),
        cmocka_unit_test(a_page_runs_nothing_and_tells_no_secret),
        cmocka_unit_test(the_example_is_one_that_the_contract_takes),
        cmocka_unit_test(the_error_on_the_page_is_a_real_one),
        cmocka_unit_test(a_page_of_a_ready_made_source_says_what_to_set_up),
        cmocka_unit_test(the_page_believes_the_proxy_about_https),
    };
    return cmocka_run_group_tests(tests, open_server, close_server);
}
