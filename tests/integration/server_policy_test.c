/* The routing policy as the API shows it: explanations of leads that are there and that might be,
 * exceptions and nurture, duty and limits, fairness, the routing contract. */
#include "rich_mesh.h"
#include "schema_check.h"
#include "server_fixture.h"

#include "base/id.h"
#include "server/internal.h"

#include <inttypes.h>
#include <math.h>

static struct fixture fixture;

static int open_server(void **state)
{
    (void)state;
    size_t count;
    const struct policy_file *files = rich_mesh_files(&count);
    fixture_serve(&fixture, files, count);
    return 0;
}

static int close_server(void **state)
{
    (void)state;
    fixture_close(&fixture);
    return 0;
}

/* ---- asking */

static uint64_t submit(const char *json)
{
    struct reply reply;
    uint64_t number = 0;
    request_json(&fixture, "POST", "/v1/sources/web/leads", json, &reply);
    assert_int_equal(reply.status, 201);
    assert_true(lead_id_parse(bytes_of(reply_text(&reply, "lead")), &number));
    reply_release(&reply);
    return number;
}

static void explain(uint64_t number, const char *query, struct reply *reply)
{
    char path[96];
    snprintf(path, sizeof path, "/v1/leads/L%" PRIu64 "/explanation%s", number, query);
    request_get_now(&fixture, path, reply);
    assert_int_equal(reply->status, 200);
}

static void suppose(const char *json, struct reply *reply)
{
    request_json(&fixture, "POST", "/v1/explanations", json, reply);
}

static void set_available(const char *rep, bool available)
{
    char path[64];
    struct reply reply;
    snprintf(path, sizeof path, "/v1/reps/%s", rep);
    request_json(&fixture, "PATCH", path,
                 available ? "{\"available\":true}" : "{\"available\":false}", &reply);
    assert_int_equal(reply.status, 200);
    reply_release(&reply);
}

static struct json_object *item(struct json_object *object, const char *list, size_t index)
{
    struct json_object *items = json_object_object_get(object, list);
    if (!json_object_is_type(items, json_type_array) || json_object_array_length(items) <= index)
        fail_msg("no %s[%zu] in %s", list, index, json_object_to_json_string(object));
    return json_object_array_get_idx(items, index);
}

static void assert_text(struct json_object *object, const char *member, const char *expected)
{
    if (!bytes_is(json_member_text(object, member), expected))
        fail_msg("%s is not \"%s\" in %s", member, expected, json_object_to_json_string(object));
}

static struct json_object *find(struct json_object *object, const char *list, const char *member,
                                const char *value)
{
    struct json_object *items = json_object_object_get(object, list);
    for (size_t i = 0; items != NULL && i < json_object_array_length(items); i++)
        if (bytes_is(json_member_text(json_object_array_get_idx(items, i), member), value))
            return json_object_array_get_idx(items, i);
    fail_msg("no %s \"%s\" among %s in %s", member, value, list,
             json_object_to_json_string(object));
    return NULL;
}

/* ---- places */

static void an_exception_has_a_kind_and_a_team(void **state)
{
    (void)state;
    struct reply reply;
    uint64_t number = submit("{\"email\":\"penguin@pole.example\",\"country\":\"AQ\"}");
    request_get_now(&fixture, "/v1/leads?place=exception", &reply);
    struct json_object *lead = item(reply.json, "leads", 0);
    assert_text(lead, "place", "exception");
    assert_text(lead, "kind", "account_review");
    assert_text(lead, "team", "desk");
    reply_release(&reply);
    explain(number, "", &reply);
    assert_text(item(reply.json, "decisions", 0), "event", "lead.excepted");
    assert_text(item(reply.json, "decisions", 0), "team", "desk");
    assert_text(item(reply.json, "routes", 0), "exception", "account_review");
    reply_release(&reply);
}

static void nurture_says_until_when(void **state)
{
    (void)state;
    struct reply reply;
    submit("{\"email\":\"rabbit@moon.example\",\"country\":\"MOON\"}");
    request_get_now(&fixture, "/v1/leads?place=nurture", &reply);
    struct json_object *lead = item(reply.json, "leads", 0);
    assert_text(lead, "kind", "newsletter");
    assert_true(json_member_time_us(lead, "due_at") >=
                json_member_time_us(lead, "captured_at") + INT64_C(3600) * 1000000);
    reply_release(&reply);
    request_get_now(&fixture, "/v1/reconciliation", &reply);
    assert_true(json_object_get_boolean(json_object_object_get(reply.json, "balanced")));
    assert_true(reply_number(&reply, "nurture") >= 1);
    assert_true(reply_number(&reply, "in_exception") >= 1);
    reply_release(&reply);
}

static void reps_show_duty_and_limits(void **state)
{
    (void)state;
    struct reply reply;
    request_get_now(&fixture, "/v1/reps/dia", &reply);
    assert_string_equal(reply_text(&reply, "duty"), "holiday");
    reply_release(&reply);
    request_get_now(&fixture, "/v1/reps/ben", &reply);
    assert_string_equal(reply_text(&reply, "duty"), "on_duty");
    assert_int_equal(reply_number(&reply, "per_hour"), 50);
    assert_int_equal(reply_number(&reply, "per_day"), 60);
    assert_true(reply_number(&reply, "today") >= reply_number(&reply, "this_hour"));
    reply_release(&reply);
    request_get_now(&fixture, "/v1/pools", &reply);
    struct json_object *rest = find(reply.json, "pools", "id", "rest");
    assert_int_equal(json_member_int(rest, "members", 0), 4);
    assert_int_equal(json_member_int(rest, "on_duty", 0), 3);
    assert_text(find(reply.json, "pools", "id", "dach"), "overflow", "rest");
    reply_release(&reply);
}

/* ---- explanations */

static void classes_are_tried_like_routes(void **state)
{
    (void)state;
    struct reply reply;
    uint64_t number =
        submit("{\"email\":\"small@x.example\",\"country\":\"DE\",\"employees\":120}");
    explain(number, "", &reply);
    struct json_object *first = item(reply.json, "classes", 0);
    assert_text(first, "class", "hot");
    assert_text(first, "outcome", "false");
    assert_text(item(reply.json, "classes", 1), "outcome", "matched");
    assert_int_equal(json_member_int(json_object_object_get(reply.json, "score"), "value", 0), 12);
    assert_text(find(reply.json, "routes", "route", "dach"), "pool", "dach");
    assert_text(find(reply.json, "routes", "route", "half"), "group", "experiments");
    assert_text(item(reply.json, "decisions", 0), "strategy", "round_robin");
    struct json_object *others = json_object_object_get(item(reply.json, "decisions", 0), "others");
    assert_int_equal(json_member_int(others, "count", 0), 1);
    assert_text(others, "why", "not next in turn");
    reply_release(&reply);
}

static void an_account_is_named(void **state)
{
    (void)state;
    struct reply reply;
    uint64_t number = submit("{\"email\":\"wile@acme.example\",\"country\":\"DE\"}");
    explain(number, "", &reply);
    struct json_object *account = json_object_object_get(reply.json, "account");
    assert_text(account, "match", "domain");
    assert_text(account, "key", "acme.example");
    assert_text(find(reply.json, "routes", "route", "known"), "rep", "cem");
    assert_text(json_object_object_get(reply.json, "now"), "owner", "cem");
    reply_release(&reply);
}

static void all_candidates_are_listed_as_they_stood(void **state)
{
    (void)state;
    struct reply reply;
    set_available("ana", false);
    set_available("ben", false);
    uint64_t number = submit("{\"email\":\"over@x.example\",\"country\":\"DE\"}");
    set_available("ana", true);
    set_available("ben", true);
    explain(number, "?candidates=all", &reply);
    struct json_object *decision = item(reply.json, "decisions", 0);
    assert_text(decision, "through", "rest");
    assert_text(decision, "rep", "cem");
    assert_int_equal(json_object_array_length(json_object_object_get(decision, "members")), 6);
    assert_text(item(decision, "members", 0), "pool", "dach");
    assert_text(item(decision, "members", 0), "why", "set away by hand"); /* as it was then */
    assert_text(item(decision, "members", 5), "rep", "dia");
    assert_text(item(decision, "members", 5), "why", "on a holiday");
    struct json_object *cem = find(decision, "members", "rep", "cem");
    assert_true(json_object_get_boolean(json_object_object_get(cem, "chosen")));
    assert_non_null(strstr(json_member_text(cem, "why").data, "least loaded: "));
    reply_release(&reply);
}

static void only_all_candidates_can_be_asked_for(void **state)
{
    (void)state;
    struct reply reply;
    request_get(&fixture, "/v1/leads/L1/explanation?candidates=some", &reply);
    assert_problem(&reply, 400, "invalid-parameter");
    reply_release(&reply);
    request_json(&fixture, "POST", "/v1/explanations?candidates=none",
                 "{\"lead\":{\"email\":\"a@x.example\"}}", &reply);
    assert_problem(&reply, 400, "invalid-parameter");
    reply_release(&reply);
}

/* ---- leads that might come */

static void a_lead_that_might_come_changes_nothing(void **state)
{
    (void)state;
    struct reply reply;
    char foreseen[64];
    uint64_t before = engine_durable_seq(fixture.engine);
    for (int i = 0; i < 3; i++) { /* the same answer however often */
        suppose("{\"source\":\"web\",\"lead\":{\"email\":\"maybe@x.example\",\"country\":\"AT\"}}",
                &reply);
        assert_int_equal(reply.status, 200);
        struct json_object *decision = item(reply.json, "decisions", 0);
        assert_text(decision, "event", "lead.assigned");
        assert_null(json_object_object_get(decision, "seq"));
        assert_null(json_object_object_get(reply.json, "lead"));
        assert_true(json_object_get_boolean(json_object_object_get(reply.json, "hypothetical")));
        snprintf(foreseen, sizeof foreseen, "%.*s", BYTES_ARG(json_member_text(decision, "rep")));
        reply_release(&reply);
    }
    assert_int_equal(engine_durable_seq(fixture.engine), before);
    request_json(&fixture, "POST", "/v1/sources/web/leads",
                 "{\"email\":\"maybe@x.example\",\"country\":\"AT\"}", &reply);
    assert_string_equal(reply_text(&reply, "owner"), foreseen);
    reply_release(&reply);
}

static void the_candidates_of_one_that_might_come_are_listed_too(void **state)
{
    (void)state;
    struct reply reply;
    request_json(&fixture, "POST", "/v1/explanations?candidates=all",
                 "{\"source\":\"web\",\"lead\":{\"email\":\"night@x.example\",\"country\":\"XX\"}}",
                 &reply);
    assert_int_equal(reply.status, 200);
    struct json_object *decision = item(reply.json, "decisions", 0);
    assert_true(json_object_get_boolean(json_object_object_get(decision, "on_call")));
    assert_text(find(decision, "members", "rep", "dia"), "why", "on a holiday");
    assert_text(find(decision, "members", "rep", "cem"), "why",
                "on call, the first who could be asked");
    reply_release(&reply);
}

static void a_known_person_would_be_a_touchpoint(void **state)
{
    (void)state;
    struct reply reply;
    char id[LEAD_ID_TEXT_SIZE];
    lead_id_print(submit("{\"email\":\"twice@x.example\"}"), id);
    suppose("{\"source\":\"web\",\"lead\":{\"email\":\"Twice@x.example\"}}", &reply);
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply_text(&reply, "known_lead"), id);
    assert_int_equal(json_object_array_length(json_object_object_get(reply.json, "decisions")), 0);
    reply_release(&reply);
}

static void one_that_might_come_is_read_by_its_contract(void **state)
{
    (void)state;
    struct reply reply;
    suppose("{\"source\":\"partner\",\"lead\":{\"mail\":\"coyote@acme.example\"}}", &reply);
    assert_int_equal(reply.status, 200);
    assert_text(item(reply.json, "decisions", 0), "rep", "cem"); /* the owner of that account */
    reply_release(&reply);
    suppose("{\"source\":\"partner\",\"lead\":{\"mail\":\"no address\"}}", &reply);
    assert_problem(&reply, 422, "invalid-lead");
    assert_string_equal(reply_text(&reply, "detail"), "the record has 1 mistake");
    find(reply.json, "errors", "pointer", "/lead/mail");
    reply_release(&reply);
    suppose("{\"lead\":{\"mail\":\"coyote@acme.example\"}}", &reply);
    assert_problem(&reply, 422, "invalid-body"); /* which source? */
    reply_release(&reply);
}

static void mistakes_in_one_that_might_come_are_named(void **state)
{
    (void)state;
    struct reply reply;
    suppose("{\"source\":\"web\",\"lead\":{\"email\":7,\"contry\":\"DE\"}}", &reply);
    assert_problem(&reply, 422, "invalid-lead");
    struct json_object *wrong = find(reply.json, "errors", "pointer", "/lead/contry");
    assert_non_null(strstr(json_member_text(wrong, "message").data, "country"));
    find(reply.json, "errors", "pointer", "/lead/email");
    reply_release(&reply);
    suppose("{\"source\":\"wob\",\"lead\":{}}", &reply);
    assert_problem(&reply, 404, "unknown-source");
    reply_release(&reply);
    const char *bodies[] = {"[]", "{}", "{\"lead\":3}", "7"};
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        suppose(bodies[i], &reply);
        assert_problem(&reply, 422, "invalid-body");
        reply_release(&reply);
    }
    suppose("{", &reply);
    assert_problem(&reply, 400, "malformed-json");
    reply_release(&reply);
}

/* ---- fairness */

static void fairness_adds_up(void **state)
{
    (void)state;
    struct reply reply;
    size_t rows = 0;
    request_get_now(&fixture, "/v1/fairness", &reply);
    assert_int_equal(reply.status, 200);
    struct json_object *pools = json_object_object_get(reply.json, "pools");
    for (size_t p = 0; p < json_object_array_length(pools); p++) {
        struct json_object *pool = json_object_array_get_idx(pools, p);
        struct json_object *members = json_object_object_get(pool, "members");
        int64_t had = 0;
        for (size_t m = 0; m < json_object_array_length(members); m++, rows++) {
            struct json_object *member = json_object_array_get_idx(members, m);
            double sum = 0;
            static const char *const terms[] = {"fair", "missed", "gained", "strategy"};
            for (size_t t = 0; t < 4; t++)
                sum += (t == 1 ? -1 : 1) *
                       json_object_get_double(json_object_object_get(member, terms[t]));
            assert_true(fabs(sum - (double)json_member_int(member, "had", 0)) < 1e-5);
            assert_true(json_member_text(member, "reason").size > 0);
            had += json_member_int(member, "had", 0);
        }
        assert_int_equal(had, json_member_int(pool, "assigned", -1));
    }
    assert_true(rows > 5);
    assert_true(json_member_int(find(reply.json, "pools", "pool", "dach"), "overflowed", 0) >= 1);
    reply_release(&reply);
}

static void fairness_of_one_pool_and_a_window(void **state)
{
    (void)state;
    struct reply reply;
    request_get_now(&fixture, "/v1/fairness?pool=dach&from=2100-01-01T00:00:00Z", &reply);
    assert_int_equal(reply.status, 200);
    assert_int_equal(json_object_array_length(json_object_object_get(reply.json, "pools")), 1);
    assert_int_equal(reply_number(&reply, "assigned"), 0);
    reply_release(&reply);
    request_get_now(&fixture, "/v1/fairness?pool=dahc", &reply);
    assert_problem(&reply, 404, "not-found");
    reply_release(&reply);
    const char *wrong[] = {"/v1/fairness?from=yesterday", "/v1/fairness?poool=dach",
                           "/v1/fairness?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        request_get(&fixture, wrong[i], &reply);
        assert_problem(&reply, 400, "invalid-parameter");
        reply_release(&reply);
    }
}

static void the_whole_journal_is_gone_through_once_at_a_time(void **state)
{
    (void)state;
    struct reply reply;
    const char *paths[] = {"/v1/fairness", "/v1/leads/L3/explanation?candidates=all"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        atomic_store(&fixture.server->retracing, true); /* as if somebody's were under way */
        request_get(&fixture, paths[i], &reply);
        assert_problem(&reply, 503, "busy");
        assert_true(strlen(reply_header(&reply, "Retry-After")) > 0);
        reply_release(&reply);
        atomic_store(&fixture.server->retracing, false);
    }
    request_get(&fixture, "/v1/fairness", &reply);
    assert_int_equal(reply.status, 200);
    reply_release(&reply);
}

/* ---- the routing contract */

static void the_contract_is_what_its_schema_says(void **state)
{
    (void)state;
    struct reply reply;
    request_get_now(&fixture, "/v1/routing-contract", &reply);
    assert_int_equal(reply.status, 200);
    schema_check("routing-contract.schema.json", reply.json);
    assert_string_equal(reply_text(&reply, "version"), fixture.release);
    assert_true(json_member_time_us(reply.json, "activated_at") > 0);
    assert_text(json_object_object_get(reply.json, "owner"), "email", "ops@rich.example");
    struct json_object *dach = find(reply.json, "pools", "id", "dach");
    assert_text(dach, "overflow", "rest");
    assert_text(item(dach, "members", 1), "rep", "ben");
    assert_int_equal(
        json_member_int(find(reply.json, "tables", "name", "territory.dach"), "rows", 0), 3);
    struct json_object *accounts = find(reply.json, "tables", "name", "accounts");
    assert_int_equal(json_member_int(accounts, "rows", 0), 2);
    assert_text(find(accounts, "columns", "name", "seats"), "type", "integer");
    struct json_object *half = find(reply.json, "routes", "name", "half");
    assert_text(half, "group", "experiments");
    assert_int_equal(json_member_int(half, "percent", 0), 50);
    assert_text(json_object_object_get(find(reply.json, "routes", "name", "nobody"), "to"),
                "within", "4h");
    assert_text(find(reply.json, "calendars", "id", "office"), "time_zone", "Europe/Berlin");
    reply_release(&reply);
}

static void the_contract_is_not_sent_twice(void **state)
{
    (void)state;
    struct reply reply;
    char header[256];
    request_get(&fixture, "/v1/routing-contract", &reply);
    snprintf(header, sizeof header, "If-None-Match: \"other\", W/%s\r\n",
             reply_header(&reply, "ETag"));
    reply_release(&reply);
    request_send(&fixture, "GET", "/v1/routing-contract", header, (struct bytes){0}, &reply);
    assert_int_equal(reply.status, 304);
    assert_int_equal(reply.body.size, 0);
    reply_release(&reply);
    request_send(&fixture, "GET", "/v1/routing-contract", "If-None-Match: \"other\"\r\n",
                 (struct bytes){0}, &reply);
    assert_int_equal(reply.status, 200);
    reply_release(&reply);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_exception_has_a_kind_and_a_team),
        cmocka_unit_test(nurture_says_until_when),
        cmocka_unit_test(reps_show_duty_and_limits),
        cmocka_unit_test(classes_are_tried_like_routes),
        cmocka_unit_test(an_account_is_named),
        cmocka_unit_test(all_candidates_are_listed_as_they_stood),
        cmocka_unit_test(only_all_candidates_can_be_asked_for),
        cmocka_unit_test(a_lead_that_might_come_changes_nothing),
        cmocka_unit_test(the_candidates_of_one_that_might_come_are_listed_too),
        cmocka_unit_test(a_known_person_would_be_a_touchpoint),
        cmocka_unit_test(one_that_might_come_is_read_by_its_contract),
        cmocka_unit_test(mistakes_in_one_that_might_come_are_named),
        cmocka_unit_test(fairness_adds_up),
        cmocka_unit_test(fairness_of_one_pool_and_a_window),
        cmocka_unit_test(the_whole_journal_is_gone_through_once_at_a_time),
        cmocka_unit_test(the_contract_is_what_its_schema_says),
        cmocka_unit_test(the_contract_is_not_sent_twice),
    };
    return cmocka_run_group_tests(tests, open_server, close_server);
}
