/* What is told about conditions without evaluating them: exactly what they come to, or less and
 * then said so. */
#include "unit.h"

#include "cel/predicate.h"

#include "base/buffer.h"

#include <math.h>

/* ---- demands as text: "country in {"DE"} & employees in [50, …)"; "…" at the end: not exact */

static void print_predicate(const struct cel_predicate *predicate, struct buffer *out)
{
    static const char *const words[] = {"in {", "not in {", "in ", "present", "absent"};
    const char *name = predicate->field == UINT32_MAX ? variables[predicate->variable].name
                                                      : lead_fields[predicate->field].name;
    buffer_printf(out, "%s %s", name, words[predicate->kind]);
    if (predicate->kind == CEL_PREDICATE_RANGE)
        buffer_printf(out, "%c%g, %g%c%s", predicate->low_open ? '(' : '[', predicate->low,
                      predicate->high, predicate->high_open ? ')' : ']',
                      predicate->nan ? " or NaN" : "");
    for (uint32_t i = 0; i < predicate->value_count; i++) {
        const struct cel_value *value = &predicate->values[i];
        buffer_printf(out, "%s", i > 0 ? ", " : "");
        switch (value->kind) {
        case CEL_STRING: buffer_printf(out, "%.*s", BYTES_ARG(value->string)); break;
        case CEL_INT: buffer_printf(out, "%lld", (long long)value->integer); break;
        case CEL_DOUBLE: buffer_printf(out, "%g", value->number); break;
        case CEL_BOOL: buffer_printf(out, "%s", value->boolean ? "true" : "false"); break;
        default: buffer_printf(out, "null");
        }
    }
    if (predicate->value_count > 0)
        buffer_printf(out, "}");
}

static const char *demand_text(const char *source)
{
    struct cel_demand demand;
    struct buffer out;
    buffer_init(&out, 64 * 1024);
    cel_demand_of(&environment, bytes_of(source), &arena, &demand);
    for (size_t i = 0; i < demand.count; i++) {
        buffer_printf(&out, "%s", i > 0 ? " | " : "");
        if (demand.conjuncts[i].count == 0)
            buffer_printf(&out, "always");
        for (size_t j = 0; j < demand.conjuncts[i].count; j++) {
            buffer_printf(&out, "%s", j > 0 ? " & " : "");
            print_predicate(&demand.conjuncts[i].predicates[j], &out);
        }
    }
    if (demand.count == 0)
        buffer_printf(&out, "never");
    if (!demand.exact)
        buffer_printf(&out, " …");
    const char *text = arena_string(&arena, buffer_bytes(&out));
    buffer_release(&out);
    return text;
}

static void expect_demand(const char *source, const char *text)
{
    const char *found = demand_text(source);
    if (strcmp(found, text) != 0)
        fail_msg("%s\n  demands %s\n  not     %s", source, found, text);
}

static void comparisons_are_told(void **state)
{
    (void)state;
    expect_demand("lead.country == 'DE'", "country in {DE}");
    expect_demand("'DE' == lead.country", "country in {DE}");
    expect_demand("lead.country != 'DE'", "country not in {DE}");
    expect_demand("lead.country in ['DE', 'AT']", "country in {DE, AT}");
    expect_demand("!(lead.country in ['DE', 'AT'])", "country not in {DE, AT}");
    expect_demand("lead.country in territory.dach", "country in {DE, AT, CH}");
    expect_demand("lead.employees >= 50", "employees in [50, inf]");
    expect_demand("50 < lead.employees", "employees in (50, inf]");
    expect_demand("lead.employees < -1", "employees in [-inf, -1)");
    expect_demand("lead.intent <= -(0.5)", "intent in [-inf, -0.5]");
    expect_demand("!(lead.intent < 0.5)", "intent in [0.5, inf] or NaN");
    expect_demand("lead.email == null", "email in {null}");
    expect_demand("anything == 3", "anything in {3}");
}

static void presence_and_bools_are_told(void **state)
{
    (void)state;
    expect_demand("has(lead.email)", "email present");
    expect_demand("!has(lead.email)", "email absent");
    expect_demand("lead.vip", "vip in {true}");
    expect_demand("!lead.vip", "vip in {false}");
    expect_demand("lead.vip != true", "vip not in {true}");
    expect_demand("lead.country in []", "never");
    expect_demand("!(lead.country in [])", "country present");
}

static void logic_is_told_by_its_parts(void **state)
{
    (void)state;
    expect_demand("lead.employees >= 50 && lead.country == 'DE'",
                  "country in {DE} & employees in [50, inf]");
    expect_demand("lead.country == 'DE' || lead.employees >= 50",
                  "country in {DE} | employees in [50, inf]");
    expect_demand("!(lead.country == 'DE' || lead.employees >= 50)",
                  "country not in {DE} & employees in [-inf, 50) or NaN");
    expect_demand("(lead.vip || has(lead.email)) && lead.country == 'DE'",
                  "country in {DE} & vip in {true} | country in {DE} & email present");
    expect_demand("(lead.vip || has(lead.email)) && (lead.country == 'DE' || lead.intent > 1.0)",
                  "country in {DE} & vip in {true} | intent in (1, inf] & vip in {true} | "
                  "country in {DE} & email present | email present & intent in (1, inf]");
    expect_demand("lead.vip ? lead.country == 'DE' : lead.employees > 5",
                  "country in {DE} & vip in {true} | employees in (5, inf] & vip in {false}");
    expect_demand("true || lead.vip", "always");
    expect_demand("false && lead.vip", "never");
}

static void what_one_field_has_to_satisfy_is_put_together(void **state)
{
    (void)state;
    expect_demand("lead.employees >= 50 && lead.employees < 100", "employees in [50, 100)");
    expect_demand("lead.employees >= 50 && lead.employees < 50", "never");
    expect_demand("lead.country == 'DE' && lead.country == 'AT'", "never");
    expect_demand("has(lead.country) && lead.country == 'AT'", "country in {AT}");
    expect_demand("lead.country in territory.dach && lead.country != 'AT'", "country in {DE, CH}");
    expect_demand("lead.country != 'DE' && lead.country != 'AT'", "country not in {DE, AT}");
    expect_demand("lead.employees in [1, 5, 9] && lead.employees > 1", "employees in {5, 9}");
    expect_demand("lead.country == 'DE' || lead.country == 'AT' || lead.country in ['AT', 'CH']",
                  "country in {DE, AT, CH}");
    expect_demand("!has(lead.country) && lead.country == 'DE'", "never");
    expect_demand("lead.employees > 5 && lead.employees != 7",
                  "employees not in {7} & employees in (5, inf]");
}

static void what_cannot_be_told_is_left_out_and_said(void **state)
{
    (void)state;
    expect_demand("lead.email.endsWith('.edu')", "email present …");
    expect_demand("lead.email.endsWith('.edu') && lead.country == 'DE'",
                  "country in {DE} & email present …");
    expect_demand("lead.email.endsWith('.edu') || lead.country == 'DE'",
                  "email present | country in {DE} …");
    expect_demand("lead.country < 'M'", "country present …");
    expect_demand("'trial' in lead.tags", "tags present …");
    expect_demand("lead.employees + 1 > 5", "employees present …");
    expect_demand("lead.employees == limit", "employees present & limit present …");
    expect_demand("lead.company.size > 5", "always …");
    expect_demand("lead.employees == 9007199254740992", "employees present …");
    expect_demand("lead.employees == 9007199254740991", "employees in {9007199254740991}");
    expect_demand("lead.tags.exists(tag, tag == lead.email)", "always …");
    expect_demand("lead.?email.orValue(lead.country) == 'DE'", "always …");
    expect_demand("lead.tags[?0] == optional.none()", "always …");
    /* Never, whatever the part that cannot be told comes to. */
    expect_demand("lead.email.endsWith('x') && lead.vip && !lead.vip", "never");
}

static struct bytes alternatives(int count)
{
    struct buffer out;
    buffer_init(&out, 64 * 1024);
    for (int i = 0; i < count; i++)
        buffer_printf(&out, "%slead.country == 'C%d' && lead.employees > %d", i > 0 ? " || " : "",
                      i, i);
    struct bytes text = arena_copy(&arena, buffer_bytes(&out));
    buffer_release(&out);
    return text;
}

static void many_alternatives_are_told_up_to_the_ceiling(void **state)
{
    (void)state;
    struct cel_demand demand;
    cel_demand_of(&environment, alternatives(CEL_CONJUNCTS_MAX), &arena, &demand);
    assert_int_equal(demand.count, CEL_CONJUNCTS_MAX);
    assert_true(demand.exact);
    cel_demand_of(&environment, alternatives(CEL_CONJUNCTS_MAX + 1), &arena, &demand);
    assert_int_equal(demand.count, 1);
    assert_int_equal(demand.conjuncts[0].count, 0);
    assert_false(demand.exact);
}

/* A conditional asks for its condition twice: nested ones must not take forever. */
static void nested_conditionals_end(void **state)
{
    (void)state;
    struct cel_demand demand;
    struct bytes open = repeat("(", 100);
    struct bytes close = repeat(" ? lead.vip : lead.employees > 5)", 100);
    const char *source =
        arena_printf(&arena, "%.*slead.vip%.*s", BYTES_ARG(open), BYTES_ARG(close));
    cel_demand_of(&environment, bytes_of(source), &arena, &demand);
    assert_true(demand.count <= CEL_CONJUNCTS_MAX);
}

static void constant_lists_are_shared(void **state)
{
    (void)state;
    struct cel_demand demand;
    cel_demand_of(&environment, BYTES_LITERAL("lead.country in territory.dach"), &arena, &demand);
    assert_ptr_equal(demand.conjuncts[0].predicates[0].values, dach_items);
}

/* ---- implication */

static bool implied(const char *a, const char *b)
{
    struct cel_demand demands[2];
    cel_demand_of(&environment, bytes_of(a), &arena, &demands[0]);
    cel_demand_of(&environment, bytes_of(b), &arena, &demands[1]);
    return cel_demand_implied(&demands[0], &demands[1]);
}

static void narrower_conditions_imply_wider_ones(void **state)
{
    (void)state;
    assert_true(implied("lead.employees > 50", "lead.employees > 100 && lead.vip"));
    assert_true(implied("lead.country in territory.dach", "lead.country == 'AT'"));
    assert_true(implied("lead.country != 'FR'", "lead.country in territory.dach"));
    assert_true(implied("lead.country != 'FR'", "!(lead.country in ['FR', 'IT'])"));
    assert_true(implied("has(lead.email)", "lead.email.endsWith('.edu')"));
    assert_true(implied("lead.vip || lead.employees > 5", "lead.employees == 7"));
    assert_true(implied("true", "lead.email.endsWith('.edu')"));
    assert_true(implied("lead.country == 'DE'", "lead.vip && !lead.vip"));
    assert_true(implied("lead.employees != 5", "lead.employees > 5"));
    assert_true(implied("!has(lead.email)", "!has(lead.email) && lead.vip"));
}

static void what_is_not_certain_is_not_implied(void **state)
{
    (void)state;
    assert_false(implied("lead.employees > 100", "lead.employees > 50"));
    assert_false(implied("lead.employees > 5", "lead.employees >= 5"));
    assert_false(implied("lead.country == 'AT'", "lead.country in territory.dach"));
    assert_false(implied("lead.country == 'AT'", "lead.vip"));
    assert_false(implied("lead.email.endsWith('.edu')", "lead.email.endsWith('.edu')"));
    assert_false(implied("!has(lead.email)", "has(lead.email)"));
    assert_false(implied("lead.country != 'DE'", "!has(lead.country)"));
    assert_false(implied("false", "lead.vip"));
    /* NaN is not less than 5 and not at least 5. */
    assert_false(implied("lead.intent >= 5.0", "!(lead.intent < 5.0)"));
    assert_true(implied("!(lead.intent < 5.0)", "lead.intent >= 5.0"));
}

/* ---- against evaluation: random conditions, random leads */

enum { CONDITIONS = 3000, LEADS = 60, TEXT_MAX = 16 * 1024 };

static uint64_t seed = 1;

/* splitmix64 (Vigna). */
static uint32_t random_below(uint32_t limit)
{
    uint64_t z = seed += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return (uint32_t)((z ^ (z >> 31)) % limit);
}

static const char *const atoms[] = {
    "lead.country == 'DE'",
    "lead.country != 'AT'",
    "lead.country in territory.dach",
    "lead.country in ['FR', 'DE']",
    "lead.country == null",
    "lead.employees >= 5",
    "lead.employees < 7",
    "6 < lead.employees",
    "lead.employees == 6",
    "lead.employees != 6.0",
    "lead.employees in [5, 6, 9]",
    "lead.intent > 5.0",
    "lead.intent <= 7",
    "lead.intent == 6.5",
    "lead.vip",
    "lead.vip == true",
    "has(lead.email)",
    "has(lead.country)",
    "lead.email.startsWith('a')",
    "lead.email == lead.country",
    "anything == 6",
    "anything != 'DE'",
    "anything > 5",
    "true",
    "false",
    "size(lead.tags) > 1",
};

static const char *random_condition(int depth)
{
    if (depth == 0 || random_below(4) == 0)
        return atoms[random_below(sizeof atoms / sizeof *atoms)];
    const char *a = random_condition(depth - 1), *b = random_condition(depth - 1);
    switch (random_below(4)) {
    case 0: return arena_printf(&arena, "(%s && %s)", a, b);
    case 1: return arena_printf(&arena, "(%s || %s)", a, b);
    case 2: return arena_printf(&arena, "!(%s)", a);
    default: return arena_printf(&arena, "(%s ? %s : %s)", random_condition(0), a, b);
    }
}

/* Of any kind whatever was declared, and near the bounds of the conditions. */
static struct cel_value random_value(uint32_t field)
{
    static const char *const texts[] = {"DE", "AT", "FR", "a@b", ""};
    static const double numbers[] = {5.0, 6.0, 6.5, 7.0, 9.0, -INFINITY, NAN, 0x1p60};
    switch (random_below(8)) {
    case 0: return (struct cel_value){.kind = CEL_ABSENT};
    case 1: return (struct cel_value){.kind = CEL_NULL};
    case 2: field = random_below(LEAD_FIELDS); break;
    default: break;
    }
    switch (field) {
    case LEAD_COUNTRY:
    case LEAD_EMAIL: return cel_string(bytes_of(texts[random_below(5)]));
    case LEAD_EMPLOYEES: return cel_int((int64_t)random_below(8) + 3);
    case LEAD_INTENT: return cel_double(numbers[random_below(8)]);
    case LEAD_VIP: return cel_bool(random_below(2) == 1);
    default: return cel_int(INT64_MAX);
    }
}

static bool is_true(const struct cel_program *program, const struct cel_value *activation)
{
    struct cel_scratch scratch = {scratch_memory, sizeof scratch_memory, 0};
    struct cel_value value = cel_evaluate(program, activation, &scratch);
    return value.kind == CEL_BOOL && value.boolean;
}

static bool conjunct_holds(const struct cel_conjunct *conjunct, const struct cel_value *activation)
{
    for (size_t i = 0; i < conjunct->count; i++) {
        const struct cel_predicate *predicate = &conjunct->predicates[i];
        const struct cel_value *value = &activation[predicate->variable];
        if (predicate->field != UINT32_MAX)
            value = &value->items[predicate->field];
        if (!cel_predicate_admits(predicate, value))
            return false;
    }
    return true;
}

static bool demand_holds(const struct cel_demand *demand, const struct cel_value *activation)
{
    for (size_t i = 0; i < demand->count; i++)
        if (conjunct_holds(&demand->conjuncts[i], activation))
            return true;
    return false;
}

/* A lead and variables; the caller gives the room. */
static void random_activation(struct cel_value lead[LEAD_FIELDS],
                              struct cel_value activation[VARIABLES])
{
    memcpy(activation, values, sizeof values);
    for (uint32_t i = 0; i < LEAD_FIELDS; i++)
        lead[i] = random_value(i);
    activation[LEAD].items = lead;
    activation[ANYTHING] = random_value(random_below(LEAD_FIELDS));
}

static void a_true_condition_satisfies_its_demand(void **state)
{
    (void)state;
    size_t exact = 0, matches = 0;
    for (int i = 0; i < CONDITIONS; i++) {
        const char *source = random_condition(4);
        const struct cel_program *program = compile(bytes_of(source));
        struct cel_demand demand;
        cel_demand_of(&environment, bytes_of(source), &arena, &demand);
        exact += demand.exact;
        for (int j = 0; j < LEADS; j++) {
            struct cel_value lead[LEAD_FIELDS], activation[VARIABLES];
            random_activation(lead, activation);
            bool matched = is_true(program, activation), held = demand_holds(&demand, activation);
            matches += matched;
            if ((matched && !held) || (demand.exact && held != matched))
                fail_msg("%s is %s, but its demand %s is%s met", source,
                         matched ? "true" : "not true", demand_text(source), held ? "" : " not");
        }
    }
    assert_true(exact > CONDITIONS / 4);
    assert_true(matches > CONDITIONS);
}

static void what_is_implied_is_true(void **state)
{
    (void)state;
    size_t found = 0;
    for (int i = 0; i < 4 * CONDITIONS; i++) {
        const char *a = random_condition(2), *b = random_condition(2);
        if (!implied(a, b))
            continue;
        found++;
        const struct cel_program *programs[] = {compile(bytes_of(a)), compile(bytes_of(b))};
        for (int j = 0; j < LEADS; j++) {
            struct cel_value lead[LEAD_FIELDS], activation[VARIABLES];
            random_activation(lead, activation);
            if (is_true(programs[1], activation) && !is_true(programs[0], activation))
                fail_msg("%s is said to follow from %s", a, b);
        }
    }
    assert_true(found > CONDITIONS / 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(comparisons_are_told),
        TEST(presence_and_bools_are_told),
        TEST(logic_is_told_by_its_parts),
        TEST(what_one_field_has_to_satisfy_is_put_together),
        TEST(what_cannot_be_told_is_left_out_and_said),
        TEST(many_alternatives_are_told_up_to_the_ceiling),
        TEST(nested_conditionals_end),
        TEST(constant_lists_are_shared),
        TEST(narrower_conditions_imply_wider_ones),
        TEST(what_is_not_certain_is_not_implied),
        TEST(a_true_condition_satisfies_its_demand),
        TEST(what_is_implied_is_true),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
