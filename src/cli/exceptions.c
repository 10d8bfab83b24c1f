/* meshline exceptions: what needs a decision, by urgency; who decides; and the decision. */
#include "cli/exceptions.h"
#include "base/time.h"
#include "cli/pages.h"
#include "cli/spans.h"
#include "cli/talk.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct exceptions_options exceptions_options = {.limit = 50};
static struct exceptions_options *const given = &exceptions_options;

static const struct option_row options[] = {
    {"kind", OPTION_TEXT, &exceptions_options.kind, "KIND", "of this kind, as in missing_email"},
    {"queue", OPTION_TEXT, &exceptions_options.queue, "NAME", "in this queue"},
    {"team", OPTION_TEXT, &exceptions_options.team, "NAME", "that this team decides about"},
    {"claimed", OPTION_TEXT, &exceptions_options.claimed, "NAME",
     "that this one works on; nobody: that no one has taken"},
    {"lead", OPTION_TEXT, &exceptions_options.lead, "ID", "about this lead"},
    {"state", OPTION_TEXT, &exceptions_options.state, "STATE", "list: open (default) or resolved"},
    {"limit", OPTION_NUMBER, &exceptions_options.limit, "N",
     "list, clusters: at most so many, default 50", 1, 10000000},
    {"note", OPTION_TEXT, &exceptions_options.note, "TEXT", "claim, release: a few words"},
    {"action", OPTION_TEXT, &exceptions_options.action, "WORD",
     "resolve: assign, retry, requeue, disqualify, merge or dismiss"},
    {"cause", OPTION_TEXT, &exceptions_options.cause, "WORD",
     "resolve: what it came from, of the mesh's causes; list: resolved with it"},
    {"remediation", OPTION_TEXT, &exceptions_options.remediation, "TEXT",
     "resolve: what was done about it"},
    {"rep", OPTION_TEXT, &exceptions_options.rep, "ID", "resolve: assign to whom"},
    {"pool", OPTION_TEXT, &exceptions_options.pool, "ID", "resolve: requeue into this pool"},
    {"into", OPTION_TEXT, &exceptions_options.into, "ID", "resolve: merge into this lead"},
    {"all", OPTION_FLAG, &exceptions_options.all, NULL,
     "resolve: all that --kind, --queue, --team, --claimed or --lead select"},
    {"if-version", OPTION_TEXT, &exceptions_options.version, "N",
     "claim, release, resolve of one: only if it is still at this version"},
    CLIENT_OPTION_ROWS(exceptions_options.server),
    {"json", OPTION_FLAG, &exceptions_options.as_json, NULL,
     "prints the server's JSON, one answer a line"},
};

enum { IDS_MAX = 100000 };

const struct usage exceptions_usage = {
    .command = "exceptions",
    .arguments = "[list|show ID|clusters|claim ID|release ID|resolve ID…] [options]",
    .about = "What needs a person's decision, most urgent first. Each has a team, a deadline, and\n"
             "something that happens by itself when nobody decides until then; `show` says what.\n"
             "`claim` tells the others that you work on it. `resolve` needs a cause, so that the\n"
             "weekly report knows what to mend, and a remediation: what was done. With --all it\n"
             "resolves everything that is selected, a thousand at a time.\n",
    .examples = "  meshline exceptions\n"
                "  meshline exceptions list --queue validation --team sales-development\n"
                "  meshline exceptions list --claimed nobody\n"
                "  meshline exceptions show X1024\n"
                "  meshline exceptions claim X1024\n"
                "  meshline exceptions resolve X1024 --action assign --rep ada \\\n"
                "      --cause bad_data --remediation 'asked for the address by phone'\n"
                "  meshline exceptions resolve --kind enrichment_timeout --all --action retry \\\n"
                "      --cause vendor_outage --remediation 'the vendor is back'\n",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .most_operands = IDS_MAX,
};

/* ---- list */

struct bytes exceptions_subject(struct json_object *exception)
{
    static const char *const members[] = {"lead", "source", "pool", "destination"};
    struct bytes text = {0};
    for (size_t i = 0; i < sizeof members / sizeof *members && text.size == 0; i++)
        text = json_member_text(exception, members[i]);
    return text.size > 0 ? text : BYTES_LITERAL("-");
}

static struct bytes or_dash(struct bytes text)
{
    return text.size > 0 ? text : BYTES_LITERAL("-");
}

static bool is_open(struct json_object *exception)
{
    return !bytes_is(json_member_text(exception, "state"), "resolved");
}

static void add_row(struct table *table, struct json_object *exception)
{
    char span[SPAN_TEXT_SIZE];
    struct json_object *lead = json_object_object_get(exception, "summary");
    table_add(table, json_member_text(exception, "id"));
    if (is_open(exception))
        span_left_print(json_member_time_us(exception, "due_at"), clock_utc_us(), span);
    else
        snprintf(span, sizeof span, "%.*s", BYTES_ARG(json_member_text(exception, "action")));
    table_add(table, bytes_of(span));
    table_add(table, json_member_text(exception, "kind"));
    table_add(table, exceptions_subject(exception));
    table_add(table, or_dash(json_member_text(lead, "class")));
    table_add(table, or_dash(json_member_text(exception, "queue")));
    table_add(table, or_dash(json_member_text(exception, "team")));
    table_add(table, or_dash(json_member_text(exception, "claimed_by")));
    span_age_print(json_member_time_us(exception, "opened_at"), clock_utc_us(), span);
    table_add(table, bytes_of(span));
}

static void add_filters(struct buffer *path)
{
    pages_filter(path, "kind", given->kind);
    pages_filter(path, "queue", given->queue);
    pages_filter(path, "team", given->team);
    pages_filter(path, "claimed", given->claimed);
    pages_filter(path, "lead", given->lead);
    pages_filter(path, "state", given->state);
    pages_filter(path, "cause", given->cause);
}

static int list(struct client *client, struct error *err)
{
    static const struct table_column columns[] = {
        {"ID"},    {"DECISION"}, {"KIND"},       {"ABOUT"},     {"CLASS"},
        {"QUEUE"}, {"TEAM"},     {"CLAIMED BY"}, {"AGE", true},
    };
    const struct pages pages = {.path = "/v1/exceptions",
                                .member = "exceptions",
                                .columns = columns,
                                .column_count = sizeof columns / sizeof *columns,
                                .add_row = add_row,
                                .add_filters = add_filters,
                                .limit = given->limit,
                                .as_json = given->as_json};
    return pages_print(&pages, client, err);
}

/* ---- clusters */

static void print_clusters(struct json_object *answer)
{
    static const struct table_column columns[] = {
        {"COUNT", true}, {"KIND"},   {"QUEUE"},         {"CAUSE"},
        {"STATE"},       {"OLDEST"}, {"NEXT DECISION"}, {"EXAMPLE"},
    };
    struct json_object *clusters = json_object_object_get(answer, "clusters");
    char span[SPAN_TEXT_SIZE];
    struct table table;
    table_init(&table, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < json_object_array_length(clusters); i++) {
        struct json_object *cluster = json_object_array_get_idx(clusters, i);
        struct json_object *examples = json_object_object_get(cluster, "examples");
        table_addf(&table, "%" PRId64, json_member_int(cluster, "count", 0));
        table_add(&table, json_member_text(cluster, "kind"));
        table_add(&table, or_dash(json_member_text(cluster, "queue")));
        table_add(&table, or_dash(json_member_text(cluster, "cause")));
        table_add(&table, json_member_text(cluster, "state"));
        span_age_print(json_member_time_us(cluster, "oldest_at"), clock_utc_us(), span);
        table_add(&table, bytes_of(span));
        span_left_print(json_member_time_us(cluster, "next_due_at"), clock_utc_us(), span);
        table_add(&table, bytes_of(span));
        table_add(&table, or_dash(json_text(json_object_array_get_idx(examples, 0))));
    }
    table_print(&table, stdout);
    table_release(&table);
}

static int show_clusters(struct client *client, struct error *err)
{
    enum { CLUSTERS_MAX = 1000 };
    struct buffer path;
    buffer_init(&path, 64 * 1024);
    buffer_printf(&path, "/v1/exceptions/clusters?limit=%" PRIu64,
                  given->limit < CLUSTERS_MAX ? given->limit : (uint64_t)CLUSTERS_MAX);
    add_filters(&path);
    int code = talk_show(client, buffer_string(&path), given->as_json, print_clusters, err);
    buffer_release(&path);
    return code;
}

/* ---- one */

static int show(struct client *client, const char *id, struct error *err)
{
    struct buffer path;
    buffer_init(&path, 4096);
    buffer_append_bytes(&path, BYTES_LITERAL("/v1/exceptions/"));
    client_escape(&path, bytes_of(id));
    int code = talk_show(client, buffer_string(&path), given->as_json, exceptions_print_one, err);
    buffer_release(&path);
    return code;
}

static void write_note(struct json_writer *json)
{
    talk_member(json, "note", given->note);
}

static int claim_all(struct client *client, char **ids, int count, bool claim, struct error *err)
{
    int code = 0;
    for (int i = 0; i < count && code == 0; i++) {
        JSON_AUTO *answer = NULL;
        const struct talk_order order = {.base = "/v1/exceptions",
                                         .id = ids[i],
                                         .verb = claim ? "/claim" : "/release",
                                         .version = given->version,
                                         .write = write_note};
        code = talk_tell(client, &order, given->as_json, &answer, err);
        if (code == 0 && !given->as_json)
            printf("%s is %s\n", ids[i], claim ? "yours" : "free again");
    }
    return code;
}

/* ---- the command */

enum act { ACT_LIST, ACT_SHOW, ACT_CLUSTERS, ACT_CLAIM, ACT_RELEASE, ACT_RESOLVE, ACTS };

static const struct {
    const char *name;
    int least_ids, most_ids;
} acts[ACTS] = {
    [ACT_LIST] = {"list", 0, 0},
    [ACT_SHOW] = {"show", 1, 1},
    [ACT_CLUSTERS] = {"clusters", 0, 0},
    [ACT_CLAIM] = {"claim", 1, IDS_MAX},
    [ACT_RELEASE] = {"release", 1, IDS_MAX},
    [ACT_RESOLVE] = {"resolve", 0, IDS_MAX},
};

static enum act find_act(const char *name)
{
    enum act act = ACT_LIST;
    while (act < ACTS && strcmp(acts[act].name, name) != 0)
        act++;
    return act;
}

/* False: a sentence was printed, and the command ends with CLI_USAGE. */
static bool check_usage(enum act act, char **ids, int count)
{
    if (count < acts[act].least_ids)
        usage_refuse(&exceptions_usage, "ID, as in X1024, is missing");
    else if (count > acts[act].most_ids)
        usage_refuse(&exceptions_usage, "\"%s\" is one argument too many", ids[acts[act].most_ids]);
    else if (given->version != NULL && count > 1)
        usage_refuse(&exceptions_usage, "--if-version is for one exception");
    else
        return act != ACT_RESOLVE || exceptions_resolve_usage(count);
    return false;
}

static int run(enum act act, char **ids, int count)
{
    struct error err;
    struct client *client = NULL;
    int exit_code = CLI_OK;
    int code = client_open(&given->server, &client, &err);
    if (code == 0)
        switch (act) {
        case ACT_LIST: code = list(client, &err); break;
        case ACT_SHOW: code = show(client, ids[0], &err); break;
        case ACT_CLUSTERS: code = show_clusters(client, &err); break;
        case ACT_CLAIM:
        case ACT_RELEASE: code = claim_all(client, ids, count, act == ACT_CLAIM, &err); break;
        case ACT_RESOLVE: code = exceptions_resolve(client, ids, count, &exit_code, &err); break;
        case ACTS: break;
        }
    client_close(client);
    return code == 0 ? exit_code : cli_fail(&err);
}

int command_exceptions(int argc, char **argv)
{
    int first, exit_code;
    if (!usage_parse(&exceptions_usage, argc, argv, &first, &exit_code))
        return exit_code;
    enum act act = first < argc ? find_act(argv[first]) : ACT_LIST;
    int skip = first < argc;
    if (act == ACTS)
        return usage_refuse(&exceptions_usage,
                            "there is nothing called \"%s\" to do with exceptions", argv[first]);
    if (!check_usage(act, argv + first + skip, argc - first - skip))
        return CLI_USAGE;
    return run(act, argv + first + skip, argc - first - skip);
}
