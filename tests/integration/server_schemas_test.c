/* Every kind of event, made by the real engine, is what its schema in spec/events says: no member
 * that the schema does not know, none missing, each of its type. */
#include "rich_mesh.h"
#include "schema_check.h"
#include "server_fixture.h"

#include "base/id.h"

#include <inttypes.h>
#include <sched.h>

static struct fixture fixture;
static unsigned seen[CORE_EVENT_TYPES];

static int open_server(void **state)
{
    (void)state;
    size_t count;
    const struct policy_file *files = rich_mesh_files(&count);
    fixture_open(&fixture);
    fixture_activate(&fixture, files, count);
    fixture_start(&fixture);
    return 0;
}

static int close_server(void **state)
{
    (void)state;
    fixture_close(&fixture);
    return 0;
}

static void check_event(struct bytes line)
{
    struct json_object *event;
    assert_int_equal(json_parse(line, &event, NULL), 0);
    const char *type = json_member_text(event, "type").data + strlen("meshline.");
    char file[64];
    snprintf(file, sizeof file, "events/%s.json", type);
    schema_check(file, json_object_object_get(event, "data"));
    seen[core_event_type_parse(bytes_of(type))]++;
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
    const char *reps[] = {"/v1/reps/ana", "/v1/reps/ben", "/v1/reps/cem", "/v1/reps/dia"};
    for (size_t i = 0; i < 4; i++) {
        struct reply reply;
        request_json(&fixture, "PATCH", reps[i], json, &reply);
        assert_int_equal(reply.status, 200);
        reply_release(&reply);
    }
}

/* `headers` are whole lines; returns the lead's number. */
static uint64_t submit(const char *headers, const char *json)
{
    struct reply reply;
    char lines[256];
    uint64_t number = 0;
    snprintf(lines, sizeof lines, "Content-Type: application/json\r\n%s", headers);
    request_send(&fixture, "POST", "/v1/sources/web/leads", lines, bytes_of(json), &reply);
    assert_true(reply.status == 200 || reply.status == 201);
    assert_true(lead_id_parse(bytes_of(reply_text(&reply, "lead")), &number));
    reply_release(&reply);
    return number;
}

/* One record of the partner's that version 1 refuses; returns the id of the dead letter. */
static void refuse(const char *mail, char ret_id[static LEAD_ID_TEXT_SIZE])
{
    struct reply reply;
    char json[128];
    snprintf(json, sizeof json, "{\"mail\":\"%s\"}", mail);
    request_json(&fixture, "POST", "/v1/sources/partner/leads", json, &reply);
    assert_int_equal(reply.status, 422);
    snprintf(ret_id, LEAD_ID_TEXT_SIZE, "%s", reply_text(&reply, "dead_letter"));
    reply_release(&reply);
}

static void call(const char *path, const char *json)
{
    struct reply reply;
    request_json(&fixture, "POST", path, json, &reply);
    assert_true(reply.status == 200 || reply.status == 201);
    reply_release(&reply);
}

/* Dead letters and each end that they can have, with a candidate in the shadow. */
static void make_dead_letters(void)
{
    char id[LEAD_ID_TEXT_SIZE], json[128], path[96];
    refuse("no address", id);
    call("/v1/sources/partner/rollout", "{\"action\":\"shadow\",\"version\":2,\"note\":\"try\"}");
    refuse("ada", id);
    snprintf(json, sizeof json, "{\"ids\":[\"%s\"]}", id);
    call("/v1/dead-letters/replay", json); /* refused again */
    snprintf(json, sizeof json, "{\"ids\":[\"%s\"],\"read_as\":2}", id);
    call("/v1/dead-letters/replay", json);
    refuse("ada", id); /* who is known by now */
    snprintf(json, sizeof json, "{\"ids\":[\"%s\"],\"read_as\":2}", id);
    call("/v1/dead-letters/replay", json);
    refuse("nobody", id);
    snprintf(path, sizeof path, "/v1/dead-letters/%s/discard", id);
    call(path, "{\"reason\":\"a test of the partner\"}");
    call("/v1/sources/partner/leads", "{\"mail\":\"good@x.example\"}");
    call("/v1/sources/partner/rollout", "{\"action\":\"stop\"}");
}

/* With a dia who is never there, one of each kind of placement, and of each way that it can end. */
static void make_one_of_each(void)
{
    uint64_t won = submit("", "{\"email\":\"won@example.com\",\"country\":\"DE\"}");
    act(won, "contacts", "{\"channel\":\"phone\",\"note\":\"keen\"}");
    act(won, "outcome", "{\"outcome\":\"qualified\",\"reason\":\"budget\"}");
    uint64_t lost = submit("", "{\"email\":\"lost@example.com\",\"country\":\"US\"}");
    submit("", "{\"email\":\"lost@example.com\"}");
    act(lost, "outcome", "{\"outcome\":\"disqualified\"}");
    submit("Idempotency-Key: again\r\n",
           "{\"email\":\"lost@example.com\",\"employees\":5000,\"tags\":[\"test\"]}");
    submit("", "{\"email\":\"ice@example.com\",\"country\":\"AQ\"}");
    submit("", "{\"email\":\"cheese@example.com\",\"country\":\"MOON\"}");
    submit("", "{\"email\":\"owl@example.com\",\"country\":\"XX\"}"); /* on call */
    submit("", "{\"email\":\"coyote@acme.example\"}");                /* to a rep */
    uint64_t moved = submit("", "{\"email\":\"moved@example.com\",\"country\":\"DE\"}");
    act(moved, "assignment",
        "{\"rep\":\"dia\",\"cause\":\"language\",\"remediation\":\"a route\"}");
    change_everyone("{\"available\":false}");
    act(moved, "hand-back", "{\"reason\":\"ill\"}");
    submit("", "{\"email\":\"waits@example.com\",\"country\":\"DE\",\"employees\":5000}");
    /* Past every promise: the engine's next look finds them missed. */
    fixture.ahead_us += INT64_C(3700) * 1000000;
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
    make_dead_letters();
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
