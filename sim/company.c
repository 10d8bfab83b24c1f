/* Mesh files from templates. */
#include "company.h"

#include <stdio.h>

static const char lead_schema[] =
    "{\"type\":\"object\",\"properties\":{"
    "\"email\":{\"type\":\"string\"},\"phone\":{\"type\":\"string\"},"
    "\"external_id\":{\"type\":\"string\"},\"country\":{\"type\":\"string\"},"
    "\"form\":{\"type\":\"string\"},\"employees\":{\"type\":\"integer\"},"
    "\"intent\":{\"type\":\"number\"},\"consent\":{\"type\":\"boolean\"},"
    "\"tags\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}}}}";

static const char pipeline[] =
    "pipeline: inbound\nowner: ops\nclasses:\n"
    "  - {name: hot, when: 'lead.form == \"demo\"', objectives: {assigned: 60s, contacted: 5m},"
    " return_after: 20m}\n"
    "  - {name: warm, when: 'lead.intent > 50.0', objectives: {assigned: 5m, contacted: 1h}}\n"
    "  - {name: standard, objectives: {assigned: 10m, contacted: 4h, qualified: 2d}}\n"
    "score: 'lead.employees * 2'\n"
    "routes:\n"
    "  - {name: named, when: 'lead.employees > 5000', to: {rep: rep0}}\n"
    "  - {name: dach, when: 'lead.country in [\"DE\", \"AT\", \"CH\"]', to: {pool: dach}}\n"
    "  - {name: tagged, when: '\"vip\" in lead.tags', to: {pool: %s}}\n"
    "  - {name: everyone, to: {pool: all}}\n";

const char *company_rep(unsigned rep)
{
    static const char *const names[COMPANY_REPS] = {"rep0", "rep1", "rep2", "rep3", "rep4",
                                                    "rep5", "rep6", "rep7", "rep8", "rep9"};
    return names[rep % COMPANY_REPS];
}

/* Release 2 has lost the last reps, release 3 the vip pool and has other strategies. */
static void print_people(struct buffer *out, unsigned which)
{
    unsigned reps = which == 2 ? 6 : COMPANY_REPS;
    buffer_printf(out, "defaults: {capacity: %u}\nreps:\n", which == 1 ? 5u : 3u);
    for (unsigned i = 0; i < reps; i++)
        buffer_printf(out, "  - {id: %s, name: Rep %u}\n", company_rep(i), i);
}

static void print_pools(struct buffer *out, unsigned which)
{
    const char *first = which == 3 ? "least_loaded" : "round_robin";
    const char *second = which == 3 ? "round_robin" : "least_loaded";
    buffer_printf(out,
                  "pools:\n  - {id: dach, title: D, strategy: %s, members: [rep1, rep2, rep3]}\n"
                  "  - {id: all, title: A, strategy: %s, members: [rep1, rep3, rep4, rep5%s]}\n",
                  first, second, which == 2 ? "" : ", rep6, rep7, rep8");
    if (which != 3)
        buffer_printf(out, "  - {id: vip, title: V, strategy: %s, members: [rep0, rep5]}\n", first);
}

struct policy_release *company_release(unsigned which)
{
    struct buffer people, pools, pipelines;
    buffer_init(&people, 1 << 16);
    buffer_init(&pools, 1 << 16);
    buffer_init(&pipelines, 1 << 16);
    print_people(&people, which);
    print_pools(&pools, which);
    buffer_printf(&pipelines, pipeline, which == 3 ? "dach" : "vip");
    const struct policy_file files[] = {
        {"mesh.yaml", BYTES_LITERAL("name: simulated\nowners:\n  - {name: ops, role: routing}\n")},
        {"lead.schema.json", {lead_schema, sizeof lead_schema - 1}},
        {"people.yaml", buffer_bytes(&people)},
        {"pools.yaml", buffer_bytes(&pools)},
        {"sources/web.yaml", BYTES_LITERAL("source: web\ntitle: Web\nowner: ops\n")},
        {"sources/ads.yaml", BYTES_LITERAL("source: ads\ntitle: Ads\nowner: ops\n")},
        {"pipelines/inbound.yaml", buffer_bytes(&pipelines)},
    };
    struct policy_diagnostics diagnostics;
    policy_diagnostics_init(&diagnostics);
    struct policy_release *release = NULL;
    struct error err = {0};
    if (policy_release_compile(files, sizeof files / sizeof *files, &diagnostics, &release, &err) <
        0)
        panic("the simulated mesh does not compile: %s:%u: %s",
              diagnostics.count ? diagnostics.items[0].file : "?",
              diagnostics.count ? diagnostics.items[0].line : 0,
              diagnostics.count ? diagnostics.items[0].message : err.message);
    policy_diagnostics_release(&diagnostics);
    buffer_release(&people);
    buffer_release(&pools);
    buffer_release(&pipelines);
    return release;
}
