/* The part of JSON Schema that spec/ uses. */
#include "schema_check.h"

#include "server_fixture.h"

#include "base/time.h"
#include "server/api/health.h"

#include <stdio.h>

/* What "#/…" in a schema stands in. */
static struct json_object *document;

static void check(struct json_object *schema, struct json_object *value, const char *place);
static bool is_of_type(struct json_object *value, struct bytes type)
{
    static const struct {
        const char *name;
        enum json_type type;
    } types[] = {{"object", json_type_object}, {"array", json_type_array},
                 {"string", json_type_string}, {"integer", json_type_int},
                 {"number", json_type_double}, {"boolean", json_type_boolean},
                 {"null", json_type_null}};
    if (bytes_is(type, "number") && json_object_is_type(value, json_type_int))
        return true;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (bytes_is(type, types[i].name))
            return json_object_is_type(value, types[i].type);
    fail_msg("the schemas use a type that this test does not know: %.*s", BYTES_ARG(type));
    return false;
}

/* One type, or a list of those that are allowed. */
static void check_type(struct json_object *schema, struct json_object *value, const char *place)
{
    struct json_object *type = json_object_object_get(schema, "type");
    bool fits = type == NULL;
    if (json_object_is_type(type, json_type_string))
        fits = is_of_type(value, json_text(type));
    for (size_t i = 0;
         json_object_is_type(type, json_type_array) && i < json_object_array_length(type); i++)
        fits = fits || is_of_type(value, json_text(json_object_array_get_idx(type, i)));
    if (!fits)
        fail_msg("%s is no %s: %s", place, json_object_to_json_string(type),
                 json_object_to_json_string(value));
}

static void check_object(struct json_object *schema, struct json_object *value, const char *place)
{
    struct json_object *properties = json_object_object_get(schema, "properties");
    struct json_object *required = json_object_object_get(schema, "required");
    if (properties == NULL)
        return;
    json_object_object_foreach(value, name, member)
    {
        char inner[256];
        struct json_object *property = json_object_object_get(properties, name);
        snprintf(inner, sizeof inner, "%s.%s", place, name);
        if (property == NULL)
            property = json_object_object_get(schema, "additionalProperties");
        if (!json_object_is_type(property, json_type_object))
            fail_msg("%s is not in the schema", inner);
        check(property, member, inner);
    }
    size_t count = required != NULL ? json_object_array_length(required) : 0;
    for (size_t i = 0; i < count; i++) {
        const char *wanted = json_object_get_string(json_object_array_get_idx(required, i));
        if (!json_object_object_get_ex(value, wanted, NULL)) /* null is there */
            fail_msg("%s.%s is required and missing", place, wanted);
    }
}

static void check_words(struct json_object *schema, struct json_object *value, const char *place)
{
    struct json_object *words = json_object_object_get(schema, "enum");
    struct json_object *only = json_object_object_get(schema, "const");
    bool found = words == NULL;
    for (size_t i = 0; words != NULL && i < json_object_array_length(words); i++)
        found = found || json_object_equal(value, json_object_array_get_idx(words, i));
    if (!found || (only != NULL && !json_object_equal(value, only)))
        fail_msg("%s cannot be %s", place, json_object_to_json_string(value));
}

/* What "#/components/schemas/Pool" stands for. */
static struct json_object *resolve(struct bytes reference)
{
    char text[256];
    struct json_object *schema = NULL;
    snprintf(text, sizeof text, "%.*s", BYTES_ARG(reference));
    if (text[0] != '#' || json_pointer_get(document, text + 1, &schema) != 0)
        fail_msg("\"%s\" leads nowhere", text);
    return schema;
}

static void check(struct json_object *schema, struct json_object *value, const char *place)
{
    struct bytes reference = json_member_text(schema, "$ref");
    if (reference.size > 0)
        check(resolve(reference), value, place);
    check_type(schema, value, place);
    check_words(schema, value, place);
    if (json_object_is_type(value, json_type_object))
        check_object(schema, value, place);
    struct json_object *items = json_object_object_get(schema, "items");
    for (size_t i = 0; items != NULL && json_object_is_type(value, json_type_array) &&
                       i < json_object_array_length(value);
         i++)
        check(items, json_object_array_get_idx(value, i), place);
    if (json_object_object_get(schema, "minimum") != NULL)
        assert_true(json_object_get_int64(value) >= json_member_int(schema, "minimum", 0));
    if (value != NULL && bytes_is(json_member_text(schema, "format"), "date-time")) {
        int64_t time_us;
        assert_int_equal(time_parse(json_text(value), &time_us, NULL), 0);
    }
}

void schema_check(const char *file, struct json_object *value)
{
    char path[512];
    snprintf(path, sizeof path, SPEC_DIRECTORY "/%s", file);
    struct json_object *schema = json_object_from_file(path);
    if (schema == NULL)
        fail_msg("%s: cannot be read", path);
    check(schema, value, file);
    json_object_put(schema);
}

void schema_check_answer(const char *path, struct json_object *value)
{
    char pointer[256];
    size_t size = (size_t)snprintf(pointer, sizeof pointer, "/paths/");
    for (; *path != '\0' && size < sizeof pointer - 64; path++)
        size += (size_t)snprintf(pointer + size, sizeof pointer - size, *path == '/' ? "~1" : "%c",
                                 *path);
    snprintf(pointer + size, sizeof pointer - size,
             "/get/responses/200/content/application~1json/schema");
    struct buffer text;
    struct error err;
    struct json_object *schema = NULL;
    if (openapi_load(&text, &err) != 0 || json_parse(buffer_bytes(&text), &document, &err) != 0)
        fail_msg("openapi.yaml: %s", err.message);
    if (json_pointer_get(document, pointer, &schema) != 0)
        fail_msg("%s: openapi.yaml has no such answer", pointer);
    check(schema, value, pointer);
    json_object_put(document);
    document = NULL;
    buffer_release(&text);
}
