/* Records of two-way systems as commands. What they may do is the core's business; here they are
 * only read. */
#include "effect/change.h"

#include "base/time.h"
#include "contract/value.h"
#include "effect/kind.h"
#include "effect/value.h"

/* One record on its way. */
struct reading {
    const struct policy_release *release;
    const struct policy_destination *destination;
    struct effect_inputs *inputs;
    struct arena *arena;
};

/* What an expression comes to; CEL_ABSENT when there is none, or it reads what is not there. */
static int evaluate(const struct reading *reading, const struct cel_program *program,
                    const char *path, struct cel_value *ret, struct error *err)
{
    const struct policy_expression expression = {.path = path, .text = path, .program = program};
    struct error mistake = {0};
    *ret = (struct cel_value){.kind = CEL_ABSENT};
    if (program == NULL)
        return 0;
    int rc = effect_evaluate(reading->inputs, &expression, reading->arena, ret, &mistake);
    if (rc == 0 || strstr(mistake.message, "no such key") != NULL)
        return 0;
    return error_set(err, ML_EINVAL, reading->destination->name, "%s", mistake.message);
}

/* What is written into the journal. */
static int check_text(const struct reading *reading, const char *path, struct bytes text,
                      struct error *err)
{
    if (text.size > CORE_RECEIPT_TEXT_MAX)
        return error_set(err, ML_EINVAL, reading->destination->name,
                         "`%s` of this record has %zu bytes, more than %d", path, text.size,
                         CORE_RECEIPT_TEXT_MAX);
    if (!bytes_is_utf8(text) || memchr(text.data, '\0', text.size) != NULL)
        return error_set(err, ML_EINVAL, reading->destination->name,
                         "`%s` of this record is no text", path);
    return 0;
}

/* The same as text; empty when absent or null. */
static int read_text(const struct reading *reading, const struct cel_program *program,
                     const char *path, struct bytes *ret, struct error *err)
{
    struct cel_value value;
    int rc = evaluate(reading, program, path, &value, err);
    *ret = (struct bytes){0};
    if (rc == 0 && value.kind != CEL_ABSENT && value.kind != CEL_NULL &&
        !effect_value_text(&value, reading->arena, ret))
        rc = error_set(err, ML_EINVAL, reading->destination->name,
                       "`%s` is neither a text nor a number in this record", path);
    return rc == 0 && ret->size > 0 ? check_text(reading, path, *ret, err) : rc;
}

/* ---- which lead */

static int read_external_id(const struct reading *reading, struct bytes *ret, struct error *err)
{
    const struct policy_expression *id =
        policy_destination_expression(reading->destination, "sync/id");
    return read_text(reading, id != NULL ? id->program : NULL, "sync/id", ret, err);
}

static int find_lead(const struct reading *reading, struct store_reader *reader,
                     struct core_command *ret, struct error *err)
{
    struct bytes ours;
    int rc = read_text(reading, reading->destination->sync.lead, "sync/lead", &ours, err);
    if (rc == 0)
        rc = read_external_id(reading, &ret->sync.external_id, err);
    if (rc != 0 || lead_id_parse(ours, &ret->lead))
        return rc;
    if (ret->sync.external_id.size > 0)
        rc = store_find_link(reader, bytes_of(reading->destination->name), ret->sync.external_id,
                             &ret->lead, err);
    if (rc == 0 && ret->lead == 0)
        rc = error_set(err, ML_ENOTFOUND, reading->destination->name,
                       "the record is about no lead that is known here");
    return rc;
}

/* ---- what it says */

/* By the schema of the lead, with its limits. */
static int read_field(const struct reading *reading, const struct policy_sync_field *field,
                      const struct cel_value *value, struct core_sync_value *ret, struct error *err)
{
    const struct policy_schema *schema = &reading->release->schema;
    struct cel_value *values = arena_array(reading->arena, schema->count, sizeof *values);
    struct contract_member *member = arena_zalloc(reading->arena, sizeof *member);
    struct contract_instance object;
    struct policy_problems problems;
    member->name = bytes_of(field->name);
    int rc = contract_instance_from_cel(value, NULL, reading->arena, &member->value, err);
    if (rc == 0)
        rc = contract_instance_object(member, 1, reading->arena, &object, err);
    if (rc != 0)
        return rc;
    if (policy_record_from_more(schema, &object, reading->arena, values, &problems) != 0)
        return error_set(err, ML_EINVAL, reading->destination->name, "`%s` of the record %s",
                         field->name, problems.items[0].message);
    *ret = (struct core_sync_value){.given = values[field->field].kind != CEL_ABSENT,
                                    .value = values[field->field]};
    return 0;
}

static int read_value(const struct reading *reading, const struct policy_sync_field *field,
                      struct core_sync_value *ret, struct error *err)
{
    const char *path = arena_printf(reading->arena, "sync/fields/%s/from", field->name);
    struct cel_value value;
    struct bytes text;
    int rc = evaluate(reading, field->from, path, &value, err);
    *ret = (struct core_sync_value){0};
    if (rc != 0 || value.kind == CEL_ABSENT || value.kind == CEL_NULL)
        return rc;
    if (field->kind == POLICY_SYNC_FIELD)
        return read_field(reading, field, &value, ret, err);
    if (!effect_value_text(&value, reading->arena, &text))
        return error_set(err, ML_EINVAL, reading->destination->name,
                         "`%s` is neither a text nor a number in this record", path);
    *ret = (struct core_sync_value){.given = text.size > 0, .value = cel_string(text)};
    return text.size > 0 ? check_text(reading, path, text, err) : 0;
}

static int read_values(const struct reading *reading, struct core_command *ret, struct error *err)
{
    const struct policy_sync *sync = &reading->destination->sync;
    struct core_sync_value *values = arena_array(reading->arena, sync->field_count, sizeof *values);
    for (size_t i = 0; i < sync->field_count; i++) {
        int rc = read_value(reading, &sync->fields[i], &values[i], err);
        if (rc != 0)
            return rc;
    }
    ret->sync.values = values;
    ret->sync.count = sync->field_count;
    return 0;
}

/* Which change it is, and when it was made: by a clock over there, which may be wrong, but none is
 * made tomorrow. */
static int read_origin(const struct reading *reading, int64_t now_us, struct core_command *ret,
                       struct error *err)
{
    const struct policy_sync *sync = &reading->destination->sync;
    struct cel_value time;
    int rc = read_text(reading, sync->change, "sync/change", &ret->sync.change, err);
    if (rc == 0)
        rc = evaluate(reading, sync->time, "sync/time", &time, err);
    if (rc != 0 || time.kind != CEL_TIMESTAMP)
        return rc;
    int64_t changed_us = time.time.seconds * TIME_US_PER_SECOND + time.time.nanoseconds / 1000;
    ret->sync.changed_us = changed_us < 1 ? 1 : changed_us > now_us ? now_us : changed_us;
    return 0;
}

int effect_change_read(const struct policy_release *release,
                       const struct policy_destination *destination, struct store_reader *reader,
                       const struct cel_value *record, int64_t now_us, struct arena *arena,
                       struct core_command *ret, struct error *err)
{
    struct effect_inputs inputs;
    const struct reading reading = {release, destination, &inputs, arena};
    effect_inputs_init(&inputs, release, NULL, now_us, arena);
    inputs.variables[POLICY_OUTBOX_RECORD] = *record;
    *ret = (struct core_command){
        .type = CORE_SYNC,
        .sync = {.destination = bytes_of(destination->name), .release = release, .arena = arena}};
    int rc = find_lead(&reading, reader, ret, err);
    if (rc == 0)
        rc = read_origin(&reading, now_us, ret, err);
    if (rc == 0)
        rc = read_values(&reading, ret, err);
    return rc;
}
