/* What schemas mean, where the public suite does not look or looks elsewhere. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>

static void a_lead_is_checked(void **state)
{
    (void)state;
    VALID("{\"type\":\"object\",\"required\":[\"email\"],\"additionalProperties\":false,"
          "\"properties\":{\"email\":{\"type\":\"string\"},\"employees\":{\"type\":\"integer\","
          "\"minimum\":1}}}",
          "{\"email\":\"a\"}", "{\"email\":\"a\",\"employees\":1.0}");
    INVALID("{\"type\":\"object\",\"required\":[\"email\"],\"additionalProperties\":false,"
            "\"properties\":{\"email\":{\"type\":\"string\"},\"employees\":{\"type\":\"integer\","
            "\"minimum\":1}}}",
            "{}", "[]", "{\"email\":1}", "{\"email\":\"a\",\"employees\":1.5}",
            "{\"email\":\"a\",\"employees\":0}", "{\"email\":\"a\",\"other\":1}");
}

static void numbers_are_never_rounded(void **state)
{
    (void)state;
    INVALID("{\"maximum\":9007199254740992}", "9007199254740993", "1e400");
    VALID("{\"type\":\"integer\"}", "12345678910111213141516171819202122232425262728293031",
          "1e400", "-1.0");
    INVALID("{\"exclusiveMaximum\":972783798187987123879878123.18878137}",
            "972783798187987123879878123.188781371", "972783798187987123879878123.18878137");
    VALID("{\"exclusiveMaximum\":972783798187987123879878123.18878137}",
          "972783798187987123879878123.188781369");
    INVALID("{\"const\":18446744073709551616}", "18446744073709551617");
    VALID("{\"enum\":[1.10]}", "1.1", "11e-1");
    INVALID("{\"uniqueItems\":true}", "[1,1.0]", "[{\"a\":1,\"b\":2},{\"b\":2.0,\"a\":1}]");
    VALID("{\"uniqueItems\":true}", "[1,true]", "[0,false]", "[[1],[true]]");
}

static void long_lists_are_compared_by_hash(void **state)
{
    (void)state;
    static char text[64 * 1024];
    size_t size = (size_t)snprintf(text, sizeof text, "[0");
    for (int i = 1; i < 3000; i++)
        size += (size_t)snprintf(text + size, sizeof text - size, ",\"v%d\"", i);
    (void)snprintf(text + size, sizeof text - size, ",1]");
    assert_true(is_valid("{\"uniqueItems\":true}", text));
    (void)snprintf(text + size, sizeof text - size, ",\"v1500\"]");
    assert_false(is_valid("{\"uniqueItems\":true}", text));
}

static void choices_of_texts_and_others(void **state)
{
    (void)state;
    VALID("{\"enum\":[\"DE\",\"AT\",7,null,{\"a\":[1]}]}", "\"AT\"", "7.0", "null", "{\"a\":[1]}");
    INVALID("{\"enum\":[\"DE\",\"AT\",7,null,{\"a\":[1]}]}", "\"A\"", "\"\"", "8", "false", "{}");
    INVALID("{\"enum\":[]}", "1", "\"\"");
}

static void annotations_reach_unevaluated_only_from_what_held(void **state)
{
    (void)state;
    VALID("{\"anyOf\":[{\"properties\":{\"a\":{\"type\":\"string\"}}},"
          "{\"properties\":{\"b\":true}}],\"unevaluatedProperties\":false}",
          "{\"a\":\"x\"}", "{\"b\":1}", "{\"a\":\"x\",\"b\":1}");
    INVALID("{\"anyOf\":[{\"properties\":{\"a\":{\"type\":\"string\"}}},"
            "{\"properties\":{\"b\":true}}],\"unevaluatedProperties\":false}",
            "{\"a\":1}", "{\"a\":1,\"b\":1}", "{\"c\":1}");
    INVALID("{\"not\":{\"not\":{\"properties\":{\"a\":true}}},\"unevaluatedProperties\":false}",
            "{\"a\":1}");
    VALID("{\"prefixItems\":[true],\"contains\":{\"type\":\"string\"},\"unevaluatedItems\":false}",
          "[1,\"a\"]", "[\"a\"]");
    INVALID(
        "{\"prefixItems\":[true],\"contains\":{\"type\":\"string\"},\"unevaluatedItems\":false}",
        "[1,\"a\",2]");
}

static void a_reference_goes_anywhere_in_a_document(void **state)
{
    (void)state;
    INVALID(
        "{\"$ref\":\"#/anything/0/deep~1er\",\"anything\":[{\"deep/er\":{\"type\":\"integer\"}}]}",
        "\"a\"");
    INVALID("{\"$ref\":\"#/examples/0\",\"examples\":[{\"type\":\"integer\"}]}", "\"a\"");
    VALID("{\"$ref\":\"#here\",\"$defs\":{\"a\":{\"$anchor\":\"here\",\"minimum\":3}}}", "3");
    INVALID("{\"$ref\":\"#/$defs/a%25b\",\"$defs\":{\"a%b\":{\"minimum\":3}}}", "2");
    INVALID("{\"$ref\":\"item\",\"$defs\":{\"x\":{\"$id\":\"item\",\"type\":\"null\"}}}", "1");
    /* What only looks like an $id or an $anchor names nothing. */
    VALID("{\"$defs\":{\"a\":{\"const\":{\"$id\":\"item\",\"type\":\"null\"}},"
          "\"b\":{\"$id\":\"item\",\"type\":\"string\"}},\"$ref\":\"item\"}",
          "\"x\"");
}

static void a_tree_extends_itself_by_dynamic_references(void **state)
{
    (void)state;
    const char *strict =
        "{\"$id\":\"https://example.com/strict\",\"$dynamicAnchor\":\"node\",\"$ref\":\"tree\","
        "\"unevaluatedProperties\":false,\"$defs\":{\"t\":{\"$id\":\"tree\",\"$dynamicAnchor\":"
        "\"node\","
        "\"type\":\"object\",\"properties\":{\"data\":true,\"children\":{\"type\":\"array\","
        "\"items\":{\"$dynamicRef\":\"#node\"}}}}}}";
    VALID(strict, "{\"children\":[{\"data\":1}]}");
    INVALID(strict, "{\"children\":[{\"daat\":1}]}", "{\"children\":[{\"children\":[{\"x\":1}]}]}");
}

static void documents_are_handed_over(void **state)
{
    (void)state;
    struct contract_document documents[] = {
        {BYTES_LITERAL("https://mesh.example/person.json"),
         BYTES_LITERAL("{\"$defs\":{\"name\":{\"minLength\":2}},\"properties\":{\"name\":{\"$ref\":"
                       "\"#/$defs/name\"}}}")},
        {BYTES_LITERAL("https://mesh.example/other.json"),
         BYTES_LITERAL("{\"$id\":\"https://mesh.example/by-id.json\",\"type\":\"integer\"}")},
        {BYTES_LITERAL("https://mesh.example/broken.json"), BYTES_LITERAL("{")},
    };
    struct contract_options options = {.documents = documents, .document_count = 2};
    struct contract_schema *schema =
        compile("{\"items\":{\"$ref\":\"https://mesh.example/person.json\"}}", &options);
    assert_true(is_valid_for(schema, "[{\"name\":\"Jo\"}]"));
    assert_false(is_valid_for(schema, "[{\"name\":\"J\"}]"));
    contract_schema_free(schema);
    schema = compile("{\"$ref\":\"https://mesh.example/by-id.json\"}", &options);
    assert_false(is_valid_for(schema, "\"a\""));
    contract_schema_free(schema);
    assert_non_null(
        strstr(mistake("{\"items\":{\"$ref\":\"https://elsewhere.example/x\"}}", &options),
               "/items/$ref: `/items/$ref` refers to \"https://elsewhere.example/x\", "
               "which is not among the schemas given"));
    options.document_count = 3;
    assert_non_null(strstr(mistake("{\"$ref\":\"https://mesh.example/broken.json\"}", &options),
                           "not readable"));
}

static void the_metaschema_is_built_in(void **state)
{
    (void)state;
    VALID("{\"$ref\":\"https://json-schema.org/draft/2020-12/schema\"}", "true",
          "{\"type\":\"object\",\"properties\":{\"a\":{\"minLength\":1}}}");
    INVALID("{\"$ref\":\"https://json-schema.org/draft/2020-12/schema\"}", "1",
            "{\"type\":\"objekt\"}", "{\"properties\":{\"a\":{\"minLength\":-1}}}",
            "{\"allOf\":[]}");
}

static void older_drafts_are_read_by_their_rules(void **state)
{
    (void)state;
    VALID("{\"$schema\":\"http://json-schema.org/draft-07/"
          "schema#\",\"items\":[{\"type\":\"string\"}],"
          "\"additionalItems\":{\"type\":\"integer\"},\"dependentRequired\":{\"a\":[\"b\"]}}",
          "[\"a\",1,2]", "{\"a\":1}");
    INVALID("{\"$schema\":\"http://json-schema.org/draft-07/"
            "schema#\",\"items\":[{\"type\":\"string\"}],"
            "\"additionalItems\":{\"type\":\"integer\"}}",
            "[1]", "[\"a\",\"b\"]");
    VALID("{\"$schema\":\"http://json-schema.org/draft-07/schema#\",\"$ref\":\"#/definitions/a\","
          "\"type\":\"null\",\"definitions\":{\"a\":{\"type\":\"string\"}}}",
          "\"a\"");
    VALID("{\"$schema\":\"https://json-schema.org/draft/2019-09/schema\",\"prefixItems\":[false]}",
          "[1]");
    INVALID(
        "{\"$schema\":\"https://json-schema.org/draft/2019-09/schema\",\"$recursiveAnchor\":true,"
        "\"type\":\"object\",\"additionalProperties\":{\"$recursiveRef\":\"#\"}}",
        "{\"a\":{\"b\":1}}");
    INVALID("{\"dependencies\":{\"a\":[\"b\"],\"c\":{\"required\":[\"d\"]}}}", "{\"a\":1}",
            "{\"c\":1}");
}

static void a_metaschema_of_ones_own_chooses_vocabularies(void **state)
{
    (void)state;
    struct contract_document documents[] = {
        {BYTES_LITERAL("https://mesh.example/asserting"),
         BYTES_LITERAL("{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\","
                       "\"$vocabulary\":{\"https://json-schema.org/draft/2020-12/vocab/core\":true,"
                       "\"https://json-schema.org/draft/2020-12/vocab/format-assertion\":false}}")},
        {BYTES_LITERAL("https://mesh.example/needing"),
         BYTES_LITERAL("{\"$vocabulary\":{\"https://mesh.example/vocab/x\":true}}")},
        {BYTES_LITERAL("https://mesh.example/offering"),
         BYTES_LITERAL("{\"$vocabulary\":{\"https://mesh.example/vocab/x\":false}}")},
    };
    struct contract_options options = {.documents = documents, .document_count = 3};
    struct contract_schema *schema = compile(
        "{\"$schema\":\"https://mesh.example/asserting\",\"format\":\"ipv4\",\"minLength\":99}",
        &options);
    assert_true(is_valid_for(schema, "\"127.0.0.1\""));
    assert_false(is_valid_for(schema, "\"127.0.0\""));
    contract_schema_free(schema);
    assert_non_null(strstr(mistake("{\"$schema\":\"https://mesh.example/needing\"}", &options),
                           "needs the vocabulary \"https://mesh.example/vocab/x\""));
    contract_schema_free(compile("{\"$schema\":\"https://mesh.example/offering\"}", &options));
}

static void circles_end(void **state)
{
    (void)state;
    const char *words = "never end";
    assert_non_null(strstr(mistake("{\"$ref\":\"#\"}", NULL), words));
    assert_non_null(strstr(mistake("{\"$defs\":{\"a\":{\"allOf\":[{\"$ref\":\"#/$defs/b\"}]},"
                                   "\"b\":{\"anyOf\":[true,{\"$ref\":\"#/$defs/a\"}]}}}",
                                   NULL),
                           words));
    VALID("{\"properties\":{\"a\":{\"$ref\":\"#\"}},\"type\":\"object\"}", "{\"a\":{\"a\":{}}}");
    /* A loop through a dynamic reference is met only when it runs. */
    const char *dynamic = "{\"$id\":\"https://example.com/a\",\"$dynamicAnchor\":\"x\","
                          "\"$dynamicRef\":\"#x\"}";
    assert_non_null(strstr(errors(dynamic, "1"), "perhaps in a circle"));
}

/* 2^40 ways through the schema: what would take hours is refused. */
static void branching_without_end_is_refused(void **state)
{
    (void)state;
    char schema[8192];
    size_t size = (size_t)snprintf(schema, sizeof schema, "{\"$ref\":\"#/$defs/d0\",\"$defs\":{");
    for (int i = 0; i < 40; i++)
        size += (size_t)snprintf(
            schema + size, sizeof schema - size,
            "\"d%d\":{\"allOf\":[{\"$ref\":\"#/$defs/d%d\"},{\"$ref\":\"#/$defs/d%d\"}]},", i,
            i + 1, i + 1);
    (void)snprintf(schema + size, sizeof schema - size, "\"d40\":{\"type\":\"integer\"}}}");
    assert_non_null(strstr(errors(schema, "1"), "too much work"));
}

static void schema_mistakes_name_the_place(void **state)
{
    (void)state;
    static const struct {
        const char *schema, *words;
    } rows[] = {
        {"{\"properties\":{\"a/b\":{\"minLength\":-1}}}",
         "/properties/a~1b/minLength: `/properties/a~1b/minLength` must be a whole number"},
        {"{\"type\":\"text\"}", "/type: `/type` must be one of \"string\""},
        {"{\"type\":[]}", "/type: "},
        {"{\"pattern\":\"(\"}", "/pattern: `/pattern` must be a regular expression"},
        {"{\"pattern\":3}", "/pattern: "},
        {"{\"patternProperties\":{\"[\":true}}", "/patternProperties: "},
        {"{\"multipleOf\":0}", "must be above 0"},
        {"{\"minimum\":\"1\"}", "must be a number"},
        {"{\"exclusiveMinimum\":true}", "the limit itself"},
        {"{\"required\":\"a\"}", "must be a list of names"},
        {"{\"required\":[1]}", "must be a list of names"},
        {"{\"allOf\":[]}", "at least one schema"},
        {"{\"items\":[true]}", "prefixItems"},
        {"{\"not\":3}", "/not: `/not` must be a schema"},
        {"{\"properties\":[]}", "must be an object of schemas"},
        {"{\"$defs\":{\"a\":{\"enum\":1}}}", "/$defs/a/enum: "},
        {"{\"$ref\":\"#/$defs/none\"}", "there is no \"#/$defs/none\""},
        {"{\"$ref\":\"#none\"}", "there is no \"#none\""},
        {"{\"$anchor\":\"1a\"}", "must be a name"},
        {"{\"$id\":\"a#b\"}", "fragment"},
        {"{\"$schema\":\"https://example.com/mine\"}", "metaschema that is not known"},
        {"{\"allOf\":[{\"$anchor\":\"a\"},{\"$anchor\":\"a\"}]}", "given twice"},
        {"{\"uniqueItems\":1}", "true or false"},
        {"{\"dependentRequired\":{\"a\":\"b\"}}", "must be a list of names"},
        {"[]", "must be a schema"},
        {"{\"a\":", "not readable"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *found = mistake(rows[i].schema, NULL);
        if (strstr(found, rows[i].words) == NULL)
            fail_msg("%s: expected \"%s\" in \"%s\"", rows[i].schema, rows[i].words, found);
    }
}

static void anchors_have_a_ceiling(void **state)
{
    (void)state;
    static char schema[64 * 1024];
    size_t size = (size_t)snprintf(schema, sizeof schema, "{\"allOf\":[true");
    for (int i = 0; i < 1000; i++)
        size += (size_t)snprintf(schema + size, sizeof schema - size, ",{\"$anchor\":\"a%d\"}", i);
    (void)snprintf(schema + size, sizeof schema - size, "]}");
    assert_true(is_valid(schema, "1"));
    (void)snprintf(schema + size, sizeof schema - size, ",{\"$anchor\":\"b\"}]}");
    assert_non_null(strstr(mistake(schema, NULL), "/allOf/1001: "));
}

static void all_mistakes_are_found_at_once(void **state)
{
    (void)state;
    struct contract_diagnostics diagnostics;
    struct contract_schema *schema;
    contract_diagnostics_init(&diagnostics);
    assert_int_equal(
        contract_schema_compile(
            (struct bytes){NULL, 0},
            BYTES_LITERAL("{\"minLength\":-1,\"maxLength\":\"x\",\"items\":{\"type\":1}}"), NULL,
            &schema, &diagnostics),
        ML_EINVAL);
    assert_int_equal(diagnostics.count, 3);
    contract_diagnostics_release(&diagnostics);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lead_is_checked),
        cmocka_unit_test(numbers_are_never_rounded),
        cmocka_unit_test(long_lists_are_compared_by_hash),
        cmocka_unit_test(choices_of_texts_and_others),
        cmocka_unit_test(annotations_reach_unevaluated_only_from_what_held),
        cmocka_unit_test(a_reference_goes_anywhere_in_a_document),
        cmocka_unit_test(a_tree_extends_itself_by_dynamic_references),
        cmocka_unit_test(documents_are_handed_over),
        cmocka_unit_test(the_metaschema_is_built_in),
        cmocka_unit_test(older_drafts_are_read_by_their_rules),
        cmocka_unit_test(a_metaschema_of_ones_own_chooses_vocabularies),
        cmocka_unit_test(circles_end),
        cmocka_unit_test(branching_without_end_is_refused),
        cmocka_unit_test(schema_mistakes_name_the_place),
        cmocka_unit_test(anchors_have_a_ceiling),
        cmocka_unit_test(all_mistakes_are_found_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
