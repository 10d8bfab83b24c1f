/* meshline explain: why a lead is where it is, or where one would go: asked of a server, or of a
 * mesh alone. */
#include "base/json_writer.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/explain_print.h"
#include "cli/input.h"
#include "cli/mesh/explain_mesh.h"
#include "cli/table.h"

#include <stdio.h>

static struct client_options server;
static const char *lead_file, *mesh, *source, *at, *away;
static bool all, as_json;

static const struct option_row options[] = {
    {"all", OPTION_FLAG, &all, NULL, "lists every candidate as it stood, with the reason"},
    {"lead", OPTION_TEXT, &lead_file, "FILE", "a lead that is not there, as JSON; - for stdin"},
    {"source", OPTION_TEXT, &source, "NAME",
     "--lead: where it comes from; one source needs no name"},
    {"mesh", OPTION_TEXT, &mesh, "DIR", "--lead: asks this mesh instead of a server"},
    {"at", OPTION_TEXT, &at, "TIME", "--mesh: when it comes; default now"},
    {"away", OPTION_TEXT, &away, "REP,REP", "--mesh: who is away"},
    CLIENT_OPTION_ROWS(server),
    {"json", OPTION_FLAG, &as_json, NULL, "prints the explanation as JSON"},
};

static const struct usage usage = {
    .command = "explain",
    .arguments = "ID | --lead FILE [--mesh DIR] [options]",
    .about =
        "Why this owner: the class and score, each route that was tried, how it came out and\n"
        "which values made the difference, who was passed over and why, every later move,\n"
        "and the release that decided.\n"
        "\n"
        "With --lead: what would be decided about a lead that came now. The server answers\n"
        "for its present state and records nothing; with --mesh no server is asked: everybody\n"
        "is there by their calendars and has no leads yet.\n"
        "\n"
        "--all goes through the server's whole journal for a lead that is there.\n",
    .examples = "  meshline explain L1024\n"
                "  meshline explain L1024 --all\n"
                "  meshline explain --lead lead.json --source website\n"
                "  echo '{\"email\":\"a@b.example\"}' | meshline explain --lead - --mesh mesh \\\n"
                "      --source website --at 2026-12-24T10:00:00Z --away ada,ben\n",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .most_operands = 1,
};

enum { LEAD_MAX = 256 * 1024, EXPLANATION_MAX = 256 * 1024 * 1024 };

static int print(struct bytes text, struct error *err)
{
    JSON_AUTO *tree = NULL;
    if (as_json) {
        printf("%.*s\n", BYTES_ARG(text));
        return 0;
    }
    int code = json_parse(text, &tree, err);
    if (code == 0)
        explain_print(tree);
    return code;
}

/* ---- a server */

/* What is wrong with the lead, mistake by mistake. */
static void print_mistakes(const struct client_answer *answer)
{
    struct arena arena;
    JSON_AUTO *problem = NULL;
    if (answer->status != 422 || json_parse(buffer_bytes(&answer->body), &problem, NULL) < 0)
        return;
    struct json_object *errors = json_object_object_get(problem, "errors");
    arena_init(&arena);
    for (size_t i = 0; errors != NULL && i < json_object_array_length(errors); i++) {
        struct json_object *mistake = json_object_array_get_idx(errors, i);
        fprintf(stderr, "    %s: %s\n", printable(&arena, json_member_text(mistake, "pointer")),
                printable(&arena, json_member_text(mistake, "message")));
    }
    arena_release(&arena);
}

static int call(const struct client_call *what, struct error *err)
{
    struct client *client = NULL;
    struct client_answer answer = {0};
    int code = client_open(&server, &client, err);
    if (code == 0)
        code = client_call(client, what, &answer, err);
    if (code == 0)
        code = client_check(&answer, err);
    if (code != 0)
        print_mistakes(&answer);
    if (code == 0)
        code = print(buffer_bytes(&answer.body), err);
    client_answer_release(&answer);
    client_close(client);
    return code;
}

static int ask_about(const char *id, struct error *err)
{
    struct buffer path;
    buffer_init(&path, 4096);
    buffer_append_bytes(&path, BYTES_LITERAL("/v1/leads/"));
    client_escape(&path, bytes_of(id));
    buffer_printf(&path, "/explanation%s", all ? "?candidates=all" : "");
    const struct client_call what = {.method = "GET", .path = buffer_string(&path)};
    int code = call(&what, err);
    buffer_release(&path);
    return code;
}

/* The lead goes along as it is, once it is known to be JSON. */
static int suppose(struct bytes lead, struct error *err)
{
    struct buffer body;
    struct json_writer json;
    size_t members;
    struct error inner;
    if (json_check(lead, &members, &inner) < 0)
        return error_set(err, ML_EINVAL, lead_file, "%s%s%s", inner.message,
                         inner.place[0] ? ", at " : "", inner.place);
    buffer_init(&body, 2 * LEAD_MAX);
    json_begin(&json, &body);
    json_object_open(&json);
    if (source != NULL)
        json_member(&json, "source", bytes_of(source));
    json_key(&json, "lead");
    json_raw(&json, lead);
    json_object_close(&json);
    const struct client_call what = {.method = "POST",
                                     .path = all ? "/v1/explanations?candidates=all"
                                                 : "/v1/explanations",
                                     .content_type = "application/json",
                                     .body = buffer_bytes(&body)};
    int code = call(&what, err);
    buffer_release(&body);
    return code;
}

/* ---- a mesh */

static int suppose_in_mesh(struct bytes lead, int64_t at_us, struct error *err)
{
    const struct explain_mesh_options given = {
        .mesh = mesh,
        .source = source,
        .away = away,
        .at_us = at_us != 0 ? at_us : clock_utc_us(),
        .all = all,
    };
    struct buffer out;
    buffer_init(&out, EXPLANATION_MAX);
    int code = explain_mesh(&given, lead_file, lead, &out, err);
    if (code == 0)
        code = print(buffer_bytes(&out), err);
    buffer_release(&out);
    return code;
}

static int run_lead(int64_t at_us, struct error *err)
{
    struct buffer lead;
    buffer_init(&lead, LEAD_MAX);
    int code = input_read(lead_file, &lead, err);
    if (code == 0 && mesh != NULL)
        code = suppose_in_mesh(buffer_bytes(&lead), at_us, err);
    else if (code == 0)
        code = suppose(buffer_bytes(&lead), err);
    buffer_release(&lead);
    return code;
}

int command_explain(int argc, char **argv)
{
    int first, exit_code;
    int64_t at_us;
    struct error err;
    if (!usage_parse(&usage, argc, argv, &first, &exit_code) ||
        !input_time(&usage, "at", at, &at_us, &exit_code))
        return exit_code;
    if (lead_file == NULL && first == argc)
        return usage_refuse(&usage, "ID, as in L1024, or --lead FILE is missing");
    if (lead_file != NULL && first < argc)
        return usage_refuse(&usage, "an ID or --lead, not both");
    if (lead_file == NULL && (mesh != NULL || source != NULL))
        return usage_refuse(&usage, "--mesh and --source go with --lead");
    if (mesh == NULL && (at != NULL || away != NULL))
        return usage_refuse(&usage, "--at and --away go with --mesh");
    if (mesh != NULL && server.url != NULL)
        return usage_refuse(&usage, "--mesh or --url, not both");
    int code = lead_file != NULL ? run_lead(at_us, &err) : ask_about(argv[first], &err);
    return code == 0 ? CLI_OK : cli_fail(&err);
}
