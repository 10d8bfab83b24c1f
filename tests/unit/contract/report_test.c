/* Reports: the specification's basic output, and sentences a person can act on. */
#include "support.h"

static void sentences_say_what_to_do(void **state)
{
    (void)state;
    static const struct {
        const char *schema, *instance, *line;
    } rows[] = {
        {"{\"properties\":{\"employees\":{\"type\":\"integer\"}}}", "{\"employees\":\"many\"}",
         "/employees /properties/employees/type: `/employees` must be a whole number (integer), "
         "got "
         "the text \"many\"\n"},
        {"{\"required\":[\"email\"]}", "{}",
         " /required: the document must have the member \"email\", which is missing\n"},
        {"{\"items\":{\"required\":[\"email\"]}}", "[{}]",
         "/0 /items/required: `/0` must have the member \"email\", which is missing\n"},
        {"{\"properties\":{\"a\":true},\"additionalProperties\":false}", "{\"b\":1}",
         "/b /additionalProperties: `/b` is not expected here\n"},
        {"{\"properties\":{\"email\":true,\"phone\":true},\"additionalProperties\":false}",
         "{\"emial\":1}",
         "/emial /additionalProperties: `/emial` is not expected here; did you mean \"email\"?\n"},
        {"{\"enum\":[\"a\",\"b\",3]}", "\"c\"",
         " /enum: the document must be \"a\", \"b\" or the number 3, got the text \"c\"\n"},
        {"{\"const\":null}", "[1]", " /const: the document must be null, got a list of 1 item\n"},
        {"{\"minimum\":1.50}", "1.2",
         " /minimum: the document must be at least 1.50, got the number 1.2\n"},
        {"{\"multipleOf\":0.01}", "1.005",
         " /multipleOf: the document must be a multiple of 0.01, got the number 1.005\n"},
        {"{\"maxLength\":2}", "\"äöü\"",
         " /maxLength: the document must have at most 2 characters, has 3\n"},
        {"{\"pattern\":\"^x\"}", "\"a\\nb\"",
         " /pattern: the document must match the pattern ^x, got the text \"a\\u000ab\"\n"},
        {"{\"propertyNames\":{\"maxLength\":1}}", "{\"ab\":1}",
         " /propertyNames/maxLength: the member name \"ab\" in the document must have at most 1 "
         "character, has 2\n"},
        {"{\"uniqueItems\":true}", "[1,2,1]",
         " /uniqueItems: the document must not have the same item twice: items 0 and 2 are equal, "
         "got "
         "the number 1\n"},
        {"{\"dependentRequired\":{\"a\":[\"b\"]}}", "{\"a\":1}",
         " /dependentRequired/a: the document must have the member \"b\" beside \"a\"\n"},
        {"{\"contains\":{\"type\":\"null\"}}", "[1]",
         " /contains: the document must have at least 1 item of a kind that \"contains\" asks for, "
         "has 0\n"},
        {"false", "1", " : the document is not allowed\n"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_string_equal(errors(rows[i].schema, rows[i].instance), rows[i].line);
}

static void every_error_is_listed(void **state)
{
    (void)state;
    assert_string_equal(
        errors("{\"properties\":{\"a\":{\"type\":\"null\"},\"b\":{\"minimum\":3,\"multipleOf\":2}},"
               "\"required\":[\"c\",\"d\"]}",
               "{\"a\":1,\"b\":1}"),
        "/a /properties/a/type: `/a` must be null, got the number 1\n"
        "/b /properties/b/minimum: `/b` must be at least 3, got the number 1\n"
        "/b /properties/b/multipleOf: `/b` must be a multiple of 2, got the number 1\n"
        " /required: the document must have the member \"c\", which is missing\n"
        " /required: the document must have the member \"d\", which is missing\n");
}

static void branches_count_only_when_all_fail(void **state)
{
    (void)state;
    const char *schema = "{\"anyOf\":[{\"type\":\"null\"},{\"minimum\":5}],\"type\":\"number\"}";
    assert_string_equal(errors(schema, "7"), "");
    assert_string_equal(errors(schema, "1"),
                        " /anyOf: the document must match one of the 2 schemas in \"anyOf\" at "
                        "least; see the errors "
                        "of each\n"
                        " /anyOf/0/type: the document must be null, got the number 1\n"
                        " /anyOf/1/minimum: the document must be at least 5, got the number 1\n");
    assert_string_equal(
        errors("{\"oneOf\":[{\"minimum\":1},{\"minimum\":2},{\"minimum\":3}]}", "3"),
        " /oneOf: the document must match exactly one of the 3 schemas in \"oneOf\", "
        "but matches numbers 0 and 1 (counted from 0)\n");
    assert_string_equal(
        errors("{\"not\":{\"type\":\"number\"}}", "3"),
        " /not: the document must not be what \"not\" describes, got the number 3\n");
    assert_string_equal(errors("{\"if\":{\"type\":\"null\"},\"else\":{\"minimum\":5}}", "3"),
                        " /else/minimum: the document must be at least 5, got the number 3\n");
}

static void locations_follow_references(void **state)
{
    (void)state;
    struct contract_schema *schema =
        compile("{\"properties\":{\"a~b\":{\"$ref\":\"#/$defs/x\"}},\"$defs\":{\"x\":{\"$id\":"
                "\"https://example.com/x\",\"allOf\":[{\"minimum\":3}]}}}",
                NULL);
    struct arena arena;
    arena_init(&arena);
    const struct contract_instance *instance;
    struct contract_report report;
    struct contract_scratch *scratch = contract_scratch_new();
    assert_int_equal(
        contract_instance_parse(BYTES_LITERAL("{\"a~b\":1}"), NULL, &arena, &instance, NULL), 0);
    contract_schema_report(schema, instance, scratch, &arena, &report);
    struct buffer out;
    struct json_writer writer;
    buffer_init(&out, 4096);
    json_begin(&writer, &out);
    contract_report_print(&report, &writer);
    assert_string_equal(
        buffer_string(&out),
        "{\"valid\":false,\"errors\":[{\"instanceLocation\":\"/a~0b\",\"keywordLocation\":"
        "\"/properties/a~0b/$ref/allOf/0/minimum\",\"absoluteKeywordLocation\":"
        "\"https://example.com/x#/allOf/0/minimum\",\"error\":\"`/a~0b` must be at least 3, got "
        "the "
        "number 1\"}]}");
    buffer_release(&out);
    contract_scratch_free(scratch);
    arena_release(&arena);
    contract_schema_free(schema);
}

static void long_reports_are_cut_and_say_so(void **state)
{
    (void)state;
    char text[4096] = "[1";
    for (int i = 0; i < 500; i++)
        memcpy(text + 2 + 2 * (size_t)i, ",1", 3);
    memcpy(text + 1002, "]", 2);
    struct contract_schema *schema = compile("{\"items\":{\"type\":\"null\"}}", NULL);
    struct arena arena;
    const struct contract_instance *instance;
    struct contract_report report;
    struct contract_scratch *scratch = contract_scratch_new();
    arena_init(&arena);
    assert_int_equal(contract_instance_parse(bytes_of(text), NULL, &arena, &instance, NULL), 0);
    contract_schema_report(schema, instance, scratch, &arena, &report);
    assert_false(report.valid);
    assert_true(report.truncated);
    assert_int_equal(report.count, CONTRACT_REPORT_MAX);
    contract_scratch_free(scratch);
    arena_release(&arena);
    contract_schema_free(schema);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sentences_say_what_to_do),
        cmocka_unit_test(every_error_is_listed),
        cmocka_unit_test(branches_count_only_when_all_fail),
        cmocka_unit_test(locations_follow_references),
        cmocka_unit_test(long_reports_are_cut_and_say_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
