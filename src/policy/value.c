/* One value of a lead: its type, its limits. Every message completes "the field … ". */
#include "policy/edge/internal.h"

#include "contract/normalize.h"

#include <inttypes.h>
#include <math.h>

static const char *kind_name(const struct cel_value *value)
{
    switch (value->kind) {
    case CEL_BOOL: return "a boolean";
    case CEL_DOUBLE:
        return value->number == trunc(value->number) ? "a number" : "a number with a fraction";
    case CEL_INT:
    case CEL_UINT: return "an integer";
    case CEL_MAP: return "an object";
    case CEL_LIST: return "an array";
    case CEL_STRING: return "a string";
    case CEL_TIMESTAMP: return "a time";
    case CEL_DURATION: return "a duration";
    case CEL_NULL:
    case CEL_ABSENT: return "null";
    default: return "something that no record holds";
    }
}

const char *policy_value_wrong_type(const struct policy_field *field, const struct cel_value *value,
                                    struct arena *arena)
{
    static const char *const kinds[] = {
        [POLICY_STRING] = "a string",
        [POLICY_INTEGER] = "an integer",
        [POLICY_NUMBER] = "a number",
        [POLICY_BOOLEAN] = "true or false",
        [POLICY_STRINGS] = "an array of strings",
    };
    return arena_printf(arena, "must be %s, got %s", kinds[field->type], kind_name(value));
}

static const char *fit_integer(const struct policy_field *field, const struct cel_value *value,
                               struct arena *arena, struct cel_value *ret)
{
    bool number = value->kind == CEL_DOUBLE,
         whole = number && value->number == trunc(value->number);
    if (value->kind == CEL_INT) {
        *ret = *value;
        return NULL;
    }
    if (whole && value->number >= -0x1p63 && value->number < 0x1p63) {
        *ret = cel_int((int64_t)value->number);
        return NULL;
    }
    if (whole || value->kind == CEL_UINT)
        return arena_printf(arena, "must fit 64 bits: between %" PRId64 " and %" PRId64, INT64_MIN,
                            INT64_MAX);
    return policy_value_wrong_type(field, value, arena);
}

static const char *fit_number(const struct policy_field *field, const struct cel_value *value,
                              struct arena *arena, struct cel_value *ret)
{
    switch (value->kind) {
    case CEL_INT: *ret = cel_double((double)value->integer); return NULL;
    case CEL_UINT: *ret = cel_double((double)value->uinteger); return NULL;
    case CEL_DOUBLE: *ret = *value; break;
    default: return policy_value_wrong_type(field, value, arena);
    }
    return isfinite(value->number) ? NULL : "must be a number that fits a double";
}

/* Texts end at a NUL in more places than one wants to think of. */
static const char *fit_text(struct bytes text)
{
    return text.size > 0 && memchr(text.data, '\0', text.size) != NULL
               ? "must not hold the character U+0000"
               : NULL;
}

static const char *fit_strings(const struct policy_field *field, const struct cel_value *value,
                               struct arena *arena, struct cel_value *ret)
{
    if (value->kind != CEL_LIST)
        return policy_value_wrong_type(field, value, arena);
    if (value->count > POLICY_LIST_MAX)
        return arena_printf(arena, "must have at most %d items, got %u", POLICY_LIST_MAX,
                            value->count);
    for (uint32_t i = 0; i < value->count; i++) {
        if (value->items[i].kind != CEL_STRING)
            return arena_printf(arena, "must be an array of strings, got %s as item %u",
                                kind_name(&value->items[i]), i);
        const char *wrong = fit_text(value->items[i].string);
        if (wrong != NULL)
            return wrong;
    }
    *ret = *value;
    return NULL;
}

const char *policy_value_fit(const struct policy_field *field, const struct cel_value *value,
                             struct arena *arena, struct cel_value *ret)
{
    *ret = (struct cel_value){.kind = CEL_ABSENT};
    if (value->kind == CEL_NULL || value->kind == CEL_ABSENT)
        return NULL;
    switch (field->type) {
    case POLICY_STRING:
        if (value->kind != CEL_STRING)
            break;
        *ret = *value;
        return fit_text(value->string);
    case POLICY_BOOLEAN:
        if (value->kind != CEL_BOOL)
            break;
        *ret = *value;
        return NULL;
    case POLICY_INTEGER: return fit_integer(field, value, arena, ret);
    case POLICY_NUMBER: return fit_number(field, value, arena, ret);
    case POLICY_STRINGS: return fit_strings(field, value, arena, ret);
    }
    return policy_value_wrong_type(field, value, arena);
}

/* ---- from JSON */

/* json-c holds integers past int64 as unsigned and reads them back cut off. */
static struct cel_value integer_of_json(struct json_object *json)
{
    int64_t integer = json_object_get_int64(json);
    uint64_t uinteger = json_object_get_uint64(json);
    return integer != INT64_MAX || uinteger == INT64_MAX
               ? cel_int(integer)
               : (struct cel_value){.kind = CEL_UINT, .uinteger = uinteger};
}

/* A list of more items than a lead takes has none here, only their number. */
static struct cel_value value_of_json(struct json_object *json, struct arena *arena)
{
    struct cel_value value = {.kind = CEL_NULL};
    switch (json_object_get_type(json)) {
    case json_type_boolean: return cel_bool(json_object_get_boolean(json));
    case json_type_double: return cel_double(json_object_get_double(json));
    case json_type_int: return integer_of_json(json);
    case json_type_string: return cel_string(json_text(json));
    case json_type_object: value.kind = CEL_MAP; return value;
    case json_type_array: break;
    default: return value;
    }
    size_t count = json_object_array_length(json);
    size_t shown = count < POLICY_LIST_MAX ? count : POLICY_LIST_MAX;
    struct cel_value *items = arena_array(arena, shown, sizeof *items);
    for (size_t i = 0; i < shown; i++) {
        struct json_object *item = json_object_array_get_idx(json, i);
        items[i] = json_object_is_type(item, json_type_array) ? (struct cel_value){.kind = CEL_LIST}
                                                              : value_of_json(item, arena);
    }
    return (struct cel_value){.kind = CEL_LIST, .count = (uint32_t)count, .items = items};
}

const char *policy_value_read(const struct policy_field *field, struct json_object *json,
                              struct arena *arena, struct cel_value *ret)
{
    struct cel_value value = value_of_json(json, arena);
    return policy_value_fit(field, &value, arena, ret);
}

/* ---- from an instance */

static struct cel_value scalar_of_instance(const struct contract_instance *instance)
{
    switch (instance->kind) {
    case CONTRACT_BOOLEAN: return cel_bool(instance->boolean);
    case CONTRACT_NUMBER:
        return instance->numeric == CONTRACT_INT64 ? cel_int(instance->integer)
                                                   : cel_double(instance->number);
    case CONTRACT_STRING: return cel_string(instance->text);
    case CONTRACT_ARRAY: return (struct cel_value){.kind = CEL_LIST, .count = instance->count};
    case CONTRACT_OBJECT: return (struct cel_value){.kind = CEL_MAP, .count = instance->count};
    default: return (struct cel_value){.kind = CEL_NULL};
    }
}

const char *policy_value_read_instance(const struct policy_field *field,
                                       const struct contract_instance *instance,
                                       struct arena *arena, struct cel_value *ret)
{
    struct cel_value value = scalar_of_instance(instance);
    if (value.kind == CEL_LIST && field->type == POLICY_STRINGS && value.count <= POLICY_LIST_MAX) {
        struct cel_value *items = arena_array(arena, value.count, sizeof *items);
        for (uint32_t i = 0; i < value.count; i++)
            items[i] = scalar_of_instance(&instance->items[i]);
        value.items = items;
    }
    return policy_value_fit(field, &value, arena, ret);
}

/* ---- from the text of a form or a table */

static const char *number_of_text(const struct policy_field *field, struct bytes text,
                                  struct arena *arena, struct cel_value *ret)
{
    char plain[CONTRACT_NUMBER_SIZE];
    struct error err = {0};
    struct contract_instance number;
    if (contract_normalize_number(text, '\0', plain, &err) < 0)
        return arena_printf(arena, "must be a number: %s", err.message);
    if (contract_instance_number(arena_copy(arena, bytes_of(plain)), &number, &err) < 0)
        return arena_printf(arena, "must be a number: %s", err.message);
    return policy_value_read_instance(field, &number, arena, ret);
}

static const char *boolean_of_text(struct bytes text, struct arena *arena, struct cel_value *ret)
{
    bool value = false;
    struct error err = {0};
    if (contract_normalize_boolean(text, &value, &err) < 0)
        return arena_printf(arena, "must be true or false: %s", err.message);
    *ret = cel_bool(value);
    return NULL;
}

const char *policy_value_read_text(const struct policy_field *field, struct bytes text,
                                   struct arena *arena, struct cel_value *ret)
{
    struct cel_value value = cel_string(text);
    *ret = (struct cel_value){.kind = CEL_ABSENT};
    if (text.size == 0)
        return NULL;
    switch (field->type) {
    case POLICY_STRING: return policy_value_fit(field, &value, arena, ret);
    case POLICY_INTEGER:
    case POLICY_NUMBER: return number_of_text(field, text, arena, ret);
    case POLICY_BOOLEAN: return boolean_of_text(text, arena, ret);
    default: break;
    }
    struct cel_value *items = arena_array(arena, 1, sizeof *items);
    items[0] = value;
    value = (struct cel_value){.kind = CEL_LIST, .count = 1, .items = items};
    return policy_value_fit(field, &value, arena, ret);
}

/* ---- limits */

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
