/* meshline explain: the server's explanation of a lead as a text that one can read out. */
#include "base/arena.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/table.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static struct client_options server;
static bool as_json;

static const struct option_row options[] = {
    CLIENT_OPTION_ROWS(server),
    {"json", OPTION_FLAG, &as_json, NULL, "prints the server's JSON as it is"},
};

static const struct usage usage = {
    .command = "explain",
    .arguments = "ID [options]",
    .about = "Why this owner: the class and score, each route that was tried and how it came out,\n"
             "who was passed over and why, every later move, and the release that decided.\n",
    .examples = "  meshline explain L1024\n",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .least_operands = 1,
    .most_operands = 1,
    .operand = "ID, as in L1024,",
};

struct text {
    struct arena arena;
    struct json_object *root;
};

/* Member `name` of `object`, fit for a terminal; "" when there is none. */
static const char *of(struct text *text, struct json_object *object, const char *name)
{
    return printable(&text->arena, json_member_text(object, name));
}

static struct json_object *list_of(struct json_object *object, const char *name, size_t *ret_count)
{
    struct json_object *list = json_object_object_get(object, name);
    bool is_list = json_object_is_type(list, json_type_array);
    *ret_count = is_list ? json_object_array_length(list) : 0;
    return list;
}

static void print_head(struct text *text)
{
    struct json_object *class = json_object_object_get(text->root, "class");
    struct json_object *score = json_object_object_get(text->root, "score");
    struct json_object *now = json_object_object_get(text->root, "now");
    const char *owner = of(text, now, "owner"), *when = of(text, class, "when");
    printf("%s is %s", of(text, text->root, "lead"), of(text, now, "state"));
    if (owner[0] != '\0')
        printf(", owned by %s", owner);
    printf(".\n\nIt came from %s at %.*s UTC.\n", of(text, text->root, "source"),
           BYTES_ARG(short_time(json_member_text(text->root, "captured_at"))));
    printf("Class %s%s%s%s.\n", of(text, class, "name"), when[0] ? ", because " : "", when,
           when[0] ? "" : ", which takes what no other class does");
    printf("Score %" PRId64 ".\n", json_member_int(score, "value", 0));
    printf("Decided by release %.12s%s.\n", of(text, text->root, "release"),
           json_object_get_boolean(json_object_object_get(text->root, "release_active"))
               ? ", which is in force"
               : ", which has been replaced since");
}

static void print_routes(struct text *text)
{
    size_t count;
    struct json_object *routes = list_of(text->root, "routes", &count);
    puts("\nRoutes, in order, as tried on what was captured:");
    for (size_t i = 0; i < count; i++) {
        struct json_object *route = json_object_array_get_idx(routes, i);
        const char *outcome = of(text, route, "outcome"), *when = of(text, route, "when");
        const char *pool = of(text, route, "pool"), *error = of(text, route, "error");
        bool matched = strcmp(outcome, "matched") == 0;
        printf("  %s %-24s %s\n", matched ? "→" : " ", of(text, route, "route"),
               when[0] ? when : "always");
        if (matched)
            printf("      matched: to %s %s\n", pool[0] ? "pool" : "rep",
                   pool[0] ? pool : of(text, route, "rep"));
        else if (error[0] != '\0')
            printf("      did not match: %s\n", error);
    }
}

static void print_passed_over(struct text *text, struct json_object *candidates)
{
    size_t count;
    struct json_object *passed = list_of(candidates, "passed_over", &count);
    for (size_t i = 0; i < count; i++) {
        struct json_object *rep = json_object_array_get_idx(passed, i);
        const char *why = of(text, rep, "why");
        printf("      passed over %s: %s\n", of(text, rep, "rep"),
               strcmp(why, "full") == 0       ? "has no room"
               : strcmp(why, "away") == 0     ? "is away"
               : strcmp(why, "excluded") == 0 ? "just gave it back or lost it"
                                              : why);
    }
}

static void print_candidates(struct text *text, struct json_object *decision)
{
    struct json_object *candidates = json_object_object_get(decision, "candidates");
    int64_t members = json_member_int(candidates, "members", 0);
    const char *strategy = of(text, decision, "strategy");
    if (members == 0)
        return;
    printf("      %" PRId64 " candidates, %" PRId64 " full, %" PRId64 " away%s%s\n", members,
           json_member_int(candidates, "full", 0), json_member_int(candidates, "away", 0),
           strategy[0] ? "; " : "",
           strcmp(strategy, "round_robin") == 0    ? "next in turn of those with room"
           : strcmp(strategy, "least_loaded") == 0 ? "the least loaded of those with room"
                                                   : strategy);
    print_passed_over(text, candidates);
}

static void print_cause(struct text *text, struct json_object *decision)
{
    static const struct {
        const char *name, *sentence;
    } causes[] = {
        {"routed", "by the policy, on arrival"},
        {"drained", "from the waiting queue, when there was room"},
        {"returned", "given back, or taken back for want of contact"},
        {"manual", "by a person"},
        {"displaced", "its rep or pool left the policy"},
    };
    const char *cause = of(text, decision, "cause");
    for (size_t i = 0; i < sizeof causes / sizeof *causes; i++)
        if (strcmp(cause, causes[i].name) == 0)
            cause = causes[i].sentence;
    printf(": %s", cause);
}

static void print_decision(struct text *text, struct json_object *decision)
{
    const char *event = of(text, decision, "event"), *rep = of(text, decision, "rep");
    const char *pool = of(text, decision, "pool"), *actor = of(text, decision, "actor");
    const char *reason = of(text, decision, "reason");
    printf("  %.*s  ", BYTES_ARG(short_time(json_member_text(decision, "at"))));
    if (strcmp(event, "lead.assigned") == 0)
        printf("to %s", rep);
    else if (strcmp(event, "lead.returned") == 0)
        printf("taken from %s", rep);
    else
        printf("waiting%s%s", pool[0] ? " in pool " : "", pool);
    print_cause(text, decision);
    if (actor[0] != '\0')
        printf(" (%s)", actor);
    putchar('\n');
    if (reason[0] != '\0')
        printf("      reason: %s\n", reason);
    if (json_member_int(decision, "capacity", -1) >= 0)
        printf("      load %" PRId64 " of %" PRId64 "%s\n", json_member_int(decision, "load", 0),
               json_member_int(decision, "capacity", 0),
               json_object_object_get(decision, "override") != NULL ? ", above capacity on purpose"
                                                                    : "");
    print_candidates(text, decision);
}

static void print_explanation(struct json_object *root)
{
    struct text text = {.root = root};
    size_t count;
    struct json_object *decisions = list_of(root, "decisions", &count);
    arena_init(&text.arena);
    print_head(&text);
    print_routes(&text);
    puts("\nWhat was decided:");
    for (size_t i = 0; i < count; i++)
        print_decision(&text, json_object_array_get_idx(decisions, i));
    arena_release(&text.arena);
}

int command_explain(int argc, char **argv)
{
    int first, exit_code;
    struct error err;
    struct client *client = NULL;
    struct client_answer answer = {0};
    JSON_AUTO *tree = NULL;
    struct buffer path;
    if (!usage_parse(&usage, argc, argv, &first, &exit_code))
        return exit_code;
    buffer_init(&path, 4096);
    buffer_append_bytes(&path, BYTES_LITERAL("/v1/leads/"));
    client_escape(&path, bytes_of(argv[first]));
    buffer_append_bytes(&path, BYTES_LITERAL("/explanation"));
    int code = client_open(&server, &client, &err);
    if (code == 0)
        code = client_get(client, buffer_string(&path), &answer, &tree, &err);
    if (code == 0 && as_json)
        printf("%s\n", buffer_string(&answer.body));
    else if (code == 0)
        print_explanation(tree);
    client_answer_release(&answer);
    client_close(client);
    buffer_release(&path);
    return code == 0 ? CLI_OK : cli_fail(&err);
}
