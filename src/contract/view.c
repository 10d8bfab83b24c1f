/* Schemas that apply at one place. */
#include "contract/view.h"

#include "contract/uri.h"

enum { NESTING_MAX = 16 }; /* of references and allOf */

static const struct contract_instance *get(const struct contract_instance *schema,
                                           const char *keyword)
{
    return contract_instance_find(schema, bytes_of(keyword));
}

static bool ends_with(struct bytes text, struct bytes end)
{
    size_t rest = text.size - end.size;
    return text.size >= end.size && memcmp(text.data + rest, end.data, end.size) == 0 &&
           (rest == 0 || text.data[rest - 1] == '/');
}

const struct contract_instance *contract_library_find(const struct contract_library *library,
                                                      struct bytes uri)
{
    for (size_t i = 0; i < library->count; i++)
        if (ends_with(uri, library->neighbours[i].name))
            return library->neighbours[i].root;
    return NULL;
}

/* The schema that "#/…", "shared/x.json" or "shared/x.json#/…" means; NULL for others. */
static const struct contract_instance *refer(const struct contract_view *view,
                                             const struct contract_instance *schema,
                                             const struct contract_instance *root,
                                             const struct contract_instance **ret_root)
{
    const struct contract_instance *reference = get(schema, "$ref");
    if (reference == NULL || reference->kind != CONTRACT_STRING)
        return NULL;
    struct bytes uri = contract_uri_without_fragment(reference->text);
    *ret_root = uri.size == 0 ? root : contract_library_find(view->library, uri);
    size_t start = uri.size + 1; /* of the JSON Pointer in the fragment */
    if (*ret_root == NULL || start >= reference->text.size)
        return *ret_root;
    return contract_instance_at(
        *ret_root, (struct bytes){reference->text.data + start, reference->text.size - start});
}

static bool has(const struct contract_view *view, const struct contract_instance *schema)
{
    for (size_t i = 0; i < view->count; i++)
        if (view->parts[i].schema == schema)
            return true;
    return false;
}

/* How a schema is added. */
struct addition {
    const struct contract_instance *root;
    bool certain, alternatives;
    int nesting;
};

static void add(struct contract_view *view, const struct contract_instance *schema,
                struct addition how);

static void add_list(struct contract_view *view, const struct contract_instance *list, size_t most,
                     struct addition how)
{
    if (list == NULL || list->kind != CONTRACT_ARRAY)
        return;
    for (uint32_t i = 0; i < list->count && i < most; i++)
        add(view, &list->items[i], how);
}

static void add(struct contract_view *view, const struct contract_instance *schema,
                struct addition how)
{
    if (schema == NULL || schema->kind != CONTRACT_OBJECT || how.nesting > NESTING_MAX ||
        view->count == CONTRACT_VIEW_PARTS_MAX || has(view, schema))
        return;
    view->parts[view->count++] = (struct contract_view_part){schema, how.root, how.certain};
    how.nesting++;
    struct addition referred = how;
    const struct contract_instance *target = refer(view, schema, how.root, &referred.root);
    add(view, target, referred);
    add_list(view, get(schema, "allOf"), SIZE_MAX, how);
    how.certain = how.certain && !how.alternatives;
    add_list(view, get(schema, "anyOf"), how.alternatives ? SIZE_MAX : 1, how);
    add_list(view, get(schema, "oneOf"), how.alternatives ? SIZE_MAX : 1, how);
    if (!how.alternatives)
        return;
    add(view, get(schema, "then"), how);
    add(view, get(schema, "else"), how);
}

void contract_view_record(const struct contract_library *library, bool alternatives,
                          struct contract_view *ret)
{
    ret->library = library;
    ret->count = 0;
    add(ret, library->root, (struct addition){library->root, true, alternatives, 0});
}

void contract_view_property(const struct contract_view *view, struct bytes name, bool alternatives,
                            struct contract_view *ret)
{
    ret->library = view->library;
    ret->count = 0;
    for (size_t i = 0; i < view->count; i++) {
        const struct contract_instance *properties = get(view->parts[i].schema, "properties");
        if (properties != NULL && properties->kind == CONTRACT_OBJECT)
            add(ret, contract_instance_find(properties, name),
                (struct addition){view->parts[i].root, view->parts[i].certain, alternatives, 0});
    }
}

void contract_view_items(const struct contract_view *view, bool alternatives,
                         struct contract_view *ret)
{
    ret->library = view->library;
    ret->count = 0;
    for (size_t i = 0; i < view->count; i++)
        add(ret, get(view->parts[i].schema, "items"),
            (struct addition){view->parts[i].root, view->parts[i].certain, alternatives, 0});
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
