/* Instances as values of the expression language. */
#include "support.h"

#include "contract/value.h"

#include <math.h>

static int convert(const char *text, struct arena *arena, struct cel_value *ret, struct error *err)
{
    struct contract_limits limits = {.depth = CONTRACT_DEPTH_MAX};
    const struct contract_instance *instance;
    assert_int_equal(contract_instance_parse(bytes_of(text), &limits, arena, &instance, NULL), 0);
    return contract_instance_to_cel(instance, arena, ret, err);
}

static void a_payload_becomes_a_map(void **state)
{
    (void)state;
    struct arena arena;
    struct cel_value value;
    arena_init(&arena);
    assert_int_equal(
        convert("{\"a\":[1,2.0,2.5,\"x\",true,null,18446744073709551616]}", &arena, &value, NULL),
        0);
    assert_int_equal(value.kind, CEL_MAP);
    assert_int_equal(value.count, 1);
    assert_true(bytes_is(value.items[0].string, "a"));
    const struct cel_value *items = value.items[1].items;
    assert_int_equal(value.items[1].kind, CEL_LIST);
    assert_int_equal(items[0].integer, 1);
    assert_int_equal(items[1].kind, CEL_INT);
    assert_int_equal(items[1].integer, 2);
    assert_true(items[2].kind == CEL_DOUBLE && items[2].number == 2.5);
    assert_true(bytes_is(items[3].string, "x"));
    assert_true(items[4].boolean);
    assert_int_equal(items[5].kind, CEL_NULL);
    assert_true(items[6].kind == CEL_DOUBLE && items[6].number == 0x1p64);
    arena_release(&arena);
}

static void a_number_outside_double_is_an_error_with_its_place(void **state)
{
    (void)state;
    struct arena arena;
    struct cel_value value;
    struct error err;
    arena_init(&arena);
    assert_int_equal(convert("{\"a/b\":[0,-1e400]}", &arena, &value, &err), ML_EINVAL);
    assert_string_equal(err.place, "/a~1b/1");
    assert_non_null(strstr(err.message, "too large"));
    arena_release(&arena);
}

static void values_do_not_lie_too_deep(void **state)
{
    (void)state;
    struct arena arena;
    struct cel_value value;
    char text[2 * CONTRACT_DEPTH_MAX + 1] = "";
    arena_init(&arena);
    memset(text, '[', CONTRACT_DEPTH_MAX);
    memset(text + CONTRACT_DEPTH_MAX, ']', CONTRACT_DEPTH_MAX);
    assert_int_equal(convert(text, &arena, &value, NULL), ML_ELIMIT);
    arena_release(&arena);
}

/* ---- and back */

static void back_is(const struct cel_value *value, const struct contract_origin *origin,
                    struct arena *arena, const char *expected)
{
    struct contract_instance instance;
    struct buffer text;
    struct json_writer json;
    struct error err = {0};
    if (contract_instance_from_cel(value, origin, arena, &instance, &err) != 0)
        fail_msg("%s", err.message);
    buffer_init(&text, 4096);
    json_begin(&json, &text);
    contract_instance_write(&instance, &json);
    assert_string_equal(buffer_string(&text), expected);
    buffer_release(&text);
}

static void what_an_expression_makes_becomes_an_instance(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    const struct cel_value items[] = {
        cel_int(-7),        {.kind = CEL_UINT, .uinteger = UINT64_MAX},
        cel_double(0.1),    cel_bool(true),
        {.kind = CEL_NULL}, cel_timestamp_us(0),
    };
    const struct cel_value list = {.kind = CEL_LIST, .count = 6, .items = items};
    const struct cel_value pairs[] = {cel_string(BYTES_LITERAL("a")), list,
                                      cel_string(BYTES_LITERAL("b")),
                                      cel_string(BYTES_LITERAL("x\"y"))};
    const struct cel_value map = {.kind = CEL_MAP, .count = 2, .items = pairs};
    back_is(&map, NULL, &arena,
            "{\"a\":[-7,18446744073709551615,0.1,true,null,\"1970-01-01T00:00:00.000000Z\"],"
            "\"b\":\"x\\\"y\"}");
    arena_release(&arena);
}

static void what_came_of_a_payload_is_that_payload_again(void **state)
{
    (void)state;
    struct arena arena;
    const struct contract_instance *payload;
    struct cel_value value;
    arena_init(&arena);
    assert_int_equal(
        contract_instance_parse(BYTES_LITERAL("{\"a\":[1.10,18446744073709551617],\"b\":[]}"), NULL,
                                &arena, &payload, NULL),
        0);
    assert_int_equal(contract_instance_to_cel(payload, &arena, &value, NULL), 0);
    const struct contract_origin *origin = contract_origin_new(payload, &value, &arena);
    const struct cel_value both[] = {value.items[1], value.items[3], value};
    const struct cel_value list = {.kind = CEL_LIST, .count = 3, .items = both};
    back_is(&list, origin, &arena,
            "[[1.10,18446744073709551617],[],{\"a\":[1.10,18446744073709551617],\"b\":[]}]");
    arena_release(&arena);
}

static void what_json_does_not_have_is_an_error(void **state)
{
    (void)state;
    const struct cel_value number_key[] = {cel_int(1), cel_int(2)};
    const struct cel_value twice[] = {cel_string(BYTES_LITERAL("a")), cel_int(1),
                                      cel_string(BYTES_LITERAL("a")), cel_int(2)};
    const struct cel_value bad[] = {
        {.kind = CEL_BYTES, .string = BYTES_LITERAL("x")},
        cel_double((double)INFINITY),
        {.kind = CEL_MAP, .count = 1, .items = number_key},
        {.kind = CEL_MAP, .count = 2, .items = twice},
        {.kind = CEL_ERROR, .string = BYTES_LITERAL("no")},
    };
    struct arena arena;
    struct contract_instance instance;
    struct error err;
    arena_init(&arena);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_true(contract_instance_from_cel(&bad[i], NULL, &arena, &instance, &err) < 0);
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_payload_becomes_a_map),
        cmocka_unit_test(a_number_outside_double_is_an_error_with_its_place),
        cmocka_unit_test(values_do_not_lie_too_deep),
        cmocka_unit_test(what_an_expression_makes_becomes_an_instance),
        cmocka_unit_test(what_came_of_a_payload_is_that_payload_again),
        cmocka_unit_test(what_json_does_not_have_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
