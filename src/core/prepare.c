/* What can be known of a submission without the state: its class, score and route under the release
 * it was read by, whom to ask more of it, and its attributes as text. */
#include "core/internal.h"

enum { ATTRIBUTES_MAX = 16 * 1024 * 1024, ATTRIBUTES_USUAL = 2048 };

static uint32_t step_from(struct policy_inputs *inputs, uint32_t from)
{
    const struct policy_enrichment *enrichment = &inputs->release->enrichment;
    for (uint32_t i = from; i < enrichment->step_count; i++) {
        const struct cel_program *when = enrichment->steps[i].when;
        if (when == NULL)
            return i;
        const struct cel_value holds = cel_evaluate(when, inputs->variables, &inputs->scratch);
        if (holds.kind == CEL_BOOL && holds.boolean)
            return i;
    }
    return CORE_NONE;
}

struct core_next_step enrichment_next(struct policy_inputs *inputs, uint32_t from)
{
    const uint32_t step = step_from(inputs, from);
    if (step == CORE_NONE)
        return (struct core_next_step){.step = step};
    /* A check is waited for: what nobody could look at has not been looked at. */
    const bool checks = inputs->release->enrichment.steps[step].hold[0] != '\0';
    return (struct core_next_step){.step = step,
                                   .passable = !checks && step_from(inputs, step + 1) != CORE_NONE};
}

void submission_decide(const struct core_command *command, const struct policy_release *release,
                       uint32_t source, const struct cel_value *values, struct policy_decision *ret,
                       struct core_next_step *ret_first)
{
    const struct policy_subject subject = {.source = source,
                                           .values = values,
                                           .person = command->submit.key,
                                           .time_us = command->time_us};
    struct policy_inputs inputs;
    policy_inputs_init(&inputs, release, &subject);
    policy_decide(&inputs, ret);
    *ret_first = enrichment_next(&inputs, 0);
}

struct bytes attributes_print(const struct policy_schema *schema, const struct cel_value *values,
                              struct arena *arena)
{
    struct bytes printed = {0};
    struct buffer text;
    struct json_writer json;
    buffer_init(&text, ATTRIBUTES_MAX);
    buffer_reserve(&text, ATTRIBUTES_USUAL);
    json_begin(&json, &text);
    policy_record_write_json(schema, values, &json);
    if (!text.overflow)
        printed = arena_copy(arena, buffer_bytes(&text));
    buffer_release(&text);
    return printed;
}

void core_submit_prepare(struct core_command *command, struct arena *arena)
{
    const struct policy_release *release = command->submit.release;
    if (!release->uses_time) { /* which is known only to who decides */
        struct policy_decision *decision = arena_alloc(arena, sizeof *decision);
        submission_decide(command, release, command->submit.source, command->submit.values,
                          decision, &command->submit.first);
        command->submit.decision = decision;
    }

    command->submit.attributes = attributes_print(&release->schema, command->submit.values, arena);
}
