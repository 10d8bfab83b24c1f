/* A release as JSON with one spelling for one meaning: what its id is the hash of, and all that is
 * needed to compile it again. The sections have the shape of the files, with defaults filled in,
 * teams resolved, groups of routes flattened and comments gone; tables and iCalendar files go in as
 * they are. */
#include "policy/internal.h"

#include "base/time.h"
#include "policy/edge/kind.h"

#include <math.h>

static void write_text(struct json_writer *writer, const char *key, const char *value)
{
    json_member_if(writer, key, bytes_of(value));
}

/* As it stands in the file: for parts whose meaning is in their texts. */
void policy_node_write(const struct policy_node *node, struct json_writer *writer)
{
    switch (node->kind) {
    case POLICY_NODE_NULL: json_null(writer); break;
    case POLICY_NODE_BOOLEAN: json_boolean(writer, node->boolean); break;
    case POLICY_NODE_INTEGER: json_integer(writer, node->integer); break;
    case POLICY_NODE_NUMBER: json_double(writer, node->number); break;
    case POLICY_NODE_TEXT: json_string(writer, node->text); break;
    case POLICY_NODE_LIST:
        json_array_open(writer);
        for (const struct policy_item *item = node->items; item != NULL; item = item->next)
            policy_node_write(item->value, writer);
        json_array_close(writer);
        break;
    case POLICY_NODE_OBJECT:
        json_object_open(writer);
        for (const struct policy_item *item = node->items; item != NULL; item = item->next) {
            json_key_bytes(writer, item->key->text);
            policy_node_write(item->value, writer);
        }
        json_object_close(writer);
        break;
    }
}

/* Nothing when it is not given. */
static void write_member_node(struct json_writer *writer, const char *key,
                              const struct policy_node *node)
{
    if (node == NULL || (node->kind >= POLICY_NODE_LIST && node->count == 0))
        return;
    json_key(writer, key);
    policy_node_write(node, writer);
}

static void write_duration(struct json_writer *writer, const char *key, int64_t duration_us)
{
    if (duration_us == 0)
        return;
    policy_duration_write(writer, key, duration_us);
}

static void write_mesh(const struct policy_release *release, struct json_writer *writer)
{
    json_key(writer, "mesh");
    json_object_open(writer);
    write_text(writer, "name", release->name);
    json_key(writer, "owners");
    json_array_open(writer);
    for (size_t i = 0; i < release->owner_count; i++) {
        json_object_open(writer);
        write_text(writer, "name", release->owners[i].name);
        write_text(writer, "role", policy_roles[release->owners[i].role]);
        write_text(writer, "email", release->owners[i].email);
        json_object_close(writer);
    }
    json_array_close(writer);
    json_key(writer, "systems");
    json_array_open(writer);
    for (size_t i = 0; i < release->system_count; i++) {
        json_object_open(writer);
        write_text(writer, "name", release->systems[i].name);
        write_text(writer, "kind", release->systems[i].kind);
        write_text(writer, "owner", release->systems[i].owner);
        write_text(writer, "description", release->systems[i].description);
        json_object_close(writer);
    }
    json_array_close(writer);
    json_key(writer, "dead_letters");
    json_object_open(writer);
    write_duration(writer, "keep", release->keep_dead_letters_us);
    json_object_close(writer);
    policy_canonical_write_mesh(release, writer);
    json_object_close(writer);
}

static void write_field(const struct policy_field *field, struct json_writer *writer)
{
    json_key(writer, field->name);
    json_object_open(writer);
    write_text(writer, "type", policy_types[field->type]);
    if (field->type == POLICY_STRINGS) {
        json_key(writer, "items");
        json_object_open(writer);
        write_text(writer, "type", policy_types[POLICY_STRING]);
        json_object_close(writer);
    }
    if (field->allowed_count > 0) {
        json_key(writer, "enum");
        json_array_open(writer);
        for (size_t i = 0; i < field->allowed_count; i++)
            json_string(writer, bytes_of(field->allowed[i]));
        json_array_close(writer);
    }
    if (field->max_length != POLICY_STRING_MAX)
        json_member_unsigned(writer, "maxLength", field->max_length);
    if (isfinite(field->minimum)) {
        json_key(writer, "minimum");
        json_double(writer, field->minimum);
    }
    if (isfinite(field->maximum)) {
        json_key(writer, "maximum");
        json_double(writer, field->maximum);
    }
    if (field->pii)
        json_member_bool(writer, "x-pii", true);
    json_object_close(writer);
}

static void write_lead(const struct policy_schema *schema, struct json_writer *writer)
{
    json_key(writer, "lead");
    json_object_open(writer);
    write_text(writer, "type", "object");
    json_member_bool(writer, "additionalProperties", schema->additional);
    json_key(writer, "required");
    json_array_open(writer);
    for (size_t i = 0; i < schema->count; i++)
        if (schema->fields[i].required)
            json_string(writer, bytes_of(schema->fields[i].name));
    json_array_close(writer);
    json_key(writer, "properties");
    json_object_open(writer);
    for (size_t i = 0; i < schema->count; i++)
        write_field(&schema->fields[i], writer);
    json_object_close(writer);
    json_object_close(writer);
}

static void write_capacity(const struct policy_rep *rep, struct json_writer *writer)
{
    if (rep->per_hour == 0 && rep->per_day == 0) {
        json_member_unsigned(writer, "capacity", rep->capacity);
        return;
    }
    json_key(writer, "capacity");
    json_object_open(writer);
    json_member_unsigned(writer, "open", rep->capacity);
    json_member_unsigned(writer, "per_hour", rep->per_hour);
    json_member_unsigned(writer, "per_day", rep->per_day);
    json_object_close(writer);
}

static void write_people(const struct policy_build *build, struct json_writer *writer)
{
    const struct policy_release *release = build->release;
    json_key(writer, "people");
    json_object_open(writer);
    write_member_node(writer, "calendars", policy_node_get(build->people, "calendars"));
    policy_canonical_write_teams(release, writer);
    json_key(writer, "reps");
    json_array_open(writer);
    for (size_t i = 0; i < release->rep_count; i++) {
        const struct policy_rep *rep = &release->reps[i];
        const struct policy_node *node = build->rep_nodes[i];
        json_object_open(writer);
        write_text(writer, "id", rep->id);
        write_text(writer, "name", rep->name);
        write_text(writer, "email", rep->email);
        write_text(writer, "team", rep->team);
        write_text(writer, "country", rep->country);
        write_text(writer, "time_zone", rep->time_zone);
        write_capacity(rep, writer);
        if (rep->calendar != NULL)
            write_text(writer, "calendar", rep->calendar->id);
        write_member_node(writer, "time_off", policy_node_get(node, "time_off"));
        write_member_node(writer, "time_off_ical", policy_node_get(node, "time_off_ical"));
        if (rep->contact != NULL)
            policy_canonical_write_contact(release, rep->contact, writer);
        json_object_close(writer);
    }
    json_array_close(writer);
    json_object_close(writer);
}

/* A member without weight or tier is a plain name, as it was before there were such. */
static void write_membership(const struct policy_build *build, const struct policy_pool *pool,
                             const struct policy_membership *member, const char *const *tiers,
                             struct json_writer *writer)
{
    struct bytes id = bytes_of(build->release->reps[member->rep].id);
    if (member->weight == 1 && pool->tier_count == 1) {
        json_string(writer, id);
        return;
    }
    json_object_open(writer);
    json_member(writer, "rep", id);
    if (member->weight != 1)
        json_member_unsigned(writer, "weight", member->weight);
    if (pool->tier_count > 1)
        write_text(writer, "tier", tiers[member->tier]);
    json_object_close(writer);
}

static void write_relief(const struct policy_release *release, const struct policy_pool *pool,
                         struct json_writer *writer)
{
    if (pool->overflow != POLICY_NONE)
        write_text(writer, "overflow", release->pools[pool->overflow].id);
    write_text(writer, "off_duty", policy_reliefs[pool->off_duty]);
    write_text(writer, "full", policy_reliefs[pool->full]);
    if (pool->on_call_count == 0)
        return;
    json_key(writer, "on_call");
    json_array_open(writer);
    for (size_t i = 0; i < pool->on_call_count; i++)
        json_string(writer, bytes_of(release->reps[pool->on_call[i]].id));
    json_array_close(writer);
}

static void write_pool(const struct policy_build *build, size_t at, struct json_writer *writer)
{
    const struct policy_release *release = build->release;
    const struct policy_pool *pool = &release->pools[at];
    const struct policy_node *tiers = policy_node_get(build->pool_nodes[at], "tiers");
    const char *tier_names[POLICY_TIERS_MAX] = {0};
    size_t tier_count = 0;
    for (const struct policy_item *item = policy_node_items(tiers, POLICY_NODE_LIST);
         item != NULL && tier_count < pool->tier_count; item = item->next)
        tier_names[tier_count++] = policy_node_get(item->value, "name")->text.data;
    json_object_open(writer);
    write_text(writer, "id", pool->id);
    write_text(writer, "title", pool->title);
    write_text(writer, "team", pool->team);
    if (pool->calendar != NULL)
        write_text(writer, "calendar", pool->calendar->id);
    write_text(writer, "strategy", policy_strategies[pool->strategy]);
    if (pool->strategy == POLICY_STICKY)
        write_text(writer, "otherwise", policy_strategies[pool->otherwise]);
    write_member_node(writer, "tiers", tiers);
    json_key(writer, "members");
    json_array_open(writer);
    for (size_t i = 0; i < pool->member_count; i++)
        write_membership(build, pool, &pool->members[i], tier_names, writer);
    json_array_close(writer);
    write_relief(release, pool, writer);
    json_object_close(writer);
}

static void write_pools(const struct policy_build *build, struct json_writer *writer)
{
    json_key(writer, "pools");
    json_object_open(writer);
    json_key(writer, "pools");
    json_array_open(writer);
    for (size_t i = 0; i < build->release->pool_count; i++)
        write_pool(build, i, writer);
    json_array_close(writer);
    json_object_close(writer);
}

/* In full: what a kind or the source gave stands in every version. */
static void write_contract(const struct policy_schema *schema,
                           const struct policy_contract *contract, struct json_writer *writer)
{
    json_object_open(writer);
    json_member_unsigned(writer, "version", contract->version);
    json_key(writer, "mapping");
    json_object_open(writer);
    for (size_t i = 0; i < contract->mapping_count; i++)
        write_text(writer, schema->fields[contract->mappings[i].field].name,
                   contract->mappings[i].text);
    json_object_close(writer);
    write_text(writer, "key", contract->key_text);
    write_text(writer, "skip", contract->skip_text);
    json_object_close(writer);
}

static void write_percent(struct json_writer *writer, uint32_t hundredths)
{
    json_key(writer, "percent");
    json_double(writer, hundredths / 100.0);
}

static void write_candidate(const struct policy_source *source, struct json_writer *writer)
{
    const struct policy_rollout *rollout = &source->rollout;
    json_key(writer, "candidate");
    json_object_open(writer);
    json_member_unsigned(writer, "version", rollout->candidate);
    write_text(writer, "mode", policy_rollout_mode_name(rollout->mode));
    if (rollout->mode == POLICY_CANARY)
        write_percent(writer, rollout->share);
    if (source->fall_back.violations == 0) {
        write_text(writer, "fall_back", "never");
    } else {
        json_key(writer, "fall_back");
        json_object_open(writer);
        write_percent(writer, source->fall_back.violations);
        json_member_unsigned(writer, "records", source->fall_back.records);
        write_duration(writer, "within", source->fall_back.window_us);
        json_object_close(writer);
    }
    json_object_close(writer);
}

static void write_contracts(const struct policy_schema *schema, const struct policy_source *source,
                            struct json_writer *writer)
{
    if (source->contract_count == 0)
        return;
    json_member_unsigned(writer, "contract", source->rollout.active);
    write_text(writer, "split", source->split_text);
    json_key(writer, "versions");
    json_array_open(writer);
    for (size_t i = 0; i < source->contract_count; i++)
        write_contract(schema, &source->contracts[i], writer);
    json_array_close(writer);
    if (source->rollout.candidate != 0)
        write_candidate(source, writer);
}

static void write_texts(struct json_writer *writer, const char *key, const char *const *texts,
                        size_t count)
{
    if (count == 0)
        return;
    json_key(writer, key);
    json_array_open(writer);
    for (size_t i = 0; i < count; i++)
        json_string(writer, bytes_of(texts[i]));
    json_array_close(writer);
}

static void write_reception(const struct policy_source *source, struct json_writer *writer)
{
    const struct policy_notify *notify = &source->notify;
    write_text(writer, "honeypot", source->honeypot);
    write_text(writer, "redirect", source->redirect);
    write_text(writer, "redirect_error", source->redirect_error);
    write_texts(writer, "origins", source->origins, source->origin_count);
    if (source->open)
        json_member_bool(writer, "open", true);
    if (source->rate > 0) {
        json_key(writer, "rate");
        json_object_open(writer);
        json_member_unsigned(writer, "per_second", source->rate);
        json_member_unsigned(writer, "burst", source->burst);
        json_object_close(writer);
    }
    if (notify->webhook[0] == '\0' && notify->email_count == 0)
        return;
    json_key(writer, "notify");
    json_object_open(writer);
    write_text(writer, "webhook", notify->webhook);
    write_texts(writer, "emails", notify->emails, notify->email_count);
    write_duration(writer, "every", notify->every_us);
    json_object_close(writer);
}

static void write_source(const struct policy_schema *schema, const struct policy_source *source,
                         struct json_writer *writer)
{
    json_object_open(writer);
    write_text(writer, "source", source->name);
    write_text(writer, "title", source->title);
    write_text(writer, "owner", source->owner);
    if (source->kind != NULL)
        write_text(writer, "kind", source->kind->name);
    json_key(writer, "constants");
    policy_record_write_json(schema, source->constants, writer);
    json_key(writer, "map");
    json_object_open(writer);
    for (size_t i = 0; i < source->rename_count; i++)
        write_text(writer, schema->fields[source->rename_to[i]].name, source->rename_from[i]);
    json_object_close(writer);
    write_contracts(schema, source, writer);
    write_reception(source, writer);
    json_object_close(writer);
}

static void write_sources(const struct policy_release *release, struct json_writer *writer)
{
    json_key(writer, "sources");
    json_array_open(writer);
    for (size_t i = 0; i < release->source_count; i++)
        write_source(&release->schema, &release->sources[i], writer);
    json_array_close(writer);
}

static void write_class(const struct policy_release *release, const struct policy_class *entry,
                        struct json_writer *writer)
{
    json_object_open(writer);
    write_text(writer, "name", entry->name);
    write_text(writer, "when", entry->when_text);
    policy_canonical_write_class(release, entry, writer);
    write_duration(writer, "return_after", entry->return_after_us);
    json_object_close(writer);
}

static void write_target(const struct policy_release *release, const struct policy_route *route,
                         struct json_writer *writer)
{
    switch (route->target) {
    case POLICY_TO_POOL: write_text(writer, "pool", release->pools[route->target_index].id); break;
    case POLICY_TO_REP:
        write_text(writer, "rep",
                   route->rep_text != NULL ? route->rep_text
                                           : release->reps[route->target_index].id);
        break;
    case POLICY_TO_EXCEPTION:
        write_text(writer, "exception", route->kind);
        write_text(writer, "team", route->team);
        write_duration(writer, "within", route->delay_us);
        break;
    case POLICY_TO_NURTURE:
        write_text(writer, "nurture", route->kind);
        write_duration(writer, "after", route->delay_us);
        break;
    }
}

static void write_route(const struct policy_release *release, const struct policy_route *route,
                        struct json_writer *writer)
{
    json_object_open(writer);
    write_text(writer, "name", route->name);
    write_text(writer, "group", route->group);
    write_text(writer, "when", route->when_text);
    if (route->sample != POLICY_SAMPLE_ALL) {
        json_key(writer, "percent");
        json_double(writer, route->sample / 100.0);
    }
    json_key(writer, "to");
    json_object_open(writer);
    write_target(release, route, writer);
    json_object_close(writer);
    json_object_close(writer);
}

static void write_pipeline(const struct policy_build *build, struct json_writer *writer)
{
    const struct policy_release *release = build->release;
    json_key(writer, "pipeline");
    json_object_open(writer);
    write_text(writer, "pipeline", release->pipeline);
    write_text(writer, "owner", release->owner);
    if (release->calendar != NULL)
        write_text(writer, "calendar", release->calendar->id);
    write_member_node(writer, "params", policy_node_get(build->pipeline, "params"));
    json_key(writer, "classes");
    json_array_open(writer);
    for (size_t i = 0; i < release->class_count; i++)
        write_class(release, &release->classes[i], writer);
    json_array_close(writer);
    policy_canonical_write_exceptions(release, writer);
    policy_canonical_write_surge(release, writer);
    policy_canonical_write_enrichment(release, writer);
    write_text(writer, "score", release->score_text);
    json_key(writer, "routes");
    json_array_open(writer);
    for (size_t i = 0; i < release->route_count; i++)
        write_route(release, &release->routes[i], writer);
    json_array_close(writer);
    json_object_close(writer);
}

static void write_files(const struct policy_build *build, struct json_writer *writer)
{
    if (build->data_count == 0)
        return;
    json_key(writer, "files");
    json_object_open(writer);
    for (size_t i = 0; i < build->data_count; i++) {
        json_key_bytes(writer, bytes_of(build->data[i].path));
        json_string(writer, build->data[i].content);
    }
    json_object_close(writer);
}

void policy_canonical_write(const struct policy_build *build, struct buffer *out)
{
    const struct policy_release *release = build->release;
    struct json_writer writer;
    json_begin(&writer, out);
    json_object_open(&writer);
    json_member_integer(&writer, "format", POLICY_CANONICAL_FORMAT);
    write_mesh(release, &writer);
    write_lead(&release->schema, &writer);
    write_people(build, &writer);
    write_member_node(&writer, "on_call", build->on_call);
    write_pools(build, &writer);
    write_sources(release, &writer);
    write_member_node(&writer, "accounts", build->accounts);
    write_pipeline(build, &writer);
    policy_canonical_write_alerts(release, &writer);
    policy_canonical_write_destinations(build, &writer);
    policy_canonical_write_notifications(build, &writer);
    write_files(build, &writer);
    json_object_close(&writer);
}
