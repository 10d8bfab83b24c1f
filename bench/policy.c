/* Decisions a second of first-match policies of 10 to 10,000 routes, on one thread: class, score
 * and route of a lead whose values are there already. Half of the routes ask for a country in a
 * list and a number of employees, the rest are a mix of what such lists are made of. The largest
 * employers come first, so that the leads match all over the list.
 *
 * Beside them a control: the same decisions by trying each route in turn, which also proves that
 * they are the same. */
#include "measure.h"

#include "policy/policy.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    REPS = 200,
    POOLS = 20,
    LEADS = 1024, /* values and all in the second level cache, as a lead is that just came in */
    COUNTRIES = 50,
    INDUSTRIES = 20,
    EMPLOYEES_MAX = 100000,
    MESH_MAX = 8 * 1024 * 1024,
    ROUNDS = 1000,
    ROUNDS_QUICK = 200,
    ROUNDS_SCAN = 5,
    SCANS = 256,
};

/* splitmix64 (Vigna). */
static uint32_t random_below(uint32_t limit)
{
    static uint64_t state = 1;
    uint64_t z = state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return (uint32_t)((z ^ (z >> 31)) % limit);
}

/* ---- the mesh */

static void write_people(struct buffer *out)
{
    buffer_printf(out, "reps:\n");
    for (unsigned i = 0; i < REPS; i++)
        buffer_printf(out, "  - {id: rep.%03u, capacity: 1000, team: team.%02u}\n", i, i % POOLS);
}

static void write_pools(struct buffer *out)
{
    buffer_printf(out, "pools:\n");
    for (unsigned i = 0; i < POOLS; i++)
        buffer_printf(out,
                      "  - {id: pool.%02u, strategy: round_robin, members: [{team: team.%02u}]}\n",
                      i, i);
}

static void write_country(struct buffer *out)
{
    unsigned country = random_below(COUNTRIES);
    buffer_printf(out, "\"%c%c\"", 'A' + (char)(country % 26), 'A' + (char)(country / 26));
}

static void write_countries(struct buffer *out)
{
    buffer_printf(out, "lead.country in [");
    for (int i = 0; i < 4; i++) {
        buffer_printf(out, "%s", i > 0 ? ", " : "");
        write_country(out);
    }
    buffer_printf(out, "]");
}

static void write_accounts(struct buffer *out)
{
    buffer_printf(out, "lead.domain in [");
    for (int i = 0; i < 8; i++)
        buffer_printf(out, "%s\"account-%05u.example\"", i > 0 ? ", " : "", random_below(20000));
    buffer_printf(out, "]");
}

/* The condition of one route that takes only leads of `least` employees and more. */
static void write_condition(struct buffer *out, unsigned route, unsigned least)
{
    unsigned industry = random_below(INDUSTRIES), intent = random_below(90);
    switch (route % 12) {
    case 6:
        buffer_printf(out, "lead.industry == \"industry-%02u\" && lead.country == ", industry);
        write_country(out);
        break;
    case 7: write_accounts(out); return;
    case 8:
        buffer_printf(out, "has(lead.partner) && lead.campaign == \"campaign-%05u\"", route);
        break;
    case 9:
        buffer_printf(out, "lead.intent >= %u && lead.intent < %u && lead.country == ", intent,
                      intent + 10);
        write_country(out);
        break;
    case 10:
        buffer_printf(out, "lead.domain == \"named-%05u.example\" || lead.country == ", route);
        write_country(out);
        buffer_printf(out, " && lead.industry == \"industry-%02u\"", industry);
        break;
    case 11:
        if (route % 24 == 11) {
            buffer_printf(out, "lead.domain.endsWith(\".edu\") && lead.country == ");
            write_country(out);
        } else {
            buffer_printf(out,
                          "lead.urgent && (lead.industry == \"industry-%02u\" || "
                          "lead.form == \"demo\") && !(lead.source_kind in "
                          "[\"event\", \"partner\"]) && ",
                          industry);
            write_countries(out);
        }
        break;
    default: write_countries(out);
    }
    buffer_printf(out, " && lead.employees >= %u", least);
}

static void write_pipeline(struct buffer *out, unsigned routes)
{
    buffer_printf(out, "pipeline: inbound\nowner: ops\n"
                       "classes:\n"
                       "  - {name: hot, when: 'lead.form == \"demo\"'}\n"
                       "  - {name: standard}\n"
                       "score: 'has(lead.employees) && lead.employees > 500 ? 100 : 10'\n"
                       "routes:\n");
    for (unsigned i = 0; i + 1 < routes; i++) {
        unsigned least = EMPLOYEES_MAX - (unsigned)((uint64_t)EMPLOYEES_MAX * i / routes);
        buffer_printf(out, "  - name: route-%05u\n    when: '", i);
        write_condition(out, i, least);
        if (i % 4 == 0)
            buffer_printf(out, "'\n    to: {rep: rep.%03u}\n", random_below(REPS));
        else
            buffer_printf(out, "'\n    to: {pool: pool.%02u}\n", random_below(POOLS));
    }
    buffer_printf(out, "  - name: everyone\n    to: {pool: pool.00}\n");
}

static const char schema[] =
    "{\"type\": \"object\", \"additionalProperties\": false, \"properties\": {"
    "\"email\": {\"type\": \"string\"}, \"country\": {\"type\": \"string\"},"
    "\"employees\": {\"type\": \"integer\"}, \"industry\": {\"type\": \"string\"},"
    "\"domain\": {\"type\": \"string\"}, \"intent\": {\"type\": \"number\"},"
    "\"form\": {\"type\": \"string\"}, \"partner\": {\"type\": \"string\"},"
    "\"campaign\": {\"type\": \"string\"}, \"urgent\": {\"type\": \"boolean\"},"
    "\"source_kind\": {\"type\": \"string\"}}}";

static struct policy_release *new_release(unsigned routes)
{
    struct buffer people, pools, pipeline;
    buffer_init(&people, MESH_MAX);
    buffer_init(&pools, MESH_MAX);
    buffer_init(&pipeline, MESH_MAX);
    write_people(&people);
    write_pools(&pools);
    write_pipeline(&pipeline, routes);
    const struct policy_file files[] = {
        {"mesh.yaml", BYTES_LITERAL("name: bench\nowners:\n  - {name: ops, role: routing}\n")},
        {"lead.schema.json", bytes_of(schema)},
        {"people.yaml", buffer_bytes(&people)},
        {"pools.yaml", buffer_bytes(&pools)},
        {"sources/web.yaml", BYTES_LITERAL("source: web\nowner: ops\n")},
        {"pipelines/inbound.yaml", buffer_bytes(&pipeline)},
    };
    struct policy_diagnostics diagnostics;
    struct policy_release *release = NULL;
    struct error error;
    policy_diagnostics_init(&diagnostics);
    if (policy_release_compile(files, sizeof files / sizeof *files, &diagnostics, &release,
                               &error) != 0)
        measure_fail("%s: %s", error.place, error.message);
    policy_diagnostics_release(&diagnostics);
    buffer_release(&people);
    buffer_release(&pools);
    buffer_release(&pipeline);
    return release;
}

/* ---- leads */

static struct cel_value *leads[LEADS];
static struct arena texts;

static void set(const struct policy_release *release, struct cel_value *lead, const char *field,
                struct cel_value value)
{
    uint32_t place = policy_field_find(&release->schema, bytes_of(field));
    ML_ASSERT(place != POLICY_NONE);
    lead[place] = value;
}

static struct cel_value text(const char *format, unsigned a, unsigned b)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    return cel_string(bytes_of(arena_printf(&texts, format, a, b)));
#pragma GCC diagnostic pop
}

static struct cel_value *make_lead(const struct policy_release *release)
{
    static const char *const forms[] = {"demo", "contact", "newsletter"};
    static const char *const kinds[] = {"web", "event", "partner", "list"};
    static const char *const domains[] = {"mail-%05u.example", "account-%05u.example",
                                          "mail-%05u.example", "school-%05u.edu"};
    unsigned country = random_below(COUNTRIES);
    struct cel_value *lead = arena_array(&texts, release->schema.count, sizeof *lead);
    set(release, lead, "email", text("somebody-%u.%u@mail.example", random_below(1000), 1));
    set(release, lead, "country", text("%c%c", 'A' + country % 26, 'A' + country / 26));
    set(release, lead, "employees", cel_int(random_below(EMPLOYEES_MAX)));
    set(release, lead, "industry", text("industry-%02u", random_below(INDUSTRIES), 0));
    set(release, lead, "domain", text(domains[random_below(4)], random_below(40000), 0));
    set(release, lead, "form", cel_string(bytes_of(forms[random_below(3)])));
    set(release, lead, "source_kind", cel_string(bytes_of(kinds[random_below(4)])));
    set(release, lead, "urgent", cel_bool(random_below(20) == 0));
    if (random_below(4) > 0)
        set(release, lead, "intent", cel_double(random_below(1000) / 10.0));
    if (random_below(10) == 0) {
        set(release, lead, "partner", cel_string(BYTES_LITERAL("reseller")));
        set(release, lead, "campaign", text("campaign-%05u", random_below(10000), 0));
    }
    return lead;
}

/* ---- measuring */

static struct policy_subject subject_of(size_t lead)
{
    return (struct policy_subject){
        .values = leads[lead], .person = {1, lead}, .time_us = INT64_C(1780000000000000)};
}

/* Nanoseconds for one; `ret_routes` has the route of each lead. */
static double decide_all(const struct policy_release *release, uint32_t *ret_routes)
{
    static struct policy_inputs inputs;
    int64_t start = measure_now_us();
    for (size_t i = 0; i < LEADS; i++) {
        struct policy_subject subject = subject_of(i);
        struct policy_decision decision;
        policy_inputs_init(&inputs, release, &subject);
        policy_decide(&inputs, &decision);
        ret_routes[i] = decision.route_index;
    }
    return measure_seconds_since(start) * 1e9 / LEADS;
}

static uint32_t scan(const struct policy_release *release, struct policy_inputs *inputs)
{
    for (uint32_t i = 0; i < release->route_count; i++) {
        const struct cel_program *when = release->routes[i].when;
        if (when == NULL)
            return i;
        struct cel_value value = cel_evaluate(when, inputs->variables, &inputs->scratch);
        if (value.kind == CEL_BOOL && value.boolean)
            return i;
    }
    return POLICY_NONE;
}

static double scan_all(const struct policy_release *release, const uint32_t *routes)
{
    static struct policy_inputs inputs;
    int64_t start = measure_now_us();
    for (size_t i = 0; i < SCANS; i++) {
        struct policy_subject subject = subject_of(i);
        policy_inputs_init(&inputs, release, &subject);
        uint32_t route = scan(release, &inputs);
        if (route != routes[i])
            measure_fail("lead %zu goes to route %u, not to the first that matches, %u", i,
                         routes[i], route);
    }
    return measure_seconds_since(start) * 1e9 / SCANS;
}

enum { SIZES = 4 };

int main(int argc, char **argv)
{
    static const unsigned sizes[SIZES] = {10, 100, 1000, 10000};
    int rounds = measure_options(argc, argv) ? ROUNDS_QUICK : ROUNDS;
    struct policy_release *releases[SIZES];
    static uint32_t routes[SIZES][LEADS];
    double ns[SIZES], scan_ns[SIZES], compile_seconds = 0;
    arena_init(&texts);
    for (int i = 0; i < SIZES; i++) {
        int64_t start = measure_now_us();
        releases[i] = new_release(sizes[i]);
        compile_seconds = measure_seconds_since(start);
        ns[i] = scan_ns[i] = 1e9;
    }
    for (size_t i = 0; i < LEADS; i++)
        leads[i] = make_lead(releases[0]);
    /* Rounds shorter than the machine's other work interrupts: the lowest is what it takes when
     * nothing does. */
    for (int i = 0; i < SIZES; i++)
        for (int round = 0; round < rounds; round++) {
            double found = decide_all(releases[i], routes[i]);
            ns[i] = found < ns[i] ? found : ns[i];
        }
    for (int round = 0; round < ROUNDS_SCAN; round++)
        for (int i = 0; i < SIZES; i++) {
            double found = scan_all(releases[i], routes[i]);
            scan_ns[i] = found < scan_ns[i] ? found : scan_ns[i];
        }
    printf("policy");
    for (int i = 0; i < SIZES; i++)
        printf(" decisions_per_s_%u=%.0f", sizes[i], 1e9 / ns[i]);
    printf(" ratio_1000_to_10=%.2f", ns[2] / ns[0]);
    for (int i = 0; i < SIZES; i++)
        printf(" ns_%u=%.0f", sizes[i], ns[i]);
    for (int i = 0; i < SIZES; i++)
        printf(" scan_ns_%u=%.0f", sizes[i], scan_ns[i]);
    printf(" compile_10000_s=%.2f\n", compile_seconds);
    for (int i = 0; i < SIZES; i++)
        policy_release_unref(releases[i]);
    arena_release(&texts);
    return 0;
}
