/* meshline-season: runs seasons over seeds; a failing seed is printed and replays. */
#include "season.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static const char usage[] =
    "usage: meshline-season [--seeds N] [--seed S] [--days N] [--check-every N] [--verbose] "
    "[--tap]\n"
    "  --seeds N        run seeds 1 to N (default 4)\n"
    "  --seed S         run this one only, and show what happened\n"
    "  --days N         length of a season (default 75)\n"
    "  --check-every N  commands between two looks at every invariant (default 1)\n"
    "  --verbose        every event\n"
    "  --tap            results for a test harness\n";

static unsigned long number_or_exit(const char *text)
{
    char *end;
    unsigned long number = strtoul(text, &end, 10);
    if (*text == '\0' || *end != '\0' || number == 0 || number > 1000000) {
        fprintf(stderr, "meshline-season: \"%s\" is not a number from 1 to 1000000\n%s", text,
                usage);
        exit(2);
    }
    return number;
}

static void show(const struct season *season, bool good)
{
    printf("# seed %" PRIu64 ": %u days, %" PRIu64 " leads, %" PRIu64 " events\n", season->seed,
           season->days, season->leads, season->events);
    if (!good)
        printf("# seed %" PRIu64 " failed: %s\n# again: script/sim --season --seed %" PRIu64
               " --days %u\n",
               season->seed, season->failure, season->seed, season->days);
}

/* Over all seasons everything must have happened, or they prove less than they say. */
static bool everything_happened(const uint64_t *totals)
{
    bool good = true;
    for (int i = 0; i < SEASON_EXERCISES; i++) {
        printf("# %s: %" PRIu64 "\n", season_exercise_names[i], totals[i]);
        good = good && totals[i] > 0;
    }
    return good;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"seeds", required_argument, NULL, 'n'}, {"seed", required_argument, NULL, 's'},
        {"days", required_argument, NULL, 'd'},  {"check-every", required_argument, NULL, 'c'},
        {"verbose", no_argument, NULL, 'v'},     {"tap", no_argument, NULL, 'p'},
        {"help", no_argument, NULL, 'h'},        {NULL, 0, NULL, 0}};
    unsigned long first = 1, last = 4, days = 75, every = 1;
    bool tap = false, verbose = false;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (option) {
        case 'n': last = number_or_exit(optarg); break;
        case 's': first = last = number_or_exit(optarg); break;
        case 'd': days = number_or_exit(optarg); break;
        case 'c': every = number_or_exit(optarg); break;
        case 'v': verbose = true; break;
        case 'p': tap = true; break;
        case 'h': fputs(usage, stdout); return 0;
        default: fputs(usage, stderr); return 2;
        }
    }
    uint64_t totals[SEASON_EXERCISES] = {0};
    unsigned long passed = 0, failed = 0;
    if (tap)
        printf("1..%lu\n", last - first + 2);
    for (unsigned long seed = first; seed <= last; seed++) {
        struct season season = {.seed = seed,
                                .days = (uint32_t)days,
                                .check_every = (uint32_t)every,
                                .verbose = verbose};
        bool good = season_run(&season);
        for (int i = 0; i < SEASON_EXERCISES; i++)
            totals[i] += season.exercised[i];
        passed += good;
        failed += !good;
        if (tap)
            printf("%s %lu - season %lu\n", good ? "ok" : "not ok", passed + failed, seed);
        show(&season, good);
        fflush(stdout);
    }
    bool good = everything_happened(totals);
    if (tap)
        printf("%s %lu - everything happened\n", good ? "ok" : "not ok", last - first + 2);
    else
        printf("%lu passed, %lu failed\n", passed + good, failed + !good);
    return failed > 0 || !good;
}
