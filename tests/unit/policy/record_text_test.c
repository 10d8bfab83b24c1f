/* The quick reading of records: whenever it says yes, the tree says the same; and it says yes to
 * what is ordinary. */
#include "mesh.h"

#include "policy/internal.h"

#include <stdio.h>
#include <stdlib.h>

static struct policy_release *release;

enum { ADS, WEB }; /* sources, by name */

static int setup(void **state)
{
    (void)state;
    struct mesh mesh;
    mesh_init(&mesh);
    mesh_set(&mesh, "sources/ads.yaml",
             "source: ads\n"
             "constants: {country: DE, employees: 5}\n"
             "map: {phone: 'tel/~', email: phone}\n");
    mesh_set(&mesh, "lead.schema.json",
             "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"country\"],"
             "\"properties\":{"
             "\"email\":{\"type\":\"string\",\"maxLength\":50},"
             "\"phone\":{\"type\":\"string\"},\"external_id\":{\"type\":\"string\"},"
             "\"country\":{\"type\":\"string\",\"enum\":[\"DE\",\"FR\"]},"
             "\"employees\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":1000},"
             "\"revenue\":{\"type\":\"number\"},\"consent\":{\"type\":\"boolean\"},"
             "\"tags\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}}}}");
    release = mesh_compile(&mesh);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    policy_release_unref(release);
    return 0;
}

/* Reads both ways and compares; returns whether the quick way took it. */
static bool read_both(uint32_t source, struct bytes text)
{
    struct cel_value quick[POLICY_FIELDS_MAX], slow[POLICY_FIELDS_MAX];
    struct policy_problems problems;
    const struct contract_instance *payload;
    struct arena arena;
    arena_init(&arena);
    bool taken = policy_record_from_text(release, source, text, &arena, quick);
    int code = contract_instance_parse(text, NULL, &arena, &payload, NULL);
    if (code == 0)
        code =
            policy_record_from_instance(release, source, payload, false, &arena, slow, &problems);
    if (taken && code != 0)
        fail_msg("taken, but wrong: %.*s", BYTES_ARG(text));
    for (size_t i = 0; taken && i < release->schema.count; i++)
        if (!policy_value_equal(&quick[i], &slow[i]))
            fail_msg("`%s` differs in %.*s", release->schema.fields[i].name, BYTES_ARG(text));
    arena_release(&arena);
    return taken;
}

static void ordinary_records_are_taken(void **state)
{
    (void)state;
    const char *texts[] = {
        "{\"country\":\"DE\"}",
        " {\n\t\"country\" : \"DE\" ,\r\n \"email\":\"a@b.c\" } ",
        "{\"country\":\"FR\",\"employees\":1000,\"revenue\":-1.5e3,\"consent\":true}",
        "{\"country\":\"FR\",\"employees\":0,\"revenue\":7,\"consent\":false,\"phone\":null}",
        "{\"country\":\"FR\",\"email\":\"\",\"phone\":\"\xc3\xa9\xf0\x9f\x98\x80\"}",
        ("{\"country\":\"FR\",\"phone\":\"a\\\"\\\\\\/"
         "\\b\\f\\n\\r\\t\\u0041\\u00e9\\u20AC\\ud83d\\ude00z\"}"),
        "{\"c\\u006funtry\":\"FR\"}",
        "{\"country\":\"FR\",\"tags\":[]}",
        "{\"country\":\"FR\",\"tags\":[ \"a\" , \"\\u0062\"]}",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (!read_both(WEB, bytes_of(texts[i])))
            fail_msg("not taken: %s", texts[i]);
}

static void names_and_constants_of_the_source_hold(void **state)
{
    (void)state;
    assert_true(read_both(ADS, bytes_of("{\"tel/~\":\"1\",\"phone\":\"a@b.c\"}")));
    assert_true(read_both(ADS, bytes_of("{\"country\":\"DE\",\"employees\":5}")));
    assert_true(read_both(ADS, bytes_of("{\"country\":null}")));
    assert_false(read_both(ADS, bytes_of("{\"country\":\"FR\"}")));
    assert_false(read_both(ADS, bytes_of("{\"email\":\"a@b.c\"}")));
}

static void what_is_wrong_or_unusual_is_left_to_the_tree(void **state)
{
    (void)state;
    const char *texts[] = {
        "",
        "{",
        "[]",
        "\"x\"",
        "7",
        "{}",
        "{\"country\":\"XX\"}",
        "{\"country\":7}",
        "{\"country\":\"DE\",\"contry\":\"DE\"}",
        "{\"country\":\"DE\",\"country\":\"DE\"}",
        "{\"country\":\"DE\",\"employees\":1001}",
        "{\"country\":\"DE\",\"employees\":3.0}",
        "{\"country\":\"DE\",\"employees\":\"3\"}",
        "{\"country\":\"DE\",\"employees\":1e2}",
        "{\"country\":\"DE\",\"employees\":12345678901234567890}",
        "{\"country\":\"DE\",\"tags\":[\"a\",1]}",
        "{\"country\":\"DE\",\"consent\":\"true\"}",
        "{\"country\":\"DE\"} x",
        "{\"country\":\"DE\",\"email\":{}}",
        ("{\"country\":\"DE\",\"email\":"
         "\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"}"),
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (read_both(WEB, bytes_of(texts[i])))
            fail_msg("taken: %s", texts[i]);
}

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 8;
}

/* Members put together at random, then a few bytes spoiled at random. */
static void both_ways_agree_on_anything(void **state)
{
    (void)state;
    static const char *const pieces[] = {"\"country\"",
                                         "\"email\"",
                                         "\"employees\"",
                                         "\"revenue\"",
                                         "\"consent\"",
                                         "\"tags\"",
                                         ":",
                                         ":",
                                         ":",
                                         ",",
                                         ",",
                                         "{",
                                         "}",
                                         "[",
                                         "]",
                                         "\"DE\"",
                                         "\"FR\"",
                                         "17",
                                         "-0.5",
                                         "1e3",
                                         "null",
                                         "true",
                                         "false",
                                         " ",
                                         "\"\\u00e9\\n\"",
                                         "\"\\ud83d\\ude00\"",
                                         "\"x\""};
    static const char *const members[] = {
        "\"country\":\"DE\"", "\"country\":\"FR\"", "\"email\":\"a\\tb\"",     "\"employees\":12",
        "\"employees\":-1",   "\"revenue\":2.50",   "\"revenue\":3",           "\"consent\":true",
        "\"phone\":null",     "\"tags\":[]",        "\"external_id\":\"\\\\\""};
    uint32_t seed = 20261123;
    unsigned taken = 0;
    for (int round = 0; round < 30000; round++) {
        char text[512];
        size_t size = 0;
        bool wild = round % 3 == 0;
        size += (size_t)sprintf(text + size, "{");
        for (uint32_t i = 0, count = next_random(&seed) % 6; i < count; i++)
            size += (size_t)sprintf(
                text + size, "%s%s", i > 0 && !wild ? "," : "",
                wild ? pieces[next_random(&seed) % (sizeof pieces / sizeof *pieces)]
                     : members[next_random(&seed) % (sizeof members / sizeof *members)]);
        size += (size_t)sprintf(text + size, "}");
        if (round % 3 == 1)
            text[next_random(&seed) % size] = (char)next_random(&seed);
        /* Of exactly its size, so that reading past the end is seen. */
        char *exact = malloc(size);
        assert_non_null(exact);
        memcpy(exact, text, size);
        taken += read_both(WEB, (struct bytes){exact, size});
        free(exact);
    }
    assert_true(taken > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ordinary_records_are_taken),
        cmocka_unit_test(names_and_constants_of_the_source_hold),
        cmocka_unit_test(what_is_wrong_or_unusual_is_left_to_the_tree),
        cmocka_unit_test(both_ways_agree_on_anything),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
