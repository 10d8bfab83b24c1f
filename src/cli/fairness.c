/* meshline fairness: the share each rep should have had and had, asked of a server or worked out
 * from the journal. */
#include "engine/fairness.h"

#include "base/time.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/input.h"
#include "cli/table.h"
#include "engine/engine.h"

#include <inttypes.h>
#include <stdio.h>

static const char *data, *pool, *from, *to;
static struct client_options server;
static bool as_json;

static const struct option_row options[] = {
    {"pool", OPTION_TEXT, &pool, "ID", "only this pool"},
    {"from", OPTION_TEXT, &from, "TIME", "assignments from then on; a time or a date"},
    {"to", OPTION_TEXT, &to, "TIME", "assignments before then"},
    {"data", OPTION_TEXT, &data, "DIR", "reads the journal itself; may run beside the server"},
    CLIENT_OPTION_ROWS(server),
    {"json", OPTION_FLAG, &as_json, NULL, "prints JSON"},
};

static const struct usage usage = {
    .command = "fairness",
    .arguments = "[--data DIR | --url URL] [--pool ID] [--from TIME] [--to TIME] [--json]",
    .about = "For each member of each pool: the leads it had, and its fair share of what the pool\n"
             "was given (the same for all; weighted by weight; least_loaded by capacity;\n"
             "score_ordered within the tier). had = fair - missed + gained + strategy:\n"
             "missed while it could take none, gained while others could not, and the rest is\n"
             "whose turn it happened to be. Goes through the whole journal.\n",
    .examples = "  meshline fairness --pool dach\n"
                "  meshline fairness --data data --from 2026-11-01 --to 2026-12-01\n",
    .options = options,
    .option_count = sizeof options / sizeof *options,
};

/* ---- printing */

static void add_number(struct table *table, struct json_object *member, const char *name,
                       double sign)
{
    double number = sign * json_object_get_double(json_object_object_get(member, name));
    table_addf(table, "%.1f", number > -0.05 && number < 0.05 ? 0.0 : number);
}

static void print_pool(struct json_object *report)
{
    static const struct table_column columns[] = {
        {"REP"},          {"HAD", true},   {"FAIR", true}, {"MISSED", true},
        {"GAINED", true}, {"TURNS", true}, {"WHY"},
    };
    struct arena arena;
    struct table table;
    struct json_object *members = json_object_object_get(report, "members");
    int64_t on_call = json_member_int(report, "on_call", 0);
    int64_t overflowed = json_member_int(report, "overflowed", 0);
    arena_init(&arena);
    printf("%s, %s: %" PRId64 " assigned", printable(&arena, json_member_text(report, "pool")),
           printable(&arena, json_member_text(report, "strategy")),
           json_member_int(report, "assigned", 0));
    if (overflowed > 0)
        printf(", %" PRId64 " more went on to another pool", overflowed);
    if (on_call > 0)
        printf(", %" PRId64 " more to somebody on call", on_call);
    puts("\n");
    table_init(&table, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < json_object_array_length(members); i++) {
        struct json_object *member = json_object_array_get_idx(members, i);
        table_add(&table, json_member_text(member, "rep"));
        table_addf(&table, "%" PRId64, json_member_int(member, "had", 0));
        add_number(&table, member, "fair", 1);
        add_number(&table, member, "missed", -1);
        add_number(&table, member, "gained", 1);
        add_number(&table, member, "strategy", 1);
        table_add(&table, json_member_text(member, "reason"));
    }
    table_print(&table, stdout);
    table_release(&table);
    arena_release(&arena);
}

static int print(struct bytes text, struct error *err)
{
    JSON_AUTO *tree = NULL;
    if (as_json) {
        printf("%.*s\n", BYTES_ARG(text));
        return 0;
    }
    int code = json_parse(text, &tree, err);
    struct json_object *pools = json_object_object_get(tree, "pools");
    for (size_t i = 0; code == 0 && i < json_object_array_length(pools); i++) {
        if (i > 0)
            putchar('\n');
        print_pool(json_object_array_get_idx(pools, i));
    }
    if (code == 0)
        printf("\n%" PRId64 " assignments by the policy through pools, up to seq %" PRId64 "\n",
               json_member_int(tree, "assigned", 0), json_member_int(tree, "seq", 0));
    return code;
}

/* ---- a server */

static void append_parameter(struct buffer *path, const char *name, const char *value)
{
    if (value == NULL)
        return;
    buffer_printf(path, "%c%s=", memchr(path->data, '?', path->size) != NULL ? '&' : '?', name);
    client_escape(path, bytes_of(value));
}

static const char *printed_time(int64_t time_us, char text[static TIME_TEXT_SIZE])
{
    if (time_us == 0)
        return NULL;
    time_print(time_us, text);
    return text;
}

static int ask_server(const struct fairness_options *asked, struct error *err)
{
    char from_text[TIME_TEXT_SIZE], to_text[TIME_TEXT_SIZE];
    struct client *client = NULL;
    struct client_answer answer = {0};
    JSON_AUTO *tree = NULL;
    struct buffer path;
    buffer_init(&path, 4096);
    buffer_append_bytes(&path, BYTES_LITERAL("/v1/fairness"));
    append_parameter(&path, "pool", pool);
    append_parameter(&path, "from", printed_time(asked->from_us, from_text));
    append_parameter(&path, "to", printed_time(asked->to_us, to_text));
    int code = client_open(&server, &client, err);
    if (code == 0)
        code = client_get(client, buffer_string(&path), &answer, &tree, err);
    if (code == 0)
        code = print(buffer_bytes(&answer.body), err);
    client_answer_release(&answer);
    client_close(client);
    buffer_release(&path);
    return code;
}

/* ---- the journal */

struct walk {
    struct fairness *fairness;
    struct progress progress;
    uint64_t total;
};

static int see_event(void *context, const struct core *core, const struct core_event *event,
                     struct error *err)
{
    struct walk *walk = context;
    enum { BETWEEN = 4096 };
    if (event != NULL && event->seq % BETWEEN == 0 && progress_due(&walk->progress))
        progress_bar(&walk->progress, "replaying the journal", event->seq, walk->total);
    return fairness_observe(walk->fairness, core, event, err);
}

static int walk_journal(struct walk *walk, struct error *err)
{
    const struct journal_sqlite_options read_only = {.read_only = true};
    struct journal *journal = NULL;
    struct journal_reader *reader = NULL;
    int code = journal_sqlite_open(data, &read_only, &journal, err);
    if (code == 0)
        code = journal_reader_open(journal, &reader, err);
    if (code == 0) {
        walk->total = journal_tail(journal).seq;
        code = engine_retrace(reader, walk->total, see_event, walk, err);
        progress_clear(&walk->progress);
    }
    journal_reader_close(reader);
    journal_close(journal);
    return code < 0 ? code : 0;
}

static int work_out(const struct fairness_options *asked, struct error *err)
{
    enum { REPORT_MAX = 256 * 1024 * 1024 };
    struct walk walk = {.fairness = fairness_new(asked)};
    struct buffer out;
    struct json_writer json;
    progress_init(&walk.progress);
    buffer_init(&out, REPORT_MAX);
    json_begin(&json, &out);
    int code = walk_journal(&walk, err);
    if (code == 0)
        code = fairness_write(walk.fairness, &json, err);
    if (code == 0)
        code = print(buffer_bytes(&out), err);
    buffer_release(&out);
    fairness_free(walk.fairness);
    return code;
}

int command_fairness(int argc, char **argv)
{
    int first, exit_code;
    struct error err;
    struct fairness_options asked = {0};
    if (!usage_parse(&usage, argc, argv, &first, &exit_code) ||
        !input_time(&usage, "from", from, &asked.from_us, &exit_code) ||
        !input_time(&usage, "to", to, &asked.to_us, &exit_code))
        return exit_code;
    if (data != NULL && server.url != NULL)
        return usage_refuse(&usage, "--data or --url, not both");
    if (asked.to_us != 0 && asked.to_us <= asked.from_us)
        return usage_refuse(&usage, "--to must be later than --from");
    asked.pool = bytes_of(pool);
    int code = data != NULL ? work_out(&asked, &err) : ask_server(&asked, &err);
    return code == 0 ? CLI_OK : cli_fail(&err);
}
