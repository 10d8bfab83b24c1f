/* Records a second through the edge on one thread: 800 bytes of JSON are read, held against a
 * contract of 20 properties, and mapped to 15 fields of the canonical lead with the normalisers.
 * The parts alone beside it.
 *
 * The best of many short rounds: whatever else runs only takes away. */
#include "contract_lead.h"
#include "measure.h"

#include "policy/edge/edge.h"

#include <stdio.h>

enum { LEADS = 64, REPEATS = 4, ROUNDS = 2000, ROUNDS_QUICK = 400 };

static struct {
    char text[CONTRACT_LEAD_MAX];
    size_t size;
    const struct contract_instance *instance;
} leads[LEADS];

static const struct {
    const char *path;
    const char *text;
} files[] = {
    {"mesh.yaml", "name: bench\nowners: [{name: ops, role: routing}]\n"},
    {"lead.schema.json",
     "{\"type\":\"object\",\"required\":[\"email\"],\"properties\":{"
     "\"email\":{\"type\":\"string\",\"maxLength\":254},\"phone\":{\"type\":\"string\"},"
     "\"external_id\":{\"type\":\"string\"},\"first_name\":{\"type\":\"string\"},"
     "\"last_name\":{\"type\":\"string\"},\"company\":{\"type\":\"string\"},"
     "\"domain\":{\"type\":\"string\"},\"title\":{\"type\":\"string\"},"
     "\"country\":{\"type\":\"string\",\"enum\":[\"DE\",\"AT\",\"US\",\"PT\"]},"
     "\"city\":{\"type\":\"string\"},\"employees\":{\"type\":\"integer\",\"minimum\":0},"
     "\"revenue\":{\"type\":\"number\"},\"consent\":{\"type\":\"boolean\"},"
     "\"tags\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}},"
     "\"message\":{\"type\":\"string\",\"maxLength\":4000}}}"},
    {"people.yaml", "reps: [{id: ana}]\n"},
    {"pools.yaml", "pools: [{id: all, members: [ana]}]\n"},
    {"pipelines/inbound.yaml", "pipeline: inbound\nowner: ops\nclasses: [{name: all}]\n"
                               "routes: [{name: everyone, to: {pool: all}}]\n"},
    {"contracts/partner/1.json", contract_lead_schema},
    {"sources/partner.yaml", "source: partner\nowner: ops\nversions: [{version: 1}]\nmapping:\n"
                             "  email: normalize_email(payload.email)\n"
                             "  phone: normalize_phone(payload.phone, payload.country)\n"
                             "  external_id: payload.id\n"
                             "  first_name: payload.first_name\n"
                             "  last_name: payload.last_name\n"
                             "  company: payload.company\n"
                             "  domain: registrable_domain(payload.website)\n"
                             "  title: payload.title\n"
                             "  country: payload.country\n"
                             "  city: payload.city\n"
                             "  employees: payload.employees\n"
                             "  revenue: payload.revenue\n"
                             "  consent: payload.consent\n"
                             "  tags: payload.tags\n"
                             "  message: payload.message\n"
                             "key: payload.id\n"},
};
enum { FILES = sizeof files / sizeof *files };

static struct policy_release *compile(void)
{
    struct policy_file given[FILES];
    struct policy_diagnostics diagnostics;
    struct policy_release *release;
    for (size_t i = 0; i < FILES; i++)
        given[i] = (struct policy_file){files[i].path, bytes_of(files[i].text)};
    policy_diagnostics_init(&diagnostics);
    if (policy_release_compile(given, FILES, &diagnostics, &release, NULL) != 0)
        measure_fail("%s:%u: %s", diagnostics.items[0].file, diagnostics.items[0].line,
                     diagnostics.items[0].message);
    policy_diagnostics_release(&diagnostics);
    return release;
}

struct edge {
    const struct policy_release *release;
    struct policy_edge_scratch *scratch;
    struct contract_scratch *contract;
    struct arena *arena;
};

static const struct contract_instance *parse(const struct edge *edge, unsigned i)
{
    const struct contract_instance *instance;
    if (contract_instance_parse((struct bytes){leads[i].text, leads[i].size}, NULL, edge->arena,
                                &instance, NULL) != 0)
        measure_fail("lead %u is no JSON", i);
    return instance;
}

static void read_lead(const struct edge *edge, unsigned i, const struct contract_instance *data)
{
    const struct policy_payload payload = {.data = data};
    struct policy_edge_result result;
    policy_edge_read(edge->release, 0, 1, &payload, edge->scratch, edge->arena, &result);
    if (result.outcome != POLICY_EDGE_LEAD)
        measure_fail("lead %u: %s", i, result.problems.items[0].message);
}

static void time_parse(const struct edge *edge, unsigned i)
{
    arena_reset(edge->arena);
    (void)parse(edge, i);
}

static void time_validate(const struct edge *edge, unsigned i)
{
    if (!contract_schema_validate(edge->release->sources[0].contracts[0].schema, leads[i].instance,
                                  edge->contract))
        measure_fail("lead %u is not valid", i);
}

static void time_read(const struct edge *edge, unsigned i)
{
    arena_reset(edge->arena);
    read_lead(edge, i, leads[i].instance);
}

static void time_all(const struct edge *edge, unsigned i)
{
    arena_reset(edge->arena);
    read_lead(edge, i, parse(edge, i));
}

/* Microseconds for one lead. */
static double measure(const struct edge *edge, int rounds,
                      void (*work)(const struct edge *edge, unsigned i))
{
    double best = 1e9;
    for (int round = 0; round < rounds; round++) {
        int64_t start = measure_now_us();
        for (int repeat = 0; repeat < REPEATS; repeat++)
            for (unsigned i = 0; i < LEADS; i++)
                work(edge, i);
        double taken = measure_seconds_since(start) * 1e6 / (LEADS * REPEATS);
        best = taken < best ? taken : best;
    }
    return best;
}

int main(int argc, char **argv)
{
    const int rounds = measure_options(argc, argv) ? ROUNDS_QUICK : ROUNDS;
    struct policy_release *release = compile();
    struct arena arena, kept;
    arena_init(&arena);
    arena_init(&kept);
    struct edge edge = {release, policy_edge_scratch_new(), contract_scratch_new(), &kept};
    for (unsigned i = 0; i < LEADS; i++) {
        leads[i].size = contract_lead_write(i, leads[i].text);
        leads[i].instance = parse(&edge, i);
    }
    edge.arena = &arena;
    double all = measure(&edge, rounds, time_all);
    double read = measure(&edge, rounds, time_read);
    double validate = measure(&edge, rounds, time_validate);
    double parsing = measure(&edge, rounds, time_parse);
    printf("edge records_per_s=%.0f record_us=%.2f parse_us=%.2f validate_us=%.2f map_us=%.2f "
           "lead_bytes=%zu fields=%zu\n",
           1e6 / all, all, parsing, validate, read - validate, leads[LEADS / 2].size,
           release->schema.count);
    contract_scratch_free(edge.contract);
    policy_edge_scratch_free(edge.scratch);
    policy_release_unref(release);
    arena_release(&arena);
    arena_release(&kept);
    return 0;
}
