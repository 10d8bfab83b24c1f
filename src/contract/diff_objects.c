/* Rules for objects and lists. */
#include "contract/diff_internal.h"

static bool list_has_text(const struct contract_instance *list, struct bytes text)
{
    for (uint32_t i = 0; list != NULL && list->kind == CONTRACT_ARRAY && i < list->count; i++)
        if (list->items[i].kind == CONTRACT_STRING && bytes_equal(list->items[i].text, text))
            return true;
    return false;
}

static bool is_boolean(const struct contract_instance *schema, bool value)
{
    return schema != NULL && schema->kind == CONTRACT_BOOLEAN && schema->boolean == value;
}

/* The schema lets everything pass. */
static bool is_open(const struct contract_instance *schema)
{
    return schema == NULL || is_boolean(schema, true) ||
           (schema->kind == CONTRACT_OBJECT && schema->count == 0);
}

/* What a record's member of that name is, for places and sentences. */
static struct diff_pair pair_of_property(struct diff_run *run, const struct diff_pair *pair,
                                         struct bytes name)
{
    const char *old_at = diff_pointer(run, pair->old_at, BYTES_LITERAL("properties"));
    const char *new_at = diff_pointer(run, pair->new_at, BYTES_LITERAL("properties"));
    return (struct diff_pair){
        .old = contract_instance_find(diff_member(pair->old, "properties"), name),
        .new = contract_instance_find(diff_member(pair->new, "properties"), name),
        .old_at = diff_pointer(run, old_at, name),
        .new_at = diff_pointer(run, new_at, name),
        .field = diff_pointer(run, pair->field, name),
    };
}

/* ---- properties */

/* What was described is left to additionalProperties now. */
static void note_removed(struct diff_run *run, const struct diff_pair *pair,
                         struct diff_pair *property)
{
    const struct contract_instance *rest = diff_member(pair->new, "additionalProperties");
    bool patterns = diff_member(pair->new, "patternProperties") != NULL;
    if (is_boolean(property->old, false))
        return;
    enum contract_effect senders = patterns                  ? CONTRACT_CANNOT_TELL
                                   : is_boolean(rest, false) ? CONTRACT_BREAKING
                                                             : CONTRACT_COMPATIBLE;
    diff_note(run, property, NULL, senders, CONTRACT_BREAKING, "property_removed",
              "the field is not described any more%s",
              senders == CONTRACT_BREAKING ? ", and records that have it are refused" : "");
    if (senders == CONTRACT_COMPATIBLE && !is_open(rest)) {
        property->new = rest;
        property->new_at = diff_pointer(run, pair->new_at, BYTES_LITERAL("additionalProperties"));
        diff_compare(run, property);
    }
}

/* What was left to additionalProperties is described now. */
static void note_added(struct diff_run *run, const struct diff_pair *pair,
                       struct diff_pair *property)
{
    const struct contract_instance *rest = diff_member(pair->old, "additionalProperties");
    bool patterns = diff_member(pair->old, "patternProperties") != NULL;
    if (is_boolean(rest, false) && !patterns) {
        diff_note(run, property, NULL, CONTRACT_COMPATIBLE, CONTRACT_COMPATIBLE, "property_added",
                  "the field is new");
        return;
    }
    if (!is_open(rest) && !patterns) {
        property->old = rest;
        property->old_at = diff_pointer(run, pair->old_at, BYTES_LITERAL("additionalProperties"));
        diff_compare(run, property);
        return;
    }
    bool open = is_open(property->new);
    diff_note(run, property, NULL, open ? CONTRACT_COMPATIBLE : CONTRACT_CANNOT_TELL,
              CONTRACT_COMPATIBLE, open ? "property_added" : "property_added_to_open_object",
              open ? "the field is new"
                   : "the field is new; until now any value passed under this name, and those who "
                     "sent something else are refused");
}

static void compare_properties(struct diff_run *run, const struct diff_pair *pair)
{
    const struct contract_instance *old = diff_member(pair->old, "properties");
    const struct contract_instance *new = diff_member(pair->new, "properties");
    for (uint32_t i = 0; old != NULL && i < old->count; i++) {
        struct diff_pair property = pair_of_property(run, pair, old->members[i].name);
        if (property.new != NULL)
            diff_compare(run, &property);
        else
            note_removed(run, pair, &property);
    }
    for (uint32_t i = 0; new != NULL &&i < new->count; i++) {
        struct diff_pair property = pair_of_property(run, pair, new->members[i].name);
        if (property.old == NULL)
            note_added(run, pair, &property);
    }
}

/* ---- required */

static void compare_required(struct diff_run *run, const struct diff_pair *pair)
{
    const struct contract_instance *old = diff_member(pair->old, "required");
    const struct contract_instance *new = diff_member(pair->new, "required");
    for (uint32_t i = 0; new != NULL &&i < new->count; i++) {
        if (list_has_text(old, new->items[i].text))
            continue;
        struct diff_pair at = *pair;
        at.field = diff_pointer(run, pair->field, new->items[i].text);
        diff_note(run, &at, "required", CONTRACT_BREAKING, CONTRACT_COMPATIBLE, "required_added",
                  "the field must be there now");
    }
    for (uint32_t i = 0; old != NULL && i < old->count; i++) {
        if (list_has_text(new, old->items[i].text))
            continue;
        struct diff_pair at = *pair;
        at.field = diff_pointer(run, pair->field, old->items[i].text);
        diff_note(run, &at, "required", CONTRACT_COMPATIBLE, CONTRACT_BREAKING, "required_removed",
                  "the field may be absent now");
    }
}

void diff_objects(struct diff_run *run, const struct diff_pair *pair)
{
    if ((diff_kinds(pair->old) & diff_kinds(pair->new) & KIND_OBJECT) == 0)
        return;
    compare_required(run, pair);
    compare_properties(run, pair);
    struct diff_pair rest = {
        .old = diff_member(pair->old, "additionalProperties"),
        .new = diff_member(pair->new, "additionalProperties"),
        .old_at = diff_pointer(run, pair->old_at, BYTES_LITERAL("additionalProperties")),
        .new_at = diff_pointer(run, pair->new_at, BYTES_LITERAL("additionalProperties")),
        .field = diff_pointer(run, pair->field, BYTES_LITERAL("*")),
    };
    if (is_open(rest.old) && is_boolean(rest.new, false))
        /* A mapping reads described fields, which are all still there. */
        diff_note(run, &rest, NULL, CONTRACT_BREAKING, CONTRACT_COMPATIBLE, "object_closed",
                  "fields that are not described are refused now");
    else if (rest.old != NULL || rest.new != NULL)
        diff_compare(run, &rest);
}

void diff_arrays(struct diff_run *run, const struct diff_pair *pair)
{
    if ((diff_kinds(pair->old) & diff_kinds(pair->new) & KIND_ARRAY) == 0)
        return;
    struct diff_pair items = {
        .old = diff_member(pair->old, "items"),
        .new = diff_member(pair->new, "items"),
        .old_at = diff_pointer(run, pair->old_at, BYTES_LITERAL("items")),
        .new_at = diff_pointer(run, pair->new_at, BYTES_LITERAL("items")),
        .field = diff_pointer(run, pair->field, BYTES_LITERAL("*")),
    };
    if (items.old != NULL || items.new != NULL)
        diff_compare(run, &items);
}
