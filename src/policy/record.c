/* Leads between JSON and arrays of values. policy_record_from_instance runs once per lead on the
 * way in: one hashed look-up per member, no memory but the arena's. */
#include "policy/edge/internal.h"

void policy_problems_add(struct policy_problems *problems, const struct policy_problem *problem)
{
    if (problems->count == POLICY_PROBLEMS_MAX)
        problems->more++;
    else
        problems->items[problems->count++] = *problem;
}

/* RFC 6901: "~" is written "~0" and "/" is written "~1". */
static const char *pointer_to(struct arena *arena, struct bytes member)
{
    char *pointer = arena_alloc(arena, member.size * 2 + 2);
    char *at = pointer;
    *at++ = '/';
    for (size_t i = 0; i < member.size; i++) {
        char c = member.data[i];
        if (c == '~' || c == '/') {
            *at++ = '~';
            *at++ = c == '~' ? '0' : '1';
        } else {
            *at++ = c;
        }
    }
    *at = '\0';
    return pointer;
}

static void refuse_unknown(const struct policy_members *members, struct bytes member,
                           struct arena *arena, struct policy_problems *problems)
{
    const char *message = "";
    if (problems->count < POLICY_PROBLEMS_MAX) {
        const char *near = bytes_suggest(member, members->names, members->name_count);
        message = arena_printf(arena, "no such field `%.*s`%s%s%s", POLICY_CLIP(member),
                               near ? "; did you mean `" : "", near ? near : "", near ? "`?" : "");
    }
    struct policy_problem problem = {pointer_to(arena, member), message, "lead"};
    policy_problems_add(problems, &problem);
}

/* A constant is part of the source's contract: the payload may repeat it, not change it. */
static const char *check_constant(const struct cel_value *constant, const struct cel_value *value)
{
    return value->kind == CEL_ABSENT || policy_value_equal(constant, value)
               ? NULL
               : "is set by the source and cannot be sent with another value; leave it out";
}

struct reading {
    const struct policy_schema *schema;
    const struct policy_source *source;
    const struct policy_members *members;
    struct arena *arena;
    struct cel_value *values;
    struct policy_problems *problems;
    uint64_t refused[POLICY_FIELDS_MAX / 64]; /* fields with a problem: not "missing" as well */
};

/* The field that a member of the payload stands for; POLICY_NONE, and a problem unless such members
 * are allowed, when there is none. */
static uint32_t find_field(struct reading *reading, struct bytes name)
{
    uint32_t at = policy_index_find(&reading->members->index, name);
    if (at == POLICY_NONE && !reading->schema->additional)
        refuse_unknown(reading->members, name, reading->arena, reading->problems);
    return at;
}

static void refuse_field(struct reading *reading, uint32_t at, struct bytes name,
                         const char *message)
{
    struct policy_problem problem = {
        pointer_to(reading->arena, name), message,
        arena_printf(reading->arena, "lead/%s", reading->schema->fields[at].name)};
    policy_problems_add(reading->problems, &problem);
}

/* `wrong`: the value could not be read. */
static void take_value(struct reading *reading, struct bytes name, uint32_t at,
                       const struct cel_value *value, const char *wrong)
{
    const struct cel_value *constant = &reading->source->constants[at];
    if (wrong == NULL && constant->kind != CEL_ABSENT)
        wrong = check_constant(constant, value);
    else if (wrong == NULL)
        wrong = policy_value_check(&reading->schema->fields[at], value, reading->arena);
    if (wrong != NULL) {
        refuse_field(reading, at, name, wrong);
        reading->refused[at / 64] |= UINT64_C(1) << at % 64;
    } else if (value->kind != CEL_ABSENT) {
        reading->values[at] = *value;
    }
}

static void check_required(struct reading *reading)
{
    for (uint32_t i = 0; i < reading->schema->count; i++) {
        const struct policy_field *field = &reading->schema->fields[i];
        if (!field->required || reading->values[i].kind != CEL_ABSENT ||
            (reading->refused[i / 64] >> i % 64 & 1) != 0)
            continue;
        const char *name = reading->members->by_field[i];
        refuse_field(reading, i, bytes_of(name != NULL ? name : field->name),
                     "is required and missing");
    }
}

static int refuse_payload(struct policy_problems *problems)
{
    struct policy_problem problem = {"", "must be a JSON object with the lead's fields", "lead"};
    policy_problems_add(problems, &problem);
    return ML_EINVAL;
}

int policy_record_from_instance(const struct policy_release *release, uint32_t source,
                                const struct contract_instance *payload, bool texts,
                                struct arena *arena, struct cel_value *ret_values,
                                struct policy_problems *problems)
{
    ML_ASSERT(source < release->source_count);
    *problems = (struct policy_problems){0};
    struct reading reading = {
        .schema = &release->schema,
        .source = &release->sources[source],
        .members = &policy_block_of(release)->members[source],
        .arena = arena,
        .values = ret_values,
        .problems = problems,
    };
    struct cel_value value;
    memcpy(ret_values, reading.source->constants, release->schema.count * sizeof *ret_values);
    if (payload->kind != CONTRACT_OBJECT)
        return refuse_payload(problems);
    for (uint32_t i = 0; i < payload->count; i++) {
        const struct contract_member *member = &payload->members[i];
        uint32_t at = find_field(&reading, member->name);
        if (at == POLICY_NONE)
            continue;
        const struct policy_field *field = &release->schema.fields[at];
        bool is_text = texts && member->value.kind == CONTRACT_STRING;
        const char *wrong = is_text
                                ? policy_value_read_text(field, member->value.text, arena, &value)
                                : policy_value_read_instance(field, &member->value, arena, &value);
        take_value(&reading, member->name, at, &value, wrong);
    }
    check_required(&reading);
    return problems->count > 0 ? ML_EINVAL : 0;
}

static void refuse_unknown_field(const struct policy_schema *schema, struct bytes name,
                                 struct arena *arena, struct policy_problems *problems)
{
    const char *names[POLICY_FIELDS_MAX];
    for (size_t i = 0; i < schema->count; i++)
        names[i] = schema->fields[i].name;
    const struct policy_members members = {.names = names, .name_count = schema->count};
    refuse_unknown(&members, name, arena, problems);
}

int policy_record_from_more(const struct policy_schema *schema,
                            const struct contract_instance *object, struct arena *arena,
                            struct cel_value *ret_values, struct policy_problems *problems)
{
    struct reading reading = {.schema = schema, .arena = arena, .problems = problems};
    struct cel_value value;
    *problems = (struct policy_problems){0};
    for (size_t i = 0; i < schema->count; i++)
        ret_values[i] = (struct cel_value){.kind = CEL_ABSENT};
    if (object->kind != CONTRACT_OBJECT)
        return refuse_payload(problems);
    for (uint32_t i = 0; i < object->count; i++) {
        const struct contract_member *member = &object->members[i];
        uint32_t at = policy_field_find(schema, member->name);
        if (at == POLICY_NONE) {
            refuse_unknown_field(schema, member->name, arena, problems);
            continue;
        }
        const struct policy_field *field = &schema->fields[at];
        const char *wrong = policy_value_read_instance(field, &member->value, arena, &value);
        if (wrong == NULL)
            wrong = policy_value_check(field, &value, arena);
        if (wrong != NULL)
            refuse_field(&reading, at, member->name, wrong);
        else
            ret_values[at] = value;
    }
    return problems->count == 0 ? 0 : ML_EINVAL;
}

void policy_record_from_canonical(const struct policy_schema *schema, struct json_object *object,
                                  struct arena *arena, struct cel_value *ret_values)
{
    for (size_t i = 0; i < schema->count; i++) {
        struct json_object *member = NULL;
        json_object_object_get_ex(object, schema->fields[i].name, &member);
        if (policy_value_read(&schema->fields[i], member, arena, &ret_values[i]) != NULL)
            ret_values[i] = (struct cel_value){.kind = CEL_ABSENT};
    }
}

void policy_value_write_json(const struct cel_value *value, struct json_writer *writer)
{
    switch (value->kind) {
    case CEL_STRING: json_string(writer, value->string); break;
    case CEL_INT: json_integer(writer, value->integer); break;
    case CEL_DOUBLE: json_double(writer, value->number); break;
    case CEL_BOOL: json_boolean(writer, value->boolean); break;
    case CEL_LIST:
        json_array_open(writer);
        for (uint32_t i = 0; i < value->count; i++)
            json_string(writer, value->items[i].string);
        json_array_close(writer);
        break;
    default: json_null(writer); break;
    }
}

void policy_record_write_json(const struct policy_schema *schema, const struct cel_value *values,
                              struct json_writer *writer)
{
    json_object_open(writer);
    for (size_t i = 0; i < schema->count; i++) {
        if (values[i].kind == CEL_ABSENT)
            continue;
        json_key(writer, schema->fields[i].name);
        policy_value_write_json(&values[i], writer);
    }
    json_object_close(writer);
}

void policy_record_convert(const struct policy_schema *from, const struct cel_value *values,
                           const struct policy_schema *to, struct cel_value *ret_values)
{
    for (size_t i = 0; i < to->count; i++) {
        const struct policy_field *field = &to->fields[i];
        uint32_t at = policy_field_find(from, bytes_of(field->name));
        ret_values[i] = (struct cel_value){.kind = CEL_ABSENT};
        if (at == POLICY_NONE)
            continue;
        if (from->fields[at].type == field->type)
            ret_values[i] = values[at];
        else if (field->type == POLICY_NUMBER && values[at].kind == CEL_INT)
            ret_values[i] = cel_double((double)values[at].integer);
    }
}
