/* Why a condition did not match: only the parts that made the difference, and the fields in them.
 */
#include "mesh.h"

#define HEAD "pipeline: inbound\nowner: ops\nclasses: [{name: rest}]\nroutes:\n"
#define LAST "  - {name: others, to: {pool: all}}\n"

/* A German lead with 120 employees and a blank tag; no e-mail, no revenue. */
static void expect(const char *when, enum policy_outcome outcome, const char *const *steps)
{
    struct cel_value values[POLICY_FIELDS_MAX] = {0};
    struct cel_value tags[] = {cel_string(BYTES_LITERAL("a")), cel_string(BYTES_LITERAL("b"))};
    struct policy_subject subject = {.values = values};
    struct policy_inputs inputs;
    struct policy_trial trial;
    struct arena arena;
    struct mesh mesh;
    arena_init(&arena);
    mesh_init(&mesh);
    mesh_set(&mesh, "territories/nordics.csv", "country\nSE\nNO\nDK\nFI\n");
    mesh_set(&mesh, "pipelines/inbound.yaml",
             arena_printf(&arena, HEAD "  - {name: a, to: {pool: all}, when: '%s'}\n" LAST, when));
    struct policy_release *release = mesh_compile(&mesh);
    values[3] = cel_string(BYTES_LITERAL("DE"));
    values[4] = cel_int(120);
    values[6] = cel_bool(false);
    values[7] = (struct cel_value){.kind = CEL_LIST, .count = 2, .items = tags};
    policy_inputs_init(&inputs, release, &subject);
    policy_route_try(&inputs, 0, &arena, &trial);
    for (size_t i = 0; i < trial.step_count; i++)
        print_message("# %s is %s\n", trial.steps[i].text, trial.steps[i].value);
    assert_int_equal(trial.outcome, outcome);
    assert_true((outcome == POLICY_FAILED) == (trial.message[0] != '\0'));
    size_t expected = 0;
    for (; steps[2 * expected] != NULL; expected++) {
        assert_true(expected < trial.step_count);
        assert_string_equal(trial.steps[expected].text, steps[2 * expected]);
        assert_string_equal(trial.steps[expected].value, steps[2 * expected + 1]);
    }
    assert_int_equal(trial.step_count, expected);
    policy_release_unref(release);
    arena_release(&arena);
}

#define EXPECT(when, outcome, ...) expect(when, outcome, (const char *const[]){__VA_ARGS__})

static void of_a_conjunction_the_false_part_is_told(void **state)
{
    (void)state;
    EXPECT("lead.country == \"DE\" && lead.employees >= 1000", POLICY_FALSE,
           "lead.employees >= 1000", "false", "lead.employees", "120", NULL);
    EXPECT("(lead.country == \"DE\") && ((lead.employees >= 1000) && lead.country != \"FR\")",
           POLICY_FALSE, "lead.employees >= 1000", "false", "lead.employees", "120", NULL);
}

static void of_a_disjunction_all_parts_are_told(void **state)
{
    (void)state;
    EXPECT("lead.country == \"DE\" && (lead.country in territory.nordics || lead.employees > 500)",
           POLICY_FALSE, "lead.country in territory.nordics", "false", "lead.country", "\"DE\"",
           "lead.employees > 500", "false", "lead.employees", "120", NULL);
}

static void an_absent_field_is_told_as_such(void **state)
{
    (void)state;
    EXPECT("lead.country == \"DE\" && lead.revenue > 5.0", POLICY_FAILED, "lead.revenue > 5.0",
           "error: no such key: lead.revenue", "lead.revenue", "absent", NULL);
}

static void what_is_false_counts_before_what_failed(void **state)
{
    (void)state;
    EXPECT("lead.revenue > 5.0 && lead.country == \"FR\"", POLICY_FALSE, "lead.country == \"FR\"",
           "false", "lead.country", "\"DE\"", NULL);
}

static void a_field_alone_is_told_once(void **state)
{
    (void)state;
    EXPECT("lead.consent && lead.employees > 5", POLICY_FALSE, "lead.consent", "false", NULL);
}

static void calculations_and_functions_are_told_whole(void **state)
{
    (void)state;
    EXPECT("lead.employees * 2 + size(lead.tags) > 500", POLICY_FALSE,
           "lead.employees * 2 + size(lead.tags) > 500", "false", "lead.employees", "120",
           "lead.tags", "[\"a\", \"b\"]", NULL);
    EXPECT("!(lead.country == \"DE\" && lead.employees > 5)", POLICY_FALSE,
           "!(lead.country == \"DE\" && lead.employees > 5)", "false", "lead.country", "\"DE\"",
           "lead.employees", "120", NULL);
}

static void a_long_expression_is_told_on_one_line(void **state)
{
    (void)state;
    EXPECT("lead.employees\n\n      >\n      1000", POLICY_FALSE, "lead.employees > 1000", "false",
           "lead.employees", "120", NULL);
}

static void a_match_has_nothing_to_explain(void **state)
{
    (void)state;
    EXPECT("lead.employees > 5", POLICY_MATCHED, NULL);
}

static void a_lead_outside_the_sample_is_told(void **state)
{
    (void)state;
    struct cel_value values[POLICY_FIELDS_MAX] = {0};
    struct policy_subject subject = {.values = values, .person = {1, 2}};
    struct policy_inputs inputs;
    struct policy_trial trial;
    struct arena arena;
    struct mesh mesh;
    arena_init(&arena);
    mesh_init(&mesh);
    mesh_set(&mesh, "pipelines/inbound.yaml",
             HEAD "  - {name: a, to: {pool: all}, percent: 0.01}\n" LAST);
    struct policy_release *release = mesh_compile(&mesh);
    policy_inputs_init(&inputs, release, &subject);
    policy_route_try(&inputs, 0, &arena, &trial);
    assert_int_equal(trial.outcome, POLICY_NOT_SAMPLED);
    assert_string_equal(trial.message, "");
    policy_class_try(&inputs, 0, &arena, &trial);
    assert_int_equal(trial.outcome, POLICY_MATCHED);
    policy_release_unref(release);
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_a_conjunction_the_false_part_is_told),
        cmocka_unit_test(of_a_disjunction_all_parts_are_told),
        cmocka_unit_test(an_absent_field_is_told_as_such),
        cmocka_unit_test(what_is_false_counts_before_what_failed),
        cmocka_unit_test(a_field_alone_is_told_once),
        cmocka_unit_test(calculations_and_functions_are_told_whole),
        cmocka_unit_test(a_long_expression_is_told_on_one_line),
        cmocka_unit_test(a_match_has_nothing_to_explain),
        cmocka_unit_test(a_lead_outside_the_sample_is_told),
    };
    return cmocka_run_group_tests_name("policy_trial", tests, NULL, NULL);
}
