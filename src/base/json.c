/* json_check, then json-c, then what neither sees: duplicate keys. */
#include "base/json.h"

#include "base/time.h"

#include <stdint.h>
#include <stdio.h>

/* Members in a tree, all levels. */
static size_t count_members(struct json_object *value)
{
    size_t count = 0;
    if (json_object_is_type(value, json_type_object)) {
        json_object_object_foreach(value, key, member)
        {
            (void)key;
            count += 1 + count_members(member);
        }
    } else if (json_object_is_type(value, json_type_array)) {
        size_t length = json_object_array_length(value);
        for (size_t i = 0; i < length; i++)
            count += count_members(json_object_array_get_idx(value, i));
    }
    return count;
}

/* Past the string that starts at `at` (on its opening quote) in text known to be valid JSON. */
static size_t skip_string(struct bytes text, size_t at)
{
    for (at++; at < text.size && text.data[at] != '"'; at++)
        if (text.data[at] == '\\')
            at++;
    return at + 1;
}

/* Names the first key that occurs twice in one object of valid JSON text: slow, for the message. */
static struct bytes find_duplicate(struct bytes text, size_t *ret_offset)
{
    enum { KEYS_MAX = 4096 };
    struct bytes keys[KEYS_MAX];
    int depths[KEYS_MAX];
    size_t count = 0;
    int depth = 0;
    for (size_t at = 0; at < text.size;) {
        char c = text.data[at];
        if (c == '{' || c == '[')
            depth++;
        if (c == '}' || c == ']') {
            while (count > 0 && depths[count - 1] == depth)
                count--;
            depth--;
        }
        if (c != '"') {
            at++;
            continue;
        }
        size_t end = skip_string(text, at), after = end;
        while (after < text.size && strchr(" \t\r\n", text.data[after]) != NULL)
            after++;
        if (after < text.size && text.data[after] == ':') {
            struct bytes key = {text.data + at + 1, end - at - 2};
            for (size_t i = count; i > 0 && depths[i - 1] == depth; i--)
                if (bytes_equal(keys[i - 1], key)) {
                    *ret_offset = at;
                    return key;
                }
            if (count < KEYS_MAX) {
                depths[count] = depth;
                keys[count++] = key;
            }
        }
        at = end;
    }
    *ret_offset = 0;
    return (struct bytes){0};
}

static int refuse_duplicate(struct bytes text, struct error *err)
{
    size_t offset;
    struct bytes key = find_duplicate(text, &offset);
    if (key.data == NULL)
        return error_set(err, ML_EINVAL, "",
                         "a key occurs twice in one object, in two spellings; send it once");
    char place[32];
    snprintf(place, sizeof place, "byte %zu", offset + 1);
    return error_set(err, ML_EINVAL, place,
                     "the key \"%.*s\" occurs twice in one object; send it once",
                     (int)(key.size > 64 ? 64 : key.size), key.data);
}

/* Reused per thread: making a tokener costs more than parsing a small lead. */
static _Thread_local struct json_tokener *thread_tokener;

static struct json_tokener *tokener(void)
{
    if (thread_tokener == NULL) {
        thread_tokener = json_tokener_new_ex(JSON_DEPTH_MAX + 2);
        if (thread_tokener == NULL)
            panic("out of memory (JSON tokener)");
        json_tokener_set_flags(thread_tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    }
    json_tokener_reset(thread_tokener);
    return thread_tokener;
}

void json_thread_release(void)
{
    if (thread_tokener != NULL)
        json_tokener_free(thread_tokener);
    thread_tokener = NULL;
}

int json_parse(struct bytes text, struct json_object **ret, struct error *err)
{
    size_t members;
    if (text.size > INT32_MAX / 2)
        return error_set(err, ML_ELIMIT, "", "%zu bytes are too many for one JSON text", text.size);
    int code = json_check(text, &members, err);
    if (code != 0)
        return code;
    struct json_tokener *parser = tokener();
    struct json_object *tree = json_tokener_parse_ex(parser, text.data, (int)text.size);
    /* A bare number is complete only once the tokener sees what ends it. */
    if (json_tokener_get_error(parser) == json_tokener_continue)
        tree = json_tokener_parse_ex(parser, " ", 1);
    enum json_tokener_error reason = json_tokener_get_error(parser);
    if (reason != json_tokener_success) {
        json_object_put(tree);
        return error_set(err, ML_EINVAL, "", "not valid JSON: %s", json_tokener_error_desc(reason));
    }
    if (count_members(tree) != members) {
        json_object_put(tree);
        return refuse_duplicate(text, err);
    }
    *ret = tree;
    return 0;
}

struct bytes json_text(struct json_object *value)
{
    if (!json_object_is_type(value, json_type_string))
        return (struct bytes){0};
    return (struct bytes){json_object_get_string(value), (size_t)json_object_get_string_len(value)};
}

struct bytes json_member_text(struct json_object *object, const char *key)
{
    return json_text(json_object_object_get(object, key));
}

int64_t json_member_int(struct json_object *object, const char *key, int64_t fallback)
{
    struct json_object *value = json_object_object_get(object, key);
    return json_object_is_type(value, json_type_int) ? json_object_get_int64(value) : fallback;
}

int64_t json_member_time_us(struct json_object *object, const char *key)
{
    int64_t time_us;
    return time_parse(json_member_text(object, key), &time_us, NULL) == 0 ? time_us : 0;
}
