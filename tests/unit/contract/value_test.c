/* Instances as values of the expression language. */
#include "support.h"

#include "contract/value.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_payload_becomes_a_map),
        cmocka_unit_test(a_number_outside_double_is_an_error_with_its_place),
        cmocka_unit_test(values_do_not_lie_too_deep),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
