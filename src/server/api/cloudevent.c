/* The envelope of an event. */
#include "server/api/cloudevent.h"

#include "base/time.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>

struct bytes cloudevent_source(struct engine *engine, struct arena *arena)
{
    static const char hex[] = "0123456789ABCDEF";
    struct policy_release *release = engine_release_ref(engine);
    struct bytes name = bytes_of(release != NULL ? release->name : NULL);
    char *text = arena_alloc(arena, sizeof "/meshline/" + name.size * 3);
    size_t size = (size_t)sprintf(text, "/meshline/");
    for (size_t i = 0; i < name.size; i++) {
        unsigned char c = (unsigned char)name.data[i];
        if (isalnum(c) || strchr("-._~", c) != NULL) {
            text[size++] = (char)c;
            continue;
        }
        text[size++] = '%';
        text[size++] = hex[c >> 4];
        text[size++] = hex[c & 15];
    }
    policy_release_unref(release);
    return (struct bytes){text, size};
}

static void write_type(struct bytes type, struct json_writer *json)
{
    char text[96];
    snprintf(text, sizeof text, "meshline.%.*s", BYTES_ARG(type));
    json_member(json, "type", bytes_of(text));
}

void cloudevent_write(const struct journal_record *record, struct bytes source,
                      struct json_writer *json)
{
    char id[24];
    snprintf(id, sizeof id, "%" PRIu64, record->seq);
    json_object_open(json);
    json_member(json, "specversion", BYTES_LITERAL("1.0"));
    json_member(json, "id", bytes_of(id));
    json_member(json, "source", source);
    write_type(record->type, json);
    json_member_if(json, "subject", record->subject);
    json_member_time(json, "time", record->time_us);
    json_member(json, "datacontenttype", BYTES_LITERAL("application/json"));
    json_key(json, "data");
    json_raw(json, record->data);
    json_object_close(json);
}
