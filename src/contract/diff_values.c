/* Rules for single values: kinds, choices, bounds, patterns. */
#include "contract/diff_internal.h"

#include "contract/number.h"

#include <stdio.h>

/* ---- kinds */

static unsigned kind_of_name(struct bytes name)
{
    static const struct {
        const char *name;
        unsigned kinds;
    } names[] = {{"null", KIND_NULL},     {"boolean", KIND_BOOLEAN}, {"integer", KIND_INTEGER},
                 {"number", KIND_NUMBER}, {"string", KIND_STRING},   {"array", KIND_ARRAY},
                 {"object", KIND_OBJECT}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (bytes_is(name, names[i].name))
            return names[i].kinds;
    return 0;
}

static unsigned kind_of_value(const struct contract_instance *value)
{
    static const unsigned kinds[] = {KIND_NULL,   KIND_BOOLEAN, KIND_NUMBER,
                                     KIND_STRING, KIND_ARRAY,   KIND_OBJECT};
    if (value->kind == CONTRACT_NUMBER)
        return value->numeric == CONTRACT_DECIMAL ? KIND_FRACTION : KIND_INTEGER;
    return kinds[value->kind];
}

unsigned diff_kinds(const struct contract_instance *schema)
{
    const struct contract_instance *type = diff_member(schema, "type");
    const struct contract_instance *choices = diff_member(schema, "enum");
    const struct contract_instance *constant = diff_member(schema, "const");
    unsigned kinds = type == NULL ? KIND_ANY : 0, chosen = 0;
    if (type != NULL && type->kind == CONTRACT_STRING)
        kinds = kind_of_name(type->text);
    for (uint32_t i = 0; type != NULL && type->kind == CONTRACT_ARRAY && i < type->count; i++)
        kinds |= kind_of_name(type->items[i].text);
    for (uint32_t i = 0; choices != NULL && choices->kind == CONTRACT_ARRAY && i < choices->count;
         i++)
        chosen |= kind_of_value(&choices->items[i]);
    if (choices != NULL)
        kinds &= chosen;
    return constant != NULL ? kinds & kind_of_value(constant) : kinds;
}

static const char *name_kinds(unsigned kinds, char text[static 80])
{
    static const char *const names[] = {"null",   "boolean", "integer", "number",
                                        "string", "array",   "object"};
    size_t size = 0;
    text[0] = '\0';
    if ((kinds & KIND_FRACTION) != 0)
        kinds &= ~(unsigned)KIND_INTEGER;
    for (unsigned i = 0; i < 7; i++)
        if ((kinds & 1u << i) != 0)
            size +=
                (size_t)snprintf(text + size, 80 - size, "%s%s", size > 0 ? ", " : "", names[i]);
    return text;
}

static void compare_kinds(struct diff_run *run, const struct diff_pair *pair)
{
    unsigned old = diff_kinds(pair->old), new = diff_kinds(pair->new);
    char text[80];
    if ((old & ~new) != 0)
        diff_note(run, pair, "type", CONTRACT_BREAKING, CONTRACT_COMPATIBLE, "type_narrowed",
                  "values that are %s are not accepted any more", name_kinds(old & ~new, text));
    if ((new & ~old) != 0)
        diff_note(run, pair, "type", CONTRACT_COMPATIBLE, CONTRACT_BREAKING, "type_widened",
                  "values that are %s may come now", name_kinds(new & ~old, text));
}

/* ---- choices */

static bool list_has(const struct contract_instance *list, const struct contract_instance *value)
{
    for (uint32_t i = 0; i < list->count; i++)
        if (contract_instance_equal(&list->items[i], value))
            return true;
    return false;
}

/* enum or const as a list; false when there is neither. */
static bool choices_of(const struct contract_instance *schema, struct contract_instance *ret)
{
    const struct contract_instance *constant = diff_member(schema, "const");
    const struct contract_instance *choices = diff_member(schema, "enum");
    if (constant != NULL)
        *ret = (struct contract_instance){.kind = CONTRACT_ARRAY, .count = 1, .items = constant};
    else if (choices != NULL && choices->kind == CONTRACT_ARRAY)
        *ret = *choices;
    else
        return false;
    return true;
}

static void compare_choices(struct diff_run *run, const struct diff_pair *pair)
{
    struct contract_instance old = {0}, new = {0};
    bool was = choices_of(pair->old, &old), is = choices_of(pair->new, &new);
    const char *keyword =
        diff_member(is ? pair->new : pair->old, "const") != NULL ? "const" : "enum";
    if (is && !was)
        diff_note(run, pair, keyword, CONTRACT_BREAKING, CONTRACT_COMPATIBLE, "choices_added",
                  "only listed values are accepted now");
    if (was && !is)
        diff_note(run, pair, keyword, CONTRACT_COMPATIBLE, CONTRACT_COMPATIBLE, "choices_removed",
                  "values that are not listed may come now");
    for (uint32_t i = 0; was && is && i < old.count; i++)
        if (!list_has(&new, &old.items[i]))
            diff_note(run, pair, keyword, CONTRACT_BREAKING, CONTRACT_COMPATIBLE, "choice_removed",
                      "%s is not accepted any more", diff_describe(run, &old.items[i]));
    for (uint32_t i = 0; was && is && i < new.count; i++)
        if (!list_has(&old, &new.items[i]))
            diff_note(run, pair, keyword, CONTRACT_COMPATIBLE, CONTRACT_COMPATIBLE, "choice_added",
                      "%s may come now", diff_describe(run, &new.items[i]));
}

/* ---- bounds */

struct bound {
    const char *inclusive, *exclusive; /* keywords; exclusive may be NULL */
    bool lower;
    unsigned kinds; /* the values that it is about */
};

/* The tighter of the two keywords; NULL: none. */
static const struct contract_instance *bound_of(const struct contract_instance *schema,
                                                const struct bound *bound, const char **keyword)
{
    const struct contract_instance *limit = diff_member(schema, bound->inclusive);
    const struct contract_instance *open =
        bound->exclusive != NULL ? diff_member(schema, bound->exclusive) : NULL;
    *keyword = bound->inclusive;
    if (open == NULL)
        return limit;
    int order = limit != NULL ? contract_number_compare(open, limit) : 0;
    if (limit != NULL && (bound->lower ? order < 0 : order > 0))
        return limit;
    *keyword = bound->exclusive;
    return open;
}

static void compare_bound(struct diff_run *run, const struct diff_pair *pair,
                          const struct bound *bound)
{
    const char *old_keyword, *new_keyword;
    const struct contract_instance *old = bound_of(pair->old, bound, &old_keyword);
    const struct contract_instance *new = bound_of(pair->new, bound, &new_keyword);
    if (new == NULL && old == NULL)
        return;
    int order = new == NULL ? -1 : old == NULL ? 1 : contract_number_compare(new, old);
    if (new != NULL && old != NULL) {
        order = bound->lower ? order : -order;
        if (order == 0) /* the same number: exclusive is tighter */
            order = (new_keyword == bound->exclusive) - (old_keyword == bound->exclusive);
    }
    if (order > 0)
        diff_note(run, pair, new_keyword, CONTRACT_BREAKING, CONTRACT_COMPATIBLE, "bound_tightened",
                  "%s is %s now, which is tighter", new_keyword, diff_describe(run, new));
    if (order < 0)
        diff_note(run, pair, new != NULL ? new_keyword : old_keyword, CONTRACT_COMPATIBLE,
                  CONTRACT_COMPATIBLE, "bound_loosened", "%s is %s", old_keyword,
                  new != NULL ? "looser" : "gone");
}

static void compare_multiples(struct diff_run *run, const struct diff_pair *pair)
{
    const struct contract_instance *old = diff_member(pair->old, "multipleOf");
    const struct contract_instance *new = diff_member(pair->new, "multipleOf");
    if (new == NULL || (old != NULL && contract_instance_equal(old, new)))
        return;
    bool loosened = old != NULL && contract_number_is_multiple(old, new);
    diff_note(run, pair, "multipleOf", loosened ? CONTRACT_COMPATIBLE : CONTRACT_BREAKING,
              CONTRACT_COMPATIBLE, loosened ? "bound_loosened" : "bound_tightened",
              "must be a multiple of %s now", diff_describe(run, new));
}

static void compare_unique(struct diff_run *run, const struct diff_pair *pair)
{
    const struct contract_instance *old = diff_member(pair->old, "uniqueItems");
    const struct contract_instance *new = diff_member(pair->new, "uniqueItems");
    if (new != NULL &&new->boolean && (old == NULL || !old->boolean))
        diff_note(run, pair, "uniqueItems", CONTRACT_BREAKING, CONTRACT_COMPATIBLE,
                  "bound_tightened", "no item may come twice now");
}

/* ---- texts */

static void compare_text_rule(struct diff_run *run, const struct diff_pair *pair,
                              const char *keyword, enum contract_effect added, const char *tail)
{
    const struct contract_instance *old = diff_member(pair->old, keyword);
    const struct contract_instance *new = diff_member(pair->new, keyword);
    if (old == NULL && new != NULL)
        diff_note(run, pair, keyword, added, CONTRACT_COMPATIBLE, "text_rule_added",
                  "must have the %s %s now%s", keyword, diff_describe(run, new), tail);
    if (old != NULL && new == NULL)
        diff_note(run, pair, keyword, CONTRACT_COMPATIBLE, CONTRACT_COMPATIBLE, "text_rule_removed",
                  "the %s is gone", keyword);
    if (old != NULL && new != NULL && !contract_instance_equal(old, new))
        diff_note(
            run, pair, keyword, CONTRACT_CANNOT_TELL, CONTRACT_COMPATIBLE, "text_rule_changed",
            "the %s differs; whether all that had the old one have the new one is not decided",
            keyword);
}

void diff_values(struct diff_run *run, const struct diff_pair *pair)
{
    static const struct bound bounds[] = {
        {"minimum", "exclusiveMinimum", true, KIND_NUMBER},
        {"maximum", "exclusiveMaximum", false, KIND_NUMBER},
        {"minLength", NULL, true, KIND_STRING},
        {"maxLength", NULL, false, KIND_STRING},
        {"minItems", NULL, true, KIND_ARRAY},
        {"maxItems", NULL, false, KIND_ARRAY},
        {"minProperties", NULL, true, KIND_OBJECT},
        {"maxProperties", NULL, false, KIND_OBJECT},
    };
    unsigned both = diff_kinds(pair->old) & diff_kinds(pair->new);
    compare_kinds(run, pair);
    compare_choices(run, pair);
    for (size_t i = 0; i < sizeof bounds / sizeof *bounds; i++)
        if ((both & bounds[i].kinds) != 0)
            compare_bound(run, pair, &bounds[i]);
    if ((both & KIND_NUMBER) != 0)
        compare_multiples(run, pair);
    if ((both & KIND_ARRAY) != 0)
        compare_unique(run, pair);
    if ((both & KIND_STRING) != 0) {
        compare_text_rule(run, pair, "pattern", CONTRACT_BREAKING, "");
        compare_text_rule(run, pair, "format", CONTRACT_CANNOT_TELL,
                          ", which counts where formats are checked");
    }
}
