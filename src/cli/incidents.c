/* meshline incidents: when promises broke, what happened, and what is done so that it does not
 * happen again. */
#include "cli/incidents.h"
#include "base/id.h"
#include "base/time.h"
#include "cli/cli.h"
#include "cli/pages.h"
#include "cli/spans.h"
#include "cli/talk.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static struct client_options server;
static const char *title, *team, *text, *note, *version;
static struct option_list causes, items;
static uint64_t limit = 50;
static bool open_only, as_json;

static const struct option_row options[] = {
    {"open", OPTION_FLAG, &open_only, NULL, "list: only those that are not closed"},
    {"limit", OPTION_NUMBER, &limit, "N", "list: at most so many, default 50", 1, 10000000},
    {"title", OPTION_TEXT, &title, "TEXT", "open: what goes wrong, in a few words"},
    {"team", OPTION_TEXT, &team, "NAME", "open: who owns it"},
    {"text", OPTION_TEXT, &text, "TEXT", "note, close: what happened"},
    {"cause", OPTION_LIST, &causes, "WORD", "close: of the mesh's causes; may be repeated"},
    {"item", OPTION_LIST, &items, "'WHAT;WHO;DATE'",
     "close: what will be done, by whom, until when; may be repeated"},
    {"note", OPTION_TEXT, &note, "TEXT", "done: how"},
    {"if-version", OPTION_TEXT, &version, "N", "note, close, done: only if it is still at that"},
    CLIENT_OPTION_ROWS(server),
    {"json", OPTION_FLAG, &as_json, NULL, "prints the server's JSON, one answer a line"},
};

static const struct usage usage = {
    .command = "incidents",
    .arguments = "[list|show ID|open|note ID|close ID|done ID N] [options]",
    .about =
        "Incidents open by themselves when a class keeps its promises much less than it used\n"
        "to, or when an alert's rule says so; `open` opens one by hand. `show` has the\n"
        "timeline from the journal. Closing one needs what happened, its causes, and what\n"
        "will be done, each item with an owner and a date; `done` ticks off the item that `show`\n"
        "lists as N.\n",
    .examples = "  meshline incidents list --open\n"
                "  meshline incidents show I1024\n"
                "  meshline incidents open --title 'CRM is down' --team revops-platform\n"
                "  meshline incidents note I1024 --text 'the vendor confirms an outage'\n"
                "  meshline incidents close I1024 --text 'no owner for an hour' \\\n"
                "      --cause vendor_outage --item 'second provider;ada;2026-12-01'\n"
                "  meshline incidents done I1024 1 --note 'in place since today'\n",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .most_operands = 3,
};

/* ---- list */

static void add_row(struct table *table, struct json_object *incident)
{
    char span[SPAN_TEXT_SIZE];
    struct bytes owner = json_member_text(incident, "team");
    table_add(table, json_member_text(incident, "id"));
    table_add(table, json_member_text(incident, "state"));
    table_add(table, short_time(json_member_text(incident, "opened_at")));
    span_age_print(json_member_time_us(incident, "opened_at"), clock_utc_us(), span);
    table_add(table, bytes_of(span));
    table_add(table, owner.size > 0 ? owner : BYTES_LITERAL("-"));
    table_addf(table, "%" PRId64 " of %" PRId64, json_member_int(incident, "items_open", 0),
               json_member_int(incident, "items", 0));
    table_add(table, json_member_text(incident, "title"));
}

static void add_open(struct buffer *path)
{
    if (open_only)
        pages_filter(path, "open", "true");
}

static int list(struct client *client, struct error *err)
{
    static const struct table_column columns[] = {
        {"ID"}, {"STATE"}, {"OPENED (UTC)"}, {"AGE", true}, {"TEAM"}, {"TO DO", true}, {"TITLE"},
    };
    const struct pages pages = {.path = "/v1/incidents",
                                .member = "incidents",
                                .columns = columns,
                                .column_count = sizeof columns / sizeof *columns,
                                .add_row = add_row,
                                .add_filters = add_open,
                                .limit = limit,
                                .as_json = as_json};
    return pages_print(&pages, client, err);
}

static int show(struct client *client, const char *id, struct error *err)
{
    struct buffer path;
    buffer_init(&path, 4096);
    buffer_append_bytes(&path, BYTES_LITERAL("/v1/incidents/"));
    client_escape(&path, bytes_of(id));
    int code = talk_show(client, buffer_string(&path), as_json, incidents_print_one, err);
    buffer_release(&path);
    return code;
}

/* ---- what people do */

static void write_opening(struct json_writer *json)
{
    talk_member(json, "title", title);
    talk_member(json, "team", team);
}

static void write_note(struct json_writer *json)
{
    talk_member(json, "text", text);
}

static void write_done(struct json_writer *json)
{
    talk_member(json, "note", note);
}

/* The part of an item up to the next ";", which moves on. */
static struct bytes take_part(const char **item)
{
    size_t size = strcspn(*item, ";");
    struct bytes part = {*item, size};
    *item += size + ((*item)[size] == ';');
    while (part.size > 0 && part.data[0] == ' ')
        part = (struct bytes){part.data + 1, part.size - 1};
    while (part.size > 0 && part.data[part.size - 1] == ' ')
        part.size--;
    return part;
}

/* A date or a time as it stands, the server reads those; a span from now as a time. */
static void write_due(struct json_writer *json, struct bytes due)
{
    char ends[TIME_TEXT_SIZE];
    int64_t span_us;
    bool is_span = duration_parse(due, &span_us, NULL) == 0;
    if (is_span)
        time_print(clock_utc_us() + span_us, ends);
    json_member(json, "due", is_span ? bytes_of(ends) : due);
}

static void write_item(struct json_writer *json, const char *item)
{
    json_object_open(json);
    json_member(json, "title", take_part(&item));
    json_member(json, "owner", take_part(&item));
    write_due(json, take_part(&item));
    json_object_close(json);
}

static void write_postmortem(struct json_writer *json)
{
    talk_member(json, "text", text);
    json_key(json, "causes");
    json_array_open(json);
    for (size_t i = 0; i < causes.count; i++)
        json_string(json, bytes_of(causes.items[i]));
    json_array_close(json);
    json_key(json, "items");
    json_array_open(json);
    for (size_t i = 0; i < items.count; i++)
        write_item(json, items.items[i]);
    json_array_close(json);
}

/* ---- the command */

enum act { ACT_LIST, ACT_SHOW, ACT_OPEN, ACT_NOTE, ACT_CLOSE, ACT_DONE, ACTS };

static const struct {
    const char *name;
    int words; /* behind it */
    const char *verb, *said;
    void (*write)(struct json_writer *);
} acts[ACTS] = {
    [ACT_LIST] = {"list", 0, NULL, NULL, NULL},
    [ACT_SHOW] = {"show", 1, NULL, NULL, NULL},
    [ACT_OPEN] = {"open", 0, NULL, "is open", write_opening},
    [ACT_NOTE] = {"note", 1, "/notes", "has the note", write_note},
    [ACT_CLOSE] = {"close", 1, "/close", "is closed", write_postmortem},
    [ACT_DONE] = {"done", 2, NULL, "has one thing less to do", write_done},
};

static enum act find_act(const char *name)
{
    enum act act = ACT_LIST;
    while (act < ACTS && strcmp(acts[act].name, name) != 0)
        act++;
    return act;
}

/* `words` are those behind the act. */
static int tell(struct client *client, enum act act, char **words, struct error *err)
{
    char verb[64];
    JSON_AUTO *answer = NULL;
    snprintf(verb, sizeof verb, "/items/%.20s/done", act == ACT_DONE ? words[1] : "");
    const struct talk_order order = {.base = "/v1/incidents",
                                     .id = acts[act].words > 0 ? words[0] : NULL,
                                     .verb = act == ACT_DONE ? verb : acts[act].verb,
                                     .version = version,
                                     .write = acts[act].write};
    int code = talk_tell(client, &order, as_json, &answer, err);
    if (code == 0 && !as_json)
        printf("%.*s %s\n", BYTES_ARG(json_member_text(answer, "id")), acts[act].said);
    return code;
}

/* False: a sentence was printed. */
static bool check_items(void)
{
    for (size_t i = 0; i < items.count; i++) {
        const char *rest = items.items[i];
        char due_text[64];
        int64_t due_us;
        struct bytes what = take_part(&rest), who = take_part(&rest), due = take_part(&rest);
        snprintf(due_text, sizeof due_text, "%.*s", BYTES_ARG(due));
        if (what.size > 0 && who.size > 0 &&
            instant_parse(due_text, clock_utc_us(), true, &due_us) && *rest == '\0')
            continue;
        usage_refuse(&usage,
                     "--item takes what is to be done, by whom and until when, as in \"second "
                     "provider;ada;2026-12-01\", not \"%s\"",
                     items.items[i]);
        return false;
    }
    return true;
}

static bool check_postmortem(void)
{
    int ignored;
    if (!usage_require(&usage, "text", text, &ignored))
        return false;
    if (causes.count == 0)
        usage_refuse(&usage, "--cause is missing: what it came from, of the mesh's causes");
    else if (items.count == 0)
        usage_refuse(&usage, "--item is missing: what will be done, as in \"second "
                             "provider;ada;2026-12-01\"");
    else
        return check_items();
    return false;
}

static bool check_usage(enum act act, char **words, int count)
{
    uint64_t number;
    int ignored;
    if (count < acts[act].words)
        usage_refuse(&usage, count == 0 ? "ID, as in I1024, is missing"
                                        : "the item's number, as `show` lists it, is missing");
    else if (count > acts[act].words)
        usage_refuse(&usage, "\"%s\" is one argument too many", words[acts[act].words]);
    else if (act == ACT_DONE && !number_parse(bytes_of(words[1]), &number))
        usage_refuse(&usage, "an item is a number as `show` lists it, not \"%s\"", words[1]);
    else if (act == ACT_OPEN)
        return usage_require(&usage, "title", title, &ignored);
    else if (act == ACT_NOTE)
        return usage_require(&usage, "text", text, &ignored);
    else
        return act != ACT_CLOSE || check_postmortem();
    return false;
}

int command_incidents(int argc, char **argv)
{
    int first, exit_code;
    struct error err;
    struct client *client = NULL;
    if (!usage_parse(&usage, argc, argv, &first, &exit_code))
        return exit_code;
    enum act act = first < argc ? find_act(argv[first]) : ACT_LIST;
    if (act == ACTS)
        return usage_refuse(&usage, "there is nothing called \"%s\" to do with incidents",
                            argv[first]);
    char **words = argv + first + (first < argc);
    if (!check_usage(act, words, (int)(argv + argc - words)))
        return CLI_USAGE;
    int code = client_open(&server, &client, &err);
    if (code == 0 && act == ACT_LIST)
        code = list(client, &err);
    else if (code == 0 && act == ACT_SHOW)
        code = show(client, words[0], &err);
    else if (code == 0)
        code = tell(client, act, words, &err);
    client_close(client);
    return code == 0 ? CLI_OK : cli_fail(&err);
}
