/* Values of expressions and JSON. */
#include "effect/value.h"

#include "base/time.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>

/* ---- from JSON */

static struct cel_value map_of(struct json_object *json, struct arena *arena)
{
    uint32_t count = (uint32_t)json_object_object_length(json);
    struct cel_value *items = arena_array(arena, 2 * (size_t)count + 1, sizeof *items);
    struct cel_value *at = items;
    json_object_object_foreach(json, key, member)
    {
        *at++ = cel_string(arena_copy(arena, bytes_of(key)));
        *at++ = effect_value_of_json(member, arena);
    }
    return (struct cel_value){.kind = CEL_MAP, .count = count, .items = items};
}

static struct cel_value list_of(struct json_object *json, struct arena *arena)
{
    uint32_t count = (uint32_t)json_object_array_length(json);
    struct cel_value *items = arena_array(arena, (size_t)count + 1, sizeof *items);
    for (uint32_t i = 0; i < count; i++)
        items[i] = effect_value_of_json(json_object_array_get_idx(json, i), arena);
    return (struct cel_value){.kind = CEL_LIST, .count = count, .items = items};
}

struct cel_value effect_value_of_json(struct json_object *json, struct arena *arena)
{
    switch (json_object_get_type(json)) {
    case json_type_boolean: return cel_bool(json_object_get_boolean(json));
    case json_type_int: return cel_int(json_object_get_int64(json));
    case json_type_double: return cel_double(json_object_get_double(json));
    case json_type_string: return cel_string(arena_copy(arena, json_text(json)));
    case json_type_object: return map_of(json, arena);
    case json_type_array: return list_of(json, arena);
    default: return (struct cel_value){.kind = CEL_NULL};
    }
}

/* ---- copies */

static size_t count_items(const struct cel_value *value)
{
    switch (value->kind) {
    case CEL_MAP: return 2 * (size_t)value->count;
    case CEL_LIST:
    case CEL_RECORD: return value->count;
    case CEL_OPTIONAL: return value->items != NULL ? 1 : 0;
    default: return 0;
    }
}

struct cel_value effect_value_copy(const struct cel_value *value, struct arena *arena)
{
    struct cel_value copy = *value;
    size_t count = count_items(value);
    if (value->kind == CEL_STRING || value->kind == CEL_BYTES || value->kind == CEL_ERROR ||
        value->kind == CEL_TYPE)
        copy.string = arena_copy(arena, value->string);
    if (count == 0)
        return copy;
    struct cel_value *items = arena_array(arena, count, sizeof *items);
    for (size_t i = 0; i < count; i++)
        items[i] = effect_value_copy(&value->items[i], arena);
    copy.items = items;
    return copy;
}

/* ---- to text and JSON */

static void print_time(const struct cel_value *value, char text[static TIME_TEXT_SIZE])
{
    time_print(value->time.seconds * TIME_US_PER_SECOND + value->time.nanoseconds / 1000, text);
}

static int print_duration(const struct cel_value *value, char *text, size_t size)
{
    int64_t nanoseconds = value->time.nanoseconds;
    bool negative = value->time.seconds < 0 || nanoseconds < 0;
    uint64_t seconds = negative ? 0 - (uint64_t)value->time.seconds : (uint64_t)value->time.seconds;
    int length = snprintf(text, size, "%s%" PRIu64, negative ? "-" : "", seconds);
    if (nanoseconds != 0) {
        length += snprintf(text + length, size - (size_t)length, ".%09" PRId64,
                           negative ? -nanoseconds : nanoseconds);
        while (text[length - 1] == '0')
            length--;
    }
    text[length++] = 's';
    return length;
}

static struct bytes print_number(const struct cel_value *value, struct arena *arena)
{
    struct buffer out;
    struct json_writer json;
    buffer_init(&out, 64);
    json_begin(&json, &out);
    effect_value_write(value, &json);
    struct bytes text = arena_copy(arena, buffer_bytes(&out));
    buffer_release(&out);
    return text;
}

bool effect_value_text(const struct cel_value *value, struct arena *arena, struct bytes *ret)
{
    char text[TIME_TEXT_SIZE + 24];
    switch (value->kind) {
    case CEL_STRING: *ret = value->string; return true;
    case CEL_BOOL:
        *ret = value->boolean ? BYTES_LITERAL("true") : BYTES_LITERAL("false");
        return true;
    case CEL_INT:
    case CEL_UINT:
    case CEL_DOUBLE: *ret = print_number(value, arena); return true;
    case CEL_TIMESTAMP:
        print_time(value, text);
        *ret = arena_copy(arena, bytes_of(text));
        return true;
    case CEL_DURATION:
        *ret = arena_copy(arena,
                          (struct bytes){text, (size_t)print_duration(value, text, sizeof text)});
        return true;
    default: return false;
    }
}

static void write_base64(struct bytes data, struct json_writer *json)
{
    size_t size = sodium_base64_encoded_len(data.size, sodium_base64_VARIANT_ORIGINAL);
    struct arena arena;
    arena_init(&arena);
    char *text = arena_alloc(&arena, size);
    sodium_bin2base64(text, size, (const unsigned char *)data.data, data.size,
                      sodium_base64_VARIANT_ORIGINAL);
    json_string(json, bytes_of(text));
    arena_release(&arena);
}

static void write_map(const struct cel_value *value, struct json_writer *json)
{
    struct arena arena; /* for keys that are no texts */
    arena_init(&arena);
    json_object_open(json);
    for (size_t i = 0; i < value->count; i++) {
        struct bytes key;
        if (!effect_value_text(&value->items[2 * i], &arena, &key))
            continue;
        json_key_bytes(json, key);
        effect_value_write(&value->items[2 * i + 1], json);
    }
    json_object_close(json);
    arena_release(&arena);
}

void effect_value_write(const struct cel_value *value, struct json_writer *json)
{
    char text[TIME_TEXT_SIZE + 24];
    switch (value->kind) {
    case CEL_BOOL: json_boolean(json, value->boolean); break;
    case CEL_INT: json_integer(json, value->integer); break;
    case CEL_UINT: json_unsigned(json, value->uinteger); break;
    case CEL_DOUBLE: json_double(json, value->number); break;
    case CEL_STRING: json_string(json, value->string); break;
    case CEL_BYTES: write_base64(value->string, json); break;
    case CEL_TIMESTAMP:
        print_time(value, text);
        json_string(json, bytes_of(text));
        break;
    case CEL_DURATION:
        json_string(json, (struct bytes){text, (size_t)print_duration(value, text, sizeof text)});
        break;
    case CEL_LIST:
        json_array_open(json);
        for (uint32_t i = 0; i < value->count; i++)
            effect_value_write(&value->items[i], json);
        json_array_close(json);
        break;
    case CEL_MAP: write_map(value, json); break;
    case CEL_OPTIONAL:
        if (value->items != NULL)
            effect_value_write(value->items, json);
        else
            json_null(json);
        break;
    default: json_null(json); break;
    }
}

/* ---- maps */

void effect_pairs_init(struct effect_pairs *pairs, uint32_t capacity, struct arena *arena)
{
    *pairs = (struct effect_pairs){
        .items = arena_array(arena, 2 * (size_t)capacity + 1, sizeof *pairs->items),
        .capacity = capacity};
}

void effect_pairs_add(struct effect_pairs *pairs, const char *key, struct cel_value value)
{
    ML_ASSERT(pairs->count < pairs->capacity);
    pairs->items[2 * (size_t)pairs->count] = cel_string(bytes_of(key));
    pairs->items[2 * (size_t)pairs->count + 1] = value;
    pairs->count++;
}

struct cel_value effect_pairs_map(const struct effect_pairs *pairs)
{
    return (struct cel_value){.kind = CEL_MAP, .count = pairs->count, .items = pairs->items};
}
