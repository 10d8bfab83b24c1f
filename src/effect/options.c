/* Options as the kinds of destinations read them. */
#include "effect/options.h"

#include "base/json.h"
#include "base/time.h"

#include <stdlib.h>
#include <strings.h>

struct json_object *options_member(struct json_object *options, const char *key)
{
    struct json_object *value = NULL;
    json_object_object_get_ex(options, key, &value);
    return value;
}

const char *options_text(struct json_object *options, const char *key)
{
    struct json_object *value = options_member(options, key);
    return json_object_is_type(value, json_type_string) ? json_object_get_string(value) : "";
}

bool options_bool(struct json_object *options, const char *key, bool fallback)
{
    struct json_object *value = options_member(options, key);
    return json_object_is_type(value, json_type_boolean) ? json_object_get_boolean(value)
                                                         : fallback;
}

int64_t options_duration(struct json_object *options, const char *key, int64_t fallback)
{
    int64_t duration_us;
    struct bytes text = json_text(options_member(options, key));
    return text.size > 0 && duration_parse(text, &duration_us, NULL) == 0 ? duration_us : fallback;
}

int64_t options_bytes(struct json_object *options, const char *key)
{
    static const struct {
        const char *unit;
        int64_t bytes;
    } units[] = {{"", 1}, {"kB", 1000}, {"MB", 1000000}, {"GB", 1000000000}};
    struct json_object *value = options_member(options, key);
    if (json_object_is_type(value, json_type_int))
        return json_object_get_int64(value);
    char *end;
    long long count = strtoll(options_text(options, key), &end, 10);
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strcasecmp(end, units[i].unit) == 0 && count > 0 && count < INT64_MAX / 1000000000)
            return count * units[i].bytes;
    return 0;
}
