/* A release as JSON with one spelling for one meaning: what its id is the hash of, and all that is
 * needed to compile it again. The sections have the shape of the files, with defaults filled in,
 * teams resolved and comments gone. */
#include "policy/internal.h"

#include "base/time.h"

#include <math.h>

static void write_text(struct json_writer *writer, const char *key, const char *value)
{
    json_member_if(writer, key, bytes_of(value));
}

static void write_duration(struct json_writer *writer, const char *key, int64_t duration_us)
{
    if (duration_us == 0)
        return;
    char text[DURATION_TEXT_SIZE];
    duration_print(duration_us, text);
    json_member(writer, key, bytes_of(text));
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

static void write_people(const struct policy_release *release, struct json_writer *writer)
{
    json_key(writer, "people");
    json_object_open(writer);
    json_key(writer, "reps");
    json_array_open(writer);
    for (size_t i = 0; i < release->rep_count; i++) {
        const struct policy_rep *rep = &release->reps[i];
        json_object_open(writer);
        write_text(writer, "id", rep->id);
        write_text(writer, "name", rep->name);
        write_text(writer, "email", rep->email);
        write_text(writer, "team", rep->team);
        write_text(writer, "country", rep->country);
        write_text(writer, "time_zone", rep->time_zone);
        json_member_unsigned(writer, "capacity", rep->capacity);
        json_object_close(writer);
    }
    json_array_close(writer);
    json_object_close(writer);
}

static void write_pools(const struct policy_release *release, struct json_writer *writer)
{
    json_key(writer, "pools");
    json_object_open(writer);
    json_key(writer, "pools");
    json_array_open(writer);
    for (size_t i = 0; i < release->pool_count; i++) {
        const struct policy_pool *pool = &release->pools[i];
        json_object_open(writer);
        write_text(writer, "id", pool->id);
        write_text(writer, "title", pool->title);
        write_text(writer, "strategy", policy_strategies[pool->strategy]);
        json_key(writer, "members");
        json_array_open(writer);
        for (size_t j = 0; j < pool->member_count; j++)
            json_string(writer, bytes_of(release->reps[pool->members[j].rep].id));
        json_array_close(writer);
        json_object_close(writer);
    }
    json_array_close(writer);
    json_object_close(writer);
}

static void write_sources(const struct policy_release *release, struct json_writer *writer)
{
    json_key(writer, "sources");
    json_array_open(writer);
    for (size_t i = 0; i < release->source_count; i++) {
        const struct policy_source *source = &release->sources[i];
        json_object_open(writer);
        write_text(writer, "source", source->name);
        write_text(writer, "title", source->title);
        write_text(writer, "owner", source->owner);
        json_key(writer, "constants");
        policy_record_write_json(&release->schema, source->constants, writer);
        json_key(writer, "map");
        json_object_open(writer);
        for (size_t j = 0; j < source->rename_count; j++)
            write_text(writer, release->schema.fields[source->rename_to[j]].name,
                       source->rename_from[j]);
        json_object_close(writer);
        json_object_close(writer);
    }
    json_array_close(writer);
}

static void write_class(const struct policy_class *entry, struct json_writer *writer)
{
    json_object_open(writer);
    write_text(writer, "name", entry->name);
    write_text(writer, "when", entry->when_text);
    json_key(writer, "objectives");
    json_object_open(writer);
    write_duration(writer, "assigned", entry->assigned_us);
    write_duration(writer, "contacted", entry->contacted_us);
    write_duration(writer, "qualified", entry->qualified_us);
    json_object_close(writer);
    write_duration(writer, "return_after", entry->return_after_us);
    json_object_close(writer);
}

static void write_route(const struct policy_release *release, const struct policy_route *route,
                        struct json_writer *writer)
{
    json_object_open(writer);
    write_text(writer, "name", route->name);
    write_text(writer, "when", route->when_text);
    json_key(writer, "to");
    json_object_open(writer);
    if (route->target == POLICY_TO_POOL)
        write_text(writer, "pool", release->pools[route->target_index].id);
    else
        write_text(writer, "rep", release->reps[route->target_index].id);
    json_object_close(writer);
    json_object_close(writer);
}

static void write_pipeline(const struct policy_release *release, struct json_writer *writer)
{
    json_key(writer, "pipeline");
    json_object_open(writer);
    write_text(writer, "pipeline", release->pipeline);
    write_text(writer, "owner", release->owner);
    json_key(writer, "classes");
    json_array_open(writer);
    for (size_t i = 0; i < release->class_count; i++)
        write_class(&release->classes[i], writer);
    json_array_close(writer);
    write_text(writer, "score", release->score_text);
    json_key(writer, "routes");
    json_array_open(writer);
    for (size_t i = 0; i < release->route_count; i++)
        write_route(release, &release->routes[i], writer);
    json_array_close(writer);
    json_object_close(writer);
}

void policy_canonical_write(const struct policy_release *release, struct buffer *out)
{
    struct json_writer writer;
    json_begin(&writer, out);
    json_object_open(&writer);
    json_member_integer(&writer, "format", POLICY_CANONICAL_FORMAT);
    write_mesh(release, &writer);
    write_lead(&release->schema, &writer);
    write_people(release, &writer);
    write_pools(release, &writer);
    write_sources(release, &writer);
    write_pipeline(release, &writer);
    json_object_close(&writer);
}
