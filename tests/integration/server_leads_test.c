/* What pages show of leads and of numbers, over HTTP: searches, the leads behind a number, what
 * comes by the minute, what becomes of it, where attributes come from. Each answer is what
 * spec/openapi.yaml says. */
#include "server_fixture.h"

#include "base/id.h"
#include "clock_mesh.h"
#include "schema_check.h"

#include <stdlib.h>

static struct fixture fixture;

static int open_server(void **state)
{
    (void)state;
    size_t count;
    const struct policy_file *files = clock_mesh_files(&count);
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

static void send_lead(const char *json, char ret_id[static LEAD_ID_TEXT_SIZE])
{
    struct reply reply;
    request_json(&fixture, "POST", "/v1/sources/web/leads", json, &reply);
    assert_int_equal(reply.status, 201);
    snprintf(ret_id, LEAD_ID_TEXT_SIZE, "%s", reply_text(&reply, "lead"));
    reply_release(&reply);
}

static void act(const char *lead, const char *call, const char *json)
{
    struct reply reply;
    char path[96];
    snprintf(path, sizeof path, "/v1/leads/%s/%s", lead, call);
    request_json(&fixture, "POST", path, json, &reply);
    assert_int_equal(reply.status, 200);
    reply_release(&reply);
}

/* The answer to `path`, checked against what the document says of `pattern`. */
static void ask(const char *path, const char *pattern, struct reply *reply)
{
    request_get_now(&fixture, path, reply);
    if (reply->status != 200)
        fail_msg("%s: %d %s", path, reply->status, buffer_string(&reply->body));
    schema_check_answer(pattern, reply->json);
}

static void assert_refused(const char *path, const char *says)
{
    struct reply reply;
    request_get(&fixture, path, &reply);
    assert_problem_says(&reply, 400, "invalid-parameter", says);
}

static struct json_object *item(const struct reply *reply, const char *name, size_t at)
{
    struct json_object *array = reply_list(reply, name);
    assert_true(at < json_object_array_length(array));
    return json_object_array_get_idx(array, at);
}

/* The only lead of the list is that one. */
static void assert_only(const char *path, const char *id)
{
    struct reply reply;
    ask(path, "/v1/leads", &reply);
    assert_true(reply_is_true(&reply, "complete"));
    assert_int_equal(json_object_array_length(reply_list(&reply, "leads")), id[0] != '\0');
    if (id[0] != '\0' && !bytes_is(json_member_text(item(&reply, "leads", 0), "id"), id))
        fail_msg("%s is not %s", json_object_to_json_string(item(&reply, "leads", 0)), id);
    reply_release(&reply);
}

/* ---- leads */

static void a_person_is_found_by_what_one_remembers(void **state)
{
    (void)state;
    char zoe[LEAD_ID_TEXT_SIZE], other[LEAD_ID_TEXT_SIZE];
    send_lead("{\"email\":\"zoe.keller@glas.example\",\"phone\":\"+49 30 99 55 441\","
              "\"campaign\":\"Fensterbau\"}",
              zoe);
    send_lead("{\"email\":\"max@holz.example\",\"phone\":\"7788991\",\"campaign\":\"other\"}",
              other);
    assert_only("/v1/leads?q=Zoe.Keller%40glas.example", zoe);
    assert_only("/v1/leads?q=KELLER%40gl", zoe);
    assert_only("/v1/leads?q=fenster+zoe", zoe);
    assert_only("/v1/leads?q=030+9955441", zoe);
    assert_only("/v1/leads?q=zoe+holz", "");
    assert_only("/v1/leads?campaign=Fensterbau", zoe);
    assert_only("/v1/leads?campaign=Fensterbau&q=max", "");
    assert_only("/v1/leads?q=holz&from=2020-01-01&open=true&sort=oldest", other);
    assert_only("/v1/leads?q=holz&to=2020-01-01", "");
    char path[64];
    snprintf(path, sizeof path, "/v1/leads?q=%s", other);
    assert_only(path, other);
}

static void the_oldest_overdue_lead_comes_first_with_its_owner(void **state)
{
    (void)state;
    struct reply reply;
    char first[LEAD_ID_TEXT_SIZE], second[LEAD_ID_TEXT_SIZE], next[LEAD_ID_TEXT_SIZE];
    send_lead("{\"email\":\"l1@late.example\",\"phone\":\"71\",\"form\":\"demo\"}", first);
    send_lead("{\"email\":\"l2@late.example\",\"phone\":\"72\",\"form\":\"demo\"}", second);
    fixture.ahead_us += INT64_C(301) * 1000000;
    /* Whatever is written next makes the engine look at its clock. */
    send_lead("{\"email\":\"l3@late.example\",\"phone\":\"73\",\"form\":\"demo\"}", next);
    static const char overdue[] =
        "/v1/leads?outcome=overdue&objective=contacted&open=true&sort=oldest&limit=1";
    ask(overdue, "/v1/leads", &reply);
    struct json_object *lead = item(&reply, "leads", 0);
    assert_true(bytes_is(json_member_text(lead, "id"), first));
    assert_true(json_member_text(lead, "owner").size > 0);
    struct json_object *promise = json_object_object_get(lead, "next");
    assert_true(bytes_is(json_member_text(promise, "objective"), "contacted"));
    assert_true(bytes_is(json_member_text(promise, "state"), "overdue"));
    const char *link = reply_header(&reply, "Link");
    assert_non_null(strstr(link, "outcome=overdue"));
    assert_non_null(strstr(link, "sort=oldest"));
    reply_release(&reply);
    char path[300];
    snprintf(path, sizeof path, "%s&cursor=%s", overdue, first + 1);
    ask(path, "/v1/leads", &reply);
    assert_true(bytes_is(json_member_text(item(&reply, "leads", 0), "id"), second));
    assert_null(json_object_object_get(reply.json, "next_cursor"));
    reply_release(&reply);
    /* By deadline the overdue ones come first, too. */
    ask("/v1/leads?sort=due&objective=contacted&q=late.example", "/v1/leads", &reply);
    assert_int_equal(json_object_array_length(reply_list(&reply, "leads")), 3);
    assert_true(bytes_is(json_member_text(item(&reply, "leads", 0), "id"), first));
    assert_true(bytes_is(json_member_text(item(&reply, "leads", 2), "id"), next));
    reply_release(&reply);
}

static void questions_about_leads_with_mistakes_are_refused(void **state)
{
    (void)state;
    char path[400] = "/v1/leads?q=";
    memset(path + strlen(path), 'x', 201);
    assert_refused(path, "at most 200 bytes");
    assert_refused("/v1/leads?q=a+b+c+d+e+f+g+h+i", "at most 8 words");
    assert_refused("/v1/leads?outcome=missed", "late_met, overdue");
    assert_refused("/v1/leads?objective=called", "contacted");
    assert_refused("/v1/leads?sort=due_at", "newest, oldest or due");
    assert_refused("/v1/leads?open=yes", "true or false");
    assert_refused("/v1/leads?from=lately", "2026-11-23");
    assert_refused("/v1/leads?turned_from=2026-11-23", "need `objective`");
    assert_refused("/v1/leads?turned_to=2026-11-23&objective=contacted&outcome=running",
                   "need `objective`");
    assert_refused("/v1/leads?cursor=0", "cursor");
}

/* ---- what comes, and what becomes of it */

static void every_minute_of_the_last_hour_is_shown(void **state)
{
    (void)state;
    struct reply reply;
    char id[LEAD_ID_TEXT_SIZE];
    send_lead("{\"email\":\"now@minute.example\",\"phone\":\"81\",\"campaign\":\"minutes\"}", id);
    ask("/v1/activity", "/v1/activity", &reply);
    assert_int_equal(json_object_array_length(reply_list(&reply, "minutes")), 60);
    int64_t accepted = 0;
    for (size_t i = 0; i < 60; i++)
        accepted += json_member_int(item(&reply, "minutes", i), "accepted", -100);
    assert_true(accepted >= 1);
    struct json_object *last = item(&reply, "minutes", 59);
    assert_int_equal(json_member_time_us(last, "minute") + INT64_C(60) * 1000000,
                     json_member_time_us(reply.json, "to"));
    reply_release(&reply);
    ask("/v1/activity?by=campaign&minutes=5", "/v1/activity", &reply);
    bool found = false;
    for (size_t i = 0; i < json_object_array_length(reply_list(&reply, "series")); i++)
        found |= bytes_is(json_member_text(item(&reply, "series", i), "value"), "minutes");
    assert_true(found);
    reply_release(&reply);
    assert_refused("/v1/activity?minutes=361", "360");
    assert_refused("/v1/activity?by=partner", "total, source or campaign");
}

static void a_campaign_shows_what_became_of_its_leads(void **state)
{
    (void)state;
    struct reply reply;
    char id[LEAD_ID_TEXT_SIZE];
    send_lead("{\"email\":\"a1@attribution.example\",\"phone\":\"91\",\"campaign\":\"fair\"}", id);
    act(id, "contacts", "{\"channel\":\"phone\"}");
    act(id, "outcome", "{\"outcome\":\"qualified\"}");
    send_lead("{\"email\":\"a2@attribution.example\",\"phone\":\"92\",\"campaign\":\"fair\"}", id);
    ask("/v1/attribution?by=campaign", "/v1/attribution", &reply);
    for (size_t i = 0;; i++) {
        struct json_object *row = item(&reply, "rows", i);
        if (!bytes_is(json_member_text(row, "value"), "fair"))
            continue;
        assert_int_equal(json_member_int(row, "captured", -1), 2);
        assert_int_equal(json_member_int(row, "contacted", -1), 1);
        assert_int_equal(json_member_int(row, "qualified", -1), 1);
        assert_int_equal(json_member_int(row, "open", -1), 1);
        break;
    }
    reply_release(&reply);
    assert_refused("/v1/attribution?by=pool", "campaign, source or partner");
    assert_refused("/v1/attribution?from=2020-01-01&to=2026-01-01", "400 days");
}

/* ---- where a lead's attributes come from */

static struct json_object *attribute(const struct reply *reply, const char *name)
{
    struct json_object *list = reply_list(reply, "attributes");
    for (size_t i = 0; i < json_object_array_length(list); i++)
        if (bytes_is(json_member_text(json_object_array_get_idx(list, i), "attribute"), name))
            return json_object_array_get_idx(list, i);
    fail_msg("%s is not there", name);
    return NULL;
}

static void each_attribute_tells_who_said_it(void **state)
{
    (void)state;
    struct reply reply;
    char id[LEAD_ID_TEXT_SIZE], path[96];
    send_lead("{\"email\":\"p@origin.example\",\"phone\":\"95\",\"employees\":3}", id);
    act(id, "enrichment",
        "{\"provider\":\"registry\",\"attributes\":{\"employees\":40,\"form\":\"contact\"}}");
    act(id, "hand-back", "{\"reason\":\"not mine\"}");
    snprintf(path, sizeof path, "/v1/leads/%s/provenance", id);
    ask(path, "/v1/leads/{id}/provenance", &reply);
    assert_true(reply_is_true(&reply, "complete"));
    struct json_object *email = attribute(&reply, "email");
    assert_true(bytes_is(json_member_text(email, "from"), "source"));
    assert_true(bytes_is(json_member_text(email, "name"), "web"));
    assert_int_equal(json_member_int(email, "seq", 0), strtoll(id + 1, NULL, 10));
    assert_null(json_object_object_get(email, "before"));
    struct json_object *employees = attribute(&reply, "employees");
    assert_true(bytes_is(json_member_text(employees, "from"), "provider"));
    assert_true(bytes_is(json_member_text(employees, "name"), "registry"));
    assert_int_equal(json_member_int(employees, "value", -1), 40);
    assert_int_equal(json_member_int(employees, "before", -1), 3);
    assert_true(bytes_is(json_member_text(employees, "before_name"), "web"));
    assert_null(json_object_object_get(attribute(&reply, "form"), "before"));
    /* From the first owner to the second, the first of whom has an end. */
    size_t last = json_object_array_length(reply_list(&reply, "places")) - 1;
    assert_true(bytes_is(json_member_text(item(&reply, "places", 0), "place"), "owned"));
    assert_non_null(json_object_object_get(item(&reply, "places", 0), "until"));
    assert_true(bytes_is(json_member_text(item(&reply, "places", last), "cause"), "returned"));
    assert_null(json_object_object_get(item(&reply, "places", last), "until"));
    reply_release(&reply);
    request_get(&fixture, "/v1/leads/L999999/provenance", &reply);
    assert_problem(&reply, 404, "not-found");
    reply_release(&reply);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_person_is_found_by_what_one_remembers),
        cmocka_unit_test(the_oldest_overdue_lead_comes_first_with_its_owner),
        cmocka_unit_test(questions_about_leads_with_mistakes_are_refused),
        cmocka_unit_test(every_minute_of_the_last_hour_is_shown),
        cmocka_unit_test(a_campaign_shows_what_became_of_its_leads),
        cmocka_unit_test(each_attribute_tells_who_said_it),
    };
    return cmocka_run_group_tests(tests, open_server, close_server);
}
