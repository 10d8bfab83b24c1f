/* meshline contract: what partners send, as files to compare and to draft, and as versions that a
 * server reads records by. Finds the action and runs it. */
#include "cli/contract.h"

#include "base/bytes.h"
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

static const struct cli_command actions[] = {
    {"diff", "what changes from one schema to another, and for whom", contract_diff_command},
    {"infer", "drafts a schema from sample records", contract_infer_command},
    {"status", "which versions a server reads by, and how they do", contract_rollout_command},
    {"shadow", "compares a candidate beside the version in force", contract_rollout_command},
    {"canary", "lets a candidate read a share of the records", contract_rollout_command},
    {"promote", "puts the candidate in force", contract_rollout_command},
    {"roll-back", "takes back the candidate, or the last promotion", contract_rollout_command},
    {"stop", "ends a shadow or a canary", contract_rollout_command},
};
enum { ACTION_COUNT = sizeof actions / sizeof *actions };

static void print_help(FILE *out)
{
    fputs("meshline contract ACTION [arguments]\n\n"
          "What partners send: JSON Schemas to compare and to draft, and the versions that a\n"
          "running server reads records by.\n\n",
          out);
    for (size_t i = 0; i < ACTION_COUNT; i++)
        fprintf(out, "  %-10s %s\n", actions[i].name, actions[i].summary);
    fputs("\nExamples:\n"
          "  meshline contract infer samples.ndjson > contracts/partner-portal/1.json\n"
          "  meshline contract diff contracts/partner-portal/1.json \\\n"
          "      contracts/partner-portal/2.json\n"
          "  meshline contract status partner-portal\n"
          "\nmeshline contract ACTION --help says more.\n",
          out);
}

int command_contract(int argc, char **argv)
{
    if (argc < 2) {
        print_help(stderr);
        return CLI_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        print_help(stdout);
        return CLI_OK;
    }
    const char *names[ACTION_COUNT];
    for (size_t i = 0; i < ACTION_COUNT; i++) {
        if (strcmp(argv[1], actions[i].name) == 0)
            return actions[i].run(argc - 1, argv + 1);
        names[i] = actions[i].name;
    }
    const char *near = bytes_suggest(bytes_of(argv[1]), names, ACTION_COUNT);
    fprintf(stderr, "meshline contract: there is no action \"%s\"%s%s%s\n", argv[1],
            near != NULL ? "; did you mean \"" : "; meshline contract --help lists them",
            near != NULL ? near : "", near != NULL ? "\"?" : "");
    return CLI_USAGE;
}
