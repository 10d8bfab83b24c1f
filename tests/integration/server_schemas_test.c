/* Every kind of event, made by the real engine, is what its schema in spec/events says: no member
 * that the schema does not know, none missing, each of its type. */
#include "rich_mesh.h"
#include "schema_check.h"
#include "server_fixture.h"

#include "base/id.h"
#include "base/time.h"

#include <inttypes.h>
#include <sched.h>
#include <semaphore.h>
#include <time.h>

#define SECONDS(n) (INT64_C(1000000) * (n))

static struct fixture fixture;
static unsigned seen[CORE_EVENT_TYPES];      /* by the newest reading */
static unsigned seen_ever[CORE_EVENT_TYPES]; /* of any mesh */

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

/* ---- promises, and what goes wrong with them */

static const struct policy_file promising[] = {
    {"mesh.yaml", BYTES_LITERAL("name: promises\nowners:\n  - {name: ops, role: routing}\n"
                                "causes:\n  - {name: bad_data}\n")},
    {"lead.schema.json",
     BYTES_LITERAL("{\"type\":\"object\",\"properties\":{\"email\":{\"type\":\"string\"},"
                   "\"campaign\":{\"type\":\"string\"},"
                   "\"employees\":{\"type\":\"integer\"}}}")},
    {"people.yaml", BYTES_LITERAL("defaults: {capacity: 100}\nreps: [{id: ana}, {id: ben}]\n")},
    {"pools.yaml", BYTES_LITERAL("pools:\n  - {id: all, strategy: round_robin, members: [ana]}\n")},
    {"sources/web.yaml", BYTES_LITERAL("source: web\nowner: ops\n")},
    {"alerts.yaml", BYTES_LITERAL("group: 1s\nalerts:\n  - {name: surge, incident: true}\n")},
    {"pipelines/inbound.yaml",
     BYTES_LITERAL("pipeline: inbound\nowner: ops\nclasses:\n"
                   "  - {name: all, objectives: {enriched: 60s, assigned: 60s, contacted: 5m}}\n"
                   "surge: {detect: {start: 3x, end: 1.5x, window: 5m, at_least: 5}}\n"
                   "routes:\n  - {name: everyone, to: {pool: all}}\n")},
};

/* Posts and takes the id of what was made. */
static void post_for_id(const char *path, const char *json, char ret_id[static LEAD_ID_TEXT_SIZE])
{
    struct reply reply;
    request_json(&fixture, "POST", path, json, &reply);
    if (reply.status != 201)
        fail_msg("%s: %d %s", path, reply.status, buffer_string(&reply.body));
    snprintf(ret_id, LEAD_ID_TEXT_SIZE, "%s", reply_text(&reply, "id"));
    reply_release(&reply);
}

static void act_on(const char *collection, const char *id, const char *action, const char *json)
{
    char path[96];
    snprintf(path, sizeof path, "/v1/%s/%s/%s", collection, id, action);
    call(path, json);
}

/* An exception with all that people do to one, and another one that nobody looks at. */
static void make_exceptions(uint64_t lead)
{
    char id[LEAD_ID_TEXT_SIZE], path[96];
    snprintf(path, sizeof path, "/v1/leads/L%" PRIu64 "/exceptions", lead);
    post_for_id(path, "{\"note\":\"which of the two?\"}", id);
    act_on("exceptions", id, "claim", "{\"note\":\"mine\"}");
    act_on("exceptions", id, "release", "{}");
    act_on("exceptions", id, "resolve",
           "{\"action\":\"dismiss\",\"cause\":\"bad_data\",\"remediation\":\"told them\"}");
    post_for_id(path, "{\"note\":\"and now?\"}", id);
}

static void make_silences(void)
{
    char id[LEAD_ID_TEXT_SIZE], path[96];
    struct reply reply;
    post_for_id("/v1/silences", "{\"label\":\"all\",\"for\":\"1h\",\"reason\":\"a drill\"}", id);
    snprintf(path, sizeof path, "/v1/silences/%s", id);
    request_json(&fixture, "DELETE", path, "", &reply);
    assert_int_equal(reply.status, 200);
    reply_release(&reply);
}

/* One whose second item will be late in an hour. */
static void make_incidents(void)
{
    char id[LEAD_ID_TEXT_SIZE], due[TIME_TEXT_SIZE], json[512];
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    time_print(SECONDS((int64_t)now.tv_sec + 3600) + fixture.ahead_us, due);
    snprintf(json, sizeof json,
             "{\"text\":\"a certificate\",\"causes\":[\"bad_data\"],\"items\":["
             "{\"title\":\"watch it\",\"owner\":\"ana\",\"due\":\"%s\"},"
             "{\"title\":\"ask them\",\"owner\":\"ben\",\"due\":\"%s\"}]}",
             due, due);
    post_for_id("/v1/incidents", "{\"title\":\"the forms are down\"}", id);
    act_on("incidents", id, "notes", "{\"text\":\"they are back\"}");
    act_on("incidents", id, "close", json);
    act_on("incidents", id, "items/1/done", "{\"note\":\"in place\"}");
}

static bool read_events(void);

/* Lets time pass, and waits until the engine has made one of those. */
static void wait_for(int64_t ahead_us, enum core_event_type type)
{
    fixture.ahead_us += ahead_us;
    do
        read_events();
    while (seen[type] == 0 && sched_yield() == 0);
}

static void make_trouble(void)
{
    char json[96];
    uint64_t lead = submit("", "{\"email\":\"first@example.com\"}");
    act(lead, "acknowledgement", "{\"note\":\"I call at three\"}");
    act(lead, "enrichment", "{\"provider\":\"clear\",\"attributes\":{\"employees\":12}}");
    make_exceptions(lead);
    make_silences();
    make_incidents();
    for (int i = 0; i < 8; i++) {
        snprintf(json, sizeof json, "{\"email\":\"more%d@example.com\",\"campaign\":\"spring\"}",
                 i);
        submit("", json);
    }
    wait_for(SECONDS(6), CORE_SURGE_STARTED);
    wait_for(SECONDS(6), CORE_PAGE_DUE);
    wait_for(SECONDS(330), CORE_SURGE_PEAKED);
    wait_for(SECONDS(330), CORE_ALERT_RESOLVED);
    wait_for(SECONDS(600), CORE_LEAD_ESCALATED);
    wait_for(SECONDS(26 * 3600), CORE_EXCEPTION_ESCALATED);
    wait_for(0, CORE_REMEDIATION_LATE);
}

/* ---- what leaves the process; nothing does here, what came of it is said by hand */

static const struct policy_file sending[] = {
    {"mesh.yaml", BYTES_LITERAL("name: sending\nowners:\n  - {name: ops, role: routing}\n")},
    {"lead.schema.json", BYTES_LITERAL("{\"type\":\"object\",\"properties\":{\"email\":"
                                       "{\"type\":\"string\"}}}")},
    {"people.yaml", BYTES_LITERAL("defaults: {capacity: 100}\nreps: [{id: ana}, {id: ben}]\n")},
    {"pools.yaml", BYTES_LITERAL("pools:\n  - {id: all, strategy: round_robin, members: [ana]}\n")},
    {"sources/web.yaml", BYTES_LITERAL("source: web\nowner: ops\n")},
    {"destinations/crm.yaml",
     BYTES_LITERAL("destination: crm\nkind: rest\nowner: ops\nevents: [lead.assigned]\n"
                   "create: {url: '\"https://crm.example/leads\"', body: lead}\n"
                   "breaker: {failures: 1}\n"
                   "sync:\n  webhook: true\n  lead: record.lead\n"
                   "  fields: {owner: {from: record.owner, authority: theirs}}\n")},
    {"destinations/mail.yaml",
     BYTES_LITERAL("destination: mail\nkind: email\nowner: ops\n"
                   "server: \"smtp://mail.example:25\"\nfrom: leads@acme.example\n")},
    {"notifications.yaml", BYTES_LITERAL("channels: {reps: {via: mail, digest: 15m}}\nmute: []\n")},
    {"pipelines/inbound.yaml", BYTES_LITERAL("pipeline: inbound\nowner: ops\nclasses:\n"
                                             "  - {name: all, objectives: {assigned: 60s}}\n"
                                             "routes:\n  - {name: everyone, to: {pool: all}}\n")},
};

static void done(struct engine_request *request)
{
    sem_post(request->context);
}

static void command(struct core_command *command)
{
    struct engine_result result = {0};
    sem_t ready;
    struct engine_request request = {
        .commands = command, .results = &result, .count = 1, .complete = done, .context = &ready};
    sem_init(&ready, 0, 0);
    assert_int_equal(engine_submit(fixture.engine, &request, NULL), 0);
    sem_wait(&ready);
    sem_destroy(&ready);
    if (result.status != CORE_OK)
        fail_msg("%d: %s", result.status, result.message);
}

/* A lead's delivery to the CRM: the first that follows from its assignment, right behind its
 * capture. */
static uint64_t delivery_of(const char *json)
{
    return core_delivery_number(submit("", json) + 1, 0);
}

static void tell(uint64_t delivery, enum core_outcome outcome)
{
    struct core_command receipt = {.type = CORE_RECEIPT, .entity = delivery};
    receipt.receipt.outcome = outcome;
    receipt.receipt.status = outcome == CORE_OUTCOME_OK ? 201 : 503;
    receipt.receipt.started_us = engine_now_us(fixture.engine);
    receipt.receipt.took_us = 4711;
    receipt.receipt.excerpt = BYTES_LITERAL("{\"id\":\"00Q7\"}");
    receipt.receipt.reason =
        outcome == CORE_OUTCOME_OK ? (struct bytes){0} : BYTES_LITERAL("it says no");
    receipt.receipt.external_id =
        outcome == CORE_OUTCOME_OK ? BYTES_LITERAL("00Q7") : (struct bytes){0};
    command(&receipt);
}

static void change_owner(uint64_t lead, const char *owner)
{
    struct arena arena;
    const struct core_sync_value value = {true, cel_string(bytes_of(owner))};
    struct core_command change = {.type = CORE_SYNC, .lead = lead};
    struct policy_release *release = engine_release_ref(fixture.engine);
    arena_init(&arena);
    change.sync.destination = BYTES_LITERAL("crm");
    change.sync.change = BYTES_LITERAL("v7");
    change.sync.external_id = BYTES_LITERAL("00Q7");
    change.sync.values = &value;
    change.sync.count = 1;
    change.sync.release = release;
    change.sync.arena = &arena;
    command(&change);
    policy_release_unref(release);
    arena_release(&arena);
}

static void make_deliveries(void)
{
    uint64_t first = delivery_of("{\"email\":\"first@example.com\"}");
    tell(first, CORE_OUTCOME_TRANSIENT); /* and the breaker opens */
    struct core_command resume = {.type = CORE_SET_DESTINATION};
    resume.set_destination.destination = BYTES_LITERAL("crm");
    resume.set_destination.change = CORE_DESTINATION_RESUMED;
    command(&resume);
    tell(first, CORE_OUTCOME_OK);
    uint64_t second = delivery_of("{\"email\":\"second@example.com\"}");
    tell(second, CORE_OUTCOME_PERMANENT);
    struct core_command again = {.type = CORE_REQUEUE, .entity = second};
    again.requeue.reason = BYTES_LITERAL("they are back");
    command(&again);
    struct core_command drop = {.type = CORE_DROP, .entity = second};
    drop.drop.reason = BYTES_LITERAL("nobody needs it");
    command(&drop);
    change_owner(core_delivery_event(first) - 1, "ben");
    change_owner(core_delivery_event(first) - 1, "nobody");
}

/* ---- */

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

static void remember(void)
{
    for (int type = 1; type < CORE_EVENT_TYPES; type++)
        seen_ever[type] += seen[type];
    fixture_close(&fixture);
}

static void every_kind_of_event_fits_its_schema(void **state)
{
    (void)state;
    size_t count;
    const struct policy_file *files = rich_mesh_files(&count);
    fixture_serve(&fixture, files, count);
    make_dead_letters();
    make_one_of_each();
    while (!read_events())
        sched_yield();
    remember();
    fixture_serve(&fixture, promising, sizeof promising / sizeof *promising);
    make_trouble();
    remember();
    fixture_serve(&fixture, sending, sizeof sending / sizeof *sending);
    make_deliveries();
    read_events();
    remember();
    for (int type = 1; type < CORE_EVENT_TYPES; type++)
        if (seen_ever[type] == 0)
            fail_msg("no event of type %s was made",
                     core_event_type_name((enum core_event_type)type));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_event_fits_its_schema),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
