/* A record on its way in: schema, mapping, canonical lead, in this order; the first that does not
 * allow it says all that is wrong. */
#include "policy/edge/internal.h"

#include <inttypes.h>
#include <stdlib.h>

struct policy_edge_scratch *policy_edge_scratch_new(void)
{
    struct policy_edge_scratch *scratch = malloc(sizeof *scratch);
    if (scratch == NULL)
        panic("out of memory (edge)");
    scratch->contract = contract_scratch_new();
    return scratch;
}

void policy_edge_scratch_free(struct policy_edge_scratch *scratch)
{
    if (scratch == NULL)
        return;
    contract_scratch_free(scratch->contract);
    free(scratch);
}

/* ---- problems */

/* Where the keyword stands: in the contract's own schema its JSON Pointer is enough. */
static const char *rule_of(const struct contract_schema *schema, const struct contract_error *error,
                           struct arena *arena)
{
    struct bytes rule = error->absolute_keyword_location, own = contract_schema_uri(schema);
    if (rule.size > own.size && rule.data[own.size] == '#' &&
        bytes_equal((struct bytes){rule.data, own.size}, own))
        rule = (struct bytes){rule.data + own.size + 1, rule.size - own.size - 1};
    return arena_string(arena, rule);
}

static void report(const struct contract_schema *schema, const struct contract_instance *data,
                   struct policy_edge_scratch *scratch, struct arena *arena,
                   struct policy_problems *problems)
{
    struct contract_report found;
    contract_schema_report(schema, data, scratch->contract, arena, &found);
    ML_ASSERT(found.count > 0); /* or a refused record would pass for a lead */
    for (size_t i = 0; i < found.count; i++) {
        const struct contract_error *error = &found.errors[i];
        struct policy_problem problem = {0};
        if (problems->count < POLICY_PROBLEMS_MAX)
            problem = (struct policy_problem){arena_string(arena, error->instance_location),
                                              arena_string(arena, error->message),
                                              rule_of(schema, error, arena)};
        policy_problems_add(problems, &problem);
    }
}

static void refuse_number(const struct error *err, struct arena *arena,
                          struct policy_problems *problems)
{
    const char *pointer = arena_string(arena, bytes_of(err->place));
    struct policy_problem problem = {
        pointer, arena_printf(arena, "`%s`: %s", pointer, err->message), "mapping"};
    policy_problems_add(problems, &problem);
}

/* ---- what a contract says of a record beside its lead */

/* A failure is no answer: what is asked of may not be in this record. */
static struct cel_value ask(struct policy_edge_scratch *scratch, const struct cel_program *program)
{
    struct cel_value value = {.kind = CEL_ABSENT};
    if (program != NULL)
        value = policy_edge_evaluate(scratch, program);
    if (value.kind == CEL_OPTIONAL && value.items != NULL)
        value = *value.items;
    return value;
}

static struct bytes read_key(const struct policy_contract *contract,
                             struct policy_edge_scratch *scratch, struct arena *arena)
{
    struct cel_value key = ask(scratch, contract->key);
    if (key.kind == CEL_INT)
        return bytes_of(arena_printf(arena, "%" PRId64, key.integer));
    return key.kind == CEL_STRING ? policy_edge_keep(scratch, key.string, arena)
                                  : (struct bytes){0};
}

/* NULL: the record is meant to be a lead. */
static const char *read_skip(const struct policy_contract *contract,
                             struct policy_edge_scratch *scratch, struct arena *arena)
{
    struct cel_value skip = ask(scratch, contract->skip);
    if (skip.kind == CEL_STRING && skip.string.size > 0)
        return arena_string(arena, skip.string);
    return skip.kind == CEL_BOOL && skip.boolean ? "the contract counts such records as no lead"
                                                 : NULL;
}

/* ---- reading */

/* A record that is no lead is seen before its schema is asked: a vendor's test call need not look
 * like a lead. */
static void read_by_contract(const struct policy_edge_mapping *mapping, uint32_t source,
                             const struct policy_payload *payload, struct policy_edge_result *ret)
{
    const struct policy_contract *contract = mapping->contract;
    struct policy_edge_scratch *scratch = mapping->scratch;
    struct cel_value data;
    struct error err;
    int code = policy_edge_set_variables(mapping->release, source, payload, scratch, mapping->arena,
                                         &data, &err);
    if (code == 0) {
        ret->key = read_key(contract, scratch, mapping->arena);
        ret->skip_reason = read_skip(contract, scratch, mapping->arena);
    }
    if (ret->skip_reason != NULL)
        return;
    if (!contract_schema_validate(contract->schema, payload->data, scratch->contract))
        report(contract->schema, payload->data, scratch, mapping->arena, &ret->problems);
    else if (code == 0)
        policy_edge_map(mapping, ret->values, &ret->problems);
    if (code < 0)
        refuse_number(&err, mapping->arena, &ret->problems);
}

void policy_edge_read(const struct policy_release *release, uint32_t source, uint32_t version,
                      const struct policy_payload *payload, struct policy_edge_scratch *scratch,
                      struct arena *arena, struct policy_edge_result *ret)
{
    ML_ASSERT(source < release->source_count);
    const struct policy_source *from = &release->sources[source];
    const struct policy_edge_mapping mapping = {
        release, from, version != 0 ? policy_contract_find(from, version) : NULL, scratch, arena};
    ML_ASSERT(version == 0 || mapping.contract != NULL);
    ret->version = version;
    ret->values = arena_alloc(arena, (release->schema.count + 1) * sizeof *ret->values);
    ret->problems.count = ret->problems.more = 0;
    ret->skip_reason = NULL;
    ret->key = (struct bytes){0};
    if (version == 0)
        (void)policy_record_from_instance(release, source, payload->data, payload->texts, arena,
                                          ret->values, &ret->problems);
    else
        read_by_contract(&mapping, source, payload, ret);
    ret->outcome = ret->skip_reason != NULL  ? POLICY_EDGE_SKIPPED
                   : ret->problems.count > 0 ? POLICY_EDGE_REFUSED
                                             : POLICY_EDGE_LEAD;
}

/* ---- the kind of a violation */

/* A position in a list says nothing about the kind. */
static void append_without_positions(struct buffer *out, const char *pointer)
{
    while (*pointer != '\0') {
        size_t size = strcspn(pointer + 1, "/");
        size_t digits = strspn(pointer + 1, "0123456789");
        buffer_append_char(out, '/');
        if (size > 0 && digits == size)
            buffer_append_char(out, '-');
        else
            buffer_append(out, pointer + 1, size);
        pointer += 1 + size;
    }
}

/* Names in a payload are the sender's: a kind is no place for very long ones. */
static struct bytes shorten(struct bytes text)
{
    enum { VIOLATION_MAX = 400 };
    if (text.size <= VIOLATION_MAX)
        return text;
    text.size = VIOLATION_MAX;
    while (text.size > 0 && ((unsigned char)text.data[text.size] & 0xC0) == 0x80)
        text.size--;
    return text;
}

struct bytes policy_edge_violation(const struct policy_problems *problems, struct arena *arena)
{
    ML_ASSERT(problems->count > 0);
    const struct policy_problem *first = &problems->items[0];
    struct buffer text;
    buffer_init(&text, 64 * 1024);
    buffer_printf(&text, "%s", first->rule != NULL ? first->rule : "");
    if (first->pointer[0] == '/') {
        buffer_printf(&text, "%sat ", text.size > 0 ? " " : "");
        append_without_positions(&text, first->pointer);
    }
    struct bytes kind = arena_copy(arena, shorten(buffer_bytes(&text)));
    buffer_release(&text);
    return kind;
}
