/* The one binary: finds the command in a table and runs it. */
#include "base/bytes.h"
#include "cli/cli.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

static const struct cli_command commands[] = {
    {"init", "writes a small commented mesh to start from", command_init},
    {"check", "checks a mesh: every mistake with file, line and column", command_check},
    {"contract", "compares and drafts contracts, and switches between versions", command_contract},
    {"map", "shows what a source makes of a record, field by field", command_map},
    {"test", "runs the routing tests that a mesh brings with it", command_test},
    {"serve", "takes leads over HTTP, routes them, keeps them", command_serve},
    {"token", "makes, lists and revokes access tokens", command_token},
    {"key", "makes, lists and revokes keys of sources", command_key},
    {"send", "sends leads from a file", command_send},
    {"lead", "shows one lead, or acts on it", command_lead},
    {"leads", "lists leads", command_leads},
    {"dead-letters", "records that broke their contract: what is wrong, and replays",
     command_dead_letters},
    {"exceptions", "what needs a decision: look, claim, resolve", command_exceptions},
    {"objectives", "which promises about leads were kept, also as a heatmap", command_objectives},
    {"alerts", "what is wrong by the mesh's rules; silences", command_alerts},
    {"incidents", "when promises broke, and what is done about it", command_incidents},
    {"explain", "says why a lead is where it is", command_explain},
    {"fairness", "the share each rep should have had and had", command_fairness},
    {"reps", "lists reps and their load, or changes one", command_reps},
    {"oncall", "who is on call by a mesh's rotations, and when", command_oncall},
    {"report", "what a team looks at every day, week and month", command_report},
    {"deliveries", "what goes to others, with receipts: look, send again, discard",
     command_deliveries},
    {"destinations", "systems that are written to or asked: look, pause, resume",
     command_destinations},
    {"reconcile", "proves that every lead is accounted for", command_reconcile},
    {"verify", "walks the journal's hash chain", command_verify},
    {"rebuild", "makes state.db anew from the journal", command_rebuild},
    {"demo", "a company's leads, live, and everything that can go wrong", command_demo},
    {"demo-stand-in", NULL, command_demo_stand_in},
};
enum { COMMAND_COUNT = sizeof commands / sizeof *commands };

static void print_help(FILE *out)
{
    fputs("Meshline takes in leads, decides at once who owns each, and can prove it.\n\n"
          "  meshline COMMAND [arguments]\n\n",
          out);
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (commands[i].summary != NULL)
            fprintf(out, "  %-12s %s\n", commands[i].name, commands[i].summary);
    fputs("\nmeshline COMMAND --help says more. To begin:\n\n"
          "  meshline init mesh\n"
          "  meshline serve --mesh mesh --data data\n\n"
          "Exit codes: 0 done, 1 failed, 2 wrong usage.\n",
          out);
}

static int refuse_command(const char *name)
{
    const char *names[COMMAND_COUNT];
    size_t count = 0;
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (commands[i].summary != NULL)
            names[count++] = commands[i].name;
    const char *near = bytes_suggest(bytes_of(name), names, count);
    fprintf(stderr, "meshline: there is no command \"%s\"", name);
    if (near != NULL)
        fprintf(stderr, "; did you mean \"%s\"?\n", near);
    else
        fputs("; meshline --help lists them\n", stderr);
    return CLI_USAGE;
}

int main(int argc, char **argv)
{
    /* Nobody asks SQLite how much memory it uses, and counting it takes a lock at every allocation.
     */
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    if (argc < 2) {
        print_help(stderr);
        return CLI_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        print_help(stdout);
        return cli_finish(CLI_OK);
    }
    if (strcmp(argv[1], "--version") == 0) {
        puts("meshline " MESHLINE_VERSION);
        return cli_finish(CLI_OK);
    }
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return cli_finish(commands[i].run(argc - 1, argv + 1));
    return refuse_command(argv[1]);
}
