/* Who works here and how much, who is on call, and which release says so since when. */
#include "rich_mesh.h"
#include "schema_check.h"
#include "server_fixture.h"

#include <inttypes.h>

static struct fixture fixture;

static int open_rich(void **state)
{
    (void)state;
    size_t count;
    const struct policy_file *files = rich_mesh_files(&count);
    fixture_serve(&fixture, files, count);
    return 0;
}

/* Two rotations: weeks with an exchange for two hours; office hours. */
static const struct policy_file rotating[] = {
    {"mesh.yaml", BYTES_LITERAL("name: rotating\nowners: [{name: ops, role: routing}]\n")},
    {"lead.schema.json",
     BYTES_LITERAL("{\"type\":\"object\",\"properties\":{\"email\":{\"type\":\"string\"}}}")},
    {"people.yaml", BYTES_LITERAL("defaults: {capacity: 10}\n"
                                  "reps:\n"
                                  "  - {id: ana, name: Ana, email: ana@x.example}\n"
                                  "  - {id: ben, name: Ben}\n")},
    {"pools.yaml",
     BYTES_LITERAL("pools: [{id: all, strategy: round_robin, members: [ana, ben]}]\n")},
    {"sources/web.yaml", BYTES_LITERAL("source: web\nowner: ops\n")},
    {"pipelines/inbound.yaml",
     BYTES_LITERAL("pipeline: inbound\nowner: ops\nclasses: [{name: all}]\n"
                   "routes: [{name: everyone, to: {pool: all}}]\n")},
    {"on-call.yaml",
     BYTES_LITERAL(
         "rotations:\n"
         "  - id: triage\n"
         "    team: ops\n"
         "    time_zone: Europe/Berlin\n"
         "    layers:\n"
         "      - {name: weeks, start: 2026-01-05, hand_over: \"mon 09:00\", every: 1w,\n"
         "         people: [ana, ben]}\n"
         "    overrides:\n"
         "      - {person: ben, from: 2026-01-06T12:00, to: 2026-01-06T14:00,\n"
         "         reason: swap}\n"
         "  - id: office\n"
         "    team: ops\n"
         "    time_zone: America/New_York\n"
         "    layers:\n"
         "      - {name: days, start: 2026-01-05, hand_over: \"daily 00:00\", every: 1d,\n"
         "         hours: {mon-fri: \"09:00-17:00\"}, people: [ana]}\n")},
};

static int open_rotating(void **state)
{
    (void)state;
    fixture_serve(&fixture, rotating, sizeof rotating / sizeof *rotating);
    return 0;
}

static int close_server(void **state)
{
    (void)state;
    fixture_close(&fixture);
    return 0;
}

/* ---- asking */

static void ask(const char *path, const char *described, struct reply *reply)
{
    request_get_now(&fixture, path, reply);
    if (reply->status != 200)
        fail_msg("%s: %d %s", path, reply->status, buffer_string(&reply->body));
    schema_check_answer(described, reply->json);
}

static struct json_object *find(const struct reply *reply, const char *list, const char *member,
                                const char *value)
{
    struct json_object *items = reply_list(reply, list);
    for (size_t i = 0; i < json_object_array_length(items); i++)
        if (bytes_is(json_member_text(json_object_array_get_idx(items, i), member), value))
            return json_object_array_get_idx(items, i);
    fail_msg("no %s in %s", value, json_object_to_json_string(items));
    return NULL;
}

static struct json_object *item(struct json_object *object, const char *list, size_t at)
{
    return json_object_array_get_idx(json_object_object_get(object, list), at);
}

static void assert_text(struct json_object *object, const char *member, const char *expected)
{
    if (!bytes_is(json_member_text(object, member), expected))
        fail_msg("%s is not \"%s\" in %s", member, expected, json_object_to_json_string(object));
}

static void assert_number(struct json_object *object, const char *member, int64_t expected)
{
    if (json_member_int(object, member, INT64_MIN) != expected)
        fail_msg("%s is not %" PRId64 " in %s", member, expected,
                 json_object_to_json_string(object));
}

static void assert_json(struct json_object *object, const char *member, const char *expected)
{
    assert_string_equal(json_object_to_json_string_ext(json_object_object_get(object, member),
                                                       JSON_C_TO_STRING_PLAIN),
                        expected);
}

static void change_rep(const char *rep, const char *json)
{
    char path[64];
    struct reply reply;
    snprintf(path, sizeof path, "/v1/reps/%s", rep);
    request_json(&fixture, "PATCH", path, json, &reply);
    assert_int_equal(reply.status, 200);
    reply_release(&reply);
}

/* ---- pools and reps */

static void a_pool_says_who_is_in_it(void **state)
{
    (void)state;
    struct reply reply;
    ask("/v1/pools", "/v1/pools", &reply);
    struct json_object *us = find(&reply, "pools", "id", "us");
    assert_json(us, "roster",
                "[{\"rep\":\"ana\",\"weight\":2,\"tier\":0},{\"rep\":\"cem\",\"weight\":1,"
                "\"tier\":0}]");
    assert_text(us, "off_duty", "wait");
    struct json_object *best = find(&reply, "pools", "id", "best");
    assert_number(item(best, "roster", 1), "tier", 1);
    assert_json(best, "tier_scores", "[100]");
    struct json_object *night = find(&reply, "pools", "id", "night");
    assert_text(night, "off_duty", "on_call");
    assert_json(night, "on_call", "[\"cem\"]");
    assert_text(night, "otherwise", "round_robin");
    struct json_object *dach = find(&reply, "pools", "id", "dach");
    assert_text(dach, "when_full", "overflow");
    assert_text(dach, "overflow", "rest");
    assert_null(json_object_object_get(dach, "on_call"));
    reply_release(&reply);
}

/* Who is off duty has room that does not count. */
static void a_pool_says_how_much_room_there_is(void **state)
{
    (void)state;
    struct reply reply;
    change_rep("ben", "{\"capacity\":1}");
    request_json(&fixture, "POST", "/v1/sources/web/leads",
                 "{\"email\":\"one@x.example\",\"country\":\"DE\"}", &reply);
    assert_int_equal(reply.status, 201);
    bool is_ana = strcmp(reply_text(&reply, "owner"), "ana") == 0;
    reply_release(&reply);
    if (is_ana) { /* the next one is ben's turn */
        request_json(&fixture, "POST", "/v1/sources/web/leads",
                     "{\"email\":\"two@x.example\",\"country\":\"DE\"}", &reply);
        assert_string_equal(reply_text(&reply, "owner"), "ben");
        reply_release(&reply);
    }
    ask("/v1/pools", "/v1/pools", &reply);
    struct json_object *dach = find(&reply, "pools", "id", "dach");
    assert_number(dach, "on_duty", 2);
    assert_number(dach, "full", 1);
    assert_number(dach, "room", is_ana ? 99 : 100);
    assert_number(find(&reply, "pools", "id", "night"), "room", 0);
    reply_release(&reply);
    change_rep("ana", "{\"available\":false}");
    ask("/v1/pools", "/v1/pools", &reply);
    assert_number(find(&reply, "pools", "id", "dach"), "room", 0);
    assert_number(find(&reply, "pools", "id", "dach"), "on_duty", 1);
    reply_release(&reply);
}

static void a_rep_says_in_which_pools(void **state)
{
    (void)state;
    struct reply reply;
    ask("/v1/reps", "/v1/reps", &reply);
    assert_json(find(&reply, "reps", "id", "ana"), "pools", "[\"best\",\"dach\",\"rest\",\"us\"]");
    assert_json(find(&reply, "reps", "id", "dia"), "pools", "[\"night\",\"rest\"]");
    reply_release(&reply);
    ask("/v1/reps/cem", "/v1/reps/{id}", &reply);
    assert_json(reply.json, "pools", "[\"rest\",\"us\"]");
    reply_release(&reply);
}

/* ---- on call */

static void a_mesh_without_rotations_has_none(void **state)
{
    (void)state;
    struct reply reply;
    ask("/v1/on-call", "/v1/on-call", &reply);
    assert_int_equal(json_object_array_length(reply_list(&reply, "rotations")), 0);
    reply_release(&reply);
}

static void who_is_on_call_is_said_with_what_says_so(void **state)
{
    (void)state;
    struct reply reply;
    ask("/v1/on-call?at=2026-01-06T10:30:00Z", "/v1/on-call", &reply);
    assert_string_equal(reply_text(&reply, "at"), "2026-01-06T10:30:00.000000Z");
    struct json_object *triage = find(&reply, "rotations", "rotation", "triage");
    struct json_object *now = json_object_object_get(triage, "now");
    assert_text(triage, "team", "ops");
    assert_text(triage, "time_zone", "Europe/Berlin");
    assert_text(now, "person", "ana");
    assert_text(now, "name", "Ana");
    assert_text(now, "email", "ana@x.example");
    assert_text(now, "layer", "weeks");
    assert_text(now, "from", "2026-01-05T08:00:00.000000Z"); /* not when it was asked */
    assert_text(now, "until", "2026-01-06T11:00:00.000000Z");
    struct json_object *swap = item(triage, "next", 0);
    assert_text(swap, "person", "ben");
    assert_text(swap, "reason", "swap");
    assert_true(json_object_get_boolean(json_object_object_get(swap, "override")));
    assert_text(item(triage, "next", 1), "person", "ana");
    assert_text(item(triage, "next", 2), "person", "ben");
    assert_text(item(triage, "next", 2), "from", "2026-01-12T08:00:00.000000Z");
    assert_int_equal(json_object_array_length(json_object_object_get(triage, "next")), 5);
    reply_release(&reply);
}

static void a_gap_has_nobody(void **state)
{
    (void)state;
    struct reply reply;
    ask("/v1/on-call?at=2026-01-06T11:30:00Z", "/v1/on-call", &reply);
    struct json_object *office = find(&reply, "rotations", "rotation", "office");
    struct json_object *now = json_object_object_get(office, "now");
    assert_json(now, "person", "null");
    assert_text(now, "until", "2026-01-06T14:00:00.000000Z");
    assert_text(item(office, "next", 0), "person", "ana");
    reply_release(&reply);
}

static void hand_overs_are_listed_up_to_a_time(void **state)
{
    (void)state;
    struct reply reply;
    ask("/v1/on-call?at=2026-01-06T14:00:00Z&to=2026-02-02T08:00:00Z", "/v1/on-call", &reply);
    struct json_object *triage = find(&reply, "rotations", "rotation", "triage");
    assert_int_equal(json_object_array_length(json_object_object_get(triage, "next")), 3);
    assert_text(item(triage, "next", 2), "until", "2026-02-02T08:00:00.000000Z");
    reply_release(&reply);
    ask("/v1/on-call", "/v1/on-call", &reply); /* now, whenever that is */
    assert_int_equal(json_object_array_length(reply_list(&reply, "rotations")), 2);
    reply_release(&reply);
}

static void times_that_cannot_be_are_refused(void **state)
{
    (void)state;
    struct reply reply;
    request_get(&fixture, "/v1/on-call?at=tomorrow", &reply);
    assert_problem_says(&reply, 400, "invalid-parameter", "`at` must be a time");
    request_get(&fixture, "/v1/on-call?at=9100-01-01", &reply);
    assert_problem_says(&reply, 400, "invalid-parameter", "1970 to 2999");
    request_get(&fixture, "/v1/on-call?at=2026-01-06&to=2026-01-05", &reply);
    assert_problem_says(&reply, 400, "invalid-parameter", "`to` must be later");
    request_get(&fixture, "/v1/on-call?at=2026-01-06&to=2028-01-05", &reply);
    assert_problem_says(&reply, 400, "invalid-parameter", "at most 366 days");
}

/* ---- releases */

static void the_release_in_force_says_since_when(void **state)
{
    (void)state;
    struct reply reply;
    ask("/v1/release", "/v1/release", &reply);
    assert_string_equal(reply_text(&reply, "id"), fixture.release);
    assert_string_equal(reply_text(&reply, "mesh"), "rich");
    assert_true(strlen(reply_text(&reply, "activated_at")) > 0);
    assert_json(reply.json, "activated_by", "null"); /* nobody gave a name */
    reply_release(&reply);
}

/* The starter's, the rich one, the one of rotations, and the rich one again. */
static void each_activation_is_an_entry_newest_first(void **state)
{
    (void)state;
    size_t count;
    struct reply reply;
    char path[64];
    const struct policy_file *files = rich_mesh_files(&count);
    fixture_activate(&fixture, rotating, sizeof rotating / sizeof *rotating);
    fixture_activate(&fixture, files, count);
    ask("/v1/releases", "/v1/releases", &reply);
    struct json_object *list = reply_list(&reply, "releases");
    assert_int_equal(json_object_array_length(list), 4);
    assert_text(item(reply.json, "releases", 0), "mesh", "rich");
    assert_text(item(reply.json, "releases", 0), "id", fixture.release);
    assert_text(item(reply.json, "releases", 0), "pipeline", "inbound");
    assert_json(item(reply.json, "releases", 0), "active", "true");
    assert_text(item(reply.json, "releases", 1), "mesh", "rotating");
    assert_text(item(reply.json, "releases", 2), "id", fixture.release);
    assert_json(item(reply.json, "releases", 2), "active", "false");
    reply_release(&reply);
    ask("/v1/releases?limit=3", "/v1/releases", &reply);
    assert_int_equal(json_object_array_length(reply_list(&reply, "releases")), 3);
    int64_t before = json_member_int(item(reply.json, "releases", 2), "seq", 0);
    char link[128];
    snprintf(link, sizeof link, "</v1/releases?limit=3&before=%" PRId64 ">; rel=\"next\"", before);
    assert_string_equal(reply_header(&reply, "Link"), link);
    reply_release(&reply);
    snprintf(path, sizeof path, "/v1/releases?before=%" PRId64, before);
    ask(path, "/v1/releases", &reply);
    assert_int_equal(json_object_array_length(reply_list(&reply, "releases")), 1);
    assert_string_equal(reply_header(&reply, "Link"), "");
    reply_release(&reply);
    request_get(&fixture, "/v1/releases?limit=201", &reply);
    assert_problem_says(&reply, 400, "invalid-parameter", "limit");
}

#define RICH(test) cmocka_unit_test_setup_teardown(test, open_rich, close_server)
#define ROTATING(test) cmocka_unit_test_setup_teardown(test, open_rotating, close_server)

int main(void)
{
    const struct CMUnitTest tests[] = {
        RICH(a_pool_says_who_is_in_it),
        RICH(a_pool_says_how_much_room_there_is),
        RICH(a_rep_says_in_which_pools),
        RICH(a_mesh_without_rotations_has_none),
        ROTATING(who_is_on_call_is_said_with_what_says_so),
        ROTATING(a_gap_has_nobody),
        ROTATING(hand_overs_are_listed_up_to_a_time),
        ROTATING(times_that_cannot_be_are_refused),
        RICH(the_release_in_force_says_since_when),
        RICH(each_activation_is_an_entry_newest_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
