/* meshline reps: who has how much, and who is here; or one rep's availability and capacity. */
#include "base/json_writer.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/table.h"
#include "cli/words.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static struct client_options server;
static const char *available;
static uint64_t capacity = UINT64_MAX;
static bool as_json;

static const struct option_row options[] = {
    {"available", OPTION_TEXT, &available, "yes|no", "REP: takes leads from now on, or does not"},
    {"capacity", OPTION_NUMBER, &capacity, "N", "REP: at most so many open leads", 0, 100000},
    CLIENT_OPTION_ROWS(server),
    {"json", OPTION_FLAG, &as_json, NULL, "prints the server's JSON as it is"},
};

static const struct usage usage = {
    .command = "reps",
    .arguments = "[REP [--available yes|no] [--capacity N]] [options]",
    .about =
        "Lists reps with load, capacity, limits and duty; with REP only that one, and changes\n"
        "it when told to. Who goes away keeps the leads already owned. HOUR and DAY are new\n"
        "leads so far, of those allowed.\n",
    .examples = "  meshline reps\n"
                "  meshline reps ada --available no\n"
                "  meshline reps ada --capacity 40\n",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .most_operands = 1,
};

static const struct table_column columns[] = {
    {"REP"},        {"NAME"},      {"TEAM"}, {"COUNTRY"}, {"LOAD", true}, {"CAPACITY", true},
    {"HOUR", true}, {"DAY", true}, {"HERE"},
};

static bool is_true(struct json_object *object, const char *name)
{
    return json_object_get_boolean(json_object_object_get(object, name));
}

/* "3 of 5"; "-" where no limit is declared. */
static void add_limit(struct table *table, struct json_object *rep, const char *used,
                      const char *limit)
{
    int64_t most = json_member_int(rep, limit, 0);
    if (most == 0)
        table_add(table, BYTES_LITERAL("-"));
    else
        table_addf(table, "%" PRId64 " of %" PRId64, json_member_int(rep, used, 0), most);
}

/* Whether new leads may come, and until when not. */
static void add_presence(struct table *table, struct json_object *rep)
{
    struct bytes duty = json_member_text(rep, "duty");
    struct bytes until = json_member_text(rep, "duty_until");
    if (!is_true(rep, "present"))
        table_add(table, BYTES_LITERAL("left the policy"));
    else if (!is_true(rep, "available"))
        table_add(table, BYTES_LITERAL("away"));
    else if (duty.size == 0 || bytes_is(duty, "on_duty"))
        table_add(table, BYTES_LITERAL("yes"));
    else if (until.size == 0)
        table_add(table, words_duty(duty));
    else
        table_addf(table, "%.*s until %.*s", BYTES_ARG(words_duty(duty)),
                   BYTES_ARG(short_time(until)));
}

static void add_row(struct table *table, struct json_object *rep)
{
    table_add(table, json_member_text(rep, "id"));
    table_add(table, json_member_text(rep, "name"));
    table_add(table, json_member_text(rep, "team"));
    table_add(table, json_member_text(rep, "country"));
    table_addf(table, "%" PRId64, json_member_int(rep, "load", 0));
    table_addf(table, "%" PRId64, json_member_int(rep, "capacity", 0));
    add_limit(table, rep, "this_hour", "per_hour");
    add_limit(table, rep, "today", "per_day");
    add_presence(table, rep);
}

static void print_reps(struct json_object *answer)
{
    struct table table;
    struct json_object *reps = json_object_object_get(answer, "reps");
    table_init(&table, columns, sizeof columns / sizeof *columns);
    if (reps == NULL)
        add_row(&table, answer);
    for (size_t i = 0; reps != NULL && i < json_object_array_length(reps); i++)
        add_row(&table, json_object_array_get_idx(reps, i));
    table_print(&table, stdout);
    table_release(&table);
}

static int change(struct client *client, const char *path, uint64_t *ret_seq, struct error *err)
{
    struct buffer body;
    struct json_writer json;
    struct client_answer answer;
    JSON_AUTO *tree = NULL;
    buffer_init(&body, 4096);
    json_begin(&json, &body);
    json_object_open(&json);
    if (available != NULL)
        json_member_bool(&json, "available", strcmp(available, "yes") == 0);
    if (capacity != UINT64_MAX)
        json_member_unsigned(&json, "capacity", capacity);
    json_object_close(&json);
    const struct client_call call = {.method = "PATCH",
                                     .path = path,
                                     .content_type = "application/json",
                                     .body = buffer_bytes(&body)};
    int code = client_call(client, &call, &answer, err);
    if (code == 0)
        code = client_check(&answer, err);
    if (code == 0)
        code = json_parse(buffer_bytes(&answer.body), &tree, err);
    *ret_seq = (uint64_t)json_member_int(tree, "seq", 0);
    client_answer_release(&answer);
    buffer_release(&body);
    return code;
}

/* `seq`: show it as it is after that change. */
static int show(struct client *client, const char *path, uint64_t seq, struct error *err)
{
    char min_seq[64];
    const char *headers[] = {min_seq, NULL};
    struct client_answer answer;
    JSON_AUTO *tree = NULL;
    snprintf(min_seq, sizeof min_seq, "Min-Seq: %" PRIu64, seq);
    const struct client_call call = {
        .method = "GET", .path = path, .headers = seq != 0 ? headers : NULL};
    int code = client_call(client, &call, &answer, err);
    if (code == 0)
        code = client_check(&answer, err);
    if (code == 0)
        code = json_parse(buffer_bytes(&answer.body), &tree, err);
    if (code == 0 && as_json)
        printf("%s\n", buffer_string(&answer.body));
    else if (code == 0)
        print_reps(tree);
    client_answer_release(&answer);
    return code;
}

int command_reps(int argc, char **argv)
{
    int first, exit_code;
    struct error err;
    struct client *client = NULL;
    struct buffer path;
    uint64_t seq = 0;
    if (!usage_parse(&usage, argc, argv, &first, &exit_code))
        return exit_code;
    bool changes = available != NULL || capacity != UINT64_MAX;
    if (available != NULL && strcmp(available, "yes") != 0 && strcmp(available, "no") != 0)
        return usage_refuse(&usage, "--available takes yes or no, not \"%s\"", available);
    if (changes && first == argc)
        return usage_refuse(&usage, "the rep to change is missing");
    buffer_init(&path, 4096);
    buffer_append_bytes(&path, BYTES_LITERAL("/v1/reps"));
    if (first < argc) {
        buffer_append_char(&path, '/');
        client_escape(&path, bytes_of(argv[first]));
    }
    int code = client_open(&server, &client, &err);
    if (code == 0 && changes)
        code = change(client, buffer_string(&path), &seq, &err);
    if (code == 0)
        code = show(client, buffer_string(&path), seq, &err);
    client_close(client);
    buffer_release(&path);
    return code == 0 ? CLI_OK : cli_fail(&err);
}
