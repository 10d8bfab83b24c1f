/* What a destination that is two-way tells us, and whose word counts. */
#include "policy/internal.h"

enum { POLL_MIN_US = 1000000 };

static const struct cel_program *program_at(const struct policy_destination *destination,
                                            const char *path)
{
    const struct policy_expression *expression = policy_destination_expression(destination, path);
    return expression == NULL ? NULL : expression->program;
}

static enum policy_sync_kind kind_of(struct bytes name)
{
    if (bytes_is(name, "owner"))
        return POLICY_SYNC_OWNER;
    return bytes_is(name, "status") ? POLICY_SYNC_STATUS : POLICY_SYNC_FIELD;
}

static void check_result(struct policy_build *build, const struct policy_node *node,
                         const struct policy_sync_field *field)
{
    static const struct policy_result identifier = {1u << CEL_TYPE_STRING | 1u << CEL_TYPE_INT |
                                                        1u << CEL_TYPE_UINT | 1u << CEL_TYPE_DOUBLE,
                                                    "the id of a rep, here or there"};
    static const struct policy_result status = {
        1u << CEL_TYPE_STRING, "`contacted`, `qualified`, `disqualified` or an empty string"};
    const struct policy_schema *schema = &build->release->schema;
    const struct policy_result *result = field->kind == POLICY_SYNC_OWNER ? &identifier
                                         : field->kind == POLICY_SYNC_STATUS
                                             ? &status
                                             : &policy_results[schema->fields[field->field].type];
    if (build->from_files && field->from != NULL &&
        !policy_program_may_be(field->from, result->kinds))
        policy_report(build, node, "`%s` must give %s, and this gives something else", field->name,
                      result->words);
}

/* False, reported, when the lead has no such thing. */
static bool build_field(struct policy_build *build, const struct policy_item *item,
                        const struct policy_destination *destination,
                        struct policy_sync_field *field)
{
    static const char *const authorities[] = {"ours", "theirs", "newest", NULL};
    struct bytes name = item->key->text;
    const struct policy_node *said = policy_node_get(item->value, "authority");
    uint32_t authority =
        policy_node_text(said).size == 0 ? POLICY_NONE : policy_choice(authorities, said->text);
    *field = (struct policy_sync_field){
        .kind = kind_of(name),
        .field = POLICY_NONE,
        .name = arena_string(build->arena, name),
        .authority = authority == POLICY_NONE ? POLICY_OURS : (enum policy_authority)authority,
        .from = program_at(destination,
                           arena_printf(&build->scratch, "sync/fields/%.*s/from", BYTES_ARG(name))),
    };
    if (field->kind == POLICY_SYNC_FIELD)
        field->field = policy_build_field(build, item->key);
    if (field->kind == POLICY_SYNC_FIELD && field->field == POLICY_NONE)
        return false;
    check_result(build, policy_node_get(item->value, "from"), field);
    if (build->from_files && field->authority == POLICY_NEWEST &&
        program_at(destination, "sync/time") == NULL)
        policy_report(build, said,
                      "whose change of `%s` is the newest can only be told by `time` of `sync`: "
                      "add when a record was changed, or write `ours` or `theirs`",
                      field->name);
    return true;
}

static void check_ways(struct policy_build *build, const struct policy_node *node,
                       const struct policy_destination *destination)
{
    const struct policy_sync *sync = &destination->sync;
    if (!build->from_files)
        return;
    if (sync->poll_us == 0 && !sync->webhook)
        policy_report(build, node,
                      "nothing tells us of changes: give `sync` a `poll`, or `webhook: true`");
    if (policy_node_get(node, "lead") == NULL && policy_node_get(node, "id") == NULL)
        policy_report(build, node,
                      "a record cannot be matched with a lead: say by `lead` where our id of it "
                      "stands, or by `id` what the record's own is");
}

void policy_build_sync(struct policy_build *build, const struct policy_node *node,
                       struct policy_destination *destination)
{
    struct policy_sync *sync = &destination->sync;
    const struct policy_node *own = policy_node_get(node, "sync");
    const struct policy_node *list = policy_node_get(own, "fields");
    const struct policy_node *every = policy_node_get(policy_node_get(own, "poll"), "every");
    const struct policy_node *webhook = policy_node_get(own, "webhook");
    const struct policy_item *item = policy_node_items(list, POLICY_NODE_OBJECT);
    if (own == NULL || own->kind != POLICY_NODE_OBJECT || item == NULL ||
        policy_build_too_many(build, list, "fields of sync", POLICY_SYNC_FIELDS_MAX))
        return;
    sync->poll_us = policy_build_duration(every);
    if (every != NULL && sync->poll_us > 0 && sync->poll_us < POLL_MIN_US && build->from_files)
        policy_report(build, every, "`every` must be at least 1s, got `%.*s`",
                      POLICY_CLIP(every->text));
    sync->webhook = webhook != NULL && webhook->kind == POLICY_NODE_BOOLEAN && webhook->boolean;
    sync->lead = program_at(destination, "sync/lead");
    sync->change = program_at(destination, "sync/change");
    sync->time = program_at(destination, "sync/time");
    struct policy_sync_field *fields = arena_array(build->arena, list->count, sizeof *fields);
    for (; item != NULL; item = item->next)
        if (build_field(build, item, destination, &fields[sync->field_count]))
            sync->field_count++;
    sync->fields = fields;
    check_ways(build, own, destination);
}
