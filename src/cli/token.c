/* meshline token: access tokens of a data directory. Works on the file; a running server notices.
 */
#include "cli/cli.h"
#include "cli/token_file.h"

#include <stdio.h>
#include <string.h>

static const char *data, *role, *source;
static bool as_json;

static const struct option_row options[] = {
    {"data", OPTION_TEXT, &data, "DIR", "the server's data directory"},
    {"role", OPTION_TEXT, &role, "ROLE", "source, read, operate or admin"},
    {"source", OPTION_TEXT, &source, "NAME", "the one source that a token of role source may use"},
    {"json", OPTION_FLAG, &as_json, NULL, "prints JSON"},
};

static const struct usage usage = {
    .command = "token",
    .arguments = "add NAME --role ROLE | list | revoke ID    --data DIR",
    .about = "Who may call the server. Without any token it is open to everyone on its machine\n"
             "and to nobody else. Of a token only the hash is kept: `add` shows it once.\n"
             "\n"
             "Roles: source (sends leads to one source), read (looks at everything), operate\n"
             "(also sends leads, acts on leads, reps and dead letters, switches versions of\n"
             "contracts), admin (everything).\n"
             "A running server takes changes over within a second.\n",
    .examples = "  meshline token add dashboards --role read --data data\n"
                "  meshline token add web-form --role source --source website --data data\n"
                "  meshline token list --data data\n"
                "  meshline token revoke tok_4ff9288e6e --data data\n",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .least_operands = 1,
    .most_operands = 2,
    .operand = "add, list or revoke",
};

static int add(const char *path, const char *name)
{
    struct error err;
    char text[TOKEN_TEXT_SIZE], id[TOKEN_ID_SIZE];
    if (name == NULL)
        return usage_refuse(&usage, "a name for the token is missing, as in: token add dashboards");
    if (role == NULL)
        return usage_refuse(&usage, "--role is missing: source, read, operate or admin");
    enum role parsed = role_parse(bytes_of(role));
    if (parsed == ROLE_NONE)
        return usage_refuse(&usage, "there is no role \"%s\": source, read, operate or admin",
                            role);
    if (tokens_add(path, bytes_of(name), parsed, bytes_of(source), clock_utc_us(), text, id, &err) <
        0)
        return cli_fail(&err);
    if (as_json) {
        printf("{\"id\":\"%s\",\"token\":\"%s\"}\n", id, text);
        return CLI_OK;
    }
    fprintf(stderr, "Token %s for \"%s\". It is shown this once; keep it in a safe place:\n", id,
            name);
    printf("%s\n", text);
    return CLI_OK;
}

static int list(const char *path)
{
    static const struct token_column columns[] = {
        {"ID", "id"},         {"NAME", "name"},          {"ROLE", "role"},
        {"SOURCE", "source"}, {"CREATED", "created_at"}, {"REVOKED", "revoked_at"}};
    const struct token_listing listing = {
        .which = TOKENS_CARRIED,
        .columns = columns,
        .column_count = sizeof columns / sizeof *columns,
        .nothing = "No tokens: the server is open to everyone on its machine, and to nobody else.",
        .as_json = as_json};
    return token_list(path, &listing);
}

static int revoke(const char *path, const char *id)
{
    if (id == NULL)
        return usage_refuse(&usage, "the token's id is missing; `token list` shows it");
    return token_revoke(path, id, "Token", as_json);
}

int command_token(int argc, char **argv)
{
    int first, exit_code;
    char path[TOKEN_PLACE_SIZE];
    if (!usage_parse(&usage, argc, argv, &first, &exit_code) ||
        !usage_require(&usage, "data", data, &exit_code))
        return exit_code;
    const char *action = argv[first];
    const char *operand = first + 1 < argc ? argv[first + 1] : NULL;
    if (!token_place(data, strcmp(action, "add") == 0, path))
        return CLI_FAILED;
    if (strcmp(action, "add") == 0)
        return add(path, operand);
    if (strcmp(action, "list") == 0 && operand == NULL)
        return list(path);
    if (strcmp(action, "revoke") == 0)
        return revoke(path, operand);
    return usage_refuse(&usage, "there is no \"token %s\": add, list or revoke", action);
}
