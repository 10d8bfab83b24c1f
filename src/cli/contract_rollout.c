/* meshline contract status|shadow|canary|promote|roll-back|stop: which versions of a source's
 * contract are used, how the candidate does, and switching to others. */
#include "base/json_writer.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/contract.h"
#include "cli/table.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct client_options server;
static uint64_t version;
static const char *percent, *note;
static bool as_json;

static const struct option_row options[] = {
    {"version", OPTION_NUMBER, &version, "N", "shadow, canary, promote: the candidate", 1, 1000000},
    {"percent", OPTION_TEXT, &percent, "P", "canary: its share of the records, 0.01 to 100"},
    {"note", OPTION_TEXT, &note, "TEXT", "why, for the record"},
    CLIENT_OPTION_ROWS(server),
    {"json", OPTION_FLAG, &as_json, NULL, "prints the server's JSON as it is"},
};

static const struct usage usage = {
    .command = "contract",
    .arguments = "status [SOURCE] | shadow|canary|promote|roll-back|stop SOURCE [options]",
    .about =
        "status says which version of each source's contract is in force, and how the candidate\n"
        "does. shadow compares a candidate beside it, without any effect. canary lets the\n"
        "candidate read a share of the records; it is given up by itself when too many of them\n"
        "are refused. promote puts it in force, roll-back takes back the candidate, or else the\n"
        "last promotion. stop ends a shadow or a canary.\n",
    .examples = "  meshline contract status\n"
                "  meshline contract shadow partner-portal --version 2\n"
                "  meshline contract canary partner-portal --version 2 --percent 10\n"
                "  meshline contract promote partner-portal --note 'three quiet days'\n"
                "  meshline contract roll-back partner-portal\n",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .most_operands = 1,
};

/* ---- status */

/* The source, what is in force and what is tried. */
static void add_rollout(struct table *table, struct json_object *source)
{
    struct bytes mode = json_member_text(source, "mode");
    int64_t candidate = json_member_int(source, "candidate", 0);
    int64_t active = json_member_int(source, "active", 0);
    struct json_object *share = json_object_object_get(source, "percent");
    table_add(table, json_member_text(source, "id"));
    if (active == 0)
        table_add(table, BYTES_LITERAL("-"));
    else
        table_addf(table, "version %" PRId64, active);
    if (candidate == 0)
        table_add(table, BYTES_LITERAL("-"));
    else if (bytes_is(mode, "canary"))
        table_addf(table, "%" PRId64 ", canary %g %%", candidate, json_object_get_double(share));
    else
        table_addf(table, "%" PRId64 ", %.*s", candidate, BYTES_ARG(mode));
}

static void add_version(struct table *table, struct json_object *source, struct json_object *one)
{
    int64_t number = json_member_int(one, "version", 0);
    struct json_object *shadow = json_object_object_get(one, "shadow");
    if (number == 0)
        table_add(table, BYTES_LITERAL("-"));
    else
        table_addf(table, "%" PRId64 "%s", number,
                   number == json_member_int(source, "active", 0)      ? " active"
                   : number == json_member_int(source, "candidate", 0) ? " candidate"
                   : number == json_member_int(source, "previous", 0)  ? " previous"
                                                                       : "");
    table_addf(table, "%" PRId64, json_member_int(one, "accepted", 0));
    table_addf(table, "%" PRId64, json_member_int(one, "refused", 0));
    static const char *const members[] = {"same", "differs", "refused", "accepted"};
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        table_addf(table, "%" PRId64, json_member_int(shadow, members[i], 0));
}

/* What a version, as the candidate in shadow mode, made of records in other ways than the one in
 * force. */
static void print_differences(struct json_object *one)
{
    struct arena arena;
    struct json_object *differences = json_object_object_get(one, "differences");
    size_t count = differences != NULL ? json_object_array_length(differences) : 0;
    if (count == 0)
        return;
    arena_init(&arena);
    printf("\nversion %" PRId64 ", in shadow, differently:\n", json_member_int(one, "version", 0));
    for (size_t i = 0; i < count; i++) {
        struct json_object *difference = json_object_array_get_idx(differences, i);
        const char *detail = printable(&arena, json_member_text(difference, "detail"));
        printf("  %8" PRId64 "  %s%s%s\n", json_member_int(difference, "count", 0),
               printable(&arena, json_member_text(difference, "outcome")),
               detail[0] != '\0' ? ": " : "", detail);
    }
    arena_release(&arena);
}

static void print_versions(struct json_object *source)
{
    static const struct table_column columns[] = {
        {"VERSION"},         {"ACCEPTED", true}, {"REFUSED", true},  {"SHADOW: SAME", true},
        {"DIFFERENT", true}, {"REFUSED", true},  {"ACCEPTED", true},
    };
    struct json_object *versions = json_object_object_get(source, "versions");
    size_t count = versions != NULL ? json_object_array_length(versions) : 0;
    struct table table;
    table_init(&table, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < count; i++)
        add_version(&table, source, json_object_array_get_idx(versions, i));
    table_print(&table, stdout);
    table_release(&table);
    for (size_t i = 0; i < count; i++)
        print_differences(json_object_array_get_idx(versions, i));
}

static void print_source(struct json_object *source)
{
    static const struct table_column columns[] = {
        {"SOURCE"}, {"IN FORCE"}, {"CANDIDATE"}, {"DEAD LETTERS", true}};
    struct table table;
    table_init(&table, columns, sizeof columns / sizeof *columns);
    add_rollout(&table, source);
    table_addf(&table, "%" PRId64, json_member_int(source, "dead_letters", 0));
    table_print(&table, stdout);
    table_release(&table);
    puts("");
    print_versions(source);
}

/* Of all versions together. */
static int64_t sum(struct json_object *source, const char *name)
{
    struct json_object *versions = json_object_object_get(source, "versions");
    int64_t total = 0;
    for (size_t i = 0; versions != NULL && i < json_object_array_length(versions); i++)
        total += json_member_int(json_object_array_get_idx(versions, i), name, 0);
    return total;
}

static void print_sources(struct json_object *sources)
{
    static const struct table_column columns[] = {
        {"SOURCE"},         {"IN FORCE"},      {"CANDIDATE"},
        {"ACCEPTED", true}, {"REFUSED", true}, {"DEAD LETTERS", true},
    };
    struct table table;
    table_init(&table, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < json_object_array_length(sources); i++) {
        struct json_object *source = json_object_array_get_idx(sources, i);
        add_rollout(&table, source);
        table_addf(&table, "%" PRId64, sum(source, "accepted"));
        table_addf(&table, "%" PRId64, sum(source, "refused"));
        table_addf(&table, "%" PRId64, json_member_int(source, "dead_letters", 0));
    }
    table_print(&table, stdout);
    table_release(&table);
}

static int show_status(struct client *client, const char *source, struct error *err)
{
    struct buffer path;
    struct client_answer answer = {0};
    JSON_AUTO *tree = NULL;
    buffer_init(&path, 4096);
    buffer_append_bytes(&path, BYTES_LITERAL("/v1/sources"));
    if (source != NULL) {
        buffer_append_char(&path, '/');
        client_escape(&path, bytes_of(source));
    }
    int code = client_get(client, buffer_string(&path), &answer, &tree, err);
    if (code == 0 && as_json)
        printf("%s\n", buffer_string(&answer.body));
    else if (code == 0 && source != NULL)
        print_source(tree);
    else if (code == 0)
        print_sources(json_object_object_get(tree, "sources"));
    client_answer_release(&answer);
    buffer_release(&path);
    return code;
}

/* ---- switching */

struct action {
    const char *name; /* as it is typed */
    const char *call; /* as the API has it; NULL: status */
    bool version_required, version_allowed, percent;
};

static const struct action actions[] = {
    {"status", NULL, false, false, false},           {"shadow", "shadow", true, true, false},
    {"canary", "canary", true, true, true},          {"promote", "promote", false, true, false},
    {"roll-back", "roll_back", false, false, false}, {"stop", "stop", false, false, false},
};

static const struct action *find_action(const char *name)
{
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++)
        if (strcmp(actions[i].name, name) == 0)
            return &actions[i];
    return NULL;
}

/* False when it is no number, or out of range. */
static bool read_percent(double *ret)
{
    char *end = NULL;
    *ret = strtod(percent, &end);
    return end != percent && *end == '\0' && *ret >= 0.01 && *ret <= 100;
}

/* CLI_OK, or CLI_USAGE after a sentence. */
static int check_usage(const struct action *action, const char *source)
{
    double share;
    if (action->call != NULL && source == NULL)
        return usage_refuse(&usage, "SOURCE is missing");
    if (action->version_required && version == 0)
        return usage_refuse(&usage, "--version is missing");
    if (!action->version_allowed && version != 0)
        return usage_refuse(&usage, "%s takes no --version", action->name);
    if (action->percent && percent == NULL)
        return usage_refuse(&usage, "--percent is missing");
    if (!action->percent && percent != NULL)
        return usage_refuse(&usage, "%s takes no --percent", action->name);
    if (percent != NULL && !read_percent(&share))
        return usage_refuse(&usage, "--percent takes a number from 0.01 to 100, not \"%s\"",
                            percent);
    return CLI_OK;
}

static void write_body(const struct action *action, struct buffer *body)
{
    struct json_writer json;
    double share;
    json_begin(&json, body);
    json_object_open(&json);
    json_member(&json, "action", bytes_of(action->call));
    if (version != 0)
        json_member_unsigned(&json, "version", version);
    if (percent != NULL && read_percent(&share)) {
        json_key(&json, "percent");
        json_double(&json, share);
    }
    if (note != NULL)
        json_member(&json, "note", bytes_of(note));
    json_object_close(&json);
}

static void print_switched(const struct client_answer *answer)
{
    JSON_AUTO *tree = NULL;
    if (as_json || json_parse(buffer_bytes(&answer->body), &tree, NULL) < 0) {
        printf("%.*s\n", BYTES_ARG(buffer_bytes(&answer->body)));
        return;
    }
    int64_t candidate = json_member_int(tree, "candidate", 0);
    printf("%.*s: version %" PRId64 " is in force", BYTES_ARG(json_member_text(tree, "source")),
           json_member_int(tree, "active", 0));
    if (candidate != 0 && bytes_is(json_member_text(tree, "mode"), "canary"))
        printf(", version %" PRId64 " reads %g %%", candidate,
               json_object_get_double(json_object_object_get(tree, "percent")));
    else if (candidate != 0)
        printf(", version %" PRId64 " is compared in its shadow", candidate);
    puts(json_object_get_boolean(json_object_object_get(tree, "unchanged")) ? " (as before)" : "");
}

static int change(struct client *client, const struct action *action, const char *source,
                  struct error *err)
{
    struct buffer path, body;
    struct client_answer answer;
    buffer_init(&path, 4096);
    buffer_init(&body, 64 * 1024);
    buffer_append_bytes(&path, BYTES_LITERAL("/v1/sources/"));
    client_escape(&path, bytes_of(source));
    buffer_append_bytes(&path, BYTES_LITERAL("/rollout"));
    write_body(action, &body);
    const struct client_call call = {.method = "POST",
                                     .path = buffer_string(&path),
                                     .content_type = "application/json",
                                     .body = buffer_bytes(&body)};
    int code = client_call(client, &call, &answer, err);
    if (code == 0)
        code = client_check(&answer, err);
    if (code == 0)
        print_switched(&answer);
    client_answer_release(&answer);
    buffer_release(&path);
    buffer_release(&body);
    return code;
}

int contract_rollout_command(int argc, char **argv)
{
    int first, exit_code;
    struct error err;
    struct client *client = NULL;
    const struct action *action = find_action(argv[0]);
    if (action == NULL)
        return usage_refuse(&usage, "there is no action \"%s\"", argv[0]);
    if (!usage_parse(&usage, argc, argv, &first, &exit_code))
        return exit_code;
    const char *source = first < argc ? argv[first] : NULL;
    exit_code = check_usage(action, source);
    if (exit_code != CLI_OK)
        return exit_code;
    int code = client_open(&server, &client, &err);
    if (code == 0 && action->call == NULL)
        code = show_status(client, source, &err);
    else if (code == 0)
        code = change(client, action, source, &err);
    client_close(client);
    return code == 0 ? CLI_OK : cli_fail(&err);
}
