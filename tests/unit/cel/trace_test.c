/* Traces: a result explained piece by piece; and values as a person reads them. */
#include "base/buffer.h"
#include "library.h"

struct trace {
    const char *source;
    struct buffer text; /* "lead.country = \"DE\"\n…" */
};

static void note(void *context, const struct cel_step *step)
{
    struct trace *trace = context;
    buffer_printf(&trace->text, "%.*s = ", (int)(step->end - step->start),
                  trace->source + step->start);
    cel_value_print(&step->value, 40, &trace->text);
    buffer_printf(&trace->text, "\n");
}

static void expect_trace(const char *source, const char *wanted)
{
    struct trace trace = {.source = source};
    struct cel_scratch scratch = {scratch_memory, sizeof scratch_memory, 0};
    buffer_init(&trace.text, 10000);
    cel_evaluate_traced(compile(bytes_of(source)), values, &scratch, note, &trace);
    assert_string_equal(buffer_string(&trace.text), wanted);
    buffer_release(&trace.text);
}

static void every_part_is_told_inner_before_outer(void **state)
{
    (void)state;
    expect_trace("lead.country == 'DE' && lead.employees >= limit",
                 "lead.country = \"DE\"\n"
                 "lead.country == 'DE' = true\n"
                 "lead.employees = 700\n"
                 "limit = 500\n"
                 "lead.employees >= limit = true\n"
                 "lead.country == 'DE' && lead.employees >= limit = true\n");
}

static void what_is_not_evaluated_is_not_told(void **state)
{
    (void)state;
    expect_trace("limit > 900 && limit > 1 && limit > 2",
                 "limit = 500\n"
                 "limit > 900 = false\n"
                 "limit > 900 && limit > 1 && limit > 2 = false\n");
    expect_trace("limit > 1 || limit > 2", "limit = 500\n"
                                           "limit > 1 = true\n"
                                           "limit > 1 || limit > 2 = true\n");
    expect_trace("limit > 1 ? lead.employees : limit",
                 "limit = 500\n"
                 "limit > 1 = true\n"
                 "lead.employees = 700\n"
                 "limit > 1 ? lead.employees : limit = 700\n");
    expect_trace("nothing > 1 ? 1 : limit",
                 "nothing = error: no value for variable: nothing\n"
                 "nothing > 1 = error: no value for variable: nothing\n"
                 "nothing > 1 ? 1 : limit = error: no value for variable: nothing\n");
    expect_trace("limit > 900 ? 1 : limit", "limit = 500\n"
                                            "limit > 900 = false\n"
                                            "limit = 500\n"
                                            "limit > 900 ? 1 : limit = 500\n");
}

static void absent_fields_show(void **state)
{
    (void)state;
    expect_trace("!has(lead.email)", "has(lead.email) = false\n"
                                     "!has(lead.email) = true\n");
    expect_trace("lead.company.size > 1",
                 "lead.company = absent\n"
                 "lead.company.size = error: no such key: lead.company.size\n"
                 "lead.company.size > 1 = error: no such key: lead.company.size\n");
}

static void macros_are_told_whole(void **state)
{
    (void)state;
    expect_trace("lead.tags.exists(t, t == 'trial')", "lead.tags = [\"trial\", \"webinar\"]\n"
                                                      "lead.tags.exists(t, t == 'trial') = true\n");
    expect_trace("cel.bind(x, limit, x + 1)", "cel.bind(x, limit, x + 1) = 501\n");
}

static void expect_printed(const char *source, size_t limit, const char *wanted)
{
    struct buffer text;
    struct cel_value value = evaluate(source);
    buffer_init(&text, 1000);
    buffer_printf(&text, "> ");
    cel_value_print(&value, limit, &text);
    assert_string_equal(buffer_string(&text), wanted);
    buffer_release(&text);
}

static void values_print_as_they_would_be_written(void **state)
{
    (void)state;
    expect_printed("['a\"b\\\\\\n\\x01é', b'\\x00a']", 100,
                   "> [\"a\\\"b\\\\\\n\\u0001é\", b\"\\x00a\"]");
    expect_printed("{'a': 1, 'b': 2u, 'c': 0.5, 'd': 1.0, 'e': null}", 100,
                   "> {\"a\": 1, \"b\": 2u, \"c\": 0.5, \"d\": 1.0, \"e\": null}");
    expect_printed("[dyn(1.0 / 0.0), type(1), true]", 100, "> [double(\"Infinity\"), int, true]");
    expect_printed("timestamp('2026-11-23T04:30:00Z')", 100,
                   "> timestamp(\"2026-11-23T04:30:00Z\")");
    expect_printed("duration('-90s')", 100, "> duration(\"-90s\")");
    expect_printed("ip('::1')", 100, "> ip(\"::1\")");
    expect_printed("cidr('10.0.0.0/8')", 100, "> cidr(\"10.0.0.0/8\")");
    expect_printed("[optional.of(1), optional.none()]", 100, "> [optional.of(1), optional.none()]");
    expect_printed("1 / 0", 100, "> error: division by zero");
}

static void long_values_are_cut_between_characters(void **state)
{
    (void)state;
    expect_printed("'ééé'", 4, "> \"é…");
    expect_printed("[1, 2, 3]", 5, "> [1, 2…");
    expect_printed("[1, 2]", 6, "> [1, 2]");
    expect_printed("'abc'", 0, "> …");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_part_is_told_inner_before_outer),
        TEST(what_is_not_evaluated_is_not_told),
        TEST(absent_fields_show),
        TEST(macros_are_told_whole),
        TEST(values_print_as_they_would_be_written),
        TEST(long_values_are_cut_between_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
