/* The writer prints exactly the JSON that was asked for: commas, escapes and numbers are right, and
 * the order is the caller's. */
#include "base/json_writer.h"

#include "unit.h"

#include <math.h>
#include <stdlib.h>

struct printing {
    struct buffer out;
    struct json_writer writer;
};

static int begin(void **state)
{
    static struct printing printing;
    buffer_init(&printing.out, 1 << 20);
    json_begin(&printing.writer, &printing.out);
    *state = &printing;
    return 0;
}

static int end(void **state)
{
    buffer_release(&((struct printing *)*state)->out);
    return 0;
}

static void assert_printed(struct printing *printing, const char *expected)
{
    assert_false(printing->out.overflow);
    assert_string_equal(buffer_string(&printing->out), expected);
    buffer_clear(&printing->out);
    json_begin(&printing->writer, &printing->out);
}

static void empty_containers(void **state)
{
    struct printing *p = *state;
    json_object_open(&p->writer);
    json_object_close(&p->writer);
    assert_printed(p, "{}");
    json_array_open(&p->writer);
    json_array_close(&p->writer);
    assert_printed(p, "[]");
}

static void commas_stand_between_and_nowhere_else(void **state)
{
    struct printing *p = *state;
    struct json_writer *w = &p->writer;
    json_object_open(w);
    json_key(w, "a");
    json_array_open(w);
    json_integer(w, 1);
    json_array_open(w);
    json_array_close(w);
    json_object_open(w);
    json_object_close(w);
    json_null(w);
    json_array_close(w);
    json_key(w, "b");
    json_object_open(w);
    json_key(w, "c");
    json_boolean(w, true);
    json_key(w, "d");
    json_boolean(w, false);
    json_object_close(w);
    json_object_close(w);
    assert_printed(p, "{\"a\":[1,[],{},null],\"b\":{\"c\":true,\"d\":false}}");
}

static void negative_numbers_and_doubles_in_a_row(void **state)
{
    struct printing *p = *state;
    json_array_open(&p->writer);
    json_integer(&p->writer, -1);
    json_integer(&p->writer, -2);
    json_double(&p->writer, -1.5);
    json_string(&p->writer, BYTES_LITERAL("x"));
    json_integer(&p->writer, -3);
    json_array_close(&p->writer);
    assert_printed(p, "[-1,-2,-1.5,\"x\",-3]");
}

static void members_in_one_call(void **state)
{
    struct printing *p = *state;
    struct json_writer *w = &p->writer;
    json_object_open(w);
    json_member(w, "name", BYTES_LITERAL("Ada"));
    json_member(w, "empty", (struct bytes){NULL, 0});
    json_member_if(w, "phone", BYTES_LITERAL(""));
    json_member_if(w, "city", BYTES_LITERAL("Bern"));
    json_member_integer(w, "low", INT64_MIN);
    json_member_unsigned(w, "high", UINT64_MAX);
    json_member_bool(w, "open", true);
    json_member_time(w, "at", INT64_C(1795426200000001));
    json_member_time(w, "never", 0);
    json_object_close(w);
    assert_printed(p, "{\"name\":\"Ada\",\"empty\":\"\",\"city\":\"Bern\","
                      "\"low\":-9223372036854775808,\"high\":18446744073709551615,\"open\":true,"
                      "\"at\":\"2026-11-23T09:30:00.000001Z\",\"never\":null}");
}

static void raw_json_counts_as_one_value(void **state)
{
    struct printing *p = *state;
    json_array_open(&p->writer);
    json_raw(&p->writer, BYTES_LITERAL("{\"a\":1}"));
    json_raw(&p->writer, BYTES_LITERAL("2"));
    json_array_close(&p->writer);
    assert_printed(p, "[{\"a\":1},2]");
}

static void every_control_character_is_escaped(void **state)
{
    struct printing *p = *state;
    for (int c = 0; c < 0x20; c++) {
        char text[] = {'a', (char)c, 'b'};
        char expected[16];
        switch (c) {
        case '\n': snprintf(expected, sizeof expected, "\"a\\nb\""); break;
        case '\r': snprintf(expected, sizeof expected, "\"a\\rb\""); break;
        case '\t': snprintf(expected, sizeof expected, "\"a\\tb\""); break;
        default: snprintf(expected, sizeof expected, "\"a\\u%04xb\"", (unsigned)c);
        }
        json_string(&p->writer, (struct bytes){text, 3});
        assert_printed(p, expected);
    }
}

static void quotes_and_backslashes_are_escaped_at_either_end(void **state)
{
    struct printing *p = *state;
    json_string(&p->writer, BYTES_LITERAL("\"\\\""));
    assert_printed(p, "\"\\\"\\\\\\\"\"");
    json_string(&p->writer, BYTES_LITERAL("C:\\new \"x\""));
    assert_printed(p, "\"C:\\\\new \\\"x\\\"\"");
}

static void other_text_is_left_as_it_is(void **state)
{
    struct printing *p = *state;
    json_string(&p->writer, BYTES_LITERAL("Z\xC3\xBCrich </script> \x7F \xF0\x9F\x98\x80"));
    assert_printed(p, "\"Z\xC3\xBCrich </script> \x7F \xF0\x9F\x98\x80\"");
}

static void names_are_escaped_too(void **state)
{
    struct printing *p = *state;
    json_object_open(&p->writer);
    json_key_bytes(&p->writer, BYTES_LITERAL("a\"b"));
    json_integer(&p->writer, 1);
    json_object_close(&p->writer);
    assert_printed(p, "{\"a\\\"b\":1}");
}

static void doubles_print_short_and_stay_doubles(void **state)
{
    static const struct {
        double value;
        const char *text;
    } cases[] = {
        {0.0, "0.0"},
        {-0.0, "-0.0"},
        {1.0, "1.0"},
        {0.1, "0.1"},
        {-2.5, "-2.5"},
        {100000.0, "100000.0"},
        {1e21, "1e+21"},
        {1e-7, "1e-07"},
        {1.0 / 3.0, "0.3333333333333333"},
        {5e-324, "4.94065645841247e-324"},
        {INFINITY, "null"},
        {-INFINITY, "null"},
        {NAN, "null"},
    };
    struct printing *p = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_double(&p->writer, cases[i].value);
        assert_printed(p, cases[i].text);
    }
}

static void every_double_reads_back_to_itself(void **state)
{
    struct printing *p = *state;
    uint64_t seed = 5;
    for (int i = 0; i < 20000; i++) {
        uint64_t bits = random_next(&seed);
        double value, again;
        memcpy(&value, &bits, sizeof value);
        if (!isfinite(value))
            continue;
        json_double(&p->writer, value);
        again = strtod(buffer_string(&p->out), NULL);
        assert_memory_equal(&value, &again, sizeof value);
        buffer_clear(&p->out);
        json_begin(&p->writer, &p->out);
    }
}

static void overflow_shows_in_the_buffer(void **state)
{
    (void)state;
    struct buffer out;
    struct json_writer writer;
    buffer_init(&out, 10);
    json_begin(&writer, &out);
    json_object_open(&writer);
    json_member(&writer, "name", BYTES_LITERAL("much too long"));
    json_object_close(&writer);
    assert_true(out.overflow);
    assert_true(out.size <= 10);
    buffer_release(&out);
}

#define PRINTING_TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

static void short_decimals_read_back_to_themselves(void **state)
{
    (void)state;
    static const double chosen[] = {0.0,
                                    -0.0,
                                    0.1,
                                    0.000001,
                                    1e-7,
                                    1.5,
                                    -2.25,
                                    1e15,
                                    123456.789012,
                                    9007199254.740992,
                                    9007199254740993.0,
                                    1e300,
                                    5e-324,
                                    1.0 / 3.0,
                                    0.30000000000000004};
    uint64_t x = 1;
    for (size_t i = 0; i < 100000; i++) {
        x = x * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        double value = i < sizeof chosen / sizeof *chosen ? chosen[i]
                       : i % 2                            ? (double)(int64_t)(x >> 20) / 1e6
                               : (double)(x >> 40) / 1000.0 * (x & 1 ? -1 : 1);
        struct buffer out;
        struct json_writer writer;
        buffer_init(&out, 64);
        json_begin(&writer, &out);
        json_double(&writer, value);
        const char *text = buffer_string(&out);
        double back = strtod(text, NULL);
        assert_memory_equal(&back, &value, sizeof value);
        assert_non_null(strpbrk(text, ".e"));
        buffer_release(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PRINTING_TEST(empty_containers),
        PRINTING_TEST(commas_stand_between_and_nowhere_else),
        PRINTING_TEST(negative_numbers_and_doubles_in_a_row),
        PRINTING_TEST(members_in_one_call),
        PRINTING_TEST(raw_json_counts_as_one_value),
        PRINTING_TEST(every_control_character_is_escaped),
        PRINTING_TEST(quotes_and_backslashes_are_escaped_at_either_end),
        PRINTING_TEST(other_text_is_left_as_it_is),
        PRINTING_TEST(names_are_escaped_too),
        PRINTING_TEST(doubles_print_short_and_stay_doubles),
        PRINTING_TEST(every_double_reads_back_to_itself),
        cmocka_unit_test(overflow_shows_in_the_buffer),
        cmocka_unit_test(short_decimals_read_back_to_themselves),
    };
    return cmocka_run_group_tests_name("base_json_writer", tests, NULL, NULL);
}
