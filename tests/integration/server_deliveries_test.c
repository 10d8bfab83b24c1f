/* Deliveries over HTTP: what is due, what came of it, sending again and giving up. The test plays
 * the outside: it says what came of each attempt. */
#include "outside.h"

#include "base/id.h"

#include <inttypes.h>

static struct fixture fixture;

static int open_server(void **state)
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
    outside_close();
    return 0;
}

/* ---- asking */

static void post(const char *path, const char *json, struct reply *reply)
{
    request_json(&fixture, "POST", path, json, reply);
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

static struct outside_delivery fail_to(const char *destination, const char *email,
                                       const char *reason)
{
    struct outside_delivery delivery = outside_deliver(&fixture, destination, email);
    outside_answer(&fixture, &delivery, CORE_OUTCOME_PERMANENT, 422, reason);
    return delivery;
}

/* ---- looking */

static void what_was_delivered_has_its_receipt(void **state)
{
    (void)state;
    struct reply reply;
    struct outside_delivery delivery = outside_deliver(&fixture, "hook", "receipt@x.example");
    read_delivery(delivery.number, &reply);
    assert_string_equal(reply_text(&reply, "state"), "pending");
    assert_string_equal(reply_text(&reply, "destination"), "hook");
    assert_string_equal(reply_text(&reply, "purpose"), "deliver");
    assert_string_equal(reply_text(&reply, "event"), "lead.assigned");
    reply_release(&reply);
    outside_answer(&fixture, &delivery, CORE_OUTCOME_OK, 202, "");
    read_delivery(delivery.number, &reply);
    assert_string_equal(reply_text(&reply, "state"), "delivered");
    struct json_object *receipt = json_object_array_get_idx(reply_list(&reply, "receipts"), 0);
    assert_int_equal(json_member_int(receipt, "status", 0), 202);
    assert_int_equal(json_member_int(receipt, "took_us", 0), 1500);
    assert_string_equal(json_member_text(receipt, "excerpt").data, "what it said");
    reply_release(&reply);
}

static void every_attempt_is_kept(void **state)
{
    (void)state;
    struct reply reply;
    struct outside_delivery delivery = outside_deliver(&fixture, "hook", "attempts@x.example");
    outside_answer(&fixture, &delivery, CORE_OUTCOME_TRANSIENT, 503, "it is down");
    delivery = outside_next("hook"); /* the immediate retry */
    assert_int_equal(delivery.attempt, 2);
    outside_answer(&fixture, &delivery, CORE_OUTCOME_OK, 200, "");
    read_delivery(delivery.number, &reply);
    struct json_object *receipts = reply_list(&reply, "receipts");
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
    struct outside_delivery a = outside_deliver(&fixture, "hook", "page1@x.example");
    struct outside_delivery b = outside_deliver(&fixture, "hook", "page2@x.example");
    request_get_now(&fixture, "/v1/deliveries?destination=hook&state=pending&limit=1", &first);
    assert_int_equal(json_object_array_length(reply_list(&first, "deliveries")), 1);
    assert_non_null(strstr(reply_header(&first, "Link"), "destination=hook&state=pending"));
    snprintf(path, sizeof path, "%s", strchr(reply_header(&first, "Link"), '<') + 1);
    *strchr(path, '>') = '\0';
    request_get(&fixture, path, &second);
    assert_int_equal(second.status, 200);
    assert_int_equal(json_object_array_length(reply_list(&second, "deliveries")), 1);
    assert_null(json_object_object_get(second.json, "next"));
    reply_release(&first);
    reply_release(&second);
    snprintf(path, sizeof path, "/v1/deliveries?lead=L%" PRIu64, a.lead);
    request_get_now(&fixture, path, &first);
    assert_int_equal(json_object_array_length(reply_list(&first, "deliveries")), 3);
    reply_release(&first);
    outside_answer(&fixture, &a, CORE_OUTCOME_OK, 200, "");
    outside_answer(&fixture, &b, CORE_OUTCOME_OK, 200, "");
}

static void a_lead_shows_what_was_sent_about_it(void **state)
{
    (void)state;
    struct reply reply;
    char path[64];
    struct outside_delivery delivery = outside_deliver(&fixture, "hook", "shown@x.example");
    outside_answer(&fixture, &delivery, CORE_OUTCOME_OK, 200, "");
    snprintf(path, sizeof path, "/v1/leads/L%" PRIu64, delivery.lead);
    request_get_now(&fixture, path, &reply);
    assert_int_equal(reply.status, 200);
    assert_int_equal(json_object_array_length(reply_list(&reply, "deliveries")), 3);
    reply_list(&reply, "links");
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
        assert_problem_says(&reply, cases[i].status, cases[i].type, cases[i].says);
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
    assert_int_equal(json_object_array_length(reply_list(&reply, "clusters")), 1);
    struct json_object *cluster = json_object_array_get_idx(reply_list(&reply, "clusters"), 0);
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
    assert_true(reply_is_true(&reply, "replayed"));
    reply_release(&reply);
    assert_state(failed.number, "delivered");
}

static void one_that_arrived_can_be_sent_once_more(void **state)
{
    (void)state;
    struct reply reply;
    struct outside_delivery delivery = outside_deliver(&fixture, "export", "twice@x.example");
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
    assert_problem_says(&reply, 422, "invalid-body", "/reason");
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
    assert_true(reply_is_true(&reply, "more"));
    reply_release(&reply);
    post("/v1/deliveries/replay", body, &reply);
    assert_int_equal(reply_number(&reply, "queued"), 1);
    assert_false(reply_is_true(&reply, "more"));
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
    struct json_object *gone = json_object_array_get_idx(reply_list(&reply, "results"), 1);
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
        assert_problem_says(&reply, 422, "invalid-body", cases[i].says);
    }
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
    };
    return cmocka_run_group_tests(tests, open_server, close_server);
}
