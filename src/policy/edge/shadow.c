/* What the candidate would have made of a record: compared, and without any effect. */
#include "policy/edge/internal.h"

#include "base/json_writer.h"

static bool are_same(const struct policy_schema *schema, const struct cel_value *active,
                     const struct cel_value *candidate)
{
    for (size_t i = 0; i < schema->count; i++)
        if (!policy_value_equal(&active[i], &candidate[i]))
            return false;
    return true;
}

static void write_differences(const struct policy_schema *schema, const struct cel_value *active,
                              const struct cel_value *candidate, struct json_writer *json)
{
    json_key(json, "fields");
    json_array_open(json);
    for (size_t i = 0; i < schema->count; i++)
        if (!policy_value_equal(&active[i], &candidate[i]))
            json_string(json, bytes_of(schema->fields[i].name));
    json_array_close(json);
}

/* The texts in it are bounded: it stands in the event of every record. */
static struct bytes cut(const char *text)
{
    enum { SHADOW_TEXT_MAX = 500 };
    struct bytes all = bytes_of(text);
    if (all.size <= SHADOW_TEXT_MAX)
        return all;
    all.size = SHADOW_TEXT_MAX;
    while (all.size > 0 && ((unsigned char)all.data[all.size] & 0xC0) == 0x80)
        all.size--;
    return all;
}

static void write_refusal(const struct policy_edge_result *candidate, struct arena *arena,
                          struct json_writer *json)
{
    struct policy_problem problem = candidate->problems.items[0];
    if (candidate->outcome == POLICY_EDGE_SKIPPED)
        problem = (struct policy_problem){
            "", arena_printf(arena, "is no lead: %s", candidate->skip_reason), NULL};
    json_member(json, "outcome", BYTES_LITERAL("refused"));
    json_member(json, "pointer", cut(problem.pointer));
    json_member_if(json, "rule", cut(problem.rule != NULL ? problem.rule : ""));
    json_member(json, "message", cut(problem.message));
}

/* What neither of them takes is the same to both, unless only the candidate complains. */
static void write_outcome(const struct policy_schema *schema,
                          const struct policy_edge_result *active,
                          const struct policy_edge_result *candidate, struct arena *arena,
                          struct json_writer *json)
{
    bool taken = active->outcome == POLICY_EDGE_LEAD;
    if (candidate->outcome == POLICY_EDGE_LEAD && !taken) {
        json_member(json, "outcome", BYTES_LITERAL("accepted"));
    } else if (candidate->outcome == POLICY_EDGE_LEAD &&
               !are_same(schema, active->values, candidate->values)) {
        json_member(json, "outcome", BYTES_LITERAL("differs"));
        write_differences(schema, active->values, candidate->values, json);
    } else if (candidate->outcome != POLICY_EDGE_LEAD &&
               (taken || (candidate->outcome == POLICY_EDGE_REFUSED &&
                          active->outcome == POLICY_EDGE_SKIPPED))) {
        write_refusal(candidate, arena, json);
    } else {
        json_member(json, "outcome", BYTES_LITERAL("same"));
    }
}

struct bytes policy_edge_shadow(const struct policy_release *release, uint32_t source,
                                uint32_t candidate, const struct policy_payload *payload,
                                const struct policy_edge_result *active,
                                struct policy_edge_scratch *scratch, struct arena *arena)
{
    enum { SHADOW_MAX = 64 * 1024 };
    struct policy_edge_result green;
    struct buffer text;
    struct json_writer json;
    policy_edge_read(release, source, candidate, payload, scratch, arena, &green);
    buffer_init(&text, SHADOW_MAX);
    json_begin(&json, &text);
    json_object_open(&json);
    json_member_unsigned(&json, "contract", candidate);
    write_outcome(&release->schema, active, &green, arena, &json);
    json_object_close(&json);
    struct bytes kept = arena_copy(arena, buffer_bytes(&text));
    buffer_release(&text);
    return kept;
}
