/* Schemas that apply at one place. */
#include "contract/view.h"

enum { NESTING_MAX = 16 }; /* of references and allOf */

static const struct contract_instance *get(const struct contract_instance *schema,
                                           const char *keyword)
{
    return contract_instance_find(schema, bytes_of(keyword));
}

void contract_view_init(struct contract_view *view, const struct contract_instance *root)
{
    view->root = root;
    view->count = 0;
}

/* The schema that "#", "#/…" names; NULL for others. */
static const struct contract_instance *refer(const struct contract_view *view,
                                             const struct contract_instance *schema)
{
    const struct contract_instance *reference = get(schema, "$ref");
    if (reference == NULL || reference->kind != CONTRACT_STRING || reference->text.size == 0 ||
        reference->text.data[0] != '#')
        return NULL;
    struct bytes pointer = {reference->text.data + 1, reference->text.size - 1};
    return contract_instance_at(view->root, pointer);
}

static bool has(const struct contract_view *view, const struct contract_instance *schema)
{
    for (size_t i = 0; i < view->count; i++)
        if (view->parts[i].schema == schema)
            return true;
    return false;
}

static void add(struct contract_view *view, const struct contract_instance *schema, bool certain,
                bool alternatives, int nesting);

static void add_list(struct contract_view *view, const struct contract_instance *list, bool certain,
                     bool alternatives, size_t most, int nesting)
{
    if (list == NULL || list->kind != CONTRACT_ARRAY)
        return;
    for (uint32_t i = 0; i < list->count && i < most; i++)
        add(view, &list->items[i], certain, alternatives, nesting);
}

static void add(struct contract_view *view, const struct contract_instance *schema, bool certain,
                bool alternatives, int nesting)
{
    if (schema == NULL || schema->kind != CONTRACT_OBJECT || nesting > NESTING_MAX ||
        view->count == CONTRACT_VIEW_PARTS_MAX || has(view, schema))
        return;
    view->parts[view->count++] = (struct contract_view_part){schema, certain};
    add(view, refer(view, schema), certain, alternatives, nesting + 1);
    add_list(view, get(schema, "allOf"), certain, alternatives, SIZE_MAX, nesting + 1);
    size_t most = alternatives ? SIZE_MAX : 1;
    add_list(view, get(schema, "anyOf"), certain && !alternatives, alternatives, most, nesting + 1);
    add_list(view, get(schema, "oneOf"), certain && !alternatives, alternatives, most, nesting + 1);
    if (!alternatives)
        return;
    add(view, get(schema, "then"), false, true, nesting + 1);
    add(view, get(schema, "else"), false, true, nesting + 1);
}

void contract_view_add(struct contract_view *view, const struct contract_instance *schema,
                       bool certain, bool alternatives)
{
    add(view, schema, certain, alternatives, 0);
}

void contract_view_property(const struct contract_view *view, struct bytes name, bool alternatives,
                            struct contract_view *ret)
{
    contract_view_init(ret, view->root);
    for (size_t i = 0; i < view->count; i++) {
        const struct contract_instance *properties = get(view->parts[i].schema, "properties");
        if (properties != NULL && properties->kind == CONTRACT_OBJECT)
            contract_view_add(ret, contract_instance_find(properties, name), view->parts[i].certain,
                              alternatives);
    }
}

void contract_view_items(const struct contract_view *view, bool alternatives,
                         struct contract_view *ret)
{
    contract_view_init(ret, view->root);
    for (size_t i = 0; i < view->count; i++)
        contract_view_add(ret, get(view->parts[i].schema, "items"), view->parts[i].certain,
                          alternatives);
}

bool contract_view_is_first(const struct contract_view *view, size_t part, struct bytes name)
{
    for (size_t i = 0; i < part; i++) {
        const struct contract_instance *properties = get(view->parts[i].schema, "properties");
        if (properties != NULL && contract_instance_find(properties, name) != NULL)
            return false;
    }
    return true;
}

const struct contract_instance *contract_view_find(const struct contract_view *view,
                                                   const char *keyword)
{
    const struct contract_instance *found = NULL;
    for (size_t i = 0; i < view->count && found == NULL; i++)
        found = get(view->parts[i].schema, keyword);
    return found;
}

static bool lists(const struct contract_instance *list, struct bytes text)
{
    if (list == NULL || list->kind != CONTRACT_ARRAY)
        return false;
    for (uint32_t i = 0; i < list->count; i++)
        if (list->items[i].kind == CONTRACT_STRING && bytes_equal(list->items[i].text, text))
            return true;
    return false;
}

bool contract_view_requires(const struct contract_view *view, struct bytes name,
                            bool *ret_sometimes)
{
    bool always = false, sometimes = false;
    for (size_t i = 0; i < view->count; i++) {
        bool required = lists(get(view->parts[i].schema, "required"), name);
        always = always || (required && view->parts[i].certain);
        sometimes = sometimes || required;
    }
    if (ret_sometimes != NULL)
        *ret_sometimes = sometimes;
    return always;
}

bool contract_view_allows(const struct contract_view *view, const char *type, bool unsaid)
{
    const struct contract_instance *types = contract_view_find(view, "type");
    if (types == NULL)
        return unsaid;
    return types->kind == CONTRACT_STRING ? bytes_is(types->text, type)
                                          : lists(types, bytes_of(type));
}
