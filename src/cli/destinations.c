/* meshline destinations: the systems that are written to and the providers that are asked, how they
 * fare, and holding one back. */
#include "base/time.h"
#include "cli/cli.h"
#include "cli/spans.h"
#include "cli/table.h"
#include "cli/talk.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static struct client_options server;
static const char *reason;
static bool as_json;

static const struct option_row options[] = {
    {"reason", OPTION_TEXT, &reason, "TEXT", "pause (required), resume: why, for the record"},
    CLIENT_OPTION_ROWS(server),
    {"json", OPTION_FLAG, &as_json, NULL, "prints the server's JSON"},
};

static const struct usage usage = {
    .command = "destinations",
    .arguments = "[list|show NAME|pause NAME|resume NAME] [options]",
    .about = "Systems that events go to, providers that are asked, and how they fare: what waits,\n"
             "what failed, since when, and whether the circuit breaker keeps them from being\n"
             "tried. `pause` holds everything back for one of them, and nothing is lost; `resume`\n"
             "lets it go, closes the breaker, and enables one that said it is gone.\n",
    .examples = "  meshline destinations\n"
                "  meshline destinations show crm\n"
                "  meshline destinations pause crm --reason 'they migrate until six'\n"
                "  meshline destinations resume crm\n",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .most_operands = 2,
};

/* ---- looking */

static bool is_true(struct json_object *object, const char *name)
{
    return json_object_get_boolean(json_object_object_get(object, name));
}

/* Whether anything is sent to it now, and if not, why. */
static const char *describe(struct json_object *destination)
{
    struct bytes breaker = json_member_text(destination, "breaker");
    if (!is_true(destination, "present"))
        return "left the mesh";
    if (is_true(destination, "disabled"))
        return "disabled";
    if (is_true(destination, "paused"))
        return "paused";
    if (bytes_is(breaker, "open"))
        return "breaker open";
    return bytes_is(breaker, "half_open") ? "being probed" : "works";
}

static struct bytes or_dash(struct bytes text)
{
    return text.size > 0 ? text : BYTES_LITERAL("-");
}

/* It may be long over, so its age goes with it. */
static void add_failure(struct table *table, struct json_object *destination)
{
    struct bytes failure = json_member_text(destination, "last_failure");
    int64_t at_us = json_member_time_us(destination, "last_failure_at");
    char span[SPAN_TEXT_SIZE];
    span_age_print(at_us, clock_utc_us(), span);
    if (failure.size == 0 || at_us == 0)
        table_add(table, or_dash(failure));
    else
        table_addf(table, "%s ago: %.*s", span, BYTES_ARG(failure));
}

static void add_row(struct table *table, struct json_object *destination)
{
    static const char *const counts[] = {"pending", "failed", "delivered"};
    struct json_object *deliveries = json_object_object_get(destination, "deliveries");
    char span[SPAN_TEXT_SIZE];
    table_add(table, json_member_text(destination, "name"));
    table_add(table, or_dash(json_member_text(destination, "kind")));
    table_add(table, bytes_of(describe(destination)));
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        table_addf(table, "%" PRId64, json_member_int(deliveries, counts[i], 0));
    span_age_print(json_member_time_us(destination, "oldest_pending_at"), clock_utc_us(), span);
    table_add(table, bytes_of(span));
    add_failure(table, destination);
}

static void print_list(struct json_object *answer)
{
    static const struct table_column columns[] = {
        {"DESTINATION"},   {"KIND"},         {"STATE"},
        {"PENDING", true}, {"FAILED", true}, {"DELIVERED", true},
        {"OLDEST", true},  {"LAST FAILURE"},
    };
    struct json_object *list = json_object_object_get(answer, "destinations");
    struct table table;
    table_init(&table, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < json_object_array_length(list); i++)
        add_row(&table, json_object_array_get_idx(list, i));
    table_print(&table, stdout);
    table_release(&table);
}

static struct bytes text_of(struct json_object *value)
{
    struct bytes text = json_text(value);
    if (text.data == NULL)
        text = bytes_of(json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN));
    return text;
}

/* Lists with commas, what has members as "pending 3, failed 0". */
static void print_value(struct arena *arena, const char *title, struct json_object *value)
{
    const char *comma = "";
    if (json_object_is_type(value, json_type_array)) {
        for (size_t i = 0; i < json_object_array_length(value); i++, comma = ", ")
            printf("%s%s", comma, printable(arena, text_of(json_object_array_get_idx(value, i))));
    } else if (json_object_is_type(value, json_type_object)) {
        json_object_object_foreach(value, name, member)
        {
            bool repeats = strcmp(name, title) == 0;
            printf("%s%s%s%s", comma, repeats ? "" : printable(arena, bytes_of(name)),
                   repeats ? "" : " ", printable(arena, text_of(member)));
            comma = ", ";
        }
    } else {
        fputs(printable(arena, text_of(value)), stdout);
    }
}

static void print_one(struct json_object *destination)
{
    struct arena arena;
    arena_init(&arena);
    printf("%s, %s\n", printable(&arena, json_member_text(destination, "name")),
           describe(destination));
    json_object_object_foreach(destination, name, value)
    {
        if (value == NULL || strcmp(name, "name") == 0)
            continue;
        printf("  %-18s ", printable(&arena, bytes_of(name)));
        print_value(&arena, name, value);
        putchar('\n');
    }
    arena_release(&arena);
}

static int show(struct client *client, const char *name, struct error *err)
{
    struct buffer path;
    buffer_init(&path, 4096);
    buffer_append_bytes(&path, BYTES_LITERAL("/v1/destinations"));
    if (name != NULL) {
        buffer_append_char(&path, '/');
        client_escape(&path, bytes_of(name));
    }
    int code = talk_show(client, buffer_string(&path), as_json,
                         name != NULL ? print_one : print_list, err);
    buffer_release(&path);
    return code;
}

/* ---- acting */

static void write_reason(struct json_writer *json)
{
    talk_member(json, "reason", reason);
}

static int hold(struct client *client, const char *name, bool pause, struct error *err)
{
    JSON_AUTO *answer = NULL;
    const struct talk_order order = {.base = "/v1/destinations",
                                     .id = name,
                                     .verb = pause ? "/pause" : "/resume",
                                     .write = write_reason};
    int code = talk_tell(client, &order, as_json, &answer, err);
    if (code == 0 && !as_json)
        printf("%s is %s%s\n", name, is_true(answer, "unchanged") ? "already " : "",
               pause ? "paused; what is due waits" : "resumed");
    return code;
}

enum act { ACT_LIST, ACT_SHOW, ACT_PAUSE, ACT_RESUME, ACTS };
static const char *const acts[ACTS] = {"list", "show", "pause", "resume"};

static int run(enum act act, const char *name)
{
    struct error err;
    struct client *client = NULL;
    int code = client_open(&server, &client, &err);
    if (code == 0)
        code = act == ACT_LIST || act == ACT_SHOW ? show(client, name, &err)
                                                  : hold(client, name, act == ACT_PAUSE, &err);
    client_close(client);
    return code == 0 ? CLI_OK : cli_fail(&err);
}

int command_destinations(int argc, char **argv)
{
    int first, exit_code;
    enum act act = ACT_LIST;
    if (!usage_parse(&usage, argc, argv, &first, &exit_code))
        return exit_code;
    while (first < argc && act < ACTS && strcmp(acts[act], argv[first]) != 0)
        act++;
    if (act == ACTS)
        return usage_refuse(&usage, "there is nothing called \"%s\" to do with destinations",
                            argv[first]);
    const char *name = first + 1 < argc ? argv[first + 1] : NULL;
    if (act != ACT_LIST && name == NULL)
        return usage_refuse(&usage, "the destination's name is missing");
    if (act == ACT_LIST && name != NULL)
        return usage_refuse(&usage, "\"%s\" is one argument too many", name);
    if (act == ACT_PAUSE && !usage_require(&usage, "reason", reason, &exit_code))
        return exit_code;
    return run(act, name);
}
