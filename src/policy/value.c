/* One value of a lead: its type, its limits. Every message completes "the field … ". */
#include "policy/internal.h"

#include <inttypes.h>
#include <math.h>

static const char *json_kind(struct json_object *json)
{
    switch (json_object_get_type(json)) {
    case json_type_boolean: return "a boolean";
    case json_type_double: return "a number with a fraction";
    case json_type_int: return "an integer";
    case json_type_object: return "an object";
    case json_type_array: return "an array";
    case json_type_string: return "a string";
    default: return "null";
    }
}

static const char *wrong_type(const struct policy_field *field, struct json_object *json,
                              struct arena *arena)
{
    static const char *const kinds[] = {
        [POLICY_STRING] = "a string",
        [POLICY_INTEGER] = "an integer",
        [POLICY_NUMBER] = "a number",
        [POLICY_BOOLEAN] = "true or false",
        [POLICY_STRINGS] = "an array of strings",
    };
    return arena_printf(arena, "must be %s, got %s", kinds[field->type], json_kind(json));
}

/* json-c holds integers past int64 as unsigned and reads them back cut off. */
static bool fits_int64(struct json_object *json)
{
    return json_object_get_int64(json) != INT64_MAX || json_object_get_uint64(json) == INT64_MAX;
}

static const char *read_integer(const struct policy_field *field, struct json_object *json,
                                struct arena *arena, struct cel_value *ret)
{
    enum json_type type = json_object_get_type(json);
    if (type == json_type_int && fits_int64(json)) {
        *ret = cel_int(json_object_get_int64(json));
        return NULL;
    }
    if (type == json_type_double) {
        double number = json_object_get_double(json);
        if (number == trunc(number) && number >= -0x1p63 && number < 0x1p63) {
            *ret = cel_int((int64_t)number);
            return NULL;
        }
        if (number != trunc(number))
            return wrong_type(field, json, arena);
    }
    if (type == json_type_int || type == json_type_double)
        return arena_printf(arena, "must fit 64 bits: between %" PRId64 " and %" PRId64, INT64_MIN,
                            INT64_MAX);
    return wrong_type(field, json, arena);
}

static const char *read_number(const struct policy_field *field, struct json_object *json,
                               struct arena *arena, struct cel_value *ret)
{
    enum json_type type = json_object_get_type(json);
    if (type != json_type_int && type != json_type_double)
        return wrong_type(field, json, arena);
    double number = json_object_get_double(json);
    if (!isfinite(number))
        return "must be a number that fits a double";
    *ret = cel_double(number);
    return NULL;
}

static const char *read_strings(const struct policy_field *field, struct json_object *json,
                                struct arena *arena, struct cel_value *ret)
{
    if (!json_object_is_type(json, json_type_array))
        return wrong_type(field, json, arena);
    size_t count = json_object_array_length(json);
    if (count > POLICY_LIST_MAX)
        return arena_printf(arena, "must have at most %d items, got %zu", POLICY_LIST_MAX, count);
    struct cel_value *items = arena_array(arena, count, sizeof *items);
    for (size_t i = 0; i < count; i++) {
        struct json_object *item = json_object_array_get_idx(json, i);
        if (!json_object_is_type(item, json_type_string))
            return arena_printf(arena, "must be an array of strings, got %s as item %zu",
                                json_kind(item), i);
        items[i] = cel_string(json_text(item));
    }
    *ret = (struct cel_value){.kind = CEL_LIST, .count = (uint32_t)count, .items = items};
    return NULL;
}

const char *policy_value_read(const struct policy_field *field, struct json_object *json,
                              struct arena *arena, struct cel_value *ret)
{
    *ret = (struct cel_value){.kind = CEL_ABSENT};
    if (json == NULL)
        return NULL;
    switch (field->type) {
    case POLICY_STRING:
        if (!json_object_is_type(json, json_type_string))
            break;
        *ret = cel_string(json_text(json));
        return NULL;
    case POLICY_BOOLEAN:
        if (!json_object_is_type(json, json_type_boolean))
            break;
        *ret = cel_bool(json_object_get_boolean(json));
        return NULL;
    case POLICY_INTEGER: return read_integer(field, json, arena, ret);
    case POLICY_NUMBER: return read_number(field, json, arena, ret);
    case POLICY_STRINGS: return read_strings(field, json, arena, ret);
    }
    return wrong_type(field, json, arena);
}

static size_t count_characters(struct bytes text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.size; i++)
        count += ((unsigned char)text.data[i] & 0xC0) != 0x80;
    return count;
}

static const char *check_length(const struct policy_field *field, struct bytes text,
                                struct arena *arena)
{
    if (text.size > POLICY_STRING_MAX)
        return arena_printf(arena, "must have at most %d bytes, got %zu", POLICY_STRING_MAX,
                            text.size);
    if (text.size <= field->max_length)
        return NULL;
    size_t count = count_characters(text);
    return count <= field->max_length
               ? NULL
               : arena_printf(arena, "must have at most %u characters, got %zu", field->max_length,
                              count);
}

static const char *check_allowed(const struct policy_field *field, struct bytes text,
                                 struct arena *arena)
{
    if (field->allowed_count == 0)
        return NULL;
    for (size_t i = 0; i < field->allowed_count; i++)
        if (bytes_is(text, field->allowed[i]))
            return NULL;
    enum { SHOWN = 12 };
    const char *list = field->allowed[0];
    for (size_t i = 1; i < field->allowed_count && i < SHOWN; i++)
        list = arena_printf(arena, "%s, %s", list, field->allowed[i]);
    const char *near = bytes_suggest(text, field->allowed, field->allowed_count);
    return arena_printf(arena, "must be one of %s%s, got `%.*s`%s%s%s", list,
                        field->allowed_count > SHOWN ? ", …" : "", POLICY_CLIP(text),
                        near ? "; did you mean `" : "", near ? near : "", near ? "`?" : "");
}

static const char *check_range(const struct policy_field *field, double number, struct arena *arena)
{
    if (number < field->minimum)
        return arena_printf(arena, "must be at least %.17g, got %.17g", field->minimum, number);
    if (number > field->maximum)
        return arena_printf(arena, "must be at most %.17g, got %.17g", field->maximum, number);
    return NULL;
}

static const char *check_items(const struct policy_field *field, const struct cel_value *value,
                               struct arena *arena)
{
    const char *wrong = NULL;
    for (uint32_t i = 0; i < value->count && wrong == NULL; i++)
        wrong = check_length(field, value->items[i].string, arena);
    return wrong == NULL ? NULL : arena_printf(arena, "has an item that %s", wrong);
}

const char *policy_value_check(const struct policy_field *field, const struct cel_value *value,
                               struct arena *arena)
{
    const char *wrong = NULL;
    switch (value->kind) {
    case CEL_STRING:
        wrong = check_length(field, value->string, arena);
        return wrong != NULL ? wrong : check_allowed(field, value->string, arena);
    case CEL_INT: return check_range(field, (double)value->integer, arena);
    case CEL_DOUBLE: return check_range(field, value->number, arena);
    case CEL_LIST: return check_items(field, value, arena);
    default: return NULL;
    }
}

bool policy_value_equal(const struct cel_value *a, const struct cel_value *b)
{
    if (a->kind != b->kind)
        return false;
    switch (a->kind) {
    case CEL_STRING: return bytes_equal(a->string, b->string);
    case CEL_BOOL: return a->boolean == b->boolean;
    case CEL_INT: return a->integer == b->integer;
    case CEL_DOUBLE: return a->number == b->number;
    case CEL_LIST:
        for (uint32_t i = 0; i < a->count && i < b->count; i++)
            if (!policy_value_equal(&a->items[i], &b->items[i]))
                return false;
        return a->count == b->count;
    default: return true;
    }
}
