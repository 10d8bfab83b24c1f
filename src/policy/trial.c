/* What a condition came to and why: for explanations, not for deciding.
 *
 * The evaluation tells each sub-expression and its value, inner ones first. Of those only what made
 * the difference is kept: of a conjunction the part that was false (or failed), of a disjunction
 * all parts, down to the comparisons, and the fields in them. */
#include "policy/internal.h"

enum {
    STEPS_MAX = 2000, /* sub-expressions that are looked at */
    TOLD_MAX = 32,    /* that are told */
    DEPTH_MAX = 64,
    TEXT_MAX = 200, /* bytes of a text that is told */
    VALUE_MAX = 120,
};

/* One sub-expression; its children are those right inside it. */
struct part {
    uint32_t start, end;
    struct cel_value value;
    struct part *last_child, *previous; /* siblings, from the last one back */
};

struct trace {
    struct arena *arena;
    struct bytes text;
    struct part *top; /* those not inside another one yet, from the last one back */
    size_t count;
    struct policy_trial *trial;
    struct policy_trial_step told[TOLD_MAX];
};

static void add_part(void *context, const struct cel_step *step)
{
    struct trace *trace = context;
    if (trace->count++ >= STEPS_MAX || step->end > trace->text.size || step->start > step->end)
        return;
    struct part *part = arena_alloc(trace->arena, sizeof *part);
    *part = (struct part){.start = step->start, .end = step->end, .value = step->value};
    struct part *inside = trace->top, *outside = inside;
    struct part *first = NULL;
    while (outside != NULL && outside->start >= part->start && outside->end <= part->end) {
        first = outside;
        outside = outside->previous;
    }
    if (first != NULL) {
        first->previous = NULL;
        part->last_child = inside;
    }
    part->previous = outside;
    trace->top = part;
}

/* ---- the text between the parts */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The operator that stands beside the child, within its parent; '\0' when neither && nor ||. */
static char operator_beside(struct bytes text, const struct part *parent, const struct part *child)
{
    size_t after = child->end, before = child->start;
    while (after < parent->end && (is_blank(text.data[after]) || text.data[after] == ')'))
        after++;
    while (before > parent->start &&
           (is_blank(text.data[before - 1]) || text.data[before - 1] == '('))
        before--;
    if (after + 2 <= parent->end && text.data[after] == text.data[after + 1] &&
        (text.data[after] == '&' || text.data[after] == '|'))
        return text.data[after];
    if (before >= parent->start + 2 && text.data[before - 1] == text.data[before - 2] &&
        (text.data[before - 1] == '&' || text.data[before - 1] == '|'))
        return text.data[before - 1];
    return '\0';
}

/* "lead.employees", "lookup(accounts, lead.domain).owner": what ends in a name behind a dot. */
static bool is_reading(struct bytes text)
{
    size_t size = text.size;
    while (size > 0) {
        char c = text.data[size - 1];
        bool word = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '_';
        if (!word)
            break;
        size--;
    }
    bool name = size < text.size && !(text.data[size] >= '0' && text.data[size] <= '9');
    return name && (size == 0 || text.data[size - 1] == '.');
}

/* The opening parenthesis at the start is closed by the one at the end. Those in texts may deceive:
 * then a pair more or less is told. */
static bool is_enclosed(struct bytes text)
{
    size_t depth = 0;
    if (text.size < 2 || text.data[0] != '(' || text.data[text.size - 1] != ')')
        return false;
    for (size_t i = 0; i + 1 < text.size; i++) {
        depth += text.data[i] == '(';
        depth -= text.data[i] == ')' && depth > 0;
        if (depth == 0)
            return false;
    }
    return true;
}

/* Without blanks and parentheses around it. */
static struct bytes text_of(const struct trace *trace, const struct part *part)
{
    struct bytes text = {trace->text.data + part->start, part->end - part->start};
    for (;;) {
        while (text.size > 0 && is_blank(text.data[0]))
            text = (struct bytes){text.data + 1, text.size - 1};
        while (text.size > 0 && is_blank(text.data[text.size - 1]))
            text.size--;
        if (!is_enclosed(text))
            return text;
        text = (struct bytes){text.data + 1, text.size - 2};
    }
}

/* On one line, cut when long. */
static const char *one_line(struct arena *arena, struct bytes text)
{
    char *line = arena_alloc(arena, text.size + sizeof "…");
    size_t size = 0;
    for (size_t i = 0; i < text.size && size < TEXT_MAX; i++) {
        bool blank = text.data[i] == '\n' || text.data[i] == '\r' || text.data[i] == '\t';
        if (blank || (text.data[i] == ' ' && size > 0 && line[size - 1] == ' ')) {
            if (size > 0 && line[size - 1] != ' ')
                line[size++] = ' ';
            continue;
        }
        line[size++] = text.data[i];
    }
    if (size == TEXT_MAX) {
        while (size > 0 && ((unsigned char)line[size - 1] & 0xC0) == 0x80)
            size--;
        size -= size > 0 && ((unsigned char)line[size - 1] & 0x80) != 0;
        memcpy(line + size, "…", sizeof "…" - 1);
        size += sizeof "…" - 1;
    }
    line[size] = '\0';
    return line;
}

/* ---- telling */

static void tell(struct trace *trace, const struct part *part, bool reading)
{
    struct policy_trial *trial = trace->trial;
    const char *text = one_line(trace->arena, text_of(trace, part));
    for (size_t i = 0; i < trial->step_count; i++)
        if (strcmp(trace->told[i].text, text) == 0)
            return;
    if (trial->step_count == TOLD_MAX)
        return;
    const char *value = "absent"; /* reading what is not there is how a field fails */
    if (!(reading && part->value.kind == CEL_ERROR)) {
        struct buffer printed;
        buffer_init(&printed, 8 * (size_t)VALUE_MAX);
        cel_value_print(&part->value, VALUE_MAX, &printed);
        value = arena_string(trace->arena, buffer_bytes(&printed));
        buffer_release(&printed);
    }
    trace->told[trial->step_count++] = (struct policy_trial_step){text, value};
}

/* The fields, variables and results of look-ups inside, in the order of the text. */
static void tell_readings(struct trace *trace, const struct part *part, int depth)
{
    if (part == NULL || depth == DEPTH_MAX)
        return;
    tell_readings(trace, part->previous, depth);
    enum cel_kind kind = part->value.kind;
    bool plain = kind != CEL_RECORD && kind != CEL_TABLE && kind != CEL_MAP;
    tell_readings(trace, part->last_child, depth + 1);
    if (plain && is_reading(text_of(trace, part)))
        tell(trace, part, true);
}

static bool is_false(const struct part *part)
{
    return part->value.kind == CEL_BOOL && !part->value.boolean;
}

/* Whether the child is why its parent, a conjunction or disjunction, came to what it did. */
static bool is_reason(const struct part *parent, const struct part *child, char operator)
{
    bool failed = child->value.kind != CEL_BOOL;
    if (operator== '|')
        return failed || is_false(child);
    return is_false(parent) ? is_false(child) : failed;
}

static void tell_difference(struct trace *trace, const struct part *part, int depth);

/* In the order of the text; true when some child was a reason. */
static bool tell_reasons(struct trace *trace, const struct part *parent, const struct part *child,
                         char operator, int depth)
{
    if (child == NULL)
        return false;
    bool told = tell_reasons(trace, parent, child->previous, operator, depth);
    if (!is_reason(parent, child, operator))
        return told;
    tell_difference(trace, child, depth + 1);
    return true;
}

static void tell_difference(struct trace *trace, const struct part *part, int depth)
{
    char operator= '\0';
    for (const struct part *child = part->last_child; child != NULL && operator== '\0';
         child = child->previous)
        operator= operator_beside(trace->text, part, child);
    if (operator!= '\0' && depth<DEPTH_MAX &&
        tell_reasons(trace, part, part->last_child, operator, depth))
        return;
    tell(trace, part, is_reading(text_of(trace, part)));
    tell_readings(trace, part->last_child, 0);
}

static bool is_sign(char c)
{
    return c == '+' || c == '-';
}

/* The child is added or subtracted, within its parent. */
static bool is_term(struct bytes text, const struct part *parent, const struct part *child)
{
    size_t after = child->end, before = child->start;
    while (after < parent->end && (is_blank(text.data[after]) || text.data[after] == ')'))
        after++;
    while (before > parent->start &&
           (is_blank(text.data[before - 1]) || text.data[before - 1] == '('))
        before--;
    return (after < parent->end && is_sign(text.data[after])) ||
           (before > parent->start && is_sign(text.data[before - 1]));
}

static void tell_sum(struct trace *trace, const struct part *part, int depth);

/* In the order of the text; false when the parent is no sum. */
static bool tell_terms(struct trace *trace, const struct part *parent, const struct part *child,
                       int depth)
{
    if (child == NULL)
        return true;
    if (depth == DEPTH_MAX || !is_term(trace->text, parent, child) ||
        !tell_terms(trace, parent, child->previous, depth))
        return false;
    tell_sum(trace, child, depth + 1);
    return true;
}

/* What a + b - c adds up, part by part; not the whole, which is known. */
static void tell_sum(struct trace *trace, const struct part *part, int depth)
{
    bool sum = part->last_child != NULL && tell_terms(trace, part, part->last_child, depth);
    if (!sum && depth > 0)
        tell(trace, part, is_reading(text_of(trace, part)));
}

/* ---- trying */

static void try_condition(struct policy_inputs *inputs, const char *text,
                          const struct cel_program *when, struct arena *arena,
                          struct policy_trial *ret)
{
    *ret = (struct policy_trial){.outcome = POLICY_MATCHED, .message = ""};
    if (when == NULL)
        return;
    struct trace *trace = arena_zalloc(arena, sizeof *trace);
    *trace = (struct trace){.arena = arena, .text = bytes_of(text), .trial = ret};
    struct cel_value value =
        cel_evaluate_traced(when, inputs->variables, &inputs->scratch, add_part, trace);
    if (value.kind == CEL_BOOL && value.boolean)
        return;
    ret->outcome = value.kind == CEL_BOOL ? POLICY_FALSE : POLICY_FAILED;
    if (value.kind == CEL_ERROR)
        ret->message = arena_string(arena, value.string);
    else if (value.kind != CEL_BOOL)
        ret->message = "the condition is neither true nor false";
    if (trace->top != NULL)
        tell_difference(trace, trace->top, 0);
    ret->steps = trace->told;
}

void policy_class_try(struct policy_inputs *inputs, uint32_t class_index, struct arena *arena,
                      struct policy_trial *ret)
{
    ML_ASSERT(class_index < inputs->release->class_count);
    const struct policy_class *entry = &inputs->release->classes[class_index];
    try_condition(inputs, entry->when_text, entry->when, arena, ret);
}

void policy_route_try(struct policy_inputs *inputs, uint32_t route, struct arena *arena,
                      struct policy_trial *ret)
{
    ML_ASSERT(route < inputs->release->route_count);
    const struct policy_route *entry = &inputs->release->routes[route];
    try_condition(inputs, entry->when_text, entry->when, arena, ret);
    if (ret->outcome == POLICY_MATCHED && !policy_route_samples(inputs, entry))
        ret->outcome = POLICY_NOT_SAMPLED;
}

void policy_score_try(struct policy_inputs *inputs, struct arena *arena, struct policy_trial *ret)
{
    const struct policy_release *release = inputs->release;
    *ret = (struct policy_trial){.outcome = POLICY_MATCHED, .message = ""};
    if (release->score == NULL)
        return;
    struct trace *trace = arena_zalloc(arena, sizeof *trace);
    *trace = (struct trace){.arena = arena, .text = bytes_of(release->score_text), .trial = ret};
    struct cel_value value =
        cel_evaluate_traced(release->score, inputs->variables, &inputs->scratch, add_part, trace);
    if (value.kind != CEL_INT && value.kind != CEL_DOUBLE)
        ret->outcome = POLICY_FAILED;
    if (value.kind == CEL_ERROR)
        ret->message = arena_string(arena, value.string);
    if (trace->top != NULL)
        tell_sum(trace, trace->top, 0);
    tell_readings(trace, trace->top, 0);
    ret->steps = trace->told;
}
