/* meshline map: what a source makes of a record, field by field; no server is asked. */
#include "cli/cli.h"
#include "cli/input.h"
#include "cli/mesh/map_input.h"
#include "cli/mesh/map_print.h"
#include "cli/mesh/mesh_dir.h"

#include <stdio.h>
#include <stdlib.h>

static const char *mesh = "mesh", *source_name, *content_type;
static uint64_t version, limit = 1;
static bool as_json;

static const struct option_row options[] = {
    {"source", OPTION_TEXT, &source_name, "NAME", "who sends it; one source needs no name"},
    {"mesh", OPTION_TEXT, &mesh, "DIR", "the mesh; default mesh"},
    {"contract", OPTION_NUMBER, &version, "VERSION",
     "reads by this version instead of the one in force", 1, UINT32_MAX},
    {"content-type", OPTION_TEXT, &content_type, "TYPE",
     "what the file is; default by its name and its first bytes"},
    {"limit", OPTION_NUMBER, &limit, "N", "records of NDJSON or CSV that are shown; default 1", 1,
     1000000},
    {"json", OPTION_FLAG, &as_json, NULL, "prints JSON"},
};

static const struct usage usage = {
    .command = "map",
    .arguments = "FILE|- [--source NAME] [--mesh DIR] [options]",
    .about =
        "Reads a record as the source would: its contract's schema, the mapping, the rules of\n"
        "the canonical lead. Shows each field with its value and where it comes from, or every\n"
        "mistake with its JSON Pointer and the rule that it breaks. Nothing is sent or stored.\n"
        "\n"
        "Takes JSON, NDJSON, CSV, HTML form posts and CloudEvents. Exit code 1 when a record\n"
        "is refused.\n",
    .examples = "  meshline map lead.json --source partner-portal --mesh mesh\n"
                "  meshline map lead.json --source partner-portal --contract 2\n"
                "  meshline map list.csv --source webinars --limit 20\n"
                "  echo 'email=a@b.example' | meshline map - --source website \\\n"
                "      --content-type application/x-www-form-urlencoded\n",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .least_operands = 1,
    .most_operands = 1,
    .operand = "FILE",
};

enum { CONTENT_MAX = 64 * 1024 * 1024, OUTPUT_MAX = 512 * 1024 * 1024 };

struct session {
    struct policy_release *release;
    uint32_t source;
    uint32_t version; /* 0: the source has no contract */
    struct policy_edge_scratch *scratch;
    struct arena arena;
    struct json_writer *json; /* NULL: for people */
    uint64_t shown, refused;
};

/* ---- which source, which version */

static int find_source(struct session *session, struct error *err)
{
    const struct policy_release *release = session->release;
    if (source_name == NULL && release->source_count == 1) {
        session->source = 0;
        return 0;
    }
    if (source_name == NULL)
        return error_set(err, ML_EINVAL, "--source",
                         "the mesh has %zu sources; say which one sends the record",
                         release->source_count);
    session->source = policy_source_find(release, bytes_of(source_name));
    if (session->source != POLICY_NONE)
        return 0;
    const char **names = arena_array(&session->arena, release->source_count + 1, sizeof *names);
    for (size_t i = 0; i < release->source_count; i++)
        names[i] = release->sources[i].name;
    const char *near = bytes_suggest(bytes_of(source_name), names, release->source_count);
    return error_set(err, ML_EINVAL, "--source", "the mesh \"%s\" has no source \"%s\"%s%s%s",
                     release->name, source_name, near ? "; did you mean \"" : "", near ? near : "",
                     near ? "\"?" : "");
}

static int find_version(struct session *session, struct error *err)
{
    const struct policy_source *source = &session->release->sources[session->source];
    const struct policy_rollout in_force = {.active = source->rollout.active};
    const char *problem;
    session->version = policy_edge_version(source, &in_force, (uint32_t)version, (struct bytes){0},
                                           &session->arena, &problem);
    return problem == NULL ? 0 : error_set(err, ML_EINVAL, "--contract", "%s", problem);
}

/* ---- records */

static void show(struct session *session, const struct map_outcome *outcome)
{
    bool good = outcome->result != NULL && outcome->result->outcome != POLICY_EDGE_REFUSED;
    session->refused += !good;
    if (session->json != NULL) {
        map_write(outcome, session->json);
    } else {
        if (session->shown > 0)
            putchar('\n');
        map_print(outcome, &session->arena);
    }
    session->shown++;
}

static void visit(void *context, const struct map_record *record)
{
    struct session *session = context;
    struct map_outcome outcome = {
        .release = session->release,
        .source = &session->release->sources[session->source],
        .record = record->number,
        .line = record->line,
        .unreadable = record->error,
        .key = record->key,
    };
    if (record->payload == NULL) {
        show(session, &outcome);
        return;
    }
    const struct policy_payload payload = {record->payload, record->event, record->texts}, *pieces;
    struct policy_edge_result result;
    policy_edge_split(session->release, session->source, &payload, session->scratch,
                      &session->arena, &pieces, &outcome.pieces);
    for (size_t i = 0; i < outcome.pieces; i++) {
        policy_edge_read(session->release, session->source, session->version, &pieces[i],
                         session->scratch, &session->arena, &result);
        outcome.piece = i + 1;
        outcome.result = &result;
        outcome.key = result.key.size > 0 ? result.key : record->key;
        show(session, &outcome);
    }
}

static int read_records(struct session *session, const char *path, struct error *err)
{
    struct buffer content;
    buffer_init(&content, CONTENT_MAX);
    int code = input_read(path, &content, err);
    const struct map_input input = {
        .content = buffer_bytes(&content),
        .content_type = bytes_of(
            content_type != NULL ? content_type : map_input_guess(path, buffer_bytes(&content))),
        .limit = limit,
    };
    if (code == 0)
        code = map_input_read(&input, &session->arena, visit, session, err);
    if (code == 0 && session->shown == 0)
        code = error_set(err, ML_EINVAL, path, "there is no record in it");
    buffer_release(&content);
    return code;
}

/* ---- the command */

static int run_json(struct session *session, const char *path, struct error *err)
{
    struct buffer out;
    struct json_writer json;
    buffer_init(&out, OUTPUT_MAX);
    json_begin(&json, &out);
    json_object_open(&json);
    json_member(&json, "source", bytes_of(session->release->sources[session->source].name));
    json_member(&json, "release", bytes_of(session->release->id_text));
    json_key(&json, "records");
    json_array_open(&json);
    session->json = &json;
    int code = read_records(session, path, err);
    session->json = NULL;
    json_array_close(&json);
    json_member_unsigned(&json, "refused", session->refused);
    json_object_close(&json);
    if (code == 0 && out.overflow)
        code = error_set(err, ML_ELIMIT, path, "too much to show at once; lower --limit");
    if (code == 0)
        printf("%s\n", buffer_string(&out));
    buffer_release(&out);
    return code;
}

int command_map(int argc, char **argv)
{
    int first, exit_code;
    struct error err;
    struct session session = {0};
    if (!usage_parse(&usage, argc, argv, &first, &exit_code))
        return exit_code;
    if (mesh_load(mesh, &session.release, &err) < 0)
        return cli_fail(&err);
    arena_init(&session.arena);
    session.scratch = policy_edge_scratch_new();
    int code = find_source(&session, &err);
    if (code == 0)
        code = find_version(&session, &err);
    if (code == 0)
        code = as_json ? run_json(&session, argv[first], &err)
                       : read_records(&session, argv[first], &err);
    policy_edge_scratch_free(session.scratch);
    arena_release(&session.arena);
    policy_release_unref(session.release);
    if (code < 0)
        return cli_fail(&err);
    return session.refused == 0 ? CLI_OK : CLI_FAILED;
}
