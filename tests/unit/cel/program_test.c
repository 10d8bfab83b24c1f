/* The compiled form: what is known in advance is a constant, membership is a lookup, every
 * instruction knows its place in the source, and programs share nothing that changes. */
#include "unit.h"

#include "cel/program.h"

#include <pthread.h>

static const struct cel_program *compile_text(const char *source)
{
    return compile(bytes_of(source));
}

static bool is_constant(const struct cel_program *program)
{
    return program->count == 2 && program->code[0].opcode == CEL_OP_CONSTANT &&
           program->code[1].opcode == CEL_OP_RETURN;
}

static uint32_t count_of(const struct cel_program *program, enum cel_opcode opcode)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < program->count; i++)
        count += program->code[i].opcode == opcode;
    return count;
}

static void what_needs_no_variable_is_a_constant(void **state)
{
    (void)state;
    static const char *const sources[] = {"1 + 2 * 3",
                                          "'a' + 'b'",
                                          "[1, [2], 'c' + 'd']",
                                          "{'a': [1 + 1]}",
                                          "size('abc') == 3 && true",
                                          "true ? 1 : 2",
                                          "'DE' in territory.dach",
                                          "has({'a': 1}.b)"};
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++)
        if (!is_constant(compile_text(sources[i])))
            fail_msg("%s is not folded", sources[i]);
}

static void constants_outlive_the_compilation(void **state)
{
    (void)state;
    const struct cel_program *program = compile_text("['a' + 'b', ['c' + 'd']]");
    struct cel_value value = cel_evaluate(program, values, NULL);
    assert_int_equal(value.kind, CEL_LIST);
    assert_true(bytes_is(value.items[0].string, "ab"));
    assert_true(bytes_is(value.items[1].items[0].string, "cd"));
}

static void parts_are_folded_inside_what_varies(void **state)
{
    (void)state;
    const struct cel_program *program = compile_text("lead.employees > 60 * 60 * 24");
    assert_int_equal(program->count, 4);
    assert_int_equal(count_of(program, CEL_OP_CALL), 0);
}

static void failures_stay_for_the_time_of_evaluation(void **state)
{
    (void)state;
    assert_false(is_constant(compile_text("1 / 0")));
    assert_false(is_constant(compile_text("false && 1 / 0 > 0")));
    expect_false("false && 1 / 0 > 0");
}

static void results_too_large_to_fold_are_computed_when_run(void **state)
{
    (void)state;
    static const struct cel_value items[100];
    static const struct cel_value list = {CEL_LIST, 100, .items = items};
    static const struct cel_variable known = {"t", &type_strings, &list};
    static const struct cel_environment one = {&known, 1};
    const char *source = "t";
    for (int i = 0; i < 8; i++)
        source = arena_printf(&arena, "(%s + %s)", source, source);
    const struct cel_program *program;
    assert_int_equal(cel_program_compile(&one, bytes_of(source), NULL, &arena, &program, NULL), 0);
    assert_false(is_constant(program));
    size_t room = 4 * 25600 * sizeof(struct cel_value);
    struct cel_scratch scratch = {arena_alloc(&arena, room), room, 0};
    assert_int_equal(cel_evaluate(program, values, &scratch).count, 25600);
    scratch.size = 1000;
    assert_int_equal(cel_evaluate(program, values, &scratch).kind, CEL_ERROR);
}

static void constant_lists_of_text_become_a_lookup(void **state)
{
    (void)state;
    const struct cel_program *program = compile_text("lead.country in ['DE', 'A' + 'T']");
    assert_int_equal(program->count, 3);
    assert_int_equal(program->code[1].opcode, CEL_OP_IN_STRINGS);
    assert_int_equal(count_of(compile_text("lead.country in territory.dach"), CEL_OP_IN_STRINGS),
                     1);
    assert_int_equal(count_of(compile_text("lead.employees in [1, 2]"), CEL_OP_IN), 1);
    assert_int_equal(count_of(compile_text("lead.country in territory.nordic"), CEL_OP_IN), 1);
}

static void fields_of_variables_are_read_in_one_step(void **state)
{
    (void)state;
    const struct cel_program *program = compile_text("lead.country");
    assert_int_equal(program->count, 2);
    assert_int_equal(program->code[0].opcode, CEL_OP_SLOT);
    assert_int_equal(program->code[0].b, LEAD_COUNTRY);
}

/* The instruction of this opcode, after skipping some, stands for `text`. */
static void expect_span(const struct cel_program *program, enum cel_opcode opcode, uint32_t skip,
                        const char *text)
{
    uint32_t i = 0;
    while (program->code[i].opcode != opcode || skip-- > 0)
        assert_true(++i < program->count);
    struct cel_span span = program->spans[i];
    assert_string_equal(arena_printf(&arena, "%.*s", (int)(span.end - span.start),
                                     program->source.data + span.start),
                        text);
}

static void every_instruction_knows_its_source(void **state)
{
    (void)state;
    char source[] =
        "lead.country in ['DE', 'AT'] && (lead.employees >= 10 * 50 || has(lead.email))";
    const struct cel_program *program = compile_text(source);
    /* The program keeps its own copy. */
    memset(source, '#', sizeof source - 1);
    expect_span(program, CEL_OP_IN_STRINGS, 0, "lead.country in ['DE', 'AT']");
    expect_span(program, CEL_OP_ORDER, 0, "lead.employees >= 10 * 50");
    expect_span(program, CEL_OP_SLOT, 1, "lead.employees");
    expect_span(program, CEL_OP_CONSTANT, 0, "10 * 50");
    expect_span(program, CEL_OP_PRESENT, 0, "has(lead.email)");
    expect_span(program, CEL_OP_OR, 0, "(lead.employees >= 10 * 50 || has(lead.email))");
    expect_span(program, CEL_OP_AND, 0,
                "lead.country in ['DE', 'AT'] && (lead.employees >= 10 * 50 || has(lead.email))");
}

static void jumps_and_parts_of_a_chain_complete_nothing(void **state)
{
    (void)state;
    const struct cel_program *program = compile_text("limit > 1 && limit > 2 && limit > 3");
    expect_span(program, CEL_OP_AND_SKIP, 0, "");
    expect_span(program, CEL_OP_AND_SKIP, 1, "");
    expect_span(program, CEL_OP_AND, 0, "");
    expect_span(program, CEL_OP_AND, 1, "limit > 1 && limit > 2 && limit > 3");
}

static void a_decided_condition_skips_the_rest(void **state)
{
    (void)state;
    const struct cel_program *program = compile_text("limit > 1 || limit > 2 || limit > 3");
    for (uint32_t i = 0; i < program->count; i++)
        if (program->code[i].opcode == CEL_OP_OR_SKIP)
            assert_int_equal(program->code[i].b, program->count - 1);
    assert_int_equal(count_of(program, CEL_OP_OR_SKIP), 2);
}

static void too_many_variables_are_refused(void **state)
{
    (void)state;
    enum { MANY = 70000 };
    struct cel_variable *many = arena_array(&arena, MANY, sizeof *many);
    for (size_t i = 0; i < MANY; i++)
        many[i] = (struct cel_variable){"x", &type_int, NULL};
    struct cel_environment crowded = {many, MANY};
    const struct cel_program *program;
    assert_int_equal(cel_program_compile(&crowded, bytes_of("x"), NULL, &arena, &program, NULL),
                     ML_ELIMIT);
}

static void *evaluate_often(void *argument)
{
    static _Thread_local char memory[1024];
    uintptr_t right = 0;
    for (int i = 0; i < 2000; i++) {
        struct cel_scratch scratch = {memory, sizeof memory, 0};
        struct cel_value value = cel_evaluate(argument, values, &scratch);
        right += value.kind == CEL_BOOL && value.boolean;
    }
    return (void *)right;
}

static void one_program_serves_several_threads(void **state)
{
    (void)state;
    const struct cel_program *program =
        compile_text("lead.country + 'x' == 'DEx' && [limit, 1][0] == 500");
    pthread_t threads[3];
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, evaluate_often, (void *)program), 0);
    for (size_t i = 0; i < 3; i++) {
        void *right;
        pthread_join(threads[i], &right);
        assert_int_equal((uintptr_t)right, 2000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_needs_no_variable_is_a_constant),
        TEST(constants_outlive_the_compilation),
        TEST(parts_are_folded_inside_what_varies),
        TEST(failures_stay_for_the_time_of_evaluation),
        TEST(results_too_large_to_fold_are_computed_when_run),
        TEST(constant_lists_of_text_become_a_lookup),
        TEST(fields_of_variables_are_read_in_one_step),
        TEST(every_instruction_knows_its_source),
        TEST(jumps_and_parts_of_a_chain_complete_nothing),
        TEST(a_decided_condition_skips_the_rest),
        TEST(too_many_variables_are_refused),
        TEST(one_program_serves_several_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
