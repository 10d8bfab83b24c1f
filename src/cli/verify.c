/* meshline verify: the journal's hash chain, record by record. Needs no lock: what is sealed does
 * not change, and a server may go on appending. */
#include "cli/cli.h"
#include "journal/journal.h"

#include <inttypes.h>
#include <stdio.h>

static const char *data;
static bool as_json;

static const struct option_row options[] = {
    {"data", OPTION_TEXT, &data, "DIR", "the data directory (required)"},
    {"json", OPTION_FLAG, &as_json, NULL, "prints JSON"},
};

static const struct usage usage = {
    .command = "verify",
    .arguments = "--data DIR [--json]",
    .about = "Walks the journal from its first record: every record carries the hash of the one\n"
             "before, so that nothing can be changed, removed or slipped in unnoticed. Names the\n"
             "first bad record. May run beside the server.\n"
             "\n"
             "The last hash stands for the whole history: kept elsewhere, it proves later that\n"
             "the history is still the same.\n",
    .examples = "  meshline verify --data data\n",
    .options = options,
    .option_count = sizeof options / sizeof *options,
};

static void print_json(const struct journal_verification *found, const char *hash, bool good)
{
    printf("{\"ok\":%s,\"records\":%" PRIu64 ",\"segments\":%" PRIu64 ",\"hash\":\"%s\"",
           good ? "true" : "false", found->records, found->segments, hash);
    if (found->first_bad_seq != 0)
        printf(",\"first_bad_seq\":%" PRIu64, found->first_bad_seq);
    puts("}");
}

int command_verify(int argc, char **argv)
{
    int first, exit_code;
    struct error err;
    struct journal_verification found = {0};
    char hash[HASH256_TEXT_SIZE];
    if (!usage_parse(&usage, argc, argv, &first, &exit_code) ||
        !usage_require(&usage, "data", data, &exit_code))
        return exit_code;
    const struct journal_sqlite_options journal = {.read_only = true};
    int code = journal_sqlite_verify(data, &journal, &found, &err);
    hash256_print(&found.hash, hash);
    if (as_json && (code == 0 || code == ML_ECORRUPT))
        print_json(&found, hash, code == 0);
    else if (code == 0)
        printf("the chain holds: %" PRIu64 " records in %" PRIu64 " segment%s\nlast hash %s\n",
               found.records, found.segments, found.segments == 1 ? "" : "s", hash);
    else if (code == ML_ECORRUPT)
        printf("good up to record %" PRIu64 ", last good hash %s\n", found.records, hash);
    return code == 0 ? CLI_OK : cli_fail(&err);
}
