/* What people read of a schema: its fields in lines, and an example. */
#include "support.h"

#include "contract/outline.h"

static struct arena arena;

static int open_arena(void **state)
{
    (void)state;
    arena_init(&arena);
    return 0;
}

static int close_arena(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

static const struct contract_instance *read(const char *text)
{
    return read_instance(text, &arena);
}

static const struct contract_neighbour *neighbours;
static size_t neighbour_count;

static struct contract_library library(const char *schema)
{
    return (struct contract_library){read(schema), neighbours, neighbour_count};
}

/* One field a line: path|type|need|format|rules|description|example. */
static const char *outline(const char *schema)
{
    static const char *const needs[] = {"", "sometimes", "required"};
    struct contract_outline fields;
    struct buffer out;
    buffer_init(&out, 64 * 1024);
    struct contract_library books = library(schema);
    contract_outline(&books, &arena, &fields);
    for (size_t i = 0; i < fields.count; i++) {
        const struct contract_field *field = &fields.fields[i];
        buffer_printf(&out, "%.*s|%.*s|%s|%.*s|%.*s|%.*s|%.*s\n", BYTES_ARG(field->path),
                      BYTES_ARG(field->type), needs[field->need], BYTES_ARG(field->format),
                      BYTES_ARG(field->rules), BYTES_ARG(field->description),
                      BYTES_ARG(field->example));
    }
    if (fields.truncated)
        buffer_printf(&out, "…");
    const char *text = arena_string(&arena, buffer_bytes(&out));
    buffer_release(&out);
    return text;
}

static const char *example(const char *schema, bool full)
{
    struct buffer out;
    buffer_init(&out, 64 * 1024);
    struct contract_library books = library(schema);
    contract_example(&books, full, &out);
    const char *text = arena_string(&arena, buffer_bytes(&out));
    buffer_release(&out);
    return text;
}

/* ---- fields */

static void a_field_is_a_line_with_its_type_and_rules(void **state)
{
    (void)state;
    assert_string_equal(
        outline("{\"required\":[\"a\"],\"properties\":{"
                "\"a\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":60,\"pattern\":\"^x\","
                "\"description\":\"the a\",\"examples\":[\"x1\"]},"
                "\"b\":{\"type\":[\"integer\",\"null\"],\"minimum\":0},"
                "\"c\":{\"enum\":[\"u\",\"v\"],\"title\":\"the c\"},"
                "\"d\":{\"type\":\"number\",\"exclusiveMaximum\":1.50,\"multipleOf\":0.1},"
                "\"e\":{\"const\":true},\"f\":true}}"),
        "a|text|required||1 to 60 characters; matches ^x|the a|\"x1\"\n"
        "b|whole number or null|||at least 0||\n"
        "c|text|||one of \"u\", \"v\"|the c|\n"
        "d|number|||less than 1.50; a multiple of 0.1||\n"
        "e|true or false|||always true||\n"
        "f|anything|||||\n");
}

static void objects_and_lists_show_what_is_in_them(void **state)
{
    (void)state;
    assert_string_equal(
        outline("{\"properties\":{\"contact\":{\"type\":\"object\",\"required\":[\"email\"],"
                "\"properties\":{\"email\":{\"type\":\"string\",\"format\":\"email\"}}},"
                "\"people\":{\"type\":\"array\",\"maxItems\":1,\"items\":{\"type\":\"object\","
                "\"properties\":{\"name\":{\"type\":\"string\"}}}},"
                "\"days\":{\"type\":\"array\",\"uniqueItems\":true,\"items\":{\"type\":\"string\","
                "\"format\":\"date\",\"maxLength\":10}}}}"),
        "contact|object|||||\n"
        "contact.email|text|required|email|||\n"
        "people|list of objects|||at most 1 item||\n"
        "people[].name|text|||||\n"
        "days|list of texts||date|no item twice; each: at most 10 characters||\n");
}

static void the_bounds_of_64_bits_are_no_rule_for_a_person(void **state)
{
    (void)state;
    assert_string_equal(outline("{\"properties\":{\"id\":{\"type\":\"integer\",\"minimum\":"
                                "-9223372036854775808,\"maximum\":9223372036854775807},"
                                "\"n\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":"
                                "9223372036854775807}}}"),
                        "id|whole number|||||\n"
                        "n|whole number|||0 to 9223372036854775807||\n");
}

static void references_and_allOf_belong_to_the_field_that_names_them(void **state)
{
    (void)state;
    assert_string_equal(
        outline("{\"properties\":{\"a\":{\"$ref\":\"#/$defs/short\",\"description\":\"mine\"},"
                "\"b\":{\"allOf\":[{\"$ref\":\"#/$defs/short\"},{\"pattern\":\"^b\"}]}},"
                "\"$defs\":{\"short\":{\"type\":\"string\",\"maxLength\":3}}}"),
        "a|text|||at most 3 characters|mine|\n"
        "b|text|||at most 3 characters; matches ^b||\n");
}

static void what_only_an_alternative_asks_for_is_needed_sometimes(void **state)
{
    (void)state;
    assert_string_equal(
        outline("{\"properties\":{\"kind\":{\"type\":\"string\"},\"id\":{\"type\":\"string\"}},"
                "\"if\":{\"required\":[\"kind\"]},\"then\":{\"required\":[\"id\"]},"
                "\"else\":{\"required\":[\"values\"],\"properties\":{\"values\":"
                "{\"type\":\"array\"}}}}"),
        "kind|text|||||\nid|text|sometimes||||\nvalues|list|sometimes||||\n");
}

static void a_schema_that_refers_to_itself_ends(void **state)
{
    (void)state;
    const char *text =
        outline("{\"properties\":{\"child\":{\"$ref\":\"#\"},\"name\":{\"type\":\"string\"}}}");
    assert_non_null(strstr(text, "child.child.child.name|text"));
    assert_non_null(strstr(text, "…"));
}

static bool is_closed(const char *schema)
{
    struct contract_outline fields;
    struct contract_library books = library(schema);
    contract_outline(&books, &arena, &fields);
    return fields.closed;
}

static void a_record_may_be_closed(void **state)
{
    (void)state;
    assert_true(is_closed("{\"additionalProperties\":false}"));
    assert_true(is_closed("{\"allOf\":[{\"properties\":{}}],\"unevaluatedProperties\":false}"));
    assert_false(is_closed("{\"additionalProperties\":{\"type\":\"string\"}}"));
}

/* In the other document "#" means that one. */
static void references_lead_into_other_documents(void **state)
{
    (void)state;
    const struct contract_neighbour shared = {
        BYTES_LITERAL("shared/person.json"),
        read("{\"type\":\"object\",\"properties\":{\"name\":{\"$ref\":\"#/$defs/text\"}},"
             "\"$defs\":{\"text\":{\"type\":\"string\",\"maxLength\":9}}}")};
    neighbours = &shared;
    neighbour_count = 1;
    assert_string_equal(
        outline("{\"properties\":{\"who\":{\"$ref\":\"shared/person.json\"},"
                "\"word\":{\"$ref\":\"https://x.example/shared/person.json#/$defs/text\"},"
                "\"other\":{\"$ref\":\"myshared/person.json\"}}}"),
        "who|object|||||\nwho.name|text|||at most 9 characters||\n"
        "word|text|||at most 9 characters||\nother|anything|||||\n");
    neighbours = NULL;
    neighbour_count = 0;
}

/* ---- examples */

static void an_example_of_the_schema_is_the_example(void **state)
{
    (void)state;
    assert_string_equal(example("{\"examples\":[{\"z\":1}],\"required\":[\"a\"]}", true),
                        "{\"z\":1}");
}

static void an_example_is_made_of_types_formats_bounds_and_names(void **state)
{
    (void)state;
    assert_string_equal(
        example("{\"type\":\"object\",\"properties\":{"
                "\"email\":{\"type\":\"string\"},\"start\":{\"type\":\"string\",\"format\":"
                "\"date\"},\"code\":{\"type\":\"string\",\"maxLength\":2},"
                "\"long\":{\"type\":\"string\",\"minLength\":6},"
                "\"n\":{\"type\":\"integer\",\"minimum\":100},\"m\":{\"type\":\"number\","
                "\"maximum\":0.25},\"step\":{\"type\":\"integer\",\"multipleOf\":7},"
                "\"below\":{\"type\":\"integer\",\"exclusiveMaximum\":3},"
                "\"ok\":{\"type\":\"boolean\"},\"none\":{\"type\":\"null\"},"
                "\"c\":{\"enum\":[\"u\",\"v\"]},\"k\":{\"const\":5},\"d\":{\"default\":\"e\"},"
                "\"list\":{\"type\":\"array\",\"minItems\":2,\"items\":{\"type\":\"integer\"}},"
                "\"in\":{\"type\":\"object\",\"properties\":{\"city\":{\"type\":\"string\"}}},"
                "\"old\":{\"type\":\"string\",\"deprecated\":true}}}",
                true),
        "{\"email\":\"ada@acme.example\",\"start\":\"2026-11-23\",\"code\":\"te\","
        "\"long\":\"textte\",\"n\":100,\"m\":0.25,\"step\":28,\"below\":2,\"ok\":true,"
        "\"none\":null,\"c\":\"u\",\"k\":5,\"d\":\"e\",\"list\":[25,25],"
        "\"in\":{\"city\":\"Berlin\"}}");
}

static void the_short_example_has_only_what_is_required(void **state)
{
    (void)state;
    static const char schema[] =
        "{\"type\":\"object\",\"required\":[\"a\"],\"properties\":{\"a\":{\"type\":\"integer\"},"
        "\"b\":{\"type\":\"integer\"}}}";
    assert_string_equal(example(schema, false), "{\"a\":25}");
    assert_string_equal(example(schema, true), "{\"a\":25,\"b\":25}");
}

static void an_example_takes_the_first_of_alternatives_and_ends(void **state)
{
    (void)state;
    assert_string_equal(example("{\"oneOf\":[{\"required\":[\"a\"],\"properties\":{\"a\":"
                                "{\"type\":\"string\"}}},{\"required\":[\"b\"]}]}",
                                false),
                        "{\"a\":\"text\"}");
    const char *text = example("{\"properties\":{\"child\":{\"$ref\":\"#\"}}}", true);
    assert_true(strlen(text) < 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_field_is_a_line_with_its_type_and_rules),
        cmocka_unit_test(objects_and_lists_show_what_is_in_them),
        cmocka_unit_test(the_bounds_of_64_bits_are_no_rule_for_a_person),
        cmocka_unit_test(references_and_allOf_belong_to_the_field_that_names_them),
        cmocka_unit_test(what_only_an_alternative_asks_for_is_needed_sometimes),
        cmocka_unit_test(a_schema_that_refers_to_itself_ends),
        cmocka_unit_test(a_record_may_be_closed),
        cmocka_unit_test(references_lead_into_other_documents),
        cmocka_unit_test(an_example_of_the_schema_is_the_example),
        cmocka_unit_test(an_example_is_made_of_types_formats_bounds_and_names),
        cmocka_unit_test(the_short_example_has_only_what_is_required),
        cmocka_unit_test(an_example_takes_the_first_of_alternatives_and_ends),
    };
    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
