/* Class, score and route of one lead: a pure function of release and lead, on the stack. */
#include "policy/internal.h"

#include <math.h>

enum { SCRATCH_SIZE = 4096 }; /* for the strings and lists that an expression makes */

struct evaluation {
    struct cel_value variables[2]; /* as release->environment declares them */
    struct cel_scratch scratch;
    char memory[SCRATCH_SIZE];
};

static void evaluation_init(struct evaluation *evaluation, const struct policy_release *release,
                            uint32_t source, const struct cel_value *lead)
{
    ML_ASSERT(source < release->source_count);
    evaluation->variables[0] = (struct cel_value){
        .kind = CEL_RECORD, .count = (uint32_t)release->schema.count, .items = lead};
    evaluation->variables[1] = cel_string(bytes_of(release->sources[source].name));
    evaluation->scratch = (struct cel_scratch){evaluation->memory, SCRATCH_SIZE, 0};
}

static struct cel_value evaluate(struct evaluation *evaluation, const struct cel_program *program)
{
    return cel_evaluate(program, evaluation->variables, &evaluation->scratch);
}

static enum policy_outcome try_condition(struct evaluation *evaluation,
                                         const struct cel_program *when)
{
    if (when == NULL)
        return POLICY_MATCHED;
    struct cel_value value = evaluate(evaluation, when);
    if (value.kind != CEL_BOOL)
        return POLICY_FAILED;
    return value.boolean ? POLICY_MATCHED : POLICY_FALSE;
}

/* False when the expression did not end in a number. */
static bool score_of(struct evaluation *evaluation, const struct cel_program *score, int64_t *ret)
{
    *ret = 0;
    if (score == NULL)
        return true;
    struct cel_value value = evaluate(evaluation, score);
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

void policy_decide(const struct policy_release *release, uint32_t source,
                   const struct cel_value *lead, struct policy_decision *ret)
{
    struct evaluation evaluation;
    evaluation_init(&evaluation, release, source, lead);
    *ret = (struct policy_decision){0};
    while (try_condition(&evaluation, release->classes[ret->class_index].when) != POLICY_MATCHED)
        ret->class_index++;
    ret->score_failed = !score_of(&evaluation, release->score, &ret->score);
    for (;; ret->route_index++) {
        enum policy_outcome outcome =
            try_condition(&evaluation, release->routes[ret->route_index].when);
        if (outcome == POLICY_MATCHED)
            break;
        ret->route_errors += outcome == POLICY_FAILED;
    }
}

enum policy_outcome policy_route_try(const struct policy_release *release, uint32_t route,
                                     uint32_t source, const struct cel_value *lead,
                                     struct arena *arena, const char **ret_message)
{
    ML_ASSERT(route < release->route_count);
    struct evaluation evaluation;
    evaluation_init(&evaluation, release, source, lead);
    *ret_message = "";
    const struct cel_program *when = release->routes[route].when;
    if (when == NULL)
        return POLICY_MATCHED;
    struct cel_value value = evaluate(&evaluation, when);
    if (value.kind == CEL_BOOL)
        return value.boolean ? POLICY_MATCHED : POLICY_FALSE;
    *ret_message = value.kind == CEL_ERROR ? arena_string(arena, value.string)
                                           : "the condition is neither true nor false";
    return POLICY_FAILED;
}
