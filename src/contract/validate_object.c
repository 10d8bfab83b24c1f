/* The keywords that look at objects. The members are gone through once: each finds its property in
 * the schema's table, and how many required ones were met is counted on the way. */
#include "contract/internal.h"

#include <inttypes.h>

static const struct property *property_of(const struct object_rules *rules,
                                          const struct contract_member *member)
{
    uint32_t at = (uint32_t)member->hash & rules->property_mask;
    for (; rules->properties[at].used; at = (at + 1) & rules->property_mask)
        if (rules->properties[at].hash == member->hash &&
            bytes_equal(rules->properties[at].name, member->name))
            return &rules->properties[at];
    return NULL;
}

static bool check_member(struct run *run, const struct frame *frame, const struct node *node,
                         const char *keyword, struct bytes name,
                         const struct contract_member *member)
{
    if (node->anything)
        return true;
    struct frame inside = frame_inside(frame, node, &member->value, keyword);
    inside.name = name;
    inside.member = member->name;
    return contract_evaluate(run, &inside, NULL);
}

static bool check_name(struct run *run, const struct frame *frame,
                       const struct contract_member *member)
{
    struct contract_instance name = contract_instance_string(member->name);
    struct frame inside = frame_inside(frame, frame->node->object->names, &name, "propertyNames");
    inside.is_name = true;
    return contract_evaluate(run, &inside, NULL);
}

static bool check_patterns(struct run *run, const struct frame *frame,
                           const struct contract_member *member, bool *ret_known)
{
    const struct object_rules *rules = frame->node->object;
    bool good = true;
    for (uint32_t i = 0; i < rules->pattern_count && !contract_run_stops(run, good); i++) {
        const struct pattern_property *pattern = &rules->patterns[i];
        bool matches =
            contract_matches(run, frame, "patternProperties", pattern->pattern, member->name);
        if (run->broken)
            return false;
        if (!matches)
            continue;
        *ret_known = true;
        good &=
            check_member(run, frame, pattern->schema, "patternProperties", pattern->text, member);
    }
    return good;
}

static bool check_one(struct run *run, const struct frame *frame, uint32_t at, struct marks *marks,
                      uint32_t *required)
{
    const struct object_rules *rules = frame->node->object;
    const struct contract_member *member = &frame->value->members[at];
    const struct property *property = property_of(rules, member);
    bool good = true, known = property != NULL && property->schema != NULL;
    *required += property != NULL && property->required;
    if (known)
        good &= check_member(run, frame, property->schema, "properties", member->name, member);
    if (rules->pattern_count > 0 && !contract_run_stops(run, good))
        good &= check_patterns(run, frame, member, &known);
    if (!known && rules->rest != NULL && !contract_run_stops(run, good)) {
        known = true;
        good &= check_member(run, frame, rules->rest, "additionalProperties",
                             (struct bytes){NULL, 0}, member);
    }
    if (rules->names != NULL && !contract_run_stops(run, good))
        good &= check_name(run, frame, member);
    if (known)
        marks_set(marks, at);
    return good;
}

/* ---- what must be there */

static const char *quoted(struct run *run, struct bytes name)
{
    struct buffer out;
    if (!contract_run_describes(run))
        return "";
    buffer_init(&out, 1024);
    contract_text_quote(name, &out);
    const char *text = arena_string(run->reporter->arena, buffer_bytes(&out));
    buffer_release(&out);
    return text;
}

static bool name_missing(struct run *run, const struct frame *frame)
{
    const struct contract_instance *required = frame->node->object->required;
    if (run->reporter == NULL)
        return false;
    for (uint32_t i = 0; i < required->count; i++)
        if (contract_instance_find(frame->value, required->items[i].text) == NULL)
            FAULT(run, frame, "required", "must have the member %s, which is missing",
                  quoted(run, required->items[i].text));
    return false;
}

static bool check_required_beside(struct run *run, const struct frame *frame,
                                  const struct dependency *dependency)
{
    bool good = true;
    for (uint32_t i = 0; i < dependency->required->count; i++) {
        struct bytes name = dependency->required->items[i].text;
        if (contract_instance_find(frame->value, name) == NULL)
            good = contract_fault(run, frame, dependency->keyword, dependency->name,
                                  "must have the member %s beside %s", quoted(run, name),
                                  quoted(run, dependency->name));
    }
    return good;
}

static bool check_dependencies(struct run *run, const struct frame *frame, struct marks *marks)
{
    const struct object_rules *rules = frame->node->object;
    bool good = true;
    for (uint32_t i = 0; i < rules->dependency_count && !contract_run_stops(run, good); i++) {
        const struct dependency *dependency = &rules->dependencies[i];
        if (contract_instance_find(frame->value, dependency->name) == NULL)
            continue;
        if (dependency->schema == NULL) {
            good &= check_required_beside(run, frame, dependency);
            continue;
        }
        struct frame inside =
            frame_inside(frame, dependency->schema, frame->value, dependency->keyword);
        inside.name = dependency->name;
        good &= contract_evaluate(run, &inside, marks);
    }
    return good;
}

bool contract_evaluate_object(struct run *run, const struct frame *frame, struct marks *marks)
{
    const struct object_rules *rules = frame->node->object;
    const struct contract_instance *value = frame->value;
    uint32_t required = 0;
    bool good = true;
    if (value->count < rules->count_min)
        good = FAULT(run, frame, "minProperties", "must have at least %" PRIu64 " member%s, has %u",
                     rules->count_min, rules->count_min == 1 ? "" : "s", value->count);
    if (value->count > rules->count_max)
        good = FAULT(run, frame, "maxProperties", "must have at most %" PRIu64 " member%s, has %u",
                     rules->count_max, rules->count_max == 1 ? "" : "s", value->count);
    for (uint32_t i = 0; i < value->count && !contract_run_stops(run, good); i++)
        good &= check_one(run, frame, i, marks, &required);
    if (contract_run_stops(run, good))
        return false;
    if (required < rules->required_count)
        good = name_missing(run, frame);
    if (rules->dependency_count > 0 && !contract_run_stops(run, good))
        good &= check_dependencies(run, frame, marks);
    return good;
}
