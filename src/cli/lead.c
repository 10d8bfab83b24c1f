/* meshline lead: one lead on the terminal, and what a person may do to it. */
#include "base/arena.h"
#include "base/json_writer.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/table.h"
#include "cli/talk.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static struct client_options server;
static const char *channel, *note, *reason, *rep, *cause, *remediation, *version, *kind, *team;
static bool as_json, with_events;

static const struct option_row options[] = {
    {"events", OPTION_FLAG, &with_events, NULL, "prints everything that happened to it"},
    {"channel", OPTION_TEXT, &channel, "NAME", "contact: phone, email, …"},
    {"note", OPTION_TEXT, &note, "TEXT", "contact: what was said; acknowledge, raise: a few words"},
    {"reason", OPTION_TEXT, &reason, "TEXT", "qualify, disqualify, hand-back: why"},
    {"rep", OPTION_TEXT, &rep, "ID", "assign: the new owner"},
    {"cause", OPTION_TEXT, &cause, "WORD", "assign: why the policy is overruled"},
    {"remediation", OPTION_TEXT, &remediation, "TEXT", "assign: what will make it unnecessary"},
    {"kind", OPTION_TEXT, &kind, "WORD", "raise: what kind of exception; default manual"},
    {"team", OPTION_TEXT, &team, "NAME", "raise: who is to decide"},
    {"if-version", OPTION_TEXT, &version, "N", "only if the lead is still at this version"},
    CLIENT_OPTION_ROWS(server),
    {"json", OPTION_FLAG, &as_json, NULL, "prints the server's JSON as it is"},
};

static const struct usage usage = {
    .command = "lead",
    .arguments = "ID [acknowledge|contact|qualify|disqualify|assign|hand-back|raise] [options]",
    .about = "Shows a lead, or acts on it: acknowledges it, which stops reminders for a while,\n"
             "records a contact or an outcome, gives it to another rep, hands it back to be\n"
             "routed again, or raises an exception, for somebody else to decide.\n",
    .examples = "  meshline lead L1024\n"
                "  meshline lead L1024 --events\n"
                "  meshline lead L1024 contact --channel phone --note 'wants a demo'\n"
                "  meshline lead L1024 assign --rep ada --cause language \\\n"
                "      --remediation 'add a French pool'\n",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .least_operands = 1,
    .most_operands = 2,
    .operand = "ID, as in L1024,",
};

/* ---- looking */

static void print_line(struct arena *arena, const char *title, struct bytes value)
{
    if (value.size > 0)
        printf("  %-14s %s\n", title, printable(arena, value));
}

static void print_times(struct json_object *lead)
{
    static const char *const times[][2] = {
        {"captured", "captured_at"},
        {"assigned", "assigned_at"},
        {"contacted", "contacted_at"},
        {"closed", "closed_at"},
        {"acknowledged until", "acknowledged_until"},
        {"next timer", "due_at"},
    };
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        struct bytes value = json_member_text(lead, times[i][1]);
        if (value.size > 0)
            printf("  %-14s %.*s UTC\n", times[i][0], BYTES_ARG(short_time(value)));
    }
}

/* What the lead's class promises, and what became of it. */
static void print_promises(struct json_object *lead)
{
    static const struct table_column columns[] = {
        {"  PROMISE"}, {"STATE"}, {"DUE (UTC)"}, {"REACHED (UTC)"}};
    struct json_object *objectives = json_object_object_get(lead, "objectives");
    if (objectives == NULL || json_object_object_length(objectives) == 0)
        return;
    struct table table;
    table_init(&table, columns, sizeof columns / sizeof *columns);
    json_object_object_foreach(objectives, name, promise)
    {
        struct bytes reached = json_member_text(promise, "reached_at");
        table_addf(&table, "  %s", name);
        table_add(&table, json_member_text(promise, "state"));
        table_add(&table, short_time(json_member_text(promise, "due_at")));
        table_add(&table, reached.size > 0 ? short_time(reached) : bytes_of("-"));
    }
    putchar('\n');
    table_print(&table, stdout);
    table_release(&table);
}

static void print_attributes(struct arena *arena, struct json_object *attributes)
{
    if (attributes == NULL)
        return;
    puts("\n  attributes");
    json_object_object_foreach(attributes, name, value)
    {
        struct bytes text = json_text(value);
        if (text.data == NULL)
            text = bytes_of(json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN));
        printf("    %-16s %s\n", printable(arena, bytes_of(name)), printable(arena, text));
    }
}

/* What it is called in other systems, and what was sent about it last. */
static void print_outside(struct arena *arena, struct json_object *lead)
{
    static const struct table_column columns[] = {
        {"  DELIVERY"}, {"STATE"}, {"TO"}, {"PURPOSE"}, {"EVENT"}};
    struct json_object *links = json_object_object_get(lead, "links");
    struct json_object *deliveries = json_object_object_get(lead, "deliveries");
    struct table table;
    for (size_t i = 0; links != NULL && i < json_object_array_length(links); i++) {
        struct json_object *link = json_object_array_get_idx(links, i);
        print_line(arena, printable(arena, json_member_text(link, "destination")),
                   json_member_text(link, "external_id"));
    }
    if (deliveries == NULL || json_object_array_length(deliveries) == 0)
        return;
    table_init(&table, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < json_object_array_length(deliveries); i++) {
        struct json_object *delivery = json_object_array_get_idx(deliveries, i);
        struct bytes target = json_member_text(delivery, "target");
        table_addf(&table, "  %.*s", BYTES_ARG(json_member_text(delivery, "id")));
        table_add(&table, json_member_text(delivery, "state"));
        table_add(&table, target.size > 0 ? target : json_member_text(delivery, "destination"));
        table_add(&table, json_member_text(delivery, "purpose"));
        table_add(&table, json_member_text(delivery, "event"));
    }
    putchar('\n');
    table_print(&table, stdout);
    table_release(&table);
}

static void print_lead(struct json_object *lead)
{
    static const char *const members[] = {"state", "place", "kind",  "team",   "owner",
                                          "pool",  "route", "class", "source", "release"};
    struct arena arena;
    arena_init(&arena);
    printf("%s, version %" PRId64 "\n", printable(&arena, json_member_text(lead, "id")),
           json_member_int(lead, "version", 0));
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        print_line(&arena, members[i], json_member_text(lead, members[i]));
    if (json_member_int(lead, "contract", 0) != 0)
        printf("  %-14s version %" PRId64 "\n", "contract", json_member_int(lead, "contract", 0));
    print_line(&arena, "replayed from", json_member_text(lead, "dead_letter"));
    print_line(&arena, "merged into", json_member_text(lead, "merged_into"));
    printf("  %-14s %" PRId64 "\n", "score", json_member_int(lead, "score", 0));
    printf("  %-14s %" PRId64 "\n", "touchpoints", json_member_int(lead, "touchpoints", 0));
    printf("  %-14s %" PRId64 "\n", "promises missed", json_member_int(lead, "late_count", 0));
    print_times(lead);
    print_promises(lead);
    print_outside(&arena, lead);
    print_attributes(&arena, json_object_object_get(lead, "attributes"));
    arena_release(&arena);
}

static void print_events(struct json_object *answer)
{
    static const struct table_column columns[] = {
        {"SEQ", true}, {"TIME (UTC)"}, {"EVENT"}, {"WHO"}, {"WHAT"}};
    static const char *const members[] = {
        "rep",         "pool",     "through",     "route",     "kind",   "team",
        "cause",       "reason",   "channel",     "objective", "action", "source",
        "dead_letter", "provider", "destination", "field",     "ours",   "theirs"};
    struct json_object *events = json_object_object_get(answer, "events");
    struct table table;
    table_init(&table, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < json_object_array_length(events); i++) {
        struct json_object *event = json_object_array_get_idx(events, i);
        struct json_object *data = json_object_object_get(event, "data");
        struct bytes type = json_member_text(event, "type");
        size_t prefix = type.size > 9 ? 9 : 0; /* "meshline." */
        struct buffer what;
        buffer_init(&what, 4096);
        for (size_t m = 0; m < sizeof members / sizeof *members; m++) {
            struct bytes text = json_member_text(data, members[m]);
            if (text.size > 0)
                buffer_printf(&what, "%s%s %.*s", what.size > 0 ? ", " : "", members[m],
                              BYTES_ARG(text));
        }
        table_add(&table, json_member_text(event, "id"));
        table_add(&table, short_time(json_member_text(event, "time")));
        table_add(&table, (struct bytes){type.data + prefix, type.size - prefix});
        table_add(&table, json_member_text(data, "actor"));
        table_add(&table, buffer_bytes(&what));
        buffer_release(&what);
    }
    table_print(&table, stdout);
    table_release(&table);
}

/* ---- acting */

struct action {
    const char *name, *call;
    const char *member; /* set to `value` in the body; NULL: none */
    const char *value;
    struct {
        const char *name;
        const char **value;
        bool required;
    } members[3];
};

static const struct action actions[] = {
    {"acknowledge", "acknowledgement", NULL, NULL, {{"note", &note, false}}},
    {"contact", "contacts", NULL, NULL, {{"channel", &channel, true}, {"note", &note, false}}},
    {"qualify", "outcome", "outcome", "qualified", {{"reason", &reason, false}}},
    {"disqualify", "outcome", "outcome", "disqualified", {{"reason", &reason, true}}},
    {"assign",
     "assignment",
     NULL,
     NULL,
     {{"rep", &rep, true}, {"cause", &cause, true}, {"remediation", &remediation, true}}},
    {"hand-back", "hand-back", NULL, NULL, {{"reason", &reason, true}}},
    {"raise",
     "exceptions",
     NULL,
     NULL,
     {{"kind", &kind, false}, {"note", &note, true}, {"team", &team, false}}},
};
enum { ACTION_COUNT = sizeof actions / sizeof *actions };

static bool write_body(const struct action *action, struct buffer *body, int *ret_exit)
{
    struct json_writer json;
    json_begin(&json, body);
    json_object_open(&json);
    if (action->member != NULL)
        json_member(&json, action->member, bytes_of(action->value));
    for (size_t i = 0; i < 3 && action->members[i].name != NULL; i++) {
        const char *value = *action->members[i].value;
        if (action->members[i].required &&
            !usage_require(&usage, action->members[i].name, value, ret_exit))
            return false;
        if (value != NULL)
            json_member(&json, action->members[i].name, bytes_of(value));
    }
    json_object_close(&json);
    return true;
}

static void print_acted(const struct client_answer *answer)
{
    JSON_AUTO *lead = NULL;
    if (as_json || json_parse(buffer_bytes(&answer->body), &lead, NULL) < 0) {
        printf("%.*s\n", BYTES_ARG(buffer_bytes(&answer->body)));
        return;
    }
    struct bytes owner = json_member_text(lead, "owner");
    struct bytes raised = json_member_text(lead, "id"); /* an exception */
    if (raised.size > 0) {
        printf("%.*s is open; `meshline exceptions show` says who decides until when\n",
               BYTES_ARG(raised));
        return;
    }
    printf("%.*s is %.*s%s%.*s", BYTES_ARG(json_member_text(lead, "lead")),
           BYTES_ARG(json_member_text(lead, "state")), owner.size > 0 ? ", owned by " : "",
           BYTES_ARG(owner));
    int64_t now_at = json_member_int(lead, "version", 0);
    if (now_at > 0) /* a closed lead has none */
        printf(", version %" PRId64, now_at);
    printf("\n");
}

static int post(struct client *client, const char *path, struct bytes body, struct error *err)
{
    char if_match[64];
    const char *headers[] = {NULL, NULL};
    struct client_answer answer;
    if (version != NULL) {
        snprintf(if_match, sizeof if_match, "If-Match: \"%.40s\"", version);
        headers[0] = if_match;
    }
    const struct client_call call = {.method = "POST",
                                     .path = path,
                                     .content_type = "application/json",
                                     .body = body,
                                     .headers = headers};
    int code = client_call(client, &call, &answer, err);
    if (code == 0)
        code = client_check(&answer, err);
    if (code == 0)
        print_acted(&answer);
    client_answer_release(&answer);
    return code;
}

static const struct action *find_action(const char *name)
{
    for (size_t i = 0; i < ACTION_COUNT; i++)
        if (strcmp(name, actions[i].name) == 0)
            return &actions[i];
    return NULL;
}

static int run(const char *id, const struct action *action, struct bytes body)
{
    struct error err;
    struct client *client = NULL;
    struct buffer path;
    buffer_init(&path, 4096);
    buffer_append_bytes(&path, BYTES_LITERAL("/v1/leads/"));
    client_escape(&path, bytes_of(id));
    if (action != NULL)
        buffer_printf(&path, "/%s", action->call);
    else if (with_events)
        buffer_append_bytes(&path, BYTES_LITERAL("/events?limit=1000"));
    int code = client_open(&server, &client, &err);
    if (code == 0 && action != NULL)
        code = post(client, buffer_string(&path), body, &err);
    else if (code == 0)
        code = talk_show(client, buffer_string(&path), as_json,
                         with_events ? print_events : print_lead, &err);
    client_close(client);
    buffer_release(&path);
    return code == 0 ? CLI_OK : cli_fail(&err);
}

int command_lead(int argc, char **argv)
{
    int first, exit_code;
    if (!usage_parse(&usage, argc, argv, &first, &exit_code))
        return exit_code;
    if (first + 1 == argc)
        return run(argv[first], NULL, (struct bytes){0});
    const struct action *action = find_action(argv[first + 1]);
    if (action == NULL)
        return usage_refuse(&usage, "there is nothing called \"%s\" to do to a lead",
                            argv[first + 1]);
    struct buffer body;
    buffer_init(&body, 64 * 1024);
    if (write_body(action, &body, &exit_code))
        exit_code = run(argv[first], action, buffer_bytes(&body));
    buffer_release(&body);
    return exit_code;
}
