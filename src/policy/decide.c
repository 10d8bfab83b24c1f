/* Class, score and route of one lead: a pure function of release and subject, on the stack. Made
 * for a million decisions a second: only what some expression of the release asks for is worked
 * out. */
#include "policy/internal.h"

#include <math.h>

void policy_inputs_init(struct policy_inputs *inputs, const struct policy_release *release,
                        const struct policy_subject *subject)
{
    ML_ASSERT(subject->source < release->source_count);
    inputs->release = release;
    inputs->subject = subject;
    inputs->match = POLICY_MATCH_NONE;
    inputs->match_score = 1.0;
    inputs->variables[POLICY_LEAD] = (struct cel_value){
        .kind = CEL_RECORD, .count = (uint32_t)release->schema.count, .items = subject->values};
    inputs->variables[POLICY_SOURCE] = cel_string(bytes_of(release->sources[subject->source].name));
    for (size_t i = 0; i < release->param_count; i++)
        inputs->params[i] = release->params[i].value;
    inputs->variables[POLICY_PARAMS] = (struct cel_value){
        .kind = CEL_RECORD, .count = (uint32_t)release->param_count, .items = inputs->params};
    inputs->variables[POLICY_ACCOUNT].kind = CEL_ABSENT;
    inputs->variables[POLICY_NOW] = cel_timestamp_us(subject->time_us);
    inputs->scratch = (struct cel_scratch){inputs->memory, sizeof inputs->memory, 0};
}

static struct cel_value evaluate(struct policy_inputs *inputs, const struct cel_program *program)
{
    return cel_evaluate(program, inputs->variables, &inputs->scratch);
}

static bool is_true(struct policy_inputs *inputs, const struct cel_program *when)
{
    if (when == NULL)
        return true;
    struct cel_value value = evaluate(inputs, when);
    return value.kind == CEL_BOOL && value.boolean;
}

/* False when the expression did not end in a number. */
static bool score_of(struct policy_inputs *inputs, int64_t *ret)
{
    *ret = 0;
    if (inputs->release->score == NULL)
        return true;
    struct cel_value value = evaluate(inputs, inputs->release->score);
    if (value.kind == CEL_INT) {
        *ret = value.integer;
        return true;
    }
    if (value.kind != CEL_DOUBLE || isnan(value.number))
        return false;
    double rounded = round(value.number);
    *ret = rounded >= 0x1p63 ? INT64_MAX : rounded < -0x1p63 ? INT64_MIN : (int64_t)rounded;
    return true;
}

/* ---- samples */

static struct hash128 hash_of_values(const struct policy_inputs *inputs)
{
    struct buffer packed;
    buffer_init(&packed, SIZE_MAX / 2);
    policy_record_pack(&inputs->release->schema, inputs->subject->values, &packed);
    struct bytes bytes = buffer_bytes(&packed);
    struct hash128 hash = hash128_of(&bytes, 1);
    buffer_release(&packed);
    return hash;
}

/* The same person is in or out of a route's sample for good, whatever the order of the routes. */
static bool is_sampled(const struct policy_inputs *inputs, const struct policy_route *route)
{
    if (route->sample == POLICY_SAMPLE_ALL)
        return true;
    struct hash128 person = inputs->subject->person;
    if (hash128_is_none(person))
        person = hash_of_values(inputs);
    char text[HASH128_TEXT_SIZE];
    hash128_print(person, text);
    const struct bytes pieces[] = {{text, HASH128_TEXT_SIZE - 1}, bytes_of(route->name)};
    return hash128_of(pieces, 2).low % POLICY_SAMPLE_ALL < route->sample;
}

/* ---- deciding */

uint32_t policy_route_next(struct policy_inputs *inputs, uint32_t from)
{
    const struct policy_release *release = inputs->release;
    for (uint32_t i = from; i < release->route_count; i++)
        if (is_true(inputs, release->routes[i].when) && is_sampled(inputs, &release->routes[i]))
            return i;
    return (uint32_t)release->route_count - 1;
}

uint32_t policy_route_rep(struct policy_inputs *inputs, uint32_t route)
{
    const struct policy_route *entry = &inputs->release->routes[route];
    if (entry->rep == NULL)
        return entry->target_index;
    struct cel_value value = evaluate(inputs, entry->rep);
    return value.kind == CEL_STRING ? policy_rep_find(inputs->release, value.string) : POLICY_NONE;
}

void policy_decide(struct policy_inputs *inputs, struct policy_decision *ret)
{
    *ret = (struct policy_decision){0};
    while (!is_true(inputs, inputs->release->classes[ret->class_index].when))
        ret->class_index++;
    ret->score_failed = !score_of(inputs, &ret->score);
    ret->route_index = policy_route_next(inputs, 0);
}

/* ---- explaining */

static void try_condition(struct policy_inputs *inputs, const struct cel_program *when,
                          struct arena *arena, struct policy_trial *ret)
{
    *ret = (struct policy_trial){.outcome = POLICY_MATCHED, .message = ""};
    if (when == NULL)
        return;
    struct cel_value value = evaluate(inputs, when);
    if (value.kind == CEL_BOOL) {
        ret->outcome = value.boolean ? POLICY_MATCHED : POLICY_FALSE;
        return;
    }
    ret->outcome = POLICY_FAILED;
    ret->message = value.kind == CEL_ERROR ? arena_string(arena, value.string)
                                           : "the condition is neither true nor false";
}

void policy_class_try(struct policy_inputs *inputs, uint32_t class_index, struct arena *arena,
                      struct policy_trial *ret)
{
    ML_ASSERT(class_index < inputs->release->class_count);
    try_condition(inputs, inputs->release->classes[class_index].when, arena, ret);
}

void policy_route_try(struct policy_inputs *inputs, uint32_t route, struct arena *arena,
                      struct policy_trial *ret)
{
    ML_ASSERT(route < inputs->release->route_count);
    const struct policy_route *entry = &inputs->release->routes[route];
    try_condition(inputs, entry->when, arena, ret);
    if (ret->outcome == POLICY_MATCHED && !is_sampled(inputs, entry))
        ret->outcome = POLICY_NOT_SAMPLED;
}
