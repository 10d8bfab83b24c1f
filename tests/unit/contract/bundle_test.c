/* Bundles: one document that needs no other. */
#include "support.h"

#include "contract/bundle.h"
#include "contract/schema.h"

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

static struct contract_library library(const char *schema)
{
    static struct contract_neighbour neighbours[4];
    neighbours[0] = (struct contract_neighbour){
        BYTES_LITERAL("shared/person.json"), read("{\"type\":\"object\",\"properties\":{\"name\":{"
                                                  "\"$ref\":\"text.json#/$defs/short\"}}}")};
    neighbours[1] = (struct contract_neighbour){
        BYTES_LITERAL("shared/text.json"),
        read("{\"$id\":\"https://x.example/text\",\"$defs\":{\"short\":{\"type\":\"string\","
             "\"maxLength\":3}}}")};
    neighbours[2] = (struct contract_neighbour){BYTES_LITERAL("shared/none.json"), read("false")};
    neighbours[3] =
        (struct contract_neighbour){BYTES_LITERAL("shared/loop.json"),
                                    read("{\"properties\":{\"next\":{\"$ref\":\"loop.json\"}}}")};
    return (struct contract_library){read(schema), neighbours, 4};
}

static const char *bundle(const char *schema)
{
    struct buffer out;
    struct contract_library books = library(schema);
    buffer_init(&out, 64 * 1024);
    contract_bundle(&books, &arena, &out);
    const char *text = arena_string(&arena, buffer_bytes(&out));
    buffer_release(&out);
    return text;
}

static void a_schema_that_refers_to_nobody_stays_as_it_is(void **state)
{
    (void)state;
    struct contract_library books = library("{\"$ref\":\"#/$defs/a\",\"$defs\":{\"a\":true}}");
    assert_false(contract_bundle_needed(&books, &arena));
    assert_string_equal(bundle("{\"$ref\":\"#/$defs/a\",\"$defs\":{\"a\":true}}"),
                        "{\"$ref\":\"#/$defs/a\",\"$defs\":{\"a\":true}}");
}

static void what_it_refers_to_comes_with_it_and_what_that_refers_to(void **state)
{
    (void)state;
    const char *text = bundle("{\"$defs\":{\"mine\":true},\"properties\":{\"who\":{\"$ref\":"
                              "\"shared/person.json\"},\"word\":{\"$ref\":"
                              "\"shared/text.json#/$defs/short\"}}}");
    assert_non_null(strstr(text, "\"$defs\":{\"mine\":true,\"shared/person.json\":{\"$id\":"
                                 "\"shared/person.json\",\"type\":\"object\""));
    assert_true(is_valid(text, "{\"who\":{\"name\":\"Ada\"},\"word\":\"abc\"}"));
    assert_false(is_valid(text, "{\"who\":{\"name\":\"Grace\"}}"));
    assert_false(is_valid(text, "{\"word\":\"abcd\"}"));
}

static void references_may_be_written_from_one_folder_up(void **state)
{
    (void)state;
    const char *text = bundle("{\"$id\":\"https://x.example/contracts/fair/1.json\","
                              "\"properties\":{\"who\":{\"$ref\":\"../shared/person.json\"}}}");
    assert_false(is_valid(text, "{\"who\":{\"name\":\"Grace\"}}"));
}

static void what_is_true_or_false_may_be_referred_to(void **state)
{
    (void)state;
    const char *text = bundle("{\"properties\":{\"x\":{\"$ref\":\"shared/none.json\"}}}");
    assert_true(is_valid(text, "{}"));
    assert_false(is_valid(text, "{\"x\":1}"));
}

static void loops_end(void **state)
{
    (void)state;
    const char *text = bundle("{\"$ref\":\"shared/loop.json\"}");
    assert_true(is_valid(text, "{\"next\":{\"next\":{}}}"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_schema_that_refers_to_nobody_stays_as_it_is),
        cmocka_unit_test(what_it_refers_to_comes_with_it_and_what_that_refers_to),
        cmocka_unit_test(references_may_be_written_from_one_folder_up),
        cmocka_unit_test(what_is_true_or_false_may_be_referred_to),
        cmocka_unit_test(loops_end),
    };
    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
