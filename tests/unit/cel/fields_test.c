/* Records: present, null and absent values, has(), and membership in lists. */
#include "unit.h"

static void present_fields_are_read(void **state)
{
    (void)state;
    expect("lead.country", "'DE'");
    expect("lead.partner.size", "12");
    expect_true("lead.country == 'DE' && lead.employees >= 500");
}

static void reading_an_absent_field_is_an_error(void **state)
{
    (void)state;
    expect_error("lead.email", "no such key: lead.email");
    expect_error("lead.email == 'x'", "no such key: lead.email");
    expect_error("!(lead.email == 'x')", "no such key: lead.email");
    expect_error("lead.company", "no such key: lead.company");
    expect_error("lead.company.size > 500", "no such key: lead.company.size");
    expect_error("nothing", "no value for variable: nothing");
}

static void logic_may_look_past_an_absent_field(void **state)
{
    (void)state;
    expect_false("lead.email == 'x' && lead.employees > 1000");
    expect_true("lead.email == 'x' || lead.employees > 500");
    expect_false("has(lead.email) && lead.email == 'x'");
}

static void has_asks_whether_a_field_is_there(void **state)
{
    (void)state;
    expect_true("has(lead.country)");
    expect_false("has(lead.email)");
    expect_true("has(lead.partner.name)");
    expect_true("has(counts.emea)");
    expect_false("has(counts.latam)");
    expect_true("has({'a': null}.a)");
    expect_error("has(anything.name)", "no such overload: `.` on string");
}

static void an_absent_record_has_no_fields(void **state)
{
    (void)state;
    expect_false("has(lead.company)");
    expect_false("has(lead.company.size)");
    expect_error("has(lead.company.size) ? 1 : lead.company.size",
                 "no such key: lead.company.size");
}

static void dotted_variables_are_asked_for_like_fields(void **state)
{
    (void)state;
    expect_true("has(territory.nordic)");
    expect_true("has(territory.dach)");
    static const struct cel_value without[VARIABLES] = {[LIMIT] = {CEL_INT}};
    struct cel_value value =
        cel_evaluate(compile(bytes_of("has(territory.nordic)")), without, NULL);
    assert_true(value.kind == CEL_BOOL && !value.boolean);
}

static void null_is_present_and_no_value(void **state)
{
    (void)state;
    expect_true("has(lead.vip)");
    expect_true("lead.vip == null");
    expect_false("lead.country == null");
    expect_error("lead.vip && true", "no such overload: `&&` on null and bool");
    expect_error("!lead.vip", "no such overload: `!` on null");
}

static void values_of_another_kind_than_declared_are_errors(void **state)
{
    (void)state;
    struct cel_value items[LEAD_FIELDS] = {
        [LEAD_EMPLOYEES] = cel_string(bytes_of("many")),
        [LEAD_PARTNER] = cel_int(3),
    };
    struct cel_value other[VARIABLES] = {[LEAD] = {CEL_RECORD, LEAD_FIELDS, .items = items}};
    static const char *const sources[] = {"lead.employees > 5", "lead.partner.size",
                                          "lead.employees + 1", "has(lead.partner.size)"};
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
        struct cel_scratch scratch = {scratch_memory, sizeof scratch_memory, 0};
        const struct cel_program *program = compile(bytes_of(sources[i]));
        assert_int_equal(cel_evaluate(program, other, &scratch).kind, CEL_ERROR);
    }
}

static void a_record_shorter_than_declared_is_an_error(void **state)
{
    (void)state;
    struct cel_value other[VARIABLES] = {[LEAD] = {CEL_RECORD, 1, .items = lead_items}};
    struct cel_value value = cel_evaluate(compile(bytes_of("lead.employees")), other, NULL);
    assert_int_equal(value.kind, CEL_ERROR);
}

static void membership_in_constant_text_is_exact(void **state)
{
    (void)state;
    expect_true("lead.country in ['AT', 'DE']");
    expect_false("lead.country in ['AT', 'D', 'DEE', '']");
    expect_true("'' in ['', 'a']");
    expect_false("'a' in []");
    expect_false("dyn(lead.vip) in ['a']");
    expect_error("lead.email in ['a']", "no such key: lead.email");
    expect_true("!(lead.country in ['US', 'CA'])");
}

static void membership_in_lists_of_any_kind(void **state)
{
    (void)state;
    expect_true("lead.employees in [1, 700]");
    expect_true("lead.employees in [1.0, 700.0]");
    expect_true("'trial' in lead.tags");
    expect_false("'paid' in lead.tags");
    expect_true("lead.country in [lead.tags[0], 'DE']");
    expect_true("dyn(2) in [null, 'a', 2u]");
    expect_true("'emea' in counts && !('latam' in counts)");
    expect_error("1 in anything", "no such overload: `in` on int and string");
}

static void membership_in_known_and_unknown_variables(void **state)
{
    (void)state;
    expect_true("lead.country in territory.dach");
    expect_false("'SE' in territory.dach");
    expect_true("lead.country in territory.nordic");
}

static void membership_is_right_for_every_length_and_number(void **state)
{
    (void)state;
    const char *list = "", *letters = repeat("abcdefghij", 4).data;
    for (int i = 1; i <= 40; i += 3)
        list = arena_printf(&arena, "%s'%.*s',", list, i, letters);
    for (int i = 0; i <= 40; i++) {
        const char *source = arena_printf(&arena, "'%.*s' in [%s]", i, letters, list);
        expect(source, i % 3 == 1 ? "true" : "false");
        /* The same through a program that looks up at run time. */
        source = arena_printf(&arena, "(true ? dyn('%.*s') : anything) in [%s]", i, letters, list);
        expect(source, i % 3 == 1 ? "true" : "false");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(present_fields_are_read),
        TEST(reading_an_absent_field_is_an_error),
        TEST(logic_may_look_past_an_absent_field),
        TEST(has_asks_whether_a_field_is_there),
        TEST(an_absent_record_has_no_fields),
        TEST(dotted_variables_are_asked_for_like_fields),
        TEST(null_is_present_and_no_value),
        TEST(values_of_another_kind_than_declared_are_errors),
        TEST(a_record_shorter_than_declared_is_an_error),
        TEST(membership_in_constant_text_is_exact),
        TEST(membership_in_lists_of_any_kind),
        TEST(membership_in_known_and_unknown_variables),
        TEST(membership_is_right_for_every_length_and_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
