/* The picture of where leads go: what the release declares, what leads met on their way, and what
 * is not well along it. */
#include "outside.h"
#include "rich_mesh.h"
#include "schema_check.h"
#include "server_fixture.h"

#include "base/id.h"
#include "store/path.h"

#include <inttypes.h>
#include <sched.h>

#define HOURS(n) (INT64_C(3600000000) * (n))

static struct fixture fixture;

static int open_rich(void **state)
{
    (void)state;
    size_t count;
    const struct policy_file *files = rich_mesh_files(&count);
    fixture_serve(&fixture, files, count);
    return 0;
}

static int open_starter(void **state)
{
    (void)state;
    fixture_open(&fixture);
    fixture_start(&fixture);
    return 0;
}

/* Whose pictures are good until somebody wants to see more. */
static int open_keeping(void **state)
{
    size_t count;
    const struct policy_file *files = rich_mesh_files(&count);
    (void)state;
    fixture_open(&fixture);
    fixture.limits.picture_ms = 3600 * 1000;
    fixture_activate(&fixture, files, count);
    fixture_start(&fixture);
    return 0;
}

/* Whose pictures are good for as long as nothing happens. */
static int open_fleeting(void **state)
{
    (void)state;
    fixture_open(&fixture);
    fixture.limits.picture_ms = 1;
    fixture_start(&fixture);
    return 0;
}

static int open_outside(void **state)
{
    (void)state;
    outside_open(&fixture);
    fixture_start(&fixture);
    return 0;
}

static int close_server(void **state)
{
    (void)state;
    fixture_close(&fixture);
    return 0;
}

static int close_outside(void **state)
{
    close_server(state);
    outside_close();
    return 0;
}

/* ---- asking */

static void submit(const char *source, const char *json, int status)
{
    struct reply reply;
    char path[96];
    snprintf(path, sizeof path, "/v1/sources/%s/leads", source);
    request_json(&fixture, "POST", path, json, &reply);
    if (reply.status != status)
        fail_msg("%s: %d %s", json, reply.status, buffer_string(&reply.body));
    reply_release(&reply);
}

static void look(const char *query, struct reply *reply)
{
    char path[96];
    snprintf(path, sizeof path, "/v1/lead-path%s", query);
    request_get_now(&fixture, path, reply);
    assert_int_equal(reply->status, 200);
    schema_check_answer("/v1/lead-path", reply->json);
}

/* NULL: there is none. */
static struct json_object *find_node(const struct reply *reply, const char *id)
{
    struct json_object *nodes = reply_list(reply, "nodes");
    for (size_t i = 0; i < json_object_array_length(nodes); i++)
        if (bytes_is(json_member_text(json_object_array_get_idx(nodes, i), "id"), id))
            return json_object_array_get_idx(nodes, i);
    return NULL;
}

static struct json_object *find_edge(const struct reply *reply, const char *from, const char *to)
{
    struct json_object *edges = reply_list(reply, "edges");
    for (size_t i = 0; i < json_object_array_length(edges); i++) {
        struct json_object *edge = json_object_array_get_idx(edges, i);
        if (bytes_is(json_member_text(edge, "from"), from) &&
            bytes_is(json_member_text(edge, "to"), to))
            return edge;
    }
    return NULL;
}

static struct json_object *node(const struct reply *reply, const char *id)
{
    struct json_object *found = find_node(reply, id);
    if (found == NULL)
        fail_msg("no node %s in %s", id, json_object_to_json_string(reply->json));
    return found;
}

static void assert_count(const struct reply *reply, const char *id, int64_t expected)
{
    if (json_member_int(node(reply, id), "count", -1) != expected)
        fail_msg("not %" PRId64 ": %s", expected, json_object_to_json_string(node(reply, id)));
}

static void assert_edge(const struct reply *reply, const char *from, const char *to,
                        int64_t expected)
{
    struct json_object *edge = find_edge(reply, from, to);
    if (edge == NULL || json_member_int(edge, "count", -1) != expected)
        fail_msg("%s to %s is not %" PRId64 ": %s", from, to, expected,
                 json_object_to_json_string(edge));
}

/* `says`: a part of the reason; NULL: there is none. */
static void assert_health(const struct reply *reply, const char *id, const char *health,
                          const char *says)
{
    struct json_object *found = node(reply, id);
    struct bytes reason = json_member_text(found, "reason");
    bool said = says == NULL ? reason.size == 0
                             : memmem(reason.data, reason.size, says, strlen(says)) != NULL;
    if (!bytes_is(json_member_text(found, "health"), health) || !said)
        fail_msg("%s is not %s (%s): %s", id, health, says != NULL ? says : "no reason",
                 json_object_to_json_string(found));
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

/* ---- what is declared */

static void what_is_declared_is_there_without_any_lead(void **state)
{
    (void)state;
    static const char *const expected[] = {"source:partner",
                                           "source:web",
                                           "contract:partner/1",
                                           "class:hot",
                                           "class:standard",
                                           "route:nobody",
                                           "route:later",
                                           "route:known",
                                           "route:half",
                                           "route:dach",
                                           "route:us",
                                           "route:dark",
                                           "route:everyone",
                                           "pool:dach",
                                           "pool:us",
                                           "pool:best",
                                           "pool:night",
                                           "pool:rest",
                                           "exception:account_review",
                                           "nurture:newsletter"};
    struct reply reply;
    look("", &reply);
    struct json_object *nodes = reply_list(&reply, "nodes");
    assert_int_equal(json_object_array_length(nodes), sizeof expected / sizeof *expected);
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
        assert_string_equal(json_member_text(json_object_array_get_idx(nodes, i), "id").data,
                            expected[i]);
    assert_int_equal(reply_number(&reply, "leads"), 0);
    assert_true(reply_is_true(&reply, "complete"));
    assert_string_equal(reply_text(&reply, "release"), fixture.release);
    assert_edge(&reply, "source:partner", "contract:partner/1", 0);
    assert_edge(&reply, "route:dach", "pool:dach", 0);
    assert_edge(&reply, "route:nobody", "exception:account_review", 0);
    assert_edge(&reply, "route:later", "nurture:newsletter", 0);
    assert_true(json_object_get_boolean(
        json_object_object_get(find_edge(&reply, "pool:dach", "pool:rest"), "overflow")));
    assert_health(&reply, "route:us", "idle", NULL);
    reply_release(&reply);
}

static void nodes_say_what_they_are_about(void **state)
{
    (void)state;
    struct reply reply;
    look("", &reply);
    assert_string_equal(json_member_text(node(&reply, "source:web"), "title").data, "Our forms");
    assert_string_equal(json_member_text(node(&reply, "contract:partner/1"), "detail").data,
                        "in force");
    assert_string_equal(json_member_text(node(&reply, "class:standard"), "detail").data,
                        "all others");
    assert_string_equal(json_member_text(node(&reply, "route:us"), "detail").data,
                        "lead.country == \"US\"");
    assert_string_equal(json_member_text(node(&reply, "route:half"), "detail").data,
                        "(has(lead.tags)) && (\"test\" in lead.tags), 50 % of them");
    assert_string_equal(json_member_text(node(&reply, "pool:night"), "detail").data,
                        "sticky, else round_robin, 1 member");
    reply_release(&reply);
}

static void a_version_that_is_tried_is_drawn_beside_the_one_in_force(void **state)
{
    (void)state;
    struct reply reply;
    request_json(&fixture, "POST", "/v1/sources/partner/rollout",
                 "{\"action\":\"canary\",\"version\":2,\"percent\":5}", &reply);
    assert_int_equal(reply.status, 200);
    reply_release(&reply);
    look("", &reply);
    assert_string_equal(json_member_text(node(&reply, "contract:partner/2"), "detail").data,
                        "canary, 5 % of the records");
    reply_release(&reply);
}

/* ---- what leads met */

static void leads_are_counted_along_their_way(void **state)
{
    (void)state;
    struct reply reply;
    submit("web", "{\"email\":\"a@x.example\",\"country\":\"DE\",\"employees\":5000}", 201);
    submit("web", "{\"email\":\"b@x.example\",\"country\":\"AT\"}", 201);
    submit("web", "{\"email\":\"c@x.example\",\"country\":\"AQ\"}", 201);
    submit("web", "{\"email\":\"d@x.example\",\"country\":\"MOON\"}", 201);
    submit("web", "{\"email\":\"coyote@acme.example\"}", 201);
    submit("partner", "{\"mail\":\"e@x.example\"}", 201);
    look("", &reply);
    assert_int_equal(reply_number(&reply, "leads"), 6);
    assert_count(&reply, "source:web", 5);
    assert_edge(&reply, "source:web", "class:hot", 1);
    assert_edge(&reply, "source:web", "class:standard", 4);
    assert_edge(&reply, "source:partner", "contract:partner/1", 1);
    assert_edge(&reply, "contract:partner/1", "class:standard", 1);
    assert_edge(&reply, "class:hot", "route:dach", 1);
    assert_edge(&reply, "route:dach", "pool:dach", 2);
    assert_edge(&reply, "route:nobody", "exception:account_review", 1);
    assert_edge(&reply, "route:later", "nurture:newsletter", 1);
    assert_edge(&reply, "route:known", "rep:cem", 1);
    assert_count(&reply, "route:everyone", 1);
    assert_count(&reply, "route:us", 0);
    assert_health(&reply, "pool:dach", "ok", NULL);
    assert_null(find_edge(&reply, "class:hot", "route:us"));
    reply_release(&reply);
}

static void older_leads_are_not_counted(void **state)
{
    (void)state;
    struct reply reply;
    submit("web", "{\"email\":\"old@x.example\",\"country\":\"DE\"}", 201);
    fixture.ahead_us += HOURS(2);
    submit("web", "{\"email\":\"new@x.example\",\"country\":\"US\"}", 201);
    look("", &reply);
    assert_int_equal(reply_number(&reply, "leads"), 1);
    assert_count(&reply, "pool:us", 1);
    assert_count(&reply, "pool:dach", 0);
    reply_release(&reply);
    look("?minutes=1440", &reply);
    assert_int_equal(reply_number(&reply, "leads"), 2);
    reply_release(&reply);
}

/* The newest count, and the answer says since when. */
static void of_too_many_leads_the_newest_are_counted(void **state)
{
    (void)state;
    enum { LEADS = 5, MOST = 3 };
    char path[128];
    struct store_reader *reader;
    struct store_path ways;
    struct arena arena;
    struct reply reply;
    uint64_t numbers[LEADS];
    for (int i = 0; i < LEADS; i++) {
        char email[64];
        snprintf(email, sizeof email, "many%d@example.com", i);
        numbers[i] = submit_lead(&fixture, email);
    }
    request_get_now(&fixture, "/v1/pools", &reply); /* the view is there */
    reply_release(&reply);
    snprintf(path, sizeof path, "%s/state.db", fixture.directory);
    assert_int_equal(store_reader_open(path, NULL, &reader, NULL), 0);
    arena_init(&arena);
    assert_int_equal(store_read_path(reader, 1, MOST, &arena, &ways, NULL), 0);
    assert_false(ways.complete);
    assert_int_equal(ways.leads, MOST);
    assert_int_equal(ways.oldest, numbers[LEADS - MOST]);
    assert_int_equal(store_read_path(reader, 1, LEADS, &arena, &ways, NULL), 0);
    assert_true(ways.complete);
    assert_int_equal(ways.leads, LEADS);
    arena_release(&arena);
    store_reader_close(reader);
}

static void what_the_release_no_longer_has_is_a_former_place(void **state)
{
    (void)state;
    size_t count;
    struct reply reply;
    submit_lead(&fixture, "before@example.com");
    const struct policy_file *files = rich_mesh_files(&count);
    fixture_activate(&fixture, files, count);
    look("", &reply);
    assert_true(
        json_object_get_boolean(json_object_object_get(node(&reply, "source:website"), "former")));
    assert_count(&reply, "source:website", 1);
    assert_null(json_object_object_get(node(&reply, "source:web"), "former"));
    reply_release(&reply);
}

/* ---- what is not well */

static void refused_records_trouble_their_contract(void **state)
{
    (void)state;
    struct reply reply;
    submit("partner", "{\"mail\":\"one@x.example\"}", 201);
    submit("partner", "{\"mail\":\"no address\"}", 422);
    look("", &reply);
    assert_health(&reply, "contract:partner/1", "warning", "1 record broke the contract");
    assert_health(&reply, "source:partner", "warning", "1 record broke the contract");
    reply_release(&reply);
    submit("partner", "{\"mail\":\"neither\"}", 422);
    look("", &reply);
    assert_health(&reply, "contract:partner/1", "bad", "2 records broke the contract");
    reply_release(&reply);
}

static void pools_without_anybody_are_not_well(void **state)
{
    (void)state;
    struct reply reply;
    look("", &reply);
    assert_health(&reply, "pool:night", "warning", "nobody is on duty");
    reply_release(&reply);
    set_available("ana", false);
    set_available("cem", false);
    submit("web", "{\"email\":\"waits@x.example\",\"country\":\"US\"}", 201);
    look("", &reply);
    assert_health(&reply, "pool:us", "bad", "nobody is on duty; 1 lead waits");
    reply_release(&reply);
}

static void decisions_that_wait_are_said(void **state)
{
    (void)state;
    struct reply reply;
    submit("web", "{\"email\":\"ice@x.example\",\"country\":\"AQ\"}", 201);
    look("", &reply);
    assert_health(&reply, "exception:account_review", "warning", "1 waits for a decision");
    assert_health(&reply, "class:standard", "ok", NULL);
    reply_release(&reply);
}

static void missed_promises_trouble_their_class(void **state)
{
    (void)state;
    struct reply reply;
    submit("web", "{\"email\":\"slow@x.example\",\"country\":\"DE\"}", 201);
    fixture.ahead_us += HOURS(5);
    look("?minutes=1440", &reply);
    while (json_member_text(node(&reply, "class:standard"), "reason").size == 0) {
        sched_yield();
        reply_release(&reply);
        look("?minutes=1440", &reply);
    }
    assert_health(&reply, "class:standard", "bad", "1 of 1 missed a promise");
    reply_release(&reply);
}

static void destinations_show_what_goes_there_and_how_they_are(void **state)
{
    (void)state;
    struct reply reply;
    outside_deliver(&fixture, "crm", "sent@example.com");
    look("", &reply);
    assert_edge(&reply, "pool:all", "destination:crm", 1);
    assert_count(&reply, "destination:hook", 1);
    assert_string_equal(json_member_text(node(&reply, "destination:hook"), "title").data,
                        "The hook");
    assert_string_equal(json_member_text(node(&reply, "destination:hook"), "detail").data,
                        "webhook");
    assert_health(&reply, "destination:hook", "ok", NULL);
    reply_release(&reply);
    request_json(&fixture, "POST", "/v1/destinations/crm/pause", "{\"reason\":\"they move\"}",
                 &reply);
    assert_int_equal(reply.status, 200);
    reply_release(&reply);
    look("", &reply);
    assert_health(&reply, "destination:crm", "warning", "paused by a person");
    reply_release(&reply);
}

/* ---- sharing */

/* Without Min-Seq: any picture will do that is still good. */
static void glance(const char *query, struct reply *reply)
{
    char path[96];
    snprintf(path, sizeof path, "/v1/lead-path%s", query);
    request_get(&fixture, path, reply);
    assert_int_equal(reply->status, 200);
    schema_check_answer("/v1/lead-path", reply->json);
}

static uint64_t drawn(void)
{
    static const char name[] = "\nmeshline_lead_path_drawn_total ";
    struct reply reply;
    request_get(&fixture, "/metrics", &reply);
    const char *line = strstr(buffer_string(&reply.body), name);
    assert_non_null(line);
    uint64_t count = strtoull(line + strlen(name), NULL, 10);
    reply_release(&reply);
    return count;
}

static void a_picture_is_shared_until_somebody_wants_to_see_more(void **state)
{
    (void)state;
    struct reply first, reply;
    look("", &first);
    assert_int_equal(reply_number(&first, "leads"), 0);
    submit("web", "{\"email\":\"a@x.example\",\"country\":\"DE\"}", 201);
    glance("", &reply);
    assert_string_equal(buffer_string(&reply.body), buffer_string(&first.body));
    assert_int_equal(drawn(), 1);
    reply_release(&reply);
    look("", &reply); /* with Min-Seq */
    assert_int_equal(reply_number(&reply, "leads"), 1);
    assert_true(reply_number(&reply, "seq") > reply_number(&first, "seq"));
    assert_int_equal(drawn(), 2);
    reply_release(&reply);
    glance("", &reply);
    assert_int_equal(reply_number(&reply, "leads"), 1);
    assert_int_equal(drawn(), 2);
    reply_release(&reply);
    reply_release(&first);
}

static void a_picture_that_shows_enough_is_given_also_for_min_seq(void **state)
{
    (void)state;
    struct reply first, reply;
    char header[64], body[64];
    submit("web", "{\"email\":\"a@x.example\",\"country\":\"DE\"}", 201);
    look("", &first);
    snprintf(header, sizeof header, "Min-Seq: %" PRId64 "\r\n", reply_number(&first, "seq"));
    submit("web", "{\"email\":\"b@x.example\",\"country\":\"DE\"}", 201);
    request_send(&fixture, "GET", "/v1/lead-path", header, (struct bytes){0}, &reply);
    snprintf(body, sizeof body, "%s", reply_text(&first, "at"));
    assert_string_equal(reply_text(&reply, "at"), body);
    assert_int_equal(reply_number(&reply, "leads"), 1);
    assert_int_equal(drawn(), 1);
    reply_release(&reply);
    reply_release(&first);
}

static void each_window_has_its_picture(void **state)
{
    (void)state;
    enum { WINDOWS = 12 }; /* more than are kept */
    char query[32];
    struct reply reply;
    for (int round = 0; round < 2; round++)
        for (int minutes = 1; minutes <= WINDOWS; minutes++) {
            snprintf(query, sizeof query, "?minutes=%d", minutes);
            glance(query, &reply);
            assert_int_equal(reply_number(&reply, "minutes"), minutes);
            reply_release(&reply);
        }
    uint64_t before = drawn();
    glance("?minutes=12", &reply);
    reply_release(&reply);
    glance("", &reply);
    assert_int_equal(reply_number(&reply, "minutes"), 60);
    reply_release(&reply);
    glance("?minutes=60", &reply);
    reply_release(&reply);
    assert_int_equal(drawn(), before + 1);
}

static void those_who_ask_at_once_get_one_picture(void **state)
{
    (void)state;
    enum { ASKERS = 20 };
    static const char question[] = "GET /v1/lead-path HTTP/1.1\r\nHost: localhost\r\n\r\n";
    struct client clients[ASKERS];
    char at[64] = "";
    for (int i = 0; i < ASKERS; i++)
        client_open(&clients[i], &fixture);
    for (int i = 0; i < ASKERS; i++)
        client_send(&clients[i], bytes_of(question));
    for (int i = 0; i < ASKERS; i++) {
        struct reply reply;
        assert_true(client_read(&clients[i], &reply));
        assert_int_equal(reply.status, 200);
        if (i == 0)
            snprintf(at, sizeof at, "%s", reply_text(&reply, "at"));
        assert_string_equal(reply_text(&reply, "at"), at);
        reply_release(&reply);
        client_close(&clients[i]);
    }
    assert_int_equal(drawn(), 1);
}

static void a_release_has_pictures_of_its_own(void **state)
{
    (void)state;
    size_t count;
    const struct policy_file *files;
    struct reply reply;
    glance("", &reply);
    assert_non_null(find_node(&reply, "source:web"));
    reply_release(&reply);
    policy_starter_files(&files, &count);
    fixture_activate(&fixture, files, count);
    glance("", &reply);
    assert_string_equal(reply_text(&reply, "release"), fixture.release);
    assert_null(find_node(&reply, "source:web"));
    reply_release(&reply);
}

static void a_picture_does_not_outlive_its_time(void **state)
{
    (void)state;
    struct reply reply;
    glance("", &reply);
    reply_release(&reply);
    fixture.ahead_us += HOURS(2);
    glance("", &reply);
    reply_release(&reply);
    assert_int_equal(drawn(), 2);
    fixture.ahead_us -= HOURS(4); /* of a time that has not been yet */
    glance("", &reply);
    reply_release(&reply);
    assert_int_equal(drawn(), 3);
}

static void while_nothing_happens_a_picture_is_good_for_longer(void **state)
{
    (void)state;
    struct reply reply;
    look("", &reply);
    reply_release(&reply);
    fixture.ahead_us += 1000000;
    glance("", &reply);
    reply_release(&reply);
    assert_int_equal(drawn(), 1);
    submit_lead(&fixture, "new@example.com");
    request_get_now(&fixture, "/v1/pools", &reply); /* the view is there */
    reply_release(&reply);
    fixture.ahead_us += 1000000;
    glance("", &reply);
    assert_int_equal(reply_number(&reply, "leads"), 1);
    reply_release(&reply);
    assert_int_equal(drawn(), 2);
}

/* ---- mistakes */

static void wrong_minutes_are_refused(void **state)
{
    (void)state;
    struct reply reply;
    request_get(&fixture, "/v1/lead-path?minutes=0", &reply);
    assert_problem_says(&reply, 400, "invalid-parameter", "minutes");
    request_get(&fixture, "/v1/lead-path?minutes=1441", &reply);
    assert_problem_says(&reply, 400, "invalid-parameter", "minutes");
    request_get(&fixture, "/v1/lead-path?hours=1", &reply);
    assert_problem_says(&reply, 400, "invalid-parameter", "hours");
}

#define RICH(test) cmocka_unit_test_setup_teardown(test, open_rich, close_server)
#define STARTER(test) cmocka_unit_test_setup_teardown(test, open_starter, close_server)
#define KEEPING(test) cmocka_unit_test_setup_teardown(test, open_keeping, close_server)
#define FLEETING(test) cmocka_unit_test_setup_teardown(test, open_fleeting, close_server)
#define OUTSIDE(test) cmocka_unit_test_setup_teardown(test, open_outside, close_outside)

int main(void)
{
    const struct CMUnitTest tests[] = {
        RICH(what_is_declared_is_there_without_any_lead),
        RICH(nodes_say_what_they_are_about),
        RICH(a_version_that_is_tried_is_drawn_beside_the_one_in_force),
        RICH(leads_are_counted_along_their_way),
        RICH(older_leads_are_not_counted),
        STARTER(of_too_many_leads_the_newest_are_counted),
        STARTER(what_the_release_no_longer_has_is_a_former_place),
        RICH(refused_records_trouble_their_contract),
        RICH(pools_without_anybody_are_not_well),
        RICH(decisions_that_wait_are_said),
        RICH(missed_promises_trouble_their_class),
        OUTSIDE(destinations_show_what_goes_there_and_how_they_are),
        KEEPING(a_picture_is_shared_until_somebody_wants_to_see_more),
        KEEPING(a_picture_that_shows_enough_is_given_also_for_min_seq),
        KEEPING(each_window_has_its_picture),
        KEEPING(those_who_ask_at_once_get_one_picture),
        KEEPING(a_release_has_pictures_of_its_own),
        KEEPING(a_picture_does_not_outlive_its_time),
        FLEETING(while_nothing_happens_a_picture_is_good_for_longer),
        RICH(wrong_minutes_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
