/* Deliveries and destinations over HTTP: what is due, what came of it, sending again, giving up,
 * pausing, reconciling and comparing; two-way destinations telling of changes. The test plays the
 * outside: it says what came of each attempt, and what a destination has. */
#include "outside.h"

#include "base/id.h"
#include "effect/effect.h"

#include <inttypes.h>
#include <sodium.h>

static struct fixture fixture;

/* ---- a mesh with destinations, and two that are asked what they have */

static const struct policy_file files[] = {
    {"mesh.yaml", BYTES_LITERAL("name: outside\n"
                                "owners:\n"
                                "  - {name: ops, role: routing, email: ops@x.example}\n")},
    {"lead.schema.json",
     BYTES_LITERAL("{\"type\":\"object\",\"properties\":{\"email\":{\"type\":\"string\"}}}")},
    {"people.yaml", BYTES_LITERAL("defaults: {capacity: 1000}\n"
                                  "teams: [{id: desk, manager: ana, email: desk@x.example}]\n"
                                  "reps: [{id: ana, team: desk}, {id: ben, team: desk}]\n")},
    {"pools.yaml",
     BYTES_LITERAL("pools: [{id: all, strategy: round_robin, members: [ana, ben]}]\n")},
    {"pipelines/inbound.yaml",
     BYTES_LITERAL("pipeline: inbound\nowner: ops\n"
                   "classes: [{name: standard, objectives: {contacted: 4h}}]\n"
                   "routes: [{name: everyone, to: {pool: all}}]\n")},
    {"sources/website.yaml", BYTES_LITERAL("source: website\nowner: ops\n")},
    {"destinations/hook.yaml",
     BYTES_LITERAL("destination: hook\ntitle: The hook\nkind: webhook\nowner: ops\nteam: desk\n"
                   "url: https://hook.example/private-path\nsecret: {env: HOOK_SECRET}\n"
                   "events: [lead.assigned]\nconcurrency: 64\nbreaker: 'off'\n")},
    {"destinations/export.yaml",
     BYTES_LITERAL("destination: export\nkind: ndjson\npath: out.ndjson\n"
                   "events: [lead.assigned]\nconcurrency: 64\nbreaker: 'off'\n")},
    {"destinations/crm.yaml",
     BYTES_LITERAL("destination: crm\nkind: rest\nevents: [lead.assigned]\nconcurrency: 64\n"
                   "create: {url: '\"https://crm.example/leads\"', body: '{\"id\": meta.id}'}\n")},
};

/* What a destination has: played for the server by these two instead of by the effect thread. */
static struct {
    const char *keys[8];
    size_t count;
    int refuse;
    struct error error; /* of the listing */
    char record[256];   /* the change that was told last */
    enum core_status status;
} there;

int effects_list(struct effects *effects, const char *destination,
                 const struct effect_listing *listing, struct error *err)
{
    (void)effects;
    if (there.refuse != 0)
        return error_set(err, there.refuse, destination, "%s cannot list what it has", destination);
    for (size_t i = 0; i < there.count; i++)
        listing->found(listing->context, bytes_of(there.keys[i]), BYTES_LITERAL(""));
    listing->done(listing->context, &there.error);
    return 0;
}

int effects_change(struct effects *effects, const char *destination, struct bytes record,
                   const struct effect_change *change, struct error *err)
{
    (void)effects;
    if (there.refuse != 0)
        return error_set(err, there.refuse, destination, "%s takes no changes", destination);
    snprintf(there.record, sizeof there.record, "%.*s", BYTES_ARG(record));
    change->done(change->context, there.status, 12,
                 there.status == CORE_INVALID ? "it has no owner" : "");
    return 0;
}

static int open_server(void **state)
{
    (void)state;
    fixture_open(&fixture);
    outside_open(&fixture);
    fixture.effects = (struct effects *)&there;
    fixture_activate(&fixture, files, sizeof files / sizeof *files);
    fixture_start(&fixture);
    return 0;
}

static int close_server(void **state)
{
    (void)state;
    fixture_close(&fixture);
    outside_close();
    return 0;
}

/* ---- asking */

static void post(const char *path, const char *json, struct reply *reply)
{
    request_json(&fixture, "POST", path, json, reply);
}

static struct json_object *list(const struct reply *reply, const char *name)
{
    struct json_object *array = json_object_object_get(reply->json, name);
    assert_true(json_object_is_type(array, json_type_array));
    return array;
}

static bool is_true(const struct reply *reply, const char *name)
{
    return json_object_get_boolean(json_object_object_get(reply->json, name));
}

static void assert_refused(struct reply *reply, int status, const char *type, const char *says)
{
    assert_problem(reply, status, type);
    if (strstr(buffer_string(&reply->body), says) == NULL)
        fail_msg("\"%s\" is not in %s", says, buffer_string(&reply->body));
    reply_release(reply);
}

/* The delivery as GET answers it. */
static void read_delivery(uint64_t number, struct reply *reply)
{
    char path[64];
    snprintf(path, sizeof path, "/v1/deliveries/M%" PRIu64, number);
    request_get_now(&fixture, path, reply);
    assert_int_equal(reply->status, 200);
}

static void assert_state(uint64_t number, const char *state)
{
    struct reply reply;
    read_delivery(number, &reply);
    assert_string_equal(reply_text(&reply, "state"), state);
    reply_release(&reply);
}

static void act(uint64_t number, const char *verb, const char *headers, const char *json,
                struct reply *reply)
{
    char path[96], all[256];
    snprintf(path, sizeof path, "/v1/deliveries/M%" PRIu64 "/%s", number, verb);
    snprintf(all, sizeof all, "%sContent-Type: application/json\r\n", headers);
    request_send(&fixture, "POST", path, all, bytes_of(json), reply);
}

/* A lead's assignment, to each of the three destinations; what is not asked for is delivered. */
static struct outside_delivery deliver_to(const char *destination, const char *email)
{
    static const char *const names[] = {"hook", "export", "crm"};
    struct outside_delivery wanted = {0};
    submit_lead(&fixture, email);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct outside_delivery delivery = outside_next(names[i]);
        if (strcmp(names[i], destination) == 0)
            wanted = delivery;
        else
            outside_answer(&fixture, &delivery, CORE_OUTCOME_OK, 200, "");
    }
    return wanted;
}

static struct outside_delivery fail_to(const char *destination, const char *email,
                                       const char *reason)
{
    struct outside_delivery delivery = deliver_to(destination, email);
    outside_answer(&fixture, &delivery, CORE_OUTCOME_PERMANENT, 422, reason);
    return delivery;
}

/* ---- looking */

static void what_was_delivered_has_its_receipt(void **state)
{
    (void)state;
    struct reply reply;
    struct outside_delivery delivery = deliver_to("hook", "receipt@x.example");
    read_delivery(delivery.number, &reply);
    assert_string_equal(reply_text(&reply, "state"), "pending");
    assert_string_equal(reply_text(&reply, "destination"), "hook");
    assert_string_equal(reply_text(&reply, "purpose"), "deliver");
    assert_string_equal(reply_text(&reply, "event"), "lead.assigned");
    reply_release(&reply);
    outside_answer(&fixture, &delivery, CORE_OUTCOME_OK, 202, "");
    read_delivery(delivery.number, &reply);
    assert_string_equal(reply_text(&reply, "state"), "delivered");
    struct json_object *receipt = json_object_array_get_idx(list(&reply, "receipts"), 0);
    assert_int_equal(json_member_int(receipt, "status", 0), 202);
    assert_int_equal(json_member_int(receipt, "took_us", 0), 1500);
    assert_string_equal(json_member_text(receipt, "excerpt").data, "what it said");
    reply_release(&reply);
}

static void every_attempt_is_kept(void **state)
{
    (void)state;
    struct reply reply;
    struct outside_delivery delivery = deliver_to("hook", "attempts@x.example");
    outside_answer(&fixture, &delivery, CORE_OUTCOME_TRANSIENT, 503, "it is down");
    delivery = outside_next("hook"); /* the immediate retry */
    assert_int_equal(delivery.attempt, 2);
    outside_answer(&fixture, &delivery, CORE_OUTCOME_OK, 200, "");
    read_delivery(delivery.number, &reply);
    struct json_object *receipts = list(&reply, "receipts");
    assert_int_equal(json_object_array_length(receipts), 2);
    struct json_object *first = json_object_array_get_idx(receipts, 0);
    assert_string_equal(json_member_text(first, "outcome").data, "transient");
    assert_string_equal(json_member_text(first, "reason").data, "it is down");
    reply_release(&reply);
}

static void lists_are_narrowed_and_paged(void **state)
{
    (void)state;
    struct reply first, second;
    char path[512];
    struct outside_delivery a = deliver_to("hook", "page1@x.example");
    struct outside_delivery b = deliver_to("hook", "page2@x.example");
    request_get_now(&fixture, "/v1/deliveries?destination=hook&state=pending&limit=1", &first);
    assert_int_equal(json_object_array_length(list(&first, "deliveries")), 1);
    assert_non_null(strstr(reply_header(&first, "Link"), "destination=hook&state=pending"));
    snprintf(path, sizeof path, "%s", strchr(reply_header(&first, "Link"), '<') + 1);
    *strchr(path, '>') = '\0';
    request_get(&fixture, path, &second);
    assert_int_equal(second.status, 200);
    assert_int_equal(json_object_array_length(list(&second, "deliveries")), 1);
    assert_null(json_object_object_get(second.json, "next"));
    reply_release(&first);
    reply_release(&second);
    snprintf(path, sizeof path, "/v1/deliveries?lead=L%" PRIu64, a.lead);
    request_get_now(&fixture, path, &first);
    assert_int_equal(json_object_array_length(list(&first, "deliveries")), 3);
    reply_release(&first);
    outside_answer(&fixture, &a, CORE_OUTCOME_OK, 200, "");
    outside_answer(&fixture, &b, CORE_OUTCOME_OK, 200, "");
}

static void a_lead_shows_what_was_sent_about_it(void **state)
{
    (void)state;
    struct reply reply;
    char path[64];
    struct outside_delivery delivery = deliver_to("hook", "shown@x.example");
    outside_answer(&fixture, &delivery, CORE_OUTCOME_OK, 200, "");
    snprintf(path, sizeof path, "/v1/leads/L%" PRIu64, delivery.lead);
    request_get_now(&fixture, path, &reply);
    assert_int_equal(reply.status, 200);
    assert_int_equal(json_object_array_length(list(&reply, "deliveries")), 3);
    list(&reply, "links");
    assert_true(strlen(reply_header(&reply, "ETag")) > 2);
    reply_release(&reply);
}

static void questions_with_mistakes_are_told_what_they_may_be(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        int status;
        const char *type, *says;
    } cases[] = {
        {"/v1/deliveries?state=faild", 400, "invalid-parameter", "did you mean \\\"failed\\\""},
        {"/v1/deliveries?state=faild", 400, "invalid-parameter", "pending, delivered"},
        {"/v1/deliveries?destination=hok", 400, "invalid-parameter", "did you mean \\\"hook\\\""},
        {"/v1/deliveries?destination=xyz", 400, "invalid-parameter", "export"},
        {"/v1/deliveries?purpose=pge", 400, "invalid-parameter", "did you mean \\\"page\\\""},
        {"/v1/deliveries?target=ana", 400, "invalid-parameter", "rep:ID"},
        {"/v1/deliveries?lead=12", 400, "invalid-parameter", "L1024"},
        {"/v1/deliveries?from=monday", 400, "invalid-parameter", "2026-11-23"},
        {"/v1/deliveries?before=12", 400, "invalid-parameter", "M1024"},
        {"/v1/deliveries?limit=0", 400, "invalid-parameter", "from 1 to 1000"},
        {"/v1/deliveries?destinatio=x", 400, "invalid-parameter", "did you mean `destination`"},
        {"/v1/deliveries/clusters?state=x", 400, "invalid-parameter", "`state`"},
        {"/v1/deliveries/L12", 404, "not-found", "M1024"},
        {"/v1/deliveries/M999999999", 404, "not-found", "M999999999"},
        {"/v1/destinations/hok", 404, "not-found", "hok"},
        {"/v1/destinations/hok/reconciliation", 404, "not-found", "hok"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct reply reply;
        request_get(&fixture, cases[i].path, &reply);
        assert_refused(&reply, cases[i].status, cases[i].type, cases[i].says);
    }
}

/* ---- sending again, giving up */

static void what_failed_is_clustered_by_its_reason(void **state)
{
    (void)state;
    struct reply reply;
    uint64_t number = fail_to("hook", "cluster@x.example", "no such table").number;
    request_get_now(&fixture, "/v1/deliveries/clusters?state=failed&reason=no%20such%20table",
                    &reply);
    assert_int_equal(json_object_array_length(list(&reply, "clusters")), 1);
    struct json_object *cluster = json_object_array_get_idx(list(&reply, "clusters"), 0);
    assert_int_equal(json_member_int(cluster, "count", 0), 1);
    assert_string_equal(json_member_text(cluster, "destination").data, "hook");
    reply_release(&reply);
    act(number, "discard", "", "{\"reason\":\"a test\"}", &reply);
    reply_release(&reply);
}

static void one_that_failed_is_sent_again_under_its_id(void **state)
{
    (void)state;
    struct reply reply;
    struct outside_delivery failed = fail_to("hook", "retry@x.example", "refused");
    assert_state(failed.number, "failed");
    act(failed.number, "retry", "Idempotency-Key: again\r\n", "{\"reason\":\"mended\"}", &reply);
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply_text(&reply, "state"), "pending");
    assert_true(reply_number(&reply, "seq") > 0);
    reply_release(&reply);
    struct outside_delivery again = outside_next("hook");
    assert_int_equal(again.number, failed.number);
    outside_answer(&fixture, &again, CORE_OUTCOME_OK, 200, "");
    assert_state(failed.number, "delivered");
    act(failed.number, "retry", "Idempotency-Key: again\r\n", "{\"reason\":\"mended\"}", &reply);
    assert_true(is_true(&reply, "replayed"));
    reply_release(&reply);
    assert_state(failed.number, "delivered");
}

static void one_that_arrived_can_be_sent_once_more(void **state)
{
    (void)state;
    struct reply reply;
    struct outside_delivery delivery = deliver_to("export", "twice@x.example");
    outside_answer(&fixture, &delivery, CORE_OUTCOME_OK, 200, "");
    act(delivery.number, "retry", "", "{\"reason\":\"they lost it\"}", &reply);
    assert_int_equal(reply.status, 200);
    reply_release(&reply);
    struct outside_delivery again = outside_next("export");
    assert_int_equal(again.number, delivery.number);
    assert_int_equal(again.lead, delivery.lead);
    outside_answer(&fixture, &again, CORE_OUTCOME_OK, 200, "");
}

static void one_that_is_given_up_is_not_sent(void **state)
{
    (void)state;
    struct reply reply;
    uint64_t number = fail_to("hook", "discard@x.example", "refused").number;
    act(number, "discard", "", "{\"reason\":\"  \"}", &reply);
    assert_refused(&reply, 422, "invalid-body", "/reason");
    act(number, "discard", "", "{\"reason\":\"nobody needs it\"}", &reply);
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply_text(&reply, "state"), "discarded");
    reply_release(&reply);
    assert_state(number, "discarded");
    assert_true(outside_is_idle("hook"));
}

static void many_are_replayed_by_filter(void **state)
{
    (void)state;
    struct reply reply;
    struct outside_delivery a = fail_to("hook", "many1@x.example", "the disk is full");
    struct outside_delivery b = fail_to("hook", "many2@x.example", "the disk is full");
    const char *body = "{\"filter\":{\"destination\":\"hook\",\"reason\":\"the disk is full\"},"
                       "\"reason\":\"it has room\",\"limit\":1}";
    post("/v1/deliveries/replay", body, &reply);
    assert_int_equal(reply.status, 200);
    assert_int_equal(reply_number(&reply, "queued"), 1);
    assert_true(is_true(&reply, "more"));
    reply_release(&reply);
    post("/v1/deliveries/replay", body, &reply);
    assert_int_equal(reply_number(&reply, "queued"), 1);
    assert_false(is_true(&reply, "more"));
    reply_release(&reply);
    struct outside_delivery first = outside_next("hook"), second = outside_next("hook");
    assert_int_equal(first.number + second.number, a.number + b.number);
    outside_answer(&fixture, &first, CORE_OUTCOME_OK, 200, "");
    outside_answer(&fixture, &second, CORE_OUTCOME_OK, 200, "");
}

static void each_of_a_replay_has_a_result(void **state)
{
    (void)state;
    struct reply reply;
    char json[128];
    struct outside_delivery failed = fail_to("hook", "result@x.example", "refused");
    snprintf(json, sizeof json, "{\"ids\":[\"M%" PRIu64 "\",\"M999999999\"],\"reason\":\"try\"}",
             failed.number);
    post("/v1/deliveries/replay", json, &reply);
    assert_int_equal(reply_number(&reply, "queued"), 1);
    assert_int_equal(reply_number(&reply, "gone"), 1);
    struct json_object *gone = json_object_array_get_idx(list(&reply, "results"), 1);
    assert_string_equal(json_member_text(gone, "outcome").data, "gone");
    reply_release(&reply);
    struct outside_delivery again = outside_next("hook");
    outside_answer(&fixture, &again, CORE_OUTCOME_OK, 200, "");
}

static void replays_with_mistakes_do_nothing(void **state)
{
    (void)state;
    static const struct {
        const char *json, *says;
    } cases[] = {
        {"{\"reason\":\"x\"}", "which deliveries"},
        {"{\"ids\":[\"M1\"],\"filter\":{\"state\":\"failed\"},\"reason\":\"x\"}", "one of the two"},
        {"{\"ids\":[\"X1\"],\"reason\":\"x\"}", "/ids/0"},
        {"{\"ids\":[\"M1\"]}", "/reason"},
        {"{\"filter\":{},\"reason\":\"x\"}", "/filter"},
        {"{\"filter\":{\"destination\":\"hok\"},\"reason\":\"x\"}", "did you mean \\\"hook\\\""},
        {"{\"filter\":{\"state\":\"open\"},\"reason\":\"x\"}", "/filter/state"},
        {"{\"filter\":{\"kind\":\"open\"},\"reason\":\"x\"}", "/filter/kind"},
        {"{\"filter\":{\"state\":\"failed\"},\"after\":\"12\",\"reason\":\"x\"}", "/after"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct reply reply;
        post("/v1/deliveries/replay", cases[i].json, &reply);
        assert_refused(&reply, 422, "invalid-body", cases[i].says);
    }
}

/* ---- destinations */

static void destinations_tell_how_they_fare_and_no_secrets(void **state)
{
    (void)state;
    struct reply reply;
    request_get_now(&fixture, "/v1/destinations/hook", &reply);
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply_text(&reply, "kind"), "webhook");
    assert_string_equal(reply_text(&reply, "title"), "The hook");
    assert_string_equal(reply_text(&reply, "breaker"), "closed");
    assert_int_equal(json_object_array_length(list(&reply, "events")), 1);
    assert_true(json_member_int(json_object_object_get(reply.json, "deliveries"), "delivered", 0) >
                0);
    assert_null(strstr(buffer_string(&reply.body), "private-path"));
    assert_null(strstr(buffer_string(&reply.body), "HOOK_SECRET"));
    reply_release(&reply);
    request_get(&fixture, "/v1/destinations", &reply);
    assert_int_equal(json_object_array_length(list(&reply, "destinations")), 3);
    reply_release(&reply);
    request_get(&fixture, "/v1/routing-contract", &reply);
    assert_int_equal(json_object_array_length(list(&reply, "destinations")), 3);
    assert_null(strstr(buffer_string(&reply.body), "private-path"));
    assert_null(strstr(buffer_string(&reply.body), "HOOK_SECRET"));
    reply_release(&reply);
}

static void a_paused_destination_gets_nothing_until_it_is_resumed(void **state)
{
    (void)state;
    struct reply reply;
    post("/v1/destinations/export/pause", "{}", &reply);
    assert_refused(&reply, 422, "invalid-body", "/reason");
    post("/v1/destinations/export/pause", "{\"reason\":\"they migrate\"}", &reply);
    assert_int_equal(reply.status, 200);
    assert_true(is_true(&reply, "paused"));
    reply_release(&reply);
    post("/v1/destinations/export/pause", "{\"reason\":\"they migrate\"}", &reply);
    assert_true(is_true(&reply, "unchanged"));
    reply_release(&reply);
    submit_lead(&fixture, "paused@x.example");
    struct outside_delivery other = outside_next("hook");
    outside_answer(&fixture, &other, CORE_OUTCOME_OK, 200, "");
    other = outside_next("crm");
    outside_answer(&fixture, &other, CORE_OUTCOME_OK, 200, "");
    assert_true(outside_is_idle("export"));
    request_get_now(&fixture, "/v1/destinations/export", &reply);
    assert_true(is_true(&reply, "paused"));
    reply_release(&reply);
    request_send(&fixture, "POST", "/v1/destinations/export/resume", "", (struct bytes){0}, &reply);
    assert_int_equal(reply.status, 200);
    assert_false(is_true(&reply, "paused"));
    reply_release(&reply);
    other = outside_next("export");
    outside_answer(&fixture, &other, CORE_OUTCOME_OK, 200, "");
}

static void one_that_does_not_exist_cannot_be_paused(void **state)
{
    (void)state;
    struct reply reply;
    post("/v1/destinations/nowhere/pause", "{\"reason\":\"x\"}", &reply);
    assert_refused(&reply, 404, "not-found", "nowhere");
}

static void metrics_name_each_destination(void **state)
{
    (void)state;
    struct reply reply;
    request_get(&fixture, "/metrics", &reply);
    const char *text = buffer_string(&reply.body);
    assert_non_null(strstr(text, "\n# TYPE meshline_deliveries_delivered_total counter\n"));
    assert_non_null(strstr(text, "# TYPE meshline_destination_breaker gauge\n"));
    reply_release(&reply);
}

/* ---- reconciling */

static void everything_due_is_accounted_for(void **state)
{
    (void)state;
    struct reply reply;
    request_get_now(&fixture, "/v1/destinations/hook/reconciliation", &reply);
    assert_int_equal(reply.status, 200);
    assert_true(is_true(&reply, "balanced"));
    assert_int_equal(reply_number(&reply, "due"),
                     reply_number(&reply, "delivered") + reply_number(&reply, "pending") +
                         reply_number(&reply, "failed") + reply_number(&reply, "discarded"));
    assert_true(reply_number(&reply, "delivered") > 0);
    reply_release(&reply);
}

static void what_is_missing_there_is_found_and_repaired(void **state)
{
    (void)state;
    struct reply reply;
    char key[LEAD_ID_TEXT_SIZE], unconfirmed[LEAD_ID_TEXT_SIZE];
    struct outside_delivery lost = deliver_to("export", "lost@x.example");
    outside_answer(&fixture, &lost, CORE_OUTCOME_OK, 200, "");
    struct outside_delivery waiting = deliver_to("export", "waiting@x.example");
    entity_id_print(ID_DELIVERY, waiting.number, unconfirmed);
    there.keys[0] = unconfirmed;
    there.keys[1] = "M999999999";
    there.keys[2] = "somebody else's";
    there.count = 3;
    post("/v1/destinations/export/reconciliation", "{}", &reply);
    assert_int_equal(reply.status, 200);
    int64_t delivered = reply_number(&reply, "delivered");
    assert_int_equal(reply_number(&reply, "listed"), 3);
    assert_int_equal(reply_number(&reply, "matched"), 0);
    assert_int_equal(reply_number(&reply, "missing"), delivered);
    assert_int_equal(reply_number(&reply, "unconfirmed"), 1);
    assert_int_equal(reply_number(&reply, "foreign"), 2);
    entity_id_print(ID_DELIVERY, lost.number, key);
    assert_non_null(strstr(buffer_string(&reply.body), key));
    reply_release(&reply);
    post("/v1/destinations/export/reconciliation", "{\"repair\":true}", &reply);
    assert_int_equal(reply_number(&reply, "queued"), delivered);
    reply_release(&reply);
    outside_answer(&fixture, &waiting, CORE_OUTCOME_OK, 200, "");
    for (int64_t i = 0; i < delivered; i++) {
        struct outside_delivery again = outside_next("export");
        outside_answer(&fixture, &again, CORE_OUTCOME_OK, 200, "");
    }
    assert_state(lost.number, "delivered");
}

static void a_system_of_record_is_compared_by_leads(void **state)
{
    (void)state;
    struct reply reply;
    char key[LEAD_ID_TEXT_SIZE];
    struct outside_delivery delivery = deliver_to("crm", "record@x.example");
    outside_answer(&fixture, &delivery, CORE_OUTCOME_OK, 201, "");
    lead_id_print(delivery.lead, key);
    there.keys[0] = key;
    there.keys[1] = key; /* told twice */
    there.count = 2;
    post("/v1/destinations/crm/reconciliation", "{}", &reply);
    assert_string_equal(reply_text(&reply, "compared"), "leads");
    assert_int_equal(reply_number(&reply, "matched"), 1);
    assert_int_equal(reply_number(&reply, "missing"), reply_number(&reply, "delivered") - 1);
    assert_int_equal(reply_number(&reply, "foreign"), 0);
    reply_release(&reply);
}

static void what_cannot_be_compared_is_told(void **state)
{
    (void)state;
    struct reply reply;
    there.refuse = ML_EINVAL;
    post("/v1/destinations/hook/reconciliation", "{}", &reply);
    assert_refused(&reply, 409, "wrong-state", "cannot list");
    there.refuse = 0;
    there.count = 0;
    error_set(&there.error, ML_EIO, "", "the connection broke");
    post("/v1/destinations/export/reconciliation", "{}", &reply);
    assert_refused(&reply, 503, "outside", "the connection broke");
    there.error = (struct error){0};
}

/* ---- changes over there */

static void a_change_is_decided_and_answered(void **state)
{
    (void)state;
    struct reply reply;
    there.status = CORE_OK;
    post("/v1/destinations/crm/changes", "{\"owner\":\"ben\"}", &reply);
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply_text(&reply, "outcome"), "decided");
    assert_string_equal(reply_text(&reply, "lead"), "L12");
    assert_string_equal(there.record, "{\"owner\":\"ben\"}");
    reply_release(&reply);
    there.status = CORE_UNCHANGED;
    post("/v1/destinations/crm/changes", "{\"owner\":\"ben\"}", &reply);
    assert_string_equal(reply_text(&reply, "outcome"), "unchanged");
    reply_release(&reply);
    there.status = CORE_INVALID;
    post("/v1/destinations/crm/changes", "{}", &reply);
    assert_refused(&reply, 422, "invalid-body", "it has no owner");
    there.refuse = ML_EINVAL;
    post("/v1/destinations/hook/changes", "{}", &reply);
    assert_refused(&reply, 409, "wrong-state", "takes no changes");
    there.refuse = 0;
}

/* What the other system posts, signed as Typeform does: the shortest of the schemes. */
static void tell_signed(const char *secret, const char *body, struct reply *reply)
{
    unsigned char mac[crypto_auth_hmacsha256_BYTES];
    char text[sodium_base64_ENCODED_LEN(sizeof mac, sodium_base64_VARIANT_ORIGINAL)], headers[256];
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, (const unsigned char *)secret, strlen(secret));
    crypto_auth_hmacsha256_update(&state, (const unsigned char *)body, strlen(body));
    crypto_auth_hmacsha256_final(&state, mac);
    sodium_bin2base64(text, sizeof text, mac, sizeof mac, sodium_base64_VARIANT_ORIGINAL);
    snprintf(headers, sizeof headers,
             "Content-Type: application/json\r\nTypeform-Signature: sha256=%s\r\n", text);
    request_send(&fixture, "POST", "/v1/destinations/crm/changes", headers, bytes_of(body), reply);
}

static void a_change_may_be_signed(void **state)
{
    (void)state;
    struct reply reply;
    char path[128];
    struct key_made key;
    const struct key_request request = {.kind = KEY_TYPEFORM,
                                        .source = BYTES_LITERAL("destination:crm")};
    snprintf(path, sizeof path, "%s/tokens.json", fixture.directory);
    assert_int_equal(tokens_add_key(path, &request, 1, &key, NULL), 0);
    fixture_stop(&fixture);
    fixture_start(&fixture);
    there.status = CORE_OK;
    tell_signed(key.secret, "{\"owner\":\"ana\"}", &reply);
    assert_int_equal(reply.status, 200);
    assert_string_equal(there.record, "{\"owner\":\"ana\"}");
    reply_release(&reply);
    tell_signed("another secret", "{\"owner\":\"ben\"}", &reply);
    assert_refused(&reply, 401, "unauthenticated", "destination:crm");
    /* Since there is such a key, this machine alone is no longer enough. */
    post("/v1/destinations/crm/changes", "{\"owner\":\"ben\"}", &reply);
    assert_refused(&reply, 401, "unauthenticated", "destination:crm");
    assert_string_equal(there.record, "{\"owner\":\"ana\"}");
}

static void changes_need_a_key_of_that_destination(void **state)
{
    (void)state;
    struct reply reply;
    char own[TOKEN_TEXT_SIZE], other[TOKEN_TEXT_SIZE], id[TOKEN_ID_SIZE], headers[256];
    there.status = CORE_OK;
    fixture_token(&fixture, ROLE_SOURCE, "destination:crm", own, id);
    fixture_token(&fixture, ROLE_SOURCE, "crm", other, id);
    fixture_stop(&fixture);
    fixture_start(&fixture);
    snprintf(headers, sizeof headers,
             "Content-Type: application/json\r\nAuthorization: Bearer %s\r\n", own);
    request_send(&fixture, "POST", "/v1/destinations/crm/changes", headers, BYTES_LITERAL("{}"),
                 &reply);
    assert_int_equal(reply.status, 200);
    reply_release(&reply);
    /* That of a source of the same name is none. */
    snprintf(headers, sizeof headers,
             "Content-Type: application/json\r\nAuthorization: Bearer %s\r\n", other);
    request_send(&fixture, "POST", "/v1/destinations/crm/changes", headers, BYTES_LITERAL("{}"),
                 &reply);
    assert_refused(&reply, 403, "forbidden", "destination:crm");
    request_send(&fixture, "POST", "/v1/destinations/crm/changes",
                 "Content-Type: application/json\r\n", BYTES_LITERAL("{}"), &reply);
    assert_refused(&reply, 401, "unauthenticated", "token");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_delivered_has_its_receipt),
        cmocka_unit_test(every_attempt_is_kept),
        cmocka_unit_test(lists_are_narrowed_and_paged),
        cmocka_unit_test(a_lead_shows_what_was_sent_about_it),
        cmocka_unit_test(questions_with_mistakes_are_told_what_they_may_be),
        cmocka_unit_test(what_failed_is_clustered_by_its_reason),
        cmocka_unit_test(one_that_failed_is_sent_again_under_its_id),
        cmocka_unit_test(one_that_arrived_can_be_sent_once_more),
        cmocka_unit_test(one_that_is_given_up_is_not_sent),
        cmocka_unit_test(many_are_replayed_by_filter),
        cmocka_unit_test(each_of_a_replay_has_a_result),
        cmocka_unit_test(replays_with_mistakes_do_nothing),
        cmocka_unit_test(destinations_tell_how_they_fare_and_no_secrets),
        cmocka_unit_test(a_paused_destination_gets_nothing_until_it_is_resumed),
        cmocka_unit_test(one_that_does_not_exist_cannot_be_paused),
        cmocka_unit_test(metrics_name_each_destination),
        cmocka_unit_test(everything_due_is_accounted_for),
        cmocka_unit_test(what_is_missing_there_is_found_and_repaired),
        cmocka_unit_test(a_system_of_record_is_compared_by_leads),
        cmocka_unit_test(what_cannot_be_compared_is_told),
        cmocka_unit_test(a_change_is_decided_and_answered),
        cmocka_unit_test(a_change_may_be_signed),
        cmocka_unit_test(changes_need_a_key_of_that_destination),
    };
    return cmocka_run_group_tests(tests, open_server, close_server);
}
