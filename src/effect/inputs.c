/* What the expressions of destinations see, and evaluating them. */
#include "effect/kind.h"
#include "effect/value.h"

static struct cel_value text_of(struct bytes text)
{
    return cel_string(text);
}

static void add_time(struct effect_pairs *pairs, const char *key, int64_t time_us)
{
    if (time_us != 0)
        effect_pairs_add(pairs, key, cel_timestamp_us(time_us));
}

static struct cel_value map_of_event(const struct effect_message *message, struct arena *arena)
{
    struct effect_pairs pairs;
    JSON_AUTO *data = NULL;
    effect_pairs_init(&pairs, 7, arena);
    if (message == NULL)
        return effect_pairs_map(&pairs);
    if (json_parse(message->data, &data, NULL) < 0)
        data = NULL;
    effect_pairs_add(&pairs, "type", text_of(bytes_of(core_event_type_name(message->type))));
    effect_pairs_add(&pairs, "id", text_of(arena_copy(arena, bytes_of(message->id))));
    effect_pairs_add(&pairs, "time", cel_timestamp_us(message->time_us));
    effect_pairs_add(&pairs, "seq", cel_int((int64_t)message->seq));
    effect_pairs_add(&pairs, "subject", text_of(message->subject));
    effect_pairs_add(&pairs, "purpose", text_of(bytes_of(policy_purpose_name(message->purpose))));
    effect_pairs_add(&pairs, "data", effect_value_of_json(data, arena));
    return effect_pairs_map(&pairs);
}

static struct cel_value map_of_meta(const struct effect_message *message,
                                    const struct policy_release *release, struct arena *arena)
{
    struct effect_pairs pairs;
    char id[LEAD_ID_TEXT_SIZE];
    effect_pairs_init(&pairs, 15, arena);
    if (message == NULL || message->lead == 0)
        return effect_pairs_map(&pairs);
    lead_id_print(message->lead, id);
    effect_pairs_add(&pairs, "id", text_of(arena_copy(arena, bytes_of(id))));
    effect_pairs_add(&pairs, "version", cel_int((int64_t)message->version));
    effect_pairs_add(&pairs, "state", text_of(message->state));
    effect_pairs_add(&pairs, "place", text_of(message->place));
    effect_pairs_add(&pairs, "class", text_of(message->class_name));
    effect_pairs_add(&pairs, "score", cel_int(message->score));
    effect_pairs_add(&pairs, "route", text_of(message->route));
    effect_pairs_add(&pairs, "pool", text_of(message->pool));
    effect_pairs_add(&pairs, "source", text_of(message->source));
    effect_pairs_add(&pairs, "owner", text_of(message->rep));
    const char *base = release->notifications.url != NULL ? release->notifications.url : "";
    effect_pairs_add(&pairs, "url",
                     text_of(base[0] != '\0'
                                 ? bytes_of(arena_printf(arena, "%s/leads/%s", base, id))
                                 : (struct bytes){0}));
    add_time(&pairs, "captured_at", message->captured_us);
    add_time(&pairs, "assigned_at", message->assigned_us);
    add_time(&pairs, "contacted_at", message->contacted_us);
    add_time(&pairs, "due_at", message->due_us);
    return effect_pairs_map(&pairs);
}

static struct cel_value map_of_external(const struct policy_release *release,
                                        const struct policy_contact *contact, struct arena *arena)
{
    struct effect_pairs pairs;
    effect_pairs_init(&pairs, POLICY_EXTERNAL_MAX, arena);
    for (size_t i = 0; contact != NULL && i < contact->external_count; i++)
        effect_pairs_add(&pairs, release->destinations[contact->external[i].destination].name,
                         text_of(bytes_of(contact->external[i].id)));
    return effect_pairs_map(&pairs);
}

static struct cel_value map_of_owner(const struct effect_message *message,
                                     const struct policy_release *release, struct arena *arena)
{
    struct effect_pairs pairs;
    effect_pairs_init(&pairs, 5, arena);
    if (message == NULL || message->rep.size == 0)
        return effect_pairs_map(&pairs);
    uint32_t index = policy_rep_find(release, message->rep);
    const struct policy_rep *rep = index != POLICY_NONE ? &release->reps[index] : NULL;
    effect_pairs_add(&pairs, "id", text_of(message->rep));
    effect_pairs_add(&pairs, "name", text_of(rep != NULL ? bytes_of(rep->name) : message->rep));
    effect_pairs_add(&pairs, "email", text_of(bytes_of(rep != NULL ? rep->email : "")));
    effect_pairs_add(&pairs, "team", text_of(bytes_of(rep != NULL ? rep->team : "")));
    effect_pairs_add(&pairs, "external",
                     map_of_external(release, rep != NULL ? rep->contact : NULL, arena));
    return effect_pairs_map(&pairs);
}

static struct cel_value map_of_target(const struct effect_message *message,
                                      const struct policy_release *release, struct arena *arena)
{
    struct effect_recipient recipient;
    struct effect_pairs pairs;
    effect_pairs_init(&pairs, 6, arena);
    if (message == NULL || message->target.size == 0)
        return effect_pairs_map(&pairs);
    effect_recipient_find(release, NULL, message->target, arena, &recipient);
    effect_pairs_add(&pairs, "kind", text_of(recipient.kind));
    effect_pairs_add(&pairs, "id", text_of(recipient.id));
    effect_pairs_add(&pairs, "name", text_of(recipient.name));
    effect_pairs_add(&pairs, "email", text_of(recipient.email));
    effect_pairs_add(&pairs, "address", text_of(recipient.address));
    effect_pairs_add(&pairs, "url", text_of(recipient.url));
    return effect_pairs_map(&pairs);
}

static struct cel_value record_of_lead(const struct effect_message *message,
                                       const struct policy_release *release)
{
    if (message == NULL || message->lead == 0 || message->values == NULL)
        return (struct cel_value){.kind = CEL_ABSENT};
    return (struct cel_value){
        .kind = CEL_RECORD, .count = (uint32_t)release->schema.count, .items = message->values};
}

static void set_release(struct effect_inputs *inputs, const struct policy_release *release)
{
    for (size_t i = 0; i < release->param_count; i++)
        inputs->params[i] = release->params[i].value;
    inputs->variables[POLICY_OUTBOX_PARAMS] = (struct cel_value){
        .kind = CEL_RECORD, .count = (uint32_t)release->param_count, .items = inputs->params};
    size_t tables = release->outbox_environment.count > POLICY_OUTBOX_TABLES_FROM
                        ? release->outbox_environment.count - POLICY_OUTBOX_TABLES_FROM
                        : 0;
    for (size_t i = 0; i < tables && i < POLICY_TABLES_MAX; i++)
        inputs->variables[POLICY_OUTBOX_TABLES_FROM + i] = release->table_values[i];
}

void effect_inputs_init(struct effect_inputs *inputs, const struct policy_release *release,
                        const struct effect_message *message, int64_t now_us, struct arena *arena)
{
    struct cel_value *variables = inputs->variables;
    for (size_t i = 0; i < POLICY_OUTBOX_TABLES_FROM; i++)
        variables[i] = (struct cel_value){.kind = CEL_ABSENT};
    variables[POLICY_OUTBOX_EVENT] = map_of_event(message, arena);
    variables[POLICY_OUTBOX_LEAD] = record_of_lead(message, release);
    variables[POLICY_OUTBOX_META] = map_of_meta(message, release, arena);
    variables[POLICY_OUTBOX_OWNER] = map_of_owner(message, release, arena);
    variables[POLICY_OUTBOX_TARGET] = map_of_target(message, release, arena);
    variables[POLICY_OUTBOX_EXTERNAL_ID] =
        text_of(message != NULL ? message->external_id : (struct bytes){0});
    variables[POLICY_OUTBOX_CURSOR] = text_of((struct bytes){0});
    variables[POLICY_OUTBOX_TOKEN] = text_of((struct bytes){0});
    variables[POLICY_OUTBOX_NOW] = cel_timestamp_us(now_us);
    set_release(inputs, release);
    inputs->scratch = (struct cel_scratch){inputs->memory, sizeof inputs->memory, 0};
}

void effect_inputs_answer(struct effect_inputs *inputs, const struct effect_answer *answer,
                          struct arena *arena)
{
    struct effect_pairs pairs, headers;
    JSON_AUTO *json = NULL;
    struct cel_value body;
    if (answer->body.size > 0 && json_parse(answer->body, &json, NULL) == 0)
        body = effect_value_of_json(json, arena);
    else if (bytes_is_utf8(answer->body))
        body = cel_string(answer->body);
    else
        body = (struct cel_value){.kind = CEL_BYTES, .string = answer->body};
    effect_pairs_init(&headers, (uint32_t)answer->header_count, arena);
    for (size_t i = 0; i < answer->header_count; i++)
        if (bytes_is_utf8(answer->headers[i].name) && bytes_is_utf8(answer->headers[i].value))
            effect_pairs_add(&headers, arena_string(arena, answer->headers[i].name),
                             text_of(answer->headers[i].value));
    effect_pairs_init(&pairs, 3, arena);
    effect_pairs_add(&pairs, "status", cel_int(answer->status));
    effect_pairs_add(&pairs, "headers", effect_pairs_map(&headers));
    effect_pairs_add(&pairs, "body", body);
    inputs->variables[POLICY_OUTBOX_RESPONSE] = effect_pairs_map(&pairs);
}

/* ---- evaluating */

int effect_evaluate(struct effect_inputs *inputs, const struct policy_expression *expression,
                    struct arena *arena, struct cel_value *ret, struct error *err)
{
    struct cel_value value = cel_evaluate(expression->program, inputs->variables, &inputs->scratch);
    if (value.kind == CEL_ERROR)
        return error_set(err, ML_EINVAL, expression->path, "`%s` cannot be worked out: %.*s",
                         expression->path, BYTES_ARG(value.string));
    *ret = effect_value_copy(&value, arena);
    return 0;
}

int effect_evaluate_text(struct effect_inputs *inputs, const struct policy_expression *expression,
                         struct arena *arena, struct bytes *ret, struct error *err)
{
    struct cel_value value;
    int code = effect_evaluate(inputs, expression, arena, &value, err);
    if (code == 0 && !effect_value_text(&value, arena, ret))
        code = error_set(err, ML_EINVAL, expression->path,
                         "`%s` did not come to a text, number or time", expression->path);
    return code;
}

int effect_evaluate_json(struct effect_inputs *inputs, const struct policy_expression *expression,
                         struct arena *arena, struct bytes *ret, struct error *err)
{
    struct cel_value value;
    struct json_writer json;
    struct buffer out;
    int code = effect_evaluate(inputs, expression, arena, &value, err);
    if (code < 0)
        return code;
    buffer_init(&out, EFFECT_BODY_MAX);
    json_begin(&json, &out);
    effect_value_write(&value, &json);
    if (out.overflow)
        code = error_set(err, ML_ELIMIT, expression->path, "`%s` is larger than 1 MiB",
                         expression->path);
    else
        *ret = arena_copy(arena, buffer_bytes(&out));
    buffer_release(&out);
    return code;
}
