/* Instances: JSON read strictly, numbers kept exactly. */
#include "support.h"

#include "contract/number.h"

#include <stdio.h>
#include <stdlib.h>

static struct arena arena;

static int setup(void **state)
{
    (void)state;
    arena_init(&arena);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

static const struct contract_instance *parse(const char *text)
{
    const struct contract_instance *instance;
    struct error err;
    if (contract_instance_parse(bytes_of(text), NULL, &arena, &instance, &err) != 0)
        fail_msg("%s: %s %s", text, err.place, err.message);
    return instance;
}

static void refused(const char *text, int code, const char *place, const char *words)
{
    const struct contract_instance *instance;
    struct error err;
    assert_int_equal(contract_instance_parse(bytes_of(text), NULL, &arena, &instance, &err), code);
    assert_int_equal(err.code, code);
    if (place != NULL)
        assert_string_equal(err.place, place);
    if (strstr(err.message, words) == NULL)
        fail_msg("%s: expected \"%s\" in \"%s\"", text, words, err.message);
}

static void assert_text(const struct contract_instance *instance, const char *text)
{
    assert_non_null(instance);
    assert_int_equal(instance->kind, CONTRACT_STRING);
    assert_true(bytes_is(instance->text, text));
}

static void values_of_every_kind(void **state)
{
    (void)state;
    const struct contract_instance *root =
        parse(" {\"a\" : [null, true, false, -12, 1.5, \"x\"], \"b\":{}, \"c\":[] }\n");
    assert_int_equal(root->kind, CONTRACT_OBJECT);
    assert_int_equal(root->count, 3);
    const struct contract_instance *items = contract_instance_find(root, BYTES_LITERAL("a"));
    assert_int_equal(items->count, 6);
    assert_int_equal(items->items[0].kind, CONTRACT_NULL);
    assert_true(items->items[1].boolean);
    assert_false(items->items[2].boolean);
    assert_int_equal(items->items[3].integer, -12);
    assert_int_equal(items->items[4].numeric, CONTRACT_DECIMAL);
    assert_true(items->items[4].number == 1.5);
    assert_text(&items->items[5], "x");
    assert_int_equal(contract_instance_find(root, BYTES_LITERAL("b"))->count, 0);
    assert_null(contract_instance_find(root, BYTES_LITERAL("d")));
    assert_null(contract_instance_find(items, BYTES_LITERAL("a")));
}

static void texts_have_characters_not_bytes(void **state)
{
    (void)state;
    assert_int_equal(parse("\"Jürgen\"")->count, 6);
    assert_int_equal(parse("\"💩💩\"")->count, 2);
    assert_int_equal(parse("\"\\ud83d\\udca9\"")->count, 1);
    assert_text(parse("\"a\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9 and a longer tail\""),
                "a\"\\/\b\f\n\r\té and a longer tail");
    const struct contract_instance *zero = parse("\"a\\u0000b\"");
    assert_int_equal(zero->text.size, 3);
    assert_memory_equal(zero->text.data, "a\0b", 3);
}

static void an_integer_is_one_by_its_value(void **state)
{
    (void)state;
    const char *const integers[] = {"7", "7.0", "70e-1", "0.7e1", "7.000e+0", "700E-2"};
    for (size_t i = 0; i < sizeof integers / sizeof *integers; i++) {
        const struct contract_instance *number = parse(integers[i]);
        assert_int_equal(number->numeric, CONTRACT_INT64);
        assert_int_equal(number->integer, 7);
    }
    assert_int_equal(parse("9223372036854775807")->numeric, CONTRACT_INT64);
    assert_int_equal(parse("-9223372036854775808")->integer, INT64_MIN);
    assert_int_equal(parse("9223372036854775808")->numeric, CONTRACT_BIG);
    assert_int_equal(parse("1e400")->numeric, CONTRACT_BIG);
    assert_int_equal(parse("1e-400")->numeric, CONTRACT_DECIMAL);
    assert_int_equal(parse("-0.0")->numeric, CONTRACT_INT64);
    assert_int_equal(parse("0e999")->integer, 0);
}

static int compare(const char *a, const char *b)
{
    return contract_number_compare(parse(a), parse(b));
}

static void numbers_compare_exactly(void **state)
{
    (void)state;
    static const char *const rising[] = {"-1e400",
                                         "-9223372036854775809",
                                         "-9223372036854775808",
                                         "-1.5",
                                         "-1.4999999999999999999999",
                                         "-1e-400",
                                         "0",
                                         "1e-400",
                                         "0.1",
                                         "0.10000000000000000001",
                                         "1",
                                         "9007199254740993",
                                         "9007199254740993.5",
                                         "9223372036854775807",
                                         "9223372036854775808",
                                         "1e400",
                                         "1.1e400"};
    for (size_t i = 0; i < sizeof rising / sizeof *rising; i++)
        for (size_t j = 0; j < sizeof rising / sizeof *rising; j++)
            assert_int_equal(compare(rising[i], rising[j]), i == j ? 0 : i < j ? -1 : 1);
    assert_int_equal(compare("1.0", "1"), 0);
    assert_int_equal(compare("100", "1e2"), 0);
    assert_int_equal(compare("0.0", "-0"), 0);
    assert_int_equal(compare("12345678901234567890.0", "1234567890123456789e1"), 0);
}

static bool is_multiple(const char *number, const char *divisor)
{
    return contract_number_is_multiple(parse(number), parse(divisor));
}

static void multiples_are_exact(void **state)
{
    (void)state;
    assert_true(is_multiple("0.3", "0.1"));
    assert_true(is_multiple("19.99", "0.01"));
    assert_true(is_multiple("0.0075", "0.0001"));
    assert_false(is_multiple("0.00751", "0.0001"));
    assert_true(is_multiple("1e308", "0.5"));
    assert_false(is_multiple("1e308", "0.123456789"));
    assert_true(is_multiple("123456789012345678901234567890", "3"));
    assert_false(is_multiple("123456789012345678901234567891", "3"));
    assert_true(is_multiple("1e1000", "1e-1000"));
    assert_true(is_multiple("1e999999", "1024"));
    assert_false(is_multiple("1e999999", "3"));
    assert_true(is_multiple("0", "7.77"));
    assert_true(is_multiple("-9", "4.5"));
    assert_false(is_multiple("0.5", "1"));
    assert_true(is_multiple("15241578753238836750495351562536198787501905199875019052100",
                            "123456789012345678901234567890"));
    assert_false(is_multiple("15241578753238836750495351562536198787501905199875019052101",
                             "123456789012345678901234567890"));
    assert_false(is_multiple("-9223372036854775808", "9223372036854775807"));
}

static void members_are_given_once(void **state)
{
    (void)state;
    refused("{\"a\":1,\n \"a\":2}", ML_EINVAL, "2:2", "given twice");
    refused("{\"x\":[{\"a\":1,\"b\":{\"a\":2},\"a\":3}]}", ML_EINVAL, "1:26", "/x/0/a");
    refused("{\"a\":1,\"\\u0061\":2}", ML_EINVAL, NULL, "/a");
    char text[4000] = "{";
    for (int i = 0; i < 100; i++)
        (void)snprintf(text + strlen(text), sizeof text - strlen(text), "\"k%d\":%d,", i, i);
    size_t size = strlen(text);
    (void)snprintf(text + size, sizeof text - size, "\"last\":1}");
    assert_int_equal(contract_instance_find(parse(text), BYTES_LITERAL("k57"))->integer, 57);
    assert_null(contract_instance_find(parse(text), BYTES_LITERAL("k100")));
    (void)snprintf(text + size, sizeof text - size, "\"k99\":1}");
    refused(text, ML_EINVAL, NULL, "/k99");
}

static void what_is_no_json_says_where(void **state)
{
    (void)state;
    static const struct {
        const char *text, *place, *words;
    } rows[] = {
        {"", "1:1", "empty"},
        {"  \n ", "2:2", "empty"},
        {"{", "1:2", "ends in the middle"},
        {"[1,", "1:4", "ends in the middle"},
        {"\"abc", "1:5", "ends in the middle"},
        {"[1 2]", "1:4", "comma or ]"},
        {"{\"a\" 1}", "1:6", "colon"},
        {"{a:1}", "1:2", "in double quotes"},
        {"{\"a\":1,}", "1:8", "in double quotes"},
        {"[1,]", "1:4", "expected a value"},
        {"01", "1:2", "more behind"},
        {"1.", NULL, "ends in the middle"},
        {"-", NULL, "ends in the middle"},
        {"+1", "1:1", "expected a value"},
        {".5", "1:1", "expected a value"},
        {"1.x", "1:3", "not a number"},
        {"1ex", "1:3", "not a number"},
        {"NaN", "1:1", "expected a value"},
        {"nul", "1:1", "expected a value"},
        {"'a'", "1:1", "expected a value"},
        {"1 2", "1:3", "more behind"},
        {"\"\\x\"", "1:3", "escape"},
        {"\"\\u12g4\"", "1:6", "hexadecimal"},
        {"\"\\ud800\"", "1:2", "surrogate"},
        {"\"\\ud800\\u0041\"", "1:2", "surrogate"},
        {"\"\\udc00\"", "1:2", "surrogate"},
        {"\"a\nb\"", "1:3", "control"},
        {"\"\xff\"", "1:2", "UTF-8"},
        {"[\"\xed\xa0\x80\"]", "1:3", "UTF-8"},
        {"\xef\xbb\xbf{}", "1:1", "expected a value"},
        {"[/*x*/1]", "1:2", "expected a value"},
        {"{\"a\":[true,fals]}", "1:12", "/a/1"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        refused(rows[i].text, ML_EINVAL, rows[i].place, rows[i].words);
}

static void ceilings_are_errors(void **state)
{
    (void)state;
    const struct contract_instance *instance;
    struct error err;
    char deep[300];
    memset(deep, '[', 65);
    memset(deep + 65, ']', 65);
    deep[130] = '\0';
    refused(deep, ML_ELIMIT, "1:65", "levels deep");
    assert_int_equal(
        contract_instance_parse((struct bytes){deep + 1, 128}, NULL, &arena, &instance, &err), 0);
    struct contract_limits few = {.nodes = 3, .size = 20, .depth = 1};
    assert_int_equal(contract_instance_parse(BYTES_LITERAL("[1,2]"), &few, &arena, &instance, &err),
                     0);
    assert_int_equal(
        contract_instance_parse(BYTES_LITERAL("[1,2,3]"), &few, &arena, &instance, &err),
        ML_ELIMIT);
    assert_int_equal(contract_instance_parse(BYTES_LITERAL("[[1]]"), &few, &arena, &instance, &err),
                     ML_ELIMIT);
    assert_int_equal(contract_instance_parse(BYTES_LITERAL("\"12345678901234567890\""), &few,
                                             &arena, &instance, &err),
                     ML_ELIMIT);
    refused("1e1000001", ML_ELIMIT, "1:1", "exponent");
    char digits[1100];
    memset(digits, '7', sizeof digits);
    digits[1001] = '\0';
    refused(digits, ML_ELIMIT, "1:1", "1000 digits");
    digits[1000] = '\0';
    assert_int_equal(parse(digits)->numeric, CONTRACT_BIG);
}

static void pointers_lead_to_values(void **state)
{
    (void)state;
    const struct contract_instance *root = parse("{\"a/b\":{\"~\":[10,{\"\":20}]}}");
    assert_int_equal(contract_instance_at(root, BYTES_LITERAL("/a~1b/~0/0"))->integer, 10);
    assert_int_equal(contract_instance_at(root, BYTES_LITERAL("/a~1b/~0/1/"))->integer, 20);
    assert_ptr_equal(contract_instance_at(root, BYTES_LITERAL("")), root);
    const char *const nothing[] = {"a",           "/x",      "/a~1b/~0/2", "/a~1b/~0/-",
                                   "/a~1b/~0/00", "/a~1b/~", "/a~1b/~2",   "/a~1b/~0/0/x"};
    for (size_t i = 0; i < sizeof nothing / sizeof *nothing; i++)
        assert_null(contract_instance_at(root, bytes_of(nothing[i])));
}

static void equality_is_by_value(void **state)
{
    (void)state;
    static const char *const equal[][2] = {{"{\"a\":1,\"b\":[1.0]}", "{\"b\":[1],\"a\":1e0}"},
                                           {"\"\\u00e9\"", "\"é\""},
                                           {"[]", "[ ]"}};
    static const char *const other[][2] = {{"1", "true"},
                                           {"0", "false"},
                                           {"0", "null"},
                                           {"[1,2]", "[2,1]"},
                                           {"{\"a\":1}", "{\"a\":2}"},
                                           {"{\"a\":1}", "{\"b\":1}"},
                                           {"{}", "[]"},
                                           {"9007199254740992", "9007199254740993"},
                                           {"\"1\"", "1"}};
    for (size_t i = 0; i < sizeof equal / sizeof *equal; i++) {
        assert_true(contract_instance_equal(parse(equal[i][0]), parse(equal[i][1])));
        assert_true(contract_instance_hash(parse(equal[i][0])) ==
                    contract_instance_hash(parse(equal[i][1])));
    }
    for (size_t i = 0; i < sizeof other / sizeof *other; i++)
        assert_false(contract_instance_equal(parse(other[i][0]), parse(other[i][1])));
}

static void instances_are_built_by_hand(void **state)
{
    (void)state;
    struct contract_member members[2] = {{.name = BYTES_LITERAL("name")},
                                         {.name = BYTES_LITERAL("count")}};
    struct contract_instance object;
    struct error err;
    members[0].value = contract_instance_string(BYTES_LITERAL("Jürgen"));
    assert_int_equal(contract_instance_number(BYTES_LITERAL("3.0"), &members[1].value, &err), 0);
    assert_int_equal(contract_instance_object(members, 2, &arena, &object, &err), 0);
    assert_true(contract_instance_equal(&object, parse("{\"count\":3,\"name\":\"Jürgen\"}")));
    assert_int_equal(members[0].value.count, 6);
    members[1].name = BYTES_LITERAL("name");
    assert_int_equal(contract_instance_object(members, 2, &arena, &object, &err), ML_ECONFLICT);
    assert_non_null(strstr(err.message, "\"name\" is given twice"));
    const char *const none[] = {"", "1x", "0x1", "01", "1.", " 1", "1 ", "--1"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        assert_int_equal(contract_instance_number(bytes_of(none[i]), &members[1].value, &err),
                         ML_EINVAL);
}

/* Every way to cut or damage a text ends in an answer. */
static void damaged_texts_are_no_harm(void **state)
{
    (void)state;
    static const char text[] =
        "{\"a\\u00e9\":[1.5e3,{\"b\":null},\"\\ud83d\\udca9ü\"],\"c\":true,\"d\":-0.25}";
    for (size_t size = 0; size < sizeof text - 1; size++) {
        const struct contract_instance *instance;
        char *cut = malloc(size + 1);
        assert_non_null(cut);
        memcpy(cut, text, size);
        assert_int_not_equal(
            contract_instance_parse((struct bytes){cut, size}, NULL, &arena, &instance, NULL), 0);
        for (size_t i = 0; i < size; i++) {
            cut[i] ^= 0x15;
            (void)contract_instance_parse((struct bytes){cut, size}, NULL, &arena, &instance, NULL);
            cut[i] ^= 0x15;
        }
        free(cut);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_of_every_kind),
        cmocka_unit_test(texts_have_characters_not_bytes),
        cmocka_unit_test(an_integer_is_one_by_its_value),
        cmocka_unit_test(numbers_compare_exactly),
        cmocka_unit_test(multiples_are_exact),
        cmocka_unit_test(members_are_given_once),
        cmocka_unit_test(what_is_no_json_says_where),
        cmocka_unit_test(ceilings_are_errors),
        cmocka_unit_test(pointers_lead_to_values),
        cmocka_unit_test(equality_is_by_value),
        cmocka_unit_test(instances_are_built_by_hand),
        cmocka_unit_test(damaged_texts_are_no_harm),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
