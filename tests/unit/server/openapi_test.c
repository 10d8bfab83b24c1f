/* The published document and the table of routes say the same. */
#include "unit.h"

#include "base/json.h"
#include "server/api/health.h"
#include "server/internal.h"

#include <ctype.h>

static struct json_object *document;

static int load_document(void **state)
{
    (void)state;
    struct buffer text;
    struct error err = {0};
    if (openapi_load(&text, &err) != 0 || json_parse(buffer_bytes(&text), &document, &err) != 0)
        fail_msg("%s", err.message);
    buffer_release(&text);
    return 0;
}

static int free_document(void **state)
{
    (void)state;
    json_object_put(document);
    return 0;
}

static struct json_object *find_operation(const char *pattern, const char *method)
{
    char lower[16] = "";
    for (size_t i = 0; i < sizeof lower - 1 && method[i] != '\0'; i++)
        lower[i] = (char)tolower((unsigned char)method[i]);
    struct json_object *path =
        json_object_object_get(json_object_object_get(document, "paths"), pattern);
    return json_object_object_get(path, lower);
}

/* Pages for people are no calls of the API. */
static bool is_call(const struct route *route)
{
    return strcmp(route->pattern, "*") != 0;
}

static void it_is_openapi_3_1(void **state)
{
    (void)state;
    assert_string_equal(json_member_text(document, "openapi").data, "3.1.0");
}

static void every_route_is_described(void **state)
{
    (void)state;
    for (size_t i = 0; i < server_route_count; i++)
        if (is_call(&server_routes[i]) &&
            find_operation(server_routes[i].pattern, server_routes[i].method) == NULL)
            fail_msg("%s %s is not described", server_routes[i].method, server_routes[i].pattern);
}

static void every_description_has_a_route(void **state)
{
    (void)state;
    size_t described = 0, calls = 0;
    for (size_t i = 0; i < server_route_count; i++)
        calls += is_call(&server_routes[i]);
    json_object_object_foreach(json_object_object_get(document, "paths"), pattern, path)
    {
        (void)pattern;
        json_object_object_foreach(path, method, operation)
        {
            (void)operation;
            described += strcmp(method, "parameters") != 0;
        }
    }
    assert_int_equal(described, calls);
}

/* What a "$ref" of a parameter stands for; others are returned as they are. */
static struct json_object *resolved(struct json_object *parameter)
{
    static const char at[] = "#/components/parameters/";
    struct bytes reference = json_member_text(parameter, "$ref");
    if (reference.size <= sizeof at - 1 || memcmp(reference.data, at, sizeof at - 1) != 0)
        return parameter;
    struct json_object *components = json_object_object_get(document, "components");
    return json_object_object_get(json_object_object_get(components, "parameters"),
                                  reference.data + sizeof at - 1);
}

/* True when the operation describes a query parameter of that name, itself or by reference. */
static bool describes_parameter(struct json_object *operation, const char *name)
{
    struct json_object *list = json_object_object_get(operation, "parameters");
    for (size_t i = 0; list != NULL && i < json_object_array_length(list); i++) {
        struct json_object *parameter = resolved(json_object_array_get_idx(list, i));
        if (bytes_is(json_member_text(parameter, "name"), name) &&
            bytes_is(json_member_text(parameter, "in"), "query"))
            return true;
    }
    return false;
}

static void every_query_parameter_is_described(void **state)
{
    (void)state;
    for (size_t i = 0; i < server_route_count; i++) {
        const struct route *route = &server_routes[i];
        for (size_t p = 0; route->parameters != NULL && route->parameters[p] != NULL; p++)
            if (!describes_parameter(find_operation(route->pattern, route->method),
                                     route->parameters[p]))
                fail_msg("`%s` of %s %s is not described", route->parameters[p], route->method,
                         route->pattern);
    }
}

static void open_routes_are_described_as_open(void **state)
{
    (void)state;
    for (size_t i = 0; i < server_route_count; i++) {
        const struct route *route = &server_routes[i];
        if (!is_call(route))
            continue;
        struct json_object *security =
            json_object_object_get(find_operation(route->pattern, route->method), "security");
        assert_int_equal(security != NULL && json_object_array_length(security) == 0,
                         route->role == ROLE_NONE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_openapi_3_1),
        cmocka_unit_test(every_route_is_described),
        cmocka_unit_test(every_description_has_a_route),
        cmocka_unit_test(every_query_parameter_is_described),
        cmocka_unit_test(open_routes_are_described_as_open),
    };
    return cmocka_run_group_tests(tests, load_document, free_document);
}
