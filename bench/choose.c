/* What it costs to give a lead to one of many: deciding and recording a submission for a pool of
 * 10, of 200 and of 10,000 reps, by each strategy, on one thread. Everything but the pool is the
 * same, so the difference between the sizes is the choice. `ratio` is the worst of 10,000 to 10;
 * the control is the same submission into a pool where nobody has room. */
#include "measure.h"

#include "core/core.h"

#include <stdio.h>

enum { SIZES = 3, LEADS = 20000, LEADS_QUICK = 4000, MESH_MAX = 4 * 1024 * 1024 };

static const unsigned sizes[SIZES] = {10, 200, 10000};
static const char *const strategies[] = {"round_robin", "weighted", "least_loaded",
                                         "score_ordered"};
enum { STRATEGIES = sizeof strategies / sizeof *strategies };

static const char schema[] = "{\"type\":\"object\",\"properties\":{\"email\":{\"type\":\"string\"},"
                             "\"intent\":{\"type\":\"integer\"}}}";
static const char pipeline[] = "pipeline: inbound\nowner: ops\nclasses: [{name: standard}]\n"
                               "score: lead.intent\nroutes: [{name: all, to: {pool: all}}]\n";

static void write_members(struct buffer *out, unsigned reps, const char *strategy)
{
    bool tiers = strcmp(strategy, "score_ordered") == 0;
    buffer_printf(out, "pools:\n  - id: all\n    strategy: %s\n", strategy);
    if (tiers)
        buffer_printf(out, "    tiers: [{name: a, min_score: 50}, {name: b}]\n");
    buffer_printf(out, "    members:\n");
    for (unsigned i = 0; i < reps; i++) {
        if (tiers)
            buffer_printf(out, "      - {rep: r%u, tier: %s}\n", i, i % 2 ? "a" : "b");
        else if (strcmp(strategy, "weighted") == 0)
            buffer_printf(out, "      - {rep: r%u, weight: %u}\n", i, 1 + i % 3);
        else
            buffer_printf(out, "      - r%u\n", i);
    }
}

static struct policy_release *new_release(unsigned reps, unsigned capacity, const char *strategy)
{
    struct buffer people, pools;
    buffer_init(&people, MESH_MAX);
    buffer_init(&pools, MESH_MAX);
    buffer_printf(&people, "defaults: {capacity: %u}\nreps:\n", capacity);
    for (unsigned i = 0; i < reps; i++)
        buffer_printf(&people, "  - {id: r%u}\n", i);
    write_members(&pools, reps, strategy);
    const struct policy_file files[] = {
        {"mesh.yaml", BYTES_LITERAL("name: bench\nowners:\n  - {name: ops, role: routing}\n")},
        {"lead.schema.json", {schema, sizeof schema - 1}},
        {"people.yaml", buffer_bytes(&people)},
        {"pools.yaml", buffer_bytes(&pools)},
        {"sources/web.yaml", BYTES_LITERAL("source: web\nowner: ops\n")},
        {"pipelines/inbound.yaml", {pipeline, sizeof pipeline - 1}},
    };
    struct policy_diagnostics diagnostics;
    policy_diagnostics_init(&diagnostics);
    struct policy_release *release;
    struct error err;
    if (policy_release_compile(files, sizeof files / sizeof *files, &diagnostics, &release, &err) <
        0)
        panic("the mesh of the bench: %s: %s", err.place, err.message);
    policy_diagnostics_release(&diagnostics);
    buffer_release(&people);
    buffer_release(&pools);
    return release;
}

static void run(struct core *core, const struct core_command *command)
{
    static struct core_decision decision;
    core_decide(core, command, core_seq(core) + 1, &decision);
    for (size_t i = 0; i < decision.event_count; i++)
        core_apply(core, &decision.events[i]);
}

/* ns of one submission, with nobody known before. */
static double submit_all(const char *strategy, unsigned reps, unsigned capacity, int leads)
{
    struct policy_release *release = new_release(reps, capacity, strategy);
    struct core *core = core_new();
    run(core,
        &(struct core_command){.type = CORE_ACTIVATE, .time_us = 1, .activate.release = release});
    struct cel_value values[2] = {{.kind = CEL_ABSENT}, cel_int(0)};
    struct policy_decision decision = {0};
    struct core_command command = {.type = CORE_SUBMIT,
                                   .time_us = 2,
                                   .submit.release = release,
                                   .submit.values = values,
                                   .submit.decision = &decision};
    int64_t start_us = measure_now_us();
    for (int i = 0; i < leads; i++) {
        decision.score = i % 100;
        run(core, &command);
    }
    double ns = measure_seconds_since(start_us) * 1e9 / leads;
    core_free(core);
    policy_release_unref(release);
    return ns;
}

int main(int argc, char **argv)
{
    int leads = measure_options(argc, argv) ? LEADS_QUICK : LEADS;
    enum { ROUNDS = 5 };
    double best[STRATEGIES][SIZES], control = 1e9, ratio = 0;
    for (int s = 0; s < STRATEGIES; s++)
        for (int n = 0; n < SIZES; n++)
            best[s][n] = 1e9;
    for (int round = 0; round < ROUNDS; round++) {
        double found = submit_all("round_robin", 10, 1, leads);
        control = found < control ? found : control;
        for (int s = 0; s < STRATEGIES; s++)
            for (int n = 0; n < SIZES; n++) {
                found = submit_all(strategies[s], sizes[n], 10000, leads);
                best[s][n] = found < best[s][n] ? found : best[s][n];
            }
    }
    printf("choose");
    for (int s = 0; s < STRATEGIES; s++) {
        for (int n = 0; n < SIZES; n++)
            printf(" %s_%u_ns=%.0f", strategies[s], sizes[n], best[s][n]);
        double found = best[s][SIZES - 1] / best[s][0];
        ratio = found > ratio ? found : ratio;
    }
    printf(" control_ns=%.0f ratio=%.2f\n", control, ratio);
    return 0;
}
