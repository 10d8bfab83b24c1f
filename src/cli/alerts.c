/* meshline alerts: what is wrong by the rules of the mesh, and which of it is known and silenced.
 */
#include "base/time.h"
#include "cli/cli.h"
#include "cli/pages.h"
#include "cli/spans.h"
#include "cli/talk.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static struct client_options server;
static const char *rule, *label, *duration, *until, *reason;
static uint64_t limit = 50;
static bool all, as_json;

static const struct option_row options[] = {
    {"all", OPTION_FLAG, &all, NULL, "list, silences: also those that are over"},
    {"limit", OPTION_NUMBER, &limit, "N", "at most so many, default 50", 1, 10000000},
    {"rule", OPTION_TEXT, &rule, "NAME", "silence: only this rule"},
    {"label", OPTION_TEXT, &label, "TEXT", "silence: only this class, source or campaign"},
    {"for", OPTION_TEXT, &duration, "SPAN", "silence: so long from now, as in 2h"},
    {"until", OPTION_TEXT, &until, "TIME", "silence: until then, as in 2026-11-24T08:00:00Z"},
    {"reason", OPTION_TEXT, &reason, "TEXT", "silence: why, for the others"},
    CLIENT_OPTION_ROWS(server),
    {"json", OPTION_FLAG, &as_json, NULL, "prints the server's JSON, one answer a line"},
};

static const struct usage usage = {
    .command = "alerts",
    .arguments = "[list|silences|silence|unsilence ID] [options]",
    .about = "Lists alerts: pending ones whose condition has not held long enough, and firing\n"
             "ones, of which the team's person on call is told. A silence says that somebody\n"
             "knows: nobody is told, and everything else goes on. It needs a reason and an end.\n",
    .examples = "  meshline alerts\n"
                "  meshline alerts silence --rule surge --label spring-fair --for 2h \\\n"
                "      --reason 'the fair is on'\n"
                "  meshline alerts silences\n"
                "  meshline alerts unsilence Z1024\n",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .most_operands = 2,
};

static struct bytes or_dash(struct bytes text)
{
    return text.size > 0 ? text : BYTES_LITERAL("-");
}

/* ---- lists */

static void add_open(struct buffer *path)
{
    if (!all)
        pages_filter(path, "open", "true");
}

static void add_alert(struct table *table, struct json_object *alert)
{
    char span[SPAN_TEXT_SIZE];
    struct json_object *silenced = json_object_object_get(alert, "silenced");
    table_add(table, json_member_text(alert, "id"));
    table_addf(table, "%.*s%s", BYTES_ARG(json_member_text(alert, "state")),
               json_object_get_boolean(silenced) ? ", silenced" : "");
    table_add(table, json_member_text(alert, "rule"));
    table_add(table, or_dash(json_member_text(alert, "label")));
    table_add(table, or_dash(json_member_text(alert, "team")));
    span_age_print(json_member_time_us(alert, "since_at"), clock_utc_us(), span);
    table_add(table, bytes_of(span));
    table_add(table, short_time(json_member_text(alert, "since_at")));
}

static int list_alerts(struct client *client, struct error *err)
{
    static const struct table_column columns[] = {
        {"ID"}, {"STATE"}, {"RULE"}, {"ABOUT"}, {"TEAM"}, {"FOR", true}, {"SINCE (UTC)"},
    };
    const struct pages pages = {.path = "/v1/alerts",
                                .member = "alerts",
                                .columns = columns,
                                .column_count = sizeof columns / sizeof *columns,
                                .add_row = add_alert,
                                .add_filters = add_open,
                                .limit = limit,
                                .as_json = as_json};
    return pages_print(&pages, client, err);
}

static void add_silence(struct table *table, struct json_object *silence)
{
    char span[SPAN_TEXT_SIZE];
    int64_t until_us = json_member_time_us(silence, "until");
    bool over = until_us < clock_utc_us();
    span_left_print(until_us, clock_utc_us(), span);
    table_add(table, json_member_text(silence, "id"));
    table_add(table, over ? BYTES_LITERAL("over") : bytes_of(span));
    table_add(table, or_dash(json_member_text(silence, "rule")));
    table_add(table, or_dash(json_member_text(silence, "label")));
    table_add(table, or_dash(json_member_text(silence, "by")));
    table_add(table, json_member_text(silence, "reason"));
}

static int list_silences(struct client *client, struct error *err)
{
    static const struct table_column columns[] = {
        {"ID"}, {"ENDS"}, {"RULE"}, {"ABOUT"}, {"WHO"}, {"REASON"},
    };
    const struct pages pages = {.path = "/v1/silences",
                                .member = "silences",
                                .columns = columns,
                                .column_count = sizeof columns / sizeof *columns,
                                .add_row = add_silence,
                                .add_filters = add_open,
                                .limit = limit,
                                .as_json = as_json};
    return pages_print(&pages, client, err);
}

/* ---- silence and its end */

static void write_silence(struct json_writer *json)
{
    talk_member(json, "rule", rule);
    talk_member(json, "label", label);
    talk_member(json, "for", duration);
    talk_member(json, "until", until);
    talk_member(json, "reason", reason);
}

static int silence(struct client *client, struct error *err)
{
    JSON_AUTO *answer = NULL;
    const struct talk_order order = {.base = "/v1/silences", .write = write_silence};
    int code = talk_tell(client, &order, as_json, &answer, err);
    if (code == 0 && !as_json)
        printf("%.*s is in force; `meshline alerts unsilence %.*s` ends it before its time\n",
               BYTES_ARG(json_member_text(answer, "id")),
               BYTES_ARG(json_member_text(answer, "id")));
    return code;
}

static int unsilence(struct client *client, const char *id, struct error *err)
{
    JSON_AUTO *answer = NULL;
    const struct talk_order order = {.method = "DELETE", .base = "/v1/silences", .id = id};
    int code = talk_tell(client, &order, as_json, &answer, err);
    if (code == 0 && !as_json)
        printf("%s has ended\n", id);
    return code;
}

/* ---- the command */

enum act { ACT_LIST, ACT_SILENCES, ACT_SILENCE, ACT_UNSILENCE, ACTS };

static const char *const acts[ACTS] = {"list", "silences", "silence", "unsilence"};

static enum act find_act(const char *name)
{
    enum act act = ACT_LIST;
    while (act < ACTS && strcmp(acts[act], name) != 0)
        act++;
    return act;
}

/* False: a sentence was printed. */
static bool check_silence(void)
{
    int64_t span;
    int ignored;
    if (rule == NULL && label == NULL)
        usage_refuse(&usage, "say what to silence: --rule NAME, --label TEXT, or both");
    else if ((duration == NULL) == (until == NULL))
        usage_refuse(&usage, "say once when it ends: --for SPAN or --until TIME");
    else if (duration != NULL && duration_parse(bytes_of(duration), &span, NULL) < 0)
        usage_refuse(&usage, "--for takes a span like 30m or 2h, not \"%s\"", duration);
    else if (until != NULL && time_parse(bytes_of(until), &span, NULL) < 0)
        usage_refuse(&usage, "--until takes a time like 2026-11-24T08:00:00Z, not \"%s\"", until);
    else
        return usage_require(&usage, "reason", reason, &ignored);
    return false;
}

static bool check_usage(enum act act, char **words, int count)
{
    if (act == ACTS)
        usage_refuse(&usage, "there is nothing called \"%s\" to do with alerts", words[0]);
    else if (act == ACT_UNSILENCE && count < 2)
        usage_refuse(&usage, "ID, as in Z1024, is missing");
    else if (act != ACT_UNSILENCE && count > 1)
        usage_refuse(&usage, "\"%s\" is one argument too many", words[1]);
    else
        return act != ACT_SILENCE || check_silence();
    return false;
}

int command_alerts(int argc, char **argv)
{
    int first, exit_code;
    struct error err;
    struct client *client = NULL;
    if (!usage_parse(&usage, argc, argv, &first, &exit_code))
        return exit_code;
    enum act act = first < argc ? find_act(argv[first]) : ACT_LIST;
    if (!check_usage(act, argv + first, argc - first))
        return CLI_USAGE;
    int code = client_open(&server, &client, &err);
    if (code == 0)
        switch (act) {
        case ACT_LIST: code = list_alerts(client, &err); break;
        case ACT_SILENCES: code = list_silences(client, &err); break;
        case ACT_SILENCE: code = silence(client, &err); break;
        case ACT_UNSILENCE: code = unsilence(client, argv[first + 1], &err); break;
        case ACTS: break;
        }
    client_close(client);
    return code == 0 ? CLI_OK : cli_fail(&err);
}
