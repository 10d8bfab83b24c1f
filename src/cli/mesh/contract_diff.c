/* meshline contract diff: what a new version of a schema breaks, for senders and for the mapping;
 * made for a person to read and for CI to act on. */
#include "cli/contract.h"

#include "cli/cli.h"
#include "cli/input.h"
#include "cli/table.h"
#include "contract/diff.h"
#include "contract/schema.h"
#include "contract/uri.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool as_json;

static const struct option_row options[] = {
    {"json", OPTION_FLAG, &as_json, NULL, "prints the changes as JSON"},
};

static const struct usage usage = {
    .command = "contract diff",
    .arguments = "OLD NEW [--json]",
    .about =
        "Compares two JSON Schemas (2020-12): OLD is what senders keep to now, NEW takes its\n"
        "place. Each change is compatible, breaking, or one that the rules cannot tell; for\n"
        "senders (a record that was valid may be refused) and for the mapping (a field that\n"
        "it reads may be gone or of another type).\n"
        "\n"
        "What the schemas refer to is looked for in a folder shared/, beside them or one up.\n"
        "\n"
        "Exit codes: 0 compatible, 1 breaking or cannot tell, 2 wrong usage or a file that is\n"
        "no schema.\n",
    .examples = "  meshline contract diff contracts/partner-portal/1.json \\\n"
                "      contracts/partner-portal/2.json\n"
                "  git show main:contracts/partner-portal/1.json |\n"
                "      meshline contract diff - contracts/partner-portal/1.json --json\n",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .least_operands = 2,
    .most_operands = 2,
    .operand = "OLD or NEW",
};

enum { SHARED_MAX = 200, URIS_EACH = 4, OUTPUT_MAX = 16 * 1024 * 1024 };

static int read_text(const char *path, struct arena *arena, struct bytes *ret, struct error *err)
{
    struct buffer text;
    buffer_init(&text, CONTRACT_SIZE_DEFAULT);
    int code = input_read(path, &text, err);
    if (code == 0)
        *ret = arena_copy(arena, buffer_bytes(&text));
    buffer_release(&text);
    return code;
}

/* ---- what a schema refers to */

struct surroundings {
    struct contract_document documents[SHARED_MAX * URIS_EACH];
    size_t count;
    struct bytes base; /* the schema's own URI: its $id, or as if it lay in a mesh */
};

/* As a mesh knows the files of contracts/shared/. */
static const struct bytes mesh_uri = BYTES_LITERAL("contracts/source/1.json");

static void add_document(struct surroundings *around, const char *name, struct bytes text,
                         struct arena *arena)
{
    static const char *const places[] = {"shared/", "../shared/"};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        struct bytes relative = bytes_of(arena_printf(arena, "%s%s", places[i], name));
        struct bytes bases[] = {mesh_uri, around->base};
        for (size_t b = 0; b < (bytes_equal(bases[0], bases[1]) ? 1 : 2); b++)
            around->documents[around->count++] =
                (struct contract_document){contract_uri_resolve(bases[b], relative, arena), text};
    }
}

static int add_folder(struct surroundings *around, const char *folder, struct arena *arena,
                      struct error *err)
{
    DIR *directory = opendir(folder);
    if (directory == NULL)
        return 0; /* most schemas need none */
    int code = 0;
    for (struct dirent *entry; code == 0 && (entry = readdir(directory)) != NULL;) {
        size_t size = strlen(entry->d_name);
        if (size < 6 || strcmp(entry->d_name + size - 5, ".json") != 0 ||
            around->count + URIS_EACH > SHARED_MAX * URIS_EACH)
            continue;
        struct bytes text;
        code = read_text(arena_printf(arena, "%s/%s", folder, entry->d_name), arena, &text, err);
        if (code == 0)
            add_document(around, entry->d_name, text, arena);
    }
    closedir(directory);
    return code;
}

static int find_shared(const char *path, const struct contract_instance *schema,
                       struct arena *arena, struct surroundings *ret, struct error *err)
{
    const struct contract_instance *id = contract_instance_find(schema, BYTES_LITERAL("$id"));
    ret->count = 0;
    ret->base = id != NULL && id->kind == CONTRACT_STRING
                    ? contract_uri_resolve(mesh_uri, id->text, arena)
                    : mesh_uri;
    if (strcmp(path, "-") == 0)
        return 0;
    const char *slash = strrchr(path, '/');
    const char *folder =
        slash == NULL ? "." : arena_string(arena, (struct bytes){path, (size_t)(slash - path)});
    if (slash == path)
        folder = "/";
    int code = add_folder(ret, arena_printf(arena, "%s/shared", folder), arena, err);
    return code != 0 ? code
                     : add_folder(ret, arena_printf(arena, "%s/../shared", folder), arena, err);
}

/* ---- reading a schema */

static void print_mistakes(const char *path, const struct contract_diagnostics *diagnostics)
{
    for (size_t i = 0; i < diagnostics->count; i++) {
        const struct contract_diagnostic *item = &diagnostics->items[i];
        fprintf(stderr, "%s:%.*s%s error: %.*s\n", path,
                BYTES_ARG(item->position.size > 0 ? item->position : item->pointer),
                item->position.size + item->pointer.size > 0 ? ":" : "", BYTES_ARG(item->message));
    }
    if (diagnostics->more > 0)
        fprintf(stderr, "%s: and %zu more mistakes\n", path, diagnostics->more);
}

/* "FILE" or "FILE:line:column". */
static void name_file(const char *path, struct error *err)
{
    char place[sizeof err->place];
    if (strcmp(err->place, path) != 0) {
        snprintf(place, sizeof place, "%.110s%s%.40s", path, err->place[0] != '\0' ? ":" : "",
                 err->place);
        memcpy(err->place, place, sizeof place);
    }
}

/* The schema in the file, which compiles; mistakes are printed. */
static int read_schema(const char *path, struct arena *arena, const struct contract_instance **ret,
                       struct error *err)
{
    struct bytes text = {0};
    int code = read_text(path, arena, &text, err);
    if (code == 0)
        code = contract_instance_parse(text, NULL, arena, ret, err);
    if (code < 0) {
        name_file(path, err);
        return code;
    }
    struct surroundings *around = arena_alloc(arena, sizeof *around);
    code = find_shared(path, *ret, arena, around, err);
    if (code < 0)
        return code;
    struct contract_schema *schema = NULL;
    struct contract_diagnostics diagnostics;
    struct contract_options compile = {
        .assert_format = true, .documents = around->documents, .document_count = around->count};
    contract_diagnostics_init(&diagnostics);
    code = contract_schema_compile(mesh_uri, text, &compile, &schema, &diagnostics);
    if (code < 0) {
        print_mistakes(path, &diagnostics);
        error_set(err, code, path, "is no JSON Schema that could be compared");
    }
    contract_diagnostics_release(&diagnostics);
    contract_schema_free(schema);
    return code;
}

/* ---- printing */

static void print_json(const struct contract_diff *diff)
{
    struct buffer out;
    struct json_writer json;
    buffer_init(&out, OUTPUT_MAX);
    json_begin(&json, &out);
    json_object_open(&json);
    json_member(&json, "senders", bytes_of(contract_effect_name(diff->senders)));
    json_member(&json, "mapping", bytes_of(contract_effect_name(diff->mapping)));
    json_member_bool(&json, "truncated", diff->truncated);
    json_key(&json, "changes");
    json_array_open(&json);
    for (size_t i = 0; i < diff->count; i++) {
        const struct contract_change *change = &diff->changes[i];
        json_object_open(&json);
        json_member(&json, "rule", bytes_of(change->rule));
        json_member(&json, "senders", bytes_of(contract_effect_name(change->senders)));
        json_member(&json, "mapping", bytes_of(contract_effect_name(change->mapping)));
        json_member(&json, "field", change->field);
        json_member(&json, "pointer", change->pointer);
        json_member(&json, "document", bytes_of(change->in_old ? "old" : "new"));
        json_member(&json, "message", change->message);
        json_object_close(&json);
    }
    json_array_close(&json);
    json_object_close(&json);
    puts(buffer_string(&out));
    buffer_release(&out);
}

static const char *effect_word(enum contract_effect effect)
{
    static const char *const words[] = {"compatible", "cannot tell", "breaking"};
    return words[effect];
}

static void print_text(const struct contract_diff *diff, const char *old_path, const char *new_path)
{
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < diff->count; i++) {
        const struct contract_change *change = &diff->changes[i];
        printf("%s\n    %s\n    for senders %s, for the mapping %s\n    %s: %s\n", change->rule,
               printable(&arena, change->message), effect_word(change->senders),
               effect_word(change->mapping), change->in_old ? old_path : new_path,
               change->pointer.size > 0 ? printable(&arena, change->pointer) : "the whole");
    }
    arena_release(&arena);
    if (diff->truncated)
        printf("There are more changes than the %zu that are shown.\n", diff->count);
    if (diff->count == 0)
        puts("Nothing changes that counts.");
    printf("For senders: %s. For the mapping: %s.\n", effect_word(diff->senders),
           effect_word(diff->mapping));
}

int contract_diff_command(int argc, char **argv)
{
    int first, exit_code;
    if (!usage_parse(&usage, argc, argv, &first, &exit_code))
        return exit_code;
    const char *old_path = argv[first], *new_path = argv[first + 1];
    if (strcmp(old_path, "-") == 0 && strcmp(new_path, "-") == 0)
        return usage_refuse(&usage, "only one of the two can be standard input");
    struct arena arena;
    struct error err;
    struct contract_diff diff = {0};
    const struct contract_instance *old_schema = NULL, *new_schema = NULL;
    arena_init(&arena);
    int code = read_schema(old_path, &arena, &old_schema, &err);
    if (code == 0)
        code = read_schema(new_path, &arena, &new_schema, &err);
    if (code == 0)
        contract_diff(old_schema, new_schema, &arena, &diff);
    if (code == 0 && as_json)
        print_json(&diff);
    else if (code == 0)
        print_text(&diff, old_path, new_path);
    bool compatible =
        code == 0 && diff.senders == CONTRACT_COMPATIBLE && diff.mapping == CONTRACT_COMPATIBLE;
    arena_release(&arena);
    if (code != 0) {
        cli_fail(&err);
        return CLI_USAGE;
    }
    return compatible ? CLI_OK : CLI_FAILED;
}
