/* Values and types as the conformance file writes them. */
#include "cel_value.h"

#include <math.h>
#include <stdlib.h>

/* ---- values */

static bool read_bytes(struct bytes text, struct arena *arena, struct cel_value *ret)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char *data = arena_alloc(arena, text.size + 1);
    size_t size = 0;
    uint32_t bits = 0, gathered = 0;
    for (size_t i = 0; i < text.size && text.data[i] != '='; i++) {
        const char *digit = strchr(digits, text.data[i]);
        if (digit == NULL)
            return false;
        bits = bits << 6 | (uint32_t)(digit - digits);
        gathered += 6;
        if (gathered < 8)
            continue;
        gathered -= 8;
        data[size++] = (char)(unsigned char)(bits >> gathered);
    }
    *ret = (struct cel_value){.kind = CEL_BYTES, .string = {data, size}};
    return true;
}

static bool read_items(struct json_object *json, bool map, struct arena *arena,
                       struct cel_value *ret)
{
    size_t count = json_object_array_length(json), width = map ? 2 : 1;
    struct cel_value *items = arena_array(arena, count * width, sizeof *items);
    for (size_t i = 0; i < count; i++) {
        struct json_object *item = json_object_array_get_idx(json, i);
        for (size_t part = 0; part < width; part++)
            if (!case_value_read(map ? json_object_array_get_idx(item, part) : item, arena,
                                 &items[width * i + part]))
                return false;
    }
    *ret = (struct cel_value){
        .kind = map ? CEL_MAP : CEL_LIST, .count = (uint32_t)count, .items = items};
    return true;
}

/* A time is written as the argument of the function that makes it. */
static bool read_time(const char *function, struct bytes text, struct arena *arena,
                      struct cel_value *ret)
{
    const struct cel_environment nothing = {NULL, 0};
    const struct cel_program *program;
    const char *source = arena_printf(arena, "%s('%.*s')", function, BYTES_ARG(text));
    if (cel_program_compile(&nothing, bytes_of(source), NULL, arena, &program, NULL) != 0)
        return false;
    struct cel_scratch scratch = {arena_alloc(arena, 1024), 1024, 0};
    *ret = cel_evaluate(program, NULL, &scratch);
    return ret->kind == CEL_TIMESTAMP || ret->kind == CEL_DURATION;
}

static double read_double(struct json_object *json, struct bytes text)
{
    return json_object_is_type(json, json_type_string) ? strtod(text.data, NULL)
                                                       : json_object_get_double(json);
}

bool case_value_read(struct json_object *json, struct arena *arena, struct cel_value *ret)
{
    if (!json_object_is_type(json, json_type_object))
        return false;
    json_object_object_foreach(json, key, inner)
    {
        struct bytes text = {NULL, 0};
        if (json_object_is_type(inner, json_type_string))
            text = (struct bytes){json_object_get_string(inner),
                                  (size_t)json_object_get_string_len(inner)};
        text = arena_copy(arena, text);
        if (strcmp(key, "list") == 0 || strcmp(key, "map") == 0)
            return read_items(inner, *key == 'm', arena, ret);
        if (strcmp(key, "bytes") == 0)
            return read_bytes(text, arena, ret);
        if (strcmp(key, "timestamp") == 0 || strcmp(key, "duration") == 0)
            return read_time(key, text, arena, ret);
        if (strcmp(key, "null") == 0)
            *ret = (struct cel_value){.kind = CEL_NULL};
        else if (strcmp(key, "bool") == 0)
            *ret = cel_bool(json_object_get_boolean(inner));
        else if (strcmp(key, "int") == 0)
            *ret = cel_int(strtoll(text.data, NULL, 10));
        else if (strcmp(key, "uint") == 0)
            *ret = (struct cel_value){.kind = CEL_UINT, .uinteger = strtoull(text.data, NULL, 10)};
        else if (strcmp(key, "double") == 0)
            *ret = cel_double(read_double(inner, text));
        else if (strcmp(key, "string") == 0)
            *ret = cel_string(text);
        else if (strcmp(key, "type") == 0)
            *ret = (struct cel_value){.kind = CEL_TYPE, .string = text};
        else
            return false;
        return true;
    }
    return false;
}

static bool same_pair(const struct cel_value *map, const struct cel_value *pair)
{
    for (size_t i = 0; i < map->count; i++)
        if (case_values_same(&map->items[2 * i], &pair[0]) &&
            case_values_same(&map->items[2 * i + 1], &pair[1]))
            return true;
    return false;
}

bool case_values_same(const struct cel_value *a, const struct cel_value *b)
{
    if (a->kind != b->kind)
        return false;
    switch (a->kind) {
    case CEL_NULL: return true;
    case CEL_BOOL: return a->boolean == b->boolean;
    case CEL_INT:
    case CEL_UINT: return a->uinteger == b->uinteger;
    case CEL_DOUBLE:
        return isnan(a->number)
                   ? isnan(b->number) != 0
                   : a->number == b->number && signbit(a->number) == signbit(b->number);
    case CEL_STRING:
    case CEL_BYTES:
    case CEL_TYPE: return bytes_equal(a->string, b->string);
    case CEL_TIMESTAMP:
    case CEL_DURATION:
        return a->time.seconds == b->time.seconds && a->time.nanoseconds == b->time.nanoseconds;
    case CEL_LIST:
        for (uint32_t i = 0; i < a->count && a->count == b->count; i++)
            if (!case_values_same(&a->items[i], &b->items[i]))
                return false;
        return a->count == b->count;
    case CEL_MAP:
        for (size_t i = 0; i < a->count && a->count == b->count; i++)
            if (!same_pair(b, &a->items[2 * i]))
                return false;
        return a->count == b->count;
    default: return false;
    }
}

/* ---- types */

static const struct {
    const char *name;
    char letter;
    enum cel_type_kind kind;
} names[] = {
    {"dyn", '*', CEL_TYPE_DYN},
    {"null_type", 'n', CEL_TYPE_NULL},
    {"bool", 'b', CEL_TYPE_BOOL},
    {"int", 'i', CEL_TYPE_INT},
    {"uint", 'u', CEL_TYPE_UINT},
    {"double", 'd', CEL_TYPE_DOUBLE},
    {"string", 's', CEL_TYPE_STRING},
    {"bytes", 'y', CEL_TYPE_BYTES},
    {"list", 'L', CEL_TYPE_LIST},
    {"map", 'M', CEL_TYPE_MAP},
    {"type", 'T', CEL_TYPE_TYPE},
    {"google.protobuf.Timestamp", 't', CEL_TYPE_TIMESTAMP},
    {"timestamp", 't', CEL_TYPE_TIMESTAMP},
    {"google.protobuf.Duration", 'r', CEL_TYPE_DURATION},
    {"duration", 'r', CEL_TYPE_DURATION},
    {"optional_type", 'O', CEL_TYPE_OPTIONAL},
    {"net.IP", 'p', CEL_TYPE_IP},
    {"net.CIDR", 'c', CEL_TYPE_CIDR},
};

enum { NAMES = sizeof names / sizeof *names };

static bool is_name(char c)
{
    return c != '\0' && strchr("(), ", c) == NULL;
}

static struct bytes take_name(const char **at)
{
    const char *start = *at;
    while (is_name(**at))
        (*at)++;
    return (struct bytes){start, (size_t)(*at - start)};
}

/* Behind a name or a part; true when another part follows. */
static bool take_separator(const char **at, char separator)
{
    if (**at != separator)
        return false;
    do
        (*at)++;
    while (**at == ' ');
    return true;
}

static const struct cel_type *read_type(const char **at, struct arena *arena)
{
    struct cel_type *type = arena_zalloc(arena, sizeof *type);
    struct bytes name = take_name(at);
    size_t n = 0;
    while (n < NAMES && !bytes_is(name, names[n].name))
        n++;
    if (n == NAMES)
        return NULL;
    type->kind = names[n].kind;
    const struct cel_type *parts[2] = {NULL, NULL};
    size_t count = 0;
    for (char separator = '('; count < 2 && take_separator(at, separator); separator = ',')
        if ((parts[count++] = read_type(at, arena)) == NULL)
            return NULL;
    if (count > 0 && !take_separator(at, ')'))
        return NULL;
    type->key = type->kind == CEL_TYPE_MAP ? parts[0] : NULL;
    type->element = type->kind == CEL_TYPE_MAP ? parts[1] : parts[0];
    return type;
}

const struct cel_type *case_type_read(struct bytes text, struct arena *arena)
{
    const char *at = arena_string(arena, text);
    const struct cel_type *type = read_type(&at, arena);
    return type != NULL && *at == '\0' ? type : NULL;
}

static void print_parts(const struct cel_type *const *parts, size_t count, struct buffer *out)
{
    for (size_t i = 0; i < count; i++) {
        buffer_printf(out, "%s", i == 0 ? "(" : ", ");
        case_type_print(parts[i], out);
    }
    if (count > 0)
        buffer_printf(out, ")");
}

void case_type_print(const struct cel_type *type, struct buffer *out)
{
    static const struct cel_type dyn = {CEL_TYPE_DYN};
    const struct cel_type *element = type != NULL && type->element != NULL ? type->element : &dyn;
    const struct cel_type *parts[8];
    if (type == NULL)
        type = &dyn;
    for (size_t n = 0; n < NAMES && type->kind != CEL_TYPE_ABSTRACT; n++) {
        if (names[n].kind != type->kind)
            continue;
        buffer_printf(out, "%s", names[n].name);
        break;
    }
    switch (type->kind) {
    case CEL_TYPE_MAP:
        parts[0] = type->key != NULL ? type->key : &dyn;
        parts[1] = element;
        print_parts(parts, 2, out);
        break;
    case CEL_TYPE_LIST:
    case CEL_TYPE_OPTIONAL:
    case CEL_TYPE_TYPE: print_parts(&element, 1, out); break;
    case CEL_TYPE_ABSTRACT:
        buffer_printf(out, "%s", type->name);
        for (size_t i = 0; i < type->field_count && i < 8; i++)
            parts[i] = type->fields[i].type;
        print_parts(parts, type->field_count < 8 ? type->field_count : 8, out);
        break;
    default: break;
    }
}

/* ---- signatures */

struct signature {
    struct buffer text;
    struct bytes parameters[3]; /* what A, B and C are called in the file */
    size_t count;
};

static bool add_name(struct signature *signature, struct bytes name, bool parts)
{
    for (size_t n = 0; n < NAMES; n++) {
        if (bytes_is(name, names[n].name)) {
            buffer_append_char(&signature->text, names[n].letter);
            return true;
        }
    }
    if (name.size > 1 || parts) {
        buffer_printf(&signature->text, "<%.*s>", BYTES_ARG(name));
        return true;
    }
    size_t i = 0;
    while (i < signature->count && !bytes_equal(signature->parameters[i], name))
        i++;
    if (i == 3)
        return false;
    if (i == signature->count)
        signature->parameters[signature->count++] = name;
    buffer_append_char(&signature->text, (char)('A' + i));
    return true;
}

static bool add_type(struct signature *signature, const char **at)
{
    struct bytes name = take_name(at);
    if (!add_name(signature, name, **at == '('))
        return false;
    bool parts = false;
    for (char separator = '('; take_separator(at, separator); separator = ',') {
        if (!parts)
            buffer_append_char(&signature->text, '(');
        parts = true;
        if (!add_type(signature, at))
            return false;
    }
    if (parts)
        buffer_append_char(&signature->text, ')');
    return !parts || take_separator(at, ')');
}

const char *case_signature(struct json_object *parameters, struct bytes result, struct arena *arena)
{
    struct signature signature = {.count = 0};
    buffer_init(&signature.text, 1024);
    bool good = true;
    for (size_t i = 0; good && i < json_object_array_length(parameters); i++) {
        const char *at = json_object_get_string(json_object_array_get_idx(parameters, i));
        good = add_type(&signature, &at);
    }
    buffer_append_char(&signature.text, ':');
    const char *at = arena_string(arena, result);
    good = good && add_type(&signature, &at) && !signature.text.overflow;
    const char *text = good ? arena_string(arena, buffer_bytes(&signature.text)) : NULL;
    buffer_release(&signature.text);
    return text;
}
