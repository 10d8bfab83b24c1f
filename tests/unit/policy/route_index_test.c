/* The index leaves out no route that matches, and where everything can be told it leaves out all
 * that do not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/route_index.h"

#include <math.h>
#include <stdio.h>

/* ---- an environment like that of a pipeline */

enum { COUNTRY, INDUSTRY, DOMAIN, EMPLOYEES, INTENT, URGENT, EMAIL, FIELDS };
enum { LEAD, SOURCE, DACH, VARIABLES };

static const struct cel_type type_bool = {CEL_TYPE_BOOL};
static const struct cel_type type_int = {CEL_TYPE_INT};
static const struct cel_type type_double = {CEL_TYPE_DOUBLE};
static const struct cel_type type_string = {CEL_TYPE_STRING};
static const struct cel_type type_strings = {CEL_TYPE_LIST, .element = &type_string};
static const struct cel_field fields[FIELDS] = {
    [COUNTRY] = {"country", &type_string}, [INDUSTRY] = {"industry", &type_string},
    [DOMAIN] = {"domain", &type_string},   [EMPLOYEES] = {"employees", &type_int},
    [INTENT] = {"intent", &type_double},   [URGENT] = {"urgent", &type_bool},
    [EMAIL] = {"email", &type_string},
};
static const struct cel_type type_lead = {CEL_TYPE_RECORD, .fields = fields, .field_count = FIELDS};

#define STRING(text)                                             \
    {                                                            \
        .kind = CEL_STRING, .string = { text, sizeof(text) - 1 } \
    }
static const struct cel_value dach_items[] = {STRING("DE"), STRING("AT"), STRING("CH")};
static const struct cel_value dach = {CEL_LIST, 3, .items = dach_items};
static const struct cel_variable variables[VARIABLES] = {
    [LEAD] = {"lead", &type_lead},
    [SOURCE] = {"source", &type_string},
    [DACH] = {"territory.dach", &type_strings, &dach},
};
static const struct cel_environment environment = {variables, VARIABLES};

static const char *const countries[] = {"DE", "AT", "CH", "FR", "GB", "US", "NL", "IT"};
static const char *const industries[] = {"software", "retail", "energy", "health"};

static struct arena arena;

static int with_arena(void **state)
{
    (void)state;
    arena_init(&arena);
    return 0;
}

static int without_arena(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

static uint64_t seed = 1;

/* splitmix64 (Vigna). */
static uint32_t random_below(uint32_t limit)
{
    uint64_t z = seed += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return (uint32_t)((z ^ (z >> 31)) % limit);
}

static const char *one_of(const char *const *texts, uint32_t count)
{
    return texts[random_below(count)];
}

#define ONE_OF(texts) one_of(texts, sizeof(texts) / sizeof *(texts))

/* ---- policies */

enum { DOMAINS = 3000, ROUTES_MANY = 2000, TIMES = 200 };

struct policy {
    const char **conditions;
    const struct cel_program **programs;
    struct cel_demand *demands;
    uint32_t count;
    const struct policy_route_index *index;
};

static void policy_make(struct policy *policy, const char **conditions, uint32_t count)
{
    *policy = (struct policy){.conditions = conditions, .count = count};
    policy->programs = arena_array(&arena, count, sizeof *policy->programs);
    policy->demands = arena_array(&arena, count, sizeof *policy->demands);
    for (uint32_t i = 0; i < count; i++) {
        struct bytes source = bytes_of(conditions[i]);
        struct cel_diagnostic diagnostic;
        if (cel_program_compile(&environment, source, NULL, &arena, &policy->programs[i],
                                &diagnostic) != 0)
            fail_msg("%s: %s", conditions[i], diagnostic.message);
        cel_demand_of(&environment, source, &arena, &policy->demands[i]);
    }
    policy->index = policy_route_index_new(policy->demands, count, &arena);
}

/* Told completely, and of one kind for each field. */
static const char *exact_condition(void)
{
    uint32_t k = random_below(600);
    switch (random_below(9)) {
    case 0: return arena_printf(&arena, "lead.country == '%s'", ONE_OF(countries));
    case 1:
        return arena_printf(&arena, "lead.country in ['%s', '%s'] && lead.employees >= %u",
                            ONE_OF(countries), ONE_OF(countries), k);
    case 2:
        return arena_printf(&arena, "lead.domain in ['d%u.com', 'd%u.com']", k,
                            random_below(DOMAINS));
    case 3:
        return arena_printf(&arena, "lead.industry != '%s' && lead.country in territory.dach",
                            ONE_OF(industries));
    case 4: return arena_printf(&arena, "has(lead.email) && lead.employees < %u", k);
    case 5: return arena_printf(&arena, "!has(lead.email) && lead.industry == 'retail'");
    case 6:
        return arena_printf(&arena, "source == 'web' && (lead.urgent || lead.employees == %u)", k);
    case 7:
        return arena_printf(&arena, "!(lead.intent < %u.5) && !(lead.domain in ['d%u.com'])",
                            k % 100, k);
    default:
        return arena_printf(&arena, "lead.intent > %u.0 && lead.intent <= %u && lead.urgent",
                            k % 100, k % 100 + 5);
    }
}

static const char *any_condition(int depth)
{
    static const char *const untold[] = {
        "lead.domain.endsWith('7.com')",
        "lead.employees + 1 > 100",
        "lead.country < 'F'",
        "lead.email == lead.domain",
        "lead.employees != 100 && lead.employees > 50",
        "true",
        "false",
        "lead.employees in [5, 100]",
        "lead.country == null",
    };
    if (depth == 0)
        return random_below(4) == 0 ? ONE_OF(untold) : exact_condition();
    const char *a = any_condition(depth - 1), *b = any_condition(depth - 1);
    switch (random_below(5)) {
    case 0: return arena_printf(&arena, "(%s || %s)", a, b);
    case 1: return arena_printf(&arena, "!(%s)", a);
    case 2: return arena_printf(&arena, "(%s ? %s : %s)", any_condition(0), a, b);
    default: return arena_printf(&arena, "((%s) && (%s))", a, b);
    }
}

static void policy_random(struct policy *policy, uint32_t count, int depth)
{
    const char **conditions = arena_array(&arena, count, sizeof *conditions);
    for (uint32_t i = 0; i < count; i++)
        conditions[i] = depth < 0 ? exact_condition() : any_condition(depth);
    policy_make(policy, conditions, count);
}

/* ---- leads */

struct lead {
    struct cel_value values[FIELDS];
    struct cel_value variables[VARIABLES];
};

static struct cel_value text(const char *string)
{
    return cel_string(bytes_of(string));
}

/* Of the kinds that are declared; any field may be missing. */
static void lead_random(struct lead *lead)
{
    *lead =
        (struct lead){.values = {
                          [COUNTRY] = text(ONE_OF(countries)),
                          [INDUSTRY] = text(ONE_OF(industries)),
                          [DOMAIN] = text(arena_printf(&arena, "d%u.com", random_below(DOMAINS))),
                          [EMPLOYEES] = cel_int((int64_t)random_below(600)),
                          [INTENT] = cel_double((double)random_below(210) / 2),
                          [URGENT] = cel_bool(random_below(2) == 0),
                          [EMAIL] = text("a@b.com"),
                      }};
    for (uint32_t i = 0; i < FIELDS; i++)
        if (random_below(5) == 0)
            lead->values[i] = (struct cel_value){.kind = CEL_ABSENT};
    lead->variables[LEAD] = (struct cel_value){CEL_RECORD, FIELDS, .items = lead->values};
    lead->variables[SOURCE] = text(random_below(2) == 0 ? "web" : "partner");
}

/* A value of some kind that was never declared so, or at the end of its range. */
static void lead_spoil(struct lead *lead)
{
    const struct cel_value odd[] = {
        {.kind = CEL_NULL},
        text(""),
        cel_bool(true),
        cel_double(NAN),
        cel_double(-0.0),
        cel_int(INT64_MIN),
        cel_int(INT64_MAX),
        cel_double(INFINITY),
        cel_double(100.0),
        cel_double(99.5),
        {CEL_UINT, .uinteger = UINT64_MAX},
        {CEL_UINT, .uinteger = 100},
        {CEL_LIST, 3, .items = dach_items},
    };
    for (uint32_t i = 0; i < FIELDS; i++)
        if (random_below(3) == 0)
            lead->values[i] = odd[random_below(sizeof odd / sizeof *odd)];
}

static bool matches(const struct policy *policy, uint32_t route, const struct lead *lead)
{
    char memory[4096];
    struct cel_scratch scratch = {memory, sizeof memory, 0};
    struct cel_value value = cel_evaluate(policy->programs[route], lead->variables, &scratch);
    return value.kind == CEL_BOOL && value.boolean;
}

/* The candidates from route `from` on, checked to be in order and to leave out none that matches.
 * Returns how many there are and do not match. */
static uint32_t check_walk(const struct policy *policy, const struct lead *lead, uint32_t from)
{
    struct policy_route_walk walk;
    policy_route_walk_init(&walk, policy->index, lead->variables, from);
    uint32_t next = from, wrong = 0;
    for (;;) {
        uint32_t route = policy_route_walk_next(&walk);
        if (route != POLICY_NONE && (route < next || route >= policy->count))
            fail_msg("route %u comes where the next one is %u of %u", route, next, policy->count);
        for (; next < policy->count && next != route; next++)
            if (matches(policy, next, lead))
                fail_msg("route %u is left out but matches: %s", next, policy->conditions[next]);
        if (route == POLICY_NONE)
            break;
        wrong += !matches(policy, route, lead);
        next = route + 1;
    }
    assert_int_equal(policy_route_walk_next(&walk), POLICY_NONE);
    return wrong;
}

/* ---- what it promises */

static void an_empty_policy_has_no_candidates(void **state)
{
    (void)state;
    struct policy policy;
    struct lead lead;
    policy_make(&policy, NULL, 0);
    lead_random(&lead);
    assert_int_equal(check_walk(&policy, &lead, 0), 0);
}

/* The conditions again and again: with few routes it does not pay to look at the fields. */
static void policy_repeated(struct policy *policy, const char *const *conditions, uint32_t count)
{
    const char **many = arena_array(&arena, (size_t)count * TIMES, sizeof *many);
    for (uint32_t i = 0; i < count * TIMES; i++)
        many[i] = conditions[i % count];
    policy_make(policy, many, count * TIMES);
}

static void routes_come_in_order_and_each_once(void **state)
{
    (void)state;
    static const char *const conditions[] = {
        "lead.country == 'FR'",
        "lead.country == 'DE' || lead.employees > 10 || has(lead.email)",
        "false",
        "lead.domain.endsWith('x')",
        "lead.employees >= 100",
        "true",
    };
    struct policy policy;
    struct policy_route_walk walk;
    struct lead lead = {.values = {[COUNTRY] = text("DE"), [EMPLOYEES] = cel_int(100)}};
    lead.variables[LEAD] = (struct cel_value){CEL_RECORD, FIELDS, .items = lead.values};
    policy_repeated(&policy, conditions, 6);
    policy_route_walk_init(&walk, policy.index, lead.variables, 0);
    for (uint32_t first = 0; first < policy.count; first += 6) {
        assert_int_equal(policy_route_walk_next(&walk), first + 1);
        assert_int_equal(policy_route_walk_next(&walk), first + 4);
        assert_int_equal(policy_route_walk_next(&walk), first + 5);
    }
    assert_int_equal(policy_route_walk_next(&walk), POLICY_NONE);
    policy_route_walk_init(&walk, policy.index, lead.variables, 602);
    assert_int_equal(policy_route_walk_next(&walk), 604);
    policy_route_walk_init(&walk, policy.index, lead.variables, policy.count);
    assert_int_equal(policy_route_walk_next(&walk), POLICY_NONE);
}

static void a_record_that_is_not_there_has_no_fields(void **state)
{
    (void)state;
    static const char *const conditions[] = {"has(lead.email)", "!has(lead.email)",
                                             "lead.country == 'DE'"};
    struct policy policy;
    struct policy_route_walk walk;
    struct lead lead = {0};
    policy_repeated(&policy, conditions, 3);
    policy_route_walk_init(&walk, policy.index, lead.variables, 0);
    for (uint32_t first = 0; first < policy.count; first += 3)
        assert_int_equal(policy_route_walk_next(&walk), first + 1);
    assert_int_equal(policy_route_walk_next(&walk), POLICY_NONE);
}

/* The walk may begin after the end, too. */
static void few_routes_are_all_candidates(void **state)
{
    (void)state;
    const char *conditions[] = {"lead.country == 'FR'", "lead.urgent"};
    struct policy policy;
    struct policy_route_walk walk;
    struct lead lead = {0};
    policy_make(&policy, conditions, 2);
    policy_route_walk_init(&walk, policy.index, lead.variables, 0);
    assert_int_equal(policy_route_walk_next(&walk), 0);
    assert_int_equal(policy_route_walk_next(&walk), 1);
    assert_int_equal(policy_route_walk_next(&walk), POLICY_NONE);
    policy_route_walk_init(&walk, policy.index, lead.variables, 7);
    assert_int_equal(policy_route_walk_next(&walk), POLICY_NONE);
}

static void nothing_that_matches_is_left_out(void **state)
{
    (void)state;
    for (int depth = 0; depth < 3; depth++)
        for (int i = 0; i < 60; i++) {
            struct policy policy;
            policy_random(&policy, 1 + random_below(150), depth);
            for (int j = 0; j < 40; j++) {
                struct lead lead;
                lead_random(&lead);
                if (j % 2 == 1)
                    lead_spoil(&lead);
                check_walk(&policy, &lead, j < 20 ? 0 : random_below(policy.count + 1));
            }
        }
}

/* Here there are more bounds than regions, so the employees of some candidates are only nearly
 * right. */
static void what_can_be_told_is_no_candidate(void **state)
{
    (void)state;
    struct policy policy;
    uint32_t wrong = 0, leads = 100;
    policy_random(&policy, ROUTES_MANY, -1);
    for (uint32_t i = 0; i < ROUTES_MANY; i++)
        assert_true(policy.demands[i].exact);
    for (uint32_t i = 0; i < leads; i++) {
        struct lead lead;
        lead_random(&lead);
        wrong += check_walk(&policy, &lead, random_below(2) * random_below(ROUTES_MANY));
    }
    assert_true(wrong < 3 * leads);
}

/* Thousands of values, of which each is asked for by few. */
static void long_lists_admit_only_those_who_named_the_value(void **state)
{
    (void)state;
    enum { ROUTES = 3000, LISTED = 7 };
    const char **conditions = arena_array(&arena, ROUTES, sizeof *conditions);
    for (uint32_t i = 0; i < ROUTES; i++) {
        const char *list = "";
        for (uint32_t j = 0; j < LISTED; j++)
            list = arena_printf(&arena, "%s%s'd%u.com'", list, j > 0 ? ", " : "",
                                random_below(DOMAINS));
        conditions[i] =
            arena_printf(&arena, "%s(lead.domain in [%s])", i % 5 == 0 ? "!" : "", list);
    }
    struct policy policy;
    policy_make(&policy, conditions, ROUTES);
    for (uint32_t i = 0; i < 50; i++) {
        struct lead lead;
        lead_random(&lead);
        assert_int_equal(check_walk(&policy, &lead, 0), 0);
    }
}

/* The demands of a mesh with far too long lists: more candidates than need be, but all of them. */
static void too_long_lists_cost_precision_not_memory(void **state)
{
    (void)state;
    enum { ROUTES = 40, LONG = 100 * 1000 };
    struct cel_demand *demands = arena_array(&arena, ROUTES, sizeof *demands);
    for (uint32_t i = 0; i < ROUTES; i++) {
        struct cel_value *values = arena_array(&arena, LONG, sizeof *values);
        for (uint32_t j = 0; j < LONG; j++)
            values[j] = cel_int((int64_t)i * LONG + j);
        struct cel_predicate *predicate = arena_zalloc(&arena, sizeof *predicate);
        *predicate = (struct cel_predicate){CEL_PREDICATE_ONE_OF, LEAD, EMPLOYEES, values, LONG};
        struct cel_conjunct *conjunct = arena_zalloc(&arena, sizeof *conjunct);
        *conjunct = (struct cel_conjunct){predicate, 1};
        demands[i] = (struct cel_demand){conjunct, 1, true};
    }
    struct arena own;
    arena_init(&own);
    const struct policy_route_index *index = policy_route_index_new(demands, ROUTES, &own);
    assert_true(own.used < 128 * 1024 * 1024);
    for (uint32_t i = 0; i < ROUTES; i++) {
        struct lead lead = {.values = {[EMPLOYEES] = cel_int((int64_t)i * LONG + 17)}};
        lead.variables[LEAD] = (struct cel_value){CEL_RECORD, FIELDS, .items = lead.values};
        struct policy_route_walk walk;
        policy_route_walk_init(&walk, index, lead.variables, i);
        assert_int_equal(policy_route_walk_next(&walk), i);
    }
    arena_release(&own);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, with_arena, without_arena)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_empty_policy_has_no_candidates),
        TEST(routes_come_in_order_and_each_once),
        TEST(a_record_that_is_not_there_has_no_fields),
        TEST(few_routes_are_all_candidates),
        TEST(nothing_that_matches_is_left_out),
        TEST(what_can_be_told_is_no_candidate),
        TEST(long_lists_admit_only_those_who_named_the_value),
        TEST(too_long_lists_cost_precision_not_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
