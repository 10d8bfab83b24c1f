/* meshline check: compiles a mesh and says what is in it, or every mistake. */
#include "cli/cli.h"
#include "cli/mesh/mesh_dir.h"
#include "policy/edge/kind.h"

#include <stdio.h>
#include <stdlib.h>

static bool as_json;

static const struct option_row options[] = {
    {"json", OPTION_FLAG, &as_json, NULL, "prints JSON"},
};

static const struct usage usage = {
    .command = "check",
    .arguments = "MESH [--json]",
    .about = "Reads all files of the mesh directory, checks and type-checks them, and prints\n"
             "every mistake as file:line:column. Without a mistake: what the mesh holds and\n"
             "the id of the release that it makes (the hash of its content).\n",
    .examples = "  meshline check mesh\n"
                "  meshline check mesh --json | jq .errors\n",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .least_operands = 1,
    .most_operands = 1,
    .operand = "MESH, the mesh directory,",
};

/* "partner-portal: version 1 in force, 2 as a canary of 12.5 %; also 3". */
static void print_contract(const struct policy_source *source)
{
    const struct policy_rollout *rollout = &source->rollout;
    printf("  contract  %s: version %u in force", source->name, rollout->active);
    if (rollout->mode == POLICY_SHADOW)
        printf(", %u in the shadow", rollout->candidate);
    if (rollout->mode == POLICY_CANARY)
        printf(", %u as a canary of %g %%", rollout->candidate, rollout->share / 100.0);
    const char *before = "; also ";
    for (size_t i = 0; i < source->contract_count; i++) {
        uint32_t version = source->contracts[i].version;
        if (version == rollout->active || version == rollout->candidate)
            continue;
        printf("%s%u", before, version);
        before = ", ";
    }
    if (source->kind != NULL)
        printf(" (%s)", source->kind->title);
    printf("\n");
}

static size_t count_outbox(const struct policy_release *release, bool provider)
{
    size_t count = 0;
    for (size_t i = 0; i < release->destination_count; i++)
        count += release->destinations[i].provider == provider;
    return count;
}

/* Nothing when there are none. */
static void print_outbox(const struct policy_release *release, const char *label, bool provider)
{
    const char *before = ":";
    if (count_outbox(release, provider) == 0)
        return;
    printf("  %s %zu", label, count_outbox(release, provider));
    for (size_t i = 0; i < release->destination_count; i++) {
        const struct policy_destination *destination = &release->destinations[i];
        if (destination->provider != provider)
            continue;
        printf("%s %s (%s)", before, destination->name,
               policy_destination_kind_name(destination->kind));
        before = ",";
    }
    printf("\n");
}

static void print_summary(const char *path, const struct policy_release *release)
{
    uint64_t capacity = 0;
    for (size_t i = 0; i < release->rep_count; i++)
        capacity += release->reps[i].capacity;
    printf("%s: no mistakes\n\n", path);
    printf("  mesh      %s\n", release->name);
    printf("  release   %s\n", release->id_text);
    printf("  pipeline  %s, owned by %s\n", release->pipeline, release->owner);
    printf("  classes   %zu:", release->class_count);
    for (size_t i = 0; i < release->class_count; i++)
        printf("%s %s", i > 0 ? "," : "", release->classes[i].name);
    printf("\n  routes    %zu\n", release->route_count);
    printf("  pools     %zu\n", release->pool_count);
    printf("  reps      %zu, room for %llu open leads\n", release->rep_count,
           (unsigned long long)capacity);
    printf("  sources   %zu:", release->source_count);
    for (size_t i = 0; i < release->source_count; i++)
        printf("%s %s", i > 0 ? "," : "", release->sources[i].name);
    printf("\n");
    for (size_t i = 0; i < release->source_count; i++)
        if (release->sources[i].contract_count > 0)
            print_contract(&release->sources[i]);
    print_outbox(release, "asks     ", true);
    print_outbox(release, "tells    ", false);
    printf("  fields    %zu\n", release->schema.count);
}

static void write_contracts(const struct policy_release *release, struct json_writer *json)
{
    json_key(json, "contracts");
    json_array_open(json);
    for (size_t i = 0; i < release->source_count; i++) {
        const struct policy_source *source = &release->sources[i];
        if (source->contract_count == 0)
            continue;
        json_object_open(json);
        json_member(json, "source", bytes_of(source->name));
        if (source->kind != NULL)
            json_member(json, "kind", bytes_of(source->kind->name));
        json_member_unsigned(json, "active", source->rollout.active);
        if (source->rollout.candidate != 0)
            json_member_unsigned(json, "candidate", source->rollout.candidate);
        json_key(json, "versions");
        json_array_open(json);
        for (size_t j = 0; j < source->contract_count; j++)
            json_unsigned(json, source->contracts[j].version);
        json_array_close(json);
        json_object_close(json);
    }
    json_array_close(json);
}

static void write_summary(const struct policy_release *release, struct json_writer *json)
{
    json_member(json, "mesh", bytes_of(release->name));
    json_member(json, "release", bytes_of(release->id_text));
    json_member(json, "pipeline", bytes_of(release->pipeline));
    json_member(json, "owner", bytes_of(release->owner));
    json_member_unsigned(json, "classes", release->class_count);
    json_member_unsigned(json, "routes", release->route_count);
    json_member_unsigned(json, "destinations", count_outbox(release, false));
    json_member_unsigned(json, "providers", count_outbox(release, true));
    json_member_unsigned(json, "pools", release->pool_count);
    json_member_unsigned(json, "reps", release->rep_count);
    json_member_unsigned(json, "sources", release->source_count);
    write_contracts(release, json);
    json_member_unsigned(json, "fields", release->schema.count);
}

enum { CHECK_JSON_MAX = 4 * 1024 * 1024 };

static int check_json(const char *path)
{
    struct policy_release *release = NULL;
    struct error err;
    struct buffer errors, out;
    struct json_writer json, list;
    buffer_init(&errors, CHECK_JSON_MAX);
    buffer_init(&out, CHECK_JSON_MAX + 64 * 1024);
    json_begin(&list, &errors);
    int code = mesh_load_json(path, &release, &list, &err);
    bool compiled = errors.size > 0;
    json_begin(&json, &out);
    json_object_open(&json);
    json_member_bool(&json, "ok", code == 0);
    if (code == 0)
        write_summary(release, &json);
    json_key(&json, "errors");
    json_raw(&json, compiled ? buffer_bytes(&errors) : BYTES_LITERAL("[]"));
    json_object_close(&json);
    if (code == 0 || compiled)
        printf("%s\n", buffer_string(&out));
    else
        cli_fail(&err);
    buffer_release(&errors);
    buffer_release(&out);
    policy_release_unref(release);
    return code == 0 ? CLI_OK : CLI_FAILED;
}

int command_check(int argc, char **argv)
{
    int first, exit_code;
    struct error err;
    if (!usage_parse(&usage, argc, argv, &first, &exit_code))
        return exit_code;
    if (as_json)
        return check_json(argv[first]);
    struct policy_release *release = NULL;
    if (mesh_load(argv[first], &release, &err) < 0)
        return cli_fail(&err);
    print_summary(argv[first], release);
    policy_release_unref(release);
    return CLI_OK;
}
