/* The JSON Schemas of the config files, which editors use, say what the tables say, which the
 * program uses. */
#include "mesh.h"

#include "policy/internal.h"

#include <stdio.h>
#include <stdlib.h>

static struct json_object *load(const char *name)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", SPEC_DIRECTORY, name);
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        fail_msg("cannot open %s", path);
    static char text[1 << 18];
    size_t size = fread(text, 1, sizeof text, file);
    fclose(file);
    assert_true(size < sizeof text);
    struct json_object *json = NULL;
    struct error error = {0};
    if (json_parse((struct bytes){text, size}, &json, &error) != 0)
        fail_msg("%s: %s: %s", path, error.place, error.message);
    return json;
}

static struct json_object *definitions; /* "$defs" of the schema at hand */

static struct json_object *member(struct json_object *object, const char *name)
{
    return json_object_object_get(object, name);
}

static bool contains(struct json_object *array, const char *text)
{
    for (size_t i = 0; array != NULL && i < json_object_array_length(array); i++)
        if (bytes_is(json_text(json_object_array_get_idx(array, i)), text))
            return true;
    return false;
}

static size_t length_of(struct json_object *array)
{
    return array == NULL ? 0 : json_object_array_length(array);
}

static void compare_type(struct json_object *schema, const struct policy_shape *shape,
                         const char *path)
{
    static const struct {
        const char *name;
        unsigned accepts;
    } types[] = {
        {"string", POLICY_ACCEPT_TEXT},   {"integer", POLICY_ACCEPT_INTEGER},
        {"number", POLICY_ACCEPT_NUMBER}, {"boolean", POLICY_ACCEPT_BOOLEAN},
        {"array", POLICY_ACCEPT_LIST},    {"object", POLICY_ACCEPT_OBJECT},
        {"null", POLICY_ACCEPT_NULL},
    };
    struct json_object *type = member(schema, "type");
    unsigned accepts = 0;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (bytes_is(json_text(type), types[i].name) ||
            (json_object_is_type(type, json_type_array) && contains(type, types[i].name)))
            accepts |= types[i].accepts;
    /* A number may be an integer. */
    unsigned expected = shape->accepts;
    if ((expected & POLICY_ACCEPT_NUMBER) != 0)
        expected &= ~(unsigned)POLICY_ACCEPT_INTEGER;
    if (accepts != expected)
        fail_msg("%s: the type differs", path);
}

/* `enum` would take a mapping away as well. */
static void compare_word(struct json_object *schema, const struct policy_shape *shape,
                         const char *path)
{
    char pattern[64];
    snprintf(pattern, sizeof pattern, "^(%s)$", shape->choices[0]);
    if (!bytes_is(json_member_text(schema, "pattern"), pattern) || shape->choices[1] != NULL)
        fail_msg("%s: the pattern must be %s", path, pattern);
}

static void compare_scalar(struct json_object *schema, const struct policy_shape *shape,
                           const char *path)
{
    struct json_object *choices = member(schema, "enum");
    size_t count = 0;
    if (shape->choices != NULL && shape->accepts != POLICY_ACCEPT_TEXT) {
        compare_word(schema, shape, path);
        return;
    }
    for (; shape->choices != NULL && shape->choices[count] != NULL; count++)
        if (!contains(choices, shape->choices[count]))
            fail_msg("%s: enum lacks %s", path, shape->choices[count]);
    if (length_of(choices) != count)
        fail_msg("%s: enum has too much", path);
    if ((shape->accepts & POLICY_ACCEPT_INTEGER) != 0 &&
        (shape->accepts & POLICY_ACCEPT_NUMBER) == 0 &&
        (json_member_int(schema, "minimum", -1) != shape->minimum ||
         json_member_int(schema, "maximum", -1) != shape->maximum))
        fail_msg("%s: the range differs", path);
    bool texts_only = shape->accepts == POLICY_ACCEPT_TEXT && shape->choices == NULL;
    if (texts_only &&
        (shape->format == POLICY_FORMAT_TEXT ? json_member_int(schema, "minLength", 0) != 1
                                             : member(schema, "pattern") == NULL))
        fail_msg("%s: minLength or pattern is missing", path);
}

static void compare(struct json_object *schema, const struct policy_shape *shape, const char *path);

static void compare_members(struct json_object *schema, const struct policy_shape *shape,
                            const char *path)
{
    struct json_object *properties = member(schema, "properties");
    struct json_object *required = member(schema, "required");
    struct json_object *additional = member(schema, "additionalProperties");
    int count = 0;
    size_t required_count = 0;
    for (const struct policy_member *at = shape->members; at->name != NULL; at++, count++) {
        char inner[512];
        snprintf(inner, sizeof inner, "%s/%s", path, at->name);
        if (member(properties, at->name) == NULL)
            fail_msg("%s: is not in the schema", inner);
        if (contains(required, at->name) != at->required)
            fail_msg("%s: required differs", inner);
        required_count += at->required;
        compare(member(properties, at->name), at->shape, inner);
    }
    if (json_object_object_length(properties) != count || length_of(required) != required_count)
        fail_msg("%s: the schema has more properties than the table", path);
    if (!json_object_is_type(additional, json_type_boolean) || json_object_get_boolean(additional))
        fail_msg("%s: additionalProperties must be false", path);
}

/* A shape within itself: the schema refers to what is being compared already. */
static bool is_recursion(struct json_object *schema, const struct policy_shape *shape,
                         const char *path)
{
    static const struct policy_shape *groups;
    bool refers = member(schema, "$ref") != NULL;
    if (strcmp(path, "pipeline.schema.json/routes") == 0)
        groups = shape;
    if (refers != (shape == groups && strcmp(path, "pipeline.schema.json/routes") != 0))
        fail_msg("%s: only a group's routes are a $ref", path);
    return refers;
}

/* What "#/$defs/retry" refers to; of other schemas the schema itself. */
static struct json_object *resolve(struct json_object *schema)
{
    static const char prefix[] = "#/$defs/";
    const char *name = json_object_get_string(member(schema, "$ref"));
    if (name == NULL || strncmp(name, prefix, sizeof prefix - 1) != 0)
        return schema;
    struct json_object *found = member(definitions, name + sizeof prefix - 1);
    if (found == NULL)
        fail_msg("%s: there is no such definition", name);
    return found;
}

static void compare(struct json_object *schema, const struct policy_shape *shape, const char *path)
{
    char inner[512];
    schema = resolve(schema);
    if (is_recursion(schema, shape, path))
        return;
    snprintf(inner, sizeof inner, "%s/*", path);
    if (json_member_text(schema, "description").size == 0)
        fail_msg("%s: no description", path);
    compare_type(schema, shape, path);
    if (shape->accepts == POLICY_ACCEPT_ANY)
        return;
    compare_scalar(schema, shape, path);
    if (shape->members != NULL)
        compare_members(schema, shape, path);
    if (shape->element == NULL)
        return;
    bool list = (shape->accepts & POLICY_ACCEPT_LIST) != 0;
    struct json_object *element = member(schema, list ? "items" : "additionalProperties");
    if (!json_object_is_type(element, json_type_object))
        fail_msg("%s: items or additionalProperties is missing", path);
    if (json_member_int(schema, list ? "minItems" : "minProperties", 0) != (int64_t)shape->least)
        fail_msg("%s: the least count differs", path);
    compare(element, shape->element, inner);
}

static void compare_file(const char *name, const struct policy_shape *shape)
{
    struct json_object *schema = load(name);
    assert_string_equal(json_object_get_string(member(schema, "$schema")),
                        "https://json-schema.org/draft/2020-12/schema");
    assert_true(json_member_text(schema, "title").size > 0);
    compare(schema, shape, name);
    json_object_put(schema);
}

/* A file whose keys follow from its `kind`: a definition for each. */
static void compare_kinds(const char *name, enum policy_destination_kind from,
                          enum policy_destination_kind to)
{
    struct json_object *schema = load(name);
    struct json_object *choices = member(schema, "allOf");
    definitions = member(schema, "$defs");
    assert_true(json_member_text(schema, "title").size > 0);
    assert_int_equal(length_of(choices), to - from);
    for (size_t i = from; i < to; i++) {
        enum policy_destination_kind kind = (enum policy_destination_kind)i;
        const char *word = policy_destination_kind_name(kind);
        char path[128];
        snprintf(path, sizeof path, "%s/%s", name, word);
        struct json_object *choice = json_object_array_get_idx(choices, i - from);
        struct json_object *condition = member(member(member(choice, "if"), "properties"), "kind");
        assert_true(bytes_is(json_member_text(condition, "const"), word));
        struct json_object *definition = resolve(member(choice, "then"));
        assert_ptr_equal(definition, member(definitions, word));
        compare(definition, policy_shape_destinations[i], path);
    }
    definitions = NULL;
    json_object_put(schema);
}

static void destination_schema_agrees(void **state)
{
    (void)state;
    compare_kinds("destination.schema.json", POLICY_WEBHOOK, POLICY_HTTP);
}

static void provider_schema_agrees(void **state)
{
    (void)state;
    compare_kinds("provider.schema.json", POLICY_HTTP, POLICY_DESTINATION_KINDS);
}

static void notifications_schema_agrees(void **state)
{
    (void)state;
    compare_file("notifications.schema.json", &policy_shape_notifications);
}

static void mesh_schema_agrees(void **state)
{
    (void)state;
    compare_file("mesh.schema.json", &policy_shape_mesh);
}

static void lead_schema_agrees(void **state)
{
    (void)state;
    compare_file("lead.schema.json", &policy_shape_lead);
}

static void people_schema_agrees(void **state)
{
    (void)state;
    compare_file("people.schema.json", &policy_shape_people);
}

static void pools_schema_agrees(void **state)
{
    (void)state;
    compare_file("pools.schema.json", &policy_shape_pools);
}

static void source_schema_agrees(void **state)
{
    (void)state;
    compare_file("source.schema.json", &policy_shape_source);
}

static void pipeline_schema_agrees(void **state)
{
    (void)state;
    compare_file("pipeline.schema.json", &policy_shape_pipeline);
}

static void accounts_schema_agrees(void **state)
{
    (void)state;
    compare_file("accounts.schema.json", &policy_shape_accounts);
}

static void on_call_schema_agrees(void **state)
{
    (void)state;
    compare_file("on-call.schema.json", &policy_shape_on_call);
}

static void alerts_schema_agrees(void **state)
{
    (void)state;
    compare_file("alerts.schema.json", &policy_shape_alerts);
}

static void test_schema_agrees(void **state)
{
    (void)state;
    compare_file("test.schema.json", &policy_shape_test);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mesh_schema_agrees),          cmocka_unit_test(lead_schema_agrees),
        cmocka_unit_test(people_schema_agrees),        cmocka_unit_test(pools_schema_agrees),
        cmocka_unit_test(source_schema_agrees),        cmocka_unit_test(pipeline_schema_agrees),
        cmocka_unit_test(accounts_schema_agrees),      cmocka_unit_test(on_call_schema_agrees),
        cmocka_unit_test(alerts_schema_agrees),        cmocka_unit_test(test_schema_agrees),
        cmocka_unit_test(destination_schema_agrees),   cmocka_unit_test(provider_schema_agrees),
        cmocka_unit_test(notifications_schema_agrees),
    };
    return cmocka_run_group_tests_name("policy_schemas", tests, NULL, NULL);
}
