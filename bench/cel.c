/* Nanoseconds for one evaluation of expressions such as a policy is full of, on one thread. Beside
 * them a control, the check of `route` written by hand in C: the least it could cost.
 *
 * Each expression is evaluated over the same leads in turn, so that neither its branches nor its
 * data are always the same. The lowest of many short rounds: whatever else runs only adds to it. */
#include "measure.h"

#include "cel/cel.h"

#include <stdio.h>

enum { LEADS = 256, REPEATS = 20, ROUNDS = 500, ROUNDS_QUICK = 100, SCRATCH_SIZE = 4096 };
enum {
    COUNTRY,
    EMPLOYEES,
    DOMAIN,
    EMAIL,
    PHONE,
    TITLE,
    INTENT,
    URGENT,
    TAGS,
    FORM,
    PARTNER,
    FIELDS
};

static const struct cel_type type_bool = {CEL_TYPE_BOOL};
static const struct cel_type type_int = {CEL_TYPE_INT};
static const struct cel_type type_double = {CEL_TYPE_DOUBLE};
static const struct cel_type type_string = {CEL_TYPE_STRING};
static const struct cel_type type_strings = {CEL_TYPE_LIST, .element = &type_string};
static const struct cel_field fields[FIELDS] = {
    [COUNTRY] = {"country", &type_string}, [EMPLOYEES] = {"employees", &type_int},
    [DOMAIN] = {"domain", &type_string},   [EMAIL] = {"email", &type_string},
    [PHONE] = {"phone", &type_string},     [TITLE] = {"title", &type_string},
    [INTENT] = {"intent", &type_double},   [URGENT] = {"urgent", &type_bool},
    [TAGS] = {"tags", &type_strings},      [FORM] = {"form", &type_string},
    [PARTNER] = {"partner", &type_string},
};
static const struct cel_type type_lead = {CEL_TYPE_RECORD, .fields = fields, .field_count = FIELDS};
static const struct cel_variable variables[] = {{"lead", &type_lead}};
static const struct cel_environment environment = {variables, 1};

static const struct {
    const char *name;
    const char *source;
} expressions[] = {
    {"equal", "lead.country == 'DE'"},
    {"member", "lead.country in ['DE', 'AT', 'CH', 'FR', 'IT', 'ES', 'NL', 'BE', 'SE', 'DK']"},
    {"range", "lead.employees >= 50 && lead.employees < 500"},
    {"route", "lead.country in ['DE', 'AT', 'CH', 'NL'] && lead.employees >= 200"},
    {"has", "has(lead.email) && has(lead.phone) && !has(lead.partner)"},
    {"suffix", "lead.domain.endsWith('.edu')"},
    {"contains", "lead.title.contains('VP') || lead.title.contains('Chief')"},
    {"tags", "'webinar' in lead.tags"},
    {"score", "(has(lead.employees) && lead.employees > 500 ? 100 : 10) + "
              "(lead.form == 'demo' ? 50 : 0) + (lead.intent > 80.0 ? 30 : 0)"},
    {"nested", "(lead.country == 'US' || lead.country == 'CA') && "
               "(lead.urgent || lead.intent >= 75.0 && !(lead.form in ['newsletter', 'event']))"},
};
enum { EXPRESSIONS = sizeof expressions / sizeof *expressions };

/* ---- leads */

struct lead {
    struct cel_value values[FIELDS];
    struct cel_value tags[3];
    struct cel_value record;
};

static struct lead leads[LEADS];

/* splitmix64 (Vigna). */
static uint32_t random_below(uint32_t limit)
{
    static uint64_t state = 1;
    uint64_t z = state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return (uint32_t)((z ^ (z >> 31)) % limit);
}

#define ONE_OF(texts) \
    cel_string(bytes_of((texts)[random_below((uint32_t)(sizeof(texts) / sizeof *(texts)))]))

static void make_lead(struct lead *lead)
{
    static const char *const countries[] = {"DE", "AT", "US", "CA", "FR", "NL", "JP", "BR"};
    static const char *const domains[] = {"acme.example", "state.edu", "shop.example", "x.edu"};
    static const char *const titles[] = {"VP of Sales", "Chief Buyer", "Engineer", "Head of IT"};
    static const char *const forms[] = {"demo", "contact", "newsletter", "event"};
    static const char *const tags[] = {"webinar", "trial", "fair", "pricing", "download"};
    for (int i = 0; i < 3; i++)
        lead->tags[i] = ONE_OF(tags);
    lead->values[COUNTRY] = ONE_OF(countries);
    lead->values[EMPLOYEES] = cel_int(random_below(1000));
    lead->values[DOMAIN] = ONE_OF(domains);
    lead->values[EMAIL] = cel_string(BYTES_LITERAL("someone@acme.example"));
    if (random_below(2) == 0)
        lead->values[PHONE] = cel_string(BYTES_LITERAL("+49 30 1234567"));
    lead->values[TITLE] = ONE_OF(titles);
    lead->values[INTENT] = cel_double(random_below(100));
    lead->values[URGENT] = cel_bool(random_below(4) == 0);
    lead->values[TAGS] = (struct cel_value){CEL_LIST, 3, .items = lead->tags};
    lead->values[FORM] = ONE_OF(forms);
    lead->record = (struct cel_value){CEL_RECORD, FIELDS, .items = lead->values};
}

/* ---- measuring */

static double evaluate_all(const void *program, size_t *ret_true)
{
    static char memory[SCRATCH_SIZE];
    struct cel_scratch scratch = {memory, sizeof memory, 0};
    int64_t start = measure_now_us();
    for (int i = 0; i < REPEATS; i++)
        for (size_t j = 0; j < LEADS; j++) {
            struct cel_value value = cel_evaluate(program, &leads[j].record, &scratch);
            *ret_true += value.kind == CEL_BOOL && value.boolean;
        }
    return measure_seconds_since(start);
}

static bool by_hand(const struct lead *lead)
{
    static const char *const countries[] = {"DE", "AT", "CH", "NL"};
    const struct cel_value *country = &lead->values[COUNTRY];
    bool found = false;
    for (size_t i = 0; i < sizeof countries / sizeof *countries && !found; i++)
        found = country->kind == CEL_STRING && bytes_is(country->string, countries[i]);
    return found && lead->values[EMPLOYEES].kind == CEL_INT &&
           lead->values[EMPLOYEES].integer >= 200;
}

static double control_all(const void *unused, size_t *ret_true)
{
    (void)unused;
    int64_t start = measure_now_us();
    for (int i = 0; i < REPEATS; i++)
        for (size_t j = 0; j < LEADS; j++)
            *ret_true += by_hand(&leads[j]);
    return measure_seconds_since(start);
}

static double lowest_ns(double (*run)(const void *, size_t *), const void *program, int rounds,
                        size_t *ret_true)
{
    double lowest = 1e9;
    for (int i = 0; i < rounds; i++) {
        *ret_true = 0;
        double seconds = run(program, ret_true);
        lowest = seconds < lowest ? seconds : lowest;
    }
    return lowest * 1e9 / REPEATS / LEADS;
}

int main(int argc, char **argv)
{
    int rounds = measure_options(argc, argv) ? ROUNDS_QUICK : ROUNDS;
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < LEADS; i++)
        make_lead(&leads[i]);
    size_t route = 0, control = 0;
    printf("cel");
    for (size_t i = 0; i < EXPRESSIONS; i++) {
        const struct cel_program *program;
        struct cel_diagnostic diagnostic;
        if (cel_program_compile(&environment, bytes_of(expressions[i].source), NULL, &arena,
                                &program, &diagnostic) != 0)
            measure_fail("%s: %s", expressions[i].source, diagnostic.message);
        size_t matches;
        printf(" ns_%s=%.1f", expressions[i].name,
               lowest_ns(evaluate_all, program, rounds, &matches));
        if (bytes_is(bytes_of(expressions[i].name), "route"))
            route = matches;
    }
    printf(" control_ns=%.1f\n", lowest_ns(control_all, NULL, rounds, &control));
    if (control != route)
        measure_fail("the control finds %zu matches, the expression %zu", control, route);
    arena_release(&arena);
    return 0;
}
