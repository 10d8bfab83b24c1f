/* Two versions of a schema: what breaks senders, what breaks our mapping, what nobody can tell. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "contract/diff.h"

#include <stdio.h>
#include <string.h>

static struct arena arena;
static struct contract_diff diff;

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

static const struct contract_instance *schema(const char *text)
{
    const struct contract_instance *instance;
    struct error err;
    if (contract_instance_parse(bytes_of(text), NULL, &arena, &instance, &err) != 0)
        fail_msg("%s: %s: %s", text, err.place, err.message);
    return instance;
}

/* Each change as "rule senders/mapping pointer field", old pointers with a minus in front. */
static void expect(const char *old, const char *new, const char *printed)
{
    static const char marks[] = "ok?!";
    struct buffer out;
    contract_diff(schema(old), schema(new), &arena, &diff);
    buffer_init(&out, 64 * 1024);
    for (size_t i = 0; i < diff.count; i++) {
        const struct contract_change *change = &diff.changes[i];
        buffer_printf(&out, "%s%s %c/%c %s%.*s %.*s", i > 0 ? "; " : "", change->rule,
                      marks[change->senders + (change->senders > 0)],
                      marks[change->mapping + (change->mapping > 0)], change->in_old ? "-" : "",
                      BYTES_ARG(change->pointer), BYTES_ARG(change->field));
        assert_true(change->message.size > 0);
        assert_true(diff.senders >= change->senders && diff.mapping >= change->mapping);
    }
    assert_string_equal(buffer_string(&out), printed);
    buffer_release(&out);
}

#define PROPERTY(text) "{\"properties\":{\"a\":" text "}}"

static void equal_schemas_and_annotations_are_no_change(void **state)
{
    (void)state;
    expect(PROPERTY("{\"type\":\"string\"}"), PROPERTY("{\"type\":\"string\"}"), "");
    expect("{\"title\":\"a\",\"x-pii\":1}", "{\"title\":\"b\",\"$comment\":\"c\"}", "");
    assert_int_equal(diff.senders, CONTRACT_COMPATIBLE);
    assert_string_equal(contract_effect_name(diff.senders), "compatible");
}

static void a_narrower_type_breaks_senders_a_wider_one_the_mapping(void **state)
{
    (void)state;
    expect(PROPERTY("{\"type\":\"number\"}"), PROPERTY("{\"type\":\"integer\"}"),
           "type_narrowed !/o /properties/a/type /a");
    expect(PROPERTY("{\"type\":\"integer\"}"), PROPERTY("{\"type\":\"number\"}"),
           "type_widened o/! /properties/a/type /a");
    expect(PROPERTY("{\"type\":\"string\"}"), PROPERTY("{\"type\":[\"string\",\"null\"]}"),
           "type_widened o/! /properties/a/type /a");
    expect(PROPERTY("{\"type\":\"string\"}"), PROPERTY("{\"type\":\"integer\"}"),
           "type_narrowed !/o /properties/a/type /a; type_widened o/! /properties/a/type /a");
    expect(PROPERTY("{\"enum\":[\"x\"]}"), PROPERTY("{\"enum\":[\"x\"],\"type\":\"string\"}"), "");
}

static void the_sentence_names_the_field(void **state)
{
    (void)state;
    contract_diff(schema(PROPERTY("{\"type\":\"number\"}")),
                  schema(PROPERTY("{\"type\":\"integer\"}")), &arena, &diff);
    assert_true(
        bytes_is(diff.changes[0].message, "/a: values that are number are not accepted any more"));
}

static void required_fields_come_and_go(void **state)
{
    (void)state;
    expect("{\"required\":[\"a\"]}", "{\"required\":[\"a\",\"b\"]}",
           "required_added !/o /required /b");
    expect("{\"required\":[\"a\",\"b\"]}", "{\"required\":[\"b\"]}",
           "required_removed o/! /required /a");
    expect("{\"required\":[\"a\"]}", "{}", "required_removed o/! -/required /a");
}

static void a_field_that_is_gone_breaks_the_mapping(void **state)
{
    (void)state;
    expect(PROPERTY("{}"), "{}", "property_removed o/! -/properties/a /a");
    expect(PROPERTY("{}"), "{\"additionalProperties\":false}",
           "property_removed !/! -/properties/a /a; object_closed !/o /additionalProperties /*");
    expect("{\"properties\":{\"a\":{}},\"patternProperties\":{\"^a\":{}}}",
           "{\"patternProperties\":{\"^a\":{}}}", "property_removed ?/! -/properties/a /a");
}

static void a_new_field_is_harmless_where_it_was_refused_before(void **state)
{
    (void)state;
    expect("{\"additionalProperties\":false}",
           "{\"additionalProperties\":false,\"properties\":{\"a\":{\"type\":\"string\"}}}",
           "property_added o/o /properties/a /a");
    expect("{}", PROPERTY("{}"), "property_added o/o /properties/a /a");
    expect("{}", PROPERTY("{\"type\":\"string\"}"),
           "property_added_to_open_object ?/o /properties/a /a");
    expect("{\"additionalProperties\":{\"type\":\"string\"}}",
           "{\"additionalProperties\":{\"type\":\"string\"},"
           "\"properties\":{\"a\":{\"type\":\"integer\"}}}",
           "type_narrowed !/o /properties/a/type /a; type_widened o/! /properties/a/type /a");
}

static void choices_shrink_and_grow(void **state)
{
    (void)state;
    expect(PROPERTY("{\"enum\":[\"x\",\"y\"]}"), PROPERTY("{\"enum\":[\"y\",\"z\"]}"),
           "choice_removed !/o /properties/a/enum /a; choice_added o/o /properties/a/enum /a");
    expect(PROPERTY("{\"type\":\"string\"}"), PROPERTY("{\"type\":\"string\",\"const\":\"x\"}"),
           "choices_added !/o /properties/a/const /a");
    expect(PROPERTY("{\"type\":\"string\",\"enum\":[\"x\"]}"), PROPERTY("{\"type\":\"string\"}"),
           "choices_removed o/o -/properties/a/enum /a");
    expect(PROPERTY("{\"const\":1}"), PROPERTY("{\"enum\":[1.0]}"), "");
}

static void bounds_tighten_and_loosen(void **state)
{
    (void)state;
    expect("{\"minimum\":1}", "{\"minimum\":2}", "bound_tightened !/o /minimum ");
    expect("{\"minimum\":2}", "{\"minimum\":1}", "bound_loosened o/o /minimum ");
    expect("{\"minimum\":1}", "{}", "bound_loosened o/o -/minimum ");
    expect("{}", "{\"maxLength\":5}", "bound_tightened !/o /maxLength ");
    expect("{\"maxLength\":5}", "{\"maxLength\":6}", "bound_loosened o/o /maxLength ");
    expect("{\"minimum\":5}", "{\"exclusiveMinimum\":4}", "bound_loosened o/o /exclusiveMinimum ");
    expect("{\"minimum\":5}", "{\"exclusiveMinimum\":5}", "bound_tightened !/o /exclusiveMinimum ");
    expect("{\"exclusiveMaximum\":5}", "{\"maximum\":5}", "bound_loosened o/o /maximum ");
    expect("{\"maximum\":5}", "{\"maximum\":5.0}", "");
    expect("{\"type\":\"string\"}", "{\"type\":\"string\",\"minimum\":5}", "");
    expect("{\"multipleOf\":4}", "{\"multipleOf\":2}", "bound_loosened o/o /multipleOf ");
    expect("{\"multipleOf\":2}", "{\"multipleOf\":4}", "bound_tightened !/o /multipleOf ");
    expect("{}", "{\"uniqueItems\":true}", "bound_tightened !/o /uniqueItems ");
}

static void rules_for_texts_cannot_be_compared_with_each_other(void **state)
{
    (void)state;
    expect("{}", "{\"pattern\":\"a\"}", "text_rule_added !/o /pattern ");
    expect("{\"pattern\":\"a\"}", "{}", "text_rule_removed o/o -/pattern ");
    expect("{\"pattern\":\"a\"}", "{\"pattern\":\"b\"}", "text_rule_changed ?/o /pattern ");
    expect("{}", "{\"format\":\"email\"}", "text_rule_added ?/o /format ");
}

static void items_are_followed(void **state)
{
    (void)state;
    expect("{\"items\":{\"type\":\"string\"}}", "{\"items\":{\"type\":\"integer\"}}",
           "type_narrowed !/o /items/type /*; type_widened o/! /items/type /*");
    expect("{\"items\":true}", "{\"items\":false}", "nothing_allowed !/! /items /*");
    expect("{\"items\":false}", "{}", "");
}

static void references_are_followed_within_the_document(void **state)
{
    (void)state;
    expect("{\"$ref\":\"#/$defs/t\",\"$defs\":{\"t\":{\"type\":\"number\"}}}",
           "{\"$ref\":\"#/$defs/u\",\"$defs\":{\"u\":{\"type\":\"integer\"}}}",
           "type_narrowed !/o /$defs/u/type ");
    expect(PROPERTY("{\"type\":\"number\"}"),
           "{\"properties\":{\"a\":{\"$ref\":\"#/$defs/"
           "t\"}},\"$defs\":{\"t\":{\"type\":\"integer\"}}}",
           "type_narrowed !/o /$defs/t/type /a");
    expect("{\"properties\":{\"a\":{\"$ref\":\"#\"}}}",
           "{\"properties\":{\"a\":{\"$ref\":\"#\"}},\"required\":[\"a\"]}",
           "required_added !/o /required /a");
    expect("{\"$ref\":\"https://x.example/s\"}", "{\"$ref\":\"https://x.example/t\"}",
           "reference_changed ?/? /$ref ");
    expect("{\"$ref\":\"https://x.example/s\",\"title\":\"a\"}",
           "{\"$ref\":\"https://x.example/s\"}", "");
    expect("{\"$ref\":\"#/$defs/t\",\"$defs\":{\"t\":{\"$ref\":\"#/$defs/t\"}}}",
           "{\"$ref\":\"#/$defs/t\",\"$defs\":{\"t\":{\"$ref\":\"#/$defs/t\"}},\"minimum\":1}",
           "bound_tightened !/o /minimum ");
}

static void what_no_rule_covers_cannot_be_told(void **state)
{
    (void)state;
    expect("{\"not\":{\"type\":\"string\"}}", "{\"not\":{\"type\":\"null\"}}",
           "keyword_changed ?/? /not ");
    expect("{}", "{\"oneOf\":[true]}", "keyword_changed ?/? /oneOf ");
    expect("{\"oneOf\":[true]}", "{}", "keyword_changed ?/? -/oneOf ");
    expect("{\"anyOf\":[{\"$ref\":\"#/$defs/t\"}],\"$defs\":{\"t\":{}}}",
           "{\"anyOf\":[{\"$ref\":\"#/$defs/t\"}],\"$defs\":{\"t\":false}}",
           "keyword_changed ?/? /anyOf ");
    expect("{\"anyOf\":[{\"$ref\":\"#/$defs/t\"}],\"$defs\":{\"t\":{}},\"title\":\"a\"}",
           "{\"anyOf\":[{\"$ref\":\"#/$defs/t\"}],\"$defs\":{\"t\":{}}}", "");
    assert_int_equal(diff.senders, CONTRACT_COMPATIBLE);
}

static void names_in_pointers_are_escaped(void **state)
{
    (void)state;
    expect("{\"properties\":{\"a/b\":{\"minimum\":1}}}",
           "{\"properties\":{\"a/b\":{\"minimum\":2}}}",
           "bound_tightened !/o /properties/a~1b/minimum /a~1b");
}

static void many_changes_are_cut_and_said_to_be(void **state)
{
    (void)state;
    struct buffer old;
    buffer_init(&old, 64 * 1024);
    buffer_printf(&old, "{\"properties\":{");
    for (int i = 0; i <= CONTRACT_CHANGES_MAX; i++)
        buffer_printf(&old, "%s\"p%d\":{}", i > 0 ? "," : "", i);
    buffer_printf(&old, "}}");
    contract_diff(schema(buffer_string(&old)), schema("{}"), &arena, &diff);
    assert_true(diff.truncated);
    assert_int_equal(diff.count, CONTRACT_CHANGES_MAX);
    assert_int_equal(diff.mapping, CONTRACT_BREAKING);
    assert_int_equal(diff.senders, CONTRACT_CANNOT_TELL);
    buffer_release(&old);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(equal_schemas_and_annotations_are_no_change),
        TEST(a_narrower_type_breaks_senders_a_wider_one_the_mapping),
        TEST(the_sentence_names_the_field),
        TEST(required_fields_come_and_go),
        TEST(a_field_that_is_gone_breaks_the_mapping),
        TEST(a_new_field_is_harmless_where_it_was_refused_before),
        TEST(choices_shrink_and_grow),
        TEST(bounds_tighten_and_loosen),
        TEST(rules_for_texts_cannot_be_compared_with_each_other),
        TEST(items_are_followed),
        TEST(references_are_followed_within_the_document),
        TEST(what_no_rule_covers_cannot_be_told),
        TEST(names_in_pointers_are_escaped),
        TEST(many_changes_are_cut_and_said_to_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
