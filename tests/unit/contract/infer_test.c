/* A schema from samples: what is said, what is left out, and that the samples are valid under it.
 */
#include "support.h"

#include "base/buffer.h"
#include "contract/infer.h"

#include <string.h>

enum { SAMPLES_MAX = 300 };

static struct arena arena;
static struct buffer out;

static int setup(void **state)
{
    (void)state;
    arena_init(&arena);
    buffer_init(&out, 256 * 1024);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_release(&arena);
    buffer_release(&out);
    return 0;
}

/* The schema of some JSON texts, behind its "$schema". */
static const char *infer(const char *const *texts, size_t count)
{
    static const char start[] = "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",";
    const struct contract_instance *samples[SAMPLES_MAX];
    struct error err;
    for (size_t i = 0; i < count; i++)
        if (contract_instance_parse(bytes_of(texts[i]), NULL, &arena, &samples[i], &err) != 0)
            fail_msg("%s: %s", texts[i], err.message);
    buffer_clear(&out);
    contract_infer(samples, count, &out);
    const char *schema = buffer_string(&out);
    for (size_t i = 0; i < count; i++)
        assert_true(is_valid(schema, texts[i]));
    assert_memory_equal(schema, start, sizeof start - 1);
    return schema + sizeof start - 1;
}

#define INFER(...)                            \
    infer((const char *const[]){__VA_ARGS__}, \
          sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

static void types_are_those_that_came(void **state)
{
    (void)state;
    assert_string_equal(INFER("1", "2"), "\"type\":\"integer\"}");
    assert_string_equal(INFER("1", "2.5"), "\"type\":\"number\"}");
    assert_string_equal(INFER("1", "true", "null"), "\"type\":[\"null\",\"boolean\",\"integer\"]}");
}

static void a_field_that_every_sample_has_is_required(void **state)
{
    (void)state;
    assert_string_equal(INFER("{\"b\":1,\"a\":\"x\"}", "{\"a\":\"y\"}"),
                        "\"type\":\"object\",\"properties\":{\"b\":{\"type\":\"integer\"},"
                        "\"a\":{\"type\":\"string\"}},\"required\":[\"a\"]}");
    assert_string_equal(INFER("{}"), "\"type\":\"object\",\"properties\":{}}");
}

static void items_are_looked_at_together(void **state)
{
    (void)state;
    assert_string_equal(INFER("[1,{\"a\":1}]", "[]", "[{\"a\":null}]"),
                        "\"type\":\"array\",\"items\":{\"type\":[\"integer\",\"object\"],"
                        "\"properties\":{\"a\":{\"type\":[\"null\",\"integer\"]}},"
                        "\"required\":[\"a\"]}}");
    assert_string_equal(INFER("[]"), "\"type\":\"array\"}");
}

static void a_format_is_one_that_all_texts_have(void **state)
{
    (void)state;
    assert_string_equal(INFER("\"a@b.example\"", "\"c@d.example\""),
                        "\"type\":\"string\",\"format\":\"email\"}");
    assert_string_equal(INFER("\"2026-01-02T03:04:05Z\"", "null"),
                        "\"type\":[\"null\",\"string\"],\"format\":\"date-time\"}");
    assert_string_equal(INFER("\"2026-01-02\""), "\"type\":\"string\",\"format\":\"date\"}");
    assert_string_equal(INFER("\"https://x.example/\""), "\"type\":\"string\",\"format\":\"uri\"}");
    assert_string_equal(INFER("\"utm:x\""), "\"type\":\"string\"}");
    assert_string_equal(INFER("\"a@b.example\"", "\"-\""), "\"type\":\"string\"}");
}

static void few_texts_that_come_often_are_choices(void **state)
{
    (void)state;
    assert_string_equal(INFER("\"web\"", "\"api\"", "\"web\"", "\"web\"", "\"api\"", "\"web\"",
                              "\"web\"", "\"web\""),
                        "\"type\":\"string\",\"enum\":[\"web\",\"api\"]}");
    assert_string_equal(INFER("\"web\"", "\"web\"", "\"web\"", "\"web\"", "null"),
                        "\"type\":[\"null\",\"string\"],\"enum\":[\"web\",null]}");
    assert_string_equal(INFER("\"web\"", "\"web\"", "\"web\"", "\"web\"", "1"),
                        "\"type\":[\"integer\",\"string\"]}");
    assert_string_equal(INFER("\"web\"", "\"web\"", "\"web\""), "\"type\":\"string\"}");
}

static void very_many_names_are_data(void **state)
{
    (void)state;
    struct buffer sample;
    buffer_init(&sample, 64 * 1024);
    for (int i = 0; i <= CONTRACT_INFER_PROPERTIES_MAX; i++)
        buffer_printf(&sample, "%c\"p%d\":%d", i == 0 ? '{' : ',', i, i);
    buffer_printf(&sample, "}");
    assert_string_equal(INFER(buffer_string(&sample)),
                        "\"type\":\"object\",\"additionalProperties\":{\"type\":\"integer\"}}");
    buffer_release(&sample);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(types_are_those_that_came),
        TEST(a_field_that_every_sample_has_is_required),
        TEST(items_are_looked_at_together),
        TEST(a_format_is_one_that_all_texts_have),
        TEST(few_texts_that_come_often_are_choices),
        TEST(very_many_names_are_data),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
