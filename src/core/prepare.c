/* What can be known of a submission without the state: its class, score and route under the release
 * it was read by, and its attributes as text. */
#include "core/core.h"

enum { ATTRIBUTES_MAX = 16 * 1024 * 1024, ATTRIBUTES_USUAL = 2048 };

void core_submit_prepare(struct core_command *command, struct arena *arena)
{
    const struct policy_release *release = command->submit.release;
    struct policy_decision *decision = arena_alloc(arena, sizeof *decision);
    if (!release->uses_time) { /* which is known only to who decides */
        const struct policy_subject subject = {.source = command->submit.source,
                                               .values = command->submit.values,
                                               .person = command->submit.key};
        struct policy_inputs inputs;
        policy_inputs_init(&inputs, release, &subject);
        policy_decide(&inputs, decision);
        command->submit.decision = decision;
    }

    struct buffer text;
    struct json_writer json;
    buffer_init(&text, ATTRIBUTES_MAX);
    buffer_reserve(&text, ATTRIBUTES_USUAL);
    json_begin(&json, &text);
    policy_record_write_json(&release->schema, command->submit.values, &json);
    if (!text.overflow)
        command->submit.attributes = arena_copy(arena, buffer_bytes(&text));
    buffer_release(&text);
}
