/* Destinations over HTTP: how they fare, pausing, reconciling, comparing with what they really
 * have, and two-way ones that tell of changes. The test plays the outside: it says what came of
 * each attempt, and what a destination has. */
#include "outside.h"

#include "base/id.h"
#include "effect/effect.h"

#include <inttypes.h>
#include <sodium.h>

static struct fixture fixture;

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
    outside_open(&fixture);
    fixture.effects = (struct effects *)&there;
    fixture_start(&fixture);
    struct outside_delivery first = outside_deliver(&fixture, "hook", "first@x.example");
    outside_answer(&fixture, &first, CORE_OUTCOME_OK, 200, "");
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

static void assert_state(uint64_t number, const char *state)
{
    struct reply reply;
    char path[64];
    snprintf(path, sizeof path, "/v1/deliveries/M%" PRIu64, number);
    request_get_now(&fixture, path, &reply);
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply_text(&reply, "state"), state);
    reply_release(&reply);
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
    assert_int_equal(json_object_array_length(reply_list(&reply, "events")), 1);
    assert_true(json_member_int(json_object_object_get(reply.json, "deliveries"), "delivered", 0) >
                0);
    assert_null(strstr(buffer_string(&reply.body), "private-path"));
    assert_null(strstr(buffer_string(&reply.body), "HOOK_SECRET"));
    reply_release(&reply);
    request_get(&fixture, "/v1/destinations", &reply);
    assert_int_equal(json_object_array_length(reply_list(&reply, "destinations")), 3);
    reply_release(&reply);
    request_get(&fixture, "/v1/routing-contract", &reply);
    assert_int_equal(json_object_array_length(reply_list(&reply, "destinations")), 3);
    assert_null(strstr(buffer_string(&reply.body), "private-path"));
    assert_null(strstr(buffer_string(&reply.body), "HOOK_SECRET"));
    reply_release(&reply);
}

static void a_paused_destination_gets_nothing_until_it_is_resumed(void **state)
{
    (void)state;
    struct reply reply;
    post("/v1/destinations/export/pause", "{}", &reply);
    assert_problem_says(&reply, 422, "invalid-body", "/reason");
    post("/v1/destinations/export/pause", "{\"reason\":\"they migrate\"}", &reply);
    assert_int_equal(reply.status, 200);
    assert_true(reply_is_true(&reply, "paused"));
    reply_release(&reply);
    post("/v1/destinations/export/pause", "{\"reason\":\"they migrate\"}", &reply);
    assert_true(reply_is_true(&reply, "unchanged"));
    reply_release(&reply);
    submit_lead(&fixture, "paused@x.example");
    struct outside_delivery other = outside_next("hook");
    outside_answer(&fixture, &other, CORE_OUTCOME_OK, 200, "");
    other = outside_next("crm");
    outside_answer(&fixture, &other, CORE_OUTCOME_OK, 200, "");
    assert_true(outside_is_idle("export"));
    request_get_now(&fixture, "/v1/destinations/export", &reply);
    assert_true(reply_is_true(&reply, "paused"));
    reply_release(&reply);
    request_send(&fixture, "POST", "/v1/destinations/export/resume", "", (struct bytes){0}, &reply);
    assert_int_equal(reply.status, 200);
    assert_false(reply_is_true(&reply, "paused"));
    reply_release(&reply);
    other = outside_next("export");
    outside_answer(&fixture, &other, CORE_OUTCOME_OK, 200, "");
}

static void one_that_does_not_exist_cannot_be_paused(void **state)
{
    (void)state;
    struct reply reply;
    post("/v1/destinations/nowhere/pause", "{\"reason\":\"x\"}", &reply);
    assert_problem_says(&reply, 404, "not-found", "nowhere");
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
    assert_true(reply_is_true(&reply, "balanced"));
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
    struct outside_delivery lost = outside_deliver(&fixture, "export", "lost@x.example");
    outside_answer(&fixture, &lost, CORE_OUTCOME_OK, 200, "");
    struct outside_delivery waiting = outside_deliver(&fixture, "export", "waiting@x.example");
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
    struct outside_delivery delivery = outside_deliver(&fixture, "crm", "record@x.example");
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
    assert_problem_says(&reply, 409, "wrong-state", "cannot list");
    there.refuse = 0;
    there.count = 0;
    error_set(&there.error, ML_EIO, "", "the connection broke");
    post("/v1/destinations/export/reconciliation", "{}", &reply);
    assert_problem_says(&reply, 503, "outside", "the connection broke");
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
    assert_problem_says(&reply, 422, "invalid-body", "it has no owner");
    there.refuse = ML_EINVAL;
    post("/v1/destinations/hook/changes", "{}", &reply);
    assert_problem_says(&reply, 409, "wrong-state", "takes no changes");
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
    assert_problem_says(&reply, 401, "unauthenticated", "destination:crm");
    /* Since there is such a key, this machine alone is no longer enough. */
    post("/v1/destinations/crm/changes", "{\"owner\":\"ben\"}", &reply);
    assert_problem_says(&reply, 401, "unauthenticated", "destination:crm");
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
    assert_problem_says(&reply, 403, "forbidden", "destination:crm");
    request_send(&fixture, "POST", "/v1/destinations/crm/changes",
                 "Content-Type: application/json\r\n", BYTES_LITERAL("{}"), &reply);
    assert_problem_says(&reply, 401, "unauthenticated", "token");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
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
