/* meshline deliveries: what goes to other systems and to people, how that went, and what is sent
 * again or discarded. */
#include "cli/deliveries.h"

#include "base/time.h"
#include "cli/pages.h"
#include "cli/spans.h"
#include "cli/talk.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct deliveries_options deliveries_options = {.limit = 50};
static struct deliveries_options *const given = &deliveries_options;

static const struct option_row options[] = {
    {"destination", OPTION_TEXT, &deliveries_options.destination, "NAME", "to this destination"},
    {"state", OPTION_TEXT, &deliveries_options.state, "STATE",
     "pending, delivered, failed, discarded or unrouted; replay: failed unless said"},
    {"purpose", OPTION_TEXT, &deliveries_options.purpose, "WORD",
     "deliver (events to systems), enrich, assignment, reminder, escalation, …"},
    {"target", OPTION_TEXT, &deliveries_options.target, "WHO", "for rep:ID, team:NAME, mailto:…"},
    {"lead", OPTION_TEXT, &deliveries_options.lead, "ID", "about this lead"},
    {"failure", OPTION_TEXT, &deliveries_options.failure, "TEXT",
     "whose newest attempt ended for exactly this reason, as `clusters` tells it"},
    {"from", OPTION_TEXT, &deliveries_options.from, "TIME", "decided since: 2026-11-23, or 7d ago"},
    {"to", OPTION_TEXT, &deliveries_options.to, "TIME", "decided before"},
    {"limit", OPTION_NUMBER, &deliveries_options.limit, "N",
     "list, clusters: at most so many, default 50", 1, 10000000},
    {"reason", OPTION_TEXT, &deliveries_options.reason, "TEXT",
     "retry, replay, discard: why, for the record"},
    CLIENT_OPTION_ROWS(deliveries_options.server),
    {"json", OPTION_FLAG, &deliveries_options.as_json, NULL,
     "prints the server's JSON, one answer a line"},
};

enum { IDS_MAX = 100000 };

const struct usage deliveries_usage = {
    .command = "deliveries",
    .arguments = "[list|show ID|clusters|retry ID…|discard ID…|replay] [options]",
    .about =
        "What goes to other systems and to people: each event to each destination that asks\n"
        "for it, questions to providers, and what reps, teams and partners are told. `show`\n"
        "prints every attempt and what was answered. What failed for good waits for a\n"
        "person: `clusters` says why, `retry` sends named ones again, `replay` all that the\n"
        "filters select, `discard` sends no more. Whoever receives can tell repeats by the id.\n",
    .examples = "  meshline deliveries --state failed\n"
                "  meshline deliveries show M1024\n"
                "  meshline deliveries clusters --destination crm\n"
                "  meshline deliveries retry M1024 --reason 'their disk was full'\n"
                "  meshline deliveries replay --destination crm --from 2d --reason 'CRM is back'\n",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .most_operands = IDS_MAX,
};

/* ---- list */

void deliveries_each_filter(void (*visit)(void *context, const char *name, const char *value),
                            void *context)
{
    const char *const filters[][2] = {
        {"destination", given->destination},
        {"state", given->state},
        {"purpose", given->purpose},
        {"target", given->target},
        {"lead", given->lead},
        {"reason", given->failure},
        {"from", given->from},
        {"to", given->to},
    };
    for (size_t i = 0; i < sizeof filters / sizeof *filters; i++)
        if (filters[i][1] != NULL)
            visit(context, filters[i][0], filters[i][1]);
}

static void add_filter(void *context, const char *name, const char *value)
{
    pages_filter(context, name, value);
}

static void add_filters(struct buffer *path)
{
    deliveries_each_filter(add_filter, path);
}

static struct bytes or_dash(struct bytes text)
{
    return text.size > 0 ? text : BYTES_LITERAL("-");
}

/* The lead, exception, alert or incident, or the source whose partner is told. */
static struct bytes about(struct json_object *delivery)
{
    struct bytes lead = json_member_text(delivery, "lead");
    return lead.size > 0 ? lead : or_dash(json_member_text(delivery, "subject"));
}

static void add_row(struct table *table, struct json_object *delivery)
{
    char span[SPAN_TEXT_SIZE];
    table_add(table, json_member_text(delivery, "id"));
    table_add(table, json_member_text(delivery, "state"));
    table_add(table, or_dash(json_member_text(delivery, "destination")));
    table_add(table, json_member_text(delivery, "purpose"));
    table_add(table, or_dash(json_member_text(delivery, "target")));
    table_add(table, about(delivery));
    table_addf(table, "%" PRId64, json_member_int(delivery, "attempts", 0));
    span_age_print(json_member_time_us(delivery, "created_at"), clock_utc_us(), span);
    table_add(table, bytes_of(span));
    table_add(table, or_dash(json_member_text(delivery, "reason")));
}

static int list(struct client *client, struct error *err)
{
    static const struct table_column columns[] = {
        {"ID"},    {"STATE"},       {"DESTINATION"}, {"PURPOSE"}, {"TARGET"},
        {"ABOUT"}, {"TRIES", true}, {"AGE", true},   {"REASON"},
    };
    const struct pages pages = {.path = "/v1/deliveries",
                                .member = "deliveries",
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
        {"COUNT", true},  {"DESTINATION"}, {"STATE"},  {"OLDEST", true},
        {"NEWEST", true}, {"EXAMPLE"},     {"REASON"},
    };
    struct json_object *clusters = json_object_object_get(answer, "clusters");
    char span[SPAN_TEXT_SIZE];
    struct table table;
    table_init(&table, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < json_object_array_length(clusters); i++) {
        struct json_object *cluster = json_object_array_get_idx(clusters, i);
        struct json_object *examples = json_object_object_get(cluster, "examples");
        table_addf(&table, "%" PRId64, json_member_int(cluster, "count", 0));
        table_add(&table, or_dash(json_member_text(cluster, "destination")));
        table_add(&table, json_member_text(cluster, "state"));
        span_age_print(json_member_time_us(cluster, "oldest_at"), clock_utc_us(), span);
        table_add(&table, bytes_of(span));
        span_age_print(json_member_time_us(cluster, "newest_at"), clock_utc_us(), span);
        table_add(&table, bytes_of(span));
        table_add(&table, or_dash(json_text(json_object_array_get_idx(examples, 0))));
        table_add(&table, or_dash(json_member_text(cluster, "reason")));
    }
    table_print(&table, stdout);
    table_release(&table);
}

static int show_clusters(struct client *client, struct error *err)
{
    enum { CLUSTERS_MAX = 1000 };
    struct buffer path;
    buffer_init(&path, 64 * 1024);
    buffer_printf(&path, "/v1/deliveries/clusters?limit=%" PRIu64,
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
    buffer_append_bytes(&path, BYTES_LITERAL("/v1/deliveries/"));
    client_escape(&path, bytes_of(id));
    int code = talk_show(client, buffer_string(&path), given->as_json, deliveries_print_one, err);
    buffer_release(&path);
    return code;
}

static void write_reason(struct json_writer *json)
{
    talk_member(json, "reason", given->reason);
}

static int discard(struct client *client, char **ids, int count, struct error *err)
{
    int code = 0;
    for (int i = 0; i < count && code == 0; i++) {
        JSON_AUTO *answer = NULL;
        const struct talk_order order = {
            .base = "/v1/deliveries", .id = ids[i], .verb = "/discard", .write = write_reason};
        code = talk_tell(client, &order, given->as_json, &answer, err);
        if (code == 0 && !given->as_json)
            printf("%s will not be sent\n", ids[i]);
    }
    return code;
}

/* ---- the command */

enum act { ACT_LIST, ACT_SHOW, ACT_CLUSTERS, ACT_RETRY, ACT_DISCARD, ACT_REPLAY, ACTS };

static const struct {
    const char *name;
    int least_ids, most_ids;
    bool reason;
} acts[ACTS] = {
    [ACT_LIST] = {"list", 0, 0, false},
    [ACT_SHOW] = {"show", 1, 1, false},
    [ACT_CLUSTERS] = {"clusters", 0, 0, false},
    [ACT_RETRY] = {"retry", 1, IDS_MAX, true},
    [ACT_DISCARD] = {"discard", 1, IDS_MAX, true},
    [ACT_REPLAY] = {"replay", 0, 0, true},
};

static enum act find_act(const char *name)
{
    enum act act = ACT_LIST;
    while (act < ACTS && strcmp(acts[act].name, name) != 0)
        act++;
    return act;
}

static void count_filter(void *context, const char *name, const char *value)
{
    (void)name;
    (void)value;
    ++*(int *)context;
}

/* "7d" as the time that it was then; anything else is the server's to judge. */
static void read_instant(const char **text, char *space)
{
    int64_t time_us;
    if (*text == NULL || !instant_parse(*text, clock_utc_us(), false, &time_us))
        return;
    time_print(time_us, space);
    *text = space;
}

/* False: a sentence was printed, and the command ends with *ret_exit. */
static bool check_usage(enum act act, char **ids, int count, int *ret_exit)
{
    int filters = 0;
    deliveries_each_filter(count_filter, &filters);
    *ret_exit = CLI_USAGE;
    if (count < acts[act].least_ids)
        usage_refuse(&deliveries_usage, "ID, as in M1024, is missing");
    else if (count > acts[act].most_ids)
        usage_refuse(&deliveries_usage, "\"%s\" is one argument too many", ids[acts[act].most_ids]);
    else if (act == ACT_REPLAY && filters == 0)
        usage_refuse(&deliveries_usage,
                     "say what to replay, as in --destination crm; `retry` takes ids");
    else if ((act == ACT_RETRY || act == ACT_DISCARD) && filters > 0)
        usage_refuse(&deliveries_usage, "%s takes ids and no filters; `replay` takes filters",
                     acts[act].name);
    else
        return !acts[act].reason ||
               usage_require(&deliveries_usage, "reason", given->reason, ret_exit);
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
        case ACT_DISCARD: code = discard(client, ids, count, &err); break;
        case ACT_RETRY:
        case ACT_REPLAY: code = deliveries_replay(client, ids, count, &exit_code, &err); break;
        case ACTS: break;
        }
    client_close(client);
    return code == 0 ? exit_code : cli_fail(&err);
}

int command_deliveries(int argc, char **argv)
{
    int first, exit_code;
    static char from[TIME_TEXT_SIZE], to[TIME_TEXT_SIZE];
    if (!usage_parse(&deliveries_usage, argc, argv, &first, &exit_code))
        return exit_code;
    enum act act = first < argc ? find_act(argv[first]) : ACT_LIST;
    int skip = first < argc;
    if (act == ACTS)
        return usage_refuse(&deliveries_usage,
                            "there is nothing called \"%s\" to do with deliveries", argv[first]);
    if (!check_usage(act, argv + first + skip, argc - first - skip, &exit_code))
        return exit_code;
    read_instant(&given->from, from);
    read_instant(&given->to, to);
    return run(act, argv + first + skip, argc - first - skip);
}
