/* Dead letters over HTTP: what was refused is listed, clustered, exported, replayed and given up;
 * and sources switch between the versions of their contracts. */
#include "server_fixture.h"

#include "base/id.h"

#include <inttypes.h>

/* Version 1 wants `employees` as a number; version 2 takes "many" as well, and skips tests. */
static const struct policy_file files[] = {
    {"mesh.yaml", BYTES_LITERAL("name: edge\n"
                                "owners:\n"
                                "  - {name: ops, role: integrations}\n")},
    {"lead.schema.json",
     BYTES_LITERAL("{\"type\":\"object\",\"required\":[\"email\"],\"properties\":{"
                   "\"email\":{\"type\":\"string\"},\"employees\":{\"type\":\"integer\"}}}")},
    {"people.yaml", BYTES_LITERAL("defaults: {capacity: 1000}\n"
                                  "reps: [{id: ana}]\n")},
    {"pools.yaml", BYTES_LITERAL("pools: [{id: all, strategy: round_robin, members: [ana]}]\n")},
    {"pipelines/inbound.yaml",
     BYTES_LITERAL("pipeline: inbound\nowner: ops\n"
                   "classes: [{name: standard, objectives: {assigned: 5m}}]\n"
                   "routes: [{name: everyone, to: {pool: all}}]\n")},
    {"sources/partner.yaml",
     BYTES_LITERAL("source: partner\ntitle: Partner portal\nowner: ops\ncontract: 1\n"
                   "mapping: {email: payload.email}\n"
                   "versions:\n"
                   "  - {version: 1, mapping: {employees: payload.employees}}\n"
                   "  - version: 2\n"
                   "    mapping: {employees: 'type(payload.employees) == int ? payload.employees"
                   " : 1000'}\n"
                   "    skip: 'payload.email == \"test@x.example\" ? \"a test\" : \"\"'\n"
                   "notify: {webhook: \"https://partner.example/hook\"}\n")},
    {"contracts/partner/1.json",
     BYTES_LITERAL("{\"type\":\"object\",\"required\":[\"email\"],\"properties\":{"
                   "\"email\":{\"type\":\"string\"},\"employees\":{\"type\":\"integer\"}}}")},
    {"contracts/partner/2.json",
     BYTES_LITERAL(
         "{\"type\":\"object\",\"required\":[\"email\"],\"properties\":{"
         "\"email\":{\"type\":\"string\"},"
         "\"employees\":{\"type\":[\"integer\",\"string\"],\"not\":{\"const\":\"none\"}}}}")},
    {"sources/web.yaml", BYTES_LITERAL("source: web\nowner: ops\n")},
    {"sources/survey.yaml", BYTES_LITERAL("source: survey\nowner: ops\n"
                                          "mapping: {email: '\"survey@x.example\"'}\n"
                                          "versions: [{version: 1}]\n")},
    {"contracts/survey/1.json",
     BYTES_LITERAL("{\"type\":\"object\",\"additionalProperties\":{\"type\":\"integer\"}}")},
};

static struct fixture fixture;

static int open_server(void **state)
{
    (void)state;
    fixture_open(&fixture);
    fixture_activate(&fixture, files, sizeof files / sizeof *files);
    fixture_start(&fixture);
    return 0;
}

static int close_server(void **state)
{
    (void)state;
    fixture_close(&fixture);
    return 0;
}

/* ---- asking */

/* A read that sees everything written before. */
static void get_now(const char *path, struct reply *reply)
{
    request_get_now(&fixture, path, reply);
    assert_int_equal(reply->status, 200);
}

static void get_letter(const char *id, struct reply *reply)
{
    char path[96];
    snprintf(path, sizeof path, "/v1/dead-letters/%s", id);
    get_now(path, reply);
}

/* Sends a record to the partner's source; `employees` is JSON. */
static void send_record(const char *email, const char *employees, struct reply *reply)
{
    char json[256];
    snprintf(json, sizeof json, "{\"email\":\"%s\",\"employees\":%s}", email, employees);
    request_json(&fixture, "POST", "/v1/sources/partner/leads", json, reply);
}

/* The id of the dead letter that a refused record became. */
static void refuse_record(const char *email, const char *employees,
                          char ret_id[static LEAD_ID_TEXT_SIZE])
{
    struct reply reply;
    send_record(email, employees, &reply);
    assert_int_equal(reply.status, 422);
    snprintf(ret_id, LEAD_ID_TEXT_SIZE, "%s", reply_text(&reply, "dead_letter"));
    reply_release(&reply);
}

static void replay(const char *json, struct reply *reply)
{
    request_json(&fixture, "POST", "/v1/dead-letters/replay", json, reply);
    assert_int_equal(reply->status, 200);
    assert_true(json_member_int(reply->json, "seq", 0) > 0); /* what is read behind it shows it */
}

static void replay_one(const char *id, const char *more, struct reply *reply)
{
    char json[128];
    snprintf(json, sizeof json, "{\"ids\":[\"%s\"]%s}", id, more);
    replay(json, reply);
}

static struct json_object *item(const struct reply *reply, const char *list, size_t index)
{
    struct json_object *array = json_object_object_get(reply->json, list);
    assert_true(json_object_is_type(array, json_type_array));
    return json_object_array_get_idx(array, index);
}

static size_t length(const struct reply *reply, const char *list)
{
    return json_object_array_length(json_object_object_get(reply->json, list));
}

static void switch_versions(const char *json)
{
    struct reply reply;
    request_json(&fixture, "POST", "/v1/sources/partner/rollout", json, &reply);
    assert_int_equal(reply.status, 200);
    reply_release(&reply);
}

static void assert_state(const char *id, const char *state)
{
    struct reply reply;
    get_letter(id, &reply);
    assert_string_equal(reply_text(&reply, "state"), state);
    reply_release(&reply);
}

static void assert_balanced(void)
{
    struct reply reply;
    get_now("/v1/reconciliation", &reply);
    assert_true(json_object_get_boolean(json_object_object_get(reply.json, "balanced")));
    const char *terms[] = {"owned",  "waiting",       "in_exception", "nurture",
                           "closed", "dead_lettered", "settled"};
    int64_t sum = 0;
    for (size_t i = 0; i < sizeof terms / sizeof *terms; i++)
        sum += reply_number(&reply, terms[i]);
    assert_int_equal(reply_number(&reply, "accepted"), sum);
    reply_release(&reply);
}

/* ---- looking */

static void a_refused_record_is_kept_whole(void **state)
{
    (void)state;
    struct reply reply;
    char id[LEAD_ID_TEXT_SIZE];
    refuse_record("whole@x.example", "\"many\"", id);
    get_letter(id, &reply);
    assert_string_equal(reply_text(&reply, "id"), id);
    assert_string_equal(reply_text(&reply, "state"), "open");
    assert_string_equal(reply_text(&reply, "source"), "partner");
    assert_int_equal(reply_number(&reply, "contract"), 1);
    assert_int_equal(reply_number(&reply, "attempts"), 1);
    assert_string_equal(reply_text(&reply, "payload"),
                        "{\"email\":\"whole@x.example\",\"employees\":\"many\"}");
    assert_string_equal(reply_text(&reply, "media_type"), "application/json");
    struct json_object *error = item(&reply, "errors", 0);
    assert_string_equal(json_member_text(error, "pointer").data, "/employees");
    assert_string_equal(json_member_text(error, "rule").data, "/properties/employees/type");
    reply_release(&reply);
    assert_balanced();
}

static void dead_letters_are_listed_by_pages_and_filters(void **state)
{
    (void)state;
    struct reply first, second;
    char ids[3][LEAD_ID_TEXT_SIZE], path[512];
    for (int i = 0; i < 3; i++)
        refuse_record("page@x.example", "\"several\"", ids[i]);
    get_now("/v1/dead-letters?source=partner&state=open&contract=1&limit=2"
            "&violation=%2Fproperties%2Femployees%2Ftype%20at%20%2Femployees",
            &first);
    assert_int_equal(length(&first, "dead_letters"), 2);
    assert_string_equal(json_member_text(item(&first, "dead_letters", 0), "id").data, ids[2]);
    assert_string_equal(reply_text(&first, "next"), ids[1]);
    const char *link = reply_header(&first, "Link");
    assert_non_null(strstr(link, "violation=%2Fproperties%2Femployees%2Ftype%20at%20%2Femployees"));
    snprintf(path, sizeof path, "%.*s", (int)(strchr(link, '>') - link - 1), link + 1);
    get_now(path, &second);
    assert_string_equal(json_member_text(item(&second, "dead_letters", 0), "id").data, ids[0]);
    reply_release(&first);
    reply_release(&second);
}

static void what_is_wrong_is_clustered_with_the_way_to_replay_it(void **state)
{
    (void)state;
    struct reply reply;
    char id[LEAD_ID_TEXT_SIZE];
    refuse_record("cluster@x.example", "\"cluster\"", id);
    get_now("/v1/dead-letters/clusters?source=partner", &reply);
    struct json_object *cluster = item(&reply, "clusters", 0);
    assert_true(json_member_int(cluster, "count", 0) >= 1);
    assert_string_equal(json_member_text(cluster, "violation").data,
                        "/properties/employees/type at /employees");
    struct json_object *filter = json_object_object_get(cluster, "replay");
    assert_string_equal(json_member_text(filter, "source").data, "partner");
    assert_int_equal(json_member_int(filter, "contract", 0), 1);
    assert_string_equal(json_member_text(filter, "violation").data,
                        json_member_text(cluster, "violation").data);
    reply_release(&reply);
}

static void an_export_has_every_line_whole(void **state)
{
    (void)state;
    struct reply reply, list;
    char id[LEAD_ID_TEXT_SIZE];
    for (int i = 0; i < 150; i++)
        refuse_record("export@x.example", "\"a long text that is exported\"", id);
    get_now("/v1/dead-letters?limit=1000&state=open", &list);
    request_get(&fixture, "/v1/dead-letters/export?state=open", &reply);
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply_header(&reply, "Content-Type"), "application/x-ndjson");
    size_t lines = 0;
    struct bytes rest = buffer_bytes(&reply.body);
    while (rest.size > 0) {
        size_t size = (size_t)((const char *)memchr(rest.data, '\n', rest.size) - rest.data);
        JSON_AUTO *letter = NULL;
        assert_int_equal(json_parse((struct bytes){rest.data, size}, &letter, NULL), 0);
        assert_true(bytes_equal(json_member_text(letter, "id"),
                                json_member_text(item(&list, "dead_letters", lines), "id")));
        assert_true(json_member_text(letter, "payload").size > 0);
        lines++;
        rest = (struct bytes){rest.data + size + 1, rest.size - size - 1};
    }
    assert_int_equal(lines, length(&list, "dead_letters"));
    reply_release(&reply);
    reply_release(&list);
}

/* ---- replaying */

static void a_replay_under_a_mended_contract_is_a_lead_with_its_time(void **state)
{
    (void)state;
    struct reply reply, letter, lead;
    char id[LEAD_ID_TEXT_SIZE], path[64];
    refuse_record("mended@x.example", "\"many\"", id);
    replay_one(id, "", &reply);
    assert_int_equal(reply_number(&reply, "refused"), 1);
    struct json_object *result = item(&reply, "results", 0);
    assert_string_equal(json_member_text(result, "outcome").data, "refused");
    assert_non_null(json_object_object_get(result, "problem"));
    reply_release(&reply);
    assert_state(id, "open");

    switch_versions("{\"action\":\"promote\",\"version\":2}");
    replay_one(id, "", &reply);
    switch_versions("{\"action\":\"roll_back\"}");
    assert_int_equal(reply_number(&reply, "leads"), 1);
    result = item(&reply, "results", 0);
    assert_string_equal(json_member_text(result, "outcome").data, "lead");
    assert_string_equal(json_member_text(result, "owner").data, "ana");
    snprintf(path, sizeof path, "/v1/leads/%s", json_member_text(result, "lead").data);
    get_letter(id, &letter);
    get_now(path, &lead);
    assert_string_equal(reply_text(&letter, "state"), "replayed");
    assert_string_equal(reply_text(&letter, "lead"), path + strlen("/v1/leads/"));
    assert_int_equal(reply_number(&letter, "attempts"), 2);
    assert_string_equal(reply_text(&lead, "captured_at"), reply_text(&letter, "captured_at"));
    assert_string_equal(reply_text(&lead, "dead_letter"), id);
    assert_int_equal(reply_number(&lead, "contract"), 2);
    reply_release(&reply);
    reply_release(&letter);
    reply_release(&lead);

    replay_one(id, ",\"read_as\":2", &reply);
    assert_int_equal(reply_number(&reply, "gone"), 1);
    reply_release(&reply);
    assert_balanced();
}

static void one_record_may_be_read_by_another_version(void **state)
{
    (void)state;
    struct reply reply;
    char id[LEAD_ID_TEXT_SIZE];
    refuse_record("read-as@x.example", "\"many\"", id);
    replay_one(id, ",\"read_as\":2,\"dry_run\":true", &reply);
    assert_int_equal(reply_number(&reply, "leads"), 1);
    assert_true(json_object_get_boolean(json_object_object_get(reply.json, "dry_run")));
    reply_release(&reply);
    assert_state(id, "open");
    replay_one(id, ",\"read_as\":7", &reply);
    assert_int_equal(reply_number(&reply, "failed"), 1);
    assert_non_null(strstr(json_member_text(item(&reply, "results", 0), "message").data,
                           "no contract version 7"));
    reply_release(&reply);
    replay_one(id, ",\"read_as\":2", &reply);
    assert_int_equal(reply_number(&reply, "leads"), 1);
    reply_release(&reply);
    assert_state(id, "replayed");
}

static void a_known_person_makes_a_replay_a_touchpoint(void **state)
{
    (void)state;
    struct reply reply;
    char id[LEAD_ID_TEXT_SIZE];
    send_record("known@x.example", "5", &reply);
    assert_int_equal(reply.status, 201);
    reply_release(&reply);
    refuse_record("known@x.example", "\"many\"", id);
    replay_one(id, ",\"read_as\":2", &reply);
    assert_int_equal(reply_number(&reply, "touchpoints"), 1);
    reply_release(&reply);
    assert_state(id, "merged");
    assert_balanced();
}

static void what_is_no_lead_now_is_over(void **state)
{
    (void)state;
    struct reply reply, letter;
    char id[LEAD_ID_TEXT_SIZE];
    refuse_record("test@x.example", "\"many\"", id);
    replay_one(id, ",\"read_as\":2", &reply);
    assert_int_equal(reply_number(&reply, "skipped"), 1);
    get_letter(id, &letter);
    assert_string_equal(reply_text(&letter, "state"), "discarded");
    assert_string_equal(reply_text(&letter, "reason"), "skipped: a test");
    reply_release(&reply);
    reply_release(&letter);
    assert_balanced();
}

static void a_filter_is_replayed_page_by_page(void **state)
{
    (void)state;
    struct reply reply;
    char id[LEAD_ID_TEXT_SIZE], json[256], email[64];
    int64_t leads = 0;
    for (int i = 0; i < 5; i++) {
        request_json(&fixture, "POST", "/v1/sources/web/leads", "{\"email\":17}", &reply);
        assert_int_equal(reply.status, 422);
        reply_release(&reply);
    }
    for (int i = 0; i < 5; i++) {
        snprintf(email, sizeof email, "filter%d@x.example", i);
        refuse_record(email, i == 2 ? "\"none\"" : "\"many\"", id);
    }
    snprintf(json, sizeof json, "{\"source\":\"partner\",\"read_as\":2,\"limit\":100}");
    for (bool more = true; more;) {
        replay(json, &reply);
        leads += reply_number(&reply, "leads");
        more = json_object_get_boolean(json_object_object_get(reply.json, "more"));
        if (more)
            snprintf(json, sizeof json,
                     "{\"source\":\"partner\",\"read_as\":2,\"limit\":100,\"after\":\"%s\"}",
                     reply_text(&reply, "next"));
        reply_release(&reply);
    }
    assert_true(leads >= 4);
    get_now("/v1/dead-letters?source=partner&state=open", &reply);
    assert_int_equal(length(&reply, "dead_letters"), 1);
    reply_release(&reply);
    get_now("/v1/dead-letters?source=web&state=open&contract=0", &reply);
    assert_int_equal(length(&reply, "dead_letters"), 5);
    reply_release(&reply);
    assert_balanced();
}

/* Names in a record are its sender's, and stand in what is said of them. */
static void many_long_mistakes_are_told_in_short(void **state)
{
    (void)state;
    enum { RECORDS = 30, NAMES = 12, NAME_SIZE = 15000, ANSWER_MAX = 8 * 1024 * 1024 };
    struct buffer body;
    struct reply reply;
    buffer_init(&body, 2 * (size_t)NAMES * NAME_SIZE);
    for (int i = 0; i < NAMES; i++)
        buffer_printf(&body, "%s\"%0*d\":\"no number\"", i == 0 ? "{" : ",", NAME_SIZE, i);
    buffer_printf(&body, "}");
    for (size_t i = 0; i < RECORDS; i++) {
        request_json(&fixture, "POST", "/v1/sources/survey/leads", buffer_string(&body), &reply);
        assert_int_equal(reply.status, 422);
        reply_release(&reply);
    }
    buffer_release(&body);
    replay("{\"source\":\"survey\"}", &reply);
    assert_int_equal(reply_number(&reply, "refused"), RECORDS);
    assert_true(reply.body.size < ANSWER_MAX);
    struct json_object *results = json_object_object_get(reply.json, "results");
    assert_int_equal(json_object_array_length(results), RECORDS);
    struct json_object *first = json_object_array_get_idx(results, 0);
    struct json_object *last = json_object_array_get_idx(results, RECORDS - 1);
    assert_non_null(json_object_object_get(first, "problem"));
    assert_null(json_object_object_get(last, "problem"));
    assert_string_equal(json_member_text(last, "outcome").data, "refused");
    assert_true(json_member_text(last, "message").size > 0);
    reply_release(&reply);
}

static void bytes_that_are_no_text_are_kept_as_they_came(void **state)
{
    (void)state;
    struct reply reply, letter;
    char id[LEAD_ID_TEXT_SIZE];
    request_send(&fixture, "POST", "/v1/sources/partner/leads",
                 "Content-Type: application/json\r\n", (struct bytes){"{\"email\":\"\xff\xfe", 12},
                 &reply);
    assert_int_equal(reply.status, 400);
    snprintf(id, sizeof id, "%s", reply_text(&reply, "dead_letter"));
    get_letter(id, &letter);
    assert_string_equal(reply_text(&letter, "payload_base64"), "eyJlbWFpbCI6Iv/+");
    reply_release(&letter);
    reply_release(&reply);
    replay_one(id, "", &reply);
    assert_int_equal(reply_number(&reply, "refused"), 1);
    reply_release(&reply);
}

/* Whatever it came as: a form, an event, a row. Version 1 wants a number and gets a text. */
static void every_format_is_read_again_as_it_came(void **state)
{
    (void)state;
    const struct {
        const char *headers, *body;
        int records;
    } posts[] = {
        {"Content-Type: application/x-www-form-urlencoded\r\n",
         "email=form%40x.example&employees=many", 1},
        {"Content-Type: multipart/form-data; boundary=b\r\n",
         "--b\r\nContent-Disposition: form-data; name=\"email\"\r\n\r\nparts@x.example\r\n"
         "--b\r\nContent-Disposition: form-data; name=\"employees\"\r\n\r\nmany\r\n--b--\r\n",
         1},
        {"Content-Type: application/json\r\nce-specversion: 1.0\r\nce-id: 1\r\n"
         "ce-source: /binary\r\nce-type: lead\r\n",
         "{\"email\":\"binary@x.example\",\"employees\":\"many\"}", 1},
        {"Content-Type: application/cloudevents+json\r\n",
         "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/structured\",\"type\":\"lead\","
         "\"data\":{\"email\":\"structured@x.example\",\"employees\":\"many\"}}",
         1},
        {"Content-Type: application/cloudevents-batch+json\r\n",
         "[{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/batch\",\"type\":\"lead\","
         "\"data\":{\"email\":\"one@x.example\",\"employees\":\"many\"}},"
         "{\"specversion\":\"1.0\",\"id\":\"2\",\"source\":\"/batch\",\"type\":\"lead\","
         "\"data\":{\"email\":\"two@x.example\",\"employees\":\"many\"}}]",
         2},
        {"Content-Type: application/x-ndjson\r\n",
         "{\"email\":\"line@x.example\",\"employees\":\"many\"}\n", 1},
        {"Content-Type: text/csv\r\n", "email,employees\r\ncsv@x.example,many\r\n", 1},
    };
    struct reply reply;
    int records = 0;
    replay("{\"all\":true,\"read_as\":2}", &reply);
    reply_release(&reply);
    for (size_t i = 0; i < sizeof posts / sizeof *posts; i++) {
        request_send(&fixture, "POST", "/v1/sources/partner/leads", posts[i].headers,
                     bytes_of(posts[i].body), &reply);
        if (strstr(buffer_string(&reply.body), "\"dead_letter\":\"D") == NULL)
            fail_msg("%s was taken: %s", posts[i].body, buffer_string(&reply.body));
        records += posts[i].records;
        reply_release(&reply);
    }
    replay("{\"source\":\"partner\",\"contract\":1,\"read_as\":2}", &reply);
    if (reply_number(&reply, "leads") != records)
        fail_msg("of %d: %s", records, buffer_string(&reply.body));
    reply_release(&reply);
    assert_balanced();
}

static void wrong_replays_are_refused(void **state)
{
    (void)state;
    const struct {
        const char *body;
        const char *says;
    } cases[] = {
        {"{}", "which dead letters"},
        {"{\"all\":false}", "which dead letters"},
        {"{\"all\":true,\"source\":\"partner\"}", "one of the three"},
        {"{\"ids\":[\"D1\",\"L2\"]}", "/ids/1"},
        {"{\"ids\":\"D1\"}", "must be a list"},
        {"{\"source\":\"partner\",\"after\":\"12\"}", "/after"},
        {"{\"source\":\"partner\",\"limit\":5000}", "from 1 to 1000"},
        {"{\"sourc\":\"partner\"}", "did you mean `source`?"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct reply reply;
        request_json(&fixture, "POST", "/v1/dead-letters/replay", cases[i].body, &reply);
        assert_problem(&reply, 422, "invalid-body");
        if (strstr(buffer_string(&reply.body), cases[i].says) == NULL)
            fail_msg("\"%s\" is not in: %s", cases[i].says, buffer_string(&reply.body));
        reply_release(&reply);
    }
}

/* ---- giving up */

static void a_dead_letter_is_given_up_with_a_reason(void **state)
{
    (void)state;
    struct reply reply;
    char id[LEAD_ID_TEXT_SIZE], path[96];
    refuse_record("discard@x.example", "\"many\"", id);
    snprintf(path, sizeof path, "/v1/dead-letters/%s/discard", id);
    request_json(&fixture, "POST", path, "{}", &reply);
    assert_problem(&reply, 422, "invalid-body");
    reply_release(&reply);
    request_json(&fixture, "POST", path, "{\"reason\":\"a test of the partner\"}", &reply);
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply_text(&reply, "state"), "discarded");
    reply_release(&reply);
    request_json(&fixture, "POST", path, "{\"reason\":\"again\"}", &reply);
    assert_problem(&reply, 404, "not-found");
    reply_release(&reply);
    get_letter(id, &reply);
    assert_string_equal(reply_text(&reply, "reason"), "a test of the partner");
    assert_null(json_object_object_get(reply.json, "payload"));
    reply_release(&reply);
    assert_balanced();
}

static void wrong_questions_are_refused(void **state)
{
    (void)state;
    const struct {
        const char *path;
        int status;
        const char *type;
    } cases[] = {
        {"/v1/dead-letters?state=opn", 400, "invalid-parameter"},
        {"/v1/dead-letters?before=12", 400, "invalid-parameter"},
        {"/v1/dead-letters?contract=x", 400, "invalid-parameter"},
        {"/v1/dead-letters/export?state=all", 400, "invalid-parameter"},
        {"/v1/dead-letters/clusters?state=open", 400, "invalid-parameter"},
        {"/v1/dead-letters/D999999", 404, "not-found"},
        {"/v1/dead-letters/L1", 404, "not-found"},
        {"/v1/sources/partnr", 404, "unknown-source"},
        {"/v1/deliveries?limit=0", 400, "invalid-parameter"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct reply reply;
        request_get(&fixture, cases[i].path, &reply);
        assert_problem(&reply, cases[i].status, cases[i].type);
        reply_release(&reply);
    }
}

/* ---- sources */

static struct json_object *version_of(const struct reply *reply, int64_t version)
{
    for (size_t i = 0; i < length(reply, "versions"); i++)
        if (json_member_int(item(reply, "versions", i), "version", 0) == version)
            return item(reply, "versions", i);
    fail_msg("version %" PRId64 " is not shown", version);
    return NULL;
}

static void a_source_shows_its_versions_and_how_they_do(void **state)
{
    (void)state;
    struct reply before, after, list;
    char id[LEAD_ID_TEXT_SIZE];
    switch_versions("{\"action\":\"shadow\",\"version\":2}");
    get_now("/v1/sources/partner", &before);
    refuse_record("shadow@x.example", "\"many\"", id);
    get_now("/v1/sources/partner", &after);
    switch_versions("{\"action\":\"stop\",\"note\":\"seen enough\"}");
    assert_string_equal(reply_text(&after, "title"), "Partner portal");
    assert_string_equal(reply_text(&after, "owner"), "ops");
    assert_string_equal(reply_text(&after, "mode"), "shadow");
    assert_int_equal(reply_number(&after, "active"), 1);
    assert_int_equal(reply_number(&after, "candidate"), 2);
    assert_int_equal(json_member_int(version_of(&after, 1), "refused", 0),
                     json_member_int(version_of(&before, 1), "refused", 0) + 1);
    struct json_object *was = json_object_object_get(version_of(&before, 2), "shadow");
    struct json_object *is = json_object_object_get(version_of(&after, 2), "shadow");
    assert_int_equal(json_member_int(is, "accepted", 0), json_member_int(was, "accepted", 0) + 1);
    reply_release(&before);
    reply_release(&after);
    get_now("/v1/sources", &list);
    assert_int_equal(length(&list, "sources"), 4); /* one is of the mesh before */
    reply_release(&list);
}

static void versions_are_switched_and_switched_back(void **state)
{
    (void)state;
    struct reply reply;
    const char *path = "/v1/sources/partner/rollout";
    request_json(&fixture, "POST", path, "{\"action\":\"canary\",\"version\":2,\"percent\":12.5}",
                 &reply);
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply_text(&reply, "mode"), "canary");
    assert_int_equal(reply_number(&reply, "candidate"), 2);
    struct json_object *percent = json_object_object_get(reply.json, "percent");
    assert_true(json_object_get_double(percent) == 12.5);
    reply_release(&reply);
    request_json(&fixture, "POST", path, "{\"action\":\"promote\"}", &reply);
    assert_int_equal(reply_number(&reply, "active"), 2);
    assert_int_equal(reply_number(&reply, "previous"), 1);
    reply_release(&reply);
    request_json(&fixture, "POST", path, "{\"action\":\"roll_back\"}", &reply);
    assert_int_equal(reply_number(&reply, "active"), 1);
    reply_release(&reply);
    request_json(&fixture, "POST", path, "{\"action\":\"stop\"}", &reply);
    assert_int_equal(reply.status, 200);
    assert_true(json_object_get_boolean(json_object_object_get(reply.json, "unchanged")));
    reply_release(&reply);
}

static void wrong_switches_are_refused(void **state)
{
    (void)state;
    const struct {
        const char *path, *body;
        int status;
        const char *type;
    } cases[] = {
        {"partner", "{}", 422, "invalid-body"},
        {"partner", "{\"action\":\"canry\"}", 422, "invalid-body"},
        {"partner", "{\"action\":\"shadow\"}", 422, "invalid-body"},
        {"partner", "{\"action\":\"canary\",\"version\":2}", 422, "invalid-body"},
        {"partner", "{\"action\":\"canary\",\"version\":2,\"percent\":0}", 422, "invalid-body"},
        {"partner", "{\"action\":\"shadow\",\"version\":2,\"percent\":5}", 422, "invalid-body"},
        {"partner", "{\"action\":\"stop\",\"version\":2}", 422, "invalid-body"},
        {"partner", "{\"action\":\"shadow\",\"version\":7}", 422, "invalid-body"},
        {"partner", "{\"action\":\"promote\"}", 409, "wrong-state"},
        {"partnr", "{\"action\":\"promote\"}", 404, "unknown-source"},
        {"web", "{\"action\":\"shadow\",\"version\":1}", 422, "invalid-body"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct reply reply;
        char path[96];
        snprintf(path, sizeof path, "/v1/sources/%s/rollout", cases[i].path);
        request_json(&fixture, "POST", path, cases[i].body, &reply);
        assert_problem(&reply, cases[i].status, cases[i].type);
        reply_release(&reply);
    }
}

static void a_partner_is_to_be_told(void **state)
{
    (void)state;
    struct reply reply;
    char id[LEAD_ID_TEXT_SIZE];
    refuse_record("told@x.example", "\"many\"", id);
    get_now("/v1/deliveries?purpose=notice", &reply);
    assert_true(length(&reply, "deliveries") >= 1);
    struct json_object *delivery = item(&reply, "deliveries", 0);
    assert_string_equal(json_member_text(delivery, "target").data, "https://partner.example/hook");
    assert_string_equal(json_member_text(delivery, "subject").data, "partner");
    assert_string_equal(json_member_text(delivery, "event").data, "notice.due");
    /* The mesh says of no channel by which partners are told. */
    assert_string_equal(json_member_text(delivery, "state").data, "unrouted");
    char path[64];
    snprintf(path, sizeof path, "/v1/deliveries/%s/retry", json_member_text(delivery, "id").data);
    reply_release(&reply);
    request_json(&fixture, "POST", path, "{\"reason\":\"tell them\"}", &reply);
    assert_problem(&reply, 409, "wrong-state");
    reply_release(&reply);
}

static void writing_needs_the_role_operate(void **state)
{
    (void)state;
    char token[TOKEN_TEXT_SIZE], id[TOKEN_ID_SIZE], headers[256];
    const struct {
        const char *path, *body;
    } calls[] = {
        {"/v1/dead-letters/replay", "{\"all\":true}"},
        {"/v1/dead-letters/D1/discard", "{\"reason\":\"x\"}"},
        {"/v1/sources/partner/rollout", "{\"action\":\"stop\"}"},
    };
    fixture_token(&fixture, ROLE_READ, NULL, token, id);
    fixture_stop(&fixture);
    fixture_start(&fixture);
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        struct reply reply;
        snprintf(headers, sizeof headers,
                 "Authorization: Bearer %s\r\nContent-Type: application/json\r\n", token);
        request_send(&fixture, "POST", calls[i].path, headers, bytes_of(calls[i].body), &reply);
        assert_problem(&reply, 403, "forbidden");
        reply_release(&reply);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_refused_record_is_kept_whole),
        cmocka_unit_test(dead_letters_are_listed_by_pages_and_filters),
        cmocka_unit_test(what_is_wrong_is_clustered_with_the_way_to_replay_it),
        cmocka_unit_test(an_export_has_every_line_whole),
        cmocka_unit_test(a_replay_under_a_mended_contract_is_a_lead_with_its_time),
        cmocka_unit_test(one_record_may_be_read_by_another_version),
        cmocka_unit_test(a_known_person_makes_a_replay_a_touchpoint),
        cmocka_unit_test(what_is_no_lead_now_is_over),
        cmocka_unit_test(a_filter_is_replayed_page_by_page),
        cmocka_unit_test(many_long_mistakes_are_told_in_short),
        cmocka_unit_test(bytes_that_are_no_text_are_kept_as_they_came),
        cmocka_unit_test(every_format_is_read_again_as_it_came),
        cmocka_unit_test(wrong_replays_are_refused),
        cmocka_unit_test(a_dead_letter_is_given_up_with_a_reason),
        cmocka_unit_test(wrong_questions_are_refused),
        cmocka_unit_test(a_source_shows_its_versions_and_how_they_do),
        cmocka_unit_test(versions_are_switched_and_switched_back),
        cmocka_unit_test(wrong_switches_are_refused),
        cmocka_unit_test(a_partner_is_to_be_told),
        cmocka_unit_test(writing_needs_the_role_operate),
    };
    return cmocka_run_group_tests(tests, open_server, close_server);
}
