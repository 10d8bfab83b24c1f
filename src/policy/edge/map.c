/* From a payload that keeps its contract to the canonical lead: one expression after the other, and
 * then the lead's own rules. On the way in of every record: no heap, nothing printed unless it is
 * wrong. */
#include "contract/value.h"
#include "policy/edge/internal.h"

/* ---- what expressions see */

int policy_edge_set_variables(const struct policy_release *release, uint32_t source,
                              const struct policy_payload *payload,
                              struct policy_edge_scratch *scratch, struct arena *arena,
                              struct cel_value *ret_data, struct error *err)
{
    struct cel_value *variables = scratch->variables;
    struct cel_value event = {.kind = CEL_MAP};
    int code = contract_instance_to_cel(payload->data, arena, ret_data, err);
    if (code == 0 && payload->event != NULL)
        code = contract_instance_to_cel(payload->event, arena, &event, err);
    if (code < 0)
        return code;
    variables[POLICY_CONTRACT_PAYLOAD] = *ret_data;
    variables[POLICY_CONTRACT_EVENT] = event;
    variables[POLICY_CONTRACT_SOURCE] = cel_string(bytes_of(release->sources[source].name));
    for (size_t i = 0; i < release->param_count; i++)
        scratch->params[i] = release->params[i].value;
    variables[POLICY_CONTRACT_PARAMS] = (struct cel_value){
        .kind = CEL_RECORD, .count = (uint32_t)release->param_count, .items = scratch->params};
    for (size_t i = POLICY_CONTRACT_TABLES_FROM; i < release->contract_environment.count; i++)
        variables[i] = release->table_values[i - POLICY_CONTRACT_TABLES_FROM];
    return 0;
}

struct cel_value policy_edge_evaluate(struct policy_edge_scratch *scratch,
                                      const struct cel_program *program)
{
    scratch->cel = (struct cel_scratch){scratch->memory, sizeof scratch->memory, 0};
    return cel_evaluate(program, scratch->variables, &scratch->cel);
}

/* ---- mapping */

struct mapping_run {
    const struct policy_edge_mapping *mapping;
    struct cel_value *values;
    struct policy_problems *problems;
    uint64_t refused[POLICY_FIELDS_MAX / 64]; /* fields with a problem: not "missing" as well */
};

static const char *reference_of(const struct mapping_run *run, const struct policy_mapping *entry)
{
    return entry == NULL ? NULL : policy_edge_reference(entry->text, run->mapping->arena);
}

/* `entry` is NULL for a field that no expression gives. */
static void refuse(struct mapping_run *run, const struct policy_mapping *entry, uint32_t field,
                   const char *rule, const char *message)
{
    struct arena *arena = run->mapping->arena;
    const char *pointer = reference_of(run, entry);
    const char *name = run->mapping->release->schema.fields[field].name;
    run->refused[field / 64] |= UINT64_C(1) << field % 64;
    struct policy_problem problem = {
        .pointer = pointer != NULL ? pointer : "",
        .message = message,
        .rule = arena_printf(arena, "%s/%s", rule, name),
    };
    policy_problems_add(run->problems, &problem);
}

static void refuse_value(struct mapping_run *run, const struct policy_mapping *entry,
                         uint32_t field, const char *rule, const char *wrong)
{
    struct arena *arena = run->mapping->arena;
    const char *pointer = reference_of(run, entry);
    const char *name = run->mapping->release->schema.fields[field].name;
    refuse(run, entry, field, rule,
           pointer != NULL && pointer[0] != '\0'
               ? arena_printf(arena, "`%s` becomes the lead's `%s`, which %s", pointer, name, wrong)
               : arena_printf(arena, "the lead's `%s` %s", name, wrong));
}

static void refuse_failure(struct mapping_run *run, const struct policy_mapping *entry,
                           struct bytes reason)
{
    struct arena *arena = run->mapping->arena;
    const char *pointer = reference_of(run, entry);
    const char *name = run->mapping->release->schema.fields[entry->field].name;
    refuse(run, entry, entry->field, "mapping",
           pointer != NULL && pointer[0] != '\0'
               ? arena_printf(arena, "`%s` cannot become the lead's `%s`: %.*s", pointer, name,
                              BYTES_ARG(reason))
               : arena_printf(arena, "the lead's `%s` cannot be worked out of the record: %.*s",
                              name, BYTES_ARG(reason)));
}

/* An optional member that is not there: the field is absent. */
static bool is_absence(struct bytes message)
{
    static const char words[] = "no such key";
    return message.size >= sizeof words - 1 && memcmp(message.data, words, sizeof words - 1) == 0;
}

static void map_field(struct mapping_run *run, const struct policy_mapping *entry)
{
    const struct policy_edge_mapping *mapping = run->mapping;
    const struct policy_field *field = &mapping->release->schema.fields[entry->field];
    struct cel_value *value = &run->values[entry->field];
    struct cel_value given = policy_edge_evaluate(mapping->scratch, entry->program);
    *value = (struct cel_value){.kind = CEL_ABSENT};
    if (given.kind == CEL_ERROR) {
        if (!is_absence(given.string))
            refuse_failure(run, entry, given.string);
        return;
    }
    const char *wrong = policy_edge_convert(field, &given, mapping->scratch, mapping->arena, value);
    if (wrong != NULL) {
        refuse_value(run, entry, entry->field, "mapping", wrong);
        return;
    }
    wrong = policy_value_check(field, value, mapping->arena);
    if (wrong != NULL)
        refuse_value(run, entry, entry->field, "lead", wrong);
}

static const struct policy_mapping *find_mapping(const struct policy_contract *contract,
                                                 uint32_t field)
{
    for (size_t i = 0; i < contract->mapping_count; i++)
        if (contract->mappings[i].field == field)
            return &contract->mappings[i];
    return NULL;
}

static void refuse_absence(struct mapping_run *run, uint32_t field)
{
    struct arena *arena = run->mapping->arena;
    const struct policy_mapping *entry = find_mapping(run->mapping->contract, field);
    const char *pointer = reference_of(run, entry);
    bool pointed = pointer != NULL && pointer[0] != '\0';
    refuse(run, entry, field, "lead",
           arena_printf(arena, "the lead's `%s` is required, and %s%s%s gives none",
                        run->mapping->release->schema.fields[field].name, pointed ? "`" : "",
                        pointed ? pointer : "the record", pointed ? "`" : ""));
}

static void check_required(struct mapping_run *run)
{
    const struct policy_schema *schema = &run->mapping->release->schema;
    for (uint32_t i = 0; i < schema->count; i++)
        if (schema->fields[i].required && run->values[i].kind == CEL_ABSENT &&
            (run->refused[i / 64] >> i % 64 & 1) == 0)
            refuse_absence(run, i);
}

void policy_edge_map(const struct policy_edge_mapping *mapping, struct cel_value *ret_values,
                     struct policy_problems *problems)
{
    struct mapping_run run = {mapping, ret_values, problems, {0}};
    size_t count = mapping->release->schema.count;
    memcpy(ret_values, mapping->source->constants, count * sizeof *ret_values);
    for (size_t i = 0; i < mapping->contract->mapping_count; i++)
        map_field(&run, &mapping->contract->mappings[i]);
    check_required(&run);
}
