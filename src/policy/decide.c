/* Class, score and route of one lead: a pure function of release and subject, on the stack. Made
 * for a million decisions a second: only what some expression of the release asks for is worked
 * out. */
#include "policy/internal.h"

#include "policy/reference/account.h"
#include "policy/route_index.h"

#include <math.h>

/* Asks the expressions in turn; what they give is kept in the memory of the inputs, each behind the
 * one before. */
static size_t ask(struct policy_inputs *inputs, const struct cel_program *const *programs,
                  size_t count, struct bytes *ret)
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        struct cel_scratch *scratch = &inputs->scratch;
        struct cel_value value = cel_evaluate(programs[i], inputs->variables, scratch);
        if (value.kind != CEL_STRING)
            continue; /* an absent field, say: nothing to look for */
        ret[found++] = value.string;
        size_t used = (scratch->used + 15) & ~(size_t)15;
        used = used < scratch->size ? used : scratch->size;
        *scratch = (struct cel_scratch){scratch->memory + used, scratch->size - used, 0};
    }
    return found;
}

static void match_account(struct policy_inputs *inputs, const struct policy_matching *matching)
{
    static const char *const names[] = {
        [POLICY_MATCH_DOMAIN] = "domain",
        [POLICY_MATCH_NAME] = "name",
        [POLICY_MATCH_SIMILAR] = "similar",
    };
    struct bytes domains[POLICY_MATCHING_MAX], companies[POLICY_MATCHING_MAX];
    size_t domain_count = ask(inputs, matching->domains, matching->domain_count, domains);
    size_t company_count = ask(inputs, matching->names, matching->name_count, companies);
    struct policy_account_match match = policy_account_find(inputs->release->accounts, domains,
                                                            domain_count, companies, company_count);
    inputs->scratch = (struct cel_scratch){inputs->memory, sizeof inputs->memory, 0};
    if (match.kind == POLICY_MATCH_NONE)
        return;
    size_t columns = matching->table->column_count;
    inputs->match = match.kind;
    inputs->match_score = match.score;
    for (uint32_t i = 0; i < columns; i++)
        inputs->account[i] = policy_table_cell(matching->table, match.row, i);
    inputs->account[columns] = cel_string(bytes_of(names[match.kind]));
    inputs->account[columns + 1] = cel_double(match.score);
    inputs->variables[POLICY_ACCOUNT] = (struct cel_value){
        .kind = CEL_RECORD, .count = (uint32_t)columns + 2, .items = inputs->account};
}

void policy_inputs_init(struct policy_inputs *inputs, const struct policy_release *release,
                        const struct policy_subject *subject)
{
    const struct policy_block *block = policy_block_of(release);
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
    for (size_t i = 0; i < subject->override_count; i++)
        inputs->params[subject->overrides[i].param] = subject->overrides[i].value;
    inputs->variables[POLICY_PARAMS] = (struct cel_value){
        .kind = CEL_RECORD, .count = (uint32_t)release->param_count, .items = inputs->params};
    inputs->variables[POLICY_ACCOUNT].kind = CEL_ABSENT;
    inputs->variables[POLICY_NOW].kind = CEL_ABSENT;
    if (release->uses_time)
        inputs->variables[POLICY_NOW] = cel_timestamp_us(subject->time_us);
    for (size_t i = 0; i < block->used_table_count; i++)
        inputs->variables[POLICY_TABLES_FROM + block->used_tables[i]] =
            release->table_values[block->used_tables[i]];
    inputs->scratch = (struct cel_scratch){inputs->memory, sizeof inputs->memory, 0};
    if (block->uses_account)
        match_account(inputs, &block->matching);
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
bool policy_route_samples(const struct policy_inputs *inputs, const struct policy_route *route)
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
    struct policy_route_walk walk;
    policy_route_walk_init(&walk, release->route_index, inputs->variables, from);
    for (;;) {
        uint32_t at = policy_route_walk_next(&walk);
        if (at == POLICY_NONE)
            return (uint32_t)release->route_count - 1; /* the catch-all, asked for behind itself */
        if (is_true(inputs, release->routes[at].when) &&
            policy_route_samples(inputs, &release->routes[at]))
            return at;
    }
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
