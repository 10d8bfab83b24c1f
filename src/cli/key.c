/* meshline key: what the senders of a source prove themselves with. Works on the file of tokens in
 * a data directory; a running server notices. */
#include "base/json.h"
#include "cli/cli.h"
#include "cli/table.h"
#include "cli/token_file.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

static const char *data, *source, *kind_name, *name, *secret, *secret_file, *url;
static bool as_json;

static const struct option_row options[] = {
    {"data", OPTION_TEXT, &data, "DIR", "the server's data directory"},
    {"source", OPTION_TEXT, &source, "NAME", "the source that the key is for"},
    {"kind", OPTION_TEXT, &kind_name, "KIND", "see above; bearer when it is not given"},
    {"name", OPTION_TEXT, &name, "NAME", "whose key it is; the source's name when not given"},
    {"secret", OPTION_TEXT, &secret, "-", "reads the secret from standard input"},
    {"secret-file", OPTION_TEXT, &secret_file, "FILE", "reads the secret from a file"},
    {"url", OPTION_TEXT, &url, "URL", "of hubspot: the address exactly as it stands there"},
    {"json", OPTION_FLAG, &as_json, NULL, "prints JSON"},
};

static const struct usage usage = {
    .command = "key",
    .arguments = "add --source NAME [--kind KIND] | list | revoke ID    --data DIR",
    .about = "Keys of sources: what those who send leads prove themselves with. A source has\n"
             "at most two in force, the old one and the new one while its sender changes over.\n"
             "\n"
             "Kinds: bearer (the sender carries a token), signature (Standard Webhooks 1.0,\n"
             "whsec_… or the sender's public key whpk_…), typeform, hubspot, meta, google-ads,\n"
             "linkedin, webflow, salesforce (as those vendors do it).\n"
             "Of a bearer key only the hash is kept. The secret of a signature is needed to\n"
             "check it: it is kept as it is in tokens.json, which only the server's user can\n"
             "read, until the key is revoked; it is never shown again. Where the receiver may\n"
             "choose the secret, one is made unless it is given.\n"
             "Two-way destinations tell of changes with keys of the source destination:NAME.\n"
             "A running server takes changes over within a second.\n",
    .examples = "  meshline key add --source partner-portal --data data\n"
                "  meshline key add --source partner-portal --kind signature --data data\n"
                "  meshline key add --source ads --kind meta --secret-file app-secret --data data\n"
                "  meshline key add --source destination:crm --kind signature --data data\n"
                "  meshline key list --data data\n"
                "  meshline key revoke key_4ff9288e6e --data data\n",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .least_operands = 1,
    .most_operands = 2,
    .operand = "add, list or revoke",
};

/* ---- add */

enum { SECRET_TEXT_MAX = SIGNATURE_SECRET_MAX + 2 }; /* with a line's end */

/* One line without its end. False: it cannot be read, or is longer than any secret. */
static bool read_secret(FILE *file, char out[static SECRET_TEXT_MAX + 1])
{
    size_t size = fread(out, 1, SECRET_TEXT_MAX + 1, file);
    if (ferror(file) != 0 || size > SECRET_TEXT_MAX)
        return false;
    while (size > 0 && (out[size - 1] == '\n' || out[size - 1] == '\r'))
        size--;
    out[size] = '\0';
    return size > 0;
}

static int find_secret(char out[static SECRET_TEXT_MAX + 1])
{
    struct error err;
    out[0] = '\0';
    if (secret != NULL && secret_file != NULL)
        return usage_refuse(&usage, "--secret and --secret-file are two ways to give one secret");
    if (secret != NULL && strcmp(secret, "-") != 0)
        return usage_refuse(&usage, "a secret on the command line can be seen by everybody on this "
                                    "machine: give it to `--secret -` or --secret-file");
    if (secret == NULL && secret_file == NULL)
        return CLI_OK;
    FILE *file = secret != NULL ? stdin : fopen(secret_file, "r");
    const char *place = secret != NULL ? "standard input" : secret_file;
    if (file == NULL) {
        error_set(&err, ML_EIO, place, "cannot read the secret: %s", strerror(errno));
        return cli_fail(&err);
    }
    bool good = read_secret(file, out);
    if (secret == NULL)
        fclose(file);
    if (good)
        return CLI_OK;
    error_set(&err, ML_EINVAL, place, "there is no secret of 1 to %d bytes in it",
              SIGNATURE_SECRET_MAX);
    return cli_fail(&err);
}

static void print_made_json(const struct key_request *request, const struct key_made *made)
{
    struct buffer out;
    struct json_writer json;
    buffer_init(&out, 4096);
    json_begin(&json, &out);
    json_object_open(&json);
    json_member(&json, "id", bytes_of(made->id));
    json_member(&json, "source", request->source);
    json_member(&json, "kind", bytes_of(key_kind_name(request->kind)));
    json_member_if(&json, "secret", bytes_of(made->secret));
    json_member_if(&json, "verify_token", bytes_of(made->verify));
    json_object_close(&json);
    puts(buffer_string(&out));
    buffer_release(&out);
}

/* What is to be entered elsewhere stands alone on stdout. */
static void print_made(const struct key_request *request, const struct key_made *made)
{
    const struct signature_scheme *scheme = signature_scheme_of(request->kind);
    fprintf(stderr, "Key %s (%s) for the source \"%s\".\n", made->id, key_kind_name(request->kind),
            source);
    if (made->secret[0] != '\0' && scheme == NULL)
        fputs("The sender carries it as `Authorization: Bearer …`. It is shown this once:\n",
              stderr);
    else if (made->secret[0] != '\0')
        fprintf(stderr, "It goes to %s: %s. It is shown this once:\n", scheme->title,
                scheme->secret);
    if (made->secret[0] != '\0')
        puts(made->secret);
    if (scheme != NULL && made->verify[0] != '\0') {
        fprintf(stderr, "%s asks for a verify token where the webhook's URL is entered:\n",
                scheme->title);
        puts(made->verify);
    }
}

static int add(const char *path)
{
    char text[SECRET_TEXT_MAX + 1];
    struct key_made made;
    struct error err;
    if (source == NULL || source[0] == '\0')
        return usage_refuse(&usage, "--source is missing: which source is the key for");
    enum key_kind kind = kind_name != NULL ? key_kind_parse(bytes_of(kind_name)) : KEY_BEARER;
    if (kind == KEY_KINDS) {
        const char *names[KEY_KINDS];
        for (kind = KEY_BEARER; kind < KEY_KINDS; kind++)
            names[kind] = key_kind_name(kind);
        const char *near = bytes_suggest(bytes_of(kind_name), names, KEY_KINDS);
        return usage_refuse(&usage, "there is no kind \"%s\"%s%s", kind_name,
                            near != NULL ? ", did you mean " : "", near != NULL ? near : "");
    }
    int exit_code = find_secret(text);
    if (exit_code != CLI_OK)
        return exit_code;
    const struct key_request request = {
        .source = bytes_of(source),
        .name = bytes_of(name),
        .kind = kind,
        .secret = bytes_of(text),
        .url = bytes_of(url),
    };
    int code = tokens_add_key(path, &request, clock_utc_us(), &made, &err);
    sodium_memzero(text, sizeof text);
    if (code != 0)
        return cli_fail(&err);
    if (as_json)
        print_made_json(&request, &made);
    else
        print_made(&request, &made);
    return CLI_OK;
}

/* ---- list, revoke */

static int list(const char *path)
{
    static const struct token_column columns[] = {
        {"ID", "id"},     {"SOURCE", "source"},      {"KIND", "kind"},
        {"NAME", "name"}, {"CREATED", "created_at"}, {"REVOKED", "revoked_at"}};
    const struct token_listing listing = {.which = TOKENS_OF_SOURCES,
                                          .source = bytes_of(source),
                                          .columns = columns,
                                          .column_count = sizeof columns / sizeof *columns,
                                          .nothing = "No keys.",
                                          .as_json = as_json};
    return token_list(path, &listing);
}

static int revoke(const char *path, const char *id)
{
    if (id == NULL)
        return usage_refuse(&usage, "the key's id is missing; `key list` shows it");
    return token_revoke(path, id, "Key", as_json);
}

int command_key(int argc, char **argv)
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
    if (strcmp(action, "add") == 0 && operand == NULL)
        return add(path);
    if (strcmp(action, "list") == 0 && operand == NULL)
        return list(path);
    if (strcmp(action, "revoke") == 0)
        return revoke(path, operand);
    if (operand != NULL && (strcmp(action, "add") == 0 || strcmp(action, "list") == 0))
        return usage_refuse(&usage, "key %s takes options only, not \"%s\"", action, operand);
    return usage_refuse(&usage, "there is no \"key %s\": add, list or revoke", action);
}
