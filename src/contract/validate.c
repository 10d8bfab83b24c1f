/* Runs a program over an instance. One code serves the verdict and the report: the verdict stops at
 * the first fault, the report goes on and notes each. */
#include "contract/internal.h"

#include "contract/number.h"

#include <inttypes.h>
#include <stdlib.h>

#define PATTERN_WORK_MAX INT64_C(400000000)

struct contract_scratch *contract_scratch_new(void)
{
    struct contract_scratch *scratch = calloc(1, sizeof *scratch);
    if (scratch == NULL)
        panic("out of memory (scratch)");
    arena_init(&scratch->arena);
    scratch->matcher = contract_matcher_new();
    return scratch;
}

void contract_scratch_free(struct contract_scratch *scratch)
{
    if (scratch == NULL)
        return;
    contract_matcher_free(scratch->matcher);
    arena_release(&scratch->arena);
    free(scratch);
}

/* ---- marks */

struct marks contract_marks_new(struct run *run, const struct contract_instance *value)
{
    uint32_t count = value->kind >= CONTRACT_ARRAY ? value->count : 0;
    size_t words = (size_t)count / 64 + 1;
    run->work -= (int64_t)words;
    return (struct marks){arena_array(&run->scratch->arena, words, sizeof(uint64_t)), count};
}

void contract_marks_merge(struct marks *into, const struct marks *from)
{
    for (uint32_t i = 0; i <= into->count / 64; i++)
        into->bits[i] |= from->bits[i];
}

/* ---- values */

static bool is_choice(struct run *run, const struct value_rules *rules,
                      const struct contract_instance *value)
{
    if (value->kind == CONTRACT_STRING) {
        uint32_t at = (uint32_t)contract_name_hash(value->text) & rules->text_mask;
        for (; rules->texts[at] != NULL; at = (at + 1) & rules->text_mask)
            if (bytes_equal(rules->texts[at]->text, value->text))
                return true;
        return false;
    }
    if (rules->only_texts)
        return false;
    run->work -= rules->choices->count;
    for (uint32_t i = 0; i < rules->choices->count; i++)
        if (contract_instance_equal(&rules->choices->items[i], value))
            return true;
    return false;
}

/* "\"a\", \"b\" or 3", as many as a person reads. */
static const char *list_choices(struct run *run, const struct contract_instance *choices)
{
    enum { SHOWN_MAX = 12 };
    struct buffer out;
    if (!contract_run_describes(run))
        return "";
    buffer_init(&out, 4096);
    uint32_t shown = choices->count > SHOWN_MAX ? SHOWN_MAX : choices->count;
    for (uint32_t i = 0; i < shown; i++) {
        if (i > 0)
            buffer_printf(&out, i + 1 == choices->count ? " or " : ", ");
        const struct contract_instance *choice = &choices->items[i];
        if (choice->kind == CONTRACT_STRING)
            contract_text_quote(choice->text, &out);
        else
            contract_instance_describe(choice, &out);
    }
    if (shown < choices->count)
        buffer_printf(&out, " or one of %u more", choices->count - shown);
    const char *list = arena_string(run->reporter->arena, buffer_bytes(&out));
    buffer_release(&out);
    return list;
}

static bool evaluate_value(struct run *run, const struct frame *frame)
{
    const struct value_rules *rules = frame->node->value;
    bool good = true;
    if (rules->constant != NULL && !contract_instance_equal(rules->constant, frame->value))
        good = FAULT(run, frame, "const", "must be %s%s", contract_shown(run, rules->constant),
                     contract_got(run, frame->value));
    if (contract_run_stops(run, good))
        return false;
    if (rules->choices != NULL && !is_choice(run, rules, frame->value))
        good = FAULT(run, frame, "enum", "must be %s%s", list_choices(run, rules->choices),
                     contract_got(run, frame->value));
    return good;
}

/* ---- types */

static const char *list_types(struct run *run, const struct node *node)
{
    static const char *const names[] = {"null",   "true or false", "a number",
                                        "a text", "a list",        "an object"};
    struct buffer out;
    if (!contract_run_describes(run))
        return "";
    buffer_init(&out, 256);
    unsigned left = node->types;
    for (unsigned i = 0; i < 6; i++) {
        if ((node->types >> i & 1) == 0)
            continue;
        left &= ~(1u << i);
        const char *name =
            i == CONTRACT_NUMBER && node->integers ? "a whole number (integer)" : names[i];
        buffer_printf(&out, "%s%s", out.size == 0 ? "" : left == 0 ? " or " : ", ", name);
    }
    const char *list = arena_string(run->reporter->arena, buffer_bytes(&out));
    buffer_release(&out);
    return list;
}

static bool has_type(const struct node *node, const struct contract_instance *value)
{
    return (node->types >> value->kind & 1) != 0 &&
           (!node->integers || value->kind != CONTRACT_NUMBER ||
            value->numeric != CONTRACT_DECIMAL);
}

/* ---- numbers and texts */

static bool check_bound(struct run *run, const struct frame *frame, const char *keyword,
                        const struct contract_instance *bound, const char *words, bool holds)
{
    return holds || FAULT(run, frame, keyword, "must be %s %.*s%s", words, BYTES_ARG(bound->text),
                          contract_got(run, frame->value));
}

static bool is_multiple(struct run *run, const struct contract_instance *value,
                        const struct contract_instance *divisor)
{
    if (value->numeric != CONTRACT_INT64 || divisor->numeric != CONTRACT_INT64)
        run->work -= (int64_t)(value->text.size * divisor->text.size / 32);
    return contract_number_is_multiple(value, divisor);
}

static bool evaluate_number(struct run *run, const struct frame *frame)
{
    const struct number_rules *rules = frame->node->number;
    const struct contract_instance *value = frame->value, *bound;
    bool good = true;
    if ((bound = rules->minimum) != NULL)
        good &= check_bound(run, frame, "minimum", bound, "at least",
                            contract_number_compare(value, bound) >= 0);
    if ((bound = rules->maximum) != NULL)
        good &= check_bound(run, frame, "maximum", bound, "at most",
                            contract_number_compare(value, bound) <= 0);
    if ((bound = rules->above) != NULL)
        good &= check_bound(run, frame, "exclusiveMinimum", bound, "above",
                            contract_number_compare(value, bound) > 0);
    if ((bound = rules->below) != NULL)
        good &= check_bound(run, frame, "exclusiveMaximum", bound, "below",
                            contract_number_compare(value, bound) < 0);
    if ((bound = rules->multiple_of) != NULL && !contract_run_stops(run, good))
        good &= check_bound(run, frame, "multipleOf", bound, "a multiple of",
                            is_multiple(run, value, bound));
    return good;
}

bool contract_matches(struct run *run, const struct frame *frame, const char *keyword,
                      const struct contract_pattern *pattern, struct bytes text)
{
    enum contract_match match =
        contract_pattern_match(pattern, text, run->scratch->matcher, &run->pattern_work);
    if (match == CONTRACT_TOO_MUCH_WORK)
        return contract_run_break(run, frame, keyword,
                                  "cannot be checked: its pattern takes too much work on this "
                                  "text; simplify the pattern or shorten the text");
    return match == CONTRACT_MATCH;
}

static bool evaluate_string(struct run *run, const struct frame *frame)
{
    const struct string_rules *rules = frame->node->string;
    const struct contract_instance *value = frame->value;
    bool good = true;
    if (value->count < rules->length_min)
        good = FAULT(run, frame, "minLength", "must have at least %" PRIu64 " character%s, has %u",
                     rules->length_min, rules->length_min == 1 ? "" : "s", value->count);
    if (value->count > rules->length_max)
        good = FAULT(run, frame, "maxLength", "must have at most %" PRIu64 " character%s, has %u",
                     rules->length_max, rules->length_max == 1 ? "" : "s", value->count);
    if (contract_run_stops(run, good))
        return false;
    if (rules->format != NULL && !rules->format->check(value->text))
        good = FAULT(run, frame, "format", "must be %s%s", rules->format->meaning,
                     contract_got(run, value));
    if (contract_run_stops(run, good) || rules->pattern == NULL ||
        contract_matches(run, frame, "pattern", rules->pattern, value->text))
        return good;
    if (run->broken)
        return false;
    return FAULT(run, frame, "pattern", "must match the pattern %.*s%s",
                 BYTES_ARG(rules->pattern_text), contract_got(run, value));
}

/* ---- one schema */

/* Cheap checks first: most faults are in them. */
static bool evaluate_rules(struct run *run, const struct frame *frame, struct marks *marks)
{
    const struct node *node = frame->node;
    const struct contract_instance *value = frame->value;
    bool good = true;
    if (!has_type(node, value))
        good = FAULT(run, frame, "type", "must be %s%s", list_types(run, node),
                     contract_got(run, value));
    if (node->value != NULL && !contract_run_stops(run, good) && good)
        good &= evaluate_value(run, frame);
    if (contract_run_stops(run, good))
        return false;
    if (value->kind == CONTRACT_NUMBER && node->number != NULL)
        good &= evaluate_number(run, frame);
    else if (value->kind == CONTRACT_STRING && node->string != NULL)
        good &= evaluate_string(run, frame);
    else if (value->kind == CONTRACT_ARRAY && node->array != NULL)
        good &= contract_evaluate_array(run, frame, marks);
    else if (value->kind == CONTRACT_OBJECT && node->object != NULL)
        good &= contract_evaluate_object(run, frame, marks);
    if (contract_run_stops(run, good) || node->logic == NULL)
        return good;
    return contract_evaluate_logic(run, frame, marks) && good;
}

static bool evaluate_unevaluated(struct run *run, const struct frame *frame, struct marks *marks)
{
    const struct contract_instance *value = frame->value;
    bool object = value->kind == CONTRACT_OBJECT, good = true;
    const struct node *node =
        object ? frame->node->unevaluated_properties : frame->node->unevaluated_items;
    for (uint32_t i = 0; i < value->count; i++) {
        if (marks_has(marks, i))
            continue;
        struct frame inside =
            frame_inside(frame, node, object ? &value->members[i].value : &value->items[i],
                         object ? "unevaluatedProperties" : "unevaluatedItems");
        if (object)
            inside.member = value->members[i].name;
        else
            inside.item = i;
        good &= contract_evaluate(run, &inside, NULL);
        if (contract_run_stops(run, good))
            return false;
        marks_set(marks, i);
    }
    return good;
}

/* The property that was perhaps meant by a name that is not expected. */
static const char *suggestion(struct run *run, const struct frame *frame)
{
    enum { NAME_MAX_SIZE = 64, NAMES_MAX = 200 };
    if (!contract_run_describes(run) || frame->member.size > NAME_MAX_SIZE ||
        strcmp(frame->keyword, "additionalProperties") != 0)
        return "";
    const struct contract_instance *named = frame->outer->node->object->named;
    uint32_t count = named == NULL ? 0 : named->count < NAMES_MAX ? named->count : NAMES_MAX;
    const char **names = arena_array(run->reporter->arena, count, sizeof *names);
    for (uint32_t i = 0; i < count; i++)
        names[i] = named->members[i].name.size > NAME_MAX_SIZE
                       ? ""
                       : arena_string(run->reporter->arena, named->members[i].name);
    run->work -= (int64_t)count * 32;
    const char *nearest = bytes_suggest(frame->member, names, count);
    if (nearest == NULL)
        return "";
    return arena_printf(run->reporter->arena, "; did you mean \"%s\"?", nearest);
}

static bool evaluate_never(struct run *run, const struct frame *frame)
{
    if (frame->keyword != NULL && frame->member.data != NULL)
        return FAULT(run, frame, NULL, "is not expected here%s", suggestion(run, frame));
    return FAULT(run, frame, NULL, "is not allowed");
}

bool contract_evaluate(struct run *run, const struct frame *frame, struct marks *marks)
{
    const struct node *node = frame->node;
    if (node->anything)
        return true;
    if (run->broken || !contract_run_spend(run, frame, 1))
        return false;
    if (node->never)
        return evaluate_never(run, frame);
    if (frame->depth > CONTRACT_EVALUATION_DEPTH_MAX)
        return contract_run_break(run, frame, NULL,
                                  "cannot be checked: the schemas lead too deep into each other, "
                                  "perhaps in a circle");
    uint8_t kind = frame->value->kind;
    bool tracks = (kind == CONTRACT_OBJECT && node->unevaluated_properties != NULL) ||
                  (kind == CONTRACT_ARRAY && node->unevaluated_items != NULL);
    if (!tracks)
        return evaluate_rules(run, frame, marks);
    struct marks own = contract_marks_new(run, frame->value);
    bool good = evaluate_rules(run, frame, &own);
    if (contract_run_stops(run, good))
        return false;
    good &= evaluate_unevaluated(run, frame, &own);
    if (marks != NULL)
        contract_marks_merge(marks, &own);
    return good;
}

/* ---- the whole */

static bool run_schema(const struct contract_schema *schema,
                       const struct contract_instance *instance, struct contract_scratch *scratch,
                       struct reporter *reporter, bool *ret_broken)
{
    struct run run = {.scratch = scratch, .reporter = reporter, .work = CONTRACT_WORK_MAX};
    run.pattern_work = PATTERN_WORK_MAX;
    run.whole = reporter;
    struct frame frame = {
        .node = schema->root, .value = instance, .index = PLACE_NO_INDEX, .item = PLACE_NO_INDEX};
    bool good = contract_evaluate(&run, &frame, NULL) && !run.broken;
    arena_reset(&scratch->arena);
    *ret_broken = run.broken;
    return good;
}

bool contract_schema_validate(const struct contract_schema *schema,
                              const struct contract_instance *instance,
                              struct contract_scratch *scratch)
{
    bool broken = false;
    return run_schema(schema, instance, scratch, NULL, &broken);
}

void contract_schema_report(const struct contract_schema *schema,
                            const struct contract_instance *instance,
                            struct contract_scratch *scratch, struct arena *arena,
                            struct contract_report *ret)
{
    struct reporter reporter = {arena, ret};
    bool broken = false;
    *ret = (struct contract_report){0};
    ret->errors = arena_array(arena, CONTRACT_REPORT_MAX, sizeof *ret->errors);
    ret->valid = run_schema(schema, instance, scratch, &reporter, &broken);
    /* Branches that fail are gone through to their end here: that may be too much work where the
     * verdict was not. */
    if (broken && contract_schema_validate(schema, instance, scratch)) {
        ret->valid = true;
        ret->truncated = false;
        ret->count = 0;
    }
}
