/* The way from canonical JSON back to a release. Behind the documents it is that of the files. */
#include "policy/internal.h"

/* The texts of tables and calendars, by path; releases of format 1 have none. */
static void take_files(struct policy_build *build, const struct policy_node *files)
{
    const struct policy_item *item = policy_node_items(files, POLICY_NODE_OBJECT);
    size_t count = item == NULL ? 0 : files->count;
    struct policy_file *data = arena_array(&build->scratch, count, sizeof *data);
    for (; item != NULL; item = item->next)
        if (item->value->kind == POLICY_NODE_TEXT)
            data[build->data_count++] = (struct policy_file){
                arena_string(&build->scratch, item->key->text), item->value->text};
    build->data = data;
}

static void take_sections(struct policy_build *build, const struct policy_node *root)
{
    const struct {
        const char *name;
        const struct policy_shape *shape;
        const struct policy_node **node;
        bool required;
    } sections[] = {
        {"mesh", &policy_shape_mesh, &build->mesh, true},
        {"lead", &policy_shape_lead, &build->lead, true},
        {"people", &policy_shape_people, &build->people, true},
        {"pools", &policy_shape_pools, &build->pools, true},
        {"pipeline", &policy_shape_pipeline, &build->pipeline, true},
        {"accounts", &policy_shape_accounts, &build->accounts, false},
        {"on_call", &policy_shape_on_call, &build->on_call, false},
        {"alerts", &policy_shape_alerts, &build->alerts, false},
        {"notifications", &policy_shape_notifications, &build->notifications, false},
    };
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
        const struct policy_node *node = policy_node_get(root, sections[i].name);
        if (node != NULL)
            policy_check(build, node, sections[i].shape);
        else if (sections[i].required)
            policy_report(build, root, "the section `%s` is missing", sections[i].name);
        *sections[i].node = node;
    }
    take_files(build, policy_node_get(root, "files"));
    const struct policy_node *sources = policy_node_get(root, "sources");
    const struct policy_item *item = policy_node_items(sources, POLICY_NODE_LIST);
    if (item == NULL || sources->count > POLICY_SOURCES_MAX) {
        policy_report(build, root, "the section `sources` is missing, empty or too long");
        return;
    }
    build->sources = arena_array(&build->scratch, sources->count, sizeof *build->sources);
    for (; item != NULL; item = item->next) {
        policy_check(build, item->value, &policy_shape_source);
        build->sources[build->source_count++] = item->value;
    }
}

static void take_outbox_sections(struct policy_build *build, const struct policy_node *root)
{
    static const char *const names[] = {"destinations", "providers"};
    build->outbox = arena_array(&build->scratch, POLICY_DESTINATIONS_MAX, sizeof *build->outbox);
    for (size_t i = 0; i < 2; i++) {
        build->outbox_providers = build->outbox_count;
        for (const struct policy_item *item =
                 policy_node_items(policy_node_get(root, names[i]), POLICY_NODE_LIST);
             item != NULL && build->outbox_count < POLICY_DESTINATIONS_MAX; item = item->next)
            build->outbox[build->outbox_count++] = item->value;
    }
}

static int build_from_json(struct policy_build *build, struct json_object *json,
                           struct bytes canonical, struct error *err)
{
    int64_t format = json_member_int(json, "format", 0);
    if (format > POLICY_CANONICAL_FORMAT)
        return error_set(err, ML_EVERSION, "release",
                         "the release has format %lld and this version reads up to %d; use the "
                         "version that wrote it",
                         (long long)format, POLICY_CANONICAL_FORMAT);
    const struct policy_node *root = policy_document_from_json(&build->scratch, json);
    take_sections(build, root);
    take_outbox_sections(build, root);
    policy_build_model(build);
    policy_diagnostics_finish(build);
    if (format < 1 || build->diagnostics->count > 0)
        return error_set(err, ML_ECORRUPT, "release",
                         "this is not a release that Meshline wrote: %s",
                         format < 1 ? "it has no `format`" : build->diagnostics->items[0].message);
    policy_build_seal(build, canonical);
    return 0;
}

int policy_release_from_canonical(struct bytes canonical, struct policy_release **ret,
                                  struct error *err)
{
    JSON_AUTO *json = NULL;
    struct error reason;
    if (json_parse(canonical, &json, &reason) != 0)
        return error_set(err, ML_ECORRUPT, "release", "the stored release is damaged: %s",
                         reason.message);
    struct policy_diagnostics diagnostics;
    policy_diagnostics_init(&diagnostics);
    struct policy_build build;
    policy_build_init(&build, &diagnostics);
    int status = policy_build_finish(&build, build_from_json(&build, json, canonical, err), ret);
    policy_diagnostics_release(&diagnostics);
    return status;
}
