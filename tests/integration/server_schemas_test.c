/* Every kind of event, made by the real engine, is what its schema in spec/events says: no member
 * that the schema does not know, none missing, each of its type. */
#include "server_fixture.h"

#include "base/time.h"

#include <inttypes.h>
#include <sched.h>

static struct fixture fixture;
static unsigned seen[CORE_EVENT_TYPES];

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

/* ---- the part of JSON Schema that spec/events uses */

static void check(struct json_object *schema, struct json_object *value, const char *place);

static bool is_of_type(struct json_object *value, struct bytes type)
{
    static const struct {
        const char *name;
        enum json_type type;
    } types[] = {{"object", json_type_object},
                 {"array", json_type_array},
                 {"string", json_type_string},
                 {"integer", json_type_int},
                 {"boolean", json_type_boolean}};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (bytes_is(type, types[i].name))
            return json_object_is_type(value, types[i].type);
    fail_msg("the schemas use a type that this test does not know: %.*s", BYTES_ARG(type));
    return false;
}

static void check_object(struct json_object *schema, struct json_object *value, const char *place)
{
    struct json_object *properties = json_object_object_get(schema, "properties");
    struct json_object *required = json_object_object_get(schema, "required");
    if (properties == NULL)
        return;
    json_object_object_foreach(value, name, member)
    {
        char inner[256];
        struct json_object *property = json_object_object_get(properties, name);
        snprintf(inner, sizeof inner, "%s.%s", place, name);
        if (property == NULL)
            fail_msg("%s is not in the schema", inner);
        check(property, member, inner);
    }
    size_t count = required != NULL ? json_object_array_length(required) : 0;
    for (size_t i = 0; i < count; i++) {
        const char *wanted = json_object_get_string(json_object_array_get_idx(required, i));
        if (json_object_object_get(value, wanted) == NULL)
            fail_msg("%s.%s is required and missing", place, wanted);
    }
}

static void check_words(struct json_object *schema, struct json_object *value, const char *place)
{
    struct json_object *words = json_object_object_get(schema, "enum");
    struct json_object *only = json_object_object_get(schema, "const");
    bool found = words == NULL;
    for (size_t i = 0; words != NULL && i < json_object_array_length(words); i++)
        found = found || json_object_equal(value, json_object_array_get_idx(words, i));
    if (!found || (only != NULL && !json_object_equal(value, only)))
        fail_msg("%s cannot be %s", place, json_object_to_json_string(value));
}

static void check(struct json_object *schema, struct json_object *value, const char *place)
{
    struct bytes type = json_member_text(schema, "type");
    if (type.size > 0 && !is_of_type(value, type))
        fail_msg("%s is no %.*s: %s", place, BYTES_ARG(type), json_object_to_json_string(value));
    check_words(schema, value, place);
    if (json_object_is_type(value, json_type_object))
        check_object(schema, value, place);
    struct json_object *items = json_object_object_get(schema, "items");
    for (size_t i = 0; items != NULL && i < json_object_array_length(value); i++)
        check(items, json_object_array_get_idx(value, i), place);
    if (json_object_object_get(schema, "minimum") != NULL)
        assert_true(json_object_get_int64(value) >= json_member_int(schema, "minimum", 0));
    if (bytes_is(json_member_text(schema, "format"), "date-time")) {
        int64_t time_us;
        assert_int_equal(time_parse(json_text(value), &time_us, NULL), 0);
    }
}

static struct json_object *read_schema(const char *type)
{
    char path[512];
    snprintf(path, sizeof path, SPEC_DIRECTORY "/events/%s.json", type);
    struct json_object *schema = json_object_from_file(path);
    if (schema == NULL)
        fail_msg("%s: cannot be read", path);
    return schema;
}

static void check_event(struct bytes line)
{
    struct json_object *event;
    assert_int_equal(json_parse(line, &event, NULL), 0);
    const char *type = json_member_text(event, "type").data + strlen("meshline.");
    struct json_object *schema = read_schema(type);
    check(schema, json_object_object_get(event, "data"), type);
    seen[core_event_type_parse(bytes_of(type))]++;
    json_object_put(schema);
    json_object_put(event);
}

/* ---- making one of each */

static void act(uint64_t number, const char *call, const char *json)
{
    char path[96];
    struct reply reply;
    snprintf(path, sizeof path, "/v1/leads/L%" PRIu64 "/%s", number, call);
    request_json(&fixture, "POST", path, json, &reply);
    assert_int_equal(reply.status, 200);
    reply_release(&reply);
}

static void change_everyone(const char *json)
{
    const char *reps[] = {"/v1/reps/ana", "/v1/reps/ben", "/v1/reps/chloe", "/v1/reps/dirk"};
    for (size_t i = 0; i < 4; i++) {
        struct reply reply;
        request_json(&fixture, "PATCH", reps[i], json, &reply);
        assert_int_equal(reply.status, 200);
        reply_release(&reply);
    }
}

static void make_one_of_each(void)
{
    struct reply reply;
    uint64_t won = submit_lead(&fixture, "won@example.com");
    act(won, "contacts", "{\"channel\":\"phone\",\"note\":\"keen\"}");
    act(won, "outcome", "{\"outcome\":\"qualified\",\"reason\":\"budget\"}");
    uint64_t lost = submit_lead(&fixture, "lost@example.com");
    request_json(&fixture, "POST", "/v1/sources/website/leads", "{\"email\":\"lost@example.com\"}",
                 &reply);
    assert_int_equal(reply.status, 200);
    reply_release(&reply);
    act(lost, "outcome", "{\"outcome\":\"disqualified\"}");
    request_send(&fixture, "POST", "/v1/sources/website/leads",
                 "Content-Type: application/json\r\nIdempotency-Key: again\r\n",
                 BYTES_LITERAL("{\"email\":\"lost@example.com\",\"employees\":5000}"), &reply);
    assert_true(reply.status == 200 || reply.status == 201);
    reply_release(&reply);
    uint64_t moved = submit_lead(&fixture, "moved@example.com");
    act(moved, "assignment",
        "{\"rep\":\"ana\",\"cause\":\"language\",\"remediation\":\"a route\"}");
    change_everyone("{\"available\":false}");
    act(moved, "hand-back", "{\"reason\":\"ill\"}");
    submit_lead(&fixture, "waits@example.com");
    /* Past every promise: the engine's next look finds them missed. */
    fixture.ahead_us += INT64_C(3600) * 1000000;
    change_everyone("{\"capacity\":9}");
}

static bool read_events(void)
{
    struct reply reply;
    memset(seen, 0, sizeof seen);
    request_get(&fixture, "/v1/events?limit=1000", &reply);
    assert_int_equal(reply.status, 200);
    struct bytes rest = buffer_bytes(&reply.body);
    while (rest.size > 0) {
        size_t size = (size_t)((const char *)memchr(rest.data, '\n', rest.size) - rest.data);
        check_event((struct bytes){rest.data, size});
        rest = (struct bytes){rest.data + size + 1, rest.size - size - 1};
    }
    reply_release(&reply);
    return seen[CORE_LEAD_LATE] > 0;
}

static void every_kind_of_event_fits_its_schema(void **state)
{
    (void)state;
    make_one_of_each();
    while (!read_events())
        sched_yield();
    for (int type = 1; type < CORE_EVENT_TYPES; type++)
        if (seen[type] == 0)
            fail_msg("no event of type %s was made",
                     core_event_type_name((enum core_event_type)type));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_event_fits_its_schema),
    };
    return cmocka_run_group_tests(tests, open_server, close_server);
}
