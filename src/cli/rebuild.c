/* meshline rebuild: state.db from the journal, beside the old one, which it then replaces. */
#include "cli/cli.h"
#include "cli/replay.h"
#include "engine/engine.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

static const char *data;
static bool as_json;

static const struct option_row options[] = {
    {"data", OPTION_TEXT, &data, "DIR", "the data directory (required); no server is using it"},
    {"json", OPTION_FLAG, &as_json, NULL, "prints JSON"},
};

static const struct usage usage = {
    .command = "rebuild",
    .arguments = "--data DIR [--json]",
    .about = "state.db is only a view. This makes it anew from the journal and puts it in the\n"
             "place of the old one, when that is complete. Prints the content digest of both:\n"
             "they are the same unless the old one was damaged.\n",
    .examples = "  meshline rebuild --data data\n",
    .options = options,
    .option_count = sizeof options / sizeof *options,
};

enum { REBUILD_PATH_MAX = 4200 };

struct rebuild {
    char old_path[REBUILD_PATH_MAX], new_path[REBUILD_PATH_MAX];
    bool has_old;
    uint64_t old_seq, new_seq;
    struct hash256 old_digest, new_digest;
    struct hash256 new_digest_then; /* of the new one when it had come as far as the old one */
};

/* With what SQLite keeps beside it: a left-over log would be played into the next file of that
 * name. */
static int remove_database(const char *path, struct error *err)
{
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        char name[REBUILD_PATH_MAX + 8];
        snprintf(name, sizeof name, "%s%s", path, suffixes[i]);
        if (unlink(name) != 0 && errno != ENOENT)
            return error_set(err, ML_EIO, name, "cannot be removed: %m");
    }
    return 0;
}

/* An old view that cannot be read is no obstacle: it is why one rebuilds. */
static void read_old(struct rebuild *rebuild)
{
    struct store *store = NULL;
    struct error err;
    if (access(rebuild->old_path, F_OK) != 0)
        return;
    int code = store_open(rebuild->old_path, NULL, &store, &err);
    if (code == 0) {
        rebuild->old_seq = store_applied_seq(store);
        code = store_digest(store, &rebuild->old_digest, &err);
    }
    store_close(store);
    rebuild->has_old = code == 0;
    if (code < 0)
        cli_note("the old %s cannot be read (%s); it is replaced all the same", rebuild->old_path,
                 err.message);
}

static int fill(struct rebuild *rebuild, struct journal *journal, struct store *store,
                struct error *err)
{
    struct core *core = core_new();
    int code = 0;
    if (rebuild->has_old && rebuild->old_seq > 0)
        code = replay_journal(journal, core, store, rebuild->old_seq, err);
    if (code == 0)
        code = store_digest(store, &rebuild->new_digest_then, err);
    if (code == 0)
        code = replay_journal(journal, core, store, 0, err);
    if (code == 0)
        code = store_digest(store, &rebuild->new_digest, err);
    rebuild->new_seq = store_applied_seq(store);
    core_free(core);
    return code;
}

static int make_new(struct rebuild *rebuild, struct error *err)
{
    struct journal *journal = NULL;
    struct store *store = NULL;
    const struct journal_sqlite_options read_only = {.read_only = true};
    int code = remove_database(rebuild->new_path, err);
    if (code == 0)
        code = journal_sqlite_open(data, &read_only, &journal, err);
    if (code == 0)
        code = store_open(rebuild->new_path, NULL, &store, err);
    if (code == 0)
        code = fill(rebuild, journal, store, err);
    store_close(store); /* the last handle: its log is folded into the file and removed */
    journal_close(journal);
    return code;
}

/* Were it cut off in between, there is no state.db, and the server makes one at its start. */
static int swap(struct rebuild *rebuild, struct error *err)
{
    char log[REBUILD_PATH_MAX + 8];
    snprintf(log, sizeof log, "%s-wal", rebuild->new_path);
    if (access(log, F_OK) == 0)
        return error_set(err, ML_EIO, rebuild->new_path,
                         "could not be finished (is the disk full?); the old view is untouched");
    snprintf(log, sizeof log, "%s-wal", rebuild->old_path);
    int code = access(log, F_OK) == 0 ? remove_database(rebuild->old_path, err) : 0;
    if (code == 0 && rename(rebuild->new_path, rebuild->old_path) != 0)
        code = error_set(err, ML_EIO, rebuild->old_path, "cannot be replaced: %m");
    return code;
}

static void print_result(const struct rebuild *rebuild)
{
    char old_text[HASH256_TEXT_SIZE], new_text[HASH256_TEXT_SIZE];
    hash256_print(&rebuild->old_digest, old_text);
    hash256_print(&rebuild->new_digest, new_text);
    bool same = rebuild->has_old && memcmp(&rebuild->old_digest, &rebuild->new_digest_then,
                                           sizeof rebuild->old_digest) == 0;
    if (as_json) {
        printf("{\"seq\":%" PRIu64 ",\"digest\":\"%s\"", rebuild->new_seq, new_text);
        if (rebuild->has_old)
            printf(",\"old_seq\":%" PRIu64 ",\"old_digest\":\"%s\",\"same\":%s", rebuild->old_seq,
                   old_text, same ? "true" : "false");
        puts("}");
        return;
    }
    if (rebuild->has_old)
        printf("old  %s  at seq %" PRIu64 "\n", old_text, rebuild->old_seq);
    printf("new  %s  at seq %" PRIu64 "\n", new_text, rebuild->new_seq);
    if (rebuild->has_old && rebuild->old_seq < rebuild->new_seq && same)
        printf("The same content, as far as the old one had come.\n");
    else if (rebuild->has_old)
        puts(same ? "The same content." : "The old one was not what the journal says.");
}

static int run(struct rebuild *rebuild, struct error *err)
{
    read_old(rebuild);
    int code = make_new(rebuild, err);
    return code == 0 ? swap(rebuild, err) : code;
}

int command_rebuild(int argc, char **argv)
{
    int first, exit_code;
    struct error err;
    struct data_directory *directory;
    struct rebuild rebuild = {0};
    if (!usage_parse(&usage, argc, argv, &first, &exit_code) ||
        !usage_require(&usage, "data", data, &exit_code))
        return exit_code;
    if (data_directory_open(data, false, &directory, &err) < 0)
        return cli_fail(&err);
    snprintf(rebuild.old_path, sizeof rebuild.old_path, "%s/state.db", data);
    snprintf(rebuild.new_path, sizeof rebuild.new_path, "%s/state.db.new", data);
    int code = run(&rebuild, &err);
    data_directory_close(directory);
    if (code < 0)
        return cli_fail(&err);
    print_result(&rebuild);
    return CLI_OK;
}
