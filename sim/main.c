/* meshline-sim: runs the simulator over seeds; a failing seed is printed and replays. */
#include "simulation.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static const char usage[] =
    "usage: meshline-sim [--seeds N] [--seed S] [--ticks N] [--verbose] [--tap]\n"
    "  --seeds N   run seeds 1 to N (default 200)\n"
    "  --seed S    run this one only, and show what happens\n"
    "  --ticks N   steps of the unsafe phase (default 1500)\n"
    "  --tap       results for a test harness\n";

struct totals {
    uint64_t passed, failed, crashes, events;
    uint64_t exercised[SIM_EXERCISES], network[NETWORK_EXERCISES];
    uint64_t of_type[CORE_EVENT_TYPES];
};

/* Over enough seeds everything must have happened, or the simulation proves less than it says. */
enum { SEEDS_ENOUGH = 50 };

static const char *const exercises[SIM_EXERCISES] = {
    [SIM_BY_STRATEGY + POLICY_ROUND_ROBIN] = "assigned by round_robin",
    [SIM_BY_STRATEGY + POLICY_WEIGHTED] = "assigned by weighted",
    [SIM_BY_STRATEGY + POLICY_LEAST_LOADED] = "assigned by least_loaded",
    [SIM_BY_STRATEGY + POLICY_SCORE_ORDERED] = "assigned by score_ordered",
    [SIM_BY_STRATEGY + POLICY_STICKY] = "assigned by sticky",
    [SIM_OVERFLOWED] = "assigned through overflow",
    [SIM_CALLED] = "assigned to somebody on call",
    [SIM_LIMITED] = "assigned past somebody at a limit",
    [SIM_EXCEPTED] = "excepted",
    [SIM_NURTURED] = "nurtured",
    [SIM_REENTERED] = "back from nurture",
    [SIM_SHIFTED] = "shifts",
    [SIM_REFUSED] = "records refused",
    [SIM_RETRIED] = "refused again",
    [SIM_REPLAYED_TO_LEAD] = "replayed to a lead",
    [SIM_MERGED_INTO_LEAD] = "merged into a lead",
    [SIM_DISCARDED_BY_HAND] = "discarded by hand",
    [SIM_EXPIRED] = "expired",
    [SIM_SWITCHED] = "switches by hand",
    [SIM_FELL_BACK] = "canaries that fell back",
    [SIM_NOTICED] = "first notices",
    [SIM_DIGESTED] = "digests",
    [SIM_READ_BY_CANARY] = "refused by a canary",
    [SIM_SHADOWED] = "compared in the shadow",
    [SIM_LATE + POLICY_ENRICHED] = "enriched late",
    [SIM_LATE + POLICY_ASSIGNED] = "assigned late",
    [SIM_LATE + POLICY_CONTACTED] = "contacted late",
    [SIM_LATE + POLICY_QUALIFIED] = "qualified late",
    [SIM_BY_ACTION + POLICY_REMIND] = "owners reminded",
    [SIM_BY_ACTION + POLICY_NOTIFY] = "managers notified",
    [SIM_BY_ACTION + POLICY_TAKE_BACK] = "taken back by a ladder",
    [SIM_BY_ACTION + POLICY_OVERFLOW] = "moved to another pool by a ladder",
    [SIM_BY_ACTION + POLICY_EXCEPT] = "put before a person by a ladder",
    [SIM_BEHIND_THE_END] = "escalated behind the end of a ladder",
    [SIM_BY_FALLBACK + POLICY_FALL_BACK_REMIND] = "teams reminded of exceptions",
    [SIM_BY_FALLBACK + POLICY_FALL_BACK_REQUEUE] = "routed again by a fallback",
    [SIM_BY_FALLBACK + POLICY_FALL_BACK_POOL] = "given to a pool by a fallback",
    [SIM_BY_FALLBACK + POLICY_FALL_BACK_TEAM] = "given to another team by a fallback",
    [SIM_BY_FALLBACK + POLICY_FALL_BACK_DISQUALIFY] = "disqualified by a fallback",
    [SIM_BY_FALLBACK + POLICY_FALL_BACK_DISMISS] = "dismissed by a fallback",
    [SIM_OVERTAKEN] = "exceptions overtaken",
    [SIM_BY_RESOLUTION + CORE_RESOLVED_ASSIGN] = "resolved by a person: assign",
    [SIM_BY_RESOLUTION + CORE_RESOLVED_RETRY] = "resolved by a person: retry",
    [SIM_BY_RESOLUTION + CORE_RESOLVED_REQUEUE] = "resolved by a person: requeue",
    [SIM_BY_RESOLUTION + CORE_RESOLVED_DISQUALIFY] = "resolved by a person: disqualify",
    [SIM_BY_RESOLUTION + CORE_RESOLVED_MERGE] = "resolved by a person: merge",
    [SIM_BY_RESOLUTION + CORE_RESOLVED_DISMISS] = "resolved by a person: dismiss",
    [SIM_BY_MEASURE + CORE_MEASURE_OVERFLOW] = "given to another pool in a surge",
    [SIM_BY_MEASURE + CORE_MEASURE_TRIAGE] = "given to triage in a surge",
    [SIM_BY_MEASURE + CORE_MEASURE_NURTURE] = "put aside in a surge",
    [SIM_BY_MEASURE + CORE_MEASURE_PACED] = "paced in a surge",
    [SIM_BY_MEASURE + CORE_MEASURE_RELAXED] = "decided otherwise in a surge",
    [SIM_SURGE_EXPIRED] = "surges that outlasted their plan",
    [SIM_NEVER_FIRED] = "alerts that never fired",
    [SIM_PAGED] = "people paged",
    [SIM_PAGED_AGAIN] = "pages repeated",
    [SIM_TICKETED] = "teams told",
    [SIM_OPENED_BY_ALERT] = "incidents opened by an alert",
    [SIM_OPENED_BY_CLASS] = "incidents opened by a promise that is not kept",
    [SIM_OPENED_BY_HAND] = "incidents opened by hand",
};

static void check_exercised(uint64_t seeds, bool tap, struct totals *totals)
{
    bool good = true;
    for (int i = 0; i < SIM_EXERCISES; i++) {
        printf("# %s: %" PRIu64 "\n", exercises[i], totals->exercised[i]);
        good = good && totals->exercised[i] > 0;
    }
    for (int i = 0; i < NETWORK_EXERCISES; i++) {
        printf("# %s: %" PRIu64 "\n", network_exercises[i], totals->network[i]);
        good = good && totals->network[i] > 0;
    }
    for (int i = 1; i < CORE_EVENT_TYPES; i++) {
        printf("# %s: %" PRIu64 "\n", core_event_type_name((enum core_event_type)i),
               totals->of_type[i]);
        good = good && totals->of_type[i] > 0;
    }
    if (seeds < SEEDS_ENOUGH)
        return;
    totals->passed += good;
    totals->failed += !good;
    if (tap)
        printf("%s %" PRIu64 " - everything was exercised\n", good ? "ok" : "not ok", seeds + 1);
    else if (!good)
        puts("# something was never exercised");
}

static bool run_seed(uint64_t seed, uint32_t ticks, bool verbose, bool tap, struct totals *totals)
{
    static struct simulation simulation;
    struct hash256 hash = {0};
    bool good = simulation_run(seed, ticks, verbose, &simulation, &hash);
    char text[HASH256_TEXT_SIZE];
    hash256_print(&hash, text);
    totals->crashes += simulation.crashes;
    totals->events += simulation.checked_seq;
    for (int i = 0; i < SIM_EXERCISES; i++)
        totals->exercised[i] += simulation.exercised[i];
    for (int i = 0; i < NETWORK_EXERCISES; i++)
        totals->network[i] += simulation.network_exercised[i];
    for (int i = 0; i < CORE_EVENT_TYPES; i++)
        totals->of_type[i] += simulation.events[i];
    if (good)
        totals->passed++;
    else
        totals->failed++;
    if (tap)
        printf("%s %" PRIu64 " - seed %" PRIu64 "\n", good ? "ok" : "not ok",
               totals->passed + totals->failed, seed);
    if (!good)
        printf("# seed %" PRIu64 " failed: %s\n# again: script/sim --seed %" PRIu64 " --ticks %u\n",
               seed, simulation.failure, seed, ticks);
    else if (verbose)
        printf("seed %" PRIu64 ": %u crashes, %" PRIu64 " events, journal ends in %.16s\n", seed,
               simulation.crashes, simulation.checked_seq, text);
    fflush(stdout);
    return good;
}

static uint64_t number_or_exit(const char *text)
{
    char *end;
    uint64_t number = strtoull(text, &end, 10);
    if (*text == '\0' || *end != '\0') {
        fprintf(stderr, "meshline-sim: \"%s\" is not a number\n%s", text, usage);
        exit(2);
    }
    return number;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"seeds", required_argument, NULL, 'n'},
                                            {"seed", required_argument, NULL, 's'},
                                            {"ticks", required_argument, NULL, 't'},
                                            {"verbose", no_argument, NULL, 'v'},
                                            {"tap", no_argument, NULL, 'p'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    uint64_t first = 1, last = 200;
    uint32_t ticks = 1500;
    bool verbose = false, tap = false;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (option) {
        case 'n': last = number_or_exit(optarg); break;
        case 's':
            first = last = number_or_exit(optarg);
            verbose = true;
            break;
        case 't': ticks = (uint32_t)number_or_exit(optarg); break;
        case 'v': verbose = true; break;
        case 'p': tap = true; break;
        case 'h': fputs(usage, stdout); return 0;
        default: fputs(usage, stderr); return 2;
        }
    }
    struct totals totals = {0};
    if (tap)
        printf("1..%" PRIu64 "\n", last - first + 1 + (last - first + 1 >= SEEDS_ENOUGH));
    for (uint64_t seed = first; seed <= last; seed++)
        run_seed(seed, ticks, verbose, tap, &totals);
    printf("# %" PRIu64 " crashes survived, %" PRIu64 " events checked\n", totals.crashes,
           totals.events);
    check_exercised(last - first + 1, tap, &totals);
    if (!tap)
        printf("%" PRIu64 " passed, %" PRIu64 " failed\n", totals.passed, totals.failed);
    return totals.failed > 0;
}
