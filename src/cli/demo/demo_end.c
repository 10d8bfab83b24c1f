/* The reconciliation of the demo. */
#include "cli/demo/demo_end.h"

#include "cli/cli.h"
#include "cli/demo/demo_outcome.h"
#include "engine/engine.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- printing */

static const char *verdict_of(bool good)
{
    return good ? "" : "   AMISS";
}

static void print_scenarios(const struct demo *demo)
{
    puts("\nScenarios");
    for (size_t i = 0; i < DEMO_SCENARIOS; i++) {
        const struct demo_scenario *scenario = &demo->scenarios[i];
        if (scenario->plays > 0)
            printf("  %-18s %-6s %s\n", scenario->kind->name,
                   scenario->state == DEMO_DONE ? "played" : "FAILED", scenario->verdict);
        else
            printf("  %-18s not played\n", scenario->kind->name);
    }
}

static void print_senders(const struct demo_intake *intake)
{
    const struct {
        const char *what;
        uint64_t count;
    } rows[] = {
        {"sent", intake->sent},
        {"acknowledged, a new lead", intake->captured},
        {"acknowledged, a lead starts anew", intake->reopened},
        {"acknowledged, a known person", intake->known},
        {"refused, kept as dead letters", intake->refused},
        {"leads that dead letters became", intake->recovered},
    };
    puts("\nThe senders");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        printf("  %-34s %8" PRIu64 "\n", rows[i].what, rows[i].count);
    if (intake->interrupted > 0)
        printf("  %-34s %8" PRIu64 "   under the same keys; answered after at most %.1f s\n",
               "sent again after the crash", intake->interrupted,
               (double)intake->longest_interruption_us / 1e6);
    if (intake->open > 0)
        printf("  %-34s %8" PRIu64 "\n", "WITHOUT AN ANSWER", intake->open);
    if (intake->unexpected > 0)
        printf("  %-34s %8" PRIu64 "\n", "ANSWERED IN AN UNEXPECTED WAY", intake->unexpected);
    printf("  %-34s %8.1f ms, p99 %.1f ms\n", "capture to assigned, p50",
           demo_latency_ms(&intake->latency, 0.5), demo_latency_ms(&intake->latency, 0.99));
}

static void print_lookup(const struct demo *demo, const struct demo_outcome *outcome)
{
    const struct demo_lookup *found = &outcome->lookup;
    printf("\nLooked up at the server, lead by lead\n"
           "  %-34s %8zu\n  %-34s %8" PRIu64 "\n  %-34s %8" PRIu64 "   %" PRIu64
           " with one owner, %" PRIu64 " waiting, %" PRIu64 " before somebody to decide, %" PRIu64
           " in nurture, %" PRIu64 " closed\n",
           "different leads acknowledged", demo->intake.acknowledged.count, "of them missing",
           found->missing, "leads at the server", found->listed, found->owned, found->waiting,
           found->exception, found->nurture, found->closed);
    if (found->twice + found->misplaced > 0)
        printf("  LISTED TWICE %" PRIu64 ", IN NO PLACE OR IN TWO %" PRIu64 "\n", found->twice,
               found->misplaced);
    printf("  %-34s %8" PRIu64 "   of %" PRIu64 " times that it was asked for%s\n",
           "the identity balanced", demo->watch.balanced, demo->watch.checks,
           verdict_of(outcome->identity_good));
}

static void print_accounts(const struct demo *demo, const struct demo_outcome *outcome)
{
    const struct demo_records *records = &outcome->records;
    puts("\nReceipts, against what the stand-ins wrote down");
    printf("  %-15s %7s %9s %8s %7s %9s | %9s %9s %9s %9s %9s\n", "", "due", "delivered", "pending",
           "failed", "discarded", "requests", "receipts", "matched", "repeated", "unasked");
    for (size_t i = 0; i < DEMO_STAND_INS; i++) {
        const struct demo_account *account = &outcome->accounts[i];
        printf("  %-15s %7" PRIu64 " %9" PRIu64 " %8" PRIu64 " %7" PRIu64 " %9" PRIu64
               " | %9" PRIu64 " %9" PRIu64 " %9" PRIu64 " %9" PRIu64 " %9" PRIu64 "%s\n",
               demo->stand_ins.items[i].name, account->due, account->delivered, account->pending,
               account->failed, account->discarded, account->requests, account->receipts,
               account->matched, account->repeated, account->unasked,
               account->balanced ? "" : "   UNBALANCED");
    }
    printf("  the CRM made %" PRIu64 " records: %" PRIu64 " leads have exactly one, %" PRIu64
           " none, %" PRIu64 " more than one; %" PRIu64 " are of no lead%s\n",
           records->made, records->once, records->missing, records->twice, records->foreign,
           verdict_of(outcome->records_good));
}

/* ---- finding out */

static int prove(struct demo *demo, struct demo_outcome *outcome, struct error *err)
{
    struct data_directory *directory;
    int code = data_directory_open(demo->directory, false, &directory, err);
    if (code < 0)
        return code;
    code = proof_make(demo->directory, &outcome->proof, err);
    data_directory_close(directory);
    outcome->proved = code == 0 && proof_holds(&outcome->proof);
    return code;
}

/* ---- judging */

/* Those that were asked for have played, and none that began has failed. */
static bool scenarios_are_good(const struct demo *demo, const char *wanted)
{
    bool good = true;
    for (size_t i = 0; i < DEMO_SCENARIOS; i++) {
        const struct demo_scenario *scenario = &demo->scenarios[i];
        bool had_to = wanted != NULL &&
                      (strcmp(wanted, "all") == 0 || strcmp(wanted, scenario->kind->name) == 0);
        good = good && (scenario->plays == 0 ? !had_to : scenario->state == DEMO_DONE);
    }
    return good;
}

static bool account_is_good(const struct demo_account *account, bool must_settle)
{
    return account->balanced && account->matched == account->receipts && account->unasked == 0 &&
           account->receipts == account->delivered && (!must_settle || account->pending == 0);
}

static void judge(const struct demo *demo, struct demo_outcome *outcome)
{
    const struct demo_lookup *found = &outcome->lookup;
    const struct demo_records *records = &outcome->records;
    outcome->scenarios_good = scenarios_are_good(demo, outcome->wanted);
    outcome->senders_good = demo->intake.open == 0 && demo->intake.unexpected == 0;
    outcome->lookup_good = found->missing == 0 && found->twice == 0 && found->misplaced == 0;
    outcome->identity_good = demo->watch.checks > 0 && demo->watch.balanced == demo->watch.checks;
    outcome->accounts_good = true;
    for (size_t i = 0; i < DEMO_STAND_INS; i++)
        outcome->accounts_good =
            outcome->accounts_good && account_is_good(&outcome->accounts[i], i == DEMO_CRM);
    outcome->records_good = records->missing == 0 && records->twice == 0 && records->foreign == 0 &&
                            records->once == found->listed;
    outcome->good = outcome->scenarios_good && outcome->senders_good && outcome->lookup_good &&
                    outcome->identity_good && outcome->accounts_good && outcome->records_good &&
                    outcome->proved;
}

/* Server and stand-ins have ended when this is over. */
static int find_out(struct demo *demo, struct demo_outcome *outcome, struct error *err)
{
    struct demo_ledger ledger = {0};
    int code = demo_lookup_make(demo, &outcome->lookup, err);
    if (code == 0)
        code = demo_server_stop(&demo->server, err);
    demo_stand_ins_end(&demo->stand_ins);
    if (code == 0)
        code = demo_ledger_make(demo, &ledger, outcome->accounts, err);
    if (code == 0)
        code = demo_match_make(demo, &ledger, outcome, err);
    demo_ledger_release(&ledger);
    return code == 0 ? prove(demo, outcome, err) : code;
}

static bool conclude(struct demo *demo, struct demo_outcome *outcome, const char *report)
{
    struct error err;
    char path[4200];
    judge(demo, outcome);
    print_scenarios(demo);
    print_senders(&demo->intake);
    print_lookup(demo, outcome);
    print_accounts(demo, outcome);
    puts("\nProved from the files, by a replay of the whole journal");
    proof_print(&outcome->proof);
    snprintf(path, sizeof path, "%s%s", report != NULL ? report : demo->directory,
             report != NULL ? "" : "/report.html");
    if (demo_report_write(demo, outcome, path, &err) < 0) {
        cli_fail(&err);
        return false;
    }
    bool safe = outcome->senders_good && outcome->lookup_good && outcome->identity_good &&
                outcome->accounts_good && outcome->records_good && outcome->proved;
    printf("\n%s\nThe report is %s\n",
           outcome->good ? "Nothing was lost: everything balances."
           : safe        ? "Nothing was lost, but NOT EVERY SCENARIO PLAYED, see above."
                         : "SOMETHING IS AMISS, see above.",
           path);
    return outcome->good;
}

bool demo_end(struct demo *demo, const char *report, const char *wanted)
{
    struct demo_outcome outcome = {.wanted = wanted};
    struct error err;
    int code = find_out(demo, &outcome, &err);
    if (code < 0)
        cli_fail(&err);
    bool good = code == 0 && conclude(demo, &outcome, report);
    map_release(&outcome.lookup.seen);
    return good;
}
