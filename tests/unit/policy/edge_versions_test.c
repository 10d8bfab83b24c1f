/* Versions side by side: which one reads a record, what the other one would have made of it, and
 * payloads that hold several records. */
#include "edge_mesh.h"

#include <stdio.h>

#define TWO "contract: 1\nversions:\n  - version: 1\n  - version: 2\n    mapping: "
#define MAPPING "\nmapping: {email: payload.mail, employees: payload.staff}\n"
#define MEMBERS "\"mail\": {}, \"test\": {}, \"leads\": {}, \"entry\": {}, "
#define NUMBER                                             \
    "{\"required\": [\"mail\"], \"properties\": {" MEMBERS \
    "\"tel\": {}, \"staff\": {\"type\": \"integer\"}}}"
#define TEXTS                                              \
    "{\"required\": [\"mail\"], \"properties\": {" MEMBERS \
    "\"tel\": {\"type\": \"string\"}, \"staff\": {\"type\": [\"integer\", \"string\"]}}}"

/* ---- which version */

static uint32_t version_for(const struct edge *edge, const struct policy_rollout *rollout,
                            uint32_t declared, const char *identity)
{
    struct arena arena;
    const char *problem;
    arena_init(&arena);
    uint32_t version = policy_edge_version(&edge->release->sources[0], rollout, declared,
                                           bytes_of(identity), &arena, &problem);
    assert_null(problem);
    arena_release(&arena);
    return version;
}

static void setup_two(struct edge *edge)
{
    edge_init(edge, TWO "{phone: payload.tel}" MAPPING, NUMBER, TEXTS);
}

static void the_active_version_reads_unless_something_is_said(void **state)
{
    (void)state;
    struct edge edge;
    setup_two(&edge);
    const struct policy_rollout blue = {.active = 1};
    const struct policy_rollout shadow = {.active = 1, .candidate = 2, .mode = POLICY_SHADOW};
    assert_int_equal(version_for(&edge, &blue, 0, "x"), 1);
    assert_int_equal(version_for(&edge, &shadow, 0, "x"), 1);
    assert_int_equal(version_for(&edge, &blue, 2, "x"), 2);
    edge_release(&edge);
}

static void a_canary_takes_its_share_and_always_the_same_records(void **state)
{
    (void)state;
    struct edge edge;
    setup_two(&edge);
    const struct policy_rollout canary = {
        .active = 1, .candidate = 2, .mode = POLICY_CANARY, .share = 1000};
    int taken = 0;
    for (int i = 0; i < 2000; i++) {
        char identity[16];
        (void)snprintf(identity, sizeof identity, "lead-%d", i);
        uint32_t version = version_for(&edge, &canary, 0, identity);
        assert_int_equal(version, version_for(&edge, &canary, 0, identity));
        taken += version == 2;
    }
    assert_in_range(taken, 150, 250); /* 10 percent of 2000, give or take */
    struct policy_rollout all = canary, none = canary;
    all.share = 10000;
    none.share = 0;
    assert_int_equal(version_for(&edge, &all, 0, "x"), 2);
    assert_int_equal(version_for(&edge, &none, 0, "x"), 1);
    assert_int_equal(version_for(&edge, &all, 1, "x"), 1);
    edge_release(&edge);
}

static void a_version_that_is_not_there_is_named_with_those_that_are(void **state)
{
    (void)state;
    struct edge edge;
    const char *problem;
    setup_two(&edge);
    struct policy_source source = edge.release->sources[0];
    const struct policy_rollout blue = {.active = 1};
    assert_int_equal(
        policy_edge_version(&source, &blue, 7, BYTES_LITERAL("x"), &edge.arena, &problem), 0);
    assert_string_equal(problem,
                        "the source \"web\" has no version 7 of its contract; it has 1 and 2");
    source.contract_count = 0;
    source.rollout = (struct policy_rollout){0};
    assert_int_equal(policy_edge_version(&source, &(struct policy_rollout){0}, 1,
                                         BYTES_LITERAL("x"), &edge.arena, &problem),
                     0);
    assert_string_equal(problem, "the source \"web\" has no versions of a contract; send the "
                                 "record without one");
    assert_int_equal(policy_edge_version(&source, &(struct policy_rollout){0}, 0,
                                         BYTES_LITERAL("x"), &edge.arena, &problem),
                     0);
    assert_null(problem);
    edge_release(&edge);
}

static void a_rollout_of_another_release_does_not_count(void **state)
{
    (void)state;
    struct edge edge;
    setup_two(&edge);
    const struct policy_rollout gone = {.active = 9}, none = {.active = 0};
    const struct policy_rollout candidate = {
        .active = 2, .candidate = 9, .mode = POLICY_CANARY, .share = 10000};
    assert_int_equal(version_for(&edge, &gone, 0, "x"), 1);
    assert_int_equal(version_for(&edge, &none, 0, "x"), 1);
    assert_int_equal(version_for(&edge, &candidate, 0, "x"), 2);
    edge_release(&edge);
}

/* ---- shadows */

static void shadow_is(struct edge *edge, const char *json, const char *expected)
{
    struct policy_payload payload = {.data = edge_parse(edge, json)};
    struct policy_edge_result active;
    policy_edge_read(edge->release, 0, 1, &payload, edge->scratch, &edge->arena, &active);
    struct bytes shadow =
        policy_edge_shadow(edge->release, 0, 2, &payload, &active, edge->scratch, &edge->arena);
    assert_string_equal(arena_string(&edge->arena, shadow), expected);
}

static void a_shadow_says_what_the_candidate_would_have_made(void **state)
{
    (void)state;
    struct edge edge;
    edge_init(&edge, TWO "{phone: payload.tel, employees: int(payload.staff)}" MAPPING, NUMBER,
              TEXTS);
    shadow_is(&edge, "{\"mail\": \"a\", \"staff\": 5}", "{\"contract\":2,\"outcome\":\"same\"}");
    shadow_is(&edge, "{\"mail\": \"a\", \"tel\": \"1\"}",
              "{\"contract\":2,\"outcome\":\"differs\",\"fields\":[\"phone\"]}");
    shadow_is(&edge, "{\"mail\": \"a\", \"staff\": \"5\"}",
              "{\"contract\":2,\"outcome\":\"accepted\"}");
    shadow_is(&edge, "{\"staff\": \"5\"}", "{\"contract\":2,\"outcome\":\"same\"}");
    shadow_is(&edge, "{\"mail\": \"a\", \"tel\": 1}",
              "{\"contract\":2,\"outcome\":\"refused\",\"pointer\":\"/tel\",\"rule\":"
              "\"/properties/tel/type\",\"message\":\"`/tel` must be a text, got the "
              "number 1\"}");
    edge_release(&edge);
}

static void what_the_candidate_skips_counts_as_refused(void **state)
{
    (void)state;
    struct edge edge;
    edge_init(
        &edge,
        "contract: 1\nversions:\n  - version: 1\n  - version: 2\n    skip: payload.test" MAPPING,
        NUMBER, NUMBER);
    shadow_is(&edge, "{\"mail\": \"a\", \"test\": \"a test lead\"}",
              "{\"contract\":2,\"outcome\":\"refused\",\"pointer\":\"\",\"message\":\"is no lead: "
              "a test lead\"}");
    shadow_is(&edge, "{\"test\": \"a test lead\"}", "{\"contract\":2,\"outcome\":\"same\"}");
    edge_release(&edge);
}

/* ---- several records in one payload */

static size_t split(struct edge *edge, const char *json, const struct policy_payload **ret)
{
    struct policy_payload *payload = arena_zalloc(&edge->arena, sizeof *payload);
    size_t count;
    payload->data = edge_parse(edge, json);
    policy_edge_split(edge->release, 0, payload, edge->scratch, &edge->arena, ret, &count);
    return count;
}

static void piece_is(const struct policy_payload *piece, const char *expected)
{
    struct buffer text;
    struct json_writer json;
    buffer_init(&text, 4096);
    json_begin(&json, &text);
    contract_instance_write(piece->data, &json);
    assert_string_equal(buffer_string(&text), expected);
    buffer_release(&text);
}

static void setup_split(struct edge *edge, const char *expression)
{
    struct arena arena;
    arena_init(&arena);
    edge_init(edge,
              arena_printf(&arena, "split: '%s'\nversions: [{version: 1}]" MAPPING, expression),
              "{}", NULL);
    arena_release(&arena);
}

static void records_are_split_as_they_were_written(void **state)
{
    (void)state;
    struct edge edge;
    const struct policy_payload *pieces;
    setup_split(&edge, "payload.leads");
    assert_int_equal(
        split(&edge,
              "{\"leads\": [{\"mail\": \"a\", \"id\": 18446744073709551617, \"n\": 1.10}, "
              "{\"mail\": \"b\"}, 3]}",
              &pieces),
        3);
    piece_is(&pieces[0], "{\"mail\":\"a\",\"id\":18446744073709551617,\"n\":1.10}");
    piece_is(&pieces[1], "{\"mail\":\"b\"}");
    piece_is(&pieces[2], "3");
    edge_release(&edge);
}

static void records_are_made_of_several_parts(void **state)
{
    (void)state;
    struct edge edge;
    const struct policy_payload *pieces;
    setup_split(&edge, "payload.entry.map(e, {\"page\": e.id, \"value\": e.value, \"list\": [e.id, "
                       "1.5, true, null]})");
    assert_int_equal(split(&edge,
                           "{\"entry\": [{\"id\": 7, \"value\": {\"big\": 1e2}}, {\"id\": \"x\", "
                           "\"value\": []}]}",
                           &pieces),
                     2);
    piece_is(&pieces[0], "{\"page\":7,\"value\":{\"big\":1e2},\"list\":[7,1.5,true,null]}");
    piece_is(&pieces[1], "{\"page\":\"x\",\"value\":[],\"list\":[\"x\",1.5,true,null]}");
    assert_non_null(contract_instance_find(pieces[0].data, BYTES_LITERAL("page")));
    edge_release(&edge);
}

static void what_cannot_be_split_stays_whole(void **state)
{
    (void)state;
    static const char *const payloads[] = {"{\"leads\": []}", "{\"leads\": 3}", "{}", "[]", "7"};
    struct edge edge;
    const struct policy_payload *pieces;
    setup_split(&edge, "payload.leads");
    for (size_t i = 0; i < sizeof payloads / sizeof *payloads; i++) {
        assert_int_equal(split(&edge, payloads[i], &pieces), 1);
        assert_ptr_not_equal(pieces->data, NULL);
    }
    edge_release(&edge);
    setup_split(&edge, "[b\"x\"]");
    assert_int_equal(split(&edge, "{}", &pieces), 1);
    piece_is(pieces, "{}");
    edge_release(&edge);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_active_version_reads_unless_something_is_said),
        cmocka_unit_test(a_canary_takes_its_share_and_always_the_same_records),
        cmocka_unit_test(a_version_that_is_not_there_is_named_with_those_that_are),
        cmocka_unit_test(a_rollout_of_another_release_does_not_count),
        cmocka_unit_test(a_shadow_says_what_the_candidate_would_have_made),
        cmocka_unit_test(what_the_candidate_skips_counts_as_refused),
        cmocka_unit_test(records_are_split_as_they_were_written),
        cmocka_unit_test(records_are_made_of_several_parts),
        cmocka_unit_test(what_cannot_be_split_stays_whole),
    };
    return cmocka_run_group_tests_name("policy_edge_versions", tests, NULL, NULL);
}
