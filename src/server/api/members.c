/* Checking small bodies. Every mistake is named by a JSON Pointer. */
#include "server/api/members.h"

#include "base/json.h"
#include "base/time.h"

#include <inttypes.h>
#include <string.h>

enum { MEMBERS_MAX = 16 };

struct reading {
    struct request *request;
    const char *within; /* JSON Pointer of the object that is read; "" is the body */
    const struct member *members;
    size_t count;
    struct member_value *values;
};

static void add_mistake(struct reading *reading, struct bytes name, const char *message)
{
    struct request *request = reading->request;
    struct policy_problems *errors = &request->problem.errors;
    if (errors->count == POLICY_PROBLEMS_MAX) {
        errors->more++;
        return;
    }
    if (name.size > 64)
        name.size = 64;
    const char *pointer =
        arena_printf(&request->arena, "%s/%.*s", reading->within, BYTES_ARG(name));
    errors->items[errors->count++] = (struct policy_problem){pointer, message, NULL};
}

/* What has nothing to read in it says nothing: a remediation of blanks is none. */
static bool is_blank(struct bytes text)
{
    for (size_t i = 0; i < text.size; i++)
        if (strchr(" \t\r\n", text.data[i]) == NULL || text.data[i] == '\0')
            return false;
    return true;
}

static const char *read_text(struct request *request, const struct member *member,
                             struct json_object *json, struct member_value *ret)
{
    if (!json_object_is_type(json, json_type_string))
        return "must be a string";
    ret->text = json_text(json);
    if (member->required && is_blank(ret->text))
        return "must not be empty";
    if ((int64_t)ret->text.size > member->most)
        return arena_printf(&request->arena, "must have at most %" PRId64 " bytes", member->most);
    return NULL;
}

static const char *read_integer(struct request *request, const struct member *member,
                                struct json_object *json, struct member_value *ret)
{
    ret->integer = json_object_get_int64(json);
    if (json_object_is_type(json, json_type_int) && ret->integer >= member->least &&
        ret->integer <= member->most)
        return NULL;
    return arena_printf(&request->arena, "must be a whole number from %" PRId64 " to %" PRId64,
                        member->least, member->most);
}

static const char *read_number(struct request *request, const struct member *member,
                               struct json_object *json, struct member_value *ret)
{
    ret->number = json_object_get_double(json);
    bool number =
        json_object_is_type(json, json_type_int) || json_object_is_type(json, json_type_double);
    if (number && ret->number >= (double)member->least && ret->number <= (double)member->most)
        return NULL;
    return arena_printf(&request->arena, "must be a number from %" PRId64 " to %" PRId64,
                        member->least, member->most);
}

static const char *read_list(struct request *request, const struct member *member,
                             struct json_object *json, struct member_value *ret)
{
    ret->json = json;
    if (!json_object_is_type(json, json_type_array))
        return "must be a list";
    size_t count = json_object_array_length(json);
    if (member->required && count == 0)
        return "must not be empty";
    if (count > (size_t)member->most)
        return arena_printf(&request->arena, "must have at most %" PRId64 " items", member->most);
    return NULL;
}

/* What is wrong with it, or NULL. */
static const char *read_value(struct request *request, const struct member *member,
                              struct json_object *json, struct member_value *ret)
{
    ret->present = true;
    switch (member->type) {
    case MEMBER_TEXT: return read_text(request, member, json, ret);
    case MEMBER_INTEGER: return read_integer(request, member, json, ret);
    case MEMBER_NUMBER: return read_number(request, member, json, ret);
    case MEMBER_LIST: return read_list(request, member, json, ret);
    case MEMBER_OBJECT:
        ret->json = json;
        return json_object_is_type(json, json_type_object) ? NULL : "must be an object";
    case MEMBER_BOOLEAN: break;
    }
    ret->boolean = json_object_get_boolean(json);
    return json_object_is_type(json, json_type_boolean) ? NULL : "must be true or false";
}

static const char *unknown_member(struct reading *reading, struct bytes name)
{
    const char *names[MEMBERS_MAX];
    for (size_t i = 0; i < reading->count; i++)
        names[i] = reading->members[i].name;
    const char *near = bytes_suggest(name, names, reading->count);
    return near == NULL
               ? "is not a member that this call knows"
               : arena_printf(&reading->request->arena,
                              "is not a member that this call knows; did you mean `%s`?", near);
}

static void read_member(struct reading *reading, struct bytes name, struct json_object *json)
{
    const char *wrong = NULL;
    for (size_t i = 0; i < reading->count; i++) {
        if (!bytes_is(name, reading->members[i].name))
            continue;
        /* null is the same as leaving it out. */
        if (json == NULL)
            return;
        wrong = read_value(reading->request, &reading->members[i], json, &reading->values[i]);
        if (wrong != NULL)
            add_mistake(reading, name, wrong);
        return;
    }
    add_mistake(reading, name, unknown_member(reading, name));
}

static struct json_object *parse_object(struct request *request)
{
    struct json_object **payload = &request->submission.payload;
    struct bytes body = buffer_bytes(&request->body);
    struct error err;
    if (body.size == 0 && request->route->body_optional)
        body = BYTES_LITERAL("{}");
    if (json_parse(body, payload, &err) != 0) {
        request_refuse(request, PROBLEM_MALFORMED_JSON, "%s%s%s", err.message,
                       err.place[0] ? ", at " : "", err.place);
        return NULL;
    }
    if (json_object_is_type(*payload, json_type_object))
        return *payload;
    request_refuse(request, PROBLEM_INVALID_BODY, "the body must be a JSON object");
    return NULL;
}

bool members_refuse(struct request *request, const char *pointer, const char *message)
{
    problem_set(&request->problem, PROBLEM_INVALID_BODY, "the body has mistakes; nothing was done");
    request->problem.errors.items[0] = (struct policy_problem){pointer, message, NULL};
    request->problem.errors.count = 1;
    request_refuse_filled(request);
    return false;
}

bool members_time(struct request *request, const char *pointer, struct bytes text, int64_t *ret_us)
{
    return time_parse(text, ret_us, NULL) == 0 ||
           members_refuse(request, pointer, "must be a time like \"2026-11-23T09:30:00Z\"");
}

bool members_read_within(struct request *request, const char *pointer, struct json_object *object,
                         const struct member *members, size_t count,
                         struct member_value *ret_values)
{
    struct reading reading = {request, pointer, members, count, ret_values};
    ML_ASSERT(count <= MEMBERS_MAX);
    memset(ret_values, 0, count * sizeof *ret_values);
    if (!json_object_is_type(object, json_type_object))
        return members_refuse(request, pointer, "must be an object");
    problem_set(&request->problem, PROBLEM_INVALID_BODY, "the body has mistakes; nothing was done");
    json_object_object_foreach(object, name, value) read_member(&reading, bytes_of(name), value);
    for (size_t i = 0; i < count; i++)
        if (members[i].required && !ret_values[i].present)
            add_mistake(&reading, bytes_of(members[i].name), "is required and missing");
    if (request->problem.errors.count == 0)
        return true;
    request_refuse_filled(request);
    return false;
}

bool members_read(struct request *request, const struct member *members, size_t count,
                  struct member_value *ret_values)
{
    struct json_object *object = parse_object(request);
    return object != NULL && members_read_within(request, "", object, members, count, ret_values);
}
