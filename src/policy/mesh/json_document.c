/* JSON → the same tree as the files give, without places: how a stored release is read again. */
#include "policy/internal.h"

static struct policy_node *convert(struct arena *arena, struct json_object *value);

static struct policy_item *new_item(struct arena *arena, struct policy_node *node,
                                    struct policy_item *last)
{
    struct policy_item *item = arena_zalloc(arena, sizeof *item);
    if (last == NULL)
        node->items = item;
    else
        last->next = item;
    node->count++;
    return item;
}

static void convert_array(struct arena *arena, struct json_object *array, struct policy_node *node)
{
    node->kind = POLICY_NODE_LIST;
    struct policy_item *item = NULL;
    size_t length = json_object_array_length(array);
    for (size_t i = 0; i < length; i++) {
        item = new_item(arena, node, item);
        item->value = convert(arena, json_object_array_get_idx(array, i));
    }
}

static void convert_object(struct arena *arena, struct json_object *object,
                           struct policy_node *node)
{
    node->kind = POLICY_NODE_OBJECT;
    struct policy_item *item = NULL;
    json_object_object_foreach(object, name, member)
    {
        struct policy_node *key = arena_zalloc(arena, sizeof *key);
        key->kind = POLICY_NODE_TEXT;
        key->text = arena_copy(arena, bytes_of(name));
        item = new_item(arena, node, item);
        item->key = key;
        item->value = convert(arena, member);
    }
}

static struct policy_node *convert(struct arena *arena, struct json_object *value)
{
    struct policy_node *node = arena_zalloc(arena, sizeof *node);
    switch (json_object_get_type(value)) {
    case json_type_null: node->kind = POLICY_NODE_NULL; break;
    case json_type_boolean:
        node->kind = POLICY_NODE_BOOLEAN;
        node->boolean = json_object_get_boolean(value);
        break;
    case json_type_int:
        node->kind = POLICY_NODE_INTEGER;
        node->integer = json_object_get_int64(value);
        break;
    case json_type_double:
        node->kind = POLICY_NODE_NUMBER;
        node->number = json_object_get_double(value);
        break;
    case json_type_string:
        node->kind = POLICY_NODE_TEXT;
        node->text = arena_copy(arena, json_text(value));
        break;
    case json_type_array: convert_array(arena, value, node); break;
    case json_type_object: convert_object(arena, value, node); break;
    }
    if (node->kind >= POLICY_NODE_BOOLEAN && node->kind <= POLICY_NODE_NUMBER)
        node->text = arena_copy(arena, bytes_of(json_object_to_json_string(value)));
    return node;
}

const struct policy_node *policy_document_from_json(struct arena *arena, struct json_object *value)
{
    return convert(arena, value);
}
